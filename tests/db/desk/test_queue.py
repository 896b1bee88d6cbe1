"""The reviewers' queue: what each report would change, told before it is public, and published in one press."""

import re
from html import unescape
from itertools import product

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from desk.admin.versions import DECIDED_ON
from desk.filing import card_of, file_unchanged, queue_version, tick_of
from desk.queue import as_drafts, other_facts, waiting_reports
from desk.templatetags import queue
from desk.words import FINAL, FINAL_CHANGE
from ledger.models import Entry
from projects.models import Project, Report
from projects.publishing import as_if_published, publish, send_back, submit, withdraw
from projects.snapshots import load_snapshots, with_report
from tasks.models import Check, Reading, TaskReport
from tasks.snapshots import commitments_about, with_change
from tests.factories import (
    a_check,
    a_correction,
    a_department,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_vote,
    an_adjustment,
    an_indicator,
    an_indicator_reading,
    day,
    moment,
    published,
)
from tests.small_city import a_draft, address, signed_in, told

pytestmark = pytest.mark.both_databases

NOW = "2020-06-20"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


def snapshot_of(project: Project):
    return load_snapshots(Project.objects.filter(pk=project.pk), day(NOW))[project.pk]


def submitted(city, held_on="2020-05-31", readings=None, **fields) -> Report:
    return a_report(city.bridge, held_on, {"built": 55} if readings is None else readings, by=city.official, **fields)


def waiting(city, person="reviewer"):
    return waiting_reports(getattr(city, person), day(NOW))


def desk_of(person) -> str:
    return signed_in(person).get("/admin/").content.decode()


def test_who_waited_longest_comes_first(city, now):
    second = submitted(city)
    now.shift(-3600)
    first = a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    assert [one.report for one in waiting(city)] == [first, second]


def test_it_tells_values_old_and_new_and_the_light_before_and_after(city):
    submitted(city)
    (one,) = waiting(city)
    assert [(field.label, field.old, field.new) for field in one.summary.fields][1:] == [("Built", "40%", "55%")]
    assert [(outlook.name, outlook.before.word, outlook.after.word) for outlook in one.outlooks] == [
        ("pledges第 1 件", "按序时", "按序时")
    ]
    submitted(city, "2020-06-15", {"built": 100, "opened": 1}, evidence="Deed")
    assert waiting(city)[1].outlooks[0].after.word == "已完成"


def test_a_forecast_is_for_reviewers(city):
    submitted(city, "2020-06-19", {"built": 60, "opened": 1}, evidence="Deed")
    (one,) = waiting(city)
    assert one.forecast == day("2020-09-27")  # 20 % in 50 days, 40 % to go


@pytest.mark.parametrize(
    ("fields", "look"),
    [
        ({}, None),
        ({"internal_note": "Wait."}, "填报人有话说"),
        ({"readings": {"built": 101}, "is_over_target_confirmed": True, "evidence": "Deed"}, "超过目标"),
        ({"over_investment_reason": "Steel.", "spent": 50_000_000}, "超过总投资"),
        ({"readings": {}}, "没有节点数据"),
    ],
)
def test_what_should_be_read_by_itself_is_not_ticked(city, fields, look):
    submitted(city, **fields)
    (one,) = waiting(city)
    assert one.looks == ((look,) if look else ())
    assert ('name="report"' in desk(city)) is one.is_clean


def test_a_returned_report_is_looked_at_again(city):
    report = submitted(city)
    send_back(report, by=city.reviewer, text="Which piers?")
    submit(report, by=city.official)
    assert waiting(city)[0].looks == ("曾经退回",)


