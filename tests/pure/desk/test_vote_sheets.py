"""A table of ballots, read without a database: each fault at its cell."""

import pytest

from desk.vote_sheets import Item, read
from desk.workbooks.sheets import Cell, Sheet, Workbook

ITEMS = [
    Item(11, 1, ("农村公路提升改造工程", "农村公路", "农村路", "")),
    Item(12, 2, ("城市道路工程", "城市道路", "城市路", "")),
    Item(13, 3, ("垃圾焚烧发电厂", "", "垃圾厂", "")),
]
HEAD = ("序号", "项目名称", "满意", "基本满意", "不满意", "到会人数")


def workbook(*rows: tuple[str, ...]) -> Workbook:
    cells = {(r, c): Cell(text, r, c) for r, row in enumerate(rows, 1) for c, text in enumerate(row, 1) if text}
    return Workbook((Sheet("结果", cells, len(rows), max(map(len, rows))),))


def test_items_are_found_by_name_or_number_and_counts_as_people_type_them():
    reading = read(
        workbook(
            ("某市民生实事测评结果",),
            HEAD,
            ("1", "农村公路提升改造工程", "150票", "２５", "5", "180人"),
            ("", "城市道路", "1,50", "0", "0", ""),
            ("3", "", "170", "8", "2", "180"),
            ("合计", "", "470", "33", "7", ""),
        ),
        ITEMS,
    )
    assert reading.counts[11] == {"satisfied": 150, "fairly": 25, "dissatisfied": 5, "present": 180}
    assert reading.counts[13] == {"satisfied": 170, "fairly": 8, "dissatisfied": 2, "present": 180}
    assert [(one.cell, one.text) for one in reading.notes] == [("结果!A6", "这一行不是项目，没有读。")]
    assert [one.cell for one in reading.problems] == ["结果!C4"]  # 1,50 is no number


def test_a_meeting_that_numbers_them_in_its_own_way_is_read_by_their_names():
    rows = (HEAD, ("2", "农村公路提升改造工程", "1", "2", "3", "9"), ("9", "城市道路", "4", "5", "0", "9"))
    reading = read(workbook(*rows, ("3", "垃圾厂", "7", "1", "1", "9")), ITEMS)
    assert reading.problems == []
    assert {key: own["satisfied"] for key, own in reading.counts.items()} == {11: 1, 12: 4, 13: 7}
    assert [one.cell for one in reading.notes] == ["结果!A2", "结果!A3"]
    assert reading.notes[0].text == "名称和计划里的第 1 项一样，按名称读；表里的序号“2”没有用。"


def test_a_number_decides_among_those_that_are_called_alike():
    twins = [Item(key, key, ("农村公路", "", "", "")) for key in (1, 2)]
    reading = read(workbook(HEAD, ("2", "农村公路", "1", "2", "3", "9")), twins)
    assert (list(reading.counts), reading.problems, reading.notes) == ([2], [], [])


FAULTS = {
    "no head": ([("项目", "票数"), ("农村路", "150")], "", "没有找到列名"),
    "no row": ([HEAD], "", "一项也没有"),
    "two columns": ([(*HEAD, "满意"), ("1", "", "1", "1", "1", "9", "2")], "结果!G1", "有两个"),
    "no such item": ([HEAD, ("", "机场", "1", "1", "1", "9")], "结果!B2", "没有叫“机场”的承诺事项"),
    "two that are like it": ([HEAD, ("", "工程", "1", "1", "1", "9")], "结果!B2", "或者有几项都像"),
    "two that are called alike, and another number": ([HEAD, ("9", "工程", "1", "1", "1", "9")], "结果!B2", "或者有几项都像"),
    "no such number": ([HEAD, ("9", "", "1", "1", "1", "9")], "结果!B2", "没有序号是“9”的"),
    "number and name differ": ([HEAD, ("2", "农村公路提升", "1", "1", "1", "9")], "结果!A2", "序号 2 是“城市道路工程”"),
    "no item": ([HEAD, ("", "", "1", "1", "1", "9")], "结果!B2", "没有写是哪一项"),
    "the same twice": ([HEAD, ("1", "", "1", "1", "1", "9"), ("", "农村路", "1", "1", "1", "9")], "结果!B3", "在 结果!B2 已经写过"),
    "a share": ([HEAD, ("1", "", "83%", "1", "1", "9")], "结果!C2", "不写百分数"),
    "in words": ([HEAD, ("1", "", "很多", "1", "1", "9")], "结果!C2", ""),
    "a fraction": ([HEAD, ("1", "", "1.5", "1", "1", "9")], "结果!C2", "只能是整数"),
    "less than none": ([HEAD, ("1", "", "-1", "1", "1", "9")], "结果!C2", "不能小于 0"),
    "one left out": ([HEAD, ("1", "", "150", "", "5", "180")], "结果!D2", "没有写票数"),
    "more than were there": ([HEAD, ("1", "", "150", "25", "6", "180")], "结果!F2", "加起来 181，多于到会的 180 人"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_at_its_cell(name):
    rows, cell, text = FAULTS[name]
    problems = read(workbook(*rows), ITEMS).problems
    assert [one.cell for one in problems] == [cell]
    assert text in problems[0].text
