"""The page that sends the drafts of several departments with one press, each as it was shown."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.admin import drafts_of_month
from projects.models import Membership, Report
from tests.factories import a_plan, a_project, a_reviewer, moment, published
from tests.people_at_work import form_of
from tests.small_city import City, a_draft, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NOW, DAY = moment("2020-06-05"), "2020-05-31"
PAGE = f"/admin/projects/department/month/drafts/?day={DAY}"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def collector(city):
    """The works' official, who files for parks, too."""
    Membership.objects.create(user=city.official, department=city.parks)
    return signed_in(city.official)


def two_drafts(city: City) -> list[Report]:
    return [
        a_draft(city.bridge, DAY, {"built": 55}, by=city.official, text="The piers stand."),
        a_draft(city.pool, DAY, {"filled": 10}, by=city.official),
    ]


def send(client, **changed):
    sent = form_of(client.get(PAGE).content.decode()) | changed
    return client.post(PAGE, {**sent, "_send": ""}, follow=True)


def sent_slugs() -> set[str]:
    return set(Report.objects.filter(submitted_at__isnull=False).values_list("project__slug", flat=True))


def test_drafts_of_all_departments_go_with_one_press(city, collector):
    two_drafts(city)
    page = collector.get(PAGE).content.decode()
    assert page.index("Parks office（1 份）") < page.index("The pool") < page.index("Works office（1 份）")
    assert "The piers stand." in page
    assert "全部送审（2 份）" in page
    done = send(collector)
    assert any("送审了 2 份" in text for text in told(done))
    assert sent_slugs() == {"bridge", "pool"}
    assert f"没有 {DAY} 的草稿" in done.content.decode()


def test_what_could_not_be_published_stays_with_its_reason_and_a_link(city, collector):
    a_draft(city.bridge, DAY, {"built": 55}, by=city.official)
    faulty = a_draft(city.pool, DAY, {"filled": 100}, by=city.official)
    page = collector.get(PAGE).content.decode()
    assert "全部送审（1 份）" in page
    assert "要附佐证材料" in page
    assert reverse("admin:projects_report_change", args=[faulty.pk]) in page
    assert "要附佐证材料" in send(collector).content.decode()
    assert sent_slugs() == {"bridge"}


def test_what_changed_since_it_was_shown_is_not_sent(city, collector):
    changed, _other = two_drafts(city)
    shown = form_of(collector.get(PAGE).content.decode())
    Report.objects.filter(pk=changed.pk).update(text="Another text.")
    done = collector.post(PAGE, {**shown, "_send": ""}, follow=True)
    assert any("您看过以后又有变化" in text for text in told(done))
    assert sent_slugs() == {"pool"}


def test_nobody_sees_or_sends_the_drafts_of_other_departments(city):
    two_drafts(city)
    client = signed_in(city.other_official)
    page = client.get(PAGE).content.decode()
    assert "The pool" in page
    assert "The bridge" not in page
    Membership.objects.create(user=city.official, department=city.parks)
    shown = form_of(signed_in(city.official).get(PAGE).content.decode())
    done = client.post(PAGE, {**shown, "_send": ""}, follow=True)
    assert any("不归您办" in text for text in told(done))
    assert sent_slugs() == {"pool"}
    for person in (city.reviewer, city.administrator, city.editor):
        assert signed_in(person).get(PAGE).status_code == 403
        assert signed_in(person).post(PAGE, {**shown, "_send": ""}).status_code == 403


def test_what_is_sent_or_of_another_day_is_not_listed(city, collector):
    a_draft(city.bridge, "2020-05-20", {"built": 45}, by=city.official)
    report = a_draft(city.pool, DAY, {"filled": 10}, by=city.official)
    Report.objects.filter(pk=report.pk).update(submitted_at=NOW, submitted_by=city.official)
    page = collector.get(PAGE).content.decode()
    assert f"没有 {DAY} 的草稿" in page
    assert "The bridge" in collector.get(PAGE.replace(DAY, "2020-05-20")).content.decode()


def test_many_are_shown_in_pages_and_sent_page_by_page(city, collector, monkeypatch):
    monkeypatch.setattr(drafts_of_month, "MOST_DRAFTS", 1)
    two_drafts(city)
    page = collector.get(PAGE).content.decode()
    assert "草稿一共 2 份，这一页 1 份" in page
    assert "全部送审（1 份）" in page
    assert "The bridge" in collector.get(f"{PAGE}&page=2").content.decode()
    send(collector)
    assert sent_slugs() == {"pool"}


def test_what_there_is_no_time_for_goes_with_the_next_press(city, collector, monkeypatch):
    monkeypatch.setattr(drafts_of_month, "LONGEST", -1.0)
    two_drafts(city)
    assert any("还有 2 份没来得及送" in text for text in told(send(collector)))
    assert not sent_slugs()


def test_whoever_files_for_several_departments_comes_to_it(city, collector):
    months, drafts = (reverse(f"admin:projects_department_{name}") for name in ("months", "drafts"))
    assert drafts in collector.get(months).content.decode()
    assert drafts in collector.get(reverse("admin:index")).content.decode()
    assert drafts not in signed_in(city.other_official).get(reverse("admin:index")).content.decode()
    assert drafts not in signed_in(a_reviewer("third")).get(months).content.decode()


def test_a_draft_adds_no_more_queries_than_its_own_check_takes(city, collector):
    def n_queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert collector.get(PAGE).status_code == 200
        return len(asked)

    a_draft(city.bridge, DAY, {"built": 50}, by=city.official)
    n_queries()  # what the first page of all asks once
    one = n_queries()
    more = [a_project(slug, milestones=["built"], lead=city.works) for slug in ("weir", "lock")]
    published(a_plan(*more, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    for project in more:
        a_draft(project, DAY, {"built": 5}, by=city.official)
    assert n_queries() <= one + 2 * 8
