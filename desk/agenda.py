"""What the desk asks of people on a day: pure rules on loaded rows, with the day as an argument and no query.

A subject is what departments report on: a project, a task, a measure or an indicator. `reports` are the unpublished ones
about one subject, drafts, returned and submitted ones, with their review notes; of an indicator, drafts of readings.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils import timezone

from projects.progress import DatedReport, DuePeriod, Light, Period, Progress, Rules, due_periods_of, update_due_of
from projects.snapshots import ProjectSnapshot

SOON_DAYS = 7
REVIEW_DAYS = 3
AGAIN_AFTER_DAYS = (1, 7, 30)


class DueStatus(StrEnum):
    """What a subject asks of its departments, the most urgent first."""

    STALE = "STALE"
    NEVER = "NEVER"
    DUE = "DUE"
    DUE_SOON = "DUE_SOON"
    LATER = "LATER"
    NOT_ASKED = "NOT_ASKED"
    SETTLED = "SETTLED"


LATE = frozenset({DueStatus.STALE, DueStatus.NEVER})
PENDING = frozenset({DueStatus.DUE, DueStatus.DUE_SOON})
UNASKED = frozenset({DueStatus.NOT_ASKED, DueStatus.SETTLED})
FINISHED = frozenset({Light.DONE, Light.DROPPED})


@dataclass(frozen=True)
class Asking:
    """For how long a plan asks for reports about a subject: from `asked_on` to one interval after `ends_on`, its last day.

    `asked_on` is the day of the promise, or the later one since which somebody is known to answer for it. `done_on` is the
    day since which nothing is left to report, None while something is. `year` is that of the plan.
    """

    asked_on: date
    ends_on: date
    rules: Rules
    done_on: date | None = None
    year: int = 0

    def is_open(self, as_of: date) -> bool:
        return self.done_on is None and as_of <= self.ends_on + timedelta(days=self.rules.interval_days)


@dataclass(frozen=True)
class Promise:
    """What was promised about a subject: its place in the plan, its last due day, and its state in the official's word.

    `code` is that of the verdict, of a measure's or an indicator's state; `progress` is that of a commitment, None of what
    can't be counted. `year` is that of the plan. `past_on` is its day, where that is past and nothing was ever reported of
    it: of a commitment the first such day of its targets.
    """

    name: str
    place: tuple[int, ...]
    due_on: date | None
    word: str
    shape: str
    progress: Progress | None = None
    code: str = ""
    year: int = 0
    past_on: date | None = None


@dataclass(frozen=True)
class Subject:
    """`reports` are all published ones about it, `last_on` the held day of the last that counts.

    `askings` are those of the plans that name it, the running ones first; `is_settled`: whether nothing is left to report,
    whatever plan asks. `project` is that of a subject that is one. `promises` are those of the plan that rules,
    `every_promise` those of all plans that name it.
    """

    row: Any
    title: str
    name: str
    as_of: date
    lead_slugs: tuple[str, ...]
    reports: tuple[DatedReport, ...]
    last_on: date | None
    askings: tuple[Asking, ...]
    is_settled: bool
    is_illustrative: bool
    promises: tuple[Promise, ...]
    project: ProjectSnapshot | None = None
    every_promise: tuple[Promise, ...] = ()

    def of_year(self, year: int) -> "Subject | None":
        """With what the plan of that year alone promises and asks; None where it promises nothing of it."""
        own = tuple(one for one in self.every_promise if one.year == year)
        if not own:
            return None
        return replace(
            self,
            promises=own,
            every_promise=own,
            askings=tuple(one for one in self.askings if one.year == year),
            is_settled=self.is_settled or all(one.progress and one.progress.light in FINISHED for one in own),
        )

    @property
    def address(self) -> str:
        return self.row.address

    @property
    def kind(self) -> str:
        return str(self.row._meta.verbose_name)

    @property
    def asking(self) -> Asking | None:
        """That of the plan which asks for the next report, if any does."""
        return next((one for one in self.askings if one.is_open(self.as_of)), None)


@dataclass(frozen=True)
class ReportDue:
    """When the next report is due; `due_on` is None where none is asked for."""

    status: DueStatus
    due_on: date | None


def report_due_of(subject: Subject, reported_on: date | None) -> ReportDue:
    """`reported_on` is the last held day of its reports, submitted ones included, None without any."""
    if subject.is_settled:
        return ReportDue(DueStatus.SETTLED, None)
    asking = subject.asking
    if asking is None:
        return ReportDue(DueStatus.NOT_ASKED, None)
    due = update_due_of(reported_on, asking.asked_on, subject.as_of, asking.rules)
    if due.is_stale:
        return ReportDue(DueStatus.NEVER if reported_on is None else DueStatus.STALE, due.due_on)
    if due.is_due:
        return ReportDue(DueStatus.DUE, due.due_on)
    is_soon = due.due_on - subject.as_of <= timedelta(days=SOON_DAYS)
    return ReportDue(DueStatus.DUE_SOON if is_soon else DueStatus.LATER, due.due_on)


@dataclass(frozen=True)
class ReportingTask:
    """A subject that departments report on. What was submitted counts as reported: the reviewer has to act.

    `returned`, `drafts` and `waiting` are its unpublished reports. An indicator's readings wait as soon as they are drafted.
    """

    subject: Subject
    due: ReportDue
    returned: tuple[Any, ...]
    drafts: tuple[Any, ...]
    waiting: tuple[Any, ...]

    @property
    def last_on(self) -> date | None:
        return self.subject.last_on

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

    @property
    def n_in_hand(self) -> int:
        return len(self.returned) + len(self.drafts) + len(self.waiting)


def reporting_task_of(subject: Subject, reports: Iterable[Any]) -> ReportingTask:
    reports = list(reports)
    waiting = tuple(report for report in reports if getattr(report, "submitted_at", True))
    own = [report for report in reports if report not in waiting]
    days = (subject.last_on, *(report.held_on for report in waiting))
    return ReportingTask(
        subject=subject,
        due=report_due_of(subject, max((day for day in days if day), default=None)),
        returned=tuple(report for report in own if report.review_notes.all()),
        drafts=tuple(report for report in own if not report.review_notes.all()),
        waiting=waiting,
    )


def in_plan_order(reporting_tasks: Iterable[ReportingTask]) -> list[ReportingTask]:
    """Projects in the order of their promises in the plan, those without a promise after them; then what is no project."""
    return sorted(
        reporting_tasks,
        key=lambda one: (
            one.subject.project is None,
            not one.subject.promises,
            [promise.place for promise in one.subject.promises],
            one.subject.address,
        ),
    )


def most_urgent_first(reporting_tasks: Iterable[ReportingTask]) -> list[ReportingTask]:
    rank = {due_status: number for number, due_status in enumerate(DueStatus)}

    def urgency(one: ReportingTask) -> tuple:
        # STALE and NEVER rank alike: the longest overdue comes first.
        status = DueStatus.STALE if one.due_status in LATE else one.due_status
        return rank[status], one.due.due_on or date.max, one.subject.address

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
    """One thing to remind a person of. `address` is that of its report or subject.

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
        ReminderItem(ReminderKind.RETURNED, address_of(report), returned_on(report), reporting_task, report)
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
        items.append(ReminderItem(kind, reporting_task.subject.address, reporting_task.due.due_on, reporting_task))
    return items


