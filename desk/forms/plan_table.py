"""The forms of a plan's table: one for each stored row, drawn into the cells of that row."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import modelform_factory

from common.form_fields import LineField, UnitForm
from projects.models import DepartmentsField, Milestone, Project
from tasks.models import Commitment, Indicator, Measure, Target, Task

# What the table shows of each kind of row, in the order in which rows of several kinds are locked.
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Project: ("title", "place", "leads", "partners", "post", "investment", "funding"),
    Milestone: ("title", "unit", "verb"),
    Commitment: ("goal", "annual_investment", "wording"),
    Target: ("amount", "from_amount", "starts_on", "due_on", "pace", "steps", "weight"),
    Task: ("title", "wording", "leads", "partners", "post", "due_on"),
    Measure: ("title", "wording", "leads", "partners", "post", "due_on"),
    Indicator: (
        *("title", "wording", "kind", "comparator", "target", "upper", "unit", "baseline", "due_on", "leads", "note"),
    ),
}


class DepartmentNames(LineField):
    """Departments by their names, in their order, with 、 between them. Cleaned to their slugs."""

    names: Mapping[str, str] = {}

    def prepare_value(self, value: Any) -> Any:
        return "、".join(self.names.get(slug, slug) for slug in value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value) or ""
        typed = [one.strip() for one in text.replace("，", "、").replace(",", "、").replace("；", "、").split("、")]
        slugs = {name: slug for slug, name in self.names.items()} | {slug: slug for slug in self.names}
        unknown = [one for one in typed if one and one not in slugs]
        if unknown:
            raise ValidationError([self._unknown_text(one) for one in unknown])
        chosen = [slugs[one] for one in typed if one]
        if len(set(chosen)) < len(chosen):
            raise ValidationError("每个部门只写一次。")
        return chosen

    def _unknown_text(self, name: str) -> str:
        similar = get_close_matches(name, self.names.values(), n=1)
        return f"没有叫“{name}”的部门{f'，是不是“{similar[0]}”？' if similar else '。'}"

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial or []) or "") != (data or "").strip()


class RowForm(UnitForm):
    """A draft row. `names` are those of the departments by slug, `label` what the row is called in the table."""

    confirmed = forms.BooleanField(label="确认", required=False)

    def __init__(self, *args, names: Mapping[str, str], label: str, **kwargs):
        super().__init__(*args, **kwargs)
        if not getattr(self.instance, "inferred", None):
            del self.fields["confirmed"]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{label}：{field.label}"
            if isinstance(field, DepartmentNames):
                field.names = names
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs |= {"rows": 2, "cols": 20}

    def unit_of(self, name: str) -> str:
        if not isinstance(self.instance, Target):
            return super().unit_of(name)
        milestone = self.instance.milestone
        return str(self.data.get(f"milestone-{milestone.pk}-unit") or milestone.unit)

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("confirmed"):
            self.instance.inferred = []
        return super().save(commit)


def _drawn(column: models.Field, **options: Any) -> forms.Field | None:
    if isinstance(column, DepartmentsField):
        return DepartmentNames(label=column.verbose_name, required=False)
    return column.formfield(**options)


_FORMS: dict[type[models.Model], Any] = {
    model: modelform_factory(model, form=RowForm, fields=names, formfield_callback=_drawn)
    for model, names in COLUMNS.items()
}


def form_class_of(model: type[models.Model]) -> type[RowForm]:
    return _FORMS[model]
