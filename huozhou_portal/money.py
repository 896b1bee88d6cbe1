"""Amounts as officials write them: 1.85亿, 4800万元, 1,234. Whole yuan inside, as Decimal."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

UNITS = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "": 1}
LIMIT = 10**15

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
# 1亿2000万 is one amount; 1亿2000 is not: nobody can tell whether the rest means yuan.
_AMOUNT = re.compile(rf"(?:(?P<hundred_millions>{_NUMBER})亿)?(?:(?P<rest>{_NUMBER})(?P<unit>千万|百万|万|))?元?")


def parse_yuan(text: str) -> Decimal:
    """Whole yuan. Raises ValueError, in the official's words, for what is no amount."""
    compact = "".join(unicodedata.normalize("NFKC", text).split())
    if compact.startswith("-"):
        raise ValueError("金额不能小于 0。")
    match = _AMOUNT.fullmatch(compact) if len(compact) <= 30 else None
    if not match or not (match["hundred_millions"] or match["rest"]):
        raise ValueError("看不懂这个金额。请写成 1.85亿、4800万元 或 48000000（不写单位就是元）。")
    if match["hundred_millions"] and match["rest"] and not match["unit"]:
        raise ValueError("“亿”后面的数要带单位，例如 1亿2000万。")
    amount = _number(match["hundred_millions"]) * UNITS["亿"] + _number(match["rest"]) * UNITS[match["unit"] or ""]
    if amount != int(amount):
        raise ValueError("金额最小到元，不能有角和分。")
    if amount >= LIMIT:
        raise ValueError("金额太大了，请看看是不是多写了单位。")
    return Decimal(int(amount))


def _number(digits: str | None) -> Decimal:
    return Decimal(digits.replace(",", "")) if digits else Decimal(0)


def written_yuan(amount: Decimal) -> str:
    """The same amount, exactly, as people write it: 1.85亿, 4800万, 1,234. `parse_yuan` reads it back."""
    for name in ("亿", "万"):
        scaled = amount / UNITS[name]
        if amount and abs(scaled) >= 1 and scaled == round(scaled, 4):
            digits = f"{scaled:f}"
            return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}{name}"
    return f"{amount:,f}"


class YuanField(forms.CharField):
    """A field for an amount; takes and ignores what a decimal model field says about its digits."""

    def __init__(self, *, max_digits: int = 15, decimal_places: int = 0, **kwargs):
        super().__init__(**{"widget": forms.TextInput(attrs={"inputmode": "text"}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return written_yuan(value) if isinstance(value, Decimal) else value

    def to_python(self, value: Any) -> Decimal | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_yuan(text)
        except ValueError as error:
            raise ValidationError(str(error)) from None
