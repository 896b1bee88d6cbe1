"""The production server as a process of its own: when it starts and ends, and what every answer carries."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest
from django.conf import settings

from common.security_headers import PERMISSIONS_POLICY
from huozhou_portal import server
from lab.bench.load import CACHED, UNCACHED
from pagecache.middleware import PageCache

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


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Site:
    """The server as a process with a data folder of its own and an empty database."""

    def __init__(self, data: Path, port: int, *before: str, **variables: str):
        self.data, self.port = data, port
        data.mkdir(exist_ok=True)
        with suppress(FileExistsError):
            (data / "static").symlink_to(settings.STATIC_ROOT)
        environ = {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "s" * 60,
            "PYTHONUTF8": "1",
            "DATA_DIR": str(data),
            "DATABASE_URL": f"sqlite:///{data}/empty.sqlite3",
            "PORT": str(port),
            "ALLOWED_HOSTS": HOST,
            "TRUST_PROXY": "on",
        }
        self.process = subprocess.Popen(  # noqa: S603  our own server
            [*before, sys.executable, "-m", "huozhou_portal.server"],
            env=environ | variables,
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def refused(self) -> str:
        """What it said, where it ended by itself."""
        told, refusal = self.process.communicate(timeout=300)
        assert (self.process.returncode, told) == (1, "")
        return refusal.removesuffix("\n")

    def wait(self) -> str:
        """What it said first."""
        return self.process.stdout.readline()

    def is_listening(self) -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        self.process.communicate(timeout=300)


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., Site]]:
    """Starts a server in a folder below this test's own."""
    started = []

    def start(name: str = "site", port: int = 0, *before: str, **variables: str) -> Site:
        started.append(Site(tmp_path / name, port or a_free_port(), *before, **variables))
        return started[-1]

    yield start
    for site in started:
        site.end()


@pytest.fixture
def serve(start) -> Callable:
    """Starts the server with such an environment; gives what asks it."""

    def serve(**variables: str) -> Callable:
        site = start(**variables)
        site.wait()

        def ask(path: str, **headers: str) -> tuple[int, HTTPMessage]:
            connection = HTTPConnection("127.0.0.1", site.port, timeout=300)
            connection.request("GET", path, headers=BY_HTTPS | headers)
            response = connection.getresponse()
            response.read()
            connection.close()
            return response.status, response.headers

        return ask

    return serve


def until(is_so: Callable[[], object]) -> None:
    for _try in range(6000):
        if is_so():
            return
        time.sleep(0.05)
    raise TimeoutError("It wasn't so within five minutes.")


# Starting and ending


@pytest.mark.parametrize(("target", "is_cached"), [(CACHED, True), (UNCACHED, False)])
def test_a_worker_loads_the_portal_and_for_measurements_what_the_page_cache_wraps(monkeypatch, target, is_cached):
    monkeypatch.setattr(server, "TARGET", target)
    monkeypatch.setattr(server, "die_with_parent", lambda: None)
    assert isinstance(server.load(), PageCache) == is_cached


def test_where_to_open_it_is_said_once_it_listens(start):
    site = start()
    assert site.wait() == f"打开 http://127.0.0.1:{site.port}/ （按 Ctrl-C 结束）\n"
    assert site.is_listening()


@contextmanager
def another_program(*options: int) -> Iterator[int]:
    """The port on which it listens."""
    with socket.socket() as one:
        for option in options:
            one.setsockopt(socket.SOL_SOCKET, option, 1)
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one.getsockname()[1]


@pytest.mark.parametrize("options", [(), (socket.SO_REUSEPORT,)], ids=["alone", "ready to share"])
def test_a_port_that_another_program_has_is_refused(start, options):
    with another_program(*options) as port:
        assert start(port=port).refused() == (
            f"{port} 端口已经有程序在用：先停掉它（看是谁：ss -ltnp 'sport = :{port}'），或者用 PORT 换一个端口，例如 PORT=8123。"
        )


