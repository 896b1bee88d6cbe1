"""What anybody can be refused for endlessly is told once a minute, with how often it happened since."""

import logging
import time

import pytest
from django.conf import settings
from django.test import Client

from common import log_limits
from common.log_limits import OnceAMinute

pytestmark = pytest.mark.one_database


def record(name: str, text: str = "Forbidden (%s)") -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, __file__, 1, text, ("no token",), None)


def test_one_line_a_minute_of_each_kind_says_how_many_were_left_out(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit = OnceAMinute()
    assert [limit.filter(record("django.security.csrf")) for _ in range(4)] == [True, False, False, False]
    assert limit.filter(record("axes"))
    now += log_limits.INTERVAL
    again = record("django.security.csrf")
    assert limit.filter(again)
    assert again.getMessage() == "Forbidden (no token) (and 3 more since the last one)"
    now += log_limits.INTERVAL
    last = record("django.security.csrf")
    assert limit.filter(last)
    assert last.getMessage() == "Forbidden (no token)"


def test_a_flood_of_refused_forms_leaves_one_line(db, monkeypatch):
    handler = next(one for one in logging.getLogger("django.security").handlers if one.filters)
    told = []
    monkeypatch.setattr(handler, "filters", [OnceAMinute()])
    monkeypatch.setattr(handler, "emit", told.append)
    client = Client(enforce_csrf_checks=True)
    for n in range(20):
        origin = {"HTTP_ORIGIN": f"https://evil-{n}.example"} if n % 2 else {}
        assert client.post("/admin/login/", {"username": "a"}, **origin).status_code == 403
    assert len(told) == 1


def test_loggers_of_what_anybody_can_be_refused_for_have_the_limit():
    for name in ("django.security", "axes"):
        assert settings.LOGGING["loggers"][name]["handlers"] == ["refusals"]
