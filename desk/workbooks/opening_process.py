"""Run as a process by `desk.workbooks.opening`: reads files from stdin, writes the sheets of each as JSON.

A file is the number of its bytes on a line of its own and then the bytes; its answer has the same form, and is empty where
the file was too much. Each is opened in a fork, which shares with the others only what was imported.

Nothing imports this module: what a stranger's file does to its libraries stays in a process with little memory and time.
"""

import csv
import io
import json
import os
import resource
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NoReturn

import docx
import openpyxl
from docx.table import Table
from openpyxl.worksheet.merge import MergedCellRange
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

MEMORY = 256 * 1024 * 1024  # bytes beyond what the process has at its start
SECONDS = 20
MOST_UNPACKED = 60 * 1024 * 1024  # bytes of all members of an archive
MOST_MEMBERS = 2_000
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 5_000, 200, 100_000
SEEN = 30  # lines of a text by which its separator is told
LONGEST_TEXT = 5_000  # characters of a cell
EXCEL, WORD, OLD = "[Content_Types].xml", "word/document.xml", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Found = dict[str, Any]


class Refused(Exception):
    """The file isn't taken; the text says why, in Chinese."""


def limit_process(*, file_size: int = 0) -> None:
    """Memory beyond what is mapped already, processor time, and bytes of a file that it writes."""
    with open("/proc/self/statm") as sizes:
        mapped = int(sizes.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY, mapped + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))


def read(content: bytes) -> Found:
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    if content.startswith(OLD):
        return {"sheets": list(_old(content)), "notes": [OLD_FORMAT]}
    if b"\x00" in content[:4096] or content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8")):
        raise Refused("这不是表格。请传 Excel（.xlsx、.xls）、WPS（.et）、Word 表格（.docx）或 .csv 文件。")
    return {"sheets": [_csv(content)], "notes": []}


# Archives: .xlsx, .docx


def _archive(content: bytes) -> Found:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Refused("文件坏了，打不开。请重新保存一次再传。") from error
    names = {member.filename for member in members}
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Refused("文件展开以后太大了，不收。请只留下要交的那张表，另存一份再传。")
    if any(member.flag_bits & 1 for member in members) or "EncryptedPackage" in names:
        raise Refused("文件有密码，打不开。请去掉密码再传。")
    notes = [text for name, text in LEFT_OUT.items() if any(one.lower().startswith(name) for one in names)]
    if WORD in names:
        return {"sheets": list(_word(content)), "notes": notes}
    if EXCEL in names and any(name.startswith("xl/") for name in names):
        return {"sheets": list(_excel(content)), "notes": notes}
    raise Refused("这不是表格。请传 Excel（.xlsx、.xls）、WPS（.et）、Word 表格（.docx）或 .csv 文件。")


OLD_FORMAT = (
    "这是老格式（.xls 或 .et），本站看不出哪些行、列是隐藏的，也看不出哪些格是公式：隐藏的行、列照样读了，公式读的是存着的结果。"
    "有隐藏的或者公式的，请在 Excel、WPS 里另存为 .xlsx 再传。"
)
LEFT_OUT = {
    "xl/vbaproject": "文件里有宏，没有运行。",
    "xl/externallinks": "文件里有连到别的文件的公式，没有去读那些文件，只看表里存着的数。",
    "word/vbaproject": "文件里有宏，没有运行。",
}


def _excel(content: bytes) -> Iterator[Found]:
    with warnings.catch_warnings(), _unframed():
        warnings.simplefilter("ignore")
        formulas = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
        for sheet in formulas.worksheets:
            _check_size(sheet.title, sheet.max_row, sheet.max_column)
        # Opened a second time only for the results of formulas: it takes as long as the first.
        values = (
            openpyxl.load_workbook(io.BytesIO(content), keep_links=False, data_only=True)
            if _reckons(formulas)
            else formulas
        )
    for sheet in formulas.worksheets:
        yield _excel_sheet(sheet, values[sheet.title])


