"""What the portal carries, as one table of ratios: `make bench`.

    python -m scripts.bench [--projects 10 200 1000 10000] [--seconds 4] [--write]

For each number of projects (12 reports each) on SQLite and on PostgreSQL: nginx with the same bytes as a file, the portal's
copies straight from its server, the same behind the shipped nginx, and the portal without copies; each on one core, with
wrk and 32 connections on another, one after the other. Then what pages cost without copies, and beside a bare page.
"""

import argparse
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scripts.bench.load import Load, load_of, needed, running, server
from tests.deploy.rendered import HOST, Place, write
from tests.deploy.stack import free_ports, give_to_nginx, make_certificate

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "performance.md"
GZIP = "Accept-Encoding: gzip"
N_REPORTS = 12
MARK = "<!-- what follows is written by `make bench` -->"
LARGEST = 1000  # beyond that, copies and growth alone
BARE_ROUNDS = "20"
STATIC = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; default_type "text/html; charset=utf-8"; keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header Content-Encoding gzip; }} }}
"""


class Installation:
    """A portal with its data folder and database, below a folder that goes afterwards."""

    def __init__(self, folder: Path, database: str):
        self.folder, self.database = folder, database
        self.port, self.static_port, *ports = free_ports(5)
        self.place = Place(folder / "shipped", self.port, *ports)
        self.environment = {
            **os.environ,
            "DEBUG": "off",
            "HTTPS": "off",
            "TRUST_PROXY": "on",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_URL": f"https://{HOST}:{self.place.https}",
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": database,
            "PORT": str(self.port),
            "WORKERS": "1",
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{arguments}: {done.stderr[-2000:]}")
        return done.stdout

    def fill(self, n_projects: int) -> None:
        (self.folder / "data").mkdir(parents=True)
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        self.run("manage.py", "seed_scale", "--projects", str(n_projects), "--reports", str(N_REPORTS))

    def loads(self, seconds: float) -> dict[str, Load]:
        """By what they are called in the table. nginx sends exactly the bytes of the copy."""
        url = f"http://127.0.0.1:{self.port}/"
        with running(server("huozhou_portal.wsgi:application"), url, cwd=ROOT, env=self.environment) as pid:
            body = packed(url)
            found = {"copies, straight from the server": load_of(url, pid, seconds, GZIP)}
            found |= self.shipped(body, seconds)
        files = self.folder / "files"
        files.mkdir(exist_ok=True)
        (files / "page").write_bytes(body)
        config = self.folder / "static.conf"
        config.write_text(STATIC.format(folder=self.folder, port=self.static_port))
        url_of_file = f"http://127.0.0.1:{self.static_port}/page"
        with running(["nginx", "-c", str(config)], url_of_file) as pid:
            found = {"nginx, a file of the same bytes": load_of(url_of_file, pid, seconds, GZIP), **found}
        with running(server("huozhou_portal.wsgi:application.application"), url, cwd=ROOT, env=self.environment) as pid:
            found["without copies"] = load_of(url, pid, seconds * 2)
        return found

    def shipped(self, body: bytes, seconds: float) -> dict[str, Load]:
        """nginx of deploy/ over TLS, with the server behind it on the same core: a file of the same bytes, and the page."""
        for folder in (self.folder.parent, self.folder):
            folder.chmod(0o711)  # nginx's workers pass through
        write(self.place)
        make_certificate(self.place.folder / "tls")
        for name in ("cache", "waiting"):
            give_to_nginx(self.place.folder / name)
        (self.place.data / "static" / "page.html").write_bytes(body)
        config = str(self.place.folder / "nginx" / "nginx.conf")
        command = ["nginx", "-e", str(self.place.folder / "logs" / "error.log"), "-c", config, "-g", "daemon off;"]
        url = f"https://{HOST}:{self.place.https}"
        with running(command, f"http://127.0.0.1:{self.place.http}/", is_any_answer=True) as pid:
            return {
                "shipped nginx, TLS, a file of the same bytes": load_of(f"{url}/static/page.html", pid, seconds, GZIP),
                "shipped nginx, TLS, the page, nobody asked before": load_of(f"{url}/", pid, seconds, GZIP),
                "shipped nginx, TLS, the page": load_of(f"{url}/", pid, seconds, GZIP),
            }

    def pages(self) -> dict[str, Any]:
        return json.loads(self.run("-m", "scripts.bench.pages"))

    def beside_bare(self) -> str:
        pages = json.loads(
            self.run(
                "-c", "import json; from scripts.bench.pages import *; application(); print(json.dumps(addresses()))"
            )
        )
        chosen = [pages[name] for name in ("overview", "project", "table")]
        return self.run("-m", "scripts.bench.bare", *chosen)


def packed(url: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"}), timeout=60) as answer:
        body = answer.read()
    gzip.decompress(body)
    return body


@contextmanager
def postgres() -> Iterator[str]:
    """The socket's folder of a PostgreSQL server with its usual settings, which goes afterwards."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    person = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = subprocess.run(
        [*person, "mktemp", "-d", "/tmp/portal-bench-XXXXXX"], cwd="/", capture_output=True, text=True, check=True
    ).stdout.strip()
    control = [*person, programs / "pg_ctl", "-D", f"{folder}/data", "-w", "-s"]
    try:
        subprocess.run(
            [
                *person,
                programs / "initdb",
                "-D",
                f"{folder}/data",
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
            ],
            cwd="/",
            check=True,
            capture_output=True,
        )
        subprocess.run(
            [*control, "start", "-l", f"{folder}/log", "-o", f"-k {folder} -c listen_addresses="], cwd="/", check=True
        )
        yield folder
    finally:
        subprocess.run([*control, "stop", "-m", "immediate"], cwd="/", check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def machine() -> list[str]:
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    programs = [
        subprocess.run(command, capture_output=True, text=True, check=False)
        for command in (["nginx", "-v"], ["wrk", "-v"])
    ]
    told = [(done.stdout + done.stderr).splitlines()[0].strip() for done in programs]
    load = os.getloadavg()
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {processor}, {memory} GB, {platform.system()} {platform.release()}",
        f"- Python {platform.python_version()}, {', '.join(told)}",
        f"- load of the machine when it began: {load[0]:.1f} (others use it too: compare within a table, not between runs)",
    ]


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def load_rows(database: str, n_projects: int, loads: dict[str, Load]) -> list[list[str]]:
    best = next(iter(loads.values())).rate
    secure = next((one.rate for name, one in loads.items() if name.startswith("shipped")), best)
    return [
        [
            database,
            f"{n_projects:,}",
            name,
            f"{one.rate:,.0f}",
            f"{one.rate / (secure if name.startswith('shipped') else best):.4f}",
            f"{one.p50:.1f}",
            f"{one.p99:.1f}",
            f"{one.cpu:.3f}",
            str(one.memory),
        ]
        for name, one in loads.items()
    ]


