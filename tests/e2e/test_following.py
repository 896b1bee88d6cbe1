"""Searching, sharing and printing, in a browser."""

import pytest
from playwright.sync_api import expect


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


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_scrolls_sideways(page, width):
    page.set_viewport_size({"width": width, "height": 640})
    for address in ("/search/?q=工", "/search/?q=飞机 机场", "/news/", "/news/2020/02/", "/nowhere/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
