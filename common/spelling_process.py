"""Run as a process by `common.spelling`: reads a JSON list of texts, writes a JSON object of their syllables.

Nothing imports this module: the library takes 58 MB wherever it is imported.
"""

import json
import sys

from pypinyin import lazy_pinyin


def syllables_of(text: str) -> str:
    """The pinyin of the Chinese characters of a text, without tones, a blank between syllables; ü is written v."""
    return " ".join(lazy_pinyin(text, errors="ignore"))


if __name__ == "__main__":
    json.dump({text: syllables_of(text) for text in json.load(sys.stdin)}, sys.stdout)
