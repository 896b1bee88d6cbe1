"""The feeds and calendars of one project and of one department: what is theirs and nothing else."""

import re
from datetime import date

import pytest
from icalendar import Calendar

from tasks.models import Measure
from tests.db.website.test_feeds import ATOM, feed_of, links, texts, titles
from tests.factories import (
    a_check,
    a_department,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_task_report,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    published,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

FEEDS = ["/projects/road/record.atom", "/departments/roads/record.atom"]
CALENDARS = ["/projects/road/deadlines.ics", "/departments/roads/deadlines.ics"]


@pytest.fixture
def plan():
    """A road that the office of roads leads, and a bridge that is another's."""
    office = published(a_department("roads"), "2020-03-01")
    other = published(a_department("bridges"), "2020-03-01")
    road = a_project("road", milestones=["paved"], lead=office)
    bridge = a_project("bridge", milestones=["built"], lead=other)
    plan = a_plan(road, bridge)
    an_indicator(plan, "own", leads=["roads"], due_on=date(2020, 10, 31))
    an_indicator(plan, "foreign", leads=["bridges"], due_on=date(2020, 10, 31))
    return published(plan)


def numbers(client, address: str) -> list[int]:
    """Of the entries that the feed tells, newest first."""
    entries = feed_of(client, address).findall(f"{ATOM}entry")
    return [int(re.search(r"/ledger/(\d+)/", texts(entry, "id")[0])[1]) for entry in entries]


def uids(client, address: str, **params) -> list[str]:
    response = client.get(address, params)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return sorted(str(event["UID"]) for event in Calendar.from_ical(response.content).walk("VEVENT"))


def tell(plan, code: str, project: str, part: str) -> list[int]:
    """One of each kind about a project and what was promised of it; the numbers of the entries, newest first."""
    commitment = plan.series.get().commitments.get(project__slug=project)
    target = commitment.targets.get()
    report = published(a_report(commitment.project, "2020-06-30", {part: 100}, evidence="Record"), "2020-07-08")
    facts = [
        report,
        published(an_adjustment(commitment, wording="Said so."), "2020-07-08"),
        published(an_adjustment(target.milestone, title="Part"), "2020-07-08"),
        published(an_adjustment(commitment.project, title="Title"), "2020-07-08"),
        published(a_redaction(report, "text"), "2020-07-08"),
        published(a_check(commitment, "2020-07-08"), "2020-07-08"),
        published(an_indicator_reading(plan.indicators.get(code=code), "2020-06-30", 5), "2020-07-08"),
    ]
    return [fact.entry_id for fact in reversed(facts)]


def test_a_project_s_feed_tells_what_is_about_it(client, plan):
    own = tell(plan, "own", "road", "paved")
    tell(plan, "foreign", "bridge", "built")
    reading, *about = own
    assert numbers(client, "/projects/road/record.atom") == [*about, plan.entry_id]
    assert reading not in about


def test_a_department_s_feed_tells_what_it_answers_for(client, plan):
    own = tell(plan, "own", "road", "paved")
    tell(plan, "foreign", "bridge", "built")
    (office,) = [one for one in numbers(client, "/feeds/record.atom") if one == 1]
    assert numbers(client, "/departments/roads/record.atom") == [*own, plan.entry_id, office]


def test_a_measure_s_news_is_in_the_feed_of_its_department(client, plan):
    measure = Measure.objects.get()
    published(an_adjustment(measure, leads=["roads"]), "2020-07-01")
    told = published(a_task_report(measure, "2020-07-01"), "2020-07-02")
    assert told.entry_id in numbers(client, "/departments/roads/record.atom")
    assert told.entry_id not in numbers(client, "/departments/bridges/record.atom")


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_names_itself_and_its_page(client, plan, address):
    feed = feed_of(client, address)
    assert links(feed)["self"] == f"http://testserver{address}"
    assert links(feed)["alternate"] == f"http://testserver{address.removesuffix('record.atom')}"
    assert client.get(links(feed)["alternate"]).status_code == 200
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


@pytest.mark.usefixtures("illustrative_2020")
def test_illustrative_news_is_marked(client):
    assert all(title.startswith("【示例】") for title in titles(client, "/projects/city-roads/record.atom")[:-1])


def test_calendars_have_what_falls_due_of_their_own(client, plan):
    assert uids(client, CALENDARS[0]) == ["2020.pledges-1.paved@testserver"]
    assert uids(client, CALENDARS[1]) == ["2020.pledges-1.paved@testserver", "own.indicator-2020@testserver"]
    commitment = plan.series.get().commitments.get(project__slug="road")
    published(an_adjustment(commitment, dropped=True), "2020-07-02")
    assert uids(client, CALENDARS[0]) == []
    assert uids(client, CALENDARS[0], as_of="2020-07-01") == ["2020.pledges-1.paved@testserver"]


@pytest.mark.parametrize("address", [*FEEDS, *CALENDARS])
def test_there_is_none_of_what_is_not_public(client, plan, address):
    a_project("secret")
    a_department("secret")
    assert client.get(re.sub(r"/(road|roads)/", "/secret/", address)).status_code == 404


@pytest.mark.parametrize("address", CALENDARS)
def test_a_calendar_has_the_days_of_its_page(client, plan, address):
    assert client.get(address, {"as_of": "2019-01-01"}).status_code == 400
    assert client.get(address, {"as_of": "2999-01-01"}).status_code == 400


def test_the_page_of_a_department_leads_to_both(client, plan):
    page = client.get("/departments/roads/").content.decode()
    for kind, address in (("application/atom+xml", FEEDS[1]), ("text/calendar", CALENDARS[1])):
        assert re.search(rf'<link rel="alternate" type="{re.escape(kind)}" title="[^"]+" href="{address}">', page)
        assert re.search(rf'<a [^>]*href="{address}"', page)
    assert "有变化时告诉我" in page
