"""The rules once more can be trusted themselves: docs/rules.md's worked examples, and a case for each rule without one."""

from copy import deepcopy
from fractions import Fraction

import pytest

from tests.oracle.changes import FILLED_IN, LOOSENED, REASSIGNED, REWORDED, TIGHTENED, kinds_of
from tests.oracle.clarity import clarity_answer
from tests.oracle.comparing import faults_of_terms
from tests.oracle.days_and_numbers import day, four, share
from tests.oracle.fragments import (
    adjust,
    commitment,
    fact,
    indicator,
    measure,
    milestone,
    project,
    recomputed,
    report,
    rules,
    target,
    task,
)
from tests.oracle.indicators import indicator_answer
from tests.oracle.measures import measure_answer, task_answer
from tests.oracle.money import annual_execution, project_answer, total_of
from tests.oracle.targets import target_answer
from tests.oracle.votes import faults_of_votes


def answer(row, about, as_of, within=None):
    return recomputed(row, about, as_of, within).answer()


def target_of(row, about, as_of, within=None, at=0):
    """What the data shall say of one target of the commitment."""
    one = recomputed(row, about, as_of, within)
    return target_answer(one.commitment.targets[at], one.as_of, one.rules)


def assert_has(found, **expected):
    assert {name: found[name] for name in expected} == expected


def indicator_on(as_of, readings, **changed):
    return indicator_answer(indicator(readings=readings, **changed), day(as_of), rules())


def with_kinds(row):
    """The row with the kinds of its changes written beside them."""
    row = deepcopy(row)
    for adjustment in row["adjustments"]:
        adjustment["kinds"] = kinds_of(row)[adjustment["id"]]
    return row


# The worked examples of docs/rules.md, in their order


ROADS = [milestone(name) for name in "abcd"]
FOUR_ROADS = commitment(*(target(name) for name in "abcd"))
ROADS_REPORTED = report(project(*ROADS), 11, "2020-09-30", {"a": 100, "b": 100, "c": 40})

SEWAGE = commitment(target("stations", amount=10, weight=2), target("small", amount=30), goal="ADVANCE")
SEWAGE_REPORTED = report(
    project(milestone("stations"), milestone("small")), 11, "2020-06-30", {"stations": 3, "small": 15}
)

HOSPITAL = commitment(target(amount=1, pace="STEP"), goal="START")
HOSPITAL_REPORTED = report(project(), 11, "2020-10-20", {"m": 0})
HOSPITAL_BEGUN = report(HOSPITAL_REPORTED, 12, "2021-03-01", {"m": 1}, published_on="2021-03-10")


def test_pace():
    found = target_of(commitment(target()), project(), "2020-09-30")
    assert_has(found, planned=0.7486, planned_today=0.7486, state="UNREPORTED", pace_on="2020-09-30")


@pytest.mark.parametrize(
    ("as_of", "planned", "lag"),
    [
        pytest.param("2020-09-30", 0.7486, 0.1486, id="four roads"),
        pytest.param("2020-10-25", 0.7657, 0.1657, id="the same reports"),
        pytest.param("2020-12-15", 0.8723, 0.2723, id="silence"),
    ],
)
def test_four_roads(as_of, planned, lag):
    found = answer(FOUR_ROADS, ROADS_REPORTED, as_of)
    assert_has(found, actual=0.6, planned=planned, lag=lag, lag_promised=lag, light="BEHIND", unreported=["d"])


def test_sewage_advance():
    found = answer(SEWAGE, SEWAGE_REPORTED, "2020-06-30")
    assert_has(found, actual=0.3667, planned=0.4973, lag=0.1306, light="BEHIND")
    later = answer(SEWAGE, SEWAGE_REPORTED, "2021-01-02")
    assert_has(later, outcome="ADVANCED", light="BEHIND")
    assert_has(later["verdict"], code="ADVANCED", word="往前推了")


def test_hospital_start():
    found = answer(HOSPITAL, HOSPITAL_REPORTED, "2020-11-01")
    assert_has(found, planned=0.0, lag=0.0, light="ON_PACE")
    assert_has(found["verdict"], code="ON_PACE", word="还没开工", shape="circle")
    assert target_of(HOSPITAL, HOSPITAL_REPORTED, "2020-11-01")["state"] == "NOT_STARTED"


def test_hospital_at_the_end_of_its_year():
    assert_has(answer(HOSPITAL, HOSPITAL_REPORTED, "2020-12-31"), light="ON_PACE", outcome="OPEN")
    found = answer(HOSPITAL, HOSPITAL_REPORTED, "2021-01-01")
    assert_has(found, light="FAR_BEHIND", outcome="MISSED")
    assert_has(found["verdict"], code="MISSED", word="没开工", shape="down")
    assert_has(target_of(HOSPITAL, HOSPITAL_REPORTED, "2021-01-01"), overdue=True, days_overdue=1)


def test_hospital_late():
    found = answer(HOSPITAL, HOSPITAL_BEGUN, "2021-03-15")
    assert_has(found, light="DONE", outcome="KEPT", is_late=True, kept_on="2021-03-01", check=None)
    assert found["verdict"]["word"] == "晚了才开工"


