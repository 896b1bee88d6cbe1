"""Whatever stands in an address: an answer in words, never an error of the server."""

from itertools import cycle, islice

import pytest
from django.test import Client

from tests.factories import a_department, a_plan, a_project, a_report, published
from tests.fuzzing import Asked, Fuzz, check
from tests.nasty_input import NASTY, NASTY_PARTS
from tests.public_routes import Route, routes

# What a page makes of its parameters reaches the database; days, methods, bodies and hosts are refused before.
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ROUTES = list(routes())
# The parts of an address that shows something.
PARTS = {
    "year": "2020",
    "month": "02",
    "group": "works",
    "series": "pledges",
    "number": "1",
    "slug": "bridge",
    "seq": "1",
    "name": "2020/x.jpg",
}
OTHERS = (
    *("page", "sort", "q", "series", "light", "outcome", "goal", "department", "kind", "project"),
    *("after", "limit", "per_page", "next", "from", "to", "x", ""),
)
METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
BODIES = {
    "application/x-www-form-urlencoded": b"x=%00&y",
    "multipart/form-data; boundary=x": b"--x\r\n\r\n\x00",
    "multipart/form-data": b"no boundary",
    "application/json; charset=nonsense": b"\xff",
}
# Staff's own page sends the visitor to the door; a forged form isn't let in.
REFUSED = {405, 403, 302}
HOSTS = (
    "evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1:x",
    "a b",
    "a@b",
    "[::",
    "<script>",
    "\xff",
)


@pytest.fixture(autouse=True)
def bridge():
    """The smallest record with something to show on every page."""
    office = a_department("bridge")
    published(office)
    project = a_project("bridge", milestones=["built"], lead=office)
    published(a_plan(project))
    published(a_report(project, "2020-06-30", {"built": 40}), "2020-07-01")


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def address_of(route: Route, **parts: str) -> str:
    return route.template.format(**PARTS | parts)


def got(visitor: Client, address: str, method: str = "GET", **headers) -> int:
    """The status, which is no error of the server."""
    response = visitor.generic(method, address, **headers)
    assert response.status_code < 500, (method, address[:200], headers, getattr(response, "exc_info", None))
    return response.status_code


@pytest.fixture
def share(request):
    """Of the values those that it is the n-th one's turn to meet: every fourth, and with `--everything` each.

    Pages read an address by the same few functions; one that didn't would meet harm enough in a share.
    """
    n_turns = 1 if request.config.option.everything else 4
    return lambda n, values: list(values)[n % n_turns :: n_turns]


def test_no_day_breaks_a_page(visitor, share):
    for n, route in enumerate(ROUTES):
        for value in share(n, NASTY.values()):
            got(visitor, f"{address_of(route)}?as_of={value}")


@pytest.mark.both_databases
def test_no_other_parameters_break_a_page(visitor):
    """All of them at once: a form checks each of its fields, whatever the others hold."""
    for route in ROUTES:
        values = list(NASTY.values())
        for value in values if is_choosy(visitor, route) else values[::6]:
            got(visitor, f"{address_of(route)}?{'&'.join(f'{name}={value}' for name in OTHERS)}")


def is_choosy(visitor: Client, route: Route) -> bool:
    """Whether the page reads more than the day: then it refuses nonsense."""
    nonsense = "&".join(f"{name}=%00" for name in OTHERS)
    return got(visitor, address_of(route)) != got(visitor, f"{address_of(route)}?{nonsense}")


@pytest.mark.both_databases
def test_no_repeated_parameter_breaks_a_page(visitor):
    """One alone, after two harmless ones of its name; which, and what it holds, changes from page to page."""
    turns = zip(cycle(("as_of", *OTHERS)), cycle(NASTY.values()), strict=False)
    for route in ROUTES:
        for name, value in islice(turns, 6):
            got(visitor, f"{address_of(route)}?{name}=1&{name}=&{name}={value}")


def test_no_number_of_parameters_breaks_a_page(visitor):
    for route in ROUTES:
        for n in (2000, 2001, 20000):
            got(visitor, f"{address_of(route)}?{'&'.join(['x=1'] * n)}")


@pytest.mark.both_databases
def test_no_part_of_an_address_breaks_a_page(visitor, share):
    parts = [(route, part) for route in ROUTES for part in route.parts]
    for n, (route, part) in enumerate(parts):
        for value in share(n, NASTY_PARTS.values()):
            status = got(visitor, address_of(route, **{part: value}))
            assert part != "name" or status == 404, (route, value)


def test_a_head_is_answered_like_its_page(visitor):
    for route in ROUTES:
        assert got(visitor, address_of(route), "HEAD") == got(visitor, address_of(route)), route


def test_nothing_can_be_sent_to_a_page(visitor):
    strict = Client(raise_request_exception=False, enforce_csrf_checks=True)
    for route in ROUTES:
        address = address_of(route)
        for method in METHODS:
            assert got(visitor, address, method) in REFUSED, (route, method)
        for client in (visitor, strict):
            for content_type, data in BODIES.items():
                assert got(client, address, "POST", data=data, content_type=content_type) in REFUSED, (route, data)


CHARSETS = (
    "idna",
    "undefined",
    "unicode_escape",
    "zlib",
    "utf-7",
    "utf-16",
    "punycode",
    "rot13",
    "nonsense",
    "gb18030",
)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_everything_is_read_as_utf_8(kind, charset):
    """Python knows charsets by which nothing can be read, and one that makes halves of characters."""
    fuzz, told = Fuzz(), (("CONTENT_TYPE", f"{kind}; charset={charset}"),)
    for target in (b"/search/?q=%E6%A1%A5", b"/admin/login/?next=%5Cud800", b"/display/?next=/%5Cud800"):
        for method in ("GET", "POST"):
            asked = Asked(method, target, told, b"username=%5Cud800&password=x" if method == "POST" else b"")
            check(asked, fuzz.ask(asked))
    assert "“桥”" in fuzz.ask(Asked("GET", b"/search/?q=%E6%A1%A5", told)).body.decode()


def test_a_forged_host_is_refused(visitor):
    for route in ROUTES:
        for host in HOSTS:
            assert got(visitor, address_of(route), HTTP_HOST=host) == 400, (route, host)
        asked = visitor.get(address_of(route), HTTP_X_FORWARDED_HOST=HOSTS[0])
        assert HOSTS[0] not in asked.content.decode("utf-8", "replace") + str(asked.headers), route
