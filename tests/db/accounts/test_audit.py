"""The audit trail: no act at the desk without its record, no record that changes, and nothing in it that has to be hidden."""

import json
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.core.serializers import deserialize, serialize
from django.db import models, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.audit_log import FieldText, difference, digest_only_fields, digest_text, record, snapshot
from accounts.models import AppendOnlyError, AuditAction, AuditRecord
from accounts.roles import EDITOR, REVIEWER
from desk.admin.base import DeskAdmin
from ledger.models import Entry
from news.models import Article
from projects.models import Department, Evidence, MilestoneReading, Redaction, Report, ReviewNote
from projects.publishing import all_facts
from tests.factories import a_department, a_report, an_administrator, an_editor, an_evidence
from tests.small_city import (
    LINK,
    OWN,
    RIGHT,
    WRONG,
    a_draft,
    address,
    choose,
    guess,
    report_data,
    reset,
    save_person,
    send,
    sign_in,
    signed_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def acts() -> list[AuditRecord]:
    """What was done at the desk, in its order; who came and went apart."""
    return list(AuditRecord.objects.exclude(kind__in=[AuditAction.SIGN_IN, AuditAction.SIGN_OUT]).order_by("pk"))


def kept() -> str:
    """Everything the trail and the admin's own history hold."""
    rows = [list(model.objects.values()) for model in (AuditRecord, LogEntry)]
    return json.dumps(rows, default=str, ensure_ascii=False)


# What is told of a row


def test_a_row_is_told_by_its_labels_as_people_read_it(city):
    told = {text.label: text.text for text in snapshot(city.bridge).values()}
    assert told["名称"] == "The bridge"
    assert told["总投资（元）"] == "48000000"
    assert told["牵头部门"] == "Works office"


@pytest.mark.parametrize("field", ["text", "problem", "next_step", "correction_reason", "over_investment_reason"])
def test_free_text_of_the_record_is_told_by_length_and_digest(city, field):
    report = a_report(city.bridge, "2020-05-31", **{field: "A name that must go."})
    told = {key[2]: text.text for key, text in snapshot(report).items()}
    assert told[field] == digest_text("A name that must go.")
    assert told[field].startswith("（20 字，摘要 ")


def test_every_text_that_a_redaction_can_hide_is_untold(city):
    report = a_report(city.bridge, "2020-05-31", {"built": 55})
    evidence = an_evidence(report, title="A face", url="https://example.org/face", content=b"%PDF-1")
    told = str(snapshot(report, [Evidence, MilestoneReading]))
    assert "face" not in told
    assert evidence.file.name not in told
    assert "Built" in told


def test_no_free_text_of_any_fact_is_told():
    told = {
        f"{model.__name__}.{field.name}"
        for model in (*all_facts(), ReviewNote)
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField) and field.name not in digest_only_fields(model)
    }
    assert told == {"Plan.guideline"}  # the city's own words, which the ledger holds as they are


def test_a_digest_is_not_one_that_can_be_tried_out(settings):
    before = digest_text("13800000000")
    settings.SECRET_KEY = "another"
    assert digest_text("13800000000") != before


def test_other_long_texts_are_cut(db):
    article = Article.objects.create(title="A", slug="a", body="x" * 5000)
    (body,) = [text.text for key, text in snapshot(article).items() if key[2] == "body"]
    assert body.startswith("<p>" + "x" * 117 + "……（共 5007 字，摘要 ")
    assert len(body) < 160


def test_secrets_are_never_told(db):
    user = User.objects.create_user("li", password=RIGHT)
    assert {"password", "last_login"}.isdisjoint(key[2] for key in snapshot(user))


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {"a": "1"}, [["A", None, "1"]]),
        ({"a": "1"}, {}, [["A", "1", None]]),
        ({"a": "1"}, {"a": "2"}, [["A", "1", "2"]]),
        ({"a": "1"}, {"a": "1"}, []),
        ({"a": "1", "b": "2"}, {"b": "3", "c": "4"}, [["A", "1", None], ["B", "2", "3"], ["C", None, "4"]]),
    ],
)
def test_the_difference_of_two_moments(before, after, changes):
    moments = [
        {("Row", 1, key): FieldText(key.upper(), text) for key, text in said.items()} for said in (before, after)
    ]
    assert difference(*moments) == changes


# Every change has its record


