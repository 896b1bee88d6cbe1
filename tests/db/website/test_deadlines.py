"""The calendar of deadlines, read back by a program that had no part in writing it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from common.calendars import LINE, Event, calendar_text, escaped, fold
from tests.db.test_other_city import CITY_FILE
from tests.factories import a_plan, a_project, an_adjustment, an_indicator, published
from tests.loaded_cities import put

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def events_of(client, address="/2020/deadlines.ics", **params):
    response = client.get(address, params)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


@pytest.mark.parametrize("length", [0, 1, 24, 25, 26, 74, 75, 76, 200])
@pytest.mark.parametrize("character", ["a", "路", "𠮷"])
def test_lines_are_folded_between_characters(length, character):
    line = "SUMMARY:" + character * length
    pieces = list(fold(line))
    assert all(len(piece.encode()) <= LINE for piece in pieces)
    assert pieces[0] + "".join(piece.removeprefix(" ") for piece in pieces[1:]) == line


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("一,二", "一\\,二"),
        ("一;二", "一\\;二"),
        ("一\\二", "一\\\\二"),
        ("一\r\n二\n三", "一\\n二\\n三"),
        ("一：二，三", "一：二，三"),
    ],
)
def test_what_means_something_to_a_calendar_is_escaped(text, written):
    assert escaped(text) == written


def test_every_text_comes_back_as_it_was():
    text = "一；二; 三，四, 五\\n六\n七：“八” \x0b九" * 9
    event = Event("a@b", date(2020, 12, 31), text, text, "https://example.gov.cn/a/", 2)
    written = calendar_text(name=text, description=text, stamp=datetime(2020, 3, 5, 4, tzinfo=UTC), events=[event])
    assert written.count("\n") == written.count("\r\n")
    assert all(len(line.encode()) <= LINE for line in written.split("\r\n"))
    read = Calendar.from_ical(written).walk("VEVENT")[0]
    assert str(read["SUMMARY"]) == str(read["DESCRIPTION"]) == text.replace("\x0b", " ")
    assert read["DTSTART"].dt == date(2020, 12, 31)
    assert read["DTEND"].dt == date(2021, 1, 1)
    assert read["DTSTAMP"].dt == datetime(2020, 3, 5, 4, tzinfo=UTC)


@pytest.mark.usefixtures("illustrative_2020")
def test_the_illustrative_year_is_read_back(client):
    events = events_of(client, as_of="2020-09-30")
    assert len(events) == 36  # 28 targets, 3 tasks or measures, 5 indicators with a day
    road = events["2020.livelihood-2.jing-2-road@testserver"]
    assert str(road["SUMMARY"]) == "【示例】期限：城市道路 · 经二路"
    assert road["DTSTART"].dt == date(2020, 12, 31)
    assert road["DTSTART"].params["VALUE"] == "DATE"
    assert "经二路、纬一路建成，纬五路修到 40%，南环路南延没有数据。" in road["DESCRIPTION"]
    assert "数据算到 2020 年 9 月 30 日" in road["DESCRIPTION"]
    assert road["DESCRIPTION"].endswith("http://testserver/projects/city-roads/")
    assert all(str(event["SUMMARY"]).startswith(("【示例】期限：", "期限：")) for event in events.values())


@pytest.mark.usefixtures("illustrative_2020")
def test_every_day_in_it_has_its_year(client):
    """docs/rules.md: days."""
    for event in events_of(client, as_of="2020-09-30").values():
        assert not re.search(r"(?<! 年) \d+ 月(?! 底)", f" {event['DESCRIPTION']}"), event["DESCRIPTION"]


def test_what_tasks_and_measures_are_due_on_stands_in_it_and_every_promise_has_its_word(client):
    """docs/rules.md: verdict."""
    put(CITY_FILE)
    events = events_of(client, "/2018/deadlines.ics", as_of="2019-01-15")
    task, measure = events["task-2018.river-1@testserver"], events["measure-2018.river-1.1@testserver"]
    assert (str(task["SUMMARY"]), task["DTSTART"].dt) == ("期限：清水", date(2018, 11, 30))
    assert (str(measure["SUMMARY"]), measure["DTSTART"].dt) == ("期限：清河道", date(2018, 8, 31))
    assert "入冬前让河水见底。" in task["DESCRIPTION"]
    assert str(events["2018.errand-2.reading-room@testserver"]["DESCRIPTION"]).startswith("没办成。")
    assert str(events["2018.repair-1.roof@testserver"]["DESCRIPTION"]).startswith("办成。")


@pytest.mark.usefixtures("plan_2020")
def test_it_is_asked_for_again_after_a_day(client):
    calendar = Calendar.from_ical(client.get("/2020/deadlines.ics").content)
    assert calendar["X-PUBLISHED-TTL"] == "P1D"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(days=1)


@pytest.mark.usefixtures("plan_2020")
def test_uids_and_links_are_the_portal_s_own_whatever_host_was_asked(client, settings):
    settings.SITE_URL = "https://promises.example:8443"
    for uid, event in events_of(client).items():
        assert uid.endswith("@promises.example")
        assert str(event["URL"]).startswith("https://promises.example:8443/")
        assert "testserver" not in event["DESCRIPTION"]


@pytest.mark.usefixtures("plan_2020")
def test_the_real_plan_carries_no_mark(client):
    assert "示例" not in client.get("/2020/deadlines.ics").content.decode()


@pytest.fixture
def plan():
    road, bridge = a_project("road", milestones=["paved"]), a_project("bridge", milestones=["built"])
    plan = a_plan(road, bridge)
    an_indicator(plan, title="绿地", due_on=date(2020, 10, 31))
    an_indicator(plan, "no-day")
    return published(plan)


def test_a_moved_day_keeps_its_uid(client, plan):
    before = events_of(client)
    target = plan.series.get().commitments.get(number=1).targets.get()
    published(an_adjustment(target, due_on="2021-06-30"), "2020-07-02")
    after = events_of(client)
    assert before.keys() == after.keys()
    moved = after["2020.pledges-1.paved@testserver"]
    assert moved["DTSTART"].dt == date(2021, 6, 30)
    assert moved["SEQUENCE"] == 1
    assert "期限改过：原来 2020 年 12 月 31 日 → 现在 2021 年 6 月 30 日" in moved["DESCRIPTION"]


def test_what_is_dropped_or_has_no_day_has_no_event(client, plan):
    target = plan.series.get().commitments.get(number=1).targets.get()
    published(an_adjustment(target, dropped=True), "2020-07-02")
    assert events_of(client).keys() == {
        "2020.pledges-2.built@testserver",
        "green-share.indicator-2020@testserver",
    }


def test_an_unknown_value_is_no_zero(client, plan):
    indicator = events_of(client)["green-share.indicator-2020@testserver"]
    assert indicator["DTSTART"].dt == date(2020, 10, 31)
    assert "目标 不低于 36%，最近的数据：没有公布" in indicator["DESCRIPTION"]


def test_what_is_no_public_plan_has_no_calendar(client, plan):
    a_plan(a_project("draft"), year=2021)
    assert client.get("/2021/deadlines.ics").status_code == 404
    assert client.get("/2020/deadlines.ics", {"as_of": "2019-01-01"}).status_code == 400


def test_who_has_it_is_told_so(client, plan):
    first = client.get("/2020/deadlines.ics", {"as_of": "2020-09-30"})
    again = client.get("/2020/deadlines.ics", {"as_of": "2020-09-30"}, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("illustrative_2020")
def test_the_number_of_queries_is_that_of_a_page(client):
    with CaptureQueriesContext(connection) as calendar:
        client.get("/2020/deadlines.ics")
    assert len(calendar) <= 35


def test_an_indicator_says_what_is_noted_of_its_day(client):
    plan = a_plan(a_project("bridge", milestones=("built",)))
    note = "市里说的是力争；算到最后一天，是本站理解。"
    an_indicator(plan, code="green", due_on=date(2020, 12, 31), note=note)
    published(plan, "2020-03-05")
    [event] = [e for uid, e in events_of(client, as_of="2020-03-05").items() if uid.startswith("green.")]
    assert note in str(event["DESCRIPTION"])
