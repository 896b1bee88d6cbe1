"""Who gets a copy, who makes it, and what is shown when nobody can."""

import gzip
import multiprocessing
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import date

import pytest

from pagecache import store
from pagecache.middleware import LONGEST_OUTAGE, passes_limits
from pagecache.store import PageStore
from tests.cached_portals import TODAY, City, Portal, a_cache, get

HOUR = 3600


@pytest.fixture
def city():
    return City()


@pytest.fixture
def portal():
    return Portal()


@pytest.fixture
def cache(tmp_path, city, portal):
    return a_cache(tmp_path, city, portal)


def polls(cache):
    cache.poller.poll()


def n_stored(cache) -> int:
    """On the disk."""
    return sum(1 for _ in cache.store.folder.glob("??/*"))


def slowed(cache) -> tuple[threading.Event, threading.Event]:
    """Pages are made once the second is set; the first tells that one is asked for."""
    started, may_go = threading.Event(), threading.Event()
    make = cache.application

    def slowly(environ, start_response):
        started.set()
        may_go.wait(10)
        return make(environ, start_response)

    cache.application = slowly
    return started, may_go


# Copies


def test_a_page_is_made_once(cache, portal):
    answers = [get(cache) for _ in range(3)]
    assert len(portal.asked) == 1
    assert {answer.body for answer in answers} == {portal.body + b"1"}


@pytest.mark.parametrize(
    ("change", "is_made_again"),
    [
        ({"days": ((TODAY, "new"),)}, True),
        ({"texts": "an article"}, True),
        ({"hidden": "a redaction"}, True),
        ({"today": date(2020, 7, 1)}, True),
        ({}, False),
    ],
)
def test_a_page_is_made_again_when_what_it_follows_from_changes(cache, city, portal, change, is_made_again):
    get(cache)
    city.change(**change)
    polls(cache)
    get(cache)
    assert len(portal.asked) == 1 + is_made_again


def test_a_page_of_a_past_day_outlives_later_publications(cache, city, portal):
    get(cache, "/?as_of=2020-05-20")
    city.publish("later")
    polls(cache)
    get(cache, "/?as_of=2020-05-20")
    assert len(portal.asked) == 1
    city.publish("of that day", on=date(2020, 5, 20))
    polls(cache)
    get(cache, "/?as_of=2020-05-20")
    assert len(portal.asked) == 2


def test_what_reaches_the_portal_is_the_plain_address(cache, portal):
    get(
        cache,
        "/2020/projects/?sort=name&x=1&light=DONE",
        HTTP_COOKIE="csrftoken=a; display=large; other=b",
        HTTP_IF_NONE_MATCH="*",
        HTTP_ACCEPT_ENCODING="gzip",
    )
    (asked,) = portal.asked
    assert asked["QUERY_STRING"] == "light=DONE&sort=name"
    assert asked["HTTP_COOKIE"] == "display=large"
    assert {"HTTP_IF_NONE_MATCH", "HTTP_ACCEPT_ENCODING"} & asked.keys() == set()


def test_junk_adds_no_copy(cache, portal):
    get(cache)
    for n in range(300):
        assert get(cache, f"/?junk{n}={n}&as_of=").body == portal.body + b"1"
    assert (len(portal.asked), n_stored(cache), len(cache.store.memory)) == (1, 1, 1)


def test_a_proxy_is_told_to_keep_nothing_under_a_junk_address(cache):
    assert "x-accel-expires" not in get(cache).headers
    assert get(cache, "/?junk=1").headers["x-accel-expires"] == "0"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("404 Not Found", []),
        ("302 Found", [("Location", "/")]),
        ("500 Internal Server Error", []),
        ("200 OK", [("Set-Cookie", "sessionid=x")]),
        ("200 OK", [("Cache-Control", "no-store")]),
    ],
)
def test_what_is_no_public_page_is_passed_on_and_not_kept(cache, portal, status, headers):
    portal.status, portal.headers = status, headers
    answers = [get(cache), get(cache)]
    assert [answer.status for answer in answers] == [int(status[:3])] * 2
    assert (len(portal.asked), n_stored(cache)) == (2, 0)


