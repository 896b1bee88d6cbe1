"""A server on one core, `wrk` on another, and what each answer cost."""

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECTIONS = 32
SERVER_CORE, CLIENT_CORE = "0", "1"
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Load(NamedTuple):
    """Answers a second, p50 and p99 and CPU of one answer in milliseconds, resident MB of the server's processes."""

    rate: float
    p50: float
    p99: float
    cpu: float
    memory: int


def usage_of(pid: int) -> tuple[float, int]:
    """Seconds of CPU and resident MB of the process and of all that it started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds: float = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 2**20
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            child_seconds, child_memory = usage_of(int(child))
            seconds, memory = seconds + child_seconds, memory + child_memory
    return seconds, memory


def load_of(url: str, pid: int, seconds: float, *headers: str) -> Load:
    """Raises RuntimeError where an answer was no 200."""
    asked = [f"-H{header}" for header in headers]
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", *asked, url]
    before, _ = usage_of(pid)
    told = subprocess.run(["taskset", "-c", CLIENT_CORE, *wrk], capture_output=True, text=True, check=True).stdout
    after, memory = usage_of(pid)
    if "Non-2xx" in told:
        raise RuntimeError(f"{url}: {told}")
    n_answers, rate = int(_said(r"(\d+) requests in", told)), float(_said(r"Requests/sec:\s+([0-9.]+)", told))
    return Load(rate, _delay("50%", told), _delay("99%", told), (after - before) / n_answers * 1000, memory)


def _said(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"no {pattern} in {text}")
    return found[1]


def _delay(share: str, told: str) -> float:
    text = _said(rf"{share}\s+([0-9.]+(?:us|ms|s))", told)
    number = text.rstrip("mus")
    return float(number) * UNITS[text.removeprefix(number)]


@contextmanager
def running(command: list[str], url: str, *, is_any_answer: bool = False, **options) -> Iterator[int]:
    """The id of the process, once it answers, with 200 or with anything."""
    pinned = ["taskset", "-c", SERVER_CORE, *command]
    process = subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    place = urlsplit(url)
    try:
        for _ in range(600):
            with suppress(OSError), closing(http.client.HTTPConnection(place.netloc, timeout=60)) as line:
                line.request("GET", place.path)
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
