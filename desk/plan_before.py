"""What the plan before promised, beside a plan's table: the same item, task, measure or indicator of it, and what became of each."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property
from typing import Any

from desk.sentences import bound_text, earlier_answer_text, earlier_indicator_text
from desk.words import NO_DUE_DAY, NO_LEADS, OFFICIAL_INDICATORS, OFFICIAL_MEASURES
from tasks.models import Commitment, Indicator, Measure, Plan, Target, Task
from tasks.snapshots import (
    Answer,
    CommitmentSnapshot,
    IndicatorSnapshot,
    MeasureSnapshot,
    PlanSnapshot,
    TargetSnapshot,
    TaskSnapshot,
    plan_snapshot_of,
)
from tasks.verdicts import verdict_of

SIMILAR = 0.6  # of two titles at the same place, from which on they are taken for the same thing


@dataclass(frozen=True)
class Difference:
    """What the plan before said of the same thing, in words, and whether that was something else, or nothing."""

    text: str = ""
    is_changed: bool = False


@dataclass(frozen=True)
class Earlier:
    """The plan before as it is today, `word` what it is called: 去年, or its year. `matched` are its rows that were met again."""

    plan: Plan
    word: str
    snapshot: PlanSnapshot
    names: Mapping[str, str]
    matched: set[Any] = field(default_factory=set)

    @classmethod
    def before(cls, plan: Plan, today: date, names: Mapping[str, str]) -> "Earlier | None":
        """`names` are those of departments, by slug."""
        earlier = Plan.objects.published().filter(starts_on__lt=plan.starts_on).order_by("-starts_on", "-year").first()
        if earlier is None:
            return None
        word = "去年" if earlier.year == plan.year - 1 else f"{earlier.year} 年"
        return cls(earlier, word, plan_snapshot_of(earlier, today), names)

    # Commitments

    @cached_property
    def _by_project(self) -> dict[int, list[CommitmentSnapshot]]:
        by_project: dict[int, list[CommitmentSnapshot]] = {}
        for one in self.snapshot.commitments:
            by_project.setdefault(one.project.row.pk, []).append(one)
        return by_project

    def commitment(self, commitment: Commitment) -> CommitmentSnapshot | None:
        """That of the same project, and of the series with the same code where there are several."""
        own = self._by_project.get(commitment.project_id, ())
        return next((one for one in own if one.series.code == commitment.series.code), own[0] if own else None)

    # Tasks and measures

    def task(self, task: Task) -> TaskSnapshot | None:
        """The task with the same title, or at the same place with a similar one."""
        same = (one for one in self.snapshot.tasks if one.title == task.title)
        there = (one for one in self.snapshot.tasks if (one.group.code, one.number) == (task.group.code, task.number))
        return self._met(same, (one for one in there if is_similar(one.title, task.title)))

    def measure(self, measure: Measure, task: TaskSnapshot | None) -> MeasureSnapshot | None:
        """`task` is the one that the measure's own task was in the plan before."""
        same = (one for one in self.snapshot.measures if one.title == measure.title)
        there = (one for one in (task.measures if task else ()) if one.row.number == measure.number)
        return self._met(same, (one for one in there if is_similar(one.title, measure.title)))

    def _met(self, same: Iterable[Any], similar: Iterable[Any]) -> Any:
        met = next(iter(same), None) or next(iter(similar), None)
        if met is not None:
            self.matched.add(met.row)
        return met

    def of_answer(self, row: Task | Measure, before: Answer | None) -> Difference:
        if before is None:
            return Difference(f"{self.word}没有这一项", True)
        status = before.state and before.state.status
        verdict = OFFICIAL_MEASURES[status].word if status else ""
        title = before.title if before.title != row.title else ""
        due, leads = "", ""
        if _day_of_year(before.due_on) != _day_of_year(row.due_on):
            due = f"{before.due_on} 前" if before.due_on else NO_DUE_DAY
        if list(before.lead_slugs) != list(row.leads):
            leads = f"{self._named(before.lead_slugs)}牵头" if before.lead_slugs else NO_LEADS
        return Difference(earlier_answer_text(self.word, title, verdict, due, leads), bool(title or due or leads))

    def _named(self, slugs: Sequence[str]) -> str:
        return "、".join(self.names.get(slug, slug) for slug in slugs)

    # Indicators

    def indicator(self, indicator: Indicator) -> IndicatorSnapshot | None:
        """That with the same title, or with the same code."""
        same = (one for one in self.snapshot.indicators if one.title == indicator.title)
        return self._met(same, (one for one in self.snapshot.indicators if one.row.code == indicator.code))

    def of_indicator(self, indicator: Indicator) -> Difference:
        before = self.indicator(indicator)
        if before is None:
            return Difference(f"{self.word}没有这一项", True)
        terms, unit = before.terms, before.row.unit
        bound = bound_text(str(before.row.get_comparator_display()), terms.target, terms.upper, unit)
        title = f"“{before.title}”" if before.title != indicator.title else ""
        verdict = OFFICIAL_INDICATORS[before.state.status].word
        text = earlier_indicator_text(self.word, f"{title}{bound}", terms.due_on, verdict)
        now = (indicator.comparator, indicator.target, indicator.upper, indicator.unit, _day_of_year(indicator.due_on))
        then = (terms.comparator, terms.target, terms.upper, unit, _day_of_year(terms.due_on))
        return Difference(text, terms.is_dropped or bool(title) or now != then)

    # What is promised no more

    def left_out(self, projects: Collection[int]) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        """(kind, (name, verdict)) of commitments, tasks and indicators, once all rows of the table were compared."""
        kinds = {
            "": self._commitments_without(projects),
            "任务": self._tasks_without(),
            "指标": self._indicators_without(),
        }
        return [(kind, told) for kind, rows in kinds.items() if (told := tuple(rows))]

    def _commitments_without(self, projects: Collection[int]) -> Iterator[tuple[str, str]]:
        for key, own in self._by_project.items():
            if key not in projects:
                yield own[0].project.title, verdict_of(own[0]).official

    def _tasks_without(self) -> Iterator[tuple[str, str]]:
        for one in self.snapshot.tasks:
            if one.row not in self.matched:
                yield one.title, OFFICIAL_MEASURES[one.answer.state.status].word if one.answer.state else ""

    def _indicators_without(self) -> Iterator[tuple[str, str]]:
        for one in self.snapshot.indicators:
            if one.row not in self.matched:
                yield one.title, OFFICIAL_INDICATORS[one.state.status].word


def is_similar(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SIMILAR


def _day_of_year(day: date | None) -> tuple[int, int] | None:
    return (day.month, day.day) if day else None


def is_other_target(target: Target, due_on: date, amount: Any, earlier: TargetSnapshot) -> bool:
    """Whether more is different than the year."""
    before = earlier.terms
    return before.is_dropped or amount != before.amount or _day_of_year(due_on) != _day_of_year(before.due_on)
