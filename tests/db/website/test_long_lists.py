"""Pages of what grows with a plan: bounded, turned 25 rows at a time, with nothing lost, told twice or different on the way."""

import re
from collections import Counter

import pytest
import time_machine

from common import lru_cache, paging
from lab.scale.plan import ENDS_ON, YEAR, fill
from projects.models import Department, Project, Report
from tasks.models import Plan
from tests.factories import a_report, a_reviewer, an_administrator, an_editor, an_official, moment, published
from tests.small_city import signed_in
from website.feeds import deadlines
from website.pages import history, plans

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

N_PROJECTS, MOST_BYTES = 60, 100_000
END = f"as_of={YEAR + 1}-01-05"
TURNED = [
    f"/{YEAR}/tasks/area-1/?{END}",
    f"/departments/office-1/?{END}",
    f"/{YEAR}/changes/?{END}",
    f"/{YEAR}/compare/?from={YEAR}-03-01&to={YEAR}-11-01",
    f"/{YEAR}/review/?{END}",
    f"/{YEAR}/projects/?{END}",
    f"/{YEAR}/projects/?{END}&sort=-spent",
    f"/ledger/?{END}",
]
LINK = re.compile(r'href="(/projects/works-\d+/|/ledger/\d+/)')


@pytest.fixture
def plan() -> Plan:
    fill(N_PROJECTS, 12)
    return Plan.objects.get()


def main_of(client, address: str, **params) -> str:
    response = client.get(address, params or None)
    assert response.status_code == 200, (address, params)
    text = response.content.decode()
    return text[text.index("<main") : text.index("</main>")]


def links_of(main: str) -> Counter:
    """Of what is listed, without the voucher at the foot."""
    return Counter(LINK.findall(main[: main.index('class="voucher"')]))


def pages_of(client, address: str) -> list[str]:
    first = main_of(client, address)
    n_pages = int(re.search(r"共 (\d+) 页", first)[1])
    return [first, *(main_of(client, f"{address}&page={n}") for n in range(2, n_pages + 1))]


@pytest.mark.parametrize("address", TURNED)
def test_turning_the_pages_shows_everything_once(client, plan, monkeypatch, address):
    """docs/rules.md: paging."""
    monkeypatch.setattr("website.pages.plans.ROWS_PER_PAGE", 4)
    monkeypatch.setattr("website.pages.ledger.ROWS_PER_PAGE", 60)
    monkeypatch.setattr(paging, "ROWS_PER_PAGE", 4)
    pages = pages_of(client, address)
    for place in (
        "website.pages.plans.ROWS_PER_PAGE",
        "website.pages.ledger.ROWS_PER_PAGE",
        "common.paging.ROWS_PER_PAGE",
    ):
        monkeypatch.setattr(place, 100_000)
    whole = main_of(client, address)
    assert "页，共" not in whole
    assert sum(map(links_of, pages), Counter()) == links_of(whole) != Counter()
    heads = {re.search("<h1.*?</h1>(?:.*?</p>)?", page, re.DOTALL)[0] for page in (*pages, whole)}
    assert len(heads) == 1  # sums and sentences go over everything


@pytest.mark.parametrize("address", TURNED)
def test_there_is_no_page_beyond_the_last_and_none_without_a_number(client, plan, address):
    """docs/rules.md: paging."""
    assert client.get(f"{address}&page=9999").status_code == 404
    assert client.get(f"{address}&page=0").status_code == 400
    assert client.get(f"{address}&page=x").status_code == 400


@pytest.mark.parametrize("address", TURNED[:5])
def test_a_page_of_a_past_day_stays_as_it_is(client, plan, monkeypatch, address):
    monkeypatch.setattr(paging, "ROWS_PER_PAGE", 4)
    before = [main_of(client, f"{address}&page={n}") for n in (1, 2)]
    with time_machine.travel(moment(f"{YEAR + 1}-03-01"), tick=False):
        project = Project.objects.get(slug="works-00001")
        published(a_report(project, f"{YEAR + 1}-02-01", {"part-1": 100}, evidence="Photo"), f"{YEAR + 1}-02-20")
    lru_cache.clear()
    assert [main_of(client, f"{address}&page={n}") for n in (1, 2)] == before


