"""What the forms of facts share."""

from collections.abc import Iterable, Mapping
from functools import partial

from django import forms
from django.db import transaction
from django.db.models.fields.files import FieldFile

from common.keys import KeyField

SUBMIT = "_submit"
PUBLIC, INTERNAL = "公开", "仅内部"


class PlannedField(KeyField):
    """One row of a plan, each with the year of its plan: those of another year may be called the same."""

    def label_from_instance(self, obj):
        return f"{obj.plan.year} 年 · {obj}"


def add_reasons(form: forms.BaseForm, reasons: Iterable[str], places: Mapping[str, str]) -> None:
    """Add each reason to its field, or to the whole form. `places` maps a reason's `about` to the name of a field."""
    for reason in reasons:
        about = getattr(reason, "about", "")
        name = places.get(about, about)
        form.add_error(name if name in form.fields else None, str(reason))


def set_publicity(form: forms.BaseForm, *, internal: Iterable[str] = (), neither: Iterable[str] = ()) -> None:
    """Set `publicity` on each field, which the templates show; fields in `neither` are options without a text."""
    for name in form.fields.keys() - set(neither):
        form.fields[name].publicity = INTERNAL if name in internal else PUBLIC  # type: ignore[attr-defined]  # ours


def delete_file_on_commit(stored: FieldFile | None) -> None:
    """Delete a file, if there is one, once the transaction that removes its name from the row is committed."""
    if stored and stored.name:
        transaction.on_commit(partial(stored.storage.delete, stored.name))
