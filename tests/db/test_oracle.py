"""Every figure of the data for programs is what the rules give, asked of an opinion that has none of our code."""

from datetime import date, timedelta

import pytest

from projects.snapshots import load_snapshots
from tasks.models import Plan
from tasks.snapshots import commitments_of, plan_snapshot_of, projects_of
from tests.oracle.faults import faults_of
from website.api.plans import plan_json, project_json

pytestmark = pytest.mark.one_database

# From the day of the plan to a year and a half later; among them the edges of the year and days of acts.
DAYS_2020 = [
    *("2020-03-05", "2020-03-12", "2020-04-24", "2020-06-11", "2020-06-17", "2020-06-18", "2020-07-31", "2020-09-30"),
    *("2020-10-13", "2020-10-31", "2020-11-18", "2020-12-10", "2020-12-31", "2021-01-01", "2021-03-10", "2021-06-01"),
    *("2021-10-12", "2022-03-03"),
]
DAYS_2021 = ["2021-03-02", "2021-04-08", "2021-07-26", "2021-11-15", "2021-12-31", "2022-03-03"]


def faults_on(plan: Plan, day: date) -> list[str]:
    projects = load_snapshots(projects_of(plan), day)
    promised = commitments_of(projects.values(), day)
    data = {one.slug: project_json(one, promised.get(key, [])) for key, one in projects.items()}
    return faults_of(plan_json(plan_snapshot_of(plan, day)), data)


@pytest.mark.parametrize(("year", "day"), [*((2020, day) for day in DAYS_2020), *((2021, day) for day in DAYS_2021)])
def test_every_figure_is_what_the_rules_give(illustrative_years, year, day):
    """docs/rules.md: as-of."""
    plan = Plan.objects.get(year=year)
    assert faults_on(plan, date.fromisoformat(day)) == []


def test_a_figure_of_another_day_is_not(illustrative_years):
    """Otherwise the test above would pass where nothing is compared."""
    plan, day = illustrative_years[0], date(2020, 9, 30)
    projects = load_snapshots(projects_of(plan), day - timedelta(40))
    data = {one.slug: project_json(one, []) for one in projects.values()}
    assert faults_of(plan_json(plan_snapshot_of(plan, day)), data) != []
