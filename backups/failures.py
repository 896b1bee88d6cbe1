"""Explains failures of the environment (settings, disk, database) to the operator in one Chinese sentence."""

import errno
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from backups.names import newest
from common.data_folder import Unfit, full, unfit

INSTALLED = Path("/opt/huozhou-portal")
# Parts of the messages of SQLite and PostgreSQL, checked in the order of `_explain_database`.
_FULL = ("disk is full", "No space left", "could not extend file")
_LOCKED = ("database is locked", "lock timeout", "deadlock")
_READ_ONLY = ("readonly database", "read-only transaction", "unable to open database file", "attempt to write")
_DAMAGED = ("malformed", "not a database", "disk I/O error", "invalid page", "could not read block")
_NO_TABLES = ("no such table", "does not exist", "no such column")
_AWAY = (
    "onnection",
    "could not translate host",
    "could not connect",
    "authentication failed",
    "starting up",
    "timeout expired",
)


def explain(error: BaseException) -> str:
    """A sentence for the operator; "" for an error of the program itself, which needs its traceback."""
    match error:
        case ImproperlyConfigured() | Unfit():
            return str(error)
        case DatabaseError():
            return _explain_database(str(error))
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return full(settings.DATA_DIR)
        case OSError(errno=errno.EACCES | errno.EPERM | errno.EROFS) if _is_below_data(error):
            return str(unfit(settings.DATA_DIR, error))
    return ""


def _is_below_data(error: OSError) -> bool:
    return error.filename is not None and Path(error.filename).is_relative_to(settings.DATA_DIR)


def _explain_database(message: str) -> str:
    def is_one_of(words: tuple[str, ...]) -> bool:
        return any(word in message for word in words)

    name = database_name(connection)
    if is_one_of(_FULL):
        return full(settings.DATA_DIR)
    if is_one_of(_LOCKED):
        return f"数据库 {name} 正被别的程序占着：过一会儿再试；一直这样，就先停掉网站再运行。"
    if is_one_of(_READ_ONLY):
        return f"数据库 {name} 打不开或不让写：看这个文件和目录是不是归运行的用户所有、磁盘是不是只能读。"
    if is_one_of(_DAMAGED):
        return f"数据库 {name} 损坏了：先停掉网站，不要再写，然后恢复最近的备份：{restore_command()}。"
    if is_one_of(_NO_TABLES):
        return f"数据库 {name} 里没有要用的表：新装的或刚升级的先运行 {command('prepare')}；丢了的恢复备份：{restore_command()}。"
    if connection.vendor == "postgresql" and is_one_of(_AWAY):
        return (
            f"连不上数据库 {name}：看 PostgreSQL 在不在运行（systemctl status postgresql）、DATABASE_URL 写对了没有。"
        )
    return ""


def database_name(connection: BaseDatabaseWrapper) -> str:
    """For messages, without user and password."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    return f"{database['NAME']}（{database['HOST'] or '本机'}）"


def is_installed() -> bool:
    """Whether this is a release that `deploy/install` put there, so neither a developer's nor a first try."""
    return settings.BASE_DIR.is_relative_to(INSTALLED)


def command(arguments: str) -> str:
    """The command line that runs `manage.py` with these arguments on this installation."""
    if is_installed():
        return f"portal {arguments}"
    is_default = settings.DATA_DIR == settings.BASE_DIR / "var"
    return f"{'' if is_default else f'DATA_DIR={settings.DATA_DIR} '}.venv/bin/python manage.py {arguments}"


def restore_command() -> str:
    """The command line that restores the newest backup."""
    archive = newest(settings.DATA_DIR / "backups")
    return command(f"restore --replace {archive or '‹备份文件›'}")
