"""An indicator's target, its last value, and what became of it between two days."""

from common.formats import in_unit
from tasks.comparison import IndicatorStep
from tasks.snapshots import IndicatorSnapshot, PlanSnapshot
from tasks.words import COMPARATORS
from website.sentences.plans import listed
from website.sentences.promises import indicators_sentence


def target_text(snapshot: IndicatorSnapshot) -> str:
    """`不低于 36%`; what isn't a quantity, such as a title to be given once, keeps its unit as written."""
    return f"{COMPARATORS[snapshot.row.comparator]} {in_unit(snapshot.target, snapshot.row.unit)}".strip()


def value_text(snapshot: IndicatorSnapshot) -> str:
    """The latest value with its unit."""
    return in_unit(snapshot.state.value, snapshot.row.unit)


def step_text(step: IndicatorStep) -> str:
    """`没有数据 → 35%，目标 不低于 36%`."""
    before, after = (
        "没有数据" if snapshot.state.value is None else value_text(snapshot) for snapshot in (step.before, step.after)
    )
    return f"{before} → {after}，目标 {target_text(step.after)}"


def indicators_description(snapshot: PlanSnapshot) -> str:
    targets = listed(f"{indicator.title}：{target_text(indicator)}" for indicator in snapshot.indicators)
    return indicators_sentence(snapshot.indicators) + targets
