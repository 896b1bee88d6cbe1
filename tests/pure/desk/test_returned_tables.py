"""A department's own monthly table: for each cell what is taken of it, and what can't be read, and why."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import docx
import openpyxl
import pytest
from django.conf import settings

from desk.forms.returns import answers_in, asked_of
from desk.returns.own_reading import PASSED_OVER
from desk.returns.readings import FileReading
from desk.returns.shapes import Field
from desk.workbooks.opening import Unreadable, opened
from desk.workbooks.opening_process import OLD as OLD_START
from desk.workbooks.opening_process import OLD_FORMAT
from tests.returned_month import a_month, returned, told

TABLES = settings.BASE_DIR / "tests/fixtures/tables"
NAMES = ("merged-cells.xlsx", "merged-cells.xls", "progress-gb18030.csv")
MERGED, OLD, CSV = ((TABLES / name).read_bytes() for name in NAMES)


def a_table(*rows: tuple, change=None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    book.save(stored := BytesIO())
    return stored.getvalue()


def taken_of(reading: FileReading) -> dict[str, str]:
    """By cell and the first letter of the field, without the sheet's name: L is the value of a line."""
    return {f"{one.cell.rpartition('!')[2]} {one.word}": one.typed for row in reading.rows for one in row.taken}


def test_a_table_with_merged_cells_is_read_cell_by_cell():
    (reading,) = returned(MERGED).files
    assert taken_of(reading) == {
        "F4 完成投资（万元）": "12000",
        "H4 进展": "路基完成，路面铺油60％左右",
        "J4 存在问题": "资金缺口约3300万元",
        "F5 完成投资（万元）": "4800",
        "H5 进展": "经二路：完成；纬一路（大张段）：已完工，待验收；纬五路（经二路至经三路）：完成40%",
        "H7 纬五路这一天累计": "40",
        "J7 存在问题": "拆迁未完",
        "H9 进展": "主体封顶",
        "H11 处理站这一天累计": "3",
        "H11 进展": "10座站：建成3座（在建2座）；30处小型设施：15/30",
    }
    doubts = {one.cell.rpartition("!")[2]: one.meant for row in reading.rows for one in row.doubts}
    assert doubts == {"H5": "100", "H12": "15"}
    assert [(one.cell.rpartition("!")[2], one.title) for one in reading.unmatched] == [("B10", "餐厨垃圾处理厂")]
    assert not any(row.problems for row in reading.rows)


def test_the_same_table_of_an_old_program_is_read_alike():
    """.xls, and .et of WPS, which is the same format under another name."""
    old, new = (returned(content) for content in (OLD, MERGED))
    assert taken_of(old.files[0]) == taken_of(new.files[0])
    assert told(old) == told(new)
    assert opened(OLD).notes == (OLD_FORMAT,), "what such a file doesn't tell stands above all else"


@pytest.mark.parametrize("content", [OLD_START, OLD_START + b"x" * 4096, OLD_START + bytes(4096)])
def test_a_broken_table_of_an_old_program_is_refused_in_words(content):
    with pytest.raises(Unreadable, match="文件坏了，或者有密码，打不开"):
        opened(content)


def test_what_was_not_taken_of_it_is_told_at_its_cell():
    said = dict(told(returned(MERGED)))
    assert "对不上哪一个目标" in said["H4"]
    assert said["F9"] == "“约3300万元”不是确切的数，没有取。"
    assert said["F11"] == "“3千余万”不是确切的数，没有取。"
    assert "合计，跳过" in said["B13"]
    assert {"E3", "G3", "I3"} <= said.keys()
    assert said["H12"] == "“15/30”是完成了 15处 吗？"


def test_what_somebody_answers_for_a_name_is_read():
    (asked,) = returned(MERGED).files[0].unmatched
    assert asked.candidates[0].title == "餐厨垃圾处理厂项目"
    (reading,) = returned(MERGED, **{f"{asked.key}-0": "project-4"}).files
    assert taken_of(reading)["F10 完成投资（万元）"] == "0"
    assert taken_of(reading)["J10 存在问题"] == "用地手续"
    assert not reading.unmatched
    for nothing in (PASSED_OVER, "project-1", "project-99", ""):
        (reading,) = returned(MERGED, **{f"{asked.key}-0": nothing}).files
        assert "F10 完成投资（万元）" not in taken_of(reading)
        assert bool(reading.unmatched) == (nothing != PASSED_OVER)