@contextmanager
def _unframed() -> Iterator[None]:
    """Without the frames of merged cells, which nobody reads: copying them takes longer than all the rest."""
    framed, MergedCellRange.format = MergedCellRange.format, lambda _area: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        MergedCellRange.format = framed  # type: ignore[method-assign]


def _reckons(workbook: Any) -> bool:
    return any(cell.data_type == "f" for sheet in workbook.worksheets for row in sheet.iter_rows() for cell in row)


def _excel_sheet(sheet: Any, values: Any) -> Found:
    anchors = {
        (row, column): (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, min(area.max_row, MOST_ROWS) + 1)
        for column in range(area.min_col, min(area.max_col, MOST_COLUMNS) + 1)
    }
    hidden_rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    hidden_columns = {
        column
        for one in sheet.column_dimensions.values()
        if one.hidden
        for column in range(one.min or 0, (one.max or 0) + 1)
    }
    cells = []
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            typed = _typed(values.cell(cell.row, cell.column).value)
            formula = str(cell.value) if cell.data_type == "f" else ""
            if formula and typed is None:
                typed = {"text": ""}
            if typed is not None:
                extra = {"formula": formula, "is_percent": "%" in str(cell.number_format or "")}
                is_hidden = cell.row in hidden_rows or cell.column in hidden_columns
                cells.append({"row": cell.row, "column": cell.column, "is_hidden": is_hidden, **typed, **extra})
    return {"name": sheet.title, "cells": merged(cells, anchors), "is_hidden": sheet.sheet_state != "visible"}


def merged(cells: list[Found], anchors: dict[tuple[int, int], tuple[int, int]]) -> list[Found]:
    """The cells with what is merged standing in each place of its area."""
    by_place = {(cell["row"], cell["column"]): cell for cell in cells}
    for place, anchor in anchors.items():
        if anchor in by_place:
            row, column = place
            by_place[place] = by_place[anchor] | {"row": row, "column": column, "anchor": list(anchor)}
    return [by_place[place] for place in sorted(by_place)]


