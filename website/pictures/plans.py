"""The charts of a plan and their descriptions. Pure functions, without queries or a clock. Its year: `pictures.year`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from common import charts
from common.charts import Label, Segment, anchored
from common.formats import day_text
from common.templatetags.components import in_unit
from tasks.progress import IndicatorStatus
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot
from tasks.verdicts import Verdict
from tasks.words import COMPARATORS
from website.sentences.indicators import target_text
from website.sentences.promises import counter_of, verdict_counts

ROOM_FOR_SHAPE = Fraction(100, 16)  # percent of the bar that a shape takes in the narrowest chart


# The number of promises by badge


@dataclass(frozen=True)
class Share:
    """A segment of the bar; its shape is drawn if it fits."""

    verdict: Verdict
    count: int
    segment: Segment

    @property
    def has_room(self) -> bool:
        return self.segment.width >= ROOM_FOR_SHAPE


@dataclass(frozen=True)
class TallyPicture:
    description: str
    shares: tuple[Share, ...]


def tally_picture(commitments: Sequence[CommitmentSnapshot]) -> TallyPicture | None:
    """The bar of promises by verdict, in the order in which sentences count them; None without promises."""
    counts = verdict_counts(commitments)
    if not counts:
        return None
    segments = charts.segments_of([n for _verdict, n in counts])
    counter = counter_of(commitments)
    parts = "，".join(f"{n} {counter}{verdict.word}" for verdict, n in counts)
    return TallyPicture(
        description=f"{len(commitments)} {counter}承诺：{parts}",
        shares=tuple(Share(*one, segment) for one, segment in zip(counts, segments, strict=True)),
    )


# An indicator against its target


@dataclass(frozen=True)
class BulletPicture:
    """Horizontal positions in percent. `meets` is the range of values that meet the target, None if only the target does."""

    description: str
    value: Fraction | None
    meets: Segment | None
    target: Label
    baseline: Label | None
    value_label: Label | None
    promised: Fraction | None


def bullet_picture(snapshot: IndicatorSnapshot) -> BulletPicture:
    """The chart, on a scale from zero to a round number above all its values."""
    unit, baseline = snapshot.row.unit, snapshot.row.baseline
    value, ends = snapshot.state.value, (snapshot.terms.target, snapshot.terms.upper)
    numbers = [number for number in (*ends, snapshot.promised.target, value, baseline) if number]
    end = charts.nice_ticks(max(numbers, default=Decimal(1)) * Decimal("1.04"))[-1]

    def at(number: Decimal) -> Fraction:
        return Fraction(number) * 100 / Fraction(end)

    target = at(snapshot.terms.target)
    meets = {"≥": Segment(target, 100 - target), "≤": Segment(Fraction(0), target)}
    if snapshot.terms.upper is not None:
        meets["BETWEEN"] = Segment(target, at(snapshot.terms.upper) - target)
    is_moved = snapshot.promised.target != snapshot.terms.target
    return BulletPicture(
        description=bullet_sentence(snapshot),
        value=None if value is None else at(value),
        meets=meets.get(snapshot.row.comparator),
        target=anchored(Label(target, "目标", "target")),
        baseline=None
        if baseline is None
        else anchored(Label(at(baseline), f"起点 {in_unit(baseline, unit)}", "baseline")),
        value_label=None if value is None else anchored(Label(at(value), in_unit(value, unit), "actual")),
        promised=at(snapshot.promised.target) if is_moved else None,
    )


def target_words(snapshot: IndicatorSnapshot) -> str:
    space = "" if COMPARATORS[snapshot.row.comparator] or snapshot.terms.upper is not None else " "
    return f"目标{space}{target_text(snapshot)}"


def bullet_sentence(snapshot: IndicatorSnapshot) -> str:
    unit, target = snapshot.row.unit, target_words(snapshot)
    if snapshot.promised.target != snapshot.terms.target:
        target += f"（原来 {in_unit(snapshot.promised.target, unit)}）"
    if snapshot.row.baseline is not None:
        target += f"，起点 {in_unit(snapshot.row.baseline, unit)}"
    if snapshot.state.status is IndicatorStatus.DROPPED:
        return f"{snapshot.title}：{target}，已取消"
    if snapshot.state.value is None:
        return f"{snapshot.title}：{target}，暂无公开数据"
    return (
        f"{snapshot.title}：{day_text(snapshot.state.held_on)}的数据是 {in_unit(snapshot.state.value, unit)}，{target}"
    )
