"""The form of the year after a plan: what is left of its promises, its tasks and indicators, with nothing of the city's words.

docs/rules.md: from-amount, inferred. What the new year's documents say is for people to type in.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from desk.workbooks.form_columns import DEPARTMENTS, DROPPED, INDICATORS, PLAN, PROMISES, TARGETS, TICK, WORK
from desk.workbooks.form_rows import (
    FormRows,
    Names,
    department_names,
    promise_values,
    values_of,
    work_values,
)
from desk.workbooks.telling import gaps_text
from projects.models import Department
from projects.progress import TargetState
from projects.snapshots import ProjectSnapshot
from tasks.models import Plan
from tasks.progress import IndicatorStatus, Outcome
from tasks.snapshots import Answer, CommitmentSnapshot, IndicatorSnapshot, PlanSnapshot, plan_snapshot_of


def rows_of_next_year(plan: Plan, day: date) -> FormRows:
    return _NextYear(plan_snapshot_of(plan, day)).rows()


def a_year_later(day: date) -> date:
    """The 29th of February becomes the 28th; the last day of a February its last."""
    after = day + timedelta(1)
    if after.day == 1:
        return after.replace(year=after.year + 1) - timedelta(1)
    return day.replace(year=day.year + 1)


class _NextYear:
    def __init__(self, snapshot: PlanSnapshot):
        self.snapshot, self.plan = snapshot, snapshot.row
        self.starts_on, self.ends_on = a_year_later(self.plan.starts_on), a_year_later(self.plan.ends_on)
        self.departments = department_names()
        self.titles = {one.row.code: one.title for one in snapshot.series}
        self.series = Names(self.titles.items())
        self.tasks = Names((task.identifier, task.title) for task in snapshot.tasks)
        self.projects = Names((one.slug, one.title) for one in snapshot.projects.values())
        self.form = FormRows()
        self.slugs: set[str] = set()  # of departments that the rows name
        self.carried: set[str] = set()  # slugs of projects

    def rows(self) -> FormRows:
        self._add_plan()
        for series in self.snapshot.series:
            open_ones = [one for one in series.commitments if not self._ending_of(one)]
            for number, commitment in enumerate(open_ones, start=1):
                self._add_promise(commitment, number)
        for commitment in self.snapshot.commitments:
            if ending := self._ending_of(commitment):
                self._add_promise(commitment, commitment.number, ending)
        self._add_work()
        for indicator in self.snapshot.indicators:
            if indicator.state.status is not IndicatorStatus.DROPPED:
                self.form.add(INDICATORS, self._indicator(indicator), **self._indicator_marks(indicator))
        for department in Department.objects.filter(slug__in=self.slugs).order_by("slug"):
            self.form.add(DEPARTMENTS, values_of("department", department, self.departments))
        self.form.notes = self._notes()
        return self.form

    def _notes(self) -> list[str]:
        kept = sum(self._ending_of(one) == TICK for one in self.snapshot.commitments)
        left = sum(not self._ending_of(one) for one in self.snapshot.commitments)
        day = self.snapshot.as_of.isoformat()
        wanted = gaps_text(name_of_gap(key) for rows in self.form.sheets.values() for row in rows for key in row.wanted)
        return [
            f"这份表由 {self.plan.year} 年的计划带出来，按 {day} 公布的数据：没办完的带到今年（{left} 行），办成的写在“承诺”最后"
            f"（{kept} 行），“去年办成”里写着{TICK}，读的时候跳过。",
            "带过来的，起点值是去年做到的数，时限没有改到今年以后的先写成今年最后一天，并记为本站理解。",
            "原话、总体要求、今年的投资、通过日期、资料来源都空着，要照今年的文件填。"
            + (f"黄色的格去年有、今年还没有，{wanted}。" if wanted else ""),
        ]

    def _next(self, text: str) -> str:
        return text.replace(str(self.plan.year), str(self.plan.year + 1))

    def _add_plan(self) -> None:
        instead = {
            "year": self.plan.year + 1,
            "title": self._next(self.snapshot.title),
            "short_title": self._next(self.snapshot.short_title),
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "guideline": "",
            "adopted_on": None,
        }
        had = {
            "plan.guideline": self.plan.guideline,
            "plan.adopted_on": self.plan.adopted_on,
            "source.title": self.plan.source_id,
        }
        values = values_of("plan", self.plan, self.departments, **instead)
        self.form.add(PLAN, values, wanted=_filled(had), identity=("plan",))

    @staticmethod
    def _ending_of(commitment: CommitmentSnapshot) -> str:
        """Why it isn't carried over; "" where it is."""
        return {Outcome.KEPT: TICK, Outcome.DROPPED: DROPPED}.get(commitment.state.outcome, "")

    def _add_promise(self, commitment: CommitmentSnapshot, number: int, ending: str = "") -> None:
        terms: dict[str, dict[str, Any]] = {
            "series": {"title": self.titles[commitment.series.code]},
            "commitment": {
                "number": number,
                "goal": commitment.goal,
                "wording": "",
                "annual_investment": None,
                "inferred": sorted(commitment.inferred - {"annual_investment"}),
            },
            "project": self._project(commitment.project, is_named=not ending),
        }
        row = commitment.row
        values = promise_values(row.series, row, commitment.project.row, self.departments, terms)
        had = {"commitment.wording": commitment.wording, "commitment.annual_investment": commitment.annual_investment}
        wanted, identity = (frozenset(), ()) if ending else (_filled(had), ("commitment", commitment.project.slug))
        row_values = values | {"row.kept": ending}
        self.form.add(PROMISES, row_values, is_over=bool(ending), wanted=wanted, identity=identity)
        if not ending:
            self.carried.add(commitment.project.slug)
            for state in commitment.progress.active:
                self._add_target(commitment, state, number)

    def _project(self, project: ProjectSnapshot, *, is_named: bool) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: getattr(project, name)
            for name in ("title", "short_title", "box_name", "place", "post", "funding", "investment")
        }
        for name in ("leads", "partners"):
            found[name] = [department.slug for department in getattr(project, name)]
            if is_named:
                self.slugs.update(found[name])
        return found

    def _add_target(self, commitment: CommitmentSnapshot, state: TargetState, number: int) -> None:
        target, terms = state.snapshot, state.terms
        is_due_later = terms.due_on >= self.starts_on
        inferred = target.inferred | {"starts_on"} | (set() if is_due_later else {"due_on"})
        steps = [[day.isoformat(), f"{amount.normalize():f}"] for day, amount in terms.steps if day >= self.starts_on]
        instead = {
            "amount": terms.amount,
            "from_amount": self._reached(state),
            "starts_on": self.starts_on,
            "due_on": terms.due_on if is_due_later else self.ends_on,
            "pace": terms.pace,
            "steps": steps,
            "inferred": sorted(inferred if steps else inferred - {"steps"}),
        }
        promise = {
            "target.series": self.series.of(commitment.series.code),
            "target.number": number,
            "milestone.project": self.projects.of(commitment.project.slug),
        }
        milestone = values_of(
            "milestone", target.milestone.row, self.departments, title=target.title, noun=target.milestone.noun
        )
        values = milestone | values_of("target", target.row, self.departments, **instead) | promise
        ending = TICK if state.is_reached else ""
        is_named = not is_due_later and "due_on" not in target.inferred  # by the city, last year
        moved = {"target.due_on": terms.due_on} if is_named and not ending else {}
        identity = ("target", commitment.project.slug, target.milestone.row.code)
        self.form.add(TARGETS, values | {"row.kept": ending}, is_over=bool(ending), moved=moved, identity=identity)

    @staticmethod
    def _reached(state: TargetState) -> Decimal:
        """Where the count is at the end of the year; where it began, as long as nobody reported."""
        return state.snapshot.from_amount if state.value is None else state.value

    def _add_work(self) -> None:
        for group in self.snapshot.groups:
            self.form.add(WORK, work_values("group", group.row, self.departments, title=group.title))
            for task in group.tasks:
                self.form.add(WORK, self._answer("task", task.answer), **_marks("task", task.answer))
                for measure in task.measures:
                    served = {
                        f"measure.{name}": self.projects.listed(
                            one.project.slug
                            for one in measure.services
                            if one.is_inferred is is_inferred and one.project.slug in self.carried
                        )
                        for name, is_inferred in (("projects", False), ("projects_inferred", True))
                    }
                    values = self._answer("measure", measure.answer) | served
                    self.form.add(WORK, values, **_marks("measure", measure.answer))

    def _answer(self, part: str, answer: Answer) -> dict[str, Any]:
        self.slugs.update(answer.lead_slugs, answer.partner_slugs)
        instead = {
            "title": answer.title,
            "wording": "",
            "leads": answer.lead_slugs,
            "partners": answer.partner_slugs,
            "post": answer.post,
            "due_on": answer.due_on and a_year_later(answer.due_on),
            "inferred": sorted(answer.inferred | ({"due_on"} if answer.due_on else set())),
        }
        return work_values(part, answer.row, self.departments, **instead)

    def _indicator_marks(self, indicator: IndicatorSnapshot) -> dict[str, Any]:
        due_on = indicator.terms.due_on
        is_named = due_on and due_on < self.starts_on and "due_on" not in indicator.inferred
        return {
            "wanted": _filled({"indicator.wording": indicator.wording}),
            "moved": {"indicator.due_on": due_on} if is_named else {},
            "identity": ("indicator", indicator.row.code),
        }

    def _indicator(self, indicator: IndicatorSnapshot) -> dict[str, Any]:
        """One that is due after the year stays what it is; of others the day is a year later."""
        row, terms = indicator.row, indicator.terms
        self.slugs.update(indicator.lead_slugs)
        is_longer = terms.due_on is not None and terms.due_on >= self.starts_on
        inferred = set(indicator.inferred)
        if terms.due_on and not is_longer:
            inferred.add("due_on")
        instead = {
            "title": indicator.title,
            "wording": "",
            "target": terms.target,
            "upper": terms.upper,
            "due_on": terms.due_on if is_longer or terms.due_on is None else a_year_later(terms.due_on),
            "leads": indicator.lead_slugs,
            "baseline": row.baseline if is_longer else None,
            "note": row.note if is_longer else "",
            "inferred": sorted(inferred),
        }
        task = {"indicator.task": self.tasks.of(row.task.identifier) if row.task else ""}
        return values_of("indicator", row, self.departments, **instead) | task


def _marks(part: str, answer: Answer) -> dict[str, Any]:
    """What is to be filled in anew of a task or a measure, and whether its day is only last year's."""
    is_named = answer.due_on is not None and "due_on" not in answer.inferred
    return {
        "wanted": _filled({f"{part}.wording": answer.wording}),
        "moved": {f"{part}.due_on": answer.due_on} if is_named else {},
        "identity": (part, answer.title),
    }


def name_of_gap(key: str) -> str:
    """The field that the cell of a key fills, as WANTED names it."""
    part, _, name = key.partition(".")
    return part if part == "source" else name


def _filled(values: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(key for key, value in values.items() if value)
