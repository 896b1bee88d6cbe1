"""What people do in the admin: officials file, reviewers publish, administrators and editors keep the rest."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from accounts.audit_log import record
from accounts.models import AuditAction, AuditRecord
from accounts.roles import ADMINISTRATOR, EDITOR, GRANTS, OFFICIAL, REVIEWER, make_roles
from common.media import uploads
from ledger.models import Entry
from news.models import Article
from projects.models import Adjustment, Department, Membership, Milestone, Project, Redaction, Report, Source
from projects.publishing import current_terms
from tasks.models import Addition, Commitment, Plan, PlanAdjustment, Reading, Task, TaskReport
from tests.factories import (
    a_department,
    a_measure,
    a_milestone,
    a_plan,
    a_project,
    a_report,
    a_source,
    a_task_report,
    an_addition,
    an_adjustment,
    an_evidence,
    an_indicator_reading,
    an_official,
    moment,
    published,
    published_by,
)
from tests.small_city import (
    LINK,
    a_draft,
    a_picture,
    address,
    article_data,
    errors_of,
    file_row,
    report_data,
    send,
    signed_in,
    told,
    version_on,
)

pytestmark = pytest.mark.one_database

REPORTS = address(Report, "changelist")


@pytest.fixture
def official(city):
    return signed_in(city.official)


@pytest.fixture
def reviewer(city):
    return signed_in(city.reviewer)


@pytest.fixture
def administrator(city):
    return signed_in(city.administrator)


@pytest.fixture
def editor(city):
    return signed_in(city.editor)


@pytest.fixture
def submitted(city):
    return a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)


def filing(city, query=""):
    return address(Report, "add", query or f"?project={city.bridge.pk}")


def stored_files(settings) -> list:
    return [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] if settings.MEDIA_ROOT.exists() else []


# Filing


def test_filing_begins_with_ones_own_projects(city, official):
    page = official.get(address(Report, "add")).content.decode()
    assert "The bridge" in page
    assert "2020-04-30" in page
    assert f"?project={city.bridge.pk}" in page
    assert "The pool" not in page


def test_who_leads_nothing_is_told_so(db):
    assert "还没有归到哪个部门" in signed_in(an_official()).get(address(Report, "add")).content.decode()


def test_each_standing_milestone_has_a_line_with_its_last_value(city, official):
    published(an_adjustment(city.to_open, dropped=True), on="2020-05-07")
    page = official.get(filing(city))
    form = page.context["adminform"].form
    line = re.sub(
        r"\s+", " ", re.search(rf'<tr class="field-value_{city.built.pk}.*?</tr>', page.content.decode(), re.S)[0]
    )
    assert "100%<small>2020-12-31 到期" in line
    assert 'data-label="上次公布">40%<small>2020-04-30' in line
    assert "上次公布 900万元（2020-04-30）" in form.fields["spent"].help_text
    assert f"value_{city.opened.pk}" not in form.fields


def test_a_draft_keeps_what_was_filled_in(city, official):
    response = official.post(filing(city), report_data(city, _save=""), follow=True)
    report = Report.objects.get(held_on="2020-05-31")
    assert told(response) == ["草稿已保存，还没有送审。"]
    assert report.drafted_by == city.official
    assert report.submitted_at is None
    assert report.spent == 12_000_000
    assert {reading.milestone: reading.value for reading in report.readings.all()} == {city.built: Decimal(55)}


def test_a_line_emptied_again_says_nothing(city, official):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55, "opened": 0}, by=city.official)
    official.post(address(draft), report_data(city, **{f"value_{city.built.pk}": "56", "_save": ""}))
    assert [(r.milestone, r.value) for r in draft.readings.all()] == [(city.built, Decimal(56))]


def test_submitting_shows_every_error_at_its_field_and_keeps_what_was_typed(city, official):
    tomorrow = timezone.localdate() + timedelta(days=1)
    wrong = report_data(city, held_on=str(tomorrow), text="", spent="八百万", next_step="More piers.", _submit="")
    wrong |= {f"value_{city.built.pk}": "39", f"value_{city.opened.pk}": "2"}
    response = official.post(filing(city), wrong)
    errors = errors_of(response)
    assert "还没到" in errors["held_on"][0]
    assert errors["text"] == ["请填写。"]
    assert "看不懂" in errors["spent"][0]
    assert "小于上一次的 40" in errors[f"value_{city.built.pk}"][0]
    assert "超过目标 1" in errors[f"value_{city.opened.pk}"][0]
    (formset,) = [inline.formset for inline in response.context["inline_admin_formsets"]]
    assert "要附佐证材料" in formset.non_form_errors()[0]
    assert "八百万" in response.content.decode()
    assert "More piers." in response.content.decode()
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize(
    ("changed", "field", "text"),
    [
        ({"held_on": "2020-04-30"}, "held_on", "已有一份报告"),
        ({"held_on": ""}, "held_on", "请填写"),
        ({"spent": "100"}, "spent", "小于上一次的 900万元"),
        ({"spent": "5000万"}, "over_investment_reason", "请写明原因"),
    ],
)
def test_what_keeps_a_report_from_review(city, official, changed, field, text):
    response = official.post(filing(city), report_data(city, _submit="", **changed))
    assert any(text in error for error in errors_of(response)[field])


@pytest.mark.parametrize("value", ["-1", "1e30", "NaN", "十", "0.00001"])
def test_a_value_that_is_no_number_is_not_even_a_draft(city, official, value):
    response = official.post(filing(city), report_data(city, _save="", **{f"value_{city.built.pk}": value}))
    assert f"value_{city.built.pk}" in errors_of(response)


def test_reaching_a_milestone_takes_evidence(city, official):
    reached = report_data(city, _submit="", **{f"value_{city.built.pk}": "100"})
    assert official.post(filing(city), reached).status_code == 200
    send(official, official.post(filing(city), reached | LINK))
    assert Report.objects.get(held_on="2020-05-31").submitted_at


def test_more_than_promised_is_confirmed(city, official):
    more = {f"value_{city.built.pk}": "107", **LINK, "_submit": ""}
    assert "确认超过目标" in str(errors_of(official.post(filing(city), report_data(city, **more))))
    send(official, official.post(filing(city), report_data(city, is_over_target_confirmed="on", **more)))
    assert Report.objects.get(held_on="2020-05-31").submitted_at


def test_while_submitted_the_draft_cannot_be_changed_or_deleted(city, official, submitted):
    page = official.get(address(submitted)).content.decode()
    assert "等督查审核" in page
    assert 'name="_save"' not in page
    assert 'name="evidence-0-title"' not in page
    assert official.post(address(submitted), report_data(city, _save="")).status_code == 403
    assert official.post(address(submitted, "delete"), {"post": "yes"}).status_code == 403


def test_a_draft_goes_with_its_parts_and_files(city, official, settings):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    an_evidence(draft, content=b"%PDF-1")
    assert stored_files(settings)
    assert "会导致" not in official.get(address(draft, "delete")).content.decode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda act: act())
        assert official.post(address(draft, "delete"), {"post": "yes"}).status_code == 302
    assert not Report.objects.filter(pk=draft.pk).exists()
    assert not stored_files(settings)


# Evidence


def with_file(city, upload, kind="PHOTO", **changed):
    return report_data(city, **file_row(upload, kind), _save="", **changed)


def evidence_errors(response) -> str:
    (inline,) = response.context["inline_admin_formsets"]
    return str(inline.formset.errors)


def test_a_photo_is_stored_as_a_clean_copy(city, official, tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "Lat 36.57"
    photo = a_picture(tmp_path / "IMG_0001.png", "PNG", exif=exif)
    official.post(filing(city), with_file(city, SimpleUploadedFile("../照片.png", photo.read_bytes())))
    evidence = Report.objects.get(held_on="2020-05-31").evidence.get()
    assert re.fullmatch(r"evidence/\d{4}/\d\d/[0-9a-f]{32}\.jpg", evidence.file.name)
    with evidence.file.open() as stored:
        content = stored.read()
    assert content.startswith(b"\xff\xd8")
    assert b"Lat 36.57" not in content
    response = official.get(f"{address(evidence.report)}".replace("change/", "evidence/1/"))
    assert response["Content-Type"] == "image/jpeg"
    assert "sandbox" in response["Content-Security-Policy"]


def gif(tmp_path) -> bytes:
    return a_picture(tmp_path / "a.gif", "GIF").read_bytes()


def moving(tmp_path) -> bytes:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", "WEBP", save_all=True, append_images=frames[1:])
    return (tmp_path / "a.webp").read_bytes()


def half(tmp_path) -> bytes:
    content = a_picture(tmp_path / "a.jpg").read_bytes()
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("name", "content", "kind", "text"),
    [
        ("gif.jpg", gif, "PHOTO", "这不是能读的"),
        ("moving.webp", moving, "PHOTO", "动图"),
        ("half.jpg", half, "PHOTO", "这不是能读的"),
        ("zip.jpg", lambda _: b"PK\x03\x04" + b"0" * 100, "PHOTO", "这是压缩包"),
        ("page.jpg", lambda _: b"<script>alert(1)</script>", "PHOTO", "这不是能读的"),
        ("paper.pdf", lambda _: b"%PDF-1.4\n", "PHOTO", "这份 PDF 不完整"),
        ("nothing.jpg", lambda _: b"", "PHOTO", "空"),
        ("page.pdf", lambda _: b"<script>alert(1)</script>%%EOF", "DOCUMENT", "是网页或矢量图"),
        ("page.pdf", lambda _: b"<script>alert(1)</script>%PDF-1.4\n%%EOF", "DOCUMENT", "是网页或矢量图"),
        ("word.pdf", lambda _: b"PK\x03\x04" + b"0" * 100, "DOCUMENT", "是压缩包"),
    ],
)
def test_hostile_uploads_are_refused_with_a_message(city, official, tmp_path, settings, name, content, kind, text):
    response = official.post(filing(city), with_file(city, SimpleUploadedFile(name, content(tmp_path)), kind))
    assert text in evidence_errors(response)
    assert not Report.objects.drafts().exists()
    assert not stored_files(settings)


@pytest.mark.parametrize(("kind", "name"), [("PHOTO", "a.jpg"), ("DOCUMENT", "a.pdf")])
def test_too_large_a_file_is_refused_with_its_size(city, official, kind, name):
    large = SimpleUploadedFile(name, b"%PDF-" + b"0" * uploads.MAX_BYTES)
    response = official.post(filing(city), with_file(city, large, kind))
    assert "最多 15 MB" in evidence_errors(response)


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "ftp://example.org/a", "file:///etc/passwd"])
def test_a_link_leads_to_the_web(city, official, url):
    response = official.post(filing(city), report_data(city, **LINK | {"evidence-0-url": url}, _save=""))
    assert ("url" if url else "或者填网址") in evidence_errors(response)
    assert not Report.objects.drafts().exists()


def test_a_replaced_file_is_let_go(city, official, tmp_path, settings, django_capture_on_commit_callbacks):
    photo = SimpleUploadedFile("a.jpg", a_picture(tmp_path / "a.jpg").read_bytes())
    official.post(filing(city), with_file(city, photo))
    draft = Report.objects.get(held_on="2020-05-31")
    evidence, old = draft.evidence.get(), set(stored_files(settings))
    other = SimpleUploadedFile("b.jpg", a_picture(tmp_path / "b.jpg").read_bytes())
    existing = {"evidence-INITIAL_FORMS": "1", "evidence-0-id": evidence.pk, "evidence-0-report": draft.pk}
    with django_capture_on_commit_callbacks(execute=True):
        official.post(address(draft), with_file(city, other) | existing)
    new = set(stored_files(settings))
    assert len(new) == len(old) == 7  # with the renditions
    assert not new & old


UNTICKED = "照片要公开，请勾选“照片里没有能认出的人，或者本人已经同意公开”；做不到就换一张，或打上马赛克再传。"


def photo_sent(tmp_path, **changed) -> dict:
    upload = SimpleUploadedFile("a.jpg", a_picture(tmp_path / "a.jpg").read_bytes())
    return {**file_row(upload), **changed}


def test_a_photo_is_not_stored_without_consent(city, official, tmp_path, settings):
    data = report_data(city, **photo_sent(tmp_path, **{"evidence-0-is_consented": ""}), _save="")
    response = official.post(filing(city), data)
    (inline,) = response.context["inline_admin_formsets"]
    assert inline.formset.errors == [{"is_consented": [UNTICKED]}]
    assert '<img class="evidence"' not in response.content.decode()  # of what isn't stored
    assert not Report.objects.drafts().exists()
    assert not stored_files(settings)


@pytest.mark.parametrize(("button", "is_told"), [("_save", False), ("_submit", True)])
def test_a_stored_photo_needs_consent_when_it_goes_to_review(city, official, button, is_told):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    photo = an_evidence(draft, kind="PHOTO", file="evidence/a.jpg")
    row = {"evidence-INITIAL_FORMS": "1", "evidence-0-id": photo.pk, "evidence-0-report": draft.pk}
    sent = {**LINK, "evidence-0-url": "", **row, button: ""}
    response = official.post(address(draft), report_data(city, **sent))
    assert (response.status_code == 200) is is_told
    assert (UNTICKED in response.content.decode()) is is_told


def test_papers_and_links_ask_for_no_consent(city, official):
    send(official, official.post(filing(city), report_data(city, **LINK, _submit="")))
    assert Report.objects.get(held_on="2020-05-31").submitted_at


# Review


def test_the_queue_shows_submitted_reports_oldest_first_and_no_drafts(city, reviewer):
    a_draft(city.bridge, "2020-07-31", by=city.official, text="Not yet.")
    newer = a_report(city.pool, "2020-05-31", by=city.other_official)
    older = a_report(city.bridge, "2020-06-30", by=city.official)
    for report, hours in ((newer, 1), (older, 2)):
        Report.objects.filter(pk=report.pk).update(submitted_at=timezone.now() - timedelta(hours=hours))
    rows = list(reviewer.get(REPORTS).context["cl"].result_list)
    assert [str(row.held_on) for row in rows] == ["2020-06-30", "2020-05-31", "2020-04-30"]


@pytest.mark.parametrize(
    ("stage", "days"),
    [
        ("submitted", ["2020-06-30"]),
        ("published", ["2020-04-30"]),
        ("draft", ["2020-07-31"]),
        ("returned", ["2020-08-31"]),
        ("?", ["2020-08-31", "2020-07-31", "2020-06-30", "2020-04-30"]),
    ],
)
def test_the_list_by_stage(city, official, stage, days):
    a_report(city.bridge, "2020-06-30", by=city.official)
    a_draft(city.bridge, "2020-07-31", by=city.official)
    returned = a_draft(city.bridge, "2020-08-31", by=city.official)
    returned.review_notes.create(text="Why?", by=city.reviewer)
    rows = official.get(REPORTS, {"stage": stage}).context["cl"].result_list
    assert [str(row.held_on) for row in rows] == days


def test_the_review_shows_old_and_new(city, reviewer, submitted):
    page = reviewer.get(address(submitted))
    (summary,) = page.context["summaries"]
    assert [(one.label, one.old, one.new) for one in summary.fields[1:]] == [("Built", "40%", "55%")]
    assert summary.unsaid == ("Opened",)
    assert address(submitted, "publish") in page.content.decode()
    assert address(submitted, "return") in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_publishing_is_one_press(city, reviewer, submitted):
    response = reviewer.post(address(submitted, "publish"), follow=True)
    submitted.refresh_from_db()
    assert submitted.published_by == city.reviewer
    way = '<a href="/projects/bridge/">看公开的页面</a>'
    assert told(response) == [f"已公布“{submitted}”，公开记录{submitted.entry}。{way}"]
    assert way in response.content.decode()


def test_two_reviewers_publish_once(city, reviewer, submitted):
    second = signed_in(city.second_reviewer)
    reviewer.post(address(submitted, "publish"))
    entries = Entry.objects.count()
    response = second.post(address(submitted, "publish"), follow=True)
    assert told(response) == ["这一条已经公布过了。"]
    assert Entry.objects.count() == entries
    assert told(second.post(address(submitted, "return"), {"note": "Why?"}, follow=True)) == [
        "这份报告已经公布了。写错了，请起草“更正”。",
        "没有退回。您写的意见：Why?",
    ]


def test_a_returned_report_comes_back_with_its_note(city, official, reviewer, submitted):
    reviewer.post(address(submitted, "return"), {"note": "Which piers?\nName them."})
    assert reviewer.get(address(submitted)).status_code == 302  # it is the department's again
    page = official.get(address(submitted)).content.decode()
    assert "Which piers?<br>Name them." in page
    send(official, official.post(address(submitted), report_data(city, text="Piers 1 to 4.", _submit="")))
    reviewer.post(address(submitted, "publish"))
    submitted.refresh_from_db()
    assert submitted.is_published
    assert submitted.text == "Piers 1 to 4."


@pytest.mark.parametrize("note", ["", "   ", "x" * 1001])
def test_a_return_needs_a_note(city, reviewer, submitted, note):
    response = reviewer.post(address(submitted, "return"), {"note": note}, follow=True)
    assert response.status_code == 200
    assert told(response)
    submitted.refresh_from_db()
    assert submitted.submitted_at


def test_what_keeps_a_report_from_publication_is_said(city, reviewer, submitted):
    published(a_report(city.bridge, "2020-05-31", {"built": 50}), on="2020-06-05")
    response = reviewer.post(address(submitted, "publish"), follow=True)
    way = f'<a href="{address(Report.objects.published().latest("held_on"))}">去看看</a>'
    assert told(response) == [f"2020-05-31 已有一份报告；要改它，请用更正。{way}"]


@pytest.mark.parametrize("act", ["publish", "return"])
def test_acts_take_a_press_with_its_token(city, reviewer, submitted, act):
    assert reviewer.get(address(submitted, act)).status_code == 405
    assert signed_in(city.reviewer, csrf=True).post(address(submitted, act), {"note": "Why?"}).status_code == 403
    submitted.refresh_from_db()
    assert submitted.submitted_at
    assert not submitted.is_published


@pytest.mark.parametrize("person", ["official", "administrator"])
@pytest.mark.parametrize("act", ["publish", "return"])
def test_only_reviewers_decide(city, submitted, person, act):
    response = signed_in(getattr(city, person)).post(address(submitted, act), {"note": "Why?"})
    assert response.status_code == 403


# Corrections


def test_a_correction_starts_from_what_is_public(city, official):
    wrong = city.bridge.reports.get()
    assert f"?corrects={wrong.pk}" in official.get(address(wrong)).content.decode()
    form = official.get(filing(city, f"?corrects={wrong.pk}")).context["adminform"].form
    assert form[f"value_{city.built.pk}"].value() == "40"
    assert form["spent"].value() == "900"
    assert form["held_on"].value() == "2020-04-30"


def test_a_correction_needs_its_reason_and_replaces_the_whole(city, official, reviewer):
    wrong = city.bridge.reports.get()
    data = report_data(city, held_on="2020-04-30", _submit="", **{f"value_{city.built.pk}": "30"})
    assert "correction_reason" in errors_of(official.post(filing(city, f"?corrects={wrong.pk}"), data))
    send(official, official.post(filing(city, f"?corrects={wrong.pk}"), data | {"correction_reason": "Counted twice."}))
    correction = Report.objects.get(corrects=wrong)
    reviewer.post(address(correction, "publish"))
    assert Report.objects.published().filter(pk=correction.pk).exists()
    (line,) = [line for line in reviewer.get(address(correction)).context["lines"] if line.new is not None]
    assert (line.old, line.new) == (40, 30)


def test_a_correction_keeps_a_line_for_what_was_dropped_since(city, official):
    wrong = city.bridge.reports.get()
    published(an_adjustment(city.to_build, dropped=True), on="2020-05-07")
    form = official.get(filing(city, f"?corrects={wrong.pk}")).context["adminform"].form
    assert form[f"value_{city.built.pk}"].value() == "40"


def test_a_report_is_corrected_once_at_a_time(city, official):
    wrong = city.bridge.reports.get()
    draft = a_draft(city.bridge, "2020-04-30", corrects=wrong, by=city.official)
    response = official.get(filing(city, f"?corrects={wrong.pk}"), follow=True)
    assert response.redirect_chain[-1][0] == address(draft)
    assert told(response) == ["这份报告已经有更正了，就是这一份。"]
    page = official.get(address(wrong)).content.decode()
    assert f"?corrects={wrong.pk}" not in page


def test_a_correction_may_keep_the_evidence_in_files_of_its_own(city, official, settings):
    report = a_report(city.bridge, "2020-06-30", {"built": 100})
    old = an_evidence(report, content=b"%PDF-1 accepted")
    published(report, on="2020-07-06")
    data = report_data(city, held_on="2020-06-30", correction_reason="One zero too many.", is_evidence_kept="on")
    data |= {f"value_{city.built.pk}": "100", "_submit": ""}
    send(official, official.post(filing(city, f"?corrects={report.pk}"), data))
    new = Report.objects.get(corrects=report).evidence.get()
    assert new.title == old.title
    assert new.file.name != old.file.name
    assert len(stored_files(settings)) == 2
    assert new.report.submitted_at


# What is public stays


def public_rows(city):
    """One public row of every kind that has a page."""
    plan, task = city.plan, Task.objects.get()
    commitment, measure = plan.series.get().commitments.first(), task.measures.get()
    addition = an_addition(plan)
    a_measure(task, number=2, addition=addition)
    for fact in (
        an_adjustment(city.bridge, place="North"),
        an_adjustment(city.to_build, amount="120"),
        an_indicator_reading(city.indicator, "2020-04-30", 30),
        a_task_report(measure, "2020-04-30"),
        addition,
    ):
        published(fact, on="2020-05-07")
    facts = [Adjustment, Reading, PlanAdjustment, Report, TaskReport, Addition]
    rows = [city.works, city.bridge, city.built, plan, task, measure, measure.contributions.first(), commitment]
    rows += [city.to_build, Source.objects.get()]
    return [*rows, *(model.objects.get() for model in facts), Entry.objects.first()]


def test_nobody_can_change_or_delete_what_is_public(city):
    rows = public_rows(city)
    people = [*city.people, User.objects.create_superuser("root")]
    before = list(Entry.objects.values_list("hash", flat=True))
    for person in people:
        client = Client()
        client.force_login(person)
        for row in rows:
            page = client.get(address(row))
            assert page.status_code in (200, 302, 403)
            assert b'name="_save"' not in page.content
            shown = version_on(page)
            assert client.post(address(row), {**shown, "title": "Other", "_save": ""}).status_code in (302, 403)
            assert client.post(address(row, "delete"), {**shown, "post": "yes"}).status_code in (302, 403)
    for row in rows:
        fresh = type(row).objects.get(pk=row.pk)
        assert [getattr(fresh, f.attname) for f in row._meta.concrete_fields] == [
            getattr(row, f.attname) for f in row._meta.concrete_fields
        ]
    assert list(Entry.objects.values_list("hash", flat=True)) == before


def test_what_is_public_says_how_it_is_mended(city, official):
    page = official.get(address(city.bridge)).content.decode()
    assert "已经公布" in page
    assert f"?promise=project:{city.bridge.pk}" in page


def test_a_draft_published_meanwhile_is_said_in_words(city, administrator, monkeypatch):
    draft = a_department("fire-office")
    monkeypatch.setattr("desk.admin.promises.DepartmentAdmin.has_change_permission", lambda *_: True)
    published(draft, on="2020-05-07")
    data = {"slug": "fire-office", "name": "Fire", "phone": "", "source": ""}
    response = administrator.post(address(draft), data, follow=True)
    assert any("已经公布，不能修改" in text for text in told(response))


# Adjustments


def adjusting(row, target=""):
    model = Adjustment if isinstance(row, Project | Milestone | Department) else PlanAdjustment
    return address(model, "add", f"?promise={target or row._meta.model_name}:{row.pk}")


WHY = {
    "decided_on": "2020-05-01",
    "decided_by": "UNSTATED",
    "reason": "Soft ground.",
    "document": "Decision 7",
    "_save": "",
}

BOTH = ["parks-office", "works-office"]


@pytest.mark.parametrize(
    ("promise", "field", "typed", "change"),
    [
        ("to_build", "due_on", {"new_due_on": "2021-03-31"}, ["2020-12-31", "2021-03-31"]),
        ("to_build", "amount", {"new_amount": "120.5"}, ["100", "120.5"]),
        ("built", "title", {"new_title": "Standing"}, ["Built", "Standing"]),
        ("to_open", "dropped", {"new_dropped": "on"}, [False, True]),
        ("bridge", "investment", {"new_investment": "1.85亿"}, [48_000_000, 185_000_000]),
        ("bridge", "place", {"new_place": "North shore"}, ["", "North shore"]),
        ("bridge", "leads", {"new_leads": BOTH}, [["works-office"], BOTH]),
        ("bridge", "partners", {"new_partners": "parks-office"}, [[], ["parks-office"]]),
    ],
)
def test_an_adjustment_stores_old_and_new(city, official, promise, field, typed, change):
    row = getattr(city, promise)
    response = official.post(adjusting(row), WHY | typed)
    assert response.status_code == 302
    adjustment = row.adjustments.get()
    assert adjustment.changes == {field: change}
    assert adjustment.drafted_by == city.official


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({}, "__all__", "没有改动"),
        ({"new_amount": "-3"}, "new_amount", "大于 0"),
        ({"new_amount": "100"}, "new_amount", "和现在的一样"),
        ({"new_due_on": "2019-01-01"}, "new_due_on", "不能早于开始日期"),
        ({"new_due_on": "soon"}, "new_due_on", "请写一天"),
        ({"new_due_on": "2021-01-01", "decided_on": "2099-01-01"}, "decided_on", "还没到"),
        ({"new_due_on": "2021-01-01", "reason": ""}, "reason", "请填写"),
    ],
)
def test_an_impossible_adjustment_is_refused_at_its_field(city, official, typed, field, text):
    response = official.post(adjusting(city.to_build), WHY | typed)
    assert text in str(errors_of(response)[field])
    assert not PlanAdjustment.objects.exists()


def test_a_title_that_is_too_long_is_refused_at_its_field(city, official):
    response = official.post(adjusting(city.built), WHY | {"new_title": "x" * 101})
    assert "100" in str(errors_of(response)["new_title"])
    assert not Adjustment.objects.exists()


def test_an_adjustment_shows_what_is_in_force(city, official):
    published(an_adjustment(city.to_build, due_on="2021-01-31"), on="2020-05-07")
    form = official.get(adjusting(city.to_build)).context["adminform"].form
    assert form.fields["new_due_on"].help_text == "现在：2021-01-31"
    published(an_adjustment(city.to_build, dropped=True), on="2020-05-08")
    assert "new_dropped" not in official.get(adjusting(city.to_build)).context["adminform"].form.fields


def test_a_draft_of_an_adjustment_opens_with_what_it_says(city, official):
    changes = {"due_on": "2021-01-31"}
    unsubmitted = {"submitted_at": None}
    draft = an_adjustment(city.to_build, by=city.official, fields=unsubmitted, **changes)
    wanted = {"leads": BOTH, "partners": ["parks-office"]}
    moved = an_adjustment(city.bridge, by=city.official, fields=unsubmitted, **wanted)
    assert official.get(address(draft)).context["adminform"].form["new_due_on"].value() == "2021-01-31"
    form = official.get(address(moved)).context["adminform"].form
    assert list(form["new_leads"].value()) == BOTH
    assert list(form["new_partners"].value()) == ["parks-office"]
    official.post(address(draft), WHY | {"new_amount": "90"})
    draft.refresh_from_db()
    assert draft.changes == {"amount": ["100", "90"]}


def test_an_adjustment_is_published_by_a_reviewer(city, official, reviewer):
    draft = an_adjustment(city.to_build, by=city.official, due_on="2021-01-31")
    page = reviewer.get(address(draft))
    assert page.context["changes"] == [("完成时限", "2020-12-31", "2021-01-31")]
    assert official.post(address(draft, "publish")).status_code == 403
    reviewer.post(address(draft, "publish"))
    assert current_terms(city.to_build)["due_on"] == date(2021, 1, 31)


def test_a_project_handed_over_leaves_its_official(city, official, reviewer):
    draft = an_adjustment(city.bridge, by=city.official, leads=["parks-office"])
    reviewer.post(address(draft, "publish"))
    assert official.get(address(city.bridge)).status_code == 302
    assert official.get(filing(city)).status_code == 404
    assert signed_in(city.other_official).get(filing(city)).status_code == 200


def test_administrators_adjust_departments_and_what_nobody_leads(city, administrator):
    assert administrator.post(adjusting(city.works), WHY | {"new_phone": "0357-5550000"}).status_code == 302
    assert Adjustment.objects.get(department=city.works).changes == {"phone": ["0000-100", "0357-5550000"]}
    assert administrator.post(adjusting(city.bridge), WHY | {"new_leads": "parks-office"}).status_code == 302


@pytest.mark.parametrize(
    ("target", "typed", "changes"),
    [
        ("commitment", {"new_goal": "START"}, {"goal": ["FINISH", "START"]}),
        ("commitment", {"new_annual_investment": "12万"}, {"annual_investment": [None, 120_000]}),
        ("indicator", {"new_target": "38", "new_due_on": "2021-12-31"}, {"target": ["36", "38"]}),
        ("plan", {"new_guideline": "Steadily."}, {"guideline": ["", "Steadily."]}),
        ("task", {"new_title": "Better works"}, {"title": ["Task 1", "Better works"]}),
        ("measure", {"new_title": "Better ways"}, {"title": ["Measure 1", "Better ways"]}),
        ("series", {"new_title": "Vows"}, {"title": ["pledges", "Vows"]}),
        ("group", {"new_title": "All works"}, {"title": ["Public works", "All works"]}),
    ],
)
def test_an_administrator_adjusts_every_part_of_a_plan(city, administrator, reviewer, target, typed, changes):
    group, series = city.plan.groups.get(), city.plan.series.get()
    task = group.tasks.get()
    rows = {"commitment": series.commitments.first(), "indicator": city.indicator, "plan": city.plan, "task": task}
    rows |= {"measure": task.measures.get(), "series": series, "group": group}
    send(administrator, administrator.post(adjusting(rows[target], target), WHY | typed | {"_submit": ""}))
    draft = PlanAdjustment.objects.get()
    assert changes.items() <= draft.changes.items()
    assert administrator.get(address(draft)).status_code == 200
    reviewer.post(address(draft, "publish"))
    draft.refresh_from_db()
    assert draft.is_published
    assert reviewer.get(address(draft)).status_code == 200


@pytest.mark.parametrize(
    "promise", ["", "project", "project:", "project:x", "project:999999", "entry:1", "project:1:2"]
)
def test_an_address_that_names_no_promise(city, official, promise):
    assert official.get(address(Adjustment, "add", f"?promise={promise}")).status_code in (200, 404)


# Redactions, readings, departments


def test_a_reviewer_hides_at_once_and_another_confirms(city, reviewer):
    report = city.bridge.reports.get()
    adding = address(Redaction, "add", f"?entry={report.entry_id}")
    assert "field=text" in reviewer.get(adding).content.decode()
    page = reviewer.get(f"{adding}&field=text").content.decode()
    assert report.text in page
    refused = reviewer.post(f"{adding}&field=text", {"reason": " "})
    assert "reason" in refused.context["form"].errors
    assert not Redaction.objects.exists()
    response = reviewer.post(f"{adding}&field=text", {"reason": "A name."}, follow=True)
    redaction = Redaction.objects.get()
    assert told(response) == [f"已隐去，居民看不到了（{redaction.entry}）。7 天以内要另一位审核员确认，不然恢复公开。"]
    report.refresh_from_db()
    assert report.text == ""
    assert "field=text" not in reviewer.get(adding).content.decode()
    assert reviewer.get(f"{adding}&field=text").status_code == 404
    assert "请另一位审核员来确认" in reviewer.get(address(redaction)).content.decode()
    assert "等第二位审核员确认的隐去" in reviewer.get("/admin/").content.decode()
    response = reviewer.post(address(redaction, "confirm"), follow=True)
    assert told(response) == ["隐去的人不能自己确认，请另一位审核员确认。"]
    second = signed_in(city.second_reviewer)
    assert address(redaction, "confirm") in second.get(address(redaction)).content.decode()
    second.post(address(redaction, "confirm"))
    assert Redaction.objects.get().decision.published_by == city.second_reviewer
    response = second.post(address(redaction, "confirm"), follow=True)
    assert told(response)[-1] == "这一处已经确认过，或者已经恢复公开了。"
    assert "等第二位审核员确认的隐去" not in second.get("/admin/").content.decode()


@pytest.mark.parametrize("person", ["official", "administrator", "editor"])
def test_only_reviewers_hide_and_confirm(city, person, reviewer):
    report, client = city.bridge.reports.get(), signed_in(getattr(city, person))
    adding = address(Redaction, "add", f"?entry={report.entry_id}&field=text")
    assert client.post(adding, {"reason": "Mine."}).status_code == 403
    reviewer.post(adding, {"reason": "A name."})
    assert client.post(address(Redaction.objects.get(), "confirm")).status_code in (302, 403, 404)
    assert Redaction.objects.get().is_pending


@pytest.mark.parametrize("entry", ["0", "999999", "x", "-1", "9" * 30])
def test_a_redaction_of_no_entry(city, reviewer, entry):
    assert reviewer.get(address(Redaction, "add", f"?entry={entry}")).status_code == 404


def test_a_reading_takes_two_reviewers(city, reviewer):
    data = {
        "indicator": city.indicator.pk,
        "held_on": "2020-05-31",
        "value": "30",
        "note": "",
        "source": "",
        "_save": "",
    }
    reviewer.post(address(Reading, "add"), data)
    draft = Reading.objects.get()
    assert "要请另一位审核员公布" in reviewer.get(address(draft)).content.decode()
    reviewer.post(address(draft, "publish"))
    draft.refresh_from_db()
    assert not draft.is_published
    second = signed_in(city.second_reviewer)
    assert second.post(address(draft), data | {"value": "99"}).status_code == 403
    assert second.post(address(draft, "delete"), {"post": "yes"}).status_code == 403
    second.post(address(draft, "publish"))
    draft.refresh_from_db()
    assert (draft.value, draft.published_by) == (30, city.second_reviewer)


@time_machine.travel(moment("2020-06-20"), tick=False)
def test_what_is_odd_about_a_reading_is_said_to_who_drafts_and_who_publishes(city, reviewer):
    data = {"indicator": city.indicator.pk, "held_on": "2020-05-31", "note": "", "source": "", "_save": ""}
    page = reviewer.post(address(Reading, "add"), data | {"value": "0.35"}, follow=True)
    draft = Reading.objects.get()
    assert page.redirect_chain == [(address(draft), 302)]
    words = f"{city.indicator.title}：0.35%，还不到 1%（目标 36%）。"
    assert words in page.content.decode()
    assert words in signed_in(city.second_reviewer).get(address(draft)).content.decode()
    page = reviewer.post(address(draft), data | {"value": "35"}, follow=True)
    assert page.redirect_chain == [(address(Reading, "changelist"), 302)]
    assert "还不到" not in reviewer.get(address(draft)).content.decode()


def test_a_reading_is_corrected_by_another(city, reviewer):
    wrong = published(an_indicator_reading(city.indicator, "2020-04-30", 30), on="2020-05-07")
    adding = address(Reading, "add", f"?corrects={wrong.pk}")
    form = reviewer.get(adding).context["adminform"].form
    assert form["value"].value() == "30"
    data = {"held_on": "2020-04-30", "value": "31", "note": "", "source": "", "correction_reason": "", "_save": ""}
    assert "correction_reason" in errors_of(reviewer.post(adding, data))
    reviewer.post(adding, data | {"correction_reason": "Misread."})
    correction = Reading.objects.get(corrects=wrong)
    assert correction.indicator == city.indicator
    assert reviewer.get(adding).url == address(correction)
    signed_in(city.second_reviewer).post(address(correction, "publish"))
    correction.refresh_from_db()
    assert correction.is_published


@pytest.mark.parametrize(("held_on", "text"), [("2099-01-01", "还没到"), ("2020-04-30", "请用更正")])
def test_a_reading_that_cannot_be_published_is_refused_at_once(city, reviewer, held_on, text):
    published(an_indicator_reading(city.indicator, "2020-04-30", 30), on="2020-05-07")
    data = {"indicator": city.indicator.pk, "held_on": held_on, "value": "30", "note": "", "source": "", "_save": ""}
    assert text in errors_of(reviewer.post(address(Reading, "add"), data))["held_on"][0]


def test_a_department_is_drafted_by_the_administrator(city, administrator, reviewer):
    data = {"slug": "fire-office", "name": "Fire office", "phone": "", "source": "", "_save": ""}
    administrator.post(address(Department, "add"), data)
    draft = Department.objects.get(slug="fire-office")
    assert administrator.post(address(draft, "publish")).status_code == 403
    reviewer.post(address(draft, "publish"))
    draft.refresh_from_db()
    assert (draft.drafted_by, draft.published_by) == (city.administrator, city.reviewer)


# Plans


def management(prefix: str, total: int = 0) -> dict:
    return {f"{prefix}-TOTAL_FORMS": str(total), f"{prefix}-INITIAL_FORMS": "0"}


def target_data(milestone: Milestone) -> dict:
    terms = {"amount": "100", "from_amount": "0", "weight": "1", "pace": "LINEAR", "steps": ""}
    terms |= {"milestone": milestone.pk, "starts_on": "2021-01-01", "due_on": "2021-12-31"}
    return {f"targets-0-{name}": value for name, value in terms.items()}


def test_an_administrator_writes_a_plan_and_a_reviewer_publishes_it(city, administrator, reviewer):
    pages = [
        (Project, {
            "title": "The gate", "slug": "gate", "short_title": "", "part_counter": "", "place": "",
            "investment": "4800万元", "leads": ["works-office"], "partners": [], **management("milestones", 1),
            "milestones-0-number": "1", "milestones-0-code": "built", "milestones-0-title": "Built",
            "milestones-0-unit": "%", "milestones-0-verb": "建成", "milestones-0-begun": "动工",
        }),
        (Plan, {
            "year": "2021", "title": "Plan of 2021", "short_title": "2021", "guideline": "", "source": "",
            "starts_on": "2021-01-01", "ends_on": "2021-12-31", "adopted_on": "",
            "lag_warning": "10", "lag_alarm": "30", "reporting_months": "1", "grace_days": "10", "authority": "市里",
            **management("groups", 1), "groups-0-code": "works", "groups-0-number": "1", "groups-0-title": "Works",
            "groups-0-noun": "work", "groups-0-counter": "x",
            **management("series", 1), "series-0-code": "vows", "series-0-number": "1", "series-0-title": "Vows",
            "series-0-short_title": "Vows", "series-0-noun": "vow", "series-0-counter": "x",
            **management("indicators"), **management("outlines"),
        }),
    ]  # fmt: skip
    for model, data in pages:
        assert administrator.post(address(model, "add"), data).status_code == 302
    plan, gate = Plan.objects.get(year=2021), Project.objects.get(slug="gate")
    assert gate.investment == 48_000_000
    refused = reviewer.post(address(plan, "publish"), follow=True)
    assert told(refused) == ["里面还没有一件承诺、一项任务或一个指标。"]
    task = {"group": plan.groups.get().pk, "number": "1", "title": "Gates", **management("measures", 1)}
    task |= {"measures-0-number": "1", "measures-0-title": "Build them", "leads": ["works-office"]}
    assert administrator.post(address(Task, "add"), task).status_code == 302
    commitment = {"series": plan.series.get().pk, "number": "1", "project": gate.pk, "goal": "FINISH"}
    commitment |= {"annual_investment": "", **management("targets", 1), **target_data(city.built)}
    foreign = administrator.post(address(Commitment, "add"), commitment)
    assert "这是另一个项目的节点" in str(foreign.context["inline_admin_formsets"][0].formset.errors)
    commitment["targets-0-milestone"] = gate.milestones.get().pk
    assert administrator.post(address(Commitment, "add"), commitment).status_code == 302
    assert administrator.post(address(plan, "publish")).status_code == 403
    reviewer.post(address(plan, "publish"))
    plan.refresh_from_db()
    gate.refresh_from_db()
    assert (plan.published_by, plan.drafted_by, gate.entry) == (city.reviewer, city.administrator, plan.entry)


def test_nothing_is_added_to_a_published_plan(city, administrator):
    group, series = city.plan.groups.get(), city.plan.series.get()
    task = {"group": group.pk, "number": "9", "title": "Late", **management("measures")}
    assert "addition" in errors_of(administrator.post(address(Task, "add"), task))
    commitment = {"series": series.pk, "number": "9", "project": city.bridge.pk, "goal": "START"}
    commitment |= management("targets")
    assert "addition" in errors_of(administrator.post(address(Commitment, "add"), commitment))


def test_a_published_project_takes_new_milestones_for_a_later_plan(city, administrator):
    assert f"?project={city.bridge.pk}" in administrator.get(address(city.bridge)).content.decode()
    data = {"project": city.bridge.pk, "number": "3", "code": "lit", "title": "Lit", "unit": "piece"}
    data |= {"is_counted": "on", "verb": "点亮", "begun": "开始"}
    assert administrator.post(address(Milestone, "add"), data).status_code == 302
    assert (
        administrator.post(address(Milestone.objects.get(code="lit")), data | {"title": "Well lit"}).status_code == 302
    )
    assert Milestone.objects.get(code="lit").title == "Well lit"


def test_a_source_is_free_until_something_public_cites_it(city, administrator):
    source = a_source("leaflet")
    data = {"key": "leaflet", "kind": "NEWS", "title": "Leaflet", "publisher": "", "editor": "", "issued_on": ""}
    assert administrator.post(address(source), data).status_code == 302
    department = a_department("fire-office", source=source, drafted_by=city.administrator)
    published_by(department, city.reviewer)
    assert administrator.post(address(source), data | {"title": "Other"}).status_code == 403


def test_a_person_cites_no_illustration(city, administrator):
    source = a_source("fiction", kind="ILLUSTRATIVE")
    data = {"slug": "fire-office", "name": "Fire office", "phone": "", "source": source.pk}
    assert "source" in errors_of(administrator.post(address(Department, "add"), data))


# Accounts

PASSWORD = {"password1": "a-long-phrase-9", "password2": "a-long-phrase-9"}
NO_DEPARTMENT = management("memberships")


def role(name: str) -> int:
    return Group.objects.get(name=name).pk


def test_an_administrator_makes_an_account_with_its_role_and_department(city, administrator):
    data = {"username": "li", "first_name": "Li", **PASSWORD, "groups": [role(OFFICIAL)]}
    data |= management("memberships", 1) | {"memberships-0-department": city.works.pk}
    assert administrator.post(address(User, "add"), data).status_code == 302
    user = User.objects.get(username="li")
    assert [group.name for group in user.groups.all()] == [OFFICIAL]
    assert user.memberships.get().department == city.works
    user.given_password.delete()  # once they have chosen one of their own
    assert signed_in(user).get(filing(city)).status_code == 200


def test_an_account_may_have_an_address_for_reminders(city, administrator):
    data = {"username": "li", "first_name": "Li", "email": "li@city.example", **PASSWORD, **NO_DEPARTMENT}
    assert administrator.post(address(User, "add"), data).status_code == 302
    li = User.objects.get(username="li")
    assert li.email == "li@city.example"
    wrong = administrator.post(address(li), {"username": "li", "email": "li@", **NO_DEPARTMENT})
    assert "email" in errors_of(wrong)
    administrator.post(address(li), {"username": "li", "email": "", **NO_DEPARTMENT})
    assert User.objects.get(username="li").email == ""


def test_an_account_is_never_more_than_its_roles(city, administrator):
    forged = {"is_superuser": "on", "is_staff": "on", "user_permissions": ["1"], "is_active": "on"}
    new = {"username": "li", "first_name": "", **PASSWORD, **NO_DEPARTMENT, **forged}
    administrator.post(address(User, "add"), new)
    administrator.post(address(city.editor), {"username": "editor", "first_name": "", **NO_DEPARTMENT, **forged})
    for user in (User.objects.get(username="li"), User.objects.get(username="editor")):
        assert not user.is_superuser
        assert not user.user_permissions.exists()


def test_groups_beyond_the_four_roles_cannot_be_given(city, administrator):
    stray = Group.objects.create(name="everything")
    data = {"username": "editor", "first_name": "", "groups": [stray.pk], "is_active": "on", **NO_DEPARTMENT}
    assert "groups" in errors_of(administrator.post(address(city.editor), data))


@pytest.mark.parametrize("other", [OFFICIAL, ADMINISTRATOR])
def test_who_reviews_does_not_draft(city, administrator, other):
    data = {"username": "editor", "first_name": "", "groups": [role(REVIEWER), role(other)], **NO_DEPARTMENT}
    assert "要两个人" in str(errors_of(administrator.post(address(city.editor), data))["groups"])


def test_nobody_changes_their_own_roles(city, administrator):
    data = {"username": "admin", "first_name": "Ada", "groups": [role(EDITOR)], **management("memberships", 1)}
    data |= {"memberships-0-department": city.works.pk}
    administrator.post(address(city.administrator), data)
    user = User.objects.get(username="admin")
    assert user.first_name == "Ada"
    assert user.is_active
    assert [group.name for group in user.groups.all()] == [ADMINISTRATOR]
    assert not Membership.objects.filter(user=user).exists()


def test_superusers_are_out_of_reach(city, administrator):
    root = User.objects.create_superuser("root", password="kept")
    password = address(root).replace("change/", "password/")
    assert administrator.post(address(root), {"username": "toor", "first_name": "", **NO_DEPARTMENT}).status_code == 403
    assert administrator.post(password, {**PASSWORD, "usable_password": "true"}).status_code == 403
    root.refresh_from_db()
    assert root.check_password("kept")


def test_accounts_are_switched_off_and_never_deleted(city, administrator):
    assert administrator.post(address(city.editor, "delete"), {"post": "yes"}).status_code == 403
    client = signed_in(city.editor)
    administrator.post(address(city.editor), {"username": "editor", "first_name": "", **NO_DEPARTMENT})
    assert client.get(address(Article, "changelist")).status_code == 302
    superuser = signed_in(User.objects.create_superuser("root"))
    assert superuser.post(address(city.editor, "delete"), {"post": "yes"}).status_code == 403


def test_an_administrator_sets_a_new_password(city, administrator):
    response = administrator.post(
        address(city.editor).replace("change/", "password/"), {**PASSWORD, "usable_password": "true"}
    )
    assert response.status_code == 302
    city.editor.refresh_from_db()
    assert city.editor.check_password(PASSWORD["password1"])


def test_roles_are_made_again_the_same(db):
    def state():
        return {group.name: sorted(group.permissions.values_list("pk", flat=True)) for group in Group.objects.all()}

    before = state()
    Group.objects.get(name=EDITOR).permissions.clear()
    make_roles()
    assert state() == before
    assert before.keys() == GRANTS.keys()
    assert all(before.values())


# News


def test_an_article_from_draft_to_publication(city, editor, client):
    editor.post(address(Article, "add"), article_data(projects=[city.bridge.pk], tasks=[Task.objects.get().pk]))
    article = Article.objects.get()
    assert article.author == city.editor
    assert client.get("/news/bridge-stands/").status_code == 404
    assert editor.get(address(Article, "changelist")).context["cl"].result_list[0].state == "draft"
    editor.post(address(article), article_data(is_published="on"))
    article.refresh_from_db()
    assert article.published_at <= timezone.now()
    assert client.get("/news/bridge-stands/").status_code == 200


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "draft"),
        ({"is_published": "on"}, "published"),
        ({"is_published": "on", "published_at_0": "2099-01-01", "published_at_1": "08:00"}, "scheduled"),
        ({"is_published": "on", "published_at_0": "2020-01-01", "published_at_1": "08:00"}, "published"),
    ],
)
def test_the_state_of_an_article(city, editor, changed, state):
    editor.post(address(Article, "add"), article_data(**changed))
    listed = editor.get(address(Article, "changelist"), {"state": state}).context["cl"].result_list
    assert [article.state for article in listed] == [state]


def test_an_article_links_to_what_is_public_only(city, editor):
    draft = a_project("secret-gate")
    plan = a_plan(draft, year=2021)
    response = editor.post(
        address(Article, "add"), article_data(projects=[draft.pk], tasks=[plan.groups.get().tasks.get().pk])
    )
    assert {"projects", "tasks"} <= errors_of(response).keys()
    assert not Article.objects.exists()


def test_a_cover_is_cleaned_and_needs_words(city, editor, client, tmp_path):
    def cover(content=None):
        return SimpleUploadedFile("c.png", content or a_picture(tmp_path / "c.png", "PNG").read_bytes())

    wordless = editor.post(address(Article, "add"), article_data(cover=cover()))
    assert errors_of(wordless).keys() == {"cover_alt", "cover_credit", "is_cover_consented"}
    words = {"cover_alt": "A bridge", "cover_credit": "The city", "is_cover_consented": "on"}
    hostile = editor.post(address(Article, "add"), article_data(cover=cover(b"GIF89a"), **words))
    assert "这不是能读的" in errors_of(hostile)["cover"][0]
    editor.post(address(Article, "add"), article_data(cover=cover(), **words))
    article = Article.objects.get()
    assert article.cover.name.endswith(".jpg")
    assert editor.get(address(article, "cover")).status_code == 200
    assert client.get(address(article, "cover")).status_code == 302
    assert signed_in(city.official).get(address(article, "cover")).status_code == 404


def test_a_cover_can_be_taken_away(city, editor, tmp_path, settings, django_capture_on_commit_callbacks):
    photo = SimpleUploadedFile("c.jpg", a_picture(tmp_path / "c.jpg").read_bytes())
    words = {"cover_alt": "A bridge", "cover_credit": "The city", "is_cover_consented": "on"}
    editor.post(address(Article, "add"), article_data(cover=photo, **words))
    article = Article.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(address(article), article_data(is_cover_removed="on"))
    article.refresh_from_db()
    assert not article.cover
    assert not stored_files(settings)


# The frame


def test_the_frame_speaks_chinese_and_puts_daily_work_first(city, official, administrator):
    page = official.get("/admin/").content.decode()
    assert "承诺公开后台" in page
    assert "Report" not in page
    models = [m["object_name"] for app in official.get("/admin/").context["app_list"] for m in app["models"]]
    assert models == [
        *("Report", "Adjustment", "Project", "Milestone"),
        *("TaskReport", "Reading", "PlanAdjustment"),
    ]
    apps = [app["app_label"] for app in administrator.get("/admin/").context["app_list"]]
    assert apps == ["projects", "tasks", "ledger", "auth", "huozhou_portal"]


INLINE = re.compile(r"<[^>]+\s(?:style|on[a-z]+)\s*=|<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I)


def test_pages_of_our_own_hold_no_inline_script_or_style(city, official, reviewer, submitted):
    pages = [
        (official, address(Report, "add")),
        (official, filing(city)),
        (official, address(Adjustment, "add")),
        (official, adjusting(city.bridge)),
        (official, REPORTS),
        (reviewer, address(submitted)),
        (reviewer, address(Redaction, "add")),
    ]
    for client, page in pages:
        response = client.get(page)
        assert response.status_code == 200
        assert not INLINE.findall(response.content.decode()), page


def a_draft_commitment(city, number):
    return a_plan(a_project(f"gate-{number}", title=f"Gate {number}"), year=2020 + number)


# The list, whose, and what adds a row to it.
LISTS = [
    (Report, "official", lambda city, n: a_report(city.bridge, f"2020-0{n + 4}-28", by=city.official)),
    (Report, "reviewer", lambda city, n: a_report(city.pool, f"2020-0{n + 4}-28", by=city.other_official)),
    (Adjustment, "official", lambda city, n: an_adjustment(city.built, by=city.official, title=f"Title {n}")),
    (PlanAdjustment, "administrator", lambda city, n: an_adjustment(city.indicator, target=str(40 + n))),
    (Reading, "reviewer", lambda city, n: an_indicator_reading(city.indicator, f"2020-0{n + 4}-28", 30)),
    (Redaction, "reviewer", lambda city, n: Redaction.objects.create(target_id=n, field="text", reason="A name.")),
    (Department, "administrator", lambda city, n: a_department(f"office-{n}", drafted_by=city.administrator)),
    (Project, "administrator", lambda city, n: a_project(f"gate-{n}", lead=city.works)),
    (Milestone, "administrator", lambda city, n: a_milestone(city.bridge, f"part-{n}")),
    (Commitment, "administrator", a_draft_commitment),
    (Task, "reviewer", a_draft_commitment),
    (Plan, "reviewer", a_draft_commitment),
    (Source, "administrator", lambda city, n: a_source(f"leaflet-{n}")),
    (User, "administrator", lambda city, n: an_official(city.works, name=f"another-{n}")),
    (Article, "editor", lambda city, n: Article.objects.create(title="A", slug=f"a-{n}", body="B", author=city.editor)),
    (Entry, "reviewer", lambda city, n: published(a_department(f"office-{n}"), on=f"2020-06-0{n}")),
    (AuditRecord, "administrator", lambda city, n: record(AuditAction.SIGN_IN, by=city.people[n])),
]


@pytest.mark.parametrize(("model", "person", "add"), LISTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_list_asks_as_often_for_one_row_as_for_three(city, model, person, add):
    client = signed_in(getattr(city, person))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(model, "changelist")).status_code == 200
        return len(captured)

    add(city, 1)
    queries()  # content types are remembered from the first page on
    one = queries()
    add(city, 2)
    add(city, 3)
    assert queries() == one


@pytest.mark.parametrize("person", ["editor", "reviewer", "administrator"])
@pytest.mark.parametrize(("kind", "n"), [("ILLUSTRATIVE", 0), ("NEWS", 1)])
def test_nobody_makes_an_illustrative_source(city, person, kind, n):
    client, before = signed_in(getattr(city, person)), Source.objects.count()
    data = {"key": "a-leaflet", "kind": kind, "title": "A leaflet", "publisher": "", "editor": "", "url": ""}
    client.post(address(Source, "add"), data | {"issued_on": "", "_save": ""})
    assert Source.objects.count() == before + n
