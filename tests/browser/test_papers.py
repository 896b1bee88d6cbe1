"""The papers at three widths, in a browser: from the desk to a bulletin in Word, no barrier that axe knows, nothing wider than
the window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from docx import Document

from tests.browser.test_jobs import signed_in
from tests.small_city import City, a_city

WIDTHS = [390, 768, 1366]


@pytest.fixture
def city(transactional_db) -> City:
    with transaction.atomic():
        return a_city()


def test_from_the_desk_to_the_bulletin_in_word_are_four_presses_and_no_field(visit, city):
    """Two of them issue it, since it can't be taken back; whoever only wants the file makes two."""
    hand = signed_in(visit(java_script_enabled=False), city.reviewer)
    hand.press("写通报")
    hand.page.locator("summary", has_text="印发").click()
    hand.n_presses += 1
    assert "收不回来" in hand.page.inner_text("header")
    hand.press("确认印发")
    assert "印发了" in hand.page.inner_text("header")
    with hand.page.expect_download() as download:
        hand.press("下载 .docx")
    assert (hand.n_fields, hand.n_presses) == (0, 4)
    assert download.value.suggested_filename.startswith("年度承诺公开-2020年通报-")
    number, title = Document(download.value.path()).paragraphs[:2]
    assert (number.style.name, title.text) == ("PaperNumber", "关于Plan2020进展情况的通报")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_fit_and_raise_no_barrier(visit, city, width):
    page = signed_in(visit(viewport={"width": width, "height": 900}, bypass_csp=True), city.reviewer).page
    paper = reverse("admin:paper")
    kinds = ("bulletin", "register", "review", "reminder", "upward")
    for address in (reverse("admin:papers"), *(f"{paper}?kind={kind}" for kind in kinds)):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == [], address
