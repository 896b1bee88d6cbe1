"""Amounts of money as officials type and read them, in 万元 or with a unit. The program has Decimals in whole yuan."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError

from common.formats import exact_yuan_text, fine_percent_text, number_text
from common.numbers import NUMBER
from common.tokens import Question, clean_token

UNITS = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "万": 10**4, "": 1}
LIMIT = 10**15
# In 万元, which is 1 billion yuan. A larger number without unit was probably meant in yuan: few projects of a county cost more.
LARGE = 100_000
LEAST_IN_YUAN = 10_000
UNREADABLE = "看不懂这个金额。写成 1500（就是 1500 万元）、4800万元、1.85亿 或 1500元。"

# 1亿2000万 is an amount; 1亿2000 isn't, since the unit of the second number is unclear.
_AMOUNT = re.compile(
    rf"(?P<sign>¥?)(?:(?P<hundred_millions>{NUMBER})亿)?(?:(?P<rest>{NUMBER})(?P<unit>千万|百万|万|))?(?P<yuan>元?)整?"
)


def parse_yuan(text: str, *, total: Decimal | None = None, known: Decimal | None = None) -> Decimal:
    """The amount in whole yuan; a number without unit is in 万元. Raises ValidationError for what is no amount.

    Raises Question for a number without unit that was probably meant in yuan: it is very large, or exceeds `total`, of
    which it is a part. The amount `known`, which was accepted before, isn't questioned again.
    """
    token = clean_token(text)
    if re.match(r"-[0-9]", token):
        raise ValidationError("金额不能小于 0。")
    match = _AMOUNT.fullmatch(token) if len(token) <= 30 else None
    if not match or not (match["hundred_millions"] or match["rest"]):
        raise ValidationError(UNREADABLE, code="unreadable")
    if match["hundred_millions"] and match["rest"] and not match["unit"]:
        raise ValidationError("“亿”后面的数要带单位，例如 1亿2000万。")
    is_bare = not (match["sign"] or match["hundred_millions"] or match["unit"] or match["yuan"])
    number = _number(match["rest"])
    amount = _number(match["hundred_millions"]) * UNITS["亿"] + number * UNITS["万" if is_bare else match["unit"] or ""]
    _check(amount)
    if is_bare and amount != known and _is_in_yuan(number, amount, total):
        meant, typed = box_text(Decimal(int(number))), box_text(amount)
        raise Question(f"是 {meant} 万元吗？真是 {typed} 万元，就写成 {typed}万元。", f"{meant}万元")
    return Decimal(int(amount))


def _check(amount: Decimal) -> None:
    if amount >= LIMIT:
        raise ValidationError("金额太大了，请看看是不是多写了单位。")
    if amount != int(amount):
        whole = amount.quantize(Decimal(1), ROUND_HALF_UP)
        raise ValidationError(f"金额最小到元，不能有角和分。写成 {whole}元 或 {box_text(whole)}万元。")


def _is_in_yuan(number: Decimal, amount: Decimal, total: Decimal | None) -> bool:
    """Whether the number was probably meant in yuan. Two decimals may be 角 and 分; a number with more must be in 万元."""
    is_beyond = total is not None and amount > total and number <= total
    return number == round(number, 2) and (number >= LARGE or (is_beyond and number >= LEAST_IN_YUAN))


def _number(digits: str | None) -> Decimal:
    return Decimal(digits.replace(",", "")) if digits else Decimal(0)


def box_text(amount: Decimal) -> str:
    """The exact amount in 万元, without the unit, as the value of an input."""
    return number_text(amount / UNITS["万"])


def written_yuan(amount: Decimal) -> str:
    """The exact amount with the largest suitable unit: 1.85亿, 4800万, 1,234."""
    for name in ("亿", "万"):
        scaled = amount / UNITS[name]
        if amount and abs(scaled) >= 1 and scaled == round(scaled, 4):
            digits = f"{scaled:f}"
            return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}{name}"
    return f"{amount:,f}"


def yuan_echo(amount: Decimal, total: Decimal | None = None) -> str:
    """The amount in words, to confirm what was typed: 1500万元（15,000,000 元），总投资的 45.45% (truncated, not rounded)."""
    exact = exact_yuan_text(amount)
    words = exact if amount < UNITS["万"] else f"{written_yuan(amount)}元（{exact}）"
    share = f"，总投资的 {fine_percent_text(Fraction(amount) / Fraction(total))}" if total else ""
    return words + share
