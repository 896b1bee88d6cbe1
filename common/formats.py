"""Figures and days as people read them. Everything exact stays exact until here."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

UNPUBLISHED = "没有公布"
YUAN, WAN, YI = (Decimal(1), "元"), (Decimal(10) ** 4, "万元"), (Decimal(10) ** 8, "亿元")
CENT = Decimal("0.01")
GROUPED_FROM = 10_000  # four digits are read at a glance, more of them in threes


def percent_text(share: Fraction | None) -> str:
    """Whole percents rounded down, so that nothing unfinished shows 100%; what has begun shows at least <1%."""
    if share is None:
        return "—"
    whole = floor(share * 100)
    return "<1%" if share > 0 and whole == 0 else f"{whole}%"


def fine_percent_text(ratio: Fraction | None) -> str:
    """Two decimals, rounded toward zero, of any ratio and of a lag."""
    return "—" if ratio is None else f"{cut_off(ratio * 100, 2)}%"


def fine_share_text(share: Fraction | None) -> str:
    """Two decimals, the rest cut off, for the arithmetic behind a share; what has begun shows at least <0.01%."""
    return "<0.01%" if share and 0 < share < Fraction(1, 10_000) else fine_percent_text(share)


def fine_number_text(number: Fraction) -> str:
    """A number of the arithmetic: at most two decimals, the rest cut off; more than nothing shows at least <0.01."""
    cut = cut_off(number, 2)
    return "<0.01" if number > 0 and not cut else number_text(cut)


def counted_percent_text(share: Fraction) -> str:
    """A share in the arithmetic; where it is more than the whole, that no more than the whole of it counts."""
    return fine_share_text(share) if share <= 1 else f"{number_text(cut_off(share * 100, 2))}%，按 100% 计"


def points(lag: Fraction | None) -> int | None:
    """Percentage points rounded toward zero."""
    return None if lag is None else int(lag * 100)


def rounded(number: Fraction, places: int) -> Decimal:
    """Half-up (away from zero) from the exact value."""
    scaled = (abs(number.numerator) * 10**places * 2 + number.denominator) // (2 * number.denominator)
    return Decimal(scaled if number >= 0 else -scaled).scaleb(-places)


def cut_off(number: Fraction, places: int) -> Decimal:
    """Toward zero from the exact value."""
    return Decimal(int(number * 10**places)).scaleb(-places)


def rounded_share(share: Fraction) -> Decimal:
    """Four decimals, half away from zero; at most 0.9999 of the unfinished, at least 0.0001 of what has begun."""
    return _unfinished(share, rounded(share, 4))


def cut_share(share: Fraction) -> Decimal:
    """Four decimals, the rest cut off: the number that `fine_share_text` writes; 0.0001 at least once begun."""
    return _unfinished(share, cut_off(share, 4))


def _unfinished(share: Fraction, value: Decimal) -> Decimal:
    """`value` of `share`, kept from saying that something is finished, or hasn't begun, where that isn't so."""
    least = Decimal("0.0001")
    return min(max(value, least), 1 - least) if 0 < share < 1 else value


def number_text(number: Decimal | None) -> str:
    """Plain notation without trailing zeros."""
    if number is None:
        return "—"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_unit(number: Decimal | None, unit: str) -> str:
    """The number with its unit; percents stand close, as they are written."""
    return f"{number_text(number)}{'' if unit == '%' else ' '}{unit}"


def yuan_text(amount: Decimal | None) -> str:
    """亿元 from 100 million, 万元 from 10 thousand, at most two decimals, 约 where that rounds.

    It is rounded first: what comes to a whole of the next unit is told in that one, 99,999,999 as 约 1 亿元.
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
    """Yuan, rounded to hundredths of `unit`."""
    return (amount / unit).quantize(CENT, ROUND_HALF_UP) * unit


def exact_yuan_text(amount: Decimal | None) -> str:
    return UNPUBLISHED if amount is None else f"{amount:,.0f} 元"


def day_text(day: date | None, *, year: int | None = None) -> str:
    """A day with its year, without it where that is `year`, which the reader has in mind."""
    if day is None:
        return UNPUBLISHED
    text = f"{day.month} 月 {day.day} 日"
    return text if day.year == year else f"{day.year} 年 {text}"


def day_texts(*days: date, year: int | None) -> list[str]:
    """The days of one sentence: all with their years where two years meet in it."""
    return [day_text(day, year=shared_year(days, year)) for day in days]


def shared_year(days: Iterable[date | None], year: int | None) -> int | None:
    """`year` if every day lies in it, so that none of them needs it said; None if one doesn't."""
    return year if all(day is None or day.year == year for day in days) else None
