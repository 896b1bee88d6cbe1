"""The JSON API of plans and projects, made from the same snapshots as the pages."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from common.as_of import DayError, day_of
from common.cache_policy import cached_by, valid_day
from common.json_answers import answer, day, lag, number, refuse, share, yuan
from ledger.chain import moment_text
from projects.adjustable import AdjustableField, Amount, Steps
from projects.models import Project, PromiseChange, Report
from projects.progress import Light, TargetState, Terms, Total, execution_of
from projects.snapshots import (
    MilestoneSnapshot,
    ProjectSnapshot,
    ReportSnapshot,
    filled_terms_of,
    load_snapshots,
)
from tasks.checks import CheckState
from tasks.clarity import Tick
from tasks.measures import MeasureStatus
from tasks.models import Check, Plan, Reading, Vote
from tasks.progress import IndicatorStatus, Outcome, Tally
from tasks.snapshots import (
    Answer,
    CommitmentSnapshot,
    IndicatorSnapshot,
    MeasureSnapshot,
    PlanSnapshot,
    SeriesSnapshot,
    TaskSnapshot,
    commitments_about,
    commitments_of,
    default_day_of,
    plan_snapshot_of,
    plans_naming,
    ruling_plan,
)
from tasks.verdicts import verdict_of

View = Callable[..., JsonResponse]


def json_errors(view: View) -> View:
    """Decorator that returns DayError and Http404 as JSON with a message, instead of error pages."""

    @wraps(view)
    def answered(*args, **kwargs) -> JsonResponse:
        try:
            return view(*args, **kwargs)
        except DayError as error:
            return refuse(str(error))
        except Http404:
            return refuse("没有这一项。", 404)

    return answered


@cached_by()
@json_errors
def plans(request: HttpRequest) -> JsonResponse:
    rows = Plan.objects.published().order_by("year")
    return answer({"plans": [_plan_row(plan) for plan in rows]})


def _plan_row(plan: Plan) -> dict:
    return {
        "year": plan.year,
        "title": plan.title,
        "starts_on": day(plan.starts_on),
        "ends_on": day(plan.ends_on),
        "promised_on": day(plan.published_on),
    }


@cached_by(as_of=valid_day)
@json_errors
def plan(request: HttpRequest, year: int) -> JsonResponse:
    row = get_object_or_404(Plan.objects.published().select_related("source"), year=year)
    default = default_day_of(row, timezone.localdate())
    return answer(plan_json(plan_snapshot_of(row, day_of(request, first=row.published_on, default=default))))


def plan_json(snapshot: PlanSnapshot) -> dict:
    headline = snapshot.headline
    return {
        "as_of": day(snapshot.as_of),
        "illustrative": snapshot.is_illustrative,
        "ledger": {"seq": snapshot.entry.seq, "hash": snapshot.entry.hash},
        "plan": _terms_json(snapshot),
        "additions": [
            {"id": one.entry_id, "promised_on": day(one.published_on), "title": one.title, "reason": one.reason}
            for one in snapshot.additions
        ],
        "tasks": [_task_json(task) for task in snapshot.tasks],
        "commitments": [_commitment_json(commitment) for commitment in snapshot.commitments],
        "indicators": [_indicator_json(indicator) for indicator in snapshot.indicators],
        "investment": _total_json(headline.investment),
        "annual_investment": _total_json(headline.annual_investment),
        "tally": _tally_json(headline.tally),
        "measures": _counts(MeasureStatus, (one.answer.state.status for one in snapshot.measures if one.answer.state)),
        "clarity": _clarity_counts(headline),
        "series": [_series_json(series) for series in snapshot.series],
    }


def _terms_json(snapshot: PlanSnapshot) -> dict:
    plan = snapshot.row
    return _plan_row(plan) | {
        "title": snapshot.title,
        "lag_warning": share(snapshot.rules.lag_warning),
        "lag_alarm": share(snapshot.rules.lag_alarm),
        "reporting_months": plan.reporting_months,
        "grace_days": plan.grace_days,
        "authority": plan.authority,
    }


def _counts(kinds: Iterable, values: Iterable) -> dict[str, int]:
    counts = Counter(values)
    return {kind.value: counts[kind] for kind in kinds}


# Tasks and measures


def _task_json(task: TaskSnapshot) -> dict:
    return {
        "group": task.group.code,
        "number": task.number,
        **_answer_json(task.answer),
        "measures": [_measure_json(measure) for measure in task.measures],
    }


def _measure_json(measure: MeasureSnapshot) -> dict:
    return {
        "number": measure.row.number,
        **_answer_json(measure.answer),
        "projects": [{"slug": one.project.slug, "inferred": one.is_inferred} for one in measure.services],
    }


def _answer_json(of: Answer) -> dict:
    state, latest = of.state, of.latest_report
    return {
        "title": of.title,
        "promised_on": day(of.row.published_on),
        "leads": list(of.lead_slugs),
        "due_on": day(of.due_on),
        "wording": of.wording,
        "post": of.post,
        "inferred": sorted(of.inferred),
        "promised": {
            "leads": list(of.promised["leads"]),
            "due_on": day(of.promised["due_on"]),
            "inferred": sorted(of.row.inferred),
        },
        "adjustments": [_change_json(change) for change in of.adjustments],
        "state": state.status if state else None,
        "due_unreported": state.is_due_unreported if state else False,
        "declared": state.declared if state else None,
        "held_on": day(state.held_on) if state else None,
        "published_at": moment_text(latest.published_at) if latest else None,
        "reports": [
            {
                "id": report.entry_id,
                "held_on": day(report.held_on),
                "published_at": moment_text(report.published_at),
                "declared": report.declared or None,
                "corrects": report.corrects.entry_id if report.corrects else None,
            }
            for report in of.reports
        ],
    }


# Commitments


def _commitment_json(snapshot: CommitmentSnapshot) -> dict:
    state, progress, first = snapshot.state, snapshot.progress, snapshot.promised
    return {
        "series": snapshot.series.code,
        "number": snapshot.number,
        "goal": snapshot.goal,
        "project": snapshot.project.slug,
        "illustrative": snapshot.is_illustrative,
        "promised_on": day(snapshot.promised_on),
        "wording": snapshot.wording,
        "annual_investment": yuan(snapshot.annual_investment),
        "annual_execution": share(snapshot.annual_execution),
        "dropped": snapshot.is_dropped,
        "inferred": sorted(snapshot.inferred),
        "promised": {
            "goal": first["goal"],
            "annual_investment": yuan(first["annual_investment"]),
            "inferred": sorted(snapshot.row.inferred),
        },
        "targets": [_target_json(target) for target in progress.targets],
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
        "actual": share(progress.actual),
        "planned": share(progress.planned),
        "lag": lag(progress.lag),
        "lag_promised": lag(progress.lag_promised),
        "light": state.light,
        "unreported": [target.snapshot.milestone.identifier for target in progress.unreported],
        "outcome": state.outcome,
        "kept_on": day(state.kept_on),
        "is_late": state.is_late,
        "is_adjusted": state.is_adjusted,
        "is_cut": state.is_cut,
        "verdict": _verdict_json(snapshot),
        "clarity": _ticks(snapshot.clarity) | {"promised": _ticks(snapshot.promised_clarity)},
        "check": snapshot.check and _check_state_json(snapshot.check),
        "checks": [_check_json(check) for check in snapshot.checks],
        "votes": [_vote_json(vote) for vote in snapshot.votes],
    }


def _check_state_json(state: CheckState) -> dict:
    return {"state": state.code, "due_on": day(state.due_on), "held_on": day(state.held_on)}


def _check_json(check: Check) -> dict:
    return {
        "id": check.entry_id,
        "held_on": day(check.held_on),
        "published_at": moment_text(check.published_at),
        "observer": check.observer,
        "finding": check.finding,
        "corrects": check.corrects.entry_id if check.corrects else None,
    }


def _vote_json(vote: Vote) -> dict:
    return {
        "id": vote.entry_id,
        "held_on": day(vote.held_on),
        "published_at": moment_text(vote.published_at),
        "body": vote.body,
        "present": vote.present,
        **{name: getattr(vote, name) for name in (*vote.answers, "others")},
        "corrects": vote.corrects.entry_id if vote.corrects else None,
    }


def _verdict_json(snapshot: CommitmentSnapshot) -> dict:
    verdict = verdict_of(snapshot)
    return {
        "code": verdict.code,
        "word": verdict.word,
        "shape": verdict.shape,
        "is_adjusted": verdict.is_adjusted,
        "is_cut": verdict.is_cut,
    }


def _ticks(ticks: Collection[Tick]) -> dict[str, Any]:
    return {tick.lower(): tick in ticks for tick in Tick}


def _target_json(state: TargetState) -> dict:
    snapshot = state.snapshot
    return {
        "milestone": snapshot.milestone.identifier,
        "promised_on": day(snapshot.row.published_on),
        **_target_terms_json(snapshot.terms),
        "from_amount": number(snapshot.from_amount),
        "weight": number(snapshot.weight),
        "inferred": sorted(snapshot.inferred),
        "dropped": state.is_dropped,
        "promised": _target_terms_json(snapshot.promised) | {"inferred": sorted(snapshot.row.inferred)},
        "state": state.state,
        "value": number(state.value),
        "actual": share(state.actual),
        "planned": share(state.planned),
        "planned_today": share(state.planned_today),
        "pace_on": day(state.pace_on),
        "reached_on": day(state.reached_on),
        "is_late": state.is_late,
        "overdue": state.is_overdue,
        "days_overdue": state.days_overdue,
        "due_unreported": state.is_due_unreported,
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
    }


def _target_terms_json(terms: Terms) -> dict:
    return {
        "starts_on": day(terms.starts_on),
        "due_on": day(terms.due_on),
        "amount": number(terms.amount),
        "pace": terms.pace,
        "steps": [{"on": day(on), "amount": number(amount)} for on, amount in terms.steps],
    }


# Indicators


def _indicator_json(snapshot: IndicatorSnapshot) -> dict:
    row, state = snapshot.row, snapshot.state
    return {
        "code": row.code,
        "title": snapshot.title,
        "task": row.task.address.partition("/")[2] if row.task else None,
        "kind": row.kind,
        "comparator": row.comparator,
        "target": number(snapshot.terms.target),
        "upper": number(snapshot.terms.upper),
        "unit": row.unit,
        "due_on": day(snapshot.terms.due_on),
        "inferred": sorted(snapshot.inferred),
        "leads": list(snapshot.lead_slugs),
        "baseline": number(row.baseline),
        "covered": share(state.covered),
        "dropped": snapshot.terms.is_dropped,
        "promised_on": day(row.published_on),
        "promised": {
            "target": number(snapshot.promised.target),
            "upper": number(snapshot.promised.upper),
            "due_on": day(snapshot.promised.due_on),
            "inferred": sorted(row.inferred),
        },
        "value": number(state.value),
        "measured_on": day(state.held_on),
        "state": state.status,
        "within": state.is_within if state.status is IndicatorStatus.OPEN else None,
        "is_late": state.is_late,
        "illustrative": snapshot.is_illustrative,
        "readings": [_reading_json(reading) for reading in snapshot.history],
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
    }


def _reading_json(reading: Reading) -> dict:
    return {
        "id": reading.entry_id,
        "held_on": day(reading.held_on),
        "published_at": moment_text(reading.published_at),
        "value": number(reading.value),
        "corrects": reading.corrects.entry_id if reading.corrects else None,
    }


# Sums


def _series_json(series: SeriesSnapshot) -> dict:
    return {
        "code": series.row.code,
        "title": series.title,
        "noun": series.row.noun,
        "counter": series.row.counter,
        "promised_on": day(series.row.published_on),
        "tally": _tally_json(series.tally),
        "investment": _total_json(series.investment),
        "annual_investment": _total_json(series.annual_investment),
        "clarity": _clarity_counts(series),
    }


def _clarity_counts(series: SeriesSnapshot) -> dict[str, int]:
    return {tick.lower(): series.clarity[tick] for tick in Tick} | {"of": len(series.commitments)}


def _total_json(total: Total) -> dict:
    return {"amount": yuan(total.amount) if total.known else None, "known": total.known, "unknown": total.unknown}


def _tally_json(tally: Tally) -> dict:
    return {
        "total": tally.total,
        "light": {light.value: tally.lights[light] for light in Light},
        "outcome": {outcome.value: tally.outcomes[outcome] for outcome in Outcome},
        "kept_late": tally.kept_late,
        "adjusted": tally.adjusted,
        "cut": tally.cut,
    }


# Projects


@cached_by(as_of=valid_day)
@json_errors
def projects(request: HttpRequest) -> JsonResponse:
    """Every project public on the day, with the verdicts of what was promised about it."""
    first = Project.objects.published().order_by("published_on").first()
    today = timezone.localdate()
    as_of = day_of(request, first=first.published_on if first else today, default=today)
    snapshots = load_snapshots(Project.objects.order_by("slug"), as_of, with_words=False)
    promised = commitments_of(snapshots.values(), as_of)
    rows = [
        {"slug": one.slug, "title": one.title, "commitments": _verdicts_json(promised.get(key, []))}
        for key, one in snapshots.items()
    ]
    return answer({"projects": sorted(rows, key=lambda row: row["slug"])})


def _verdicts_json(commitments: Iterable[tuple[Plan, CommitmentSnapshot]]) -> list[dict]:
    return [
        {"year": plan.year, "series": one.series.code, "number": one.number, "verdict": _verdict_json(one)}
        for plan, one in commitments
    ]


@cached_by(as_of=valid_day)
@json_errors
def project(request: HttpRequest, slug: str) -> JsonResponse:
    row = get_object_or_404(Project.objects.published(), slug=slug)
    today = timezone.localdate()
    default = default_day_of(ruling_plan(plans_naming(row), today), today)
    as_of = day_of(request, first=row.published_on, default=default)
    snapshot = load_snapshots(Project.objects.filter(pk=row.pk), as_of)[row.pk]
    return answer(project_json(snapshot, commitments_about(snapshot)))


def project_json(snapshot: ProjectSnapshot, commitments: Iterable[tuple[Plan, CommitmentSnapshot]]) -> dict:
    first = filled_terms_of(snapshot.row, snapshot.adjustments)
    return {
        "as_of": day(snapshot.as_of),
        "illustrative": snapshot.is_illustrative,
        "slug": snapshot.slug,
        "title": snapshot.title,
        "promised_on": day(snapshot.row.published_on),
        "leads": [department.slug for department in snapshot.leads],
        "partners": [department.slug for department in snapshot.partners],
        "post": snapshot.post,
        "place": snapshot.place,
        "funding": snapshot.funding,
        "investment": yuan(snapshot.investment),
        "promised": {"leads": first["leads"], "investment": first["investment"]},
        "spent": yuan(snapshot.spent),
        "execution": share(execution_of(snapshot.spent, snapshot.investment)),
        "commitments": _verdicts_json(commitments),
        "milestones": [_milestone_json(milestone) for milestone in snapshot.milestones],
        "reports": [_report_json(known_report) for known_report in snapshot.reports],
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
    }


def _milestone_json(snapshot: MilestoneSnapshot) -> dict:
    row = snapshot.row
    return {
        "id": snapshot.identifier,
        "title": snapshot.title,
        "noun": snapshot.noun,
        "unit": row.unit,
        "verb": row.verb,
        "begun": row.begun,
        "is_counted": row.is_counted,
        "is_lasting": row.is_lasting,
        "promised_on": day(row.published_on),
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
        "readings": [
            {
                "report": reading.report.entry_id,
                "held_on": day(reading.held_on),
                "published_at": moment_text(reading.report.published_at),  # type: ignore[union-attr]  # a whole row
                "value": number(reading.value),
            }
            for reading in snapshot.history
        ],
    }


def _report_json(known_report: ReportSnapshot) -> dict:
    report = cast(Report, known_report.report)  # a single project's snapshot has whole rows
    return {
        "id": report.entry_id,
        "held_on": day(report.held_on),
        "published_at": moment_text(report.published_at),
        "text": report.text,
        "problem": report.problem,
        "next_step": report.next_step,
        "delay": report.delay or None,
        "spent": yuan(report.spent),
        "corrects": report.corrects.entry_id if report.corrects else None,
        "correction_reason": report.correction_reason,
        "salts": report.salts,
        "source": report.source.key if report.source else None,
        "illustrative": report.is_illustrative,
    }


# Changes


def _change_json(change: PromiseChange) -> dict:
    return {
        "id": change.entry_id,
        "published_at": moment_text(change.published_at),
        "decided_on": day(change.decided_on),
        "decided_by": change.decided_by,
        "kinds": dict(change.field_kinds),
        "changes": {field.name: [_changed(field, value) for value in pair] for field, *pair in change.field_changes()},
        "reason": change.reason,
        "document": _document_json(change) if change.document else None,
        "illustrative": change.is_illustrative,
    }


def _document_json(change: PromiseChange) -> dict:
    return {
        "title": change.document,
        "number": change.document_number,
        "date": day(change.document_on),
        "url": change.document_url or (change.document_file.url if change.document_file else ""),
    }


def _changed(field: AdjustableField, encoded: Any) -> Any:
    """As elsewhere in these answers: amounts are numbers, where the ledger writes decimals as text."""
    match field:
        case Amount():
            return number(field.decode(encoded))
        case Steps():
            return [{"on": day(on), "amount": number(amount)} for on, amount in field.decode(encoded)]
    return encoded
