"""Figures as people read them: whole percents rounded down, the arithmetic half-up, money in 亿 and 万."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis.strategies import fractions

from huozhou_portal.formats import (
    day_text,
    exact_yuan_text,
    fine_percent_text,
    number_text,
    percent_text,
    points,
    rounded,
    short_day_text,
    yuan_text,
)

DAY = date(2020, 9, 5)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "—"),
        (Fraction(0), "0%"),
        (Fraction(1, 1000), "<1%"),
        (Fraction(1, 100), "1%"),
        (Fraction(2, 3), "66%"),
        (Fraction(274, 366), "74%"),
        (Fraction(9999, 10000), "99%"),
        (Fraction(1), "100%"),
        (Fraction(321, 300), "107%"),
    ],
)
def test_whole_percents_are_rounded_down(share, text):
    assert percent_text(share) == text


@given(fractions(min_value=0, max_value=1))
@example(Fraction(1) - Fraction(1, 10**30))
@example(Fraction(1, 10**30))
def test_nothing_unfinished_shows_100_and_nothing_begun_shows_0(share):
    assert (percent_text(share) == "100%") == (share == 1)
    assert (percent_text(share) == "0%") == (share == 0)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "—"),
        (Fraction(0), "0.00%"),
        (Fraction(274, 366), "74.86%"),
        (Fraction(2, 3), "66.67%"),
        (Fraction(12345, 100000), "12.35%"),  # 12.345: half-up, where a float gives 12.34
        (Fraction(-12345, 100000), "-12.35%"),
        (Fraction(-1, 1000000), "0.00%"),
        (Fraction(107, 100), "107.00%"),
    ],
)
def test_the_arithmetic_has_two_decimals(share, text):
    assert fine_percent_text(share) == text


@pytest.mark.parametrize(
    ("lag", "shown"),
    [
        (None, None),
        (Fraction(0), 0),
        (Fraction(1486, 10000), 14),
        (Fraction(2999, 10000), 29),
        (Fraction(3, 10), 30),
        (Fraction(1, 300), 0),
        (Fraction(-1486, 10000), -14),
        (Fraction(-1, 300), 0),
    ],
)
def test_points_are_rounded_toward_zero(lag, shown):
    assert points(lag) == shown


@pytest.mark.parametrize(
    ("number", "places", "text"),
    [
        (Fraction(1, 2), 0, "1"),
        (Fraction(5, 2), 0, "3"),
        (Fraction(-1, 2), 0, "-1"),
        (Fraction(-5, 2), 0, "-3"),
        (Fraction(49, 100), 0, "0"),
        (Fraction(125, 1000), 2, "0.13"),
        (Fraction(-125, 1000), 2, "-0.13"),
        (Fraction(274, 366), 4, "0.7486"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(1), 4, "1.0000"),
        (Fraction(10**24 + 1, 2), 0, str(10**24 // 2 + 1)),  # where a float has long lost the half
    ],
)
def test_half_is_rounded_away_from_zero_from_the_exact_value(number, places, text):
    assert f"{rounded(number, places):f}" == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "—"),
        (Decimal("40.0000"), "40"),
        (Decimal("8.5000"), "8.5"),
        (Decimal("0.0000"), "0"),
        (Decimal(300), "300"),
        (Decimal("3E+2"), "300"),
        (Decimal("-0.50"), "-0.5"),
    ],
)
def test_numbers_have_no_trailing_zeros_and_no_exponent(number, text):
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("yuan", "text"),
    [
        (None, "没有公布"),
        ("0", "0 元"),
        ("9999", "9999 元"),
        ("10000", "1 万元"),
        ("12345", "约 1.23 万元"),
        ("48000000", "4800 万元"),
        ("99999999", "约 10000 万元"),  # 亿元 only from 100 million
        ("100000000", "1 亿元"),
        ("185000000", "1.85 亿元"),
        ("184500000", "约 1.85 亿元"),
        ("1083000000", "10.83 亿元"),
        ("123456789012", "约 1234.57 亿元"),
    ],
)
def test_money_in_the_unit_that_fits(yuan, text):
    assert yuan_text(yuan and Decimal(yuan)) == text


@pytest.mark.parametrize(
    ("yuan", "text"),
    [(None, "没有公布"), ("0", "0 元"), ("999", "999 元"), ("1083000000", "1,083,000,000 元")],
)
def test_exact_money_counts_single_yuan(yuan, text):
    assert exact_yuan_text(yuan and Decimal(yuan)) == text


@pytest.mark.parametrize(("day", "text"), [(None, "没有公布"), (DAY, "2020 年 9 月 5 日")])
def test_days_in_full(day, text):
    assert day_text(day) == text


@pytest.mark.parametrize(
    ("day", "year", "text"),
    [
        (None, 2020, "没有公布"),
        (DAY, 2020, "9 月 5 日"),
        (DAY, 2021, "2020 年 9 月 5 日"),
        (DAY, None, "2020 年 9 月 5 日"),
    ],
)
def test_the_year_goes_where_the_reader_knows_it(day, year, text):
    assert short_day_text(day, year=year) == text
