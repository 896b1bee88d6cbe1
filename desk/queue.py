"""The reviewers' queue, and what publishing each row of it would change: values old → new, lights before → after."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet

from desk.filing import is_unchanged
from desk.summaries import ChangeSummary, ReportSummary, summary_of, summary_of_change
from projects.models import (
    Adjustment,
    Department,
    Evidence,
    Fact,
    MilestoneReading,
    Project,
    PromiseChange,
    Redaction,
    Report,
    ReviewedFact,
)
from projects.progress import Progress, Rules, forecast_of
from projects.publishing import all_facts
from projects.snapshots import ProjectSnapshot, load_snapshots, with_adjustment, with_report
from tasks.models import PlanAdjustment, Reading
from tasks.progress import CommitmentState
from tasks.snapshots import CommitmentSnapshot, commitments_of, plans_of, project_progress_of, rules_of, with_project


@dataclass(frozen=True)
class Outlook:
    """The progress of a promise before a publication and after it, with the promise's light."""

    name: str
    before: Progress
    after: Progress

    @property
    def is_change(self) -> bool:
        return self.before.light is not self.after.light


@dataclass(frozen=True)
class WaitingReport:
    """A submitted report. `looks` say why it should be read by itself and not be published with the others.

    `forecast` is the day on which the project would be done at the pace so far, None where there is none.
    """

    report: Report
    project: ProjectSnapshot
    summary: ReportSummary
    is_unchanged: bool
    outlooks: tuple[Outlook, ...]
    looks: tuple[str, ...]
    forecast: date | None

    @property
    def fact(self) -> Report:
        return self.report

    @property
    def is_clean(self) -> bool:
        return not self.looks

    @property
    def is_ticked(self) -> bool:
        """Whether its box is ticked at first. A reviewer ticks the others after reading them."""
        return self.is_unchanged and self.is_clean


def submitted_reports() -> QuerySet[Report]:
    """The longest waiting first."""
    return Report.objects.drafts().filter(submitted_at__isnull=False).order_by("submitted_at", "pk")


def waiting_reports(user: User, as_of: date, chosen: Collection[int] | None = None) -> list[WaitingReport]:
    """The queue, or the primary keys `chosen` of it, in a constant number of queries."""
    reports = list(
        (submitted_reports() if chosen is None else submitted_reports().filter(pk__in=chosen))
        .select_related("project", "drafted_by", "submitted_by", "corrects")
        .prefetch_related(Prefetch("readings", MilestoneReading.objects.select_related("milestone")))
        .prefetch_related(Prefetch("evidence", Evidence.objects.order_by("position")))
        .prefetch_related("corrects__readings", "corrects__evidence", "review_notes")
    )
    snapshots = load_snapshots(Project.objects.filter(pk__in={report.project_id for report in reports}), as_of)
    commitments = commitments_of(snapshots.values(), as_of)
    plans = plans_of([snapshot.row for snapshot in snapshots.values()], as_of)
    return [
        _waiting(report, snapshots[key], [c for _, c in commitments[key]], rules_of(plans[key]), user)
        for report in reports
        if (key := report.project_id) in plans
    ]


def _waiting(
    report: Report, before: ProjectSnapshot, commitments: list[CommitmentSnapshot], rules: Rules, user: User
) -> WaitingReport:
    after, summary = with_report(before, report), summary_of(report, before)
    return WaitingReport(
        report=report,
        project=before,
        summary=summary,
        is_unchanged=is_unchanged(report, before),
        outlooks=tuple(outlooks_of(before, after, commitments, rules)),
        looks=tuple(looks_of(summary, user)),
        forecast=forecast_of(project_progress_of(after, rules).milestones),
    )


def outlooks_of(
    before: ProjectSnapshot, after: ProjectSnapshot, commitments: Iterable[CommitmentSnapshot], rules: Rules
) -> list[Outlook]:
    """One for each promise about the project; for a project that only serves a measure, one of its own progress."""
    outlooks = [
        Outlook(
            f"{c.series.title}第 {c.number} {c.series.counter}",
            *map(_progress_of, (c.state, with_project(c, after).state)),
        )
        for c in commitments
    ]
    return outlooks or [Outlook(before.name, *(project_progress_of(snapshot, rules) for snapshot in (before, after)))]


