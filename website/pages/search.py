"""The search of everything public, today or on a day asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.as_of import FIRST_DAY, asked_day, day_of, day_query
from common.cache_policy import not_cached
from common.site_address import whole_address
from tasks.snapshots import Answer, PlanSnapshot, default_day_of, plan_snapshot_of
from website.filters.search import SearchForm
from website.pages.errors import ask_again
from website.pages.plans import Card, card_of, names_of
from website.search.find import SearchResults, search_results_of
from website.search.missed import count_missed
from website.search.results import Query, ResultKind, SearchGroup
from website.sentences.headings import is_without_data, unknown_sentence
from website.sentences.search import search_title

GROUPS_PER_PAGE = 10  # each with up to three facts


@not_cached("q", "kind", "about", "page", "as_of")
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The groups found, or with `about` everything found about one promise or department."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return ask_again(request, form, "没法这样找")
    day = day_of(request, first=FIRST_DAY, default=timezone.localdate())
    query, kind, about = Query.of(form.cleaned_data["q"].strip()), form.cleaned_data["kind"], form.cleaned_data["about"]
    days = day_query(request)
    results = search_results_of(query, day, days) if query else SearchResults([])
    if query and not results.results and not asked_day(request):
        count_missed(query, results.current)
    whole = results.group_about(about, days) if about else None
    listed = whole.facts if whole else results.groups(kind, days)
    page: Page = Paginator(list(listed), GROUPS_PER_PAGE).get_page(form.cleaned_data["page"] or 1)
    shown = [whole] if whole else [*page, *results.near]
    known = _known(shown, results, day, is_asked=bool(asked_day(request)))
    return render(
        request,
        "search/results.html",
        {
            "form": form,
            "title": search_title(query.typed, len(results.results), len(results.near), is_asked=bool(query)),
            "query": query,
            "pieces": query.typed.split(),
            "kind": ResultKind(kind) if kind else None,
            "counts": results.counts(),
            "n_found": len(results.results),
            "n_groups": len(listed),
            "results": results,
            "whole": whole,
            "known": known,
            "page": page,
            "asked_day": asked_day(request),
            "day_query": days,
            "is_illustrative": any(group.is_illustrative for group in shown),
            "canonical": whole_address(request, request.path),
        },
    )


@dataclass(frozen=True)
class Known:
    """How what was found stands in the plan on the front page, each by its address in the record.

    `cards` are those of projects, `answers` those of tasks and measures, in which `names` are the departments' by slug.
    `unknown` says of a plan without data that no more is known.
    """

    cards: Mapping[str, Card] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""


ANSWERING = frozenset({ResultKind.TASK, ResultKind.MEASURE})


def _known(groups: Sequence[SearchGroup], results: SearchResults, day: date, *, is_asked: bool) -> Known:
    heads = [group.head for group in groups]
    wanted = {head.about for head in heads if head.kind is ResultKind.PROJECT}
    answering = {head.about for head in heads if head.kind in ANSWERING}
    plan = results.current.front_plan(day) if results.current and (wanted or answering) else None
    if plan is None:
        return Known()
    snapshot: PlanSnapshot = plan_snapshot_of(plan, day if is_asked else default_day_of(plan, day))
    promised = {one.project.row.address: one for one in reversed(snapshot.commitments)}
    is_promise_only = is_without_data(snapshot)
    cards = {  # of no plan in particular, so every day has its year
        address: card_of(promised[address], year=None, is_promise_only=is_promise_only)
        for address in sorted(wanted & promised.keys())
    }
    mere = [card.snapshot for card in cards.values() if card.is_promise_only]
    series = [series for series in snapshot.series if any(one in series.commitments for one in mere)]
    answers = {
        answer.row.address: answer
        for task in snapshot.tasks
        for answer in task.answers
        if answer.state and answer.row.address in answering
    }
    names = names_of(snapshot) if answers else {}
    return Known(cards, answers, names, "".join(unknown_sentence(snapshot, one) for one in series))
