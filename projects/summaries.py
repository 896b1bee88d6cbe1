"""What publishing a report would change, field by field, 原 → 现: for who sends it and for who publishes it alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from huozhou_portal.formats import day_text
from huozhou_portal.templatetags.components import in_unit
from projects.filing import Line, lines_of
from projects.models import Evidence, Report
from projects.oddities import Oddity, money_text, oddities_of, share_text
from projects.standing import ProjectStanding

TEXTS = ("correction_reason", "text", "problem", "next_step", "over_investment_reason")


@dataclass(frozen=True)
class FieldChange:
    """One field as residents read it before and after; empty is nothing said. `note` stands beside the new value."""

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
    """`unsaid` are milestones of which the report says nothing; `evidence` is its own, `replaced` that of what it corrects."""

    report: Report
    project: ProjectStanding
    fields: tuple[FieldChange, ...]
    texts: tuple[FieldChange, ...]
    unsaid: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    replaced: tuple[Evidence, ...]
    oddities: tuple[Oddity, ...]


def summary_of(report: Report, standing: ProjectStanding) -> ReportSummary:
    """No query where `readings`, `evidence`, `corrects__readings` and `corrects__evidence` are prefetched.

    What is odd is judged by the day on which the report was sent, so that it stays the same while it waits.
    """
    on = timezone.localdate(report.submitted_at) if report.submitted_at else standing.as_of
    values = {reading.milestone_id: reading.value for reading in report.readings.all()}
    oddities = oddities_of(report, values, standing, on)
    lines = list(lines_of(report, standing))
    before = report.corrects or _report_before(report, standing)
    return ReportSummary(
        report=report,
        project=standing,
        fields=tuple(_fields(report, lines, before, standing, oddities)),
        texts=tuple(_texts(report, before)),
        unsaid=tuple(
            line.title for line in lines if line.new is None and not (report.corrects and line.old is not None)
        ),
        evidence=tuple(report.evidence.all()),
        replaced=tuple(report.corrects.evidence.all()) if report.corrects else (),
        oddities=oddities,
    )


def _report_before(report: Report, standing: ProjectStanding) -> Report | None:
    earlier = [known.report for known in standing.effective_reports if not known.is_withdrawal]
    return next((one for one in reversed(earlier) if one.held_on < report.held_on and one.pk != report.pk), None)


def _fields(
    report: Report, lines: Iterable[Line], before, standing: ProjectStanding, oddities: Iterable[Oddity]
) -> Iterator[FieldChange]:
    def about(name: str) -> tuple[Oddity, ...]:
        return tuple(oddity for oddity in oddities if oddity.about == name)

    held_on = day_text(before.held_on) if before else "还没有报过"
    yield FieldChange("数据日期", held_on, day_text(report.held_on), oddities=about("held_on"))
    for line in lines:
        if line.new is not None or (report.corrects and line.old is not None):
            old, new = (_amount(value, line.unit) for value in (line.old, line.new))
            note = f"目标 {in_unit(line.target, line.unit)}"
            yield FieldChange(line.title, old, new, note, oddities=about(line.address))
    spent = _spent_before(report, standing)
    if report.spent is not None or (report.corrects and spent is not None):
        old, new = ("" if yuan is None else money_text(yuan) for yuan in (spent, report.spent))
        note = "" if report.spent is None else share_text(report.spent, standing.investment)
        yield FieldChange("累计完成投资", old, new, note, oddities=about("spent"))


def _amount(value: Decimal | None, unit: str) -> str:
    return "" if value is None else in_unit(value, unit)


def _spent_before(report: Report, standing: ProjectStanding) -> Decimal | None:
    if report.corrects:
        return report.corrects.spent
    told = [known.report for known in standing.effective_reports if known.report.spent is not None]
    earlier = [one.spent for one in told if one.held_on < report.held_on and one.pk != report.pk]
    return earlier[-1] if earlier else None


def _texts(report: Report, before: Report | None) -> Iterator[FieldChange]:
    """Those that say something; of a correction also those that it takes away."""
    for name in TEXTS:
        old, new = getattr(before, name, "") or "", getattr(report, name)
        if new or (report.corrects and old):
            yield FieldChange(str(Report._meta.get_field(name).verbose_name), old, new, is_text=True)
