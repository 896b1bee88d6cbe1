"""What was read out of a table, in sentences of officials."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from common.formats import day_text, number_text
from common.money import written_yuan
from desk.workbooks.readings import DraftRow, ReadItem, WorkbookReading

GOALS = {"FINISH": "要办成", "START": "要开工", "ADVANCE": "要推进"}
BOUNDS = {"≥": "不低于", "≤": "不超过", "=": "等于", "BETWEEN": "从"}
# What next year's form leaves to be filled in, as a message calls it, in the order in which it counts.
WANTED = {
    "wording": "原话",
    "annual_investment": "年度投资",
    "guideline": "总体要求",
    "adopted_on": "通过日期",
    "source": "资料来源",
}
CARRIED = "照去年顺延，本站理解"
COUNTED = {
    "tasks.commitment": "{} 项承诺",
    "tasks.target": "{} 个目标",
    "tasks.indicator": "{} 个指标",
    "tasks.task": "{} 项任务",
    "tasks.measure": "{} 条举措",
    "projects.department": "{} 个新部门",
}


@dataclass(frozen=True)
class ItemText:
    """An item of the table: its own words, and what was made of them, a sentence each."""

    key: str  # its position among the items of the reading
    item: ReadItem
    sentences: tuple[str, ...]
    is_inferred: bool


def counted_text(rows: Iterable[DraftRow]) -> str:
    """`116 项承诺、230 个目标`; empty where there are none of these."""
    counts = Counter(row.model for row in rows)
    return "、".join(text.format(counts[model]) for model, text in COUNTED.items() if counts[model])


def summary_of(rows: Iterable[DraftRow]) -> str:
    told = counted_text(rows)
    return f"读到 {told}。" if told else "没有读到要办的事。"


def gaps_text(names: Iterable[str]) -> str:
    """`12 处要填：原话 10 处，年度投资 2 处`, of the names of fields; empty where nothing is to be filled in."""
    counts = Counter(names)
    listed = "，".join(f"{word} {counts[name]} 处" for name, word in WANTED.items() if counts[name])
    return f"{sum(counts.values())} 处要填：{listed}" if listed else ""


def new_departments(rows: Iterable[DraftRow]) -> str:
    """Their names, since whoever reads the table knows which of them is none."""
    return "、".join(row.values.get("name", "") for row in rows if row.model == "projects.department")


def item_texts(
    reading: WorkbookReading, departments: Mapping[str, str], stored: Iterable[DraftRow] = ()
) -> list[ItemText]:
    """`departments` are the names of those that are there already, by slug; `stored` the projects and milestones that the
    rows name without saying them again."""
    new = {row.values["slug"]: row.values.get("name", "") for row in reading.of("projects.department")}
    years = [row.values["year"] for row in reading.of("tasks.plan")]
    rows = [*stored, *reading.rows]
    milestones = {
        (*row.values["project"], row.values["code"]): row.values
        for row in rows
        if row.model == "projects.milestone" and "project" in row.values
    }
    projects = {row.values["slug"]: row.values for row in rows if row.model == "projects.project"}
    teller = _Teller({**departments, **new}, milestones, projects, years[0] if years else None)
    return [
        ItemText(
            str(number),
            item,
            tuple(filter(None, (teller.sentence(reading.rows[position]) for position in item.positions))),
            any(reading.rows[position].values.get("inferred") for position in item.positions),
        )
        for number, item in enumerate(reading.items)
    ]


@dataclass(frozen=True)
class _Teller:
    names: dict[str, str]
    milestones: dict[tuple, dict]
    projects: dict[str, dict]
    year: int | None

    def sentence(self, row: DraftRow) -> str:
        match row.model:
            case "tasks.commitment":
                return self._commitment(row)
            case "tasks.target":
                return self._target(row)
            case "tasks.indicator":
                return self._indicator(row)
            case "tasks.task":
                return self._task(row)
        return ""

    def _day(self, text: str) -> str:
        return day_text(date.fromisoformat(text), year=self.year)

    def _departments(self, slugs: Sequence[str]) -> str:
        return "、".join(self.names.get(slug) or slug for slug in slugs)

    def _commitment(self, row: DraftRow) -> str:
        project = self.projects.get(row.values["project"][0], {})
        leads = self._departments(project.get("leads", ()))
        total, annual = project.get("investment"), row.values.get("annual_investment")
        parts = [
            GOALS.get(row.values["goal"], ""),
            f"牵头：{leads}" if leads else "没有写牵头部门",
            f"配合：{partners}" if (partners := self._departments(project.get("partners", ()))) else "",
            f"负责领导：{project['post']}" if project.get("post") else "",
            f"地点：{project['place']}" if project.get("place") else "",
            f"总投资 {_yuan(total)}" if total else "总投资没有公布",
            f"年度投资 {_yuan(annual)}" if annual else "",
            f"资金来源：{project['funding']}" if project.get("funding") else "",
        ]
        return "；".join(filter(None, parts)) + "。"

    def _target(self, row: DraftRow) -> str:
        values = row.values
        milestone = self.milestones.get(tuple(values["milestone"]), {})
        unit = milestone.get("unit", "")
        whole = unit == "%" and Decimal(values["amount"]) == 100
        what = (
            milestone.get("title", "") if whole else f"{milestone.get('title', '')} {_amount(values['amount'], unit)}"
        )
        steps = "、".join(f"{self._day(day)}累计 {_amount(amount, unit)}" for day, amount in values.get("steps") or ())
        due = f"{self._day(values['due_on'])}前{_carried(row)}"
        begun = Decimal(values.get("from_amount") or 0)
        start = f"；从 {_amount(str(begun), unit)}做起" if begun else ""
        return f"{what}（{milestone.get('verb', '完成')}），{due}{start}{f'；分步：{steps}' if steps else ''}。"

    def _indicator(self, row: DraftRow) -> str:
        values = row.values
        due = f"，{self._day(values['due_on'])}看{_carried(row)}" if values.get("due_on") else ""
        bound = BOUNDS.get(values["comparator"], "")
        least = number_text(Decimal(values["target"])) if values.get("upper") else ""
        amount = _amount(values["upper"] if least else values["target"], values["unit"])
        return f"指标：{values['title']}{bound} {f'{least} 到 ' if least else ''}{amount}{due}。"

    def _task(self, row: DraftRow) -> str:
        leads = self._departments(row.values.get("leads", ()))
        due = row.values.get("due_on")
        return f"任务，由部门自己说办到哪一步；{f'牵头：{leads}' if leads else '没有写牵头部门'}；{f'{self._day(due)}前{_carried(row)}' if due else '没有写哪一天'}。"


def _carried(row: DraftRow) -> str:
    return f"（{CARRIED}）" if "due_on" in row.carried else ""


def _amount(value: str, unit: str) -> str:
    return f"{number_text(Decimal(value))}{'' if unit in ('%', '‰') else ' '}{unit}"


def _yuan(value: str) -> str:
    return f"{written_yuan(Decimal(value))}元"
