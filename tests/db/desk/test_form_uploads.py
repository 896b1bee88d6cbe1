"""Our own form sent at the desk, by the page that takes every table: read, looked at, written as a draft by the second press."""

from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from desk.workbooks.form_writing import plan_workbook
from tasks.models import Addition, Commitment, Plan
from tests.db.desk.test_form_next_year import AFTER, a_year_that_ended
from tests.db.desk.test_form_round_trip import sorted_rows
from tests.factories import (
    a_commitment,
    a_milestone,
    a_plan,
    a_project,
    an_addition,
    an_administrator,
    moment,
    published,
)
from tests.loaded_cities import PLAN_FILE, empty, keep, put
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

UPLOAD = "/admin/tasks/plan/workbook/"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def sent(client: Client, content: bytes):
    """The page that shows what was read."""
    response = client.post(UPLOAD, {"file": SimpleUploadedFile("表.xlsx", content)})
    return client.get(response.headers["Location"])


def written(client: Client, page) -> str:
    """The address to which the second press leads."""
    response = client.post(page.request["PATH_INFO"], {"seen": page.context["run"].seen})
    assert response.status_code == 302, page.context["run"].problems
    return response.headers["Location"]


def test_2020_goes_out_and_comes_in(db):
    put(PLAN_FILE)
    before, content = Plan.objects.get().payload(), plan_workbook(Plan.objects.get())
    empty()
    client = signed_in(an_administrator())
    page = sent(client, content)
    assert "读到 15 项承诺、20 个目标、6 个指标、11 项任务、37 条举措" in page.content.decode()
    assert not Plan.objects.exists()
    plan_page = written(client, page)
    assert plan_page == reverse("admin:plan-table", args=[Plan.objects.get().pk])
    assert sorted_rows(Plan.objects.get().payload()) == sorted_rows(before)


def test_next_years_plan_takes_five_presses(db):
    """The page, the download, the page to send it, sending it, writing it."""
    keep("a year that ended", a_year_that_ended)
    client = signed_in(an_administrator())
    with time_machine.travel(moment(AFTER)):
        client.get(reverse("admin:plan-from-last-year"))
        content = client.get(reverse("admin:plan-from-last-year"), {"plan": Plan.objects.get().pk}).content
        client.get(UPLOAD)
        page = sent(client, content)
        text = page.content.decode()
        assert "要办成；牵头：住建局；总投资没有公布。" in text, (
            "of the project as it is, which the form need not say again"
        )
        assert "站 10 座（完成），12 月 31 日前（照去年顺延，本站理解）；从 3 座做起。" in text
        written(client, page)
    assert list(Commitment.objects.filter(series__plan__year=2021).values_list("project__slug", flat=True)) == [
        "sewage",
        "road",
    ]


def test_an_addition_comes_by_the_same_page(db):
    plan = published(a_plan())
    ferry = a_project("ferry", title="渡口")
    pier = a_milestone(ferry, "pier", title="码头", unit="座", is_counted=True)
    addition = an_addition(plan, title="六月添的", reason="涨水。", code="june")
    a_commitment(plan, ferry, pier, series="added", addition=addition)
    content = plan_workbook(plan, addition)
    before = addition.payload()
    for row in [*Commitment.objects.get().targets.all(), Commitment.objects.get(), *plan.series.all(), pier, ferry]:
        row.delete()
    addition.delete()
    client = signed_in(an_administrator())
    address = written(client, sent(client, content))
    made = Addition.objects.get()
    assert address == reverse("admin:addition-table", args=[made.pk])
    assert sorted_rows(made.payload()) == sorted_rows(before)


def test_a_public_plan_is_said_once_and_at_its_cell(db):
    plan = published(a_plan())
    client = signed_in(an_administrator())
    page = sent(client, plan_workbook(plan))
    assert [problem.cell for problem in page.context["run"].problems] == ["计划!B1"]
    text = page.content.decode()
    assert "已经公开了" in text
    assert "在“计划”表里填上“追加：名称”" in text
    assert "和公布的不一样的" not in text


def test_faults_are_told_and_marked_at_their_cells(db):
    content = BytesIO()
    book = openpyxl.load_workbook(BytesIO(plan_workbook(a_plan(a_project("bridge", title="桥")))))
    book["计划"]["B2"] = None
    book.save(content)
    n_plans = Plan.objects.count()
    client = signed_in(an_administrator())
    page = sent(client, content.getvalue())
    assert "<strong>计划!B2</strong>：“名称”没有写。" in page.content.decode()
    back = openpyxl.load_workbook(BytesIO(client.get(f"{page.request['PATH_INFO']}marked/").content))
    assert "“名称”没有写" in back["计划"]["B2"].comment.text
    assert Plan.objects.count() == n_plans
