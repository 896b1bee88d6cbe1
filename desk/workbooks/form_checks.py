"""What the models would say against the values of a row, before anything is made of them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import CheckConstraint, F, Q

from common.constraints import is_satisfied
from desk.workbooks.form_columns import MODELS, model_field
from tasks.models.indicators import Comparator


def checked_field(part: str, name: str, value: Any) -> None:
    """Raises ValidationError in Chinese."""
    field = model_field(part, name)
    if field is None or isinstance(field, models.ForeignKey) or value is None:
        return
    longest = getattr(field, "max_length", None)
    if longest and isinstance(value, str) and len(value) > longest:
        raise ValidationError(f"最多写 {longest} 个字，现在有 {len(value)} 个。")
    if isinstance(field, models.SlugField) and value and not value.isascii():
        raise ValidationError("代号只能用小写英文、数字和连字符，例如 new-school。")
    field.clean(value, None)


def crossed(part: str, values: Mapping[str, Any], wrong: Collection[str]) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) where values of one row don't fit each other."""
    model: Any = MODELS.get(part)
    if model is None or wrong:
        return
    fields = {name: field for name in values if (field := model_field(part, name)) and not field.is_relation}
    row = model(**{name: field.to_python(values[name]) for name, field in fields.items()})
    if part == "plan" and {"starts_on", "ends_on"} <= fields.keys():
        try:
            row.clean()
        except ValidationError as error:
            yield "year", " ".join(error.messages)
    if part == "indicator" and values.get("comparator") == Comparator.BETWEEN and values.get("upper") is None:
        yield "upper", "“在两个数之间”要填上限。"  # to the database a bound that isn't known may be any
    for constraint in model._meta.constraints:
        names = _names_in(constraint.condition) if isinstance(constraint, CheckConstraint) else []
        if not names or not set(names) <= fields.keys() or is_satisfied(constraint, row):
            continue
        try:
            constraint.validate(model, row, using=DEFAULT_DB_ALIAS)
        except ValidationError as error:
            plain = [name for name in names if not fields[name].choices]
            yield (plain or names)[0], " ".join(error.messages)


def terms_errors(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Interim steps that don't fit the target."""
    steps = [(date.fromisoformat(day), Decimal(amount)) for day, amount in values.get("steps") or ()]
    if not steps:
        return
    if values["pace"] != "STEP":
        yield "pace", "写了中间的步子，计划进度要选“分步或到期完成”。"
    if any(later <= earlier or more <= less for (earlier, less), (later, more) in pairwise(steps)):
        yield "steps", "中间的步子要一步比一步晚，累计的数一步比一步大。"
    if steps[-1][0] >= date.fromisoformat(values["due_on"]) or steps[-1][1] > Decimal(values["amount"]):
        yield "steps", "中间的步子要早于完成时限，累计的数不能超过目标值。"


def _names_in(condition: Any) -> list[str]:
    """The fields that a condition speaks of, in order."""
    found: list[str] = []
    for child in condition.children:
        if isinstance(child, Q):
            found += _names_in(child)
        else:
            lookup, value = child
            found += [lookup.partition("__")[0], *([value.name] if isinstance(value, F) else [])]  # type: ignore[attr-defined]  # documented, but not in the stubs
    return list(dict.fromkeys(found))
