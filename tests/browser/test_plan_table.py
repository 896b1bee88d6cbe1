"""A plan as a table at three widths: no barrier that axe knows, nothing wider than the window, everything saved without a script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import expect

from tasks.models import Plan, Target
from tests.browser.test_jobs import signed_in
from tests.factories import a_milestone, a_plan, a_project, an_administrator, an_indicator
from tests.small_city import City, a_city

WIDTHS = [390, 768, 1366]
BEYOND = """() => [...document.querySelectorAll("main :is(input:not([type=hidden]), select, textarea)")]
    .filter(e => e.checkVisibility() && !e.closest(".visually-hidden"))
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(e => e.name)"""


@pytest.fixture
def city(transactional_db) -> City:
    with transaction.atomic():
        return a_city()


def a_draft_of(city: City) -> Plan:
    """One with a project of before, and one of which next to nothing is known."""
    with transaction.atomic():
        well = a_project("well", title="The well")
        for n in range(3):
            a_milestone(well, f"part-{n}", title=f"A part of the well, number {n}", unit="pieces")
        city.bridge.refresh_from_db()
        plan = a_plan(city.bridge, well, year=2021, targets={"part-0": {"inferred": ["due_on", "amount"]}})
        an_indicator(plan, title="Green share")
        return plan


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tables_fit_and_raise_no_barrier(visit, city, width):
    plan = a_draft_of(city)
    page = signed_in(visit(viewport={"width": width, "height": 900}, bypass_csp=True), an_administrator()).page
    addresses = [
        reverse("admin:plan-table", args=[plan.pk]),
        reverse("admin:plan-table", args=[city.plan.pk]),
        f"{reverse('admin:tasks_planadjustment_together')}?plan={city.plan.pk}",
    ]
    for address in addresses:
        page.goto(address)
        assert page.locator(".plan-table tbody tr").count() > 3
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.evaluate(BEYOND) == [], address
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == [], address


def test_it_is_filled_in_without_a_script(visit, city):
    plan = a_draft_of(city)
    page = signed_in(visit(java_script_enabled=False), an_administrator()).page
    page.goto(reverse("admin:plan-table", args=[plan.pk]))
    target = Target.objects.get(milestone__code="part-0")
    page.locator(f"[name=target-{target.pk}-amount]").fill("12")
    page.locator(f"[name=target-{target.pk}-confirmed]").check()
    page.get_by_role("button", name="保存").last.click()
    assert "保存了 1 行" in page.locator("body").inner_text()
    target.refresh_from_db()
    assert (target.amount, target.inferred) == (12, [])


def test_what_was_typed_but_not_saved_is_kept(visit, city):
    plan = a_draft_of(city)
    page = signed_in(visit(), an_administrator()).page
    page.goto(reverse("admin:plan-table", args=[plan.pk]))
    target = Target.objects.get(milestone__code="part-0")
    box = page.locator(f"[name=target-{target.pk}-amount]")
    box.fill("12")
    page.reload()
    expect(page.locator("#kept")).to_be_visible()
    expect(box).to_have_value("12")
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.locator(".messagelist")).to_contain_text("保存了 1 行")
    expect(page.locator("#kept")).to_be_hidden()
