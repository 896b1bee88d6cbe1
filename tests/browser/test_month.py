"""A month of a department with fifteen projects, as its official types it: counted, on three widths, with and without a script."""

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from projects.models import Department, Report
from tests.browser.test_jobs import Hand, signed_in
from tests.browser.test_plan_table import BEYOND
from tests.factories import (
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    an_indicator,
    an_official,
    moment,
    published,
)
from tests.small_city import a_picture

NOW, DAY = moment("2020-06-05"), "2020-05-31"
PROJECTS = 15
WIDTHS = [390, 768, 1280]
MOST_FIELDS, MOST_PRESSES = 40, 4


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def works(transactional_db) -> Department:
    """Leads fifteen projects, each of which reported in April, a measure, and an indicator."""
    with transaction.atomic():
        works = published(a_department("works-office", name="Works office"))
        projects = [
            a_project(f"road-{n}", title=f"Road {n}", lead=works, milestones=["built"], investment=48_000_000)
            for n in range(PROJECTS)
        ]
        plan = a_plan(*projects, year=2020)
        a_measure(plan.groups.get().tasks.get(), number=2, title="Plain rules", leads=["works-office"])
        an_indicator(plan, "days", title="Clear days", unit="day", leads=["works-office"])
        published(plan)
        for project in projects:
            published(a_report(project, "2020-04-30", {"built": 40}, spent=9_000_000), on="2020-05-06")
        return works


def opened(page: Page, official) -> Hand:
    hand = signed_in(page, official)
    hand.press("在一张表里填一个月")
    expect(page.locator(".month-table")).to_be_visible()
    page.wait_for_load_state()  # the table can be seen before its script has run
    return hand


def boxes(page: Page, column: str):
    return page.locator(f"tbody:has(tr[id^=project-]) [data-column={column}] :is(input, textarea)")


def test_fifteen_projects_are_filed_on_one_page(visit, works):
    page = visit()
    hand = opened(page, an_official(works))
    values, texts = boxes(page, "value"), boxes(page, "text")
    assert values.count() == PROJECTS
    for number in range(PROJECTS):
        values.nth(number).fill(str(41 + number))
        texts.nth(number).fill("It grows.")
        hand.n_fields += 2
    spent = boxes(page, "spent")
    for number in range(10):
        spent.nth(number).fill("1500")
        hand.n_fields += 1
    hand.press("看一遍")
    hand.press(f"全部送审（{PROJECTS} 份）")
    hand.reads(f"送审了 {PROJECTS} 份")
    assert Report.objects.drafts().filter(submitted_at__isnull=False).count() == PROJECTS
    print(f"\na month of {PROJECTS} projects: {hand.n_fields} fields, {hand.n_presses} presses, 1 page")
    assert hand.n_fields <= MOST_FIELDS
    assert hand.n_presses <= MOST_PRESSES


def test_a_month_without_a_change_takes_two_presses_without_a_script(visit, works):
    page = visit(java_script_enabled=False, viewport={"width": 390, "height": 844})
    hand = opened(page, an_official(works))
    hand.n_presses = 0
    hand.press("没填的都无变化，看一遍")
    hand.press(f"全部送审（{PROJECTS} 份）")
    hand.reads(f"送审了 {PROJECTS} 份")
    print(f"\na month of {PROJECTS} projects without a change: {hand.n_fields} fields, {hand.n_presses} presses")
    assert (hand.n_fields, hand.n_presses) == (0, 2)


def test_a_block_from_a_workbook_is_spread_over_the_cells(visit, works):
    page = visit()
    opened(page, an_official(works))
    paste(page, "value", '41\t1500\t"It grows.\nSlowly."\tNo stone\t材料设备\r\n42\t1,600\tIt stands.\r\n43\r\n')
    expect(page.locator("#pasted")).to_have_text("粘贴了 9 格。")
    assert [boxes(page, "value").nth(n).input_value() for n in range(3)] == ["41", "42", "43"]
    assert boxes(page, "text").first.input_value() == "It grows.\nSlowly."
    page.get_by_role("button", name="存草稿").last.click()
    expect(page.locator(".desk-errors")).to_contain_text("Road 2 进展")  # 43 alone says nothing of how
    first = Report.objects.drafts().get(project__slug="road-0")
    assert (first.delay, first.spent, first.problem) == ("SUPPLY", 15_000_000, "No stone")


PASTE = """([text, html]) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    if (html) data.setData("text/html", html);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def paste(page: Page, column: str, text: str, html: str = "") -> None:
    """Into the first box of the column, as a workbook's program puts it on the clipboard."""
    boxes(page, column).first.focus()
    page.evaluate(PASTE, [text, html])


def typed_in(page: Page, column: str, n: int) -> list[str]:
    return [boxes(page, column).nth(number).input_value() for number in range(n)]


