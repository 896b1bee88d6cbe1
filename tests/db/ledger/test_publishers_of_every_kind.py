"""Sixteen publishers at once of whatever a reviewer publishes: the record comes out whole, and losers read why."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User

from ledger.chain import faults
from ledger.models import Entry
from projects.models import Fact
from projects.publishing import publish
from projects.verification import differences
from tasks.models import Measure, Target
from tests.factories import (
    a_check,
    a_correction,
    a_measure,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_source,
    a_task,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_official,
    published,
)
from tests.people_at_work import at_once

pytestmark = pytest.mark.both_databases

N = 16
ALREADY = "这一条已经公布过了。"
CHANGED = "完成时限：起草之后已经变了，现在是 2020-11-01，请重新起草。"


class City:
    """A public plan with sixteen measures, four projects that are done and four that aren't; sixteen reviewers."""

    def __init__(self):
        self.official = an_official()
        self.reviewers = [a_reviewer(f"reviewer-{n}") for n in range(N)]
        self.projects = [a_project(f"bridge-{n}", milestones=["built"]) for n in range(8)]
        self.plan = a_plan(*self.projects)
        self.task = self.plan.groups.get().tasks.get()
        for number in range(2, N + 1):
            a_measure(a_task(self.plan, number), number=1)
        published(self.plan)
        self.kept = [
            published(a_report(project, "2020-06-30", {"built": 100}, evidence="Acceptance record"), "2020-07-02")
            for project in self.projects[:4]
        ]

    @property
    def measures(self) -> list[Measure]:
        return list(Measure.objects.order_by("pk"))

    @property
    def open_targets(self) -> list[Target]:
        return list(Target.objects.order_by("pk")[4:])


@pytest.fixture
def city(transactional_db) -> City:
    return City()


def task_reports(city: City) -> list[Fact]:
    """Of a task and of a measure by turns."""
    subjects = [measure.task if n % 2 else measure for n, measure in enumerate(city.measures)]
    return [a_task_report(subject, "2020-07-31", by=city.official) for subject in subjects]


def additions(city: City) -> list[Fact]:
    found: list[Fact] = []
    for number in range(N):
        addition = an_addition(city.plan, title=f"Added {number}", source=a_source(), drafted_by=city.official)
        a_measure(city.task, number=100 + number, addition=addition)
        found.append(addition)
    return found


def checks(city: City) -> list[Fact]:
    """Four of each kept promise, on days of their own."""
    commitments = [project.commitments.get() for project in city.projects[:4]]
    return [a_check(commitments[n % 4], f"2020-08-{n + 1:02}", by=city.official) for n in range(N)]


def votes(city: City) -> list[Fact]:
    """Of each promise by turns, on days of their own."""
    commitments = [project.commitments.get() for project in city.projects[:4]]
    return [a_vote(commitments[n % 4], f"2020-08-{n + 1:02}", by=city.official) for n in range(N)]


def adjustments(city: City) -> list[Fact]:
    """Of targets, projects and measures, each term changed once."""
    moved = [an_adjustment(target, by=city.official, due_on="2020-11-01") for target in city.open_targets]
    placed = [an_adjustment(project, by=city.official, place="East bank") for project in city.projects[:4]]
    worded = [an_adjustment(one, by=city.official, title="Otherwise") for one in city.measures[:8]]
    return [*moved, *placed, *worded]


def corrections(city: City) -> list[Fact]:
    """Of the four reports, beside twelve new ones of tasks."""
    of_reports = [a_correction(one, {"built": 99}, by=city.official, evidence="Another count") for one in city.kept]
    return [*of_reports, *task_reports(city)[:12]]


def of_every_kind(city: City) -> list[Fact]:
    return [
        *task_reports(city)[:4],
        *additions(city)[:4],
        *checks(city)[:2],
        *votes(city)[:2],
        *adjustments(city)[4:7],
        a_correction(city.kept[3], {"built": 100}, by=city.official, evidence="Another count"),
    ]


KINDS = {
    "reports of tasks and measures": task_reports,
    "additions": additions,
    "checks": checks,
    "votes": votes,
    "adjustments": adjustments,
    "corrections": corrections,
    "of every kind": of_every_kind,
}


def published_at_once(facts: Sequence[Fact], reviewers: Sequence[User]) -> list:
    """What each publication came to, an entry or an error."""
    assert len(facts) == len(reviewers)
    return at_once(*(lambda fact=fact, by=by: publish(fact, by=by) for fact, by in zip(facts, reviewers, strict=True)))


def assert_whole(before: int, facts: Sequence[Fact], came_to: Sequence) -> list[str]:
    """No gap, no fork, nothing published twice, the tables say what the entries say. Gives what the losers read."""
    entries = list(Entry.objects.order_by("seq"))
    won = [(fact, one) for fact, one in zip(facts, came_to, strict=True) if isinstance(one, Entry)]
    assert [entry.seq for entry in entries] == list(range(1, before + len(won) + 1))
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert {entry.seq for _fact, entry in won} == set(range(before + 1, before + len(won) + 1))
    for fact in facts:
        fact.refresh_from_db()
    assert all(fact.entry == entry for fact, entry in won)
    assert len([fact for fact in {(type(one), one.pk): one for one in facts}.values() if fact.is_published]) == len(won)
    assert not list(faults(entries))
    assert not list(differences())
    return [str(one) for one in came_to if not isinstance(one, Entry)]


@pytest.mark.parametrize("kind", KINDS)
def test_sixteen_at_once_leave_no_gap_and_no_fork(city, kind):
    """docs/rules.md: moment."""
    facts, before = KINDS[kind](city), Entry.objects.count()
    assert len(facts) == N
    came_to = published_at_once(facts, city.reviewers)
    assert assert_whole(before, facts, came_to) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "of every kind"])
def test_of_sixteen_who_publish_the_same_one_does_and_fifteen_read_why_not(city, kind):
    """docs/rules.md: moment."""
    fact, before = KINDS[kind](city)[0], Entry.objects.count()
    facts = [type(fact).objects.get(pk=fact.pk) for _reviewer in city.reviewers]
    came_to = published_at_once(facts, city.reviewers)
    assert assert_whole(before, facts, came_to) == [ALREADY] * (N - 1)


def test_of_two_adjustments_of_one_target_only_one_wins(city):
    """docs/rules.md: adjustments."""
    target, *others = city.open_targets
    twice = [an_adjustment(target, by=city.official, due_on="2020-11-01") for _time in range(2)]
    facts = [*twice, *(an_adjustment(one, by=city.official, amount="120") for one in others), *task_reports(city)[:11]]
    before = Entry.objects.count()
    came_to = published_at_once(facts, city.reviewers)
    assert assert_whole(before, facts, came_to) == [CHANGED]
    assert sum(isinstance(one, Entry) for one in came_to[:2]) == 1
