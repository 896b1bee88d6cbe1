"""Texts for figures and days. Only here are exact values rounded."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

UNPUBLISHED = "没有公布"
YUAN, WAN, YI = (Decimal(1), "元"), (Decimal(10) ** 4, "万元"), (Decimal(10) ** 8, "亿元")
CENT = Decimal("0.01")
GROUPED_FROM = 10_000  # numbers with fewer digits get no comma


def percent_text(share: Fraction | None) -> str:
    """Whole percents, rounded down so that nothing unfinished shows 100%; "<1%" for less than one, "—" for None."""
    if share is None:
        return "—"
    whole = floor(share * 100)
    return "<1%" if share > 0 and whole == 0 else f"{whole}%"


def fine_percent_text(ratio: Fraction | None) -> str:
    """A ratio or lag as percents with two decimals, rounded toward zero; "—" for None."""
    return "—" if ratio is None else f"{cut_off(ratio * 100, 2)}%"


def fine_share_text(share: Fraction | None) -> str:
    """A share as percents with two decimals, rounded down; "<0.01%" for less, "—" for None."""
    return "<0.01%" if share and 0 < share < Fraction(1, 10_000) else fine_percent_text(share)


def fine_number_text(number: Fraction) -> str:
    """At most two decimals, rounded toward zero; "<0.01" for less."""
    cut = cut_off(number, 2)
    return "<0.01" if number > 0 and not cut else number_text(cut)


def counted_percent_text(share: Fraction) -> str:
    """As `fine_share_text`; a share above 100% with the note that it counts as 100%."""
    return fine_share_text(share) if share <= 1 else f"{number_text(cut_off(share * 100, 2))}%，按 100% 计"


def points(lag: Fraction | None) -> int | None:
    """Percentage points rounded toward zero."""
    return None if lag is None else int(lag * 100)


def rounded(number: Fraction, places: int) -> Decimal:
    """Rounded to so many decimals, halves away from zero."""
    scaled = (abs(number.numerator) * 10**places * 2 + number.denominator) // (2 * number.denominator)
    return Decimal(scaled if number >= 0 else -scaled).scaleb(-places)


def cut_off(number: Fraction, places: int) -> Decimal:
    """Rounded toward zero to so many decimals."""
    return Decimal(int(number * 10**places)).scaleb(-places)


def rounded_share(share: Fraction) -> Decimal:
    """Four decimals, halves away from zero; at most 0.9999 unless finished, at least 0.0001 once begun."""
    return _limited(share, rounded(share, 4))


def cut_share(share: Fraction) -> Decimal:
    """Four decimals, rounded down, the number in `fine_share_text`; at least 0.0001 once begun."""
    return _limited(share, cut_off(share, 4))


def percent_tenths(share: Fraction) -> Decimal:
    """As percents with one decimal, rounded down: at least 0.1 once begun, at most 99.9 unless finished."""
    return _limited(share, cut_off(share, 3), Decimal("0.001")).scaleb(2)


def _limited(share: Fraction, value: Decimal, least: Decimal = Decimal("0.0001")) -> Decimal:
    """The rounded value of the share, but neither 0 nor 1 unless the share is; `least` is a unit of its last place."""
    return min(max(value, least), 1 - least) if 0 < share < 1 else value


def number_text(number: Decimal | None) -> str:
    """Plain notation without trailing zeros."""
    if number is None:
        return "—"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_unit(number: Decimal | None, unit: str) -> str:
    """The number with its unit, separated by a space except before %."""
    return f"{number_text(number)}{'' if unit == '%' else ' '}{unit}"


def yuan_text(amount: Decimal | None) -> str:
    """In 亿元 from 100 million, in 万元 from 10 thousand, with at most two decimals, and 约 if that rounds.

    The unit is chosen after rounding: 99,999,999 is 约 1 亿元.
    """
    if amount is None:
        return UNPUBLISHED
    unit, name = next(
        (smaller for smaller, larger in pairwise((YUAN, WAN, YI)) if _in_unit(amount, smaller[0]) < larger[0]), YI
    )
    value = _in_unit(amount, unit)
    digits = number_text(value / unit)
    if value >= unit * GROUPED_FROM:
        whole, point, decimals = digits.partition(".")
        digits = f"{int(whole):,}{point}{decimals}"
    return f"{'' if value == amount else '约 '}{digits} {name}"


def _in_unit(amount: Decimal, unit: Decimal) -> Decimal:
    """The amount in yuan, rounded to hundredths of `unit`."""
    return (amount / unit).quantize(CENT, ROUND_HALF_UP) * unit


def exact_yuan_text(amount: Decimal | None) -> str:
    return UNPUBLISHED if amount is None else f"{amount:,.0f} 元"


def day_text(day: date | None, *, year: int | None = None) -> str:
    """The day with its year, unless that is `year`."""
    if day is None:
        return UNPUBLISHED
    text = f"{day.month} 月 {day.day} 日"
    return text if day.year == year else f"{day.year} 年 {text}"


def spaced(name: str) -> str:
    """A name in front of Chinese: `青禾 2018 里`, with a space where it ends in a figure or a Latin letter."""
    return f"{name} " if name and name[-1].isascii() and name[-1].isalnum() else name


def day_texts(*days: date, year: int | None) -> list[str]:
    """The texts of the days in one sentence: without the year if all are in `year`, else all with it."""
    return [day_text(day, year=shared_year(days, year)) for day in days]


def shared_year(days: Iterable[date | None], year: int | None) -> int | None:
    """`year` if all days are in it, so that it can be left out; else None."""
    return year if all(day is None or day.year == year for day in days) else None
