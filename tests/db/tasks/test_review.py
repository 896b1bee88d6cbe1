"""The account of a year: its sentence, and what shows that a promise was kept."""

from collections import Counter

import pytest

from tasks.progress import Outcome
from tasks.review import Totals, review_of, totals_of
from tasks.snapshots import plan_snapshot_of
from tests.factories import a_plan, a_project, a_report, an_adjustment, day, published
from website.sentences.history import review_sentence

pytestmark = pytest.mark.one_database

# fmt: off
SENTENCES = [
    pytest.param(Totals(2, 2, 0, Counter(), 0), "2 件承诺：办成 2。", id="all kept"),
    pytest.param(Totals(1, 0, 0, Counter({Outcome.MISSED: 1}), 0), "1 件承诺：办成 0 · 没办成 1。", id="none kept"),
    pytest.param(Totals(3, 1, 2, Counter(), 1), "3 件承诺：办成 1 · 晚了才办成 2。其中 1 件中途改过。", id="late, one of them changed"),
    pytest.param(
        Totals(9, 2, 1, Counter({Outcome.DROPPED: 1, Outcome.UNKNOWN: 2, Outcome.ADVANCED: 1, Outcome.MISSED: 2}), 0),
        "9 件承诺：办成 2 · 晚了才办成 1 · 往前推了 1 · 没办成 2 · 没报数据，不能算办成 2 · 取消 1。", id="everything",
    ),
]
# fmt: on


@pytest.mark.parametrize(("totals", "sentence"), SENTENCES)
def test_the_sentence(totals, sentence):
    """docs/words.md: Other pages."""
    assert review_sentence(totals, "件") == sentence


@pytest.mark.parametrize("text", ["2021-01-01", "2021-03-15", "2021-06-01"])
def test_the_totals_add_up(illustrative_2020, text):
    """docs/rules.md: tally."""
    totals = totals_of(plan_snapshot_of(illustrative_2020, day(text)))
    assert totals.in_time + totals.late + totals.others.total() == totals.total == 15


@pytest.fixture
def plan(db):
    """A bridge kept by its second report, moved on the way; a school of which nobody ever reported."""
    bridge, school = a_project(milestones=["piers", "deck"]), a_project("school", milestones=["built"])
    plan = a_plan(bridge, school)
    published(plan)
    published(a_report(bridge, "2020-06-30", {"piers": 100, "deck": 40}, evidence="Piers"), "2020-07-03")
    published(an_adjustment(bridge.milestones.get(code="deck"), due_on="2020-11-30"), "2020-08-01")
    published(an_adjustment(bridge, place="East bank"), "2020-08-02")
    published(a_report(bridge, "2020-11-20", {"deck": 100}, evidence="Deck"), "2020-11-25")
    published(a_report(bridge, "2020-12-15", {"deck": 100}, evidence="Still there"), "2020-12-20")
    return plan


def test_a_kept_promise_has_its_proof_and_what_was_changed(plan):
    bridge, school = review_of(plan_snapshot_of(plan, day("2021-01-01")))
    assert bridge.snapshot.state.kept_on == bridge.proof.held_on == day("2020-11-20")
    assert [change.changes.keys() for change in bridge.changes] == [{"due_on"}]
    assert [state.snapshot.title for state in bridge.moved] == ["deck"]
    assert (school.proof, school.changes, school.moved) == (None, (), ())
