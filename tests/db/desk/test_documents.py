"""The document of an adjustment as the desk takes it: typed once for all that one decision moves, as a file or a link."""

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from projects.publishing import submit
from tasks.models import PlanAdjustment
from tests.factories import an_adjustment, moment, published, with_paper
from tests.small_city import address, errors_of, filled_in, signed_in

pytestmark = pytest.mark.one_database

PAPER = b"%PDF-1.4\nhello\n%%EOF\n"
LINK = "https://example.org/decision"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(moment("2020-06-25"), tick=False):
        yield


@pytest.fixture
def administrator(city):
    return signed_in(city.administrator)


def adding(city) -> str:
    return address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")


def sent(client, page: str, **typed) -> dict:
    why = {"decided_on": "2020-06-20", "reason": "Rock.", "document": "On the bridge", "_save": ""}
    return filled_in(client.get(page)) | why | typed


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("decision.pdf", PAPER)


def door(change: PlanAdjustment) -> str:
    return reverse("admin:tasks_planadjustment_document", args=[change.pk])


def test_one_document_is_typed_once_and_kept_with_each_promise_that_it_moves(client, city, administrator):
    """docs/rules.md: adjustments, document."""
    known = {"document_number": "No. 12", "document_on": "2020年6月18日", "document_file": paper()}
    typed = {"new_due_on": "2021-06-30", "also": [city.to_fill.pk], **known}
    administrator.post(adding(city), sent(administrator, adding(city), **typed))
    changes = list(PlanAdjustment.objects.order_by("pk"))
    assert [change.target for change in changes] == [city.to_build, city.to_fill]
    assert {(c.document, c.document_number, str(c.document_on)) for c in changes} == {
        ("On the bridge", "No. 12", "2020-06-18")
    }
    assert len({change.document_file.name for change in changes}) == 2
    for change in changes:
        assert b"".join(administrator.get(door(change))) == PAPER
        assert client.get(change.document_file.url).status_code == 404
        submit(change, by=city.administrator)
        assert door(change) in signed_in(city.reviewer).get(address(change)).content.decode()
        signed_in(city.reviewer).post(address(change, "publish"))
        assert b"".join(client.get(change.document_file.url)) == PAPER
    told = f'<a href="{changes[0].document_file.url}">《On the bridge》（No. 12，2020 年 6 月 18 日）</a>'
    assert told in client.get("/projects/bridge/").content.decode()
    assert told in client.get("/2020/changes/").content.decode()


def test_a_link_is_enough(client, city, administrator):
    typed = {"new_amount": "120", "document_url": "见 https://example.org/decision 。"}
    administrator.post(adding(city), sent(administrator, adding(city), **typed))
    change = PlanAdjustment.objects.get()
    assert change.document_url == LINK
    submit(change, by=city.administrator)
    signed_in(city.reviewer).post(address(change, "publish"))
    page = client.get("/projects/bridge/").content.decode()
    assert f'<a href="{LINK}" rel="nofollow noopener">《On the bridge》</a>' in page


@pytest.mark.parametrize(
    ("typed", "place", "text"),
    [
        ({"document_file": SimpleUploadedFile("a.pdf", b"no paper")}, "document_file", "PDF"),
        ({"document_url": "ftp://example.org/a"}, "document_url", "网址"),
        ({"document_url": LINK, "document_file": paper()}, "document_url", "请留下一样"),
        ({"document": "", "document_number": "No. 12"}, "document", "请填写"),
        ({"document_on": "2020-06-26"}, "document_on", "6"),
    ],
)
def test_what_does_not_do_is_said_at_its_box(city, administrator, typed, place, text):
    page = administrator.post(adding(city), sent(administrator, adding(city), new_amount="120", **typed))
    assert text in str(errors_of(page)[place])
    assert not PlanAdjustment.objects.exists()


def test_a_stored_file_may_be_replaced_or_go(city, administrator, django_capture_on_commit_callbacks):
    change = with_paper(
        an_adjustment(city.to_build, by=city.administrator, amount="120", fields={"submitted_at": None})
    )
    first = change.document_file.name
    default_storage.delete(first)  # lost, and mended by this
    page = address(change)
    with django_capture_on_commit_callbacks(execute=True):
        assert administrator.post(page, sent(administrator, page, document_file=paper())).status_code == 302
    change.refresh_from_db()
    second = change.document_file.name
    assert (second != first, default_storage.exists(second)) == (True, True)
    gone = sent(administrator, page, is_file_removed="on", document_url=LINK)
    with django_capture_on_commit_callbacks(execute=True):
        assert administrator.post(page, gone).status_code == 302
    change.refresh_from_db()
    assert (change.document_file.name, change.document_url) == ("", LINK)
    assert not default_storage.exists(second)


def test_it_goes_with_its_draft(city, administrator, django_capture_on_commit_callbacks):
    change = with_paper(
        an_adjustment(city.to_build, by=city.administrator, amount="120", fields={"submitted_at": None})
    )
    with django_capture_on_commit_callbacks(execute=True):
        administrator.post(address(change, "delete"), {"post": "yes"})
    assert not PlanAdjustment.objects.exists()
    assert not default_storage.exists(change.document_file.name)


def test_whoever_checks_the_entry_finds_all_of_it(client, city):
    known = {"document_number": "No. 12"}
    change = published(with_paper(an_adjustment(city.bridge, place="North", fields=known), PAPER), on="2020-06-25")
    page = client.get(f"/ledger/{change.entry_id}/").content.decode()
    for text in ("Decision 7", "No. 12", change.document_file.url, change.entry.payload["document"]["file"]):
        assert text in page


def test_programs_get_it_in_its_parts(client, city):
    title = {"title": "Decision 7", "number": "", "date": None, "url": ""}
    published(an_adjustment(city.bridge, place="North"), on="2020-06-24")
    linked = {"document_number": "No. 12", "document_on": "2020-06-18", "document_url": LINK}
    published(an_adjustment(city.bridge, place="South", fields=linked), on="2020-06-25")
    found = [one["document"] for one in client.get("/api/v1/projects/bridge").json()["adjustments"]]
    assert found == [title, title | {"number": "No. 12", "date": "2020-06-18", "url": LINK}]
