"""The pages of a plan: each a list of questions to the plan as it stood on a day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from heapq import nsmallest
from itertools import groupby
from operator import attrgetter, itemgetter

from django import forms
from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.as_of import asked_day, day_of, day_query
from common.cache_policy import endless, kept_by, not_kept, valid_day, valid_page, valid_word
from common.exports import Sheet, csv_response, xlsx_of, xlsx_response
from common.form_fields import TextField
from common.formats import day_text, shared_year
from common.memo import Memo
from common.paging import ROWS_PER_PAGE, BoundedPaginator, asked_number, numbered_page, shared_page
from common.site_address import whole_address
from ledger import chain
from projects.models import Department, Evidence, EvidenceKind, Project, Source
from projects.progress import Light, Total
from projects.snapshots import DepartmentSnapshot, ProjectSnapshot, load_departments, load_snapshots, redactions_about
from tasks.changes import changes_of
from tasks.comparison import difference_of
from tasks.models import Outline, Plan, front_of
from tasks.review import review_of
from tasks.snapshots import (
    CommitmentSnapshot,
    PlanSnapshot,
    SeriesSnapshot,
    TaskSnapshot,
    commitments_about,
    default_day_of,
    plan_snapshot_of,
    plans_naming,
    project_progress_of,
    rules_of,
    wording_of,
)
from website.filters.plans import CommitmentFilter
from website.pages.errors import ask_again
from website.pages.ledger import any_illustrative
from website.sentences.promises import (
    Badge,
    badge_of,
    badge_of_progress,
    commitment_sentence,
    commitments_sentence,
    dated_sentence,
    deadline_line,
    department_sentence,
    indicators_sentence,
    need_of,
    neediest_of,
    series_sentence,
    task_sentence,
    tasks_sentence,
)
from website.tables import CommitmentTable, Row

MOST_HEADLINE, MOST_BESIDE = 20, 6  # promises of a series on the front page
LINKS_PER_PAGE = 200
MOST_LED = 10  # promises of a department in the list of all
NEWS_BESIDE = 5


@dataclass(frozen=True)
class Card:
    """A commitment on a page: its badge and its sentence."""

    snapshot: CommitmentSnapshot
    badge: Badge
    sentence: str


def cards_of(commitments) -> list[Card]:
    return [Card(c, badge_of(c), commitment_sentence(c)) for c in commitments]


@dataclass(frozen=True)
class Shown:
    """A series as far as the front page shows it: of many promises those that most need a look, in their own order."""

    series: SeriesSnapshot
    sentence: str
    cards: list[Card]

    @property
    def n_left_out(self) -> int:
        return len(self.series.commitments) - len(self.cards)


def shown_of(series: SeriesSnapshot, most: int) -> Shown:
    chosen = series.commitments
    if len(chosen) > most:
        chosen = sorted(nsmallest(most, chosen, key=need_of), key=lambda snapshot: snapshot.number)
    return Shown(series, series_sentence(series), cards_of(chosen))


def published_plan(year: int) -> Plan:
    return get_object_or_404(Plan.objects.published().select_related("source"), year=year)


def requested_snapshot(request: HttpRequest, plan: Plan, *, since: date | None = None) -> PlanSnapshot:
    """The plan on the day in the address; `since` is the first that may be asked for, where that is a later one."""
    first = max(plan.published_on, since or plan.published_on)
    default = first if asked_day(request) else max(first, default_day_of(plan, timezone.localdate()))
    return plan_snapshot_of(plan, day_of(request, first=first, default=default))


def front_plan(request: HttpRequest) -> Plan | None:
    """The plan of the front page on the day asked for, else of today; None before the first is public."""
    plans = list(Plan.objects.published().select_related("source"))
    first = min((plan.published_on for plan in plans), default=None)
    return first and front_of(plans, day_of(request, first=first, default=timezone.localdate()))


def plan_context(request: HttpRequest, snapshot: PlanSnapshot) -> dict:
    """What every page of a plan is given."""
    return {
        "snapshot": snapshot,
        "plan": snapshot.row,
        "as_of": snapshot.as_of,
        "entry": snapshot.entry,
        "is_illustrative": snapshot.is_illustrative,
        "day_query": day_query(request),
        "canonical": whole_address(request, request.path),
    }


@kept_by(as_of=valid_day)
def front(request: HttpRequest) -> HttpResponse:
    """The running plan, else the last one."""
    plan = front_plan(request)
    return render(request, "empty.html") if plan is None else overview_of(request, plan)


@not_kept("as_of")
@require_safe
def of_front_plan(request: HttpRequest, page: str) -> HttpResponse:
    """From an address without a year on to the page of that name of the plan that the front page shows."""
    plan = front_plan(request)
    if plan is None:
        return render(request, "empty.html")
    headers = {"Cache-Control": "no-cache"}  # another plan may be the one as of the next entry
    return HttpResponseRedirect(f"{reverse(page, args=[plan.year])}{day_query(request)}", headers=headers)


def unserved_of(snapshot: PlanSnapshot) -> list[TaskSnapshot]:
    """The tasks that no project serves."""
    return [task for group in snapshot.groups for task in group.unserved]


@kept_by(as_of=valid_day)
def overview(request: HttpRequest, year: int) -> HttpResponse:
    return overview_of(request, published_plan(year))


def overview_of(request: HttpRequest, plan: Plan) -> HttpResponse:
    snapshot = requested_snapshot(request, plan)
    headline, *others = [
        shown_of(series, MOST_BESIDE if position else MOST_HEADLINE) for position, series in enumerate(snapshot.series)
    ]
    drawn = [headline, *(one for one in others if not one.n_left_out)]
    return render(
        request,
        "tasks/overview.html",
        plan_context(request, snapshot)
        | {
            "sentence": headline.sentence,
            "deadline_line": deadline_line(snapshot, year=plan.year),
            "neediest": neediest_of(snapshot.headline, year=plan.year),
            "description": overview_description(snapshot),
            "adjusted_count": snapshot.tally.adjusted,
            "neighbours": neighbours_of(snapshot),
            "headline": headline,
            "cards": headline.cards,
            "others": others,
            "drawn": [(one.series.title, [card.snapshot for card in one.cards]) for one in drawn],
            "unserved": unserved_of(snapshot),
        },
    )


def overview_description(snapshot: PlanSnapshot) -> str:
    """The page told to programs, which show it elsewhere: with every year."""
    neediest = neediest_of(snapshot.headline, year=None)
    return deadline_line(snapshot, year=None) + (neediest.sentence if neediest else "")


def neighbours_of(snapshot: PlanSnapshot) -> list[tuple[str, Plan]]:
    """The plan of the year before and that of the year after, as far as they were public on the day."""
    plans, year = list(Plan.objects.as_of(snapshot.as_of).order_by("year")), snapshot.row.year
    before, after = [plan for plan in plans if plan.year < year], [plan for plan in plans if plan.year > year]
    return [*(("上一年", plan) for plan in before[-1:]), *(("下一年", plan) for plan in after[:1])]


@kept_by(as_of=valid_day)
def task_list(request: HttpRequest, year: int) -> HttpResponse:
    snapshot = requested_snapshot(request, published_plan(year))
    return render(
        request,
        "tasks/task_list.html",
        plan_context(request, snapshot)
        | {"sentence": tasks_sentence(snapshot.tasks), "unserved": unserved_of(snapshot)},
    )


@kept_by(as_of=valid_day, page=valid_page)
def task(request: HttpRequest, year: int, group: str, number: int) -> HttpResponse:
    snapshot = requested_snapshot(request, published_plan(year))
    found = next((t for t in snapshot.tasks if t.group.code == group and t.number == number), None)
    if found is None:
        raise Http404
    services = [(measure, service) for measure in found.served for service in measure.services]
    turned = shared_page(request, len(services))
    shown = turned.rows(services)
    slugs = {service.project.slug for _measure, service in shown}
    commitments = [commitment for commitment in found.commitments if commitment.project.slug in slugs]
    return render(
        request,
        "tasks/task.html",
        plan_context(request, snapshot)
        | {
            "task": found,
            "sentence": task_sentence(found),
            "page": turned.page,
            "served": [
                (measure, [service for _measure, service in own]) for measure, own in groupby(shown, key=itemgetter(0))
            ],
            "cards": {card.snapshot.project.slug: card for card in cards_of(commitments)},
            "indicators": [i for i in snapshot.indicators if i.row.task_id == found.row.pk],
            "articles": found.row.articles.published()[:NEWS_BESIDE],
        },
    )


@kept_by(
    as_of=valid_day,
    page=valid_page,
    q=endless,
    **dict.fromkeys(("series", "light", "outcome", "goal", "department", "sort"), valid_word),
)
def project_table(request: HttpRequest, year: int, file_format: str = "") -> HttpResponse:
    """The table of commitments, on the page or as a file of everything that was asked."""
    snapshot = requested_snapshot(request, published_plan(year))
    form = CommitmentFilter(request.GET, snapshot=snapshot)
    if not form.is_valid():
        return ask_again(request, form, "没有这样的筛选")
    chosen = form.chosen(snapshot.commitments)
    rows = [Row(commitment, day_query(request)) for commitment in chosen]
    table = CommitmentTable(
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
            "sentence": commitments_sentence(chosen),
            "investment": Total.of([p.investment for p in {c.project.slug: c.project for c in chosen}.values()]),
            "query": request.GET.urlencode(),
        },
    )


Cells = Sequence[object]


def cells_of(snapshot: PlanSnapshot) -> tuple[Sheet, dict[int, Cells]]:
    """The table as a file without its rows, and the cells of every row by the primary key of its commitment."""
    sheet = CommitmentTable([Row(commitment, "") for commitment in snapshot.commitments]).as_sheet()
    keys = (commitment.row.pk for commitment in snapshot.commitments)
    return replace(sheet, rows=()), dict(zip(keys, sheet.rows, strict=True))


MOST_BOOKS = 500  # KB of workbooks kept with a snapshot


def books_of(_snapshot: PlanSnapshot) -> Memo[bytes]:
    """Room for what was written of it, by the rows and their order."""
    return Memo(MOST_BOOKS, weight=lambda book: len(book) // 1024 + 1)


def export(table: CommitmentTable, snapshot: PlanSnapshot, file_format: str) -> HttpResponse:
    empty, cells = snapshot.kept(cells_of)
    keys = tuple(row.snapshot.row.pk for row in table.data)
    sheet = replace(empty, rows=[cells[key] for key in keys])
    mark = "-illustrative" if snapshot.is_illustrative else ""
    filename = f"projects-{snapshot.row.year}-{snapshot.as_of}{mark}.{file_format}"
    if file_format == "csv":
        voucher = snapshot.entry.voucher  # beside each row: a file for programs has no place for a note
        return csv_response([[*sheet.head, "凭证"], *([*row, voucher] for row in sheet.rows)], filename)
    book = snapshot.kept(books_of).get(keys, lambda: xlsx_of(sheet, note=export_note(snapshot)))
    return xlsx_response(book, filename)


def export_note(snapshot: PlanSnapshot) -> str:
    """What a file says of itself once nobody remembers where it came from."""
    mark = "【示例】" if snapshot.is_illustrative else ""
    title = f"{mark}{snapshot.short_title}：{CommitmentTable.Meta.caption}"
    return f"{title}。数据算到 {day_text(snapshot.as_of)}，凭证 {snapshot.entry.voucher}。"


@kept_by(as_of=valid_day)
def indicators(request: HttpRequest, year: int) -> HttpResponse:
    snapshot = requested_snapshot(request, published_plan(year))
    sentence = indicators_sentence(snapshot.indicators)
    facts = (fact for indicator in snapshot.indicators for fact in (*indicator.history, *indicator.adjustments))
    redactions = redactions_about(fact.entry_id for fact in facts)
    return render(
        request,
        "tasks/indicators.html",
        plan_context(request, snapshot) | {"sentence": sentence, "redactions": redactions},
    )


@dataclass(frozen=True)
class Promise:
    """A commitment with the plan that made it, both under their names on the day."""

    plan: Plan
    plan_name: str
    series_title: str
    card: Card

    @property
    def snapshot(self) -> CommitmentSnapshot:
        return self.card.snapshot


@kept_by(as_of=valid_day)
def project(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Project.objects.published(), slug=slug)
    plans, today = list(plans_naming(row)), timezone.localdate()
    first = row.published_on
    default = first if asked_day(request) else default_day_of(front_of(plans, today), today)
    day = day_of(request, first=first, default=default)
    plan = front_of(plans, day)
    rules = rules_of(plan)
    departments = load_departments(day)
    snapshot = load_snapshots(Project.objects.filter(pk=row.pk), day, departments)[row.pk]
    progress = project_progress_of(snapshot, rules)
    services = row.contributions.as_of(day).select_related("measure__task__group__plan")
    commitments = commitments_about(snapshot)
    wording = wording_of(
        {service.measure.task.group.plan for service in services} | {plan for plan, _ in commitments}, day
    )
    promises = promises_of(commitments, wording)
    return render(
        request,
        "projects/project.html",
        {
            "project": snapshot,
            "progress": progress,
            "rules": rules,
            "departments": departments,
            "badge": badge_of_progress(progress),
            "sentence": dated_sentence(progress, snapshot, rules, year=plan and plan.year),
            "description": dated_sentence(progress, snapshot, rules, year=None),
            "promises": promises,
            "services": services,
            "outlines": outlines_about(snapshot, promises),
            "wording": wording,
            "redactions": redactions_about(facts_of(snapshot, promises)),
            "evidence": evidence_of(heard.report.pk for heard in snapshot.reports),
            "articles": row.articles.published()[:NEWS_BESIDE],
            "plan": plan,
            "as_of": day,
            "entry": chain.head_on(day),
            "is_illustrative": snapshot.is_illustrative,
            "day_query": day_query(request),
            "canonical": whole_address(request, request.path),
        },
    )


def promises_about(project: ProjectSnapshot) -> list[Promise]:
    commitments = commitments_about(project)
    return promises_of(commitments, wording_of({plan for plan, _ in commitments}, project.as_of))


def promises_of(
    commitments: list[tuple[Plan, CommitmentSnapshot]], wording: dict[str, dict[str, str]]
) -> list[Promise]:
    return [
        Promise(
            plan=plan,
            plan_name=wording.get(plan.address, {}).get("short_title", plan.short_title),
            series_title=wording.get(card.snapshot.series.address, {}).get("title", card.snapshot.series.title),
            card=card,
        )
        for (plan, _), card in zip(commitments, cards_of(c for _, c in commitments), strict=True)
    ]


def outlines_about(project: ProjectSnapshot, promises: list[Promise]) -> QuerySet[Outline]:
    """What the plans say of the project, or of the whole series it stands in, besides what is promised."""
    codes = {project.slug, *(promise.snapshot.series.code for promise in promises)}
    return Outline.objects.as_of(project.as_of).filter(code__in=codes, plan__in=[promise.plan for promise in promises])


def facts_of(project: ProjectSnapshot, promises: list[Promise]) -> Iterator[int]:
    """The entries of everything that the page of a project tells in somebody's words."""
    yield from (heard.report.entry_id for heard in project.reports)
    yield from (change.entry_id for change in project.all_adjustments)
    yield from (change.entry_id for promise in promises for change in promise.snapshot.adjustments)


