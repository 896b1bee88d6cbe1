"""The illustrative years show everything that the portal has a word for, and next year's plan takes nobody's place."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ledger.models import EntryKind
from projects.adjustable import ChangeKind
from projects.models import DelayReason, Project, Report, SourceKind
from projects.models.adjustments import DecidedBy
from projects.progress import Light, Total
from tasks.clarity import Tick
from tasks.measures import MeasureStatus
from tasks.models import Check, Finding, Plan, TaskReport, current_of
from tasks.progress import IndicatorStatus, Outcome
from tasks.snapshots import PlanSnapshot, default_day_of, entries_concerning, plan_snapshot_of
from tasks.verdicts import verdict_of

pytestmark = pytest.mark.one_database

FIRST, LAST = date(2020, 3, 5), date(2021, 6, 1)
WORDS = {
    *("刚公布", "部门没有报过", "暂无公开数据", "按计划", "比计划快", "落后", "严重落后", "已取消"),
    *("办成", "改后办成", "晚了才办成", "没办成", "过期没办完", "往前推了", "办没办成不知道"),
    *("还没开工", "开工了", "改后开工", "晚了才开工", "没开工", "过期没开工"),
}
BESIDE = {"按日子平均推算（本站理解）", "改紧了", "改过", "没说做到多少", "部门没报数据", "本站没有数据"}
BESIDE |= {"建好没启用", "停用了", "有问题"}  # what somebody found who looked again


def snapshots(*plans: Plan) -> Iterator[PlanSnapshot]:
    """Of every sixth day on which both plans of the time are known."""
    for plan in plans:
        day = plan.published_on
        while day <= LAST:
            yield plan_snapshot_of(plan, day)
            day += timedelta(6)


def test_everything_that_has_a_word_occurs_on_some_day(illustrative_2020):
    """docs/rules.md: verdict, clarity, check, measure, kind-of-change, decided-by, delay-reason."""
    shown = list(snapshots(illustrative_2020))
    commitments = [one for snapshot in shown for one in snapshot.commitments]
    verdicts = [verdict_of(one) for one in commitments]
    assert {verdict.word for verdict in verdicts} == WORDS
    assert {text for verdict in verdicts for text in verdict.beside} == BESIDE
    assert {one.state.light for one in commitments} == set(Light)
    assert {one.state.outcome for one in commitments} == set(Outcome)
    assert {one.check.code for one in commitments if one.check} == {"UNCHECKED", "DUE", *Finding.values}
    assert {tick for one in commitments for tick in one.promised_clarity} == set(Tick)
    answers = [measure.answer for snapshot in shown for measure in snapshot.measures]
    assert {answer.state.status for answer in answers} == set(MeasureStatus)
    assert {one.state.status for snapshot in shown for one in snapshot.indicators} == set(IndicatorStatus)
    changes = shown[-1].all_adjustments
    assert {kind for change in changes for kind in change.field_kinds.values()} == set(ChangeKind)
    assert {change.decided_by for change in changes} == set(DecidedBy.values)
    delays = {report.delay for model in (Report, TaskReport) for report in model.objects.exclude(delay="")}
    assert delays == set(DelayReason.values)
    assert set(Check.objects.values_list("observer", flat=True)) == {"LEAD", "SUPERVISION", "CONGRESS", "PRESS"}


def days_on_which_terms_change(plan: Plan) -> list[date]:
    """Each on which something was promised or changed, with the day before and the day after, and the plan's last two."""
    kinds = (EntryKind.PLAN, EntryKind.ADDITION, EntryKind.ADJUSTMENT)
    days = set(entries_concerning(plan).filter(kind__in=kinds).values_list("published_on", flat=True))
    days |= {plan.ends_on, plan.ends_on + timedelta(1)}
    return sorted(
        day for one in days for day in (one - timedelta(1), one, one + timedelta(1)) if day >= plan.published_on
    )


def test_the_ten_stay_ten_with_37_measures_that_have_a_state_and_their_money(illustrative_2020):
    """docs/rules.md: money, measure."""
    days = days_on_which_terms_change(illustrative_2020)
    assert len(days) > 20
    for day in days:
        snapshot = plan_snapshot_of(illustrative_2020, day)
        headline = snapshot.headline
        assert headline.row.title == "十件惠民实事", day
        assert (len(headline.commitments), headline.investment) == (10, Total(1_083_000_000, 6, 4)), day
        measures = [one for one in snapshot.measures if one.row.addition_id is None]
        assert len(measures) == 37, day
        assert all(one.answer.state.status in MeasureStatus for one in snapshot.measures), day