def test_backdated():
    assert target_of(commitment(target()), project(), "2020-07-03")["state"] == "UNREPORTED"
    late = report(project(), 11, "2020-06-30", {"m": 100}, published_on="2020-07-05")
    assert_has(target_of(commitment(target()), late, "2020-07-05"), state="REACHED", reached_on="2020-06-30")


def test_correction():
    first = report(project(), 11, "2020-07-20", {"m": 80})
    mended = report(first, 12, "2020-07-20", {"m": 60}, published_on="2020-08-02", corrects=11)
    assert target_of(commitment(target()), first, "2020-08-01")["actual"] == 0.8
    assert target_of(commitment(target()), mended, "2020-08-02")["actual"] == 0.6


def test_moved():
    half = report(project(), 11, "2020-09-01", {"m": 50})
    first = target(due_on="2020-09-30")
    assert target_of(commitment(first), half, "2020-10-05")["days_overdue"] == 5
    moved = commitment(adjust(first, 12, "2020-10-10", due_on="2020-12-31"))
    assert_has(target_of(moved, half, "2020-10-15"), overdue=False, days_overdue=0)
    assert_has(answer(moved, half, "2020-10-15"), lag_promised=0.5, is_adjusted=True)
    assert kinds_of(moved["targets"][0]) == {12: {"due_on": LOOSENED}}


def test_moved_past_the_year():
    moved = commitment(adjust(target(), 12, "2020-12-20", due_on="2021-06-30"))
    most = report(project(), 11, "2020-12-31", {"m": 60})
    assert_has(answer(moved, most, "2021-01-01"), light="FAR_BEHIND", outcome="MISSED", is_adjusted=True)
    found = answer(moved, report(most, 13, "2021-05-20", {"m": 100}), "2021-06-01")
    assert_has(found, light="DONE", outcome="KEPT", is_late=True, is_adjusted=True)
    assert_has(found["verdict"], word="晚了才办成", is_adjusted=True)


def test_cut():
    about = report(project(*ROADS), 11, "2020-12-01", {"a": 100})
    row = commitment(target("a"), adjust(target("b"), 12, "2020-12-10", dropped=True))
    found = answer(row, about, "2020-12-31")
    assert_has(found, light="DONE", outcome="KEPT", is_adjusted=True, is_cut=True, unreported=[])
    assert_has(found["verdict"], code="DONE", word="改后办成", shape="check-notch", is_cut=True)


def test_cut_altogether():
    gone = [adjust(target(name), number, "2020-12-10", dropped=True) for name, number in (("a", 12), ("b", 13))]
    found = answer(commitment(*gone), project(*ROADS), "2020-12-31")
    assert_has(found, light="DROPPED", outcome="DROPPED", actual=None, planned=None, lag=None, is_cut=True)
    assert found["verdict"]["word"] == "已取消"


def test_more_than_promised():
    about = report(project(), 11, "2020-12-01", {"m": 321})
    row = commitment(target(amount=300))
    assert_has(target_of(row, about, "2020-12-31"), actual=1.07, state="REACHED")
    assert answer(row, about, "2020-12-31")["actual"] == 1.0


STATIONS_2021 = target(amount=10, from_amount=3, starts_on="2021-01-01", due_on="2021-12-31", promised_on="2021-02-01")
THREE_STATIONS = report(project(), 11, "2020-12-20", {"m": 3})


@pytest.mark.parametrize(("goal", "outcome"), [("FINISH", "MISSED"), ("ADVANCE", "ADVANCED")])
def test_carried_over_the_old_promise(goal, outcome):
    row = commitment(target(amount=10), goal=goal)
    assert answer(row, THREE_STATIONS, "2021-03-05")["outcome"] == outcome


def test_carried_over_the_new_promise():
    row = commitment(STATIONS_2021, promised_on="2021-02-01")
    found = answer(row, THREE_STATIONS, "2021-03-05", rules(2021))
    assert_has(found, outcome="OPEN", actual=0.3, planned=0.3441, lag=0.0441, light="ON_PACE")
    assert target_of(row, THREE_STATIONS, "2021-03-05", rules(2021))["pace_on"] == "2021-01-23"


def test_carried_over_done():
    ten = report(THREE_STATIONS, 12, "2021-10-20", {"m": 10})
    new = answer(commitment(STATIONS_2021), ten, "2021-11-01", rules(2021))
    assert_has(new, outcome="KEPT", is_late=False)
    assert_has(answer(commitment(target(amount=10)), ten, "2021-11-01"), outcome="KEPT", is_late=True)


def test_two_deadlines():
    about = report(project(), 11, "2020-07-10", {"m": 80})
    early, late = commitment(target(due_on="2020-06-30")), commitment(target())
    assert target_of(early, about, "2020-07-15")["days_overdue"] == 15
    assert answer(early, about, "2020-07-15")["light"] == "FAR_BEHIND"
    assert_has(answer(late, about, "2020-07-15"), planned=0.5246, lag=-0.2754, light="AHEAD")


STEPS = [
    {"on": "2020-03-31", "amount": 20},
    {"on": "2020-06-30", "amount": 80},
    {"on": "2020-09-30", "amount": 150},
]
QUARTERLY = commitment(target(amount=210, pace="STEP", steps=STEPS))


