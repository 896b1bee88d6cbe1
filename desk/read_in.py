"""What a reviewer read in from departments' sheets and what of it waits for whom, in a number of queries that doesn't grow."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User

from accounts.roles import REVIEWER
from desk.dashboard import acting_memberships
from desk.queue import project_leads
from projects.models import Department, Report
from tasks.access import leads_now
from tasks.models import Measure, Reading, Task, TaskReport


@dataclass(frozen=True)
class ReadIn:
    """So many drafts about one data day that wait for a department. `is_manned`: somebody there can send them."""

    department: Department | None
    held_on: date
    n: int
    is_manned: bool


def read_in_by(user: User) -> list[ReadIn]:
    """The person's own drafts of reports that nobody sent yet, by the first department that answers and by day."""
    counts = Counter((_first(slugs), held_on) for slugs, held_on in _unsent(user))
    if not counts:
        return []
    departments = {one.slug: one for one in Department.objects.filter(slug__in=[slug for slug, _day in counts])}
    manned = set(acting_memberships().values_list("department_id", flat=True))
    found = [
        ReadIn(own := departments.get(slug), held_on, n, own is not None and own.pk in manned)
        for (slug, held_on), n in counts.items()
    ]
    return sorted(found, key=lambda one: (one.held_on, one.department.name if one.department else ""))


def _unsent(user: User) -> Iterable[tuple[list[str], date]]:
    reports = Report.objects.drafts().filter(drafted_by=user, submitted_at=None).values_list("project_id", "held_on")
    others = TaskReport.objects.drafts().filter(drafted_by=user, submitted_at=None)
    tasks = others.values_list("task_id", "measure_id", "held_on")
    projects = project_leads() if reports else {}
    yield from ((projects.get(key, []), held_on) for key, held_on in reports)
    of_tasks, of_measures = (leads_now(Task), leads_now(Measure)) if tasks else ({}, {})
    for task, measure, held_on in tasks:
        yield of_tasks.get(task, []) if task else of_measures.get(measure, []), held_on


def _first(slugs: list[str]) -> str:
    return slugs[0] if slugs else ""


def read_in_and_sent(user: User) -> int:
    """How many of the person's drafts wait for another reviewer: reports that were sent, and readings of indicators."""
    sent = [
        model.objects.drafts().filter(drafted_by=user, submitted_at__isnull=False) for model in (Report, TaskReport)
    ]
    return sum(rows.count() for rows in (*sent, Reading.objects.drafts().filter(drafted_by=user)))


def other_reviewers(user: User) -> list[User]:
    people = User.objects.filter(is_active=True, groups__name=REVIEWER).exclude(pk=user.pk)
    return list(people.distinct().order_by("username"))


def unmanned_departments() -> list[str]:
    """The names of public departments without anybody who files."""
    manned = acting_memberships().values("department")
    return list(Department.objects.published().exclude(pk__in=manned).order_by("name").values_list("name", flat=True))
