"""In-memory caches for results that are expensive to compute.

A key contains everything that the result depends on, so that cached results never become outdated.
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
    """A lock for each key, for the threads of a process. It exists only while a thread holds it or waits for it."""

    def __init__(self):
        self._locks: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._lock = Lock()

    @contextmanager
    def held(self, key: Hashable, *, waits: bool = True) -> Iterator[bool]:
        """Hold the lock of the key during the block. Without `waits` it yields False at once if another thread holds it."""
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        is_held = lock.acquire(blocking=waits)
        try:
            yield is_held
        finally:
            if is_held:
                lock.release()


class LRUCache(Generic[V]):
    """Stores the most recently used results, up to a total weight of `most`; the latest is stored whatever its weight.

    A thread that asks for a result that another thread is computing waits for it.
    """

    def __init__(self, most: int, weight: Callable[[V], int] = lambda _result: 1):
        self._results: cachetools.LRUCache[Hashable, V] = cachetools.LRUCache(
            most, getsizeof=lambda result: min(weight(result), most)
        )
        self._lock = Lock()
        self._key_locks = KeyLocks()
        _caches.add(self)

    def get(self, key: Hashable, compute: Callable[[], V], *, is_valid: Callable[[], bool] = lambda: True) -> V:
        """The stored result, else that of `compute`, which is stored if `is_valid` returns true afterwards."""
        with suppress(KeyError):
            return self._result(key)
        with self._key_locks.held(key):
            with suppress(KeyError):
                return self._result(key)  # another thread computed it meanwhile
            result = compute()
            if is_valid():
                self.put(key, result)
            return result

    def peek(self, key: Hashable) -> V | None:
        """The stored result, or None."""
        with self._lock:
            return self._results.get(key)

    def put(self, key: Hashable, result: V) -> None:
        with self._lock:
            self._results[key] = result

    def __contains__(self, key: Hashable) -> bool:
        return key in self._results

    def _result(self, key: Hashable) -> V:
        """The stored result, which may be None. Raises KeyError."""
        with self._lock:
            return self._results[key]

    def clear(self) -> None:
        with self._lock:
            self._results.clear()


class LRUCacheOf(Generic[V]):
    """As `LRUCache`, for results computed from the immutable objects `owners`.

    Keys contain the ids of the owners, which are stored with the result so that no other object gets the same id.
    """

    def __init__(self, most: int, weight: Callable[[V], int] = lambda _result: 1):
        self._cache: LRUCache[tuple[tuple, V]] = LRUCache(most, weight=lambda pair: weight(pair[1]))

    def get(self, owners: tuple, compute: Callable[[], V], *, key: Hashable = None) -> V:
        return self._cache.get((*map(id, owners), key), lambda: (owners, compute()))[1]


def clear() -> None:
    """Clear all caches. Needed where the database is replaced, as in tests, since not all keys depend on it."""
    for cache in list(_caches):
        cache.clear()
