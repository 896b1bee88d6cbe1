"""What was changed behind the program's back is found, named, and ends the command with 1."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models.fields.files import FieldFile
from django.test.utils import CaptureQueriesContext

from ledger import chain
from ledger.chain import GENESIS, hash_of, head
from ledger.guard import publishing
from ledger.models import Entry
from projects import verification
from projects.models import FirstReviewer
from projects.publishing import all_facts
from projects.verification import first_difference
from tasks.models import Outline
from tests.db.projects.conftest import one_of_each
from tests.factories import (
    a_check,
    a_correction,
    a_milestone,
    a_plan,
    a_project,
    a_redaction,
    a_report,
    a_reviewer,
    an_evidence,
    an_indicator,
    an_indicator_reading,
    an_official,
    day,
    published,
    published_by,
)

pytestmark = pytest.mark.both_databases


def verify(noted: str | None = None) -> str:
    """What the command says, or the fault that it ends with."""
    out = StringIO()
    try:
        call_command("verify_ledger", *(["--head", noted] if noted else []), stdout=out)
    except CommandError as error:
        return f"exit code {error.returncode}: {error}"
    return out.getvalue()


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def fault_after(*statements: str, noted: str | None = None) -> str:
    """What is found once someone with access to the database has run these; they are undone afterwards."""
    with transaction.atomic():
        run(*statements)
        found = verify(noted)
        transaction.set_rollback(True)
    return found


def test_an_untouched_record_is_in_order(city):
    assert verify() == f"台账核对通过：{head().seq} 条。凭证 {head().voucher}\n"
    for entry in Entry.objects.all():
        assert "核对通过" in verify(entry.voucher)


def test_a_record_of_before_entries_said_who_acted_is_in_order(city):
    published_by(a_report(city.bridge, "2020-07-31", {"built": 70}, by=an_official()), a_reviewer())
    previous = GENESIS
    with publishing():
        for model in all_facts():
            model.objects.published().update(acts=[], acts_salt="")
        FirstReviewer.objects.all().delete()
        for entry in Entry.objects.order_by("seq"):
            entry.payload = {name: told for name, told in entry.payload.items() if name not in ("acts", "reviewers")}
            entry.previous = previous
            entry.hash = previous = hash_of(entry)
            entry.save()
    assert "核对通过" in verify()


def test_evidence_laid_beside_a_check_that_had_none_is_found(city):
    """As every check of before checks could have any."""
    check = published(a_check(city.gate, "2020-07-20"), "2020-07-21")
    assert "evidence" not in check.entry.payload
    with publishing():
        an_evidence(check, title="Laid beside it")
    assert "不同：evidence" in verify()


def test_an_empty_record_is_in_order(db):
    assert verify() == "台账核对通过：0 条。凭证 （还没有）\n"


def test_corrections_redactions_and_a_second_plan_are_in_order(city):
    published(a_correction(city.report, {"built": 25}), "2020-08-01")
    published(a_redaction(city.report, "evidence/1"), "2020-08-02")
    city.report.refresh_from_db()
    painted = a_milestone(city.bridge, "painted")
    plan = published(a_plan(city.bridge, a_project("road", milestones=("paved",)), year=2021), "2020-12-31")
    assert {one["id"] for one in plan.entry.payload["milestones"]} == {painted.identifier, "road/paved"}
    assert {one["milestone"] for one in plan.entry.payload["targets"]} >= {painted.identifier, "bridge/built"}
    assert "核对通过" in verify()


def test_drafts_do_not_concern_the_record(city):
    a_plan(a_project("road"), year=2021)
    assert "核对通过" in fault_after("UPDATE tasks_plan SET title = 'Another' WHERE year = 2021")


# fmt: off
TAMPERING = [
    # What reports say.
    pytest.param("UPDATE projects_milestonereading SET value = 90 WHERE value = 30", "进展报告", "readings.bridge/built", id="a reading's value"),
    pytest.param("DELETE FROM projects_milestonereading WHERE value = 30", "进展报告", "readings.bridge/built", id="a reading removed"),
    pytest.param("UPDATE projects_report SET text = 'All is well.'", "进展报告", "texts.text", id="a report's text"),
    pytest.param("UPDATE projects_report SET next_step = 'Nothing.'", "进展报告", "texts.next_step", id="a text added"),
    pytest.param("UPDATE projects_report SET problem = 'None.'", "进展报告", "texts.problem", id="a redacted text replaced"),
    pytest.param("UPDATE projects_report SET spent = spent + 1", "进展报告", "spent", id="a report's spending"),
    pytest.param("UPDATE projects_report SET spent = NULL", "进展报告", "spent", id="a report's spending removed"),
    pytest.param("UPDATE projects_report SET held_on = '2020-04-29'", "进展报告", "held_on", id="a report's day"),
    pytest.param("UPDATE projects_report SET is_over_target_confirmed = NOT is_over_target_confirmed", "进展报告", "is_over_target_confirmed", id="a confirmation"),
    pytest.param("UPDATE projects_report SET salts = '{}'", "进展报告", "texts.text", id="a salt removed"),
    pytest.param("UPDATE projects_evidence SET title = 'Another picture'", "进展报告", "evidence[0].title", id="an evidence's title"),
    pytest.param("UPDATE projects_evidence SET file = ''", "进展报告", "evidence[0].file", id="an evidence's file taken off"),
    pytest.param("UPDATE projects_evidence SET url = 'https://example.org/'", "进展报告", "evidence[0].url", id="an address added to an evidence"),
    pytest.param("DELETE FROM projects_evidence", "进展报告", "evidence", id="an evidence removed"),
    # What was promised.
    pytest.param("UPDATE tasks_target SET due_on = '2020-11-30' WHERE amount = 100", "年度计划", "targets[0].due_on", id="a target's due day"),
    pytest.param("UPDATE tasks_target SET amount = 90 WHERE amount = 100", "年度计划", "targets[0].amount", id="a target's amount"),
    pytest.param("UPDATE tasks_target SET weight = 2 WHERE amount = 1", "年度计划", "targets[1].weight", id="a target's weight"),
    pytest.param("UPDATE tasks_target SET pace = 'LINEAR'", "年度计划", "targets[1].pace", id="a target's pace"),
    pytest.param("""UPDATE tasks_target SET steps = '[["2020-06-30", "0.5"]]' WHERE amount = 1""", "年度计划", "targets[1].steps", id="a target's steps"),
    pytest.param("""UPDATE tasks_target SET inferred = '["due_on"]' WHERE amount = 1""", "年度计划", "targets[1].inferred", id="whose reading a day is"),
    pytest.param("UPDATE projects_milestone SET verb = '修好' WHERE code = 'opened'", "年度计划", "milestones[1].verb", id="a milestone's verb"),
    pytest.param("UPDATE tasks_plan SET title = 'Another plan'", "年度计划", "title", id="a plan's title"),
    pytest.param("UPDATE tasks_plan SET ends_on = '2021-12-31'", "年度计划", "ends_on", id="a plan's last day"),
    pytest.param("UPDATE tasks_plan SET lag_alarm = 90", "年度计划", "lag_alarm", id="a plan's threshold"),
    pytest.param("UPDATE tasks_task SET title = 'Another task'", "年度计划", "tasks[0].title", id="a task's title"),
    pytest.param("UPDATE tasks_measure SET title = 'Another measure'", "年度计划", "measures[0].title", id="a measure's title"),
    pytest.param("DELETE FROM tasks_contribution", "年度计划", "contributions", id="a project that serves no more"),
    pytest.param("UPDATE tasks_commitment SET goal = 'ADVANCE'", "年度计划", "commitments[0].goal", id="a commitment's goal"),
    pytest.param("UPDATE tasks_commitment SET annual_investment = 1", "年度计划", "commitments[0].annual_investment", id="a commitment's money"),
    pytest.param("DELETE FROM tasks_target WHERE pace = 'STEP'", "年度计划", "targets", id="a target removed"),
    pytest.param("UPDATE tasks_series SET title = 'Wishes'", "年度计划", "series[0].title", id="a series' title"),
    pytest.param("UPDATE tasks_indicator SET target = 30", "年度计划", "indicators[0].target", id="an indicator's target"),
    pytest.param("UPDATE tasks_indicator SET comparator = '≤'", "年度计划", "indicators[0].comparator", id="an indicator's comparator"),
    pytest.param("UPDATE tasks_outlineitem SET title = 'Build first' WHERE number = 1", "年度计划", "outlines[0].items[0].title", id="a point of an outline"),
    pytest.param("UPDATE projects_project SET investment = 1", "年度计划", "projects[0].investment", id="a project's investment"),
    pytest.param("UPDATE projects_project SET leads = '[]'", "年度计划", "projects[0].leads", id="a project's lead"),
    pytest.param("UPDATE projects_project SET partners = '[]'", "年度计划", "projects[0].partners", id="a partner removed"),
    # What changed a promise, what was measured, who answers, where it was read.
    pytest.param("""UPDATE tasks_planadjustment SET changes = '{"due_on": ["2020-12-31", "2022-06-30"]}' WHERE target_id IS NOT NULL""", "计划调整", "changes.due_on[1]", id="an adjustment's change"),
    pytest.param("UPDATE tasks_planadjustment SET reason = 'Rain.'", "计划调整", "texts.reason", id="an adjustment's reason"),
    pytest.param("UPDATE tasks_planadjustment SET decided_on = '2020-03-04'", "计划调整", "decided_on", id="an adjustment's day"),
    pytest.param("UPDATE tasks_planadjustment SET target_id = (SELECT MAX(id) FROM tasks_target) WHERE target_id IS NOT NULL", "计划调整", "promise", id="an adjustment of something else"),
    pytest.param("""UPDATE tasks_planadjustment SET changes = '{"title": ["Plan of 2020", "Dream"]}' WHERE plan_id IS NOT NULL""", "计划调整", "changes.title[1]", id="a plan adjustment's change"),
    pytest.param("UPDATE tasks_planadjustment SET decided_by = 'PARTY'", "计划调整", "decided_by", id="who decided on an adjustment"),
    # What was added, what measures came to, and what somebody found who looked.
    pytest.param("UPDATE tasks_addition SET title = 'Wishes'", "追加的承诺", "title", id="an addition's title"),
    pytest.param("UPDATE tasks_addition SET reason = 'We felt like it.'", "追加的承诺", "texts.reason", id="an addition's reason"),
    pytest.param("UPDATE tasks_commitment SET goal = 'START' WHERE addition_id IS NOT NULL", "追加的承诺", "commitments[0].goal", id="an added commitment's goal"),
    pytest.param("UPDATE tasks_target SET addition_id = NULL WHERE addition_id IS NOT NULL", "追加的承诺", "targets", id="an added target that the plan is said to have had"),
    pytest.param("UPDATE projects_department SET phone = '0000-999' WHERE slug = 'gate-office'", "追加的承诺", "departments[0].phone", id="the phone of a department named first in an addition"),
    pytest.param("UPDATE projects_department SET source_id = NULL, drafted_by_id = 1, published_by_id = 2 WHERE slug = 'gate-office'", "部门", "办理", id="who published a department named first in an addition"),
    pytest.param("UPDATE tasks_taskreport SET declared = 'DONE'", "任务进展", "declared", id="what a measure came to"),
    pytest.param("UPDATE tasks_taskreport SET text = 'All is well.'", "任务进展", "texts.text", id="a measure's report"),
    pytest.param("UPDATE tasks_taskreport SET delay = 'LAND'", "任务进展", "delay", id="a reason of delay"),
    pytest.param("UPDATE tasks_taskevidence SET title = 'Another paper'", "任务进展", "evidence[0].title", id="what shows that a measure's report is true"),
    pytest.param("DELETE FROM tasks_taskevidence", "任务进展", "evidence", id="what shows it removed"),
    pytest.param("UPDATE tasks_check SET finding = 'STOPPED'", "回头看", "finding", id="what somebody found"),
    pytest.param("UPDATE tasks_check SET observer = 'PRESS'", "回头看", "observer", id="who looked"),
    pytest.param("UPDATE tasks_check SET text = 'Empty.'", "回头看", "texts.text", id="what somebody wrote who looked"),
    pytest.param("UPDATE tasks_vote SET satisfied = 151, fairly = 24", "人大测评", "fairly", id="what deputies said"),
    pytest.param("UPDATE tasks_vote SET present = 200", "人大测评", "present", id="how many deputies there were"),
    pytest.param("UPDATE tasks_vote SET body = 'STANDING_COMMITTEE'", "人大测评", "body", id="who voted"),
    pytest.param("UPDATE tasks_vote SET meeting = 'Second session'", "人大测评", "texts.meeting", id="at which meeting"),
    pytest.param("UPDATE tasks_reading SET value = 36", "指标数据", "value", id="an indicator's reading"),
    pytest.param("UPDATE projects_department SET phone = '0000-999' WHERE slug = 'works-office'", "部门", "phone", id="a department's phone"),
    pytest.param("UPDATE projects_redaction SET field = 'text'", "进展报告", "texts.problem", id="a redaction of something else"),
    pytest.param("UPDATE projects_source SET title = 'Another gazette'", "部门", "source.title", id="a source's title"),
    # When it became public.
    pytest.param("UPDATE projects_report SET published_at = '2020-05-07 04:00:00+00:00'", "进展报告", "公布时间被改过", id="a report's moment"),
    pytest.param("UPDATE projects_report SET published_on = '2020-05-07' WHERE held_on = '2020-04-30'", "进展报告", "公布时间被改过", id="a report's day of publication"),
    pytest.param("UPDATE projects_milestone SET published_on = '2020-03-04'", "节点", "公布时间被改过", id="a milestone's day of publication"),
    pytest.param("UPDATE projects_project SET published_on = '2020-03-04'", "项目", "公布时间被改过", id="a project's day of publication"),
    pytest.param("UPDATE tasks_target SET published_on = '2020-03-04' WHERE amount = 1", "目标", "公布时间被改过", id="a target's day of publication"),
    pytest.param("UPDATE projects_source SET published_on = '2020-03-04'", "资料来源", "公布时间被改过", id="a source's day of publication"),
    # The ledger itself.
    pytest.param("""UPDATE ledger_entry SET payload = '{"held_on": "2020-04-30"}' WHERE seq = 4""", "第 4 条", "与它的指纹不符", id="an entry's payload"),
    pytest.param("UPDATE ledger_entry SET subject = 'project:road' WHERE seq = 4", "第 4 条", "与它的指纹不符", id="an entry's subject"),
    pytest.param("UPDATE ledger_entry SET at = '2020-05-08 04:00:01+00:00' WHERE seq = 4", "第 4 条", "与它的指纹不符", id="an entry's moment"),
    pytest.param("UPDATE ledger_entry SET published_on = '2020-05-07' WHERE seq = 4", "第 4 条", "公布日期", id="an entry's day"),
    pytest.param("UPDATE ledger_entry SET hash = '0000' WHERE seq = 4", "第 4 条", "与它的指纹不符", id="an entry's hash"),
    pytest.param("UPDATE ledger_entry SET previous = 'x' WHERE seq = 4", "第 4 条", "没有接着第 3 条", id="an entry's link"),
]
# fmt: on


@pytest.mark.parametrize(("statement", "what", "where"), TAMPERING)
def test_what_was_changed_is_named(city, statement, what, where):
    """docs/rules.md: verification."""
    found = fault_after(statement)
    assert found.startswith("exit code 1: 台账核对不通过：第 ")
    assert what in found
    assert where in found


def other_than(field: models.Field, value):
    """Another value that the field can hold."""
    if field.choices:
        return next(choice for choice, _label in field.choices if choice != value)
    match value:
        case bool():
            return not value
        case int() | Decimal():
            return value + 7
        case date():
            return value + timedelta(1)
        case dict():
            return {**value, "title": ["old", "new"]}
        case FieldFile():
            return "evidence/other.pdf"
    if value is None:
        return day("2020-12-30") if isinstance(field, models.DateField) else 1
    return f"{value}-2"


# Between the city and who is in the photo; between the official and the reviewer.
NEVER_PUBLISHED = [
    "Evidence.is_consented",
    "Report.internal_note",
    "CheckEvidence.is_consented",
    "TaskEvidence.is_consented",
    "TaskReport.internal_note",
    "VoteEvidence.is_consented",
]


def test_whatever_field_of_a_published_row_was_changed_it_is_found(city):
    """Of every model that the guard watches and every field that a form or a fixture can fill and a page can show."""
    unseen = []
    for label, row in one_of_each().items():
        for field in row._meta.concrete_fields:
            if not field.editable or field.primary_key or field.is_relation:
                continue
            with suppress(IntegrityError), transaction.atomic(), publishing():  # some the database refuses itself
                changed = {field.name: other_than(field, getattr(row, field.name))}
                type(row).objects.filter(pk=row.pk).update(**changed)
                if "核对通过" in verify():
                    unseen.append(f"{label}.{field.name}")
                transaction.set_rollback(True)
    assert unseen == NEVER_PUBLISHED


# Files.
def test_a_file_that_was_changed_is_found(city):
    name = city.photo.file.name
    default_storage.delete(name)
    default_storage.save(name, ContentFile(b"%PDF-1 as it should have stood"))
    assert "第 4 条（进展报告“bridge（2020-04-30）”）与现在的内容不同：evidence[0].file" in verify()


def test_a_file_that_is_missing_is_found(city):
    default_storage.delete(city.photo.file.name)
    assert "evidence[0].file" in verify()


def test_a_redacted_file_is_not_missed(city):
    published(a_redaction(city.report, "evidence/1"), "2020-08-02")
    default_storage.delete(city.photo.file.name)
    assert "核对通过" in verify()


def test_another_file_in_the_place_of_a_redacted_one_is_found(city):
    published(a_redaction(city.report, "evidence/1"), "2020-08-02")
    default_storage.save("evidence/other.pdf", ContentFile(b"%PDF-1"))
    assert "evidence[0].file" in fault_after("UPDATE projects_evidence SET file = 'evidence/other.pdf'")


# Rows that are gone, and rows that came from nowhere.
REPORT_GONE = ("DELETE FROM projects_milestonereading", "DELETE FROM projects_evidence", "DELETE FROM projects_report")


def copied(table: str, **values: str) -> str:
    """A statement that adds a copy of the first row, with other values."""
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    quoted = [connection.ops.quote_name(column) for column in columns]
    taken = [values.get(column, name) for column, name in zip(columns, quoted, strict=True)]
    return f"INSERT INTO {table} ({', '.join(quoted)}) SELECT {', '.join(taken)} FROM {table} WHERE id = (SELECT MIN(id) FROM {table})"  # noqa: S608


def test_a_report_that_was_deleted_is_found(city):
    assert "第 4 条公布的内容不见了（project:bridge）" in fault_after(*REPORT_GONE)


def test_a_report_made_a_draft_again_is_found(city):
    found = fault_after("UPDATE projects_report SET entry_id = NULL, published_at = NULL, published_on = NULL")
    assert "第 4 条公布的内容不见了" in found


def test_a_report_added_to_an_entry_is_found(city):
    found = fault_after(copied("projects_report", id="999", code="'forged'", corrects_id="NULL"))
    assert "第 4 条只公布了一件事，现在有 2 件" in found


def test_a_fact_of_another_kind_added_to_an_entry_is_found(city):
    found = fault_after(copied("tasks_reading", id="999", code="'forged'", corrects_id="NULL", entry_id="4"))
    assert "第 4 条只公布了一件事，现在有 2 件" in found


def test_a_promise_added_to_a_plan_is_found(city):
    assert "targets" in fault_after(copied("tasks_target", id="999", milestone_id="3"))
    assert "milestones" in fault_after(copied("projects_milestone", id="999", code="'forged'"))
    assert "projects" in fault_after(copied("projects_project", id="999", slug="'forged'"))
    assert "indicators" in fault_after(copied("tasks_indicator", id="999", code="'forged'"))
    assert "series" in fault_after(copied("tasks_series", id="999", code="'forged'"))


def test_a_promise_that_no_plan_published_is_found(city):
    found = fault_after(
        copied("projects_milestone", id="999", code="'forged'", entry_id="4", **published_with(city.report))
    )
    assert "第 4 条没有公布节点“built”" in found


def published_with(fact) -> dict[str, str]:
    return {"published_at": f"'{fact.published_at:%Y-%m-%d %H:%M:%S}+00:00'", "published_on": f"'{fact.published_on}'"}


def test_a_part_added_to_what_is_public_is_found(city):
    assert "evidence" in fault_after(copied("projects_evidence", id="999", position="2"))
    assert "outlines[0].items" in fault_after(copied("tasks_outlineitem", id="999", number="9"))


@pytest.mark.parametrize("table", ["projects_project", "projects_milestone", "tasks_indicator", "projects_department"])
def test_a_row_that_others_hang_on_is_found_missing(city, table):
    """As a database without foreign keys would let it be deleted."""
    assert fault_after(f"DELETE FROM {table}").startswith("exit code 1: 台账核对不通过：第 ")  # noqa: S608


# Rows that point elsewhere, to something of the same name.
def test_a_reading_moved_to_a_milestone_of_another_project_is_found(city):
    road = a_project("road", milestones=("built",))
    other = road.milestones.get().pk
    found = fault_after(f"UPDATE projects_milestonereading SET milestone_id = {other} WHERE value = 30")  # noqa: S608
    assert "readings.bridge/built" in found


@pytest.mark.parametrize(
    ("table", "where"), [("tasks_indicator", "indicators[0].task"), ("tasks_outline", "outlines[0].task")]
)
def test_a_promise_moved_to_the_same_task_of_another_year_is_found(city, table, where):
    plan = a_plan(a_project("road", milestones=("paved",)), year=2021)
    task = plan.groups.get().tasks.get()
    an_indicator(plan, task=task)
    Outline.objects.create(plan=plan, task=task, code="way", title="The way")
    published(plan, "2020-12-31")
    other = city.plan.groups.get().tasks.get().pk
    found = fault_after(f"UPDATE {table} SET task_id = {other} WHERE task_id IS NOT NULL")  # noqa: S608
    assert where in found


# The ledger itself.
def test_an_entry_removed_from_the_middle_is_found(city):
    assert "第 4 条不见了（接着的是第 5 条）" in fault_after("DELETE FROM ledger_entry WHERE seq = 4")


def test_a_last_entry_removed_while_its_fact_stays_is_found(city):
    published(a_plan(a_project("road", milestones=("paved",)), year=2021), "2020-12-31")
    assert "第 15 条不见了" in fault_after("DELETE FROM ledger_entry WHERE seq = 15")


def test_a_row_that_names_an_entry_that_never_was_is_found(city):
    found = fault_after("UPDATE projects_source SET entry_id = 99")
    assert "第 99 条不见了，它公布的资料来源“Gazette”还在" in found


@pytest.fixture
def latest(city):
    return published(an_indicator_reading(city.greenery, "2020-07-31", 35), "2020-08-05")


CUT = ("DELETE FROM tasks_reading WHERE value = 35", "DELETE FROM ledger_entry WHERE seq = 15")


def test_a_tail_cut_off_with_its_facts_is_found_with_a_noted_voucher_alone(latest):
    noted = head().voucher
    assert "核对通过：14 条" in fault_after(*CUT)
    assert "末尾被截断了" in fault_after(*CUT, noted=noted)


def rewrite_from(seq: int) -> None:
    """Compute every hash from there on anew, as whoever owns the database can."""
    with publishing():
        for entry in Entry.objects.filter(seq__gte=seq).order_by("seq"):
            before = Entry.objects.filter(seq=entry.seq - 1).first()
            entry.previous = before.hash if before else GENESIS
            entry.hash = hash_of(entry)
            entry.save()


def test_a_history_rewritten_throughout_is_found_with_a_noted_voucher_alone(latest):
    noted, untouched = head().voucher, Entry.objects.get(seq=6).voucher
    with publishing():
        type(latest).objects.filter(pk=latest.pk).update(value=36)
        entry = latest.entry
        entry.payload["value"] = "36"
        entry.save()
    assert "第 15 条的内容与它的指纹不符" in verify()
    rewrite_from(15)
    assert "核对通过" in verify()
    assert "核对通过" in verify(untouched)
    assert "第 15 条的指纹与记下的凭证不同" in verify(noted)


def test_a_voucher_may_come_as_a_page_prints_it_in_pieces(city):
    out = StringIO()
    seq, _, digits = head().voucher.partition(":")
    groups = [digits[start : start + 8] for start in range(0, 64, 8)]
    call_command("verify_ledger", "--head", "凭证", f"{seq}:", *groups, stdout=out)
    assert "核对通过" in out.getvalue()


def test_what_is_no_voucher_is_refused(city):
    assert "请填整个凭证" in verify("yesterday's")
    before = head().voucher.index(":") + 1
    assert "只读到 39 个字符的指纹，太短" in verify(head().voucher[: before + 39])
    assert "核对通过" in verify(head().voucher[: before + 40])


def test_what_is_published_while_the_record_is_checked_is_no_fault(city, monkeypatch):
    read_facts = verification._facts

    def slowly(entries):
        found = read_facts(entries)
        published(an_indicator_reading(city.greenery, "2020-07-31", 35), "2020-08-05")
        return found

    monkeypatch.setattr(verification, "_facts", slowly)
    assert "核对通过" in verify()


def test_entries_are_proved_in_few_questions_and_each_is_hashed_once(city, monkeypatch):
    """What an entry published is asked for with its batch, however many entries that holds."""
    hashes = []
    monkeypatch.setattr(chain, "hash_of", lambda entry: hashes.append(entry.seq) or hash_of(entry))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert list(verification.differences()) == []
        return len(queries)

    before = asked()
    assert hashes == list(range(1, head().seq + 1))
    for n in range(1, 8):
        published(a_report(city.bridge, f"2020-07-{n:02}", {"built": 30}), "2020-08-05")
    assert asked() == before


def test_batches_leave_out_no_entry(city, monkeypatch):
    monkeypatch.setattr(verification, "BATCH", 2)
    assert [one.seq for batch in verification._batches(head().seq) for one in batch] == list(range(1, head().seq + 1))
    assert "held_on" in fault_after("UPDATE projects_report SET held_on = '2020-04-29'")
    assert "核对通过" in verify()


# Comparing payloads.
@pytest.mark.parametrize(
    ("recorded", "rebuilt", "place"),
    [
        pytest.param({"a": 1}, {"a": 1}, "", id="the same"),
        pytest.param({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b[1]", id="deep inside"),
        pytest.param({"a": [1]}, {"a": [1, 2]}, "a", id="another length"),
        pytest.param({"a": 1}, {"a": 1, "b": None}, "", id="nothing more"),
        pytest.param({"a": 1}, {"a": 1, "b": 0}, "b", id="something more"),
        pytest.param({"b": 1, "a": 1}, {"b": 2, "a": 2}, "a", id="the first by name"),
        pytest.param({"a": 1}, {"a": True}, "a", id="a yes is not a one"),
        pytest.param({"a": "1"}, {"a": 1}, "a", id="text is no number"),
        pytest.param({"a": None}, {"a": {}}, "a", id="nothing is not empty"),
    ],
)
def test_the_first_difference_of_two_payloads_is_named_by_its_path(recorded, rebuilt, place):
    assert first_difference(recorded, rebuilt) == place
