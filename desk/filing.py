"""本月无变化, which files the last published values again, the 审签单 that a leader signs, and versions in the queue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from common.formats import day_text
from common.model_fields import column_of
from ledger.chain import PublicationError
from ledger.guard import block_publications
from projects.models import Fact, MilestoneReading, Project, Report, ReviewedFact
from projects.publishing import submit
from projects.snapshots import ProjectSnapshot, load_snapshots


@dataclass(frozen=True)
class ReadingComparison:
    """The value of one milestone: `new` in the report, `old` in the report before it or in the one that it corrects."""

    address: str
    title: str
    unit: str
    target: Decimal
    old: Decimal | None
    new: Decimal | None

    @property
    def is_over(self) -> bool:
        return self.new is not None and self.new > self.target


def lines_of(report: Report, snapshot: ProjectSnapshot) -> Iterator[ReadingComparison]:
    """One for each milestone that has a value in the report or is not dropped. No query where readings are prefetched."""
    new = {reading.milestone_id: reading.value for reading in report.readings.all()}
    corrected = {r.milestone_id: r.value for r in report.corrects.readings.all()} if report.corrects else None
    for line in snapshot.milestones:
        key = line.row.pk
        earlier = [r.value for r in line.readings if r.held_on < report.held_on and r.report.pk != report.pk]
        old = (earlier[-1] if earlier else None) if corrected is None else corrected.get(key)
        if key in new or not line.terms.is_dropped:
            yield ReadingComparison(line.row.address, line.title, line.row.unit, line.terms.target, old, new.get(key))


VERSION_INPUT = "_stamp"  # the hidden input with `queue_version`


def queue_version(fact: ReviewedFact) -> str:
    """The moment of submission in ISO form, empty for a draft. A submitted fact can't change without a new submission."""
    return fact.submitted_at.isoformat() if fact.submitted_at else ""


def card_of(fact: Fact) -> str:
    """The HTML id of its card in the queue."""
    return f"waiting-{fact._meta.model_name}-{fact.pk}"


def unchanged_errors(snapshot: ProjectSnapshot, n_in_hand: int) -> list[str]:
    """Why 本月无变化 is refused. `n_in_hand` counts the project's unpublished reports."""
    if n_in_hand:
        return ["手头已有一份没有公布的报告，请先办完那一份。"]
    if snapshot.is_dropped:
        return ["这个项目已经取消，不再填报。"]
    if snapshot.latest_report is None:
        return ["还没有公布过数据，第一次要填报。"]
    if snapshot.latest_report.held_on >= snapshot.as_of:
        return ["今天的数据已经公布了。"]
    return []


def unchanged_report(snapshot: ProjectSnapshot, on: date) -> tuple[Report, list[MilestoneReading]]:
    """An unsaved report of the last published values for the day `on`, with its readings of milestones not dropped.

    `snapshot` is loaded with words. Raises ValueError where no report was published.
    """
    last, spent = snapshot.latest_report, snapshot.spent
    if last is None:
        raise ValueError("no report was published")
    report = Report(
        project=snapshot.row,
        held_on=on,
        text=f"和{day_text(last.held_on)}相比没有变化。",
        spent=spent,
        is_over_target_confirmed=any(
            line.readings and line.readings[-1].value > line.terms.target for line in snapshot.milestones
        ),
    )
    if spent is not None and snapshot.investment is not None and spent > snapshot.investment:
        report.over_investment_reason = snapshot.spending_report.over_investment_reason or "和上次一样。"  # type: ignore[union-attr]  # a Report
    readings = [
        MilestoneReading(report=report, milestone=line.row, value=line.readings[-1].value)
        for line in snapshot.milestones
        if line.readings and not line.terms.is_dropped
    ]
    return report, readings


def _waiting_errors(in_hand: Iterable[Report]) -> list[str]:
    """For whoever is a moment later: which reports were submitted, when and by whom."""
    return [
        f"{report.held_on} 的数据已经送审（{report.submission}），等审核。要改，请撤回那一份。"
        for report in in_hand
        if report.submitted_at
    ]


