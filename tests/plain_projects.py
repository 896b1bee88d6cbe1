"""Milestones as the rules see them, without a database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

from projects.progress import Progress, Rules, Terms, progress_of

RULES = Rules()


def day(text: str) -> date:
    return date.fromisoformat(text)


@dataclass(frozen=True)
class Reading:
    held_on: date
    value: Decimal


@dataclass(frozen=True)
class Milestone:
    starts_on: date
    pace: str
    weight: Decimal
    promised: Terms
    terms: Terms
    readings: Sequence[Reading]


def milestone(
    *readings: tuple[str, str | int],
    target: str | int = 100,
    starts_on: str = "2020-01-01",
    due_on: str = "2020-12-31",
    pace: str = "LINEAR",
    weight: str | int = 1,
) -> Milestone:
    """A part due at the end of the year; each reading is its held day and its value."""
    terms = Terms(day(due_on), Decimal(target))
    known = [Reading(day(held_on), Decimal(value)) for held_on, value in readings]
    return Milestone(day(starts_on), pace, Decimal(weight), terms, terms, known)


def adjusted(
    promised: Milestone, *, due_on: str | None = None, target: str | int | None = None, dropped: bool = False
) -> Milestone:
    """The same milestone under new terms; what was first promised stays beside them."""
    terms = Terms(
        day(due_on) if due_on else promised.terms.due_on,
        Decimal(target) if target else promised.terms.target,
        dropped or promised.terms.is_dropped,
    )
    return replace(promised, terms=terms)


def to_4(number: Fraction | None) -> str | None:
    """Half-up to four decimals, as the worked examples write it."""
    if number is None:
        return None
    sign = "-" if number < 0 else ""
    scaled = str(int(abs(number) * 10_000 + Fraction(1, 2))).zfill(5)
    return f"{sign}{scaled[:-4]}.{scaled[-4:]}"


# What pictures and sentences want of a part beyond that: who it is, what it is counted in, and when it became public.


def part(
    of: Milestone, key: int = 1, title: str = "经二路", promised_on: str = "2020-03-05", unit: str = "%"
) -> SimpleNamespace:
    row = SimpleNamespace(pk=key, published_on=day(promised_on), unit=unit, pace=of.pace)
    return SimpleNamespace(**vars(of), row=row, title=title, adjustments=())


def progress(*parts: SimpleNamespace, as_of: str = "2020-09-30") -> Progress:
    return progress_of(parts, day(as_of), RULES)


def report(held_on: str, *values: int, corrected_on: str = "", is_withdrawal: bool = False) -> SimpleNamespace:
    """A report known on the day; its values are those of the parts with the keys 1, 2, …"""
    return SimpleNamespace(
        report=SimpleNamespace(held_on=day(held_on), published_on=day(held_on) + timedelta(days=5)),
        readings=[SimpleNamespace(milestone_id=key, value=Decimal(value)) for key, value in enumerate(values, 1)],
        corrected_by=SimpleNamespace(published_on=day(corrected_on)) if corrected_on else None,
        is_withdrawal=is_withdrawal,
    )


def change(published_on: str) -> SimpleNamespace:
    return SimpleNamespace(published_on=day(published_on))
