"""The typeface of shared cards: files of a package, opened by path. On a server no Chinese font is sure to be installed."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from PIL import ImageFont

FOLDER = Path(str(files("pylopdf_fonts_zh_cn")))
SANS, SERIF = "NotoSansSC-Regular.otf", "NotoSerifSC-Regular.otf"
NOBODY_S = "\U0010ffff"  # no character, so that any font draws what it draws for one that it lacks
PROBED_AT = 20  # px


class MissingGlyph(ValueError):
    """A text has a character that the typeface lacks."""


@cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """One of the two files in so many px. A font is for one thread at a time."""
    return ImageFont.truetype(str(FOLDER / name), size, layout_engine=ImageFont.Layout.BASIC)


def check_glyphs(name: str, text: str) -> None:
    """Raises MissingGlyph where the font would draw a box in place of a character."""
    for character in set(text):
        if not _has_glyph(name, character):
            raise MissingGlyph(f"U+{ord(character):04X}")


@cache
def _has_glyph(name: str, character: str) -> bool:
    return character.isspace() or _drawn(name, character) != _drawn(name, NOBODY_S)


def _drawn(name: str, character: str) -> bytes:
    return bytes(font(name, PROBED_AT).getmask(character))
