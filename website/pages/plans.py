"""The pages of a plan on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from heapq import nsmallest
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.as_of import asked_day, day_of, day_query
from common.cache_policy import cached_by, endless, not_cached, valid_day, valid_page, valid_word
from common.exports import Sheet, csv_response, xlsx_of, xlsx_response
from common.formats import day_text, shared_year
from common.lru_cache import LRUCache
from common.marks import file_mark_of, mark_of
from common.paging import ROWS_PER_PAGE, BoundedPaginator, shared_page
from common.site_address import whole_address
from projects.models import AbstractEvidence
from projects.progress import Light, Total
from projects.snapshots import DepartmentSnapshot, load_departments, redactions_about
from tasks.models import Plan, Task, TaskEvidence, front_of
from tasks.snapshots import (
    CommitmentSnapshot,
    GroupSnapshot,
    PlanSnapshot,
    SeriesSnapshot,
    TaskSnapshot,
    default_day_of,
    plan_snapshot_of,
)
from tasks.verdicts import Verdict, verdict_of
from website.filters.plans import CommitmentFilter
from website.pages.errors import ask_again
from website.sentences.headings import (
    deadline_line,
    is_without_data,
    opening_sentences,
    promises_sentence,
    published_line,
    series_sentences,
)
from website.sentences.plans import NO_PROJECTS, investment_caption
from website.sentences.promised import promised_sentence, promised_terms
from website.sentences.promises import (
    commitment_sentence,
    commitments_sentence,
    indicators_sentence,
    neediest_of,
    promises_only_sentence,
    task_sentence,
    tasks_sentence,
    urgency_of,
)
from website.tables import CommitmentTable, PromiseTable, Row

MOST_HEADLINE, MOST_BESIDE = 20, 6  # promises of a series on the front page
MOST_TASKS = 8  # of a group, and of those without projects, there
NEWS_BESIDE = 5


@dataclass(frozen=True)
class Card:
    """A commitment on a page: its badge and its sentence.

    Of what nothing was ever reported the sentence is the promise itself, and `terms` says with what money and who.
    """

    snapshot: CommitmentSnapshot
    verdict: Verdict
    sentence: str
    terms: str = ""
    note: str = ""  # what the plan adds to the promise, such as that its list isn't closed
    is_promise_only: bool = False  # nothing can be known of it yet, so its verdict isn't shown


def cards_of(
    commitments: Iterable[CommitmentSnapshot], *, is_promise_only: bool = False, notes: Mapping[str, str] | None = None
) -> list[Card]:
    """Cards, those of a plan without data without verdicts for what nothing was reported of. `notes` are by slug of a project."""
    return [
        card_of(
            one,
            year=one.series.plan.year,
            note=(notes or {}).get(one.project.slug, ""),
            is_promise_only=is_promise_only,
        )
        for one in commitments
    ]


def card_of(snapshot: CommitmentSnapshot, *, year: int | None, note: str = "", is_promise_only: bool = False) -> Card:
    """`year` is that of the page, None where it has none."""
    verdict = verdict_of(snapshot)
    if snapshot.state.light is not Light.UNREPORTED:
        return Card(snapshot, verdict, commitment_sentence(snapshot, year=year))
    promised, terms = promised_sentence(snapshot, year=year), promised_terms(snapshot, year=year)
    return Card(snapshot, verdict, promised, terms, note, is_promise_only)


@dataclass(frozen=True)
class SeriesCards:
    """A series as the front page shows it: of many promises only those furthest behind, in the order of the plan."""

    series: SeriesSnapshot
    sentence: str
    rest: str
    cards: list[Card]

    @property
    def n_left_out(self) -> int:
        return len(self.series.commitments) - len(self.cards)

    @property
    def is_illustrative(self) -> bool:
        return any(card.snapshot.project.is_illustrative for card in self.cards)


def series_cards_of(
    series: SeriesSnapshot, most: int, *, is_promise_only: bool = False, notes: Mapping[str, str] | None = None
) -> SeriesCards:
    chosen: Sequence[CommitmentSnapshot] = series.commitments
    if len(chosen) > most:
        chosen = sorted(nsmallest(most, chosen, key=urgency_of), key=lambda snapshot: snapshot.number)
    sentence, rest = (promises_sentence(series), "") if is_promise_only else series_sentences(series)
    return SeriesCards(series, sentence, rest, cards_of(chosen, is_promise_only=is_promise_only, notes=notes))


@dataclass(frozen=True)
class GroupTasks:
    """A group of tasks as the front page shows it: the first of those with projects behind them, in their order."""

    group: GroupSnapshot
    tasks: list[TaskSnapshot]

    @property
    def n_left_out(self) -> int:
        return len(self.group.served) - len(self.tasks)

    @property
    def is_illustrative(self) -> bool:
        return any(task.is_illustrative for task in self.tasks)


def published_plan(year: int) -> Plan:
    return get_object_or_404(Plan.objects.published().select_related("source"), year=year)


def requested_snapshot(request: HttpRequest, plan: Plan, *, since: date | None = None) -> PlanSnapshot:
    """The snapshot on the day in the address. Days before the plan, or before `since` if that is later, raise DayError."""
    first = max(plan.published_on, since or plan.published_on)
    default = first if asked_day(request) else max(first, default_day_of(plan, timezone.localdate()))
    return plan_snapshot_of(plan, day_of(request, first=first, default=default))


def front_plan(request: HttpRequest) -> Plan | None:
    """The plan that the front page shows on the day asked for, by default today; None before any is public."""
    plans = list(Plan.objects.published().select_related("source"))
    first = min((plan.published_on for plan in plans), default=None)
    return front_of(plans, day_of(request, first=first, default=timezone.localdate())) if first else None


def before_any_plan(request: HttpRequest, departments: Iterable[DepartmentSnapshot] = ()) -> HttpResponse:
    """The calm page while nothing is promised yet, with the departments that are public already."""
    context = {"departments": list(departments), "canonical": whole_address(request, request.path)}
    return render(request, "empty.html", context)


def front_snapshot(request: HttpRequest, *, since: date | None = None) -> PlanSnapshot:
    plan = front_plan(request)
    if plan is None:
        raise Http404
    return requested_snapshot(request, plan, since=since)


def plan_context(request: HttpRequest, snapshot: PlanSnapshot) -> dict:
    """The part of the context that every page of a plan has."""
    return {
        "snapshot": snapshot,
        "plan": snapshot.row,
        "as_of": snapshot.as_of,
        "entry": snapshot.entry,
        "is_illustrative": snapshot.is_illustrative,
        "day_query": day_query(request),
        "canonical": whole_address(request, request.path),
    }


@cached_by(as_of=valid_day)
def front(request: HttpRequest) -> HttpResponse:
    """The front page: the overview of the running plan, else of the last one."""
    plan = front_plan(request)
    return before_any_plan(request) if plan is None else overview_of(request, plan)


@not_cached("as_of")
@require_safe
def of_front_plan(request: HttpRequest, page: str) -> HttpResponse:
    """Redirects an address without a year to that page of the plan that the front page shows."""
    plan = front_plan(request)
    if plan is None:
        return before_any_plan(request)
    headers = {"Cache-Control": "no-cache"}  # the next entry may put another plan on the front page
    return HttpResponseRedirect(f"{reverse(page, args=[plan.year])}{day_query(request)}", headers=headers)


def names_of(snapshot: PlanSnapshot) -> dict[str, str]:
    """The names of the departments on the day, by slug."""
    return {slug: department.name for slug, department in snapshot.cached(departments_of).items()}


def departments_of(snapshot: PlanSnapshot) -> dict[str, DepartmentSnapshot]:
    return load_departments(snapshot.as_of)


def unserved_of(snapshot: PlanSnapshot) -> list[TaskSnapshot]:
    """The tasks that no project serves."""
    return [task for group in snapshot.groups for task in group.unserved]


@cached_by(as_of=valid_day)
def overview(request: HttpRequest, year: int) -> HttpResponse:
    return overview_of(request, published_plan(year))


def overview_of(request: HttpRequest, plan: Plan) -> HttpResponse:
    snapshot = requested_snapshot(request, plan)
    is_promise_only = is_without_data(snapshot)
    notes = {outline.code: outline.text for outline in snapshot.outlines}
    headline = series_cards_of(snapshot.headline, MOST_HEADLINE, is_promise_only=is_promise_only, notes=notes)
    others = [
        series_cards_of(one, MOST_BESIDE, is_promise_only=is_promise_only, notes=notes) for one in snapshot.series[1:]
    ]
    sentence, rest = opening_sentences(snapshot)
    unserved = unserved_of(snapshot)
    drawn = [headline, *(one for one in others if not one.n_left_out)]
    return render(
        request,
        "tasks/overview.html",
        plan_context(request, snapshot)
        | {
            "sentence": sentence,
            "rest": rest,
            "is_promise_only": is_promise_only,
            "deadline_line": deadline_line(snapshot, year=plan.year),
            "neediest": neediest_of(snapshot.headline, year=plan.year),
            "description": overview_description(snapshot),
            "adjusted_count": snapshot.tally.adjusted,
            "neighbours": neighbours_of(snapshot),
            "headline": headline,
            "cards": headline.cards,
            "investment_caption": investment_caption(headline.series, len(headline.cards)),
            "others": others,
            "drawn": [(one.series.title, [card.snapshot for card in one.cards]) for one in drawn],
            "groups": [GroupTasks(group, served[:MOST_TASKS]) for group in snapshot.groups if (served := group.served)],
            "unserved_groups": [group for group in snapshot.groups if not group.served],
            "has_illustrative_indicators": any(one.is_illustrative for one in snapshot.indicators),
            "unserved": unserved[:MOST_TASKS],
            "n_unserved": len(unserved),
            "names": names_of(snapshot),
        },
    )


def overview_description(snapshot: PlanSnapshot) -> str:
    """The sentence for programs (shared cards, schema.org), in which every day has its year."""
    neediest = None if is_without_data(snapshot) else neediest_of(snapshot.headline, year=None)
    return opening_description(snapshot) + (neediest.sentence if neediest else "")


def opening_description(snapshot: PlanSnapshot) -> str:
    """What stands below the heading, every day with its year."""
    if is_without_data(snapshot):
        return published_line(snapshot, year=None)
    return opening_sentences(snapshot)[1] + deadline_line(snapshot, year=None)


def neighbours_of(snapshot: PlanSnapshot) -> list[tuple[str, Plan]]:
    """The plans of the years before and after, if they were public on the day, each with its word."""
    plans, year = list(Plan.objects.as_of(snapshot.as_of).order_by("year")), snapshot.row.year
    before, after = [plan for plan in plans if plan.year < year], [plan for plan in plans if plan.year > year]
    return [*(("上一年", plan) for plan in before[-1:]), *(("下一年", plan) for plan in after[:1])]


@cached_by(as_of=valid_day)
def task_list(request: HttpRequest, year: int) -> HttpResponse:
    snapshot = requested_snapshot(request, published_plan(year))
    unserved = unserved_of(snapshot)
    return render(
        request,
        "tasks/task_list.html",
        plan_context(request, snapshot)
        | {
            "sentence": tasks_sentence(snapshot.tasks),
            "unserved": unserved,
            "is_all_unserved": len(unserved) == len(snapshot.tasks) > 0,
            "unserved_groups": [group for group in snapshot.groups if group.unserved],
            "names": names_of(snapshot),
        },
    )


@cached_by(as_of=valid_day, page=valid_page)
def task(request: HttpRequest, year: int, group: str, number: int) -> HttpResponse:
    plan = published_plan(year)
    snapshot = requested_snapshot(request, plan)
    found = next((t for t in snapshot.tasks if t.group.code == group and t.number == number), None)
    if found is None:  # there is none, or it was promised on a later day, which the refusal then names
        own = Task.objects.published().filter(group__plan=plan, group__code=group)
        requested_snapshot(request, plan, since=get_object_or_404(own, number=number).published_on)
        raise Http404
    services = [(measure, service) for measure in found.served for service in measure.services]
    shared = shared_page(request, len(services))
    on_page = shared.rows(services)
    slugs = {service.project.slug for _measure, service in on_page}
    is_promise_only = is_without_data(snapshot)
    commitments = [commitment for commitment in found.commitments if commitment.project.slug in slugs]
    cards = cards_of(commitments, is_promise_only=is_promise_only)
    reports = [report for answer in found.answers for report in answer.reports]
    changes = [change for answer in found.answers for change in answer.adjustments]
    return render(
        request,
        "tasks/task.html",
        plan_context(request, snapshot)
        | {
            "task": found,
            "sentence": task_sentence(found),
            "departments": snapshot.cached(departments_of),
            "names": names_of(snapshot),
            "evidence": evidence_of(TaskEvidence, (report.pk for report in reports)),
            "redactions": redactions_about(fact.entry_id for fact in (*reports, *changes)),
            "page": shared.page,
            "served": [
                (measure, [service for _measure, service in own])
                for measure, own in groupby(on_page, key=itemgetter(0))
            ],
            "is_promise_only": is_promise_only,
            "cards": cards_by_project(cards),
            "series_titles": {series.row.pk: series.title for series in snapshot.series},
            "indicators": [i for i in snapshot.indicators if i.row.task_id == found.row.pk],
            "articles": found.row.articles.published()[:NEWS_BESIDE],
        },
    )


def cards_by_project(cards: Iterable[Card]) -> dict[str, list[Card]]:
    """Every promise about a project, by its slug. Where there are several, each says in which list it stands."""
    by_slug: dict[str, list[Card]] = {}
    for card in cards:
        by_slug.setdefault(card.snapshot.project.slug, []).append(card)
    return by_slug


def evidence_of(model: type[AbstractEvidence], reports: Iterable[int]) -> dict[int, list[AbstractEvidence]]:
    """That of these facts, by their primary key, which are of the kind that `model` is the evidence of."""
    rows: Any = model.objects.published().filter(report__in=list(reports))  # type: ignore[misc]  # of each kind
    found: dict[int, list[AbstractEvidence]] = {}
    for evidence in rows:
        found.setdefault(evidence.report_id, []).append(evidence)
    return found


@cached_by(
    as_of=valid_day,
    page=valid_page,
    q=endless,
    **dict.fromkeys(("series", "light", "outcome", "goal", "department", "sort"), valid_word),
)
def project_table(request: HttpRequest, year: int, file_format: str = "") -> HttpResponse:
    """The table of commitments, as a page or as a file with all rows of the filter."""
    snapshot = requested_snapshot(request, published_plan(year))
    form = CommitmentFilter(request.GET, snapshot=snapshot)
    if not form.is_valid():
        return ask_again(request, form, "没有这样的筛选")
    chosen = form.chosen(snapshot.commitments)
    rows = [Row(commitment, day_query(request)) for commitment in chosen]
    is_promise_only = is_without_data(snapshot)
    sentence = promises_only_sentence(chosen) if is_promise_only else commitments_sentence(chosen)
    if not snapshot.commitments:
        sentence = NO_PROJECTS
    made = PromiseTable if is_promise_only and not file_format else CommitmentTable
    table = made(
        sorted(rows, key=attrgetter("series")),
        order_by=form.cleaned_data["sort"],
        year=shared_year([snapshot.as_of], snapshot.row.year),
    )
    if file_format:
        return export(table, snapshot, file_format)
    table.paginate(BoundedPaginator, per_page=ROWS_PER_PAGE, page=form.cleaned_data["page"] or 1)
    return render(
        request,
        "projects/table.html",
        plan_context(request, snapshot)
        | {
            "form": form,
            "table": table,
            "chosen": chosen,
            "is_promise_only": is_promise_only,
            "sentence": sentence,
            "investment": Total.of([p.investment for p in {c.project.slug: c.project for c in chosen}.values()]),
            "query": request.GET.urlencode(),
        },
    )


Cells = Sequence[object]


def cells_of(snapshot: PlanSnapshot) -> tuple[Sheet, dict[int, Cells]]:
    """The sheet without rows, and the cells of each row by primary key of the commitment."""
    sheet = CommitmentTable([Row(commitment, "") for commitment in snapshot.commitments]).as_sheet()
    keys = (commitment.row.pk for commitment in snapshot.commitments)
    return replace(sheet, rows=()), dict(zip(keys, sheet.rows, strict=True))


MOST_BOOKS = 500  # KB of workbooks cached with a snapshot


def books_of(_snapshot: PlanSnapshot) -> LRUCache[bytes]:
    """The workbooks made of the snapshot, by primary keys of the rows in their order."""
    return LRUCache(MOST_BOOKS, weight=lambda book: len(book) // 1024 + 1)


def export(table: CommitmentTable, snapshot: PlanSnapshot, file_format: str) -> HttpResponse:
    empty, cells = snapshot.cached(cells_of)
    keys = tuple(row.snapshot.row.pk for row in table.data)
    sheet = replace(empty, rows=[cells[key] for key in keys])
    mark = file_mark_of(is_illustrative=snapshot.is_illustrative)
    filename = f"projects-{snapshot.row.year}-{snapshot.as_of}{mark}.{file_format}"
    if file_format == "csv":
        voucher = snapshot.entry.voucher  # in each row, since CSV has no place for a note
        return csv_response([[*sheet.head, "凭证"], *([*row, voucher] for row in sheet.rows)], filename)
    book = snapshot.cached(books_of).get(keys, lambda: xlsx_of(sheet, note=export_note(snapshot)))
    return xlsx_response(book, filename)


def export_note(snapshot: PlanSnapshot) -> str:
    """The note in a file that says what it is of, which day and which voucher."""
    mark = mark_of(is_illustrative=snapshot.is_illustrative)
    title = f"{mark}{snapshot.short_title}：{CommitmentTable.Meta.caption}"
    return f"{title}。数据算到 {day_text(snapshot.as_of)}，凭证 {snapshot.entry.voucher}。"


@cached_by(as_of=valid_day)
def indicators(request: HttpRequest, year: int) -> HttpResponse:
    snapshot = requested_snapshot(request, published_plan(year))
    sentence = indicators_sentence(snapshot.indicators)
    facts = (fact for indicator in snapshot.indicators for fact in (*indicator.history, *indicator.adjustments))
    redactions = redactions_about(fact.entry_id for fact in facts)
    return render(
        request,
        "tasks/indicators.html",
        plan_context(request, snapshot) | {"sentence": sentence, "redactions": redactions, "names": names_of(snapshot)},
    )
