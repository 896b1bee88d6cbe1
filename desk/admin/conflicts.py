"""A form that began from an older version of its row: what was typed, beside what stands now, and still in the form.

Nobody merges the two: whoever typed sees every difference, decides, and saves again (decision 31).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField
from django.forms.formsets import DELETION_FIELD_NAME, TOTAL_FORM_COUNT
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict
from django.utils.choices import flatten_choices
from django.utils.datastructures import MultiValueDict

from common.keys import is_key

NOTHING, ABSENT = "（没有填）", "（没有这一行）"


@dataclass(frozen=True)
class Difference:
    label: str
    current: str
    typed: str


@dataclass(frozen=True)
class Section:
    """The differences of the row itself, without a title, or of one row of an inline."""

    title: str
    differences: list[Difference]


# What was typed, in forms that begin from what stands


@dataclass(frozen=True)
class InlineRows:
    """What was sent about the rows of an inline, as if its forms had begun from the rows that stand now.

    A row `added` since stands among them with its own values. One that was deleted since comes as a new row; those are
    the first `n_deleted` of the new ones.
    """

    data: MultiValueDict
    files: MultiValueDict
    added: frozenset[object]
    n_deleted: int


def rows_on_current(current: BaseInlineFormSet, data: QueryDict, files: MultiValueDict) -> InlineRows:
    """`current` is the inline as it would be shown now. A row that the sender deleted as well doesn't come again."""
    prefix, key = current.prefix, current.model._meta.pk.name
    keys = {n: data.get(f"{prefix}-{n}-{key}", "") for n in range(_n_sent(current, data))}
    sent = {sent_key: n for n, sent_key in keys.items() if sent_key}
    standing = [sent.pop(str(form.instance.pk), None) for form in current.initial_forms]
    deleted = [n for n in sent.values() if not data.get(f"{prefix}-{n}-{DELETION_FIELD_NAME}")]
    rows = [*standing, *deleted, *(n for n, sent_key in keys.items() if not sent_key)]
    added = [form for form, n in zip(current.initial_forms, standing, strict=True) if n is None]
    moved = _moved(data, prefix, rows)
    for form in added:
        moved.update(as_untouched(form))
    for n in deleted:
        moved[f"{prefix}-{rows.index(n)}-{key}"] = ""
    counts = {"TOTAL": len(rows), "INITIAL": len(standing), "MIN_NUM": 0, "MAX_NUM": current.max_num}
    for name, count in counts.items():
        moved[f"{prefix}-{name}_FORMS"] = str(count)
    keys_added = frozenset(form.instance.pk for form in added)
    return InlineRows(moved, _moved(files, prefix, rows), keys_added, len(deleted))


def _n_sent(current: BaseInlineFormSet, data: QueryDict) -> int:
    text = data.get(f"{current.prefix}-{TOTAL_FORM_COUNT}", "")
    return min(int(text), current.absolute_max) if is_key(text) else 0


def _moved(sent: MultiValueDict, prefix: str, rows: list[int | None]) -> MultiValueDict:
    """The inputs of the rows at these positions, each where its row stands in the list."""
    places = {str(n): place for place, n in enumerate(rows) if n is not None}
    moved = MultiValueDict()
    for name, values in sent.lists():
        match = re.fullmatch(rf"{re.escape(prefix)}-([0-9]+)-(.+)", name)
        if match and match[1] in places:
            moved.setlist(f"{prefix}-{places[match[1]]}-{match[2]}", values)
    return moved


def as_untouched(form: forms.ModelForm) -> MultiValueDict:
    """What a browser sends of a form in which nobody touched an input."""
    sent = MultiValueDict()
    for bound in form:
        widget = getattr(bound.field.widget, "widget", bound.field.widget)  # the admin wraps choices of rows
        parts = [("", widget, bound.value())]
        if isinstance(widget, forms.MultiWidget):
            parts = zip(widget.widgets_names, widget.widgets, widget.decompress(bound.value()), strict=True)
        for suffix, part, value in parts:
            sent.setlist(bound.html_name + suffix, _as_sent(part, value))
    return sent


