"""What is said of a span of time and of one change, without a database."""

from datetime import date
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.utils.html import strip_tags

from website.sentences.history import named_part, pace_words, reports_sentence, review_note


@pytest.mark.parametrize(
    ("n_reports", "n_corrections", "told"),
    [(12, 0, "新公布 12 份。"), (12, 1, "新公布 12 份，更正 1 份。"), (0, 1, "没有新公布的进展，更正 1 份。")],
)
def test_how_many_reports_came_between_two_days(n_reports, n_corrections, told):
    """docs/words.md: Other pages."""
    difference = SimpleNamespace(reports=range(n_reports), corrections=range(n_corrections))
    assert reports_sentence(difference) == told


@pytest.mark.parametrize(
    ("has_ended", "told"), [(True, "说的办成了没有"), (False, "说的办成了没有，2020 年 12 月 31 日到期以后可以看")]
)
def test_the_account_of_the_year_is_announced_before_it_is_there(has_ended, told):
    """docs/words.md: The first screen."""
    snapshot = SimpleNamespace(has_ended=has_ended, row=SimpleNamespace(ends_on=date(2020, 12, 31)))
    assert strip_tags(review_note(snapshot)) == told


PACE = {
    "behind": (Fraction(1, 2), Fraction(1, 4), "该到 50%，实际 25%，落后 25 个百分点"),
    "as planned": (Fraction(1, 2), Fraction(1, 2), "该到 50%，实际 50%，正好"),
    "a little ahead": (Fraction(1, 2), Fraction(101, 200), "该到 50%，实际 50%，快不到 1 个百分点"),
    "never reported": (Fraction(1, 2), None, "该到 50%，没有数据"),
    "all of it cut": (None, None, "全部取消，不再计算"),
}


@pytest.mark.parametrize("name", PACE)
def test_how_far_a_promise_should_be_and_is(name):
    """docs/words.md: Changes. docs/rules.md: lag."""
    planned, actual, told = PACE[name]
    lag = None if planned is None or actual is None else planned - actual
    assert pace_words(SimpleNamespace(planned=planned, actual=actual, lag=lag)) == told


@pytest.mark.parametrize(("part", "told"), [("屋顶", "图书馆：屋顶"), ("图书馆", "图书馆"), ("市图书馆", "图书馆")])
def test_a_part_called_as_its_project_is_named_once(part, told):
    project = SimpleNamespace(name="图书馆", title="市图书馆")
    assert named_part(project, part, "：") == told
