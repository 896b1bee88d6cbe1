"""What adjustments did to promises: kinds of moves, the lag before and after, and what counts as changed."""

import pytest

from projects.adjustable import Move
from projects.models import Adjustment, Project
from tasks.changes import changes_of, moves_of
from tasks.models import PlanAdjustment
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

MOVES = [
    ("later", "milestone", {"due_on": ["2020-10-31", "2020-12-20"]}, [Move.LATER]),
    ("earlier", "milestone", {"due_on": ["2020-12-31", "2020-10-31"]}, [Move.EARLIER]),
    ("a first date", "indicator", {"due_on": [None, "2020-10-31"]}, [Move.REDATED]),
    ("no date any more", "indicator", {"due_on": ["2020-10-31", None]}, [Move.REDATED]),
    ("less, by value and not by digits", "milestone", {"target": ["100", "90"]}, [Move.LOWERED]),
    ("more", "indicator", {"target": ["9", "10"]}, [Move.RAISED]),
    ("another goal", "commitment", {"goal": ["FINISH", "START"]}, [Move.RESET]),
    ("dropped", "milestone", {"dropped": [False, True]}, [Move.DROPPED]),
    ("an amount", "project", {"investment": [None, 5]}, [Move.REINVESTED]),
    ("the amount of a year", "commitment", {"annual_investment": [5, None]}, [Move.REINVESTED]),
    ("words", "project", {"title": ["甲", "乙"], "short_title": ["", "乙"]}, [Move.REWORDED]),
    ("who and where", "project", {"lead": [None, "a"], "partners": [[], ["b"]], "place": ["", "c"]}, [Move.REASSIGNED]),
    (
        "several",
        "milestone",
        {"title": ["甲", "乙"], "target": ["9", "8"], "due_on": ["2020-01-01", "2020-02-01"]},
        [Move.LATER, Move.LOWERED, Move.REWORDED],
    ),
    (
        "several of a project",
        "project",
        {"lead": [None, "a"], "dropped": [False, True]},
        [Move.DROPPED, Move.REASSIGNED],
    ),
]


@pytest.mark.parametrize(("promise", "changes", "expected"), [pytest.param(*case[1:], id=case[0]) for case in MOVES])
def test_moves(promise, changes, expected):
    """docs/rules.md: changes."""
    model = Adjustment if promise in Adjustment.targets else PlanAdjustment
    row = model._meta.get_field(promise).related_model(pk=1)
    assert moves_of(model(**{promise: row}, changes=changes)) == expected


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
    piers = bridge.milestones.get(code="piers")
    published(an_adjustment(piers, due_on="2021-06-30"), "2020-07-10", "09:00")
    published(a_report(bridge, "2020-07-09", {"piers": 90, "deck": 90}), "2020-07-10", "15:00")
    (changed,) = changed_on("2020-07-31", bridge).commitments
    effect = changed.changes[0].effect
    # 30 June is 182 of 366 days, and of 547 until the new day; the later report of the same day isn't in it.
    assert (to_4(effect.before.planned), to_4(effect.before.actual)) == ("0.4973", "0.3000")
    assert (to_4(effect.after.planned), to_4(effect.after.actual)) == ("0.4150", "0.3000")
    assert to_4(changed.promised.lag) == to_4(changed.snapshot.progress.lag_promised)


def test_a_part_that_is_cut_leaves_the_sum(bridge):
    published(an_adjustment(bridge.milestones.get(code="deck"), dropped=True), "2020-07-10")
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
    published(an_adjustment(project.milestones.get(), due_on="2020-11-30"), "2020-07-02")
    published(a_report(project, "2020-06-30", {"piers": 60}), "2020-07-03")
    assert changed_on("2020-07-31", project).commitments[0].changes[0].effect is None


def test_only_dates_targets_goals_and_parts_count_as_changed(bridge):
    """docs/rules.md: is-adjusted."""
    office = published(a_department(), "2020-07-10", "09:00")
    plan = bridge.commitments.get().series.plan
    published(an_adjustment(bridge, lead=office.slug, place="East bank"), "2020-07-10")
    published(an_adjustment(bridge, title="The long bridge"), "2020-07-11")
    published(an_adjustment(plan.groups.get(), title="Works"), "2020-07-12")
    published(an_adjustment(plan.indicators.get(), target="40"), "2020-07-13")
    found = changed_on("2020-07-31", bridge)
    assert not found.commitments
    assert [c.adjustment.changes.keys() for c in found.reworded[0].changes] == [{"title"}]
    assert [change.part for change in found.wording] == ["Works"]
    assert [change.moves for change in found.indicators[0].changes] == [[Move.RAISED]]
    assert [change.moves for change in found.answering[0].changes] == [[Move.REASSIGNED]]
    assert len(found.entries) == 4


def test_parts_that_no_promise_takes_stand_apart(db):
    project = a_project(milestones=["piers", "deck"])
    plan = a_plan(project)
    plan.series.get().commitments.get().links.get(milestone__code="deck").delete()
    published(plan)
    published(an_adjustment(project.milestones.get(code="deck"), due_on="2021-06-30"), "2020-07-10")
    found = changed_on("2020-07-31", project)
    assert not found.commitments
    assert [change.part for change in found.projects[0].changes] == ["deck"]


def test_the_count_is_that_of_the_tally(illustrative_2020):
    for text in ("2020-03-05", "2020-06-11", "2020-10-22", "2020-11-30", "2021-06-01"):
        snapshot = plan_snapshot_of(illustrative_2020, day(text))
        assert len(changes_of(snapshot).commitments) == snapshot.tally.adjusted, text


SENTENCES = [
    ("2020-06-10", "到 6 月 10 日，15 件承诺一件也没有改过。"),
    ("2020-09-30", "到 9 月 30 日，15 件承诺里改过 1 件：提前 1 次。"),
    ("2020-10-22", "到 10 月 22 日，15 件承诺里改过 1 件：提前 1 次，推迟 1 次。"),
    ("2021-06-01", "到 2021 年 6 月 1 日，15 件承诺里改过 4 件：提前 1 次，推迟 2 次，取消 2 次。"),
]


@pytest.mark.parametrize(("text", "sentence"), SENTENCES)
def test_the_sentence(illustrative_2020, text, sentence):
    """docs/words.md: Other pages."""
    snapshot = plan_snapshot_of(illustrative_2020, day(text))
    assert changes_sentence(snapshot, changes_of(snapshot), year=2020) == sentence


def test_the_sentence_names_indicators_apart(bridge):
    published(an_adjustment(bridge.commitments.get().series.plan.indicators.get(), target="40"), "2020-07-13")
    snapshot = snapshot_on("2020-07-31", bridge)
    assert changes_sentence(snapshot, changes_of(snapshot), year=2020).endswith("一件也没有改过。另有 1 个指标改过。")
