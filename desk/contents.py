"""All that the publication of a plan or of an addition makes public, with what is missing, for its reviewer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch

from projects.models import Milestone, Project
from projects.words import department_names
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


@dataclass(frozen=True)
class PromisedProject:
    """A project of the plan; one without a commitment only serves a measure.

    `targets` count for the commitment, `uncounted` are milestones without one; `gaps` say what is missing, a clause each.
    """

    project: Project
    commitment: Commitment | None
    targets: tuple[Target, ...]
    uncounted: tuple[Milestone, ...]
    leads: str
    partners: str
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class PromisedTask:
    """A task with its measures, or only with those that come new to it."""

    task: Task
    leads: str
    measures: tuple[tuple[Measure, str, tuple[Project, ...]], ...]


@dataclass(frozen=True)
class Contents:
    """`series` with their commitments; `serving` are projects without a commitment.

    `added` are targets that come new to a commitment which was promised before.
    """

    series: tuple[tuple[Series, tuple[PromisedProject, ...]], ...]
    serving: tuple[PromisedProject, ...]
    added: tuple[Target, ...]
    indicators: tuple[tuple[Indicator, str], ...]
    tasks: tuple[PromisedTask, ...]
    outlines: tuple[Outline, ...]

    @property
    def counter(self) -> str:
        """The measure word of all that is promised about projects; 项 where that of its series differs, and of none."""
        counters = {series.counter for series, promised in self.series if promised}
        return counters.pop() if len(counters) == 1 else "项"

    @property
    def promised(self) -> list[PromisedProject]:
        return [one for _series, promised in self.series for one in promised]

    @property
    def n_milestones(self) -> int:
        targets = [target for one in self.promised for target in one.targets]
        return len({target.milestone_id for target in (*targets, *self.added)})

    @property
    def n_gaps(self) -> int:
        return sum(len(one.gaps) for one in (*self.promised, *self.serving))


def contents_of(fact: Plan | Addition) -> Contents:
    """In a constant number of queries."""
    plan = fact if isinstance(fact, Plan) else fact.plan
    kinds = (found for found in rows_of(plan, fact) if found.model is not TaskGroup)  # which the tasks name
    rows: dict[type[Promised], list] = {found.model: list(_with_relations(found)) for found in kinds}
    return _Rows(fact, rows).contents()


def _with_relations(rows):
    """What a page shows of a row besides its own columns."""
    if rows.model is Outline:
        return rows.select_related("task").prefetch_related("items").order_by("number", "pk")
    related = {
        Commitment: ("series", "project"),
        Target: ("milestone__project", "commitment__series", "commitment__project"),
        Measure: ("task__group",),
        Contribution: ("project", "measure__task__group"),
        Indicator: ("task",),
    }
    return rows.select_related(*related[rows.model]) if rows.model in related else rows


@dataclass(frozen=True)
class _Rows:
    fact: Plan | Addition
    rows: Mapping[type[Promised], Sequence]

    @cached_property
    def departments(self) -> dict[str, str]:
        naming = [
            *(row for found in self.rows.values() for row in found if hasattr(row, "leads")),
            *self.projects.values(),
        ]
        return department_names({slug for row in naming for slug in (*row.leads, *getattr(row, "partners", ()))})

    @cached_property
    def projects(self) -> dict[int, Project]:
        """Those that are named, each with its milestones that come with the same publication."""
        named = {row.project_id for model in (Commitment, Contribution) for row in self.rows[model]}
        new = milestones_with(self.fact, [row for found in self.rows.values() for row in found])
        milestones = Prefetch("milestones", new, to_attr="new_milestones")
        return {
            one.pk: one for one in Project.objects.filter(pk__in=named).prefetch_related(milestones).order_by("slug")
        }

    def contents(self) -> Contents:
        commitments = sorted(self.rows[Commitment], key=lambda one: (one.series.number, one.series_id, one.number))
        named = {one.project_id for one in commitments}
        new = {one.pk for one in commitments}
        return Contents(
            series=tuple(
                (series, tuple(self._promised(one) for one in commitments if one.series_id == series.pk))
                for series in dict.fromkeys([*self.rows[Series], *(one.series for one in commitments)])
            ),
            serving=tuple(
                self._project(project, None, ()) for key, project in self.projects.items() if key not in named
            ),
            added=tuple(target for target in self.rows[Target] if target.commitment_id not in new),
            indicators=tuple((one, self._names(one.leads)) for one in self.rows[Indicator]),
            tasks=tuple(self._tasks()),
            outlines=tuple(self.rows[Outline]),
        )

    def _names(self, slugs: Sequence[str]) -> str:
        return "、".join(self.departments.get(slug, slug) for slug in slugs)

    def _promised(self, commitment: Commitment) -> PromisedProject:
        targets = [target for target in self.rows[Target] if target.commitment_id == commitment.pk]
        targets.sort(key=lambda target: (target.milestone.number, target.milestone_id))
        return self._project(self.projects[commitment.project_id], commitment, tuple(targets))

    def _project(self, project: Project, commitment: Commitment | None, targets: tuple[Target, ...]) -> PromisedProject:
        counted = {target.milestone_id for target in targets}
        return PromisedProject(
            project=project,
            commitment=commitment,
            targets=targets,
            uncounted=tuple(one for one in project.new_milestones if one.pk not in counted),  # type: ignore[attr-defined]  # prefetched
            leads=self._names(project.leads),
            partners=self._names(project.partners),
            gaps=tuple(self._gaps(project, commitment, targets)),
        )

    def _gaps(self, project: Project, commitment: Commitment | None, targets: Sequence[Target]) -> Iterator[str]:
        if not project.leads:
            yield "没有写牵头部门"
        yield from (
            f"没有代号是“{slug}”的部门" for slug in (*project.leads, *project.partners) if slug not in self.departments
        )
        if project.investment is None:
            yield "没有写总投资"
        if not project.place:
            yield "没有写地点"
        if commitment and not targets:
            yield "没有写明办成要看哪些节点"

    def _tasks(self) -> Iterator[PromisedTask]:
        serving: dict[int, list[Project]] = {}
        for one in self.rows[Contribution]:
            serving.setdefault(one.measure_id, []).append(one.project)
        tasks = dict.fromkeys([*self.rows[Task], *(measure.task for measure in self.rows[Measure])])
        for task in sorted(tasks, key=lambda one: (one.group_id, one.number)):
            own = sorted((one for one in self.rows[Measure] if one.task_id == task.pk), key=lambda one: one.number)
            measures = tuple((one, self._names(one.leads), tuple(serving.get(one.pk, ()))) for one in own)
            yield PromisedTask(task, self._names(task.leads), measures)
