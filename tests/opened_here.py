"""Opening a workbook as `desk.workbooks.opening` does, without the process: for many small ones that we made ourselves."""

from desk.workbooks import opening, opening_process
from desk.workbooks.sheets import Workbook


def opened_here(content: bytes) -> Workbook:
    sheets = [opening._sheet(found) for found in opening_process.read(content)["sheets"]]
    return Workbook(tuple(sheet for sheet in sheets if sheet.cells and not sheet.is_hidden))
