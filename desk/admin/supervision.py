"""The pages of the 督查室: each list on a page to read, to copy for a group and to print, and as a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.sessions import signed_in
from common.exports import xlsx_response
from common.paging import ROWS_PER_PAGE, numbered_page
from common.site_address import site_url
from desk.file_names import file_name
from desk.forms.supervision import ALL_YEARS, LATER, WHOLE, DaysForm, RowsForm
from desk.robots import LIMITS, parts_of, robots, texts_for_the_desk
from desk.site import DeskSite
from desk.supervision.lists import (
    CHECK_FORM,
    LIST_WORDS,
    LISTINGS,
    Listing,
    ListName,
    days_text,
    is_illustrative,
    title_of,
)
from desk.supervision.loading import Supervision, public_plans
from desk.supervision.rules import spans_of
from projects.access import is_overseer

PUBLISHED_THEN = "公布的"  # where the days are chosen, after the word of a week or a month
MOST_PRINTED = 2000  # rows on one page
PAGE, TEXTS_PAGE = "admin/supervision.html", "admin/supervision_texts.html"


@dataclass
class Asked:
    """What the address asks for, with its forms. Rows are only loaded where both forms are valid."""

    request: HttpRequest

    @cached_property
    def days_form(self) -> DaysForm:
        form = DaysForm(self.request.GET, plans=public_plans())
        form.is_valid()
        return form

    @cached_property
    def rows_form(self) -> RowsForm:
        form = RowsForm(
            self.request.GET,
            name=self.name,
            departments=self.supervision.leading,
            as_of=self.days_form.days.as_of,
        )
        form.is_valid()
        return form

    @property
    def forms(self) -> list[DaysForm | RowsForm]:
        """Without the filters where the days are wrong, by which these would be loaded."""
        return [self.days_form] if self.days_form.errors else [self.days_form, self.rows_form]

    @property
    def errors(self) -> list[str]:
        return [
            f"{form.fields[name].label or '地址'}：{error}"
            for form in self.forms
            for name, errors in form.errors.items()
            for error in errors
        ]

    @property
    def name(self) -> ListName:
        return self.days_form.name

    @cached_property
    def supervision(self) -> Supervision:
        return Supervision(signed_in(self.request), self.days_form.days.as_of, self.days_form.plan_year)

    @property
    def listing(self) -> Listing:
        """With the way to a new check for whoever drafts checks."""
        listing = LISTINGS[self.name]
        may_check = self.name is ListName.CHECKS and self.request.user.has_perm("tasks.add_check")
        return replace(listing, columns=(*listing.columns, CHECK_FORM)) if may_check else listing

    @cached_property
    def rows(self) -> list[Any]:
        return [row for row in self.chosen if self.rows_form.is_due(row)]

    @property
    def n_others(self) -> int:
        """Rows that are as asked for, but due at another time."""
        return len(self.chosen) - len(self.rows)

    @cached_property
    def chosen(self) -> list[Any]:
        """Whenever they are due."""
        days, lists = self.days_form.days, self.supervision
        load: dict[ListName, Callable[[], Sequence[Any]]] = {
            ListName.WATCH: lambda: lists.watch,
            ListName.RANKING: lambda: lists.ranking,
            ListName.MISSING: lambda: lists.missing,
            ListName.PUBLISHED: lambda: lists.published(days.since, days.until),
            ListName.CHECKS: lambda: lists.checks,
        }
        return [row for row in load[self.name]() if self.rows_form.is_chosen(row)]

    @property
    def title(self) -> str:
        days, year = self.days_form.days, self.days_form.plan_year
        if self.name is ListName.PUBLISHED:
            title = next((word for word, *span in self.spans if span == [days.since, days.until]), "")
            return title_of(f"{title}{PUBLISHED_THEN}", self.rows, days_text(days.since, days.until), year)
        title = f"{self.listing.title}，还没到期的" if self.rows_form.is_of_later else self.listing.title
        return title_of(title, self.rows, str(days.as_of), year)

    @property
    def spans(self) -> list[tuple[str, date, date]]:
        """The weeks and months to choose from; none where the list isn't asked by days of publication."""
        first = self.days_form.first
        return spans_of(self.days_form.days.as_of, first) if self.name is ListName.PUBLISHED and first else []

    @property
    def other_years(self) -> list[int]:
        """Of plans public by the day, besides the one that is listed."""
        days, year = self.days_form.days, self.days_form.plan_year
        public = [plan.year for plan in self.days_form.plans if plan.published_on and plan.published_on <= days.as_of]
        return [one for one in public if year and one != year]

    def address(self, **changes: str) -> str:
        """The query string with these parameters in the place of those asked for, and the first page."""
        asked = {name: str(value) for name, value in self.request.GET.items() if name not in {"page", "whole"}}
        if "list" in changes and asked.get("year") == ALL_YEARS:
            del asked["year"]  # which not every list has
        query = {name: value for name, value in {**asked, **changes}.items() if value}
        return f"?{urlencode(query)}" if query else "?"


