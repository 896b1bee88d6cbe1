"""The geometry of charts.

Horizontal positions are in percent of the chart's width, vertical ones in em of its text. So text has the same size on
every screen, and labels that don't overlap in the narrowest chart don't in a wider one either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from math import ceil

from common.formats import number_text, rounded

# Widths of a chart in em: on a phone of 320 px, on a tablet, on a desktop.
NARROW, MEDIUM, WIDE = 16, 28, 50
SIZES = {"narrow": NARROW, "medium": MEDIUM, "wide": WIDE}
MONTH_STEPS = (1, 2, 3, 4, 6, 12)
LABEL_GAP = Fraction(2, 5)  # em between two labels of a row
DIGIT_WIDTH = Fraction(14, 25)  # em
EMPTY_SHARE = 3  # `as_of` may lengthen an axis by at most a third


def place(number: Fraction) -> str:
    """A coordinate for SVG, with at most two decimals."""
    return number_text(rounded(Fraction(number), 2))


def text_width(text: str) -> Fraction:
    """The approximate width in em: 1 for a Chinese character, 0.56 for any other."""
    n_wide = sum(ord(letter) > 0x2E80 for letter in text)
    return n_wide + DIGIT_WIDTH * (len(text) - n_wide)


@dataclass(frozen=True)
class Days:
    """A time axis of whole months."""

    first: date
    last: date

    @classmethod
    def covering(cls, days: Iterable[date], as_of: date) -> "Days":
        """The months of `days`, extended to `as_of` unless much of the axis would be empty then."""
        first, last = min(days := list(days)), max(days)
        room = (last - first) // EMPTY_SHARE
        if first - room <= as_of <= last + room:
            first, last = min(first, as_of), max(last, as_of)
        return cls(first.replace(day=1), next_month(last) - timedelta(days=1))

    def at(self, day: date) -> Fraction:
        """The position in percent from the left; for days beyond an end of the axis, that end."""
        day = min(max(day, self.first), self.last)
        return Fraction((day - self.first).days * 100, (self.last - self.first).days)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def next_month(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True)
class Tick:
    """A month or year on the axis: its start and middle in percent, and its name.

    `size` is the narrowest chart in which the name fits, a key of SIZES, or "" if it fits in none.
    """

    at: Fraction
    middle: Fraction
    text: str
    size: str


def months_of(days: Days) -> list[Tick]:
    """All months of the axis. If only some of their names fit, January is always among them."""
    begins = [days.first]
    while (following := next_month(begins[-1])) <= days.last:
        begins.append(following)
    steps = month_steps(len(begins))
    return [
        Tick(
            at=days.at(begin),
            middle=(days.at(begin) + days.at(next_month(begin))) / 2,
            text=f"{begin.month}月",
            size=next((size for size, step in steps.items() if (begin.month - 1) % step == 0), ""),
        )
        for begin in begins
    ]


def month_steps(n_months: int) -> dict[str, int]:
    """By size, n if every nth month is named. A wider chart has all names of a narrower one."""
    width = text_width("12月") + LABEL_GAP
    steps: dict[str, int] = {}
    step = 1
    for size, across in reversed(SIZES.items()):
        nested = [wider for wider in MONTH_STEPS if wider % step == 0]
        step = next((wider for wider in nested if n_months * width <= across * wider), MONTH_STEPS[-1])
        steps[size] = step
    return {size: steps[size] for size in SIZES}


def years_of(days: Days) -> list[Tick]:
    """The years of the axis, named where they begin. A first year too short for its name is left out."""
    begins = [days.first, *(date(year, 1, 1) for year in range(days.first.year + 1, days.last.year + 1))]
    ticks = [Tick(days.at(begin), days.at(begin), f"{begin.year} 年", "narrow") for begin in begins]
    needed = (text_width(ticks[0].text) + LABEL_GAP) * 100 / NARROW
    return [tick for tick, after in pairwise(ticks) if after.at - tick.at >= needed] + ticks[-1:]


@dataclass(frozen=True)
class Label:
    """A text at a horizontal position; `row` counts upwards from the chart. `kind` is used in its CSS class."""

    at: Fraction
    text: str
    kind: str = ""
    anchor: str = "middle"
    row: int = 0

    def extent(self, across: int) -> tuple[Fraction, Fraction]:
        """Its left and right end in percent, in a chart that is `across` em wide."""
        width = text_width(self.text) * 100 / across
        before = {"start": Fraction(0), "middle": width / 2, "end": width}[self.anchor]
        return self.at - before, self.at - before + width


def anchored(label: Label, *, across: int = NARROW) -> Label:
    """The label centred at its position, or to one side of it if it would extend beyond the chart."""
    start, end = label.extent(across)
    if start >= 0 and end <= 100:
        return label
    return replace(label, anchor="start" if label.at < 50 else "end")


def in_rows(labels: Sequence[Label], *, across: int = NARROW) -> list[Label]:
    """The labels, each in the lowest row where it doesn't overlap an earlier one."""
    taken: list[list[tuple[Fraction, Fraction]]] = []
    placed = []
    gap = LABEL_GAP * 100 / across
    for label in (anchored(label, across=across) for label in labels):
        start, end = label.extent(across)
        is_free = [all(end + gap <= other[0] or other[1] + gap <= start for other in row) for row in taken]
        row = is_free.index(True) if True in is_free else len(taken)
        if row == len(taken):
            taken.append([])
        taken[row].append((start, end))
        placed.append(replace(label, row=row))
    return placed


