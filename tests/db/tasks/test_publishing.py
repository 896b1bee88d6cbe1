"""Plans, their adjustments and the readings of their indicators become public."""

import pytest
import time_machine

from ledger.chain import PublicationError
from ledger.models import Entry
from projects.models import Milestone, Project
from projects.publishing import publish
from projects.verification import differences
from tasks.models import Commitment, CommitmentMilestone, Contribution, Indicator
from tests.factories import (
    a_commitment,
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    a_source,
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
def part(**values) -> dict:
    return {"number": 1, "noun": "", "starts_on": "2020-01-01", "due_on": "2020-12-31", **values}


BUILT = part(id="bridge/built", title="built", target="100", unit="%", weight="1", pace="LINEAR", is_inferred=False)
OPENED = part(
    id="bridge/opened",
    number=2,
    title="opened",
    target="1.5",
    unit="piece",
    weight="2",
    pace="STEP",
    is_inferred=True,
)
PAYLOAD = {
    "acts": [],
    "reviewers": [],
    "year": 2020,
    "title": "Plan of 2020",
    "short_title": "Plan 2020",
    "guideline": "Steady.",
    "starts_on": "2020-01-01",
    "ends_on": "2020-12-31",
    "adopted_on": "2020-02-28",
    "lag_warning": 10,
    "lag_alarm": 30,
    "reporting_days": 31,
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
    "groups": [
        {
            "code": "works",
            "number": 1,
            "title": "Public works",
            "noun": "work",
            "counter": "件",
            "tasks": [
                {
                    "number": 1,
                    "title": "Task 1",
                    "measures": [
                        {"number": 1, "title": "Measure 1", "projects": [{"slug": "bridge", "is_inferred": False}]},
                        {"number": 2, "title": "Measure 2", "projects": [{"slug": "pool", "is_inferred": False}]},
                    ],
                }
            ],
        }
    ],
    "projects": [
        {
            "slug": "bridge",
            "title": "bridge",
            "short_title": "",
            "part_counter": "",
            "place": "",
            "investment": None,
            "lead": None,
            "partners": [],
        },
        {
            "slug": "pool",
            "title": "pool",
            "short_title": "Pool",
            "part_counter": "",
            "place": "North",
            "investment": 33_000_000,
            "lead": "works-office",
            "partners": ["parks-office"],
        },
    ],
    "milestones": {
        "bridge": [BUILT, OPENED],
        "pool": [{**BUILT, "id": "pool/dug", "title": "dug"}],
    },
    "series": [
        {
            "code": "pledges",
            "number": 1,
            "title": "pledges",
            "short_title": "pledges",
            "noun": "pledge",
            "counter": "件",
            "commitments": [
                {
                    "number": 1,
                    "project": "bridge",
                    "goal": "FINISH",
                    "annual_investment": None,
                    "milestones": ["bridge/built", "bridge/opened"],
                    "is_inferred": False,
                }
            ],
        },
        {
            "code": "extras",
            "number": 2,
            "title": "extras",
            "short_title": "extras",
            "noun": "pledge",
            "counter": "件",
            "commitments": [
                {
                    "number": 1,
                    "project": "pool",
                    "goal": "START",
                    "annual_investment": 5_000_000,
                    "milestones": ["pool/dug"],
                    "is_inferred": True,
                }
            ],
        },
    ],
    "indicators": [
        {
            "code": "green-share",
            "number": 1,
            "task": "task:2020/works-1",
            "title": "green-share",
            "comparator": "≥",
            "target": "36",
            "unit": "%",
            "due_on": "2023-12-31",
            "baseline": "30.5",
            "note": "In the city.",
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
    """docs/rules.md: entry."""
    a_milestone(bridge, "opened", target="1.50", unit="piece", pace="STEP", weight="2.00", is_inferred=True)
    works, parks = (published(a_department(slug)) for slug in ("works-office", "parks-office"))
    pool = a_project("pool", lead=works, partners=(parks,), investment=33_000_000, place="North", short_title="Pool")
    a_milestone(pool, "dug")
    plan = a_plan(
        bridge, guideline="Steady.", adopted_on=day("2020-02-28"), source=a_source(issued_on=day("2020-03-05"))
    )
    a_measure(plan.groups.get().tasks.get(), pool, number=2)
    a_commitment(
        plan, pool, pool.milestones.get(), goal="START", series="extras", annual_investment=5_000_000, is_inferred=True
    )
    an_outline(plan, "Look first", "Then build")
    an_indicator(
        plan, baseline="30.5", due_on=day("2023-12-31"), task=plan.groups.get().tasks.get(), note="In the city."
    )
    entry = published(plan).entry
    assert (entry.kind, entry.subject) == ("plan", "plan:2020")
    assert entry.payload == PAYLOAD


def test_everything_a_plan_promises_becomes_public_with_it(bridge, road):
    """docs/rules.md: promises."""
    plan = a_plan(bridge)
    a_measure(plan.groups.get().tasks.get(), road, number=2)
    an_indicator(plan)
    assert not Commitment.objects.published().exists()
    entry = published(plan, "2020-03-05").entry
    for model in (Project, Milestone, Commitment, CommitmentMilestone, Contribution, Indicator):
        assert set(model.objects.as_of(day("2020-03-05"))) == set(model.objects.all())
        assert not model.objects.as_of(day("2020-03-04")).exists()
    for model in (Project, Milestone):
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
    assert "还没有一件承诺" in refusal_of(a_plan())


def test_every_promise_says_what_it_takes_to_keep_it(bridge):
    """docs/rules.md: promises."""
    plan = a_plan(bridge, a_project("road"))
    assert "“pledges 2：road”没有写明办成要看哪些节点" in refusal_of(plan)


def test_a_promise_is_not_kept_by_the_milestone_of_another_project(bridge, road):
    plan = a_plan(bridge)
    CommitmentMilestone.objects.create(commitment=Commitment.objects.get(), milestone=road.milestones.get())
    assert "不能用另一个项目的节点“paved”" in refusal_of(plan)


@pytest.mark.parametrize("role", ["lead", "partner", "lead of a project that only serves"])
def test_the_departments_of_a_plan_are_public_before_it(bridge, road, role):
    works = a_department("works-office")
    plan = a_plan(bridge)
    match role:
        case "lead":
            Project.objects.filter(slug="bridge").update(lead=works)
        case "partner":
            bridge.partners.add(works)
        case _:
            road.lead = works
            road.save()
            a_measure(plan.groups.get().tasks.get(), road, number=2)
    assert "部门“works-office”还没有公布" in refusal_of(plan)
    published(works, NOW)
    assert published(plan, NOW).is_published


# A second year.
def test_a_second_year_shares_a_project_and_publishes_only_its_new_milestones(bridge, road):
    """docs/rules.md: promises."""
    first = published(a_plan(bridge), "2020-03-05")
    a_milestone(bridge, "painted", due_on="2021-06-30")
    second = published(a_plan(bridge, road, year=2021), "2020-08-01")
    assert [project["slug"] for project in second.entry.payload["projects"]] == ["road"]
    assert {slug: [m["id"] for m in found] for slug, found in second.entry.payload["milestones"].items()} == {
        "bridge": ["bridge/painted"],
        "road": ["road/paved"],
    }
    assert second.entry.payload["series"][0]["commitments"][0]["milestones"] == ["bridge/built", "bridge/painted"]
    bridge.refresh_from_db()
    assert (bridge.entry, bridge.milestones.get(code="built").entry) == (first.entry, first.entry)
    assert bridge.milestones.get(code="painted").published_on == day("2020-08-01")
    assert list(differences()) == []


def test_a_milestone_that_only_a_later_plan_promises_waits_for_it(bridge):
    later = a_milestone(bridge, "painted", due_on="2021-06-30")
    plan = a_plan()
    a_commitment(plan, bridge, bridge.milestones.get(code="built"))
    next_plan = a_plan(year=2021)
    a_commitment(next_plan, bridge, later)
    assert [milestone["id"] for milestone in published(plan).entry.payload["milestones"]["bridge"]] == ["bridge/built"]
    later.refresh_from_db()
    assert not later.is_published
    published(next_plan, "2020-08-01")
    later.refresh_from_db()
    assert later.published_on == day("2020-08-01")
    assert list(differences()) == []


def test_a_milestone_that_both_plans_promise_is_published_with_the_first(bridge):
    first, second = a_plan(bridge), a_plan(bridge, year=2021)
    entry = published(first).entry
    assert published(second, "2020-08-01").entry.payload["milestones"] == {}
    assert bridge.milestones.get().entry == entry


def test_a_milestone_that_no_plan_promises_is_published_with_its_project(bridge):
    plan = a_plan(bridge)
    extra = a_milestone(bridge, "painted")
    entry = published(plan).entry
    extra.refresh_from_db()
    assert extra.entry == entry
    assert entry.payload["series"][0]["commitments"][0]["milestones"] == ["bridge/built"]


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
    "indicator": lambda plan: plan.indicators.get(),
}

# fmt: off
CHANGES = [
    pytest.param("plan", {"title": ["Plan of 2020", "Plan of the year"]}, None, id="a plan's title"),
    pytest.param("plan", {"guideline": ["Steady.", ""]}, None, id="a guideline taken back"),
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
    a_milestone(bridge, "far", **{name: far})
    assert f"“far”：{TOO_FAR}" in refusal_of(a_plan(bridge))


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
    for promise in (bridge.milestones.get(), indicator):
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
