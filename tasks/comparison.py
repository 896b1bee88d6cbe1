"""What happened to a plan between two days: exactly the difference of its two states. Pure rules, no query, no clock."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter

from ledger.guard import Record
from projects.models import PromiseChange, Report
from projects.progress import Light, TargetState, Total
from projects.snapshots import ProjectSnapshot, ReportFigures
from tasks.changes import is_answering
from tasks.checks import UNCHECKED
from tasks.models import Check, Finding, Reading, TaskReport, Vote
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot, PlanSnapshot
from tasks.verdicts import may_still_begin
from tasks.words import CHECK_DUE

# How far something is behind. What nobody reported, and what was dropped, is neither behind nor on pace.
BEHIND_RANKS = {Light.DONE: 0, Light.AHEAD: 0, Light.ON_PACE: 0, Light.BEHIND: 1, Light.FAR_BEHIND: 2}


@dataclass(frozen=True)
class Step:
    """One commitment on both days."""

    before: CommitmentSnapshot
    after: CommitmentSnapshot

    def became(self, outcome: Outcome) -> bool:
        return self.after.state.outcome is outcome and self.before.state.outcome is not outcome

    @property
    def was_unkept(self) -> bool:
        """It was kept by what was known then, and isn't by what is known now."""
        return self.before.state.outcome is Outcome.KEPT and self.after.state.outcome is not Outcome.KEPT

    @property
    def was_settled(self) -> bool:
        """The year ended on it, and it wasn't kept."""
        return self.before.state.outcome is Outcome.OPEN and self.after.state.outcome in UNKEPT

    @property
    def fell_behind(self) -> bool:
        """Behind by data, and by those before it wasn't."""
        return self._is_worse and _rank(self.before) == 0 and not self.was_first_reported

    @property
    def was_first_behind(self) -> bool:
        """Behind by the first data that there are: nothing says that it fell behind."""
        return self._is_worse and self.was_first_reported

    @property
    def fell_further(self) -> bool:
        """Further behind than it was."""
        return self._is_worse and _rank(self.before) > 0

    @property
    def _is_worse(self) -> bool:
        return not self.was_settled and not self.was_unkept and _rank(self.after) > _rank(self.before)

    @property
    def caught_up(self) -> bool:
        """Less behind than it was, by data: neither done, nor dropped, nor without data now."""
        is_open = self.after.state.light in BEHIND_RANKS and self.after.state.light is not Light.DONE
        return is_open and not self.was_settled and _rank(self.after) < _rank(self.before)

    @property
    def was_first_reported(self) -> bool:
        return self.before.state.light is Light.UNREPORTED and self.after.state.light not in UNREPORTED_OR_GONE

    @property
    def new_finding(self) -> str:
        """What is said otherwise than before of whether it is in use: DUE or a finding; empty where it is the same."""
        code = check_code(self.after)
        return code if code != check_code(self.before) else ""

    @property
    def has_changed(self) -> bool:
        return _visible_state(self.before) != _visible_state(self.after)


UNREPORTED_OR_GONE = frozenset({Light.UNREPORTED, Light.DROPPED})
UNKEPT = frozenset({Outcome.MISSED, Outcome.UNKNOWN, Outcome.ADVANCED})


def _rank(snapshot: CommitmentSnapshot) -> int:
    return 0 if may_still_begin(snapshot) else BEHIND_RANKS.get(snapshot.state.light, 0)


def _visible_state(snapshot: CommitmentSnapshot) -> tuple:
    """Everything of a commitment that a page shows of its state."""
    state = snapshot.state
    in_use = check_code(snapshot)
    return state.light, state.outcome, state.is_late, state.is_adjusted, state.kept_on, state.progress.actual, in_use


def check_code(snapshot: CommitmentSnapshot) -> str:
    """What the page says of whether it is still in use, DUE or a finding; nothing before anybody was to look."""
    return "" if snapshot.check is None or snapshot.check.code == UNCHECKED else snapshot.check.code


@dataclass(frozen=True)
class PartStep:
    """One target on both days; `before` is None where it wasn't promised yet."""

    commitment: CommitmentSnapshot
    before: TargetState | None
    after: TargetState

    @property
    def project(self) -> ProjectSnapshot:
        return self.commitment.project

    @property
    def was_reached(self) -> bool:
        return not self.after.is_dropped and self.after.is_reached and not (self.before and self.before.is_reached)

    @property
    def was_unreached(self) -> bool:
        return bool(self.before and self.before.is_reached) and not self.after.is_reached

    @property
    def was_begun(self) -> bool:
        """Something was done of it for the first time, but not all of it."""
        return bool(self.after.value) and not (self.before and self.before.value) and not self.after.is_reached


