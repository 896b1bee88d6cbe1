"""What happened to a project, day by day: the events of its timeline. Pure rules, like those of progress."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from projects.progress import MilestoneState


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
    """`of` is what it happened to: states for a promise, a part reached or a due day, else a report or a change."""

    kind: EventType
    day: date
    of: tuple[Any, ...]

    @property
    def is_late(self) -> bool:
        return self.kind is EventType.REACHED and any(state.is_late for state in self.of)


def events_of(states: Sequence[MilestoneState], *, reports: Sequence[Any], changes: Sequence[Any]) -> list[Event]:
    """Every event known on the day of `states`, by day.

    A report stands on the day for which it holds, a change on the day on which it became public. The day first
    promised is an event of its own where it no longer holds.
    """
    active = [state for state in states if not state.is_dropped]
    moved = [state for state in states if state.snapshot.promised.due_on != state.terms.due_on or state.is_dropped]
    reached = [(state.reached_on, state) for state in active if state.reached_on]
    corrected = [known for known in reports if known.corrected_by]
    heard = [known for known in reports if not known.corrected_by and not known.is_withdrawal]
    events = [
        *_by_day(EventType.PROMISED, ((state.snapshot.row.published_on, state) for state in states)),
        *_by_day(EventType.REPORTED, ((known.report.held_on, known) for known in heard)),
        *_by_day(EventType.CORRECTED, ((known.report.held_on, known) for known in corrected)),
        *_by_day(EventType.CHANGED, ((change.published_on, change) for change in changes)),
        *_by_day(EventType.REACHED, reached),
        *_by_day(EventType.MOVED, ((state.snapshot.promised.due_on, state) for state in moved)),
        *_by_day(EventType.DUE, ((state.terms.due_on, state) for state in active)),
    ]
    return sorted(events, key=lambda event: event.day)


def _by_day(kind: EventType, dated: Iterable[tuple[date, Any]]) -> list[Event]:
    found: dict[date, tuple[Any, ...]] = {}
    for day, of in dated:
        found[day] = (*found.get(day, ()), of)
    return [Event(kind, day, of) for day, of in found.items()]
