"""The base of the pages of reports and adjustments, which are drafted, submitted, withdrawn, sent back and published."""

from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.db.models import Case, CharField, Exists, F, OuterRef, QuerySet, Value, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import AuditAction
from accounts.sessions import signed_in
from desk.admin.facts import FactAdmin, name_of
from desk.admin.versions import DECIDED_ON
from desk.filing import VERSION_INPUT, card_of, place_in_queue, queue_version
from desk.forms.base import SUBMIT
from desk.forms.reports import READY_NOTES, NoteForm
from ledger.chain import PublicationError
from projects.access import is_theirs
from projects.models import ReviewedFact
from projects.publishing import send_back, submit, withdraw

AnyReviewed = TypeVar("AnyReviewed", bound=ReviewedFact)

STAGES = {"returned": "已退回", "draft": "草稿", "submitted": "送审", "published": "已公布"}
FROM_DESK = "_from_desk"  # a hidden input of each card in the queue: the id of the next card
PLACE = "_place"  # and where in the queue it stands: a query


def with_stage(rows: QuerySet) -> QuerySet:
    """Annotated with `stage`, a key of STAGES."""
    note = rows.model._meta.get_field("review_notes")
    notes = note.related_model.objects.filter(**{note.field.name: OuterRef("pk")})
    return rows.annotate(
        stage=Case(
            When(published_at__isnull=False, then=Value("published")),
            When(submitted_at__isnull=False, then=Value("submitted")),
            When(Exists(notes), then=Value("returned")),
            default=Value("draft"),
            output_field=CharField(),
        )
    )


class ChangedSinceError(PublicationError):
    """The draft is another than the one that was shown."""


class StageFilter(admin.SimpleListFilter):
    title = "阶段"
    parameter_name = "stage"

    def lookups(self, request, model_admin):
        is_filing = model_admin.has_add_permission(request)
        return [(key, word) for key, word in STAGES.items() if is_filing or key in ("submitted", "published")]

    def queryset(self, request, queryset):
        return queryset.filter(stage=self.value()) if self.value() in STAGES else queryset


