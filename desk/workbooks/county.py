"""A county's own table as the rows of a plan. What was understood of its words is marked as the portal's reading."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError

from common.formats import number_text
from common.money import written_yuan
from common.numbers import NUMBER, is_counted
from common.tokens import clean_token
from desk.workbooks.codes import Codes, Known
from desk.workbooks.goals import GoalReader, Part
from desk.workbooks.heads import FIELD_OF, OF_PROGRESS, Head, head_of, is_of_another_year
from desk.workbooks.item_words import (
    box_name_of,
    count_of,
    figures_of,
    is_target,
    kind_of,
    short_goal,
    subject_of,
    whole_yuan,
    without_count,
)
from desk.workbooks.items import Item, offices_of, post_of, roles_of, titles_above
from desk.workbooks.layouts import joined, turned
from desk.workbooks.places import NOWHERE, Place, place_in
from desk.workbooks.quantities import Quantity, due_day_of, quantities_of
from desk.workbooks.readings import Choice, Doubt, DoubtKind, DraftRow, Note, Problem, ReadItem, WorkbookReading
from desk.workbooks.sheets import Sheet, Workbook

Spell = Callable[[Sequence[str]], Mapping[str, str]]

# Columns that tell that the items are projects, of which each is promised; without any of them they are tasks.
OF_PROJECTS = {"investment", "annual", "place", "funding", "q1", "q2", "q3", "q4"}
OF_A_LEVEL = re.compile("(?:率|比例|比重|指数|增速|天数|浓度|水平)$")
_OF_A_TABLE = re.compile(
    r"(?:责任|分工|分解|清单|台账|一览|进展|推进|安排|汇总|情况|统计|公示|明细|办理|落实|进度|实施)*(?:方案|表)?(?:[（(].*?[）)])?$"
)
BARE_MONEY = DoubtKind("钱没有写单位，又太大", ("都是万元", "都是元"))
LARGE_IN_TEN_THOUSANDS = 100_000  # a bare number of 万元 that was probably meant in yuan


class NoTable(Exception):
    """No sheet holds a table of a plan; the text says what was looked for."""


def county_reading(
    workbook: Workbook, *, year: int | None, known: Known, spell: Spell, site: Place = NOWHERE
) -> WorkbookReading:
    """What the first sheet with a table promises. `year` is asked for where no title names one. Raises NoTable.

    `spell` gives the syllables of Chinese texts, for codes and addresses; `site` is the place of the site, for a title that
    names none.
    """
    tables = [one for sheet in workbook.sheets if (one := _table_in(sheet, year))]
    on_side = [sheet for one in workbook.sheets if (sheet := turned(one))] if not tables else []
    tables = tables or [one for sheet in on_side if (one := _table_in(sheet, year))]
    if not tables:
        raise NoTable(
            "没有找到表头。表里要有一行写着列名，例如：序号、事项（或项目名称）、年度目标、牵头单位、完成时限。"
        )
    first, *others = tables
    if first.year is None:
        text = "没有看到是哪一年的计划：在“年份”里填上，或者在表的标题里写上，例如“2024 年”。"
        return WorkbookReading(problems=[Problem("", text)])
    alike = [one for one in others if _goes_on(first, one)]
    sheet = joined([(one.sheet, one.head) for one in (first, *alike)]) if alike else first.sheet
    reading = _Reader(sheet, first.head, first.year, first.title, known, spell, site).read()
    notes = list(workbook.notes)
    if alike:
        notes.append(
            f"列名一样的 {len(alike) + 1} 张工作表接在一起读：{_quoted(one.sheet.name for one in (first, *alike))}。"
        )
    if left := [one.sheet.name for one in others if one not in alike]:
        notes.append(f"只读了工作表“{first.sheet.name}”，没有读{_quoted(left)}。")
    if on_side:
        notes.append("这张表的列名竖着写，一列是一项：照这样读的。")
    reading.notes[:0] = [Note("", text) for text in notes]
    return reading


@dataclass(frozen=True)
class _Table:
    """A table of a sheet; `year` is given, or that of its title, None where neither is."""

    sheet: Sheet
    head: Head
    title: str
    year: int | None

    @property
    def names(self) -> set[str]:
        """Of its items, or their goals where they have none."""
        column = self.head.columns.get("title") or self.head.columns.get("goal") or self.head.columns.get("both")
        return {cell.text for (row, at), cell in self.sheet.cells.items() if at == column and row > self.head.last_row}


def _table_in(sheet: Sheet, year: int | None) -> _Table | None:
    head = head_of(sheet)
    if head is None:
        return None
    titles = list(titles_above(sheet, head))
    dated = [text for text in titles if re.search("[0-9]{4}年", text)]
    title = next(iter((*dated, *titles)), "")
    found = re.search(r"([0-9]{4})年", title)
    if year is None and found and not re.search(r"[0-9]{4}年?[-—~～－至到]+[0-9]{4}年", title):
        year = int(found[1])
    return _Table(sheet, head_of(sheet, year=year) or head, title, year)


def _goes_on(first: _Table, other: _Table) -> bool:
    """Whether the other table has the same columns, is of no other year, and doesn't say the same again."""
    is_alike = first.head.columns.keys() == other.head.columns.keys() and first.head.units == other.head.units
    is_of_another = is_of_another_year([other.title], first.year)
    return is_alike and not is_of_another and len(first.names & other.names) * 2 < max(len(other.names), 1)


