"""The titles of the news and of a search, the days of an article, and what both say of themselves."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.formats import day_text
from common.templatetags.components import day
from news.models import Article, Correction
from projects.models import Project
from tasks.models import Task


def month_text(month: date) -> str:
    return f"{month.year} 年 {month.month} 月"


def news_title(month: date | None, about: Task | Project | None) -> str:
    if month:
        return f"{month_text(month)}的新闻"
    return f"新闻：{about.title}" if about else "新闻"


def news_description(month: date | None, about: Task | Project | None, n: int) -> str:
    which = month_text(month) if month else f"{about.title}：" if about else ""
    return f"{which}围绕年度承诺发生的事，一共 {n} 条。"


def article_days(article: Article) -> SafeString:
    """`… 的事，… 发布`."""
    happened = format_html("{}的事，", day(on=article.happened_on)) if article.happened_on else ""
    published = format_html("{}发布", _moment(article.published_at)) if article.published_at else "还没有发布"
    return format_html("{}{}", happened, published)


def correction_label(correction: Correction) -> SafeString:
    """`更正于 …：`, without the day where nobody noted it."""
    return format_html("更正于 {}：", _moment(correction.at)) if correction.at else SafeString("更正：")


def withdrawal_days(article: Article) -> SafeString:
    return format_html("{}发布，{}撤回。", _moment(article.published_at), _moment(article.withdrawn_at))  # type: ignore[arg-type]  # withdrawn


def _moment(at: datetime) -> SafeString:
    """The day in Shanghai, the moment itself for programs."""
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), day_text(local.date()))