def test_a_comparison_is_computed_once_for_two_days(client, plan, monkeypatch):
    computed = []
    compute = history.difference_of
    monkeypatch.setattr(history, "difference_of", lambda *days: computed.append(days) or compute(*days))
    for n in (1, 2, 1):
        main_of(client, f"/{YEAR}/compare/?from={YEAR}-03-01&to={YEAR}-11-01&page={n}")
    assert len(computed) == 1
    main_of(client, f"/{YEAR}/compare/?from={YEAR}-03-02&to={YEAR}-11-01")
    assert len(computed) == 2


def test_no_page_is_longer_than_a_phone_can_bear(client, plan):
    project = Project.objects.get(slug="works-00001")
    addresses = [
        *TURNED,
        f"/{YEAR}/?{END}",
        f"/{YEAR}/tasks/?{END}",
        f"/departments/?{END}",
        f"/ledger/{plan.entry_id}/",
        f"/projects/{project.slug}/?as_of={ENDS_ON}",
        f"/{YEAR}/compare/?from={plan.published_on}&to={ENDS_ON}",
        "/search/?q=示例",
        "/map/",
    ]
    sizes = {address: len(client.get(address).content) for address in addresses}
    assert {address: size for address, size in sizes.items() if size > MOST_BYTES} == {}


def test_no_desk_is_longer_either(client, plan):
    official = an_official(Department.objects.get(slug="office-1"))
    for project in Project.objects.all():
        report = a_report(project, f"{YEAR + 1}-01-10", {}, by=official)
        Report.objects.filter(pk=report.pk).update(problem="Rain. " * 20)
    people = [official, an_administrator(), a_reviewer(), an_editor()]
    sizes = {str(person): len(signed_in(person).get("/admin/").content) for person in people}
    assert {person: size for person, size in sizes.items() if size > MOST_BYTES} == {}


def test_a_long_entry_shows_its_beginning_and_leads_to_all_of_it(client, plan):
    main = main_of(client, f"/ledger/{plan.entry_id}/")
    assert "这里只列出开头" in main
    (address,) = re.findall(r'href="(/api/v1/ledger[^"]*)"', main)
    (entry,) = client.get(address.replace("&amp;", "&")).json()["entries"]
    assert (entry["seq"], entry["hash"], entry["payload"]) == (plan.entry_id, plan.entry.hash, plan.entry.payload)
    short = main_of(client, f"/ledger/{plan.entry_id + 1}/")
    assert "这里只列出开头" not in short


def test_cells_and_workbooks_are_made_once_for_what_is_kept(client, plan, monkeypatch):
    made = []
    monkeypatch.setattr(plans, "cells_of", noting(plans.cells_of, made))
    monkeypatch.setattr(plans, "xlsx_of", noting(plans.xlsx_of, made))
    for address in (
        "projects.csv?",
        "projects.csv?sort=title&",
        "projects.xlsx?",
        "projects.xlsx?",
        "projects.xlsx?light=DONE&",
    ):
        assert client.get(f"/{YEAR}/{address}{END}").status_code == 200
    assert made == ["cells_of", "xlsx_of", "xlsx_of"]


def test_a_calendar_is_written_once_for_what_is_kept(client, plan, monkeypatch):
    made = []
    monkeypatch.setattr(deadlines, "calendar_text", noting(deadlines.calendar_text, made))
    first, again = (client.get(f"/{YEAR}/deadlines.ics?{END}").content for _ in range(2))
    assert first == again
    assert made == ["calendar_text"]


def noting(function, made: list[str]):
    def noted(*args, **kwargs):
        made.append(function.__name__)
        return function(*args, **kwargs)

    return noted
