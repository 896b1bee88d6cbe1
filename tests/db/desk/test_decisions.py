"""One decision that changes several promises of a plan: typed once, an adjustment and an entry of each."""

from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditAction, AuditRecord
from desk.admin.versions import DECIDED_ON
from tasks.models import PlanAdjustment
from tests.factories import a_department, a_plan, a_project, an_adjustment, an_administrator, moment, published
from tests.people_at_work import form_of
from tests.small_city import address, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WHY = {"decided_on": ["2020-06-20"], "decided_by": ["GOVERNMENT"], "document": ["Decision 7"], "reason": ["Rock."]}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(moment("2020-06-25"), tick=False):
        yield


def door(plan) -> str:
    return reverse("admin:tasks_planadjustment_together") + f"?plan={plan.pk}"


def typed(client, plan, **changed):
    sent = form_of(client.get(door(plan)).content.decode()) | WHY
    return client.post(door(plan), sent | changed)


def key(promise) -> str:
    return f"{promise._meta.model_name}-{promise.pk}"


def test_whoever_looks_for_a_due_day_is_led_to_the_targets(city):
    official = signed_in(city.official)
    here, there = reverse("admin:projects_adjustment_add"), reverse("admin:tasks_planadjustment_add")
    assert (
        f'<a href="{there}">改期限、目标的数、分步，或者取消，在“计划调整”里</a>' in official.get(here).content.decode()
    )
    assert "期限、目标的数、分步，选“目标”里的一项，不在“承诺事项”里" in official.get(there).content.decode()


def test_what_is_typed_once_becomes_an_adjustment_and_an_entry_of_each(city):
    """docs/rules.md: adjustments, two-people, document."""
    administrator, reviewer = signed_in(city.administrator), signed_in(city.reviewer)
    pool = city.pool.commitments.get()
    changes = {
        "due_on_of_all": ["2021-06-30"],
        f"{key(city.to_build)}-tick": ["on"],
        f"{key(city.to_open)}-due_on": ["2021年3月31日"],
        f"{key(pool)}-dropped": ["on"],
        "document_file": SimpleUploadedFile("decision.pdf", PAPER),
    }
    page = typed(administrator, city.plan, **changes)
    drafts = {one.promise: one for one in PlanAdjustment.objects.all()}
    assert {promise: one.changes for promise, one in drafts.items()} == {
        city.to_build: {"due_on": ["2020-12-31", "2021-06-30"]},
        city.to_open: {"due_on": ["2020-12-31", "2021-03-31"]},
        pool: {"dropped": [False, True]},
    }
    assert len({one.document_file.name for one in drafts.values()}) == 3
    for one in drafts.values():
        assert (one.reason, one.document, one.decided_by) == ("Rock.", "Decision 7", "GOVERNMENT")
        assert (one.decided_on, one.drafted_by, one.submitted_at) == (date(2020, 6, 20), city.administrator, None)
        assert AuditRecord.objects.filter(kind=AuditAction.ADD, subject_key=f"tasks.planadjustment:{one.pk}").exists()
    look = page["Location"]
    html = administrator.get(look).content.decode()
    for words in ("2021-06-30", "2021-03-31", "已取消", "Rock.", "送审全部 3 份"):
        assert words in html, words
    sent = administrator.post(look, form_of(html.replace("<form method", '<form id="a_form" method')), follow=True)
    assert "已送审 3 份" in " ".join(told(sent))
    for one in PlanAdjustment.objects.all():
        assert one.submitted_by == city.administrator
        reviewer.post(address(one, "publish"))
    assert len({one.entry_id for one in PlanAdjustment.objects.published()}) == 3


def test_every_error_stands_at_its_place_and_nothing_is_drafted(city):
    published(an_adjustment(city.to_fill, amount="120"), on="2020-06-24")
    changes = {
        f"{key(city.to_build)}-tick": ["on"],
        f"{key(city.to_open)}-due_on": ["2019-06-30"],
        f"{key(city.to_fill)}-amount": ["120"],
        "reason": [""],
    }
    page = typed(signed_in(city.administrator), city.plan, **changes)
    assert page.status_code == 200
    assert {name: list(texts) for name, texts in page.context["form"].errors.items()} == {
        "reason": ["请填写。"],
        f"{key(city.to_build)}-tick": ["勾上了，没有写改成什么。"],
        f"{key(city.to_open)}-due_on": ["“Opened”：完成时限不能早于开始日期 2020-01-01。"],
        f"{key(city.to_fill)}-amount": ["和现在的一样，不用填。"],
    }
    assert 'value="2019-06-30"' in page.content.decode()
    assert not PlanAdjustment.objects.drafts().exists()


def test_nothing_chosen_is_said(city):
    page = typed(signed_in(city.administrator), city.plan)
    assert "一项也没有改" in page.content.decode()


def test_an_official_decides_on_what_the_department_leads(city):
    official = signed_in(city.official)
    html = official.get(door(city.plan)).content.decode()
    assert key(city.to_build) in html
    assert key(city.to_fill) not in html
    beginning = official.get(address(PlanAdjustment, "add")).content.decode()
    assert door(city.plan) in beginning
    typed(official, city.plan, **{f"{key(city.to_fill)}-amount": ["5"], f"{key(city.to_build)}-amount": ["80"]})
    assert [one.promise for one in PlanAdjustment.objects.all()] == [city.to_build]


def test_another_departments_drafts_are_sent_by_nobody_else(city):
    official, other = signed_in(city.official), signed_in(city.other_official)
    look = typed(official, city.plan, **{f"{key(city.to_build)}-amount": ["80"]})["Location"]
    assert other.get(look).status_code == 404
    assert other.post(look).status_code == 404
    assert not PlanAdjustment.objects.exclude(submitted_at=None).exists()


def test_what_was_changed_since_it_was_looked_at_is_not_sent(city):
    administrator = signed_in(city.administrator)
    changes = {f"{key(city.to_build)}-amount": ["80"], f"{key(city.to_open)}-amount": ["2"]}
    look = typed(administrator, city.plan, **changes)["Location"]
    html = administrator.get(look).content.decode()
    assert DECIDED_ON in html
    PlanAdjustment.objects.filter(target=city.to_open).update(reason="Another.")
    sent = form_of(html.replace("<form method", '<form id="a_form" method'))
    assert "看过以后又有变化" in " ".join(told(administrator.post(look, sent, follow=True)))
    assert not PlanAdjustment.objects.exclude(submitted_at=None).exists()


def test_what_was_given_up_is_not_offered(city):
    published(an_adjustment(city.pool.commitments.get(), dropped=True), on="2020-06-24")
    html = signed_in(city.administrator).get(door(city.plan)).content.decode()
    assert key(city.to_build) in html
    assert key(city.to_fill) not in html


def test_the_table_of_a_public_plan_leads_there(city):
    table = reverse("admin:plan-table", args=[city.plan.pk])
    assert door(city.plan) in signed_in(city.administrator).get(table).content.decode()
    assert door(city.plan) not in signed_in(city.reviewer).get(table).content.decode()


def test_more_promises_ask_no_more():
    office = a_department()
    client, counts = signed_in(an_administrator()), []
    for year, n in ((2018, 1), (2019, 3)):
        parts = [f"part-{i}" for i in range(n)]
        plan = published(
            a_plan(*(a_project(f"p-{year}-{i}", milestones=parts, lead=office) for i in range(n)), year=year)
        )
        client.get(door(plan))
        with CaptureQueriesContext(connection) as queries:
            client.get(door(plan))
        counts.append(len(queries))
    assert counts[0] == counts[1]
