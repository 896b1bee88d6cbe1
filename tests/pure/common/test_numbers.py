"""Values as people type them beside their unit."""

import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from common.form_fields import NumberField, WholeNumberField
from common.model_fields import PositiveSmallIntegerField
from common.numbers import is_counted, parse_number, parse_share
from common.tokens import Question, clean_token


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.2万", "人次", "12000"),
        ("3,500", "户", "3500"),
        ("１２", "座", "12"),
        ("12 座", "座", "12"),
        ("12座", "座", "12"),
        ("1.2万座", "座", "12000"),
        ("1.23456万", "户", "12345.6"),
        ("3千", "户", "3000"),
        ("1,234,567.5", "m", "1234567.5"),
        ("8\u200b", "座", "8"),
        ("85%", "%", "85"),
        ("85％", "%", "85"),
        ("99．5", "%", "99.5"),
        ("-3.5", "%", "-3.5"),
        ("－3.5", "%", "-3.5"),
        ("1.5万亩", "万亩", "1.5"),
        ("0", "座", "0"),
        ("12.5 千米", "公里", "12.5"),
        ("5KM", "公里", "5"),
        ("5公里", "km", "5"),
        ("5千米", "米", "5000"),
        ("1.2万千瓦", "千瓦", "12000"),
        ("1.2万", "千瓦", "12000"),
        ("3个月", "月", "3"),
        ("1.5万㎡", "万平方米", "1.5"),
        ("12个", "座", "12"),
        ("1.2万个", "户", "12000"),
        ("12座整", "座", "12"),
        ("12。", "座", "12"),
        ("6.5，", "%", "6.5"),
        ("85%；", "%", "85"),
        (".5", "公里", "0.5"),
        ("5.", "公里", "5"),
        ("百分之85", "%", "85"),
        ("百分之 85。", "%", "85"),
    ],
)
def test_a_value(text, unit, value):
    assert parse_number(text, unit=unit) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "what_to_write"),
    [
        ("3,5", "3,500"),
        ("3／4", "0.75"),
        ("15-20", "例如 15"),
        ("15～20", "例如 15"),
        ("八", "例如 8"),
        ("十二座", "例如 8、12"),
        ("约60", "例如 60"),
        ("60多", "例如 60"),
        ("85%", "单位是座"),
        ("12间", "单位是座"),
        ("12里", "单位是座"),
        ("1.5千人", "单位是座"),
        ("1千2百", "例如 8、12"),
        ("百分之85", "不写百分数"),
        ("6.5个百分点", "只写数，例如 6.5（单位是座）。"),
        ("85%以上", "确切的数"),
        ("12来座", "确切的数"),
        ("≥6", "确切的数"),
        ("不少于6", "确切的数"),
        ("60…", "例如 12"),
        ("。", "例如 12"),
        ("²", "例如 12"),
        ("1²", "例如 12"),
        ("②", "例如 12"),
        ("1e5", "例如 12"),
        ("NaN", "例如 12"),
        ("1" * 31, "例如 12"),
        ("١٢", "例如 12"),
    ],
)
def test_what_is_no_number_is_refused_with_what_to_write(text, what_to_write):
    with pytest.raises(ValidationError) as refusal:
        parse_number(text, unit="座")
    assert what_to_write in refusal.value.message


@pytest.mark.parametrize(
    ("text", "unit", "advice"),
    [
        ("6.5个百分点", "%", "只写数，例如 6.5（单位是%）。"),
        ("85%以上", "%", "确切的数"),
        ("百分之八十五", "%", "用阿拉伯数字写"),
        ("5里", "公里", "单位是公里"),
        ("5km", "米", "单位是米"),
        ("5公里", "里", "单位是里"),
        ("12个", "公里", "单位是公里"),
    ],
)
def test_the_advice_is_about_what_was_typed(text, unit, advice):
    with pytest.raises(ValidationError, match=re.escape(advice)):
        parse_number(text, unit=unit)


def test_a_fraction_of_what_is_counted_becomes_no_decimals():
    with pytest.raises(ValidationError, match="写整数，例如 12"):
        parse_number("8/10", unit="座", is_whole=True)


