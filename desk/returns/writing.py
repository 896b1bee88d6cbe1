"""Writing the month's sheet as .xlsx: of one department or of all, to be typed into, printed as a ledger, and returned."""

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from common.exports import display_width
from common.formats import day_text
from desk.returns.columns import (
    CARRIED,
    EXPORTED,
    HEAD_ROW,
    HIDDEN,
    HOW,
    KEY,
    LINE_KEY,
    LOCKED,
    LOCKS,
    NOT_HERE,
    NOTE_ROW,
    OF_A_LINE,
    SHOWN,
    TICK,
    TITLE_ROW,
    TYPED,
    VALUE,
    VERSION,
)
from desk.returns.keys import digest_of, signature_of, stamp_of
from desk.returns.shapes import Field, Month, MonthLine, MonthRow
from desk.workbooks.putting import TOP, put
from projects.models import DelayReason

HEAD, OPEN = PatternFill("solid", fgColor="DDE7F0"), PatternFill("solid", fgColor="FFF8E1")
THIN = Border(*(Side(style="thin", color="FFB0B0B0"),) * 4)
UNLOCKED = Protection(locked=False)
LINE_HEIGHT, TALLEST = 15, 400  # points
MOST_DIGITS = 12  # of a number that spreadsheets keep exactly; longer ones are written as text
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
N_HIDDEN_FROM = len(SHOWN) + 1
CHOICES: dict[str, tuple[str, ...]] = {
    Field.DELAY: tuple(str(one.label) for one in DelayReason),
    Field.UNCHANGED: (TICK,),
}
NO_LINE = MonthLine("", "")


class _Offers:
    """Lists to choose from, and a warning where something else than a number is typed: 1.2万 may be insisted on."""

    def __init__(self, page: Worksheet):
        self.page = page
        self.lists: dict[tuple[str, ...], DataValidation] = {}
        self.numbers = DataValidation(
            type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True, showErrorMessage=True,
            errorStyle="warning", errorTitle="这里写数", error="请写确切的数。说不准的写在“进展”里。",
        )  # fmt: skip

    def offer(self, cell: Cell, name: str, line: MonthLine) -> None:
        choices = line.choices if name == VALUE else CHOICES.get(name, ())
        if choices:
            if choices not in self.lists:
                self.lists[choices] = DataValidation(
                    type="list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=True,
                    errorTitle="请选一个", error="、".join(choices),
                )  # fmt: skip
            self.lists[choices].add(cell.coordinate)
        elif name in (VALUE, Field.SPENT) and not line.may_be_negative:
            self.numbers.add(cell.coordinate)

    def write(self) -> None:
        for one in (*self.lists.values(), self.numbers):
            if one.sqref:
                self.page.add_data_validation(one)


