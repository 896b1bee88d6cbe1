"""For which years the desk asks for a plan, and where."""

from types import SimpleNamespace

import pytest

from desk.missing import NextPlan, next_plan_of
from tests.factories import day

DRAFT = None
CASES = {
    "nothing yet": ("2026-11-29", [], NextPlan.FIRST),
    "the year's plan is there": ("2026-11-29", [("2026-12-31", "2026-03-05")], NextPlan.THERE),
    "on its last day": ("2026-12-31", [("2026-12-31", "2026-03-05")], NextPlan.THERE),
    "the newest has ended": ("2027-01-01", [("2026-12-31", "2026-03-05")], NextPlan.FIRST),
    "it ended years ago": ("2026-11-29", [("2020-12-31", "2020-03-05")], NextPlan.FIRST),
    "the next is begun": ("2027-01-01", [("2026-12-31", "2026-03-05"), ("2027-12-31", DRAFT)], NextPlan.THERE),
    "history is being written": ("2026-11-29", [("2020-12-31", DRAFT)], NextPlan.ASIDE),
    "history was just published": ("2026-11-29", [("2020-12-31", "2026-11-29")], NextPlan.ASIDE),
    "history was published last year": ("2027-01-01", [("2020-12-31", "2026-11-29")], NextPlan.FIRST),
    "history beside a plan that has ended": (
        "2027-01-04", [("2026-12-31", "2026-03-05"), ("2020-12-31", "2026-11-29")], NextPlan.FIRST,
    ),
    "a year without calendar's": ("2027-07-01", [("2027-06-30", "2027-01-10")], NextPlan.FIRST),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_where_the_desk_asks_for_a_plan(name):
    today, plans, expected = CASES[name]
    rows = [SimpleNamespace(ends_on=day(end), published_on=on and day(on)) for end, on in plans]
    assert next_plan_of(rows, day(today)) is expected
