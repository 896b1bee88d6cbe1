"""Days as Chinese people write them."""

from datetime import date

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError

from common.days import parse_day
from common.form_fields import DayField
from common.tokens import Question
from tests.factories import moment

FIFTH = date(2020, 9, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2020年9月5日",
        "2020 年 9 月 5 日",
        "2020年09月05号",
        "2020年9月5",
        "2020.9.5",
        "2020/9/5",
        "2020-9-5",
        "2020、9、5",
        "20200905",
        "２０２０-０９-０５",
        "２０２０．９．５",
        "2020－9－5",
        "2020—9—5",
        "20\u200b20-09\ufeff-05",
        " 2020-09 -05 ",
        "2020年9月5日。",
        "2020年9月5日（星期六）",
        "2020年9月5日 周六",
    ],
)
def test_a_day(text):
    assert parse_day(text) == FIFTH


@pytest.mark.parametrize(
    "text", ["2020年第三季度", "年底前", "长期", "2020年9月", "9月底前", "20-9-5", "2020-9/5", "0905", "一月三日", "2020-09-05 8:00"]
)  # fmt: skip
def test_what_is_no_day_is_refused_with_what_to_write(text):
    with pytest.raises(ValidationError) as refusal:
        parse_day(text)
    assert refusal.value.messages == ["请写一天，例如 2020-09-30。"]


@pytest.mark.parametrize("text", ["2020-02-30", "2021年2月29日", "20201301", "0000-01-01", "2月30日"])
def test_a_day_that_never_was(text):
    with pytest.raises(ValidationError) as refusal:
        parse_day(text, years={2020})
    assert refusal.value.messages == [f"没有“{text}”这一天。"]


@pytest.mark.parametrize(
    ("years", "latest", "suggestion"),
    [
        ({2020}, None, "2020-09-05"),
        ({2020, 2026}, date(2026, 6, 1), "2020-09-05"),  # that of 2026 is still to come
    ],
)
def test_without_its_year_the_only_possible_one_is_asked_about(years, latest, suggestion):
    with pytest.raises(Question) as question:
        parse_day("9月5日", years=years, latest=latest)
    assert question.value.suggestion == suggestion
    assert f"是 {suggestion} 吗" in question.value.message


@pytest.mark.parametrize(
    ("years", "written"), [({2020, 2026}, "2020-09-05 或 2026-09-05"), ((), "2020-09-05"), ({2027}, "2020-09-05")]
)
def test_else_it_is_said_how_to_write_it(years, written):
    with pytest.raises(ValidationError, match="没有写年份") as refusal:
        parse_day("9月5日", years=years, latest=date(2026, 11, 28))
    assert not isinstance(refusal.value, Question)
    assert refusal.value.messages == [f"没有写年份，请写全，例如写成 {written}。"]


@pytest.mark.parametrize(("is_past", "suggestion"), [(False, "2026-12-05"), (True, None)])
def test_a_field_knows_today_and_what_has_happened(is_past, suggestion):
    with time_machine.travel(moment("2026-11-28"), tick=False), pytest.raises(ValidationError) as refusal:
        DayField(is_past=is_past).clean("12月5日")
    assert getattr(refusal.value, "suggestion", None) == suggestion


class TermForm(forms.Form):
    starts_on, due_on = DayField(), DayField()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"starts_on": "2027年1月1日"}, "写成 2026-12-31 或 2027-12-31。"),
        ({"starts_on": "2026-03-01", "year": "２０２７"}, "写成 2026-12-31 或 2027-12-31。"),
        ({"starts_on": "2026-03-01", "number": "2027"}, "是 2026-12-31 吗"),
        ({"starts_on": "2026-03-01", "note": "2027-01-01" * 100}, "是 2026-12-31 吗"),
        ({"starts_on": "2026-03-01", "year": "9999"}, "写成 2026-12-31 或 9999-12-31。"),
        ({"starts_on": "3月1日"}, "是 2026-12-31 吗"),
    ],
)
def test_years_that_are_written_in_the_same_form_may_be_meant(sent, message):
    with time_machine.travel(moment("2026-11-28"), tick=False):
        form = TermForm(sent | {"due_on": "12月31日"})
        assert message in form.errors["due_on"][0]


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\u3164"])
def test_nothing_is_no_day(text):
    assert DayField(required=False).clean(text) is None