def test_a_day_before_the_addition_does_not_know_it(illustrative_2020):
    """docs/rules.md: addition, departments-first-named."""
    before, after = (plan_snapshot_of(illustrative_2020, date(2020, 6, day)) for day in (17, 18))
    assert [len(one.series) for one in (before, after)] == [2, 3]
    assert [len(one.additions) for one in (before, after)] == [0, 1]
    assert {"old-quarters", "cold-chain"} <= {project.slug for project in after.projects.values()}
    assert not {"old-quarters", "cold-chain"} & {project.slug for project in before.projects.values()}
    added = Project.objects.get(slug="skills-training")
    assert added.leads == ["human-resources-bureau"]
    assert added.entry.subject == after.additions[0].address
    assert {one["slug"] for one in added.entry.payload["departments"]} == {"human-resources-bureau"}


@pytest.mark.parametrize("area", [1, 2, 4, 8])
def test_an_area_without_projects_has_a_dated_word_or_says_who_was_silent(illustrative_2020, area):
    """docs/rules.md: measure."""
    (task,) = (
        one
        for one in plan_snapshot_of(illustrative_2020, date(2020, 12, 31)).tasks
        if (one.group.code, one.number) == ("area", area)
    )
    states = [measure.answer.state for measure in task.measures]
    assert any(state.held_on and state.declared for state in states)
    assert all(
        state.status != MeasureStatus.SILENT or measure.answer.lead_slugs
        for measure, state in zip(task.measures, states, strict=True)
    )


def test_every_one_of_the_37_measures_has_a_state(plan_2020):
    """docs/rules.md: measure."""
    measures = plan_snapshot_of(plan_2020, date(2020, 9, 30)).measures
    assert len(measures) == 37
    assert {one.answer.state.status for one in measures} == {MeasureStatus.SERVED, MeasureStatus.NO_DATA}


class TestNextYear:
    def test_it_is_published_while_facts_of_the_year_before_still_come_in(self, illustrative_years):
        before, following = illustrative_years
        assert entries_concerning(before).filter(seq__gt=following.entry_id, published_on__lte=LAST).count() > 5

    @pytest.mark.parametrize("day", ["2021-03-02", "2021-06-30", "2021-12-31", "2022-04-01", "2026-11-28"])
    def test_it_never_takes_the_front_page_from_a_published_plan(self, illustrative_years, day):
        before, following = illustrative_years
        assert following.source.kind == SourceKind.ILLUSTRATIVE
        assert Plan.objects.on_front_page(date.fromisoformat(day)) == before
        assert current_of([before, following], date.fromisoformat(day)) == following

    def test_it_carries_two_promises_over_and_each_is_judged_by_its_own_terms(self, illustrative_years):
        """docs/rules.md: target."""
        words = [
            {one.project.slug: verdict_of(one).word for one in plan_snapshot_of(plan, date(2021, 10, 15)).commitments}
            for plan in illustrative_years
        ]
        carried = words[0].keys() & words[1].keys()
        assert {slug: (words[0][slug], words[1][slug]) for slug in carried} == {
            "rural-sewage": ("晚了才办成", "办成"),
            "new-schools": ("晚了才办成", "办成"),
        }

    def test_a_report_about_a_promise_carried_over_concerns_both_plans(self, illustrative_years):
        """docs/rules.md: default-day."""
        before, following = illustrative_years
        report = Report.objects.get(code="rural-sewage-2021-09")
        for plan in illustrative_years:
            assert entries_concerning(plan).filter(seq=report.entry_id).exists()
        assert default_day_of(before, date(2022, 6, 1)) == report.published_on
        assert default_day_of(following, date(2022, 6, 1)) == date(2022, 3, 10)

    def test_measures_report_by_the_quarter_and_one_is_silent(self, illustrative_years):
        """docs/rules.md: measure."""
        measures = plan_snapshot_of(illustrative_years[1], date(2021, 8, 1)).measures
        states = {one.row.address: one.answer.state.status for one in measures}
        assert states == {
            "measure:2021/work-1/1": MeasureStatus.UNDER_WAY,
            "measure:2021/work-1/2": MeasureStatus.SERVED,
            "measure:2021/work-2/1": MeasureStatus.UNDER_WAY,
            "measure:2021/work-2/2": MeasureStatus.SILENT,
        }
