"""Finds the phone number in a contact line that people typed, for instance after office hours or in full width."""

import re
from typing import NamedTuple

from common.matching import FULL_WIDTH

# Each character is replaced by exactly one, so that positions in the line stay the same.
_HALF_WIDTH = {wide: narrow for narrow, wide in FULL_WIDTH.items()} | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_DASH = re.compile(r"(?<=[0-9]{3})[._一](?=[0-9]{3})")  # never part of a time or a date
# Numbers that are no phone: after 传真, 邮编 and the like, or the number of a house.
_OTHER = re.compile(
    r"(?:(?<!电话)(?<!电话[/、及和兼])传真|fax|邮编|邮政编码|qq)(?:号码?)?[:\s]*[-+()0-9 ]+|[0-9-]+(?=\s?号(?!码))",
    re.IGNORECASE,
)
_ALONE = r"(?<![0-9])(?:{})(?![0-9])"
# In order of likelihood: with an area code, a mobile or 400/800 number, any other of seven digits or more, a hotline.
_NUMBERS = [
    re.compile(_ALONE.format(number))
    for number in (
        r"(?:\+?86[ -]?)?(?:\(0[0-9]{2,3}\)|0[0-9]{2,3})[ -]?[0-9]{3,4}[ -]?[0-9]{4}",
        r"(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|[48]00(?:[ -]?[0-9]){7}",
        r"\+?[0-9](?:[ -]?[0-9]){6,14}",
        r"12[0-9]{3}|9[56][0-9]{3,4}",
    )
]


class Phone(NamedTuple):
    """A contact line split around its phone number. `dialled` is the number for a `tel:` link.

    A line without a number is all in `before`, and the other parts are "".
    """

    before: str
    number: str
    after: str
    dialled: str


def phone_in(line: str) -> Phone:
    plain = _DASH.sub("-", line.translate(_HALF_WIDTH))
    for other in (_TIME, _OTHER):
        plain = other.sub(lambda match: "~" * len(match[0]), plain)
    match = next(filter(None, (number.search(plain) for number in _NUMBERS)), None)
    if not match:
        return Phone(line, "", "", "")
    start, end = match.span()
    return Phone(line[:start], line[start:end], line[end:], _dialled(match[0]))


def _dialled(number: str) -> str:
    """The digits alone, with a leading +. After the country code the leading 0 of an area code is left out."""
    return re.sub(r"^\+?860?(?=[0-9]{10,11}$)", "+86", re.sub(r"[^0-9+]", "", number))
