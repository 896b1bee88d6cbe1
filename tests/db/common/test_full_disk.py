"""A disk that fills up while a file is written, or a save that fails behind it: nothing has changed, and no file is left."""

import errno
import os

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from common.media.renditions import rendition_names, renditions_of
from common.media.store import DISK_IS_FULL, MediaStorage, files_removed_on_failure
from common.media.uploads import clean_photo
from desk.admin.reports import ReportAdmin
from ledger.models import Entry
from news.models import Article
from projects.models import Report
from tasks.loading import load_files
from tests.factories import a_report, an_evidence, published
from tests.small_city import (
    a_draft,
    a_picture,
    address,
    article_data,
    errors_of,
    file_row,
    report_data,
    send,
    signed_in,
    told,
)

pytestmark = pytest.mark.one_database

PAPER = b"%PDF-1.4\nhello\n%%EOF\n"


class Filling(File):
    """A content of which the disk takes only so much."""

    def chunks(self, chunk_size=None):
        for chunk in self.file.chunks(chunk_size):
            taken = chunk[: FullDisk.left]
            FullDisk.left -= len(taken)
            yield taken
            if len(taken) < len(chunk):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class FullDisk(MediaStorage):
    left = 0  # bytes

    def _save(self, name, content):
        filling = Filling(content)
        filling.renditions = getattr(content, "renditions", ())
        return super()._save(name, filling)


@pytest.fixture(autouse=True)
def disk(settings):
    """Room enough, until a test says otherwise."""
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": f"{__name__}.FullDisk"}}
    FullDisk.left = 10**9


@pytest.fixture
def official(city):
    return signed_in(city.official)


def stored(settings) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}


def photo(tmp_path) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", a_picture(tmp_path / "a.jpg").read_bytes())


def filing(city) -> str:
    return address(Report, "add", f"?project={city.bridge.pk}")


def size_of(tmp_path) -> int:
    """Bytes of the photo as it is stored."""
    return clean_photo(photo(tmp_path)).size


@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.7, 0.999])
def test_a_report_is_not_filed_and_all_that_was_typed_stays(city, official, tmp_path, settings, share):
    FullDisk.left = int(size_of(tmp_path) * share)
    response = official.post(filing(city), report_data(city, **file_row(photo(tmp_path)), _save=""))
    assert response.status_code == 200
    assert errors_of(response)["__all__"] == [DISK_IS_FULL]
    assert "The piers stand." in response.content.decode()
    assert response.context["adminform"].form["spent"].value() == "1200万元"
    assert not Report.objects.drafts().exists()
    assert not LogEntry.objects.exists()
    assert not stored(settings)
    FullDisk.left = 10**9
    send(official, official.post(filing(city), report_data(city, **file_row(photo(tmp_path)), _submit="")))
    evidence = Report.objects.get(submitted_at__isnull=False, published_at=None).evidence.get()
    assert len(renditions_of(evidence.file.name).renditions) == 1
    assert len(stored(settings)) == 7


def test_a_picture_for_whose_renditions_there_is_no_room_shows_itself_until_there_is(
    city, official, tmp_path, settings
):
    FullDisk.left = size_of(tmp_path) + 300
    official.post(filing(city), report_data(city, **file_row(photo(tmp_path)), _save=""))
    evidence = Report.objects.drafts().get().evidence.get()
    assert str(evidence.file.path) in stored(settings)
    assert renditions_of(evidence.file.name).renditions == ()
    FullDisk.left = 10**9
    call_command("make_renditions", verbosity=0)
    assert len(stored(settings)) == 7


@pytest.mark.parametrize("n", [0, 1, 300])
def test_a_photo_that_was_to_be_replaced_stays(city, official, tmp_path, settings, n):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    evidence = an_evidence(draft, kind="PHOTO", title="As it was", is_consented=True)
    evidence.file.save("old.jpg", photo(tmp_path))
    before, FullDisk.left = stored(settings), n
    existing = {"evidence-INITIAL_FORMS": "1", "evidence-0-id": evidence.pk, "evidence-0-report": draft.pk}
    changed = report_data(city, **file_row(photo(tmp_path)) | existing, _save="")
    assert DISK_IS_FULL in official.post(address(draft), changed).content.decode()
    assert stored(settings) == before
    draft.refresh_from_db()
    assert draft.text != "The piers stand."
    assert draft.evidence.get().title == "As it was"


