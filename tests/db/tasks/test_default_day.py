"""The day that a plan's pages show where none is asked for."""

import pytest

from projects.models import Department
from tasks.snapshots import default_day_of
from tests.factories import (
    a_commitment,
    a_department,
    a_plan,
    a_project,
    a_report,
    a_source,
    a_task_report,
    an_addition,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    day,
    published,
)

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def plan():
    works, parks = (published(a_department(slug), "2020-03-01") for slug in ("works-office", "parks-office"))
    plan = a_plan(a_project("bridge", milestones=("built",), lead=works, partners=(parks,)))
    an_indicator(plan)
    return published(plan)


@pytest.fixture
def bridge(plan):
    return plan.series.get().commitments.get().project


@pytest.mark.parametrize(
    ("today", "shown"),
    [
        ("2020-03-05", "2020-03-05"),
        ("2020-12-31", "2020-12-31"),
        ("2021-01-01", "2021-01-01"),
        ("2021-09-09", "2021-01-01"),
    ],
)
def test_it_is_today_while_the_plan_runs_and_afterwards_the_day_after(plan, today, shown):
    """docs/rules.md: default-day."""
    assert default_day_of(plan, day(today)) == day(shown)


CONCERNING = {
    "a report": lambda plan, bridge: a_report(bridge, "2021-01-31", {"built": 50}),
    "the lead's phone": lambda plan, bridge: an_adjustment(
        Department.objects.get(slug="works-office"), phone="0000-200"
    ),
    "a partner's phone": lambda plan, bridge: an_adjustment(
        Department.objects.get(slug="parks-office"), phone="0000-200"
    ),
    "a target's due day": lambda plan, bridge: an_adjustment(
        bridge.milestones.get().targets.get(), due_on="2021-06-30"
    ),
    "a report of a measure": lambda plan, bridge: a_task_report(bridge.measures.get(), "2021-01-31"),
    "an addition": lambda plan, bridge: an_addition_of_a_series(plan, bridge),
    "the wording of the plan": lambda plan, bridge: an_adjustment(plan, title="The plan"),
    "an indicator's value": lambda plan, bridge: an_indicator_reading(plan.indicators.get(), "2021-01-31", 35),
}


@pytest.mark.parametrize("name", CONCERNING)
def test_what_concerns_the_plan_moves_it(plan, bridge, name):
    """docs/rules.md: default-day."""
    published(CONCERNING[name](plan, bridge), "2021-02-10")
    assert default_day_of(plan, day("2021-09-09")) == day("2021-02-10")


def test_a_lead_that_came_by_an_adjustment_concerns_it_too(plan, bridge):
    roads = published(a_department("roads-office"), "2021-02-01")
    published(an_adjustment(bridge, leads=["works-office", "roads-office"]), "2021-02-02")
    published(an_adjustment(roads, phone="0000-300"), "2021-02-10")
    assert default_day_of(plan, day("2021-09-09")) == day("2021-02-10")


def test_a_report_about_a_project_of_two_plans_moves_both_and_an_addition_its_own(plan, bridge):
    """docs/rules.md: default-day."""
    following = published(a_plan(bridge, year=2021, source=a_source("next-year")), "2021-02-02")
    published(a_report(bridge, "2021-01-31", {"built": 60}), "2021-02-10")
    assert [default_day_of(one, day("2022-09-09")) for one in (plan, following)] == [
        day("2021-02-10"),
        day("2022-01-01"),
    ]
    published(a_report(bridge, "2022-01-31", {"built": 80}), "2022-02-10")
    published(an_addition_of_a_series(following, bridge), "2022-03-10")
    assert [default_day_of(one, day("2022-09-09")) for one in (plan, following)] == [
        day("2022-02-10"),
        day("2022-03-10"),
    ]


def an_addition_of_a_series(plan, bridge):
    addition = an_addition(plan)
    a_commitment(plan, bridge, bridge.milestones.get(), series="added", addition=addition)
    return addition


def test_what_concerns_others_does_not(plan):
    roads = published(a_department("roads-office"), "2021-02-01")
    road = a_project("road", milestones=("paved",), lead=roads)
    published(a_plan(road, year=2021), "2021-02-02")
    published(a_report(road, "2021-02-01", {"paved": 5}), "2021-02-10")
    published(an_adjustment(roads, phone="0000-300"), "2021-02-11")
    assert default_day_of(plan, day("2021-09-09")) == day("2021-01-01")
