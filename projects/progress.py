"""The state of milestones and of what they add up to, on a day: pure rules, exact arithmetic, no clock, no query.

A milestone, as these functions see it, has `starts_on`, `pace`, `weight`, `promised` and `terms` (`Terms` first
promised and in force on the day) and `readings`: those known on the day and not corrected, ordered by held day.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Any, NamedTuple, Protocol, TypeVar

ONE_DAY = timedelta(days=1)
FORECAST_HORIZON_DAYS = 5 * 366
FORECAST_MIN_DAYS = 30


class State(StrEnum):
    UNREPORTED = "UNREPORTED"
    NOT_STARTED = "NOT_STARTED"
    UNDER_WAY = "UNDER_WAY"
    REACHED = "REACHED"


class Light(StrEnum):
    """Progress on a day in one word; the first three need attention, worst first. docs/rules.md defines each."""

    FAR_BEHIND = "FAR_BEHIND"
    BEHIND = "BEHIND"
    UNREPORTED = "UNREPORTED"
    ON_PACE = "ON_PACE"
    AHEAD = "AHEAD"
    DONE = "DONE"
    DROPPED = "DROPPED"


@dataclass(frozen=True)
class Rules:
    """A plan's thresholds of lag as fractions of 1, and its reporting interval and grace period in days."""

    lag_warning: Fraction = Fraction(1, 10)
    lag_alarm: Fraction = Fraction(3, 10)
    reporting_days: int = 31
    grace_days: int = 10

    @property
    def silence_days(self) -> int:
        return self.reporting_days + self.grace_days


@dataclass(frozen=True)
class Terms:
    """The values of a milestone that decide on its state and that an adjustment can change."""

    due_on: date
    target: Decimal
    is_dropped: bool = False


class Reading(Protocol):
    @property
    def held_on(self) -> date: ...
    @property
    def value(self) -> Decimal: ...


class Milestone(Protocol):
    @property
    def starts_on(self) -> date: ...
    @property
    def pace(self) -> str: ...
    @property
    def weight(self) -> Decimal: ...
    @property
    def promised(self) -> Terms: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def readings(self) -> Sequence[Reading]: ...


class Corrigible(Protocol):
    @property
    def pk(self) -> Any: ...
    @property
    def corrects_id(self) -> int | None: ...


F = TypeVar("F", bound=Corrigible)


def uncorrected(facts: Sequence[F]) -> list[F]:
    """The facts that no other one in `facts` corrects."""
    corrected = {fact.corrects_id for fact in facts if fact.corrects_id is not None}
    return [fact for fact in facts if fact.pk not in corrected]


@dataclass(frozen=True)
class MilestoneState:
    """The state of one milestone. `actual` is value/target, exact, and may exceed 1; `counted` is the same capped to 0…1."""

    snapshot: Any
    terms: Terms
    state: State
    value: Decimal | None
    held_on: date | None
    actual: Fraction | None
    planned: Fraction
    planned_today: Fraction
    pace_on: date
    reached_on: date | None
    is_late: bool
    days_overdue: int
    is_due_unreported: bool

    @cached_property
    def weight(self) -> Fraction:
        return Fraction(self.snapshot.weight)

    @cached_property
    def counted(self) -> Fraction:
        return min(self.actual or Fraction(0), Fraction(1))

    @property
    def is_dropped(self) -> bool:
        return self.terms.is_dropped

    @property
    def is_reached(self) -> bool:
        return self.state is State.REACHED

    @property
    def is_reported(self) -> bool:
        return self.state is not State.UNREPORTED

    @property
    def is_overdue(self) -> bool:
        return self.days_overdue > 0

    @property
    def is_exceeded(self) -> bool:
        return self.actual is not None and self.actual > 1


def planned_on(pace: str, starts_on: date, due_on: date, day: date) -> Fraction:
    """The share of the target that the plan expects by the end of `day`, within 0…1."""
    if pace == "STEP":
        return Fraction(int(day > due_on))
    covered = (day - starts_on).days + 1
    return min(max(Fraction(covered, (due_on - starts_on).days + 1), Fraction(0)), Fraction(1))


