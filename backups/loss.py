"""A database that was lost: it holds nothing, and files or backups beside it say that there was something."""

from pathlib import Path

from django.conf import settings
from django.db import connection

from backups.content import is_empty
from backups.failures import restore_command
from backups.media import has_files, media_folder
from backups.sqlite import live_file
from common.data_folder import Unfit


def refuse_lost() -> None:
    """Raises Unfit, and DatabaseError where the database can't be read."""
    if _beside() and _is_empty():
        raise Unfit(_sentence())


def refuse_lost_file() -> None:
    """Before a server starts: without asking a database, which may be away for a while. Raises Unfit.

    Where there are copies of pages, readers are shown those meanwhile.
    """
    if _is_file_missing() and _beside() and not any((settings.DATA_DIR / "pages").glob("*")):
        raise Unfit(_sentence())


def _sentence() -> str:
    return (
        f"数据库丢了：{'、'.join(map(str, _beside()))} 里有东西，数据库却是空的，没有另起一本台账。"
        f"请恢复最近的备份：{restore_command()}；如果这里从来没有公布过，把这些移到别处，再运行一次。"
    )


def _beside() -> list[Path]:
    """What says that there was something."""
    return [folder for folder in (_media(), _backups()) if folder]


def _media() -> Path | None:
    return media_folder() if has_files() else None


def _backups() -> Path | None:
    folder = settings.DATA_DIR / "backups"
    return folder if any(folder.glob("*.tar")) else None


def _is_file_missing() -> bool:
    """Never so for a server's database. SQLite makes a file where there is none."""
    return connection.vendor == "sqlite" and not (live_file().exists() and live_file().stat().st_size)


def _is_empty() -> bool:
    return _is_file_missing() or is_empty(connection)