def _progress_of(state: CommitmentState) -> Progress:
    """With the light of the commitment."""
    return replace(state.progress, light=state.light)


def looks_of(summary: ReportSummary, user: User) -> list[str]:
    """Short reasons to read the report: who drafted it, whether it was returned or has a note, then its oddities."""
    report = summary.report
    found = {
        "这是您起草的，要请另一位审核员公布": report.drafted_by_id == user.pk,
        "更正已公布的报告": report.corrects_id is not None,
        "曾经退回": bool(report.review_notes.all()),
        "填报人有话说": bool(report.internal_note),
    }
    looks = [words for words, holds in found.items() if holds]
    return [*looks, *odd_looks(summary)]


def odd_looks(summary: ReportSummary | ChangeSummary) -> list[str]:
    return list(dict.fromkeys(oddity.look for oddity in summary.oddities))


# The relations that `str()` of a draft reads.
NAMED_BY: dict[type[Fact], tuple[str, ...]] = {
    Adjustment: ("project", "milestone__project", "department"),
    Redaction: ("target",),
    Reading: ("indicator",),
    PlanAdjustment: (
        *("plan", "group__plan", "task__group__plan", "measure__task__group__plan", "series__plan", "indicator__plan"),
        *("commitment__series__plan", "commitment__project"),
    ),
}


@dataclass(frozen=True)
class Draft:
    """An unpublished fact other than a report, drafted by another person, that the reviewer may publish."""

    fact: Fact
    name: str
    address_name: str
    outlooks: tuple[Outlook, ...]
    summary: ChangeSummary | None

    @property
    def looks(self) -> list[str]:
        return odd_looks(self.summary) if self.summary else []


def as_drafts(facts: Sequence[Fact], as_of: date) -> list[Draft]:
    if not facts:
        return []
    changes = [fact for fact in facts if isinstance(fact, Adjustment) and not fact.department_id]
    outlooks = _outlooks_of_changes(changes, as_of)
    names = dict(Department.objects.values_list("slug", "name"))
    return [
        Draft(
            fact,
            str(fact._meta.verbose_name),
            f"admin:{fact._meta.app_label}_{fact._meta.model_name}_change",
            tuple(outlooks.get(fact, [])),
            summary_of_change(fact, as_of, names) if isinstance(fact, PromiseChange) else None,
        )
        for fact in facts
    ]


def drafts_of(model: type[Fact]) -> QuerySet:
    """With their drafters and what `str()` reads."""
    return model.objects.drafts().select_related("drafted_by", *NAMED_BY.get(model, ()))


def _outlooks_of_changes(changes: list[Adjustment], as_of: date) -> dict[Fact, list[Outlook]]:
    projects = {change: change.milestone.project_id if change.milestone else change.project_id for change in changes}
    if not projects:
        return {}
    snapshots = load_snapshots(Project.objects.filter(pk__in=set(projects.values())), as_of)
    commitments = commitments_of(snapshots.values(), as_of)
    plans = plans_of([snapshot.row for snapshot in snapshots.values()], as_of)
    return {
        change: outlooks_of(
            snapshots[key],
            with_adjustment(snapshots[key], change),
            [c for _, c in commitments[key]],
            rules_of(plans[key]),
        )
        for change, key in projects.items()
        if key in plans
    }


def other_facts(user: User) -> list[Fact]:
    """What the reviewer may publish besides reports: submitted facts, the longest waiting first, then other drafts."""
    submitted: list[ReviewedFact] = []
    others: list[Fact] = []
    for model in all_facts():
        label, name = model._meta.app_label, model._meta.model_name
        if model is Report or not user.has_perm(f"{label}.publish_{name}"):
            continue
        rows = drafts_of(model).exclude(drafted_by=None).exclude(drafted_by=user).order_by("pk")
        if issubclass(model, ReviewedFact):
            rows = rows.filter(submitted_at__isnull=False).select_related("submitted_by")
            submitted += rows.prefetch_related("review_notes")
        else:
            others += rows
    return [*sorted(submitted, key=attrgetter("submitted_at", "pk")), *others]
