"""A site for a rehearsal says on every page, and in whatever leaves it, that nothing of it counts."""

import csv
import io
import json
import re
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from common.marks import TRIAL_NOTICE
from desk.reminders import mark_of
from tests.factories import an_administrator
from tests.public_routes import routes
from tests.small_city import signed_in

pytestmark = [pytest.mark.usefixtures("plan_2020"), pytest.mark.one_database]

TITLE = re.compile(r"<title>(.*?)</title>", re.S)
ADMIN = ("/admin/", "/admin/tasks/plan/", "/admin/tasks/plan/add/", "/admin/projects/project/add/?_popup=1")


@pytest.fixture
def trial(settings):
    settings.TRIAL = True
    return settings


def answers(client):
    """One of each public route that is there, by address."""
    for route in routes():
        for address in route.addresses()[:1]:
            response = client.get(address)
            if response.status_code == 200:
                yield address, response


def test_every_public_page_says_it_and_is_kept_from_search_engines(client, trial):
    n_pages = 0
    for address, response in answers(client):
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow", address
        if response["Content-Type"].startswith("text/html"):
            n_pages += 1
            page = response.content.decode()
            assert TITLE.search(page)[1].strip().startswith("【演练】"), address
            assert page.count(f'aria-label="演练">{TRIAL_NOTICE}</aside>') == 1, address
            for name in re.findall(
                r'<meta (?:property|name)="(?:og:title|description|og:description)" content="(.*?)"', page
            ):
                assert name.startswith("【演练】"), address
    assert n_pages > 15


@pytest.mark.parametrize("address", ["/nowhere/", "/2020/?as_of=nonsense", "/sitemap.xml"])
def test_so_does_a_refusal(client, trial, address):
    response = client.get(address)
    assert response.status_code in (400, 404)
    assert TITLE.search(response.content.decode())[1].strip().startswith("【演练】")
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.parametrize("name", ["413", "429", "500", "503"])
def test_so_do_pages_of_the_web_server(trial, name):
    page = render_to_string(f"{name}.html")
    assert "<title>【演练】" in page
    assert TRIAL_NOTICE in page


def test_crawlers_are_sent_away(client, trial):
    assert client.get("/robots.txt").content.decode() == "User-agent: *\nDisallow: /\n"


def test_so_does_what_leaves_the_site(client, trial):
    for address in ("/feeds/record.atom", "/feeds/news.atom", "/projects/city-roads/record.atom"):
        titles = re.findall(r"<title>(.*?)</title>", client.get(address).content.decode())
        assert titles
        assert all(title.startswith("【演练】") for title in titles), address
    calendar = client.get("/2020/deadlines.ics").content.decode()
    names = re.findall(r"^(?:X-WR-CALNAME|SUMMARY):(.*)$", calendar, re.M)
    assert names
    assert all(name.startswith("【演练】") for name in names)
    table = client.get("/2020/projects.csv")
    assert table["Content-Disposition"].endswith('-trial.csv"')
    _head, *rows = csv.reader(io.StringIO(table.content.decode("utf-8-sig")))
    assert [row for row in rows if not any(cell.startswith("【演练】") for cell in row)] == []
    assert client.get("/api/v1/plans").json()["trial"] is True
    assert client.get("/manifest.webmanifest").json()["name"].startswith("【演练】")
    poster = client.get("/2020/poster/").content.decode()
    assert f'<p class="poster-mark">{TRIAL_NOTICE}</p>' in poster


def test_so_does_a_card(client, trial, monkeypatch):
    drawn = []
    monkeypatch.setattr("website.pages.cards.card_of", lambda key, contents: drawn.append((key, contents)) or b"card")
    client.get("/2020/card.png")
    client.get("/2020/promises/livelihood-2/card.png")
    assert [contents.mark for _key, contents in drawn] == ["演练，不是真的"] * 2
    trial.TRIAL = False
    client.get("/2020/card.png")
    assert drawn[-1][1].mark == ""
    assert drawn[-1][0] != drawn[0][0]


@pytest.mark.parametrize("address", ADMIN)
def test_so_does_the_desk(trial, address):
    page = signed_in(an_administrator("somebody")).get(address).content.decode()
    assert TITLE.search(page)[1].strip().startswith("【演练】")
    assert page.count(TRIAL_NOTICE) == 1


def test_so_do_the_desks_door_and_its_mails(client, trial):
    assert client.get("/admin/login/").content.decode().count(TRIAL_NOTICE) == 1
    assert mark_of([SimpleNamespace(reporting_task=None, report=SimpleNamespace(is_illustrative=False))]) == "【演练】"


def test_no_other_site_speaks_of_it(client):
    for address, response in answers(client):
        assert address == "/sitemap.xml" or "X-Robots-Tag" not in response.headers, address
        if response["Content-Type"].startswith(("text/", "application/")):
            assert "演练" not in response.content.decode("utf-8", "ignore"), address
    assert "trial" not in json.loads(client.get("/api/v1/plans").content)