def _old(content: bytes) -> Iterator[Found]:
    """.xls and .et of WPS, which tell which sheets are hidden, but neither hidden rows and columns nor formulas."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        visible = {one.name for one in workbook.sheets_metadata if one.visible == SheetVisibleEnum.Visible}
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
            _check_size(name, len(rows), max(map(len, rows), default=0))
            anchors = {
                (row + 1, column + 1): (first[0] + 1, first[1] + 1)
                for first, last in sheet.merged_cell_ranges or ()
                for row in range(first[0], last[0] + 1)
                for column in range(first[1], last[1] + 1)
            }
            yield {"name": name, "cells": merged(list(_table_cells(rows)), anchors), "is_hidden": name not in visible}
    except (CalamineError, OSError, ValueError) as error:
        raise Refused("文件坏了，或者有密码，打不开。请在 Excel 或 WPS 里另存为 .xlsx 再传。") from error


def _table_cells(rows: Iterable[Iterable[Any]]) -> Iterator[Found]:
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            typed = _typed(value)
            if typed is not None:
                yield {"row": number, "column": column, **typed}


def _word(content: bytes) -> Iterator[Found]:
    """Each table as a sheet; the paragraphs before it, where titles and units stand, are its first rows."""
    above: list[str] = []
    n_tables = 0
    for block in docx.Document(io.BytesIO(content)).iter_inner_content():
        if not isinstance(block, Table):
            above.append(block.text.strip())
            continue
        n_tables += 1
        titles = [text for text in above if text][-3:]
        cells: list[Found] = [{"row": number, "column": 1, "text": text} for number, text in enumerate(titles, start=1)]
        seen: dict[Any, list[int]] = {}
        for number, row in enumerate(block.rows, start=len(titles) + 1):
            for column, cell in enumerate(row.cells, start=1):
                place = seen.setdefault(cell._tc, [number, column])
                anchor = {} if place == [number, column] else {"anchor": place}
                cells.append({"row": number, "column": column, "text": cell.text.strip()[:LONGEST_TEXT], **anchor})
        _check_size(f"表{n_tables}", len(block.rows), len(block.columns))
        yield {"name": f"表{n_tables}", "cells": [cell for cell in cells if cell["text"]], "is_hidden": False}
        above = []
    if not n_tables:
        raise Refused("这份 Word 文件里没有表格。")


def _csv(content: bytes) -> Found:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused("文字读不出来。请在 Excel 里另存为“CSV UTF-8”或 .xlsx 再传。")
    separator = _separator_of(text.splitlines()[:SEEN])
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise Refused("这个 CSV 读不懂，请另存为 .xlsx 再传。") from error
    _check_size("表1", len(rows), max(map(len, rows), default=0))
    return {"name": "表1", "cells": list(_table_cells(rows)), "is_hidden": False}


def _separator_of(lines: list[str]) -> str:
    """The sign that most lines have as often as one another: titles and sentences have others."""

    def score(sign: str) -> int:
        counts = Counter(n for line in lines if (n := line.count(sign)))
        return max((n * n_lines for n, n_lines in counts.items()), default=0)

    return max(",\t;，；|", key=score)


def _check_size(name: str, n_rows: int, n_columns: int) -> None:
    if n_rows > MOST_ROWS or n_columns > MOST_COLUMNS or n_rows * n_columns > 10 * MOST_CELLS:
        raise Refused(f"工作表“{name}”太大：最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列。空着却有格式的行列请删掉。")


def _typed(value: Any) -> Found | None:
    match value:
        case None | "":
            return None
        case bool():
            return {"text": "是" if value else "否"}
        case int() | float():
            number = plain(value)
            return {"text": number, "number": number}
        case datetime():
            return {"text": value.date().isoformat(), "day": value.date().isoformat()}
        case date():
            return {"text": value.isoformat(), "day": value.isoformat()}
        case time() | timedelta():
            return {"text": str(value)}
    text = str(value)
    return {"text": text[:LONGEST_TEXT]} if text.strip() else None


def plain(value: float) -> str:
    """In plain notation, without what binary fractions add: 0.1 + 0.2 is 0.3."""
    if isinstance(value, int):
        return str(value)
    text = f"{Decimal(f'{value:.12g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def main() -> None:
    files, answers = sys.stdin.buffer, sys.stdout.buffer
    while size := files.readline():
        answer = _opened_apart(files.read(int(size)))
        answers.write(b"%d\n%b" % (len(answer), answer))
        answers.flush()


def _opened_apart(content: bytes) -> bytes:
    """What a fork answers, which has the memory and the time of one file."""
    ours, its = os.pipe()
    fork = os.fork()
    if fork == 0:
        _answer(content, its, without=(ours, sys.stdin.fileno(), sys.stdout.fileno()))
    os.close(its)
    with open(ours, "rb") as stream:
        answer = stream.read()
    _fork, status = os.waitpid(fork, 0)
    return answer if status == 0 else b""


def _answer(content: bytes, pipe: int, *, without: Iterable[int]) -> NoReturn:
    """Ends the fork, which has nothing of the other files."""
    status = 1
    try:
        for other in without:
            os.close(other)
        limit_process()
        with open(pipe, "wb") as stream:
            stream.write(json.dumps(_answer_to(content), ensure_ascii=False).encode())
        status = 0
    finally:
        os._exit(status)


def _answer_to(content: bytes) -> Found:
    try:
        return read(content)
    except Refused as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "文件太大，读不完。请只留下要交的那张表，另存一份再传。"}
    except Exception as error:  # whatever a library makes of a hostile file
        return {"refused": _reason(error)}


def _reason(error: BaseException) -> str:
    """Libraries say themselves what they refused, somewhere in the chain of causes."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    if any(type(one).__module__.startswith("defusedxml") for one in chain):
        return "文件里写着要去读别的文件（外部实体），不收。"
    return "文件坏了，打不开。请在 Excel 或 WPS 里另存为 .xlsx 再传。"


if __name__ == "__main__":
    main()
