from datetime import datetime

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.publisher import publisher
from common.cache_policy import cached_by
from common.feeds import MOST, Item, feed_response
from news.models import Article
from website.pages.news import requires_news


@cached_by()
@requires_news
def news_feed(request: HttpRequest) -> HttpResponse:
    articles = Article.objects.published().select_related("source")[:MOST]
    gone_at = Article.objects.withdrawn().aggregate(at=Max("withdrawn_at"))["at"]
    return feed_response(
        request,
        site=publisher().site_name,
        author=publisher().author,
        title="新闻",
        subtitle="围绕年度承诺发生的事，新的在前。",
        alternate=reverse("news:list"),
        items=[item_of(article) for article in articles],
        changed_at=gone_at,
    )


def item_of(article: Article) -> Item:
    correction = f"更正：{article.correction_note}\n\n" if article.correction_note else ""
    published_at: datetime = article.published_at  # type: ignore[assignment]  # public
    return Item(
        title=article.title,
        address=article.get_absolute_url(),
        summary=correction + (article.summary or article.body_text),
        published_at=published_at,
        updated_at=max(article.updated_at, published_at),
        is_illustrative=article.is_illustrative,
        category="新闻",
    )
