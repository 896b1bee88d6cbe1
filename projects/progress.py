"""The state of targets and of what they add up to, on a day: pure rules, exact arithmetic, no clock, no query.

A target, as these functions see it, has `weight`, `from_amount`, `promised` and `terms` (`Terms` first promised and in
force on the day) and `readings`: those of its milestone known on the day and not corrected, ordered by held day.
"""

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


DAYS_A_MONTH = 31


class Period(NamedTuple):
    """A span of calendar months for which one report is asked, by its first and last day."""

    first: date
    last: date


@dataclass(frozen=True)
class Rules:
    """A plan's thresholds of lag as fractions of 1, and how often it asks for reports.

    Periods of `reporting_months` follow each other from `starts_on`, the first day of the plan's first one.
    """

    lag_warning: Fraction = Fraction(1, 10)
    lag_alarm: Fraction = Fraction(3, 10)
    reporting_months: int = 1
    grace_days: int = 10
    starts_on: date = date.min

    @property
    def interval_days(self) -> int:
        return DAYS_A_MONTH * self.reporting_months

    @property
    def longest_silence_days(self) -> int:
        """For how long nothing need be heard: interval and grace."""
        return self.interval_days + self.grace_days

    def period_of(self, day: date) -> Period:
        """The period that the day is in, also before and after the plan."""
        start = self.starts_on
        months = (day.year - start.year) * 12 + day.month - start.month
        months -= months % self.reporting_months
        return Period(_month_after(start, months), _month_after(start, months + self.reporting_months) - ONE_DAY)


