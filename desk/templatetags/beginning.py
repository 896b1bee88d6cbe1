"""What the desk says while the year has no plan: how to begin one, or what is awaited and from whom."""

from django import template
from django.conf import settings
from django.utils import timezone

from accounts.roles import EDITOR, OFFICIAL, REVIEWER
from desk.missing import NextPlan, next_plan_of
from desk.sentences import awaited_sentence, unplanned_sentence
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
    """`is_to_begin`: the person may write plans and one is asked for before all else; `awaited` while none is public."""
    user, today = context["request"].user, timezone.localdate()
    plans = list(Plan.objects.all())
    is_public = any(plan.is_published for plan in plans)
    may_begin = user.has_perm("tasks.add_plan")
    roles = [
        role
        for role, permission in KNOWN_BY.items()
        if user.has_perm(permission) and not may_begin and (role != EDITOR or settings.SITE_NEWS)
    ]
    return {
        "is_to_begin": may_begin and next_plan_of(plans, today) is NextPlan.FIRST,
        "has_last_year": is_public,
        "unplanned": unplanned_sentence(today.year),
        "awaited": [] if is_public else [awaited_sentence(role, has_draft=bool(plans)) for role in roles],
    }
