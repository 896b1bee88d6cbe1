"""Several faults in one returned file, of every kind that departments send: each is named at its cell, the rows without are taken."""

import csv
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.conf import settings

from desk.returns.dry_run import changes_of
from desk.returns.shapes import Field
from tests.returned_month import column, exported, returned, told

ROWS = (4, 9, 13)  # of three projects with a share of 100 %
GOOD = {"project-2": {Field.TEXT: "二路通车"}, "project-8": {"line:m-8": "3"}}
# Head, what somebody types, and what the answer at the cell says of it.
FAULTS = {
    "words": ("这一天累计", "八成", "阿拉伯数字"),
    "about": ("这一天累计", "约60", "确切的数"),
    "a range": ("这一天累计", "15-20", "不写范围"),
    "a comma": ("这一天累计", "3,5", "逗号"),
    "below nothing": ("这一天累计", -3, "不能小于 0"),
    "too long": ("这一天累计", 12345678901, "10 位"),
    "a day": ("这一天累计", date(2020, 3, 4), "读到的是日期"),
    "a fraction of 100 %": ("这一天累计", 0.85, "是 85% 吗"),
    "a formula": ("这一天累计", "=40+5", "公式"),
    "an error": ("这一天累计", "#REF!", "错误值"),
    "yuan": ("完成投资", 48000000, "是 4800 万元吗"),
    "money to come": ("完成投资", "待定", "没有取"),
    "money below nothing": ("完成投资", -5, "不能小于 0"),
    "parts of a yuan": ("完成投资", "0.00001", "最小到元"),
    "a reason of one's own": ("原因", "下雨", "只能选"),
    "a tick that is none": ("无变化", "也许", "写“是”"),
    "too long a text": ("存在问题", "长" * 2001, "2000"),
}
NAMES = list(FAULTS)


def good_rows(sheet: Any) -> None:
    sheet.cell(6, column("进展")).value = "二路通车"
    sheet.cell(15, column("这一天累计")).value = 3


def place(sheet: Any, name: str, row: int) -> str:
    head, value, _text = FAULTS[name]
    found = sheet.cell(row, column(head))
    found.value = value
    return found.coordinate


def check(run, expected: list[tuple[str, str]]) -> None:
    """Each fault at its cell, nothing else at any other, and what is right written."""
    said = told(run)
    for where, name in expected:
        assert any(cell == where and FAULTS[name][2] in text for cell, text in said), (where, name, said)
    assert {cell for cell, _text in said} == {where for where, _name in expected}
    assert {one.row.key: one.values for one in changes_of(run, {})} == GOOD


@pytest.mark.parametrize("n", range(len(NAMES)))
def test_three_faults_in_one_sheet_are_three_answers(n):
    names, places = [NAMES[(n + step) % len(NAMES)] for step in (0, 5, 11)], []

    def change(sheet: Any) -> None:
        good_rows(sheet)
        places.extend(place(sheet, name, row) for name, row in zip(names, ROWS, strict=True))

    content = exported(change=change)
    check(returned(content), list(zip(places, names, strict=True)))


def test_three_faults_in_one_row_are_three_answers():
    names, places = ["about", "money below nothing", "a reason of one's own"], []

    def change(sheet: Any) -> None:
        good_rows(sheet)
        places.extend(place(sheet, name, ROWS[0]) for name in names)

    content = exported(change=change)
    check(returned(content), list(zip(places, names, strict=True)))


def test_a_fault_in_one_file_keeps_no_other_file_out():
    faulty = exported(change=lambda sheet: place(sheet, "words", ROWS[0]))
    run = returned(faulty, b"no table", exported(change=good_rows))
    assert {one.row.key: one.values for one in changes_of(run, {})} == GOOD
    assert [bool(one.is_refused) for one in run.files] == [False, True, False]


# A department's own table, in the three kinds of files

OWN = (
    ("项目名称", "累计完成", "完成投资（万元）", "进展"),
    ("农村路", "", "约300万元", "路面铺油"),
    ("城市道路建设工程", "", "", "二路通车"),
    ("第二生活垃圾处理厂", "八成", "", "在建"),
    ("全民健身中心", "15-20", "", "在建"),
    ("西张小学", "", "-5", "封顶"),
    ("老年人日间照料中心", "3", "", ""),
    ("别的项目", "50", "", "在建"),
)
OWN_FAULTS = (
    ("C2", "“约300万元”"),
    ("B4", "“八成”"),
    ("B5", "“15-20”"),
    ("C6", "不能小于 0"),
    ("A8", "“别的项目”"),
)


def as_workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in OWN:
        book.active.append(row)
    book.save(stored := BytesIO())
    return stored.getvalue()


def as_csv(encoding: str) -> bytes:
    stored = StringIO()
    csv.writer(stored).writerows(OWN)
    return stored.getvalue().encode(encoding)


def as_old_excel() -> bytes:
    """The same table as LibreOffice saved it for Excel 97."""
    return (settings.BASE_DIR / "tests/fixtures/tables/progress-faults.xls").read_bytes()


KINDS = {
    "xlsx": as_workbook,
    "csv in GB18030": lambda: as_csv("gb18030"),
    "csv in UTF-8": lambda: as_csv("utf-8-sig"),
    "xls": as_old_excel,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_faults_of_a_departments_own_table_are_named_whatever_file_it_is(kind):
    run = returned(KINDS[kind]())
    said = told(run)
    for where, text in OWN_FAULTS:
        assert any(cell == where and text in one for cell, one in said), (where, said)
    taken = {one.row.key: one.values for one in changes_of(run, {})}
    assert GOOD.items() <= taken.items()
    assert taken["project-1"] == {Field.TEXT: "路面铺油"}
    assert not {name for key in taken.keys() - GOOD.keys() for name in taken[key]} - {Field.TEXT}
