"""Measures the portal and prints the tables of docs/performance.md: `make bench`.

    python -m lab.bench [--projects 10 200 1000 10000] [--seconds 4] [--write]

For each number of projects (12 reports each) on SQLite and PostgreSQL: nginx with the same bytes as a file, cached pages
from the portal's server, the same behind the shipped nginx, and the portal without page cache; each on one core, with wrk
and 32 connections on another. Then the cost of pages without page cache, also compared with a bare page.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from lab.bench.installation import Installation, check_programs
from lab.bench.load import Load
from tests.deploy.stack import a_postgres

REPORT = settings.BASE_DIR / "docs" / "performance.md"
MARK = "<!-- what follows is written by `make bench` -->"
LARGEST = 1000  # beyond that, SQLite alone
SECTIONS = {
    "A rush on the overview": "One core for the server, 32 connections. Milliseconds; `ratio` is to nginx with the same bytes as a file, over TLS where the page goes over TLS.",
    "Pages without copies": "Milliseconds of CPU in one process. `cold`: the first answer of a process; `first`: the first after a report was published; `next`: the median after that; `growth`: of `next`, against the fewest projects; `beside`: `next` against that of the overview of as many.",
    "Proving the record": "Seconds of CPU of the whole commands, the start of the program included.",
}
HEADS = (
    ("database", "projects", "what", "answers/s", "ratio", "p50", "p99", "CPU/answer", "MB"),
    ("database", "projects", "page", "cold", "first", "next", "growth", "beside", "queries", "bytes", "MB"),
    ("database", "projects", "command", "seconds"),
)
Cells = tuple[str, ...]


@dataclass
class Rows:
    """The rows of the first three tables, and the lines of the last, `bare`."""

    tables: tuple[list[Cells], list[Cells], list[Cells]] = field(default_factory=lambda: ([], [], []))
    bare: list[str] = field(default_factory=list)


def machine() -> list[str]:
    info = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(":")[2].strip() for line in info if line.startswith("model name")), "")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) // 2**20
    asked = [subprocess.run([name, "-v"], capture_output=True, text=True) for name in ("nginx", "wrk")]
    programs = [(done.stdout + done.stderr).splitlines()[0].strip() for done in asked]
    return [
        f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {processor}, {memory} GB, {platform.system()} {platform.release()}",
        f"- Python {platform.python_version()}, {', '.join(programs)}",
        f"- load of the machine when it began: {os.getloadavg()[0]:.1f} (others use it too: compare within a table, not between runs)",
    ]


def load_rows(loads: dict[str, Load]) -> Iterator[Cells]:
    """The rows of the first table. Ratios are to the first load of a kind, which is a file of the same bytes."""
    firsts: dict[bool, float] = {}
    for name, one in loads.items():
        first = firsts.setdefault(name.startswith("shipped"), one.rate)
        figures = f"{one.rate / first:.4f}", f"{one.p50:.1f}", f"{one.p99:.1f}", f"{one.cpu:.3f}", f"{one.memory}"
        yield name, f"{one.rate:,.0f}", *figures


def page_rows(found: dict[str, Any], fewest: dict[str, Any]) -> Iterator[Cells]:
    overview = found["pages"]["overview"]["next"]
    for name, one in found["pages"].items():
        ratios = f"{one['next'] / fewest['pages'][name]['next']:.2f}", f"{one['next'] / overview:.2f}"
        times = f"{one['cold']:.0f}", f"{one['first']:.0f}", f"{one['next']:.1f}"
        yield name, *times, *ratios, f"{one['queries']}", f"{one['bytes']:,}", f"{found['memory']}"


def measure(rows: Rows, database: str, sizes: list[int], seconds: float, folder: Path) -> None:
    """Measure one database with each number of projects, and add the results to `rows`."""
    fewest: dict[str, Any] = {}
    for n_projects in sizes:
        with a_postgres() if database == "PostgreSQL" else nullcontext("") as url:
            installation = Installation(folder / f"{database}-{n_projects}", url)
            installation.fill(n_projects)
            loads = installation.loads(seconds)
            pages = json.loads(installation.run("-m", "lab.bench.pages"))
            if not fewest and n_projects < LARGEST:
                bare = installation.run("-m", "lab.bench.bare").rstrip()
                rows.bare += [f"{database}:", "", "```", bare, "```", ""]
        fewest = fewest or pages
        proving = ((name, f"{spent:.1f}") for name, spent in pages["proving"].items())
        for table, more in zip(rows.tables, (load_rows(loads), page_rows(pages, fewest), proving), strict=True):
            table += [(database, f"{n_projects:,}", *cells) for cells in more]
        print(f"{database}, {n_projects} projects: done", file=sys.stderr, flush=True)


def report_of(about: list[str], rows: Rows) -> str:
    lines = [*about, ""]
    for (title, note), head, table in zip(SECTIONS.items(), HEADS, rows.tables, strict=True):
        cells = (head, ["---"] * len(head), *table)
        lines += [f"## {title}", "", note, "", *(f"| {' | '.join(row)} |" for row in cells), ""]
    return "\n".join([*lines, "## Beside a bare page", "", *rows.bare])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, nargs="+", default=[10, 200, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--databases", nargs="+", default=["SQLite", "PostgreSQL"])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    options = parser.parse_args()
    check_programs()
    os.umask(0o022)  # nginx's workers must be able to read the files written here
    about, rows = machine(), Rows()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        for database in options.databases:
            sizes = [n for n in options.projects if database == "SQLite" or n <= LARGEST]
            measure(rows, database, sizes, options.seconds, Path(name))
    text = report_of(about, rows)
    print(text)
    if options.write:
        written = REPORT.read_text(encoding="utf-8").partition(MARK)[0]
        REPORT.write_text(f"{written}{MARK}\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
