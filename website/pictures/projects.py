"""The charts of a project and their descriptions. Pure functions, without queries or a clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from common import charts
from common.charts import Days, Frame, Label
from common.formats import day_text, percent_text, shared_year, yuan_text
from projects.progress import Light, Progress, execution_of
from tasks.models import Goal
from website.pictures.curves import Curve, Point, share_on
from website.sentences.parts import begun_of, verb_of

CURVE_BODY, STEPPED_BODY = Fraction(13), Fraction(6)  # em
NEAR, FAR = Fraction(1, 2), Fraction(9, 10)  # em between a point and its label
LEVEL_WITH = Fraction(8, 100)  # with a smaller gap to the plan the label of a value is moved, not to cover the line
ROOM_BESIDE = Fraction(26)  # percent that a value with its word takes in the narrowest chart
ROOM_WIDE = Fraction(8)  # percent that a word takes in a wide chart


def day_label(days: Days, day: date) -> str:
    """The day, without the year if the axis has only one."""
    return day_text(day, year=shared_year([days.last], days.first.year))


def as_of_label(days: Days, as_of: date) -> Label:
    """The label of the page's day. If it is beyond the axis, the label is at the edge, with an arrow and the year."""
    if as_of in days:
        return Label(days.at(as_of), f"算到 {day_label(days, as_of)}", "as-of")
    arrow = f"算到 {day_text(as_of)} →" if as_of > days.last else f"← 算到 {day_text(as_of)}"
    return Label(days.at(as_of), arrow, "beyond")


def due_labels(days: Days, due: Sequence[date], moved: Sequence[date]) -> list[Label]:
    """The labels of due days. Of those in force only the last has a text, the others only a line."""
    labels = [Label(days.at(day), "", "due") for day in due[:-1]]
    labels += [Label(days.at(day), f"期限 {day_label(days, day)}", "due") for day in due[-1:]]
    return labels + [Label(days.at(day), f"原定 {day_label(days, day)}", "moved") for day in moved]


@dataclass(frozen=True)
class Value:
    """A value beside its point: the position in percent, the offset in em. `word` is shown only in wide charts."""

    at: Fraction
    down: Fraction
    kind: str
    word: str
    text: str = ""
    anchor: str = "start"
    beside: Fraction = Fraction(0)
    below: Fraction = Fraction(0)


@dataclass(frozen=True)
class Mark:
    """A point, its coordinates in percent."""

    at: Fraction
    down: Fraction


@dataclass(frozen=True)
class CurvePicture:
    title: str
    description: str
    frame: Frame
    grid: tuple[tuple[Fraction, str], ...]
    plan: str
    promised: str
    actual: str
    area: str
    readings: tuple[Mark, ...]
    corrected: tuple[Mark, ...]
    changes: tuple[Mark, ...]
    pace: Mark | None
    values: tuple[Value, ...]
    nothing: str

    @property
    def key(self) -> list[tuple[str, str]]:
        """The legend: pairs of a CSS class and a word for what is drawn."""
        entries = (
            ("actual", "报上来的实际进度", self.readings),
            ("plan", "计划", self.plan),
            ("promised", "最初承诺的计划", self.promised),
            ("corrected", "更正前报的数", self.corrected),
            ("change", "承诺改过", self.changes),
        )
        return [(sample, word) for sample, word, is_drawn in entries if is_drawn]


def down(share: Fraction) -> Fraction:
    """The vertical position of a share, in percent from the top."""
    return (1 - share) * 100


def curve_picture(curve: Curve, progress: Progress, days: Days, goal: str = Goal.FINISH) -> CurvePicture:
    """`goal` is that of the promise, of which it may only have to begin."""
    labels = [as_of_label(days, curve.as_of), *due_labels(days, curve.due, curve.moved)]
    actual = [(days.at(point.day), down(point.share)) for point in curve.actual]
    line = charts.stepped(actual) if curve.is_stepped else actual
    floor = [(at, Fraction(100)) for at, _down in (*line[:1], *line[-1:])]
    has_area = len(line) > 1 and not curve.is_stepped
    verb = begun_of(progress.active) if goal == Goal.START else verb_of(progress.active)
    title = curve_title(progress, curve, verb)
    return CurvePicture(
        title=title,
        description=curve_sentence(curve, title),
        frame=charts.framed(days, labels, STEPPED_BODY if curve.is_stepped else CURVE_BODY),
        grid=_grid(verb if curve.is_stepped else ""),
        plan=charts.points(_line(curve.plan, days)),
        promised=charts.points(_line(curve.promised, days)),
        actual=charts.points(line) if len(line) > 1 else "",
        area=charts.points([floor[0], *line, floor[1]]) if has_area else "",
        readings=tuple(Mark(*place) for place in actual),
        corrected=tuple(Mark(days.at(point.day), down(point.share)) for point in curve.corrected),
        changes=tuple(Mark(days.at(day), Fraction(100)) for day in _change_days(curve)),
        pace=Mark(days.at(pace.day), down(pace.share)) if (pace := compared(curve, days)) else None,
        values=(*values_of(curve, days), *notes_of(curve, days)),
        nothing="" if curve.actual else "还没有数据" if curve.plan else "已取消",
    )


def _grid(verb: str) -> tuple[tuple[Fraction, str], ...]:
    """Of a plan that is done in one step, what is done; else shares."""
    if verb:
        return (Fraction(0), verb), (Fraction(100), "还没")
    return tuple((down(share), percent_text(share)) for share in (Fraction(1), Fraction(1, 2), Fraction(0)))


