"""The head of a table with few columns of known names: people, votes. A county's plan has `heads`, whose columns are guessed too."""

import re
from collections.abc import Callable, Collection, Mapping

from common.texts import clean_line
from common.tokens import clean_token
from desk.workbooks.readings import Problem
from desk.workbooks.sheets import Cell, Sheet

HIGHEST_HEAD = 20  # the last row in which heads are looked for

Heads = Mapping[str, Collection[str]]


def column_named(text: str, heads: Heads) -> str:
    """The key of `heads` among whose names the text is, without brackets and marks; empty where it is none."""
    head = re.sub(r"\(.*?\)|[*:：]", "", clean_token(text))
    return next((name for name, names in heads.items() if head in names), "")


def head_row(
    sheet: Sheet, heads: Heads, is_head: Callable[[Collection[str]], bool], problems: list[Problem]
) -> tuple[int, dict[str, int]] | None:
    """The row of the heads and their columns, None without one. A name that stands twice is added to `problems`."""
    for number, cells in sheet.rows():
        if number > HIGHEST_HEAD:
            break
        columns: dict[str, int] = {}
        for column, cell in cells.items():
            name = column_named(cell.text, heads)
            if name in columns and not _is_continued(cell, sheet.cells[number, columns[name]]):
                problems.append(Problem(sheet.at(number, column), f"“{clean_line(cell.text)}”这一列有两个。"))
            elif name:
                columns.setdefault(name, column)
        if is_head(columns.keys()):
            return number, columns
    return None


def _is_continued(cell: Cell, first: Cell) -> bool:
    """Whether both are of one merged cell."""
    return bool(cell.anchor) and cell.anchor == first.anchor
