"""PostgreSQL frozen, or kept busy by somebody: it is there, and doesn't answer. SQLite's readers wait for nobody."""

import os
import signal
import threading
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.faults.installation import rounds
from tests.faults.readers import eventually, is_within, read, read_all, slowest_but_one_percent
from tests.faults.test_outage import LONGEST, warmed

pytestmark = pytest.mark.both_databases


@contextmanager
def frozen(portal):
    """No process of the database moves until the block ends."""
    pids = portal.cluster.pids()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def locked(portal):
    """Somebody holds every table of the record until the block ends: the database answers, and doesn't come to an end."""
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute(
            "LOCK TABLE ledger_entry, projects_project, projects_report, tasks_plan IN ACCESS EXCLUSIVE MODE"
        )
    try:
        yield
    finally:
        connection.rollback()
        connection.set_autocommit(True)


@pytest.mark.parametrize("trouble", [frozen, locked])
def test_a_database_that_hangs_keeps_nobody_from_the_copies(record, trouble):
    """Thirty-two people ask for what there is no copy of, while others read what there is."""
    with record.serving() as server:
        pages = warmed(server)
        hanging, stop = [], threading.Event()

        def hang(n: int) -> None:
            has_left = False
            while not has_left:
                hanging.append(read(f"{server.url}/search/?q={n}"))
                has_left = stop.wait(0.2)  # nobody asks again at once, and keeps the machine from all others

        with trouble(record):
            people = [threading.Thread(target=hang, args=(n,)) for n in range(32)]
            for one in people:
                one.start()
            reads = [read(page) for _ in range(rounds(3)) for page in pages]
            stop.set()
            for one in people:
                one.join()
        print(
            f"{trouble.__name__}: p99 {slowest_but_one_percent(reads):.3f} s of {len(reads)} copies,",
            f"longest of {len(hanging)} that hung {max(one.seconds for one in hanging):.2f} s",
        )
        assert {one.status for one in reads} == {200}
        assert slowest_but_one_percent(reads) < max(one.seconds for one in hanging)  # they waited for nobody
        assert is_within(slowest_but_one_percent(reads), 1)
        assert {one.status for one in hanging} <= {503, 200}
        assert is_within(max(one.seconds for one in hanging), LONGEST)
        eventually(lambda: read(f"{server.url}/search/?q=x").status == 200)
        assert {one.status for one in read_all(pages, 2)} == {200}