def page_rows(database: str, sizes: dict[int, dict[str, Any]]) -> list[list[str]]:
    least = sizes[min(sizes)]["pages"]
    return [
        [
            database,
            f"{n:,}",
            name,
            f"{one['cold']:.0f}",
            f"{one['first']:.0f}",
            f"{one['next']:.1f}",
            f"{one['next'] / least[name]['next']:.2f}",
            f"{one['next'] / found['pages']['overview']['next']:.2f}",
            str(one["queries"]),
            f"{one['bytes']:,}",
            str(found["memory"]),
        ]
        for n, found in sizes.items()
        for name, one in found["pages"].items()
    ]


def proving_rows(database: str, sizes: dict[int, dict[str, Any]]) -> list[list[str]]:
    return [
        [database, f"{n:,}", name, f"{seconds:.1f}"]
        for n, found in sizes.items()
        for name, seconds in found["proving"].items()
    ]


@dataclass
class Rows:
    """Of the four tables; `bare` is text as it is printed."""

    loads: list[list[str]] = field(default_factory=list)
    pages: list[list[str]] = field(default_factory=list)
    proving: list[list[str]] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)


def database_url(database: str, n_projects: int, socket: str) -> str:
    """Of an empty database; none for SQLite, which makes its own."""
    if database == "SQLite":
        return ""
    name = f"portal_{n_projects}"
    subprocess.run(["psql", "-q", "-h", socket, "-U", "postgres", "-c", f"CREATE DATABASE {name}"], check=True)
    return f"postgres://postgres@/{socket}/{name}"


def measure(rows: Rows, database: str, sizes: list[int], seconds: float, folder: Path, socket: str) -> None:
    """Adds what one database shows at each number of projects."""
    pages = {}
    for n_projects in sizes:
        installation = Installation(folder / f"{database}-{n_projects}", database_url(database, n_projects, socket))
        installation.fill(n_projects)
        rows.loads += load_rows(database, n_projects, installation.loads(seconds))
        pages[n_projects] = installation.pages()
        if n_projects == min(sizes) and n_projects < LARGEST:
            rows.bare += [f"{database}:", "", "```", installation.beside_bare().rstrip(), "```", ""]
        print(f"{database}, {n_projects} projects: done", file=sys.stderr, flush=True)
    rows.pages += page_rows(database, pages)
    rows.proving += proving_rows(database, pages)


def report_of(about: list[str], rows: Rows) -> str:
    lines = [
        *about,
        "",
        "## A rush on the overview",
        "",
        "One core for the server, 32 connections. Milliseconds; `ratio` is to nginx with the same bytes as a file, over TLS where the page goes over TLS.",
        "",
        *table(["database", "projects", "what", "answers/s", "ratio", "p50", "p99", "CPU/answer", "MB"], rows.loads),
        "",
        "## Pages without copies",
        "",
        "Milliseconds of CPU in one process. `cold`: the first answer of a process; `first`: the first after a report was published; `next`: the median after that; `growth`: of `next`, against the fewest projects; `beside`: `next` against that of the overview of as many.",
        "",
        *table(
            ["database", "projects", "page", "cold", "first", "next", "growth", "beside", "queries", "bytes", "MB"],
            rows.pages,
        ),
        "",
        "## Proving the record",
        "",
        "Seconds of CPU of the whole commands, the start of the program included.",
        "",
        *table(["database", "projects", "command", "seconds"], rows.proving),
        "",
        "## Beside a bare page",
        "",
        *rows.bare,
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, nargs="+", default=[10, 200, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--write", action="store_true", help=f"put the tables into {REPORT.relative_to(ROOT)}")
    asked = parser.parse_args()
    needed()
    about, rows = machine(), Rows()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name, postgres() as socket:
        for database in asked.databases:
            sizes = [n for n in asked.projects if database == "SQLite" or n <= LARGEST]
            if sizes:
                measure(rows, database, sizes, asked.seconds, Path(name), socket)
    text = report_of(about, rows)
    print(text)
    if asked.write:
        kept = REPORT.read_text(encoding="utf-8").partition(MARK)[0] if REPORT.exists() else ""
        REPORT.write_text(f"{kept}{MARK}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
