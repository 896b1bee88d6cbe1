"""Cleans every text that is typed, pasted or loaded.

Invisible characters are removed: they keep the search from matching words, make an empty text look filled in, and let
two different texts look the same. Visible ones stay, except that radicals become the ideographs that look the same.
"""

import re
import unicodedata

from common.radicals import IDEOGRAPHS

# All ways to end a line, with the soft break of Word and the separators of Unicode.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Invisible although Unicode calls them letters or marks: fillers of Hangul and Khmer, the empty pattern of Braille.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Visible although Unicode calls them format characters: signs before Arabic, Syriac and Kaithi digits.
_VISIBLE = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# The joiners stay between two of these characters: emoji of several people, and words of Arabic (Uyghur), Indic, Khmer and
# Mongolian scripts need them. Between ideographs, Latin letters or digits they have no effect and are removed.
_JOINERS = "\u200c\u200d"
_JOINED = "\u0600-\u0dff\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_LONE_JOINERS = re.compile(f"(?<![{_JOINED}])[{_JOINERS}]|[{_JOINERS}](?![{_JOINED}])")
# Variation selectors choose a form of the character before them, and are removed where there is none.
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Bullets of Word, in the private codes of its symbol fonts.
_BULLETS = frozenset("\uf0b7\uf06c\uf0d8")
_LONE_SELECTORS = re.compile(rf"(?<![^\s{_SELECTORS}])[{_SELECTORS}]+")


def _cleaned(code: int) -> str:
    character = chr(code)
    if code in IDEOGRAPHS:
        return IDEOGRAPHS[code]
    if character == "\t":
        return " "
    if character == "\n" or character in _JOINERS or character in _VISIBLE:
        return character
    if character in _BULLETS:
        return "·"
    is_invisible = unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") or character in _BLANK
    return "" if is_invisible or _is_ignorable(code) else character


def _is_ignorable(code: int) -> bool:
    """Whether the code point is a noncharacter, reserved for invisible characters, or the placeholder of an object."""
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    is_reserved = code == 0x2065 or 0xFFF0 <= code <= 0xFFF8 or code == 0xFFFC or 0xE0000 <= code <= 0xE0FFF
    return is_noncharacter or (is_reserved and not 0xE0100 <= code <= 0xE01EF)


class _Table(dict[int, str]):
    """For `str.translate`: code points and their replacements, computed on first use and kept for the basic plane."""

    def __missing__(self, code: int) -> str:
        cleaned = _cleaned(code)
        if code < 0x10000:
            self[code] = cleaned
        return cleaned


_TABLE = _Table()


def clean_text(text: str) -> str:
    """The text without invisible characters, its lines separated by \\n; "" if nothing visible is left."""
    text = _BREAKS.sub("\n", text).translate(_TABLE)
    text = _LONE_SELECTORS.sub("", _LONE_JOINERS.sub("", text))
    return text if any(map(_is_visible, text)) else ""


def clean_line(text: str) -> str:
    """As `clean_text`, with each line break replaced by a space."""
    return re.sub(r"[ \u3000]*\n\s*", " ", clean_text(text))


def _is_visible(character: str) -> bool:
    """Whether it counts as content: no space, mark or replacement character (U+FFFD)."""
    return not character.isspace() and character != "\ufffd" and unicodedata.category(character)[0] != "M"