def _as_sent(widget: forms.Widget, value: object) -> list[str]:
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(widget, forms.FileInput):
        return []
    sent = widget.format_value(value)
    return sent if isinstance(sent, list) else ["" if sent is None else str(sent)]


# What stands, beside what was typed


def sections_of(
    form: forms.ModelForm, names: Iterable[str], formsets: Iterable[BaseInlineFormSet], sent: Mapping[str, InlineRows]
) -> list[Section]:
    """Where the bound forms say something else than the rows that stand.

    `names` are the fields that the page shows, `sent` goes by the prefix of the inline.
    """
    sections = [Section("", list(differences_of(form, names)))]
    for formset in formsets:
        sections += (_section_of(formset, n, one, sent[formset.prefix]) for n, one in enumerate(formset.forms))
    return [section for section in sections if section.differences]


def _section_of(formset: BaseInlineFormSet, position: int, form: forms.ModelForm, sent: InlineRows) -> Section:
    kind = str(formset.model._meta.verbose_name)
    if position < formset.initial_form_count():
        name = str(formset.model._base_manager.get(pk=form.instance.pk))  # the one at hand holds what was typed
        title = f"{kind}：{name}"
        if form.instance.pk in sent.added:
            return Section(title, [Difference("新的一行", name, "（您打开的时候还没有）")])
        if formset.can_delete and formset._should_delete_form(form):
            return Section(title, [Difference("这一行", name, "（您要删除）")])
        return Section(title, list(differences_of(form, form.fields)))
    typed = [f"{d.label}：{d.typed}" for d in differences_of(form, form.fields) if d.typed != NOTHING]
    is_deleted = position < formset.initial_form_count() + sent.n_deleted
    label = "有人删掉了，再保存会加回来" if is_deleted else "您新加的"
    return Section(kind, [Difference(label, ABSENT, "\n".join(typed))] if typed else [])


def differences_of(form: forms.BaseForm, names: Iterable[str]) -> Iterator[Difference]:
    """Each of the fields whose input says something else than the row."""
    changed = form.changed_data
    for bound in [form[name] for name in names if name in changed]:
        if bound.is_hidden:
            continue
        values = form.get_initial_for_field(bound.field, bound.name), bound.data
        current, typed = (as_read(bound, value_text(bound, value)) for value in values)
        if current == typed:  # as people read them; what differs may be something else
            current, typed = (value_text(bound, value) for value in values)
        if current != typed or isinstance(bound.field, forms.FileField):
            yield Difference(str(bound.label), current, typed)


def as_read(bound: BoundField, text: str) -> str:
    """A field whose text isn't what people read says by `display_text` how they do."""
    display_text = getattr(bound.field, "display_text", None)
    return display_text(text) or NOTHING if display_text else text


def value_text(bound: BoundField, value: object) -> str:
    """A value of the field, stored or as it was sent, in the words of its input."""
    match bound.field:
        case forms.BooleanField():
            return "是" if bound.field.to_python(value) else "否"
        case forms.FileField():
            return str(getattr(value, "name", None) or NOTHING)
        case forms.ModelMultipleChoiceField() | forms.ModelChoiceField():
            return _chosen(bound.field, value)
        case forms.ChoiceField():
            return str(dict(flatten_choices(bound.field.choices)).get(value, value) or NOTHING)
        case forms.MultiValueField():
            parts = value if isinstance(value, list) else bound.field.widget.decompress(value)
            return " ".join(str(part) for part in parts if part) or NOTHING
    text = bound.field.widget.format_value(bound.field.prepare_value(value))
    return "\n".join(str(text or "").splitlines()).strip() or NOTHING


def _chosen(field: forms.ModelChoiceField, value: object) -> str:
    prepared = field.prepare_value(value)
    keys = [str(key) for key in (prepared if isinstance(prepared, list | tuple) else [prepared])]
    rows = field.queryset.filter(pk__in=[key for key in keys if is_key(key)])
    return "、".join(sorted(field.label_from_instance(row) for row in rows)) or NOTHING
