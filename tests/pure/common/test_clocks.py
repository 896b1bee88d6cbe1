"""Times of a day as Chinese people write them."""

import pytest
from django.forms import ValidationError

from common.clocks import NO_24, ONE_TIME, parse_clock


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("9:30", "09:30:00"),
        ("９：３０", "09:30:00"),
        ("09:30:15", "09:30:15"),
        ("9点30分", "09:30:00"),
        ("9点30", "09:30:00"),
        ("9时", "09:00:00"),
        ("9点整", "09:00:00"),
        ("9点钟。", "09:00:00"),
        ("9.30", "09:30:00"),
        ("0930", "09:30:00"),
        ("上午9:00", "09:00:00"),
        ("上午12点", "12:00:00"),
        ("下午3点", "15:00:00"),
        ("下午 3 点半", "15:30:00"),
        ("下午三点一刻", "15:15:00"),
        ("下午15:00", "15:00:00"),
        ("下午12:30", "12:30:00"),
        ("中午12点", "12:00:00"),
        ("中午1点", "13:00:00"),
        ("中午11:30", "11:30:00"),
        ("晚上8点", "20:00:00"),
        ("凌晨12:30", "00:30:00"),
        ("3:30 PM", "15:30:00"),
        ("3 p.m.", "15:00:00"),
        ("12:05 am", "00:05:00"),
        ("0:00", "00:00:00"),
        ("十二点", "12:00:00"),
    ],
)
def test_a_time(text, clock):
    assert parse_clock(text).isoformat() == clock


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("24:00", NO_24),
        ("晚上12点", NO_24),
        ("25:00", ONE_TIME),
        ("9:60", ONE_TIME),
        ("上午15:00", ONE_TIME),
        ("9.5", ONE_TIME),
        ("9", ONE_TIME),
        ("930", ONE_TIME),
        ("上班前", ONE_TIME),
    ],
)
def test_what_is_no_time_is_refused_with_what_to_write(text, told):
    with pytest.raises(ValidationError) as refused:
        parse_clock(text)
    assert refused.value.messages == [told]
