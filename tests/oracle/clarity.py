"""How clearly a promise was made: docs/rules.md on the five ticks."""

from datetime import date

from tests.oracle.changes import inferred_on, value_on
from tests.oracle.days_and_numbers import day

MEASURED = {"公里", "米", "亩", "万亩", "平方米", "平方公里", "公顷", "吨", "立方米", "元", "万元", "亿元"}
TICKS = ("who", "how_many", "when", "money", "stages")


def clarity_answer(row: dict, project: dict, as_of: date) -> dict:
    """As it stands, and as it stood at the end of the day on which it was promised."""
    return ticks_on(row, project, as_of) | {"promised": ticks_on(row, project, day(row["promised_on"]))}


def ticks_on(row: dict, project: dict, on: date) -> dict[str, bool]:
    """At the end of the day. What was dropped since takes no tick away."""
    targets = [target for target in row["targets"] if day(target["promised_on"]) <= on]
    days = {value_on(target, "due_on", on) for target in targets if "due_on" not in inferred_on(target, on)}
    money = value_on(project, "investment", on), value_on(row, "annual_investment", on)
    return {
        "who": bool(value_on(project, "leads", on)),
        "how_many": has_how_many(targets, project, on),
        "when": bool(days),
        "money": any(amount is not None for amount in money),
        "stages": len(days) > 1 or any(has_stages(target, on) for target in targets),
    }


def has_how_many(targets: list[dict], project: dict, on: date) -> bool:
    counted = {one["id"] for one in project["milestones"] if one["is_counted"] or one.get("unit") in MEASURED}
    named = [target for target in targets if "milestone" not in inferred_on(target, on)]
    amounts = [target for target in targets if "amount" not in inferred_on(target, on)]
    return len(named) > 1 or any(target["milestone"] in counted for target in amounts)


def has_stages(target: dict, on: date) -> bool:
    return bool(value_on(target, "steps", on)) and "steps" not in inferred_on(target, on)


def clarity_counts(answers: list[dict]) -> dict[str, int]:
    """Over a series, as first promised."""
    return {tick: sum(one["promised"][tick] for one in answers) for tick in TICKS} | {"of": len(answers)}
