"""A wrong figure anywhere in the data for programs is reported: each computed field of a small city is spoilt once."""

import re
import sys
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from tests.oracle.changes import kinds_of
from tests.oracle.days_and_numbers import PlanRules, day, shanghai_day
from tests.oracle.faults import RecomputedCommitment, faults_of, sums_of
from tests.oracle.fragments import (
    adjust,
    commitment,
    fact,
    indicator,
    measure,
    milestone,
    plan,
    project,
    report,
    target,
    task,
)
from tests.oracle.indicators import indicator_answer
from tests.oracle.measures import measure_answer, task_answer
from tests.oracle.money import project_answer
from tests.oracle.targets import target_answer

ORACLE = Path(__file__).parents[1] / "oracle"
DAYS = ["2020-09-30", "2021-06-01"]
SUMS = ["tally", "investment", "annual_investment", "clarity"]
TERMS = ["inferred", "promised", "dropped"]
# What section 3 of the data for programs computes, by where it stands; * is every one of a list.
COMPUTED = {
    "plan": [*SUMS, "measures"],
    "plan/series/*": SUMS,
    "plan/commitments/*": [
        *TERMS,
        *["annual_execution", "actual", "planned", "lag", "lag_promised", "light", "unreported", "outcome", "kept_on"],
        *["is_late", "is_adjusted", "is_cut", "verdict", "clarity", "check"],
    ],
    "plan/commitments/*/adjustments/*": ["kinds"],
    "plan/commitments/*/votes/*": ["others"],
    "plan/commitments/*/targets/*": [
        *TERMS,
        *["state", "value", "actual", "planned", "planned_today", "pace_on", "reached_on", "is_late", "overdue"],
        *["days_overdue", "due_unreported"],
    ],
    "plan/commitments/*/targets/*/adjustments/*": ["kinds"],
    "plan/indicators/*": [*TERMS, "covered", "value", "measured_on", "state", "within", "is_late"],
    "plan/indicators/*/adjustments/*": ["kinds"],
    "plan/tasks/*": ["inferred", "promised", "state", "due_unreported", "declared", "held_on", "published_at"],
    "plan/tasks/*/measures/*": [
        "inferred",
        "promised",
        "state",
        "due_unreported",
        "declared",
        "held_on",
        "published_at",
    ],
    "plan/tasks/*/measures/*/adjustments/*": ["kinds"],
    "projects/roads": ["as_of", "slug", "promised", "spent", "execution"],
    "projects/roads/commitments/*": ["verdict"],
    "projects/roads/adjustments/*": ["kinds"],
    "projects/roads/milestones/*/adjustments/*": ["kinds"],
    "projects/clinic": ["promised", "spent", "execution"],
    "projects/clinic/commitments/*": ["verdict"],
}


def roads() -> dict:
    row = project(milestone("east", is_counted=True), milestone("west"), slug="roads", investment=900)
    row = adjust(row, 11, "2020-03-10", leads=["housing"])
    row["promised"]["leads"] = ["housing"]
    row["milestones"][0] = adjust(row["milestones"][0], 12, "2020-03-11", title="东路")
    row = report(row, 21, "2020-06-30", {"east": 40, "west": 50}, spent=300)
    row = report(row, 22, "2020-06-30", {"east": 45, "west": 50}, published_on="2020-07-03", corrects=21, spent=310)
    return report(row, 23, "2020-10-20", {"east": 100, "west": 100}, spent=600)


def clinic() -> dict:
    return project(slug="clinic")


def road_promise() -> dict:
    moved = adjust(target("east", inferred=["due_on"]), 13, "2020-04-01", due_on="2020-10-31")
    moved["promised"]["due_on"] = "2020-10-31"
    moved = adjust(moved, 14, "2020-05-01", due_on="2020-11-30")
    cut = adjust(target("west", inferred=["milestone"]), 15, "2020-08-01", dropped=True)
    checks = [fact(41, "2021-04-20", finding="IN_USE")]
    ballots = {"body": "CONGRESS", "present": 180, "satisfied": 150, "fairly": 25, "dissatisfied": 4, "others": 1}
    facts = {"checks": checks, "votes": [fact(42, "2021-01-20", **ballots)]}
    row = commitment(moved, cut, project="roads", annual_investment=500, **facts, inferred=["goal"])
    return adjust(row, 16, "2020-05-02", annual_investment=600)


