"""The admin site: its titles, the order of its models, and the checks before every view."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.lockout import set_browser_cookie
from accounts.passwords import is_given, own_password
from accounts.publisher import publisher
from accounts.sessions import has_expired
from desk.guides import GUIDES, guides_for, picture_path, rendered

# The order of the models within an app, and of the apps by their first model: daily work first, unnamed ones last.
ORDER = (
    "Report",
    "TaskReport",
    "Adjustment",
    "Project",
    "Milestone",
    "Redaction",
    "Department",
    "Source",
    "Reading",
    "Check",
    "IssuedPaper",
    "Vote",
    "PlanAdjustment",
    "Plan",
    "Addition",
    "Task",
    "Measure",
    "Contribution",
    "Commitment",
    "Target",
    "Outline",
    "Article",
    "Aliases",
    "MissedSearch",
    "Entry",
    "User",
    "SiteSettings",
    "AuditRecord",
)

FORMS = ("_add", "_change", "_delete")  # the endings of URL names whose view shows a form and is posted to

# Why somebody has to sign in again: the parameter of the login page, and its text.
IDLE, UNSENT = "idle", "unsent"
ENDED = {
    IDLE: "离开太久，请重新登录。登录后回到刚才那一页。",
    UNSENT: "离开太久，请重新登录。刚才提交的没有保存，登录后回到那一页，请再提交一次。",
}


class DeskSite(AdminSite):
    site_header = "承诺公开后台"
    index_title = "工作台"
    empty_value_display = "—"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # What makes the addresses of pages that belong to no model.
        self.page_makers: list[Callable[[DeskSite], list[URLPattern]]] = []

    @property
    def site_title(self) -> str:  # type: ignore[override]  # the site's name may change while the program runs
        return f"{publisher().site_name} · 后台"

    def admin_view(self, view, cacheable=False):
        """Status 400 for NUL in a parameter, which PostgreSQL refuses in text. Keeps the session of the person alive."""

        def checked(request, *args, **kwargs):
            if any("\x00" in text for name, values in request.GET.lists() for text in (name, *values)):
                raise BadRequest("NUL in a parameter")
            return view(request, *args, **kwargs)

        guarded = super().admin_view(update_wrapper(checked, view), cacheable)

        def entered(request, *args, **kwargs):
            page = request.resolver_match.view_name
            if page == "admin:logout":
                return guarded(request, *args, **kwargs)
            if not self.has_permission(request):
                return self._sent_to_sign_in(request)
            request.session.touch()
            if page != "admin:password_change" and is_given(request.user):
                return HttpResponseRedirect(reverse("admin:password_change"))
            return guarded(request, *args, **kwargs)

        return update_wrapper(entered, guarded)

    def _sent_to_sign_in(self, request: HttpRequest) -> HttpResponse:
        """To the login page, and then back: after a POST to the page of its form, since nothing is posted again."""
        is_read = request.method in ("GET", "HEAD")
        query = {"next": request.get_full_path() if is_read else _page_of_form(request)}
        if has_expired(request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            query["ended"] = IDLE if is_read else UNSENT
        return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode(query)}")

    def login(self, request, extra_context=None):
        reason = ENDED.get(request.GET.get("ended", ""), "")
        response = super().login(request, {"ended": reason, **(extra_context or {})})
        set_browser_cookie(request, response)
        return response

    def password_change(self, request, extra_context=None):
        return own_password(request, {**self.each_context(request), **(extra_context or {})})

    def autocomplete_view(self, request):
        """Only for the fields in `autocomplete_fields`: Django's serves any foreign key."""
        source = tuple(request.GET.get(name) for name in ("app_label", "model_name", "field_name"))
        if source not in self._suggesting_fields():
            raise PermissionDenied
        return super().autocomplete_view(request)

    def _suggesting_fields(self) -> set[tuple[str, str, str]]:
        pages = self._registry.values()
        forms: list[Any] = [*pages, *(inline for page in pages for inline in page.inlines)]
        models = [(form.model._meta, form.autocomplete_fields) for form in forms]
        return {(opts.app_label, opts.model_name, name) for opts, names in models for name in names}

    def get_urls(self):
        # Django's redirect from any row to its public page checks no permission.
        stock = [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
        return [
            path("guide/<slug:slug>/", self.admin_view(self.guide_view), name="guide"),
            path("guide/pictures/<slug:slug>.png", self.admin_view(self.guide_picture_view), name="guide-picture"),
            *(page for make in self.page_makers for page in make(self)),
            *stock,
        ]

    def each_context(self, request):
        return {**super().each_context(request), "guides": guides_for(request.user.has_perm)}

    @method_decorator(require_safe)
    def guide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        guide = GUIDES.get(slug)
        if guide is None or not guide.path.is_file():
            raise Http404
        page = rendered(guide.path.read_text(encoding="utf-8"))
        context = {**self.each_context(request), "title": page.title, "page": page}
        return TemplateResponse(request, "admin/guide.html", context)

    @method_decorator(require_safe)
    def guide_picture_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        picture = picture_path(slug)
        if not picture.is_file():
            raise Http404
        return HttpResponse(picture.read_bytes(), content_type="image/png")

    def get_app_list(self, request, app_label=None):
        apps = list(self._build_app_dict(request, app_label).values())
        for app in apps:
            app["models"].sort(key=_position)
        return sorted(apps, key=lambda app: _position(app["models"][0]))


def _page_of_form(request: HttpRequest) -> str:
    """The page that a POST was sent from: by the Referer, else the requested one where it is a form's, else the desk."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, request.is_secure()):
        page = urlsplit(referer)
        if page.path.startswith(reverse("admin:index")):
            return urlunsplit(("", "", page.path, page.query, ""))
    match = request.resolver_match
    is_form = match is not None and match.view_name.endswith(FORMS)
    return request.get_full_path() if is_form else reverse("admin:index")


def _position(model: dict) -> tuple[int, str]:
    name = model["object_name"]
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)
