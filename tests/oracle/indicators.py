"""One indicator on a day: docs/rules.md on its state, and the share of the way that is covered."""

from datetime import date
from fractions import Fraction

from tests.oracle.changes import uncorrected
from tests.oracle.days_and_numbers import PlanRules, day, number, ratio, share


def is_met(row: dict, value: Fraction) -> bool:
    target = number(row["target"])
    match row["comparator"]:
        case "≥":
            return value >= target
        case "≤":
            return value <= target
        case "=":
            return value == target
        case _:
            return target <= value <= number(row["upper"])


def meets(row: dict, reading: dict) -> bool:
    return is_met(row, number(reading["value"]))


def indicator_answer(row: dict, as_of: date, rules: PlanRules) -> dict:
    readings = [reading for reading in uncorrected(row["readings"]) if reading["value"] is not None]
    due_on = day(row["due_on"])
    in_time = [reading for reading in readings if due_on is None or day(reading["held_on"]) <= due_on]
    too_late = readings[len(in_time) :]
    is_over = due_on is not None and as_of > due_on
    latest = ((in_time if is_over else readings) or [None])[-1]
    state = state_of(row, readings, in_time, as_of, rules)
    return {
        "value": number(latest["value"]) if latest else None,
        "measured_on": latest["held_on"] if latest else None,
        "state": state,
        "within": meets(row, latest) if state == "OPEN" else None,
        "is_late": state in ("NOT_MET", "UNKNOWN") and any(meets(row, reading) for reading in too_late),
        "covered": share(covered(row, number(latest["value"]))) if latest else None,
    }


def state_of(row: dict, readings: list[dict], in_time: list[dict], as_of: date, rules: PlanRules) -> str:
    due_on = day(row["due_on"])
    if row["dropped"]:
        return "DROPPED"
    if not readings:
        return "NO_DATA"
    if is_total_met(row, in_time):
        return "MET"
    if due_on is None or as_of <= due_on:
        return "OPEN"
    if not in_time or day(in_time[-1]["held_on"]) < due_on - rules.patience:
        return "UNKNOWN"
    return "MET" if meets(row, in_time[-1]) else "NOT_MET"


def is_total_met(row: dict, in_time: list[dict]) -> bool:
    """What adds up to enough before the due day has been met, however long ago."""
    is_total = row["kind"] == "TOTAL" and row["comparator"] == "≥" and row["due_on"] is not None
    return is_total and bool(in_time) and meets(row, in_time[-1])


def covered(row: dict, value: Fraction) -> Fraction | None:
    """The share of the way from the baseline to the target."""
    baseline = number(row["baseline"])
    return None if baseline is None else ratio(value - baseline, number(row["target"]) - baseline)
