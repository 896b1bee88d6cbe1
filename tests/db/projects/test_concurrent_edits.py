"""Several people at one draft: each edit is kept, or is shown to who made it beside what stands. Nothing is lost."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.db.models import Model

from desk.admin.versions import DECIDED_ON, EDITED_FROM
from news.models import Article
from projects.models import Adjustment, Report
from projects.publishing import publish, send_back, submit
from tasks.models import Measure, Plan, Series
from tests.factories import (
    a_department,
    a_plan,
    a_project,
    a_series,
    an_adjustment,
    an_evidence,
    an_indicator_reading,
    an_official,
)
from tests.people_at_work import Desk, at_once, form_of
from tests.small_city import City, a_city, a_draft, address, signed_in, told

pytestmark = pytest.mark.both_databases

N_PEOPLE, N_SAVES = 16, 3


@pytest.fixture
def city(db):
    return a_city()


def saving(desk: Desk, report: Report, name: str) -> Callable[[], list[tuple[str, int, str]]]:
    """Again and again: read the form, add a line of one's own, save. Each line with the answer to it."""

    def save() -> list[tuple[str, int, str]]:
        answers = []
        for n in range(N_SAVES):
            page, line = desk.get(address(report)), f"{name}.{n}"
            text = form_of(page)["text"][0]
            answers.append((line, *desk.answer(address(report), page, text=f"{text}\r\n{line}", _save="")))
        return answers

    return save


def cells(page: str) -> list[tuple[str, str, str]]:
    """What the page of a conflict says: the field, what stands, what was typed."""
    cell = r'<td data-label="{}">(.*?)</td>'
    row = rf'<th scope="row">([^<]*)</th>\s*{cell.format("现在的")}\s*{cell.format("您填的")}'
    return re.findall(row, page, re.DOTALL)


def test_of_sixteen_people_who_save_one_draft_three_times_nobody_loses_a_line(transactional_db, live_server):
    city = a_city()
    report = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official, text="0.0")
    people = [an_official(city.works, name=f"o{n}") for n in range(N_PEOPLE)]
    desks = [Desk(live_server.url, person) for person in people]
    answers = [a for said in at_once(*(saving(d, report, str(n)) for n, d in enumerate(desks, 1))) for a in said]
    report.refresh_from_db()
    kept = report.text.splitlines()
    assert {status for _line, status, _page in answers} <= {302, 409}
    assert sorted(kept) == sorted(["0.0", *(line for line, status, _page in answers if status == 302)])
    for line, status, page in answers:
        if status == 409:
            ((_label, *versions),) = cells(page)
            stands, typed = (text.split() for text in versions)
            assert line in typed
            assert line in form_of(page)["text"][0].split()
            assert stands == kept[: len(stands)]  # all of which one may have seen: a page is read while others save
    assert len(answers) == N_PEOPLE * N_SAVES


# Two people, one of whom saves first


class Draft(NamedTuple):
    """A row that `person` may write, an input of its form, and where what is typed there is stored."""

    person: str
    row: Callable[[City], Model]
    name: str
    stored: Callable[[Model], str]


def an_article(city: City) -> Article:
    article = Article.objects.create(title="A", slug="a", body="B", author=city.editor)
    article.projects.add(city.bridge)
    return article


def a_plan_draft(city: City) -> Plan:
    return a_plan(a_project("gate", lead=city.works), year=2021, drafted_by=city.administrator)


DRAFTS = {
    "the text of a report": Draft(
        "official",
        lambda city: a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official),
        "text",
        lambda report: report.text,
    ),
    "an article": Draft("editor", an_article, "body", lambda article: article.body_text),
    "a plan": Draft("administrator", a_plan_draft, "guideline", lambda plan: plan.guideline),
    "a series of a plan": Draft("administrator", a_plan_draft, "series-0-title", lambda plan: plan.series.get().title),
    "an adjustment": Draft(
        "official",
        lambda city: an_adjustment(city.bridge, by=city.official, place="By the river", fields={"submitted_at": None}),
        "reason",
        lambda adjustment: adjustment.reason,
    ),
    "what an adjustment changes": Draft(
        "official",
        lambda city: an_adjustment(city.built, by=city.official, title="Finished", fields={"submitted_at": None}),
        "new_title",
        lambda adjustment: adjustment.changes["title"][1],
    ),
    "a department": Draft(
        "administrator",
        lambda city: a_department("fire-office", drafted_by=city.administrator),
        "name",
        lambda department: department.name,
    ),
}


