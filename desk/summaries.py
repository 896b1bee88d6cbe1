"""What publishing a report or an adjustment would change, field by field, old → new: the drafter and the reviewer see
the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from common.formats import day_text, in_unit
from common.model_fields import column_of
from desk.filing import ReadingComparison, ReportedProject, lines_of
from desk.forms.changes import change_texts
from desk.oddities import (
    NOTHING_CORRECTED,
    Oddity,
    change_oddities,
    declared_before,
    money_text,
    oddities_of,
    share_text,
    task_report_oddities,
    unexplained,
)
from projects.models import AbstractEvidence, AbstractReport, PromiseChange, Report, ReviewedFact
from projects.progress import Light
from projects.snapshots import ProjectSnapshot, ReportFigures, with_report
from projects.words import department_names
from tasks.models import TaskReport
from tasks.snapshots import Answer, with_project

TEXTS = ("correction_reason", "text", "problem", "next_step", "over_investment_reason")
BEHIND = frozenset({Light.BEHIND, Light.FAR_BEHIND})


@dataclass(frozen=True)
class FieldChange:
    """One field as residents read it before and after, empty for no value. `note` is shown beside the new value."""

    label: str
    old: str
    new: str
    note: str = ""
    is_text: bool = False
    oddities: tuple[Oddity, ...] = ()

    @property
    def is_same(self) -> bool:
        return self.old == self.new


@dataclass(frozen=True)
class ReportSummary:
    """`unsaid` are the titles of milestones without a value; `replaced` is the evidence of the corrected report.

    `leads` are the names of the departments that answer for what it is about.
    """

    report: AbstractReport
    title: str
    leads: tuple[str, ...]
    fields: tuple[FieldChange, ...]
    texts: tuple[FieldChange, ...]
    unsaid: tuple[str, ...]
    evidence: tuple[AbstractEvidence, ...]
    replaced: tuple[AbstractEvidence, ...]
    oddities: tuple[Oddity, ...]


@dataclass(frozen=True)
class ChangeSummary:
    change: PromiseChange
    fields: tuple[FieldChange, ...]
    oddities: tuple[Oddity, ...]


def _day_sent(fact: ReviewedFact, today: date) -> date:
    """The day for the rules of oddities: that of the submission, so that they stay the same while the fact waits."""
    return timezone.localdate(fact.submitted_at) if fact.submitted_at else today


def summary_of_change(
    change: PromiseChange, today: date, departments: Mapping[str, str] | None = None
) -> ChangeSummary:
    """`departments` are names by slug, if loaded."""
    oddities = change_oddities(change, _day_sent(change, today))
    names = [field.name for field, _old, _new in change.field_changes()]
    texts = zip(names, change_texts(change, departments), strict=True)
    fields = tuple(FieldChange(*row, oddities=_about(name, oddities)) for name, row in texts)
    return ChangeSummary(change, fields, oddities)


def _about(name: str, oddities: Iterable[Oddity]) -> tuple[Oddity, ...]:
    return tuple(oddity for oddity in oddities if oddity.about == name)


def summary_of(report: Report, project: ReportedProject) -> ReportSummary:
    """No query where `readings`, `evidence`, `corrects__readings` and `corrects__evidence` are prefetched."""
    snapshot = project.snapshot
    on = _day_sent(report, snapshot.as_of)
    values = {reading.milestone_id: reading.value for reading in report.readings.all()}
    oddities = (*oddities_of(report, values, project, on), *_unexplained(report, project))
    lines = list(lines_of(report, project))
    before = report.corrects or _report_before(report, snapshot)
    return _summary(
        report,
        title=snapshot.title,
        leads=tuple(lead.name for lead in snapshot.leads),
        fields=tuple(_fields(report, lines, before, snapshot, oddities)),  # type: ignore[arg-type]  # of the same kind
        texts=tuple(_texts(report, before)),
        unsaid=tuple(
            line.title for line in lines if line.new is None and not (report.corrects and line.old is not None)
        ),
        oddities=oddities,
    )


def summary_of_task_report(report: TaskReport, answer: Answer, today: date) -> ReportSummary:
    """As `summary_of`, of a task or a measure."""
    oddities = task_report_oddities(report, answer, _day_sent(report, today))
    before = report.corrects or declared_before(report, answer)
    names = department_names(answer.lead_slugs)
    return _summary(
        report,
        title=answer.title,
        leads=tuple(names.get(slug, slug) for slug in answer.lead_slugs),
        fields=tuple(_declared_fields(report, before, oddities)),  # type: ignore[arg-type]  # of the same kind
        texts=tuple(_texts(report, before)),
        unsaid=(),
        oddities=oddities,
    )


def _summary(report: AbstractReport, *, oddities: tuple[Oddity, ...], **known) -> ReportSummary:
    """With its evidence, and the oddity of a correction that corrects nothing."""
    if report.corrects and all(f.is_same for f in known["fields"]) and _has_same_texts(report, report.corrects):
        oddities = (*oddities, NOTHING_CORRECTED)
    return ReportSummary(
        report=report,
        evidence=tuple(report.evidence.all()),
        replaced=tuple(report.corrects.evidence.all()) if report.corrects else (),
        oddities=oddities,
        **known,
    )


def _unexplained(report: Report, project: ReportedProject) -> list[Oddity]:
    if report.delay:
        return []
    after = with_report(project.snapshot, report)
    lights = [with_project(commitment, after).progress.light for commitment in project.commitments]
    return [unexplained(project.snapshot.name)] if BEHIND.intersection(lights) else []


def _declared_fields(
    report: TaskReport, before: TaskReport | None, oddities: Iterable[Oddity]
) -> Iterator[FieldChange]:
    held_on = day_text(before.held_on) if before else "还没有报过"
    yield FieldChange("数据日期", held_on, day_text(report.held_on), oddities=_about("held_on", oddities))
    old = before.get_declared_display() if before else ""
    yield FieldChange("到哪一步", old, report.get_declared_display(), oddities=_about("declared", oddities))
    yield from _delay(report, before, oddities)


def _delay(
    report: AbstractReport, before: AbstractReport | ReportFigures | None, oddities: Iterable[Oddity]
) -> Iterator[FieldChange]:
    old, new = (one.get_delay_display() if isinstance(one, AbstractReport) else "" for one in (before, report))
    if new or (report.corrects and old):
        yield FieldChange("为什么慢了", old, new, oddities=_about("delay", oddities))


def _has_same_texts(report: AbstractReport, corrected: AbstractReport) -> bool:
    """And the same evidence; the reason of the correction aside."""
    now, before = (
        (
            [getattr(one, name, "") for name in TEXTS if name != "correction_reason"],
            [(item.kind, item.title, item.url) for item in one.evidence.all()],
        )
        for one in (report, corrected)
    )
    return now == before


def _report_before(report: Report, snapshot: ProjectSnapshot) -> Report | ReportFigures | None:
    earlier = [known.report for known in snapshot.effective_reports if not known.is_withdrawal]
    return next((one for one in reversed(earlier) if one.held_on < report.held_on and one.pk != report.pk), None)


def _fields(
    report: Report,
    lines: Iterable[ReadingComparison],
    before: Report | ReportFigures | None,
    snapshot: ProjectSnapshot,
    oddities: Iterable[Oddity],
) -> Iterator[FieldChange]:
    held_on = day_text(before.held_on) if before else "还没有报过"
    yield FieldChange("数据日期", held_on, day_text(report.held_on), oddities=_about("held_on", oddities))
    for line in lines:
        if line.new is not None or (report.corrects and line.old is not None):
            old, new = (_amount(value, line.unit) for value in (line.old, line.new))
            note = "" if line.target is None else f"目标 {in_unit(line.target, line.unit)}"
            yield FieldChange(line.title, old, new, note, oddities=_about(line.address, oddities))
    spent = _spent_before(report, snapshot)
    if report.spent is not None or (report.corrects and spent is not None):
        old, new = ("" if yuan is None else money_text(yuan) for yuan in (spent, report.spent))
        note = "" if report.spent is None else share_text(report.spent, snapshot.investment)
        yield FieldChange("累计完成投资", old, new, note, oddities=_about("spent", oddities))
    yield from _delay(report, before, oddities)


def _amount(value: Decimal | None, unit: str) -> str:
    return "" if value is None else in_unit(value, unit)


def _spent_before(report: Report, snapshot: ProjectSnapshot) -> Decimal | None:
    if report.corrects:
        return report.corrects.spent  # type: ignore[attr-defined]  # of a project
    stating = [known.report for known in snapshot.effective_reports if known.report.spent is not None]
    earlier = [one.spent for one in stating if one.held_on < report.held_on and one.pk != report.pk]
    return earlier[-1] if earlier else None


def _texts(report: AbstractReport, before: AbstractReport | ReportFigures | None) -> Iterator[FieldChange]:
    """Those that are not empty; of a correction also those that the corrected report has."""
    for name in TEXTS:
        old, new = getattr(before, name, "") or "", getattr(report, name, "")
        if new or (report.corrects and old):
            yield FieldChange(str(column_of(report, name).verbose_name), old, new, is_text=True)