def draft_of_department(city):
    return a_department("fire-office", name="Fire", drafted_by=city.administrator)


def added(city):
    data = {"slug": "fire-office", "name": "Fire", "phone": "", "source": ""}
    signed_in(city.administrator).post(address(Department, "add"), data)


def changed(city):
    data = {"slug": "fire-office", "name": "Fire brigade", "phone": "", "source": ""}
    signed_in(city.administrator).post(address(draft_of_department(city)), data)


def deleted(city):
    signed_in(city.administrator).post(address(draft_of_department(city), "delete"), {"post": "yes"})


def published_by_a_reviewer(city):
    signed_in(city.reviewer).post(address(draft_of_department(city), "publish"))


def part_added(city):
    data = report_data(city, **LINK, _save="")
    draft = a_draft(
        city.bridge, "2020-05-31", {"built": 55}, by=city.official, text="The piers stand.", spent=12_000_000
    )
    signed_in(city.official).post(address(draft), data)


def value_changed(city):
    draft = a_draft(
        city.bridge, "2020-05-31", {"built": 54}, by=city.official, text="The piers stand.", spent=12_000_000
    )
    signed_in(city.official).post(address(draft), report_data(city, _save=""))


def submitted(city):
    draft = a_draft(
        city.bridge, "2020-05-31", {"built": 55}, by=city.official, text="The piers stand.", spent=12_000_000
    )
    official = signed_in(city.official)
    send(official, official.post(address(draft), report_data(city, _submit="")))


def withdrawn(city):
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    signed_in(city.official).post(address(report, "withdraw"))


def returned(city):
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    signed_in(city.reviewer).post(address(report, "return"), {"note": "Why?"})


def redacted(city):
    entry = city.bridge.reports.get().entry
    hiding = address(Redaction, "add", f"?entry={entry.pk}&field=text")
    signed_in(city.second_reviewer).post(hiding, {"reason": "A name."})


def roles_changed(city):
    editor = city.editor
    groups = [Group.objects.get(name=REVIEWER).pk]
    save_person(signed_in(city.administrator), editor, groups=groups)


def membership_given(city):
    joined = {"memberships-TOTAL_FORMS": "1", "memberships-0-department": city.works.pk}
    save_person(signed_in(city.administrator), city.editor, **joined)


def switched_off(city):
    save_person(signed_in(city.administrator), city.editor, is_active=None)


def password_reset(city):
    reset(signed_in(city.administrator), city.editor)


def unlocked(city):
    guess(5, name=city.editor.username)
    signed_in(city.administrator).post(address(city.editor, "unlock"))


def password_chosen(city):
    city.editor.set_password(RIGHT)
    city.editor.save()
    choose(signed_in(city.editor), RIGHT, OWN)


DONE = {
    added: (AuditAction.ADD, "administrator", "部门：Fire", ["名称", None, "Fire"]),
    changed: (AuditAction.CHANGE, "administrator", "部门：Fire brigade", ["名称", "Fire", "Fire brigade"]),
    deleted: (AuditAction.DELETE, "administrator", "部门：Fire", ["名称", "Fire", None]),
    published_by_a_reviewer: (AuditAction.PUBLISH, "reviewer", "部门：Fire", None),
    part_added: (AuditAction.CHANGE, "official", "进展报告：The bridge（2020-05-31）", ["种类", None, "链接"]),
    value_changed: (AuditAction.CHANGE, "official", "进展报告：The bridge（2020-05-31）", ["累计完成", "54", "55"]),
    submitted: (AuditAction.SUBMIT, "official", "进展报告：The bridge（2020-05-31）", ["送审时间", None, ...]),
    withdrawn: (AuditAction.WITHDRAW, "official", "进展报告：The bridge（2020-05-31）", ["送审时间", ..., None]),
    returned: (AuditAction.RETURN, "reviewer", "进展报告：The bridge（2020-05-31）", None),
    redacted: (AuditAction.REDACT, "second_reviewer", "依法隐去：隐去", None),
    roles_changed: (AuditAction.CHANGE, "administrator", "用户：editor", ["组", EDITOR, REVIEWER]),
    membership_given: (AuditAction.CHANGE, "administrator", "用户：editor", ["部门", None, "Works office"]),
    switched_off: (AuditAction.CHANGE, "administrator", "用户：editor", ["有效", "是", "否"]),
    password_reset: (AuditAction.RESET, "administrator", "用户：editor", None),
    unlocked: (AuditAction.UNLOCK, "administrator", "用户：editor", None),
    password_chosen: (AuditAction.PASSWORD, "editor", "用户：editor", None),
}


