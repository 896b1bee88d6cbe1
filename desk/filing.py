"""本月无变化, which files the last published values again, the 审签单 that a leader signs, and versions in the queue."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from common.formats import day_text
from common.model_fields import column_of
from desk.words import FINAL, FINAL_CHANGE
from ledger.chain import PublicationError
from ledger.guard import GuardedQuerySet, block_publications
from projects.models import AbstractReport, Fact, MilestoneReading, Project, Report, ReviewedFact
from projects.progress import Light
from projects.publishing import submit
from projects.snapshots import MilestoneSnapshot, ProjectSnapshot, load_snapshots
from tasks.models import Declared, Measure, Task, TaskReport
from tasks.snapshots import Answer, CommitmentSnapshot, TargetSnapshot, commitments_of, load_answers


@dataclass(frozen=True)
class Line:
    """A milestone as it is reported on, with its targets in force, those of running plans first.

    `is_dropped`: it was promised, and no target of it is in force any more.
    """

    milestone: MilestoneSnapshot
    targets: tuple[TargetSnapshot, ...]
    is_dropped: bool

    @property
    def target(self) -> TargetSnapshot | None:
        """The one that is asked for first."""
        return self.targets[0] if self.targets else None

    @property
    def amount(self) -> Decimal | None:
        """The highest in force; more than that is to be confirmed."""
        return max((target.terms.amount for target in self.targets), default=None)


@dataclass(frozen=True)
class ReportedProject:
    """A project with the commitments about it, those of running plans first."""

    snapshot: ProjectSnapshot
    commitments: tuple[CommitmentSnapshot, ...]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        targets = [target for commitment in self.commitments for target in commitment.targets]
        return tuple(_line(milestone, targets) for milestone in self.snapshot.milestones)

    @property
    def is_dropped(self) -> bool:
        return bool(self.commitments) and all(one.progress.light is Light.DROPPED for one in self.commitments)


def _line(milestone: MilestoneSnapshot, targets: Iterable[TargetSnapshot]) -> Line:
    own = [target for target in targets if target.milestone.row.pk == milestone.row.pk]
    in_force = tuple(target for target in own if not target.terms.is_dropped)
    return Line(milestone, in_force, is_dropped=bool(own) and not in_force)


def reported_projects(projects: GuardedQuerySet[Project], as_of: date) -> dict[int, ReportedProject]:
    """By primary key, with their texts; those public by the day."""
    snapshots = load_snapshots(projects, as_of)
    commitments = commitments_of(snapshots.values(), as_of)
    return {
        key: ReportedProject(snapshot, tuple(one for _plan, one in commitments[key]))
        for key, snapshot in snapshots.items()
    }


@dataclass(frozen=True)
class ReadingComparison:
    """The value of one milestone: `new` in the report, `old` in the report before it or in the one that it corrects.

    `target` is the highest amount in force, None without one.
    """

    address: str
    title: str
    unit: str
    target: Decimal | None
    old: Decimal | None
    new: Decimal | None

    @property
    def is_over(self) -> bool:
        return self.new is not None and self.target is not None and self.new > self.target


def lines_of(report: Report, project: ReportedProject) -> Iterator[ReadingComparison]:
    """One for each milestone that has a value in the report or is not dropped. No query where readings are prefetched."""
    new = {reading.milestone_id: reading.value for reading in report.readings.all()}
    corrected = {r.milestone_id: r.value for r in report.corrects.readings.all()} if report.corrects else None  # type: ignore[attr-defined]  # of a project
    for line in project.lines:
        milestone, key = line.milestone, line.milestone.row.pk
        earlier = [r.value for r in milestone.readings if r.held_on < report.held_on and r.report.pk != report.pk]
        old = (earlier[-1] if earlier else None) if corrected is None else corrected.get(key)
        if key in new or not line.is_dropped:
            row = milestone.row
            yield ReadingComparison(row.address, milestone.title, row.unit, line.amount, old, new.get(key))


DEPARTMENT, PAGE = "department", "queue"  # of the address of the desk: whose of the queue, and which page of it
VERSION_INPUT = "_stamp"  # the hidden input with `queue_version`


def queue_version(fact: ReviewedFact) -> str:
    """The moment of submission in ISO form, empty for a draft. A submitted fact can't change without a new submission."""
    return fact.submitted_at.isoformat() if fact.submitted_at else ""


def tick_of(report: AbstractReport) -> str:
    """The key of its box in the queue."""
    return f"{report._meta.model_name}:{report.pk}"


def place_in_queue(asked: Mapping[str, str]) -> dict[str, str]:
    """Of an address or of what was sent that which says where in the queue somebody is."""
    return {name: asked[name][:60] for name in (DEPARTMENT, PAGE) if asked.get(name)}


def finality_of(fact: Fact) -> str:
    """What to know before it is published: a fact is corrected by another, a change or a department only adjusted."""
    return FINAL if hasattr(fact, "corrects_id") else FINAL_CHANGE


def card_of(fact: Fact) -> str:
    """The HTML id of its card in the queue."""
    return f"waiting-{fact._meta.model_name}-{fact.pk}"


def unchanged_errors(last_on: date | None, as_of: date, n_in_hand: int, *, is_settled: bool) -> list[str]:
    """Why 本月无变化 is refused: `last_on` is the held day of the last report, `n_in_hand` counts the unpublished ones."""
    if n_in_hand:
        return ["手头已有一份没有公布的报告，请先办完那一份。"]
    if is_settled:
        return ["已经办完或者取消，不再填报。"]
    if last_on is None:
        return ["还没有公布过数据，第一次要填报。"]
    if last_on >= as_of:
        return ["今天的数据已经公布了。"]
    return []


