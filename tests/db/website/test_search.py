"""The search: what it finds, in which order, what it keeps quiet about, what it refuses, and how little it asks."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from common import lru_cache
from news.models import Article
from tests.factories import (
    a_correction,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_task,
    an_adjustment,
    an_indicator,
    moment,
    published,
)
from website.search import facts
from website.search.results import FACT

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def groups(client, q, **params):
    response = client.get("/search/", {"q": q, **params})
    assert response.status_code == 200
    return list(response.context["page"])


def found(client, q, **params):
    """(kind, title with its marks) of what each group is about, in order."""
    return [(one.head.kind.value, str(one.head.title)) for one in groups(client, q, **params)]


def kinds(client, q, **params):
    """Of what was found, in the order of the page: each thing, then what was said of it if that was found."""
    return [
        kind
        for group in groups(client, q, **params)
        for kind in ([] if group.head.rank == FACT and group.head.about else [group.head.kind.value])
        + [fact.kind.value for fact in group.facts]
    ]


def an_article(slug, on="2020-03-05", **fields):
    defaults = {"title": slug, "body": "无", "is_published": True, "published_at": moment(on), **fields}
    return Article.objects.create(slug=slug, **defaults)


@pytest.fixture
def city():
    """A plan with two projects of which one is reported twice, and two articles."""
    road = a_project("road", title="滨河大道", place="城东", milestones=["paved"])
    bridge = a_project("bridge", title="滨河", milestones=["built"])
    plan = a_plan(road, bridge)
    task = a_task(plan, number=2, title="守护滨河生态")
    task.measures.create(number=1, title="滨河补种树木")
    an_indicator(plan, title="滨河绿地", note="算到滨河南岸")
    published(plan)
    published(a_report(road, "2020-04-30", {"paved": 10}, text="滨河一侧清了表。"), "2020-05-01")
    published(a_report(road, "2020-05-31", {"paved": 20}, text="滨河一侧铺了底。", problem="缺沥青。"), "2020-06-01")
    an_article("old", "2020-03-05", title="说滨河", body="滨河。")
    an_article("new", "2020-04-05", title="说滨河", body="滨河。")
    return plan


def test_titles_come_before_texts_projects_before_reports_and_the_newer_first(client, city):
    assert kinds(client, "滨河") == [
        "project", "project", "report", "report", "task", "measure", "indicator", "article", "article",
    ]  # fmt: skip
    assert found(client, "滨河")[0] == ("project", "<mark>滨河</mark>")
    shown = groups(client, "滨河")
    facts = [one for group in shown for one in (*group.facts, group.head) if one.kind.value in ("article", "report")]
    assert [one.on.isoformat() for one in facts] == ["2020-05-31", "2020-04-30", "2020-04-05", "2020-03-05"]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("paved", ["project"]),
        ("城东", ["project"]),
        ("沥", ["report"]),
        ("大道 沥青", ["report"]),
        ("大道 城东", ["project"]),
        ("大道 沥青 桥", []),
        ("南岸", ["indicator"]),
        ("补种", ["measure"]),
        ("桥梁", []),
        ("城东大道", []),
    ],
)
def test_every_word_has_to_match(client, city, q, expected):
    assert kinds(client, q) == expected


def test_it_counts_by_kind_and_filters(client, city):
    response = client.get("/search/", {"q": "滨河", "kind": "report"})
    assert kinds(client, "滨河", kind="report") == ["report", "report"]
    assert {kind.value: n for kind, n in response.context["counts"].items()} == {
        "project": 2, "task": 1, "measure": 1, "indicator": 1, "article": 2, "report": 2,
    }  # fmt: skip
    assert "全部 <b>9</b>" in response.content.decode()


def test_titles_are_those_in_force_today(client, city):
    project = city.series.get().commitments.get(number=1).project
    published(an_adjustment(project, title="迎宾大道"), "2020-07-01")
    published(an_adjustment(project.milestones.get(), title="铺油"), "2020-07-02")
    published(an_adjustment(city.groups.get().tasks.get(number=2), title="守护湿地"), "2020-07-03")
    assert found(client, "迎宾")[0] == ("project", "<mark>迎宾</mark>大道")
    assert kinds(client, "铺油") == ["project"]
    assert kinds(client, "湿地") == ["task"]
    assert kinds(client, "滨河大道") == []


def test_nothing_unpublished_is_found(client, city):
    road = city.series.get().commitments.get(number=1).project
    a_report(road, "2020-08-31", {"paved": 50}, text="秘密")
    draft = a_project("draft", title="秘密项目", milestones=["secret"])
    plan = a_plan(draft, year=2021, title="秘密计划")
    a_task(plan, number=2, title="秘密任务")
    an_indicator(plan, title="秘密指标")
    an_adjustment(road, title="秘密改名")
    an_article("draft", title="秘密", is_published=False)
    an_article("scheduled", "2999-01-01", title="秘密")
    assert found(client, "秘密") == []


def test_what_the_law_hides_is_found_no_more(client, city):
    report = city.series.get().commitments.get(number=1).project.reports.get(problem="缺沥青。")
    assert kinds(client, "沥青") == ["report"]
    published(a_redaction(report, "problem"), "2020-08-01")
    assert kinds(client, "沥青") == []


def test_a_corrected_report_says_so(client, city):
    report = city.series.get().commitments.get(number=1).project.reports.get(problem="缺沥青。")
    published(a_correction(report, {"paved": 15}, text="铺了一半。"), "2020-08-01")
    notes = [one.note for group in groups(client, "沥青") for one in group.facts]
    assert notes == ["2020 年 5 月 31 日的数据，2020 年 6 月 1 日公布，已经更正"]


def box_of(response) -> str:
    """What was typed, in the box of the page's own form."""
    main = response.content.decode().partition("<main")[2]
    return re.search(r'name="q" value="([^"]*)"', main)[1]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"q": "长" * 101}, "最多写 100 个字"),
        ({"q": "一 二 三 四 五 六 七 八 九"}, "最多写 8 个词"),
        ({"q": "a\x00b"}, "没法这样找"),
        ({"q": "路", "kind": "secret"}, "没有这个种类"),
        ({"q": "路", "page": "0"}, "没法这样找"),
    ],
)
def test_what_can_not_be_looked_for_is_refused_in_words(client, params, message):
    response = client.get("/search/", params)
    assert response.status_code == 400
    assert message in response.content.decode()
    assert box_of(response) == params["q"].replace("\x00", "")


