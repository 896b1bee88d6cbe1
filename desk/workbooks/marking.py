"""The table that somebody sent, with what was asked and refused at its cells."""

import json
import re
import subprocess  # nosec B404 # only our own module is run
import sys
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from desk.workbooks.dry_run import DryRun
from desk.workbooks.opening import LONGEST, TOO_MUCH, Unreadable, opened
from desk.workbooks.telling import WANTED

PLACE = re.compile(r"(.*)!([A-Z]{1,3}[0-9]{1,7})")


def marked_workbook(content: bytes, run: DryRun) -> bytes:
    """As .xlsx; of another kind of file its texts, in the same cells. Raises Unreadable."""
    asked: dict[str, Any] = {"marks": list(_marks(run))}
    if not content.startswith(b"PK"):
        asked["sheets"] = [
            [sheet.name, [[cell.row, cell.column, cell.text] for cell in sheet.cells.values()]]
            for sheet in opened(content).sheets
        ]
    command = [sys.executable, "-m", "desk.workbooks.marking_process"]
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603 # no shell, and a fixed command
            command, input=json.dumps(asked).encode() + b"\n" + content, cwd=settings.BASE_DIR,
            env={"PYTHONIOENCODING": "utf-8", "OPENPYXL_LXML": "False"}, capture_output=True, timeout=LONGEST, check=True,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        raise Unreadable(TOO_MUCH) from error
    return done.stdout


def _marks(run: DryRun) -> Iterator[tuple[str, str, str, str]]:
    """Sheet, cell, kind and text."""
    found = [("error", problem.cell, problem.text) for problem in run.problems]
    found += [("doubt", doubt.cell, doubt.question) for doubt in run.reading.doubts]
    found += [("gap", gap.cell, f"{WANTED[gap.name]}：去年有，今年的还没有填。") for gap in run.reading.gaps]
    found += [("note", note.cell, note.text) for note in run.reading.notes]
    found += [("change", one.cell, f"{one.name}：{one.old} → {one.new}") for one in run.changes]
    for kind, cell, text in found:
        match = PLACE.fullmatch(cell)
        yield (match[1], match[2], kind, text) if match else ("", "A1", kind, text)
