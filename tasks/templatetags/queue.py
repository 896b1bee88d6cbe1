"""The reviewer's part of the desk."""

from django import template
from django.core.paginator import Paginator
from django.utils import timezone

from projects.filing import card_of, queue_stamp
from projects.forms import READY_NOTES
from projects.models import ReviewedFact
from projects.redactions import pending, returns_at
from tasks.queue import as_drafts, other_facts, submitted_reports, waiting_reports

register = template.Library()

CARDS_PER_PAGE = 20
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
    facts = other_facts(user)
    keys = list(submitted_reports().values_list("pk", flat=True))
    changes = [fact for fact in facts if isinstance(fact, ReviewedFact)]
    page = Paginator([*keys, *changes], CARDS_PER_PAGE).get_page(context["request"].GET.get("queue"))
    reports = waiting_reports(user, today, [one for one in page if isinstance(one, int)])
    shown = [one for one in page if not isinstance(one, int)]
    drafts = as_drafts([*shown, *(fact for fact in facts if not isinstance(fact, ReviewedFact))], today)
    waiting = [*reports, *drafts[: len(shown)]]
    following = [*(card_of(one.fact) for one in waiting[1:]), "desk-queue"]
    counts = {"份报告": len(keys), "份调整": len(changes)}
    return {
        "is_reviewer": True,
        "user": user,
        "cards": list(zip(waiting, following, strict=False)),
        "counted": "、".join(f"{n} {what}" for what, n in counts.items() if n),
        "n_tickable": sum(one.is_clean for one in reports),
        "n_ticked": sum(one.is_ticked for one in reports),
        "hidden": [(redaction, returns_at(redaction)) for redaction in pending()],
        "drafts": drafts[len(shown) :],
        "page": page,
        "csrf_token": context.get("csrf_token"),
    }
