"""The sentences of one part of a project and of the arithmetic behind it, without a database."""

from collections.abc import Callable

import pytest
from django.utils.html import strip_tags

from projects.progress import target_state_of
from tests.plain_projects import RULES, adjusted, day, part, progress, target
from website.sentences.milestones import (
    actual_arithmetic,
    deadline_clause,
    done_so_far,
    first_terms,
    lag_arithmetic,
    pace_reason,
    planned_arithmetic,
    present_terms,
    reading_sentence,
)

SEP = "2020-09-30"


def a_state(of, as_of=SEP, **about):
    return target_state_of(part(of, **about), day(as_of), RULES)


ROAD = target((SEP, 40))
STATIONS = a_state(target(("2020-06-30", 3), amount=10), title="污水处理站", unit="座")
UNREPORTED = a_state(target())
STEP = target((SEP, 0), amount=1, pace="STEP")
PAST = target(("2020-08-31", 40), due_on="2020-09-25")
LATER = adjusted(target((SEP, 40), due_on=SEP), due_on="2020-12-31")
CUT = a_state(adjusted(ROAD, dropped=True))
MARKUP = a_state(ROAD, title="<b>经二路</b>", unit="<b>")

# fmt: off
READINGS = {
    "under way": (a_state(ROAD), "2020 年 9 月 30 日的数据：40%，按日子该到 74%。"),
    "a quantity": (STATIONS, "2020 年 6 月 30 日的数据：3 座，目标 10 座。按日子该到 63%，实际 30%。"),
    "reached": (a_state(target((SEP, 100))), "2020 年 9 月 30 日建成。"),
    "more than promised": (a_state(target((SEP, 321), amount=300), unit="天"), "2020 年 9 月 30 日的数据：321 天，目标 300 天，超额。"),
    "hardly begun": (a_state(target((SEP, "0.4"))), "2020 年 9 月 30 日的数据：0.4%，按日子该到 74%。"),
    "never reported": (UNREPORTED, "目标 100%，还没有数据。按日子该到 74%。"),
    "a step taken": (a_state(target((SEP, 1), amount=1, pace="STEP"), title="开工建设", unit="次", verb="开工", begun="开工"), "2020 年 9 月 30 日开工建设。"),
    "a step not taken": (a_state(target((SEP, 0), amount=1, pace="STEP"), title="二期开工", unit="次", verb="开工", begun="开工"), "2020 年 9 月 30 日的数据：二期还没开工。"),
    "a step never reported": (a_state(target(amount=1, pace="STEP"), title="开工建设", unit="次", verb="开工", begun="开工"), "还没有数据。"),
    "a whole rebuilt": (a_state(target((SEP, 100)), title="管网", verb="改造", begun="施工"), "2020 年 9 月 30 日改造完。"),
}
DEADLINES = {
    "ahead": (a_state(ROAD), "应于 2020 年 12 月 31 日前建成"),
    "reached": (a_state(target((SEP, 100))), "2020 年 9 月 30 日建成；应于 2020 年 12 月 31 日前建成"),
    "reached late": (a_state(target((SEP, 100), due_on="2020-09-25")), "2020 年 9 月 30 日建成，晚于期限；应于 2020 年 9 月 25 日前建成"),
    "moved": (a_state(LATER), "应于 2020 年 12 月 31 日（原定 2020 年 9 月 30 日）前建成"),
    "overdue": (a_state(PAST), "应于 2020 年 9 月 25 日前建成，已过期 5 天"),
    "due and never reported": (a_state(target(due_on="2020-09-25")), "应于 2020 年 9 月 25 日前建成，已过期，没有报"),
}
PLANNED = {
    "the day of the data": (a_state(ROAD), SEP, "274 ÷ 366（天） = 74.86%；从 2020 年 1 月 1 日到 2020 年 12 月 31 日，算到 2020 年 9 月 30 日（这是最近一次数据的日子，实际和计划比的是同一天）"),
    "another day": (a_state(ROAD, "2020-10-01"), "2020-10-01", "274 ÷ 366（天） = 74.86%；从 2020 年 1 月 1 日到 2020 年 12 月 31 日，算到 2020 年 9 月 30 日（这是最近一次数据的日子，实际和计划比的是同一天）；算到 2020 年 10 月 1 日是 75.13%"),
    "a step": (a_state(STEP), SEP, "到期以前是 0 = 0.00%；从 2020 年 1 月 1 日到 2020 年 12 月 31 日，算到 2020 年 9 月 30 日（这是最近一次数据的日子，实际和计划比的是同一天）"),
}
ACTUAL = {
    "under way": (a_state(ROAD), "40 ÷ 100（%） = 40.00%"),
    "more than promised": (a_state(target((SEP, 321), amount=300), unit="天"), "321 ÷ 300（天） = 107%，按 100% 计"),
    "never reported": (UNREPORTED, "没有数据，算不出来；在总数里按 0 计入"),
}
REASONS = {
    "the day of the data": (a_state(ROAD), "这是最近一次数据的日子，实际和计划比的是同一天"),
    "never reported": (UNREPORTED, "从来没有报过数据，计划算到页面这一天"),
    "past its day": (a_state(PAST), "已经过了期限，计划算到页面这一天"),
    "long silent": (STATIONS, "很久没有再报，计划接着往前走"),
}
TERMS = {
    "a quantity": (STATIONS, "建成 10 座污水处理站，2020 年 12 月 31 日前", "建成 10 座污水处理站，2020 年 12 月 31 日前"),
    "a share, moved": (a_state(LATER), "建成经二路，2020 年 9 月 30 日前", "建成经二路，2020 年 12 月 31 日前"),
    "a step": (a_state(STEP, title="开工建设", begun="开工"), "开工建设，2020 年 12 月 31 日前", "开工建设，2020 年 12 月 31 日前"),
    "a roof": (a_state(ROAD, title="屋顶", verb="翻修好"), "翻修好屋顶，2020 年 12 月 31 日前", "翻修好屋顶，2020 年 12 月 31 日前"),
    "named by its verb": (a_state(ROAD, title="建成"), "建成，2020 年 12 月 31 日前", "建成，2020 年 12 月 31 日前"),
    "cut": (CUT, "建成经二路，2020 年 12 月 31 日前", "取消"),
}
SO_FAR = {
    "all reported": (progress(part(ROAD)), "40%（2020 年 9 月 30 日的数据）"),
    "two not": (progress(part(ROAD), part(target(), 2, "东路"), part(target(), 3, "西路")), "13%（2020 年 9 月 30 日的数据）；没有数据的：东路、西路"),
    "nothing": (progress(part(target())), "没有数据"),
}
# fmt: on


