"""What stands before Django: answers anonymous readers from stored pages, and lets through what there is none of.

A page is sent where it is of the version that the poller read last, or of what the poller of another process has read since.
Where it isn't, the first who asks makes the new one and the others get the old one. Where the database is away they all
do, with a banner that says of when it is.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication

from django.conf import settings
from django.utils import timezone

from common.formats import day_text
from common.limiter import Limiter, Overloaded
from pagecache.key import CacheKey, key_of, policy_at, query_read_at
from pagecache.key_locks import FileKeyLocks
from pagecache.poller import RECENT, Poller, ReadState
from pagecache.query_deadline import query_deadline
from pagecache.request_bodies import Unfinished, has_body, received
from pagecache.store import LARGEST, Headers, PageStore, StoredPage
from pagecache.version import Version

Environ = dict[str, Any]
Body = Iterable[bytes]

LONGEST_OUTAGE = 24 * 60 * 60  # seconds for which an old page is better than none
# No stale-if-error: what was hidden since would come back with an outage. The pages stored here know what was.
FRESH = "public, max-age=1, stale-while-revalidate=10"
FILE_TYPES = ("image/", "application/pdf")
SHORTLY = 0.5  # seconds
MOST_AWAITING = 3  # requests of a process that wait for a page to be made for the first time
RETRY = 0.02  # seconds between two looks for what another thread or process is making
DROPPED = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING")
BODILESS = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO()}
NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")
MAIN = b"<main"


class Request(NamedTuple):
    """One that a stored page may answer."""

    key: CacheKey
    environ: Environ
    start_response: StartResponse


@dataclass
class Answer:
    """Django's."""

    status: str
    headers: Headers
    body: bytes

    @property
    def is_kept(self) -> bool:
        given = {name.lower(): value for name, value in self.headers}
        return (
            self.status.startswith("200")
            and "set-cookie" not in given
            and "no-store" not in given.get("cache-control", "")
            and len(self.body) <= LARGEST
        )


