"""The fields of a promise that an adjustment may change: one class for each kind of value.

A class knows how a value is read off its row, written in the ledger and read back, what officials and residents read of
it, what it is typed into, and what kind of change a new value is. A model names its fields in `adjustable`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from django import forms

from common.as_of import DAY_LIMITS, is_recordable
from common.formats import UNPUBLISHED, day_text, in_unit, yuan_text
from common.keys import KeysField
from common.money import written_yuan
from ledger.chain import decimal_text

NOTHING = "没有"
UNCHANGED = "（不变）"
EMPTY = (None, "", ())


class Move(StrEnum):
    """What an adjustment did to a promise."""

    LATER = "LATER"
    EARLIER = "EARLIER"
    REDATED = "REDATED"
    LOWERED = "LOWERED"
    RAISED = "RAISED"
    RESET = "RESET"
    DROPPED = "DROPPED"
    REINVESTED = "REINVESTED"
    REWORDED = "REWORDED"
    REASSIGNED = "REASSIGNED"


class AdjustableField:
    """One field of one model, `name` its column. Encoded values are those of the ledger, decoded ones Python's.

    `names` are always those of departments, by slug.
    """

    move: Move
    counts_as_changed: ClassVar[bool] = False  # a promise, by docs/rules.md: is-adjusted
    is_reckoned: ClassVar[bool] = False  # whether what is planned by a day, and so the lag, follows from it
    is_final: ClassVar[bool] = False  # what is true once stays so

    name: str
    model: Any

    @cached_property
    def column(self) -> Any:
        return self.model._meta.get_field(self.name)

    @property
    def label(self) -> str:
        return str(self.column.verbose_name)

    @property
    def empty(self) -> Any:
        """The encoded value that says there is none; Ellipsis where the field must have one."""
        return None if self.column.null else ...

    def promised(self, promise: Any) -> Any:
        """The encoded value first promised."""
        return self.encode(getattr(promise, self.name))

    def encode(self, value: Any) -> Any:
        return value

    def decode(self, encoded: Any) -> Any:
        """Raises ValueError, in the official's words, where the encoded value is no value of the field."""
        return None if encoded is None and self.empty is None else self._decoded(encoded)

    def _decoded(self, encoded: Any) -> Any:
        raise NotImplementedError

    def department_slugs(self, encoded: Any) -> tuple[str, ...]:
        """The departments that the encoded value names."""
        return ()

    def move_of(self, old: Any, new: Any) -> Move:
        """What kind of change it is from one encoded value to the other."""
        return self.move

    def official_text(self, encoded: Any, promise: Any, names: Mapping[str, str]) -> str:
        """Exactly, as officials read it."""
        value = self.decode(encoded)
        return NOTHING if value in EMPTY else self._official(value, promise, names)

    def resident_text(self, encoded: Any, promise: Any, names: Mapping[str, str]) -> str:
        value = self.decode(encoded)
        return UNPUBLISHED if value in EMPTY else self._resident(value, promise, names)

    def _official(self, value: Any, promise: Any, names: Mapping[str, str]) -> str:
        return value

    def _resident(self, value: Any, promise: Any, names: Mapping[str, str]) -> str:
        return self._official(value, promise, names)

    def form_field(self, promise: Any, draw: Callable[..., forms.Field], **options: Any) -> forms.Field:
        """What a new value is typed into. `draw(column, **options)` makes the field of a column."""
        return draw(self.column, **options)

    def form_value(self, encoded: Any) -> Any:
        """What its form field shows of the encoded value."""
        return self.decode(encoded)


class AdjustableFields(dict[str, AdjustableField]):
    """Those of one model, by the names of their columns."""

    def __set_name__(self, model: type, _attribute: str) -> None:
        for name, field in self.items():
            field.name, field.model = name, model


class Text(AdjustableField):
    """Empty only where the column may be. `move`: most texts only word a promise."""

    def __init__(self, *, move: Move = Move.REWORDED) -> None:
        self.move = move

    @property
    def empty(self) -> Any:
        return "" if self.column.blank else ...

    def _decoded(self, encoded: Any) -> str:
        if not isinstance(encoded, str) or len(encoded) > self.column.max_length or "\x00" in encoded:
            raise ValueError(f"文字最多 {self.column.max_length} 个字。")
        if not self.column.blank and not encoded.strip():
            raise ValueError("不能是空的。")
        return encoded


class Choice(AdjustableField):
    """One of the column's choices. `words` are what residents read of each; officials read the choice's own."""

    counts_as_changed = True

    def __init__(self, words: Mapping[Any, str], *, move: Move = Move.RESET) -> None:
        self.words, self.move = {str(choice): word for choice, word in words.items()}, move

    def encode(self, value: Any) -> str:
        return str(value)

    def _decoded(self, encoded: Any) -> str:
        if encoded not in [value for value, _label in self.column.flatchoices]:
            raise ValueError("没有这个选项。")
        return encoded

    def _official(self, value, promise, names):
        return dict(self.column.flatchoices)[value]

    def _resident(self, value, promise, names):
        return self.words[value]

    def form_field(self, promise, draw, **options):
        return forms.ChoiceField(choices=[("", UNCHANGED), *self.column.choices], **options)


