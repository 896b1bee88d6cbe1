"""Which cards there are: one of each plan and of each of its promises, for the newest day and for the end of each month."""

from calendar import monthrange
from datetime import date, timedelta

from django.urls import reverse

from tasks.models import Plan
from tasks.snapshots import CommitmentSnapshot


def card_day_of(plan: Plan, day: date) -> date:
    """The last end of a month by the day, at least the day on which the plan became public; so a plan has few cards."""
    is_end = day.day == monthrange(day.year, day.month)[1]
    end = day if is_end else day.replace(day=1) - timedelta(days=1)
    first: date = plan.published_on  # type: ignore[assignment]  # public
    return max(first, end)


def promise_card_path(snapshot: CommitmentSnapshot) -> str:
    series = snapshot.series
    return reverse("promise-card", args=[series.plan.year, series.code, snapshot.number])
