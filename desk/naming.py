"""What rows are called at the desk, and where they are reported on."""

from collections.abc import Iterable

from django.db.models import Model
from django.urls import reverse

from projects.models import Milestone, Project
from tasks.models import Commitment, Indicator, Measure, Target, Task


def named(promise: Model) -> str:
    """The name of a promise; a milestone's with its project, a target's with its commitment, a measure's with its task."""
    match promise:
        case Milestone():
            return f"{promise.project} · {promise}"
        case Target():
            return f"{promise.commitment} · {promise}"
        case Measure():
            return f"{promise.task} · {promise}"
    return str(promise)


def by_year(promises: Iterable[Model]) -> list[tuple[str, list[Model]]]:
    """The promises with what they are called; where they are of several plans, each year's apart: alike names are."""
    found = list(promises)
    if not found:
        return []
    label = str(found[0]._meta.verbose_name)
    years: dict[int, list[Model]] = {}
    for one in found:
        plan = getattr(one, "plan", None)
        years.setdefault(plan.year if plan else 0, []).append(one)
    if len(years) < 2:
        return [(label, found)]
    return [(f"{year} 年的{label}", years[year]) for year in sorted(years, reverse=True)]


def inferred_labels(row: Commitment | Target | Task | Measure | Indicator) -> list[str]:
    """The names of what is the portal's reading in the row."""
    column = row._meta.get_field("inferred")  # type: ignore[misc]  # of those that have it
    return [column.label_of(name) for name in row.inferred]  # type: ignore[attr-defined]  # as above


def subject_key(row: Task | Measure) -> str:
    """`task:7`, as in the address of the form for a report."""
    return f"{row._meta.model_name}:{row.pk}"


def filing_address_of(row: Project | Task | Measure | Indicator) -> str:
    """The address of the form for a new report, or for a reading of an indicator."""
    match row:
        case Project():
            return f"{reverse('admin:projects_report_add')}?project={row.pk}"
        case Indicator():
            return f"{reverse('admin:tasks_reading_add')}?indicator={row.pk}"
    return f"{reverse('admin:tasks_taskreport_add')}?about={subject_key(row)}"


def unchanged_address_of(row: Project | Task | Measure) -> str:
    """The address that 本月无变化 posts to."""
    if isinstance(row, Project):
        return reverse("admin:projects_report_unchanged", args=[row.pk])
    return reverse("admin:tasks_taskreport_unchanged", args=[subject_key(row)])
