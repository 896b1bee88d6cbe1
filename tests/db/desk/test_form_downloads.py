"""A plan as our own form, downloaded at the desk: as it is, empty, and for the next year."""

from io import BytesIO
from urllib.parse import quote

import openpyxl
import pytest
import time_machine
from django.urls import reverse

from tasks.models import Plan
from tests.factories import a_reviewer, an_administrator, an_official, moment
from tests.loaded_cities import PLAN_FILE, put
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def plan(db) -> Plan:
    put(PLAN_FILE)
    return Plan.objects.get()


def book_of(response) -> openpyxl.Workbook:
    assert response.status_code == 200, response
    return openpyxl.load_workbook(BytesIO(response.content))


def test_the_page_of_a_plan_leads_to_its_form(plan):
    client = signed_in(an_administrator())
    address = reverse("admin:tasks_plan_workbook", args=[plan.pk])
    assert f'<a href="{address}">导出为表格</a>' in client.get(f"/admin/tasks/plan/{plan.pk}/change/").content.decode()
    response = client.get(address)
    name = quote("年度承诺公开-2020年度计划.xlsx")
    assert response["Content-Disposition"] == f"attachment; filename=\"2020.xlsx\"; filename*=UTF-8''{name}"
    assert book_of(response)["计划"]["B1"].value == 2020


def test_next_years_form_is_two_presses_away(plan):
    client = signed_in(an_administrator())
    page = client.get(reverse("admin:plan-from-last-year")).content.decode()
    assert f'href="?plan={plan.pk}">由“霍州 2020 年承诺”带出 2021 年的表</a>' in page
    with time_machine.travel(moment("2021-02-01")):
        book = book_of(client.get(reverse("admin:plan-from-last-year"), {"plan": plan.pk}))
    assert book["计划"]["B1"].value == 2021
    assert "按 2021-02-01 公布的数据" in " ".join(str(row[0].value) for row in book["说明"].iter_rows())


def test_without_a_plan_there_is_the_empty_form(db):
    client = signed_in(an_administrator())
    page = client.get(reverse("admin:plan-from-last-year")).content.decode()
    address = reverse("admin:plan-empty-workbook")
    assert address in page
    assert book_of(client.get(address)).sheetnames == ["说明", "计划", "部门", "任务", "承诺", "目标", "指标", "示例"]


@pytest.mark.parametrize("plan_key", ["0", "x", "99999999999999999999"])
def test_no_such_plan(db, plan_key):
    assert signed_in(an_administrator()).get("/admin/tasks/plan/from-last-year/", {"plan": plan_key}).status_code == 404


@pytest.mark.parametrize("person", [an_official, a_reviewer])
def test_only_who_may_enter_a_plan_gets_its_form(plan, person):
    client = signed_in(person())
    addresses = ("from-last-year/", f"from-last-year/?plan={plan.pk}", "empty-workbook/", f"{plan.pk}/workbook/")
    assert [client.get(f"/admin/tasks/plan/{one}").status_code for one in addresses] == [403] * 4
    assert "导出为表格" not in client.get(f"/admin/tasks/plan/{plan.pk}/change/").content.decode()
