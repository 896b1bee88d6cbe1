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

from common.keys import is_key
from desk.admin.versions import version_of

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
    position is in `deleted`, unless it was sent as it had been shown.
    """

    data: QueryDict
    files: MultiValueDict
    added: set[object] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)


@dataclass
class Conflict:
    """A form that was sent on top of an older version. `shown` has a mark of each input as it was shown.

    What somebody else changed and the sender left alone is `taken` over from what stands.
    """

    shown: dict[str, str]
    taken: list[str] = field(default_factory=list)
    inlines: dict[str, Rebased] = field(default_factory=dict)

    def merged(self, stands: forms.ModelForm, data: QueryDict) -> QueryDict:
        """What was sent of the row itself. `stands` is the form as it would be shown now."""
        result = data.copy()
        for bound in stands:
            self._take(bound, bound.html_name, bound.html_name, data, result)
        return result

    def rebased(self, stands: BaseInlineFormSet, data: QueryDict, files: MultiValueDict) -> Rebased:
        """`stands` is the inline as it would be shown now."""
        prefix, key = stands.prefix, stands.model._meta.pk.name
        result = self.inlines[prefix] = Rebased(QueryDict(mutable=True), MultiValueDict())
        n_sent = _count(data.get(f"{prefix}-{forms.formsets.TOTAL_FORM_COUNT}", ""), stands.absolute_max)
        keys = {n: data.get(f"{prefix}-{n}-{key}", "") for n in range(n_sent)}
        for position, form in enumerate(stands.initial_forms):
            sent = next((n for n, sent_key in keys.items() if sent_key == str(form.instance.pk)), None)
            if sent is None:
                result.added.add(form.instance.pk)
                _put(form, result.data)
                continue
            del keys[sent]
            _move(f"{prefix}-{sent}-", f"{prefix}-{position}-", data, files, result)
            for bound in form:
                self._take(bound, f"{prefix}-{sent}-{bound.name}", _mark_name(bound), data, result.data)
        position = n_standing = len(stands.initial_forms)
        for sent, sent_key in keys.items():
            if sent_key and self._is_given_up(stands, f"{prefix}-{sent}-", sent_key, data):
                continue
            _move(f"{prefix}-{sent}-", f"{prefix}-{position}-", data, files, result)
            result.data[f"{prefix}-{position}-{key}"] = ""
            if sent_key:
                result.deleted.add(position)
            position += 1
        counts = {"TOTAL": position, "INITIAL": n_standing, "MIN_NUM": 0, "MAX_NUM": stands.max_num}
        for name, count in counts.items():
            result.data[f"{prefix}-{name}_FORMS"] = str(count)
        return result

    def _take(self, bound: BoundField, sent_as: str, mark: str, data: QueryDict, result: QueryDict) -> None:
        """The value that stands, where the sender left that of another version alone."""
        now = as_sent(bound)
        sent = {suffix: data.getlist(sent_as + suffix) for suffix in now}
        if bound.is_hidden or mark not in self.shown or mark_of(now) == self.shown[mark]:
            return
        if mark_of(sent) == self.shown[mark]:
            self.taken.append(str(bound.label))
            for suffix, values in now.items():
                result.setlist(bound.html_name + suffix, values)

    def _is_given_up(self, stands: BaseInlineFormSet, sent_as: str, key: str, data: QueryDict) -> bool:
        """Whether the sender deleted a row, or left one alone, that somebody else deleted."""
        if data.get(f"{sent_as}{DELETION_FIELD_NAME}"):
            return True
        inputs = [bound for bound in stands.empty_form if f"{stands.prefix}-{key}-{bound.name}" in self.shown]
        return bool(inputs) and all(
            mark_of({suffix: data.getlist(sent_as + bound.name + suffix) for suffix in as_sent(bound)})
            == self.shown[f"{stands.prefix}-{key}-{bound.name}"]
            for bound in inputs
        )


def _count(text: str, most: int) -> int:
    return min(int(text), most) if is_key(text) else 0


def _move(old: str, new: str, data: QueryDict, files: MultiValueDict, result: Rebased) -> None:
    for sent, kept in ((data, result.data), (files, result.files)):
        for name, values in sent.lists():
            if name.startswith(old):
                kept.setlist(new + name.removeprefix(old), values)


def _put(form: forms.ModelForm, data: QueryDict) -> None:
    for bound in form:
        for suffix, values in as_sent(bound).items():
            data.setlist(bound.html_name + suffix, values)


# Marks of inputs


def as_sent(bound: BoundField) -> dict[str, list[str]]:
    """What a browser sends of an input that nobody touched, by what follows the input's name."""
    widget = getattr(bound.field.widget, "widget", bound.field.widget)  # the admin wraps choices of rows
    value = bound.field.prepare_value(bound.initial)
    if isinstance(widget, forms.MultiWidget):
        values = value if isinstance(value, list) else widget.decompress(value)
        parts = zip(widget.widgets_names, widget.widgets, values, strict=True)
        return {suffix: _formatted(part, one) for suffix, part, one in parts}
    return {"": _formatted(widget, value)}


