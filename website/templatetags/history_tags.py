"""What knows of time: a change and what it did, a step between two days, a promise's account at the end."""

from collections.abc import Mapping

from django import template

from common.formats import percent_text
from common.templatetags.components import component
from ledger.guard import Record
from projects.progress import Light
from projects.snapshots import ProjectSnapshot
from tasks.changes import Change
from tasks.comparison import PartStep, Step
from tasks.models import RESIDENT_GOALS, Check, Goal, Vote
from tasks.progress import Outcome
from tasks.review import Review
from tasks.verdicts import start_word_of, verdict_of
from website.pages.months import months_begun
from website.sentences import clarity, history
from website.sentences.answers import is_read_by_us
from website.sentences.promised import promised_sentence
from website.templatetags.project_tags import change_context

register = template.Library()
register.filter(months_begun)
for sentence in (history.decision_text, history.pace_words, history.reports_sentence, history.review_note):
    register.filter(sentence)


@component(register, "components/moved.html", level=("3", "4"))
def moved(*, of: Change, departments: Mapping, redactions: Mapping, level: str = "3", under: str = "") -> dict:
    """A changed promise: what was done to it, old → new, why, and what that did to the lag. `level` is its heading's.

    `under` is the heading above it, which leaves out those fields of the change that stand under another.
    """
    only = history.fields_under(of.adjustment, under) if under else None
    return change_context(of.adjustment, departments, redactions, only) | {
        "of": of,
        "moves": "，".join(history.move_texts(of, under)),
        "level": level,
    }


@component(register, "components/answered.html")
def answered(*, of: Change, project: ProjectSnapshot, departments: Mapping, day_query: str) -> dict:
    """Who answers for a project and where it stands, named or changed: no move of a promise."""
    return change_context(of.adjustment, departments, {}) | {"project": project, "day_query": day_query}


@register.filter
def part_name(part: PartStep) -> str:
    """The part behind its project's name; where both are called the same, once."""
    return history.named_part(part.project, part.after.snapshot.title, "：")


CORRECTED = {Check: "回头看", Vote: "人大测评"}


@register.filter
def corrected_word(fact: Record) -> str:
    """Of what the correction is."""
    return next((word for kind, word in CORRECTED.items() if isinstance(fact, kind)), "数据")


@component(register, "components/step.html")
def step(*, of: Step, day_query: str) -> dict:
    """A commitment on two days: badge and share, once where they are the same; none where nothing is known of it still."""
    before, after = verdict_of(of.before), verdict_of(of.after)
    is_unknown = after.code == Outcome.UNKNOWN and of.after.state.light is Light.UNREPORTED
    shares = [snapshot.progress.actual for snapshot in (of.before, of.after)]
    has_moved = shares[0] != shares[1] and shares[1] is not None
    return {
        "step": of,
        "snapshot": of.after,
        "before": before,
        "after": after,
        "has_new_word": (before.shape, before.word) != (after.shape, after.word),
        "found": clarity.check_word(of.after.check) if of.new_finding and of.after.check else "",
        "is_unknown": is_unknown,
        "shares": [percent_text(share) for share in shares] if has_moved else [],
        "day_query": day_query,
    }


@component(register, "components/review.html")
def review(*, of: Review, day_query: str, evidence: Mapping, redactions: Mapping, is_promise_only: bool) -> dict:
    """A promise's account: what became of it, what shows it, and boxes to tick on paper. `evidence` is by report.

    Of a plan without data it is the promise, without a word of what became of it: that is told once above.
    """
    gaps = (redactions or {}).get(of.proof.entry_id, {}) if of.proof else {}
    items = (evidence or {}).get(of.proof.pk, []) if of.proof else []
    return {
        "review": of,
        "verdict": verdict_of(of.snapshot),
        "snapshot": of.snapshot,
        "promised": promised_sentence(of.snapshot, year=of.snapshot.series.plan.year),
        "kept_word": start_word_of(of.snapshot) if of.snapshot.goal == Goal.START else "办成",
        "is_read_by_us": is_read_by_us(of.snapshot),
        "is_promise_only": is_promise_only and of.snapshot.state.light is Light.UNREPORTED,
        "day_query": day_query,
        "evidence": [item for item in items if f"evidence/{item.position}" not in gaps],
        "redactions": redactions,
        "first_goal": RESIDENT_GOALS[Goal(of.snapshot.row.goal)],
        "votes": of.snapshot.effective_votes,
        "marks": ("满意", "基本满意", "不满意"),
    }