def evidence_of(reports: Iterable[int]) -> dict[int, list[Evidence]]:
    """What shows that these reports are true, by report."""
    found: dict[int, list[Evidence]] = {}
    for evidence in Evidence.objects.published().filter(report__in=list(reports)):
        found.setdefault(evidence.report_id, []).append(evidence)
    return found


@dataclass(frozen=True)
class DepartmentWork:
    """What a department answers for in the plan on the front page; `n_led` are all that it leads, shown or not."""

    department: DepartmentSnapshot
    led: list[Card]
    partnered: list[Card]
    n_led: int
    sentence: str

    @property
    def n_left_out(self) -> int:
        return self.n_led - len(self.led)


def front_snapshot(request: HttpRequest, *, since: date | None = None) -> PlanSnapshot:
    plan = front_plan(request)
    if plan is None:
        raise Http404
    return requested_snapshot(request, plan, since=since)


@dataclass
class Answering:
    """The promises for which a department answers."""

    led: list[CommitmentSnapshot] = field(default_factory=list)
    partnered: list[CommitmentSnapshot] = field(default_factory=list)

    def neediest(self, most: int) -> list[CommitmentSnapshot]:
        """So many of those that it leads: what most needs a look, in the plan's own order."""
        chosen = set(map(id, nsmallest(most, self.led, key=need_of)))
        return [snapshot for snapshot in self.led if id(snapshot) in chosen]

    def work(
        self,
        department: DepartmentSnapshot,
        led: Iterable[CommitmentSnapshot],
        partnered: Iterable[CommitmentSnapshot] = (),
    ) -> DepartmentWork:
        """With those that are shown."""
        sentence = department_sentence(self.led, len(self.partnered))
        return DepartmentWork(department, cards_of(led), cards_of(partnered), len(self.led), sentence)


