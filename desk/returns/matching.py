"""Which row of the month an item of a department's own table is about: by its name, and asked where it isn't the same."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from common.matching import fold
from common.numbers import NUMBER
from common.tokens import clean_token
from desk.returns.shapes import MonthLine, MonthRow

LEAST_ALIKE = 0.5
MOST_CANDIDATES = 3


@dataclass(frozen=True)
class Match:
    """`row` where the name is one of its names; else what it may be, the likeliest first."""

    row: MonthRow | None = None
    candidates: tuple[MonthRow, ...] = ()


def plain(name: str) -> str:
    """The name as it is compared: of one width, without quotation marks, blanks and other punctuation."""
    return re.sub(r"\s+", "", fold(name))


def names_of_rows(rows: Iterable[MonthRow]) -> dict[str, list[MonthRow]]:
    found: dict[str, list[MonthRow]] = {}
    for row in rows:
        for name in dict.fromkeys(map(plain, (row.title, *row.names))):
            if name:
                found.setdefault(name, []).append(row)
    return found


def match_of(name: str, by_name: Mapping[str, list[MonthRow]]) -> Match:
    """Of two rows with the same name none is taken by itself."""
    asked = plain(name)
    exact = by_name.get(asked, [])
    if len(exact) == 1:
        return Match(exact[0])
    if exact:
        return Match(candidates=tuple(exact[:MOST_CANDIDATES]))
    ranked = sorted(((_alike(asked, other), other) for other in by_name), key=lambda one: (-one[0], one[1]))
    rows = dict.fromkeys(row.key for likeness, other in ranked if likeness >= LEAST_ALIKE for row in by_name[other])
    known = {row.key: row for found in by_name.values() for row in found}
    return Match(candidates=tuple(known[key] for key in list(rows)[:MOST_CANDIDATES]))


def _alike(one: str, other: str) -> float:
    """From 0 to 1; a name that holds the whole of the other is as good as half its letters more."""
    if not one or not other:
        return 0.0
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    shorter, longer = sorted((one, other), key=len)
    return max(ratio, 0.75) if len(shorter) >= 3 and shorter in longer else ratio


def line_of(content: str, row: MonthRow, *, n_lines: int) -> MonthLine | None:
    """Which line a row of the table is about: the only one, or the only one whose name it holds or is held by."""
    if len(row.lines) == 1 and n_lines == 1:
        return row.lines[0]
    asked = plain(content)
    if not asked:
        return None
    exact = [line for line in row.lines if plain(line.title) == asked]
    begun = [line for line in row.lines if asked.startswith(plain(line.title))]
    held = [line for line in row.lines if plain(line.title) in asked or asked in plain(line.title)]
    counted = [line for line in row.lines if _is_counted_in(content, line)]
    found = next(filter(None, (exact, begun, held, counted)), [])
    return found[0] if len(found) == 1 else None


def _is_counted_in(content: str, line: MonthLine) -> bool:
    """Whether the words name so much of the line's unit: “10座站” of a line in 座."""
    unit = clean_token(line.unit)
    return bool(unit) and re.search(rf"{NUMBER}{re.escape(unit)}", clean_token(content)) is not None