class Day(AdjustableField):
    """A day on which something is due."""

    counts_as_changed = is_reckoned = True

    def encode(self, value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    def _decoded(self, encoded: Any) -> date:
        try:
            day = date.fromisoformat(encoded)
        except (TypeError, ValueError):
            day = None
        if day is None or day.isoformat() != encoded:
            raise ValueError("日期的写法是 2020-12-31。")
        if not is_recordable(day):
            raise ValueError(DAY_LIMITS)
        return day

    def move_of(self, old, new):
        if not old or not new:
            return Move.REDATED
        return Move.LATER if new > old else Move.EARLIER

    def _official(self, value, promise, names):
        return value.isoformat()

    def _resident(self, value, promise, names):
        return day_text(value)

    def form_field(self, promise, draw, **options):
        """Whoever writes no year means that of the day first promised."""
        first = getattr(promise, self.name)
        return super().form_field(promise, draw, years={first.year} if first else (), **options)


class Amount(AdjustableField):
    """So much of the promise's unit, never null; in plain notation alone: the ledger knows one way to write a number."""

    counts_as_changed = is_reckoned = True

    def __init__(self, *, is_positive: bool = True) -> None:
        self.is_positive = is_positive

    def encode(self, value: Decimal) -> str:
        return decimal_text(value)

    def _decoded(self, encoded: Any) -> Decimal:
        bound = "大于 0 的" if self.is_positive else ""
        try:
            number = Decimal(encoded) if isinstance(encoded, str) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= 10**10 or (self.is_positive and number <= 0):
            raise ValueError(f"必须是{bound}数。")
        if decimal_text(number) != encoded or number != round(number, 4):
            raise ValueError(f"{bound}数最多四位小数，写法如 8.5，末尾不带 0。")
        return number

    def move_of(self, old, new):
        return Move.LOWERED if Decimal(new) < Decimal(old) else Move.RAISED

    def _official(self, value, promise, names):
        return in_unit(value, promise.unit)

    def form_field(self, promise, draw, **options):
        return super().form_field(promise, draw, unit=promise.unit, **options)


class Money(AdjustableField):
    """Whole yuan, null where they are unknown."""

    move = Move.REINVESTED

    @property
    def label(self) -> str:
        return self.column.label

    def encode(self, value: Decimal | None) -> int | None:
        return None if value is None else int(value)

    def _decoded(self, encoded: Any) -> Decimal:
        if not isinstance(encoded, int) or isinstance(encoded, bool) or not 0 < encoded < 10**15:
            raise ValueError("金额必须是大于 0 的整数（元）；没有公布就清空。")
        return Decimal(encoded)

    def _official(self, value, promise, names):
        return f"{written_yuan(value)}元"

    def _resident(self, value, promise, names):
        return yuan_text(value)


class Dropped(AdjustableField):
    """Whether the promise was given up. Promises have no column for it: none is promised dropped."""

    move = Move.DROPPED
    counts_as_changed = is_reckoned = is_final = True

    @property
    def label(self) -> str:
        return "取消"

    @property
    def empty(self) -> Any:
        return ...

    def promised(self, promise: Any) -> bool:
        return False

    def _decoded(self, encoded: Any) -> bool:
        if not isinstance(encoded, bool):
            raise ValueError("只能是“是”或“否”。")
        return encoded

    def _official(self, value, promise, names):
        return "已取消" if value else "要办"

    def form_field(self, promise, draw, **options):
        return forms.BooleanField(**{**options, "label": "取消这一项", "help_text": "取消了就不能再恢复。"})


class OneDepartment(AdjustableField):
    """A department by its slug, null where none answers."""

    move = Move.REASSIGNED

    @property
    def departments(self) -> Any:
        return self.column.related_model.objects

    def encode(self, value: Any) -> Any:
        return value and value.slug

    def _decoded(self, encoded: Any) -> Any:
        if not isinstance(encoded, str):
            raise ValueError("部门要用它的代号。")
        return encoded

    def department_slugs(self, encoded: Any) -> tuple[str, ...]:
        return () if encoded is None else (encoded,)

    def _official(self, value, promise, names):
        return "、".join(names.get(slug, slug) for slug in self.department_slugs(value))

    def form_field(self, promise, draw, **options):
        return forms.ModelChoiceField(self.departments.published(), empty_label=UNCHANGED, **options)

    def form_value(self, encoded: Any) -> Any:
        return next(iter(self._keys(encoded)), None)

    def _keys(self, encoded: Any) -> list[int]:
        return list(self.departments.filter(slug__in=self.department_slugs(encoded)).values_list("pk", flat=True))


class Departments(OneDepartment):
    """Several by their slugs, in alphabetical order as first promised."""

    @property
    def empty(self) -> Any:
        return []

    def promised(self, promise: Any) -> list[str]:
        return self.encode(getattr(promise, self.name).all())

    def encode(self, value: Any) -> list[str]:
        return sorted(department.slug for department in value)

    def _decoded(self, encoded: Any) -> tuple[str, ...]:
        if not isinstance(encoded, list) or not all(isinstance(slug, str) for slug in encoded):
            raise ValueError("部门要用它们的代号。")
        return tuple(encoded)

    def department_slugs(self, encoded: Any) -> tuple[str, ...]:
        return tuple(encoded)

    def form_field(self, promise, draw, **options):
        return KeysField(self.departments.published(), widget=forms.CheckboxSelectMultiple, **options)

    def form_value(self, encoded: Any) -> Any:
        return self._keys(encoded)
