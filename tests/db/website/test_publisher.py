"""What an operator says of the site stands on every page; what they leave out leaves no trace."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plan_2020"), pytest.mark.one_database]

SAID = {
    "SITE_ID_CODE": "1410820001",
    "ICP_NUMBER": "晋ICP备00000000号",
    "POLICE_NUMBER": "晋公网安备 00000000000000号",
    "OFFICIAL_MARK_URL": "https://mark.example.gov.cn/",
    "SITE_ERROR_URL": "https://error.example.gov.cn/",
    "SITE_ORGANIZER": "某市人民政府",
    "SITE_UNDERTAKER": "某市政务中心",
    "CONTACT_LINE": "0357-0000000（工作日）",
}
TRACES = ("SiteName", "SiteIDCode", "网站标识码", "beian", "党政机关", "找错", "主办", "承办", "联系：", 'href="tel:')


def test_what_is_left_out_leaves_no_trace(client, settings):
    for name in SAID:
        setattr(settings, name, "")
    page = client.get("/2020/").content.decode()
    assert [trace for trace in TRACES if trace in page] == []


def test_what_is_said_stands_on_every_page(client, settings):
    for name, value in SAID.items():
        setattr(settings, name, value)
    for address in ("/2020/", "/about/", "/news/", "/nowhere/"):
        page = client.get(address).content.decode()
        assert [value for value in SAID.values() if value.partition("（")[0] not in page] == [], address
        assert '<meta name="SiteIDCode" content="1410820001">' in page
        assert '<meta name="SiteDomain" content="testserver">' in page
        assert 'href="tel:03570000000"' in page


def test_an_article_carries_what_the_rules_for_government_pages_ask(client, settings):
    settings.SITE_ID_CODE = SAID["SITE_ID_CODE"]
    address = client.get("/news/").context["page"].object_list[0].get_absolute_url()
    page = client.get(address).content.decode()
    for name in ("ArticleTitle", "PubDate", "ContentSource", "ColumnName", "ColumnType"):
        assert page.count(f'<meta name="{name}" content="') == 1, name


def test_how_to_complain_is_said_with_and_without_a_line(client, settings):
    settings.CONTACT_LINE = ""
    assert "受理电话没有公布" in client.get("/accessibility/").content.decode()
    settings.CONTACT_LINE = SAID["CONTACT_LINE"]
    assert 'href="tel:03570000000"' in client.get("/accessibility/").content.decode()


def test_the_map_leads_to_every_part(client):
    page = client.get("/map/").content.decode()
    for address in (
        "/2020/",
        "/2020/tasks/major-1/",
        "/2020/tasks/area-8/",
        "/projects/city-roads/",
        "/ledger/",
        "/news/",
    ):
        assert f'href="{address}"' in page
