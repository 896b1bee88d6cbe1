"""The pages about time: what was changed, what happened between two days, what became of it in the end."""

import csv
import re
from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from ledger.models import Entry
from tests.factories import (
    a_department,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    day,
    published,
    with_paper,
)
from tests.loaded_cities import put
from website.pages.history import month_before

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

CITY = settings.BASE_DIR / "tests" / "fixtures" / "fictional_city.json"
PAGES = ["/2020/changes/", "/2020/compare/", "/2020/review/"]


def main_of(response) -> str:
    text = response.content.decode()
    return text[text.index("<main") : text.index("</main>")]


def read(client, address: str, **params) -> str:
    """What is left to read of the page: tags gone, white space gone."""
    response = client.get(address, params)
    assert response.status_code == 200, response.content.decode()
    return re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", main_of(response)))


CONTENT = [
    (
        "/2020/changes/",
        {"as_of": "2020-12-31"},
        [
            "20 项承诺里改过 7 项：改松了 6 次，改紧了 1 次。",
            "第 1 件实事 · 要办成",
            "推迟 50 天　建成",
            "原来 2020 年 10 月 31 日 → 现在 2020 年 12 月 20 日",
            "补上的信息　建成",
            "为什么：赶在上冻和秋粮外运之前通车",
            "2020 年 6 月 8 日政府决定，2020 年 6 月 11 日公布；依据：《农村公路建设推进会纪要（示例）》（示例纪要〔2020〕12 号，2020 年 6 月 5 日）",
            "谁牵头 交通运输局（示例）",
            "谁负责、在哪儿：15 个项目",
        ],
    ),
    ("/2020/changes/", {"as_of": "2020-03-05"}, ["15 项承诺一项也没有改过"]),
    ("/2020/changes/", {}, ["改过 7 项", "全部取消，不再计算"]),
    (
        "/2020/compare/",
        {"from": "2020-12-31", "to": "2021-01-20"},
        ["到期没有办成", "1 项往前推了", "2 项没办成", "3 项没开工", "3 项到期了，还不知道办没办成", "往前推了一些"],
    ),
    (
        "/2020/compare/",
        {"from": "2020-09-30", "to": "2020-12-31"},
        [
            "2 项办成",
            "2 项改后办成",
            "更正了 1 份",
            "取消的",
            "改了日子或目标的",
            "推迟 181 天",
            "226 天",
            "按计划→变成改后办成",
        ],
    ),
    ("/2020/compare/", {"from": "2020-07-01", "to": "2020-07-01"}, ["两天选的都是 7 月 1 日，没有可比的。"]),
    ("/2020/review/", {"as_of": "2020-12-31"}, ["从第二天起对账"]),
    (
        "/2020/review/",
        {"as_of": "2021-06-01"},
        [
            "20 项承诺：办成 4 · 开工了 2 · 改后办成 2 · 改后开工 1 · 晚了才办成 2 · 晚了才开工 1 · 没办成 1 · 没开工 2",
            "最初说的 建成，2020 年 12 月 31 日前",
            "后来改成 建成，2021 年 6 月 30 日前",
            "为什么改 泳池循环水设备",
            "晚了才办成改过",
            "2021 年 5 月 20 日的数据，2021 年 5 月 26 日公布；竣工验收报告（示例）",
            "满意 基本满意 不满意 意见",
        ],
    ),
]


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(("address", "params", "parts"), CONTENT)
def test_what_the_pages_say(client, address, params, parts):
    text = read(client, address, **params)
    for part in (*parts, "引用这一页"):
        assert re.sub(r"\s+", "", part) in text, part


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("address", PAGES)
def test_illustrative_data_says_so(client, address):
    response = client.get(address)
    text = response.content.decode()
    assert "【示例】" in text[text.index("<title>") : text.index("</title>")]
    assert "示例数据，不是霍州的真实进展" in text
    assert "示例" in main_of(response)
    assert "【示例数据】" in main_of(response)


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("address", PAGES)
def test_the_published_plan_alone_has_them_too(client, address):
    text = read(client, address, as_of="2021-02-01")
    assert "示例" not in text
    assert "None" not in text


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/2020/changes/?as_of=2020-03-04", "可以看"),
        ("/2020/review/?as_of=2020-02-30", "没有"),
        ("/2020/compare/?from=2020-03-04", "可以看"),
        ("/2020/compare/?to=2999-01-01", "可以看"),
        ("/2020/compare/?from=%00", "请写一天"),
        ("/2020/compare/?to=30.9.2020", "请写一天"),
        ("/2020/compare/?from=2020-09-01&to=2020-09-30&as_of=x", "请写一天"),
    ],
)
def test_bad_days_are_answered_in_words(client, address, message):
    """docs/words.md: Refusals."""
    response = client.get(address)
    assert response.status_code == 400
    assert message in response.content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_a_year_without_a_plan_has_none(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.usefixtures("illustrative_2020")
def test_two_days_are_compared_in_their_own_order(client):
    there = client.get("/2020/compare/", {"from": "2020-09-30", "to": "2020-12-31"})
    back = client.get("/2020/compare/", {"from": "2020-12-31", "to": "2020-09-30"})
    assert "从9月30日到12月31日" in read(client, "/2020/compare/", **{"from": "2020-12-31", "to": "2020-09-30"})
    assert main_of(there) == main_of(back)


@pytest.mark.usefixtures("illustrative_2020")
def test_without_days_it_is_the_month_before_the_day_of_the_page(client):
    assert read(client, "/2020/compare/", as_of="2020-10-31").count("从9月30日到10月31日")
    assert "从2021年4月28日到2021年5月28日" in read(client, "/2020/compare/")
    assert "从3月5日到3月20日" in read(client, "/2020/compare/", as_of="2020-03-20")


@pytest.mark.parametrize(
    ("of", "before"), [("2020-10-31", "2020-09-30"), ("2020-03-30", "2020-02-29"), ("2021-01-15", "2020-12-15")]
)
def test_the_month_before(of, before):
    assert month_before(day(of)) == day(before)


ADDRESSES = [
    "/2020/?as_of=2020-09-30",
    "/2020/projects/?as_of=2020-09-30&light=DONE",
    "/projects/city-roads/?as_of=2020-09-30",
    "/departments/?as_of=2020-09-30",
    "/2020/changes/?as_of=2020-09-30",
    "/2020/compare/?from=2020-08-31&to=2020-09-30",
    "/2020/review/?as_of=2021-01-10",
    "/2020/review/?as_of=2020-09-30",
]


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_past_day_says_the_same_whatever_today_is(client, address):
    seen = set()
    for today in ("2021-01-10", "2021-03-31", "2024-05-05"):
        with time_machine.travel(
            datetime.fromisoformat(today).replace(hour=12, tzinfo=timezone.get_default_timezone())
        ):
            seen.add(main_of(client.get(address)))
    assert len(seen) == 1


@pytest.mark.usefixtures("illustrative_2020")
def test_a_change_of_day_keeps_the_filter_and_the_citation_names_the_address(client):
    main = main_of(client.get("/2020/projects/", {"light": "DONE", "page": "1"}))
    assert '<input type="hidden" name="light" value="DONE">' in main
    assert 'href="?light=DONE&amp;as_of=2020-09-30"' in main
    assert 'href="?light=DONE"' in main
    main = main_of(client.get("/", {"as_of": "2020-09-30"}))
    assert "http://testserver/2020/?as_of=2020-09-30" in main
    main = main_of(client.get("/2020/compare/", {"as_of": "2020-10-31"}))
    assert "http://testserver/2020/compare/?from=2020-09-30&amp;to=2020-10-31" in main


@pytest.mark.usefixtures("illustrative_2020")
def test_the_overview_leads_to_them(client):
    main = main_of(client.get("/2020/", {"as_of": "2020-09-30"}))
    for page in PAGES:
        assert f'href="{page}?as_of=2020-09-30"' in main
    assert "上一年" not in main


def test_two_years_lead_to_each_other_once_both_are_public(client):
    put(CITY)
    assert 'href="/2018/?as_of=2018-01-31">下一年：青禾 2018</a>' in main_of(client.get("/2017/?as_of=2018-01-31"))
    assert 'href="/2017/">上一年：青禾 2017</a>' in main_of(client.get("/2018/"))
    assert "下一年" not in main_of(client.get("/2017/?as_of=2017-12-31"))


def test_what_the_law_hides_shows_its_gap(client):
    bridge = a_project(milestones=["built"])
    published(a_plan(bridge))
    change = published(an_adjustment(bridge.milestones.get().targets.get(), due_on="2021-01-31"), "2020-07-10")
    published(a_redaction(change, "reason"), "2020-07-20")
    for page in ("/2020/changes/?as_of=2020-08-01", "/2020/compare/?from=2020-07-01&to=2020-08-01", "/2020/review/"):
        assert "此处已依法隐去：A face was to be seen." in main_of(client.get(page)), page


# Queries


def a_city(n: int) -> None:
    """A plan with `n` projects; each is reported, kept, moved twice and named its department, one indicator each."""
    projects = [a_project(f"bridge-{number}", milestones=["piers", "deck"]) for number in range(n)]
    plan = a_plan(*projects)
    for number in range(n):
        an_indicator(plan, f"indicator-{number}")
    published(plan)
    for number, project in enumerate(projects):
        office = published(a_department(f"office-{number}"), "2020-03-06")
        published(an_adjustment(project, leads=[office.slug]), "2020-03-06")
    for project in projects:
        report_of(project, "2020-04-30", 40)
    for project in projects:
        target = project.milestones.get(code="deck").targets.get()
        published(an_adjustment(target, due_on="2020-11-30"), "2020-05-02")
        published(an_adjustment(project.commitments.get(), annual_investment=5), "2020-05-02")
    for project in projects:
        report_of(project, "2020-09-30", 100)
    for indicator in plan.indicators.all():
        published(an_adjustment(indicator, target="40"), "2020-10-02")
    for indicator in plan.indicators.all():
        published(an_indicator_reading(indicator, "2020-10-01", 30), "2020-10-03")


def report_of(project, on: str, value: int) -> None:
    """Public on the day for which it holds."""
    values = {"piers": value, "deck": value}
    published(a_report(project, on, values, evidence="Record", spent=Decimal(value)), on)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/2020/changes/?as_of=2021-01-31", 7),
        ("/2020/compare/?from=2020-03-05&to=2021-01-31", 10),
        ("/2020/review/?as_of=2021-01-31", 6),
    ],
)
def test_the_number_of_queries_is_that_of_the_page(client, django_assert_num_queries, n, address, queries):
    a_city(n)
    client.get(address)
    with django_assert_num_queries(queries):
        response = client.get(address)
    assert response.status_code == 200
    assert date(2021, 1, 31) == response.context["as_of"]


