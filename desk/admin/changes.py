"""The pages of adjustments: a draft starts from the terms in force."""

from functools import partial
from typing import TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from accounts.sessions import signed_in
from common.media.uploads import sent_picture
from desk.admin.base import row_or_404
from desk.admin.submissions import StageFilter, SubmittedAdmin
from desk.admin.versions import edit_session
from desk.forms.base import delete_file_on_commit
from desk.forms.changes import AdjustedPromise, PromiseChangeForm, change_texts
from desk.forms.evidence import copied_file
from desk.naming import by_year, named
from desk.summaries import summary_of_change
from desk.templatetags.summaries import document_address
from projects.access import led_projects, visible_adjustments
from projects.models import Adjustment, Department, Milestone, Project, PromiseChange

AnyChange = TypeVar("AnyChange", bound=PromiseChange)


class PromiseChangeAdmin(SubmittedAdmin[AnyChange]):
    """The first page chooses the promise; the form then shows each field in force beside an input for the new value."""

    list_display = ("promise_text", "changed_fields", "decided_on", "stage", "drafter", "published_on")
    list_filter = (StageFilter,)
    search_fields = ("reason", "document", "document_number")
    date_hierarchy = "decided_on"
    readonly_fields = ("promise_text", "drafter", "source", "document_stored")
    published_hint = PromiseChange.published_hint
    choice_help = "只列出已经公布的；没公布的直接改草稿。"

    def promises(self, request: HttpRequest) -> dict[str, QuerySet]:
        """The public promises that the person may change, by the name of the foreign key to them."""
        raise NotImplementedError

    @admin.display(description="调整哪一项")
    def promise_text(self, change: AnyChange) -> str:
        return named(change.promise)

    @admin.display(description="已上传的文件")
    def document_stored(self, change: AnyChange) -> str:
        if not change.document_file:
            return "—"
        return format_html('<a href="{}">打开</a>', document_address(change))

    @admin.display(description="改动")
    def changed_fields(self, change: AnyChange) -> str:
        return change.labels

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if not request.GET.get("promise"):
            return self._choose_promise(request)
        return super().add_view(request, form_url, extra_context)

    def _choose_promise(self, request: HttpRequest) -> HttpResponse:
        groups = [
            (label, [(f"{target}:{row.pk}", named(row)) for row in rows])
            for target, promises in self.promises(request).items()
            for label, rows in by_year(promises)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "调整哪一项承诺",
            "name": "promise",
            "label": "调整哪一项",
            "help": self.choice_help,
            "nothing": "没有您可以调整的承诺。",
            "groups": groups,
            "links": self.links_beside_choice(request),
        }
        return TemplateResponse(request, "admin/choose.html", context)

    def links_beside_choice(self, request: HttpRequest) -> list[tuple[str, str]]:
        """(label, address) of other ways to begin."""
        return []

    def _promise(self, request: HttpRequest, change: AnyChange | None) -> tuple[str, object]:
        """The name of the foreign key and the promise, from the address for a new change. Raises Http404."""
        if change:
            return change.promise_field, change.promise
        target, _colon, key = request.GET.get("promise", "").partition(":")
        promises = self.promises(request)
        if target not in promises:
            raise Http404
        return target, row_or_404(promises[target], key)

    def _is_drafting(self, request: HttpRequest, change: AnyChange | None) -> bool:
        return change is None or self.has_change_permission(request, change)

    def _adjusted_promise(self, request: HttpRequest, change: AnyChange | None) -> AdjustedPromise:
        return edit_session(request).once(AdjustedPromise, lambda: AdjustedPromise(*self._promise(request, change)))

    def get_form(self, request, obj=None, change=False, **kwargs):
        if not self._is_drafting(request, obj):
            return super().get_form(request, obj, change, **kwargs)
        adjusted = self._adjusted_promise(request, obj)
        fields = [name for name in kwargs["fields"] if name not in adjusted.inputs and name != "also"]
        form = super().get_form(request, obj, change, **{**kwargs, "fields": fields, "form": PromiseChangeForm})
        others = [] if obj else self._others(request, adjusted)
        return partial(form, adjusted=adjusted, others=others)  # type: ignore[call-arg]  # a PromiseChangeForm

    def _others(self, request: HttpRequest, adjusted: AdjustedPromise) -> list:
        """The promises of the same kind and plan that the person may change; none of what belongs to no plan."""
        plan = getattr(adjusted.promise, "plan", None)
        rows = self.promises(request)[adjusted.target].exclude(pk=adjusted.promise.pk) if plan else ()
        return [row for row in rows if row.plan == plan]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "document_file" in form.changed_data or form.cleaned_data.get("is_file_removed"):
            delete_file_on_commit(form.initial.get("document_file"))
        for alike in getattr(form, "alike", ()):
            alike.drafted_by = request.user
            alike.document_file = copied_file(obj.document_file)
            alike.save()
            self.log_addition(request, alike, "同一份决定")
            self.message_user(request, f"另外起草了{alike}。")

    def get_fieldsets(self, request, obj=None):
        document = ["document", ("document_number", "document_on"), "document_url"]
        why = ("依据", {"fields": ["decided_on", "decided_by", *document, "document_stored", "reason"]})
        if self._is_drafting(request, obj):
            file = (
                ["document_stored", "document_file", "is_file_removed"]
                if obj and obj.document_file
                else ["document_file"]
            )
            why = ("依据", {"fields": ["decided_on", "decided_by", *document, *file, "reason"]})
            inputs = list(self._adjusted_promise(request, obj).inputs)
            also = ["also"] if obj is None and self._others(request, self._adjusted_promise(request, obj)) else []
            changes = ("改成什么", {"fields": [*inputs, *also], "description": "只填要改的，不改的留空。"})
            return [(None, {"fields": ["promise_text"]}), changes, why]
        return [(None, {"fields": ["promise_text", "drafter", *(["source"] if obj.source_id else [])]}), why]

    def get_changeform_initial_data(self, request):
        return {}

    def delete_model(self, request, obj):
        """With its file."""
        delete_file_on_commit(obj.document_file)
        super().delete_model(request, obj)

    def get_urls(self):
        view, name = self.admin_site.admin_view(self.document_view), f"{self.opts.app_label}_{self.opts.model_name}"
        return [path("<path:object_id>/document/", view, name=f"{name}_document"), *super().get_urls()]

    @method_decorator(require_safe)
    def document_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The document's file, for whoever may view the adjustment; that of a draft has no public address."""
        change = self.visible_row(request, object_id)
        if not change.document_file:
            raise Http404
        return sent_picture(request, change.document_file)

    def label_of(self, name):
        field = name.removeprefix("new_")
        models = [self.model._meta.get_field(target).related_model for target in self.model.promise_fields]
        labels = [model.adjustable[field].label for model in models if field in model.adjustable]
        return labels[0] if labels and field != name else super().label_of(name)

    def summary(self, fact):
        summary = summary_of_change(fact, timezone.localdate())
        return {"change": summary, "oddities": summary.oddities}

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and not context["errors"]:  # a refused form has put what was typed into the row
            context["changes"] = list(change_texts(obj))
            context["oddities"] = () if obj.is_published else summary_of_change(obj, timezone.localdate()).oddities
        return super().render_change_form(request, context, add, change, form_url, obj)


@admin.register(Adjustment)
class AdjustmentAdmin(PromiseChangeAdmin[Adjustment]):
    """Officials adjust the projects they lead, administrators every project and the departments."""

    list_select_related = ("project", "milestone__project", "department", "drafted_by")

    def links_beside_choice(self, request):
        """To where days and amounts are changed, which are looked for here."""
        if not request.user.has_perm("tasks.add_planadjustment"):
            return []
        return [("改期限、目标的数、分步，或者取消，在“计划调整”里", reverse("admin:tasks_planadjustment_add"))]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_adjustments(signed_in(request)))

    def promises(self, request):
        user = signed_in(request)
        is_administrator = user.has_perm("projects.change_project")
        projects = Project.objects.all() if is_administrator else led_projects(user)
        departments = Department.objects.all() if is_administrator else Department.objects.none()
        return {
            "project": projects.published(),
            "milestone": Milestone.objects.published().filter(project__in=projects).select_related("project"),
            "department": departments.published(),
        }

    def public_address(self, fact, entry):
        if fact.department:
            return reverse("department", args=[fact.department.slug])
        return reverse("project", args=[(fact.project or fact.milestone.project).slug])