def test_a_page_that_is_gone_leaves_no_copy(cache, city, portal):
    get(cache)
    portal.status = "410 Gone"
    city.change(texts="withdrawn")
    polls(cache)
    assert get(cache).status == 410
    assert (n_stored(cache), len(cache.store.memory)) == (0, 0)


@pytest.mark.parametrize("cookie", ["sessionid=abc", "sessionid=" + "x" * 200, "sessionid=; csrftoken=y"])
def test_a_cookie_of_a_session_real_or_made_up_turns_no_copy_off(cache, portal, cookie):
    get(cache)
    get(cache, HTTP_COOKIE=cookie)
    assert len(portal.asked) == 1
    get(cache, address="/about/", HTTP_COOKIE=cookie)
    assert "HTTP_COOKIE" not in portal.asked[1]


# How it is sent


def test_both_forms_are_the_same_page(cache, portal):
    plain, packed = get(cache), get(cache, HTTP_ACCEPT_ENCODING="gzip, deflate, br")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert [int(answer.headers["content-length"]) for answer in (plain, packed)] == [len(plain.body), len(packed.body)]
    assert plain.headers["etag"] == packed.headers["etag"]
    assert len(portal.asked) == 1


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip", True), ("gzip;q=0", False), ("gzip; q=0.0, br", False), ("gzip;q=0.5", True), ("br", False), ("", False)],
)
def test_it_is_compressed_where_the_asker_takes_it(cache, accepted, is_packed):
    assert ("content-encoding" in get(cache, HTTP_ACCEPT_ENCODING=accepted).headers) is is_packed


def test_who_has_the_page_already_is_told_so(cache):
    etag = get(cache).headers["etag"]
    for known in (etag, f'"other", {etag}', "*"):
        answer = get(cache, HTTP_IF_NONE_MATCH=known)
        assert (answer.status, answer.body) == (304, b"")
        assert "content-length" not in answer.headers
    assert get(cache, HTTP_IF_NONE_MATCH='"other"').status == 200


def test_head_tells_the_length_without_the_page(cache, portal):
    answer = get(cache, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(portal.body) + 1
    assert portal.asked[0]["REQUEST_METHOD"] == "GET"


def test_what_caches_may_do_with_it(cache, portal):
    portal.headers = [("Vary", "Cookie")]
    told = get(cache).headers
    assert told["cache-control"] == "public, max-age=1, stale-while-revalidate=10"
    assert told["vary"] == "Accept-Encoding, Cookie"


def test_a_file_keeps_its_own_hour(cache, portal):
    portal.content_type, portal.headers = "image/jpeg", [("Cache-Control", "public, max-age=3600")]
    answer = get(cache, "/media/evidence/a.jpg", HTTP_ACCEPT_ENCODING="gzip")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert "content-encoding" not in answer.headers


# One makes it


def test_one_makes_the_page_while_sixty_four_wait(cache, city, portal):
    old = get(cache).body
    city.publish("new")
    polls(cache)
    started, may_go = slowed(cache)
    answers = []
    first = threading.Thread(target=lambda: answers.append(get(cache).body))
    first.start()
    assert started.wait(10)
    others = [threading.Thread(target=lambda: answers.append(get(cache).body)) for _ in range(63)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    assert answers == [old] * 63
    may_go.set()
    first.join()
    assert answers[-1] == portal.body + b"2"
    assert len(portal.asked) == 2


def test_a_copy_of_long_ago_is_shown_to_nobody_while_the_new_one_is_made(cache, city, portal, monkeypatch):
    get(cache)
    city.publish("new")
    polls(cache)
    now, clock = time.monotonic(), time.time()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    monkeypatch.setattr(time, "time", lambda: clock + 61)
    cache.page_limiter.longest_wait = 0.0
    with cache.key_locks.held("http://localhost/? "):
        assert get(cache).status == 503
    assert get(cache).body == portal.body + b"2"


def test_a_copy_of_a_process_that_is_ahead_is_shown_by_one_that_is_behind(cache, city, portal, tmp_path):
    ahead = a_cache(tmp_path, City(), Portal(body=b"<main>new"))
    ahead.poller.read = City(state=replace(city.state, texts="later")).read
    polls(ahead)
    get(cache)
    city.publish("between")
    polls(cache)
    new = get(ahead).body
    with cache.key_locks.held("http://localhost/? "):
        assert get(cache).body == new


def test_a_process_that_is_behind_does_not_overwrite_the_copy_of_one_that_is_ahead(cache, city, portal, tmp_path):
    ahead = a_cache(tmp_path, city, Portal(body=b"<main>new"))
    get(cache)
    for entry, sees in (("first", cache), ("second", ahead)):
        city.publish(entry)
        polls(sees)
    new = get(ahead).body
    assert get(cache).body == new
    polls(cache)
    assert get(cache).body == new
    assert len(portal.asked) == 1


def test_a_copy_from_before_the_clock_was_set_back_is_made_anew(cache, city, portal, monkeypatch):
    get(cache)
    clock = time.time()
    monkeypatch.setattr(time, "time", lambda: clock - HOUR)
    city.publish("new")
    polls(cache)
    assert get(cache).body == portal.body + b"2"


def test_who_finds_no_older_copy_waits_for_the_first(cache, portal):
    started, may_go = slowed(cache)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(get(cache).body)) for _ in range(3)]
    threads[0].start()
    assert started.wait(10)
    for thread in threads[1:]:
        thread.start()
    may_go.set()
    for thread in threads:
        thread.join()
    assert answers == [portal.body + b"1"] * 3
    assert len(portal.asked) == 1


