"""Requests made by chance, handed to the whole stack as a server hands them over, and what no answer may do.

No test client in between: it would put right what is wrong. A path comes as bytes read as Latin-1, a query as it was sent,
headers as they are, a body may be shorter than it says.
"""

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from time import thread_time
from urllib.parse import quote_from_bytes, unquote_to_bytes, urljoin, urlsplit

from django import forms
from django.apps import apps
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import strategies as st

from huozhou_portal import wsgi
from pagecache.key import key_of
from tests.db.test_headers import DIRECTIVES, HEADERS
from tests.nasty_input import NASTY, NASTY_PARTS

HERE = "127.0.0.1:8000"
MOST_SECONDS = 2  # of this processor for one answer, asked by `make fuzz`: on a busy machine a second isn't one
IS_BY_NAME = bool(os.environ.get("FUZZ_SEED"))
CHINESE = re.compile("[一-鿿]")
WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
# What a refused request may leave behind: that somebody knocked.
KNOCKS = {"axes_accessattempt", "django_session", "huozhou_portal_auditrecord"}
CSRF = "c" * 32


@dataclass(frozen=True)
class Asked:
    """`target` is path and query as they stand in the request line, `headers` go by their names in the environment."""

    method: str
    target: bytes
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def environ(self) -> dict:
        path, _mark, query = self.target.partition(b"?")
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": HERE,
            "CONTENT_LENGTH": str(len(self.body)),
            **dict(self.headers),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0
    errors: list[BaseException] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)


class Fuzz:
    """Asks one thing after another of one database, which each answer finds as the first one did."""

    def __init__(self):
        self.application = wsgi.application.application
        self.tables: dict[str, list] = {}
        self.statuses: Counter[int] = Counter()
        self.slowest: tuple[float, Asked | None] = 0, None

    def ask(self, asked: Asked) -> Answer:
        """Undoes whatever was done. `changed` are the tables that were otherwise before."""
        with transaction.atomic():
            answer, written = self._asked(asked)
            answer.changed = {table for table in written if self.rows[table] != _rows(table)}
            transaction.set_rollback(True)
        self.statuses[answer.status] += 1
        self.slowest = max(self.slowest, (answer.seconds, asked), key=lambda one: one[0])
        return answer

    def _asked(self, asked: Asked) -> tuple[Answer, set[str]]:
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], exc_info=None):
            answer.status, answer.headers = int(status[:3]), dict(headers)

        key_of(asked.environ())  # what stands before Django reads it as well
        with _errors() as errors, _written_tables() as written, _open_connection():
            started = thread_time()
            pieces = self.application(asked.environ(), start_response)
            try:
                answer.body = b"".join(pieces)
            finally:
                getattr(pieces, "close", lambda: None)()
            answer.seconds = thread_time() - started
        answer.errors = errors
        return answer, written

    @property
    def rows(self) -> dict[str, list]:
        """Every table as it was before anything was asked."""
        if not self.tables:
            self.tables = {table: _rows(table) for table in connection.introspection.table_names()}
        return self.tables

    def told(self) -> str:
        n, (seconds, slowest) = self.statuses.total(), self.slowest
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return f"{n} requests on {connection.vendor} ({statuses}); the slowest took {seconds:.2f} s: {slowest!r:.300}"


