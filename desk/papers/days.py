"""Of which days papers are asked for: today, yesterday, and for each period that is over its last day and the last of its grace."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from desk.sentences import period_text
from tasks.models import Plan
from tasks.snapshots import rules_of

ONE_DAY = timedelta(days=1)


class PaperDay(NamedTuple):
    """A data day that is offered, with what it is."""

    day: date
    words: str


def paper_days(plan: Plan, today: date) -> list[PaperDay]:
    """The latest first; of the plan's periods, from its publication on."""
    first: date = plan.published_on  # type: ignore[assignment]  # public
    found = [PaperDay(today, "到今天"), PaperDay(today - ONE_DAY, "到昨天")]
    found = [one for one in found if one.day >= first]
    found += sorted(
        (one for one in _period_days(plan) if first <= one.day < today - ONE_DAY), key=lambda one: one.day, reverse=True
    )
    return found


def _period_days(plan: Plan) -> Iterator[PaperDay]:
    rules = rules_of(plan)
    period = rules.period_of(plan.starts_on)
    while period.first <= plan.ends_on:
        words = period_text(period).replace(" ", "")
        yield PaperDay(period.last, f"{words}的最后一天")
        if rules.grace_days:
            yield PaperDay(period.last + timedelta(days=rules.grace_days), f"{words}报数期满")
        period = rules.period_of(period.last + ONE_DAY)
