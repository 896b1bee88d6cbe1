"""The news: by month, by task and by project, one after another, corrections in sight."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import lru_cache
from news.models import Article
from tests.db.website.test_pages import main_of
from tests.factories import a_plan, a_project, a_report, a_source, day, moment, published

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def an_article(slug, happened_on=None, on="2020-03-05", **fields):
    defaults = {"title": slug, "body": "正文", "is_published": True, "published_at": moment(on), **fields}
    return Article.objects.create(slug=slug, happened_on=happened_on and day(happened_on), **defaults)


def slugs(response):
    return re.findall(r'card-title"><a href="/news/([a-z0-9-]+)/"', response.content.decode())


@pytest.fixture
def news():
    an_article("january", "2020-01-31", on="2020-04-01")
    an_article("february", "2020-02-01")
    an_article("leap-day", "2020-02-29", correction_note="3 公里改为 3.5 公里")
    an_article("no-day", on="2020-03-31")
    an_article("draft", "2020-02-10", is_published=False)
    an_article("scheduled", "2020-05-10", on="2999-01-01")


def test_the_list_is_by_the_month_that_is_told_of(client, news):
    response = client.get("/news/")
    assert slugs(response) == ["no-day", "leap-day", "february", "january"]
    headings = re.findall(r'<h2 id="month-([\d-]+)">.*?<small class="count">(\d+) 条', response.content.decode())
    assert headings == [("2020-03", "1"), ("2020-02", "2"), ("2020-01", "1")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/news/2020/01/", ["january"]),
        ("/news/2020/02/", ["leap-day", "february"]),
        ("/news/2020/03/", ["no-day"]),
    ],
)
def test_a_month_has_a_page(client, news, address, expected):
    response = client.get(address)
    assert slugs(response) == expected
    assert response.content.decode().count('aria-current="page"') >= 1


@pytest.mark.parametrize("address", ["/news/2020/04/", "/news/2020/05/", "/news/2020/13/", "/news/2020/2/"])
def test_a_month_without_news_is_not_there(client, news, address):
    assert client.get(address).status_code == 404


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"task": "2020-area-3"}, {"spring-farming-2020-02-21", "dazhang-sanjiao-2020-02-25"}),
        ({"project": "laser-cladding"}, {"laser-cladding-start-2020-02-24"}),
        ({"task": "2020-area-3", "project": "laser-cladding"}, set()),
    ],
)
def test_a_task_and_a_project_have_their_news(client, params, expected):
    assert set(slugs(client.get("/news/", params))) == expected


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize(
    "params",
    [
        {"task": "2020-area-99"},
        {"task": "area-3"},
        {"task": "a\x00"},
        {"task": "９９９９-area-3"},
        {"project": "nowhere"},
        {"project": "\x00"},
        {"page": "-1"},
    ],
)
def test_what_is_no_topic_is_refused(client, params):
    assert client.get("/news/", params).status_code == 400


def test_each_article_leads_to_its_neighbours(client, news):
    text = client.get("/news/february/").content.decode()
    assert '<a rel="prev" href="/news/january/">' in text
    assert '<a rel="next" href="/news/leap-day/">' in text
    assert 'rel="next"' not in client.get("/news/no-day/").content.decode()
    assert 'rel="prev"' not in client.get("/news/january/").content.decode()


def test_articles_of_one_moment_stand_in_one_order(client):
    for slug in ("one", "two", "three"):
        an_article(slug, "2020-02-01")
    order = slugs(client.get("/news/"))
    assert order == ["three", "two", "one"]
    text = client.get("/news/two/").content.decode()
    assert '<a rel="prev" href="/news/one/">' in text
    assert '<a rel="next" href="/news/three/">' in text


def test_a_correction_stands_above_the_text(client, news):
    main = main_of(client.get("/news/leap-day/"))
    assert main.index("更正：") < main.index("3 公里改为 3.5 公里") < main.index("正文")
    assert "更正" not in main_of(client.get("/news/february/"))
    assert client.get("/news/").content.decode().count("有更正") == 1


@pytest.mark.usefixtures("illustrative_2020")
def test_related_projects_and_tasks_say_how_they_stand_today(client):
    response = client.get("/news/laser-cladding-start-2020-02-24/")
    main = main_of(response)
    assert 'href="/projects/laser-cladding/"' in main
    assert main.count('class="badge badge-plain') >= 2
    assert "数据算到" in main
    assert "<title>【示例】" in response.content.decode()


@pytest.mark.usefixtures("plan_2020")
def test_a_real_article_beside_real_data_carries_no_mark(client):
    assert "示例" not in client.get("/news/laser-cladding-start-2020-02-24/").content.decode()


def test_a_draft_beside_an_article_is_not_told(client, news):
    road, draft = a_project("road", milestones=["paved"]), a_project("draft", title="秘密")
    published(a_plan(road))
    a_report(road, "2020-06-30", {"paved": 40}, text="秘密")
    article = Article.objects.get(slug="february")
    article.projects.set([road, draft])
    text = client.get("/news/february/").content.decode()
    assert "办没办成不知道" in text
    assert "本站没有数据" in text
    assert "秘密" not in text


def test_an_illustrative_article_says_so(client):
    an_article("example", source=a_source("example", kind="ILLUSTRATIVE"))
    for address in ("/news/", "/news/example/"):
        assert "示例</span>" in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/news/", "/news/2020/02/", "/news/february/"])
def test_the_number_of_queries_does_not_grow(client, news, address):
    roads = [a_project(f"road-{n}", milestones=["paved"]) for n in range(4)]
    plan = published(a_plan(*roads))
    article = Article.objects.get(slug="february")
    article.tasks.set(plan.groups.get().tasks.all())

    def queries():
        lru_cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    article.projects.set(roads[:1])
    before = queries()
    article.projects.set(roads)
    for n in range(3):
        an_article(f"more-{n}", f"2020-02-0{n + 3}")
    assert queries() == before