def test_the_turn_is_what_publication_makes_of_it(city):
    """The light told beforehand, from what is loaded, is the light that the record then gives."""
    correction = a_correction(city.bridge.reports.get(), {"built": 90}, held_on="2020-04-30", by=city.official)
    drafts = [
        *(submitted(city, f"2020-06-{n + 1:02}", {"built": b, "opened": o}, evidence="Deed")
          for n, (b, o) in enumerate(product((40, 60, 100), (0, 1)))),
        correction,
    ]  # fmt: skip
    for draft in drafts:
        told_before = [c.state.progress for _, c in commitments_about(with_report(snapshot_of(city.bridge), draft))]
        with as_if_published(draft):
            found = [c.state.progress for _, c in commitments_about(snapshot_of(city.bridge))]
            assert [(p.light, p.actual, p.planned) for p in told_before] == [
                (p.light, p.actual, p.planned) for p in found
            ]


@pytest.mark.parametrize(
    ("target", "new"),
    [
        (lambda city: city.to_build, {"due_on": "2021-06-30"}),
        (lambda city: city.to_build, {"dropped": True}),
        (lambda city: city.bridge.commitments.get(), {"dropped": True}),
    ],
    ids=["moved", "cut", "dropped"],
)
def test_an_adjustment_is_told_beforehand_too(city, target, new):
    draft = an_adjustment(target(city), by=city.official, **new)
    ((_, before),) = commitments_about(snapshot_of(city.bridge))
    told_before = with_change(before, draft)
    with as_if_published(draft):
        ((_, found),) = commitments_about(snapshot_of(city.bridge))
    assert (told_before.state.light, told_before.progress.lag) == (found.state.light, found.progress.lag)


def asked(city) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        waiting(city)
        as_drafts(other_facts(city.reviewer), day(NOW))
    return len(asked)


def test_a_longer_queue_asks_no_more(city):
    city.reviewer.has_perm("projects.publish_report")
    submitted(city)
    an_adjustment(city.to_build, by=city.official, amount="120")
    one = asked(city)
    for n in range(3):
        project = a_project(f"gate-{n}", lead=city.works)
        a_milestone(project)
        published(a_plan(project, year=2021 + n), on=NOW, at="11:00")
        a_report(project, "2020-06-01", {"built": 5}, by=city.official)
        an_adjustment(project.commitments.get().targets.get(), by=city.official, amount="120")
    assert len(waiting(city)) == 4
    assert asked(city) == one


# Published in one press


def pressed(city, *ticked: str, person="reviewer"):
    return signed_in(getattr(city, person)).post("/admin/projects/report/publish/", {"report": ticked})


def lines_of(page) -> list[str]:
    """What the page says of each report, one after the other, and of all of them."""
    html = b"".join(page.streaming_content).decode()
    assert html.rstrip().endswith("</html>")
    found = re.findall(r'<li value="\d+" class="is-\w+">.*?</li>|<p class="desk-total".*?</p>', html, re.DOTALL)
    return [re.sub("<[^>]+>", "", line).strip() for line in found]


def tick(report: Report) -> str:
    return f"{tick_of(report)}@{queue_version(report)}"


def test_each_gets_an_entry_of_its_own(city):
    first, second = submitted(city), a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    before = Entry.objects.count()
    assert lines_of(pressed(city, tick(second), tick(first))) == [
        f"已公布 The bridge（2020-05-31），公开记录第 {before + 1} 条",
        f"已公布 The pool（2020-05-31），公开记录第 {before + 2} 条",
        "已公布 2 份，每份一条公开记录。",
    ]
    assert Entry.objects.count() == before + 2
    assert set(Report.objects.filter(published_by=city.reviewer)) == {first, second}


def test_what_is_public_is_told_before_the_next_is_begun(city):
    first, second = submitted(city), a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    pieces = iter(pressed(city, tick(first), tick(second)).streaming_content)
    next(pieces)
    assert b"The bridge" in next(pieces)
    assert [one.is_published for one in Report.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")] == [
        True,
        False,
    ]