def points(places: Iterable[tuple[Fraction, Fraction]]) -> str:
    """The attribute `points` of a polyline through these (x, y)."""
    return " ".join(f"{place(x)},{place(y)}" for x, y in places)


def stepped(places: Sequence[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """The corners of a step line, whose height is constant until the next place."""
    corners = chain.from_iterable(((x, y), (next_x, y)) for (x, y), (next_x, _next_y) in pairwise(places))
    return [*corners, *places[-1:]]


@dataclass(frozen=True)
class Segment:
    """A part of a bar: its start and width in percent of the bar."""

    at: Fraction
    width: Fraction

    @property
    def middle(self) -> Fraction:
        return self.at + self.width / 2


def segments_of(counts: Sequence[int]) -> list[Segment]:
    """A bar divided in proportion to `counts`; no segments if all are zero."""
    total = sum(counts)
    sizes = [Fraction(number * 100, total) for number in counts] if total else []
    return [Segment(sum(sizes[:position], Fraction(0)), size) for position, size in enumerate(sizes)]


def nice_ticks(limit: Decimal, n: int = 5) -> list[Decimal]:
    """Round numbers from 0 up to `limit` or a little more, in at most `n` steps of 1, 2 or 5 times a power of ten.

    `limit` must be positive.
    """
    magnitude = limit.adjusted() - 1
    steps = (Decimal(digit).scaleb(exponent) for exponent in (magnitude, magnitude + 1) for digit in (1, 2, 5))
    step = next(step for step in steps if step * n >= limit)
    return [step * k for k in range(ceil(limit / step) + 1)]


# The layout of a chart with a time axis, in em: labels at the top, the body, and months and years below it.

LABEL_ROW = Fraction(3, 2)
LABEL_RISE = Fraction(2, 5)  # from the bottom of a row of labels to their baseline
LABELS_TO_BODY = Fraction(9, 10)
BODY_TO_MONTHS = Fraction(3, 2)
MONTHS_TO_YEARS = Fraction(13, 10)
FOOT = Fraction(33, 10)


@dataclass(frozen=True)
class Frame:
    """The axis and labels of a chart whose body is `body` em high. Vertical positions are in em from its top."""

    days: Days
    labels: tuple[Label, ...]
    body: Fraction

    @cached_property
    def months(self) -> list[Tick]:
        return months_of(self.days)

    @cached_property
    def years(self) -> list[Tick]:
        return years_of(self.days)

    @cached_property
    def month_marks(self) -> str:
        """An SVG path in a box of 100 by 1, with a vertical line at the start of each month."""
        return "".join(f"M{place(tick.at)},0v1" for tick in self.months)

    @cached_property
    def top(self) -> Fraction:
        n_rows = max((label.row + 1 for label in self.labels), default=0)
        return n_rows * LABEL_ROW + LABELS_TO_BODY

    @cached_property
    def bottom(self) -> Fraction:
        return self.top + self.body

    @cached_property
    def height(self) -> Fraction:
        return self.bottom + FOOT

    @cached_property
    def months_at(self) -> Fraction:
        return self.bottom + BODY_TO_MONTHS

    @cached_property
    def years_at(self) -> Fraction:
        return self.months_at + MONTHS_TO_YEARS

    def written_at(self, label: Label) -> Fraction:
        return self.top - LABELS_TO_BODY - label.row * LABEL_ROW - LABEL_RISE

    @property
    def flags(self) -> list[tuple[Label, Fraction, Fraction]]:
        """Each label with its baseline and the top of its line, both in em from the top."""
        return [(label, y := self.written_at(label), y + LABEL_RISE) for label in self.labels]


def framed(days: Days, labels: Sequence[Label], body: Fraction) -> Frame:
    """A frame whose labels are placed in rows; earlier labels are closer to the chart."""
    return Frame(days, tuple(in_rows(labels)), body)
