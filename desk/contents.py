"""All that the publication of a plan or of an addition makes public, with what is missing, for its reviewer."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch

from desk.sentences import answering_text, lacking_text
from desk.words import (
    NO_ANNUAL,
    NO_DUE_DAY,
    NO_INVESTMENT,
    NO_LEADS,
    NO_MEASURES,
    NO_PLACE,
    NO_TARGETS,
    NO_WORDING,
)
from projects.models import Milestone, Project
from projects.words import department_names
from tasks.models import (
    Addition,
    Answerable,
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
class PromisedIndicator:
    indicator: Indicator
    leads: str
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class PromisedTask:
    """A task with its measures, or only with those that come new to it; of each who answers for it, in words."""

    task: Task
    who: str
    measures: tuple[tuple[Measure, str, tuple[Project, ...]], ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """`series` with their commitments; `serving` are projects without a commitment.

    `added` are targets that come new to a commitment which was promised before, `departments` the names of those that
    answer for something or help.
    """

    series: tuple[tuple[Series, tuple[PromisedProject, ...]], ...]
    serving: tuple[PromisedProject, ...]
    added: tuple[Target, ...]
    indicators: tuple[PromisedIndicator, ...]
    tasks: tuple[PromisedTask, ...]
    outlines: tuple[Outline, ...]
    departments: tuple[str, ...]

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
    def n_measures(self) -> int:
        return sum(len(one.measures) for one in self.tasks)

    @property
    def gaps(self) -> list[str]:
        """All that is missing, each as often as it is."""
        of_projects = [one.gaps for one in (*self.promised, *self.serving)]
        others = [*(one.gaps for one in self.indicators), *(one.gaps for one in self.tasks)]
        return [gap for gaps in (*of_projects, *others) for gap in gaps]

    @property
    def lacking(self) -> str:
        """How much is missing; empty where nothing is."""
        return lacking_text(Counter(self.gaps), "标在各件后面") if self.gaps else ""


# What a clause says is empty: whose column.
EMPTY_COLUMNS = {
    NO_LEADS: ("project", "leads"),
    NO_INVESTMENT: ("project", "investment"),
    NO_ANNUAL: ("commitment", "annual_investment"),
    NO_PLACE: ("project", "place"),
    NO_WORDING: ("commitment", "wording"),
}


def lacks_wording(row: Commitment | Answerable | Indicator, wording: str, inferred: Collection[str]) -> bool:
    """A commitment is told in the city's words. The title of a task and the numbers of an indicator are these words, unless
    they are among the `inferred` fields."""
    told = {"title", "comparator", "target", "upper"}
    return not wording and (isinstance(row, Commitment) or not told.isdisjoint(inferred))


def indicator_gaps(*, has_leads: bool, has_due_day: bool, has_wording: bool) -> tuple[str, ...]:
    has = {NO_LEADS: has_leads, NO_DUE_DAY: has_due_day, NO_WORDING: has_wording}
    return tuple(gap for gap, is_there in has.items() if not is_there)


def task_gaps(measures: Sequence[bool], *, has_leads: bool, has_wording: bool) -> tuple[str, ...]:
    """`measures` says of each whether somebody answers for it, or a project serves it."""
    is_answered = has_leads or (bool(measures) and all(measures))
    has = {NO_LEADS: is_answered, NO_MEASURES: bool(measures), NO_WORDING: has_wording}
    return tuple(gap for gap, is_there in has.items() if not is_there)


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
            indicators=tuple(map(self._indicator, self.rows[Indicator])),
            tasks=tuple(self._tasks()),
            outlines=tuple(self.rows[Outline]),
            departments=tuple(self.departments.values()),
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

    def _indicator(self, indicator: Indicator) -> PromisedIndicator:
        gaps = indicator_gaps(
            has_leads=bool(indicator.leads),
            has_due_day=indicator.due_on is not None,
            has_wording=not lacks_wording(indicator, indicator.wording, indicator.inferred),
        )
        return PromisedIndicator(indicator, self._names(indicator.leads), gaps)

    def _gaps(self, project: Project, commitment: Commitment | None, targets: Sequence[Target]) -> Iterator[str]:
        if not project.leads:
            yield NO_LEADS
        yield from (
            f"没有代号是“{slug}”的部门" for slug in (*project.leads, *project.partners) if slug not in self.departments
        )
        if project.investment is None:
            yield NO_INVESTMENT
        if commitment and commitment.annual_investment is None:
            yield NO_ANNUAL
        if not project.place:
            yield NO_PLACE
        if commitment and lacks_wording(commitment, commitment.wording, ()):
            yield NO_WORDING
        if commitment and not targets:
            yield NO_TARGETS

    def _tasks(self) -> Iterator[PromisedTask]:
        serving: dict[int, list[Project]] = {}
        for one in self.rows[Contribution]:
            serving.setdefault(one.measure_id, []).append(one.project)
        tasks = dict.fromkeys([*self.rows[Task], *(measure.task for measure in self.rows[Measure])])
        for task in sorted(tasks, key=lambda one: (one.group_id, one.number)):
            own = sorted((one for one in self.rows[Measure] if one.task_id == task.pk), key=lambda one: one.number)
            measures = tuple((one, self._who(one), tuple(serving.get(one.pk, ()))) for one in own)
            gaps = task_gaps(
                [bool(measure.leads or projects) for measure, _who, projects in measures],
                has_leads=bool(task.leads),
                has_wording=not any(lacks_wording(row, row.wording, row.inferred) for row in (task, *own)),
            )
            yield PromisedTask(task, self._who(task), measures, gaps)

    def _who(self, row: Task | Measure) -> str:
        return answering_text(self._names(row.leads), self._names(row.partners), row.post)