def test_a_total_is_held_against_the_published_one_and_never_taken():
    """3300 and 4800 are 万元 by the head, as published; another amount is told."""
    said = dict(told(returned(MERGED)))
    assert not {"E9", "E4"} & said.keys()
    other = a_table(("项目名称", "总投资（万元）", "完成投资", "进展"), ("农村路", 19000, 10, "在建"))
    assert "总投资写的是 19000 万元，公布的是 18500 万元" in dict(told(returned(other)))["B2"]


def test_a_file_in_gb18030_keeps_its_rare_characters():
    (reading,) = returned(CSV).files
    texts = taken_of(reading)
    assert texts["D2 完成投资（万元）"] == "3370"
    assert texts["E3 进展"] == "㙍村段（生僻字 䶮、𠮷）完成"
    said = dict(told(returned(CSV)))
    assert said["C3"] == "“9月30日”没有写年份，按 2020-09-30 读。"
    assert said["D3"] == "“约3300万元”不是确切的数，没有取。"
    assert said["C4"] == "数据日期“2020年第三季度”：请写一天，例如 2020-09-30。"
    assert said["E4"] == "“〇处”是 0处 吗？"


def test_a_row_that_is_refused_leaves_the_others():
    (reading,) = returned(CSV).files
    assert [bool(row.problems) for row in reading.rows] == [False, False, True]


HEAD = ("项目名称", "数据日期", "累计完成", "完成投资（万元）", "进展", "存在问题", "滞后原因", "下一步")


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2020-08-31", "数据日期是 2020-08-31，这次收的是 2020-09-30"),
        (date(2020, 8, 31), "数据日期是 2020-08-31"),
        ("年底前", "请写一天"),
        ("长期", "请写一天"),
        (44104, "像是日期没有设成日期的格式"),
        ("2020-02-30", "没有“2020-02-30”这一天"),
        *(
            (text, None)
            for text in ("2020年9月30日", "2020.9.30", "20200930", "２０２０-０９-３０", date(2020, 9, 30), "")
        ),
    ],
)
def test_a_row_of_another_day_stays_out(day, said):
    (reading,) = returned(a_table(HEAD, ("农村路", day, None, 10, "在建"))).files
    (row,) = reading.rows
    assert [said in one.text for one in row.problems] == [True] if said else not row.problems


def test_a_table_with_the_days_of_the_old_macintosh_is_read_by_its_own_calendar():
    def since_1904(book):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        book.active["B2"] = date(2020, 9, 30)

    (reading,) = returned(a_table(HEAD, ("农村路", None, None, 10, "在建"), change=since_1904)).files
    assert [row.problems for row in reading.rows] == [[]]


@pytest.mark.parametrize("title", ["进展表（截至8月底）", "截止2019年9月30日", "进展（截至9月25日）"])
def test_a_title_of_another_month_refuses_the_table(title):
    (reading,) = returned(a_table((title,), HEAD, ("农村路", None, None, 10, "在建"))).files
    assert "这次收的是 2020-09-30" in reading.problems[0].text
    assert not reading.rows


def test_every_field_is_taken_and_the_reason_by_its_own_words():
    row = ("全民健身中心", "2020-09-30", "85%", "0.5亿", "主体完成", "缺人", "资金", "十月完工")
    (reading,) = returned(a_table(HEAD, row)).files
    changes = {one.name: one.typed for row in reading.rows for one in row.taken}
    assert changes == {
        "line:m-6": "85", Field.SPENT: "5000", Field.TEXT: "主体完成", Field.PROBLEM: "缺人",
        Field.DELAY: "资金", Field.NEXT_STEP: "十月完工",
    }  # fmt: skip


def test_a_reason_in_other_words_is_not_taken():
    (reading,) = returned(a_table(HEAD, ("全民健身中心", "", "", "", "在建", "", "下雨", ""))).files
    assert "没有取" in dict(told(returned(a_table(HEAD, ("全民健身中心", "", "", "", "在建", "", "下雨", "")))))["G2"]
    assert Field.DELAY not in {one.name for row in reading.rows for one in row.taken}


