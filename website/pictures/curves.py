"""Planned and actual, day by day: what a picture of milestones has to show. Pure rules, like those of progress.

Every share is that of the weighted sum: what has been reported by a day counts, an unreported part adds nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from projects.progress import ONE_DAY, Light, MilestoneState, Progress, Terms, planned_on


@dataclass(frozen=True)
class Point:
    day: date
    share: Fraction


@dataclass(frozen=True)
class CorrectedPoint(Point):
    """What the sum was by a report that has been corrected since."""

    corrected_on: date


@dataclass(frozen=True)
class Curve:
    """What is known on `as_of`, by the days on which it held.

    `plan` and `promised` are the corners of the plan in force and of the one first promised; `promised` is empty where
    both are one. `due` are the days in force, `moved` those first promised that no longer hold. `pace` is where on the
    plan the latest value is compared, if that is one day for all. `changes` are those of dates, targets and parts.
    """

    as_of: date
    starts_on: date
    actual: tuple[Point, ...]
    plan: tuple[Point, ...]
    promised: tuple[Point, ...]
    corrected: tuple[CorrectedPoint, ...]
    due: tuple[date, ...]
    moved: tuple[date, ...]
    pace: Point | None
    changes: tuple[Any, ...]
    is_stepped: bool

    @property
    def days(self) -> list[date]:
        """Every day that the picture has to hold, but for `as_of`. A plan's first corner is the evening before it."""
        facts = [point.day for point in (*self.actual, *self.corrected)]
        return [self.starts_on, *self.due, *self.moved, *facts, *(change.published_on for change in self.changes)]


def curve_of(progress: Progress, as_of: date, *, reports: Sequence[Any] = (), changes: Sequence[Any] = ()) -> Curve:
    """`reports` are those known on `as_of`, corrected ones with them; `changes` those that this curve is about."""
    active, everything = progress.active, progress.milestones
    plan = plan_of((state.snapshot, state.terms) for state in active)
    promised = plan_of((state.snapshot, state.snapshot.promised) for state in everything)
    due = {state.terms.due_on for state in active}
    return Curve(
        as_of=as_of,
        starts_on=min(state.snapshot.starts_on for state in everything),
        actual=actual_of(active),
        plan=plan,
        promised=promised if promised != plan else (),
        corrected=corrected_of(active, reports),
        due=tuple(sorted(due)),
        moved=tuple(sorted({state.snapshot.promised.due_on for state in everything} - due)),
        pace=_pace_of(progress),
        changes=tuple(sorted(changes, key=lambda change: change.published_on)),
        is_stepped=all(state.snapshot.pace == "STEP" for state in everything),
    )


def plan_of(parts: Iterable[tuple[Any, Terms]]) -> tuple[Point, ...]:
    """The corners of the weighted plan of (milestone, its terms); between them it is straight."""
    parts = list(parts)
    total = sum((Fraction(milestone.weight) for milestone, _terms in parts), Fraction(0))
    days = {day for milestone, terms in parts for day in _corners(milestone, terms)}
    return tuple(
        Point(
            day,
            sum(
                Fraction(milestone.weight) * planned_on(milestone.pace, milestone.starts_on, terms.due_on, day)
                for milestone, terms in parts
            )
            / total,
        )
        for day in sorted(days)
    )


def _corners(milestone: Any, terms: Terms) -> tuple[date, date]:
    if milestone.pace == "STEP":
        return terms.due_on, terms.due_on + ONE_DAY
    return milestone.starts_on - ONE_DAY, terms.due_on


def share_on(line: Sequence[Point], day: date) -> Fraction | None:
    """Where a plan stands on a day: flat before its first corner and after its last."""
    if not line:
        return None
    for before, after in pairwise(line):
        if before.day <= day <= after.day:
            covered = Fraction((day - before.day).days, (after.day - before.day).days)
            return before.share + (after.share - before.share) * covered
    return line[0].share if day < line[0].day else line[-1].share


def actual_of(states: Sequence[MilestoneState]) -> tuple[Point, ...]:
    """The weighted sum on each day for which something was reported; nothing between or beyond is made up."""
    days = sorted({reading.held_on for state in states for reading in state.snapshot.readings})
    return tuple(Point(day, _sum_on(states, day)) for day in days)


def _sum_on(states: Sequence[MilestoneState], day: date, values: Mapping[Any, Decimal] | None = None) -> Fraction:
    """By what `values` holds under a milestone's key, else by its latest reading held by `day`."""
    total = sum((state.weight for state in states), Fraction(0))
    counted = Fraction(0)
    for state in states:
        value = values[_key(state)] if values and _key(state) in values else _value_on(state, day)
        counted += state.weight * min(Fraction(value) / Fraction(state.terms.target), Fraction(1))
    return counted / total


def _key(state: MilestoneState) -> Any:
    return state.snapshot.row.pk


def _value_on(state: MilestoneState, day: date) -> Decimal:
    """Zero before the first reading: in a sum, not a claim."""
    held = [reading.value for reading in state.snapshot.readings if reading.held_on <= day]
    return held[-1] if held else Decimal(0)


def corrected_of(states: Sequence[MilestoneState], reports: Sequence[Any]) -> tuple[CorrectedPoint, ...]:
    """What each corrected report would have made of the sum, where it spoke of any of `states`."""
    found = []
    for known in reports:
        if not known.corrected_by:
            continue
        values = {reading.milestone_id: reading.value for reading in known.readings}
        if any(_key(state) in values for state in states):
            day = known.report.held_on
            found.append(CorrectedPoint(day, _sum_on(states, day, values), known.corrected_by.published_on))
    return tuple(sorted(found, key=lambda point: (point.day, point.corrected_on)))


def _pace_of(progress: Progress) -> Point | None:
    days = {state.pace_on for state in progress.active}
    if progress.light is Light.DONE or len(days) != 1 or progress.actual is None or progress.planned is None:
        return None
    return Point(days.pop(), progress.planned)
