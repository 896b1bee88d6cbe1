"""Our own sheet as it comes back: nothing changed is nothing, what changed is compared three ways, faults are named at their cell."""

import cProfile
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core import signing
from openpyxl.worksheet.datavalidation import DataValidation

from desk.forms.returns import asked_of
from desk.returns import keys
from desk.returns.columns import HEAD_ROW, KEY, LINE_KEY, LOCKS, SHOWN, SIGNATURE, TYPED, VERSION
from desk.returns.dry_run import changes_of
from desk.returns.shapes import Field, Month, MonthRow
from desk.returns.unwritten import unwritten_of
from desk.returns.writing import month_workbook, zipped
from desk.workbooks.opening import Unreadable, opened
from tests.opened_here import opened_here
from tests.returned_month import (
    DAY,
    FIRST,
    HEADS,
    a_month,
    a_share,
    changed,
    column,
    exported,
    returned,
    told,
    typed,
)

FILLED = {
    "line:m-1": "60", "line:m-2": "99.5", Field.SPENT: "12000.5", Field.TEXT: "=2+3\n第二行", Field.PROBLEM: "-缺人",
    Field.DELAY: "资金", Field.NEXT_STEP: "@十月",
}  # fmt: skip


def taken_of(run) -> dict[str, str]:
    return {one.name: one.typed for reading in run.files for row in reading.rows for one in row.taken}


def test_a_sheet_that_nobody_changed_changes_nothing():
    for month in (a_month(), a_month(project_1=FILLED, project_8={"line:m-8": "0"})):
        run = returned(exported(month), month=month)
        assert (told(run), run.n_taken, run.n_asked, run.is_nothing) == ([], 0, 0, True)
        assert len(run.files[0].rows) == len(month.rows)


def test_no_cell_of_a_sheet_is_a_formula():
    sheet = openpyxl.load_workbook(BytesIO(exported(a_month(project_1=FILLED)))).active
    assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    numbers = [sheet.cell(FIRST, column(head)).value for head in ("这一天累计", "完成投资")]
    assert numbers == [60, 12000.5]


def test_only_what_may_be_typed_is_open():
    sheet = openpyxl.load_workbook(BytesIO(exported())).active
    assert sheet.protection.sheet
    is_open = {name: not sheet.cell(FIRST, number).protection.locked for name, number in HEADS.items()}
    assert {name for name, one in is_open.items() if one} == {one.head for one in TYPED}
    hidden = {number for name, number in HEADS.items() if number > len(SHOWN)}
    assert all(sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].hidden for number in hidden)


def test_a_sheet_is_printed_as_a_ledger():
    sheet = openpyxl.load_workbook(BytesIO(exported())).active
    page = sheet.page_setup
    assert (page.orientation, page.paperSize, page.fitToHeight) == ("landscape", 9, 0)
    assert sheet.print_title_rows == f"$1:${HEAD_ROW}"
    assert sheet.print_area.endswith(f"$M${sheet.max_row}")
    offers: list[DataValidation] = sheet.data_validations.dataValidation
    assert {one.type for one in offers} == {"list", "decimal"}


def test_what_is_typed_is_taken_and_what_is_emptied_too():
    run = returned(exported(change=typed(这一天累计="85%", 进展="路面铺完", 完成投资="1.2亿", 原因="天气")))
    assert taken_of(run) == {"line:m-1": "85", Field.SPENT: "12000", Field.TEXT: "路面铺完", Field.DELAY: "天气"}
    month = a_month(project_1=FILLED)
    run = returned(exported(month, typed(存在问题=None)), month=month)
    assert taken_of(run) == {Field.PROBLEM: ""}


@pytest.mark.parametrize(
    ("was", "written", "now", "outcome"),
    [
        ("60", "60", "60", None),
        ("60", "60", "70", None),
        ("60", "80", "60", "taken"),
        ("60", "80", "80", None),
        ("60", "80", "70", "conflict"),
        ("60", None, "60", "taken"),
        ("60", None, "70", "conflict"),
        ("", "80", "", "taken"),
        ("", "80", "70", "conflict"),
        ("", "80", "80", None),
        ("", "80.0", "80", None),
        ("60", "80", "", "conflict"),
        ("60", "60%", "70", None),
    ],
)
def test_each_cell_is_compared_three_ways(was, written, now, outcome):
    content = exported(a_month(project_1={"line:m-1": was}), typed(这一天累计=written))
    (reading,) = returned(content, month=a_month(project_1={"line:m-1": now})).files
    row = reading.rows[0]
    assert [bool(row.taken), bool(row.conflicts)] == [outcome == "taken", outcome == "conflict"]
    if outcome == "conflict":
        conflict = row.conflicts[0]
        assert (conflict.exported, conflict.current, conflict.cell) == (was, now, f"{DAY}!G4")


