"""What the desk asks of people on a day: pure rules on loaded rows, with the day as an argument and no query.

`reports` are the unpublished ones of one project, drafts, returned and submitted ones, with their review notes.
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
    """When the next report of a project is due; `due_on` is None where it is settled."""

    status: DueStatus
    due_on: date | None


def report_due_of(last_on: date | None, promised_on: date, as_of: date, rules: Rules) -> ReportDue:
    """For a project that isn't settled. `last_on` is the last held day of its reports, None without any."""
    due = update_due_of(last_on, promised_on, as_of, rules)
    if due.is_stale:
        return ReportDue(DueStatus.NEVER if last_on is None else DueStatus.STALE, due.due_on)
    if due.is_due:
        return ReportDue(DueStatus.DUE, due.due_on)
    is_soon = due.due_on - as_of <= timedelta(days=SOON_DAYS)
    return ReportDue(DueStatus.DUE_SOON if is_soon else DueStatus.LATER, due.due_on)


def is_settled(progress: Progress, outcomes: Sequence[Outcome]) -> bool:
    """Whether every promise about the project is kept or dropped; without promises, whether the project is done or dropped."""
    if outcomes:
        return all(outcome in (Outcome.KEPT, Outcome.DROPPED) for outcome in outcomes)
    return progress.light in (Light.DONE, Light.DROPPED)


@dataclass(frozen=True)
class Promise:
    """A promise about a project: its place in the plan as (series, number), and its progress, with the promise's light."""

    name: str
    place: tuple[int, ...]
    progress: Progress


@dataclass(frozen=True)
class ReportingTask:
    """A project that a department reports on. A submitted report counts as reported: the reviewer has to act.

    `returned`, `drafts` and `waiting` are its unpublished reports, `last_on` the held day of the last published one.
    """

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
        """Whether a report was ever published or submitted."""
        return self.last_on is not None or bool(self.waiting)

    @property
    def due_status(self) -> DueStatus:
        return self.due.status

    @property
    def open_draft(self) -> Any | None:
        """The report to continue with, returned ones first; None where a new one is to be begun."""
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
    reported_on = max((day for day in (last_on, *(report.held_on for report in waiting)) if day), default=None)
    due = ReportDue(DueStatus.SETTLED, None)
    if not is_settled(progress, outcomes):
        due = report_due_of(reported_on, project.row.published_on, project.as_of, rules)
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
    """In the order of their promises in the plan; projects without a promise come last."""
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
        # STALE and NEVER rank alike: the longest overdue comes first.
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
    """One thing to remind a person of. `address` is that of its report or project.

    `since` is the day since which it is so: a later one makes another item, of which people are reminded anew.
    """

    kind: ReminderKind
    address: str
    since: date
    reporting_task: ReportingTask | None = None
    report: Any = None

    @property
    def key(self) -> str:
        return f"{self.kind} {self.address} {self.since}"


def reminder_items_of(reporting_task: ReportingTask) -> list[ReminderItem]:
    """For the people of the department."""
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
    """The Shanghai day on which the report was last sent back."""
    return timezone.localdate(max(note.at for note in report.review_notes.all()))


def review_items_of(reports: Iterable[Any], now: datetime) -> list[ReminderItem]:
    """For reviewers: submitted reports that have waited for more than REVIEW_DAYS, the longest waiting first."""
    return [
        ReminderItem(
            ReminderKind.WAITING, f"report:{report.code}", timezone.localdate(report.submitted_at), report=report
        )
        for report in sorted(reports, key=lambda report: report.submitted_at)
        if now - report.submitted_at > timedelta(days=REVIEW_DAYS)
    ]


def is_reminder_due(reminded_on: Iterable[date], today: date) -> bool:
    """Whether to remind today: at once, then 1, 7 and 30 days after the first time. A missed day is made up for once."""
    days = sorted(reminded_on)
    if not days:
        return True
    again = (days[0] + timedelta(days=after) for after in AGAIN_AFTER_DAYS)
    return any(days[-1] < day <= today for day in again)


# Departments


class PunctualityRecord(NamedTuple):
    """Of the project months in which a report was due: how many there are, and in how many it was on time."""

    on_time: int
    months: int
    missing: dict[date, list[ProjectSnapshot]]


def punctuality_record_of(projects: Iterable[tuple[ProjectSnapshot, Progress, Rules]]) -> PunctualityRecord:
    """Of the projects that one department leads; `missing` has those without a report on time, by first day of the month."""
    on_time, months = 0, 0
    missing: dict[date, list[ProjectSnapshot]] = {}
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
    """The day on which a dropped project was dropped, after which no report is due; None where it is not dropped."""
    if progress.light is not Light.DROPPED:
        return None
    return max((change.published_on for change in project.all_adjustments if "dropped" in change.changes), default=None)
