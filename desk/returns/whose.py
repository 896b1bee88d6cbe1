"""Whose sheet a returned workbook is, by its title and its file's name, and whose haven't come back yet."""

from collections.abc import Iterable, Mapping

from desk.returns.matching import plain
from desk.returns.readings import FileReading
from desk.returns.shapes import Month

TITLE_DAY = "（数据日期"  # follows the name in the title of our own sheet


def department_of_title(title: str, names: Mapping[str, str]) -> str:
    """The slug of the department that our own sheet was written for; "" of a sheet of all. `names` are by slug."""
    whose = plain(title.partition(TITLE_DAY)[0])
    return next((slug for slug, name in names.items() if plain(name) == whose), "")


def department_in_file_name(file_name: str, names: Mapping[str, str]) -> str:
    """The slug of the longest name in it; "" where it holds none."""
    held = [slug for slug, name in names.items() if plain(name) and plain(name) in plain(file_name)]
    return max(held, key=lambda slug: len(names[slug]), default="")


def misnamed_text(reading: FileReading, names: Mapping[str, str]) -> str:
    """Of one department's own sheet in a file that is called by another's name; else ""."""
    named = department_in_file_name(reading.name, names)
    if not reading.department or named in ("", reading.department):
        return ""
    return f"这是{names[reading.department]}的表，文件名是“{reading.name}”。"


def missing_departments(month: Month, files: Iterable[FileReading]) -> list[str]:
    """The names of those that have something to report of which nobody began a draft, and that no file is of."""
    returned = {slug for one in files if not one.is_refused for slug in _departments_of(one, month.names)}
    return [month.names.get(slug, slug) for slug in due_departments(month) if slug not in returned]


def due_departments(month: Month) -> list[str]:
    """The slugs of those that are to report something yet, in the order of the sheet."""
    return list(
        dict.fromkeys(row.departments[0] for row in month.rows if row.departments and not (row.closed or row.values))
    )


def _departments_of(reading: FileReading, names: Mapping[str, str]) -> set[str]:
    if reading.department:
        return {reading.department}
    if not reading.is_form and (named := department_in_file_name(reading.name, names)):
        return {named}
    # A sheet of all has the rows of everybody: those that typed something into it sent it back.
    rows = reading.touched if reading.is_form else reading.rows
    return {row.row.departments[0] for row in rows if row.row.departments}
