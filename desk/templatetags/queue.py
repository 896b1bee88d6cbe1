"""What the desk shows reviewers: the queue, and the appointments of other reviewers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django import template
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from common.templatetags.components import badge, leaf
from desk.agenda import Promise
from desk.filing import DEPARTMENT, PAGE, card_of, finality_of, place_in_queue, queue_version, tick_of
from desk.forms.reports import READY_NOTES
from desk.publications import publications_of
from desk.queue import (
    Draft,
    WaitingReport,
    alike_facts,
    as_drafts,
    leads_of,
    other_facts,
    submitted_reports,
    waiting_facts,
    waiting_reports,
)
from desk.read_in import ReadIn, read_in_and_sent, read_in_by
from desk.sentences import alike_text, appointment_sentence, read_in_lead, read_in_sent_text, read_in_text
from desk.words import FINAL, OfficialWord
from ledger.models import EntryKind
from projects.appointments import Waiting, decision_errors
from projects.appointments import waiting as waiting_appointments
from projects.models import AbstractReport, Department, Fact, ReviewedFact
from projects.redactions import pending, returns_at
from projects.reviewers import Authority, authority_of, publishing_error, publishing_error_of

register = template.Library()

CARDS_PER_PAGE = 15
MOST_BESIDE = 60  # names beside a page
register.filter(card_of)
register.filter(finality_of)
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
    choice = _choice([*submitted, *changes], context["request"].GET.get(DEPARTMENT, ""))
    page = Paginator(choice.facts, CARDS_PER_PAGE).get_page(context["request"].GET.get(PAGE))
    reports = waiting_reports(user, today, [one for one in page if isinstance(one, AbstractReport)])
    shown = [one for one in page if not isinstance(one, AbstractReport)]
    alike, rest = alike_facts([fact for fact in facts if not isinstance(fact, ReviewedFact)])
    others = publications_of(rest)
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
        "finality": FINAL,
        "publishing_error": publishing_error(user),
        "hidden": [(redaction, returns_at(redaction)) for redaction in pending()],
        "drafts": [(draft, one.together) for draft, one in zip(drafts[len(shown) :], others, strict=True)],
        "alike": [_alike_line(own) for own in alike],
        **_read_in(user),
        "choice": choice,
        "page": page,
        "place": urlencode(place_in_queue(context["request"].GET)),
        "csrf_token": context.get("csrf_token"),
    }


@dataclass(frozen=True)
class Choice:
    """What of the queue is listed. `departments` are (slug, name, number of those that wait) to choose from, none of a short queue."""

    facts: Sequence[ReviewedFact | AbstractReport]
    slug: str = ""
    departments: Sequence[tuple[str, str, int]] = ()

    @property
    def query(self) -> str:
        """Of the address of its pages."""
        return urlencode({DEPARTMENT: self.slug}) if self.slug else ""


def _choice(facts: Sequence[ReviewedFact | AbstractReport], slug: str) -> Choice:
    """Of the department of that slug alone; everything where none such waits."""
    if not slug and len(facts) <= CARDS_PER_PAGE:
        return Choice(facts)
    leads = leads_of(facts)
    counts = Counter(one for slugs in leads.values() for one in slugs)
    named = Department.objects.filter(slug__in=counts).order_by("name", "pk").values_list("slug", "name")
    departments = [(own, name, counts[own]) for own, name in named]
    if slug not in counts:
        return Choice(facts, departments=departments)
    return Choice([fact for fact in facts if slug in leads[fact]], slug, departments)


def _alike_line(facts: list[Fact]) -> tuple[str, str, str]:
    """(words, address, names of who drafted them)."""
    opts = facts[0]._meta
    names = {one.drafted_by.get_full_name() or one.drafted_by.username: 1 for one in facts if one.drafted_by}
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_publish_many")
    return alike_text(len(facts), str(opts.verbose_name)), address, "、".join(names)


def _read_in(user: User) -> dict:
    """What the reviewer drafted and others have to go on with: (words, address or "") of each, and a line about all of it."""
    found, n_sent = read_in_by(user), read_in_and_sent(user)
    lines = [_read_in_line(one) for one in found]
    lines += [(read_in_sent_text(n_sent), "")] if n_sent else []
    n_departments = len({one.department for one in found if one.department})
    return {"read_in": lines, "read_in_lead": read_in_lead(sum(one.n for one in found), n_departments, n_sent)}


def _read_in_line(one: ReadIn) -> tuple[str, str]:
    name = one.department.name if one.department else ""
    words = read_in_text(one.n, one.held_on, name, is_manned=one.is_manned)
    if not one.department:
        return words, reverse("admin:projects_report_returns")
    return words, f"{reverse('admin:projects_department_month', args=[one.department.pk])}?day={one.held_on}"


@register.inclusion_tag("admin/desk/queue_beside.html", takes_context=True)
def queue_beside(context) -> dict:
    """The queue beside one of it. The one that is open is told by its type and key."""
    facts, chosen = waiting_facts(context["request"].user), context["original"]
    return {"facts": facts[:MOST_BESIDE], "n_more": max(len(facts) - MOST_BESIDE, 0), "chosen": chosen}


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
