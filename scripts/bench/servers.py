"""Measures the WSGI servers with this portal: gunicorn gthread and granian, at some numbers of threads, under fast clients and
under slow ones, without nginx in front. One worker on one core, the clients on another; ratios within one run are what counts.

    .venv/bin/python scripts/bench/servers.py [--rounds 3] [--seconds 3]

It needs wrk and taskset. gunicorn, which is none of the portal's dependencies, is installed into a throwaway environment
that sees the portal's own packages. The table is in Markdown, as in docs/decisions/0023-server.md.
"""

import argparse
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = "gunicorn==27.*"
GRANIAN = """
import sys
from granian import Granian
from granian.http import HTTP1Settings
port, threads = map(int, sys.argv[1:])
Granian("huozhou_portal.wsgi:application", address="127.0.0.1", port=port, interface="wsgi", workers=1, websockets=False,
    blocking_threads=threads, http1_settings=HTTP1Settings(header_read_timeout=10_000)).serve()
"""
THREADS = (1, 4, 8, 16)
PAGE = "/2020/"
UNKNOWN_VISITOR = ("-H", "Cookie: sessionid=unknown")  # of whom the page cache keeps no copy: Django makes the page
N_SLOW = 100
SERVER_CORE, CLIENT_CORE = "0", "1"
HEADER = (
    "| server | threads | copies/s, fast clients | p99 ms | pages made/s | copies/s beside 100 slow clients | p99 ms |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts")
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement")
    options = parser.parse_args()
    for program in ("wrk", "taskset"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install wrk util-linux")
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        bench = Bench(Path(folder), options.seconds)
        print(f"{HEADER}\n|---|---|---|---|---|---|---|")
        for threads in THREADS:
            for name, command in bench.servers(threads).items():
                best = max((bench.measured(command) for _ in range(options.rounds)), key=lambda row: row[0])
                print(f"| {name} | {threads} | " + " | ".join(f"{value:.0f}" for value in best) + " |", flush=True)


class Bench:
    """An installation of its own with the illustrative year on SQLite."""

    def __init__(self, folder: Path, seconds: int):
        self.seconds = seconds
        self.python = own_python(folder / "venv")
        self.environment = {
            **os.environ,
            "ENV_FILE": os.devnull,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "off",
            "DATABASE_URL": "",
            "DATA_DIR": str(folder / "data"),
        }
        (folder / "data").mkdir()
        self.run("manage.py", "prepare", stdout=subprocess.DEVNULL)

    def run(self, *arguments: str, **options) -> None:
        subprocess.run([self.python, *arguments], cwd=ROOT, env=self.environment, check=True, **options)

    def servers(self, threads: int) -> dict[str, list[str]]:
        gunicorn = ["-m", "gunicorn", "huozhou_portal.wsgi", "-k", "gthread", "-w", "1", "--threads", str(threads)]
        quiet = ["--keep-alive", "10", "--log-level", "error", "--no-control-socket"]
        return {
            "gunicorn gthread": [*gunicorn, *quiet, "-b", "127.0.0.1:{port}"],
            "granian": ["-c", GRANIAN, "{port}", str(threads)],
        }

    def measured(self, command: list[str]) -> tuple[float, ...]:
        """One row of the table."""
        with self.running(command) as port:
            urlopen(f"http://127.0.0.1:{port}{PAGE}", timeout=60).close()
            fast, fast_p99 = wrk(port, 32, self.seconds)
            made, _ = wrk(port, 4, self.seconds, *UNKNOWN_VISITOR)
            with slow_clients(port):
                beside, beside_p99 = wrk(port, 4, self.seconds)
        return fast, fast_p99, made, beside, beside_p99

    @contextmanager
    def running(self, command: list[str]) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        told = ["taskset", "-c", SERVER_CORE, self.python, *(part.replace("{port}", str(port)) for part in command)]
        with subprocess.Popen(
            told, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                wait_for(port)
                yield port
            finally:
                process.terminate()
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def own_python(folder: Path) -> str:
    """A Python that has gunicorn besides everything of the portal's own environment."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    packages = next(Path(sys.prefix, "lib").glob("python*")) / "site-packages"
    own = next((folder / "lib").glob("python*")) / "site-packages"
    (own / "portal.pth").write_text(f"{packages}\n")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", GUNICORN], check=True)
    return str(python)


def wait_for(port: int) -> None:
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("the server doesn't listen")


def wrk(port: int, connections: int, seconds: int, *headers: str) -> tuple[float, float]:
    """Pages a second, refusals not counted, and the delay in ms that 99 of 100 kept below; nothing at all where nobody was answered."""
    address = f"http://127.0.0.1:{port}{PAGE}"
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *headers]
    told = subprocess.run([*command, address], capture_output=True, text=True, check=True).stdout
    number, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s|m)\b", told).groups()
    delay = float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]
    total = int(re.search(r"([0-9]+) requests in", told)[1])
    refused = re.search(r"Non-2xx or 3xx responses: ([0-9]+)", told)
    return (total - int(refused[1] if refused else 0)) / seconds, delay


@contextmanager
def slow_clients(port: int) -> Iterator[None]:
    """Half of them send a header of which a letter comes every second, half read a kilobyte of an answer every second."""
    over = threading.Event()
    crowd = threading.Thread(target=_crawl, args=(port, over))
    crowd.start()
    time.sleep(2)
    try:
        yield
    finally:
        over.set()
        crowd.join()


def _crawl(port: int, over: threading.Event) -> None:
    senders = [
        _connection(port, f"GET {PAGE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Slow: ") for _ in range(N_SLOW // 2)
    ]
    asked = f"GET {PAGE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n" * 20
    readers = [_connection(port, asked) for _ in range(N_SLOW // 2)]
    while not over.wait(1):
        for connections, act in ((senders, lambda one: one.send(b"a")), (readers, lambda one: one.recv(1024))):
            _each(connections, act)
    _each([*senders, *readers], lambda one: one.close())


def _each(connections: Sequence[socket.socket], act) -> None:
    for connection in connections:
        with suppress(OSError):  # the server may have given up on it
            act(connection)


def _connection(port: int, said: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(0.01)
    with suppress(OSError):
        connection.connect(("127.0.0.1", port))
        connection.sendall(said.encode())
    return connection


if __name__ == "__main__":
    main()
