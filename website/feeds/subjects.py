"""The feeds of one project and of what one department answers for, for whoever wants to know when something changes."""

from collections.abc import Iterable

from django.db.models import CharField, Q, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.publisher import publisher
from common.cache_policy import cached_by
from common.feeds import MOST, feed_response
from ledger.models import Entry
from projects.models import Department, Milestone, Project
from projects.snapshots import DepartmentSnapshot, load_departments
from tasks.models import Commitment, Target
from tasks.snapshots import PlanSnapshot
from website.feeds.record import items_of
from website.pages.departments import Answering, answering_of
from website.pages.plans import front_snapshot


def requested_department(request: HttpRequest, slug: str) -> tuple[DepartmentSnapshot, PlanSnapshot, Answering]:
    """The department, the plan on the front page, and what the department answers for in it, on the day of its page."""
    row = get_object_or_404(Department.objects.published(), slug=slug)
    snapshot = front_snapshot(request, since=row.published_on)
    answering = snapshot.cached(answering_of).get(slug, Answering())
    return load_departments(snapshot.as_of)[slug], snapshot, answering


@cached_by()
def project_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What was published about the project, about what was promised of it, and by what."""
    project = get_object_or_404(Project.objects.published(), slug=slug)
    return feed_response(
        request,
        site=publisher().site_name,
        author=publisher().author,
        title=project.title,
        subtitle="这个项目公布了什么、更正了什么、承诺怎么改的，新的在前。",
        alternate=reverse("project", args=[slug]),
        items=items_of(_latest([project])),
    )


@cached_by()
def department_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """What was published about whatever the department answers for in the plan on the front page, and about itself."""
    department, _snapshot, answering = requested_department(request, slug)
    others = [department.row.address, *(answer.row.address for _task, answer in answering.answers)]  # type: ignore[attr-defined]  # a task or a measure
    others += [indicator.row.address for indicator in answering.indicators]
    return feed_response(
        request,
        site=publisher().site_name,
        author=publisher().author,
        title=department.name,
        subtitle="这个部门牵头的承诺、任务和指标，公布了什么、更正了什么、承诺怎么改的，新的在前。",
        alternate=reverse("department", args=[slug]),
        items=items_of(_latest([one.project.row for one in answering.led], others)),
    )


def _latest(projects: Iterable[Project], others: Iterable[str] = ()) -> list[Entry]:
    """The last entries about these projects, their parts and what was promised of them, and about the `others`, addresses.

    Those of the plans and additions that brought them are among them.
    """
    keys = [project.pk for project in projects]
    rows = Project.objects.published().filter(pk__in=keys)
    promises = Commitment.objects.published().filter(project__in=keys)
    concerned = Q(subject__in=list(others)) | Q(seq__in=rows.values("entry")) | Q(seq__in=promises.values("entry"))
    # The database builds the addresses: as parameters there would be too many for one statement.
    for found, parts in (
        (rows, (Value("project:"), "slug")),
        (Milestone.objects.filter(project__in=keys), (Value("milestone:"), "project__slug", Value("/"), "code")),
        (promises, (Value("commitment:"), *_promise())),
        (
            Target.objects.filter(commitment__project__in=keys),
            (Value("target:"), *_promise("commitment__"), Value("/"), "milestone__code"),
        ),
    ):
        spelt = found.order_by().annotate(spelt=Concat(*parts, output_field=CharField())).values("spelt")
        concerned |= Q(subject__in=spelt)
    return list(Entry.objects.filter(concerned).order_by("-seq")[:MOST])


def _promise(prefix: str = "") -> tuple:
    """The identifier of a commitment, as `Commitment.address` spells it."""
    return f"{prefix}series__plan__year", Value("/"), f"{prefix}series__code", Value("-"), f"{prefix}number"
