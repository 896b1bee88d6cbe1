"""Two administrators at accounts in the same moment: both are saved, and neither is told to try again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connection

from accounts.roles import REVIEWER
from desk.admin import users
from ledger.models import Entry
from tests.db.projects.test_reviewers import password_set, saved_person
from tests.factories import a_person, an_administrator
from tests.small_city import a_city

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def all_together(monkeypatch, name: str) -> None:
    """Whoever comes to `name` waits for the other, for half a second."""
    both, act = Barrier(2), getattr(users, name)

    def waiting(*args, **options):
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return act(*args, **options)

    monkeypatch.setattr(users, name, waiting)


def closed(act):
    try:
        return act()
    finally:
        connection.close()


@pytest.mark.parametrize("how", ["role", "password"])
def test_two_who_appoint_at_once_both_do(monkeypatch, how):
    city = a_city()
    administrators = [city.administrator, an_administrator("admin2")]
    clerks = [a_person(name, "编辑") for name in ("clerk", "clerk2")]
    acts = {
        "role": (lambda by, n: saved_person(by, clerks[n], REVIEWER), ["appointment"] * 2),
        "password": (lambda by, n: password_set(by, (city.reviewer, city.second_reviewer)[n]), ["password"] * 2),
    }
    act, expected = acts[how]
    all_together(monkeypatch, f"note_{how}")
    with ThreadPoolExecutor(2) as threads:
        pressed = [threads.submit(closed, lambda by=by, n=n: act(by, n)) for n, by in enumerate(administrators)]
    assert [one.result().status_code for one in pressed] == [302, 302]
    assert list(Entry.objects.filter(subject="reviewers").values_list("kind", flat=True)) == expected
