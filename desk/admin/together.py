"""Drafts of one kind that one reviewer made and another publishes with one press, from a page that shows each of them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts.models import AuditAction
from accounts.sessions import signed_in
from common.keys import is_key
from desk.admin.facts import AnyFact, OwnDraftAdmin
from desk.admin.versions import DECIDED_ON, content_of, version_of
from desk.queue import drafts_of
from ledger import chain
from ledger.chain import PublicationError
from projects.publishing import draw_pictures, publish
from projects.reviewers import publishing_error

MOST_AT_ONCE = 300  # published by one press
MOST_OWN = 40  # of the reviewer's own drafts, by name


class TogetherAdmin(OwnDraftAdmin[AnyFact]):
    """`together_head` and `displayed` say what the page shows of each, besides its name and its drafter."""

    change_list_template = "admin/tasks/together_list.html"
    together_template: ClassVar[str] = "admin/tasks/publish_many.html"
    together_order: ClassVar[tuple[str, ...]] = ("-held_on", "pk")
    together_related: ClassVar[tuple[str, ...]] = ()
    together_parts: ClassVar[tuple[str, ...]] = ()  # rows that become public with each
    together_head: ClassVar[tuple[str, ...]] = ()

    def displayed(self, facts: Sequence[AnyFact]) -> list[tuple[Sequence[str], Sequence[str]]]:
        """Of each the cells below `together_head`, and what looks like a slip of the pen."""
        raise NotImplementedError

    def get_urls(self):
        view, name = self.admin_site.admin_view(self.publish_many_view), f"tasks_{self.opts.model_name}_publish_many"
        return [path("together/publish/", view, name=name), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        may_publish = {"may_publish_together": self.has_publish_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **may_publish})

    def waiting(self, request: HttpRequest) -> list[AnyFact]:
        """Drafts of others, those of one day one after the other."""
        rows = drafts_of(self.model).exclude(drafted_by=None).exclude(drafted_by=signed_in(request))
        rows = rows.order_by(*self.together_order).select_related("drafted_by", "source", *self.together_related)
        return list(rows.prefetch_related(*self.together_parts)[:MOST_AT_ONCE])

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_many_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows what waits; POST publishes exactly what was ticked as it was shown, all or none."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._publish_ticked(request)
        waiting, user = self.waiting(request), signed_in(request)
        displayed = self.displayed(waiting)
        own = list(drafts_of(self.model).filter(drafted_by=user).order_by("pk")[:MOST_OWN])
        context = {
            **self.admin_site.each_context(request),
            "title": f"公布{self.opts.verbose_name}",
            "opts": self.opts,
            "head": self.together_head,
            "rows": [(fact, self._displayed_version(fact)) for fact in waiting],
            "lines": [
                (fact, self._displayed_version(fact), list(zip(self.together_head, cells, strict=True)), odd)
                for fact, (cells, odd) in zip(waiting, displayed, strict=True)
            ],
            "own": [(str(one), self.address("change", one.pk)) for one in own],
            "error": publishing_error(user),
            "decided": DECIDED_ON,
        }
        return TemplateResponse(request, self.together_template, context)

    def _publish_ticked(self, request: HttpRequest) -> HttpResponse:
        keys = [key for key in dict.fromkeys(request.POST.getlist("of")) if is_key(key)][:MOST_AT_ONCE]
        for fact in self.waiting(request):
            if str(fact.pk) in keys:
                draw_pictures(fact)
        try:
            with transaction.atomic():
                chain.lock()
                facts = {str(fact.pk): fact for fact in self.waiting(request)}
                if not keys or not all(key in facts for key in keys):
                    raise PublicationError(
                        "没有公布：没有勾选，或者勾选的里有的已经公布、改了归属或删掉了。请再看一遍。"
                    )
                for key in keys:
                    self._publish_as_displayed(request, facts[key], request.POST.get(f"{DECIDED_ON}-{key}", ""))
        except PublicationError as error:
            for reason in error.messages:
                self.message_user(request, self.with_link(request, reason), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        self.message_user(request, f"已公布 {len(keys)} 项，每项一条公开记录。", messages.SUCCESS)
        return HttpResponseRedirect(self.address("changelist"))

    def _displayed_version(self, fact: AnyFact) -> str:
        """Of a row as `waiting` loads it, without a query."""
        parts: dict[str, Any] = {name: list(map(content_of, getattr(fact, name).all())) for name in self.together_parts}
        return version_of({"": content_of(fact, self.version_exclude), **parts, **self.publication_scope(fact)})

    def _publish_as_displayed(self, request: HttpRequest, fact: AnyFact, version: str) -> None:
        """Raises PublicationError, which names the fact."""
        if version != self._displayed_version(fact):
            raise PublicationError(f"“{fact}”：您看过以后又有变化，请再看一遍。")
        try:
            entry = publish(fact, by=signed_in(request))
        except PublicationError as error:
            raise PublicationError(*(f"“{fact}”：{reason}" for reason in error.messages)) from error
        self.log_change(request, fact, f"公布（{entry}）", AuditAction.PUBLISH)
