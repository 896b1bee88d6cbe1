"""The forms of adjustments and of redactions."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.admin import widgets
from django.utils import timezone
from django.utils.html import escape

from common.form_fields import DayField, LineField, TextField, field_of
from common.model_fields import OwnFormField
from desk.forms.reports import add_reasons, set_publicity
from projects.models import PromiseChange
from projects.publishing import encoded_terms, publication_errors
from projects.redactions import Place
from projects.words import department_names

WIDGETS: dict[type[forms.Field], type[forms.Widget]] = {
    DayField: widgets.AdminDateWidget,
    LineField: widgets.AdminTextInputWidget,
    TextField: widgets.AdminTextareaWidget,
}


def change_texts(change: PromiseChange, departments: Mapping[str, str] | None = None) -> Iterator[tuple[str, str, str]]:
    """(label, old, new) of each changed field, as officials read them. `departments` are names by slug, if loaded."""
    found = list(change.field_changes())
    if departments is None:
        departments = department_names(
            slug for field, *values in found for value in values for slug in field.department_slugs(value)
        )
    for field, *values in found:
        old, new = (field.official_text(value, change.promise, departments) for value in values)
        yield field.label, old, new


def drawn_field(column: OwnFormField, **options) -> forms.Field:
    """The form field of a column, with the admin's widget and without an initial value."""
    widget = WIDGETS.get(column.form_class)
    return column.formfield(**options, **({"widget": widget} if widget else {}), initial=None)


@dataclass(frozen=True)
class AdjustedPromise:
    """The promise that an adjustment changes, and the name of the foreign key to it."""

    target: str
    promise: Any

    @cached_property
    def in_force(self) -> dict[str, Any]:
        return encoded_terms(self.promise)

    @cached_property
    def inputs(self) -> dict[str, forms.Field]:
        """`new_<field>` and, where a field may be empty, `empty_<field>`."""
        inputs: dict[str, forms.Field] = {}
        promise, in_force = self.promise, self.in_force
        names = department_names(
            slug for name, field in promise.adjustable.items() for slug in field.department_slugs(in_force[name])
        )
        for name, field in promise.adjustable.items():
            if field.is_final and in_force[name]:
                continue
            inputs[f"new_{name}"] = field.form_field(
                promise,
                drawn_field,
                label=field.label,
                required=False,  # blank leaves it as it is
                help_text=escape(f"现在：{field.official_text(in_force[name], promise, names)}"),
            )
            if field.empty not in (..., in_force[name]):
                inputs[f"empty_{name}"] = forms.BooleanField(label="清空", required=False)
        return inputs

    @property
    def rows(self) -> list[str | tuple[str, ...]]:
        """The names of the inputs for a fieldset, those of one field on one line."""
        new = [name.removeprefix("new_") for name in self.inputs if name.startswith("new_")]
        return [(f"new_{name}", f"empty_{name}") if f"empty_{name}" in self.inputs else f"new_{name}" for name in new]


class PromiseChangeForm(forms.ModelForm):
    """An adjustment of one promise: `clean` collects the filled inputs in `instance.changes`."""

    class Meta:
        model = PromiseChange
        fields = ("decided_on", "reason", "document")

    def __init__(self, *args, adjusted: AdjustedPromise, **kwargs):
        super().__init__(*args, **kwargs)
        self.promise, self.in_force = adjusted.promise, adjusted.in_force
        self.fields |= deepcopy(adjusted.inputs)
        self.order_fields(adjusted.inputs)
        setattr(self.instance, adjusted.target, self.promise)
        set_publicity(self)
        for name in self.in_force.keys() & self.instance.changes.keys():
            self._set_initial(name, self.instance.changes[name][1])

    def _set_initial(self, name: str, encoded: Any) -> None:
        """Set the initial value of the input from what the draft holds."""
        field = self.promise.adjustable[name]
        if f"empty_{name}" in self.fields and encoded == field.empty:
            self.initial[f"empty_{name}"] = True
        else:
            self.initial[f"new_{name}"] = field.form_value(encoded)

    def clean(self):
        super().clean()
        data = self.cleaned_data
        self.instance.changes = {}
        for name in self.in_force:
            if f"new_{name}" in self.fields and f"new_{name}" not in self.errors:
                self._add_change(name, data.get(f"new_{name}"), data.get(f"empty_{name}", False))
        return data

    def _add_change(self, name: str, value: Any, is_emptied: bool) -> None:
        """Add the change of one field to `instance.changes`, if there is one."""
        field, old = self.promise.adjustable[name], self.in_force[name]
        is_given = bool(value) or isinstance(value, Decimal)  # 0 is a value, too
        if is_given and is_emptied:
            self.add_error(f"new_{name}", "要么填新的，要么勾选“清空”。")
        elif is_given or is_emptied:
            new = field.empty if is_emptied else field.encode(value)
            if new == old:
                self.add_error(f"new_{name}", "和现在的一样，不用填。")
            self._check_decodable(name, new)
            self.instance.changes[name] = [old, new]

    def _check_decodable(self, name: str, encoded: Any) -> None:
        try:
            self.promise.adjustable[name].decode(encoded)
        except ValueError as error:
            self.add_error(f"new_{name}", str(error))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        self.instance.decided_on = self.instance.decided_on or timezone.localdate()
        places = {name: f"new_{name}" for name in self.in_force}
        if not any(name.startswith(("new_", "empty_")) for name in self.errors):
            add_reasons(self, publication_errors(self.instance, timezone.localdate()), places)


class HideForm(forms.Form):
    """Hides one field of a fact: the reason, and in which `others` of the places with it to hide it as well."""

    also = forms.MultipleChoiceField(label="一起隐去", required=False, widget=forms.CheckboxSelectMultiple)
    reason = TextField(
        label="依据和原因", max_length=500, widget=widgets.AdminTextareaWidget(attrs={"rows": 3}),
        help_text="居民看得到，例如“照片里有能认出的人”。不要写出隐去的内容。",
    )  # fmt: skip

    def __init__(self, *args, others: Iterable[Place], **kwargs):
        super().__init__(*args, **kwargs)
        field, others = field_of(self, "also", forms.MultipleChoiceField), list(others)
        field.choices = [
            (place.key, place.label if place.is_same else f"{place.label}（不一样，请看看要不要）") for place in others
        ]
        field.initial = [place.key for place in others if place.is_same]
        if not others:
            del self.fields["also"]
