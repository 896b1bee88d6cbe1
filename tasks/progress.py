"""The state of commitments and indicators on a day, and what they add up to: pure rules, like those of projects."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from projects.adjustable import MOVES, ChangeKind
from projects.progress import Light, Progress, Reading, Rules, Target, progress_of


class Outcome(StrEnum):
    """What became of a promise once the plan is over; OPEN before. docs/rules.md defines each."""

    KEPT = "KEPT"
    MISSED = "MISSED"
    UNKNOWN = "UNKNOWN"
    ADVANCED = "ADVANCED"
    DROPPED = "DROPPED"
    OPEN = "OPEN"


@dataclass(frozen=True)
class CommitmentState:
    """`kinds` are the kinds of all changes of the commitment and its targets so far; `is_cut` that a target was dropped."""

    commitment: Any
    goal: str
    progress: Progress
    outcome: Outcome
    has_ended: bool
    kept_on: date | None
    is_late: bool
    kinds: frozenset[ChangeKind]
    is_cut: bool

    @property
    def light(self) -> Light:
        return self.progress.light

    @property
    def is_adjusted(self) -> bool:
        """Whether what was promised was moved."""
        return bool(self.kinds & MOVES)

    @property
    def is_loosened(self) -> bool:
        return self.is_cut or ChangeKind.LOOSENED in self.kinds


def commitment_state_of(
    commitment: Any,
    targets: Sequence[Target],
    *,
    goal: str,
    ends_on: date,
    as_of: date,
    rules: Rules,
    kinds: Iterable[ChangeKind] = (),
) -> CommitmentState:
    """The state of one promise of a plan that ends on `ends_on`."""
    progress = progress_of(targets, as_of, rules, goal=goal, ends_on=ends_on)
    kept_on = progress.done_on
    return CommitmentState(
        commitment=commitment,
        goal=goal,
        progress=progress,
        outcome=outcome_of(progress, goal=goal, ends_on=ends_on, as_of=as_of),
        has_ended=as_of > ends_on,
        kept_on=kept_on,
        is_late=kept_on is not None and (kept_on > ends_on or any(state.is_late for state in progress.active)),
        kinds=frozenset(kinds),
        is_cut=any(state.is_dropped for state in progress.targets),
    )


def outcome_of(progress: Progress, *, goal: str, ends_on: date, as_of: date) -> Outcome:
    """The first outcome whose condition holds, in the order of this function."""
    if progress.light is Light.DROPPED:
        return Outcome.DROPPED
    if progress.light is Light.DONE:
        return Outcome.KEPT
    if as_of <= ends_on:
        return Outcome.OPEN
    if goal == "ADVANCE" and progress.is_advanced:
        return Outcome.ADVANCED
    lacking = [state for state in progress.active if not state.is_reached]
    return Outcome.MISSED if any(state.is_reported for state in lacking) else Outcome.UNKNOWN


@dataclass(frozen=True)
class Tally:
    """Distinct commitments counted by light and by outcome. Progress of different projects is never averaged."""

    total: int
    lights: Counter[Light]
    outcomes: Counter[Outcome]
    kept_late: int
    adjusted: int
    cut: int


def tally_of(states: Iterable[CommitmentState]) -> Tally:
    distinct = {state.commitment.pk: state for state in states}.values()
    return Tally(
        total=len(distinct),
        lights=Counter(state.light for state in distinct),
        outcomes=Counter(state.outcome for state in distinct),
        kept_late=sum(state.outcome is Outcome.KEPT and state.is_late for state in distinct),
        adjusted=sum(state.is_adjusted for state in distinct),
        cut=sum(state.is_cut for state in distinct),
    )


class IndicatorStatus(StrEnum):
    """docs/rules.md defines each, in this order."""

    DROPPED = "DROPPED"
    NO_DATA = "NO_DATA"
    MET = "MET"
    OPEN = "OPEN"
    UNKNOWN = "UNKNOWN"
    NOT_MET = "NOT_MET"


@dataclass(frozen=True)
class IndicatorTerms:
    """What an indicator is to reach: `target`, or what lies between it and `upper`; by `due_on`, if a day was named.

    `is_total`: the figure adds up over the period, so that what is met stays met.
    """

    comparator: str
    target: Decimal
    upper: Decimal | None = None
    due_on: date | None = None
    is_total: bool = False
    is_dropped: bool = False

    def are_met_by(self, value: Decimal) -> bool:
        match self.comparator:
            case "≥":
                return value >= self.target
            case "≤":
                return value <= self.target
            case "=":
                return value == self.target
        return self.upper is not None and self.target <= value <= self.upper


@dataclass(frozen=True)
class IndicatorState:
    """`value` is that of the latest reading, after the due day of the latest held by it. `is_within` says whether it meets
    the target; `is_late` that a reading after the due day does. `covered` is the share of the way from the baseline."""

    status: IndicatorStatus
    value: Decimal | None
    held_on: date | None
    is_within: bool
    is_late: bool
    covered: Fraction | None


def indicator_state_of(
    readings: Sequence[Reading], terms: IndicatorTerms, as_of: date, rules: Rules, *, baseline: Decimal | None = None
) -> IndicatorState:
    """The state on `as_of` by the uncorrected `readings`, ordered by held day.

    `covered` is None where value or baseline is unknown, or where the target is the baseline.
    """
    due_on = terms.due_on
    by_due = [reading for reading in readings if due_on is None or reading.held_on <= due_on]
    is_past_due = due_on is not None and as_of > due_on
    counting = by_due if is_past_due else readings
    latest = counting[-1] if counting else None
    is_late = (
        any(reading.held_on > due_on and terms.are_met_by(reading.value) for reading in readings) if due_on else False
    )
    status = _status_of(readings, by_due, terms, as_of, rules)
    covered = None
    if latest is not None and baseline is not None and baseline != terms.target:
        covered = Fraction(latest.value - baseline) / Fraction(terms.target - baseline)
    return IndicatorState(
        status=status,
        value=latest.value if latest else None,
        held_on=latest.held_on if latest else None,
        is_within=latest is not None and terms.are_met_by(latest.value),
        is_late=is_late and status in (IndicatorStatus.NOT_MET, IndicatorStatus.UNKNOWN),
        covered=covered,
    )


def _status_of(
    readings: Sequence[Reading], by_due: Sequence[Reading], terms: IndicatorTerms, as_of: date, rules: Rules
) -> IndicatorStatus:
    """The first that holds. `by_due` are the readings held on the due day or before."""
    if terms.is_dropped:
        return IndicatorStatus.DROPPED
    if not readings:
        return IndicatorStatus.NO_DATA
    is_met = bool(by_due) and terms.are_met_by(by_due[-1].value)
    if is_met and terms.is_total and terms.comparator == "≥":
        return IndicatorStatus.MET
    if terms.due_on is None or as_of <= terms.due_on:
        return IndicatorStatus.OPEN
    if not by_due or by_due[-1].held_on < terms.due_on - timedelta(days=rules.longest_silence_days):
        return IndicatorStatus.UNKNOWN
    return IndicatorStatus.MET if is_met else IndicatorStatus.NOT_MET
