"""Every computed field of a plan's data and of its projects', recomputed from the facts that they list."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from tests.oracle.changes import all_kinds_of, lead_known_on
from tests.oracle.clarity import clarity_answer, clarity_counts
from tests.oracle.commitments import (
    Commitment,
    CommitmentFigures,
    check_answer,
    commitment_answer,
    commitment_figures,
)
from tests.oracle.comparing import differences, faults_of_days, faults_of_terms
from tests.oracle.days_and_numbers import PlanRules, day
from tests.oracle.indicators import indicator_answer
from tests.oracle.measures import measure_answer, task_answer
from tests.oracle.money import annual_execution, investment_of, project_answer, total_of
from tests.oracle.targets import target_answer, target_of
from tests.oracle.verdicts import begun_of, silence_of, verdict_answer
from tests.oracle.votes import faults_of_votes


def faults_of(plan_json: dict, projects_json: dict[str, dict]) -> list[str]:
    """One sentence for each figure that isn't what the rules give; none where all are right.

    `plan_json` is the answer of `plans/<year>`, `projects_json` those of `projects/<slug>` on the same day, by slug, for
    every project that the plan names.
    """
    as_of, rules = day(plan_json["as_of"]), PlanRules.of(plan_json["plan"])
    recomputed = [
        RecomputedCommitment(row, projects_json[row["project"]], as_of, rules) for row in plan_json["commitments"]
    ]
    found: list[str] = []
    for one in recomputed:
        found += faults_of_commitment(one)
    for row in plan_json["indicators"]:
        found += faults_of_terms(f"indicator {row['code']}", row)
        found += differences(f"indicator {row['code']}", row, indicator_answer(row, as_of, rules))
    found += faults_of_tasks(plan_json, projects_json, as_of, rules)
    found += faults_of_sums(plan_json, projects_json, recomputed)
    for slug, project in projects_json.items():
        found += faults_of_project(slug, project, plan_json, recomputed)
    found += faults_of_days("plan", plan_json, plan_json["as_of"])
    return found


@dataclass(frozen=True)
class RecomputedCommitment:
    """A commitment of the data, with the data of its project."""

    row: dict
    project: dict
    as_of: date
    rules: PlanRules

    @property
    def place(self) -> str:
        return f"commitment {self.row['series']} {self.row['number']}"

    @cached_property
    def milestones(self) -> list[dict]:
        """Those of its targets, in their order."""
        by_id = {milestone["id"]: milestone for milestone in self.project["milestones"]}
        return [by_id[target["milestone"]] for target in self.row["targets"]]

    @cached_property
    def commitment(self) -> Commitment:
        row, reports = self.row, self.project["reports"]
        pairs = zip(row["targets"], self.milestones, strict=True)
        return Commitment(
            goal=row["goal"],
            targets=tuple(target_of(*pair, reports, is_dropped_above=row["dropped"]) for pair in pairs),
            kinds=frozenset(all_kinds_of([row, *row["targets"]])),
        )

    @cached_property
    def figures(self) -> CommitmentFigures:
        return commitment_figures(self.commitment, self.as_of, self.rules)

    @cached_property
    def clarity(self) -> dict:
        return clarity_answer(self.row, self.project, self.as_of)

    @property
    def is_checked(self) -> bool:
        """Whether somebody shall look at it again: something stands that was to be finished, and was."""
        active = {target.milestone for target in self.commitment.active}
        is_lasting = any(one["is_lasting"] for one in self.milestones if one["id"] in active)
        return self.figures.outcome == "KEPT" and self.commitment.goal == "FINISH" and is_lasting

    @cached_property
    def verdict(self) -> dict:
        promised_on = day(self.row["promised_on"])
        known_on = lead_known_on(self.project, day(self.project["promised_on"]))
        silence = silence_of(promised_on, known_on, self.as_of, self.rules)
        return verdict_answer(self.commitment, self.figures, silence, begun_of(self.milestones))

    def answer(self) -> dict:
        """What the data shall say, its targets apart."""
        return commitment_answer(self.commitment, self.figures) | {
            "annual_execution": annual_execution(self.row, self.project, self.rules),
            "verdict": self.verdict,
            "clarity": self.clarity,
            "check": check_answer(self.figures.kept_on, self.row["checks"], self.as_of) if self.is_checked else None,
        }


def faults_of_commitment(one: RecomputedCommitment) -> Iterator[str]:
    yield from faults_of_terms(one.place, one.row)
    yield from faults_of_votes(one.place, one.row["votes"], one.as_of)
    yield from differences(one.place, one.row, one.answer())
    for row, target in zip(one.row["targets"], one.commitment.targets, strict=True):
        place = f"{one.place} target {row['milestone']}"
        yield from faults_of_terms(place, row, is_dropped_above=one.row["dropped"])
        yield from differences(place, row, target_answer(target, one.as_of, one.rules))


def faults_of_tasks(plan_json: dict, projects_json: dict[str, dict], as_of: date, rules: PlanRules) -> Iterator[str]:
    states: Counter[str] = Counter()
    for task in plan_json["tasks"]:
        place, serving = f"task {task['group']} {task['number']}", {}
        for measure in task["measures"]:
            projects = {one["slug"]: projects_json[one["slug"]] for one in measure["projects"]}
            answer = measure_answer(measure, projects.values(), as_of, rules)
            yield from faults_of_terms(f"{place} measure {measure['number']}", measure)
            yield from differences(f"{place} measure {measure['number']}", measure, answer)
            states[answer["state"]] += 1
            serving |= projects
        yield from faults_of_terms(place, task)
        yield from differences(place, task, task_answer(task, serving.values(), as_of, rules))
    yield from differences("plan", plan_json, {"measures": states})


def faults_of_sums(
    plan_json: dict, projects_json: dict[str, dict], recomputed: list[RecomputedCommitment]
) -> Iterator[str]:
    for at, series in enumerate(plan_json["series"]):
        sums = sums_of([one for one in recomputed if one.row["series"] == series["code"]], projects_json)
        yield from differences(f"series {series['code']}", series, sums)
        if at == 0:
            yield from differences("plan", plan_json, sums)


def sums_of(own: list[RecomputedCommitment], projects_json: dict[str, dict]) -> dict:
    """What the commitments of a series add up to."""
    return {
        "tally": tally_of(own),
        "investment": investment_of((one.row["project"] for one in own), projects_json),
        "annual_investment": total_of(one.row["annual_investment"] for one in own),
        "clarity": clarity_counts([one.clarity for one in own]),
    }


def tally_of(own: list[RecomputedCommitment]) -> dict:
    return {
        "total": len(own),
        "light": Counter(one.figures.light for one in own),
        "outcome": Counter(one.figures.outcome for one in own),
        "kept_late": sum(one.figures.is_late for one in own),
        "adjusted": sum(one.commitment.is_adjusted for one in own),
        "cut": sum(one.commitment.is_cut for one in own),
    }


def faults_of_project(
    slug: str, project: dict, plan_json: dict, recomputed: list[RecomputedCommitment]
) -> Iterator[str]:
    place = f"project {slug}"
    yield from differences(place, project, {"as_of": plan_json["as_of"], "slug": slug} | project_answer(project))
    yield from faults_of_terms(place, project)
    for milestone in project["milestones"]:
        yield from faults_of_terms(f"{place} milestone {milestone['id']}", milestone)
    yield from faults_of_verdicts(place, project, plan_json["plan"]["year"], recomputed)
    yield from faults_of_days(place, project, plan_json["as_of"])


def faults_of_verdicts(place: str, project: dict, year: int, recomputed: list[RecomputedCommitment]) -> Iterator[str]:
    """A project shows the verdict of each commitment of the plan about it, and no other."""
    expected = {(one.row["series"], one.row["number"]): one.verdict for one in recomputed if one.project is project}
    listed = {(one["series"], one["number"]): one for one in project["commitments"] if one["year"] == year}
    if expected.keys() != listed.keys():
        yield f"{place}.commitments: expected {sorted(expected)}, found {sorted(listed)}"
    for key in sorted(expected.keys() & listed.keys()):
        yield from differences(f"{place} commitment {key[0]} {key[1]}", listed[key], {"verdict": expected[key]})
