"""Filing a report, its review, its publication: the page that everything else stands on."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, CharField, Exists, F, OuterRef, Value, When
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huozhou_portal.keys import is_key
from huozhou_portal.models import Kind
from huozhou_portal.money import yuan_echo
from huozhou_portal.uploads import sent_picture
from ledger.admin import GuardedInline
from ledger.chain import Refusal
from ledger.edits import DECIDED_ON
from projects.access import led_projects, visible_reports
from projects.admin.facts import FactAdmin, name_of
from projects.filing import file_unchanged, lines_of, queue_stamp, sheet_of, unchanged_refusals
from projects.forms import MOST_EVIDENCE, SUBMIT, EvidenceForm, EvidenceFormSet, NoteForm, forget_file, report_form
from projects.models import Evidence, EvidenceKind, Milestone, MilestoneReading, Project, Report, ReviewNote
from projects.oddities import Oddity
from projects.publishing import current_terms, publish, return_report, submit, submitted_for, withdraw
from projects.standing import ProjectStanding, known
from projects.summaries import ReportSummary, summary_of

RETURNED, DRAFT, SUBMITTED, PUBLISHED = "已退回", "草稿", "送审", "已公布"
STAGES = {"returned": RETURNED, "draft": DRAFT, "submitted": SUBMITTED, "published": PUBLISHED}


def with_stage(reports):
    """Reports with `stage`, a key of STAGES."""
    return reports.annotate(
        stage=Case(
            When(published_at__isnull=False, then=Value("published")),
            When(submitted_at__isnull=False, then=Value("submitted")),
            When(Exists(ReviewNote.objects.filter(report=OuterRef("pk"))), then=Value("returned")),
            default=Value("draft"),
            output_field=CharField(),
        )
    )


class StageFilter(admin.SimpleListFilter):
    title = "阶段"
    parameter_name = "stage"

    def lookups(self, request, model_admin):
        is_filing = model_admin.has_add_permission(request)
        return [(key, word) for key, word in STAGES.items() if is_filing or key in ("submitted", "published")]

    def queryset(self, request, queryset):
        return queryset.filter(stage=self.value()) if self.value() in STAGES else queryset


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

    def has_add_permission(self, request, obj):
        return super().has_add_permission(request, obj) and not (obj and obj.submitted_at)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.submitted_at)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.submitted_at)

    @admin.display(description="已上传")
    def stored(self, evidence: Evidence) -> str:
        if evidence.pk is None or not evidence.file:  # one that was just refused is stored nowhere
            return "—"
        address = reverse("admin:projects_report_evidence", args=[evidence.report_id, evidence.position])
        if evidence.kind == EvidenceKind.PHOTO:
            return format_html(
                '<a href="{0}"><img class="evidence" src="{0}?width=480" alt="{1}"></a>', address, evidence.title
            )
        return format_html('<a href="{}">打开</a>', address)


@dataclass(frozen=True)
class Filing:
    """What the form of a report is made for."""

    standing: ProjectStanding
    corrected: Report | None


def filing_of(project: Project, corrected: Report | None) -> Filing:
    """Raises Http404 for a project that isn't public: nobody promised anything yet."""
    standing = known(Project.objects.filter(pk=project.pk), timezone.localdate())
    if not standing:
        raise Http404
    return Filing(standing[project.pk], corrected)


def row_or_404(rows, key: str):
    if not is_key(key):
        raise Http404
    return get_object_or_404(rows, pk=key)


