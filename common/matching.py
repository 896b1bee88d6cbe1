"""Finds words in Chinese text, without regard to width, case and quotation marks."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

QUOTES = frozenset("“”‘’「」『』\"'")
BEFORE, LENGTH = 24, 96  # characters of an excerpt: before the first match, and in total
MOST_RUNS = 8
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
RUNS = re.compile(r"[0-9]+|[a-z]+|[^\x00-\x7f]+|.")


@lru_cache(maxsize=16_384)
def _folded(character: str) -> str:
    return "" if character in QUOTES else unicodedata.normalize("NFKC", character).casefold()


def fold(text: str) -> str:
    return "".join(map(_folded, unicodedata.normalize("NFC", text)))


def words_of(query: str) -> list[str]:
    """The distinct folded words of a typed query, in order."""
    return list(dict.fromkeys(fold(query).split()))


def contains(field: str, word: str) -> Q:
    """A condition for all rows whose field contains the folded word in any width or case, and for a few others.

    Databases don't have NFKC, so callers check the resulting rows again with `fold`.
    """
    condition = Q()
    for run in RUNS.findall(word)[:MOST_RUNS]:
        variants = {run, run.translate(FULL_WIDTH), run.upper().translate(FULL_WIDTH)}
        either = Q()
        for variant in sorted(variants):
            either |= Q(**{f"{field}__icontains": variant})
        condition &= either
    return condition


def spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """The (start, end) of each match of the folded words in `text` (in NFC), in order; touching matches are merged."""
    folded, origins = [], []
    for index, character in enumerate(text):
        part = _folded(character)
        folded.append(part)
        origins += [index] * len(part)
    matches = sorted(
        (origins[match.start()], origins[match.end() - 1] + 1)
        for word in words
        for match in re.finditer(re.escape(word), "".join(folded))
    )
    joined: list[tuple[int, int]] = []
    for start, end in matches:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def highlighted(text: str, words: Sequence[str]) -> SafeString:
    """The escaped text with each match in a `<mark>`."""
    return format_html_join("", "{}", ((piece,) for piece in _pieces(unicodedata.normalize("NFC", text), words)))


def _pieces(text: str, words: Sequence[str]) -> Iterator[str]:
    at = 0
    for start, end in spans(text, words):
        yield text[at:start]
        yield format_html("<mark>{}</mark>", text[start:end])
        at = end
    yield text[at:]


def excerpt(text: str, words: Sequence[str]) -> str:
    """One line of the text around the first match, or its beginning if nothing matches."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    matches = spans(text, words)
    start = max(matches[0][0] - BEFORE, 0) if matches else 0
    end = start + LENGTH
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
