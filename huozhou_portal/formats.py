"""Figures as people read them. Everything exact stays exact until here."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

UNPUBLISHED = "没有公布"
YI, WAN = Decimal(10) ** 8, Decimal(10) ** 4


def percent_text(share: Fraction | None) -> str:
    """Whole percents rounded down, so that nothing unfinished shows 100%; what has begun shows at least <1%."""
    if share is None:
        return "—"
    whole = int(share * 100)
    return "<1%" if share > 0 and whole == 0 else f"{whole}%"


def fine_percent_text(share: Fraction | None) -> str:
    """Two decimals, for the arithmetic behind a figure."""
    return "—" if share is None else f"{rounded(share * 100, 2)}%"


def points(lag: Fraction | None) -> int | None:
    """Percentage points rounded toward zero."""
    return None if lag is None else int(lag * 100)


def rounded(number: Fraction, places: int) -> Decimal:
    """Half-up (away from zero) from the exact value."""
    scaled = (abs(number.numerator) * 10**places * 2 + number.denominator) // (2 * number.denominator)
    return Decimal(scaled if number >= 0 else -scaled).scaleb(-places)


def number_text(number: Decimal | None) -> str:
    """Plain notation without trailing zeros."""
    if number is None:
        return "—"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan_text(amount: Decimal | None) -> str:
    """亿元 from 100 million, 万元 from 10 thousand, at most two decimals, 约 where that rounds."""
    if amount is None:
        return UNPUBLISHED
    unit, name = (YI, "亿元") if amount >= YI else (WAN, "万元") if amount >= WAN else (Decimal(1), "元")
    scaled = amount / unit
    shown = scaled.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{'' if shown == scaled else '约 '}{number_text(shown)} {name}"


def exact_yuan_text(amount: Decimal | None) -> str:
    return UNPUBLISHED if amount is None else f"{amount:,.0f} 元"


def day_text(day: date | None) -> str:
    return UNPUBLISHED if day is None else f"{day.year} 年 {day.month} 月 {day.day} 日"


def short_day_text(day: date | None, *, year: int | None = None) -> str:
    """Without the year where it is the one the reader has in mind."""
    if day is None:
        return UNPUBLISHED
    return f"{day.month} 月 {day.day} 日" if day.year == year else day_text(day)
