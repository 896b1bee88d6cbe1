"""What the law forbids to show: hidden everywhere at once, then destroyed by a second reviewer or given back."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.media.renditions import rendition_names, write_renditions
from common.media.store import MediaStorage
from ledger.chain import PublicationError
from ledger.guard import publishing
from ledger.models import Entry
from news.models import Article, ArticleImage
from projects import hidden
from projects.models import Evidence, HiddenContent, Redaction, RedactionDecision, Report
from projects.publishing import publish, submit
from projects.redactions import confirm, hide, pending, places_of, restore_unconfirmed
from projects.verification import differences
from tasks.models import CheckEvidence, TaskEvidence, TaskReport
from tests.factories import (
    a_check,
    a_correction,
    a_report,
    a_task_correction,
    a_task_report,
    an_administrator,
    an_article_image,
    an_evidence,
    an_official,
    moment,
    published,
)
from tests.small_city import a_draft

pytestmark = pytest.mark.both_databases

NOW, REASON = "2020-09-01", "A face was to be seen."
SECRET = "Zhang San, 0357-1234567, stands on the left."


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shown(city, face) -> Report:
    """A correction that carries over what the report before it said and showed."""
    wrong = a_report(city.bridge, "2020-07-31", {"built": 40}, text=SECRET, problem="Mud.")
    an_evidence(wrong, title="Zhang San at work", kind="PHOTO", content=face, name="a.jpg")
    published(wrong, "2020-08-05")
    right = a_correction(wrong, {"built": 41}, text=SECRET, problem="No mud.")
    an_evidence(right, title="At work", kind="PHOTO", content=face, name="b.jpg")
    return published(right, "2020-08-06")


def a_story() -> Article:
    return Article.objects.create(slug="story", title="Story", body="x", is_published=True, published_at=timezone.now())


def all_of(fact, field: str) -> list[str]:
    return [place.key for place in places_of(fact, field)[1:] if place.is_same]


def hidden_by(by, fact, field: str, also=None) -> list[Redaction]:
    entries = hide(fact, field, also=all_of(fact, field) if also is None else also, reason=REASON, by=by)
    return list(Redaction.objects.filter(entry__in=entries).order_by("entry"))


def shown_in(*models) -> str:
    return str([list(model.objects.values()) for model in models])


# Everywhere


def test_each_version_is_offered_and_another_wording_only_for_a_look(shown):
    text, problem = places_of(shown, "text"), places_of(shown, "problem")
    assert [(one.key, one.is_same) for one in text] == [
        (f"{shown.entry_id}/text", True),
        (f"{shown.corrects.entry_id}/text", True),
    ]
    assert [one.is_same for one in problem] == [True, False]
    assert places_of(shown.corrects, "text")[1].key == f"{shown.entry_id}/text"


def test_the_same_photo_is_found_wherever_it_stands(city, shown, face):
    story = a_story()
    image = an_article_image(story, "c.jpg")
    image.file.save("c.jpg", ContentFile(face))
    other = an_article_image(story, "d.jpg")
    assert [place.key for place in places_of(shown, "evidence/1")] == [
        f"{shown.entry_id}/evidence/1",
        f"{shown.corrects.entry_id}/evidence/1",
        f"image/{image.pk}",
    ]
    assert other.file.name


def test_the_same_photo_of_a_check_and_of_its_correction_goes_with_that_of_a_report(
    city, shown, face, first, second, django_capture_on_commit_callbacks
):
    """docs/rules.md: redaction."""
    check = a_check(city.gate, "2020-08-10")
    own = an_evidence(check, title="At the gate", kind="PHOTO", content=face, name="c.jpg")
    published(check, "2020-08-11")
    mended = a_check(city.gate, "2020-08-10", corrects=check, correction_reason="Another gate.")
    again = an_evidence(mended, title="Still there", kind="PHOTO", content=face, name="d.jpg")
    published(mended, "2020-08-12")
    names = [own.file.name, again.file.name, shown.evidence.get().file.name]
    with django_capture_on_commit_callbacks(execute=True):
        redactions = hidden_by(first, mended, "evidence/1")
    assert [one.target for one in redactions] == [
        mended.entry,
        *(shown.corrects.entry, shown.entry),
        check.entry,
    ]
    assert "At the gate" not in shown_in(CheckEvidence)
    with django_capture_on_commit_callbacks(execute=True):
        for redaction in redactions:
            confirm(redaction, by=second)
    assert not any(map(default_storage.exists, [one for name in names for one in (name, *rendition_names(name))]))
    assert HiddenContent.objects.exclude(values={}).count() == 0
    assert list(differences()) == []


def test_one_press_hides_all_with_an_entry_each(shown, first):
    """docs/rules.md: redaction."""
    before = Entry.objects.count()
    redactions = hidden_by(first, shown, "text")
    assert [one.target for one in redactions] == [shown.entry, shown.corrects.entry]
    assert Entry.objects.count() == before + 2
    assert SECRET not in shown_in(Report)
    assert list(differences()) == []


def test_what_was_not_ticked_stays(shown, first):
    hidden_by(first, shown, "text", also=[])
    assert Report.objects.get(pk=shown.corrects_id).text == SECRET


def test_nothing_is_hidden_that_was_not_offered(city, shown, first):
    with pytest.raises(PublicationError, match="又有变化"):
        hide(shown, "text", also=[f"{city.report.entry_id}/text"], reason=REASON, by=first)
    assert Report.objects.get(pk=shown.pk).text == SECRET


def test_a_photo_goes_with_its_renditions_and_out_of_articles(shown, first, face, django_capture_on_commit_callbacks):
    story = a_story()
    image = an_article_image(story, "c.jpg")
    image.file.save("c.jpg", ContentFile(face))
    names = [*Evidence.objects.exclude(salt="").filter(kind="PHOTO").values_list("file", flat=True), image.file.name]
    with django_capture_on_commit_callbacks(execute=True):
        hidden_by(first, shown, "evidence/1")
    assert not any(map(default_storage.exists, [one for name in names for one in (name, *rendition_names(name))]))
    image = ArticleImage.objects.get(pk=image.pk)
    assert image.alt == "这张图片已依法隐去。"
    assert default_storage.open(image.file.name).read() != face
    assert list(differences()) == []


def test_what_a_measures_report_said_and_showed_goes_in_every_version(
    city, first, second, face, django_capture_on_commit_callbacks
):
    """docs/rules.md: redaction."""
    wrong = a_task_report(city.measure, "2020-07-31", text=SECRET)
    an_evidence(wrong, title="Zhang San at work", kind="PHOTO", content=face, name="a.jpg")
    published(wrong, "2020-08-05")
    right = a_task_correction(wrong, "UNDER_WAY", text=SECRET)
    an_evidence(right, title="Zhang San again", kind="PHOTO", content=face, name="b.jpg")
    published(right, "2020-08-06")
    photos = [one.file.name for one in TaskEvidence.objects.filter(report__in=(wrong, right))]
    with django_capture_on_commit_callbacks(execute=True):
        redactions = [*hidden_by(first, right, "text"), *hidden_by(first, right, "evidence/1")]
    assert [one.target for one in redactions] == [right.entry, wrong.entry] * 2
    assert "Zhang San" not in shown_in(TaskReport, TaskEvidence)
    assert not any(map(default_storage.exists, photos))
    with django_capture_on_commit_callbacks(execute=True):
        for redaction in redactions:
            confirm(redaction, by=second)
    assert "Zhang San" not in shown_in(HiddenContent)
    assert list(differences()) == []


# Renditions


def test_another_face_in_the_small_picture_is_found(shown):
    name = rendition_names(shown.evidence.get().file.name)[0]
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"another face"))
    (found,) = differences()
    assert "evidence[0].renditions.-480.webp" in found


def test_a_rendition_that_was_drawn_later_is_none_of_the_record(city, face):
    report = a_report(city.bridge, "2020-08-20", {"built": 42})
    evidence = an_evidence(report, kind="PHOTO", content=face, name="f.jpg")
    for name in rendition_names(evidence.file.name):
        (Path(default_storage.location) / name).unlink()
    published(report, "2020-08-22")
    write_renditions(default_storage, evidence.file.name)
    assert list(differences()) == []


# By two


def test_until_it_is_confirmed_it_is_kept_and_then_destroyed(shown, first, second, django_capture_on_commit_callbacks):
    """docs/rules.md: redaction."""
    with django_capture_on_commit_callbacks(execute=True):
        redaction, _ = hidden_by(first, shown, "evidence/1")
    kept = redaction.contents.get()
    stored = kept.file.name
    assert kept.values["title"] == "At work"
    assert all(map(default_storage.exists, (stored, *rendition_names(stored))))
    with django_capture_on_commit_callbacks(execute=True):
        entry = confirm(redaction, by=second)
    assert (entry.kind, entry.subject) == ("confirmation", "project:bridge")
    assert (entry.payload["redaction"], entry.payload["target"]) == (redaction.entry_id, shown.entry_id)
    assert [act["role"] for act in entry.payload["acts"]] == ["reviewer", "reviewer"]
    kept.refresh_from_db()
    assert (kept.values, kept.file.name) == ({}, "")
    assert not any(map(default_storage.exists, (stored, *rendition_names(stored))))
    assert list(differences()) == []


def test_whoever_hid_does_not_confirm(shown, first):
    redaction, _ = hidden_by(first, shown, "text")
    with pytest.raises(PublicationError, match="另一位审核员"):
        confirm(redaction, by=first)


@pytest.mark.parametrize("person", [an_official, an_administrator])
def test_only_reviewers_confirm(shown, first, person):
    redaction, _ = hidden_by(first, shown, "text")
    with pytest.raises(PublicationError, match="权限"):
        confirm(redaction, by=person())


def test_only_reviewers_hide(shown):
    with pytest.raises(PublicationError, match="权限"):
        hide(shown, "text", also=[], reason=REASON, by=an_official())
    assert Report.objects.get(pk=shown.pk).text == SECRET


def test_the_database_wants_two_people(shown, first):
    redaction, _ = hidden_by(first, shown, "text")
    entry = Entry.objects.first()
    public = {"entry": entry, "published_at": entry.at, "published_on": entry.published_on}
    RedactionDecision.objects.create(redaction=redaction, is_confirmed=True, drafted_by=first)
    with publishing(), pytest.raises(IntegrityError), transaction.atomic():
        RedactionDecision.objects.update(**public, published_by=first)


# Given back


def test_after_seven_days_it_returns(shown, first, now, django_capture_on_commit_callbacks):
    """docs/rules.md: redaction."""
    with django_capture_on_commit_callbacks(execute=True):
        hidden_by(first, shown, "evidence/1")
        hidden_by(first, shown, "text")
        hidden_by(first, shown, "problem", also=[])
    now.shift(timedelta(days=7) - timedelta(seconds=1))
    assert restore_unconfirmed() == []
    now.shift(timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        entries = restore_unconfirmed()
    assert [entry.kind for entry in entries] == ["restoration"] * 5
    report = Report.objects.get(pk=shown.pk)
    assert (report.text, report.problem, report.salts) == (SECRET, "No mud.", shown.salts)
    photo = report.evidence.get()
    assert photo.title == "At work"
    assert all(map(default_storage.exists, (photo.file.name, *rendition_names(photo.file.name))))
    assert not HiddenContent.objects.exclude(values={}).exists()
    assert list(differences()) == []
    assert restore_unconfirmed() == []


def test_what_returned_may_be_hidden_again(shown, first, second, now):
    hidden_by(first, shown, "text", also=[])
    now.shift(timedelta(days=7))
    restore_unconfirmed()
    (again,) = hidden_by(second, shown, "text", also=[])
    confirm(again, by=first)
    assert list(differences()) == []


def test_a_confirmed_one_does_not_return(shown, first, second, now):
    (redaction,) = hidden_by(first, shown, "text", also=[])
    confirm(redaction, by=second)
    now.shift(timedelta(days=30))
    assert restore_unconfirmed() == []


def test_one_that_is_confirmed_in_that_moment_does_not_return_and_holds_up_no_other(
    shown, first, second, now, monkeypatch
):
    text, other = hidden_by(first, shown, "text")
    now.shift(timedelta(days=7))
    late = list(pending())
    confirm(text, by=second)
    monkeypatch.setattr("projects.redactions.pending", lambda: SimpleNamespace(filter=lambda **_: late))
    assert [entry.payload["redaction"] for entry in restore_unconfirmed()] == [other.entry_id]
    assert Report.objects.get(pk=shown.pk).text == ""


def test_an_editors_newer_picture_stays(shown, first, face, now, django_capture_on_commit_callbacks):
    image = an_article_image(a_story(), "c.jpg")
    image.file.save("c.jpg", ContentFile(face))
    with django_capture_on_commit_callbacks(execute=True):
        hidden_by(first, shown, "evidence/1")
        ArticleImage.objects.get(pk=image.pk).file.save("new.jpg", ContentFile(b"new"))
        now.shift(timedelta(days=7))
        restore_unconfirmed()
    assert default_storage.open(ArticleImage.objects.get(pk=image.pk).file.name).read() == b"new"


# Not again


@pytest.mark.parametrize("what", ["text", "photo"])
def test_the_same_is_not_published_again(city, shown, first, face, what):
    """docs/rules.md: redaction."""
    hidden_by(first, shown, {"text": "text", "photo": "evidence/1"}[what])
    said = {"text": f"  {SECRET}"} if what == "text" else {}
    official = an_official(city.works, name="again")
    again = a_draft(city.bridge, "2020-08-20", {"built": 42}, by=official, **said)
    if what == "photo":
        an_evidence(again, title="Elsewhere", kind="PHOTO", content=face, name="e.jpg")
    with pytest.raises(PublicationError, match="依法隐去"):
        submit(again, by=official)
    Report.objects.filter(pk=again.pk).update(submitted_at=timezone.now(), submitted_by=official)
    with pytest.raises(PublicationError, match="依法隐去"):
        publish(again, by=first)


# Nowhere


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_the_rows_and_the_files_is_mended_in_the_night(city, shown, first, second, monkeypatch):
    name = shown.evidence.get().file.name
    with monkeypatch.context() as patch:
        patch.setattr(MediaStorage, "move", lambda *names: None)
        redaction, *_ = hidden_by(first, shown, "evidence/1")
    assert default_storage.exists(name)
    hidden.finish()
    assert not default_storage.exists(name)
    with monkeypatch.context() as patch:
        patch.setattr(hidden, "_delete", lambda *names: None)
        confirm(redaction, by=second)
    kept = redaction.contents.get().file.name
    assert default_storage.exists(kept)
    call_command("tend_redactions", stdout=StringIO())
    assert not default_storage.exists(kept)


def test_a_night_without_redactions_leaves_the_copies_of_pages(city, settings, tmp_path, shown, first, now):
    settings.DATA_DIR = tmp_path
    page = tmp_path / "pages" / "00" / "a page"
    page.parent.mkdir(parents=True)
    page.write_text("as it was")
    call_command("tend_redactions", stdout=StringIO())
    assert page.exists()
    hidden_by(first, shown, "text")
    now.shift(timedelta(days=7))
    told = StringIO()
    call_command("tend_redactions", stdout=told)
    assert told.getvalue() == "恢复公开了 2 处没有人确认的隐去。\n"
    assert Report.objects.get(pk=shown.pk).text == SECRET
