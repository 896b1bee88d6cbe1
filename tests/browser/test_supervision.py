"""The supervisors' lists, a meeting's votes, and returned sheets at three widths: no barrier, nothing wider than the window."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from desk.supervision.lists import LISTINGS
from tests.browser.test_jobs import signed_in
from tests.factories import a_reviewer


@pytest.mark.usefixtures("illustrative_2020", "transactional_db")
@pytest.mark.parametrize("width", [390, 768, 1366])
def test_the_pages_fit_and_raise_no_barrier(visit, width):
    page, axe = signed_in(visit(viewport={"width": width, "height": 900}, bypass_csp=True), a_reviewer()).page, Axe()
    names = ["supervision-texts", "tasks_vote_together", "projects_report_returns", "projects_department_months"]
    lists = [f"{reverse('admin:supervision')}?list={name}&day=2020-10-10" for name in LISTINGS]
    lists.append(f"{reverse('admin:supervision')}?list=missing&due=later&day=2020-10-15")
    barriers, wide = {}, []
    for address in (*(reverse(f"admin:{name}") for name in names), *lists):
        assert page.goto(address).status == 200, address
        for one in axe.run(page).response["violations"]:
            barriers.setdefault(one["id"], []).append((address, one["nodes"][0]["html"][:160]))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
    assert [(name, places[:3]) for name, places in barriers.items()] == []
    assert wide == []