def answering_of(snapshot: PlanSnapshot) -> dict[str, Answering]:
    """Of each department, by its slug."""
    found: dict[str, Answering] = defaultdict(Answering)
    for commitment in snapshot.commitments:
        if commitment.project.lead:
            found[commitment.project.lead.slug].led.append(commitment)
        for slug in {department.slug for department in commitment.project.partners}:
            found[slug].partnered.append(commitment)
    return dict(found)


@kept_by(as_of=valid_day)
def department_list(request: HttpRequest) -> HttpResponse:
    snapshot = front_snapshot(request)
    works = []
    for department in load_departments(snapshot.as_of).values():
        answering = snapshot.kept(answering_of).get(department.slug, Answering())
        works.append(answering.work(department, answering.neediest(MOST_LED)))
    return render(request, "projects/department_list.html", plan_context(request, snapshot) | {"works": works})


@kept_by(as_of=valid_day, page=valid_page)
def department(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Department.objects.published(), slug=slug)
    snapshot = front_snapshot(request, since=row.published_on)
    found = load_departments(snapshot.as_of)[slug]
    answering = snapshot.kept(answering_of).get(slug, Answering())
    turned = shared_page(request, len(answering.led), len(answering.partnered))
    return render(
        request,
        "projects/department.html",
        plan_context(request, snapshot)
        | {
            "work": answering.work(found, turned.rows(answering.led), turned.rows(answering.partnered)),
            "page": turned.page,
            "first": max(row.published_on, snapshot.row.published_on),
            "redactions": redactions_about(change.entry_id for change in found.adjustments),
        },
    )


