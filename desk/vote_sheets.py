"""A table of what deputies said, a row an item: what it says of which promise, and what is wrong with it. It asks no database."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from common.matching import fold
from common.numbers import parse_number
from common.texts import clean_line
from common.tokens import clean_token
from desk.workbooks.named_columns import head_row
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell, Sheet, Workbook
from tasks.models import Vote

# The columns with the heads by which they are known, blanks and what stands in brackets left out.
HEADS = {
    "number": ("序号", "编号", "项目序号", "第几件"),
    "name": (
        "项目",
        "名称",
        "项目名称",
        "事项",
        "承诺事项",
        "实事项目",
        "实事",
        "民生实事项目",
        "测评项目",
        "测评内容",
    ),
    "satisfied": ("满意", "满意票", "满意票数"),
    "fairly": ("基本满意", "基本满意票", "基本满意票数"),
    "dissatisfied": ("不满意", "不满意票", "不满意票数"),
    "present": ("到会人数", "到会", "实到人数", "实到", "参加测评人数", "出席人数"),
}
COUNTS = (*Vote.answers, "present")
UNITS = {**dict.fromkeys(Vote.answers, "票"), "present": "人"}
ASIDE = re.compile(r"(合计|总计|平均|注|说明|备注|填表说明)[:：]?")
NO_HEAD = "没有找到列名。要有一行写着“满意”“基本满意”“不满意”，旁边有“项目名称”或者“序号”；也可以下载空表来填。"


@dataclass(frozen=True)
class Item:
    """A promise that the table may speak of: `key` is its primary key, `names` what it may be called."""

    key: int
    number: int
    names: tuple[str, ...]


@dataclass
class VoteReading:
    """`counts` are the numbers of each item, by its key and the name of the column."""

    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(workbook: Workbook, items: Sequence[Item]) -> VoteReading:
    """Everything that is wrong at once, each at its cell. Other sheets than the first with the right heads are passed over."""
    reading = VoteReading(notes=[Note("", text) for text in workbook.notes])
    heads = [
        (sheet, *head) for sheet in workbook.sheets if (head := head_row(sheet, HEADS, _is_head, reading.problems))
    ]
    if not heads:
        reading.problems.append(Problem("", NO_HEAD))
        return reading
    sheet, top, columns = heads[0]
    reading.notes += [Note("", f"工作表“{other.name}”没有读，一次读一张。") for other, _row, _columns in heads[1:]]
    seen: dict[int, str] = {}
    for number, cells in sheet.rows():
        if number > top:
            _read_row(_Row(sheet, number, cells, columns), items, seen, reading)
    if not reading.counts and not reading.problems:
        reading.problems.append(Problem("", "列名下面一项也没有。"))
    return reading


def _is_head(columns: Collection[str]) -> bool:
    return {*Vote.answers} <= set(columns) and bool({"number", "name"} & set(columns))


@dataclass(frozen=True)
class _Row:
    sheet: Sheet
    number: int
    cells: Mapping[int, Cell]
    columns: Mapping[str, int]

    def at(self, name: str) -> str:
        return self.sheet.at(self.number, self.columns[name])

    def text(self, name: str) -> str:
        cell = self.cells.get(self.columns.get(name, 0))
        return clean_line(cell.text).strip() if cell else ""

    @property
    def place(self) -> str:
        """The cell by which the item is known."""
        return self.at("name" if "name" in self.columns else "number")


def _read_row(row: _Row, items: Sequence[Item], seen: dict[int, str], reading: VoteReading) -> None:
    first = clean_token(next(iter(row.cells.values())).text)
    if not any(row.text(name) for name in row.columns):
        return
    if ASIDE.match(first) or ASIDE.match(clean_token(row.text("name"))):
        reading.notes.append(Note(row.sheet.at(row.number, min(row.cells)), "这一行不是项目，没有读。"))
        return
    if not any(row.text(name) for name in Vote.answers):
        reading.notes.append(Note(row.place, "这一行没有票数，没有读。"))
        return
    counts, wrong = _counts_in(row)
    reading.problems += wrong
    item = _item_of(row, items, reading)
    if item is None:
        return
    if item.key in seen:
        reading.problems.append(Problem(row.place, f"这一项在 {seen[item.key]} 已经写过。"))
        return
    seen[item.key] = row.place
    reading.counts[item.key] = counts
    reading.problems += _sum_errors(row, counts)


def _counts_in(row: _Row) -> tuple[dict[str, int], list[Problem]]:
    counts: dict[str, int] = {}
    problems = []
    for name in (one for one in COUNTS if one in row.columns):
        cell = row.cells.get(row.columns[name])
        if cell is not None and cell.formula and not cell.text:
            problems.append(Problem(row.at(name), "这一格是公式，没有算出来的值，请改成数。"))
        elif row.text(name):
            try:
                counts[name] = int(parse_number(row.text(name), unit=UNITS[name], is_whole=True))
            except ValidationError as error:
                problems.append(Problem(row.at(name), "".join(error.messages)))
        elif name != "present":
            problems.append(Problem(row.at(name), "没有写票数；没有人选的写 0。"))
    return counts, problems


def _item_of(row: _Row, items: Sequence[Item], reading: VoteReading) -> Item | None:
    """By its name where it is written exactly, whatever number the meeting gave it; else name and number must agree."""
    name, number = row.text("name"), row.text("number")
    numbered = _numbered(number, items)
    exact = [item for item in items if fold(name) and fold(name) in map(fold, item.names)]
    called = exact or _alike(name, items)
    if len(called) > 1:
        called = [item for item in called if item is numbered]
    if name and not called:
        reading.problems.append(Problem(row.at("name"), f"没有叫“{name}”的承诺事项，或者有几项都像。"))
        return None
    item = called[0] if called else numbered
    if item is None:
        text = f"没有序号是“{number}”的。" if number else "没有写是哪一项。"
        reading.problems.append(Problem(row.place, text))
    elif exact and number and item is not numbered:
        text = f"名称和计划里的第 {item.number} 项一样，按名称读；表里的序号“{number}”没有用。"
        reading.notes.append(Note(row.at("number"), text))
    elif numbered and item is not numbered:
        text = f"序号 {numbered.number} 是“{numbered.names[0]}”，名称写的是“{name}”。请照计划写名称，或者把序号空着。"
        reading.problems.append(Problem(row.at("number"), text))
        return None
    return item


def _alike(text: str, items: Sequence[Item]) -> list[Item]:
    """Those in whose name it stands, or whose name stands in it."""
    wanted = fold(text)
    return [
        item
        for item in items
        if wanted and any(wanted in fold(one) or fold(one) in wanted for one in item.names if one)
    ]


def _numbered(text: str, items: Sequence[Item]) -> Item | None:
    """`3`, `第3件`, `三`: by the first number in it."""
    match = re.search(r"[0-9]+", fold(text))
    found = [item for item in items if match and item.number == int(match[0][:9])]
    return found[0] if len(found) == 1 else None


def _sum_errors(row: _Row, counts: Mapping[str, int]) -> Iterator[Problem]:
    answers = [counts.get(name, 0) for name in Vote.answers]
    yield from (Problem(row.at(name), "不能小于 0。") for name, count in counts.items() if count < 0)
    if "present" in counts and min(answers) >= 0 and sum(answers) > counts["present"]:
        yield Problem(row.at("present"), f"三项加起来 {sum(answers)}，多于到会的 {counts['present']} 人。")
