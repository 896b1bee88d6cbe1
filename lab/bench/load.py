"""Measures a server on one core with `wrk` on another."""

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
    """Responses a second; p50, p99 and CPU of a response in milliseconds; resident MB of all processes of the server."""

    rate: float
    p50: float
    p99: float
    cpu: float
    memory: int


def usage_of(pid: int) -> tuple[float, int]:
    """Seconds of CPU and resident MB of the process and its descendants."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    seconds: float = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 2**20
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            child_seconds, child_memory = usage_of(int(child))
            seconds, memory = seconds + child_seconds, memory + child_memory
    return seconds, memory


def load_of(url: str, pid: int, seconds: float, *headers: str) -> Load:
    """Measure a running server. Raises RuntimeError if a response isn't a success."""
    options = [f"-H{header}" for header in headers]
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency", *options, url]
    before, _ = usage_of(pid)
    output = subprocess.run(["taskset", "-c", CLIENT_CORE, *wrk], capture_output=True, text=True, check=True).stdout
    after, memory = usage_of(pid)
    if "Non-2xx" in output:
        raise RuntimeError(f"{url}: {output}")
    n_answers, rate = int(_match(r"(\d+) requests in", output)), float(_match(r"Requests/sec:\s+([0-9.]+)", output))
    return Load(rate, _delay("50%", output), _delay("99%", output), (after - before) / n_answers * 1000, memory)


def _match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise RuntimeError(f"no {pattern} in {text}")
    return found[1]


def _delay(share: str, output: str) -> float:
    text = _match(rf"{share}\s+([0-9.]+(?:us|ms|s))", output)
    number = text.rstrip("mus")
    return float(number) * UNITS[text.removeprefix(number)]


@contextmanager
def running(command: list[str], url: str, *, is_any_answer: bool = False, **options) -> Iterator[int]:
    """Run the command and yield its process id once the URL answers with 200, or with `is_any_answer` any status."""
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


CACHED = "huozhou_portal.wsgi:application"
UNCACHED = f"{CACHED}.application"  # what the page cache wraps


def server(target: str) -> list[str]:
    """The command of the production server for the WSGI application `target`."""
    return [sys.executable, "-c", f"from huozhou_portal import server; server.TARGET = {target!r}; server.main()"]
