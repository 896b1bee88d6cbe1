"""The larger display: one link, remembered, and never a way to lead a visitor elsewhere."""

import pytest

from common.display import COOKIE

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_visitor_gets_no_cookie_until_they_choose(client):
    assert not client.get("/about/").cookies


def test_the_link_on_a_page_leads_back_to_it_larger_and_then_back_again(client):
    page = client.get("/about/?noted=x").content.decode()
    assert "data-display" not in page
    assert "/display/?to=large&amp;next=%2Fabout%2F%3Fnoted%3Dx" in page
    chosen = client.get("/display/?to=large&next=/about/%3Fnoted%3Dx")
    assert (chosen.status_code, chosen["Location"]) == (302, "/about/?noted=x")
    cookie = chosen.cookies[COOKIE]
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Lax", True, "/")
    assert int(cookie["max-age"]) > 300 * 24 * 3600
    larger = client.get("/about/").content.decode()
    assert '<html lang="zh-Hans" data-display="large">' in larger
    assert "to=normal" in larger
    client.get("/display/?to=normal&next=/about/")
    assert "data-display" not in client.get("/about/").content.decode()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.com/",
        "//example.com/",
        "/\\example.com",
        "javascript:alert(1)",
        "\x00",
        "",
        "x" * 3000,
        "about/",
    ],
)
def test_nothing_leads_elsewhere(client, elsewhere):
    assert client.get("/display/", {"to": "large", "next": elsewhere})["Location"] == "/"


@pytest.mark.parametrize("to", ["", "huge", "\x00", "large "])
def test_what_is_no_choice_changes_nothing(client, to):
    client.cookies[COOKIE] = "large"
    assert not client.get("/display/", {"to": to, "next": "/about/"}).cookies


def test_caches_are_told_that_pages_differ_and_data_do_not(client):
    assert "Cookie" in client.get("/about/")["Vary"]
    assert "Cookie" not in client.get("/api/v1/plans").get("Vary", "")


def test_a_forged_choice_is_the_normal_one(client):
    client.cookies[COOKIE] = '"><script>'
    assert "data-display" not in client.get("/about/").content.decode()
