"""Several people at work in the same moment, and the admin over HTTP as a browser asks it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from threading import Barrier
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import encode_multipart

from ledger.chain import PublicationError

PATIENCE = 300  # seconds, on a machine however busy
PASSWORD = "only for this test"


def at_once(*acts: Callable) -> list:
    """What each act came to, every one on a connection of its own and begun in the same moment.

    A PublicationError is what it came to; any other error is raised.
    """
    start = Barrier(len(acts), timeout=PATIENCE)

    def perform(act: Callable):
        try:
            connection.ensure_connection()
            start.wait()
            return act()
        except PublicationError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(perform, acts, timeout=PATIENCE))


class _Form(HTMLParser):
    def __init__(self):
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.is_inside, self.select, self.text = False, "", None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.is_inside = given.get("id", "").endswith("form") and given.get("id") != "logout-form"
        if not self.is_inside:
            return
        kind, name = given.get("type", "text"), given.get("name")
        is_sent = (name and kind not in ("submit", "button", "file", "checkbox", "radio")) or "checked" in given
        if tag == "input" and is_sent:
            self.sent.setdefault(name, []).append(given.get("value", "on" if "checked" in given else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and ("selected" in given or given["value"] == ""):
            self.sent[self.select] = [given["value"]]
        elif tag == "textarea":
            self.text = (name, [])

    def handle_data(self, data):
        if self.text:
            self.text[1].append(data)

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text:
            name, pieces = self.text
            self.sent[name], self.text = ["".join(pieces).removeprefix("\n").replace("\n", "\r\n")], None
        self.is_inside = self.is_inside and tag != "form"


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser sends of the page's form as it is, without its buttons and files."""
    form = _Form()
    form.feed(page.replace("\r\n", "\n"))
    return form.sent


class StayHere(HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


class Answer(NamedTuple):
    """What came right after something was sent: `location` where it leads on, `page` else."""

    status: int
    location: str
    page: str


class Desk:
    """A person signed in at the admin of a running server, with cookies of their own."""

    def __init__(self, server: str, person: User):
        self.server = server
        jar = CookieJar()
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
        self.waiting = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar), StayHere)
        person.set_password(PASSWORD)
        person.save()
        sign_in = "/admin/login/?next=/admin/"
        self.send(sign_in, self.get(sign_in), username=person.username, password=PASSWORD)

    def get(self, path: str) -> str:
        return self.download(path).decode()

    def download(self, path: str) -> bytes:
        with self.opener.open(urljoin(self.server, path), timeout=PATIENCE) as response:
            return response.read()

    def _sent(self, page: str, fields: dict[str, str]) -> bytes:
        return urlencode({**form_of(page), **fields}, doseq=True).encode()

    def send(self, path: str, page: str, **fields: str) -> str:
        """The page that follows after the form on `page` was sent to `path`."""
        address = urljoin(self.server, path)
        with self.opener.open(address, self._sent(page, fields), timeout=PATIENCE) as response:
            return response.read().decode()

    def answer(self, path: str, page: str, **fields: str) -> tuple[int, str]:
        """Status and page right after the form on `page` was sent to `path`."""
        try:
            with self.waiting.open(urljoin(self.server, path), self._sent(page, fields), timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def upload(self, path: str, fields: dict[str, str], **files: tuple[str, bytes]) -> Answer:
        """Fields and files (name and content of each) as a browser sends them together."""
        parts = {key: SimpleUploadedFile(name, content) for key, (name, content) in files.items()}
        body = encode_multipart("x0x", {**fields, **parts})
        headers = {"Content-Type": "multipart/form-data; boundary=x0x"}
        request = Request(urljoin(self.server, path), body, headers)  # noqa: S310  of this machine
        try:
            with self.waiting.open(request, timeout=PATIENCE) as response:
                return Answer(response.status, response.headers.get("Location", ""), response.read().decode())
        except HTTPError as error:
            return Answer(error.code, error.headers.get("Location", ""), error.read().decode())