def test_quarterly():
    about = report(project(), 11, "2020-07-31", {"m": 85})
    assert_has(answer(QUARTERLY, about, "2020-08-10"), planned=0.381, actual=0.4048, light="ON_PACE")
    plain = commitment(target(amount=210, pace="STEP"))
    assert answer(plain, about, "2020-08-10")["planned"] == 0.0


def test_quarterly_read_on_the_day_of_a_step():
    about = report(project(), 11, "2020-06-30", {"m": 45})
    assert_has(answer(QUARTERLY, about, "2020-07-05"), planned=0.381, actual=0.2143, light="BEHIND")
    assert answer(QUARTERLY, about, "2020-06-30")["planned"] == 0.0952


def test_one_blank():
    about = report(project(*ROADS), 11, "2020-12-20", {"a": 60})
    row = commitment(target("a"), target("b"))
    assert_has(answer(row, about, "2021-01-10"), outcome="MISSED", unreported=["b"])
    found = answer(row, project(*ROADS), "2021-01-10")
    assert_has(found, outcome="UNKNOWN", light="UNREPORTED", actual=None, lag=None, planned=1.0)
    assert_has(found["verdict"], code="UNKNOWN", word="办没办成不知道", shape="question")


def test_filled_in():
    about = adjust(project(), 11, "2020-03-10", leads=["housing"])
    one = adjust(target(inferred=["due_on"]), 12, "2020-03-10", due_on="2020-10-31")
    one["promised"]["due_on"] = "2020-10-31"
    assert kinds_of(about) == {11: {"leads": FILLED_IN}}
    assert kinds_of(one) == {12: {"due_on": FILLED_IN}}
    half = report(about, 13, "2020-10-31", {"m": 50})
    assert_has(answer(commitment(one), half, "2020-10-31"), is_adjusted=False, lag_promised=0.5)
    assert list(faults_of_terms("target", with_kinds(one))) == []


def test_not_filled_in():
    one = adjust(target(inferred=["due_on"]), 12, "2020-12-15", due_on="2021-06-30")
    half = report(project(), 13, "2020-12-20", {"m": 50})
    found = answer(commitment(one), half, "2020-12-20")
    assert kinds_of(one) == {12: {"due_on": LOOSENED}}
    assert_has(found, is_adjusted=True, lag_promised=four(Fraction(355, 366) - Fraction(1, 2)))
    assert list(faults_of_terms("target", with_kinds(one))) == []


def test_indicator():
    half = [fact(11, "2020-06-30", value=141)]
    assert_has(indicator_on("2020-09-30", half), state="OPEN", within=False, value=141, measured_on="2020-06-30")
    assert_has(indicator_on("2021-02-01", [*half, fact(12, "2020-12-31", value=298)]), state="NOT_MET", within=None)
    assert indicator_on("2020-12-20", [*half, fact(12, "2020-12-20", value=301)])["state"] == "MET"


def test_indicator_of_2023():
    reading = [fact(11, "2020-06-30", value=35.4)]
    found = indicator_on("2020-09-30", reading, kind="LEVEL", target=36, due_on="2023-12-31")
    assert_has(found, state="OPEN", within=False)


@pytest.mark.parametrize(
    ("as_of", "state"),
    [("2020-07-01", "UNDER_WAY"), ("2020-07-31", "UNDER_WAY"), ("2020-08-20", "STALE"), ("2020-10-01", "OVERDUE")],
)
def test_measure(as_of, state):
    row = measure(due_on="2020-09-30", reports=[fact(12, "2020-06-20", declared="UNDER_WAY")])
    row = adjust(row, 11, "2020-03-10", leads=["culture"])
    found = measure_answer(row, [], day(as_of), rules())
    assert_has(found, state=state, declared="UNDER_WAY", held_on="2020-06-20", due_unreported=False)


# Numbers


@pytest.mark.parametrize(
    ("exact", "written"),
    [
        (Fraction(99999, 100000), 0.9999),
        (Fraction(1, 100000), 0.0001),
        (Fraction(0), 0.0),
        (Fraction(1), 1.0),
        (Fraction(12345, 100000), 0.1235),
        (Fraction(107, 100), 1.07),
        (Fraction(-1, 100000), 0.0),
        (None, None),
    ],
)
def test_a_share_never_looks_finished_or_unbegun_before_it_is(exact, written):
    assert share(exact) == written


@pytest.mark.parametrize(
    ("exact", "written"), [(Fraction(5, 100000), 0.0001), (Fraction(-5, 100000), -0.0001), (Fraction(4, 100000), 0.0)]
)
def test_a_lag_is_rounded_half_away_from_zero(exact, written):
    assert four(exact) == written


