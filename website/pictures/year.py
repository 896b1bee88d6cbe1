"""A plan's year in one picture: how far each promise and its money are. Pure functions, without queries or a clock.

Everything horizontal is in percent of the width, everything vertical in em, so that a page, a printer and whatever draws
pixels can use the same geometry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common import charts
from common.charts import Days, Frame, Segment
from common.formats import UNPUBLISHED, day_text, percent_text, yuan_text
from projects.progress import Terms, execution_of
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.verdicts import Verdict, verdict_of
from website.pictures.projects import as_of_label
from website.sentences.promises import counted, counter_of

ROW, HEADING = Fraction(3), Fraction(9, 4)  # em
UNKNOWN_SHARE = "？"
ALL = Fraction(1)

Visible = Sequence[tuple[str, Sequence[CommitmentSnapshot]]]  # titles of series, and of each the promises to draw


@dataclass(frozen=True)
class Row:
    """How far a promise is, and its days. `moved` is the due day first promised, if it is no longer in force.

    `steps` are the other days on which part of it is due, `first_steps` those first promised and no longer in force.
    `share` is None where nothing was reported or all was dropped.
    """

    snapshot: CommitmentSnapshot
    verdict: Verdict
    share: Fraction | None
    starts_on: date
    due_on: date
    moved: date | None
    steps: tuple[date, ...]
    first_steps: tuple[date, ...]
    reached_on: date | None
    dropped_on: date | None
    is_overdue: bool

    @property
    def name(self) -> str:
        return self.snapshot.project.name

    @property
    def share_text(self) -> str:
        if self.share is not None:
            return percent_text(self.share)
        return "" if self.dropped_on else UNKNOWN_SHARE

    @property
    def days(self) -> list[date]:
        dated = (self.starts_on, self.due_on, self.moved, self.reached_on, self.dropped_on)
        return [day for day in (*dated, *self.steps, *self.first_steps) if day]


def rows_of(commitments: Sequence[CommitmentSnapshot]) -> list[Row]:
    return [_row(snapshot) for snapshot in commitments if snapshot.progress.targets]


def _row(snapshot: CommitmentSnapshot) -> Row:
    states = snapshot.progress.targets
    promised = max(state.snapshot.promised.due_on for state in states)
    due_on = snapshot.progress.due_on or promised
    in_force = _step_days(state.terms for state in snapshot.progress.active)
    first = _step_days(state.snapshot.promised for state in states)
    return Row(
        snapshot=snapshot,
        verdict=verdict_of(snapshot),
        share=snapshot.progress.actual,
        starts_on=min(state.terms.starts_on for state in states),
        due_on=due_on,
        moved=promised if promised != due_on else None,
        steps=tuple(sorted(in_force - {due_on})),
        first_steps=tuple(sorted(first - in_force - {due_on, promised})),
        reached_on=snapshot.state.kept_on,
        dropped_on=_dropped_on(snapshot) if snapshot.state.outcome is Outcome.DROPPED else None,
        is_overdue=any(state.is_overdue for state in snapshot.progress.active),
    )


def _step_days(terms: Iterable[Terms]) -> set[date]:
    """The days on which part of it is to be there: those of interim steps and due days."""
    return {day for one in terms for day in (one.due_on, *(step for step, _amount in one.steps))}


def _dropped_on(snapshot: CommitmentSnapshot) -> date | None:
    """The last day on which the promise or a milestone of it was dropped."""
    return max(
        (change.published_on for change in snapshot.all_adjustments if "dropped" in change.changes), default=None
    )


@dataclass(frozen=True)
class DrawnRow:
    """A row of the chart: `top` in em from the top of the body, all others horizontal, in percent.

    The line goes from `start` to `due` and is filled to `filled`. `overdue` is the end of the line that starts at the due
    day.
    """

    row: Row
    top: Fraction
    start: Fraction
    due: Fraction
    filled: Fraction
    moved: Fraction | None
    steps: tuple[Fraction, ...]
    first_steps: tuple[Fraction, ...]
    reached: Fraction | None
    dropped: Fraction | None
    overdue: Fraction | None

    @property
    def track(self) -> Segment:
        return Segment(self.start, self.due - self.start)

    @property
    def is_late(self) -> bool:
        """Whether the day on which it was there lies beyond the line."""
        return self.reached is not None and self.reached > self.due

    @property
    def fill(self) -> Segment:
        return Segment(self.start, self.filled - self.start)


@dataclass(frozen=True)
class DrawnGroup:
    """The rows of a series, below its title, which is `top` em below the top of the body."""

    title: str
    top: Fraction
    rows: tuple[DrawnRow, ...]


@dataclass(frozen=True)
class YearPicture:
    """`n_left_out` is the number of promises of the plan that are not drawn, `counter` the measure word of all of them; `as_of` the day's place, if it has one."""

    title: str
    description: str
    counter: str
    n_left_out: int
    frame: Frame
    as_of: Fraction | None
    groups: tuple[DrawnGroup, ...]

    @property
    def rows(self) -> list[DrawnRow]:
        return [row for group in self.groups for row in group.rows]

    @property
    def key(self) -> list[tuple[str, str]]:
        entries = (
            ("filled", "做到多少", [row for row in self.rows if row.row.share]),
            ("reached", "做到", [row for row in self.rows if row.reached is not None]),
            ("due", "期限", self.rows),
            ("step", "分步的日子", [row for row in self.rows if row.steps]),
            ("moved", "原定的日子", [row for row in self.rows if row.moved is not None or row.first_steps]),
            ("overdue", "过期", [row for row in self.rows if row.overdue is not None]),
            ("dropped", "取消", [row for row in self.rows if row.dropped is not None]),
        )
        return [(mark, word) for mark, word, is_drawn in entries if is_drawn]