def month_workbook(month: Month, *, title: str, names: Mapping[str, str]) -> bytes:
    """An .xlsx file. `title` says whose it is; `names` are those of the departments by slug."""
    book = Workbook()
    page = book.active
    page.title = f"{month.day:%Y-%m-%d}"
    sheet_id = digest_of(month.day, title, [row.key for row in month.rows])
    _write_head(page, month.day, title, sheet_id)
    at, offers = HEAD_ROW + 1, _Offers(page)
    for number, row in enumerate(month.rows, start=1):
        told = "、".join(names.get(slug, slug) for slug in row.departments)
        at = _write_row(offers, at, row, [str(number), told, row.title], sheet_id)
    offers.write()
    _prepare_printing(page, at - 1)
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The files by name; of two with one name the second has a number."""
    stored, taken = BytesIO(), set[str]()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            stem, number = re.sub(r'[\\/:*?"<>|\s]+', "-", name) or "表", 1
            while (unique := stem if number == 1 else f"{stem}-{number}") in taken:
                number += 1
            taken.add(unique)
            archive.writestr(f"{unique}.xlsx", content)
    return stored.getvalue()


def _write_head(page: Worksheet, day: date, title: str, sheet_id: str) -> None:
    put(page.cell(TITLE_ROW, 1), f"{title}（数据日期 {day_text(day)}）")
    put(page.cell(NOTE_ROW, 1), HOW)
    for row in (TITLE_ROW, NOTE_ROW):
        page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(SHOWN))
    page.cell(TITLE_ROW, 1).font = Font(bold=True, size=14)
    page.row_dimensions[NOTE_ROW].height = 30
    put(page.cell(TITLE_ROW, N_HIDDEN_FROM), stamp_of(day, sheet_id))
    for number, column in enumerate(SHOWN, start=1):
        cell = page.cell(HEAD_ROW, number)
        put(cell, column.head)
        cell.font, cell.fill, cell.border = Font(bold=True), HEAD, THIN
        page.column_dimensions[get_column_letter(number)].width = column.width
    for number, head in enumerate(HIDDEN, start=N_HIDDEN_FROM):
        put(page.cell(HEAD_ROW, number), head)
        page.column_dimensions[get_column_letter(number)].hidden = True


def _write_row(offers: _Offers, at: int, row: MonthRow, row_texts: Sequence[str], sheet_id: str) -> int:
    """A row of the sheet for each line. Returns the number of the row after them."""
    page, lines = offers.page, row.lines or (NO_LINE,)
    for position, line in enumerate(lines):
        locked = [*row_texts, line.goal_text, line.planned, line.last]
        for column, text in enumerate(locked, start=1):
            put(page.cell(at + position, column), text or None)
        for column, one in enumerate(TYPED, start=len(LOCKED) + 1):
            _write_typed(offers, page.cell(at + position, column), one.name, row, line, is_first=position == 0)
        carried = carried_of(row, line, locked, is_first=position == 0)
        for column, text in enumerate((*carried, signature_of(sheet_id, carried)), start=N_HIDDEN_FROM):
            put(page.cell(at + position, column), text)
    _merge(page, at, len(lines))
    _set_heights(page, at, len(lines))
    return at + len(lines)


def _set_heights(page: Worksheet, at: int, n_lines: int) -> None:
    """So that what is written can be read on paper: programs don't find the height of merged cells by themselves."""
    tallest = 1
    for position in range(n_lines):
        own = 1
        for number, column in enumerate(SHOWN, start=1):
            text = str(page.cell(at + position, number).value or "")
            n_needed = sum(-(-display_width(line) // column.width) for line in text.split("\n"))
            if column.name in (*OF_A_LINE, VALUE):
                own = max(own, n_needed)
            else:
                tallest = max(tallest, -(-n_needed // n_lines))
        page.row_dimensions[at + position].height = LINE_HEIGHT * own
    for position in range(n_lines):
        one = page.row_dimensions[at + position]
        one.height = min(max(one.height, LINE_HEIGHT * tallest), TALLEST)


def carried_of(row: MonthRow, line: MonthLine, locked: Sequence[str], *, is_first: bool) -> list[str]:
    """What stands in the columns of CARRIED: of what is typed once for the row only its first line has the values."""
    given: dict[str, str] = {KEY: row.key, LINE_KEY: line.key, VERSION: row.version}
    for name, head in EXPORTED.items():
        is_there = name == VALUE or is_first
        given[head] = row.values.get(line.field if name == VALUE else name, "") if is_there else ""
    told = [column.name in OF_A_LINE or is_first for column in LOCKED]
    given[LOCKS] = " ".join(
        digest_of(text) if is_there else NOT_HERE for text, is_there in zip(locked, told, strict=True)
    )
    return [given[head] for head in CARRIED]


def _write_typed(offers: _Offers, cell: Cell, name: str, row: MonthRow, line: MonthLine, *, is_first: bool) -> None:
    cell.border, cell.alignment = THIN, TOP
    is_asked = bool(line.key) if name == VALUE else name in row.fields
    if row.closed or not is_asked:
        return
    cell.fill, cell.protection = OPEN, UNLOCKED
    if name == VALUE or is_first:
        text = row.values.get(line.field if name == VALUE else name, "")
        put(cell, _number_or_text(text, is_number=name in (VALUE, Field.SPENT) and not line.choices))
        cell.alignment = TOP
        offers.offer(cell, name, line)


def _number_or_text(text: str, *, is_number: bool) -> Any:
    """A zero is a number, too."""
    is_plain = is_number and NUMBER.fullmatch(text) and len(re.sub("[.-]", "", text)) <= MOST_DIGITS
    return Decimal(text) if is_plain else text or None


def _merge(page: Worksheet, at: int, n_lines: int) -> None:
    """What is said once for the row stands beside all its lines."""
    for column, one in enumerate(SHOWN, start=1):
        for position in range(n_lines):
            page.cell(at + position, column).border = THIN
        if n_lines > 1 and one.name not in (*OF_A_LINE, VALUE):
            # Not by `merge_cells`, which compares each area with all that are there already.
            page.merged_cells.ranges.add(CellRange(None, column, at, column, at + n_lines - 1))


def _prepare_printing(page: Worksheet, last: int) -> None:
    """As the 台账 is printed: A4 across, the head on every page, what the sheet carries on none."""
    page.freeze_panes = page.cell(HEAD_ROW + 1, len(LOCKED) - 2)
    page.print_title_rows = f"{TITLE_ROW}:{HEAD_ROW}"
    page.print_area = f"A1:{get_column_letter(len(SHOWN))}{max(last, HEAD_ROW)}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight = True, 0
    page.page_margins.left = page.page_margins.right = 0.4
    page.oddFooter.center.text = "第 &P 页，共 &N 页"
    page.protection.sheet = True
    for freedom in ("formatColumns", "formatRows", "autoFilter", "sort"):
        setattr(page.protection, freedom, False)  # False: it isn't forbidden
    page.cell(TITLE_ROW, 1).alignment = Alignment(vertical="center")
