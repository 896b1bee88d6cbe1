"""Parses times of day in the ways that Chinese people write them."""

import re
from datetime import time

from django.core.exceptions import ValidationError

from common.tokens import clean_token

ONE_TIME = "请写几点几分，例如 9:30 或 下午3点。"
NO_24 = "一天到 23:59 为止。半夜十二点，请写成第二天的 0:00。"
NOON, HOURS, LATEST_NOON = 12, 24, 2
_NUMERALS = {word: n for n, word in enumerate("零一二三四五六七八九十")} | {"十一": 11, "十二": 12, "两": 2}
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45, "整": 0, "钟": 0}
_NIGHT, _MORNING, _NOON = ("凌晨", "半夜", "am"), ("上午", "早上", "早晨", "清晨"), ("中午",)
_AFTERNOON, _EVENING = ("下午", "pm"), ("傍晚", "晚上", "晚")
_PARTS = "|".join((*_NIGHT, *_MORNING, *_NOON, *_AFTERNOON, *_EVENING))
_HOUR = rf"(?P<hour>[0-9]{{1,2}}|{'|'.join(sorted(_NUMERALS, key=len, reverse=True))})"
_SHAPES = [
    re.compile(rf"(?P<before>{_PARTS})?{shape}(?P<after>am|pm)?")
    for shape in (
        _HOUR + r":(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{2}))?",
        _HOUR + rf"[点时](?:(?P<minute>[0-9]{{1,2}})分?|(?P<word>{'|'.join(_MINUTES)}))?",
        _HOUR + r"\.(?P<minute>[0-9]{2})",
        r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})",
        r"(?P<hour>[0-9]{1,2})(?=[ap]m)",
    )
]


def parse_clock(text: str) -> time:
    """Raises ValidationError for what is no time of day."""
    token = re.sub(r"([ap])\.m$", r"\1m", clean_token(text).lower().rstrip(".,;"))
    match = next(filter(None, (shape.fullmatch(token) for shape in _SHAPES)), None)
    if not match:
        raise ValidationError(ONE_TIME)
    parts = match.groupdict()
    minute = _MINUTES[parts["word"]] if parts.get("word") else int(parts.get("minute") or 0)
    hour = _hour(parts["before"] or parts["after"] or "", parts["hour"])
    if hour == HOURS:
        raise ValidationError(NO_24)
    try:
        return time(hour, minute, int(parts.get("second") or 0))
    except ValueError:
        raise ValidationError(ONE_TIME) from None


def _hour(part: str, written: str) -> int:
    """The hour, 0 to 23; 24 for midnight at the end of the day, -1 if it contradicts the part of the day."""
    hour = _NUMERALS[written] if written in _NUMERALS else int(written)
    if part in _EVENING and hour == NOON:
        return HOURS  # midnight, which belongs to the next day
    if part in _NIGHT and hour == NOON:
        return 0
    if part in (*_NIGHT, *_MORNING) and hour > NOON:
        return -1
    is_later = part in (*_AFTERNOON, *_EVENING) or (part in _NOON and hour <= LATEST_NOON)
    return hour + NOON if is_later and 0 < hour < NOON else hour