def test_what_is_stored_already_is_not_overwritten_by_a_table_that_was_never_exported():
    month = a_month(project_6={"text": "别人写的", "line:m-6": "85"})
    (reading,) = returned(a_table(HEAD, ("全民健身中心", "", "85%", "", "主体完成", "", "", "")), month=month).files
    (row,) = reading.rows
    assert (row.taken, [(one.current, one.typed) for one in row.conflicts]) == ([], [("别人写的", "主体完成")])


@pytest.mark.parametrize(
    ("title", "candidates"),
    [
        ("四好农村路建设", None), ("西张 小学", None), ("“西张小学”", None),
        ("西张小学校", ["西张小学"]), ("垃圾处理厂", ["第二生活垃圾处理厂", "餐厨垃圾处理厂项目"]), ("火星基地", []),
    ],
)  # fmt: skip
def test_an_item_is_matched_by_its_name_or_asked_and_never_guessed(title, candidates):
    (reading,) = returned(a_table(HEAD, (title, "", "", "", "在建"))).files
    asked = [sorted(row.title for row in one.candidates) for one in reading.unmatched]
    if candidates is None:
        assert (len(reading.rows), asked) == (1, [])
    else:
        assert not reading.rows
        assert asked == ([sorted(candidates)] if candidates else [])
        assert len(reading.unknown) == (not candidates)


def test_an_item_that_stands_twice_is_read_once():
    (reading,) = returned(
        a_table(HEAD, ("农村路", "", "", 10, "甲"), ("西张小学", "", "", 1, "乙"), ("四好农村路建设", "", "", 20, "丙"))
    ).files
    assert "说的是同一项" in reading.unknown[0].text
    assert taken_of(reading)["D2 完成投资（万元）"] == "10"


def test_a_table_of_word_is_read():
    document = docx.Document()
    document.add_paragraph("单位：万元")
    table = document.add_table(2, 4)
    for cells, texts in zip(table.rows, (HEAD[:1] + HEAD[3:6], ("西张小学", "300", "主体封顶", "无")), strict=True):
        for cell, text in zip(cells.cells, texts, strict=True):
            cell.text = text
    document.save(stored := BytesIO())
    (reading,) = returned(stored.getvalue()).files
    assert {one.name: one.typed for row in reading.rows for one in row.taken} == {
        Field.SPENT: "300",
        Field.TEXT: "主体封顶",
    }


CARE, GYM, ROADS = "老年人日间照料中心", "全民健身中心", "农村路"  # 5 处; a share of 100 %; two shares
N, V, S, T = ("序号", "项目名称"), "累计完成", "完成投资", "进展"
OF_SHEET = {"V": "这一天累计", "S": "完成投资（万元）", "T": "进展"}


def merged_down(*areas: str):
    def change(book):
        for area in areas:
            book.active.merge_cells(area)

    return change


