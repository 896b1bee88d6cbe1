"""Warnings about a report, an adjustment or a reading: valid, but probably a typing error.

Pure rules on loaded objects, with the day as an argument and no query. The page before 送审 shows them, and so do the
reviewers' pages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import partial
from typing import Any

from common.formats import day_text, exact_yuan_text, fine_percent_text, in_unit, number_text, yuan_text
from desk.filing import Line, ReportedProject
from projects.adjustable import Amount, Day, Dropped, Money
from projects.models import PromiseChange
from projects.snapshots import ProjectSnapshot
from tasks.models import Declared, Pace, TaskReport
from tasks.snapshots import Answer

LONG_AGO_DAYS = 62
A_YEAR = timedelta(days=366)
SLIP_OF_A_DIGIT = 10
CHECK_SIZE = "请看看单位、小数点和位数写对没有。"


class OddityKind(StrEnum):
    BEFORE_PROMISE = "BEFORE_PROMISE"
    LONG_AGO = "LONG_AGO"
    OVER_TARGET = "OVER_TARGET"
    TENFOLD = "TENFOLD"
    JUMP = "JUMP"
    UNDER_ONE_PERCENT = "UNDER_ONE_PERCENT"
    NOTHING_BEGUN = "NOTHING_BEGUN"
    OVER_INVESTMENT = "OVER_INVESTMENT"
    TINY_SPENDING = "TINY_SPENDING"
    SPENDING_TENFOLD = "SPENDING_TENFOLD"
    SPENDING_JUMP = "SPENDING_JUMP"
    NOT_REPEATED = "NOT_REPEATED"
    NO_VALUES = "NO_VALUES"
    NOTHING_CORRECTED = "NOTHING_CORRECTED"
    NO_REASON = "NO_REASON"
    DECLARED_BACK = "DECLARED_BACK"
    TAKEN_BACK = "TAKEN_BACK"
    DECIDED_EARLY = "DECIDED_EARLY"
    DUE_PASSED = "DUE_PASSED"
    DUE_FAR = "DUE_FAR"
    DROPPED_AND_CHANGED = "DROPPED_AND_CHANGED"
    OTHER_SIZE = "OTHER_SIZE"


# Short texts, for the cards of the reviewers' queue.
LOOKS = {
    OddityKind.BEFORE_PROMISE: "数据日期早于承诺公布",
    OddityKind.LONG_AGO: "数据日期在两个月以前",
    OddityKind.OVER_TARGET: "超过目标",
    OddityKind.TENFOLD: "节点数涨到十倍以上",
    OddityKind.JUMP: "节点一次多了目标的一半以上",
    OddityKind.UNDER_ONE_PERCENT: "节点数不到 1%",
    OddityKind.NOTHING_BEGUN: "完成了投资，节点数都是 0",
    OddityKind.OVER_INVESTMENT: "超过总投资",
    OddityKind.TINY_SPENDING: "第一次报的投资不到总投资的 1%",
    OddityKind.SPENDING_TENFOLD: "完成投资涨到十倍以上",
    OddityKind.SPENDING_JUMP: "完成投资一次多了总投资的一半以上",
    OddityKind.NOT_REPEATED: "更正里有没重填的数",
    OddityKind.NO_VALUES: "没有节点数据",
    OddityKind.NOTHING_CORRECTED: "更正和原来一样",
    OddityKind.NO_REASON: "落后了，没有说为什么慢",
    OddityKind.DECLARED_BACK: "说得比上次退了一步",
    OddityKind.TAKEN_BACK: "撤销原来说的",
    OddityKind.DECIDED_EARLY: "决定日期早于承诺公布",
    OddityKind.DUE_PASSED: "新的期限已经过去",
    OddityKind.DUE_FAR: "期限推后了一年多",
    OddityKind.DROPPED_AND_CHANGED: "取消了又改",
    OddityKind.OTHER_SIZE: "数变得很大或很小",
}


@dataclass(frozen=True)
class Oddity:
    """`text` says what is odd, `advice` what to do. `about` is the name of a field or the address of a milestone."""

    kind: OddityKind
    about: str
    text: str
    advice: str

    @property
    def look(self) -> str:
        return LOOKS[self.kind]

    @property
    def key(self) -> str:
        """What a person confirms by submitting: it contains the value, so another value has another key."""
        return f"{self.about} {self.text}"


def oddities_of(report: Any, values: Mapping[int, Decimal], project: ReportedProject, on: date) -> tuple[Oddity, ...]:
    """Those of a report that is submitted on the day `on`; `values` are its readings by the milestone's primary key.

    At most one for each field, the gravest. A value is compared with the one before it by held day; money with the total
    investment, where it is known. Compared with an earlier value, these look like typing errors: ten times as much and
    more than a tenth of the whole (a digit too many, a wrong unit), or more than half of the whole in one report (this
    month's figure instead of the sum, another row's value). The latter does not hold for a milestone whose pace is STEP,
    nor for a rise by one.
    """
    snapshot = project.snapshot
    corrected = next((known for known in snapshot.reports if known.report.pk == report.corrects_id), None)
    promised_on = snapshot.row.published_on
    found = [] if corrected and corrected.report.held_on == report.held_on else [_odd_day(report, promised_on, on)]
    lines = [(line, values.get(line.milestone.row.pk)) for line in project.lines]
    found += [_odd_value(report, line, value) for line, value in lines if value is not None]
    if report.spent and not any(values.values()):
        found += [_unbegun(line, report.spent) for line, value in lines if value is not None and not line.is_dropped]
    found += [_odd_spending(report, snapshot), *_left_out(report, values, corrected, project)]
    return tuple(oddity for oddity in found if oddity)


def _odd_day(fact, promised_on: date, on: date) -> Oddity | None:
    day, advice = fact.held_on, "请看看年份和月份写对没有。"
    if day < promised_on:
        text = f"数据日期 {day_text(day)}，早于承诺公布的日子（{day_text(promised_on)}）。"
        return Oddity(OddityKind.BEFORE_PROMISE, "held_on", text, advice)
    if on - day > timedelta(days=LONG_AGO_DAYS):
        text = f"数据日期 {day_text(day)}，是 {(on - day).days} 天以前。"
        return Oddity(OddityKind.LONG_AGO, "held_on", text, advice)
    return None


def _before(report, dated: list[tuple[Any, Decimal]]) -> Decimal | None:
    """The last value with an earlier held day, except those of the report itself and of the one it corrects."""
    own = (report.pk, report.corrects_id)
    earlier = [(one.held_on, value) for one, value in dated if one.held_on < report.held_on and one.pk not in own]
    return max(earlier)[1] if earlier else None


def _is_tenfold(before: Decimal, now: Decimal, whole: Decimal | None) -> bool:
    return now >= SLIP_OF_A_DIGIT * before > 0 and (whole is None or now - before > whole / 10)


def _odd_value(report, line: Line, value: Decimal) -> Oddity | None:
    title, row, target = line.milestone.title, line.milestone.row, line.amount
    unit, address = row.unit, row.address
    before = _before(report, [(reading.report, reading.value) for reading in line.milestone.readings])
    now = in_unit(value, unit)
    if target is not None and value > target:
        text = f"{title}：{now}，超过目标 {in_unit(target, unit)}。"
        advice = "真的多做了，公布后会写“超额”；多写了一位的，要改。"
        return Oddity(OddityKind.OVER_TARGET, address, text, advice)
    if unit == "%" and 0 < value < 1:
        advice = f"要是 {number_text(value * 100)}%，就改成 {number_text(value * 100)}。"
        return Oddity(OddityKind.UNDER_ONE_PERCENT, address, f"{title}：{now}，还不到 1%。", advice)
    if before is None:
        return None
    change = f"{title}：上次 {in_unit(before, unit)}，这次 {now}"
    if _is_tenfold(before, value, target):
        return Oddity(OddityKind.TENFOLD, address, f"{change}，涨到十倍以上。", "请看看是不是多写了一位。")
    is_linear = line.target is not None and line.target.terms.pace != Pace.STEP
    if is_linear and target is not None and value - before > max(target / 2, Decimal(1)):
        return Oddity(
            OddityKind.JUMP, address, f"{change}，一次多了目标的一半以上。", "请看看是不是写错了行、写错了数。"
        )
    return None


def _unbegun(line: Line, spent: Decimal) -> Oddity:
    """Of money that was spent where every value is 0, which residents read as not begun: a piece that is half built is
    none."""
    row = line.milestone.row
    text = f"{line.milestone.title}：填了 {in_unit(Decimal(0), row.unit)}，居民看到的是“还没{row.begun}”；可是累计完成投资 {money_text(spent)}。"
    advice = f"已经{row.begun}的，填做到多少。"
    if row.is_counted and not row.verb.startswith(row.begun) and row.begun not in line.milestone.title:
        advice = f"这里只数{row.verb}的，做了一半的还是 0：已经{row.begun}的，在“进展”里写明做到哪一步，居民看得到。"
    return Oddity(OddityKind.NOTHING_BEGUN, row.address, text, advice)


def money_text(yuan: Decimal) -> str:
    """Exact: in 万元 or 亿元 where that needs no rounding, else in yuan."""
    text = yuan_text(yuan)
    return exact_yuan_text(yuan) if yuan < 10_000 or text.startswith("约") else text


def share_text(yuan: Decimal, investment: Decimal | None) -> str:
    """`总投资的 75.00%`; empty where the total isn't known."""
    return f"总投资的 {fine_percent_text(Fraction(yuan) / Fraction(investment))}" if investment else ""


