"""One at a time makes a page, among the threads of a process and among the processes of a machine."""

import fcntl
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Flights:
    """A byte of a file is locked for each address, so that a process that dies lets go by itself."""

    def __init__(self, path: Path):
        self._path = path
        self._file: int | None = None
        self._owner = 0
        self._flying: set[int] = set()
        self._lock = threading.Lock()

    @contextmanager
    def first(self, key: str) -> Iterator[bool]:
        """Whether nobody else is about it already."""
        number = zlib.crc32(key.encode()) & 0x7FFFFFFF
        with self._lock:
            mine = number not in self._flying and self._acquired(number)
            if mine:
                self._flying.add(number)
        try:
            yield mine
        finally:
            if mine:
                with self._lock:
                    self._flying.discard(number)
                    fcntl.lockf(self._descriptor(), fcntl.LOCK_UN, 1, number)

    def _acquired(self, number: int) -> bool:
        try:
            fcntl.lockf(self._descriptor(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:
            return False
        return True

    def _descriptor(self) -> int:
        if self._file is None or self._owner != os.getpid():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file, self._owner = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), os.getpid()
        return self._file
