"""Primary keys in addresses and forms, checked before a query, since databases fail on numbers that are too large."""

import re

from django import forms
from django.core.exceptions import ValidationError

_KEY = re.compile(r"[0-9]{1,18}")


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


class KeyField(forms.ModelChoiceField):
    """One row by primary key, typed or named in an address: no widget is given anything else to ask the database for."""

    def to_python(self, value):
        if isinstance(value, str) and value and not is_key(value):
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value[:20]})
        return super().to_python(value)

    def prepare_value(self, value):
        return "" if isinstance(value, str) and not is_key(value) else super().prepare_value(value)


class KeysField(forms.ModelMultipleChoiceField):
    """Several rows by primary key. Django's field queries for any value, both to clean it and to show it again."""

    def clean(self, value):
        for key in value or ():
            if not is_key(key):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": key[:20]})
        return super().clean(value)

    def bound_data(self, data, initial):
        return [key for key in data or () if is_key(key)]
