"""The way from the desk's first page to the lists of the 督查室."""

from django import template

from desk.supervision.lists import LIST_WORDS, LISTINGS

register = template.Library()


@register.inclusion_tag("admin/desk/supervision.html", takes_context=True)
def supervision_desk(context) -> dict:
    """(word, code) of each list; none for people who see no reports."""
    user = context["request"].user
    may = user.has_perm("projects.view_report")
    lists = [(LIST_WORDS[name], str(name)) for name in LISTINGS] if may else []
    return {"lists": lists, "may_return": user.has_perm("projects.publish_report")}
