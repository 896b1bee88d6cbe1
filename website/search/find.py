"""The search of everything public on a day: promises, who answers for them, what was said of them, articles, entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from common.matching import fold
from website.search.catalogue import Catalogue, SearchedPromise, catalogue_on, pairs_of
from website.search.facts import entry_asked_for, facts_with
from website.search.places import places_named
from website.search.results import EXACT, FACT, KINDS, Query, ResultKind, SearchGroup, SearchResult, grouped, one_line

MOST_NEAR = 6
LEAST_SHARED = 0.33  # of the pairs of characters that were typed
# What questions are made of: it stands in no title, and says nothing of what is looked for.
ASKING = (
    "什么时候", "什么时间", "怎么样", "怎样", "怎么", "有没有", "能不能", "是不是", "为什么", "多少钱", "在哪里", "在哪儿", "在哪", "哪里",
    "哪儿", "请问", "了没有", "了没", "了吗", "多久", "几时", "修好", "建好", "弄好", "开工", "完工", "建成", "我们", "咱们", "吗", "呢",
)  # fmt: skip


@dataclass(frozen=True)
class SearchResults:
    """All results, the best first. `is_cut` if there may be more facts than were looked through; `near` are promises that only
    look alike, where there is no result."""

    results: list[SearchResult]
    is_cut: bool = False
    near: tuple[SearchGroup, ...] = ()
    current: Catalogue | None = None

    def counts(self) -> dict[ResultKind, int]:
        return {kind: n for kind in KINDS if (n := sum(result.kind is kind for result in self.results))}

    def groups(self, kind: str, day_query: str) -> list[SearchGroup]:
        """The results of that kind, of all where it is "", each group under what it is about."""
        chosen = [result for result in self.results if kind in ("", result.kind)]
        return grouped(chosen, lambda about: self._head(about, day_query))

    def group_about(self, about: str, day_query: str) -> SearchGroup | None:
        """Everything found about one promise or department."""
        head = next((one for one in self.results if one.about == about and one.rank < FACT), None)
        head = head or self._head(about, day_query)
        return SearchGroup(head).with_all(self.results) if head else None

    def _head(self, about: str, day_query: str) -> SearchResult | None:
        promise = self.current.by_key.get(about) if self.current else None
        return promise.result(FACT, day_query=day_query) if promise else None


def search_results_of(query: Query, day: date, day_query: str = "") -> SearchResults:
    """The results on the day, in a constant number of queries for a limited number of rows."""
    current = catalogue_on(day)
    promises = [one for promise in current.promises if (one := promise.result_for(query, day_query))]
    facts, is_cut = facts_with(query, current, day, day_query)
    entry = entry_asked_for(query, day)
    found = [*_places(query, current, day, day_query), *promises, *facts, *([entry] if entry else [])]
    found.sort(key=lambda result: result.order)
    near = () if found else tuple(SearchGroup(one) for one in _near(query, current, day_query))
    return SearchResults(found, is_cut, near, current)


def _places(query: Query, current: Catalogue, day: date, day_query: str) -> Iterator[SearchResult]:
    for place, address in places_named(" ".join(query.words), current.front_plan(day), day_query):
        yield SearchResult(ResultKind.PLACE, address, place.title, EXACT, query.words, text=place.says)


def _near(query: Query, current: Catalogue, day_query: str) -> list[SearchResult]:
    """The promises and departments that share the most pairs of characters with what was typed, the nearest first."""
    typed = " ".join(query.words)
    for word in _FOLDED_ASKING:
        typed = typed.replace(word, " ")
    wanted = pairs_of(typed)
    shared: dict[int, int] = {}
    for pair in wanted:
        for position in current.pairs.get(pair, ()):
            shared[position] = shared.get(position, 0) + 1
    least = max(1, LEAST_SHARED * len(wanted))
    near = [(n, current.promises[position]) for position, n in shared.items() if n >= least]
    near.sort(key=lambda pair: (-pair[0], *_plainness(pair[1])))
    return [promise.result(FACT, tuple(sorted(wanted)), day_query) for _n, promise in near[:MOST_NEAR]]


def _plainness(promise: SearchedPromise) -> tuple[int, int]:
    return KINDS.index(promise.kind), promise.position


_FOLDED_ASKING = tuple(one_line(fold(word)) for word in ASKING)