def _rows(table: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  a name from the database
        return sorted(cursor.fetchall(), key=repr)


@contextmanager
def _errors() -> Iterator[list[BaseException]]:
    """Those that became an error page of the server."""
    errors: list[BaseException] = []

    def note(**_kwargs):
        errors.append(sys.exception())

    got_request_exception.connect(note)
    try:
        yield errors
    finally:
        got_request_exception.disconnect(note)


@contextmanager
def _open_connection() -> Iterator[None]:
    """The test's transaction outlasts a request, whose beginning and end would close what it runs on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@contextmanager
def _written_tables() -> Iterator[set[str]]:
    written: set[str] = set()

    def watch(execute, sql, params, many, context):
        written.update(WRITES.findall(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


# What no answer may do


def check(asked: Asked, answer: Answer, may_change: bool = False) -> None:
    """Raises whatever fell, or AssertionError; the seed of the run is on its first line."""
    if answer.errors:
        raise answer.errors[0]
    assert answer.status < 500, answer.status
    assert answer.seconds < MOST_SECONDS or not IS_BY_NAME, f"{answer.seconds:.1f} s"
    assert is_fenced(answer), answer.headers
    assert not any(re.search(r"[\r\n\x00]", value) for value in answer.headers.values()), answer.headers
    assert leads_nowhere_else(answer), answer.headers["Location"]
    assert answer.status < 400 or speaks_chinese(answer), answer.body[:500]
    assert may_change or answer.changed <= KNOCKS, answer.changed


def is_fenced(answer: Answer) -> bool:
    told = {name: answer.headers.get(name) for name in HEADERS}
    without_nonce = re.sub(r" 'nonce-[\w+/=]+'", "", answer.headers.get("Content-Security-Policy", ""))
    policy = set(re.split(r"\s*;\s*", without_nonce))
    return told == HEADERS and policy in ({*DIRECTIVES}, {"default-src 'none'", "sandbox"})


def leads_nowhere_else(answer: Answer) -> bool:
    """Read as browsers do: without tabs and line breaks, and a backslash is a slash."""
    location = re.sub(r"[\t\r\n]", "", answer.headers.get("Location", "").strip()).replace("\\", "/")
    target = urlsplit(urljoin(f"http://{HERE}/", location))
    return target.scheme == "http" and target.netloc in {HERE, "127.0.0.1", "localhost", "localhost:8000"}


def speaks_chinese(answer: Answer) -> bool:
    return not answer.body or bool(CHINESE.search(answer.body.decode("utf-8", "replace")))


# Chance

DAYS = ("2020-03-05", "2020-09-30", "2020-12-31", "2021-01-01", "2020-02-29", "1948-12-31", "2099-12-31", "2100-01-01")
WORDS = (
    "bridge",
    "livelihood",
    "works",
    "report",
    "plan",
    "DONE",
    "KEPT",
    "FINISH",
    "name",
    "-due_on",
    "official",
    "2020",
)
LINKS = (
    "/",
    "/about/",
    "//example.com",
    "/\\example.com",
    "https://example.com",
    "javascript:alert(1)",
    "/%09/example.com",
)
USUAL = {
    *("as_of", "from", "to", "page", "per_page", "sort", "q", "next", "noted", "width", "after", "limit", "x", ""),
    *("o", "p", "e", "all", "_popup", "_to_field", "_changelist_filters", "promise", "project", "corrects", "entry"),
}


def names_of_parameters() -> list[str]:
    """Of every form of ours there is, and those that are read without one."""

    def kinds(form: type) -> Iterator[type]:
        for kind in form.__subclasses__():
            yield kind
            yield from kinds(kind)

    ours = tuple(config.name for config in apps.get_app_configs() if "." not in config.name)
    forms_of_ours = (kind for kind in kinds(forms.BaseForm) if kind.__module__.startswith(ours))
    fields = {name for kind in forms_of_ours for name in getattr(kind, "base_fields", ())}
    return sorted(USUAL | fields)


raw = st.binary(max_size=30).map(quote_from_bytes) | st.text(max_size=20).map(
    lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass"))
)
unquoted = st.binary(max_size=20).map(lambda sent: re.sub(rb"[\s#&?]", b"", sent).decode("latin-1"))
figures = st.integers(-(2**70), 2**70).map(str) | st.integers(-3, 300).map(str) | st.floats().map(str)
days = st.dates().map(str) | st.sampled_from(DAYS)
values = (
    st.sampled_from([*NASTY.values()])
    | st.sampled_from(WORDS)
    | st.sampled_from(LINKS)
    | days
    | figures
    | raw
    | unquoted
)
many = st.tuples(st.sampled_from([100, 999, 2001, 20_000]), st.booleans()).map(
    lambda asked: "&".join(f"x{n}=1" if asked[1] else "x=1" for n in range(asked[0]))
)
parts = st.sampled_from([*NASTY_PARTS.values()]) | figures | raw | unquoted
paths = st.lists(parts, max_size=4).map(lambda some: "/" + "/".join(some))


def queries(names: list[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.sampled_from(names) | raw, values).map("=".join)
    some = st.lists(pairs, max_size=5).map("&".join)
    return some | some | some | some | st.tuples(some, many).map("&".join)


# A server lets nothing else through than Latin-1 without control characters, and as a length only digits.
printable = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)
oddities = st.sampled_from([
    "", "*", "*/*", "text/html;q=0.9", "q=9,;;=", "a" * 8000, "zh-" * 2000, "en-US,en;q=0.5," * 500, '"x"', 'W/"x", *',
    "bytes=0-", "bytes=5-1", "bytes=-9", f"bytes=0-{9**99}", "bytes=" + "0-1," * 1000, "gzip, br, identity;q=0", "-1", "9" * 400,
    "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 0000 00:00:00 GMT", "Sun, 99 Foo 99999",
    "sessionid=%00", "display=large; display=x", "sessionid=" + "a" * 32, "csrftoken=\xff", "messages=[[", "a=b;" * 2000,
    'x="\\000\\377"; sessionid="\\"', "evil.example", "evil.example, 127.0.0.1", "127.0.0.1:x", "[::1", "a@127.0.0.1",
    "https", "http, https", "192.0.2.1, [::1]:99", "for=_x;proto=https", "http://127.0.0.1:8000/admin/x", "//evil.example/",
    "Basic \xff", "XMLHttpRequest", "DELETE", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300,
    "application/json; charset=\xff", "text/plain; charset=utf-7", "multipart/form-data; boundary=x; charset=idna",
    *(f"text/plain; charset={name}" for name in ("undefined", "unicode_escape", "zlib", "utf-7", "utf-16", "gb18030")),
])  # fmt: skip
HEADER_NAMES = (
    *("HTTP_HOST", "HTTP_COOKIE", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH"),
    *(
        "HTTP_IF_MATCH",
        "HTTP_IF_MODIFIED_SINCE",
        "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_RANGE",
        "HTTP_IF_RANGE",
        "HTTP_REFERER",
    ),
    *(
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_FORWARDED",
    ),
    *("HTTP_ORIGIN", "HTTP_AUTHORIZATION", "HTTP_USER_AGENT", "HTTP_X_REQUESTED_WITH", "HTTP_X_HTTP_METHOD_OVERRIDE"),
    *(
        "HTTP_CACHE_CONTROL",
        "HTTP_CONTENT_ENCODING",
        "HTTP_X_CSRFTOKEN",
        "CONTENT_TYPE",
        "REMOTE_ADDR",
    ),
)
lengths = st.sampled_from(["", "0", "1", "60", "99999", "9" * 15]).map(lambda length: ("CONTENT_LENGTH", length))
odd_headers = st.lists(st.tuples(st.sampled_from(HEADER_NAMES), oddities | printable) | lengths, max_size=3).map(tuple)
methods = st.sampled_from(["GET"] * 14 + ["HEAD"] * 2 + ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "BREW"])


def as_sent(target: str) -> bytes:
    """As a server reads it: what isn't quoted comes as it was, never a blank or a line break."""
    return re.sub(rb"[ \r\n]", b"", target.encode("latin-1", "xmlcharrefreplace"))
