"""What adjustments did to promises: kinds of moves, the lag before and after, and what counts as changed."""

import pytest

from projects.adjustable import ChangeKind
from projects.models import Project
from tasks.changes import changes_of
from tasks.snapshots import plan_snapshot_of
from tests.factories import (
    a_department,
    a_plan,
    a_project,
    a_report,
    an_adjustment,
    an_indicator,
    day,
    published,
)
from tests.plain_projects import to_4
from website.sentences.history import changes_sentence

pytestmark = pytest.mark.one_database


@pytest.fixture
def bridge(db) -> Project:
    """Two parts of equal weight, 60 % and nothing reported of them, due at the end of the year; plan and indicator."""
    project = a_project(milestones=["piers", "deck"])
    plan = a_plan(project)
    an_indicator(plan)
    published(plan)
    published(a_report(project, "2020-06-30", {"piers": 60, "deck": 0}, evidence="Record"), "2020-07-03")
    return project


def snapshot_on(text: str, project: Project):
    plan = project.commitments.get().series.plan
    return plan_snapshot_of(plan, day(text))


def changed_on(text: str, project: Project):
    return changes_of(snapshot_on(text, project))


def test_the_lag_just_before_and_just_after(bridge):
    """docs/rules.md: changes."""
    piers = bridge.milestones.get(code="piers").targets.get()
    published(an_adjustment(piers, due_on="2021-06-30"), "2020-07-10", "09:00")
    published(a_report(bridge, "2020-07-09", {"piers": 90, "deck": 90}), "2020-07-10", "15:00")
    (changed,) = changed_on("2020-07-31", bridge).commitments
    effect = changed.changes[0].effect
    # 30 June is 182 of 366 days, and of 547 until the new day; the later report of the same day isn't in it.
    assert (to_4(effect.before.planned), to_4(effect.before.actual)) == ("0.4973", "0.3000")
    assert (to_4(effect.after.planned), to_4(effect.after.actual)) == ("0.4150", "0.3000")
    assert to_4(changed.promised.lag) == to_4(changed.snapshot.progress.lag_promised)


def test_a_part_that_is_cut_leaves_the_sum(bridge):
    published(an_adjustment(bridge.milestones.get(code="deck").targets.get(), dropped=True), "2020-07-10")
    (changed,) = changed_on("2020-07-31", bridge).commitments
    effect = changed.changes[0].effect
    assert (to_4(effect.before.actual), to_4(effect.after.actual)) == ("0.3000", "0.6000")
    assert changed.changes[0].part == "deck"


def test_what_is_dropped_as_a_whole_has_no_lag_afterwards(bridge):
    published(an_adjustment(bridge.commitments.get(), dropped=True), "2020-07-10")
    (changed,) = changed_on("2020-07-31", bridge).commitments
    assert changed.changes[0].effect.before.lag is not None
    assert changed.changes[0].effect.after.planned is None


def test_no_lag_where_nothing_was_known(db):
    project = a_project(milestones=["piers"])
    published(a_plan(project))
    published(an_adjustment(project.milestones.get().targets.get(), due_on="2020-11-30"), "2020-07-02")
    published(a_report(project, "2020-06-30", {"piers": 60}), "2020-07-03")
    assert changed_on("2020-07-31", project).commitments[0].changes[0].effect is None


def test_only_dates_targets_goals_and_parts_count_as_changed(bridge):
    """docs/rules.md: is-adjusted."""
    office = published(a_department(), "2020-07-10", "09:00")
    plan = bridge.commitments.get().series.plan
    published(an_adjustment(bridge, leads=[office.slug], place="East bank"), "2020-07-10")
    published(an_adjustment(bridge, title="The long bridge"), "2020-07-11")
    published(an_adjustment(plan.groups.get(), title="Works"), "2020-07-12")
    published(an_adjustment(plan.indicators.get(), target="40"), "2020-07-13")
    found = changed_on("2020-07-31", bridge)
    assert not found.commitments
    assert [c.adjustment.changes.keys() for c in found.reworded[0].changes] == [{"title"}]
    assert [change.part for change in found.wording] == ["Works"]
    assert [kinds_of(change) for change in found.indicators[0].changes] == [{ChangeKind.TIGHTENED}]
    assert [kinds_of(change) for change in found.answering[0].changes] == [{ChangeKind.FILLED_IN}]
    assert len(found.entries) == 4


def kinds_of(change) -> set[ChangeKind]:
    return set(change.adjustment.field_kinds.values())


def test_the_count_is_that_of_the_tally(illustrative_2020):
    for text in ("2020-03-05", "2020-06-11", "2020-10-22", "2020-11-30", "2021-06-01"):
        snapshot = plan_snapshot_of(illustrative_2020, day(text))
        assert len(changes_of(snapshot).commitments) == snapshot.tally.adjusted, text


SENTENCES = [
    ("2020-06-10", "到 6 月 10 日，15 项承诺一项也没有改过。"),
    ("2020-09-30", "到 9 月 30 日，20 项承诺里改过 1 项：改松了 1 次。"),
    ("2020-10-22", "到 10 月 22 日，20 项承诺里改过 4 项：改松了 3 次，改紧了 1 次。另有 1 项指标改过。"),
    ("2021-06-01", "到 2021 年 6 月 1 日，20 项承诺里改过 7 项：改松了 6 次，改紧了 1 次。另有 1 项指标改过。"),
]


@pytest.mark.parametrize(("text", "sentence"), SENTENCES)
def test_the_sentence(illustrative_2020, text, sentence):
    """docs/words.md: Other pages."""
    snapshot = plan_snapshot_of(illustrative_2020, day(text))
    assert changes_sentence(snapshot, changes_of(snapshot), year=2020) == sentence


def test_the_sentence_names_indicators_apart(bridge):
    published(an_adjustment(bridge.commitments.get().series.plan.indicators.get(), target="40"), "2020-07-13")
    snapshot = snapshot_on("2020-07-31", bridge)
    assert changes_sentence(snapshot, changes_of(snapshot), year=2020).endswith("一件也没有改过。另有 1 项指标改过。")
