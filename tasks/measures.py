"""What a measure or a task has come to, by what its department says of it: pure rules, no query, no clock.

What can't be counted is not reckoned: no percentage, no lag, no place among the promises kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from projects.progress import Rules, update_due_of
from tasks.models import Declared


class MeasureStatus(StrEnum):
    """docs/rules.md defines each."""

    SERVED = "SERVED"
    SILENT = "SILENT"
    NO_DATA = "NO_DATA"
    DONE = "DONE"
    OVERDUE = "OVERDUE"
    STALE = "STALE"
    UNDER_WAY = "UNDER_WAY"
    NOT_STARTED = "NOT_STARTED"


class DeclaringReport(Protocol):
    @property
    def held_on(self) -> date: ...
    @property
    def declared(self) -> str: ...


@dataclass(frozen=True)
class MeasureState:
    """`held_on` is the day of the latest report; of a SERVED one that of its projects' latest."""

    status: MeasureStatus
    declared: Declared | None
    held_on: date | None
    is_due_unreported: bool


def measure_state_of(
    reports: Sequence[DeclaringReport],
    as_of: date,
    rules: Rules,
    *,
    due_on: date | None,
    asked_on: date | None,
    served_on: date | None = None,
) -> MeasureState:
    """The state on `as_of`. `reports` are the uncorrected ones that declare something, by held day.

    `asked_on` is the day since which it is promised and somebody is known to answer for it, None while nobody is;
    `served_on` the held day of the latest report of a project that serves it.
    """
    is_past_due = due_on is not None and as_of > due_on
    if reports:
        latest = reports[-1]
        declared = Declared(latest.declared)
        is_stale = as_of > latest.held_on + timedelta(days=rules.longest_silence_days)
        return MeasureState(_status_of(declared, is_past_due, is_stale), declared, latest.held_on, False)
    if served_on is not None:
        status = MeasureStatus.SERVED
    elif asked_on is not None and update_due_of(None, asked_on, as_of, rules).is_due:
        status = MeasureStatus.SILENT
    else:
        status = MeasureStatus.NO_DATA
    return MeasureState(status, None, served_on, is_past_due)


def _status_of(declared: Declared, is_past_due: bool, is_stale: bool) -> MeasureStatus:
    if declared is Declared.DONE:
        return MeasureStatus.DONE
    if is_past_due:
        return MeasureStatus.OVERDUE
    return MeasureStatus.STALE if is_stale else MeasureStatus(declared)