@kept_by(noted=endless)
def about(request: HttpRequest) -> HttpResponse:
    plan = Plan.objects.on_front_page(timezone.localdate())
    sources = Source.objects.published().exclude(kind="ILLUSTRATIVE")
    context = {
        "sources": sources,
        "front_plan": plan,
        "operator_line": settings.CONTACT_LINE,
        "entry": chain.head(),
        "data_is_illustrative": any_illustrative(timezone.localdate()),
    }
    noted = Noted(request.GET)
    if "noted" in request.GET:
        context |= {"noted": request.GET["noted"], "verdict": noted.verdict()}
    return render(request, "about.html", context | {"canonical": whole_address(request, request.path)})


class Noted(forms.Form):
    """A voucher that somebody wrote down, or a citation with one."""

    noted = TextField(
        max_length=1000,
        error_messages={
            "required": "请填凭证。",
            "max_length": "最多 1000 个字。请只粘贴凭证那一句：序号、冒号和 64 个字符的指纹。",
        },
    )

    def verdict(self) -> str:
        if not self.is_valid():
            return " ".join(self.errors["noted"])
        try:
            return chain.verdict_on(chain.Head.parse(self.cleaned_data["noted"]))
        except ValueError as error:
            return str(error)


@kept_by(page=valid_page)
def site_map(request: HttpRequest) -> HttpResponse:
    """Every page of the portal, in words."""
    plans = Plan.objects.published().prefetch_related("groups__tasks")
    projects = numbered_page(Project.objects.published().order_by("title"), LINKS_PER_PAGE, asked_number(request))
    context = {"plans": plans, "projects": projects}
    return render(request, "map.html", context | {"canonical": whole_address(request, request.path)})


