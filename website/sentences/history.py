"""What a span of time comes to, in one sentence: what was changed, what happened between two days, a year's account.

`year` is that of the plan, in whose pages it goes without saying; None spells out every year.
"""

from collections import Counter

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.formats import day_text, day_texts, percent_text, points, yuan_text
from common.templatetags import components
from projects.adjustable import Move
from projects.models import PromiseChange
from projects.progress import Sums
from tasks.changes import Change, PlanChanges
from tasks.comparison import Difference
from tasks.progress import Outcome
from tasks.review import VERDICTS, Totals
from tasks.snapshots import PlanSnapshot
from tasks.words import KEPT_LATE, MOVES, RESIDENT_OUTCOMES
from website.sentences.promises import OUTCOME_BADGES

COUNTED_MOVES = (Move.EARLIER, Move.LATER, Move.LOWERED, Move.RAISED, Move.RESET, Move.DROPPED)


def changes_sentence(snapshot: PlanSnapshot, changes: PlanChanges, *, year: int | None) -> str:
    """`到 9 月 30 日，15 件承诺里改过 1 件：提前 1 次。`"""
    day = day_text(snapshot.as_of, year=year)
    counter = snapshot.headline.row.counter
    if not changes.commitments:
        told = f"到 {day}，{changes.total} {counter}承诺一{counter}也没有改过。"
    else:
        moves = changes.moves
        counted = "，".join(f"{MOVES[move]} {moves[move]} 次" for move in COUNTED_MOVES if moves[move])
        told = f"到 {day}，{changes.total} {counter}承诺里改过 {len(changes.commitments)} {counter}：{counted}。"
    return told + (f"另有 {len(changes.indicators)} 个指标改过。" if changes.indicators else "")


def comparison_sentence(difference: Difference, counter: str, *, year: int | None) -> str:
    """`从 8 月 31 日到 9 月 30 日：办成 1 件，2 件变得落后。`"""
    since, until = day_texts(difference.since, difference.until, year=year)
    if difference.since == difference.until:
        return f"从 {since}到 {until}是同一天，什么也没有变。"
    if difference.is_empty:
        return f"从 {since}到 {until}，什么也没有变。"
    return f"从 {since}到 {until}：{'，'.join(_happened(difference, counter))}。"


def _happened(difference: Difference, counter: str) -> list[str]:
    settled = Counter(step.after.state.outcome for step in difference.settled)
    counted = [
        (len(difference.kept), "办成 {n} {counter}"),
        (len(difference.unkept), "{n} {counter}原来算办成的，现在不能算"),
        *((settled[outcome], f"{{n}} {{counter}}{RESIDENT_OUTCOMES[outcome]}") for outcome in VERDICTS),
        (len(difference.fell_behind), "{n} {counter}变得落后"),
        (len(difference.caught_up), "{n} {counter}赶上来了"),
        (len(difference.reached), "{n} 个小项办到了"),
        (len(difference.begun), "{n} 个小项开始做了"),
        (len(difference.cut), "取消 {n} 处"),
        (len(difference.moved), "改了 {n} 处日子或目标"),
    ]
    told = [words.format(n=n, counter=counter) for n, words in counted if n]
    return told or ["没有哪件承诺的结果变了"]


def acts_sentence(difference: Difference) -> str:
    """`公布了 12 份进展，更正了 1 份，累计完成投资多了 2300 万元。` Empty where nothing was published."""
    counted = [(len(difference.reports), "公布了 {} 份进展"), (len(difference.corrections), "更正了 {} 份")]
    told = [words.format(n) for n, words in counted if n]
    more = difference.spent[1].amount - difference.spent[0].amount
    if more:
        amount = yuan_text(abs(more))
        told.append(f"累计完成投资{'多' if more > 0 else '少'}了{'' if amount.startswith('约') else ' '}{amount}")
    return f"{'，'.join(told)}。" if told else ""


def reports_sentence(difference: Difference) -> str:
    """`新公布 12 份，更正 1 份。`"""
    new = f"新公布 {len(difference.reports)} 份" if difference.reports else "没有新公布的"
    corrected = f"，更正 {len(difference.corrections)} 份" if difference.corrections else ""
    return f"{new}{corrected}。"


def review_sentence(totals: Totals, counter: str) -> str:
    """`15 件承诺：办成 8 · 晚了才办成 1 · 没办成 3。其中 4 件中途改过。` What is none is left out."""
    parts = [f"{RESIDENT_OUTCOMES[Outcome.KEPT]} {totals.in_time}"]
    parts += [f"{KEPT_LATE} {totals.late}"] if totals.late else []
    words = RESIDENT_OUTCOMES | {Outcome.DROPPED: "取消", Outcome.ADVANCED: OUTCOME_BADGES[Outcome.ADVANCED].word}
    parts += [f"{words[outcome]} {totals.others[outcome]}" for outcome in VERDICTS if totals.others[outcome]]
    told = f"{totals.total} {counter}承诺：{' · '.join(parts)}。"
    return told + (f"其中 {totals.adjusted} {counter}中途改过。" if totals.adjusted else "")


def review_opening(snapshot: PlanSnapshot) -> str:
    """From when there is an account, before the year is over."""
    return f"{snapshot.short_title}到 {day_text(snapshot.row.ends_on)}才到期，从第二天起对账：说的办成了没有，一件一件写明。"


def review_note(snapshot: PlanSnapshot) -> SafeString:
    """The same behind a link to it."""
    if snapshot.has_ended:
        return SafeString("说的办成了没有")
    return format_html("说的办成了没有，{}到期以后可以看", components.day(on=snapshot.row.ends_on))


# One change


def move_texts(change: Change) -> list[str]:
    """`推迟 50 天`, `取消`: one for each kind of move."""
    return [_move_text(move, change.adjustment) for move in change.moves]


def _move_text(move: Move, change: PromiseChange) -> str:
    if move not in {Move.LATER, Move.EARLIER}:
        return MOVES[move]
    moved = ((field, old, new) for field, old, new in change.field_changes() if field.move_of(old, new) is move)
    days = max(abs((field.decode(new) - field.decode(old)).days) for field, old, new in moved)
    return f"{MOVES[move]} {days} 天"


def pace_words(sums: Sums) -> str:
    """`该到 81%，实际 60%，落后 21 个百分点`; the lag is rounded toward zero like everywhere."""
    if sums.planned is None:
        return "全部取消，不再计算"
    told = f"该到 {percent_text(sums.planned)}"
    if sums.actual is None:
        return f"{told}，没有数据"
    return f"{told}，实际 {percent_text(sums.actual)}，{_lag_words(sums)}"


def _lag_words(sums: Sums) -> str:
    if not sums.lag:
        return "正好"
    word, n = ("落后" if sums.lag > 0 else "快"), abs(points(sums.lag) or 0)
    return f"{word} {n} 个百分点" if n else f"{word}不到 1 个百分点"
