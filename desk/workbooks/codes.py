"""Codes and addresses of letters and digits, made of Chinese names."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

LONGEST_SLUG = 40


@dataclass(frozen=True)
class Known:
    """What is there already. `codes` are by kind and name: ("project", "城区公厕提升"); a milestone's kind has its project's slug.

    `taken` are slugs and codes that nothing new may have, `public` the slugs of projects that a plan has made public.
    """

    codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()


class Codes:
    """Codes of letters and digits made of Chinese names, each once; what is known already keeps its own."""

    def __init__(self, spelled: Mapping[str, str], known: Known):
        self.spelled, self.known = spelled, known
        self.taken: dict[str, set[str]] = {}

    def of(self, kind: str, name: str, *, longest: int = LONGEST_SLUG, spelled_as: str = "") -> str:
        if known := self.known.codes.get((kind, name)):
            return known
        taken = self.taken.setdefault(kind, set() if kind.startswith("milestone") else set(self.known.taken))
        made = code_of(name, self.spelled.get(spelled_as or name, ""), taken, kind.split(":")[0], longest)
        taken.add(made)
        return made


def code_of(title: str, syllables: str, taken: Collection[str], part: str, longest: int) -> str:
    """Letters and digits of the name, cut between syllables, unlike any that is taken."""
    words = syllables.split() or re.findall("[a-z0-9]+", title.lower()) or [part]
    digits = re.findall("[0-9]+", title) if syllables else []
    code = ""
    for word in (*words, *digits):
        longer = f"{code}-{word}" if code else word
        if len(longer) > longest - 4:
            break
        code = longer
    code = code or words[0][: longest - 4]
    for n in range(1, len(taken) + 2):
        tried = code if n == 1 else f"{code}-{n}"
        if tried not in taken:
            return tried
    raise AssertionError("more numbers than codes")
