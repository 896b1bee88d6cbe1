"""Plans, their adjustments and the readings of their indicators become public."""

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ledger.chain import PublicationError
from ledger.models import Entry
from projects.access import is_theirs
from projects.models import Department, Milestone, Project
from projects.publishing import publish
from projects.verification import differences
from tasks.access import visible_task_reports
from tasks.measures import MeasureStatus
from tasks.models import Commitment, Contribution, Indicator, Measure, Target, Task, Vote
from tasks.snapshots import plan_snapshot_of
from tasks.verdicts import verdict_of
from tests.factories import (
    a_check,
    a_commitment,
    a_correction,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    a_series,
    a_source,
    a_target,
    a_task,
    a_task_correction,
    a_task_report,
    a_vote,
    an_addition,
    an_adjustment,
    an_administrator,
    an_indicator,
    an_indicator_reading,
    an_official,
    an_outline,
    day,
    moment,
    published,
    published_by,
)

pytestmark = pytest.mark.both_databases

NOW = "2020-09-01"


@pytest.fixture(autouse=True)
def now(db):
    with time_machine.travel(moment(NOW), tick=False):
        yield


def refusal_of(fact, by=None) -> str:
    """Why the fact can't be published. Being refused leaves nothing behind."""
    if by is None:
        fact.source, fact.release_at = a_source(), moment(NOW)
        fact.save()
    before, entries = type(fact).objects.values().get(pk=fact.pk), Entry.objects.count()
    with pytest.raises(PublicationError) as refused:
        publish(fact, by=by)
    assert type(fact).objects.values().get(pk=fact.pk) == before
    assert Entry.objects.count() == entries
    return str(refused.value)


@pytest.fixture
def bridge():
    return a_project("bridge", milestones=("built",))


@pytest.fixture
def road():
    return a_project("road", milestones=("paved",))


# Publishing a plan.
def a_target_payload(commitment: str, milestone: str, **values) -> dict:
    terms = {"starts_on": "2020-01-01", "due_on": "2020-12-31", "amount": "100", "weight": "1", "pace": "LINEAR"}
    of = {"commitment": commitment, "milestone": milestone, "from_amount": "0", "steps": [], "inferred": []}
    return of | terms | values


def a_milestone_payload(identifier: str, number: int = 1, **values) -> dict:
    words = {"noun": "", "unit": "%", "is_counted": False, "verb": "完成", "begun": "开始", "is_lasting": True}
    return {"id": identifier, "number": number, "title": identifier.partition("/")[2], **words, **values}


def a_project_payload(slug: str, **values) -> dict:
    texts = dict.fromkeys(("short_title", "box_name", "part_counter", "place", "post", "funding"), "")
    return {"slug": slug, "title": slug, **texts, "investment": None, "leads": [], "partners": [], **values}


def an_answerable_payload(number: int, title: str, **values) -> dict:
    answer = {"wording": "", "leads": [], "partners": [], "post": "", "due_on": None, "inferred": []}
    return {"number": number, "title": title, **answer, **values}


def a_series_payload(code: str, number: int) -> dict:
    return {"code": code, "number": number, "title": code, "short_title": code, "noun": "pledge", "counter": "件"}


PAYLOAD = {
    "form": 2,
    "acts": [],
    "reviewers": [],
    "year": 2020,
    "title": "Plan of 2020",
    "short_title": "Plan 2020",
    "authority": "县里",
    "guideline": "Steady.",
    "starts_on": "2020-01-01",
    "ends_on": "2020-12-31",
    "adopted_on": "2020-02-28",
    "lag_warning": 10,
    "lag_alarm": 30,
    "reporting_months": 3,
    "grace_days": 10,
    "outlines": [
        {
            "code": "way-of-working",
            "number": 1,
            "title": "way-of-working",
            "text": "",
            "task": None,
            "items": [{"number": 1, "title": "Look first"}, {"number": 2, "title": "Then build"}],
        }
    ],
    "groups": [{"code": "works", "number": 1, "title": "Public works", "noun": "work", "counter": "件"}],
    "tasks": [an_answerable_payload(1, "Task 1", group="works")],
    "measures": [
        an_answerable_payload(1, "Measure 1", task="works-1"),
        an_answerable_payload(
            2, "Measure 2", task="works-1", leads=["parks-office"], due_on="2020-09-30", inferred=["due_on"]
        ),
    ],
    "contributions": [
        {"measure": "works-1/1", "project": "bridge", "is_inferred": False},
        {"measure": "works-1/2", "project": "pool", "is_inferred": False},
    ],
    "projects": [
        a_project_payload("bridge"),
        a_project_payload(
            "pool",
            short_title="Pool",
            place="North",
            investment=33_000_000,
            leads=["works-office", "parks-office"],
            partners=["health-office", "roads-office"],
        ),
    ],
    "milestones": [
        a_milestone_payload("bridge/built"),
        a_milestone_payload("bridge/opened", 2, unit="piece", is_counted=True, verb="开通", is_lasting=False),
        a_milestone_payload("pool/dug"),
    ],
    "departments": [
        {"slug": "health-office", "name": "health-office", "phone": "0000-100"},
        {"slug": "parks-office", "name": "parks-office", "phone": "0000-100"},
        {"slug": "works-office", "name": "works-office", "phone": "0000-100"},
    ],
    "series": [a_series_payload("pledges", 1), a_series_payload("extras", 2)],
    "commitments": [
        {
            "series": "pledges",
            "number": 1,
            "project": "bridge",
            "goal": "FINISH",
            "annual_investment": None,
            "wording": "",
            "inferred": [],
        },
        {
            "series": "extras",
            "number": 1,
            "project": "pool",
            "goal": "START",
            "annual_investment": 5_000_000,
            "wording": "Dig it.",
            "inferred": ["goal", "series"],
        },
    ],
    "targets": [
        a_target_payload("pledges-1", "bridge/built"),
        a_target_payload(
            "pledges-1",
            "bridge/opened",
            amount="2.5",
            from_amount="0.5",
            weight="2",
            pace="STEP",
            steps=[["2020-06-30", "1"]],
            inferred=["amount", "pace"],
        ),
        a_target_payload("extras-1", "pool/dug"),
    ],
    "indicators": [
        {
            "code": "green-share",
            "number": 1,
            "task": "task:2020/works-1",
            "title": "green-share",
            "wording": "",
            "kind": "LEVEL",
            "comparator": "BETWEEN",
            "target": "36",
            "upper": "38.5",
            "unit": "%",
            "due_on": "2023-12-31",
            "baseline": "30.5",
            "leads": ["parks-office"],
            "note": "In the city.",
            "inferred": ["target", "upper"],
        }
    ],
    "source": {
        "key": "gazette",
        "kind": "GOVERNMENT",
        "title": "Gazette",
        "publisher": "City council",
        "editor": "",
        "issued_on": None,
        "url": "",
    },
}


