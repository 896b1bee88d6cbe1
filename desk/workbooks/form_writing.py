"""Writing our own form of a plan: filled with a plan, with what next year begins with, or empty."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from common.exports import DAY
from common.formats import number_text
from common.money import box_text, parse_yuan
from common.tokens import Question
from desk.workbooks.form_columns import (
    EXAMPLE,
    GUIDE,
    LISTED,
    NO,
    SHEETS,
    TITLE,
    VERSION,
    WORK_KINDS,
    YES,
    Column,
    FormSheet,
    Kind,
    inferred_words,
    steps_text,
)
from desk.workbooks.form_next_year import name_of_gap, rows_of_next_year
from desk.workbooks.form_rows import FormRow, FormRows, rows_of_plan
from desk.workbooks.putting import TOP
from desk.workbooks.putting import put as _put
from desk.workbooks.telling import CARRIED
from desk.workbooks.telling import WANTED as TO_BE_FILLED
from tasks.models import Addition, Plan

LAST_ROW = 1000  # for which cells offer choices
MOST_DIGITS = 12  # of a number that spreadsheets keep exactly; longer ones are written as text
HEAD, WANTED, PALE = PatternFill("solid", fgColor="DDE7F0"), PatternFill("solid", fgColor="FFE9B8"), "FF8A8A8A"
AUTHOR = "承诺公开"  # of comments
HOW = (
    "这是一份计划的全部内容。填好以后在后台按“上传表格”，先看到会存成什么、哪里要改，再按一下才存。",
    "“示例”里有填好的样子，读的时候跳过；这一页也跳过。",
    "黄色的栏一定要填，别的可以空着。栏的次序可以换，栏名不要改，不用的工作表空着就行，不要删。",
    "日期写 2024-09-30 或者 2024年9月30日。钱不写单位就是万元，也可以写 1.85亿、4800万元。百分数写 100，单位写 %。",
    "几个部门、几个项目用顿号隔开。没有公布的空着，不要填 0。",
    "一件承诺要数几样东西，就在“目标”里写几行，用“承诺系列”和“承诺序号”指着它。",
    "“本站理解”写哪几栏不是文件里的原话：页面上会照样写明。",
)


def plan_workbook(plan: Plan, addition: Addition | None = None) -> bytes:
    """The plan itself, or an addition to it, as an .xlsx file that can be read back."""
    return workbook_of(rows_of_plan(plan, addition))


def empty_workbook() -> bytes:
    return workbook_of(FormRows())


def next_year_workbook(plan: Plan, day: date) -> bytes:
    """The form of the year after the plan's, by what is known on `day`."""
    return workbook_of(rows_of_next_year(plan, day))


def workbook_of(rows: FormRows) -> bytes:
    book = Workbook()
    _write_guide(book.active, rows.notes)
    for sheet in SHEETS:
        write = _write_upright if sheet.is_upright else _write_sheet
        write(book.create_sheet(sheet.name), sheet, rows.sheets[sheet.name])
    _write_example(book.create_sheet(EXAMPLE))
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


# Sheets


def _write_guide(page: Worksheet, notes: Iterable[str]) -> None:
    page.title = GUIDE
    for number, line in enumerate((f"{TITLE}（第 {VERSION} 版）", *HOW, *notes), start=1):
        _put(page.cell(number, 1), line)
        page.merge_cells(start_row=number, end_row=number, start_column=1, end_column=4)
        page.row_dimensions[number].height = 32 if number > 1 else 24
    page.cell(1, 1).font = Font(bold=True, size=14)
    row = page.max_row + 2
    for offset, name in enumerate(("工作表", "栏", "要不要填", "怎么填")):
        _write_head(page.cell(row, offset + 1), name)
    for sheet in SHEETS:
        for column in sheet.columns:
            row += 1
            needed = "要填" if column.is_needed else ""
            for offset, text in enumerate((sheet.name, column.head, needed, _how_to_fill(column))):
                _put(page.cell(row, offset + 1), text)
    for letter, width in zip("ABCD", (10, 26, 10, 70), strict=True):
        page.column_dimensions[letter].width = width


def _how_to_fill(column: Column) -> str:
    words = _offered(column)
    choices = f"选一个：{LISTED.join(words)}。" if words else ""
    return f"{choices}{column.hint}"