def _odd_spending(report, snapshot: ProjectSnapshot) -> Oddity | None:
    spent, whole = report.spent, snapshot.investment
    if spent is None:
        return None
    as_text = [
        (known.report, known.report.spent) for known in snapshot.effective_reports if known.report.spent is not None
    ]
    before, now = _before(report, as_text), f"累计完成投资 {money_text(spent)}"
    if whole is not None and spent > whole:
        advice = "真的超过了，原因会一起公开；单位不对或者多写了一位的，要改。"
        return Oddity(OddityKind.OVER_INVESTMENT, "spent", f"{now}，超过总投资 {money_text(whole)}。", advice)
    if before is None:
        if not whole or not 0 < spent < whole * Decimal("0.01"):
            return None
        text = f"第一次报{now}，只有{share_text(spent, whole)}。"
        return Oddity(OddityKind.TINY_SPENDING, "spent", text, "请看看单位写对没有，是元还是万元。")
    change = f"{now}，上次是 {money_text(before)}"
    if _is_tenfold(before, spent, whole):
        advice = "请看看单位写对没有，是不是多写了一位。"
        return Oddity(OddityKind.SPENDING_TENFOLD, "spent", f"{change}，涨到十倍以上。", advice)
    if whole is not None and spent - before > whole / 2:
        advice = "请看看是不是写错了。"
        return Oddity(OddityKind.SPENDING_JUMP, "spent", f"{change}，一次多了总投资的一半以上。", advice)
    return None


