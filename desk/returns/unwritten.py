"""What of a returned workbook was not written, and why: one sentence for each, at its row and its cell."""

from collections.abc import Iterator, Mapping

from desk.returns.dry_run import MEANT, TYPED, DryRun, answers_of
from desk.returns.own_reading import PASSED_OVER
from desk.returns.readings import CellMessage, Conflict, Doubt, FileReading, Unmatched
from desk.returns.values import shortened


def unwritten_of(run: DryRun, reading: FileReading, answers: Mapping[str, str]) -> Iterator[CellMessage]:
    """Apart from what saving refused, and from what isn't taken (`reading.left`). `answers` are those to what was asked."""
    yield from reading.problem_messages
    if reading.is_refused:
        return
    for twice in run.twice:
        if reading.number in twice.files and answers.get(twice.key, "") != str(reading.number):
            cell = twice.cells[twice.files.index(reading.number)]
            yield CellMessage(twice.row.title, cell, _other_file_text(run, answers.get(twice.key, "")))
    given = answers_of(reading.number, answers)
    for title, one in reading.asked():
        if text := _unanswered_text(one, given.get(one.key, "")):
            yield CellMessage(title, one.cell, text)


def _other_file_text(run: DryRun, chosen: str) -> str:
    names = {str(one.number): one.name for one in run.files}
    if chosen in names:
        return f"没有写：您定了用“{names[chosen]}”里的。"
    return "没有写：几个文件都写了这一项，而且不一样，您没有定用哪一个。"


def _unanswered_text(one: Conflict | Doubt | Unmatched, answer: str) -> str:
    """ "" where what the workbook says was taken."""
    match one:
        case Conflict() if answer != TYPED:
            kept, typed = (f"“{shortened(text)}”" if text else "空的" for text in (one.current, one.typed))
            return f"{one.word}：表里的和现在存的不一样，留着现在的{kept}，没有改成表里的{typed}。"
        case Doubt() if answer != MEANT:
            return f"{one.word}没有取：{one.question}您没有定。"
        case Unmatched() if answer != PASSED_OVER:
            return f"“{one.title}”没有读：是哪一项，您没有定。"
    return ""
