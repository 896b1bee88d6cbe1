"""The database away, frozen, locked or full: readers go on, nobody hangs, and afterwards everything is as before."""

import os
import re
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.faults.readers import eventually, is_within, read, read_all

pytestmark = pytest.mark.one_database

NOTICE = "网站的数据库暂时连不上"
LONGEST = 6.0  # seconds that anything may take


def sitemap(server) -> list[str]:
    pages = re.findall(r"<loc>([^<]+)</loc>", read(f"{server.url}/sitemap.xml").text)
    assert len(pages) > 40
    return pages


def warmed(server) -> list[str]:
    pages = sitemap(server)
    assert {one.status for one in read_all(pages, 2)} == {200}
    return pages


@contextmanager
def away(portal):
    """The database is gone until the block ends."""
    if portal.cluster:
        portal.cluster.run("pg_ctl", "stop", "-D", portal.cluster.data, "-m", "immediate", "-s")
    else:
        connection.close()
        os.rename(portal.database["NAME"], f"{portal.database['NAME']}.away")
        os.mkdir(portal.database["NAME"])  # what SQLite can't open, nor make anew
    try:
        yield
    finally:
        if portal.cluster:
            portal.cluster.start()
        else:
            os.rmdir(portal.database["NAME"])
            os.rename(f"{portal.database['NAME']}.away", portal.database["NAME"])


def test_the_database_gone_leaves_every_page_and_comes_back_without_a_failure(record):
    with record.serving() as server:
        pages = warmed(server)
        with away(record):
            eventually(lambda: all(NOTICE in read(pages[0]).text for _ in range(10)))  # each process has noticed
            reads = read_all(pages, 4)
            assert {one.status for one in reads} == {200}
            assert all(NOTICE in one.text for one in reads)
            never = [f"{server.url}/search/?q=road", f"{server.url}/?as_of=2020-05-05", f"{server.url}/admin/login/"]
            refused = [read(url) for url in never]
            assert [one.status for one in refused] == [503, 503, 503]
            assert all(one.headers["retry-after"] == "10" and "暂时打不开" in one.text for one in refused)
            assert is_within(max(one.seconds for one in [*reads, *refused]), LONGEST)
            assert read(f"{server.url}/healthz").status == 200
            assert read(f"{server.url}/readyz").status == 503
        eventually(lambda: not any(NOTICE in read(pages[0]).text for _ in range(10)))
        assert read(f"{server.url}/readyz").status == 200
        after = read_all([*pages, *never], 2)
        assert {one.status for one in after} == {200}
        assert not any(NOTICE in one.text for one in after)


def test_a_server_that_starts_while_the_database_is_gone_shows_the_copies(record):
    with record.serving() as server:
        warmed(server)
        port = server.port
    with away(record), record.serving(port=port) as server:
        answer = read(f"{server.url}/")
        assert answer.status == 200
        assert NOTICE in answer.text