def _month_after(day: date, months: int) -> date:
    """The first day of the month so many months after that of `day`."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


@dataclass(frozen=True)
class Terms:
    """What was promised of a milestone, as far as an adjustment can change it.

    `steps` are interim amounts of a STEP pace: each cumulative amount with the day by which it is due, both rising.
    """

    starts_on: date
    due_on: date
    amount: Decimal
    pace: str = "LINEAR"
    steps: tuple[tuple[date, Decimal], ...] = ()
    is_dropped: bool = False


class Reading(Protocol):
    @property
    def held_on(self) -> date: ...
    @property
    def value(self) -> Decimal: ...


class Target(Protocol):
    @property
    def weight(self) -> Decimal: ...
    @property
    def from_amount(self) -> Decimal: ...
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
class TargetState:
    """The state of one target. `actual` is value/amount, exact, and may exceed 1; `counted` is the same capped to 0…1."""

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

    @property
    def is_advanced(self) -> bool:
        """Whether more is done than there was when it was promised."""
        return self.value is not None and self.value > self.snapshot.from_amount


def planned_on(terms: Terms, from_amount: Decimal, day: date) -> Fraction:
    """The share of the amount that the plan expects by the end of `day`: from `from_amount` / amount to 1."""
    start = Fraction(from_amount) / Fraction(terms.amount)
    if terms.pace == "STEP":
        if day > terms.due_on:
            return Fraction(1)
        passed = [amount for due_on, amount in terms.steps if day > due_on]
        return max(start, Fraction(passed[-1]) / Fraction(terms.amount)) if passed else start
    covered = Fraction((day - terms.starts_on).days + 1, (terms.due_on - terms.starts_on).days + 1)
    return start + (1 - start) * min(max(covered, Fraction(0)), Fraction(1))


def reached_on_of(readings: Sequence[Reading], amount: Decimal) -> date | None:
    """The held day from which on every reading is at or above the amount; None while the last one is below it."""
    first = None
    for reading in reversed(readings):
        if reading.value < amount:
            break
        first = reading.held_on
    return first


def target_state_of(target: Target, as_of: date, rules: Rules, *, terms: Terms | None = None) -> TargetState:
    """The state on `as_of` under the terms in force, or under `terms`."""
    terms = terms or target.terms
    latest = target.readings[-1] if target.readings else None
    actual = Fraction(latest.value) / Fraction(terms.amount) if latest else None
    reached_on = reached_on_of(target.readings, terms.amount)
    is_past_due = as_of > terms.due_on
    pace_on = as_of
    if latest and not is_past_due:
        pace_on = max(latest.held_on, as_of - timedelta(days=rules.longest_silence_days))
    is_overdue = is_past_due and latest is not None and not reached_on and not terms.is_dropped
    # What is due by a day is expected from the day after it: a step is to be seen from a reading of its own day.
    asked_on = min(pace_on + ONE_DAY, as_of) if terms.pace == "STEP" else pace_on
    return TargetState(
        snapshot=target,
        terms=terms,
        state=_state_of(actual),
        value=latest.value if latest else None,
        held_on=latest.held_on if latest else None,
        actual=actual,
        planned=planned_on(terms, target.from_amount, asked_on),
        planned_today=planned_on(terms, target.from_amount, as_of),
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
    """The targets of a commitment added up. A figure is None where nothing was reported."""

    targets: tuple[TargetState, ...]
    actual: Fraction | None
    planned: Fraction | None
    lag: Fraction | None
    lag_promised: Fraction | None
    light: Light

    @cached_property
    def active(self) -> tuple[TargetState, ...]:
        return tuple(state for state in self.targets if not state.is_dropped)

    @cached_property
    def unreported(self) -> tuple[TargetState, ...]:
        return tuple(state for state in self.active if not state.is_reported)

    @cached_property
    def held_on(self) -> date | None:
        return max((state.held_on for state in self.active if state.held_on), default=None)

    @cached_property
    def due_on(self) -> date | None:
        return max((state.terms.due_on for state in self.active), default=None)

    @cached_property
    def is_advanced(self) -> bool:
        return any(state.is_advanced for state in self.active)

    @cached_property
    def done_on(self) -> date | None:
        """The day on which the last active target was reached; None unless the light is DONE."""
        if self.light is not Light.DONE:
            return None
        return max(state.reached_on for state in self.active if state.reached_on)


class Sums(NamedTuple):
    actual: Fraction | None
    planned: Fraction | None

    @property
    def lag(self) -> Fraction | None:
        return None if self.actual is None or self.planned is None else self.planned - self.actual


def weighted(states: Sequence[TargetState]) -> Sums:
    """Σ weight·share / Σ weight over the active targets. `actual` is None while none is reported, both where all are dropped."""
    active = [state for state in states if not state.is_dropped]
    if not active:
        return Sums(None, None)
    total = sum((state.weight for state in active), Fraction(0))
    planned = sum((state.weight * state.planned for state in active), Fraction(0)) / total
    if not any(state.is_reported for state in active):
        return Sums(None, planned)
    return Sums(sum((state.weight * state.counted for state in active), Fraction(0)) / total, planned)


def progress_of(targets: Sequence[Target], as_of: date, rules: Rules, *, goal: str, ends_on: date) -> Progress:
    """What the targets of a promise with that goal add up to; `ends_on` is the last day of its plan."""
    states = tuple(target_state_of(target, as_of, rules) for target in targets)
    promised = [target_state_of(target, as_of, rules, terms=target.promised) for target in targets]
    sums = weighted(states)
    return Progress(
        targets=states,
        actual=sums.actual,
        planned=sums.planned,
        lag=sums.lag,
        lag_promised=weighted(promised).lag,
        light=light_of(states, sums.lag, as_of, rules, goal=goal, ends_on=ends_on),
    )


def light_of(
    states: Sequence[TargetState], lag: Fraction | None, as_of: date, rules: Rules, *, goal: str, ends_on: date
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
    if goal == "ADVANCE" and as_of > ends_on and any(state.is_advanced for state in active):
        return Light.BEHIND  # it was advanced, which is what was promised
    if lag > rules.lag_alarm or as_of > last_day or as_of > ends_on:
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


def update_due_of(last_held_on: date | None, asked_on: date, as_of: date, rules: Rules) -> UpdateDue:
    """For what is neither done nor dropped. Without a report, interval and grace count from `asked_on`.

    That is the day of the promise, or the later one since which somebody is known to answer for it. Never later than the
    grace of the period that the report is for: that of `asked_on`, or the one after the latest report's.
    """
    if last_held_on is None:
        latest = rules.period_of(asked_on).last + timedelta(days=rules.grace_days)
        due_on = stale_after = min(asked_on + timedelta(days=rules.longest_silence_days), latest)
    else:
        following = rules.period_of(rules.period_of(last_held_on).last + ONE_DAY)
        latest = following.last + timedelta(days=rules.grace_days)
        due_on = min(last_held_on + timedelta(days=rules.interval_days), latest)
        stale_after = min(due_on + timedelta(days=rules.grace_days), latest)
    return UpdateDue(due_on, stale_after, as_of > due_on, as_of > stale_after)


class DatedReport(Protocol):
    @property
    def held_on(self) -> date: ...
    @property
    def published_on(self) -> date: ...


class DuePeriod(NamedTuple):
    """A period for which a report was due."""

    period: Period
    is_on_time: bool


def due_periods_of(
    reports: Sequence[DatedReport],
    promised_on: date,
    done_on: date | None,
    as_of: date,
    rules: Rules,
    *,
    ends_on: date = date.max,
) -> list[DuePeriod]:
    """Every period from the promise to the end of the plan, or until it is done, whose grace is over on `as_of`."""
    periods: list[DuePeriod] = []
    period = rules.period_of(promised_on)
    while True:
        first, last = period
        deadline = last + timedelta(days=rules.grace_days)
        if deadline >= as_of or first > ends_on or (done_on and done_on < first):
            return periods
        is_on_time = any(first <= report.held_on <= last and report.published_on <= deadline for report in reports)
        periods.append(DuePeriod(period, is_on_time))
        period = rules.period_of(last + ONE_DAY)


def forecast_of(states: Sequence[TargetState]) -> date | None:
    """The day on which the last open target would be reached at the rate of its own readings; for reviewers only.

    None where a target has fewer than two readings at least 30 days apart, doesn't grow, or would take over five years.
    """
    days = [_forecast(state) for state in states if not state.is_reached and not state.is_dropped]
    return None if not days or None in days else max(day for day in days if day)


def _forecast(state: TargetState) -> date | None:
    readings = state.snapshot.readings
    if len(readings) < 2:
        return None
    first, last = readings[0], readings[-1]
    days, gain = (last.held_on - first.held_on).days, last.value - first.value
    if days < FORECAST_MIN_DAYS or gain <= 0:
        return None
    needed = ceil(Fraction(state.terms.amount - last.value) * days / Fraction(gain))
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


def annual_execution_of(
    spending: Sequence[tuple[date, Decimal]], annual: Decimal | None, *, starts_on: date, ends_on: date, is_new: bool
) -> Fraction | None:
    """What was spent within the period / what was to be; None where either is unknown.

    `spending` are cumulative amounts by held day. Without one held before the period, what had been spent by then is
    unknown, unless the work `is_new` and nothing had.
    """
    before = [amount for held_on, amount in spending if held_on < starts_on]
    within = [amount for held_on, amount in spending if starts_on <= held_on <= ends_on]
    if not annual or not within or not (before or is_new):
        return None
    return Fraction(within[-1] - (before[-1] if before else 0)) / Fraction(annual)
