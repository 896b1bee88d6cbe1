"""What stands in our form of a plan: the rows of each sheet, with names in the place of codes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from desk.workbooks.form_columns import (
    DEPARTMENTS,
    INDICATORS,
    LISTED,
    MODELS,
    PLAN,
    PROMISES,
    SHEETS,
    TARGETS,
    WORK,
    WORK_KINDS,
    Kind,
    model_field,
)
from projects.models import Department, Project
from tasks.models import (
    Addition,
    Commitment,
    Contribution,
    Indicator,
    Measure,
    Outline,
    Plan,
    Promised,
    Series,
    Target,
    Task,
    TaskGroup,
)
from tasks.models.plans import milestones_with, rows_of

SEPARATORS = "、；;，,\n"
CATEGORIES = {part: word for word, part in WORK_KINDS.items()}
# By kind of row the fields that its columns show as they are stored.
FIELDS = {
    part: tuple(
        (name, column.kind)
        for sheet in SHEETS
        for name, column in sheet.of(part)
        if model_field(part, name) and column.kind not in (Kind.NAME, Kind.PROJECTS)
    )
    for part in MODELS
}


@dataclass
class FormRow:
    """Values by column key, `row.field`. One that `is_over` stands there to be seen, and the reader passes it over.

    Of next year's form `wanted` are keys of cells that the new year's documents fill, `moved` days that are only those of
    last year moved on, with what they were, and `identity` finds the row again.
    """

    values: dict[str, Any]
    is_over: bool = False
    wanted: frozenset[str] = frozenset()
    moved: Mapping[str, date] = field(default_factory=dict)
    identity: tuple[str, ...] = ()


@dataclass
class FormRows:
    """The rows of each sheet, by its name; `notes` are lines for the sheet that explains."""

    sheets: dict[str, list[FormRow]] = field(default_factory=lambda: {sheet.name: [] for sheet in SHEETS})
    notes: list[str] = field(default_factory=list)

    def add(self, sheet: Any, values: dict[str, Any], **more: Any) -> None:
        """`more` are further fields of the row."""
        self.sheets[sheet.name].append(FormRow(values, **more))


class Names:
    """What rows are called in cells: their name where nothing else has it and it can stand in a list, else their code."""

    def __init__(self, named: Iterable[tuple[str, str]]):
        self._names = dict(named)  # by code
        self._counts = Counter(self._names.values())

    def of(self, code: str) -> str:
        name = self._names.get(code, "")
        is_plain = name and self._counts[name] == 1 and not any(sign in name for sign in SEPARATORS)
        return name if is_plain else code

    def listed(self, codes: Iterable[str]) -> str:
        return LISTED.join(map(self.of, codes))


def department_names() -> Names:
    return Names(Department.objects.values_list("slug", "name"))


def values_of(part: str, row: Any, departments: Names, **instead: Any) -> dict[str, Any]:
    """By column key what the row holds, or what is given `instead` of a field."""
    found = {}
    for name, kind in FIELDS[part]:
        value = instead[name] if name in instead else getattr(row, name)
        found[f"{part}.{name}"] = departments.listed(value) if kind is Kind.DEPARTMENTS else value
    return found


def work_values(part: str, row: Any, departments: Names, **instead: Any) -> dict[str, Any]:
    return {"row.category": part, **values_of(part, row, departments, **instead)}


def rows_of_plan(plan: Plan, addition: Addition | None = None) -> FormRows:
    """What the plan itself, or the addition to it, brings, in the terms first promised.

    With an addition come the rows that its own belong to.
    """
    return _PlanRows(plan, addition).rows()


class _PlanRows:
    def __init__(self, plan: Plan, addition: Addition | None):
        self.plan, self.fact = plan, addition or plan
        self.brought: dict[type[Promised], Sequence[Any]] = {of.model: list(of) for of in rows_of(plan, self.fact)}
        self.departments = department_names()
        self.form = FormRows()

    def rows(self) -> FormRows:
        every = [row for rows in self.brought.values() for row in rows]
        self.milestones = list(milestones_with(self.fact, every))
        projects = {
            one.project.slug: one.project for one in (*self.brought[Commitment], *self.brought[Contribution])
        } | {one.project.slug: one.project for one in self.milestones}
        self.projects = projects
        self.project_names = Names((slug, project.title) for slug, project in projects.items())
        self._add_plan()
        self._add_departments(every)
        self._add_work()
        self._add_promises()
        self._add_targets()
        self._add_indicators()
        return self.form

    def _add_plan(self) -> None:
        if isinstance(self.fact, Addition):
            values = {"plan.year": self.plan.year, **values_of("addition", self.fact, self.departments)}
        else:
            values = values_of("plan", self.plan, self.departments)
        source = self.fact.source
        if source and not source.is_illustrative:  # what is an example stays one
            values |= values_of("source", source, self.departments)
        self.form.add(PLAN, values)

    def _add_departments(self, rows: Iterable[Any]) -> None:
        naming = [*rows, *self.projects.values()]
        slugs = {slug for row in naming for name in ("leads", "partners") for slug in getattr(row, name, ())}
        for department in Department.objects.filter(slug__in=slugs).order_by("slug"):
            self.form.add(DEPARTMENTS, values_of("department", department, self.departments))

    def _add_work(self) -> None:
        measures = _with(self.brought[Measure], (one.measure for one in self.brought[Contribution]))
        tasks = _with(self.brought[Task], (measure.task for measure in measures))
        groups = _with(self.brought[TaskGroup], (task.group for task in tasks))
        self.tasks = task_names(Task.objects.filter(group__plan=self.plan).select_related("group"))
        for group in groups:
            self.form.add(WORK, work_values("group", group, self.departments))
            for task in (one for one in tasks if one.group_id == group.pk):
                self.form.add(WORK, work_values("task", task, self.departments))
                for measure in (one for one in measures if one.task_id == task.pk):
                    self.form.add(WORK, work_values("measure", measure, self.departments) | self._served(measure))
        for outline in self.brought[Outline]:
            task = {"outline.task": self.tasks.of(outline.task.identifier) if outline.task else ""}
            self.form.add(WORK, work_values("outline", outline, self.departments) | task)
            for item in outline.items.all():
                self.form.add(WORK, work_values("item", item, self.departments))

    def _served(self, measure: Measure) -> dict[str, str]:
        own = [one for one in self.brought[Contribution] if one.measure_id == measure.pk]
        return {
            f"measure.{name}": self.project_names.listed(
                one.project.slug for one in own if one.is_inferred is is_inferred
            )
            for name, is_inferred in (("projects", False), ("projects_inferred", True))
        }

    def _add_promises(self) -> None:
        commitments = self.brought[Commitment]
        promised = {one.series_id for one in commitments}
        for commitment in commitments:
            self.form.add(PROMISES, promise_values(commitment.series, commitment, commitment.project, self.departments))
        for series in (one for one in self.brought[Series] if one.pk not in promised):
            self.form.add(PROMISES, values_of("series", series, self.departments))
        named = {one.project.slug for one in commitments}
        for project in (one for slug, one in self.projects.items() if slug not in named):
            self.form.add(PROMISES, values_of("project", project, self.departments))

    def _add_targets(self) -> None:
        series = series_names(Series.objects.filter(plan=self.plan))
        for target in self.brought[Target]:
            promise = {
                "target.series": series.of(target.commitment.series.code),
                "target.number": target.commitment.number,
                "milestone.project": self._project_name(target.milestone.project),
            }
            counted = values_of("milestone", target.milestone, self.departments)
            self.form.add(TARGETS, promise | counted | values_of("target", target, self.departments))
        promised = {target.milestone_id for target in self.brought[Target]}
        for milestone in (one for one in self.milestones if one.pk not in promised):
            project = {"milestone.project": self._project_name(milestone.project)}
            self.form.add(TARGETS, project | values_of("milestone", milestone, self.departments))

    def _project_name(self, project: Project) -> str:
        return self.project_names.of(project.slug)

    def _add_indicators(self) -> None:
        for indicator in self.brought[Indicator]:
            task = {"indicator.task": self.tasks.of(indicator.task.identifier) if indicator.task else ""}
            self.form.add(INDICATORS, values_of("indicator", indicator, self.departments) | task)


def promise_values(
    series: Series,
    commitment: Commitment,
    project: Project,
    departments: Names,
    terms: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """A row of the sheet of promises; `terms` are given instead of what is stored, by kind of row."""
    rows = {"series": series, "commitment": commitment, "project": project}
    given = terms or {}
    return {
        key: value
        for part, row in rows.items()
        for key, value in values_of(part, row, departments, **given.get(part, {})).items()
    }


def task_names(tasks: Iterable[Task]) -> Names:
    return Names((task.identifier, task.title) for task in tasks)


def series_names(series: Iterable[Series]) -> Names:
    return Names((one.code, one.title) for one in series)


def _with(rows: Sequence[Any], others: Iterable[Any]) -> list[Any]:
    """The rows with those of the others that aren't among them, which stand first."""
    own = {row.pk for row in rows}
    return [*{one.pk: one for one in others if one.pk not in own}.values(), *rows]
