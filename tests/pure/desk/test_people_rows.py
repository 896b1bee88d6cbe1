"""What a sheet says of people, each fault at its cell."""

import pytest

from accounts.roles import ADMINISTRATOR, EDITOR, OFFICIAL, REVIEWER
from desk.people.rows import MOST, PersonRow, read
from desk.workbooks.sheets import Cell, Sheet, Workbook, address

HEAD = ["姓名", "账号", "角色", "部门"]


def a_sheet(*rows: list[str], name: str = "人员", **options) -> Sheet:
    """`options` are those of its cells."""
    cells = {
        (number, column): Cell(text, number, column, **options)
        for number, row in enumerate(rows, 1)
        for column, text in enumerate(row, 1)
        if text or options
    }
    return Sheet(name, cells, n_rows=len(rows), n_columns=max(map(len, rows), default=0))


def reading_of(*rows: list[str]):
    return read(Workbook((a_sheet(*rows),)))


def problems_of(*rows: list[str]) -> list[tuple[str, str]]:
    return [(problem.cell.partition("!")[2], problem.text) for problem in reading_of(*rows).problems]


def only(*rows: list[str]) -> PersonRow:
    reading = reading_of(*rows)
    assert reading.problems == []
    [row] = reading.rows
    return row


def test_a_row_is_a_person():
    row = only(HEAD, ["张晓明", "zhangxm", "部门填报员", "交通运输局"])
    assert (row.name, row.account, row.roles, row.departments) == ("张晓明", "zhangxm", (OFFICIAL,), ("交通运输局",))
    assert row.cells == {"name": "人员!A2", "account": "人员!B2", "roles": "人员!C2", "departments": "人员!D2"}


