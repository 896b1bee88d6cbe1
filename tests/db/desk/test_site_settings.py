"""What the administrator says of the site at the desk, and what the operator has fixed."""

import json

import pytest
from django.urls import reverse

from accounts.models import AuditRecord, SiteSettings
from accounts.publisher import NAMES, UNNAMED, publisher
from common import lru_cache
from tests.factories import a_reviewer, an_administrator, an_editor
from tests.small_city import filled_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TOLD = {
    "site_name": "青山县说了什么办了什么",
    "site_organizer": "青山县人民政府",
    "site_undertaker": "青山县政务中心",
    "contact_line": "0350-0000001（工作日）",
    "complaint_line": "督查室 0350-0000002",
    "site_id_code": "1409000001",
    "icp_number": "晋ICP备00000001号",
    "police_number": "晋公网安备 00000000000001号",
    "official_mark_url": "https://mark.example.gov.cn/1",
    "site_error_url": "https://error.example.gov.cn/1",
}
ADD = "admin:huozhou_portal_sitesettings_add"
CHANGE = "/admin/huozhou_portal/sitesettings/1/change/"
LIST = "/admin/huozhou_portal/sitesettings/"


@pytest.fixture
def administrator(db):
    return signed_in(an_administrator())


def test_every_text_of_the_site_can_be_set():
    assert {*TOLD} == {*NAMES}


def test_what_is_set_stands_on_every_page_at_once(administrator, client, plan_2020):
    assert UNNAMED in client.get("/2020/").content.decode()
    assert administrator.get(LIST)["Location"] == reverse(ADD)
    assert administrator.post(reverse(ADD), TOLD).status_code == 302
    assert administrator.get(LIST)["Location"] == CHANGE
    for address in ("/2020/", "/about/", "/nowhere/"):
        page = client.get(address).content.decode()
        assert [text for text in TOLD.values() if text.rpartition(" ")[2].partition("（")[0] not in page] == [], address
    assert UNNAMED not in client.get("/2020/").content.decode()
    assert "<title>工作台 | 青山县说了什么办了什么 · 后台" in " ".join(
        administrator.get("/admin/").content.decode().split()
    )


def text_at(client, address: str) -> str:
    """As people read it: neither escaped, as JSON is, nor in lines of a limited length, as those of a calendar are."""
    text = client.get(address).content.decode().replace("\r\n ", "")
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("{") else text


def test_everything_that_names_the_site_takes_the_name_of_the_day(administrator, client, plan_2020):
    addresses = ("/manifest.webmanifest", "/feeds/record.atom", "/2020/deadlines.ics", "/2020/poster/")
    before = {address: text_at(client, address) for address in addresses}
    administrator.post(reverse(ADD), TOLD)
    for address, text in before.items():
        assert UNNAMED in text, address
        now = text_at(client, address)
        assert (TOLD["site_name"] in now, UNNAMED in now) == (True, False), address
    assert (
        f"<author><name>{TOLD['site_organizer']}</name></author>" in client.get("/feeds/record.atom").content.decode()
    )


def test_whom_to_complain_to_stands_beside_12345(administrator, client, plan_2020):
    administrator.post(reverse(ADD), TOLD)
    page = client.get("/projects/city-roads/mismatch/?what=idle").content.decode()
    assert page.index("12345") < page.index('href="tel:03500000002"') < page.rindex('href="tel:03500000001"')


def test_what_the_operator_fixed_can_be_seen_but_not_changed(administrator, settings):
    administrator.post(reverse(ADD), TOLD)
    settings.SITE_NAME, settings.CONTACT_LINE = "固定的名字" * 20, "0350-9999999"
    form = administrator.get(CHANGE)
    page = form.content.decode()
    assert page.count("由运维人员固定") == 2
    assert f'value="{settings.SITE_NAME}"' in page
    data = filled_in(form) | {"site_name": "另一个", "contact_line": "", "icp_number": "换了"}
    assert administrator.post(CHANGE, data).status_code == 302
    assert (publisher().site_name, publisher().contact_line, publisher().icp_number) == (
        settings.SITE_NAME, settings.CONTACT_LINE, "换了",
    )  # fmt: skip
    settings.SITE_NAME = settings.CONTACT_LINE = ""
    assert (publisher().site_name, publisher().contact_line) == (TOLD["site_name"], TOLD["contact_line"])


WRONG = {
    "a code that is too short": ("site_id_code", "140900", "政府网站标识码是 10 位数字或字母"),
    "an address that is none": ("official_mark_url", "标识", "网址"),
    "a script": ("site_error_url", "javascript:alert(1)", "网址"),
    "a name that is too long": ("site_name", "长" * 41, "40"),
}


@pytest.mark.parametrize(("name", "value", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_written_wrong_is_refused(administrator, name, value, reason):
    page = administrator.post(reverse(ADD), TOLD | {name: value})
    assert page.status_code == 200
    assert reason in str(page.context["adminform"].form.errors[name])
    assert not SiteSettings.objects.exists()


def test_it_is_cleaned_and_written_to_the_audit_log(administrator):
    administrator.post(reverse(ADD), TOLD | {"site_name": " 青山\u200b县 ", "site_id_code": "１４０９０００００１"})
    row = SiteSettings.objects.get()
    assert (row.site_name, row.site_id_code) == ("青山县", "1409000001")
    data = filled_in(administrator.get(CHANGE)) | {"site_name": "青山县承诺"}
    administrator.post(CHANGE, data)
    assert AuditRecord.objects.first().changes == [["网站名称", "青山县", "青山县承诺"]]


def test_there_is_one_row_whoever_is_first(administrator):
    administrator.post(reverse(ADD), TOLD)
    assert administrator.post(reverse(ADD), TOLD | {"site_name": "又一个"}).status_code == 403
    assert SiteSettings.objects.get().site_name == TOLD["site_name"]


@pytest.mark.parametrize("make", [a_reviewer, an_editor])
def test_nobody_else_sets_it(make):
    SiteSettings.objects.create(**TOLD)
    client = signed_in(make())
    assert client.get(LIST).status_code == 403
    assert client.post(CHANGE, TOLD).status_code == 403


def test_it_costs_a_process_one_query_and_then_none(django_assert_num_queries):
    SiteSettings.objects.create(**TOLD)
    lru_cache.clear()
    with django_assert_num_queries(1):
        assert [publisher().site_name, publisher().contact_line] == [TOLD["site_name"], TOLD["contact_line"]]
    with django_assert_num_queries(0):
        assert publisher().site_name == TOLD["site_name"]
