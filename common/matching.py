"""Words found in Chinese text: full and half width and both cases are one, quotation marks don't count."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

QUOTES = frozenset("“”‘’「」『』\"'")
BEFORE, LENGTH = 24, 96  # characters of an excerpt: before the first word found, and in all
MOST_RUNS = 8
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
RUNS = re.compile(r"[0-9]+|[a-z]+|[^\x00-\x7f]+|.")


@lru_cache(maxsize=16_384)
def _folded(character: str) -> str:
    return "" if character in QUOTES else unicodedata.normalize("NFKC", character).casefold()


def fold(text: str) -> str:
    return "".join(map(_folded, unicodedata.normalize("NFC", text)))


def words_of(query: str) -> list[str]:
    """The folded words of what somebody typed, each once."""
    return list(dict.fromkeys(fold(query).split()))


def contains(field: str, word: str) -> Q:
    """What a database can say of a folded word: every text with it in either width, and a few more.

    Databases know no NFKC. Who asks them checks what they find with `fold`.
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
    """Where the folded words stand in `text` (in NFC), in order, joined where they touch."""
    folded, origins = [], []
    for index, character in enumerate(text):
        part = _folded(character)
        folded.append(part)
        origins += [index] * len(part)
    found = sorted(
        (origins[match.start()], origins[match.end() - 1] + 1)
        for word in words
        for match in re.finditer(re.escape(word), "".join(folded))
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def highlighted(text: str, words: Sequence[str]) -> SafeString:
    """The text, escaped, each word found in a `<mark>`."""
    return format_html_join("", "{}", ((piece,) for piece in _pieces(unicodedata.normalize("NFC", text), words)))


def _pieces(text: str, words: Sequence[str]) -> Iterator[str]:
    at = 0
    for start, end in spans(text, words):
        yield text[at:start]
        yield format_html("<mark>{}</mark>", text[start:end])
        at = end
    yield text[at:]


def excerpt(text: str, words: Sequence[str]) -> str:
    """One line of the text around the first word found in it; its beginning where none is."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    found = spans(text, words)
    start = max(found[0][0] - BEFORE, 0) if found else 0
    end = start + LENGTH
    return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
