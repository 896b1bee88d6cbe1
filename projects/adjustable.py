"""The fields of a promise that an adjustment may change: one class for each kind of value.

A class knows how a value is read off its row, written in the ledger and read back, what officials and residents read of
it, what it is typed into, and what kind of change a new value is. A model names its fields in `adjustable`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.apps import apps

from common.as_of import DAY_LIMITS, is_recordable
from common.form_fields import OrderedChoicesField, StepsField
from common.formats import UNPUBLISHED, day_text, in_unit, yuan_text
from common.money import written_yuan
from ledger.chain import decimal_text

NOTHING = "没有"
UNCHANGED = "（不变）"
EMPTY = (None, "", ())


class ChangeKind(StrEnum):
    """What a change of one field does to a promise. docs/rules.md defines each."""

    FILLED_IN = "FILLED_IN"
    LOOSENED = "LOOSENED"
    TIGHTENED = "TIGHTENED"
    REWORDED = "REWORDED"
    REASSIGNED = "REASSIGNED"


KIND_WORDS = {
    ChangeKind.FILLED_IN: "补上的信息",
    ChangeKind.LOOSENED: "改松了",
    ChangeKind.TIGHTENED: "改紧了",
    ChangeKind.REWORDED: "改了说法",
    ChangeKind.REASSIGNED: "换了部门或数额",
}
MOVES = frozenset({ChangeKind.LOOSENED, ChangeKind.TIGHTENED})


def _kind(*, is_looser: bool) -> ChangeKind:
    return ChangeKind.LOOSENED if is_looser else ChangeKind.TIGHTENED


def _day(encoded: Any) -> date:
    """Raises ValueError, in the official's words."""
    try:
        day = date.fromisoformat(encoded)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != encoded:
        raise ValueError("日期的写法是 2020-12-31。")
    if not is_recordable(day):
        raise ValueError(DAY_LIMITS)
    return day


