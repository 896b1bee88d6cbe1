"""The reviewer's part of the desk."""

from django import template
from django.utils import timezone

from projects.filing import card_of, queue_stamp
from projects.forms import READY_NOTES
from projects.models import ReviewedFact
from projects.redactions import pending, returns_at
from tasks.queue import other_drafts, waiting_reports

register = template.Library()
register.filter(card_of)
register.filter(queue_stamp)


@register.filter
def ready_notes(fact: ReviewedFact) -> tuple[str, ...]:
    return READY_NOTES[fact.word]


@register.inclusion_tag("admin/desk/reviewer.html", takes_context=True)
def reviewers_desk(context) -> dict:
    user = context["request"].user
    if not user.has_perm("projects.publish_report"):
        return {}
    today = timezone.localdate()
    reports, drafts = waiting_reports(user, today), other_drafts(user, today)
    changes = [draft for draft in drafts if draft.is_submitted]
    waiting = [*reports, *changes]
    following = [*(card_of(one.fact) for one in waiting[1:]), "desk-queue"]
    counts = {"份报告": len(reports), "份调整": len(changes)}
    return {
        "is_reviewer": True,
        "user": user,
        "cards": list(zip(waiting, following, strict=False)),
        "counted": "、".join(f"{n} {what}" for what, n in counts.items() if n),
        "n_tickable": sum(one.is_clean for one in reports),
        "n_ticked": sum(one.is_ticked for one in reports),
        "hidden": [(redaction, returns_at(redaction)) for redaction in pending()],
        "drafts": [draft for draft in drafts if not draft.is_submitted],
        "csrf_token": context.get("csrf_token"),
    }
