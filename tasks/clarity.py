"""How clearly a promise says what is to be done: five ticks, as first promised and as it stands. Pure rules."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from common import numbers

SHARES = ("%", "‰")


class Tick(StrEnum):
    """docs/rules.md defines each."""

    WHO = "WHO"
    HOW_MANY = "HOW_MANY"
    WHEN = "WHEN"
    MONEY = "MONEY"
    STAGES = "STAGES"


@dataclass(frozen=True)
class StatedTarget:
    """What a promise says of one milestone; `inferred` are the fields that are the portal's reading."""

    is_quantity: bool
    due_on: date
    has_steps: bool
    inferred: Collection[str]


def is_quantity(unit: str, *, is_counted: bool) -> bool:
    """Whether so many of the unit say how many: what is counted, and what is measured, as 公里 and 万亩 are; no share of one thing."""
    return is_counted or (unit not in SHARES and not numbers.is_counted(unit))


def clarity_of(targets: Collection[StatedTarget], *, has_lead: bool, has_money: bool) -> frozenset[Tick]:
    """The ticks of a promise. Dropping takes none away: `targets` has the dropped ones too."""
    named = [target for target in targets if "milestone" not in target.inferred]
    days = {target.due_on for target in targets if "due_on" not in target.inferred}
    ticks = {
        Tick.WHO: has_lead,
        Tick.HOW_MANY: len(named) > 1
        or any(target.is_quantity and "amount" not in target.inferred for target in targets),
        Tick.WHEN: bool(days),
        Tick.MONEY: has_money,
        Tick.STAGES: len(days) > 1 or any(one.has_steps and "steps" not in one.inferred for one in targets),
    }
    return frozenset(tick for tick, is_said in ticks.items() if is_said)
