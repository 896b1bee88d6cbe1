"""Both feeds as RFC 4287 wants them: parsed, required elements found, words of residents in the titles."""

import re
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Entry
from news.models import Article
from projects.models import Department
from tasks.models import Measure
from tests.factories import (
    a_check,
    a_commitment,
    a_correction,
    a_department,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_source,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    moment,
    published,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ["/feeds/record.atom", "/feeds/news.atom"]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def feed_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314  our own words


def texts(element, name):
    return [child.text for child in element.findall(f"{ATOM}{name}")]


def titles(client, address="/feeds/record.atom"):
    return [texts(entry, "title")[0] for entry in feed_of(client, address).findall(f"{ATOM}entry")]


def links(element):
    return {link.get("rel", "alternate"): link.get("href") for link in element.findall(f"{ATOM}link")}


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("address", FEEDS)
def test_the_required_elements_are_there(client, address):
    feed = feed_of(client, address)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(texts(feed, name)) == 1, name
    assert feed.find(f"{ATOM}author/{ATOM}name").text
    assert links(feed)["self"] == f"http://testserver{address}"
    assert client.get(links(feed)["alternate"]).status_code == 200
    entries = feed.findall(f"{ATOM}entry")
    ids = [texts(entry, "id")[0] for entry in entries]
    assert len(set(ids)) == len(ids) > 5
    for entry in entries:
        for name in ("id", "title", "updated"):
            assert len(texts(entry, name)) == 1, name
        assert MOMENT.fullmatch(texts(entry, "updated")[0])
        assert re.fullmatch(r"tag:testserver,2000-01-01:/\S+", texts(entry, "id")[0])
        assert re.search(r"[\u4e00-\u9fff]", texts(entry, "title")[0])
        assert client.get(links(entry)["alternate"]).status_code == 200
    assert texts(feed, "updated")[0] == max(texts(entry, "updated")[0] for entry in entries)


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("address", FEEDS)
def test_ids_and_links_are_the_portal_s_own_whatever_host_was_asked(client, settings, address):
    settings.SITE_URL = "https://promises.example:8443"
    feed = feed_of(client, address)
    assert links(feed)["self"] == f"https://promises.example:8443{address}"
    for entry in feed.findall(f"{ATOM}entry"):
        assert texts(entry, "id")[0].startswith("tag:promises.example,2000-01-01:/")
        assert links(entry)["alternate"].startswith("https://promises.example:8443/")
    assert "testserver" not in client.get(address).content.decode()


def test_moments_have_whole_seconds(client):
    at = moment("2020-03-05").replace(microsecond=987_654)
    Article.objects.create(slug="one", title="通车", body="好", is_published=True, published_at=at)
    feed = feed_of(client, "/feeds/news.atom")
    entry = feed.find(f"{ATOM}entry")
    for element in (feed, entry):
        assert MOMENT.fullmatch(texts(element, "updated")[0])
    assert MOMENT.fullmatch(texts(entry, "published")[0])
    assert "2020-03-05T04:00:00" in texts(entry, "published")[0]


@pytest.mark.parametrize("address", FEEDS)
def test_an_empty_feed_is_valid_and_stands_still(client, address):
    feed = feed_of(client, address)
    assert not feed.findall(f"{ATOM}entry")
    assert texts(feed, "updated") == texts(feed_of(client, address), "updated")


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("address", FEEDS)
def test_who_has_it_is_told_so_in_a_few_bytes(client, address):
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    assert client.get(address, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.fixture
def city():
    department = published(a_department(name="建设局"), "2020-03-01")
    project = a_project("road", title="滨河大道", lead=department, milestones=["paved"])
    project.milestones.update(title="路面")
    plan = a_plan(project, title="2020 年计划")
    an_indicator(plan, title="绿地")
    return published(plan)


def the(plan):
    return plan.series.get().commitments.get().project


def target_of(plan):
    return plan.series.get().commitments.get().targets.get()


def a_later_promise(plan):
    """A second road, promised in June."""
    addition = an_addition(plan, title="六月追加的路", reason="上级给了钱。")
    road = a_project("north", title="北环路", milestones=["paved"])
    a_commitment(plan, road, *road.milestones.all(), series="later", addition=addition)
    return published(addition, "2020-06-15")


def a_checked_promise(plan):
    published(a_report(the(plan), "2020-06-30", {"paved": 100}, evidence="验收"), "2020-07-02")
    return published(a_check(plan.series.get().commitments.get(), "2020-12-30", "NOT_OPENED"), "2020-12-31")


def voted(plan):
    vote = a_vote(plan.series.get().commitments.get(), "2020-12-30", meeting="六次会议。")
    return published(vote, "2020-12-31")


CASES = {
    "a department": (lambda plan: None, 2, "公布部门：建设局"),
    "a plan": (lambda plan: None, 1, "公布承诺：2020 年计划"),
    "a report": (
        lambda plan: published(a_report(the(plan), "2020-06-30", {"paved": 40}), "2020-07-02"),
        1,
        "滨河大道：按计划。按 2020 年 6 月 30 日的数据（2020 年 7 月 2 日公布）：完成 40%，按日子该到 49%。",
    ),
    "a correction": (
        lambda plan: published(
            a_correction(published(a_report(the(plan), "2020-06-30", {"paved": 40}), "2020-07-02"), {"paved": 30}),
            "2020-07-05",
        ),
        1,
        "更正 · 滨河大道：落后。按 2020 年 6 月 30 日的数据（2020 年 7 月 5 日公布）：完成 30%，按日子该到 49%。",
    ),
    "the report before it keeps its words": (
        lambda plan: published(
            a_correction(published(a_report(the(plan), "2020-06-30", {"paved": 40}), "2020-07-02"), {"paved": 30}),
            "2020-07-05",
        ),
        2,
        "滨河大道：按计划。按 2020 年 6 月 30 日的数据（2020 年 7 月 2 日公布）：完成 40%，按日子该到 49%。",
    ),
    "a reading": (
        lambda plan: published(an_indicator_reading(plan.indicators.get(), "2020-06-30", "36.2"), "2020-07-02"),
        1,
        "绿地：36.2%",
    ),
    "a moved day": (
        lambda plan: published(an_adjustment(target_of(plan), due_on="2021-06-30"), "2020-07-02"),
        1,
        "改了承诺 · 滨河大道 · 路面：完成时限 2020 年 12 月 31 日 → 2021 年 6 月 30 日",
    ),
    "a report after a move": (
        lambda plan: [
            published(an_adjustment(target_of(plan), due_on="2021-06-30"), "2020-07-02"),
            published(a_report(the(plan), "2020-06-30", {"paved": 40}), "2020-07-03"),
        ],
        1,
        "滨河大道：按计划。按 2020 年 6 月 30 日的数据（2020 年 7 月 3 日公布）：完成 40%，按日子该到 33%。期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。",
    ),
    "a dropped promise": (
        lambda plan: published(an_adjustment(plan.series.get().commitments.get(), dropped=True), "2020-07-02"),
        1,
        "改了承诺 · 滨河大道：要办 → 已取消",
    ),
    "a goal": (
        lambda plan: published(an_adjustment(plan.series.get().commitments.get(), goal="START"), "2020-07-02"),
        1,
        "改了承诺 · 滨河大道：目标 要办成 → 要开工",
    ),
    "an addition": (a_later_promise, 1, "追加承诺：六月追加的路"),
    "a check": (a_checked_promise, 1, "回头看 · 滨河大道：建好没启用"),
    "a vote": (voted, 1, "人大测评 · 滨河大道：满意 150 票，基本满意 25 票，不满意 5 票"),
    "what was said of a measure": (
        lambda plan: published(a_task_report(Measure.objects.get(), "2020-06-30"), "2020-07-02"),
        1,
        "Measure 1：在做",
    ),
    "a place, named later": (
        lambda plan: published(an_adjustment(the(plan), place="城东"), "2020-07-02"),
        1,
        "补上的信息 · 滨河大道：地点 没有公布 → 城东",
    ),
    "a wording": (
        lambda plan: published(an_adjustment(plan, title="2020 年任务"), "2020-07-02"),
        1,
        "改了说法 · 年度计划 2020 年计划：名称 2020 年计划 → 2020 年任务",
    ),
    "a department's phone": (
        lambda plan: published(an_adjustment(Department.objects.get(), phone="12345"), "2020-07-02"),
        1,
        "换了部门或数额 · 部门 建设局：公开电话 0000-100 → 12345",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_title_says_what_happened(client, city, case):
    happen, place, title = case
    happen(city)
    assert titles(client)[place - 1] == title


def test_what_the_law_hides_leaves_the_feed_and_dates_the_entry_anew(client, city):
    report = published(a_report(the(city), "2020-06-30", {"paved": 40}, text="张三签了字。"), "2020-07-02")
    assert "张三" in client.get("/feeds/record.atom").content.decode()
    before = client.get("/feeds/record.atom")["ETag"]
    published(a_redaction(report, "text"), "2020-08-01")
    response = client.get("/feeds/record.atom")
    assert "张三" not in response.content.decode()
    assert response["ETag"] != before
    hidden, told = feed_of(client, "/feeds/record.atom").findall(f"{ATOM}entry")[:2]
    assert "依法隐去" in texts(hidden, "title")[0]
    assert texts(told, "updated") == texts(hidden, "updated")


def test_nothing_unpublished_is_told(client, city):
    a_report(the(city), "2020-06-30", {"paved": 40}, text="秘密")
    an_adjustment(the(city), title="秘密")
    Article.objects.create(slug="draft", title="秘密", body="秘密")
    Article.objects.create(
        slug="later", title="秘密", body="秘密", is_published=True, published_at=moment("2999-01-01")
    )
    for address in FEEDS:
        assert "秘密" not in client.get(address).content.decode()


def test_markup_and_control_characters_stay_text(client, city):
    published(a_report(the(city), "2020-06-30", {"paved": 40}, text="<b>粗</b>\x0b下一行"), "2020-07-02")
    entry = feed_of(client, "/feeds/record.atom").find(f"{ATOM}entry")
    assert "&lt;b&gt;粗&lt;/b&gt;" in texts(entry, "summary")[0]


def test_illustrative_facts_say_so(client, city):
    example = a_source("example", kind="ILLUSTRATIVE", title="示例数据")
    published(a_report(the(city), "2020-06-30", {"paved": 40}, source=example), "2020-07-02")
    assert titles(client)[0].startswith("【示例】滨河大道：")
    assert not titles(client)[1].startswith("【示例】")


def test_a_corrected_article_says_so(client):
    Article.objects.create(
        slug="one", title="通车", body="好", correction_note="3 公里改为 3.5 公里",
        is_published=True, published_at=moment("2020-03-05"),
    )  # fmt: skip
    entry = feed_of(client, "/feeds/news.atom").find(f"{ATOM}entry")
    assert "更正：3 公里改为 3.5 公里" in texts(entry, "summary")[0]


def test_the_number_of_queries_does_not_grow(client, city):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get("/feeds/record.atom")
        return len(captured)

    project = the(city)
    published(a_report(project, "2020-06-30", {"paved": 40}), "2020-07-02")
    published(an_adjustment(project, place="城东"), "2020-07-03")
    before = queries()
    for n in range(1, 4):
        published(a_report(project, f"2020-07-0{n}", {"paved": 40 + n}), f"2020-07-1{n}")
    assert queries() == before <= 28
    assert Entry.objects.count() == 7