def _write_sheet(page: Worksheet, sheet: FormSheet, rows: Iterable[FormRow]) -> None:
    for number, column in enumerate(sheet.columns, start=1):
        _write_head(page.cell(1, number), column.head, is_wanted=column.is_needed)
        page.column_dimensions[get_column_letter(number)].width = column.width
        _offer_choices(page, column, f"{get_column_letter(number)}2:{get_column_letter(number)}{LAST_ROW}")
    for row_number, row in enumerate(rows, start=2):
        for number, column in enumerate(sheet.columns, start=1):
            _write_value(page.cell(row_number, number), column, row)
    page.freeze_panes = page.cell(2, 1)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight = True, 0
    page.print_title_rows = "1:1"


def _write_upright(page: Worksheet, sheet: FormSheet, rows: Iterable[FormRow]) -> None:
    row = next(iter(rows), FormRow({}))
    for number, column in enumerate(sheet.columns, start=1):
        _write_head(page.cell(number, 1), column.head, is_wanted=column.is_needed)
        _write_value(page.cell(number, 2), column, row)
        _offer_choices(page, column, f"B{number}")
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 24, 70
    page.freeze_panes = page.cell(1, 2)


def _write_example(page: Worksheet) -> None:
    row = 1
    for sheet in SHEETS:
        _put(page.cell(row, 1), f"{sheet.name}：{sheet.about}")
        page.cell(row, 1).font, page.cell(row, 1).alignment = Font(bold=True), Alignment(wrap_text=False)
        filled = [column for column in sheet.columns if column.example]
        for number, column in enumerate(filled, start=1):
            _write_head(page.cell(row + 1, number), column.head, is_wanted=column.is_needed)
            _put(page.cell(row + 2, number), column.example)
        row += 4
    for number in range(1, page.max_column + 1):
        page.column_dimensions[get_column_letter(number)].width = 20


def _write_head(cell: Cell, head: str, *, is_wanted: bool = False) -> None:
    _put(cell, head)
    cell.font, cell.fill, cell.alignment = Font(bold=True), WANTED if is_wanted else HEAD, TOP


def _offered(column: Column) -> list[str]:
    return list(column.choices) if column.kind in (Kind.CHOICE, Kind.FLAG) else []


def _offer_choices(page: Worksheet, column: Column, cells: str) -> None:
    if words := _offered(column):
        offer = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True)
        offer.errorTitle, offer.error = column.head, f"请选一个：{LISTED.join(words)}"
        page.add_data_validation(offer)
        offer.add(cells)


# Cells


def _write_value(cell: Cell, column: Column, row: FormRow) -> None:
    key = next((key for key in column.keys if key in row.values), "")
    value = row.values.get(key)
    for wanted in row.wanted & set(column.keys):
        cell.fill = WANTED
        cell.comment = _comment(f"要填：{TO_BE_FILLED[name_of_gap(wanted)]}。去年有，今年的照今年的文件填。")
    for moved in row.moved.keys() & set(column.keys):
        cell.comment = _comment(
            f"{CARRIED}：去年说的是 {row.moved[moved]}。今年的文件说了哪天，就改成那天，“本站理解”里去掉这一栏。"
        )
    if value is None or value == "" or value == []:
        return
    _put(cell, _displayed(column.kind, key, value, column))
    if column.kind is Kind.DAY:
        cell.number_format = DAY
    if row.is_over:
        cell.font = Font(color=PALE)


def _displayed(kind: Kind, key: str, value: Any, column: Column) -> Any:
    match kind:
        case Kind.MONEY:
            return _money(value)
        case Kind.NUMBER:
            return value if len(number_text(value).replace(".", "")) <= MOST_DIGITS else number_text(value)
        case Kind.CHOICE if key == "row.category":
            return next(word for word, part in WORK_KINDS.items() if part == value)
        case Kind.CHOICE:
            return next(word for word, choice in column.choices.items() if choice == value)
        case Kind.FLAG:
            return YES if value else NO
        case Kind.STEPS:
            return steps_text(value)
        case Kind.INFERRED:
            words = inferred_words(key.partition(".")[0])
            return LISTED.join(words[name] for name in value)
    return value


def _money(amount: Decimal) -> Decimal | str:
    """In 万元; with its unit where the bare number would be asked about."""
    number = box_text(amount)
    try:
        parse_yuan(number)
    except Question:
        return f"{number}万元"
    return Decimal(number) if len(number.replace(".", "")) <= MOST_DIGITS else f"{number}万元"


def _comment(text: str) -> Comment:
    return Comment(text, AUTHOR, width=300, height=90)
