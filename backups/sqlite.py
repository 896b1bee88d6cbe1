"""Backs up and restores a SQLite database by SQLite's backup API, as copying a file that is in use could damage it."""

import gzip
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from backups.content import SESSIONS, connection_to

MEMBER = "database.sqlite3.gz"
DB_TIMEOUT = 60  # seconds to wait for the transactions of others


def live_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def is_file_missing(database: dict) -> bool:
    """Whether a database of SQLite has no file, or an empty one: SQLite creates that when it opens a missing file.

    `database` is given as in the setting DATABASES.
    """
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return False
    file = Path(database["NAME"])
    return not (file.exists() and file.stat().st_size)


@contextmanager
def snapshot(folder: Path) -> Iterator[tuple[BaseDatabaseWrapper, Path]]:
    """A connection to a copy of the database as it is at one moment, and that copy compressed, both in the folder."""
    copy, dump = folder / "database.sqlite3", folder / MEMBER
    connection.ensure_connection()
    with connection.wrap_database_errors, closing(sqlite3.connect(copy)) as target:
        connection.connection.backup(target)  # one read transaction; in WAL mode writers don't wait for it
        target.execute(f"DELETE FROM {SESSIONS}")  # noqa: S608  # nosec B608 # our own name
        target.commit()
        target.execute("PRAGMA journal_mode = DELETE")
        # Free pages of the file still have deleted rows, among them texts that had to be hidden by law.
        target.execute("VACUUM")
    with copy.open("rb") as plain, gzip.open(dump, "wb", compresslevel=6) as file:
        shutil.copyfileobj(plain, file, 1 << 20)
    with closing(connection_to({**connection.settings_dict, "NAME": copy, "OPTIONS": {}})) as reader:
        yield reader, dump


@contextmanager
def stage(dump: Path) -> Iterator[BaseDatabaseWrapper]:
    """A connection to the dump, unpacked beside the database in use, which `promote` then replaces."""
    file = _staged_file()
    _remove(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with (
            gzip.open(dump, "rb") as source,
            open(file, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as plain,
        ):
            shutil.copyfileobj(source, plain, 1 << 20)
        with closing(connection_to({**connection.settings_dict, "NAME": file})) as staged:
            yield staged
    finally:
        _remove(file)


def promote(*, stamp: str, keeps_old: bool) -> str | None:
    """Make the staged database the one in use. Returns the path of the old one; None where it isn't kept."""
    connection.close()
    live, file = live_file(), _staged_file()
    old = live.with_name(f"{live.name}.before-{stamp}")
    if not live.exists() or not _is_readable(live):
        for suffix in [suffix for suffix in ("-wal", "-shm", "") if Path(f"{live}{suffix}").exists()]:
            os.replace(f"{live}{suffix}", f"{old}{suffix}")
        os.replace(file, live)
        _sync_folder(live.parent)
        return str(old) if old.exists() else None
    if keeps_old:
        with (
            connection.wrap_database_errors,
            closing(sqlite3.connect(live, timeout=DB_TIMEOUT)) as source,
            closing(sqlite3.connect(old)) as target,
        ):
            source.backup(target)
        old.chmod(0o600)
    # The file isn't renamed, because a process that has the old one open could still write to the -wal file of the new one.
    # To SQLite this is one transaction: readers see the old or the new database, and a power cut leaves one of the two.
    with (
        connection.wrap_database_errors,
        closing(sqlite3.connect(file)) as source,
        closing(sqlite3.connect(live, timeout=DB_TIMEOUT)) as target,
    ):
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA synchronous = FULL")
        source.backup(target)
    return str(old) if keeps_old else None


def _staged_file() -> Path:
    live = live_file()
    return live.with_name(f"{live.name}.restoring")


def _is_readable(live: Path) -> bool:
    try:
        with closing(sqlite3.connect(live, timeout=DB_TIMEOUT)) as database:
            return database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        return False


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.unlink(f"{file}{suffix}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
