"""What is known of one part of a project, and how its two figures come about.

Days are marked up as such, so most of these sentences are mark-up, with everything that people wrote escaped in it.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.formats import counted_percent_text, fine_percent_text, fine_share_text, in_unit, number_text, percent_text
from common.templatetags.components import day
from projects.progress import Progress, Rules, TargetState, Terms
from tasks.models import Goal, Pace
from tasks.snapshots import TargetSnapshot
from website.sentences.parts import done_word, unreached_text


def part_text(state: TargetState) -> str:
    """The part with its quantity, where it is one: `10 座污水处理站`."""
    return _part_text(state.snapshot, state.terms)


def first_part_text(state: TargetState) -> str:
    """The same with the quantity first promised."""
    return _part_text(state.snapshot, state.snapshot.promised)


def _part_text(snapshot: TargetSnapshot, terms: Terms) -> str:
    if _is_whole(snapshot, terms):
        return snapshot.title
    return f"{number_text(terms.amount)} {snapshot.unit}{promised_thing(snapshot)}"


def is_whole(state: TargetState) -> bool:
    """Whether the part is one thing, which is done or isn't, rather than so many of them."""
    return _is_whole(state.snapshot, state.terms)


def _is_whole(snapshot: TargetSnapshot, terms: Terms) -> bool:
    is_counted = snapshot.milestone.row.is_counted
    return snapshot.unit == "%" or (terms.pace == Pace.STEP and not terms.steps and not is_counted)


def promised_thing(snapshot: TargetSnapshot) -> str:
    """What is promised so many of, nothing where it is counted in just that: `600 人`, not `600 人培训的人`."""
    title, noun = snapshot.title, snapshot.milestone.noun
    thing = noun if noun and snapshot.milestone.row.verb in title else title
    return "" if snapshot.unit.endswith(noun or thing) or thing == snapshot.milestone.row.verb else thing


def deed_text(state: TargetState) -> str:
    """The part with what is done to it: `建成屋顶`, `建成 10 座污水处理站`; `开工建设` is one already."""
    return _deed_text(state.snapshot, state.terms)


def _deed_text(snapshot: TargetSnapshot, terms: Terms) -> str:
    part, row = _part_text(snapshot, terms), snapshot.milestone.row
    if row.verb in part or row.begun in part:
        return part
    return f"{row.verb}{' ' if part[0].isdigit() else ''}{part}"


def begun_text(state: TargetState) -> str:
    """The part with how it begins: `屋顶动工`; `开工建设` says so already."""
    part, row = part_text(state), state.snapshot.milestone.row
    return part if row.verb in part or row.begun in part else f"{part}{row.begun}"


def part_names(states: Iterable[TargetState]) -> str:
    return "、".join(state.snapshot.title for state in states)


def first_terms(state: TargetState) -> SafeString:
    """What was first promised of the part: `建成 10 座污水处理站，12 月 31 日前`, with the year."""
    promised = state.snapshot.promised
    return format_html("{}，{}前", _deed_text(state.snapshot, promised), day(on=promised.due_on))


def present_terms(state: TargetState) -> SafeString:
    """What is promised of it now."""
    if state.is_dropped:
        return SafeString("取消")
    return format_html("{}，{}前", deed_text(state), day(on=state.terms.due_on))


def reading_sentence(state: TargetState) -> SafeString:
    """`… 的数据：40%，目标 100%。按日子该到 74%，实际 40%。`, of a whole thing that is done only since when."""
    if is_whole(state) and state.snapshot.unit != "%":
        return _step_reading(state)
    target, planned = in_unit(state.terms.amount, state.snapshot.unit), percent_text(state.planned)
    is_whole_share = state.snapshot.unit == "%" and state.terms.amount == 100
    if not state.is_reported:
        return format_html("目标 {}，还没有数据。按日子该到 {}。", target, planned)
    if state.is_reached and state.snapshot.unit == "%" and not state.is_exceeded:
        return format_html("{}{}。", day(on=state.reached_on), _done_word(state))
    value, held = in_unit(state.value, state.snapshot.unit), day(on=state.held_on)
    if state.is_reached:
        return format_html(
            "{}的数据：{}，目标 {}，{}。", held, value, target, "超额" if state.is_exceeded else "做到了"
        )
    if is_whole_share:  # what it is and what it is of are the same figures
        return format_html("{}的数据：{}，按日子该到 {}。", held, value, planned)
    actual = percent_text(state.actual)
    return format_html("{}的数据：{}，目标 {}。按日子该到 {}，实际 {}。", held, value, target, planned, actual)


def _step_reading(state: TargetState) -> SafeString:
    """`… 开工建设。`, `… 的数据：还没开工。`: a step that is taken or isn't has no share."""
    if not state.is_reported:
        return SafeString("还没有数据。")
    if state.is_reached:
        return format_html("{}{}。", day(on=state.reached_on), state.snapshot.title)
    begun = state.snapshot.milestone.row.begun
    return format_html("{}的数据：{}。", day(on=state.held_on), unreached_text(state.snapshot.title, begun))


