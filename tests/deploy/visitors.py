"""Who asks the shipped stack: people at the desk, and clients that mean no good or are very slow."""

import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.deploy.rendered import HOST
from tests.deploy.stack import Answer, Stack

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
GUARDS = ("X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy")
SIGN_IN = "/admin/login/"
FORM = "application/x-www-form-urlencoded"


class Person:
    """Somebody at the desk, with cookies of their own."""

    def __init__(self, stack: Stack, name: str, *, source: str = "127.0.0.1", prefix: str = "", port: int = 0):
        self.stack, self.source, self.prefix = stack, source, prefix
        self.port = port or stack.place.https
        self.cookies: dict[str, str] = {}
        password = stack.passwords.get(name) or self.given_password(name)
        page = self.ask(f"{prefix}{SIGN_IN}")
        answer = self.send(f"{prefix}{SIGN_IN}", page, username=name, password=password, next=f"{prefix}/admin/")
        assert answer.status == 302, answer.text
        if name not in stack.passwords:
            self.choose_password(name, password)

    def given_password(self, name: str) -> str:
        accounts = (self.stack.place.data / "accounts.txt").read_text().splitlines()
        return dict(line.split(" ") for line in accounts)[name]

    def choose_password(self, name: str, given: str) -> None:
        """Whoever was given a password is let to nothing else before."""
        path, chosen = f"{self.prefix}/admin/password_change/", f"{given}-of-my-own"
        assert self.ask(f"{self.prefix}/admin/").headers["Location"] == path
        answer = self.send(path, self.ask(path), old_password=given, new_password1=chosen, new_password2=chosen)
        assert answer.status == 302, answer.text
        self.stack.passwords[name] = chosen

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        told = {"Referer": f"https://{HOST}:{self.port}/", "Cookie": self.cookie, **headers}
        answer = self.stack.ask(path, method, source=self.source, port=self.port, body=body, **told)
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def send(self, path: str, page: Answer, **fields: str) -> Answer:
        body = urlencode({"csrfmiddlewaretoken": token_of(page), **fields}).encode()
        return self.ask(path, "POST", body, Content_Type=FORM)

    def upload(self, path: str, page: Answer, files: Sequence[tuple[str, str, bytes]], **fields: str) -> Answer:
        """Files as field, name and content."""
        boundary = "the-line-between"
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
            for name, value in {"csrfmiddlewaretoken": token_of(page), **fields}.items()
        ]
        parts += [
            f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode() + content
            for field, name, content in files
        ]
        body = (
            b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
        )
        return self.ask(path, "POST", body, Content_Type=f"multipart/form-data; boundary={boundary}")


def token_of(page: Answer) -> str:
    return TOKEN.search(page.text)[1]


def at_once(act: Callable[[int], Answer], n: int) -> list[Answer]:
    with ThreadPoolExecutor(30) as pool:
        return list(pool.map(act, range(n)))


@contextmanager
def hanging(stack: Stack, said: bytes, sources: Sequence[str]) -> Iterator[list[ssl.SSLSocket]]:
    """Connections, one for each source, that say so much and then nothing. Some of them the server refuses meanwhile."""
    connections = []
    try:
        for source in sources:
            connection = stack.open(source)
            with suppress(OSError):
                connection.sendall(said)
            connections.append(connection)
        yield connections
    finally:
        for connection in connections:
            connection.close()


def slowest(stack: Stack, paths: Sequence[str], *, seconds: float, source: str) -> float:
    """Of requests for the paths, some twenty a second for so long, each of which has to be answered with 200."""
    found = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path in paths:
            answer = stack.ask(path, source=source)
            assert answer.status == 200, (path, answer.status)
            found.append(answer.seconds)
            time.sleep(0.05)
    return max(found)
