"""What the desk shows officials and administrators of their own work."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from django import template
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone

from common.formats import percent_text, points
from common.paging import ROWS_PER_PAGE
from desk.agenda import UNASKED, DueStatus, ReportingTask, Subject, in_plan_order
from desk.dashboard import (
    InHand,
    account_issues,
    changes_in_hand,
    department_lines,
    drafts_waiting,
    lately_published,
    reminder_news,
    reporting_tasks_of,
)
from desk.filing import unchanged_errors
from desk.missing import shortages
from desk.naming import filing_address_of, named, unchanged_address_of
from desk.sentences import due_sentence, period_text, reminders_sentence, unsent_sentence
from desk.words import OFFICIAL_DUE_STATUSES
from ledger.guard import Record
from projects.access import own_adjustments
from projects.models import AbstractReport, Department, PromiseChange, ReviewedFact
from projects.progress import Light, Progress
from tasks.access import Led, own_plan_adjustments
from tasks.models import Indicator, Reading

register = template.Library()
for sentence in (reminders_sentence, unsent_sentence):
    register.filter(sentence)

MISSING_SHOWN, MISSING_NAMED = 3, 20  # periods, and subjects of each
MOST_LISTED = 25  # rows of lists without pages


@register.inclusion_tag("admin/desk/officials.html", takes_context=True)
def officials_desk(context) -> dict:
    """What the person's departments report on; `reporting_tasks` is None for people who file no reports."""
    user, today = context["request"].user, timezone.localdate()
    if not user.has_perm("projects.add_report"):
        return {"reporting_tasks": None}
    led = Led.by(user)
    reporting_tasks = reporting_tasks_of(led, today)
    # In the plan's order on one page; the most urgent first where there are several.
    page = Paginator(
        reporting_tasks if len(reporting_tasks) > ROWS_PER_PAGE else in_plan_order(reporting_tasks), ROWS_PER_PAGE
    ).get_page(context["request"].GET.get("projects"))
    changes = _own_changes(user, led)
    n_departments = Department.objects.filter(memberships__user=user).count()
    waiting = sorted(
        (r for reporting_task in reporting_tasks for r in reporting_task.waiting),
        key=lambda report: (report.held_on, report.pk),
    )
    return {
        "reporting_tasks": list(page),
        "page": page,
        "due_sentence": due_sentence(reporting_tasks),
        "is_placed": user.is_superuser or n_departments > 0,
        "files_for_several": user.is_superuser or n_departments > 1,
        "today": today,
        "returned": [
            *(report for reporting_task in reporting_tasks for report in reporting_task.returned),
            *changes.returned,
        ],
        "in_hand": [
            *(report for reporting_task in reporting_tasks for report in reporting_task.drafts),
            *changes.drafts,
        ],
        "waiting": [*waiting, *changes.waiting],
        "published": lately_published(led, today),
        "csrf_token": context.get("csrf_token"),
    }


def _own_changes(user: User, led: Led) -> InHand:
    return changes_in_hand(own_adjustments(user, led.projects), own_plan_adjustments(user, led))


@register.filter
def first_rows(rows: Sequence) -> Sequence:
    """The first MOST_LISTED rows."""
    return rows[:MOST_LISTED]


@register.filter
def n_more(rows: Sequence) -> int:
    """The number of rows that `first_rows` leaves out."""
    return max(0, len(rows) - MOST_LISTED)


@register.filter
def due_status_word(due_status: DueStatus) -> str:
    return OFFICIAL_DUE_STATUSES[due_status]


@register.filter
def days_until(day: date, today: date) -> str:
    """`还有 3 天`, `今天`, `过了 5 天`."""
    days = (day - today).days
    if days == 0:
        return "今天"
    return f"还有 {days} 天" if days > 0 else f"过了 {-days} 天"


@register.filter
def gap(progress: Progress | None) -> str:
    """The lag in percentage points: `低于序时 15 个百分点`; empty where the promise is done or dropped, or isn't counted."""
    if progress is None or progress.light in (Light.DONE, Light.DROPPED):
        return ""
    if progress.lag is None:
        return "还没有数据"
    behind = points(progress.lag)
    if not behind:
        return "和序时持平"
    return f"{'低于' if behind > 0 else '高于'}序时 {abs(behind)} 个百分点"


@register.filter
def filing_address(reporting_task: ReportingTask) -> str:
    """The address of the open draft, else of the form for a new report."""
    if reporting_task.open_draft:
        return admin_address(reporting_task.open_draft)
    return filing_address_of(reporting_task.subject.row)


@register.filter
def repeat_address(reporting_task: ReportingTask) -> str:
    """The address that 本月无变化 posts to; empty where it would be refused."""
    subject = reporting_task.subject
    errors = unchanged_errors(
        subject.last_on, subject.as_of, reporting_task.n_in_hand, is_settled=reporting_task.due_status in UNASKED
    )
    return "" if errors or isinstance(subject.row, Indicator) else unchanged_address_of(subject.row)


@register.inclusion_tag("admin/desk/administrators.html", takes_context=True)
def administrators_desk(context) -> dict:
    """Departments, accounts and drafts; `departments` is None for people who manage no accounts."""
    user, today = context["request"].user, timezone.localdate()
    if not user.has_perm("auth.change_user"):
        return {"departments": None}
    departments = department_lines(today)
    # An official sees their own adjustments in `officials_desk`.
    is_official = user.has_perm("projects.add_report")
    changes = InHand([], [], []) if is_official else _own_changes(user, Led.by(user))
    return {
        "returned": changes.returned,
        "in_hand": changes.drafts,
        "waiting": changes.waiting,
        "csrf_token": context.get("csrf_token"),
        "departments": departments,
        "missing": shortages(today),
        "drafts": drafts_waiting(),
        "account_issues": account_issues(),
        "reminders": reminder_news(today),
        "today": today,
    }


@register.filter
def missing_periods(line) -> list[tuple[str, str]]:
    """(period, names) of the last periods with late or missing reports, the latest first."""
    periods = sorted(line.punctuality.missing.items(), reverse=True)[:MISSING_SHOWN]
    return [(period_text(period), _names(subjects)) for period, subjects in periods]


def _names(subjects: Sequence[Subject]) -> str:
    more = f"等 {len(subjects)} 个" if len(subjects) > MISSING_NAMED else ""
    return "、".join(subject.name for subject in subjects[:MISSING_NAMED]) + more


@register.filter
def on_time_rate(record) -> str:
    """For example `75%`. The record has at least one period."""
    return percent_text(Fraction(record.on_time, record.periods))


@register.filter
def draft_name(row: Record) -> str:
    """That of an adjustment of a milestone or of a target contains the project."""
    return f"调整：{named(row.promise)}" if isinstance(row, PromiseChange) else str(row)


@register.filter
def fact_name(fact: AbstractReport | Reading | PromiseChange) -> str:
    """A report's has what it is about and its held day, an adjustment's the fields that it changes."""
    if isinstance(fact, PromiseChange):
        return f"{draft_name(fact)}（{fact.labels}）"
    about = fact.indicator if isinstance(fact, Reading) else fact.about
    return f"{about} · 数据日期 {fact.held_on}"


@register.filter
def kind_of_row(row: Record) -> str:
    return str(row._meta.verbose_name)


@register.filter
def admin_address(row: Record) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@register.filter
def act_address(fact: ReviewedFact, act: str) -> str:
    return reverse(f"admin:{fact._meta.app_label}_{fact._meta.model_name}_{act}", args=[fact.pk])