def year_picture(snapshot: PlanSnapshot, visible: Visible | None = None) -> YearPicture | None:
    """The chart, or None for a plan without promises about projects. By default all of its promises are drawn."""
    everything = visible_of(snapshot)
    visible = everything if visible is None else visible
    series = [(title, rows) for title, commitments in visible if (rows := rows_of(commitments))]
    rows = [row for _title, own in series for row in own]
    if not rows:
        return None
    days = Days.covering([day for row in rows for day in row.days], snapshot.as_of)
    title = year_title(rows)
    return YearPicture(
        title=title,
        description=year_sentence(title, snapshot.as_of),
        counter=counter_of(snapshot.commitments),
        n_left_out=_count(everything) - _count(visible),
        frame=charts.framed(days, [as_of_label(days, snapshot.as_of)], HEADING * len(series) + ROW * len(rows)),
        as_of=days.at(snapshot.as_of) if snapshot.as_of in days else None,
        groups=tuple(_groups(series, days, snapshot.as_of)),
    )


def visible_of(snapshot: PlanSnapshot) -> Visible:
    return [(series.title, series.commitments) for series in snapshot.series]


def _count(visible: Visible) -> int:
    return sum(len(commitments) for _title, commitments in visible)


def _groups(series: Sequence[tuple[str, Sequence[Row]]], days: Days, as_of: date) -> Iterator[DrawnGroup]:
    top = Fraction(0)
    for title, rows in series:
        first = top + HEADING
        drawn = tuple(_drawn(row, first + ROW * position, days, as_of) for position, row in enumerate(rows))
        yield DrawnGroup(title, top, drawn)
        top = first + ROW * len(rows)


def _drawn(row: Row, top: Fraction, days: Days, as_of: date) -> DrawnRow:
    start, due = days.at(row.starts_on), days.at(row.due_on)
    return DrawnRow(
        row=row,
        top=top,
        start=start,
        due=due,
        filled=start + (due - start) * min(row.share or 0, ALL),
        moved=days.at(row.moved) if row.moved else None,
        steps=tuple(map(days.at, row.steps)),
        first_steps=tuple(map(days.at, row.first_steps)),
        reached=days.at(row.reached_on) if row.reached_on else None,
        dropped=days.at(row.dropped_on) if row.dropped_on else None,
        overdue=days.at(late) if (late := _late_until(row, as_of)) else None,
    )


def _late_until(row: Row, as_of: date) -> date | None:
    """Until when it was, or is, due and not there."""
    if row.reached_on:
        return row.reached_on if row.reached_on > row.due_on else None
    return as_of if row.is_overdue and as_of > row.due_on else None


