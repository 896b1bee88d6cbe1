"""The page of a month: typed into, looked at and sent, each row by itself, whatever somebody else does meanwhile."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditAction, AuditRecord
from projects.models import Milestone, Report
from tasks.models import Reading, TaskReport
from tests.factories import (
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_report,
    an_indicator,
    an_official,
    moment,
    published,
)
from tests.people_at_work import form_of
from tests.small_city import City, a_draft, address, report_data, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW, DAY = moment("2020-06-05"), "2020-05-31"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def quay(city) -> Milestone:
    """Of another project that the works office leads, and of which nothing was reported yet."""
    quay = a_project("quay", title="The quay", lead=city.works, milestones=["laid"])
    published(a_plan(quay, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    return quay.milestones.get()


def month_address(city: City, query: str = f"?day={DAY}") -> str:
    return reverse("admin:projects_department_month", args=[city.works.pk]) + query


def opened(client, city: City) -> dict[str, list[str]]:
    """What a browser sends of the sheet as it is."""
    return form_of(client.get(month_address(city)).content.decode())


def typed(city: City, milestone: Milestone, value: str = "55", **changed: str) -> dict[str, str]:
    key = f"project-{milestone.project_id}"
    fields = {f"value_{milestone.pk}": value, "text": "It grows.", **changed}
    return {f"{key}-{name}": text for name, text in fields.items()}


def send(client, city: City, data: dict, button: str = "_save"):
    return client.post(month_address(city), {**data, button: ""}, follow=True)


def looked_at(response) -> dict[str, list[str]]:
    return form_of(response.content.decode())


def test_the_day_is_the_end_of_the_month_that_is_asked_for(city):
    page = signed_in(city.official).get(month_address(city, "")).content.decode()
    assert 'name="day" value="2020-05-31"' in page
    assert "2020-04-30" in page  # the last figure's


def test_another_day_is_chosen_in_the_address(city):
    page = signed_in(city.official).get(month_address(city, "?day=5月20日")).content.decode()
    assert "就是 2020-05-20" in page
    page = signed_in(city.official).get(month_address(city, "?day=2020-07-01")).content.decode()
    assert "2020-07-01 还没到" in page


def test_who_answers_for_one_department_comes_to_its_sheet_at_once(city):
    months = reverse("admin:projects_department_months")
    assert signed_in(city.official).get(months)["Location"] == month_address(city, "")
    offered = signed_in(city.reviewer).get(months)
    assert "Works office" in offered.content.decode()
    assert "Parks office" in offered.content.decode()
    assert signed_in(city.editor).get(months).status_code == 403


def test_drafts_are_shown_to_their_department_alone(city):
    a_draft(city.bridge, DAY, {"built": 55}, by=city.official, text="Not said yet.")
    assert "Not said yet." in signed_in(city.official).get(month_address(city)).content.decode()
    for person in (city.reviewer, city.administrator):
        page = signed_in(person).get(month_address(city)).content.decode()
        assert "Not said yet." not in page
        assert "还没有送审" in page
        assert signed_in(person).post(month_address(city), {}).status_code == 403
    assert signed_in(city.other_official).get(month_address(city)).status_code == 404


def test_every_row_becomes_a_draft_of_its_own(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built, spent="1200") | typed(city, quay, "10")
    assert told(send(client, city, data)) == ["存了 2 份草稿，还没有送审。"]
    assert {(one.project.slug, str(one.held_on), one.spent) for one in Report.objects.drafts()} == {
        ("bridge", DAY, 12_000_000),
        ("quay", DAY, None),
    }
    assert AuditRecord.objects.filter(kind=AuditAction.ADD, person=city.official).count() == 2
    assert told(send(client, city, opened(client, city))) == ["没有要存的：表里什么也没有改。"]


def test_a_row_in_error_stays_with_what_was_typed_while_the_others_are_saved(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "约10")
    page = send(client, city, data)
    assert [one.project.slug for one in Report.objects.drafts()] == ["bridge"]
    sent_back = looked_at(page)
    assert sent_back[f"project-{quay.project_id}-value_{quay.pk}"] == ["约10"]
    assert "有 1 处要改" in page.content.decode()
    again = sent_back | typed(city, quay, "10")
    send(client, city, again)
    assert Report.objects.drafts().count() == 2


def test_all_are_looked_at_and_sent_as_they_were_shown(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10", delay="LAND")
    look = send(client, city, data, "_look")
    assert "The quay" in look.content.decode()
    assert "全部送审（2 份）" in look.content.decode()
    assert not Report.objects.drafts().filter(submitted_at__isnull=False).exists()
    done = send(client, city, looked_at(look), "_send")
    assert any("送审了 2 份" in text for text in told(done))
    assert Report.objects.drafts().filter(submitted_at__isnull=False, submitted_by=city.official).count() == 2


def test_what_changed_since_it_was_shown_is_not_sent(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10")
    shown = looked_at(send(client, city, data, "_look"))
    Report.objects.filter(project=city.bridge, published_at=None).update(text="Another text.")
    done = send(client, city, shown, "_send")
    assert any("您看过以后又有变化" in text for text in told(done))
    assert [one.project.slug for one in Report.objects.filter(submitted_at__isnull=False)] == ["quay"]


def test_a_reached_target_asks_for_evidence_and_the_others_go(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "100")
    look = send(client, city, data, "_look")
    assert "要附佐证材料" in look.content.decode()
    assert "全部送审（1 份）" in look.content.decode()
    assert Report.objects.drafts().count() == 2  # kept, so that evidence can be added to it
    send(client, city, looked_at(look), "_send")
    assert [one.project.slug for one in Report.objects.filter(submitted_at__isnull=False)] == ["bridge"]


def test_rows_in_error_keep_what_was_typed_while_the_others_are_sent(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "约10")
    look = send(client, city, data, "_look")
    done = send(client, city, looked_at(look), "_send")
    assert looked_at(done)[f"project-{quay.project_id}-value_{quay.pk}"] == ["约10"]
    assert [one.project.slug for one in Report.objects.filter(submitted_at__isnull=False)] == ["bridge"]


def test_a_month_without_a_change_takes_two_presses(city):
    client = signed_in(city.official)
    look = send(client, city, opened(client, city), "_rest")
    send(client, city, looked_at(look), "_send")
    report = Report.objects.get(submitted_at__isnull=False)
    assert {one.milestone: one.value for one in report.readings.all()} == {city.built: 40}


def test_a_draft_saved_meanwhile_in_its_own_form_is_not_overwritten(city, quay):
    sheet, form = signed_in(city.official), signed_in(an_official(city.works, name="colleague"))
    data = opened(sheet, city)
    form.post(address(Report, "add", f"?project={city.bridge.pk}"), report_data(city))
    page = send(sheet, city, data | typed(city, city.built, "60") | typed(city, quay, "10"))
    assert page.status_code == 409
    assert Report.objects.get(project=city.bridge, published_at=None).text == "The piers stand."
    assert Report.objects.get(project=quay.project).text == "It grows."  # the other row was saved
    assert "The piers stand." in page.content.decode()
    send(sheet, city, looked_at(page))
    assert Report.objects.get(project=city.bridge, published_at=None).text == "It grows."


def test_the_form_of_a_single_report_sees_what_the_sheet_saved(city):
    draft = a_draft(city.bridge, DAY, {"built": 50}, by=city.official)
    form, sheet = signed_in(city.official), signed_in(an_official(city.works, name="colleague"))
    single = form_of(form.get(address(draft)).content.decode())
    send(sheet, city, opened(sheet, city) | typed(city, city.built, "60"))
    answer = form.post(address(draft), {**single, "text": "Mine."})
    assert answer.status_code == 409
    draft.refresh_from_db()
    assert draft.text == "It grows."


def test_what_was_sent_meanwhile_is_told_with_what_was_typed(city, quay):
    client = signed_in(city.official)
    data = opened(client, city)
    a_report(city.bridge, DAY, {"built": 50}, by=city.official)
    page = send(client, city, data | typed(city, city.built, "60") | typed(city, quay, "10"))
    assert page.status_code == 409
    assert "已经送审" in page.content.decode()
    assert "It grows." in page.content.decode()
    assert [one.project.slug for one in Report.objects.drafts().filter(submitted_at=None)] == ["quay"]


def test_a_question_is_answered_with_one_press(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built, "0.85")
    page = send(client, city, data)
    assert "就是 85" in page.content.decode()
    name = f"project-{city.bridge.pk}-value_{city.built.pk}"
    client.post(month_address(city), {**looked_at(page), f"_take_{name}": "85"})
    assert city.bridge.reports.drafts().get().readings.get().value == 85


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.2万", 12000), ("3,5", None), ("15-20", None), ("八", None), ("85%", 85), ("１２", 12)],
)
def test_what_is_typed_is_read_as_in_the_form_of_a_single_report(city, text, value):
    client = signed_in(city.official)
    page = send(client, city, opened(client, city) | typed(city, city.built, text))
    report = city.bridge.reports.drafts().first()
    assert (report.readings.get().value if report else None) == value, told(page)


def test_measures_and_indicators_are_filed_too(city):
    plan = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    measure = a_measure(plan.groups.get().tasks.get(), number=2, title="Plain rules", leads=["works-office"])
    indicator = an_indicator(plan, "days", title="Clear days", unit="day", leads=["works-office"])
    published(plan, on="2020-05-07")
    client = signed_in(city.official)
    data = opened(client, city) | {
        f"measure-{measure.pk}-declared": "UNDER_WAY",
        f"measure-{measure.pk}-text": "Drafted.",
        f"indicator-{indicator.pk}-value": "31",
    }
    look = send(client, city, data, "_look")
    assert "Clear days" in look.content.decode()
    assert "全部送审（1 份）" in look.content.decode()
    send(client, city, looked_at(look), "_send")
    assert TaskReport.objects.get().submitted_by == city.official
    assert Reading.objects.get().value == 31


@pytest.mark.parametrize(
    "data",
    [
        {"_row": ["project-0", "task-x", "", "project-" + "9" * 40], "_version-project-0": "x", "project-0-text": "a"},
        {"_send": "", "_shown": ["", "report:", "report:x@", "user:1@", "report:99999999999999999999@v", "report:1"]},
        {"_look": "", "_row": ["nonsense"]},
        {"_rest": ""},
        {},
    ],
)
def test_nonsense_is_answered_calmly(city, data):
    assert signed_in(city.official).post(month_address(city), data).status_code in (302, 409)
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize("query", ["?day=", "?day=x", "?day=0001-01-01", "?page=x", "?page=-1", "?page=99", "?day=1e9"])
def test_odd_addresses_are_answered(city, query):
    client = signed_in(city.official)
    assert client.get(month_address(city, query)).status_code == 200
    assert client.post(month_address(city, query), {}).status_code in (200, 302)


def test_a_large_sheet_is_paged(city):
    office = published(a_department("large-office"), on="2020-05-06")
    plan = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    for number in range(2, 60):
        a_measure(plan.groups.get().tasks.get(), number=number, leads=["large-office"])
    published(plan, on="2020-05-07")
    client = signed_in(an_official(office, name="large"))
    first = client.get(reverse("admin:projects_department_month", args=[office.pk]))
    assert len(first.context["rows"]) == 40
    assert len(client.get(first.context["pages"][1][1]).context["rows"]) == 18


def test_three_rows_take_as_many_queries_as_one(city):
    client = signed_in(city.official)
    a_draft(city.bridge, DAY, {"built": 50}, by=city.official)

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(month_address(city)).status_code == 200
        return len(asked)

    n_queries()  # what the first page of all asks once
    assert n_queries() == 32
    more = [a_project(slug, milestones=["built"], lead=city.works) for slug in ("weir", "lock")]
    published(a_plan(*more, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    for project in more:
        a_draft(project, DAY, {"built": 5}, by=city.official)
    assert n_queries() == 32
