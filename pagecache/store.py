"""The copies: one for each address, in the memory of a process and, for all processes and the next start, on the disk."""

import gzip
import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from common.files import write_whole
from pagecache.version import Stamp

MEMORY = 64 * 1024 * 1024  # bytes of copies in each process
DISK = 512 * 1024 * 1024
LARGEST = 4 * 1024 * 1024
SWEEP_EVERY = 200  # copies written by this process
COMPRESSION = 6
Headers = list[tuple[str, str]]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Copy:
    """An answer as Django made it. `packed` is the same compressed, empty where that isn't worth it.

    `seen_at`, when a watch saw its stamp, and `made_at` are in seconds since 1970, `used_at` in those of the process.
    """

    key: str
    stamp: Stamp
    seen_at: float
    made_at: float
    headers: Headers
    plain: bytes
    packed: bytes
    etag: str
    used_at: float = 0.0
    # Ready to be sent, by whether it is compressed and how it may be kept; and with the notice of an outage.
    sent: dict[tuple[bool, str], Headers] = field(default_factory=dict)
    noticed: dict[str, "Copy"] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed) + 2000

    @property
    def is_html(self) -> bool:
        return any(name == "Content-Type" and value.startswith("text/html") for name, value in self.headers)


def folder() -> Path:
    """Shared by the processes of a machine."""
    return settings.DATA_DIR / "pages"


def drop_all() -> None:
    """From the disk. What processes have in memory is of another stamp by then and isn't shown again."""
    for path in folder().glob("??/*"):
        with suppress(OSError):
            path.unlink()
    with suppress(OSError):  # by which deploy/root/portal-forget.path knows that nginx shall forget its own
        write_whole(settings.DATA_DIR / "hidden-at", timezone.now().isoformat().encode())


def copy_of(key: str, stamp: Stamp, seen_at: float, headers: Headers, body: bytes) -> Copy:
    content_type = dict(headers).get("Content-Type", "")
    is_text = content_type.startswith(("text/", "application/json", "application/atom", "application/xml"))
    packed = gzip.compress(body, COMPRESSION, mtime=0) if is_text and len(body) > 500 else b""
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    return Copy(key, stamp, seen_at, time.time(), headers, body, packed, etag)


class Copies:
    def __init__(self, folder: Path):
        self.folder = folder
        self.memory: dict[str, Copy] = {}
        self._bytes = 0
        self._written = 0
        self._lock = threading.Lock()

    def get(self, key: str, stamp: Stamp | None = None) -> Copy | None:
        """The copy of this process; where that isn't of `stamp`, the one on the disk, which another may have renewed."""
        copy = self.memory.get(key)
        if copy is None or (stamp is not None and copy.stamp != stamp):
            stored = self._read(key)
            if stored is not None and (copy is None or stored.made_at > copy.made_at):
                self._remember(stored)
                copy = stored
        if copy is not None:
            copy.used_at = time.monotonic()
        return copy

    def keep(self, copy: Copy) -> None:
        copy.used_at = time.monotonic()
        self._remember(copy)
        header = json.dumps(
            {
                "key": copy.key,
                "stamp": copy.stamp,
                "seen_at": copy.seen_at,
                "made_at": copy.made_at,
                "headers": copy.headers,
                "etag": copy.etag,
                "sizes": [len(copy.plain), len(copy.packed)],
            }
        )
        try:
            write_whole(self._path(copy.key), header.encode() + b"\n", copy.plain, copy.packed)
        except OSError as error:  # a full disk: the memory goes on
            logger.warning("No copy could be written: %s", error)
        self._written += 1
        if self._written % SWEEP_EVERY == 0:
            self.sweep()

    def drop(self, key: str) -> None:
        with self._lock:
            gone = self.memory.pop(key, None)
            if gone:
                self._bytes -= gone.size
        with suppress(OSError):
            self._path(key).unlink()

    def count(self) -> int:
        """How many there are on the disk."""
        return sum(1 for _ in self.folder.glob("??/*"))

    def sweep(self, most: int = DISK) -> None:
        """Takes the oldest from the disk where there are too many, those of filters and past days first."""
        found = []
        for path in self.folder.glob("??/*"):
            with suppress(OSError):
                told = path.stat()
                found.append((not path.name.endswith("-q"), told.st_mtime, told.st_size, path))
        excess = sum(size for _, _, size, _ in found) - most
        for _, _, size, path in sorted(found):
            if excess <= 0:
                return
            excess -= size
            with suppress(OSError):
                path.unlink()

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / f"{name[2:40]}{'' if '? ' in key else '-q'}"

    def _read(self, key: str) -> Copy | None:
        try:
            header, _, content = self._path(key).read_bytes().partition(b"\n")
            told = json.loads(header)
            plain, packed = told["sizes"]
            if told["key"] != key or len(content) != plain + packed:
                return None
            headers = [(name, value) for name, value in told["headers"]]
            stamp = Stamp(*told["stamp"])
            moments = told["seen_at"], told["made_at"]
            return Copy(key, stamp, *moments, headers, content[:plain], content[plain:], told["etag"])
        except (OSError, ValueError, KeyError, TypeError):  # nothing there, or nothing of ours
            return None

    def _remember(self, copy: Copy) -> None:
        with self._lock:
            before = self.memory.get(copy.key)
            self._bytes += copy.size - (before.size if before else 0)
            self.memory[copy.key] = copy
            if self._bytes > MEMORY:
                self._forget(self._longest_unused())

    def _longest_unused(self) -> Iterable[Copy]:
        return sorted(self.memory.values(), key=lambda copy: copy.used_at)[:-1]

    def _forget(self, copies: Iterable[Copy]) -> None:
        for copy in copies:
            if self._bytes <= MEMORY * 0.9:
                return
            del self.memory[copy.key]
            self._bytes -= copy.size
