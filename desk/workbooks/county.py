"""A county's own table as the rows of a plan. What was understood of its words is marked as the portal's reading."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError

from common.formats import day_text, number_text
from common.money import parse_yuan, written_yuan
from common.numbers import NUMBER, is_counted
from common.tokens import clean_token
from desk.workbooks.heads import Head, head_of
from desk.workbooks.items import Item, Line, offices_of, post_of, table_of, titles_above
from desk.workbooks.quantities import DEEDS, PLAIN, Deed, DueDay, Quantity, days_in, deed_in, due_day_of, quantities_of
from desk.workbooks.readings import Choice, Doubt, DraftRow, Note, Problem, ReadItem, WorkbookReading
from desk.workbooks.sheets import Cell, Sheet, Workbook

# Columns that tell that the items are projects, of which each is promised; without any of them they are tasks.
OF_PROJECTS = {"investment", "annual", "place", "funding", "q1", "q2", "q3", "q4"}
AUTHORITIES = {"县": "县里", "市": "市里", "区": "区里", "旗": "旗里", "镇": "镇里", "乡": "乡里"}
_OF_A_TABLE = re.compile(
    r"(?:责任|分工|分解|清单|台账|一览|进展|推进|安排|汇总|情况|统计|公示|明细|办理|落实|进度|实施)*(?:方案|表)?(?:[（(].*?[）)])?$"
)
_START = re.compile(r"开工|动工|启动|开建")
_ADVANCE = re.compile(r"推进|谋划|前期|力争|争取")
STAGES = re.compile(r"封顶|完工|竣工|建成|投用|投入使用|通车|交付|开放|运营|验收|通水|通气|并网|开园|开馆")
_TAIL = re.compile(r"(?:安全|质量|工作|项目|工程|行动|服务)$")
LARGE_IN_TEN_THOUSANDS = 100_000  # a bare number of 万元 that was probably meant in yuan
LONGEST_SLUG = 40


@dataclass(frozen=True)
class Known:
    """What is there already. `codes` are by kind and name: ("project", "城区公厕提升"); a milestone's kind has its project's slug.

    `taken` are slugs and codes that nothing new may have, `public` the slugs of projects that a plan has made public.
    """

    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()


class NoTable(Exception):
    """No sheet holds a table of a plan; the text says what was looked for."""


def county_reading(
    workbook: Workbook, *, year: int | None, known: Known, spell: Callable[[Sequence[str]], Mapping[str, str]]
) -> WorkbookReading:
    """What the first sheet with a table promises. `year` is asked for where no title names one. Raises NoTable.

    `spell` gives the syllables of Chinese texts, for codes and addresses.
    """
    for sheet in workbook.sheets:
        if head := head_of(sheet):
            reading = _Reader(sheet, head, year=year, known=known, spell=spell).read()
            reading.notes[:0] = [Note("", text) for text in workbook.notes]
            others = [one.name for one in workbook.sheets if one is not sheet and head_of(one)]
            if others:
                reading.notes.insert(
                    0, Note("", f"只读了工作表“{sheet.name}”，没有读{'、'.join(map('“{}”'.format, others))}。")
                )
            return reading
    raise NoTable("没有找到表头。表里要有一行写着列名，例如：序号、事项（或项目名称）、年度目标、牵头单位、完成时限。")


class Codes:
    """Codes of letters and digits made of Chinese names, each once; what is known already keeps its own."""

    def __init__(self, spelled: Mapping[str, str], known: Known):
        self.spelled, self.known = spelled, known
        self.taken: dict[str, set[str]] = {}

    def of(self, kind: str, name: str, *, longest: int = LONGEST_SLUG, spelled_as: str = "") -> str:
        if known := self.known.codes.get((kind, name)):
            return known
        taken = self.taken.setdefault(kind, set() if kind.startswith("milestone") else set(self.known.taken))
        code = self._spelled(spelled_as or name, longest - 3) or kind.split(":")[0]
        numbered = (code if n == 1 else f"{code}-{n}" for n in range(1, 10_000))
        made = next(one for one in numbered if one not in taken)
        taken.add(made)
        return made

    def _spelled(self, text: str, longest: int) -> str:
        code = ""
        for syllable in self.spelled.get(text, "").lower().split():
            plain = re.sub(r"[^a-z0-9]", "", syllable)
            if len(code) + len(plain) + 1 > longest:
                break
            code = f"{code}-{plain}".strip("-")
        return code


@dataclass(frozen=True)
class _Part:
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


class _Reader:
    def __init__(self, sheet: Sheet, head: Head, *, year: int | None, known: Known, spell):
        self.sheet, self.head, self.known, self.spell = sheet, head, known, spell
        self.table = table_of(sheet, head)
        self.titles = list(titles_above(sheet, head))
        self.title = next((text for text in self.titles if re.search("[0-9]{4}年", text)), "") or next(
            iter(self.titles), ""
        )
        said = re.search("([0-9]{4})年", self.title)
        self.year = year or (int(said[1]) if said else None)
        self.reading = WorkbookReading(notes=list(self.table.notes), problems=list(self.table.problems))
        self.departments: dict[str, str] = {}

    def read(self) -> WorkbookReading:
        if self.year is None:
            self._problem("", "没有看到是哪一年的计划：在“年份”里填上，或者在表的标题里写上，例如“2024 年”。")
            return self.reading
        if not self.table.items:
            self._problem(self.sheet.at(self.head.last_row + 1, 1), "表头下面没有读到一项。")
            return self.reading
        self.codes = self._codes()
        self.ends_on = date(self.year, 12, 31)
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

    def _problem(self, cell: str, text: str) -> None:
        self.reading.problems.append(Problem(cell, text))

    def _note(self, cell: str, text: str) -> None:
        self.reading.notes.append(Note(cell, text))

    def _at(self, cell: Cell | None) -> str:
        return self.sheet.at(cell.row, cell.column) if cell else ""

    def _codes(self) -> Codes:
        """Every name that may need a code is spelled at once: that takes a process."""
        texts = {
            self._base_title(),
            *(item.title for item in self.table.items),
            *(one.group for one in self.table.items),
        }
        for item in self.table.items:
            texts |= {name for column in ("leads", "partners") for name in offices_of(item.text(column))[0]}
            for line in item.lines:
                for quantity in quantities_of(self._goal(item, line)):
                    texts |= {
                        quantity.noun,
                        quantity.noun + quantity.verb,
                        quantity.verb + quantity.noun,
                        *quantity.names,
                    }
                texts.add(_short(self._goal(item, line)))
        return Codes(self.spell(sorted(filter(None, texts))), self.known)

    def _base_title(self) -> str:
        """The title without the place, the year and the words for a table: 十件民生实事."""
        without_year = re.sub(r"^.*?[0-9]{4}年度?", "", self.title) or self.title
        return _OF_A_TABLE.sub("", without_year)[:100] or "年度任务"

    def _add_plan(self) -> None:
        match = re.match(r"(.+?[县市区旗])[0-9]{4}年", self.title)
        place = match[1] if match else ""
        short = place if len(place) < 3 else place[:-1]
        values = {
            "year": self.year,
            "title": f"{place} {self.year} 年{self._base_title()}".strip(),
            "short_title": f"{short} {self.year} 年承诺".strip()[:40],
            "authority": AUTHORITIES.get(place[-1:], "市里"),
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

    def _slugs(self, item: Item, column: str) -> list[str]:
        return [self.departments[name] for name in offices_of(item.text(column))[0]]

    def _answers(self, item: Item) -> dict[str, Any]:
        """Who answers: where no column names leads, the departments responsible are taken for them."""
        has_leads = "leads" in self.head.columns
        leads = self._slugs(item, "leads" if has_leads else "partners")
        partners = [slug for slug in self._slugs(item, "partners") if slug not in leads] if has_leads else []
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
            if is_of_projects or any(_is_target(one) for one in counts):
                promised.append(item)
            elif any(one.is_indicator for one in counts):
                self._item(item, self._add_indicators(item, counts, self._answers(item)))
            else:
                answered.append(item)
        if promised:
            self._add_series(promised)
        if answered:
            self._add_tasks(answered)

    def _goal(self, item: Item, line: Line) -> str:
        return line.goal.text if line.goal else item.title

    def _add_series(self, items: Sequence[Item]) -> None:
        title = self._base_title()
        noun = next((word for word in ("实事", "项目", "任务", "工程") if word in title), "事项")
        code = self.codes.of("series", title, longest=20, spelled_as=_without_count(title))
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
        cell = self._at(item.cells.get("title") or item.lines[0].goal)
        self.reading.items.append(ReadItem(cell, item.title, self._wording(item), tuple(positions), item.row))

    def _wording(self, item: Item) -> str:
        """The city's own words: its goals with what the quarters say in words, and its remark."""
        told = [re.sub(r"\s*\n\s*", "", item.text("content"))] if item.text("content") else []
        for line in item.lines:
            quarters = [
                f"{'一二三四'[number - 1]}季度{cell.text}"
                for number, cell in sorted(line.quarters.items())
                if not _figures_of(cell)
            ]
            goal = re.sub(r"\s*\n\s*", "", self._goal(item, line))
            told.append(f"{goal}（{'，'.join(quarters)}）" if quarters else goal)
        due, note = item.cells.get("due"), item.text("note")
        if due and not due_day_of(due.text, self.year or 0, number=due.number, day=due.day).is_explicit:
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
            title = f"{_subject(item)}{noun}" if re.fullmatch(".{1,3}率", noun) else noun
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

    def _add_project(self, item: Item, slug: str, parts: Sequence[_Part], answers: dict, cells: dict[str, str]) -> None:
        named = [part.quantity for part in parts if part.quantity and part.quantity.names]
        project = self._row(
            "projects.project",
            {
                "slug": slug,
                "title": item.title[:200],
                "box_name": _box_name(item.title, parts),
                "part_counter": named[0].unit if named else "",
                "place": re.sub(r"\s+", "", item.text("place"))[:200],
                "funding": re.sub(r"\s+", "", item.text("funding"))[:200],
                "investment": None,
                **answers,
            },
            f"项目“{item.title}”",
            **{name: cells.get(name, "") for name in ("title", "place", "funding", "investment", "leads", "partners")},
        )
        self._money(item, "investment", project, "investment")

    def _goal_of(self, item: Item, parts: Sequence[_Part]) -> tuple[str, bool]:
        """How far it is promised to come, and whether the words say so themselves."""
        text = "".join(self._goal(item, line) for line in item.lines)
        if any(part.quantity for part in parts):
            return "FINISH", True
        if STAGES.search(text):
            return "FINISH", False
        if _START.search(text):
            return "START", False
        return ("ADVANCE" if _ADVANCE.search(text) else "FINISH"), False

    def _parts(self, item: Item) -> list[_Part]:
        parts: list[_Part] = []
        for line in item.lines:
            counts = [one for one in quantities_of(self._goal(item, line)) if not one.is_indicator]
            done = [one for one in counts if _is_target(one)] or [one for one in counts if not one.is_size][:1]
            for one in (one for one in counts if one not in done):
                why = "说的是多大" if one.is_size else "说的是谁受益"
                self._note(self._at(line.goal), f"“{one.text}”{why}，没有当作目标。")
            parts += [part for quantity in done for part in self._parts_of(item, line, quantity)]
        if not parts:
            parts = [self._whole(item)]
        titles = [part.title for part in parts]
        return [
            replace(part, title=f"{_kind_of(part.quantity.verb)}{part.title}"[:100])
            if part.quantity and titles.count(part.title) > 1
            else part
            for part in parts
        ]

    def _parts_of(self, item: Item, line: Line, quantity: Quantity) -> list[_Part]:
        if not quantity.verb or quantity.is_benefit:
            spoken = next((word for word in (deed_in(item.title), *_deeds(self._goal(item, line))) if word), "")
            quantity = replace(quantity, verb=spoken)
        if quantity.names:
            return [_Part(quantity, quantity.deed, name[:100], Decimal(100), "%", line) for name in quantity.names]
        is_of_people = quantity.unit.endswith(("人", "人次", "名", "户", "户次"))
        noun = quantity.noun or ("" if is_of_people else _subject(item))
        steps = self._steps(line, quantity)
        return [
            _Part(
                quantity, quantity.deed, (noun or item.title)[:100], quantity.amount, quantity.unit, line,
                noun=noun if len(noun) <= 20 else "", pace="STEP" if steps else "LINEAR", steps=steps,
            )
        ]  # fmt: skip

    def _whole(self, item: Item) -> _Part:
        """What can't be counted, as one thing that is there or not."""
        line = item.lines[0]
        text = _short(self._goal(item, line))
        if _START.search(text) and not STAGES.search(text):
            return _Part(None, Deed("开工", "开工"), "开工建设", Decimal(1), "次", line, pace="STEP")
        stage = STAGES.findall(text)
        deed = Deed(stage[-1].replace("投入使用", "投用"), "动工") if stage else DEEDS.get(deed_in(text), PLAIN)
        what = re.sub(r"^(?:年内|全年|力争|全面|全部|基本)*(?:完成|实现)?", "", text)
        is_stage_alone = not STAGES.sub("", what)
        return _Part(None, deed, (item.title if is_stage_alone else what)[:100], Decimal(100), "%", line)

    def _add_target(self, item: Item, part: _Part, order: int, slug: str, commitment: list) -> int:
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
        starts_on = due.starts_on or date(self.year or 0, 1, 1)
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
        cells = {"amount": cell, "due_on": self._at(item.cells.get("due")) or cell}
        position = self._row("tasks.target", target, f"目标“{part.title}”", **cells)
        if part.quantity:
            self._ask_about_amount(part.quantity, cell, position, "amount")
        self._ask_about_due(item, due, [position])
        return position

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
                steps.append((_end_of_quarter(self.year or 0, number), amount))
        return tuple(steps)

    def _quarters_of(self, line: Line, quantity: Quantity) -> dict[int, Decimal]:
        """By quarter. Where a goal counts several things that the cells don't tell apart, only those that end at its amount."""
        values: dict[int, Decimal] = {}
        for number, cell in sorted(line.quarters.items()):
            for amount, unit in _figures_of(cell):
                if unit in ("", quantity.unit):
                    values[number] = amount
        counts = quantities_of(line.goal.text) if line.goal else []
        alike = [one for one in counts if _is_target(one) and one.unit == quantity.unit]
        is_bare = any(unit == "" for cell in line.quarters.values() for _amount, unit in _figures_of(cell))
        is_shared = len(alike) > 1 or (is_bare and sum(map(_is_target, counts)) > 1)
        if is_shared and values and values[max(values)] != quantity.amount:
            return {}
        return values

    def _doubt_quarters(self, line: Line, quantity: Quantity, amounts: Sequence[Decimal]) -> None:
        told = "、".join(map(number_text, amounts))
        cell = self._at(next(iter(line.quarters.values())))
        text = f"各季度的数（{told}）和目标 {number_text(quantity.amount)} {quantity.unit}对不上，没有当作分步。要写分步，请在计划表里补。"
        self.reading.doubts.append(Doubt(cell, text, (Choice("知道了"),)))

    # Days

    def _due(self, item: Item, goal: str, line: Line | None = None) -> DueDay:
        """The item's own day, else that of its goal, else what its last quarter says, else that of the table's remark."""
        year = self.year or 0
        cell = item.cells.get("due")
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

    @property
    def _end_text(self) -> str:
        return day_text(self.ends_on, year=self.year)

    def _ask_about_due(self, item: Item, due: DueDay, positions: Sequence[int]) -> None:
        cell = item.cells.get("due")
        if not (due.is_beyond and due.day and cell):
            return
        kept = tuple((position, "due_on", due.day.isoformat()) for position in positions)
        last = tuple((position, "due_on", self.ends_on.isoformat()) for position in positions)
        question = f"“{item.title}”的完成时限是“{cell.text}”，不在 {self.year} 年里，对吗？"
        choices = Choice(f"对，就是 {day_text(due.day)}", kept), Choice(f"改成 {day_text(self.ends_on)}", last)
        self.reading.doubts.append(Doubt(self._at(cell), question, choices))

    # Amounts

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
                    Choice(f"按 {told}收，写明是本站理解", ((position, "inferred", sorted({*plain, name})),)),
                    Choice(f"就是 {told}", ((position, "inferred", plain),)),
                ),
            )
        )

    def _money(self, item: Item, column: str, position: int, name: str) -> None:
        cell = item.cells.get(column)
        if cell is None:
            return
        label = {"investment": "总投资", "annual": "年度投资"}[column]
        try:
            amount = _yuan(cell, self.head.units[column])
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
            self.reading.doubts.append(Doubt(self._at(cell), f"{label}“{cell.text}”，单位是万元吗？", choices))

    def _say_unread(self) -> None:
        """Columns whose name isn't known, and one of ours where the title tells another number of items."""
        for column, name in self.head.unknown.items():
            self._note(self.sheet.at(self.head.last_row, column), f"不认识“{name}”这一列，没有读。")
        said = re.search(r"([一二三四五六七八九十]+|[0-9]+)[件项]", self._base_title())
        n_items = len(self.table.items)
        if said and (told := _count_of(said[1])) and told != n_items:
            question = f"标题说{said[0]}，表里读到 {n_items} 项，对吗？"
            self.reading.doubts.append(Doubt(self.sheet.at(1, 1), question, (Choice(f"对，{n_items} 项"),)))


