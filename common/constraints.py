"""Checks constraints of a row in Python where that is certain, so that full_clean() asks the database about fewer.

Django's own check runs a query in a savepoint for each constraint, which takes about a millisecond. It is still used
for constraints that can't be decided here, and for those that fail, since it makes their error messages.
"""

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import BaseConstraint, CheckConstraint, F, Q, UniqueConstraint
from django.db.models.expressions import CombinedExpression

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
        """The constraints that the row may violate, which Django then checks in the database."""
        return [
            (model, [constraint for constraint in constraints if not is_satisfied(constraint, self)])
            for model, constraints in super().get_constraints()
        ]


def is_satisfied(constraint: BaseConstraint, row: models.Model) -> bool:
    """Whether the row certainly satisfies the constraint. A unique one is satisfied if its condition excludes the row."""
    if isinstance(constraint, CheckConstraint):
        return _is_met(constraint.condition, row) is True
    if isinstance(constraint, UniqueConstraint) and constraint.condition:
        return _is_met(constraint.condition, row) is False
    return False


def _is_met(condition: object, row: models.Model) -> bool | None:
    """True or false as in SQL, with None for SQL's null and for everything that only the database can decide."""
    if isinstance(condition, tuple):
        return _compare(row, *condition)
    if not isinstance(condition, Q) or condition.connector == Q.XOR:
        return None
    decisive = condition.connector == Q.OR
    results = [_is_met(child, row) for child in condition.children]
    if decisive not in results and None in results:
        return None
    return (decisive in results) == (decisive != condition.negated)


def _compare(row: models.Model, lookup: str, wanted: Any) -> bool | None:
    name, _, kind = lookup.partition("__")
    try:
        field = column_of(row, name)
        value = _value(field, row)
        if kind == "isnull":
            return (value is None) == wanted
        if isinstance(wanted, F | CombinedExpression):
            wanted = _sum_of(wanted, row)
        elif kind == "in":
            wanted = [field.get_prep_value(one) for one in wanted]
        else:
            wanted = field.get_prep_value(wanted)
        return None if value is None or wanted is None else COMPARED[kind or "exact"](value, wanted)
    except (FieldDoesNotExist, KeyError, TypeError, ValueError, ValidationError):
        return None


def _sum_of(expression: object, row: models.Model) -> Any:
    """Of columns of the row; None where one of them is null. Raises TypeError for what is neither a column nor a sum."""
    if isinstance(expression, F):
        return _value(column_of(row, expression.name), row)  # type: ignore[attr-defined]  # documented, but not in the stubs
    if not isinstance(expression, CombinedExpression) or expression.connector != CombinedExpression.ADD:
        raise TypeError(f"{expression} is no sum of columns")
    parts = [_sum_of(part, row) for part in (expression.lhs, expression.rhs)]
    return None if None in parts else sum(parts)


def _value(field: models.Field, row: models.Model) -> object:
    """The value as the column would store it. Raises TypeError for an expression, which only the database can compute."""
    value = getattr(row, field.attname)
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{field} is computed by the database")
    return field.get_prep_value(value)
