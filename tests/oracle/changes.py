"""Adjustments and corrections: what kind of change each is, what it leaves in force, what counts as first promised."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from tests.oracle.days_and_numbers import number, shanghai_day

FILLED_IN, LOOSENED, TIGHTENED = "FILLED_IN", "LOOSENED", "TIGHTENED"
REWORDED, REASSIGNED = "REWORDED", "REASSIGNED"
MOVES = {LOOSENED, TIGHTENED}
WORDING = {"title", "short_title", "box_name", "wording", "noun"}
HANDED_ON = {"leads", "partners", "post", "place", "phone", "funding", "investment", "annual_investment"}
GOALS = ["START", "ADVANCE", "FINISH"]  # from the weakest
EMPTY = (None, "", [])


class Change(NamedTuple):
    """One field of an adjustment; `is_first` where nothing changed that field of that promise before."""

    adjustment: int
    published_on: date
    field: str
    old: Any
    new: Any
    is_first: bool


def changes_of(adjustments: Iterable[dict]) -> list[Change]:
    """In the order in which they were published."""
    found: list[Change] = []
    for row in sorted(adjustments, key=lambda row: (row["published_at"], row["id"])):
        for field, (old, new) in row["changes"].items():
            is_first = all(change.field != field for change in found)
            found.append(Change(row["id"], shanghai_day(row["published_at"]), field, old, new, is_first))
    return found


def changes_of_field(adjustments: Iterable[dict], field: str) -> list[Change]:
    return [change for change in changes_of(adjustments) if change.field == field]


def kind_of(change: Change, inferred: Iterable[str], comparator: str | None = None) -> str | None:
    """The kind, by the fields `inferred` at first; `comparator` is that of an indicator. None where no rule allows it."""
    is_filled = change.is_first and (change.old in EMPTY or change.field in inferred)
    if change.field in WORDING | HANDED_ON:
        return FILLED_IN if is_filled else REWORDED if change.field in WORDING else REASSIGNED
    if change.field not in LOOSER and change.field not in ("target", "upper"):
        return None
    if change.old in EMPTY:
        return FILLED_IN if change.is_first else None
    if is_looser(change.field, change.old, change.new, comparator):
        return LOOSENED
    return FILLED_IN if is_filled else TIGHTENED


def is_looser(field: str, old: Any, new: Any, comparator: str | None) -> bool:
    if field in ("target", "upper"):
        return _is_looser_bound(number(old), number(new), comparator)
    return LOOSER[field](old, new)


def _is_looser_bound(old, new, comparator) -> bool:
    """Any change of what is to be met exactly is looser."""
    if comparator == "≥":
        return new < old
    return new > old if comparator == "≤" else new != old


def _is_less_by_steps(old: list[dict], new: list[dict]) -> bool:
    """Whether less is due on any day."""
    days = {step["on"] for step in old + new}
    return any(_due_by_steps(new, on) < _due_by_steps(old, on) for on in days)


def _due_by_steps(steps: list[dict], on: str):
    return max((number(step["amount"]) for step in steps if step["on"] <= on), default=0)


LOOSER = {
    "starts_on": lambda old, new: new > old,
    "due_on": lambda old, new: new > old,
    "amount": lambda old, new: number(new) < number(old),
    "steps": _is_less_by_steps,
    "pace": lambda old, new: (old, new) == ("LINEAR", "STEP"),
    "goal": lambda old, new: GOALS.index(new) < GOALS.index(old),
    "dropped": lambda old, new: bool(new),
}


def kinds_of(row: dict) -> dict[int, dict[str, str | None]]:
    """The kind of each changed field, by adjustment of a promise."""
    found: dict[int, dict[str, str | None]] = {adjustment["id"]: {} for adjustment in row["adjustments"]}
    for change in changes_of(row["adjustments"]):
        found[change.adjustment][change.field] = kind_of(change, first_inferred(row), row.get("comparator"))
    return found


def all_kinds_of(rows: Iterable[dict]) -> set[str | None]:
    """Whatever kinds of change there were of these promises."""
    return {kind for row in rows for kinds in kinds_of(row).values() for kind in kinds.values()}


def first_inferred(row: dict) -> list[str]:
    """The fields that were the portal's reading when the promise was published."""
    return row.get("promised", {}).get("inferred", [])


def inferred_on(row: dict, on: date | None = None) -> frozenset[str]:
    """Those still inferred at the end of the day, or by now: what was changed since is the city's word."""
    changed = {change.field for change in changes_of(row["adjustments"]) if on is None or change.published_on <= on}
    return frozenset(first_inferred(row)) - changed


def value_on(row: dict, field: str, on: date) -> Any:
    """What stood at the end of the day."""
    later = [change for change in changes_of_field(row["adjustments"], field) if change.published_on > on]
    return later[0].old if later else row[field]


def first_promised(row: dict, field: str) -> Any:
    """What counts as first promised: what was published, or what filled it in."""
    changes = changes_of_field(row["adjustments"], field)
    if not changes:
        return row[field]
    first = changes[0]
    return first.new if kind_of(first, first_inferred(row), row.get("comparator")) == FILLED_IN else first.old


def lead_known_on(row: dict, promised_on: date) -> date | None:
    """The day since which somebody is known to answer for it, at the earliest that of the promise."""
    if not row["leads"]:
        return None
    named = [change for change in changes_of_field(row["adjustments"], "leads") if not change.old]
    return max(named[0].published_on, promised_on) if named else promised_on


def uncorrected(facts: list[dict]) -> list[dict]:
    """Those that no other one corrects, by the day they held."""
    corrected = {fact["corrects"] for fact in facts}
    return sorted((fact for fact in facts if fact["id"] not in corrected), key=lambda fact: fact["held_on"])
