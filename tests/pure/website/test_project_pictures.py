"""A curve and money as they are drawn, and the words that stand for them."""

from decimal import Decimal
from fractions import Fraction

import pytest

from common.charts import Days
from tests.plain_projects import adjusted, change, day, part, progress, report, target
from website.pictures.curves import curve_of
from website.pictures.projects import CURVE_BODY, STEPPED_BODY, curve_picture, money_picture

YEAR = Days(day("2020-01-01"), day("2020-12-31"))
BEHIND = target(("2020-03-31", 10), ("2020-09-30", 40))


def drawn(*milestones, as_of="2020-09-30", days=None, **known):
    whole = progress(*(part(of, key) for key, of in enumerate(milestones, 1)), as_of=as_of)
    curve = curve_of(whole, day(as_of), **known)
    return curve_picture(curve, whole, days or Days.covering(curve.days, curve.as_of))


@pytest.mark.parametrize(
    ("milestones", "as_of", "title"),
    [
        pytest.param([target()], "2020-09-30", "还没有数据，按日子该到 74%", id="unreported"),
        pytest.param([target()], "2021-01-01", "期限已过，还没有数据", id="unreported past due"),
        pytest.param([BEHIND], "2020-09-30", "实际做到 40%，按日子该到 74%", id="behind"),
        pytest.param([BEHIND], "2020-03-01", "实际做到 40%，按日子该到 74%", id="before the day of the data"),
        pytest.param([BEHIND], "2021-02-01", "期限已过，实际做到 40%", id="past due"),
        pytest.param([target(("2020-08-31", 100))], "2020-09-30", "2020 年 8 月 31 日建成", id="done"),
        pytest.param([target(("2021-01-05", 100))], "2021-02-01", "2021 年 1 月 5 日建成，晚于期限", id="done late"),
        pytest.param([target(("2020-08-31", 5), amount=4)], "2020-09-30", "2020 年 8 月 31 日建成，超额", id="exceeded"),
        pytest.param([adjusted(BEHIND, dropped=True)], "2020-09-30", "已取消，不再算进度", id="dropped"),
        pytest.param([target(amount=1, pace="STEP")], "2020-09-30", "还没有数据，还没到期限", id="step, unreported"),
        pytest.param([target(("2020-10-20", 0), amount=1, pace="STEP")], "2020-11-01", "还没建成，还没到期限", id="step"),
        pytest.param([target(("2020-10-20", 0), amount=1, pace="STEP")], "2021-01-01", "期限已过，还没建成", id="step, past due"),
        pytest.param(
            [target(("2020-10-20", 0), amount=1, pace="STEP"), target(("2020-10-20", 1), amount=1, pace="STEP")],
            "2020-11-01", "1 项建成，还没办完，还没到期限", id="two steps",
        ),
    ],
)  # fmt: skip
def test_the_headline_says_what_is_seen(milestones, as_of, title):
    picture = drawn(*milestones, as_of=as_of)
    assert picture.title == title
    assert picture.description.startswith(f"实际和计划的曲线：{title}。")


MOVED = adjusted(BEHIND, due_on="2021-06-30")
CORRECTED = [report("2020-03-31", 30, corrected_on="2020-04-20"), report("2020-03-31", 10)]


@pytest.mark.parametrize(
    ("milestones", "due"),
    [
        ([BEHIND], "期限 2020 年 12 月 31 日，"),
        ([MOVED], "期限 2021 年 6 月 30 日，"),
        ([adjusted(BEHIND, dropped=True)], ""),
    ],
)
def test_the_curve_in_words(milestones, due):
    said = drawn(*milestones, reports=CORRECTED, changes=[change("2020-06-11")]).description
    assert said.endswith(f"。{due}算到 2020 年 9 月 30 日，每次报的数在下面的表里。")


@pytest.mark.parametrize(
    ("milestones", "known", "key"),
    [
        pytest.param([target()], {}, ["plan"], id="unreported"),
        pytest.param([BEHIND], {}, ["actual", "plan"], id="plain"),
        pytest.param(
            [MOVED], {"changes": [change("2020-06-11")]}, ["actual", "plan", "promised", "change"], id="moved"
        ),
        pytest.param([BEHIND], {"reports": CORRECTED}, ["actual", "plan", "corrected"], id="corrected"),
        pytest.param([adjusted(BEHIND, dropped=True)], {}, ["promised"], id="dropped"),
    ],
)
def test_the_key_has_what_is_drawn_and_nothing_else(milestones, known, key):
    assert [sample for sample, _word in drawn(*milestones, **known).key] == key


@pytest.mark.parametrize(
    ("readings", "as_of", "values"),
    [
        pytest.param([], "2020-09-30", [], id="unreported"),
        pytest.param([("2020-09-30", 40)], "2020-09-30", [("40%", "start", "beside"), ("74%", "end", "above")], id="far behind"),
        pytest.param([("2020-09-30", 72)], "2020-09-30", [("72%", "start", "below"), ("74%", "end", "above")], id="close behind"),
        pytest.param([("2020-09-30", 90)], "2020-09-30", [("90%", "end", "above"), ("74%", "start", "below")], id="ahead"),
        pytest.param([("2020-02-10", 5)], "2020-02-10", [("5%", "start", "below"), ("11%", "middle", "above")], id="early"),
        pytest.param([("2020-11-30", 60)], "2021-01-10", [("60%", "start", "beside")], id="past due: the plan is full"),
        pytest.param([("2020-09-30", 100)], "2020-09-30", [], id="done: the headline says it"),
    ],
)  # fmt: skip
def test_figures_stand_where_nothing_else_does(readings, as_of, values):
    side = {Fraction(7, 20): "beside", Fraction(-1, 2): "above", Fraction(-9, 10): "above", Fraction(23, 20): "below"}
    found = drawn(target(*readings), as_of=as_of, days=YEAR).values
    assert [(value.text, value.anchor, side[value.below]) for value in found] == values


