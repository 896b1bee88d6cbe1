"""The register (台账): every promise in a row, in officials' columns and in their order, as a workbook that prints on A4."""

from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from math import ceil
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from common.exports import TEXT, plain
from desk.papers.facts import PlanFacts
from desk.papers.fields import FIELDS, NUMBER, Field, cell_text
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, texts
from tasks.models import PaperKind

# In the order of the register, 序号 before them, each with its width in digits.
WIDTHS = {
    "事项": 15,
    "年度目标": 20,
    "牵头领导（职务）": 9,
    "牵头单位": 11,
    "配合单位": 10,
    "完成时限": 13,
    "序时进度": 9,
    "累计完成": 14,
    "完成率": 9,
    "总投资（万元）": 10,
    "年度投资（万元）": 10,
    "完成投资（万元）": 10,
    "总投资完成率": 9,
    "年度投资完成率": 9,
    "进展情况": 22,
    "存在问题": 15,
    "下一步措施": 15,
    "状态": 8,
}
NUMBER_WIDTH = 5
COLUMNS = tuple(FIELDS[name] for name in WIDTHS)
LONG = 11  # digits from which a column of text is set to the left
REGISTER_TEXTS = tuple(
    number for number, column in enumerate(COLUMNS, 1) if column.number_format == TEXT and column.name != "状态"
)


def rows_of(facts: PlanFacts) -> list[list[object]]:
    """A row for each promise in the plan's order, its number before the columns."""
    return [
        [number, *(column.cell_of(facts, one) for column in COLUMNS)]
        for number, one in enumerate(facts.snapshot.commitments, 1)
    ]


def register_of(facts: PlanFacts, issued_on: date) -> Paper:
    """Title and foot of the register, whose rows stand in its workbook."""
    return Paper(
        kind=PaperKind.REGISTER,
        title=f"{facts.snapshot.short_title.replace(' ', '')}事项台账",
        notice=facts.notice,
        addressee="",
        opening="",
        sections=(Section("逐项情况", tuple(_page_table(facts))),),
        closing=(),
        issuer=facts.issuer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=facts.snapshot.entry,
    )


def _page_table(facts: PlanFacts) -> Iterator[Block]:
    """The same rows as text, for the page and to be copied."""
    formats = [TEXT, *(column.number_format for column in COLUMNS)]
    rows = tuple(tuple(map(cell_text, row, formats)) for row in rows_of(facts))
    if rows:
        head = (NUMBER, *WIDTHS)
        yield Block(BlockKind.TABLE, table=Table(head, rows, (NUMBER_WIDTH, *WIDTHS.values()), REGISTER_TEXTS))
    else:
        yield from texts("本年度计划没有列入承诺事项。")


def register_xlsx(facts: PlanFacts, paper: Paper) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "台账"
    rows = rows_of(facts)
    notice = f"　{paper.notice}" if paper.notice else ""
    lines: list[Sequence[object]]
    lines = [[paper.title], [f"{paper.days_line}{notice}"], [NUMBER, *WIDTHS], *rows, []]
    lines.append([f"{paper.issuer}　{paper.voucher_line}"])
    for line in lines:
        sheet.append([plain(value) for value in line])
    _draw(sheet, rows)
    _set_print(sheet, len(rows))
    return stored(book)


def stored(book: Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


HEAD_ROW = 3
POINTS, LINE, HIGHEST = 12, 16, 409  # of the cells' font, of a line of it, and of a row at most
N_COLUMNS = len(WIDTHS) + 1


def _draw(sheet: Worksheet, rows: Sequence[Sequence[object]]) -> None:
    for number in (1, 2):
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=N_COLUMNS)
    sheet["A1"].font, sheet["A1"].alignment = Font("方正小标宋简体", 20), Alignment("center", "center")
    sheet["A2"].font, sheet["A2"].alignment = Font("仿宋_GB2312", 11), Alignment("right", "center")
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 34, 20
    _draw_column(sheet, 1, NUMBER_WIDTH, None, rows)
    for number, column in enumerate(COLUMNS, 2):
        _draw_column(sheet, number, WIDTHS[column.name], column, rows)
    for row in range(HEAD_ROW, HEAD_ROW + len(rows) + 1):
        sheet.row_dimensions[row].height = row_height(sheet, row)
    foot = HEAD_ROW + len(rows) + 2
    sheet.merge_cells(start_row=foot, start_column=1, end_row=foot, end_column=N_COLUMNS)
    sheet.cell(foot, 1).font = Font("仿宋_GB2312", 9)


def _draw_column(
    sheet: Worksheet, number: int, width: int, column: Field | None, rows: Sequence[Sequence[object]]
) -> None:
    side = Side("thin")
    border = Border(left=side, right=side, top=side, bottom=side)
    sheet.column_dimensions[get_column_letter(number)].width = width
    is_text = number - 1 in REGISTER_TEXTS and width >= LONG
    for row in range(HEAD_ROW, HEAD_ROW + len(rows) + 1):
        cell, is_head = sheet.cell(row, number), row == HEAD_ROW
        cell.border = border
        cell.font = Font("黑体" if is_head else "仿宋_GB2312", POINTS)
        cell.alignment = Alignment("left" if is_text and not is_head else "center", "center", wrap_text=True)
        if column and not is_head:
            cell.number_format = column.format_of(rows[row - HEAD_ROW - 1][number - 1])


def row_height(sheet: Worksheet, row: int) -> int:
    """So that every line of its cells is seen: a Chinese character takes as much as two and a half digits of the width."""
    n_lines = 1
    for cell in sheet[row]:
        if isinstance(cell.value, str):
            width = sheet.column_dimensions[cell.column_letter].width - 1
            n_lines = max(n_lines, sum(ceil(_digits(line) / width) for line in cell.value.split("\n")))
    return min(n_lines * LINE + 6, HIGHEST)


def _digits(text: str) -> float:
    return sum(2.5 if east_asian_width(letter) in "WF" else 1.2 for letter in text) or 1


def _set_print(sheet: Worksheet, n_rows: int) -> None:
    """A4 landscape, as wide as a page, the head on each of them, the pages counted."""
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 3)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.print_area = f"A1:{get_column_letter(N_COLUMNS)}{HEAD_ROW + n_rows + 2}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.6, 0.8
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "— &P —"
