"""What the desk shows editors."""

from django import template
from django.conf import settings
from django.utils import timezone

from common.templatetags.components import component
from desk.editors import is_untouched, just_reached, long_quiet
from desk.sentences import reached_text
from news.models import Article
from tasks.models import MissedSearch

register = template.Library()

MOST_WAITING, MOST_QUIET, MOST_MISSED = 20, 5, 10  # rows on the desk


@component(register, "admin/desk/editor.html", takes_context=True)
def editors_desk(context) -> dict:
    """Milestones worth an article, drafts, scheduled articles; `is_editor` is False for everybody else."""
    user, now = context["request"].user, timezone.now()
    if not user.has_perm("news.change_article"):
        return {"is_editor": False}
    missed = MissedSearch.objects.all()[:MOST_MISSED]
    if not settings.SITE_NEWS:
        return {"is_editor": True, "has_no_column": True, "missed": missed}
    today, quiet = timezone.localdate(now), long_quiet(now)
    drafts = Article.objects.filter(is_published=False).order_by("updated_at", "pk")[:MOST_WAITING]
    scheduled = Article.objects.filter(is_published=True, published_at__gt=now).order_by("published_at", "pk")
    return {
        "is_editor": True,
        "reached": [(one, reached_text(one)) for one in just_reached(today)[:MOST_WAITING]],
        "drafts": [(article, is_untouched(article, now)) for article in drafts],
        "scheduled": scheduled[:MOST_WAITING],
        "quiet": quiet[:MOST_QUIET],
        "n_more": len(quiet[MOST_QUIET:]),
        "missed": missed,
    }
