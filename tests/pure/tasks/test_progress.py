"""The rules for promises and indicators: the worked examples of the record's rules, and the edges around them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.adjustable import ChangeKind
from projects.progress import Light
from tasks.progress import (
    IndicatorStatus,
    IndicatorTerms,
    Outcome,
    commitment_state_of,
    indicator_state_of,
    tally_of,
)
from tests.plain_projects import RULES, Reading, adjusted, day, target, to_4

LAST_DAY = day("2020-12-31")
LOOSENED = [ChangeKind.LOOSENED]


def state_on(as_of: str, *targets, goal: str = "FINISH", kinds=(), pk: int = 1, ends_on: date = LAST_DAY):
    return commitment_state_of(
        SimpleNamespace(pk=pk),
        targets,
        goal=goal,
        ends_on=ends_on,
        as_of=day(as_of),
        rules=RULES,
        kinds=kinds,
    )


ROADS = [
    target(("2020-09-30", 100)),
    target(("2020-09-30", 100)),
    target(("2020-09-30", 40)),
    target(),
]
SEWAGE = [
    target(("2020-06-30", 3), amount=10, weight=2),
    target(("2020-06-30", 15), amount=30, weight=1),
]
HOSPITAL = target(("2020-10-20", 0), amount=1, pace="STEP")
HOSPITAL_BEGUN = target(("2020-10-20", 0), ("2021-03-01", 1), amount=1, pace="STEP")
PAST_THE_YEAR = adjusted(target(("2020-12-31", 60)), due_on="2021-06-30")
PAST_THE_YEAR_DONE = adjusted(target(("2020-12-31", 60), ("2021-05-20", 100)), due_on="2021-06-30")
REACHED = target(("2020-11-30", 100))
CUT = adjusted(target(("2020-11-30", 20)), dropped=True)
# Ten stations, promised for 2020 and once more for 2021: the same readings, each promise by its own terms.
STATIONS = [("2020-12-20", 3)]
STATIONS_DONE = [*STATIONS, ("2021-10-20", 10)]
OF_2021 = {"from_amount": 3, "starts_on": "2021-01-01", "due_on": "2021-12-31"}
IN_2021 = {"ends_on": day("2021-12-31")}

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
    pytest.param("2021-01-01", [PAST_THE_YEAR], {"kinds": LOOSENED}, Light.FAR_BEHIND, Outcome.MISSED, None, False, id="moved past the year"),
    pytest.param("2021-06-01", [PAST_THE_YEAR_DONE], {"kinds": LOOSENED}, Light.DONE, Outcome.KEPT, "2021-05-20", True, id="moved past the year, done"),
    pytest.param("2020-12-31", [REACHED, CUT], {"kinds": LOOSENED}, Light.DONE, Outcome.KEPT, "2020-11-30", False, id="cut"),
    pytest.param("2020-12-31", [CUT, CUT], {"kinds": LOOSENED}, Light.DROPPED, Outcome.DROPPED, None, False, id="cut, both"),
    pytest.param("2021-01-10", [target(("2020-12-20", 60)), target()], {}, Light.FAR_BEHIND, Outcome.MISSED, None, False, id="one blank"),
    pytest.param("2021-01-10", [target(), target()], {}, Light.UNREPORTED, Outcome.UNKNOWN, None, False, id="both blank"),
    pytest.param("2021-03-05", [target(*STATIONS, amount=10)], {}, Light.FAR_BEHIND, Outcome.MISSED, None, False, id="carried over, the year before"),
    pytest.param("2021-03-05", [target(*STATIONS, amount=10, **OF_2021)], IN_2021, Light.ON_PACE, Outcome.OPEN, None, False, id="carried over"),
    pytest.param("2021-11-01", [target(*STATIONS_DONE, amount=10, **OF_2021)], IN_2021, Light.DONE, Outcome.KEPT, "2021-10-20", False, id="carried over, done"),
    pytest.param("2021-11-01", [target(*STATIONS_DONE, amount=10)], {}, Light.DONE, Outcome.KEPT, "2021-10-20", True, id="carried over, done late"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "targets", "promise", "light", "outcome", "kept_on", "is_late"), WORKED_EXAMPLES)
def test_the_worked_examples(as_of, targets, promise, light, outcome, kept_on, is_late):
    """docs/rules.md: target, light, outcome, kept-on, is-adjusted, is-cut."""
    state = state_on(as_of, *targets, **promise)
    assert (state.light, state.outcome) == (light, outcome)
    assert (state.kept_on, state.is_late) == (kept_on and day(kept_on), is_late)
    assert state.is_adjusted == ("kinds" in promise)
    assert state.is_cut == any(one.terms.is_dropped for one in targets)


def test_the_sewage_of_the_worked_examples_in_figures():
    """docs/rules.md: sums."""
    progress = state_on("2020-06-30", *SEWAGE, goal="ADVANCE").progress
    assert [to_4(share) for share in (progress.actual, progress.planned, progress.lag)] == [
        "0.3667",
        "0.4973",
        "0.1306",
    ]


# Outcomes. These are known on the first day of the next year.
HALF = target(("2020-12-20", 50))
HARDLY = target(("2020-12-20", 1))
ZERO = target(("2020-12-20", 0))
SILENT = target()
LATE = target(("2020-12-20", 100), due_on="2020-06-30")

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
    pytest.param("2021-01-01", [HALF, SILENT], "FINISH", Outcome.MISSED, id="one missed, one never reported"),
    pytest.param("2021-01-01", [HALF, SILENT], "ADVANCE", Outcome.ADVANCED, id="advanced, another never reported"),
    pytest.param("2021-01-01", [HALF, adjusted(SILENT, dropped=True)], "FINISH", Outcome.MISSED, id="what was dropped is not unknown"),
    pytest.param("2021-01-01", [HARDLY], "ADVANCE", Outcome.ADVANCED, id="advanced by anything"),
    pytest.param("2021-01-01", [ZERO], "ADVANCE", Outcome.MISSED, id="not advanced at all"),
    pytest.param("2021-01-01", [target(("2020-12-20", 50), from_amount=50)], "ADVANCE", Outcome.MISSED, id="no further than where it began"),
    pytest.param("2021-01-01", [ZERO, SILENT], "ADVANCE", Outcome.MISSED, id="not advanced, another never reported"),
    pytest.param("2021-01-01", [HALF], "FINISH", Outcome.MISSED, id="half is not finished"),
    pytest.param("2021-01-01", [HALF], "START", Outcome.MISSED, id="half is not all that a start takes"),
    pytest.param("2021-01-01", [REACHED], "ADVANCE", Outcome.KEPT, id="advanced to the end is kept"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "targets", "goal", "outcome"), OUTCOMES)
def test_the_outcome_is_the_first_that_holds(as_of, targets, goal, outcome):
    """docs/rules.md: outcome."""
    assert state_on(as_of, *targets, goal=goal).outcome is outcome


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


@pytest.mark.parametrize(("as_of", "targets", "goal", "light"), LIGHTS)
def test_what_was_only_to_be_advanced_and_was_is_not_far_behind_once_the_plan_is_over(as_of, targets, goal, light):
    """docs/rules.md: light."""
    assert state_on(as_of, *targets, goal=goal).light is light


# fmt: off
KEPT = [
    pytest.param([target(("2020-12-31", 100))], "2020-12-31", False, id="on the plan's last day, which is the due day"),
    pytest.param([target(("2021-01-01", 100))], "2021-01-01", True, id="a day after the plan"),
    pytest.param([REACHED, target(("2020-12-20", 100))], "2020-12-20", False, id="on the day of the last one"),
    pytest.param([LATE], "2020-12-20", True, id="within the plan, but after its own due day"),
    pytest.param([REACHED, LATE], "2020-12-20", True, id="one of two was late"),
    pytest.param([adjusted(LATE, due_on="2020-12-20")], "2020-12-20", False, id="by the due day in force"),
    pytest.param([PAST_THE_YEAR_DONE], "2021-05-20", True, id="in time for a due day moved past the plan"),
    pytest.param([REACHED, adjusted(LATE, dropped=True)], "2020-11-30", False, id="a dropped one does not make it late"),
]
# fmt: on


@pytest.mark.parametrize(("targets", "kept_on", "is_late"), KEPT)
def test_a_promise_is_kept_on_its_last_reached_day_and_late_by_the_plan_or_by_a_part(targets, kept_on, is_late):
    """docs/rules.md: kept-on."""
    state = state_on("2021-12-31", *targets)
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
def test_light_and_outcome_tell_the_same_story(targets, goal, as_of):
    """docs/rules.md: light, outcome."""
    state = state_on(as_of.isoformat(), *targets, goal=goal)
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
        state_on("2021-12-31", PAST_THE_YEAR_DONE, pk=3, kinds=LOOSENED),
        state_on("2021-12-31", HALF, pk=4, kinds=LOOSENED),
    ]
    tally = tally_of(states)
    assert (tally.outcomes[Outcome.KEPT], tally.kept_late, tally.adjusted) == (3, 2, 2)


def test_a_tally_of_nothing_is_empty():
    tally = tally_of([])
    assert (tally.total, tally.kept_late, tally.adjusted) == (0, 0, 0)
    assert not tally.lights
    assert not tally.outcomes


# Indicators.
DAYS_OF_GOOD_AIR = IndicatorTerms("≥", Decimal(300), due_on=LAST_DAY, is_total=True)
GREEN = IndicatorTerms("≥", Decimal(36), due_on=day("2023-12-31"))
UNDATED = IndicatorTerms("≥", Decimal(5))


def indicator_on(as_of: str, terms: IndicatorTerms, *readings: tuple[str, str | int], baseline=None):
    known = [Reading(day(held_on), Decimal(value)) for held_on, value in readings]
    return indicator_state_of(known, terms, day(as_of), RULES, baseline=None if baseline is None else Decimal(baseline))


def level(comparator: str, target: str | int, upper: str | int | None = None) -> IndicatorTerms:
    return IndicatorTerms(comparator, Decimal(target), None if upper is None else Decimal(upper), due_on=LAST_DAY)


# fmt: off
@pytest.mark.parametrize(("terms", "below", "equal", "above"), [
    pytest.param(level("≥", 300), "NOT_MET", "MET", "MET", id="at least"),
    pytest.param(level("≤", 300), "MET", "MET", "NOT_MET", id="at most"),
    pytest.param(level("=", 300), "NOT_MET", "MET", "NOT_MET", id="exactly"),
    pytest.param(level("BETWEEN", 300, 310), "NOT_MET", "MET", "MET", id="between, at its lower end"),
    pytest.param(level("BETWEEN", 290, 300), "MET", "MET", "NOT_MET", id="between, at its upper end"),
])
def test_an_indicator_is_met_as_its_comparator_says(terms, below, equal, above):
    """docs/rules.md: indicator."""
    values = ("299.9999", "300", "300.0001")
    found = [indicator_on("2021-01-05", terms, ("2020-12-31", value)).status for value in values]
    assert found == [IndicatorStatus(name) for name in (below, equal, above)]


AIR_IN_JUNE, AIR_AT_LAST = ("2020-06-30", 141), ("2020-12-31", 298)
# fmt: off
INDICATORS = [
    pytest.param("2020-09-30", DAYS_OF_GOOD_AIR, [AIR_IN_JUNE], "OPEN", False, False, id="indicator"),
    pytest.param("2021-02-01", DAYS_OF_GOOD_AIR, [AIR_IN_JUNE, AIR_AT_LAST], "NOT_MET", False, False, id="indicator, short of it"),
    pytest.param("2020-12-20", DAYS_OF_GOOD_AIR, [AIR_IN_JUNE, ("2020-12-20", 301)], "MET", True, False, id="indicator, met"),
    pytest.param("2021-02-01", DAYS_OF_GOOD_AIR, [("2020-10-01", 301)], "MET", True, False, id="a total that was met is met, however old"),
    pytest.param("2021-02-01", DAYS_OF_GOOD_AIR, [AIR_IN_JUNE, ("2021-01-05", 301)], "UNKNOWN", False, True, id="what was held by the due day is too old; a later one meets it"),
    pytest.param("2021-02-01", DAYS_OF_GOOD_AIR, [AIR_AT_LAST, ("2021-01-05", 301)], "NOT_MET", False, True, id="met late"),
    pytest.param("2021-02-01", DAYS_OF_GOOD_AIR, [("2021-01-05", 301)], "UNKNOWN", False, True, id="only held after the due day"),
    pytest.param("2021-02-01", DAYS_OF_GOOD_AIR, [], "NO_DATA", False, False, id="no reading at all"),
    pytest.param("2020-09-30", GREEN, [("2020-06-30", "35.4")], "OPEN", False, False, id="indicator of a later year"),
    pytest.param("2020-09-30", GREEN, [("2020-06-30", 36)], "OPEN", True, False, id="of 2023, within: a level may fall again"),
    pytest.param("2020-09-30", UNDATED, [("2020-06-30", 6)], "OPEN", True, False, id="no due day"),
    pytest.param("2021-01-01", level("≥", 36), [("2020-11-20", 36)], "MET", True, False, id="as old as patience allows"),
    pytest.param("2021-01-01", level("≥", 36), [("2020-11-19", 36)], "UNKNOWN", True, False, id="a day older"),
    pytest.param("2020-09-30", replace(GREEN, is_dropped=True), [("2020-06-30", 36)], "DROPPED", True, False, id="dropped"),
]
# fmt: on


@pytest.mark.parametrize(("as_of", "terms", "readings", "status", "is_within", "is_late"), INDICATORS)
def test_the_state_of_an_indicator_is_the_first_that_holds(as_of, terms, readings, status, is_within, is_late):
    """docs/rules.md: indicator."""
    state = indicator_on(as_of, terms, *readings)
    assert (state.status, state.is_within, state.is_late) == (IndicatorStatus(status), is_within, is_late)


def test_after_the_due_day_the_value_is_that_of_the_latest_reading_held_by_it():
    """docs/rules.md: indicator."""
    before = indicator_on("2020-12-31", DAYS_OF_GOOD_AIR, AIR_IN_JUNE, AIR_AT_LAST)
    after = indicator_on("2021-02-01", DAYS_OF_GOOD_AIR, AIR_IN_JUNE, AIR_AT_LAST, ("2021-01-05", 301))
    assert (before.value, before.held_on) == (after.value, after.held_on) == (298, LAST_DAY)
    assert indicator_on("2021-02-01", DAYS_OF_GOOD_AIR, ("2021-01-05", 301)).value is None


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
    assert indicator_on("2020-09-30", level("≥", target), ("2020-06-30", value), baseline=baseline).covered == covered