def _left_out(report, values: Mapping[int, Decimal], corrected, project: ReportedProject) -> Iterator[Oddity]:
    """A report without any value, and the values of a corrected report that its correction leaves out."""
    if not values:
        takes_back = corrected is not None and corrected.has_readings
        yield Oddity(OddityKind.NO_VALUES, "", *_nothing_reported(takes_back))
    if corrected is None:
        return
    advice = "还算数的，要再填一遍。"
    as_text = {reading.milestone_id: reading.value for reading in corrected.readings} if values else {}
    for line in (line.milestone for line in project.lines):
        value = as_text.get(line.row.pk)
        if value is not None and line.row.pk not in values:
            text = f"{line.title}：更正里没有填，原来报的 {in_unit(value, line.row.unit)}就不再算数。"
            yield Oddity(OddityKind.NOT_REPEATED, line.row.address, text, advice)
    if corrected.report.spent is not None and report.spent is None:
        text = f"累计完成投资：更正里没有填，原来报的 {money_text(corrected.report.spent)}就不再算数。"
        yield Oddity(OddityKind.NOT_REPEATED, "spent", text, advice)


def _nothing_reported(takes_back: bool) -> tuple[str, str]:
    if not takes_back:
        return "一个节点的数也没有填。", "有新数的要填上；没有，只报文字也行。"
    return "更正里一个节点的数也没有填，等于撤销原来那一份的数。", "只想改文字的，数也要再填一遍。"


NOTHING_CORRECTED = Oddity(
    OddityKind.NOTHING_CORRECTED,
    "",
    "更正里的日期、数和文字都和原来一样，只多了一条原因。",
    "要改的地方，先改好；不用更正，就删掉这份草稿。",
)


def task_report_oddities(report: TaskReport, answer: Answer, on: date) -> tuple[Oddity, ...]:
    """Those of a report of a task or a measure that is submitted on the day `on`."""
    corrected = report.corrects
    found = []
    if not (corrected and corrected.held_on == report.held_on):
        found.append(_odd_day(report, answer.row.published_on, on))
    if not report.declared:
        advice = "只想改文字的，到哪一步也要再选一次。"
        found.append(Oddity(OddityKind.TAKEN_BACK, "declared", "更正里没有选到哪一步，等于撤销原来那一份。", advice))
    else:
        found.append(_odd_declaration(report, answer))
    return tuple(oddity for oddity in found if oddity)


def _odd_declaration(report: TaskReport, answer: Answer) -> Oddity | None:
    """Further back than what was declared for an earlier day."""
    before = declared_before(report, answer)
    ranks = list(Declared)
    if before is None or ranks.index(Declared(report.declared)) >= ranks.index(Declared(before.declared)):
        return None
    text = f"{day_text(before.held_on)}说{before.get_declared_display()}，这次说{report.get_declared_display()}。"
    return Oddity(OddityKind.DECLARED_BACK, "declared", text, "真的退了一步，请在“进展”里写清楚。")


def declared_before(report: TaskReport, answer: Answer) -> TaskReport | None:
    """The last one that counts of those for an earlier day, except the one that it corrects."""
    own = (report.pk, report.corrects_id)
    earlier = [one for one in answer.effective_reports if one.held_on < report.held_on and one.pk not in own]
    return earlier[-1] if earlier else None