def test_a_plan_is_one_entry_with_every_promise_in_it(bridge):
    """docs/rules.md: entry, departments-first-named."""
    a_milestone(bridge, "opened", unit="piece", is_counted=True, verb="开通", is_lasting=False)
    published(a_department("roads-office"))
    works, parks, health = (a_department(slug) for slug in ("works-office", "parks-office", "health-office"))
    roads = Department.objects.get(slug="roads-office")
    named = {"leads": (works, parks), "partners": (roads, health)}
    pool = a_project("pool", investment=33_000_000, place="North", short_title="Pool", **named)
    a_milestone(pool, "dug")
    opened = {"amount": "2.50", "from_amount": "0.5", "pace": "STEP", "weight": "2.00", "steps": [["2020-06-30", "1"]]}
    plan = a_plan(
        bridge,
        targets={"opened": {**opened, "inferred": ["pace", "amount"]}},
        guideline="Steady.",
        authority="县里",
        reporting_months=3,
        adopted_on=day("2020-02-28"),
        source=a_source(issued_on=day("2020-03-05")),
    )
    task = plan.groups.get().tasks.get()
    a_measure(task, pool, number=2, leads=["parks-office"], due_on=day("2020-09-30"), inferred=["due_on"])
    a_commitment(
        plan,
        pool,
        pool.milestones.get(),
        goal="START",
        series="extras",
        annual_investment=5_000_000,
        wording="Dig it.",
        inferred=["series", "goal"],
    )
    an_outline(plan, "Look first", "Then build")
    an_indicator(
        plan,
        comparator="BETWEEN",
        upper="38.50",
        baseline="30.5",
        due_on=day("2023-12-31"),
        task=task,
        leads=["parks-office"],
        note="In the city.",
        inferred=["upper", "target"],
    )
    entry = published(plan).entry
    assert (entry.kind, entry.subject) == ("plan", "plan:2020")
    assert entry.payload == PAYLOAD
    assert list(differences()) == []


def test_everything_a_plan_promises_becomes_public_with_it(bridge, road):
    """docs/rules.md: promises."""
    plan = a_plan(bridge)
    a_measure(plan.groups.get().tasks.get(), road, number=2)
    an_indicator(plan)
    assert not Commitment.objects.published().exists()
    entry = published(plan, "2020-03-05").entry
    for model in (Project, Milestone, Commitment, Target, Contribution, Indicator):
        assert set(model.objects.as_of(day("2020-03-05"))) == set(model.objects.all())
        assert not model.objects.as_of(day("2020-03-04")).exists()
    for model in (Project, Milestone, Commitment, Target):
        assert set(model.objects.values_list("entry", "published_at", "published_on")) == {
            (entry.seq, entry.at, day("2020-03-05"))
        }


def test_an_administrator_drafts_a_plan_and_a_reviewer_publishes_it(bridge):
    administrator, reviewer = an_administrator(), a_reviewer()
    plan = a_plan(bridge, drafted_by=administrator)
    assert "您没有公布的权限" in refusal_of(plan, administrator)
    assert "您没有公布的权限" in refusal_of(plan, an_official())
    assert published_by(plan, reviewer).published_on == day(NOW)


