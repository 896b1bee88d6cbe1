"""What the returned workbooks would do, all of it told before anything is written; a row that two files speak of is asked."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from desk.returns.form_reading import form_heads, read_form
from desk.returns.keys import digest_of
from desk.returns.own_reading import read_own
from desk.returns.own_tables import NoTable
from desk.returns.readings import FileReading, ReturnedRow
from desk.returns.shapes import Month, MonthRow
from desk.returns.stages import Stage, StagedFile
from desk.returns.whose import due_departments, missing_departments
from desk.workbooks.readings import Note, Problem

MOST_ASKED = 600  # inputs of a page; a request may have 2,000
TYPED, MEANT = "typed", "meant"  # answers that take what the workbook says
# Why the form of a row would refuse texts, as (field, sentence); the field is "" of what is wrong with the whole row.
FormCheck = Callable[[MonthRow, Mapping[str, str]], list[tuple[str, str]]]


@dataclass(frozen=True)
class FieldText:
    """What a file says of a field, and where: `text` is None where it changes nothing of it."""

    word: str
    cell: str
    text: str | None


@dataclass(frozen=True)
class TwoFiles:
    """A row that several files change, each in its own way: which of them counts is chosen, and until then none does."""

    row: MonthRow
    files: tuple[int, ...]
    cells: tuple[str, ...]
    differing: tuple[tuple[FieldText, ...], ...]  # for each file the fields that another has otherwise

    @property
    def key(self) -> str:
        return f"file-{digest_of(self.row.key)}"


@dataclass
class DryRun:
    month: Month
    files: list[FileReading]
    twice: list[TwoFiles] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """Another as soon as anything that is shown is another."""
        return digest_of([_visible_parts(one) for one in self.files])

    @property
    def n_taken(self) -> int:
        return sum(one.n_taken for one in self.files)

    @property
    def n_rows(self) -> int:
        """Those that the press writes, whatever is answered."""
        return len({row.row.key for one in self.files for row in one.written})

    @property
    def n_asked(self) -> int:
        return len(self.twice) + sum(len(list(one.asked())) for one in self.files)

    @property
    def n_due(self) -> int:
        """The departments that have something to report yet."""
        return len(due_departments(self.month))

    @property
    def missing(self) -> list[str]:
        """The names of those of them of which no file is."""
        return missing_departments(self.month, self.files)

    @property
    def n_refused(self) -> int:
        """The rows that stay out, of files that are read."""
        return sum(one.n_refused for one in self.files if not one.is_refused)

    @property
    def n_left(self) -> int:
        return sum(len(one.left) for one in self.files if not one.is_refused)

    @property
    def n_files_refused(self) -> int:
        return sum(one.is_refused for one in self.files)

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to write, whatever is answered."""
        return not any(row.is_touched and not row.problems for one in self.files for row in one.rows) and not any(
            one.unmatched for one in self.files
        )


def _visible_parts(reading: FileReading) -> list:
    rows = [
        [
            row.row.key,
            row.row.version,
            [[*vars(one).values()] for one in (*row.taken, *row.conflicts, *row.doubts, *row.problems)],
        ]
        for row in reading.touched
    ]
    told = [*(one.text for one in reading.problems), *(one.text for one in reading.left)]
    return [reading.name, rows, [one.key for one in reading.unmatched], told]


def dry_run(
    stage: Stage, month: Month, *, answers: Mapping[str, str], form_errors: FormCheck = lambda _row, _values: []
) -> DryRun:
    """`answers` are those to what was asked of names."""
    run = DryRun(month, [])
    for number, staged in enumerate(stage.files):
        reading = _reading_of(staged, month, answers_of(number, answers))
        reading.number = number
        run.files.append(reading)
        for returned in reading.touched:
            if not returned.problems:
                _check_form(returned, form_errors)
    by_row: dict[str, list[tuple[int, ReturnedRow]]] = defaultdict(list)
    for reading in run.files:
        for found in reading.touched:
            if not found.problems:
                by_row[found.row.key].append((reading.number, found))
    for told in by_row.values():
        _settle(run, told)
    if run.n_asked > MOST_ASKED:
        _refuse_most_asked(run)
    return run


def answers_of(number: int, answers: Mapping[str, str]) -> dict[str, str]:
    """Those to what one file asks, by what `readings` calls them."""
    return {name.removesuffix(f"-{number}"): answer for name, answer in answers.items() if name.endswith(f"-{number}")}


