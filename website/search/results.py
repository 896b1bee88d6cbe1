"""What a search finds: results with their rank, and groups of those about the same thing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from django.db.models import TextChoices
from django.utils.safestring import SafeString

from common.matching import excerpt, fold, highlighted, holds, words_of
from common.spelling import Spelling, typed_letters

SHOWN_OF_GROUP = 3
EXACT, PHRASE, TITLE, TEXT, FACT = range(5)


class ResultKind(TextChoices):
    """In the order in which equally good results are listed."""

    PLACE = "place", "本站的页面"
    PROJECT = "project", "项目"
    TASK = "task", "任务"
    MEASURE = "measure", "打算怎么做"
    INDICATOR = "indicator", "指标"
    DEPARTMENT = "department", "部门"
    ENTRY = "entry", "公开记录"
    REPORT = "report", "进展"
    MOVE = "move", "改动和补充"
    CHECK = "check", "回头看"
    VOTE = "vote", "人大测评"
    ARTICLE = "article", "新闻"


KINDS = list(ResultKind)
OF_GROUP = frozenset({ResultKind.REPORT, ResultKind.MOVE, ResultKind.CHECK, ResultKind.VOTE})


@dataclass(frozen=True)
class Query:
    """What was typed: its folded words, and the letters of those that may be pinyin."""

    typed: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, typed: str) -> "Query":
        return cls(typed, tuple(words_of(typed)))

    @cached_property
    def letters(self) -> str:
        return typed_letters(self.typed)

    @cached_property
    def spelled(self) -> dict[str, str]:
        """The letters of each word that may be pinyin."""
        return {word: letters for word in self.words if (letters := typed_letters(word))}

    def __bool__(self) -> bool:
        return bool(self.words)


def rank_of(words: Sequence[str], names: Iterable[str], text: str = "") -> int | None:
    """EXACT, PHRASE, TITLE or TEXT, by where the words occur; None unless all do."""
    return folded_rank(words, [one_line(fold(name)) for name in names if name], fold(text))


def one_line(folded: str) -> str:
    return " ".join(folded.split())


def folded_rank(words: Sequence[str], names: Sequence[str], text: str) -> int | None:
    """As `rank_of`, for folded names and text."""
    phrase = " ".join(words)
    if phrase in names:
        return EXACT
    if any(holds(name, phrase) for name in names):
        return PHRASE
    if any(all(holds(name, word) for word in words) for name in names):
        return TITLE
    everything = " ".join((*names, text))
    return TEXT if all(holds(everything, word) for word in words) else None


def spelled_rank(query: Query, names: Sequence[Spelling], everything: str) -> int | None:
    """By the pinyin of the names: EXACT or PHRASE for the whole query, TITLE where each word stands somewhere."""
    if query.letters and any(name.letters == query.letters for name in names):
        return EXACT
    if any(name.holds(query.letters) for name in names):
        return PHRASE

    def matches(word: str) -> bool:
        return holds(everything, word) or any(name.holds(query.spelled.get(word, "")) for name in names)

    return TITLE if query.spelled and all(map(matches, query.words)) else None


@dataclass(frozen=True)
class SearchResult:
    """`text` is other text that matched, shown as an excerpt if `is_long`; `note` is its plan or date. `about` is the address
    in the record of the promise or department that it belongs to, "" where it stands by itself."""

    kind: ResultKind
    address: str
    name: str
    rank: int
    words: tuple[str, ...]
    text: str = ""
    is_long: bool = False
    note: str = ""
    on: date = date.min
    is_illustrative: bool = False
    about: str = ""
    position: int = 0
    text_of: Callable[[tuple[str, ...], int], str] | None = None  # where `text` is computed only for what a page shows

    @property
    def title(self) -> SafeString:
        """The escaped name with the words highlighted. It is computed only for results that a page shows."""
        return highlighted(self.name, self.words)

    @property
    def excerpt(self) -> SafeString:
        text = self.text_of(self.words, self.rank) if self.text_of else self.text
        return highlighted(excerpt(text, self.words) if self.is_long else text, self.words)

    @property
    def order(self) -> tuple:
        """The sort key: by rank, then in the order of KINDS, then the newest first, then in the order of the plan."""
        return self.rank, KINDS.index(self.kind), -self.on.toordinal(), self.position


@dataclass(frozen=True)
class SearchGroup:
    """What was found of one thing: `head` is itself, `facts` the newest of what was said of it, `n_more` all others."""

    head: SearchResult
    facts: tuple[SearchResult, ...] = ()
    n_more: int = 0

    @property
    def is_illustrative(self) -> bool:
        return self.head.is_illustrative or any(fact.is_illustrative for fact in self.facts)

    def with_all(self, results: Iterable[SearchResult]) -> "SearchGroup":
        """With every fact about it."""
        facts = [one for one in results if one.about == self.head.about and one.kind in OF_GROUP]
        return replace(self, facts=tuple(facts), n_more=0)


def grouped(results: Sequence[SearchResult], head_of: Callable[[str], SearchResult | None]) -> list[SearchGroup]:
    """A group for each promise or department in the order of its best result; what stands by itself is one alone.

    `head_of(about)` is a result for what was found by its facts only.
    """
    groups: dict[object, list[SearchResult]] = {}
    for result in results:
        groups.setdefault(result.about or id(result), []).append(result)
    return [_group(found, head_of) for found in groups.values()]


def _group(results: list[SearchResult], head_of: Callable[[str], SearchResult | None]) -> SearchGroup:
    facts = sorted((one for one in results if one.kind in OF_GROUP), key=lambda one: -one.on.toordinal())
    head = next((one for one in results if one.kind not in OF_GROUP), None) or head_of(results[0].about)
    if head is None:
        head, facts = results[0], results[1:]
    return SearchGroup(head, tuple(facts[:SHOWN_OF_GROUP]), len(facts[SHOWN_OF_GROUP:]))
