"""Run as a process by `desk.workbooks.marking`: reads a line of JSON and a file from stdin, writes the marked .xlsx.

Nothing imports this module, as with `desk.workbooks.opening_process`.
"""

import io
import json
import sys
import warnings
from typing import Any

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from desk.workbooks.opening_process import MOST_UNPACKED, limit_process

COLOURS = {"error": "F8E0D8", "doubt": "F8E9CB", "gap": "FFE9B8", "note": "EBE6D9", "change": "E2ECF0"}
WORDS = {"error": "要改", "doubt": "请确认", "gap": "要填", "note": "说明", "change": "会改"}
AUTHOR = "承诺公开"


def marked(asked: dict[str, Any], content: bytes) -> bytes:
    workbook = _copied(asked["sheets"]) if "sheets" in asked else _opened(content)
    for name, place, kind, text in asked["marks"]:
        sheet = workbook[name] if name in workbook.sheetnames else workbook.worksheets[0]
        cell = sheet[place]
        if isinstance(cell, MergedCell):
            area = next(one for one in sheet.merged_cells.ranges if place in one)
            cell = sheet.cell(area.min_row, area.min_col)
        told = f"{cell.comment.text}\n" if cell.comment else ""
        cell.comment = Comment(f"{told}{WORDS[kind]}：{text}", AUTHOR, width=360, height=120)
        cell.fill = PatternFill("solid", fgColor=COLOURS[kind])
    workbook.save(file := io.BytesIO())
    return file.getvalue()


def _opened(content: bytes) -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(content), keep_links=False)


def _copied(sheets: list) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, cells in sheets:
        sheet = workbook.create_sheet(name[:31])
        for row, column, text in cells:
            sheet.cell(row, column, text).data_type = "s"  # as text: what begins with = is no formula of ours
    return workbook


if __name__ == "__main__":
    limit_process(file_size=MOST_UNPACKED)  # openpyxl writes each sheet to a temporary file first
    head, _, content = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.buffer.write(marked(json.loads(head), content))
