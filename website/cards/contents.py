"""What stands on a shared card, in the words of the page that it is shared from. Nothing of it is written here."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.formats import day_text
from projects.progress import Light
from tasks.models import RESIDENT_GOALS, Goal
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.verdicts import verdict_of
from website.pages.plans import opening_description, series_cards_of
from website.sentences.headings import is_without_data, opening_sentences
from website.sentences.promised import box_goal, promised_sentence, promised_terms
from website.sentences.promises import dated_sentence
from website.templatetags.promise_tags import brief_word, promise_name

MOST_BOXES = 10  # of a longer series those furthest behind, as on the overview


@dataclass(frozen=True)
class State:
    """A drawn shape and its word, under a name; without a shape where nothing can be known yet."""

    name: str
    shape: str
    word: str


@dataclass(frozen=True)
class CardContents:
    """All texts of a card. `mark` says that it is of a rehearsal or that the data are illustrative, else it is empty.

    `state` is the verdict of a promise, `boxes` are those of a plan's promises: a card has the one or the others.
    """

    mark: str
    eyebrow: str
    title: str
    sentence: str
    day: str
    voucher: str
    site: str
    state: State | None = None
    beside: str = ""
    boxes: Sequence[State] = ()

    @property
    def text(self) -> str:
        """Everything that is written on it."""
        states = [*self.boxes, *([self.state] if self.state else [])]
        own = (self.mark, self.eyebrow, self.title, self.sentence, self.day, self.voucher, self.site, self.beside)
        return "".join((*own, *(f"{state.name}{state.word}" for state in states)))


def plan_contents(snapshot: PlanSnapshot, *, site: str, mark: str, trial: str = "") -> CardContents:
    """The overview in one card; every day has its year, since it is read elsewhere."""
    is_promise_only = is_without_data(snapshot)
    headline = series_cards_of(snapshot.headline, MOST_BOXES, is_promise_only=is_promise_only)
    boxes = [
        State(
            name=card.snapshot.project.box_name or str(card.snapshot.number),
            shape="" if card.is_promise_only else card.verdict.shape,
            word=box_goal(card.snapshot) if card.is_promise_only else brief_word(card.verdict),
        )
        for card in headline.cards
    ]
    return CardContents(
        mark=trial or (mark if snapshot.is_illustrative else ""),
        eyebrow=snapshot.short_title,
        title=opening_sentences(snapshot)[0],
        sentence=opening_description(snapshot),
        day=_day(snapshot),
        voucher=snapshot.entry.voucher,
        site=site,
        boxes=boxes,
    )


def promise_contents(
    snapshot: PlanSnapshot, commitment: CommitmentSnapshot, *, site: str, mark: str, trial: str = ""
) -> CardContents:
    """A promise with its verdict. Nothing was ever reported of it: the promise itself, of a plan without data under its goal."""
    verdict, goal = verdict_of(commitment), RESIDENT_GOALS[Goal(commitment.goal)]
    is_unreported = commitment.state.light is Light.UNREPORTED
    is_promise_only = is_unreported and is_without_data(snapshot)
    promised = promised_sentence(commitment, year=None) + promised_terms(commitment, year=None)
    return CardContents(
        mark=trial or (mark if commitment.is_illustrative else ""),
        eyebrow=f"{snapshot.short_title} · {promise_name(commitment)}{'' if is_promise_only else f' · {goal}'}",
        title=commitment.project.title,
        sentence=promised if is_unreported else dated_sentence(commitment, year=None),
        day=_day(snapshot),
        voucher=snapshot.entry.voucher,
        site=site,
        state=State("", "", goal) if is_promise_only else State("", verdict.shape, verdict.word),
        beside="" if is_promise_only else "，".join(verdict.beside),
    )


def _day(snapshot: PlanSnapshot) -> str:
    return f"数据算到 {day_text(snapshot.as_of)}"
