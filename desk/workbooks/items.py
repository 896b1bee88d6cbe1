"""The items of a county's table: what stands in the rows below its head, put together where cells are merged."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from common.formats import number_text
from common.numbers import NUMBER
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
    """One goal of an item, with its own quarters, and its own day and content where its row names them."""

    goal: Cell | None
    quarters: dict[int, Cell]  # from 1
    due: Cell | None = None
    content: Cell | None = None


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
        elif cell.formula:
            table.notes.append(Note(sheet.at(cell.row, cell.column), f"是公式，读的是算出来的值 {cell.text}。"))
    found |= _parted(found.get("both"))
    if goal := _whole_goal(found, head):
        found["goal"] = goal
    quarters = {int(name[1]): found[name] for name in QUARTERS if name in found}
    line = Line(found.get("goal"), quarters, found.get("due"), found.get("content"))
    current = table.items[-1] if table.items else None
    if quarter := _quarter_of(found):
        line = Line(found.get("goal") if "quarter_goal" in head.columns else None, quarter)
        if current and _is_same(current, found, number):
            current.lines[-1].quarters.update(quarter)
            return
    if current and not quarter and _continues(sheet, current, found, number):
        current.lines.append(line)
        current.cells = found | current.cells
        return
    whole = {name: cell for name, cell in found.items() if name not in ("goal", "quarter", "quarter_goal", *QUARTERS)}
    if not (whole.keys() | found.keys()) & {"title", "goal"}:
        table.notes.append(Note(sheet.at(number, min(cells)), "这一行没有写是什么事，没有读。"))
        return
    item = Item(_number(found.get("number")), found["group"].text if "group" in found else group, whole, number, [line])
    table.items.append(item)


_BARE = re.compile(NUMBER)
_QUARTER = re.compile("第?([一二三四1-4])季度?")


_HEADED = re.compile(r"([^：:\n]{2,40}?)\s*[：:\n]\s*(.+)", re.DOTALL)


def _parted(both: Cell | None) -> dict[str, Cell]:
    """Name and goal of a cell that holds both: “城区公厕：新建公厕6座”, or the name on a line of its own."""
    if both is None:
        return {}
    match = _HEADED.match(both.text)
    title, goal = match.groups() if match else (both.text, both.text)
    return {"title": replace(both, text=title), "goal": replace(both, text=goal)}


def _whole_goal(cells: Mapping[str, Cell], head: Head) -> Cell | None:
    """A goal that is a number alone with its unit, from a column of units, the head or the cell's format."""
    cell = cells.get("goal")
    token = clean_token(cell.text) if cell else ""
    if cell is None or not _BARE.fullmatch(token):
        return cell
    unit = clean_token(cells["unit"].text) if "unit" in cells else head.goal_unit
    if cell.is_percent and cell.number:
        return replace(cell, text=f"{number_text(Decimal(cell.number) * 100)}%", number="")
    is_share = unit == "%" and Decimal(token.replace(",", "")) <= 1  # 0.85 may be meant for 85 %: it is asked
    return replace(cell, text=f"{token}{unit}", number="") if unit and not is_share else cell


def _quarter_of(cells: Mapping[str, Cell]) -> dict[int, Cell]:
    """What a row says of its own quarter, where the quarters stand below one another."""
    match = _QUARTER.match(clean_token(cells["quarter"].text)) if "quarter" in cells else None
    cell = cells.get("quarter_goal") or cells.get("goal")
    numbers = {word: number for number, word in enumerate("一二三四", start=1)}
    return {numbers.get(match[1]) or int(match[1]): cell} if match and cell else {}


def _is_same(item: Item, cells: Mapping[str, Cell], number: int) -> bool:
    """Whether the row is another quarter of the item: it names nothing, or the same again."""
    names = [name for name in ("title", "number") if name in cells]
    return all(_is_merged_down(cells[name], number) or cells[name].text == item.text(name) for name in names)


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


_LEADS, _HELPS = "牵头|主办|主责|主管", "配合|协办|协同|参与|协助"
_ROLE = re.compile(rf"(?P<role>{_LEADS}|{_HELPS}|责任|落实)(?:单位|部门|科室)?\s*[：:]\s*")
_ROLE_AFTER = re.compile(rf"[（(]?(?P<role>{_LEADS}|{_HELPS}|负责)(?:单位|部门)?[）)]?$")


def offices_of(text: str) -> tuple[list[str], list[str]]:
    """The departments that a cell names, and what in it is none: names of people among them."""
    offices: list[str] = []
    others: list[str] = []
    for part, _role in _parts_with_role(text):
        (offices if _OFFICES.search(part) else others).append(part)
    return list(dict.fromkeys(offices)), list(dict.fromkeys(others))


def roles_of(text: str) -> tuple[list[str], list[str]] | None:
    """Who leads and who helps, where the cell itself tells them apart: 牵头：住建局 配合：城管局; 住建局（牵头）、财政局."""
    parts = [(part, role) for part, role in _parts_with_role(text) if _OFFICES.search(part)]
    leads = [part for part, role in parts if re.fullmatch(_LEADS, role)]
    if not leads and not any(re.fullmatch(_HELPS, role) for _part, role in parts):
        return None
    leads = leads or [part for part, role in parts if not re.fullmatch(_HELPS, role)]
    return list(dict.fromkeys(leads)), [
        part for part in dict.fromkeys(part for part, _role in parts) if part not in leads
    ]


def _parts_with_role(text: str) -> Iterator[tuple[str, str]]:
    """Each name with what a label before it, or a word behind it, says of it; "" where nothing does."""
    role = ""
    for piece in re.split(rf"(?={_ROLE.pattern.replace('(?P<role>', '(?:')})|[、，,；;/\s]+", text):
        if match := _ROLE.match(piece):
            role, piece = match["role"], piece[match.end() :]
        after = _ROLE_AFTER.search(piece)
        name = piece[: after.start()] if after and after.start() else piece
        name = name.strip(" ：:。").removesuffix("等")
        if len(name) > 1 and not re.fullmatch(r"[-—－/]+", name):
            yield name, after["role"] if after else role


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
