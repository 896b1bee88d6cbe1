"""What a workbook carries besides what is read in it: which rows it is about, as they stood, so that nothing of it can be changed.

The head of a sheet has a stamp with the data day; every row has its key, its version and the values that it was exported with,
and a signature over all of them.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

FORM = 1  # of the sheet: a later one may have other columns
SHEET_SALT = "desk.returns.sheet"


class Tampered(Exception):
    """What the sheet carries isn't what was written into it, or it was written by another site."""


def stamp_of(day: date, sheet_id: str) -> str:
    return signing.dumps([FORM, day.isoformat(), sheet_id], salt=SHEET_SALT)


def read_stamp(text: str) -> tuple[int, date, str]:
    """Form, data day and the sheet's own name. Raises Tampered."""
    try:
        form, day, sheet_id = signing.loads(text, salt=SHEET_SALT)
        return int(form), date.fromisoformat(day), str(sheet_id)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Tampered from error


def signature_of(sheet_id: str, carried: Sequence[str]) -> str:
    """Of everything that a row of the sheet carries, in the order of its columns."""
    return salted_hmac("desk.returns.row", json.dumps([sheet_id, *carried]), algorithm="sha256").hexdigest()[:32]


def is_signed(sheet_id: str, carried: Sequence[str], signature: str) -> bool:
    return constant_time_compare(signature_of(sheet_id, carried), signature)


def digest_of(*parts: Any) -> str:
    """A short name of something that is shown: of an input, or of a cell that nobody may change."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:12]
