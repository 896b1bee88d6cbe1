"""Tables of shapes that nobody here has seen: read right, or asked about, but never read wrong in silence."""

import io
from dataclasses import replace

import docx
import openpyxl
import pytest

from common.spelling import spell
from desk.workbooks.codes import Known
from desk.workbooks.county import NoTable, county_reading
from desk.workbooks.items import offices_of, roles_of
from desk.workbooks.opening import opened
from desk.workbooks.quantities import number_of, quantities_of, unread_number
from desk.workbooks.telling import item_texts

TITLE = "青岚县2024年民生实事责任分解表"
HEAD = ["序号", "项目名称", "年度目标", "责任单位"]
WITH_DAY = ["序号", "项目名称", "年度目标", "完成时限", "责任单位"]


def workbook(*rows: list, title: str = TITLE, sheets: dict[str, list] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in ([title], *rows):
        book.active.append(row)
    for name, own in (sheets or {}).items():
        sheet = book.create_sheet(name)
        for row in own:
            sheet.append(row)
    book.save(file := io.BytesIO())
    return file.getvalue()


def letter() -> bytes:
    document = docx.Document()
    document.add_paragraph("青岚县2024年民生实事")
    for title, goal, office in (("公厕", "新建公厕6座", "住建局"), ("公路", "改造公路30公里", "交通局")):
        table = document.add_table(rows=2, cols=4)
        for column, text in enumerate(["序号", "事项", "年度目标", "责任单位"]):
            table.cell(0, column).text = text
        for column, text in enumerate(["1", title, goal, office]):
            table.cell(1, column).text = text
        document.add_paragraph("二、乡村建设")
    document.save(file := io.BytesIO())
    return file.getvalue()


def reading_of(content: bytes, year: int | None = None):
    return county_reading(opened(content), year=year, known=Known(), spell=spell)


def told(reading) -> str:
    """Each item with its cell and the sentences of what was made of it, without who answers."""
    return " ".join(
        f"{one.item.cell} {' '.join(one.sentences[1:] or one.sentences)}" for one in item_texts(reading, {})
    )


def leads(reading) -> list[list[str]]:
    names = {row.values["slug"]: row.values["name"] for row in reading.of("projects.department")}
    return [
        [*(names[slug] for slug in row.values["leads"]), "|", *(names[slug] for slug in row.values["partners"])]
        for row in reading.of("projects.project")
    ]


READ = {
    "items in columns": (
        workbook(["事项", "公厕提升", "农村公路"], ["年度目标", "新建公厕6座", "改造农村公路30公里"], ["牵头单位", "住建局", "交通局"], ["完成时限", "10月底", "年底"]),
        "Sheet!B2 公厕 6 座（建成），10 月 31 日前。 Sheet!C2 农村公路 30 公里（改造），12 月 31 日前。",
    ),
    "quarters below one another": (
        workbook(
            ["序号", "项目名称", "年度目标", "季度", "季度目标", "责任单位"], [1, "公厕提升", "新建公厕6座", "一季度", "完成选址", "住建局"],
            [None, None, None, "二季度", "2座"], [None, None, None, "三季度", "4座"], [2, "公路", "改造公路30公里", "一季度", "5公里", "交通局"], [2, "公路", "改造公路30公里", "二季度", "10公里", "交通局"],
        ),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前；分步：6 月 30 日累计 2 座、9 月 30 日累计 4 座。 "
        "Sheet!B6 公路 30 公里（改造），12 月 31 日前；分步：3 月 31 日累计 5 公里、6 月 30 日累计 10 公里。",
    ),
    "months for quarters": (
        workbook(["序号", "项目名称", "年度目标", "3月", "6月", "9月", "12月", "责任单位"], [1, "公厕", "新建公厕6座", "1座", "2座", "4座", "6座", "住建局"]),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前；分步：3 月 31 日累计 1 座、6 月 30 日累计 2 座、9 月 30 日累计 4 座。",
    ),
    "a sheet for each department": (
        workbook(HEAD, [1, "公厕", "新建公厕6座", "住建局"], sheets={"交通局": [[TITLE], ["序号", "责任单位", "项目名称", "年度目标"], [1, "交通局", "公路", "改造公路30公里"]]}),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前。 交通局!C3 公路 30 公里（改造），12 月 31 日前。",
    ),
    "several tables of a letter": (letter(), "表1!B3 公厕 6 座（建成），12 月 31 日前。 表2!B3 公路 30 公里（改造），12 月 31 日前。"),
    "name and content in one cell": (
        workbook(["序号", "项目名称及建设内容", "总投资（万元）", "责任单位"], [1, "城区公厕：新建公厕6座", 860, "住建局"], [2, "公路工程\n改造公路30公里", 900, "交通局"]),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前。 Sheet!B4 公路 30 公里（改造），12 月 31 日前。",
    ),
    "numbers in words": (
        workbook(HEAD, [1, "幼儿园", "新建幼儿园三十二所", "教育局"], [2, "路灯", "安装路灯一百二十盏", "住建局"], [3, "培训", "培训两千五百人次", "人社局"]),
        "Sheet!B3 幼儿园 32 所（建成），12 月 31 日前。 Sheet!B4 路灯 120 盏（安装），12 月 31 日前。 Sheet!B5 培训 2500 人次（培训），12 月 31 日前。",
    ),
    "units in a column": (
        workbook(["序号", "指标名称", "单位", "目标值", "责任单位"], [1, "新建公厕", "座", 6, "住建局"], [2, "森林覆盖率", "%", 36.5, "林业局"]),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前。 Sheet!B4 指标：森林覆盖率不低于 36.5%，12 月 31 日看。",
    ),
    "a unit in the head": (
        workbook(["序号", "项目名称", "年度目标（座）", "责任单位"], [1, "公厕", 6, "住建局"]),
        "Sheet!B3 公厕 6 座（完成），12 月 31 日前。",
    ),
    "goals beside what came of them": (
        workbook(["序号", "项目名称", "年度目标及完成情况", "责任单位"], [1, "公厕提升", "目标：新建公厕6座；完成：已建成3座", "住建局"]),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前。",
    ),
    "what came of it in columns": (
        workbook(["序号", "项目名称", "计划数", "完成数", "单位", "责任单位"], [1, "新建公厕", 6, 3, "座", "住建局"]),
        "Sheet!B3 公厕 6 座（建成），12 月 31 日前。",
    ),
    "what there is already": (workbook(HEAD, [1, "公园", "在原有6座基础上新建3座公园", "住建局"]), "Sheet!B3 公园 3 座（建成），12 月 31 日前。"),
    "semicolons between cells": (
        f"{TITLE}\n序号;项目名称;年度目标;牵头单位;配合单位\n1;公厕;新建公厕6座，绿化2亩;住建局;城管局,财政局\n".encode("gb18030"),
        "表1!B3 新公厕 6 座（建成），12 月 31 日前。 绿化公厕 2 亩（绿化），12 月 31 日前。",
    ),
    "full width": (workbook(HEAD, [1, "农田", "新增高标准农田１．５万亩", "农业局"]), "Sheet!B3 高标准农田 1.5 万亩（新增），12 月 31 日前。"),
    "rows of one item with days of their own": (
        workbook(
            ["序号", "重点任务", "具体措施", "完成标志", "牵头单位", "完成时限"], [1, "营商环境", "推行一网通办", "新增事项12项", "行政审批局", "12月底"],
            [None, None, "开展帮办代办", "设立窗口20个", None, "6月底"],
        ),
        "Sheet!B3 事项 12 项（新增），12 月 31 日前。 窗口 20 个（设立），6 月 30 日前。",
    ),
    "points with numbers": (
        workbook(HEAD, [1, "公厕", "1.新建公厕6座；2.改造公厕15座；③维修8座", "住建局"]),
        "Sheet!B3 新公厕 6 座（建成），12 月 31 日前。 改造公厕 15 座（改造），12 月 31 日前。 维修公厕 8 座（维修），12 月 31 日前。",
    ),
    "a part of what was counted": (
        workbook(HEAD, [1, "住房", "建设保障房500套，其中新建300套、改造200套", "住建局"], [2, "桩", "新建充电桩200个（含快充桩50个）", "发改局"]),
        "Sheet!B3 保障房 500 套（建成），12 月 31 日前。 Sheet!B4 充电桩 200 个（建成），12 月 31 日前。",
    ),
    "a figure and nothing besides": (
        workbook(["序号", "项目名称", "年度目标", "地点", "责任单位"], [1, "供水", "农村自来水普及率达到92%", "全县", "水利局"]),
        "Sheet!B3 指标：农村自来水普及率不低于 92%，12 月 31 日看。",
    ),
    "units in Latin letters": (workbook(HEAD, [1, "绿地", "新增绿地10万㎡", "城管局"]), "Sheet!B3 绿地 10 万㎡（新增），12 月 31 日前。"),
    "two digits for a year": (workbook(WITH_DAY, [1, "公厕", "新建公厕6座", "24年9月", "住建局"]), "Sheet!B3 公厕 6 座（建成），9 月 30 日前。"),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_tables_of_unseen_shapes_are_read(kind):
    content, expected = READ[kind]
    assert told(reading_of(content)) == expected


# By kind the row, and what is asked or noted of it.
ASKED = {
    "a range": ([1, "公厕", "新建公厕6-8座", "年底", "住建局"], "“新建公厕6-8座”里的 6-8 没有读成目标的数"),
    "a range in other signs": ([1, "学校", "新建学校2～3所", "年底", "教育局"], "里的 2～3 没有读成"),
    "a range in words": ([1, "车", "新增车辆10至12辆", "年底", "交通局"], "里的 10至12 没有读成"),
    "a blank in a number": ([1, "住房", "改造1 200户", "年底", "住建局"], "里的 1 200 没有读成"),
    "a number alone": ([1, "公厕", 6, "年底", "住建局"], "里的 6 没有读成"),
    "a share without its sign": ([1, "覆盖率", 0.365, "年底", "林业局"], "里的 0.365 没有读成"),
    "so many of each": ([1, "垃圾站", "每个乡镇建设1座垃圾站", "年底", "住建局"], "里的 1 没有读成"),
    "how many there are in the end": ([1, "车站", "公交站由10座增加到15座", "年底", "交通局"], "里的 15 没有读成"),
    "a feast": ([1, "公厕", "新建公厕6座", "国庆节前", "住建局"], "“国庆节前”没有读懂是哪一天，先按 12 月 31 日算"),
    "a season": ([1, "公厕", "新建公厕6座", "秋季开学前", "住建局"], "没有读懂是哪一天"),
    "two months": ([1, "公厕", "新建公厕6座", "5月、9月", "住建局"], "没有读懂是哪一天"),
    "two days with amounts": ([1, "公厕", "新建公厕6座", "6月底前3座，12月底前6座", "住建局"], "没有读懂是哪一天"),
    "a day that lost its nought": ([1, "公厕", "新建公厕6座", 2024.1, "住建局"], "是 10 月吗？"),
    "a number in words": ([1, "公厕", "新建公厕十二座", "年底", "住建局"], "按 12 座收？"),
}


@pytest.mark.parametrize("kind", ASKED)
def test_what_may_be_meant_otherwise_is_asked(kind):
    row, question = ASKED[kind]
    reading = reading_of(workbook(WITH_DAY, row))
    assert [doubt.question for doubt in reading.doubts if question in doubt.question], reading.doubts
    assert all(doubt.kind for doubt in reading.doubts), "each may be answered with others of its kind"


def test_a_day_of_another_year_in_a_goal_is_asked():
    reading = reading_of(workbook(HEAD, [1, "医院", "2024年完成主体，2025年6月底建成", "卫健局"]))
    assert [doubt.question for doubt in reading.doubts] == [
        "“2024年完成主体，2025年6月底建成”里的日子不在 2024 年里，先按 12 月 31 日算。"
    ]


def test_columns_that_were_not_read_are_said_of_the_whole():
    reading = reading_of(workbook([*HEAD, "资料清单"], [1, "公厕", "新建公厕6座", "住建局", "图纸"]))
    assert any("“资料清单”" in note.text for note in reading.notes if not note.cell)


def test_the_nought_of_october_is_answered():
    reading = reading_of(workbook(WITH_DAY, [1, "公厕", "新建公厕6座", 2024.1, "住建局"]))
    days = [[row.values["due_on"] for row in reading.answered([n]) if row.model == "tasks.target"] for n in (0, 1)]
    assert days == [["2024-10-31"], ["2024-01-31"]]


def test_columns_of_other_years_are_left_alone():
    content = workbook(
        ["序号", "项目名称", "建设内容", "2024年目标", "2025年目标", "2026年目标", "责任单位"],
        [1, "公厕", "新建公厕18座", "新建5座", "新建6座", "新建7座", "住建局"],
        title="青岚县民生实事计划表（2024-2026年）",
    )
    assert "哪一年" in reading_of(content).problems[0].text, "three years are no year"
    reading = reading_of(content, 2025)
    assert told(reading) == "Sheet!B3 公厕 6 座（建成），12 月 31 日前。"
    assert any("2024年目标" in note.text for note in reading.notes)


def test_what_was_left_out_of_the_whole_is_said_of_the_whole():
    beside = workbook(
        [*HEAD, None, *HEAD], [1, "公厕", "新建公厕6座", "住建局", None, 11, "公路", "改造公路30公里", "交通局"]
    )
    whole = [note.text for note in reading_of(beside).notes if not note.cell]
    assert any("Sheet!G2 这一列没有读" in text for text in whole)
    again = workbook(
        HEAD,
        [1, "公厕", "新建公厕6座", "住建局"],
        sheets={"汇总": [[TITLE], HEAD, [1, "公厕", "新建公厕6座", "住建局"]]},
    )
    reading = reading_of(again)
    assert len(reading.items) == 1, "said once more it is no other item"
    assert "没有读“汇总”" in reading.notes[0].text


def test_what_is_hidden_or_reckoned_is_said():
    book = openpyxl.load_workbook(io.BytesIO(workbook(WITH_DAY, [1, "公厕", "新建公厕6座", "10月底", "住建局"])))
    book.active.column_dimensions["D"].hidden = True
    book.save(file := io.BytesIO())
    reading = reading_of(file.getvalue())
    assert "“完成时限”这一列是隐藏的" in " ".join(note.text for note in reading.notes if not note.cell)
    sheet = opened(workbook(HEAD, [1, "公厕", "新建公厕6座", "住建局"]))
    cells = {
        place: replace(cell, formula="=A1") if place == (3, 3) else cell
        for place, cell in sheet.sheets[0].cells.items()
    }
    told_of = county_reading(
        replace(sheet, sheets=(replace(sheet.sheets[0], cells=cells),)), year=None, known=Known(), spell=spell
    )
    assert [note.text for note in told_of.notes if note.cell == "Sheet!C3"] == [
        "是公式，读的是算出来的值 新建公厕6座。"
    ]


def test_a_table_without_heads_is_refused():
    with pytest.raises(NoTable):
        reading_of(workbook([1, "公厕", "新建公厕6座", "住建局"], [2, "公路", "改造公路30公里", "交通局"]))


ROLES = {
    "牵头：住建局 配合：城管局、财政局": (["住建局"], ["城管局", "财政局"]),
    "牵头单位：交通局\n配合单位：财政局、各乡镇": (["交通局"], ["财政局", "各乡镇"]),
    "交通局（牵头）、财政局": (["交通局"], ["财政局"]),
    "住建局牵头，城管局配合": (["住建局"], ["城管局"]),
    "责任单位：住建局；协办单位：城管局": (["住建局"], ["城管局"]),
    "住建局、城管局": None,
}


@pytest.mark.parametrize("text", ROLES)
def test_who_leads_where_the_cell_says_it(text):
    assert roles_of(text) == ROLES[text]
    assert all("：" not in name and "牵头" not in name for name in offices_of(text)[0])


def test_who_leads_a_project_where_the_cell_says_it():
    reading = reading_of(workbook(HEAD, [1, "公厕", "新建公厕6座", "牵头：住建局 配合：城管局"]))
    assert leads(reading) == [["住建局", "|", "城管局"]]


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("三十二", 32),
        ("一百二十", 120),
        ("一千零五十", 1050),
        ("两万", 20_000),
        ("一万三千", 13_000),
    ],
)
def test_numbers_in_words(word, number):
    assert number_of(word) == number


@pytest.mark.parametrize(
    "sentence",
    [
        "6月底前开工",
        "完成第2批试点",
        "2024年12月底前建成",
        "建设5G基站",
        "一季度开工",
        "新建公厕6座",
        "落实“2+3”机制",
        "（1）建章立制",
        "1.完善制度",
    ],
)
def test_numbers_that_are_no_amounts_are_not_asked_about(sentence):
    assert unread_number(sentence) == ""


def test_what_is_counted_in_words_is_a_count():
    assert [(one.amount, one.unit) for one in quantities_of("放映电影二百场，打造一批精品")] == [(200, "场")]