HEADED = (
    "序号\t项目名称\t进展情况\t累计\t完成投资（元）\t备注\r\n"
    '1\tRoad 3\t"Paved.\nMarked."\t50\t1,500\tnone\r\n2\tRoad 1\tDug\t45\t3亿\t\r\n3\tRoad 99\tLost\t1\t\t\r\n'
)
BLOCKS = {
    "by heads": ("text", HEADED, "", "粘贴了 6 格，按列名对上的。表里没有这 1 行：Road 99。有 1 格没有地方放：none。"),
    "merged heads": ("value", "进展\t\t投资\n累计\t进展情况\t完成投资（万元）\n44\tGrown\t20\n", "", "粘贴了 3 格，按列名对上的。"),
    "longer": ("value", "\n".join(str(50 + n) for n in range(PROJECTS + 4)), "", "粘贴了 16 格。有 3 格没有地方放：65、67、68。"),
    "money alone": ("spent", "1,500万元\r\n1600\r\n0.2亿\r\n", "", "粘贴了 3 格。"),
    "texts as cells": ("text", "One\r\nTwo\r\n", "<table><tr><td>One</td></tr><tr><td>Two</td></tr></table>", "粘贴了 2 格。"),
    "one cell of two lines": ("text", '"One\nTwo"', "<table><tr><td>One<br>Two</td></tr></table>", "粘贴了 1 格。"),
    "boxes": ("next_step", "Go on\t√\r\nWait\t否\r\n", "", "粘贴了 3 格。有 1 格没有地方放：否。"),
    "reason nobody knows": ("problem", "Rain\t没有人\r\n", "", "粘贴了 1 格。有 1 格没有地方放：没有人。"),
}  # fmt: skip


def test_blocks_of_every_shape_say_what_did_not_fit(visit, works):
    page = visit()
    opened(page, an_official(works))
    for name, (column, text, html, said) in BLOCKS.items():
        paste(page, column, text, html)
        assert page.locator("#pasted").text_content() == said, name
        if name == "by heads":
            assert typed_in(page, "value", 4) == ["", "45", "", "50"]
            assert typed_in(page, "spent", 4) == ["", "3亿", "", "1,500元"]
            assert typed_in(page, "text", 4)[3] == "Paved.\nMarked."
    assert typed_in(page, "spent", 3) == ["1,500万元", "1600", "0.2亿"]
    assert typed_in(page, "text", 2) == ["One\nTwo", "Two"]
    assert boxes(page, "same").first.is_checked()
    boxes(page, "text").first.focus()
    page.evaluate(PASTE, ["Two lines\nof one text", ""])  # which the browser puts in itself
    assert typed_in(page, "text", 1) == ["One\nTwo"]


def test_photos_go_with_the_report_of_their_row(visit, works, tmp_path):
    photos = [a_picture(tmp_path / f"{name}.jpg") for name in ("one", "two")]
    page = visit(java_script_enabled=False, viewport={"width": 390, "height": 844})
    hand = opened(page, an_official(works))
    row = page.locator("tbody:has(tr[id^=project-])").first
    row.locator("[data-column=value] input").fill("41")
    row.locator("[data-column=text] textarea").fill("It grows.")
    row.get_by_text("附佐证材料").click()
    row.locator("input[type=file]").set_input_files(photos)
    hand.press("看一遍")
    expect(page.locator(".desk-errors")).to_contain_text("有 1 处要改")  # nobody typed into the other rows
    expect(page.locator(".desk-errors")).to_contain_text("照片里没有能认出的人")
    expect(page.locator(".choose-again")).to_contain_text("one.jpg、two.jpg")
    row = page.locator("tbody:has(tr[id^=project-])").first
    row.locator("input[type=file]").set_input_files(photos)
    row.get_by_text("照片里没有能认出的人，或者本人已经同意公开", exact=True).click()
    hand.press("看一遍")
    expect(page.locator(".desk-photo img")).to_have_count(2)
    hand.press("全部送审（1 份）")
    hand.reads("送审了 1 份")
    assert [one.title for one in Report.objects.get(submitted_at__isnull=False).evidence.all()] == [
        "Road 0的照片（1）", "Road 0的照片（2）",
    ]  # fmt: skip


@pytest.mark.parametrize("width", WIDTHS)
def test_the_sheet_fits_and_raises_no_barrier(visit, works, width):
    page = visit(viewport={"width": width, "height": 900}, bypass_csp=True)
    opened(page, an_official(works))
    _looked_at(page, width, "sheet")
    boxes(page, "value").first.fill("约60")
    page.get_by_role("button", name="没填的都无变化，看一遍").click()
    expect(page.locator(".desk-errors")).to_be_visible()
    _looked_at(page, width, "look")


def _looked_at(page: Page, width: int, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert page.evaluate(BEYOND) == [], name
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == [], name


def test_a_reviewer_looks_but_does_not_type(visit, works):
    page = visit()
    signed_in(page, a_reviewer())
    page.goto(reverse("admin:projects_department_month", args=[works.pk]))
    expect(page.locator(".month-table")).to_be_visible()
    assert page.locator(".month-table :is(input, textarea, select)").count() == 0
