"""The tables of our form in a workbook: which column is which, and the rows that are filled."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from desk.workbooks.form_columns import EXAMPLE, GUIDE, SHEETS, TITLE, VERSION, Column, FormSheet
from desk.workbooks.readings import Note, Problem, WorkbookReading
from desk.workbooks.sheets import Cell, Sheet, Workbook, address

HIGHEST_HEAD = 10  # rows that may stand above the heads
ALIKE = 0.6  # of two heads, one of which was probably made of the other
VERSIONS = re.compile(rf"{TITLE}（第\s*(\d+)\s*版）")


def folded(text: str) -> str:
    """A name or a head without blanks, in half width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass(frozen=True)
class Record:
    """A filled row of a table: the cells that hold something, by the head of their column."""

    table: "Table"
    number: int
    cells: dict[str, Cell]

    def at(self, column: Column) -> str:
        """The address of the row's cell in the column, empty or not."""
        return self.table.at(self.number, column)


@dataclass
class Table:
    """`positions` are the places of the heads across the sheet (down, where it is upright), by head."""

    form: FormSheet
    sheet: Sheet
    positions: dict[str, int]
    head: int
    records: list[Record] = field(default_factory=list)

    def has(self, column: Column) -> bool:
        return column.head in self.positions

    def at(self, number: int, column: Column) -> str:
        row, place = (self.positions.get(column.head, 1), number)
        return (
            self.sheet.at(row, place)
            if self.form.is_upright
            else self.sheet.at(number, self.positions.get(column.head, 1))
        )


def is_form(workbook: Workbook) -> bool:
    """Whether it is a plan in our own form, however much of it was changed."""
    names = {sheet.name.strip() for sheet in workbook.sheets}
    return _version_of(workbook) is not None or len(names & {sheet.name for sheet in SHEETS}) >= 3


def _version_of(workbook: Workbook) -> int | None:
    for sheet in workbook.sheets:
        first = sheet.cells.get((1, 1))
        if sheet.name.strip() == GUIDE and first and (found := VERSIONS.match(first.text)):
            return int(found[1])
    return None


def tables_of(workbook: Workbook, reading: WorkbookReading) -> dict[str, Table]:
    """The tables by the names of their sheets; what is missing or strange goes into the reading."""
    version = _version_of(workbook)
    if version is not None and version > VERSION:
        text = f"这份表是第 {version} 版的，这里只认到第 {VERSION} 版。请重新下载空表，把内容抄过去。"
        reading.problems.append(Problem(f"{GUIDE}!A1", text))
    sheets = {sheet.name.strip(): sheet for sheet in workbook.sheets}
    tables = {}
    for form in SHEETS:
        if form.name not in sheets:
            text = f"缺少工作表“{form.name}”（没有，或者是空的、隐藏的）。没有要写的，也留着它的表头。"
            reading.problems.append(Problem("", text))
        elif table := _table_of(form, sheets[form.name], reading):
            tables[form.name] = table
    known = {GUIDE, EXAMPLE, *(form.name for form in SHEETS)}
    for name in (name for name in sheets if name not in known):
        reading.notes.append(Note(f"{name}!A1", f"工作表“{name}”不是这份表里的，没有读。"))
    return tables


def _table_of(form: FormSheet, sheet: Sheet, reading: WorkbookReading) -> Table | None:
    head, heads = _heads_of(form, sheet)
    if not heads:
        reading.problems.append(Problem(sheet.at(1, 1), f"没有找到“{form.name}”的表头：{'、'.join(_needed(form))}。"))
        return None
    table = Table(form, sheet, {}, head)
    known = {folded(column.head): column.head for column in form.columns}
    strange = []
    for place, cell in heads.items():
        name = known.get(folded(cell.text)) or _without_unit(cell.text, form)
        if name is None:
            strange.append(cell)
        elif name in table.positions:
            reading.problems.append(Problem(_at(sheet, cell), f"“{name}”这一栏有两个，请删掉一个。"))
        else:
            table.positions[name] = place
    _check_heads(table, strange, reading)
    table.records = list(_records_of(table))
    _note_hidden(table, reading)
    return table


