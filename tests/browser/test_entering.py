"""Boxes in a browser: no wheel turns a value, and what is asked about is taken, or not, by who was asked."""

import pytest
from playwright.sync_api import expect

from projects.models import Department, Project, Report
from projects.snapshots import led_slugs
from tests.browser.test_desk import filing
from tests.browser.test_jobs import signed_in
from tests.factories import an_official


@pytest.fixture
def desk(visit, illustrative_2020, transactional_db):
    """The form of a report, with what is wanted of every one filled in."""
    sewage = Project.objects.get(slug="rural-sewage")
    official = an_official(*(one for one in Department.objects.all() if sewage.slug in led_slugs(one)))
    hand = signed_in(visit(viewport={"width": 1366, "height": 768}), official)
    hand.page.goto(filing(sewage))
    hand.press_today("数据日期")
    hand.fill("进展", "又建成三座站。")
    return hand


def test_the_wheel_leaves_a_value_alone(desk):
    box = desk.field("污水处理站")
    box.fill("8")
    box.hover()
    for _ in range(5):
        desk.page.mouse.wheel(0, 100)
    box.press("ArrowDown")
    expect(box).to_have_value("8")


def test_a_suggestion_is_taken_in_one_press_and_nothing_else_is_lost(desk):
    desk.fill("累计完成投资", "36000000")
    desk.press("存草稿")
    desk.press("就是 3600万元")
    desk.reads("草稿已保存")
    assert (Report.objects.drafts().get().spent, Report.objects.drafts().get().text) == (36_000_000, "又建成三座站。")


def test_who_writes_it_anew_and_presses_enter_takes_no_suggestion(desk):
    desk.fill("累计完成投资", "36000000")
    desk.press("存草稿")
    desk.fill("累计完成投资", "3500")
    desk.field("累计完成投资").press("Enter")
    desk.reads("草稿已保存")
    assert (Report.objects.drafts().get().spent, Report.objects.drafts().get().submitted_at) == (35_000_000, None)
