"""A form that was opened on an older version of its row: the typed values beside the stored ones, and still in the form.

Nothing is merged: whoever typed sees every difference, decides, and saves again (decision 31).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.formsets import DELETION_FIELD_NAME, TOTAL_FORM_COUNT
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.datastructures import MultiValueDict

from common.formsets import BoundedFormSet
from common.keys import is_key

NOTHING, ABSENT = "（没有填）", "（没有这一行）"


@dataclass(frozen=True)
class Difference:
    label: str
    current: str
    typed: str


@dataclass(frozen=True)
class Section:
    """The differences of the row itself, with an empty title, or of one row of an inline."""

    title: str
    differences: list[Difference]


# The typed values, in forms whose initial values are the stored ones


@dataclass(frozen=True)
class InlineRows:
    """What was sent about the rows of an inline, renumbered as if its form had been opened on the rows stored now.

    `added` are the primary keys of rows that others added since; they are in `data` with their stored values. A row that
    others deleted since becomes a new one: these are the first `n_deleted` of the new rows.
    """

    data: MultiValueDict
    files: MultiValueDict
    added: frozenset[object]
    n_deleted: int


def rows_on_current(current: BoundedFormSet, data: QueryDict, files: MultiValueDict) -> InlineRows:
    """`current` is the unbound inline of the stored rows. A row that others and the sender deleted is left out."""
    prefix, key = current.prefix, current.model._meta.pk.name
    keys = {n: data.get(f"{prefix}-{n}-{key}", "") for n in range(_n_sent(current, data))}
    sent = {sent_key: n for n, sent_key in keys.items() if sent_key}
    current_rows = [sent.pop(str(form.instance.pk), None) for form in current.initial_forms]
    deleted = [n for n in sent.values() if not data.get(f"{prefix}-{n}-{DELETION_FIELD_NAME}")]
    rows = [*current_rows, *deleted, *(n for n, sent_key in keys.items() if not sent_key)]
    added = [form for form, n in zip(current.initial_forms, current_rows, strict=True) if n is None]
    moved = _moved(data, prefix, rows)
    for form in added:
        moved.update(as_untouched(form))
    for n in deleted:
        moved[f"{prefix}-{rows.index(n)}-{key}"] = ""
    counts = {"TOTAL": len(rows), "INITIAL": len(current_rows), "MIN_NUM": 0, "MAX_NUM": current.max_num}
    for name, count in counts.items():
        moved[f"{prefix}-{name}_FORMS"] = str(count)
    keys_added = frozenset(form.instance.pk for form in added)
    return InlineRows(moved, _moved(files, prefix, rows), keys_added, len(deleted))


def _n_sent(current: BoundedFormSet, data: QueryDict) -> int:
    """The number of rows sent, at most as many as the formset would build; 0 where the count is no number."""
    text = data.get(f"{current.prefix}-{TOTAL_FORM_COUNT}", "")
    return min(int(text), current.absolute_max) if is_key(text) else 0


def _moved(sent: MultiValueDict, prefix: str, rows: list[int | None]) -> MultiValueDict:
    """The inputs of the rows sent under these numbers, renumbered by their place in the list."""
    places = {str(n): place for place, n in enumerate(rows) if n is not None}
    moved: MultiValueDict = MultiValueDict()
    for name, values in sent.lists():
        match = re.fullmatch(rf"{re.escape(prefix)}-([0-9]+)-(.+)", name)
        if match and match[1] in places:
            moved.setlist(f"{prefix}-{places[match[1]]}-{match[2]}", values)
    return moved


def as_untouched(form: forms.ModelForm) -> MultiValueDict:
    """What a browser sends of an unbound form in which nobody changed an input."""
    sent: MultiValueDict = MultiValueDict()
    for bound in form:
        widget = getattr(bound.field.widget, "widget", bound.field.widget)  # the admin wraps those of foreign keys
        for suffix, part, value in _parts_of(widget, bound.value()):
            sent.setlist(bound.html_name + suffix, _as_sent(part, value))
    return sent


def _parts_of(widget: Any, value: Any) -> Iterable[tuple[str, forms.Widget, Any]]:
    """(suffix of the name, widget, value) of each input."""
    if not isinstance(widget, forms.MultiWidget):
        return [("", widget, value)]
    return zip(widget.widgets_names, widget.widgets, widget.decompress(value), strict=True)  # type: ignore[attr-defined, arg-type]  # not in the stubs


def _as_sent(widget: forms.Widget, value: object) -> list[str]:
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(widget, forms.FileInput):
        return []
    sent = widget.format_value(value)
    return sent if isinstance(sent, list) else ["" if sent is None else str(sent)]


# The stored values beside the typed ones


def sections_of(
    form: forms.ModelForm, names: Iterable[str], formsets: Iterable[BoundedFormSet], sent: Mapping[str, InlineRows]
) -> list[Section]:
    """Where the bound forms differ from the stored rows.

    `names` are the fields that the page shows; the keys of `sent` are the prefixes of the formsets.
    """
    sections = [Section("", list(differences_of(form, names)))]
    for formset in formsets:
        sections += (_section_of(formset, n, one, sent[formset.prefix]) for n, one in enumerate(formset.forms))
    return [section for section in sections if section.differences]


def _section_of(formset: BoundedFormSet, position: int, form: forms.ModelForm, sent: InlineRows) -> Section:
    kind = str(formset.model._meta.verbose_name)
    if position < formset.initial_form_count():
        name = str(formset.model._base_manager.get(pk=form.instance.pk))  # `form.instance` holds the typed values
        title = f"{kind}：{name}"
        if form.instance.pk in sent.added:
            return Section(title, [Difference("新的一行", name, "（您打开的时候还没有）")])
        if formset.can_delete and formset._should_delete_form(form):  # type: ignore[attr-defined]  # not in the stubs
            return Section(title, [Difference("这一行", name, "（您要删除）")])
        return Section(title, list(differences_of(form, form.fields)))
    typed = [f"{d.label}：{d.typed}" for d in differences_of(form, form.fields) if d.typed != NOTHING]
    is_deleted = position < formset.initial_form_count() + sent.n_deleted
    label = "有人删掉了，再保存会加回来" if is_deleted else "您新加的"
    return Section(kind, [Difference(label, ABSENT, "\n".join(typed))] if typed else [])


def differences_of(form: forms.BaseForm, names: Iterable[str]) -> Iterator[Difference]:
    """One for each of these fields whose input differs from the stored value."""
    changed = form.changed_data
    for bound in [form[name] for name in names if name in changed]:
        if bound.is_hidden:
            continue
        values = form.get_initial_for_field(bound.field, bound.name), bound.data
        current, typed = (as_read(bound, value_text(bound, value)) for value in values)
        if current == typed:  # as displayed; then the raw values say what differs
            current, typed = (value_text(bound, value) for value in values)
        if current != typed or isinstance(bound.field, forms.FileField):
            yield Difference(str(bound.label), current, typed)


def as_read(bound: BoundField, text: str) -> str:
    """`text` as people read it: a field whose raw text is something else, such as markup, has a `display_text`."""
    display_text = getattr(bound.field, "display_text", None)
    return display_text(text) or NOTHING if display_text else text


def value_text(bound: BoundField, value: object) -> str:
    """A stored or sent value of the field, formatted as its input shows it."""
    match bound.field:
        case forms.BooleanField():
            return "是" if bound.field.to_python(value) else "否"
        case forms.FileField():
            return str(getattr(value, "name", None) or NOTHING)
        case forms.ModelMultipleChoiceField() | forms.ModelChoiceField():
            return _chosen(bound.field, value)
        case forms.MultipleChoiceField():
            labels = _labels_of(bound.field)
            return "、".join(str(labels.get(one, one)) for one in value or ()) or NOTHING  # type: ignore[attr-defined]
        case forms.ChoiceField():
            return str(_labels_of(bound.field).get(value, value) or NOTHING)
        case forms.MultiValueField():
            parts = value if isinstance(value, list) else bound.field.widget.decompress(value)
            return " ".join(str(part) for part in parts if part) or NOTHING
    text = bound.field.widget.format_value(bound.field.prepare_value(value))
    return "\n".join(str(text or "").splitlines()).strip() or NOTHING


def _labels_of(field: forms.ChoiceField) -> dict:
    """By value."""
    return dict(flatten_choices(field.choices))  # type: ignore[arg-type]  # the stubs give it the type of what can be assigned


def _chosen(field: forms.ModelChoiceField, value: object) -> str:
    """The labels of the chosen rows."""
    prepared = field.prepare_value(value)
    keys = [str(key) for key in (prepared if isinstance(prepared, list | tuple) else [prepared])]
    rows = field.queryset.filter(pk__in=[key for key in keys if is_key(key)])  # type: ignore[union-attr]  # a field of a form has one
    return "、".join(sorted(field.label_from_instance(row) for row in rows)) or NOTHING
