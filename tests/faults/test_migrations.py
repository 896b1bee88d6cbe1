"""Migrations back, broken off and forward again, and a load that breaks off: nothing is left half done."""

import re
from contextlib import suppress

import pytest
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from backups.content import connected_to, connection_to, table_names
from tasks import loading
from tests.faults.installation import rounds
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, RECORD

pytestmark = pytest.mark.one_database

OWN = ("huozhou_portal", *RECORD)
MIGRATIONS = sorted(key for key in MigrationLoader(None).disk_migrations if key[0] in OWN)
IS_SHORT = rounds(1) == 1
PLACES = (1, 3) if IS_SHORT else range(1, 100)


def state() -> MigrationExecutor:
    return MigrationExecutor(connections["default"])


def head_of(executor: MigrationExecutor) -> list[tuple[str, str]]:
    return executor.loader.graph.leaf_nodes()


def forward() -> None:
    executor = state()
    executor.migrate(head_of(executor))


def back_before(app: str, name: str) -> None:
    """As far as the one before it, of a first one to no table at all, with all that stand on it."""
    executor = state()
    before = [key for key in executor.loader.graph.node_map[app, name].parents if key[0] == app]
    executor.migrate([before[0] if before else (app, None)])


def rows() -> dict[str, dict[str, list]]:
    """Every table's columns, each with its values in the order of the first one."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(table_names(connection)) - {"django_migrations", "sqlite_sequence"}:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608
            names, values = [column[0] for column in cursor.description], cursor.fetchall()
            found[table] = {name: [row[n] for row in values] for n, name in enumerate(names)}
    return found


@pytest.mark.parametrize("migration", MIGRATIONS[-1:] if IS_SHORT else MIGRATIONS, ids=".".join)
def test_one_that_breaks_off_leaves_no_trace_and_goes_through_afterwards(portal, monkeypatch, migration):
    """On empty tables. The first that goes over data brings a test of the rows: which stay, and which are forgotten."""
    whole = schema()
    back_before(*migration)
    before = schema()
    assert before != whole
    assert breaks_off(monkeypatch, migration, PLACES[0])
    for place in PLACES:
        if not breaks_off(monkeypatch, migration, place):
            break
        assert schema() == before, place
    forward()
    assert schema() == whole


def breaks_off(monkeypatch, migration: tuple[str, str], place: int) -> bool:
    """Migrate in what is like a process of its own, which dies with its connection at the statement of that number."""
    asked = []
    execute = connection.SchemaEditorClass.execute

    def counted(self, sql, params=()):
        asked.append(sql)
        if len(asked) == place:
            raise OSError("broken off")
        return execute(self, sql, params)

    process = connection_to(connection.settings_dict)
    with monkeypatch.context() as patch, connected_to(process), suppress(OSError):
        patch.setattr(connection.SchemaEditorClass, "execute", counted)
        state().migrate([migration])
    process.connection.close()
    return len(asked) == place


def schema() -> list[str]:
    """What the database itself says of its tables.

    PostgreSQL writes the values that a constraint allows with one set of casts and brackets when the constraint was made,
    and with another one when it was read back from a dump, as that of a prepared portal is: both are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA[connection.vendor])
        return sorted(CASTS.sub("", str(row)) for row in cursor.fetchall())


CASTS = re.compile(r"::(?:character varying|text)(?:\[\])?|[()]")


SCHEMA = {
    "sqlite": "SELECT type, name, tbl_name, sql FROM sqlite_master",
    "postgresql": "SELECT table_name, column_name, concat(data_type, is_nullable, column_default)"
    " FROM information_schema.columns WHERE table_schema = 'public'"
    " UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


@pytest.mark.parametrize("n", [40] if IS_SHORT else [1, 40, 148])
def test_a_load_that_breaks_off_leaves_nothing_behind(portal, monkeypatch, n):
    published = []

    def publish(draft):
        published.append(draft)
        if len(published) == n:
            raise OSError("broken off")
        return act(draft)

    act, before = loading.publish, rows()
    monkeypatch.setattr(loading, "publish", publish)
    with pytest.raises(OSError, match="broken off"):
        loading.load_files([PLAN_FILE, ILLUSTRATIVE_FILE])
    assert rows() == before
    assert not [path for path in (portal.data / "media").rglob("*") if path.is_file()]
