"""What of the database a table may speak of, by the names that tables use."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from desk.workbooks.codes import Known
from desk.workbooks.readings import DraftRow, WorkbookReading
from projects.models import Department, Milestone, Project
from projects.snapshots import load_snapshots
from tasks.finding import parts_of
from tasks.models import Aliases, Indicator, Plan, Series, TaskGroup


def known_for(year: int | None) -> Known:
    """Departments by name and by every other name they have, projects by title, and the codes of that year's plan."""
    codes = dict(_codes(year))
    projects = Project.objects.all()
    slugs = {*projects.values_list("slug", flat=True), *Department.objects.values_list("slug", flat=True)}
    public = frozenset(projects.published().values_list("slug", flat=True))
    return Known(codes=codes, taken=frozenset(slugs), public=public)


def _codes(year: int | None) -> Iterator[tuple[tuple[str, str], str]]:
    for words, slug in Aliases.objects.filter(department__isnull=False).values_list("words", "department__slug"):
        yield from ((("department", word), slug) for word in parts_of(words))
    for name, slug in Department.objects.values_list("name", "slug"):
        yield ("department", name), slug
    for title, slug in Project.objects.values_list("title", "slug"):
        yield ("project", title), slug
    for title, code, slug in Milestone.objects.values_list("title", "code", "project__slug"):
        yield (f"milestone:{slug}", title), code
    kinds: dict[str, Any] = {"series": Series, "group": TaskGroup, "indicator": Indicator}
    for kind, model in kinds.items():
        for title, code in model.objects.filter(plan__year=year).values_list("title", "code"):
            yield (kind, title), code


def stored_rows(reading: WorkbookReading) -> Iterator[DraftRow]:
    """The public projects that the rows name without saying them again, as they are now, with their milestones."""
    named = {row.values["project"][0] for row in reading.of("tasks.commitment")}
    slugs = named - {row.values.get("slug") for row in reading.of("projects.project")}
    if not slugs:
        return
    found = load_snapshots(Project.objects.filter(slug__in=slugs), timezone.localdate(), with_words=False)
    for project in found.values():
        leads = [department.slug for department in project.leads]
        yield DraftRow("projects.project", {"slug": project.slug, "leads": leads, "investment": project.investment})
        for one in project.milestones:
            values = {"project": [project.slug], "code": one.row.code, "title": one.title}
            yield DraftRow("projects.milestone", {**values, "unit": one.row.unit, "verb": one.row.verb})


def public_plan_of(year: int) -> Plan | None:
    return Plan.objects.published().filter(year=year).first()
