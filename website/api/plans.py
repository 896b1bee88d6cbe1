"""The JSON API of plans and projects, made from the same snapshots as the pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from common.as_of import DayError, day_of
from common.cache_policy import cached_by, valid_day
from common.json_answers import answer, day, lag, number, refuse, share, yuan
from ledger.chain import moment_text
from projects.adjustable import AdjustableField, Amount
from projects.models import Project, PromiseChange, Report
from projects.progress import Light, MilestoneState, Progress, Total
from projects.snapshots import ProjectSnapshot, ReportSnapshot, load_snapshots, titles_on
from tasks.models import Plan, Reading
from tasks.progress import Outcome, Tally
from tasks.snapshots import (
    CommitmentSnapshot,
    IndicatorSnapshot,
    PlanSnapshot,
    SeriesSnapshot,
    TaskSnapshot,
    default_day_of,
    plan_snapshot_of,
    plans_naming,
    project_progress_of,
    rules_of,
    ruling_plan,
)

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
    return answer({"plans": [{"year": plan.year, "title": plan.title} for plan in rows]})


@cached_by(as_of=valid_day)
@json_errors
def plan(request: HttpRequest, year: int) -> JsonResponse:
    row = get_object_or_404(Plan.objects.published().select_related("source"), year=year)
    default = default_day_of(row, timezone.localdate())
    return answer(plan_json(plan_snapshot_of(row, day_of(request, first=row.published_on, default=default))))


def plan_json(snapshot: PlanSnapshot) -> dict:
    return {
        "as_of": day(snapshot.as_of),
        "illustrative": snapshot.is_illustrative,
        "plan": _terms_json(snapshot),
        "ledger": {"seq": snapshot.entry.seq, "hash": snapshot.entry.hash},
        "tasks": [_task_json(task) for task in snapshot.tasks],
        "commitments": [_commitment_json(commitment) for commitment in snapshot.commitments],
        "indicators": [_indicator_json(indicator) for indicator in snapshot.indicators],
        "investment": _total_json(snapshot.headline.investment),
        "tally": _tally_json(snapshot.headline.tally),
        "series": [_series_json(series) for series in snapshot.series],
    }


def _terms_json(snapshot: PlanSnapshot) -> dict:
    plan = snapshot.row
    return {
        "year": plan.year,
        "title": snapshot.title,
        "starts_on": day(plan.starts_on),
        "ends_on": day(plan.ends_on),
        "promised_on": day(plan.published_on),
        "lag_warning": share(snapshot.rules.lag_warning),
        "lag_alarm": share(snapshot.rules.lag_alarm),
        "reporting_days": plan.reporting_days,
        "grace_days": plan.grace_days,
    }


def _task_json(task: TaskSnapshot) -> dict:
    return {
        "group": task.group.code,
        "number": task.number,
        "title": task.title,
        "measures": [
            {
                "number": measure.row.number,
                "title": measure.title,
                "projects": [{"slug": s.project.slug, "inferred": s.is_inferred} for s in measure.services],
            }
            for measure in task.measures
        ],
    }


def _commitment_json(snapshot: CommitmentSnapshot) -> dict:
    state, progress = snapshot.state, snapshot.progress
    return {
        "series": snapshot.series.code,
        "number": snapshot.number,
        "goal": snapshot.goal,
        "project": snapshot.project.slug,
        "illustrative": snapshot.project.is_illustrative,
        "inferred": snapshot.row.is_inferred,
        "annual_investment": yuan(snapshot.annual_investment),
        "milestones": [milestone.snapshot.identifier for milestone in progress.milestones],
        **_progress_json(progress),
        "light": state.light,
        "unreported": [milestone.snapshot.identifier for milestone in progress.unreported],
        "outcome": state.outcome,
        "kept_on": day(state.kept_on),
        "is_late": state.is_late,
        "is_adjusted": state.is_adjusted,
        "dropped": snapshot.is_dropped,
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
    }


def _progress_json(progress: Progress) -> dict:
    return {
        "actual": share(progress.actual),
        "planned": share(progress.planned),
        "lag": lag(progress.lag),
        "lag_promised": lag(progress.lag_promised),
    }


def _indicator_json(snapshot: IndicatorSnapshot) -> dict:
    return {
        "code": snapshot.row.code,
        "title": snapshot.title,
        "comparator": snapshot.row.comparator,
        "target": number(snapshot.target),
        "unit": snapshot.row.unit,
        "due_on": day(snapshot.due_on),
        "baseline": number(snapshot.row.baseline),
        "promised": {"due_on": day(snapshot.promised_due_on), "target": number(snapshot.promised_target)},
        "dropped": snapshot.is_dropped,
        "value": number(snapshot.state.value),
        "measured_on": day(snapshot.state.held_on),
        "covered": share(snapshot.state.covered),
        "state": snapshot.state.status,
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


def _series_json(series: SeriesSnapshot) -> dict:
    return {
        "code": series.row.code,
        "title": series.title,
        "investment": _total_json(series.investment),
        "tally": _tally_json(series.tally),
    }


def _total_json(total: Total) -> dict:
    return {"amount": yuan(total.amount) if total.known else None, "known": total.known, "unknown": total.unknown}


def _tally_json(tally: Tally) -> dict:
    return {
        "total": tally.total,
        "light": {light.value: tally.lights[light] for light in Light},
        "outcome": {outcome.value: tally.outcomes[outcome] for outcome in Outcome},
        "kept_late": tally.kept_late,
        "adjusted": tally.adjusted,
    }


@cached_by(as_of=valid_day)
@json_errors
def projects(request: HttpRequest) -> JsonResponse:
    """All public projects; with `as_of`, those that were public on that day, with their titles of that day."""
    rows = Project.objects.published()
    first = rows.order_by("published_on").first()
    today = timezone.localdate()
    as_of = day_of(request, first=first.published_on if first else today, default=today)
    return answer({"projects": [{"slug": slug, "title": title} for slug, title in titles_on(as_of).items()]})


@cached_by(as_of=valid_day)
@json_errors
def project(request: HttpRequest, slug: str) -> JsonResponse:
    row = get_object_or_404(Project.objects.published(), slug=slug)
    today = timezone.localdate()
    default = default_day_of(ruling_plan(plans_naming(row), today), today)
    as_of = day_of(request, first=row.published_on, default=default)
    snapshot = load_snapshots(Project.objects.filter(pk=row.pk), as_of)[row.pk]
    return answer(
        project_json(snapshot, project_progress_of(snapshot, rules_of(ruling_plan(plans_naming(row), as_of))))
    )


def project_json(snapshot: ProjectSnapshot, progress: Progress) -> dict:
    return {
        "as_of": day(snapshot.as_of),
        "illustrative": snapshot.is_illustrative,
        "slug": snapshot.slug,
        "title": snapshot.title,
        "place": snapshot.place or None,
        "department": snapshot.lead.slug if snapshot.lead else None,
        "partners": [department.slug for department in snapshot.partners],
        "dropped": snapshot.is_dropped,
        "investment": yuan(snapshot.investment),
        "spent": yuan(snapshot.spent),
        **_progress_json(progress),
        "light": progress.light,
        "milestones": [_milestone_json(state) for state in progress.milestones],
        "reports": [_report_json(snapshot_of_report) for snapshot_of_report in snapshot.reports],
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
    }


def _milestone_json(state: MilestoneState) -> dict:
    snapshot = state.snapshot
    return {
        "id": snapshot.identifier,
        "title": snapshot.title,
        "weight": number(snapshot.weight),
        "pace": snapshot.pace,
        "unit": snapshot.row.unit,
        "inferred": snapshot.row.is_inferred,
        "promised_on": day(snapshot.row.published_on),
        "starts_on": day(snapshot.starts_on),
        "due_on": day(state.terms.due_on),
        "target": number(state.terms.target),
        "dropped": state.terms.is_dropped,
        "promised": {"due_on": day(snapshot.promised.due_on), "target": number(snapshot.promised.target)},
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
        "readings": [
            {
                "report": reading.report.entry_id,
                "held_on": day(reading.held_on),
                "published_at": moment_text(reading.report.published_at),
                "value": number(reading.value),
            }
            for reading in snapshot.history
        ],
        "adjustments": [_change_json(change) for change in snapshot.adjustments],
    }


def _report_json(snapshot_of_report: ReportSnapshot) -> dict:
    report = cast(Report, snapshot_of_report.report)  # the snapshot of a single project has complete rows
    return {
        "id": report.entry_id,
        "held_on": day(report.held_on),
        "published_at": moment_text(report.published_at),
        "text": report.text,
        "problem": report.problem,
        "next_step": report.next_step,
        "spent": yuan(report.spent),
        "corrects": report.corrects.entry_id if report.corrects else None,
        "correction_reason": report.correction_reason,
        "salts": report.salts,
        "source": report.source.key if report.source else None,
        "illustrative": report.is_illustrative,
    }


def _change_json(change: PromiseChange) -> dict:
    return {
        "id": change.entry_id,
        "published_at": moment_text(change.published_at),
        "decided_on": day(change.decided_on),
        "changes": {field.name: [_changed(field, value) for value in pair] for field, *pair in change.field_changes()},
        "reason": change.reason,
        "document": change.document,
        "illustrative": change.is_illustrative,
    }


def _changed(field: AdjustableField, encoded: Any) -> Any:
    """The value of a change as in the rest of the API, where a target is a number. In the ledger decimals are strings."""
    return number(field.decode(encoded)) if isinstance(field, Amount) else encoded
