"""A month in plain words, to be pasted where people read: what moved, what was kept, what fell behind, who was silent."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from common.formats import UNPUBLISHED, day_text
from projects.models import PromiseChange
from projects.progress import Light
from tasks.changes import Change, Subjects, subject_of
from tasks.comparison import Difference, PartStep, Step
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot
from tasks.verdicts import Silence, Verdict, silence_of, verdict_of
from website.sentences.headings import is_without_data, promises_sentence, published_line, series_sentences
from website.sentences.history import (
    FOUND_WORDS,
    MOVED,
    acts_sentence,
    happened_parts,
    happened_text,
    joined,
    move_texts,
    settled_words,
)
from website.sentences.promised import promised_sentence
from website.sentences.promises import counter_of, is_silent, lead_names

MOST_NAMED = 12  # in a sentence
CLOSED = frozenset({Light.DONE, Light.DROPPED})


def month_sentence(
    difference: Difference, snapshot: PlanSnapshot, *, month: str, published: PlanSnapshot | None = None
) -> str:
    """`… 9 月：2 项办成，3 项变得落后。`; `month` names the month with its year.

    `published` is the plan as its own entry made it, in the month in which that was: then this is the first news. Of a plan
    of which nothing can be known yet, and nothing of which changed, it has only what was promised.
    """
    if published:
        return f"{month}：{_publication_text(difference, published)}。"
    if not difference.is_empty:
        return f"{month}：{happened_text(difference, counter_of(snapshot.commitments))}。"
    if is_without_data(snapshot):
        return f"{month}：{snapshot.headline.row.short_title}。"
    return f"{month}：什么也没有变。"


def _publication_text(difference: Difference, published: PlanSnapshot) -> str:
    """`公布了 15 项承诺，其中 8 项已经公布进展；2 项变得落后`"""
    promises, reported = published.commitments, len(difference.first_reported)
    counter = counter_of(promises)
    came = f"公布了 {len(promises)} {counter}承诺" if promises else "公布了这一年的计划"
    first = f"，其中 {reported} {counter}已经公布进展" if reported else ""
    happened = joined(happened_parts(difference, counter))
    return f"{came}{first}{'；' if happened else ''}{happened}"


def month_texts(
    difference: Difference, snapshot: PlanSnapshot, subjects: Subjects, *, published: PlanSnapshot | None = None
) -> list[str]:
    """A sentence for each thing that happened, by name, then where all of it stands at the end; what is none is left out.

    `published` as for `month_sentence`.
    """
    silent = silent_ones(snapshot)
    counter = counter_of(snapshot.commitments)
    listed: list[tuple[str, list[str], str]] = [
        ("追加的承诺", [one.project.name for one in difference.added], counter),
        *((word, names, counter) for word, names in _by_word(difference.kept, attrgetter("word"))),
        ("原来算办成，现在不能算", _names(difference.unkept), counter),
        *((word, names, counter) for word, names in _by_word(difference.settled, settled_words)),
        ("第一次公布进展", _names(difference.first_reported), counter),
        ("变得落后", _names(difference.fell_behind), counter),
        ("更落后", _names(difference.fell_further), counter),
        ("第一次公布进展就落后", _names(difference.first_behind), counter),
        ("赶上来了", _names(difference.caught_up), counter),
        *((FOUND_WORDS[code], _looked_at(difference, code), counter) for code in difference.findings),
        ("办到了的小项", [_part_name(part) for part in difference.reached], "个"),
        ("改了承诺", [_moved(change, subjects) for change in (*difference.cut, *difference.moved)], "处"),
        ("该报没有报", list(dict.fromkeys(f"{one.project.name}（{_answers_for(one)}）" for one in silent)), "个"),
    ]
    told = [f"{heading}：{named(names, counted_by)}。" for heading, names, counted_by in listed if names]
    acts = acts_sentence(difference)
    came = _series_text(published) if published and not _is_all_unknown(snapshot) else ""
    return [*([came] if came else []), *told, *([f"这个月{acts}"] if acts else []), *_end_texts(snapshot)]


def _series_text(published: PlanSnapshot) -> str:
    """`2024 年 3 月 5 日公布：民生实事、开发区重点项目。`; empty of a plan of tasks alone."""
    names = "、".join(one.row.short_title for one in published.series)
    return f"{day_text(published.as_of)}公布：{names}。" if names else ""


def _looked_at(difference: Difference, code: str) -> list[str]:
    """What was found so when somebody looked, or is due to be looked at."""
    return _names([step for step in difference.steps if step.new_finding == code])


def named(names: Sequence[str], counter: str) -> str:
    """All of them, of many the first and how many there are."""
    rest = f"等 {len(names)} {counter}" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + rest


def silent_ones(snapshot: PlanSnapshot) -> list[CommitmentSnapshot]:
    """What is neither done nor dropped, and of which an update is due: of nobody who wasn't asked.

    A plan without data accuses nobody.
    """
    if is_without_data(snapshot):
        return []
    return [
        one
        for one in snapshot.commitments
        if one.state.light not in CLOSED and not one.has_ended and (is_silent(one) or _was_never_reported(one))
    ]


def _was_never_reported(snapshot: CommitmentSnapshot) -> bool:
    return snapshot.state.light is Light.UNREPORTED and silence_of(snapshot) is Silence.NOT_REPORTED


def _names(steps: Iterable[Step]) -> list[str]:
    return [step.after.project.name for step in steps]


def _by_word(steps: Iterable[Step], word_of: Callable[[Verdict], str]) -> Iterable[tuple[str, list[str]]]:
    """Their names under the word of their verdicts."""
    found: dict[str, list[str]] = {}
    for step in steps:
        found.setdefault(word_of(verdict_of(step.after)), []).append(step.after.project.name)
    return found.items()


def _moved(adjustment: PromiseChange, subjects: Subjects) -> str:
    """`老旧小区改造 · 管线（推迟 50 天）`"""
    texts = move_texts(Change(adjustment, ""), MOVED)
    name, _, part = subject_of(adjustment, subjects).title.partition("：")  # another colon stands before the list
    return f"{name}{f' · {part}' if part not in ('', name) else ''}（{'，'.join(texts)}）"


def _part_name(part: PartStep) -> str:
    """With its project, where that has another name."""
    title, project = part.after.snapshot.title, part.project
    return project.name if title in (project.name, project.title) else f"{project.name}的{title}"


def _answers_for(snapshot: CommitmentSnapshot) -> str:
    return lead_names(snapshot.project) if snapshot.project.leads else f"谁负责{UNPUBLISHED}"


def _end_texts(snapshot: PlanSnapshot) -> list[str]:
    """Where all of it stands; of a plan of which nothing can be known yet what was promised."""
    if not snapshot.series:
        return []
    if is_without_data(snapshot):
        return [_known_text(snapshot), *map(_promise_text, snapshot.headline.commitments[:MOST_NAMED])]
    sentence, rest = series_sentences(snapshot.headline)
    return [f"到 {day_text(snapshot.as_of)}，{sentence}{rest}"]


def _known_text(snapshot: PlanSnapshot) -> str:
    """That nothing is known, or what little is known of other series."""
    if _is_all_unknown(snapshot):
        return published_line(snapshot, year=None)
    return "".join(map(promises_sentence, snapshot.series))


def _is_all_unknown(snapshot: PlanSnapshot) -> bool:
    """Nothing can be known of any of its promises yet: its last lines say when it was published."""
    return is_without_data(snapshot) and all(one.state.light is Light.UNREPORTED for one in snapshot.commitments)


def _promise_text(snapshot: CommitmentSnapshot) -> str:
    return f"{snapshot.number} {snapshot.project.name}：{promised_sentence(snapshot, year=None)}"