@pytest.mark.parametrize(
    ("months", "asked_on", "due_on"),
    [
        pytest.param(1, "2020-03-05", "2020-04-10", id="end of the month and grace"),
        pytest.param(3, "2020-03-05", "2020-04-10", id="end of the quarter and grace"),
        pytest.param(3, "2020-04-01", "2020-07-10", id="a whole quarter"),
        pytest.param(3, "2020-01-01", "2020-04-10", id="first quarter"),
        pytest.param(6, "2020-03-05", "2020-07-10", id="half a year"),
        pytest.param(12, "2020-03-05", "2021-01-10", id="the year"),
        pytest.param(1, "2019-12-20", "2020-01-30", id="before the plan, patience alone"),
        pytest.param(1, "2021-01-15", "2021-02-10", id="after the plan"),
    ],
)
def test_the_first_report_is_due_after_patience_and_never_after_its_period_and_grace(months, asked_on, due_on):
    assert rules(reporting_months=months).first_report_due(day(asked_on)) == day(due_on)


# Targets


def test_a_run_of_readings_above_the_amount_begins_anew_after_one_below_it():
    about = project()
    for number, held_on, value in ((11, "2020-04-01", 100), (12, "2020-05-01", 90), (13, "2020-06-01", 100)):
        about = report(about, number, held_on, {"m": value})
    assert target_of(commitment(target()), about, "2020-07-01")["reached_on"] == "2020-06-01"


@pytest.mark.parametrize(("held_on", "is_late"), [("2020-06-30", False), ("2020-07-01", True)])
def test_the_due_day_itself_is_on_time(held_on, is_late):
    about = report(project(), 11, held_on, {"m": 100})
    found = answer(commitment(target(due_on="2020-06-30")), about, "2020-08-01")
    assert_has(found, outcome="KEPT", is_late=is_late)


def test_what_is_unreported_after_its_day_is_not_overdue():
    found = target_of(commitment(target(due_on="2020-06-30")), project(), "2020-07-01")
    assert_has(found, due_unreported=True, overdue=False, days_overdue=0, value=None, actual=None)


def test_a_dropped_target_is_neither_overdue_nor_due():
    gone = adjust(target(due_on="2020-06-30"), 12, "2020-06-10", dropped=True)
    for about in (project(), report(project(), 11, "2020-05-01", {"m": 5})):
        assert_has(
            target_of(commitment(gone), about, "2020-07-01"), overdue=False, days_overdue=0, due_unreported=False
        )


def test_a_withdrawn_report_leaves_nothing():
    about = report(project(), 11, "2020-06-30", {"m": 50}, spent=100)
    about = report(about, 12, "2020-06-30", {}, corrects=11)
    assert target_of(commitment(target()), about, "2020-07-01")["state"] == "UNREPORTED"
    assert project_answer(about)["spent"] is None


def test_before_it_begins_nothing_is_planned_but_what_was_there():
    row = commitment(target(amount=10, from_amount=3, starts_on="2020-07-01"))
    assert target_of(row, project(), "2020-06-30")["planned"] == 0.3


def test_a_step_below_what_was_there_at_the_start_asks_for_no_less():
    steps = [{"on": "2020-03-31", "amount": 2}, {"on": "2020-06-30", "amount": 6}]
    row = commitment(target(amount=10, from_amount=3, pace="STEP", steps=steps))
    assert [target_of(row, project(), on)["planned_today"] for on in ("2020-04-01", "2020-07-01")] == [0.3, 0.6]


def test_a_quarterly_plan_waits_longer():
    about = report(project(), 11, "2020-03-31", {"m": 10})
    assert target_of(commitment(target()), about, "2020-07-12", rules(reporting_months=3))["pace_on"] == "2020-03-31"
    assert target_of(commitment(target()), about, "2020-07-13", rules(reporting_months=3))["pace_on"] == "2020-04-01"


# Commitments


def test_an_overdue_part_makes_it_behind_whatever_the_lag():
    about = report(project(*ROADS), 11, "2020-07-01", {"a": 95, "b": 100})
    row = commitment(target("a", due_on="2020-06-30"), target("b"))
    found = answer(row, about, "2020-07-01")
    assert_has(found, light="BEHIND")
    assert found["verdict"]["word"] == "落后"


LIGHTS_AT_HALF = [(19, "FAR_BEHIND"), (20, "BEHIND"), (40, "BEHIND"), (41, "ON_PACE"), (59, "ON_PACE"), (60, "AHEAD")]


@pytest.mark.parametrize(("value", "light"), LIGHTS_AT_HALF)
def test_lights_change_at_the_thresholds(value, light):
    about = report(project(), 11, "2020-07-01", {"m": value})
    half = target(starts_on="2020-06-27", due_on="2020-07-06")  # five days of ten
    assert answer(commitment(half), about, "2020-07-01")["light"] == light


def test_dropping_a_commitment_drops_every_target():
    row = adjust(commitment(target("a"), target("b")), 12, "2020-06-10", dropped=True)
    found = answer(row, project(*ROADS), "2020-07-01")
    assert_has(found, light="DROPPED", outcome="DROPPED", is_adjusted=True, is_cut=True, unreported=[])


def test_what_was_first_promised_counts_what_was_dropped():
    about = report(project(*ROADS), 11, "2020-12-31", {"a": 100})
    row = commitment(target("a"), adjust(target("b"), 12, "2020-12-10", dropped=True))
    assert_has(answer(row, about, "2020-12-31"), lag=0.0, lag_promised=0.5)


