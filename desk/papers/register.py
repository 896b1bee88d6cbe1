"""The register (台账): every promise in a row, in officials' columns and in their order, as a workbook that prints on A4."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from math import ceil
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from common.exports import DAY, SHARE, TEXT, plain
from common.formats import cut_share
from desk.papers.facts import PlanFacts
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, texts
from desk.papers.wording import NOT_FILED, UNPUBLISHED, lead_names, office_day, promise_text
from projects.progress import execution_of
from tasks.models import PaperKind
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import verdict_of

WAN, MONEY = Decimal(10_000), "#,##0.####"


@dataclass(frozen=True)
class Column:
    """`value` gives a cell of facts and a promise; None is written as `missing`."""

    name: str
    number_format: str
    width: int
    value: Callable[[PlanFacts, CommitmentSnapshot], object]
    missing: str = ""


def _share(share: Fraction | None) -> Decimal | None:
    return None if share is None else cut_share(share)


def _wan(amount: Decimal | None) -> Decimal | None:
    """In 万元, exactly."""
    return None if amount is None else amount / WAN


def _reported(name: str) -> Callable[[PlanFacts, CommitmentSnapshot], object]:
    """What the latest report says there."""

    def value(facts: PlanFacts, one: CommitmentSnapshot) -> object:
        report = facts.words.get(one.project.row.pk)
        return getattr(report, name) if report else ""

    return value


def _delay(facts: PlanFacts, one: CommitmentSnapshot) -> object:
    report = facts.words.get(one.project.row.pk)
    return report.get_delay_display() if report and report.delay else ""


# In the order of the register, 序号 before them.
COLUMNS = (
    Column("事项", TEXT, 17, lambda _facts, one: one.project.title),
    Column("年度目标", TEXT, 24, lambda _facts, one: promise_text(one)),
    Column("牵头领导（职务）", TEXT, 11, lambda _facts, one: one.project.post or None, UNPUBLISHED),
    Column("牵头单位", TEXT, 12, lambda _facts, one: lead_names(one.project.leads)),
    Column("配合单位", TEXT, 12, lambda _facts, one: lead_names(one.project.partners) if one.project.partners else ""),
    Column("完成时限", DAY, 13, lambda _facts, one: one.progress.due_on),
    Column("当前进度", SHARE, 10, lambda _facts, one: _share(one.progress.actual), NOT_FILED),
    Column("序时", SHARE, 10, lambda _facts, one: _share(one.progress.planned)),
    Column("总投资（万元）", MONEY, 12, lambda _facts, one: _wan(one.project.investment), UNPUBLISHED),
    Column("完成投资（万元）", MONEY, 12, lambda _facts, one: _wan(one.project.spent), NOT_FILED),
    Column(
        "投资完成率",
        SHARE,
        10,
        lambda _facts, one: _share(execution_of(one.project.spent, one.project.investment)),
        "—",
    ),
    Column("存在问题", TEXT, 20, _reported("problem")),
    Column("下一步措施", TEXT, 20, _reported("next_step")),
)
# What an upper-level sheet may ask for besides.
MORE = (
    Column("承诺系列", TEXT, 12, lambda _facts, one: one.series.title),
    Column("承诺编号", TEXT, 8, lambda _facts, one: one.number),
    Column("状态", TEXT, 10, lambda _facts, one: verdict_of(one).official),
    Column("开始时间", DAY, 11, lambda _facts, one: min((t.terms.starts_on for t in one.targets), default=None)),
    Column("年度投资（万元）", MONEY, 11, lambda _facts, one: _wan(one.annual_investment), UNPUBLISHED),
    Column("资金来源", TEXT, 12, lambda _facts, one: one.project.funding or None, UNPUBLISHED),
    Column("建设地点", TEXT, 12, lambda _facts, one: one.project.place or None, UNPUBLISHED),
    Column("数据日期", DAY, 11, lambda _facts, one: one.progress.held_on),
    Column("进展情况", TEXT, 28, _reported("text")),
    Column("滞后原因", TEXT, 12, _delay),
    Column("是否调整", TEXT, 8, lambda _facts, one: "是" if one.state.is_adjusted else "否"),
)
NUMBER = "序号"
REGISTER_TEXTS = (1, 2, 3, 4, 5, 12, 13)  # the columns that hold text


def rows_of(facts: PlanFacts, columns: Sequence[Column] = COLUMNS) -> list[list[object]]:
    """A row for each promise in the plan's order, its number before the columns."""
    return [
        [number, *(cell_of(column, facts, one) for column in columns)]
        for number, one in enumerate(facts.snapshot.commitments, 1)
    ]