HEADS = {
    "other words, in another order": ["单位", "角色", "用户名", "姓名"],
    "blanks within": ["部　门", "角 色", "账  号", "姓 名"],
    "in brackets": ["所在单位（全称）", "角色*", "登录名：", "姓名(必填)"],
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_heads_are_known_however_they_are_written(head):
    row = only(["某县承诺公开人员名单"], head, ["民政局", "填报员", "li", "李四"])
    assert (row.name, row.account, row.roles, row.departments) == ("李四", "li", (OFFICIAL,), ("民政局",))


def test_roles_departments_and_names_are_read_as_people_write_them():
    row = only(HEAD, ["张　三", " ｌｉ ", "审核员、 编辑", "民政局，残联/妇联\n民政局"])
    assert (row.name, row.account) == ("张三", "li")
    assert (row.roles, row.departments) == ((REVIEWER, EDITOR), ("民政局", "残联", "妇联"))
    assert only(HEAD, ["Li Ming", "", "管理员", ""]).name == "Li Ming"
    assert only(HEAD, ["Li Ming", "", "管理员", ""]).roles == (ADMINISTRATOR,)


WRONG = {
    "no name": (["", "li", "编辑", ""], [("A2", "没有写姓名。")]),
    "no role": (["李四", "", "", ""], [("C2", "没有写角色。可以写：管理员、部门填报员、督查审核员、编辑。")]),
    "an unknown role": (
        ["李四", "", "局长、编辑", ""],
        [("C2", "没有“局长”这个角色。可以写：管理员、部门填报员、督查审核员、编辑。")],
    ),
    "drafting and publishing": (
        ["李四", "", "填报员、审核员", ""],
        [("C2", "起草和公布要两个人：督查审核员不能同时是部门填报员或管理员。")],
    ),
    "an account with a blank sign": (
        ["李四", "li#si", "编辑", ""],
        [("B2", "账号“li#si”里只能有字母、数字和 @ . + - _。")],
    ),
    "an account that is too long": (["李四", "a" * 151, "编辑", ""], [("B2", "账号最多 150 个字符。")]),
    "a name that is too long": (["李" * 151, "", "编辑", ""], [("A2", "姓名最多 150 个字。")]),
    "everything at once": (
        ["", "a b#", "", ""],
        [
            ("A2", "没有写姓名。"),
            ("B2", "账号“ab#”里只能有字母、数字和 @ . + - _。"),
            ("C2", "没有写角色。可以写：管理员、部门填报员、督查审核员、编辑。"),
        ],
    ),
}


@pytest.mark.parametrize(("row", "problems"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_at_its_cell(row, problems):
    assert problems_of(HEAD, row) == problems


def test_what_stands_twice_is_named_at_the_second():
    rows = [
        ["张三", "zs", "编辑", ""],
        ["李四", "ZS", "编辑", ""],
        ["王五", "", "编辑", ""],
        ["王五", "", "编辑", "民政局"],
    ]
    assert [cell for cell, _ in problems_of(HEAD, *rows)] == ["B3", "A5"]
    assert "和 人员!B2 的一样" in problems_of(HEAD, *rows)[0][1]
    assert "“王五”和 人员!A4 同名" in problems_of(HEAD, *rows)[1][1]
    assert problems_of(HEAD, ["王五", "ww", "编辑", ""], ["王五", "ww2", "编辑", ""]) == []


NOTHING = {
    "no head": ([["张三", "", "编辑", ""]], "没有找到列名"),
    "a head without roles": ([["姓名", "部门"], ["张三", "民政局"]], "没有找到列名"),
    "nobody": ([HEAD], "一个人也没有"),
    "too many": ([HEAD, *([f"张{n}", f"z{n}", "编辑", ""] for n in range(MOST + 1))], f"一次最多 {MOST} 个人"),
}


@pytest.mark.parametrize(("rows", "reason"), NOTHING.values(), ids=NOTHING)
def test_a_sheet_of_which_nothing_can_be_made(rows, reason):
    [(cell, text)] = problems_of(*rows)
    assert cell == ""
    assert reason in text


def test_a_column_that_stands_twice_is_asked_about():
    assert problems_of([*HEAD, "单位"], ["张三", "", "编辑", "", ""]) == [("E1", "“单位”这一列有两个。")]


def test_what_was_passed_over_is_told():
    reading = read(
        Workbook(
            (
                a_sheet(["封面"], name="封面"),
                a_sheet([*HEAD, "电话"], ["张三", "", "编辑", "", "0350"], ["注：以上人员已核对"]),
                a_sheet(HEAD, ["李四", "", "编辑", ""], name="旧名单"),
            ),
            ("工作表“草稿”是隐藏的，没有读。",),
        )
    )
    assert [row.name for row in reading.rows] == ["张三"]
    assert [(note.cell, note.text) for note in reading.notes] == [
        ("", "工作表“草稿”是隐藏的，没有读。"),
        ("", "工作表“旧名单”没有读，一次读一张。"),
        ("人员!E1", "“电话”这一列没有读。"),
        ("人员!A3", "这一行是说明，没有读。"),
    ]


def test_a_formula_without_a_value_is_refused_and_a_hidden_row_told():
    sheet = a_sheet(HEAD, ["张三", "", "编辑", ""])
    cells = {**sheet.cells, (2, 2): Cell("", 2, 2, formula="=A1")}
    reading = read(Workbook((Sheet("人员", cells, 2, 4),)))
    assert [(problem.cell, problem.text) for problem in reading.problems] == [
        ("人员!B2", "这一格是公式，没有算出来的值，请改成文字。")
    ]
    hidden = {**sheet.cells, (2, 1): Cell("张三", 2, 1, is_hidden=True)}
    assert [note.text for note in read(Workbook((Sheet("人员", hidden, 2, 4),))).notes] == ["第 2 行是隐藏的，也读了。"]


def test_merged_cells_stand_for_every_row_of_them():
    sheet = a_sheet(HEAD, ["张三", "", "编辑", "民政局"], ["李四", "", "编辑", ""])
    cells = {**sheet.cells, (3, 4): Cell("民政局", 3, 4, anchor=address(2, 4))}
    assert [row.departments for row in read(Workbook((Sheet("人员", cells, 3, 4),))).rows] == [("民政局",), ("民政局",)]
