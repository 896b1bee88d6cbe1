"""What became of the words of promises: each adjustment under the promise it changed, and what it did to the lag.

Pure rules on a `PlanSnapshot`: no query, no clock.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter

from projects.adjustable import MOVES, ChangeKind
from projects.models import PromiseChange
from projects.progress import Sums, target_state_of, weighted
from projects.snapshots import MilestoneSnapshot, ProjectSnapshot
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot, PlanSnapshot, commitment_at_entry

WORDING = ("plan", "series", "group", "task", "measure")


def is_answering(change: PromiseChange) -> bool:
    """Whether it says nothing but who answers, where and for how much: nothing of the promise itself."""
    return {ChangeKind.REASSIGNED, ChangeKind.FILLED_IN}.issuperset(
        change.field_kinds.values()
    ) and change.promise_field in (
        "project",
        "department",
    )


@dataclass(frozen=True)
class Effect:
    """What was planned and done at the moment of a change, by the terms before it and after it."""

    before: Sums
    after: Sums


@dataclass(frozen=True)
class Change:
    """An adjustment under its promise, `of`, where it has one of its own. `part` is the milestone it is about, empty for the
    promise as a whole."""

    adjustment: PromiseChange
    part: str
    of: CommitmentSnapshot | None = None

    @cached_property
    def effect(self) -> Effect | None:
        return effect_of(self.adjustment, self.of) if self.of else None


@dataclass(frozen=True)
class ChangedCommitment:
    snapshot: CommitmentSnapshot
    changes: tuple[Change, ...]

    @cached_property
    def promised(self) -> Sums:
        """The sums on the day by the terms first promised, nothing dropped."""
        one = self.snapshot
        return weighted([target_state_of(t, one.project.as_of, one.rules, terms=t.promised) for t in one.targets])


@dataclass(frozen=True)
class ChangedIndicator:
    snapshot: IndicatorSnapshot
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class ChangedProject:
    """Changes of a project that belong to no promise of the plan, or that only say who answers."""

    snapshot: ProjectSnapshot
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class PlanChanges:
    """Every change of a plan's promises by its day. `commitments` are those that count as changed."""

    total: int
    commitments: tuple[ChangedCommitment, ...]
    reworded: tuple[ChangedCommitment, ...]
    indicators: tuple[ChangedIndicator, ...]
    projects: tuple[ChangedProject, ...]
    wording: tuple[Change, ...]
    answering: tuple[ChangedProject, ...]

    @cached_property
    def moves(self) -> Counter[ChangeKind]:
        """How often promises were loosened and tightened, each adjustment once however many fields it moves."""
        adjustments = [change.adjustment for changed in self.commitments for change in changed.changes]
        return Counter(
            kind for adjustment in adjustments for kind in MOVES.intersection(adjustment.field_kinds.values())
        )

    @property
    def sections(self) -> tuple[tuple, ...]:
        """What a page lists one below the other."""
        return self.commitments, self.indicators, (*self.reworded, *self.projects), self.wording, self.answering

    @property
    def entries(self) -> set[int | None]:
        """The ledger entries of all of them."""
        groups: tuple[ChangedCommitment | ChangedIndicator | ChangedProject, ...]
        groups = (*self.commitments, *self.reworded, *self.indicators, *self.projects, *self.answering)
        changes = [change for group in groups for change in group.changes] + list(self.wording)
        return {change.adjustment.entry_id for change in changes}

    def on(self, page: Callable[[Sequence], Sequence]) -> "PlanChanges":
        """As far as a page shows them, given what it takes of a list."""
        beside = page([*self.reworded, *self.projects])
        return replace(
            self,
            commitments=tuple(page(self.commitments)),
            indicators=tuple(page(self.indicators)),
            reworded=tuple(one for one in beside if isinstance(one, ChangedCommitment)),
            projects=tuple(one for one in beside if isinstance(one, ChangedProject)),
            wording=tuple(page(self.wording)),
            answering=tuple(page(self.answering)),
        )

    def __bool__(self) -> bool:
        return bool(self.entries)


def changes_of(snapshot: PlanSnapshot) -> PlanChanges:
    """Everything that was ever changed, grouped by what it changed, each group in the order of publication."""
    changed = [one for commitment in snapshot.commitments if (one := _changed_commitment(commitment))]
    return PlanChanges(
        total=snapshot.tally.total,
        commitments=tuple(one for one in changed if one.snapshot.state.is_adjusted),
        reworded=tuple(one for one in changed if not one.snapshot.state.is_adjusted),
        indicators=tuple(
            ChangedIndicator(indicator, _changes("", indicator.adjustments))
            for indicator in snapshot.indicators
            if indicator.adjustments
        ),
        projects=tuple(_beside_promises(snapshot)),
        wording=_wording(snapshot),
        answering=tuple(
            ChangedProject(project, _changes("", found))
            for project in snapshot.projects.values()
            if (found := [a for a in project.adjustments if is_answering(a)])
        ),
    )


