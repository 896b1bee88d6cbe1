"""The columns that several models have."""

from django.core.exceptions import ValidationError
from django.db import models

from common.form_fields import NumberField, YuanField
from common.model_fields import OwnFormField

LONGEST_URL = 2000  # an article of a public account has an address of 350 characters, one that was shared more


class MoneyField(OwnFormField, models.DecimalField):
    """Whole yuan; null is unknown, never zero. One that `is_positive` can't be nothing at all."""

    form_class = YuanField

    def __init__(self, verbose_name=None, *, is_positive: bool = False, **kwargs):
        super().__init__(verbose_name, **{"max_digits": 15, "decimal_places": 0, **kwargs})
        self.is_positive = is_positive

    @property
    def label(self) -> str:
        """The name without the unit of what is stored: boxes say their own."""
        return str(self.verbose_name).removesuffix("（元）")

    def formfield(self, **kwargs):
        return super().formfield(**{"label": self.label, "is_positive": self.is_positive, **kwargs})

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if self.is_positive and value == 0:
            raise ValidationError("没有公布就留空，不要填 0。")


class ValueField(OwnFormField, models.DecimalField):
    """So much of a unit. `counts`: of what is counted, a whole number."""

    form_class = NumberField

    def __init__(self, verbose_name=None, *, counts: bool = False, **kwargs):
        super().__init__(verbose_name, **{"max_digits": 14, "decimal_places": 4, **kwargs})
        self.counts = counts

    def formfield(self, **kwargs):
        return super().formfield(**{"unit": None, "counts": self.counts, **kwargs})
