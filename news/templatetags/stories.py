"""What the news say, where a page of the record wants it beside its figures."""

from collections import defaultdict
from collections.abc import Iterable

from django import template

from news.models import Article
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
