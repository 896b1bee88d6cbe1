"""All that the publication of a plan makes public, with what is missing, for its reviewer."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Prefetch

from projects.models import Milestone, Partnership, Project
from tasks.models import Commitment, CommitmentMilestone, Indicator, Outline, Plan, Series, Task
from tasks.snapshots import projects_of


@dataclass(frozen=True)
class PromisedProject:
    """A project of the plan; one without a commitment only serves a measure.

    `milestones` count for the commitment, `uncounted` are the others; `gaps` say what is missing, a clause each.
    """

    project: Project
    commitment: Commitment | None
    milestones: tuple[Milestone, ...]
    uncounted: tuple[Milestone, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """`series` with their commitments; `serving` are projects of the plan without a commitment."""

    series: tuple[tuple[Series, tuple[PromisedProject, ...]], ...]
    serving: tuple[PromisedProject, ...]
    indicators: tuple[Indicator, ...]
    tasks: tuple[Task, ...]
    outlines: tuple[Outline, ...]

    @property
    def promised(self) -> list[PromisedProject]:
        return [one for _series, promised in self.series for one in promised]

    @property
    def n_milestones(self) -> int:
        return len({milestone.pk for one in self.promised for milestone in one.milestones})

    @property
    def n_gaps(self) -> int:
        return sum(len(one.gaps) for one in (*self.promised, *self.serving))


def contents_of(plan: Plan) -> Contents:
    """In a constant number of queries."""
    links = CommitmentMilestone.objects.select_related("milestone").order_by("milestone__number", "pk")
    commitments = (
        Commitment.objects.filter(series__plan=plan)
        .select_related("series")
        .prefetch_related(Prefetch("links", links))
        .order_by("number")
    )
    projects = _projects_of(plan)
    promised = {
        series: tuple(
            _promised(projects[commitment.project_id], commitment)
            for commitment in commitments
            if commitment.series_id == series.pk
        )
        for series in plan.series.order_by("number", "pk")
    }
    named = {one.project.pk for own in promised.values() for one in own}
    measures = Prefetch("measures__projects", Project.objects.order_by("slug"))
    return Contents(
        series=tuple(promised.items()),
        serving=tuple(_promised(project, None) for key, project in projects.items() if key not in named),
        indicators=tuple(plan.indicators.select_related("task").order_by("number", "pk")),
        tasks=tuple(
            Task.objects.filter(group__plan=plan)
            .select_related("group")
            .prefetch_related("measures", measures)
            .order_by("group__pk", "number")
        ),
        outlines=tuple(plan.outlines.select_related("task").prefetch_related("items").order_by("number", "pk")),
    )


def _projects_of(plan: Plan) -> dict[int, Project]:
    partners = Prefetch("partnerships", Partnership.objects.select_related("department"))
    milestones = Prefetch("milestones", Milestone.objects.order_by("number", "pk"))
    rows = (
        Project.objects.filter(pk__in=projects_of(plan))
        .select_related("lead")
        .prefetch_related(partners)
        .prefetch_related(milestones)
    )
    return {project.pk: project for project in rows.order_by("slug")}


def _promised(project: Project, commitment: Commitment | None) -> PromisedProject:
    counted = tuple(link.milestone for link in commitment.links.all()) if commitment else ()
    keys = {milestone.pk for milestone in counted}
    others = tuple(milestone for milestone in project.milestones.all() if milestone.pk not in keys)
    return PromisedProject(project, commitment, counted, others, tuple(_gaps(project, commitment, counted)))


def _gaps(project: Project, commitment: Commitment | None, counted: tuple[Milestone, ...]) -> Iterator[str]:
    if project.lead is None:
        yield "没有写牵头部门"
    elif not project.lead.is_published:
        yield f"牵头部门“{project.lead}”还没有公布"
    for partnership in project.partnerships.all():
        if not partnership.department.is_published:
            yield f"配合部门“{partnership.department}”还没有公布"
    if project.investment is None:
        yield "没有写总投资"
    if not project.place:
        yield "没有写地点"
    if commitment and not counted:
        yield "没有写明办成要看哪些节点"
