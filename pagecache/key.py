"""Which public addresses are kept as copies, and the one way to write each of them.

What a page doesn't read is no part of its address: junk behind the question mark adds no copy. What could take endlessly
many values (the words of a search) isn't kept at all.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from common.display import COOKIE, LARGE

MOST_DIGITS = 5
MOST_PAIRS = 1000  # as many as Django itself reads
LARGE_COOKIE = re.compile(rf"(?:^|;)\s*{COOKIE}={LARGE}\s*(?:;|$)")
WORD = re.compile(r"[A-Za-z0-9_.-]{1,100}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NotKept(Exception):
    """The address is one that no copy is kept of: Django answers it, or refuses it in words."""


def day(text: str) -> str:
    if not DAY.fullmatch(text.strip()):
        raise NotKept
    return text.strip()


def word(text: str) -> str:
    if not WORD.fullmatch(text):
        raise NotKept
    return text


def page(text: str) -> str:
    """The first page is the one without a number."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotKept
    return "" if int(text) == 1 else str(int(text))


def endless(_text: str) -> str:
    raise NotKept


AS_OF: dict[str, Callable[[str], str]] = {"as_of": day}
FILTER = dict.fromkeys(("series", "light", "outcome", "goal", "department", "sort"), word)
TABLE = AS_OF | FILTER | {"q": endless, "page": page}
NEWS = {"task": word, "project": word, "page": page}
# Each route with the parameters that its view reads. A test asks of every route that it stands here or below.
KEPT: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    "front": AS_OF,
    "overview": AS_OF,
    "task-list": AS_OF,
    "task": AS_OF | {"page": page},
    "project-table": TABLE,
    "project-table-csv": TABLE,
    "project-table-xlsx": TABLE,
    "indicators": AS_OF,
    "changes": AS_OF | {"page": page},
    "compare": AS_OF | {"from": day, "to": day, "page": page},
    "review": AS_OF | {"page": page},
    "deadlines": AS_OF,
    "project": AS_OF,
    "poster": AS_OF,
    "qr-code": {},
    "department-list": AS_OF,
    "department": AS_OF | {"page": page},
    "ledger": AS_OF | {"kind": word, "project": word, "page": page},
    "entry": {},
    "voucher-qr": {},
    "news:list": NEWS,
    "news:month": NEWS,
    "news:article": {},
    "record-feed": {},
    "news-feed": {},
    "sitemap": {"p": endless},
    "robots": {},
    "favicon": {},
    "manifest": {},
    "security-txt": {},
    "about": {"noted": endless},
    "accessibility": {},
    "site-map": {"page": page},
    "verification-script": {},
    "api:plans": {},
    "api:plan": AS_OF,
    "api:projects": AS_OF,
    "api:project": AS_OF,
    "api:ledger": AS_OF | {"after": endless, "limit": endless},
    "evidence-file": {},
    "cover": {},
    "article-picture": {},
    "article-attachment": {},
}
NOT_KEPT: Mapping[str, Collection[str]] = {
    "front-tasks": AS_OF,  # they only lead on
    "front-projects": AS_OF,
    "search": ("q", "kind", "page"),  # any word can be asked for
    "display": ("to", "next"),  # sets the cookie
    "styleguide": (*AS_OF, "sort", "page"),  # for staff
    "healthz": (),
    "readyz": (),
}
READ: Mapping[str, Collection[str]] = {**KEPT, **NOT_KEPT}


class Asked(NamedTuple):
    """`key` names the copy; `day` is the last one that the page tells of, None for today."""

    key: str
    host: str
    query: str
    day: date | None
    is_large: bool
    is_canonical: bool


def asked_of(environ: Mapping[str, Any]) -> Asked | None:
    """The address of the copy that answers the request; None where none may.

    Whoever is signed in is answered from copies as well: these pages are the same for all, and a made-up cookie would
    else send every request to Django.
    """
    cookies = environ.get("HTTP_COOKIE", "")
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_RANGE" in environ or "HTTP_AUTHORIZATION" in environ:
        return None
    path, raw = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    checks = KEPT.get(route_of(path))
    if checks is None:
        return None
    try:
        given = _canonical(raw, checks) if raw else {}
        until = _until(given)
        host = host_of(environ.get("HTTP_HOST", ""), environ.get("SERVER_PORT", ""))
    except (NotKept, ValueError):  # ValueError: too many pairs, or a day that no calendar has
        return None
    is_large, query = bool(cookies and LARGE_COOKIE.search(cookies)), urlencode(given)
    key = f"{scheme_of(environ)}://{host}{path}?{query} {'large' if is_large else ''}"
    return Asked(key, host, query, until, is_large, query == raw)


@lru_cache(maxsize=10_000)
def route_of(path: str) -> str:
    """The name of the route, "" for none."""
    try:
        return resolve(path).view_name if path.isascii() else ""
    except Resolver404:
        return ""


@lru_cache(maxsize=1000)
def host_of(told: str, server_port: str) -> str:
    """In small letters. Raises NotKept for what could be written in endlessly many ways: another port, any sub-domain."""
    host = told.lower()
    name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdigit() else (host, "", "")
    if host == urlsplit(settings.SITE_URL).netloc.lower() or (
        name in settings.ALLOWED_HOSTS and port in ("", server_port)
    ):
        return host
    raise NotKept


def scheme_of(environ: Mapping[str, Any]) -> str:
    """As Django's `request.scheme`."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        told = environ.get(name)
        if told is not None:
            return "https" if told.split(",", 1)[0].strip() == value else "http"
    return environ.get("wsgi.url_scheme", "http")


def read_of(path: str, raw: str) -> str:
    """Of the query what the page reads, as it was written: what it doesn't read it can't repeat in its links."""
    names = READ.get(route_of(path), ())
    return "&".join(pair for pair in raw.split("&") if unquote_plus(pair.partition("=")[0]) in names)


def _canonical(raw: str, checks: Mapping[str, Callable[[str], str]]) -> dict[str, str]:
    """What the view reads, sorted by name; of a repeated name the last value, as Django takes it."""
    last = dict(parse_qsl(raw, keep_blank_values=True, errors="replace", max_num_fields=MOST_PAIRS))
    told = ((name, checks[name](last[name])) for name in sorted(last) if name in checks and last[name].strip())
    return {name: value for name, value in told if value}


def _until(given: Mapping[str, str]) -> date | None:
    """Raises ValueError for a day that no calendar has. A span without its end runs to today, or to `as_of`."""
    days = {name: date.fromisoformat(given[name]) for name in ("as_of", "from", "to") if name in given}
    if "from" in days and not {"to", "as_of"} & days.keys():
        return None
    return max(days.values(), default=None)
