"""The items of a county's table: what stands in the rows below its head, put together where cells are merged."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from common.tokens import clean_token
from desk.workbooks.heads import Head
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell, Sheet

SUMS = re.compile(r"(?:合计|小计|总计|共计|累计)[:：]?(?:[（(].*[）)])?")
REMARK = re.compile(r"(?:注|备注|说明|填表说明|填报)[:：]")
SECTION_NUMBER = re.compile(r"^[（(]?[一二三四五六七八九十]+[)）、.．]\s*")
SECTION_COUNT = re.compile(r"[（(]\s*(?:共|计)?\s*[0-9一二三四五六七八九十]+\s*[件项个条类][）)]$")
QUARTERS = ("q1", "q2", "q3", "q4")


@dataclass
class Line:
    """One goal of an item, with its own quarters."""

    goal: Cell | None
    quarters: dict[int, Cell]  # from 1


@dataclass
class Item:
    """What the table promises under one number. `cells` are those of the whole item, by field."""

    number: int | None
    group: str
    cells: dict[str, Cell]
    row: int
    lines: list[Line] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.cells[name].text if name in self.cells else ""

    @property
    def title(self) -> str:
        found = self.text("title") or next((line.goal.text for line in self.lines if line.goal), "")
        return re.sub(r"\s*\n\s*", "", SECTION_NUMBER.sub("", found)).strip("。；;，, ")


@dataclass
class ReadTable:
    """The items of a sheet, the remarks below or between them, and what was passed over."""

    items: list[Item] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def table_of(sheet: Sheet, head: Head) -> ReadTable:
    table, group = ReadTable(), ""
    head_texts = {cell.text for cell in sheet.row(head.first_row).values()}
    for number, cells in sheet.rows():
        if number <= head.last_row:
            continue
        place = sheet.at(number, min(cells))
        texts = {cell.text for cell in cells.values()}
        if all(cell.is_hidden for cell in cells.values()):
            table.notes.append(Note(place, f"第 {number} 行是隐藏的，没有读；要读，就取消隐藏再传。"))
        elif len(texts & head_texts) >= 3:
            table.notes.append(Note(place, "又是一行表头，没有读。"))
        elif any(SUMS.fullmatch(clean_token(text)) for text in texts):
            table.notes.append(Note(place, "合计，没有当作一项。"))
        elif remark := next((text for text in texts if REMARK.match(text)), ""):
            table.remarks.append(remark)
            table.notes.append(Note(place, f"“{remark}”是说明，没有当作一项。"))
        elif section := _section(texts, cells, head):
            group = section
        else:
            _add(table, sheet, head, number, cells, group)
    return table


def _section(texts: set[str], cells: Mapping[int, Cell], head: Head) -> str:
    """The name of what follows, where a row holds one text alone that is no item: “一、城乡建设（3件）”."""
    if len(texts) != 1 or (min(cells) == head.columns.get("goal") and len(cells) == 1):
        return ""
    (text,) = texts
    is_wide = len(cells) > 1
    if cells[min(cells)].number or not (is_wide or SECTION_NUMBER.match(text)):
        return ""
    return SECTION_COUNT.sub("", SECTION_NUMBER.sub("", text)).strip()


def _add(table: ReadTable, sheet: Sheet, head: Head, number: int, cells: Mapping[int, Cell], group: str) -> None:
    found = {name: cells[column] for name, column in head.columns.items() if column in cells}
    found = {name: cell for name, cell in found.items() if not cell.is_hidden}
    for cell in found.values():
        if cell.formula and not cell.text:
            table.problems.append(
                Problem(sheet.at(cell.row, cell.column), "是公式，表里没有存算出来的数：请改成数再传。")
            )
    line = Line(found.get("goal"), {int(name[1]): found[name] for name in QUARTERS if name in found})
    current = table.items[-1] if table.items else None
    if current and _continues(sheet, current, found, number):
        current.lines.append(line)
        current.cells = found | current.cells
        return
    whole = {name: cell for name, cell in found.items() if name not in ("goal", *QUARTERS)}
    if not (whole.keys() | found.keys()) & {"title", "goal"}:
        table.notes.append(Note(sheet.at(number, min(cells)), "这一行没有写是什么事，没有读。"))
        return
    item = Item(_number(found.get("number")), found["group"].text if "group" in found else group, whole, number, [line])
    table.items.append(item)


def _continues(sheet: Sheet, item: Item, cells: Mapping[str, Cell], number: int) -> bool:
    """Whether the row is another goal of the item: its name is merged down, or it has neither number nor name."""
    names = [cells[name] for name in ("title", "number") if name in cells]
    if not names:
        return "goal" in cells
    return all(_is_merged_down(cell, number) for cell in names)


def _is_merged_down(cell: Cell, number: int) -> bool:
    """Whether the merged cell begins in a row above."""
    digits = re.sub(r"[A-Z]", "", cell.anchor)
    return bool(digits) and int(digits) < number


def _number(cell: Cell | None) -> int | None:
    match = re.match(r"[（(]?([0-9]{1,4})", clean_token(cell.text)) if cell else None
    return int(match[1]) if match else None


# Who answers

_OFFICES = re.compile(
    r"(?:局|委|办|院|会|中心|公司|镇|乡|街道|部|厅|站|所|队|校|社|联|行|处|馆|集团|区|县|市|单位|部门|组|园|台|库|场|大学|学院|村|社区|支行|分局|专班|机关|团|旗|室|处室|企业|业主)"
    r"(?:[（(].*[）)])?$"
)
_POST = re.compile(r".*(?:长|书记|主任|主席|委员|常委|负责人|领导)")
_SHORT_POSTS = {"县长", "市长", "区长", "旗长", "镇长", "乡长", "书记", "主任", "主席", "常委", "领导"}


def offices_of(text: str) -> tuple[list[str], list[str]]:
    """The departments that a cell names, and what in it is none: names of people among them."""
    parts = [part.strip(" ：:。").removesuffix("等") for part in re.split(r"[、，,；;/\s]+", text)]
    parts = [part for part in dict.fromkeys(parts) if len(part) > 1 and not re.fullmatch(r"[-—－/]+", part)]
    is_office = {part: bool(_OFFICES.search(part)) for part in parts}
    return [part for part in parts if is_office[part]], [part for part in parts if not is_office[part]]


def post_of(text: str) -> str:
    """The posts that a cell names, without the names of people that stand behind them: 副区长 周某 is 副区长."""
    found = (_POST.match(part) for part in re.split(r"[\s、，,；;/]+", text))
    posts = [match[0] for match in found if match and (len(match[0]) > 2 or match[0] in _SHORT_POSTS)]
    return "、".join(dict.fromkeys(posts))[:60]


def titles_above(sheet: Sheet, head: Head) -> Iterator[str]:
    seen = set()
    for number, cells in sheet.rows():
        if number >= head.first_row:
            return
        for cell in cells.values():
            if cell.text not in seen:
                seen.add(cell.text)
                yield re.sub(r"\s+", "", cell.text)
