"""Faults in our own form of a plan: each is named at its cell, in Chinese, and nothing is written."""

import random
import re
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.db import transaction

from desk.workbooks.form_columns import SHEETS
from desk.workbooks.form_reading import is_form, read_form
from desk.workbooks.form_writing import plan_workbook
from desk.workbooks.readings import WorkbookReading
from desk.workbooks.sheets import Cell, Sheet, Workbook
from projects.models import Project
from tasks.drafting import changes_of
from tasks.models import Plan, Task
from tests.factories import (
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_task,
    an_administrator,
    an_indicator,
    an_outline,
    day,
    published,
)
from tests.loaded_cities import every_model
from tests.opened_here import opened_here

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

Book = openpyxl.Workbook
_written: dict[str, bytes] = {}


def a_small_plan() -> Plan:
    """Two promises, in rows 2 and 3 of each sheet; of the first two targets, of which one is counted in 座."""
    works = a_department("works-office", name="住房和城乡建设局")
    a_department("water-office", name="水利局")
    bridge, pool = a_project("bridge", title="大桥", lead=works), a_project("pool", title="泳池", place="东区")
    a_milestone(bridge, "piers", title="桥墩", unit="座", is_counted=True)
    a_milestone(bridge, "deck", title="桥面", unit="%")
    a_milestone(pool, "water", title="水", unit="%")
    plan = a_plan(bridge, pool, year=2022, title="青禾市 2022 年安排", targets={"piers": {"amount": 10}})
    a_measure(Task.objects.get(), number=2, title="多修路", leads=["water-office"])
    a_task(plan, 2, title="修渠")
    an_outline(plan, "一步", "两步")
    an_indicator(plan, title="绿化", due_on=day("2022-12-31"))
    return plan


@pytest.fixture
def written(db) -> bytes:
    """The plan as our form; the database is empty."""
    if "plan" not in _written:
        with transaction.atomic():
            _written["plan"] = plan_workbook(a_small_plan())
            transaction.set_rollback(True)
    return _written["plan"]


def read_with(content: bytes, change: Callable[[Book], Any]) -> WorkbookReading:
    book = openpyxl.load_workbook(BytesIO(content))
    change(book)
    stored = BytesIO()
    book.save(stored)
    return read_form(opened_here(stored.getvalue()))


def place_of(name: str, head: str) -> tuple[int, int]:
    """Of the head of a column: its row and column."""
    form = next(form for form in SHEETS if form.name == name)
    number = 1 + [column.head for column in form.columns].index(head)
    return (number, 1) if form.is_upright else (1, number)


def cell_of(book: Book, name: str, head: str, row: int = 2):
    across, down = place_of(name, head)
    return book[name].cell(across, 2) if down == 1 and name == "计划" else book[name].cell(row, down)


def put(name: str, head: str, value: Any, row: int = 2, number_format: str = "") -> Callable[[Book], None]:
    def change(book: Book) -> None:
        cell = cell_of(book, name, head, row)
        cell.value = value
        if number_format:
            cell.number_format = number_format

    return change


def rename(name: str, head: str, to: str | None) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        book[name].cell(*place_of(name, head)).value = to

    return change


def both(*changes: Callable[[Book], Any]) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        for one in changes:
            one(book)

    return change


def without_sheet(book: Book) -> None:
    del book["目标"]


def without_head(book: Book) -> None:
    for cell in book["指标"][1]:
        cell.value = "无"


def merged(book: Book) -> None:
    """The numbers of both promises in one cell."""
    letter = cell_of(book, "承诺", "序号").column_letter
    book["承诺"].merge_cells(f"{letter}2:{letter}3")


def newer(book: Book) -> None:
    book["说明"]["A1"] = "年度计划表（第 9 版）"


