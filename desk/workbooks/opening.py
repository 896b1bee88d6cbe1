"""Opening an uploaded table, whatever kind of file it is, in a process of its own."""

import json
import logging
import os
import signal
import subprocess  # nosec B404 # only our own module is run
import sys
from contextlib import suppress
from datetime import date
from threading import Timer
from typing import Any, Self

from django.conf import settings

from common.texts import clean_text
from desk.workbooks.sheets import Cell, Sheet, Workbook, address

logger = logging.getLogger(__name__)

LARGEST = 10 * 1024 * 1024  # bytes
LONGEST = 30.0  # seconds that the process may take, waiting for a processor included
TOO_MUCH = "文件太大或太复杂，读不完。请只留下要交的那张表，另存一份再传。"


class Unreadable(Exception):
    """The file can't be taken; the text says why and what to do, in Chinese."""


def opened(content: bytes) -> Workbook:
    """The sheets of an .xlsx, .xls, .et, .docx or .csv file, told by its bytes. Raises Unreadable.

    Neither macros nor links nor entities are followed.
    """
    with Opener() as opener:
        return opener.opened(content)


class Opener:
    """Opens one file after another, in a process that starts once: each file in a fork of it, with memory and time of its own.

    To be used by one thread at a time, as a context.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def opened(self, content: bytes) -> Workbook:
        """As the function `opened`."""
        if not content:
            raise Unreadable("文件是空的。")
        if len(content) > LARGEST:
            raise Unreadable(f"文件最大 {LARGEST // 1024 // 1024} MB。请只留下要交的那张表，另存一份再传。")
        found = self._answer_to(content)
        if refused := found.get("refused"):
            raise Unreadable(refused)
        sheets = tuple(map(_sheet, found["sheets"]))
        hidden = [f"工作表“{sheet.name}”是隐藏的，没有读。" for sheet in sheets if sheet.is_hidden]
        visible = tuple(sheet for sheet in sheets if not sheet.is_hidden and sheet.cells)
        if not visible:
            raise Unreadable("表里什么都没有。")
        return Workbook(visible, (*found["notes"], *hidden))

    def _answer_to(self, content: bytes) -> dict[str, Any]:
        process = self._process = self._process or _started()
        late = Timer(LONGEST, _kill, [process])
        late.start()
        try:
            process.stdin.write(b"%d\n%b" % (len(content), content))  # type: ignore[union-attr]  # a pipe
            process.stdin.flush()  # type: ignore[union-attr]
            size = int(process.stdout.readline())  # type: ignore[union-attr]
            return json.loads(process.stdout.read(size))  # type: ignore[union-attr]
        except (OSError, ValueError):
            # Out of memory or time; what it said may quote the file.
            logger.warning("A table was not read: its process ended without an answer.")
        finally:
            late.cancel()
        self._end()
        raise Unreadable(TOO_MUCH)

    def _end(self) -> None:
        """The next file begins with another process."""
        process, self._process = self._process, None
        if process:
            _kill(process)
            with suppress(OSError):  # of what it didn't read
                process.communicate()


def _started() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "desk.workbooks.opening_process"]
    environment = {
        "PYTHONIOENCODING": "utf-8",
        "OPENPYXL_LXML": "False",
    }  # of two parsers the one that defusedxml guards
    return subprocess.Popen(  # noqa: S603  # nosec B603 # no shell, and a fixed command
        command, cwd=settings.BASE_DIR, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With its forks, which are of the same session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _sheet(read: dict[str, Any]) -> Sheet:
    cells = [cell for cell in map(_cell, read["cells"]) if cell.text or cell.formula]
    return Sheet(
        name=clean_text(read["name"]),
        cells={(cell.row, cell.column): cell for cell in cells},
        n_rows=max((cell.row for cell in cells), default=0),
        n_columns=max((cell.column for cell in cells), default=0),
        is_hidden=read["is_hidden"],
    )


def _cell(read: dict[str, Any]) -> Cell:
    return Cell(
        text=clean_text(read["text"]).strip(),
        row=read["row"],
        column=read["column"],
        number=read.get("number", ""),
        day=date.fromisoformat(read["day"]) if "day" in read else None,
        formula=read.get("formula", ""),
        anchor=address(*read["anchor"]) if "anchor" in read else "",
        is_percent=read.get("is_percent", False),
        is_hidden=read.get("is_hidden", False),
    )