def test_a_reviewer_does_not_publish_their_own_plan(bridge):
    reviewer = a_reviewer()
    assert "起草的人不能自己公布" in refusal_of(a_plan(bridge, drafted_by=reviewer), reviewer)


def test_a_plan_without_a_promise_is_not_published():
    plan = a_plan()
    for rows in (Measure, Task):
        rows.objects.all().delete()
    assert "还没有一件承诺" in refusal_of(plan)


def test_a_plan_may_hold_tasks_alone():
    plan = published(a_plan())
    snapshot = plan_snapshot_of(plan, day(NOW))
    assert (snapshot.commitments, snapshot.headline.commitments, len(snapshot.measures)) == ([], (), 1)
    assert list(differences()) == []


def test_every_promise_says_what_it_takes_to_keep_it(bridge):
    """docs/rules.md: promises."""
    plan = a_plan(bridge, a_project("road"))
    assert "“pledges 2：road”没有写明办成要看哪些节点" in refusal_of(plan)


def test_a_promise_is_not_kept_by_the_milestone_of_another_project(bridge, road):
    plan = a_plan(bridge)
    a_target(Commitment.objects.get(), road.milestones.get())
    assert "不能用另一个项目的节点“paved”" in refusal_of(plan)


@pytest.mark.parametrize(
    "role", ["lead", "partner", "lead of a project that only serves", "lead of a measure", "of none"]
)
def test_departments_first_named_in_a_plan_become_public_with_it(bridge, road, role):
    """docs/rules.md: departments-first-named."""
    works = a_department("works-office")
    plan = a_plan(bridge, drafted_by=an_administrator())
    measure = plan.groups.get().tasks.get().measures.get()
    match role:
        case "lead":
            Project.objects.filter(slug="bridge").update(leads=["works-office"])
        case "partner":
            Project.objects.filter(slug="bridge").update(partners=["works-office"])
        case "lead of a measure":
            type(measure).objects.update(leads=["works-office"])
        case "lead of a project that only serves":
            Project.objects.filter(slug="road").update(leads=["works-office"])
            a_measure(measure.task, Project.objects.get(slug="road"), number=2)
    reviewer = a_reviewer()
    published_by(plan, reviewer)
    works.refresh_from_db()
    assert works.is_published == (role != "of none")
    if works.is_published:
        assert (works.entry, works.drafted_by, works.published_by) == (plan.entry, plan.drafted_by, reviewer)
    assert list(differences()) == []


def test_a_department_that_does_not_exist_is_named_by_nothing(bridge):
    Project.objects.update(leads=["nobody"])
    assert "没有代号是“nobody”的部门" in refusal_of(a_plan(bridge))


def test_steps_fit_the_promise_that_has_them(bridge):
    plan = a_plan(bridge, targets={"built": {"steps": [["2020-06-30", "40"]]}})
    assert "计划进度要选“分步或到期完成”" in refusal_of(plan)


# What is promised later.
def test_an_addition_is_one_entry_with_what_it_brings_and_nothing_else(bridge, road, now):
    """docs/rules.md: addition."""
    plan = published(a_plan(bridge))
    addition = an_addition(plan)
    a_department("roads-office")
    Project.objects.filter(slug="road").update(leads=["roads-office"])
    a_commitment(plan, road, road.milestones.get(), series="added", addition=addition)
    painted = a_target(
        plan.series.get(code="pledges").commitments.get(), a_milestone(bridge, "painted"), addition=addition
    )
    a_task(plan, 2, addition=addition)
    other = an_addition(plan)
    an_indicator(plan, addition=other)
    entry = published(addition, "2020-06-18").entry
    assert (entry.kind, entry.subject, entry.payload["plan"]) == ("addition", addition.address, 2020)
    payload = entry.payload
    assert payload["texts"].keys() == {"reason"}
    assert [one["slug"] for one in payload["projects"]] == ["road"]
    assert [one["slug"] for one in payload["departments"]] == ["roads-office"]
    assert [one["milestone"] for one in payload["targets"]] == ["road/paved", "bridge/painted"]
    assert ([one["number"] for one in payload["tasks"]], payload["indicators"]) == ([2], [])
    painted.refresh_from_db()
    assert (painted.entry, painted.published_on) == (entry, day("2020-06-18"))
    assert list(differences()) == []


def test_an_addition_waits_for_its_plan_and_brings_something(bridge):
    """docs/rules.md: addition."""
    plan = a_plan(bridge)
    addition = an_addition(plan)
    assert "计划还没有公布" in refusal_of(addition)
    published(plan, NOW)
    assert "里面还没有一件承诺" in refusal_of(addition)


def test_what_an_addition_brings_hangs_on_nothing_that_stays_a_draft(bridge, road):
    plan = published(a_plan(bridge), "2020-03-05")
    first, second = an_addition(plan), an_addition(plan)
    a_series(plan, "added", addition=first)
    a_commitment(plan, road, series="added", addition=second)
    a_target(Commitment.objects.get(project=road), road.milestones.get(), addition=second)
    assert "它上面的“added”还没有公布" in refusal_of(second)


