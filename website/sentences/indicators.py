"""An indicator's target, its last value, and what became of it between two days."""

from common.formats import in_unit, number_text
from tasks.comparison import IndicatorStep
from tasks.progress import IndicatorStatus
from tasks.snapshots import IndicatorSnapshot, PlanSnapshot
from tasks.words import COMPARATORS, INDICATOR_STATUSES
from website.sentences.plans import listed
from website.sentences.promises import indicators_sentence


def target_text(snapshot: IndicatorSnapshot) -> str:
    """`不低于 36%`, `在 95 到 97%之间`; what isn't a quantity, such as a title to be given once, keeps its unit as written."""
    terms, unit = snapshot.terms, snapshot.row.unit
    if terms.upper is not None:
        return f"在 {number_text(terms.target)} 到 {in_unit(terms.upper, unit)}之间"
    return f"{COMPARATORS[snapshot.row.comparator]} {in_unit(terms.target, unit)}".strip()


def status_text(snapshot: IndicatorSnapshot) -> str:
    """How it stands: `还没到期限（还差 159 天）`, `没达到，后来达到了`."""
    state = snapshot.state
    if state.status is IndicatorStatus.OPEN:
        standing = "现在够了" if state.is_within else _gap_text(snapshot)
        return f"还没到期限（{standing}）" if snapshot.terms.due_on else standing
    return INDICATOR_STATUSES[state.status] + ("，后来达到了" if state.is_late else "")


def _gap_text(snapshot: IndicatorSnapshot) -> str:
    """By how much it misses its target now, where it is below it; else that it does."""
    missing = snapshot.terms.target - (snapshot.state.value or 0)
    return f"还差 {in_unit(missing, snapshot.row.unit)}" if missing > 0 else "现在还差"


OUR_READING = ("target", "upper")


def is_read_by_us(snapshot: IndicatorSnapshot) -> bool:
    """Whether what it is to reach is our reading of the city's words."""
    return not snapshot.inferred.isdisjoint(OUR_READING)


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
