"""Results that are dear to compute and follow from the record alone, kept in memory for as long as there is room.

Never a truth of their own: a key says all that a result follows from, so that what is kept is what would be computed.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Event, Lock
from typing import Generic, TypeVar
from weakref import WeakSet

V = TypeVar("V")

_memos: WeakSet = WeakSet()


class _Flight:
    """A computation under way, for which others wait."""

    def __init__(self):
        self.landed = Event()
        self.result = None
        self.has_result = False


class Memo(Generic[V]):
    """Keeps the results asked for last, `most` of weight in all, and the latest one however heavy it is.

    Whoever asks for what another thread is computing already waits for that.
    """

    def __init__(self, most: int, weight: Callable[[V], int] = lambda _result: 1):
        self.most = most
        self._weight = weight
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._flights: dict[Hashable, _Flight] = {}
        _memos.add(self)

    def get(self, key: Hashable, compute: Callable[[], V], *, is_true: Callable[[], bool] = lambda: True) -> V:
        """What is kept under the key, else what `compute` returns, which is kept if `is_true` says so afterwards."""
        while True:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
                flight = self._flights.get(key)
                if flight is None:
                    own = self._flights[key] = _Flight()
                    break
            flight.landed.wait()
            if flight.has_result:
                return flight.result
        try:
            own.result = compute()
            own.has_result = is_true()
            if own.has_result:
                self._keep(key, own.result)
            return own.result
        finally:
            with self._lock:
                self._flights.pop(key, None)
            own.landed.set()

    def peek(self, key: Hashable) -> V | None:
        """What is kept under the key, None where nothing is."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: Hashable, result: V) -> None:
        """In the place of what was kept under the key."""
        with self._lock:
            self._kept.pop(key, None)
        self._keep(key, result)

    def _keep(self, key: Hashable, result: V) -> None:
        with self._lock:
            self._kept[key] = result
            total = sum(map(self._weight, self._kept.values()))
            while total > self.most and len(self._kept) > 1:
                total -= self._weight(self._kept.popitem(last=False)[1])

    def __contains__(self, key: Hashable) -> bool:
        return key in self._kept

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


class MemoOf(Generic[V]):
    """As `Memo`, of what follows from objects that never change. They are kept with it, so that no others get their ids."""

    def __init__(self, most: int, weight: Callable[[V], int] = lambda _result: 1):
        self._memo: Memo[tuple[tuple, V]] = Memo(most, weight=lambda kept: weight(kept[1]))

    def get(self, owners: tuple, compute: Callable[[], V], *, key: Hashable = None) -> V:
        return self._memo.get((*map(id, owners), key), lambda: (owners, compute()))[1]


def clear() -> None:
    """Forget everything; a database put in the place of another, as tests do, is not told from it by every key."""
    for memo in list(_memos):
        memo.clear()
