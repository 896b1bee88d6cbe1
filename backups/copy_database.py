"""Copying every row of one database into another of a different kind, as it is: past the guard and past what fields do on saving."""

from collections.abc import Iterator
from itertools import islice

from django.apps import apps
from django.core.management.color import no_style
from django.db import DataError, models
from django.db.backends.base.base import BaseDatabaseWrapper

from backups.archive import Unusable
from backups.content import connected_to, digest_of

N_AT_ONCE = 200


def every_model() -> list[type[models.Model]]:
    """Each model with a table of its own, those between two others included."""
    return [one for one in apps.get_models(include_auto_created=True) if one._meta.managed and not one._meta.proxy]


def copy(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    """In the transactions of both. Foreign keys are checked at the end, and sequences go on behind the rows."""
    with target.cursor() as cursor:
        for model in every_model():  # what `migrate` wrote gets the numbers it has in the source
            cursor.execute(f"DELETE FROM {target.ops.quote_name(model._meta.db_table)}")  # noqa: S608  # nosec B608 # names of our own tables, quoted
        for model in every_model():
            _copy_rows(model, source, target, cursor)
        for statement in target.ops.sequence_reset_sql(no_style(), every_model()):
            cursor.execute(statement)
    target.check_constraints()


def _copy_rows(model: type[models.Model], source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, cursor) -> None:
    quote, fields = target.ops.quote_name, model._meta.concrete_fields
    columns = ", ".join(quote(field.column) for field in fields if field.column)
    places = f"({', '.join(['%s'] * len(fields))})"
    insert = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608  # nosec B608 # names of our own tables, quoted
    rows = rows_of(model, source)
    while some := list(islice(rows, N_AT_ONCE)):
        values = [f.get_db_prep_save(value, target) for row in some for f, value in zip(fields, row, strict=True)]
        try:
            cursor.execute(insert + ", ".join([places] * len(some)), values)
        except (DataError, ValueError) as error:  # SQLite takes longer texts, and NUL within them
            raise Unusable(f"{model._meta.db_table} 里有一行存不进去：{error}") from error


def rows_of(model: type[models.Model], connection: BaseDatabaseWrapper) -> Iterator[tuple]:
    """Each row as the fields understand it, so that two kinds of databases say the same."""
    names = [field.attname for field in model._meta.concrete_fields]
    with connected_to(connection):
        yield from models.QuerySet(model).order_by("pk").values_list(*names).iterator(2000)


def first_difference(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> str:
    """The table that doesn't hold the same rows in both; empty where all do."""
    for model in every_model():
        if digest_of(rows_of(model, source)) != digest_of(rows_of(model, target)):
            return model._meta.db_table
    return ""


def n_rows(connection: BaseDatabaseWrapper) -> int:
    with connected_to(connection):
        return sum(models.QuerySet(model).count() for model in every_model())
