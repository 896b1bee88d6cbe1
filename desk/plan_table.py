"""A plan or an addition as one table: its items and targets in the plan's order, then indicators, tasks and measures.

Every row comes with its values in force, what is missing, and what the plan before said of the same project.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeVar

from django.db.models import Q
from django.forms.boundfield import BoundField

from common.formats import number_text
from desk.contents import (
    EMPTY_COLUMNS,
    Contents,
    PromisedIndicator,
    PromisedProject,
    PromisedTask,
    contents_of,
    indicator_gaps,
    lacks_wording,
    task_gaps,
)
from desk.forms.plan_table import COLUMNS, RowForm
from desk.plan_before import Difference, Earlier, is_other_target
from desk.sentences import earlier_item_text, earlier_target_text, pace_text, short_gaps_text
from desk.words import CARRIED_DAY, CLARITY, CLEAR, ONLY_THE_YEAR, UNCLEAR
from ledger.guard import Record
from projects.adjustable import EMPTY
from projects.models import Adjustment, Department, Milestone, Project
from projects.snapshots import Adjustments, current_term, inferred_of, promised_terms, terms_of
from tasks.clarity import StatedTarget, Tick, clarity_of, is_quantity
from tasks.models import Addition, Commitment, Plan, PlanAdjustment, Target
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import verdict_of

# The rows of a page: of one that is typed into, whose inputs a request can hold, and of one that is only read.
MOST_TYPED, MOST_READ = 40, 150
# So many items with gaps are unfolded on a phone. Where more have some, a page of them all would be the long one again: then
# each says what it lacks beside its name.
MOST_UNFOLDED = 5


@dataclass(frozen=True)
class Cell:
    """One value: `text` as officials read it, empty where there is none, `first` what was promised before an adjustment."""

    text: str
    first: str = ""
    bound: BoundField | None = None


@dataclass
class TableRow:
    """A stored row as the table shows it. `form` is None where it can't be changed, `version` is that of the form."""

    record: Any
    label: str
    texts: Mapping[str, str]
    firsts: Mapping[str, str]
    inferred: str
    inferred_names: frozenset[str]
    form: RowForm | None = None
    version: str = ""

    @property
    def key(self) -> str:
        """`target-17`."""
        return f"{self.record._meta.model_name}-{self.record.pk}"

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """By column; asked for once the row has its form."""
        return {
            name: Cell(text, self.firsts.get(name, ""), self.form[name] if self.form else None)
            for name, text in self.texts.items()
        }

    @property
    def confirmation(self) -> BoundField | None:
        """The box that takes the mark of our reading away."""
        return self.form["confirmed"] if self.form and "confirmed" in self.form.fields else None


@dataclass(frozen=True)
class Line:
    """A milestone with what the item promises of it; `earlier` is what the plan before said."""

    milestone: TableRow
    target: TableRow
    earlier: str = ""
    is_changed: bool = False


class Foldable:
    """What is folded on a phone: `rows` are all that it has, `gaps` what it lacks, a clause each."""

    gaps: tuple[str, ...]

    @property
    def rows(self) -> Iterator[TableRow]:
        raise NotImplementedError

    @property
    def is_typed(self) -> bool:
        """Whether something was typed into it that isn't saved."""
        return any(row.form is not None and row.form.is_bound for row in self.rows)

    @property
    def gaps_text(self) -> str:
        return short_gaps_text(self.gaps)


@dataclass(frozen=True)
class Item(Foldable):
    """A project with its commitment and targets. `is_changed`: the plan before said something else, or nothing.

    `ticks` are (word, whether it was said in words, whether it was).
    """

    promised: PromisedProject
    project: TableRow
    commitment: TableRow | None
    lines: tuple[Line, ...]
    ticks: tuple[tuple[str, str, bool], ...]
    gaps: tuple[str, ...]
    earlier: str = ""
    is_changed: bool = False
    kind: ClassVar[str] = "items"

    @property
    def rows(self) -> Iterator[TableRow]:
        yield self.project
        if self.commitment:
            yield self.commitment
        for line in self.lines:
            yield line.milestone
            yield line.target

    @property
    def number(self) -> str:
        """第 3 件; empty of a project that only serves a measure."""
        if self.commitment is None:
            return ""
        return f"第 {self.commitment.record.number} {self.commitment.record.series.counter}"

    @property
    def name(self) -> str:
        return f"{self.number} {self.project.texts['title']}".strip()

    @property
    def n_rows(self) -> int:
        return max(1, len(self.lines))

    @property
    def n_spanned(self) -> int:
        """With the row of the city's own words."""
        return self.n_rows + (self.commitment is not None)


