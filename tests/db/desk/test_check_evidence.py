"""What shows that somebody looked: drafted with a check, published with it, shown beside it, kept by its correction."""

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common.media.renditions import rendition_names
from ledger.chain import digest
from tasks.models import Check, CheckEvidence
from tests.factories import a_check, a_report, an_evidence, moment, published, published_by
from tests.small_city import NO_EVIDENCE, a_picture, address, errors_of, file_row, signed_in

pytestmark = pytest.mark.one_database

PAPER = b"%PDF-1.4\nhello\n%%EOF\n"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(moment("2020-06-25"), tick=False):
        yield


@pytest.fixture
def kept(city):
    published(a_report(city.pool, "2020-05-30", {"filled": 100}, evidence="Acceptance"), on="2020-05-31")
    return city.pool.commitments.get()


@pytest.fixture
def photo(tmp_path) -> bytes:
    return a_picture(tmp_path / "gate.jpg").read_bytes()


def sent(kept, **changed) -> dict:
    about = {"commitment": kept.pk, "held_on": "2020-06-20", "observer": "PRESS", "finding": "NOT_OPENED"}
    return {**about, "text": "The gate is locked.", "source": "", **NO_EVIDENCE, **changed}


def files() -> list[str]:
    return list(CheckEvidence.objects.exclude(file="").values_list("file", flat=True))


def test_a_photo_comes_with_the_check_and_is_public_with_it(client, city, kept, photo):
    """docs/rules.md: facts, digests."""
    row = file_row(SimpleUploadedFile("gate.jpg", photo))
    signed_in(city.reviewer).post(address(Check, "add"), sent(kept, **row))
    shown = CheckEvidence.objects.get()
    assert (shown.kind, shown.title, shown.is_consented) == ("PHOTO", "Live pictures", True)
    assert client.get(shown.file.url).status_code == 404
    signed_in(city.second_reviewer).post(address(shown.report, "publish"))
    shown.refresh_from_db()
    (told,) = shown.report.entry.payload["evidence"]
    assert told["title"] == digest(shown.salt, "Live pictures")
    assert told["renditions"].keys() >= {"-480.webp"}
    page = client.get("/projects/pool/").content.decode()
    assert page.index('id="check-') < page.index(shown.file.url) < page.index("Live pictures")
    assert client.get(shown.file.url).status_code == 200
    assert "Live pictures" in client.get(f"/ledger/{shown.report.entry_id}/").content.decode()


def test_a_photo_without_consent_is_refused(city, kept, photo):
    """docs/rules.md: evidence."""
    row = file_row(SimpleUploadedFile("gate.jpg", photo)) | {"evidence-0-is_consented": ""}
    page = signed_in(city.reviewer).post(address(Check, "add"), sent(kept, **row))
    (inline,) = page.context["inline_admin_formsets"]
    assert "is_consented" in inline.formset.errors[0]
    assert not Check.objects.exists()


def test_whoever_publishes_sees_the_file_and_may_not_change_it(city, kept):
    check = a_check(kept, "2020-06-20", by=city.reviewer)
    an_evidence(check, content=PAPER)
    second = signed_in(city.second_reviewer)
    page = second.get(address(check)).content.decode()
    file = reverse("admin:tasks_check_evidence", args=[check.pk, 1])
    assert file in page
    assert "evidence-0-title" not in page
    assert b"".join(second.get(file)) == PAPER


def test_a_file_that_was_lost_is_put_back_on_the_same_form(city, kept):
    check = a_check(kept, "2020-06-20", by=city.reviewer)
    shown = an_evidence(check, content=PAPER)
    default_storage.delete(shown.file.name)
    stored = {"evidence-INITIAL_FORMS": "1", "evidence-0-id": shown.pk, "evidence-0-report": check.pk}
    row = file_row(SimpleUploadedFile("gate.pdf", PAPER), "DOCUMENT") | stored
    page = signed_in(city.reviewer).post(address(check), sent(kept, **row))
    assert page.status_code == 302, errors_of(page)
    assert all(map(default_storage.exists, files()))


def test_a_correction_keeps_what_was_shown_in_files_of_its_own(city, kept):
    """docs/rules.md: correction."""
    check = a_check(kept, "2020-06-20")
    an_evidence(check, content=PAPER)
    published(check, on="2020-06-21")
    mended = sent(kept, finding="IN_USE", correction_reason="It was the other gate.", is_evidence_kept="on")
    signed_in(city.reviewer).post(address(Check, "add", f"?corrects={check.pk}"), mended)
    again = Check.objects.get(corrects=check)
    assert len(set(files())) == 2
    published_by(again, city.second_reviewer)
    assert again.evidence.get().title == check.evidence.get().title


def test_a_correction_may_leave_it_out(city, kept):
    check = a_check(kept, "2020-06-20")
    an_evidence(check, content=PAPER)
    published(check, on="2020-06-21")
    mended = sent(kept, correction_reason="Another gate is to be seen.")
    signed_in(city.reviewer).post(address(Check, "add", f"?corrects={check.pk}"), mended)
    assert not Check.objects.get(corrects=check).evidence.exists()


def test_files_go_with_their_draft(city, kept, photo, django_capture_on_commit_callbacks):
    check = a_check(kept, "2020-06-20", by=city.reviewer)
    name = an_evidence(check, kind="PHOTO", content=photo, name="gate.jpg").file.name
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(city.reviewer).post(address(check, "delete"), {"post": "yes"})
    assert not Check.objects.exists()
    assert not any(map(default_storage.exists, (name, *rendition_names(name))))
