"""The one word for a commitment on a day: by light while its plan runs, by outcome afterwards. Pure, no query, no clock.

Every page, feed, calendar, poster, file and answer of the API takes the word from here. docs/rules.md: verdict.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from projects.adjustable import ChangeKind
from projects.progress import Light, State
from tasks.models import Finding, Goal
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot
from tasks.words import RESIDENT_FINDINGS

TIGHTENED = "改紧了"
INFERRED_PACE = "按日子平均推算（本站理解）"
START_WORD = "开工"
OVERDUE = "逾期"  # what officials read of what is past its day while the plan runs

FINDINGS_BESIDE: dict[str, str] = {code: word for code, word in RESIDENT_FINDINGS.items() if code is not Finding.IN_USE}


class Silence(StrEnum):
    """Why nothing was ever reported of a commitment."""

    JUST_PUBLISHED = "JUST_PUBLISHED"
    NOT_REPORTED = "NOT_REPORTED"
    NO_DATA = "NO_DATA"


@dataclass(frozen=True)
class Verdict:
    """`code` is a Light while the plan runs and an Outcome afterwards; `shape` the drawing that stands beside `word`.

    `official` is what officials read in place of `word`; `beside` what residents read next to it.
    """

    code: str
    word: str
    shape: str
    official: str
    is_adjusted: bool
    is_cut: bool
    beside: tuple[str, ...] = ()


def verdict_of(snapshot: CommitmentSnapshot) -> Verdict:
    state = snapshot.state
    code = state.outcome if state.has_ended else state.light
    word, shape, official = _wording(snapshot)
    return Verdict(
        code=str(code),
        word=word,
        shape=shape,
        official=official,
        is_adjusted=state.is_adjusted,
        is_cut=state.is_cut,
        beside=tuple(_beside(snapshot, word)),
    )


def silence_of(snapshot: CommitmentSnapshot) -> Silence:
    """Nobody is said to be silent who was never asked: the lead must have been known for as long as a report may take."""
    project, silence = snapshot.project, timedelta(days=snapshot.rules.longest_silence_days)
    asked_on: date = snapshot.promised_on
    if project.lead is not None:
        asked_on = max(asked_on, project.lead_known_on)
    if project.as_of <= asked_on + silence:
        return Silence.JUST_PUBLISHED
    return Silence.NO_DATA if project.lead is None else Silence.NOT_REPORTED


SILENCES = {
    Silence.JUST_PUBLISHED: ("刚公布", "circle", "未填报"),
    Silence.NOT_REPORTED: ("部门没有报过", "question", "未填报"),
    Silence.NO_DATA: ("暂无公开数据", "question", "未填报"),
}
LIGHTS = {
    Light.ON_PACE: ("按计划", "equals", "按序时"),
    Light.AHEAD: ("比计划快", "up", "超序时"),
    Light.BEHIND: ("落后", "down-open", "滞后"),
    Light.FAR_BEHIND: ("严重落后", "down", "严重滞后"),
    Light.DROPPED: ("已取消", "cross", "已取消"),
}
OUTCOMES = {
    Outcome.DROPPED: LIGHTS[Light.DROPPED],
    Outcome.MISSED: ("没办成", "down", "未完成"),
    Outcome.UNKNOWN: ("办没办成不知道", "question", "未填报，无法核定"),
    Outcome.ADVANCED: ("往前推了", "up-right", "有推进"),
}


def _wording(snapshot: CommitmentSnapshot) -> tuple[str, str, str]:
    """Word, shape, and the official's word."""
    state, begun = snapshot.state, start_word_of(snapshot)
    if state.light is Light.DONE:
        return _kept(snapshot)
    if state.has_ended:
        if state.outcome is Outcome.MISSED and state.goal == Goal.START:
            return f"没{begun}", "down", f"未{begun}"
        return OUTCOMES[state.outcome]
    if state.light is Light.UNREPORTED:
        return SILENCES[silence_of(snapshot)]
    is_past_due = _is_past_due(snapshot)
    if is_past_due and state.goal != Goal.ADVANCE:
        return f"过期没{begun if state.goal == Goal.START else '办完'}", "down", OVERDUE
    if is_past_due:
        return LIGHTS[Light.BEHIND]
    if may_still_begin(snapshot):
        return f"还没{begun}", "circle", f"未{begun}"
    return LIGHTS[state.light]


def may_still_begin(snapshot: CommitmentSnapshot) -> bool:
    """Only its beginning was promised, nothing has begun, and there is a day left for it: not behind, whatever its light."""
    active = snapshot.state.progress.active
    is_idle = bool(active) and all(one.state is State.NOT_STARTED for one in active)
    return snapshot.state.goal == Goal.START and is_idle and not _is_past_due(snapshot)


def _is_past_due(snapshot: CommitmentSnapshot) -> bool:
    active = snapshot.state.progress.active
    return bool(active) and snapshot.project.as_of > max(one.terms.due_on for one in active)


def _kept(snapshot: CommitmentSnapshot) -> tuple[str, str, str]:
    state = snapshot.state
    is_start, begun = state.goal == Goal.START, start_word_of(snapshot)
    done, official = ("", begun) if is_start else ("办成", "完成")
    if state.is_late:
        return f"晚了才{begun if is_start else done}", "check-hollow", f"逾期{official}"
    if state.is_loosened:
        return f"改后{begun if is_start else done}", "check-notch", f"调整后{official}"
    return (f"{begun}了" if is_start else done), "check", f"已{official}"


def start_word_of(snapshot: CommitmentSnapshot) -> str:
    """How the milestones of the promise begin, in their own word where they share one."""
    words = {target.milestone.row.begun for target in snapshot.targets}
    return words.pop() if len(words) == 1 else START_WORD


def _beside(snapshot: CommitmentSnapshot, word: str):
    state = snapshot.state
    if state.light is Light.DONE:
        if state.is_late and state.is_adjusted:
            yield "改过"
        elif ChangeKind.TIGHTENED in state.kinds and not state.is_loosened:
            yield TIGHTENED
        if snapshot.check and snapshot.check.code in FINDINGS_BESIDE:
            yield FINDINGS_BESIDE[snapshot.check.code]
    elif state.has_ended and state.outcome is Outcome.UNKNOWN:
        yield "部门没报数据" if snapshot.project.lead else "本站没有数据"
    elif state.has_ended and state.outcome is Outcome.ADVANCED:
        yield "没说做到多少"
    elif word.endswith("落后") and any({"due_on", "pace"} & one.snapshot.inferred for one in state.progress.active):
        yield INFERRED_PACE
