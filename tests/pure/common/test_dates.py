"""One style of days for each audience: residents read 2020 年 9 月 5 日, the admin writes 2020-09-05."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.utils import timezone
from django.utils.formats import date_format, localize

DAY, MOMENT = date(2020, 9, 5), datetime(2020, 9, 5, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (DAY, "DATE_FORMAT", "2020-09-05"),
        (DAY, "SHORT_DATE_FORMAT", "2020-09-05"),
        (timezone.localtime(MOMENT), "DATETIME_FORMAT", "2020-09-05 12:30"),
        (timezone.localtime(MOMENT), "TIME_FORMAT", "12:30"),
        (DAY, "YEAR_MONTH_FORMAT", "2020-09"),
        (DAY, "MONTH_DAY_FORMAT", "09-05"),
    ],
)
def test_the_admin_writes_days_as_its_forms_take_them(value, name, text):
    assert date_format(value, name) == text


def test_a_day_that_a_list_shows_of_itself_is_written_alike():
    assert localize(DAY) == "2020-09-05"


def test_a_form_shows_a_day_as_the_lists_do():
    assert forms.DateInput().format_value(DAY) == "2020-09-05"
    assert forms.DateTimeInput().format_value(timezone.localtime(MOMENT)) == "2020-09-05 12:30:00"


@pytest.mark.parametrize("text", ["2020-09-05", "2020/9/5"])
def test_a_form_reads_what_it_shows(text):
    assert forms.DateField().clean(text) == DAY
