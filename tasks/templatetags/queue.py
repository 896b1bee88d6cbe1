"""The reviewer's part of the desk."""

from django import template
from django.utils import timezone

from projects.filing import queue_stamp
from tasks.queue import other_drafts, waiting_reports

register = template.Library()
register.filter(queue_stamp)


@register.inclusion_tag("admin/desk/reviewer.html", takes_context=True)
def reviewers_desk(context) -> dict:
    user = context["request"].user
    if not user.has_perm("projects.publish_report"):
        return {}
    today = timezone.localdate()
    queue = waiting_reports(user, today)
    return {
        "is_reviewer": True,
        "queue": queue,
        "n_clean": sum(waiting.is_clean for waiting in queue),
        "drafts": other_drafts(user, today),
        "csrf_token": context.get("csrf_token"),
    }