# What is done to the workbook, the cell that is named, and a piece of what is told.
FAULTS = {
    "no year": (put("计划", "年份", None), "计划!年份", "“年份”没有写"),
    "a year in words": (put("计划", "年份", "二〇二二年"), "计划!年份", "用阿拉伯数字写"),
    "a year before 1949": (put("计划", "年份", 1900), "计划!年份", "1949"),
    "no title": (put("计划", "名称", None), "计划!名称", "“名称”没有写"),
    "a short title that is too long": (put("计划", "简称", "长" * 41), "计划!简称", "最多写 40 个字，现在有 41 个"),
    "a plan that ends before it begins": (put("计划", "结束日期", date(2021, 6, 1)), "计划!年份", "没有一天在 2022 年里"),
    "a day that isn't": (put("计划", "通过日期", "2022-02-30"), "计划!通过日期", "没有“2022-02-30”这一天"),
    "a day beyond the limits": (put("计划", "通过日期", date(2199, 1, 1)), "计划!通过日期", "日期要在 1949 年到 2099 年之间"),
    "the number of a day": (put("计划", "通过日期", 44620), "计划!通过日期", "读到的是数 44620"),
    "an unknown interval": (put("计划", "几个月报一次", "每周"), "计划!几个月报一次", "只能写：每月、每季度、每半年、每年"),
    "thresholds the wrong way round": (put("计划", "落后（百分点）", 50), "计划!严重落后（百分点）", "不大于严重落后"),
    "an unknown kind of source": (put("计划", "资料来源：种类", "听说"), "计划!资料来源：种类", "只能写：政府文件"),
    "two departments of one name": (
        put("部门", "名称", "住房和城乡建设局"), "部门!名称:3", "重复",
    ),
    "a code in Chinese": (put("部门", "代号", "住建"), "部门!代号", "小写英文"),
    "an unknown category": (put("任务", "类别", "小事"), "任务!类别", "只能写：任务组、任务、举措、要点、要点内容"),
    "no category": (put("任务", "类别", None, row=3), "任务!类别:3", "“类别”没有写"),
    "a task under no group": (put("任务", "类别", "任务"), "任务!类别", "它上面没有“任务组”"),
    "a cell that its category doesn't have": (
        put("任务", "牵头部门", "水利局"), "任务!牵头部门", "“任务组”不填“牵头部门”",
    ),
    "a measure twice": (put("任务", "序号", 1, row=5), "任务!序号:5", "重复"),
    "a project that isn't there": (put("任务", "为它服务的项目", "大桥、铁路", row=4), "任务!为它服务的项目:4", "“铁路”"),
    "a department that isn't there": (
        put("承诺", "牵头部门", "住房城乡建设局"), "承诺!牵头部门", "是不是“住房和城乡建设局”",
    ),
    "a department that nobody knows": (put("承诺", "牵头部门", "教育局"), "承诺!牵头部门", "先在“部门”表里加一行"),
    "a department twice": (put("承诺", "配合部门", "水利局、水利局"), "承诺!配合部门", "写了两次"),
    "an unknown goal": (put("承诺", "目标", "修通"), "承诺!目标", "只能写：办成、开工、推进"),
    "no number": (put("承诺", "序号", None, row=3), "承诺!序号:3", "“序号”没有写"),
    "a number twice": (put("承诺", "序号", 1, row=3), "承诺!序号:3", "重复"),
    "merged numbers": (merged, "承诺!序号:3", "重复"),
    "a project twice in a series": (
        both(put("承诺", "项目", "大桥", row=3), put("承诺", "项目代号", "bridge", row=3), put("承诺", "地点", None, row=3)),
        "承诺!序号:3", "重复",
    ),
    "a series said otherwise": (put("承诺", "单项的叫法", "实事", row=3), "承诺!单项的叫法:3", "写的不一样"),
    "a box name that is too long": (put("承诺", "格子里的名字", "过河大桥呀"), "承诺!格子里的名字", "最多写 4 个字"),
    "nothing invested": (put("承诺", "总投资（万元）", 0), "承诺!总投资（万元）", "没有公布就留空"),
    "money about": (put("承诺", "总投资（万元）", "约1亿"), "承诺!总投资（万元）", "看不懂这个金额"),
    "money to the cent": (put("承诺", "年度投资（万元）", "1.00001"), "承诺!年度投资（万元）", "最小到元"),
    "money as a share": (put("承诺", "年度投资（万元）", 0.5, number_format="0%"), "承诺!年度投资（万元）", "百分数"),
    "an unknown reading of ours": (put("承诺", "本站理解", "目标、天气"), "承诺!本站理解", "不认识“天气”"),
    "a promise that isn't there": (put("目标", "承诺序号", 9), "目标!承诺序号", "没有序号 9"),
    "half a promise": (put("目标", "承诺序号", None), "目标!承诺序号", "“承诺序号”没有写"),
    "a project that isn't that of the promise": (put("目标", "项目", "泳池"), "目标!项目", "不是这件承诺的项目"),
    "an amount in words": (put("目标", "目标值", "十座"), "目标!目标值", "用阿拉伯数字写"),
    "an amount of nothing": (put("目标", "目标值", 0), "目标!目标值", "目标值必须大于 0"),
    "half a pier": (put("目标", "目标值", 2.5), "目标!目标值", "只能是整数"),
    "a share of piers": (put("目标", "目标值", 0.5, number_format="0%"), "目标!目标值", "单位却是“座”"),
    "a day for a number": (put("目标", "目标值", date(2022, 1, 1)), "目标!目标值", "读到的是日期 2022-01-01"),
    "a formula without its result": (put("目标", "目标值", "=5+5"), "目标!目标值", "这一格是公式"),
    "an error of the program": (put("目标", "目标值", "#REF!"), "目标!目标值", "错误值 #REF!"),
    "a start as high as the amount": (put("目标", "起点值", 10), "目标!起点值", "起点值不能小于 0，也不能到目标值"),
    "a start after the end": (put("目标", "开始日期", date(2023, 1, 1)), "目标!开始日期", "开始日期不能晚于完成时限"),
    "no weight at all": (put("目标", "权重", 0), "目标!权重", "权重必须大于 0"),
    "an unknown pace": (put("目标", "计划进度", "匀速"), "目标!计划进度", "只能写：按日均匀、分步或到期完成"),
    "steps that fall": (
        both(put("目标", "计划进度", "到期一次完成"), put("目标", "中间的步子", "2022-06-30 5；2022-09-30 3")),
        "目标!中间的步子", "一步比一步大",
    ),
    "steps of an even pace": (put("目标", "中间的步子", "2022-06-30 5"), "目标!计划进度", "要选“分步或到期完成”"),
    "a step without a number": (put("目标", "中间的步子", "2022-06-30"), "目标!中间的步子", "里没有数"),
    "a target twice": (
        both(put("目标", "节点", "桥墩", row=3), put("目标", "节点代号", "piers", row=3), *(
            put("目标", head, None, row=3) for head in ("单位", "按个数算", "节点序号")
        )),
        "目标!目标值:3", "重复",
    ),
    "a flag that is neither": (put("目标", "按个数算", "也许"), "目标!按个数算", "只能写：是、否"),
    "no unit": (put("目标", "单位", None, row=4), "目标!单位:4", "“单位”没有写"),
    "an indicator about": (put("指标", "目标值", "36左右"), "指标!目标值", "只写一个确切的数"),
    "between one number": (put("指标", "比较", "在两个数之间"), "指标!上限", "要填上限"),
    "a baseline that is the target": (put("指标", "起点值", 36), "指标!起点值", "起点值不能等于目标值"),
    "a task that isn't there": (put("指标", "所属任务", "种树"), "指标!所属任务", "没有“种树”这项任务"),
    "a sheet that is missing": (without_sheet, "", "缺少工作表“目标”"),
    "a sheet without its head": (without_head, "指标!A1", "没有找到“指标”的表头"),
    "a head that is missing": (rename("承诺", "目标", None), "承诺!A1", "少了“目标”这一栏"),
    "a head under another name": (rename("承诺", "总投资（万元）", "总投资（元）"), "承诺!总投资（万元）:1", "不认识栏名“总投资（元）”"),
    "a head whose cells are wanted": (rename("承诺", "系列简称", "天气"), "承诺!A1", "少了“系列简称”这一栏"),
    "a source without the head of its kind": (
        both(put("计划", "资料来源：标题", "公报"), rename("计划", "资料来源：种类", None)), "计划!资料来源：标题", "少了“资料来源：种类”",
    ),
    "a number that is too large": (put("计划", "年份", 10**12), "计划!年份", "要在 0 到"),
    "a head twice": (rename("承诺", "资金来源", "地点"), "承诺!地点:1", "有两个"),
    "a newer form": (newer, "说明!A1", "第 9 版"),
}  # fmt: skip