@dataclass(frozen=True)
class MoneyStep:
    """A project's money on both days, in yuan; None is unknown, never 0."""

    project: ProjectSnapshot
    investment: tuple[Decimal | None, Decimal | None]
    spent: tuple[Decimal | None, Decimal | None]


@dataclass(frozen=True)
class IndicatorStep:
    before: IndicatorSnapshot
    after: IndicatorSnapshot

    @property
    def has_changed(self) -> bool:
        return (self.before.state, self.before.terms) != (self.after.state, self.after.terms)


@dataclass(frozen=True)
class Difference:
    """Everything that is otherwise on `until` than on `since`, and every act that made it so.

    `steps` are of what was promised on both days, `added` what was promised in between.
    """

    since: date
    until: date
    steps: tuple[Step, ...]
    added: tuple[CommitmentSnapshot, ...]
    parts: tuple[PartStep, ...]
    indicators: tuple[IndicatorStep, ...]
    money: tuple[MoneyStep, ...]
    spent: tuple[Total, Total]
    adjustments: tuple[PromiseChange, ...]
    checks: tuple[Check, ...]
    votes: tuple[Vote, ...]
    reports: tuple[Report | ReportFigures, ...]
    corrections: tuple[Report | ReportFigures | Reading | Check | Vote, ...]
    answers: tuple[TaskReport, ...]

    @cached_property
    def changed(self) -> list[Step]:
        return [step for step in self.steps if step.has_changed]

    @cached_property
    def kept(self) -> list[Step]:
        return [step for step in self.steps if step.became(Outcome.KEPT)]

    @cached_property
    def unkept(self) -> list[Step]:
        return [step for step in self.steps if step.was_unkept]

    @cached_property
    def settled(self) -> list[Step]:
        return [step for step in self.steps if step.was_settled]

    @cached_property
    def fell_behind(self) -> list[Step]:
        return [step for step in self.steps if step.fell_behind]

    @cached_property
    def first_behind(self) -> list[Step]:
        return [step for step in self.steps if step.was_first_behind]

    @cached_property
    def fell_further(self) -> list[Step]:
        return [step for step in self.steps if step.fell_further]

    @cached_property
    def caught_up(self) -> list[Step]:
        return [step for step in self.steps if step.caught_up]

    @cached_property
    def first_reported(self) -> list[Step]:
        """What nothing was known of, and something is."""
        return [step for step in self.steps if step.was_first_reported]

    @cached_property
    def findings(self) -> dict[str, int]:
        """How many are said to be in use, or not, otherwise than before, by finding; and of how many it is time to look."""
        counts = Counter(step.new_finding for step in self.steps)
        return {code: counts[code] for code in (*Finding.values, CHECK_DUE) if counts[code]}

    @cached_property
    def reached(self) -> list[PartStep]:
        return [part for part in self.parts if part.was_reached]

    @cached_property
    def unreached(self) -> list[PartStep]:
        return [part for part in self.parts if part.was_unreached]

    @cached_property
    def begun(self) -> list[PartStep]:
        return [part for part in self.parts if part.was_begun]

    @cached_property
    def cut(self) -> list[PromiseChange]:
        return [change for change in self.adjustments if "dropped" in change.changes]

    @cached_property
    def moved(self) -> list[PromiseChange]:
        cut = {change.entry_id for change in self.cut}
        return [change for change in self.adjustments if change.is_move and change.entry_id not in cut]

    @cached_property
    def reworded(self) -> list[PromiseChange]:
        return [change for change in self.adjustments if not change.is_move and not is_answering(change)]

    @cached_property
    def reassigned(self) -> list[PromiseChange]:
        return [change for change in self.adjustments if is_answering(change)]

    @cached_property
    def invested(self) -> list[MoneyStep]:
        return [step for step in self.money if step.investment[0] != step.investment[1]]

    @cached_property
    def paid(self) -> list[MoneyStep]:
        return [step for step in self.money if step.spent[0] != step.spent[1]]

    @cached_property
    def newly_paid(self) -> list[MoneyStep]:
        """Whose spending was first published in between: all of it, and not only what was spent since."""
        return [step for step in self.paid if step.spent[0] is None]

    @property
    def is_empty(self) -> bool:
        return not (
            self.changed
            or self.added
            or self.reached
            or self.unreached
            or self.begun
            or self.adjustments
            or self.checks
            or self.votes
            or self.reports
            or self.corrections
            or self.indicators
            or self.money
            or self.answers
        )