@pytest.mark.parametrize(("value", "outcome", "light"), [(3, "MISSED", "FAR_BEHIND"), (4, "ADVANCED", "BEHIND")])
def test_what_stands_where_it_stood_was_not_advanced(value, outcome, light):
    about = report(project(), 11, "2020-12-20", {"m": value})
    row = commitment(target(amount=10, from_amount=3), goal="ADVANCE")
    assert_has(answer(row, about, "2021-02-01"), outcome=outcome, light=light)


def test_one_part_unreported_and_the_others_reached_is_not_known():
    about = report(project(*ROADS), 11, "2020-12-20", {"a": 100})
    assert answer(commitment(target("a"), target("b")), about, "2021-01-10")["outcome"] == "UNKNOWN"


def test_kept_after_the_plan_is_late_even_within_a_later_due_day():
    row = commitment(target(due_on="2021-06-30"))
    assert_has(answer(row, report(project(), 11, "2021-01-01", {"m": 100}), "2021-02-01"), is_late=True)


# Verdicts


DONE = report(project(), 20, "2020-10-01", {"m": 100})
PART = report(project(), 20, "2020-10-01", {"m": 70})
TIGHTENED_TARGET = adjust(target(), 12, "2020-05-01", due_on="2020-11-30")
LESS = adjust(target(), 12, "2020-05-01", amount=90)


@pytest.mark.parametrize(
    ("row", "about", "as_of", "expected"),
    [
        pytest.param(commitment(target()), DONE, "2020-10-01", ("DONE", "办成", "check"), id="done"),
        pytest.param(commitment(target()), DONE, "2021-02-01", ("KEPT", "办成", "check"), id="kept"),
        pytest.param(commitment(TIGHTENED_TARGET), DONE, "2020-10-02", ("DONE", "办成", "check"), id="tightened"),
        pytest.param(commitment(LESS), DONE, "2020-10-02", ("DONE", "改后办成", "check-notch"), id="loosened"),
        pytest.param(
            commitment(target(due_on="2020-06-30")),
            DONE,
            "2020-10-02",
            ("DONE", "晚了才办成", "check-hollow"),
            id="late",
        ),
        pytest.param(commitment(target(), goal="START"), DONE, "2020-10-02", ("DONE", "开工了", "check"), id="begun"),
        pytest.param(
            commitment(LESS, goal="START"),
            DONE,
            "2020-10-02",
            ("DONE", "改后开工", "check-notch"),
            id="begun, loosened",
        ),
        pytest.param(commitment(target()), PART, "2020-10-01", ("ON_PACE", "按计划", "equals"), id="on pace"),
        pytest.param(commitment(target()), PART, "2021-01-01", ("MISSED", "没办成", "down"), id="missed"),
        pytest.param(
            commitment(target(due_on="2020-06-30")),
            PART,
            "2020-10-02",
            ("FAR_BEHIND", "过期没办完", "down"),
            id="all due days past",
        ),
        pytest.param(
            commitment(target(due_on="2020-06-30"), goal="START"),
            PART,
            "2020-10-02",
            ("FAR_BEHIND", "过期没开工", "down"),
            id="all due days past, START",
        ),
        pytest.param(
            commitment(target(due_on="2020-06-30"), goal="ADVANCE"),
            PART,
            "2020-10-02",
            ("FAR_BEHIND", "落后", "down-open"),
            id="all due days past, ADVANCE",
        ),
    ],
)
def test_one_word_and_shape(row, about, as_of, expected):
    found = answer(row, about, as_of)["verdict"]
    assert (found["code"], found["word"], found["shape"]) == expected


LEAD_LATER = adjust(project(), 11, "2020-05-01", leads=["housing"])


@pytest.mark.parametrize(
    ("about", "as_of", "word"),
    [
        (project(leads=["housing"]), "2020-04-15", "刚公布"),
        (project(leads=["housing"]), "2020-04-16", "部门没有报过"),
        (project(), "2020-04-15", "刚公布"),
        (project(), "2020-04-16", "暂无公开数据"),
        (LEAD_LATER, "2020-06-11", "刚公布"),
        (LEAD_LATER, "2020-06-12", "部门没有报过"),
    ],
)
def test_nobody_is_accused_who_was_never_asked(about, as_of, word):
    assert_has(answer(commitment(target()), about, as_of)["verdict"], code="UNREPORTED", word=word)


def test_a_start_has_its_milestones_own_word():
    about = report(project(milestone(begun="动工")), 11, "2020-06-01", {"m": 0})
    row = commitment(target(pace="STEP"), goal="START")
    assert answer(row, about, "2020-07-01")["verdict"]["word"] == "还没动工"
    assert answer(row, about, "2021-01-01")["verdict"]["word"] == "没动工"


def test_a_start_with_one_part_overdue_is_behind():
    about = report(project(milestone("a"), milestone("b", begun="动工")), 11, "2020-06-01", {"a": 0, "b": 0})
    row = commitment(target("a", pace="STEP", due_on="2020-06-30"), target("b", pace="STEP"), goal="START")
    assert answer(row, about, "2020-06-30")["verdict"]["word"] == "还没开始"  # the neutral word, where two differ
    assert answer(row, about, "2020-07-01")["verdict"]["word"] == "严重落后"


