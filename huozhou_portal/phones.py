"""The number in a contact line, as people write one: with office hours before it, the area code in brackets, in full width."""

import re
from typing import NamedTuple

from huozhou_portal.matching import FULL_WIDTH

# One character for one, so that places in the line stay the same.
_HALF_WIDTH = {wide: narrow for narrow, wide in FULL_WIDTH.items()} | dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?")
_ALONE = r"(?<![0-9])(?:{})(?![0-9])"
# The likelier one first: with its area code, a mobile or service number, any other of five digits or more.
_NUMBERS = [
    re.compile(_ALONE.format(number))
    for number in (
        r"(?:\+?86[ -]?)?(?:\(0[0-9]{2,3}\)|0[0-9]{2,3})[ -]?[0-9]{3,4}[ -]?[0-9]{4}",
        r"(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|[48]00(?:[ -]?[0-9]){7}",
        r"\+?[0-9](?:[ -]?[0-9]){4,14}",
    )
]


class Phone(NamedTuple):
    """A contact line in three parts, and what is dialled for the middle one; both are empty where there is none."""

    before: str
    number: str
    after: str
    dialled: str


def phone_in(line: str) -> Phone:
    plain = _TIME.sub(lambda time: "~" * len(time[0]), line.translate(_HALF_WIDTH))
    found = next(filter(None, (number.search(plain) for number in _NUMBERS)), None)
    if not found:
        return Phone(line, "", "", "")
    start, end = found.span()
    return Phone(line[:start], line[start:end], line[end:], re.sub(r"[^0-9+]", "", found[0]))
