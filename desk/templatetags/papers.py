"""The way from the desk to the papers: all of them for reviewers and administrators, officials to their own reminder."""

from django import template

from desk.admin.papers import MAY_SEE
from projects.models import Department
from tasks.models import Plan

register = template.Library()


@register.inclusion_tag("admin/desk/papers.html", takes_context=True)
def papers_desk(context) -> dict:
    """`own` are the departments of whoever may see no other paper than a reminder."""
    user = context["request"].user
    may_see = user.has_perm(MAY_SEE)
    is_asked = not may_see and user.has_perm("projects.add_report")
    if not (may_see or is_asked) or not Plan.objects.published().exists():
        return {"may_see": False, "own": []}
    own = Department.objects.published().filter(memberships__user=user).order_by("slug") if is_asked else []
    return {"may_see": may_see, "own": list(own)}
