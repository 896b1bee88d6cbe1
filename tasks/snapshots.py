"""A plan on a day: its wording in force, the state of every commitment and indicator, and what they add up to."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db.models import CharField, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat

from common.lru_cache import LRUCache
from ledger import chain
from ledger.guard import Record
from ledger.models import Entry
from projects.models import Department, Milestone, Project
from projects.progress import Progress, Rules, Terms, Total, annual_execution_of, uncorrected
from projects.snapshots import (
    Adjustments,
    MilestoneSnapshot,
    ProjectSnapshot,
    ReadingSnapshot,
    SnapshotVersions,
    adjustments_with_parts,
    answering_slugs,
    current_term,
    decoded,
    filled_terms_of,
    inferred_of,
    ledger_version_on,
    load_snapshots,
    snapshot_at_entry,
    snapshot_versions_on,
    terms_of,
)
from tasks.checks import CheckState, check_state_of
from tasks.clarity import StatedTarget, Tick, clarity_of, is_quantity
from tasks.measures import MeasureState, measure_state_of
from tasks.models import (
    Addition,
    Answerable,
    Check,
    Commitment,
    Contribution,
    Goal,
    Indicator,
    IndicatorKind,
    Measure,
    Outline,
    Plan,
    PlanAdjustment,
    Reading,
    Series,
    Target,
    Task,
    TaskGroup,
    TaskReport,
    Vote,
    current_of,
)
from tasks.progress import (
    CommitmentState,
    IndicatorState,
    IndicatorTerms,
    Tally,
    commitment_state_of,
    indicator_state_of,
    tally_of,
)

V = TypeVar("V")


@dataclass(frozen=True)
class TargetSnapshot:
    """What a commitment promised of a milestone; `promised` has the terms that count as first promised."""

    row: Target
    milestone: MilestoneSnapshot
    promised: Terms
    terms: Terms
    inferred: frozenset[str]
    adjustments: tuple[PlanAdjustment, ...]

    @property
    def title(self) -> str:
        return self.milestone.title

    @property
    def unit(self) -> str:
        return self.milestone.row.unit

    @property
    def weight(self) -> Decimal:
        return self.row.weight

    @property
    def from_amount(self) -> Decimal:
        return self.row.from_amount

    @property
    def readings(self) -> tuple[ReadingSnapshot, ...]:
        return self.milestone.readings

    @property
    def is_moved(self) -> bool:
        return self.promised != self.terms


@dataclass(frozen=True)
class CommitmentSnapshot:
    """One promise of a plan on a day, with the project that it is about."""

    row: Commitment
    project: ProjectSnapshot
    goal: str
    wording: str
    annual_investment: Decimal | None
    promised: Mapping[str, Any]
    inferred: frozenset[str]
    is_dropped: bool
    targets: tuple[TargetSnapshot, ...]
    adjustments: tuple[PlanAdjustment, ...]
    checks: tuple[Check, ...]
    votes: tuple[Vote, ...]
    state: CommitmentState
    ends_on: date
    rules: Rules

    @property
    def series(self) -> Series:
        return self.row.series

    @property
    def milestones(self) -> list[MilestoneSnapshot]:
        """The milestones that it takes to keep the promise."""
        return [target.milestone for target in self.targets]

    @property
    def promised_on(self) -> date:
        return self.row.published_on

    @cached_property
    def clarity(self) -> frozenset[Tick]:
        """How clear the promise is as it stands."""
        has_money = self.project.investment is not None or self.annual_investment is not None
        return clarity_of(
            [_stated(target, target.terms, target.inferred) for target in self.targets],
            has_lead=bool(self.project.leads),
            has_money=has_money,
        )

    @cached_property
    def promised_clarity(self) -> frozenset[Tick]:
        """How clear it was at the end of the day on which it was promised."""

        def by_then(changes: Iterable) -> list:
            return [change for change in changes if change.published_on <= self.promised_on]

        def terms_then(promise, changes: Iterable) -> dict[str, Any]:
            return decoded(promise, terms_of(promise, by_then(changes)))

        project = terms_then(self.project.row, self.project.adjustments)
        annual = terms_then(self.row, self.adjustments)["annual_investment"]
        return clarity_of(
            [
                _stated(
                    target,
                    _terms(target.row, terms_of(target.row, by_then(target.adjustments))),
                    inferred_of(target.row, by_then(target.adjustments)),
                )
                for target in self.targets
                if target.row.published_on <= self.promised_on
            ],
            has_lead=bool(project["leads"]),
            has_money=project["investment"] is not None or annual is not None,
        )

    @cached_property
    def check(self) -> CheckState | None:
        """None unless something was to be finished, was, and stands since."""
        kept_on = self.state.kept_on
        lasts = any(state.snapshot.milestone.row.is_lasting for state in self.progress.active)
        if kept_on is None or self.goal != Goal.FINISH or not lasts:
            return None
        effective = sorted(uncorrected(self.checks), key=attrgetter("held_on"))
        return check_state_of(kept_on, effective, self.project.as_of)

    @cached_property
    def effective_votes(self) -> list[Vote]:
        """Those that count, by held day: on one day first the congress."""
        return sorted(uncorrected(self.votes), key=attrgetter("held_on", "body"))

    @cached_property
    def annual_execution(self) -> Fraction | None:
        """What was completed of the year's investment."""
        plan = self.series.plan
        spending = [
            (r.report.held_on, r.report.spent) for r in self.project.effective_reports if r.report.spent is not None
        ]
        is_new = all(target.terms.starts_on >= plan.starts_on for target in self.targets)
        return annual_execution_of(
            spending, self.annual_investment, starts_on=plan.starts_on, ends_on=plan.ends_on, is_new=is_new
        )

    @property
    def promise_changes(self) -> list[PlanAdjustment]:
        """The adjustments of itself and of its targets."""
        return [*self.adjustments, *(change for target in self.targets for change in target.adjustments)]

    @property
    def all_adjustments(self) -> list:
        """Those of the promise, of its project and of the milestones that it takes."""
        return [*self.promise_changes, *adjustments_with_parts(self.project, self.milestones)]

    @cached_property
    def is_illustrative(self) -> bool:
        facts = [*self.promise_changes, *self.checks, *self.votes]
        return self.project.is_illustrative or any(fact.is_illustrative for fact in facts)

    @property
    def has_ended(self) -> bool:
        """Whether the plan that made the promise is over."""
        return self.state.has_ended

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

    @cached_property
    def annual_investment(self) -> Total:
        return Total.of([snapshot.annual_investment for snapshot in self.commitments])

    @cached_property
    def clarity(self) -> Counter[Tick]:
        """How many of its promises said each, as first promised."""
        return Counter(tick for snapshot in self.commitments for tick in snapshot.promised_clarity)