# Plain functions of cells


def _is_target(quantity: Quantity) -> bool:
    return not (quantity.is_indicator or quantity.is_benefit or quantity.is_size)


def _figures_of(cell: Cell) -> list[tuple[Decimal, str]]:
    """The amounts in a quarter's cell with their units, "" where none is written; nothing where it holds words."""
    if cell.number:
        return [(Decimal(cell.number), "")]
    token = clean_token(cell.text)
    if re.fullmatch(NUMBER, token):
        return [(Decimal(token.replace(",", "")), "")]
    return [(one.amount, one.unit) for one in quantities_of(cell.text) if not one.is_indicator]


def _yuan(cell: Cell, unit: int) -> int | None:
    """Whole yuan; None for nothing or 0. Raises ValidationError for what is no exact amount."""
    token = clean_token(cell.text)
    if not token or re.fullmatch(r"[-—－/]+|无|待定|不详", token):
        return None
    if cell.number or re.fullmatch(NUMBER, token):
        amount = Decimal(cell.number or token.replace(",", "")) * unit
        if amount != int(amount) or amount < 0:
            raise ValidationError("no whole yuan")
        return int(amount) or None
    return int(parse_yuan(token)) or None


def _end_of_quarter(year: int, number: int) -> date:
    return date(year, 3 * number, 30 if number in (2, 3) else 31)


