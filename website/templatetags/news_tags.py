"""What the news say, where a page of the record wants it beside its figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from common.marks import mark_of
from common.site_address import whole_address
from common.templatetags.components import component
from news.cleaning import clean, pieces
from news.models import Article, ArticleImage
from tasks.snapshots import TaskSnapshot
from website.sentences import news
from website.templatetags.sharing import organization, share_picture, structured

register = template.Library()
for sentence in (
    news.article_days,
    news.correction_label,
    news.withdrawal_days,
):
    register.filter(sentence)

PER_TASK = 3
MOST = 200  # links looked through, however much was ever written


@register.simple_tag
def articles_about(*, tasks: Iterable[TaskSnapshot]) -> dict[int, list[Article]]:
    """The latest published articles about each task, by the task's key."""
    links = Article.tasks.through.objects.filter(
        task__in=[snapshot.row.pk for snapshot in tasks], article__in=Article.objects.published()
    )
    found: dict[int, list[Article]] = defaultdict(list)
    for link in links.select_related("article").order_by("-article__published_at", "-article")[:MOST]:
        if len(found[link.task_id]) < PER_TASK:
            found[link.task_id].append(link.article)
    return dict(found)


@component(register, "news/body.html", takes_context=True)
def article_body(context, *, of: Article, images: Sequence[ArticleImage]) -> dict:
    """The text with each picture where it is named first; those that it doesn't name stand below."""
    unplaced = {image.number: image for image in images}
    shown = [unplaced.pop(piece, "") if isinstance(piece, int) else piece for piece in pieces(of.body)]
    return {"pieces": [*shown, *unplaced.values()], "is_preview": context.get("is_preview", False)}


@component(register, "news/attachment.html", takes_context=True)
def attachment(context, *, of: Article) -> dict:
    """The document below the text, with its size where it is there."""
    if not of.attachment:
        return {}
    size = None
    with suppress(OSError):
        size = of.attachment.size
    is_preview = context.get("is_preview", False)
    address = reverse("admin:news_article_attachment", args=[of.pk]) if is_preview else of.attachment.url
    return {"title": of.attachment_title, "address": address, "size": size}


@register.filter
def cleaned(body: str) -> SafeString:
    """The text of an article without its pictures."""
    return mark_safe(clean(body))  # noqa: S308  # nosec B308 B703 # cleaned a moment ago


@register.filter
def is_picture(piece: object) -> bool:
    return isinstance(piece, ArticleImage)


@register.simple_tag(takes_context=True)
def article_data(context, *, of: Article) -> SafeString:
    """The article as news aggregators want it described."""
    whole = partial(whole_address, context["request"])
    data = {
        "@type": "NewsArticle",
        "headline": f"{mark_of(is_illustrative=of.is_illustrative)}{of.title}",
        "description": of.summary,
        "datePublished": timezone.localtime(of.published_at).isoformat(),
        "dateModified": timezone.localtime(max(of.updated_at, of.published_at)).isoformat(),  # type: ignore[type-var]  # published
        "mainEntityOfPage": whole(of.get_absolute_url()),
        "inLanguage": "zh-Hans",
        "image": whole(of.cover.url) if of.cover else share_picture(context),
        "author": organization(),
        "publisher": organization(),
        "correction": of.correction_note,
        "isBasedOn": of.source.url or of.source.title if of.source else "",
    }
    return structured({name: value for name, value in data.items() if value})
