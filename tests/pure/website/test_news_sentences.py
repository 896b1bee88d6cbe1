"""Titles of the news, and the days of an article, without a database."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.utils.html import strip_tags

from news.models import Correction
from website.sentences.news import (
    article_days,
    correction_label,
    news_description,
    news_title,
    withdrawal_days,
)

OCTOBER, ROADS = date(2020, 10, 1), SimpleNamespace(title="城市道路")
LATE = datetime(2020, 10, 1, 16, 30, tzinfo=UTC)  # in Shanghai the day has changed already

LISTS = {
    "all": (None, None, "新闻", "围绕年度承诺发生的事，一共 7 条。"),
    "a month": (OCTOBER, None, "2020 年 10 月的新闻", "2020 年 10 月围绕年度承诺发生的事，一共 7 条。"),
    "a project": (None, ROADS, "新闻：城市道路", "城市道路：围绕年度承诺发生的事，一共 7 条。"),
    "a project's month": (OCTOBER, ROADS, "2020 年 10 月的新闻", "2020 年 10 月围绕年度承诺发生的事，一共 7 条。"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_news_says_of_what_it_is(name):
    """docs/words.md: Other pages."""
    month, about, title, description = LISTS[name]
    assert (news_title(month, about), news_description(month, about, 7)) == (title, description)


@pytest.mark.parametrize(
    ("happened_on", "published_at", "told"),
    [
        (date(2020, 9, 30), LATE, "2020 年 9 月 30 日的事，2020 年 10 月 2 日发布"),
        (None, LATE, "2020 年 10 月 2 日发布"),
        (date(2020, 9, 30), None, "2020 年 9 月 30 日的事，还没有发布"),
    ],
)
def test_the_days_of_an_article(happened_on, published_at, told):
    """docs/words.md: Other pages."""
    article = SimpleNamespace(happened_on=happened_on, published_at=published_at)
    assert strip_tags(article_days(article)) == told


@pytest.mark.parametrize(("at", "told"), [(LATE, "更正于 2020 年 10 月 2 日："), (None, "更正：")])
def test_a_correction_says_since_when(at, told):
    """docs/words.md: Other pages."""
    assert strip_tags(correction_label(Correction(at, "写错了"))) == told


def test_a_withdrawal_says_from_when_until_when():
    """docs/words.md: Other pages."""
    html = withdrawal_days(SimpleNamespace(published_at=LATE, withdrawn_at=LATE.replace(day=3)))
    assert strip_tags(html) == "2020 年 10 月 2 日发布，2020 年 10 月 4 日撤回。"
    assert '<time datetime="2020-10-02T00:30:00+08:00">' in html