def _heads_of(form: FormSheet, sheet: Sheet) -> tuple[int, dict[int, Cell]]:
    """The row of the heads and its cells by column; of an upright sheet the cells of the first column by row."""
    if form.is_upright:
        found = {row: sheet.cells[row, 1] for row in range(1, sheet.n_rows + 1) if (row, 1) in sheet.cells}
        return (1, found) if _n_known(form, found) >= 2 else (1, {})
    rows = [(number, row) for number, row in sheet.rows() if number <= HIGHEST_HEAD]
    number, row = max(rows, key=lambda one: _n_known(form, one[1]), default=(1, {}))
    return (number, row) if _n_known(form, row) >= 2 else (1, {})


def _n_known(form: FormSheet, row: dict[int, Cell]) -> int:
    known = {folded(column.head) for column in form.columns}
    return sum(folded(cell.text) in known for cell in row.values())


def _needed(form: FormSheet) -> list[str]:
    return [column.head for column in form.columns if column.is_needed]


def _without_unit(text: str, form: FormSheet) -> str | None:
    """The head of which the text leaves out only the brackets, where no other is called that."""
    heads = {column.head for column in form.columns}
    bare = {
        folded(head.partition("（")[0]): head for head in heads if "（" in head and head.partition("（")[0] not in heads
    }
    return bare.get(folded(text))


def _check_heads(table: Table, strange: list[Cell], reading: WorkbookReading) -> None:
    """A head that nobody knows is passed over, unless it may be one that is missing under another name."""
    missing = [column.head for column in table.form.columns if not table.has(column)]
    for cell in strange:
        likely = max(missing, key=lambda head: _likeness(head, cell.text), default="")
        at = _at(table.sheet, cell)
        if likely and _likeness(likely, cell.text) >= ALIKE:
            text = f"不认识栏名“{cell.text}”，又少了“{likely}”。是同一栏，就把栏名改回“{likely}”；不是，就改一个不像的名字。"
            reading.problems.append(Problem(at, text))
            missing.remove(likely)
        else:
            reading.notes.append(Note(at, f"“{cell.text}”这一栏不是这份表里的，没有读。"))
    for head in (head for head in missing if head in table.form.lasting_heads):
        at = table.sheet.at(table.head, 1)
        reading.problems.append(Problem(at, f"少了“{head}”这一栏。请照空表把栏名补上。"))


def _likeness(head: str, text: str) -> float:
    one, other = folded(head), folded(text)
    if other and (one in other or other in one):
        return 1.0
    return SequenceMatcher(None, one, other).ratio()


def _records_of(table: Table) -> Iterator[Record]:
    cells = table.sheet.cells
    if table.form.is_upright:
        found = {head: cells[row, 2] for head, row in table.positions.items() if (row, 2) in cells}
        yield Record(table, 2, found)
        return
    for number in range(table.head + 1, table.sheet.n_rows + 1):
        found = {head: cells[number, place] for head, place in table.positions.items() if (number, place) in cells}
        if any(cell.anchor in ("", address(cell.row, cell.column)) for cell in found.values()):
            yield Record(table, number, found)


def _note_hidden(table: Table, reading: WorkbookReading) -> None:
    """Hidden rows and columns are read: whoever takes the table can't see them."""
    for record in table.records:
        hidden = [cell for cell in record.cells.values() if cell.is_hidden]
        if hidden:
            what = "这一行是隐藏的" if len(hidden) == len(record.cells) else "这一行里有隐藏的格"
            reading.notes.append(Note(_at(table.sheet, hidden[0]), f"{what}，也读了。"))


def _at(sheet: Sheet, cell: Cell) -> str:
    return sheet.at(cell.row, cell.column)
