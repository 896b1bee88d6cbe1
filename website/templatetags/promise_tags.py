"""What knows of promises: commitments, outcomes, indicators, tallies."""

from collections import Counter
from collections.abc import Iterable, Mapping

from django import template
from django.utils.safestring import SafeString

from common.templatetags.components import badge, component, leaf
from projects.models import Pace
from projects.progress import Light, Progress
from projects.words import OVERDUE_WORD, PENDING_SHAPE, RESIDENT_LIGHTS
from tasks.models import RESIDENT_GOALS, Goal
from tasks.progress import CommitmentState, IndicatorStatus, Outcome
from tasks.snapshots import CommitmentSnapshot
from tasks.words import INDICATOR_STATUSES, outcome_word
from website.sentences import indicators, plans, promises
from website.sentences.promises import BADGES, WORST_FIRST, badge_of

register = template.Library()
for sentence in (
    indicators.target_text,
    indicators.value_text,
    indicators.step_text,
    indicators.indicators_description,
    plans.groups_heading,
    plans.task_description,
    plans.tasks_description,
    plans.rest_of_group,
    plans.unserved_tasks_sentence,
    plans.unserved_measures_sentence,
    promises.partner_names,
    promises.requirement_text,
):
    register.filter(sentence)

OUTCOME_SHAPES = {
    Outcome.KEPT: "check",
    Outcome.MISSED: "down",
    Outcome.UNKNOWN: "question",
    Outcome.ADVANCED: "down-open",
    Outcome.DROPPED: "cross",
    Outcome.OPEN: PENDING_SHAPE,
}
STATUS_SHAPES = {
    IndicatorStatus.MET: "check",
    IndicatorStatus.NOT_MET: "down-open",
    IndicatorStatus.NO_DATA: "question",
    IndicatorStatus.DROPPED: "cross",
}
LATE = frozenset({Light.FAR_BEHIND, Light.BEHIND})
# The words that fit a box a thumb wide.
BRIEF = {
    RESIDENT_LIGHTS[Light.UNREPORTED]: "没数据",
    RESIDENT_LIGHTS[Light.DROPPED]: "取消",
    OVERDUE_WORD: "过期",
}


@component(register, "components/box.html")
def box(*, card, day_query: str) -> dict:
    """A commitment as a box to touch: number, shape, word. `card` has snapshot and badge."""
    return {
        "card": card,
        "snapshot": card.snapshot,
        "word": BRIEF.get(card.badge.word, card.badge.word),
        "day_query": day_query,
    }


@component(register, "components/card.html", level=("2", "3", "4"))
def card(*, of, day_query: str, level: str = "3") -> dict:
    """A commitment in a list. `of` has snapshot, badge and sentence; `level` is that of its heading."""
    return {"card": of, "snapshot": of.snapshot, "day_query": day_query, "level": level}


@register.filter
def worst_first(cards: Iterable, neediest) -> list:
    """Those that are behind before the others; the neediest, told above the list already, after the rest of them."""

    def urgency(card) -> tuple:
        is_late, is_featured = card.snapshot.state.light in LATE, neediest and card.snapshot is neediest.commitment
        return not is_late, bool(is_featured), WORST_FIRST[card.snapshot.state.light], card.snapshot.number

    return sorted(cards, key=urgency)


@register.filter
def has_pace(progress: Progress) -> bool:
    """Whether a bar can show more than the badge says: something grows day by day and isn't done."""
    return progress.light is not Light.DONE and any(s.snapshot.pace == Pace.LINEAR for s in progress.active)


@register.filter
def promise_name(snapshot: CommitmentSnapshot) -> str:
    """`第 2 件实事`, in the words of its series."""
    return f"第 {snapshot.number} {snapshot.series.counter}{snapshot.series.noun}"


@register.filter
def titled(promise, wording: Mapping[str, Mapping[str, str]]) -> str:
    """The title in force: that of `wording`, which knows what was reworded, else the one first promised."""
    return wording.get(promise.address, {}).get("title", promise.title)


@register.filter
def goal_word(snapshot: CommitmentSnapshot) -> str:
    return RESIDENT_GOALS[Goal(snapshot.goal)]


@leaf(register, look=("plain", "tinted"))
def outcome(*, of: CommitmentState, look: str = "tinted") -> SafeString:
    """What became of a promise, lateness and changes in the word."""
    return badge(shape=OUTCOME_SHAPES[of.outcome], word=outcome_word(of), look=look)


@component(register, "components/tally.html")
def tally(*, of: Iterable[CommitmentSnapshot]) -> dict:
    """How many commitments stand on each badge, in the order in which sentences count them."""
    counts = Counter(badge_of(commitment) for commitment in of)
    return {"counts": [(badge, counts[badge]) for badge in BADGES if counts[badge]]}


@leaf(register, look=("plain", "tinted"))
def indicator_badge(*, of: IndicatorStatus, look: str = "tinted") -> SafeString:
    return badge(shape=STATUS_SHAPES[of], word=INDICATOR_STATUSES[of], look=look)
