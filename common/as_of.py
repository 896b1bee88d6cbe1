"""The day of a page, `?as_of=YYYY-MM-DD`: parsing, limits and links."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest
from django.utils import timezone

from common.days import parse_day
from common.formats import day_text

# Limits of all days in the record: charts draw every month between two days, and Python has no day after the year 9999.
FIRST_DAY, LAST_DAY = date(1949, 1, 1), date(2099, 12, 31)
DAY_LIMITS = f"日期要在 {FIRST_DAY.year} 年到 {LAST_DAY.year} 年之间。"


def is_recordable(day: date | None) -> bool:
    """Whether a record may have this day. None is allowed."""
    return day is None or FIRST_DAY <= day <= LAST_DAY


class DayError(BadRequest):
    """The requested day is invalid or outside the limits of the page. The message tells the visitor the limits."""


def asked_day(request: HttpRequest, name: str = "as_of") -> date | None:
    """The day in the query string, None without one. Raises DayError if it is no date."""
    text = request.GET.get(name, "")
    if not text.strip():
        return None
    try:
        return parse_day(text)
    except ValidationError as error:
        raise DayError(error.message) from None


def day_of(request: HttpRequest, *, first: date, default: date, name: str = "as_of") -> date:
    """The requested day, or `default` without one. Raises DayError unless it is from `first` to today."""
    day = asked_day(request, name)
    if day is None:
        return default
    today = timezone.localdate()
    if not first <= day <= today:
        raise DayError(f"这一页可以看 {day_text(first)}到 {day_text(today)}之间的任何一天。")
    return day


def day_query(request: HttpRequest) -> str:
    """The query string for links to other pages on the requested day; "" without one."""
    day = asked_day(request)
    return f"?as_of={day.isoformat()}" if day else ""


def other_parameters(request: HttpRequest) -> list[tuple[str, str]]:
    """The other parameters in the query string, kept in links to another day; without the page number."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if value and name not in {"as_of", "page"} and "\x00" not in name + value
    ]


class MarkedDay(NamedTuple):
    """A day offered as a link, and its label."""

    day: date
    words: str


MONTH_ENDS = 12


def marked_days(as_of: date, *, first: date, ends_on: date | None) -> list[MarkedDay]:
    """The days offered for a page: its first day, up to twelve month ends, and the last day of the plan; none after `as_of`."""
    months = list(_month_ends(first, min(as_of, ends_on or as_of)))[-MONTH_ENDS:]
    words = {
        day: f"{day.month} 月底" if day.year == first.year else f"{day.year} 年 {day.month} 月底" for day in months
    }
    if ends_on and first <= ends_on <= as_of:
        words[ends_on] = "年度最后一天"
    return [MarkedDay(day, label) for day, label in sorted((words | {first: "公布那天"}).items()) if day <= as_of]


def _month_ends(first: date, last: date) -> Iterator[date]:
    day = _month_end(first)
    while day <= last:
        yield day
        day = _month_end(day + timedelta(days=1))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
