"""The rules for what has no numbers: measures and tasks, checks after a promise was kept, how clear a promise was."""

from collections.abc import Collection
from types import SimpleNamespace

import pytest

from tasks.checks import check_state_of
from tasks.clarity import StatedTarget, Tick, clarity_of, is_quantity
from tasks.measures import MeasureStatus, measure_state_of
from tests.plain_projects import RULES, day


def reports(*of: tuple[str, str]) -> list:
    return [SimpleNamespace(held_on=day(held_on), declared=declared) for held_on, declared in of]


UNDER_WAY = [("2020-06-20", "UNDER_WAY")]
# fmt: off
MEASURES = [
    pytest.param("2020-07-01", UNDER_WAY, {}, "UNDER_WAY", id="measure"),
    pytest.param("2020-07-31", UNDER_WAY, {}, "UNDER_WAY", id="41 days later still"),
    pytest.param("2020-08-01", UNDER_WAY, {}, "STALE", id="a day later it is stale"),
    pytest.param("2020-08-20", UNDER_WAY, {}, "STALE", id="measure, stale"),
    pytest.param("2020-09-30", UNDER_WAY, {}, "STALE", id="on the due day it isn't overdue"),
    pytest.param("2020-10-01", UNDER_WAY, {}, "OVERDUE", id="measure, overdue"),
    pytest.param("2020-10-01", [*UNDER_WAY, ("2020-09-20", "DONE")], {}, "DONE", id="done"),
    pytest.param("2021-10-01", [("2020-12-20", "DONE")], {}, "DONE", id="done after its day, and long ago"),
    pytest.param("2020-07-01", [("2020-06-20", "NOT_STARTED")], {}, "NOT_STARTED", id="not started"),
    pytest.param("2020-07-01", [("2020-05-20", "DONE"), ("2020-06-20", "UNDER_WAY")], {}, "UNDER_WAY", id="the latest counts"),
    pytest.param("2020-04-10", [], {}, "NO_DATA", id="nobody is silent before the first report was due"),
    pytest.param("2020-04-11", [], {}, "SILENT", id="then the lead is"),
    pytest.param("2020-04-11", [], {"asked_on": None}, "NO_DATA", id="nobody was ever asked"),
    pytest.param("2020-04-11", [], {"served_on": day("2020-04-01")}, "SERVED", id="its projects speak for it"),
    pytest.param("2020-07-01", UNDER_WAY, {"served_on": day("2020-06-30")}, "UNDER_WAY", id="its own word comes first"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "said", "about", "status"), MEASURES)
def test_the_state_of_a_measure(as_of, said, about, status):
    """docs/rules.md: measure."""
    about = {"due_on": day("2020-09-30"), "asked_on": day("2020-03-10"), **about}
    assert measure_state_of(reports(*said), day(as_of), RULES, **about).status is MeasureStatus(status)


@pytest.mark.parametrize(("as_of", "is_due"), [("2020-09-30", False), ("2020-10-01", True)])
def test_what_nobody_reported_by_its_day_has_a_flag_of_its_own(as_of, is_due):
    """docs/rules.md: measure."""
    state = measure_state_of([], day(as_of), RULES, due_on=day("2020-09-30"), asked_on=None)
    assert (state.is_due_unreported, state.held_on) == (is_due, None)


# Checks
KEPT_ON = day("2020-06-01")  # 180 days later it is 2020-11-28, 365 days later 2021-06-01


def checks(*of: tuple[str, str]) -> list:
    return [SimpleNamespace(held_on=day(held_on), finding=finding) for held_on, finding in of]


# fmt: off
CHECKS = [
    pytest.param("2020-11-27", [], ("UNCHECKED", "2020-11-28", None), id="before the first day"),
    pytest.param("2020-11-28", [], ("DUE", "2020-11-28", None), id="from that day"),
    pytest.param("2020-12-10", [("2020-12-01", "IN_USE")], ("IN_USE", "2021-06-01", "2020-12-01"), id="the first answers the first day"),
    pytest.param("2020-08-10", [("2020-08-01", "NOT_OPENED")], ("NOT_OPENED", "2021-06-01", "2020-08-01"), id="also before it"),
    pytest.param("2021-08-01", [("2020-12-01", "IN_USE"), ("2021-07-01", "STOPPED")], ("STOPPED", None, "2021-07-01"), id="the latest counts, and no more are due"),
    pytest.param("2020-12-10", [("2020-05-01", "IN_USE")], ("DUE", "2020-11-28", None), id="one held before it was kept says nothing"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "held", "expected"), CHECKS)
def test_what_was_kept_is_looked_at_twice(as_of, held, expected):
    """docs/rules.md: check."""
    state = check_state_of(KEPT_ON, checks(*held), day(as_of))
    code, due_on, held_on = expected
    assert (state.code, state.due_on, state.held_on) == (code, due_on and day(due_on), held_on and day(held_on))


# Clarity
ALL_INFERRED = ("milestone", "amount", "due_on", "weight", "pace")


def stated(
    *inferred: str, is_quantity: bool = False, due_on: str = "2020-12-31", has_steps: bool = False
) -> StatedTarget:
    return StatedTarget(is_quantity, day(due_on), has_steps, inferred)


# fmt: off
CLARITIES = [
    pytest.param([stated(*ALL_INFERRED)], set(), id="one whole thing by the year's end, which nobody named"),
    pytest.param([stated("amount", "due_on")] * 2, {Tick.HOW_MANY}, id="two named by the city"),
    pytest.param([stated("milestone", "amount", "due_on")] * 2, set(), id="two that are our reading"),
    pytest.param([stated("milestone", "due_on", is_quantity=True)], {Tick.HOW_MANY}, id="a number of the city's"),
    pytest.param([stated("amount", "due_on", is_quantity=True)], set(), id="a number of ours"),
    pytest.param([stated("amount")], {Tick.WHEN}, id="a day"),
    pytest.param([stated("amount"), stated("amount", "due_on", due_on="2020-06-30")], {Tick.HOW_MANY, Tick.WHEN}, id="two days, one of them ours"),
    pytest.param([stated("amount"), stated("amount", due_on="2020-06-30")], {Tick.HOW_MANY, Tick.WHEN, Tick.STAGES}, id="two different days"),
    pytest.param([stated("amount", "due_on", has_steps=True)], {Tick.STAGES}, id="a step"),
    pytest.param([stated("amount", "due_on", "steps", has_steps=True)], set(), id="steps of ours"),
]
# fmt: on


@pytest.mark.parametrize(("targets", "ticks"), CLARITIES)
def test_the_ticks_of_a_promise(targets: Collection[StatedTarget], ticks):
    """docs/rules.md: clarity."""
    assert clarity_of(targets, has_lead=False, has_money=False) == ticks


@pytest.mark.parametrize(
    ("unit", "is_counted", "says"),
    [
        ("座", True, True),
        ("公里", False, True),
        ("万亩", False, True),
        ("亿元", False, True),
        ("%", False, False),
        ("次", False, False),
    ],
)
def test_what_says_how_many(unit, is_counted, says):
    """docs/rules.md: clarity. A share of one thing, and a deed done once, say nothing of how many."""
    assert is_quantity(unit, is_counted=is_counted) is says


def test_who_and_money_are_ticks_by_themselves():
    """docs/rules.md: clarity."""
    assert clarity_of([stated(*ALL_INFERRED)], has_lead=True, has_money=True) == {Tick.WHO, Tick.MONEY}
