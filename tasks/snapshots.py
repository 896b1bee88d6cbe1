"""A plan on a day: its wording in force, the state of every commitment and indicator, and what they add up to."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.db.models import CharField, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat

from common.lru_cache import LRUCache
from ledger import chain
from ledger.models import Entry
from projects.models import Department, Milestone, Project
from projects.progress import Progress, Rules, Total, progress_of, uncorrected
from projects.snapshots import (
    Adjustments,
    MilestoneSnapshot,
    ProjectSnapshot,
    SnapshotVersions,
    adjustments_with_parts,
    answering_slugs,
    current_term,
    decoded,
    ledger_version_on,
    load_snapshots,
    promised_terms,
    snapshot_versions_on,
    terms_of,
)
from tasks.models import (
    Commitment,
    CommitmentMilestone,
    Contribution,
    Indicator,
    Measure,
    Outline,
    Plan,
    PlanAdjustment,
    Reading,
    Series,
    Task,
    TaskGroup,
    front_of,
)
from tasks.progress import CommitmentState, IndicatorState, Tally, commitment_state_of, indicator_state_of, tally_of

V = TypeVar("V")


@dataclass(frozen=True)
class CommitmentSnapshot:
    """One promise of a plan on a day, with the project that it is about."""

    row: Commitment
    project: ProjectSnapshot
    goal: str
    annual_investment: Decimal | None
    is_dropped: bool
    adjustments: tuple[PlanAdjustment, ...]
    state: CommitmentState
    ends_on: date
    rules: Rules

    @property
    def series(self) -> Series:
        return self.row.series

    @property
    def milestones(self) -> list[MilestoneSnapshot]:
        """The milestones that it takes to keep the promise; all dropped where the promise is."""
        return [state.snapshot for state in self.progress.milestones]

    @property
    def all_adjustments(self) -> list:
        """Its own, those of its project and of the milestones that it takes."""
        return [*self.adjustments, *adjustments_with_parts(self.project, self.milestones)]

    @property
    def has_ended(self) -> bool:
        """Whether the plan that made the promise is over."""
        return self.project.as_of > self.ends_on

    @property
    def progress(self) -> Progress:
        return self.state.progress

    @property
    def number(self) -> int:
        return self.row.number


@dataclass(frozen=True)
class SeriesSnapshot:
    row: Series
    title: str
    commitments: tuple[CommitmentSnapshot, ...]

    @cached_property
    def tally(self) -> Tally:
        return tally_of(snapshot.state for snapshot in self.commitments)

    @cached_property
    def investment(self) -> Total:
        return Total.of([snapshot.project.investment for snapshot in self.commitments])


@dataclass(frozen=True)
class Service:
    """A project that serves a measure."""

    project: ProjectSnapshot
    is_inferred: bool


@dataclass(frozen=True)
class MeasureSnapshot:
    row: Measure
    title: str
    services: tuple[Service, ...]


@dataclass(frozen=True)
class TaskSnapshot:
    """A task with the commitments of the projects that serve its measures, each once."""

    row: Task
    group: TaskGroup
    title: str
    measures: tuple[MeasureSnapshot, ...]
    commitments: tuple[CommitmentSnapshot, ...]
    outlines: tuple[Outline, ...]

    @property
    def served(self) -> list[MeasureSnapshot]:
        """The measures that at least one project serves. Nothing is known about the progress of the `unserved` ones."""
        return [measure for measure in self.measures if measure.services]

    @property
    def unserved(self) -> list[MeasureSnapshot]:
        return [measure for measure in self.measures if not measure.services]

    @property
    def is_illustrative(self) -> bool:
        return any(snapshot.project.is_illustrative for snapshot in self.commitments)

    @property
    def identifier(self) -> str:
        return f"{self.group.code}-{self.row.number}"

    @property
    def number(self) -> int:
        return self.row.number

    @cached_property
    def tally(self) -> Tally:
        return tally_of(snapshot.state for snapshot in self.commitments)

    @cached_property
    def investment(self) -> Total:
        """Of distinct projects: one that two series promise is counted once."""
        distinct = {snapshot.project.slug: snapshot.project.investment for snapshot in self.commitments}
        return Total.of(list(distinct.values()))


@dataclass(frozen=True)
class GroupSnapshot:
    row: TaskGroup
    title: str
    tasks: tuple[TaskSnapshot, ...]

    @property
    def served(self) -> list[TaskSnapshot]:
        """The tasks with at least one commitment; `unserved` are the others."""
        return [task for task in self.tasks if task.commitments]

    @property
    def unserved(self) -> list[TaskSnapshot]:
        return [task for task in self.tasks if not task.commitments]


@dataclass(frozen=True)
class IndicatorSnapshot:
    row: Indicator
    title: str
    target: Decimal
    due_on: date | None
    promised_target: Decimal
    promised_due_on: date | None
    is_dropped: bool
    readings: tuple[Reading, ...]
    history: tuple[Reading, ...]
    adjustments: tuple[PlanAdjustment, ...]
    state: IndicatorState

    @property
    def is_illustrative(self) -> bool:
        return any(fact.is_illustrative for fact in (*self.history, *self.adjustments))


@dataclass(frozen=True)
class PlanSnapshot:
    """Everything a page of the plan shows on `as_of`."""

    row: Plan
    as_of: date
    title: str
    short_title: str
    guideline: str
    rules: Rules
    projects: dict[int, ProjectSnapshot]
    series: tuple[SeriesSnapshot, ...]
    groups: tuple[GroupSnapshot, ...]
    indicators: tuple[IndicatorSnapshot, ...]
    outlines: tuple[Outline, ...]
    adjustments: tuple[PlanAdjustment, ...]
    entry: Entry
    _cached: dict[Callable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def cached(self, compute: "Callable[[PlanSnapshot], V]") -> V:
        """`compute(self)`, computed once and cached with the snapshot. It must depend on the snapshot alone."""
        if compute not in self._cached:
            self._cached[compute] = compute(self)
        return self._cached[compute]

    @property
    def headline(self) -> SeriesSnapshot:
        """The first series, by which the plan is known."""
        return self.series[0]

    @cached_property
    def commitments(self) -> list[CommitmentSnapshot]:
        return [snapshot for series in self.series for snapshot in series.commitments]

    @cached_property
    def tasks(self) -> list[TaskSnapshot]:
        return [task for group in self.groups for task in group.tasks]

    @cached_property
    def tally(self) -> Tally:
        return tally_of(snapshot.state for snapshot in self.commitments)

    @property
    def all_adjustments(self) -> list:
        """Its own, those of its projects and of their milestones."""
        return [*self.adjustments, *(one for project in self.projects.values() for one in project.all_adjustments)]

    @property
    def has_ended(self) -> bool:
        return self.as_of > self.row.ends_on

    @cached_property
    def is_illustrative(self) -> bool:
        return (
            self.row.is_illustrative
            or any(project.is_illustrative for project in self.projects.values())
            or any(indicator.is_illustrative for indicator in self.indicators)
            or any(adjustment.is_illustrative for adjustment in self.adjustments)
        )


def rules_of(plan: Plan) -> Rules:
    return Rules(
        lag_warning=Fraction(plan.lag_warning, 100),
        lag_alarm=Fraction(plan.lag_alarm, 100),
        reporting_days=plan.reporting_days,
        grace_days=plan.grace_days,
    )


class _CachedSnapshot(NamedTuple):
    """A snapshot, and the versions that those of its projects were loaded with."""

    snapshot: PlanSnapshot
    versions: SnapshotVersions


MOST_CACHED = 5000  # projects in all plan snapshots kept by a process, about 24 KB each
_snapshots: LRUCache[_CachedSnapshot] = LRUCache(MOST_CACHED, weight=lambda cached: len(cached.snapshot.projects) + 1)
# The last snapshot of a day, by everything that makes more of it outdated than single projects and indicators.
_latest: LRUCache[_CachedSnapshot] = LRUCache(MOST_CACHED, weight=lambda cached: len(cached.snapshot.projects) + 1)
_last_days: LRUCache[date | None] = LRUCache(1000)


def plan_snapshot_of(plan: Plan, as_of: date) -> PlanSnapshot:
    """The plan on the day `as_of`, cached until a publication could change it.

    It depends on the entries up to the end of the day and, since redactions hide texts of the past too, on the last one that
    hid something. The hashes of both are part of the key, also in a transaction that will be rolled back.
    """
    ledger_version = ledger_version_on(as_of)
    if plan.published_on is None or plan.published_on > as_of:
        return load_plan_snapshot(plan, as_of)
    key = plan.pk, as_of, ledger_version
    # A publication while it was loaded may be in it by half: such a result is returned, but not cached.
    cached = _snapshots.get(
        key, lambda: _computed(plan, as_of, ledger_version), is_valid=lambda: ledger_version_on(as_of) == ledger_version
    )
    if key in _snapshots:
        _latest.put((plan.pk, as_of, cached.versions.shared, cached.versions.hidden), cached)
    return cached.snapshot


def _computed(plan: Plan, as_of: date, ledger_version: tuple[str, str]) -> _CachedSnapshot:
    """Reloads only the changed projects of the last snapshot of the day, where nothing else has changed since."""
    versions = snapshot_versions_on(as_of, ledger_version)
    before = _latest.peek((plan.pk, as_of, versions.shared, versions.hidden))
    if before is None:
        return _CachedSnapshot(load_plan_snapshot(plan, as_of), versions)
    touched = [
        key
        for key, project in before.snapshot.projects.items()
        if versions.of(project.slug) != before.versions.of(project.slug)
    ]
    return _CachedSnapshot(reload_plan_snapshot(before.snapshot, touched), versions)


def reload_plan_snapshot(before: PlanSnapshot, touched: Collection[int]) -> PlanSnapshot:
    """The snapshot with these projects (primary keys) and every indicator loaded again."""
    plan, as_of = before.row, before.as_of
    fresh = load_snapshots(projects_of(plan).filter(pk__in=touched), as_of, with_words=False) if touched else {}
    return _PlanFacts(
        plan=plan,
        as_of=as_of,
        projects=before.projects | fresh,
        series=[one.row for one in before.series],
        groups=[one.row for one in before.groups],
        outlines=before.outlines,
        settled={one.row.pk: one for one in before.commitments if one.row.project_id not in fresh},
    ).snapshot()


def load_plan_snapshot(plan: Plan, as_of: date) -> PlanSnapshot:
    """As `plan_snapshot_of`, uncached, in a constant number of queries."""
    links = Prefetch("links", CommitmentMilestone.objects.order_by())
    commitments = Prefetch("commitments", Commitment.objects.order_by("number").prefetch_related(links))
    serving = Contribution.objects.order_by("project__slug").only("measure", "project", "is_inferred")
    contributions = Prefetch("contributions", serving)
    measures = Prefetch("tasks__measures", Measure.objects.order_by("number").prefetch_related(contributions))
    tasks = Prefetch("tasks", Task.objects.order_by("number"))
    return _PlanFacts(
        plan=plan,
        as_of=as_of,
        projects=load_snapshots(projects_of(plan), as_of, with_words=False),
        series=plan.series.order_by("number", "pk").prefetch_related(commitments),
        groups=plan.groups.order_by("number", "pk").prefetch_related(tasks).prefetch_related(measures),
        outlines=tuple(plan.outlines.order_by("number", "pk").prefetch_related("items")),
    ).snapshot()


@dataclass(frozen=True)
class _PlanFacts:
    """What a plan's snapshot is computed from: rows with everything below them prefetched, and `projects` on the day.

    `settled` has the commitments, by primary key, that are taken over as they are.
    """

    plan: Plan
    as_of: date
    projects: dict[int, ProjectSnapshot]
    series: Iterable[Series]
    groups: Iterable[TaskGroup]
    outlines: tuple[Outline, ...]
    settled: Mapping[int, CommitmentSnapshot] = field(default_factory=dict)

    @cached_property
    def rules(self) -> Rules:
        return rules_of(self.plan)

    @cached_property
    def adjustments(self) -> Adjustments:
        return Adjustments.load(adjustments_of([self.plan], self.as_of))

    def snapshot(self) -> PlanSnapshot:
        terms = terms_of(self.plan, self.adjustments.of(self.plan))
        series = tuple(map(self._series, self.series))
        promised = defaultdict(list)
        for commitment in (one for own in series for one in own.commitments):
            promised[commitment.row.project_id].append(commitment)
        return PlanSnapshot(
            row=self.plan,
            as_of=self.as_of,
            title=terms["title"],
            short_title=terms["short_title"],
            guideline=terms["guideline"],
            rules=self.rules,
            projects=self.projects,
            series=series,
            groups=tuple(self._group(group, promised) for group in self.groups),
            indicators=tuple(self._indicators()),
            outlines=self.outlines,
            adjustments=tuple(self.adjustments),
            entry=chain.head_on(self.as_of),  # type: ignore[arg-type]  # the plan's own, if none came since
        )

    def _title(self, promise) -> str:
        return current_term(promise, "title", self.adjustments.of(promise))

    def _series(self, series: Series) -> SeriesSnapshot:
        commitments = tuple(self.settled.get(one.pk) or self._commitment(one) for one in series.commitments.all())
        return SeriesSnapshot(series, self._title(series), commitments)

    def _commitment(self, commitment: Commitment) -> CommitmentSnapshot:
        project, own = self.projects[commitment.project_id], self.adjustments.of(commitment)
        return commitment_snapshot_of(commitment, project, own, ends_on=self.plan.ends_on, rules=self.rules)

    def _group(self, group: TaskGroup, promised: Mapping[int, list[CommitmentSnapshot]]) -> GroupSnapshot:
        tasks = tuple(self._task(task, group, promised) for task in group.tasks.all())
        return GroupSnapshot(group, self._title(group), tasks)

    def _task(self, task: Task, group: TaskGroup, promised: Mapping[int, list[CommitmentSnapshot]]) -> TaskSnapshot:
        measures = tuple(map(self._measure, task.measures.all()))
        serving = {service.project.row.pk for measure in measures for service in measure.services}
        commitments = [commitment for key in serving for commitment in promised.get(key, ())]
        return TaskSnapshot(
            row=task,
            group=group,
            title=self._title(task),
            measures=measures,
            commitments=tuple(sorted(commitments, key=lambda one: (one.series.number, one.number))),
            outlines=tuple(outline for outline in self.outlines if outline.task_id == task.pk),
        )

    def _measure(self, measure: Measure) -> MeasureSnapshot:
        services = tuple(Service(self.projects[c.project_id], c.is_inferred) for c in measure.contributions.all())
        return MeasureSnapshot(measure, self._title(measure), services)

    def _indicators(self) -> Iterator[IndicatorSnapshot]:
        history = _readings(self.plan, self.as_of)
        for indicator in self.plan.indicators.order_by("number", "pk"):
            yield _indicator_snapshot(indicator, history[indicator.pk], self.adjustments.of(indicator))


def projects_of(plan: Plan):
    """The projects that the plan promises something about, or that serve its measures."""
    committed = Commitment.objects.filter(series__plan=plan).values("project")
    serving = Contribution.objects.filter(measure__task__group__plan=plan).values("project")
    return Project.objects.filter(Q(pk__in=committed) | Q(pk__in=serving))


# How an adjustment leads to the plan.
PATHS = (
    "plan",
    "group__plan",
    "task__group__plan",
    "measure__task__group__plan",
    "series__plan",
    "commitment__series__plan",
    "indicator__plan",
)


def adjustments_of(plans: Iterable[Plan], as_of: date):
    """The adjustments of these plans and of everything below them, published by `as_of`."""
    concerned = Q()
    for path in PATHS:
        concerned |= Q(**{f"{path}__in": list(plans)})
    return PlanAdjustment.objects.as_of(as_of).filter(concerned)


def wording_of(plans: Iterable[Plan], as_of: date) -> dict[str, dict[str, str]]:
    """The adjusted terms in force of these plans on the day, by address and field."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    changed = adjustments_of(plans, as_of).order_by("entry_id").values_list("entry__subject", "changes")
    for address, changes in changed:
        found[address] |= {name: new for name, (_old, new) in changes.items()}
    return found


