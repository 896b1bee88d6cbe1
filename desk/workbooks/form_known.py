"""What the database has already of what a form may name: it is asked once for each kind of row."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q

from desk.workbooks.form_columns import MODELS, model_field
from desk.workbooks.form_drafts import Stored
from desk.workbooks.form_tables import folded
from ledger.guard import Guarded
from projects.models import Adjustment, Department, Milestone, Project, Source
from projects.snapshots import Adjustments, decoded, terms_of
from tasks.models import Commitment, Indicator, Outline, Plan, PlanAdjustment, Series, Task, TaskGroup


class Known:
    """Rows that are stored, as far as a plan of that year may name them."""

    def __init__(self, year: int):
        self.year = year
        plan = Plan.objects.filter(year=year).first()
        self.is_published = bool(plan and plan.is_published)
        self.plan_days = {"starts_on": plan.starts_on.isoformat(), "ends_on": plan.ends_on.isoformat()} if plan else {}

    # By name

    @cached_property
    def _named(self) -> dict[tuple[str, Any], dict[str, list[str]]]:
        """By kind of row and what it belongs to: codes by folded name."""
        found: dict[tuple[str, Any], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for part, above, name, code in self._codes():
            found[part, above][folded(name)].append(code)
        return found

    def _codes(self) -> Iterator[tuple[str, tuple, str, str]]:
        for slug, name in Department.objects.values_list("slug", "name"):
            yield "department", (), name, slug
        for slug, title in Project.objects.values_list("slug", "title"):
            yield "project", (), title, slug
        for key, title in Source.objects.values_list("key", "title"):
            yield "source", (), title, key
        for slug, title, code in Milestone.objects.values_list("project__slug", "title", "code"):
            yield "milestone", (slug,), title, code
        of_plan: Sequence[tuple[str, type[models.Model]]] = (
            ("series", Series), ("group", TaskGroup), ("outline", Outline), ("indicator", Indicator),
        )  # fmt: skip
        for part, model in of_plan:
            for title, code in model._default_manager.filter(plan__year=self.year).values_list("title", "code"):
                yield part, (), title, code

    def slug_of(self, part: str, text: str) -> str | None:
        """The code of the only row of that name or code."""
        by_name = self._named[part, ()]
        found = by_name.get(folded(text), [])
        if len(found) == 1:
            return found[0]
        return text if text in self.codes(part, ()) else None

    def find(self, part: str, text: str) -> Stored | None:
        """The only row of that name or code."""
        if part == "task":
            return self._tasks.get(folded(text))
        slug = self.slug_of(part, text)
        return None if slug is None else Stored((slug,))

    @cached_property
    def _tasks(self) -> dict[str, Stored]:
        found: dict[str, Stored | None] = {}
        rows = Task.objects.filter(group__plan__year=self.year).values_list("group__code", "number", "title")
        for group, number, title in rows:
            task = Stored((self.year, group, number))
            found[folded(f"{group}-{number}")] = task
            found[folded(title)] = None if folded(title) in found else task
        return {name: task for name, task in found.items() if task}

    @cached_property
    def _commitments(self) -> dict[tuple[str, int], Stored]:
        rows = Commitment.objects.filter(series__plan__year=self.year)
        found = {}
        for code, title, number, slug in rows.values_list("series__code", "series__title", "number", "project__slug"):
            for name in (code, folded(title)):
                found[name, number] = Stored((self.year, code, number), Stored((slug,)))
        return found

    def commitment(self, series: str, number: int) -> Stored | None:
        return self._commitments.get((folded(series), number))

    def code_of(self, part: str, title: str, above: tuple) -> str:
        found = self._named[part, above].get(folded(title), [])
        return found[0] if len(found) == 1 else ""

    def codes(self, part: str, above: tuple) -> set[str]:
        return {code for codes in self._named[part, above].values() for code in codes}

    # What is public

    def published(self, part: str, keys: Iterable[tuple]) -> dict[tuple, Any]:
        """The published rows of that kind under these natural keys."""
        model: Any = MODELS[part]
        wanted = {key for key in keys if None not in key}
        if not wanted or not issubclass(model, Guarded):
            return {}
        related = [name.rpartition("__")[0] for name in model.natural if "__" in name]
        rows = model.objects.published().filter(self._among(model, wanted)).select_related(*related)
        found = {tuple(row.natural_key()): row for row in rows}
        return {key: found[key] for key in wanted if key in found}

    def _among(self, model: type[Guarded], keys: set[tuple]) -> Q:
        """Those of the year, or with these codes: more than the wanted, but in one condition."""
        first = model.natural[0]
        return Q(**{f"{first}__in": {key[0] for key in keys}})

    @cached_property
    def _adjustments(self) -> Adjustments:
        return Adjustments(
            [
                *Adjustment.objects.published().select_related("source"),
                *PlanAdjustment.objects.published().select_related("source"),
            ]
        )

    def differences(self, row: Any, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """(field, what it is now as text) where the values are neither what was first promised nor what is in force."""
        terms = decoded(row, terms_of(row, self._adjustments.of(row))) if hasattr(row, "adjustable") else {}
        for name, value in values.items():
            field = model_field(part_of(row), name)
            if field is None or isinstance(field, models.ForeignKey):
                continue
            now = terms.get(name, getattr(row, field.attname))
            if _plain(field, value) not in (_plain(field, getattr(row, field.attname)), _plain(field, now)):
                shown: Any = field.display_text(now) if hasattr(field, "display_text") else "" if now is None else now
                yield name, str(shown)


def part_of(row: models.Model) -> str:
    return next((part for part, model in MODELS.items() if type(row) is model), "")


def _plain(field: models.Field, value: Any) -> Any:
    cleaned = field.to_python(value)
    if isinstance(cleaned, tuple | list):
        return [list(one) if isinstance(one, tuple) else one for one in cleaned]
    return cleaned
