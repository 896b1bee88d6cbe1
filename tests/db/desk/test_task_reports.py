"""Tasks, measures, indicators and kept promises at the desk: who reports, who looks, who publishes."""

import pytest
import time_machine

from desk.agenda import DueStatus
from desk.dashboard import department_lines, reporting_tasks_of
from desk.reminders import reminder_items_by_person
from projects.models import Department
from tasks.access import Led
from tasks.models import Check, Measure, Reading, TaskReport
from tests.factories import (
    a_check,
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_report,
    a_task_report,
    an_indicator,
    an_official,
    day,
    moment,
    published,
    published_by,
)
from tests.small_city import NO_EVIDENCE, address, errors_of, filled_in, send, signed_in, told

pytestmark = pytest.mark.one_database

NOW = moment("2020-06-25")
CITED = {"evidence-TOTAL_FORMS": "1", "evidence-0-title": "Approval 7", "evidence-0-is_cited": "on"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def measure(city) -> Measure:
    """Led by the works and the parks office together, in a plan published in May."""
    plan = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    task = plan.groups.get().tasks.get()
    measure = a_measure(task, number=2, title="Plain rules", leads=["works-office", "parks-office"])
    an_indicator(plan, "days", title="Clear days", unit="day", leads=["works-office"])
    published(plan, on="2020-05-07")
    measure.refresh_from_db()
    return measure


def task_report_data(**changed) -> dict:
    return {
        "held_on": "2020-06-20",
        "declared": "UNDER_WAY",
        "text": "Rules are drafted.",
        "problem": "",
        "next_step": "",
        "delay": "",
        "internal_note": "",
        **NO_EVIDENCE,
        **changed,
    }


def form(measure: Measure) -> str:
    return address(TaskReport, "add", f"?about=measure:{measure.pk}")


def test_a_measure_is_reported_submitted_and_published(city, measure):
    official, reviewer = signed_in(city.official), signed_in(city.reviewer)
    page = official.get(form(measure))
    assert page.status_code == 200
    send(official, official.post(form(measure), task_report_data(_submit="")))
    report = TaskReport.objects.get()
    assert report.submitted_at
    assert "Plain rules" in reviewer.get("/admin/").content.decode()
    assert reviewer.get(address(report)).status_code == 200
    reviewer.post(address(report, "publish"))
    report.refresh_from_db()
    assert report.entry.payload["declared"] == "UNDER_WAY"
    assert report.entry.subject == "measure:2021/works-1/2"


def test_each_of_several_departments_reports_and_nobody_else(city, measure):
    other = signed_in(city.other_official)
    assert other.get(form(measure)).status_code == 200
    stranger = signed_in(
        an_official(published(a_department("water-office", name="Water"), on="2020-05-08"), name="stranger")
    )
    assert stranger.get(form(measure)).status_code == 404
    draft = a_task_report(measure, "2020-06-20", by=city.official, submitted_at=None)
    assert other.get(address(draft)).status_code == 200
    assert stranger.get(address(draft)).status_code == 302
    assert signed_in(city.reviewer).get(address(draft)).status_code == 302


def test_done_needs_evidence(city, measure):
    official = signed_in(city.official)
    refused = official.post(form(measure), task_report_data(declared="DONE", _submit=""))
    assert not TaskReport.objects.exists()
    assert "佐证材料" in refused.content.decode()
    send(official, official.post(form(measure), task_report_data(declared="DONE", _submit="", **CITED)))
    assert TaskReport.objects.get().submitted_at


def test_a_report_is_withdrawn_and_sent_back(city, measure):
    official, reviewer = signed_in(city.official), signed_in(city.reviewer)
    report = a_task_report(measure, "2020-06-20", by=city.official)
    official.post(address(report, "withdraw"))
    report.refresh_from_db()
    assert report.submitted_at is None
    send(official, official.post(address(report), task_report_data(_submit="")))
    reviewer.post(address(report, "return"), {"note": "Say more."})
    report.refresh_from_db()
    assert report.submitted_at is None
    assert [note.text for note in report.review_notes.all()] == ["Say more."]
    assert "Say more." in official.get("/admin/").content.decode()


def test_a_correction_that_declares_nothing_withdraws(city, measure):
    official = signed_in(city.official)
    report = published_by(a_task_report(measure, "2020-06-20", by=city.official), city.reviewer)
    correcting = address(TaskReport, "add", f"?corrects={report.pk}")
    sent = task_report_data(declared="", correction_reason="Another measure was meant.", _submit="")
    page = official.post(correcting, sent)
    assert "撤销" in official.get(page["Location"]).content.decode()
    send(official, page)
    correction = TaskReport.objects.get(corrects=report)
    published_by(correction, city.reviewer)
    assert correction.entry.payload["corrects"] == report.entry_id


def test_a_step_back_is_asked_about(city, measure):
    published_by(a_task_report(measure, "2020-05-20", "DONE", by=city.official, evidence="Approval"), city.reviewer)
    official = signed_in(city.official)
    page = official.post(form(measure), task_report_data(_submit=""))
    assert "说已完成，这次说推进中" in official.get(page["Location"]).content.decode()


def test_nothing_new_is_one_press(city, measure):
    published_by(a_task_report(measure, "2020-05-20", by=city.official), city.reviewer)
    official = signed_in(city.official)
    assert "本月无变化" in official.get(form(measure)).content.decode()
    official.post(address(TaskReport, "changelist") + f"unchanged/measure:{measure.pk}/")
    same = TaskReport.objects.get(held_on=day("2020-06-25"))
    assert same.submitted_at
    assert same.declared == "UNDER_WAY"
    official.post(address(TaskReport, "changelist") + f"unchanged/measure:{measure.pk}/")
    assert TaskReport.objects.count() == 2


def test_the_sheet_and_the_summary_say_what_was_declared(city, measure):
    report = a_task_report(measure, "2020-06-20", by=city.official, delay="FUNDS")
    sheet = signed_in(city.official).get(address(report, "sheet")).content.decode()
    assert "推进中" in sheet
    assert "资金" in sheet


def test_several_are_published_at_once(city, measure):
    task_report = a_task_report(measure, "2020-06-20", by=city.official)
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    ticks = [f"{one._meta.model_name}:{one.pk}@{one.submitted_at.isoformat()}" for one in (report, task_report)]
    page = signed_in(city.reviewer).post("/admin/projects/report/publish/", {"report": ticks})
    assert "已公布 2 份" in b"".join(page.streaming_content).decode()


def test_what_is_asked_of_a_department_is_keyed_by_address(city, measure):
    tasks = {one.subject.address: one for one in reporting_tasks_of(Led.by(city.official), day("2020-06-25"))}
    assert set(tasks) == {"project:bridge", "measure:2021/works-1/2", "indicator:2021/days"}
    assert tasks["measure:2021/works-1/2"].due_status is DueStatus.NEVER
    a_task_report(measure, "2020-06-20", by=city.other_official)
    tasks = {one.subject.address: one for one in reporting_tasks_of(Led.by(city.official), day("2020-06-25"))}
    assert tasks["measure:2021/works-1/2"].due_status is DueStatus.LATER


def test_everybody_who_leads_is_reminded(city, measure):
    people = [city.official, city.other_official]
    found = reminder_items_by_person(NOW)
    for person in people:
        assert "measure:2021/works-1/2" in {item.address for item in found[person]}


def test_whichever_of_the_departments_reports_both_are_on_time(city, measure):
    def missing(slug: str) -> list:
        (record,) = [line.punctuality for line in department_lines(day("2020-06-25")) if line.department.slug == slug]
        return [period.first for period, own in record.missing.items() if measure in [one.row for one in own]]

    assert [missing(slug) for slug in ("works-office", "parks-office")] == [[day("2020-05-01")]] * 2
    published(a_task_report(measure, "2020-05-20"), on="2020-06-02")
    assert [missing(slug) for slug in ("works-office", "parks-office")] == [[], []]


def test_after_the_year_nothing_is_asked_but_may_be_reported(city, measure):
    (asked,) = [
        one for one in reporting_tasks_of(Led.by(city.official), day("2022-01-31")) if one.subject.row == measure
    ]
    assert asked.due_status is DueStatus.NEVER
    later = {one.subject.address: one for one in reporting_tasks_of(Led.by(city.official), day("2022-02-01"))}
    assert later["project:bridge"].due_status is DueStatus.NOT_ASKED
    assert "measure:2021/works-1/2" not in later
    with time_machine.travel(moment("2022-03-01"), tick=False):
        assert "补报" in signed_in(city.official).get("/admin/").content.decode()
        assert signed_in(city.official).get(form(measure)).status_code == 200


# Readings of indicators


def test_an_official_of_its_lead_drafts_a_reading_and_a_reviewer_publishes(city, measure):
    led = measure.plan.indicators.get()
    official, reviewer = signed_in(city.official), signed_in(city.reviewer)
    adding = address(Reading, "add", f"?indicator={led.pk}")
    sent = filled_in(official.get(adding)) | {"held_on": "2020-06-20", "value": "41"}
    official.post(adding, sent)
    reading = Reading.objects.get(indicator=led)
    assert reading.drafted_by == city.official
    reviewer.post(address(reading, "publish"))
    reading.refresh_from_db()
    assert reading.is_published
    other = signed_in(city.other_official)
    assert other.get(address(reading)).status_code == 302


def test_reviewers_draft_readings_of_what_nobody_leads(city, measure):
    page = signed_in(city.reviewer).get(address(Reading, "add"))
    choices = page.context["adminform"].form.fields["indicator"].queryset
    assert city.indicator in choices
    assert measure.plan.indicators.get() not in choices


# Checks


@pytest.fixture
def kept(city):
    report = a_report(city.pool, "2020-05-30", {"filled": 100}, evidence="Acceptance")
    published(report, on="2020-05-31")
    return city.pool.commitments.get()


def test_a_check_is_drafted_by_one_reviewer_and_published_by_another(city, kept):
    reviewer = signed_in(city.reviewer)
    sent = {
        "commitment": kept.pk,
        "held_on": "2020-06-20",
        "observer": "PRESS",
        "finding": "NOT_OPENED",
        "text": "The gate is locked.",
        "source": "",
        **NO_EVIDENCE,
    }
    reviewer.post(address(Check, "add"), sent)
    check = Check.objects.get()
    reviewer.post(address(check, "publish"))
    check.refresh_from_db()
    assert not check.is_published
    signed_in(city.second_reviewer).post(address(check, "publish"))
    check.refresh_from_db()
    assert check.entry.payload["finding"] == "NOT_OPENED"


def test_only_what_was_kept_is_looked_at(city):
    reviewer = signed_in(city.reviewer)
    check = a_check(city.bridge.commitments.get(), "2020-06-20", by=city.reviewer)
    page = signed_in(city.second_reviewer).post(address(check, "publish"), follow=True)
    assert any("没有办成" in text for text in told(page))
    sent = filled_in(reviewer.get(address(check)))
    assert "没有办成" in str(errors_of(reviewer.post(address(check), sent)))


def test_the_departments_are_named_where_a_queue_says_who_reports(city, measure):
    a_task_report(measure, "2020-06-20", by=city.official)
    page = signed_in(city.reviewer).get("/admin/").content.decode()
    names = "、".join(Department.objects.get(slug=slug).name for slug in ("works-office", "parks-office"))
    assert names in page


def test_a_project_led_by_two_is_reported_by_either(city):
    plan = a_plan(a_project("park", milestones=["open"], leads=[city.works, city.parks]), year=2021)
    with time_machine.travel(moment("2021-01-10"), tick=False):
        published(plan, on="2021-01-05")
        for person in (city.official, city.other_official):
            assert "park" in signed_in(person).get("/admin/").content.decode()
