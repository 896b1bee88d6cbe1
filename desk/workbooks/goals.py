"""What an item of a county's table is to reach: how much of what, in which steps, by which day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from common.formats import day_text, number_text
from desk.workbooks.heads import Head
from desk.workbooks.item_words import (
    deeds_with,
    end_of_quarter,
    figures_of,
    is_target,
    kind_of,
    named_part,
    short_goal,
    subject_of,
)
from desk.workbooks.items import Item, Line, table_of
from desk.workbooks.quantities import (
    DEEDS,
    PLAIN,
    Deed,
    DueDay,
    Quantity,
    days_in,
    deed_in,
    due_day_of,
    is_cut_october,
    quantities_of,
    says_no_day,
    unread_number,
)
from desk.workbooks.readings import Choice, Doubt, DoubtKind, Note, Problem, WorkbookReading
from desk.workbooks.sheets import Cell, Sheet

_START = re.compile(r"开工|动工|启动|开建")
_ADVANCE = re.compile(r"推进|谋划|前期|力争|争取")
STAGES = re.compile(r"封顶|完工|竣工|建成|投用|投入使用|通车|交付|开放|运营|验收|通水|通气|并网|开园|开馆")

BEYOND = DoubtKind("完成时限不在计划的这一年里", ("都对，就是表里写的日子", "都改成这一年的最后一天"))
ABOUT = DoubtKind("数是大概的，或者是汉字写的", ("都按这个数收，写明是本站理解", "都就是这个数"))
UNREAD_NUMBER = DoubtKind("有数没有读成目标", ("都知道了，到计划表里补",))
UNREAD_DAY = DoubtKind("完成时限没有读懂是哪一天", ("都知道了，到计划表里改",))
ONE_OR_TEN = DoubtKind("是 1 月还是 10 月", ("都是 10 月", "都是 1 月"))
QUARTERS = DoubtKind("各季度的数和目标对不上，没有当作分步", ("都知道了",))


@dataclass(frozen=True)
class Part:
    """One target of an item: what of it, how much, and by when."""

    quantity: Quantity | None
    deed: Deed
    title: str
    amount: Decimal
    unit: str
    line: Line
    noun: str = ""
    pace: str = "LINEAR"
    steps: tuple[tuple[date, Decimal], ...] = ()


class GoalReader:
    """Reads what the items of a table are to reach, and notes what it passed over or doubts."""

    def __init__(self, sheet: Sheet, head: Head, year: int):
        self.sheet, self.head, self.year = sheet, head, year
        self.table = table_of(sheet, head)
        self.ends_on = date(year, 12, 31)
        self.asked: set[tuple[DoubtKind, str]] = set()  # what is asked once, though several rows rest on the cell
        self.reading = WorkbookReading(notes=list(self.table.notes), problems=list(self.table.problems))

    def _problem(self, cell: str, text: str) -> None:
        self.reading.problems.append(Problem(cell, text))

    def _note(self, cell: str, text: str) -> None:
        self.reading.notes.append(Note(cell, text))

    def _at(self, cell: Cell | None) -> str:
        return self.sheet.at(cell.row, cell.column) if cell else ""

    def _goal(self, item: Item, line: Line) -> str:
        return line.goal.text if line.goal else item.title

    def _goal_of(self, item: Item, parts: Sequence[Part]) -> tuple[str, bool]:
        """How far it is promised to come, and whether the words say so themselves."""
        text = "".join(self._goal(item, line) for line in item.lines)
        if any(part.quantity for part in parts):
            return "FINISH", True
        if STAGES.search(text):
            return "FINISH", False
        if _START.search(text):
            return "START", False
        return ("ADVANCE" if _ADVANCE.search(text) else "FINISH"), False

    def _parts(self, item: Item) -> list[Part]:
        parts: list[Part] = []
        for line in item.lines:
            counts = [one for one in quantities_of(self._goal(item, line)) if not one.is_indicator]
            done = [one for one in counts if is_target(one)] or [
                one for one in counts if not (one.is_size or one.is_among)
            ][:1]
            for one in (one for one in counts if one not in done):
                why = (
                    "说的是其中一部分"
                    if one.is_among
                    else "说的是多大，或者已经有的"
                    if one.is_size
                    else "说的是谁受益"
                )
                self._note(self._at(line.goal), f"“{one.text}”{why}，没有当作目标。")
            parts += [part for quantity in done for part in self._parts_of(item, line, quantity)]
        if not parts:
            parts = [self._whole(item)]
        titles = [part.title for part in parts]
        return [
            replace(part, title=f"{kind_of(part.quantity.verb)}{part.title}"[:100])
            if part.quantity and titles.count(part.title) > 1
            else part
            for part in parts
        ]

    def _parts_of(self, item: Item, line: Line, quantity: Quantity) -> list[Part]:
        if not quantity.verb or quantity.is_benefit:
            spoken = next(
                (word for word in (deed_in(item.title), *deeds_with(quantity, self._goal(item, line))) if word), ""
            )
            quantity = replace(quantity, verb=spoken)
        if quantity.names:
            titles = (named_part(name, quantity.noun) for name in quantity.names)
            return [Part(quantity, quantity.deed, title[:100], Decimal(100), "%", line) for title in titles]
        is_of_people = quantity.unit.endswith(("人", "人次", "名", "户", "户次"))
        is_named = is_of_people and quantity.deed != PLAIN  # 培训 3000 人次
        noun = quantity.noun or ("" if is_named else subject_of(item))
        steps = self._steps(line, quantity)
        return [
            Part(
                quantity, quantity.deed, (noun or quantity.deed.done)[:100], quantity.amount, quantity.unit, line,
                noun=noun if len(noun) <= 20 else "", pace="STEP" if steps else "LINEAR", steps=steps,
            )
        ]  # fmt: skip

    def _whole(self, item: Item) -> Part:
        """What can't be counted, as one thing that is there or not."""
        line = item.lines[0]
        text = short_goal(self._goal(item, line))
        if _START.search(text) and not STAGES.search(text):
            return Part(None, Deed("开工", "开工"), "开工建设", Decimal(1), "次", line, pace="STEP")
        stage = STAGES.findall(text)
        deed = Deed(stage[-1].replace("投入使用", "投用"), "动工") if stage else DEEDS.get(deed_in(text), PLAIN)
        what = re.sub(r"^(?:年内|全年|力争|全面|全部|基本)*(?:完成|实现)?", "", text)
        is_stage_alone = not STAGES.sub("", what)
        return Part(None, deed, (item.title if is_stage_alone else what)[:100], Decimal(100), "%", line)

    # Quarters

    def _steps(self, line: Line, quantity: Quantity) -> tuple[tuple[date, Decimal], ...]:
        """The cumulative amounts of the quarters' cells that speak of this quantity."""
        values = self._quarters_of(line, quantity)
        amounts = list(values.values())
        if amounts != sorted(amounts) or (amounts and amounts[-1] > quantity.amount):
            if sum(amounts) != quantity.amount:
                self._doubt_quarters(line, quantity, amounts)
                return ()
            told = f"各季度加起来正好是 {number_text(quantity.amount)}，按每季度新增的数累计。"
            self._note(self._at(line.quarters[min(values)]), told)
            values = {number: sum(amounts[: position + 1], Decimal(0)) for position, number in enumerate(values)}
        steps: list[tuple[date, Decimal]] = []
        for number, amount in values.items():
            if amount > 0 and (not steps or amount > steps[-1][1]):
                steps.append((end_of_quarter(self.year, number), amount))
        return tuple(steps)

    def _quarters_of(self, line: Line, quantity: Quantity) -> dict[int, Decimal]:
        """By quarter. Where a goal counts several things that the cells don't tell apart, only those that end at its amount."""
        values: dict[int, Decimal] = {}
        for number, cell in sorted(line.quarters.items()):
            for amount, unit in figures_of(cell):
                if unit in ("", quantity.unit):
                    values[number] = amount
        counts = quantities_of(line.goal.text) if line.goal else []
        alike = [one for one in counts if is_target(one) and one.unit == quantity.unit]
        is_bare = any(unit == "" for cell in line.quarters.values() for _amount, unit in figures_of(cell))
        is_shared = len(alike) > 1 or (is_bare and sum(map(is_target, counts)) > 1)
        if is_shared and values and values[max(values)] != quantity.amount:
            return {}
        return values

    def _doubt_quarters(self, line: Line, quantity: Quantity, amounts: Sequence[Decimal]) -> None:
        told = "、".join(map(number_text, amounts))
        cell = self._at(next(iter(line.quarters.values())))
        text = f"各季度的数（{told}）和目标 {number_text(quantity.amount)} {quantity.unit}对不上，没有当作分步。要写分步，请在计划表里补。"
        self.reading.doubts.append(Doubt(cell, text, (Choice("知道了"),), QUARTERS))

    # Days

    def _due(self, item: Item, goal: str, line: Line | None = None) -> DueDay:
        """The item's own day, else that of its goal, else what its last quarter says, else that of the table's remark."""
        year = self.year
        cell = self._due_cell(item, line)
        if cell is not None:
            due = due_day_of(cell.text, year, number=cell.number, day=cell.day)
            if due.starts_on and due.day and due.is_beyond:  # of a project of several years, of which this is one
                self._note(self._at(cell), f"“{cell.text}”是整个项目的工期，今年的目标按 {self._end_text}算。")
                return DueDay(None)
            return due
        said = [due for due in days_in(goal, year) if not due.is_beyond]
        for number, quarter in sorted(line.quarters.items() if line else ()):
            said += [due for due in days_in(quarter.text, year) if number == 4 and due.day]
        if said:
            return said[-1]
        for remark in self.table.remarks:
            if match := re.search(r"(?:时限|时间|期限).*?(?:均|都|为)+[:：]?(.+?)[。；;，,]?$", remark):
                return due_day_of(match[1], year)
        return DueDay(None)

    @staticmethod
    def _due_cell(item: Item, line: Line | None) -> Cell | None:
        """That of the goal's own row, where an item has several rows."""
        return line.due if line and line.due else item.cells.get("due")

    @property
    def _end_text(self) -> str:
        return day_text(self.ends_on, year=self.year)

    def _ask_about_due(self, item: Item, due: DueDay, positions: Sequence[int], line: Line | None = None) -> None:
        cell = self._due_cell(item, line)
        if cell and due.day is None:  # 常态化: whoever confirms the item confirms no day
            for position in positions:
                self.reading.rows[position].held.add("due_on")
        if cell:
            self._ask_which_day(item, cell, due, positions)
        if not (due.is_beyond and due.day and cell):
            return
        kept = tuple((position, "due_on", due.day.isoformat()) for position in positions)
        last = tuple((position, "due_on", self.ends_on.isoformat()) for position in positions)
        question = f"“{item.title}”的完成时限是“{cell.text}”，不在 {self.year} 年里，对吗？"
        choices = Choice(f"对，就是 {day_text(due.day)}", kept), Choice(f"改成 {day_text(self.ends_on)}", last)
        self.reading.doubts.append(Doubt(self._at(cell), question, choices, BEYOND))

    def _ask_which_day(self, item: Item, cell: Cell, due: DueDay, positions: Sequence[int]) -> None:
        """Words of which no day was made, and 2024.1, which spreadsheets make of October."""
        is_whole_work = bool(due_day_of(cell.text, self.year).starts_on)  # which was told
        if due.day is None and not is_whole_work and not says_no_day(cell.text):
            instead = f"先按 {self._end_text}算" if self.reading.rows[positions[0]].values.get("due_on") else "先空着"
            question = f"“{item.title}”的完成时限“{cell.text}”没有读懂是哪一天，{instead}。"
            self._ask_once(Doubt(self._at(cell), question, (Choice("知道了"),), UNREAD_DAY))
        if due.day and is_cut_october(cell.text):
            january = date(due.day.year, 1, 31).isoformat()
            changes: list[tuple[int, str, Any]] = [(position, "due_on", january) for position in positions]
            changes += [(one, "steps", []) for one in positions if self.reading.rows[one].model == "tasks.target"]
            choices = Choice(day_text(due.day)), Choice(day_text(date(due.day.year, 1, 31)), tuple(changes))
            question = f"“{item.title}”的完成时限写成 {cell.text}，是 10 月吗？"
            self.reading.doubts.append(Doubt(self._at(cell), question, choices, ONE_OR_TEN))

    def _ask_once(self, doubt: Doubt) -> None:
        if doubt.kind and (doubt.kind, doubt.cell) not in self.asked:
            self.asked.add((doubt.kind, doubt.cell))
            self.reading.doubts.append(doubt)

    # Amounts

    def _ask_about_unread(self, item: Item) -> None:
        """Numbers in the goals of which nothing was made: ranges, amounts of each, numbers without a unit."""
        for line in item.lines:
            goal = self._goal(item, line)
            plain = re.sub(r"[（(].*?[）)]", "", goal)  # what comes after the year is often said in brackets
            beyond = [due for due in days_in(plain, self.year) if due.is_beyond]
            if beyond and "due" not in item.cells:
                cell = self._at(line.goal or item.cells.get("title"))
                question = f"“{short_goal(goal)}”里的日子不在 {self.year} 年里，先按 {self._end_text}算。"
                self._ask_once(Doubt(cell, question, (Choice("知道了"),), UNREAD_DAY))
            if number := unread_number(goal):
                cell = self._at(line.goal or item.cells.get("title"))
                question = (
                    f"“{short_goal(goal) or goal}”里的 {number} 没有读成目标的数。要数，就写成一个数和单位，例如 6座。"
                )
                self._ask_once(Doubt(cell, question, (Choice("知道了"),), UNREAD_NUMBER))

    def _ask_about_amount(self, quantity: Quantity, cell: str, position: int, name: str) -> None:
        if not (quantity.is_about or quantity.is_worded):
            return
        told = f"{number_text(quantity.amount)} {quantity.unit}"
        marked = self.reading.rows[position].values["inferred"]
        plain = [one for one in marked if one != name]
        self.reading.doubts.append(
            Doubt(
                cell,
                f"“{quantity.text}”按 {told}收？",
                (
                    Choice(
                        f"按 {told}收，写明是本站理解",
                        ((position, "inferred", sorted({*plain, name})),),
                        held=((position, name),),
                    ),
                    Choice(f"就是 {told}", ((position, "inferred", plain),)),
                ),
                ABOUT,
            )
        )