class SubmittedAdmin(FactAdmin[AnyReviewed]):
    """A fact that was submitted is fixed until a reviewer decides; those to whom it belongs may withdraw it."""

    change_form_template = "admin/projects/submitted/change_form.html"
    version_exclude = (*FactAdmin.version_exclude, "submitted_at", "submitted_by")
    # Returned ones, drafts and submitted ones first, of these the one waiting longest; then published ones, newest first.
    ordering: ClassVar[tuple[Any, ...]] = (
        Case(When(stage="returned", then=0), When(stage="draft", then=1), When(stage="submitted", then=2), default=3),
        Case(When(stage="submitted", then=F("submitted_at"))),
        F("published_at").desc(nulls_last=True),
        "-pk",
    )

    @admin.display(description="阶段", ordering="stage")
    def stage(self, fact: AnyReviewed) -> str:
        return STAGES[fact.stage]  # type: ignore[attr-defined]  # annotated by `with_stage`

    def get_queryset(self, request):
        return with_stage(super().get_queryset(request))

    # Who may do what

    def is_own_draft(self, request: HttpRequest, fact: AnyReviewed) -> bool:
        return not fact.submitted_at and self._is_theirs(request, fact)

    def _is_theirs(self, request: HttpRequest, fact: AnyReviewed) -> bool:
        """`is_theirs`, asked once an instance: every inline of a form needs it. A row that is locked is loaded anew."""
        attributes = vars(fact)
        if "is_theirs" not in attributes:
            attributes["is_theirs"] = is_theirs(fact, signed_in(request))
        return attributes["is_theirs"]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or self.is_own_draft(request, obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or self.is_own_draft(request, obj))

    def may_publish(self, request, fact):
        return super().may_publish(request, fact) and fact.submitted_at is not None

    def may_withdraw(self, request: HttpRequest, fact: AnyReviewed) -> bool:
        """Whether to show the button; `withdraw` checks again."""
        is_waiting = fact.submitted_at is not None and not fact.is_published
        return is_waiting and self.has_add_permission(request) and self._is_theirs(request, fact)

    def check_not_modified(self, request, row):
        """The queue sends `queue_version` instead: a submitted fact can't change without being submitted again."""
        if VERSION_INPUT not in request.POST:
            super().check_not_modified(request, row)
        elif request.POST[VERSION_INPUT] != queue_version(row):
            raise PublicationError("您看过以后它又变了，请再看一遍。")

    # Above and below the form

    def object_actions(self, request, row):
        withdrawal = [("撤回", self.address("withdraw", row.pk))] if self.may_withdraw(request, row) else []
        acts = [*super().object_actions(request, row), *withdrawal]
        return [(label, self._with_filters(request, address)) for label, address in acts]

    def object_messages(self, request, row):
        if row.is_published:
            return super().object_messages(request, row)
        returned = "曾经退回" if row.submitted_at else "已退回"
        notes = [f"{returned}（{name_of(note.by)}）：{note.text}" for note in row.review_notes.select_related("by")]
        if not row.submitted_at:
            return notes
        way_back = "要改，按“撤回”，改好再送审。" if self.may_withdraw(request, row) else ""
        waiting = f"已送审（{row.submission}），等督查审核员公布。{way_back}"
        return [waiting, *super().object_messages(request, row), *notes]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["is_filing"] = obj is None or self.has_change_permission(request, obj)
        if obj is not None and self.may_publish(request, obj):
            address = self._with_filters(request, self.address("return", obj.pk))
            context |= {"ready_notes": READY_NOTES[obj.word], "return_address": address}
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Deleting a draft deletes its notes

    def get_deleted_objects(self, objs, request):
        return [str(fact) for fact in objs], {self.opts.verbose_name: len(objs)}, set(), []

    def delete_model(self, request, obj):
        obj.review_notes.all().delete()
        super().delete_model(request, obj)

    # From one stage to the next

    def get_urls(self):
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("<path:object_id>/submit/", wrap(self.submit_view), name=f"{name}_submit"),
            path("<path:object_id>/return/", wrap(self.return_view), name=f"{name}_return"),
            path("<path:object_id>/withdraw/", wrap(self.withdraw_view), name=f"{name}_withdraw"),
            *super().get_urls(),
        ]

    def response_add(self, request, obj, post_url_continue=None):
        return self._saved(request, obj)

    def response_change(self, request, obj):
        return self._saved(request, obj)

    def _saved(self, request: HttpRequest, fact: AnyReviewed) -> HttpResponse:
        is_submitting = SUBMIT in request.POST
        words = "草稿已保存，还没有送审。" + ("看一遍下面的，没有错再按“送审”。" if is_submitting else "")
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("submit" if is_submitting else "change", fact.pk))

    def summary(self, fact: AnyReviewed) -> dict:
        """Context of the page before 送审: what would become public, and `oddities`, a tuple of Oddity."""
        raise NotImplementedError

    def _own(self, request: HttpRequest, object_id: str) -> AnyReviewed:
        """A fact that the person may submit and withdraw. Raises Http404, or PermissionDenied where they may only view it."""
        fact = self.visible_row(request, object_id)
        if not (self.has_add_permission(request) and is_theirs(fact, signed_in(request))):
            raise PermissionDenied
        return fact

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def submit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET shows what would become public; POST submits exactly that."""
        fact = self._own(request, object_id)
        if request.method == "POST":
            return self._submitted(request, fact)
        if fact.submitted_at or fact.is_published:
            return HttpResponseRedirect(self.address("change", fact.pk))  # which says since when
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "送审前看一遍",
            **self.summary(fact),
            "way_back": self.address("change", fact.pk),
            "versions": {DECIDED_ON: self.decided_version(fact)},
        }
        return TemplateResponse(request, "admin/projects/submitted/submit.html", context)

    def _submitted(self, request: HttpRequest, fact: AnyReviewed) -> HttpResponse:
        try:
            displayed = request.POST.get(DECIDED_ON, ""), request.POST.getlist("oddity")
            fact = self.submit_as_displayed(request, str(fact.pk), *displayed)
        except ChangedSinceError as error:
            self.message_user(request, error.messages[0], messages.WARNING)
            return HttpResponseRedirect(self.address("submit", fact.pk))
        except PublicationError as error:
            self.message_user(request, "没有送审：", messages.WARNING)
            return self.refused(request, fact, error)
        return self.sent(request, fact)

    @transaction.atomic
    def submit_as_displayed(
        self, request: HttpRequest, object_id: str, version: str, oddities: Iterable[str]
    ) -> AnyReviewed:
        """Submit the draft if it is the one of which a page showed this version and these oddities, by their keys.

        Raises ChangedSinceError where it isn't, PublicationError where it could not be published, Http404, and
        PermissionDenied.
        """
        fact = self._own(request, object_id)
        own = self.summary(fact)["oddities"]
        is_same = version == self.decided_version(fact) and {oddity.key for oddity in own} <= set(oddities)
        if not fact.submitted_at and not is_same:
            raise ChangedSinceError("还没有送审：您看过以后又有变化，请再看一遍。")
        submit(fact, by=signed_in(request))
        looks = "；".join(dict.fromkeys(oddity.look for oddity in own))
        self.log_change(request, fact, f"核对过：{looks}" if looks else AuditAction.SUBMIT.label, AuditAction.SUBMIT)
        return fact

    def sent(self, request: HttpRequest, fact: AnyReviewed, how: str = "") -> HttpResponse:
        """The response after a submission; `how` is added to its message."""
        words = f"已送审：{fact}{how}。接下来由督查审核员审核，公布以后居民才看得到；公布以前要改，按“撤回”。"
        message = format_html('{}<a href="{}">回工作台</a>', words, reverse("admin:index"))
        self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", fact.pk))

    @method_decorator(require_POST)
    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        fact = self._own(request, object_id)
        try:
            with transaction.atomic():
                fact = self._own(request, object_id)
                withdraw(fact, by=signed_in(request))
                self.log_change(request, fact, AuditAction.WITHDRAW.label, AuditAction.WITHDRAW)
        except PublicationError as error:
            return self.refused(request, fact, error)
        words = f"已撤回：{fact}，又是草稿了。改好再送审；不要了，可以删除。"
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", fact.pk))

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        try:
            return super().publish_view(request, object_id)
        except Http404:
            return self._missing_page(request)

    def _missing_page(self, request: HttpRequest) -> HttpResponse:
        """Status 404: tells a reviewer that the fact was withdrawn or never existed, with the note they typed, to be copied.

        Raises Http404 for everybody else.
        """
        if not self.has_publish_permission(request):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "这一份不用再审了",
            "note": request.POST.get("note", "").strip(),
        }
        return TemplateResponse(request, "admin/projects/submitted/gone.html", context, status=404)

    @method_decorator(require_POST)
    def return_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        try:
            fact = self.visible_row(request, object_id)
        except Http404:
            return self._missing_page(request)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        form = NoteForm(fact.word, request.POST)
        try:
            if not form.is_valid():
                raise PublicationError(*(str(text) for texts in form.errors.values() for text in texts))
            with transaction.atomic():
                self.check_not_modified(request, self.visible_row(request, object_id))
                send_back(fact, by=signed_in(request), text=form.cleaned_data["text"])
                self.log_change(request, fact, AuditAction.RETURN.label, AuditAction.RETURN)
        except PublicationError as error:
            response = self.refused(request, fact, error)
            if note := request.POST.get("note", "").strip():
                self.message_user(request, f"没有退回。您写的意见：{note}", messages.WARNING)
            return response
        self.message_user(request, f"已退回：{fact}。", messages.SUCCESS)
        return HttpResponseRedirect(self.after_decision(request))

    # The page after a decision

    def after_publication(self, request, fact):
        return self.after_decision(request)

    def refused(self, request, fact, error):
        if FROM_DESK not in request.POST:
            return super().refused(request, fact, error)
        self.message_user(request, f"{fact}：没有办成。", messages.WARNING)  # the desk shows many of them
        super().refused(request, fact, error)
        return HttpResponseRedirect(self._queue_address(request, card_of(fact)))

    def after_decision(self, request: HttpRequest) -> str:
        """The address of the next one waiting: in the queue, or in the filtered list; of that list where none is left."""
        if FROM_DESK in request.POST:
            return self._queue_address(request, quote(request.POST[FROM_DESK][:60]))
        following = self._next_waiting(request)
        page = self.address("change", following.pk) if following else self.address("changelist")
        return self._with_filters(request, page)

    def _queue_address(self, request: HttpRequest, anchor: str) -> str:
        """Of the same page of the same department's."""
        place = urlencode(place_in_queue(QueryDict(request.POST.get(PLACE, "")[:200])))
        return f"{reverse('admin:index')}{f'?{place}' if place else ''}#{anchor}"

    def _next_waiting(self, request: HttpRequest) -> AnyReviewed | None:
        list_request = copy(request)
        list_request.GET = QueryDict(request.GET.get("_changelist_filters", ""))
        try:
            rows = self.get_changelist_instance(list_request).get_queryset(list_request)
        except (IncorrectLookupParameters, SuspiciousOperation):  # a crafted address
            rows = self.get_queryset(request)
        waiting = rows.filter(published_at__isnull=True, submitted_at__isnull=False).exclude(drafted_by=request.user)
        return waiting.order_by("submitted_at", "pk").first()

    def _with_filters(self, request: HttpRequest, address: str) -> str:
        filters = self.get_preserved_filters(request)
        return add_preserved_filters({"preserved_filters": filters, "opts": self.opts}, address)
