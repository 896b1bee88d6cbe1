"""The sheet that an upper-level system asks for: an .xlsx of the operator's in which our fields stand in braces.

A row names fields of a promise (`{事项}`, `{牵头单位}`): it is drawn once for each of them, and what stands below it moves
down. Anywhere else a sheet names what it says once (`{填报单位}`). docs/运维手册.md lists the fields. Without any braces, the
row below the one whose heads are called as our fields are is filled.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from common.exports import TEXT, plain
from desk.papers.facts import PlanFacts
from desk.papers.fields import ABOUT_PAPER, NUMBER, Field, cell_text, field_named, is_field
from desk.papers.filling import FAULTS, TemplateFault, template_path
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, texts
from desk.papers.register import row_height, stored
from tasks.models import PaperKind
from tasks.snapshots import CommitmentSnapshot

MARK = re.compile(r"\{([^{}]*)\}")
SIGNS = str.maketrans("｛｝()", "{}（）")  # as they are typed, too
LEAST_NAMED = 2  # heads without braces that make a row the one that names fields
MOST_ROWS, MOST_FAULTS = 200, 8  # in which it is looked for; that are told at once


@dataclass(frozen=True)
class Pattern:
    """The row that is drawn for each promise: what its cells say, by column, and what heads them."""

    book: Workbook
    sheet: Worksheet
    first: int
    cells: Mapping[int, str]
    heads: Mapping[int, str]


def pattern_of(path: Path) -> Pattern:
    """Raises TemplateFault."""
    try:
        book = load_workbook(path)
    except (InvalidFileException, *FAULTS) as error:
        raise TemplateFault(f"模板 {path.name} 打不开：{error}") from error
    marked = [cell for sheet in book.worksheets for cell in _texts(sheet) if MARK.search(_signs(cell.value))]
    pattern = _marked_pattern(book, marked, path.name) if marked else _headed_pattern(book)
    if pattern is None:
        raise TemplateFault(f"模板 {path.name} 里没有哪一行写着栏目的名称，例如 {{事项}}、{{牵头单位}}。")
    return pattern


def _signs(text: object) -> str:
    return str(text).translate(SIGNS)


def _texts(sheet: Worksheet) -> Iterator[Cell]:
    for row in sheet.iter_rows(max_row=min(sheet.max_row, MOST_ROWS)):
        yield from (cell for cell in row if isinstance(cell.value, str) and not cell.value.startswith("="))


def names_in(text: str) -> list[str]:
    return ["".join(name.split()) for name in MARK.findall(_signs(text))]


def _marked_pattern(book: Workbook, marked: list[Cell], name: str) -> Pattern | None:
    rows = [cell for cell in marked if any(map(is_field, names_in(str(cell.value))))]
    first = rows[0] if rows else None
    faults = [fault for cell in marked for fault in _faults_of(cell, first)]
    if first:
        faults += _merged_faults(first)
    if faults:
        raise TemplateFault(f"模板 {name} 用不了：{'；'.join(faults[:MOST_FAULTS])}。栏目的名称在《运维手册》里。")
    if first is None:
        return None
    cells = {cell.column: _signs(cell.value) for cell in rows}
    return Pattern(book, first.parent, first.row, cells, _heads(first.parent, first.row, cells))


def _faults_of(cell: Cell, first: Cell | None) -> Iterator[str]:
    where = f"工作表“{cell.parent.title}”的 {cell.coordinate}"
    names = names_in(str(cell.value))
    for name in names:
        if not is_field(name) and name not in ABOUT_PAPER:
            yield f"{where} 写着“{{{name}}}”，没有这个栏目"
    is_beside = first is not None and (cell.parent is not first.parent or cell.row != first.row)
    if is_beside and any(map(is_field, names)):
        at = f"工作表“{first.parent.title}”第 {first.row} 行" if first else ""
        yield f"{where} 写着逐项的栏目“{cell.value}”，逐项的只能写在同一行（{at}）"


def _merged_faults(first: Cell) -> Iterator[str]:
    for merged in first.parent.merged_cells.ranges:
        if merged.min_row <= first.row <= merged.max_row and merged.min_row != merged.max_row:
            yield f"工作表“{first.parent.title}”的 {merged.coord} 合并了几行，逐项的那一行不能和别的行合并"


def _headed_pattern(book: Workbook) -> Pattern | None:
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=min(sheet.max_row, MOST_ROWS)):
            named = {cell.column: name for cell in row if is_field(name := "".join(_signs(cell.value).split()))}
            if len(named) >= LEAST_NAMED:
                first = row[0].row + 1
                cells = {column: f"{{{name}}}" for column, name in named.items()}
                return Pattern(book, sheet, first, cells, _heads(sheet, first, cells))
    return None


def _heads(sheet: Worksheet, first: int, cells: Mapping[int, str]) -> dict[int, str]:
    """The nearest text above each cell, of merged cells too."""
    found = {}
    for column, own in cells.items():
        above = (_text_at(sheet, row, column) for row in range(first - 1, 0, -1))
        found[column] = next((text for text in above if text), own)
    return found


def _text_at(sheet: Worksheet, row: int, column: int) -> str:
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        at = next(one for one in sheet.merged_cells.ranges if cell.coordinate in one)
        cell = sheet.cell(at.min_row, at.min_col)
    return " ".join(str(cell.value if cell.value is not None else "").split())


# What its page shows


def upward_of(facts: PlanFacts, issued_on: date) -> Paper:
    """The columns that its template asks for, as text. Raises TemplateFault."""
    pattern = pattern_of(template_path(PaperKind.UPWARD))
    name = facts.snapshot.short_title.replace(" ", "")
    return Paper(
        kind=PaperKind.UPWARD,
        title=f"{name}上级系统报表",
        notice=facts.notice,
        addressee="",
        opening="",
        sections=(Section("逐项情况", tuple(_page_table(facts, pattern))),),
        closing=(),
        issuer=facts.issuer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=facts.snapshot.entry,
    )


def _page_table(facts: PlanFacts, pattern: Pattern) -> Iterator[Block]:
    columns = sorted(pattern.cells)
    rows = tuple(
        tuple(cell_text(*_value(pattern.cells[column], facts, one, number)) for column in columns)
        for number, one in enumerate(facts.snapshot.commitments, 1)
    )
    if not rows:
        yield from texts("本年度计划没有列入承诺事项。")
        return
    widths = tuple(round(pattern.sheet.column_dimensions[get_column_letter(column)].width) for column in columns)
    long = tuple(number for number, column in enumerate(columns) if _is_text(pattern.cells[column]))
    yield Block(BlockKind.TABLE, table=Table(tuple(pattern.heads[column] for column in columns), rows, widths, long))


def _is_text(own: str) -> bool:
    field = _only_field(own)
    return own.strip() != f"{{{NUMBER}}}" and (field is None or field.number_format == TEXT)


def _only_field(own: str) -> Field | None:
    """The field of a cell that says nothing else; None of the number and of any other text."""
    names = names_in(own)
    is_alone = len(names) == 1 and MARK.fullmatch(own.strip()) and is_field(names[0])
    return field_named(names[0]) if is_alone else None


def _value(own: str, facts: PlanFacts, one: CommitmentSnapshot, number: int) -> tuple[object, str]:
    """What the cell says of a promise, with its number format: a day or a number where it asks for nothing else."""
    if own.strip() == f"{{{NUMBER}}}":
        return number, TEXT
    if field := _only_field(own):
        value = field.cell_of(facts, one)
        return value, field.format_of(value)
    return _filled(own, lambda name: _text_of(name, facts, one, number)), TEXT


def _filled(own: str, text_of: Callable[[str], str]) -> str:
    return MARK.sub(lambda found: text_of("".join(found[1].split())), own)


def _text_of(name: str, facts: PlanFacts, one: CommitmentSnapshot, number: int) -> str:
    field = field_named(name)
    if field is None:
        return str(number)
    value = field.cell_of(facts, one)
    return cell_text(value, field.format_of(value))


# The file


def upward_xlsx(facts: PlanFacts, paper: Paper) -> bytes:
    """Raises TemplateFault."""
    pattern = pattern_of(template_path(PaperKind.UPWARD))
    _make_room(pattern, len(facts.snapshot.commitments) - 1)
    _fill_rows(pattern, facts)
    for sheet in pattern.book.worksheets:
        for cell in _texts(sheet):
            own = _signs(cell.value)
            if any(name in ABOUT_PAPER for name in names_in(own)) and not _is_filled(pattern, cell, facts):
                cell.value = plain(_filled(own, lambda name: ABOUT_PAPER[name](facts, paper)))
    return stored(pattern.book)


def _is_filled(pattern: Pattern, cell: Cell, facts: PlanFacts) -> bool:
    """Whether the cell says something of a promise, in which braces are none of ours."""
    n_rows = max(len(facts.snapshot.commitments), 1)
    return cell.parent is pattern.sheet and pattern.first <= cell.row < pattern.first + n_rows


def _make_room(pattern: Pattern, n: int) -> None:
    """What stands below the row moves down by n rows, with its heights and what is merged there."""
    sheet, first = pattern.sheet, pattern.first
    if n < 1 or sheet.max_row <= first:
        return
    below = [one for one in list(sheet.merged_cells.ranges) if one.min_row > first]
    for merged in below:
        sheet.unmerge_cells(merged.coord)
    heights = {row: sheet.row_dimensions[row].height for row in range(first + 1, sheet.max_row + 1)}
    sheet.move_range(f"A{first + 1}:{get_column_letter(sheet.max_column)}{sheet.max_row}", rows=n)
    for merged in below:
        merged.shift(row_shift=n)
        sheet.merge_cells(merged.coord)
    for row, height in heights.items():
        sheet.row_dimensions[row + n].height = height


def _fill_rows(pattern: Pattern, facts: PlanFacts) -> None:
    sheet, first = pattern.sheet, pattern.first
    likes = {number: _like(sheet.cell(first, number)) for number in range(1, sheet.max_column + 1)}
    across = [one for one in list(sheet.merged_cells.ranges) if one.min_row == one.max_row == first]
    height = sheet.row_dimensions[first].height
    if not facts.snapshot.commitments:
        for number in pattern.cells:
            sheet.cell(first, number).value = None
    for row, one in enumerate(facts.snapshot.commitments, first):
        for number, like in likes.items():
            _fill_cell(sheet.cell(row, number), like, pattern, facts, one)
        for merged in across if row > first else ():
            sheet.merge_cells(start_row=row, end_row=row, start_column=merged.min_col, end_column=merged.max_col)
        sheet.row_dimensions[row].height = row_height(sheet, row) if height is None else height


@dataclass(frozen=True)
class Like:
    """How a cell of the row is drawn, and what stands in it whatever the promise."""

    cell: Cell | MergedCell
    value: object
    number_format: str
    coordinate: str


def _like(cell: Cell | MergedCell) -> Like:
    number_format = "General" if isinstance(cell, MergedCell) else cell.number_format
    return Like(cell, cell.value, number_format, cell.coordinate)


def _fill_cell(
    cell: Cell | MergedCell, like: Like, pattern: Pattern, facts: PlanFacts, one: CommitmentSnapshot
) -> None:
    if cell is not like.cell and like.cell.has_style:
        cell.font, cell.border, cell.fill = copy(like.cell.font), copy(like.cell.border), copy(like.cell.fill)
        cell.alignment = copy(like.cell.alignment)
    if isinstance(cell, MergedCell) or isinstance(like.cell, MergedCell):
        return
    if cell.column in pattern.cells:
        value, number_format = _value(pattern.cells[cell.column], facts, one, cell.row - pattern.first + 1)
        cell.value = plain(value)  # type: ignore[assignment]  # what a cell may hold
        cell.number_format = number_format if like.number_format == "General" else like.number_format
    elif isinstance(like.value, str) and like.value.startswith("="):
        cell.value = Translator(like.value, like.coordinate).translate_formula(cell.coordinate)
    else:
        cell.value = like.value  # type: ignore[assignment]  # what a cell held