def test_one_refused_holds_up_no_other(city):
    good, bad = submitted(city), submitted(city, "2020-06-01", {"built": 50})
    assert lines_of(pressed(city, tick(good), tick(bad)))[1:] == [
        "The bridge（2020-06-01） 没有公布：Built：累计数 50 小于上一次的 55。",
        "已公布 1 份，每份一条公开记录。1 份没有公布，还在队列里。",
    ]
    assert not Report.objects.get(pk=bad.pk).is_published


def test_a_key_written_otherwise_is_no_tick(city):
    report = submitted(city)
    lines_of(pressed(city, tick(report).replace(":", ":00")))
    assert not Report.objects.get(pk=report.pk).is_published


def test_what_changed_since_it_was_looked_at_waits(city, now):
    report = submitted(city)
    seen = tick(report)
    send_back(report, by=city.reviewer, text="Which piers?")
    now.shift(60)
    submit(report, by=city.official)
    line = lines_of(pressed(city, seen))[0]
    assert line == f"{report} 没有公布：您看过以后它又变了，请再看一遍。"


@pytest.mark.parametrize(
    "ticked", [(), ("",), ("x@y",), ("9" * 30,), ("report:1@\x00",), ("report:0@",), ("report:-1@",), ("check:1@",)]
)
def test_forged_ticks_publish_nothing(city, ticked):
    submitted(city)
    before = Entry.objects.count()
    page = pressed(city, *ticked)
    assert page.status_code == 302 or lines_of(page)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("person", ["official", "other_official", "administrator", "editor"])
def test_only_reviewers_publish(city, person):
    report = submitted(city)
    assert pressed(city, tick(report), person=person).status_code == 403
    assert not Report.objects.get(pk=report.pk).is_published


def test_what_others_drafted_waits_too(city):
    an_adjustment(city.to_build, by=city.official, amount="120")
    an_adjustment(city.bridge.commitments.get(), by=city.official, dropped=True)
    a_department("fire-office", name="Fire office", drafted_by=city.administrator)
    page = signed_in(city.reviewer).get("/admin/").content.decode()
    assert "调整：pledges 1：The bridge · Built（目标值）" in page
    assert "部门：Fire office" in page
    drafts = as_drafts(other_facts(city.reviewer), day(NOW))
    assert [outlook.after.word for draft in drafts for outlook in draft.outlooks] == ["按序时", "已取消"]
    assert "等您审核" not in signed_in(city.official).get("/admin/").content.decode()


# What one more publication asks of the database: forty of them are a few seconds' work.
QUERIES_OF_A_PUBLICATION = 57


def test_a_publication_asks_no_more_than_this(city):
    def asked(days) -> int:
        reports = [submitted(city, f"2020-06-{day:02}") for day in days]
        with CaptureQueriesContext(connection) as queries:
            assert len(lines_of(pressed(city, *map(tick, reports)))) == len(reports) + 1
        return len(queries)

    asked([1])  # the first of a process learns who may do what
    assert (asked([3, 4, 5]) - asked([6])) / 2 <= QUERIES_OF_A_PUBLICATION


# The card


def desk(city, person="reviewer") -> str:
    return signed_in(getattr(city, person)).get("/admin/").content.decode().partition('id="desk-queue"')[2]


def test_a_card_shows_everything_that_would_be_public(city):
    submitted(city, text="The piers stand.", problem="Rain.", next_step="Dry it.", spent=12_000_000, evidence="Deed")
    page = desk(city)
    for words in (
        "Works office",
        "The piers stand.",
        "Rain.",
        "Dry it.",
        "900 万元",
        "1200 万元",
        "40%",
        "55%",
        "Deed",
    ):
        assert words in page


def test_a_card_of_a_correction_shows_old_and_new_of_everything(city):
    wrong = city.bridge.reports.get()
    a_correction(wrong, {"built": 35}, by=city.official, text="Counted again.", spent=8_000_000)
    page = desk(city)
    for words in (wrong.text, "Counted again.", "Counted wrong.", "40%", "35%", "900 万元", "800 万元"):
        assert words in page
    assert f"更正公开记录第 {wrong.entry_id} 条" in page