def cell_of(column: Column, facts: PlanFacts, one: CommitmentSnapshot) -> object:
    value = column.value(facts, one)
    return column.missing if value is None else value


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
        issuer=facts.publisher.site_organizer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=facts.snapshot.entry,
    )


def _page_table(facts: PlanFacts) -> Iterator[Block]:
    """The same rows as text, for the page and to be copied."""
    formats = [TEXT, *(column.number_format for column in COLUMNS)]
    rows = tuple(tuple(map(_cell_text, row, formats)) for row in rows_of(facts))
    if rows:
        head = (NUMBER, *(column.name for column in COLUMNS))
        widths = (5, *(column.width for column in COLUMNS))
        yield Block(BlockKind.TABLE, table=Table(head, rows, widths, REGISTER_TEXTS))
    else:
        yield from texts("本年度计划没有列入承诺事项。")


def _cell_text(value: object, number_format: str) -> str:
    if isinstance(value, Decimal):
        return f"{value * 100:.2f}%" if number_format == SHARE else f"{value.normalize():,f}"
    if isinstance(value, date):
        return office_day(value)
    return " ".join(str("" if value is None else value).split())


def register_xlsx(facts: PlanFacts, paper: Paper) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "台账"
    head = [NUMBER, *(column.name for column in COLUMNS)]
    rows = rows_of(facts)
    notice = f"　{paper.notice}" if paper.notice else ""
    lines: list[Sequence[object]]
    lines = [[paper.title], [f"{paper.days_line}{notice}"], head, *rows, [], [paper.voucher_line]]
    for line in lines:
        sheet.append([plain(value) for value in line])
    _draw(sheet, len(head), len(rows))
    _set_print(sheet, len(head), len(rows))
    return stored(book)


def stored(book: Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


HEAD_ROW = 3
POINTS, LINE, HIGHEST = 12, 16, 409  # of the cells' font, of a line of it, and of a row at most


def _draw(sheet: Worksheet, n_columns: int, n_rows: int) -> None:
    side = Side("thin")
    border = Border(left=side, right=side, top=side, bottom=side)
    for number in (1, 2):
        sheet.merge_cells(start_row=number, start_column=1, end_row=number, end_column=n_columns)
    sheet["A1"].font, sheet["A1"].alignment = Font("方正小标宋简体", 20), Alignment("center", "center")
    sheet["A2"].font, sheet["A2"].alignment = Font("仿宋_GB2312", 11), Alignment("right", "center")
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 34, 20
    for number, column in enumerate([Column(NUMBER, TEXT, 5, lambda *_: None), *COLUMNS], 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
        for row in range(HEAD_ROW, HEAD_ROW + n_rows + 1):
            cell = sheet.cell(row, number)
            is_head = row == HEAD_ROW
            is_text = column.number_format == TEXT and column.width > 10 and not is_head
            cell.border = border
            cell.font = Font("黑体" if is_head else "仿宋_GB2312", POINTS)
            cell.alignment = Alignment("left" if is_text else "center", "center", wrap_text=True)
            if not is_head:
                cell.number_format = column.number_format
    for row in range(HEAD_ROW, HEAD_ROW + n_rows + 1):
        sheet.row_dimensions[row].height = row_height(sheet, row)
    foot = HEAD_ROW + n_rows + 2
    sheet.merge_cells(start_row=foot, start_column=1, end_row=foot, end_column=n_columns)
    sheet.cell(foot, 1).font = Font("仿宋_GB2312", 9)


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


def _set_print(sheet: Worksheet, n_columns: int, n_rows: int) -> None:
    """A4 landscape, as wide as a page, the head on each of them, the pages counted."""
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 3)
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.print_area = f"A1:{get_column_letter(n_columns)}{HEAD_ROW + n_rows + 2}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom = 0.6, 0.8
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "— &P —"