def moves_in(client, **params) -> list[dict[str, str]]:
    response = client.get("/2020/changes.csv", params)
    assert response.status_code == 200
    return list(csv.DictReader(response.content.decode("utf-8-sig").splitlines()))


@pytest.mark.usefixtures("illustrative_2020")
def test_every_move_is_a_row_of_the_file(client):
    rows = moves_in(client, as_of="2020-12-31")
    assert len(rows) == 8
    first = rows[0]
    assert first["凭证"] == Entry.objects.get(seq=int(first["凭证"].partition(":")[0])).voucher
    assert list(first.values())[:-1] == [
        "【示例】老旧小区改造：老旧小区",
        "中间的步子",
        "改松了",
        "2020 年 8 月 31 日累计 2 个小区；2020 年 10 月 31 日累计 5 个小区",
        "2020 年 8 月 31 日累计 2 个小区；2020 年 10 月 31 日累计 4 个小区",
        "2020-09-18",
        "政府",
        "老旧小区改造调度会纪要（示例）",
        "",
        "",
        "",
        "第 5 个小区的管线要和供热一起换，推到 12 月。",
        "2020-09-22",
    ]
    assert ("完成时限", "改松了", "2020-10-31", "2020-12-20") in {
        (row["改了哪一项"], row["改紧了还是改松了"], row["原来"], row["现在"]) for row in rows
    }
    assert {row["改紧了还是改松了"] for row in rows} == {"改松了", "改紧了"}


