"""The database that tests begin with: migrated once in a run and copied for each worker.

Whatever a run makes once lies below `PREPARED`, a folder for each kind of database, and is made by whichever worker
asks for it first.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection

PREPARED = Path(os.environ["TEST_DATA_DIR"], "prepared", connection.vendor)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "only")
# A name of this run's own: two runs may share a PostgreSQL server.
TEMPLATE = f"template_{Path(os.environ['TEST_DATA_DIR']).name.lower().replace('-', '_')}"
IS_SQLITE = connection.vendor == "sqlite"
MIGRATED = PREPARED / "migrated"


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Of all workers of this run, one is inside at a time under that name."""
    PREPARED.mkdir(parents=True, exist_ok=True)
    with (PREPARED / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _template() -> str:
    return str(PREPARED / f"{TEMPLATE}.sqlite3") if IS_SQLITE else TEMPLATE


def create() -> None:
    """Give this worker a database of its own in which nothing is but what migrations put there."""
    with one_at_a_time("migrated"):
        if MIGRATED.exists():
            _use(_template())
        else:
            connection.settings_dict["TEST"]["NAME"] = _template()
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            MIGRATED.touch()
        connection.close()
        connection.creation.clone_test_db(suffix=WORKER, verbosity=0)
        _use(connection.creation.get_test_db_clone_settings(WORKER)["NAME"])


# What migrations filled; everything else is empty when a test begins.
FILLED = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


def empty() -> None:
    """Take away the rows that a test committed."""
    tables = [name for name in connection.introspection.table_names() if name not in FILLED]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, reset_sequences=True))


def count_rows() -> None:
    """Let PostgreSQL's planner know what stands in the tables, and keep its autovacuum out until the transaction ends.

    Autovacuum finds no row where nothing is committed yet. From then on the planner takes each table for empty and goes
    through all of them for each row of another: a list of the desk took over 300 s.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def destroy() -> None:
    connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def destroy_template() -> None:
    """To be asked once, by the process that started the workers, when they have ended."""
    if MIGRATED.exists() and not IS_SQLITE:
        _use(TEMPLATE)
        destroy()
        MIGRATED.unlink()


def is_asked_for_by(item: pytest.Item) -> bool:
    asking = {"db", "transactional_db", "live_server"}
    return not asking.isdisjoint(item.fixturenames) or item.get_closest_marker("django_db") is not None
