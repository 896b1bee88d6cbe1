"""The search of promises, published reports and articles.

Promises are few, and adjustments change their wording, so all are loaded once after each entry and matched in Python.
The number of reports and articles isn't limited, so the database selects the newest that may match.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, TextChoices, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.safestring import SafeString

from common.formats import day_text
from common.lru_cache import LRUCache
from common.matching import contains, excerpt, fold, highlighted
from ledger import chain
from news.models import Article
from projects.models import AbstractReport, Adjustment, Milestone, Project, Report, SourceKind
from tasks.models import Indicator, Measure, PlanAdjustment, Task, TaskReport

MOST_PROMISES = 20_000  # of each kind, from the latest plans
MOST_FACTS = 200  # the newest reports, and as many articles
MOST_PARTS = 3
WORDING = ["title", "short_title", "place"]
EXACT, PHRASE, TITLE, TEXT = range(4)


class ResultKind(TextChoices):
    """In the order in which equally good results are listed."""

    PROJECT = "project", "项目"
    TASK = "task", "任务"
    MEASURE = "measure", "打算怎么做"
    INDICATOR = "indicator", "指标"
    ARTICLE = "article", "新闻"
    REPORT = "report", "进展"


KINDS = list(ResultKind)


@dataclass(frozen=True)
class SearchResult:
    """`text` is other text that matched, shown as an excerpt if `is_long`; `note` is its plan or date."""

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

    @property
    def title(self) -> SafeString:
        """The escaped name with the words highlighted. It is computed only for results that a page shows."""
        return highlighted(self.name, self.words)

    @property
    def excerpt(self) -> SafeString:
        return highlighted(excerpt(self.text, self.words) if self.is_long else self.text, self.words)

    @property
    def order(self) -> tuple:
        """The sort key: by rank, then in the order of KINDS, then the newest first."""
        return self.rank, KINDS.index(self.kind), -self.on.toordinal()


def rank_of(words: Sequence[str], names: Iterable[str], text: str = "") -> int | None:
    """EXACT, PHRASE, TITLE or TEXT, by where the words occur; None unless all do."""
    return _rank(words, [fold(name) for name in names if name], fold(text))


def _rank(words: Sequence[str], names: Sequence[str], text: str) -> int | None:
    """As `rank_of`, for folded names and text."""
    phrase = " ".join(words)
    if phrase in names:
        return EXACT
    if any(phrase in name for name in names):
        return PHRASE
    if any(all(word in name for word in words) for name in names):
        return TITLE
    everything = " ".join((*names, text))
    return TEXT if all(word in everything for word in words) else None


@dataclass(frozen=True)
class Wording:
    """Titles and places in force after adjustments, by (foreign key of the adjustment, id), and which are illustrative."""

    terms: dict[tuple[str, int], dict[str, str]]
    illustrative: set[tuple[str, int]]

    @classmethod
    def of(cls, adjustments) -> "Wording":
        terms: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
        illustrative = set()
        named = adjustments.published().filter(changes__has_any_keys=WORDING)
        for change in named.select_related("source").order_by("entry"):
            key = change.promise_field, getattr(change, f"{change.promise_field}_id")
            terms[key] |= {name: new for name, (_old, new) in change.changes.items() if name in WORDING}
            if change.is_illustrative:
                illustrative.add(key)
        return cls(terms, illustrative)

    def text(self, name: str, row, field: str = "title") -> str:
        return self.terms.get((name, row.pk), {}).get(field, getattr(row, field))

    def is_illustrative(self, name: str, row) -> bool:
        return (name, row.pk) in self.illustrative


@dataclass(frozen=True)
class SearchResults:
    """All results, the best first. `is_cut` if there may be more reports or articles than MOST_FACTS."""

    results: list[SearchResult]
    is_cut: bool

    def counts(self) -> dict[ResultKind, int]:
        return {kind: n for kind in KINDS if (n := sum(result.kind is kind for result in self.results))}


@dataclass(frozen=True)
class SearchedPromise:
    """A promise prepared for the search: `names` and `text` are folded; `parts` of the text are unchanged."""

    kind: ResultKind
    address: str
    title: str
    names: tuple[str, ...]
    text: str = ""
    parts: tuple[str, ...] = ()
    note: str = ""
    is_illustrative: bool = False

    def result_for(self, words: Sequence[str]) -> SearchResult | None:
        """None unless the promise contains every word."""
        rank = _rank(words, self.names, self.text)
        if rank is None:
            return None
        return SearchResult(
            self.kind,
            self.address,
            self.title,
            rank,
            tuple(words),
            text=self._text_for(words, rank),
            is_long=self.kind is ResultKind.INDICATOR,
            note=self.note,
            is_illustrative=self.is_illustrative,
        )

    def _text_for(self, words: Sequence[str], rank: int) -> str:
        """For a project, its place and milestones with one of the words; for an indicator that matched by it, its note."""
        if self.kind is ResultKind.PROJECT:
            return "、".join([part for part in self.parts if any(word in fold(part) for word in words)][:MOST_PARTS])
        return self.parts[0] if self.parts and rank == TEXT else ""


@dataclass(frozen=True)
class Catalogue:
    """Every published promise; those about projects by primary key of the project, tasks and measures by kind and key."""

    promises: tuple[SearchedPromise, ...]
    projects: dict[int, SearchedPromise]
    answerable: dict[tuple[str, int | None], SearchedPromise]


_catalogues: LRUCache[Catalogue] = LRUCache(2)


def catalogue() -> Catalogue:
    """Cached until the next entry, without which nothing in it can change."""
    head = chain.last_hash()
    return _catalogues.get(head, read_catalogue, is_valid=lambda: chain.last_hash() == head)


def read_catalogue() -> Catalogue:
    """The catalogue from the database, in a constant number of queries for a limited number of rows."""
    wording, of_plan = Wording.of(Adjustment.objects), Wording.of(PlanAdjustment.objects)
    projects = list(Project.objects.published().order_by("-published_on", "slug")[:MOST_PROMISES])
    searched = list(_projects(projects, wording))
    answerable = {**dict(_tasks(of_plan)), **dict(_measures(of_plan))}
    promises = (*searched, *answerable.values(), *_indicators(of_plan))
    by_project = {project.pk: one for project, one in zip(projects, searched, strict=True)}
    return Catalogue(promises, by_project, answerable)


def search_results_of(words: Sequence[str]) -> SearchResults:
    """The results for folded words, in a constant number of queries for a limited number of rows."""
    current = catalogue()
    reports, articles, answers = _report_rows(words, current), _article_rows(words), _answer_rows(words, current)
    promises = filter(None, (promise.result_for(words) for promise in current.promises))
    found = (_articles(words, articles), _reports(words, reports, current), _answers(words, answers, current))
    results = [*promises, *(result for results in found for result in results)]
    is_cut = MOST_FACTS in {len(reports), len(articles), len(answers)}
    return SearchResults(sorted(results, key=lambda result: result.order), is_cut)


def _projects(projects, wording: Wording) -> Iterator[SearchedPromise]:
    parts = defaultdict(list)
    for milestone in Milestone.objects.published().order_by("number", "pk")[: MOST_PROMISES * MOST_PARTS]:
        parts[milestone.project_id].append(wording.text("milestone", milestone))
    reported = Report.objects.published().filter(source__kind=SourceKind.ILLUSTRATIVE).order_by()
    illustrative = set(reported.values_list("project", flat=True).distinct()[:MOST_PROMISES])
    for project in projects:
        title, short_title, place = (wording.text("project", project, field) for field in WORDING)
        text = (place, *parts[project.pk])
        yield SearchedPromise(
            ResultKind.PROJECT,
            reverse("project", args=[project.slug]),
            title,
            tuple(fold(name) for name in (title, short_title) if name),
            fold(" ".join(text)),
            text,
            is_illustrative=project.pk in illustrative or wording.is_illustrative("project", project),
        )


def _tasks(wording: Wording) -> Iterator[tuple[tuple[str, int | None], SearchedPromise]]:
    rows = Task.objects.published().select_related("group__plan").order_by("-group__plan__year", "group", "number")
    for task in rows[:MOST_PROMISES]:
        title = wording.text("task", task)
        searched = SearchedPromise(
            ResultKind.TASK,
            _address_of(task),
            title,
            (fold(title),),
            note=f"{task.group.plan.year} 年 · {wording.text('group', task.group)}",
            is_illustrative=wording.is_illustrative("task", task),
        )
        yield ("task", task.pk), searched


def _measures(wording: Wording) -> Iterator[tuple[tuple[str, int | None], SearchedPromise]]:
    rows = Measure.objects.published().select_related("task__group__plan")
    for measure in rows.order_by("-task__group__plan__year", "task__group", "task", "number")[:MOST_PROMISES]:
        title = wording.text("measure", measure)
        searched = SearchedPromise(
            ResultKind.MEASURE,
            f"{_address_of(measure.task)}#measures",
            title,
            (fold(title),),
            note=f"{measure.task.group.plan.year} 年 · {wording.text('task', measure.task)}",
            is_illustrative=wording.is_illustrative("measure", measure),
        )
        yield ("measure", measure.pk), searched


def _indicators(wording: Wording) -> Iterator[SearchedPromise]:
    rows = Indicator.objects.published().select_related("plan").order_by("-plan__year", "number", "pk")
    for indicator in rows[:MOST_PROMISES]:
        title = wording.text("indicator", indicator)
        yield SearchedPromise(
            ResultKind.INDICATOR,
            f"{reverse('indicators', args=[indicator.plan.year])}#{indicator.code}",
            title,
            (fold(title),),
            fold(indicator.note),
            (indicator.note,),
            note=f"{indicator.plan.year} 年",
            is_illustrative=wording.is_illustrative("indicator", indicator),
        )


def _address_of(task: Task) -> str:
    return reverse("task", args=[task.group.plan.year, task.group.code, task.number])


def _article_rows(words: Sequence[str]) -> list[Article]:
    searched = _joined("title", "summary", "body_text", "correction_note")
    rows = Article.objects.published().annotate(searched=searched).select_related("source")
    for word in words:
        rows = rows.filter(contains("searched", word))
    return list(rows.order_by("-published_at", "-pk")[:MOST_FACTS])


def _articles(words, rows: Iterable[Article]) -> Iterator[SearchResult]:
    for article in rows:
        text = f"{article.correction_note} {article.summary} {article.body_text}"
        rank = rank_of(words, [article.title], text)
        if rank is not None:
            yield SearchResult(
                ResultKind.ARTICLE,
                article.get_absolute_url(),
                article.title,
                rank,
                tuple(words),
                text=text,
                is_long=True,
                note=day_text(article.dated_on),
                on=article.dated_on,
                is_illustrative=article.is_illustrative,
            )


def _report_rows(words: Sequence[str], current: Catalogue) -> list[Report]:
    """Reports whose text contains at least one of the words, and the title of whose project the others."""
    rows = Report.objects.published().annotate(
        searched=_joined("text", "problem", "next_step"),
        is_corrected=Exists(Report.objects.published().filter(corrects=OuterRef("pk"))),
    )
    is_own = Q()
    for word in words:
        about = [key for key, one in current.projects.items() if word in one.names[0]]
        rows = rows.filter(contains("searched", word) | Q(project__in=about))
        is_own |= contains("searched", word)
    rows = rows.filter(is_own).select_related("source").defer("salts", "internal_note")
    return list(rows.order_by("-held_on", "-pk")[:MOST_FACTS])


def _reports(words, rows: Iterable[Report], current: Catalogue) -> Iterator[SearchResult]:
    for report in rows:
        about = current.projects.get(report.project_id)
        if about and (result := _report_result(words, report, about, about.address)):
            yield result


def _report_result(words, report: AbstractReport, about: SearchedPromise, address: str) -> SearchResult | None:
    """None unless text and title hold every word, and the text one of them."""
    text = " ".join((report.text, report.problem, report.next_step))
    folded = fold(text)
    if _rank(words, about.names[:1], folded) is None or not any(word in folded for word in words):
        return None
    corrected = "，已经更正" if report.is_corrected else ""  # type: ignore[attr-defined]  # annotated
    return SearchResult(
        ResultKind.REPORT,
        f"{address}#report-{report.entry_id}",
        about.title,
        TEXT,
        tuple(words),
        text=text,
        is_long=True,
        note=f"{day_text(report.held_on)}的数据，{day_text(report.published_on)}公布{corrected}",
        on=report.held_on,
        is_illustrative=report.is_illustrative,
    )


def _answer_rows(words: Sequence[str], current: Catalogue) -> list[TaskReport]:
    """As `_report_rows`, of tasks and measures."""
    rows = TaskReport.objects.published().annotate(
        searched=_joined("text", "problem", "next_step"),
        is_corrected=Exists(TaskReport.objects.published().filter(corrects=OuterRef("pk"))),
    )
    is_own = Q()
    for word in words:
        about = [key for key, one in current.answerable.items() if word in one.names[0]]
        named = Q(task__in=[pk for name, pk in about if name == "task"])
        named |= Q(measure__in=[pk for name, pk in about if name == "measure"])
        rows = rows.filter(contains("searched", word) | named)
        is_own |= contains("searched", word)
    rows = rows.filter(is_own).select_related("source").defer("salts", "internal_note")
    return list(rows.order_by("-held_on", "-pk")[:MOST_FACTS])


def _answers(words, rows: Iterable[TaskReport], current: Catalogue) -> Iterator[SearchResult]:
    for report in rows:
        about = current.answerable.get(("task", report.task_id) if report.task_id else ("measure", report.measure_id))
        if about and (result := _report_result(words, report, about, about.address.partition("#")[0])):
            yield result


def _joined(*fields: str) -> Concat:
    parts = [part for field in fields for part in (field, Value(" "))]
    return Concat(*parts, output_field=TextField())
