"""Many publishers at once: they wait for one another, and the record comes out whole."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product

import pytest
from django.contrib.auth.models import User

from ledger.chain import faults
from ledger.models import Entry
from projects.models import Fact, Project, Report
from projects.publishing import publish
from projects.verification import differences
from tasks.models import Measure, Plan
from tests.factories import (
    a_check,
    a_correction,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_task,
    a_task_report,
    an_addition,
    an_adjustment,
    an_administrator,
    an_indicator,
    an_indicator_reading,
    an_official,
    published,
)
from tests.people_at_work import Desk, at_once
from tests.small_city import address

pytestmark = pytest.mark.both_databases

ALREADY = "这一条已经公布过了。"
STALE = "起草之后已经变了"


@pytest.fixture
def projects(transactional_db) -> list[Project]:
    """Four public projects; the plan that promised them is the first entry."""
    projects = [a_project(f"bridge-{n}", milestones=["built"]) for n in range(4)]
    plan = a_plan(*projects)
    an_indicator(plan)
    published(plan)
    return projects


def reports_of(*projects: Project) -> list[Report]:
    """Four of each project, all submitted, which may be published in any order."""
    official = an_official()
    return [a_report(p, f"2020-0{n}-28", {"built": 10 * n}, by=official) for p, n in product(projects, range(4, 8))]


def reviewers(n: int) -> list[User]:
    return [a_reviewer(f"reviewer-{number}") for number in range(n)]


def facts_of_every_kind(bridge: Project, *others: Project) -> list[Fact]:
    """Sixteen drafts, the last two of which move the same day: whichever comes second was written against what no longer is."""
    plan = Plan.objects.get()
    published(a_report(bridge, "2020-06-30", {"built": 100}, evidence="Record"), "2020-07-05")
    half = published(a_report(others[0], "2020-06-30", {"built": 50}), "2020-07-06")
    official, drafter = an_official(), a_reviewer("drafter")
    administrator, measure = an_administrator(), Measure.objects.get()
    additions = [an_addition(plan, title=title, drafted_by=administrator) for title in ("In June", "In July")]
    for number, addition in enumerate(additions, start=2):
        a_task(plan, number, addition=addition)
    indicator = plan.indicators.get()
    (target,) = others[1].commitments.get().targets.all()
    return [
        *(a_task_report(measure, f"2020-0{n}-28", by=official) for n in range(4, 8)),
        *(a_report(project, "2020-08-31", {"built": 60}, by=official) for project in others),
        a_correction(half, {"built": 40}, by=official),
        *additions,
        *(a_check(bridge.commitments.get(), held_on, by=drafter) for held_on in ("2021-01-05", "2021-07-05")),
        *(an_indicator_reading(indicator, held_on, 30, by=drafter) for held_on in ("2020-06-30", "2020-09-30")),
        *(an_adjustment(target, by=official, due_on=due_on) for due_on in ("2021-03-31", "2021-06-30")),
    ]


def publication(report: Fact, by: User) -> Callable[[], Entry]:
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


def test_sixteen_publishers_of_facts_of_every_kind_leave_no_gap_and_no_fork(projects):
    """docs/rules.md: moment, kind-of-change."""
    facts = facts_of_every_kind(*projects)
    assert len(facts) == 16
    n_before = Entry.objects.count()
    came_to = at_once(*map(publication, facts, reviewers(16)))
    (refused,) = [result for result in came_to if not isinstance(result, Entry)]
    assert STALE in str(refused)
    assert came_to.index(refused) in (14, 15)
    entries = list(Entry.objects.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, n_before + 16))
    assert {entry.seq for entry in came_to if entry is not refused} == set(range(n_before + 1, n_before + 16))
    assert not list(faults(entries))
    assert not list(differences())


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