# Checks after what was promised is done


@pytest.mark.parametrize(
    ("checks", "as_of", "expected"),
    [
        ([], "2021-03-29", ("UNCHECKED", "2021-03-30", None)),
        ([], "2021-03-30", ("DUE", "2021-03-30", None)),
        ([("2021-04-02", "IN_USE")], "2021-04-02", ("IN_USE", "2021-10-01", "2021-04-02")),
        ([("2021-04-02", "IN_USE")], "2021-12-01", ("IN_USE", "2021-10-01", "2021-04-02")),
        ([("2021-04-02", "IN_USE"), ("2021-10-02", "STOPPED")], "2021-12-01", ("STOPPED", None, "2021-10-02")),
        ([("2020-09-01", "DEFECTIVE")], "2020-12-01", ("UNCHECKED", "2021-03-30", None)),
    ],
)
def test_checks_answer_the_days_on_which_somebody_should_look(checks, as_of, expected):
    facts = [fact(30 + at, held_on, finding=finding) for at, (held_on, finding) in enumerate(checks)]
    found = answer(commitment(target(), checks=facts), DONE, as_of)["check"]
    assert (found["state"], found["due_on"], found["held_on"]) == expected


@pytest.mark.parametrize(
    ("goal", "lasts", "about"), [("START", True, DONE), ("FINISH", False, DONE), ("FINISH", True, PART)]
)
def test_nobody_looks_again_at_what_does_not_stand(goal, lasts, about):
    about = deepcopy(about)
    about["milestones"][0]["is_lasting"] = lasts
    assert answer(commitment(target(), goal=goal), about, "2021-06-01")["check"] is None


# Votes of deputies


def vote(number: int, held_on: str, *counts: int, present: int = 180, **changed) -> dict:
    answers = dict(zip(("satisfied", "fairly", "dissatisfied"), counts, strict=True))
    others = present - sum(counts)
    return fact(number, held_on, **{"body": "CONGRESS", "present": present, **answers, "others": others, **changed})


@pytest.mark.parametrize(
    ("votes", "faults"),
    [
        ([vote(1, "2021-01-20", 150, 25, 5)], 0),
        ([vote(1, "2021-01-20", 150, 25, 4), vote(2, "2021-01-20", 150, 25, 5, corrects=1)], 0),
        ([vote(1, "2021-01-20", 150, 25, 5), vote(2, "2021-01-20", 20, 1, 0, body="STANDING_COMMITTEE")], 0),
        ([vote(1, "2021-01-20", 150, 25, 5), vote(2, "2021-01-20", 150, 25, 5)], 1),
        ([vote(1, "2021-01-20", 150, 25, 6)], 1),
        ([vote(1, "2021-01-20", 0, 0, 0)], 1),
        ([vote(1, "2021-01-20", 150, 25, 4, others=0)], 1),
        ([vote(1, "2021-02-02", 150, 25, 5)], 1),
    ],
)
def test_ballots_are_counted_again(votes, faults):
    """docs/rules.md: vote."""
    assert len(list(faults_of_votes("commitment", votes, day("2021-02-01")))) == faults


# Kinds of change


@pytest.mark.parametrize(
    ("row", "changed", "kind"),
    [
        (target(), {"due_on": "2021-01-31"}, LOOSENED),
        (target(), {"due_on": "2020-11-30"}, TIGHTENED),
        (target(inferred=["due_on"]), {"due_on": "2020-12-31"}, FILLED_IN),
        (target(inferred=["due_on"]), {"due_on": "2021-01-31"}, LOOSENED),
        (target(), {"starts_on": "2020-02-01"}, LOOSENED),
        (target(), {"amount": 90}, LOOSENED),
        (target(), {"amount": 110.5}, TIGHTENED),
        (target(), {"pace": "STEP"}, LOOSENED),
        (target(pace="STEP"), {"pace": "LINEAR"}, TIGHTENED),
        (target(pace="STEP", inferred=["pace"]), {"pace": "LINEAR"}, FILLED_IN),
        (target(pace="STEP"), {"steps": STEPS}, FILLED_IN),
        (target(steps=STEPS), {"steps": STEPS[:2]}, LOOSENED),
        (target(steps=STEPS[:2]), {"steps": STEPS}, TIGHTENED),
        (target(steps=STEPS), {"steps": [*STEPS[:2], {"on": "2020-10-31", "amount": 200}]}, LOOSENED),
        (target(), {"dropped": True}, LOOSENED),
        (commitment(), {"goal": "ADVANCE"}, LOOSENED),
        (commitment(goal="START"), {"goal": "ADVANCE"}, TIGHTENED),
        (commitment(goal="START", inferred=["goal"]), {"goal": "FINISH"}, FILLED_IN),
        (commitment(), {"wording": "办好"}, FILLED_IN),
        (commitment(wording="办"), {"wording": "办好"}, REWORDED),
        (commitment(), {"annual_investment": 5}, FILLED_IN),
        (commitment(annual_investment=4), {"annual_investment": 5}, REASSIGNED),
        (project(leads=["a"]), {"leads": ["b"]}, REASSIGNED),
        (project(), {"title": "新路"}, REWORDED),
        (milestone(), {"noun": "条"}, REWORDED),
        (indicator(), {"target": 290}, LOOSENED),
        (indicator(comparator="≤"), {"target": 310}, LOOSENED),
        (indicator(comparator="≤"), {"target": 290}, TIGHTENED),
        (indicator(comparator="="), {"target": 310}, LOOSENED),
        (indicator(comparator="BETWEEN", upper=400), {"upper": 390}, LOOSENED),
        (indicator(due_on=None), {"due_on": "2020-12-31"}, FILLED_IN),
        (measure(), {"due_on": "2020-09-30"}, FILLED_IN),
        (target(), {"weight": 2}, None),
    ],
)
def test_the_kind_follows_from_old_and_new(row, changed, kind):
    after = adjust(row, 12, "2020-06-01", **changed)
    assert kinds_of(after) == {12: dict.fromkeys(changed, kind)}


