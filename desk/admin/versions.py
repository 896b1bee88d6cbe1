"""Which version of a row somebody saw, so that nothing is written over what they never saw.

No column keeps it: a version is a keyed digest of the content itself. A row put back as it was is what they saw.
"""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.crypto import salted_hmac

from ledger.chain import decimal_text
from ledger.guard import PUBLICATION_FIELDS, Record

# The hidden inputs of a form that carry versions: of the row, of what its acts decide on.
EDITED_FROM, DECIDED_ON = "_edited_from", "_decided_on"


def version_of(content: object) -> str:
    """32 hex digits, the same for equal content. It tells nothing of it, and can't be made up without the key."""
    text = json.dumps(content, default=_plain, ensure_ascii=False, sort_keys=True)
    return salted_hmac("ledger.edits", text, algorithm="sha256").hexdigest()[:32]


def _plain(value: object) -> str:
    match value:
        case Decimal():
            return decimal_text(value)
        case date():
            return value.isoformat()
    return str(value)


def content_of(row: models.Model, unwatched: Iterable[str] = ()) -> dict[str, object]:
    """The stored values of a row and the keys of what it links to, without what no edit changes."""
    without = {*unwatched, *(PUBLICATION_FIELDS if isinstance(row, Record) else ())}
    fields = [field for field in row._meta.concrete_fields if not getattr(field, "auto_now", False)]
    links = [field for field in row._meta.many_to_many if field.name not in without]
    return {
        **{field.attname: getattr(row, field.attname) for field in fields if field.name not in without},
        **{field.name: sorted(getattr(row, field.name).values_list("pk", flat=True)) for field in links},
    }