def _hold(folder, is_held, may_go):
    cache = a_cache(folder, City(), Portal())
    with cache.key_locks.held("http://localhost/? "):
        is_held.set()
        may_go.wait(30)


def test_processes_share_copies_and_wait_for_one_another(cache, city, portal, tmp_path):
    get(cache)
    other, others_portal = None, Portal()
    other = a_cache(tmp_path, city, others_portal)
    assert get(other).body == portal.body + b"1"
    city.publish("new")
    polls(cache)
    polls(other)
    context = multiprocessing.get_context("spawn")
    is_held, may_go = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, is_held, may_go))
    process.start()
    assert is_held.wait(30)
    assert get(cache).body == portal.body + b"1"
    assert len(portal.asked) == 1
    process.kill()  # what dies lets go
    process.join()
    assert get(cache).body == portal.body + b"2"
    assert get(other).body == portal.body + b"2"
    assert others_portal.asked == []


# The limiter


def test_when_all_places_are_taken_the_rest_is_refused_calmly(cache, portal):
    cache.page_limiter.longest_wait = cache.desk_limiter.longest_wait = 0.05
    get(cache)
    with ExitStack() as stack:
        for limiter in (cache.page_limiter, cache.desk_limiter):
            for n in range(limiter.slots):
                stack.enter_context(limiter.slot(f"192.0.2.{n}"))
        assert get(cache).status == 200
        assert get(cache, "/healthz").status == 200
        assert get(cache, "/static/css/site.css").status == 200
        refused = [
            get(cache, "/static/none.css"),
            get(cache, "/healthz/"),
            get(cache, "/search/?q=x"),
            get(cache, "/about/"),
            get(cache, "/admin/", method="POST"),
        ]
    assert [(answer.status, answer.headers["retry-after"]) for answer in refused] == [(503, "10")] * 5
    assert get(cache, "/search/?q=x").status == 200


@pytest.mark.parametrize(
    ("path", "is_free"),
    [
        ("/healthz", True),
        ("/static/css/site.css", True),
        ("/static/none.css", False),
        ("/static/../portal.sqlite3", False),
        ("/static//etc/passwd", False),
        ("/static/\0", False),
        (f"/static/{'x' * 5000}", False),
        ("/healthz/x", False),
        ("/", False),
    ],
)
def test_nothing_but_files_of_ours_and_the_pulse_passes_the_limits(path, is_free):
    assert passes_limits(path) is is_free


# Outages