def urls(site: DeskSite) -> list[URLPattern]:
    return [
        path("supervision/", site.admin_view(page_view), name="supervision"),
        path("supervision/file/", site.admin_view(file_view), name="supervision-file"),
        path("supervision/texts/", site.admin_view(texts_view), name="supervision-texts"),
    ]


@require_safe
def page_view(request: HttpRequest) -> HttpResponse:
    """A list; with status 400 and what is wrong where the address can't be read."""
    asked = _asked(request)
    context = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,  # the tables need the room
        "title": LIST_WORDS[asked.name],
        "lists": [(LIST_WORDS[name], asked.address(list=str(name)), name is asked.name) for name in LISTINGS],
        "sees_all": asked.supervision.is_overseer,
        "asked": asked,
        "errors": asked.errors,
    }
    if not asked.errors:
        context |= _list_context(asked)
    return TemplateResponse(request, PAGE, context, status=400 if asked.errors else 200)


@require_safe
def file_view(request: HttpRequest) -> HttpResponse:
    """All rows of a list as a workbook."""
    asked = _asked(request)
    if asked.errors:
        raise BadRequest("；".join(asked.errors))
    filename = file_name(
        LIST_WORDS[asked.name], str(asked.days_form.days.as_of),
        ending="xlsx", is_illustrative=any(map(is_illustrative, asked.rows)),
    )  # fmt: skip
    return xlsx_response(asked.listing.workbook(asked.rows, asked.title), filename)


@require_safe
def texts_view(request: HttpRequest) -> HttpResponse:
    """What the robots bring to the groups, to be copied by hand; of every department, so for those who look at all."""
    if not is_overseer(signed_in(request)):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": False,
        "title": "发到工作群的话",
        "lists": [(LIST_WORDS[name], f"{reverse('admin:supervision')}?list={name}", False) for name in LISTINGS],
        "texts": [
            (one.kind, parts(one.text, one.kind)) for one in texts_for_the_desk(timezone.now(), site_url(request))
        ],
        "robots": [robot.label for robot in robots()],
    }
    return TemplateResponse(request, TEXTS_PAGE, context)


def parts(text: str, name: str) -> list[tuple[str, str]]:
    """The text in messages that the narrower of the robots' vendors takes, each with a name of its own; none of an empty one."""
    return [(f"{name}-{n}", part) for n, part in enumerate(parts_of(text, min(LIMITS.values())), 1)] if text else []


def _asked(request: HttpRequest) -> Asked:
    if not signed_in(request).has_perm("projects.view_report"):
        raise PermissionDenied
    return Asked(request)


def _list_context(asked: Asked) -> dict[str, Any]:
    rows, listing, days = asked.rows, asked.listing, asked.days_form.days
    is_whole = asked.rows_form.cleaned_data["whole"] == WHOLE
    page = numbered_page(rows, MOST_PRINTED if is_whole else ROWS_PER_PAGE, asked.rows_form.cleaned_data["page"])
    return {
        "listing": listing,
        "heading": asked.title,
        "spans": [
            (word, days_text(since, until), asked.address(since=str(since), until=str(until)), is_chosen)
            for word, since, until in asked.spans
            for is_chosen in [(since, until) == (days.since, days.until)]
        ],
        "other_years": [(year, asked.address(year=str(year))) for year in asked.other_years],
        "n_rows": len(rows),
        "rows": [listing.cells(row) for row in page],
        "page": page,
        "is_whole": is_whole,
        "whole_address": asked.address(whole=WHOLE),
        "pages_address": f"{asked.address()}&" if asked.address() != "?" else "?",
        "file_query": asked.address(),
        "parts": [] if asked.rows_form.is_of_later else parts(listing.text(rows, asked.title), "text"),
        "n_others": asked.n_others,
        "others_address": asked.address(due="" if asked.rows_form.is_of_later else LATER),
        "are_drafts_known": asked.rows_form.is_today,
    }


admin.site.page_makers.append(urls)  # type: ignore[attr-defined]  # ours, not Django's
