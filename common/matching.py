"""Finds words in Chinese text, whichever of several ways they are typed.

Without regard to width, case, quotation marks and traditional characters. Other punctuation parts words. Numbers are
compared by what they say: 第五件 and 第5件, 1.85亿 and 185,000,000.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

from django.db.models import Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from opencc import OpenCC

QUOTES = frozenset("“”‘’「」『』\"'")
BEFORE, LENGTH = 24, 96  # characters of an excerpt: before the first match, and in total
MOST_RUNS = 8
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
RUNS = re.compile(r"[0-9]+(?:\.[0-9]+)?|[a-z]+|[^\x00-\x7f]+|.")

_SIMPLIFIED = OpenCC("t2s")
_DIGITS = {
    digit: n
    for n, digits in enumerate(("〇零", "一", "二两", "三", "四", "五", "六", "七", "八", "九"))
    for digit in digits
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_UNITS = {"千": 10**3, "百万": 10**6, "千万": 10**7, "万": 10**4, "亿": 10**8}
_CHINESE = "".join(_DIGITS)
# With the blanks that are set between a number and the characters around it.
_NUMBER = re.compile(
    rf"(?:(?<=[\u3400-\u9fff]) )?(?P<arabic>[0-9]+(?:,[0-9]{{3}})*(?:\.[0-9]+)?)(?: ?(?P<unit>千万|百万|[千万亿]))?(?: (?=[\u3400-\u9fff]))?"
    rf"|(?P<chinese>[{_CHINESE}]*十[{_CHINESE}]?|[{_CHINESE}]+[百千][{_CHINESE}十百千]*|[{_CHINESE}]+)(?P<times>[万亿])?"
)
_APART = re.compile(r"(?<=[0-9])\s+(?=[千百]?[万亿萬億])")
_HUNDREDS = re.compile(rf"(?:([{_CHINESE}])千)?零?(?:([{_CHINESE}])百)?零?(?:([{_CHINESE}])?(十))?([{_CHINESE}])?")


@lru_cache(maxsize=16_384)
def _folded(character: str) -> str:
    return "" if character in QUOTES else _SIMPLIFIED.convert(unicodedata.normalize("NFKC", character).casefold())


class Folded:
    """A folded text, and for each character of it where it comes from: `starts[i]` to `ends[i]` of the text in NFC."""

    def __init__(self, text: str):
        characters: list[str] = []
        origins: list[int] = []
        for index, character in enumerate(unicodedata.normalize("NFC", text)):
            part = _folded(character)
            characters += part
            origins += [index] * len(part)
        plain = "".join(characters)
        pieces: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end, piece in _pieces_of(plain):
            pieces.append(piece)
            is_same = len(piece) == end - start
            self.starts += origins[start:end] if is_same else [origins[start]] * len(piece)
            self.ends += [o + 1 for o in origins[start:end]] if is_same else [origins[end - 1] + 1] * len(piece)
        self.text = "".join(pieces)


def _pieces_of(plain: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, folded piece) of a text that has one width and case: numbers by their value, blanks for punctuation."""
    at = 0
    for number in _NUMBER.finditer(plain):
        yield at, number.start(), _parted(plain[at : number.start()])
        start, end = number.span("arabic") if number["arabic"] else number.span()
        if number["unit"]:
            end = number.end("unit")
        yield number.start(), start, ""
        yield start, end, _number_text(number)
        yield end, number.end(), ""
        at = number.end()
    yield at, len(plain), _parted(plain[at:])


@lru_cache(maxsize=4096)
def _parting(character: str) -> str:
    return " " if unicodedata.category(character)[0] == "P" else character


def _parted(text: str) -> str:
    return "".join(map(_parting, text))