def test_two_people_publish_an_addition(bridge, road):
    """docs/rules.md: two-people."""
    plan = published(a_plan(bridge), "2020-03-05")
    administrator, reviewer = an_administrator(), a_reviewer()
    addition = an_addition(plan, drafted_by=administrator)
    a_commitment(plan, road, road.milestones.get(), series="added", addition=addition)
    assert "您没有公布的权限" in refusal_of(addition, administrator)
    acts = published_by(addition, reviewer).entry.payload["acts"]
    assert [(act["did"], act["role"]) for act in acts] == [("drafted", "administrator"), ("published", "reviewer")]
    assert addition.acts_salt not in str(addition.entry.payload)


# What tasks and measures come to.
@pytest.fixture
def measure(plan):
    return plan.groups.get().tasks.get().measures.get()


# fmt: off
DECLARED = [
    pytest.param({}, None, id="under way"),
    pytest.param({"held_on": "2020-09-02"}, "数据日期 2020-09-02 还没到", id="tomorrow"),
    pytest.param({"held_on": "2020-06-30"}, "2020-06-30 已有一份报告", id="a second one of the same day"),
    pytest.param({"held_on": "2019-12-01"}, None, id="an interval before the plan begins"),
    pytest.param({"held_on": "2019-11-30"}, "2019-11-30 太早了", id="a day more"),
    pytest.param({"declared": "DONE"}, "说已完成，要附佐证材料", id="done without evidence"),
    pytest.param({"declared": "DONE", "evidence": "Minutes"}, None, id="done with evidence"),
    pytest.param({"declared": "NOT_STARTED"}, None, id="not started after all"),
]
# fmt: on


@pytest.mark.parametrize(("values", "reason"), DECLARED)
def test_what_a_measure_came_to(measure, values, reason):
    """docs/rules.md: order, evidence, too-early."""
    published(a_task_report(measure, "2020-06-30"), "2020-07-02")
    report = a_task_report(measure, **{"held_on": "2020-07-31", **values})
    if reason:
        assert reason in refusal_of(report)
    else:
        entry = published(report, NOW).entry
        assert (entry.kind, entry.subject) == ("report", "measure:2020/works-1/1")
        assert (entry.payload["declared"], entry.payload["texts"].keys()) == (report.declared, {"text"})
        assert list(differences()) == []


def test_a_report_of_a_measure_is_corrected_and_withdrawn(measure):
    """docs/rules.md: correction."""
    first = published(a_task_report(measure, "2020-06-30", "DONE", evidence="Minutes"), "2020-07-02")
    withdrawal = published(a_task_correction(first), "2020-07-03")
    assert (withdrawal.entry.kind, withdrawal.entry.payload["declared"]) == ("correction", None)
    assert withdrawal.entry.payload["corrects"] == first.entry_id
    snapshot = plan_snapshot_of(measure.plan, day("2020-07-03"))
    assert snapshot.measures[0].answer.state.status is MeasureStatus.NO_DATA
    assert published(a_task_correction(withdrawal, "UNDER_WAY"), "2020-07-04").is_published
    other = published(a_task_report(measure, "2020-07-31"), "2020-08-02")
    assert "只能更正同一个" in refusal_of(a_task_correction(other, task=measure.task, measure=None))


@pytest.mark.parametrize("terms", [{"comparator": "BETWEEN"}, {"comparator": "BETWEEN", "upper": 1}, {"upper": 90}])
def test_the_database_refuses_an_upper_bound_that_is_missing_too_low_or_too_much(plan_2020, terms):
    draft = a_plan(year=2021)
    with pytest.raises(IntegrityError), transaction.atomic():
        an_indicator(draft, target=36, **terms)


def test_a_report_declares_something_unless_it_withdraws(measure):
    with pytest.raises(IntegrityError), transaction.atomic():
        a_task_report(measure, "2020-06-30", "")


def test_an_official_drafts_what_a_reviewer_publishes(measure):
    """docs/rules.md: two-people."""
    works, reviewer = published(a_department("works-office"), NOW), a_reviewer()
    published(an_adjustment(measure, leads=["works-office"]), NOW)
    official, other = an_official(works), an_official(name="other")
    report = a_task_report(measure, "2020-06-30", by=official)
    assert (is_theirs(report, official), is_theirs(report, other)) == (True, False)
    assert list(visible_task_reports(official)) == [report]
    assert not visible_task_reports(other).exists()
    acts = published_by(report, reviewer).entry.payload["acts"]
    assert [(act["role"], act["department"]) for act in acts] == [("official", "works-office"), ("reviewer", None)]


# Looking again.
@pytest.fixture
def kept(plan, bridge):
    published(a_report(bridge, "2020-05-31", {"built": 100}, evidence="Record"), "2020-06-05")
    return plan.series.get().commitments.get()


def test_two_reviewers_publish_what_one_of_them_saw(kept):
    """docs/rules.md: check, two-people."""
    first, second = a_reviewer(), a_reviewer("reviewer2")
    check = a_check(kept, "2020-08-31", "NOT_OPENED", by=first)
    assert "起草的人不能自己公布" in refusal_of(check, first)
    entry = published_by(check, second).entry
    assert (entry.kind, entry.subject, entry.payload["finding"]) == ("check", kept.address, "NOT_OPENED")
    correction = a_check(kept, "2020-08-31", corrects=check, correction_reason="Another door.")
    assert published(correction, NOW).entry.kind == "correction"
    assert list(differences()) == []