def opened(client, row: Model) -> dict:
    return form_of(client.get(address(row)).content.decode())


@pytest.mark.parametrize("name", DRAFTS)
def test_the_second_is_shown_both_versions_and_may_save_again(city, name):
    draft = DRAFTS[name]
    row = draft.row(city)
    first, second = (signed_in(getattr(city, draft.person)) for _ in range(2))
    one, other = opened(first, row), opened(second, row)
    assert first.post(address(row), {**one, draft.name: "By the first", "_save": ""}).status_code == 302
    refused = second.post(address(row), {**other, draft.name: "By the second", "_save": ""})
    row = type(row).objects.get(pk=row.pk)
    assert refused.status_code == 409
    assert draft.stored(row) == "By the first"
    page = refused.content.decode()
    assert [both for _label, *both in cells(page)] == [["By the first", "By the second"]]
    assert "您自己（在另一个窗口）" in page
    assert form_of(page)[draft.name] == ["By the second"]
    assert second.post(address(row), {**form_of(page), "_save": ""}).status_code == 302
    assert draft.stored(type(row).objects.get(pk=row.pk)) == "By the second"


def test_a_value_of_a_milestone_and_its_evidence_are_part_of_a_report(city):
    report = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    an_evidence(report, title="Minutes")
    first, second = (signed_in(city.official) for _ in range(2))
    value = f"value_{city.built.pk}"
    one, other = opened(first, report), opened(second, report)
    assert first.post(address(report), {**one, value: "60", "_save": ""}).status_code == 302
    changed = {"evidence-0-title": "Record", "problem": "Rain", "_save": ""}
    page = second.post(address(report), {**other, **changed}).content.decode()
    assert cells(page) == [("Built", "60", "55"), ("存在问题", "（没有填）", "Rain"), ("说明", "Minutes", "Record")]
    assert form_of(page)[value] == ["55"]
    assert report.evidence.get().title == "Minutes"


# What two people changed, each in another place: nothing of it is taken over unseen

