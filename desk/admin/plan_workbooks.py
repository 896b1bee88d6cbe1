"""The pages on which a plan is made of a table: sent, read and answered, written as a draft."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from accounts.sessions import signed_in
from common.exports import xlsx_response
from desk.admin.base import DeskAdmin
from desk.file_names import file_name
from desk.forms.workbooks import ALIKE, AnswersForm, ReasonForm, UploadForm, answered_alike
from desk.workbooks import uploads
from desk.workbooks.alike import groups_of
from desk.workbooks.county import NoTable
from desk.workbooks.dry_run import DryRun, dry_run, problems_of, reading_of, write_draft
from desk.workbooks.form_reading import public_text
from desk.workbooks.known import stored_rows
from desk.workbooks.marking import marked_workbook
from desk.workbooks.opening import Unreadable
from desk.workbooks.readings import Problem
from desk.workbooks.telling import WANTED, ItemText, counted_text, gaps_text, item_texts, new_departments, summary_of
from desk.workbooks.uploads import Upload
from projects.models import Department
from tasks.drafting import NotDrafted
from tasks.models import Addition, Plan


class WorkbookPages(DeskAdmin):
    """What the pages of plans have besides: a plan from a county's own table."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("workbook/", wrap(self.workbook_view), name="plan-workbook"),
            path("workbook/<slug:token>/", wrap(self.reading_view), name="plan-workbook-reading"),
            path("workbook/<slug:token>/marked/", wrap(self.marked_view), name="plan-workbook-marked"),
            *super().get_urls(),
        ]

    def workbook_view(self, request: HttpRequest) -> HttpResponse:
        """Sends a table. What can't be opened is said at its field; what can is read on the next page."""
        self._check_may_draft(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file, by = form.cleaned_data["file"], signed_in(request)
            reason = form.cleaned_data["reason"]
            token = uploads.keep(file.read(), file.name, form.cleaned_data["year"], by=by, reason=reason)
            upload = self._upload(request, token)
            try:
                reading_of(upload)
            except (Unreadable, NoTable) as refused:
                uploads.forget(token, by=by)
                form.add_error("file", str(refused))
            else:
                return HttpResponseRedirect(reverse("admin:plan-workbook-reading", args=[token]))
        return self._page(request, "workbook.html", "用表格建立年度计划", form=form)

    def reading_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """What would be made, each doubt with its choices; the second press makes it."""
        self._check_may_draft(request)
        upload, by = self._upload(request, token), signed_in(request)
        try:
            run = dry_run(reading_of(upload), by=by)
        except (Unreadable, NoTable) as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("admin:plan-workbook"))
        if run.reading.public_year is not None:
            return self._public_page(request, upload, run)
        form = AnswersForm(run.reading, request.POST if request.method == "POST" else None, initial={"seen": run.seen})
        if ALIKE in request.POST:
            groups = groups_of(run.reading, self._items(run))
            form = AnswersForm(run.reading, answered_alike(request.POST, form.doubt_groups, groups))
            return self._reading_page(request, upload, run, form)
        if request.method == "POST" and form.is_valid() and self._is_current(form, run):
            answers = {"answers": form.answers, "confirmed": form.cleaned_data["confirmed"], "defaults": form.defaults}
            try:
                fact, done = write_draft(run.reading, **answers, by=by)
            except NotDrafted as refused:
                return self._reading_page(request, upload, run, form, problems_of(refused, run.reading.rows))
            new = [run.reading.rows[one.position] for one in done if one.is_new]
            return self._written(request, fact, counted_text(new), upload)
        return self._reading_page(request, upload, run, form)

    @method_decorator(require_safe)
    def marked_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """The same table, with what was asked and refused at its cells."""
        self._check_may_draft(request)
        upload = self._upload(request, token)
        try:
            run = dry_run(reading_of(upload), by=signed_in(request))
            content = marked_workbook(upload.content, run)
        except (Unreadable, NoTable) as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("admin:plan-workbook"))
        return xlsx_response(content, file_name("年度计划标出问题", ending="xlsx"))

    def _check_may_draft(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _upload(self, request: HttpRequest, token: str) -> Upload:
        """Raises Http404 for what is gone after a day, or another's."""
        upload = uploads.kept(token, by=signed_in(request))
        if upload is None:
            raise Http404
        return upload

    def _is_current(self, form: AnswersForm, run: DryRun) -> bool:
        is_current = form.cleaned_data["seen"] == run.seen
        if not is_current and not run.problems:
            form.add_error(None, "您看的时候，草稿被别人改过。请再看一遍，再写进草稿。")
        return is_current and not run.problems

    def _written(self, request: HttpRequest, fact: Plan | Addition, new: str, upload: Upload) -> HttpResponse:
        note = f"从表格“{upload.name}”写入，{f'新增 {new}' if new else '没有新增的承诺、目标和任务'}"
        page = self.admin_site._registry[type(fact)]  # of what was made, which keeps its own log
        page.log_addition(request, fact, note)
        uploads.forget(upload.token, by=signed_in(request))
        messages.success(request, f"写进草稿了：{note}。再看一遍，补上缺的，请审核员公布。")
        name = f"admin:{fact._meta.model_name}-table"
        return HttpResponseRedirect(reverse(name, args=[fact.pk]))

    def _reading_page(
        self, request: HttpRequest, upload: Upload, run: DryRun, form: AnswersForm, refused: Sequence[Problem] = ()
    ) -> HttpResponse:
        items = self._items(run)
        return self._page(
            request, "reading.html", "这张表读成这样", form=form, upload=upload, run=run, refused=refused, ticked=form.ticked,
            summary=summary_of(run.reading.rows), new_departments=new_departments(run.reading.rows),
            groups=groups_of(run.reading, items), n_inferred=sum(item.is_inferred for item in items),
            gaps=gaps_text(gap.name for gap in run.reading.gaps), gap_cells=[{"cell": gap.cell, "word": WANTED[gap.name]} for gap in run.reading.gaps],
            whole=[note for note in run.reading.notes if not note.cell], parts=[note for note in run.reading.notes if note.cell],
        )  # fmt: skip

    @staticmethod
    def _items(run: DryRun) -> list[ItemText]:
        names = dict(Department.objects.values_list("slug", "name"))
        return item_texts(run.reading, names, stored_rows(run.reading))

    def _public_page(self, request: HttpRequest, upload: Upload, run: DryRun) -> HttpResponse:
        """A plan that is public: nothing to tick, but what can be done. With a reason the table is read as an addition."""
        plan = get_object_or_404(Plan.objects.published(), year=run.reading.public_year)
        is_ours = run.reading.is_ours
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not is_ours and form.is_valid():
            by, reason = signed_in(request), form.cleaned_data["reason"]
            token = uploads.keep(upload.content, upload.name, upload.year, by=by, reason=reason)
            uploads.forget(upload.token, by=by)
            return HttpResponseRedirect(reverse("admin:plan-workbook-reading", args=[token]))
        differences = [one for one in run.problems if is_ours and one.text != public_text(plan.year)]
        return self._page(
            request, "reading_public.html", f"{plan.year} 年的计划已经公开", form=form, upload=upload, plan=plan, run=run,
            is_ours=is_ours, differences=differences,
        )  # fmt: skip

    def _page(self, request: HttpRequest, template: str, title: str, **context) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/tasks/plan/{template}", context)