@dataclass(frozen=True)
class Service:
    """A project that serves a measure."""

    project: ProjectSnapshot
    is_inferred: bool


@dataclass(frozen=True)
class Answer:
    """What is known of a task or a measure by itself: its terms on the day, and what was reported of it.

    `reports` are all published ones in the order of publication. `state` is None for a task that nobody answers for.
    """

    row: Task | Measure
    title: str
    wording: str
    lead_slugs: tuple[str, ...]
    partner_slugs: tuple[str, ...]
    post: str
    due_on: date | None
    promised: Mapping[str, Any]
    inferred: frozenset[str]
    reports: tuple[TaskReport, ...]
    adjustments: tuple[PlanAdjustment, ...]
    state: MeasureState | None

    @cached_property
    def effective_reports(self) -> list[TaskReport]:
        """Those that count, by held day."""
        return _declaring(self.reports)

    @property
    def latest_report(self) -> TaskReport | None:
        return self.effective_reports[-1] if self.effective_reports else None

    @property
    def is_illustrative(self) -> bool:
        return any(fact.is_illustrative for fact in (*self.reports, *self.adjustments))


def _declaring(reports: Iterable[TaskReport]) -> list[TaskReport]:
    """Those that count, by held day: a correction that declares nothing withdraws what it corrects."""
    effective = uncorrected([*reports])
    return sorted((report for report in effective if report.declared), key=attrgetter("held_on"))