def test_a_conflict_is_decided_cell_by_cell_and_nothing_is_overwritten_by_itself():
    month = a_month(project_1={"line:m-1": "70", Field.TEXT: "别人写的"})
    run = returned(exported(change=typed(这一天累计=80, 进展="我写的", 下一步="通车")), month=month)
    (by_value, by_text) = (run.files[0].input_of(one) for one in run.files[0].rows[0].conflicts)
    written = lambda **answers: next(iter(changes_of(run, answers))).values  # noqa: E731
    assert written() == {Field.NEXT_STEP: "通车"}
    assert written(**{by_text: "typed"}) == {Field.NEXT_STEP: "通车", Field.TEXT: "我写的"}
    assert written(**{by_value: "typed", by_text: "current"}) == {Field.NEXT_STEP: "通车", "line:m-1": "80"}


def test_what_is_asked_is_taken_only_where_somebody_says_so():
    run = returned(exported(change=typed(这一天累计=0.85, 完成投资=48000000)))
    doubts = run.files[0].rows[0].doubts
    assert [one.meant for one in doubts] == ["85", "4800"]
    answers = {run.files[0].input_of(doubts[0]): "meant"}
    assert [one.values for one in changes_of(run, answers)] == [{"line:m-1": "85"}]
    assert list(changes_of(run, {})) == []


def apart(sheet: Any) -> None:
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))


def test_rows_and_columns_may_stand_anywhere():
    def turn(sheet: Any) -> None:
        typed(进展="路面铺完")(sheet)
        apart(sheet)
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD_ROW)]
        order = list(range(len(rows[0])))
        random.Random(1).shuffle(order)  # noqa: S311  # no secret
        lines = [rows[0], *reversed(rows[1:])]
        for number, line in enumerate(lines, start=HEAD_ROW):
            for place, source in enumerate(order, start=1):
                sheet.cell(number, place).value = line[source]

    run = returned(exported(change=turn))
    assert taken_of(run) == {Field.TEXT: "路面铺完"}
    assert not [one for one in told(run) if "锁定" in one[1]]


def test_a_row_in_error_stays_out_and_the_others_go():
    def fill(sheet: Any) -> None:
        typed(这一天累计="约60", 进展="在建")(sheet)
        sheet.cell(FIRST + 2, column("进展")).value = "二路通车"

    run = returned(exported(change=fill))
    assert [one.row.key for one in changes_of(run, {})] == ["project-2"]
    assert told(run) == [("G4", "路面这一天累计“约60”：只写一个确切的数，例如 60；说不准的写在文字里。")]


@pytest.mark.parametrize(
    ("head", "text", "said"),
    [
        ("目标", "路面：50%", "把“目标”从“路面：100%（2020-12-31前）”改成了“路面：50%”：目标不在这里改，按原来的“路面：100%（2020-12-31前）”读。"),
        ("目标", "50%", "把“目标”从“路面：100%（2020-12-31前）”改成了“50%”"),
        ("目标", None, "把“目标”从“路面：100%（2020-12-31前）”改成了空的"),
        ("上次", "99%", "把“上次”从空的改成了“99%”：上次不在这里改，没有取。"),
        ("序时", "70%", "把“序时”从空的改成了“70%”：序时不在这里改，没有取。"),
        ("项目或事项", "农村路", "把“项目或事项”从““四好农村路”建设”改成了“农村路”：项目或事项不在这里改"),
    ],
)  # fmt: skip
def test_a_changed_locked_cell_is_said_and_the_rest_of_its_row_is_taken(head, text, said):
    run = returned(exported(change=typed(这一天累计="60%", **{head: text})))
    assert taken_of(run) == {"line:m-1": "60"}
    (left,) = run.files[0].left
    assert (left.title, left.text.startswith(said), run.files[0].n_problems) == ("“四好农村路”建设", True, 0), left


