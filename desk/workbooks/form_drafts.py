"""The rows that a form says, while they are put together: which of them are one, what they are called, and their codes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from common.model_fields import column_of
from common.spelling import spell
from desk.workbooks.codes import code_of
from desk.workbooks.form_columns import MODELS, Column
from desk.workbooks.form_tables import Record, folded

# In which order rows can be made: what a row names stands before it.
ORDER = (
    *("source", "plan", "addition", "department", "project", "milestone", "series", "group", "task", "measure"),
    *("contribution", "outline", "item", "commitment", "target", "indicator"),
)
# Kinds of rows that come with an addition.
ADDED = {
    *("series", "group", "task", "measure", "contribution", "outline", "commitment", "target", "indicator"),
}
# What tells a row from others of its kind, and what makes the name of one that has no code yet.
KEYS: dict[str, tuple[str, ...]] = {
    "source": ("key",),
    "plan": ("year",),
    "addition": ("code",),
    "department": ("slug",),
    "project": ("slug",),
    "milestone": ("project", "code"),
    "series": ("plan", "code"),
    "group": ("plan", "code"),
    "task": ("group", "number"),
    "measure": ("task", "number"),
    "contribution": ("measure", "project"),
    "outline": ("plan", "code"),
    "item": ("outline", "number"),
    "commitment": ("series", "number"),
    "target": ("commitment", "milestone"),
    "indicator": ("plan", "code"),
}
CODES = {part: names[-1] for part, names in KEYS.items() if names[-1] in ("key", "code", "slug")}
# What a row is numbered within.
WITHIN = {"milestone": "project", "task": "group", "measure": "task", "item": "outline", "commitment": "series"}
NUMBERED = ("series", "group", "outline", "indicator", "milestone", "task", "measure", "item")
TITLES = {"department": "name"}


@dataclass
class Draft:
    """A row as far as it is known. `refs` are rows that it names: drafts, or the natural keys of stored ones.

    `cells` and `columns` are those in which it could be filled; `given` are the fields that the form itself says,
    `wrong` those whose error was told already.
    """

    part: str
    record: Record
    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    refs: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)

    @property
    def title(self) -> str:
        return str(self.values.get(TITLES.get(self.part, "title"), ""))

    @property
    def cell(self) -> str:
        """Where the row is pointed at: the cell of its name, else of its number; of a code only where it has neither."""
        names = ("year", "title", "name", "number", KEYS[self.part][-1])
        return next((self.cells[name] for name in names if name in self.cells and name in self.values), self._first)

    @property
    def _first(self) -> str:
        return next(iter(self.cells.values()), "")


@dataclass(frozen=True)
class Stored:
    """A row of the database that a form names, by its natural key; of a commitment with that of its project."""

    key: tuple
    project: "Stored | None" = None


class Drafts:
    def __init__(self) -> None:
        self._of: dict[str, list[Draft]] = defaultdict(list)
        self._names: dict[tuple[str, str], list[Draft]] = defaultdict(list)
        self._same: dict[tuple, Draft] = {}

    def add(self, draft: Draft) -> Draft:
        self._of[draft.part].append(draft)
        for name in {draft.title, str(draft.values.get(CODES.get(draft.part, ""), ""))} - {""}:
            self._names[draft.part, folded(name)].append(draft)
        for identity in self._identities(draft):
            self._same.setdefault(identity, draft)
        return draft

    def of(self, part: str) -> list[Draft]:
        return self._of[part]

    def every(self) -> Iterator[Draft]:
        return (draft for part in ORDER for draft in self._of[part])

    def same_as(self, draft: Draft) -> Draft | None:
        """The row that was added under the same code, or, where one of them has none, under the same name."""
        identities = self._identities(draft)
        found = next((self._same[one] for one in identities if one in self._same), None)
        if found is None or len(identities) < 2:
            return found
        code = found.values.get(CODES[draft.part])  # of one name, two rows may have codes of their own
        return found if code in (None, draft.values[CODES[draft.part]]) else None

    @staticmethod
    def _identities(draft: Draft) -> list[tuple]:
        """Of its code, where it has one, and of its name."""
        within = Drafts._within(draft)
        code = draft.values.get(CODES.get(draft.part, ""))
        named = [("title", *within, folded(draft.title))] if draft.title else []
        return [("code", *within, code), *named] if code else named

    def find(self, part: str, text: str) -> Draft | None:
        """The only row of that name or code."""
        named = self.named(part, text)
        return named[0] if len(named) == 1 else None

    def named(self, part: str, text: str) -> list[Draft]:
        return list({id(draft): draft for draft in self._names.get((part, folded(text)), ())}.values())

    def find_task(self, text: str) -> Draft | None:
        """By its name, or by its group and number: `major-3`."""
        group, _, number = text.rpartition("-")
        numbered = [
            task
            for task in self._of["task"]
            if isinstance(above := task.refs.get("group"), Draft)
            and str(task.values.get("number")) == number
            and group in (above.values.get("code"), above.title)
        ]
        return numbered[0] if len(numbered) == 1 else self.find("task", text)

    def commitment(self, series: str, number: int) -> Draft | None:
        for one in self._of["commitment"]:
            of = one.refs.get("series")
            names = {folded(of.title), of.values.get("code")} if isinstance(of, Draft) else set()
            if folded(series) in names and one.values.get("number") == number:
                return one
        return None

    def are_one(self, one: Any, other: Any, known: Any) -> bool:
        """Whether two references to projects lead to the same, though it may have no code yet."""
        if isinstance(one, Draft) and isinstance(other, Draft):
            return one is other
        codes = {
            ref.values.get("slug") or known.code_of("project", ref.title, ()) if isinstance(ref, Draft) else ref.key[0]
            for ref in (one, other)
        }
        return len(codes) == 1

    def likely(self, part: str, text: str) -> str:
        """A name that the text may have been meant for."""
        names = [draft.title for draft in self._of[part]]
        return next(iter(get_close_matches(text, names, n=1, cutoff=0.5)), "")

    def label(self, draft: Draft) -> str:
        """How a message names the row."""
        match draft.part:
            case "commitment":
                series, project = (draft.refs.get(name) for name in ("series", "project"))
                names = [one.title if isinstance(one, Draft) else "" for one in (series, project)]
                return f"承诺“{names[0]} {draft.values.get('number', '？')}：{names[1]}”"
            case "target":
                milestone = draft.refs.get("milestone")
                title = milestone.title if isinstance(milestone, Draft) else ""
                return f"目标“{title}”"
            case "contribution":
                return "为举措服务的项目"
            case "plan":
                return f"{draft.values.get('year', '')} 年的计划"
        return f"{MODELS[draft.part]._meta.verbose_name}“{draft.title}”"

    # Keys

    def key(self, row: Any) -> list[Any]:
        """The natural key of a draft, or of a stored row, which is given by it."""
        if isinstance(row, Stored):
            return list(row.key)
        found: list[Any] = []
        for name in KEYS[row.part]:
            if name == "plan":
                found += [one.values.get("year") for one in self._of["plan"]]
            elif name in row.refs:
                key = self.key(row.refs[name])
                found += key[-1:] if (row.part, name) == ("target", "milestone") else key
            else:
                found.append(row.values.get(name))
        return found

    def keys(self, draft: Draft) -> Iterator[tuple[str, tuple]]:
        """What no other row may have, with the field that says it. Nothing where it isn't known."""
        key = self.key(draft)
        if None not in key:
            yield KEYS[draft.part][-1], (draft.part, *key)
        if draft.part == "commitment" and {"series", "project"} <= draft.refs.keys():
            yield "number", ("project of", *self.key(draft.refs["series"]), *self.key(draft.refs["project"]))
        if draft.part == "department" and draft.title:
            yield "name", ("name of", folded(draft.title))

    # What is left empty

    def number(self) -> None:
        """Rows without a number come after those that have one, in their order."""
        highest: dict[tuple, int] = defaultdict(int)
        for draft in (one for part in NUMBERED for one in self._of[part]):
            within = self._within(draft)
            highest[within] = max(highest[within], draft.values.get("number") or 0)
        for draft in (one for part in NUMBERED for one in self._of[part]):
            if "number" not in draft.values and "number" not in draft.wrong:
                highest[self._within(draft)] += 1
                draft.values["number"] = highest[self._within(draft)]

    @staticmethod
    def _within(draft: Draft) -> tuple:
        above = draft.refs.get(WITHIN.get(draft.part, ""))
        return draft.part, id(above) if isinstance(above, Draft) else above

    def make_codes(self, known: Any) -> None:
        """Codes for rows that have none: that of the stored row of the same name, else one made of the pinyin."""
        without = [one for part in CODES for one in self._of[part] if not one.values.get(CODES[part]) and one.title]
        for draft in list(without):
            if code := known.code_of(draft.part, draft.title, self._above(draft)):
                draft.values[CODES[draft.part]] = code
                without.remove(draft)
        spelled = spell([draft.title for draft in without])
        for draft in without:
            taken = self._taken(draft) | known.codes(draft.part, self._above(draft))
            longest = column_of(MODELS[draft.part], CODES[draft.part]).max_length or 40
            draft.values[CODES[draft.part]] = code_of(
                draft.title, spelled.get(draft.title, ""), taken, draft.part, longest
            )

    def _above(self, draft: Draft) -> Any:
        above = draft.refs.get(WITHIN.get(draft.part, ""))
        return tuple(self.key(above)) if above is not None else ()

    def _taken(self, draft: Draft) -> set[str]:
        own = self._within(draft)
        return {one.values.get(CODES[draft.part], "") for one in self._of[draft.part] if self._within(one) == own}