def unexplained(about: str) -> Oddity:
    """That a report which leaves a promise behind doesn't say why."""
    text = f"公布以后，{about}还是落后，没有选“为什么慢了”。"
    return Oddity(OddityKind.NO_REASON, "delay", text, "要选一个；知道得更细的，写在“存在问题”里。")


def change_oddities(change: PromiseChange, on: date) -> tuple[Oddity, ...]:
    """Those of an adjustment that is submitted on the day `on`: at most one for each field, the gravest."""
    promise, found = change.promise, [_odd_decision(change)]
    for field, *values in change.field_changes():
        old, new = map(field.decode, values)
        match field:
            case Dropped():
                found.append(_odd_dropping(change))
            case Day() if new is not None:
                found.append(_odd_due(field, old, new, on))
            case Amount() if None not in (old, new):
                found.append(_odd_size(field.name, field.label, old, new, partial(in_unit, unit=promise.unit)))
            case Money() if None not in (old, new):
                found.append(_odd_size(field.name, field.label, old, new, money_text))
    return tuple(oddity for oddity in found if oddity)


def _odd_decision(change: PromiseChange) -> Oddity | None:
    decided_on, promised_on = change.decided_on, change.promise.published_on
    if promised_on is None or decided_on >= promised_on:  # an unpublished promise is refused at the publication
        return None
    text = f"决定日期 {day_text(decided_on)}，早于承诺公布的日子（{day_text(promised_on)}）。"
    return Oddity(OddityKind.DECIDED_EARLY, "decided_on", text, "请看看年份和月份写对没有。")


def _odd_dropping(change: PromiseChange) -> Oddity | None:
    others = [field.label for field, _old, _new in change.field_changes() if not isinstance(field, Dropped)]
    if not others:
        return None
    text = f"取消了这一项，又改了它的{'、'.join(others)}。"
    return Oddity(OddityKind.DROPPED_AND_CHANGED, "dropped", text, "取消了就不再算进度，别的不用改。")


def _odd_due(field: Day, old: date | None, new: date, on: date) -> Oddity | None:
    change, advice = f"{field.label}改到 {day_text(new)}", "请看看年份写对没有。"
    if new < on:
        return Oddity(OddityKind.DUE_PASSED, field.name, f"{change}，这一天已经过去了。", advice)
    if old is not None and new - old > A_YEAR:
        text = f"{change}，比原来的 {day_text(old)}推后了一年多。"
        return Oddity(OddityKind.DUE_FAR, field.name, text, advice)
    return None


def reading_oddities(reading: Any, target: Decimal, effective: Iterable[Any], on: date) -> tuple[Oddity, ...]:
    """Those of an indicator's reading. `target` is the one in force, `effective` are the uncorrected published readings."""
    indicator, value = reading.indicator, reading.value
    as_text = partial(in_unit, unit=indicator.unit)
    before = _before(reading, [(one, one.value) for one in effective])
    odd_value = (
        _odd_first_value(indicator, value, target, as_text)
        if before is None
        else _odd_size("value", indicator.title, before, value, as_text)
    )
    found = (_odd_day(reading, indicator.published_on, on), odd_value)
    return tuple(oddity for oddity in found if oddity)


def _odd_first_value(
    indicator: Any, value: Decimal, target: Decimal, as_text: Callable[[Decimal], str]
) -> Oddity | None:
    """Compared with the target, as there is no earlier value. Below a negative target or baseline, values may be negative."""
    if indicator.unit == "%" and 0 < value < 1 <= target:
        how = "还不到 1%"
    elif value < 0 <= min(target, indicator.baseline or 0):
        how = "是负数"
    elif value >= SLIP_OF_A_DIGIT * target > 0:
        how = "是目标的十倍以上"
    else:
        return None
    text = f"{indicator.title}：{as_text(value)}，{how}（目标 {as_text(target)}）。"
    return Oddity(OddityKind.OTHER_SIZE, "value", text, CHECK_SIZE)


def _odd_size(
    about: str, label: str, before: Decimal, now: Decimal, as_text: Callable[[Decimal], str]
) -> Oddity | None:
    """Ten times as much or a tenth of it (a digit too many or too few, a wrong unit), or another sign."""
    if now < 0 <= before:
        how = "成了负数"
    elif abs(now) >= SLIP_OF_A_DIGIT * abs(before) > 0:
        how = "涨到十倍以上"
    elif SLIP_OF_A_DIGIT * abs(now) <= abs(before) and before:
        how = "不到十分之一" if now else "成了 0"
    else:
        return None
    text = f"{label}：原来 {as_text(before)}，现在 {as_text(now)}，{how}。"
    return Oddity(OddityKind.OTHER_SIZE, about, text, CHECK_SIZE)
