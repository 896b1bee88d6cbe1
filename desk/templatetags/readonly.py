"""Fields of the desk's forms that can't be changed there."""

from django import template
from django.contrib import admin
from django.contrib.admin.helpers import AdminReadonlyField
from django.db.models import ForeignObjectRel, Model

register = template.Library()


@register.simple_tag(takes_context=True)
def readonly_contents(context, field: AdminReadonlyField) -> str:
    """As Django's own, but a related row is a link only for whoever may open its page, and 是 or 否 are words."""
    value = getattr(field.form.instance, str(field.field["name"]), None)
    if isinstance(value, bool):
        return "是" if value else "否"
    link = field.get_admin_url

    def link_or_name(remote_field: ForeignObjectRel, remote_obj: Model) -> str:
        model = type(remote_obj)
        is_open = admin.site.is_registered(model) and admin.site.get_model_admin(model).has_view_permission(
            context["request"], remote_obj
        )
        return link(remote_field, remote_obj) if is_open else str(remote_obj)

    field.get_admin_url = link_or_name  # type: ignore[method-assign]
    return field.contents()
