"""What the desk asks of people on a day: pure rules on loaded rows, time as an argument, no query.

`reports` are those of one project that aren't public: drafts, returned and submitted ones, with their review notes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils import timezone

from projects.progress import DueMonth, Light, Progress, Rules, due_months_of, update_due_of
from projects.snapshots import ProjectSnapshot
from tasks.progress import Outcome

SOON_DAYS = 7
REVIEW_DAYS = 3
AGAIN_AFTER_DAYS = (1, 7, 30)


class DueStatus(StrEnum):
    """What a project asks of its department, the most urgent first."""

    STALE = "STALE"
    NEVER = "NEVER"
    DUE = "DUE"
    DUE_SOON = "DUE_SOON"
    LATER = "LATER"
    SETTLED = "SETTLED"


LATE = frozenset({DueStatus.STALE, DueStatus.NEVER})
PENDING = frozenset({DueStatus.DUE, DueStatus.DUE_SOON})


@dataclass(frozen=True)
class ReportDue:
    """When a project is to be reported next; no day where it is settled."""

    status: DueStatus
    due_on: date | None


def report_due_of(last_on: date | None, promised_on: date, as_of: date, rules: Rules) -> ReportDue:
    """By the last day that anything was said about a project that isn't settled."""
    due = update_due_of(last_on, promised_on, as_of, rules)
    if due.is_stale:
        return ReportDue(DueStatus.NEVER if last_on is None else DueStatus.STALE, due.due_on)
    if due.is_due:
        return ReportDue(DueStatus.DUE, due.due_on)
    is_soon = due.due_on - as_of <= timedelta(days=SOON_DAYS)
    return ReportDue(DueStatus.DUE_SOON if is_soon else DueStatus.LATER, due.due_on)


def is_settled(progress: Progress, outcomes: Sequence[Outcome]) -> bool:
    """Kept or dropped, whatever was promised about it; done or dropped as a whole, where nothing was."""
    if outcomes:
        return all(outcome in (Outcome.KEPT, Outcome.DROPPED) for outcome in outcomes)
    return progress.light in (Light.DONE, Light.DROPPED)


@dataclass(frozen=True)
class Promise:
    """What the plan promised about a project: its place in the plan, and how it stands, with its own light."""

    name: str
    place: tuple[int, ...]
    progress: Progress


@dataclass(frozen=True)
class ReportingTask:
    """A project as its department's business. What waits for its reviewer counts as said: the turn is theirs."""

    project: ProjectSnapshot
    progress: Progress
    due: ReportDue
    last_on: date | None
    returned: tuple[Any, ...]
    drafts: tuple[Any, ...]
    waiting: tuple[Any, ...]
    promises: tuple[Promise, ...] = ()

    @property
    def has_reported(self) -> bool:
        """Whether anything was ever said about it."""
        return self.last_on is not None or bool(self.waiting)

    @property
    def due_status(self) -> DueStatus:
        return self.due.status

    @property
    def open_draft(self) -> Any | None:
        """What to go on with rather than to begin anew."""
        return next(iter((*self.returned, *self.drafts)), None)


def reporting_task_of(
    project: ProjectSnapshot,
    progress: Progress,
    outcomes: Sequence[Outcome],
    rules: Rules,
    reports: Iterable[Any],
    promises: Iterable[Promise] = (),
) -> ReportingTask:
    reports = list(reports)
    waiting = tuple(report for report in reports if report.submitted_at)
    own = [report for report in reports if not report.submitted_at]
    last_on = project.latest_report.held_on if project.latest_report else None
    said_on = max((day for day in (last_on, *(report.held_on for report in waiting)) if day), default=None)
    due = ReportDue(DueStatus.SETTLED, None)
    if not is_settled(progress, outcomes):
        due = report_due_of(said_on, project.row.published_on, project.as_of, rules)
    return ReportingTask(
        project=project,
        progress=progress,
        due=due,
        last_on=last_on,
        returned=tuple(report for report in own if report.review_notes.all()),
        drafts=tuple(report for report in own if not report.review_notes.all()),
        waiting=waiting,
        promises=tuple(promises),
    )


def in_plan_order(reporting_tasks: Iterable[ReportingTask]) -> list[ReportingTask]:
    """As the plan counts its promises; projects about which it promised nothing come last."""
    return sorted(
        reporting_tasks,
        key=lambda reporting_task: (
            not reporting_task.promises,
            [p.place for p in reporting_task.promises],
            reporting_task.project.slug,
        ),
    )