def _short(goal: str) -> str:
    """What is to be there, without brackets and the end of a sentence: 主体封顶."""
    plain = re.sub(r"[（(].*?[）)]", "", goal)
    return re.split(r"[。；;\n]", plain.strip())[0].strip("，, ")[:30]


def _subject(item: Item) -> str:
    """What the item is about: its name without what is done at the end of it, 公益电影 of 公益电影放映."""
    title = re.sub(r"[（(].*?[）)]", "", item.title)
    verb = deed_in(title)
    return _TAIL.sub("", title.removesuffix(verb) if verb else title) or title


def _box_name(title: str, parts: Sequence[_Part]) -> str:
    """At most four characters: the whole name, else what is counted; nothing where neither is so short."""
    names = [title, *(part.noun for part in parts)]
    return next((name for name in names if 1 < len(name) <= 4), "")


def _kind_of(verb: str) -> str:
    """What tells two parts with one name apart, so that it can be said with the verb: 建成 6 座新公厕, 改造 15 座公厕."""
    return "新" if verb.startswith("新") else verb


def _without_count(title: str) -> str:
    return re.sub(r"^[一二三四五六七八九十0-9]+[件项个大]", "", title)


def _deeds(sentence: str) -> list[str]:
    return [deed_in(clause) for clause in re.split("[，,；;。]", sentence)]


def _count_of(text: str) -> int:
    digits = {word: number for number, word in enumerate("一二三四五六七八九", start=1)}
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0)
