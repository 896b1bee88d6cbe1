"""How the data for programs are written: JSON in UTF-8, open to every origin, exact figures rounded at the very end."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.http import JsonResponse

from common.formats import rounded, rounded_share


def answer(content: dict, status: int = 200) -> JsonResponse:
    return JsonResponse(
        content,
        status=status,
        json_dumps_params={"ensure_ascii": False},
        headers={"Access-Control-Allow-Origin": "*"},
    )


def refuse(message: str, status: int = 400) -> JsonResponse:
    return answer({"error": message}, status)


def share(number: Fraction | None) -> float | None:
    """Four decimals, half away from zero from the exact value; never 1 while unfinished, never 0 once begun."""
    return None if number is None else float(rounded_share(number))


def lag(number: Fraction | None) -> float | None:
    """Four decimals, half away from zero from the exact value."""
    return None if number is None else float(rounded(number, 4))


def yuan(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount)


def number(value: Decimal | None) -> int | float | None:
    """An integer where it is one."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None