def is_unchanged(report: Report, snapshot: ProjectSnapshot) -> bool:
    """Whether it is what 本月无变化 would file. No query where readings and evidence are prefetched."""
    if snapshot.latest_report is None:
        return False
    same, readings = unchanged_report(snapshot, report.held_on)
    has_more = report.corrects_id or report.problem or report.next_step or report.internal_note or report.evidence.all()
    values = {reading.milestone_id: reading.value for reading in report.readings.all()}
    return (
        not has_more
        and values == {reading.milestone_id: reading.value for reading in readings}
        and (report.text, report.spent, report.over_investment_reason)
        == (same.text, same.spent, same.over_investment_reason)
    )


def file_unchanged(project: Project, *, by: User) -> Report:
    """Draft and submit, in one transaction, the last published values for today. Raises PublicationError."""
    today = timezone.localdate()
    with transaction.atomic():
        block_publications()
        Project.objects.select_for_update(of=("self",)).get(pk=project.pk)  # the second of two requests waits
        snapshot = load_snapshots(Project.objects.filter(pk=project.pk), today)[project.pk]
        in_hand = Report.objects.drafts().filter(project=project).select_related("submitted_by", "drafted_by")
        publication_errors = _waiting_errors(in_hand) or unchanged_errors(snapshot, len(in_hand))
        if publication_errors:
            raise PublicationError(*publication_errors)
        report, readings = unchanged_report(snapshot, today)
        report.drafted_by = by
        report.save()
        for reading in readings:
            reading.report = report
            reading.save()
        submit(report, by=by)
    return report


# The characters that fit on one A4 page with the heading and the lines to sign, by font size.
SHEET_CHARACTERS = {"large": 560, "medium": 1000, "small": 1700}
CHARACTERS_OF_A_BREAK = 55  # in a line of text in the smallest font
CHARACTERS_OF_A_LINE = 80  # in the height of a line of the table
LINES_ALWAYS, LINES_MOST, FILES_MOST = 6, 20, 6


@dataclass(frozen=True)
class Sheet:
    """A report cut to one page; `n_…_left_out` count what did not fit. `size` is a key of SHEET_CHARACTERS."""

    size: str
    lines: list[ReadingComparison]
    texts: list[tuple[str, str]]
    evidence: list[str]
    n_lines_left_out: int
    n_characters_left_out: int
    n_evidence_left_out: int


def sheet_of(report: Report, snapshot: ProjectSnapshot) -> Sheet:
    """Longer reports get a smaller font; texts too long for the smallest are cut, each in proportion."""
    lines = sorted(lines_of(report, snapshot), key=lambda line: line.new is None)
    names = ("correction_reason", "text", "problem", "next_step", "over_investment_reason")
    texts = {str(column_of(Report, name).verbose_name): getattr(report, name) for name in names}
    evidence = [f"{item.get_kind_display()}：{item.title}" for item in report.evidence.all()]
    taken = CHARACTERS_OF_A_LINE * max(len(lines[:LINES_MOST]) - LINES_ALWAYS, 0)
    taken += sum(map(len, evidence[:FILES_MOST]))
    length = sum(map(_room, texts.values()))
    size = next((size for size, room in SHEET_CHARACTERS.items() if length + taken <= room), "small")
    share = min(1, max(SHEET_CHARACTERS["small"] - taken, 0) / max(length, 1))
    cut = {label: _cut(text, share) for label, text in texts.items()}
    return Sheet(
        size=size,
        lines=lines[:LINES_MOST],
        texts=[(label, f"{cut[label]}……" if cut[label] != text else text) for label, text in texts.items() if text],
        evidence=evidence[:FILES_MOST],
        n_lines_left_out=len(lines[LINES_MOST:]),
        n_characters_left_out=sum(len(text) - len(cut[label]) for label, text in texts.items()),
        n_evidence_left_out=len(evidence[FILES_MOST:]),
    )


def _room(text: str) -> int:
    """The room that a text takes, in characters."""
    return len(text) + CHARACTERS_OF_A_BREAK * text.count("\n")


def _cut(text: str, share: float) -> str:
    """The beginning of the text that takes this share of its room."""
    room = int(_room(text) * share)
    for n, character in enumerate(text):
        room -= 1 + CHARACTERS_OF_A_BREAK * (character == "\n")
        if room < 0:
            return text[:n]
    return text
