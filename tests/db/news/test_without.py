"""A city that keeps no news column (SITE_NEWS=off): nothing leads to one, though articles are stored."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from desk.guides import guides_for
from news.models import Article
from tasks.models import Task
from tests.factories import a_plan, a_project, an_administrator, an_article_image, an_editor, moment, published
from tests.public_routes import routes
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NEWS = {"news:list", "news:month", "news:article", "news-feed", "cover", "article-picture"}


@pytest.fixture
def article():
    road = a_project("road", milestones=("paved",))
    published(a_plan(road))
    article = Article.objects.create(
        slug="opened",
        title="The road is opened",
        body="<p>At noon.</p>",
        is_published=True,
        published_at=moment("2020-06-05"),
    )
    article.tasks.add(Task.objects.get())
    article.projects.add(road)
    an_article_image(article)
    return article


@pytest.fixture
def addresses(article) -> dict[str, list[str]]:
    """Every public address, asked for while there still is a column."""
    return {route.name: route.addresses() for route in routes()}


@pytest.fixture
def without(addresses, settings):
    settings.SITE_NEWS = False


@pytest.mark.usefixtures("without")
def test_addresses_of_news_say_that_there_is_no_column(client, addresses):
    for name in NEWS:
        assert addresses[name] or name == "cover", name
        for address in addresses[name]:
            response = client.get(address)
            assert response.status_code == 404, address
            assert "本站没有新闻栏目" in response.content.decode()


@pytest.mark.usefixtures("without")
def test_no_page_speaks_of_news_or_leads_there(client, addresses):
    for name in addresses.keys() - NEWS - {"styleguide"}:
        for address in addresses[name]:
            response = client.get(address)
            text = response.content.decode(errors="replace") if not response.streaming else ""
            assert response.status_code in {200, 302}, address
            assert [word for word in ("新闻", "/news/", "news.atom", article_title()) if word in text] == [], address


def article_title() -> str:
    return Article.objects.get().title


@pytest.mark.usefixtures("without")
def test_the_search_finds_no_article(client):
    assert "/news/opened/" not in client.get("/search/", {"q": "opened"}).content.decode()
    assert client.get("/search/", {"q": "road", "kind": "article"}).status_code == 200


def test_a_search_and_a_page_of_a_city_with_news_do(client, article):
    assert article.get_absolute_url() in client.get("/search/", {"q": "opened"}).content.decode()
    assert "/news/" in client.get("/2020/").content.decode()


@pytest.mark.usefixtures("without")
@pytest.mark.parametrize("person", [an_editor, an_administrator])
def test_the_desk_has_no_place_for_articles(article, person):
    desk = signed_in(person())
    page = desk.get("/admin/").content.decode()
    assert "写新闻" not in page
    assert reverse("admin:news_article_changelist") not in page
    for name, args in (("changelist", []), ("add", []), ("change", [article.pk]), ("preview", [article.pk])):
        assert desk.get(reverse(f"admin:news_article_{name}", args=args)).status_code in {302, 403, 404}, name


@pytest.mark.usefixtures("without")
def test_an_editor_reads_why():
    assert "本站没有开新闻栏目" in signed_in(an_editor()).get("/admin/").content.decode()


@pytest.mark.usefixtures("without")
def test_the_guide_for_editors_is_led_to_no_more():
    assert [guide.slug for guide in guides_for(lambda _permission: True)] == ["administrator", "official"]


@pytest.mark.usefixtures("without")
def test_the_record_still_verifies(capsys):
    call_command("verify_ledger")