BOX = {"on": "是"}
ELSEWHERE = {
    "texts": ("problem", "Rain", "next_step", "Dry it"),
    "text and money": ("problem", "Rain", "spent", "1200"),
    "text and a milestone": ("problem", "Rain", "value", "60"),
    "money and a box": ("spent", "1200", "is_over_target_confirmed", "on"),
    "day and text": ("held_on", "2020-06-01", "text", "Otherwise"),
    "evidence and text": ("evidence-0-title", "Record", "problem", "Rain"),
    "evidence and its address": ("evidence-0-title", "Record", "evidence-0-url", "https://example.org/record"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_another_person_changed_elsewhere_is_shown_beside_what_was_sent(city, official, report, name):
    an_evidence(report, title="Minutes", url="https://example.org/")
    first, typed_first, second, typed_second = (
        part.replace("value", f"value_{city.built.pk}") for part in ELSEWHERE[name]
    )
    form = opened(official, report)
    assert official.post(address(report), {**form, first: typed_first, "_save": ""}).status_code == 302
    page = official.post(address(report), {**form, second: typed_second, "_save": ""}).content.decode()
    assert any(typed_first in stands for _label, stands, _typed in cells(page))
    assert any(BOX.get(typed_second, typed_second) in typed for _label, _stands, typed in cells(page))
    assert form_of(page).get(first) == form.get(first)
    assert form_of(page)[second] == [typed_second]
    assert official.post(address(report), {**form_of(page), first: typed_first, "_save": ""}).status_code == 302
    now = opened(official, report)
    assert (now[first], now[second]) == ([typed_first], [typed_second])


def test_rows_that_another_person_added_and_deleted(city, administrator):
    plan = a_plan_draft(city)
    a_series(plan, "zone")
    form = opened(administrator, plan)
    Series.objects.get(code="zone").delete()
    a_series(plan, "later")
    typed = {**form, "series-1-title": "Zone, mended", "series-0-title": "Pledges, mended", "_save": ""}
    response = administrator.post(address(plan), typed)
    page = response.content.decode()
    assert response.status_code == 409
    assert ("新的一行", "later", "（您打开的时候还没有）") in cells(page)
    assert ("名称", "pledges", "Pledges, mended") in cells(page)
    ((deleted, typed),) = [(stands, typed) for label, stands, typed in cells(page) if label.startswith("有人删掉了")]
    assert deleted == "（没有这一行）"
    assert "名称：Zone, mended" in typed
    assert administrator.post(address(plan), {**form_of(page), "_save": ""}).status_code == 302
    assert set(plan.series.values_list("title", flat=True)) == {"Pledges, mended", "later", "Zone, mended"}


def of_deleted_series(administrator, plan: Plan, **changed: str) -> str:
    """The page after another person deleted the second series, and this one sent it with a guideline of the plan."""
    zone = a_series(plan, "zone")
    form = opened(administrator, plan)
    zone.delete()
    return administrator.post(address(plan), {**form, **changed, "guideline": "Onwards", "_save": ""}).content.decode()


GUIDELINE = (str(Plan._meta.get_field("guideline").verbose_name), "（没有填）", "Onwards")


def test_a_row_that_another_person_deleted_comes_again_only_if_it_is_sent_again(city, administrator):
    plan = a_plan_draft(city)
    page = of_deleted_series(administrator, plan)
    guideline, (label, stands, typed) = cells(page)
    assert guideline == GUIDELINE
    assert (label, stands) == ("有人删掉了，再保存会加回来", "（没有这一行）")
    assert "名称：zone" in typed
    without = {name: sent for name, sent in form_of(page).items() if not name.startswith("series-1-")}
    administrator.post(address(plan), {**without, "series-TOTAL_FORMS": "1", "_save": ""})
    assert not plan.series.filter(code="zone").exists()
    plan.refresh_from_db()
    assert plan.guideline == "Onwards"


def test_a_row_that_two_people_deleted_stays_away(city, administrator):
    plan = a_plan_draft(city)
    page = of_deleted_series(administrator, plan, **{"series-1-DELETE": "on"})
    assert cells(page) == [GUIDELINE]
    administrator.post(address(plan), {**form_of(page), "_save": ""})
    assert not plan.series.filter(code="zone").exists()


@pytest.fixture
def administrator(city):
    return signed_in(city.administrator)


@pytest.fixture
def report(city):
    return a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)


@pytest.fixture
def official(city):
    return signed_in(city.official)


def test_a_save_of_what_stands_is_no_conflict(official, report):
    form = opened(official, report)
    for _ in range(2):
        response = official.post(address(report), {**form, "problem": "Rain", "_save": ""}, follow=True)
        assert response.status_code == 200
    assert told(response) == ["没有再存：您填的和现在的一样。现在的样子就在下面。"]


@pytest.mark.parametrize("version", ["", "0" * 32, "9" * 5000, "\x00", "某一版"])
def test_a_version_that_nobody_showed_saves_nothing(official, report, version):
    before = report.text
    sent = {**opened(official, report), "text": "Forged", EDITED_FROM: version, "_save": ""}
    assert official.post(address(report), sent).status_code == 409
    report.refresh_from_db()
    assert report.text == before


def test_a_photo_has_to_be_chosen_again(official, report):
    form = opened(official, report)
    Report.objects.filter(pk=report.pk).update(text="By another")
    photo = {
        "evidence-0-title": "Pier",
        "evidence-0-file": SimpleUploadedFile("a.jpg", b"1"),
    }
    page = official.post(address(report), {**form, **photo, "_save": ""}).content.decode()
    assert "照片和文件浏览器留不住，请重新选" in page
    assert form_of(page)["evidence-0-title"] == ["Pier"]


def test_what_somebody_changed_is_not_deleted_unseen(official, report):
    form = {EDITED_FROM: opened(official, report)[EDITED_FROM], "post": "yes"}
    Report.objects.filter(pk=report.pk).update(text="By another")
    response = official.post(address(report, "delete"), form, follow=True)
    assert told(response) == ["没有删除：您打开以后有人改过，请看看现在的样子。"]
    assert official.post(address(report, "delete"), {"post": "yes"}).status_code == 302
    assert not Report.objects.filter(pk=report.pk).exists()


# A save that crosses what closes the draft


def withdrawn(report, city):
    report.readings.all().delete()
    report.delete()


def published_meanwhile(report, city):
    submit(report, by=city.official)
    publish(report, by=city.reviewer)


CLOSED = {
    "submitted": lambda report, city: submit(report, by=city.official),
    "published": published_meanwhile,
    "deleted": withdrawn,
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_was_typed_into_a_draft_that_is_closed_meanwhile_is_shown(city, official, report, name):
    form = opened(official, report)
    CLOSED[name](report, city)
    typed = {**form, "problem": "Rain <b>", "evidence-0-title": "Pier", f"value_{city.built.pk}": "61", "_save": ""}
    response = official.post(address(report), typed)
    assert response.status_code == 409
    page = response.content.decode()
    texts = dict(re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', page))
    assert texts["存在问题"] == "Rain &lt;b&gt;"
    assert texts["佐证材料 1 说明"] == "Pier"
    assert texts["Built"] == "61"
    assert not Report.objects.filter(problem__contains="Rain").exists()


def test_a_lock_that_is_held_for_too_long_is_said_with_what_was_typed(official, report, monkeypatch):
    def locked(*args):
        raise OperationalError("database is locked")

    form = opened(official, report)
    monkeypatch.setattr("desk.admin.versioned.block_publications", locked)
    response = official.post(address(report), {**form, "problem": "Rain", "_save": ""})
    assert response.status_code == 409
    assert "请再存一次" in response.content.decode()
    assert '<th scope="row">存在问题</th><td>Rain</td>' in response.content.decode()


def test_a_draft_that_was_returned_unchanged_takes_the_save(city, official, report):
    form = opened(official, report)
    submit(report, by=city.official)
    send_back(report, by=city.reviewer, text="Look again.")
    assert official.post(address(report), {**form, "problem": "Rain", "_save": ""}).status_code == 302


# What a reviewer decides on is what the page showed


def resubmitted(city: City) -> Report:
    report = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    submit(report, by=city.official)
    return report


def change_resubmitted(report, **changed):
    send_back(report, by=report.reviewer, text="Look again.")
    Report.objects.filter(pk=report.pk).update(text="Otherwise.")
    submit(report, by=report.drafted_by)


def change_reading(report):
    report.readings.update(value=60)


UNSEEN = {
    "the text of a report": (resubmitted, change_resubmitted),
    "a value of a report": (resubmitted, change_reading),
    "the evidence of a report": (resubmitted, lambda report: an_evidence(report)),
    "an adjustment": (
        lambda city: an_adjustment(city.bridge, by=city.official, place="By the river"),
        lambda draft: Adjustment.objects.filter(pk=draft.pk).update(changes={"place": ["", "By the sea"]}),
    ),
    "a department": (
        lambda city: a_department("fire-office", drafted_by=city.administrator),
        lambda draft: type(draft).objects.filter(pk=draft.pk).update(phone="1"),
    ),
    "an indicator's reading": (
        lambda city: an_indicator_reading(city.indicator, "2020-04-30", 30, by=city.second_reviewer),
        lambda draft: type(draft).objects.filter(pk=draft.pk).update(value=31),
    ),
    "a measure far below a plan": (a_plan_draft, lambda plan: Measure.objects.drafts().update(title="Other")),
}


@pytest.mark.parametrize("act", ["publish", "return"])
@pytest.mark.parametrize("name", UNSEEN)
def test_nothing_is_decided_on_that_the_page_did_not_show(city, name, act):
    make, change = UNSEEN[name]
    row = make(city)
    if act == "return" and not isinstance(row, Report):
        return
    row.reviewer = city.reviewer
    client = signed_in(city.reviewer)
    form = opened(client, row)
    change(row)
    response = client.post(address(row, act), {**form, "note": "Why?"}, follow=True)
    assert told(response)[0].startswith("没有办：您打开这一页以后，内容有人改过")
    row = type(row).objects.get(pk=row.pk)
    assert not row.is_published
    assert DECIDED_ON in opened(client, row)
