"""What a department's own table does to the month: its items matched by name, its cells read, everything told cell by cell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError

from common.days import parse_day
from common.money import box_text, parse_yuan
from common.tokens import Question, clean_token
from desk.returns.comparing import check_row, compare, sort_in
from desk.returns.matching import line_of, match_of, names_of_rows
from desk.returns.own_tables import OwnItem, OwnLine, OwnTable, read_own_table
from desk.returns.readings import CellMessage, FileReading, ReturnedRow, Unmatched
from desk.returns.shapes import Field, Month, MonthLine, MonthRow
from desk.returns.values import (
    NOT_SAID,
    CellText,
    cell_text,
    check_readable,
    fault_text,
    money_text,
    progress_text,
    shortened,
    typed_number,
    with_unit_of_head,
)
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell, Workbook

PASSED_OVER = "none"  # the answer that an item is none of the month's
_UP_TO = re.compile(r"截[至止]到?(?:(?P<year>[0-9]{4})年)?(?P<month>[0-9]{1,2})月(?:底|末|(?P<day>[0-9]{1,2})日)?")


def read_own(
    workbook: Workbook,
    month: Month,
    *,
    name: str,
    answers: Mapping[str, str],
) -> FileReading:
    """`answers` say by the key of what was asked which row an item is about. Raises `own_tables.NoTable`."""
    table = read_own_table(workbook)
    reading = FileReading(name, notes=list(table.notes))
    reading.problems += _day_problems(table, month.day)
    if reading.problems:
        return reading
    by_name, rows = names_of_rows(month.rows), month.by_key()
    taken: dict[str, str] = {}
    for item in table.items:
        row = _row_of(item, match_of(item.title, by_name), rows, answers, reading)
        if row is None:
            continue
        if row.key in taken:
            text = f"和 {taken[row.key]} 说的是同一项“{row.title}”，只读了前面的。"
            reading.unknown.append(Problem(item.cell, text))
        else:
            taken[row.key] = item.cell
            reading.rows.append(_Item(item, row, month.day, reading).read())
    reading.left += table.left
    for result in reading.rows:
        check_row(result)
    return reading


def _row_of(item: OwnItem, match, rows: Mapping[str, MonthRow], answers: Mapping[str, str], reading: FileReading):
    """The row that it is about, None where nobody says so yet, or somebody said that it is about none."""
    if match.row:
        return match.row
    if not match.candidates:
        reading.unknown.append(Problem(item.cell, f"“{item.title}”在本月的表里找不到，没有读。"))
        return None
    asked = Unmatched(item.cell, item.title, match.candidates)
    answer = answers.get(asked.key, "")
    if answer == PASSED_OVER:
        reading.left.append(CellMessage("", item.cell, f"“{item.title}”没有读：您说哪一项都不是。"))
        return None
    if answer in {row.key for row in match.candidates}:
        reading.notes.append(Note(item.cell, f"“{item.title}”照您说的，按“{rows[answer].title}”读。"))
        return rows[answer]
    reading.unmatched.append(asked)
    return None


def _day_problems(table: OwnTable, day: date) -> Iterator[Problem]:
    """Where the title of the table names another month than that which is returned."""
    for cell, text in table.titles:
        match = _UP_TO.search(clean_token(text))
        if not match:
            continue
        is_other = int(match["month"]) != day.month or (match["year"] and int(match["year"]) != day.year)
        if is_other or (match["day"] and int(match["day"]) != day.day):
            yield Problem(cell, f"标题写的是“{match[0]}”，这次收的是 {day}。请换一张，或者改选日期。")


@dataclass
class _Item:
    """One item, matched to its row."""

    item: OwnItem
    row: MonthRow
    day: date
    reading: FileReading

    def read(self) -> ReturnedRow:
        result = ReturnedRow(self.row, self.item.cell)
        self._check_days(result)
        self._check_total()
        self._read_values(result)
        self._read_money(result)
        self._read_text(result)
        for name in (Field.PROBLEM, Field.DELAY, Field.NEXT_STEP, Field.UNCHANGED):
            self._read_words(result, name)
        return result

    def _note(self, cell: Cell, text: str) -> None:
        self.reading.notes.append(Note(self.item.at(cell), text))

    def _leave(self, cell: Cell, text: str) -> None:
        """Tell what of a cell isn't taken."""
        self.reading.left.append(CellMessage(self.row.title, self.item.at(cell), text))

    # Days and the total, which are held against what is known and never stored

    def _check_days(self, result: ReturnedRow) -> None:
        for cell in self.item.all("day"):
            try:
                told = cell.day or self._typed_day(cell)
            except ValidationError as error:
                result.problems.append(
                    Problem(self.item.at(cell), f"数据日期“{cell.text}”：{' '.join(error.messages)}")
                )
                continue
            if told != self.day:
                text = f"数据日期是 {told}，这次收的是 {self.day}，这一行没有读。"
                result.problems.append(Problem(self.item.at(cell), text))

    def _typed_day(self, cell: Cell) -> date:
        if re.fullmatch(r"[0-9]{5}", cell.number):
            raise ValidationError("像是日期没有设成日期的格式，请改成日期格式，或者写成 2024-09-30 这样。")
        try:
            return parse_day(cell.text, years=[self.day.year])
        except Question as question:
            self._note(cell, f"“{cell.text}”没有写年份，按 {question.suggestion} 读。")
            return date.fromisoformat(question.suggestion)

    def _check_total(self) -> None:
        for cell in self.item.all("total"):
            try:
                total = parse_yuan(with_unit_of_head(cell.number or cell.text, self.item.units.get("total", 10**4)))
            except ValidationError:
                continue
            if self.row.investment is not None and total != self.row.investment:
                known = box_text(self.row.investment)
                self._leave(cell, f"总投资写的是 {box_text(total)} 万元，公布的是 {known} 万元。要改，请另报“调整”。")

    # Values

    def _read_values(self, result: ReturnedRow) -> None:
        said: dict[str, str] = {}
        for line in self.item.lines:
            cell = line.cells.get("value") or line.cells.get("declared") or line.cells.get("text")
            if cell is None or (cell.anchor and cell.anchor != _address(self.item, cell) and len(self.item.lines) > 1):
                continue
            target = line_of(line.content, self.row, n_lines=len(self.item.lines))
            if target is None:
                if len(self.row.lines) > 0 and _says_a_number(cell):
                    self._leave(cell, f"“{line.content or cell.text}”对不上哪一个目标，数没有取，文字留在进展里。")
                continue
            if target.field in said:
                self._leave(cell, f"和 {said[target.field]} 说的是同一个目标，只取了前面的数。")
                continue
            said[target.field] = self.item.at(cell)
            self._read_value(result, line, cell, target)

    def _read_value(self, result: ReturnedRow, line: OwnLine, cell: Cell, target: MonthLine) -> None:
        place = self.item.at(cell)
        try:
            check_readable(cell)
        except ValidationError as error:
            result.problems.append(Problem(place, fault_text(target.title, cell, error)))
            return
        read = progress_text(typed_number(cell), target)
        if read.note and ("value" in line.cells or _says_a_number(cell)):
            (self._note if read.is_taken else self._leave)(cell, f"“{shortened(cell.text)}”：{read.note}")
        sort_in(result, compare(place, target.field, None, read, self.row))

    def _read_money(self, result: ReturnedRow) -> None:
        cells = self.item.all("spent")
        if not cells or Field.SPENT not in self.row.fields:
            return
        if len(cells) > 1:
            self._leave(cells[0], "这一项写了几个完成投资，不知道取哪一个，没有取。")
            return
        (cell,) = cells
        try:
            text = with_unit_of_head(check_readable(cell), self.item.units.get("spent", 10**4))
            read = money_text(text, self.row.investment)
        except ValidationError as error:
            result.problems.append(Problem(self.item.at(cell), fault_text("完成投资", cell, error)))
            return
        if read.note:
            self._leave(cell, read.note)
        sort_in(result, compare(self.item.at(cell), Field.SPENT, None, read, self.row))

    # Words

    def _read_text(self, result: ReturnedRow) -> None:
        """What is said of each part of the item, joined where there are several."""
        cells = self.item.all("text")
        told = []
        for line in self.item.lines:
            cell = line.cells.get("text")
            if cell is None or cell not in cells or NOT_SAID.fullmatch(clean_token(cell.text)):
                continue
            label = line.content if len(cells) > 1 else ""
            told.append(f"{label}：{cell.text}" if label else cell.text)
        if told:
            read = CellText("；".join(dict.fromkeys(told)))
            sort_in(result, compare(self.item.at(cells[0]), Field.TEXT, None, read, self.row))

    def _read_words(self, result: ReturnedRow, name: Field) -> None:
        cells = [cell for cell in self.item.all(name.value) if not NOT_SAID.fullmatch(clean_token(cell.text))]
        if not cells or name not in self.row.fields:
            return
        try:
            reads = [cell_text(cell, name, self.row) for cell in cells]
        except ValidationError as error:
            self._leave(cells[0], f"没有取，{fault_text(self.row.word_of(name), cells[0], error)}")
            return
        texts = list(dict.fromkeys(filter(None, (read.text for read in reads))))
        if len(texts) > 1 and name in (Field.DELAY, Field.UNCHANGED):
            self._leave(cells[0], f"这一项写了几个“{self.row.word_of(name)}”，没有取。")
            return
        if texts:
            sort_in(result, compare(self.item.at(cells[0]), name, None, CellText("；".join(texts)), self.row))


def _address(item: OwnItem, cell: Cell) -> str:
    return item.at(cell).rpartition("!")[2]


def _says_a_number(cell: Cell) -> bool:
    return bool(cell.number) or any(letter.isdecimal() for letter in cell.text)