def reached_on_of(readings: Sequence[Reading], target: Decimal) -> date | None:
    """The held day from which on every reading is at or above the target; None while the last one is below it."""
    first = None
    for reading in reversed(readings):
        if reading.value < target:
            break
        first = reading.held_on
    return first


def milestone_state_of(
    milestone: Milestone, as_of: date, rules: Rules, *, terms: Terms | None = None
) -> MilestoneState:
    """The state on `as_of` under the terms in force, or under `terms`."""
    terms = terms or milestone.terms
    latest = milestone.readings[-1] if milestone.readings else None
    actual = Fraction(latest.value) / Fraction(terms.target) if latest else None
    reached_on = reached_on_of(milestone.readings, terms.target)
    is_past_due = as_of > terms.due_on
    pace_on = as_of
    if latest and not is_past_due:
        pace_on = max(latest.held_on, as_of - timedelta(days=rules.silence_days))
    is_overdue = is_past_due and latest is not None and not reached_on and not terms.is_dropped
    return MilestoneState(
        snapshot=milestone,
        terms=terms,
        state=_state_of(actual),
        value=latest.value if latest else None,
        held_on=latest.held_on if latest else None,
        actual=actual,
        planned=planned_on(milestone.pace, milestone.starts_on, terms.due_on, pace_on),
        planned_today=planned_on(milestone.pace, milestone.starts_on, terms.due_on, as_of),
        pace_on=pace_on,
        reached_on=reached_on,
        is_late=reached_on is not None and reached_on > terms.due_on,
        days_overdue=(as_of - terms.due_on).days if is_overdue else 0,
        is_due_unreported=is_past_due and latest is None and not terms.is_dropped,
    )


def _state_of(actual: Fraction | None) -> State:
    if actual is None:
        return State.UNREPORTED
    if actual >= 1:
        return State.REACHED
    return State.UNDER_WAY if actual else State.NOT_STARTED


@dataclass(frozen=True)
class Progress:
    """The milestones of a project or a commitment added up. A figure is None where nothing was reported."""

    milestones: tuple[MilestoneState, ...]
    actual: Fraction | None
    planned: Fraction | None
    lag: Fraction | None
    lag_promised: Fraction | None
    light: Light

    @cached_property
    def active(self) -> tuple[MilestoneState, ...]:
        return tuple(state for state in self.milestones if not state.is_dropped)

    @cached_property
    def unreported(self) -> tuple[MilestoneState, ...]:
        return tuple(state for state in self.active if not state.is_reported)

    @cached_property
    def held_on(self) -> date | None:
        return max((state.held_on for state in self.active if state.held_on), default=None)

    @cached_property
    def due_on(self) -> date | None:
        return max((state.terms.due_on for state in self.active), default=None)

    @cached_property
    def done_on(self) -> date | None:
        """The day on which the last active milestone was reached; None unless the light is DONE."""
        if self.light is not Light.DONE:
            return None
        return max(state.reached_on for state in self.active if state.reached_on)


class Sums(NamedTuple):
    actual: Fraction | None
    planned: Fraction | None

    @property
    def lag(self) -> Fraction | None:
        return None if self.actual is None or self.planned is None else self.planned - self.actual


def weighted(states: Sequence[MilestoneState]) -> Sums:
    """Σ weight·share / Σ weight over the active milestones. `actual` is None while none is reported, both where all are dropped."""
    active = [state for state in states if not state.is_dropped]
    if not active:
        return Sums(None, None)
    total = sum((state.weight for state in active), Fraction(0))
    planned = sum((state.weight * state.planned for state in active), Fraction(0)) / total
    if not any(state.is_reported for state in active):
        return Sums(None, planned)
    return Sums(sum((state.weight * state.counted for state in active), Fraction(0)) / total, planned)


def progress_of(milestones: Sequence[Milestone], as_of: date, rules: Rules, *, ends_on: date | None = None) -> Progress:
    """The progress of `milestones` together; `ends_on` is the plan's last day for a commitment, None for a project."""
    states = tuple(milestone_state_of(milestone, as_of, rules) for milestone in milestones)
    promised = [milestone_state_of(m, as_of, rules, terms=m.promised) for m in milestones]
    sums = weighted(states)
    return Progress(
        milestones=states,
        actual=sums.actual,
        planned=sums.planned,
        lag=sums.lag,
        lag_promised=weighted(promised).lag,
        light=light_of(states, sums.lag, as_of, rules, ends_on=ends_on),
    )