def test_what_was_filled_in_once_is_moved_by_the_next_change():
    row = adjust(target(inferred=["due_on"]), 12, "2020-04-01", due_on="2020-11-30")
    row = adjust(row, 13, "2020-05-01", due_on="2020-10-31")
    assert kinds_of(row) == {12: {"due_on": FILLED_IN}, 13: {"due_on": TIGHTENED}}


# Indicators


@pytest.mark.parametrize(
    ("changed", "as_of", "expected"),
    [
        pytest.param({}, "2020-09-30", ("NO_DATA", None, None, False), id="no reading"),
        pytest.param({"dropped": True}, "2020-09-30", ("DROPPED", None, None, False), id="dropped"),
        pytest.param(
            {"kind": "LEVEL", "readings": [fact(11, "2020-06-30", value=310)]},
            "2020-09-30",
            ("OPEN", 310, True, False),
            id="a level is open until its day",
        ),
        pytest.param(
            {"due_on": None, "readings": [fact(11, "2020-06-30", value=310)]},
            "2025-09-30",
            ("OPEN", 310, True, False),
            id="without a day",
        ),
        pytest.param(
            {"kind": "LEVEL", "readings": [fact(11, "2020-11-19", value=310)]},
            "2021-01-01",
            ("UNKNOWN", 310, None, False),
            id="too old on the day",
        ),
        pytest.param(
            {"kind": "LEVEL", "readings": [fact(11, "2020-11-20", value=310)]},
            "2021-01-01",
            ("MET", 310, None, False),
            id="just not too old",
        ),
        pytest.param(
            {"readings": [fact(11, "2020-06-30", value=310)]},
            "2021-01-01",
            ("MET", 310, None, False),
            id="a total stays",
        ),
        pytest.param(
            {"readings": [fact(11, "2021-02-01", value=310)]},
            "2021-03-01",
            ("UNKNOWN", None, None, True),
            id="only later",
        ),
        pytest.param(
            {"readings": [fact(11, "2020-12-31", value=290), fact(12, "2021-02-01", value=310)]},
            "2021-03-01",
            ("NOT_MET", 290, None, True),
            id="late",
        ),
        pytest.param(
            {"readings": [fact(11, "2020-12-31", value=310), fact(12, "2020-12-31", value=290, corrects=11)]},
            "2021-03-01",
            ("NOT_MET", 290, None, False),
            id="corrected",
        ),
        pytest.param(
            {"comparator": "BETWEEN", "upper": 320, "readings": [fact(11, "2020-12-31", value=320)]},
            "2021-01-01",
            ("MET", 320, None, False),
            id="between",
        ),
        pytest.param(
            {"comparator": "BETWEEN", "upper": 320, "readings": [fact(11, "2020-12-31", value=321)]},
            "2021-01-01",
            ("NOT_MET", 321, None, False),
            id="beyond",
        ),
    ],
)
def test_the_state_of_an_indicator(changed, as_of, expected):
    found = indicator_answer(indicator(**changed), day(as_of), rules())
    assert (found["state"], found["value"], found["within"], found["is_late"]) == expected


def test_the_way_covered_is_counted_from_the_baseline():
    found = indicator_on("2020-09-30", [fact(11, "2020-06-30", value=275)], baseline=250)
    assert found["covered"] == 0.5


# Measures and tasks


SERVING = report(project(), 11, "2019-11-30", {"m": 5})


