"""Markup in every text that people write, on the pages that show the most of it, where it could run."""

import pytest
from django.db import transaction
from playwright.sync_api import Page

from projects.models import Adjustment, Report
from tasks.models import Plan
from tests.browser.test_jobs import signed_in
from tests.harmful_city import a_harmful_city
from tests.small_city import City, address

# What runs, or would when it is pressed, in the page as the browser understood it.
FOREIGN = """() => [...document.querySelectorAll("*")].filter((one) =>
    [...one.attributes].some(({name, value}) => name.startsWith("on") || /^\\s*(java|vb)script:/i.test(value))
    || /^(iframe|object|embed|base|frame|marquee|audio|video|math)$/.test(one.localName)
).map((one) => one.outerHTML.slice(0, 100))"""
PUBLIC = [
    "/",
    "/2020/tasks/",
    "/2020/projects/",
    "/2020/indicators/",
    "/2020/changes/",
    "/2020/compare/?from=2020-03-05&to=2020-06-30",
    "/2020/review/",
    "/projects/bridge/",
    "/projects/bridge/poster/",
    "/departments/office-1/",
    "/ledger/",
    "/news/",
    "/search/?q=window",
]


@pytest.fixture
def city(tmp_path, transactional_db) -> City:
    with transaction.atomic():
        return a_harmful_city(tmp_path)


def desk_pages(city: City) -> dict[str, list[str]]:
    """By role."""
    waiting = Report.objects.drafts().filter(submitted_at__isnull=False, corrects=None).first()
    returned = Report.objects.drafts().filter(submitted_at=None, review_notes__isnull=False).first()
    adjustment = Adjustment.objects.drafts().exclude(project=None).first()
    return {
        "official": ["/admin/", *(address(returned, view) for view in ("change", "sheet"))],
        "reviewer": ["/admin/", address(waiting), address(waiting, "preview"), address(adjustment)],
        "administrator": [
            "/admin/huozhou_portal/auditrecord/",
            "/admin/auth/user/",
            address(Plan.objects.drafts().get()),
            address(Plan.objects.get(year=2020), "history"),
        ],
    }


def test_no_markup_runs_in_a_browser(visit, server, city):
    """The policy's complaints fail the test as well: `visit` listens for them."""
    dialogs, elsewhere = [], []

    def watched(page: Page) -> Page:
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: elsewhere.append(asked.url) if not asked.url.startswith(server) else None)
        return page

    opened = [(watched(visit()), PUBLIC)]
    for role, pages in desk_pages(city).items():
        opened.append((watched(signed_in(visit(), getattr(city, role)).page), pages))
    for page, pages in opened:
        for asked in pages:
            response = page.goto(asked, wait_until="load")
            assert response.ok, asked
            assert "window" in page.locator("body").inner_text(), asked
            assert page.evaluate("window.hit") is None, asked
            assert not page.evaluate(FOREIGN), asked
            assert page.url.endswith(asked), asked
    assert not dialogs
    assert not elsewhere
