"""Reading our own sheet as it comes back: every row by its key, every cell by its head, wherever both were moved."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from common.tokens import clean_token
from desk.returns.columns import (
    CARRIED,
    EXPORTED,
    HIDDEN,
    KEY,
    LINE_KEY,
    LOCKED,
    LOCKS,
    NOT_HERE,
    SIGNATURE,
    TITLE,
    TYPED,
    VALUE,
)
from desk.returns.comparing import check_row, take_cell
from desk.returns.keys import FORM, Tampered, is_signed, read_stamp
from desk.returns.locked import change_of
from desk.returns.matching import plain
from desk.returns.readings import CellMessage, FileReading, ReturnedRow
from desk.returns.shapes import LINE, Field, Month, MonthLine, MonthRow
from desk.returns.whose import department_of_title, misnamed_text
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell, Sheet, Workbook

LOOKED_AT = 12  # rows within which the head stands
AGAIN = "请重新下载本月的表，把填的抄过去再传。"


@dataclass(frozen=True)
class FormHead:
    """Where the head of our sheet stands, and the column of each of its names."""

    sheet: Sheet
    row: int
    columns: Mapping[str, int]

    def column(self, head: str) -> int:
        """From 1; 0 where no column has the name."""
        return self.columns.get(_token(head), 0)

    @cached_property
    def hidden(self) -> frozenset[int]:
        """The columns that people don't see."""
        return frozenset(self.column(name) for name in HIDDEN)


@cache
def _token(head: str) -> str:
    """Of one of our own heads: they are asked for in every row."""
    return clean_token(head)


def form_heads(workbook: Workbook) -> list[FormHead]:
    """Of every sheet that carries our keys."""
    return [head for sheet in workbook.sheets if (head := _head_of(sheet))]


def _head_of(sheet: Sheet) -> FormHead | None:
    for number, cells in sheet.rows():
        if number > LOOKED_AT:
            return None
        columns: dict[str, int] = {}
        for column, cell in cells.items():
            columns.setdefault(clean_token(cell.text), column)
        if len({KEY, LINE_KEY, SIGNATURE} & columns.keys()) >= 2:
            return FormHead(sheet, number, columns)
    return None


def read_form(workbook: Workbook, month: Month, *, name: str) -> FileReading:
    """`month` has the rows that the person may fill in, and no others."""
    heads = form_heads(workbook)
    reading = FileReading(name, is_form=True, left=[CellMessage("", "", text) for text in workbook.notes])
    departments = {department_of_title(_title_of(head), month.names) for head in heads}
    reading.department = departments.pop() if len(departments) == 1 else ""
    reading.misnamed = misnamed_text(reading, month.names)
    seen: dict[tuple[str, str], str] = {}
    for head in heads:
        _read_sheet(head, month, reading, seen)
    if _is_of_others(reading, month):
        whose = reading.misnamed or f"这是{month.names[reading.department]}的表。"
        reading.problems = [Problem(heads[0].sheet.at(1, 1), f"{whose}您不填这个部门的，没有读。")]
        reading.unknown, reading.misnamed = [], ""
    for result in reading.rows:
        check_row(result)
    return reading


def _read_sheet(head: FormHead, month: Month, reading: FileReading, seen: dict[tuple[str, str], str]) -> None:
    sheet_id = _checked_stamp(head, month.day, reading)
    reading.problems += _head_problems(head)
    if not sheet_id or reading.problems:
        return
    rows, returned = month.by_key(), {result.row.key: result for result in reading.rows}
    for number, cells in head.sheet.rows():
        if number <= head.row:
            continue
        texts = {name: cells[column].text if (column := head.column(name)) in cells else "" for name in HIDDEN}
        place = head.sheet.at(number, min(cells))
        if not any(texts.values()):
            reading.unknown += _added_row(head, number, cells)
            continue
        title = cells[column].text if (column := head.column(TITLE)) in cells else ""
        problem = _key_problem(texts, sheet_id, rows, title)
        first = seen.setdefault((texts[KEY], texts[LINE_KEY]), place)
        if not problem and first != place:
            problem = f"和 {first} 是同一行，写了两次。请只留一行。"
            if texts[KEY] in returned:
                returned[texts[KEY]].problems.append(Problem(place, problem))
                continue
        if problem:
            reading.unknown.append(Problem(place, problem))
            continue
        result = returned.get(texts[KEY])
        if result is None:
            result = returned[texts[KEY]] = ReturnedRow(rows[texts[KEY]], place)
            reading.rows.append(result)
        _read_line(_Line(head, number, cells, texts), result, reading, month)


