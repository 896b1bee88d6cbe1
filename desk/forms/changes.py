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
from common.media.uploads import CleanFileField, ask_to_choose_again, clean_document
from common.model_fields import OwnFormField
from desk.forms.base import add_reasons, set_publicity
from desk.naming import named
from projects.models import FILE_OR_LINK, PromiseChange
from projects.publishing import encoded_terms, promise_change_errors
from projects.redactions import Place
from projects.words import department_names
from tasks.models import PlanAdjustment
from tasks.publishing import plan_change_errors

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
        """`new_<field>`; blank leaves it as it is, since what is known is never changed to nothing."""
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
        return inputs


DOCUMENT = ("document", "document_number", "document_on", "document_url", "document_file")
SHARED = ("decided_on", "decided_by", "reason", "document", "document_number", "document_on", "document_url")


class PromiseChangeForm(forms.ModelForm):
    """An adjustment of one promise: `clean` collects the filled inputs in `instance.changes`.

    What it decides `alike` about other promises lies there, unsaved and without the document's file.
    """

    document_file = CleanFileField(
        label="文件（PDF）", required=False, cleaner=clean_document, accept="application/pdf",
        help_text="网上没有公开的，传 PDF，最多 15 MB；公布以后居民可以打开。和网址只要一样。",
    )  # fmt: skip
    is_file_removed = forms.BooleanField(label="去掉已传的文件", required=False)

    class Meta:
        model = PromiseChange
        fields = ("decided_on", "decided_by", "reason", *DOCUMENT)

    def __init__(self, *args, adjusted: AdjustedPromise, others: Iterable[Any] = (), **kwargs):
        """`others` are promises of the same kind that the decision may change alike."""
        super().__init__(*args, **kwargs)
        self.others = {str(other.pk): other for other in others}
        if self.others:
            self.fields["also"] = forms.MultipleChoiceField(
                label="同一份决定也这样改的", initial=list, required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(key, named(other)) for key, other in self.others.items()],
                help_text="勾上的各起草一份，改成一样，依据和原因也一样；各自送审，各有一条公开记录。",
            )  # fmt: skip
        self.promise, self.in_force = adjusted.promise, adjusted.in_force
        self.fields |= deepcopy(adjusted.inputs)
        self.order_fields(adjusted.inputs)
        setattr(self.instance, adjusted.target, self.promise)
        if not self.instance.document_file:
            del self.fields["is_file_removed"]
        ask_to_choose_again(self)
        set_publicity(self, neither=self.fields.keys() & {"also", "is_file_removed"})
        for name in self.in_force.keys() & self.instance.changes.keys():
            self.initial[f"new_{name}"] = self.promise.adjustable[name].form_value(self.instance.changes[name][1])

    def clean(self):
        super().clean()
        data = self.cleaned_data
        self._clean_file(data)
        self.instance.changes = {}
        for name in self.in_force:
            if f"new_{name}" in self.fields and f"new_{name}" not in self.errors:
                self._add_change(name, data.get(f"new_{name}"))
        return data

    def _clean_file(self, data: dict) -> None:
        """A new file takes the place of the stored one, which goes too where that is ticked."""
        if data.get("is_file_removed") and "document_file" not in self.changed_data:
            data["document_file"] = False  # what a FileField cleans to where it is cleared
        if data.get("document_file") and data.get("document_url"):
            self.add_error("document_url", FILE_OR_LINK)

    def _add_change(self, name: str, value: Any) -> None:
        """Add the change of one field to `instance.changes`, if there is one."""
        old = self.in_force[name]
        if value or isinstance(value, Decimal):  # 0 is a value, too
            new = self.promise.adjustable[name].encode(value)
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
        if not any(name.startswith("new_") for name in self.errors):
            add_reasons(self, self._reasons(self.instance), places)
        self.alike = [self._alike(self.others[key]) for key in self.cleaned_data.get("also", ())]
        for change in self.alike if not self.errors else ():
            for reason in self._reasons(change):
                self.add_error("also", f"{named(change.promise)}：{reason}")

    @staticmethod
    def _reasons(change: PromiseChange) -> Iterable[str]:
        """Why it could not be published. Its file is not stored yet, or may be replaced here."""
        errors = plan_change_errors if isinstance(change, PlanAdjustment) else promise_change_errors
        return errors(change, timezone.localdate())  # type: ignore[arg-type]  # of its kind

    def _alike(self, other: Any) -> PromiseChange:
        """The same decision about another promise, from what is in force of that. What it says already is left out."""
        own, in_force = self.instance, encoded_terms(other)
        changes = {name: [in_force[name], new] for name, (_old, new) in own.changes.items() if in_force[name] != new}
        why = {name: getattr(own, name) for name in SHARED}
        return type(own)(**{own.promise_field: other}, changes=changes, **why)


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
