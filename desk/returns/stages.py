"""What was uploaded, between the presses: opened once, outside of this process, then kept signed for the person who sent it."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from queue import SimpleQueue
from typing import Any

from django.contrib.auth.models import User
from django.core import signing

from desk.workbooks import uploads
from desk.workbooks.opening import Opener, Unreadable
from desk.workbooks.sheets import Cell, Sheet, Workbook

AT_ONCE = 2  # processes that open files
LONGEST = 75.0  # seconds for all files of a request, which the proxy ends after 120
TOO_MANY = "这一批太慢了，没有轮到这个文件。请单独再传。"
KEPT = uploads.KEPT


@dataclass(frozen=True)
class StagedFile:
    """A file as it was opened, or why it can't be."""

    name: str
    workbook: Workbook | None
    refused: str = ""


@dataclass(frozen=True)
class Stage:
    """What a person sent for a data day."""

    day: date
    files: tuple[StagedFile, ...]


def opened_files(files: Iterable[tuple[str, bytes]]) -> tuple[StagedFile, ...]:
    """Each by itself: one that can't be opened is told, and the others go on. A file that is sent twice is opened once."""
    files = list(files)
    first = {content: name for name, content in reversed(files)}
    with ExitStack() as stack:
        openers: SimpleQueue[Opener] = SimpleQueue()
        for _number in range(AT_ONCE):
            openers.put(stack.enter_context(Opener()))
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        opened = partial(_opened, openers=openers, until=time.monotonic() + LONGEST)
        found = dict(zip(first, pool.map(opened, first), strict=True))
    return tuple(
        StagedFile(name, None, f"和“{first[content]}”是同一个文件，只读一次。")
        if first[content] != name
        else StagedFile(name, *found[content])
        for name, content in files
    )


def _opened(content: bytes, *, openers: "SimpleQueue[Opener]", until: float) -> tuple[Workbook | None, str]:
    if time.monotonic() > until:
        return None, TOO_MANY
    opener = openers.get()
    try:
        return opener.opened(content), ""
    except Unreadable as refused:
        return None, str(refused)
    finally:
        openers.put(opener)


def keep(day: date, files: Sequence[StagedFile], *, by: User) -> str:
    """Returns the token by which the person finds it again. Raises OSError."""
    told = [day.isoformat(), [[one.name, one.refused, _packed(one.workbook)] for one in files]]
    return uploads.keep(signing.dumps(told, salt=_salt(by), compress=True).encode(), "stage", None, by=by)


def kept(token: str, *, by: User) -> Stage | None:
    """None where it is older than a day, another's, or not what was kept."""
    upload = uploads.kept(token, by=by)
    try:
        day, files = signing.loads(upload.content.decode() if upload else "", salt=_salt(by), max_age=KEPT)
    except (signing.BadSignature, UnicodeDecodeError):
        return None
    return Stage(
        date.fromisoformat(day), tuple(StagedFile(name, _workbook(sheets), refused) for name, refused, sheets in files)
    )


def forget(token: str, *, by: User) -> None:
    uploads.forget(token, by=by)


def _salt(by: User) -> str:
    return f"desk.returns.{by.pk}"


def _packed(workbook: Workbook | None) -> list[Any] | None:
    if workbook is None:
        return None
    return [
        list(workbook.notes),
        [[sheet.name, [_packed_cell(cell) for cell in sheet.cells.values()]] for sheet in workbook.sheets],
    ]


def _packed_cell(cell: Cell) -> list[Any]:
    """Short, as most cells hold a text alone."""
    day = cell.day.isoformat() if cell.day else ""
    rest = [cell.number, day, cell.formula, cell.anchor, cell.is_percent, cell.is_hidden]
    return [cell.row, cell.column, cell.text, *(rest if any(rest) else ())]


def _workbook(packed: list[Any] | None) -> Workbook | None:
    if packed is None:
        return None
    notes, sheets = packed
    return Workbook(tuple(_sheet(name, cells) for name, cells in sheets), tuple(notes))


def _sheet(name: str, packed: list[list[Any]]) -> Sheet:
    cells = {(one[0], one[1]): _cell(*one) for one in packed}
    rows, columns = zip(*cells, strict=True) if cells else ((0,), (0,))
    return Sheet(name, cells, max(rows), max(columns))


def _cell(
    row: int, column: int, text: str, number: str = "", day: str = "", formula: str = "", anchor: str = "",
    is_percent: bool = False, is_hidden: bool = False,
) -> Cell:  # fmt: skip
    told = date.fromisoformat(day) if day else None
    return Cell(text, row, column, number, told, formula, anchor, is_percent, is_hidden)
