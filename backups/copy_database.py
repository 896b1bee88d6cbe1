"""Copies every row of a database to another one, unchanged: without the guard, and without `pre_save` of the fields."""

from collections.abc import Iterator
from itertools import islice

from django.apps import apps
from django.core.management.color import no_style
from django.db import DataError, models
from django.db.backends.base.base import BaseDatabaseWrapper

from backups.archive import BackupError
from backups.content import connected_to, digest_of

BATCH = 200  # rows in a statement


def every_model() -> list[type[models.Model]]:
    """Every model with a table, also those that Django creates for many-to-many fields."""
    return [one for one in apps.get_models(include_auto_created=True) if one._meta.managed and not one._meta.proxy]


def copy(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    """Replace all rows of the target. Both connections must be in a transaction.

    Checks the foreign keys and resets the sequences at the end. Raises BackupError for a row that the target can't store.
    """
    with target.cursor() as cursor:
        for model in every_model():  # also the rows of `migrate`, which have other primary keys in the source
            cursor.execute(f"DELETE FROM {target.ops.quote_name(model._meta.db_table)}")  # noqa: S608  # nosec B608 # names of our own tables, quoted
        for model in every_model():
            _copy_rows(model, source, target, cursor)
        for statement in target.ops.sequence_reset_sql(no_style(), every_model()):
            cursor.execute(statement)
    target.check_constraints()


def _copy_rows(model: type[models.Model], source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, cursor) -> None:
    quote, fields = target.ops.quote_name, model._meta.concrete_fields
    columns = ", ".join(quote(field.column) for field in fields if field.column)
    placeholders = f"({', '.join(['%s'] * len(fields))})"
    insert = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES "  # noqa: S608  # nosec B608 # names of our own tables, quoted
    rows = rows_of(model, source)
    while batch := list(islice(rows, BATCH)):
        values = [f.get_db_prep_save(value, target) for row in batch for f, value in zip(fields, row, strict=True)]
        try:
            cursor.execute(insert + ", ".join([placeholders] * len(batch)), values)
        except (DataError, ValueError) as error:  # SQLite also stores longer texts and NUL
            raise BackupError(f"{model._meta.db_table} 里有一行存不进去：{error}") from error


def rows_of(model: type[models.Model], connection: BaseDatabaseWrapper) -> Iterator[tuple]:
    """The rows by primary key, with values converted by the fields, so that they are the same from each kind of database."""
    names = [field.attname for field in model._meta.concrete_fields]
    with connected_to(connection):
        yield from models.QuerySet(model).order_by("pk").values_list(*names).iterator(2000)


def first_difference(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> str:
    """The first table whose rows differ; "" where there is none."""
    for model in every_model():
        if digest_of(rows_of(model, source)) != digest_of(rows_of(model, target)):
            return model._meta.db_table
    return ""


def n_rows(connection: BaseDatabaseWrapper) -> int:
    with connected_to(connection):
        return sum(models.QuerySet(model).count() for model in every_model())
