"""Formsets for the admin's inlines, with a limit of how many rows one request may add."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Max, Model
from django.forms.models import BaseInlineFormSet

MOST_NEW_ROWS = 40


class BoundedFormSet(BaseInlineFormSet):
    """Accepts the existing rows and at most MOST_NEW_ROWS new ones.

    Each form takes milliseconds to render, and the number of forms in a request is easily forged.
    """

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
    """Rows with one file each. The form of a new row accepts several files, and a row is saved for each.

    Its form has the files in `files_chosen` and the rows made of them in `rows()`. New rows are numbered after the
    existing ones in the field named by `number`. At most `most` rows are allowed; `item_words` are the Chinese measure
    word and noun for a row, used in messages.
    """

    number: ClassVar[str]
    most: ClassVar[int]
    item_words: ClassVar[tuple[str, str]]

    def clean(self):
        super().clean()
        n_rows = sum(max(1, len(form.files_chosen)) for form in self.remaining_forms())
        if n_rows > self.most:
            unit, name = self.item_words
            raise ValidationError(
                f"最多 {self.most} {unit}{name}，连同已有的一共 {n_rows} {unit}。请少选 {n_rows - self.most} {unit}。"
            )

    def remaining_forms(self) -> list:
        """The forms whose rows exist after saving."""
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
        self._last_number = self.last_number()
        return super().save(commit)

    def save_new(self, form, commit=True):
        """Save a row for each file of the form, and return the first."""
        setattr(form.instance, self.fk.name, self.instance)
        rows = form.rows()
        for row in rows:
            self._last_number += 1
            setattr(row, self.number, self._last_number)
            row.save()
        self.new_objects += rows[1:]
        return rows[0]