@pytest.mark.parametrize("head", ["序号", "项目或事项"])
def test_what_names_the_same_row_is_no_change(head):
    text = {"序号": 7, "项目或事项": "四好农村路 建设"}[head]
    run = returned(exported(change=typed(进展="在建", **{head: text})))
    assert (told(run), run.n_taken) == ([], 1)


def test_what_was_published_since_is_said_as_it_is_now():
    month = a_month()
    first = replace(month.rows[0], lines=tuple(replace(line, last="40%") for line in month.rows[0].lines))
    (reading,) = returned(exported(change=typed(上次="99%")), month=Month(DAY, (first, *month.rows[1:]))).files
    assert [one.text for one in reading.left] == ["把“上次”改成了“99%”：上次不在这里改，按现在的“40%”读。"]


def test_what_is_not_taken_is_counted_and_says_what_stays():
    month = a_month(project_1={Field.SPENT: "3000"})
    run = returned(exported(month, typed(完成投资="约3300万元", 进展="在建")), month=month)
    (left,) = run.files[0].left
    assert (left.place, left.text) == (
        f"“四好农村路”建设 {DAY}!H4",
        "完成投资（万元）：“约3300万元”不是确切的数，没有取。现在存的“3000”不动。",
    )
    assert (run.n_left, run.n_refused, taken_of(run)) == (1, 0, {Field.TEXT: "在建"})


def test_everything_that_is_not_written_is_said_with_its_row_and_cell():
    def fill(sheet: Any) -> None:
        typed(这一天累计="约60")(sheet)
        sheet.cell(FIRST + 5, column("这一天累计")).value = 0.85
        sheet.cell(FIRST + 6, column("进展")).value = "我写的"

    run = returned(exported(change=fill), b"no table", month=a_month(project_4={Field.TEXT: "别人写的"}))
    said = [
        [(one.title, one.cell.rpartition("!")[2]) for one in unwritten_of(run, reading, {})] for reading in run.files
    ]
    assert said == [
        [("“四好农村路”建设", "G4"), ("第二生活垃圾处理厂", "G9"), ("餐厨垃圾处理厂项目", "I10")],
        [("", "")],
    ]
    texts = [one.text for one in unwritten_of(run, run.files[0], {})]
    assert any("留着现在的“别人写的”，没有改成表里的“我写的”" in text for text in texts)
    assert any("是 85% 吗" in text and "您没有定" in text for text in texts)
    answers = {run.files[0].input_of(one): "meant" for row in run.files[0].rows for one in row.doubts}
    assert not any("85" in one.text for one in unwritten_of(run, run.files[0], answers))


def test_no_change_is_said_alone():
    run = returned(exported(change=typed(无变化="√")))
    assert taken_of(run) == {Field.UNCHANGED: "是"}
    run = returned(exported(change=typed(无变化="是", 进展="变了")))
    assert "只能写一样" in told(run)[0][1]


def test_a_row_that_is_closed_says_why():
    month = a_month()
    closed = month.rows[0].__class__(**vars(month.rows[0]) | {"closed": "这一天的数据已经送审了。"})
    run = returned(exported(change=typed(进展="晚了")), month=type(month)(DAY, (closed, *month.rows[1:])))
    assert told(run) == [("A4", "这一天的数据已经送审了。")]


# Several files


def test_files_go_together_and_each_has_its_own_result():
    one = exported(change=typed(进展="甲"))
    other = exported(change=lambda sheet: sheet.__setitem__("I6", "乙"))
    run = returned(one, b"no table", other)
    assert [reading.is_refused for reading in run.files] == [False, True, False]
    assert [(change.row.key, change.file) for change in changes_of(run, {})] == [("project-1", 0), ("project-2", 2)]


def test_two_files_about_one_row_are_asked_unless_they_say_the_same():
    files = [exported(change=typed(进展=text)) for text in ("甲", "乙")]
    run = returned(*files)
    (twice,) = run.twice
    assert (twice.row.key, twice.files) == ("project-1", (0, 1))
    assert list(changes_of(run, {})) == []
    assert [one.values for one in changes_of(run, {twice.key: "1"})] == [{Field.TEXT: "乙"}]
    run = returned(files[0], exported(change=typed(进展="甲 ")))
    assert (run.twice, [one.values for one in changes_of(run, {})]) == ([], [{Field.TEXT: "甲"}])