def test_nothing_is_ticked_but_a_month_without_change(city, now):
    submitted(city, "2020-06-15")
    page = desk(city)
    assert page.count('name="report"') == 1
    assert "checked" not in page


def test_a_month_without_change_is_ticked(city):
    file_unchanged(city.bridge, by=city.official)
    assert waiting(city)[0].is_unchanged
    assert desk(city).count("checked") == 1


@pytest.mark.parametrize("more", [{"next_step": "Rest."}, {"internal_note": "Wait."}, {"spent": 9_000_001}])
def test_a_word_more_is_no_month_without_change(city, more):
    report = file_unchanged(city.bridge, by=city.official)
    Report.objects.filter(pk=report.pk).update(**more)
    assert not waiting(city)[0].is_unchanged


def test_a_decision_in_the_queue_leads_to_the_next_card(city, now):
    reviewer = signed_in(city.reviewer)
    first, second = submitted(city), submitted(city, "2020-06-15")
    change = an_adjustment(city.to_build, by=city.official, amount="120")
    for fact, act, following in (
        (first, "publish", f"waiting-report-{second.pk}"),
        (second, "return", f"waiting-planadjustment-{change.pk}"),
        (change, "publish", "desk-queue"),
    ):
        page = reviewer.get("/admin/").content.decode()
        card = page.partition(f'id="{card_of(fact)}"')[2].partition('<li class="desk-card"')[0]
        assert f'name="_from_desk" value="{following}"' in card
        sent = {"_stamp": queue_version(fact), "_from_desk": following, "note": "Why?"}
        assert reviewer.post(address(fact, act), sent)["Location"] == f"/admin/#{following}"
    assert told(reviewer.get("/admin/"))[-1].startswith("已公布“调整：Built”")
    change.refresh_from_db()
    assert change.is_published


def test_in_the_queue_too_what_changed_waits(city, now):
    report = submitted(city)
    version = queue_version(report)
    withdraw(report, by=city.official)
    now.shift(60)
    submit(report, by=city.official)
    page = signed_in(city.reviewer).post(
        address(report, "publish"), {"_stamp": version, "_from_desk": "desk-queue"}, follow=True
    )
    assert told(page) == [f"{report}：没有办成。", "您看过以后它又变了，请再看一遍。"]
    assert page.redirect_chain[-1][0] == f"/admin/#{card_of(report)}"


def test_adjustments_wait_once_they_are_submitted(city):
    an_adjustment(city.to_build, by=city.official, amount="120", fields={"submitted_at": None})
    assert "份调整" not in desk(city)
    an_adjustment(city.bridge, by=city.official, leads=["parks-office"])
    page = desk(city)
    for words in ("1 份调整", "Works office", "Parks office", "Decision 7", "The ground was softer than thought."):
        assert words in page


def test_the_queue_stands_beside_what_is_chosen_of_it_for_who_decides(city):
    report, change = submitted(city), an_adjustment(city.bridge, by=city.official, investment="90000000")
    beside = 'aria-labelledby="queue-beside"'
    page = signed_in(city.reviewer).get(address(report)).content.decode()
    assert beside in page
    assert address(change) in page
    assert beside not in signed_in(city.official).get(address(report)).content.decode()


# What waits besides reports


def test_drafts_of_a_kind_stand_on_one_line_that_leads_to_all_of_them(city):
    votes = [a_vote(one.commitments.get(), "2020-06-01", by=city.reviewer) for one in (city.bridge, city.pool)]
    assert "2 份人大测评，一起看、一起公布" in desk_of(city.second_reviewer)
    assert reverse("admin:tasks_vote_publish_many") in desk_of(city.second_reviewer)
    assert str(votes[0]) not in desk_of(city.second_reviewer)
    votes[1].evidence.all().delete()
    votes[1].delete()
    assert f"人大测评：{votes[0]}" in unescape(desk_of(city.second_reviewer))


READINGS = "admin:tasks_reading_publish_many"