def _line(corners: Sequence[Point], days: Days) -> list[tuple[Fraction, Fraction]]:
    """The points of a plan, extended horizontally to both edges of the chart."""
    if not corners:
        return []
    places = [(days.at(point.day), down(point.share)) for point in corners]
    return [(Fraction(0), places[0][1]), *places, (Fraction(100), places[-1][1])]


def _change_days(curve: Curve) -> list[date]:
    return sorted({change.published_on for change in curve.changes})


def compared(curve: Curve, days: Days) -> Point | None:
    """The point of the plan with which the latest value is compared, if it is on the axis and below 100%."""
    if curve.pace is None or curve.is_stepped or curve.pace.share == 1 or curve.pace.day not in days:
        return None
    return curve.pace


def values_of(curve: Curve, days: Days) -> list[Value]:
    """The labels of the latest value and of the point it is compared with, placed so that they cover no line."""
    if curve.is_stepped or not curve.actual or curve.actual[-1].share == 1:
        return []
    last, pace = curve.actual[-1], compared(curve, days)
    gap = (share_on(curve.plan, last.day) or 0) - last.share
    values = [_right("actual", "实际 ", last, days)]
    if gap < 0:
        values = [_above("actual", "实际 ", last, days)]
    elif gap < LEVEL_WITH:
        values = [_below("actual", "实际 ", last, days)]
    if pace:
        values.append((_below if gap < 0 else _above)("plan", "该到 ", pace, days))
    return values


def notes_of(curve: Curve, days: Days) -> list[Value]:
    """Labels of corrections and changes, shown only in wide charts; all charts have a legend."""
    notes = []
    for point in curve.corrected:
        if (at := days.at(point.day)) > ROOM_WIDE:
            word = f"更正前 {percent_text(point.share)}"
            notes.append(Value(at, down(point.share), "note", word, anchor="end", beside=-NEAR, below=-NEAR))
    last = -ROOM_WIDE
    for day in _change_days(curve):
        if (at := days.at(day)) - last >= ROOM_WIDE:
            last = at
            notes.append(Value(at, Fraction(100), "note", "承诺改过", anchor="middle", below=-FAR))
    return notes


def _above(kind: str, word: str, point: Point, days: Days) -> Value:
    """A label to the upper left of the point, where a rising line leaves room."""
    at, text = days.at(point.day), percent_text(point.share)
    if at < ROOM_BESIDE:
        return Value(at, down(point.share), kind, "", text, anchor="middle", below=-FAR)
    return Value(at, down(point.share), kind, word, text, anchor="end", beside=-NEAR, below=-NEAR)


def _right(kind: str, word: str, point: Point, days: Days) -> Value:
    at, text = days.at(point.day), percent_text(point.share)
    word = word if at <= 100 - ROOM_WIDE else ""
    return Value(at, down(point.share), kind, word, text, beside=NEAR * 7 / 5, below=NEAR * 7 / 10)


def _below(kind: str, word: str, point: Point, days: Days) -> Value:
    return replace(_right(kind, word, point, days), below=FAR + NEAR / 2)


# Words


def curve_title(progress: Progress, curve: Curve, verb: str) -> str:
    """The title: how far the project is; `verb` is what was promised to be done."""
    if progress.light is Light.DROPPED:
        return "已取消，不再算进度"
    if progress.light is Light.DONE:
        late = "，晚于期限" if any(state.is_late for state in progress.active) else ""
        more = "，超额" if any(state.is_exceeded for state in progress.active) else ""
        return f"{day_text(progress.done_on)}{verb}{late}{more}"
    is_over = progress.due_on is not None and curve.as_of > progress.due_on
    if curve.is_stepped:
        n_reached = sum(state.is_reached for state in progress.active)
        missing = f"{n_reached} 项{verb}，还没办完" if n_reached else f"还没{verb}" if curve.actual else "还没有数据"
        return f"期限已过，{missing}" if is_over else f"{missing}，还没到期限"
    actual = f"实际做到 {percent_text(progress.actual)}" if curve.actual else "还没有数据"
    return f"期限已过，{actual}" if is_over else f"{actual}，按日子该到 {percent_text(progress.planned)}"


def curve_sentence(curve: Curve, title: str) -> str:
    """The description for screen readers: the title and days. The table below the chart has the reported values."""
    due = f"期限 {day_text(curve.due[-1])}，" if curve.due else ""
    return f"实际和计划的曲线：{title}。{due}算到 {day_text(curve.as_of)}，每次报的数在下面的表里。"


# Money


@dataclass(frozen=True)
class MoneyPicture:
    """The bars of spending and total investment, their lengths in percent of the longer one."""

    title: str
    description: str
    spent: Fraction
    investment: Fraction
    spent_text: str
    investment_text: str


def money_picture(spent: Decimal | None, investment: Decimal | None) -> MoneyPicture | None:
    """The bars; None if one of the amounts is unknown, or the investment is zero."""
    share = execution_of(spent, investment)
    if share is None:
        return None
    longer = max(share, Fraction(1))
    spent_text, investment_text = f"已完成 {yuan_text(spent)}", f"总投资 {yuan_text(investment)}"
    title = f"完成了总投资的 {percent_text(share)}{'，超过了总投资' if share > 1 else ''}"
    return MoneyPicture(
        title=title,
        description=f"{investment_text}，{spent_text}。{title}。",
        spent=share * 100 / longer,
        investment=100 / longer,
        spent_text=spent_text,
        investment_text=investment_text,
    )
