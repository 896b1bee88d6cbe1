"""Taking a backup while people work: the database first, as it is at one moment, then the files that its rows name.

A file is stored before the row that names it, and what is stored is never written again: so every file that the dump names
is there already. What has gone since, by a redaction or with a draft, would be missed: then the dump is taken once more,
which doesn't name it any longer. A file that no row names is nobody's, or somebody asked for it to be gone: it stays out.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from backups.archive import MEDIA, Unusable, Writer, is_safe
from backups.backends import own_vendor
from backups.content import connected_to, digests_of_tables, migrations_of, named_files
from common.media.renditions import rendition_names

MOST_ATTEMPTS = 10


def take(path: Path, head: Callable[[], dict | None]) -> dict:
    """Write the archive, which appears under its name once it is whole. Returns its manifest without the members.

    `head` asks the connection it is called under for the last entry of the ledger. Raises Unusable.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        known = _written(unfinished, head)
        _appear(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return known


def _written(unfinished: Path, head: Callable[[], dict | None]) -> dict:
    lost: set[str] = set()
    for _ in range(MOST_ATTEMPTS):
        with TemporaryDirectory(dir=unfinished.parent, prefix=".backup-") as folder:
            known, dump, names = _dumped(Path(folder), head)
            gone = {name for name in names if not _is_there(name)}
            if gone <= lost:
                gone |= _write(unfinished, known | {"missing": sorted(gone)}, dump, sorted(names - gone))
            if gone <= lost:  # lost for longer than this backup has been running
                return known | {"missing": sorted(gone)}
            lost |= gone
    raise Unusable("备份的时候一直有文件被删，没有做成。请过一会儿再试。")


def _dumped(folder: Path, head: Callable[[], dict | None]) -> tuple[dict, Path, set[str]]:
    with own_vendor().snapshot(folder) as (reader, dump):
        with connected_to(reader):
            last = head()
        known = {
            "made_at": f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}",
            "vendor": connection.vendor,
            "migrations": migrations_of(reader),
            "head": last,
            "tables": digests_of_tables(reader),
        }
        return known, dump, named_files(reader)


def _path_of(name: str) -> Path | None:
    with suppress(SuspiciousFileOperation):
        return Path(default_storage.path(name)) if is_safe(name) else None
    return None


def _is_there(name: str) -> bool:
    path = _path_of(name)
    return path is not None and path.is_file()


def _write(unfinished: Path, known: dict, dump: Path, names: list[str]) -> set[str]:
    """Returns the named files that went while it wrote."""
    gone = set()
    with open(unfinished, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        writer = Writer(file)
        with dump.open("rb") as database:
            writer.add(dump.name, database)
        for name in names:
            if not _add_media(writer, name):
                gone.add(name)
            for rendition in rendition_names(name):
                _add_media(writer, rendition)  # one that is missing can be made again
        writer.finish(known)
        file.flush()
        os.fsync(file.fileno())
    return gone


def _add_media(writer: Writer, name: str) -> bool:
    if MEDIA + name in writer.members:
        return True
    path = _path_of(name)
    if path is None:
        return False
    try:
        with open(path, "rb") as stored:
            writer.add(MEDIA + name, stored)
    except FileNotFoundError:
        return False
    return True


def _appear(unfinished: Path, path: Path) -> None:
    """A link, unlike a rename, never takes the place of another file."""
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise Unusable(f"已经有这个文件了，没有覆盖：{path}") from error
    except OSError:  # a file system without links
        if path.exists():
            raise Unusable(f"已经有这个文件了，没有覆盖：{path}") from None
        os.rename(unfinished, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
