"""The production server as a process of its own: what every answer carries, however the portal is installed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest
from django.conf import settings

from huozhou_portal.fences import PERMISSIONS_POLICY

HOST = "zdgz.example.gov.cn"
PORTAL = "https://www.example.gov.cn"
BY_HTTPS = {"Host": HOST, "X-Forwarded-Proto": "https"}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
}
# The database is empty: what needs one is an error of the server or turned away, and its page needs none.
FELL = {500, 503}
ASKED = {
    "/healthz": {200},
    "/robots.txt": {200, *FELL},
    "/static/{sheet}": {200},
    "/static/none.css": {404, *FELL},
    "/display/?to=large": {302, *FELL},
    "/admin/": {302, *FELL},
    "/ledger/": FELL,
    "/media/evidence/x.jpg": FELL,
    "/admin/login/": {200, *FELL},
    "/%ff%00": {404, *FELL},
}


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable]:
    """Starts the server with such an environment and an empty database; gives what asks it."""
    started = []

    def start(**variables: str) -> Callable:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        environ = {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "s" * 60,
            "PYTHONUTF8": "1",
            "DATA_DIR": os.environ["TEST_DATA_DIR"],
            "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
            "PORT": str(port),
            "ALLOWED_HOSTS": HOST,
            "TRUST_PROXY": "on",
        }
        command = [sys.executable, "-m", "huozhou_portal.server"]
        started.append(
            subprocess.Popen(  # noqa: S603  our own server
                command,
                env=environ | variables,
                cwd=settings.BASE_DIR,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

        def ask(path: str, **headers: str) -> tuple[int, HTTPMessage]:
            connection = HTTPConnection("127.0.0.1", port, timeout=300)
            connection.request("GET", path, headers=BY_HTTPS | headers)
            response = connection.getresponse()
            response.read()
            connection.close()
            return response.status, response.headers

        wait_for(port)
        return ask

    yield start
    for server in started:
        server.terminate()
        server.wait(300)


def wait_for(port: int) -> None:
    for _try in range(3000):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("The server didn't start within five minutes.")


def a_sheet() -> str:
    """The hashed name of a style sheet."""
    return next(Path(settings.STATIC_ROOT, "css").glob("base.*.css")).relative_to(settings.STATIC_ROOT).as_posix()


def told(headers: HTTPMessage, name: str) -> str:
    """The one header of that name."""
    values = headers.get_all(name, [])
    assert len(values) < 2, values
    return values[0] if values else ""


@pytest.mark.parametrize(
    ("prefix", "frames"),
    [("", ""), ("zdgz", ""), ("", PORTAL), ("zdgz", PORTAL)],
    ids=["plain", "below", "framed", "both"],
)
def test_every_answer_of_the_server_carries_its_headers(serve, prefix, frames):
    ask = serve(PATH_PREFIX=prefix, FRAME_ANCESTORS=frames)  # the proxy takes the prefix off
    for path, expected in ASKED.items():
        status, headers = ask(path.format(sheet=a_sheet()))
        is_open = bool(frames) and (not path.startswith("/admin/") or status in FELL)
        who = PORTAL if is_open else "'none'"
        policy = told(headers, "Content-Security-Policy")
        assert status in expected, path
        assert {name: told(headers, name) for name in ALWAYS} == ALWAYS, path
        assert told(headers, "Cross-Origin-Resource-Policy") == ("cross-origin" if is_open else "same-origin"), path
        assert told(headers, "X-Frame-Options") == ("" if is_open else "DENY"), path
        assert f"frame-ancestors {who}" in policy, path
        assert "unsafe" not in policy
        assert told(headers, "Strict-Transport-Security") == ("" if prefix else "max-age=31536000"), path


def test_http_is_sent_on_to_https_of_the_same_host(serve):
    ask = serve()
    status, headers = ask("/about/?x=%0d%0ay", **{"X-Forwarded-Proto": "http"})
    assert (status, headers["Location"]) == (301, f"https://{HOST}/about/?x=%0d%0ay")
    status, headers = ask("/about/", **{"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"})
    assert (status, headers["Location"]) == (301, f"https://{HOST}/about/")
    status, headers = ask("/about/", Host="evil.example")
    assert headers["Location"] is None
    assert status in {400, *FELL}  # the page of a refusal asks the database, and there is none


def test_what_the_reader_has_already_carries_them_too(serve):
    ask = serve()
    sheet = f"/static/{a_sheet()}"
    modified = ask(sheet)[1]["Last-Modified"]
    status, headers = ask(sheet, **{"If-Modified-Since": modified})
    assert status == 304
    assert {name: told(headers, name) for name in ALWAYS} == ALWAYS
