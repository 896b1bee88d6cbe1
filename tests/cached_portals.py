"""A page cache before an application of the test's own, its poller polling when the test says so."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO

from django.db import OperationalError

from accounts.client_address import network_in
from common.outage import outage_page
from pagecache.middleware import PageCache
from pagecache.version import PublicState

TODAY = date(2020, 6, 30)
DAYS = ((date(2020, 3, 5), "plan"), (date(2020, 5, 1), "report"))


@dataclass
class City:
    """What the database would tell, and whether it does."""

    state: PublicState = field(default_factory=lambda: PublicState(TODAY, hidden="", texts="", days=DAYS))
    is_away: bool = False

    def read(self, _before: PublicState | None) -> PublicState:
        if self.is_away:
            raise OperationalError("no server")
        return self.state

    def change(self, **fields) -> None:
        self.state = replace(self.state, **fields)

    def publish(self, entry: str, on: date = TODAY) -> None:
        self.change(days=(*(pair for pair in self.state.days if pair[0] < on), (on, entry)))


@dataclass
class Portal:
    """In the place of Django: counts what reaches it."""

    status: str = "200 OK"
    content_type: str = "text/html; charset=utf-8"
    headers: list = field(default_factory=list)
    body: bytes = b"<html><main>" + b"a page " * 200
    asked: list = field(default_factory=list)

    def __call__(self, environ, start_response) -> Iterable[bytes]:
        if environ.get("portal.unavailable"):
            start_response("503 Service Unavailable", [("Retry-After", "10")])
            return [b"calm"]
        self.asked.append(environ)
        start_response(self.status, [("Content-Type", self.content_type), *self.headers])
        return [self.body + str(len(self.asked)).encode()]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def a_cache(folder, city: City, application) -> PageCache:
    cache = PageCache(
        application=application,
        read_state=city.read,
        network_of=network_in,
        outage_page=outage_page(application),
        desk="/admin/",
        folder=folder,
        polls=False,
    )
    cache.poller.poll()
    return cache


def request(address: str = "/", method: str = "GET", **environ) -> dict:
    path, _, query = address.partition("?")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        **environ,
    }


def get(application, address: str = "/", method: str = "GET", **environ) -> Answer:
    told: list = []
    chunks = application(
        request(address, method, **environ), lambda status, headers, _error=None: told.extend([status, headers])
    )
    body = b"".join(chunks)
    getattr(chunks, "close", lambda: None)()
    return Answer(int(told[0][:3]), {name.lower(): value for name, value in told[1]}, body)
