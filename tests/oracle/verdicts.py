"""The one word for a commitment on a day: docs/rules.md on the verdict, docs/words.md for the words and their shapes."""

from datetime import date

from tests.oracle.commitments import Commitment, CommitmentFigures
from tests.oracle.days_and_numbers import PlanRules

NEUTRAL_BEGUN = "开始"
DROPPED = "已取消", "cross"
MISSED = "没办成", "down"
LIGHTS = {
    "ON_PACE": ("按计划", "equals"),
    "AHEAD": ("比计划快", "up"),
    "BEHIND": ("落后", "down-open"),
    "FAR_BEHIND": ("严重落后", "down"),
    "DROPPED": DROPPED,
}
OUTCOMES = {
    "DROPPED": DROPPED,
    "MISSED": MISSED,
    "UNKNOWN": ("办没办成不知道", "question"),
    "ADVANCED": ("往前推了", "up-right"),
}
JUST_PUBLISHED = "刚公布", "circle"
NOT_REPORTED = "部门没有报过", "question"
NO_DATA = "暂无公开数据", "question"


def verdict_answer(commitment: Commitment, figures: CommitmentFigures, silence: tuple[str, str], begun: str) -> dict:
    """`silence` is the word where nothing was ever reported, `begun` the milestone's own word for its beginning."""
    word, shape = word_of(commitment, figures, silence, begun)
    return {
        "code": figures.outcome if figures.has_ended else figures.light,
        "word": word,
        "shape": shape,
        "is_adjusted": commitment.is_adjusted,
        "is_cut": commitment.is_cut,
    }


def word_of(commitment: Commitment, figures: CommitmentFigures, silence, begun: str) -> tuple[str, str]:
    is_start = commitment.goal == "START"
    if figures.outcome == "KEPT":
        return word_of_kept(commitment, figures, begun)
    if figures.has_ended:
        return (f"没{begun}", "down") if is_start and figures.outcome == "MISSED" else OUTCOMES[figures.outcome]
    if figures.light == "UNREPORTED":
        return silence
    if figures.is_all_past_due:
        return word_past_due(commitment, begun)
    if is_start and not figures.is_overdue and is_nothing_begun(figures):
        return f"还没{begun}", "circle"
    return LIGHTS[figures.light]


def word_of_kept(commitment: Commitment, figures: CommitmentFigures, begun: str) -> tuple[str, str]:
    is_start = commitment.goal == "START"
    done = begun if is_start else "办成"
    if figures.is_late:
        return f"晚了才{done}", "check-hollow"
    if commitment.is_loosened:
        return f"改后{done}", "check-notch"
    return f"{done}了" if is_start else done, "check"


def word_past_due(commitment: Commitment, begun: str) -> tuple[str, str]:
    """While the plan still runs."""
    if commitment.goal == "ADVANCE":
        return LIGHTS["BEHIND"]
    return f"过期没{begun if commitment.goal == 'START' else '办完'}", "down"


def is_nothing_begun(figures: CommitmentFigures) -> bool:
    return bool(figures.figures) and all(one.state == "NOT_STARTED" for one in figures.figures)


def silence_of(promised_on: date, lead_known_on: date | None, as_of: date, rules: PlanRules) -> tuple[str, str]:
    """Nobody is accused who was never asked."""
    asked_on = max(promised_on, lead_known_on or promised_on)
    if as_of <= asked_on + rules.patience:
        return JUST_PUBLISHED
    return NOT_REPORTED if lead_known_on else NO_DATA


def begun_of(milestones: list[dict]) -> str:
    """The word of all these milestones, or the neutral one where they differ."""
    words = {milestone["begun"] for milestone in milestones}
    return words.pop() if len(words) == 1 else NEUTRAL_BEGUN
