"""What publishing a report or an adjustment would change, field by field, old → new: the drafter and the reviewer see
the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from common.formats import day_text
from common.model_fields import column_of
from common.templatetags.components import in_unit
from desk.filing import ReadingComparison, lines_of
from desk.forms.changes import change_texts
from desk.oddities import NOTHING_CORRECTED, Oddity, change_oddities, money_text, oddities_of, share_text
from projects.models import Evidence, PromiseChange, Report, ReviewedFact
from projects.snapshots import ProjectSnapshot, ReportFigures

TEXTS = ("correction_reason", "text", "problem", "next_step", "over_investment_reason")


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
    """`unsaid` are the titles of milestones without a value; `replaced` is the evidence of the corrected report."""

    report: Report
    project: ProjectSnapshot
    fields: tuple[FieldChange, ...]
    texts: tuple[FieldChange, ...]
    unsaid: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    replaced: tuple[Evidence, ...]
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
    texts = zip(change.changes, change_texts(change, departments), strict=True)
    fields = tuple(FieldChange(*row, oddities=_about(name, oddities)) for name, row in texts)
    return ChangeSummary(change, fields, oddities)


def _about(name: str, oddities: Iterable[Oddity]) -> tuple[Oddity, ...]:
    return tuple(oddity for oddity in oddities if oddity.about == name)


def summary_of(report: Report, snapshot: ProjectSnapshot) -> ReportSummary:
    """No query where `readings`, `evidence`, `corrects__readings` and `corrects__evidence` are prefetched."""
    on = _day_sent(report, snapshot.as_of)
    values = {reading.milestone_id: reading.value for reading in report.readings.all()}
    oddities = oddities_of(report, values, snapshot, on)
    lines = list(lines_of(report, snapshot))
    before = report.corrects or _report_before(report, snapshot)
    fields, texts = tuple(_fields(report, lines, before, snapshot, oddities)), tuple(_texts(report, before))
    if report.corrects and all(field.is_same for field in fields) and _has_same_texts(report, report.corrects):
        oddities = (*oddities, NOTHING_CORRECTED)
    return ReportSummary(
        report=report,
        project=snapshot,
        fields=fields,
        texts=texts,
        unsaid=tuple(
            line.title for line in lines if line.new is None and not (report.corrects and line.old is not None)
        ),
        evidence=tuple(report.evidence.all()),
        replaced=tuple(report.corrects.evidence.all()) if report.corrects else (),
        oddities=oddities,
    )


def _has_same_texts(report: Report, corrected: Report) -> bool:
    """And the same evidence; the reason of the correction aside."""
    now, before = (
        (
            [getattr(one, name) for name in TEXTS if name != "correction_reason"],
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
            note = f"目标 {in_unit(line.target, line.unit)}"
            yield FieldChange(line.title, old, new, note, oddities=_about(line.address, oddities))
    spent = _spent_before(report, snapshot)
    if report.spent is not None or (report.corrects and spent is not None):
        old, new = ("" if yuan is None else money_text(yuan) for yuan in (spent, report.spent))
        note = "" if report.spent is None else share_text(report.spent, snapshot.investment)
        yield FieldChange("累计完成投资", old, new, note, oddities=_about("spent", oddities))


def _amount(value: Decimal | None, unit: str) -> str:
    return "" if value is None else in_unit(value, unit)


def _spent_before(report: Report, snapshot: ProjectSnapshot) -> Decimal | None:
    if report.corrects:
        return report.corrects.spent
    stating = [known.report for known in snapshot.effective_reports if known.report.spent is not None]
    earlier = [one.spent for one in stating if one.held_on < report.held_on and one.pk != report.pk]
    return earlier[-1] if earlier else None


def _texts(report: Report, before: Report | ReportFigures | None) -> Iterator[FieldChange]:
    """Those that are not empty; of a correction also those that the corrected report has."""
    for name in TEXTS:
        old, new = getattr(before, name, "") or "", getattr(report, name)
        if new or (report.corrects and old):
            yield FieldChange(str(column_of(Report, name).verbose_name), old, new, is_text=True)
