"""What happened to a project, by day. Pure functions, without queries or a clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from projects.progress import TargetState


class EventType(StrEnum):
    PROMISED = "PROMISED"
    REPORTED = "REPORTED"
    CORRECTED = "CORRECTED"
    CHANGED = "CHANGED"
    REACHED = "REACHED"
    DUE = "DUE"
    MOVED = "MOVED"


@dataclass(frozen=True)
class Event:
    """All events of a kind on a day. `of` are the milestone states for promises, due days and milestones reached, else the
    reports or changes."""

    kind: EventType
    day: date
    of: tuple[Any, ...]

    @property
    def is_late(self) -> bool:
        return self.kind is EventType.REACHED and any(state.is_late for state in self.of)


def events_of(states: Sequence[TargetState], *, reports: Sequence[Any], changes: Sequence[Any]) -> list[Event]:
    """All events known on the day of `states`, by day.

    A report is on the day of its data, a change on the day of its publication. A due day first promised that is no longer
    in force is an event of its own. A report of other parts only isn't one, nor what was said before anything was promised.
    """
    reports = [one for one in reports if _is_about(one, states)]
    active = [state for state in states if not state.is_dropped]
    moved = [state for state in states if state.snapshot.promised.due_on != state.terms.due_on or state.is_dropped]
    reached = [(state.reached_on, state) for state in active if state.reached_on]
    corrected = [one for one in reports if one.corrected_by]
    reported = [one for one in reports if not one.corrected_by and not one.is_withdrawal]
    events = [
        *_by_day(EventType.PROMISED, ((state.snapshot.row.published_on, state) for state in states)),
        *_by_day(EventType.REPORTED, ((one.report.held_on, one) for one in reported)),
        *_by_day(EventType.CORRECTED, ((one.report.held_on, one) for one in corrected)),
        *_by_day(EventType.CHANGED, ((change.published_on, change) for change in changes)),
        *_by_day(EventType.REACHED, reached),
        *_by_day(EventType.MOVED, ((state.snapshot.promised.due_on, state) for state in moved)),
        *_by_day(EventType.DUE, ((state.terms.due_on, state) for state in active)),
    ]
    return sorted(events, key=lambda event: event.day)


def _is_about(known: Any, states: Sequence[TargetState]) -> bool:
    """Whether a report speaks of these parts, or of no part in particular since they were promised."""
    if known.readings:
        own = {state.snapshot.milestone.row.pk for state in states}
        return any(reading.milestone_id in own for reading in known.readings)
    return known.report.held_on >= min(state.snapshot.row.published_on for state in states)


def _by_day(kind: EventType, dated: Iterable[tuple[date, Any]]) -> list[Event]:
    by_day: dict[date, tuple[Any, ...]] = {}
    for day, of in dated:
        by_day[day] = (*by_day.get(day, ()), of)
    return [Event(kind, day, of) for day, of in by_day.items()]
