"""A form that began from an older version of its row: what was typed, beside what stands now, on top of what stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.auth.models import User
from django.db import models
from django.forms.boundfield import BoundField
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import QueryDict
from django.utils import timezone
from django.utils.choices import flatten_choices
from django.utils.datastructures import MultiValueDict

from huozhou_portal.keys import is_key

NOTHING, ABSENT = "（没有填）", "（没有这一行）"


@dataclass(frozen=True)
class Difference:
    label: str
    stands: str
    typed: str


@dataclass(frozen=True)
class Section:
    """The differences of the row itself, without a title, or of one row of an inline."""

    title: str
    differences: list[Difference]


# What was typed, sent again on top of what stands


@dataclass
class Rebased:
    """What was sent about the rows of an inline, as if its forms had begun from the rows that stand now.

    A row `added` since stands among them with its own values; one that was deleted since comes as a new row, whose
    position is in `deleted`.
    """

    data: QueryDict
    files: MultiValueDict
    added: set[object] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)


def rebased(stands: BaseInlineFormSet, data: QueryDict, files: MultiValueDict) -> Rebased:
    """`stands` is the inline as it would be shown now."""
    prefix, key = stands.prefix, stands.model._meta.pk.name
    others = [name for name in data if not name.startswith(f"{prefix}-")]
    result = Rebased(QueryDict(mutable=True), MultiValueDict({n: v for n, v in files.lists() if n in others}))
    for name in others:
        result.data.setlist(name, data.getlist(name))
    n_sent = _count(data.get(f"{prefix}-{forms.formsets.TOTAL_FORM_COUNT}", ""), stands.absolute_max)
    keys = {n: data.get(f"{prefix}-{n}-{key}", "") for n in range(n_sent)}
    for position, form in enumerate(stands.initial_forms):
        sent = next((n for n, sent_key in keys.items() if sent_key == str(form.instance.pk)), None)
        if sent is None:
            result.added.add(form.instance.pk)
            for bound in form:
                result.data.setlist(f"{prefix}-{position}-{bound.name}", as_sent(bound))
        else:
            del keys[sent]
            _move(f"{prefix}-{sent}-", f"{prefix}-{position}-", data, files, result)
    position = n_standing = len(stands.initial_forms)
    for sent, sent_key in keys.items():
        if sent_key and data.get(f"{prefix}-{sent}-{DELETION_FIELD_NAME}"):
            continue
        _move(f"{prefix}-{sent}-", f"{prefix}-{position}-", data, files, result)
        result.data[f"{prefix}-{position}-{key}"] = ""
        if sent_key:
            result.deleted.add(position)
        position += 1
    counts = {"TOTAL_FORMS": position, "INITIAL_FORMS": n_standing, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": stands.max_num}
    for name, count in counts.items():
        result.data[f"{prefix}-{name}"] = str(count)
    return result


def _count(text: str, most: int) -> int:
    return min(int(text), most) if is_key(text) else 0


def _move(old: str, new: str, data: QueryDict, files: MultiValueDict, result: Rebased) -> None:
    for sent, kept in ((data, result.data), (files, result.files)):
        for name, values in sent.lists():
            if name.startswith(old):
                kept.setlist(new + name.removeprefix(old), values)


def as_sent(bound: BoundField) -> list[str]:
    """What a browser sends of an input that nobody touched."""
    widget, value = bound.field.widget, bound.value()
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(widget, forms.FileInput):
        return []
    shown = widget.format_value(value)
    return shown if isinstance(shown, list) else ["" if shown is None else str(shown)]


# What stands, beside what was typed


def sections_of(
    form: forms.ModelForm, names: Iterable[str], formsets: list[BaseInlineFormSet], changes: dict[str, Rebased]
) -> list[Section]:
    """Where the bound forms say something else than the rows that stand.

    `names` are the fields that the page shows, `changes` go by the prefix of the inline.
    """
    sections = [Section("", list(differences_of(form, names)))]
    for formset in formsets:
        sections += (_section_of(formset, n, one, changes[formset.prefix]) for n, one in enumerate(formset.forms))
    return [section for section in sections if section.differences]


def _section_of(formset: BaseInlineFormSet, position: int, form: forms.ModelForm, changes: Rebased) -> Section:
    kind = str(formset.model._meta.verbose_name)
    if position < formset.initial_form_count():
        name = str(formset.model._base_manager.get(pk=form.instance.pk))  # the one at hand holds what was typed
        title = f"{kind}：{name}"
        if form.instance.pk in changes.added:
            return Section(title, [Difference("新的一行", name, "（您打开的时候还没有）")])
        if formset.can_delete and formset._should_delete_form(form):
            return Section(title, [Difference("这一行", name, "（您要删除）")])
        return Section(title, list(differences_of(form, form.fields)))
    title = f"{kind}（有人删掉了）" if position in changes.deleted else f"{kind}（您新加的）"
    typed = [Difference(d.label, ABSENT, d.typed) for d in differences_of(form, form.fields)]
    return Section(title, [difference for difference in typed if difference.typed != NOTHING])


def differences_of(form: forms.BaseForm, names: Iterable[str]) -> Iterator[Difference]:
    """Each of the fields whose input says something else than the row."""
    changed = form.changed_data
    for bound in [form[name] for name in names if name in changed]:
        if bound.is_hidden:
            continue
        name = bound.name
        stands, typed = shown(bound, form.get_initial_for_field(bound.field, name)), shown(bound, bound.data)
        if stands != typed or isinstance(bound.field, forms.FileField):
            yield Difference(str(bound.label), stands, typed)


def shown(bound: BoundField, value: object) -> str:
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


def last_saved(row: models.Model, person: User) -> str:
    """Who made of the row what it is, and when, as far as the admin's history knows."""
    content_type = get_content_type_for_model(row)
    entry = LogEntry.objects.filter(content_type=content_type, object_id=str(row.pk)).select_related("user").first()
    if entry is None:
        return ""
    who = "您自己（在另一个窗口）" if entry.user == person else entry.user.get_full_name() or entry.user.get_username()
    return f"{who} {timezone.localtime(entry.action_time):%Y-%m-%d %H:%M}"


def typed_texts(data: QueryDict, hidden: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name, text) of all that was typed, for when no form is left to show it; `hidden` is how other names end."""
    texts = {name: "、".join(filter(None, values)) for name, values in data.lists()}
    return [
        (name, text)
        for name, text in texts.items()
        if text and not name.startswith("_") and not name.endswith(hidden) and "__prefix__" not in name
    ]
