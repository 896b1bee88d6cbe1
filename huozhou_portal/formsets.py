"""Rows that are edited inside another's page, and how many of them one request may bring."""

from django.forms.models import BaseInlineFormSet

MOST_NEW_ROWS = 40


class BoundedFormSet(BaseInlineFormSet):
    """The rows that stand and so many new ones: each costs milliseconds to draw, and a count is easily forged."""

    default_error_messages = {
        **BaseInlineFormSet.default_error_messages,
        "too_many_forms": f"一次最多新加 {MOST_NEW_ROWS} 行，多出来的没有收下。请先保存这些，再加其余的。",
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.absolute_max = len(self.get_queryset()) + MOST_NEW_ROWS
        self.max_num = min(self.max_num, self.absolute_max)