def test_a_full_plan_has_no_point_to_be_compared_with():
    picture = drawn(target(("2020-11-30", 60)), as_of="2021-01-10")
    assert picture.pace is None
    assert [value.kind for value in picture.values] == ["actual"]


def test_parts_compared_on_different_days_have_no_single_point_on_the_plan():
    picture = drawn(target(("2020-09-30", 40)), target(), as_of="2020-10-25")
    assert picture.pace is None
    assert [value.kind for value in picture.values] == ["actual"]


@pytest.mark.parametrize(
    ("milestones", "nothing"),
    [([target()], "还没有数据"), ([BEHIND], ""), ([adjusted(BEHIND, dropped=True)], "已取消")],
)
def test_an_empty_picture_says_why(milestones, nothing):
    assert drawn(*milestones).nothing == nothing


def test_one_reading_is_a_point_and_no_line():
    picture = drawn(target(("2020-03-31", 10)))
    assert picture.actual == picture.area == ""
    assert len(picture.readings) == 1


def test_a_step_is_drawn_in_steps_and_lower():
    picture = drawn(target(("2020-06-30", 0), ("2020-12-31", 1), amount=1, pace="STEP"), days=YEAR, as_of="2020-12-31")
    assert picture.actual == "49.59,100 100,100 100,0"
    assert picture.frame.body == STEPPED_BODY < CURVE_BODY
    assert [text for _down, text in picture.grid] == ["建成", "还没"]
    assert not picture.area


def test_several_that_are_counted_have_a_percentage_though_all_are_due_on_one_day():
    rooms = part(target(("2020-04-30", 1), amount=4, pace="STEP", due_on="2020-10-31"), unit="间", verb="开出")
    whole = progress(rooms, as_of="2020-11-30")
    curve = curve_of(whole, day("2020-11-30"))
    picture = curve_picture(curve, whole, YEAR)
    assert picture.title == "期限已过，实际做到 25%"
    assert [text for _down, text in picture.grid] == ["100%", "50%", "0%"]
    assert [value.text for value in picture.values] == ["25%"]


def test_what_only_had_to_begin_is_told_by_how_it_begins():
    pier = part(target(("2021-03-31", 1), amount=1, pace="STEP"), unit="座", verb="立起来", begun="打桩")
    whole = progress(pier, as_of="2021-04-15")
    picture = curve_picture(curve_of(whole, day("2021-04-15")), whole, YEAR, goal="START")
    assert picture.title == "2021 年 3 月 31 日打桩，晚于期限"


def test_lines_run_from_reading_to_reading_and_the_plan_across():
    picture = drawn(target(("2020-01-01", 0), ("2020-12-31", 50)), days=YEAR, as_of="2020-12-31")
    assert picture.actual == "0,100 100,50"
    assert picture.plan == "0,100 0,100 100,0 100,0"


@pytest.mark.parametrize(
    ("milestones", "as_of", "flags"),
    [
        ([BEHIND], "2020-09-30", [("as-of", "算到 9 月 30 日"), ("due", "期限 12 月 31 日")]),
        (
            [MOVED], "2020-10-31",
            [("as-of", "算到 2020 年 10 月 31 日"), ("due", "期限 2021 年 6 月 30 日"), ("moved", "原定 2020 年 12 月 31 日")],
        ),
        ([BEHIND], "2022-02-01", [("beyond", "算到 2022 年 2 月 1 日 →"), ("due", "期限 12 月 31 日")]),
        ([BEHIND], "2018-02-01", [("beyond", "← 算到 2018 年 2 月 1 日"), ("due", "期限 12 月 31 日")]),
        (
            [BEHIND, target(due_on="2020-10-31")], "2020-09-30",
            [("as-of", "算到 9 月 30 日"), ("due", ""), ("due", "期限 12 月 31 日")],
        ),
    ],
)  # fmt: skip
def test_days_are_named_above(milestones, as_of, flags):
    assert [(label.kind, label.text) for label in drawn(*milestones, as_of=as_of).frame.labels] == flags


# Money


@pytest.mark.parametrize(
    ("spent", "investment", "lengths", "said"),
    [
        (24_800_000, 88_000_000, (Fraction(310, 11), 100), "总投资 8800 万元，已完成 2480 万元。完成了总投资的 28%。"),
        (0, 88_000_000, (0, 100), "总投资 8800 万元，已完成 0 元。完成了总投资的 0%。"),
        (110_000_000, 88_000_000, (100, 80), "总投资 8800 万元，已完成 1.1 亿元。完成了总投资的 125%，超过了总投资。"),
    ],
)
def test_money_against_the_investment(spent, investment, lengths, said):
    picture = money_picture(Decimal(spent), Decimal(investment))
    assert (picture.spent, picture.investment) == lengths
    assert picture.description == said


@pytest.mark.parametrize(
    ("spent", "investment"), [(None, Decimal(5)), (Decimal(5), None), (None, None), (Decimal(5), Decimal(0))]
)
def test_unknown_money_is_not_drawn(spent, investment):
    assert money_picture(spent, investment) is None
