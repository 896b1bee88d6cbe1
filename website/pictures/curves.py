"""The curves of planned and actual progress over time. Pure functions, without queries or a clock.

Shares are those of the weighted sum of milestones, to which a milestone without a report contributes zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from projects.progress import ONE_DAY, Light, Progress, TargetState, Terms, planned_on


@dataclass(frozen=True)
class Point:
    day: date
    share: Fraction


@dataclass(frozen=True)
class CorrectedPoint(Point):
    """The share according to a report that has been corrected since."""

    corrected_on: date


@dataclass(frozen=True)
class Curve:
    """The progress known on `as_of`, by the day to which the data refer.

    `plan` and `promised` are the corners of the plan in force and of the one first promised; `promised` is empty if they
    are the same. `due` are the due days in force, `moved` those first promised that are no longer in force. `pace` is the
    point of the plan with which the latest value is compared, None if milestones differ in that day. `changes` are the
    adjustments of dates, targets and dropped milestones.
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
        """All days that the axis must cover, except `as_of`. A linear plan's first corner is the day before `starts_on`."""
        facts = [point.day for point in (*self.actual, *self.corrected)]
        return [self.starts_on, *self.due, *self.moved, *facts, *(change.published_on for change in self.changes)]


def curve_of(progress: Progress, as_of: date, *, reports: Sequence[Any] = (), changes: Sequence[Any] = ()) -> Curve:
    """`reports` are those public on `as_of`, including corrected ones; `changes` those of these milestones."""
    active, everything = progress.active, progress.targets
    plan = plan_of((state.snapshot, state.terms) for state in active)
    promised = plan_of((state.snapshot, state.snapshot.promised) for state in everything)
    due = {state.terms.due_on for state in active}
    return Curve(
        as_of=as_of,
        starts_on=min(state.terms.starts_on for state in everything),
        actual=actual_of(active),
        plan=plan,
        promised=promised if promised != plan else (),
        corrected=corrected_of(active, reports),
        due=tuple(sorted(due)),
        moved=tuple(sorted({state.snapshot.promised.due_on for state in everything} - due)),
        pace=_pace_of(progress),
        changes=tuple(sorted(changes, key=lambda change: change.published_on)),
        is_stepped=all(_is_one_step(state) for state in everything),
    )


def _is_one_step(state: TargetState) -> bool:
    """Done or not done. Of several that are counted there are shares in between, also where all are due on one day."""
    is_counted = state.snapshot.milestone.row.is_counted and state.terms.amount != 1
    return state.terms.pace == "STEP" and not state.terms.steps and not is_counted


def plan_of(parts: Iterable[tuple[Any, Terms]]) -> tuple[Point, ...]:
    """The corners of the weighted plan of pairs (target, terms). Between corners it is linear."""
    parts = list(parts)
    total = sum((Fraction(target.weight) for target, _terms in parts), Fraction(0))
    days = {day for _target, terms in parts for day in _corners(terms)}
    return tuple(
        Point(
            day,
            sum(Fraction(target.weight) * planned_on(terms, target.from_amount, day) for target, terms in parts)
            / total,
        )
        for day in sorted(days)
    )


def asked_share(parts: Iterable[tuple[Any, Terms]], day: date, as_of: date) -> Fraction | None:
    """What a reading of the day is held against: a step is seen from a reading of its own day. None without targets.

    On the day of the page the day after hasn't come, so a step of that day isn't asked for yet.
    """
    total = asked = Fraction(0)
    for target, terms in parts:
        asked_on = day + ONE_DAY if terms.pace == "STEP" and day != as_of else day
        total += Fraction(target.weight)
        asked += Fraction(target.weight) * planned_on(terms, target.from_amount, asked_on)
    return asked / total if total else None


def _corners(terms: Terms) -> tuple[date, ...]:
    if terms.pace == "STEP":
        due = (*(due_on for due_on, _amount in terms.steps), terms.due_on)
        return tuple(corner for due_on in due for corner in (due_on, due_on + ONE_DAY))
    return terms.starts_on - ONE_DAY, terms.due_on


def share_on(line: Sequence[Point], day: date) -> Fraction | None:
    """The share of a plan on a day, constant before its first corner and after its last; None for an empty plan."""
    if not line:
        return None
    for before, after in pairwise(line):
        if before.day <= day <= after.day:
            covered = Fraction((day - before.day).days, (after.day - before.day).days)
            return before.share + (after.share - before.share) * covered
    return line[0].share if day < line[0].day else line[-1].share


def actual_of(states: Sequence[TargetState]) -> tuple[Point, ...]:
    """The weighted sum on each day with reported data, without interpolation."""
    days = sorted({reading.held_on for state in states for reading in state.snapshot.readings})
    return tuple(Point(day, _sum_on(states, day)) for day in days)


def _sum_on(states: Sequence[TargetState], day: date, values: Mapping[Any, Decimal] | None = None) -> Fraction:
    """The weighted sum, with each milestone's value from `values` (by its key), else from its latest reading on the day."""
    total = sum((state.weight for state in states), Fraction(0))
    counted = Fraction(0)
    for state in states:
        value = values[_key(state)] if values and _key(state) in values else _value_on(state, day)
        counted += state.weight * min(Fraction(value) / Fraction(state.terms.amount), Fraction(1))
    return counted / total


def _key(state: TargetState) -> Any:
    return state.snapshot.milestone.row.pk


def _value_on(state: TargetState, day: date) -> Decimal:
    """The value on the day; zero before the first reading, as in every weighted sum."""
    held = [reading.value for reading in state.snapshot.readings if reading.held_on <= day]
    return held[-1] if held else Decimal(0)


def corrected_of(states: Sequence[TargetState], reports: Sequence[Any]) -> tuple[CorrectedPoint, ...]:
    """The weighted sum according to each corrected report with readings of these milestones."""
    points = []
    for snapshot in reports:
        if not snapshot.corrected_by:
            continue
        values = {reading.milestone_id: reading.value for reading in snapshot.readings}
        if any(_key(state) in values for state in states):
            day = snapshot.report.held_on
            points.append(CorrectedPoint(day, _sum_on(states, day, values), snapshot.corrected_by.published_on))
    return tuple(sorted(points, key=lambda point: (point.day, point.corrected_on)))


def _pace_of(progress: Progress) -> Point | None:
    days = {state.pace_on for state in progress.active}
    if progress.light is Light.DONE or len(days) != 1 or progress.actual is None or progress.planned is None:
        return None
    return Point(days.pop(), progress.planned)
