"""What is wrong with a row as fixtures have them, told by field."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models


@dataclass(frozen=True)
class RowError:
    """What keeps the row at `position` from being made. `field` is empty where it concerns the whole row."""

    position: int
    field: str
    text: str


def own_errors_of(position: int, row: dict[str, Any]) -> list[RowError]:
    """Those of the row's plain values, without what it names. Its model and its fields are there."""
    fields = apps.get_model(row["model"])._meta.concrete_fields
    plain = (field for field in fields if not field.is_relation and field.name in row["fields"])
    return [error for field in plain for error in _errors_of(position, field, row["fields"][field.name])]


def _errors_of(position: int, field: models.Field, value: object) -> list[RowError]:
    others = {one.name for one in field.model._meta.fields} - {field.name}
    try:
        field.model(**{field.name: value}).clean_fields(exclude=others)
    except ValidationError as error:
        return row_errors_of(position, error)
    except (TypeError, ValueError, AttributeError):  # JSON has kinds of values that no form would send
        return [RowError(position, field.name, f"读不懂“{value}”。")]
    return []


def row_errors_of(position: int, error: ValidationError) -> list[RowError]:
    if not hasattr(error, "error_dict"):
        return [RowError(position, "", " ".join(error.messages))]
    return [
        RowError(position, "" if name == "__all__" else name, " ".join(messages))
        for name, messages in error.message_dict.items()
    ]
