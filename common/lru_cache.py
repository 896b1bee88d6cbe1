"""Results that are dear to compute and follow from the record alone, kept in memory for as long as there is room.

Never a truth of their own: a key says all that a result follows from, so that what is kept is what would be computed.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet, WeakValueDictionary

import cachetools

V = TypeVar("V")

_caches: WeakSet = WeakSet()


class KeyLocks:
    """A lock for each key, among the threads of a process. It exists while somebody has it or waits for it."""

    def __init__(self):
        self._locks: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = Lock()

    @contextmanager
    def held(self, key: Hashable, *, waits: bool = True) -> Iterator[bool]:
        """Whether this thread has the lock of the key: always, unless it doesn't wait for another that has it."""
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        is_held = lock.acquire(blocking=waits)
        try:
            yield is_held
        finally:
            if is_held:
                lock.release()


class LRUCache(Generic[V]):
    """Keeps the results asked for last, `most` of weight in all, and the latest one however heavy it is.

    Whoever asks for what another thread is computing already waits for that.
    """

    def __init__(self, most: int, weight: Callable[[V], int] = lambda _result: 1):
        self._results: cachetools.LRUCache[Hashable, V] = cachetools.LRUCache(
            most, getsizeof=lambda result: min(weight(result), most)
        )
        self._lock = Lock()
        self._key_locks = KeyLocks()
        _caches.add(self)

    def get(self, key: Hashable, compute: Callable[[], V], *, is_true: Callable[[], bool] = lambda: True) -> V:
        """What is kept under the key, else what `compute` returns, which is kept if `is_true` says so afterwards."""
        with suppress(KeyError):
            return self._result(key)
        with self._key_locks.held(key):
            with suppress(KeyError):
                return self._result(key)  # another thread computed it meanwhile
            result = compute()
            if is_true():
                self.put(key, result)
            return result

    def peek(self, key: Hashable) -> V | None:
        """What is kept under the key, None where nothing is."""
        with self._lock:
            return self._results.get(key)

    def put(self, key: Hashable, result: V) -> None:
        """In the place of what was kept under the key."""
        with self._lock:
            self._results[key] = result

    def __contains__(self, key: Hashable) -> bool:
        return key in self._results

    def _result(self, key: Hashable) -> V:
        """Raises KeyError. It may be None."""
        with self._lock:
            return self._results[key]

    def clear(self) -> None:
        with self._lock:
            self._results.clear()


class LRUCacheOf(Generic[V]):
    """As `LRUCache`, for results computed from immutable objects, which are kept with them so that their ids stay unique."""

    def __init__(self, most: int, weight: Callable[[V], int] = lambda _result: 1):
        self._cache: LRUCache[tuple[tuple, V]] = LRUCache(most, weight=lambda pair: weight(pair[1]))

    def get(self, owners: tuple, compute: Callable[[], V], *, key: Hashable = None) -> V:
        return self._cache.get((*map(id, owners), key), lambda: (owners, compute()))[1]


def clear() -> None:
    """Forget everything; a database put in the place of another, as tests do, is not told from it by every key."""
    for cache in list(_caches):
        cache.clear()
