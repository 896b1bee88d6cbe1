"""The way of a report to its reviewers: what is seen before it is sent, and how it is taken back."""

import re

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditAction, AuditRecord
from desk.admin.versions import DECIDED_ON
from desk.filing import reported_projects
from desk.queue import waiting_reports
from desk.summaries import summary_of
from projects.models import Project, Report
from tests.factories import a_correction, a_report, an_evidence, an_official, day, moment, published
from tests.small_city import (
    LINK,
    a_city,
    a_draft,
    address,
    errors_of,
    hidden,
    report_data,
    send,
    signed_in,
    told,
)

pytestmark = pytest.mark.both_databases

NOW = "2020-06-20"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def city(db):
    return a_city()


@pytest.fixture
def official(city):
    return signed_in(city.official)


def filing(city) -> str:
    return address(Report, "add", f"?project={city.bridge.pk}")


def colleague_of(city):
    return an_official(city.works, name="colleague")


def words(response) -> str:
    """What is read on the page, without white space."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", "", text)


def summary(report: Report):
    report = Report.objects.get(pk=report.pk)
    projects = reported_projects(Project.objects.filter(pk=report.project_id), day(NOW))
    return summary_of(report, projects[report.project_id])


# The summary


def test_sending_saves_the_draft_and_shows_what_will_be_public(city, official):
    response = official.post(filing(city), report_data(city, _submit=""))
    draft = Report.objects.drafts().get()
    assert response["Location"] == address(draft, "submit")
    assert draft.submitted_at is None
    page = official.get(response["Location"])
    assert told(page) == ["草稿已保存，还没有送审。看一遍下面的，没有错再按“送审”。"]
    for said in (
        "Built原来40%→，现在55%目标100%",
        "累计完成投资原来900万元→，现在1200万元总投资的25.00%",
        "进展Thepiersstand.上次写的Howitstoodon2020-04-30.",
        "这次没有填Opened",
        "数据日期原来2020年4月30日→，现在2020年5月31日",
    ):
        assert said in words(page), said
    assert "请再看一眼" not in words(page)
    assert f'href="{address(draft)}">回去改' in page.content.decode()


def test_the_summarys_own_press_sends(city, official):
    response = send(official, official.post(filing(city), report_data(city, _submit="")), follow=True)
    report = Report.objects.drafts().get()
    assert (report.submitted_at, report.submitted_by) == (timezone.now(), city.official)
    assert "已送审" in told(response)[0]
    assert "接下来由督查审核员审核" in told(response)[0]
    assert "已送审（official，2020-06-2012:00），等督查审核员公布。要改，按“撤回”" in words(response)


def test_what_is_odd_stands_in_red_and_is_confirmed_by_the_press(city, official):
    published(a_correction(city.bridge.reports.get(), {"built": 40}, spent=None), on="2020-06-01")
    page = official.get(official.post(filing(city), report_data(city, spent="1500元", _submit=""))["Location"])
    assert "请再看一眼（1处）：第一次报累计完成投资1,500元，只有总投资的0.00%。请看看单位写对没有" in words(page)
    assert "累计完成投资原来没有数据→，现在1,500元总投资的0.00%请核对" in words(page)
    assert "没有错，送审" in words(page)
    draft = Report.objects.drafts().get()
    unseen = hidden(page) | {"oddity": []}
    again = official.post(address(draft, "submit"), unseen, follow=True)
    assert told(again) == ["还没有送审：您看过以后又有变化，请再看一遍。"]
    assert Report.objects.drafts().get().submitted_at is None
    official.post(address(draft, "submit"), hidden(page))
    assert Report.objects.drafts().get().submitted_at
    assert AuditRecord.objects.filter(kind=AuditAction.SUBMIT).get().note == "核对过：第一次报的投资不到总投资的 1%"
    (waiting,) = waiting_reports(city.reviewer, day(NOW))
    assert waiting.looks == ("第一次报的投资不到总投资的 1%",)
    assert "第一次报累计完成投资1,500元" in words(signed_in(city.reviewer).get(address(draft)))


def test_nothing_is_sent_that_was_changed_after_it_was_looked_at(city, official):
    page = official.get(official.post(filing(city), report_data(city, _submit=""))["Location"])
    draft = Report.objects.drafts().get()
    signed_in(colleague_of(city)).post(address(draft), report_data(city, text="Otherwise.", _save=""))
    response = official.post(address(draft, "submit"), hidden(page), follow=True)
    assert told(response) == ["还没有送审：您看过以后又有变化，请再看一遍。"]
    assert "Otherwise." in words(response)
    for forged in ({}, {DECIDED_ON: "x"}, {DECIDED_ON: ""}):
        official.post(address(draft, "submit"), forged)
    assert Report.objects.drafts().get().submitted_at is None


def test_a_draft_that_became_wrong_since_is_not_sent(city, official):
    response = official.post(filing(city), report_data(city, _submit=""))
    page = official.get(response["Location"])
    published(a_report(city.bridge, "2020-05-31", {"built": 50}), on="2020-06-05")
    after = official.post(response["Location"], hidden(page), follow=True)
    assert told(after)[-1].startswith("2020-05-31 已有一份报告；要改它，请用更正。")
    assert after.redirect_chain[-1][0] == address(Report.objects.drafts().get())


@pytest.mark.parametrize(
    ("person", "status"), [("other_official", 404), ("reviewer", 404), ("editor", 404), ("administrator", 404)]
)
def test_only_the_department_sends_and_takes_back(city, person, status):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    sent = a_report(city.bridge, "2020-06-10", {"built": 56}, by=city.official)
    client = signed_in(getattr(city, person))
    assert client.get(address(draft, "submit")).status_code in (status, 403)
    assert client.post(address(draft, "submit")).status_code in (status, 403)
    assert client.post(address(sent, "withdraw")).status_code in (404, 403)
    assert Report.objects.filter(submitted_at__isnull=False, published_at=None).get() == sent


def test_a_sent_report_has_no_summary_to_press(city, official):
    sent = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    assert official.get(address(sent, "submit"))["Location"] == address(sent)


def test_a_correction_shows_old_and_new_of_everything(city):
    wrong = a_report(
        city.bridge, "2020-05-31", {"built": 55, "opened": 0}, spent=10_000_000, text="Old.", problem="Rain."
    )
    an_evidence(wrong, title="The first deed")
    published(wrong, on="2020-06-05")
    correction = a_correction(wrong, {"built": 50}, spent=9_500_000, text="New.", by=city.official)
    an_evidence(correction, title="The second deed")
    made = summary(correction)
    assert [(one.label, one.old, one.new) for one in (*made.fields, *made.texts)] == [
        ("数据日期", "2020 年 5 月 31 日", "2020 年 5 月 31 日"),
        ("Built", "55%", "50%"),
        ("Opened", "0 piece", ""),
        ("累计完成投资", "1000 万元", "950 万元"),
        ("更正原因", "", "Counted wrong."),
        ("进展", "Old.", "New."),
        ("存在问题", "Rain.", ""),
    ]
    assert [one.title for one in (*made.replaced, *made.evidence)] == ["The first deed", "The second deed"]
    assert [one.text for one in made.oddities] == ["Opened：更正里没有填，原来报的 0 piece就不再算数。"]
    assert made.unsaid == ()


@pytest.mark.parametrize("changed", [{}, {"text": "New."}, {"values": {"built": 50}}, {"evidence": "Another deed"}])
def test_a_correction_that_mends_nothing_is_asked_about(city, changed):
    wrong = a_report(city.bridge, "2020-05-31", {"built": 55}, text="Old.")
    an_evidence(wrong, title="A deed")
    published(wrong, on="2020-06-05")
    told = {"text": changed.get("text", "Old."), "by": city.official}
    correction = a_correction(wrong, changed.get("values", {"built": 55}), **told)
    an_evidence(correction, title=changed.get("evidence", "A deed"))
    asked = [] if changed else ["更正里的日期、数和文字都和原来一样，只多了一条原因。"]
    assert [one.text for one in summary(correction).oddities] == asked


def test_a_first_report_has_nothing_before_it(city):
    made = summary(a_report(city.pool, "2020-05-31", {"filled": 5}, spent=1500, by=city.other_official))
    assert [(one.label, one.old, one.new, one.note) for one in made.fields] == [
        ("数据日期", "还没有报过", "2020 年 5 月 31 日", ""),
        ("Filled", "", "5%", "目标 100%"),
        ("累计完成投资", "", "1,500 元", ""),
    ]


def test_what_is_odd_stays_so_while_it_waits(city, now):
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    now.shift(60 * 86_400)
    projects = reported_projects(Project.objects.filter(pk=report.project_id), timezone.localdate())
    assert summary_of(report, projects[report.project_id]).oddities == ()


# A day long before the promise


def test_a_day_of_another_year_is_refused_at_its_field(city, official):
    response = official.post(
        filing(city), report_data(city, held_on="2016-11-28", **{f"value_{city.built.pk}": "30"}, spent="", _submit="")
    )
    assert errors_of(response)["held_on"] == [
        "2016-11-28 太早了：承诺 2020-03-05 公布，最早从 2020-01-01 开始。请看看年份写对没有。"
    ]
    assert not Report.objects.drafts().exists()


# Taken back


def test_a_colleague_takes_it_back_in_one_press_and_sends_it_again(city, official):
    sent = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    colleague = signed_in(colleague_of(city))
    for page in (address(sent), "/admin/", address(Report, "add")):
        assert address(sent, "withdraw") in colleague.get(page).content.decode(), page
    response = colleague.post(address(sent, "withdraw"), follow=True)
    assert told(response) == [f"已撤回：{sent}，又是草稿了。改好再送审；不要了，可以删除。"]
    assert 'name="_save"' in response.content.decode()
    record = AuditRecord.objects.filter(kind=AuditAction.WITHDRAW).get()
    assert (record.person.username, [change[0] for change in record.changes]) == ("colleague", ["送审时间"])
    assert "没有在送审" in told(colleague.post(address(sent, "withdraw"), follow=True))[0]
    send(colleague, colleague.post(address(sent), report_data(city, _submit="")))
    assert Report.objects.get(pk=sent.pk).submitted_by.username == "colleague"


def test_a_month_without_change_is_taken_back_too(city, official):
    page = official.post(f"/admin/projects/report/unchanged/{city.bridge.pk}/", follow=True)
    report = Report.objects.drafts().get()
    assert report.submitted_by == city.official
    assert address(report, "withdraw") in page.content.decode()
    official.post(address(report, "withdraw"))
    assert Report.objects.drafts().get().submitted_at is None


def test_what_is_public_is_not_taken_back(city, official):
    sent = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    signed_in(city.reviewer).post(address(sent, "publish"))
    assert "withdraw" not in official.get(address(sent)).content.decode()
    assert told(official.post(address(sent, "withdraw"), follow=True)) == ["这份报告已经公布了。写错了，请起草“更正”。"]


def test_taking_back_takes_a_press_with_its_token(city, official):
    sent = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    assert official.get(address(sent, "withdraw")).status_code == 405
    for act in ("withdraw", "submit"):
        assert signed_in(city.official, csrf=True).post(address(sent, act)).status_code == 403


# Two colleagues


def test_who_sent_the_days_report_is_said_when_the_form_opens_when_it_is_saved_and_when_it_is_sent(city, official):
    sent = a_report(city.bridge, "2020-05-31", {"built": 55}, by=colleague_of(city))
    notice = "2020-05-31的数据已经送审（colleague，2020-06-2012:00），等审核。同一天只送一份。看那一份"
    page = official.get(filing(city))
    assert notice in words(page)
    assert f'href="{address(sent)}">看那一份' in page.content.decode()
    saved = official.post(filing(city), report_data(city, _save=""), follow=True)
    assert notice in words(saved)
    assert notice not in words(official.get(address(a_draft(city.bridge, "2020-06-10", by=city.official))))
    response = official.post(filing(city), report_data(city, _submit=""))
    assert errors_of(response)["held_on"] == [
        "2020-05-31 的数据已经送审（colleague，2020-06-20 12:00），等审核。同一天只送一份：要改，请先撤回那一份。"
    ]


def test_who_is_faster_between_summary_and_press_is_named(city, official):
    response = official.post(filing(city), report_data(city, _submit=""))
    page = official.get(response["Location"])
    a_report(city.bridge, "2020-05-31", {"built": 55}, by=colleague_of(city))
    after = official.post(response["Location"], hidden(page), follow=True)
    assert told(after)[0] == "没有送审："
    assert "已经送审（colleague，2020-06-20 12:00）" in told(after)[1]


def test_pressed_twice_it_is_sent_once(city, official):
    response = official.post(filing(city), report_data(city, _submit=""))
    pressed = hidden(official.get(response["Location"]))
    official.post(response["Location"], pressed)
    again = official.post(response["Location"], pressed, follow=True)
    assert told(again)[-1] == "这份报告已经送审（official，2020-06-20 12:00），不用再送。"
    assert Report.objects.filter(submitted_at__isnull=False, published_at=None).count() == 1


def test_a_colleagues_draft_is_named_when_the_form_opens(city, official):
    a_draft(city.bridge, "2020-05-31", {"built": 55}, by=colleague_of(city))
    assert "2020-05-31的数据已有一份草稿，由colleague起草，还没有送审。看那一份" in words(official.get(filing(city)))


# Which button Enter presses


def first_button(page) -> str:
    form = re.search(r'<form[^>]*id="report_form".*?</form>', page.content.decode(), re.S)[0]
    return re.search(r'<(?:button|input)[^>]*type="submit"[^>]*>', form)[0]


def test_enter_saves_and_sends_nothing(city, official):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    for page in (filing(city), address(draft)):
        assert 'name="_save"' in first_button(official.get(page))


# What a reviewer wrote about something that is taken back meanwhile


@pytest.mark.parametrize("act", ["publish", "return"])
def test_words_about_what_was_taken_back_are_given_back(city, official, act):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    response = signed_in(city.reviewer).post(address(draft, act), {"note": "Which half?"})
    assert response.status_code == 404
    page = response.content.decode()
    assert "不在等审核了" in page
    assert "Which half?" in page
    assert signed_in(city.other_official).post(address(draft, act), {"note": "x"}).status_code in {403, 404}


def test_a_refused_return_gives_the_words_back(city):
    waiting = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    response = signed_in(city.reviewer).post(address(waiting, "return"), {"note": "Why? " * 300}, follow=True)
    assert "没有退回。您写的意见：Why? Why?" in response.content.decode()
    waiting.refresh_from_db()
    assert waiting.submitted_at


# What is wrong, on top of the page


def test_errors_are_listed_on_top_with_the_way_to_each_field(city, official):
    wrong = report_data(city, held_on="", text="", _submit="", **{f"value_{city.built.pk}": "39"})
    wrong |= LINK | {"evidence-0-url": "no address"}
    page = official.post(filing(city), wrong).content.decode()
    box = re.search(r'<section class="desk-errors".*?</section>', page, re.S)[0]
    assert 'tabindex="-1" autofocus' in box
    anchors = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', box)
    assert anchors == [
        ("id_held_on", "数据日期"),
        ("id_text", "进展"),
        (f"id_value_{city.built.pk}", "Built"),
        ("id_evidence-0-url", "佐证材料 1 网址"),
    ]
    assert f"没有保存：有 {len(anchors)} 处要改" in box
    for anchor, _label in anchors:
        assert f'id="{anchor}"' in page, anchor
    assert page.index('class="desk-errors"') < page.index("<form", page.index('id="content-main"'))
    assert "重新选" not in box


def test_what_is_wrong_with_all_evidence_leads_to_it(city, official):
    page = official.post(
        filing(city), report_data(city, _submit="", **{f"value_{city.built.pk}": "100"})
    ).content.decode()
    assert re.search(r'<a href="#evidence-group">佐证材料</a>：[^<]*要附佐证材料', page)
    assert 'id="evidence-group"' in page


def test_a_form_without_errors_lists_none(city, official):
    page = official.get(filing(city)).content.decode()
    assert "desk-errors" not in page


@pytest.mark.parametrize("page", ["/admin/auth/user/add/", "/admin/projects/department/add/", "/admin/tasks/plan/add/"])
def test_nothing_takes_the_focus_from_where_one_types(city, page):
    """Django's own script would, whenever it has come: what was typed by then went on in the first field."""
    assert "change_form.js" not in signed_in(city.administrator).get(page).content.decode()


@pytest.mark.parametrize(
    ("person", "page"),
    [
        ("administrator", "/admin/auth/user/add/"),
        ("administrator", "/admin/projects/department/add/"),
        ("administrator", "/admin/tasks/plan/add/"),
        ("editor", "/admin/news/article/add/"),
        ("reviewer", "/admin/tasks/reading/add/"),
    ],
)
def test_every_form_lists_its_errors(city, person, page):
    client = signed_in(getattr(city, person))
    forms = {
        f"{inline.formset.prefix}-{count}": "0"
        for inline in client.get(page).context["inline_admin_formsets"]
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    response = client.post(page, {**forms, "_save": ""}).content.decode()
    anchors = re.findall(
        r'<a href="#([^"]+)">', re.search(r'<section class="desk-errors".*?</section>', response, re.S)[0]
    )
    assert anchors
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in response] == []
