"""What stands before Django: answers anonymous readers from copies, and lets through what there is none of.

A copy is sent where it is of the stamp that the watch saw last, or of what the watch of another process has seen since.
Where it isn't, the first who asks makes the new one and the others get the old one. Where the database is away they all
do, with a notice that says of when it is.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.client_address import address_in, household_of
from common.formats import day_text
from common.limiter import Full, Gate
from common.outage import UNAVAILABLE
from pagecache.key import Asked, asked_of, policy_at, read_of
from pagecache.key_locks import Flights
from pagecache.poller import RECENT, Read, Watch
from pagecache.query_deadline import within
from pagecache.request_bodies import Unfinished, has_body, received
from pagecache.store import LARGEST, Copies, Copy, Headers, copy_of
from pagecache.version import Stamp

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

LONGEST_OUTAGE = 24 * 60 * 60  # seconds for which an old copy is better than none
# No stale-if-error: what was hidden since would come back with an outage. The copies here know what was.
FRESH = "public, max-age=1, stale-while-revalidate=10"
FILE_TYPES = ("image/", "application/pdf")
SHORTLY = 0.5  # seconds
MOST_AWAITING = 3  # requests of a process that wait for the first copy of a page
POLL = 0.02  # seconds between two looks for what another thread or process is making
STATIC = settings.STATIC_URL.removeprefix(settings.PREFIX)
DESK = "/admin/"
DROPPED = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING")
BODILESS = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO()}
NO_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)")
MAIN = b"<main"


class PageCache:
    """`read` asks the database for what everything public follows from. `folder` is shared by the processes of a machine."""

    def __init__(self, application: Application, *, read: Read, folder: Path):
        self.application = application
        self.watch = Watch(read, folder / "seen.json")
        self.copies = Copies(folder)
        self.flights = Flights(folder / "flights")
        # More pages made at once in a process would only all be slower. The desk waits longer: it has typed something. All
        # places and seats, with those for files (uploads), are fewer than the threads that server.py starts.
        self.gate = Gate(places=3, seats=2, longest_wait=1.0)
        self.desk = Gate(places=3, seats=3, longest_wait=5.0)
        self.bodies = Gate(places=3, seats=1, longest_wait=5.0)
        self.awaiting = threading.BoundedSemaphore(MOST_AWAITING)  # whoever they are: they ask for nothing but a copy

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.watch.start()
        asked = asked_of(environ)
        if asked is None:
            return self._through(environ, start_response)
        seen, is_away = self.watch.seen, self.watch.is_away
        stamp = seen.stamp(asked.day) if seen else None
        copy = self.copies.get(asked.key, stamp)
        if self._is_of_now(copy, stamp) and not is_away:
            return sent(copy, asked, environ, start_response)
        if is_away or stamp is None:
            return self._in_outage(copy, stamp, asked, environ, start_response)
        with within():
            return self._made(copy, stamp, asked, environ, start_response)

    def _is_of_now(self, copy: Copy | None, stamp: Stamp | None) -> bool:
        """A process that is behind leaves the copy of one that is ahead as it is: they would go on overwriting each other."""
        return copy is not None and (copy.stamp == stamp or self.watch.seen_at < copy.seen_at <= time.time())

    # Where there is no copy of now

    def _made(self, copy: Copy | None, stamp: Stamp, asked: Asked, environ: Environ, start_response: StartResponse):
        old = copy if copy is not None and copy.stamp.hidden == stamp.hidden else None
        with self.flights.first(asked.key) as is_first:
            if is_first:
                return self._renewed(old, asked, environ, start_response)
        if self._is_recent(old, asked):
            return sent(old, asked, environ, start_response)
        return self._awaited(stamp, asked, environ, start_response)

    def _is_recent(self, old: Copy | None, asked: Asked) -> bool:
        """A page that was right a moment ago may be shown once more; one of last spring, which nobody asked for since, not."""
        if old is None:
            return False
        # Made a moment ago, perhaps by a process that has seen a publication before this one did.
        return time.time() - old.made_at < RECENT or self.watch.was_current(old.stamp, asked.day)

    def _renewed(self, old: Copy | None, asked: Asked, environ: Environ, start_response: StartResponse):
        """Asks Django for the page, and keeps it where it is one."""
        seen_at, stamp = self.watch.seen_at, self.watch.seen.stamp(asked.day)  # which may have changed by now
        copy = self.copies.get(asked.key, stamp)
        if self._is_of_now(copy, stamp):  # another was quicker
            return sent(copy, asked, environ, start_response)
        try:
            answer = self._answer(plain_request(environ, asked), visitor_of(environ))
        except Full:
            is_recent = self._is_recent(old, asked)
            return sent(old, asked, environ, start_response) if is_recent else self._refused(environ, start_response)
        if answer.status.startswith("503"):
            return self._in_outage(old, stamp, asked, environ, start_response)
        if not answer.is_kept:
            self.copies.drop(asked.key)
            start_response(answer.status, answer.headers)
            return [answer.body] if environ["REQUEST_METHOD"] == "GET" else [b""]
        copy = copy_of(asked.key, stamp, seen_at, answer.headers, answer.body)
        self.copies.keep(copy)
        return sent(copy, asked, environ, start_response)

    def _awaited(self, stamp: Stamp, asked: Asked, environ: Environ, start_response: StartResponse):
        """Somebody else is making the first copy of all."""
        if not self.awaiting.acquire(blocking=False):
            return self._refused(environ, start_response)
        try:
            until = time.monotonic() + self.gate.longest_wait
            while time.monotonic() < until:
                time.sleep(POLL)
                copy = self.copies.get(asked.key, stamp)
                if self._is_of_now(copy, stamp):
                    return sent(copy, asked, environ, start_response)
                with self.flights.first(asked.key) as is_first:
                    if is_first:  # what the other made is no page to keep
                        return self._renewed(None, asked, environ, start_response)
        finally:
            self.awaiting.release()
        return self._refused(environ, start_response)

    def _in_outage(self, copy, stamp: Stamp | None, asked: Asked, environ: Environ, start_response: StartResponse):
        """The last good copy, with a notice of when it is. What was hidden since isn't shown again."""
        is_open = copy is not None and (stamp is None or copy.stamp.hidden == stamp.hidden)
        at = self.watch.seen_at if is_open and copy.stamp == stamp else copy.made_at if is_open else 0.0
        if time.time() - at > LONGEST_OUTAGE:
            return self._refused(environ, start_response)
        return sent(noticed(copy, at), asked, environ, start_response, "no-cache")

    # To Django

    def _through(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if is_open(environ.get("PATH_INFO", "")):
            with within():
                return self.application(environ, start_response)
        if self.watch.is_away and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self._refused(environ, start_response)
        visitor, path, query = visitor_of(environ), environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        is_desk = path.startswith(DESK)
        gate = self.desk if is_desk else self.gate
        if query and not is_desk:
            environ = environ | {"QUERY_STRING": read_of(path, query)}
        try:
            environ = self._with_body(environ, visitor)
            with within(), gate.passed(visitor):
                return self.application(environ, start_response)
        except Full:
            return self._refused(environ, start_response)

    def _with_body(self, environ: Environ, visitor: str) -> Environ:
        """Raises Full where it can't be taken in."""
        if not has_body(environ):
            return environ
        try:
            with self.bodies.passed(visitor):
                return received(environ)
        except (Unfinished, OSError) as error:
            raise Full from error

    def _refused(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Django's own page for it, with all its headers, which asks no database but whether its connection is alive."""
        with within(SHORTLY):
            return self.application(environ | BODILESS | {UNAVAILABLE: True}, start_response)

    def _answer(self, environ: Environ, visitor: str) -> "Answer":
        with self.gate.passed(visitor):
            told: list[Any] = []
            chunks = self.application(environ, lambda status, headers, _error=None: told.extend((status, headers)))
            try:
                return Answer(told[0], list(told[1]), b"".join(chunks))
            finally:
                getattr(chunks, "close", lambda: None)()


class Answer:
    """What Django said. `headers` without those that depend on how it is sent."""

    def __init__(self, status: str, headers: Headers, body: bytes):
        self.status, self.body = status, body
        self.headers = headers
        given = {name.lower(): value for name, value in headers}
        self.is_kept = (
            status.startswith("200")
            and "set-cookie" not in given
            and "no-store" not in given.get("cache-control", "")
            and len(body) <= LARGEST
        )


def is_open(path: str) -> bool:
    """Files that need no database, and what passes the limits: nothing that hangs may keep them from answering."""
    if not path.startswith(STATIC):
        return policy_at(path).passes_limits
    return ".." not in path and os.path.isfile(f"{settings.STATIC_ROOT}/{path.removeprefix(STATIC)}")


def visitor_of(environ: Environ) -> str:
    return household_of(address_in(environ))


def plain_request(environ: Environ, asked: Asked) -> Environ:
    """As from a reader of whom nothing is known but the address and the display."""
    plain = {name: value for name, value in environ.items() if name not in DROPPED}
    plain |= {
        "REQUEST_METHOD": "GET",
        "HTTP_HOST": asked.host,
        "QUERY_STRING": asked.query,
    } | BODILESS
    if asked.is_large:
        plain["HTTP_COOKIE"] = "display=large"
    return plain


def sent(
    copy: Copy, asked: Asked, environ: Environ, start_response: StartResponse, cache_control: str = ""
) -> Iterable[bytes]:
    """Compressed where the asker takes it; 304 where it is there already."""
    accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
    is_packed = bool(copy.packed) and "gzip" in accepted and not NO_GZIP.search(accepted)
    headers = copy.sent.get((is_packed, cache_control))
    if headers is None:
        headers = copy.sent[is_packed, cache_control] = headers_of(copy, is_packed, cache_control)
    if not asked.is_canonical:  # a proxy in front shall keep none of it either
        headers = [*headers, ("X-Accel-Expires", "0")]
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None and (copy.etag in known or known.strip() == "*"):
        start_response("304 Not Modified", [pair for pair in headers if not pair[0].startswith("Content-Length")])
        return [b""]
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        return [b""]
    return [copy.packed if is_packed else copy.plain]


def headers_of(copy: Copy, is_packed: bool, cache_control: str) -> Headers:
    given = {name: value for name, value in copy.headers if name not in ("Content-Length", "ETag")}
    is_file = given.get("Content-Type", "").startswith(FILE_TYPES)
    if not (is_file and "Cache-Control" in given):
        given["Cache-Control"] = cache_control or FRESH
    vary = [name.strip() for name in given.get("Vary", "").split(",") if name.strip()]
    if copy.packed and "Accept-Encoding" not in vary:
        given["Vary"] = ", ".join(["Accept-Encoding", *vary])
    if is_packed:
        given["Content-Encoding"] = "gzip"
    body = copy.packed if is_packed else copy.plain
    return [*given.items(), ("ETag", copy.etag), ("Content-Length", str(len(body)))]


def noticed(copy: Copy, at: float) -> Copy:
    """The copy with a notice of when it is, where it is a page."""
    if not copy.is_html:
        return copy
    notice = notice_of(at)
    found = copy.noticed.get(notice)
    if found is None:
        copy.noticed.clear()
        body = copy.plain.replace(MAIN, notice.encode() + MAIN, 1)
        found = copy.noticed[notice] = copy_of(copy.key, copy.stamp, copy.seen_at, copy.headers, body)
    return found


def notice_of(at: float) -> str:
    moment = timezone.localtime(datetime.fromtimestamp(at, UTC))
    return (
        f'<aside class="banner is-copy" role="status">网站的数据库暂时连不上。'
        f"这一页是 {day_text(moment.date())} {moment:%H:%M} 的样子，恢复以后自动更新。</aside>"
    )