@dataclass(frozen=True)
class IndicatorItem(Foldable):
    indicator: TableRow
    gaps: tuple[str, ...]
    earlier: str = ""
    is_changed: bool = False
    kind: ClassVar[str] = "indicators"
    n_rows: ClassVar[int] = 1

    @property
    def rows(self) -> Iterator[TableRow]:
        yield self.indicator

    @property
    def name(self) -> str:
        return self.indicator.texts["title"]


@dataclass(frozen=True)
class MeasureLine:
    """A measure with the titles of the projects that serve it; `earlier` is what the plan before said."""

    measure: TableRow
    projects: str
    earlier: str = ""


@dataclass(frozen=True)
class TaskItem(Foldable):
    task: TableRow
    measures: tuple[MeasureLine, ...]
    gaps: tuple[str, ...]
    earlier: str = ""
    is_changed: bool = False
    kind: ClassVar[str] = "tasks"

    @property
    def rows(self) -> Iterator[TableRow]:
        yield self.task
        yield from (line.measure for line in self.measures)

    @property
    def name(self) -> str:
        return f"{self.task.record.number} {self.task.texts['title']}"

    @property
    def n_rows(self) -> int:
        return 1 + len(self.measures)


AnyItem = Item | IndicatorItem | TaskItem


@dataclass(frozen=True)
class Section:
    """A series, a group of tasks or the indicators; `series` is the row to which another item could be added."""

    title: str
    kind: str
    items: tuple[AnyItem, ...]
    series: Record | None = None


@dataclass(frozen=True)
class PlanTable:
    """`earlier` is the plan before, None without one, and `earlier_word` what it is called: 去年, or its year.

    `left_out` are, by kind, (name, verdict) of what only that promised.
    """

    contents: Contents
    sections: tuple[Section, ...]
    earlier: Plan | None
    earlier_word: str
    left_out: Sequence[tuple[str, tuple[tuple[str, str], ...]]]

    @property
    def items(self) -> list[AnyItem]:
        return [item for section in self.sections for item in section.items]

    @cached_property
    def gaps(self) -> Counter[str]:
        return Counter(gap for item in self.items for gap in item.gaps)

    @property
    def n_inferred(self) -> int:
        return sum(bool(row.inferred) for item in self.items for row in item.rows)

    def chosen(self, items: Collection[AnyItem]) -> tuple[Section, ...]:
        """The sections with these of their items alone; without those that have none."""
        keys = {id(item) for item in items}
        kept = [
            Section(one.title, one.kind, tuple(item for item in one.items if id(item) in keys), one.series)
            for one in self.sections
        ]
        return tuple(one for one in kept if one.items)

    def filtered(self, only: str) -> list[AnyItem]:
        """`only` is a key of FILTERS, or empty."""
        return [item for item in self.items if not only or FILTERS[only](item)]


FILTERS = {"gaps": lambda item: bool(item.gaps), "changed": lambda item: item.is_changed}


class OfRows(Protocol):
    """What takes `n_rows` of a table."""

    @property
    def n_rows(self) -> int: ...


Paged = TypeVar("Paged", bound=OfRows)


def pages_of(items: Sequence[Paged], most: int) -> list[list[Paged]]:
    """At least one page; of no more than `most` rows, unless a single item has more."""
    pages: list[list[Paged]] = [[]]
    room = most
    for item in items:
        if pages[-1] and item.n_rows > room:
            pages.append([])
            room = most
        pages[-1].append(item)
        room -= item.n_rows
    return pages


def table_of(fact: Plan | Addition, today: date) -> PlanTable:
    """In a constant number of queries."""
    plan = fact if isinstance(fact, Plan) else fact.plan
    contents = contents_of(fact)
    names = dict(Department.objects.values_list("slug", "name"))
    earlier = Earlier.before(plan, today, names)
    sections = _Builder(contents, earlier, names).table()
    if earlier is None:
        return PlanTable(contents, sections, None, "", ())
    is_whole = fact is plan
    left_out = earlier.left_out({one.project.pk for one in contents.promised}) if is_whole else ()
    return PlanTable(contents, sections, earlier.plan, earlier.word, left_out)


def _is_carried(target: Target, earlier: CommitmentSnapshot) -> bool:
    """Whether its day is our reading of one that the city named the year before, and that went by."""
    same = [one for one in earlier.targets if one.row.milestone_id == target.milestone_id]
    return any("due_on" not in one.inferred and one.terms.due_on < target.due_on for one in same)