def address_of(told: str) -> str:
    """`承诺!序号:3` as the address of that cell; without a row the first row of the sheet."""
    name, _, rest = told.partition("!")
    if not rest or re.fullmatch("[A-Z]+[0-9]+", rest):
        return told
    head, _, row = rest.partition(":")
    across, down = place_of(name, head)
    letter = openpyxl.utils.get_column_letter(down)
    return f"{name}!B{across}" if name == "计划" else f"{name}!{letter}{row or 2}"


def n_rows() -> int:
    return sum(model._base_manager.count() for model in every_model())


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_at_its_cell(written, name):
    change, told, piece = FAULTS[name]
    before = n_rows()
    read = read_with(written, change)
    at = [problem.text for problem in read.problems if problem.cell == address_of(told)]
    assert any(piece in text for text in at), read.problems
    assert all(re.search("[一-鿿]", problem.text) for problem in read.problems)
    assert n_rows() == before


def test_there_are_forty_and_more():
    assert len(FAULTS) >= 40


def test_all_are_told_at_once(written):
    names = ("no title", "an unknown goal", "money about", "half a pier", "an unknown category", "a code in Chinese")
    read = read_with(written, both(*(FAULTS[name][0] for name in names)))
    told = {problem.cell for problem in read.problems}
    assert {address_of(FAULTS[name][1]) for name in names} <= told


