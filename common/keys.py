"""Primary keys in addresses and forms, checked before a query, since databases fail on numbers that are too large."""

import re

from django import forms
from django.core.exceptions import ValidationError

_KEY = re.compile(r"[0-9]{1,18}")


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


class KeysField(forms.ModelMultipleChoiceField):
    """Several rows by primary key. Django's field queries for any value, both to clean it and to show it again."""

    def clean(self, value):
        for key in value or ():
            if not is_key(key):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": key[:20]})
        return super().clean(value)

    def bound_data(self, data, initial):
        return [key for key in data or () if is_key(key)]