def address_of(report: Any) -> str:
    return f"{report._meta.model_name}:{report.code}"


def returned_on(report: Any) -> date:
    """The Shanghai day on which the report was last sent back."""
    return timezone.localdate(max(note.at for note in report.review_notes.all()))


def review_items_of(reports: Iterable[Any], now: datetime) -> list[ReminderItem]:
    """For reviewers: submitted reports that have waited for more than REVIEW_DAYS, the longest waiting first."""
    return [
        ReminderItem(ReminderKind.WAITING, address_of(report), timezone.localdate(report.submitted_at), report=report)
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
    """Of the periods in which a report was due: how many there are, and in how many it was on time."""

    on_time: int
    periods: int
    missing: dict[Period, list[Subject]]


def punctuality_record_of(subjects: Iterable[Subject]) -> PunctualityRecord:
    """Of what one department leads; `missing` has those without a report on time, by period."""
    on_time, periods = 0, 0
    missing: dict[Period, list[Subject]] = {}
    for subject in subjects:
        for due in due_periods(subject):
            periods += 1
            on_time += due.is_on_time
            if not due.is_on_time:
                missing.setdefault(due.period, []).append(subject)
    return PunctualityRecord(on_time, periods, missing)


def due_periods(subject: Subject) -> list[DuePeriod]:
    """Those of every plan that names it, whichever of its departments reported."""
    return [
        period
        for one in subject.askings
        for period in due_periods_of(
            subject.reports, one.asked_on, one.done_on, subject.as_of, one.rules, ends_on=one.ends_on
        )
    ]
