"""What the desk shows officials and administrators of their own work."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from django import template
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from common.formats import percent_text, points
from common.paging import ROWS_PER_PAGE
from common.templatetags.components import badge, leaf
from desk.agenda import DueStatus, ReportingTask, in_plan_order
from desk.dashboard import (
    account_issues,
    changes_in_hand,
    department_lines,
    drafts_waiting,
    lately_published,
    reminder_news,
    reporting_tasks_of,
)
from desk.filing import unchanged_errors
from desk.sentences import deserted_sentence, due_sentence, reminders_sentence, unsent_sentence
from desk.words import OFFICIAL_DUE_STATUSES
from ledger.guard import Record
from projects.access import led_projects, own_adjustments
from projects.models import Department, PromiseChange, Report, ReviewedFact
from projects.progress import Light, Progress
from projects.snapshots import ProjectSnapshot
from projects.words import OFFICIAL_LIGHTS, OFFICIAL_OVERDUE, SHAPES
from tasks.models import PlanAdjustment

register = template.Library()
for sentence in (deserted_sentence, reminders_sentence, unsent_sentence):
    register.filter(sentence)

MISSING_SHOWN, MISSING_NAMED = 3, 20  # months, and projects of each
MOST_LISTED = 25  # rows of lists without pages


@leaf(register, look=("plain", "tinted"))
def official_light(*, of: Progress, look: str = "tinted") -> SafeString:
    """The light of a project, in the words for officials."""
    is_overdue = of.light is Light.FAR_BEHIND and any(state.is_overdue for state in of.active)
    return badge(shape=SHAPES[of.light], word=OFFICIAL_OVERDUE if is_overdue else OFFICIAL_LIGHTS[of.light], look=look)


@register.inclusion_tag("admin/desk/officials.html", takes_context=True)
def officials_desk(context) -> dict:
    """The projects of the person's departments; `reporting_tasks` is None for people who file no reports."""
    user, today = context["request"].user, timezone.localdate()
    if not user.has_perm("projects.add_report"):
        return {"reporting_tasks": None}
    projects = led_projects(user)
    reporting_tasks = reporting_tasks_of(projects, today)
    # In the plan's order on one page; the most urgent first where there are several.
    page = Paginator(
        reporting_tasks if len(reporting_tasks) > ROWS_PER_PAGE else in_plan_order(reporting_tasks), ROWS_PER_PAGE
    ).get_page(context["request"].GET.get("projects"))
    changes = changes_in_hand(own_adjustments(user))
    waiting = sorted(
        (r for reporting_task in reporting_tasks for r in reporting_task.waiting),
        key=lambda report: report.submitted_at,
    )
    return {
        "reporting_tasks": list(page),
        "page": page,
        "due_sentence": due_sentence(reporting_tasks),
        "is_placed": user.is_superuser or Department.objects.filter(memberships__user=user).exists(),
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
        "published": list(lately_published(projects, today)),
        "csrf_token": context.get("csrf_token"),
    }


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
def gap(progress: Progress) -> str:
    """The lag in percentage points: `低于序时 15 个百分点`; empty where the promise is done or dropped."""
    if progress.light in (Light.DONE, Light.DROPPED):
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
        return reverse("admin:projects_report_change", args=[reporting_task.open_draft.pk])
    return f"{reverse('admin:projects_report_add')}?project={reporting_task.project.row.pk}"


@register.filter
def may_repeat(reporting_task: ReportingTask) -> bool:
    """Whether 本月无变化 is allowed."""
    return not unchanged_errors(
        reporting_task.project, len(reporting_task.drafts) + len(reporting_task.waiting) + len(reporting_task.returned)
    )


@register.inclusion_tag("admin/desk/administrators.html", takes_context=True)
def administrators_desk(context) -> dict:
    """Departments, accounts and drafts; `departments` is None for people who manage no accounts."""
    user, today = context["request"].user, timezone.localdate()
    if not user.has_perm("auth.change_user"):
        return {"departments": None}
    departments = department_lines(today)
    # An official sees their own adjustments in `officials_desk`.
    is_official = user.has_perm("projects.add_report")
    own = [PlanAdjustment.objects.all()] if is_official else [own_adjustments(user), PlanAdjustment.objects.all()]
    changes = changes_in_hand(*own)
    return {
        "returned": changes.returned,
        "in_hand": changes.drafts,
        "waiting": changes.waiting,
        "csrf_token": context.get("csrf_token"),
        "departments": departments,
        "deserted": [line for line in departments if line.n_open and not line.n_officials],
        "drafts": drafts_waiting(),
        "account_issues": account_issues(),
        "reminders": reminder_news(today),
        "today": today,
    }


@register.filter
def missing_months(line) -> list[tuple[date, str]]:
    """(month, names of projects) of the last months with late or missing reports, the latest first."""
    months = sorted(line.punctuality.missing.items(), reverse=True)[:MISSING_SHOWN]
    return [(month, _names(projects)) for month, projects in months]


def _names(projects: Sequence[ProjectSnapshot]) -> str:
    more = f"等 {len(projects)} 个" if len(projects) > MISSING_NAMED else ""
    return "、".join(project.name for project in projects[:MISSING_NAMED]) + more


@register.filter
def on_time_rate(record) -> str:
    """For example `75%`. The record has at least one month."""
    return percent_text(Fraction(record.on_time, record.months))


@register.filter
def draft_name(row: Record) -> str:
    """That of an adjustment of a milestone contains the project."""
    milestone = getattr(row, "milestone", None)
    return f"调整：{milestone.project} · {milestone}" if milestone else str(row)


@register.filter
def fact_name(fact: Report | PromiseChange) -> str:
    """A report's has its project and held day, an adjustment's the fields that it changes."""
    if isinstance(fact, Report):
        return f"{fact.project} · 数据日期 {fact.held_on}"
    return f"{draft_name(fact)}（{fact.labels}）"


@register.filter
def kind_of_row(row: Record) -> str:
    return str(row._meta.verbose_name)


@register.filter
def admin_address(row: Record) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@register.filter
def act_address(fact: ReviewedFact, act: str) -> str:
    return reverse(f"admin:{fact._meta.app_label}_{fact._meta.model_name}_{act}", args=[fact.pk])