@pytest.mark.usefixtures("illustrative_2020")
def test_the_file_of_moves_knows_its_day_and_says_that_it_is_illustrative(client):
    assert moves_in(client, as_of="2020-03-05") == []
    response = client.get("/2020/changes.csv", {"as_of": "2020-12-31"})
    assert 'filename="changes-2020-2020-12-31-illustrative.csv"' in response["Content-Disposition"]
    assert all(row["改的是什么"].startswith("【示例】") for row in moves_in(client, as_of="2020-12-31"))


def test_what_was_filled_in_is_no_move_and_what_is_hidden_is_said_to_be(client):
    road = a_project("road", milestones=["paved"])
    plan = published(a_plan(road))
    target = plan.series.get().commitments.get().targets.get()
    published(an_adjustment(road, investment=10**8), "2020-04-01")
    moved = published(an_adjustment(target, due_on="2021-06-30", fields={"reason": "=cmd|'A name"}), "2020-07-02")
    (row,) = moves_in(client)
    assert (row["改紧了还是改松了"], row["原来"], row["现在"]) == ("改松了", "2020-12-31", "2021-06-30")
    assert row["为什么"] == "'=cmd|'A name"
    published(a_redaction(moved, "reason"), "2020-07-03")
    (row,) = moves_in(client)
    assert row["为什么"].startswith("此处已依法隐去：")


def test_the_file_of_moves_names_the_document_and_leaves_out_what_the_law_hides(client):
    plan = published(a_plan(a_project("road", milestones=["paved"]), a_project("bridge", milestones=["built"])))
    road, bridge = (one.targets.get() for one in plan.series.get().commitments.order_by("number"))
    known = {"document": "Minutes", "document_number": "7", "document_on": date(2020, 6, 30)}
    link = {"document_url": "https://example.org/minutes"}
    linked = published(an_adjustment(road, due_on="2021-06-30", fields=known | link), "2020-07-02")
    kept = an_adjustment(bridge, due_on="2021-03-31", fields=known)
    with_paper(kept)
    published(kept, "2020-07-02")
    cells = [(row["批准文件"], row["文号"], row["文件日期"], row["文件网址"]) for row in moves_in(client)]
    addresses = [link["document_url"], f"http://testserver{kept.document_file.url}"]
    assert cells == [("Minutes", "7", "2020-06-30", address) for address in addresses]
    published(a_redaction(linked, "document"), "2020-07-03")
    gap, whole = ((row["批准文件"], row["文号"], row["文件日期"], row["文件网址"]) for row in moves_in(client))
    assert gap[0].startswith("此处已依法隐去：")
    assert gap[1:] == ("", "", "")
    assert whole == cells[1]
