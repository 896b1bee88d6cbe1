"""The number in a contact line, as people write one: with office hours before it, the area code in brackets, in full width."""

import re
from typing import NamedTuple

from common.matching import FULL_WIDTH

# One character for one, so that places in the line stay the same.
_HALF_WIDTH = {wide: narrow for narrow, wide in FULL_WIDTH.items()} | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_DASH = re.compile(r"(?<=[0-9]{3})[._一](?=[0-9]{3})")  # not in a time or a day
# What is no phone: behind the name of something else, or the number of a house.
_OTHER = re.compile(
    r"(?:(?<!电话)(?<!电话[/、及和兼])传真|fax|邮编|邮政编码|qq)(?:号码?)?[:\s]*[-+()0-9 ]+|[0-9-]+(?=\s?号(?!码))",
    re.IGNORECASE,
)
_ALONE = r"(?<![0-9])(?:{})(?![0-9])"
# The likelier one first: with its area code, a mobile or service number, any other of seven digits or more, a hotline.
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
    """A contact line in three parts, and what is dialled for the middle one; both are empty where there is none."""

    before: str
    number: str
    after: str
    dialled: str


def phone_in(line: str) -> Phone:
    plain = _DASH.sub("-", line.translate(_HALF_WIDTH))
    for other in (_TIME, _OTHER):
        plain = other.sub(lambda found: "~" * len(found[0]), plain)
    found = next(filter(None, (number.search(plain) for number in _NUMBERS)), None)
    if not found:
        return Phone(line, "", "", "")
    start, end = found.span()
    return Phone(line[:start], line[start:end], line[end:], _dialled(found[0]))


def _dialled(number: str) -> str:
    """Behind the code of the country no 0 begins that of an area."""
    return re.sub(r"^\+?860?(?=[0-9]{10,11}$)", "+86", re.sub(r"[^0-9+]", "", number))