@pytest.fixture
def readings(city):
    """Two by a reviewer, one by another."""
    by = (city.reviewer, city.reviewer, city.second_reviewer)
    return [an_indicator_reading(city.indicator, f"2020-05-{29 + n}", 30 + n, by=who) for n, who in enumerate(by)]


def ticked_of(client, name: str) -> dict:
    lines = client.get(reverse(name)).context["lines"]
    return {"of": [fact.pk for fact, *_ in lines]} | {f"{DECIDED_ON}-{fact.pk}": version for fact, version, *_ in lines}


def test_readings_of_others_are_published_with_one_press_and_ones_own_are_named(city, readings):
    """docs/rules.md: two-people, oddities."""
    client = signed_in(city.second_reviewer)
    page = client.get(reverse(READINGS))
    assert [fact for fact, *_ in page.context["lines"]] == [readings[1], readings[0]]
    html = page.content.decode()
    assert "这 1 项是您起草的，要请另一位审核员公布" in html
    assert str(readings[2]) in html
    client.post(reverse(READINGS), ticked_of(client, READINGS))
    assert set(Reading.objects.published().values_list("pk", "published_by")) == {
        (one.pk, city.second_reviewer.pk) for one in readings[:2]
    }
    client.post(reverse(READINGS), {"of": [readings[2].pk]})
    assert not Reading.objects.published().filter(pk=readings[2].pk).exists()


def test_what_changed_since_it_was_shown_is_not_published(city, readings):
    client = signed_in(city.second_reviewer)
    data = ticked_of(client, READINGS)
    Reading.objects.filter(pk=readings[0].pk).update(value=99)
    page = client.post(reverse(READINGS), data, follow=True)
    assert "您看过以后又有变化" in page.content.decode()
    assert not Reading.objects.published().exists()


def test_checks_are_published_together(city):
    published(a_report(city.pool, "2020-05-20", {"filled": 100}, evidence="Record"), on="2020-06-01")
    check = a_check(city.pool.commitments.get(), "2020-06-10", by=city.reviewer)
    client, name = signed_in(city.second_reviewer), "admin:tasks_check_publish_many"
    client.post(reverse(name), ticked_of(client, name))
    assert Check.objects.published().get() == check


@pytest.mark.parametrize("n", [1, 3])
def test_a_page_of_many_asks_as_often_for_three_as_for_one(city, n):
    plan = a_plan(year=2021, starts_on="2020-05-01")
    shares = [an_indicator(plan, f"share-{number}", number=number + 1, leads=["works-office"]) for number in range(n)]
    published(plan, on=NOW)
    for one in shares:
        an_indicator_reading(one, "2020-05-31", 30, by=city.reviewer)
    client = signed_in(city.second_reviewer)
    client.get(reverse(READINGS))
    with CaptureQueriesContext(connection) as queries:
        assert len(client.get(reverse(READINGS)).context["lines"]) == n
    assert len(queries) == 11


# What a reviewer read in


def test_what_a_reviewer_read_in_is_told_for_as_long_as_it_waits(city):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.reviewer)
    html = desk_of(city.reviewer)
    assert "您读进来的 1 份草稿（2020-05-31 的）等Works office送审" in html
    assert "您读进来的：1 份草稿等 1 个部门看过、送审" in html
    assert f"{reverse('admin:projects_department_month', args=[city.works.pk])}?day=2020-05-31" in html
    submitted(city, "2020-06-10")
    below = desk_of(city.reviewer).partition("您读进来的：")[2]
    assert '<ol class="desk-queue">' in below  # however many wait, it is seen before them
    assert "您读进来的" not in desk_of(city.second_reviewer)
    submit(draft, by=city.official)
    assert "您读进来的 1 份草稿" not in desk_of(city.reviewer)
    assert "您读进来、写下的 1 份等另一位审核员公布" in desk_of(city.reviewer)
    publish(draft, by=city.second_reviewer)
    assert "您读进来、" not in desk_of(city.reviewer)


