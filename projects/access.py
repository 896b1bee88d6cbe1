"""Who may see which project, report and adjustment in the admin; permissions say what they may do with them."""

from functools import singledispatch

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from ledger.guard import GuardedQuerySet
from projects.models import Adjustment, Department, Membership, Milestone, Project, Report, ReviewedFact
from projects.snapshots import led_slugs


def led_projects(user: User) -> GuardedQuerySet[Project]:
    """Projects, public or draft, that one of the user's departments leads now."""
    if user.is_superuser:
        return Project.objects.all()
    departments = Department.objects.filter(memberships__user=user)
    return Project.objects.filter(slug__in=set().union(*(led_slugs(department) for department in departments)))


def is_overseer(user: User) -> bool:
    """Reviewers and administrators look at every department."""
    return user.has_perm("projects.publish_report") or user.has_perm("projects.change_project")


def visible_projects(user: User) -> GuardedQuerySet[Project]:
    if is_overseer(user):
        return Project.objects.all()
    if user.has_perm("news.change_article"):  # who may link to whatever the public sees
        return Project.objects.published() | led_projects(user)
    return led_projects(user)


def visible_milestones(user: User) -> QuerySet[Milestone]:
    return Milestone.objects.all() if is_overseer(user) else Milestone.objects.filter(project__in=led_projects(user))


# What was handed in. Before that, and again once it is sent back, a draft is nobody's but those it belongs to.
SUBMITTED = Q(published_at__isnull=False) | Q(submitted_at__isnull=False)


def visible_reports(user: User) -> QuerySet[Report]:
    """Drafts belong to the department that leads the project."""
    if user.is_superuser:
        return Report.objects.all()
    own = Q(project__in=led_projects(user))
    return Report.objects.filter(own | SUBMITTED if is_overseer(user) else own)


def visible_adjustments(user: User) -> QuerySet[Adjustment]:
    own = own_adjustments(user)
    return own | Adjustment.objects.filter(SUBMITTED) if is_overseer(user) else own


@singledispatch
def is_theirs(fact: ReviewedFact, user: User) -> bool:
    """Whether the person is of those to whom the draft belongs; each kind of fact registers its own."""
    raise TypeError(f"nobody is known to draft {type(fact)}")


@is_theirs.register
def _(fact: Report, user: User) -> bool:
    return led_projects(user).filter(pk=fact.project_id).exists()


@is_theirs.register
def _(fact: Adjustment, user: User) -> bool:
    return own_adjustments(user).filter(pk=fact.pk).exists()


def own_adjustments(user: User, led: QuerySet[Project] | None = None) -> GuardedQuerySet[Adjustment]:
    """Those whose drafts are the person's: a department's, of the projects it leads; an administrator's, what no department drafted.

    `led` are those projects, if they are known.
    """
    if user.is_superuser:
        return Adjustment.objects.all()
    led = led_projects(user) if led is None else led
    own = Q(project__in=led) | Q(milestone__project__in=led)
    if user.has_perm("projects.change_project"):
        own |= Q(drafted_by=user) | ~Q(drafted_by__in=Membership.objects.values("user"))
    return Adjustment.objects.filter(own)
