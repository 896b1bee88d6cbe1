"""What knows of time: a change and what it did, a step between two days, a promise's account at the end."""

from collections.abc import Mapping

from django import template

from common.formats import percent_text, points
from common.templatetags.components import component
from projects.adjustable import Move
from projects.models import PromiseChange
from projects.progress import Sums
from projects.snapshots import ProjectSnapshot
from tasks.changes import Change
from tasks.comparison import Step
from tasks.models import RESIDENT_GOALS, Goal
from tasks.review import Verdict
from tasks.words import MOVES
from website.sentences.promises import badge_of
from website.templatetags.project_tags import change_context

register = template.Library()


@component(register, "components/moved.html", level=("3", "4"))
def moved(*, of: Change, departments: Mapping, redactions: Mapping, level: str = "3") -> dict:
    """A changed promise: what was done to it, old → new, why, and what that did to the lag. `level` is its heading's."""
    return change_context(of.adjustment, departments, redactions) | {
        "of": of,
        "moves": "，".join(move_texts(of)),
        "level": level,
    }


@component(register, "components/answered.html")
def answered(*, of: Change, project: ProjectSnapshot, departments: Mapping, day_query: str) -> dict:
    """Who answers for a project and where it stands, named or changed: no move of a promise."""
    return change_context(of.adjustment, departments, {}) | {"project": project, "day_query": day_query}


def move_texts(change: Change) -> list[str]:
    """`推迟 50 天`, `取消`: one for each kind of move."""
    return [_move_text(move, change.adjustment) for move in change.moves]


def _move_text(move: Move, change: PromiseChange) -> str:
    if move not in {Move.LATER, Move.EARLIER}:
        return MOVES[move]
    moved = ((field, old, new) for field, old, new in change.field_changes() if field.move_of(old, new) is move)
    days = max(abs((field.decode(new) - field.decode(old)).days) for field, old, new in moved)
    return f"{MOVES[move]} {days} 天"


@register.filter
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


@component(register, "components/step.html")
def step(*, of: Step, day_query: str) -> dict:
    """A commitment on two days: badge and share, once where they are the same."""
    before, after = badge_of(of.before), badge_of(of.after)
    shares = [snapshot.progress.actual for snapshot in (of.before, of.after)]
    has_moved = shares[0] != shares[1] and shares[1] is not None
    return {
        "step": of,
        "snapshot": of.after,
        "before": before,
        "after": after,
        "shares": [percent_text(share) for share in shares] if has_moved else [],
        "day_query": day_query,
    }


@component(register, "components/verdict.html")
def verdict(*, of: Verdict, day_query: str, evidence: Mapping, redactions: Mapping) -> dict:
    """A promise's account: what became of it, what shows it, and boxes to tick on paper. `evidence` is by report."""
    gaps = (redactions or {}).get(of.proof.entry_id, {}) if of.proof else {}
    items = (evidence or {}).get(of.proof.pk, []) if of.proof else []
    return {
        "verdict": of,
        "snapshot": of.snapshot,
        "day_query": day_query,
        "evidence": [item for item in items if f"evidence/{item.position}" not in gaps],
        "redactions": redactions,
        "first_goal": RESIDENT_GOALS[Goal(of.snapshot.row.goal)],
        "marks": ("满意", "基本满意", "不满意"),
    }
