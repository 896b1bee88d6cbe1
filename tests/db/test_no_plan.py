"""Before the first plan is public: no address fails, and what residents read is calm."""

import re

import pytest

from tests.factories import a_department, a_reviewer, an_administrator, published_by
from tests.public_routes import routes
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

GUESSED = {
    "year": "2026",
    "month": "05",
    "slug": "roads",
    "seq": "1",
    "series": "livelihood",
    "number": "1",
    "group": "area",
    "name": "a.jpg",
}
ASKED = ("", "?as_of=2020-09-30", "?q=路", "?page=2")
WAYS = ["/", "/projects/", "/tasks/", "/departments/", "/projects/?as_of=2020-09-30", "/departments/?as_of=2020-09-30"]


@pytest.mark.parametrize("address", WAYS)
def test_there_is_nothing_to_lead_to(client, address):
    response = client.get(address)
    assert response.status_code == 200
    page = response.content.decode()
    assert "<title>今年的承诺还没有公布 · " in page
    assert "公布以后，说了要做什么、做到哪一步、谁负责，都会写在这里" in page


def test_no_address_fails_or_speaks_of_another_city(client):
    n_asked = 0
    for route in routes():
        for query in ASKED:
            address = route.template.format(**GUESSED) + query
            response = client.get(address)
            n_asked += 1
            assert response.status_code in (200, 302, 400, 404), address
            page = response.content.decode("utf-8", "ignore")
            assert "霍州" not in page, address
            if response["Content-Type"].startswith("text/html") and response.status_code == 404:
                assert "没有这一页" in page or "没有第" in page, address
    assert n_asked > 200


def test_the_ledger_says_that_there_is_nothing_yet(client):
    page = client.get("/ledger/").content.decode()
    assert "还没有公布过什么，所以这里一条也没有。" in page
    assert "没有符合条件的记录" not in page


def test_departments_that_are_public_before_any_plan_are_there_with_their_phones(client):
    reviewer, administrator = a_reviewer(), an_administrator()
    for slug, name, phone in (("roads", "交通运输局", "0357-0000001"), ("water", "水利局", "")):
        published_by(a_department(slug, name=name, phone=phone, drafted_by=administrator), reviewer)
    for address in ("/departments/", "/departments/roads/"):
        page = client.get(address).content.decode()
        assert "今年的承诺还没有公布" in page
        assert re.search(r'交通运输局：.*href="tel:03570000001"', page)
        assert ("水利局：电话没有公布" in page) == (address == "/departments/")
    assert client.get("/departments/roads/?as_of=2020-01-01").status_code == 400
    assert client.get("/departments/nobody/").status_code == 404
    for address in ("/", "/sitemap.xml", "/map/", "/ledger/"):
        links = set(re.findall(r'(?:href="|<loc>http://testserver)(/[^"<#]*)', client.get(address).content.decode()))
        assert {link for link in links if client.get(link).status_code >= 400} == set(), address


def test_the_style_guide_is_there_for_those_who_change_components(client):
    assert signed_in(an_administrator("somebody")).get("/styleguide/").status_code == 200
