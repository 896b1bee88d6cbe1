"""Loads the month's sheet: what is to be reported for a data day, in a number of queries that doesn't grow with its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone

from accounts.audit_log import name_of
from common.as_of import DAY_LIMITS, is_recordable
from common.formats import day_text, fine_number_text, in_unit
from desk.agenda import UNASKED, ReportingTask, in_plan_order
from desk.dashboard import reporting_tasks_of
from desk.filing import Line, ReportedProject, reported_projects
from desk.naming import named
from desk.returns.drafts import (
    DECLARED,
    FIGURE,
    AnyDraft,
    LastChange,
    audit_key,
    drafts_on,
    last_changes,
    texts_of,
    version_of_draft,
)
from desk.returns.shapes import LINE, Field, Month, MonthLine, MonthRow
from projects.models import Department, Project
from projects.progress import planned_on
from tasks.access import Led
from tasks.finding import parts_of
from tasks.models import Aliases, Declared, Indicator, Measure, Task
from tasks.snapshots import Answer, IndicatorSnapshot, load_answers, load_indicators

Key = tuple[str, int]  # kind and primary key of what is reported on
SENT = "这一天的数据已经送审，等审核。要改，请先撤回那一份。"
PUBLISHED = "这一天的数据已经公布了。要改，请起草“更正”。"
ENDED = "已经取消，不再填报。"
OF_A_TASK = (Field.TEXT, Field.PROBLEM, Field.DELAY, Field.NEXT_STEP, Field.UNCHANGED)
OF_AN_INDICATOR = (Field.TEXT,)


def day_error(day: date) -> str:
    """Why nothing can be returned for the day; "" where it can."""
    if not is_recordable(day):
        return DAY_LIMITS
    return f"{day} 还没到。" if day > timezone.localdate() else ""


@dataclass(frozen=True)
class LoadedMonth:
    """The month with what its rows are saved from: the projects as they are reported on, by primary key."""

    month: Month
    projects: Mapping[int, ReportedProject]
    answers: Mapping[Key, Answer]


@dataclass(frozen=True)
class _Parts:
    """What is loaded for all rows at once."""

    day: date
    drafts: Mapping[Key, AnyDraft]
    changes: Mapping[str, LastChange]
    words: Mapping[Key, tuple[str, ...]]

    def row(self, task: ReportingTask, lines: tuple[MonthLine, ...], fields: tuple[Field, ...], **more) -> MonthRow:
        key = key_of(task)
        draft = self.drafts.get(key)
        change = self.changes.get(audit_key(draft)) if draft else None
        investment: Decimal | None = more.get("investment")
        row = task.subject.row
        return MonthRow(
            key=f"{key[0]}-{key[1]}",
            title=task.subject.title,
            lines=lines,
            fields=fields,
            names=(task.subject.name, named(row), str(row), *self.words.get(key, ())),
            departments=task.subject.lead_slugs,
            values=texts_of(draft, investment),
            version=version_of_draft(draft),
            changed_by=change.by if change else name_of(draft.drafted_by) if draft and draft.drafted_by else "",
            changed_at=change.at if change else None,
            closed=self._closed(task, draft),
            **more,
        )

    def _closed(self, task: ReportingTask, draft: AnyDraft | None) -> str:
        if draft is not None and getattr(draft, "submitted_at", None):
            return SENT
        return PUBLISHED if any(report.held_on == self.day for report in task.subject.reports) else ""


def key_of(task: ReportingTask) -> Key:
    row = task.subject.row
    return str(row._meta.model_name), row.pk


def load_month(day: date, led: Led) -> LoadedMonth:
    """What is asked for about what `led` names, or has a draft, in the plan's order."""
    today = timezone.localdate()
    drafts = drafts_on(day, led)
    asked = [
        task
        for task in in_plan_order(reporting_tasks_of(led, today))
        if task.due_status not in UNASKED or key_of(task) in drafts
    ]
    rows = [task.subject.row for task in asked]
    projects = reported_projects(
        Project.objects.filter(pk__in=[row.pk for row in rows if isinstance(row, Project)]), today
    )
    answers = _answers([row for row in rows if isinstance(row, Task | Measure)], today)
    indicators = {
        one.row.pk: one
        for one in load_indicators(
            Indicator.objects.filter(pk__in=[row.pk for row in rows if isinstance(row, Indicator)]).select_related(
                "plan"
            ),
            today,
        )
    }
    parts = _Parts(day, drafts, last_changes(drafts.values()), _other_words())
    found = [_row_of(task, parts, projects, answers, indicators) for task in asked]
    return LoadedMonth(Month(day, tuple(filter(None, found))), projects, answers)


