"""The admin's frame: its name, the order of its parts, and what every address of it refuses."""

from functools import update_wrapper

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import BadRequest, PermissionDenied
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_deny

# Daily work first; within an app and between apps. What is not named comes last.
ORDER = (
    "Report",
    "Adjustment",
    "Project",
    "Milestone",
    "Redaction",
    "Department",
    "Source",
    "Reading",
    "PlanAdjustment",
    "Plan",
    "Task",
    "Measure",
    "Commitment",
    "Outline",
    "Article",
    "Entry",
    "User",
)


def unframed(view):
    """Whoever may show the public pages in a frame may not show the desk in one: a press could be stolen."""
    return csp_replace({"frame-ancestors": [NONE]})(xframe_options_deny(view))


class PortalAdminSite(AdminSite):
    site_header = "承诺公开后台"
    site_title = f"{settings.SITE_NAME} · 后台"
    index_title = "工作台"

    def admin_view(self, view, cacheable=False):
        """PostgreSQL refuses NUL in text, wherever a parameter would take it: no such request goes further."""

        def checked(request, *args, **kwargs):
            if any("\x00" in text for name, values in request.GET.lists() for text in (name, *values)):
                raise BadRequest("NUL in a parameter")
            return view(request, *args, **kwargs)

        return unframed(super().admin_view(update_wrapper(checked, view), cacheable))

    @method_decorator(unframed)
    def login(self, request, extra_context=None):
        return super().login(request, extra_context)

    def autocomplete_view(self, request):
        """Django's suggests rows for any field of any model, whether or not a form asks for it so."""
        asked = tuple(request.GET.get(name) for name in ("app_label", "model_name", "field_name"))
        if asked not in self._suggesting_fields():
            raise PermissionDenied
        return super().autocomplete_view(request)

    def _suggesting_fields(self) -> set[tuple[str, str, str]]:
        pages = self._registry.values()
        forms = [*pages, *(inline for page in pages for inline in page.inlines)]
        models = [(form.model._meta, form.autocomplete_fields) for form in forms]
        return {(opts.app_label, opts.model_name, name) for opts, names in models for name in names}

    def get_urls(self):
        # The stock redirect from any row to its public page asks for no permission.
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    def get_app_list(self, request, app_label=None):
        apps = list(self._build_app_dict(request, app_label).values())
        for app in apps:
            app["models"].sort(key=_position)
        return sorted(apps, key=lambda app: _position(app["models"][0]))


def _position(model: dict) -> tuple[int, str]:
    name = model["object_name"]
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)


class PortalAdminConfig(AdminConfig):
    default_site = "huozhou_portal.admin_site.PortalAdminSite"