def year_title(rows: Sequence[Row]) -> str:
    """How many promises there are, how many are done, and how many due days were changed."""
    moved = sum(row.moved is not None for row in rows)
    counter = counter_of([row.snapshot for row in rows])
    reached = counted([row.snapshot for row in rows if row.reached_on], counter)
    clauses = [f"{len(rows)} {counter}承诺", reached or "还没有办成的"]
    clauses += [f"{moved} {counter}改过期限"] if moved else []
    return "，".join(clauses)


def year_sentence(title: str, as_of: date) -> str:
    """The description for screen readers: only the title, since the table below the chart has each promise."""
    return f"这一年：{title}。算到 {day_text(as_of)}，每一项在下面的表里。"


# The money of the year


@dataclass(frozen=True)
class MoneyRow:
    """What was completed of the total of a project, else of what it was to spend within the year.

    `share` is None where it isn't known; `has_total` whether there is anything to reckon it of.
    """

    snapshot: CommitmentSnapshot
    share: Fraction | None
    has_total: bool
    is_annual: bool

    @property
    def name(self) -> str:
        return self.snapshot.project.name

    @property
    def spent(self) -> Decimal | None:
        return self.snapshot.project.spent

    @property
    def investment(self) -> Decimal | None:
        return self.snapshot.project.investment

    @property
    def annual(self) -> Decimal | None:
        return self.snapshot.annual_investment

    @property
    def share_text(self) -> str:
        return UNKNOWN_SHARE if self.share is None else percent_text(self.share)

    @property
    def text(self) -> str:
        """`总投资 2.4 亿元`, the year's where only that is known."""
        if self.is_annual:
            return f"年度投资 {yuan_text(self.annual)}"
        return f"总投资 {yuan_text(self.investment)}" if self.has_total else f"总投资{UNPUBLISHED}"


@dataclass(frozen=True)
class DrawnMoney:
    """A row: `top` in em from the top of the picture, `filled` in percent of a line as wide as the picture."""

    row: MoneyRow
    top: Fraction
    filled: Fraction


@dataclass(frozen=True)
class YearMoneyPicture:
    title: str
    description: str
    height: Fraction
    rows: tuple[DrawnMoney, ...]


def money_row_of(snapshot: CommitmentSnapshot) -> MoneyRow:
    project = snapshot.project
    is_annual = not project.investment and bool(snapshot.annual_investment)
    share = snapshot.annual_execution if is_annual else execution_of(project.spent, project.investment)
    return MoneyRow(snapshot, share, bool(project.investment or is_annual), is_annual)


def year_money_picture(snapshot: PlanSnapshot, visible: Visible | None = None) -> YearMoneyPicture | None:
    """Each project once, in the order of the promises; None where no money at all is known."""
    visible = visible_of(snapshot) if visible is None else visible
    distinct = {one.project.slug: one for _title, own in reversed(visible) for one in reversed(own)}
    rows = [money_row_of(distinct[slug]) for slug in _in_order(visible)]
    if not any(row.has_total or row.spent is not None for row in rows):
        return None
    title = year_money_title(rows)
    return YearMoneyPicture(
        title=title,
        description=f"{title}。算到 {day_text(snapshot.as_of)}，每一个项目在下面的表里。",
        height=ROW * len(rows),
        rows=tuple(
            DrawnMoney(row, ROW * position, min(row.share or Fraction(0), ALL) * 100)
            for position, row in enumerate(rows)
        ),
    )


def _in_order(visible: Visible) -> list[str]:
    return list(dict.fromkeys(one.project.slug for _title, own in visible for one in own))


def year_money_title(rows: Sequence[MoneyRow]) -> str:
    """Of how many projects the money is known, and of how many what was completed of it."""
    totals = sum(bool(row.investment) for row in rows)
    annual = sum(row.is_annual for row in rows)
    told = f"{len(rows)} 个项目的钱：{totals} 个公布了总投资"
    told += f"，{annual} 个只公布了年度投资" if annual else ""
    return f"{told}，{sum(row.share is not None for row in rows)} 个知道完成了多少"
