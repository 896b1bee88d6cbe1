"""What an entry says of who did it: that they were two, and of which offices; nobody's name."""

import pytest
import time_machine

from ledger.chain import canonical
from ledger.guard import publishing
from projects.models import Report
from projects.verification import differences
from tests.factories import a_report, a_reviewer, an_adjustment, an_administrator, an_official, moment, published_by

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment("2020-09-01"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def reviewer(city):
    return a_reviewer()


def offices(fact) -> list[tuple]:
    return [(act["did"], act["role"], act["department"]) for act in fact.entry.payload["acts"]]


def test_a_report_takes_an_official_and_a_reviewer(city, reviewer):
    """docs/rules.md: acts."""
    official = an_official(city.parks, city.works)
    report = published_by(a_report(city.bridge, "2020-08-31", by=official), reviewer)
    assert offices(report) == [("drafted", "official", "works-office"), ("published", "reviewer", None)]
    drafted, published = (act["person"] for act in report.entry.payload["acts"])
    assert drafted != published
    assert len(drafted) == 64
    assert list(differences()) == []


def test_of_another_department_the_first_is_told(city, reviewer):
    report = published_by(a_report(city.bridge, "2020-08-31", by=an_official(city.parks)), reviewer)
    assert offices(report)[0] == ("drafted", "official", "parks-office")


def test_an_administrators_adjustment(city, reviewer):
    change = published_by(an_adjustment(city.plan, by=an_administrator(), title="Another"), reviewer)
    assert offices(change) == [("drafted", "administrator", None), ("published", "reviewer", None)]


def test_what_is_loaded_has_a_source_instead(city):
    """docs/rules.md: acts."""
    assert city.report.entry.payload["acts"] == []


def test_nobody_is_known_again_in_another_entry(city, reviewer):
    official = an_official(city.works)
    first = published_by(a_report(city.bridge, "2020-08-30", by=official), reviewer)
    second = published_by(a_report(city.bridge, "2020-08-31", by=official), reviewer)
    people = {act["person"] for report in (first, second) for act in report.entry.payload["acts"]}
    assert len(people) == 4


def test_neither_name_nor_salt_is_in_the_entry(city):
    """docs/rules.md: acts."""
    official, by = an_official(city.works, name="zhang.san"), a_reviewer("li.si")
    report = published_by(a_report(city.bridge, "2020-08-31", by=official), by)
    told = canonical(report.entry.payload).decode()
    assert report.acts_salt
    assert not any(word in told for word in ("zhang", "li.si", report.acts_salt))


@pytest.mark.parametrize(
    "changed",
    [
        lambda report, other: {"drafted_by": other},
        lambda report, other: {"published_by": other},
        lambda report, other: {"acts": []},
        lambda report, other: {"acts": [{**act, "department": "parks-office"} for act in report.acts]},
        lambda report, other: {"acts_salt": "0" * 32},
    ],
    ids=["drafter", "publisher", "no acts", "another office", "another salt"],
)
def test_whoever_is_put_in_somebody_elses_place_is_found(city, reviewer, changed):
    report = published_by(a_report(city.bridge, "2020-08-31", by=an_official(city.works)), reviewer)
    with publishing():
        Report.objects.filter(pk=report.pk).update(**changed(report, a_reviewer("other")))
    (found,) = differences()
    assert "acts" in found


def test_the_page_of_the_entry_names_the_offices(client, city, reviewer):
    report = published_by(a_report(city.bridge, "2020-08-31", by=an_official(city.works, name="zhang.san")), reviewer)
    page = client.get(f"/ledger/{report.entry_id}/").content.decode()
    assert f"起草：{city.works}部门填报员；公布：督查审核员（两个人）" in page.replace("\n", "")
    assert "zhang" not in page
    assert "谁办的" not in client.get(f"/ledger/{city.report.entry_id}/").content.decode()
