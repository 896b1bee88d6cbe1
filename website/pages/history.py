"""The pages of a plan about time: its changes, the comparison of two days, and the review after its end."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from common.as_of import day_of
from common.cache_policy import cached_by, valid_day, valid_page
from common.exports import csv_response
from common.formats import shared_year
from common.lru_cache import LRUCacheOf
from common.marks import file_mark_of
from common.paging import shared_page
from common.site_address import whole_address
from projects.models import Evidence, Report
from projects.snapshots import ReportFigures, load_departments, redactions_about
from tasks.changes import Change, PlanChanges, changes_of, subject_of, subjects_of
from tasks.comparison import Difference, difference_of
from tasks.models import Check, Plan, Reading, Vote
from tasks.progress import Outcome
from tasks.review import Review, review_of
from tasks.snapshots import PlanSnapshot, SeriesSnapshot, as_published, default_day_of, plan_snapshot_of
from website.moves import HEAD, move_rows
from website.pages.plans import evidence_of, names_of, plan_context, published_plan, requested_snapshot
from website.sentences.headings import is_without_data, promises_review
from website.sentences.history import (
    HEADINGS,
    MOVED,
    STILL_UNKNOWN,
    acts_sentence,
    changes_sentence,
    comparison_sentence,
    heading_of,
    review_opening,
    review_sentence,
)
from website.sentences.promises import counter_of
from website.sentences.votes import votes_missing


@cached_by(as_of=valid_day, page=valid_page)
def changes(request: HttpRequest, year: int) -> HttpResponse:
    """Every change of a promise, and its effect on the lag."""
    snapshot = requested_snapshot(request, published_plan(year))
    all_changes = snapshot.cached(changes_of)
    shared = shared_page(request, *map(len, all_changes.sections))
    on_page = all_changes.on(shared.rows)
    return render(
        request,
        "tasks/changes.html",
        plan_context(request, snapshot)
        | {
            "changes": on_page,
            "apart": apart_of(on_page),
            "n_answering": len(all_changes.answering),
            "page": shared.page,
            "sentence": changes_sentence(snapshot, all_changes, year=year),
            "full_sentence": changes_sentence(snapshot, all_changes, year=None),
            "departments": load_departments(snapshot.as_of),
            "redactions": redactions_about(on_page.entries),
        },
    )


@cached_by(as_of=valid_day)
def changes_csv(request: HttpRequest, year: int) -> HttpResponse:
    """Every move of a promise as a file, a row for each field."""
    snapshot = requested_snapshot(request, published_plan(year))
    mark = file_mark_of(is_illustrative=snapshot.is_illustrative)
    rows = move_rows(snapshot, names_of(snapshot), partial(whole_address, request))
    return csv_response([HEAD, *rows], f"changes-{year}-{snapshot.as_of}{mark}.csv")


@dataclass(frozen=True)
class OwnedChange:
    """A change that moved no promise of the plan, with the title of its project and its slug, empty where it has none."""

    title: str
    slug: str
    change: Change


def apart_of(changes: PlanChanges) -> list[tuple[str, list[OwnedChange]]]:
    """What was changed beside the promises, under what kind of change it was."""
    owned = [(one.snapshot.project, change) for one in changes.reworded for change in one.changes]
    owned += [(one.snapshot, change) for one in changes.projects for change in one.changes]
    rows = [OwnedChange(project.title, project.slug, change) for project, change in owned]
    rows += [OwnedChange("", "", change) for change in changes.wording]
    titles = {MOVED: "不算在这一年承诺里的"}
    groups = ((name, [row for row in rows if heading_of(row.change.adjustment) == name]) for name in HEADINGS)
    return [(titles.get(name, name), own) for name, own in groups if own]


@cached_by(**{"as_of": valid_day, "from": valid_day, "to": valid_day, "page": valid_page})
def compare(request: HttpRequest, year: int) -> HttpResponse:
    """What happened between two days."""
    plan = published_plan(year)
    since, until = asked_span(request, plan)
    snapshot = plan_snapshot_of(plan, until)
    difference = difference_between(beginning_of(plan, since), snapshot)
    subjects = snapshot.cached(subjects_of)
    sections = sections_of(difference, snapshot)
    shared = shared_page(request, *map(len, sections.values()))
    on_page = {name: shared.rows(rows) for name, rows in sections.items()}
    counter = counter_of(snapshot.commitments)
    return render(
        request,
        "tasks/compare.html",
        plan_context(request, snapshot)
        | {
            "day_query": f"?as_of={until}" if request.GET else "",
            "difference": difference,
            "page": shared.page,
            "added": on_page["added"],
            "answers": on_page["answers"],
            "checks": on_page["checks"],
            "votes": on_page["votes"],
            "paid": on_page["paid"],
            "invested": on_page["invested"],
            "indicators": on_page["indicators"],
            "corrections": corrections_of(on_page["corrections"]),
            "groups": grouped(on_page["promises"]),
            "parts": dict(grouped(on_page["parts"])),
            "changes": [
                (title, [Change(a, subject_of(a, subjects).title) for a in adjustments])
                for title, adjustments in grouped(on_page["changes"])
            ],
            "sentence": comparison_sentence(difference, counter, year=year),
            "full_sentence": comparison_sentence(difference, counter, year=None),
            "acts": acts_sentence(difference),
            "departments": load_departments(until),
            "redactions": redactions_about(
                a.entry_id for a in (*(change for _title, change in on_page["changes"]), *on_page["corrections"])
            ),
            "span": f"from={since}&to={until}",
            "span_year": shared_year([since, until], year),
        },
    )


MOST_COMPARED = 2500  # promises in all cached differences of a process, each of which holds two snapshots
_differences: LRUCacheOf[Difference] = LRUCacheOf(MOST_COMPARED, weight=lambda difference: len(difference.steps) + 1)


def beginning_of(plan: Plan, since: date) -> PlanSnapshot:
    """What a span that begins on the day is compared with: from the day of its publication on, the plan as that made it.

    So what was reported on that very day isn't lost between no day and the next.
    """
    snapshot = plan_snapshot_of(plan, since)
    return snapshot.cached(as_published) if since == plan.published_on else snapshot


def difference_between(before: PlanSnapshot, after: PlanSnapshot) -> Difference:
    """`difference_of` the two snapshots, cached for as long as they are."""
    return _differences.get((before, after), lambda: difference_of(before, after))


def sections_of(difference: Difference, snapshot: PlanSnapshot) -> dict[str, Sequence]:
    """The rows of each list of the page, by its name. Rows under a heading are pairs of the heading and the row.

    Checks and votes are pairs of the commitment and the fact.
    """
    has_any = bool(difference.checks or difference.votes)
    promises = {commitment.row.pk: commitment for commitment in snapshot.commitments} if has_any else {}
    return {
        "added": difference.added,
        "promises": [(title, step) for title, steps in groups_of(difference) for step in steps],
        "parts": [(name, part) for name in ("reached", "begun", "unreached") for part in getattr(difference, name)],
        "changes": [(title, change) for title, changes in changes_between(difference) for change in changes],
        "paid": difference.paid,
        "invested": difference.invested,
        "indicators": difference.indicators,
        "corrections": difference.corrections,
        "answers": difference.answers,
        "checks": [(promises[check.commitment_id], check) for check in difference.checks],
        "votes": [(promises[vote.commitment_id], vote) for vote in difference.votes],
    }


def grouped(rows: Iterable[tuple[str, Any]]) -> list[tuple[str, list]]:
    return [(title, [row for _title, row in group]) for title, group in groupby(rows, key=itemgetter(0))]


def corrections_of(
    corrections: Sequence[Report | ReportFigures | Reading | Check | Vote],
) -> list[Report | Reading | Check | Vote]:
    """The corrections as whole rows, for their reasons, which the snapshot of a plan doesn't load."""
    reports = Report.objects.in_bulk([fact.pk for fact in corrections if isinstance(fact, ReportFigures)])
    return [reports[fact.pk] if isinstance(fact, ReportFigures) else fact for fact in corrections]


