"""What came after a bulletin. docs/rules.md: after-bulletin."""

from dataclasses import dataclass
from datetime import date

import pytest

from tasks.bulletins import bulletin_missed_by


@dataclass(frozen=True)
class Issued:
    data_on: date
    last_entry_id: int


@dataclass(frozen=True)
class Report:
    held_on: date
    entry_id: int | None
    corrects_id: int | None = None


AUGUST, SEPTEMBER = Issued(date(2020, 8, 31), 40), Issued(date(2020, 9, 30), 60)


@pytest.mark.parametrize(
    ("report", "missed"),
    [
        pytest.param(Report(date(2020, 9, 30), 60), None, id="in it"),
        pytest.param(Report(date(2020, 9, 30), 61), SEPTEMBER, id="of its day, after it"),
        pytest.param(Report(date(2020, 10, 1), 61), None, id="of a later day"),
        pytest.param(Report(date(2020, 9, 1), None), SEPTEMBER, id="not public yet"),
        pytest.param(Report(date(2020, 8, 31), 50), AUGUST, id="between the two"),
        pytest.param(Report(date(2020, 8, 31), 61), SEPTEMBER, id="after both: the last"),
        pytest.param(Report(date(2020, 8, 31), 61, corrects_id=7), None, id="a correction"),
    ],
)
def test_a_report_of_a_bulletins_day_that_came_after_it(report, missed):
    assert bulletin_missed_by(report, [AUGUST, SEPTEMBER]) == missed


def test_without_a_bulletin_nothing_comes_after_one():
    assert bulletin_missed_by(Report(date(2020, 9, 30), 61), []) is None
