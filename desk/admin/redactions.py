"""The pages of redactions: one reviewer hides a text or picture at once, another one confirms."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from accounts.models import AuditAction
from accounts.sessions import signed_in
from common.tokens import clean_token
from desk.admin.base import row_or_404
from desk.admin.facts import FactAdmin
from desk.forms.changes import HideForm
from ledger.chain import PublicationError
from ledger.models import Entry
from projects.models import Fact, Redaction
from projects.publishing import fact_of, redactable
from projects.redactions import DAYS_TO_CONFIRM, Place, confirm, hide, places_of, returns_at

STAGES = {"pending": "等另一位确认", "confirmed": "已销毁", "restored": "已恢复公开"}


@admin.register(Redaction)
class RedactionAdmin(FactAdmin[Redaction]):
    """The add view asks for the entry, then for the field; the form lists the other places with the same content."""

    list_display = ("target", "label_text", "reason", "stage", "drafter", "published_on")
    list_select_related = ("target", "drafted_by", "decision")
    search_fields = ("reason",)
    fields = ("target", "label_text", "reason", "stage")
    readonly_fields = ("target", "label_text", "stage")
    published_hint = ""
    kind_of_publication = AuditAction.REDACT

    @admin.display(description="隐去哪一项", ordering="field")
    def label_text(self, redaction: Redaction) -> str:
        return redaction.label

    @admin.display(description="现在")
    def stage(self, redaction: Redaction) -> str:
        if not redaction.is_standing:
            return STAGES["restored"]
        return STAGES["pending" if redaction.is_pending else "confirmed"]

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def public_address(self, fact, entry):
        return reverse("entry", args=[fact.target_id])

    def object_links(self, request, row):
        return [("公开页面", self.public_address(row, row.entry))]

    def get_urls(self):
        view = self.admin_site.admin_view(self.confirm_view)
        return [path("<path:object_id>/confirm/", view, name="projects_redaction_confirm"), *super().get_urls()]

    # Hiding

    def add_view(self, request, form_url="", extra_context=None):
        if not (self.has_add_permission(request) and self.has_publish_permission(request)):
            raise PermissionDenied
        if not request.GET.get("entry"):
            return self._page(request, "choose_entry", "隐去哪一条公开记录的内容")
        fact = self._fact(request)
        field = request.GET.get("field", "")
        if not field:
            fields = [(n, t, getattr(fact, n, "")) for n, t in redactable(fact).items()]
            title = f"隐去{fact.entry}里的哪一项"
            return self._page(request, "choose_field", title, entry=fact.entry, fields=fields)
        places = places_of(fact, field)
        if not places:
            raise Http404
        return self._hide_view(request, fact, field, places)

    def _page(self, request: HttpRequest, name: str, title: str, **context) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"admin/projects/redaction/{name}.html", context)

    def _fact(self, request: HttpRequest) -> Fact:
        fact = fact_of(row_or_404(Entry.objects.all(), clean_token(request.GET["entry"])))
        if fact is None:
            raise Http404
        return fact

    def _hide_view(self, request: HttpRequest, fact: Fact, field: str, places: list[Place]) -> HttpResponse:
        own, *others = places
        form = HideForm(request.POST or None, others=others)
        if request.method == "POST" and form.is_valid():
            try:
                return self._hidden(request, fact, field, form.cleaned_data)
            except PublicationError as error:
                for reason in error.messages:
                    form.add_error(None, reason)
        text = getattr(fact, field, "")
        return self._page(request, "hide", "依法隐去", own=own, text=text, form=form, days=DAYS_TO_CONFIRM)

    def _hidden(self, request: HttpRequest, fact: Fact, field: str, data: dict) -> HttpResponse:
        with transaction.atomic():
            entries = hide(fact, field, also=data.get("also", ()), reason=data["reason"], by=signed_in(request))
            for redaction in Redaction.objects.filter(entry__in=entries).order_by("entry"):
                self.log_change(request, redaction, f"隐去（{redaction.entry}）", AuditAction.REDACT)
        words = f"已隐去，居民看不到了（{'、'.join(map(str, entries))}）。{DAYS_TO_CONFIRM} 天以内要另一位审核员确认，不然恢复公开。"
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("changelist"))

    # Confirming

    def may_confirm(self, request: HttpRequest, redaction: Redaction) -> bool:
        is_another = redaction.published_by_id != request.user.pk
        return is_another and self.has_publish_permission(request) and redaction.is_pending

    def object_actions(self, request, row):
        return [("确认，销毁隐去的内容", self.address("confirm", row.pk))] if self.may_confirm(request, row) else []

    def object_messages(self, request, row):
        lines = super().object_messages(request, row)
        if not row.is_pending:
            return lines
        until = f"{timezone.localtime(returns_at(row)):%Y-%m-%d %H:%M}"
        advice = (
            "请看过依据和原因，再确认；确认以后不能恢复。"
            if self.may_confirm(request, row)
            else "请另一位审核员来确认。"
        )
        return [*lines, f"还没有第二位审核员确认：到 {until} 没有人确认，就恢复公开。{advice}"]

    @method_decorator(require_POST)
    def confirm_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        redaction = self.visible_row(request, object_id)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        try:
            with transaction.atomic():
                entry = confirm(redaction, by=signed_in(request))
                self.log_change(request, redaction, f"确认（{entry}）", AuditAction.REDACT)
        except PublicationError as error:
            return self.refused(request, redaction, error)
        self.message_user(request, f"已确认，隐去的内容已经销毁（公开记录{entry}）。", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))