def _answers(rows: list[Task | Measure], today: date) -> dict[Key, Answer]:
    return {(str(one.row._meta.model_name), one.row.pk): one for one in load_answers(rows, today)} if rows else {}


def _other_words() -> dict[Key, tuple[str, ...]]:
    """By which people call a project or an indicator."""
    found = {}
    for project, indicator, words in Aliases.objects.filter(department=None).values_list(
        "project", "indicator", "words"
    ):
        found["project" if project else "indicator", project or indicator] = tuple(parts_of(words))
    return found


def _row_of(
    task: ReportingTask,
    parts: _Parts,
    projects: Mapping[int, ReportedProject],
    answers: Mapping[Key, Answer],
    indicators: Mapping[int, IndicatorSnapshot],
) -> MonthRow | None:
    key, row = key_of(task), task.subject.row
    if key in answers:
        return parts.row(task, (_declared_line(answers[key]),), OF_A_TASK)
    if isinstance(row, Indicator):
        return parts.row(task, (_indicator_line(indicators[row.pk]),), OF_AN_INDICATOR)
    if row.pk not in projects:
        return None
    reported = projects[row.pk]
    lines = tuple(_milestone_lines(reported, parts.day))
    return parts.row(task, lines, tuple(Field), investment=reported.snapshot.investment)


def _milestone_lines(project: ReportedProject, day: date) -> Iterator[MonthLine]:
    for line in project.lines:
        if line.is_dropped:
            continue
        milestone, target = line.milestone, line.target
        unit, last = milestone.row.unit, milestone.readings[-1] if milestone.readings else None
        yield MonthLine(
            key=str(milestone.row.pk),
            title=milestone.title,
            unit=unit,
            amount=target.terms.amount if target else None,
            counts=milestone.row.is_counted,
            goal=f"{in_unit(target.terms.amount, unit)}（{day_text(target.terms.due_on)}前）" if target else "",
            planned=_planned_text(line, day),
            last=f"{in_unit(last.value, unit)}（{last.held_on}）" if last else "没有报过",
        )


def _planned_text(line: Line, day: date) -> str:
    target = line.target
    if target is None:
        return ""
    planned = planned_on(target.terms, target.from_amount, day)
    unit = line.milestone.row.unit
    return f"{fine_number_text(planned * Fraction(target.terms.amount))}{'' if unit == '%' else ' '}{unit}"


def _declared_line(answer: Answer) -> MonthLine:
    latest = answer.latest_report
    return MonthLine(
        key=DECLARED.removeprefix(LINE),
        title="到哪一步",
        choices=tuple(str(one.label) for one in Declared),
        goal=f"{day_text(answer.due_on)}前" if answer.due_on else "",
        last=f"{latest.get_declared_display()}（{latest.held_on}）" if latest else "没有报过",  # type: ignore[attr-defined]  # Django's
    )


def _indicator_line(one: IndicatorSnapshot) -> MonthLine:
    last, unit = one.readings[-1] if one.readings else None, one.row.unit
    return MonthLine(
        key=FIGURE.removeprefix(LINE),
        title="指标值",
        unit=unit,
        goal=f"{one.terms.comparator} {in_unit(one.terms.target, unit)}",
        last=f"{in_unit(last.value, unit)}（{last.held_on}）" if last else "没有报过",
        may_be_negative=True,
    )


def department_names() -> dict[str, str]:
    return dict(Department.objects.values_list("slug", "name"))