class PageCache:
    """Before an application. It learns what everything public follows from by `read_state`, who counts as one visitor by
    `network_of`; `outage_page` refuses calmly; below the path `desk` there are places of their own. `folder` is shared by
    the processes of a machine. Where it isn't to poll, whoever made it does.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        read_state: ReadState,
        network_of: Callable[[Environ], str],
        outage_page: WSGIApplication,
        desk: str,
        folder: Path,
        polls: bool = True,
    ):
        self.application, self.outage_page = application, outage_page
        self.network_of, self.desk, self.polls = network_of, desk, polls
        self.poller = Poller(read_state, folder / "state.json")
        self.store = PageStore(folder)
        self.key_locks = FileKeyLocks(folder / "locks")
        # More pages made at once in a process would only all be slower. The desk waits longer: it has typed something. All
        # places and seats, with those for files (uploads), are fewer than the threads that server.py starts.
        self.page_limiter = Limiter(places=3, seats=2, longest_wait=1.0)
        self.desk_limiter = Limiter(places=3, seats=3, longest_wait=5.0)
        self.body_limiter = Limiter(places=3, seats=1, longest_wait=5.0)
        self.awaiting = threading.BoundedSemaphore(MOST_AWAITING)  # whoever they are: they ask for a stored page alone

    def __call__(self, environ: Environ, start_response: StartResponse) -> Body:
        if self.polls:
            self.poller.start()
        key = key_of(environ)
        if key is None:
            return self._through(environ, start_response)
        request = Request(key, environ, start_response)
        state, is_away = self.poller.state, self.poller.is_away
        version = state.version(key.day) if state else None
        page = self.store.get(key.text, version)
        if self._is_current(page, version) and not is_away:
            return sent(page, request)
        if is_away or version is None:
            return self._in_outage(page, version, request)
        with query_deadline():
            return self._made(page, version, request)

    def _is_current(self, page: StoredPage | None, version: Version | None) -> bool:
        """A process that is behind leaves the page of one that is ahead as it is: they would go on overwriting each other."""
        return page is not None and (page.version == version or self.poller.read_at < page.read_at <= time.time())

    # Where there is no current page

    def _made(self, page: StoredPage | None, version: Version, request: Request) -> Body:
        old = page if page is not None and page.version.hidden == version.hidden else None
        with self.key_locks.held(request.key.text) as is_first:
            if is_first:
                return self._renewed(old, request)
        if self._is_recent(old, request.key):
            return sent(old, request)
        return self._awaited(version, request)

    def _is_recent(self, old: StoredPage | None, key: CacheKey) -> bool:
        """A page that was right a moment ago may be shown once more; one of last spring, which nobody asked for since, not."""
        if old is None:
            return False
        # Made a moment ago, perhaps by a process that knew of a publication before this one did.
        return time.time() - old.made_at < RECENT or self.poller.was_current(old.version, key.day)

    def _renewed(self, old: StoredPage | None, request: Request) -> Body:
        """Asks Django for the page, and keeps it where it is one."""
        key, environ, start_response = request
        read_at, version = self.poller.read_at, self.poller.state.version(key.day)  # which may have changed by now
        page = self.store.get(key.text, version)
        if self._is_current(page, version):  # another was quicker
            return sent(page, request)
        try:
            answer = self._answer(plain_environ(environ, key), self.network_of(environ))
        except Overloaded:
            return sent(old, request) if self._is_recent(old, key) else self._refused(environ, start_response)
        if answer.status.startswith("503"):
            return self._in_outage(old, version, request)
        if not answer.is_kept:
            self.store.drop(key.text)
            start_response(answer.status, answer.headers)
            return [answer.body] if environ["REQUEST_METHOD"] == "GET" else [b""]
        page = StoredPage.of(key.text, version, read_at, answer.headers, answer.body)
        self.store.keep(page)
        return sent(page, request)

    def _awaited(self, version: Version, request: Request) -> Body:
        """Somebody else is making the page for the first time."""
        key, environ, start_response = request
        if not self.awaiting.acquire(blocking=False):
            return self._refused(environ, start_response)
        try:
            until = time.monotonic() + self.page_limiter.longest_wait
            while time.monotonic() < until:
                time.sleep(RETRY)
                page = self.store.get(key.text, version)
                if self._is_current(page, version):
                    return sent(page, request)
                with self.key_locks.held(key.text) as is_first:
                    if is_first:  # what the other made is no page to keep
                        return self._renewed(None, request)
        finally:
            self.awaiting.release()
        return self._refused(environ, start_response)

    def _in_outage(self, page: StoredPage | None, version: Version | None, request: Request) -> Body:
        """The last good page, with a banner that says of when it is. What was hidden since isn't shown again."""
        if page is None or (version is not None and page.version.hidden != version.hidden):
            return self._refused(request.environ, request.start_response)
        at = self.poller.read_at if page.version == version else page.made_at
        if time.time() - at > LONGEST_OUTAGE:
            return self._refused(request.environ, request.start_response)
        return sent(with_outage_banner(page, at), request, "no-cache")

    # To Django

    def _through(self, environ: Environ, start_response: StartResponse) -> Body:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        if passes_limits(path):
            with query_deadline():
                return self.application(environ, start_response)
        if self.poller.is_away and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._refused(environ, start_response)
        network, is_desk = self.network_of(environ), path.startswith(self.desk)
        limiter = self.desk_limiter if is_desk else self.page_limiter
        if query and not is_desk:
            environ = environ | {"QUERY_STRING": query_read_at(path, query)}
        try:
            environ = self._with_body(environ, network)
            with query_deadline(), limiter.place(network):
                return self.application(environ, start_response)
        except Overloaded:
            return self._refused(environ, start_response)

    def _with_body(self, environ: Environ, network: str) -> Environ:
        """Raises Overloaded where it can't be taken in."""
        if not has_body(environ):
            return environ
        try:
            with self.body_limiter.place(network):
                return received(environ)
        except (Unfinished, OSError) as error:
            raise Overloaded from error

    def _refused(self, environ: Environ, start_response: StartResponse) -> Body:
        """By a page that asks no database but whether its connection is alive."""
        with query_deadline(SHORTLY):
            return self.outage_page(environ | BODILESS, start_response)

    def _answer(self, environ: Environ, network: str) -> Answer:
        with self.page_limiter.place(network):
            begun: list[Any] = []
            chunks = self.application(environ, lambda status, headers, _error=None: begun.extend((status, headers)))
            try:
                return Answer(begun[0], list(begun[1]), b"".join(chunks))
            finally:
                getattr(chunks, "close", lambda: None)()


