"""Whether what was built is still in use: checks after a promise was kept. Pure rules, no query, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

DUE_AFTER = (timedelta(days=180), timedelta(days=365))  # the day on which the promise was kept


UNCHECKED = "UNCHECKED"


class DatedCheck(Protocol):
    @property
    def held_on(self) -> date: ...
    @property
    def finding(self) -> str: ...


@dataclass(frozen=True)
class CheckState:
    """`code` is UNCHECKED, DUE, or the finding of the latest check; `due_on` the next day on which somebody should look."""

    code: str
    due_on: date | None
    held_on: date | None


def check_state_of(kept_on: date, checks: Sequence[DatedCheck], as_of: date) -> CheckState:
    """By the uncorrected `checks`, ordered by held day; those held before the promise was kept say nothing."""
    held = [check for check in checks if check.held_on >= kept_on]
    due_on = kept_on + DUE_AFTER[len(held)] if len(held) < len(DUE_AFTER) else None
    if held:
        return CheckState(str(held[-1].finding), due_on, held[-1].held_on)
    return CheckState("DUE" if due_on and as_of >= due_on else UNCHECKED, due_on, None)
