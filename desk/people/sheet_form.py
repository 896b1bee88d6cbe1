"""The empty sheet to fill in: a head, lists of roles and departments to choose from, and how it is filled in."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from accounts.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from common.exports import plain
from desk.people.rows import MOST, ROLES

PEOPLE, HELP, LISTS = "人员", "怎么填", "可以选的"
HEAD = {"姓名": 14, "账号": 20, "角色": 24, "部门": 36}  # widths in digits
EXPLANATION = (
    ("姓名", "写全名。"),
    ("账号", "登录用的，字母和数字；空着就用姓名的拼音，例如 张晓明 是 zhangxiaoming。"),
    ("角色", f"{OFFICIAL}、{REVIEWER}、{ADMINISTRATOR}或{EDITOR}；几个用顿号隔开。"),
    ("", f"{REVIEWER}不能同时是{OFFICIAL}或{ADMINISTRATOR}：起草和公布要两个人。"),
    ("部门", f"{OFFICIAL}替哪个部门填报，名称和后台“部门”里的一样；几个用顿号隔开，替每个部门填报的写“全部”。"),
    ("", "别的角色写单位就行，例如 政府督查室，不用是“部门”里的；也可以空着。"),
    ("一次最多", f"{MOST} 个人。传上去先看一遍，第二次按才建账号；每个人的初始密码只显示一次，打印出来发给本人。"),
)
PALE = PatternFill("solid", start_color="FFF3E9D2")


def sheet_form(departments: Sequence[str]) -> bytes:
    """An .xlsx workbook. `departments` are the names to choose from."""
    book = Workbook()
    people = book.active
    people.title = PEOPLE
    people.append(list(HEAD))
    for number, width in enumerate(HEAD.values(), 1):
        people.column_dimensions[get_column_letter(number)].width = width
        people.cell(1, number).font, people.cell(1, number).fill = Font(bold=True), PALE
    people.freeze_panes = "A2"
    _explain(book.create_sheet(HELP))
    lists = book.create_sheet(LISTS)
    for number, values in enumerate((list(ROLES), list(departments)), 1):
        for row, value in enumerate(values, 1):
            lists.cell(row, number, plain(value))
        _offer(people, "CD"[number - 1], f"'{LISTS}'!${'AB'[number - 1]}$1:${'AB'[number - 1]}${max(len(values), 1)}")
    stored = BytesIO()
    book.save(stored)
    return stored.getvalue()


def _explain(page: Worksheet) -> None:
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 12, 80
    for row, (name, text) in enumerate(EXPLANATION, 1):
        page.cell(row, 1, name).font = Font(bold=True)
        page.cell(row, 2, text).alignment = Alignment(wrap_text=True, vertical="top")


def _offer(page: Worksheet, column: str, values: str) -> None:
    """A list to choose from; several with 顿号 between them may be typed instead."""
    offer = DataValidation(type="list", formula1=values, allow_blank=True, showErrorMessage=False)
    offer.add(f"{column}2:{column}{MOST + 1}")
    page.add_data_validation(offer)
