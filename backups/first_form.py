"""Recognises a database or a backup of the first form of the record, which this program neither reads nor converts."""

from collections.abc import Collection

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from backups.content import table_names
from backups.failures import database_name
from backups.sqlite import is_file_missing
from common.data_folder import Unfit

# Had by the first form of the record alone, whose rows say what no entry of today does.
TABLE = "projects_partnership"


def is_of_first_form(tables: Collection[str]) -> bool:
    return TABLE in tables


def message(what: str) -> str:
    """The one sentence in which everything of the first form is refused."""
    return (
        f"{what}里是第一版格式的记录，这一版读不了，也不转换："
        "请换一个空的数据目录（DATA_DIR）或数据库（DATABASE_URL），把资料重新载入。"
    )


def check_not_first_form(connection: BaseDatabaseWrapper) -> None:
    """Raises Unfit for a database of the first form.

    Passes where the database can't be read: whoever needs it says that, and who restores it doesn't.
    """
    if is_file_missing(connection.settings_dict):
        return  # to open it would make it
    try:
        tables = table_names(connection)
    except DatabaseError:
        return
    if is_of_first_form(tables):
        raise Unfit(message(f"数据库 {database_name(connection)} "))
