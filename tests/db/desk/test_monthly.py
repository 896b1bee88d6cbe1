"""The month's sheet of a department: its rows, and how each of them is saved as a draft by itself."""

from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from desk.filing import unchanged_text
from desk.forms.monthly import BOTH, UNCHANGED
from desk.monthly.rows import MonthSheet, SheetRow, Stage, asked_day, default_day, load_month
from desk.monthly.saving import RowChanged, RowClosed, RowInvalid, TypedRow, save_row
from projects.models import Report
from projects.progress import Rules
from projects.publishing import submit
from tasks.models import Reading, TaskReport
from tests.factories import (
    a_measure,
    a_plan,
    a_project,
    a_report,
    an_indicator,
    an_issued_paper,
    an_official,
    day,
    moment,
    published,
)
from tests.small_city import City, a_draft

pytestmark = pytest.mark.both_databases

NOW, DAY = moment("2020-06-05"), "2020-05-31"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def sheet_of(city: City, on: str = DAY) -> MonthSheet:
    return load_month(city.works, day(on), timezone.localdate())


def bridge_of(city: City, on: str = DAY) -> SheetRow:
    return sheet_of(city, on).by_key[f"project-{city.bridge.pk}"]


def typed(city: City, **changed: str) -> dict[str, str]:
    return {f"value_{city.built.pk}": "55", "text": "The piers stand.", "spent": "1200", **changed}


def saved(city: City, row: SheetRow, **changed: str) -> Report:
    return save_row(TypedRow(row, typed(city, **changed), row.version), by=city.official)


def test_a_row_has_a_line_for_each_target_as_it_stood_before_the_data_day(city):
    row = bridge_of(city)
    built, opened = row.lines
    assert (built.title, built.target, built.unit) == ("Built", Decimal(100), "%")
    assert (built.last, built.last_on, built.current) == (Decimal(40), day("2020-04-30"), None)
    assert float(built.planned) == pytest.approx(100 * 152 / 366)  # on the last of May, not today
    assert (opened.last, opened.is_counted) == (None, True)
    assert row.last_spent == (Decimal(9_000_000), day("2020-04-30"))
    assert (row.stage, row.can_be_unchanged) == (Stage.EMPTY, True)
    assert [plan.year for plan in sheet_of(city).plans] == [2020]


def test_what_is_public_of_the_day_closes_the_row(city):
    row = bridge_of(city, "2020-04-30")
    assert (row.stage, row.lines[0].current, row.lines[0].last) == (Stage.PUBLISHED, Decimal(40), None)
    with pytest.raises(RowClosed, match="已经公布"):
        saved(city, row)


def test_the_sheet_has_nothing_of_other_departments(city):
    assert [row.title for row in load_month(city.parks, day(DAY), day("2020-06-05")).rows] == ["The pool"]


@pytest.mark.parametrize(
    ("months", "on", "asked"),
    [
        (1, "2020-06-05", "2020-05-31"),
        (1, "2020-06-10", "2020-05-31"),
        (1, "2020-06-11", "2020-06-11"),
        (3, "2020-07-03", "2020-06-30"),
        (3, "2020-06-05", "2020-06-05"),
    ],
)
def test_the_day_is_the_last_of_the_period_that_is_asked_for(months, on, asked):
    assert asked_day([Rules(reporting_months=months, starts_on=day("2020-01-01"))], day(on)) == day(asked)


def test_the_day_follows_from_the_plan_that_runs(city):
    assert default_day(day("2020-06-05")) == day(DAY)
    assert default_day(day("2022-06-05")) == day("2022-06-05")


def test_a_row_is_saved_as_a_draft(city):
    report = saved(city, bridge_of(city))
    row = bridge_of(city)
    assert row.draft == report
    assert (row.stage, row.lines[0].current, row.draft.spent) == (Stage.DRAFT, Decimal(55), Decimal(12_000_000))
    assert (report.drafted_by, report.held_on, report.submitted_at) == (city.official, day(DAY), None)


def test_a_draft_is_saved_again_and_what_is_emptied_goes(city):
    saved(city, bridge_of(city))
    saved(city, bridge_of(city), **{f"value_{city.built.pk}": "", f"value_{city.opened.pk}": "1"})
    row = bridge_of(city)
    assert [line.current for line in row.lines] == [None, Decimal(1)]
    assert Report.objects.drafts().count() == 1


def test_errors_stand_at_their_inputs(city):
    with pytest.raises(RowInvalid) as refused:
        saved(city, bridge_of(city), **{f"value_{city.built.pk}": "约60", "text": ""})
    assert refused.value.errors.keys() == {f"value_{city.built.pk}", "text"}
    assert not Report.objects.drafts().exists()