def _quoted(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


class _Reader(GoalReader):
    def __init__(self, sheet: Sheet, head: Head, year: int, title: str, known: Known, spell: Spell, site: Place):
        super().__init__(sheet, head, year)
        self.title, self.known, self.site = title, known, site
        self.codes = Codes(spell(sorted(filter(None, self._spelled_texts()))), known)
        self.departments: dict[str, str] = {}

    def read(self) -> WorkbookReading:
        if not self.table.items:
            self._problem(self.sheet.at(self.head.last_row + 1, 1), "表头下面没有读到一项。")
            return self.reading
        self._add_plan()
        self._add_departments()
        self._parted(self._is_of_projects)
        self.reading.items.sort(key=attrgetter("row"))
        self._say_unread()
        return self.reading

    @property
    def _is_of_projects(self) -> bool:
        return bool(OF_PROJECTS & self.head.columns.keys() or re.search("实事|项目|工程", self._base_title()))

    # Rows

    def _row(self, model: str, values: dict[str, Any], label: str, **cells: str) -> int:
        self.reading.rows.append(DraftRow(model, values, label, {name: cell for name, cell in cells.items() if cell}))
        return len(self.reading.rows) - 1

    def _spelled_texts(self) -> set[str]:
        """Every name that may need a code: they are spelled at once, since that takes a process."""
        texts = {without_count(self._base_title())}
        for item in self.table.items:
            texts |= {item.title, item.group, subject_of(item)}
            texts |= {name for column in ("leads", "partners") for name in offices_of(item.text(column))[0]}
            for line in item.lines:
                texts.add(short_goal(self._goal(item, line)))
                for quantity in quantities_of(self._goal(item, line)):
                    texts |= {quantity.noun, kind_of(quantity.verb) + quantity.noun, *quantity.names}
        return texts

    def _base_title(self) -> str:
        """The title without the place, the year and the words for a table: 民生实事."""
        without_year = re.sub(r"^.*?[0-9]{4}年度?", "", self.title) or self.title
        return _OF_A_TABLE.sub("", without_year)[:100] or "年度任务"

    def _add_plan(self) -> None:
        own = place_in(self.title)
        place = own if own != NOWHERE else self.site
        values = {
            "year": self.year,
            "title": f"{own.name} {self.year} 年{self._base_title()}".strip(),
            "short_title": f"{own.name or self.site.name} {self.year} 年承诺".strip()[:40],
            "authority": place.authority,
            "starts_on": f"{self.year}-01-01",
            "ends_on": f"{self.year}-12-31",
        }
        self._row("tasks.plan", values, "年度计划", title=self.sheet.at(1, 1))

    def _add_departments(self) -> None:
        for item in self.table.items:
            for column in ("leads", "partners"):
                cell = item.cells.get(column)
                names, others = offices_of(cell.text) if cell else ([], [])
                for name in names:
                    self._add_department(name, self._at(cell))
                if others:
                    self._note(self._at(cell), f"“{'、'.join(others)}”不像部门，没有收（姓名不公布）。")

    def _add_department(self, name: str, cell: str) -> None:
        if name in self.departments:
            return
        slug = self.codes.of("department", name)
        if ("department", name) not in self.known.codes:
            self._row("projects.department", {"slug": slug, "name": name}, f"部门“{name}”", name=cell)
        self.departments[name] = slug

    def _slugs(self, names: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self.departments[name] for name in names))

    def _names_of(self, item: Item) -> tuple[list[str], list[str]]:
        """Who leads and who helps: as the cell itself tells, else by its column."""
        own, helping = roles_of(item.text("leads")), roles_of(item.text("partners"))
        leads, partners = own or (offices_of(item.text("leads"))[0], [])
        others = offices_of(item.text("partners"))[0]
        if "leads" in self.head.columns:
            return leads, [*partners, *others]
        return helping or (others, [])

    def _answers(self, item: Item) -> dict[str, Any]:
        """Who answers: where no column names leads, the departments responsible are taken for them."""
        leads, partners = (self._slugs(names) for names in self._names_of(item))
        partners = [slug for slug in partners if slug not in leads]
        post = post_of(item.text("leader"))
        if item.text("leader") and not post:
            self._note(
                self._at(item.cells["leader"]), f"“{item.text('leader')}”不像职务，没有收（只写职务，不写姓名）。"
            )
        return {"leads": leads, "partners": partners, "post": post}

    # Items

    def _parted(self, is_of_projects: bool) -> None:
        promised, answered = [], []
        for item in self.table.items:
            counts = [one for line in item.lines for one in quantities_of(self._goal(item, line))]
            is_level = bool(counts) and all(one.is_indicator for one in counts) and self._is_level(item, counts)
            if (is_of_projects and not is_level) or any(is_target(one) for one in counts):
                promised.append(item)
            elif any(one.is_indicator for one in counts):
                self._item(item, self._add_indicators(item, counts, self._answers(item)))
            else:
                answered.append(item)
        if promised:
            self._add_series(promised)
        if answered:
            self._add_tasks(answered)

    def _is_level(self, item: Item, counts: Sequence[Quantity]) -> bool:
        """Whether the item is where a figure is to stand and nothing besides: 普及率达到92%."""
        goal = "".join(self._goal(item, line) for line in item.lines)
        is_alone = len(goal) - sum(len(one.text) for one in counts) <= len(counts) and bool(counts[0].noun)
        return bool(OF_A_LEVEL.search(item.title)) or (is_alone and not counts[0].noun.endswith("完成"))

    def _add_series(self, items: Sequence[Item]) -> None:
        title = self._base_title()
        noun = next((word for word in ("实事", "项目", "任务", "工程") if word in title), "事项")
        code = self.codes.of("series", title, longest=20, spelled_as=without_count(title))
        values = {
            "plan": [self.year],
            "code": code,
            "number": 1,
            "title": title,
            "short_title": title[:40],
            "noun": noun,
        }
        self._row("tasks.series", values | {"counter": "件" if noun == "实事" else "项"}, f"承诺系列“{title}”")
        numbers = self._numbers(items)
        for item, number in zip(items, numbers, strict=True):
            self._add_commitment(item, number, [self.year, code])

    def _numbers(self, items: Sequence[Item]) -> list[int]:
        """Their own where each has one, else as they stand."""
        own = [item.number for item in items]
        return [number or 0 for number in own] if all(own) and len(set(own)) == len(own) else [*range(1, len(own) + 1)]

    def _add_tasks(self, items: Sequence[Item]) -> None:
        names = list(dict.fromkeys(item.group for item in items))
        for number, name in enumerate(names, start=1):
            title = name or self._base_title()
            code = self.codes.of("group", title, longest=20)
            values = {"plan": [self.year], "code": code, "number": number, "title": title[:100], "noun": "任务"}
            self._row("tasks.taskgroup", values | {"counter": "项"}, f"任务组“{title}”")
            own = [item for item in items if item.group == name]
            for item, position in zip(own, self._numbers(own), strict=True):
                self._add_task(item, position, [self.year, code])

    def _add_task(self, item: Item, number: int, group: list) -> None:
        due = self._due(item, self._goal(item, item.lines[0]))
        values = {
            "group": group,
            "number": number,
            "title": item.title[:200],
            "wording": self._wording(item),
            **self._answers(item),
            "due_on": due.day and due.day.isoformat(),
            "inferred": ["due_on"] if due.day and not due.is_explicit else [],
        }
        cells = {"title": self._at(item.cells.get("title")), "due_on": self._at(item.cells.get("due"))}
        position = self._row("tasks.task", values, f"任务“{item.title}”", **cells)
        self._ask_about_due(item, due, [position])
        self._item(item, [position])

    def _item(self, item: Item, positions: Sequence[int]) -> None:
        self._ask_about_unread(item)
        cell = self._at(item.cells.get("title") or item.lines[0].goal)
        self.reading.items.append(ReadItem(cell, item.title, self._wording(item), tuple(positions), item.row))

    def _wording(self, item: Item) -> str:
        """The city's own words: its goals with what the quarters say in words, and its remark."""
        told = [re.sub(r"\s*\n\s*", "", item.text("content"))] if item.text("content") else []
        for line in item.lines:
            quarters = [
                f"{'一二三四'[number - 1]}季度{cell.text}"
                for number, cell in sorted(line.quarters.items())
                if not figures_of(cell)
            ]
            goal = re.sub(r"\s*\n\s*", "", self._goal(item, line))
            if line.content and line is not item.lines[0] and line.content.text not in told:
                told.append(re.sub(r"\s*\n\s*", "", line.content.text))
            told.append(f"{goal}（{'，'.join(quarters)}）" if quarters else goal)
        due, note = item.cells.get("due"), item.text("note")
        if due and not due_day_of(due.text, self.year, number=due.number, day=due.day).is_explicit:
            told.append(f"完成时限：{due.text}")
        if note:
            told.append(f"备注：{note}")
        return "；".join(told)[:1000]

    # Indicators

    def _add_indicators(self, item: Item, counts: Iterable[Quantity], answers: Mapping[str, Any]) -> list[int]:
        positions: list[int] = []
        told = {row.values["title"] for row in self.reading.of("tasks.indicator")}
        for quantity in (one for one in counts if one.is_indicator):
            noun = quantity.noun or item.title
            title = f"{subject_of(item)}{noun}" if re.fullmatch(".{1,3}率", noun) else noun
            if title in told:  # of two with one name each has what stands behind it in brackets
                title += "".join(re.findall(r"[（(][^（(]*[）)]$", item.title))
            due = self._due(item, quantity.text)
            inferred = [] if quantity.is_bounded or quantity.is_at_most else ["comparator"]
            inferred += ["target"] if quantity.is_about else []
            inferred += [] if due.day and due.is_explicit else ["due_on"]
            values = {
                "plan": [self.year],
                "code": self.codes.of("indicator", title[:100], spelled_as=noun),
                "number": 1 + sum(1 for _ in self.reading.of("tasks.indicator")),
                "title": title[:100],
                "wording": self._wording(item),
                "kind": "TOTAL" if quantity.unit == "天" else "LEVEL",
                "comparator": "≤" if quantity.is_at_most else "≥",
                "target": number_text(quantity.amount),
                "unit": quantity.unit,
                "due_on": (due.day or self.ends_on).isoformat(),
                "leads": answers["leads"],
                "inferred": inferred,
            }
            cell = self._at(next((line.goal for line in item.lines if line.goal), item.cells.get("title")))
            position = self._row("tasks.indicator", values, f"指标“{title}”", title=cell, target=cell)
            if quantity.is_about:
                self.reading.rows[position].held.add("comparator")  # 6%左右 is neither at least nor at most
            self._ask_about_amount(quantity, cell, position, "target")
            self._ask_about_due(item, due, [position])
            positions.append(position)
        return positions

    # Commitments

    def _add_commitment(self, item: Item, number: int, series: list) -> None:
        answers = self._answers(item)
        parts = self._parts(item)
        slug = self.codes.of("project", item.title[:200])
        cells = {name: self._at(cell) for name, cell in item.cells.items()}
        if slug in self.known.public:
            self._note(
                cells.get("title", ""), f"“{item.title}”以前公布过：地点、总投资、谁负责不从表里改，要改请用“调整”。"
            )
        else:
            self._add_project(item, slug, parts, answers, cells)
        goal, has_goal = self._goal_of(item, parts)
        commitment = self._row(
            "tasks.commitment",
            {
                "series": series,
                "number": number,
                "project": [slug],
                "goal": goal,
                "annual_investment": None,
                "wording": self._wording(item),
                "inferred": [] if has_goal else ["goal"],
            },
            f"承诺“{item.title}”",
            title=cells.get("title", ""),
            annual_investment=cells.get("annual", ""),
        )
        self._money(item, "annual", commitment, "annual_investment")
        positions = [commitment]
        for order, part in enumerate(parts, start=1):
            positions.append(self._add_target(item, part, order, slug, [*series, number]))
        counts = [one for line in item.lines for one in quantities_of(self._goal(item, line))]
        positions += self._add_indicators(item, counts, answers)
        self._item(item, positions)

    def _funding(self, item: Item) -> str:
        """As written; bare amounts with the unit that the table's head gives them."""
        text = re.sub(r"\s+", "", item.text("funding"))[:190]
        units = {10**8: "亿元", 10**6: "百万元", 10**4: "万元", 10**3: "千元", 1: "元"}
        unit = next(iter(self.head.units.values()), 0)
        return f"{text}（{units[unit]}）" if unit and re.search("[0-9]", text) and "元" not in text else text

    def _add_project(self, item: Item, slug: str, parts: Sequence[Part], answers: dict, cells: dict[str, str]) -> None:
        named = [part.quantity for part in parts if part.quantity and part.quantity.names]
        project = self._row(
            "projects.project",
            {
                "slug": slug,
                "title": item.title[:200],
                "box_name": box_name_of(item),
                "part_counter": named[0].unit if named else "",
                "place": re.sub(r"\s+", "", item.text("place"))[:200],
                "funding": self._funding(item),
                "investment": None,
                **answers,
            },
            f"项目“{item.title}”",
            **{name: cells.get(name, "") for name in ("title", "place", "funding", "investment", "leads", "partners")},
        )
        self._money(item, "investment", project, "investment")

    def _add_target(self, item: Item, part: Part, order: int, slug: str, commitment: list) -> int:
        cell = self._at(part.line.goal or item.cells.get("title"))
        code = self.codes.of(f"milestone:{slug}", part.title)
        milestone = {
            "project": [slug], "code": code, "number": order, "title": part.title, "noun": part.noun, "unit": part.unit[:20],
            "is_counted": is_counted(part.unit) and part.amount == int(part.amount) and part.unit != "次",
            "verb": part.deed.done[:10], "begun": part.deed.begun[:10], "is_lasting": part.deed.is_lasting,
        }  # fmt: skip
        self._row("projects.milestone", milestone, f"节点“{part.title}”", title=cell, unit=cell)
        due = self._due(item, self._goal(item, part.line), part.line)
        ends_on = due.day or self.ends_on
        starts_on = due.starts_on or date(self.year, 1, 1)
        steps = [[day.isoformat(), number_text(amount)] for day, amount in part.steps if day < ends_on]
        inferred = ["milestone", "weight", "pace", *(["starts_on"] if due.starts_on is None else [])]
        inferred += [] if due.day and due.is_explicit else ["due_on"]
        inferred += [] if part.quantity and not part.quantity.is_about and not part.quantity.names else ["amount"]
        target = {
            "commitment": commitment, "milestone": [slug, code], "amount": number_text(part.amount),
            "starts_on": min(starts_on, ends_on).isoformat(), "due_on": ends_on.isoformat(), "weight": "1",
            "pace": "STEP" if steps else ("LINEAR" if part.pace == "STEP" and part.quantity else part.pace),
            "steps": steps, "inferred": sorted(inferred),
        }  # fmt: skip
        cells = {"amount": cell, "due_on": self._at(self._due_cell(item, part.line)) or cell}
        position = self._row("tasks.target", target, f"目标“{part.title}”", **cells)
        if part.quantity:
            self._ask_about_amount(part.quantity, cell, position, "amount")
        self._ask_about_due(item, due, [position], part.line)
        return position

    def _money(self, item: Item, column: str, position: int, name: str) -> None:
        cell = item.cells.get(column)
        if cell is None:
            return
        label = {"investment": "总投资", "annual": "年度投资"}[column]
        try:
            amount = whole_yuan(cell, self.head.units[column])
        except ValidationError:
            self._note(self._at(cell), f"{label}“{cell.text}”不是确切的数，留空（没有公布）。")
            return
        if amount is None:
            self._note(self._at(cell), f"{label}是 0 或没有写数，留空（没有公布）。")
            return
        self.reading.rows[position].values[name] = str(amount)
        is_bare = bool(cell.number) or re.fullmatch(NUMBER, clean_token(cell.text))
        if is_bare and self.head.units[column] == 10_000 and amount >= LARGE_IN_TEN_THOUSANDS * 10_000:
            meant = amount // 10_000
            choices = (
                Choice(f"{written_yuan(Decimal(amount))}元", ((position, name, str(amount)),)),
                Choice(f"{written_yuan(Decimal(meant))}元", ((position, name, str(meant)),)),
            )
            self.reading.doubts.append(
                Doubt(self._at(cell), f"{label}“{cell.text}”，单位是万元吗？", choices, BARE_MONEY)
            )

    def _say_unread(self) -> None:
        """Columns whose name isn't known, and one of ours where the title tells another number of items."""
        for column in self.head.columns.values():
            head = self.sheet.cells.get((self.head.last_row, column)) or self.sheet.cells.get(
                (self.head.first_row, column)
            )
            if head and head.is_hidden:
                self._note("", f"“{head.text}”这一列是隐藏的，没有读；要读，就取消隐藏再传。")
        if self.head.unknown:
            names = "、".join(f"“{name}”" for name in self.head.unknown.values() if name)
            self._note("", f"这几列没有读：{names}。里面有要办的事、数或者日子，就把列名改成认得的，再传。")
        for column, name in self.head.unknown.items():
            if FIELD_OF.get(name) in ("title", "goal"):  # two tables beside one another, or two goals
                self._note(
                    "",
                    f"“{name}”有不止一列，只读了前面一列：{self.sheet.at(self.head.last_row, column)} 这一列没有读。",
                )
            else:
                self._note(self.sheet.at(self.head.last_row, column), f"不认识“{name}”这一列，没有读。")
        goal = [
            self.sheet.cells.get((row, self.head.columns.get("goal", 0)))
            for row in (self.head.first_row, self.head.last_row)
        ]
        if any(cell and OF_PROGRESS.search(cell.text) for cell in goal):
            self._note("", "目标和完成情况写在同一列：“已……”说的是做到哪里，没有当作目标。请逐项核对。")
        said = re.search(r"([一二三四五六七八九十]+|[0-9]+)[件项]", self._base_title())
        n_items = len(self.table.items)
        if said and (told := count_of(said[1])) and told != n_items:
            question = f"标题说{said[0]}，表里读到 {n_items} 项，对吗？"
            self.reading.doubts.append(Doubt(self.sheet.at(1, 1), question, (Choice(f"对，{n_items} 项"),)))


# Plain functions of cells
