"""A snapshot that is kept is the one that would be computed: on every day, after every act, and never after a preview."""

from datetime import date, timedelta

import pytest
import time_machine

from projects import snapshots as projects
from projects.models import Milestone, Report
from projects.publishing import as_if_published
from tasks import snapshots
from tasks.models import Indicator, Plan, PlanAdjustment
from tasks.snapshots import default_day_of, load_plan_snapshot, plan_snapshot_of
from tests.factories import (
    a_correction,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_task_report,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    moment,
    published,
)
from tests.people_at_work import at_once
from website.api.plans import plan_json

pytestmark = pytest.mark.both_databases

TODAY = "2020-12-20"
PAST = date(2020, 9, 30)


def told(found) -> tuple:
    """A snapshot down to its figures and words."""
    parts = found.outlines, found.projects, found.series, found.groups, found.indicators
    return plan_json(found), found.title, parts, {one.pk for one in found.adjustments}


def is_fresh(plan: Plan, day: date) -> bool:
    """Whether what is kept of the day, asked for twice, says what the tables say."""
    return told(plan_snapshot_of(plan, day)) == told(plan_snapshot_of(plan, day)) == told(load_plan_snapshot(plan, day))


@pytest.fixture
def bridge(db):
    with time_machine.travel(moment(TODAY), tick=False):
        bridge = a_project("bridge", milestones=["built", "paved"], investment=10**6)
        plan = a_plan(bridge, a_project("road", milestones=["paved"]), a_project("pool", milestones=["filled"]))
        an_indicator(plan, "greenery")
        published(plan)
        published(a_report(bridge, "2020-06-30", {"built": 40, "paved": 10}, spent=1000), "2020-07-02")
        published(an_adjustment(a_target_of(bridge, "paved"), due_on="2021-03-31"), "2020-08-01")
        yield bridge


@pytest.fixture
def plan(bridge) -> Plan:
    return Plan.objects.get()


def test_days_throughout_the_illustrative_year_are_kept_as_they_would_be_computed(illustrative_2020):
    first = illustrative_2020.published_on
    days = [first + timedelta(days=n) for n in range(0, 330, 21)]
    for day in days:
        plan_snapshot_of(illustrative_2020, day)
    assert [day for day in days if not is_fresh(illustrative_2020, day)] == []


def a_fresh_report(bridge):
    published(a_report(bridge, "2020-09-15", {"built": 60, "paved": 20}, spent=2000), TODAY)


def a_mended_report(bridge):
    published(a_correction(Report.objects.get(), {"built": 30}), TODAY)


def a_moved_day(bridge):
    published(an_adjustment(a_target_of(bridge, "built"), due_on="2021-06-30"), TODAY)


def a_dropped_promise(bridge):
    published(an_adjustment(bridge.commitments.first(), dropped=True), TODAY)


def a_target_of(bridge, code):
    return bridge.milestones.get(code=code).targets.get()


def a_report_of_a_measure(bridge):
    published(a_task_report(bridge.measures.get(), "2020-12-01"), TODAY)


def a_reading(bridge):
    published(an_indicator_reading(Indicator.objects.get(), "2020-09-30", 30), TODAY)


def a_moved_target(_bridge):
    published(an_adjustment(Indicator.objects.get(), target="40"), TODAY)


def another_name(bridge):
    published(an_adjustment(bridge, title="The old bridge"), TODAY)


SINGLE = [a_fresh_report, a_mended_report, another_name]


@pytest.mark.parametrize(
    "act", [*SINGLE, a_moved_day, a_dropped_promise, a_reading, a_report_of_a_measure, a_moved_target]
)
def test_an_act_changes_its_own_day_and_leaves_the_past_kept(bridge, plan, act):
    today = date.fromisoformat(TODAY)
    before, past = plan_snapshot_of(plan, today), plan_snapshot_of(plan, PAST)
    act(bridge)
    assert told(plan_snapshot_of(plan, today)) != told(before)
    assert is_fresh(plan, today)
    assert plan_snapshot_of(plan, PAST) is past
    assert is_fresh(plan, PAST)


@pytest.fixture
def computed(monkeypatch) -> list[str]:
    """The projects whose snapshot was computed from their facts, each time."""
    found: list[str] = []
    compute = projects._ProjectFacts.snapshot

    def noting(facts):
        found.append(facts.row.slug)
        return compute(facts)

    monkeypatch.setattr(projects._ProjectFacts, "snapshot", noting)
    return found


