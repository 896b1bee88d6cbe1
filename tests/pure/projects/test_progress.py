"""The rules for targets and what they add up to: the worked examples of the record's rules, and the edges around them."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.progress import (
    Light,
    Rules,
    State,
    Terms,
    Total,
    due_periods_of,
    execution_of,
    forecast_of,
    light_of,
    planned_on,
    progress_of,
    reached_on_of,
    target_state_of,
    uncorrected,
    update_due_of,
    weighted,
)
from tests.plain_projects import RULES, Reading, Target, adjusted, day, target, to_4

FOUR_ROADS = [
    target(("2020-09-30", 100)),
    target(("2020-09-30", 100)),
    target(("2020-09-30", 40)),
    target(),
]
SEWAGE = [
    target(("2020-06-30", 3), amount=10, weight=2),
    target(("2020-06-30", 15), amount=30, weight=1),
]
HOSPITAL = [target(("2020-10-20", 0), amount=1, pace="STEP")]
HOSPITAL_BEGUN = [target(("2020-10-20", 0), ("2021-03-01", 1), amount=1, pace="STEP")]
QUARTERS = [("2020-03-31", 20), ("2020-06-30", 80), ("2020-09-30", 150)]


def quarterly(*readings: tuple[str, int]) -> Target:
    return target(*readings, amount=210, pace="STEP", steps=QUARTERS)


MOVED = target(("2020-09-01", 50), due_on="2020-09-30")


def summed(targets, as_of, rules=RULES, *, goal: str = "FINISH", ends_on: date = date.max):
    """What the targets add up to; without `ends_on` the plan never ends."""
    return progress_of(targets, as_of, rules, goal=goal, ends_on=ends_on)


def shown(progress, name: str):
    """One field of the progress, or of its first milestone where the name begins with `first.`."""
    if name == "n_unreported":
        return len(progress.unreported)
    found = progress
    for part in name.replace("first", "targets.0").split("."):
        found = found[int(part)] if part.isdigit() else getattr(found, part)
    return found


def rounded_like(expected, value):
    """An example gives an exact fraction, or four decimals of one."""
    return to_4(value) if isinstance(expected, str) and isinstance(value, Fraction) else value


# fmt: off
WORKED_EXAMPLES = [
    pytest.param(
        "2020-09-30", [target()],
        {"planned": Fraction(274, 366), "first.planned_today": "0.7486", "light": Light.UNREPORTED},
        id="pace",
    ),
    pytest.param(
        "2020-09-30", FOUR_ROADS,
        {"actual": Fraction(6, 10), "lag": "0.1486", "light": Light.BEHIND, "n_unreported": 1},
        id="four roads",
    ),
    pytest.param(
        "2020-10-25", FOUR_ROADS,
        {"first.pace_on": day("2020-09-30"), "targets.3.planned": Fraction(299, 366),
         "planned": "0.7657", "lag": "0.1657", "light": Light.BEHIND},
        id="the same reports",
    ),
    pytest.param(
        "2020-12-15", FOUR_ROADS,
        {"first.pace_on": day("2020-11-04"), "first.planned": Fraction(309, 366),
         "targets.3.pace_on": day("2020-12-15"), "targets.3.planned": Fraction(350, 366),
         "planned": "0.8723", "lag": "0.2723", "light": Light.BEHIND},
        id="silence",
    ),
    pytest.param(
        "2020-06-30", SEWAGE,
        {"actual": "0.3667", "planned": Fraction(182, 366), "lag": "0.1306", "light": Light.BEHIND},
        id="sewage",
    ),
    pytest.param(
        "2020-11-01", HOSPITAL,
        {"planned": 0, "lag": 0, "light": Light.ON_PACE, "first.state": State.NOT_STARTED},
        id="hospital",
    ),
    pytest.param(
        "2020-12-31", HOSPITAL,
        {"lag": 0, "light": Light.ON_PACE, "first.days_overdue": 0},
        id="hospital, last day",
    ),
    pytest.param(
        "2021-01-01", HOSPITAL,
        {"planned": 1, "light": Light.FAR_BEHIND, "first.days_overdue": 1},
        id="hospital, the day after",
    ),
    pytest.param(
        "2021-03-15", HOSPITAL_BEGUN,
        {"light": Light.DONE, "first.is_late": True, "first.reached_on": day("2021-03-01")},
        id="hospital, late",
    ),
    pytest.param(
        "2020-07-03", [target()],
        {"actual": None, "light": Light.UNREPORTED, "first.reached_on": None},
        id="backdated, before its publication",
    ),
    pytest.param(
        "2020-07-05", [target(("2020-06-30", 100))],
        {"light": Light.DONE, "first.reached_on": day("2020-06-30"), "first.is_late": False},
        id="backdated, published",
    ),
    pytest.param("2020-08-01", [target(("2020-07-20", 80))], {"actual": Fraction(8, 10)}, id="correction, before"),
    pytest.param("2020-08-02", [target(("2020-07-20", 60))], {"actual": Fraction(6, 10)}, id="correction, after"),
    pytest.param(
        "2020-10-05", [MOVED],
        {"first.days_overdue": 5, "lag": Fraction(1, 2), "lag_promised": Fraction(1, 2), "light": Light.FAR_BEHIND},
        id="moved, before",
    ),
    pytest.param(
        "2020-10-15", [adjusted(MOVED, due_on="2020-12-31")],
        {"first.days_overdue": 0, "first.pace_on": day("2020-09-04"), "first.planned": Fraction(248, 366),
         "lag_promised": Fraction(1, 2)},
        id="moved, after",
    ),
    pytest.param(
        "2021-01-01", [adjusted(target(("2020-12-31", 60)), due_on="2021-06-30")],
        {"first.days_overdue": 0, "first.planned": Fraction(366, 547), "lag_promised": Fraction(4, 10),
         "light": Light.ON_PACE},
        id="moved past the year: the project itself is in time",
    ),
    pytest.param(
        "2020-12-31", [target(("2020-11-30", 100)), adjusted(target(("2020-11-30", 20)), dropped=True)],
        {"actual": 1, "lag": Fraction(335, 366) - 1, "light": Light.DONE},
        id="cut",
    ),
    pytest.param(
        "2020-12-31", [adjusted(target(("2020-11-30", 100)), dropped=True)] * 2,
        {"actual": None, "planned": None, "lag": None, "light": Light.DROPPED},
        id="cut, both",
    ),
    pytest.param(
        "2020-12-31", [target(("2020-12-31", 321), amount=300)],
        {"first.actual": Fraction(321, 300), "first.counted": 1, "first.is_exceeded": True, "actual": 1},
        id="more than promised",
    ),
    pytest.param(
        "2021-03-05", [target(("2020-12-20", 3), amount=10, from_amount=3, starts_on="2021-01-01", due_on="2021-12-31")],
        {"first.pace_on": day("2021-01-23"), "planned": "0.3441", "actual": Fraction(3, 10), "lag": "0.0441",
         "light": Light.ON_PACE},
        id="carried over",
    ),
    pytest.param(
        "2020-07-15", [target(("2020-07-10", 80), due_on="2020-06-30")],
        {"first.days_overdue": 15, "light": Light.FAR_BEHIND},
        id="two deadlines, the earlier one",
    ),
    pytest.param(
        "2020-07-15", [target(("2020-07-10", 80))],
        {"planned": "0.5246", "lag": "-0.2754", "light": Light.AHEAD},
        id="two deadlines, the later one",
    ),
    pytest.param(
        "2020-08-10", [quarterly(("2020-07-31", 85))],
        {"planned": "0.3810", "actual": "0.4048", "light": Light.ON_PACE},
        id="quarterly",
    ),
    pytest.param(
        "2020-08-10", [target(("2020-07-31", 85), amount=210, pace="STEP")], {"planned": 0}, id="without the steps"
    ),
    pytest.param(
        "2020-07-05", [quarterly(("2020-06-30", 45))],
        {"planned": "0.3810", "actual": "0.2143", "light": Light.BEHIND},
        id="quarterly, asked on the day after the step",
    ),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "targets", "expected"), WORKED_EXAMPLES)
def test_the_worked_examples(as_of, targets, expected):
    """docs/rules.md: target, sums, lag, light, overdue, reached-on."""
    progress = summed(targets, day(as_of), RULES)
    assert {name: rounded_like(value, shown(progress, name)) for name, value in expected.items()} == expected


# What the plan expects on a day.
HUNDRED_DAYS = {"starts_on": "2020-01-01", "due_on": "2020-04-09"}


@pytest.mark.parametrize(
    ("on", "linear", "step"),
    [
        pytest.param("2019-12-31", 0, 0, id="the day before it starts"),
        pytest.param("2020-01-01", Fraction(1, 100), 0, id="the day it starts counts"),
        pytest.param("2020-02-19", Fraction(50, 100), 0, id="half-way"),
        pytest.param("2020-04-08", Fraction(99, 100), 0, id="the day before it is due"),
        pytest.param("2020-04-09", 1, 0, id="the due day"),
        pytest.param("2020-04-10", 1, 1, id="the day after"),
        pytest.param("2021-04-09", 1, 1, id="long after"),
    ],
)
def test_linear_grows_from_day_to_day_and_step_at_once_after_the_due_day(on, linear, step):
    """docs/rules.md: planned."""
    terms = target(**HUNDRED_DAYS).terms
    assert (share_on(terms, day(on)), share_on(replace(terms, pace="STEP"), day(on))) == (linear, step)


def share_on(terms: Terms, on: date, from_amount: int = 0) -> Fraction:
    return planned_on(terms, Decimal(from_amount), on)


# fmt: off
STEPS = [
    pytest.param("2020-03-31", 0, 0, id="on the day of a step it isn't due yet"),
    pytest.param("2020-04-01", 0, Fraction(20, 210), id="the day after it is"),
    pytest.param("2020-07-05", 0, Fraction(80, 210), id="until the next"),
    pytest.param("2020-12-31", 0, Fraction(150, 210), id="on the due day the last step still holds"),
    pytest.param("2021-01-01", 0, 1, id="after it, all"),
    pytest.param("2020-03-31", 42, Fraction(42, 210), id="nothing is planned below where it began"),
    pytest.param("2020-04-01", 42, Fraction(42, 210), id="a step below where it began asks for nothing"),
    pytest.param("2020-07-01", 42, Fraction(80, 210), id="a step above it does"),
]
# fmt: on


@pytest.mark.parametrize(("on", "from_amount", "share"), STEPS)
def test_interim_steps_are_planned_from_the_day_after_each(on, from_amount, share):
    """docs/rules.md: steps, from-amount."""
    assert share_on(quarterly().terms, day(on), from_amount) == share


@pytest.mark.parametrize(
    ("as_of", "planned"),
    [
        pytest.param("2020-06-30", Fraction(20, 210), id="on the day itself nobody knows the day after"),
        pytest.param("2020-07-05", Fraction(80, 210), id="later the step is seen from a reading of its own day"),
    ],
)
def test_a_step_is_asked_for_on_the_day_after_the_pace_day(as_of, planned):
    """docs/rules.md: steps, pace-day."""
    assert target_state_of(quarterly(("2020-06-30", 45)), day(as_of), RULES).planned == planned


def test_a_milestone_of_a_single_day_is_planned_whole_on_that_day():
    only = day("2020-05-01")
    terms = Terms(only, only, Decimal(100))
    assert [share_on(terms, only + timedelta(days)) for days in (-1, 0, 1)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("days_since", "pace_on"),
    [
        pytest.param(0, "2020-03-01", id="the day it held"),
        pytest.param(40, "2020-03-01", id="40 days"),
        pytest.param(41, "2020-03-01", id="41 days are still interval and grace"),
        pytest.param(42, "2020-03-02", id="42 days"),
        pytest.param(100, "2020-04-29", id="100 days"),
    ],
)
def test_a_value_is_compared_with_the_plan_of_its_own_day_until_silence_outlasts_the_grace(days_since, pace_on):
    """docs/rules.md: pace-day."""
    as_of = day("2020-03-01") + timedelta(days_since)
    state = target_state_of(target(("2020-03-01", 10)), as_of, RULES)
    assert state.pace_on == day(pace_on)
    assert state.planned == share_on(target().terms, day(pace_on))
    assert state.planned_today == share_on(target().terms, as_of)


@pytest.mark.parametrize(
    ("as_of", "pace_on"),
    [
        pytest.param("2020-12-31", "2020-12-20", id="on the due day the latest reading still sets the pace"),
        pytest.param("2021-01-01", "2021-01-01", id="after it the day itself does"),
    ],
)
def test_after_the_due_day_nothing_excuses_silence(as_of, pace_on):
    """docs/rules.md: pace-day."""
    assert target_state_of(target(("2020-12-20", 10)), day(as_of), RULES).pace_on == day(pace_on)


def test_what_was_never_reported_is_measured_by_the_day_itself():
    """docs/rules.md: pace-day."""
    assert target_state_of(target(), day("2020-02-01"), RULES).pace_on == day("2020-02-01")


def test_a_plan_may_ask_for_reports_at_another_interval():
    """docs/rules.md: pace-day."""
    three_months = Rules(reporting_months=3, grace_days=7)
    state = target_state_of(target(("2020-03-01", 10)), day("2020-06-10"), three_months)
    assert state.pace_on == day("2020-03-02")


# One milestone by itself.
@pytest.mark.parametrize(
    ("readings", "state"),
    [
        pytest.param([], State.UNREPORTED, id="unreported is not zero"),
        pytest.param([("2020-05-01", 0)], State.NOT_STARTED, id="a reported zero"),
        pytest.param([("2020-05-01", "0.0001")], State.UNDER_WAY, id="hardly anything"),
        pytest.param([("2020-05-01", "99.9999")], State.UNDER_WAY, id="nearly all"),
        pytest.param([("2020-05-01", 100)], State.REACHED, id="exactly the target"),
        pytest.param([("2020-05-01", 101)], State.REACHED, id="more than the target"),
        pytest.param([("2020-05-01", 100), ("2020-06-01", 90)], State.UNDER_WAY, id="the latest counts"),
    ],
)
def test_the_state_of_a_milestone_is_that_of_its_latest_reading(readings, state):
    """docs/rules.md: value, state."""
    assert target_state_of(target(*readings), day("2020-12-31"), RULES).state is state


@pytest.mark.parametrize(
    ("values", "reached_on"),
    [
        pytest.param([], None, id="no reading"),
        pytest.param([40, 90], None, id="never at the target"),
        pytest.param([40, 100], "2020-02-01", id="at last"),
        pytest.param([100, 100, 120], "2020-01-01", id="the first of the run"),
        pytest.param([100, 60], None, id="corrected down at the end"),
        pytest.param([100, 60, 100, 110], "2020-03-01", id="only the final run counts"),
        pytest.param([40, 100, 60, 99], None, id="lost and not regained"),
    ],
)
def test_a_milestone_is_reached_on_the_first_day_of_its_final_run_at_the_target(values, reached_on):
    """docs/rules.md: reached-on."""
    readings = [Reading(date(2020, month, 1), Decimal(value)) for month, value in enumerate(values, start=1)]
    assert reached_on_of(readings, Decimal(100)) == (reached_on and day(reached_on))


@pytest.mark.parametrize(
    ("amount", "reached_on"),
    [
        pytest.param(100, "2020-06-01", id="as promised"),
        pytest.param(110, "2020-07-01", id="raised to what came later"),
        pytest.param(130, None, id="raised beyond"),
        pytest.param(40, "2020-05-01", id="lowered"),
    ],
)
def test_a_moved_amount_moves_the_day_it_was_reached(amount, reached_on):
    """docs/rules.md: reached-on, actual."""
    promised = target(("2020-05-01", 50), ("2020-06-01", 100), ("2020-07-01", 120))
    state = target_state_of(adjusted(promised, amount=amount), day("2020-08-01"), RULES)
    assert state.reached_on == (reached_on and day(reached_on))
    assert state.actual == Fraction(120, amount)


@pytest.mark.parametrize(
    ("held_on", "is_late"),
    [
        pytest.param("2020-06-29", False, id="the day before"),
        pytest.param("2020-06-30", False, id="the due day itself"),
        pytest.param("2020-07-01", True, id="the day after"),
    ],
)
def test_a_milestone_reached_on_its_due_day_is_on_time(held_on, is_late):
    """docs/rules.md: reached-on."""
    state = target_state_of(target((held_on, 100), due_on="2020-06-30"), day("2020-12-31"), RULES)
    assert (state.is_late, state.days_overdue) == (is_late, 0)


@pytest.mark.parametrize(
    ("as_of", "days_overdue"),
    [
        pytest.param("2020-06-29", 0, id="the day before"),
        pytest.param("2020-06-30", 0, id="the due day itself"),
        pytest.param("2020-07-01", 1, id="the day after"),
        pytest.param("2020-12-31", 184, id="half a year later"),
    ],
)
def test_a_reported_milestone_that_is_not_reached_is_overdue_from_the_day_after(as_of, days_overdue):
    """docs/rules.md: overdue."""
    state = target_state_of(target(("2020-06-01", 99), due_on="2020-06-30"), day(as_of), RULES)
    assert (state.days_overdue, state.is_overdue) == (days_overdue, days_overdue > 0)
    assert not state.is_due_unreported


@pytest.mark.parametrize(("as_of", "is_due"), [("2020-06-30", False), ("2020-07-01", True)])
def test_what_was_never_reported_is_not_overdue_but_has_a_flag_of_its_own(as_of, is_due):
    """docs/rules.md: overdue."""
    state = target_state_of(target(due_on="2020-06-30"), day(as_of), RULES)
    assert (state.days_overdue, state.is_due_unreported) == (0, is_due)


@pytest.mark.parametrize("readings", [[], [("2020-06-01", 50)]])
def test_a_dropped_milestone_is_neither_overdue_nor_missing(readings):
    """docs/rules.md: overdue."""
    dropped = adjusted(target(*readings, due_on="2020-06-30"), dropped=True)
    state = target_state_of(dropped, day("2020-07-10"), RULES)
    assert (state.days_overdue, state.is_due_unreported) == (0, False)


# What targets add up to.
def test_weights_count():
    """docs/rules.md: sums."""
    heavy = target(("2020-06-30", 100), weight=3)
    light = target(("2020-06-30", 0), weight="0.5")
    assert weighted_on("2020-06-30", heavy, light).actual == Fraction(6, 7)


def weighted_on(as_of: str, *targets: Target):
    return weighted([target_state_of(one, day(as_of), RULES) for one in targets])


def test_an_unreported_milestone_adds_nothing_to_the_sum_and_is_named():
    """docs/rules.md: sums."""
    silent = target()
    progress = summed([target(("2020-09-30", 100)), silent], day("2020-09-30"), RULES)
    assert progress.actual == Fraction(1, 2)
    assert [state.snapshot for state in progress.unreported] == [silent]


def test_where_nothing_is_reported_there_is_a_plan_but_no_actual_and_no_lag():
    """docs/rules.md: sums, lag."""
    progress = summed([target(), target()], day("2020-09-30"), RULES)
    assert (progress.actual, progress.lag, progress.lag_promised) == (None, None, None)
    assert progress.planned == Fraction(274, 366)


def test_nothing_reported_and_nothing_begun_are_different():
    """docs/rules.md: value."""
    nothing = summed([target()], day("2020-01-02"), RULES)
    zero = summed([target(("2020-01-02", 0))], day("2020-01-02"), RULES)
    assert (nothing.actual, zero.actual) == (None, 0)


def test_more_than_promised_of_one_does_not_make_up_for_another():
    """docs/rules.md: actual, sums."""
    targets = [target(("2020-12-31", 300)), target(("2020-12-31", 50))]
    progress = summed(targets, day("2020-12-31"), RULES)
    assert progress.targets[0].actual == 3
    assert progress.actual == Fraction(3, 4)


def test_a_dropped_milestone_is_left_out_of_the_sums_but_not_of_what_was_promised():
    """docs/rules.md: sums, lag."""
    kept = target(("2020-12-31", 100))
    dropped = adjusted(target(("2020-12-31", 20)), dropped=True)
    progress = summed([kept, dropped], day("2020-12-31"), RULES)
    assert (progress.actual, progress.planned, progress.lag) == (1, 1, 0)
    assert progress.lag_promised == Fraction(4, 10)
    assert [state.snapshot for state in progress.active] == [kept]


def test_a_dropped_milestone_that_nobody_reported_is_not_named_as_missing():
    targets = [target(("2020-12-31", 50)), adjusted(target(), dropped=True)]
    assert summed(targets, day("2020-12-31"), RULES).unreported == ()


def test_where_all_is_dropped_only_the_lag_behind_the_first_promise_remains():
    """docs/rules.md: sums, lag."""
    progress = summed([adjusted(target(("2020-12-31", 20)), dropped=True)], day("2020-12-31"), RULES)
    assert (progress.actual, progress.planned, progress.lag) == (None, None, None)
    assert (progress.light, progress.lag_promised) == (Light.DROPPED, Fraction(8, 10))


def test_a_lowered_target_shows_in_the_lag_but_not_in_the_lag_first_promised():
    """docs/rules.md: lag."""
    lowered = adjusted(target(("2020-12-31", 50)), amount=50)
    progress = summed([lowered], day("2020-12-31"), RULES)
    assert (progress.lag, progress.lag_promised) == (0, Fraction(1, 2))


def test_the_days_of_the_whole_are_those_of_what_stands():
    targets = [
        target(("2020-03-01", 100), due_on="2020-06-30"),
        target(("2020-05-01", 100), due_on="2020-09-30"),
        adjusted(target(("2020-08-01", 10)), dropped=True),
    ]
    progress = summed(targets, day("2020-12-31"), RULES)
    assert (progress.held_on, progress.due_on, progress.done_on) == (
        day("2020-05-01"),
        day("2020-09-30"),
        day("2020-05-01"),
    )


def test_what_is_not_done_has_no_day_on_which_it_was():
    assert summed(FOUR_ROADS, day("2020-12-31"), RULES).done_on is None


# Lights. On 2020-02-19 half of these hundred days is over.
@pytest.mark.parametrize(
    ("value", "light"),
    [
        pytest.param("19.9999", Light.FAR_BEHIND, id="more than 30 points behind"),
        pytest.param(20, Light.BEHIND, id="exactly 30 points"),
        pytest.param(40, Light.BEHIND, id="exactly 10 points"),
        pytest.param("40.0001", Light.ON_PACE, id="less than 10 points"),
        pytest.param(50, Light.ON_PACE, id="as planned"),
        pytest.param("59.9999", Light.ON_PACE, id="less than 10 points ahead"),
        pytest.param(60, Light.AHEAD, id="exactly 10 points ahead"),
        pytest.param(100, Light.DONE, id="done"),
    ],
)
def test_the_light_follows_the_lag_to_the_last_decimal(value, light):
    """docs/rules.md: light, exact."""
    one = target(("2020-02-19", value), **HUNDRED_DAYS)
    assert summed([one], day("2020-02-19"), RULES).light is light


def test_a_plan_may_have_other_thresholds():
    """docs/rules.md: light."""
    stricter = Rules(lag_warning=Fraction(5, 100), lag_alarm=Fraction(8, 100))
    one = target(("2020-02-19", 40), **HUNDRED_DAYS)
    assert summed([one], day("2020-02-19"), stricter).light is Light.FAR_BEHIND


SILENT = target(due_on="2020-06-30")
NEARLY = target(("2020-06-30", 99), due_on="2020-06-30")
DONE = target(("2020-06-01", 100), due_on="2020-06-30")
FAR_AHEAD = target(("2020-06-30", 99))
GONE = adjusted(target(("2020-06-01", 5), due_on="2020-06-30"), dropped=True)


# fmt: off
LIGHTS = [
    pytest.param("2020-06-30", [], "2021-12-31", Light.DROPPED, id="nothing stands"),
    pytest.param("2020-07-10", [GONE, GONE], "2021-12-31", Light.DROPPED, id="all dropped"),
    pytest.param("2021-07-10", [GONE], "2020-12-31", Light.DROPPED, id="dropped comes before the end of the plan"),
    pytest.param("2020-07-10", [DONE, GONE], "2021-12-31", Light.DONE, id="dropped ones don't keep it from being done"),
    pytest.param("2021-07-10", [DONE], "2020-12-31", Light.DONE, id="done comes before every date"),
    pytest.param("2021-07-10", [SILENT], "2020-12-31", Light.UNREPORTED, id="unreported comes before every date"),
    pytest.param("2020-06-30", [NEARLY], "2021-12-31", Light.ON_PACE, id="nearly there on the last due day"),
    pytest.param("2020-07-01", [NEARLY], "2021-12-31", Light.FAR_BEHIND, id="the day after the last due day"),
    pytest.param("2020-07-01", [NEARLY, FAR_AHEAD], "2021-12-31", Light.BEHIND, id="one overdue, however far ahead the other"),
    pytest.param("2020-06-30", [NEARLY, FAR_AHEAD], "2021-12-31", Light.AHEAD, id="on its due day nothing is overdue"),
    pytest.param("2020-07-01", [DONE, FAR_AHEAD], "2021-12-31", Light.AHEAD, id="one reached, one ahead"),
    pytest.param("2020-07-01", [SILENT, FAR_AHEAD], "2021-12-31", Light.BEHIND, id="one due and unreported lags"),
    pytest.param("2020-12-31", [FAR_AHEAD], "2020-12-31", Light.AHEAD, id="the plan's last day"),
    pytest.param("2020-10-01", [FAR_AHEAD], "2020-09-30", Light.FAR_BEHIND, id="after the plan's last day"),
    pytest.param("2020-10-01", [FAR_AHEAD], "2021-12-31", Light.AHEAD, id="a plan that runs on"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "targets", "ends_on", "light"), LIGHTS)
def test_the_light_is_the_first_that_holds(as_of, targets, ends_on, light):
    """docs/rules.md: light."""
    assert summed(targets, day(as_of), ends_on=day(ends_on)).light is light


# Facts about facts.
@dataclass(frozen=True)
class Corrigible:
    pk: int
    corrects_id: int | None = None


def test_a_corrected_fact_and_a_corrected_correction_no_longer_count():
    """docs/rules.md: correction."""
    facts = [Corrigible(1), Corrigible(2), Corrigible(3, corrects_id=1), Corrigible(4, corrects_id=3)]
    assert [fact.pk for fact in uncorrected(facts)] == [2, 4]


def test_a_fact_counts_as_long_as_its_correction_is_not_known():
    """docs/rules.md: correction, as-of."""
    assert [fact.pk for fact in uncorrected([Corrigible(1), Corrigible(2)])] == [1, 2]


# When the next report is expected.
@pytest.mark.parametrize(
    ("as_of", "is_due", "is_stale"),
    [
        pytest.param("2020-07-31", False, False, id="31 days after the last one"),
        pytest.param("2020-08-01", True, False, id="the day after"),
        pytest.param("2020-08-10", True, False, id="the last day of grace"),
        pytest.param("2020-08-11", True, True, id="grace is over"),
    ],
)
def test_a_report_is_due_31_days_after_the_last_and_the_data_stale_10_days_later(as_of, is_due, is_stale):
    """docs/rules.md: update-due."""
    due = update_due_of(day("2020-06-30"), day("2020-03-05"), day(as_of), RULES)
    assert (due.due_on, due.stale_after) == (day("2020-07-31"), day("2020-08-10"))
    assert (due.is_due, due.is_stale) == (is_due, is_stale)


# fmt: off
FIRST_REPORTS = [
    pytest.param("2020-03-01", RULES, "2020-04-10", id="the grace of the month comes before interval and grace"),
    pytest.param("2020-03-05", RULES, "2020-04-10", id="from the middle of the month"),
    pytest.param("2020-03-05", Rules(reporting_months=3), "2020-04-10", id="the end of the quarter and its grace"),
    pytest.param("2020-01-05", Rules(reporting_months=12), "2021-01-10", id="a year"),
    pytest.param("2020-01-01", Rules(reporting_months=3, grace_days=0), "2020-03-31", id="without grace"),
]
# fmt: on


@pytest.mark.parametrize(("asked_on", "rules", "due_on"), FIRST_REPORTS)
def test_a_first_report_is_due_after_interval_and_grace_or_at_the_end_of_its_period(asked_on, rules, due_on):
    """docs/rules.md: update-due."""
    on_the_day, after = (update_due_of(None, day(asked_on), day(due_on) + timedelta(n), rules) for n in (0, 1))
    assert (on_the_day.due_on, on_the_day.is_due, after.is_due, after.is_stale) == (day(due_on), False, True, True)


# fmt: off
PERIODS = [
    pytest.param(1, "2020-01-01", "2020-02-29", ("2020-02-01", "2020-02-29"), id="a month"),
    pytest.param(3, "2020-01-01", "2020-06-30", ("2020-04-01", "2020-06-30"), id="a quarter"),
    pytest.param(6, "2020-01-01", "2019-12-31", ("2019-07-01", "2019-12-31"), id="before the plan"),
    pytest.param(12, "2020-07-01", "2021-03-05", ("2020-07-01", "2021-06-30"), id="a plan from July on"),
]
# fmt: on


@pytest.mark.parametrize(("months", "starts_on", "on", "period"), PERIODS)
def test_periods_follow_each_other_from_the_first_day_of_the_plan(months, starts_on, on, period):
    """docs/rules.md: reporting-period."""
    found = Rules(reporting_months=months, starts_on=day(starts_on)).period_of(day(on))
    assert found == tuple(map(day, period))


@dataclass(frozen=True)
class Report:
    held_on: date
    published_on: date


def report(held_on: str, published_on: str) -> Report:
    return Report(day(held_on), day(published_on))


IN_TIME = [report("2020-03-31", "2020-04-10"), report("2020-04-30", "2020-05-08")]


# fmt: off
MONTHS = [
    pytest.param([], None, "2020-04-10", (0, 0), id="the month's grace is not over"),
    pytest.param([], None, "2020-04-11", (0, 1), id="the first month passed in silence"),
    pytest.param(IN_TIME, None, "2020-05-11", (2, 2), id="two months on time, one on the very last day"),
    pytest.param([report("2020-03-31", "2020-04-11")], None, "2020-05-01", (0, 1), id="a day late"),
    pytest.param([report("2020-04-01", "2020-04-05")], None, "2020-05-01", (0, 1), id="held in the next month"),
    pytest.param(IN_TIME, None, "2020-07-11", (2, 4), id="then silence"),
    pytest.param(IN_TIME, "2020-04-30", "2020-12-31", (2, 2), id="once done nothing more is due"),
    pytest.param([report("2020-12-20", "2021-01-05")], None, "2021-01-11", (1, 10), id="across the year"),
]
# fmt: on


@pytest.mark.parametrize(("reports", "done_on", "as_of", "expected"), MONTHS)
def test_a_department_is_on_time_in_each_month_with_a_report_published_within_the_grace(
    reports, done_on, as_of, expected
):
    """docs/rules.md: punctuality."""
    periods = due_periods_of(reports, day("2020-03-05"), done_on and day(done_on), day(as_of), RULES)
    assert (sum(period.is_on_time for period in periods), len(periods)) == expected


def test_each_month_is_one_of_the_calendar():
    periods = due_periods_of([report("2020-03-01", "2020-04-10")], day("2020-03-05"), None, day("2020-06-11"), RULES)
    assert [(one.period.first, one.is_on_time) for one in periods] == [
        (day("2020-03-01"), True),
        (day("2020-04-01"), False),
        (day("2020-05-01"), False),
    ]


# When it may be done, for reviewers.
# fmt: off
FORECASTS = [
    pytest.param([target(("2020-03-01", 10), ("2020-03-31", 40))], "2020-05-30", id="30 days for 30, 60 more for 60"),
    pytest.param([target(("2020-03-01", 10), ("2020-03-30", 40))], None, id="29 days apart say too little"),
    pytest.param([target(("2020-03-01", 10))], None, id="one reading"),
    pytest.param([target()], None, id="no reading"),
    pytest.param([target(("2020-03-01", 40), ("2020-04-30", 40))], None, id="it doesn't grow"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-31", 70))], "2020-04-13", id="12.86 days are rounded up to 13"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-10", 50), ("2020-03-31", 60))], "2020-04-20", id="from the first to the last"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-31", 50)), target(("2020-03-01", 0), ("2020-03-31", 25))], "2020-06-29", id="the latest of all"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-31", 50)), target()], None, id="none where one has none"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-31", 50)), target(("2020-03-01", 100))], "2020-04-30", id="reached ones are left out"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-31", 50)), adjusted(target(), dropped=True)], "2020-04-30", id="dropped ones are left out"),
    pytest.param([target(("2020-03-01", 100))], None, id="all reached: nothing to forecast"),
    pytest.param([target(("2020-03-01", 0), ("2020-03-31", 1))], None, id="beyond five years"),
]
# fmt: on


@pytest.mark.parametrize(("targets", "expected"), FORECASTS)
def test_the_forecast_carries_the_rate_of_the_readings_on(targets, expected):
    """docs/rules.md: forecast."""
    states = [target_state_of(one, day("2020-12-31"), RULES) for one in targets]
    assert forecast_of(states) == (expected and day(expected))


# Money.
def test_a_total_says_what_it_covers_and_takes_unknown_for_unknown():
    """docs/rules.md: money."""
    assert Total.of([Decimal(185_000_000), None, Decimal(0)]) == (Decimal(185_000_000), 2, 1)
    assert Total.of([None]) == (0, 0, 1)
    assert Total.of([]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("spent", "investment", "share"),
    [
        pytest.param(30, 120, Fraction(1, 4), id="both known"),
        pytest.param(0, 120, 0, id="nothing spent is known"),
        pytest.param(150, 120, Fraction(5, 4), id="more than invested"),
        pytest.param(None, 120, None, id="spending unknown"),
        pytest.param(30, None, None, id="investment unknown"),
        pytest.param(30, 0, None, id="nothing to invest"),
    ],
)
def test_execution_is_known_only_where_both_amounts_are(spent, investment, share):
    """docs/rules.md: money."""
    amounts = (None if amount is None else Decimal(amount) for amount in (spent, investment))
    assert execution_of(*amounts) == share


# Whatever the facts.
days = st.dates(date(2019, 1, 1), date(2022, 12, 31))
amounts = st.decimals(0, 500, places=2)


@st.composite
def a_target(draw) -> Target:
    starts_on = draw(days)
    due_on = starts_on + timedelta(draw(st.integers(0, 800)))
    amount = draw(st.decimals("0.01", 300, places=2))
    promised = Terms(starts_on, due_on, amount, draw(st.sampled_from(["LINEAR", "STEP"])))
    moved = replace(
        promised,
        due_on=due_on + timedelta(draw(st.integers(0, 400))),
        amount=draw(st.sampled_from([amount, amount * 2])),
        is_dropped=draw(st.booleans()),
    )
    readings = [
        Reading(*pair) for pair in draw(st.lists(st.tuples(days, amounts), max_size=4, unique_by=lambda p: p[0]))
    ]
    return Target(
        draw(st.decimals("0.01", 100, places=2)),
        amount * draw(st.sampled_from([Decimal(0), Decimal("0.5")])),
        promised,
        draw(st.sampled_from([promised, moved])),
        sorted(readings, key=lambda reading: reading.held_on),
    )


def known_on(one: Target, as_of: date) -> Target:
    readings = [reading for reading in one.readings if reading.held_on <= as_of]
    return replace(one, readings=readings)


@given(a_target(), days)
def test_what_is_planned_lies_between_nothing_and_all_and_never_shrinks(one, on):
    """docs/rules.md: planned."""
    today, tomorrow = (planned_on(one.terms, one.from_amount, then) for then in (on, on + timedelta(1)))
    assert 0 <= today <= tomorrow <= 1


@given(a_target(), days)
def test_the_pace_day_is_today_or_within_interval_and_grace(one, as_of):
    """docs/rules.md: pace-day."""
    state = target_state_of(known_on(one, as_of), as_of, RULES)
    assert as_of - timedelta(RULES.longest_silence_days) <= state.pace_on <= as_of
    assert state.planned <= state.planned_today


@given(st.lists(a_target(), max_size=4), days)
def test_sums_lie_between_nothing_and_all(several, as_of):
    """docs/rules.md: sums."""
    progress = summed([known_on(one, as_of) for one in several], as_of, RULES)
    for share in (progress.actual, progress.planned):
        assert share is None or 0 <= share <= 1
    assert progress.lag is None or progress.lag == progress.planned - progress.actual


@given(st.lists(a_target(), min_size=1, max_size=4), days, days)
def test_everything_has_a_light_and_done_means_that_all_that_stands_is_reached(several, as_of, ends_on):
    """docs/rules.md: light."""
    progress = summed([known_on(one, as_of) for one in several], as_of, ends_on=ends_on)
    assert progress.light is light_of(progress.targets, progress.lag, as_of, RULES, goal="FINISH", ends_on=ends_on)
    is_done = bool(progress.active) and all(state.is_reached for state in progress.active)
    assert (progress.light is Light.DONE) == is_done == (progress.done_on is not None)


@given(st.lists(a_target(), min_size=1, max_size=3), days)
def test_twice_the_weight_of_everything_changes_nothing(several, as_of):
    known = [known_on(one, as_of) for one in several]
    heavier = [replace(one, weight=one.weight * 2) for one in known]
    first, second = summed(known, as_of, RULES), summed(heavier, as_of, RULES)
    assert (first.actual, first.planned, first.light) == (second.actual, second.planned, second.light)


@given(a_target(), days)
def test_a_milestone_is_reached_exactly_when_it_has_a_day_and_overdue_never_both(one, as_of):
    """docs/rules.md: reached-on, overdue."""
    state = target_state_of(known_on(one, as_of), as_of, RULES)
    assert state.is_reached == (state.reached_on is not None)
    assert not (state.is_reached and state.is_overdue)
    assert not (state.is_overdue and state.is_due_unreported)
