"""Codes and addresses of letters and digits, made of Chinese names."""

import re
from collections.abc import Mapping
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
        code = self._spelled(spelled_as or name, longest - 3) or kind.split(":")[0]
        numbered = (code if n == 1 else f"{code}-{n}" for n in range(1, 10_000))
        made = next(one for one in numbered if one not in taken)
        taken.add(made)
        return made

    def _spelled(self, text: str, longest: int) -> str:
        code = ""
        for syllable in self.spelled.get(text, "").lower().split():
            plain = re.sub(r"[^a-z0-9]", "", syllable)
            if len(code) + len(plain) + 1 > longest:
                break
            code = f"{code}-{plain}".strip("-")
        return code
