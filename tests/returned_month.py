"""A month's sheet as plain rows, and what it is made of when a person changed it in a spreadsheet and sent it back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl

from desk.returns.columns import HEAD_ROW, HIDDEN, SHOWN
from desk.returns.dry_run import DryRun, dry_run
from desk.returns.shapes import Month, MonthLine, MonthRow
from desk.returns.stages import Stage, StagedFile
from desk.returns.writing import month_workbook
from desk.workbooks.opening import Unreadable
from tests.opened_here import opened_here

DAY = date(2020, 9, 30)
HEADS = {name: number for number, name in enumerate([*(one.head for one in SHOWN), *HIDDEN], start=1)}
FIRST = HEAD_ROW + 1  # the row of the first line of the first row


def a_share(key: str, title: str, **more: Any) -> MonthLine:
    return MonthLine(key, title, unit="%", amount=Decimal(100), counts=False, goal="100%（2020-12-31前）", **more)


def a_count(key: str, title: str, unit: str, amount: int) -> MonthLine:
    return MonthLine(key, title, unit=unit, amount=Decimal(amount), counts=True, goal=f"{amount} {unit}")


def a_month(**values: Mapping[str, str]) -> Month:
    """Five rows; `values` are those that are stored, by the key of the row."""
    rows = (
        MonthRow(
            "project-1", "“四好农村路”建设", (a_share("m-1", "路面"), a_share("m-2", "路基")),
            names=("农村路",), departments=("roads",), investment=Decimal(185_000_000),
        ),
        MonthRow("project-2", "城市道路建设工程", tuple(a_share(f"m-2{n}", name) for n, name in enumerate(("经二路", "纬一路", "纬五路"))), departments=("roads",)),
        MonthRow("project-3", "第二生活垃圾处理厂", (a_share("m-3", "土建"),), departments=("water",), investment=Decimal(48_000_000)),
        MonthRow("project-4", "餐厨垃圾处理厂项目", (a_share("m-4", "开工"),), departments=("water",), investment=Decimal(33_000_000)),
        MonthRow(
            "project-5", "农村生活污水处理项目", (a_count("m-51", "处理站", "座", 10), a_count("m-52", "小型设施", "处", 30)),
            departments=("water",), investment=Decimal(88_000_000),
        ),
        MonthRow("project-6", "全民健身中心", (a_share("m-6", "主体"),), departments=("sports",)),
        MonthRow("project-7", "西张小学", (a_share("m-7", "主体"),), departments=("schools",)),
        MonthRow("project-8", "老年人日间照料中心", (a_count("m-8", "建成", "处", 5),), departments=("care",)),
    )  # fmt: skip
    return Month(
        DAY,
        tuple(replace(row, values=values.get(row.key.replace("-", "_"), {}), version=f"v{row.key}") for row in rows),
    )


def exported(month: Month | None = None, change: Callable[[Any], Any] | None = None) -> bytes:
    """The sheet as .xlsx; `change` is what a person does to it in a spreadsheet."""
    content = month_workbook(month or a_month(), title="全部部门", names={"roads": "交通局"})
    return changed(content, change) if change else content


def changed(content: bytes, change: Callable[[Any], Any]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    change(book.active)
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


def typed(**cells: Any) -> Callable[[Any], None]:
    """What is typed into the first row, by the head without brackets."""

    def change(sheet: Any) -> None:
        for head, value in cells.items():
            sheet.cell(FIRST, column(head)).value = value

    return change


def column(head: str) -> int:
    return next(number for name, number in HEADS.items() if name.partition("（")[0] == head)


def returned(*contents: bytes, month: Month | None = None, names=(), **answers: str) -> DryRun:
    files = tuple(staged(content, name) for content, name in zip(contents, [*names, *"abcdefgh"], strict=False))
    return dry_run(Stage(DAY, files), month or a_month(), answers=answers)


def staged(content: bytes, name: str) -> StagedFile:
    try:
        return StagedFile(name, opened_here(content))
    except Unreadable as refused:
        return StagedFile(name, None, str(refused))


def told(run: DryRun) -> list[tuple[str, str]]:
    """(cell, text) of everything that the page says of the files, without the sheet's name."""
    said = []
    for reading in run.files:
        rows = [one for row in reading.rows for one in row.problems]
        said += [
            (one.cell.rpartition("!")[2], one.text)
            for one in (*reading.problems, *reading.unknown, *rows, *reading.left, *reading.notes)
        ]
        asked = [one for row in reading.rows for one in row.doubts]
        said += [(one.cell.rpartition("!")[2], one.question) for one in asked]
    return said
