"""The geometry of pictures: axes, labels, bars. No page, no database."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.charts import (
    SIZES,
    Days,
    Label,
    Segment,
    framed,
    in_rows,
    month_steps,
    months_of,
    nice_ticks,
    place,
    points,
    segments_of,
    stepped,
    text_width,
    years_of,
)

YEAR = Days(date(2020, 1, 1), date(2020, 12, 31))
TWO_WINTERS = Days(date(2019, 11, 1), date(2020, 3, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("number", "written"),
    [(Fraction(0), "0"), (Fraction(100), "100"), (Fraction(1, 3), "0.33"), (Fraction(1, 2), "0.5"), (-Fraction(2, 3), "-0.67")],
)  # fmt: skip
def test_a_coordinate_has_at_most_two_decimals(number, written):
    assert place(number) == written


@pytest.mark.parametrize(
    ("days", "as_of", "first", "last"),
    [
        pytest.param(["2020-01-01", "2020-12-31"], "2020-09-30", "2020-01-01", "2020-12-31", id="within"),
        pytest.param(["2020-03-20", "2020-10-05"], "2020-09-30", "2020-03-01", "2020-10-31", id="whole months"),
        pytest.param(["2020-01-01", "2020-12-31"], "2021-04-30", "2020-01-01", "2021-04-30", id="a third more"),
        pytest.param(["2020-01-01", "2020-12-31"], "2021-05-03", "2020-01-01", "2020-12-31", id="too far behind"),
        pytest.param(["2020-01-01", "2020-12-31"], "2019-12-05", "2019-12-01", "2020-12-31", id="just before"),
        pytest.param(["2020-01-01", "2020-12-31"], "2018-01-01", "2020-01-01", "2020-12-31", id="long before"),
        pytest.param(["2020-02-29"], "2020-02-29", "2020-02-01", "2020-02-29", id="one day"),
    ],
)
def test_the_axis_covers_what_is_drawn(days, as_of, first, last):
    assert Days.covering(map(day, days), day(as_of)) == Days(day(first), day(last))


@pytest.mark.parametrize(
    ("on", "at"),
    [
        ("2020-01-01", Fraction(0)),
        ("2020-12-31", Fraction(100)),
        ("2020-07-02", Fraction(183 * 100, 365)),
        ("2019-06-01", Fraction(0)),
        ("2021-06-01", Fraction(100)),
    ],
)
def test_a_day_has_its_place_and_none_lies_outside(on, at):
    assert YEAR.at(day(on)) == at


@pytest.mark.parametrize(
    ("n_months", "steps"),
    [
        (5, {"narrow": 1, "medium": 1, "wide": 1}),
        (12, {"narrow": 2, "medium": 2, "wide": 1}),
        (18, {"narrow": 4, "medium": 2, "wide": 1}),
        (48, {"narrow": 12, "medium": 6, "wide": 3}),
        (240, {"narrow": 12, "medium": 12, "wide": 12}),
    ],
)
def test_months_are_named_where_their_names_have_room(n_months, steps):
    assert month_steps(n_months) == steps


def test_a_wider_picture_names_what_a_narrower_one_does():
    assert [tick.text for tick in months_of(YEAR) if tick.size == "narrow"] == [
        "1月",
        "3月",
        "5月",
        "7月",
        "9月",
        "11月",
    ]
    assert [tick.text for tick in months_of(YEAR)] == [f"{number}月" for number in range(1, 13)]
    assert all(tick.size for tick in months_of(YEAR))


def test_a_january_is_always_named():
    decade = Days(date(2019, 5, 1), date(2029, 4, 30))
    named = [tick.text for tick in months_of(decade) if tick.size == "narrow"]
    assert named == ["1月"] * 10


@given(st.integers(1, 36))
def test_names_of_months_never_meet(n_months):
    steps = month_steps(n_months)
    for size, across in SIZES.items():
        if steps[size] < 12:
            assert text_width("12月") * n_months <= across * steps[size]


@pytest.mark.parametrize(
    ("days", "years"),
    [
        (YEAR, ["2020 年"]),
        (Days(date(2020, 1, 1), date(2021, 6, 30)), ["2020 年", "2021 年"]),
        (TWO_WINTERS, ["2019 年", "2020 年"]),
        (Days(date(2019, 12, 1), date(2020, 12, 31)), ["2020 年"]),
    ],
)
def test_years_are_named_where_they_begin(days, years):
    assert [tick.text for tick in years_of(days)] == years


def test_text_is_as_wide_as_its_letters():
    assert text_width("期限") == 2
    assert text_width("12") == 2 * Fraction(14, 25)


@pytest.mark.parametrize(
    ("places", "rows", "anchors"),
    [
        pytest.param([10, 50, 90], [0, 0, 0], ["start", "middle", "end"], id="far apart"),
        pytest.param([50, 55], [0, 1], ["middle", "middle"], id="too close"),
        pytest.param([0, 100], [0, 0], ["start", "end"], id="both edges"),
        pytest.param([100, 100, 99], [0, 1, 2], ["end", "end", "end"], id="one place"),
        pytest.param([20, 30, 80], [0, 1, 0], ["middle", "middle", "middle"], id="back in the first row"),
    ],
)
def test_labels_keep_apart(places, rows, anchors):
    found = in_rows([Label(Fraction(at), "期限十月") for at in places])
    assert [label.row for label in found] == rows
    assert [label.anchor for label in found] == anchors


@pytest.mark.parametrize(
    ("at", "text", "anchor"), [(2, "期限十二月", "start"), (50, "期限十二月", "middle"), (99, "期限十二月", "end")]
)
def test_a_label_stays_within_the_picture(at, text, anchor):
    (label,) = in_rows([Label(Fraction(at), text)])
    assert label.anchor == anchor


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 8)), max_size=6), st.sampled_from(sorted(SIZES.values())))
def test_labels_never_meet_in_any_picture(labels, across):
    found = in_rows([Label(Fraction(at), "字" * length) for at, length in labels])
    for number, label in enumerate(found):
        for other in found[:number]:
            if label.row == other.row:
                (start, end), (others_start, others_end) = label.extent(across), other.extent(across)
                assert end <= others_start or others_end <= start


def test_the_frame_makes_room_for_its_labels():
    one = framed(YEAR, [Label(Fraction(50), "期限")], Fraction(10))
    two = framed(YEAR, [Label(Fraction(50), "期限"), Label(Fraction(50), "原定")], Fraction(10))
    assert two.top - one.top == Fraction(3, 2)
    assert two.height - two.bottom == one.height - one.bottom
    (_low, low, line), (_high, high, _line) = two.flags
    assert high < low < line < two.top
    assert framed(YEAR, [], Fraction(10)).top > 0


def test_every_month_has_its_stroke():
    assert framed(YEAR, [], Fraction(1)).month_marks.count("M") == 12


def test_a_line_is_drawn_through_its_points():
    assert points([(Fraction(0), Fraction(100)), (Fraction(1, 3), Fraction(50))]) == "0,100 0.33,50"


@pytest.mark.parametrize(
    ("places", "corners"),
    [
        ([], []),
        ([(0, 5)], [(0, 5)]),
        ([(0, 5), (10, 5), (20, 0)], [(0, 5), (10, 5), (10, 5), (20, 5), (20, 0)]),
    ],
)
def test_a_step_keeps_its_height_until_the_next_point(places, corners):
    assert stepped(places) == corners


@pytest.mark.parametrize(
    ("counts", "segments"),
    [
        ([], []),
        ([0], []),
        ([3], [Segment(Fraction(0), Fraction(100))]),
        ([1, 3], [Segment(Fraction(0), Fraction(25)), Segment(Fraction(25), Fraction(75))]),
    ],
)
def test_a_bar_is_cut_in_proportion(counts, segments):
    assert segments_of(counts) == segments


@pytest.mark.parametrize(
    ("limit", "ticks"),
    [
        ("36", ["0", "10", "20", "30", "40"]),
        ("312", ["0", "100", "200", "300", "400"]),
        ("8.84", ["0", "2", "4", "6", "8", "10"]),
        ("1", ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ("0.04", ["0", "0.01", "0.02", "0.03", "0.04"]),
        ("1000", ["0", "200", "400", "600", "800", "1000"]),
    ],
)
def test_ticks_are_round_numbers(limit, ticks):
    assert nice_ticks(Decimal(limit)) == [Decimal(tick) for tick in ticks]


@given(st.decimals("0.0001", "1e9", allow_nan=False, places=4))
def test_ticks_reach_the_limit_in_few_steps(limit):
    ticks = nice_ticks(limit)
    assert ticks[-2] < limit <= ticks[-1]
    assert len(ticks) <= 6
