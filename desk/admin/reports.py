"""The pages of reports: filing, 审签单, review and publication, one or many at once."""

from collections.abc import Iterator
from functools import partial
from typing import TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.db.models import Model, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions import signed_in
from common.keys import is_key
from common.media.uploads import sent_picture
from common.money import yuan_echo
from desk.admin.base import GuardedInline
from desk.admin.facts import name_of
from desk.admin.submissions import StageFilter, SubmittedAdmin
from desk.admin.versions import edit_session
from desk.filing import file_unchanged, lines_of, queue_version, sheet_of, unchanged_errors
from desk.forms.reports import MOST_EVIDENCE, EvidenceForm, EvidenceFormSet, Filing, ReportForm, delete_file_on_commit
from desk.sentences import printed_sentence
from desk.summaries import summary_of
from ledger.chain import PublicationError
from projects.access import led_projects, visible_reports
from projects.models import Evidence, EvidenceKind, Milestone, MilestoneReading, Project, Report
from projects.publishing import current_terms, draw_pictures, publish, submitted_for
from projects.snapshots import load_snapshots


class EvidenceInline(GuardedInline, admin.StackedInline):
    model = Evidence
    form = EvidenceForm
    formset = EvidenceFormSet
    readonly_fields = ("stored",)
    extra = 1
    max_num = MOST_EVIDENCE

    def get_fields(self, request, obj=None):
        is_open = obj is None or self.has_change_permission(request, obj)
        return (
            ("title", "file", "is_consented", "url", "is_cited", "stored")
            if is_open
            else ("kind", "title", "stored", "url")
        )

    def is_fixed(self, request, row):
        return super().is_fixed(request, row) or row.submitted_at is not None

    @admin.display(description="已上传")
    def stored(self, evidence: Evidence) -> str:
        if evidence.pk is None or not evidence.file:  # a file that was refused is not stored
            return "—"
        address = reverse("admin:projects_report_evidence", args=[evidence.report_id, evidence.position])
        if evidence.kind == EvidenceKind.PHOTO:
            return format_html(
                '<a href="{0}"><img class="evidence" src="{0}?width=480" alt="{1}"></a>', address, evidence.title
            )
        return format_html('<a href="{}">打开</a>', address)


Row = TypeVar("Row", bound=Model)
PAUSE = "<!-- pause -->"  # where `publishing.html` is split to send each publication as it happens


def filing_of(project: Project, corrected: Report | None) -> Filing:
    """As of today. Raises Http404 for a project that isn't public."""
    snapshot = load_snapshots(Project.objects.filter(pk=project.pk), timezone.localdate())
    if not snapshot:
        raise Http404
    return Filing(snapshot[project.pk], corrected)


def row_or_404(rows: QuerySet[Row], key: str) -> Row:
    """By primary key. Raises Http404 also where `key` is no number."""
    if not is_key(key):
        raise Http404
    return get_object_or_404(rows, pk=key)


