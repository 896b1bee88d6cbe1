"""A month in plain words, to be pasted where people read: what moved, what was kept, what fell behind, who was silent."""

from collections.abc import Iterable, Sequence

from common.formats import day_text
from projects.models import PromiseChange
from projects.progress import Light
from tasks.changes import Change, Subjects, subject_of
from tasks.comparison import Difference, Step
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.verdicts import Silence, silence_of, verdict_of
from website.sentences.history import acts_sentence, happened_text, move_texts
from website.sentences.promises import is_silent, lead_names, series_sentences

MOST_NAMED = 12  # in a sentence
CLOSED = frozenset({Light.DONE, Light.DROPPED})


def month_sentence(difference: Difference, counter: str, *, month: str) -> str:
    """`… 9 月：2 件办成，3 件变得落后。`; `month` names the month with its year."""
    if difference.is_empty:
        return f"{month}：什么也没有变。"
    return f"{month}：{happened_text(difference, counter)}。"


def month_texts(difference: Difference, snapshot: PlanSnapshot, subjects: Subjects) -> list[str]:
    """A sentence for each thing that happened, by name, then where all of it stands at the end; what is none is left out."""
    counter = snapshot.headline.row.counter or "件"
    silent = silent_ones(snapshot)
    listed = (
        ("追加的承诺", [one.project.name for one in difference.added]),
        ("办成了", _verdicts(difference.kept)),
        ("原来算办成，现在不能算", _names(difference.unkept)),
        ("到期没有办成", _verdicts(difference.settled)),
        ("变得落后", _names(difference.fell_behind)),
        ("更落后", _names(difference.fell_further)),
        ("赶上来了", _names(difference.caught_up)),
        ("办到了的小项", [f"{part.project.name}的{part.after.snapshot.title}" for part in difference.reached]),
        ("改了承诺", [_moved(change, subjects) for change in (*difference.cut, *difference.moved)]),
        ("该报没有报", [f"{one.project.name}（{lead_names(one.project)}）" for one in silent]),
    )
    told = [f"{heading}：{named(names, counter)}。" for heading, names in listed if names]
    acts = acts_sentence(difference)
    return [*told, *([f"这个月{acts}"] if acts else []), *_end_text(snapshot)]


def named(names: Sequence[str], counter: str) -> str:
    """All of them, of many the first and how many there are."""
    rest = f"等 {len(names)} {counter}" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + rest


def silent_ones(snapshot: PlanSnapshot) -> list[CommitmentSnapshot]:
    """What is neither done nor dropped, and of which an update is due: of nobody who wasn't asked."""
    return [
        one
        for one in snapshot.commitments
        if one.state.light not in CLOSED and not one.has_ended and (is_silent(one) or _was_never_reported(one))
    ]


def _was_never_reported(snapshot: CommitmentSnapshot) -> bool:
    return snapshot.state.light is Light.UNREPORTED and silence_of(snapshot) is Silence.NOT_REPORTED


def _names(steps: Iterable[Step]) -> list[str]:
    return [step.after.project.name for step in steps]


def _verdicts(steps: Iterable[Step]) -> list[str]:
    """Each with its verdict, where that says more than the heading."""
    return [f"{step.after.project.name}（{verdict_of(step.after).word}）" for step in steps]


def _moved(adjustment: PromiseChange, subjects: Subjects) -> str:
    texts = move_texts(Change(adjustment, ""))
    return f"{subject_of(adjustment, subjects).title}（{'，'.join(texts)}）"


def _end_text(snapshot: PlanSnapshot) -> list[str]:
    if not snapshot.series:
        return []
    sentence, rest = series_sentences(snapshot.headline)
    return [f"到 {day_text(snapshot.as_of)}，{sentence}{rest}"]
