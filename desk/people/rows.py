"""What a sheet says of people: who, under which account, with which roles, of which departments. It asks no database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.auth.validators import UnicodeUsernameValidator

from accounts.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from common.texts import clean_line
from common.tokens import clean_token
from desk.workbooks.named_columns import column_named, head_row
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell, Sheet, Workbook

# The columns with the heads by which they are known, blanks and what stands in brackets left out.
HEADS = {
    "name": ("姓名", "名字", "人员", "人员姓名"),
    "account": ("账号", "帐号", "用户名", "登录名", "账户", "登录账号", "用户账号"),
    "roles": ("角色", "身份", "权限", "账号角色"),
    "departments": ("部门", "单位", "所属部门", "所在部门", "所在单位", "工作单位", "责任单位", "牵头单位"),
}
NEEDED = ("name", "roles")
ROLES = {
    ADMINISTRATOR: (ADMINISTRATOR, "系统管理员"),
    OFFICIAL: (OFFICIAL, "填报员", "填报人", "填报人员", "部门填报"),
    REVIEWER: (REVIEWER, "审核员", "审核人", "督查员", "督查审核"),
    EDITOR: (EDITOR, "新闻编辑", "编辑员"),
}
ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
ALL_ROLES = "、".join(ROLES)
TWO_PEOPLE = f"起草和公布要两个人：{REVIEWER}不能同时是{OFFICIAL}或{ADMINISTRATOR}。"
EVERY_DEPARTMENT = frozenset({"全部", "全部部门", "所有部门"})
MOST = 150  # people in one sheet: as many accounts are made in one transaction
LONGEST = 150  # characters of a name and of an account, as Django stores them
ASIDE = re.compile(r"(注|说明|备注|填表说明|例)[:：]?")

_valid_account = UnicodeUsernameValidator().regex


@dataclass(frozen=True)
class PersonRow:
    """A person as written. `account` is empty where it is to be made of the name; `cells` has the cell of each column."""

    name: str
    account: str
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    cells: Mapping[str, str]

    @property
    def works_anywhere(self) -> bool:
        """Only who files does so for a department; the others may work where none leads anything, or name nothing."""
        return bool(self.roles) and {*self.roles} <= ROLES.keys() - {OFFICIAL}


@dataclass
class PeopleReading:
    rows: list[PersonRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


class Head(NamedTuple):
    sheet: Sheet
    row: int
    columns: dict[str, int]  # by name of HEADS


def read(workbook: Workbook) -> PeopleReading:
    """Everything that is wrong at once, each at its cell. Other sheets than the first with the right heads are passed over."""
    reading = PeopleReading(notes=[Note("", text) for text in workbook.notes])
    heads = [head for sheet in workbook.sheets if (head := _head_of(sheet, reading))]
    if not heads:
        reading.problems.append(
            Problem("", "没有找到列名。要有一行写着“姓名”和“角色”，旁边可以有“账号”和“部门”；也可以下载空表来填。")
        )
        return reading
    head = heads[0]
    reading.notes += [Note("", f"工作表“{other.sheet.name}”没有读，一次读一张。") for other in heads[1:]]
    reading.notes += _unread_columns(head)
    for number, cells in head.sheet.rows():
        if number > head.row:
            _read_row(head, number, cells, reading)
    if not reading.rows and not reading.problems:
        reading.problems.append(Problem("", "列名下面一个人也没有。"))
    if len(reading.rows) > MOST:
        reading.problems.append(Problem("", f"一次最多 {MOST} 个人，这里有 {len(reading.rows)} 个。请分成几张表。"))
    reading.problems += _doubles(reading.rows)
    return reading


def _head_of(sheet: Sheet, reading: PeopleReading) -> Head | None:
    found = head_row(sheet, HEADS, lambda columns: {*NEEDED} <= set(columns), reading.problems)
    return Head(sheet, *found) if found else None


def _unread_columns(head: Head) -> Iterator[Note]:
    known = set(head.columns.values())
    for column, cell in head.sheet.row(head.row).items():
        if column not in known and not column_named(cell.text, HEADS):
            yield Note(head.sheet.at(head.row, column), f"“{clean_line(cell.text)}”这一列没有读。")


def _read_row(head: Head, number: int, cells: dict[int, Cell], reading: PeopleReading) -> None:
    places = {name: head.sheet.at(number, column) for name, column in head.columns.items()}
    written = {name: cells[column] for name, column in head.columns.items() if column in cells}
    if not written:
        return
    first = next(iter(cells.values()))
    if "roles" not in written and ASIDE.match(clean_token(first.text)):
        reading.notes.append(Note(head.sheet.at(number, first.column), "这一行是说明，没有读。"))
        return
    if any(cell.is_hidden for cell in written.values()):
        reading.notes.append(Note(places["name"], f"第 {number} 行是隐藏的，也读了。"))
    unreadable = [name for name, cell in written.items() if cell.formula and not cell.text]
    reading.problems += [Problem(places[name], "这一格是公式，没有算出来的值，请改成文字。") for name in unreadable]
    texts = {name: written[name].text if name in written else "" for name in HEADS}
    row = PersonRow(
        name=_name_in(texts["name"]),
        account=clean_token(texts["account"]),
        roles=tuple(dict.fromkeys(map(_role_named, parts_of(texts["roles"])))),
        departments=tuple(dict.fromkeys(parts_of(texts["departments"]))),
        cells=places,
    )
    reading.rows.append(row)
    reading.problems += [Problem(places[name], text) for name, text in _errors(row) if name not in unreadable]


def parts_of(text: str) -> list[str]:
    """What is listed in a cell, by 顿号, comma, semicolon, slash or line."""
    return [part.strip() for part in re.split(r"[、，,;；/／\n]+", text) if part.strip()]


def _name_in(text: str) -> str:
    """In one line; a blank between Chinese characters only filled the column."""
    return re.sub(r"(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])", "", clean_line(text).strip())


def _role_named(word: str) -> str:
    """The role, or the word as it was written where it is none."""
    return ROLE_OF.get(clean_token(word), word)


def _errors(row: PersonRow) -> Iterator[tuple[str, str]]:
    """(column, sentence) of whatever a single row has wrong."""
    if not row.name:
        yield "name", "没有写姓名。"
    elif len(row.name) > LONGEST:
        yield "name", f"姓名最多 {LONGEST} 个字。"
    if len(row.account) > LONGEST:
        yield "account", f"账号最多 {LONGEST} 个字符。"
    elif row.account and not re.search(_valid_account, row.account):
        yield "account", f"账号“{row.account}”里只能有字母、数字和 @ . + - _。"
    if any(len(word) > LONGEST for word in row.departments):
        yield "departments", f"一个部门或单位最多 {LONGEST} 个字。"
    if not row.roles:
        yield "roles", f"没有写角色。可以写：{ALL_ROLES}。"
    for role in row.roles:
        if role not in ROLES:
            yield "roles", f"没有“{role}”这个角色。可以写：{ALL_ROLES}。"
    if REVIEWER in row.roles and {OFFICIAL, ADMINISTRATOR} & {*row.roles}:
        yield "roles", TWO_PEOPLE


def _doubles(rows: list[PersonRow]) -> Iterator[Problem]:
    """Accounts and names that stand twice; two people may have one name where each has an account of their own."""
    accounts: dict[str, str] = {}
    names: dict[str, PersonRow] = {}
    for row in rows:
        if row.account:
            first = accounts.setdefault(row.account.casefold(), row.cells["account"])
            if first != row.cells["account"]:
                yield Problem(row.cells["account"], f"账号“{row.account}”和 {first} 的一样。")
        other = names.setdefault(row.name, row)
        if row.name and other is not row and not (row.account and other.account):
            yield Problem(
                row.cells["name"],
                f"“{row.name}”和 {other.cells['name']} 同名。是同一个人，就写在一行里，几个部门用顿号隔开；不是，请给每个人写上账号。",
            )
