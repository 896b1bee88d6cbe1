"""The forms of the desk at three widths: no row of parts and no field reaches beyond its form."""

import pytest

from tasks.models import Commitment, Outline, Plan, Task
from tests.browser.test_jobs import signed_in
from tests.factories import an_administrator
from tests.small_city import address

BEYOND = """() => [...document.querySelectorAll("fieldset :is(input:not([type=hidden]), select, textarea)")]
    .filter(e => e.checkVisibility())
    .map(e => [e.name, Math.round(e.getBoundingClientRect().right - e.closest("fieldset").getBoundingClientRect().right)])
    .filter(([, beyond]) => beyond > 0)"""


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("width", [390, 768, 1366])
def test_a_form_is_as_wide_as_the_window(visit, width):
    page = signed_in(visit(viewport={"width": width, "height": 900}), an_administrator()).page
    for model in (Plan, Task, Commitment, Outline):
        page.goto(address(model, "add"))
        for link in page.locator(".add-row a").all():
            link.click()
        assert page.locator(".inline-related, .form-row").count() > 3
        assert page.evaluate("document.documentElement.scrollWidth") <= width, model
        assert page.evaluate(BEYOND) == [], model