def most_urgent_first(reporting_tasks: Iterable[ReportingTask]) -> list[ReportingTask]:
    rank = {due_status: number for number, due_status in enumerate(DueStatus)}

    def urgency(reporting_task: ReportingTask) -> tuple:
        # Of those that are late, never and no longer heard of alike, who has been silent longest.
        return (
            rank[DueStatus.STALE if reporting_task.due_status in LATE else reporting_task.due_status],
            reporting_task.due.due_on or date.max,
            reporting_task.project.slug,
        )

    return sorted(reporting_tasks, key=urgency)


# Reminders


class ReminderKind(StrEnum):
    """Why a person is reminded, the most urgent first."""

    RETURNED = "RETURNED"
    STALE = "STALE"
    DUE = "DUE"
    WAITING = "WAITING"


@dataclass(frozen=True)
class ReminderItem:
    """One thing to remind of: `address` says of what, `since` tells this time from the next."""

    kind: ReminderKind
    address: str
    since: date
    reporting_task: ReportingTask | None = None
    report: Any = None

    @property
    def key(self) -> str:
        return f"{self.kind} {self.address} {self.since}"


def reminder_items_of(reporting_task: ReportingTask) -> list[ReminderItem]:
    """What the people of the department are reminded of."""
    items = [
        ReminderItem(ReminderKind.RETURNED, f"report:{report.code}", returned_on(report), reporting_task, report)
        for report in reporting_task.returned
    ]
    kind = (
        ReminderKind.STALE
        if reporting_task.due_status in LATE
        else ReminderKind.DUE
        if reporting_task.due_status in PENDING
        else None
    )
    if kind and reporting_task.due.due_on:
        items.append(ReminderItem(kind, reporting_task.project.row.address, reporting_task.due.due_on, reporting_task))
    return items


def returned_on(report: Any) -> date:
    """The Shanghai day on which it came back for the last time."""
    return timezone.localdate(max(note.at for note in report.review_notes.all()))


def review_items_of(reports: Iterable[Any], now: datetime) -> list[ReminderItem]:
    """What reviewers are reminded of: submitted reports that have waited for more than three days."""
    return [
        ReminderItem(
            ReminderKind.WAITING, f"report:{report.code}", timezone.localdate(report.submitted_at), report=report
        )
        for report in sorted(reports, key=lambda report: report.submitted_at)
        if now - report.submitted_at > timedelta(days=REVIEW_DAYS)
    ]


def is_reminder_due(reminded_on: Iterable[date], today: date) -> bool:
    """At first sight, then again 1, 7 and 30 days after the first time; a day that was missed is made good once."""
    days = sorted(reminded_on)
    if not days:
        return True
    again = (days[0] + timedelta(days=after) for after in AGAIN_AFTER_DAYS)
    return any(days[-1] < day <= today for day in again)


# Departments


class PunctualityRecord(NamedTuple):
    """How punctual a department is: the months of its projects in which a report was due."""

    on_time: int
    months: int
    missing: dict[date, list[ProjectSnapshot]]

    @property
    def last_missing(self) -> tuple[date, list[ProjectSnapshot]] | None:
        return max(self.missing.items(), default=None, key=lambda pair: pair[0])


def punctuality_record_of(projects: Iterable[tuple[ProjectSnapshot, Progress, Rules]]) -> PunctualityRecord:
    """Of the projects that one department leads; `missing` names those without a report on time, by month."""
    on_time, months, missing = 0, 0, {}
    for project, progress, rules in projects:
        for month in due_months(project, progress, rules):
            months += 1
            on_time += month.is_on_time
            if not month.is_on_time:
                missing.setdefault(month.first, []).append(project)
    return PunctualityRecord(on_time, months, missing)


def due_months(project: ProjectSnapshot, progress: Progress, rules: Rules) -> list[DueMonth]:
    reports = [known.report for known in project.reports]
    ended_on = progress.done_on or dropped_on(project, progress)
    return due_months_of(reports, project.row.published_on, ended_on, project.as_of, rules)


def dropped_on(project: ProjectSnapshot, progress: Progress) -> date | None:
    """The day since which nothing is to be reported of a project that was given up."""
    if progress.light is not Light.DROPPED:
        return None
    return max((change.published_on for change in project.all_adjustments if "dropped" in change.changes), default=None)
