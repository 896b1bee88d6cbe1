"""Making the draft of a plan from rows as fixtures have them, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.serializers.base import DeserializationError
from django.core.serializers.python import Deserializer
from django.db import Error, models, transaction

from ledger.guard import PublishedRowError, Record
from ledger.natural_keys import cache_row, cached_references, caching_rows
from projects.models import Fact
from tasks.row_errors import RowError, own_errors_of, row_errors_of


class NotDrafted(Exception):
    """Nothing was written; `errors` tell why, all at once."""

    def __init__(self, errors: Sequence[RowError]):
        super().__init__(" ".join(error.text for error in errors))
        self.errors = tuple(errors)


@dataclass(frozen=True)
class RowChange:
    """What saving the row at `position` did: `is_new`, or by field (old, new); neither where nothing changed."""

    position: int
    pk: int
    is_new: bool
    changes: dict[str, tuple[Any, Any]]


def draft_rows(rows: Sequence[dict[str, Any]], *, by: User) -> list[RowChange]:
    """Save rows, each `{"model": …, "fields": …}` of a fixture, as drafts of `by`; one whose natural key exists is changed.

    Rows that aren't named stay as they are. A published row may be named, if it says nothing new. Raises NotDrafted.
    """
    errors: list[RowError] = []
    done: list[RowChange] = []
    with transaction.atomic(), caching_rows():
        for position, row in enumerate(rows):
            try:
                with transaction.atomic():
                    done.append(_draft(position, row, by))
            except (DeserializationError, ObjectDoesNotExist):  # it names what isn't there
                own = own_errors_of(position, row)
                if own or not errors:  # else that is missing because it has errors of its own
                    errors.extend(own or [RowError(position, "", "它所属的那一行没有读到。")])
            except ValidationError as error:
                errors.extend(row_errors_of(position, error))
            except (Error, PublishedRowError) as error:
                errors.append(RowError(position, "", f"存不进去：{error}"))
        if errors:
            raise NotDrafted(errors)
    return done


def changes_of(rows: Sequence[dict[str, Any]], *, by: User) -> list[RowChange]:
    """What `draft_rows` would do. Nothing is written. Raises NotDrafted."""
    with transaction.atomic():
        done = draft_rows(rows, by=by)
        transaction.set_rollback(True)
    return done


def _draft(position: int, row: dict[str, Any], by: User) -> RowChange:
    loaded = next(iter(Deserializer([row])))
    given: Any = loaded.object
    old = type(given)._default_manager.filter(pk=given.pk).first() if given.pk is not None else None
    if old is not None:
        return _changed(position, old, given, [field for field in _columns(old) if field.name in row["fields"]])
    if isinstance(given, Fact):
        given.drafted_by = by
    given.full_clean(exclude=cached_references(given))
    loaded.save()
    cache_row(given)
    return RowChange(position, given.pk, True, {})


def _columns(row: models.Model) -> list[models.Field]:
    return [field for field in row._meta.concrete_fields if not field.primary_key]


def _changed(position: int, old: Any, given: models.Model, fields: Sequence[models.Field]) -> RowChange:
    changes = {}
    for field in fields:
        before, after = (field.to_python(getattr(row, field.attname)) for row in (old, given))
        if before != after:
            changes[field.name] = before, after
            setattr(old, field.attname, after)
    if changes and isinstance(old, Record) and old.is_published:
        raise ValidationError("这一行已经公布，要改请用“调整”。")
    if changes:
        old.full_clean()
        old.save()
    cache_row(old)
    return RowChange(position, old.pk, False, changes)