def _amount(encoded: Any, *, is_positive: bool = True) -> Decimal:
    """Raises ValueError, in the official's words."""
    bound = "大于 0 的" if is_positive else ""
    try:
        number = Decimal(encoded) if isinstance(encoded, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= 10**10 or (is_positive and number <= 0):
        raise ValueError(f"必须是{bound}数。")
    if decimal_text(number) != encoded or number != round(number, 4):
        raise ValueError(f"{bound}数最多四位小数，写法如 8.5，末尾不带 0。")
    return number


class AdjustableField:
    """One field of one model, `name` its column. Encoded values are those of the ledger, decoded ones Python's.

    `names` are always those of departments, by slug.
    """

    kind: ChangeKind  # of every change, where that doesn't depend on the values
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

    def kind_of(self, old: Any, new: Any, promise: Any, *, is_inferred: bool) -> ChangeKind:
        """What kind of change it is from one encoded value to the other.

        `is_inferred`: the old value is the portal's reading, and not the city's word.
        """
        if old == self.empty:
            return ChangeKind.FILLED_IN
        kind = self._kind_of(old, new, promise)
        return ChangeKind.FILLED_IN if is_inferred and kind is not ChangeKind.LOOSENED else kind

    def _kind_of(self, old: Any, new: Any, promise: Any) -> ChangeKind:
        return self.kind

    def move_text(self, old: Any, new: Any, kind: ChangeKind) -> str:
        """What was done to the promise, as residents read it."""
        return KIND_WORDS[kind]

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
    """Empty only where the column may be."""

    def __init__(self, *, kind: ChangeKind = ChangeKind.REWORDED) -> None:
        self.kind = kind

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
    """One of the column's choices, named from the loosest to the tightest.

    `words` are what residents read of each; officials read the choice's own.
    """

    def __init__(self, words: Mapping[Any, str], *, is_reckoned: bool = False) -> None:
        self.words = {str(choice): word for choice, word in words.items()}
        self.is_reckoned = is_reckoned  # type: ignore[misc]  # of this field alone

    def encode(self, value: Any) -> str:
        return str(value)

    def _decoded(self, encoded: Any) -> str:
        if encoded not in [value for value, _label in self.column.flatchoices]:
            raise ValueError("没有这个选项。")
        return encoded

    def _kind_of(self, old, new, promise):
        ranks = list(self.words)
        return _kind(is_looser=ranks.index(new) < ranks.index(old))

    def _official(self, value, promise, names):
        return dict(self.column.flatchoices)[value]

    def _resident(self, value, promise, names):
        return self.words[value]

    def form_field(self, promise, draw, **options):
        return forms.ChoiceField(choices=[("", UNCHANGED), *self.column.choices], **options)


class Day(AdjustableField):
    """A day on which something begins or is due."""

    is_reckoned = True

    def encode(self, value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    def _decoded(self, encoded: Any) -> date:
        return _day(encoded)

    def _kind_of(self, old, new, promise):
        return _kind(is_looser=new is None or new > old)

    def move_text(self, old, new, kind):
        if kind not in MOVES:
            return super().move_text(old, new, kind)
        days = (self.decode(new) - self.decode(old)).days
        return f"{'推迟' if days > 0 else '提前'} {abs(days)} 天"

    def _official(self, value, promise, names):
        return value.isoformat()

    def _resident(self, value, promise, names):
        return day_text(value)

    def form_field(self, promise, draw, **options):
        """Whoever writes no year means that of the day first promised."""
        first = getattr(promise, self.name)
        return super().form_field(promise, draw, years={first.year} if first else (), **options)


class Amount(AdjustableField):
    """So much of the promise's unit, in plain notation alone: the ledger knows one way to write a number."""

    is_reckoned = True

    def __init__(self, *, is_positive: bool = True) -> None:
        self.is_positive = is_positive

    def encode(self, value: Decimal | None) -> str | None:
        return None if value is None else decimal_text(value)

    def _decoded(self, encoded: Any) -> Decimal:
        return _amount(encoded, is_positive=self.is_positive)

    def _kind_of(self, old, new, promise):
        comparator = getattr(promise, "comparator", "≥")
        if comparator not in ("≥", "≤"):
            return ChangeKind.LOOSENED
        return _kind(is_looser=(Decimal(new) < Decimal(old)) is (comparator == "≥"))

    def move_text(self, old, new, kind):
        if kind not in MOVES:
            return super().move_text(old, new, kind)
        return f"目标调{'低' if Decimal(new) < Decimal(old) else '高'}"

    def _official(self, value, promise, names):
        return in_unit(value, promise.unit)

    def form_field(self, promise, draw, **options):
        return super().form_field(promise, draw, unit=promise.unit, **options)


class Money(AdjustableField):
    """Whole yuan, null where they are unknown."""

    kind = ChangeKind.REASSIGNED

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


class Steps(AdjustableField):
    """Interim amounts of a STEP pace: `[[day, cumulative amount], …]`, both rising."""

    is_reckoned = True

    @property
    def empty(self) -> Any:
        return []

    def _decoded(self, encoded: Any) -> tuple[tuple[date, Decimal], ...]:
        pairs: list = encoded if isinstance(encoded, list) else [None]
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise ValueError("每一步要写明日期和累计的数。")
        steps = tuple((_day(day), _amount(amount)) for day, amount in pairs)
        for (day, amount), (next_day, next_amount) in pairwise(steps):
            if day >= next_day or amount >= next_amount:
                raise ValueError("各步的日期和累计的数要一步比一步大。")
        return steps

    def _kind_of(self, old, new, promise):
        before, after = self.decode(old), self.decode(new)
        days = {day for day, _amount in (*before, *after)}
        return _kind(is_looser=any(_due_by(after, day) < _due_by(before, day) for day in days))

    def _official(self, value, promise, names):
        return "；".join(f"{day.isoformat()} 累计 {in_unit(amount, promise.unit)}" for day, amount in value)

    def _resident(self, value, promise, names):
        return "；".join(f"{day_text(day)}累计 {in_unit(amount, promise.unit)}" for day, amount in value)

    def form_field(self, promise, draw, **options):
        return StepsField(unit=promise.unit, **{"label": self.label, **options})


def _due_by(steps: Sequence[tuple[date, Decimal]], day: date) -> Decimal:
    return max((amount for due_on, amount in steps if due_on <= day), default=Decimal(0))


class Dropped(AdjustableField):
    """Whether the promise was given up. Promises have no column for it: none is promised dropped."""

    kind = ChangeKind.LOOSENED
    is_reckoned = is_final = True

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

    def move_text(self, old, new, kind):
        return "取消"

    def _official(self, value, promise, names):
        return "已取消" if value else "要办"

    def form_field(self, promise, draw, **options):
        return forms.BooleanField(**{**options, "label": "取消这一项", "help_text": "取消了就不能再恢复。"})


class Departments(AdjustableField):
    """Departments by their slugs, leads in the order in which they are named."""

    kind = ChangeKind.REASSIGNED

    @property
    def empty(self) -> Any:
        return []

    @property
    def departments(self) -> Any:
        return apps.get_model("projects", "Department").objects

    def encode(self, value: Any) -> list[str]:
        return list(value)

    def _decoded(self, encoded: Any) -> tuple[str, ...]:
        if not isinstance(encoded, list) or not all(isinstance(slug, str) for slug in encoded):
            raise ValueError("部门要用它们的代号。")
        if len(set(encoded)) < len(encoded):
            raise ValueError("每个部门只写一次。")
        return tuple(encoded)

    def department_slugs(self, encoded: Any) -> tuple[str, ...]:
        return tuple(encoded)

    def _official(self, value, promise, names):
        return "、".join(names.get(slug, slug) for slug in value)

    def form_field(self, promise, draw, **options):
        options = {"label": self.label, "required": False, **options}
        return OrderedChoicesField(choices=list(self.departments.published().values_list("slug", "name")), **options)
