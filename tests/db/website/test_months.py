"""The page of a month."""

import re

import pytest
import time_machine

from tests.db.website.test_cards import ACCUSING
from tests.db.website.test_sharing import canonical, meta, page_of, sitemap
from tests.factories import a_milestone, a_plan, a_project, a_report, moment, published

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
illustrative = pytest.mark.usefixtures("illustrative_2020")


def texts_of(client, address: str, **params) -> list[str]:
    response = client.get(address, params)
    assert response.status_code == 200, response.content.decode()
    text = response.content.decode().partition('month-text">')[2].partition("</div>")[0]
    return [" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in re.findall(r"<p>(.*?)</p>", text, re.S)]


def months_linked(client, address: str, **params) -> list[str]:
    return re.findall(r'href="(/2020/\d\d/)"', page_of(client, address, **params))


@illustrative
def test_a_month_is_told_as_of_its_last_day(client):
    told = texts_of(client, "/2020/09/")
    assert told[0].startswith("【示例】霍州 2020 年承诺。2020 年 9 月：")
    assert told[-1].startswith("到 2020 年 9 月 30 日，十件实事：2 件办成，")
    assert told == texts_of(client, "/2020/09/", as_of="2020-09-30")
    assert "2020 年 9 月 30 日" in page_of(client, "/2020/09/")


@illustrative
def test_the_month_in_which_the_plan_came_begins_with_it(client):
    assert texts_of(client, "/2020/03/")[-1].startswith("到 2020 年 3 月 31 日，")


@pytest.mark.usefixtures("plan_2020")
def test_what_was_published_with_the_plan_is_told_in_its_month(client):
    """docs/rules.md: comparison."""
    head, came, *rest = texts_of(client, "/2020/03/")
    assert (
        head == "霍州 2020 年承诺。2020 年 3 月：公布了 15 项承诺，其中 1 项已经公布进展；1 项开工了，1 个小项办到了。"
    )
    assert came == "2020 年 3 月 5 日公布：十件实事、开发区重点项目。"
    assert rest[0].startswith("开工了：")
    assert "这个月公布了 1 份进展。" in rest


@pytest.fixture
def small_plan():
    """Publishes a plan of two promises on a day, with the first report of one of them on another."""

    def build(plan_on: str, report_on: str):
        road, bridge = a_project("road"), a_project("bridge")
        for project in (road, bridge):
            a_milestone(project, "built")
        plan = published(a_plan(road, bridge), plan_on)
        published(a_report(road, report_on, {"built": "100"}, evidence="照片"), report_on)
        return plan

    return build


PLAN_AND_REPORT = {
    "on one day": ("2020-11-05", "2020-11-05"),
    "in one month": ("2020-11-05", "2020-11-20"),
    "on the first day of a month": ("2020-11-01", "2020-11-01"),
    "on its last day": ("2020-11-30", "2020-11-30"),
}


@pytest.mark.parametrize("name", PLAN_AND_REPORT)
def test_plan_and_first_report_of_one_month_are_both_told(client, small_plan, name):
    """docs/rules.md: comparison."""
    plan_on, report_on = PLAN_AND_REPORT[name]
    small_plan(plan_on, report_on)
    with time_machine.travel(moment("2020-11-30", "22:00"), tick=False):
        head = texts_of(client, "/2020/11/")[0]
        assert head.endswith("2020 年 11 月：公布了 2 件承诺，其中 1 件已经公布进展；1 件办成，1 个小项办到了。")
        between = page_of(client, "/2020/compare/", **{"from": plan_on, "to": "2020-11-30"})
        assert "没有公布过变化" not in between
        assert "没有可比的" not in between
    with time_machine.travel(moment("2021-02-01"), tick=False):
        assert texts_of(client, "/2020/11/")[0] == head
        assert texts_of(client, "/2020/12/")[0].endswith("2020 年 12 月：什么也没有变。")


def test_on_the_day_of_the_plan_its_month_has_only_the_plan(client, small_plan):
    """docs/rules.md: comparison."""
    small_plan("2020-11-05", "2020-11-20")
    assert texts_of(client, "/2020/11/", as_of="2020-11-05")[0].endswith("2020 年 11 月：公布了 2 件承诺。")
    assert "没有可比的" in page_of(client, "/2020/compare/", **{"from": "2020-11-05", "to": "2020-11-05"})


@illustrative
def test_a_day_in_the_address_ends_it(client):
    assert texts_of(client, "/2020/09/", as_of="2020-09-10")[-1].startswith("到 2020 年 9 月 10 日，")
    assert canonical(page_of(client, "/2020/09/", as_of="2020-09-10")) == "http://testserver/2020/09/?as_of=2020-09-10"
    assert texts_of(client, "/2020/09/", as_of="2021-01-10") == texts_of(client, "/2020/09/")
    assert canonical(page_of(client, "/2020/09/", as_of="2021-01-10")) == "http://testserver/2020/09/"


@illustrative
@pytest.mark.parametrize(
    ("address", "day", "status"),
    [
        ("/2020/02/", "", 400),
        ("/2020/02/", "2020-12-31", 400),
        ("/2020/09/", "2020-08-31", 400),
        ("/2020/09/", "2020-03-01", 400),
        ("/2020/09/", "x", 400),
        ("/2020/09/", "2999-01-01", 400),
        ("/2019/09/", "", 404),
        ("/2020/13/", "", 404),
        ("/2020/00/", "", 404),
        ("/2020/9/", "", 404),
    ],
)
def test_there_is_no_month_before_the_plan_and_none_to_come(client, address, day, status):
    assert client.get(address, {"as_of": day} if day else {}).status_code == status


@illustrative
def test_the_running_month_ends_today_and_the_next_has_not_come(client):
    with time_machine.travel(moment("2020-09-15"), tick=False):
        assert texts_of(client, "/2020/09/")[-1].startswith("到 2020 年 9 月 15 日，")
        response = client.get("/2020/10/")
        assert response.status_code == 400
        assert "2020 年 3 月 5 日到 2020 年 9 月 15 日" in response.content.decode()
        assert months_linked(client, "/2020/09/") == ["/2020/08/"]


@illustrative
def test_it_is_shared_with_the_card_of_its_last_day(client):
    assert meta(page_of(client, "/2020/09/"), "og:image") == "http://testserver/2020/card.png?as_of=2020-09-30"


@illustrative
def test_months_lead_to_one_another(client):
    assert months_linked(client, "/2020/03/") == ["/2020/04/"]
    assert months_linked(client, "/2020/09/") == ["/2020/08/", "/2020/10/"]
    assert months_linked(client, "/2020/12/") == ["/2020/11/"]
    assert months_linked(client, "/2020/compare/", **{"from": "2020-08-31", "to": "2020-09-30"}) == []
    assert "/2020/09/?as_of=2020-09-30" in page_of(client, "/2020/compare/", to="2020-09-30")
    listed = [address for address in sitemap(client) if re.search(r"testserver/2020/\d\d/$", address)]
    assert len(listed) == 10


@illustrative
def test_who_was_silent_is_named_with_who_answers(client):
    (silent,) = [one for one in texts_of(client, "/2020/09/") if one.startswith("该报没有报：")]
    assert "餐厨" in silent


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("month", ["04", "09", "12"])
def test_a_month_of_a_plan_without_data_is_a_page_of_promises(client, month):
    """docs/words.md: The first screen."""
    head, published, *promises = texts_of(client, f"/2020/{month}/")
    assert head == f"霍州 2020 年承诺。2020 年 {int(month)} 月：十件实事。"
    assert published == "十件实事：10 件，进展还没有公布过。开发区重点项目：1 个开工了；其余 4 个的进展还没有公布过。"
    assert len(promises) == 10
    assert (
        promises[1]
        == "2 城市道路：2020 年 12 月 31 日前建成 4 条：经二路、纬一路（大张段）、纬五路（经二路至经三路）、南环路南延。"
    )
    assert [word for word in ACCUSING if word in " ".join([head, published, *promises])] == []
