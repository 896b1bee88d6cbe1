"""Places in Django: of each kind one address leaves one to others, who asks too much waits, and slow bodies take none."""

import threading
from contextlib import ExitStack

import pytest

from common.limiter import Limiter, Overloaded, slot_released
from tests.cached_portals import City, Portal, a_cache, get

OFFICE, OTHER = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}


@pytest.fixture
def cache(tmp_path):
    cache = a_cache(tmp_path, City(), Portal())
    for limiter in (cache.page_limiter, cache.desk_limiter, cache.body_limiter):
        limiter.longest_wait = 0.05
    return cache


class Slow:
    """A body of which the rest comes once it may."""

    def __init__(self, rest: bytes = b"=1"):
        self.chunks = iter([b"a", rest, b""])
        self.has_begun, self.may_go = threading.Event(), threading.Event()

    def read(self, _size: int) -> bytes:
        if self.has_begun.is_set():
            assert self.may_go.wait(10)
        self.has_begun.set()
        return next(self.chunks)


def sent(body, length: int = 3) -> dict:
    return {"wsgi.input": body, "CONTENT_LENGTH": str(length)}


def taken(stack: ExitStack, limiter: Limiter, address: str) -> int:
    """All places that the address gets, how many they are."""
    n = 0
    while True:
        try:
            stack.enter_context(limiter.slot(address))
        except Overloaded:
            return n
        n += 1


@pytest.mark.parametrize("places", [1, 2, 3, 8])
def test_an_address_leaves_one_place_to_others_where_there_are_several(places):
    limiter = Limiter(places, queue_size=1, longest_wait=0)
    with ExitStack() as stack:
        mine = taken(stack, limiter, "mine")
        assert mine == max(1, places - 1)
        assert taken(stack, limiter, "another's") == places - mine


def test_whoever_finds_no_place_waits_for_one():
    limiter = Limiter(slots=2, queue_size=2, longest_wait=10)
    passed = threading.Event()

    def come():
        with limiter.slot("office"):
            passed.set()

    with limiter.slot("office"):
        thread = threading.Thread(target=come)
        thread.start()
        assert not passed.wait(0.05)
        with limiter.slot("another"):
            pass
    assert passed.wait(10)
    thread.join()


def test_an_address_leaves_one_seat_to_others():
    limiter = Limiter(slots=1, queue_size=2, longest_wait=0)
    with limiter.queued("mine"):
        with pytest.raises(Overloaded), limiter.queued("mine"):
            pass
        with limiter.queued("another's"):
            pass


def test_places_are_given_back():
    limiter = Limiter(slots=2, queue_size=1, longest_wait=0)
    for _ in range(3):
        with limiter.slot("mine"), limiter.slot("another's"):
            pass
    assert not limiter._running


def test_what_takes_long_leaves_its_place_to_others_and_has_one_again():
    limiter = Limiter(slots=1, queue_size=1, longest_wait=0)

    with limiter.slot("mine"):
        with slot_released():
            assert not limiter._running
        assert limiter._running == {"mine": 1}
    assert not limiter._running
    with slot_released():  # before no limiter
        pass


def test_one_address_is_not_in_the_way_of_another(cache):
    with ExitStack() as stack:
        taken(stack, cache.page_limiter, "192.0.2.1")
        assert get(cache, "/search/?q=x", **OFFICE).status == 503
        assert get(cache, "/search/?q=x", **OTHER).status == 200


def test_the_lines_of_an_ipv6_network_are_one_address(cache):
    with ExitStack() as stack:
        taken(stack, cache.page_limiter, "2001:db8::")
        assert get(cache, "/search/?q=x", REMOTE_ADDR="2001:db8::7").status == 503
        assert get(cache, "/search/?q=x", REMOTE_ADDR="2001:db8:0:1::7").status == 200


def test_what_a_visitor_says_of_his_address_is_believed_of_proxies_alone(cache, settings):
    with ExitStack() as stack:
        taken(stack, cache.page_limiter, "192.0.2.1")
        forged = OFFICE | {"HTTP_X_FORWARDED_FOR": "192.0.2.2"}
        assert get(cache, "/search/?q=x", **forged).status == 503
        settings.PROXY_COUNT = 1
        assert get(cache, "/search/?q=x", **forged).status == 200


def test_readers_take_no_place_of_the_desk(cache):
    with ExitStack() as stack:
        for address in ("192.0.2.1", "192.0.2.2"):
            taken(stack, cache.page_limiter, address)
        assert get(cache, "/search/?q=x", **OFFICE).status == 503
        assert get(cache, "/admin/", **OFFICE).status == 200
        assert get(cache, "/admin/login/", "POST", **OTHER).status == 200


def test_copies_are_counted_nowhere(cache):
    get(cache, **OFFICE)
    with ExitStack() as stack:
        for limiter in (cache.page_limiter, cache.desk_limiter, cache.body_limiter):
            taken(stack, limiter, "192.0.2.1")
        assert get(cache, **OFFICE).status == 200


# Bodies


def test_a_body_that_is_slow_takes_no_place(cache):
    slow = [Slow(), Slow()]
    answers = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(get(cache, "/admin/", "POST", **OFFICE, **sent(one))))
        for one in slow
    ]
    for thread, one in zip(threads, slow, strict=True):
        thread.start()
        assert one.has_begun.wait(10)
    assert not cache.desk_limiter._running
    assert get(cache, "/admin/", "POST", **OFFICE).status == 200
    assert get(cache, "/admin/", "POST", **OFFICE, **sent(Slow())).status == 503  # begun too many at once
    for one in slow:
        one.may_go.set()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200, 200]
    assert cache.application.asked[-1]["wsgi.input"].read() == b"a=1"


def test_a_body_that_breaks_off_is_not_passed_on(cache):
    slow = Slow(rest=b"")
    slow.may_go.set()
    assert get(cache, "/admin/", "POST", **OFFICE, **sent(slow)).status == 503
    assert cache.application.asked == []


@pytest.mark.parametrize("environ", [{"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "-5"}, {"CONTENT_LENGTH": "many"}])
def test_of_what_names_no_length_nothing_is_read(cache, environ):
    slow = Slow()
    assert get(cache, "/admin/", "POST", **OFFICE, **{"wsgi.input": slow, **environ}).status == 200
    assert not slow.has_begun.is_set()
