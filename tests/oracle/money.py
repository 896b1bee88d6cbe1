"""Money: docs/rules.md on what was spent, execution, and sums that say what they cover. Unknown is never 0."""

from collections.abc import Iterable

from tests.oracle.changes import uncorrected
from tests.oracle.days_and_numbers import PlanRules, day, number, ratio, share


def spending_of(reports: list[dict]) -> list[tuple]:
    """Held days with what had been spent by then, in their order."""
    return [(day(one["held_on"]), number(one["spent"])) for one in uncorrected(reports) if one["spent"] is not None]


def project_answer(project: dict) -> dict:
    spending = spending_of(project["reports"])
    spent = spending[-1][1] if spending else None
    return {"spent": spent, "execution": share(ratio(spent, number(project["investment"])))}


def annual_execution(row: dict, project: dict, rules: PlanRules) -> float | None:
    """Of a commitment: what was spent in the plan's period, of what was promised for it."""
    spending = spending_of(project["reports"])
    within = [spent for held_on, spent in spending if rules.starts_on <= held_on <= rules.ends_on]
    before = [spent for held_on, spent in spending if held_on < rules.starts_on]
    begins_before = any(day(target["starts_on"]) < rules.starts_on for target in row["targets"])
    if not within or (not before and begins_before):
        return None
    return share(ratio(within[-1] - (before[-1] if before else 0), number(row["annual_investment"])))


def total_of(amounts: Iterable[int | None]) -> dict:
    amounts = list(amounts)
    known = [amount for amount in amounts if amount is not None]
    return {
        "amount": sum(number(amount) for amount in known) if known else None,
        "known": len(known),
        "unknown": len(amounts) - len(known),
    }


def investment_of(slugs: Iterable[str], projects: dict[str, dict]) -> dict:
    """Each project once."""
    return total_of(projects[slug]["investment"] for slug in sorted(set(slugs)))
