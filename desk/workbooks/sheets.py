"""Sheets of a workbook as plain objects, whatever kind of file they came in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: `text` as a person reads it, and `value` where it is a number (as plain text) or a day.

    A cell that is merged with others stands in each of them, with the address of the first in `anchor`.
    """

    text: str
    row: int  # from 1, as the program that made it counts
    column: int
    number: str = ""
    day: date | None = None
    formula: str = ""
    anchor: str = ""
    is_percent: bool = False
    is_hidden: bool = False


@dataclass(frozen=True)
class Sheet:
    """The cells that hold something, by row and column. `kept_out` says what of the file was not taken, such as macros."""

    name: str
    cells: dict[tuple[int, int], Cell]
    n_rows: int = 0
    n_columns: int = 0
    is_hidden: bool = False

    def row(self, number: int) -> dict[int, Cell]:
        return {
            column: self.cells[number, column]
            for column in range(1, self.n_columns + 1)
            if (number, column) in self.cells
        }

    def rows(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        for number in range(1, self.n_rows + 1):
            if cells := self.row(number):
                yield number, cells

    def at(self, row: int, column: int) -> str:
        return f"{self.name}!{address(row, column)}"


@dataclass(frozen=True)
class Workbook:
    """What was opened. `notes` tell what was left out on the way, such as “工作表‘草稿’是隐藏的”."""

    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = field(default=())


def address(row: int, column: int) -> str:
    """As spreadsheets name a cell: (7, 28) is AB7."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
