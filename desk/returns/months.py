"""The month's sheet as a workbook has it: the rows of `desk.monthly`, of one department or of all, as texts in cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.contrib.auth.models import User
from django.utils import timezone

from accounts.audit_log import name_of
from common.as_of import DAY_LIMITS, is_recordable
from common.formats import day_text, fine_number_text, in_unit
from desk.monthly.rows import DECLARED, SheetLine, SheetRow, Stage, load_rows
from desk.monthly.saving import closed_text
from desk.naming import named
from desk.returns.drafts import LastChange, audit_key, last_changes, texts_of
from desk.returns.shapes import Field, Month, MonthLine, MonthRow
from projects.models import Department, Report
from tasks.access import Led
from tasks.finding import parts_of
from tasks.models import Aliases, Declared, Indicator, Reading
from tasks.snapshots import IndicatorSnapshot

NEVER = "没有报过"
OF_ITS_DEPARTMENT = "部门已经起草了这一天的数据，由部门自己改和送审，没有写。"
# By the model of a row's drafts, what is typed once for the row.
FIELDS: dict[type, tuple[Field, ...]] = {
    Report: tuple(Field),
    Reading: (Field.TEXT,),
}
OF_A_TASK = (Field.TEXT, Field.PROBLEM, Field.DELAY, Field.NEXT_STEP, Field.UNCHANGED)


def day_error(day: date) -> str:
    """Why nothing can be returned for the day; "" where it can."""
    if not is_recordable(day):
        return DAY_LIMITS
    return f"{day} 还没到。" if day > timezone.localdate() else ""


@dataclass(frozen=True)
class LoadedMonth:
    """The month with the rows that it was made of, by key."""

    month: Month
    rows: Mapping[str, SheetRow]


def load_month(day: date, led: Led, *, by: User, has_all_drafts: bool = True) -> LoadedMonth:
    """What is asked for of what `led` names, in the plan's order, in a number of queries that doesn't grow with the rows.

    Without `has_all_drafts` a draft that somebody else drafted isn't seen: it is its department's until it is submitted.
    """
    rows = [row for row in load_rows(led, day, timezone.localdate()) if row.stage is not Stage.SETTLED]
    changes = last_changes(row.draft for row in rows if row.draft)
    words = _other_words()
    months = tuple(
        _month_row(row, changes, words, by)
        if has_all_drafts or row.draft is None or row.draft.drafted_by_id == by.pk
        else _closed_row(row, words)
        for row in rows
    )
    return LoadedMonth(Month(day, months, department_names()), {row.key: row for row in rows})


def _other_words() -> dict[str, tuple[str, ...]]:
    """By which people call a project or an indicator, by the key of its row."""
    found = {}
    named_so = Aliases.objects.filter(department=None)
    for project, indicator, words in named_so.values_list("project", "indicator", "words"):
        found[f"project-{project}" if project else f"indicator-{indicator}"] = tuple(parts_of(words))
    return found


def _month_row(
    row: SheetRow, changes: Mapping[str, LastChange], words: Mapping[str, tuple[str, ...]], by: User
) -> MonthRow:
    draft = row.draft
    change = changes.get(audit_key(draft)) if draft else None
    drafter = draft.drafted_by if draft else None
    return MonthRow(
        key=row.key,
        title=row.title,
        lines=tuple(_lines_of(row)),
        fields=FIELDS.get(row.model, OF_A_TASK),
        names=(row.name, named(row.about), str(row.about), *words.get(row.key, ())),
        departments=row.subject.lead_slugs,
        investment=row.investment,
        values=texts_of(draft, row.investment),
        version=row.version,
        changed_by=change.by if change else name_of(drafter) if drafter else "",
        changed_at=change.at if change else None,
        closed=closed_text(row, by),
    )


def _closed_row(row: SheetRow, words: Mapping[str, tuple[str, ...]]) -> MonthRow:
    """Without anything of the draft."""
    bare = replace(row, draft=None, lines=tuple(replace(line, current=None) for line in row.lines))
    return replace(_month_row(bare, {}, words, User()), closed=OF_ITS_DEPARTMENT)


def _lines_of(row: SheetRow) -> Iterator[MonthLine]:
    if not row.lines:
        yield _declared_line(row)
        return
    for line in row.lines:
        yield MonthLine(
            key=line.key,
            title="指标值" if isinstance(row.about, Indicator) else line.title,
            unit=line.unit,
            amount=None if isinstance(row.about, Indicator) else line.target,
            counts=line.is_counted,
            goal=_goal_text(row, line),
            planned="" if line.planned is None else f"{fine_number_text(line.planned)}{_spaced(line.unit)}",
            last=NEVER if line.last is None else f"{in_unit(line.last, line.unit)}（{line.last_on}）",
            may_be_negative=isinstance(row.about, Indicator),
        )


def _goal_text(row: SheetRow, line: SheetLine) -> str:
    if line.target is None:
        return ""
    if isinstance(row.known, IndicatorSnapshot):
        return f"{row.known.terms.comparator} {in_unit(line.target, line.unit)}"
    return in_unit(line.target, line.unit)


def _spaced(unit: str) -> str:
    return unit if unit == "%" else f" {unit}"


def _declared_line(row: SheetRow) -> MonthLine:
    """Of a task or a measure, which has no figure."""
    last = row.last_declared
    due_on = row.known.due_on
    return MonthLine(
        key=DECLARED,
        title="到哪一步",
        choices=tuple(str(one.label) for one in Declared),
        goal=f"{day_text(due_on)}前" if due_on else "",
        last=f"{last.get_declared_display()}（{last.held_on}）" if last else NEVER,  # type: ignore[attr-defined]  # Django's
    )


def department_names() -> dict[str, str]:
    return dict(Department.objects.values_list("slug", "name"))
