"""Files that people and attackers send for tables: what is opened, and what is refused in Chinese."""

import io
import zipfile
from datetime import date, datetime

import docx
import openpyxl
import pytest
from django.conf import settings
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from desk.workbooks import opening
from desk.workbooks.opening import Unreadable, opened
from desk.workbooks.opening_process import MOST_UNPACKED

ENTITY = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def workbook(change=lambda _workbook: None) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["序号", "事项"])
    change(book)
    book.save(file := io.BytesIO())
    return file.getvalue()


def with_member(name: str, change, content: bytes | None = None) -> bytes:
    """The workbook with one member of its archive changed, or added where it has none."""
    source = zipfile.ZipFile(io.BytesIO(content or workbook()))
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            target.writestr(member, change(source.read(member)) if member == name else source.read(member))
        if name not in source.namelist():
            target.writestr(name, change(b""))
    return file.getvalue()


def after_declaration(declaration: bytes):
    return lambda xml: declaration + xml.partition(b"?>")[2] if xml.startswith(b"<?xml") else declaration + xml


SHEET = "xl/worksheets/sheet1.xml"
REFUSED = {
    "nothing": (b"", "空的"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "这不是表格"),
    "a pdf": (b"%PDF-1.7\n", "这不是表格"),
    "a program": (b"\x7fELF" + bytes(5000), "这不是表格"),
    "half an archive": (workbook()[:2000], "打不开"),
    "an archive of something else": (
        with_member("a.txt", lambda _: b"a", None)[:0] or b"PK\x03\x04" + bytes(40),
        "打不开",
    ),
    "an old file that is none": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "打不开"),
    "more than it looks": (with_member("xl/media/a.bin", lambda _: bytes(MOST_UNPACKED + 1)), "太大"),
    "an entity of another file": (with_member(SHEET, after_declaration(ENTITY)), "外部实体"),
    "a thousand laughs": (with_member(SHEET, after_declaration(LAUGHS)), "外部实体"),
    "no table in a letter": (None, "没有表格"),
    "too many rows": (workbook(lambda book: book.active.cell(60_000, 1, "x")), "太大"),
    "too many columns": (workbook(lambda book: book.active.cell(1, 900, "x")), "太大"),
    "an empty sheet": (None, "什么都没有"),
    "a file of 11 MB": (bytes(11 * 1024 * 1024), "最大 10 MB"),
}


def refused_file(kind: str) -> bytes:
    content, _text = REFUSED[kind]
    if kind == "no table in a letter":
        letter = docx.Document()
        letter.add_paragraph("您好")
        letter.save(file := io.BytesIO())
        return file.getvalue()
    if kind == "an empty sheet":
        openpyxl.Workbook().save(file := io.BytesIO())
        return file.getvalue()
    return content


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused(kind):
    with pytest.raises(Unreadable, match=REFUSED[kind][1]):
        opened(refused_file(kind))


def only_sheet(content: bytes):
    (sheet,) = opened(content).sheets
    return sheet


def test_what_stands_in_the_cells():
    def fill(book):
        sheet = book.active
        sheet.append(
            [
                1,
                0.1 + 0.2,
                "１２",
                datetime.fromisoformat("2024-09-30 08:30"),
                date(2024, 10, 1),
                True,
                "=1+1",
                "  公厕\u200b ",
            ]
        )
        sheet["I2"] = 0.85
        sheet["I2"].number_format = "0%"

    row = only_sheet(workbook(fill)).row(2)
    assert [row[column].text for column in range(1, 9)] == [
        "1",
        "0.3",
        "１２",
        "2024-09-30",
        "2024-10-01",
        "是",
        "",
        "公厕",
    ]
    assert (row[2].number, row[4].day) == ("0.3", date(2024, 9, 30))
    assert (row[7].formula, row[9].is_percent, row[9].number) == ("=1+1", True, "0.85")


def test_merged_cells_stand_in_each_place():
    def merge(book):
        book.active["A2"] = "公厕"
        book.active.merge_cells("A2:B3")

    cells = only_sheet(workbook(merge)).cells
    assert [cells[place].text for place in ((2, 1), (2, 2), (3, 1), (3, 2))] == ["公厕"] * 4
    assert cells[3, 2].anchor == "A2"


def test_days_of_the_other_calendar():
    def other(book):
        book.epoch = CALENDAR_MAC_1904
        book.active["A2"] = date(2024, 9, 30)

    assert only_sheet(workbook(other)).cells[2, 1].day == date(2024, 9, 30)


def test_what_is_hidden_is_told():
    def hide(book):
        book.active["A2"] = "公厕"
        book.active.row_dimensions[2].hidden = True
        book.create_sheet("草稿")["A1"] = "旧的"
        book["草稿"].sheet_state = "hidden"

    found = opened(workbook(hide))
    assert found.sheets[0].cells[2, 1].is_hidden
    assert "草稿" in "".join(found.notes)


def test_what_an_old_file_does_not_tell_is_told():
    """Of .xls and .et it can be seen which sheets are hidden, and neither hidden rows and columns nor formulas."""
    found = opened((settings.BASE_DIR / "tests/fixtures/tables/old-format.xls").read_bytes())
    assert [sheet.name for sheet in found.sheets] == ["民生实事"]
    assert any("“草稿”是隐藏的" in note for note in found.notes)
    assert any("另存为 .xlsx 再传" in note for note in found.notes)
    sheet = found.sheets[0]
    assert (sheet.cells[3, 4].text, sheet.cells[3, 4].formula) == ("860", ""), "the formula's value"
    assert sheet.cells[4, 2].text == "旧公厕", "of a hidden row"


@pytest.mark.parametrize(
    ("member", "told"), [("xl/vbaProject.bin", "宏"), ("xl/externalLinks/externalLink1.xml", "别的文件")]
)
def test_macros_and_links_are_left_alone_and_told(member, told):
    assert told in "".join(opened(with_member(member, lambda _: b"<a/>")).notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_commas_in_every_encoding(encoding):
    sheet = only_sheet("序号,项目\n1,㙍村䶮路𠮷".encode(encoding))
    assert (sheet.cells[1, 1].text, sheet.cells[2, 2].text) == ("序号", "㙍村䶮路𠮷")


def test_tables_of_a_letter():
    letter = docx.Document()
    letter.add_paragraph("青岚县2024年民生实事")
    table = letter.add_table(rows=2, cols=2)
    table.cell(0, 0).text = "事项"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "公厕"
    letter.save(file := io.BytesIO())
    sheet = only_sheet(file.getvalue())
    assert [sheet.cells[place].text for place in ((1, 1), (2, 1), (3, 1), (3, 2))] == [
        "青岚县2024年民生实事",
        "事项",
        "公厕",
        "公厕",
    ]


def test_a_file_that_is_too_much_leaves_the_others_alone(monkeypatch):
    """One process for all of them, and another only after one that was ended."""
    started, start = [], opening._started

    def counting():
        started.append(start())
        return started[-1]

    monkeypatch.setattr(opening, "_started", counting)
    with opening.Opener() as opener:
        for kind in ("an entity of another file", "half an archive"):
            with pytest.raises(Unreadable):
                opener.opened(refused_file(kind))
        assert opener.opened(workbook()).sheets
        assert len(started) == 1
        with monkeypatch.context() as patch:
            patch.setattr(opening, "LONGEST", 0.0)
            with pytest.raises(Unreadable, match="读不完"):
                opener.opened(workbook())
        assert opener.opened(workbook()).sheets
    assert len(started) == 2
    assert all(one.returncode is not None for one in started)
