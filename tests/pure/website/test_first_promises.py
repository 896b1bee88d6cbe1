"""What was promised at first, and what became of it. docs/words.md: A project's page."""

import pytest

from tests.plain_projects import adjusted, day, part, promise, target
from website.sentences.first_promises import became_of, first_promise

ROAD, STATION = target(), target(amount=10)
MOVED = adjusted(target(), due_on="2021-06-30")


@pytest.mark.parametrize(
    ("parts", "about", "told"),
    [
        pytest.param([part(ROAD)], {}, "3 月 5 日公布：经二路，12 月 31 日前建成。", id="one"),
        pytest.param([part(MOVED)], {}, "3 月 5 日公布：经二路，12 月 31 日前建成。", id="the first day, though it was moved"),
        pytest.param(
            [part(ROAD), part(STATION, 2, "污水处理站", unit="座")], {},
            "3 月 5 日公布：经二路、10 座污水处理站，12 月 31 日前建成。", id="two due on one day",
        ),
        pytest.param(
            [part(ROAD), part(target(due_on="2020-06-30"), 2, "纬一路")], {},
            "3 月 5 日公布：纬一路，6 月 30 日前建成；经二路，12 月 31 日前建成。", id="each by its day",
        ),
        pytest.param(
            [part(ROAD, inferred=["due_on"])], {},
            "3 月 5 日公布：经二路建成，只说了年内（本站按 12 月 31 日算）。", id="only the year was named",
        ),
        pytest.param(
            [part(target(due_on="2020-06-30"), inferred=["due_on"])], {},
            "3 月 5 日公布：经二路建成，没说哪天（本站按 6 月 30 日算）。", id="no day was named",
        ),
        pytest.param(
            [part(ROAD, inferred=["due_on"])], {"project_on": "2019-03-01"},
            "3 月 5 日公布：经二路建成，没说哪天（本站按 12 月 31 日算）。", id="brought along from an earlier plan, without words",
        ),
        pytest.param(
            [part(ROAD, inferred=["due_on"])], {"project_on": "2019-03-01", "wording": "年内建成经二路。"},
            "3 月 5 日公布：经二路建成，只说了年内（本站按 12 月 31 日算）。", id="brought along, in words of this year",
        ),
        pytest.param(
            [part(ROAD)], {"project_on": "2019-03-01"},
            "3 月 5 日公布：经二路，12 月 31 日前建成。", id="brought along, and the day was confirmed",
        ),
        pytest.param(
            [part(ROAD, 1, "建成", inferred=["due_on"])], {},
            "3 月 5 日公布：建成，只说了年内（本站按 12 月 31 日算）。", id="a name that says what is done",
        ),
        pytest.param([part(ROAD, 1, "建成")], {}, "3 月 5 日公布：12 月 31 日前建成。", id="such a name and a day"),
        pytest.param([part(ROAD)], {"goal": "START"}, "3 月 5 日公布：经二路，12 月 31 日前动工。", id="to be begun"),
        pytest.param(
            [part(ROAD)], {"goal": "ADVANCE"}, "3 月 5 日公布：经二路，12 月 31 日前推进，没说做到多少。", id="to be advanced",
        ),
        pytest.param(
            [part(ROAD, key, f"{key} 路") for key in range(1, 7)], {"counter": "条"},
            "3 月 5 日公布：6 条，12 月 31 日前建成。", id="too many to name",
        ),
        pytest.param([], {}, "", id="nothing"),
    ],
)  # fmt: skip
def test_the_first_promise(parts, about, told):
    assert first_promise(promise(*parts, **about), year=2020) == told


def test_a_day_that_was_filled_in_counts_as_first_promised():
    """docs/rules.md: kind-of-change. The city named it later as its first word: nothing is left to read into it."""
    road = part(target(due_on="2020-10-31"), inferred=["due_on"])
    road.row.due_on = day("2020-12-31")
    assert first_promise(promise(road), year=2020) == "3 月 5 日公布：经二路，10 月 31 日前建成。"


def test_days_have_their_years_where_they_differ_or_are_read_elsewhere():
    late = promise(part(target(due_on="2021-06-30")))
    assert first_promise(late, year=2020) == "2020 年 3 月 5 日公布：经二路，2021 年 6 月 30 日前建成。"
    assert first_promise(promise(part(ROAD)), year=None).startswith("2020 年 3 月 5 日")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        pytest.param([part(ROAD)], "", id="nothing was moved"),
        pytest.param([part(MOVED)], "期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。", id="moved"),
        pytest.param([part(adjusted(ROAD, dropped=True))], "取消了。", id="given up"),
        pytest.param(
            [part(ROAD), part(adjusted(ROAD, dropped=True), 2, "南环路南延")], "取消了南环路南延。", id="a part given up",
        ),
        pytest.param(
            [part(ROAD), *(part(adjusted(ROAD, dropped=True), key, "路") for key in range(2, 8))], "取消了 6 项。",
            id="too many to name",
        ),
    ],
)  # fmt: skip
def test_what_became_of_it(parts, told):
    assert became_of(promise(*parts), year=2020) == told


def test_a_goal_that_was_lowered():
    lowered = promise(part(ROAD), goal="START")
    lowered.row.goal = "FINISH"
    assert became_of(lowered, year=2020).startswith("从“")
