"""Pieces of the data for programs, made by hand: promises and facts without the figures that follow from them."""

from copy import deepcopy

from tests.oracle.days_and_numbers import PlanRules, day
from tests.oracle.faults import RecomputedCommitment

PROMISED_ON = "2020-03-05"


def moment(on: str) -> str:
    """Noon of that day in Shanghai."""
    return f"{on}T04:00:00.000000Z"


def plan(year: int = 2020, **changed) -> dict:
    terms = {"year": year, "starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31", "promised_on": PROMISED_ON}
    return terms | {"lag_warning": 0.1, "lag_alarm": 0.3, "reporting_months": 1, "grace_days": 10} | changed


def rules(year: int = 2020, **changed) -> PlanRules:
    return PlanRules.of(plan(year, **changed))


def promise(first: tuple[str, ...], row: dict) -> dict:
    """`first` are the fields that `promised` has, as they are now."""
    inferred = list(row.get("inferred", []))
    own = {"inferred": inferred} if "inferred" in row else {}
    return row | {"promised": {name: deepcopy(row[name]) for name in first} | own, "adjustments": []}


def target(milestone: str = "m", **changed) -> dict:
    """100 % of one milestone by the end of 2020."""
    row = {"milestone": milestone, "promised_on": PROMISED_ON, "starts_on": "2020-01-01", "due_on": "2020-12-31"}
    row |= {
        "amount": 100,
        "from_amount": 0,
        "weight": 1,
        "pace": "LINEAR",
        "steps": [],
        "inferred": [],
        "dropped": False,
    }
    return promise(("starts_on", "due_on", "amount", "pace", "steps"), row | changed)


def commitment(*targets: dict, **changed) -> dict:
    row = {"series": "livelihood", "number": 1, "goal": "FINISH", "project": "p", "promised_on": PROMISED_ON}
    row |= {"wording": "", "annual_investment": None, "dropped": False, "inferred": [], "checks": [], "votes": []}
    return promise(("goal", "annual_investment"), row | {"targets": list(targets)} | changed)


def indicator(**changed) -> dict:
    row = {"code": "clean-air", "title": "好天", "kind": "TOTAL", "comparator": "≥", "target": 300, "upper": None}
    row |= {"due_on": "2020-12-31", "inferred": [], "leads": [], "baseline": None, "dropped": False}
    return promise(("target", "upper", "due_on"), row | {"promised_on": PROMISED_ON, "readings": []} | changed)


def measure(**changed) -> dict:
    row = {"number": 1, "title": "抓好", "promised_on": PROMISED_ON, "leads": [], "due_on": None, "wording": ""}
    row |= {"post": "", "inferred": [], "reports": [], "projects": []}
    return promise(("leads", "due_on"), row | changed)


def task(*measures: dict, **changed) -> dict:
    row = measure(group="area", **changed) | {"measures": list(measures)}
    row.pop("projects")
    return row


def milestone(name: str = "m", **changed) -> dict:
    row = {"id": name, "title": name, "noun": name, "begun": "开工", "is_counted": False, "is_lasting": True}
    return row | {"promised_on": PROMISED_ON, "adjustments": [], "readings": []} | changed


def project(*milestones: dict, **changed) -> dict:
    row = {"slug": "p", "title": "路", "promised_on": PROMISED_ON, "leads": [], "investment": None}
    row |= {"commitments": [], "milestones": list(milestones) or [milestone()], "reports": []} | changed
    return promise(("leads", "investment"), row)


def adjust(row: dict, number: int, published_on: str, **changed) -> dict:
    """A copy of a promise after an adjustment; what counts as first promised stays with the one who calls."""
    row = deepcopy(row)
    changes = {name: [row[name], new] for name, new in changed.items()}
    row["adjustments"].append({"id": number, "published_at": moment(published_on), "changes": changes})
    if "inferred" in row:
        row["inferred"] = [name for name in row["inferred"] if name not in changed]
    return row | changed


def report(
    row: dict,
    number: int,
    held_on: str,
    values: dict,
    *,
    published_on: str = "",
    corrects: int | None = None,
    spent=None,
) -> dict:
    """A copy of a project after a report with these values by milestone."""
    row = deepcopy(row)
    fact = {"held_on": held_on, "published_at": moment(published_on or held_on)}
    row["reports"].append(fact | {"id": number, "corrects": corrects, "spent": spent})
    for one in row["milestones"]:
        if one["id"] in values:
            one["readings"].append(fact | {"report": number, "value": values[one["id"]]})
    return row


def fact(number: int, held_on: str, *, corrects: int | None = None, **stated) -> dict:
    """A reading, a check, a vote, or a report of a measure."""
    return {"id": number, "held_on": held_on, "published_at": moment(held_on), "corrects": corrects} | stated


def recomputed(row: dict, about: dict, as_of: str, within: PlanRules | None = None) -> RecomputedCommitment:
    return RecomputedCommitment(row, about, day(as_of), within or rules())