def _done_word(state: TargetState) -> str:
    row = state.snapshot.milestone.row
    return done_word(row.verb, row.begun)


def deadline_clause(state: TargetState, goal: str = Goal.FINISH) -> SafeString:
    """`… 建成；应于 …前建成`, of what only had to begin 动工, and first promised for which day, and how late it is."""
    due_on, promised_on = state.terms.due_on, state.snapshot.promised.due_on
    late = "，晚于期限" if state.is_late else ""
    verb = state.snapshot.milestone.row.begun if goal == Goal.START else _done_word(state)
    reached = format_html("{}{}{}；", day(on=state.reached_on), verb, late) if state.reached_on else ""
    promised = format_html("（原定 {}）", day(on=promised_on)) if promised_on != due_on else ""
    overdue = f"，已过期 {state.days_overdue} 天" if state.is_overdue else ""
    overdue += "，已过期，没有报" if state.is_due_unreported else ""
    return format_html("{}应于 {}{}前{}{}", reached, day(on=due_on), promised, verb, overdue)


def actual_steps(state: TargetState) -> str:
    """`40 ÷ 100`, in the milestone's unit."""
    if state.value is None:
        return "没有报，按 0 计入"
    return f"{number_text(state.value)} ÷ {number_text(state.terms.amount)}（{state.snapshot.unit}）"


def planned_steps(state: TargetState) -> str:
    """`274 ÷ 366（天）`, or why it is nothing or everything; from what there was, `(3 + 7 × 23 ÷ 365（天）) ÷ 10`."""
    terms, start = state.terms, state.snapshot.from_amount
    if terms.pace == Pace.STEP:
        return _step_text(state)
    days = (terms.due_on - terms.starts_on).days + 1
    covered = max((min(state.pace_on, terms.due_on) - terms.starts_on).days + 1, 0)
    share = f"{covered} ÷ {days}（天）"
    if not start:
        return share
    return f"({number_text(start)} + {number_text(terms.amount - start)} × {share}) ÷ {number_text(terms.amount)}"


def _step_text(state: TargetState) -> str:
    if state.planned == 1:
        return "已经到期，是全部"
    if not state.planned:
        return "到期以前是 0"
    expected = Decimal(state.planned.numerator) * state.terms.amount / state.planned.denominator
    return f"{number_text(expected)} ÷ {number_text(state.terms.amount)}（最近一步该做到的）"


def pace_reason(state: TargetState) -> str:
    """Why the plan is read on `pace_on` rather than on another day."""
    if state.held_on == state.pace_on:
        return "这是最近一次数据的日子，实际和计划比的是同一天"
    if not state.is_reported:
        return "从来没有报过数据，计划算到页面这一天"
    if state.pace_on > state.terms.due_on:
        return "已经过了期限，计划算到页面这一天"
    return "很久没有再报，计划接着往前走"


def actual_arithmetic(state: TargetState) -> str:
    """`40 ÷ 100（%） = 40.00%`."""
    if state.actual is None:
        return "没有数据，算不出来；在总数里按 0 计入"
    return f"{actual_steps(state)} = {counted_percent_text(state.actual)}"


def planned_arithmetic(state: TargetState, as_of: date) -> SafeString:
    """`274 ÷ 366（天） = 74.86%；从 … 到 …，算到 …（why that day）`, and what it is on the day of the page."""
    starts_on, due_on = day(on=state.terms.starts_on), day(on=state.terms.due_on)
    today = ""
    if state.pace_on != as_of:
        today = format_html("；算到 {}是 {}", day(on=as_of), fine_share_text(state.planned_today))
    sum_text, reason = f"{planned_steps(state)} = {fine_share_text(state.planned)}", pace_reason(state)
    html = "{}；从 {}到 {}，算到 {}（{}）{}"
    return format_html(html, sum_text, starts_on, due_on, day(on=state.pace_on), reason, today)


def lag_arithmetic(progress: Progress, rules: Rules) -> str:
    """`该到 74.86% 减去实际 60.00%，差 14.86%。`, and from where that counts as behind."""
    planned, actual = fine_share_text(progress.planned), fine_share_text(progress.actual)
    return (
        f"该到 {planned} 减去实际 {actual}，差 {fine_percent_text(progress.lag)}。"
        f"差到 {percent_text(rules.lag_warning)} 算落后，超过 {percent_text(rules.lag_alarm)} 算严重落后。"
    )


def done_so_far(progress: Progress) -> SafeString:
    """`60%（… 的数据）；没有数据的：南环路南延`."""
    if progress.actual is None:
        return SafeString("没有数据")
    unreported = f"；没有数据的：{part_names(progress.unreported)}" if progress.unreported else ""
    return format_html("{}（{}的数据）{}", percent_text(progress.actual), day(on=progress.held_on), unreported)