def test_a_paper_is_whole_or_not_there(city, official, settings):
    FullDisk.left = len(PAPER) - 1
    data = report_data(city, **file_row(SimpleUploadedFile("a.pdf", PAPER), "DOCUMENT"), _save="")
    assert DISK_IS_FULL in official.post(filing(city), data).content.decode()
    assert not stored(settings)
    assert not Report.objects.drafts().exists()


def test_an_article_is_not_stored_without_its_cover(city, tmp_path, settings):
    FullDisk.left = 500
    editor = signed_in(city.editor)
    words = {"cover_alt": "A gate", "cover_credit": "City council", "is_cover_consented": "on"}
    response = editor.post(address(Article, "add"), article_data(cover=photo(tmp_path), **words, _save=""))
    assert DISK_IS_FULL in response.content.decode()
    assert not stored(settings)
    assert not Article.objects.exists()


def test_other_troubles_of_the_store_are_no_full_disk(city, official, tmp_path, settings, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(FullDisk, "_save", refuse)
    official.raise_request_exception = False
    response = official.post(filing(city), report_data(city, **file_row(photo(tmp_path)), _save=""))
    assert response.status_code == 500
    assert not Report.objects.drafts().exists()


# What fails behind a file that was stored


@pytest.mark.parametrize(("error", "status"), [(IntegrityError, 302), (ZeroDivisionError, 500)])
def test_a_save_that_fails_afterwards_leaves_no_file(city, official, tmp_path, settings, monkeypatch, error, status):
    def fail(*_):
        assert len(stored(settings)) == 1
        raise error

    monkeypatch.setattr(ReportAdmin, "log_addition", fail)
    official.raise_request_exception = False
    response = official.post(filing(city), report_data(city, **file_row(photo(tmp_path)), _save=""))
    assert response.status_code == status
    assert not stored(settings)
    assert not Report.objects.drafts().exists()
    if status == 302:
        assert told(official.get(response.url))[0].startswith("没有保存")


def test_a_correction_that_fails_leaves_no_copies(city, official, tmp_path, settings, monkeypatch):
    report = a_report(city.bridge, "2020-06-30", {"built": 60})
    an_evidence(report, kind="PHOTO").file.save("old.jpg", photo(tmp_path))
    published(report, on="2020-07-06")
    before, copied = stored(settings), []

    def fail(*_):
        copied.append(len(stored(settings)))
        raise IntegrityError

    monkeypatch.setattr(ReportAdmin, "log_addition", fail)
    data = report_data(city, held_on="2020-06-30", correction_reason="A slip.", is_evidence_kept="on", _save="")
    official.post(address(Report, "add", f"?corrects={report.pk}"), data)
    assert copied == [14]
    assert stored(settings) == before


def test_a_block_inside_another_follows_the_outer_one(settings):
    def fail_behind_a_block():
        with files_removed_on_failure():
            default_storage.save("evidence/a.pdf", ContentFile(PAPER))
        assert stored(settings)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), files_removed_on_failure():
        fail_behind_a_block()
    assert not stored(settings)
    with files_removed_on_failure():
        default_storage.save("evidence/a.pdf", ContentFile(PAPER))
    assert stored(settings)


# Commands


@pytest.mark.django_db
def test_a_record_is_loaded_whole_or_not(settings):
    FullDisk.left = 200_000
    with pytest.raises(OSError, match="No space"):
        load_files([settings.BASE_DIR / "fixtures" / name for name in ("plan_2020.json", "illustrative_2020.json")])
    assert not stored(settings)
    assert not Entry.objects.exists()


def test_renditions_are_made_as_far_as_the_disk_goes(city, tmp_path, settings):
    evidence = an_evidence(a_report(city.bridge, "2020-05-31"), kind="PHOTO")
    evidence.file.save("a.jpg", photo(tmp_path))
    name, before = evidence.file.name, stored(settings)
    for one in rendition_names(name)[2:]:
        default_storage.delete(one)
    FullDisk.left = 100
    with pytest.raises(CommandError, match="磁盘满了"):
        call_command("make_renditions")
    assert renditions_of(name).renditions == ()
    FullDisk.left = 10**9
    call_command("make_renditions")
    assert stored(settings) == before
