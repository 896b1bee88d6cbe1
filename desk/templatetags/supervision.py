"""The way from the desk's first page to the lists of the 督查室."""

from collections.abc import Mapping

from django import template
from django.contrib.auth.models import User
from django.utils import timezone

from desk.supervision.lists import LIST_WORDS, LISTINGS, ListName
from desk.supervision.loading import Supervision, public_plans
from tasks.models import front_of

register = template.Library()


@register.inclusion_tag("admin/desk/supervision.html", takes_context=True)
def supervision_desk(context) -> dict:
    """(word, code) of each list; none for people who see no reports."""
    user = context["request"].user
    may = user.has_perm("projects.view_report")
    lists = [(LIST_WORDS[name], str(name)) for name in LISTINGS] if may else []
    may_return = user.has_perm("projects.publish_report")
    return {"lists": lists, "may_return": may_return, **(_late_counts(user) if may_return else {})}


def _late_counts(user: User) -> Mapping[str, object]:
    """How many departments are late with how many reports, as the list of these has them. None before any plan."""
    today = timezone.localdate()
    plan = front_of(public_plans(), today)
    if plan is None:
        return {}
    late = [row for row in Supervision(user, today, plan.year).missing if row.is_late]
    departments = {slug for row in late for slug in row.subject.lead_slugs}
    return {"n_late": len(late), "n_departments": len(departments), "missing": ListName.MISSING}
