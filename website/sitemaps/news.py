from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from news.models import Article
from website.pages.news import months_of


class NewsSitemap(Sitemap):
    """The list of all news and that of each month."""

    def items(self):
        return [None, *months_of(Article.objects.published())] if settings.SITE_NEWS else []

    def location(self, month) -> str:
        return reverse("news:month", args=[month.year, month.month]) if month else reverse("news:list")


class ArticleSitemap(Sitemap):
    def items(self):
        return Article.objects.published().order_by("-published_at", "-pk")

    def lastmod(self, article: Article):
        return article.updated_at
