"""What the columns of a county's table hold, by the names that counties give them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from common.tokens import clean_token
from desk.workbooks.quantities import UNITS
from desk.workbooks.sheets import Sheet

# By what is read of a column, the names it goes by. A name stands once; of two columns with one name the first counts.
NAMES = {
    "number": "序号 编号 项次 序 号",
    "group": "类别 分类 领域 板块 工作类别 任务类别 所属领域 方面 项目类别 项目类型",
    "title": (
        "事项 项目名称 项目 任务 任务内容 工作任务 重点任务 重点工作 主要任务 任务名称 工作内容 名称 实事项目 实事名称 实事 民生实事 "
        "民生实事项目 事项名称 指标名称 指标 工作事项 目标任务 重点事项 任务分解 工作目标任务 主要工作"
    ),
    "both": (
        "项目名称及建设内容 项目及建设内容 项目名称及主要内容 项目名称和建设内容 项目名称及主要建设内容 项目名称及内容 事项及内容 "
        "项目名称及建设规模 实事项目及内容 工作任务及目标 项目名称与建设内容 事项名称及内容"
    ),
    "unit": "计量单位 数量单位 指标单位",
    "quarter": "季度 所属季度 时间段",
    "quarter_goal": "季度目标 季度任务 季度计划 各季度目标 季度工作目标 季度目标任务 季度安排",
    "content": "建设内容 建设内容及规模 建设规模 建设规模及内容 项目内容 主要建设内容及规模 具体措施 主要措施 工作措施 推进措施 主要举措 工作举措",
    "goal": (
        "年度目标 年度目标任务 目标 主要内容 主要建设内容 年度建设内容 年度任务 全年 全年目标 工作目标 "
        "具体内容 实施内容 年度工作目标 目标要求 内容 具体目标 建设任务 年度计划 年度主要建设内容 任务目标 工作标准 全年任务 "
        "目标值 计划数 目标数 任务数 指标值 计划值 年度目标值 年度计划数 年度任务数 全年计划 数量 "
        "完成标志 完成标准 预期目标 预期成效 工作目标及标准 目标成果 成果形式"
    ),
    "leader": "牵头领导 责任领导 分管领导 包联领导 包保领导 牵头县领导 牵头市领导 县级领导 市级领导 分管县领导 分管市领导 领导",
    "leads": "牵头单位 牵头部门 主办单位 主办部门 主管部门 主责单位 主要责任单位 牵头责任单位 第一责任单位",
    "partners": "责任单位 责任部门 配合单位 配合部门 协办单位 参与单位 实施单位 承办单位 责任单位及责任人 责任主体 落实单位 协同单位 建设单位",
    "due": "完成时限 完成时间 时限 办结时限 建设时间 建设工期 建设期限 建设年限 起止年限 起止时间 时间节点 完成期限 时间要求 工期 完成日期 进度安排 时间",
    "investment": "总投资 投资总额 计划总投资 项目总投资 概算投资 估算投资 投资 资金 投资规模 所需资金 投资估算",
    "annual": "年度投资 年度计划投资 当年投资 今年投资 年度计划 年计划投资 本年投资 年度资金 年度资金安排 当年计划投资",
    "funding": "资金来源 资金渠道 资金筹措 资金保障",
    "place": "地点 建设地点 实施地点 项目地点 建设地址 位置 建设位置 实施范围 地址",
    "q1": "一季度 第一季度 1季度 一季度目标 一季度计划 第一季度目标 3月 3月底 3月末 1-3月",
    "q2": "二季度 第二季度 2季度 二季度目标 二季度计划 上半年 第二季度目标 6月 6月底 6月末 1-6月",
    "q3": "三季度 第三季度 3季度 三季度目标 三季度计划 第三季度目标 9月 9月底 9月末 1-9月",
    "q4": "四季度 第四季度 4季度 四季度目标 四季度计划 下半年 第四季度目标 12月 12月底 12月末 1-12月",
    "note": "备注 说明 备 注",
}
# For names that aren't listed: the first whose words the name holds.
HINTS = (
    ("annual", re.compile("年度?.*投资|当年.*投资|计划投资")),
    ("investment", re.compile("总投资|投资总|概算|估算")),
    ("funding", re.compile("资金.*(?:来源|渠道|筹措)")),
    ("place", re.compile("地点|地址|位置")),
    ("leader", re.compile("领导")),
    ("leads", re.compile("(?:牵头|主办|主管).*(?:单位|部门)")),
    ("partners", re.compile("单位|部门|主体$")),
    ("due", re.compile("时限|期限|工期|年限|完成时间|起止")),
    ("goal", re.compile("年度.*(?:目标|任务|内容)|目标|主要内容|任务内容")),
    ("content", re.compile("建设内容|建设规模|内容")),
    ("title", re.compile("(?:项目|事项|任务|实事|工作)名?称?$")),
)
FIELD_OF = {name: field_name for field_name, names in NAMES.items() for name in names.split()}
# Of what was done already: never what is to be done.
OF_PROGRESS = re.compile("完成情况|进展|完成数|完成率|完成量|已完成|实际|现状|上年|去年|存在")
LOOKED_AT = 12  # rows within which the head of a table begins
FEWEST = 3  # known names that make a row a head
A_UNIT = re.compile(f"(?:百万|千万|百|千|万|亿)?(?:{'|'.join(map(re.escape, UNITS))})|%|‰")
GOAL_UNIT = re.compile(rf"[（(]\s*(?:单位[:：])?\s*({A_UNIT.pattern})\s*[）)]")
UNIT = re.compile(r"[（(]\s*(?:单位[:：])?\s*(亿元|万元|元|千元|百万元)\s*[）)]|单位[:：]\s*(亿元|万元|元)")
YUAN = {"亿元": 10**8, "百万元": 10**6, "万元": 10**4, "千元": 10**3, "元": 1}


@dataclass(frozen=True)
class HeadWords:
    """The names of a kind of table: the fields by name, hints for names that aren't listed, the fields of which a head has one at
    least, those that count twice, and those that hold money. `apart` are words below a name that make it another thing: 本月 below
    完成投资; `fewest` known names make a row a head."""

    field_of: Mapping[str, str]
    hints: Sequence[tuple[str, re.Pattern[str]]]
    needed: frozenset[str]
    money: frozenset[str]
    twofold: frozenset[str] = frozenset()
    apart: re.Pattern[str] | None = None
    fewest: int = FEWEST

    def field_below(self, upper: str, lower: str) -> str | None:
        """The field of a column with two names, one below the other."""
        found = self.field_of.get(lower) or self.field_of.get(upper + lower)
        if found or not self.apart:
            return found or self.field_of.get(upper)
        if lower and lower != upper and self.apart.search(lower):
            return None
        return self.field_of.get(lower + upper) or self.field_of.get(upper)


COUNTY = HeadWords(
    FIELD_OF, HINTS, frozenset({"title", "goal", "both"}), frozenset({"investment", "annual"}), frozenset({"both"})
)


@dataclass(frozen=True)
class Head:
    """Where a table begins, and by field its column. `units` are those of columns of money, in yuan."""

    first_row: int
    last_row: int
    columns: dict[str, int]
    units: dict[str, int] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    goal_unit: str = ""  # of all goals: 年度目标（座）


def head_of(sheet: Sheet, words: HeadWords = COUNTY, *, year: int | None = None) -> Head | None:
    """The head of a sheet's table, in one row or two; None where no row has enough known names.

    Columns whose name holds another year than the plan's are none of it.
    """
    for number, cells in sheet.rows():
        if number > LOOKED_AT:
            return None
        names = {column: name_of(cell.text) for column, cell in cells.items()}
        known = {words.field_of[name] for name in names.values() if name in words.field_of}
        if len(known) + len(known & words.twofold) >= words.fewest and known & words.needed:
            return _whole_head(sheet, number, names, words, year)
    return None


def _whole_head(sheet: Sheet, number: int, names: Mapping[int, str], words: HeadWords, year: int | None) -> Head:
    """With the names of a second row below those that span several columns."""
    below = {column: name_of(cell.text) for column, cell in sheet.row(number + 1).items()}
    is_second = _is_second_row(sheet, number, names, below, words)
    last_row = number + 1 if is_second else number
    columns: dict[str, int] = {}
    unknown: dict[int, str] = {}
    units = {}
    default = _unit_above(sheet, number)
    for column in sorted({*names, *(below if is_second else ())}):
        upper, lower = names.get(column, ""), below.get(column, "") if is_second else ""
        name = words.field_below(upper, lower)
        texts = [sheet.cells[row, column].text for row in {number, last_row} if (row, column) in sheet.cells]
        if is_of_another_year(texts, year):
            unknown[column] = next(filter(None, texts))
        elif "单位" in (lower or upper) and name is None and _holds_units(sheet, last_row, column):
            columns.setdefault("unit", column)
        elif name is None or name in columns:
            unknown[column] = lower or upper
        else:
            columns[name] = column
    _guess(columns, unknown, words)
    if "goal" not in columns and "content" in columns:
        columns["goal"] = columns.pop("content")
    for name in words.money & columns.keys():
        cells = ((row, columns[name]) for row in (number, last_row))
        units[name] = _unit_in(" ".join(sheet.cells[cell].text for cell in cells if cell in sheet.cells)) or default
    goals = [
        sheet.cells[row, columns["goal"]].text
        for row in (number, last_row)
        if (row, columns.get("goal", 0)) in sheet.cells
    ]
    goal_unit = next((match[1] for text in goals if (match := GOAL_UNIT.search(text))), "")
    return Head(number, last_row, columns, units, unknown, goal_unit)


def is_of_another_year(texts: Iterable[str], year: int | None) -> bool:
    said = {int(found) for text in texts for found in re.findall("(20[0-9]{2})年", text)}
    return bool(year and said and year not in said)


def _holds_units(sheet: Sheet, last_row: int, column: int) -> bool:
    """Whether the column says what is counted, and not which departments: 单位 is said of both."""
    texts = [cell.text for (row, at), cell in sheet.cells.items() if at == column and row > last_row]
    return bool(texts) and sum(bool(A_UNIT.fullmatch(clean_token(text))) for text in texts) * 2 > len(texts)


def _guess(columns: dict[str, int], unknown: dict[int, str], words: HeadWords) -> None:
    """Give columns whose name isn't listed what it hints at, where no other column has that."""
    for column, text in list(unknown.items()):
        hinted = next((name for name, hint in words.hints if name not in columns and hint.search(text)), "")
        if hinted and text not in words.field_of and not re.search("20[0-9]{2}年", text) and _may_be(hinted, text):
            columns[hinted] = column
            del unknown[column]


