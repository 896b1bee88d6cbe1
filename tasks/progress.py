"""The state of commitments and indicators on a day, and what they add up to: pure rules, like those of projects."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from projects.progress import Light, Milestone, Progress, Reading, Rules, progress_of


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
    commitment: Any
    progress: Progress
    light: Light
    outcome: Outcome
    kept_on: date | None
    is_late: bool
    is_adjusted: bool


def commitment_state_of(
    commitment: Any,
    milestones: Sequence[Milestone],
    *,
    goal: str,
    ends_on: date,
    as_of: date,
    rules: Rules,
    is_adjusted: bool,
) -> CommitmentState:
    """The state of one promise of a plan that ends on `ends_on`, from the milestones that it takes to keep it."""
    progress = progress_of(milestones, as_of, rules, ends_on=ends_on)
    kept_on = progress.done_on
    return CommitmentState(
        commitment=commitment,
        progress=progress,
        light=_light_of(progress, goal, ends_on, as_of),
        outcome=outcome_of(progress, goal=goal, ends_on=ends_on, as_of=as_of),
        kept_on=kept_on,
        is_late=kept_on is not None and (kept_on > ends_on or any(state.is_late for state in progress.active)),
        is_adjusted=is_adjusted,
    )


def _light_of(progress: Progress, goal: str, ends_on: date, as_of: date) -> Light:
    """The light of the milestones; a promise only to advance, once it was advanced, is at worst BEHIND after the plan's end."""
    was_advanced = goal == "ADVANCE" and bool(progress.actual)
    if progress.light is Light.FAR_BEHIND and was_advanced and as_of > ends_on:
        return Light.BEHIND
    return progress.light


def outcome_of(progress: Progress, *, goal: str, ends_on: date, as_of: date) -> Outcome:
    """The first outcome whose condition holds, in the order of this function."""
    if progress.light is Light.DROPPED:
        return Outcome.DROPPED
    if progress.light is Light.DONE:
        return Outcome.KEPT
    if as_of <= ends_on:
        return Outcome.OPEN
    if progress.unreported:
        return Outcome.UNKNOWN
    if goal == "ADVANCE" and progress.actual:
        return Outcome.ADVANCED
    return Outcome.MISSED


@dataclass(frozen=True)
class Tally:
    """Distinct commitments counted by light and by outcome. Progress of different projects is never averaged."""

    total: int
    lights: Counter[Light]
    outcomes: Counter[Outcome]
    kept_late: int
    adjusted: int


def tally_of(states: Iterable[CommitmentState]) -> Tally:
    distinct = {state.commitment.pk: state for state in states}.values()
    return Tally(
        total=len(distinct),
        lights=Counter(state.light for state in distinct),
        outcomes=Counter(state.outcome for state in distinct),
        kept_late=sum(state.outcome is Outcome.KEPT and state.is_late for state in distinct),
        adjusted=sum(state.is_adjusted for state in distinct),
    )


class IndicatorStatus(StrEnum):
    MET = "MET"
    NOT_MET = "NOT_MET"
    NO_DATA = "NO_DATA"
    DROPPED = "DROPPED"


@dataclass(frozen=True)
class IndicatorState:
    status: IndicatorStatus
    value: Decimal | None
    held_on: date | None
    covered: Fraction | None


def indicator_state_of(
    readings: Sequence[Reading], *, comparator: str, target: Decimal, baseline: Decimal | None, is_dropped: bool
) -> IndicatorState:
    """Compares the latest of the uncorrected `readings`, ordered by held day, with the target.

    `covered` is the share of the way from the baseline to the target; None where one of them is unknown or they are equal.
    """
    latest = readings[-1] if readings else None
    if is_dropped:
        status = IndicatorStatus.DROPPED
    elif latest is None:
        status = IndicatorStatus.NO_DATA
    else:
        is_met = {"≥": latest.value >= target, "≤": latest.value <= target, "=": latest.value == target}[comparator]
        status = IndicatorStatus.MET if is_met else IndicatorStatus.NOT_MET
    covered = None
    if latest is not None and baseline is not None and baseline != target:
        covered = Fraction(latest.value - baseline) / Fraction(target - baseline)
    return IndicatorState(status, latest.value if latest else None, latest.held_on if latest else None, covered)
