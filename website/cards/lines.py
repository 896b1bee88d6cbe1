"""Chinese text in lines of so many px: no line begins with a closing mark, no number is torn from its unit."""

import re
from collections.abc import Iterable, Sequence

from website.cards.fonts import font

CLOSING = set("，。、；：！？）》”’】…%·—›")
OPENING = set("（《“‘【")
# A number with the word that it counts, Latin letters, else one character.
CLAUSE = re.compile(r"[^，、：；。]+[，、：；。]*|[，、：；。]+")
PIECE = re.compile(r"[<>]?\d[\d.,]*%?(?: [\u4e00-\u9fff])?(?![A-Za-z0-9:])|[A-Za-z0-9][A-Za-z0-9.:_-]*|.")


def pieces_of(text: str) -> list[str]:
    """What may stand in a line of its own."""
    pieces: list[str] = []
    is_open = False
    for piece in PIECE.findall(text):
        if pieces and (is_open or piece in CLOSING):
            pieces[-1] += piece
        else:
            pieces.append(piece)
        is_open = piece in OPENING
    return pieces


def clauses_of(text: str, name: str, size: int, width: int) -> list[str]:
    """Whole clauses, where one fits a line, else what it is made of."""
    face = font(name, size)
    clauses = CLAUSE.findall(text)
    return [
        piece
        for clause in clauses
        for piece in ([clause] if face.getlength(clause.strip()) <= width else pieces_of(clause))
    ]


def lines_of(text: str, name: str, size: int, width: int, *, by_clause: bool = False) -> list[str]:
    lines, line = [], ""
    face = font(name, size)
    for piece in clauses_of(text, name, size, width) if by_clause else pieces_of(text):
        if line and face.getlength((line + piece).rstrip()) > width:
            lines.append(line.strip())
            line = ""
        line += piece
    return [*lines, line.strip()] if line.strip() else lines


def fit_text(
    text: str, name: str, *, width: int, most: int, sizes: Sequence[int], by_clause: bool = False
) -> tuple[int, list[str]]:
    """The largest of the sizes, largest first, in which the text takes at most so many lines; the end of a longer one is left out."""
    for size in sizes:
        lines = lines_of(text, name, size, width, by_clause=by_clause)
        if len(lines) <= most:
            return size, lines
    return size, _cut(lines, most, name, size, width)


def _cut(lines: Iterable[str], most: int, name: str, size: int, width: int) -> list[str]:
    *kept, last = list(lines)[:most]
    while last and font(name, size).getlength(f"{last}…") > width:
        last = last[:-1]
    return [*kept, f"{last.rstrip('，、；：。')}…"]
