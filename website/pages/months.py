"""A month of a plan, as of its last day."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common.as_of import DayError, asked_day, day_of
from common.cache_policy import cached_by, valid_day
from common.formats import day_text
from tasks.changes import subjects_of
from tasks.models import Plan
from tasks.snapshots import plan_snapshot_of
from website.pages.history import beginning_of, difference_between
from website.pages.plans import plan_context, published_plan
from website.sentences.months import month_sentence, month_texts


@cached_by(as_of=valid_day)
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """What happened in the month, in words to take along. A day in the address ends it earlier."""
    plan = published_plan(year)
    begins = date(year, month, 1)
    until = last_day_of(request, plan, begins)
    first: date = plan.published_on  # type: ignore[assignment]  # public
    is_first = begins <= first
    since = first if is_first else begins - timedelta(days=1)
    snapshot = plan_snapshot_of(plan, until)
    before = beginning_of(plan, since) if is_first else plan_snapshot_of(plan, since)
    published = before if is_first else None
    difference = difference_between(before, snapshot)
    sentence = month_sentence(difference, snapshot, month=f"{year} 年 {month} 月", published=published)
    return render(
        request,
        "tasks/month.html",
        plan_context(request, snapshot)
        | {
            "is_cut_short": until != month_end(begins),
            "card_day": until if until == month_end(begins) else None,
            "begins": begins,
            "sentence": sentence,
            "texts": month_texts(difference, snapshot, snapshot.cached(subjects_of), published=published),
            "since": since,
            "neighbours": list(neighbours_of(plan, begins, until)),
        },
    )


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_begun(plan: Plan) -> list[date]:
    """The first days of the months of the plan's year, from the one in which it became public, that have begun."""
    first: date = plan.published_on  # type: ignore[assignment]  # public
    days = (date(plan.year, number, 1) for number in range(1, 13))
    return [day for day in days if month_end(day) >= first and day <= timezone.localdate()]


def last_day_of(request: HttpRequest, plan: Plan, begins: date) -> date:
    """The month's last day, or the earlier one that is asked for or that is today.

    Raises DayError for a month before the plan or after the day that is asked for.
    """
    first: date = plan.published_on  # type: ignore[assignment]  # public
    today = timezone.localdate()
    ends = month_end(begins)
    asked = day_of(request, first=first, default=today) if asked_day(request) else today
    if ends < first or begins > asked:
        last = min(asked, date(plan.year, 12, 31))
        raise DayError(f"{plan.year} 年的承诺可以看 {day_text(first)}到 {day_text(last)}之间的任何一个月。")
    return min(ends, asked)


def neighbours_of(plan: Plan, begins: date, until: date) -> Iterator[tuple[str, date]]:
    """The months before and after, of the plan's year; after it only one that has begun by the page's day."""
    before, after = begins - timedelta(days=1), month_end(begins) + timedelta(days=1)
    if before >= plan.published_on and before.year == plan.year:  # type: ignore[operator]  # public
        yield "上一个月", before.replace(day=1)
    if after.year == plan.year and until == month_end(begins) and after <= timezone.localdate():
        yield "下一个月", after
