"""Parses days in the ways that Chinese people write them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from common.tokens import Question, clean_token

EXAMPLE = 2020  # the leap year used in examples
LONGEST_DAY = 40  # characters, weekday included; a longer text is no day
ONE_DAY = f"请写一天，例如 {EXAMPLE}-09-30。"
_WEEKDAY = r"(?:\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
_WHOLE = [
    re.compile(pattern + _WEEKDAY)
    for pattern in (
        r"(?P<year>[0-9]{4})年(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})[日号]?",
        r"(?P<year>[0-9]{4})(?P<sign>[-./、,])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})[日号]?",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
    )
]
_WITHOUT_YEAR = re.compile(r"(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})[日号]?" + _WEEKDAY)


def parse_day(text: str, *, years: Iterable[int] = (), latest: date | None = None) -> date:
    """Raises ValidationError for what is no day, and Question for a day without a year.

    The suggested year is one of `years`, for which the day must be no later than `latest`. `years` is only iterated if
    the text has no year.
    """
    token = clean_token(text)
    if whole := _whole(token):
        return _existing(text, int(whole["year"]), int(whole["month"]), int(whole["day"]))
    short = _WITHOUT_YEAR.fullmatch(token)
    if not short:
        raise ValidationError(ONE_DAY)
    month, day = int(short["month"]), int(short["day"])
    _existing(text, EXAMPLE, month, day)  # a leap year
    likely = [one for year in sorted(set(years)) if (one := _day(year, month, day)) and (not latest or one <= latest)]
    if len(likely) != 1:
        written = " 或 ".join(map(str, likely)) or f"{EXAMPLE}-{month:02}-{day:02}"
        raise ValidationError(f"没有写年份，请写全，例如写成 {written}。")
    raise Question(f"没有写年份，是 {likely[0]} 吗？不是，就写全年月日。", likely[0].isoformat())


def _whole(token: str) -> re.Match | None:
    return next(filter(None, (shape.fullmatch(token) for shape in _WHOLE)), None)


def years_in(sent: Mapping[str, Any]) -> Iterator[int]:
    """The years in the data of a form: those of its complete days and that of its field `year`."""
    for name, value in sent.items():
        if not isinstance(value, str) or len(value) > LONGEST_DAY:
            continue
        token = clean_token(value)
        if whole := _whole(token):
            yield int(whole["year"])
        elif name == "year" and re.fullmatch("[0-9]{4}", token):
            yield int(token)


def _existing(text: str, *parts: int) -> date:
    day = _day(*parts)
    if day is None:
        raise ValidationError(f"没有“{text.strip()}”这一天。")
    return day


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