@not_kept("as_of", "sort", "page")
@staff_member_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for whoever changes one."""
    plan = Plan.objects.on_front_page(timezone.localdate())
    snapshot = plan_snapshot_of(plan, default_day_of(plan, timezone.localdate())) if plan else None
    cards = cards_of(snapshot.commitments) if snapshot else []
    since = plan_snapshot_of(plan, plan.published_on) if plan else None
    heard = load_snapshots(
        Project.objects.filter(pk__in=[card.snapshot.project.row.pk for card in cards[:1]]), date.max
    )
    samples = {"lights": list(Light), "bars": BARS, "amounts": AMOUNTS, "day": date(2020, 9, 30)}
    return render(
        request,
        "styleguide.html",
        samples
        | {
            "some_total": Total.of(AMOUNTS),
            "snapshot": snapshot,
            "cards": cards,
            "reports": [one for project in heard.values() for one in project.reports][:2],
            "changes": changes_of(snapshot) if snapshot else None,
            "steps": difference_of(since, snapshot).changed[:3] if snapshot else [],
            "verdicts": review_of(snapshot)[:3] if snapshot else [],
            "photo": Evidence.objects.published().filter(kind=EvidenceKind.PHOTO).exclude(file="").first(),
            "is_illustrative": snapshot is not None and snapshot.is_illustrative,
        },
    )


BARS = [
    ("落后", Fraction(3, 5), Fraction(3, 4)),
    ("比计划快", Fraction(4, 5), Fraction(1, 2)),
    ("办成", Fraction(1), Fraction(3, 4)),
    ("超额", Fraction(107, 100), Fraction(1)),
    ("刚开始", Fraction(1, 200), Fraction(1, 10)),
    ("是 0", Fraction(0), Fraction(1, 2)),
    ("没有数据", None, Fraction(3, 4)),
    ("没有计划", Fraction(1, 3), None),
]
AMOUNTS = [Decimal(392_000_000), Decimal(48_000_000), Decimal(123_456_789), Decimal(800), None]
