"""The desk while there is no plan: an administrator begins one, the others read what is awaited and from whom."""

import pytest
import time_machine

from tests.factories import a_plan, a_reviewer, an_administrator, an_editor, an_official, moment, published
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

WAYS = ("上传表格", "照去年的做", "一项一项写")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(moment("2021-01-04"), tick=False):
        yield


def desk_of(person) -> str:
    return signed_in(person).get("/admin/").content.decode().partition('id="content-main"')[2]


def ways_in(html: str) -> list[str]:
    return [way for way in WAYS if f'">{way}</a>' in html]


def test_an_administrator_begins_with_it():
    html = desk_of(an_administrator())
    assert html.index("建立年度计划") == min(
        html.index(title) for title in ("建立年度计划", "各部门按时填报", "全部栏目")
    )
    assert "2021 年还没有年度计划。" in html
    assert ways_in(html) == ["上传表格", "一项一项写"]
    client = signed_in(an_administrator("another"))
    for way in ('href="/admin/tasks/plan/add/"', 'href="/admin/tasks/plan/workbook/"'):
        assert way in html
        assert client.get(way.split('"')[1]).status_code == 200


def test_a_year_behind_a_plan_begins_the_same_way():
    published(a_plan(year=2020, starts_on="2020-01-01", ends_on="2020-12-31"), on="2020-03-05")
    html = desk_of(an_administrator())
    assert "2021 年还没有年度计划。" in html
    assert ways_in(html) == list(WAYS)
    for person in (an_official(), a_reviewer(), an_editor()):
        assert "还没有年度计划" not in desk_of(person)


@pytest.mark.parametrize("is_public", [False, True])
def test_who_begins_with_history_is_told_once_and_aside(is_public):
    plan = a_plan(year=2019, starts_on="2019-01-01", ends_on="2019-12-31")
    if is_public:
        published(plan, on="2021-01-03")
    html = desk_of(an_administrator())
    assert "建立年度计划" not in html
    assert html.count("2021 年还没有年度计划。") == 1
    assert 'href="/admin/tasks/plan/workbook/">用表格建立' in html.partition("还缺什么")[2]


@pytest.mark.parametrize("is_public", [False, True])
def test_it_is_gone_once_a_plan_is_begun(is_public):
    plan = a_plan(year=2021, starts_on="2021-01-01", ends_on="2021-12-31")
    if is_public:
        published(plan, on="2021-01-03")
    assert "建立年度计划" not in desk_of(an_administrator())
    assert ("还没有年度计划" in desk_of(an_official())) != is_public


@pytest.mark.parametrize(
    ("someone", "told"),
    [
        (an_official, "现在没有要填的。管理员写好年度计划、督查审核员公布以后，您部门牵头的会列在这里。"),
        (a_reviewer, "管理员起草了年度计划，会列在“别的等公布的”里，由您看过再公布。"),
        (an_editor, "管理员写好年度计划、督查审核员公布以后，可以写每一件承诺的新闻"),
    ],
)
def test_everybody_else_reads_what_is_awaited(someone, told):
    html = desk_of(someone())
    assert "建立年度计划" not in html
    assert html.count("还没有年度计划") == 1
    assert told in html


def test_a_site_without_news_promises_its_editors_none(settings):
    settings.SITE_NEWS = False
    assert "还没有年度计划" not in desk_of(an_editor())
