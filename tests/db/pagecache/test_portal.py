"""The cache before the portal itself: the same pages, byte for byte, and made again whenever they would be others."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import SiteSettings
from accounts.publisher import publisher
from common import lru_cache
from huozhou_portal.wsgi import create_application
from news.models import Article
from pagecache.key import key_of
from projects.models import Project
from tests.cached_portals import get, request
from tests.factories import (
    a_correction,
    a_department,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    a_source,
    an_adjustment,
    an_administrator,
    an_editor,
    moment,
    published,
)
from tests.public_routes import routes
from tests.small_city import signed_in
from website.public_state import public_state

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAYS = ("", "?as_of=2020-06-30", "?as_of=2020-12-31")


@pytest.fixture
def cache(db, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)  # the test's own transaction
    cache = create_application(folder=tmp_path, polls=False)
    cache.poller.poll()
    return cache


@time_machine.travel("2020-06-30T15:59:00Z", tick=False)
def test_over_midnight_in_shanghai_every_page_with_a_warm_copy_is_of_the_new_day(cache, illustrative_2020):
    """Each was asked for a minute before, so that copies and what is remembered of the record are warm."""
    addresses = [address for address in some_addresses() if "?" not in address]
    cache.poller.poll()
    before = {address: get(cache, address).body.decode(errors="replace") for address in addresses}
    with time_machine.travel("2020-06-30T16:00:01Z", tick=False):
        cache.poller.poll()
        warm = {address: get(cache, address) for address in addresses}
        lru_cache.clear()
        for address, answer in warm.items():
            cache.store.drop(key_of(request(address)).text)
            cold = get(cache, address)
            # A workbook is an archive that tells when it was packed.
            assert answer.body == cold.body or address.endswith(".xlsx"), address
            max_age = re.search(r"max-age=(\d+)", answer.headers["cache-control"])
            is_file = answer.headers["content-type"].startswith(("image/", "application/pdf"))
            assert is_file or int(max_age[1]) <= 1, address
    assert 'datetime="2020-06-30"' in before["/2020/"]
    assert 'datetime="2020-07-01"' in warm["/2020/"].body.decode()


JUNK = "zzz9"


@pytest.mark.parametrize(
    "query", ["{0}={0}", "as_of=2020-06-30&{0}[]={0}", "as_of=no-day&{0}={0}", "q=x&%7a{0}={0}&page=0"]
)
def test_what_a_page_does_not_read_it_repeats_nowhere(cache, illustrative_2020, query):
    cache.poller.poll()
    addresses = [address for route in routes() for address in route.addresses()[-1:]]
    for address in [*addresses, "/nowhere/"]:
        answer = get(cache, f"{address}?{query.format(JUNK)}")
        assert JUNK not in f"{answer.headers}{answer.body.decode(errors='replace')}", address


def some_addresses() -> list[str]:
    """Every kept route with one row, those of a day on three."""
    kept = (route for route in routes() if route.view.cache_policy.is_cached)
    return [
        row + day
        for route in kept
        for row in route.addresses()[-1:]
        for day in DAYS
        if "as_of" in route.view.cache_policy.checks or not day
    ]


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("cookie", ["", "display=large"])
def test_a_copy_is_the_page_itself(cache, cookie):
    addresses = some_addresses()
    assert len(addresses) > 60
    for address in addresses:
        bare = get(cache.application, address, HTTP_COOKIE=cookie)
        if bare.status != 200:
            continue
        first, again = (get(cache, address, HTTP_COOKIE=cookie) for _ in range(2))
        assert first.body == again.body, address
        assert first.body == bare.body or ".xlsx" in address, address  # a workbook holds the second that made it
        assert "set-cookie" not in again.headers
        sending = {"cache-control", "vary", "etag", "content-length", "date"}
        assert {n: v for n, v in bare.headers.items() if n not in sending} == {
            n: v for n, v in again.headers.items() if n not in sending
        }, address
    assert len(list(cache.store.folder.glob("??/*"))) > 60


def an_article(slug="a", **fields):
    return Article.objects.create(
        slug=slug, title="News", body="News.", **{"is_published": True, "published_at": moment("2020-03-06"), **fields}
    )


def site_settings():
    SiteSettings.objects.update_or_create(pk=1, defaults={"site_name": "Promises"})


def drafts():
    a_project("draft", milestones=["built"])
    a_report(Project.objects.get(slug="bridge"), "2020-04-01", {"built": 5})
    an_article("draft", is_published=False)
    an_article("later", published_at=timezone.now() + timedelta(days=3))


def report():
    published(a_report(Project.objects.get(slug="bridge"), "2020-04-01", {"built": 5}, text="Said."), "2020-04-02")


def correction():
    report = Project.objects.get(slug="bridge").reports.get()
    published(a_correction(report, {"built": 4}), "2020-04-03")


def adjustment():
    published(an_adjustment(Project.objects.get(slug="bridge"), place="Here"), "2020-04-04")


def department():
    published(a_department("new-office"), "2020-04-05")


def redaction():
    report = Project.objects.get(slug="bridge").reports.order_by("pk").first()
    published(a_redaction(report, "text"), "2020-04-06")


def article():
    an_article()


def edited():
    Article.objects.get(slug="a").save()


def withdrawn():
    article = Article.objects.get(slug="a")
    article.withdrawn_at, article.withdrawal_reason = timezone.now(), "Wrong."
    article.save()


ACTS = [report, correction, adjustment, department, redaction, article, edited, withdrawn, site_settings]
HIDING = {redaction, withdrawn}


def test_every_act_in_public_changes_the_version_and_no_draft_does():
    project = a_project("bridge", milestones=["built"])
    published(a_plan(project), "2020-03-05")
    seen = [public_state(None)]
    for act in ACTS:
        act()
        seen.append(public_state(seen[-1]))
    today = timezone.localdate()
    for act, (before, after) in zip(ACTS, pairwise(seen), strict=True):
        assert before.version(today) != after.version(today), act.__name__
        assert (before.hidden != after.hidden) is (act in HIDING), act.__name__
    drafts()
    assert public_state(seen[-1]) == public_state(None) == seen[-1]


def test_the_site_says_its_new_name_on_every_page_once_it_was_polled(cache, plan_2020):
    """Also where another process has saved it, which sends no signal here."""
    cache.poller.poll()
    old = [get(cache, address).body for address in ("/2020/", "/2020/?as_of=2020-03-31")]
    SiteSettings.objects.bulk_create([SiteSettings(site_name="Promises")])
    assert publisher().site_name not in ("", "Promises")
    assert [get(cache, address).body for address in ("/2020/", "/2020/?as_of=2020-03-31")] == old
    cache.poller.poll()
    for address in ("/2020/", "/2020/?as_of=2020-03-31"):
        assert b"Promises</a>" in get(cache, address).body


def test_an_article_of_tomorrow_comes_by_itself():
    an_article(published_at=timezone.now() + timedelta(hours=1))
    before = public_state(None)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert public_state(before).texts != before.texts


def test_the_frame_of_past_pages_follows_today():
    """A page of a past day leads to the plan of today: a new plan makes it anew."""
    published(a_plan(a_project("bridge", milestones=["built"]), year=2020), "2020-03-05")
    before = public_state(None)
    published(a_plan(a_project("bridge-2", milestones=["built"]), year=2021), "2021-03-05")
    published(a_department("office", source=a_source("example", kind="ILLUSTRATIVE")), "2021-03-06")
    after = public_state(before)
    past = moment("2020-06-01").date()
    assert before.version(past).entry == after.version(past).entry
    assert before.version(past) != after.version(past)


def test_what_is_known_of_a_day_is_its_last_entry():
    published(a_plan(a_project("bridge", milestones=["built"])), "2020-03-05")
    report()
    seen = public_state(None)
    days = {
        on: seen.version(moment(on).date()).entry for on in ("2020-03-04", "2020-03-05", "2020-04-01", "2020-04-02")
    }
    assert days["2020-03-04"] == ""
    assert days["2020-03-05"] == days["2020-04-01"]
    assert days["2020-04-02"] == seen.head == seen.version(None).entry
    assert seen == type(seen).from_json(seen.as_json())


@time_machine.travel(timezone.now(), tick=False)  # a sheet holds the second in which it was made
def test_what_is_answered_from_copies_is_the_same_for_whoever_is_signed_in(plan_2020):
    """Else a copy would be of somebody."""
    people = [Client(), *map(signed_in, (a_reviewer(), an_administrator(), an_editor()))]
    for asked in some_addresses():
        answers = {bytes(person.get(asked).getvalue()) for person in people}
        assert len(answers) == 1, asked
