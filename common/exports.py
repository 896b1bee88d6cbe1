"""Tables as files: CSV that Excel opens in Chinese, and XLSX with days and numbers in its cells and never a formula."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from unicodedata import east_asian_width

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

# The wide ones too: spreadsheets set to Chinese or Japanese read them as the narrow ones.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# How a spreadsheet shows what a cell holds. Shares have both decimals: whole percents would be rounded to 100%.
TEXT, DAY, SHARE, YUAN = "General", "yyyy-mm-dd", "0.00%", "#,##0"
NARROWEST, WIDEST = 8, 40  # columns are measured in digits
DIGITS = {DAY: 10, SHARE: 7}
NOTE, HEAD = 1, 2  # rows of the sheet


@dataclass(frozen=True)
class Sheet:
    """A table to be written into a file: the names of its columns, how each shows its cells, and the cells."""

    head: Sequence[str]
    formats: Sequence[str]
    rows: Sequence[Sequence[object]]


def plain(value: object) -> object:
    """Text that a spreadsheet would run as a formula, made to stand as text; a blank for what no cell can hold."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub(" ", value)  # such as the line break that is pasted from Word
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_response(rows: Iterable[Iterable[object]], filename: str) -> HttpResponse:
    text = StringIO()
    csv.writer(text).writerows([plain(value) for value in row] for row in rows)
    return _attached(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", filename)


def xlsx_of(sheet: Sheet, *, note: str) -> bytes:
    """`note` stands alone in the first row: of which day the table is. Head, filter and what stays in sight follow."""
    book = Workbook()
    _write(book.active, sheet, note)
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


def xlsx_response(book: bytes, filename: str) -> HttpResponse:
    return _attached(book, XLSX_TYPE, filename)


def _write(page: Worksheet, sheet: Sheet, note: str) -> None:
    for row in ([note], sheet.head, *sheet.rows):
        page.append([plain(value) for value in row])
    for cell in page[HEAD]:
        cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top", wrap_text=True)
    for number, (name, number_format) in enumerate(zip(sheet.head, sheet.formats, strict=True), 1):
        letter, values = get_column_letter(number), [row[number - 1] for row in sheet.rows]
        page.column_dimensions[letter].width = _width(name, number_format, values)
        for cell in page[letter][HEAD:]:
            cell.number_format = number_format
    page.freeze_panes = page.cell(HEAD + 1, 1)
    page.auto_filter.ref = f"A{HEAD}:{get_column_letter(len(sheet.head))}{HEAD + len(sheet.rows)}"
    page.print_title_rows = f"{NOTE}:{HEAD}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight = True, 0


def _width(name: str, number_format: str, values: Iterable[object]) -> int:
    """Digits that fit the widest cell, and the mark of the filter beside the name."""
    needed = max((_n_digits(_displayed(value, number_format)) for value in values), default=0)
    return min(max(needed + 2, _n_digits(name) + 3, NARROWEST), WIDEST)


def _displayed(value: object, number_format: str) -> str:
    if isinstance(value, int | Decimal) and number_format == YUAN:
        return f"{value:,}"
    if value is not None and number_format in DIGITS:
        return "0" * DIGITS[number_format]
    return "" if value is None else str(value)


def _n_digits(text: str) -> int:
    """A Chinese character is as wide as two of them."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _attached(content: bytes, content_type: str, filename: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )
