"""What the desk says while the year has no plan: how to begin one, or what is awaited and from whom."""

from django import template
from django.conf import settings
from django.utils import timezone

from accounts.roles import EDITOR, OFFICIAL, REVIEWER
from desk.sentences import awaited_sentence
from tasks.models import Plan

register = template.Library()

# The permission by which the desk knows each role.
KNOWN_BY = {
    OFFICIAL: "projects.add_report",
    REVIEWER: "projects.publish_report",
    EDITOR: "news.change_article",
}


@register.inclusion_tag("admin/desk/beginning.html", takes_context=True)
def beginning_desk(context) -> dict:
    """`is_to_begin`: the person may write plans and none is there of today or later; `awaited` while none is public."""
    user, today = context["request"].user, timezone.localdate()
    plans = list(Plan.objects.values_list("ends_on", "entry"))
    is_public = any(entry is not None for _ends_on, entry in plans)
    may_begin = user.has_perm("tasks.add_plan")
    roles = [
        role
        for role, permission in KNOWN_BY.items()
        if user.has_perm(permission) and not may_begin and (role != EDITOR or settings.SITE_NEWS)
    ]
    return {
        "is_to_begin": may_begin and not any(ends_on >= today for ends_on, _entry in plans),
        "has_last_year": is_public,
        "year": today.year,
        "awaited": [] if is_public else [awaited_sentence(role, has_draft=bool(plans)) for role in roles],
    }
