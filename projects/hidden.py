"""What redactions took away: out of everybody's reach, given back, or destroyed.

The rows change with the transaction, the files once it is certain: until then no address leads to them, as none asks for
more than what a public row names. A file that was left where it lay by a crash is dealt with in the next night.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import PurePath
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import OperationalError, connection, models, transaction
from django.db.models.fields.files import FieldFile
from django.utils.crypto import salted_hmac

from common.media.store import move_stored
from common.model_fields import column_of
from ledger.guard import publishing
from pagecache.store import drop_all
from projects.models import AbstractEvidence, EvidencedFact, Fact, HiddenContent, Redaction

FOLDER = "hidden"
INSTEAD = "instead of the file"
EVIDENCE = ("title", "url", "file", "salt")


@dataclass(frozen=True)
class Content:
    """Fields of a row that show what is to be hidden, and what stands in them instead.

    One of them may hold a file; where a row can't be without one, it gets the `placeholder`.
    """

    row: models.Model
    instead: dict[str, Any]
    file_field: str = ""
    placeholder: bytes = b""


def content_of(fact: Fact, field: str) -> Content:
    """Of a published fact; `field` as in a Redaction."""
    if field.startswith("evidence/") and isinstance(fact, EvidencedFact):
        evidence = fact.evidence.get(position=field.removeprefix("evidence/"))
        return Content(evidence, dict.fromkeys(EVIDENCE, ""), "file" if evidence.file else "")
    names = (field, *fact.hidden_with.get(field, ()))
    instead = {name: None if column_of(fact, name).null else "" for name in names}
    salts = {name: salt for name, salt in fact.salts.items() if name != field}
    files = [name for name in names if isinstance(getattr(fact, name), FieldFile) and getattr(fact, name)]
    return Content(fact, {**instead, "salts": salts}, next(iter(files), ""))


def take(redaction: Redaction, content: Content) -> HiddenContent:
    """Out of its row, which shows what stands there instead from now on."""
    row, name, instead = content.row, content.file_field, dict(content.instead)
    values = {field: _plain(getattr(row, field)) for field in instead if field != name}
    taken = HiddenContent(redaction=redaction, table=row._meta.label_lower, key=row.pk, values=values)
    taken.marks = [mark_of(text) for text in _texts_of(content) if text]
    if name:
        stored = getattr(row, name)
        if content.placeholder:
            path = PurePath(stored.name).with_name(f"{secrets.token_hex(16)}.jpg")
            instead[name] = default_storage.save(str(path), ContentFile(content.placeholder))
        taken.values |= {name: stored.name, INSTEAD: instead[name]}
        taken.file_field = name
        taken.file = f"{FOLDER}/{secrets.token_hex(16)}{PurePath(stored.name).suffix}"
        if default_storage.exists(stored.name):
            taken.marks.append(mark_of(bytes_of(stored.name)))
        transaction.on_commit(partial(move_stored, stored.name, taken.file.name))
    taken.save()
    _write(type(row), row.pk, instead)
    transaction.on_commit(drop_all)
    return taken


def _plain(value: Any) -> Any:
    """As it is written into JSON, and from there into a column."""
    match value:
        case FieldFile():
            return value.name
        case date():
            return value.isoformat()
    return value


def _texts_of(content: Content) -> Iterator[str]:
    """Those that are told apart from others by what they say: no titles of evidence, and no numbers of documents."""
    if isinstance(content.row, AbstractEvidence):
        yield content.row.url
    elif isinstance(content.row, Fact):
        for name in content.instead:
            if name in content.row.free_text or isinstance(column_of(content.row, name), models.URLField):
                yield getattr(content.row, name)


def mark_of(content: str | bytes) -> str:
    """A digest that only this installation can make: nobody guesses a number from it, and no two files share one."""
    value = " ".join(content.split()).encode() if isinstance(content, str) else content
    return salted_hmac("projects.hidden", value, algorithm="sha256").hexdigest()


def bytes_of(name: str) -> bytes:
    with default_storage.open(name) as stored:
        return stored.read()


def _write(model: type[models.Model], key: int, values: dict[str, Any]) -> None:
    with publishing():
        model._base_manager.filter(pk=key).update(**values)


def give_back(taken: HiddenContent) -> None:
    """Into its row, if that is still there and shows nothing newer. What stood there instead goes, where it is a file."""
    model, values = apps.get_model(taken.table), dict(taken.values)
    row, instead = model._base_manager.filter(pk=taken.key).first(), values.pop(INSTEAD, "")
    if row is None or (taken.file_field and getattr(row, taken.file_field).name != instead):
        destroy([taken])
        return
    if isinstance(row, Fact):  # others of its texts may have been hidden since
        name = taken.redaction.field
        values["salts"] = row.salts | {name: values["salts"][name]}
    if taken.file_field:
        transaction.on_commit(partial(move_stored, str(taken.file), values[taken.file_field]))
        if instead:
            transaction.on_commit(partial(default_storage.delete, instead))
    _write(model, taken.key, values)
    HiddenContent.objects.filter(pk=taken.pk).delete()


def destroy(contents: Sequence[HiddenContent]) -> None:
    """For good; the marks stay, so that the same isn't published again."""
    for taken in contents:
        HiddenContent.objects.filter(pk=taken.pk).update(values={})
        if taken.file:
            names = [taken.file.name, taken.values.get(taken.file_field, "")]
            transaction.on_commit(partial(_delete, taken.pk, [name for name in names if name]))
    transaction.on_commit(wipe)


def _delete(key: int, names: Sequence[str]) -> None:
    for name in names:
        default_storage.delete(name)
    HiddenContent.objects.filter(pk=key).update(file="")


def wipe() -> None:
    """Whatever still holds what was just destroyed: copies of pages, and the log of the database."""
    drop_all()
    empty_log()


def empty_log() -> None:
    """That which SQLite writes ahead. Its file was overwritten as the rows changed (`secure_delete`)."""
    if connection.vendor == "sqlite":
        with suppress(OperationalError), connection.cursor() as cursor:  # somebody reads: the next night does it
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def finish() -> None:
    """What a crash or somebody who read at that moment left undone: files that lie where they lay, or are still there
    though they were to be destroyed, and the log of the database."""
    empty_log()
    for taken in HiddenContent.objects.exclude(file=""):
        if taken.values:
            move_stored(taken.values[taken.file_field], str(taken.file))
        else:
            _delete(taken.pk, [str(taken.file)])