def test_only_what_was_kept_and_lasts_is_looked_at(plan, bridge):
    """docs/rules.md: check."""
    commitment = plan.series.get().commitments.get()
    assert "没有办成" in refusal_of(a_check(commitment, "2020-08-31"))
    published(a_report(bridge, "2020-05-31", {"built": 100}, evidence="Record"), NOW)
    assert "2020-05-31 才办成" in refusal_of(a_check(commitment, "2020-05-30"))
    published(a_check(commitment, "2020-08-31"), NOW)
    assert "2020-08-31 已经看过一次" in refusal_of(a_check(commitment, "2020-08-31"))


def test_a_check_may_be_mended_after_the_promise_counts_as_kept_no_more(kept, bridge):
    """docs/rules.md: check, correction."""
    check = published(a_check(kept, "2020-06-10", "NOT_OPENED"), "2020-06-11")
    published(a_correction(bridge.reports.get(), {"built": 90}), "2020-06-12")
    assert "没有办成" in refusal_of(a_check(kept, "2020-06-15"))
    mended = a_check(kept, "2020-06-10", "IN_USE", corrects=check, correction_reason="Another door.")
    assert published(mended, NOW).entry.kind == "correction"


def test_two_reviewers_publish_what_deputies_said(plan):
    """docs/rules.md: vote, two-people."""
    first, second = a_reviewer(), a_reviewer("reviewer2")
    commitment = plan.series.get().commitments.get()
    vote = a_vote(commitment, "2020-08-31", 150, 25, 4, by=first)
    assert "起草的人不能自己公布" in refusal_of(vote, first)
    entry = published_by(vote, second).entry
    told = {"satisfied": 150, "fairly": 25, "dissatisfied": 4, "present": 180, "body": "CONGRESS"}
    assert (entry.kind, entry.subject) == ("vote", commitment.address)
    assert entry.payload | told == entry.payload
    mended = published(
        a_vote(commitment, "2020-08-31", 151, 24, corrects=vote, correction_reason="Counted again."), NOW
    )
    assert mended.entry.kind == "correction"
    assert plan_snapshot_of(plan, day(NOW)).commitments[0].effective_votes == [mended]
    assert list(differences()) == []


def test_what_keeps_a_vote_from_being_published(plan):
    """docs/rules.md: vote."""
    commitment = plan.series.get().commitments.get()
    published(a_vote(commitment, "2020-08-20"), NOW)
    assert "已有一次人大代表的测评" in refusal_of(a_vote(commitment, "2020-08-20"))
    assert "2099-01-01 还没到" in refusal_of(a_vote(commitment, "2099-01-01"))
    assert "太早了：这件承诺 2020-03-05 才作出" in refusal_of(a_vote(commitment, "2020-03-04"))
    by = a_reviewer("second")
    assert "要写明出处" in refusal_of(a_vote(commitment, "2020-08-21", evidence="", by=a_reviewer("first")), by)
    assert published(a_vote(commitment, "2020-08-20", body="STANDING_COMMITTEE"), NOW).is_published
    assert published(a_vote(commitment, "2020-08-21", evidence="", source=a_source()), NOW).is_published


def test_a_vote_is_held_after_the_day_on_which_the_plan_was_adopted(bridge):
    """docs/rules.md: vote."""
    plan = published(a_plan(bridge, adopted_on=day("2020-03-01")), "2020-03-05")
    commitment = plan.series.get().commitments.get()
    assert "这件承诺 2020-03-01 才作出" in refusal_of(a_vote(commitment, "2020-02-29"))
    assert published(a_vote(commitment, "2020-03-01"), NOW).is_published


def test_a_vote_about_what_is_not_public_waits(bridge):
    """docs/rules.md: vote."""
    commitment = a_plan(bridge).series.get().commitments.get()
    assert "这件承诺还没有公布" in refusal_of(a_vote(commitment, "2020-08-20"))


@pytest.mark.parametrize(
    ("counted", "message"),
    [
        pytest.param({"present": 179}, "加起来不能多于到会人数", id="more ballots than people"),
        pytest.param({"satisfied": 0, "fairly": 0, "dissatisfied": 0}, "没有人投票", id="no ballots"),
    ],
)
def test_the_database_counts_the_ballots(plan, counted, message):
    """docs/rules.md: vote."""
    commitment = plan.series.get().commitments.get()
    vote = Vote(
        commitment=commitment,
        held_on=day("2020-08-20"),
        **{"satisfied": 150, "fairly": 25, "dissatisfied": 5, "present": 180, **counted},
    )
    with pytest.raises(ValidationError, match=message):
        vote.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        vote.save()