@pytest.mark.parametrize(
    ("row", "projects", "as_of", "expected"),
    [
        pytest.param(measure(), [], "2020-12-01", ("NO_DATA", None, False), id="nobody"),
        pytest.param(measure(), [SERVING], "2020-12-01", ("SERVED", "2019-11-30", False), id="served"),
        pytest.param(measure(leads=["a"]), [project()], "2020-04-10", ("NO_DATA", None, False), id="not due yet"),
        pytest.param(measure(leads=["a"]), [project()], "2020-04-11", ("SILENT", None, False), id="silent"),
        pytest.param(measure(due_on="2020-06-30"), [], "2020-07-01", ("NO_DATA", None, True), id="due, nobody"),
        pytest.param(
            measure(due_on="2020-06-30"), [SERVING], "2020-06-30", ("SERVED", "2019-11-30", False), id="the day"
        ),
        pytest.param(
            measure(due_on="2020-06-30", reports=[fact(12, "2020-05-01", declared="DONE")]),
            [SERVING],
            "2020-12-01",
            ("DONE", "2020-05-01", False),
            id="done",
        ),
        pytest.param(
            measure(
                reports=[fact(12, "2020-05-01", declared="DONE"), fact(13, "2020-05-01", declared=None, corrects=12)]
            ),
            [],
            "2020-12-01",
            ("NO_DATA", None, False),
            id="withdrawn",
        ),
        pytest.param(
            measure(reports=[fact(12, "2020-05-01", declared="NOT_STARTED")]),
            [],
            "2020-05-02",
            ("NOT_STARTED", "2020-05-01", False),
            id="not started",
        ),
    ],
)
def test_the_state_of_a_measure(row, projects, as_of, expected):
    found = measure_answer(row, projects, day(as_of), rules())
    assert (found["state"], found["held_on"], found["due_unreported"]) == expected


def test_a_withdrawn_report_of_a_project_serves_nothing():
    withdrawn = report(SERVING, 12, "2019-11-30", {}, corrects=11)
    assert measure_answer(measure(), [withdrawn], day("2020-12-01"), rules())["state"] == "NO_DATA"


def test_a_task_without_leads_and_date_of_its_own_has_no_state():
    assert task_answer(task(), [SERVING], day("2020-12-01"), rules())["state"] is None
    assert task_answer(task(leads=["a"]), [], day("2020-12-01"), rules())["state"] == "SILENT"


# Clarity


@pytest.mark.parametrize(
    ("row", "about", "ticks"),
    [
        (commitment(target(inferred=["due_on", "milestone"])), project(), set()),
        (commitment(target(inferred=["due_on"])), project(leads=["a"], investment=5), {"who", "money"}),
        (commitment(target(inferred=["due_on"]), annual_investment=5), project(), {"money"}),
        (commitment(target(inferred=["due_on"])), project(milestone(is_counted=True)), {"how_many"}),
        (commitment(target(inferred=["due_on", "amount"])), project(milestone(is_counted=True)), set()),
        (commitment(target("a", inferred=["due_on"]), target("b", inferred=["due_on"])), project(*ROADS), {"how_many"}),
        (commitment(target("a", due_on="2020-06-30"), target("b")), project(*ROADS), {"how_many", "when", "stages"}),
        (commitment(target(inferred=["due_on"], steps=STEPS)), project(), {"stages"}),
        (commitment(target(inferred=["due_on", "steps"], steps=STEPS)), project(), set()),
    ],
)
def test_a_tick_for_each_thing_that_a_promise_says(row, about, ticks):
    found = clarity_answer(row, about, day("2020-12-31"))
    assert {name for name, is_said in found["promised"].items() if is_said} == ticks
    assert {name for name, is_said in found.items() if is_said is True} == ticks


def test_what_was_filled_in_or_added_later_was_not_promised_first():
    added = target("b", promised_on="2020-06-01", due_on="2020-10-31")
    first = adjust(target("a", inferred=["due_on"]), 12, "2020-06-01", due_on="2020-11-30")
    about = adjust(project(*ROADS), 13, "2020-06-01", leads=["a"], investment=5)
    found = clarity_answer(commitment(first, added), about, day("2020-12-31"))
    assert not any(found["promised"].values())
    assert all(found[tick] for tick in found["promised"])


def test_dropping_takes_no_tick_away():
    gone = adjust(target(), 12, "2020-06-01", dropped=True)
    assert clarity_answer(commitment(gone), project(), day("2020-12-31"))["when"] is True


# Money


def test_spent_and_execution():
    about = report(project(investment=400), 11, "2020-06-30", {}, spent=100)
    about = report(about, 12, "2020-07-31", {})
    assert project_answer(about) == {"spent": 100, "execution": 0.25}
    assert project_answer(about | {"investment": None})["execution"] is None
    assert project_answer(project(investment=400)) == {"spent": None, "execution": None}


@pytest.mark.parametrize(
    ("spending", "starts_on", "expected"),
    [
        ([("2020-06-30", 50)], "2020-01-01", 0.5),
        ([("2020-06-30", 50)], "2019-07-01", None),
        ([("2019-12-31", 20), ("2020-06-30", 50)], "2019-07-01", 0.3),
        ([("2019-12-31", 20)], "2020-01-01", None),
        ([("2019-12-31", 20), ("2020-06-30", 50), ("2021-01-01", 99)], "2020-01-01", 0.3),
    ],
)
def test_execution_of_the_year(spending, starts_on, expected):
    about = project()
    for number, (held_on, spent) in enumerate(spending, 11):
        about = report(about, number, held_on, {}, spent=spent)
    assert annual_execution(commitment(target(starts_on=starts_on), annual_investment=100), about, rules()) == expected
    assert annual_execution(commitment(target(starts_on=starts_on)), about, rules()) is None


def test_sums_say_what_they_cover():
    assert total_of([None, 5, 7]) == {"amount": 12, "known": 2, "unknown": 1}
    assert total_of([None]) == {"amount": None, "known": 0, "unknown": 1}
