"""One target on a day: docs/rules.md on value, actual, state, planned, pace day, overdue."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.changes import uncorrected
from tests.oracle.days_and_numbers import ONE_DAY, PlanRules, day, iso, number, share


class Reading(NamedTuple):
    held_on: date
    value: Fraction


@dataclass(frozen=True)
class Terms:
    """What can be adjusted; `steps` are days with the cumulative amount due by them."""

    starts_on: date
    due_on: date
    amount: Fraction
    pace: str
    steps: tuple[tuple[date, Fraction], ...]

    @classmethod
    def of(cls, row: dict) -> "Terms":
        """From a target, or from its `promised`."""
        steps = tuple((day(step["on"]), number(step["amount"])) for step in row["steps"] or [])
        return cls(day(row["starts_on"]), day(row["due_on"]), number(row["amount"]), row["pace"], steps)


@dataclass(frozen=True)
class Target:
    milestone: str
    weight: Fraction
    from_amount: Fraction
    now: Terms
    promised: Terms
    is_dropped: bool
    readings: tuple[Reading, ...]

    @property
    def is_reported(self) -> bool:
        return bool(self.readings)

    @property
    def is_advanced(self) -> bool:
        """Whether there is more than there was at the start."""
        return self.is_reported and self.readings[-1].value > self.from_amount


@dataclass(frozen=True)
class TargetFigures:
    """A target under some terms, exact."""

    actual: Fraction | None
    planned: Fraction
    planned_today: Fraction
    pace_on: date
    reached_on: date | None
    is_past_due: bool

    @property
    def state(self) -> str:
        if self.actual is None:
            return "UNREPORTED"
        if self.actual >= 1:
            return "REACHED"
        return "UNDER_WAY" if self.actual else "NOT_STARTED"


def target_of(row: dict, milestone: dict, reports: list[dict], *, is_dropped_above: bool = False) -> Target:
    """A target of a commitment, with the uncorrected readings of its milestone."""
    return Target(
        milestone=row["milestone"],
        weight=number(row["weight"]),
        from_amount=number(row["from_amount"]),
        now=Terms.of(row),
        promised=Terms.of(row["promised"]),
        is_dropped=row["dropped"] or is_dropped_above,
        readings=readings_of(milestone, reports),
    )


def readings_of(milestone: dict, reports: list[dict]) -> tuple[Reading, ...]:
    valid = {report["id"] for report in uncorrected(reports)}
    rows = [row for row in milestone["readings"] if row["report"] in valid]
    return tuple(sorted(Reading(day(row["held_on"]), number(row["value"])) for row in rows))


def figures_of(target: Target, terms: Terms, as_of: date, rules: PlanRules) -> TargetFigures:
    pace_on = pace_day(target.readings, terms, as_of, rules)
    return TargetFigures(
        actual=target.readings[-1].value / terms.amount if target.is_reported else None,
        planned=planned_on(terms, target.from_amount, day_asked(terms, pace_on, as_of)),
        planned_today=planned_on(terms, target.from_amount, as_of),
        pace_on=pace_on,
        reached_on=reached_on(target.readings, terms.amount),
        is_past_due=as_of > terms.due_on,
    )


def pace_day(readings: tuple[Reading, ...], terms: Terms, as_of: date, rules: PlanRules) -> date:
    if not readings or as_of > terms.due_on:
        return as_of
    return max(readings[-1].held_on, as_of - rules.patience)


def day_asked(terms: Terms, pace_on: date, as_of: date) -> date:
    """A step is seen from a reading of its own day."""
    return min(pace_on + ONE_DAY, as_of) if terms.pace == "STEP" else pace_on


def planned_on(terms: Terms, from_amount: Fraction, on: date) -> Fraction:
    start = from_amount / terms.amount
    if terms.pace == "STEP":
        if on > terms.due_on:
            return Fraction(1)
        return max([start, *(amount / terms.amount for step_on, amount in terms.steps if on > step_on)])
    passed = Fraction((on - terms.starts_on).days + 1, (terms.due_on - terms.starts_on).days + 1)
    return start + (1 - start) * min(max(passed, Fraction(0)), Fraction(1))


def reached_on(readings: tuple[Reading, ...], amount: Fraction) -> date | None:
    """The first day of the final run of readings that have the amount."""
    first = None
    for reading in reversed(readings):
        if reading.value < amount:
            break
        first = reading.held_on
    return first


def is_late(figures: TargetFigures, terms: Terms) -> bool:
    return figures.reached_on is not None and figures.reached_on > terms.due_on


def is_overdue(target: Target, figures: TargetFigures) -> bool:
    return figures.is_past_due and figures.state in ("NOT_STARTED", "UNDER_WAY") and not target.is_dropped


def target_answer(target: Target, as_of: date, rules: PlanRules) -> dict:
    """What the data for programs shall say of it."""
    figures = figures_of(target, target.now, as_of, rules)
    overdue = is_overdue(target, figures)
    return {
        "state": figures.state,
        "value": target.readings[-1].value if target.is_reported else None,
        "actual": share(figures.actual),
        "planned": share(figures.planned),
        "planned_today": share(figures.planned_today),
        "pace_on": iso(figures.pace_on),
        "reached_on": iso(figures.reached_on),
        "is_late": is_late(figures, target.now),
        "overdue": overdue,
        "days_overdue": (as_of - target.now.due_on).days if overdue else 0,
        "due_unreported": figures.is_past_due and not target.is_reported and not target.is_dropped,
    }
