"""What a span of time comes to, in one sentence: what was changed, what happened between two days, a year's account.

`year` is that of the plan, in whose pages it goes without saying; None spells out every year.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.formats import day_text, day_texts, percent_text, points, spaced, yuan_text
from common.templatetags import components
from projects.adjustable import KIND_WORDS, MOVES, ChangeKind
from projects.models import DecidedBy, PromiseChange
from projects.progress import Sums
from projects.snapshots import ProjectSnapshot
from tasks.changes import Change, PlanChanges
from tasks.comparison import Difference, Step
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.verdicts import Verdict
from tasks.words import CHECK_DUE, CHECK_DUE_WORD, RESIDENT_FINDINGS
from website.sentences.promises import counter_of, verdict_counts

COUNTED = (ChangeKind.LOOSENED, ChangeKind.TIGHTENED)


def changes_sentence(snapshot: PlanSnapshot, changes: PlanChanges, *, year: int | None) -> str:
    """`到 9 月 30 日，15 项承诺里改过 1 项：改紧了 1 次。` Nothing of a plan without promises."""
    beside = f"另有 {len(changes.indicators)} 项指标改过。" if changes.indicators else ""
    if not changes.total:
        return beside
    day = day_text(snapshot.as_of, year=year)
    counter = counter_of(snapshot.commitments)
    if not changes.commitments:
        told = f"到 {day}，{changes.total} {counter}承诺一{counter}也没有改过。"
    else:
        moves = changes.moves
        counted = "，".join(f"{KIND_WORDS[kind]} {moves[kind]} 次" for kind in COUNTED if moves[kind])
        told = f"到 {day}，{changes.total} {counter}承诺里改过 {len(changes.commitments)} {counter}：{counted}。"
    return told + beside


def comparison_sentence(difference: Difference, counter: str, *, year: int | None) -> str:
    """`从 8 月 31 日到 9 月 30 日：1 项办成，2 项变得落后。`"""
    since, until = day_texts(difference.since, difference.until, year=year)
    if difference.since == difference.until:
        if difference.is_empty:
            return f"两天选的都是 {since}，没有可比的。"
        return f"{since}公布以后，当天：{happened_text(difference, counter)}。"
    if difference.is_empty:
        return f"从 {since}到 {until}，没有公布过变化。"
    return f"从 {since}到 {until}：{happened_text(difference, counter)}。"


def happened_text(difference: Difference, counter: str) -> str:
    """`2 件办成，3 件变得落后`; where nothing became of a promise, of how many there are first figures."""
    first = len(difference.first_reported)
    otherwise = f"{first} {counter}第一次公布进展" if first else f"没有哪{counter}承诺的结果变了"
    return joined(happened_parts(difference, counter) or [otherwise])


def joined(happened: Sequence[str]) -> str:
    mark = "；" if any("，" in part for part in happened) else "，"
    return mark.join(happened)


def happened_parts(difference: Difference, counter: str) -> list[str]:
    """`2 件办成`, `3 件变得落后`: what is none is left out."""
    counted = [
        (len(difference.added), "追加 {n} {counter}承诺"),
        *((n, f"{{n}} {{counter}}{verdict.word}") for verdict, n in _verdicts_after(difference.kept)),
        (len(difference.unkept), "{n} {counter}原来算办成的，现在不能算"),
        *((n, f"{{n}} {{counter}}{settled_words(verdict)}") for verdict, n in _verdicts_after(difference.settled)),
        (len(difference.fell_behind), "{n} {counter}变得落后"),
        (len(difference.fell_further), "{n} {counter}更落后"),
        (len(difference.first_behind), "{n} {counter}第一次公布进展就落后"),
        (len(difference.caught_up), "{n} {counter}赶上来了"),
        *((n, f"{{n}} {{counter}}{FOUND_WORDS[code]}") for code, n in difference.findings.items()),
        (len(difference.reached), "{n} 个小项办到了"),
        (len(difference.begun), "{n} 个小项开始做了"),
        (len(difference.cut), "取消 {n} 处"),
        (len(difference.moved), "改了 {n} 处日子或目标"),
    ]
    return [words.format(n=n, counter=counter) for n, words in counted if n]


# Of what was kept, whether it is in use.
FOUND_WORDS: dict[str, str] = {finding: f"办成以后看到{word}" for finding, word in RESIDENT_FINDINGS.items()} | {
    CHECK_DUE: CHECK_DUE_WORD
}
STILL_UNKNOWN = "到期了，还不知道办没办成"


def settled_words(verdict: Verdict) -> str:
    """Of a promise whose days are over and which isn't kept."""
    return STILL_UNKNOWN if verdict.code == Outcome.UNKNOWN else verdict.word


def _verdicts_after(steps: Iterable[Step]) -> list[tuple[Verdict, int]]:
    return verdict_counts(step.after for step in steps)