def test_of_a_row_that_two_files_say_otherwise_each_files_words_stand_beside_its_name_and_place():
    one = exported(change=typed(完成投资=1200, 进展="甲", 下一步="同样"))
    other = exported(change=typed(进展="乙", 下一步="同样"))
    (asked,) = asked_of(returned(one, other, names=["交通.xlsx", "路政.xlsx"]), {})
    assert [(choice.label, choice.text) for choice in asked.choices] == [
        ("都先不写", ""),
        (
            "用“交通.xlsx”里的（2020-09-30!A4）",
            "完成投资（万元）（2020-09-30!H4）写“1200”；进展（2020-09-30!I4）写“甲”",
        ),
        (
            "用“路政.xlsx”里的（2020-09-30!A4）",
            "完成投资（万元）没有写；进展（2020-09-30!I4）写“乙”",
        ),
    ]


def test_a_page_asks_no_more_than_a_person_answers():
    month = a_month()
    crowd = [
        month.rows[5].__class__(**vars(month.rows[5]) | {"key": f"project-{n}", "title": f"项目{n}"})
        for n in range(700)
    ]
    big = type(month)(DAY, tuple(crowd))

    def ask(sheet: Any) -> None:
        for row in range(FIRST, FIRST + 700):
            sheet.cell(row, column("这一天累计")).value = 0.85

    (reading,) = returned(exported(big, ask), month=big).files
    assert "太多了" in reading.problems[0].text


def test_an_archive_holds_a_file_for_each_department():
    content = zipped([("交通局", b"1"), ("交通局", b"2"), ("a/b:c", b"3")])
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.namelist() == ["交通局.xlsx", "交通局-2.xlsx", "a-b-c.xlsx"]


# Faults, each at its cell


def cell(head: str, value: Any, row: int = FIRST) -> Any:
    return lambda sheet: setattr(sheet.cell(row, HEADS[head] if head in HEADS else column(head)), "value", value)


def percent(sheet: Any) -> None:
    one = sheet.cell(FIRST, column("完成投资"))
    one.value, one.number_format = 0.5, "0%"


def merged(sheet: Any) -> None:
    typed(这一天累计=50)(sheet)
    sheet.merge_cells("G4:G5")


def on_the_second_line(sheet: Any) -> None:
    apart(sheet)
    cell("进展", "第二行写的", row=FIRST + 1)(sheet)


def hidden(sheet: Any) -> None:
    typed(进展="在建")(sheet)
    sheet.row_dimensions[FIRST].hidden = True


def doubled(sheet: Any) -> None:
    for number in range(1, len(HEADS) + 1):
        sheet.cell(FIRST + 30, number).value = sheet.cell(FIRST + 5, number).value


def two_heads(sheet: Any) -> None:
    sheet.cell(HEAD_ROW, column("下一步")).value = "进展"


def from_another_row(sheet: Any) -> None:
    """The key of one row with what another carries."""
    sheet.cell(FIRST, HEADS[KEY]).value = sheet.cell(FIRST + 5, HEADS[KEY]).value


def an_unknown_row(sheet: Any) -> None:
    for number in range(1, len(HEADS) + 1):
        sheet.cell(FIRST + 30, number).value = "项目" if number == 3 else None
    sheet.cell(FIRST + 30, column("进展")).value = "新项目"


def without_stamp(sheet: Any) -> None:
    sheet.cell(1, len(SHOWN) + 1).value = None


def another_stamp(sheet: Any) -> None:
    sheet.cell(1, len(SHOWN) + 1).value = signing.dumps([1, "2020-09-30", "x"], salt="another")


