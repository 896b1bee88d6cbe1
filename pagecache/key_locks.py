"""Locks by key, among the threads of a process and the processes of a machine: only one of them makes a page."""

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from common.lru_cache import KeyLocks


class FileKeyLocks:
    """Locks one byte of a file for each key. The system releases it when a process dies."""

    def __init__(self, path: Path):
        self._path = path
        self._of_threads = KeyLocks()

    @contextmanager
    def held(self, key: str) -> Iterator[bool]:
        """Yields whether this thread got the lock of the key; it never waits."""
        number = zlib.crc32(key.encode()) & 0x7FFFFFFF
        with self._of_threads.held(number, waits=False) as is_ours:
            is_held = is_ours and self._acquired(number)
            try:
                yield is_held
            finally:
                if is_held:
                    fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number)

    def _acquired(self, number: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:
            return False
        return True

    @cached_property
    def _file(self) -> int:
        """Opened once and never closed: closing any descriptor of the file would give up all locks of the process."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
