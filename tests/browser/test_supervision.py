"""From the desk to an issued bulletin, counted; and the pages of papers, lists, votes and returned sheets at three widths."""

from io import BytesIO

import docx
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from desk.supervision.lists import LISTINGS
from tasks.models import IssuedPaper, PaperKind
from tests.browser.test_jobs import signed_in
from tests.factories import a_reviewer

pytestmark = pytest.mark.usefixtures("illustrative_2020", "transactional_db")
WIDTHS = [390, 768, 1366]


def test_a_bulletin_takes_three_presses_and_no_field(visit):
    page = visit(java_script_enabled=False)
    hand = signed_in(page, a_reviewer())
    hand.press("写通报")
    hand.press("印发")
    with page.expect_download() as download:
        hand.press("下载 .docx")
    paper = docx.Document(BytesIO(download.value.path().read_bytes()))
    issued = IssuedPaper.objects.get()
    assert issued.kind == PaperKind.BULLETIN
    assert any("通报" in paragraph.text for paragraph in paper.paragraphs)
    print(f"\na bulletin: {hand.n_fields} fields, {hand.n_presses} presses")
    assert (hand.n_fields, hand.n_presses) == (0, 3)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_the_supervisors_has_a_barrier_or_is_wider_than_the_window(visit, width):
    page, axe = signed_in(visit(viewport={"width": width, "height": 900}, bypass_csp=True), a_reviewer()).page, Axe()
    names = [
        "papers",
        "tasks_vote_together",
        "supervision-texts",
        "projects_report_returns",
        "projects_department_months",
    ]
    day = "as_of=2020-09-30&plan=2020"
    addresses = [
        *(reverse(f"admin:{name}") for name in names),
        *(f"{reverse('admin:paper')}?kind={kind}&{day}" for kind in PaperKind if kind != PaperKind.REMINDER),
        *(f"{reverse('admin:supervision')}?list={name}&day=2020-10-10" for name in LISTINGS),
    ]
    barriers, wide = {}, []
    for address in addresses:
        assert page.goto(address).status == 200, address
        for one in axe.run(page).response["violations"]:
            barriers.setdefault(one["id"], []).append((address, one["nodes"][0]["html"][:160]))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
    assert [(name, places[:3]) for name, places in barriers.items()] == []
    assert wide == []