def _is_of_others(reading: FileReading, month: Month) -> bool:
    """Whether it is the sheet of a department for which the person fills in nothing."""
    own = {slug for row in month.rows for slug in row.departments}
    return bool(reading.unknown and reading.department) and not (
        reading.rows or reading.problems or reading.department in own
    )


def _title_of(head: FormHead) -> str:
    cell = head.sheet.cells.get((1, 1))
    return cell.text if cell else ""


def days_of(workbook: Workbook) -> set[date]:
    """The data days of our own sheets in it; what isn't ours has none."""
    days = set()
    for head in form_heads(workbook):
        with suppress(Tampered):
            days.add(_stamp_of(head)[1])
    return days


def _stamp_of(head: FormHead) -> tuple[int, date, str]:
    """Raises Tampered."""
    above = (cell.text for number, cells in head.sheet.rows() if number < head.row for cell in cells.values())
    stamps = [text for text in above if text.count(":") >= 2 and text.isascii() and len(text) > 40]
    return read_stamp(stamps[0] if stamps else "")


def _checked_stamp(head: FormHead, day: date, reading: FileReading) -> str:
    """The sheet's own name; "" where it is of another day, or not ours."""
    cell = head.sheet.at(1, 1)
    try:
        form, exported_for, sheet_id = _stamp_of(head)
    except Tampered:
        reading.problems.append(Problem(cell, f"表头里藏着的编号没有了、被改过，或者不是本网站导出的。{AGAIN}"))
        return ""
    if form != FORM:
        reading.problems.append(Problem(cell, f"这张表是旧的格式。{AGAIN}"))
        return ""
    if exported_for != day:
        reading.problems.append(
            Problem(cell, f"这张表的数据日期是 {exported_for}，这次收的是 {day}。请换一张，或者改选日期。")
        )
        return ""
    return sheet_id


def _head_problems(head: FormHead) -> list[Problem]:
    place = head.sheet.at(head.row, 1)
    wanted = [column.head for column in TYPED] + list(HIDDEN)
    problems = [
        Problem(place, f"少了“{name}”这一栏，或者栏名被改过。{AGAIN}")
        for name in wanted
        if clean_token(name) not in head.columns
    ]
    for column, cell in head.sheet.row(head.row).items():
        name = clean_token(cell.text)
        is_own = not cell.anchor or cell.anchor == head.sheet.at(head.row, column).rpartition("!")[2]
        if name in map(clean_token, wanted) and head.columns[name] != column and is_own:
            problems.append(Problem(head.sheet.at(head.row, column), f"“{cell.text}”这一栏有两个。"))
        elif name not in {clean_token(one.head) for one in LOCKED} | set(map(clean_token, wanted)):
            problems.append(
                Problem(
                    head.sheet.at(head.row, column),
                    f"“{cell.text}”不是表里的栏名，是不是改过？请改回去，或者删掉这一栏。",
                )
            )
    return problems


def _added_row(head: FormHead, number: int, cells: Mapping[int, Cell]) -> list[Problem]:
    """A row that we didn't write: told where something stands in it that a return would take."""
    typed = [head.column(column.head) for column in TYPED]
    if not any(column in cells for column in (*typed, 1, 3)):
        return []
    return [Problem(head.sheet.at(number, min(cells)), "这一行不是导出时有的，没有读。要加项目，请先公布承诺。")]


