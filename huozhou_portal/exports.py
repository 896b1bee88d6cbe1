"""Tables as files: CSV that Excel opens in Chinese, and XLSX whose cells are never formulas."""

import csv
from collections.abc import Iterable
from io import BytesIO, StringIO

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# The wide ones too: spreadsheets set to Chinese or Japanese read them as the narrow ones.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


def xlsx_response(rows: Iterable[Iterable[object]], filename: str) -> HttpResponse:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append([plain(value) for value in row])
    sheet.freeze_panes = "A2"
    stored = BytesIO()
    book.save(stored)
    return _attached(stored.getvalue(), XLSX_TYPE, filename)


def _attached(content: bytes, content_type: str, filename: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )
