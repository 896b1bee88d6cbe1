"""A plan's year: each promise filled to what was done of it, its days, and its money; as drawn and in words."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest

from common.charts import Segment
from tests.plain_projects import adjusted, change, day, part, target
from tests.plain_projects import promise as a_promise
from website.pictures.year import rows_of, year_money_picture, year_picture, year_sentence, year_title

DROPPED_ON = SimpleNamespace(**vars(change("2020-11-25")), changes={"dropped": [False, True]})


def promise(*targets, as_of="2020-12-31", counter="件", **about):
    parts = [part(of, key) for key, of in enumerate(targets, 1)]
    return a_promise(*parts, as_of=as_of, lead=None, series=SimpleNamespace(counter=counter), **about)


def plan(*commitments, more=(), as_of="2020-12-31"):
    series = [
        SimpleNamespace(title="十件实事", commitments=commitments),
        SimpleNamespace(title="重点项目", commitments=more),
    ]
    return SimpleNamespace(series=series, commitments=[*commitments, *more], as_of=day(as_of))


DONE = target(("2020-08-31", 100))
OPEN = target(("2020-08-31", 50))
MOVED = adjusted(OPEN, due_on="2021-06-30")


@pytest.mark.parametrize(
    ("milestones", "as_of", "expected"),
    [
        pytest.param([target()], "2020-09-30", {"due_on": day("2020-12-31"), "moved": None, "reached_on": None}, id="unreported"),
        pytest.param([target()], "2021-02-01", {"is_overdue": False}, id="unreported past due isn't late"),
        pytest.param([DONE], "2020-09-30", {"reached_on": day("2020-08-31"), "is_overdue": False}, id="reached"),
        pytest.param([MOVED], "2021-01-01", {"due_on": day("2021-06-30"), "moved": day("2020-12-31"), "is_overdue": False}, id="moved"),
        pytest.param([OPEN], "2021-01-01", {"is_overdue": True, "reached_on": None}, id="overdue"),
        pytest.param([DONE, adjusted(OPEN, dropped=True)], "2020-12-31", {"reached_on": day("2020-08-31"), "dropped_on": None}, id="a part dropped"),
    ],
)  # fmt: skip
def test_a_promise_is_a_row(milestones, as_of, expected):
    (row,) = rows_of([promise(*milestones, as_of=as_of)])
    assert {name: getattr(row, name) for name in expected} == expected


def test_a_dropped_promise_ends_where_it_was_dropped():
    (row,) = rows_of([promise(adjusted(OPEN, dropped=True), adjustments=[DROPPED_ON])])
    assert (row.due_on, row.dropped_on) == (day("2020-12-31"), day("2020-11-25"))


def test_a_promise_without_parts_has_no_row():
    assert rows_of([promise()]) == []
    assert year_picture(plan(promise())) is None


@pytest.mark.parametrize(
    ("milestones", "as_of", "drawn"),
    [
        pytest.param([DONE], "2020-12-31", {"filled": 100, "due": 100, "overdue": None, "moved": None}, id="reached"),
        pytest.param([OPEN], "2020-09-30", {"filled": 50, "reached": None, "overdue": None}, id="on its way"),
        pytest.param([OPEN], "2021-01-31", {"due": Fraction(365 * 100, 396), "overdue": 100}, id="overdue until the day of the page"),
        pytest.param([target()], "2021-01-31", {"overdue": None, "filled": 0}, id="unreported"),
        pytest.param([target(("2021-01-15", 100))], "2021-01-31", {"overdue": Fraction(380 * 100, 396), "is_late": True}, id="late until it was there"),
        pytest.param([MOVED], "2020-12-31", {"due": 100, "moved": Fraction(365 * 100, 546)}, id="moved"),
    ],
)  # fmt: skip
def test_where_a_row_is_drawn(milestones, as_of, drawn):
    (row,) = year_picture(plan(promise(*milestones, as_of=as_of), as_of=as_of)).rows
    assert {name: getattr(row, name) for name in drawn} == drawn


def test_rows_stand_below_each_other_under_the_title_of_their_series():
    picture = year_picture(plan(promise(DONE), promise(OPEN, number=2), more=[promise(DONE)]))
    assert [(group.title, group.top) for group in picture.groups] == [("十件实事", 0), ("重点项目", Fraction(33, 4))]
    assert [row.top for row in picture.rows] == [Fraction(9, 4), Fraction(21, 4), Fraction(21, 2)]
    assert picture.frame.body == Fraction(27, 2)
    assert len(year_picture(plan(promise(DONE))).groups) == 1


@pytest.mark.parametrize(
    ("milestones", "as_of", "key"),
    [
        ([target()], "2020-09-30", ["due"]),
        ([DONE], "2020-12-31", ["filled", "reached", "due"]),
        ([OPEN], "2021-01-31", ["filled", "due", "overdue"]),
        ([DONE, target(due_on="2020-10-31")], "2020-12-31", ["filled", "due", "step"]),
        ([MOVED], "2020-12-31", ["filled", "due", "moved"]),
    ],
)
def test_the_key_of_the_plan_has_what_is_drawn(milestones, as_of, key):
    picture = year_picture(plan(promise(*milestones, as_of=as_of), as_of=as_of))
    assert [mark for mark, _word in picture.key] == key


@pytest.mark.parametrize(
    ("commitments", "title"),
    [
        ([promise(target())], "1 件承诺，还没有办成的"),
        ([promise(DONE), promise(MOVED)], "2 件承诺，1 件办成，1 件改过期限"),
        ([promise(DONE, counter="桩")], "1 桩承诺，1 桩办成"),
        ([promise(DONE, counter="桩"), promise(DONE)], "2 项承诺，2 项办成"),
    ],
)
def test_the_headline_of_the_plan(commitments, title):
    assert year_title(rows_of(commitments)) == title


def test_the_year_in_words():
    told = "这一年：2 件承诺，1 件办成。算到 2020 年 12 月 31 日，每一项在下面的表里。"
    assert year_sentence("2 件承诺，1 件办成", day("2020-12-31")) == told


@pytest.mark.parametrize(
    ("milestones", "text", "filled"),
    [
        pytest.param([target()], "？", 0, id="nobody said how much"),
        pytest.param([target(("2020-08-31", 0))], "0%", 0, id="nothing done"),
        pytest.param([target(("2020-08-31", 997, ), amount=1000)], "99%", Fraction(997, 10), id="never rounded up to all"),
        pytest.param([target(("2020-08-31", 120))], "100%", 100, id="more than promised fills the line"),
        pytest.param([adjusted(OPEN, dropped=True)], "", 0, id="what was dropped has no share"),
    ],
)  # fmt: skip
def test_a_line_is_filled_to_what_was_done(milestones, text, filled):
    one = promise(*milestones, adjustments=[DROPPED_ON])
    (drawn,) = year_picture(plan(one)).rows
    assert (drawn.row.share_text, drawn.filled) == (text, filled)
    assert drawn.fill == Segment(drawn.start, drawn.filled)


def test_steps_in_force_and_those_first_promised_have_their_ticks():
    stepped = target(pace="STEP", steps=[("2020-06-30", 50), ("2020-12-31", 100)])
    earlier = adjusted(target(due_on="2020-09-30"), due_on="2020-10-31")
    (row,) = rows_of([promise(stepped, earlier)])
    assert row.steps == (day("2020-06-30"), day("2020-10-31"))
    assert row.first_steps == (day("2020-09-30"),)
    assert (row.due_on, row.moved) == (day("2020-12-31"), None)


def test_the_day_crosses_the_lines_where_the_picture_has_it():
    assert year_picture(plan(promise(DONE), as_of="2020-12-31")).as_of == 100
    assert year_picture(plan(promise(DONE), as_of="2029-12-31")).as_of is None


# Money


def paid(slug, spent=None, investment=None, annual=None, share=None):
    one = promise(DONE)
    one.project.slug, one.project.name = slug, slug
    one.project.spent, one.project.investment = [n if n is None else Decimal(n) for n in (spent, investment)]
    one.annual_investment, one.annual_execution = annual and Decimal(annual), share
    return one


@pytest.mark.parametrize(
    ("commitment", "text", "share", "filled"),
    [
        pytest.param(paid("a", 5_000_000, 20_000_000), "总投资 2000 万元", "25%", 25, id="of the total"),
        pytest.param(paid("a", 30_000_000, 20_000_000), "总投资 2000 万元", "150%", 100, id="more than the total"),
        pytest.param(paid("a", None, 20_000_000), "总投资 2000 万元", "？", 0, id="nobody said how much"),
        pytest.param(paid("a", 5_000_000), "总投资没有公布", "？", 0, id="no total is known"),
        pytest.param(paid("a", 5, None, 10_000_000, Fraction(1, 2)), "年度投资 1000 万元", "50%", 50, id="the year's, where only that is known"),
        pytest.param(paid("a", 5, 20, 10_000_000, Fraction(1, 2)), "总投资 20 元", "25%", 25, id="the total, where both are known"),
    ],
)  # fmt: skip
def test_what_was_completed_of_the_money(commitment, text, share, filled):
    (drawn,) = year_money_picture(plan(commitment)).rows
    assert (drawn.row.text, drawn.row.share_text, drawn.filled) == (text, share, filled)


def test_the_money_of_a_project_is_drawn_once():
    picture = year_money_picture(plan(paid("a", 5, 20), paid("b"), more=[paid("a", 5, 20), paid("c", None, None, 10)]))
    assert [drawn.row.name for drawn in picture.rows] == ["a", "b", "c"]
    assert picture.title == "3 个项目的钱：1 个公布了总投资，1 个只公布了年度投资，1 个知道完成了多少"
    assert [drawn.row.has_total for drawn in picture.rows] == [True, False, True]


def test_of_no_money_nothing_is_drawn():
    assert year_money_picture(plan(paid("a"))) is None
