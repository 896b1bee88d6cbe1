"""What was read out of a workbook, whatever its form: rows of a plan, and what is to be asked or refused, each at its cell."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class DraftRow:
    """A row to be made. `values` are those of a fixture's `fields`: foreign keys as natural keys, days and numbers as text.

    `held` are the fields that stay the portal's reading whoever confirms the item, since the table says nothing of them. `carried` are days that are last year's moved on by the portal. `cells` says by field where it was read, such as “承诺!F7”; `label` is how a message names the row.
    """

    model: str  # "tasks.commitment"
    values: dict[str, Any]
    label: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    carried: set[str] = field(default_factory=set)

    @property
    def cell(self) -> str:
        """Where the row was read: the cell of its first field."""
        return next(iter(self.cells.values()), "")


@dataclass(frozen=True)
class Choice:
    """An answer to a doubt: `changes` are the values that it gives, by the position of a row and the field's name."""

    label: str
    changes: tuple[tuple[int, str, Any], ...] = ()
    held: tuple[tuple[int, str], ...] = ()  # row and field that stay the portal's reading


@dataclass(frozen=True)
class DoubtKind:
    """What doubts ask alike; `answers` say for all of them what the choices of each say for one, in the same order."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Doubt:
    """Something was read that may have been meant otherwise. The first of `choices` is what stands in the rows already."""

    cell: str
    question: str
    choices: tuple[Choice, ...]
    kind: DoubtKind | None = None  # of what others may ask too


@dataclass(frozen=True)
class Problem:
    """What keeps the workbook from being taken, at its cell; `cell` is empty where it concerns the whole."""

    cell: str
    text: str


@dataclass(frozen=True)
class Gap:
    """What last year's plan said and this form doesn't yet: the field `name`, at its cell."""

    cell: str
    name: str


@dataclass(frozen=True)
class Note:
    """What was passed over or kept in words, and why."""

    cell: str
    text: str


@dataclass(frozen=True)
class ReadItem:
    """What was understood of one item: the positions of its rows, whose `inferred` goes when a person confirms it."""

    cell: str
    title: str
    wording: str
    positions: tuple[int, ...]
    row: int = 0  # of the table


@dataclass
class WorkbookReading:
    """`rows` stand in the order in which they can be made: whatever a row names stands before it, or is there already."""

    rows: list[DraftRow] = field(default_factory=list)
    items: list[ReadItem] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    public_year: int | None = None  # of a plan that is public, which no table changes
    is_ours: bool = False  # our own form

    def of(self, model: str) -> Iterator[DraftRow]:
        return (row for row in self.rows if row.model == model)

    @property
    def ends_on(self) -> str:
        """The last day of the plan that it makes, as YYYY-MM-DD; empty where it makes none."""
        return next((row.values.get("ends_on") or "" for row in self.of("tasks.plan")), "")

    @property
    def unsaid(self) -> set[str]:
        """Of the day and the pace, what some target doesn't say."""
        said = [set(row.values.get("inferred", ())) for row in self.of("tasks.target")]
        return {"due_on", "pace"} & set().union(*said)

    def answered(
        self, answers: Sequence[int], confirmed: Collection[int] = (), defaults: Mapping[str, str] | None = None
    ) -> list[DraftRow]:
        """The rows as a person leaves them: for each doubt the position of the choice taken, and which items are confirmed.

        `defaults` are the day and the pace of the targets that don't say their own.
        """
        rows = [
            DraftRow(row.model, dict(row.values), row.label, row.cells, set(row.held), set(row.carried))
            for row in self.rows
        ]
        for row in rows:
            if row.model == "tasks.target":
                _fill_in(row.values, defaults or {})
        for doubt, answer in zip(self.doubts, answers, strict=True):
            for position, name, value in doubt.choices[answer].changes:
                rows[position].values[name] = value
            for position, name in doubt.choices[answer].held:
                rows[position].held.add(name)
        for row in (rows[position] for number in confirmed for position in self.items[number].positions):
            if "inferred" in row.values:
                row.values["inferred"] = sorted(set(row.values["inferred"]) & row.held)
        return rows


def _fill_in(target: dict[str, Any], defaults: Mapping[str, str]) -> None:
    unsaid = target.get("inferred", ())
    if (day := defaults.get("due_on")) and "due_on" in unsaid and day >= target["starts_on"]:
        steps = [step for step in target.get("steps") or () if step[0] < day]
        target |= {"due_on": day, "steps": steps}
    if (pace := defaults.get("pace")) and "pace" in unsaid and not target.get("steps"):
        target["pace"] = pace
