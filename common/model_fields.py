"""Model fields that clean their values in `to_python`, which Django calls for forms, fixtures, lookups and saving.

Migrations contain the fields of Django that they are derived from.
"""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.core.validators import MinValueValidator
from django.db import models

from common import form_fields
from common.texts import clean_line, clean_text
from common.tokens import clean_token


def column_of(model: type[models.Model] | models.Model, name: str) -> models.Field:
    """The field of that name. Raises FieldDoesNotExist, and TypeError for a reverse relation."""
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column")
    return field


class OwnFormField(models.Field):
    """A model field with `form_class` as its form field, also in the admin."""

    form_class: type[forms.Field]

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        plain = next(base for base in type(self).__mro__ if base.__module__.startswith("django."))
        return name, f"django.db.models.{plain.__name__}" if type(self).__module__ == __name__ else path, args, kwargs

    def formfield(self, **kwargs):
        return super().formfield(**{**kwargs, "form_class": self.form_class})


class CleanText(OwnFormField):
    cleaned: Callable[[str], str] = staticmethod(clean_line)

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return self.cleaned(value) if isinstance(value, str) else value


class CharField(CleanText, models.CharField):
    form_class = form_fields.LineField


class TokenField(CleanText, models.CharField):
    """A text that a program reads: in half width, without blanks."""

    form_class = form_fields.TokenField
    cleaned = staticmethod(clean_token)


class TextField(CleanText, models.TextField):
    form_class = form_fields.TextField
    cleaned = staticmethod(clean_text)


class SlugField(CleanText, models.SlugField):
    form_class = form_fields.SlugField


class URLField(CleanText, models.URLField):
    """Of a page that a browser opens, whoever writes it: a form, a fixture, a program."""

    form_class = form_fields.AddressField
    default_validators: ClassVar = form_fields.AddressField.default_validators  # type: ignore[misc]  # one list for all

    def formfield(self, **kwargs):
        return super().formfield(**{"assume_scheme": "https", **kwargs})


class JSONField(models.JSONField):
    """All strings in the value are cleaned, at any depth, except keys."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def display_text(self, value: Any) -> str:
        """The value as people at the desk read it."""
        return json.dumps(value, ensure_ascii=False)

    def to_python(self, value: Any) -> Any:
        match value:
            case str():
                return clean_text(value)
            case list():
                return [self.to_python(one) for one in value]
            case dict():
                return {name: self.to_python(one) for name, one in value.items()}
        return value


class DateField(OwnFormField, models.DateField):
    """With `is_past`, forms refuse a day after today."""

    form_class = form_fields.DayField

    def __init__(self, *args, is_past: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_past = is_past

    def formfield(self, **kwargs):
        return super().formfield(**{"is_past": self.is_past, **kwargs})


class DecimalField(OwnFormField, models.DecimalField):
    form_class = form_fields.NumberField


class PositiveSmallIntegerField(OwnFormField, models.PositiveSmallIntegerField):
    """`unit` may be typed after the number; `least` is the lowest valid number."""

    form_class = form_fields.WholeNumberField

    def __init__(self, *args, unit: str = "", least: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        self.unit, self.least = unit, least

    @cached_property
    def validators(self) -> list:
        return [*super().validators, MinValueValidator(self.least)] if self.least else super().validators

    def formfield(self, **kwargs):
        return super().formfield(**{"unit": self.unit, "min_value": self.least, **kwargs})