def test_a_vote_changes_neither_the_state_nor_the_word_of_a_promise(plan):
    """docs/rules.md: vote, verdict."""
    before = plan_snapshot_of(plan, day(NOW)).commitments[0]
    published(a_vote(before.row, "2020-08-20", 0, 0, 180), NOW)
    after = plan_snapshot_of(plan, day(NOW)).commitments[0]
    assert len(after.votes) == 1
    assert (after.state.outcome, after.progress, verdict_of(after)) == (
        before.state.outcome,
        before.progress,
        verdict_of(before),
    )


def test_what_is_reached_is_no_longer_dropped_or_moved(kept):
    """docs/rules.md: adjustments."""
    target = kept.targets.get()
    for promise, changes in (
        (target, {"due_on": "2021-06-30"}),
        (target, {"dropped": True}),
        (kept, {"dropped": True}),
        (kept, {"goal": "START"}),
    ):
        assert "已经达到的，不能再取消或改动" in refusal_of(an_adjustment(promise, **changes))
    assert published(an_adjustment(kept, wording="A bridge."), NOW).is_published


# A second year.
def test_a_second_year_shares_a_project_and_publishes_only_its_new_milestones(bridge, road):
    """docs/rules.md: promises."""
    first = published(a_plan(bridge), "2020-03-05")
    a_milestone(bridge, "painted")
    second = published(a_plan(bridge, road, year=2021), "2020-08-01")
    assert [project["slug"] for project in second.entry.payload["projects"]] == ["road"]
    assert [one["id"] for one in second.entry.payload["milestones"]] == ["bridge/painted", "road/paved"]
    promised = [one["milestone"] for one in second.entry.payload["targets"]]
    assert promised == ["bridge/built", "bridge/painted", "road/paved"]
    bridge.refresh_from_db()
    assert (bridge.entry, bridge.milestones.get(code="built").entry) == (first.entry, first.entry)
    assert bridge.milestones.get(code="painted").published_on == day("2020-08-01")
    assert list(differences()) == []


def test_a_milestone_that_only_a_later_plan_promises_waits_for_it(bridge):
    later = a_milestone(bridge, "painted")
    plan = a_plan()
    a_commitment(plan, bridge, bridge.milestones.get(code="built"))
    next_plan = a_plan(year=2021)
    a_commitment(next_plan, bridge, later)
    assert [milestone["id"] for milestone in published(plan).entry.payload["milestones"]] == ["bridge/built"]
    later.refresh_from_db()
    assert not later.is_published
    published(next_plan, "2020-08-01")
    later.refresh_from_db()
    assert later.published_on == day("2020-08-01")
    assert list(differences()) == []


def test_a_milestone_that_both_plans_promise_is_published_with_the_first(bridge):
    first, second = a_plan(bridge), a_plan(bridge, year=2021)
    entry = published(first).entry
    assert published(second, "2020-08-01").entry.payload["milestones"] == []
    assert bridge.milestones.get().entry == entry


def test_a_milestone_that_no_plan_promises_is_published_with_its_project(bridge):
    plan = a_plan(bridge)
    extra = a_milestone(bridge, "painted")
    entry = published(plan).entry
    extra.refresh_from_db()
    assert extra.entry == entry
    assert [one["milestone"] for one in entry.payload["targets"]] == ["bridge/built"]


def test_projects_and_milestones_of_other_plans_stay_drafts(bridge, road):
    a_plan(road, year=2021)
    published(a_plan(bridge))
    assert set(Project.objects.drafts()) == {road}
    assert set(Milestone.objects.drafts()) == set(road.milestones.all())


# Adjustments of a plan.
@pytest.fixture
def plan(bridge):
    plan = a_plan(bridge, guideline="Steady.")
    an_indicator(plan)
    return published(plan)


PROMISES = {
    "plan": lambda plan: plan,
    "group": lambda plan: plan.groups.get(),
    "task": lambda plan: plan.groups.get().tasks.get(),
    "measure": lambda plan: plan.groups.get().tasks.get().measures.get(),
    "series": lambda plan: plan.series.get(),
    "commitment": lambda plan: plan.series.get().commitments.get(),
    "target": lambda plan: plan.series.get().commitments.get().targets.get(),
    "indicator": lambda plan: plan.indicators.get(),
}

