"""What the desk or a plan still lacks, for administrators: a plan, who files for a department, what a draft leaves out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.urls import reverse

from accounts.roles import OFFICIAL
from desk.contents import contents_of
from desk.dashboard import acting_memberships
from desk.sentences import gaps_sentence, unmanned_sentence, unplaced_sentence, unplanned_sentence
from projects.models import Department
from tasks.models import Plan

MOST_NAMED = 5


@dataclass(frozen=True)
class Shortage:
    """A sentence, and where it is made good, with the words of the link."""

    words: str
    address: str
    act: str


class NextPlan(Enum):
    """Where the desk asks for a plan that isn't there: nowhere, among what is missing, or before anything else."""

    THERE = auto()
    ASIDE = auto()
    FIRST = auto()


def next_plan_of(plans: Iterable[Plan], today: date) -> NextPlan:
    """By all plans, drafts too. Asked for is one that ends today or later.

    It isn't pressed for while an older one is being written, nor in the year in which one was published that had ended by
    then: whoever begins with history, or rehearses on it, is at work on something else.
    """
    plans = list(plans)
    if any(plan.ends_on >= today for plan in plans):
        return NextPlan.THERE
    is_busy = any(
        plan.published_on is None or (plan.ends_on < plan.published_on and plan.published_on.year == today.year)
        for plan in plans
    )
    return NextPlan.ASIDE if is_busy else NextPlan.FIRST


def shortages(today: date) -> list[Shortage]:
    """A line for each kind of lack, with its count and the first names. Of draft plans only the latest year's is looked into."""
    return list(_shortages(today))


def _shortages(today: date) -> Iterator[Shortage]:
    plans = list(Plan.objects.order_by("-year"))
    users = reverse("admin:auth_user_changelist")
    names, n = _first_names(Department.objects.exclude(pk__in=acting_memberships().values("department")), "name")
    if n:
        yield Shortage(unmanned_sentence(names, n), users, "到“用户”里给填报员选部门")
    unplaced = User.objects.filter(is_active=True, groups__name=OFFICIAL, memberships=None)
    names, n = _first_names(unplaced.order_by("username"), "username")
    if n:
        yield Shortage(unplaced_sentence(names, n), users, "到“用户”里选部门")
    draft = next((plan for plan in plans if not plan.is_published), None)
    if draft is not None:
        gaps = Counter(contents_of(draft).gaps)
        if gaps:
            address = reverse("admin:tasks_plan_change", args=[draft.pk])
            yield Shortage(gaps_sentence(str(draft), gaps), address, "看这份草稿")
    if next_plan_of(plans, today) is NextPlan.ASIDE:
        yield Shortage(unplanned_sentence(today.year), reverse("admin:plan-workbook"), "用表格建立")


def _first_names(rows: QuerySet, field: str) -> tuple[list[str], int]:
    """The first MOST_NAMED, and how many there are."""
    names = list(rows.values_list(field, flat=True))
    return names[:MOST_NAMED], len(names)