def _key_problem(texts: Mapping[str, str], sheet_id: str, rows: Mapping[str, MonthRow], title: str) -> str:
    """`title` is what the row is called where people see it."""
    carried, row = [texts[name] for name in CARRIED], rows.get(texts[KEY])
    named = f"“{title}”" if title else "这一行"
    if not is_signed(sheet_id, carried, texts[SIGNATURE]):
        if row and title and plain(row.title) != plain(title):
            return f"这一行写的是{named}，藏着的编号却是“{row.title}”的，被改过：不知道说的是哪一项，没有读。{AGAIN}"
        return f"{named}藏着的编号或导出时的数被改过，没有读。{AGAIN}"
    if row is None:
        return f"{named}不是您的部门牵头的，或者这一天已经不用报了，没有读。"
    if texts[LINE_KEY] and not any(line.key == texts[LINE_KEY] for line in row.lines):
        return f"“{row.title}”已经没有这个目标了，没有读。"
    return ""


@dataclass(frozen=True)
class _Line:
    """A row of the sheet: `texts` are what it carries."""

    head: FormHead
    number: int
    cells: Mapping[int, Cell]
    texts: Mapping[str, str]

    def place(self, head: str) -> str:
        return self.head.sheet.at(self.number, self.head.column(head))

    def cell(self, head: str) -> Cell | None:
        return self.cells.get(self.head.column(head))


def _read_line(line: _Line, result: ReturnedRow, reading: FileReading, month: Month) -> None:
    is_first = NOT_HERE not in line.texts[LOCKS].split(" ")
    _check_locked(line, result, reading, month)
    if any(cell.is_hidden for column, cell in line.cells.items() if column not in line.head.hidden):
        reading.notes.append(Note(line.place(TYPED[0].head), f"第 {line.number} 行有隐藏的格，也读了。"))
    for column in TYPED:
        _read_cell(line, column.head, column.name, result, reading, is_first=is_first)


def _check_locked(line: _Line, result: ReturnedRow, reading: FileReading, month: Month) -> None:
    target = next((one for one in result.row.lines if one.key == line.texts[LINE_KEY]), MonthLine("", ""))
    for column, lock in zip(LOCKED, line.texts[LOCKS].split(" "), strict=True):
        if lock == NOT_HERE or not line.head.column(column.head):
            continue
        cell, place = line.cell(column.head), line.place(column.head)
        change = change_of(column, cell.text if cell else "", lock, result.row, target, month)
        if change and change.is_uncertain:
            result.problems.append(Problem(place, change.text))
        elif change:
            reading.left.append(CellMessage(result.row.title, place, change.text))


def _read_cell(line: _Line, head: str, name: str, result: ReturnedRow, reading: FileReading, *, is_first: bool) -> None:
    cell, place = line.cell(head), line.place(head)
    is_merged_above = bool(cell and cell.anchor) and cell.anchor != place.rpartition("!")[2]  # type: ignore[union-attr]
    if name != VALUE and not is_first:
        if cell and not is_merged_above:
            result.problems.append(Problem(place, f"“{head}”整项写一次，写在这一项的第一行。"))
        return
    if is_merged_above:
        result.problems.append(Problem(place, "这一格和别的格合并了，不知道说的是哪一行。请取消合并。"))
        return
    field = f"{LINE}{line.texts[LINE_KEY]}" if name == VALUE else Field(name)
    is_asked = bool(line.texts[LINE_KEY]) if name == VALUE else field in result.row.fields
    if not is_asked:
        if cell and cell.text:
            result.problems.append(Problem(place, f"这一行不填“{head}”。"))
        return
    result.cells[field] = place
    exported = line.texts[EXPORTED[name]] if name in EXPORTED else ""
    take_cell(result, place, field, exported, cell, reading)
