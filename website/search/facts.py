"""What was said of promises and what became of them, as far as it holds the words: reports, moves, checks, articles, entries.

Their number isn't limited, so the database selects the newest that may match, and each is checked again here.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse

from common.formats import day_text
from common.matching import contains, fold, holds
from ledger.models import Entry
from news.models import Article
from projects.models import AbstractEvidence, Adjustment, Evidence, Project, PromiseChange, Report
from projects.words import document_text
from tasks.models import Check, CheckEvidence, Finding, PlanAdjustment, TaskEvidence, TaskReport, Vote, VoteEvidence
from tasks.words import RESIDENT_FINDINGS
from website.search.catalogue import Catalogue, SearchedPromise, on_day
from website.search.results import EXACT, FACT, TEXT, Query, ResultKind, SearchResult, rank_of
from website.sentences.votes import vote_sentence

MOST_FACTS = 200  # the newest of each kind
REPORTED = ("text", "problem", "next_step")
DECIDED = ("reason", "document", "document_number")
LEAST_HEX = 8
_ENTRY = re.compile(
    r"(?:公开记录|凭证|记录)?\s*(?:第\s*)?0*([1-9][0-9]{0,8})\s*(?:[条号]|[:：]\s*([0-9a-f\s]+))?\Z", re.IGNORECASE
)
_HASH = re.compile(rf"(?=.*[a-f])(?=.*[0-9])[0-9a-f]{{{LEAST_HEX},64}}\Z", re.IGNORECASE)

Found = tuple[list[SearchResult], bool]  # and whether there may be more than MOST_FACTS


def facts_with(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    """Everything public on the day that was said with these words, of each kind the newest."""
    results, is_cut = [], False
    for search in (_reports, _answers, _moves, _plan_moves, _checks, _votes, _articles):
        found, is_full = search(query, current, day, day_query)
        results += found
        is_cut = is_cut or is_full
    return results, is_cut


def _candidates(
    rows: QuerySet, words: Sequence[str], named: Callable[[str], Q], evidence: QuerySet | None = None
) -> list:
    """The newest rows in whose `searched` text or evidence stands at least one of the words, and the others there or in the
    title of what they are about."""
    is_own = Q()
    for word in words:
        own = contains("searched", word)
        if evidence is not None:
            own |= Q(Exists(evidence.filter(contains("title", word), report=OuterRef("pk"))))
        rows = rows.filter(own | named(word)) if len(words) > 1 else rows
        is_own |= own
    return list(rows.filter(is_own)[:MOST_FACTS])


def _fact(
    kind: ResultKind,
    query: Query,
    about: SearchedPromise,
    address: str,
    texts: Iterable[str],
    row: Any,
    on: date,
    note: str,
) -> SearchResult | None:
    """None unless text and title hold every word, and the text one of them."""
    text = " ".join(filter(None, texts))
    folded = fold(text)
    if not any(holds(folded, word) for word in query.words):
        return None
    if not all(holds(folded, word) or holds(about.names[0], word) for word in query.words):
        return None
    return SearchResult(
        kind,
        address,
        about.title,
        FACT,
        query.words,
        text=text,
        is_long=True,
        note=note,
        on=on,
        is_illustrative=row.is_illustrative,
        about=about.key,
    )


def _report_result(
    query: Query, report: Report | TaskReport, about: SearchedPromise, address: str
) -> SearchResult | None:
    corrected = "，已经更正" if report.is_corrected else ""  # type: ignore[union-attr]  # annotated
    note = f"{day_text(report.held_on)}的数据，{day_text(report.published_on)}公布{corrected}"
    texts = (*(getattr(report, name) for name in REPORTED), _titles_of(report.evidence.all()))
    return _fact(
        ResultKind.REPORT, query, about, f"{address}#report-{report.entry_id}", texts, report, report.held_on, note
    )


def _titles_of(evidence: Iterable[AbstractEvidence], word: str = "佐证") -> str:
    """What evidence is called: `佐证：监理日志；验收表`. What the law hides has no title any more."""
    titles = "；".join(one.title for one in evidence if one.title)
    return f"{word}：{titles}" if titles else ""


def _reported(model: type[Report] | type[TaskReport], day: date) -> QuerySet:
    corrected = model.objects.as_of(day).filter(corrects=OuterRef("pk"))
    rows = model.objects.as_of(day).annotate(searched=_joined(*REPORTED), is_corrected=Exists(corrected))
    rows = rows.select_related("source").prefetch_related("evidence").defer("salts", "internal_note")
    return rows.order_by("-held_on", "-pk")


def _reports(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    def named(word: str) -> Q:
        slugs = [one.key.partition(":")[2] for one in _named(current, ResultKind.PROJECT, word)]
        return Q(project__in=Project.objects.filter(slug__in=slugs))

    rows = _candidates(_reported(Report, day), query.words, named, Evidence.objects.all())
    found = [
        result
        for row in rows
        if (about := current.owner("project", row.project_id))
        and (result := _report_result(query, row, about, on_day(about.address, day_query)))
    ]
    return found, len(rows) == MOST_FACTS


def _named(current: Catalogue, kind: ResultKind, word: str) -> Iterator[SearchedPromise]:
    return (one for one in current.promises if one.kind is kind and holds(one.names[0], word))


def _answers(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    """As `_reports`, of tasks and measures."""

    def named(word: str) -> Q:
        keys = [
            pair
            for pair, key in current.owners.items()
            if _is_answered(pair[0]) and holds(current.by_key[key].names[0], word)
        ]
        tasks, measures = ([pk for field, pk in keys if field == name] for name in ("task", "measure"))
        return Q(task__in=tasks) | Q(measure__in=measures)

    rows = _candidates(_reported(TaskReport, day), query.words, named, TaskEvidence.objects.all())
    found = []
    for row in rows:
        about = current.owner("task", row.task_id) or current.owner("measure", row.measure_id)
        if about:
            address = on_day(about.address.partition("#")[0], day_query)
            found.append(_report_result(query, row, about, address))
    return [one for one in found if one], len(rows) == MOST_FACTS


def _is_answered(field: str) -> bool:
    return field in ("task", "measure")


def _nothing(_word: str) -> Q:
    """Of facts that are few: those that hold any of the words are looked at."""
    return Q(pk__isnull=False)


def _decided(model: Any, day: date) -> QuerySet:
    rows = model.objects.as_of(day).annotate(searched=_joined(*DECIDED))
    return rows.select_related("source").defer("salts").order_by("-published_on", "-pk")


def _moves(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    return _moved(_candidates(_decided(Adjustment, day), query.words, _nothing), query, current, day_query)


def _plan_moves(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    return _moved(_candidates(_decided(PlanAdjustment, day), query.words, _nothing), query, current, day_query)


def _moved(rows: list[PromiseChange], query: Query, current: Catalogue, day_query: str) -> Found:
    """Each leads to its entry, which holds the reason and the document; what is changed of a plan's wording is left out, since
    it has no page of its own."""
    found = []
    for row in rows:
        about = current.owner(row.promise_field, getattr(row, f"{row.promise_field}_id"))
        if about:
            texts = (
                f"为什么：{row.reason}" if row.reason else "",
                f"依据：{document_text(row)}" if row.document else "",
            )
            note = f"{day_text(row.decided_on)}决定，{day_text(row.published_on)}公布"
            address = reverse("entry", args=[row.entry_id])
            found.append(_fact(ResultKind.MOVE, query, about, address, texts, row, row.published_on, note))
    return [one for one in found if one], len(rows) == MOST_FACTS


def _checks(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    looked = Check.objects.as_of(day).annotate(searched=_joined("text", "correction_reason")).select_related("source")
    looked = looked.prefetch_related("evidence").defer("salts").order_by("-held_on", "-pk")
    rows = _candidates(looked, query.words, _nothing, CheckEvidence.objects.all())
    found = []
    for row in rows:
        about = current.owner("commitment", row.commitment_id)
        if about:
            note = (
                f"{day_text(row.held_on)}，{row.get_observer_display()}去看：{RESIDENT_FINDINGS[Finding(row.finding)]}"
            )
            address = f"{on_day(about.address, day_query)}#check-{row.entry_id}"
            texts = (row.text, row.correction_reason, _titles_of(row.evidence.all()))
            found.append(_fact(ResultKind.CHECK, query, about, address, texts, row, row.held_on, note))
    return [one for one in found if one], len(rows) == MOST_FACTS


def _votes(query: Query, current: Catalogue, day: date, day_query: str) -> Found:
    held = Vote.objects.as_of(day).annotate(searched=_joined("meeting", "correction_reason")).select_related("source")
    held = held.prefetch_related("evidence").defer("salts").order_by("-held_on", "-pk")
    rows = _candidates(held, query.words, _nothing, VoteEvidence.objects.all())
    found = []
    for row in rows:
        about = current.owner("commitment", row.commitment_id)
        if about:
            address = f"{on_day(about.address, day_query)}#vote-{row.entry_id}"
            texts = (row.meeting, row.correction_reason, _titles_of(row.evidence.all(), "出处"))
            note = vote_sentence(row)
            found.append(_fact(ResultKind.VOTE, query, about, address, texts, row, row.held_on, note))
    return [one for one in found if one], len(rows) == MOST_FACTS


def _articles(query: Query, _current: Catalogue, day: date, _day_query: str) -> Found:
    searched = _joined("title", "summary", "body_text", "correction_note")
    rows = Article.objects.published().filter(published_at__date__lte=day)
    rows = rows.annotate(searched=searched).select_related("source")
    for word in query.words:
        rows = rows.filter(contains("searched", word))
    articles = list(rows.order_by("-published_at", "-pk")[:MOST_FACTS])
    return [one for one in (_article(query, row) for row in articles) if one], len(articles) == MOST_FACTS


def _article(query: Query, article: Article) -> SearchResult | None:
    text = f"{article.correction_note} {article.summary} {article.body_text}"
    rank = rank_of(query.words, [article.title], text)
    if rank is None:
        return None
    return SearchResult(
        ResultKind.ARTICLE,
        article.get_absolute_url(),
        article.title,
        rank if rank < TEXT else FACT,
        query.words,
        text=text,
        is_long=True,
        note=day_text(article.dated_on),
        on=article.dated_on,
        is_illustrative=article.is_illustrative,
    )


def entry_asked_for(query: Query, day: date) -> SearchResult | None:
    """The entry whose number or voucher was typed, if it was public by the day and the hash is its own."""
    typed = " ".join(query.typed.split())
    numbered, hashed = _ENTRY.match(typed), _HASH.match(typed.replace(" ", ""))
    entries = Entry.objects.as_of(day).defer("payload")
    if numbered and numbered[2]:
        entries = entries.filter(seq=numbered[1], hash__startswith=re.sub(r"\s", "", numbered[2]).lower())
    elif numbered and re.search("记录|凭证|条", typed):
        entries = entries.filter(seq=numbered[1])
    elif hashed:
        entries = entries.filter(hash__startswith=hashed[0].lower())
    else:
        return None
    entry = entries.first()
    if entry is None:
        return None
    note = f"{entry.get_kind_display()}，{day_text(entry.published_on)}公布"
    address, name = reverse("entry", args=[entry.seq]), f"公开记录第 {entry.seq} 条"
    return SearchResult(ResultKind.ENTRY, address, name, EXACT, query.words, text=f"凭证 {entry.voucher}", note=note)


def _joined(*fields: str) -> Concat:
    parts = [part for field in fields for part in (field, Value(" "))]
    return Concat(*parts, output_field=TextField())
