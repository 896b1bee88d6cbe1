"""The large invented plan: a right ledger, every state that there is, and pages that cost the same however many projects."""

import re
from datetime import date
from html import unescape
from time import thread_time

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from common import lru_cache
from lab.scale.plan import ENDS_ON, OFFICES, YEAR, fill
from ledger import chain
from ledger.chain import PublicationError
from ledger.models import Entry
from projects.models import Report
from projects.progress import Light, uncorrected
from projects.publishing import content_errors
from projects.verification import differences
from tasks.models import Plan
from tasks.progress import Outcome
from tasks.publishing import expectation_of
from tasks.snapshots import plan_snapshot_of
from tests.factories import a_department
from website.pages import departments

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

FEW, MANY = 10, 100
GROWTH = 3
PAGES = [
    "/",
    f"/{YEAR}/",
    f"/{YEAR}/?as_of={YEAR}-09-17",
    f"/{YEAR}/projects/",
    f"/{YEAR}/projects/?sort=-spent",
    f"/{YEAR}/projects/?sort=title&light=BEHIND",
    "/search/?q=道路",
    "/search/?q=示例",
    "/projects/works-00003/",
    f"/{YEAR}/tasks/",
    f"/{YEAR}/indicators/",
]


DAYS = [date(YEAR, month, 20) for month in range(2, 13)] + [date(YEAR + 1, 2, 1)]


def test_the_ledger_of_the_large_plan_holds():
    assert fill(FEW, 4) == Entry.objects.count() == chain.head().seq
    assert list(differences()) == []


def test_its_reports_are_such_as_a_reviewer_could_have_published():
    fill(20, 6)
    reports = Report.objects.published().select_related("project").prefetch_related("readings__milestone", "evidence")
    told = [
        text
        for report in uncorrected(list(reports))
        for text in content_errors(
            report, report.readings.all(), report.evidence.exists(), expectation_of(report.project)
        )
    ]
    # Of those whose milestones were dropped later, the rules would say so today.
    assert [text for text in told if "已经取消" not in text] == []


def test_every_light_and_outcome_is_found_in_it():
    fill(FEW, 12)
    plan = Plan.objects.get()
    states = [one.state for day in DAYS for one in plan_snapshot_of(plan, day).commitments]
    assert {state.light for state in states} == set(Light)
    assert {state.outcome for state in states} == set(Outcome)
    assert any(state.is_late for state in states)
    assert any(state.is_adjusted for state in states)
    assert plan_snapshot_of(plan, ENDS_ON).is_illustrative


@pytest.fixture
def tried():
    """What `ask` finds in a large plan of so many projects, which is gone afterwards."""

    def try_with(ask, *args):
        with transaction.atomic():
            fill(*args)
            found = ask()
            transaction.set_rollback(True)
        lru_cache.clear()
        return found

    return try_with


def test_the_same_seed_makes_the_same_ledger(tried):
    first, again, other = (tried(chain.last_hash, 4, 2, number) for number in (1, 1, 2))
    assert first == again != other


def test_it_goes_into_an_empty_database_alone():
    a_department("works-office")
    with pytest.raises(PublicationError, match="已经有内容（部门）"):
        fill(2, 1)
    assert not Plan.objects.exists()


def test_pages_ask_as_many_queries_and_cost_the_same_however_many_projects_there_are(client, tried):
    def ask() -> dict[str, tuple[int, int, float]]:
        return {address: cost_of(client, address) for address in PAGES}

    few, many = tried(ask, FEW, 12), tried(ask, MANY, 12)
    assert {address: cost[:2] for address, cost in many.items()} == {a: cost[:2] for a, cost in few.items()}
    ratios = {address: many[address][2] / few[address][2] for address in PAGES}
    assert {address: ratio for address, ratio in ratios.items() if ratio > GROWTH} == {}


def cost_of(client, address: str) -> tuple[int, int, float]:
    """Queries of the first visit and of the next, and the seconds of processor that a later one takes at best: of this
    thread, since a server of another test may not be gone yet."""
    lru_cache.clear()
    counts, seconds = [], []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200, address
        counts.append(len(queries))
    for _ in range(12):
        started = thread_time()
        client.get(address)
        seconds.append(thread_time() - started)
    return counts[0], counts[1], min(seconds)


def test_of_a_long_series_the_front_page_shows_what_needs_a_look_and_leads_to_all_of_it(client):
    fill(60, 2)
    page = client.get(f"/{YEAR}/?as_of={YEAR}-09-17").content.decode()
    assert page.count("这里是最要看的 6 ") == 3
    assert "图里只画其中的 10 项，还有 50 项没有画。" in page
    (address,) = re.findall(r'href="([^"]*)">全部 17 项</a>', page)
    assert "17 项承诺：" in client.get(unescape(address)).content.decode()


def test_of_few_promises_nothing_is_left_out(client, illustrative_2020):
    assert "最要看的" not in client.get("/2020/").content.decode()


def test_of_a_busy_department_the_list_of_all_shows_what_needs_a_look(client, monkeypatch):
    monkeypatch.setattr(departments, "MOST_LED", 2)
    fill(36, 2)
    page = client.get("/departments/").content.decode()
    assert len(re.findall(r"这里是最要看的 2 (\S)，还有 1 \1在这个部门的页面上。", page)) == len(OFFICES)
