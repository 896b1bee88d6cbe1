"""What the overview of a plan says first: its heading, what stands below that, and by when all of it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from common.formats import day_text, shared_year
from projects.progress import Light
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot, SeriesSnapshot
from tasks.verdicts import Silence, silence_of
from website.sentences.promises import is_nobodys, promises_only, silence_text, tasks_sentence, verdict_counts

KEPT_LATE, LATE = "晚了才办成", "晚了"
KEPT, KEPT_ADJUSTED = "办成", "改后办成"
KEPT_FIRST = frozenset({Outcome.KEPT, Outcome.MISSED})
NO_DATA = "没有数据"
ALL_UNKNOWN, ALL_SILENT = "办没办成，本站没有数据", "办没办成不知道，部门没报数据"
MOST_COUNTED = 5  # words in a heading; what is more stands on a smaller line below it
MOST_LINES, LINE = 3, 14  # of a heading on a phone 360 px wide, and how many characters fit one of them
# Where a heading has no room for all, what is neither good nor bad news leaves it first: the last shapes here.
TELLING = ("check", "down", "down-open", "check-hollow", "check-notch", "question", "equals", "up", "up-right", "cross")


@dataclass(frozen=True)
class _Part:
    """A clause of a heading, `2 件落后`, with the shape of its word."""

    text: str
    shape: str

    @property
    def rank(self) -> int:
        return TELLING.index(self.shape) if self.shape in TELLING else len(TELLING)


def series_sentences(series: SeriesSnapshot) -> tuple[str, str]:
    """The whole series: `十件实事：2 件办成，…。`, and what the heading has no room for: `另外 1 件没有数据。`, else nothing.

    Once the plan has ended, what was neither kept nor missed is no part of the heading, unless nothing else is known.
    """
    name, counter, commitments = series.row.short_title, series.row.counter, series.commitments
    has_ended = bool(commitments) and commitments[0].has_ended
    if has_ended and all(map(silence_text, commitments)):
        is_anybody_asked = any(one.project.leads for one in commitments)
        return f"{name}：{ALL_SILENT if is_anybody_asked else ALL_UNKNOWN}。", ""
    parts = _parts_of(commitments, counter)
    if has_ended:
        parts = _parts_of([one for one in commitments if one.state.outcome in KEPT_FIRST], counter) or parts
    chosen = _fitting(name, parts)
    others = [part for part in _parts_of(commitments, counter) if part not in chosen]
    rest = "，".join(part.text for part in others)
    return f"{name}：{'，'.join(part.text for part in chosen)}。", f"另外 {rest}。" if rest else ""


def _parts_of(commitments: Sequence[CommitmentSnapshot], counter: str) -> list[_Part]:
    """`5 件办成（2 件改过）`, `1 件没办成`, `1 件没有数据`: the last are all without data, whatever the reason is."""
    reported = [one for one in commitments if not _is_unknown(one)]
    counts = {verdict.word: (verdict.shape, n) for verdict, n in verdict_counts(reported)}
    _, n_adjusted = counts.pop(KEPT_ADJUSTED, ("", 0))
    _, n_kept = counts.pop(KEPT, ("", 0))
    beside = f"（{n_adjusted} {counter}改过）" if n_adjusted else ""
    parts = [_Part(f"{n_kept + n_adjusted} {counter}{KEPT}{beside}", "check")] if n_kept + n_adjusted else []
    has_ended = bool(commitments) and commitments[0].has_ended
    late = LATE if has_ended else KEPT_LATE  # while the year runs, what is late may also be what isn't done yet
    words = ((late if word == KEPT_LATE else word, shape, n) for word, (shape, n) in counts.items())
    parts += [_Part(f"{n} {counter}{word}", shape) for word, shape, n in words]
    n_unknown = len(commitments) - len(reported)
    return [*parts, _Part(f"{n_unknown} {counter}{NO_DATA}", "question")] if n_unknown else parts


def _is_unknown(snapshot: CommitmentSnapshot) -> bool:
    """Nothing was ever reported of it, though there was time to."""
    is_unreported = snapshot.state.light is Light.UNREPORTED
    return is_unreported and (snapshot.has_ended or silence_of(snapshot) is not Silence.JUST_PUBLISHED)


def _fitting(name: str, parts: Sequence[_Part]) -> list[_Part]:
    """Those parts for which a heading has room, in their order."""
    chosen = list(parts)
    while len(chosen) > 1 and (len(chosen) > MOST_COUNTED or _n_lines(name, chosen) > MOST_LINES):
        _, _, least = max((part.rank, n, part) for n, part in enumerate(chosen))
        chosen.remove(least)
    return chosen


def _n_lines(name: str, parts: Sequence[_Part]) -> int:
    """How many lines of a phone they take; a line is broken between clauses, within one only where it is longer."""
    n_lines, used = 1, 0.0
    for n, part in enumerate(parts):
        width = _width(f"{'' if n else f'{name}：'}{part.text}，")
        if n and used + width > LINE:
            n_lines, used = n_lines + 1, 0.0
        used += width
        while used > LINE:
            n_lines, used = n_lines + 1, used - LINE
    return n_lines


def _width(text: str) -> float:
    """In Chinese characters; letters, digits and spaces are half as wide at most."""
    return sum(1 if east_asian_width(character) in "WF" else 0.5 for character in text)


def is_without_data(snapshot: PlanSnapshot) -> bool:
    """Whether nothing was reported of the first series, and nobody who leads any of it was to report yet."""
    commitments = snapshot.headline.commitments
    return bool(commitments) and all(map(is_nobodys, commitments))


def opening_sentences(snapshot: PlanSnapshot) -> tuple[str, str]:
    """The heading of the plan and the smaller line below it, which may be empty.

    A plan of which nothing can be known yet is a page of promises: only its name, or once it has ended that nothing is known.
    """
    if not snapshot.series:
        return f"{snapshot.short_title}：{tasks_sentence(snapshot.tasks)}", ""
    if not is_without_data(snapshot):
        return series_sentences(snapshot.headline)
    if snapshot.has_ended:
        return series_sentences(snapshot.headline)[0], published_line(snapshot, year=snapshot.row.year)
    return f"{name_of_year(snapshot)}：{snapshot.headline.row.short_title}", ""


def name_of_year(snapshot: PlanSnapshot) -> str:
    """The plan's short title up to its year, as in `… 2031 年：…`; one without its year is left whole."""
    before, year, _ = snapshot.short_title.partition(f"{snapshot.row.year} 年")
    return before + year


