"""What a database holds, told so that two of them can be compared: its migrations, its tables, the files its rows name."""

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

SESSIONS = "django_session"  # who is signed in; a backup takes nobody along
# What `migrate` itself writes into an empty database.
OF_MIGRATIONS = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "sqlite_sequence",
}
MODULUS = 1 << 256


def connection_to(database: dict) -> BaseDatabaseWrapper:
    """A connection of its own to the database of these settings."""
    configured = connections.configure_settings({DEFAULT_DB_ALIAS: database})[DEFAULT_DB_ALIAS]
    return load_backend(configured["ENGINE"]).DatabaseWrapper(configured, DEFAULT_DB_ALIAS)


@contextmanager
def connected_to(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within, this thread asks `connection`."""
    before = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = connection
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before


def digest_of(rows: Iterable[tuple]) -> list:
    """How many rows there are, and a digest of them that doesn't depend on their order."""
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
    """Of each table as it is stored, whatever the program knows of it."""
    names = [name for name in table_names(connection) if name != SESSIONS]
    return {name: digest_of(_stored_rows(connection, name)) for name in names}


def _stored_rows(connection: BaseDatabaseWrapper, table: str) -> Iterator[tuple]:
    # A cursor of the server's: a table is never whole in memory.
    with transaction_of(connection), connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # nosec B608 # a name from the database
        while rows := cursor.fetchmany(1000):
            yield from rows


@contextmanager
def transaction_of(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A transaction on this connection, which need not be the one that others ask."""
    with connected_to(connection), transaction.atomic():
        yield


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether it holds nothing but what `migrate` makes."""
    with connection.cursor() as cursor:
        for name in set(table_names(connection)) - OF_MIGRATIONS:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608  # nosec B608 # names of our own tables, quoted
            if cursor.fetchone():
                return False
    return True


def migrations_of(connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
    """The names of the applied ones, by app."""
    applied: dict[str, list[str]] = {}
    with connected_to(connection):  # the recorder asks whichever is in use
        for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
            applied.setdefault(app, []).append(name)
    return applied


def unknown_migrations(applied: dict[str, list[str]]) -> list[str]:
    """Those that this program doesn't have: they are of a newer one."""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= set(migration.replaces)
    return [f"{app}.{name}" for app, names in applied.items() for name in names if (app, name) not in known]


def named_files(connection: BaseDatabaseWrapper) -> set[str]:
    """Every file that a row names. The database may be older than this program, and lack what came since."""
    found: set[str] = set()
    tables = set(table_names(connection))
    with connection.cursor() as cursor:
        for field in [one for model in apps.get_models() for one in model._meta.concrete_fields]:
            table = field.model._meta.db_table
            if isinstance(field, models.FileField) and table in tables and field.column in _columns(connection, table):
                column = connection.ops.quote_name(field.column)
                cursor.execute(f"SELECT {column} FROM {connection.ops.quote_name(table)} WHERE {column} <> ''")  # noqa: S608  # nosec B608 # names of our own tables, quoted
                found.update(name for (name,) in cursor.fetchall())
    return found


def _columns(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}
