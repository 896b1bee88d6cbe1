"""Everybody at once, some of whom mean no good."""

import http.client
import os
import random
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import pytest

from tests.factories import a_plan, a_project, a_report, published
from tests.faults.installation import rounds
from tests.faults.readers import eventually, read, slowest_but_one_percent

pytestmark = pytest.mark.one_database

PEOPLE = 64


def a_city():
    project = a_project("bridge", milestones=["built"])
    published(a_plan(project), "2020-03-05")
    return project


def copies(portal) -> int:
    return sum(1 for _ in (portal.data / "pages").glob("??/*"))


def junk(chance: random.Random) -> str:
    """A query that no page reads anything from, or an empty or an impossible one."""
    names = ["utm_source", "from", "isappinstalled", "_t", "x", "page", "sort", "%00", "as_of2", "AS_OF", "a[]"]
    pairs = [f"{chance.choice(names)}={chance.getrandbits(40):x}" for _ in range(chance.randint(1, 4))]
    return "&".join(pairs)


def test_junk_adds_no_copy_and_leaves_the_hot_page_hot(portal):
    a_city()
    n_each = rounds(2) * 333 if rounds(2) > 2 else 20
    with portal.serving() as server:
        read(f"{server.url}/")
        before, statuses = copies(portal), set()

        def ask(seed: int) -> None:
            chance = random.Random(seed)  # noqa: S311
            with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)) as line:
                for _ in range(n_each):
                    line.request("GET", f"/?{junk(chance)}")
                    answer = line.getresponse()
                    answer.read()
                    statuses.add(answer.status)

        people = [threading.Thread(target=ask, args=(seed,)) for seed in range(PEOPLE)]
        for one in people:
            one.start()
        hot = [read(f"{server.url}/") for _ in range(rounds(20) * 5)]
        for one in people:
            one.join()
        print(f"{PEOPLE * n_each} junk queries; hot page p99 {slowest_but_one_percent(hot):.3f} s of {len(hot)}")
        assert statuses == {200}
        assert {one.status for one in hot} == {200}
        assert copies(portal) == before


# In a process of its own: among sixty-four readers a thread would miss what comes and goes.
COUNTING = """
import os, sys, time
seen = set()
while os.getppid() == int(sys.argv[2]):
    told = os.stat(sys.argv[1])
    if (told.st_ino, told.st_mtime_ns) not in seen:
        seen.add((told.st_ino, told.st_mtime_ns))
        print(len(seen), flush=True)
    time.sleep(0.001)
"""


@contextmanager
def counting(file):
    """Yields a list that afterwards has a line for each file that stood at that place."""
    lines: list[str] = []
    command = [sys.executable, "-c", COUNTING, str(file), str(os.getpid())]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own words
    try:
        lines.append(process.stdout.readline())  # it has begun
        yield lines
    finally:
        process.terminate()
        lines += process.communicate()[0].splitlines()


def test_a_publication_is_made_into_a_page_once_however_many_ask(portal):
    """Counted on the disk, where each page that was made takes the place of the one before. One that is under way when the
    next publication comes may show that already: there are as many pages as publications at most.
    """
    project, publications = a_city(), rounds(3)
    with portal.serving() as server:
        address, stop, seen = f"{server.url}/projects/bridge/", threading.Event(), []
        read(address)
        (copy,) = (portal.data / "pages").glob("??/*")

        def ask() -> None:
            while not stop.is_set():
                seen.append(read(address))

        with counting(copy) as made:
            people = [threading.Thread(target=ask) for _ in range(PEOPLE)]
            for one in people:
                one.start()
            for n in range(1, publications + 1):
                published(a_report(project, f"2020-04-{n:02}", {"built": n}, text=f"Number {n}."), f"2020-04-{n:02}")
                eventually(lambda n=n: f"Number {n}." in read(address).text)
            stop.set()
            for one in people:
                one.join()
    print(f"{publications} publications, {len(made) - 1} pages made, {len(seen)} answers to {PEOPLE} people")
    assert {one.status for one in seen} == {200}
    assert 1 < len(made) <= 1 + publications
