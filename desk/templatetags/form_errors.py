"""All errors of a change form in a list above it, each with a link to its field."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django import forms, template

from common.formsets import BoundedFormSet
from common.templatetags.components import component

register = template.Library()


@dataclass(frozen=True)
class FieldError:
    """`anchor` is the id of the field or the inline row; empty where an error is about the whole form."""

    anchor: str
    label: str
    text: str


@component(register, "admin/errors.html", takes_context=True)
def error_list(context) -> dict:
    if not context.get("errors"):
        return {}
    formsets = [inline.formset for inline in context.get("inline_admin_formsets", ())]
    found = [*errors_of_form(context["adminform"].form), *errors_of_formsets(formsets)]
    return {"found": found, "has_files": bool(context["request"].FILES)}


def errors_of_form(form: forms.BaseForm, whole: str = "", label: str = "") -> Iterator[FieldError]:
    """`whole` is the id of the form's inline row, `label` that row's label, which precedes the field's."""
    for name, texts in form.errors.items():
        bound = form[name] if name in form.fields else None
        words = " ".join(filter(None, (label, str(bound.label) if bound else "")))
        anchor = (bound.id_for_label or bound.auto_id) if bound else whole
        yield from (FieldError(anchor, words, str(text)) for text in texts)


def errors_of_formsets(formsets: Iterable[BoundedFormSet]) -> Iterator[FieldError]:
    for formset in formsets:
        opts = formset.model._meta
        whole = f"{formset.prefix}-group"
        for text in formset.non_form_errors():
            yield FieldError(whole, str(opts.verbose_name_plural), str(text))
        for n, form in enumerate(formset.forms):
            yield from errors_of_form(form, f"{formset.prefix}-{n}", f"{opts.verbose_name} {n + 1}")
