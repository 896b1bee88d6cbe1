"""Detects a lost database: it is empty, although the data folder has uploaded files or backups."""

from pathlib import Path

from django.conf import settings
from django.db import connection

from backups.content import is_empty
from backups.failures import restore_command
from backups.media import has_files, media_folder
from backups.sqlite import is_file_missing
from common.data_folder import Unfit


def check_not_lost() -> None:
    """Raises Unfit where the database is lost, DatabaseError where it can't be read."""
    if _remaining() and _is_empty():
        raise Unfit(_message())


def check_file_not_lost() -> None:
    """For the start of a server: checks only the file of SQLite, as a database server may be down for a while. Raises Unfit.

    Passes where there are stored copies of pages, which readers can be served meanwhile.
    """
    if is_file_missing(connection.settings_dict) and _remaining() and not any((settings.DATA_DIR / "pages").glob("*")):
        raise Unfit(_message())


def _message() -> str:
    return (
        f"数据库丢了：{'、'.join(map(str, _remaining()))} 里有东西，数据库却是空的，没有另起一本台账。"
        f"请恢复最近的备份：{restore_command()}；如果这里从来没有公布过，把这些移到别处，再运行一次。"
    )


def _remaining() -> list[Path]:
    """The folders that show that the installation was in use."""
    return [folder for folder in (_media(), _backups()) if folder]


def _media() -> Path | None:
    return media_folder() if has_files() else None


def _backups() -> Path | None:
    folder = settings.DATA_DIR / "backups"
    return folder if any(folder.glob("*.tar")) else None


def _is_empty() -> bool:
    return is_file_missing(connection.settings_dict) or is_empty(connection)
