"""Tables that lie otherwise than most: turned on their side, or spread over several sheets. Their cells keep their addresses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from desk.workbooks.heads import FEWEST, FIELD_OF, Head, name_of
from desk.workbooks.sheets import Cell, Sheet, address

LOOKED_AT = 3  # columns within which the heads of a table on its side stand


@dataclass(frozen=True)
class MovedSheet(Sheet):
    """A sheet whose cells stand elsewhere than in the file; `places` are their addresses there."""

    places: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def at(self, row: int, column: int) -> str:
        return self.places.get((row, column)) or super().at(row, column)


def turned(sheet: Sheet) -> Sheet | None:
    """A table whose heads stand below one another, each item in a column, as other tables are; None where it is none.

    What stands above it comes first, as the titles of the table.
    """
    for column in range(1, LOOKED_AT + 1):
        heads = {row: name_of(cell.text) for (row, at), cell in sheet.cells.items() if at == column}
        first = min((row for row, name in heads.items() if name in FIELD_OF), default=0)
        known = {FIELD_OF[name] for name in heads.values() if name in FIELD_OF}
        if len(known) >= FEWEST and known & {"title", "goal", "both"}:
            return _turned(sheet, first, column)
    return None


def _turned(sheet: Sheet, first: int, column: int) -> Sheet:
    cells: dict[tuple[int, int], Cell] = {}
    places: dict[tuple[int, int], str] = {}
    for (row, at), cell in sheet.cells.items():
        place = (1, len(cells) + 1) if row < first else (at + 1, row)
        if row >= first and at < column:
            continue
        anchor = "" if row < first or not cell.anchor else _turned_anchor(cell.anchor)
        cells[place] = replace(cell, row=place[0], column=place[1], anchor=anchor)
        places[place] = sheet.at(row, at)
    return _moved(sheet.name, cells, places)


def joined(sheets: Sequence[tuple[Sheet, Head]]) -> Sheet:
    """The first sheet with the items of the others below its own, each in the column of its field."""
    (first, head), *others = sheets
    cells, places = dict(first.cells), {place: first.at(*place) for place in first.cells}
    offset = first.n_rows
    for sheet, own in others:
        column_of = {own.columns[name]: column for name, column in head.columns.items()}
        for (row, column), cell in sheet.cells.items():
            if row <= own.last_row or column not in column_of:
                continue
            place = row + offset, column_of[column]
            anchor = re.sub("[0-9]+", lambda digits: str(int(digits[0]) + offset), cell.anchor)  # noqa: B023  # used at once
            cells[place] = replace(cell, row=place[0], column=place[1], anchor=anchor)
            places[place] = sheet.at(row, column)
        offset += sheet.n_rows
    return _moved(first.name, cells, places)


def _moved(name: str, cells: dict[tuple[int, int], Cell], places: dict[tuple[int, int], str]) -> MovedSheet:
    n_rows = max((row for row, _column in cells), default=0)
    n_columns = max((column for _row, column in cells), default=0)
    return MovedSheet(name, cells, n_rows, n_columns, places=places)


def _turned_anchor(anchor: str) -> str:
    """Of a merged area, where its first cell stands now."""
    letters = re.sub("[0-9]", "", anchor)
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return address(column + 1, int(anchor.removeprefix(letters)))
