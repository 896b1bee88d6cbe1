"""Loads what the desk shows, in a number of queries that doesn't grow with the number of projects or reports."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet

from accounts.roles import OFFICIAL
from common.lru_cache import LRUCache
from desk.agenda import (
    Promise,
    PunctualityRecord,
    ReportingTask,
    is_settled,
    most_urgent_first,
    punctuality_record_of,
    reporting_task_of,
)
from desk.queue import NAMED_BY, drafts_of
from ledger.guard import GuardedQuerySet
from projects.models import (
    Adjustment,
    Department,
    Fact,
    Membership,
    Project,
    PromiseChange,
    Report,
    ReviewNote,
)
from projects.progress import Progress, Rules
from projects.snapshots import (
    DepartmentSnapshot,
    ProjectSnapshot,
    ledger_version_on,
    load_snapshots,
    snapshot_versions_on,
)
from tasks.models import Channel, Plan, PlanAdjustment, Reminder
from tasks.progress import Outcome
from tasks.snapshots import MOST_CACHED, CommitmentSnapshot, commitments_of, plans_of, project_progress_of, rules_of

RECENT_DAYS = 30
REMINDER_DAYS = 7


@dataclass(frozen=True)
class ProjectStatus:
    """A public project with everything that the rules in `desk.agenda` read."""

    project: ProjectSnapshot
    progress: Progress
    outcomes: list[Outcome]
    rules: Rules
    promises: list[Promise]

    @property
    def is_settled(self) -> bool:
        return is_settled(self.progress, self.outcomes)


class _CachedStatus(NamedTuple):
    """`version` names everything that the status was computed from."""

    version: tuple[str, str, str]
    status: ProjectStatus


# By project, for a day and the versions that concern all projects (shared, hidden).
_statuses: LRUCache[dict[int, _CachedStatus]] = LRUCache(MOST_CACHED, weight=lambda statuses: len(statuses) + 1)


def project_statuses(projects: GuardedQuerySet[Project], as_of: date) -> list[ProjectStatus]:
    """Of the projects public by the day. Cached: after a publication only the projects that it concerns are loaded again."""
    ledger_version = ledger_version_on(as_of)
    versions = snapshot_versions_on(as_of, ledger_version)
    key = as_of, versions.shared, versions.hidden
    before = _statuses.peek(key) or {}
    wanted = {pk: versions.of(slug) for pk, slug in projects.as_of(as_of).values_list("pk", "slug")}
    found = {pk: before[pk] for pk, version in wanted.items() if pk in before and before[pk].version == version}
    if missing := wanted.keys() - found.keys():
        stale = Project.objects.filter(pk__in=missing) if found else projects
        found |= {one.project.row.pk: _CachedStatus(wanted[one.project.row.pk], one) for one in _loaded(stale, as_of)}
        if ledger_version_on(as_of) == ledger_version:
            _statuses.put(key, before | found)
    return [found[pk].status for pk in wanted]


def _loaded(projects: GuardedQuerySet[Project], as_of: date) -> list[ProjectStatus]:
    snapshots = load_snapshots(projects, as_of, with_words=False)
    plans = plans_of([snapshot.row for snapshot in snapshots.values()], as_of)
    promised = commitments_of(snapshots.values(), as_of)
    found = []
    for key, snapshot in snapshots.items():
        rules = rules_of(plans[key])
        outcomes = [commitment.state.outcome for _plan, commitment in promised[key]]
        promises = [_promise_of(commitment) for plan, commitment in promised[key] if plan == plans[key]]
        found.append(ProjectStatus(snapshot, project_progress_of(snapshot, rules), outcomes, rules, promises))
    return found


def _promise_of(one: CommitmentSnapshot) -> Promise:
    name = f"{one.series.short_title}第 {one.number} {one.series.counter}"
    return Promise(name, (one.series.number, one.number), replace(one.progress, light=one.state.light))


def reporting_tasks_of(projects: GuardedQuerySet[Project], as_of: date) -> list[ReportingTask]:
    """The most urgent first."""
    reports = defaultdict(list)
    for report in unpublished_reports(projects):
        reports[report.project_id].append(report)
    return most_urgent_first(
        reporting_task_of(one.project, one.progress, one.outcomes, one.rules, reports[one.project.row.pk], one.promises)
        for one in project_statuses(projects, as_of)
    )


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
    notes = Prefetch("review_notes", ReviewNote.objects.select_related("by"))
    rows = Report.objects.drafts().filter(project__in=projects)
    rows = rows.select_related("project", "drafted_by", "submitted_by")
    return rows.prefetch_related(notes).order_by("-held_on", "-pk")


def lately_published(projects: QuerySet[Project], today: date) -> QuerySet[Report]:
    """Of the last RECENT_DAYS, the latest first."""
    since = today - timedelta(days=RECENT_DAYS)
    rows = Report.objects.published().filter(project__in=projects, published_on__gte=since)
    return rows.select_related("project", "entry").order_by("-published_at")


# For administrators


@dataclass(frozen=True)
class DepartmentLine:
    """How punctual a department is. `n_open` counts its projects that aren't settled, `n_officials` who may report on them."""

    department: DepartmentSnapshot
    punctuality: PunctualityRecord
    n_open: int
    n_officials: int


_lines: LRUCache[list[DepartmentLine]] = LRUCache(3)


def department_lines(as_of: date) -> list[DepartmentLine]:
    """The least punctual first, those without a month in which a report was due last."""
    ledger_version = ledger_version_on(as_of)
    lines = _lines.get(
        (as_of, ledger_version),
        lambda: _lines_without_officials(as_of),
        is_valid=lambda: ledger_version_on(as_of) == ledger_version,
    )
    n_officials = Counter(membership.department.slug for membership in acting_memberships())
    return [replace(line, n_officials=n_officials[line.department.slug]) for line in lines]


def _lines_without_officials(as_of: date) -> list[DepartmentLine]:
    led = defaultdict(list)
    departments: dict[str, DepartmentSnapshot] = {}
    for one in project_statuses(Project.objects.all(), as_of):
        if department := one.project.lead:
            departments.setdefault(department.slug, department)
            led[department.slug].append(one)
    lines = [
        DepartmentLine(
            department=departments[slug],
            punctuality=punctuality_record_of((one.project, one.progress, one.rules) for one in own),
            n_open=sum(not one.is_settled for one in own),
            n_officials=0,
        )
        for slug, own in led.items()
    ]
    return sorted(lines, key=_punctuality)


def _punctuality(line: DepartmentLine) -> tuple:
    """The sort key."""
    record = line.punctuality
    return not record.months, record.on_time / record.months if record.months else 0, line.department.slug


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
        User.objects.filter(is_active=True, is_superuser=False)
        .prefetch_related("groups", "memberships")
        .order_by("username")
    )
    officials = [one for one in people if OFFICIAL in {group.name for group in one.groups.all()}]
    found = [
        AccountIssue("没有角色，登录后什么也看不到", [one for one in people if not one.groups.all()]),
        AccountIssue("是填报员，但不在任何部门", [one for one in officials if not one.memberships.all()]),
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


def drafts_waiting() -> list[Fact]:
    """What reviewers can publish besides reports: drafts of plans and departments, and submitted adjustments."""
    submitted = [
        fact for model in (Adjustment, PlanAdjustment) for fact in drafts_of(model).filter(submitted_at__isnull=False)
    ]
    return [*drafts_of(Plan), *drafts_of(Department), *submitted]