def acts_sentence(difference: Difference) -> str:
    """`公布了 12 份进展，更正了 1 份，又完成投资 2300 万元。` Empty where nothing was published."""
    counted = [
        (len(difference.reports), "公布了 {} 份进展"),
        (len(difference.corrections), "更正了 {} 份"),
        (len(difference.answers), "说了 {} 次任务进展"),
        (len(difference.checks), "回头看了 {} 次"),
        (len(difference.votes), "公布了 {} 次人大测评"),
    ]
    told = [words.format(n) for n, words in counted if n]
    first = sum((step.spent[1] or Decimal(0) for step in difference.newly_paid), Decimal(0))
    more = difference.spent[1].amount - difference.spent[0].amount - first
    if more:
        told.append(f"又完成投资{_amount(more)}" if more > 0 else f"累计完成投资少了{_amount(-more)}")
    if first:
        told.append(f"{len(difference.newly_paid)} 个项目第一次公布完成投资，累计{_amount(first)}")
    return f"{'，'.join(told)}。" if told else ""


def _amount(yuan: Decimal) -> str:
    """` 2300 万元`, `约 1.7 亿元`: as it follows a word."""
    text = yuan_text(yuan)
    return text if text.startswith("约") else f" {text}"


def reports_sentence(difference: Difference) -> str:
    """`新公布 12 份，更正 1 份。`"""
    new = f"新公布 {len(difference.reports)} 份" if difference.reports else "没有新公布的进展"
    corrected = f"，更正 {len(difference.corrections)} 份" if difference.corrections else ""
    return f"{new}{corrected}。"


def review_sentence(commitments: Sequence[CommitmentSnapshot]) -> str:
    """`15 项承诺：办成 6 · 改后办成 2 · 没办成 3。其中 4 项中途改过。` What is none is left out."""
    if not commitments:
        return "这份计划没有定下具体项目，没有账可对。"
    counter = counter_of(commitments)
    parts = [f"{verdict.word} {n}" for verdict, n in verdict_counts(commitments)]
    adjusted = sum(one.state.is_adjusted for one in commitments)
    told = f"{len(commitments)} {counter}承诺：{' · '.join(parts)}。"
    return told + (f"其中 {adjusted} {counter}中途改过。" if adjusted else "")


def review_opening(snapshot: PlanSnapshot) -> str:
    """From when there is an account, before the year is over."""
    return f"{spaced(snapshot.short_title)}到 {day_text(snapshot.row.ends_on)}才到期，从第二天起对账：说的办成了没有，一件一件写明。"


def review_note(snapshot: PlanSnapshot) -> SafeString:
    """The same behind a link to it."""
    if snapshot.has_ended:
        return SafeString("说的办成了没有")
    return format_html("说的办成了没有，{}到期以后可以看", components.day(on=snapshot.row.ends_on))


def named_part(project: ProjectSnapshot, title: str, joint: str) -> str:
    """`图书馆：屋顶`, with the part's title where it isn't the project's name once more."""
    return project.name if title in (project.title, project.name) else f"{project.name}{joint}{title}"


# One change


def heading_of(change: PromiseChange) -> str:
    """Under what it stands as a whole: a move of the promise apart from what was filled in, reassigned or reworded."""
    return next(heading for heading in HEADINGS if fields_under(change, heading))


def fields_under(change: PromiseChange, heading: str) -> list[str]:
    """Its fields that belong under that heading: one adjustment may move a day and name who answers."""
    return [name for name, kind in change.field_kinds.items() if _heading_of_kind(kind) == heading]


def _heading_of_kind(kind: ChangeKind) -> str:
    return MOVED if kind in MOVES else KIND_WORDS[kind]


MOVED = "改过的承诺"
APART = (ChangeKind.REASSIGNED, ChangeKind.FILLED_IN, ChangeKind.REWORDED)
HEADINGS = (MOVED, *(KIND_WORDS[kind] for kind in APART))


def decision_text(change: PromiseChange) -> SafeString:
    """`… 政府决定`: by whom, where it was said."""
    return format_html("{}{}", components.day(on=change.decided_on), decider_text(change))


def decider_text(change: PromiseChange) -> str:
    if change.decided_by == DecidedBy.UNSTATED:
        return "决定，没有写谁定的"
    return f"{change.get_decided_by_display()}决定"


def move_texts(change: Change, under: str = "") -> list[str]:
    """`推迟 50 天`, `取消`: each once; of the fields `under` that heading, by default of all."""
    adjustment = change.adjustment
    kinds = adjustment.field_kinds
    shown = fields_under(adjustment, under) if under else kinds
    changed = [(field, old, new) for field, old, new in adjustment.field_changes() if field.name in shown]
    return list(dict.fromkeys(field.move_text(old, new, kinds[field.name]) for field, old, new in changed))


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
