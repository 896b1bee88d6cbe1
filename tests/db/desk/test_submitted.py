"""What is submitted, seen from both sides of the desk: drafts stay their own, reviewers decide on what was handed in."""

import re

import pytest
import time_machine

from accounts.models import AuditAction, AuditRecord
from desk.forms.reports import READY_NOTES
from projects.models import Report
from projects.publishing import current_terms, send_back
from tasks.models import PlanAdjustment
from tests.factories import a_report, an_adjustment, an_official, day, moment
from tests.small_city import a_draft, address, hidden, send, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
DRAFT = {"submitted_at": None}
WHY = {"decided_on": "2020-05-01", "decided_by": "UNSTATED", "reason": "Soft ground.", "document": "Decision 7"}


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment("2020-06-20"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def official(city):
    return signed_in(city.official)


@pytest.fixture
def reviewer(city):
    return signed_in(city.reviewer)


def adjusting(city) -> str:
    return address(PlanAdjustment, "add", f"?promise=target:{city.to_build.pk}")


# Adjustments, from draft to publication


def test_an_adjustment_is_drafted_and_then_submitted(city, official, reviewer):
    page = official.post(adjusting(city), WHY | {"new_due_on": "2021-03-31", "_save": ""}, follow=True)
    assert told(page) == ["草稿已保存，还没有送审。"]
    draft = PlanAdjustment.objects.get()
    assert reviewer.get(address(draft)).status_code == 302
    assert draft not in reviewer.get(address(PlanAdjustment, "changelist")).context["cl"].result_list
    summary = official.post(address(draft), WHY | {"new_due_on": "2021-03-31", "_submit": ""})
    text = official.get(summary["Location"]).content.decode()
    for words in ("2020-12-31", "2021-03-31", "2020 年 5 月 1 日", "Decision 7", "Soft ground."):
        assert words in text
    page = send(official, summary, follow=True)
    assert f"已送审：{draft}。" in told(page)[-1]
    assert reviewer.get(address(draft)).status_code == 200
    reviewer.post(address(draft, "publish"))
    assert current_terms(city.to_build)["due_on"] == day("2021-03-31")


def test_what_is_odd_about_an_adjustment_is_confirmed_by_the_press_and_shown_to_the_reviewer(city, official, reviewer):
    page = official.get(official.post(adjusting(city), WHY | {"new_amount": "1000", "_submit": ""})["Location"])
    words = "目标值：原来 100%，现在 1000%，涨到十倍以上。"
    assert words in page.content.decode()
    assert "没有错，送审" in page.content.decode()
    draft = PlanAdjustment.objects.get()
    assert words in official.get(address(draft)).content.decode()
    official.post(address(draft, "submit"), hidden(page) | {"oddity": []})
    assert not PlanAdjustment.objects.get().submitted_at
    official.post(address(draft, "submit"), hidden(page))
    assert AuditRecord.objects.filter(kind=AuditAction.SUBMIT).get().note == "核对过：数变得很大或很小"
    assert words in reviewer.get(address(draft)).content.decode()
    desk = reviewer.get("/admin/").content.decode()
    assert words in desk
    assert "请单独看：数变得很大或很小" in desk


def test_a_dropped_promise_is_told_in_words(city, official):
    page = official.get(official.post(adjusting(city), WHY | {"new_dropped": "on", "_submit": ""})["Location"])
    text = re.sub(r"<[^>]+>|\s", "", page.content.decode())
    assert "取消原来要办→，现在已取消" in text


def test_what_is_submitted_is_closed_until_it_is_withdrawn(city, official, reviewer):
    change = an_adjustment(city.to_build, by=city.official, amount="120")
    page = official.get(address(change)).content.decode()
    assert address(change, "withdraw") in page
    assert 'name="_submit"' not in page
    assert official.post(address(change), WHY | {"new_amount": "90"}).status_code in (403, 409)
    page = official.post(address(change, "withdraw"), follow=True)
    assert told(page) == [f"已撤回：{change}，又是草稿了。改好再送审；不要了，可以删除。"]
    assert page.redirect_chain[-1][0] == address(change)
    assert 'name="_submit"' in page.content.decode()
    assert reviewer.get(address(change)).status_code == 302


def test_an_adjustment_is_sent_back_with_ready_words(city, official, reviewer):
    change = an_adjustment(city.to_build, by=city.official, amount="120")
    ready = READY_NOTES["调整"][0]
    reviewer.post(address(change, "return"), {"ready": [ready], "note": "Name it."})
    change.refresh_from_db()
    assert change.submitted_at is None
    assert change.review_notes.get().text == f"{ready}\nName it."
    page = official.get(address(change)).content.decode()
    assert f"已退回（reviewer）：{ready}<br>Name it." in page


@pytest.mark.parametrize("sent", [{}, {"note": "  "}, {"ready": ["Invented."]}, {"note": "x" * 1001}])
def test_sending_back_needs_words(city, reviewer, sent):
    change = an_adjustment(city.to_build, by=city.official, amount="120")
    assert told(reviewer.post(address(change, "return"), sent, follow=True))
    change.refresh_from_db()
    assert change.submitted_at


def test_an_adjustment_of_the_plan_goes_the_same_way(city, reviewer):
    administrator = signed_in(city.administrator)
    adding = address(PlanAdjustment, "add", f"?promise=indicator:{city.indicator.pk}")
    administrator.post(adding, WHY | {"new_target": "38", "_save": ""})
    draft = PlanAdjustment.objects.get()
    assert reviewer.get(address(draft)).status_code == 302
    send(administrator, administrator.post(address(draft), WHY | {"new_target": "38", "_submit": ""}))
    reviewer.post(address(draft, "return"), {"note": "Why?"})
    assert "已退回（reviewer）：Why?" in administrator.get(address(draft)).content.decode()
    send(administrator, administrator.post(address(draft), WHY | {"new_target": "39", "_submit": ""}))
    administrator.post(address(draft, "withdraw"))
    send(administrator, administrator.post(address(draft), WHY | {"new_target": "40", "_submit": ""}))
    reviewer.post(address(draft, "publish"))
    draft.refresh_from_db()
    assert draft.is_published
    assert draft.changes == {"target": ["36", "40"]}


# Whose they are


def test_a_draft_belongs_to_the_department_or_to_the_administrators(city):
    own = an_adjustment(city.to_build, by=city.official, amount="120", fields=DRAFT)
    theirs = an_adjustment(city.works, by=city.administrator, phone="0000-200", fields=DRAFT)
    about_bridge = an_adjustment(city.bridge, by=city.administrator, place="North", fields=DRAFT)
    colleague = an_official(city.works, name="colleague")
    seen = {
        person.username: {
            draft for draft in (own, theirs, about_bridge) if signed_in(person).get(address(draft)).status_code == 200
        }
        for person in (city.official, colleague, city.other_official, city.reviewer, city.administrator)
    }
    assert seen == {
        "official": {own, about_bridge},
        "colleague": {own, about_bridge},
        "other-official": set(),
        "reviewer": set(),
        "admin": {theirs, about_bridge},
    }


@pytest.mark.parametrize("drafted", ["report", "adjustment"])
def test_anybody_of_the_department_withdraws_and_it_is_on_record(city, drafted):
    fact = (
        a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
        if drafted == "report"
        else an_adjustment(city.to_build, by=city.official, amount="120")
    )
    for person in (city.other_official, city.reviewer, city.administrator):
        assert signed_in(person).post(address(fact, "withdraw")).status_code in (403, 404)
    colleague = an_official(city.works, name="colleague")
    signed_in(colleague).post(address(fact, "withdraw"))
    fact.refresh_from_db()
    assert fact.submitted_at is None
    record = AuditRecord.objects.filter(kind=AuditAction.WITHDRAW).get()
    assert record.person == colleague
    assert record.changes == [["送审时间", "2020-06-20 12:00:00", None]]  # whoever drafted it


def test_what_is_public_or_a_draft_is_not_withdrawn(city, official):
    public = city.bridge.reports.get()
    assert "已经公布了" in told(official.post(address(public, "withdraw"), follow=True))[0]
    draft = an_adjustment(city.to_build, by=city.official, amount="120", fields=DRAFT)
    assert "已经是草稿" in told(official.post(address(draft, "withdraw"), follow=True))[0]


# After a decision, the next one


def three(city) -> list[Report]:
    return [a_report(city.bridge, f"2020-06-0{n}", {"built": 50 + n}, by=city.official) for n in (1, 2, 3)]


@pytest.mark.parametrize(("act", "sent"), [("publish", {}), ("return", {"note": "Why?"})])
def test_after_a_decision_the_next_one_is_shown(city, reviewer, act, sent):
    first, second, third = three(city)
    assert reviewer.post(address(first, act), sent)["Location"] == address(second)
    assert reviewer.post(address(second, act), sent)["Location"] == address(third)
    assert reviewer.post(address(third, act), sent)["Location"] == address(Report, "changelist")


def test_the_filters_of_the_list_are_kept(city, reviewer):
    elsewhere = a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    first, second, _ = three(city)
    filters = f"?_changelist_filters=project__id__exact%3D{city.bridge.pk}"
    page = reviewer.get(address(first) + filters).content.decode()
    assert f'formaction="{address(first, "publish")}{filters}"' in page
    assert f'formaction="{address(first, "return")}{filters}"' in page
    assert reviewer.post(address(first, "publish") + filters)["Location"] == address(second) + filters
    assert reviewer.post(address(elsewhere, "publish") + "?_changelist_filters=nonsense__x%3D1").status_code == 302


def test_after_the_last_of_a_filtered_list_comes_the_list(city, reviewer):
    only = a_report(city.pool, "2020-05-31", {"filled": 5}, by=city.other_official)
    three(city)
    filters = f"?_changelist_filters=project__id__exact%3D{city.pool.pk}"
    location = reviewer.post(address(only, "publish") + filters)["Location"]
    assert location == f"{address(Report, 'changelist')}?project__id__exact={city.pool.pk}"


def test_the_list_by_stage(city, official):
    draft = an_adjustment(city.to_build, by=city.official, amount="110", fields=DRAFT)
    waiting = an_adjustment(city.to_build, by=city.official, amount="120")
    returned = an_adjustment(city.to_build, by=city.official, amount="130")
    send_back(returned, by=city.reviewer, text="Why?")
    rows = {
        stage: list(official.get(address(PlanAdjustment, "changelist"), {"stage": stage}).context["cl"].result_list)
        for stage in ("draft", "submitted", "returned", "published")
    }
    assert rows == {"draft": [draft], "submitted": [waiting], "returned": [returned], "published": []}


def test_a_draft_that_was_sent_back_can_be_deleted(city, official):
    change = an_adjustment(city.to_build, by=city.official, amount="120")
    send_back(change, by=city.reviewer, text="Why?")
    official.post(address(change, "delete"), {"post": "yes"})
    assert not PlanAdjustment.objects.exists()
    report = a_draft(city.bridge, "2020-05-31", by=city.official)
    report.review_notes.create(text="Why?", by=city.reviewer)
    official.post(address(report, "delete"), {"post": "yes"})
    assert not Report.objects.drafts().exists()