@admin.register(Report)
class ReportAdmin(FactAdmin):
    change_form_template = "admin/projects/report/change_form.html"
    list_display = ("project", "held_on", "stage", "drafter", "published_on")
    list_display_links = ("project", "held_on")
    list_filter = (StageFilter, ("project", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("project", "drafted_by")
    search_fields = ("project__title", "project__short_title", "text")
    search_help_text = "按项目名称或进展文字查找"
    date_hierarchy = "held_on"
    inlines = (EvidenceInline,)
    recorded_parts = (MilestoneReading,)
    readonly_fields = ("project", "corrects", "spent_told", "drafter", "source")
    way_to_mend = "写错了，请起草“更正”。"
    # What waits comes first, who has waited longest before the others; then the newest.
    ordering = (
        Case(When(stage="returned", then=0), When(stage="draft", then=1), When(stage="submitted", then=2), default=3),
        Case(When(stage="submitted", then=F("submitted_at"))),
        F("published_at").desc(nulls_last=True),
        "-held_on",
        "-pk",
    )

    @admin.display(description="阶段", ordering="stage")
    def stage(self, report: Report) -> str:
        return STAGES[report.stage]

    @admin.display(description="累计完成投资")
    def spent_told(self, report: Report) -> str:
        return (
            "没有填" if report.spent is None else yuan_echo(report.spent, current_terms(report.project)["investment"])
        )

    def get_queryset(self, request):
        return with_stage(super().get_queryset(request).filter(pk__in=visible_reports(request.user)))

    # Who may write what

    def is_own_draft(self, request: HttpRequest, report: Report) -> bool:
        return not report.submitted_at and self._is_led(request, report)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or self.is_own_draft(request, obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or self.is_own_draft(request, obj))

    def may_publish(self, request, fact):
        return super().may_publish(request, fact) and fact.submitted_at is not None

    def may_withdraw(self, request: HttpRequest, report: Report) -> bool:
        """Whether the page offers the button; `withdraw` decides when it is pressed."""
        is_waiting = report.submitted_at and not report.is_published
        return bool(is_waiting and self.has_add_permission(request) and self._is_led(request, report))

    def _is_led(self, request: HttpRequest, report: Report) -> bool:
        return led_projects(request.user).filter(pk=report.project_id).exists()

    def acts(self, request, row):
        taking_back = [("撤回", self.address("withdraw", row.pk))] if self.may_withdraw(request, row) else []
        return [*super().acts(request, row), *taking_back]

    unwatched = (*FactAdmin.unwatched, "submitted_at", "submitted_by")

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
        own = Report.objects.published().filter(project__in=led_projects(request.user))
        return row_or_404(own, request.GET["corrects"])

    def _filing(self, request: HttpRequest, report: Report | None) -> Filing:
        """Asked for several times while one page is made."""
        if not hasattr(request, "filing"):
            request.filing = self._found_filing(request, report)
        return request.filing

    def _found_filing(self, request: HttpRequest, report: Report | None) -> Filing:
        if report:
            return filing_of(report.project, report.corrects)
        if "corrects" in request.GET:
            corrected = self._corrected(request)
            return filing_of(corrected.project, corrected)
        return filing_of(row_or_404(led_projects(request.user), request.GET.get("project", "")), None)

    def _is_filing(self, request: HttpRequest, report: Report | None) -> bool:
        return report is None or self.has_change_permission(request, report)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if self._is_filing(request, obj):
            filing = self._filing(request, obj)
            kwargs["form"] = report_form(filing.standing, filing.corrected)
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        if not self._is_filing(request, obj):
            return self._reading_fieldsets(obj)
        filing = self._filing(request, obj)
        lines = report_form(filing.standing, filing.corrected).lines
        about = ["project", "held_on"] if filing.corrected is None else ["project", "corrects", "held_on"]
        reason = [] if filing.corrected is None else ["correction_reason"]
        kept = ["is_evidence_kept"] if filing.corrected and obj is None else []
        beyond = {"fields": ["is_over_target_confirmed", "over_investment_reason"], "classes": ["collapse"]}
        return [
            (None, {"fields": [*about, *reason, *kept]}),
            ("各节点到这一天累计完成", {"fields": list(lines), "classes": ["lines"]}),
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

    def response_add(self, request, obj, post_url_continue=None):
        return self._saved(request, obj)

    def response_change(self, request, obj):
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, report: Report) -> HttpResponse:
        is_going_on = SUBMIT in request.POST
        words = "草稿已保存，还没有送审。" + ("看一遍下面的，没有错再按“送审”。" if is_going_on else "")
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("submit" if is_going_on else "change", report.pk))

    def _unchanged_address(self, filing: Filing) -> str | None:
        """Where 本月无变化 leads from the form; None where it would be refused."""
        project = filing.standing.project
        n_in_hand = Report.objects.drafts().filter(project=project).count()
        is_refused = filing.corrected or unchanged_refusals(filing.standing, n_in_hand)
        return None if is_refused else self.address("unchanged", project.pk)

    def _choose_project(self, request: HttpRequest) -> HttpResponse:
        """The official's projects, those heard of longest ago first."""
        standings = known(led_projects(request.user), timezone.localdate()).values()
        drafts = self.get_queryset(request).drafts().select_related("project")
        rows = [
            _row_of(standing, [draft for draft in drafts if draft.project_id == standing.project.pk])
            for standing in sorted(standings, key=_last_heard)
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "填报哪个项目",
            "rows": rows,
        }
        return TemplateResponse(request, "admin/projects/report/choose_project.html", context)

    # A draft goes with its parts

    def get_deleted_objects(self, objs, request):
        names = [str(report) for report in objs]
        return names, {self.opts.verbose_name: len(names)}, set(), []

    def delete_model(self, request, obj):
        obj.readings.all().delete()
        obj.review_notes.all().delete()
        for evidence in obj.evidence.all():
            evidence.delete()
            forget_file(evidence.file)
        super().delete_model(request, obj)

    # What stands on the page

    def notices(self, request, row):
        if row.is_published:
            return super().notices(request, row)
        returned = "曾经退回" if row.submitted_at else "已退回"
        notes = [f"{returned}（{name_of(note.by)}）：{note.text}" for note in row.review_notes.select_related("by")]
        if not row.submitted_at:
            return [*self._sent_notices(row.project, row), *notes]
        way_back = "要改，按“撤回”，改好再送审。" if self.may_withdraw(request, row) else ""
        waiting = f"已送审（{row.submission}），等督查审核员公布。{way_back}"
        return [waiting, *super().notices(request, row), *notes]

    def _sent_notices(self, project: Project, report: Report | None) -> list[str]:
        """What colleagues have in hand of the same project; beside a draft only what was sent for its own day."""
        if report:
            others = submitted_for(report)
        else:
            drafts = Report.objects.drafts().filter(project=project, corrects=None)
            others = drafts.select_related("submitted_by", "drafted_by").order_by("-held_on", "-pk")
        return [self._sent_notice(other) for other in others]

    def _sent_notice(self, other: Report) -> str:
        if other.submitted_at:
            words = f"{other.held_on} 的数据已经送审（{other.submission}），等审核。同一天只送一份。"
        else:
            words = f"{other.held_on} 的数据已有一份草稿，由{name_of(other.drafted_by)}起草，还没有送审。"
        return format_html('{}<a href="{}">看那一份</a>', words, self.address("change", other.pk))

    def tools(self, request, row):
        sheet = ("打印审签单", self.address("sheet", row.pk))
        if not row.is_published:
            return [*super().tools(request, row), sheet]
        tools = [("公开页面", reverse("project", args=[row.project.slug])), sheet]
        is_own = led_projects(request.user).filter(pk=row.project_id).exists()
        is_newest = not Report.objects.filter(corrects=row).exists()
        if self.has_add_permission(request) and is_own and is_newest:
            tools.append(("更正", f"{self.address('add')}?corrects={row.pk}"))
        return tools

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["is_filing"] = self._is_filing(request, obj)
        if add:
            filing = self._filing(request, None)
            context["title"] = "填报更正" if "corrects" in request.GET else "填报"
            context["unchanged_address"] = self._unchanged_address(filing)
            context["notices"] = self._sent_notices(filing.standing.project, None)
        if obj is not None and not context["is_filing"]:
            if obj.is_published:
                context["lines"] = list(lines_of(obj, filing_of(obj.project, obj.corrects).standing))
            else:
                context["summaries"] = [self._summary(obj)]
        if obj is not None and self.may_publish(request, obj):
            context |= {"note_form": NoteForm(), "return_address": self.address("return", obj.pk)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Addresses of our own

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("publish/", wrap(self.publish_many_view), name="projects_report_publish_many"),
            path("unchanged/<str:project>/", wrap(self.unchanged_view), name="projects_report_unchanged"),
            path("<path:object_id>/submit/", wrap(self.submit_view), name="projects_report_submit"),
            path("<path:object_id>/withdraw/", wrap(self.withdraw_view), name="projects_report_withdraw"),
            path("<path:object_id>/sheet/", wrap(self.sheet_view), name="projects_report_sheet"),
            path("<path:object_id>/return/", wrap(self.return_view), name="projects_report_return"),
            path(
                "<path:object_id>/evidence/<int:position>/",
                wrap(self.evidence_view),
                name="projects_report_evidence",
            ),
            *super().get_urls(),
        ]

    def after_publication(self, fact):
        return self.address("changelist")

    def public_address(self, fact, entry):
        return reverse("project", args=[fact.project.slug])

    @method_decorator(require_POST)
    def unchanged_view(self, request: HttpRequest, project: str) -> HttpResponse:
        """本月无变化: last month's values for today, submitted, in one press."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        led = row_or_404(led_projects(request.user).published(), project)
        try:
            with transaction.atomic():
                report = file_unchanged(led, by=request.user)
                self.log_addition(request, report, "本月无变化，送审")
        except Refusal as refusal:
            for text in refusal.messages:
                self.message_user(request, f"{led}：{text}", messages.ERROR)
            return HttpResponseRedirect(self.address("add"))
        return self._sent(request, report, "，数值和上次一样")

    def _own(self, request: HttpRequest, object_id: str) -> Report:
        """A report that the person may send and take back. Raises PermissionDenied for whoever may only see it."""
        report = self.seen(request, object_id)
        if not (self.has_add_permission(request) and self._is_led(request, report)):
            raise PermissionDenied
        return report

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def submit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What will be public, and the press that sends exactly this."""
        report = self._own(request, object_id)
        if request.method == "POST":
            return self._submitted(request, report)
        if report.submitted_at or report.is_published:
            return HttpResponseRedirect(self.address("change", report.pk))  # which says since when
        summary = self._summary(report)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "送审前看一遍",
            "summaries": [summary],
            "n_oddities": len(summary.oddities),
            "way_back": self.address("change", report.pk),
            "versions": {DECIDED_ON: self.decided_version(report)},
        }
        return TemplateResponse(request, "admin/projects/report/submit.html", context)

    def _summary(self, report: Report) -> ReportSummary:
        return summary_of(report, filing_of(report.project, report.corrects).standing)

    def _submitted(self, request: HttpRequest, report: Report) -> HttpResponse:
        try:
            with transaction.atomic():
                report = self._own(request, str(report.pk))
                oddities = self._summary(report).oddities
                if not report.submitted_at and not self._is_as_shown(request, report, oddities):
                    self.message_user(request, "还没有送审：您看过以后又有变化，请再看一遍。", messages.WARNING)
                    return HttpResponseRedirect(self.address("submit", report.pk))
                submit(report, by=request.user)
                looks = "；".join(dict.fromkeys(oddity.look for oddity in oddities))
                self.log_change(request, report, f"核对过：{looks}" if looks else Kind.SUBMIT.label, Kind.SUBMIT)
        except Refusal as refusal:
            self.message_user(request, "没有送审：", messages.WARNING)
            return self.refused(request, report, refusal)
        return self._sent(request, report)

    def _is_as_shown(self, request: HttpRequest, report: Report, oddities: Iterable[Oddity]) -> bool:
        """Whether nobody changed the draft since, and everything odd about it stood on the page."""
        is_same = request.POST.get(DECIDED_ON) == self.decided_version(report)
        return is_same and {oddity.key for oddity in oddities} <= set(request.POST.getlist("oddity"))

    def _sent(self, request: HttpRequest, report: Report, how: str = "") -> HttpResponse:
        words = f"已送审：{report}{how}。接下来由督查审核员审核，公布以后居民才看得到；公布以前要改，按“撤回”。"
        told = format_html('{}<a href="{}">回工作台</a>', words, reverse("admin:index"))
        self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", report.pk))

    @method_decorator(require_POST)
    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self._own(request, object_id)
        try:
            with transaction.atomic():
                report = self._own(request, object_id)
                withdraw(report, by=request.user)
                self.log_change(request, report, Kind.WITHDRAW.label, Kind.WITHDRAW)
        except Refusal as refusal:
            return self.refused(request, report, refusal)
        words = f"已撤回：{report}，又是草稿了。改好再送审；不要了，可以删除。"
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", report.pk))

    @method_decorator(require_safe)
    def sheet_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """审签单: the report as it stands, on one A4 page with lines to sign."""
        report = self.seen(request, object_id)
        standing = filing_of(report.project, report.corrects).standing
        context = {
            **self.admin_site.each_context(request),
            "report": report,
            "project": standing,
            "sheet": sheet_of(report, standing),
            "drafter": name_of(report.drafted_by),
        }
        return TemplateResponse(request, "admin/projects/report/sheet.html", context)

    @method_decorator(require_POST)
    def publish_many_view(self, request: HttpRequest) -> HttpResponse:
        """Publish what was ticked in the queue, each in a transaction and with an entry of its own."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        ticked = dict(text.partition("@")[::2] for text in request.POST.getlist("report"))
        rows = visible_reports(request.user).filter(pk__in=filter(is_key, ticked)).order_by("submitted_at", "pk")
        published = sum(self._is_published_now(request, row, ticked.get(str(row.pk), "")) for row in rows)
        if published:
            self.message_user(request, f"已公布 {published} 份，每份一条公开记录。", messages.SUCCESS)
        elif not rows:
            self.message_user(request, "没有勾选要公布的报告。", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:index"))

    def _is_published_now(self, request: HttpRequest, report: Report, stamp: str) -> bool:
        try:
            if stamp != queue_stamp(report):
                raise Refusal("您看过以后它又变了，请再看一遍。")
            with transaction.atomic():
                entry = publish(report, by=request.user)
                self.log_change(request, report, f"公布（{entry}）", self.kind_of_publication)
        except Refusal as refusal:
            self.message_user(request, f"{report} 没有公布：{'；'.join(refusal.messages)}", messages.ERROR)
            return False
        return True

    @method_decorator(require_POST)
    def return_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        report = self.seen(request, object_id)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        form = NoteForm(request.POST)
        try:
            if not form.is_valid():
                raise Refusal(*form.errors["note"])
            with transaction.atomic():
                self.refuse_unseen(request, self.seen(request, object_id))
                return_report(report, by=request.user, text=form.cleaned_data["note"])
                self.log_change(request, report, Kind.RETURN.label, Kind.RETURN)
        except Refusal as refusal:
            return self.refused(request, report, refusal)
        self.message_user(request, f"已退回：{report}。", messages.SUCCESS)
        return HttpResponseRedirect(self.address("changelist"))

    @method_decorator(require_safe)
    def evidence_view(self, request: HttpRequest, object_id: str, position: int) -> FileResponse:
        """The file of a report that the person may see; drafts' files have no public address."""
        report = self.seen(request, object_id)
        stored = get_object_or_404(report.evidence.exclude(file=""), position=position).file
        return sent_picture(request, stored)


def _row_of(standing: ProjectStanding, drafts: list[Report]) -> dict:
    return {
        "project": standing,
        "last": standing.latest_report,
        "drafts": [(draft, STAGES[draft.stage]) for draft in drafts],
        "may_repeat": not unchanged_refusals(standing, len(drafts)),
    }


def _last_heard(standing: ProjectStanding) -> tuple[bool, str, str]:
    last = standing.latest_report
    return (last is not None, last.held_on.isoformat() if last else "", standing.slug)
