"""The columns that several models have."""

from collections.abc import Sequence

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from common.form_fields import NumberField, OrderedChoicesField, YuanField
from common.form_fields import StepsField as StepsFormField
from common.model_fields import JSONField, OwnFormField, column_of

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


class InferredField(JSONField):
    """The names of those of `names`, fields of the row, whose value is the portal's reading and not the city's word.

    One that is no column of the row has its label in `labels`.
    """

    def __init__(self, names: Sequence[str] = (), *, labels: dict[str, str] | None = None, **kwargs):
        super().__init__(**{"verbose_name": "本站理解", "default": list, "blank": True, **kwargs})
        self.names, self.labels = tuple(names), labels or {}

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if not isinstance(value, list) or any(name not in self.names for name in value) or len(set(value)) < len(value):
            raise ValidationError("本站理解只能写这一行里的内容，每样一次。")

    def display_text(self, value):
        return "、".join(map(self.label_of, value))

    def label_of(self, name: str) -> str:
        return self.labels.get(name) or str(column_of(self.model, name).verbose_name)

    def formfield(self, **kwargs):
        choices = [(name, self.label_of(name)) for name in self.names]
        help_text = "勾上的是本站的理解，不是文件里的原话；页面会写明。"
        return forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple, required=False, label=self.verbose_name,
            help_text=help_text, initial=list,
        )  # fmt: skip


class StepsField(JSONField):
    """Interim amounts, `[[YYYY-MM-DD, cumulative amount in plain notation], …]`, both rising. The form's is a line a step."""

    def display_text(self, value):
        return "；".join(f"{day} 累计 {amount}" for day, amount in value)

    def formfield(self, **kwargs):
        return StepsFormField(required=False, label=self.verbose_name, help_text=self.help_text)


class DepartmentsField(JSONField):
    """Departments by their slugs, each once: leads in the order in which they are named, partners in any."""

    def __init__(self, verbose_name=None, **kwargs):
        super().__init__(verbose_name, **{"default": list, "blank": True, **kwargs})

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if (
            not isinstance(value, list)
            or not all(isinstance(one, str) for one in value)
            or len(set(value)) < len(value)
        ):
            raise ValidationError("部门要用它们的代号，每个一次。")

    def formfield(self, **kwargs):
        """`choices` are (slug, name) of the departments to choose from, those of the database where they aren't given."""
        choices = kwargs.get("choices") or self.departments
        return OrderedChoicesField(
            choices=choices, required=False, initial=list, label=self.verbose_name, help_text=self.help_text
        )

    def display_text(self, value):
        names = dict(self.departments())
        return "、".join(names.get(slug, slug) for slug in value)

    @staticmethod
    def departments() -> list[tuple[str, str]]:
        return list(apps.get_model("projects", "Department").objects.values_list("slug", "name"))