@pytest.mark.parametrize(
    ("q", "message"),
    [("长" * 51, "最多写 50 个字。"), ("a\x00b", "里面有看不见的字符，请删掉重新写。")],
)
def test_what_no_filter_takes_is_refused_in_the_words_of_the_search(client, city, q, message):
    response = client.get("/2020/projects/", {"q": q})
    assert response.status_code == 400
    assert message in response.content.decode()
    assert box_of(response) == q.replace("\x00", "")


def test_who_finds_nothing_hears_what_to_try(client, city):
    text = client.get("/search/", {"q": "飞机 机场"}).content.decode()
    assert "没有找到“飞机 机场”" in text
    assert "写得短一点" in text
    assert '?q=%E9%A3%9E%E6%9C%BA"' in text
    assert reverse("project-table", args=[2020]) in text


@pytest.mark.parametrize("q", ["", "  ", "“”"])
def test_without_a_word_nothing_is_looked_for(client, city, q):
    assert "怎么说都行" in client.get("/search/", {"q": q}).content.decode()


def test_what_is_typed_comes_back_escaped(client, city):
    text = client.get("/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in text


def test_pages_hold_ten(client, city):
    for n in range(25):
        an_article(f"many-{n}", title="许多")
    assert len(found(client, "许多")) == 10
    assert len(found(client, "许多", page=3)) == 5
    assert len(found(client, "许多", page=99)) == 5


def test_only_the_newest_facts_are_looked_through(client, city, monkeypatch):
    monkeypatch.setattr(facts, "MOST_FACTS", 3)
    for n in range(1, 6):
        an_article(f"many-{n}", f"2020-05-0{n}", title=f"许多 {n}")
    response = client.get("/search/", {"q": "许多"})
    assert [str(one.head.title)[-1] for one in response.context["page"]] == ["5", "4", "3"]
    assert "多写一个词" in response.content.decode()


def test_the_number_of_queries_does_not_grow(client, city):
    def queries():
        lru_cache.clear()
        with CaptureQueriesContext(connection) as captured:
            client.get("/search/", {"q": "滨河"})
        return len(captured)

    before = queries()
    road = city.series.get().commitments.get(number=1).project
    for n in range(3):
        an_article(f"more-{n}", title="滨河")
        published(a_report(road, f"2020-0{n + 7}-15", {"paved": 30 + n}, text="滨河。"), f"2020-0{n + 7}-20")
        published(an_adjustment(road, title=f"滨河路{n}"), f"2020-0{n + 7}-25")
    assert queries() == before <= 68  # of which one reads what the site says of itself


@pytest.mark.usefixtures("illustrative_2020")
def test_illustrative_finds_say_so(client):
    response = client.get("/search/", {"q": "道路"})
    text = response.content.decode()
    assert "【示例】" in text[text.index("<title>") : text.index("</title>")]
    assert "示例</span>" in text


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize(
    ("day", "told"),
    [
        ({}, "十件实事：办没办成，本站没有数据。"),
        (
            {"as_of": "2020-06-01"},
            "十件实事：2020 年 3 月 5 日公布，最晚 2020 年 12 月 31 日办完；各部门的进展还没有公布过。",
        ),
    ],
)
def test_of_a_plan_without_data_it_says_what_was_promised_and_once_that_no_more_is_known(client, day, told):
    """docs/words.md: The first screen."""
    response = client.get("/search/", {"q": "建设", **day})
    text = re.sub("<[^>]+>", "", response.content.decode().partition("<main")[2])
    assert text.count(told) == 1
    assert sum(card.is_promise_only for card in response.context["known"].cards.values()) > 1
    assert "2020 年 12 月 31 日前建成 4 条" in text
    for word in ("不知道", "暂无公开数据", "没有报过", "刚公布"):
        assert word not in text, word


@pytest.mark.usefixtures("plan_2020")
def test_the_field_stands_in_the_menu_and_where_nothing_was_found(client):
    for address, n in (("/", 2), ("/nowhere/", 3)):
        assert client.get(address).content.decode().count('role="search"') == n


@pytest.mark.usefixtures("illustrative_2020")
def test_what_was_last_said_of_a_measure_stands_with_it(client):
    """docs/words.md: The search."""
    page = strip_tags(client.get("/search/", {"q": "旅游景区", "as_of": "2020-10-31"}).content.decode())
    assert "很久没有消息（2020 年 7 月 21 日说：在做）；谁负责：文化和旅游局（示例）" in " ".join(page.split())
