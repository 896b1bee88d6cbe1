"""From a county's own table to a public plan in an empty portal: what it takes, counted."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from desk.workbooks.form_reading import read_form
from desk.workbooks.form_writing import plan_workbook
from ledger.models import Entry
from tasks.drafting import draft_rows
from tasks.models import Commitment, Plan, Target
from tests.browser.test_jobs import PHONE, Hand, signed_in
from tests.factories import a_plan, a_reviewer, an_administrator, published
from tests.loaded_cities import PLAN_FILE, empty, put
from tests.opened_here import opened_here

TABLES = settings.BASE_DIR / "tests/fixtures/tables"
TABLES_READ = {"county-livelihood.xlsx": 10, "county-breakdown.xlsx": 60}  # with the number of their items
COUNTED = {"county-livelihood.xlsx": (1, 10), "county-breakdown.xlsx": (1, 12)}  # fields and presses
A_FIELD, A_PRESS = 6, 3  # seconds of a person, by the measure that this is judged with
MOST_CONFIRMATIONS, MOST_MINUTES = 30, 30


def read_and_confirmed(hand: Hand) -> None:
    """Every item is looked at and ticked, every doubt answered: what is alike by one press."""
    presses = hand.page.locator(".desk-presses button:first-child")
    for number in range(presses.count()):
        with hand.page.expect_navigation():
            presses.nth(number).click()
        hand.n_presses += 1
    for number in range(hand.page.locator(".desk-single .desk-doubt").count()):
        hand.page.locator(".desk-single .desk-doubt").nth(number).get_by_role("radio").first.check()
        hand.n_presses += 1
    boxes = hand.page.get_by_role("checkbox", name="读对了")
    for box in boxes.all():
        if not box.is_checked():
            box.check()
            hand.n_presses += 1


@pytest.mark.parametrize(("table", "n_items"), TABLES_READ.items())
def test_a_county_table_becomes_a_public_plan(visit, table, n_items):
    administrator = signed_in(visit(), an_administrator())
    administrator.page.goto("/admin/")
    administrator.press("上传表格")
    administrator.choose_file("表格文件", TABLES / table)
    administrator.press("读一遍")
    expect(administrator.page.locator(".desk-read-items tbody tr")).to_have_count(n_items)
    before = administrator.n_presses
    read_and_confirmed(administrator)
    n_confirmations = administrator.n_presses - before
    administrator.press("写进草稿")
    expect(administrator.page.locator("body")).to_contain_text("写进草稿了")
    reviewer = signed_in(visit(), a_reviewer())
    reviewer.page.goto(f"/admin/tasks/plan/{Plan.objects.get().pk}/table/")
    reviewer.press("公布")
    reviewer.press("确认公布")
    reviewer.reads("已公布")
    assert Entry.objects.count() == 1
    n_fields, n_presses = (administrator.n_fields + reviewer.n_fields), (administrator.n_presses + reviewer.n_presses)
    seconds = n_fields * A_FIELD + n_presses * A_PRESS
    print(
        f"\n{table}: {n_fields} fields, {n_presses} presses, {n_confirmations} of them to confirm, {seconds} s of people"
    )
    assert (n_fields, n_presses) == COUNTED[table], "as the README says"
    assert seconds <= MOST_MINUTES * 60
    assert n_confirmations <= MOST_CONFIRMATIONS
    page = visit()
    page.goto("/2024/")
    expect(page.locator("h1")).to_be_visible()


def test_next_year_begins_with_what_is_left_of_this_one(visit, illustrative_2020, tmp_path):
    """What was promised and not kept goes on, judged by its own terms; in at most ten presses."""
    administrator = signed_in(visit(), an_administrator())
    administrator.page.goto(reverse("admin:plan-from-last-year"))
    with administrator.page.expect_download() as download:
        administrator.press(f"由“{illustrative_2020.short_title}”带出 2021 年的表")
    form = tmp_path / "2021.xlsx"
    download.value.save_as(form)
    administrator.page.goto("/admin/tasks/plan/workbook/")
    administrator.choose_file("表格文件", form)
    administrator.press("读一遍")
    administrator.press("写进草稿")
    expect(administrator.page.locator("body")).to_contain_text("写进草稿了")
    plan = Plan.objects.get(year=2021)
    carried = Target.objects.filter(commitment__series__plan=plan)
    assert carried.exists()
    assert all(target.due_on.year == 2021 for target in carried)
    print(f"\n{administrator.n_fields} fields, {administrator.n_presses} presses")
    assert administrator.n_presses <= 10


@pytest.fixture
def draft_of_2020(transactional_db) -> Plan:
    put(PLAN_FILE)
    content = plan_workbook(Plan.objects.get())
    with transaction.atomic():  # rows that name each other go together
        empty()
    rows = read_form(opened_here(content)).rows
    draft_rows([{"model": row.model, "fields": row.values} for row in rows], by=an_administrator("drafter"))
    return Plan.objects.get()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_a_draft_is_looked_through_and_published_at_any_width(visit, draft_of_2020, width):
    """On a phone row by row, folded to what each lacks; whole where there is room."""
    page = signed_in(visit(viewport={"width": width, "height": 900}, bypass_csp=True), a_reviewer()).page
    addresses = [
        reverse("admin:plan-table", args=[draft_of_2020.pk]),
        reverse("admin:tasks_plan_publish", args=[draft_of_2020.pk]),
    ]
    for one in addresses:
        page.goto(one)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, one
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == [], one
    page.goto(addresses[0])
    names, words = page.locator(".plan-fold summary"), page.locator(".plan-words").get_by_text("原话", exact=True)
    n_items = names.count()
    assert n_items > 20
    if width >= 768:
        expect(names.first).to_be_hidden()
        expect(words.first).to_be_visible()
        return
    assert page.evaluate("document.documentElement.scrollHeight") < 150 * n_items
    expect(words.first).to_be_hidden()
    names.first.click()
    expect(words.first).to_be_visible()
    expect(words.nth(1)).to_be_hidden()


def test_a_folded_row_is_typed_into_without_script(visit, draft_of_2020):
    """And what was typed stays when it is folded again."""
    administrator = signed_in(visit(java_script_enabled=False, **PHONE), an_administrator())
    administrator.page.goto(reverse("admin:plan-table", args=[draft_of_2020.pk]))
    commitment = Commitment.objects.filter(series__number=1, number=1).get()
    row = administrator.page.locator(".plan-fold summary").filter(has_text="第 1 件").first
    row.click()
    administrator.page.locator(f"[name=commitment-{commitment.pk}-wording]").fill("新建三条路")
    row.click()
    administrator.press("保存这一页")
    administrator.reads("保存了 1 行")
    commitment.refresh_from_db()
    assert commitment.wording == "新建三条路"


@pytest.mark.parametrize("width", [390, 768, 1366])
def test_the_pages_of_the_first_day_fit_and_raise_no_barrier(visit, width):
    """Sending a table and what it was read as, people, the site's own lines, and the guide."""
    page = signed_in(visit(viewport={"width": width, "height": 900}, bypass_csp=True), an_administrator()).page
    names = ["plan-workbook", "plan-from-last-year", "auth_user_sheet", "huozhou_portal_sitesettings_add"]
    addresses = [
        "/admin/",
        *(reverse(f"admin:{name}") for name in names),
        reverse("admin:guide", args=["administrator"]),
    ]
    for table, n_items in TABLES_READ.items():
        page.goto(reverse("admin:plan-workbook"))
        page.get_by_label("表格文件").set_input_files(TABLES / table)
        page.get_by_role("button", name="读一遍").click()
        expect(page.locator(".desk-read-items tbody tr")).to_have_count(n_items)
        addresses.append(page.url)
    for address in addresses:
        check_fits(page, address, width)
    published(a_plan(year=2024))
    check_fits(page, addresses[-1], width)
    expect(page.locator("h2").first).to_contain_text("追加")


def check_fits(page: Page, address: str, width: int) -> None:
    """Neither wider than the screen, nor with what axe calls a barrier."""
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == [], address
