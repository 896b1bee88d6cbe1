"""The charts of a plan and their descriptions. Pure functions, without queries or a clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common import charts
from common.charts import Days, Frame, Label, Segment, anchored
from common.formats import day_text
from common.templatetags.components import in_unit
from tasks.progress import IndicatorStatus, Outcome
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot, PlanSnapshot
from tasks.verdicts import Verdict, verdict_of
from tasks.words import COMPARATORS
from website.pictures.projects import as_of_label
from website.sentences.indicators import target_text
from website.sentences.promises import counted, verdict_counts

ROW, HEADING = Fraction(3), Fraction(9, 4)  # em
ROOM_FOR_SHAPE = Fraction(100, 16)  # percent of the bar that a shape takes in the narrowest chart


def counter_of(commitments: Sequence[CommitmentSnapshot]) -> str:
    """The measure word of their series; 件 if they differ."""
    counters = {snapshot.series.counter for snapshot in commitments}
    return counters.pop() if len(counters) == 1 else "件"


# The timeline of all promises


@dataclass(frozen=True)
class Row:
    """The days of a promise. `moved` is the due day first promised, if it is no longer in force."""

    snapshot: CommitmentSnapshot
    verdict: Verdict
    starts_on: date
    due_on: date
    moved: date | None
    reached_on: date | None
    dropped_on: date | None
    is_overdue: bool

    @property
    def name(self) -> str:
        return self.snapshot.project.name

    @property
    def days(self) -> list[date]:
        dated = (self.starts_on, self.due_on, self.moved, self.reached_on, self.dropped_on)
        return [day for day in dated if day]


def rows_of(commitments: Sequence[CommitmentSnapshot]) -> list[Row]:
    return [_row(snapshot) for snapshot in commitments if snapshot.progress.targets]


def _row(snapshot: CommitmentSnapshot) -> Row:
    states = snapshot.progress.targets
    promised = max(state.snapshot.promised.due_on for state in states)
    due_on = snapshot.progress.due_on or promised
    return Row(
        snapshot=snapshot,
        verdict=verdict_of(snapshot),
        starts_on=min(state.terms.starts_on for state in states),
        due_on=due_on,
        moved=promised if promised != due_on else None,
        reached_on=snapshot.state.kept_on,
        dropped_on=_dropped_on(snapshot) if snapshot.state.outcome is Outcome.DROPPED else None,
        is_overdue=any(state.is_overdue for state in snapshot.progress.active),
    )


def _dropped_on(snapshot: CommitmentSnapshot) -> date | None:
    """The last day on which the promise or a milestone of it was dropped."""
    return max(
        (change.published_on for change in snapshot.all_adjustments if "dropped" in change.changes), default=None
    )


@dataclass(frozen=True)
class DrawnRow:
    """A row of the chart: `top` in em from the top of the body, all others horizontal, in percent.

    `overdue` is the end of the line that starts at the due day.
    """

    row: Row
    top: Fraction
    start: Fraction
    end: Fraction
    due: Fraction
    moved: Fraction | None
    reached: Fraction | None
    dropped: Fraction | None
    overdue: Fraction | None


@dataclass(frozen=True)
class DrawnGroup:
    """The rows of a series, below its title, which is `top` em below the top of the body."""

    title: str
    top: Fraction
    rows: tuple[DrawnRow, ...]


@dataclass(frozen=True)
class PlanPicture:
    """`n_left_out` is the number of promises of the plan that are not drawn."""

    title: str
    description: str
    n_left_out: int
    frame: Frame
    groups: tuple[DrawnGroup, ...]

    @property
    def rows(self) -> list[DrawnRow]:
        return [row for group in self.groups for row in group.rows]

    @property
    def key(self) -> list[tuple[str, str]]:
        entries = (
            ("reached", "做到", [row for row in self.rows if row.reached is not None]),
            ("due", "期限", self.rows),
            ("moved", "原定期限", [row for row in self.rows if row.moved is not None]),
            ("overdue", "过期", [row for row in self.rows if row.overdue is not None]),
            ("dropped", "取消", [row for row in self.rows if row.dropped is not None]),
        )
        return [(mark, word) for mark, word, is_drawn in entries if is_drawn]


def plan_picture(
    snapshot: PlanSnapshot, visible: Sequence[tuple[str, Sequence[CommitmentSnapshot]]] | None = None
) -> PlanPicture | None:
    """The chart, or None for a plan without promises about projects.

    `visible` are pairs of the title of a series and its promises to draw; by default all.
    """
    everything = [(series.title, series.commitments) for series in snapshot.series]
    visible = everything if visible is None else visible
    series = [(title, rows) for title, commitments in visible if (rows := rows_of(commitments))]
    rows = [row for _title, own in series for row in own]
    if not rows:
        return None
    days = Days.covering([day for row in rows for day in row.days], snapshot.as_of)
    title = plan_title(rows)
    return PlanPicture(
        title=title,
        description=plan_sentence(title, snapshot.as_of),
        n_left_out=_count(everything) - _count(visible),
        frame=charts.framed(days, [as_of_label(days, snapshot.as_of)], HEADING * len(series) + ROW * len(rows)),
        groups=tuple(_groups(series, days, snapshot.as_of)),
    )


def _count(visible: Sequence[tuple[str, Sequence[CommitmentSnapshot]]]) -> int:
    return sum(len(commitments) for _title, commitments in visible)


def _groups(series: Sequence[tuple[str, Sequence[Row]]], days: Days, as_of: date) -> Iterator[DrawnGroup]:
    top = Fraction(0)
    for title, rows in series:
        first = top + HEADING
        drawn = tuple(_drawn(row, first + ROW * position, days, as_of) for position, row in enumerate(rows))
        yield DrawnGroup(title, top, drawn)
        top = first + ROW * len(rows)


def _drawn(row: Row, top: Fraction, days: Days, as_of: date) -> DrawnRow:
    ends_on = row.reached_on or row.dropped_on or row.due_on
    return DrawnRow(
        row=row,
        top=top,
        start=days.at(row.starts_on),
        end=days.at(ends_on),
        due=days.at(row.due_on),
        moved=days.at(row.moved) if row.moved else None,
        reached=days.at(row.reached_on) if row.reached_on else None,
        dropped=days.at(row.dropped_on) if row.dropped_on else None,
        overdue=days.at(as_of) if row.is_overdue and as_of > row.due_on else None,
    )


def plan_title(rows: Sequence[Row]) -> str:
    """How many promises there are, how many are done, and how many due days were changed."""
    moved = sum(row.moved is not None for row in rows)
    counter = counter_of([row.snapshot for row in rows])
    reached = counted([row.snapshot for row in rows if row.reached_on], counter)
    clauses = [f"{len(rows)} {counter}承诺", reached or "还没有办成的"]
    clauses += [f"{moved} {counter}改过期限"] if moved else []
    return "，".join(clauses)


def plan_sentence(title: str, as_of: date) -> str:
    """The description for screen readers: only the title, since the table below the chart has each promise."""
    return f"时间线：{title}。算到 {day_text(as_of)}，每一件在下面的表里。"


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
        target=anchored(Label(target, target_words(snapshot), "target")),
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
