"""A cache of rows by primary and natural key, used while fixtures are loaded.

A fixture refers to the same few rows many times. Django would query each time: for the row of a natural key, for the related
row that a natural key is made from, and for the existence of the row that a foreign key refers to.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

# By model and key. Each row is in it twice, under its primary key and under its natural key, which is a tuple.
_cache: ContextVar[dict[tuple[type[models.Model], object], models.Model] | None] = ContextVar("cache", default=None)


@contextmanager
def caching_rows() -> Iterator[None]:
    """Within, `cached_row` and `cache_row` store rows. None of these may be deleted or given another natural key."""
    token = _cache.set({})
    try:
        yield
    finally:
        _cache.reset(token)


def cache_row(row: models.Model) -> None:
    """Does nothing outside of `caching_rows`, or where the row has no natural key."""
    cache = _cache.get()
    if cache is not None and hasattr(row, "natural_key"):
        cache[type(row), row.pk] = row
        if None not in (key := tuple(row.natural_key())):
            cache[type(row), key] = row


def cached_row(model: type[models.Model], key: tuple, load: Callable[[], models.Model]) -> models.Model:
    """The row of that natural key, from `load` where it isn't cached. Raises what `load` raises."""
    cache = _cache.get()
    if cache is None or None in key:
        return load()
    if (model, key) not in cache:
        row = load()
        cache[model, key] = cache[model, row.pk] = row
    return cache[model, key]


def related_value(row: models.Model, name: str) -> Any:
    """The value of the field; where that is a foreign key to a cached row, without a query."""
    field = row._meta.get_field(name)
    if isinstance(field, models.ForeignKey) and not field.is_cached(row) and (target := _target(row, field)):
        field.set_cached_value(row, target)
    return getattr(row, name)


def cached_references(row: models.Model) -> Collection[str]:
    """The names of the foreign keys to cached rows, whose existence needs no query."""
    return {
        field.name
        for field in row._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and _target(row, field)
    }


def _target(row: models.Model, field: models.ForeignKey) -> models.Model | None:
    return (_cache.get() or {}).get((field.related_model, getattr(row, field.attname)))
