"""What was read out of returned workbooks, and how it stands to what is stored: untouched, taken, asked, or in conflict."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from desk.returns.keys import digest_of
from desk.returns.shapes import MonthRow
from desk.workbooks.readings import Note, Problem

MOST_LISTED = 150  # lines of a page about one file


@dataclass(frozen=True)
class Taken:
    """What the workbook changes, as nobody else did since it was exported."""

    cell: str
    name: str  # of the field
    word: str
    current: str
    typed: str


@dataclass(frozen=True)
class Conflict:
    """The workbook and what is stored both differ from what was exported, and from each other. Somebody chooses."""

    cell: str
    name: str
    word: str
    exported: str
    current: str
    typed: str
    by: str
    at: datetime | None

    @property
    def key(self) -> str:
        return f"conflict-{digest_of(self.cell, self.name)}"


@dataclass(frozen=True)
class Doubt:
    """Something that is probably meant as `meant`, and not taken unless somebody says so."""

    cell: str
    name: str
    word: str
    question: str
    meant: str

    @property
    def key(self) -> str:
        return f"doubt-{digest_of(self.cell, self.name)}"


@dataclass(frozen=True)
class Unmatched:
    """An item whose name is none of the month's: what it may be, the likeliest first, and the `others` of its department."""

    cell: str
    title: str
    candidates: tuple[MonthRow, ...]
    others: tuple[MonthRow, ...] = ()

    @property
    def key(self) -> str:
        return f"match-{digest_of(self.cell, self.title)}"


@dataclass(frozen=True)
class CellMessage:
    """What is told of a cell, in one sentence; `title` is that of its row, "" where it is about none."""

    title: str
    cell: str
    text: str

    @property
    def place(self) -> str:
        return " ".join(filter(None, (self.title, self.cell)))


@dataclass
class ReturnedRow:
    """A row of the month as a workbook returns it. One with `problems` stays out; the others go.

    `waits` is what its form refuses until something is answered; `cells` are the places of its fields, where it has them.
    """

    row: MonthRow
    cell: str
    taken: list[Taken] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    waits: list[Problem] = field(default_factory=list)
    cells: dict[str, str] = field(default_factory=dict)
    is_chosen_among: bool = False  # other files say something else of it: which counts is asked

    @property
    def is_touched(self) -> bool:
        return bool(self.taken or self.conflicts or self.doubts or self.problems)

    @property
    def is_written(self) -> bool:
        """Whether the press writes something of it, though nothing be answered."""
        return bool(self.taken) and not (self.problems or self.waits or self.is_chosen_among)

    def cell_of(self, name: str) -> str:
        """Where the field stands; that of the whole row where it stands nowhere."""
        changes: list[Taken | Conflict | Doubt] = [*self.taken, *self.conflicts, *self.doubts]
        changed = {one.name: one.cell for one in changes}
        return self.cells.get(name) or changed.get(name) or self.cell


@dataclass
class FileReading:
    """One file. `problems` refuse the whole of it; `unknown` are rows of it that are about nothing of the month.

    `department` is the slug of that whose own sheet it is, "" where it is none; `misnamed` says that the file is called otherwise.
    `left` is what stands in it and isn't taken, `notes` how the rest was read.
    """

    name: str
    number: int = 0  # among those that were sent together
    is_form: bool = False
    department: str = ""
    misnamed: str = ""
    rows: list[ReturnedRow] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: list[Problem] = field(default_factory=list)
    left: list[CellMessage] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        return bool(self.problems)

    @property
    def touched(self) -> list[ReturnedRow]:
        return [row for row in self.rows if row.is_touched]

    @property
    def written(self) -> list[ReturnedRow]:
        return [row for row in self.rows if row.is_written]

    @property
    def n_taken(self) -> int:
        """The cells that the press writes, though nothing be answered."""
        return sum(len(row.taken) for row in self.written)

    @property
    def wait_messages(self) -> list[CellMessage]:
        """Why rows aren't written until something is answered."""
        return [
            CellMessage(row.row.title, one.cell, one.text) for row in self.rows if not row.problems for one in row.waits
        ]

    # What the page says of it, as much as anybody reads of one file

    @property
    def n_read(self) -> int:
        """The rows that are about something of the month, and in which nothing is wrong."""
        return sum(not row.problems for row in self.rows)

    @property
    def n_refused(self) -> int:
        """The rows that stay out."""
        return len(self.unknown) + sum(bool(row.problems) for row in self.rows)

    @property
    def problem_messages(self) -> list[CellMessage]:
        """Everything for which the file or a row of it stays out."""
        found = [CellMessage("", one.cell, one.text) for one in (*self.problems, *self.unknown)]
        return found + [CellMessage(row.row.title, one.cell, one.text) for row in self.rows for one in row.problems]

    @property
    def n_problems(self) -> int:
        return len(self.problem_messages)

    @property
    def listed_problems(self) -> list[CellMessage]:
        return self.problem_messages[:MOST_LISTED]

    @property
    def n_unlisted_problems(self) -> int:
        return max(len(self.problem_messages) - MOST_LISTED, 0)

    @property
    def listed_left(self) -> list[CellMessage]:
        return self.left[:MOST_LISTED]

    @property
    def n_unlisted_left(self) -> int:
        return max(len(self.left) - MOST_LISTED, 0)

    @property
    def listed_changes(self) -> list[tuple[MonthRow, Taken]]:
        return self._changes[:MOST_LISTED]

    @property
    def n_unlisted_changes(self) -> int:
        return max(len(self._changes) - MOST_LISTED, 0)

    @property
    def listed_notes(self) -> list[Note]:
        return self.notes[:MOST_LISTED]

    @property
    def _changes(self) -> list[tuple[MonthRow, Taken]]:
        return [(row.row, one) for row in self.written for one in row.taken]

    def input_of(self, asked: Conflict | Doubt | Unmatched) -> str:
        """The name of the input that answers it: cells of several files have the same address."""
        return f"{asked.key}-{self.number}"

    def asked(self) -> Iterator[tuple[str, Conflict | Doubt | Unmatched]]:
        """What is left to decide, with the title of its row."""
        yield from (("", one) for one in self.unmatched)
        for row in self.rows:
            if not row.problems:
                yield from ((row.row.title, one) for one in row.conflicts)
                yield from ((row.row.title, one) for one in row.doubts)
