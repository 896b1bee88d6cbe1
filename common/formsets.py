"""Rows that are edited inside another's page, and how many of them one request may bring."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Max, Model
from django.forms.models import BaseInlineFormSet

MOST_NEW_ROWS = 40


class BoundedFormSet(BaseInlineFormSet):
    """The stored rows and at most MOST_NEW_ROWS new ones: each takes milliseconds to render, and the count can be forged."""

    model: type[Model]
    prefix: str

    default_error_messages = {
        **BaseInlineFormSet.default_error_messages,
        "too_many_forms": f"一次最多新加 {MOST_NEW_ROWS} 行，多出来的没有收下。请先保存这些，再加其余的。",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.absolute_max = len(self.get_queryset()) + MOST_NEW_ROWS
        self.max_num = min(self.max_num, self.absolute_max)


class FilesFormSet(BoundedFormSet):
    """Rows with a file each, of which a form that is no row yet may bring several of one choice.

    Such a form has its files in `files_chosen`, and makes the rows by `rows()`. They are counted by the field `number`
    behind those that stand; `most` are allowed, and `item_words` is what people call them, with their measure word.
    """

    number: ClassVar[str]
    most: ClassVar[int]
    item_words: ClassVar[tuple[str, str]]

    def clean(self):
        super().clean()
        n_rows = sum(max(1, len(form.files_chosen)) for form in self.offered())
        if n_rows > self.most:
            unit, name = self.item_words
            raise ValidationError(
                f"最多 {self.most} {unit}{name}，连同已有的一共 {n_rows} {unit}。请少选 {n_rows - self.most} {unit}。"
            )

    def offered(self) -> list:
        """The forms of rows that will stand."""
        return [
            form
            for form in self.forms
            if (form.has_changed() or form.instance.pk is not None) and form not in self.deleted_forms
        ]

    def last_number(self) -> int:
        if self.instance.pk is None:
            return 0
        rows = self.model._base_manager.filter(**{self.fk.name: self.instance})
        return rows.aggregate(last=Max(self.number))["last"] or 0

    def save(self, commit=True):
        self.n_given = self.last_number()
        return super().save(commit)

    def save_new(self, form, commit=True):
        """A row for each file of the form, of which the first is returned."""
        setattr(form.instance, self.fk.name, self.instance)
        rows = form.rows()
        for row in rows:
            self.n_given += 1
            setattr(row, self.number, self.n_given)
            row.save()
        self.new_objects += rows[1:]
        return rows[0]