def city(as_of: str) -> tuple[dict, dict]:
    """A plan and its projects on the day, promises and facts alone."""
    measures = [measure(leads=["culture"], reports=[fact(31, "2020-06-20", declared="UNDER_WAY")]), measure(number=2)]
    measures[0] = adjust(measures[0], 17, "2020-04-01", due_on="2020-08-31")
    measures[0]["promised"]["due_on"] = "2020-08-31"
    measures[1]["projects"] = [{"slug": "roads", "inferred": True}]
    readings = [fact(51, "2020-06-30", value=141), fact(52, "2020-12-31", value=298)]
    rows = {
        "as_of": as_of,
        "plan": plan(),
        "tasks": [task(*measures, leads=["culture"])],
        "commitments": [
            road_promise(),
            commitment(target(pace="STEP", amount=1), number=2, goal="START", project="clinic"),
            commitment(target("west", starts_on="2020-02-01"), series="zone", project="roads"),
        ],
        "indicators": [adjust(indicator(readings=readings, baseline=100), 18, "2020-06-01", target=310)],
        "series": [{"code": "livelihood"}, {"code": "zone"}],
    }
    projects = {"roads": roads(), "clinic": clinic()}
    return published_by(rows, day(as_of)), published_by(projects, day(as_of))


def published_by(found, as_of: date):
    """Without the facts of later days."""
    if isinstance(found, dict):
        return {name: published_by(one, as_of) for name, one in found.items()}
    if not isinstance(found, list):
        return found
    return [published_by(one, as_of) for one in found if not is_later(one, as_of)]


def is_later(one, as_of: date) -> bool:
    return isinstance(one, dict) and "published_at" in one and shanghai_day(one["published_at"]) > as_of


def completed(as_of: str) -> dict:
    """The city with every figure that follows, as the portal should answer."""
    rows, projects = city(as_of)
    on, rules = day(as_of), PlanRules.of(rows["plan"])
    found = [RecomputedCommitment(row, projects[row["project"]], on, rules) for row in rows["commitments"]]
    for one in found:
        for row, its in zip(one.row["targets"], one.commitment.targets, strict=True):
            row.update(target_answer(its, on, rules))
        one.row.update(one.answer())
        key = {name: one.row[name] for name in ("series", "number", "verdict")}
        one.project["commitments"].append(deepcopy({"year": 2020} | key))
    for row in rows["indicators"]:
        row.update(indicator_answer(row, on, rules))
    complete_tasks(rows, projects, on, rules)
    for series in rows["series"]:
        series.update(sums_of([one for one in found if one.row["series"] == series["code"]], projects))
    rows.update(deepcopy({name: rows["series"][0][name] for name in SUMS}))
    for slug, row in projects.items():
        row.update({"as_of": as_of, "slug": slug} | project_answer(row))
    data = plain({"plan": rows, "projects": projects})
    write_kinds(data)
    return data


def complete_tasks(rows: dict, projects: dict, on: date, rules: PlanRules):
    for row in rows["tasks"]:
        for one in row["measures"]:
            one.update(measure_answer(one, [projects[its["slug"]] for its in one["projects"]], on, rules))
        row.update(task_answer(row, projects.values(), on, rules))
    states = [one["state"] for row in rows["tasks"] for one in row["measures"]]
    rows["measures"] = {state: states.count(state) for state in states} | {"SILENT": 0}


def plain(found):
    """As JSON has it: fractions as numbers, counters as objects."""
    if isinstance(found, dict):
        return {name: plain(one) for name, one in found.items()}
    if isinstance(found, list):
        return [plain(one) for one in found]
    return float(found) if hasattr(found, "numerator") and not isinstance(found, bool | int) else found


def write_kinds(found):
    """Beside every adjustment, at whatever depth."""
    if isinstance(found, dict):
        for row in found.get("adjustments", []):
            row["kinds"] = kinds_of(found)[row["id"]]
        for one in found.values():
            write_kinds(one)
    elif isinstance(found, list):
        for one in found:
            write_kinds(one)


