"""The words of promises kept and broken, one table for each audience."""

from projects.adjustable import Move
from tasks.progress import CommitmentState, IndicatorStatus, Outcome

RESIDENT_OUTCOMES = {
    Outcome.KEPT: "办成",
    Outcome.MISSED: "没办成",
    Outcome.UNKNOWN: "没报数据，不能算办成",
    Outcome.ADVANCED: "往前推了（市里没说做到多少）",
    Outcome.DROPPED: "已取消",
    Outcome.OPEN: "还没到期限",
}
KEPT_LATE = "晚了才办成"
OFFICIAL_OUTCOMES = {
    Outcome.KEPT: "已完成",
    Outcome.MISSED: "未完成",
    Outcome.UNKNOWN: "未填报，无法核定",
    Outcome.ADVANCED: "有推进",
    Outcome.DROPPED: "已取消",
    Outcome.OPEN: "未到期限",
}
COMPARATORS = {"≥": "不低于", "≤": "不超过", "=": ""}
INDICATOR_STATUSES = {
    IndicatorStatus.MET: "达到",
    IndicatorStatus.NOT_MET: "没达到",
    IndicatorStatus.NO_DATA: "没有数据",
    IndicatorStatus.DROPPED: "已取消",
}


def outcome_word(state: CommitmentState) -> str:
    """The outcome as residents read it, lateness and changes beside it."""
    word = KEPT_LATE if state.outcome is Outcome.KEPT and state.is_late else RESIDENT_OUTCOMES[state.outcome]
    if not state.is_adjusted or state.outcome is Outcome.OPEN:
        return word
    return "调整后办成" if word == "办成" else f"{word}（承诺改过）"


MOVES = {
    Move.LATER: "推迟",
    Move.EARLIER: "提前",
    Move.REDATED: "改了期限",
    Move.LOWERED: "目标调低",
    Move.RAISED: "目标调高",
    Move.RESET: "改了要做到哪一步",
    Move.DROPPED: "取消",
    Move.REINVESTED: "改了投资",
    Move.REWORDED: "改了说法",
    Move.REASSIGNED: "谁负责、在哪儿",
}
