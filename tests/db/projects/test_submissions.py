"""Reports and adjustments on their way: drafted, submitted, withdrawn, sent back with a note, published."""

import pytest
import time_machine

from ledger.chain import PublicationError
from projects.models import Adjustment
from projects.publishing import publish, send_back, submit, withdraw
from tasks.models import PlanAdjustment
from tests.factories import (
    a_report,
    a_reviewer,
    an_adjustment,
    an_administrator,
    an_official,
    moment,
    published,
)

pytestmark = pytest.mark.both_databases

NOW = "2020-08-01"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False):
        yield


@pytest.fixture
def reviewer(db):
    return a_reviewer()


def a_report_draft(city):
    return a_report(city.bridge, "2020-07-01", {"built": 60}, by=an_official(city.works), submitted_at=None)


def an_adjustment_draft(city):
    return an_adjustment(city.bridge, by=an_official(city.works), place="By the lake", fields={"submitted_at": None})


def a_plan_adjustment_draft(city):
    return an_adjustment(city.plan, by=an_administrator(), title="Another", fields={"submitted_at": None})


@pytest.fixture(params=[a_report_draft, an_adjustment_draft, a_plan_adjustment_draft])
def draft(request, city):
    return request.param(city)


def test_it_is_submitted_before_it_is_published(draft, reviewer):
    with pytest.raises(PublicationError, match="还没有送审"):
        publish(draft, by=reviewer)
    submit(draft, by=draft.drafted_by)
    draft.refresh_from_db()
    assert draft.submitted_at == moment(NOW)
    publish(draft, by=reviewer)
    draft.refresh_from_db()
    assert draft.is_published


def test_it_is_submitted_once(draft):
    submit(draft, by=draft.drafted_by)
    with pytest.raises(PublicationError, match="已经送审"):
        submit(draft, by=draft.drafted_by)


def test_it_is_withdrawn_while_nobody_published_it(draft, reviewer):
    with pytest.raises(PublicationError, match="已经是草稿"):
        withdraw(draft, by=draft.drafted_by)
    submit(draft, by=draft.drafted_by)
    withdraw(draft, by=draft.drafted_by)
    draft.refresh_from_db()
    assert draft.submitted_at is None
    submit(draft, by=draft.drafted_by)
    publish(draft, by=reviewer)
    with pytest.raises(PublicationError, match="已经公布了。写错了"):
        withdraw(draft, by=draft.drafted_by)


def test_it_is_sent_back_with_a_note_and_comes_again(draft, reviewer):
    with pytest.raises(PublicationError, match="送审中"):
        send_back(draft, by=reviewer, text="Too early.")
    submit(draft, by=draft.drafted_by)
    with pytest.raises(PublicationError, match="意见"):
        send_back(draft, by=reviewer, text="  ")
    with pytest.raises(PublicationError, match="权限"):
        send_back(draft, by=draft.drafted_by, text="Not good.")
    assert not draft.review_notes.exists()
    send_back(draft, by=reviewer, text=" Say why. ")
    draft.refresh_from_db()
    note = draft.review_notes.get()
    assert (draft.submitted_at, note.text, note.by) == (None, "Say why.", reviewer)
    submit(draft, by=draft.drafted_by)
    publish(draft, by=reviewer)


def test_what_could_not_be_published_is_not_submitted(city):
    change = an_adjustment_draft(city)
    Adjustment.objects.filter(pk=change.pk).update(changes={"place": ["By the sea", "By the lake"]})
    with pytest.raises(PublicationError, match="起草之后已经变了"):
        submit(change, by=change.drafted_by)


def test_what_was_loaded_needs_no_submission(city):
    published(an_adjustment(city.bridge, place="By the sea"), NOW)
    published(an_adjustment(city.plan, title="Another"), NOW)
    assert not Adjustment.objects.filter(submitted_at__isnull=False).exists()
    assert not PlanAdjustment.objects.filter(submitted_at__isnull=False).exists()
