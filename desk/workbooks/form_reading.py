"""Reading our own form of a plan: the rows of a fixture, with every error at its cell, all at once. Nothing is written."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from common.formats import number_text
from common.numbers import is_counted, parse_number
from desk.workbooks.form_cells import Place, listed, value_of
from desk.workbooks.form_checks import checked_field, crossed, terms_errors
from desk.workbooks.form_columns import MODELS, NO, Column, Kind, model_field
from desk.workbooks.form_drafts import ADDED, ORDER, Draft, Drafts
from desk.workbooks.form_known import Known
from desk.workbooks.form_tables import Record, Table, is_form, tables_of
from desk.workbooks.places import NOWHERE, place_in, site_place
from desk.workbooks.readings import Choice, Doubt, DraftRow, Note, Problem, ReadItem, WorkbookReading
from desk.workbooks.sheets import Workbook

__all__ = ["is_form", "read_form"]

# Which kind of row a row of the sheet of tasks stands below.
ABOVE = {"task": "group", "measure": "task", "item": "outline"}
# What is filled in where a target doesn't say it, and is the portal's reading then.
FILLED_IN = {
    "starts_on": ("开始日期", "按计划的第一天算"),
    "due_on": ("完成时限", "按计划的最后一天算"),
    "pace": ("计划进度", "按每天一样多算"),
    "weight": ("权重", "都按 1 算"),
}
# The heads of the columns in which a row names another that it needs.
NAMED_BY = {
    "plan": {"source": "资料来源：标题"},
    "commitment": {"series": "承诺系列", "project": "项目"},
    "target": {"commitment": "承诺序号", "milestone": "节点"},
}
MOST_YEARS = 3  # that a plan may touch


def read_form(workbook: Workbook) -> WorkbookReading:
    """What the workbook says, in rows that can be made one after the other. It asks the database what is there already."""
    return _Form(workbook).read()


def public_text(year: int) -> str:
    """What keeps a form from changing a plan that is public."""
    return f"{year} 年的计划已经公布，不能再用表来改：改动用“调整”，新的承诺用“追加”。"


class _Form:
    def __init__(self, workbook: Workbook):
        self.reading = WorkbookReading(notes=[Note("", text) for text in workbook.notes], is_ours=True)
        self.tables = tables_of(workbook, self.reading)
        self.drafts = Drafts()
        self.asked: list[tuple[Draft, str, Any]] = []  # a cell that may be meant otherwise, for its doubt

    def read(self) -> WorkbookReading:
        self._read_plan()
        self.known = Known(self.year)
        self._read_departments()
        self._read_promises()
        self._read_work()
        self._read_targets()
        self._read_indicators()
        self.drafts.number()
        self.drafts.make_codes(self.known)
        self._resolve()
        self.public = self._published()
        self._complete()
        self._check()
        self._emit()
        return self.reading

    def problem(self, cell: str, text: str) -> None:
        self.reading.problems.append(Problem(cell, text))

    # Rows of the sheets

    def _records(self, name: str) -> Iterator[Record]:
        """Those of a sheet; what is said to be over is passed over."""
        over = []
        for record in self.tables[name].records if name in self.tables else ():
            ending = record.cells.get("去年办成")
            if ending and ending.text != NO:
                over.append(record)
            else:
                yield record
        if over:
            at = over[0].table.sheet.at(over[0].number, 1)
            self.reading.notes.append(Note(at, f"写明去年已经了结的 {len(over)} 行，没有带到今年。"))

    def _draft(self, part: str, record: Record, unit: str = "") -> Draft:
        """The row of that kind in the record: values of the cells that are filled, addresses of all that could be."""
        draft = Draft(part, record)
        for name, column in record.table.form.of(part):
            if not record.table.has(column):
                continue
            draft.cells[name], draft.columns[name] = record.at(column), column
            if cell := record.cells.get(column.head):
                try:
                    read = value_of(cell, column, Place(part, unit, self.years))
                except ValidationError as error:
                    self.problem(record.at(column), " ".join(error.messages))
                    draft.wrong.add(name)
                    continue
                draft.values[name] = read.value
                draft.given.add(name)
                if read.note:
                    self.reading.notes.append(Note(record.at(column), read.note))
                if read.question:
                    self.asked.append((draft, name, read))
        return draft

    years: tuple[int, ...] = ()
    year = 0

    def _read_plan(self) -> None:
        self.plan = self.source = self.addition = None
        for record in self._records("计划"):
            head = self._draft("plan", record)
            years = {head.values.get("year")} | {
                int(str(head.values[name])[:4]) for name in ("starts_on", "ends_on") if name in head.values
            }
            self.years = tuple(sorted(year for year in years if year))[:MOST_YEARS]
            self.year = head.values.get("year") or 0
            self.plan = self.drafts.add(head)
            for part in ("source", "addition"):
                draft = self._draft(part, record)
                if draft.values or draft.wrong:
                    setattr(self, part, self.drafts.add(draft))
        if self.plan and not self.year and "year" not in self.plan.wrong:
            self.problem(self.plan.cells.get("year", ""), "“年份”没有写。")
            self.plan.wrong.add("year")

    def _read_departments(self) -> None:
        for record in self._records("部门"):
            self.drafts.add(self._draft("department", record))

    def _read_promises(self) -> None:
        for record in self._records("承诺"):
            series, commitment, project = (self._draft(part, record) for part in ("series", "commitment", "project"))
            parts = [draft for draft in (series, project) if draft.values or draft.wrong]
            merged = {draft.part: self._merged(draft) for draft in parts}
            if commitment.values or len(merged) == 2:
                commitment.refs = dict(merged)
                for part, head in (("series", "承诺系列"), ("project", "项目")):
                    if part not in merged:
                        self.problem(record.at(_column(record.table, head)), f"“{head}”没有写。")
                        commitment.wrong.add(part)
                self.drafts.add(commitment)

    def _merged(self, draft: Draft) -> Draft:
        """The row itself, or the one before it that it is said again of; what it says otherwise is a problem."""
        first = self.drafts.same_as(draft)
        if first is None:
            return self.drafts.add(draft)
        for name, value in draft.values.items():
            if name not in first.values:
                first.values[name], first.cells[name] = value, draft.cells[name]
            elif first.values[name] != value:
                head = draft.columns[name].head
                self.problem(draft.cells[name], f"“{head}”和 {first.cells[name]} 写的不一样，是同一个就要写得一样。")
        first.given |= draft.given
        first.wrong |= draft.wrong
        return first

    def _read_work(self) -> None:
        above: dict[str, Draft] = {}
        for record in self._records("任务"):
            part = self._category(record)
            if part is None:
                continue
            draft = self.drafts.add(self._draft(part, record))
            self._refuse_foreign(record, part)
            if upper := ABOVE.get(part):
                if upper in above:
                    draft.refs[upper] = above[upper]
                else:
                    words = {"group": "任务组", "task": "任务", "outline": "要点"}
                    self.problem(record.at(_column(record.table, "类别")), f"它上面没有“{words[upper]}”这一行。")
                    draft.wrong.add(upper)
            above[part] = draft
            for below in [one for one, upper in ABOVE.items() if upper == part]:
                above.pop(below, None)

    def _category(self, record: Record) -> str | None:
        column = _column(record.table, "类别")
        cell = record.cells.get("类别")
        if cell is None:
            self.problem(record.at(column), "“类别”没有写：任务组、任务、举措、要点、要点内容。")
            return None
        try:
            return value_of(cell, column, Place("row")).value
        except ValidationError as error:
            self.problem(record.at(column), " ".join(error.messages))
            return None

    def _refuse_foreign(self, record: Record, part: str) -> None:
        own = {column.head for _name, column in record.table.form.of(part)} | {"类别"}
        for head in (head for head in record.cells if head not in own):
            category = record.cells["类别"].text
            self.problem(record.at(_column(record.table, head)), f"“{category}”不填“{head}”，这一格要空着。")

    def _read_targets(self) -> None:
        for record in self._records("目标"):
            unit = record.cells.get("单位")
            target = self._draft("target", record, unit.text if unit else "")
            milestone = self._draft("milestone", record)
            promise = self._promise_of(record, target)
            project = self._project_of(record, milestone, promise)
            if project is None:
                continue
            milestone.refs["project"] = project
            merged = self._merged(milestone)
            named = set(target.values) - {"series", "number"}
            if promise is None or not (named or target.wrong):
                text = f"没有写目标值，“{milestone.values.get('title', '')}”只作为节点，不算进哪件承诺。"
                self.reading.notes.append(Note(target.cells.get("amount", ""), text))
            else:
                target.refs = {"commitment": promise, "milestone": merged}
                self.drafts.add(target)

    def _promise_of(self, record: Record, target: Draft) -> Any:
        """The commitment that the record names; None where it names none, or none that there is."""
        name, number = target.values.pop("series", ""), target.values.pop("number", None)
        columns = {head: _column(record.table, head) for head in ("承诺系列", "承诺序号")}
        target.cells.pop("series", None), target.cells.pop("number", None)
        if not name and number is None:
            if target.values and "项目" in record.cells:
                self.problem(record.at(columns["承诺系列"]), "写了目标，要写它是哪件承诺的：承诺系列和承诺序号。")
            return None
        if not name or number is None:
            head = "承诺序号" if name else "承诺系列"
            if "number" not in target.wrong:
                self.problem(record.at(columns[head]), f"“{head}”没有写。")
            return None
        found = self.drafts.commitment(name, number) or self.known.commitment(name, number)
        if found is None:
            text = f"“承诺”表里“{name}”没有序号 {number}。"
            self.problem(record.at(columns["承诺序号"]), text)
        return found

    def _project_of(self, record: Record, milestone: Draft, promise: Any) -> Any:
        column = _column(record.table, "项目")
        name = milestone.values.pop("project", "")
        milestone.cells.pop("project", None)
        own = None
        if name:
            own = self.drafts.find("project", name) or self.known.find("project", name)
            if own is None:
                self.problem(record.at(column), f"“承诺”表里没有项目“{name}”。")
                return None
        of_promise = promise.refs.get("project") if isinstance(promise, Draft) else promise and promise.project
        if own is not None and of_promise is not None and not self.drafts.are_one(own, of_promise, self.known):
            self.problem(record.at(column), f"“{name}”不是这件承诺的项目。")
            return None
        if own is None and of_promise is None and not record.cells.keys() & {"承诺系列", "承诺序号"}:
            self.problem(record.at(_column(record.table, "承诺系列")), "要写是哪件承诺的，或者是哪个项目的。")
        return own if own is not None else of_promise

    def _read_indicators(self) -> None:
        for record in self._records("指标"):
            unit = record.cells.get("单位")
            self.drafts.add(self._draft("indicator", record, unit.text if unit else ""))

    # What rows name

    def _resolve(self) -> None:
        for draft in list(self.drafts.every()):
            for name, column in draft.columns.items():
                if name not in draft.values or name in draft.wrong:
                    continue
                match column.kind:
                    case Kind.DEPARTMENTS:
                        draft.values[name] = self._departments(draft, name)
                    case Kind.PROJECTS:
                        self._add_services(draft, name)
                    case Kind.NAME if name == "task":
                        self._name_task(draft)

    def _departments(self, draft: Draft, name: str) -> list[str]:
        slugs = []
        for text in listed(draft.values[name], lambda line: self._department(line) is not None):
            slug = self._department(text)
            if len(self.drafts.named("department", text)) > 1:
                continue  # told at the second of them
            if slug is None:
                likely = self.drafts.likely("department", text)
                advice = f"是不是“{likely}”？" if likely else "先在“部门”表里加一行，或者改成那里的名称。"
                self.problem(draft.cells[name], f"“部门”表里没有“{text}”。{advice}")
            elif slug in slugs:
                self.problem(draft.cells[name], f"“{text}”写了两次。")
            else:
                slugs.append(slug)
        return slugs

    def _department(self, text: str) -> str | None:
        found = self.drafts.find("department", text)
        return found.values.get("slug") if found else self.known.slug_of("department", text)

    def _add_services(self, measure: Draft, name: str) -> None:
        def find(text: str) -> Any:
            return self.drafts.find("project", text) or self.known.find("project", text)

        for text in listed(measure.values.pop(name), lambda line: find(line) is not None):
            project = find(text)
            if project is None:
                self.problem(measure.cells[name], f"“承诺”表里没有项目“{text}”。")
                continue
            service = Draft("contribution", measure.record)
            service.refs = {"measure": measure, "project": project}
            service.values = {"is_inferred": name == "projects_inferred"}
            service.cells = {"project": measure.cells[name]}
            self.drafts.add(service)

    def _name_task(self, draft: Draft) -> None:
        text = draft.values.pop("task")
        found = self.drafts.find_task(text) or self.known.find("task", text)
        if found is None:
            self.problem(
                draft.cells["task"], f"“任务”表里没有“{text}”这项任务，或者不止一项。可以写成“组的代号-序号”。"
            )
            draft.wrong.add("task")
        else:
            draft.refs["task"] = found

    def _published(self) -> dict[int, models.Model]:
        """The rows that are public already, by the draft that names them."""
        found: dict[int, models.Model] = {}
        for part in ORDER:
            keys = {id(draft): tuple(self.drafts.key(draft)) for draft in self.drafts.of(part)}
            rows = self.known.published(part, keys.values())
            found |= {which: rows[key] for which, key in keys.items() if key in rows}
        return found

    # What is left empty

    def _complete(self) -> None:
        self.plan_days = self._plan_days()
        filled: Counter[str] = Counter()
        for draft in (one for one in self.drafts.every() if id(one) not in self.public):
            if draft.part == "target":
                filled.update(self._fill_in_target(draft))
            if draft.part == "milestone" and "is_counted" not in draft.values:
                draft.values["is_counted"] = is_counted(str(draft.values.get("unit", "")))
            for name, column in draft.record.table.form.of(draft.part):
                self._complete_field(draft, name, column)
            for name, value in draft.values.items():
                self._check_field(draft, name, value)
        for name, n in filled.items():
            head, what = FILLED_IN[name]
            self.reading.notes.append(Note("目标!A1", f"{n} 行没有写“{head}”，{what}，记为本站理解。"))

    def _plan_days(self) -> dict[str, Any]:
        """The first and the last day of the plan, for what doesn't say its own."""
        known = self.known.plan_days
        values = self.plan.values if self.plan else {}
        return {
            "starts_on": values.get("starts_on") or known.get("starts_on"),
            "due_on": values.get("ends_on") or known.get("ends_on"),
            "pace": "LINEAR",
            "weight": "1",
        }

    def _fill_in_target(self, target: Draft) -> Iterator[str]:
        """The fields that were filled in."""
        for name in FILLED_IN:
            column = target.columns.get(name)
            if column is None or name in target.values or name in target.wrong or self.plan_days[name] is None:
                continue
            target.values[name] = self.plan_days[name]
            target.values["inferred"] = [*target.values.get("inferred", []), name]
            yield name

    def _complete_field(self, draft: Draft, name: str, column: Column) -> None:
        field = model_field(draft.part, name)
        if field is None or name in draft.values or name in draft.wrong or name in draft.refs:
            return
        if draft.part == "plan" and self.addition is not None and name != "year":
            return  # the plan is there already
        if name not in draft.columns:  # the head is missing: it is passed over, where the row can do without
            if draft.record.table.form.is_upright and column.has_no_default:
                self.problem(draft.cell, f"少了“{column.head}”这一栏。请照空表把栏名补上。")
                draft.wrong.add(name)
        elif isinstance(field, models.ForeignKey):
            draft.values[name] = None
        elif name == "authority":
            own = place_in(draft.values.get("title", ""), draft.values.get("short_title", ""))
            draft.values[name] = (own if own != NOWHERE else site_place()).authority
        elif field.has_default() and not column.is_needed:
            default = field.get_default()
            draft.values[name] = number_text(default) if column.kind is Kind.NUMBER else default
        elif field.null:
            draft.values[name] = None
        elif field.blank:
            draft.values[name] = ""
        else:
            self.problem(draft.cells[name], f"“{column.head}”没有写。")
            draft.wrong.add(name)

    def _check_field(self, draft: Draft, name: str, value: Any) -> None:
        try:
            checked_field(draft.part, name, value)
        except ValidationError as error:
            self.problem(draft.cells.get(name, draft.cell), " ".join(error.messages))
            draft.wrong.add(name)

    # What doesn't fit together

    def _check(self) -> None:
        if self.known.is_published and self.addition is None and self.plan:
            self.problem(self.plan.cells.get("year", ""), public_text(self.year))
            self.reading.public_year = self.year
        self._check_keys()
        commitments = {id(target.refs.get("commitment")) for target in self.drafts.of("target")}
        for commitment in self.drafts.of("commitment"):
            if id(commitment) not in commitments:
                self.reading.notes.append(
                    Note(commitment.cell, f"{self.drafts.label(commitment)}：“目标”里没有它的目标。")
                )
        for draft in self.drafts.every():
            for name, text in (*crossed(draft.part, draft.values, draft.wrong), *self._terms_errors(draft)):
                self.problem(draft.cells.get(name, draft.cell), text)

    def _terms_errors(self, draft: Draft) -> Iterator[tuple[str, str]]:
        if draft.part != "target" or draft.wrong:
            return
        if not {"amount", "due_on", "pace"} <= draft.values.keys():
            return  # their heads are missing, which was told
        yield from terms_errors(draft.values)
        milestone = draft.refs["milestone"]
        if isinstance(milestone, Draft) and milestone.values.get("is_counted"):
            for name in {"amount", "from_amount"} & draft.values.keys():
                try:
                    parse_number(str(draft.values[name]), is_whole=True)
                except ValidationError as error:
                    yield name, f"“{milestone.values.get('title')}”按个数算。{' '.join(error.messages)}"

    def _check_keys(self) -> None:
        seen: dict[tuple, str] = {}
        for draft in self.drafts.every():
            for name, key in self.drafts.keys(draft):
                cell = draft.cells.get(name, draft.cell) if name in draft.given else draft.cell
                if key in seen:
                    self.problem(cell, f"和 {seen[key]} 重复：{self.drafts.label(draft)}。")
                    break
                seen[key] = cell

    # The rows

    def _emit(self) -> None:
        positions: dict[int, int] = {}
        for part in ORDER:
            for draft in self.drafts.of(part):
                if row := self.public.get(id(draft)):
                    self._compare(draft, row)
                    continue
                if part == "plan" and self.addition is not None:
                    self.problem(draft.cell, f"{self.year} 年的计划还没有公布。没有公布的，直接写进计划，不用追加。")
                    continue
                positions[id(draft)] = len(self.reading.rows)
                self.reading.rows.append(self._row(draft))
        self._ask(positions)
        self.reading.items = list(self._items(positions))

    def _ask(self, positions: Mapping[int, int]) -> None:
        for draft, name, read in self.asked:
            position = positions.get(id(draft), positions.get(id(self.drafts.same_as(draft))))
            if position is None or name in draft.wrong:
                continue
            choices = Choice(read.words[0]), Choice(read.words[1], ((position, name, read.other),))
            self.reading.doubts.append(Doubt(draft.cells[name], read.question, choices, read.kind))

    def _items(self, positions: Mapping[int, int]) -> Iterator[ReadItem]:
        """Each promise with its targets, each indicator, each task: what a person looks at and confirms."""
        targets: dict[int, list[int]] = defaultdict(list)
        for target in (one for one in self.drafts.of("target") if id(one) in positions):
            targets[id(target.refs["commitment"])].append(positions[id(target)])
        for draft in (one for part in ("commitment", "indicator", "task") for one in self.drafts.of(part)):
            if id(draft) not in positions:
                continue
            project = draft.refs.get("project")
            title = project.title if isinstance(project, Draft) else draft.title
            wording = draft.values.get("wording") or title
            yield ReadItem(draft.cell, title, wording, (positions[id(draft)], *targets[id(draft)]))

    def _row(self, draft: Draft) -> DraftRow:
        values: dict[str, Any] = {name: self.drafts.key(ref) for name, ref in draft.refs.items()}
        if draft.part in ("series", "group", "outline", "indicator", "addition"):
            values["plan"] = [self.year]
        if draft.part in ("plan", "addition"):
            values["source"] = self.drafts.key(self.source) if self.source else None
        if self.addition is not None and draft.part in ADDED:
            values["addition"] = self.drafts.key(self.addition)
        model = MODELS[draft.part]._meta.label_lower
        return DraftRow(model, values | draft.values, self.drafts.label(draft), draft.cells | self._named_at(draft))

    def _named_at(self, draft: Draft) -> dict[str, str]:
        """The cells in which the row names others."""
        table, heads = draft.record.table, NAMED_BY.get(draft.part, {})
        columns = {name: column for name, head in heads.items() for column in table.form.columns if column.head == head}
        return {name: draft.record.at(column) for name, column in columns.items() if table.has(column)}

    def _compare(self, draft: Draft, row: models.Model) -> None:
        """What the form says of a published row otherwise than it was first promised, or than it is now."""
        given = {name: draft.values[name] for name in draft.given - draft.wrong if name in draft.values}
        for name, old in self.known.differences(row, given):
            column = draft.columns.get(name)
            if column is not None:
                shown = f"“{old}”" if old else "空着"
                text = f"{self.drafts.label(draft)}已经公布，“{column.head}”现在是{shown}，要改请用“调整”。"
                self.problem(draft.cells[name], text)


def _column(table: Table, head: str) -> Column:
    return next(column for column in table.form.columns if column.head == head)