# fmt: off
CHANGES = [
    pytest.param("plan", {"title": ["Plan of 2020", "Plan of the year"]}, None, id="a plan's title"),
    pytest.param("plan", {"guideline": ["Steady.", ""]}, "已经公布的不能改成空的", id="a guideline taken back"),
    pytest.param("plan", {"ends_on": ["2020-12-31", "2021-12-31"]}, "不是能调整的内容", id="a plan's last day stays"),
    pytest.param("group", {"title": ["Public works", "Works"]}, None, id="a group's title"),
    pytest.param("task", {"title": ["Task 1", "Another task"]}, None, id="a task's title"),
    pytest.param("measure", {"title": ["Measure 1", "Another measure"]}, None, id="a measure's title"),
    pytest.param("series", {"title": ["pledges", "Promises"]}, None, id="a series' title"),
    pytest.param("commitment", {"goal": ["FINISH", "ADVANCE"]}, None, id="a commitment's goal"),
    pytest.param("commitment", {"goal": ["FINISH", "DREAM"]}, "没有这个选项", id="a goal that does not exist"),
    pytest.param("commitment", {"goal": ["START", "ADVANCE"]}, "现在是 FINISH", id="a goal that was not in force"),
    pytest.param("commitment", {"annual_investment": [None, 5000000]}, None, id="a year's investment becomes known"),
    pytest.param("commitment", {"annual_investment": [0, 5000000]}, "已经变了", id="unknown is not zero"),
    pytest.param("commitment", {"dropped": [False, True]}, None, id="a commitment dropped"),
    pytest.param("task", {"leads": [[], ["nobody"]]}, "没有代号是“nobody”的部门", id="a task's lead that nobody is"),
    pytest.param("measure", {"due_on": [None, "2020-10-31"], "wording": ["", "By autumn."]}, None, id="a measure's first day"),
    pytest.param("commitment", {"wording": ["", "A bridge for all."]}, None, id="a commitment's wording"),
    pytest.param("target", {"due_on": ["2020-12-31", "2021-06-30"], "amount": ["100", "90"]}, None, id="a target's terms"),
    pytest.param("target", {"pace": ["LINEAR", "STEP"], "steps": [[], [["2020-06-30", "40"]]]}, None, id="a target's steps"),
    pytest.param("target", {"steps": [[], [["2020-06-30", "40"]]]}, "计划进度要选“分步或到期完成”", id="steps of a pace without steps"),
    pytest.param("target", {"pace": ["LINEAR", "STEP"], "steps": [[], [["2020-12-31", "40"]]]}, "早于完成时限", id="a step that is as late as all of it"),
    pytest.param("target", {"pace": ["LINEAR", "STEP"], "steps": [[], [["2020-06-30", "140"]]]}, "不能超过目标值", id="a step of more than all of it"),
    pytest.param("target", {"pace": ["LINEAR", "STEP"], "steps": [[], [["2020-06-30", "40"], ["2020-05-31", "50"]]]}, "一步比一步大", id="steps that go back"),
    pytest.param("target", {"starts_on": ["2020-01-01", "2021-01-01"]}, "不能早于开始日期", id="a start after the end"),
    pytest.param("indicator", {"upper": [None, "40"]}, "别的没有上限", id="an upper bound of what has none"),
    pytest.param("commitment", {"milestones": [[], []]}, "不是能调整的内容", id="a commitment's milestones stay"),
    pytest.param("indicator", {"target": ["36", "34.5"], "due_on": [None, "2023-12-31"]}, None, id="an indicator's terms"),
    pytest.param("indicator", {"target": ["36", "0"]}, None, id="an indicator may aim at nothing"),
    pytest.param("indicator", {"target": ["36", "-2.5"]}, None, id="an indicator may aim below zero"),
    pytest.param("indicator", {"target": ["36", "many"]}, "必须是数", id="an indicator aims at a number"),
    pytest.param("indicator", {"due_on": [None, "soon"]}, "日期的写法", id="an indicator's day is a day"),
    pytest.param("indicator", {"comparator": ["≥", "≤"]}, "不是能调整的内容", id="an indicator's comparator stays"),
]
# fmt: on


@pytest.mark.parametrize(("promise", "changes", "reason"), CHANGES)
def test_what_a_plan_promised_changes_by_adjustments(plan, promise, changes, reason):
    """docs/rules.md: adjustments."""
    promised = PROMISES[promise](plan)
    adjustment = an_adjustment(promised, by=an_administrator(), fields={"changes": changes})
    if reason:
        assert reason in refusal_of(adjustment, a_reviewer())
    else:
        entry = published_by(adjustment, a_reviewer()).entry
        assert (entry.kind, entry.subject, entry.payload["changes"]) == ("adjustment", promised.address, changes)
        assert list(differences()) == []


def test_a_draft_plan_is_changed_not_adjusted():
    draft = a_plan(year=2021)
    adjustment = an_adjustment(draft, by=an_administrator(), title="Another plan")
    assert "直接改草稿就行" in refusal_of(adjustment, a_reviewer())


# Readings of indicators.
@pytest.fixture
def greenery(plan):
    return plan.indicators.get()


def test_one_reviewer_drafts_a_reading_and_another_publishes_it(greenery):
    """docs/rules.md: two-people."""
    first, second = a_reviewer(), a_reviewer("reviewer2")
    reading = an_indicator_reading(greenery, "2020-06-30", "34.50", by=first, note="Measured from the air.")
    assert "起草的人不能自己公布" in refusal_of(reading, first)
    assert "您没有公布的权限" in refusal_of(reading, an_official())
    reading = published_by(reading, second)
    assert (reading.entry.kind, reading.entry.subject) == ("reading", "indicator:2020/green-share")
    assert reading.entry.payload["value"] == "34.5"
    assert reading.entry.payload["texts"].keys() == {"note"}
    assert list(differences()) == []


