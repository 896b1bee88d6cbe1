"""How the fields that an adjustment may change are written in the ledger, and read back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from common.as_of import DAY_LIMITS, is_recordable
from ledger.chain import decimal_text


@dataclass(frozen=True)
class Adjustable:
    """One field: its label, how its value is encoded for the ledger, and how an encoded value is read.

    `decode` raises ValueError, in the official's words, where the encoded value is no value of the field.
    """

    label: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def _date(value: Any) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != value:
        raise ValueError("日期的写法是 2020-12-31。")
    if not is_recordable(day):
        raise ValueError(DAY_LIMITS)
    return day


def _number(*, is_positive: bool) -> Callable[[Any], Decimal]:
    """Reads plain notation alone, as `decimal_text` writes it: the ledger knows one way to write a number."""
    bound = "大于 0 的" if is_positive else ""

    def decode(value: Any) -> Decimal:
        try:
            number = Decimal(value) if isinstance(value, str) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= 10**10 or (is_positive and number <= 0):
            raise ValueError(f"必须是{bound}数。")
        if decimal_text(number) != value or number != round(number, 4):
            raise ValueError(f"{bound}数最多四位小数，写法如 8.5，末尾不带 0。")
        return number

    return decode


def _yuan(value: Any) -> Decimal | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**15:
        raise ValueError("金额必须是大于 0 的整数（元）；没有公布就清空。")
    return Decimal(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("只能是“是”或“否”。")
    return value


def _text(max_length: int, *, is_required: bool) -> Callable[[Any], str]:
    def decode(value: Any) -> str:
        if not isinstance(value, str) or len(value) > max_length or "\x00" in value:
            raise ValueError(f"文字最多 {max_length} 个字。")
        if is_required and not value.strip():
            raise ValueError("不能是空的。")
        return value

    return decode


def _slug(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("部门要用它的代号。")
    return value


def _slugs(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(slug, str) for slug in value):
        raise ValueError("部门要用它们的代号。")
    return tuple(value)


def _same(value: Any) -> Any:
    return value


def day(label: str, *, is_optional: bool = False) -> Adjustable:
    return Adjustable(
        label,
        lambda value: value and value.isoformat(),
        (lambda value: None if value is None else _date(value)) if is_optional else _date,
    )


def amount(label: str, *, is_positive: bool = True) -> Adjustable:
    return Adjustable(label, decimal_text, _number(is_positive=is_positive))


def yuan(label: str) -> Adjustable:
    return Adjustable(label, lambda value: None if value is None else int(value), _yuan)


def text(label: str, max_length: int = 200, *, is_required: bool = True) -> Adjustable:
    return Adjustable(label, _same, _text(max_length, is_required=is_required))


def choice(label: str, values: list[str]) -> Adjustable:
    def decode(value: Any) -> str:
        if value not in values:
            raise ValueError("没有这个选项。")
        return value

    return Adjustable(label, str, decode)


DROPPED = Adjustable("取消", bool, _flag)
LEAD = Adjustable("牵头部门", lambda department: department and department.slug, _slug)
PARTNERS = Adjustable("配合部门", lambda departments: sorted(d.slug for d in departments), _slugs)
