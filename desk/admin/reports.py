"""The pages of reports: filing, 审签单, review and publication, one or many at once."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.db.models import Model, Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import signed_in
from common.keys import is_key
from common.money import yuan_echo
from desk.admin.base import row_or_404
from desk.admin.evidence import AbstractEvidenceInline, EvidencedAdmin
from desk.admin.facts import name_of
from desk.admin.returns import ReturnPages
from desk.admin.submissions import StageFilter, SubmittedAdmin
from desk.admin.versions import edit_session
from desk.filing import (
    ReadingComparison,
    ReportedProject,
    file_unchanged,
    file_unchanged_task,
    lines_of,
    queue_version,
    reported_projects,
    sheet_of,
    tick_of,
    unchanged_errors,
)
from desk.forms.reports import (
    AbstractReportForm,
    Filing,
    ReportForm,
    TaskFiling,
    TaskReportForm,
)
from desk.naming import named, subject_key, unchanged_address_of
from desk.sentences import printed_sentence
from desk.summaries import ReportSummary, summary_of, summary_of_task_report
from ledger.chain import PublicationError
from projects.access import is_overseer, led_projects, visible_reports
from projects.models import (
    AbstractReport,
    Department,
    Evidence,
    Milestone,
    MilestoneReading,
    Project,
    Report,
)
from projects.publishing import current_terms, draw_pictures, publish, submitted_for
from projects.snapshots import ProjectSnapshot
from tasks.access import Led, led_rows, visible_task_reports
from tasks.models import Declared, Measure, Task, TaskEvidence, TaskReport
from tasks.snapshots import load_answers

AnyReport = TypeVar("AnyReport", bound=AbstractReport)
Row = TypeVar("Row", bound=Model)
PAUSE = "<!-- pause -->"  # where `publishing.html` is split to send each publication as it happens


class ReportEvidenceInline(AbstractEvidenceInline):
    def is_fixed(self, request, row):
        return super().is_fixed(request, row) or row.submitted_at is not None


class EvidenceInline(ReportEvidenceInline):
    model = Evidence


class TaskEvidenceInline(ReportEvidenceInline):
    model = TaskEvidence


class AbstractReportAdmin(EvidencedAdmin[AnyReport], SubmittedAdmin[AnyReport]):
    """What the pages of reports of projects and of those of tasks and measures share. `about` is what a report is about."""

    change_form_template = "admin/projects/report/change_form.html"
    report_form: ClassVar[type[AbstractReportForm]]
    subject_parameter: ClassVar[str]  # of the address of a new report: what it is about
    list_filter: ClassVar[Any] = (StageFilter,)
    date_hierarchy = "held_on"
    published_hint = AbstractReport.published_hint
    ordering = (*SubmittedAdmin.ordering[:-1], "-held_on", "-pk")

    # What a kind of report says of its subject

    def led_subject(self, request: HttpRequest, key: str) -> Any:
        """What the person may report on, by the parameter of the address. Raises Http404."""
        raise NotImplementedError

    def filing_of(self, about: Any, corrected: AnyReport | None) -> Any:
        """As of today. Raises Http404 where what it is about isn't public."""
        raise NotImplementedError

    def is_led(self, request: HttpRequest, about: Any) -> bool:
        """Whether the person may report on it."""
        raise NotImplementedError

    def summary_of(self, report: AnyReport) -> ReportSummary:
        raise NotImplementedError

    def lines(self, report: AnyReport) -> Iterable[ReadingComparison]:
        return ()

    def project_on_sheet(self, report: AnyReport) -> ProjectSnapshot | None:
        """Whose money the 审签单 shows."""
        return None

    def unchanged_errors(self, filing: Any, n_in_hand: int) -> list[str]:
        """Why 本月无变化 is refused."""
        raise NotImplementedError

    def file_unchanged(self, request: HttpRequest, about: Any) -> AnyReport:
        """Raises PublicationError."""
        raise NotImplementedError

    def choose_subject(self, request: HttpRequest) -> HttpResponse:
        """The first page of a new report."""
        raise NotImplementedError

    # The form

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "corrects" in request.GET:
            version = self.model.objects.filter(corrects=self._corrected(request)).first()
            if version:
                self.message_user(request, "这份报告已经有更正了，就是这一份。", messages.WARNING)
                return HttpResponseRedirect(self.address("change", version.pk))
        elif self.subject_parameter not in request.GET:
            return self.choose_subject(request)
        return super().add_view(request, form_url, extra_context)

    def _corrected(self, request: HttpRequest) -> AnyReport:
        corrected = row_or_404(self.model.objects.published(), request.GET["corrects"])
        if not self.is_led(request, corrected.about):
            raise Http404
        return corrected

    def filing(self, request: HttpRequest, report: AnyReport | None) -> Any:
        return edit_session(request).once(AbstractReportForm, lambda: self._load_filing(request, report))

    def _load_filing(self, request: HttpRequest, report: AnyReport | None) -> Any:
        if report:
            return self.filing_of(report.about, report.corrects)  # type: ignore[arg-type]  # of the same kind
        if "corrects" in request.GET:
            corrected = self._corrected(request)
            return self.filing_of(corrected.about, corrected)
        return self.filing_of(self.led_subject(request, request.GET.get(self.subject_parameter, "")), None)

    def is_filing(self, request: HttpRequest, report: AnyReport | None) -> bool:
        return report is None or self.has_change_permission(request, report)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if not self.is_filing(request, obj):
            return super().get_form(request, obj, change, **kwargs)
        filing = self.filing(request, obj)
        fields = [name for name in kwargs["fields"] if name not in getattr(filing, "lines", ())]
        form = super().get_form(request, obj, change, **{**kwargs, "fields": fields, "form": self.report_form})
        return partial(form, filing=filing)  # type: ignore[call-arg]  # an AbstractReportForm

    def get_fieldsets(self, request, obj=None):
        if not self.is_filing(request, obj):
            return self.reading_fieldsets(obj)
        filing, about = self.filing(request, obj), self.readonly_fields[0]
        head = [about, "held_on"] if filing.corrected is None else [about, "corrects", "held_on"]
        reason = [] if filing.corrected is None else ["correction_reason"]
        evidence = ["is_evidence_kept"] if filing.corrected and obj is None else []
        return [
            (None, {"fields": [*head, *reason, *evidence]}),
            *self.content_fieldsets(filing),
            ("给审核员的话", {"fields": ["internal_note"], "classes": ["collapse"]}),
        ]

    def content_fieldsets(self, filing: Any) -> list:
        """What is typed between the head and the note."""
        raise NotImplementedError

    texts: ClassVar[tuple[str, ...]] = ("text", "problem", "next_step", "delay")

    def reading_fieldsets(self, report: AnyReport) -> list:
        """For those who may only read it."""
        about = [self.readonly_fields[0], "held_on", "drafter"] + (["source"] if report.source_id else [])
        correction = ["corrects", "correction_reason"] if report.corrects_id else []
        beyond = ["over_investment_reason"] if getattr(report, "over_investment_reason", "") else []
        internal = [("给审核员的话", {"fields": ["internal_note"]})] if report.internal_note else []
        texts = {"fields": [*self.texts, *beyond]}
        return [(None, {"fields": [*about, *correction]}), ("情况", texts), *internal]

    def get_changeform_initial_data(self, request):
        return {}

    def _unchanged_address(self, filing: Any) -> str | None:
        """The address that 本月无变化 posts to; None where it would be refused."""
        n_in_hand = filing.about.reports.drafts().count()
        is_refused = filing.corrected or self.unchanged_errors(filing, n_in_hand)
        return None if is_refused else unchanged_address_of(filing.about)

    # Above and below the form

    def object_messages(self, request, row):
        is_draft = not (row.submitted_at or row.is_published)
        return [*(self._sent_messages(row.about, row) if is_draft else ()), *super().object_messages(request, row)]

    def _sent_messages(self, about: Any, report: AnyReport | None) -> list[str]:
        """About unpublished reports of the same subject; for a draft, only about those submitted for the same day."""
        if report:
            others = submitted_for(report)
        else:
            drafts = about.reports.drafts().filter(corrects=None)
            others = drafts.select_related("submitted_by", "drafted_by").order_by("-held_on", "-pk")
        return [self._sent_message(other) for other in others]

    def _sent_message(self, other: AbstractReport) -> str:
        if other.submitted_at:
            words = f"{other.held_on} 的数据已经送审（{other.submission}），等审核。同一天只送一份。"
        else:
            words = f"{other.held_on} 的数据已有一份草稿，由{name_of(other.drafted_by)}起草，还没有送审。"
        return format_html('{}<a href="{}">看那一份</a>', words, self.address("change", other.pk))

    def object_links(self, request, row):
        sheet = ("打印审签单", self.address("sheet", row.pk))
        if not row.is_published:
            return [*super().object_links(request, row), sheet]
        links = [("公开页面", self.public_address(row, row.entry)), sheet]
        is_newest = not self.model.objects.filter(corrects=row).exists()
        if self.has_add_permission(request) and is_newest and self.is_led(request, row.about):
            links.append(("更正", f"{self.address('add')}?corrects={row.pk}"))
        return links

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if add:
            filing = self.filing(request, None)
            context["title"] = "填报更正" if "corrects" in request.GET else "填报"
            context["unchanged_address"] = self._unchanged_address(filing)
            context["object_messages"] = self._sent_messages(filing.about, None)
        if not self.is_filing(request, obj):
            if obj.is_published:
                context["lines"] = list(self.lines(obj))
            else:
                context |= self.summary(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def summary(self, fact):
        summary = self.summary_of(fact)
        return {"summaries": [summary], "oddities": summary.oddities}

    # Views of our own

    def get_urls(self):
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("unchanged/<str:key>/", wrap(self.unchanged_view), name=f"{name}_unchanged"),
            path("<path:object_id>/sheet/", wrap(self.sheet_view), name=f"{name}_sheet"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def unchanged_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """本月无变化: drafts and submits what was published last with today's date."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        about = self.led_subject(request, key)
        if not about.is_published:
            raise Http404
        try:
            with transaction.atomic():
                report = self.file_unchanged(request, about)
                self.log_addition(request, report, "本月无变化，送审")
        except PublicationError as error:
            for text in error.messages:
                self.message_user(request, f"{about}：{text}", messages.ERROR)
            return HttpResponseRedirect(self.address("add"))
        return self.sent(request, report, "，和上次一样")

    @method_decorator(require_safe)
    def sheet_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """审签单: the report in its present state, on one A4 page with lines to sign."""
        report = self.visible_row(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "report": report,
            "kind": report.about._meta.verbose_name,
            "project": self.project_on_sheet(report),
            "summary": self.summary_of(report),
            "sheet": sheet_of(report, self.lines(report)),
            "drafter": name_of(report.drafted_by),
            "printed_sentence": printed_sentence(report, timezone.now()),
        }
        return TemplateResponse(request, "admin/projects/report/sheet.html", context)


def reported_project(project: Project) -> ReportedProject:
    """As of today. Raises Http404 for a project that isn't public."""
    found = reported_projects(Project.objects.filter(pk=project.pk), timezone.localdate())
    if not found:
        raise Http404
    return found[project.pk]


class DepartmentFilter(admin.SimpleListFilter):
    """For whoever looks at all of them. `of` says which reports are about what a department answers for."""

    title = "部门"
    parameter_name = "department"

    def lookups(self, request, model_admin):
        return (
            list(Department.objects.order_by("name", "pk").values_list("slug", "name"))
            if is_overseer(request.user)
            else []
        )

    def queryset(self, request, queryset):
        department = Department.objects.filter(slug=self.value()).first() if self.value() else None
        return queryset.filter(self.of(Led.of_department(department))) if department else queryset

    @staticmethod
    def of(led: Led) -> Q:
        return Q(project__in=led.projects)


class TaskDepartmentFilter(DepartmentFilter):
    @staticmethod
    def of(led):
        return Q(task__in=led.tasks) | Q(measure__in=led.measures)


@admin.register(Report)
class ReportAdmin(ReturnPages, AbstractReportAdmin[Report]):
    report_form, subject_parameter = ReportForm, "project"
    list_display = ("project", "held_on", "stage", "drafter", "published_on")
    list_display_links = ("project", "held_on")
    list_filter = (StageFilter, DepartmentFilter, ("project", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("project", "drafted_by")
    search_fields = ("project__title", "project__short_title", "text")
    search_help_text = "按项目名称或进展文字查找"
    inlines = (EvidenceInline,)
    audited_parts = (MilestoneReading,)
    readonly_fields = ("project", "corrects", "spent_text", "drafter", "source")
    texts = ("spent_text", *AbstractReportAdmin.texts)

    @admin.display(description="累计完成投资")
    def spent_text(self, report: Report) -> str:
        return (
            "没有填" if report.spent is None else yuan_echo(report.spent, current_terms(report.project)["investment"])
        )

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_reports(signed_in(request)))

    def parts(self, row):
        return super().parts(row) | {
            "readings": list(row.readings.order_by("milestone").values_list("milestone", "value"))
        }

    def label_of(self, name):
        key = name.removeprefix("value_")
        milestone = Milestone.objects.filter(pk=key).first() if key != name and is_key(key) else None
        return milestone.title if milestone else super().label_of(name)

    # What a report is about

    def led_subject(self, request, key):
        return row_or_404(led_projects(signed_in(request)), key)

    def is_led(self, request, about):
        return led_projects(signed_in(request)).filter(pk=about.pk).exists()

    def filing_of(self, about, corrected):
        return Filing(reported_project(about), corrected)

    def summary_of(self, report):
        return summary_of(report, reported_project(report.project))

    def lines(self, report):
        return lines_of(report, reported_project(report.project))

    def project_on_sheet(self, report):
        return reported_project(report.project).snapshot

    def unchanged_errors(self, filing, n_in_hand):
        project = filing.project
        latest = project.snapshot.latest_report
        last_on = latest.held_on if latest else None
        return unchanged_errors(last_on, project.snapshot.as_of, n_in_hand, is_settled=project.is_dropped)

    def file_unchanged(self, request, about):
        return file_unchanged(about, by=signed_in(request))

    def choose_subject(self, request):
        """The list of the desk: unfinished reports come before projects to begin with."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "填报哪个项目"}
        return TemplateResponse(request, "admin/projects/report/choose_project.html", context)

    def content_fieldsets(self, filing):
        beyond = {"fields": ["is_over_target_confirmed", "over_investment_reason"], "classes": ["collapse"]}
        return [
            ("各节点到这一天累计完成", {"fields": list(filing.lines), "classes": ["lines"]}),
            ("情况和投资", {"fields": ["spent", "text", "problem", "delay", "next_step"]}),
            ("超过目标或总投资时才填", beyond),
        ]

    def delete_model(self, request, obj):
        obj.readings.all().delete()
        super().delete_model(request, obj)

    def public_address(self, fact, entry):
        return reverse("project", args=[fact.project.slug])

    # Many at once

    def get_urls(self):
        view = self.admin_site.admin_view(self.publish_many_view)
        return [path("publish/", view, name="projects_report_publish_many"), *super().get_urls()]

    @method_decorator(require_POST)
    def publish_many_view(self, request: HttpRequest) -> HttpResponseBase:
        """Publish the reports ticked in the queue, each in a transaction of its own; the page is streamed, a line for each."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        ticked = dict(text.partition("@")[::2] for text in request.POST.getlist("report"))
        reports = sorted(
            self._ticked(request, ticked), key=lambda one: (one.submitted_at is None, one.submitted_at, one.pk)
        )
        if not reports:
            self.message_user(request, "没有勾选要公布的报告。", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:index"))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": f"公布 {len(reports)} 份报告"}
        # Rendered at once: the Content-Security-Policy header needs the nonces of the whole page.
        page = render_to_string("admin/projects/report/publishing.html", context, request)
        response = StreamingHttpResponse(self._published_one_by_one(request, reports, ticked, page.split(PAUSE)))
        response["X-Accel-Buffering"] = "no"  # nginx passes on each line at once
        return response

    def _ticked(self, request: HttpRequest, ticked: dict[str, str]) -> Iterator[AbstractReport]:
        """The reports of every kind among the keys `<model>:<primary key>`."""
        user = signed_in(request)
        visible = (
            visible_reports(user).select_related("project"),
            visible_task_reports(user).select_related("task__group__plan", "measure__task__group__plan"),
        )
        for rows in visible:
            keys = [key.removeprefix(f"{rows.model._meta.model_name}:") for key in ticked]
            yield from rows.filter(pk__in=filter(is_key, keys))

    def _published_one_by_one(
        self, request: HttpRequest, reports: list[AbstractReport], ticked: dict[str, str], pieces: list[str]
    ) -> Iterator[str]:
        n_published = 0
        yield pieces[0]
        for number, report in enumerate(reports, start=1):
            words, is_published = self._published_now(request, report, ticked.get(tick_of(report), ""))
            n_published += is_published
            look = "is-published" if is_published else "is-refused"
            yield format_html('<li value="{}" class="{}">{}</li>\n', number, look, words)
        n_refused = len(reports) - n_published
        published = f"已公布 {n_published} 份，每份一条公开记录。" if n_published else ""
        yield f"{pieces[1]}{published}{f'{n_refused} 份没有公布，还在队列里。' if n_refused else ''}{pieces[2]}"

    def _published_now(self, request: HttpRequest, report: AbstractReport, version: str) -> tuple[str, bool]:
        """The result as a line of HTML, and whether the report is published now."""
        page: Any = self.admin_site.get_model_admin(type(report))
        try:
            if version != queue_version(report):
                raise PublicationError("您看过以后它又变了，请再看一遍。")
            draw_pictures(report)
            with transaction.atomic():
                entry = publish(report, by=signed_in(request))
                page.log_change(request, report, f"公布（{entry}）", page.kind_of_publication)
        except PublicationError as error:
            reasons = format_html_join("", "{}", ((self.with_link(request, reason),) for reason in error.messages))
            return format_html(
                '<a href="{}">{}</a> 没有公布：{}', page.address("change", report.pk), report, reasons
            ), False
        except OperationalError:  # waiting for the lock took too long, or the disk is full
            return f"{report} 没有公布：数据库太忙，或者暂时写不进去，请过一会儿再公布。", False
        address, ledger = page.public_address(report, entry), reverse("entry", args=[entry.seq])
        text = '已公布 <a href="{}">{}</a>，公开记录<a href="{}">第 {} 条</a>'
        return format_html(text, address, report, ledger, entry.seq), True


@admin.register(TaskReport)
class TaskReportAdmin(AbstractReportAdmin[TaskReport]):
    """Of tasks and measures: what their departments declare, which nothing is reckoned from."""

    report_form, subject_parameter = TaskReportForm, "about"
    list_display = ("about_text", "held_on", "declared", "stage", "drafter", "published_on")
    list_display_links = ("about_text", "held_on")
    list_select_related = ("task__group__plan", "measure__task__group__plan", "drafted_by")
    list_filter = (StageFilter, TaskDepartmentFilter)
    search_fields = ("task__title", "measure__title", "text")
    search_help_text = "按任务、举措的名称或进展文字查找"
    inlines = (TaskEvidenceInline,)
    readonly_fields = ("about_text", "corrects", "drafter", "source")
    texts = ("declared", *AbstractReportAdmin.texts)

    @admin.display(description="哪一项", ordering="measure__title")
    def about_text(self, report: TaskReport) -> str:
        return named(report.about)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_task_reports(signed_in(request)))

    def led_subject(self, request, key):
        name, _colon, pk = key.partition(":")
        models: dict[str, type[Task] | type[Measure]] = {"task": Task, "measure": Measure}
        if name not in models:
            raise Http404
        return row_or_404(led_rows(models[name], signed_in(request)), pk)

    def is_led(self, request, about):
        return led_rows(type(about), signed_in(request)).filter(pk=about.pk).exists()

    def filing_of(self, about, corrected):
        if not about.is_published:
            raise Http404
        (answer,) = load_answers([about], timezone.localdate())
        return TaskFiling(answer, corrected)

    def summary_of(self, report):
        return summary_of_task_report(report, self.filing_of(report.about, None).answer, timezone.localdate())

    def unchanged_errors(self, filing, n_in_hand):
        latest = filing.answer.latest_report
        is_done = latest is not None and latest.declared == Declared.DONE
        return unchanged_errors(latest.held_on if latest else None, timezone.localdate(), n_in_hand, is_settled=is_done)

    def file_unchanged(self, request, about):
        return file_unchanged_task(about, by=signed_in(request))

    def choose_subject(self, request):
        user = signed_in(request)
        tasks = led_rows(Task, user).published().select_related("group__plan")
        measures = led_rows(Measure, user).published().select_related("task__group__plan")
        rows: list[Task | Measure] = [*tasks, *measures]
        plans = {plan.pk: plan for plan in (row.plan for row in rows)}
        groups = [
            (str(plan), [(subject_key(row), named(row)) for row in rows if row.plan.pk == plan.pk])
            for plan in sorted(plans.values(), key=lambda one: -one.year)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "填报哪一项任务或举措",
            "name": self.subject_parameter,
            "label": "填报哪一项",
            "help": "只列出您的部门牵头、已经公布的。",
            "nothing": "没有您的部门牵头的任务或举措。",
            "groups": groups,
        }
        return TemplateResponse(request, "admin/choose.html", context)

    def content_fieldsets(self, filing):
        return [("情况", {"fields": ["declared", "text", "problem", "delay", "next_step"]})]

    def public_address(self, fact, entry):
        about = fact.about
        task = about if isinstance(about, Task) else about.task
        return reverse("task", args=[about.plan.year, task.group.code, task.number])
