"""Responses and values of the JSON API: UTF-8, readable from every origin, figures rounded only here."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.http import JsonResponse

from common.formats import rounded, rounded_share


def answer(content: dict, status: int = 200) -> JsonResponse:
    return JsonResponse(
        {"trial": True, **content} if settings.TRIAL else content,
        status=status,
        json_dumps_params={"ensure_ascii": False},
        headers={"Access-Control-Allow-Origin": "*"},
    )


def refuse(message: str, status: int = 400) -> JsonResponse:
    return answer({"error": message}, status)


def share(number: Fraction | None) -> float | None:
    """Four decimals, halves away from zero; below 1 unless finished, above 0 once begun."""
    return None if number is None else float(rounded_share(number))


def lag(number: Fraction | None) -> float | None:
    """Four decimals, halves away from zero."""
    return None if number is None else float(rounded(number, 4))


def yuan(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount)


def number(value: Decimal | None) -> int | float | None:
    """An int if the value is whole, else a float."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None