def light_of(
    states: Sequence[MilestoneState], lag: Fraction | None, as_of: date, rules: Rules, *, ends_on: date | None = None
) -> Light:
    """The first light whose condition holds, in the order of this function."""
    active = [state for state in states if not state.is_dropped]
    if not active:
        return Light.DROPPED
    if all(state.is_reached for state in active):
        return Light.DONE
    if lag is None:
        return Light.UNREPORTED
    last_day = max(state.terms.due_on for state in active)
    if lag > rules.lag_alarm or as_of > last_day or (ends_on and as_of > ends_on):
        return Light.FAR_BEHIND
    if lag >= rules.lag_warning or any(state.is_overdue for state in active):
        return Light.BEHIND
    return Light.AHEAD if lag <= -rules.lag_warning else Light.ON_PACE


@dataclass(frozen=True)
class UpdateDue:
    """When the next report is due, and whether the grace period after that is over."""

    due_on: date
    stale_after: date
    is_due: bool
    is_stale: bool


def update_due_of(last_held_on: date | None, promised_on: date, as_of: date, rules: Rules) -> UpdateDue:
    """For a project that is neither done nor dropped. Without a report, interval and grace count from the promise."""
    if last_held_on is None:
        due_on = stale_after = promised_on + timedelta(days=rules.silence_days)
    else:
        due_on = last_held_on + timedelta(days=rules.reporting_days)
        stale_after = due_on + timedelta(days=rules.grace_days)
    return UpdateDue(due_on, stale_after, as_of > due_on, as_of > stale_after)


class DatedReport(Protocol):
    @property
    def held_on(self) -> date: ...
    @property
    def published_on(self) -> date: ...


class DueMonth(NamedTuple):
    """A month of a project in which a report was due, by its first day."""

    first: date
    is_on_time: bool


def due_months_of(
    reports: Sequence[DatedReport], promised_on: date, done_on: date | None, as_of: date, rules: Rules
) -> list[DueMonth]:
    """Every month from the promise until the project is done whose grace period is over on `as_of`."""
    months: list[DueMonth] = []
    first = promised_on.replace(day=1)
    while True:
        last = first.replace(day=monthrange(first.year, first.month)[1])
        deadline = last + timedelta(days=rules.grace_days)
        if deadline >= as_of or (done_on and done_on < first):
            return months
        is_on_time = any(first <= report.held_on <= last and report.published_on <= deadline for report in reports)
        months.append(DueMonth(first, is_on_time))
        first = last + ONE_DAY


def forecast_of(states: Sequence[MilestoneState]) -> date | None:
    """The day on which the last open milestone would be reached at the rate of its own readings; for reviewers only.

    None where a milestone has fewer than two readings at least 30 days apart, doesn't grow, or would take over five years.
    """
    days = [_forecast(state) for state in states if not state.is_reached and not state.is_dropped]
    return None if not days or None in days else max(day for day in days if day)


def _forecast(state: MilestoneState) -> date | None:
    readings = state.snapshot.readings
    if len(readings) < 2:
        return None
    first, last = readings[0], readings[-1]
    days, gain = (last.held_on - first.held_on).days, last.value - first.value
    if days < FORECAST_MIN_DAYS or gain <= 0:
        return None
    needed = ceil(Fraction(state.terms.target - last.value) * days / Fraction(gain))
    return last.held_on + timedelta(days=needed) if needed <= FORECAST_HORIZON_DAYS else None


class Total(NamedTuple):
    """A sum of money in yuan, and how many amounts are in it (`known`) and are missing from it (`unknown`)."""

    amount: Decimal
    known: int
    unknown: int

    @classmethod
    def of(cls, amounts: Sequence[Decimal | None]) -> "Total":
        known = [amount for amount in amounts if amount is not None]
        return cls(sum(known, Decimal(0)), len(known), len(amounts) - len(known))


def execution_of(spent: Decimal | None, investment: Decimal | None) -> Fraction | None:
    """Spent / invested; None where either is unknown or the investment is 0."""
    return Fraction(spent) / Fraction(investment) if spent is not None and investment else None
