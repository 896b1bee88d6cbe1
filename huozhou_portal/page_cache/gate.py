"""How many requests at once reach Django in a process: the other threads stay free for copies, whatever hangs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 4
WAITING = 2
LONGEST_WAIT = 1.0  # seconds


class Full(Exception):
    """No place, and none to wait in."""


class Gate:
    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, longest_wait: float = LONGEST_WAIT):
        self._places = threading.BoundedSemaphore(at_once)
        self._seats = threading.BoundedSemaphore(waiting)
        self._longest_wait = longest_wait

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Raises Full."""
        if not self._places.acquire(blocking=False):
            with self.seat():
                if not self._places.acquire(timeout=self._longest_wait):
                    raise Full
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def seat(self) -> Iterator[float]:
        """A place to wait in, until the moment (of the monotonic clock) that it yields. Raises Full."""
        if not self._seats.acquire(blocking=False):
            raise Full
        try:
            yield time.monotonic() + self._longest_wait
        finally:
            self._seats.release()