def _formatted(widget: forms.Widget, value: object) -> list[str]:
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(widget, forms.FileInput):
        return []
    shown = widget.format_value(value)
    return shown if isinstance(shown, list) else ["" if shown is None else str(shown)]


def mark_of(sent: dict[str, list[str]]) -> str:
    """Eight digits; browsers end lines in their own way."""
    return version_of([[suffix, *map(str.splitlines, values)] for suffix, values in sorted(sent.items())])[:8]


def _mark_name(bound: BoundField) -> str:
    """Rows of an inline keep their marks, wherever they come to stand."""
    return f"{bound.form.prefix.rpartition('-')[0]}-{bound.form.instance.pk}-{bound.name}"


def marks_of(form: forms.ModelForm, formsets: Iterable[BaseInlineFormSet]) -> str:
    """The marks of what the page shows of the row, whatever was typed, as its hidden input carries them."""
    marks = {bound.html_name: mark_of(as_sent(bound)) for bound in form if _is_marked(bound)}
    rows = (bound for formset in formsets for row in formset.initial_forms for bound in row if _is_marked(bound))
    marks |= {_mark_name(bound): mark_of(as_sent(bound)) for bound in rows}
    return " ".join(f"{name}:{mark}" for name, mark in marks.items())


def _is_marked(bound: BoundField) -> bool:
    not_typed = bound.is_hidden or bound.field.disabled or bound.name == DELETION_FIELD_NAME
    return not not_typed and not isinstance(bound.field, forms.FileField)


def conflict_of(marks: str) -> Conflict:
    """Whatever was sent in the place of marks, only what was shown unchanged is recognised by them."""
    pairs = (pair.rpartition(":") for pair in marks.split(" "))
    return Conflict({name: mark for name, _colon, mark in pairs})


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
    typed = [f"{d.label}：{d.typed}" for d in differences_of(form, form.fields) if d.typed != NOTHING]
    label = "有人删掉了，再保存会加回来" if position in changes.deleted else "您新加的"
    return Section(kind, [Difference(label, ABSENT, "\n".join(typed))] if typed else [])


def differences_of(form: forms.BaseForm, names: Iterable[str]) -> Iterator[Difference]:
    """Each of the fields whose input says something else than the row."""
    changed = form.changed_data
    for bound in [form[name] for name in names if name in changed]:
        if bound.is_hidden:
            continue
        values = form.get_initial_for_field(bound.field, bound.name), bound.data
        stands, typed = (told(bound, shown(bound, value)) for value in values)
        if stands == typed:  # as people read them; what differs may be something else
            stands, typed = (shown(bound, value) for value in values)
        if stands != typed or isinstance(bound.field, forms.FileField):
            yield Difference(str(bound.label), stands, typed)


def told(bound: BoundField, text: str) -> str:
    """A field whose text isn't what people read says by `as_told` how they do."""
    as_told = getattr(bound.field, "as_told", None)
    return as_told(text) or NOTHING if as_told else text


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
