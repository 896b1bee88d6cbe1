"""Backs up a running installation: first a snapshot of the database, then the files that its rows refer to.

A file is stored before the row that refers to it, and is never changed afterwards. So every file of the snapshot exists when
the snapshot is taken. It may be deleted before it is copied, by a redaction or together with a draft. Then the backup starts
again with a new snapshot, which doesn't refer to that file any more. Files that no row refers to are left out: they are
leftovers, or were deleted on purpose.
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

from backups.archive import MEDIA, BackupError, Writer, is_safe
from backups.backends import current_backend
from backups.content import connected_to, digests_of_tables, migrations_of, referenced_files
from common.media.renditions import rendition_names

MOST_ATTEMPTS = 10


def take(path: Path, head: Callable[[], dict | None]) -> dict:
    """Write an archive, which gets the name `path` when it is complete. Returns its manifest without the members.

    `head` returns the last entry of the ledger, from the default connection. Raises BackupError, also where `path` exists.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        manifest = _write_consistent(unfinished, head)
        _move_into_place(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _write_consistent(unfinished: Path, head: Callable[[], dict | None]) -> dict:
    """Write until no file is deleted meanwhile. Files that two snapshots in a row lack are recorded as missing."""
    missing_before: set[str] = set()
    for _ in range(MOST_ATTEMPTS):
        with TemporaryDirectory(dir=unfinished.parent, prefix=".backup-") as folder:
            manifest, dump, names = _dump_database(Path(folder), head)
            missing = {name for name in names if not _exists(name)}
            if missing <= missing_before:
                missing |= _write(unfinished, manifest | {"missing": sorted(missing)}, dump, sorted(names - missing))
            if missing <= missing_before:  # so none of them was deleted while this backup was running
                return manifest | {"missing": sorted(missing)}
            missing_before |= missing
    raise BackupError("备份的时候一直有文件被删，没有做成。请过一会儿再试。")


def _dump_database(folder: Path, head: Callable[[], dict | None]) -> tuple[dict, Path, set[str]]:
    """The manifest without `missing`, the dump, and the names of the files that rows refer to."""
    with current_backend().snapshot(folder) as (reader, dump):
        with connected_to(reader):
            last = head()
        manifest = {
            "made_at": f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}",
            "vendor": connection.vendor,
            "migrations": migrations_of(reader),
            "head": last,
            "tables": digests_of_tables(reader),
        }
        return manifest, dump, referenced_files(reader)


def _path_of(name: str) -> Path | None:
    with suppress(SuspiciousFileOperation):
        return Path(default_storage.path(name)) if is_safe(name) else None
    return None


def _exists(name: str) -> bool:
    path = _path_of(name)
    return path is not None and path.is_file()


def _write(unfinished: Path, manifest: dict, dump: Path, names: list[str]) -> set[str]:
    """Returns which of the files were deleted meanwhile."""
    missing = set()
    with open(unfinished, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        writer = Writer(file)
        with dump.open("rb") as database:
            writer.add(dump.name, database)
        for name in names:
            if not _add_media(writer, name):
                missing.add(name)
            for rendition in rendition_names(name):
                _add_media(writer, rendition)  # a missing one can be generated again
        writer.finish(manifest)
        file.flush()
        os.fsync(file.fileno())
    return missing


def _add_media(writer: Writer, name: str) -> bool:
    """Whether the archive has the file now; False where it doesn't exist."""
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


def _move_into_place(unfinished: Path, path: Path) -> None:
    """Raises BackupError where `path` exists. By a hard link, since renaming would replace another file."""
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise BackupError(f"已经有这个文件了，没有覆盖：{path}") from error
    except OSError:  # the file system has no hard links
        if path.exists():
            raise BackupError(f"已经有这个文件了，没有覆盖：{path}") from None
        os.rename(unfinished, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
