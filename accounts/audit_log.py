"""Writes the audit trail: who did what, when, from which address, and each changed field before and after.

Passwords, their hashes, salts and session keys are never recorded. Of a free text of the public record (a model's
`free_text`) and of what officials and reviewers write to each other (`internal_text`) only the length and a keyed digest are
recorded: a text that a redaction hides must not survive here. Other long texts are shortened.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import models
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.client_address import address_of
from accounts.models import AuditAction, AuditRecord
from common.formats import number_text
from common.model_fields import JSONField
from common.texts import clean_line

EXCLUDED_FIELDS = frozenset({"password", "salt", "salts", "acts_salt", "last_login"})
SALT = "huozhou_portal.audit"  # a literal, so that digests stay the same when this module is moved
MAX_LENGTH = 120  # characters of a value


class FieldText(NamedTuple):
    """A field's label and value as text for people."""

    label: str
    text: str


Snapshot = dict[tuple[str, object, str], FieldText]  # by model, key and field


def record(
    kind: AuditAction,
    *,
    request: HttpRequest | None = None,
    by: User | None = None,
    name: str = "",
    about: models.Model | None = None,
    changes: Iterable[list[str | None]] = (),
    note: str = "",
) -> AuditRecord:
    """Append one record, in the caller's transaction. `name` replaces the name of the account `by`."""
    made = _record_of(kind, request=request, by=by, name=name, about=about, changes=changes, note=note)
    made.save()
    return made


class Act(NamedTuple):
    """What was done to one of several rows."""

    kind: AuditAction
    about: models.Model
    changes: Iterable[list[str | None]]
    note: str


def record_all(acts: Iterable[Act], *, request: HttpRequest, by: User) -> None:
    """Append a record of each, as `record` does, in few statements."""
    AuditRecord.objects.append(
        [
            _record_of(act.kind, request=request, by=by, about=act.about, changes=act.changes, note=act.note)
            for act in acts
        ]
    )


def _record_of(
    kind: AuditAction,
    *,
    request: HttpRequest | None,
    by: User | None,
    name: str = "",
    about: models.Model | None,
    changes: Iterable[list[str | None]],
    note: str,
) -> AuditRecord:
    meta = request.META if request else {}
    return AuditRecord(
        kind=kind,
        person=by,
        person_name=_truncate(name or (name_of(by) if by else ""), 200),
        address=address_of(request) if request else None,
        agent=_truncate(meta.get("HTTP_USER_AGENT", ""), 200),
        subject=_truncate(f"{about._meta.verbose_name}：{about}", 250) if about else "",
        subject_key=f"{about._meta.label_lower}:{about.pk}" if about else "",
        changes=list(changes),
        note=_truncate(note, 250),
    )


def name_of(person: User) -> str:
    full = person.get_full_name()
    return f"{full}（{person.get_username()}）" if full else person.get_username()


def _truncate(text: str, length: int) -> str:
    text = clean_line(text)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def snapshot(row: models.Model, part_models: Iterable[type[models.Model]] = ()) -> Snapshot:
    """Every field of the row that isn't empty, and of the rows of these models that refer to it."""
    fields = dict(_fields_of(row))
    for field in row._meta.many_to_many:
        names = "、".join(sorted(map(str, getattr(row, field.name).all())))
        if names:
            fields[row._meta.label, row.pk, field.name] = FieldText(str(field.verbose_name), _shorten(names))
    for relation in row._meta.related_objects:
        accessor = relation.get_accessor_name()
        if accessor and relation.one_to_many and relation.related_model in part_models:
            for part in getattr(row, accessor).all():
                fields |= dict(_fields_of(part, of=relation.field))
    return fields


def snapshots_of(
    model: type[models.Model], keys: Iterable[object], part_models: Collection[type[models.Model]] = ()
) -> dict[object, Snapshot]:
    """That of each row as it is stored, by its key, in as many queries for many rows as for one."""
    accessors = [
        (str(relation.get_accessor_name()), relation.related_model)
        for relation in model._meta.related_objects
        if relation.one_to_many and relation.related_model in part_models
    ]
    named = [
        *_foreign_keys(model),
        *(f"{accessor}__{name}" for accessor, part in accessors for name in _foreign_keys(part) if part is not model),
        *(accessor for accessor, _part in accessors),
        *(field.name for field in model._meta.many_to_many),
    ]
    rows = model._base_manager.filter(pk__in=keys).prefetch_related(*named)
    return {row.pk: snapshot(row, part_models) for row in rows}


def _foreign_keys(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if field.remote_field]


def _fields_of(row: models.Model, of: models.Field | None = None) -> Iterator[tuple[tuple, FieldText]]:
    """`of` is the foreign key by which a part refers to its row."""
    prefix = f"{_label_of_part(row)} · " if of else ""
    for field in row._meta.concrete_fields:
        if field.primary_key or field is of or field.name in EXCLUDED_FIELDS:
            continue
        text = _text_of(row, field)
        if text:
            yield (row._meta.label, row.pk, field.name), FieldText(f"{prefix}{field.verbose_name}", text)


def _label_of_part(part: models.Model) -> str:
    kind = str(part._meta.verbose_name)
    return f"{kind} {part.pk}" if digest_only_fields(part) else _shorten(f"{kind}“{part}”")


def digest_only_fields(row: models.Model) -> tuple[str, ...]:
    """The names of the fields of which only length and digest are recorded."""
    with_texts = (name for names in getattr(row, "hidden_with", {}).values() for name in names)
    return (*getattr(row, "free_text", ()), *with_texts, *getattr(row, "internal_text", ()))


def _text_of(row: models.Model, field: models.Field) -> str:
    value = getattr(row, field.name)
    if value is None or value == "" or (isinstance(value, FieldFile) and not value):
        return ""
    if field.name in digest_only_fields(row):
        return digest_text(str(value))
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    match value:
        case bool():
            return "是" if value else "否"
        case Decimal():
            return number_text(value)
        case list() | dict():
            return _shorten(_text_of_json(field, value)) if value else ""
    if isinstance(field, models.DateTimeField):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return _shorten(str(value))


def _text_of_json(field: models.Field, value: list | dict) -> str:
    return field.display_text(value) if isinstance(field, JSONField) else json.dumps(value, ensure_ascii=False)


def digest_text(text: str) -> str:
    """The length of the text and a digest by which equal texts are recognised.

    The digest is keyed, so nobody without SECRET_KEY can find the text by trying.
    """
    return f"（{len(text)} 字，摘要 {_digest(text)}）"


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH]}……（共 {len(text)} 字，摘要 {_digest(text)}）"


def _digest(text: str) -> str:
    return salted_hmac(SALT, text, algorithm="sha256").hexdigest()[:12]


def difference(before: Snapshot, after: Snapshot) -> list[list[str | None]]:
    """[label, before, after] of each field that differs; None where it was or is empty."""
    fields = [(field.label, before.get(key), after.get(key)) for key, field in (before | after).items()]
    changes = [[label, old and old.text, new and new.text] for label, old, new in fields]
    return [change for change in changes if change[1] != change[2]]