CITIES = {as_of: completed(as_of) for as_of in DAYS}


def faults_in(data: dict) -> list[str]:
    return faults_of(data["plan"], data["projects"])


def at(data, path):
    for key in path:
        data = data[key]
    return data


def places(data, pattern: list[str], path=()):
    """The path of every object that a pattern of COMPUTED means."""
    if not pattern:
        yield path
        return
    key, *rest = pattern
    for one in range(len(at(data, path))) if key == "*" else [key]:
        yield from places(data, rest, (*path, one))


def leaves(data, path):
    """The path of each figure in there."""
    value = at(data, path)
    if not isinstance(value, dict) or not value:
        yield path
        return
    for name in value:
        yield from leaves(data, (*path, name))


def computed_figures(as_of: str):
    data = CITIES[as_of]
    for pattern, names in COMPUTED.items():
        for path in places(data, pattern.split("/")):
            for name in names:
                if name in at(data, path):
                    yield from leaves(data, (*path, name))


def spoilt(name: str, value):
    """Something else of the same form."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"2029{value[4:]}" if value[:4].isdigit() else f"{value}?"
        case list():
            return [*value, {"on": "2020-02-01", "amount": 1} if name == "steps" else "?"]
    return "2020-01-01"


CASES = [
    pytest.param(as_of, path, id="-".join(map(str, (as_of, *path))))
    for as_of in DAYS
    for path in computed_figures(as_of)
]


@pytest.mark.parametrize("as_of", DAYS)
def test_a_city_without_faults_has_none(as_of):
    assert faults_in(CITIES[as_of]) == []


def test_every_computed_field_stands_in_the_cities():
    patterns = {
        (pattern, name)
        for pattern, names in COMPUTED.items()
        for name in names
        if not (name == "dropped" and "tasks" in pattern)
    }
    found = {
        (pattern, name)
        for pattern, names in COMPUTED.items()
        for data in CITIES.values()
        for path in places(data, pattern.split("/"))
        for name in names
        if name in at(data, path)
    }
    assert found == patterns


@pytest.mark.parametrize(("as_of", "path"), CASES)
def test_a_wrong_figure_is_reported(as_of, path):
    data = deepcopy(CITIES[as_of])
    at(data, path[:-1])[path[-1]] = spoilt(path[-1], at(data, path))
    assert faults_in(data) != []


@pytest.mark.parametrize("as_of", DAYS)
def test_a_figure_left_out_is_reported(as_of):
    for path in computed_figures(as_of):
        if path[-1] in ("state", "actual", "verdict", "clarity", "tally"):
            data = deepcopy(CITIES[as_of])
            del at(data, path[:-1])[path[-1]]
            assert any("found nothing" in fault for fault in faults_in(data)), path


def test_a_fault_names_the_place_what_was_expected_and_what_was_found():
    data = deepcopy(CITIES["2020-09-30"])
    data["plan"]["commitments"][0]["targets"][0]["actual"] = 0.46
    assert faults_in(data) == ["commitment livelihood 1 target east.actual: expected 0.45, found 0.46"]


def test_nothing_of_the_portal_is_imported():
    modules = [path for path in ORACLE.glob("*.py") if path.name != "__init__.py"]
    named = {name for path in modules for name in re.findall(r"^(?:from|import) (\S+)", path.read_text(), re.MULTILINE)}
    ours = {name for name in named if name.split(".")[0] not in sys.stdlib_module_names}
    assert ours == {f"tests.oracle.{path.stem}" for path in modules} & ours
    assert "tests.oracle.changes" in ours


def test_a_fact_of_a_later_day_is_reported():
    data = deepcopy(CITIES["2020-09-30"])
    data["plan"]["indicators"][0]["readings"][0]["published_at"] = "2020-09-30T16:00:00.000000Z"
    assert any("expected by 2020-09-30" in fault for fault in faults_in(data))


def test_two_changes_that_do_not_follow_from_each_other_are_reported():
    data = deepcopy(CITIES["2020-09-30"])
    data["plan"]["commitments"][0]["targets"][0]["adjustments"][1]["changes"]["due_on"][0] = "2020-11-01"
    assert any("found one of '2020-11-01'" in fault for fault in faults_in(data))
