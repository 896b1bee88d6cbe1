"""Constraints of a row that need not be asked of the database, because what they compare can be compared here.

Django asks it about each: a statement compiled anew within a savepoint, a millisecond of each constraint of each row.
The database holds them all the same. It is asked wherever this isn't certain that it would agree, and for the words
of every refusal.
"""

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint

from common.model_fields import column_of

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "exact": eq,
    "gt": gt,
    "gte": ge,
    "lt": lt,
    "lte": le,
    "in": lambda value, wanted: value in wanted,
}


class QuicklyValidated(models.Model):
    class Meta:
        abstract = True

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[BaseConstraint]]]:
        """Those that the row may break, for Django to ask the database about."""
        return [
            (model, [constraint for constraint in constraints if not is_satisfied(constraint, self)])
            for model, constraints in super().get_constraints()
        ]


def is_satisfied(constraint: BaseConstraint, row: models.Model) -> bool:
    """Whether the row certainly keeps it; a conditional unique one, because it doesn't speak of such a row."""
    if isinstance(constraint, CheckConstraint):
        return _is_met(constraint.condition, row) is True
    if isinstance(constraint, UniqueConstraint) and constraint.condition:
        return _is_met(constraint.condition, row) is False
    return False


def _is_met(condition: object, row: models.Model) -> bool | None:
    """As in SQL: null where a value is null. So is everything that can't be told here."""
    if isinstance(condition, tuple):
        return _compare(row, *condition)
    if not isinstance(condition, Q) or condition.connector == Q.XOR:
        return None
    decisive = condition.connector == Q.OR
    found = [_is_met(child, row) for child in condition.children]
    if decisive not in found and None in found:
        return None
    return (decisive in found) == (decisive != condition.negated)


def _compare(row: models.Model, lookup: str, wanted: Any) -> bool | None:
    name, _, kind = lookup.partition("__")
    try:
        field = column_of(row, name)
        value = _value(field, row)
        if kind == "isnull":
            return (value is None) == wanted
        if isinstance(wanted, F):
            wanted = _value(column_of(row, wanted.name), row)  # type: ignore[attr-defined]  # documented, but not in the stubs
        elif kind == "in":
            wanted = [field.get_prep_value(one) for one in wanted]
        else:
            wanted = field.get_prep_value(wanted)
        return None if value is None or wanted is None else COMPARED[kind or "exact"](value, wanted)
    except (FieldDoesNotExist, KeyError, TypeError, ValueError, ValidationError):
        return None


def _value(field: models.Field, row: models.Model) -> object:
    """As the column would hold it. Raises TypeError where only the database can tell."""
    value = getattr(row, field.attname)
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{field} is computed by the database")
    return field.get_prep_value(value)
