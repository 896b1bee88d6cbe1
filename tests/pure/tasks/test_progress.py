"""The rules for promises and indicators: the worked examples of the record's rules, and the edges around them."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.progress import Light
from tasks.progress import (
    IndicatorStatus,
    Outcome,
    commitment_state_of,
    indicator_state_of,
    tally_of,
)
from tests.plain_projects import RULES, Reading, adjusted, day, milestone, to_4

LAST_DAY = day("2020-12-31")


def state_on(as_of: str, *milestones, goal: str = "FINISH", is_adjusted: bool = False, pk: int = 1):
    return commitment_state_of(
        SimpleNamespace(pk=pk),
        milestones,
        goal=goal,
        ends_on=LAST_DAY,
        as_of=day(as_of),
        rules=RULES,
        is_adjusted=is_adjusted,
    )


ROADS = [
    milestone(("2020-09-30", 100)),
    milestone(("2020-09-30", 100)),
    milestone(("2020-09-30", 40)),
    milestone(),
]
SEWAGE = [
    milestone(("2020-06-30", 3), target=10, weight=2),
    milestone(("2020-06-30", 15), target=30, weight=1),
]
HOSPITAL = milestone(("2020-10-20", 0), target=1, pace="STEP")
HOSPITAL_BEGUN = milestone(("2020-10-20", 0), ("2021-03-01", 1), target=1, pace="STEP")
PAST_THE_YEAR = adjusted(milestone(("2020-12-31", 60)), due_on="2021-06-30")
PAST_THE_YEAR_DONE = adjusted(milestone(("2020-12-31", 60), ("2021-05-20", 100)), due_on="2021-06-30")
REACHED = milestone(("2020-11-30", 100))
CUT = adjusted(milestone(("2020-11-30", 20)), dropped=True)

# fmt: off
WORKED_EXAMPLES = [
    pytest.param("2020-09-30", ROADS, {}, Light.BEHIND, Outcome.OPEN, None, False, id="four roads"),
    pytest.param("2020-10-25", ROADS, {}, Light.BEHIND, Outcome.OPEN, None, False, id="the same reports"),
    pytest.param("2020-12-15", ROADS, {}, Light.BEHIND, Outcome.OPEN, None, False, id="silence"),
    pytest.param("2020-06-30", SEWAGE, {"goal": "ADVANCE"}, Light.BEHIND, Outcome.OPEN, None, False, id="sewage"),
    pytest.param("2021-01-02", SEWAGE, {"goal": "ADVANCE"}, Light.BEHIND, Outcome.ADVANCED, None, False, id="sewage, the year is over"),
    pytest.param("2020-11-01", [HOSPITAL], {"goal": "START"}, Light.ON_PACE, Outcome.OPEN, None, False, id="hospital"),
    pytest.param("2020-12-31", [HOSPITAL], {"goal": "START"}, Light.ON_PACE, Outcome.OPEN, None, False, id="hospital, last day"),
    pytest.param("2021-01-01", [HOSPITAL], {"goal": "START"}, Light.FAR_BEHIND, Outcome.MISSED, None, False, id="hospital, the day after"),
    pytest.param("2021-03-15", [HOSPITAL_BEGUN], {"goal": "START"}, Light.DONE, Outcome.KEPT, "2021-03-01", True, id="hospital, late"),
    pytest.param("2021-01-01", [PAST_THE_YEAR], {"is_adjusted": True}, Light.FAR_BEHIND, Outcome.MISSED, None, False, id="moved past the year"),
    pytest.param("2021-06-01", [PAST_THE_YEAR_DONE], {"is_adjusted": True}, Light.DONE, Outcome.KEPT, "2021-05-20", True, id="moved past the year, done"),
    pytest.param("2020-12-31", [REACHED, CUT], {"is_adjusted": True}, Light.DONE, Outcome.KEPT, "2020-11-30", False, id="cut"),
    pytest.param("2020-12-31", [CUT, CUT], {"is_adjusted": True}, Light.DROPPED, Outcome.DROPPED, None, False, id="cut, both"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "milestones", "promise", "light", "outcome", "kept_on", "is_late"), WORKED_EXAMPLES)
def test_the_worked_examples(as_of, milestones, promise, light, outcome, kept_on, is_late):
    """docs/rules.md: light, outcome, kept-on."""
    state = state_on(as_of, *milestones, **promise)
    assert (state.light, state.outcome) == (light, outcome)
    assert (state.kept_on, state.is_late) == (kept_on and day(kept_on), is_late)
    assert state.is_adjusted == promise.get("is_adjusted", False)


def test_the_sewage_of_the_worked_examples_in_figures():
    """docs/rules.md: sums."""
    progress = state_on("2020-06-30", *SEWAGE, goal="ADVANCE").progress
    assert [to_4(share) for share in (progress.actual, progress.planned, progress.lag)] == [
        "0.3667",
        "0.4973",
        "0.1306",
    ]


# Outcomes. These are known on the first day of the next year.
HALF = milestone(("2020-12-20", 50))
HARDLY = milestone(("2020-12-20", 1))
ZERO = milestone(("2020-12-20", 0))
SILENT = milestone()
LATE = milestone(("2020-12-20", 100), due_on="2020-06-30")

# fmt: off
OUTCOMES = [
    pytest.param("2020-12-31", [CUT], "FINISH", Outcome.DROPPED, id="dropped, though the plan still runs"),
    pytest.param("2021-01-01", [CUT], "FINISH", Outcome.DROPPED, id="dropped, though the plan is over"),
    pytest.param("2020-11-30", [REACHED], "FINISH", Outcome.KEPT, id="kept, though the plan still runs"),
    pytest.param("2021-01-01", [REACHED, LATE], "FINISH", Outcome.KEPT, id="kept, though one was late"),
    pytest.param("2021-01-01", [REACHED, adjusted(SILENT, dropped=True)], "FINISH", Outcome.KEPT, id="kept: what was dropped needs no report"),
    pytest.param("2020-12-31", [HALF], "FINISH", Outcome.OPEN, id="open on the last day"),
    pytest.param("2020-12-31", [SILENT], "FINISH", Outcome.OPEN, id="open, though nothing is known"),
    pytest.param("2021-01-01", [SILENT], "FINISH", Outcome.UNKNOWN, id="nothing was ever reported"),
    pytest.param("2021-01-01", [REACHED, SILENT], "FINISH", Outcome.UNKNOWN, id="the one it lacks was never reported"),
    pytest.param("2021-01-01", [HALF, SILENT], "FINISH", Outcome.UNKNOWN, id="one missed, one never reported"),
    pytest.param("2021-01-01", [HALF, SILENT], "ADVANCE", Outcome.UNKNOWN, id="unknown comes before advanced"),
    pytest.param("2021-01-01", [HALF, adjusted(SILENT, dropped=True)], "FINISH", Outcome.MISSED, id="what was dropped is not unknown"),
    pytest.param("2021-01-01", [HARDLY], "ADVANCE", Outcome.ADVANCED, id="advanced by anything"),
    pytest.param("2021-01-01", [ZERO], "ADVANCE", Outcome.MISSED, id="not advanced at all"),
    pytest.param("2021-01-01", [HALF], "FINISH", Outcome.MISSED, id="half is not finished"),
    pytest.param("2021-01-01", [HALF], "START", Outcome.MISSED, id="half is not all that a start takes"),
    pytest.param("2021-01-01", [REACHED], "ADVANCE", Outcome.KEPT, id="advanced to the end is kept"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "milestones", "goal", "outcome"), OUTCOMES)
def test_the_outcome_is_the_first_that_holds(as_of, milestones, goal, outcome):
    """docs/rules.md: outcome."""
    assert state_on(as_of, *milestones, goal=goal).outcome is outcome


# fmt: off
LIGHTS = [
    pytest.param("2020-12-31", [HARDLY], "ADVANCE", Light.FAR_BEHIND, id="while the plan runs no goal excuses a lag"),
    pytest.param("2021-01-01", [HARDLY], "ADVANCE", Light.BEHIND, id="advanced at all, once it is over"),
    pytest.param("2021-01-01", [ZERO], "ADVANCE", Light.FAR_BEHIND, id="not advanced"),
    pytest.param("2021-01-01", [HARDLY], "FINISH", Light.FAR_BEHIND, id="to be finished"),
    pytest.param("2021-01-01", [HARDLY], "START", Light.FAR_BEHIND, id="to be started"),
    pytest.param("2021-01-01", [HARDLY, SILENT], "ADVANCE", Light.BEHIND, id="advanced, another unreported"),
    pytest.param("2021-01-01", [SILENT], "ADVANCE", Light.UNREPORTED, id="nothing known"),
    pytest.param("2021-01-01", [CUT], "ADVANCE", Light.DROPPED, id="dropped"),
    pytest.param("2021-01-01", [REACHED], "ADVANCE", Light.DONE, id="done"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "milestones", "goal", "light"), LIGHTS)
def test_what_was_only_to_be_advanced_and_was_is_not_far_behind_once_the_plan_is_over(as_of, milestones, goal, light):
    """docs/rules.md: light."""
    assert state_on(as_of, *milestones, goal=goal).light is light


# fmt: off
KEPT = [
    pytest.param([milestone(("2020-12-31", 100))], "2020-12-31", False, id="on the plan's last day, which is the due day"),
    pytest.param([milestone(("2021-01-01", 100))], "2021-01-01", True, id="a day after the plan"),
    pytest.param([REACHED, milestone(("2020-12-20", 100))], "2020-12-20", False, id="on the day of the last one"),
    pytest.param([LATE], "2020-12-20", True, id="within the plan, but after its own due day"),
    pytest.param([REACHED, LATE], "2020-12-20", True, id="one of two was late"),
    pytest.param([adjusted(LATE, due_on="2020-12-20")], "2020-12-20", False, id="by the due day in force"),
    pytest.param([PAST_THE_YEAR_DONE], "2021-05-20", True, id="in time for a due day moved past the plan"),
    pytest.param([REACHED, adjusted(LATE, dropped=True)], "2020-11-30", False, id="a dropped one does not make it late"),
]
# fmt: on


@pytest.mark.parametrize(("milestones", "kept_on", "is_late"), KEPT)
def test_a_promise_is_kept_on_its_last_reached_day_and_late_by_the_plan_or_by_a_part(milestones, kept_on, is_late):
    """docs/rules.md: kept-on."""
    state = state_on("2021-12-31", *milestones)
    assert (state.outcome, state.kept_on, state.is_late) == (Outcome.KEPT, day(kept_on), is_late)


def test_what_is_not_kept_is_not_late_either():
    """docs/rules.md: kept-on."""
    state = state_on("2021-12-31", LATE, HALF)
    assert (state.kept_on, state.is_late) == (None, False)


@given(
    st.lists(st.sampled_from([HALF, HARDLY, ZERO, SILENT, REACHED, LATE, CUT, PAST_THE_YEAR]), max_size=4),
    st.sampled_from(["FINISH", "START", "ADVANCE"]),
    st.dates(day("2020-12-20"), day("2021-12-31")),
)
def test_light_and_outcome_tell_the_same_story(milestones, goal, as_of):
    """docs/rules.md: light, outcome."""
    state = state_on(as_of.isoformat(), *milestones, goal=goal)
    assert (state.outcome is Outcome.KEPT) == (state.light is Light.DONE)
    assert (state.outcome is Outcome.DROPPED) == (state.light is Light.DROPPED)
    assert state.outcome is not Outcome.OPEN or as_of <= LAST_DAY
    if state.outcome is Outcome.ADVANCED:
        assert state.light is Light.BEHIND
    if state.outcome is Outcome.MISSED:
        assert state.light is Light.FAR_BEHIND


# Counting.
def test_a_tally_counts_each_commitment_once_however_often_it_is_named():
    """docs/rules.md: tally."""
    kept, missed = state_on("2021-01-01", REACHED, pk=1), state_on("2021-01-01", HALF, pk=2)
    tally = tally_of([kept, missed, kept, kept])
    assert tally.total == 2
    assert tally.lights == {Light.DONE: 1, Light.FAR_BEHIND: 1}
    assert tally.outcomes == {Outcome.KEPT: 1, Outcome.MISSED: 1}


def test_a_tally_counts_late_and_adjusted_ones_apart():
    """docs/rules.md: tally."""
    states = [
        state_on("2021-12-31", REACHED, pk=1),
        state_on("2021-12-31", LATE, pk=2),
        state_on("2021-12-31", PAST_THE_YEAR_DONE, pk=3, is_adjusted=True),
        state_on("2021-12-31", HALF, pk=4, is_adjusted=True),
    ]
    tally = tally_of(states)
    assert (tally.outcomes[Outcome.KEPT], tally.kept_late, tally.adjusted) == (3, 2, 2)


def test_a_tally_of_nothing_is_empty():
    tally = tally_of([])
    assert (tally.total, tally.kept_late, tally.adjusted) == (0, 0, 0)
    assert not tally.lights
    assert not tally.outcomes


# Indicators.
def indicator_on(*values: str | int, comparator: str = "≥", target: str | int = 300, baseline=None, is_dropped=False):
    readings = [Reading(day(f"2020-0{month}-28"), Decimal(value)) for month, value in enumerate(values, start=1)]
    return indicator_state_of(
        readings,
        comparator=comparator,
        target=Decimal(target),
        baseline=None if baseline is None else Decimal(baseline),
        is_dropped=is_dropped,
    )


@pytest.mark.parametrize(
    ("comparator", "below", "equal", "above"),
    [
        pytest.param("≥", "NOT_MET", "MET", "MET", id="at least"),
        pytest.param("≤", "MET", "MET", "NOT_MET", id="at most"),
        pytest.param("=", "NOT_MET", "MET", "NOT_MET", id="exactly"),
    ],
)
def test_an_indicator_is_met_as_its_comparator_says(comparator, below, equal, above):
    """docs/rules.md: indicator."""
    found = [indicator_on(value, comparator=comparator).status for value in ("299.9999", "300", "300.0001")]
    assert found == [IndicatorStatus(name) for name in (below, equal, above)]


def test_the_latest_reading_counts_even_where_it_fell():
    """docs/rules.md: indicator."""
    state = indicator_on(310, 290)
    assert (state.status, state.value, state.held_on) == (IndicatorStatus.NOT_MET, 290, day("2020-02-28"))


def test_an_indicator_without_reading_has_no_data():
    """docs/rules.md: indicator."""
    state = indicator_on(baseline=100)
    assert (state.status, state.value, state.held_on, state.covered) == (IndicatorStatus.NO_DATA, None, None, None)


def test_a_dropped_indicator_says_so():
    """docs/rules.md: indicator."""
    assert indicator_on(310, is_dropped=True).status is IndicatorStatus.DROPPED


@pytest.mark.parametrize(
    ("value", "baseline", "target", "covered"),
    [
        pytest.param(34, 32, 36, Fraction(1, 2), id="half-way up"),
        pytest.param(50, 80, 40, Fraction(3, 4), id="down to a lower target"),
        pytest.param(31, 32, 36, Fraction(-1, 4), id="away from the target"),
        pytest.param(40, 32, 36, Fraction(2), id="beyond it"),
        pytest.param(34, None, 36, None, id="no baseline"),
        pytest.param(34, 36, 36, None, id="the target was moved onto the baseline"),
        pytest.param(34, 0, 36, Fraction(34, 36), id="from zero"),
    ],
)
def test_the_way_covered_is_counted_from_the_baseline(value, baseline, target, covered):
    """docs/rules.md: indicator."""
    assert indicator_on(value, baseline=baseline, target=target).covered == covered