def _number_text(number: re.Match) -> str:
    if number["arabic"]:
        value = Decimal(number["arabic"].replace(",", "")) * _UNITS.get(number["unit"] or "", 1)
        is_plain = not number["unit"] and "." not in number["arabic"]
        return number["arabic"].replace(",", "") if is_plain else f"{value.normalize():f}"
    written = _chinese_value(number["chinese"])
    digits = "".join(str(_DIGITS.get(one, one)) for one in number["chinese"]) if written is None else str(written)
    if not number["times"]:
        return digits
    return str(int(digits) * _UNITS[number["times"]]) if digits.isdigit() else digits + number["times"]


def _chinese_value(text: str) -> int | None:
    """The number below 10,000 that is written with 十, 百 or 千; None where it is spelled digit by digit, or is none."""
    match = _HUNDREDS.fullmatch(text)
    if not match or not any(unit in text for unit in _TENS):
        return None
    thousands, hundreds, tens, ten, ones = match.groups()
    tens_value = _DIGITS[tens] if tens else bool(ten)
    return sum(
        _DIGITS.get(digit, 0) * unit if isinstance(digit, str) else digit * unit
        for digit, unit in ((thousands or "", 1000), (hundreds or "", 100), (tens_value, 10), (ones or "", 1))
    )


def fold(text: str) -> str:
    return Folded(text).text


def words_of(query: str) -> list[str]:
    """The distinct folded words of a typed query, in order."""
    query = _APART.sub("", unicodedata.normalize("NFKC", query))
    return list(dict.fromkeys(word for piece in query.split() for word in fold(piece).split()))


def holds(text: str, word: str) -> bool:
    """Whether a folded text has the folded word. A number isn't found within a longer one."""
    at = text.find(word)
    if at < 0 or not (word[:1].isdigit() or word[-1:].isdigit()):
        return at >= 0
    return _whole(word).search(text) is not None


@lru_cache(maxsize=256)
def _whole(word: str) -> re.Pattern[str]:
    before = r"(?<![0-9])(?<![0-9]\.)" if word[0].isdigit() else ""
    after = r"(?!\.?[0-9])" if word[-1].isdigit() else ""
    return re.compile(f"{before}{re.escape(word)}{after}")


def contains(field: str, word: str) -> Q:
    """A condition for all rows whose field contains the folded word in any way of writing it, and for a few others.

    Databases don't fold, so callers check the resulting rows again with `fold` and `holds`. Text that was stored in
    traditional characters is found by its own characters only.
    """
    condition = Q()
    for run in RUNS.findall(word)[:MOST_RUNS]:
        variants = {run, run.translate(FULL_WIDTH), run.upper().translate(FULL_WIDTH)}
        if run[0].isdigit():
            variants |= {form.translate(width) for form in _number_forms(run) for width in ({}, FULL_WIDTH)}
        either = Q()
        for variant in sorted(variants):
            either |= Q(**{f"{field}__icontains": variant})
        condition &= either
    return condition


def _number_forms(run: str) -> set[str]:
    """Ways to write a number, given in plain digits. Of 第五件 and the like up to 99 also those in characters."""
    value = Decimal(run)
    forms = {f"{value:,f}"}
    for unit in ("万", "亿"):
        shorter = value / _UNITS[unit]
        if value >= _UNITS[unit] and shorter == round(shorter, 4):
            text = f"{shorter.normalize():f}"
            forms |= {f"{text}{unit}", f"{text} {unit}", f"{shorter.normalize():,f}{unit}"}
    forms.add("".join(_CHINESE_DIGITS[int(digit)] for digit in run if digit != "."))
    if value == int(value) and 10 <= value < 100:
        tens, ones = divmod(int(value), 10)
        forms.add(f"{_CHINESE_DIGITS[tens] if tens > 1 else ''}十{_CHINESE_DIGITS[ones] if ones else ''}")
    return forms


_CHINESE_DIGITS = "〇一二三四五六七八九"


def spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """The (start, end) of each match of the folded words in `text` (in NFC), in order; touching matches are merged."""
    folded = Folded(text)
    matches = sorted(
        (folded.starts[match.start()], folded.ends[match.end() - 1])
        for word in words
        for match in _whole(word).finditer(folded.text)
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