def test_without_a_fault_nothing_is_told(written):
    read = read_with(written, lambda book: None)
    assert (read.problems, read.doubts, read.notes) == ([], [], [])


# What is taken, and told


def reordered(book: Book) -> None:
    book["承诺"].move_range(f"A1:A{book['承诺'].max_row}", cols=30)


def hidden(book: Book) -> None:
    book["承诺"].row_dimensions[3].hidden = True


TAKEN = {
    "reordered columns": (reordered, ""),
    "another epoch": (lambda book: setattr(book, "epoch", openpyxl.utils.datetime.CALENDAR_MAC_1904), ""),
    "a hidden row": (hidden, "这一行是隐藏的"),
    "a column of one's own": (lambda book: setattr(book["承诺"].cell(1, 60), "value", "经办人"), "“经办人”这一栏"),
    "a sheet of one's own": (lambda book: book.create_sheet("草稿").append(["x"]), "工作表“草稿”"),
    "a title above the heads": (lambda book: book["部门"].insert_rows(1), ""),
    "a day in words": (put("目标", "完成时限", "2022年12月31日"), ""),
    "a day without its year": (put("目标", "完成时限", "12月31日"), "按 2022-12-31 读"),
    "a share typed as one": (put("目标", "目标值", 1, row=3, number_format="0%"), ""),
    "an amount with its unit": (put("目标", "目标值", "10座"), ""),
    "a code in the place of a name": (put("承诺", "牵头部门", "works-office"), ""),
    "a head in half width": (rename("承诺", "总投资（万元）", "总投资 (万元)"), ""),
    "a sign for a word": (put("指标", "比较", "≥"), ""),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_meant_the_same_is_read_the_same(written, name):
    change, note = TAKEN[name]
    read = read_with(written, change)
    assert (read.problems, read.doubts) == ([], [])
    assert [row.values for row in read.rows] == [row.values for row in read_with(written, lambda book: None).rows]
    assert any(note in one.text for one in read.notes) if note else read.notes == []


# What may be meant otherwise

DOUBTS = {
    "a million too many": (
        put("承诺", "总投资（万元）", 4800000), "承诺!总投资（万元）", "investment", ["48000000000", "4800000"],
    ),
    "a share that is probably all": (put("目标", "目标值", 1, row=3), "目标!目标值:3", "amount", ["1", "100"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTS)
def test_what_may_be_meant_otherwise_is_asked(written, name):
    change, told, field, values = DOUBTS[name]
    read = read_with(written, change)
    [doubt] = read.doubts
    assert (read.problems, doubt.cell) == ([], address_of(told))
    assert "吗？" in doubt.question
    answered = [read.answered([n]) for n in range(len(values))]
    at = doubt.choices[1].changes[0][0]
    assert [rows[at].values[field] for rows in answered] == values


# Whatever stands in the cells

NONSENSE = [
    *(
        {"text": text}
        for text in ("", "x", "、、", "-1", "1e400", "NaN", "²", "長" * 3000, "2022年13月1日", "任务", "要点", "目标值")
    ),
    *(
        {"text": text}
        for text in ("大桥", "pledges", "是", "推进", "在两个数之间", "2022-01-01 5；2022-02-01 -3", "9" * 30 + "亿")
    ),
    *({"text": number, "number": number} for number in ("0", "1", "2", "99999", "-7", "1.5", "9" * 400)),
    *(
        {"text": day, "day": date.fromisoformat(day)}
        for day in ("0001-01-01", "1899-12-31", "2022-07-01", "9999-12-31")
    ),
    *({"text": text, "formula": "=1"} for text in ("", "1")),
    {"text": "50%", "number": "0.5", "is_percent": True},
]


def nonsense_in(workbook: Workbook, chance: random.Random) -> Workbook:
    """The workbook with up to four cells that hold something else."""
    cells = {sheet.name: dict(sheet.cells) for sheet in workbook.sheets}
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        sheet = chance.choice(workbook.sheets[1:])
        place = chance.randint(1, sheet.n_rows + 1), chance.randint(1, sheet.n_columns)
        cells[sheet.name][place] = Cell(row=place[0], column=place[1], **chance.choice(NONSENSE))
    return Workbook(
        tuple(
            Sheet(
                sheet.name,
                {place: cell for place, cell in cells[sheet.name].items() if cell.text or cell.formula},
                sheet.n_rows + 1,
                sheet.n_columns,
            )
            for sheet in workbook.sheets
        )
    )


def test_whatever_stands_in_the_cells_it_is_told_or_can_be_made(written, request):
    """A sample; with `--everything` twenty times as many."""
    by, chance, workbook = an_administrator(), random.Random(7), opened_here(written)  # noqa: S311  the same each time
    for _ in range(1200 if request.config.option.everything else 60):
        changed = nonsense_in(workbook, chance)
        read = read_form(changed)
        if not read.problems:
            changes_of([{"model": row.model, "fields": row.values} for row in read.rows], by=by)


# What is public already


def test_a_plan_that_is_public_is_not_changed_by_a_form(written):
    published(a_small_plan(), on="2022-03-05")
    read = read_with(written, lambda book: None)
    assert [problem.cell for problem in read.problems] == ["计划!B1"]
    assert "已经公布" in read.problems[0].text


def test_what_is_public_of_a_project_is_changed_by_an_adjustment(written):
    """Said again, or left empty, it stays; said otherwise it is refused at its cell."""
    pool = a_project("pool", title="泳池", place="西区")
    a_milestone(pool, "water", title="水", unit="%")
    published(a_plan(pool, year=2021), on="2021-03-05")
    read = read_with(written, lambda book: None)
    assert [(problem.cell, "“西区”" in problem.text) for problem in read.problems] == [
        (address_of("承诺!地点:3"), True)
    ]
    assert read_with(written, put("承诺", "地点", None, row=3)).problems == []
    assert read_with(written, put("承诺", "地点", "西区", row=3)).problems == []
    assert Project.objects.get().place == "西区"


def test_a_table_of_somebody_elses_is_not_our_form(db):
    book = openpyxl.Workbook()
    book.active.append(["序号", "事项", "责任单位"])
    stored = BytesIO()
    book.save(stored)
    assert not is_form(opened_here(stored.getvalue()))