def test_a_port_that_another_site_has_is_refused_even_before_that_listens(start):
    first = start("first", WORKERS="1")
    until((first.data / "server.lock").exists)
    refusal = start("second", first.port).refused()
    assert "端口已经有程序在用" in refusal
    first.wait()
    assert first.is_listening()


def test_one_folder_serves_one_site(start):
    first = start()
    first.wait()
    assert start().refused() == (
        f"数据目录 {first.data} 已经有网站程序在用（进程 {first.process.pid}）：先停掉它，或者用 DATA_DIR 另写一个目录。"
    )
    first.end()
    assert start().wait()


@pytest.mark.parametrize(
    ("variables", "refusal"),
    [
        ({"PORT": "http"}, "PORT=http：要写 1 到 65535 的整数。"),
        ({"PORT": "70000"}, "PORT=70000：要写 1 到 65535 的整数。"),
        ({"WORKERS": "0"}, "WORKERS=0：要写 1 到 64 的整数。"),
        ({"THREADS": "many"}, "THREADS=many：要写 1 到 256 的整数。"),
        ({"ALLOWED_HOSTS": ""}, "没有写 ALLOWED_HOSTS（网站的域名）：在 .env 里写上，例如 ALLOWED_HOSTS=zdgz.example.gov.cn。"),
        ({"HTTPS": "yess"}, "HTTPS=yess：看不懂，写 on 或 off。"),
    ],
    ids=["a port in letters", "no such port", "no worker", "threads in words", "no name", "any other setting"],
)  # fmt: skip
def test_what_it_can_not_work_with_is_refused_in_a_sentence(start, variables, refusal):
    assert start(**variables).refused() == refusal


def test_a_folder_that_is_not_there_is_refused(start, tmp_path):
    assert start(DATA_DIR=f"{tmp_path}/gone").refused().startswith(f"没有数据目录 {tmp_path}/gone：")


def test_a_database_that_was_lost_is_refused_unless_there_are_copies_to_show(start, tmp_path):
    (tmp_path / "site" / "backups").mkdir(parents=True)
    (tmp_path / "site" / "backups" / "huozhou-20200101-023000.tar").touch()
    assert start().refused().startswith(f"数据库丢了：{tmp_path}/site/backups 里有东西")
    assert not (tmp_path / "site" / "empty.sqlite3").exists()
    (tmp_path / "site" / "pages" / "a").mkdir(parents=True)
    assert start().wait()


def test_a_hang_up_ends_it_unless_it_was_started_to_outlive_one(start):
    site, lasting = start("one"), start("two", 0, "nohup")
    for one in (site, lasting):
        one.wait()
        one.process.send_signal(signal.SIGHUP)
    site.process.wait(300)
    assert not site.is_listening()
    assert lasting.is_listening()
    assert lasting.process.poll() is None


def test_workers_end_with_the_process_that_started_them(start):
    site = start()
    site.wait()
    site.process.kill()
    site.process.wait(300)
    until(lambda: not site.is_listening())
    assert start().wait()  # nobody holds the folder either


def test_a_site_outlives_the_death_of_its_workers_again_and_again(start):
    site = start()
    site.wait()
    for _time in range(3):
        killed = site.workers
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until(lambda killed=killed: len(set(site.workers) - set(killed)) == 2)
    until(site.is_listening)
    assert site.process.poll() is None


def test_a_site_whose_workers_never_start_ends(start, tmp_path):
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "sitecustomize.py").write_text(
        "import multiprocessing, sys\nif __name__ == 'sitecustomize': sys.modules['huozhou_portal.wsgi'] = None\n"
    )
    site = start(PYTHONPATH=f"{tmp_path}/wrong")
    site.process.communicate(timeout=300)
    assert site.process.returncode == 1


# What every answer carries


def a_sheet() -> str:
    """The hashed name of a style sheet."""
    return next(Path(settings.STATIC_ROOT, "css").glob("site.*.css")).relative_to(settings.STATIC_ROOT).as_posix()


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
