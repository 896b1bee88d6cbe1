"""The stored pages: one for each key, in the memory of a process and, for all processes and the next start, on the disk."""

import gzip
import hashlib
import json
import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from cachetools import LRUCache
from django.conf import settings
from django.utils import timezone

from common.files import write_whole
from pagecache.version import Version

MEMORY = 64 * 1024 * 1024  # bytes of pages in each process
DISK = 512 * 1024 * 1024
LARGEST = 4 * 1024 * 1024
SWEEP_EVERY = 200  # pages written by this process
COMPRESSION = 9  # made once for many readers
# No stale-if-error: in an outage a browser would show again what was redacted since. Pages of this store are checked for it.
FRESH = "public, max-age=1, stale-while-revalidate=10"
FIELDS = ("key", "version", "read_at", "made_at", "headers", "etag")
Headers = list[tuple[str, str]]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class StoredPage:
    """An answer as Django made it. `packed` is its body in gzip, b"" where that isn't worth it.

    `read_at`, when its version was polled, and `made_at` are in seconds since 1970.
    """

    key: str
    version: Version
    read_at: float
    made_at: float
    headers: Headers
    plain: bytes
    packed: bytes
    etag: str
    cache_control: str = FRESH
    sent: dict[bool, Headers] = field(default_factory=dict)  # its headers, by whether it is sent compressed
    in_outage: dict[str, "StoredPage"] = field(default_factory=dict)  # by the banner that it is shown with

    @classmethod
    def of(cls, key: str, version: Version, read_at: float, headers: Headers, body: bytes) -> "StoredPage":
        """A page made now of Django's headers and body."""
        content_type = dict(headers).get("Content-Type", "")
        is_text = content_type.startswith(("text/", "application/json", "application/atom", "application/xml"))
        packed = gzip.compress(body, COMPRESSION, mtime=0) if is_text and len(body) > 500 else b""
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
        return cls(key, version, read_at, time.time(), headers, body, packed, etag)

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed) + 2000

    @property
    def is_html(self) -> bool:
        return any(name == "Content-Type" and value.startswith("text/html") for name, value in self.headers)


def pages_folder() -> Path:
    """The folder of pages, shared by the processes of a machine."""
    return settings.DATA_DIR / "pages"


def drop_all() -> None:
    """Delete all pages on the disk. Those in the memory of processes have another version by then and aren't sent again."""
    for path in pages_folder().glob("??/*"):
        with suppress(OSError):
            path.unlink()
    with suppress(OSError):  # watched by deploy/root/portal-forget.path, which makes nginx drop its copies
        write_whole(settings.DATA_DIR / "hidden-at", timezone.now().isoformat().encode())


class PageStore:
    """Pages by key, in memory (up to `memory` bytes) and in `folder`."""

    def __init__(self, folder: Path, memory: int = MEMORY):
        self.folder = folder
        self.memory: LRUCache[str, StoredPage] = LRUCache(memory, getsizeof=attrgetter("size"))
        self._lock = threading.Lock()
        self._n_written = 0

    def get(self, key: str, version: Version | None = None) -> StoredPage | None:
        """The page in memory; where that isn't of `version`, the one on the disk if it is newer."""
        with self._lock:
            page = self.memory.get(key)
        if page is None or (version is not None and page.version != version):
            stored = self._read(key)
            if stored is not None and (page is None or stored.made_at > page.made_at):
                self._remember(stored)
                return stored
        return page

    def keep(self, page: StoredPage) -> None:
        self._remember(page)
        header = {name: getattr(page, name) for name in FIELDS} | {"sizes": [len(page.plain), len(page.packed)]}
        try:
            write_whole(self._path(page.key), json.dumps(header).encode() + b"\n", page.plain, page.packed)
        except OSError as error:  # a full disk, for example: the page is still in memory
            logger.warning("No copy could be written: %s", error)
        self._n_written += 1
        if self._n_written % SWEEP_EVERY == 0:
            self.sweep()

    def drop(self, key: str) -> None:
        with self._lock:
            self.memory.pop(key, None)
        with suppress(OSError):
            self._path(key).unlink()

    def sweep(self, most: int = DISK) -> None:
        """Delete the oldest pages beyond `most` bytes from the disk, those of filters and past days first."""
        files = []
        for path in self.folder.glob("??/*"):
            with suppress(OSError):
                stat = path.stat()
                files.append((not path.name.endswith("-q"), stat.st_mtime, stat.st_size, path))
        excess = sum(size for _, _, size, _ in files) - most
        for _, _, size, path in sorted(files):
            if excess <= 0:
                return
            excess -= size
            with suppress(OSError):
                path.unlink()

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / name[:2] / f"{name[2:40]}{'' if '? ' in key else '-q'}"

    def _read(self, key: str) -> StoredPage | None:
        try:
            header, _, content = self._path(key).read_bytes().partition(b"\n")
            values = json.loads(header)
            plain, packed = values.pop("sizes")
            if values["key"] != key or len(content) != plain + packed:
                return None
            values["version"] = Version(*values["version"])
            values["headers"] = [(name, value) for name, value in values["headers"]]
            return StoredPage(**values, plain=content[:plain], packed=content[plain:])
        except (OSError, ValueError, KeyError, TypeError):  # missing, or not a page that this program wrote
            return None

    def _remember(self, page: StoredPage) -> None:
        with self._lock:
            self.memory[page.key] = page
