"""What takes long and rarely breaks: tried by `make faults` alone."""

import pytest
from django.db import connection, connections

from backups.content import migrations_of, table_names
from projects.verification import differences
from tests.faults.installation import IS_POSTGRES
from tests.faults.saving import a_busy_desk, at_work
from tests.faults.test_backup import backed_up
from tests.faults.test_migrations import OWN, forward, state
from tests.small_city import a_city

pytestmark = pytest.mark.one_database


def test_a_restore_under_the_hands_of_a_running_server_leaves_a_whole_portal(portal, tmp_path):
    city, path = a_city(), tmp_path / "a.tar"
    with portal.serving() as server:
        saves = a_busy_desk(server.url, city)
        backed_up(path)
        with at_work(saves) as saving:
            saving.wait_for(6)
            done = portal.manage("restore", path, "--replace")
            assert done.returncode == 0, done.stderr
    connection.close()
    assert list(differences()) == []
    if not IS_POSTGRES:
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_empty_portal_goes_all_the_way_back_and_forward(portal):
    """The first migrations take every row along on their way back: a record is brought back from a backup instead."""
    migrated = migrations_of(connections["default"])
    state().migrate([(app, None) for app in reversed(OWN)])
    assert not {name for name in table_names(connection) if name.startswith(OWN)}
    forward()
    assert migrations_of(connections["default"]) == migrated
