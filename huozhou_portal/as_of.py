"""The day of a page: `?as_of=YYYY-MM-DD`, its limits, and what is said where it can't be."""

import re
from datetime import date

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils import timezone

from huozhou_portal.formats import day_text


class DayError(BadRequest):
    """The address asks for a day that no page can show; the message says what is allowed."""


def asked_day(request: HttpRequest) -> date | None:
    """The day in the address, None where there is none. Raises DayError where it is no date."""
    text = request.GET.get("as_of", "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise DayError("日期的写法是“年-月-日”，例如 2020-09-30。")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayError(f"没有“{text}”这一天。") from None


def day_of(request: HttpRequest, *, first: date, default: date) -> date:
    """The day that the page shows: the one asked for, from `first` to today, else `default`."""
    day = asked_day(request)
    if day is None:
        return default
    today = timezone.localdate()
    if not first <= day <= today:
        raise DayError(f"这一页可以看 {day_text(first)}到 {day_text(today)}之间的任何一天。")
    return day


def day_query(request: HttpRequest) -> str:
    """What links carry on: the day, where the visitor asked for one."""
    day = asked_day(request)
    return f"?as_of={day.isoformat()}" if day else ""
