"""Processes killed in the middle of saves: what was acknowledged is there, and the record is whole."""

import random
import time

import pytest
from django.db import connection

from projects.models import Report
from projects.verification import differences
from tests.faults.installation import IS_POSTGRES, kill, rounds
from tests.faults.readers import eventually
from tests.faults.saving import a_busy_desk, at_work, lost, wrong_papers
from tests.small_city import a_city

pytestmark = pytest.mark.one_database

CONFLICT = 409


def victims(portal, server) -> list[int]:
    """One worker; with it, on PostgreSQL, one of the database's processes, for which it then ends and begins all of them."""
    eventually(lambda: server.workers)  # one that died comes back
    workers = [random.choice(server.workers)]  # noqa: S311
    backends = portal.cluster.backends(portal.database["NAME"]) if IS_POSTGRES else []
    return workers + random.sample(backends, min(1, len(backends)))


def test_no_acknowledged_save_is_lost_however_often_processes_are_killed(portal):
    seed = time.time_ns()
    print(f"seed {seed}")
    random.seed(seed)
    city = a_city()
    with portal.serving() as server, at_work(a_busy_desk(server.url, city)) as saving:
        for _ in range(rounds(3)):
            saving.wait_for(6)
            time.sleep(random.random() * 0.2)  # noqa: S311  in the middle of whatever they are doing
            for pid in victims(portal, server):
                kill(pid)
            connection.close()
        saving.wait_for(6)
    assert lost(saving.acknowledged) == []
    assert wrong_papers() == []
    assert {typed for _key, typed in saving.acknowledged} >= {"published"}
    assert Report.objects.published().count() > 1
    assert list(differences()) == []
    assert {status for status, _page in saving.refused} <= {CONFLICT}  # asked in words to save once more
