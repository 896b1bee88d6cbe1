"""Every list and every form of the desk in the site's look: no barrier that axe knows, nothing wider than the window."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.db import transaction
from django.urls import reverse

from tests.browser.test_jobs import signed_in
from tests.factories import a_report, a_reviewer, an_administrator, an_official
from tests.small_city import City, a_city

# The admin's own field for one of many projects, whose value is all that it is called by.
NOT_OURS = {"exclude": [[".select2"]]}
LOOKS = [("dark", 390), ("light", 768), ("light", 1366)]


@pytest.fixture
def city(transactional_db) -> City:
    with transaction.atomic():
        return a_city()


def lists_and_forms() -> Iterator[str]:
    for options in (model._meta for model in admin.site._registry):
        for page in ("changelist", "add"):
            yield reverse(f"admin:{options.app_label}_{options.model_name}_{page}")


@pytest.mark.long
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_the_desk_raises_no_barrier_and_fits(visit, city, scheme, width):
    with transaction.atomic():
        report = a_report(city.bridge, "2020-05-20", {"built": 50}, by=an_official(city.works, name="drafter"))
    own = reverse("admin:projects_report_change", args=[report.pk])
    view = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    barriers, wide = {}, []
    for person in (a_reviewer("reader"), an_administrator("keeper")):
        page, axe = signed_in(visit(**view), person).page, Axe()
        for address in (reverse("admin:index"), own, *lists_and_forms()):
            if page.goto(address).status != 200:  # the role has no such page
                continue
            for one in axe.run(page, context=NOT_OURS).response["violations"]:
                barriers.setdefault(one["id"], []).append((address, one["nodes"][0]["html"][:160]))
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(address)
    assert [(name, places[:3]) for name, places in barriers.items()] == []
    assert wide == []