# What can't be taken back


def test_it_is_said_where_one_press_publishes(city):
    report = submitted(city)
    change = an_adjustment(city.bridge, by=city.official, place="North")
    html = desk(city)
    assert html.count(FINAL) == 2  # at its card, and at that of what is ticked
    assert html.count(FINAL_CHANGE) == 1
    client = signed_in(city.reviewer)
    assert FINAL in client.get(address(report)).content.decode()
    assert FINAL_CHANGE in client.get(address(change)).content.decode()
    assert FINAL not in signed_in(city.administrator).get(address(report)).content.decode()
    department = a_department("fire-office", drafted_by=city.administrator)
    assert FINAL_CHANGE in client.get(address(department)).content.decode()
    plan = a_plan(year=2021, drafted_by=city.administrator)  # whose button leads to a page that says it
    assert FINAL not in client.get(address(plan)).content.decode()


# Of one department


@pytest.fixture
def of_two(city, monkeypatch):
    """A report of works and one of parks, each a page of the queue."""
    monkeypatch.setattr(queue, "CARDS_PER_PAGE", 1)
    return submitted(city), a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)


def names_in(page) -> list[str]:
    return re.findall(r'<li class="desk-card" id="([^"]+)"', page.content.decode())


def test_the_queue_is_of_one_department_in_the_address(city, of_two):
    client = signed_in(city.reviewer)
    page = client.get("/admin/")
    assert names_in(page) == [card_of(of_two[0])]
    assert '<option value="parks-office">Parks office（1）</option>' in page.content.decode()
    own = client.get("/admin/?department=parks-office")
    assert names_in(own) == [card_of(of_two[1])]
    assert '<option value="parks-office" selected>' in own.content.decode()
    assert names_in(client.get("/admin/?department=nobody&queue=2")) == [card_of(of_two[1])]
    change = an_adjustment(city.filled, by=city.other_official, title="Full")
    assert "department=parks-office&amp;queue=2" in client.get("/admin/?department=parks-office").content.decode()
    assert names_in(client.get("/admin/?department=parks-office&queue=2")) == [card_of(change)]


def test_a_decision_leads_back_to_the_same_page_of_the_same_department(city, of_two):
    client = signed_in(city.reviewer)
    page = client.get("/admin/?department=works-office&queue=1&other=x").content.decode()
    assert 'name="_place" value="department=works-office&amp;queue=1"' in page
    sent = {
        "_stamp": queue_version(of_two[0]),
        "_from_desk": "desk-queue",
        "_place": "department=works-office&next=//x",
    }
    found = client.post(address(of_two[0], "publish"), sent)["Location"]
    assert found == "/admin/?department=works-office#desk-queue"


def test_a_short_queue_asks_for_no_departments_and_a_long_one_for_them_once(city):
    client = signed_in(city.reviewer)
    submitted(city)
    assert "queue-department" not in client.get("/admin/").content.decode()

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/admin/?department=works-office")
        return len(asked)

    one = n_queries()
    projects = [a_project(f"gate-{n}", lead=city.works, milestones=["built"]) for n in range(3)]
    published(a_plan(*projects, year=2021), on=NOW, at="11:00")
    for project in projects:
        a_report(project, "2020-06-01", {"built": 5}, by=city.official)
    client.get("/admin/")  # what follows from the record is reckoned once after each publication
    assert n_queries() == one


def test_lists_of_reports_are_filtered_by_department(city):
    client = signed_in(city.reviewer)
    submitted(city)
    a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    page = client.get(address(Report, "changelist", "?department=parks-office"))
    assert {one.project for one in page.context["cl"].result_list} == {city.pool}
    assert "Works office" in page.content.decode()
    assert client.get(address(TaskReport, "changelist", "?department=parks-office")).status_code == 200
    own = signed_in(city.official).get(address(Report, "changelist")).content.decode()
    assert "Parks office" not in own
