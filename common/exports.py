"""Tables as files: CSV that Excel opens in Chinese, and XLSX with days and numbers in its cells and never a formula."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from unicodedata import east_asian_width
from urllib.parse import quote

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

# Full-width signs too: spreadsheets with a Chinese or Japanese locale read them as the half-width ones.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# Number formats of cells. Shares have two decimals, since a spreadsheet would round 99.6% to 100%.
TEXT, DAY, SHARE, YUAN = "General", "yyyy-mm-dd", "0.00%", "#,##0"
NARROWEST, WIDEST = 8, 40  # of a column, in digits
DIGITS = {DAY: 10, SHARE: 7}  # that a formatted value takes
NOTE, HEAD = 1, 2  # rows of the sheet


@dataclass(frozen=True)
class Sheet:
    """A table to export: for each column its name and number format, and the rows of cells."""

    head: Sequence[str]
    formats: Sequence[str]
    rows: Sequence[Sequence[object]]


def plain(value: object) -> object:
    """The value, safe in a cell: text that starts like a formula gets an apostrophe, characters illegal in XLSX become blanks."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub(" ", value)  # such as the line break that is pasted from Word
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_response(rows: Iterable[Iterable[object]], filename: str) -> HttpResponse:
    text = StringIO()
    csv.writer(text).writerows([plain(value) for value in row] for row in rows)
    return attached(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", filename)


def xlsx_of(sheet: Sheet, *, note: str) -> bytes:
    """A workbook with one sheet: the note in its first row, then a frozen header row with a filter, then the rows."""
    book = Workbook()
    _write(book.active, sheet, note)
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


def xlsx_response(book: bytes, filename: str) -> HttpResponse:
    return attached(book, XLSX_TYPE, filename)


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
    """The width of a column, in digits: its widest cell fits, and its name with the filter button beside it."""
    needed = max((display_width(_displayed(value, number_format)) for value in values), default=0)
    return min(max(needed + 2, display_width(name) + 3, NARROWEST), WIDEST)


def _displayed(value: object, number_format: str) -> str:
    if isinstance(value, int | Decimal) and number_format == YUAN:
        return f"{value:,}"
    if value is not None and number_format in DIGITS:
        return "0" * DIGITS[number_format]
    return "" if value is None else str(value)


def display_width(text: str) -> int:
    """The width of a text in digits: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def attached(content: bytes, content_type: str, filename: str) -> HttpResponse:
    """A file that the browser saves under the name, which may be Chinese (RFC 6266); old programs take what of it is ASCII."""
    stem, _, ending = re.sub(r"[^A-Za-z0-9._-]+", "-", filename).rpartition(".")
    disposition = f'attachment; filename="{stem.strip("-.") or "file"}.{ending}"'
    if not filename.isascii():
        disposition += f"; filename*=UTF-8''{quote(filename, safe='')}"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
