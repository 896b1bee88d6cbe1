"""The document by which an adjustment was decided: title, number, day, and a file or a link, kept with their digests."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from ledger.chain import PublicationError, digest
from ledger.guard import PublishedRowError
from projects.models import Adjustment, HiddenContent, Redaction
from projects.publishing import submit
from projects.redactions import confirm, hide, places_of, restore_unconfirmed
from projects.verification import differences
from tasks.models import PlanAdjustment
from tests.factories import (
    a_report,
    a_reviewer,
    an_adjustment,
    an_administrator,
    an_evidence,
    day,
    moment,
    published,
    published_by,
    with_paper,
)

pytestmark = pytest.mark.both_databases

PAPER = b"%PDF-1 with a name in it"
LINK = "https://example.org/decision"
KNOWN = {"document": "On the bridge", "document_number": "No. 12", "document_on": day("2020-06-18")}
REASON = "A name was to be read."


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment("2020-09-01"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def moved(city) -> PlanAdjustment:
    change = an_adjustment(city.to_open, due_on="2021-03-31", fields=KNOWN)
    return published(with_paper(change, PAPER), "2020-08-03")


@pytest.fixture
def also_moved(city, moved) -> Adjustment:
    """By the same decision."""
    return published(with_paper(an_adjustment(city.bridge, place="North", fields=KNOWN), PAPER), "2020-08-03")


def hidden_by(reviewer, fact, field: str = "document") -> list[Redaction]:
    also = [place.key for place in places_of(fact, field)[1:] if place.is_same]
    entries = hide(fact, field, also=also, reason=REASON, by=reviewer)
    return list(Redaction.objects.filter(entry__in=entries).order_by("entry"))


def test_all_of_it_enters_under_the_salt_of_its_title(moved):
    """docs/rules.md: document, digests."""
    salt = moved.salts["document"]
    assert moved.entry.payload["texts"]["document"] == digest(salt, "On the bridge")
    assert moved.entry.payload["document"] == {
        "number": digest(salt, "No. 12"),
        "file": digest(salt, PAPER),
        "date": "2020-06-18",
    }
    assert list(differences()) == []


def test_a_link_enters_too(city):
    change = published(an_adjustment(city.to_open, amount="2", fields={"document_url": LINK}), "2020-08-03")
    assert change.entry.payload["document"] == {"url": digest(change.salts["document"], LINK)}


def test_of_a_title_alone_nothing_more_is_said(city):
    """As of every adjustment of before there was more to say."""
    assert "document" not in city.postponement.entry.payload


@pytest.mark.parametrize("known", ["document_number", "document_on", "document_url", "document_file"])
def test_the_database_wants_a_title(city, known):
    value = day("2020-06-18") if known == "document_on" else LINK
    for promise, new in ((city.bridge, {"place": "North"}), (city.to_open, {"amount": "2"})):
        with pytest.raises(IntegrityError), transaction.atomic():
            an_adjustment(promise, fields={"document": "", known: value}, **new)


def test_the_database_wants_it_in_one_place(city):
    for promise, new in ((city.bridge, {"place": "North"}), (city.to_open, {"amount": "2"})):
        with pytest.raises(IntegrityError), transaction.atomic():
            an_adjustment(promise, fields={"document_url": LINK, "document_file": "a.pdf"}, **new)


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ({"document_on": day("2020-09-02")}, "文件日期 2020-09-02 还没到"),
        ({"document_on": day("1920-09-02")}, "1949"),
        ({"document_url": "ftp://example.org/a"}, "网址"),
        ({"document_file": "evidence/lost.pdf"}, "不见了"),
    ],
)
def test_what_can_not_be_is_refused(city, known, text):
    administrator = an_administrator()
    for promise, new in ((city.bridge, {"place": "North"}), (city.to_open, {"amount": "2"})):
        draft = an_adjustment(promise, by=administrator, fields={**known, "submitted_at": None}, **new)
        with pytest.raises(PublicationError, match=text):
            submit(draft, by=administrator)


def test_once_public_it_stays(moved):
    moved.document_number = "No. 13"
    with pytest.raises(PublishedRowError):
        moved.save()
    assert list(differences()) == []


def test_another_file_in_its_place_is_found(moved):
    default_storage.delete(moved.document_file.name)
    assert any("document.file" in found for found in differences())


# Hidden


def test_it_goes_as_a_whole_with_every_decision_that_has_it(moved, also_moved, django_capture_on_commit_callbacks):
    """docs/rules.md: redaction."""
    first, second = a_reviewer("first"), a_reviewer("second")
    names = [change.document_file.name for change in (moved, also_moved)]
    with django_capture_on_commit_callbacks(execute=True):
        redactions = hidden_by(first, moved)
    assert {one.target_id for one in redactions} == {moved.entry_id, also_moved.entry_id}
    for change in (moved, also_moved):
        change.refresh_from_db()
        assert (change.document, change.document_number, change.document_on) == ("", "", None)
        assert (change.document_url, change.document_file.name, "document" in change.salts) == ("", "", False)
        assert change.reason
    assert list(differences()) == []
    with django_capture_on_commit_callbacks(execute=True):
        for redaction in redactions:
            confirm(redaction, by=second)
    assert not any(map(default_storage.exists, names))
    assert not HiddenContent.objects.exclude(values={}).exists()
    assert not HiddenContent.objects.exclude(file="").exists()
    assert list(differences()) == []


def test_the_same_file_is_found_as_evidence_and_the_other_way_round(city, moved):
    report = a_report(city.bridge, "2020-08-20", {"built": 42})
    an_evidence(report, content=PAPER, name="other.pdf")
    published(report, "2020-08-22")
    assert f"{report.entry_id}/evidence/1" in [place.key for place in places_of(moved, "document")]
    assert f"{moved.entry_id}/document" in [place.key for place in places_of(report, "evidence/1")]


def test_another_document_of_the_same_name_is_offered_for_a_look(city, moved):
    other = published(
        with_paper(an_adjustment(city.built, title="Stands", fields=KNOWN), b"%PDF-1 other"), "2020-08-04"
    )
    (place,) = [place for place in places_of(moved, "document") if place.entry == other.entry]
    assert not place.is_same


def test_of_a_title_alone_the_same_title_is_the_same(city):
    same = [
        published(an_adjustment(promise, fields={"document": "With a name"}, **new), "2020-08-03")
        for promise, new in ((city.bridge, {"place": "North"}), (city.to_open, {"amount": "2"}))
    ]
    assert [(place.entry, place.is_same) for place in places_of(same[0], "document")] == [
        (same[0].entry, True),
        (same[1].entry, True),
    ]


def test_it_returns_whole_where_nobody_confirms(moved, now, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        hidden_by(a_reviewer("first"), moved)
        hide(moved, "reason", also=[], reason=REASON, by=a_reviewer("second"))
    now.shift(timedelta(days=7))
    with django_capture_on_commit_callbacks(execute=True):
        restore_unconfirmed()
    again = PlanAdjustment.objects.get(pk=moved.pk)
    assert {name: getattr(again, name) for name in KNOWN} == KNOWN
    assert (again.reason, again.salts) == (moved.reason, moved.salts)
    assert again.document_content() == PAPER
    assert list(differences()) == []


def test_a_loaded_redaction_destroys_it_at_once(moved, django_capture_on_commit_callbacks):
    name = moved.document_file.name
    with django_capture_on_commit_callbacks(execute=True):
        published(Redaction.objects.create(target=moved.entry, field="document", reason=REASON), "2020-08-20")
    assert not default_storage.exists(name)
    assert list(differences()) == []


@pytest.mark.parametrize("what", ["title", "link", "file"])
def test_the_same_is_not_published_again(city, what):
    """docs/rules.md: redaction."""
    known = {"document": "With a name"} | ({"document_url": LINK} if what == "link" else {})
    change = an_adjustment(city.bridge, place="North", fields=known)
    published(with_paper(change, PAPER) if what == "file" else change, "2020-08-03")
    hidden_by(a_reviewer("first"), change)
    administrator = an_administrator()
    again = known | ({} if what == "title" else {"document": "Another name"})
    draft = an_adjustment(city.bridge, place="South", by=administrator, fields={**again, "submitted_at": None})
    if what == "file":
        with_paper(draft, PAPER)
    with pytest.raises(PublicationError, match="依法隐去"):
        submit(draft, by=administrator)


def test_two_people_publish_it_with_its_file(city):
    administrator = an_administrator()
    draft = with_paper(an_adjustment(city.bridge, place="North", by=administrator, fields=KNOWN), PAPER)
    published_by(draft, a_reviewer("second"))
    assert "file" in draft.entry.payload["document"]
