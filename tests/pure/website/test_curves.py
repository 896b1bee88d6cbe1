"""What a curve shows: the points that are known, the plan's corners, what was moved and what was corrected."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.progress import weighted
from tests.plain_projects import adjusted, change, day, part, progress, report, target
from website.pictures.curves import actual_of, asked_share, curve_of, plan_of, share_on

YEAR = [("2019-12-31", 0), ("2020-12-31", 1)]


def shown(points) -> list[tuple[str, Fraction]]:
    return [(point.day.isoformat(), point.share) for point in points]


# fmt: off
CASES = [
    pytest.param(
        [target()], "2020-09-30",
        {"actual": [], "plan": YEAR, "promised": [], "due": ["2020-12-31"], "moved": [], "pace": None},
        id="unreported",
    ),
    pytest.param(
        [target(("2020-03-31", 20))], "2020-03-31",
        {"actual": [("2020-03-31", Fraction(1, 5))], "pace": ("2020-03-31", Fraction(91, 366))},
        id="one reading",
    ),
    pytest.param(
        [target(("2020-03-31", 20), ("2020-06-30", 50))], "2020-12-01",
        {"actual": [("2020-03-31", Fraction(1, 5)), ("2020-06-30", Fraction(1, 2))],
         "pace": ("2020-10-21", Fraction(295, 366))},
        id="silence: the line stops, the plan goes on",
    ),
    pytest.param(
        [target(("2020-03-31", 20)), target(("2020-06-30", 50), weight=3)], "2020-07-01",
        {"actual": [("2020-03-31", Fraction(1, 20)), ("2020-06-30", Fraction(17, 40))], "pace": None},
        id="two parts on days of their own: weighted, one not yet reported adds nothing",
    ),
    pytest.param(
        [target(("2020-08-31", 5), amount=4)], "2020-09-30",
        {"actual": [("2020-08-31", Fraction(1))], "pace": None},
        id="exceeded counts as the whole",
    ),
    pytest.param(
        [adjusted(target(("2020-08-31", 50)), due_on="2021-06-30")], "2020-12-01",
        {"plan": [("2019-12-31", 0), ("2021-06-30", 1)], "promised": YEAR,
         "due": ["2021-06-30"], "moved": ["2020-12-31"]},
        id="moved: the plan first promised stays",
    ),
    pytest.param(
        [adjusted(target(("2020-08-31", 50)), amount=50)], "2020-12-01",
        {"actual": [("2020-08-31", Fraction(1))], "plan": YEAR, "promised": [], "moved": []},
        id="cut: the plan is the same",
    ),
    pytest.param(
        [target(("2020-08-31", 50)), adjusted(target(due_on="2020-10-31"), dropped=True)], "2020-12-01",
        {"actual": [("2020-08-31", Fraction(1, 2))], "plan": YEAR, "due": ["2020-12-31"], "moved": ["2020-10-31"],
         "promised": [("2019-12-31", 0), ("2020-10-31", Fraction(1, 2) + Fraction(305, 732)), ("2020-12-31", 1)]},
        id="a part dropped",
    ),
    pytest.param(
        [adjusted(target(("2020-08-31", 50)), dropped=True)], "2020-12-01",
        {"actual": [], "plan": [], "promised": YEAR, "due": [], "moved": ["2020-12-31"], "pace": None},
        id="everything dropped",
    ),
    pytest.param(
        [target(("2020-10-20", 0), amount=1, pace="STEP")], "2020-11-01",
        {"actual": [("2020-10-20", 0)], "plan": [("2020-12-31", 0), ("2021-01-01", 1)], "is_stepped": True,
         "starts_on": "2020-01-01"},
        id="a step",
    ),
    pytest.param(
        [target(amount=1, pace="STEP"), target()], "2020-11-01",
        {"plan": [("2019-12-31", 0), ("2020-12-31", Fraction(1, 2)), ("2021-01-01", 1)], "is_stepped": False},
        id="a step beside a line",
    ),
    pytest.param(
        [target(("2020-11-30", 60))], "2021-02-01",
        {"actual": [("2020-11-30", Fraction(3, 5))], "pace": ("2021-02-01", Fraction(1))},
        id="past due",
    ),
    pytest.param(
        [target(starts_on="2020-06-01")], "2020-03-01",
        {"actual": [], "plan": [("2020-05-31", 0), ("2020-12-31", 1)], "starts_on": "2020-06-01"},
        id="before it starts",
    ),
]
# fmt: on


def told(value):
    """A field of a curve in the words of the table."""
    if hasattr(value, "share"):
        return (value.day.isoformat(), value.share)
    if isinstance(value, tuple):
        return [told(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize(("milestones", "as_of", "expected"), CASES)
def test_what_is_drawn(milestones, as_of, expected):
    parts = [part(of, key) for key, of in enumerate(milestones, 1)]
    curve = curve_of(progress(*parts, as_of=as_of), day(as_of))
    assert {name: told(getattr(curve, name)) for name in expected} == expected


TWO = [part(target(("2020-07-21", 30)), 1), part(target(("2020-07-21", 60), ("2020-08-20", 80)), 2)]


@pytest.mark.parametrize(
    ("reports", "corrected"),
    [
        pytest.param([report("2020-07-21", 30, 60)], [], id="none"),
        pytest.param(
            [report("2020-07-21", 30, 80, corrected_on="2020-08-03"), report("2020-07-21", 30, 60)],
            [("2020-07-21", Fraction(11, 20), "2020-08-03")],
            id="the sum as it was told",
        ),
        pytest.param(
            [report("2020-07-21", 50, corrected_on="2020-08-03")],
            [("2020-07-21", Fraction(11, 20), "2020-08-03")],
            id="of one part: the other as it is known now",
        ),
        pytest.param(
            [report("2020-07-21", 10, 10, corrected_on="2020-08-01"), report("2020-07-21", 20, 20, corrected_on="2020-08-02")],
            [("2020-07-21", Fraction(1, 10), "2020-08-01"), ("2020-07-21", Fraction(1, 5), "2020-08-02")],
            id="corrected twice",
        ),
        pytest.param([report("2020-07-21", corrected_on="2020-08-03")], [], id="said nothing of them"),
    ],
)  # fmt: skip
def test_what_was_corrected_stays_where_it_was(reports, corrected):
    curve = curve_of(progress(*TWO), day("2020-09-30"), reports=reports)
    assert [(*told(point), point.corrected_on.isoformat()) for point in curve.corrected] == corrected


@pytest.mark.parametrize(
    ("of", "is_stepped"),
    [
        pytest.param(
            part(target(amount=4, pace="STEP"), unit="间"), False, id="four rooms by one day: 1 of 4 is a quarter"
        ),
        pytest.param(part(target(amount=1, pace="STEP"), unit="座"), True, id="one pier"),
        pytest.param(part(target(amount=1, pace="STEP"), unit="次"), True, id="a step"),
        pytest.param(part(target(amount=100, pace="STEP")), True, id="a share that is asked for as a whole"),
    ],
)
def test_what_is_counted_has_shares_in_between(of, is_stepped):
    assert curve_of(progress(of), day("2020-09-30")).is_stepped == is_stepped


def test_a_dropped_part_has_no_correction_to_show():
    dropped = part(adjusted(target(), dropped=True), 2)
    reports = [report("2020-07-21", 10, 10, corrected_on="2020-08-01")]
    curve = curve_of(progress(TWO[0], dropped), day("2020-09-30"), reports=reports)
    assert told(curve.corrected) == [("2020-07-21", Fraction(1, 10))]


def test_changes_stand_in_the_order_of_their_days():
    changes = [change("2020-10-22"), change("2020-06-11")]
    curve = curve_of(progress(*TWO), day("2020-11-30"), changes=changes)
    assert [c.published_on.isoformat() for c in curve.changes] == ["2020-06-11", "2020-10-22"]
    assert {day("2020-06-11"), day("2020-10-22"), day("2020-01-01"), day("2020-12-31")} <= set(curve.days)


@pytest.mark.parametrize(
    ("on", "share"),
    [("2019-06-01", 0), ("2020-01-01", Fraction(1, 366)), ("2020-09-30", Fraction(274, 366)), ("2020-12-31", 1), ("2022-01-01", 1)],
)  # fmt: skip
def test_between_its_corners_the_plan_is_what_the_rules_say(on, share):
    """docs/rules.md: planned."""
    assert share_on(plan_of([(m := target(), m.terms)]), day(on)) == share


ONE_STEP = target(amount=4, pace="STEP")
STEPS = target(amount=210, pace="STEP", steps=[("2020-03-31", 20), ("2020-09-30", 150)])


@pytest.mark.parametrize(
    ("of", "on", "share"),
    [
        pytest.param(ONE_STEP, "2020-12-31", Fraction(1), id="the due day, ahead: all of it"),
        pytest.param(ONE_STEP, "2020-06-30", 0, id="the day of the page"),
        pytest.param(STEPS, "2020-03-31", Fraction(20, 210), id="a step that is past"),
        pytest.param(STEPS, "2020-06-30", Fraction(20, 210), id="the day of the page, between steps"),
        pytest.param(STEPS, "2020-09-30", Fraction(150, 210), id="a step ahead"),
        pytest.param(STEPS, "2020-12-31", Fraction(1), id="the due day after steps, ahead"),
        pytest.param(target(), "2020-12-31", Fraction(1), id="a line"),
    ],
)
def test_what_is_asked_on_a_day_of_the_table(of, on, share):
    """docs/rules.md: steps."""
    assert asked_share([(of, of.terms)], day(on), day("2020-06-30")) == share


def test_a_step_on_the_day_of_the_page_is_asked_on_the_day_after():
    assert asked_share([(ONE_STEP, ONE_STEP.terms)], day("2020-12-31"), day("2020-12-31")) == 0


def test_without_a_plan_there_is_no_share():
    assert share_on((), day("2020-09-30")) is None


days = st.dates(day("2020-01-01"), day("2021-06-30"))
milestones = st.builds(
    lambda readings, weight, pace, due_on: target(
        *zip(sorted(readings), range(0, 130, 10), strict=False), weight=weight, pace=pace, due_on=due_on
    ),
    readings=st.sets(days.map(str), max_size=5),
    weight=st.integers(1, 5),
    pace=st.sampled_from(["LINEAR", "STEP"]),
    due_on=st.dates(day("2020-02-01"), day("2021-03-31")).map(str),
)


@given(st.lists(milestones, min_size=1, max_size=4), days)
def test_the_curve_ends_at_the_figures_of_the_page(found, as_of):
    whole = progress(*(part(of, key) for key, of in enumerate(found, 1)), as_of=str(as_of))
    actual = actual_of(whole.active)
    assert (actual[-1].share if actual else None) == whole.actual
    plan = plan_of((of, of.terms) for of in found)
    for on in (as_of, as_of + timedelta(days=1)):
        today = progress(*(part(milestone_without_readings(of)) for of in found), as_of=str(on))
        assert share_on(plan, on) == weighted(today.targets).planned


def milestone_without_readings(of):
    return target(weight=of.weight, pace=of.terms.pace, due_on=str(of.terms.due_on))
