"""The base of the pages of facts: one person drafts, another one publishes."""

from typing import Any, ClassVar, Generic, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from accounts.models import AuditAction
from accounts.sessions import signed_in
from desk.admin.base import DeskAdmin, GuardedAdmin
from desk.filing import finality_of
from desk.previews import public_page
from ledger import chain
from ledger.chain import PublicationError
from ledger.models import Entry
from projects.models import Fact, Source, SourceKind
from projects.publishing import as_if_published, draw_pictures, publish
from projects.reviewers import publishing_error

AnyFact = TypeVar("AnyFact", bound=Fact)


def name_of(person: User | None) -> str:
    """（载入） for what nobody drafted, but a command loaded."""
    return (person.get_full_name() or person.get_username()) if person else "（载入）"


class FactAdmin(GuardedAdmin, Generic[AnyFact]):
    """`drafted_by` is whoever saved the draft first. Lists show drafts before published rows."""

    ordering: ClassVar[tuple[Any, ...]] = (F("published_at").desc(nulls_first=True), "-pk")
    kind_of_publication = AuditAction.PUBLISH

    @admin.display(description="起草人", ordering="drafted_by__username")
    def drafter(self, fact: AnyFact) -> str:
        return name_of(fact.drafted_by)

    def get_urls(self):
        views = {"publish": self.publish_view, "preview": self.preview_view}
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            *(
                path(f"<path:object_id>/{act}/", self.admin_site.admin_view(view), name=f"{name}_{act}")
                for act, view in views.items()
            ),
            *super().get_urls(),
        ]

    publishes_at_once: ClassVar[bool] = True  # no page in between says what can't be taken back

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.publish_{self.opts.model_name}")

    def may_publish(self, request: HttpRequest, fact: AnyFact) -> bool:
        """Whether to show the button; `publish` checks again."""
        is_anothers = self.has_publish_permission(request) and not fact.is_published and fact.drafted_by != request.user
        return is_anothers and not publishing_error(signed_in(request))

    version_exclude: ClassVar[tuple[str, ...]] = ("drafted_by", "published_by", "release_at", "salts")

    def publication_scope(self, row):
        return {"source": row.source_payload()}

    def check_not_modified(self, request, row):
        if self.may_publish(request, row):  # otherwise `publish` says why not
            super().check_not_modified(request, row)

    def save_model(self, request, obj, form, change):
        if obj.drafted_by is None:
            obj.drafted_by = request.user
        super().save_model(request, obj, form, change)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "source":
            kwargs["queryset"] = Source.objects.exclude(kind=SourceKind.ILLUSTRATIVE)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        context["keeps_typing"] = add or self.has_change_permission(request, obj)
        if self.publishes_at_once and obj is not None and self.may_publish(request, obj):
            context["finality"] = finality_of(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def object_messages(self, request, row):
        if not self.has_publish_permission(request) or row.is_published:
            return super().object_messages(request, row)
        if row.drafted_by == request.user:
            return ["这是您起草的，要请另一位审核员公布。"]
        error = publishing_error(signed_in(request))
        return [error] if error else super().object_messages(request, row)

    def object_actions(self, request, row):
        return [("公布", self.address("publish", row.pk))] if self.may_publish(request, row) else []

    def visible_row(self, request: HttpRequest, object_id: str) -> AnyFact:
        """The row for a view of our own. Raises Http404 where the person may not view it."""
        fact = self.get_object(request, unquote(object_id))
        if fact is None or not self.has_view_permission(request, fact):
            raise Http404
        return fact

    def public_address(self, fact: AnyFact, entry: Entry) -> str:
        """The public page to link to once `entry` has published the fact."""
        return reverse("entry", args=[entry.seq])

    def object_links(self, request, row):
        return [] if row.is_published else [("看公布后的样子", self.address("preview", row.pk))]

    @method_decorator(require_safe)
    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        fact = self.visible_row(request, object_id)
        try:
            with as_if_published(fact) as entry:
                return public_page(request, self.public_address(fact, entry))
        except PublicationError as error:
            self.message_user(request, "现在还看不到公布后的样子：", messages.WARNING)
            return self.refused(request, fact, error)

    @method_decorator(require_POST)
    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        fact = self.visible_row(request, object_id)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        draw_pictures(fact)
        try:
            with transaction.atomic():
                chain.lock()
                self.check_not_modified(request, self.visible_row(request, object_id))
                entry = publish(fact, by=signed_in(request))
                self.log_change(request, fact, f"公布（{entry}）", self.kind_of_publication)
        except PublicationError as error:
            return self.refused(request, fact, error)
        words, address = f"已公布“{fact}”，公开记录{entry}。", self.public_address(fact, entry)
        self.message_user(request, format_html('{}<a href="{}">看公开的页面</a>', words, address), messages.SUCCESS)
        return HttpResponseRedirect(self.after_publication(request, fact))

    def after_publication(self, request: HttpRequest, fact: AnyFact) -> str:
        """The address to go on to."""
        return self.address("change", fact.pk)

    def refused(self, request: HttpRequest, fact: AnyFact, error: PublicationError) -> HttpResponse:
        """Back to the row, with each reason as a message."""
        for reason in error.messages:
            self.message_user(request, self.with_link(request, reason), messages.ERROR)
        return HttpResponseRedirect(self.address("change", fact.pk))

    def with_link(self, request: HttpRequest, reason: str) -> str:
        """The reason with a link to the row that it is about, where there is one and the person may view it."""
        row: Any = getattr(reason, "row", None)
        page = self.admin_site._registry.get(type(row))
        if not (isinstance(page, DeskAdmin) and page.has_view_permission(request, row)):
            return reason
        if not page.get_queryset(request).filter(pk=row.pk).exists():
            return reason
        return format_html('{}<a href="{}">去看看</a>', str(reason), page.address("change", row.pk))


class OwnDraftAdmin(FactAdmin[AnyFact]):
    """Facts that one reviewer drafts and another publishes: only the drafter may change or delete the draft."""

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.drafted_by == request.user)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or obj.drafted_by == request.user)
