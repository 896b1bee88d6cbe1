"""The page of a month: typed into, looked at and sent, each row by itself, whatever somebody else does meanwhile."""

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditAction, AuditRecord
from common.media.file_kinds import UNKNOWN_EVIDENCE
from desk.admin import monthly
from projects.models import Evidence, Milestone, Report
from tasks.models import Plan, Reading, TaskReport
from tests.factories import (
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_report,
    an_indicator,
    an_issued_paper,
    an_official,
    day,
    moment,
    published,
)
from tests.people_at_work import form_of
from tests.small_city import City, a_draft, a_picture, address, report_data, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

ANSWER = {"declared": "UNDER_WAY", "text": "Drafted."}
NOW, DAY = moment("2020-06-05"), "2020-05-31"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def quay(city) -> Milestone:
    """Of another project that the works office leads, and of which nothing was reported yet."""
    quay = a_project("quay", title="The quay", lead=city.works, milestones=["laid"])
    published(a_plan(quay, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    return quay.milestones.get()


def month_address(city: City, query: str = f"?day={DAY}") -> str:
    return reverse("admin:projects_department_month", args=[city.works.pk]) + query


def opened(client, city: City) -> dict[str, list[str]]:
    """What a browser sends of the sheet as it is."""
    return form_of(client.get(month_address(city)).content.decode())


def typed(city: City, milestone: Milestone, value: str = "55", **changed: str) -> dict[str, str]:
    key = f"project-{milestone.project_id}"
    fields = {f"value_{milestone.pk}": value, "text": "It grows.", **changed}
    return {f"{key}-{name}": text for name, text in fields.items()}


def send(client, city: City, data: dict, button: str = "_save"):
    return client.post(month_address(city), {**data, button: ""}, follow=True)


def looked_at(response) -> dict[str, list[str]]:
    return form_of(response.content.decode())


def test_the_day_is_the_end_of_the_month_that_is_asked_for(city):
    page = signed_in(city.official).get(month_address(city, "")).content.decode()
    assert 'name="day" value="2020-05-31"' in page
    assert "2020-04-30" in page  # the last figure's


def test_another_day_is_chosen_in_the_address(city):
    page = signed_in(city.official).get(month_address(city, "?day=5月20日")).content.decode()
    assert 'name="day" value="2020-05-20"' in page  # the plan runs in one year only
    assert "到 2020-05-20 为止" in page
    page = signed_in(city.official).get(month_address(city, "?day=2020-07-01")).content.decode()
    assert "2020-07-01 还没到" in page


def test_a_day_without_its_year_is_the_last_such_day_of_the_plans(city):
    with time_machine.travel(moment("2021-01-20"), tick=False):
        page = signed_in(city.official).get(month_address(city, "?day=12月31日")).content.decode()
    assert 'name="day" value="2020-12-31"' in page
    client = signed_in(city.official)
    assert "请写一天" in client.get(month_address(city, "?day=下周")).content.decode()
    assert "没有“2月30日”这一天" in client.get(month_address(city, "?day=2月30日")).content.decode()


def test_who_answers_for_one_department_comes_to_its_sheet_at_once(city):
    months = reverse("admin:projects_department_months")
    assert signed_in(city.official).get(months)["Location"] == month_address(city, "")
    offered = signed_in(city.reviewer).get(months)
    assert "Works office" in offered.content.decode()
    assert "Parks office" in offered.content.decode()
    assert signed_in(city.editor).get(months).status_code == 403


def test_drafts_are_shown_to_their_department_alone(city):
    a_draft(city.bridge, DAY, {"built": 55}, by=city.official, text="Not said yet.")
    assert "Not said yet." in signed_in(city.official).get(month_address(city)).content.decode()
    for person in (city.reviewer, city.administrator):
        page = signed_in(person).get(month_address(city)).content.decode()
        assert "Not said yet." not in page
        assert "还没有送审" in page
        assert signed_in(person).post(month_address(city), {}).status_code == 403
    assert signed_in(city.other_official).get(month_address(city)).status_code == 404


def test_every_row_becomes_a_draft_of_its_own(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built, spent="1200") | typed(city, quay, "10")
    assert told(send(client, city, data)) == ["存了 2 份草稿，还没有送审。"]
    assert {(one.project.slug, str(one.held_on), one.spent) for one in Report.objects.drafts()} == {
        ("bridge", DAY, 12_000_000),
        ("quay", DAY, None),
    }
    assert AuditRecord.objects.filter(kind=AuditAction.ADD, person=city.official).count() == 2
    assert told(send(client, city, opened(client, city))) == ["没有要存的：表里什么也没有改。"]


def test_a_row_in_error_stays_with_what_was_typed_while_the_others_are_saved(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "约10")
    page = send(client, city, data)
    assert [one.project.slug for one in Report.objects.drafts()] == ["bridge"]
    sent_back = looked_at(page)
    assert sent_back[f"project-{quay.project_id}-value_{quay.pk}"] == ["约10"]
    assert "有 1 处要改" in page.content.decode()
    again = sent_back | typed(city, quay, "10")
    send(client, city, again)
    assert Report.objects.drafts().count() == 2


def test_all_are_looked_at_and_sent_as_they_were_shown(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10", delay="LAND")
    look = send(client, city, data, "_look")
    assert "The quay" in look.content.decode()
    assert "全部送审（2 份）" in look.content.decode()
    assert not Report.objects.drafts().filter(submitted_at__isnull=False).exists()
    done = send(client, city, looked_at(look), "_send")
    assert any("送审了 2 份" in text for text in told(done))
    assert Report.objects.drafts().filter(submitted_at__isnull=False, submitted_by=city.official).count() == 2


def test_what_changed_since_it_was_shown_is_not_sent(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10")
    shown = looked_at(send(client, city, data, "_look"))
    Report.objects.filter(project=city.bridge, published_at=None).update(text="Another text.")
    done = send(client, city, shown, "_send")
    assert any("您看过以后又有变化" in text for text in told(done))
    assert [one.project.slug for one in Report.objects.filter(submitted_at__isnull=False)] == ["quay"]


def test_a_reached_target_asks_for_evidence_and_the_others_go(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "100")
    look = send(client, city, data, "_look")
    assert "要附佐证材料" in look.content.decode()
    assert "全部送审（1 份）" in look.content.decode()
    assert Report.objects.drafts().count() == 2  # kept, so that evidence can be added to it
    send(client, city, looked_at(look), "_send")
    assert [one.project.slug for one in Report.objects.filter(submitted_at__isnull=False)] == ["bridge"]


def test_rows_in_error_keep_what_was_typed_while_the_others_are_sent(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "约10")
    look = send(client, city, data, "_look")
    done = send(client, city, looked_at(look), "_send")
    assert looked_at(done)[f"project-{quay.project_id}-value_{quay.pk}"] == ["约10"]
    assert [one.project.slug for one in Report.objects.filter(submitted_at__isnull=False)] == ["bridge"]


def test_a_month_without_a_change_takes_two_presses(city):
    client = signed_in(city.official)
    look = send(client, city, opened(client, city), "_rest")
    send(client, city, looked_at(look), "_send")
    report = Report.objects.get(submitted_at__isnull=False)
    assert {one.milestone: one.value for one in report.readings.all()} == {city.built: 40}


def test_a_draft_saved_meanwhile_in_its_own_form_is_not_overwritten(city, quay):
    sheet, form = signed_in(city.official), signed_in(an_official(city.works, name="colleague"))
    data = opened(sheet, city)
    form.post(address(Report, "add", f"?project={city.bridge.pk}"), report_data(city))
    page = send(sheet, city, data | typed(city, city.built, "60") | typed(city, quay, "10"))
    assert page.status_code == 409
    assert Report.objects.get(project=city.bridge, published_at=None).text == "The piers stand."
    assert Report.objects.get(project=quay.project).text == "It grows."  # the other row was saved
    assert "The piers stand." in page.content.decode()
    send(sheet, city, looked_at(page))
    assert Report.objects.get(project=city.bridge, published_at=None).text == "It grows."


def test_the_form_of_a_single_report_sees_what_the_sheet_saved(city):
    draft = a_draft(city.bridge, DAY, {"built": 50}, by=city.official)
    form, sheet = signed_in(city.official), signed_in(an_official(city.works, name="colleague"))
    single = form_of(form.get(address(draft)).content.decode())
    send(sheet, city, opened(sheet, city) | typed(city, city.built, "60"))
    answer = form.post(address(draft), {**single, "text": "Mine."})
    assert answer.status_code == 409
    draft.refresh_from_db()
    assert draft.text == "It grows."


def test_what_was_sent_meanwhile_is_told_with_what_was_typed(city, quay):
    client = signed_in(city.official)
    data = opened(client, city)
    a_report(city.bridge, DAY, {"built": 50}, by=city.official)
    page = send(client, city, data | typed(city, city.built, "60") | typed(city, quay, "10"))
    assert page.status_code == 409
    assert "已经送审" in page.content.decode()
    assert "It grows." in page.content.decode()
    assert [one.project.slug for one in Report.objects.drafts().filter(submitted_at=None)] == ["quay"]


def test_a_question_is_answered_with_one_press(city, quay):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built, "0.85")
    page = send(client, city, data)
    assert "就是 85" in page.content.decode()
    name = f"project-{city.bridge.pk}-value_{city.built.pk}"
    client.post(month_address(city), {**looked_at(page), f"_take_{name}": "85"})
    assert city.bridge.reports.drafts().get().readings.get().value == 85


# What people type (`cases` of the issue, a table each)

VALUES = {  # of the works' bridge, in per cent of 100
    "1.2万": "12000",
    "3,500": "3500",
    "１２": "12",
    " 12 % ": "12",
    "85%": "85",
    "0.85": "就是 85",
    "3,5": "3,5",
    "3／4": "3／4",
    "15-20": "15-20",
    "八": "八",
    "约60": "约60",
    "-5": "-5",
    "4\u200b1": "41",
}
COUNTED = {"9.9999": "只能是整数", "12 座": "12", "1.2万": "12000", "85%": "85%"}
MONEY = {  # of 30,000,000 yuan in all
    "1500": 15_000_000,
    "4,800万": 48_000_000,
    "4800万\u200b": 48_000_000,
    "￥48000000": 48_000_000,
    "48,000,000 元": 48_000_000,
    "1.85億": 185_000_000,
    "3.3千万": 33_000_000,
    "０": 0,
    "48000000": "4800",
    **dict.fromkeys(("待定", "-", "/", "无", "约3300万元", "3300w", "1亿零500万"), "没有确切的数就留空，写在“进展”里"),
}
TEXTS = {
    "Six words": "Six words",
    "\u202aSix\u202c words\x07": "Six words",
    "One\x0btwo\u2028three": "One\ntwo\nthree",
    "⼯程⽤⻋": "工程用车",
    "a" * 1981 + "\r\nb" * 9 + "\r\n": None,  # a line break counts one
    "\u200b\u3164": "请填写。",
}


def filed(city: City, milestone: Milestone, **changed: str):
    """The draft that became of the row, and the page."""
    client = signed_in(city.official)
    page = send(client, city, opened(client, city) | typed(city, milestone, **changed))
    return Report.objects.drafts().filter(project=milestone.project).first(), page.content.decode()


def complained(city: City, milestone: Milestone, text: str, name: str, page: str) -> None:
    """The message stands in the page, and what was typed is still in its box."""
    shown = form_of(page)[f"project-{milestone.project_id}-{name}"]
    assert [one.strip() for one in shown] == [text.strip()]
    assert "有 1 处要改" in page


@pytest.mark.parametrize("text", VALUES)
def test_a_value_is_read_as_in_the_form_of_a_single_report(city, text):
    report, page = filed(city, city.built, value=text)
    if VALUES[text].isdigit():
        assert report.readings.get().value == int(VALUES[text])
        return
    assert report is None
    assert VALUES[text] in page
    complained(city, city.built, text, f"value_{city.built.pk}", page)


@pytest.mark.parametrize("text", COUNTED)
def test_a_counted_value_is_read_as_in_the_form_of_a_single_report(city, text):
    pile = a_project("piles", title="The piles", lead=city.works, milestones=["driven"])
    Milestone.objects.filter(project=pile).update(unit="座", is_counted=True)
    published(a_plan(pile, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    report, page = filed(city, pile.milestones.get(), value=text)
    if COUNTED[text].isdigit():
        assert report.readings.get().value == int(COUNTED[text])
    else:
        assert report is None
        assert COUNTED[text] in page


@pytest.mark.parametrize("text", MONEY)
def test_money_is_read_as_in_the_form_of_a_single_report(city, text):
    right = MONEY[text]
    report, page = filed(city, city.built, spent=text)
    if isinstance(right, int):
        assert report.spent == right
    else:
        assert report is None
        assert right in page
        complained(city, city.built, text, "spent", page)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_cleaned_as_in_the_form_of_a_single_report(city, text):
    report, page = filed(city, city.built, text=text)
    if TEXTS[text] is None:
        assert report.text.count("\n") == 9
    elif report:
        assert report.text == TEXTS[text]
    else:
        assert TEXTS[text] in page


DAYS = ["2020年5月20日", "2020.5.20", "2020/5/20", "20200520", "２０２０-０５-２０", "2020-05\u200b-20", "5月20日"]


@pytest.mark.parametrize("text", DAYS)
def test_the_data_day_is_read_however_it_is_written(city, text):
    page = signed_in(city.official).get(month_address(city, ""), {"day": text}).content.decode()
    assert 'name="day" value="2020-05-20"' in page or f'name="day" value="{text}"' in page
    assert "到 2020-05-20 为止" in page


@pytest.mark.parametrize("text", ["2020年第三季度", "年底前", "长期", "2020-13-01"])
def test_what_is_no_day_is_refused(city, text):
    page = signed_in(city.official).get(month_address(city, ""), {"day": text}).content.decode()
    assert "请写一天，例如" in page or "没有“2020-13-01”这一天" in page
    assert "到 2020-05-31 为止" in page


def test_a_first_report_of_little_money_is_odd(city):
    weir = a_project("weir", title="The weir", lead=city.works, milestones=["laid"], investment=33_000_000)
    published(a_plan(weir, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    client, laid = signed_in(city.official), weir.milestones.get()
    look = send(client, city, opened(client, city) | typed(city, laid, "10", spent="1500元"), "_look").content.decode()
    assert "总投资的 0.00%" in look
    assert '<p class="desk-odd">标红的 ' in look


# Evidence


@pytest.fixture
def photo(tmp_path):
    content = a_picture(tmp_path / "a.jpg").read_bytes()
    return lambda name="a.jpg": SimpleUploadedFile(name, content)


def attached(city: City, *files, **changed: str) -> dict:
    key = f"project-{city.bridge.pk}"
    return {f"{key}-attached": list(files), **{f"{key}-{name}": text for name, text in changed.items()}}


def test_photos_and_documents_become_evidence_of_their_row(city, photo):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built)
    paper = SimpleUploadedFile("记录.pdf", b"%PDF-1.4\nhello\n%%EOF\n")
    send(client, city, data | attached(city, photo(), photo("b.jpg"), paper, is_consented="on"))
    report = Report.objects.drafts().get()
    assert [(one.position, one.kind, one.title, one.is_consented) for one in report.evidence.all()] == [
        (1, "PHOTO", "The bridge的照片（1）", True), (2, "PHOTO", "The bridge的照片（2）", True), (3, "DOCUMENT", "记录", True),
    ]  # fmt: skip
    page = client.get(month_address(city)).content.decode()
    assert "附佐证材料（已有 3 份）" in page
    sent = opened(client, city) | {f"project-{city.bridge.pk}-attached": ""}  # as some browsers send none
    assert told(send(client, city, sent)) == ["没有要存的：表里什么也没有改。"]
    send(client, city, opened(client, city) | attached(city, photo(), is_consented="on"))  # nothing else was typed
    assert [one.position for one in report.evidence.all()] == [1, 2, 3, 4]
    assert Report.objects.drafts().get().text == "It grows."


def test_a_photo_without_consent_is_refused_at_its_row_and_nothing_of_it_is_kept(city, quay, photo):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10")
    page = send(client, city, data | attached(city, photo("bridge.jpg"))).content.decode()
    assert "照片要公开，请勾选" in page
    assert "刚才选的 1 个文件没有留下，请再选一次：bridge.jpg。" in page
    assert [one.project.slug for one in Report.objects.drafts()] == ["quay"]
    assert not Evidence.objects.filter(report__published_at=None).exists()


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.exe", b"MZ nothing of the kind", UNKNOWN_EVIDENCE),
        ("a.jpg", b"", "空文件"),
        ("a.jpg", b"\xff\xd8\xff\xe0 not much of a picture", "这不是能读的"),
        ("a.pdf", b"%PDF-1.4\nhello\n", "这份 PDF 不完整"),
    ],
)
def test_what_is_no_evidence_is_refused_at_its_row(city, name, content, text):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | attached(city, SimpleUploadedFile(name, content))
    page = send(client, city, data).content.decode()
    assert text in page
    assert not Report.objects.drafts().exists()


def test_a_month_without_a_change_takes_a_photo_too(city, photo):
    client = signed_in(city.official)
    send(client, city, opened(client, city) | attached(city, photo(), is_consented="on"), "_rest")
    report = Report.objects.drafts().get()
    assert (report.evidence.count(), report.readings.get().value) == (1, 40)


def test_too_many_files_at_once_are_said_and_the_rest_is_saved(city, photo):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built)
    answer = send(client, city, data | attached(city, *(photo() for _n in range(21)), is_consented="on"))
    assert any("这一次选了 21 个，都没有收下" in text for text in told(answer))
    assert Report.objects.drafts().get().evidence.count() == 0


def test_a_reached_target_goes_with_the_photo_of_its_row(city, quay, photo):
    client = signed_in(city.official)
    key = f"project-{quay.project_id}"
    data = opened(client, city) | typed(city, quay, "100")
    look = send(client, city, data | {f"{key}-attached": photo(), f"{key}-is_consented": "on"}, "_look")
    assert "全部送审（1 份）" in look.content.decode()


def test_measures_and_indicators_are_filed_too(city):
    plan = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    measure = a_measure(plan.groups.get().tasks.get(), number=2, title="Plain rules", leads=["works-office"])
    indicator = an_indicator(plan, "days", title="Clear days", unit="day", leads=["works-office"])
    published(plan, on="2020-05-07")
    client = signed_in(city.official)
    data = opened(client, city) | {
        f"measure-{measure.pk}-declared": "UNDER_WAY",
        f"measure-{measure.pk}-text": "Drafted.",
        f"indicator-{indicator.pk}-value": "31",
    }
    look = send(client, city, data, "_look")
    assert "Clear days" in look.content.decode()
    assert "全部送审（1 份）" in look.content.decode()
    send(client, city, looked_at(look), "_send")
    assert TaskReport.objects.get().submitted_by == city.official
    assert Reading.objects.get().value == 31


def test_a_first_report_says_why_it_has_no_box(city, quay):
    client = signed_in(city.official)
    page = client.get(month_address(city)).content.decode()
    assert page.count("第一次填报，要填累计") == 1
    assert "没有变化的勾“无变化”" in page
    assert "“都无变化”只管报过的 1 行；另有 1 行第一次填报，要填。" in page
    send(client, city, opened(client, city), "_rest")
    assert [one.project.slug for one in Report.objects.drafts()] == ["bridge"]
    page = client.get(month_address(city)).content.decode()  # the bridge has a draft now: no row has a box
    assert "勾“无变化”" not in page
    assert "没填的都无变化" not in page


def test_once_all_is_sent_the_page_says_so_and_has_no_dead_buttons(city):
    reviewer = city.reviewer
    a_report(city.bridge, DAY, {"built": 50}, by=city.official)
    page = signed_in(city.official).get(month_address(city)).content.decode()
    assert "2020-05-31 的都报了：1 份送审了，等审核。最近一次送审：official，2020-06-05" in page
    assert f"由督查审核员（{reviewer.username}" in page
    assert "撤回" in page
    for button in ("_look", "_rest", "_page"):
        assert f'name="{button}"' not in page
    assert page.count('name="_save"') == 1  # what Enter presses, hidden
    colleague = signed_in(city.administrator).get(month_address(city)).content.decode()
    assert "的都报了" not in colleague


def test_a_day_long_past_is_asked_about_once_and_not_at_all_after_its_bulletin(city, quay):
    long_past = "?day=2020-03-20"
    client = signed_in(city.official)

    def looked() -> str:
        data = form_of(client.get(month_address(city, long_past)).content.decode())
        data |= typed(city, quay, "10") | typed(city, city.built, "30")
        return client.post(month_address(city, long_past), {**data, "_look": ""}, follow=True).content.decode()

    page = looked()
    assert "是 77 天以前。<" not in page  # but for what is sent back of it
    assert "这些都是 2020-03-20 的数据，77 天以前的。请看看日期选对没有。" in page
    for plan in Plan.objects.all():
        an_issued_paper(plan, "2020-03-31", "2020-06-05", by=city.reviewer)
    page = looked()
    assert "天以前的" not in page
    assert "2020-03-20 的通报已经印发，这些是通报后补报。" in page
    shown = form_of(page)
    client.post(month_address(city, long_past), {**shown, "_send": ""})
    assert Report.objects.drafts().filter(submitted_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    "data",
    [
        {"_row": ["project-0", "task-x", "", "project-" + "9" * 40], "_version-project-0": "x", "project-0-text": "a"},
        {"_send": "", "_shown": ["", "report:", "report:x@", "user:1@", "report:99999999999999999999@v", "report:1"]},
        {"_look": "", "_row": ["nonsense"]},
        {},
    ],
)
def test_nonsense_is_answered_calmly(city, data):
    assert signed_in(city.official).post(month_address(city), data).status_code in (302, 409)
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize("query", ["?day=", "?day=x", "?day=0001-01-01", "?page=x", "?page=-1", "?page=99", "?day=1e9"])
def test_odd_addresses_are_answered(city, query):
    client = signed_in(city.official)
    assert client.get(month_address(city, query)).status_code == 200
    assert client.post(month_address(city, query), {}).status_code in (200, 302)


@pytest.fixture
def large(city):
    """Whoever files the 58 rows of an office, and the first page of them."""
    office = published(a_department("large-office"), on="2020-05-06")
    plan = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    for number in range(2, 60):
        a_measure(plan.groups.get().tasks.get(), number=number, leads=["large-office"])
    published(plan, on="2020-05-07")
    client = signed_in(an_official(office, name="large"))
    address = reverse("admin:projects_department_month", args=[office.pk])
    return client, client.get(address)


def test_a_large_sheet_is_paged(large):
    client, first = large
    assert len(first.context["rows"]) == 40
    assert len(client.get(first.context["pages"][1][1]).context["rows"]) == 18


def test_the_pages_of_a_large_sheet_are_looked_at_and_sent_together(large):
    client, first = large

    def filled(page, n: int) -> dict:
        """The first `n` rows of the page."""
        keys = [one.row.key for one in page.context["rows"]][:n]
        data = form_of(page.content.decode())
        return data | {f"{key}-{name}": text for key in keys for name, text in ANSWER.items()}

    moved = client.post(first.request["PATH_INFO"], {**filled(first, 3), "_page": "2"}, follow=True)
    assert moved.redirect_chain[-1][0].endswith("page=2")
    assert told(moved) == ["存了 3 份草稿，还没有送审。"]
    assert TaskReport.objects.drafts().count() == 3
    second = client.get(first.context["pages"][1][1])
    look = client.post(first.context["pages"][1][1], {**filled(second, 2), "_look": ""}, follow=True)
    assert "全部送审（5 份）" in look.content.decode()
    done = client.post(first.request["PATH_INFO"], {**looked_at(look), "_send": ""}, follow=True)
    assert any("送审了 5 份" in text for text in told(done))
    assert "送审的是各页的草稿" in second.content.decode()


def test_a_large_month_without_a_change_takes_two_presses(large):
    client, first = large
    for row in [one.row for page in (first, client.get(first.context["pages"][1][1])) for one in page.context["rows"]]:
        published(TaskReport.objects.create(measure=row.about, held_on=day("2020-05-08"), **ANSWER), on="2020-05-09")
    first = client.get(first.request["PATH_INFO"])
    look = client.post(first.request["PATH_INFO"], {**form_of(first.content.decode()), "_rest": ""}, follow=True)
    assert "全部送审（58 份）" in look.content.decode()
    client.post(first.request["PATH_INFO"], {**looked_at(look), "_send": ""}, follow=True)
    assert TaskReport.objects.drafts().filter(submitted_at__isnull=False).count() == 58


def test_what_there_is_no_time_for_goes_with_the_next_press(city, quay, monkeypatch):
    client = signed_in(city.official)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10")
    shown = looked_at(send(client, city, data, "_look"))
    monkeypatch.setattr(monthly, "LONGEST", -1.0)
    late = send(client, city, shown, "_send")
    assert any("还有 2 份没来得及送" in text for text in told(late))
    assert not Report.objects.drafts().filter(submitted_at__isnull=False).exists()


def test_more_than_can_be_looked_at_is_said(city, quay, monkeypatch):
    client = signed_in(city.official)
    monkeypatch.setattr(monthly, "MOST_LOOKED", 1)
    data = opened(client, city) | typed(city, city.built) | typed(city, quay, "10")
    page = send(client, city, data, "_look").content.decode()
    assert "全部送审（1 份）" in page
    assert "还有 1 份草稿，送了这些再看。" in page


def test_three_rows_take_as_many_queries_as_one(city):
    client = signed_in(city.official)
    a_draft(city.bridge, DAY, {"built": 50}, by=city.official)

    def n_queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(month_address(city)).status_code == 200
        return len(asked)

    n_queries()  # what the first page of all asks once
    assert n_queries() == 32
    more = [a_project(slug, milestones=["built"], lead=city.works) for slug in ("weir", "lock")]
    published(a_plan(*more, year=2021, starts_on="2020-01-01", ends_on="2021-12-31"), on="2020-05-07")
    for project in more:
        a_draft(project, DAY, {"built": 5}, by=city.official)
    assert n_queries() == 32
