"""Sixteen people at the same rows over HTTP, by the month's page, by the report's form and with workbooks: no update is lost."""

import pytest
import time_machine

from projects.models import Report
from tasks.models import TaskReport
from tests.sixteen_people import (
    at_the_same_rows,
    check_nothing_lost,
    check_those_who_read_the_same,
    rows_of,
)
from tests.small_city import a_city

pytestmark = [pytest.mark.both_databases, pytest.mark.long]


@pytest.fixture(autouse=True)
def in_june(settings, tmp_path):
    settings.DATA_DIR = tmp_path  # where what is uploaded waits
    with time_machine.travel("2020-06-05T04:00:00Z", tick=True):
        yield


def test_of_sixteen_people_at_the_same_rows_nobody_loses_a_line_or_a_figure(transactional_db, live_server, request):
    n_together, n_freely = (3, 3) if request.config.option.everything else (1, 1)
    city = a_city()
    rows = rows_of(city)
    attempts = at_the_same_rows(city, live_server.url, rows, n_together=n_together, n_freely=n_freely)
    for row in rows:
        check_nothing_lost(row, attempts)
        check_those_who_read_the_same(row, attempts, n_together)
    assert Report.objects.drafts().count() + TaskReport.objects.drafts().count() == len(rows)