def commitment_snapshot_of(
    commitment: Commitment,
    project: ProjectSnapshot,
    adjustments: Sequence[PlanAdjustment],
    *,
    ends_on: date,
    rules: Rules,
) -> CommitmentSnapshot:
    terms = decoded(commitment, terms_of(commitment, adjustments))
    required = {link.milestone_id for link in commitment.links.all()}
    milestones = [milestone for milestone in project.milestones if milestone.row.pk in required]
    changes = [*adjustments, *adjustments_with_parts(project, milestones)]
    if terms["dropped"]:
        milestones = [milestone.dropped() for milestone in milestones]
    return CommitmentSnapshot(
        row=commitment,
        project=project,
        goal=terms["goal"],
        annual_investment=terms["annual_investment"],
        is_dropped=terms["dropped"],
        adjustments=tuple(adjustments),
        state=commitment_state_of(
            commitment,
            milestones,
            goal=terms["goal"],
            ends_on=ends_on,
            as_of=project.as_of,
            rules=rules,
            is_adjusted=any(change.counts_as_changed for change in changes),
        ),
        ends_on=ends_on,
        rules=rules,
    )


def _readings(plan: Plan, as_of: date) -> dict[int, list[Reading]]:
    """Readings by indicator, in the order of publication."""
    asked = Reading.objects.as_of(as_of).filter(indicator__plan=plan).select_related("source").order_by("entry_id")
    readings, found = {reading.pk: reading for reading in asked}, defaultdict(list)
    for reading in readings.values():
        if reading.corrects_id:
            reading.corrects = readings[reading.corrects_id]
        found[reading.indicator_id].append(reading)
    return found


