"""From typing to 送审 in a browser: Enter, the summary, two colleagues, what is wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from projects.models import Department, Project, Report
from projects.snapshots import led_slugs
from tests.browser.test_jobs import PHONE, signed_in
from tests.factories import a_reviewer, an_official
from tests.small_city import a_picture, address

DESKTOP = {"viewport": {"width": 1366, "height": 768}}
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESKTOP], ids=["390", "1366"])
WITHOUT_SCRIPT = {"java_script_enabled": False}


@pytest.fixture
def kitchen(illustrative_2020, transactional_db) -> Project:
    """Nothing of it was reported yet; its total is 33 million yuan."""
    return Project.objects.get(slug="kitchen-waste-plant")


@pytest.fixture
def department(kitchen):
    return next(one for one in Department.objects.all() if kitchen.slug in led_slugs(one))


def filing(project: Project) -> str:
    return address(Report, "add", f"?project={project.pk}")


def yesterday() -> str:
    return str(timezone.localdate() - timedelta(days=1))


def lies_within(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@WIDTHS
@pytest.mark.parametrize("script", [{}, WITHOUT_SCRIPT], ids=["script", "no script"])
def test_enter_saves_the_draft_and_sends_nothing(visit, kitchen, department, width, script):
    desk = signed_in(visit(**width, **script), an_official(department))
    desk.page.goto(filing(kitchen))
    desk.fill("数据日期", yesterday())
    desk.fill("进展", "设备招标。")
    desk.fill("累计完成投资", "60万元")
    desk.field("累计完成投资").press("Enter")
    desk.reads("草稿已保存，还没有送审。")
    assert Report.objects.drafts().get().submitted_at is None
    desk.fill("开工建设", "0")
    desk.field("开工建设").press("Enter")
    expect(desk.field("开工建设")).to_have_value("0")
    assert Report.objects.drafts().get().submitted_at is None


@WIDTHS
def test_what_is_odd_is_asked_about_and_a_colleague_takes_it_back(visit, kitchen, department, tmp_path, width):
    desk = signed_in(visit(**width), an_official(department))
    colleague = signed_in(visit(**width), an_official(department, name="colleague"))
    review = signed_in(visit(**width), a_reviewer())
    for one in (desk, colleague):
        one.page.goto(filing(kitchen))
        one.fill("数据日期", yesterday())
        one.fill("进展", "设备招标。")
        one.fill("开工建设", "0")
    desk.fill("累计完成投资", "1500元")
    desk.fill("说明", "招标公告")
    desk.choose_file("照片或 PDF", a_picture(tmp_path / "notice.jpg"))
    desk.tick("照片里没有能认出的人，或者本人已经同意公开")
    desk.press("送审")
    summary = desk.page.locator(".desk-summary")
    expect(summary.locator(".desk-odd")).to_contain_text("1,500 元，只有总投资的 0.00%")
    expect(summary.get_by_text("招标公告")).to_be_visible()
    assert lies_within(desk.page)
    assert Report.objects.get(drafted_by__username="official").submitted_at is None
    desk.press("没有错，送审")
    desk.reads("接下来由督查审核员审核")

    colleague.press("送审")
    expect(colleague.page.locator(".desk-errors")).to_contain_text("已经送审（official，")
    expect(colleague.field("进展")).to_have_value("设备招标。")

    review.page.reload()
    expect(review.page.locator(".desk-queue")).to_contain_text("第一次报的投资不到总投资的 1%")

    colleague.page.goto("/admin/")
    colleague.page.get_by_role("button", name="撤回").click()
    colleague.reads("已撤回")
    expect(colleague.field("进展")).to_have_value("设备招标。")
    assert not Report.objects.filter(submitted_at__isnull=False, published_at=None).exists()


@WIDTHS
def test_what_is_wrong_has_the_focus_and_leads_to_its_field(visit, kitchen, department, tmp_path, width):
    desk = signed_in(visit(**width), an_official(department))
    desk.page.goto(filing(kitchen))
    desk.fill("数据日期", "2016-11-28")
    desk.fill("进展", "设备招标。")
    desk.fill("说明", "招标公告")
    desk.choose_file("照片或 PDF", a_picture(tmp_path / "notice.jpg"))
    desk.press("送审")
    errors = desk.page.locator(".desk-errors")
    expect(errors).to_be_focused()
    expect(errors).to_be_in_viewport()
    expect(errors).to_contain_text("2016-11-28 太早了")
    expect(errors).to_contain_text("照片和文件没有存下，请重新选")
    assert lies_within(desk.page)
    errors.get_by_role("link", name="数据日期").click()
    expect(desk.field("数据日期")).to_be_in_viewport()
    expect(desk.field("数据日期")).to_have_value("2016-11-28")
