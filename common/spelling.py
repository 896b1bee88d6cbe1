"""How Chinese names are spelled in Latin letters (pinyin), and how people type that."""

import json
import logging
import re
import subprocess  # nosec B404 # only our own module is run
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

logger = logging.getLogger(__name__)

LONGEST = 20.0  # seconds that a process may take
_TYPED = re.compile(r"(?:[a-z]+[1-5]?)+")
_MARKS = re.compile(r"[\u0300-\u036f]")
_APART = re.compile(r"[\s'’·-]+")


def spell(texts: Sequence[str]) -> dict[str, str]:
    """The syllables of each text, with blanks between them; nothing where the process failed, which is logged.

    It takes about half a second, in a process of its own (`common.spelling_process`).
    """
    if not texts:
        return {}
    command = [sys.executable, "-m", "common.spelling_process"]
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603 # no shell, and a fixed command
            command, input=json.dumps(list(texts)), cwd=settings.BASE_DIR, env={"PYTHONIOENCODING": "utf-8"},
            capture_output=True, text=True, encoding="utf-8", timeout=LONGEST, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        logger.exception("Names were not spelled, so the search doesn't find them by their pinyin.")
        return {}
    return json.loads(done.stdout)


@lru_cache(maxsize=256)
def typed_letters(text: str) -> str:
    """The letters of typed pinyin without tones and blanks, ü as v; "" for what can't be pinyin."""
    marked = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()).replace("u\u0308", "v")
    plain = _APART.sub("", _MARKS.sub("", marked))
    return re.sub(r"[1-5]", "", plain) if _TYPED.fullmatch(plain) else ""


@dataclass(frozen=True)
class Spelling:
    """The letters of a name, and the places between its syllables."""

    letters: str
    bounds: frozenset[int]

    @classmethod
    def of(cls, syllables: str) -> "Spelling":
        bounds, at = {0}, 0
        for syllable in syllables.split():
            at += len(syllable)
            bounds.add(at)
        return cls(syllables.replace(" ", ""), frozenset(bounds))

    def holds(self, letters: str) -> bool:
        """Whether these are whole syllables of the name, one after the other."""
        at = self.letters.find(letters) if letters else -1
        while at >= 0:
            if at in self.bounds and at + len(letters) in self.bounds:
                return True
            at = self.letters.find(letters, at + 1)
        return False
