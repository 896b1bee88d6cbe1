"""What came too late for a bulletin that was issued: pure, but for `bulletins_of`, which loads the bulletins.

docs/rules.md: after-bulletin.
"""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from tasks.models.papers import IssuedPaper, PaperKind
from tasks.models.plans import Plan

AFTER_BULLETIN = "通报后补报"


class Bulletin(Protocol):
    """`last_entry_id` is the number of the ledger's last entry when it was issued."""

    @property
    def data_on(self) -> date: ...
    @property
    def last_entry_id(self) -> int: ...


class Filed(Protocol):
    """A report or a reading; `entry_id` is None while it isn't public."""

    @property
    def held_on(self) -> date: ...
    @property
    def entry_id(self) -> int | None: ...
    @property
    def corrects_id(self) -> int | None: ...


B = TypeVar("B", bound=Bulletin)


def bulletin_missed_by(report: Filed, bulletins: Iterable[B]) -> B | None:
    """The last of the bulletins about the report's day that was issued without it; None where there is none.

    A correction mends what the bulletin had, so it misses none. What isn't public yet would become so after all of them.
    """
    missed = [
        one
        for one in bulletins
        if report.corrects_id is None
        and report.held_on <= one.data_on
        and (report.entry_id is None or report.entry_id > one.last_entry_id)
    ]
    return max(missed, key=lambda one: (one.data_on, one.last_entry_id), default=None)


def bulletins_of(plans: Iterable[Plan]) -> list[IssuedPaper]:
    """Those issued of any of the plans, the first first, in one query."""
    return list(IssuedPaper.objects.filter(kind=PaperKind.BULLETIN, plan__in=list(plans)).order_by("issued_at", "pk"))
