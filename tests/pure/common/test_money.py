"""Amounts as officials type and read them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from common.form_fields import YuanField
from common.money import box_text, parse_yuan, written_yuan, yuan_echo
from common.tokens import Question


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("1500", 15_000_000),
        ("1500 元", 1_500),
        ("4800万\u200b", 48_000_000),
        ("￥48000000", 48_000_000),
        ("¥4800万", 48_000_000),
        ("48,000,000 元", 48_000_000),
        ("4,800万", 48_000_000),
        ("1.85亿", 185_000_000),
        ("1.85 亿元", 185_000_000),
        ("1.85億", 185_000_000),
        ("4,800 萬圓", 48_000_000),
        ("3.3千万", 33_000_000),
        ("０", 0),
        ("0", 0),
        ("4800万元", 48_000_000),
        ("4800万元整", 48_000_000),
        ("12万", 120_000),
        ("1,234", 12_340_000),
        ("１，２３４ 元", 1_234),
        ("1亿2000万元", 120_000_000),
        ("3千万", 30_000_000),
        ("2.5百万", 2_500_000),
        ("1.2345万", 12_345),
        ("1.2345", 12_345),
        ("999999999999999元", 999_999_999_999_999),
        ("150000.1234", 1_500_001_234),
        ("1500万。", 15_000_000),
        ("1500。", 15_000_000),
        (".5亿", 50_000_000),
    ],
)
def test_amounts_as_officials_write_them(text, yuan):
    assert parse_yuan(text) == yuan


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", "不能小于 0"),
        ("待定", "看不懂"),
        ("-", "看不懂"),
        ("/", "看不懂"),
        ("无", "看不懂"),
        ("约3300万元", "看不懂"),
        ("3300w", "看不懂"),
        ("1亿零500万", "看不懂"),
        ("八千万", "看不懂"),
        ("", "看不懂"),
        ("元", "看不懂"),
        ("1e5", "看不懂"),
        ("12,34", "看不懂"),
        ("١٢", "看不懂"),
        ("1" * 31, "看不懂"),
        ("1亿2000", "带单位"),
        ("1.5元", "角和分"),
        ("1.23456万", "写成 12346元 或 1.2346万元。"),
        ("45681234.56元", "写成 45681235元 或 4568.1235万元。"),
        ("1000万亿", "看不懂"),
        ("10000000亿", "太大"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(text, reason):
    with pytest.raises(ValidationError, match=reason):
        parse_yuan(text)


@pytest.mark.parametrize("text", ["待定", "-", "/", "无", "约3300万元", "3300w", "1亿零500万"])
def test_the_way_out_is_named(text):
    field = YuanField(required=False, leave_out="没有确切的数就留空，写在“进展”里。")
    with pytest.raises(ValidationError) as refusal:
        field.clean(text)
    assert refusal.value.messages[0].endswith("没有确切的数就留空，写在“进展”里。")


@pytest.mark.parametrize(
    ("text", "total", "suggestion", "message"),
    [
        ("48000000", None, "4800万元", "是 4800 万元吗？真是 48000000 万元，就写成 48000000万元。"),
        ("4,800,000", None, "480万元", "是 480 万元吗？"),
        ("120000", 33_000_000, "12万元", "是 12 万元吗？"),
        ("15000000.00", None, "1500万元", "是 1500 万元吗？真是 15000000 万元，"),
        ("15000000.50", None, "1500万元", "是 1500 万元吗？真是 15000000.5 万元，就写成 15000000.5万元。"),
        ("45,681,234.56", None, "4568.1234万元", "是 4568.1234 万元吗？"),
        ("12345.67", 33_000_000, "1.2345万元", "是 1.2345 万元吗？"),
    ],
)
def test_a_bare_number_that_was_hardly_meant_in_ten_thousands_is_asked_about(text, total, suggestion, message):
    with pytest.raises(Question) as question:
        parse_yuan(text, total=total and Decimal(total))
    assert question.value.suggestion == suggestion
    assert question.value.message.startswith(message)


def test_who_insists_is_believed():
    assert parse_yuan("48000000万元") == 480_000_000_000


def test_what_stood_in_the_box_is_not_asked_about():
    assert parse_yuan("392000", known=Decimal(3_920_000_000)) == 3_920_000_000


def test_more_than_the_total_may_be_meant():
    assert parse_yuan("4000", total=Decimal(33_000_000)) == 40_000_000


AMOUNTS = [0, 1, 1_234, 9_999, 10_000, 12_345, 48_000_000, 185_000_000, 185_000_001]


@pytest.mark.parametrize("yuan", AMOUNTS)
def test_an_amount_is_written_so_that_it_reads_back(yuan):
    assert parse_yuan(f"{written_yuan(Decimal(yuan))}元") == yuan
    assert parse_yuan(box_text(Decimal(yuan))) == yuan


@pytest.mark.parametrize(
    ("yuan", "total", "echo"),
    [
        (1_500, 33_000_000, "1,500 元，总投资的 0.00%"),
        (15_000_000, None, "1500万元（15,000,000 元）"),
        (15_000_000, 33_000_000, "1500万元（15,000,000 元），总投资的 45.45%"),
        (32_999_999, 33_000_000, "3299.9999万元（32,999,999 元），总投资的 99.99%"),
        (0, 33_000_000, "0 元，总投资的 0.00%"),
    ],
)
def test_what_was_understood(yuan, total, echo):
    assert yuan_echo(Decimal(yuan), total and Decimal(total)) == echo


def test_the_box_prints_its_unit_and_what_was_understood():
    html = YuanField(total=Decimal(33_000_000)).widget.render("spent", "1500 元")
    assert html.index('name="spent"') < html.index("万元") < html.index("= 1,500 元，总投资的 0.00%")


@pytest.mark.parametrize("text", ["", "待定", "48000000", "\x00"])
def test_what_was_not_understood_is_not_echoed(text):
    assert "desk-echo" not in YuanField().widget.render("spent", text)


def test_no_total_is_nothing():
    with pytest.raises(ValidationError) as refusal:
        YuanField(required=False, is_positive=True).clean("0")
    assert refusal.value.messages == ["没有公布就留空。"]
    assert YuanField(required=False, is_positive=True).clean("") is None
