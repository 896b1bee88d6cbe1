"""Readers of a portal that runs in processes of its own, with the time that each answer took."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from tests.faults.installation import ROUNDS

SEEN_WITHIN = 300  # seconds, in which the busiest machine has told everybody of a change that takes one


class Read(NamedTuple):
    status: int
    seconds: float
    text: str
    headers: dict[str, str]


def read(url: str, timeout: float = 300, **headers: str) -> Read:
    """Status 0 where nothing came back."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as answer:  # noqa: S310  on this machine
            status, body, told = answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        status, body, told = error.code, error.read(), dict(error.headers)
    except OSError:
        status, body, told = 0, b"", {}
    return Read(status, time.monotonic() - began, body.decode(errors="replace"), told)


def is_within(seconds: float, most: float) -> bool:
    """Asked by `make faults` alone, on a quiet machine: among other tests nobody knows how long a second is."""
    return not ROUNDS or seconds < most


def read_all(urls: Iterable[str], at_once: int) -> list[Read]:
    with ThreadPoolExecutor(at_once) as readers:
        return list(readers.map(read, urls))


def slowest_but_one_percent(reads: Iterable[Read]) -> float:
    """p99, in seconds."""
    seconds = sorted(one.seconds for one in reads)
    return seconds[min(int(len(seconds) * 0.99), len(seconds) - 1)]


def eventually(holds: Callable[[], object]) -> None:
    """Waits until it does."""
    last = time.monotonic() + SEEN_WITHIN
    while not holds():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.1)
