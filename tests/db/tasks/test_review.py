"""The account of a year: its sentence, and what shows that a promise was kept."""

import pytest

from tasks.review import reviews_of
from tasks.snapshots import plan_snapshot_of
from tests.factories import a_plan, a_project, a_report, an_adjustment, day, published
from website.sentences.history import review_sentence

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("text", ["2021-01-01", "2021-03-15", "2021-06-01"])
def test_the_sentence_counts_every_promise_once(illustrative_2020, text):
    """docs/rules.md: tally. docs/words.md: Other pages."""
    snapshot = plan_snapshot_of(illustrative_2020, day(text))
    told = review_sentence(snapshot.commitments)
    head, _, counted = told.partition("。")[0].partition("：")
    assert head == f"{len(snapshot.commitments)} 项承诺"
    assert sum(int(part.rpartition(" ")[2]) for part in counted.split(" · ")) == len(snapshot.commitments)
    assert f"其中 {snapshot.tally.adjusted} 项中途改过。" in told


def test_without_promises_there_is_nothing_to_count():
    assert review_sentence([]) == "这份计划没有定下具体项目，没有账可对。"


@pytest.fixture
def plan(db):
    """A bridge kept by its second report, moved on the way; a school of which nobody ever reported."""
    bridge, school = a_project(milestones=["piers", "deck"]), a_project("school", milestones=["built"])
    plan = a_plan(bridge, school)
    published(plan)
    published(a_report(bridge, "2020-06-30", {"piers": 100, "deck": 40}, evidence="Piers"), "2020-07-03")
    published(an_adjustment(bridge.milestones.get(code="deck").targets.get(), due_on="2020-11-30"), "2020-08-01")
    published(an_adjustment(bridge, place="East bank"), "2020-08-02")
    published(a_report(bridge, "2020-11-20", {"deck": 100}, evidence="Deck"), "2020-11-25")
    published(a_report(bridge, "2020-12-15", {"deck": 100}, evidence="Still there"), "2020-12-20")
    return plan


def test_a_kept_promise_has_its_proof_and_what_was_changed(plan):
    bridge, school = reviews_of(plan_snapshot_of(plan, day("2021-01-01")))
    assert bridge.snapshot.state.kept_on == bridge.proof.held_on == day("2020-11-20")
    assert [change.changes.keys() for change in bridge.changes] == [{"due_on"}]
    assert [state.snapshot.title for state in bridge.moved] == ["deck"]
    assert (school.proof, school.changes, school.moved) == (None, (), ())