def _reading_of(staged: StagedFile, month: Month, answers: Mapping[str, str]) -> FileReading:
    if staged.workbook is None:
        return FileReading(staged.name, problems=[Problem("", staged.refused)])
    if form_heads(staged.workbook):
        return read_form(staged.workbook, month, name=staged.name)
    try:
        return read_own(staged.workbook, month, name=staged.name, answers=answers)
    except NoTable as refused:
        return FileReading(staged.name, problems=[Problem("", str(refused))])


def _check_form(returned: ReturnedRow, form_errors: FormCheck) -> None:
    """What the form refuses whatever is answered keeps the row out; what it refuses until then waits for the answers."""
    unanswered = {one.name: one.typed for one in returned.taken}
    answered = unanswered | _asked_values(returned)
    refused = form_errors(returned.row, unanswered) if unanswered else []
    if refused and answered != unanswered:
        anyway = form_errors(returned.row, answered)
        returned.waits = [_form_problem(returned, *one) for one in refused if one not in anyway]
        refused = [one for one in refused if one in anyway]
    returned.problems += [_form_problem(returned, *one) for one in refused]


def _asked_values(returned: ReturnedRow) -> dict[str, str]:
    """What the workbook says of everything that is asked."""
    values = {one.name: one.typed for one in returned.conflicts}
    return values | {one.name: one.meant for one in returned.doubts}


def _form_problem(returned: ReturnedRow, name: str, text: str) -> Problem:
    return Problem(returned.cell_of(name), f"{returned.row.word_of(name)}：{text}" if name else text)


def _settle(run: DryRun, returned: list[tuple[int, ReturnedRow]]) -> None:
    """Of a row that several files change: where they say the same, the first counts; else somebody chooses."""
    if len(returned) < 2:
        return
    returned = sorted(returned, key=lambda one: bool(run.files[one[0]].misnamed))  # the rightly named one counts first
    (_number, first), *others = returned
    if all(_typed_in(other) == _typed_in(first) for _other_number, other in others):
        for number, other in others:
            text = f"“{other.row.title}”和“{run.files[returned[0][0]].name}”写的一样，只写一次。"
            run.files[number].notes.append(Note(other.cell, text))
            run.files[number].rows.remove(other)
        return
    for _number, own in returned:
        own.is_chosen_among = True
    numbers, cells = tuple(number for number, _row in returned), tuple(row.cell for _number, row in returned)
    run.twice.append(TwoFiles(first.row, numbers, cells, _differing([row for _number, row in returned])))


def _differing(returned: list[ReturnedRow]) -> tuple[tuple[FieldText, ...], ...]:
    typed = [_typed_in(one) for one in returned]
    names = [name for name in dict.fromkeys(chain(*typed)) if len({one.get(name) for one in typed}) > 1]
    return tuple(
        tuple(FieldText(row.row.word_of(name), row.cell_of(name), own.get(name)) for name in names)
        for row, own in zip(returned, typed, strict=True)
    )


def _typed_in(result: ReturnedRow) -> dict[str, str]:
    """By field, what the file changes, or may be meant to."""
    return {one.name: one.typed for one in result.taken} | _asked_values(result)


def _refuse_most_asked(run: DryRun) -> None:
    """More than a person answers on one page: the files that ask the most are to be sent again by themselves."""
    for reading in sorted(run.files, key=lambda one: -len(list(one.asked()))):
        n_asked = len(list(reading.asked()))
        text = f"这个文件里有 {n_asked} 处要定，太多了，没有读。请重新下载本月的表再填，或者单独传这一个。"
        reading.problems.append(Problem("", text))
        reading.rows, reading.unmatched = [], []
        run.twice = [one for one in run.twice if not any(run.files[number].is_refused for number in one.files)]
        if run.n_asked <= MOST_ASKED:
            return


# What is written


@dataclass(frozen=True)
class RowChange:
    """What is to be saved of one row, by field, and where it was read."""

    row: MonthRow
    values: Mapping[str, str]
    file: int  # its number
    cell: str


def changes_of(run: DryRun, answers: Mapping[str, str]) -> Iterator[RowChange]:
    """In the order of the files; what nobody answered is left as it is."""
    chosen = {one.row.key: answers.get(one.key, "") for one in run.twice}
    for reading in run.files:
        if reading.is_refused:
            continue
        given = answers_of(reading.number, answers)
        for found in reading.touched:
            is_chosen = chosen.get(found.row.key, str(reading.number)) == str(reading.number)
            if found.problems or not is_chosen:
                continue
            values = {one.name: one.typed for one in found.taken}
            values |= {one.name: one.typed for one in found.conflicts if given.get(one.key) == TYPED}
            values |= {one.name: one.meant for one in found.doubts if given.get(one.key) == MEANT}
            if values:
                yield RowChange(found.row, values, reading.number, found.cell)
