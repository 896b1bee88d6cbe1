"""The page between a press on 公布 and the publication of a plan or an addition, which can't be taken back.

It says what becomes public and what is still open. Its press publishes the version that was looked at, or nothing.
"""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts.sessions import signed_in
from desk.admin.facts import FactAdmin
from desk.admin.versions import DECIDED_ON
from desk.contents import Contents
from desk.plan_table import table_of
from desk.sentences import authority_text, open_gaps_text, open_readings_text, publication_text
from ledger.chain import PublicationError
from projects.publishing import reasons_against
from tasks.models import Plan

SEEN = "_seen"  # an input of the page's form: what it says was there to be read
VERSION = "version"  # in the page's address: that of what the reviewer looked at before


class PublicationPage(FactAdmin):
    publishes_at_once = False

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A press elsewhere leads to the page; the page's own publishes."""
        if request.method == "POST" and SEEN in request.POST:
            return super().publish_view(request, object_id)
        fact = self.visible_row(request, object_id)
        if not self.has_publish_permission(request):
            raise PermissionDenied
        version = self.decided_version(fact)  # before what the page shows is read: too old then, never too new
        try:
            if request.method == "POST":
                self.check_not_modified(request, fact)
            if reasons := reasons_against(fact, by=signed_in(request)):
                raise PublicationError(*reasons)
            if request.method == "POST":
                return HttpResponseRedirect(f"{request.path}?{urlencode({VERSION: version})}")
            if request.GET.get(VERSION, version) != version:
                raise PublicationError("没有公布：您打开以后，内容有人改过。请看看现在的样子，再决定。")
        except PublicationError as error:
            return self.refused(request, fact, error)
        return self._publication_page(request, fact, version)

    def _publication_page(self, request: HttpRequest, fact, version: str) -> HttpResponse:
        table = table_of(fact, timezone.localdate())
        way_back = reverse(f"admin:{self.opts.model_name}-table", args=[fact.pk])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": fact,
            "title": "公布前看一遍",
            "told": publication_text("这份计划" if isinstance(fact, Plan) else "这份追加", counts_of(table.contents)),
            "open": [
                *([authority_text(fact.authority)] if isinstance(fact, Plan) else []),
                open_gaps_text(table.gaps),
                open_readings_text(table.n_inferred),
            ],
            "has_gaps": bool(table.gaps),
            "way_back": way_back,
            "preview": self.address("preview", fact.pk),
            "versions": {DECIDED_ON: version, SEEN: "on"},
        }
        return TemplateResponse(request, "admin/tasks/plan/publish.html", context)


def counts_of(contents: Contents) -> list[tuple[int, str, str]]:
    """(how many, counter, of what) becomes public."""
    return [
        (len(contents.promised), contents.counter, "承诺"),
        (contents.n_milestones, "个", "目标"),
        (len(contents.indicators), "项", "指标"),
        (len(contents.tasks), "项", "任务"),
        (contents.n_measures, "条", "举措"),
        (len(contents.departments), "个", "负责或者配合的部门"),
    ]
