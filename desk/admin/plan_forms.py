"""Plans and additions as our own form, to be downloaded: as they are, empty, and with what is left for the next year."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from common.exports import xlsx_response
from common.keys import is_key
from desk.admin.facts import FactAdmin
from desk.file_names import file_name
from desk.workbooks.form_writing import empty_workbook, next_year_workbook, plan_workbook
from tasks.models import Addition, Plan

AS_TABLE = "导出为表格"


class FormDownload(FactAdmin):
    """The page of a plan or of an addition leads to it as a workbook, for whoever may enter one."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_workbook"
        view = self.admin_site.admin_view(self.download_view)
        return [path("<path:object_id>/workbook/", view, name=name), *super().get_urls()]

    def object_links(self, request, row):
        links = [(AS_TABLE, self.address("workbook", row.pk))] if self.has_add_permission(request) else []
        return [*super().object_links(request, row), *links]

    @method_decorator(require_safe)
    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self.check_may_enter(request)
        fact = self.visible_row(request, object_id)
        if isinstance(fact, Addition):
            return xlsx_response(
                plan_workbook(fact.plan, fact), file_name(f"{fact.plan.year}年度计划追加{fact.pk}", ending="xlsx")
            )
        return xlsx_response(plan_workbook(fact), file_name(f"{fact.year}年度计划", ending="xlsx"))

    def check_may_enter(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied


class PlanForms(FormDownload):
    """What only the pages of plans have: the empty form, and next year's."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("empty-workbook/", wrap(self.empty_view), name="plan-empty-workbook"),
            path("from-last-year/", wrap(self.next_year_view), name="plan-from-last-year"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def empty_view(self, request: HttpRequest) -> HttpResponse:
        self.check_may_enter(request)
        return xlsx_response(empty_workbook(), file_name("年度计划空表", ending="xlsx"))

    @method_decorator(require_safe)
    def next_year_view(self, request: HttpRequest) -> HttpResponse:
        """The published plans to choose from; with `?plan=` the form of the year after that one."""
        self.check_may_enter(request)
        plans = Plan.objects.published()
        if "plan" not in request.GET:
            context = {
                **self.admin_site.each_context(request),
                "title": "照去年的做",
                "opts": self.opts,
                "plans": [{"plan": plan, "next": plan.year + 1} for plan in plans.order_by("-year")],
            }
            return TemplateResponse(request, "admin/tasks/plan/from_last_year.html", context)
        key = request.GET["plan"]
        plan = plans.filter(pk=key).first() if is_key(key) else None
        if plan is None:
            raise Http404
        return xlsx_response(
            next_year_workbook(plan, timezone.localdate()), file_name(f"{plan.year + 1}年度计划", ending="xlsx")
        )
