"""What knows of promises: commitments, outcomes, indicators, tallies."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.templatetags.components import badge, component, leaf
from projects.progress import Light, Progress
from tasks.models import RESIDENT_GOALS, Check, Goal, Pace, Promised, Vote
from tasks.progress import IndicatorStatus
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot
from tasks.verdicts import Verdict, verdict_of
from tasks.words import CHECK_DUE
from website.pictures.votes import ballot_segments
from website.sentences import answers, clarity, indicators, plans, promised, promises
from website.sentences.promises import verdict_counts
from website.sentences.votes import ballots_text, vote_heading, vote_sentence

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
    plans.unserved_groups_line,
    plans.unserved_tasks_sentence,
    plans.unserved_measures_sentence,
    promises.lead_names,
    promises.partner_names,
    promises.counter_of,
    promised.requirement_text,
    clarity.clarity_sentence,
    vote_sentence,
):
    register.filter(sentence)
register.filter(answers.indicator_leads)
register.filter("is_target_read_by_us", indicators.is_read_by_us)

STATUS_SHAPES = {
    IndicatorStatus.MET: "check",
    IndicatorStatus.OPEN: "circle",
    IndicatorStatus.NOT_MET: "down-open",
    IndicatorStatus.UNKNOWN: "question",
    IndicatorStatus.NO_DATA: "question",
    IndicatorStatus.DROPPED: "cross",
}
# The words that fit a box a thumb wide.
BRIEF = {
    "暂无公开数据": "没数据",
    "部门没有报过": "没报过",
    "已取消": "取消",
    "过期没办完": "过期",
    "过期没开工": "过期",
    "办没办成不知道": "不知道",
    "晚了才办成": "晚了",
    "晚了才开工": "晚了",
}


def brief_word(verdict: Verdict) -> str:
    return BRIEF.get(verdict.word, verdict.word)


@component(register, "components/box.html")
def box(*, card, day_query: str) -> dict:
    """A commitment as a box to touch: name, shape, word; name and goal while nothing can be known of it. `card` has snapshot and verdict."""
    return {
        "card": card,
        "snapshot": card.snapshot,
        "word": promised.box_goal(card.snapshot) if card.is_promise_only else brief_word(card.verdict),
        "day_query": day_query,
    }


@component(register, "components/card.html", level=("2", "3", "4"), mark=("card", "section"))
def card(*, of, day_query: str, level: str = "3", mark: str = "card") -> dict:
    """A commitment in a list. `of` has snapshot, verdict, sentence and terms; `level` is that of its heading.

    Illustrative data are marked on the card, or once on the heading of its section.
    """
    return {"card": of, "snapshot": of.snapshot, "day_query": day_query, "level": level, "is_marked": mark == "card"}


@register.filter
def has_pace(progress: Progress) -> bool:
    """Whether a bar can show more than the badge says: something grows day by day and isn't done."""
    return progress.light is not Light.DONE and any(s.terms.pace == Pace.LINEAR for s in progress.active)


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


VERDICT = '<span class="verdict-word">{}{}</span>'


@leaf(register, look=("plain", "tinted"))
def verdict(*, of: CommitmentSnapshot, look: str = "tinted") -> SafeString:
    """The one word for a commitment on its day, with its shape and what stands beside it."""
    found = verdict_of(of)
    beside = format_html_join("", '<span class="beside">{}</span>', ((text,) for text in found.beside))
    return format_html(VERDICT, badge(shape=found.shape, word=found.word, look=look), beside)


@component(register, "components/checks.html")
def checks(*, of: CommitmentSnapshot, checks: Sequence[Check], evidence: Mapping, redactions: Mapping) -> dict:
    """Whether what was built is in use: who looked, when, and what they found; nothing while there is nothing to ask.

    `evidence` is by check, `redactions` by entry.
    """
    state = of.check
    if state is None:
        return {}
    return {
        "snapshot": of,
        "state": state,
        "word": clarity.check_word(state),
        "is_due": state.code == CHECK_DUE,
        "checks": [
            (check, (evidence or {}).get(check.pk, []), (redactions or {}).get(check.entry_id, {})) for check in checks
        ],
        "corrected": {check.corrects_id for check in checks if check.corrects_id},
    }


@component(register, "components/votes.html")
def votes(*, of: CommitmentSnapshot, name: str, evidence: Mapping, redactions: Mapping) -> dict:
    """What deputies said of the promise, the latest first; nothing where nothing is known.

    `name` is that of the plan; `evidence` is by vote, `redactions` by entry.
    """
    found = sorted(of.votes, key=attrgetter("held_on", "entry_id"), reverse=True)
    return {
        "name": name,
        "snapshot": of,
        "key": f"{of.series.plan.year}-{of.series.code}-{of.number}",
        "votes": [
            (vote, (evidence or {}).get(vote.pk, []), (redactions or {}).get(vote.entry_id, {})) for vote in found
        ],
        "corrected": {vote.corrects_id for vote in found if vote.corrects_id},
    }


@component(register, "components/ballots.html")
def ballots(*, of: Vote) -> dict:
    """What deputies said in a sentence and as a bar, which shows nothing that the sentence doesn't say."""
    return {"heading": vote_heading(of), "text": ballots_text(of), "segments": ballot_segments(of)}


@component(register, "components/year_money.html")
def year_money(*, of: CommitmentSnapshot, name: str) -> dict:
    """What the plan of that name meant to spend within its year, and what was completed of it."""
    return {"annual": of.annual_investment, "execution": of.annual_execution, "name": name}


@leaf(register)
def added(*, of: Promised) -> SafeString:
    """` · 2020 年 6 月追加`: that it was promised later than its plan, else nothing."""
    if of.addition_id is None or of.published_on is None:
        return SafeString("")
    return format_html(' · <span class="added">{}追加</span>', f"{of.published_on.year} 年 {of.published_on.month} 月")


@component(register, "components/tally.html")
def tally(*, of: Iterable[CommitmentSnapshot]) -> dict:
    """How many commitments have which verdict, in the order in which sentences count them."""
    return {"counts": verdict_counts(of)}


@leaf(register, look=("plain", "tinted"))
def indicator_badge(*, of: IndicatorSnapshot, look: str = "tinted") -> SafeString:
    return badge(shape=STATUS_SHAPES[of.state.status], word=indicators.status_text(of), look=look)