# fmt: off
READINGS = [
    pytest.param({"held_on": "2020-09-01"}, None, id="today"),
    pytest.param({"held_on": "2020-09-02"}, "数据日期 2020-09-02 还没到", id="tomorrow"),
    pytest.param({"held_on": "2020-06-30"}, "2020-06-30 已有一条数据", id="a second one of the same day"),
    pytest.param({"held_on": "2019-12-01"}, None, id="an interval before the plan begins"),
    pytest.param({"held_on": "2019-11-30"}, "2019-11-30 太早了", id="a day more"),
    pytest.param({"held_on": "2020-07-31", "value": "20"}, None, id="an indicator may fall"),
    pytest.param({"held_on": "2020-07-31", "value": "-3"}, None, id="an indicator may be below zero"),
    pytest.param({"held_on": "2020-07-31", "value": "90"}, None, id="an indicator may exceed its target"),
]
# fmt: on


@pytest.mark.parametrize(("values", "reason"), READINGS)
def test_a_reading_is_of_a_day_of_its_own_that_has_come(greenery, values, reason):
    """docs/rules.md: order, too-early."""
    published(an_indicator_reading(greenery, "2020-06-30", 34), "2020-07-02")
    reading = an_indicator_reading(greenery, **{"value": 35, **values})
    if reason:
        assert reason in refusal_of(reading)
    else:
        assert published(reading, NOW).is_published


def test_an_indicator_that_is_not_public_has_no_readings():
    draft = an_indicator(a_plan(year=2021))
    assert "这个指标还没有公布" in refusal_of(an_indicator_reading(draft, "2020-06-30", 34))


@pytest.fixture
def wrong(greenery):
    return published(an_indicator_reading(greenery, "2020-06-30", 34), "2020-07-02")


def test_a_reading_is_corrected_with_a_reason(greenery, wrong):
    bare = an_indicator_reading(greenery, "2020-06-30", 33, corrects=wrong)
    assert "更正要写明原因" in refusal_of(bare)
    bare.correction_reason = "Counted twice."
    bare.save()
    entry = published(bare, NOW).entry
    assert (entry.kind, entry.payload["corrects"]) == ("correction", wrong.entry_id)
    assert list(differences()) == []


def test_a_reading_corrects_one_of_the_same_indicator(plan, wrong):
    published(a_plan_with_indicator(), "2020-08-01")
    other = Indicator.objects.get(plan__year=2021)
    reading = an_indicator_reading(other, "2020-06-30", 34, corrects=wrong, correction_reason="Wrong one.")
    assert "只能更正同一个指标的" in refusal_of(reading)


def a_plan_with_indicator():
    plan = a_plan(a_project("pool", milestones=("dug",)), year=2021)
    an_indicator(plan)
    return plan


def test_the_note_of_a_reading_may_be_redacted(greenery):
    reading = published(an_indicator_reading(greenery, "2020-06-30", 34, note="By Mr X."), "2020-07-02")
    published(a_redaction(reading, "note"), "2020-07-03")
    reading.refresh_from_db()
    assert (reading.note, reading.salts, reading.value) == ("", {}, 34)
    assert list(differences()) == []


FAR = ["0001-01-01", "1948-12-31", "2100-01-01", "9999-12-31"]
TOO_FAR = "日期要在 1949 年到 2099 年之间"


@pytest.mark.parametrize(
    ("name", "far"), [*(("starts_on", far) for far in FAR[:2]), *(("due_on", far) for far in FAR[2:])]
)
def test_a_milestone_lies_within_the_calendar(bridge, name, far):
    assert f"“built”：{TOO_FAR}" in refusal_of(a_plan(bridge, targets={"built": {name: far}}))


@pytest.mark.parametrize(
    ("name", "far"),
    [
        *(("starts_on", far) for far in FAR[:2]),
        *(("adopted_on", far) for far in FAR),
    ],
)
def test_a_plan_lies_within_the_calendar(bridge, name, far):
    assert f"“Plan of 2020”：{TOO_FAR}" in refusal_of(a_plan(bridge, **{name: far}))


@pytest.mark.parametrize("far", FAR)
def test_an_indicator_is_due_within_the_calendar(bridge, far):
    plan = a_plan(bridge)
    an_indicator(plan, due_on=far)
    assert TOO_FAR in refusal_of(plan)


@pytest.mark.parametrize("far", FAR)
def test_nothing_is_moved_beyond_the_calendar(bridge, far):
    plan = a_plan(bridge)
    indicator = an_indicator(plan)
    published(plan)
    for promise in (bridge.milestones.get().targets.get(), indicator):
        assert TOO_FAR in refusal_of(an_adjustment(promise, due_on=far))


@pytest.mark.parametrize("far", FAR[:2])
def test_nothing_is_told_or_decided_before_the_calendar(bridge, far):
    """docs/rules.md: facts."""
    plan = a_plan(bridge)
    indicator = an_indicator(plan)
    published(plan)
    early = [
        a_report(bridge, far, {"built": 1}),
        an_indicator_reading(indicator, far, 1),
        an_adjustment(bridge, fields={"decided_on": day(far)}, title="Other"),
    ]
    for fact in early:
        assert TOO_FAR in refusal_of(fact)