def test_no_change_says_what_was_published_last(city):
    row = bridge_of(city)
    report = save_row(TypedRow(row, {UNCHANGED: "on"}, row.version), by=city.official)
    assert {one.milestone: one.value for one in report.readings.all()} == {city.built: Decimal(40)}
    assert (report.spent, report.text) == (Decimal(9_000_000), unchanged_text(day("2020-04-30")))


def test_no_change_and_a_change_are_not_both_taken(city):
    with pytest.raises(RowInvalid) as refused:
        saved(city, bridge_of(city), **{UNCHANGED: "on"})
    assert refused.value.errors == {UNCHANGED: [BOTH]}


def test_no_change_is_refused_where_nothing_was_published(city):
    row = load_month(city.parks, day(DAY), timezone.localdate()).rows[0]
    with pytest.raises(RowInvalid, match="第一次要填报"):
        save_row(TypedRow(row, {UNCHANGED: "on"}, row.version), by=city.other_official)


def test_a_row_that_somebody_saved_meanwhile_is_not_overwritten(city):
    opened = bridge_of(city)
    saved(city, opened)
    with pytest.raises(RowChanged) as refused:
        saved(city, opened, text="Nothing happened.")
    assert refused.value.form.changed_names == ["text"]
    saved(city, opened)  # the same once more is no conflict
    assert Report.objects.drafts().get().text == "The piers stand."


def test_a_row_that_somebody_sent_meanwhile_is_closed(city):
    opened = bridge_of(city)
    submit(saved(city, opened), by=city.official)
    with pytest.raises(RowClosed, match="已经送审"):
        saved(city, opened, text="Nothing happened.")


def test_a_report_published_meanwhile_closes_the_row(city):
    opened = bridge_of(city)
    published(a_report(city.bridge, DAY, {"built": 50}), on="2020-06-04")
    with pytest.raises(RowClosed, match="已经公布"):
        saved(city, opened)


def test_a_draft_of_another_day_stays_beside_the_row(city):
    other = a_draft(city.bridge, "2020-05-20", {"built": 45}, by=city.official)
    row = bridge_of(city)
    assert (row.draft, row.others, row.can_be_unchanged) == (None, (other,), False)


def test_tasks_and_indicators_have_their_rows(city, answering):
    measure, indicator = answering
    rows = {row.key: row for row in sheet_of(city).rows}
    row = rows[f"measure-{measure.pk}"]
    report = save_row(TypedRow(row, {"declared": "UNDER_WAY", "text": "Drafted."}, row.version), by=city.official)
    assert TaskReport.objects.get() == report
    row = rows[f"indicator-{indicator.pk}"]
    save_row(TypedRow(row, {"value": "31", "note": ""}, row.version), by=city.official)
    assert Reading.objects.get().value == Decimal(31)
    colleague = an_official(city.works, name="colleague")
    with pytest.raises(RowClosed, match="已经填了"):
        save_row(TypedRow(row, {"value": "33", "note": ""}, row.version), by=colleague)


def test_what_comes_after_a_bulletin_says_so(city):
    """docs/rules.md: after-bulletin."""
    assert not bridge_of(city).is_after_bulletin
    an_issued_paper(city.plan, DAY, "2020-06-05", by=city.reviewer)
    assert bridge_of(city).is_after_bulletin
    assert not bridge_of(city, "2020-04-30").is_after_bulletin  # which the bulletin had
    assert not bridge_of(city, "2020-06-01").is_after_bulletin


@pytest.fixture
def answering(city):
    """A measure and an indicator for which the works office answers."""
    plan = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    measure = a_measure(plan.groups.get().tasks.get(), number=2, title="Plain rules", leads=["works-office"])
    indicator = an_indicator(plan, "days", title="Clear days", unit="day", leads=["works-office"])
    published(plan, on="2020-05-07")
    return measure, indicator


def test_three_rows_of_each_kind_are_loaded_in_as_many_queries_as_one(city, answering, django_assert_num_queries):
    a_draft(city.bridge, DAY, {"built": 55}, by=city.official)
    with django_assert_num_queries(33):
        assert len(sheet_of(city).rows) == 3
    more = [a_project(slug, milestones=["built"], lead=city.works) for slug in ("quay", "weir")]
    plan = a_plan(*more, year=2022, starts_on="2020-01-01", ends_on="2022-12-31")
    for number in (2, 3):
        a_measure(plan.groups.get().tasks.get(), number=number, leads=["works-office"])
        an_indicator(plan, f"days-{number}", leads=["works-office"])
    published(plan, on="2020-05-07")
    for project in more:
        a_draft(project, DAY, {"built": 5}, by=city.official)
    with django_assert_num_queries(33):
        assert len(sheet_of(city).rows) == 9
