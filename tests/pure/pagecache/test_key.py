"""Which addresses have a copy, and that each has one only."""

from datetime import date

import pytest

from pagecache.key import key_of
from tests.cached_portals import request
from tests.public_routes import routes

NOTHING = ""
SAME = [
    ("/", "/?junk=1", ""),
    ("/", "/?as_of=", ""),
    ("/", "/?as_of=%20", ""),
    ("/?as_of=2020-05-01", "/?x=y&as_of=2020-05-01&as_of2=3", "as_of=2020-05-01"),
    ("/?as_of=2020-05-01", "/?as_of=2020-04-01&as_of=2020-05-01", "as_of=2020-05-01"),
    ("/?as_of=2020-05-01", "/?as_of=+2020-05-01", "as_of=2020-05-01"),
    ("/2020/projects/", "/2020/projects/?page=1", ""),
    ("/2020/projects/?page=2", "/2020/projects/?page=002", "page=2"),
    ("/2020/projects/?light=DONE&sort=name", "/2020/projects/?sort=name&q=&light=DONE", "light=DONE&sort=name"),
    ("/about/", "/about/?noted=", ""),
    ("/news/", "/news/?%00=%ff&utm_source=x", ""),
]


@pytest.mark.parametrize(("address", "otherwise", "query"), SAME)
def test_one_page_has_one_address(address, otherwise, query):
    one, other = key_of(request(address)), key_of(request(otherwise))
    assert one.text == other.text
    assert (one.query, other.query) == (query, query)
    assert (one.is_canonical, other.is_canonical) == (True, False)


@pytest.mark.parametrize(
    "asked",
    [
        {"address": "/search/?q=road"},
        {"address": "/2020/projects/?q=road"},
        {"address": "/about/?noted=1:0123456789ab"},
        {"address": "/api/v1/ledger?after=3"},
        {"address": "/admin/"},
        {"address": "/nowhere/"},
        {"address": "/\xe9"},
        {"address": "/?as_of=yesterday"},
        {"address": "/?as_of=2020-02-30"},
        {"address": "/?as_of=%00"},
        {"address": "/ledger/?page=-1"},
        {"address": "/ledger/?page=9999999999"},
        {"address": "/ledger/?page=²"},
        {"address": "/ledger/?kind=report%00"},
        {"address": f"/ledger/?kind={'x' * 101}"},
        {"address": "/?" + "a=1&" * 1001},
        {"method": "POST"},
        {"method": "OPTIONS"},
        {"HTTP_RANGE": "bytes=0-1"},
        {"HTTP_AUTHORIZATION": "Basic eA=="},
        {"HTTP_HOST": "localhost:9000"},
        {"HTTP_HOST": "elsewhere.example"},
        {"HTTP_HOST": "www.localhost"},
        {"HTTP_HOST": ""},
    ],
)
def test_what_is_endless_or_somebodys_own_has_no_copy(asked):
    assert key_of(request(**asked)) is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({}, {"HTTP_COOKIE": "display=large"}, False),
        ({}, {"HTTP_COOKIE": "sessionid=abc"}, True),
        ({"HTTP_COOKIE": "x=1; display=large"}, {"HTTP_COOKIE": "display=large;y=2"}, True),
        ({}, {"HTTP_COOKIE": "display=largest; csrftoken=abc"}, True),
        ({}, {"HTTP_COOKIE": "notdisplay=large"}, True),
        ({}, {"wsgi.url_scheme": "https"}, False),
        ({}, {"HTTP_X_FORWARDED_PROTO": "https"}, True),
        ({}, {"HTTP_HOST": "LocalHost"}, True),
        ({}, {"HTTP_HOST": "127.0.0.1"}, False),
        ({"HTTP_HOST": "localhost:8000"}, {"HTTP_HOST": "LOCALHOST:8000"}, True),
        ({}, {"HTTP_USER_AGENT": "A phone", "HTTP_ACCEPT_LANGUAGE": "fr"}, True),
        ({}, {"method": "HEAD"}, True),
    ],
)
def test_a_copy_is_of_a_display_a_scheme_and_a_host(one, other, is_same):
    assert (key_of(request(**one)).text == key_of(request(**other)).text) is is_same


def test_behind_a_proxy_its_word_for_the_scheme_counts(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    plain, secure = key_of(request()), key_of(request(HTTP_X_FORWARDED_PROTO="https"))
    assert (plain.text[:7], secure.text[:8]) == ("http://", "https://")


def test_the_portals_own_address_may_name_a_port(settings):
    settings.SITE_URL = "https://portal.example:8443"
    assert key_of(request(HTTP_HOST="Portal.example:8443")).host == "portal.example:8443"


@pytest.mark.parametrize(
    ("query", "until"),
    [
        ("", None),
        ("as_of=2020-05-01", date(2020, 5, 1)),
        ("from=2020-04-01", None),
        ("from=2020-04-01&to=2020-05-01", date(2020, 5, 1)),
        ("from=2020-05-01&to=2020-04-01", date(2020, 5, 1)),
        ("from=2020-04-01&as_of=2020-05-01", date(2020, 5, 1)),
    ],
)
def test_the_last_day_that_a_page_tells_of(query, until):
    assert key_of(request(f"/2020/compare/?{query}")).day == until


def test_every_view_says_whether_it_is_kept():
    assert [route.name for route in routes() if not hasattr(route.view, "cache_policy")] == []
