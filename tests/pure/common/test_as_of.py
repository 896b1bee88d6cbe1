"""The day in the address: what is understood, its limits, and whose midnight counts."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import RequestFactory

from common.as_of import DayError, asked_day, day_of, day_query, marked_days
from tests.factories import day

FIRST, DEFAULT, TODAY = date(2020, 3, 5), date(2020, 12, 31), date(2021, 1, 1)


def asking(as_of: str | None = None):
    return RequestFactory().get("/2020/", {} if as_of is None else {"as_of": as_of})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("2020-09-30", date(2020, 9, 30)),
        (" 2020-09-30 ", date(2020, 9, 30)),
        ("2020-02-29", date(2020, 2, 29)),
        ("2020-9-30", date(2020, 9, 30)),
        ("20200930", date(2020, 9, 30)),
        ("２０２０-09-30", date(2020, 9, 30)),
        ("2020年9月30日", date(2020, 9, 30)),
        ("0001-01-01", date(1, 1, 1)),
    ],
)
def test_a_day_is_asked_for(text, expected):
    assert asked_day(asking(text)) == expected


@pytest.mark.parametrize(
    "text",
    ["30.9.2020", "2020-W40-3", "2020-09-30T00:00", "\x00", "today", "-1", "2020年第三季度", "年底前"],
)
def test_another_way_of_writing_is_told_the_right_one(text):
    with pytest.raises(DayError) as refusal:
        asked_day(asking(text))
    assert str(refusal.value) == "请写一天，例如 2020-09-30。"


def test_a_day_without_its_year_is_told_how_to_write_it():
    with pytest.raises(DayError) as refusal:
        asked_day(asking("9月5日"))
    assert str(refusal.value) == "没有写年份，请写全，例如写成 2020-09-05。"


@pytest.mark.parametrize("text", ["2021-02-29", "2020-13-01", "2020-00-10", "0000-01-01"])
def test_a_day_that_never_was(text):
    with pytest.raises(DayError) as refusal:
        asked_day(asking(text))
    assert str(refusal.value) == f"没有“{text}”这一天。"


# In London it is still 2020, in Shanghai half past seven on New Year's morning.
@pytest.fixture
def new_year():
    with time_machine.travel(datetime(2020, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        yield


@pytest.mark.usefixtures("new_year")
@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, DEFAULT), ("", DEFAULT), ("2020-03-05", FIRST), ("2020-09-30", date(2020, 9, 30)), ("2021-01-01", TODAY)],
)
def test_the_page_shows_any_day_from_the_first_to_today_in_shanghai(text, expected):
    """docs/rules.md: day-limits."""
    assert day_of(asking(text), first=FIRST, default=DEFAULT) == expected


@pytest.mark.usefixtures("new_year")
@pytest.mark.parametrize("text", ["2020-03-04", "2021-01-02", "0001-01-01", "9999-12-31"])
def test_outside_the_limits_the_page_says_what_they_are(text):
    """docs/rules.md: day-limits."""
    with pytest.raises(DayError) as refusal:
        day_of(asking(text), first=FIRST, default=DEFAULT)
    assert str(refusal.value) == "这一页可以看 2020 年 3 月 5 日到 2021 年 1 月 1 日之间的任何一天。"


@pytest.mark.parametrize(
    ("moment", "refused"),
    [(datetime(2020, 12, 31, 15, 59, 59, tzinfo=UTC), True), (datetime(2020, 12, 31, 16, 0, tzinfo=UTC), False)],
    ids=["before midnight", "midnight"],
)
def test_the_day_begins_at_midnight_in_shanghai(moment, refused):
    with time_machine.travel(moment, tick=False):
        try:
            day_of(asking("2021-01-01"), first=FIRST, default=DEFAULT)
        except DayError:
            assert refused
        else:
            assert not refused


@pytest.mark.parametrize(("text", "query"), [(None, ""), ("", ""), (" 2020-09-30", "?as_of=2020-09-30")])
def test_links_carry_on_the_day_that_was_asked_for(text, query):
    assert day_query(asking(text)) == query


MARKED = [
    pytest.param("2020-03-05", "2020-03-05", "2020-12-31", ["03-05 公布那天"], id="the day of publication"),
    pytest.param("2020-04-29", "2020-03-05", "2020-12-31", ["03-05 公布那天", "03-31 3 月底"], id="within the year"),
    pytest.param(
        "2021-01-31",
        "2020-11-30",
        "2020-12-31",
        ["11-30 公布那天", "12-31 年度最后一天"],
        id="after its end",
    ),
    pytest.param("2020-02-29", "2020-02-10", None, ["02-10 公布那天", "02-29 2 月底"], id="a leap year, no plan"),
    pytest.param(
        "2020-06-15", "2020-05-31", "2020-06-10", ["05-31 公布那天", "06-10 年度最后一天"], id="a plan that ends early"
    ),
    pytest.param("2020-06-15", "2020-06-10", "2020-05-31", ["06-10 公布那天"], id="published after its end"),
]


@pytest.mark.parametrize(("as_of", "first", "ends_on", "expected"), MARKED)
def test_marked_days(as_of, first, ends_on, expected):
    found = marked_days(day(as_of), first=day(first), ends_on=ends_on and day(ends_on))
    assert [f"{marked.day:%m-%d} {marked.words}" for marked in found] == expected


def test_of_many_months_the_last_twelve():
    found = marked_days(day("2023-03-15"), first=day("2020-03-05"), ends_on=None)
    assert [marked.words for marked in found[:2]] == ["公布那天", "2022 年 3 月底"]
    assert len(found) == 13
