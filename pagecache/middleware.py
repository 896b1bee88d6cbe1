"""WSGI middleware before Django: answers from stored pages, and passes on what can't be answered so.

A stored page is current if it has the version that this process polled last, or was made by a process that polled later.
If it isn't current, the first request makes the new page and the others get the old one meanwhile. If the database is
away, everybody gets the old page with a banner that gives its moment.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import InitVar, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard
from wsgiref.types import StartResponse, WSGIApplication

from django.conf import settings
from django.utils import timezone

from common.formats import day_text
from common.limiter import Limiter, Overloaded
from pagecache.key import CacheKey, key_of, policy_at, query_read_at
from pagecache.key_locks import FileKeyLocks
from pagecache.poller import RECENT, Poller, ReadState
from pagecache.query_deadline import query_deadline
from pagecache.request_bodies import has_body, received
from pagecache.store import LARGEST, Headers, PageStore, StoredPage
from pagecache.version import Version

Environ = dict[str, Any]

LONGEST_OUTAGE = 24 * 60 * 60  # seconds for which an old page is better than none
FILE_TYPES = ("image/", "application/pdf")
SHORTLY = 0.5  # seconds
MOST_AWAITING = 3  # requests of a process that wait for a page to be made for the first time
RETRY = 0.02  # seconds between two looks for what another thread or process is making
DROPPED = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING")
BODILESS = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO()}
NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")
MAIN = b"<main"


class NoPage(Exception):
    """The database is away, and there is no stored page that may be shown."""


class Unstored(NamedTuple):
    """An answer of Django that may not be stored."""

    status: str
    headers: Headers
    body: bytes


@dataclass(kw_only=True)
class PageCache:
    """Wraps `application`.

    `read_state` reads the state that public pages depend on; `network_of` returns the network that counts as one visitor;
    `outage_page` answers with 503; paths below `desk` have a limiter of their own; `folder` is shared by the processes of a
    machine. With `polls=False` the caller runs the poller.
    """

    application: WSGIApplication
    outage_page: WSGIApplication
    network_of: Callable[[Environ], str]
    desk: str
    read_state: InitVar[ReadState]
    folder: InitVar[Path]
    polls: bool = True

    def __post_init__(self, read_state: ReadState, folder: Path):
        self.poller = Poller(read_state, folder / "state.json")
        self.store = PageStore(folder)
        self.key_locks = FileKeyLocks(folder / "locks")
        # More pages made at once would only make each of them slower. The desk waits longer, since its people would lose
        # what they typed. All slots and queue places together, those for uploads included, are fewer than the server's threads.
        self.page_limiter = Limiter(slots=3, queue_size=2, longest_wait=1.0)
        self.desk_limiter = Limiter(slots=3, queue_size=3, longest_wait=5.0)
        self.body_limiter = Limiter(slots=3, queue_size=1, longest_wait=5.0)
        self.awaiting = threading.BoundedSemaphore(
            MOST_AWAITING
        )  # not by network: they wait for a stored page and compute nothing

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self.polls:
            self.poller.start()
        key = key_of(environ)
        try:
            if key is None:
                return self._through(environ, start_response)
            return sent(self._page(key, environ), key, environ, start_response)
        except (Overloaded, NoPage):
            with query_deadline(SHORTLY):
                return self.outage_page(environ | BODILESS, start_response)

    def _page(self, key: CacheKey, environ: Environ) -> StoredPage | Unstored:
        state, is_away = self.poller.state, self.poller.is_away
        version = state.version(key.day) if state else None
        page = self.store.get(key.text, version)
        if self._is_current(page, version) and not is_away:
            return page
        if is_away or version is None:
            return self._of_outage(page, version)
        with query_deadline():
            return self._made(unhidden(page, version), version, key, environ)

    def _is_current(self, page: StoredPage | None, version: Version | None) -> TypeGuard[StoredPage]:
        """A page is also current where another process polled a later state: else the two would overwrite each other's pages."""
        return page is not None and (page.version == version or self.poller.read_at < page.read_at <= time.time())

    # Where there is no current page

    def _made(self, old: StoredPage | None, version: Version, key: CacheKey, environ: Environ) -> StoredPage | Unstored:
        with self.key_locks.held(key.text) as is_first:
            if is_first:
                return self._renewed(old, key, environ)
        return old if self._is_recent(old, key) else self._awaited(version, key, environ)

    def _is_recent(self, old: StoredPage | None, key: CacheKey) -> TypeGuard[StoredPage]:
        """Whether an outdated page may be sent while the new one is made: if it was current within the last RECENT seconds."""
        if old is None:
            return False
        # A process that polled a publication before this one did may have made it.
        return time.time() - old.made_at < RECENT or self.poller.was_current(old.version, key.day)

    def _renewed(self, old: StoredPage | None, key: CacheKey, environ: Environ) -> StoredPage | Unstored:
        """Asks Django for the page, and stores it where `is_page`."""
        read_at, state = self.poller.read_at, self.poller.state  # which may have changed by now
        if state is None:
            raise NoPage
        version = state.version(key.day)
        page = self.store.get(key.text, version)
        if self._is_current(page, version):  # another process has made it meanwhile
            return page
        try:
            answer = self._answer(plain_environ(environ, key), self.network_of(environ))
        except Overloaded:
            if self._is_recent(old, key):
                return old
            raise
        if answer.status.startswith("503"):
            return self._of_outage(old, version)
        if not is_page(answer):
            self.store.drop(key.text)
            return answer
        page = StoredPage.of(key.text, version, read_at, answer.headers, answer.body)
        self.store.keep(page)
        return page

    def _awaited(self, version: Version, key: CacheKey, environ: Environ) -> StoredPage | Unstored:
        """Wait for the page that another request is making. Raises Overloaded where that takes too long or too many wait."""
        if not self.awaiting.acquire(blocking=False):
            raise Overloaded
        try:
            until = time.monotonic() + self.page_limiter.longest_wait
            while time.monotonic() < until:
                time.sleep(RETRY)
                page = self.store.get(key.text, version)
                if self._is_current(page, version):
                    return page
                with self.key_locks.held(key.text) as is_first:
                    if is_first:  # the other one's answer could not be stored
                        return self._renewed(None, key, environ)
        finally:
            self.awaiting.release()
        raise Overloaded

    def _of_outage(self, page: StoredPage | None, version: Version | None) -> StoredPage:
        """The stored page with a banner that gives its moment. Raises NoPage where it is missing, too old or may hold what was hidden."""
        page = unhidden(page, version)
        if page is None:
            raise NoPage
        at = self.poller.read_at if page.version == version else page.made_at
        if time.time() - at > LONGEST_OUTAGE:
            raise NoPage
        return with_outage_banner(page, outage_banner(at))

    # To Django

    def _through(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if passes_limits(path):
            with query_deadline():
                return self.application(environ, start_response)
        if self.poller.is_away and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            raise NoPage
        network, is_desk = self.network_of(environ), path.startswith(self.desk)
        if query and not is_desk:
            environ = environ | {"QUERY_STRING": query_read_at(path, query)}
        if has_body(environ):
            with self.body_limiter.slot(network):
                environ = received(environ)
        limiter = self.desk_limiter if is_desk else self.page_limiter
        with query_deadline(), limiter.slot(network):
            return self.application(environ, start_response)

    def _answer(self, environ: Environ, network: str) -> Unstored:
        with self.page_limiter.slot(network):
            begun: list[Any] = []
            chunks = self.application(environ, lambda status, headers, _error=None: begun.extend((status, headers)))  # type: ignore[arg-type]  # without a write(), which Django never calls
            try:
                return Unstored(begun[0], list(begun[1]), b"".join(chunks))
            finally:
                getattr(chunks, "close", lambda: None)()


def passes_limits(path: str) -> bool:
    """Static files, and views that declare it, are answered however many other requests hang."""
    static = settings.STATIC_URL.removeprefix(settings.PREFIX)
    if not path.startswith(static):
        return policy_at(path).passes_limits
    return ".." not in path and os.path.isfile(f"{settings.STATIC_ROOT}/{path.removeprefix(static)}")


def plain_environ(environ: Environ, key: CacheKey) -> Environ:
    """The request with everything removed that could make its answer differ for one reader."""
    plain = {name: value for name, value in environ.items() if name not in DROPPED} | BODILESS
    plain |= {"REQUEST_METHOD": "GET", "HTTP_HOST": key.host, "QUERY_STRING": key.query}
    return plain | {"HTTP_COOKIE": "display=large"} if key.is_large else plain


def is_page(answer: Unstored) -> bool:
    """Whether the answer may be stored: a 200 that is the same for everybody and not too large."""
    headers = {name.lower(): value for name, value in answer.headers}
    is_anybodys = "set-cookie" not in headers and "no-store" not in headers.get("cache-control", "")
    return answer.status.startswith("200") and is_anybodys and len(answer.body) <= LARGEST


def unhidden(page: StoredPage | None, version: Version | None) -> StoredPage | None:
    """The page; None where something was redacted or withdrawn since it was made, which it may still hold."""
    return page if page is None or version is None or page.version.hidden == version.hidden else None


def sent(
    page: StoredPage | Unstored, key: CacheKey, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Starts the response and returns its body: gzip where accepted, 304 where If-None-Match has the ETag."""
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    if isinstance(page, Unstored):
        start_response(page.status, page.headers)
        return [b"" if is_head else page.body]
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    is_packed = bool(page.packed) and "gzip" in accepted and not NO_GZIP.search(accepted)
    headers = page.sent.get(is_packed)
    if headers is None:
        headers = page.sent[is_packed] = headers_of(page, is_packed)
    if not key.is_canonical:  # nginx must not store it under this address
        headers = [*headers, ("X-Accel-Expires", "0")]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and (page.etag in known or known.strip() == "*"):
        start_response("304 Not Modified", [pair for pair in headers if not pair[0].startswith("Content-Length")])
        return [b""]
    start_response("200 OK", headers)
    return [b"" if is_head else page.packed if is_packed else page.plain]


def headers_of(page: StoredPage, is_packed: bool) -> Headers:
    given = {name: value for name, value in page.headers if name not in ("Content-Length", "ETag")}
    is_file = given.get("Content-Type", "").startswith(FILE_TYPES)
    if not (is_file and "Cache-Control" in given):
        given["Cache-Control"] = page.cache_control
    vary = [name.strip() for name in given.get("Vary", "").split(",") if name.strip()]
    if page.packed and "Accept-Encoding" not in vary:
        given["Vary"] = ", ".join(["Accept-Encoding", *vary])
    if is_packed:
        given["Content-Encoding"] = "gzip"
    body = page.packed if is_packed else page.plain
    return [*given.items(), ("ETag", page.etag), ("Content-Length", str(len(body)))]


def with_outage_banner(page: StoredPage, banner: str) -> StoredPage:
    """The page with the banner above its <main>, made once for each banner; data and files stay as they are."""
    bannered = page.in_outage.get(banner)
    if bannered is None:
        body = page.plain.replace(MAIN, banner.encode() + MAIN, 1) if page.is_html else page.plain
        bannered = StoredPage.of(page.key, page.version, page.read_at, page.headers, body)
        bannered.cache_control = "no-cache"
        page.in_outage.clear()
        page.in_outage[banner] = bannered
    return bannered


def outage_banner(at: float) -> str:
    moment = timezone.localtime(datetime.fromtimestamp(at, UTC))
    return (
        f'<aside class="banner is-copy" role="status">网站的数据库暂时连不上。'
        f"这一页是 {day_text(moment.date())} {moment:%H:%M} 的样子，恢复以后自动更新。</aside>"
    )
