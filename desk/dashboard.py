"""Loads what the desk shows, in a number of queries that doesn't grow with the number of subjects or reports."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q, QuerySet

from accounts.roles import OFFICIAL
from common.lru_cache import LRUCache
from desk.agenda import (
    UNASKED,
    PunctualityRecord,
    ReportingTask,
    most_urgent_first,
    punctuality_record_of,
    reporting_task_of,
)
from desk.publications import Publication, publications_of
from desk.queue import NAMED_BY, drafts_of
from desk.subjects import subjects_of
from ledger.guard import GuardedQuerySet, Record
from projects.models import Adjustment, Department, Membership, Project, PromiseChange, Report
from projects.snapshots import DepartmentSnapshot, ledger_version_on, load_departments
from tasks.access import Led
from tasks.models import (
    Addition,
    Channel,
    Indicator,
    Measure,
    Plan,
    PlanAdjustment,
    Reading,
    Reminder,
    Task,
    TaskReport,
)

RECENT_DAYS = 30
REMINDER_DAYS = 7


def reporting_tasks_of(led: Led, as_of: date) -> list[ReportingTask]:
    """The most urgent first. Of tasks, measures and indicators only those that are asked for, or in hand."""
    in_hand = defaultdict(list)
    for report in (*unpublished_reports(led.projects), *unpublished_task_reports(led), *unpublished_readings(led)):
        in_hand[about_key_of(report)].append(report)  # type: ignore[arg-type]  # of these three kinds
    found = [reporting_task_of(subject, in_hand[key_of(subject.row)]) for subject in subjects_of(led, as_of)]
    return most_urgent_first(
        one for one in found if one.subject.project or one.n_in_hand or one.due_status not in UNASKED
    )


def key_of(row: Record) -> tuple[type, int | None]:
    return type(row), row.pk


def about_key_of(report: Report | TaskReport | Reading) -> tuple[type, int | None]:
    """As `key_of` what it is about, without a query."""
    if isinstance(report, Report):
        return Project, report.project_id
    if isinstance(report, Reading):
        return Indicator, report.indicator_id
    return (Task, report.task_id) if report.task_id else (Measure, report.measure_id)  # type: ignore[return-value]  # one is there


@dataclass(frozen=True)
class InHand:
    """The unpublished adjustments of the people to whom they belong."""

    returned: list[PromiseChange]
    drafts: list[PromiseChange]
    waiting: list[PromiseChange]


def changes_in_hand(*kinds: GuardedQuerySet) -> InHand:
    """The unpublished ones of these adjustments, the latest first; `waiting` has the longest waiting first."""
    found = InHand([], [], [])
    for rows in kinds:
        notes = rows.model._meta.get_field("review_notes").related_model.objects.select_related("by")
        named = rows.drafts().select_related("drafted_by", "submitted_by", *NAMED_BY[rows.model])
        for change in named.prefetch_related(Prefetch("review_notes", notes)).order_by("-pk"):
            is_returned = bool(change.review_notes.all())
            stage = found.waiting if change.submitted_at else found.returned if is_returned else found.drafts
            stage.append(change)
    found.waiting.sort(key=attrgetter("submitted_at"))
    return found


def unpublished_reports(projects: QuerySet[Project]) -> QuerySet[Report]:
    """Drafts, returned and submitted reports, the newest data first, with the notes by which they were returned."""
    return _in_hand(Report.objects.drafts().filter(project__in=projects), "project")


def unpublished_task_reports(led: Led) -> QuerySet[TaskReport]:
    """As `unpublished_reports`, of the tasks and measures."""
    rows = TaskReport.objects.drafts().filter(Q(task__in=led.tasks) | Q(measure__in=led.measures))
    return _in_hand(rows, "task__group__plan", "measure__task__group__plan")


def _in_hand(rows: QuerySet, *about: str) -> QuerySet:
    notes = rows.model._meta.get_field("review_notes").related_model.objects.select_related("by")
    rows = rows.select_related("drafted_by", "submitted_by", *about)
    return rows.prefetch_related(Prefetch("review_notes", notes)).order_by("-held_on", "-pk")


def unpublished_readings(led: Led) -> QuerySet[Reading]:
    rows = Reading.objects.drafts().filter(indicator__in=led.indicators)
    return rows.select_related("indicator__plan", "drafted_by").order_by("-held_on", "-pk")


def lately_published(led: Led, today: date) -> list[Report | TaskReport]:
    """Of the last RECENT_DAYS, the latest first."""
    since = today - timedelta(days=RECENT_DAYS)
    reports = Report.objects.published().filter(project__in=led.projects, published_on__gte=since)
    about = Q(task__in=led.tasks) | Q(measure__in=led.measures)
    others = TaskReport.objects.published().filter(about, published_on__gte=since)
    rows: list[Report | TaskReport] = [
        *reports.select_related("project", "entry"),
        *others.select_related("task__group__plan", "measure__task__group__plan", "entry"),
    ]
    return sorted(rows, key=attrgetter("published_at"), reverse=True)


# For administrators


@dataclass(frozen=True)
class DepartmentLine:
    """How punctual a department is. `n_open` counts what it is asked about."""

    department: DepartmentSnapshot
    punctuality: PunctualityRecord
    n_open: int


_lines: LRUCache[list[DepartmentLine]] = LRUCache(3)


def department_lines(as_of: date) -> list[DepartmentLine]:
    """The least punctual first, those without a period in which a report was due last."""
    ledger_version = ledger_version_on(as_of)
    return _lines.get(
        (as_of, ledger_version),
        lambda: _department_lines(as_of),
        is_valid=lambda: ledger_version_on(as_of) == ledger_version,
    )


def _department_lines(as_of: date) -> list[DepartmentLine]:
    led = defaultdict(list)
    for subject in subjects_of(Led.by_anybody(), as_of):
        for slug in subject.lead_slugs:
            led[slug].append(subject)
    departments = load_departments(as_of)
    lines = [
        DepartmentLine(
            department=departments[slug],
            punctuality=punctuality_record_of(own),
            n_open=sum(one.asking is not None for one in own),
        )
        for slug, own in led.items()
        if slug in departments
    ]
    return sorted(lines, key=_punctuality)


def _punctuality(line: DepartmentLine) -> tuple:
    """The sort key."""
    record = line.punctuality
    return not record.periods, record.on_time / record.periods if record.periods else 0, line.department.slug


def acting_memberships() -> QuerySet[Membership]:
    """Of people who may sign in and file reports, by person."""
    acting = Membership.objects.filter(user__is_active=True, user__groups__name=OFFICIAL)
    return acting.select_related("user", "department").order_by("user")


@dataclass(frozen=True)
class AccountIssue:
    """Something to fix about some accounts, as a heading in `words`."""

    words: str
    people: list[User]


def account_issues() -> list[AccountIssue]:
    people = list(
        User.objects.filter(is_active=True, is_superuser=False).prefetch_related("groups").order_by("username")
    )
    found = [
        AccountIssue("没有角色，登录后什么也看不到", [one for one in people if not one.groups.all()]),
        AccountIssue("从没登录过", [one for one in people if one.last_login is None]),
        AccountIssue("没有邮箱，只能在工作台看到提醒", [one for one in people if one.groups.all() and not one.email]),
    ]
    return [issue for issue in found if issue.people]


@dataclass(frozen=True)
class ReminderNews:
    """The reminders of the last REMINDER_DAYS, and the messages that wait for the mail server. `last_on` is of any time."""

    last_on: date | None
    by_email: int
    on_desk: int
    pending: list[Reminder]


def reminder_news(today: date) -> ReminderNews:
    since = today - timedelta(days=REMINDER_DAYS - 1)
    lately = list(Reminder.objects.filter(day__gte=since).values_list("channel", flat=True))
    last = Reminder.objects.order_by("-day").first()
    return ReminderNews(
        last_on=last.day if last else None,
        by_email=lately.count(Channel.EMAIL),
        on_desk=lately.count(Channel.DESK),
        pending=list(Reminder.objects.filter(channel=Channel.PENDING).select_related("person")),
    )


def drafts_waiting() -> list[Publication]:
    """What reviewers can publish besides reports: drafts of plans, additions and departments, and submitted adjustments."""
    submitted = [
        fact for model in (Adjustment, PlanAdjustment) for fact in drafts_of(model).filter(submitted_at__isnull=False)
    ]
    return publications_of([*drafts_of(Plan), *drafts_of(Addition), *drafts_of(Department), *submitted])
