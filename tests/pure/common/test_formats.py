"""Figures and days as people read them: whole percents rounded down, the arithmetic cut off, money in 亿 and 万."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis.strategies import fractions

from common.formats import (
    counted_percent_text,
    cut_share,
    day_text,
    day_texts,
    exact_yuan_text,
    fine_number_text,
    fine_percent_text,
    fine_share_text,
    number_text,
    percent_tenths,
    percent_text,
    points,
    rounded,
    rounded_share,
    shared_year,
    spaced,
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
        (Fraction(-1, 300), "-1%"),
    ],
)
def test_whole_percents_are_rounded_down(share, text):
    """docs/rules.md: percent."""
    assert percent_text(share) == text


@given(fractions(min_value=0, max_value=1))
@example(Fraction(1) - Fraction(1, 10**30))
@example(Fraction(1, 10**30))
def test_nothing_unfinished_shows_100_and_nothing_begun_shows_0(share):
    """docs/rules.md: percent."""
    assert (percent_text(share) == "100%") == (share == 1)
    assert (percent_text(share) == "0%") == (share == 0)
    assert (fine_share_text(share) == "100.00%") == (share == 1)
    assert (fine_share_text(share) == "0.00%") == (share == 0)
    for shown in (rounded_share(share), cut_share(share)):
        assert (shown == 1) == (share == 1)
        assert (shown == 0) == (share == 0)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "—"),
        (Fraction(0), "0.00%"),
        (Fraction(274, 366), "74.86%"),
        (Fraction(2, 3), "66.66%"),
        (Fraction(12345, 100000), "12.34%"),
        (Fraction(99999, 100000), "99.99%"),  # 9.9999 of 10
        (Fraction(1), "100.00%"),
        (Fraction(1, 10000), "0.01%"),
        (Fraction(1, 10001), "<0.01%"),
        (Fraction(107, 100), "107.00%"),
    ],
)
def test_the_arithmetic_has_two_decimals_and_the_rest_cut_off(share, text):
    """docs/rules.md: arithmetic."""
    assert fine_share_text(share) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(99999, 100000), "99.99%"),
        (Fraction(1), "100.00%"),
        (Fraction(5, 4), "125%，按 100% 计"),
        (Fraction(4, 3), "133.33%，按 100% 计"),
        (Fraction(10001, 10000), "100.01%，按 100% 计"),
    ],
)
def test_what_exceeds_its_target_counts_as_all_of_it(share, text):
    assert counted_percent_text(share) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(12, 5), "2.4"),
        (Fraction(4), "4"),
        (Fraction(99999, 100000), "0.99"),
        (Fraction(299, 100), "2.99"),
        (Fraction(1, 100000), "<0.01"),
        (Fraction(0), "0"),
    ],
)
def test_a_sum_of_the_arithmetic_is_cut_off_too(number, text):
    assert fine_number_text(number) == text


@pytest.mark.parametrize(
    ("lag", "text"),
    [
        (None, "—"),
        (Fraction(12345, 100000), "12.34%"),
        (Fraction(-12345, 100000), "-12.34%"),
        (Fraction(-1, 1000000), "0.00%"),
        (Fraction(1, 1000000), "0.00%"),
    ],
)
def test_a_lag_and_a_ratio_of_money_are_rounded_toward_zero_in_the_arithmetic_as_well(lag, text):
    assert fine_percent_text(lag) == text


@pytest.mark.parametrize(
    ("share", "in_data", "in_files"),
    [
        (Fraction(99999, 100000), "0.9999", "0.9999"),
        (Fraction(2, 3), "0.6667", "0.6666"),
        (Fraction(1, 30000), "0.0001", "0.0001"),
        (Fraction(0), "0.0000", "0.0000"),
        (Fraction(1), "1.0000", "1.0000"),
        (Fraction(100001, 100000), "1.0000", "1.0000"),
        (Fraction(5, 4), "1.2500", "1.2500"),
        (Fraction(-1, 30000), "0.0000", "0.0000"),
    ],
)
def test_a_share_as_a_number_is_never_1_while_unfinished_nor_0_once_begun(share, in_data, in_files):
    """docs/rules.md: api-rounding, arithmetic."""
    assert (f"{rounded_share(share):f}", f"{cut_share(share):f}") == (in_data, in_files)


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
    """docs/rules.md: percent."""
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
    """docs/rules.md: api-rounding."""
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
        ("99500000", "9950 万元"),
        ("99999949", "约 9999.99 万元"),
        ("99999950", "约 1 亿元"),
        ("99999999", "约 1 亿元"),
        ("100000000", "1 亿元"),
        ("185000000", "1.85 亿元"),
        ("184500000", "约 1.85 亿元"),
        ("1083000000", "10.83 亿元"),
        ("123456789012", "约 1234.57 亿元"),
        ("999999999999", "约 10,000 亿元"),
        ("1000000000000", "10,000 亿元"),
        ("1234567890123", "约 12,345.68 亿元"),
    ],
)
def test_money_in_the_unit_that_fits(yuan, text):
    """docs/rules.md: money-words."""
    assert yuan_text(yuan and Decimal(yuan)) == text


@pytest.mark.parametrize(
    ("yuan", "text"),
    [(None, "没有公布"), ("0", "0 元"), ("999", "999 元"), ("1083000000", "1,083,000,000 元")],
)
def test_exact_money_counts_single_yuan(yuan, text):
    assert exact_yuan_text(yuan and Decimal(yuan)) == text


@pytest.mark.parametrize(
    ("day", "year", "text"),
    [
        (None, None, "没有公布"),
        (None, 2020, "没有公布"),
        (DAY, None, "2020 年 9 月 5 日"),
        (DAY, 2020, "9 月 5 日"),
        (DAY, 2021, "2020 年 9 月 5 日"),
    ],
)
def test_a_day_has_its_year_unless_the_reader_has_it_in_mind(day, year, text):
    """docs/rules.md: days."""
    assert day_text(day, year=year) == text


LAST_DAY, NEXT_SUMMER = date(2020, 12, 31), date(2021, 6, 30)


@pytest.mark.parametrize(
    ("days", "year", "texts"),
    [
        ([DAY], 2020, ["9 月 5 日"]),
        ([DAY, LAST_DAY], 2020, ["9 月 5 日", "12 月 31 日"]),
        ([LAST_DAY, NEXT_SUMMER], 2020, ["2020 年 12 月 31 日", "2021 年 6 月 30 日"]),
        ([LAST_DAY, NEXT_SUMMER], 2021, ["2020 年 12 月 31 日", "2021 年 6 月 30 日"]),
        ([DAY, LAST_DAY], 2021, ["2020 年 9 月 5 日", "2020 年 12 月 31 日"]),
        ([DAY, LAST_DAY], None, ["2020 年 9 月 5 日", "2020 年 12 月 31 日"]),
    ],
)
def test_where_two_years_meet_in_a_sentence_each_day_has_its_own(days, year, texts):
    """docs/rules.md: days."""
    assert day_texts(*days, year=year) == texts


def test_a_day_that_is_not_known_brings_no_year():
    assert shared_year([DAY, None], 2020) == 2020
    assert shared_year([DAY, None, NEXT_SUMMER], 2020) is None


@pytest.mark.parametrize(
    ("name", "told"),
    [("青禾 2018", "青禾 2018 "), ("十件实事", "十件实事"), ("一期 A", "一期 A "), ("", ""), ("96%", "96%")],
)
def test_a_name_in_front_of_chinese_has_room(name, told):
    assert spaced(name) == told


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 100_000), "0.1"),
        (Fraction(1, 3), "33.3"),
        (Fraction(7099, 10_000), "70.9"),
        (Fraction(99_999, 100_000), "99.9"),
        (Fraction(1), "100"),
    ],
)
def test_percents_with_a_decimal_are_cut_off_and_neither_done_nor_none_too_early(share, shown):
    """docs/rules.md: paper-figures, percent."""
    assert number_text(percent_tenths(share)) == shown
