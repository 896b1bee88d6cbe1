"""What a database holds: its applied migrations, a digest of each table, the files that its rows refer to."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import load_backend

SESSIONS = "django_session"  # a table that isn't backed up: after a restore everybody signs in again
# The tables that `migrate` itself writes to.
TABLES_OF_MIGRATE = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "sqlite_sequence",
}
MODULUS = 1 << 256


def connection_to(database: dict) -> BaseDatabaseWrapper:
    """A new, unopened connection to a database, given as in the setting DATABASES."""
    configured = connections.configure_settings({DEFAULT_DB_ALIAS: database})[DEFAULT_DB_ALIAS]
    return load_backend(configured["ENGINE"]).DatabaseWrapper(configured, DEFAULT_DB_ALIAS)


@contextmanager
def connected_to(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, the queries of this thread go to `connection`."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connection
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


def digest_of(rows: Iterable[tuple]) -> list:
    """[number of rows, hex digest of all of them], independent of their order."""
    n, total = 0, 0
    for row in rows:
        n += 1
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, default=str)
        total += int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return [n, f"{total % MODULUS:064x}"]


def table_names(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        return sorted(connection.introspection.table_names(cursor))


def digests_of_tables(connection: BaseDatabaseWrapper) -> dict[str, list]:
    """`digest_of` each table by its name, with every stored column, whether or not a model has it."""
    names = [name for name in table_names(connection) if name != SESSIONS]
    return {name: digest_of(_stored_rows(connection, name)) for name in names}


def _stored_rows(connection: BaseDatabaseWrapper, table: str) -> Iterator[tuple]:
    # A server-side cursor, so that no table has to fit into memory.
    with transaction_of(connection), connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # nosec B608 # a name from the database
        while rows := cursor.fetchmany(1000):
            yield from rows


@contextmanager
def transaction_of(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A transaction on this connection, which needn't be the default one."""
    with connected_to(connection), transaction.atomic():
        yield


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether it has no rows other than those that `migrate` writes."""
    with connection.cursor() as cursor:
        for name in set(table_names(connection)) - TABLES_OF_MIGRATE:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608  # nosec B608 # names of our own tables, quoted
            if cursor.fetchone():
                return False
    return True


def migrations_of(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """The names of the applied ones, by app."""
    applied: dict[str, list[str]] = {}
    with connected_to(connection):  # MigrationRecorder queries the default connection
        for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
            applied.setdefault(app, []).append(name)
    return applied


def unknown_migrations(applied: dict[str, list[str]]) -> list[str]:
    """Those that this program doesn't have, because the database is from a newer version. As `app.name`."""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= set(migration.replaces)
    return [f"{app}.{name}" for app, names in applied.items() for name in names if (app, name) not in known]


def referenced_files(connection: BaseDatabaseWrapper) -> set[str]:
    """The name of every file that a row refers to.

    The database may be older than this program, so tables and columns of the models may be missing.
    """
    names: set[str] = set()
    tables = set(table_names(connection))
    with connection.cursor() as cursor:
        for field in [one for model in apps.get_models() for one in model._meta.concrete_fields]:
            table = field.model._meta.db_table
            if isinstance(field, models.FileField) and table in tables and field.column in _columns(connection, table):
                column = connection.ops.quote_name(field.column)
                cursor.execute(f"SELECT {column} FROM {connection.ops.quote_name(table)} WHERE {column} <> ''")  # noqa: S608  # nosec B608 # names of our own tables, quoted
                names.update(name for (name,) in cursor.fetchall())
    return names


def _columns(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}
