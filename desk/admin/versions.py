"""The version of a row and the state of one request that edits it, for optimistic locking.

No column holds a version: it is a keyed digest of the content, so a row that was changed and changed back has its old one.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.audit_log import Snapshot
from desk.admin.conflicts import InlineRows
from ledger.chain import decimal_text
from ledger.guard import PUBLICATION_FIELDS, Record

# The hidden inputs of a form that carry versions: of the row as edited, and of all that its actions decide on.
EDITED_FROM, DECIDED_ON = "_edited_from", "_decided_on"


def version_of(content: object) -> str:
    """32 hex digits, equal for equal content. Keyed, so that it neither reveals the content nor can be forged."""
    text = json.dumps(content, default=_plain, ensure_ascii=False, sort_keys=True)
    return salted_hmac("ledger.edits", text, algorithm="sha256").hexdigest()[:32]


def _plain(value: object) -> str:
    match value:
        case Decimal():
            return decimal_text(value)
        case date():
            return value.isoformat()
    return str(value)


def content_of(row: models.Model, excluded: Iterable[str] = ()) -> dict[str, object]:
    """The stored values of a row and the keys of its many-to-many rows, without `excluded` and what a publication writes."""
    without = {*excluded, *(PUBLICATION_FIELDS if isinstance(row, Record) else ())}
    fields = [field for field in row._meta.concrete_fields if not getattr(field, "auto_now", False)]
    links = [field for field in row._meta.many_to_many if field.name not in without]
    return {
        **{field.attname: getattr(row, field.attname) for field in fields if field.name not in without},
        **{field.name: sorted(getattr(row, field.name).values_list("pk", flat=True)) for field in links},
    }


Loaded = TypeVar("Loaded")


@dataclass
class EditSession:
    """`snapshots` are the audit log's last ones by (model, pk), `versions` the hidden inputs of the form.

    `conflict` is set where the form was opened on an older version: the rows sent for each inline, by its prefix.
    """

    snapshots: dict[tuple[type[models.Model], object], Snapshot] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    conflict: dict[str, InlineRows] | None = None
    is_disk_full: bool = False
    _loaded: dict[type, Any] = field(default_factory=dict)

    @property
    def is_form_redisplayed(self) -> bool:
        """Whether the form is shown again although it may be valid."""
        return self.is_disk_full or self.conflict is not None

    def once(self, kind: type[Loaded], load: Callable[[], Loaded]) -> Loaded:
        """The result of `load()`, called once a request: several methods of an admin need the same object."""
        if kind not in self._loaded:
            self._loaded[kind] = load()
        return self._loaded[kind]


def edit_session(request: HttpRequest) -> EditSession:
    """The one of the request, made when it is first asked for."""
    attributes = vars(request)
    if "edit_session" not in attributes:
        attributes["edit_session"] = EditSession()
    return attributes["edit_session"]
