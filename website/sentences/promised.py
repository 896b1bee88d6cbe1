"""What a promise says, by itself: what is to be done, how much of it, by when, with what money, and who answers."""

from collections.abc import Sequence

from common.formats import UNPUBLISHED, day_text, in_unit, shared_year, yuan_text
from projects.progress import TargetState
from tasks.models import Goal
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import start_word_of
from website.sentences.milestones import begun_text, deed_text, is_whole, part_names, part_text
from website.sentences.parts import MOST_NAMED, PERCENT, verb_of
from website.sentences.promises import authority_of, lead_names


def promised_sentence(snapshot: CommitmentSnapshot, *, year: int | None) -> str:
    """What is to be done by when, in the city's own words where there are any: `12 月 31 日前建成 4 个五人制足球场。`"""
    states = snapshot.progress.active or snapshot.progress.targets  # of what was dropped, what it was
    if not states:
        return "这一项已经取消。"
    if snapshot.wording:
        return snapshot.wording if snapshot.wording.endswith(ENDS) else f"{snapshot.wording}。"
    return f"{_last_day(states, snapshot, year)}前{_deed(snapshot, states)}。"


ENDS = ("。", "！", "？", "；", "…")


def promised_terms(snapshot: CommitmentSnapshot, *, year: int | None) -> str:
    """With what money and who, and by when where the city's own words stand for the rest: `总投资 1.85 亿元；谁负责没有公布。`"""
    total, annual = snapshot.project.investment, snapshot.annual_investment
    name, amount = ("年度投资", annual) if annual and not total else ("总投资", total)
    money = f"{name}{_spaced(yuan_text(amount))}" if amount else f"总投资{UNPUBLISHED}"
    active = snapshot.progress.active
    due = f"最晚 {_last_day(active, snapshot, year)}；" if snapshot.wording and active else ""
    leads = lead_names(snapshot.project)
    return f"{due}{money}；谁负责{'' if leads == UNPUBLISHED else '：'}{leads}。"


def _spaced(amount: str) -> str:
    return amount if amount.startswith("约") else f" {amount}"


def _last_day(states: Sequence[TargetState], snapshot: CommitmentSnapshot, year: int | None) -> str:
    due_on = max(state.terms.due_on for state in states)
    return day_text(due_on, year=shared_year([snapshot.project.as_of, due_on], year))


def box_goal(snapshot: CommitmentSnapshot) -> str:
    """The goal in a box a thumb wide: `办成`; past its last day, when that would be read as what became of it, `说好办成`."""
    due_on = snapshot.progress.due_on
    is_past = due_on is not None and due_on < snapshot.project.as_of
    return f"{'说好' if is_past else ''}{Goal(snapshot.goal).label}"


def _deed(snapshot: CommitmentSnapshot, states: Sequence[TargetState]) -> str:
    """`建成 4 条：经二路、…`, `开工`, `推进 10 座污水处理站、…（市里没说做到多少）`."""
    if snapshot.goal == Goal.START:
        return start_word_of(snapshot)
    if snapshot.goal == Goal.ADVANCE:
        verb = verb_of(states)
        things = "、".join(part_text(state) for state in states if not is_whole(state) or verb not in part_text(state))
        return f"推进{f' {things}' if things else ''}（{authority_of(snapshot)}没说做到多少）"
    wholes = [state for state in states if is_whole(state)]
    if len(states) > MOST_NAMED:
        return f"{verb_of(states)} {len(states)} {_counter(snapshot)}"
    if len(wholes) == len(states) > 1:
        return f"{verb_of(states)} {len(states)} {_counter(snapshot)}：{part_names(states)}"
    if not wholes and len({state.snapshot.milestone.row.verb for state in states}) == 1:
        return f"{verb_of(states)} {'、'.join(map(part_text, states))}"
    return "，".join(map(_part_deed, states))


def _part_deed(state: TargetState) -> str:
    """`建成纬一路`, `封顶`, `培训 600 人`, without saying the verb twice."""
    title = state.snapshot.title
    if not is_whole(state):
        return deed_text(state)
    if state.snapshot.unit == PERCENT and state.terms.amount != 100:
        return f"{title}做到 {in_unit(state.terms.amount, PERCENT)}"
    return title if state.terms.pace == "STEP" else deed_text(state)


def _counter(snapshot: CommitmentSnapshot) -> str:
    return snapshot.project.row.part_counter or "项"


def requirement_text(snapshot: CommitmentSnapshot) -> str:
    """What it takes to keep the promise, those parts dropped left out: `4 条都办到：经二路、…`."""
    parts = [part_text(state) for state in snapshot.progress.active]
    if not parts:
        return "已经取消，不再要求"
    named = "、".join(parts)
    if snapshot.goal == Goal.ADVANCE:
        return f"{authority_of(snapshot)}只说推进，没说做到多少。{named}全部做完，算办成；做了一部分，到期算往前推了"
    if len(parts) == 1:
        (state,) = snapshot.progress.active
        return begun_text(state) if snapshot.goal == Goal.START else deed_text(state)
    return f"{len(parts)} {_counter(snapshot)}都办到：{named}"