AUGUST = type(a_month())(date(2020, 8, 31), a_month().rows)
CELL_FAULTS = {
    "words for a number": (cell("这一天累计", "八"), "G4", "阿拉伯数字"),
    "about": (cell("这一天累计", "约60"), "G4", "确切的数"),
    "a range": (cell("这一天累计", "15-20"), "G4", "不写范围"),
    "a fraction": (cell("这一天累计", "3／4"), "G4", "不写分数"),
    "a comma": (cell("这一天累计", "3,5"), "G4", "逗号"),
    "below nothing": (cell("这一天累计", -3), "G4", "不能小于 0"),
    "too long a number": (cell("这一天累计", 12345678901), "G4", "10 位"),
    "too many decimals": (cell("这一天累计", "1.23456"), "G4", "4 位小数"),
    "a day for a number": (cell("这一天累计", date(2020, 3, 4)), "G4", "读到的是日期"),
    "a clock for a number": (cell("这一天累计", time(12, 30)), "G4", "只写数"),
    "truth for a number": (cell("这一天累计", True), "G4", "只写数"),
    "a fraction of 100 %": (cell("这一天累计", 0.85), "G4", "是 85% 吗"),
    "a formula": (cell("这一天累计", "=40+5"), "G4", "公式"),
    "a formula for words": (cell("进展", "=A1"), "I4", "公式"),
    "an error value": (cell("这一天累计", "#REF!"), "G4", "错误值"),
    "a share where units are counted": (cell("这一天累计", "85%", row=FIRST + 7), "G11", "不写百分数"),
    "half of what is counted": (cell("这一天累计", 2.5, row=FIRST + 7), "G11", "只能是整数"),
    "a share of money": (percent, "H4", "百分数"),
    "yuan for 万元": (cell("完成投资", 48000000), "H4", "是 4800 万元吗"),
    "about so much money": (cell("完成投资", "约3300万元"), "H4", "不是确切的数"),
    "money to come": (cell("完成投资", "待定"), "H4", "没有取"),
    "money below nothing": (cell("完成投资", -5), "H4", "不能小于 0"),
    "parts of a yuan": (cell("完成投资", "0.00001"), "H4", "最小到元"),
    "a reason of one's own": (cell("原因", "下雨"), "K4", "只能选"),
    "a tick that is none": (cell("无变化", "也许"), "M4", "写“是”"),
    "too long a text": (cell("进展", "长" * 2001), "I4", "2000"),
    "merged": (merged, "G5", "合并"),
    "hidden": (hidden, "G4", "隐藏"),
    "words beside the second line": (on_the_second_line, "I5", "第一行"),
    "a changed goal": (cell("目标", "路面：50%"), "D4", "改成了“路面：50%”：目标不在这里改，按原来的“路面：100%"),
    "a changed last value": (cell("上次", 99), "F4", "改成了“99”：上次不在这里改"),
    "a changed title": (cell("项目或事项", "别的路", row=FIRST + 6), "C10", "把“项目或事项”从“餐厨垃圾处理厂项目”改成了“别的路”：不知道说的是哪一项"),
    "a changed department": (cell("部门", "教育局", row=FIRST + 6), "B10", "把“部门”改成了“教育局”：部门不在这里改"),
    "a changed exported value": (cell("原进展", "早就这样"), "A4", "被改过"),
    "a changed version": (cell(VERSION, "v9"), "A4", "被改过"),
    "a changed key": (cell(KEY, "project-99"), "A4", "被改过"),
    "another row's key": (from_another_row, "A4", "写的是““四好农村路”建设”，藏着的编号却是“第二生活垃圾处理厂”的，被改过"),
    "another line's goal": (cell("目标", "路基：100%"), "D4", "不知道说的是哪一个目标"),
    "a part of another whole": (cell("这一天累计", "15/28", row=FIRST + 8), "G12", "“15/28”：不写分数：“/”后面的 28 不是目标 30"),
    "a part of the whole": (cell("这一天累计", "15/30", row=FIRST + 8), "G12", "“15/30”是完成了 15处 吗"),
    "a changed line": (cell(LINE_KEY, "m-2"), "A4", "被改过"),
    "changed locks": (cell(LOCKS, "x"), "A4", "被改过"),
    "no signature": (cell(SIGNATURE, None), "A4", "被改过"),
    "a row twice": (doubled, "A34", "写了两次"),
    "a row of one's own": (an_unknown_row, "C34", "不是导出时有的"),
    "a renamed head": (cell("进展", "进度说明", row=HEAD_ROW), "A3", "少了“进展”"),
    "a head twice": (two_heads, "L3", "有两个"),
    "a head of one's own": (lambda sheet: setattr(sheet.cell(HEAD_ROW, 40), "value", "备用"), "AN3", "不是表里的栏名"),
    "no stamp": (without_stamp, "A1", "藏着的编号"),
    "another site's stamp": (another_stamp, "A1", "藏着的编号"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELL_FAULTS)
def test_a_fault_is_named_at_its_cell(name):
    change, place, text = CELL_FAULTS[name]
    run = returned(exported(change=change))
    texts = [said for where, said in told(run) if where == place]
    assert any(text in said for said in texts), told(run)
    assert name == "hidden" or not list(changes_of(run, {}))


def test_a_sheet_of_another_day_is_refused():
    run = returned(exported(AUGUST))
    assert "这张表的数据日期是 2020-08-31，这次收的是 2020-09-30" in run.files[0].problems[0].text


def test_a_sheet_of_another_form_is_refused(monkeypatch):
    monkeypatch.setattr(keys, "FORM", 9)
    content = exported()
    monkeypatch.undo()
    assert "旧的格式" in returned(content).files[0].problems[0].text


def test_a_row_of_another_department_or_due_no_more_stays_out():
    month = a_month()
    run = returned(exported(change=typed(进展="还报")), month=type(month)(DAY, month.rows[1:]))
    assert "不用报了" in dict(told(run))["A4"]


def test_a_line_that_was_dropped_stays_out():
    month = a_month()
    first = month.rows[0].__class__(**vars(month.rows[0]) | {"lines": month.rows[0].lines[1:]})
    run = returned(exported(change=typed(这一天累计=5)), month=type(month)(DAY, (first, *month.rows[1:])))
    assert "已经没有这个目标" in dict(told(run))["A4"]


def bomb() -> bytes:
    content = exported()
    stored = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/media/nothing.bin", b"\0" * (61 * 1024 * 1024))
    return stored.getvalue()


def with_entity() -> bytes:
    content, stored = exported(), BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/workbook.xml":
                part = part.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook', 1)
            new.writestr(name, part)
    return stored.getvalue()


def linked() -> bytes:
    content, stored = exported(change=cell("进展", "=[1]Sheet1!A1")), BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/externalLinks/externalLink1.xml", "<x/>")
    return stored.getvalue()


@pytest.mark.parametrize(("content", "refusal"), [(bomb, "展开以后太大"), (with_entity, "外部实体")])
def test_a_hostile_file_is_refused(content, refusal):
    """Opened as the portal opens it, in a process of its own."""
    with pytest.raises(Unreadable, match=refusal):
        opened(content())


def test_a_link_to_another_file_is_not_followed():
    assert opened(linked()).notes == ("文件里有连到别的文件的公式，没有去读那些文件，只看表里存着的数。",)
    assert returned(linked()).n_taken == 0


def test_the_calendar_of_the_old_macintosh_changes_nothing():
    book = openpyxl.load_workbook(BytesIO(exported()))
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(stored := io.BytesIO())
    run = returned(stored.getvalue())
    assert (told(run), run.is_nothing) == ([], True)


def test_there_are_forty_faults_and_more():
    assert len(CELL_FAULTS) >= 40


def test_the_sheet_is_wider_than_nothing():
    """A sheet without rows can be downloaded and returned."""
    month = type(a_month())(DAY, ())
    run = returned(month_workbook(month, title="空", names={}), month=month)
    assert (told(run), run.is_nothing) == ([], True)


def test_what_is_shown_has_a_name_that_changes_with_it():
    one, other = (returned(exported(change=typed(进展=text))) for text in ("甲", "乙"))
    assert one.seen != other.seen
    assert one.seen == returned(exported(change=typed(进展="甲"))).seen
    assert changed(exported(), lambda _sheet: None)


# How much work it is


def calls_of(act: Callable[[], Any]) -> int:
    """The functions that are called, in Python and in C: the same however busy the machine is."""
    profile = cProfile.Profile()
    profile.runcall(act)
    return sum(entry.callcount for entry in profile.getstats())


def a_long_month(n_rows: int) -> Month:
    lines = lambda n: (a_share(f"m-{n}-1", "路面"), a_share(f"m-{n}-2", "路基"))  # noqa: E731
    return Month(DAY, tuple(MonthRow(f"project-{n}", f"项目{n}", lines(n), version=str(n)) for n in range(n_rows)))


def test_ten_times_the_rows_are_ten_times_the_work():
    """Of writing, opening and comparing: thirty files of 130 rows are read within one request."""
    work = []
    for n_rows in (13, 130):
        month = a_long_month(n_rows)
        content = exported(month)
        work.append(
            (
                calls_of(lambda month=month: exported(month)),
                calls_of(lambda content=content: opened_here(content)),
                calls_of(lambda content=content, month=month: returned(content, month=month)),
            )
        )
    ratios = [many / few for few, many in zip(*work, strict=True)]
    assert max(ratios) < 13, ratios