def promises_sentence(series: SeriesSnapshot) -> str:
    """Another series of a plan without data: what little is known of it, `1 个开工了；其余 4 个的进展还没有公布过。`"""
    return f"{series.row.short_title}：{promises_only(series.commitments, series.row.counter)}。"


def unknown_sentence(snapshot: PlanSnapshot, series: SeriesSnapshot) -> str:
    """Of a plan without data, once for each series of which a page of other things shows promises: that no more is known."""
    if series is not snapshot.headline:
        return promises_sentence(series)
    if snapshot.has_ended:
        return series_sentences(series)[0]
    return f"{series.row.short_title}：{published_line(snapshot, year=None)}"


def promises_review(snapshot: PlanSnapshot) -> str:
    """The account of a year of which nothing was reported: that once, and what little is known of its other series."""
    return series_sentences(snapshot.headline)[0] + "".join(map(promises_sentence, snapshot.series[1:]))


def published_line(snapshot: PlanSnapshot, *, year: int | None) -> str:
    """Of a plan without data: since when it is public, by when it is or was due, and that nothing more is known."""
    day = day_text(snapshot.row.ends_on, year=shared_year([snapshot.row.published_on], year))
    due = f"说好 {day}前办完" if snapshot.has_ended else f"最晚 {day}办完"
    return f"{day_text(snapshot.row.published_on)}公布，{due}；各部门的进展还没有公布过。"


def deadline_line(snapshot: PlanSnapshot, *, year: int | None) -> str:
    """When the last promise of the plan falls due, and what can't be said before; once it has ended, only that."""
    ends_on, days = snapshot.row.ends_on, (snapshot.row.ends_on - snapshot.as_of).days
    day = day_text(ends_on, year=shared_year([snapshot.as_of], year))
    if days >= 0 and is_without_data(snapshot):
        return published_line(snapshot, year=shared_year([snapshot.as_of], year))
    if days > 0:
        return f"最晚 {day}办完，还有 {days} 天；现在还不能说没办成。"
    if days == 0:
        return f"{day}是最后一天；现在还不能说没办成。"
    return f"{day_text(ends_on)}已经到期。"
