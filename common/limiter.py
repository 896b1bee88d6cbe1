"""Limits how many requests of a process are in Django at once, so that other threads stay free to send stored pages.

One network can take all slots but one, and all places in the queue but one, so that too many requests from one network
don't block the others. Requests wait before they are refused, since a network may be that of a whole office.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

_current = threading.local()


class Overloaded(Exception):
    """No slot became free in time, or the queue is full."""


class Limiter:
    """At most `slots` requests at once, and `queue_size` that wait for at most `longest_wait` seconds."""

    def __init__(self, slots: int, queue_size: int, longest_wait: float):
        self.slots, self.queue_size, self.longest_wait = slots, queue_size, longest_wait
        self._running: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def slot(self, network: str) -> Iterator[None]:
        """Occupy a slot during the block. Raises Overloaded."""
        with self._changed:
            if not _has_room(self._running, self.slots, network):
                self._wait_for_slot(network)
            self._running[network] += 1
        before, _current.released = getattr(_current, "released", nullcontext), partial(self._released, network)
        try:
            yield
        finally:
            _current.released = before
            self._leave(self._running, network)

    def _wait_for_slot(self, network: str) -> None:
        has_slot = partial(_has_room, self._running, self.slots, network)
        with self.queued(network) as until:
            if not self._changed.wait_for(has_slot, until - time.monotonic()):
                raise Overloaded

    @contextmanager
    def queued(self, network: str) -> Iterator[float]:
        """Occupy a place in the queue; yields the monotonic time until which to wait. Raises Overloaded."""
        with self._changed:
            if not _has_room(self._waiting, self.queue_size, network):
                raise Overloaded
            self._waiting[network] += 1
        try:
            yield time.monotonic() + self.longest_wait
        finally:
            self._leave(self._waiting, network)

    def _leave(self, taken: Counter[str], network: str) -> None:
        with self._changed:
            taken[network] -= 1
            if not taken[network]:
                del taken[network]
            self._changed.notify_all()

    @contextmanager
    def _released(self, network: str) -> Iterator[None]:
        self._leave(self._running, network)
        try:
            yield
        finally:
            with self._changed:  # without waiting, even if that makes one too many, since the request has begun
                self._running[network] += 1


def _has_room(taken: Counter[str], most: int, network: str) -> bool:
    return taken.total() < most and taken[network] < max(1, most - 1)


def slot_released() -> AbstractContextManager[None]:
    """Release the slot of this thread, if it has one, during long work without database queries."""
    return getattr(_current, "released", nullcontext)()
