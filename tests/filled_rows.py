"""Every text of a row filled in at once, whatever texts its kind has: a field that is new here is met by the tests."""

from collections.abc import Callable

from django.apps import apps
from django.db import models

from ledger.models import Entry
from projects.models import Appointment

APPS = ("ledger", "projects", "tasks", "news")
KEPT = {"field", "table", "file_field", "acts_salt"}  # of what is hidden: where it stood; what no form fills


def kinds() -> list[type[models.Model]]:
    """Of the rows that are drafts at first."""
    found = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    return [model for model in found if model not in (Entry, Appointment)]


def text_fields(model: type[models.Model]) -> list[models.Field]:
    texts = (models.CharField, models.TextField)
    return [f for f in model._meta.concrete_fields if isinstance(f, texts) and not f.choices and f.name not in KEPT]


def fill(row: models.Model, text_for: Callable[[models.Field], str | None]) -> None:
    """Write `text_for` each field, where that isn't None; only drafts can be written to."""
    told = {field.name: text for field in text_fields(type(row)) if (text := text_for(field)) is not None}
    if told:
        type(row).objects.filter(pk=row.pk).update(**told)