def _indicator_snapshot(
    indicator: Indicator, history: Sequence[Reading], adjustments: Sequence[PlanAdjustment]
) -> IndicatorSnapshot:
    first = decoded(indicator, promised_terms(indicator))
    now = decoded(indicator, terms_of(indicator, adjustments))
    effective = sorted(uncorrected(history), key=lambda reading: reading.held_on)
    return IndicatorSnapshot(
        row=indicator,
        title=now["title"],
        target=now["target"],
        due_on=now["due_on"],
        promised_target=first["target"],
        promised_due_on=first["due_on"],
        is_dropped=now["dropped"],
        readings=tuple(effective),
        history=tuple(history),
        adjustments=tuple(adjustments),
        state=indicator_state_of(
            effective,
            comparator=indicator.comparator,
            target=now["target"],
            baseline=indicator.baseline,
            is_dropped=now["dropped"],
        ),
    )


def entries_concerning(plan: Plan):
    """The ledger entries about the plan, its parts, its projects, and the departments that answer for them."""
    prefixes = ("group", "task", "measure", "series", "commitment", "indicator")
    concerned = Q(subject=plan.address)
    for prefix in prefixes:
        concerned |= Q(subject__startswith=f"{prefix}:{plan.year}/")
    projects = projects_of(plan)
    departments = Department.objects.filter(slug__in=set().union(*answering_slugs(projects).values()))
    milestones = Milestone.objects.filter(project__in=projects)
    # The database builds the addresses: as parameters there would be too many for one statement.
    for rows, parts in (
        (projects, (Value("project:"), "slug")),
        (departments, (Value("department:"), "slug")),
        (milestones, (Value("milestone:"), "project__slug", Value("/"), "code")),
    ):
        spelt = rows.order_by().annotate(spelt=Concat(*parts, output_field=CharField())).values("spelt")
        concerned |= Q(subject__in=spelt)
    return Entry.objects.filter(concerned)


