"""What the law forbids to show in a report of a measure goes as what a project's report says: text, evidence, every version."""

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from ledger.chain import PublicationError
from ledger.models import Entry
from news.models import Article, ArticleImage
from projects.models import Evidence, Redaction
from projects.publishing import publish, submit
from projects.redactions import confirm, hide, places_of, restore_unconfirmed
from projects.verification import differences
from tasks.models import TaskEvidence, TaskReport
from tests.factories import (
    a_report,
    a_task_correction,
    a_task_report,
    an_article_image,
    an_evidence,
    an_official,
    moment,
    published,
)

pytestmark = pytest.mark.both_databases

NOW, REASON = "2020-09-01", "A face was to be seen."
SECRET = "Zhang San, 0357-1234567, stands on the left."


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def said(city, face) -> TaskReport:
    """A correction of a correction, each with the same words and the same photo."""
    report = None
    for number, declared in enumerate(("NOT_STARTED", "UNDER_WAY", "UNDER_WAY")):
        if report is None:
            report = a_task_report(city.measure, "2020-07-31", declared, text=SECRET)
        else:
            report = a_task_correction(report, declared, text=SECRET)
        an_evidence(report, title="Zhang San at work", kind="PHOTO", content=face, name=f"{number}.jpg")
        published(report, f"2020-08-0{number + 5}")
    return report


def versions(report: TaskReport) -> list[TaskReport]:
    return [report, report.corrects, report.corrects.corrects]


def keys(report: TaskReport, field: str) -> list[str]:
    return [place.key for place in places_of(report, field)]


def hidden_by(by, report, field: str) -> list[Redaction]:
    entries = hide(report, field, also=keys(report, field)[1:], reason=REASON, by=by)
    return list(Redaction.objects.filter(entry__in=entries).order_by("entry"))


def shown_in(*models) -> str:
    return str([list(model.objects.values()) for model in models])


@pytest.mark.parametrize("nth", [0, 1, 2], ids=["the last", "the one between", "the first"])
def test_each_version_is_offered_from_whichever_it_is_begun(said, nth):
    """docs/rules.md: redaction."""
    wanted = {f"{one.entry_id}/text" for one in versions(said)}
    begun = versions(said)[nth]
    assert keys(begun, "text")[0] == f"{begun.entry_id}/text"
    assert set(keys(begun, "text")) == wanted
    assert all(place.is_same for place in places_of(begun, "text"))


def test_one_press_hides_its_text_in_every_version_and_on_every_page(client, said, first):
    """docs/rules.md: redaction."""
    before = Entry.objects.count()
    assert len(hidden_by(first, said, "text")) == 3
    assert Entry.objects.count() == before + 3
    assert SECRET not in shown_in(TaskReport)
    addresses = [f"/ledger/{one.entry_id}/" for one in versions(said)]
    address = reverse("task", args=[2020, "works", 1])
    asked = [client.get(one) for one in (*addresses, address, f"{address}?as_of=2020-08-05")]
    assert {one.status_code for one in asked} == {200}
    assert not [one for one in asked if SECRET in one.content.decode()]
    assert "此处已依法隐去" in asked[3].content.decode()
    assert list(differences()) == []


def test_its_photo_is_found_in_every_version_in_a_projects_report_and_in_an_article(city, said, face):
    """docs/rules.md: redaction."""
    report = a_report(city.bridge, "2020-07-31", {"built": 40})
    an_evidence(report, title="The bridge", kind="PHOTO", content=face, name="bridge.jpg")
    published(report, "2020-08-08")
    image = an_article_image(Article.objects.create(slug="story", title="Story", body="x"), "c.jpg")
    image.file.save("c.jpg", ContentFile(face))
    wanted = {f"{one.entry_id}/evidence/1" for one in (*versions(said), report)} | {f"image/{image.pk}"}
    assert set(keys(said, "evidence/1")) == wanted
    assert set(keys(report, "evidence/1")) == wanted


def test_its_photo_goes_with_all_that_shows_it(city, said, face, first, django_capture_on_commit_callbacks):
    """docs/rules.md: redaction."""
    report = a_report(city.bridge, "2020-07-31", {"built": 40})
    an_evidence(report, title="The bridge", kind="PHOTO", content=face, name="bridge.jpg")
    published(report, "2020-08-08")
    names = [
        *TaskEvidence.objects.filter(kind="PHOTO").values_list("file", flat=True),
        *Evidence.objects.filter(kind="PHOTO").exclude(salt="").values_list("file", flat=True),
    ]
    assert len(names) == 4
    with django_capture_on_commit_callbacks(execute=True):
        hidden_by(first, said, "evidence/1")
    assert not any(map(default_storage.exists, names))
    assert "Zhang San" not in shown_in(TaskEvidence)
    assert not ArticleImage.objects.exists()
    assert list(differences()) == []


@pytest.mark.parametrize("field", ["text", "evidence/1"])
def test_it_is_destroyed_by_a_second_reviewer(said, first, second, field, django_capture_on_commit_callbacks):
    """docs/rules.md: redaction."""
    redactions = hidden_by(first, said, field)
    assert all(one.contents.exists() for one in redactions)
    with django_capture_on_commit_callbacks(execute=True):
        for redaction in redactions:
            confirm(redaction, by=second)
    assert all(taken.values == {} and not taken.file for one in redactions for taken in one.contents.all())
    assert list(differences()) == []


@pytest.mark.parametrize("field", ["text", "evidence/1"])
def test_it_returns_where_nobody_confirms(said, first, now, field, django_capture_on_commit_callbacks):
    """docs/rules.md: redaction."""
    before = shown_in(TaskReport, TaskEvidence)
    with django_capture_on_commit_callbacks(execute=True):
        hidden_by(first, said, field)
    assert shown_in(TaskReport, TaskEvidence) != before
    now.move_to(moment("2020-09-09"))
    with django_capture_on_commit_callbacks(execute=True):
        assert len(restore_unconfirmed()) == 3
    assert shown_in(TaskReport, TaskEvidence).count(SECRET) == 3
    assert shown_in(TaskReport, TaskEvidence).count("Zhang San at work") == 3
    assert list(differences()) == []


@pytest.mark.parametrize("field", ["text", "evidence/1"])
def test_the_same_is_not_sent_or_published_again(city, said, face, first, field):
    """docs/rules.md: redaction."""
    hidden_by(first, said, field)
    official = an_official(city.works, name="again")
    again = a_task_report(city.measure, "2020-08-20", text=f"  {SECRET}" if field == "text" else "Nothing new.")
    again.drafted_by = official
    again.save()
    if field != "text":
        an_evidence(again, title="Elsewhere", kind="PHOTO", content=face, name="e.jpg")
    with pytest.raises(PublicationError, match="依法隐去"):
        submit(again, by=official)
    TaskReport.objects.filter(pk=again.pk).update(submitted_at=moment(NOW), submitted_by=official)
    with pytest.raises(PublicationError, match="依法隐去"):
        publish(TaskReport.objects.get(pk=again.pk), by=first)
