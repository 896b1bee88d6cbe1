"""What the desk shows reviewers: the queue, and the appointments of other reviewers."""

from collections.abc import Iterator

from django import template
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from common.templatetags.components import badge, leaf
from desk.agenda import Promise
from desk.filing import card_of, queue_version, tick_of
from desk.forms.reports import READY_NOTES
from desk.publications import publications_of
from desk.queue import Draft, WaitingReport, as_drafts, other_facts, submitted_reports, waiting_reports
from desk.sentences import appointment_sentence
from desk.words import OfficialWord
from ledger.models import EntryKind
from projects.appointments import Waiting, decision_errors
from projects.appointments import waiting as waiting_appointments
from projects.models import AbstractReport, ReviewedFact
from projects.redactions import pending, returns_at
from projects.reviewers import Authority, authority_of, publishing_error, publishing_error_of

register = template.Library()

CARDS_PER_PAGE = 15
register.filter(card_of)
register.filter(tick_of)
register.filter(queue_version)
register.filter(appointment_sentence)


@register.filter
def ready_notes(fact: ReviewedFact) -> tuple[str, ...]:
    return READY_NOTES[fact.word]


@leaf(register, look=("plain", "tinted"))
def official_word(*, of: OfficialWord | Promise, look: str = "tinted") -> SafeString:
    return badge(shape=of.shape, word=of.word, look=look) if of.word else SafeString("")


@register.inclusion_tag("admin/desk/reviewer.html", takes_context=True)
def reviewers_desk(context) -> dict:
    user = context["request"].user
    if not user.has_perm("projects.publish_report"):
        return {}
    today = timezone.localdate()
    facts = other_facts(user)
    submitted = submitted_reports()
    changes = [fact for fact in facts if isinstance(fact, ReviewedFact)]
    page = Paginator([*submitted, *changes], CARDS_PER_PAGE).get_page(context["request"].GET.get("queue"))
    reports = waiting_reports(user, today, [one for one in page if isinstance(one, AbstractReport)])
    shown = [one for one in page if not isinstance(one, AbstractReport)]
    others = publications_of([fact for fact in facts if not isinstance(fact, ReviewedFact)])
    drafts = as_drafts([*shown, *(one.fact for one in others)], today)
    waiting: list[WaitingReport | Draft] = [*reports, *drafts[: len(shown)]]
    following = [*(card_of(one.fact) for one in waiting[1:]), "desk-queue"]
    counts = {"份报告": len(submitted), "份调整": len(changes)}
    return {
        "is_reviewer": True,
        "user": user,
        "cards": list(zip(waiting, following, strict=False)),
        "counted": "、".join(f"{n} {what}" for what, n in counts.items() if n),
        "n_tickable": sum(one.is_clean for one in reports),
        "n_ticked": sum(one.is_ticked for one in reports),
        "publishing_error": publishing_error(user),
        "hidden": [(redaction, returns_at(redaction)) for redaction in pending()],
        "drafts": [(draft, one.together) for draft, one in zip(drafts[len(shown) :], others, strict=True)],
        "page": page,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("admin/desk/appointments.html", takes_context=True)
def appointments_desk(context) -> dict:
    """Reviewers whose appointment no other reviewer has confirmed; empty for people without a part in it."""
    user = context["request"].user
    is_reviewer, keeps_accounts = user.has_perm("projects.publish_report"), user.has_perm("auth.change_user")
    if not (is_reviewer or keeps_accounts):
        return {}
    own = authority_of(user) if is_reviewer else None
    return {
        "publishing_error": publishing_error_of(own, user) if is_reviewer else "",
        "appointments": [(one, list(_choices(one, user, own))) for one in waiting_appointments()],
        "csrf_token": context.get("csrf_token"),
    }


def _choices(one: Waiting, user: User, own: Authority | None) -> Iterator[tuple[str, str, bool]]:
    """(address, label, whether it is the primary one) of each button that the person may press."""
    buttons = (EntryKind.APPROVAL, "approve", "确认，是我们的审核员"), (EntryKind.OBJECTION, "object", "提出异议")
    for act, name, words in buttons:
        if not list(decision_errors(one, act, by=user, own=own)):
            yield reverse(f"admin:auth_user_{name}", args=[one.appointment.person_id]), words, act is EntryKind.APPROVAL