@dataclass(frozen=True)
class _Builder:
    """`names` are those of every department, by slug."""

    contents: Contents
    earlier: Earlier | None
    names: Mapping[str, str]

    @cached_property
    def adjustments(self) -> tuple[Adjustments, Adjustments]:
        """Those of public projects and their milestones, and those of what a plan promised."""
        promised = [*self.contents.promised, *self.contents.serving]
        projects = [one.project.pk for one in promised]
        projects += [target.commitment.project_id for target in self.contents.added]
        of_projects = Adjustment.objects.published().filter(
            Q(project__in=projects) | Q(milestone__project__in=projects)
        )
        return Adjustments.load(of_projects), Adjustments.load(PlanAdjustment.objects.published().filter(self._own))

    @cached_property
    def _own(self) -> Q:
        contents = self.contents
        commitments = [one.commitment for one in contents.promised if one.commitment]
        commitments += [target.commitment for target in contents.added]
        tasks = [one.task for one in contents.tasks]
        return (
            Q(commitment__in=commitments)
            | Q(target__commitment__in=commitments)
            | Q(task__in=tasks)
            | Q(measure__task__in=tasks)
            | Q(indicator__in=[one.indicator for one in contents.indicators])
        )

    def table(self) -> tuple[Section, ...]:
        contents = self.contents
        series = (
            Section(one.title, Item.kind, tuple(map(self._item, promised)), one) for one, promised in contents.series
        )
        groups: dict[Any, list[PromisedTask]] = {}
        for one in contents.tasks:
            groups.setdefault(one.task.group, []).append(one)
        return (
            *series,
            Section("给已有承诺加的目标", Item.kind, tuple(self._added())),
            Section("没有单独承诺、为举措服务的项目", Item.kind, tuple(map(self._item, contents.serving))),
            Section("指标", IndicatorItem.kind, tuple(map(self._indicator, contents.indicators))),
            *(
                Section(group.title, TaskItem.kind, tuple(map(self._task, tasks)))
                for group, tasks in sorted(groups.items(), key=lambda pair: (pair[0].number, pair[0].pk))
            ),
        )

    # Rows

    def row(self, record: Any) -> TableRow:
        adjustments = self.adjustments[0 if isinstance(record, (Project, Milestone)) else 1]
        own = adjustments.of(record) if record.is_published else []
        adjustable = getattr(record, "adjustable", {})
        terms, first = terms_of(record, own), promised_terms(record)
        texts = {name: self._text(record, name, terms) for name in COLUMNS[type(record)]}
        changed = [name for name in texts if name in adjustable and terms[name] != first[name]]
        firsts = {name: self._text(record, name, first) for name in changed}
        return TableRow(
            record=record,
            label=f"{record._meta.verbose_name}“{record}”",
            texts=texts,
            firsts={name: text for name, text in firsts.items() if text},  # else it was filled in
            **self._inferred(record, own),
        )

    def _text(self, record: Any, name: str, terms: Mapping[str, Any]) -> str:
        if name == "pace":
            return pace_text(terms["pace"], has_steps=bool(terms["steps"]))
        if name in record.adjustable:
            adjustable = record.adjustable[name]
            try:
                is_empty = adjustable.decode(terms[name]) in EMPTY
                return "" if is_empty else adjustable.official_text(terms[name], record, self.names)
            except ValueError:  # a draft may hold what can't be published
                return record._meta.get_field(name).display_text(terms[name])
        column, value = record._meta.get_field(name), getattr(record, name)
        if isinstance(value, Decimal):
            return "" if value == column.get_default() else number_text(value)
        return str(getattr(record, f"get_{name}_display")() if column.choices else value or "")

    @staticmethod
    def _inferred(record: Any, adjustments: Sequence) -> dict[str, Any]:
        if not hasattr(record, "inferred"):
            return {"inferred": "", "inferred_names": frozenset()}
        column, names = record._meta.get_field("inferred"), inferred_of(record, adjustments)
        told = "、".join(column.label_of(name) for name in column.names if name in names)
        return {"inferred": told, "inferred_names": frozenset(names)}

    # Items

    def _item(self, promised: PromisedProject) -> Item:
        project, commitment = self.row(promised.project), promised.commitment
        earlier = self.earlier.commitment(commitment) if self.earlier and commitment else None
        lines = tuple(self._line(target, earlier) for target in promised.targets)
        own = self.row(commitment) if commitment else None
        return Item(
            promised=promised,
            project=project,
            commitment=own,
            lines=lines,
            ticks=self._ticks(project, own, promised.targets, earlier),
            gaps=tuple(gap for gap in promised.gaps if not _is_filled(gap, {"project": project, "commitment": own})),
            **self._earlier_of(commitment, earlier, lines),
        )

    def _earlier_of(
        self, commitment: Commitment | None, earlier: CommitmentSnapshot | None, lines: Sequence[Line]
    ) -> dict[str, Any]:
        if self.earlier is None or commitment is None:
            return {}
        text = earlier_item_text(self.earlier.word, verdict_of(earlier).official if earlier else None)
        is_same = earlier is not None and earlier.goal == commitment.goal and not any(one.is_changed for one in lines)
        milestones = {one.row.milestone_id for one in earlier.targets} if earlier else set()
        is_whole = milestones == {line.target.record.milestone_id for line in lines}
        return {"earlier": text, "is_changed": not (is_same and is_whole)}

    def _line(self, target: Target, earlier: CommitmentSnapshot | None) -> Line:
        milestone, row = self.row(target.milestone), self.row(target)
        same = (one for one in (earlier.targets if earlier else ()) if one.row.milestone_id == target.milestone_id)
        before = next(same, None)
        if before is None or self.earlier is None:
            return Line(milestone, row)
        terms = before.terms
        text = earlier_target_text(
            self.earlier.word, terms.amount, before.unit, terms.due_on, is_dropped=terms.is_dropped
        )
        return Line(milestone, row, text, is_other_target(target, target.due_on, target.amount, before))

    def _ticks(
        self,
        project: TableRow,
        commitment: TableRow | None,
        targets: Sequence[Target],
        earlier: CommitmentSnapshot | None = None,
    ) -> tuple[tuple[str, str, bool], ...]:
        if commitment is None:
            return ()
        ticks = clarity_of(
            [self._stated(target) for target in targets],
            has_lead=bool(project.texts["leads"]),
            has_money=bool(project.texts["investment"] or commitment.texts["annual_investment"]),
        )
        is_carried = (
            earlier is not None
            and not commitment.record.wording  # nobody has said anything of it this year
            and any(_is_carried(target, earlier) for target in targets)
        )
        day = CARRIED_DAY if is_carried else ONLY_THE_YEAR
        unclear = dict.fromkeys(CLARITY, UNCLEAR) | ({Tick.WHEN: day} if targets else {})
        return tuple((word, CLEAR if tick in ticks else unclear[tick], tick in ticks) for tick, word in CLARITY.items())

    def _stated(self, target: Target) -> StatedTarget:
        own = self.adjustments[1].of(target) if target.is_published else []
        due_on, has_steps = current_term(target, "due_on", own), bool(terms_of(target, own)["steps"])
        says_how_many = is_quantity(target.milestone.unit, is_counted=target.milestone.is_counted)
        return StatedTarget(says_how_many, due_on, has_steps, inferred_of(target, own))

    def _added(self) -> Iterator[Item]:
        """What comes new to commitments that were promised before."""
        added: dict[Commitment, list[Target]] = {}
        for target in self.contents.added:
            added.setdefault(target.commitment, []).append(target)
        for commitment, targets in added.items():
            yield self._item(PromisedProject(commitment.project, commitment, tuple(targets), (), "", "", ()))

    def _indicator(self, promised: PromisedIndicator) -> IndicatorItem:
        row = self.row(promised.indicator)
        gaps = indicator_gaps(
            has_leads=bool(row.texts["leads"]), has_due_day=bool(row.texts["due_on"]), has_wording=_has_wording(row)
        )
        before = self.earlier.of_indicator(promised.indicator) if self.earlier else Difference()
        return IndicatorItem(row, gaps, before.text, before.is_changed)

    def _task(self, promised: PromisedTask) -> TaskItem:
        task = self.row(promised.task)
        rows = [
            (self.row(measure), "、".join(project.title for project in projects))
            for measure, _who, projects in promised.measures
        ]
        gaps = task_gaps(
            [bool(row.texts["leads"] or projects) for row, projects in rows],
            has_leads=bool(task.texts["leads"]),
            has_wording=all(map(_has_wording, (task, *(row for row, _projects in rows)))),
        )
        if self.earlier is None:
            return TaskItem(task, tuple(MeasureLine(row, projects) for row, projects in rows), gaps)
        return self._compared(self.earlier, task, rows, gaps)

    @staticmethod
    def _compared(
        earlier: Earlier, task: TableRow, rows: Sequence[tuple[TableRow, str]], gaps: tuple[str, ...]
    ) -> TaskItem:
        then = earlier.task(task.record)
        own = earlier.of_answer(task.record, then.answer if then else None)
        lines, is_changed = [], own.is_changed
        for row, projects in rows:
            met = earlier.measure(row.record, then)
            before = earlier.of_answer(row.record, met.answer if met else None)
            is_changed = is_changed or before.is_changed
            lines.append(MeasureLine(row, projects, before.text))
        is_whole = then is not None and len(then.measures) == len(rows)
        return TaskItem(task, tuple(lines), gaps, own.text, is_changed or not is_whole)


def _has_wording(row: TableRow) -> bool:
    return not lacks_wording(row.record, row.texts["wording"], row.inferred_names)


def _is_filled(gap: str, rows: Mapping[str, TableRow | None]) -> bool:
    """Whether an adjustment brought what the row itself lacks."""
    kind, name = EMPTY_COLUMNS.get(gap, ("", ""))
    row = rows.get(kind)
    return row is not None and bool(row.texts[name])
