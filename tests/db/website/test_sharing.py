"""What pages tell programs of themselves: one address, a card to share, data that parse, and a map of it all."""

import json
import re
from functools import cache
from html import unescape
from io import BytesIO
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured
from django.db import connection
from django.template import TemplateSyntaxError
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.publisher import publisher
from news.models import Article
from tests.db.website.test_pages import addresses
from tests.factories import a_plan, a_project, a_report, moment, published
from tests.pure.common.test_components import drawn
from website.templatetags.sharing import structured

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def page_of(client, address, **params):
    return client.get(address, params).content.decode()


def meta(page, name):
    found = re.findall(rf'<meta (?:property|name)="{name}" content="([^"]*)">', page)
    assert len(found) == 1, name
    return unescape(found[0])


def data_of(page):
    """The blocks of schema.org by their type."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    found = [json.loads(block) for block in blocks]
    assert all(block["@context"] == "https://schema.org" for block in found)
    return {block["@type"]: block for block in found}


def canonical(page):
    found = re.findall(r'<link rel="canonical" href="([^"]*)">', page)
    assert len(found) <= 1
    return found[0] if found else None


def sitemap(client):
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    urls = ElementTree.fromstring(response.content).findall(f"{MAP}url")  # noqa: S314  our own words
    return {url.findtext(f"{MAP}loc"): url.findtext(f"{MAP}lastmod") for url in urls}


@pytest.mark.usefixtures("illustrative_2020")
def test_every_page_names_its_address_and_can_be_shared(client):
    status = cache(lambda address: client.get(address).status_code)  # many pages have the same ones above them
    for address in (*addresses(), "/projects/city-roads/poster/", "/news/2020/02/", "/map/"):
        page = page_of(client, address)
        title = unescape(re.search(r"<title>(.*?)</title>", page, re.S)[1])
        assert canonical(page) == meta(page, "og:url") == f"http://testserver{address}"
        assert meta(page, "og:title") == title
        assert meta(page, "og:description") == meta(page, "description")
        assert meta(page, "og:type") == ("article" if re.match(r"/news/[a-z]", address) else "website")
        assert meta(page, "og:site_name") == publisher().site_name
        assert meta(page, "og:locale") == "zh_CN"
        crumbs = data_of(page).get("BreadcrumbList")
        assert (crumbs is None) == (address == "/"), address
        for place, crumb in enumerate(crumbs["itemListElement"] if crumbs else [], 1):
            assert crumb["position"] == place
            assert crumb["name"]
            assert status(crumb["item"]) == 200, crumb


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/2020/", "?as_of=2020-09-30"),
        ("/projects/city-roads/", "?as_of=2020-09-30"),
        ("/ledger/", "?as_of=2020-09-30"),
        ("/about/", ""),
        ("/news/", ""),
    ],
)
def test_the_address_of_a_day_keeps_the_day_where_the_page_has_one(client, address, query):
    page = page_of(client, address, as_of="2020-09-30")
    assert canonical(page) == meta(page, "og:url") == f"http://testserver{address}{query}"


@pytest.mark.usefixtures("illustrative_2020")
def test_the_address_of_a_comparison_keeps_both_days(client):
    page = page_of(client, "/2020/compare/", **{"from": "2020-06-30", "to": "2020-09-30"})
    assert unescape(canonical(page)) == "http://testserver/2020/compare/?from=2020-06-30&to=2020-09-30"
    assert canonical(page_of(client, "/2020/compare/")) == "http://testserver/2020/compare/"


@pytest.mark.usefixtures("plan_2020")
def test_filters_and_pages_share_one_address(client):
    page = page_of(client, "/2020/projects/", light="DONE", sort="title")
    assert canonical(page) == "http://testserver/2020/projects/"


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("address", ["/nowhere/", "/2020/?as_of=x", "/search/?q=路"])
def test_what_is_no_page_of_its_own_is_kept_out_of_indexes(client, address):
    page = page_of(client, address)
    assert canonical(page) is None
    assert meta(page, "robots") == "noindex"


@pytest.mark.usefixtures("illustrative_2020")
def test_shared_cards_of_illustrative_pages_say_so(client):
    page = page_of(client, "/projects/city-roads/", as_of="2020-09-30")
    assert meta(page, "og:title").startswith("【示例】")
    assert meta(page, "og:description").startswith("【示例】")
    assert data_of(page)["BreadcrumbList"]["itemListElement"][-1]["name"].startswith("【示例】")
    assert data_of(page_of(client, "/about/"))["Dataset"]["name"].startswith("【示例】")


def test_the_picture_of_a_portal_without_a_plan_is_small_and_of_the_usual_shape(client):
    address = meta(page_of(client, "/about/"), "og:image")
    assert address.startswith("http://testserver/static/img/share.")
    content = (configured.BASE_DIR / "static/img/share.png").read_bytes()
    assert len(content) <= 40_000
    assert Image.open(BytesIO(content)).size == (1200, 630)


@pytest.mark.usefixtures("plan_2020")
def test_the_front_page_says_who_it_is_and_how_to_search_it(client, settings):
    settings.SITE_ORGANIZER = "某市人民政府"
    site = data_of(page_of(client, "/"))["WebSite"]
    assert site["publisher"] == {"@type": "GovernmentOrganization", "name": "某市人民政府"}
    target = site["potentialAction"]["target"].replace("{words}", "道路")
    assert client.get(target).context["n_found"]


@pytest.mark.usefixtures("plan_2020")
def test_the_data_set_lists_what_can_be_read(client):
    files = data_of(page_of(client, "/about/"))["Dataset"]["distribution"]
    assert [client.get(one["contentUrl"]).status_code for one in files] == [200] * 3


@pytest.mark.usefixtures("plan_2020")
def test_an_article_is_described(client):
    article = Article.objects.published().first()
    data = data_of(page_of(client, article.get_absolute_url()))["NewsArticle"]
    assert data["headline"] == article.title
    assert data["datePublished"].endswith("+08:00")
    assert data["mainEntityOfPage"] == f"http://testserver{article.get_absolute_url()}"
    assert data["isBasedOn"] == article.source.title


def test_nothing_in_a_data_block_can_end_it():
    hostile = '</script><script>alert("&")</script>\u2028'
    block = structured({"@type": "Thing", "name": hostile})
    inside = block.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert not set("<>&\u2028") & set(inside)
    assert json.loads(inside)["name"] == hostile


def test_a_capture_is_said_twice_and_escaped_once():
    template = "{% captured as it %} {{ word }}\n b {% endcaptured %}{{ it }}|{{ it }}"
    assert drawn(template, word="<a>") == "&lt;a&gt; b|&lt;a&gt; b"
    with pytest.raises(TemplateSyntaxError):
        drawn("{% captured it %}{% endcaptured %}")


@pytest.mark.usefixtures("illustrative_2020")
def test_the_sitemap_lists_every_page_once_and_each_opens(client):
    listed = sitemap(client)
    for address in listed:
        assert client.get(address).status_code == 200, address
    missing = {f"http://testserver{address}" for address in addresses()} - listed.keys()
    assert not missing
    assert not [address for address in listed if "/admin/" in address or "styleguide" in address]
    assert listed["http://testserver/projects/city-roads/"] == "2020-12-23"
    assert listed["http://testserver/"] == listed["http://testserver/ledger/"] == "2021-05-28"


def test_the_sitemap_of_an_empty_portal_holds_what_stands(client):
    listed = sitemap(client)
    assert [client.get(address).status_code for address in listed] == [200] * len(listed)


def test_the_sitemap_keeps_quiet_about_drafts(client):
    published(a_plan(a_project("road", milestones=["paved"])))
    a_plan(a_project("secret"), year=2021)
    Article.objects.create(slug="secret", title="x", body="x")
    Article.objects.create(slug="secret-2", title="x", body="x", is_published=True, published_at=moment("2999-01-01"))
    assert not [address for address in sitemap(client) if "secret" in address or "2021" in address]


def test_the_number_of_queries_does_not_grow(client):
    road = a_project("road", milestones=["paved"])
    published(a_plan(road, *(a_project(f"road-{n}", milestones=["paved"]) for n in range(3))))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get("/sitemap.xml")
        return len(captured)

    Article.objects.create(slug="first", title="x", body="x", is_published=True, published_at=moment("2020-03-05"))
    before = queries()
    published(a_report(road, "2020-06-30", {"paved": 40}), "2020-07-02")
    Article.objects.create(slug="one", title="x", body="x", is_published=True, published_at=moment("2020-03-05"))
    assert queries() == before <= 20


@pytest.mark.usefixtures("plan_2020")
def test_robots_are_kept_out_of_the_office_and_shown_the_map(client):
    response = client.get("/robots.txt")
    lines = response.content.decode().splitlines()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    assert "Disallow: /admin/" in lines
    assert "Disallow: /" not in lines
    assert "Sitemap: http://testserver/sitemap.xml" in lines


@pytest.mark.usefixtures("plan_2020")
def test_every_page_names_both_feeds(client):
    page = page_of(client, "/2020/")
    for address in re.findall(r'type="application/atom\+xml" title="[^"]+" href="([^"]+)"', page):
        assert client.get(address).status_code == 200
    assert page.count("application/atom+xml") == 2


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("address", ["/2020/", "/projects/city-roads/", "/news/2020/02/", "/about/", "/ledger/1/"])
def test_a_page_has_one_address_whatever_host_was_asked(client, settings, address):
    settings.SITE_URL = "https://promises.example"
    page = page_of(client, address)
    assert canonical(page) == meta(page, "og:url") == f"https://promises.example{address}"
    assert re.match(r"https://promises\.example/2020/\S*card\.png$", meta(page, "og:image"))
    assert "testserver" not in page


@pytest.mark.parametrize("said", ["", "http://127.0.0.1", "http://localhost:8000", "http://[::1]"])
def test_on_one_s_own_machine_the_request_tells_the_address(client, settings, said):
    settings.SITE_URL = said
    assert canonical(page_of(client, "/about/")) == "http://testserver/about/"


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(
    "address",
    ["/2020/", "/2020/changes/", "/2020/compare/?from=2020-08-31&to=2020-09-30", "/projects/rural-roads/"],
)
def test_what_is_read_elsewhere_has_every_year(client, address):
    page = page_of(client, f"{address}{'&' if '?' in address else '?'}as_of=2020-09-30")
    for told in (re.search("<title>(.*?)</title>", page)[1], *(meta(page, n) for n in ("description", "og:title"))):
        assert not re.search(r"(?<!\d{4} 年) \d+ 月", f" {told}"), told
    assert re.search(r"2020 年 \d+ 月 \d+ 日", meta(page, "og:description"))
