"""Who may see which project, report and adjustment in the admin; permissions say what they may do with them."""

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from projects.models import Adjustment, Department, Milestone, Project, Report
from projects.standing import led_slugs


def led_projects(user: User) -> QuerySet[Project]:
    """Projects, public or draft, that one of the user's departments leads now."""
    if user.is_superuser:
        return Project.objects.all()
    departments = Department.objects.filter(memberships__user=user)
    return Project.objects.filter(slug__in=set().union(*(led_slugs(department) for department in departments)))


def is_overseer(user: User) -> bool:
    """Reviewers and administrators look at every department."""
    return user.has_perm("projects.publish_report") or user.has_perm("projects.change_project")


def visible_projects(user: User) -> QuerySet[Project]:
    if is_overseer(user):
        return Project.objects.all()
    if user.has_perm("news.change_article"):  # who may link to whatever the public sees
        return Project.objects.published() | led_projects(user)
    return led_projects(user)


def visible_milestones(user: User) -> QuerySet[Milestone]:
    return Milestone.objects.all() if is_overseer(user) else Milestone.objects.filter(project__in=led_projects(user))


def visible_reports(user: User) -> QuerySet[Report]:
    """A draft belongs to the department until it is submitted, and again once it is returned."""
    if user.is_superuser:
        return Report.objects.all()
    own = Q(project__in=led_projects(user))
    if is_overseer(user):
        own |= Q(published_at__isnull=False) | Q(submitted_at__isnull=False)
    return Report.objects.filter(own)


def visible_adjustments(user: User) -> QuerySet[Adjustment]:
    if is_overseer(user):
        return Adjustment.objects.all()
    led = led_projects(user)
    return Adjustment.objects.filter(Q(project__in=led) | Q(milestone__project__in=led))
