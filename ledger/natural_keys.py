"""Rows that fixtures name, remembered while they are read.

A fixture names the same few rows again and again, and Django asks the database each time: for the row of that name, for what
stands behind the name of a row that refers to it, and whether what is referred to is there.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

# By model, each row under its primary key and its natural one, which is a tuple.
_remembered: ContextVar[dict[tuple[type[models.Model], object], models.Model] | None] = ContextVar(
    "remembered", default=None
)


@contextmanager
def remembering_rows() -> Iterator[None]:
    """Within, no row that was looked up or remembered may be deleted or get another natural key."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def remember(row: models.Model) -> None:
    known = _remembered.get()
    if known is not None and hasattr(row, "natural_key"):
        known[type(row), row.pk] = row
        if None not in (key := tuple(row.natural_key())):
            known[type(row), key] = row


def looked_up(model: type[models.Model], key: tuple, ask: Callable[[], models.Model]) -> models.Model:
    """The row of that natural key; what `ask` returns or raises where it isn't remembered."""
    known = _remembered.get()
    if known is None or None in key:
        return ask()
    if (model, key) not in known:
        row = ask()
        known[model, key] = known[model, row.pk] = row
    return known[model, key]


def followed(row: models.Model, name: str) -> Any:
    """The attribute of the row, without a query where that is a row remembered."""
    field = row._meta.get_field(name)
    if isinstance(field, models.ForeignKey) and not field.is_cached(row) and (found := _target(row, field)):
        field.set_cached_value(row, found)
    return getattr(row, name)


def certain_references(row: models.Model) -> Collection[str]:
    """The foreign keys of which nobody need ask whether their rows are there."""
    return {
        field.name
        for field in row._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and _target(row, field)
    }


def _target(row: models.Model, field: models.ForeignKey) -> models.Model | None:
    return (_remembered.get() or {}).get((field.related_model, getattr(row, field.attname)))
