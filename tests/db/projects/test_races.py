"""A draft that is changed while it is being published: it is public as it was changed, or the change is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connection, transaction

from ledger.chain import PublicationError
from ledger.guard import PublishedRowError
from projects.models import Milestone, Report
from projects.publishing import publish, submit, withdraw
from projects.verification import differences
from tasks.models import Measure, Plan, Task
from tests.factories import (
    PROMISED_ON,
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_source,
    an_official,
    moment,
    published,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def plan():
    """About to be published."""
    plan = a_plan(a_project("bridge", milestones=("built",)))
    plan.source, plan.release_at = a_source(), moment(PROMISED_ON)
    plan.save()
    return plan


def saved(row) -> None:
    row.title = "Otherwise"
    row.save()


CHANGES: dict[str, Callable[[], object]] = {
    "a part is saved": lambda: saved(Task.objects.get()),
    "a part is updated": lambda: Task.objects.update(title="Otherwise"),
    "a part is added": lambda: Measure.objects.create(task=Task.objects.get(), number=2, title="More"),
    "parts are added": lambda: Measure.objects.bulk_create([Measure(task=Task.objects.get(), number=2, title="More")]),
    "a part is deleted": lambda: Measure.objects.create(task=Task.objects.get(), number=3, title="Less").delete(),
    "a promise is saved": lambda: saved(Milestone.objects.get()),
    "the plan is saved": lambda: saved(Plan.objects.get()),
}
# A new milestone is no part of what is public: it waits for a plan of its own.
BEFORE = {**CHANGES, "a promise is added": lambda: a_milestone(Milestone.objects.get().project, "opened")}


def in_a_transaction(act: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            act()
    finally:
        connection.close()


@pytest.mark.parametrize("name", BEFORE)
def test_a_publication_waits_for_what_is_being_changed(plan, name):
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            BEFORE[name]()
            publication = other.submit(in_a_transaction, lambda: publish(plan))
            assert not wait([publication], timeout=0.5).done
        publication.result()
    assert list(differences()) == []


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_waits_for_a_publication_and_is_refused(plan, name):
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            publish(plan)
            change = other.submit(in_a_transaction, CHANGES[name])
            assert not wait([change], timeout=0.5).done
        with pytest.raises(PublishedRowError):
            change.result()
    assert list(differences()) == []


# Two reports about one day


@pytest.fixture
def colleagues():
    """Two drafts about one day of a public project, each with its drafter."""
    works = published(a_department("works-office"))
    bridge = a_project("bridge-of-two", milestones=("built",), lead=works)
    published(a_plan(bridge, year=2021))
    drafts = []
    for name in ("first", "second"):
        draft = a_report(bridge, "2020-05-31", {"built": 40})
        draft.drafted_by = an_official(works, name=name)
        draft.save()
        drafts.append(draft)
    return drafts


def test_of_two_colleagues_who_send_at_once_one_is_told_who_sent_it(plan, colleagues):
    first, second = colleagues
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            submit(first, by=first.drafted_by)
            late = other.submit(in_a_transaction, lambda: submit(second, by=second.drafted_by))
            assert not wait([late], timeout=0.5).done
        with pytest.raises(PublicationError, match="已经送审（first，"):
            late.result()
    assert Report.objects.filter(submitted_at__isnull=False).get() == first


def test_of_two_presses_one_sends(plan, colleagues):
    draft, _ = colleagues
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            submit(draft, by=draft.drafted_by)
            again = other.submit(in_a_transaction, lambda: submit(draft, by=draft.drafted_by))
            assert not wait([again], timeout=0.5).done
        with pytest.raises(PublicationError, match="不用再送"):
            again.result()


def test_of_a_withdrawal_and_a_publication_one_comes_too_late(plan, colleagues):
    draft, _ = colleagues
    reviewer = a_reviewer()
    submit(draft, by=draft.drafted_by)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            withdraw(draft, by=draft.drafted_by)
            publication = other.submit(in_a_transaction, lambda: publish(draft, by=reviewer))
            assert not wait([publication], timeout=0.5).done
        with pytest.raises(PublicationError, match="还没有送审"):
            publication.result()
        submit(draft, by=draft.drafted_by)
        with transaction.atomic():
            publish(draft, by=reviewer)
            late = other.submit(in_a_transaction, lambda: withdraw(draft, by=draft.drafted_by))
            assert not wait([late], timeout=0.5).done
        with pytest.raises(PublicationError, match="已经公布了。写错了，请起草“更正”"):
            late.result()
