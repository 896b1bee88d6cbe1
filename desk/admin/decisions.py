"""One decision that changes several promises of a plan: typed once, drafted and sent to the reviewers together."""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts.models import AuditAction
from accounts.sessions import signed_in
from common.keys import is_key
from desk.admin.base import row_or_404
from desk.admin.changes import PromiseChangeAdmin
from desk.admin.versions import DECIDED_ON
from desk.forms.decisions import MOVED, DecisionForm, Movable, movable
from desk.forms.evidence import copied_file
from desk.summaries import ChangeSummary, summary_of_change
from desk.templatetags.form_errors import errors_of_form
from ledger.chain import PublicationError
from projects.models import PromiseChange
from projects.publishing import submit
from tasks.models import Commitment, Plan, PlanAdjustment, Target

WHY: list[Any] = [
    "decided_on",
    "decided_by",
    "document",
    ("document_number", "document_on"),
    "document_url",
    "document_file",
    "reason",
]
LABELS = re.compile(r"(target|commitment)-[0-9]{1,9}-([a-z_]+)")
MOST_AT_ONCE = 300  # adjustments that are sent together


def decision_address(plan: Plan) -> str:
    return f"{reverse('admin:tasks_planadjustment_together')}?plan={plan.pk}"


class DecisionAdmin(PromiseChangeAdmin[PlanAdjustment]):
    """Adjustments of what a plan promised, one by one or several by one decision."""

    choice_help = (
        f"一件承诺的期限、目标的数、分步，选“目标”里的一项，不在“承诺事项”里。{PromiseChangeAdmin.choice_help}"
    )

    def get_urls(self):
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("together/", wrap(self.together_view), name=f"{name}_together"),
            path("together/submit/", wrap(self.submit_many_view), name=f"{name}_submit_many"),
            *super().get_urls(),
        ]

    def label_of(self, name):
        if match := LABELS.fullmatch(name):
            adjustable: Any = (Target if match[1] == "target" else Commitment).adjustable
            return adjustable[match[2]].label if match[2] in adjustable else ""
        return super().label_of(name)

    def links_beside_choice(self, request):
        """To each public plan of which the person may change something."""
        promises = self.promises(request)
        targets, commitments = promises["target"], promises["commitment"]
        keys = {*targets.values_list("commitment__series__plan", flat=True).distinct()}
        keys |= {*commitments.values_list("series__plan", flat=True).distinct()}
        plans = Plan.objects.published().filter(pk__in=keys)
        return [(f"{plan}：一份决定改几项", decision_address(plan)) for plan in plans]

    # Drafting

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def together_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "plan" not in request.GET:
            return HttpResponseRedirect(self.address("add"))  # where it is chosen
        plan = row_or_404(Plan.objects.published(), request.GET.get("plan", ""))
        rows = self._movable(request, plan)
        if not rows:
            raise Http404
        if request.method != "POST":
            return self._decision_page(request, plan, DecisionForm(rows=rows))
        return self.answer_with_files(request, self._decide, plan, rows)

    def _movable(self, request: HttpRequest, plan: Plan) -> list[Movable]:
        promises = self.promises(request)
        return movable(
            promises["commitment"].filter(series__plan=plan), promises["target"].filter(commitment__series__plan=plan)
        )

    @transaction.atomic
    def _decide(self, request: HttpRequest, plan: Plan, rows: list[Movable]) -> HttpResponse:
        """All of its adjustments or none, each with a copy of the document's file of its own."""
        form = DecisionForm(request.POST, request.FILES, rows=rows)
        if not form.is_valid():
            return self._decision_page(request, plan, form)
        first = form.changes[0]
        for change in form.changes:
            change.drafted_by = signed_in(request)
            file = form.cleaned_data.get("document_file") if change is first else copied_file(first.document_file)
            if file:
                change.document_file = file
            change.save()
            self.log_addition(request, change, "同一份决定")
        self.message_user(request, f"起草了 {len(form.changes)} 份调整，还没有送审。看一遍，没有错再按“送审”。")
        keys = ",".join(str(change.pk) for change in form.changes)
        return HttpResponseRedirect(f"{self.address('submit_many')}?of={keys}")

    def _decision_page(self, request: HttpRequest, plan: Plan, form: DecisionForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "is_nav_sidebar_enabled": False,  # the table needs the room
            "opts": self.opts,
            "title": "一份决定改几项",
            "plan": plan,
            "form": form,
            "lines": list(form.lines()),
            "why": AdminForm(form, [("依据", {"fields": WHY})], {}, model_admin=self),
            "labels": [Target.adjustable[name].label for name in MOVED["target"]],
            "found": list(errors_of_form(form)) if form.is_bound else [],
            "has_files": bool(request.FILES),
        }
        return TemplateResponse(request, "admin/tasks/planadjustment/together.html", context)

    # Sending

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def submit_many_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows what would become public of each draft; POST submits exactly that, all or none."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "of" not in request.GET:
            return HttpResponseRedirect(self.address("changelist"))
        if request.method == "POST":
            return self._submitted_together(request)
        drafts = [one for one in self._named(request) if not one.submitted_at and not one.is_published]
        if not drafts:
            return HttpResponseRedirect(self.address("changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "送审前看一遍",
            "summaries": self._summaries(drafts),
            "versions": {f"{DECIDED_ON}-{one.pk}": self.decided_version(one) for one in drafts},
        }
        return TemplateResponse(request, "admin/tasks/planadjustment/submit_many.html", context)

    def _named(self, request: HttpRequest) -> list[PlanAdjustment]:
        """Those of the address that belong to the person, in its order. Raises Http404 where one doesn't."""
        keys = [key for key in request.GET.get("of", "").split(",") if is_key(key)][:MOST_AT_ONCE]
        rows = {str(row.pk): row for row in self.get_queryset(request).filter(pk__in=keys)}
        if not keys or rows.keys() != set(keys):
            raise Http404
        return [self._own(request, key) for key in dict.fromkeys(keys)]

    @staticmethod
    def _summaries(drafts: Iterable[PromiseChange]) -> list[ChangeSummary]:
        return [summary_of_change(one, timezone.localdate(), {}) for one in drafts]

    def _submitted_together(self, request: HttpRequest) -> HttpResponse:
        try:
            with transaction.atomic():
                drafts = self._named(request)
                summaries = self._summaries(drafts)
                if not all(self._is_as_displayed(request, one) for one in summaries):
                    self.message_user(request, "还没有送审：您看过以后又有变化，请再看一遍。", messages.WARNING)
                    return HttpResponseRedirect(request.get_full_path())
                for one in summaries:
                    submit(one.change, by=signed_in(request))  # type: ignore[arg-type]  # of its kind
                    looks = "；".join(dict.fromkeys(oddity.look for oddity in one.oddities))
                    text = f"核对过：{looks}" if looks else AuditAction.SUBMIT.label
                    self.log_change(request, one.change, text, AuditAction.SUBMIT)
        except PublicationError as error:
            for reason in error.messages:
                self.message_user(request, f"没有送审：{reason}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        words = f"已送审 {len(summaries)} 份。接下来由督查审核员审核，公布以后居民才看得到；每份一条公开记录。"
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("changelist"))

    def _is_as_displayed(self, request: HttpRequest, summary: ChangeSummary) -> bool:
        key = summary.change.pk
        is_same = request.POST.get(f"{DECIDED_ON}-{key}") == self.decided_version(summary.change)
        return is_same and {one.key for one in summary.oddities} <= set(request.POST.getlist(f"oddity-{key}"))
