"""Normalizes typed dates, amounts, values, phone numbers and vouchers before they are parsed."""

import re
import unicodedata

from django.core.exceptions import ValidationError

from common.texts import clean_text

# Signs that NFKC leaves unchanged: dashes, the Chinese full stop, and the ratio sign that some keyboards give for a colon.
_SIGNS = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), "。": ".", "∶": ":"})
# The units and signs beside numbers in traditional characters.
_TRADITIONAL = str.maketrans("億萬個號圓圆處戶畝條間輛項", "亿万个号元元处户亩条间辆项")
_REPLACED = _SIGNS | _TRADITIONAL
# Punctuation copied along from the end of a sentence. An ellipsis stays, since it says that something is missing.
_END = re.compile(r"(?<=[^.,;、])[.,;、]{1,2}\Z")
_SPELT = frozenset({"No", "Lm"})  # ², ½, ①: as plain digits beside other digits they would make another number


class Question(ValidationError):
    """The typed text is valid but probably not what was meant. `suggestion` is the likely meaning, as one would type it.

    An `AskingField` offers it as a button. The message asks whether it is meant, and says how to insist on the other.
    """

    def __init__(self, message: str, suggestion: str):
        super().__init__(message, code="question")
        self.suggestion = suggestion


def clean_token(text: str) -> str:
    """The text in half width, without blanks, invisible characters and the punctuation at its end."""
    return _END.sub("", "".join(map(_plain, clean_text(text))).translate(_REPLACED))


def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return ""
    return character if category in _SPELT else "".join(unicodedata.normalize("NFKC", character).split())
