"""The one cleaner of every text that enters, whoever typed, pasted, copied or loaded it.

What is taken away is what nobody sees: it breaks words for the search, makes an empty text look filled in, and lets one
text be read as another. What people see stays as they wrote it; only radicals become the ideographs that they stand for.
"""

import re
import unicodedata

from common.radicals import IDEOGRAPHS

# Word's soft break and Unicode's separators are breaks, as every way to end a line is.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Letters and marks by their category, but blank: the fillers of Hangul and Khmer, the empty pattern of Braille.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Signs before Arabic, Syriac and Kaithi digits: formats by their category, but to be seen.
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Two joiners stay, between two characters of these: without them families of emoji fall apart, and words of Arabic (Uyghur),
# Indic, Khmer and Mongolian writing are spelt otherwise. Between ideographs, letters or digits they only hide.
_JOINERS = "\u200c\u200d"
_JOINED = "\u0600-\u0dff\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_LONE_JOINERS = re.compile(f"(?<![{_JOINED}])[{_JOINERS}]|[{_JOINERS}](?![{_JOINED}])")
# Which picture or form of a character is meant: nothing without one before it.
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Bullets of Word, from its fonts of signs.
_BULLETS = frozenset("\uf0b7\uf06c\uf0d8")
_LONE_SELECTORS = re.compile(rf"(?<![^\s{_SELECTORS}])[{_SELECTORS}]+")


def _cleaned(code: int) -> str:
    character = chr(code)
    if code in IDEOGRAPHS:
        return IDEOGRAPHS[code]
    if character == "\t":
        return " "
    if character == "\n" or character in _JOINERS or character in _SEEN:
        return character
    if character in _BULLETS:
        return "·"
    is_unseen = unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") or character in _BLANK
    return "" if is_unseen or _is_ignorable(code) else character


def _is_ignorable(code: int) -> bool:
    """Code points that are no characters, are kept free for invisible ones, or hold the place of a picture left behind."""
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    is_reserved = code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or code == 0xFFFC or 0xE0000 <= code <= 0xE0FFF
    return is_noncharacter or (is_reserved and not 0xE0100 <= code <= 0xE01EF)


class _Table(dict[int, str]):
    """What becomes of a code point, found out once for those in common use."""

    def __missing__(self, code: int) -> str:
        cleaned = _cleaned(code)
        if code < 0x10000:
            self[code] = cleaned
        return cleaned


_TABLE = _Table()


def clean_text(text: str) -> str:
    """The text as people see it, its lines ended by \\n; empty where nobody sees anything."""
    text = _BREAKS.sub("\n", text).translate(_TABLE)
    text = _LONE_SELECTORS.sub("", _LONE_JOINERS.sub("", text))
    return text if any(map(_is_visible, text)) else ""


def clean_line(text: str) -> str:
    """As `clean_text`, on one line."""
    return re.sub(r"[ \u3000]*\n\s*", " ", clean_text(text))


def _is_visible(character: str) -> bool:
    """The sign for what could not be read says nothing by itself."""
    return not character.isspace() and character != "\ufffd" and unicodedata.category(character)[0] != "M"
