"""How many requests at once reach Django in a process: the other threads stay free for stored pages, whatever hangs.

Of the places, and of the seats to wait in, one network takes all but one, so that whoever asks too much is in the way of
his own network alone. There an office may sit, so that it waits before it is refused.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

_place = threading.local()


class Overloaded(Exception):
    """No place, and none to wait in."""


class Limiter:
    """`longest_wait` is in seconds."""

    def __init__(self, places: int, seats: int, longest_wait: float):
        self.places, self.seats, self.longest_wait = places, seats, longest_wait
        self._inside: Counter[str] = Counter()
        self._seated: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, network: str) -> Iterator[None]:
        """A place for what the thread does within. Raises Overloaded."""
        with self._changed:
            if not _is_free(self._inside, self.places, network):
                self._wait_for_place(network)
            self._inside[network] += 1
        before, _place.outside = getattr(_place, "outside", nullcontext), partial(self._outside, network)
        try:
            yield
        finally:
            _place.outside = before
            self._leave(self._inside, network)

    def _wait_for_place(self, network: str) -> None:
        has_place = partial(_is_free, self._inside, self.places, network)
        with self.seat(network) as until:
            if not self._changed.wait_for(has_place, until - time.monotonic()):
                raise Overloaded

    @contextmanager
    def seat(self, network: str) -> Iterator[float]:
        """A place to wait in, until the moment (of the monotonic clock) that it yields. Raises Overloaded."""
        with self._changed:
            if not _is_free(self._seated, self.seats, network):
                raise Overloaded
            self._seated[network] += 1
        try:
            yield time.monotonic() + self.longest_wait
        finally:
            self._leave(self._seated, network)

    def _leave(self, taken: Counter[str], network: str) -> None:
        with self._changed:
            taken[network] -= 1
            if not taken[network]:
                del taken[network]
            self._changed.notify_all()

    @contextmanager
    def _outside(self, network: str) -> Iterator[None]:
        self._leave(self._inside, network)
        try:
            yield
        finally:
            with self._changed:  # what was begun is finished, be it with one too many for a moment
                self._inside[network] += 1


def _is_free(taken: Counter[str], most: int, network: str) -> bool:
    return taken.total() < most and taken[network] < max(1, most - 1)


def outside() -> AbstractContextManager[None]:
    """For what takes long and asks no database: within, the thread leaves its place to others, where it has one."""
    return getattr(_place, "outside", nullcontext)()
