from decimal import Decimal

import pytest

from huozhou_portal.money import parse_yuan, written_yuan


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("1.85亿", 185_000_000),
        ("1.85 亿元", 185_000_000),
        ("4800万元", 48_000_000),
        ("12万", 120_000),
        ("1,234", 1_234),
        ("１，２３４ 元", 1_234),
        ("1亿2000万元", 120_000_000),
        ("3千万", 30_000_000),
        ("2.5百万", 2_500_000),
        ("1.2345万", 12_345),
        ("48000000", 48_000_000),
        ("0", 0),
        ("999999999999999", 999_999_999_999_999),
    ],
)
def test_amounts_as_officials_write_them(text, yuan):
    assert parse_yuan(text) == yuan


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", "不能小于 0"),
        ("八千万", "看不懂"),
        ("", "看不懂"),
        ("元", "看不懂"),
        ("1e5", "看不懂"),
        ("12,34", "看不懂"),
        ("١٢", "看不懂"),
        ("1" * 31, "看不懂"),
        ("1亿2000", "带单位"),
        ("1.5", "角和分"),
        ("1.23456万", "角和分"),
        ("1000万亿", "看不懂"),
        ("10000000亿", "太大"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_yuan(text)


@pytest.mark.parametrize("yuan", [0, 1, 1_234, 9_999, 10_000, 12_345, 48_000_000, 185_000_000, 185_000_001])
def test_an_amount_is_written_so_that_it_reads_back(yuan):
    assert parse_yuan(written_yuan(Decimal(yuan))) == yuan
