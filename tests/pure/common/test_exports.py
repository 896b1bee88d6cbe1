"""Tables as files: they open in Excel in Chinese, and no cell is ever a formula."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from common.exports import DAY, SHARE, TEXT, WIDEST, YUAN, Sheet, attached, csv_response, plain, xlsx_of, xlsx_response

HEAD = ["事项", "总投资（元）", "完成时限", "实际"]
ROWS = [["第二生活垃圾处理厂", Decimal(48_000_000), date(2020, 12, 31), None], ["城市道路，4 条", None, None, 0.6]]
SHEET = Sheet(HEAD, [TEXT, YUAN, DAY, SHARE], ROWS)
NOTE = f"项目。数据算到 2020 年 9 月 30 日，凭证 42:{'0123456789abcdef' * 4}。"
FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    '=HYPERLINK("https://example.org")',
]


def csv_rows(response) -> list[list[str]]:
    return list(csv.reader(StringIO(response.content.decode("utf-8-sig"), newline="")))


def sheet_of(response):
    return load_workbook(BytesIO(response.content)).active


def written(sheet: Sheet, note: str = NOTE):
    return sheet_of(xlsx_response(xlsx_of(sheet, note=note), "a.xlsx"))


def column_of(*values: object, shown: str = TEXT) -> Sheet:
    return Sheet(["一"], [shown], [[value] for value in values])


@pytest.mark.parametrize("text", FORMULAS)
def test_what_would_be_a_formula_stands_as_text(text):
    assert plain(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["", "城市道路", "1+1", " =1", "5-7 月", -5, Decimal("-1.5"), 0, None, date(2020, 1, 1)]
)
def test_everything_else_stays_as_it_is(value):
    assert plain(value) == value
    assert type(plain(value)) is type(value)


def test_csv_begins_with_the_mark_by_which_excel_knows_utf_8():
    content = csv_response([HEAD], "a.csv").content
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\xef\xbb\xbf") == 1


def test_csv_reads_back():
    assert csv_rows(csv_response([HEAD, *ROWS], "a.csv")) == [
        HEAD,
        ["第二生活垃圾处理厂", "48000000", "2020-12-31", ""],
        ["城市道路，4 条", "", "", "0.6"],
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_starts_a_formula(text):
    assert csv_rows(csv_response([[text, "second"]], "a.csv")) == [[f"'{text}", "second"]]


def test_xlsx_keeps_numbers_and_days_below_its_note_and_head():
    note, head, first, second = written(SHEET).iter_rows(values_only=True)
    assert note == (NOTE, None, None, None)
    assert list(head) == HEAD
    assert (first[0], first[1], first[2].date(), first[3]) == ("第二生活垃圾处理厂", 48_000_000, ROWS[0][2], None)
    assert second == ("城市道路，4 条", None, None, 0.6)


def test_each_column_shows_its_cells_as_what_they_are():
    assert [cell.number_format for cell in written(SHEET)[3]] == ["General", "#,##0", "yyyy-mm-dd", "0.00%"]


def test_the_head_stays_in_sight_and_filters_what_is_below_it():
    sheet = written(SHEET)
    assert sheet.freeze_panes == "A3"
    assert sheet.auto_filter.ref == "A2:D4"
    assert sheet.print_title_rows == "$1:$2"


def test_a_column_is_as_wide_as_what_stands_in_it_and_never_endless():
    sheet = written(
        Sheet(["一", "二", "三"], [TEXT, YUAN, DAY], [["路" * 9, 48_000_000, ROWS[0][2]], ["路" * 99, None, None]])
    )
    widths = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert widths == [WIDEST, len("48,000,000") + 2, len("2020-12-31") + 2]


def test_a_table_without_rows_is_a_head_and_a_note():
    assert [cell.value for cell in written(Sheet(HEAD, SHEET.formats, []))[2]] == HEAD


def test_no_cell_of_an_xlsx_is_a_formula():
    sheet = written(column_of(*FORMULAS), note=FORMULAS[0])
    assert sheet["A1"].value == f"'{FORMULAS[0]}"
    cells = [row[0] for row in sheet.iter_rows(min_row=3)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value[0] for cell in cells] == ["'"] * len(FORMULAS)


@pytest.mark.parametrize(("text", "cell"), [("上\x0b下", "上 下"), ("a\x00b\x1fc", "a b c"), ("上\n下", "上\n下")])
def test_what_no_cell_can_hold_is_a_blank(text, cell):
    assert written(column_of(text))["A3"].value == cell


@pytest.mark.parametrize(
    ("response_of", "name", "content_type"),
    [
        (csv_response, "projects-2020.csv", "text/csv; charset=utf-8"),
        (
            lambda rows, name: xlsx_response(xlsx_of(SHEET, note=NOTE), name),
            "projects-2020.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_a_browser_saves_it_under_its_name(response_of, name, content_type):
    response = response_of([HEAD], name)
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize(
    ("name", "fallback"),
    [
        ("某市-住建局-2020年9月填报.xlsx", "2020-9.xlsx"),
        ("通报.docx", "file.docx"),
        ('a";\r\nSet-Cookie: x=1.xlsx', "a-Set-Cookie-x-1.xlsx"),
        ("projects-2020.csv", "projects-2020.csv"),
    ],
)
def test_a_chinese_name_is_whole_and_old_programs_have_one_of_their_own(name, fallback):
    told = attached(b"", "text/plain", name)["Content-Disposition"]
    whole = "" if name.isascii() else f"; filename*=UTF-8''{quote(name)}"
    assert told == f'attachment; filename="{fallback}"{whole}'
