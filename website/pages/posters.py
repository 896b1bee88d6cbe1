"""Posters on one A4 sheet with a QR code: of a promise for its building site, of a whole plan for the notice board."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.publisher import publisher
from common.as_of import day_of, day_query
from common.cache_policy import cached_by, valid_day
from common.qr_codes import qr_response
from common.site_address import whole_address
from ledger import chain
from projects.models import Project
from projects.progress import Progress
from projects.snapshots import load_snapshots
from tasks.changes import changes_of
from tasks.snapshots import default_day_of, plans_naming, ruling_plan
from website.pages.plans import plan_context, published_plan, requested_snapshot, series_cards_of
from website.pages.projects import promises_about
from website.sentences.headings import deadline_line, is_without_data, opening_sentences
from website.sentences.history import changes_sentence
from website.sentences.milestones import part_names
from website.sentences.posters import call_sentence, lessened_text

MOST_ROWS = 10  # promises on the sheet of a plan; of a longer series those furthest behind


@cached_by(as_of=valid_day)
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Project.objects.published(), slug=slug)
    today = timezone.localdate()
    day = day_of(request, first=row.published_on, default=default_day_of(ruling_plan(plans_naming(row), today), today))
    snapshot = load_snapshots(Project.objects.filter(pk=row.pk), day)[row.pk]
    plan, promises = ruling_plan(plans_naming(row), day), promises_about(snapshot)
    promise = promises[0] if promises else None
    progress = promise.snapshot.progress if promise else None
    return render(
        request,
        "projects/poster.html",
        {
            "project": snapshot,
            "promise": promise,
            "due_on": progress.due_on if progress else None,
            "promised_due_on": promised_due_on(progress) if progress else None,
            "is_inferred": progress is not None and any("due_on" in one.snapshot.inferred for one in progress.active),
            "cut": part_names(one for one in progress.targets if one.is_dropped) if progress else "",
            "lessened": lessened_text(progress) if progress else "",
            "others": [(other, other.snapshot.progress.due_on) for other in promises[1:]],
            "plan": plan,
            "call": call_sentence(
                has_phone=any(lead.phone for lead in snapshot.leads), complaint_line=publisher().complaint_line
            ),
            "project_address": page_address(request, row),
            "as_of": day,
            "entry": chain.head_on(day),
            "is_illustrative": snapshot.is_illustrative,
            "day_query": day_query(request),
        },
    )


def promised_due_on(progress: Progress) -> date | None:
    """The last due day, as first promised, of the milestones that are not dropped."""
    return max((state.snapshot.promised.due_on for state in progress.active), default=None)


def page_address(request: HttpRequest, project: Project) -> str:
    return whole_address(request, reverse("project", args=[project.slug]))


@cached_by()
def qr_code(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(Project.objects.published(), slug=slug)
    return qr_response(page_address(request, project))


@cached_by(as_of=valid_day)
def year_poster(request: HttpRequest, year: int) -> HttpResponse:
    """The plan on one sheet, in the sentences of its overview."""
    snapshot = requested_snapshot(request, published_plan(year))
    headline = series_cards_of(snapshot.headline, MOST_ROWS, is_promise_only=is_without_data(snapshot))
    sentence, rest = opening_sentences(snapshot)
    return render(
        request,
        "tasks/poster.html",
        plan_context(request, snapshot)
        | {
            "sentence": sentence,
            "rest": rest,
            "headline": headline,
            "deadline_line": deadline_line(snapshot, year=year),
            "full_deadline": deadline_line(snapshot, year=None),
            "changed": changes_sentence(snapshot, snapshot.cached(changes_of), year=year),
            "overview_address": overview_address(request, year),
        },
    )


def overview_address(request: HttpRequest, year: int) -> str:
    return whole_address(request, reverse("overview", args=[year]))


@cached_by()
def plan_qr(request: HttpRequest, year: int) -> HttpResponse:
    return qr_response(overview_address(request, published_plan(year).year))