def _changes(part: str, adjustments: Iterable[PromiseChange]) -> tuple[Change, ...]:
    return tuple(Change(adjustment, part) for adjustment in sorted(adjustments, key=attrgetter("entry_id")))


def _changed_commitment(snapshot: CommitmentSnapshot) -> ChangedCommitment | None:
    found = [("", a) for a in (*snapshot.adjustments, *snapshot.project.adjustments) if not is_answering(a)]
    for target in snapshot.targets:
        found += [(target.title, a) for a in (*target.adjustments, *target.milestone.adjustments)]
    if not found:
        return None
    return ChangedCommitment(
        snapshot=snapshot,
        changes=tuple(
            Change(adjustment, part, snapshot)
            for part, adjustment in sorted(found, key=lambda pair: pair[1].entry_id or 0)
        ),
    )


def effect_of(adjustment: PromiseChange, snapshot: CommitmentSnapshot) -> Effect | None:
    """None where it moved nothing that a lag is computed from, or where nothing was known to compute one."""
    entry = adjustment.entry_id
    if not adjustment.is_reckoned or entry is None:
        return None
    effect = Effect(
        before=_sums_at(snapshot, adjustment, through=entry - 1), after=_sums_at(snapshot, adjustment, through=entry)
    )
    return None if effect.before.actual is None else effect


def _sums_at(snapshot: CommitmentSnapshot, adjustment: PromiseChange, *, through: int) -> Sums:
    """By what entries up to `through` say, on the day on which the adjustment was published."""
    then = commitment_at_entry(snapshot, through=through)
    return weighted([target_state_of(t, adjustment.published_on, then.rules) for t in then.targets])


def _beside_promises(snapshot: PlanSnapshot) -> Iterable[ChangedProject]:
    """Projects with changes of parts that no promise of the plan takes, or that only serve its measures."""
    promised = {commitment.project.row.pk for commitment in snapshot.commitments}
    required = {milestone.row.pk for commitment in snapshot.commitments for milestone in commitment.milestones}
    for key, project in snapshot.projects.items():
        own = () if key in promised else [a for a in project.adjustments if not is_answering(a)]
        changes = [*_changes("", own), *_changes_of_parts(project.milestones, required)]
        if changes:
            yield ChangedProject(project, tuple(sorted(changes, key=attrgetter("adjustment.entry_id"))))


def _changes_of_parts(milestones: Iterable[MilestoneSnapshot], required: set[int]) -> Iterable[Change]:
    for milestone in milestones:
        if milestone.row.pk not in required:
            yield from _changes(milestone.title, milestone.adjustments)


def _wording(snapshot: PlanSnapshot) -> tuple[Change, ...]:
    subjects = subjects_of(snapshot)
    found = sorted((a for a in snapshot.adjustments if a.promise_field in WORDING), key=attrgetter("entry_id"))
    return tuple(Change(adjustment, subject_of(adjustment, subjects).title) for adjustment in found)


@dataclass(frozen=True)
class Subject:
    """What an adjustment is about, as it is called on the day; `slug` is that of its project, if it has one."""

    title: str
    slug: str = ""


Subjects = dict[tuple[str, int], Subject]


def subjects_of(snapshot: PlanSnapshot) -> Subjects:
    """Everything of the plan that an adjustment may be about, by the name of the foreign key and the id."""
    found = {("plan", snapshot.row.pk): Subject(snapshot.title)}
    found |= {("series", series.row.pk): Subject(series.title) for series in snapshot.series}
    found |= {("group", group.row.pk): Subject(group.title) for group in snapshot.groups}
    found |= {("indicator", one.row.pk): Subject(one.title) for one in snapshot.indicators}
    for task in snapshot.tasks:
        found["task", task.row.pk] = Subject(task.title)
        found |= {("measure", measure.row.pk): Subject(measure.title) for measure in task.measures}
    for one in snapshot.commitments:
        found["commitment", one.row.pk] = Subject(one.project.title, one.project.slug)
        for target in one.targets:
            found["target", target.row.pk] = Subject(f"{one.project.name}：{target.title}", one.project.slug)
    for project in snapshot.projects.values():
        found["project", project.row.pk] = Subject(project.title, project.slug)
        for milestone in project.milestones:
            title = f"{project.name}：{milestone.title}"
            found["milestone", milestone.row.pk] = Subject(title, project.slug)
    return found


def subject_of(adjustment: PromiseChange, subjects: Subjects) -> Subject:
    return subjects[adjustment.promise_field, getattr(adjustment, f"{adjustment.promise_field}_id")]
