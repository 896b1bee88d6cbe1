"""Which addresses are kept as copies, and the one way to write each of them: their views say so (`cache_policy`)."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from common.cache_policy import CachePolicy, Check, NotCacheable
from common.display import COOKIE, LARGE

MOST_PAIRS = 1000  # as many as Django itself reads
LARGE_COOKIE = re.compile(rf"(?:^|;)\s*{COOKIE}={LARGE}\s*(?:;|$)")
UNDECLARED = CachePolicy({}, is_cached=False)


class CacheKey(NamedTuple):
    """`text` names the page; `day` is the last one that it tells of, None for today."""

    text: str
    host: str
    query: str
    day: date | None
    is_large: bool
    is_canonical: bool


def key_of(environ: Mapping[str, Any]) -> CacheKey | None:
    """The key of the page that answers the request; None where no stored one may.

    Whoever is signed in is answered from stored pages as well: they are the same for all, and a made-up cookie would else
    send every request to Django.
    """
    cookies = environ.get("HTTP_COOKIE", "")
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or "HTTP_RANGE" in environ or "HTTP_AUTHORIZATION" in environ:
        return None
    path, raw = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    policy = policy_at(path)
    if not policy.is_cached:
        return None
    try:
        given = _canonical(raw, policy.checks) if raw else {}
        until = _until(given) if given else None
        host = host_of(environ.get("HTTP_HOST", ""), environ.get("SERVER_PORT", ""))
    except (NotCacheable, ValueError):  # ValueError: too many pairs, or a day that no calendar has
        return None
    is_large = bool(cookies and LARGE_COOKIE.search(cookies))
    query = "&".join(f"{name}={value}" for name, value in given.items()) if given else ""
    text = f"{scheme_of(environ)}://{host}{path}?{query} {'large' if is_large else ''}"
    return CacheKey(text, host, query, until, is_large, query == raw)


@lru_cache(maxsize=10_000)
def policy_at(path: str) -> CachePolicy:
    """As the view at this path declares it. One that declares nothing, or that isn't there, reads no parameters."""
    try:
        view = resolve(path).func if path.isascii() else None
    except Resolver404:
        view = None
    return getattr(view, "cache_policy", UNDECLARED)


@lru_cache(maxsize=1000)
def host_of(host: str, server_port: str) -> str:
    """In small letters. Raises NotKept for what could be written in endlessly many ways: another port, any sub-domain."""
    host = host.lower()
    name, _, port = host.rpartition(":") if host.rpartition(":")[2].isdigit() else (host, "", "")
    if host == urlsplit(settings.SITE_URL).netloc.lower() or (
        name in settings.ALLOWED_HOSTS and port in ("", server_port)
    ):
        return host
    raise NotCacheable


def scheme_of(environ: Mapping[str, Any]) -> str:
    """As Django's `request.scheme`."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        scheme = environ.get(name)
        if scheme is not None:
            return "https" if scheme.split(",", 1)[0].strip() == value else "http"
    return environ.get("wsgi.url_scheme", "http")


def query_read_at(path: str, raw: str) -> str:
    """Of the query what the page reads, as it was written: what it doesn't read it can't repeat in its links."""
    names = policy_at(path).checks
    return "&".join(pair for pair in raw.split("&") if unquote_plus(pair.partition("=")[0]) in names)


def _canonical(raw: str, checks: Mapping[str, Check]) -> dict[str, str]:
    """What the view reads, sorted by name; of a repeated name the last value, as Django takes it."""
    last = dict(parse_qsl(raw, keep_blank_values=True, errors="replace", max_num_fields=MOST_PAIRS))
    pairs = ((name, checks[name](last[name])) for name in sorted(last) if name in checks and last[name].strip())
    return {name: value for name, value in pairs if value}


def _until(given: Mapping[str, str]) -> date | None:
    """Raises ValueError for a day that no calendar has. A span without its end runs to today, or to `as_of`."""
    days = {name: date.fromisoformat(given[name]) for name in ("as_of", "from", "to") if name in given}
    if "from" in days and not {"to", "as_of"} & days.keys():
        return None
    return max(days.values(), default=None)