@dataclass(frozen=True)
class MeasureSnapshot:
    row: Measure
    answer: Answer
    services: tuple[Service, ...]

    @property
    def title(self) -> str:
        return self.answer.title


@dataclass(frozen=True)
class TaskSnapshot:
    """A task with the commitments of the projects that serve its measures, each once."""

    row: Task
    group: TaskGroup
    answer: Answer
    measures: tuple[MeasureSnapshot, ...]
    commitments: tuple[CommitmentSnapshot, ...]
    outlines: tuple[Outline, ...]

    @property
    def title(self) -> str:
        return self.answer.title

    @property
    def served(self) -> list[MeasureSnapshot]:
        """The measures that at least one project serves. Nothing is known about the progress of the `unserved` ones."""
        return [measure for measure in self.measures if measure.services]

    @property
    def unserved(self) -> list[MeasureSnapshot]:
        return [measure for measure in self.measures if not measure.services]

    @property
    def answers(self) -> list[Answer]:
        """What is known of the task by itself, then of each of its measures."""
        return [self.answer, *(measure.answer for measure in self.measures)]

    @property
    def is_illustrative(self) -> bool:
        return any(one.project.is_illustrative for one in self.commitments) or self.answers_are_illustrative

    @property
    def answers_are_illustrative(self) -> bool:
        return any(answer.is_illustrative for answer in self.answers)

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
    promised: IndicatorTerms
    terms: IndicatorTerms
    inferred: frozenset[str]
    lead_slugs: tuple[str, ...]
    readings: tuple[Reading, ...]
    history: tuple[Reading, ...]
    adjustments: tuple[PlanAdjustment, ...]
    state: IndicatorState
    wording: str = ""

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
    additions: tuple[Addition, ...]
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
        """The first series, by which the plan is known; an empty one in a plan of tasks and indicators alone."""
        return self.series[0] if self.series else SeriesSnapshot(Series(), "", ())

    @cached_property
    def measures(self) -> list[MeasureSnapshot]:
        return [measure for task in self.tasks for measure in task.measures]

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
            or any(task.answers_are_illustrative for task in self.tasks)
            or any(fact.is_illustrative for fact in (*self.adjustments, *self.additions))
            or any(vote.is_illustrative for commitment in self.commitments for vote in commitment.votes)
        )


