"""The pictures of a project: its curve with what happened when, its money; each with the table of what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django import template

from common.charts import Days
from common.formats import day_text, percent_text
from common.templatetags.components import component
from projects.adjustable import Dropped
from projects.models import PromiseChange
from projects.progress import Progress
from projects.snapshots import DepartmentSnapshot, ProjectSnapshot, adjustments_with_parts
from tasks.models import Goal
from website.pictures.curves import Curve, asked_share, curve_of
from website.pictures.events import Event, EventType, events_of
from website.pictures.projects import curve_picture, money_picture
from website.sentences.parts import reached_text
from website.templatetags.project_tags import change_rows

register = template.Library()


@component(register, "components/curve.html")
def curve(
    *,
    of: Progress,
    project: ProjectSnapshot,
    adjustments: Sequence[PromiseChange] = (),
    departments: Mapping[str, DepartmentSnapshot] | None = None,
    goal: str = Goal.FINISH,
) -> dict:
    """Planned and actual of `of`, and below it what happened on which day.

    `adjustments` are those of the promise itself, where it is one of a plan, and `goal` is its goal; `departments` names the
    slugs in changes.
    """
    if not of.targets:
        return {}
    found, events = _curve(of, project, adjustments), _events(of, project, adjustments)
    names = {slug: snapshot.name for slug, snapshot in (departments or {}).items()}
    return {
        "picture": curve_picture(found, of, _days(found, events, project.as_of), goal),
        "rows": curve_rows(found, of, notes_by_day(found, events, titles_of(of), names)),
        "has_promised": bool(found.promised),
        "is_illustrative": project.is_illustrative,
    }


def changes_of(progress: Progress, project: ProjectSnapshot, adjustments: Sequence) -> list[PromiseChange]:
    """Every change of the project, of its parts in `progress`, and `adjustments`, by its day."""
    parts = [change for state in progress.targets for change in state.snapshot.adjustments]
    own = adjustments_with_parts(project, (state.snapshot.milestone for state in progress.targets))
    return sorted([*own, *parts, *adjustments], key=lambda change: change.published_on)


def _curve(progress: Progress, project: ProjectSnapshot, adjustments: Sequence[PromiseChange]) -> Curve:
    changes = [c for c in changes_of(progress, project, adjustments) if c.is_reckoned]
    return curve_of(progress, project.as_of, reports=project.reports, changes=changes)


def _events(progress: Progress, project: ProjectSnapshot, adjustments: Sequence[PromiseChange]) -> list[Event]:
    changes = changes_of(progress, project, adjustments)
    return events_of(progress.targets, reports=project.reports, changes=changes)


def _days(curve: Curve, events: Sequence[Event], as_of: date) -> Days:
    return Days.covering([*curve.days, *(event.day for event in events)], as_of)


@dataclass(frozen=True)
class CurveRow:
    """One day of a curve: its shares, and what else the picture marks there."""

    day: date
    actual: Fraction | None
    planned: Fraction | None
    promised: Fraction | None
    notes: tuple[str, ...]


def titles_of(progress: Progress) -> dict[int, str]:
    """What the parts are called on the day, by key of the target."""
    return {state.snapshot.row.pk: state.snapshot.title for state in progress.targets}


def notes_by_day(
    curve: Curve, events: Sequence[Event], titles: Mapping[int, str], names: Mapping[str, str]
) -> dict[date, list[str]]:
    """What happened on each day, the day of the page among them."""
    told: dict[date, list[str]] = {}
    for point in curve.corrected:
        words = f"更正前报的是 {percent_text(point.share)}，{day_text(point.corrected_on)}更正"
        told.setdefault(point.day, []).append(words)
    for event in events:
        told.setdefault(event.day, []).append(event_words(event, titles, names))
    told.setdefault(curve.as_of, []).append("算到这一天")
    return told


def curve_rows(curve: Curve, progress: Progress, notes: Mapping[date, Sequence[str]]) -> list[CurveRow]:
    actual = {point.day: point.share for point in curve.actual}
    now = [(state.snapshot, state.terms) for state in progress.active]
    first = [(state.snapshot, state.snapshot.promised) for state in progress.targets] if curve.promised else []
    return [
        CurveRow(
            day,
            actual.get(day),
            asked_share(now, day, curve.as_of),
            asked_share(first, day, curve.as_of),
            tuple(notes.get(day, ())),
        )
        for day in sorted(actual.keys() | notes.keys())
    ]


def change_text(change: PromiseChange, titles: Mapping[int, str], names: Mapping[str, str]) -> str:
    """`经二路：完成时限 9 月 30 日 → 12 月 31 日`; a change of the whole names nothing before it."""
    title = titles.get(getattr(change, "target_id", 0), "")
    told = (
        field.label if isinstance(field, Dropped) else f"{field.label} {old} → {new}"
        for field, old, new in change_rows(change, names)
    )
    return (f"{title}：" if title else "") + "，".join(told)


def event_words(event: Event, titles: Mapping[int, str], names: Mapping[str, str]) -> str:
    match event.kind:
        case EventType.PROMISED:
            return f"公布承诺：{_titles(event)}"
        case EventType.REPORTED:
            return "；".join(f"报数，{day_text(known.report.published_on)}公布" for known in event.of)
        case EventType.CORRECTED:
            return "；".join(f"报数，{day_text(known.corrected_by.published_on)}更正" for known in event.of)
        case EventType.CHANGED:
            return "；".join(f"公布改动：{change_text(change, titles, names)}" for change in event.of)
        case EventType.REACHED:
            return f"{'、'.join(map(reached_text, event.of))}{'，晚于期限' if event.is_late else ''}"
        case EventType.DUE:
            return f"期限：{_titles(event)}"
        case EventType.MOVED:
            return f"原定期限：{_titles(event)}"


def _titles(event: Event) -> str:
    return "、".join(state.snapshot.title for state in event.of)


@component(register, "components/money_bar.html")
def money_bar(*, of: ProjectSnapshot) -> dict:
    """Spent against the investment; where one of them isn't known, nothing is drawn and that is said."""
    return {
        "picture": money_picture(of.spent, of.investment),
        "missing": missing_money(of.spent, of.investment),
        "is_illustrative": of.is_illustrative,
        "investment": of.investment,
        "reports": [known.report for known in of.effective_reports if known.report.spent is not None],
    }


def missing_money(spent: Decimal | None, investment: Decimal | None) -> str:
    if investment is None:
        return "总投资没有公布，画不出完成了多大一部分。"
    return "完成投资还没有数据，画不出来。" if spent is None else ""