def _may_be(name: str, text: str) -> bool:
    """年度目标及完成情况 holds goals beside what came of them; 年度目标完成情况 holds none. 存在 is said of problems, too."""
    is_of_progress = bool(OF_PROGRESS.search(text.replace("存在", "") if name == "problem" else text))
    return not is_of_progress or (name == "goal" and bool(re.search("[及和与、/]", text)))


def _is_second_row(
    sheet: Sheet, number: int, names: Mapping[int, str], below: Mapping[int, str], words: HeadWords
) -> bool:
    if not below:
        return False
    titles = [column for column, name in names.items() if words.field_of.get(name) == "title" and column in below]
    if any(below[c] not in words.field_of and not _is_continued(sheet, number, c) for c in titles):
        return False  # the first item, of which the cells hold words that heads have, such as 已完成
    merged_down = [
        c for c in names if c in below and (number + 1, c) in sheet.cells and _is_continued(sheet, number, c)
    ]
    known = [name for column, name in below.items() if name in words.field_of and column not in merged_down]
    return bool(merged_down) or len(known) >= 2


def _is_continued(sheet: Sheet, number: int, column: int) -> bool:
    anchor = sheet.cells[number + 1, column].anchor
    return bool(anchor) and anchor == (sheet.cells[number, column].anchor or "")


def name_of(text: str) -> str:
    """A head's name without blanks, brackets, years and units."""
    plain = re.sub(r"[（(].*?[）)]", "", clean_token(text))
    return re.sub(r"^[0-9]{4}年度?|[:：*]", "", plain)


def _unit_in(text: str) -> int:
    match = UNIT.search(text)
    return YUAN[match[1] or match[2]] if match else 0


def _unit_above(sheet: Sheet, first_row: int) -> int:
    """That of a note above the table, such as “单位：万元”; 万元 where none is named, as offices mean it."""
    above = (cell.text for number, cells in sheet.rows() if number < first_row for cell in cells.values())
    return next(filter(None, map(_unit_in, above)), YUAN["万元"])
