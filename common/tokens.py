"""Dates, amounts, values, phone numbers and vouchers as people type them: one way to write each sign before any is read."""

import re
import unicodedata

from django.core.exceptions import ValidationError

from common.texts import clean_text

# What NFKC leaves as it is: dashes, the full stop, and the ratio that keyboards give for a colon.
_SIGNS = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), "。": ".", "∶": ":"})
# As Hong Kong and Taiwan write what stands beside numbers.
_TRADITIONAL = str.maketrans("億萬個號圓圆處戶畝條間輛項", "亿万个号元元处户亩条间辆项")
_REPLACED = _SIGNS | _TRADITIONAL
# Of what was copied out of a sentence; … says that something is left out.
_END = re.compile(r"(?<=[^.,;、])[.,;、]{1,2}\Z")
_SPELT = frozenset({"No", "Lm"})  # ², ½, ① : to become digits beside digits would make another number of them


class Question(ValidationError):
    """What was typed can be understood, but hardly was meant so: `suggestion` is what is probably meant, as it is typed.

    A field with `AskingField` takes it in one press. The message asks, and says how to insist.
    """

    def __init__(self, message: str, suggestion: str):
        super().__init__(message, code="question")
        self.suggestion = suggestion


def clean_token(text: str) -> str:
    """Half width, without blanks, what nobody sees, and the sign behind the last word."""
    return _END.sub("", "".join(map(_plain, clean_text(text))).translate(_REPLACED))


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return ""
    return character if category in _SPELT else "".join(unicodedata.normalize("NFKC", character).split())