@pytest.mark.parametrize("act", SINGLE)
def test_after_a_publication_about_a_project_that_one_alone_is_computed_anew(bridge, plan, computed, act):
    today = date.fromisoformat(TODAY)
    before = plan_snapshot_of(plan, today)
    assert sorted(computed) == ["bridge", "pool", "road"]
    act(bridge)
    computed.clear()
    after = plan_snapshot_of(plan, today)
    assert computed == ["bridge"]
    road = before.commitments[1]
    assert (road.project.slug, after.commitments[1]) == ("road", road)
    assert after.commitments[1] is road


def test_after_a_reading_of_an_indicator_no_project_is_computed_anew(bridge, plan, computed):
    today = date.fromisoformat(TODAY)
    plan_snapshot_of(plan, today)
    a_reading(bridge)
    computed.clear()
    assert plan_snapshot_of(plan, today).indicators[0].state.value == 30
    assert computed == []


def test_after_a_report_of_a_measure_no_project_is_computed_anew(bridge, plan, computed):
    today = date.fromisoformat(TODAY)
    plan_snapshot_of(plan, today)
    a_report_of_a_measure(bridge)
    computed.clear()
    assert plan_snapshot_of(plan, today).measures[0].answer.state.held_on == date(2020, 12, 1)
    assert computed == []


def test_what_projects_share_makes_all_of_them_new(bridge, plan, computed):
    today = date.fromisoformat(TODAY)
    plan_snapshot_of(plan, today)
    a_dropped_promise(bridge)
    computed.clear()
    plan_snapshot_of(plan, today)
    assert sorted(computed) == ["bridge", "pool", "road"]


def test_one_act_after_the_other_is_followed(bridge, plan):
    today = date.fromisoformat(TODAY)
    plan_snapshot_of(plan, today)
    acts = [a_fresh_report, a_reading, a_moved_day, a_report_of_a_measure, another_name, a_dropped_promise]
    for act in acts:
        act(bridge)
        assert is_fresh(plan, today), act


def test_what_is_hidden_is_gone_from_what_is_kept_of_the_past(bridge, plan):
    def reasons() -> list[str]:
        return [a.reason for t in plan_snapshot_of(plan, PAST).commitments[0].targets for a in t.adjustments]

    assert reasons() == ["The ground was softer than thought."]
    published(a_redaction(PlanAdjustment.objects.get(), "reason"), TODAY)
    assert reasons() == [""]
    assert is_fresh(plan, PAST)


def test_of_a_preview_nothing_is_kept(bridge, plan):
    today = date.fromisoformat(TODAY)
    before = told(plan_snapshot_of(plan, today))
    draft = a_report(bridge, "2020-12-01", {"built": 90, "paved": 80}, source=Report.objects.get().source)
    with as_if_published(draft):
        assert told(plan_snapshot_of(plan, today)) != before
    assert told(plan_snapshot_of(plan, today)) == before
    published(a_report(bridge, "2020-12-02", {"built": 41}), TODAY)
    assert is_fresh(plan, today)


def test_a_publication_in_the_meantime_is_not_kept_half(bridge, plan, monkeypatch):
    """The moment between the question for the last entry and the reading of the facts."""
    today = date.fromisoformat(TODAY)

    def loaded(*args):
        found = load_plan_snapshot(*args)
        monkeypatch.undo()
        a_fresh_report(bridge)
        return found

    key = plan.pk, today, snapshots.ledger_version_on(today)
    monkeypatch.setattr(snapshots, "load_plan_snapshot", loaded)
    plan_snapshot_of(plan, today)
    assert key not in snapshots._snapshots
    assert is_fresh(plan, today)


def test_the_default_day_follows_the_last_entry_once_the_plan_is_over(bridge, plan):
    with time_machine.travel(moment("2021-03-01"), tick=False):
        assert default_day_of(plan, date(2021, 3, 1)) == date(2021, 1, 1)
        published(a_report(bridge, "2021-02-10", {"built": 100, "paved": 100}, evidence="Record"), "2021-02-20")
        assert default_day_of(plan, date(2021, 3, 1)) == date(2021, 2, 20)


def test_words_of_reports_stay_in_the_database(bridge, plan):
    reports = plan_snapshot_of(plan, PAST).projects[bridge.pk].reports
    assert [hasattr(known.report, "text") for known in reports] == [False]


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_hear_the_same():
    bridge = a_project("bridge", milestones=["built"])
    published(a_plan(bridge))
    published(a_report(bridge, "2020-06-30", {"built": 40}), "2020-07-02")
    plan, milestone = Plan.objects.get(), Milestone.objects.get()
    heard = at_once(*[lambda: plan_snapshot_of(plan, PAST)] * 4, *[lambda: told(load_plan_snapshot(plan, PAST))] * 2)
    assert all(one is heard[0] for one in heard[:4])
    assert told(heard[0]) == heard[4] == heard[5]
    assert milestone.pk in {one.row.pk for one in heard[0].projects[bridge.pk].milestones}
