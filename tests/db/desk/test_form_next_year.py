"""The form of the year after: what is left of the promises, and what is over standing there to be seen."""

from fractions import Fraction

import pytest
import time_machine

from desk.workbooks.form_columns import DROPPED, TICK
from desk.workbooks.form_next_year import a_year_later, rows_of_next_year
from desk.workbooks.form_reading import read_form
from desk.workbooks.form_writing import next_year_workbook
from tasks.drafting import draft_rows
from tasks.models import Commitment, Contribution, Indicator, Plan, Target, Task
from tasks.progress import Outcome
from tasks.snapshots import load_plan_snapshot
from tests.factories import (
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_task,
    an_adjustment,
    an_administrator,
    an_indicator,
    day,
    moment,
    published,
    published_by,
)
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, keep, put
from tests.opened_here import opened_here

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

AFTER = "2021-02-01"


def counted(slug: str, title: str, **fields):
    project = a_project(slug, title=title, **fields)
    a_milestone(project, "stations", unit="座", is_counted=True, title="站")
    return project


def a_year_that_ended():
    """Of four promises one is kept, one dropped, one has 3 of 10 stations, and of one nobody ever reported."""
    works = a_department("works-office", name="住建局")
    sewage, road = counted("sewage", "污水站", lead=works), a_project("road", title="路", milestones=["built", "lit"])
    wall, school = (
        a_project("wall", title="墙", milestones=["built"]),
        a_project("school", title="学校", milestones=["built"]),
    )
    ten = {"stations": {"amount": 10, "inferred": ["weight"]}}
    plan = a_plan(sewage, road, wall, school, year=2020, targets=ten, title="青禾 2020 年安排", guideline="稳。")
    a_measure(
        a_task(plan, 2, title="修旧", leads=["works-office"], due_on=day("2020-09-30"), wording="修旧如旧。"), number=1
    )
    an_indicator(plan, title="绿化", due_on=day("2020-12-31"), baseline=30, wording="三成半左右")
    an_indicator(plan, code="far", title="远的", due_on=day("2023-12-31"), note="到 2023 年底。")
    published(plan, on="2020-03-05")
    published(an_adjustment(wall.commitments.get(), dropped=True), on="2020-10-10")
    published(a_report(school, "2020-11-30", {"built": 100}, evidence="验收"), on="2020-12-01")
    published(a_report(sewage, "2020-12-20", {"stations": 3}), on="2020-12-21")
    published(a_report(road, "2020-12-20", {"built": 100, "lit": 20}, evidence="验收"), on="2020-12-21", at="13:00")
    published(an_adjustment(road.milestones.get(code="lit").targets.get(), due_on="2021-06-30"), on="2020-12-28")


@pytest.fixture
def plan(db) -> Plan:
    keep("a year that ended", a_year_that_ended)
    return Plan.objects.get()


def draft_of(plan: Plan, by) -> Plan:
    """Next year's plan, made of its form as it comes."""
    read = read_form(opened_here(next_year_workbook(plan, day(AFTER))))
    assert (read.problems, read.doubts) == ([], [])
    draft_rows([{"model": row.model, "fields": row.values} for row in read.rows], by=by)
    return Plan.objects.get(year=plan.year + 1)


def test_what_is_left_is_carried_over(plan):
    """docs/rules.md: from-amount."""
    new = draft_of(plan, an_administrator())
    assert (new.title, new.guideline, new.adopted_on) == ("青禾 2021 年安排", "", None)
    assert (new.starts_on, new.ends_on) == (day("2021-01-01"), day("2021-12-31"))
    assert [(one.number, one.project.slug) for one in Commitment.objects.filter(series__plan=new)] == [
        (1, "sewage"),
        (2, "road"),
    ]
    [stations, lit] = Target.objects.filter(commitment__series__plan=new).order_by("commitment__number")
    assert (stations.amount, stations.from_amount, stations.due_on) == (10, 3, day("2021-12-31"))
    assert stations.inferred == ["due_on", "starts_on", "weight"]
    assert (lit.milestone.code, lit.from_amount, lit.due_on) == ("lit", 20, day("2021-06-30")), "moved into the year"
    assert lit.inferred == ["starts_on"]


def test_tasks_and_indicators_are_kept_with_new_days_and_without_last_years_words(plan):
    new = draft_of(plan, an_administrator())
    task = Task.objects.get(group__plan=new, number=2)
    assert (task.title, task.leads, task.due_on, task.wording) == ("修旧", ["works-office"], day("2021-09-30"), "")
    assert task.inferred == ["due_on"]
    near, far = Indicator.objects.filter(plan=new).order_by("number", "pk")
    assert (near.due_on, near.baseline, near.wording, near.inferred) == (day("2021-12-31"), None, "", ["due_on"])
    assert (far.due_on, far.note, far.inferred) == (day("2023-12-31"), "到 2023 年底。", [])
    assert set(Contribution.objects.filter(measure__task__group__plan=new).values_list("project__slug", flat=True)) == {
        "sewage",
        "road",
    }


def test_what_is_over_stands_at_the_end_and_is_passed_over(plan):
    rows = rows_of_next_year(plan, day(AFTER))
    over = [(row.values["project.title"], row.values["row.kept"]) for row in rows.sheets["承诺"] if row.is_over]
    assert over == [("墙", DROPPED), ("学校", TICK)]
    assert [row.is_over for row in rows.sheets["承诺"]] == [False, False, True, True]
    assert [row.values["milestone.code"] for row in rows.sheets["目标"] if row.is_over] == ["built"], "of the road"
    assert "没办完的带到今年（2 行）" in rows.notes[0]
    assert "最后（1 行）" in rows.notes[0]


def test_a_carried_promise_is_judged_by_its_own_terms(plan):
    """docs/rules.md: from-amount, planned. Last year's verdict stays what it was."""
    with time_machine.travel(moment("2021-03-02")):
        new = published_by(draft_of(plan, an_administrator()), a_reviewer())
    commitment = load_plan_snapshot(new, day("2021-07-02")).series[0].commitments[0]
    [state] = commitment.progress.targets
    assert (state.value, state.actual) == (3, Fraction(3, 10))
    assert state.planned_today == Fraction(3, 10) + Fraction(7, 10) * Fraction(183, 365)
    old = load_plan_snapshot(plan, day("2021-07-02")).series[0].commitments[0]
    assert old.state.outcome is Outcome.MISSED
    assert old.progress.targets[0].planned_today == 1


def test_of_the_illustrative_year_what_is_left_is_carried_over(db):
    put(PLAN_FILE, ILLUSTRATIVE_FILE)
    plan = Plan.objects.get()
    left = [
        one.project.slug
        for one in load_plan_snapshot(plan, day(AFTER)).commitments
        if one.state.outcome not in (Outcome.KEPT, Outcome.DROPPED)
    ]
    new = draft_of(plan, an_administrator())
    carried = Commitment.objects.filter(series__plan=new).order_by("series__number", "number")
    assert [one.project.slug for one in carried] == left
    assert 0 < len(left) < 15
    sewage = Target.objects.filter(commitment__series__plan=new, milestone__project__slug="rural-sewage")
    assert {target.milestone.code: target.from_amount for target in sewage} == {
        "treatment-stations": 3,
        "small-facilities": 10,
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2020-02-29", "2021-02-28"),
        ("2019-02-28", "2020-02-29"),
        ("2020-12-31", "2021-12-31"),
        ("2020-06-15", "2021-06-15"),
    ],
)
def test_a_day_a_year_later(before, after):
    assert a_year_later(day(before)) == day(after)
