"""What the news say, where a page of the record wants it beside its figures."""

from collections import defaultdict
from collections.abc import Iterable

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from huozhou_portal.templatetags.components import component
from huozhou_portal.templatetags.sharing import organization, share_picture, structured
from news.models import Article
from news.search import Found
from tasks.standing import TaskStanding

register = template.Library()

PER_TASK = 3
MOST = 200  # links looked through, however much was ever written


@register.simple_tag
def articles_about(*, tasks: Iterable[TaskStanding]) -> dict[int, list[Article]]:
    """The latest published articles about each task, by the task's key."""
    links = Article.tasks.through.objects.filter(
        task__in=[standing.task.pk for standing in tasks], article__in=Article.objects.published()
    )
    found: dict[int, list[Article]] = defaultdict(list)
    for link in links.select_related("article").order_by("-article__published_at", "-article")[:MOST]:
        if len(found[link.task_id]) < PER_TASK:
            found[link.task_id].append(link.article)
    return dict(found)


@component(register, "components/found.html")
def found(*, of: Found) -> dict:
    """Something that a search found, its words marked."""
    return {"found": of}


@register.simple_tag(takes_context=True)
def article_data(context, *, of: Article) -> SafeString:
    """The article as news aggregators want it described."""
    whole = context["request"].build_absolute_uri
    data = {
        "@type": "NewsArticle",
        "headline": f"{'【示例】' if of.is_illustrative else ''}{of.title}",
        "description": of.summary,
        "datePublished": timezone.localtime(of.published_at).isoformat(),
        "dateModified": timezone.localtime(max(of.updated_at, of.published_at)).isoformat(),
        "mainEntityOfPage": whole(of.get_absolute_url()),
        "inLanguage": "zh-Hans",
        "image": whole(of.cover.url) if of.cover else share_picture(context),
        "author": organization(),
        "publisher": organization(),
        "correction": of.correction_note,
        "isBasedOn": of.source.url or of.source.title if of.source else "",
    }
    return structured({name: value for name, value in data.items() if value})