@admin.register(Report)
class ReportAdmin(SubmittedAdmin[Report]):
    change_form_template = "admin/projects/report/change_form.html"
    list_display = ("project", "held_on", "stage", "drafter", "published_on")
    list_display_links = ("project", "held_on")
    list_filter = (StageFilter, ("project", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("project", "drafted_by")
    search_fields = ("project__title", "project__short_title", "text")
    search_help_text = "按项目名称或进展文字查找"
    date_hierarchy = "held_on"
    inlines = (EvidenceInline,)
    audited_parts = (MilestoneReading,)
    readonly_fields = ("project", "corrects", "spent_told", "drafter", "source")
    published_hint = Report.published_hint
    ordering = (*SubmittedAdmin.ordering[:-1], "-held_on", "-pk")

    @admin.display(description="累计完成投资")
    def spent_told(self, report: Report) -> str:
        return (
            "没有填" if report.spent is None else yuan_echo(report.spent, current_terms(report.project)["investment"])
        )

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=visible_reports(signed_in(request)))

    # Who may write what

    def parts(self, row):
        return super().parts(row) | {
            "readings": list(row.readings.order_by("milestone").values_list("milestone", "value"))
        }

    def label_of(self, name):
        key = name.removeprefix("value_")
        milestone = Milestone.objects.filter(pk=key).first() if key != name and is_key(key) else None
        return milestone.title if milestone else super().label_of(name)

    # The form

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "corrects" in request.GET:
            version = Report.objects.filter(corrects=self._corrected(request)).first()
            if version:
                self.message_user(request, "这份报告已经有更正了，就是这一份。", messages.WARNING)
                return HttpResponseRedirect(self.address("change", version.pk))
        elif "project" not in request.GET:
            return self._choose_project(request)
        return super().add_view(request, form_url, extra_context)

    def _corrected(self, request: HttpRequest) -> Report:
        own = Report.objects.published().filter(project__in=led_projects(signed_in(request)))
        return row_or_404(own, request.GET["corrects"])

    def _filing(self, request: HttpRequest, report: Report | None) -> Filing:
        return edit_session(request).once(Filing, lambda: self._load_filing(request, report))

    def _load_filing(self, request: HttpRequest, report: Report | None) -> Filing:
        if report:
            return filing_of(report.project, report.corrects)
        if "corrects" in request.GET:
            corrected = self._corrected(request)
            return filing_of(corrected.project, corrected)
        return filing_of(row_or_404(led_projects(signed_in(request)), request.GET.get("project", "")), None)

    def _is_filing(self, request: HttpRequest, report: Report | None) -> bool:
        return report is None or self.has_change_permission(request, report)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if not self._is_filing(request, obj):
            return super().get_form(request, obj, change, **kwargs)
        filing = self._filing(request, obj)
        fields = [name for name in kwargs["fields"] if name not in filing.lines]
        form = super().get_form(request, obj, change, **{**kwargs, "fields": fields, "form": ReportForm})
        return partial(form, filing=filing)  # type: ignore[call-arg]  # a ReportForm

    def get_fieldsets(self, request, obj=None):
        if not self._is_filing(request, obj):
            return self._reading_fieldsets(obj)
        filing = self._filing(request, obj)
        about = ["project", "held_on"] if filing.corrected is None else ["project", "corrects", "held_on"]
        reason = [] if filing.corrected is None else ["correction_reason"]
        evidence = ["is_evidence_kept"] if filing.corrected and obj is None else []
        beyond = {"fields": ["is_over_target_confirmed", "over_investment_reason"], "classes": ["collapse"]}
        return [
            (None, {"fields": [*about, *reason, *evidence]}),
            ("各节点到这一天累计完成", {"fields": list(filing.lines), "classes": ["lines"]}),
            ("情况和投资", {"fields": ["spent", "text", "problem", "next_step"]}),
            ("超过目标或总投资时才填", beyond),
            ("给审核员的话", {"fields": ["internal_note"], "classes": ["collapse"]}),
        ]

    def _reading_fieldsets(self, report: Report):
        about = ["project", "held_on", "drafter"] + (["source"] if report.source_id else [])
        correction = ["corrects", "correction_reason"] if report.corrects_id else []
        beyond = ["over_investment_reason"] if report.over_investment_reason else []
        texts = ["spent_told", "text", "problem", "next_step", *beyond]
        internal = [("给审核员的话", {"fields": ["internal_note"]})] if report.internal_note else []
        return [(None, {"fields": [*about, *correction]}), ("情况和投资", {"fields": texts}), *internal]

    def get_changeform_initial_data(self, request):
        return {}

    def save_related(self, request, form, formsets, change):
        form.save_parts()
        super().save_related(request, form, formsets, change)

    def _unchanged_address(self, filing: Filing) -> str | None:
        """The address that 本月无变化 posts to; None where it would be refused."""
        project = filing.snapshot.row
        n_in_hand = Report.objects.drafts().filter(project=project).count()
        is_refused = filing.corrected or unchanged_errors(filing.snapshot, n_in_hand)
        return None if is_refused else self.address("unchanged", project.pk)

    def _choose_project(self, request: HttpRequest) -> HttpResponse:
        """The list of the desk: unfinished reports come before projects to begin with."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "填报哪个项目"}
        return TemplateResponse(request, "admin/projects/report/choose_project.html", context)

    # Deleting a draft deletes its parts

    def delete_model(self, request, obj):
        obj.readings.all().delete()
        for evidence in obj.evidence.all():
            evidence.delete()
            delete_file_on_commit(evidence.file)
        super().delete_model(request, obj)

    # Above and below the form

    def object_messages(self, request, row):
        is_draft = not (row.submitted_at or row.is_published)
        return [*(self._sent_messages(row.project, row) if is_draft else ()), *super().object_messages(request, row)]

    def _sent_messages(self, project: Project, report: Report | None) -> list[str]:
        """About unpublished reports of the same project; for a draft, only about those submitted for the same day."""
        if report:
            others = submitted_for(report)
        else:
            drafts = Report.objects.drafts().filter(project=project, corrects=None)
            others = drafts.select_related("submitted_by", "drafted_by").order_by("-held_on", "-pk")
        return [self._sent_message(other) for other in others]

    def _sent_message(self, other: Report) -> str:
        if other.submitted_at:
            words = f"{other.held_on} 的数据已经送审（{other.submission}），等审核。同一天只送一份。"
        else:
            words = f"{other.held_on} 的数据已有一份草稿，由{name_of(other.drafted_by)}起草，还没有送审。"
        return format_html('{}<a href="{}">看那一份</a>', words, self.address("change", other.pk))

    def object_links(self, request, row):
        sheet = ("打印审签单", self.address("sheet", row.pk))
        if not row.is_published:
            return [*super().object_links(request, row), sheet]
        links = [("公开页面", reverse("project", args=[row.project.slug])), sheet]
        is_own = led_projects(signed_in(request)).filter(pk=row.project_id).exists()
        is_newest = not Report.objects.filter(corrects=row).exists()
        if self.has_add_permission(request) and is_own and is_newest:
            links.append(("更正", f"{self.address('add')}?corrects={row.pk}"))
        return links

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if add:
            filing = self._filing(request, None)
            context["title"] = "填报更正" if "corrects" in request.GET else "填报"
            context["unchanged_address"] = self._unchanged_address(filing)
            context["object_messages"] = self._sent_messages(filing.snapshot.row, None)
        if not self._is_filing(request, obj):
            if obj.is_published:
                context["lines"] = list(lines_of(obj, filing_of(obj.project, obj.corrects).snapshot))
            else:
                context |= self.summary(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Views of our own

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("publish/", wrap(self.publish_many_view), name="projects_report_publish_many"),
            path("unchanged/<str:project>/", wrap(self.unchanged_view), name="projects_report_unchanged"),
            path("<path:object_id>/sheet/", wrap(self.sheet_view), name="projects_report_sheet"),
            path(
                "<path:object_id>/evidence/<int:position>/",
                wrap(self.evidence_view),
                name="projects_report_evidence",
            ),
            *super().get_urls(),
        ]

    def public_address(self, fact, entry):
        return reverse("project", args=[fact.project.slug])

    @method_decorator(require_POST)
    def unchanged_view(self, request: HttpRequest, project: str) -> HttpResponse:
        """本月无变化: drafts and submits the last published values with today's date."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        led = row_or_404(led_projects(signed_in(request)).published(), project)
        try:
            with transaction.atomic():
                report = file_unchanged(led, by=signed_in(request))
                self.log_addition(request, report, "本月无变化，送审")
        except PublicationError as error:
            for text in error.messages:
                self.message_user(request, f"{led}：{text}", messages.ERROR)
            return HttpResponseRedirect(self.address("add"))
        return self.sent(request, report, "，数值和上次一样")

    def summary(self, fact):
        summary = summary_of(fact, filing_of(fact.project, fact.corrects).snapshot)
        return {"summaries": [summary], "oddities": summary.oddities}

    @method_decorator(require_safe)
    def sheet_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """审签单: the report in its present state, on one A4 page with lines to sign."""
        report = self.visible_row(request, object_id)
        snapshot = filing_of(report.project, report.corrects).snapshot
        context = {
            **self.admin_site.each_context(request),
            "report": report,
            "project": snapshot,
            "sheet": sheet_of(report, snapshot),
            "drafter": name_of(report.drafted_by),
            "printed_sentence": printed_sentence(report, timezone.now()),
        }
        return TemplateResponse(request, "admin/projects/report/sheet.html", context)

    @method_decorator(require_POST)
    def publish_many_view(self, request: HttpRequest) -> HttpResponseBase:
        """Publish the reports ticked in the queue, each in a transaction of its own; the page is streamed, a line for each."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        ticked = dict(text.partition("@")[::2] for text in request.POST.getlist("report"))
        rows = visible_reports(signed_in(request)).filter(pk__in=filter(is_key, ticked)).select_related("project")
        reports = list(rows.order_by("submitted_at", "pk"))
        if not reports:
            self.message_user(request, "没有勾选要公布的报告。", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:index"))
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": f"公布 {len(reports)} 份报告"}
        # Rendered at once: the Content-Security-Policy header needs the nonces of the whole page.
        page = render_to_string("admin/projects/report/publishing.html", context, request)
        response = StreamingHttpResponse(self._published_one_by_one(request, reports, ticked, page.split(PAUSE)))
        response["X-Accel-Buffering"] = "no"  # nginx passes on each line at once
        return response

    def _published_one_by_one(
        self, request: HttpRequest, reports: list[Report], ticked: dict[str, str], pieces: list[str]
    ) -> Iterator[str]:
        n_published = 0
        yield pieces[0]
        for number, report in enumerate(reports, start=1):
            words, is_published = self._published_now(request, report, ticked.get(str(report.pk), ""))
            n_published += is_published
            look = "is-published" if is_published else "is-refused"
            yield format_html('<li value="{}" class="{}">{}</li>\n', number, look, words)
        n_refused = len(reports) - n_published
        published = f"已公布 {n_published} 份，每份一条公开记录。" if n_published else ""
        yield f"{pieces[1]}{published}{f'{n_refused} 份没有公布，还在队列里。' if n_refused else ''}{pieces[2]}"

    def _published_now(self, request: HttpRequest, report: Report, version: str) -> tuple[str, bool]:
        """The result as a line of HTML, and whether the report is published now."""
        try:
            if version != queue_version(report):
                raise PublicationError("您看过以后它又变了，请再看一遍。")
            draw_pictures(report)
            with transaction.atomic():
                entry = publish(report, by=signed_in(request))
                self.log_change(request, report, f"公布（{entry}）", self.kind_of_publication)
        except PublicationError as error:
            reasons = format_html_join("", "{}", ((self.with_link(request, reason),) for reason in error.messages))
            return format_html(
                '<a href="{}">{}</a> 没有公布：{}', self.address("change", report.pk), report, reasons
            ), False
        except OperationalError:  # waiting for the lock took too long, or the disk is full
            return f"{report} 没有公布：数据库太忙，或者暂时写不进去，请过一会儿再公布。", False
        address, ledger = self.public_address(report, entry), reverse("entry", args=[entry.seq])
        text = '已公布 <a href="{}">{}</a>，公开记录<a href="{}">第 {} 条</a>'
        return format_html(text, address, report, ledger, entry.seq), True

    @method_decorator(require_safe)
    def evidence_view(self, request: HttpRequest, object_id: str, position: int) -> FileResponse:
        """A file of a report that the person may view; those of drafts have no public address."""
        report = self.visible_row(request, object_id)
        stored = get_object_or_404(report.evidence.exclude(file=""), position=position).file
        return sent_picture(request, stored)