def default_day_of(plan: Plan, today: date) -> date:
    """The day that a page of the plan shows by default: today while the plan runs, then that of the last entry about it.

    At least the day after the plan's end.
    """
    if today <= plan.ends_on:
        return today
    head = chain.last_hash()
    last = _last_days.get((plan.pk, head), lambda: _last_day_of(plan), is_valid=lambda: chain.last_hash() == head)
    return max(last or plan.ends_on, plan.ends_on + timedelta(days=1))


def _last_day_of(plan: Plan) -> date | None:
    return entries_concerning(plan).order_by("-seq").values_list("published_on", flat=True).first()


def plans_naming(project: Project) -> QuerySet[Plan]:
    """The published plans that promise something about the project, or have it serve a measure."""
    # Two subqueries: joined, the rows of commitments and contributions would multiply.
    promising = Commitment.objects.filter(project=project).values("series__plan")
    serving = Contribution.objects.filter(project=project).values("measure__task__group__plan")
    return Plan.objects.published().filter(Q(pk__in=promising) | Q(pk__in=serving))


def ruling_plan(plans: Iterable[Plan], day: date) -> Plan:
    """The plan whose rules hold for a project, of those naming it: the running one, else the last.

    Raises ValueError where none was public by `day`; a public project was published with one that was.
    """
    if plan := front_of(plans, day):
        return plan
    raise ValueError(f"no plan was public by {day}")


