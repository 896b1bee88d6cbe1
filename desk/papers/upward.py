"""The sheet that an upper-level system asks for: an .xlsx of the operator's, one row of which names our fields.

Such a cell is a name of the register's columns, in braces (`{事项}`) where the row itself is to be filled, or bare where it is
the head of what is filled below it. Each promise takes one row, drawn like the first.
"""

from copy import copy
from dataclasses import replace
from datetime import date

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from common.exports import plain
from desk.papers.facts import PlanFacts
from desk.papers.filling import FAULTS, TemplateFault, template_path
from desk.papers.paper import Paper
from desk.papers.register import COLUMNS, MORE, NUMBER, Column, cell_of, register_of, row_height, stored
from tasks.models import PaperKind

FIELDS: dict[str, Column | None] = {NUMBER: None, **{column.name: column for column in (*COLUMNS, *MORE)}}
LEAST_NAMED = 2  # cells that make a row the one that names fields
MOST_ROWS = 60  # in which it is looked for


def upward_of(facts: PlanFacts, issued_on: date) -> Paper:
    """What its page shows: the register's rows, of which the file takes what its template names."""
    name = facts.snapshot.short_title.replace(" ", "")
    return replace(register_of(facts, issued_on), kind=PaperKind.UPWARD, title=f"{name}上级系统报表")


def upward_xlsx(facts: PlanFacts) -> bytes:
    """Raises TemplateFault."""
    path = template_path(PaperKind.UPWARD)
    try:
        book = load_workbook(path)
    except (InvalidFileException, *FAULTS) as error:
        raise TemplateFault(f"模板 {path.name} 打不开：{error}") from error
    places = [(sheet, is_marked) for is_marked in (True, False) for sheet in book.worksheets]
    found = next((place for sheet, is_marked in places if (place := _named_row(sheet, is_marked))), None)
    if found is None:
        raise TemplateFault(f"模板 {path.name} 里没有哪一行写着栏目的名称，例如 {{事项}}、{{牵头单位}}。")
    _fill(*found, facts)
    return stored(book)


def _named_row(sheet: Worksheet, is_marked: bool) -> tuple[Worksheet, int, dict[int, str]] | None:
    """The row that is filled first, with the names of fields by column; those in braces where `is_marked`."""
    for row in sheet.iter_rows(max_row=min(sheet.max_row, MOST_ROWS)):
        named = {cell.column: name for cell in row if (name := _field_of(cell.value, is_marked)) in FIELDS}
        if len(named) >= LEAST_NAMED:
            return sheet, row[0].row + (not is_marked), named
    return None


def _field_of(value: object, is_marked: bool) -> str:
    """The name in a cell; empty where it is marked otherwise."""
    text = "".join(str(value or "").split())
    in_braces = text.startswith("{") and text.endswith("}")
    return text.strip("{}") if in_braces == is_marked else ""


def _fill(sheet: Worksheet, first: int, named: dict[int, str], facts: PlanFacts) -> None:
    pattern = {number: sheet.cell(first, number) for number in range(1, sheet.max_column + 1)}
    height = sheet.row_dimensions[first].height
    if not facts.snapshot.commitments:
        for number in named:
            sheet.cell(first, number).value = None
    for row, one in enumerate(facts.snapshot.commitments, first):
        sheet.row_dimensions[row].height = height
        for number, like in pattern.items():
            cell = sheet.cell(row, number)
            if isinstance(cell, MergedCell) or isinstance(like, MergedCell):
                continue
            _draw_like(cell, like)
            if number in named:
                column = FIELDS[named[number]]
                value = cell_of(column, facts, one) if column else row - first + 1
                cell.value = plain(value)  # type: ignore[assignment]  # what a cell may hold
                if column and like.number_format == "General":
                    cell.number_format = column.number_format
        if height is None:
            sheet.row_dimensions[row].height = row_height(sheet, row)


def _draw_like(cell: Cell, like: Cell) -> None:
    if cell is not like and like.has_style:
        cell.font, cell.border, cell.fill = copy(like.font), copy(like.border), copy(like.fill)
        cell.alignment, cell.number_format = copy(like.alignment), like.number_format
