"""Many publishers at once: they wait for one another, and the record comes out whole."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product

import pytest
from django.contrib.auth.models import User

from ledger.chain import faults
from ledger.models import Entry
from projects.models import Project, Report
from projects.publishing import publish
from projects.verification import differences
from tests.factories import a_plan, a_project, a_report, a_reviewer, an_official, published
from tests.people_at_work import Desk, at_once
from tests.small_city import address

pytestmark = pytest.mark.both_databases

ALREADY = "这一条已经公布过了。"


@pytest.fixture
def projects(transactional_db) -> list[Project]:
    """Four public projects; the plan that promised them is the first entry."""
    projects = [a_project(f"bridge-{n}", milestones=["built"]) for n in range(4)]
    published(a_plan(*projects))
    return projects


def reports_of(*projects: Project) -> list[Report]:
    """Four of each project, all submitted, which may be published in any order."""
    official = an_official()
    return [a_report(p, f"2020-0{n}-28", {"built": 10 * n}, by=official) for p, n in product(projects, range(4, 8))]


def reviewers(n: int) -> list[User]:
    return [a_reviewer(f"reviewer-{number}") for number in range(n)]


def publication(report: Report, by: User) -> Callable[[], Entry]:
    return lambda: publish(report, by=by)


def assert_whole(reports: Sequence[Report]) -> None:
    """One entry for the plan and one for each report, without a gap or a fork, saying what the tables say."""
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, len(reports) + 2))
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert sorted(Report.objects.published().values_list("entry", flat=True)) == [entry.seq for entry in entries[1:]]
    assert not list(faults(entries))
    assert not list(differences())


def test_sixteen_publishers_of_sixteen_reports_leave_no_gap_and_no_fork(projects):
    """docs/rules.md: moment."""
    reports = reports_of(*projects)
    published_as = at_once(*map(publication, reports, reviewers(16)))
    assert {entry.seq for entry in published_as} == set(range(2, 18))
    assert_whole(reports)
    for report, entry in zip(reports, published_as, strict=True):
        report.refresh_from_db()
        assert report.entry == entry
        assert entry.subject == report.project.address


def test_of_eight_publishers_of_one_report_one_succeeds_and_seven_read_why_not(projects):
    report, *_others = reports_of(projects[0])
    people = reviewers(8)
    came_to = at_once(*(publication(report, person) for person in people))
    (entry,) = [result for result in came_to if isinstance(result, Entry)]
    assert [str(result) for result in came_to if result != entry] == [ALREADY] * 7
    report.refresh_from_db()
    assert report.entry == entry
    assert report.published_by == people[came_to.index(entry)]
    assert_whole([report])


def opened(desk: Desk, reports: Sequence[Report]) -> Callable[[], list[str]]:
    """What presses 公布 on the page of each report, all opened now, and returns what the admin then says."""
    pages = {report: desk.get(address(report)) for report in reports}
    assert all(">公布</button>" in page for page in pages.values())
    return lambda: [message_on(desk.send(address(report, "publish"), page)) for report, page in pages.items()]


def message_on(page: str) -> str:
    return re.search(r'<ul class="messagelist">\s*<li[^>]*>(.*?)</li>', page, re.DOTALL)[1].strip()


def test_four_reviewers_who_press_publish_at_once_publish_each_report_once(projects, live_server):
    reports = reports_of(*projects)[2:5]  # two of one project, one of another
    desks = [Desk(live_server.url, person) for person in reviewers(4)]
    said = Counter(text for texts in at_once(*(opened(desk, reports) for desk in desks)) for text in texts)
    assert said.pop(ALREADY) == 9
    assert sorted(said.values()) == [1, 1, 1]
    assert all(text.startswith("已公布“") for text in said)
    assert_whole(reports)