def difference_of(before: PlanSnapshot, after: PlanSnapshot) -> Difference:
    """Between two states of the same plan, `before` not after `after`; it begins with the last entry that `before` knows."""
    since, until = before.as_of, after.as_of
    reports = [known.report for project in after.projects.values() for known in project.reports]
    readings = [reading for indicator in after.indicators for reading in indicator.history]
    checks = [check for commitment in after.commitments for check in commitment.checks]
    votes = [vote for commitment in after.commitments for vote in commitment.votes]
    known: int = before.entry.pk  # an entry and not a day: what came later on the day that the plan came is news, too
    fresh = _since(known, reports)
    return Difference(
        since=since,
        until=until,
        steps=tuple(_steps(before, after)),
        added=tuple(one for one in after.commitments if one.row.entry_id > known),  # type: ignore[operator]  # public
        parts=tuple(_part_steps(before, after)),
        indicators=tuple(step for step in _indicator_steps(before, after) if step.has_changed),
        money=tuple(_money_steps(before, after)),
        spent=(_spent(before), _spent(after)),
        adjustments=tuple(_since(known, after.all_adjustments)),
        checks=tuple(check for check in _since(known, checks) if check.corrects_id is None),
        votes=tuple(vote for vote in _since(known, votes) if vote.corrects_id is None),
        reports=tuple(report for report in fresh if report.corrects_id is None),
        answers=tuple(_since(known, [r for task in after.tasks for answer in task.answers for r in answer.reports])),
        corrections=tuple(
            fact
            for facts in (reports, readings, checks, votes)
            for fact in _since(known, facts)
            if fact.corrects_id is not None
        ),
    )


def _since(entry: int, facts: Iterable[Record | ReportFigures]) -> list:
    """Those that came after the entry, in the order of publication."""
    return sorted((fact for fact in facts if fact.entry_id > entry), key=attrgetter("entry_id"))  # type: ignore[operator]  # public


def _steps(before: PlanSnapshot, after: PlanSnapshot) -> Iterable[Step]:
    earlier = {snapshot.row.pk: snapshot for snapshot in before.commitments}
    return (Step(earlier[one.row.pk], one) for one in after.commitments if one.row.pk in earlier)


def _part_steps(before: PlanSnapshot, after: PlanSnapshot) -> Iterable[PartStep]:
    earlier = {state.snapshot.row.pk: state for _commitment, state in _parts(before)}
    for commitment, state in _parts(after):
        yield PartStep(commitment, earlier.get(state.snapshot.row.pk), state)


def _parts(snapshot: PlanSnapshot) -> Iterable[tuple[CommitmentSnapshot, TargetState]]:
    """Each milestone once, also where two series promise it: by the target that was promised first."""
    seen = set()
    for commitment in snapshot.commitments:
        for state in commitment.progress.targets:
            if state.snapshot.milestone.row.pk not in seen:
                seen.add(state.snapshot.milestone.row.pk)
                yield commitment, state


def _indicator_steps(before: PlanSnapshot, after: PlanSnapshot) -> Iterable[IndicatorStep]:
    earlier = {snapshot.row.pk: snapshot for snapshot in before.indicators}
    return (IndicatorStep(earlier[one.row.pk], one) for one in after.indicators if one.row.pk in earlier)


def _money_steps(before: PlanSnapshot, after: PlanSnapshot) -> Iterable[MoneyStep]:
    for key, project in after.projects.items():
        earlier = before.projects.get(key)
        step = MoneyStep(
            project,
            investment=(earlier.investment if earlier else None, project.investment),
            spent=(earlier.spent if earlier else None, project.spent),
        )
        if step.investment[0] != step.investment[1] or step.spent[0] != step.spent[1]:
            yield step


def _spent(snapshot: PlanSnapshot) -> Total:
    return Total.of([project.spent for project in snapshot.projects.values()])
