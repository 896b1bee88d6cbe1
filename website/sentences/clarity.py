"""How clearly a promise says what is to be done, in words: what it said at first and what it says now."""

from dataclasses import dataclass

from tasks.checks import CheckState
from tasks.clarity import Tick
from tasks.snapshots import CommitmentSnapshot, SeriesSnapshot
from tasks.words import CHECK_DUE, CHECK_DUE_WORD, RESIDENT_FINDINGS

TICKS = {
    Tick.WHO: "谁负责",
    Tick.HOW_MANY: "做多少",
    Tick.WHEN: "什么时候办完",
    Tick.MONEY: "花多少钱",
    Tick.STAGES: "分几步走",
}
ONLY_THE_YEAR = "只说了年内"


@dataclass(frozen=True)
class Clarity:
    """One tick: whether it was said when it was promised, and whether it is now."""

    word: str
    was_clear: bool
    is_clear: bool

    @property
    def text(self) -> str:
        if self.was_clear:
            return "说了"
        if self.is_clear:
            return "当初没说，后来补上了"
        return ONLY_THE_YEAR if self.word == TICKS[Tick.WHEN] else "没说"


def clarity_of(snapshot: CommitmentSnapshot) -> list[Clarity]:
    first, now = snapshot.promised_clarity, snapshot.clarity
    return [Clarity(word, tick in first, tick in now) for tick, word in TICKS.items()]


def clarity_sentence(series: SeriesSnapshot) -> str:
    """`公布时 10 件里：谁负责说了 0 件，做多少说了 5 件，…。`"""
    n, counter = len(series.commitments), series.row.counter
    said = "，".join(f"{word}说了 {series.clarity[tick]} {counter}" for tick, word in TICKS.items())
    return f"公布时 {n} {counter}里：{said}。"


def check_word(state: CheckState) -> str:
    """What was found by whoever looked last, or that it is time to look; empty before."""
    if state.code == CHECK_DUE:
        return CHECK_DUE_WORD
    return next((word for finding, word in RESIDENT_FINDINGS.items() if finding == state.code), "")
