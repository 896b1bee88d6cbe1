"""A department's own monthly table, whatever its columns are called: which cell says what of which item.

Nothing is guessed: items are found by name in `desk.returns.matching`, values by the rules of `desk.returns.values`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from common.texts import clean_line
from common.tokens import clean_token
from desk.returns.readings import CellMessage
from desk.returns.values import is_fraction
from desk.workbooks.heads import A_UNIT, YUAN, Head, HeadWords, head_of
from desk.workbooks.readings import Note
from desk.workbooks.sheets import Cell, Sheet, Workbook

NAMES = {
    "number": "序号 编号 项次",
    "title": (
        "项目名称 项目 事项 事项名称 任务 任务名称 工作任务 重点任务 重点工作 主要任务 名称 实事项目 实事名称 民生实事 民生实事项目 "
        "工程名称 重点工程 重点项目 指标 指标名称 项目或事项"
    ),
    "content": "建设内容 建设内容及规模 建设规模 项目内容 主要建设内容 节点 节点名称 子项目 子项 分项 工程内容 具体内容 目标名称",
    "goal": "目标 年度目标 年度任务 目标任务 年度目标任务 全年目标 计划目标",
    "value": "这一天累计 累计完成 累计完成数 累计完成量 完成数 完成数量 完成量 实际完成 已完成 当前值 现值 累计数 完成情况数量",
    "planned": "序时 序时进度 计划进度 应完成",
    "rate": "完成率 完成比例 完成百分比 总体完成率 工程完成率 目标完成率 任务完成率 总体进度",
    "last": "上次 上月 上期 上次累计 上月累计",
    "spent": "完成投资 累计完成投资 已完成投资 累计投资 完成投资额 累计完成投资额 投资完成 投资完成额 累计支出 完成情况投资",
    "total": "总投资 投资总额 计划总投资 项目总投资 概算投资",
    "text": (
        "进展 形象进度 工程进度 进展情况 工作进展 工作进展情况 项目进展 项目进展情况 完成情况 目前进展 推进情况 建设进度 进度 当前进展 "
        "进度情况 工程形象进度 工程进展 落实情况"
    ),
    "problem": (
        "存在问题 问题 存在的问题 存在困难 困难和问题 存在问题及困难 需要协调的问题 需协调问题 需协调解决的问题 存在的困难和问题 "
        "存在的问题和困难 存在困难和问题 存在问题和困难 存在的困难及问题 存在的问题及困难 存在的困难 主要问题 存在的主要问题 困难问题 问题和困难 问题及困难"
    ),
    "delay": "原因 滞后原因 为什么慢了 未完成原因",
    "next_step": "下一步 下步打算 下一步计划 下一步工作 下步计划 下一步工作计划 下一步打算 下步工作 下一步措施",
    "is_unchanged": "无变化 是否无变化 本月无变化",
    "day": "数据日期 截至日期 统计日期 截止日期 数据截至",
    "leads": "责任单位 牵头单位 责任部门 牵头部门 部门 责任单位及责任人 主管部门",
    "declared": "到哪一步 办理状态 状态",
}
HINTS = (
    ("problem", re.compile("^(?!.*(?:上(?:个)?[月期次周]|去年|上年)).*(?:问题|困难|难点|堵点|制约因素)")),
    ("next_step", re.compile("下(?:一)?步")),
    ("text", re.compile("进展|形象")),
    ("leads", re.compile("单位$")),
)
# Below 完成投资 or 完成数: a part of it, or something else.
APART = re.compile("[本当上]月|[本上]期|[本当]季|本周|去年|同[期比]|计划|应|目标|任务|占|率|比例|其中|年度|[本当今]年")
WORDS = HeadWords(
    {name: key for key, names in NAMES.items() for name in names.split()},
    HINTS,
    frozenset({"title"}),
    frozenset({"spent", "total"}),
    apart=APART,
    fewest=2,
)
# What a return takes; the other columns help to find the row, or are passed over.
TAKEN = ("value", "declared", "spent", "text", "problem", "delay", "next_step", "is_unchanged")
TOTALS = re.compile(r"(?:合计|小计|总计|共计|累计|平均)[:：]?")
TOTAL_OF = re.compile(r"(?:合计|小计|总计)[:：（(].*")  # 合计（2项）, where items have their names
SIGNED = re.compile(r"(?:填报人|填表人|填报单位|填报日期|填报时间|审核人|联系电话|单位负责人|制表人?)[:：]")
IN_BRACKETS = re.compile(r"[（(](?:单位[:：])?([^（）()]+)[）)]")
ASIDE = re.compile(r"(?:注|说明|备注|填表说明|填报人|填报单位|审核人|联系电话|单位负责人|制表)[:：（(]?")


class NoTable(Exception):
    """No row looks like the head of a table; the text says so in Chinese."""


@dataclass(frozen=True)
class OwnLine:
    """A row of the table as it is written: `content` is what of the item it is about, `cells` are by field of NAMES."""

    row: int
    content: str
    cells: Mapping[str, Cell]


@dataclass
class OwnItem:
    """One item with its rows. `cell` is where its name stands; `units` are those of its columns of money, in yuan.

    `counted_in` are the units that stand in the heads of its other columns, by field; `has_fractions` says that some value of the
    table is a plain fraction, so that 1 may be the whole.
    """

    title: str
    sheet: Sheet
    cell: str
    units: Mapping[str, int]
    counted_in: Mapping[str, str] = field(default_factory=dict)
    has_fractions: bool = False
    lines: list[OwnLine] = field(default_factory=list)

    def at(self, cell: Cell) -> str:
        return self.sheet.at(cell.row, cell.column)

    def first(self, name: str) -> Cell | None:
        """The only cell of a field that is said once for the item."""
        return next(iter(self.all(name)), None)

    @property
    def says_nothing(self) -> bool:
        """Whether it is a name alone, such as that of the department above its items."""
        return not any({*TAKEN, "rate"} & line.cells.keys() for line in self.lines)

    def all(self, name: str) -> list[Cell]:
        """The cells of a field; what is merged over several rows counts once."""
        found: dict[str, Cell] = {}
        for line in self.lines:
            if name in line.cells:
                cell = line.cells[name]
                found.setdefault(cell.anchor or self.at(cell), cell)
        return list(found.values())


@dataclass
class OwnTable:
    items: list[OwnItem] = field(default_factory=list)
    left: list[CellMessage] = field(default_factory=list)  # what isn't read
    notes: list[Note] = field(default_factory=list)
    titles: list[tuple[str, str]] = field(default_factory=list)  # (cell, text) above the head


def read_own_table(workbook: Workbook) -> OwnTable:
    """The first sheet that has a head. Raises NoTable."""
    found = [(sheet, head) for sheet in workbook.sheets if (head := head_of(sheet, WORDS))]
    if not found:
        raise NoTable(
            "没有找到列名。要有一行写着“项目名称”（或“事项”）和“进展”“完成投资”这样的列；也可以下载本月的表来填。"
        )
    table = OwnTable(left=[CellMessage("", "", text) for text in workbook.notes])
    (sheet, head), *others = found
    table.left += [CellMessage("", "", f"工作表“{other.name}”没有读，一次读一张。") for other, _head in others]
    table.titles = [
        (sheet.at(number, cell.column), cell.text)
        for number, cells in sheet.rows()
        if number < head.first_row
        for cell in cells.values()
        if not cell.anchor or cell.anchor == sheet.at(number, cell.column).rpartition("!")[2]
    ]
    _read_items(sheet, head, table)
    _tell_unread_columns(sheet, head, table)
    return table


def _tell_unread_columns(sheet: Sheet, head: Head, table: OwnTable) -> None:
    """Each column that a return doesn't take, once: what is published of a goal or a due day isn't moved by a report."""
    by_column = {column: name for name, column in head.columns.items()}
    for column, cell in sheet.row(head.first_row).items():
        name = by_column.get(column, "")
        if name == "total":
            table.notes.append(Note(sheet.at(head.first_row, column), "“总投资”不从月报里改，只用来核对。"))
        elif not name:
            below = sheet.cells.get((head.last_row, column), cell)
            words = dict.fromkeys(clean_line(one.text) for one in (cell, below))
            text = f"“{'·'.join(words)}”这一列没有读。"
            table.left.append(CellMessage("", sheet.at(head.first_row, column), text))


def _counted_in(sheet: Sheet, head: Head, name: str) -> str:
    """The unit in the head of a column, such as 公里 of 完成数（公里）; "" where none stands there."""
    column = head.columns.get(name, 0)
    texts = [
        clean_token(sheet.cells[row, column].text)
        for row in (head.last_row, head.first_row)
        if (row, column) in sheet.cells
    ]
    found = (match[1] for text in texts for match in IN_BRACKETS.finditer(text))
    return next((unit for unit in found if A_UNIT.fullmatch(unit) or unit in YUAN), "")


def _move_money(sheet: Sheet, head: Head) -> None:
    """累计完成（万元） is what was spent, and no value."""
    unit = _counted_in(sheet, head, "value")
    if unit in YUAN and "spent" not in head.columns:
        head.columns["spent"], head.units["spent"] = head.columns.pop("value"), YUAN[unit]


def _has_fractions(sheet: Sheet, head: Head) -> bool:
    column = head.columns.get("value", 0)
    cells = (cell for (row, at), cell in sheet.cells.items() if at == column and row > head.last_row)
    return any(map(is_fraction, cells))


def _read_items(sheet: Sheet, head: Head, table: OwnTable) -> None:
    _move_money(sheet, head)
    counted_in = {name: unit for name in ("value", "text") if (unit := _counted_in(sheet, head, name))}
    has_fractions = _has_fractions(sheet, head)
    current: OwnItem | None = None
    anchor = ""
    for number, cells in sheet.rows():
        if number <= head.last_row:
            continue
        named = {name: cells[column] for name, column in head.columns.items() if column in cells}
        first = next(iter(cells.values()))
        title = named.get("title")
        if _is_total(cells, title or first):
            table.notes.append(Note(sheet.at(number, first.column), f"“{clean_line(first.text)}”这一行是合计，跳过。"))
            current = None
            continue
        if _is_aside(first, named):
            table.notes.append(Note(sheet.at(number, first.column), "这一行是说明，没有读。"))
            continue
        if title is not None and (current is None or not title.anchor or title.anchor != anchor):
            current = OwnItem(
                _one_line(title.text), sheet, sheet.at(title.row, title.column), head.units, counted_in, has_fractions
            )
            anchor = title.anchor
            table.items.append(current)
        if current is None:
            if set(named) & set(TAKEN):
                table.left.append(CellMessage("", sheet.at(number, first.column), "这一行没有项目名称，没有读。"))
            continue
        content = named.get("content") or named.get("goal")
        current.lines.append(OwnLine(number, clean_line(content.text).strip() if content else "", named))
        if any(cell.is_hidden for cell in named.values()):
            table.notes.append(Note(sheet.at(number, first.column), f"第 {number} 行有隐藏的格，也读了。"))


def _is_total(cells: Mapping[int, Cell], title: Cell) -> bool:
    return any(TOTALS.fullmatch(clean_token(cell.text)) for cell in cells.values()) or bool(
        TOTAL_OF.fullmatch(clean_token(title.text))
    )


def _is_aside(first: Cell, named: Mapping[str, Cell]) -> bool:
    """A note below the table, or who filled it in."""
    text = clean_token(first.text)
    return bool(SIGNED.match(text) or (ASIDE.match(text) and not set(named) & {*TAKEN, "content"}))


def _one_line(text: str) -> str:
    """A name that was broken to fit its cell: without the break."""
    return re.sub(r"\s*\n\s*", "", text).strip()
