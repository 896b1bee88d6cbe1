"""What deputies said of promises: one reviewer types or sends the results of a meeting, another publishes them."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods, require_safe

from accounts.sessions import signed_in
from common.exports import Sheet, xlsx_of, xlsx_response
from desk.admin.base import row_or_404
from desk.admin.observations import OwnEvidenceInline, PromiseObservationAdmin
from desk.admin.together import TogetherAdmin
from desk.file_names import file_name
from desk.forms.base import PlannedField
from desk.forms.evidence import copied_file
from desk.forms.votes import VoteForm, VotesForm, VoteTableForm
from desk.templatetags.form_errors import errors_of_form
from desk.vote_sheets import HEADS, Item, VoteReading, read
from desk.workbooks.opening import Unreadable, opened
from ledger import chain
from projects.models import EvidenceKind
from tasks.models import Commitment, Series, Vote, VoteEvidence

MOST_AT_ONCE = 300  # promises of a series on one page
NO_SOURCE = "还没有写出处：这次测评的结果登在哪份文件、哪条消息里。没有出处不能公布。"


class VoteEvidenceInline(OwnEvidenceInline):
    model = VoteEvidence
    verbose_name = verbose_name_plural = "出处"


class VotePages(PromiseObservationAdmin[Vote]):
    """A vote by itself."""

    inlines = (VoteEvidenceInline,)
    form = VoteForm
    list_display = ("commitment", "held_on", "body", *Vote.answers, "drafter", "published_on")
    list_filter = ("body",)
    list_select_related = ("commitment__series", "commitment__project", "drafted_by")
    search_fields = ("commitment__project__title", "meeting")
    fields = ("commitment", "held_on", "body", "meeting", "present", *Vote.answers, "source")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "commitment":
            kwargs["form_class"] = PlannedField
            promised = Commitment.objects.published().select_related("series__plan", "project")
            kwargs["queryset"] = promised.order_by("-series__plan__year", "series", "number")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.instance.source_id is None and not form.instance.evidence.exists():
            self.message_user(request, NO_SOURCE, messages.WARNING)


@admin.register(Vote)
class VoteAdmin(TogetherAdmin[Vote], VotePages):
    """And those of one meeting together: typed or read from a table, then published by another reviewer."""

    change_list_template = "admin/tasks/vote/change_list.html"
    together_template = "admin/tasks/vote/publish_many.html"
    together_order = ("-held_on", "body", "commitment__series", "commitment__number", "pk")
    together_related = ("commitment__series__plan",)
    together_parts = ("evidence",)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("together/", wrap(self.together_view), name="tasks_vote_together"),
            path("together/form.xlsx", wrap(self.table_form_view), name="tasks_vote_table_form"),
            *super().get_urls(),
        ]

    # Drafting

    def _series(self, request: HttpRequest) -> Series:
        """That of the address. Raises Http404."""
        return row_or_404(Series.objects.published().select_related("plan"), request.GET.get("series", ""))

    @staticmethod
    def _commitments(series: Series) -> list[Commitment]:
        rows = Commitment.objects.published().filter(series=series).select_related("series__plan", "project")
        return list(rows.order_by("number")[:MOST_AT_ONCE])

    @method_decorator(require_safe)
    def table_form_view(self, request: HttpRequest) -> HttpResponse:
        """The empty table of a series: its promises, and columns for the numbers."""
        self._check_may_add(request)
        if "series" not in request.GET:
            return HttpResponseRedirect(reverse("admin:tasks_vote_together"))  # where it is chosen
        rows = [(one.number, one.project.title, *[""] * 4) for one in self._commitments(self._series(request))]
        head = ("序号", "项目名称", *(words[0] for name, words in HEADS.items() if name not in ("number", "name")))
        note = "每项写票数，没有人选的写 0；没有测评的整行空着。填好了传到后台“人大测评”。"
        return xlsx_response(
            xlsx_of(Sheet(head, ["0", "", *["0"] * 4], rows), note=note), file_name("人大测评票数", ending="xlsx")
        )

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def together_view(self, request: HttpRequest) -> HttpResponse:
        self._check_may_add(request)
        if "series" not in request.GET:
            return self._choosing_page(request)
        series = self._series(request)
        commitments = self._commitments(series)
        if request.method == "POST" and "table" in request.FILES:
            return self._read_table(request, series, commitments)
        if request.method != "POST" or "held_on" not in request.POST:
            table = VoteTableForm(request.POST, request.FILES) if request.method == "POST" else VoteTableForm()
            return self._together_page(request, series, VotesForm(commitments=commitments), table=table)
        return self.answer_with_files(request, self._draft, series, commitments)

    def _read_table(self, request: HttpRequest, series: Series, commitments: list[Commitment]) -> HttpResponse:
        """What the table says stands in the boxes, still unsaved; with anything wrong in it, nothing does."""
        table = VoteTableForm(request.POST, request.FILES)
        reading = VoteReading()
        if table.is_valid():
            try:
                reading = read(opened(table.cleaned_data["table"].read()), list(map(_item_of, commitments)))
            except Unreadable as refused:
                table.add_error("table", str(refused))
        counts = {} if reading.problems else reading.counts
        typed = {f"{key}-{name}": count for key, own in counts.items() for name, count in own.items()}
        form = VotesForm(commitments=commitments, initial=typed)
        return self._together_page(request, series, form, table=table, reading=reading, n_read=len(counts))

    @transaction.atomic
    def _draft(self, request: HttpRequest, series: Series, commitments: list[Commitment]) -> HttpResponse:
        """All of them or none, each with a copy of the file of its own."""
        chain.lock()  # before drafts are looked for: two presses could make each twice
        form = VotesForm(request.POST, request.FILES, commitments=commitments)
        if form.is_valid():
            _add_errors_of_drafts(form)
        if form.errors:
            return self._together_page(request, series, form)
        first: VoteEvidence | None = None
        for vote in form.votes:
            vote.drafted_by = signed_in(request)
            vote.save()
            paper = _paper_of(form, vote)
            file = form.cleaned_data.get("file") if first is None else copied_file(first.file)
            if file:
                paper.file = file
            paper.save()
            first = first or paper
            self.log_addition(request, vote, "同一次会议")
        words = f"起草了 {len(form.votes)} 项，已经交给审核：请另一位审核员公布。公布以前，您可以改，可以删。"
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("changelist"))

    def _check_may_add(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied

    def _choosing_page(self, request: HttpRequest) -> HttpResponse:
        n_promises = Count("commitments", filter=Q(commitments__published_at__isnull=False))
        found = Series.objects.published().select_related("plan").annotate(n_promises=n_promises)
        choices = found.filter(n_promises__gt=0).order_by("-plan__year", "number")
        return self._page(request, "series.html", "一次会议的测评结果", choices=choices)

    def _together_page(
        self,
        request: HttpRequest,
        series: Series,
        form: VotesForm,
        *,
        table: VoteTableForm | None = None,
        reading: VoteReading | None = None,
        n_read: int = 0,
    ) -> HttpResponse:
        return self._page(
            request,
            "together.html",
            "一次会议的测评结果",
            series=series,
            form=form,
            table=table or VoteTableForm(),
            reading=reading or VoteReading(),
            n_read=n_read,
            found=list(errors_of_form(form)) if form.is_bound else [],
            has_files=bool(request.FILES),
        )

    # Publishing

    def displayed(self, facts):
        return [((), ()) for _fact in facts]  # its own template shows the ballots

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/tasks/vote/{template}", context)


def _item_of(commitment: Commitment) -> Item:
    project = commitment.project
    return Item(
        commitment.pk, commitment.number, (project.title, project.short_title, project.box_name, commitment.wording)
    )


def _paper_of(form: VotesForm, vote: Vote) -> VoteEvidence:
    """By what the result is known, without its file."""
    kind = EvidenceKind.LINK if form.cleaned_data["url"] else EvidenceKind.DOCUMENT
    return VoteEvidence(report=vote, kind=kind, title=form.cleaned_data["title"], url=form.cleaned_data["url"])


def _add_errors_of_drafts(form: VotesForm) -> None:
    """Of what somebody drafted already: the same vote twice can't be published."""
    first = form.votes[0]
    drafts = Vote.objects.drafts().filter(
        held_on=first.held_on, body=first.body, commitment__in=[vote.commitment_id for vote in form.votes]
    )
    for key in drafts.values_list("commitment", flat=True):
        form.add_error(f"{key}-{Vote.answers[0]}", "这一天的这一项已经有一份草稿了。要改，请去改那一份。")