def rules_of(plan: Plan) -> Rules:
    return Rules(
        lag_warning=Fraction(plan.lag_warning, 100),
        lag_alarm=Fraction(plan.lag_alarm, 100),
        reporting_months=plan.reporting_months,
        grace_days=plan.grace_days,
        starts_on=plan.starts_on.replace(day=1),
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


def _parts_of_commitments(as_of: date) -> tuple[Prefetch, ...]:
    """Their targets, checks and votes, of the day."""
    facts: list[Prefetch] = [
        Prefetch(name, model.objects.as_of(as_of).select_related("source", "corrects").order_by("entry_id"))
        for name, model in (("checks", Check), ("votes", Vote))
    ]
    return Prefetch("targets", Target.objects.as_of(as_of).order_by()), *facts


def load_plan_snapshot(plan: Plan, as_of: date) -> PlanSnapshot:
    """As `plan_snapshot_of`, uncached, in a constant number of queries."""
    commitments = Prefetch(
        "commitments",
        Commitment.objects.as_of(as_of).order_by("number").prefetch_related(*_parts_of_commitments(as_of)),
    )
    serving = Contribution.objects.as_of(as_of).order_by("project__slug").only("measure", "project", "is_inferred")
    contributions = Prefetch("contributions", serving)
    measures = Measure.objects.as_of(as_of).order_by("number").prefetch_related(contributions)
    tasks = Prefetch("tasks", Task.objects.as_of(as_of).order_by("number"))
    return _PlanFacts(
        plan=plan,
        as_of=as_of,
        projects=load_snapshots(projects_of(plan), as_of, with_words=False),
        series=plan.series.as_of(as_of).order_by("number", "pk").prefetch_related(commitments),
        groups=plan.groups.as_of(as_of)
        .order_by("number", "pk")
        .prefetch_related(tasks)
        .prefetch_related(Prefetch("tasks__measures", measures)),
        outlines=tuple(plan.outlines.as_of(as_of).order_by("number", "pk").prefetch_related("items")),
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
            additions=tuple(
                Addition.objects.as_of(self.as_of).filter(plan=self.plan).select_related("source").order_by("entry")
            ),
            adjustments=tuple(self.adjustments),
            entry=chain.head_on(self.as_of),  # type: ignore[arg-type]  # the plan's own, if none came since
        )

    def _title(self, promise) -> str:
        return current_term(promise, "title", self.adjustments.of(promise))

    def _series(self, series: Series) -> SeriesSnapshot:
        commitments = tuple(self.settled.get(one.pk) or self._commitment(one) for one in series.commitments.all())
        return SeriesSnapshot(series, self._title(series), commitments)

    def _commitment(self, commitment: Commitment) -> CommitmentSnapshot:
        project = self.projects[commitment.project_id]
        return commitment_snapshot_of(
            commitment, project, self.adjustments, ends_on=self.plan.ends_on, rules=self.rules
        )

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
            answer=self._answer(
                task,
                is_asked=bool(task.leads) or task.due_on is not None,
                served_on=_served_on(service for measure in measures for service in measure.services),
            ),
            measures=measures,
            commitments=tuple(sorted(commitments, key=lambda one: (one.series.number, one.number))),
            outlines=tuple(outline for outline in self.outlines if outline.task_id == task.pk),
        )

    def _measure(self, measure: Measure) -> MeasureSnapshot:
        services = tuple(Service(self.projects[c.project_id], c.is_inferred) for c in measure.contributions.all())
        return MeasureSnapshot(measure, self._answer(measure, served_on=_served_on(services)), services)

    @cached_property
    def reports(self) -> dict[tuple[type[Answerable], int | None], list[TaskReport]]:
        """The reports of tasks and of measures, in the order of publication, by what they are about."""
        return _reports_about(Q(task__group__plan=self.plan) | Q(measure__task__group__plan=self.plan), self.as_of)

    def _answer(self, row: Task | Measure, *, is_asked: bool = True, served_on: date | None = None) -> Answer:
        own, reports = self.adjustments.of(row), self.reports[type(row), row.pk]
        for report in reports:
            setattr(report, str(row._meta.model_name), row)  # loaded already, for whoever asks what it is about
        return _answer_of(row, own, reports, self.as_of, self.rules, is_asked=is_asked, served_on=served_on)

    def _indicators(self) -> Iterator[IndicatorSnapshot]:
        history = _readings(Q(indicator__plan=self.plan), self.as_of)
        for indicator in self.plan.indicators.as_of(self.as_of).order_by("number", "pk"):
            own = self.adjustments.of(indicator)
            yield _indicator_snapshot(indicator, history[indicator.pk], own, self.as_of, self.rules)


def _reports_about(about: Q, as_of: date) -> dict[tuple[type[Answerable], int | None], list[TaskReport]]:
    rows = TaskReport.objects.as_of(as_of).filter(about).select_related("source", "corrects").order_by("entry_id")
    found: dict[tuple[type[Answerable], int | None], list[TaskReport]] = defaultdict(list)
    for report in rows:
        found[(Task, report.task_id) if report.task_id else (Measure, report.measure_id)].append(report)
    return found


def _answer_of(
    row: Task | Measure,
    adjustments: Sequence[PlanAdjustment],
    reports: Sequence[TaskReport],
    as_of: date,
    rules: Rules,
    *,
    is_asked: bool = True,
    served_on: date | None = None,
) -> Answer:
    now = decoded(row, terms_of(row, adjustments))
    is_asked = is_asked or bool(now["leads"]) or now["due_on"] is not None
    state = measure_state_of(
        _declaring(reports),
        as_of,
        rules,
        due_on=now["due_on"],
        asked_on=asked_on_of(row, adjustments, now["leads"]),
        served_on=served_on,
    )
    return Answer(
        row=row,
        title=now["title"],
        wording=now["wording"],
        lead_slugs=now["leads"],
        partner_slugs=now["partners"],
        post=now["post"],
        due_on=now["due_on"],
        promised=decoded(row, filled_terms_of(row, adjustments)),
        inferred=inferred_of(row, adjustments),
        reports=tuple(reports),
        adjustments=tuple(adjustments),
        state=state if is_asked else None,
    )