def plans_of(projects: Iterable[Project], day: date) -> dict[int, Plan]:
    """`ruling_plan` of each of the projects, by primary key, in three queries; projects without a plan are left out."""
    keys = [project.pk for project in projects]
    promised = Commitment.objects.filter(project__in=keys).values_list("project", "series__plan")
    serving = Contribution.objects.filter(project__in=keys).values_list("project", "measure__task__group__plan")
    plans = Plan.objects.as_of(day).in_bulk()
    found = defaultdict(set)
    for project, plan in (*promised, *serving):
        if plan in plans:
            found[project].add(plans[plan])
    return {project: front for project, named in found.items() if (front := front_of(named, day))}


def commitments_about(project: ProjectSnapshot) -> list[tuple[Plan, CommitmentSnapshot]]:
    """The commitments about the project of each plan public on its day, the latest plan first."""
    return commitments_of([project], project.as_of)[project.row.pk]


def commitments_of(
    projects: Iterable[ProjectSnapshot], as_of: date
) -> dict[int, list[tuple[Plan, CommitmentSnapshot]]]:
    """`commitments_about` each of the projects, whose snapshots are of `as_of`, by primary key."""
    snapshots = {snapshot.row.pk: snapshot for snapshot in projects}
    rows = Commitment.objects.as_of(as_of).filter(project__in=list(snapshots))
    changes = PlanAdjustment.objects.as_of(as_of).filter(commitment__project__in=list(snapshots))
    adjustments = Adjustments.load(changes)
    found = defaultdict(list)
    for commitment in (
        rows.select_related("series__plan")
        .prefetch_related("links")
        .order_by("-series__plan__year", "series__number", "number")
    ):
        plan, own = commitment.series.plan, adjustments.of(commitment)
        project = snapshots[commitment.project_id]
        snapshot = commitment_snapshot_of(commitment, project, own, ends_on=plan.ends_on, rules=rules_of(plan))
        found[commitment.project_id].append((plan, snapshot))
    return found


def with_project(snapshot: CommitmentSnapshot, project: ProjectSnapshot) -> CommitmentSnapshot:
    """The promise recomputed with another snapshot of its project."""
    return commitment_snapshot_of(
        snapshot.row, project, snapshot.adjustments, ends_on=snapshot.ends_on, rules=snapshot.rules
    )


def project_progress_of(project: ProjectSnapshot, rules: Rules) -> Progress:
    """The progress of all milestones of the project, whichever plan promised them."""
    return progress_of(project.milestones, project.as_of, rules)
