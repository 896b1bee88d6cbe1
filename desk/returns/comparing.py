"""Three ways for each cell: as it was exported, as it stands in the file, as it is stored now. No database is asked."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError

from desk.returns.readings import CellMessage, Conflict, Doubt, FileReading, ReturnedRow, Taken
from desk.returns.shapes import Field, MonthRow
from desk.returns.values import CellText, cell_text, fault_text, shortened
from desk.workbooks.readings import Note, Problem
from desk.workbooks.sheets import Cell


def compare(
    place: str, name: str, exported: str | None, read: CellText, row: MonthRow
) -> Taken | Conflict | Doubt | None:
    """None where nothing is to be done. `exported` is None of a table that was never exported: then only what is empty is filled.

    What is stored already, whoever stored it, is neither taken nor a conflict.
    """
    word, current = row.word_of(name), row.values.get(name, "")
    if read.question:
        return None if read.meant == current else Doubt(place, name, word, read.question, read.meant)
    if not read.is_taken or read.text == current or read.text == exported:
        return None
    if current == (exported or ""):
        return Taken(place, name, word, current, read.text)
    return Conflict(place, name, word, exported or "", current, read.text, row.changed_by, row.changed_at)


def sort_in(result: ReturnedRow, outcome: Taken | Conflict | Doubt | None) -> None:
    match outcome:
        case Taken():
            result.taken.append(outcome)
        case Conflict():
            result.conflicts.append(outcome)
        case Doubt():
            result.doubts.append(outcome)


def take_cell(
    result: ReturnedRow, place: str, name: str, exported: str, cell: Cell | None, reading: FileReading
) -> None:
    """What a cell of our own sheet does to its row. What was not touched isn't read, so that it can't be wrong."""
    raw = cell.text if cell else ""
    is_untouched = raw == exported.strip() and not (cell and (cell.formula or cell.is_percent))
    if is_untouched:
        return
    try:
        read = cell_text(cell, name, result.row) if cell else CellText()
    except ValidationError as error:
        text = fault_text(result.row.word_of(name), cell, error) if cell else " ".join(error.messages)
        result.problems.append(Problem(place, text))
        return
    if read.note and read.is_taken:
        reading.notes.append(Note(place, read.note))
    elif read.note:
        current = result.row.values.get(name, "")
        kept = f"现在存的“{shortened(current)}”不动。" if current else ""
        reading.left.append(CellMessage(result.row.title, place, f"{result.row.word_of(name)}：{read.note}{kept}"))
    sort_in(result, compare(place, name, exported, read, result.row))


def _everything(result: ReturnedRow) -> Iterator[Taken | Conflict | Doubt]:
    yield from result.taken
    yield from result.conflicts
    yield from result.doubts


def check_row(result: ReturnedRow) -> None:
    """What the cells of a row say together."""
    ticked = [one for one in result.taken if one.name == Field.UNCHANGED]
    words = dict.fromkeys(one.word for one in _everything(result) if one.name != Field.UNCHANGED)
    if ticked and words:
        text = f"写了“无变化”，又改了{'、'.join(words)}。只能写一样。"
        result.problems.append(Problem(ticked[0].cell, text))
    if result.row.closed and result.is_touched:
        result.problems.append(Problem(result.cell, result.row.closed))