@pytest.mark.parametrize(
    ("text", "unit", "suggestion"),
    [
        ("1.2万", "万人", "1.2万人"),
        ("3千", "千米", "3千米"),
        ("1.5千", "万人次", "0.15万人次"),
        ("1.5百", "万人次", "0.015万人次"),
        ("5000万", "亿元", "0.5亿元"),
    ],
)
def test_a_unit_that_multiplies_already_is_asked_about(text, unit, suggestion):
    with pytest.raises(Question) as question:
        parse_number(text, unit=unit)
    assert question.value.suggestion == suggestion
    assert parse_number(suggestion, unit=unit) < 10


def test_who_insists_on_thousands_of_ten_thousands_is_told_how():
    with pytest.raises(Question) as question:
        parse_number("1.5千", unit="万人次")
    assert question.value.message == "单位已经是万人次了，是 0.15 万人次吗？真是 1500 万人次，就写成 1500万人次。"
    assert parse_number("1500万人次", unit="万人次") == 1500


@pytest.mark.parametrize(
    ("unit", "is_whole"),
    [
        *((unit, True) for unit in ("座", "个", "所", "条", "块", "户", "次", "次命名", "人次", "天", "间", "棵", "piece")),
        *((unit, False) for unit in ("%", "％", "公里", "平方公里", "万亩", "吨", "元", "亿元", "平方米/人", "m²", "km", "")),
        *((unit, False) for unit in ("延米", "延长米", "平方", "标方", "华里", "兆瓦时", "MWh", "月", "Km", "KM", "ＫＭ", "㎡")),
    ],
)  # fmt: skip
def test_what_is_counted(unit, is_whole):
    assert is_counted(unit) is is_whole


@pytest.mark.parametrize("text", ["9.9999", "0.5", "1.23456万"])
def test_of_what_is_counted_there_are_only_whole_numbers(text):
    field = NumberField(unit="座", counts=True)
    with pytest.raises(ValidationError) as refusal:
        field.clean(text)
    assert refusal.value.messages == ["只能是整数。"]
    assert NumberField(unit="公里", counts=True).clean("9.9999") == Decimal("9.9999")


@pytest.mark.parametrize(("text", "suggestion"), [("0.85", "85%"), ("0.855", "85.5%"), ("０.９", "90%")])
def test_a_share_of_one_where_percents_are_wanted_is_asked_about(text, suggestion):
    with pytest.raises(Question) as question:
        parse_share(text, Decimal(100))
    assert question.value.suggestion == suggestion
    assert question.value.message.startswith(f"是 {suggestion} 吗？")
    assert parse_share(suggestion, Decimal(100)) == parse_number(suggestion, unit="%")


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.85%", "0.85"), ("百分之0.85", "0.85"), ("85%", "85"), ("1", "1"), ("0", "0"), ("100", "100")],
)
def test_who_insists_is_believed(text, value):
    assert parse_share(text, Decimal(100)) == Decimal(value)


def test_less_than_one_percent_may_be_the_target():
    assert parse_share("0.5", Decimal("0.8")) == Decimal("0.5")


@pytest.mark.parametrize(
    ("text", "value"), [("2020", 2020), ("２０２０", 2020), ("1,500", 1500), ("", None), ("\u200b", None)]
)
def test_a_whole_number(text, value):
    assert WholeNumberField(required=False).clean(text) == value


@pytest.mark.parametrize(("unit", "text", "value"), [("年", "2027年", 2027), ("天", "31天", 31), ("天", "31", 31)])
def test_a_whole_number_with_its_unit(unit, text, value):
    assert PositiveSmallIntegerField(unit=unit).formfield().clean(text) == value


@pytest.mark.parametrize("text", ["1.5", "一", "x", "5年", "9" * 40, "²", "\x00"])
def test_what_is_no_whole_number(text):
    with pytest.raises(ValidationError):
        WholeNumberField().clean(text)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("（１２，５）％", "(12,5)%"),
        ("１：２", "1:2"),
        ("a\u3000b c\n", "abc"),
        ("−—–", "---"),
        ("½²①", "½²①"),
        ("凭证。", "凭证"),
        ("12，。", "12"),
        ("60……", "60......"),
        ("。", "."),
        ("8∶30", "8:30"),
    ],
)
def test_a_token(text, token):
    assert clean_token(text) == token