@pytest.mark.parametrize("act", DONE, ids=lambda act: act.__name__)
def test_every_act_has_its_record(city, act):
    kind, person, subject, change = DONE[act]
    act(city)
    found = acts()[-1]
    assert (found.kind, found.person, found.address) == (kind, getattr(city, person), "127.0.0.1")
    assert found.subject.startswith(subject)
    if change:
        told = [[label.rpartition(" · ")[2], old, new] for label, old, new in found.changes]
        assert any(all(wanted in (..., is_so) for wanted, is_so in zip(change, one, strict=True)) for one in told), told
    assert LogEntry.objects.filter(user=found.person).exists() or act is password_chosen


def test_every_page_of_the_admin_keeps_the_trail():
    assert [page for page in admin.site._registry.values() if not isinstance(page, DeskAdmin)] == []


def test_what_changed_nothing_leaves_no_record(city):
    draft = draft_of_department(city)
    data = {"slug": "fire-office", "name": "Fire", "phone": draft.phone, "source": ""}
    assert signed_in(city.administrator).post(address(draft), data).status_code == 302
    assert acts() == []


@pytest.mark.parametrize(
    "act", [added, changed, deleted, published_by_a_reviewer, submitted, withdrawn, returned, redacted]
)
def test_no_change_without_its_record(city, act, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("no room for the record")

    def state():
        return [list(model.objects.order_by("pk").values()) for model in (Department, Report, Redaction, Entry)]

    monkeypatch.setattr("desk.admin.audited.record", fails)
    before = None

    def remembering(client, *args, **kwargs):
        nonlocal before
        before = state()
        return post(client, *args, **kwargs)

    post = Client.post
    monkeypatch.setattr(Client, "post", remembering)
    with pytest.raises(RuntimeError):
        act(city)
    assert state() == before


def test_a_refused_act_leaves_no_record(city):
    report = a_report(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    signed_in(city.reviewer).post(address(report, "return"), {"note": ""})
    signed_in(city.official).post(address(report, "publish"))
    signed_in(city.official).post(address(report), report_data(city, _save=""))
    assert acts() == []


def test_what_is_hidden_by_law_lives_on_nowhere(city):
    """A report is filed, returned, mended, published and redacted: its texts are in no row of the trail or the history."""
    official, reviewer = signed_in(city.official), signed_in(city.reviewer)
    secret = {name: f"Canary {name}" for name in ("text", "problem", "next_step", "internal_note")}
    evidence = LINK | {"evidence-0-title": "Canary title", "evidence-0-url": "https://canary.example.org/"}
    page = address(Report, "add", f"?project={city.bridge.pk}")
    send(official, official.post(page, report_data(city, **secret, **evidence, _submit="")))
    report = Report.objects.get(held_on="2020-05-31")
    reviewer.post(address(report, "return"), {"note": "Canary note"})
    existing = {
        "evidence-INITIAL_FORMS": "1",
        "evidence-0-id": report.evidence.get().pk,
        "evidence-0-report": report.pk,
    }
    mended = report_data(city, **secret | {"text": "Canary more"}, **evidence, _submit="") | existing
    send(official, official.post(address(report), mended))
    reviewer.post(address(report, "publish"))
    report.refresh_from_db()
    for field in ("text", "evidence/1"):
        hiding = address(Redaction, "add", f"?entry={report.entry.pk}&field={field}")
        reviewer.post(hiding, {"reason": "Canary reason"})
        signed_in(city.second_reviewer).post(address(Redaction.objects.get(field=field), "confirm"))
    kinds = [found.kind for found in acts()]
    assert kinds.count(AuditAction.REDACT) == 4
    assert {AuditAction.ADD, AuditAction.SUBMIT, AuditAction.RETURN, AuditAction.CHANGE, AuditAction.PUBLISH} <= set(
        kinds
    )
    assert "canary" not in kept().lower()


def test_no_secret_is_in_any_record(city):
    city.editor.set_password(RIGHT)
    city.editor.save()
    client = Client()
    sign_in("editor", RIGHT, client)
    sign_in("editor", WRONG)
    choose(client, RIGHT, OWN)
    reset(signed_in(city.administrator), city.editor, "given-phrase-6")
    city.editor.refresh_from_db()
    for secret in (RIGHT, WRONG, OWN, "given-phrase-6", city.editor.password, client.cookies["sessionid"].value):
        assert secret not in kept()


# Who comes and goes


def test_who_comes_and_goes(city):
    city.editor.set_password(RIGHT)
    city.editor.first_name = "Li"
    city.editor.save()
    client = Client()
    for name, password in [("editor", WRONG), ("nobody", WRONG), ("editor", RIGHT)]:
        sign_in(name, password, client, HTTP_USER_AGENT="A browser")
    client.post("/admin/logout/", REMOTE_ADDR="192.0.2.1")
    found = AuditRecord.objects.order_by("pk").values_list("kind", "person", "person_name", "address")
    assert list(found) == [
        (AuditAction.FAILURE, city.editor.pk, "自称 Li（editor）", "192.0.2.1"),
        (AuditAction.FAILURE, None, "（没有这个账号）", "192.0.2.1"),
        (AuditAction.SIGN_IN, city.editor.pk, "Li（editor）", "192.0.2.1"),
        (AuditAction.SIGN_OUT, city.editor.pk, "Li（editor）", "192.0.2.1"),
    ]
    assert AuditRecord.objects.filter(agent="A browser").count() == 3


def test_a_closed_door_is_told_once(city):
    guess(20, name="editor")
    kinds = list(AuditRecord.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [AuditAction.FAILURE] * 5 + [AuditAction.LOCKOUT]


# Append-only


@pytest.fixture
def one(db):
    return record(AuditAction.CHANGE, by=an_editor(), note="As it was.")


WRITES = {
    "save": lambda one: one.save(),
    "save of a copy": lambda one: AuditRecord(pk=one.pk, kind=AuditAction.ADD).save(),
    "save of one field": lambda one: one.save(update_fields=["note"]),
    "update": lambda _one: AuditRecord.objects.update(note="Other."),
    "update of some": lambda one: AuditRecord.objects.filter(pk=one.pk).update(note="Other."),
    "base manager": lambda _one: AuditRecord._base_manager.update(note="Other."),
    "delete": lambda one: one.delete(),
    "delete of some": lambda one: AuditRecord.objects.filter(pk=one.pk).delete(),
    "raw delete": lambda _one: AuditRecord.objects.all()._raw_delete("default"),
    "bulk_create": lambda _one: AuditRecord.objects.bulk_create([AuditRecord(kind=AuditAction.ADD)]),
    "append": lambda one: AuditRecord.objects.append([one]),
    "bulk_update": lambda one: AuditRecord.objects.bulk_update([one], ["note"]),
    "update_or_create": lambda one: AuditRecord.objects.update_or_create(pk=one.pk, defaults={"note": "Other."}),
    "fixture": lambda one: [row.save() for row in deserialize("json", serialize("json", [one]))],
}


@pytest.mark.parametrize("write", WRITES)
def test_a_record_stands(one, write):
    before = list(AuditRecord.objects.values())
    one.note = "Other."
    with pytest.raises(AppendOnlyError), transaction.atomic():
        WRITES[write](one)
    assert list(AuditRecord.objects.values()) == before


@pytest.mark.parametrize(
    "fields", [{"kind": "OTHER"}, {"kind": AuditAction.ADD, "person": True}], ids=["kind", "no name"]
)
def test_the_database_refuses_nonsense(db, fields):
    fields = {**fields, "person": an_editor()} if "person" in fields else fields
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditRecord.objects.create(**fields)


@pytest.mark.parametrize("text", ["\x00", "x" * 5000, "\x00" * 5000, "字" * 300])
def test_what_is_too_long_or_no_text_is_made_to_fit(db, text):
    found = record(AuditAction.FAILURE, name=text or "?", note=text)
    found.refresh_from_db()
    assert len(found.person_name) <= 200
    assert "\x00" not in found.person_name + found.note


# The page


def test_administrators_read_it_and_nobody_writes(city):
    changed(city)
    found, client = acts()[-1], signed_in(city.administrator)
    page = client.get(address(AuditRecord, "changelist", f"?kind__exact={found.kind}"))
    assert list(page.context["cl"].result_list) == [found]
    text = client.get(address(found)).content.decode()
    assert "Fire brigade" in text
    assert 'name="_save"' not in text
    for client in map(signed_in, (city.administrator, User.objects.create_superuser("root"))):
        assert client.post(address(found), {"note": "Other."}).status_code == 403
        assert client.post(address(found, "delete"), {"post": "yes"}).status_code == 403
        assert client.post(address(AuditRecord, "add"), {"kind": AuditAction.ADD}).status_code == 403
    for person in (city.reviewer, city.official, city.editor):
        assert signed_in(person).get(address(AuditRecord, "changelist")).status_code == 403


@pytest.mark.parametrize(
    ("query", "n"),
    [("kind__exact=ADD", 1), ("person__id__exact={person}", 2), ("at__year=2026&at__month=3&at__day=2", 1), ("q=Fire", 1),
     ("q=192.0.2", 1), ("", 3)],
)  # fmt: skip
def test_the_list_by_person_kind_and_day(db, query, n):
    administrator = an_administrator()
    client = signed_in(administrator)
    AuditRecord.objects.create(kind=AuditAction.ADD, person=administrator, person_name="A", subject="部门：Fire")
    AuditRecord.objects.create(kind=AuditAction.FAILURE, address="192.0.2.1", at="2026-03-01T16:30:00Z")
    page = client.get(address(AuditRecord, "changelist", f"?{query.format(person=administrator.pk)}"))
    assert len(page.context["cl"].result_list) == n


def test_markup_in_a_record_stands_as_text(city):
    found = record(
        AuditAction.CHANGE, name="<b>", note="<script>", changes=[["<i>", "<script>alert(1)</script>", None]]
    )
    client = signed_in(city.administrator)
    for page in (address(found), address(AuditRecord, "changelist")):
        assert "<script>alert" not in client.get(page).content.decode()


EXPORT = "/admin/huozhou_portal/auditrecord/export/"


def test_what_the_list_shows_can_be_taken_along_and_that_is_on_record(city):
    changed(city)
    record(AuditAction.RETURN, name="=1+1", changes=[["A", None, "B"]])
    client = signed_in(city.administrator)
    content = client.get(EXPORT, {"kind__exact": "CHANGE"}).content.decode("utf-8-sig")
    assert "名称：Fire → Fire brigade" in content
    assert "部门：Fire brigade" in content
    assert "退回" not in content
    assert "'=1+1" in client.get(EXPORT).content.decode("utf-8-sig")
    newest, before = AuditRecord.objects.filter(kind=AuditAction.EXPORT)
    assert (before.note, before.person, newest.note) == ("审计记录 1 条", city.administrator, "审计记录 5 条")


@pytest.mark.parametrize(
    "query", ["at__year=x", "at__year=99999999999999999999", "kind__regex=%5B", "person__id__exact=x"]
)
def test_no_question_makes_the_export_fall(db, query):
    assert signed_in(an_administrator()).get(f"{EXPORT}?{query}").status_code in {302, 400}


@pytest.mark.parametrize("person", ["reviewer", "official", "editor"])
def test_nobody_else_takes_it_along(city, person):
    assert signed_in(getattr(city, person)).get(EXPORT).status_code == 403
    assert signed_in(city.administrator).post(EXPORT).status_code == 405


# Pruning


def old(days: int) -> AuditRecord:
    return AuditRecord.objects.create(kind=AuditAction.CHANGE, at=timezone.now() - timedelta(days=days))


def test_pruning_takes_what_is_old_and_leaves_a_record_of_it(db, capsys):
    old(400), old(181), old(179)
    call_command("prune_audit", "--dry-run")
    assert "有 2 条，没有删除" in capsys.readouterr().out
    assert AuditRecord.objects.count() == 3
    call_command("prune_audit")
    newest, kept_one = AuditRecord.objects.all()
    assert (newest.kind, kept_one.kind) == (AuditAction.PRUNE, AuditAction.CHANGE)
    assert newest.note.endswith("2 条")
    call_command("prune_audit", days=365)
    assert AuditRecord.objects.count() == 2


@pytest.mark.parametrize("days", ["179", "0", "-1", "99999999999"])
def test_nothing_younger_is_pruned(db, days):
    old(400)
    with pytest.raises(CommandError):
        call_command("prune_audit", "--days", days)
    assert AuditRecord.objects.count() == 1