def load_answers(rows: Iterable[Task | Measure], as_of: date) -> list[Answer]:
    """What is known of these tasks and measures by themselves, in two queries; their plans are loaded.

    Whether projects serve a measure is left out of its state.
    """
    found = list(rows)
    about = Q(task__in=[row.pk for row in found if isinstance(row, Task)]) | Q(
        measure__in=[row.pk for row in found if isinstance(row, Measure)]
    )
    adjustments = Adjustments.load(PlanAdjustment.objects.as_of(as_of).filter(about))
    reports = _reports_about(about, as_of)
    return [
        _answer_of(row, adjustments.of(row), reports[type(row), row.pk], as_of, rules_of(row.plan)) for row in found
    ]


def load_indicators(rows: Iterable[Indicator], as_of: date) -> list[IndicatorSnapshot]:
    """These indicators, in two queries; their plans are loaded."""
    found = list(rows)
    keys = [row.pk for row in found]
    adjustments = Adjustments.load(PlanAdjustment.objects.as_of(as_of).filter(indicator__in=keys))
    history = _readings(Q(indicator__in=keys), as_of)
    return [_indicator_snapshot(row, history[row.pk], adjustments.of(row), as_of, rules_of(row.plan)) for row in found]


def with_task_report(answer: Answer, report: TaskReport, as_of: date) -> Answer:
    """As if the draft were public."""
    row = answer.row
    return _answer_of(row, answer.adjustments, [*answer.reports, report], as_of, rules_of(row.plan))


def _served_on(services: Iterable[Service]) -> date | None:
    """The held day of the latest report of the projects; None while none of them reported."""
    reports = [service.project.latest_report for service in services]
    return max((report.held_on for report in reports if report), default=None)


def asked_on_of(
    row: Answerable | Indicator, adjustments: Iterable[PlanAdjustment], leads: Collection[str]
) -> date | None:
    """The day since which it is promised and somebody is known to answer for it; None while nobody is."""
    if not leads:
        return None
    if row.leads:
        return row.published_on
    return min(change.published_on for change in adjustments if "leads" in change.changes)


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
    "target__commitment__series__plan",
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
    adjustments: Adjustments,
    *,
    ends_on: date,
    rules: Rules,
) -> CommitmentSnapshot:
    """Of targets, checks and votes those known on the project's day; `adjustments` may hold those of others too."""
    own = adjustments.of(commitment)
    terms = decoded(commitment, terms_of(commitment, own))
    rows = {target.milestone_id: target for target in _known(commitment.targets.all(), project.as_of)}
    targets = tuple(
        _target_snapshot(row, milestone, adjustments.of(row), is_dropped=terms["dropped"])
        for milestone in project.milestones
        if (row := rows.get(milestone.row.pk))
    )
    changes = [*own, *(change for target in targets for change in target.adjustments)]
    return CommitmentSnapshot(
        row=commitment,
        project=project,
        goal=terms["goal"],
        wording=terms["wording"],
        annual_investment=terms["annual_investment"],
        promised=decoded(commitment, filled_terms_of(commitment, own)),
        inferred=inferred_of(commitment, own),
        is_dropped=terms["dropped"],
        targets=targets,
        adjustments=tuple(own),
        checks=tuple(_known(commitment.checks.all(), project.as_of)),
        votes=tuple(_known(commitment.votes.all(), project.as_of)),
        state=commitment_state_of(
            commitment,
            targets,
            goal=terms["goal"],
            ends_on=ends_on,
            as_of=project.as_of,
            rules=rules,
            kinds=(kind for change in changes for kind in change.field_kinds.values()),
        ),
        ends_on=ends_on,
        rules=rules,
    )


def _known(rows: Iterable[V], as_of: date) -> Iterator[V]:
    """Those public by the day, and what isn't public at all where a draft is looked at."""
    return (row for row in rows if row.published_on is None or row.published_on <= as_of)  # type: ignore[attr-defined]


