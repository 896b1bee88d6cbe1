"""Which requests are answered from stored pages, and under which key: as their views declare (`common.cache_policy`)."""

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
    """`text` is the key of the page; `day` is the last day that its content depends on, None for today."""

    text: str
    host: str
    query: str
    day: date | None
    is_large: bool
    is_canonical: bool


def key_of(environ: Mapping[str, Any]) -> CacheKey | None:
    """The key of the page that answers the request; None where Django has to answer it.

    People who are signed in get stored pages too: public pages are the same for everybody, and if a session cookie led
    past the cache, a made-up one would let anybody send every request to Django.
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
    """As the view at this path declares it; UNDECLARED where it declares nothing or there is no view."""
    try:
        view = resolve(path).func if path.isascii() else None
    except Resolver404:
        view = None
    return getattr(view, "cache_policy", UNDECLARED)


@lru_cache(maxsize=1000)
def host_of(host: str, server_port: str) -> str:
    """The host in lower case. Raises NotCacheable unless it is one of the few that the settings name, with our port."""
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
    """The raw query without parameters that the view does not read, so that no page repeats them in its links."""
    names = policy_at(path).checks
    return "&".join(pair for pair in raw.split("&") if unquote_plus(pair.partition("=")[0]) in names)


def _canonical(raw: str, checks: Mapping[str, Check]) -> dict[str, str]:
    """The checked parameters sorted by name; of a repeated one the last value, as in Django.

    Raises NotCacheable from a check, ValueError for too many parameters.
    """
    last = dict(parse_qsl(raw, keep_blank_values=True, errors="replace", max_num_fields=MOST_PAIRS))
    pairs = ((name, checks[name](last[name])) for name in sorted(last) if name in checks and last[name].strip())
    return {name: value for name, value in pairs if value}


def _until(given: Mapping[str, str]) -> date | None:
    """The last day asked for; None for today, up to which a span without an end runs. Raises ValueError for no date."""
    days = {name: date.fromisoformat(given[name]) for name in ("as_of", "from", "to") if name in given}
    if "from" in days and not {"to", "as_of"} & days.keys():
        return None
    return max(days.values(), default=None)