def passes_limits(path: str) -> bool:
    """Files that need no database, and views that say so: nothing that hangs may keep them from answering."""
    static = settings.STATIC_URL.removeprefix(settings.PREFIX)
    if not path.startswith(static):
        return policy_at(path).passes_limits
    return ".." not in path and os.path.isfile(f"{settings.STATIC_ROOT}/{path.removeprefix(static)}")


def plain_environ(environ: Environ, key: CacheKey) -> Environ:
    """As from a reader of whom nothing is known but the address and the display."""
    plain = {name: value for name, value in environ.items() if name not in DROPPED} | BODILESS
    plain |= {"REQUEST_METHOD": "GET", "HTTP_HOST": key.host, "QUERY_STRING": key.query}
    return plain | {"HTTP_COOKIE": "display=large"} if key.is_large else plain


def sent(page: StoredPage, request: Request, cache_control: str = "") -> Body:
    """Compressed where the asker takes it; 304 where it is there already."""
    key, environ, start_response = request
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    is_packed = bool(page.packed) and "gzip" in accepted and not NO_GZIP.search(accepted)
    headers = page.sent.get((is_packed, cache_control))
    if headers is None:
        headers = page.sent[is_packed, cache_control] = headers_of(page, is_packed, cache_control)
    if not key.is_canonical:  # a proxy in front shall keep none of it either
        headers = [*headers, ("X-Accel-Expires", "0")]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and (page.etag in known or known.strip() == "*"):
        start_response("304 Not Modified", [pair for pair in headers if not pair[0].startswith("Content-Length")])
        return [b""]
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        return [b""]
    return [page.packed if is_packed else page.plain]


def headers_of(page: StoredPage, is_packed: bool, cache_control: str) -> Headers:
    given = {name: value for name, value in page.headers if name not in ("Content-Length", "ETag")}
    is_file = given.get("Content-Type", "").startswith(FILE_TYPES)
    if not (is_file and "Cache-Control" in given):
        given["Cache-Control"] = cache_control or FRESH
    vary = [name.strip() for name in given.get("Vary", "").split(",") if name.strip()]
    if page.packed and "Accept-Encoding" not in vary:
        given["Vary"] = ", ".join(["Accept-Encoding", *vary])
    if is_packed:
        given["Content-Encoding"] = "gzip"
    body = page.packed if is_packed else page.plain
    return [*given.items(), ("ETag", page.etag), ("Content-Length", str(len(body)))]


def with_outage_banner(page: StoredPage, at: float) -> StoredPage:
    """The page with a banner that says of when it is; data and files as they are."""
    if not page.is_html:
        return page
    banner = outage_banner(at)
    bannered = page.with_banner.get(banner)
    if bannered is None:
        page.with_banner.clear()
        body = page.plain.replace(MAIN, banner.encode() + MAIN, 1)
        bannered = StoredPage.of(page.key, page.version, page.read_at, page.headers, body)
        page.with_banner[banner] = bannered
    return bannered


def outage_banner(at: float) -> str:
    moment = timezone.localtime(datetime.fromtimestamp(at, UTC))
    return (
        f'<aside class="banner is-copy" role="status">网站的数据库暂时连不上。'
        f"这一页是 {day_text(moment.date())} {moment:%H:%M} 的样子，恢复以后自动更新。</aside>"
    )