@pytest.mark.parametrize("name", READINGS)
def test_what_was_last_reported_of_a_part(name):
    """docs/words.md: A project's page."""
    state, told = READINGS[name]
    assert strip_tags(reading_sentence(state)) == told


@pytest.mark.parametrize("name", DEADLINES)
def test_when_a_part_was_and_is_due(name):
    """docs/words.md: A project's page."""
    state, told = DEADLINES[name]
    assert strip_tags(deadline_clause(state)) == told


@pytest.mark.parametrize("name", PLANNED)
def test_the_plan_of_a_part_day_by_day(name):
    """docs/words.md: A project's page. docs/rules.md: planned."""
    state, as_of, told = PLANNED[name]
    assert strip_tags(planned_arithmetic(state, day(as_of))) == told


@pytest.mark.parametrize("name", ACTUAL)
def test_what_was_done_of_a_part_as_a_sum(name):
    """docs/words.md: A project's page. docs/rules.md: arithmetic."""
    state, told = ACTUAL[name]
    assert actual_arithmetic(state) == told


@pytest.mark.parametrize("name", REASONS)
def test_why_the_plan_is_read_on_that_day(name):
    """docs/words.md: A project's page. docs/rules.md: pace-day."""
    state, told = REASONS[name]
    assert pace_reason(state) == told


@pytest.mark.parametrize("name", TERMS)
def test_what_was_first_promised_of_a_part_and_what_is(name):
    """docs/words.md: Other pages."""
    state, first, present = TERMS[name]
    assert (strip_tags(first_terms(state)), strip_tags(present_terms(state))) == (first, present)


@pytest.mark.parametrize("name", SO_FAR)
def test_how_far_an_unkept_promise_came(name):
    """docs/words.md: Other pages."""
    of, told = SO_FAR[name]
    assert strip_tags(done_so_far(of)) == told


def test_the_lag_and_from_where_it_counts_as_behind():
    """docs/words.md: A project's page. docs/rules.md: lag."""
    told = "该到 74.86% 减去实际 40.00%，差 34.86%。差到 10% 算落后，超过 30% 算严重落后。"
    assert lag_arithmetic(progress(part(ROAD)), RULES) == told


@pytest.mark.parametrize("sentence", [reading_sentence, first_terms, present_terms])
def test_what_people_wrote_stays_text(sentence: Callable):
    assert "<b>" not in sentence(MARKUP)
