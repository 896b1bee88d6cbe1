"""The pictures of a plan: its year and its money, how many stand on each badge, indicators against their target."""

from collections.abc import Sequence

from django import template

from common.templatetags.components import component
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot, PlanSnapshot
from website.pictures.plans import bullet_picture, tally_picture
from website.pictures.year import year_money_picture, year_picture

register = template.Library()


@component(register, "components/plan_timeline.html")
def plan_timeline(*, of: PlanSnapshot, day_query: str, visible: Sequence | None = None) -> dict:
    """The year: a line for each promise, filled to what was done of it, and below it one for its money.

    Each promise of the plan is drawn, or those of `visible` by series.
    """
    return {
        "picture": year_picture(of, visible),
        "money": year_money_picture(of, visible),
        "snapshot": of,
        "day_query": day_query,
        "is_illustrative": of.is_illustrative,
    }


@component(register, "components/tally_bar.html")
def tally_bar(*, of: Sequence[CommitmentSnapshot], is_illustrative: bool) -> dict:
    """One bar cut into the badges on which promises stand; shapes, words and counts below it."""
    return {"picture": tally_picture(of), "is_illustrative": is_illustrative}


@component(register, "components/bullet.html")
def bullet(*, of: IndicatorSnapshot) -> dict:
    """The latest value of an indicator against its target, from zero."""
    return {"picture": bullet_picture(of), "is_illustrative": of.is_illustrative}