def _stated(target: TargetSnapshot, terms: Terms, inferred: frozenset[str]) -> StatedTarget:
    milestone = target.milestone.row
    says_how_many = is_quantity(milestone.unit, is_counted=milestone.is_counted)
    return StatedTarget(says_how_many, terms.due_on, bool(terms.steps), inferred)


def _target_snapshot(
    row: Target, milestone: MilestoneSnapshot, adjustments: Sequence[PlanAdjustment], *, is_dropped: bool
) -> TargetSnapshot:
    row.milestone = milestone.row  # loaded already, for whoever asks for its unit or its title
    now = terms_of(row, adjustments)
    return TargetSnapshot(
        row=row,
        milestone=milestone,
        promised=_terms(row, filled_terms_of(row, adjustments)),
        terms=_terms(row, now | {"dropped": now["dropped"] or is_dropped}),
        inferred=inferred_of(row, adjustments),
        adjustments=tuple(adjustments),
    )


def _terms(target: Target, encoded: Mapping[str, Any]) -> Terms:
    terms = decoded(target, encoded)
    return Terms(is_dropped=terms.pop("dropped"), **terms)


def _readings(about: Q, as_of: date) -> dict[int, list[Reading]]:
    """Readings by indicator, in the order of publication."""
    asked = Reading.objects.as_of(as_of).filter(about).select_related("source").order_by("entry_id")
    readings, found = {reading.pk: reading for reading in asked}, defaultdict(list)
    for reading in readings.values():
        if reading.corrects_id:
            reading.corrects = readings[reading.corrects_id]
        found[reading.indicator_id].append(reading)
    return found


def _indicator_snapshot(
    indicator: Indicator, history: Sequence[Reading], adjustments: Sequence[PlanAdjustment], as_of: date, rules: Rules
) -> IndicatorSnapshot:
    first = _indicator_terms(indicator, filled_terms_of(indicator, adjustments))
    encoded = terms_of(indicator, adjustments)
    effective = sorted(uncorrected(history), key=lambda reading: reading.held_on)
    now = _indicator_terms(indicator, encoded)
    return IndicatorSnapshot(
        row=indicator,
        title=encoded["title"],
        promised=first,
        terms=now,
        inferred=inferred_of(indicator, adjustments),
        lead_slugs=tuple(encoded["leads"]),
        readings=tuple(effective),
        history=tuple(history),
        adjustments=tuple(adjustments),
        state=indicator_state_of(effective, now, as_of, rules, baseline=indicator.baseline),
        wording=encoded["wording"],
    )


def _indicator_terms(indicator: Indicator, encoded: Mapping[str, Any]) -> IndicatorTerms:
    terms = decoded(indicator, encoded)
    return IndicatorTerms(
        comparator=indicator.comparator,
        target=terms["target"],
        upper=terms["upper"],
        due_on=terms["due_on"],
        is_total=indicator.kind == IndicatorKind.TOTAL,
        is_dropped=terms["dropped"],
    )


def entries_concerning(plan: Plan):
    """The ledger entries about the plan, its parts, its projects, and the departments that answer for them."""
    prefixes = ("addition", "group", "task", "measure", "series", "commitment", "target", "indicator")
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
    if plan := current_of(plans, day):
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
    return {project: current for project, named in found.items() if (current := current_of(named, day))}


def commitments_about(project: ProjectSnapshot) -> list[tuple[Plan, CommitmentSnapshot]]:
    """The commitments about the project of each plan public on its day: those of running plans first, then the latest's."""
    return commitments_of([project], project.as_of)[project.row.pk]


