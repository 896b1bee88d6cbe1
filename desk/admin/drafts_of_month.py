"""The page on which whoever files for several departments looks at the drafts of a data day and sends them with one press."""

import time
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from accounts.sessions import signed_in
from desk.admin.monthly import DRAFTS, LONGEST, MonthAdmin, asked_of
from desk.admin.sending import look_at, send_as_displayed
from desk.filing import tick_of
from desk.monthly.rows import SheetRow, default_day, load_rows, with_bulletins
from desk.monthly.saving import publication_reasons
from desk.summaries import ReportSummary
from projects.models import Department
from tasks.access import Led
from tasks.models import Reading

MOST_DRAFTS = 100  # of a page, and sent by one press


class DraftLine(NamedTuple):
    """`summary` is None where `reasons` say why it can't be sent yet."""

    row: SheetRow
    summary: ReportSummary | None
    reasons: tuple[str, ...]


class DraftsAdmin(MonthAdmin):
    """The page of departments, which has the drafts of all of one's departments, too."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.drafts_view)
        return [path("month/drafts/", view, name="projects_department_drafts"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def drafts_view(self, request: HttpRequest) -> HttpResponse:
        user, today = signed_in(request), timezone.localdate()
        if not user.has_perm("projects.add_report"):
            raise PermissionDenied
        asked = asked_of(request.GET, today)
        day = asked.cleaned_data["day"] if asked.is_valid() else default_day(today)
        if request.method == "POST":
            send_as_displayed(self, request, until=time.monotonic() + LONGEST)
            return HttpResponseRedirect(f"{request.path}?{urlencode({'day': day.isoformat()})}")
        departments = _departments_of(user)
        page = Paginator(_drafts(user, departments, day, today), MOST_DRAFTS).get_page(request.GET.get("page"))
        reasons = {row.key: tuple(publication_reasons(row)) for row in page}
        look = look_at(self.admin_site, day, [row for row in page if not reasons[row.key]])
        summaries = {tick_of(one.report): one for one in look.summaries}
        lines = [
            DraftLine(row, summaries.get(tick_of(row.draft)), reasons[row.key])  # type: ignore[arg-type]  # as filtered
            for row in page
        ]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": DRAFTS,
            "asked": asked,
            "day": day,
            "look": look,
            "groups": _grouped(lines, departments),
            "n_faulty": len(lines) - len(look.summaries),
            "page": page,
        }
        return TemplateResponse(request, "admin/desk/drafts_of_month.html", context)


def _departments_of(user: User) -> list[Department]:
    """Those for which the person files, in the order in which they are chosen from."""
    found = Department.objects.all() if user.is_superuser else Department.objects.filter(memberships__user=user)
    return list(found.order_by("name", "pk"))


def _drafts(user: User, departments: Sequence[Department], day: date, today: date) -> list[SheetRow]:
    """Those that are sent, by department: readings of indicators wait for a reviewer already."""
    rows = with_bulletins(load_rows(Led.by(user), day, today))
    drafts = [row for row in rows if row.draft and not isinstance(row.draft, Reading)]
    return sorted(drafts, key=partial(_place, departments))  # of one department still in the plan's order


def _place(departments: Sequence[Department], row: SheetRow) -> int:
    """That of the first of these that answers for it; behind the last, where nobody does."""
    places = {one.slug: number for number, one in enumerate(departments)}
    return next((places[slug] for slug in row.subject.lead_slugs if slug in places), len(departments))


def _grouped(lines: Iterable[DraftLine], departments: Sequence[Department]) -> list[tuple[str, list[DraftLine]]]:
    """(name of the department, its lines)."""
    names = [*(one.name for one in departments), "没有牵头部门"]
    found = groupby(lines, key=lambda line: _place(departments, line.row))
    return [(names[place], list(own)) for place, own in found]
