"""Who may report on which task, measure or indicator; `projects.access` says the same of projects."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from ledger.guard import GuardedQuerySet
from projects.access import SUBMITTED, is_overseer, is_theirs, led_projects
from projects.models import Department, Membership, Project
from projects.snapshots import led_slugs
from tasks.models import Indicator, Measure, PlanAdjustment, Task, TaskReport


def leads_now(model: type[Any]) -> dict[int, list[str]]:
    """The slugs of the departments that answer for each row now, by primary key: first promised, or by the last adjustment."""
    name = str(model._meta.model_name)
    leads = dict(model.objects.exclude(leads=[]).values_list("pk", "leads"))
    changed = PlanAdjustment.objects.published().filter(**{f"{name}__isnull": False}, changes__has_key="leads")
    for key, changes in changed.order_by("entry").values_list(f"{name}_id", "changes"):
        leads[key] = changes["leads"][1]
    return leads


def led_rows(model: type[Any], user: User) -> GuardedQuerySet[Any]:
    """Of a model with leads the rows, public or draft, for which one of the user's departments answers now."""
    if user.is_superuser:
        return model.objects.all()
    return _led_by(model, _slugs_of(user))


def _slugs_of(user: User) -> set[str]:
    """Of the user's departments."""
    return set(Department.objects.filter(memberships__user=user).values_list("slug", flat=True))


def _led_by(model: type[Any], own: set[str]) -> GuardedQuerySet[Any]:
    leads = leads_now(model) if own else {}
    keys = [key for key, slugs in leads.items() if own.intersection(slugs)]
    return model.objects.filter(pk__in=keys)


@dataclass(frozen=True)
class Led:
    """What some departments answer for, public or draft."""

    projects: GuardedQuerySet[Project]
    tasks: GuardedQuerySet[Task]
    measures: GuardedQuerySet[Measure]
    indicators: GuardedQuerySet[Indicator]

    @classmethod
    def by(cls, user: User) -> "Led":
        if user.is_superuser:
            return cls.of_everything()
        own = _slugs_of(user)
        return cls(led_projects(user), _led_by(Task, own), _led_by(Measure, own), _led_by(Indicator, own))

    @classmethod
    def of_department(cls, department: Department) -> "Led":
        own = {department.slug}
        projects = Project.objects.filter(slug__in=led_slugs(department))
        return cls(projects, _led_by(Task, own), _led_by(Measure, own), _led_by(Indicator, own))

    @classmethod
    def of_everything(cls) -> "Led":
        return cls(Project.objects.all(), Task.objects.all(), Measure.objects.all(), Indicator.objects.all())

    @classmethod
    def by_anybody(cls) -> "Led":
        """With the projects that nobody leads."""
        rows = (model.objects.filter(pk__in=list(leads_now(model))) for model in (Task, Measure, Indicator))
        return cls(Project.objects.all(), *rows)  # type: ignore[arg-type]  # in this order


def visible_task_reports(user: User) -> QuerySet[TaskReport]:
    """Drafts belong to the departments that answer for the task or measure."""
    if user.is_superuser:
        return TaskReport.objects.all()
    own = Q(task__in=led_rows(Task, user)) | Q(measure__in=led_rows(Measure, user))
    return TaskReport.objects.filter(own | SUBMITTED if is_overseer(user) else own)


def visible_indicators(user: User) -> GuardedQuerySet[Indicator]:
    return Indicator.objects.all() if is_overseer(user) else led_rows(Indicator, user)


@is_theirs.register
def _(fact: TaskReport, user: User) -> bool:
    return led_rows(type(fact.about), user).filter(pk=fact.about.pk).exists()


def own_plan_adjustments(user: User, led: Led | None = None) -> GuardedQuerySet[PlanAdjustment]:
    """Those whose drafts are the person's: a department's, of what it answers for; an administrator's, what no department drafted.

    `led` is what the person's departments answer for, if it is known.
    """
    if user.is_superuser:
        return PlanAdjustment.objects.all()
    led = led or Led.by(user)
    own = Q(commitment__project__in=led.projects) | Q(target__commitment__project__in=led.projects)
    own |= Q(task__in=led.tasks) | Q(measure__in=led.measures) | Q(indicator__in=led.indicators)
    if user.has_perm("projects.change_project"):
        own |= Q(drafted_by=user) | ~Q(drafted_by__in=Membership.objects.values("user"))
    return PlanAdjustment.objects.filter(own)


def visible_plan_adjustments(user: User) -> GuardedQuerySet[PlanAdjustment]:
    own = own_plan_adjustments(user)
    return own | PlanAdjustment.objects.filter(SUBMITTED) if is_overseer(user) else own


@is_theirs.register
def _(fact: PlanAdjustment, user: User) -> bool:
    return own_plan_adjustments(user).filter(pk=fact.pk).exists()