def commitments_of(
    projects: Iterable[ProjectSnapshot], as_of: date
) -> dict[int, list[tuple[Plan, CommitmentSnapshot]]]:
    """`commitments_about` each of the projects, whose snapshots are of `as_of`, by primary key."""
    snapshots = {snapshot.row.pk: snapshot for snapshot in projects}
    rows = Commitment.objects.as_of(as_of).filter(project__in=list(snapshots))
    concerned = Q(commitment__project__in=list(snapshots)) | Q(target__commitment__project__in=list(snapshots))
    adjustments = Adjustments.load(PlanAdjustment.objects.as_of(as_of).filter(concerned))
    found = defaultdict(list)
    for commitment in (
        rows.select_related("series__plan")
        .prefetch_related(*_parts_of_commitments(as_of))
        .order_by("-series__plan__year", "series__number", "number")
    ):
        plan, project = commitment.series.plan, snapshots[commitment.project_id]
        commitment.project = project.row  # which its name reads
        snapshot = commitment_snapshot_of(commitment, project, adjustments, ends_on=plan.ends_on, rules=rules_of(plan))
        found[commitment.project_id].append((plan, snapshot))
    return {key: running_first(about, as_of) for key, about in found.items()} | {
        key: [] for key in snapshots if key not in found
    }


def running_first(about: Iterable[tuple[Plan, CommitmentSnapshot]], day: date) -> list[tuple[Plan, CommitmentSnapshot]]:
    return sorted(about, key=lambda one: not one[0].starts_on <= day <= one[0].ends_on)


def commitment_of(commitment: Commitment, as_of: date) -> CommitmentSnapshot:
    """A single commitment on the day."""
    (project,) = load_snapshots(Project.objects.filter(pk=commitment.project_id), as_of, with_words=False).values()
    return next(one for _plan, one in commitments_about(project) if one.row.pk == commitment.pk)


def with_project(snapshot: CommitmentSnapshot, project: ProjectSnapshot) -> CommitmentSnapshot:
    """The promise recomputed with another snapshot of its project."""
    return _recomputed(snapshot, project, snapshot.promise_changes)


def with_change(snapshot: CommitmentSnapshot, change: PlanAdjustment) -> CommitmentSnapshot:
    """The promise as if the draft of an adjustment of it or of one of its targets were public."""
    return _recomputed(snapshot, snapshot.project, [*snapshot.promise_changes, change])


def commitment_at_day(snapshot: CommitmentSnapshot, project: ProjectSnapshot) -> CommitmentSnapshot:
    """The promise on the earlier day of `project`, computed without a query."""
    changes = [change for change in snapshot.promise_changes if change.published_on <= project.as_of]
    return _recomputed(snapshot, project, changes)


def commitment_at_entry(snapshot: CommitmentSnapshot, *, through: int) -> CommitmentSnapshot:
    """The promise right after the entry `through` was published, computed without a query."""
    changes = [change for change in snapshot.promise_changes if change.entry_id <= through]  # type: ignore[operator]  # public
    return _recomputed(snapshot, snapshot_at_entry(snapshot.project, through=through), changes)


def as_published(first: PlanSnapshot) -> PlanSnapshot:
    """The plan right after its own entry, computed without a query; `first` is that of the day on which it became public.

    Tasks are left out: they are compared by what was said of them alone.
    """
    through: int = first.row.entry_id  # type: ignore[assignment]  # public

    def came_with_it(row: Record) -> bool:
        return row.entry_id <= through  # type: ignore[operator]  # public

    return replace(
        first,
        title=first.row.title,
        short_title=first.row.short_title,
        guideline=first.row.guideline,
        projects={
            key: snapshot_at_entry(project, through=through)
            for key, project in first.projects.items()
            if came_with_it(project.row)
        },
        series=tuple(
            SeriesSnapshot(
                one.row,
                one.row.title,
                # Whatever was said of these promises came after them.
                tuple(
                    replace(commitment_at_entry(own, through=through), checks=(), votes=())
                    for own in one.commitments
                    if came_with_it(own.row)
                ),
            )
            for one in first.series
            if came_with_it(one.row)
        ),
        groups=(),
        indicators=tuple(
            _indicator_snapshot(one.row, (), (), first.as_of, first.rules)
            for one in first.indicators
            if came_with_it(one.row)
        ),
        additions=(),
        adjustments=(),
        entry=first.row.entry,  # type: ignore[arg-type]  # public
    )


def _recomputed(
    snapshot: CommitmentSnapshot, project: ProjectSnapshot, changes: Iterable[PlanAdjustment]
) -> CommitmentSnapshot:
    return commitment_snapshot_of(
        snapshot.row, project, Adjustments(changes), ends_on=snapshot.ends_on, rules=snapshot.rules
    )
