"""A server on one core, `wrk` on another, and what each answer cost."""

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 32
SERVER_CORE, CLIENT_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Load:
    """Answers a second, p50 and p99 and CPU of one answer in milliseconds, resident MB of the server's processes."""

    rate: float
    p50: float
    p99: float
    cpu: float
    memory: int


def family(pid: int) -> list[int]:
    """The process and all that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def seconds_of(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def megabytes_of(pids: list[int]) -> int:
    pages = 0
    for pid in pids:
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def load_of(url: str, pid: int, seconds: float, *headers: str) -> Load:
    """Raises RuntimeError where an answer was no 200."""
    pids = family(pid)
    asked = [part for header in headers for part in ("-H", header)]
    command = [
        "taskset",
        "-c",
        CLIENT_CORE,
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{max(1, round(seconds))}s",
        "--latency",
        *asked,
        url,
    ]
    before = seconds_of(pids)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = seconds_of(pids) - before
    if "Non-2xx" in told:
        raise RuntimeError(f"{url}: {told}")
    n_answers = int(re.search(r"(\d+) requests in", told)[1])
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", told)[1])
    p50, p99 = (milliseconds(told, share) for share in ("50%", "99%"))
    return Load(rate, p50, p99, spent / n_answers * 1000, megabytes_of(pids))


def milliseconds(told: str, share: str) -> float:
    number, unit = re.search(rf"{share}\s+([0-9.]+)(us|ms|s)", told).groups()
    return float(number) * UNITS[unit]


def place_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80


@contextmanager
def running(command: list[str], url: str, *, is_any_answer: bool = False, **options) -> Iterator[int]:
    """The id of the process, once it answers, with 200 or with anything."""
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        for _ in range(600):
            with suppress(OSError), closing(http.client.HTTPConnection(*place_of(url), timeout=60)) as line:
                line.request("GET", urlsplit(url).path)
                if line.getresponse().status == 200 or is_any_answer:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def server(target: str) -> list[str]:
    """The production server; `target` is the application, with the page cache or without."""
    return [sys.executable, "-c", f"from huozhou_portal import server; server.TARGET = {target!r}; server.main()"]


def needed() -> None:
    """Raises SystemExit that says what to install."""
    missing = [name for name in ("wrk", "nginx", "taskset") if not shutil.which(name)]
    if missing:
        raise SystemExit(
            f"make bench needs {', '.join(missing)}. On Debian: sudo apt-get install wrk nginx-light util-linux"
        )
