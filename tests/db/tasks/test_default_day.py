"""The day that a plan's pages show where none is asked for."""

import pytest

from tasks.snapshots import default_day_of
from tests.factories import (
    a_department,
    a_plan,
    a_project,
    a_report,
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
    "the lead's phone": lambda plan, bridge: an_adjustment(bridge.lead, phone="0000-200"),
    "a partner's phone": lambda plan, bridge: an_adjustment(bridge.partners.get(), phone="0000-200"),
    "a milestone's due day": lambda plan, bridge: an_adjustment(bridge.milestones.get(), due_on="2021-06-30"),
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
    published(an_adjustment(bridge, lead="roads-office"), "2021-02-02")
    published(an_adjustment(roads, phone="0000-300"), "2021-02-10")
    assert default_day_of(plan, day("2021-09-09")) == day("2021-02-10")


def test_what_concerns_others_does_not(plan):
    roads = published(a_department("roads-office"), "2021-02-01")
    road = a_project("road", milestones=("paved",), lead=roads)
    published(a_plan(road, year=2021), "2021-02-02")
    published(a_report(road, "2021-02-01", {"paved": 5}), "2021-02-10")
    published(an_adjustment(roads, phone="0000-300"), "2021-02-11")
    assert default_day_of(plan, day("2021-09-09")) == day("2021-01-01")
