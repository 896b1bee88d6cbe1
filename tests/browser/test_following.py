"""Searching, sharing and printing, in a browser."""

import pytest
from playwright.sync_api import expect

from ledger.chain import head


@pytest.fixture(autouse=True)
def shared(transactional_db, illustrative_2020):
    """The server's thread sees what the test stores."""


@pytest.mark.parametrize("width", [320, 1280])
def test_a_resident_searches_from_any_page(page, width):
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/about/")
    if width < 900:
        page.click("summary:has-text('菜单')")
    page.locator(".site-header input[name=q]:visible").fill("污水")
    page.keyboard.press("Enter")
    expect(page.locator(".finds mark").first).to_have_text("污水")
    page.locator(".found-title a").first.click()
    expect(page.locator("h1")).to_contain_text("农村生活污水处理")


def test_data_blocks_pass_the_content_security_policy(page):
    for address in ("/", "/about/", "/news/work-meeting-2020-02-28/"):
        page.goto(address)
        assert page.locator("script[type='application/ld+json']").count() >= 1


@pytest.mark.parametrize("slug", ["city-roads", "rural-sewage", "fitness-centre"])
def test_a_poster_fills_one_sheet(page, slug):
    page.goto(f"/projects/{slug}/poster/")
    sheet = page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("day", ["2020-03-05", "2020-09-30", "2020-12-31", "2021-05-31"])
def test_a_year_fills_one_sheet(page, day):
    page.goto(f"/2020/poster/?as_of={day}")
    assert n_sheets(page) == 1
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("day", ["2020-03-05", "2020-09-30", "2020-12-31", "2021-05-31"])
def test_what_is_carried_to_a_meeting_takes_two_sheets_at_most(page, day):
    pages = [
        "/2020/",
        "/2020/projects/",
        *(f"/projects/{slug}/" for slug in ("city-roads", "rural-sewage", "fitness-centre")),
    ]
    for address in pages:
        page.goto(f"{address}?as_of={day}")
        assert 1 <= n_sheets(page) <= 2, address


def n_sheets(page) -> int:
    return page.pdf(prefer_css_page_size=True, format="A4").count(b"/Type /Page\n")


@pytest.mark.parametrize("width", [680, 1000])  # A4 upright and lying, between its margins
def test_a_table_of_cards_prints_as_one_table(page, width):
    page.goto("/2020/projects/?as_of=2020-09-30")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": 640})
    rows = page.locator(".records tr")
    tops = rows.evaluate_all("rows => rows.map(row => new Set([...row.cells].map(cell => cell.offsetTop)).size)")
    assert set(tops) == {1}
    assert page.locator(".records thead").bounding_box()["height"] > 10
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.locator(".filter, .display-choice").filter(visible=True).count()


def test_an_account_goes_on_overleaf_instead_of_leaving_half_a_page(page):
    page.goto("/2020/review/")
    page.emulate_media(media="print")
    assert set(
        page.locator(".verdicts > li").evaluate_all("all => all.map(one => getComputedStyle(one).breakInside)")
    ) == {"auto"}
    assert page.locator(".verdicts").first.evaluate("all => getComputedStyle(all).display") == "block"


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_scrolls_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 640})
    for address in ("/search/?q=工", "/search/?q=飞机 机场", "/news/", "/news/2020/02/", "/nowhere/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_a_voucher_is_copied_whole_and_its_code_is_fetched_for_paper_alone(page, width):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/qr.png") else None)
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/2020/review/")
    page.locator(".voucher-code").click()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.voucher-code'))")
    assert page.evaluate("getSelection().toString()") == head().voucher
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == []
    page.pdf()
    assert [address.partition("/ledger/")[2] for address in asked] == [f"{head().seq}/qr.png"]
