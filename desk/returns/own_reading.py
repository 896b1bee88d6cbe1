"""What a department's own table does to the month: its items matched by name, its cells read, everything told cell by cell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
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
    in_unit_of_table,
    is_fraction,
    is_whole_share,
    money_text,
    progress_text,
    rate_text,
    shortened,
    typed_number,
    with_unit_of_head,
)
from desk.returns.whose import department_in_file_name
from desk.workbooks.heads import YUAN
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell, Workbook

NOTHING = re.compile(r"[-/]+|无")  # says that there is none, so that nothing of it is left out
NO_WORDS = re.compile(r"[0-9.,]+|[√✓✔是否×]")
CHINESE_MONTHS = dict(
    zip(("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"), range(1, 13), strict=True)
)
# 2024年1-9月, 9月份 and 九月, of what a table tells; no day such as 10月8日, on which it was sent.
_OF_MONTH = re.compile(
    r"(?:(?P<year>20[0-9]{2})年(?:度)?)?(?:[0-9]{1,2}(?:月)?[-~至到])?(?P<month>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?:份|底|末)?"
    r"(?![0-9日])(?=.*(?:进展|进度|完成|月报|报表|台账|情况|统计))"
)
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
    by_name = names_of_rows(month.rows)
    matches = [match_of(item.title, by_name) for item in table.items]
    named = {
        match.row.key for item, match in zip(table.items, matches, strict=True) if match.row and not item.says_nothing
    }
    unnamed = {row.key: row for row in month.rows if row.key not in named}
    taken: dict[str, str] = {}
    for item, match in zip(table.items, matches, strict=True):
        if item.says_nothing:
            reading.notes.append(Note(item.cell, f"“{shortened(item.title)}”这一行只有名称，没有可读的。"))
            continue
        row = _row_of(item, match, unnamed | {one.key: one for one in match.candidates}, answers, reading)
        if row is None:
            continue
        if row.key in taken:
            text = f"和 {taken[row.key]} 说的是同一项“{row.title}”，只读了前面的。"
            reading.unknown.append(Problem(item.cell, text))
        else:
            taken[row.key] = item.cell
            reading.rows.append(_Item(item, row, month.day, reading).read())
    reading.left += table.left
    others = [row for row in _rows_of_department(table, month, reading) if row.key in unnamed.keys() - taken.keys()]
    reading.unmatched = [
        replace(one, others=tuple(row for row in others if row not in one.candidates)) for one in reading.unmatched
    ]
    for result in reading.rows:
        check_row(result)
    return reading


def _rows_of_department(table: OwnTable, month: Month, reading: FileReading) -> list[MonthRow]:
    """Those of the department that the file or its title names, or else of those of which something was read; else all."""
    texts = (reading.name, *(text for _cell, text in table.titles))
    named = {slug for text in texts if (slug := department_in_file_name(text, month.names))}
    slugs = named or {slug for result in reading.rows for slug in result.row.departments[:1]}
    return [row for row in month.rows if slugs & set(row.departments)] or list(month.rows)


def _row_of(item: OwnItem, match, choices: Mapping[str, MonthRow], answers: Mapping[str, str], reading: FileReading):
    """The row that it is about, None where nobody says so yet, or somebody said that it is about none. An answer is of `choices`."""
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
    if answer in choices:
        reading.notes.append(Note(item.cell, f"“{item.title}”照您说的，按“{choices[answer].title}”读。"))
        return choices[answer]
    reading.unmatched.append(asked)
    return None


def _month_problem(text: str, day: date) -> str:
    """What of a title is another month than that which is returned, such as 8月份 of 8月份进展情况; "" where none is."""
    found = list(_OF_MONTH.finditer(clean_token(text)))
    for match in found:
        month = CHINESE_MONTHS.get(match["month"]) or int(match["month"])
        if month != day.month or (match["year"] and int(match["year"]) != day.year):
            return match[0]
    return ""


def _day_problems(table: OwnTable, day: date) -> Iterator[Problem]:
    """Where the title of the table names another month than that which is returned."""
    for cell, text in table.titles:
        match = _UP_TO.search(clean_token(text))
        if not match:
            if told := _month_problem(text, day):
                yield Problem(
                    cell, f"标题写的是“{told}”，这次收的是 {day}。请换一张，或者改选日期；标题不对的，改好再传。"
                )
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
            target = line_of(line.content, self.row, n_lines=len(self.item.lines))
            cell = _value_cell(line, target)
            if cell is None or (cell.anchor and cell.anchor != _address(self.item, cell) and len(self.item.lines) > 1):
                continue
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
        read = self._value_of(line, cell, target)
        if read.note and (cell is not line.cells.get("text") or _says_a_number(cell)):
            (self._note if read.is_taken else self._leave)(cell, f"“{shortened(cell.text)}”：{read.note}")
        sort_in(result, compare(place, target.field, None, read, self.row))

    def _value_of(self, line: OwnLine, cell: Cell, target: MonthLine) -> CellText:
        unit = line.cells.get("unit")
        if cell is line.cells.get("rate"):
            return rate_text(typed_number(cell), target)
        name, typed = "value" if cell is line.cells.get("value") else "text", typed_number(cell)
        counted_in = unit.text if unit else self.item.counted_in.get(name, "")
        text = in_unit_of_table(typed, counted_in)
        if self.item.has_fractions and cell.number == "1" and is_whole_share(target):
            return CellText(question="是 100% 吗？真的只有 1%，就写成 1%。", meant="100")
        read = progress_text(text, target)
        if read.is_taken or read.question or text == typed or clean_token(counted_in) == clean_token(target.unit):
            return read
        note = f"表里的单位是“{counted_in}”，这个目标按“{target.unit}”计，没有取。"
        return CellText(note=note, is_taken=False)

    def _read_money(self, result: ReturnedRow) -> None:
        cells = self.item.all("spent")
        if not cells or Field.SPENT not in self.row.fields:
            return
        if len(cells) > 1:
            self._leave(cells[0], "这一项写了几个完成投资，不知道取哪一个，没有取。")
            return
        (cell,) = cells
        if NOTHING.fullmatch(clean_token(cell.text)):
            return
        if cell.is_percent and cell.number:
            self._leave(cell, f"完成投资写的是 {typed_number(cell)}，是百分数不是钱，没有取。")
            return
        try:
            text = with_unit_of_head(check_readable(cell), self._yuan_of(cell))
            read = money_text(text, self.row.investment)
            if self._may_be_a_share(cell):
                read = CellText(question=f"“{cell.text}”是 {cell.text} 万元吗？看着像完成的比例。", meant=read.text)
        except ValidationError as error:
            result.problems.append(Problem(self.item.at(cell), fault_text("完成投资", cell, error)))
            return
        if read.note:
            self._leave(cell, read.note)
        sort_in(result, compare(self.item.at(cell), Field.SPENT, None, read, self.row))

    def _may_be_a_share(self, cell: Cell) -> bool:
        """Less than 1 万元, as files of the old format tell no percents."""
        return is_fraction(cell) and self._yuan_of(cell) == 10**4

    def _yuan_of(self, cell: Cell) -> int:
        """The unit of what was spent: that which stands in its row, or else in the head."""
        units = (line.cells.get("unit") for line in self.item.lines if line.cells.get("spent") is cell)
        own = next((YUAN[text] for unit in units if unit and (text := clean_token(unit.text)) in YUAN), 0)
        return own or self.item.units.get("spent", 10**4)

    # Words

    def _read_text(self, result: ReturnedRow) -> None:
        """What is said of each part of the item, joined where there are several."""
        cells = self.item.all("text")
        told = []
        for line in self.item.lines:
            cell = line.cells.get("text")
            if cell is None or cell not in cells or NOT_SAID.fullmatch(clean_token(cell.text)):
                continue
            text = typed_number(cell) if cell.is_percent else cell.text
            text = in_unit_of_table(text, self.item.counted_in.get("text", ""))
            if NO_WORDS.fullmatch(clean_token(text)):
                self._leave(cell, f"只写了“{text}”，不是一句话，进展没有取。")
                continue
            label = line.content if len(cells) > 1 else ""
            told.append(f"{label}：{text}" if label else text)
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


def _value_cell(line: OwnLine, target: MonthLine | None) -> Cell | None:
    """Where the value of the line stands: in its own column, or else in a 完成率 of a share, or else in a sentence."""
    names = ["value", "declared", *(("rate", "text") if target and is_whole_share(target) else ("text", "rate"))]
    return next((line.cells[name] for name in names if name in line.cells), None)


def _says_a_number(cell: Cell) -> bool:
    return bool(cell.number) or any(letter.isdecimal() for letter in cell.text)
