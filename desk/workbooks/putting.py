"""Values in the cells of a workbook that we write: numbers and days as such, and text that stays text."""

from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment

from common.exports import FORMULA_STARTS

TOP = Alignment(vertical="top", wrap_text=True)


def put(cell: Cell, value: Any) -> None:
    """Text is text, however it begins: spreadsheets neither reckon with it nor make an error of it."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub(" ", value)
    cell.value = value
    if isinstance(value, str):
        cell.data_type, cell.quotePrefix = "s", value.startswith(FORMULA_STARTS)
        cell.alignment = TOP
