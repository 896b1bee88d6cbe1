"""The jobs of residents and officials, done in a browser as they do them."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from common.formats import day_text
from ledger.chain import head
from projects.models import Department
from projects.snapshots import led_slugs
from tests.factories import a_reviewer, an_editor, an_official
from tests.small_city import a_picture

PASSWORD = "only for this test"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SEWAGE = "农村生活污水处理项目"  # behind since the summer of 2020: 3 of 10 stations, 10 of 30 facilities
STATIONS = f"十件惠民实事 5：{SEWAGE} · 污水处理站"
SEWAGE_PAGE = "/projects/rural-sewage/"


@pytest.fixture
def official(illustrative_2020):
    """Who files for the department that leads most projects."""
    return an_official(max(Department.objects.all(), key=lambda one: len(led_slugs(one))))


@pytest.fixture(autouse=True)
def shared(transactional_db):
    """The server's thread sees what the test stores."""


class Hand:
    """Somebody at a page, with the number of fields they filled and of presses they made."""

    def __init__(self, page: Page):
        self.page, self.n_fields, self.n_presses = page, 0, 0

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label).filter(visible=True)

    def choose(self, label: str, option: str):
        self.page.get_by_label(label).select_option(option)
        self.n_fields += 1

    def fill(self, label: str, text: str) -> None:
        self.field(label).fill(text)
        self.n_fields += 1

    def choose_file(self, label: str, path) -> None:
        self.field(label).set_input_files(path)
        self.n_fields += 1

    def press(self, name: str, within: Locator | None = None) -> None:
        """A button or link, wherever it is the only one of that name."""
        place = within or self.page
        place.get_by_role("button", name=name, exact=True).or_(place.get_by_role("link", name=name, exact=True)).click()
        self.n_presses += 1

    def tick(self, label: str) -> None:
        self.field(label).check()
        self.n_presses += 1

    def press_today(self, label: str) -> None:
        """The press beside a day that fills it in."""
        self.press("今天", within=self.page.locator(".form-row", has=self.page.get_by_label(label)))
        self.n_fields += 1

    def reads(self, text: str) -> None:
        """The admin says so after a press."""
        expect(self.page.locator(".messagelist")).to_contain_text(text)


def signed_in(page: Page, person: User) -> Hand:
    """At the admin's front page."""
    person.set_password(PASSWORD)
    person.save()
    page.goto("/admin/")
    page.get_by_label("用户名").fill(person.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="工作台")).to_be_visible()
    return Hand(page)


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


def main_of(page: Page, address: str) -> str:
    page.goto(address)
    return page.locator("main").inner_html()


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_a_resident_reads_from_the_overview_to_a_project(page, illustrative_2020, width):
    page.set_viewport_size({"width": width, "height": 640})
    for address in ("/2020/projects/", "/projects/city-roads/", "/ledger/", "/about/", "/?as_of=2020-09-30"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    expect(page.locator("h1")).to_contain_text("2 件办成，3 件按计划，2 件落后，1 件严重落后，1 件没有数据")
    page.locator("main a[href*='rural-sewage']").first.click()
    expect(page.locator("h1")).to_contain_text("农村生活污水处理")
    assert "as_of=2020-09-30" in page.url


def test_an_official_finds_what_to_file_and_nothing_of_others(page, official):
    signed_in(page, official)
    page.goto("/admin/projects/report/add/")
    own = led_slugs(official.memberships.get().department)
    links = page.locator("a[href*='?project=']")
    assert 2 <= links.count() <= len(own)


def test_a_report_goes_by_way_of_a_reviewer_into_the_record(visit, official, tmp_path):
    filing, reviewing, resident = signed_in(visit(**PHONE), official), signed_in(visit(), a_reviewer()), visit(**PHONE)
    past = main_of(resident, f"{SEWAGE_PAGE}?as_of={yesterday()}")

    filing.press(f"补报 ：{SEWAGE}")
    filing.press_today("数据日期")
    filing.fill("污水处理站", "6")
    filing.fill("小型污水处理设施", "20")
    filing.fill("进展", "又建成三座站。")
    filing.fill("累计完成投资", "3600万元")
    filing.choose("为什么慢了", "征地拆迁")
    filing.fill("说明", "大张镇的污水处理站")
    filing.choose_file("照片或 PDF", a_picture(tmp_path / "station.jpg"))
    filing.tick("照片里没有能认出的人，或者本人已经同意公开")
    filing.press("送审")
    expect(filing.page.locator(".desk-summary")).to_contain_text("原来3 座 → ，现在6 座")
    filing.press("送审")
    filing.reads("已送审")
    assert (filing.n_fields, filing.n_presses) == (8, 5)

    reviewing.press("进展报告")
    reviewing.press(SEWAGE, within=row(reviewing.page, "送审"))
    reviewing.fill("自己写", "请写明是哪三座。")
    reviewing.press("退回给填报人")
    reviewing.reads("已退回")

    filing.press("回工作台")
    filing.press("照意见修改")
    expect(filing.page.locator(".desk-notice:visible")).to_contain_text("请写明是哪三座。")
    expect(filing.field("累计完成投资")).to_have_value("3600")
    filing.fill("进展", "大张、三教、师庄三座站建成。")
    filing.press("送审")
    filing.press("送审")
    filing.reads("已送审")
    assert "三座站建成" not in main_of(resident, SEWAGE_PAGE)

    reviewing.page.reload()
    reviewing.press(SEWAGE, within=row(reviewing.page, "送审"))
    expect(reviewing.page.locator(".desk-summary")).to_contain_text("20 座")
    reviewing.press("公布")
    reviewing.reads("已公布")
    reviewing.press("看公开的页面")
    assert reviewing.page.url.endswith(SEWAGE_PAGE)

    reads_it_in_the_record(resident)
    assert main_of(resident, f"{SEWAGE_PAGE}?as_of={yesterday()}") == past
    call_command("verify_ledger")


def reads_it_in_the_record(resident):
    resident.goto(SEWAGE_PAGE)
    report = resident.locator(".report").first
    expect(report).to_contain_text("大张、三教、师庄三座站建成。")
    expect(report.locator(".readings")).to_contain_text("3600 万元")
    photo = report.get_by_role("img", name="大张镇的污水处理站")
    photo.scroll_into_view_if_needed()
    expect(photo).to_have_js_property("complete", True)
    expect(photo).not_to_have_js_property("naturalWidth", 0)
    resident.goto("/ledger/")
    resident.get_by_role("link", name=f"进展报告：{SEWAGE}").first.click()
    expect(resident.locator("h1")).to_contain_text(f"第 {head().seq} 条")
    expect(resident.locator("main")).to_contain_text("大张、三教、师庄三座站建成。")


def test_an_article_stands_in_public_from_its_hour_on_and_not_before(visit, illustrative_2020, tmp_path):
    editing, resident = signed_in(visit(), an_editor()), visit()

    def is_on(address: str) -> bool:
        return resident.goto(address).ok and "污水站开门给人看" in resident.content()

    def stands() -> list[bool]:
        """Whether the article has a page, is on the list of news, and beside its project."""
        return [is_on(address) for address in ("/news/open-day/", "/news/", SEWAGE_PAGE)]

    editing.press("新增", within=row(editing.page, "新闻"))
    editing.fill("标题:", "污水站开门给人看")
    editing.fill("网址代号", "open-day")
    editing.page.get_by_role("textbox", name="正文", exact=True).fill("村里的污水不再直接进河。")
    editing.choose_file("封面图片:", a_picture(tmp_path / "cover.jpg"))
    editing.fill("封面图片里有什么", "站房和水池")
    editing.fill("封面图片来源", "市融媒体中心")
    editing.page.locator("#id_is_cover_consented").check()
    projects = editing.page.locator(".form-row.field-projects")
    projects.get_by_role("searchbox").press_sequentially("污水")
    editing.page.get_by_role("option", name=SEWAGE).click()
    editing.press("保存并继续编辑")
    editing.reads("新增了")
    assert stands() == [False, False, False]

    editing.page.get_by_role("checkbox", name="发布").check()
    day, hour = editing.page.locator(".field-published_at").get_by_role("textbox").all()
    day.fill(str(timezone.localdate() + timedelta(days=1)))
    hour.fill("08:00")
    editing.press("保存并继续编辑")
    editing.reads("修改了")
    assert stands() == [False, False, False]

    day.fill(str(yesterday()))
    editing.press("保存")
    expect(row(editing.page, "污水站开门给人看")).to_contain_text("已发布")
    assert stands() == [True, True, True]
    resident.get_by_role("link", name="污水站开门给人看").click()
    expect(resident.get_by_role("img", name="站房和水池")).not_to_have_js_property("naturalWidth", 0)
    expect(resident.locator("main")).to_contain_text("村里的污水不再直接进河。")


def test_a_due_day_moves_in_the_open(visit, official):
    drafting, reviewing, resident = (
        signed_in(visit(**PHONE), official),
        signed_in(visit(), a_reviewer()),
        visit(**PHONE),
    )
    past = main_of(resident, f"{SEWAGE_PAGE}?as_of={yesterday()}")

    drafting.press("新增", within=row(drafting.page, "计划调整"))
    drafting.page.get_by_label("调整哪一项").select_option(STATIONS)
    drafting.press("下一步")
    drafting.fill("完成时限", "2027-06-30")
    drafting.press_today("决定日期")
    drafting.fill("批准文件", "霍政办〔2026〕12 号")
    drafting.fill("原因", "两座站改了地方。")
    drafting.press("送审")
    expect(drafting.page.locator("#content")).to_contain_text("推后了一年多")
    drafting.press("没有错，送审")
    drafting.reads("已送审")
    assert "两座站改了地方" not in main_of(resident, SEWAGE_PAGE)

    reviewing.press("计划调整")
    reviewing.press(STATIONS, within=row(reviewing.page, official.username))
    reviewing.press("公布")
    reviewing.reads("已公布")

    resident.goto(SEWAGE_PAGE)
    change = resident.locator(".change", has_text="两座站改了地方。")
    expect(change).to_contain_text("原来 2020 年 12 月 31 日 → 现在 2027 年 6 月 30 日")
    expect(change).to_contain_text("霍政办〔2026〕12 号")
    expect(resident.locator(".milestone").first).to_contain_text("原定 2020 年 12 月 31 日")
    assert main_of(resident, f"{SEWAGE_PAGE}?as_of={yesterday()}") == past
    call_command("verify_ledger")


def test_a_resident_without_javascript_reads_back_to_a_day_of_the_past(visit, illustrative_2020):
    page = visit(java_script_enabled=False, **PHONE)
    page.goto("/")
    page.get_by_role("link", name=SEWAGE).first.click()
    expect(page.locator("h1")).to_contain_text(SEWAGE)
    expect(page.locator("main")).to_contain_text("10 座站建成 3 座，30 座小设施建成 10 座")

    stations = page.locator(".milestone", has_text="污水处理站")
    expect(stations.get_by_role("table")).to_be_hidden()
    stations.locator("summary").click()
    expect(stations.get_by_role("table")).to_contain_text("报过的每一个数")

    page.locator(".day-chooser summary").click()
    page.get_by_label("看哪一天").fill("2020-09-30")
    page.get_by_role("button", name="看这一天").click()
    assert page.url.endswith(f"{SEWAGE_PAGE}?as_of=2020-09-30")
    expect(page.locator(".day-chooser summary")).to_contain_text(f"数据算到 {day_text(date(2020, 9, 30))}")
    expect(page.locator("main")).to_contain_text("按日子该到 63%，实际 31%")
