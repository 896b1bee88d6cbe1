"""What happened between two days is exactly the difference of the two states."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import combinations_with_replacement

import pytest

from projects.progress import Total
from tasks.comparison import difference_of
from tasks.progress import Outcome, Tally
from tasks.snapshots import plan_snapshot_of
from tests.factories import (
    a_check,
    a_correction,
    a_plan,
    a_project,
    a_report,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    day,
    published,
)
from website.sentences.history import acts_sentence, comparison_sentence

pytestmark = pytest.mark.one_database

DAYS = (
    "2020-03-05", "2020-03-12", "2020-04-15", "2020-06-11", "2020-06-30", "2020-08-02", "2020-08-03", "2020-08-31",
    "2020-09-30", "2020-10-22", "2020-11-19", "2020-11-25", "2020-12-31", "2021-01-01", "2021-01-20", "2021-03-10",
    "2021-06-01",
)  # fmt: skip


def test_the_difference_of_any_two_days_makes_the_one_of_the_other(illustrative_2020):
    """docs/rules.md: comparison."""
    snapshots = [plan_snapshot_of(illustrative_2020, day(text)) for text in DAYS]
    for before, after in combinations_with_replacement(snapshots, 2):
        difference = difference_of(before, after)
        pair = (before.as_of, after.as_of)
        assert tally_applied(difference, before.tally) == after.tally, pair
        assert known(money_applied(difference, before)) == known(money_of(after)), pair
        assert parts_applied(difference, before) == parts_of(after), pair
        assert facts_of(before) + n_acts(difference) == facts_of(after), pair
        if before is after:
            assert difference.is_empty


def test_the_difference_of_a_span_is_that_of_its_two_halves(illustrative_2020):
    first, middle, last = (
        plan_snapshot_of(illustrative_2020, day(text)) for text in ("2020-04-15", "2020-09-30", "2021-01-20")
    )
    one, two = difference_of(first, middle), difference_of(middle, last)
    assert tally_applied(two, tally_applied(one, first.tally)) == tally_applied(difference_of(first, last), first.tally)
    assert n_acts(one) + n_acts(two) == n_acts(difference_of(first, last))


def tally_applied(difference, tally: Tally) -> Tally:
    """The tally of the later day, from that of the earlier one."""
    lights, outcomes = Counter(tally.lights), Counter(tally.outcomes)
    kept_late, adjusted, cut = tally.kept_late, tally.adjusted, tally.cut
    for step in {step.after.row.pk: step for step in difference.changed}.values():
        before, after = step.before.state, step.after.state
        lights.subtract([before.light])
        lights.update([after.light])
        outcomes.subtract([before.outcome])
        outcomes.update([after.outcome])
        kept_late += is_kept_late(after) - is_kept_late(before)
        adjusted += after.is_adjusted - before.is_adjusted
        cut += after.is_cut - before.is_cut
    for commitment in difference.added:
        state = commitment.state
        lights.update([state.light])
        outcomes.update([state.outcome])
        kept_late += is_kept_late(state)
        adjusted += state.is_adjusted
        cut += state.is_cut
    return Tally(tally.total + len(difference.added), +lights, +outcomes, kept_late, adjusted, cut)


def is_kept_late(state) -> bool:
    return state.outcome is Outcome.KEPT and state.is_late


def money_of(snapshot) -> dict:
    return {project.slug: (project.investment, project.spent) for project in snapshot.projects.values()}


def known(money: dict) -> dict:
    """Without the projects of which nothing is known, such as one that was promised in between."""
    return {slug: pair for slug, pair in money.items() if pair != (None, None)}


def money_applied(difference, before) -> dict:
    steps = {step.project.slug: (step.investment[1], step.spent[1]) for step in difference.money}
    return money_of(before) | steps


def parts_of(snapshot) -> set:
    """What is reached, each milestone by the first target of it."""
    states = {}
    for commitment in snapshot.commitments:
        for state in commitment.progress.targets:
            states.setdefault(state.snapshot.milestone.identifier, state)
    return {identifier for identifier, state in states.items() if state.is_reached}


def parts_applied(difference, before) -> set:
    reached = {part.after.snapshot.milestone.identifier for part in difference.reached}
    unreached = {part.after.snapshot.milestone.identifier for part in difference.unreached}
    return parts_of(before) - unreached | reached


def n_acts(difference) -> int:
    return len(difference.reports) + len(difference.corrections) + len(difference.adjustments) + len(difference.checks)


def facts_of(snapshot) -> int:
    """Reports, corrections of readings and adjustments known; first readings of indicators are told as their values."""
    projects = snapshot.projects.values()
    reports = sum(len(project.reports) for project in projects)
    corrections = sum(r.corrects_id is not None for indicator in snapshot.indicators for r in indicator.history)
    adjustments = len(snapshot.adjustments) + sum(len(project.adjustments) for project in projects)
    adjustments += sum(len(milestone.adjustments) for project in projects for milestone in project.milestones)
    return reports + corrections + adjustments + sum(len(one.checks) for one in snapshot.commitments)


# One bridge from its promise to its end, and what is told of each span.


@pytest.fixture
def plan(db):
    bridge = a_project(milestones=["piers", "deck"])
    plan = a_plan(bridge)
    indicator = an_indicator(plan)
    published(plan)
    published(a_report(bridge, "2020-05-31", {"piers": 10, "deck": 0}, spent=Decimal(100_000)), "2020-06-05")
    report = published(a_report(bridge, "2020-07-31", {"piers": 100, "deck": 20}, evidence="Record"), "2020-08-05")
    published(a_correction(report, {"piers": 90, "deck": 20}), "2020-08-10")
    published(an_indicator_reading(indicator, "2020-08-01", 40), "2020-08-12")
    published(an_adjustment(bridge.milestones.get(code="deck").targets.get(), due_on="2021-06-30"), "2020-09-10")
    published(an_adjustment(bridge, place="East bank"), "2020-09-11")
    done = {"piers": 100, "deck": 100}
    published(a_report(bridge, "2021-02-28", done, spent=Decimal(250_000), evidence="Acceptance record"), "2021-03-05")
    return plan


# fmt: off
SPANS = [
    pytest.param("2020-03-05", "2020-03-31", {}, "从 3 月 5 日到 3 月 31 日，没有公布过变化。", "", id="nothing"),
    pytest.param("2020-06-30", "2020-06-30", {}, "两天选的都是 6 月 30 日，没有可比的。", "", id="the same day"),
    pytest.param("2020-03-05", "2020-06-05", {"first_behind": 1, "begun": 1, "reports": 1},
                 "从 3 月 5 日到 6 月 5 日：1 件第一次公布进展就落后，1 个小项开始做了。",
                 "公布了 1 份进展，1 个项目第一次公布完成投资，累计 10 万元。", id="first data"),
    pytest.param("2020-06-05", "2020-08-05", {"caught_up": 1, "reached": 1, "begun": 1, "reports": 1},
                 "从 6 月 5 日到 8 月 5 日：1 件赶上来了，1 个小项办到了，1 个小项开始做了。", "公布了 1 份进展。", id="a part"),
    pytest.param("2020-08-05", "2020-08-12", {"unreached": 1, "corrections": 1, "indicators": 1},
                 "从 8 月 5 日到 8 月 12 日：没有哪件承诺的结果变了。", "更正了 1 份。", id="corrected"),
    pytest.param("2020-08-12", "2020-09-11", {"moved": 1, "reassigned": 1},
                 "从 8 月 12 日到 9 月 11 日：改了 1 处日子或目标。", "", id="moved"),
    pytest.param("2020-12-31", "2021-01-01", {"settled": 1},
                 "从 2020 年 12 月 31 日到 2021 年 1 月 1 日：1 件没办成。", "", id="the year ends"),
    pytest.param("2021-01-01", "2021-03-05", {"kept": 1, "reached": 2, "reports": 1},
                 "从 2021 年 1 月 1 日到 2021 年 3 月 5 日：1 件晚了才办成，2 个小项办到了。", "公布了 1 份进展，又完成投资 15 万元。", id="done after all"),
]
# fmt: on
TOLD = (
    "kept",
    "unkept",
    "settled",
    "fell_behind",
    "first_behind",
    "caught_up",
    "reached",
    "unreached",
    "begun",
    "cut",
    "moved",
    "reworded",
    "reassigned",
    "invested",
    "indicators",
    "reports",
    "corrections",
)  # fmt: skip


@pytest.mark.parametrize(("since", "until", "told", "sentence", "acts"), SPANS)
def test_a_span(plan, since, until, told, sentence, acts):
    """docs/words.md: Other pages."""
    difference = difference_of(plan_snapshot_of(plan, day(since)), plan_snapshot_of(plan, day(until)))
    found = {name: len(getattr(difference, name)) for name in TOLD if getattr(difference, name)}
    assert found == told
    assert difference.is_empty == (not told)
    assert comparison_sentence(difference, "件", year=2020) == sentence
    assert acts_sentence(difference) == acts


# fmt: off
LOOKED = [
    pytest.param("2021-06-01", "2021-09-30", {}, "1 件该回头看了", "", id="time to look"),
    pytest.param("2021-09-30", "2021-10-10", {"checks": 1}, "1 件办成以后看到停用了", "回头看了 1 次。", id="stopped"),
    pytest.param("2021-10-10", "2021-10-20", {"corrections": 1}, "1 件办成以后看到在用", "更正了 1 份。", id="corrected"),
    pytest.param("2021-10-20", "2022-03-10", {"checks": 1}, "没有哪件承诺的结果变了", "回头看了 1 次。", id="in use still"),
    pytest.param("2021-06-01", "2022-03-10", {"checks": 2, "corrections": 1}, "1 件办成以后看到在用",
                 "更正了 1 份，回头看了 2 次。", id="all of it"),
]
# fmt: on


@pytest.mark.parametrize(("since", "until", "acts", "told", "said"), LOOKED)
def test_what_was_found_of_what_was_kept_is_told(plan, since, until, acts, told, said):
    """docs/rules.md: comparison, check."""
    promise = plan.series.get().commitments.get()
    looked = published(a_check(promise, "2021-10-01", "STOPPED"), "2021-10-05")
    published(a_check(promise, "2021-10-01", corrects=looked, correction_reason="It was shut for lunch."), "2021-10-15")
    published(a_check(promise, "2022-03-01"), "2022-03-05")
    difference = difference_of(plan_snapshot_of(plan, day(since)), plan_snapshot_of(plan, day(until)))
    assert {name: n for name in ("checks", "corrections") if (n := len(getattr(difference, name)))} == acts
    assert not difference.is_empty
    assert comparison_sentence(difference, "件", year=None).endswith(f"：{told}。")
    assert acts_sentence(difference) == said


@pytest.mark.parametrize("counter", ["{", "}", "{0}", "{n"])
def test_a_counter_is_whatever_the_plan_wrote(plan, counter):
    difference = difference_of(*(plan_snapshot_of(plan, day(on)) for on in ("2020-12-31", "2021-01-01")))
    assert f"1 {counter}没办成" in comparison_sentence(difference, counter, year=2020)


def test_what_is_cut_is_told_once(db):
    bridge = a_project(milestones=["piers", "deck"])
    plan = published(a_plan(bridge))
    published(a_report(bridge, "2020-05-31", {"piers": 10, "deck": 0}), "2020-06-05")
    before = plan_snapshot_of(plan, day("2021-03-05"))
    published(an_adjustment(bridge.commitments.get(), dropped=True, wording="The bridge that wasn't"), "2021-03-10")
    difference = difference_of(before, plan_snapshot_of(plan, day("2021-03-10")))
    assert (len(difference.cut), len(difference.moved), len(difference.reworded)) == (1, 0, 0)
    assert (difference.caught_up, difference.fell_behind) == ([], [])


def test_money_that_shrinks_is_said(plan):
    difference = difference_of(plan_snapshot_of(plan, day("2020-03-05")), plan_snapshot_of(plan, day("2020-03-31")))
    less = replace(difference, spent=(Total(Decimal(250_000), 1, 0), Total(Decimal(200_000), 1, 0)))
    assert acts_sentence(less) == "累计完成投资少了 5 万元。"


def test_what_may_still_begin_has_not_fallen_behind(db):
    """docs/rules.md: verdict. It says 还没开工, which is no other word than on the day before."""
    bridge = a_project(milestones=["works"])
    plan = published(a_plan(bridge, goal="START"))
    published(a_report(bridge, "2020-06-30", {"works": 0}), "2020-07-05")
    before, after, over = (plan_snapshot_of(plan, day(on)) for on in ("2020-07-04", "2020-07-05", "2021-01-01"))
    assert difference_of(before, after).fell_behind == []
    assert len(difference_of(after, over).settled) == 1