def asked_span(request: HttpRequest, plan: Plan) -> tuple[date, date]:
    """The two days in the address, the earlier one first; without them the month that ends on the page's day."""
    first, default = plan.published_on, default_day_of(plan, timezone.localdate())
    until = day_of(request, first=first, default=day_of(request, first=first, default=default), name="to")
    since = day_of(request, first=first, default=max(first, month_before(until)), name="from")
    return min(since, until), max(since, until)


def month_before(day: date) -> date:
    """The same day of the month before, or the last one where that month is shorter."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=min(day.day, monthrange(last.year, last.month)[1]))


SETTLED = {
    Outcome.MISSED: "到期没有办成",
    Outcome.ADVANCED: "到期了，往前推了一些",
    Outcome.UNKNOWN: STILL_UNKNOWN,
}


def groups_of(difference: Difference) -> Iterable[tuple[str, list]]:
    """The commitments that changed, each once, under what happened to them."""
    groups = (
        ("办成了", difference.kept),
        ("原来算办成的，现在不能算", difference.unkept),
        *((title, [step for step in difference.settled if step.became(outcome)]) for outcome, title in SETTLED.items()),
        ("变得落后", difference.fell_behind),
        ("更落后", difference.fell_further),
        ("第一次公布进展就落后", difference.first_behind),
        ("赶上来了", difference.caught_up),
    )
    listed = {id(step) for _title, steps in groups for step in steps}
    yield from ((title, steps) for title, steps in groups if steps)
    others = [step for step in difference.changed if id(step) not in listed]
    if others:
        yield ("也变了" if listed else "变了的承诺"), others


def changes_between(difference: Difference) -> Iterable[tuple[str, list]]:
    groups = (("取消的", difference.cut), ("改了日子或目标的", difference.moved), ("改了说法的", difference.reworded))
    return ((title, adjustments) for title, adjustments in groups if adjustments)


@cached_by(as_of=valid_day, page=valid_page)
def review(request: HttpRequest, year: int) -> HttpResponse:
    """The review of a plan that has ended; before that, the day from which there is one."""
    snapshot = requested_snapshot(request, published_plan(year))
    context = plan_context(request, snapshot)
    if not snapshot.has_ended:
        return render(request, "tasks/review_ahead.html", context | {"sentence": review_opening(snapshot)})
    shared = shared_page(request, len(snapshot.commitments))
    reviews = list(map(review_of, shared.rows(snapshot.commitments)))
    entries = {change.entry_id for review in reviews for change in review.changes}
    entries |= {review.proof.entry_id for review in reviews if review.proof}
    is_promise_only = is_without_data(snapshot)
    account = review_sentence(snapshot.commitments)
    return render(
        request,
        "tasks/review.html",
        context
        | {
            "is_promise_only": is_promise_only,
            "series": [(one, own) for one in snapshot.series if (own := _of_series(reviews, one))],
            "page": shared.page,
            "votes_missing": votes_missing(snapshot.commitments),
            "sentence": promises_review(snapshot) if is_promise_only else account,
            "evidence": evidence_of(Evidence, (review.proof.pk for review in reviews if review.proof)),
            "redactions": redactions_about(entries),
        },
    )


def _of_series(reviews: Iterable[Review], series: SeriesSnapshot) -> list[Review]:
    return [review for review in reviews if review.snapshot.series == series.row]
