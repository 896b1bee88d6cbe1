"""A draft that is changed while it is being published: it is public as it was changed, or the change is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from django.db import connection, transaction

from ledger.guard import PublishedRowError
from projects.models import Milestone
from projects.publishing import publish
from projects.verification import differences
from tasks.models import Measure, Plan, Task
from tests.factories import PROMISED_ON, a_milestone, a_plan, a_project, a_source, moment

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