def test_in_an_outage_the_copy_says_of_when_it_is(cache, city, portal, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_593_500_000.0)  # 2020-06-30 14:53:20 in Shanghai
    polls(cache)
    get(cache)
    city.is_away = True
    polls(cache)
    answer = get(cache)
    assert answer.status == 200
    assert "这一页是 2020 年 6 月 30 日 14:53 的样子" in answer.body.decode()
    assert answer.headers["cache-control"] == "no-cache"
    assert gzip.decompress(get(cache, HTTP_ACCEPT_ENCODING="gzip").body) == answer.body
    city.is_away = False
    polls(cache)
    assert get(cache).body == portal.body + b"1"
    assert get(cache).headers["cache-control"].startswith("public")
    assert len(portal.asked) == 1


def test_without_a_copy_an_outage_is_told_calmly(cache, city, portal):
    city.is_away = True
    polls(cache)
    for address in ("/", "/search/?q=x", "/admin/"):
        answer = get(cache, address)
        assert (answer.status, answer.headers["retry-after"], answer.body) == (503, "10", b"calm")
    assert portal.asked == []
    assert get(cache, "/admin/", method="POST").status == 200  # Django shows what was typed, or refuses by itself


def test_a_page_that_fails_on_the_database_falls_back_on_its_copy(cache, city, portal):
    get(cache)
    city.publish("new")
    polls(cache)
    portal.status = "503 Service Unavailable"
    answer = get(cache)
    assert answer.status == 200
    assert "的样子" in answer.body.decode()
    portal.status = "200 OK"
    assert get(cache).body == portal.body + b"3"


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 503)])
def test_a_copy_is_shown_for_a_day(cache, city, monkeypatch, hours, status):
    get(cache)
    city.is_away = True
    polls(cache)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + hours * HOUR)
    assert get(cache).status == status
    assert LONGEST_OUTAGE == 24 * HOUR


def test_what_was_hidden_since_is_not_shown_again(cache, city, portal):
    get(cache)
    city.change(hidden="a redaction")
    polls(cache)
    portal.status = "503 Service Unavailable"
    assert get(cache).status == 503
    city.is_away = True
    polls(cache)
    assert get(cache).status == 503


def test_a_process_that_starts_in_an_outage_finds_the_copies(cache, city, tmp_path):
    get(cache)
    city.is_away = True
    later = a_cache(tmp_path, city, Portal())
    later.poller.recall()
    answer = get(later)
    assert answer.status == 200
    assert "的样子" in answer.body.decode()


def test_data_in_an_outage_is_the_copy_itself(cache, city, portal):
    portal.content_type = "application/json"
    first = get(cache, "/api/v1/plans")
    city.is_away = True
    polls(cache)
    assert get(cache, "/api/v1/plans").body == first.body


# Memory and disk


def test_a_full_disk_leaves_the_memory(cache, portal, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_whole", full)
    assert [get(cache).status for _ in range(2)] == [200, 200]
    assert len(portal.asked) == 1


@pytest.mark.parametrize("spoil", [lambda b: b[:-5], lambda b: b"{}" + b, lambda b: b"", lambda b: b"\xff" * 40])
def test_a_damaged_copy_is_none(cache, city, portal, tmp_path, spoil):
    get(cache)
    (path,) = tmp_path.glob("??/*")
    path.write_bytes(spoil(path.read_bytes()))
    other = a_cache(tmp_path, city, portal)
    assert get(other).body == portal.body + b"2"


def test_the_memory_forgets_what_was_longest_unused(cache, portal):
    cache.store = PageStore(cache.store.folder, memory=20_000)
    get(cache)
    for n in range(1, 29):
        get(cache, f"/?as_of=2020-06-{n:02}")
        get(cache)
    assert sum(page.size for page in cache.store.memory.values()) <= 20_000
    assert n_stored(cache) == 29
    made = len(portal.asked)
    get(cache)
    get(cache, "/?as_of=2020-06-01")
    assert len(portal.asked) == made  # the hot page from memory, the other from the disk


def test_the_disk_forgets_filters_and_past_days_first(cache):
    for address in ("/", "/about/", "/?as_of=2020-05-01", "/?as_of=2020-06-01"):
        get(cache, address)
    sizes = sorted(path.stat().st_size for path in cache.store.folder.glob("??/*"))
    cache.store.sweep(most=sum(sizes[:2]) + 10)
    assert {path.name[-2:] == "-q" for path in cache.store.folder.glob("??/*")} == {False}