# What is taken, by column and row; what the page asks or says besides, at its cell.
SHAPES = {
    "quarters": ([(*N, "一季度", "二季度", T), (1, CARE, 1, 2, "建成3处")], {"E2 V": "3", "E2 T": "建成3处"}, {"C1": "这一列没有读"}),
    "the month's own figure beside the total": ([(*N, "本月完成投资", "累计完成投资"), (1, CARE, 100, 300)], {"D2 S": "300"}, {"C1": "这一列没有读"}),
    "only the month's own figure": ([("项目名称", "本月完成", T), (CARE, 1, "在建")], {"C2 T": "在建"}, {"B1": "这一列没有读"}),
    "亿元 in the head": ([("项目名称", "完成投资（亿元）", T), (ROADS, 1.2, "在建")], {"B2 S": "12000", "C2 T": "在建"}, {}),
    "亿元 above": ([("单位：亿元",), ("项目名称", S, T), (ROADS, 1.2, "在建")], {"B3 S": "12000", "C3 T": "在建"}, {}),
    "亿元 beside": ([("项目名称", S, "单位", T), (ROADS, 1.2, "亿元", "在建")], {"B2 S": "12000", "D2 T": "在建"}, {}),
    "units beside": ([(*N, "单位", V), (1, CARE, "处", 3), (2, GYM, "公里", 85)], {"D2 V": "3"}, {"D3": "表里的单位是“公里”，这个目标按“%”计，没有取"}),
    "another unit in the head": ([(*N, "完成数（公里）"), (1, CARE, 3)], {}, {"C2": "表里的单位是“公里”，这个目标按“处”计，没有取"}),
    "a share in the head": ([(*N, "累计完成（%）"), (1, GYM, 85), (2, CARE, 60)], {"C2 V": "85"}, {"C3": "表里的单位是“%”"}),
    "money in the head": ([(*N, "累计完成（万元）", T), (1, CARE, 3300, "在建")], {"C2 S": "3300", "D2 T": "在建"}, {}),
    "totals": ([("项目名称", S, T), ("合计", 5, ""), (ROADS, 3, "在建"), ("小计（1项）", 3, ""), ("总  计", 5, "")], {"B3 S": "3", "C3 T": "在建"}, {"A4": "合计，跳过"}),
    "notes and signatures": ([("项目名称", S, T), (ROADS, 3, "在建"), ("注：截至9月25日",), ("填报人：张某", "审核人：李某")], {"B2 S": "3", "C2 T": "在建"}, {"A3": "说明", "A4": "说明"}),
    "a 完成率 alone": ([("项目名称", "完成率"), (GYM, "85%"), (CARE, "60%")], {}, {"B2": "是完成率，“主体”也是 85% 吗", "B3": "完成率不是做完了多少，没有取"}),
    "a 完成率 beside words": ([(*N, "完成率", T), (1, CARE, "60%", "建成3处")], {"D2 V": "3", "D2 T": "建成3处"}, {}),
    "fractions": ([(*N, V), (1, GYM, 1), (2, "西张小学", 0.5)], {}, {"C2": "是 100% 吗", "C3": "是 50% 吗"}),
    "a share of what is counted": ([(*N, V), (1, CARE, "60%")], {}, {"C2": "不写百分数。没有取"}),
    "money as a share": ([(*N, S), (1, ROADS, "65%")], {}, {"C2": "不是确切的数，没有取"}),
    "full width": ([(*N, V, S), (1, CARE, "３", "１，２００")], {"C2 V": "3", "D2 S": "1200"}, {}),
    "departments between": ([("项目名称", S), ("交通局",), (ROADS, 3)], {"B3 S": "3"}, {"A2": "只有名称"}),
    "words for a value": ([(*N, V, S), (1, GYM, "已完成", "已完成"), (2, CARE, "基本完成", "在建")], {}, {"C2": "是 100% 吗", "D2": "没有取", "C3": "只有文字", "D3": "没有取"}),
    "dashes": ([(*N, V, S, T), (1, GYM, "/", "—", "无")], {}, {}),
    "less than 1 万元": ([(*N, S), (1, ROADS, 0.65), (2, GYM, 0)], {"C3 S": "0"}, {"C2": "看着像完成的比例"}),
    "a tick": ([(*N, T), (1, GYM, "√")], {}, {"C2": "不是一句话，进展没有取"}),
    "ranges and less than nothing": ([(*N, V), (1, CARE, "3-4"), (2, GYM, "80%-85%"), (3, "西张小学", "-1")], {}, {"C2": "不写范围", "C3": "几个百分数", "C4": "不能小于 0"}),
    "money in words": ([(*N, S), (1, ROADS, "300（其中本月100）"), (2, GYM, "300/500")], {}, {"C2": "没有取", "C3": "没有取"}),
    "two sheets": ([("项目名称", S), (ROADS, 3)], {"B2 S": "3"}, {"": "工作表“九月”没有读"}, lambda book: book.create_sheet("九月").append(("项目名称", S))),
    "departments merged": ([("部门", "项目名称", S), ("交通局", ROADS, 3), (None, GYM, 5)], {"C2 S": "3", "C3 S": "5"}, {}, merged_down("A2:A3")),
    "this month and the total below one name": (
        [(*N, S, None), (None, None, "本月", "累计"), (1, ROADS, 100, 300)], {"D3 S": "300"}, {"C1": "“完成投资·本月”这一列没有读"}, merged_down("A1:A2", "B1:B2", "C1:D1"),
    ),
    "figures and words below one name": (
        [(*N, "完成情况", None, None), (None, None, "数量", "投资", "形象进度"), (1, CARE, 3, 300, "在建")],
        {"C3 V": "3", "D3 S": "300", "E3 T": "在建"}, {}, merged_down("A1:A2", "B1:B2", "C1:E1"),
    ),
    "a number that breaks a sentence": ([(*N, V), (1, CARE, "3{/5"), (2, GYM, "主体{0}完成85%{")], {}, {"C2": "是完成了 3处 吗", "C3": "的 85% 吗"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_whatever_the_shape_a_figure_is_read_asked_or_refused_in_words(name):
    rows, taken, said, *change = SHAPES[name]
    run = returned(a_table(*rows, change=change[0] if change else None))
    words = {word: letter for letter, word in OF_SHEET.items()}
    found = {
        " ".join((key.split(" ")[0], words[key.split(" ")[1]])): text for key, text in taken_of(run.files[0]).items()
    }
    assert found == taken
    texts = told(run)
    assert [place for place, text in said.items() if not any(place == at and text in one for at, one in texts)] == [], (
        texts
    )


@pytest.mark.parametrize(
    "title", ["交通局8月份进展情况", "2019年9月重点项目进展表", "八月完成情况统计", "2020年1-8月进度表"]
)
def test_a_title_that_names_another_month_refuses_the_table(title):
    (reading,) = returned(a_table((title,), HEAD, ("农村路", None, None, 10, "在建"))).files
    assert "这次收的是 2020-09-30" in reading.problems[0].text


@pytest.mark.parametrize(
    "title",
    [
        "市交通局2020年9月重点项目进展表",
        "九月份进展",
        "2020年1-9月进度",
        "进展表（10月8日报）",
        "2020年重点项目",
        "10月报送",
        "第9次月报",
    ],
)
def test_a_title_of_the_month_or_of_none_is_taken(title):
    (reading,) = returned(a_table((title,), HEAD, ("农村路", None, None, 10, "在建"))).files
    assert not reading.problems


def test_what_is_no_table_is_refused():
    (reading,) = returned(a_table(("随便", "写写"), ("一", "二"))).files
    assert "没有找到列名" in reading.problems[0].text


@pytest.mark.parametrize(
    ("head", "taken"),
    [
        *((head, "缺资金") for head in (
            "存在的困难和问题", "存在的主要困难和问题", "目前存在的困难与问题", "存在的困难、问题", "存在困难问题", "工程存在的难点", "主要制约因素", "存在的困难和问题（简述）",
        )),
        *((head, None) for head in ("上月存在的困难和问题", "上期问题", "存在问题及进展情况", "问题完成情况")),
    ],
)  # fmt: skip
def test_what_keeps_an_item_back_is_known_by_many_heads(head, taken):
    (reading,) = returned(a_table(("项目名称", "进展", head), ("西张小学", "主体封顶", "缺资金"))).files
    assert taken_of(reading).get("C2 存在问题") == taken
    assert bool(taken) != any(one.cell.endswith("!C1") for one in reading.left)


def test_a_name_that_is_none_may_be_any_item_of_its_department():
    """Of that which the file is called by, or of which it has another item, not only the likeliest."""
    table = a_table(("项目名称", "进展"), ("餐厨垃圾处理厂", "主体封顶"), ("第二生活垃圾处理厂", "在建"))
    names = {"water": "县水利局", "schools": "县教育局"}
    month = replace(a_month(), names=names)
    (asked,) = asked_of(returned(table, month=month, names=["县水利局.xlsx"]), {})
    assert [label for _value, label in asked.others] == ["农村生活污水处理项目"]
    (asked,) = asked_of(returned(table, month=month), {})
    assert [label for _value, label in asked.others] == ["农村生活污水处理项目"]
    answers = answers_in({asked.name: "", asked.name_of_others: asked.others[0][0]})
    (reading,) = returned(table, month=month, **answers).files
    assert {row.row.title: taken.typed for row in reading.rows for taken in row.taken} == {
        "农村生活污水处理项目": "主体封顶",
        "第二生活垃圾处理厂": "在建",
    }
    assert not reading.unmatched