def unchanged_text(last_on: date) -> str:
    return f"和 {day_text(last_on)}相比没有变化。"


def unchanged_report(project: ReportedProject, on: date) -> tuple[Report, list[MilestoneReading]]:
    """An unsaved report of the last published values for the day `on`, with its readings of milestones not dropped.

    Raises ValueError where no report was published.
    """
    snapshot = project.snapshot
    last, spent = snapshot.latest_report, snapshot.spent
    if last is None:
        raise ValueError("no report was published")
    report = Report(
        project=snapshot.row,
        held_on=on,
        text=unchanged_text(last.held_on),
        delay=last.delay,  # type: ignore[union-attr]  # a Report
        spent=spent,
        is_over_target_confirmed=any(
            line.milestone.readings and line.amount is not None and line.milestone.readings[-1].value > line.amount
            for line in project.lines
        ),
    )
    if spent is not None and snapshot.investment is not None and spent > snapshot.investment:
        report.over_investment_reason = snapshot.spending_report.over_investment_reason or "和上次一样。"  # type: ignore[union-attr]  # a Report
    readings = [
        MilestoneReading(report=report, milestone=line.milestone.row, value=line.milestone.readings[-1].value)
        for line in project.lines
        if line.milestone.readings and not line.is_dropped
    ]
    return report, readings


def _waiting_errors(in_hand: Iterable[AbstractReport]) -> list[str]:
    """For whoever is a moment later: which reports were submitted, when and by whom."""
    return [
        f"{report.held_on} 的数据已经送审（{report.submission}），等审核。要改，请撤回那一份。"
        for report in in_hand
        if report.submitted_at
    ]


def unchanged_task_report(answer: Answer, on: date) -> TaskReport:
    """As `unchanged_report`, of a task or a measure."""
    last = answer.latest_report
    if last is None:
        raise ValueError("no report was published")
    about = {"task" if isinstance(answer.row, Task) else "measure": answer.row}
    return TaskReport(**about, held_on=on, text=unchanged_text(last.held_on), declared=last.declared, delay=last.delay)


def is_unchanged_task_report(report: TaskReport, answer: Answer) -> bool:
    """Whether it is what 本月无变化 would file."""
    if answer.latest_report is None or _has_more(report):
        return False
    same = unchanged_task_report(answer, report.held_on)
    return (report.text, report.declared, report.delay) == (same.text, same.declared, same.delay)


def _has_more(report: AbstractReport) -> bool:
    return bool(
        report.corrects_id or report.problem or report.next_step or report.internal_note or report.evidence.all()
    )


def is_unchanged(report: Report, project: ReportedProject) -> bool:
    """Whether it is what 本月无变化 would file. No query where readings and evidence are prefetched."""
    if project.snapshot.latest_report is None:
        return False
    same, readings = unchanged_report(project, report.held_on)
    values = {reading.milestone_id: reading.value for reading in report.readings.all()}
    return (
        not _has_more(report)
        and values == {reading.milestone_id: reading.value for reading in readings}
        and (report.text, report.delay, report.spent, report.over_investment_reason)
        == (same.text, same.delay, same.spent, same.over_investment_reason)
    )


def file_unchanged(project: Project, *, by: User) -> Report:
    """Draft and submit, in one transaction, the last published values for today. Raises PublicationError."""
    today = timezone.localdate()
    with transaction.atomic():
        block_publications()
        Project.objects.select_for_update(of=("self",)).get(pk=project.pk)  # the second of two requests waits
        reported = reported_projects(Project.objects.filter(pk=project.pk), today)[project.pk]
        latest = reported.snapshot.latest_report
        _check_unchanged(project, latest.held_on if latest else None, today, is_settled=reported.is_dropped)
        report, readings = unchanged_report(reported, today)
        report.drafted_by = by
        report.save()
        for reading in readings:
            reading.report = report
            reading.save()
        submit(report, by=by)
    return report


def _check_unchanged(about: Project | Task | Measure, last_on: date | None, today: date, *, is_settled: bool) -> None:
    """Raises PublicationError where 本月无变化 is refused."""
    in_hand = about.reports.drafts().select_related("submitted_by", "drafted_by")
    errors = _waiting_errors(in_hand) or unchanged_errors(last_on, today, len(in_hand), is_settled=is_settled)
    if errors:
        raise PublicationError(*errors)


def file_unchanged_task(about: Task | Measure, *, by: User) -> TaskReport:
    """As `file_unchanged`, of a task or a measure."""
    today = timezone.localdate()
    with transaction.atomic():
        block_publications()
        type(about).objects.select_for_update(of=("self",)).get(pk=about.pk)
        (answer,) = load_answers([about], today)
        latest = answer.latest_report
        is_done = latest is not None and latest.declared == Declared.DONE
        _check_unchanged(about, latest.held_on if latest else None, today, is_settled=is_done)
        report = unchanged_task_report(answer, today)
        report.drafted_by = by
        report.save()
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


SHEET_TEXTS = ("correction_reason", "text", "problem", "next_step", "over_investment_reason")


def sheet_of(report: AbstractReport, lines: Iterable[ReadingComparison]) -> Sheet:
    """Longer reports get a smaller font; texts too long for the smallest are cut, each in proportion."""
    lines = sorted(lines, key=lambda line: line.new is None)
    names = [name for name in SHEET_TEXTS if hasattr(report, name)]
    texts = {str(column_of(report, name).verbose_name): getattr(report, name) for name in names}
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
