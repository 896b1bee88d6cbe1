"""How clearly a promise says what is to be done, in words: what it said at first and what it says now."""

from dataclasses import dataclass

from tasks.checks import CheckState
from tasks.clarity import Tick
from tasks.snapshots import CommitmentSnapshot, SeriesSnapshot
from tasks.words import CHECK_DUE, CHECK_DUE_WORD, RESIDENT_FINDINGS

TICKS = {
    Tick.WHO: "谁负责",
    Tick.HOW_MANY: "做多少",
    Tick.WHEN: "什么时候",
    Tick.MONEY: "花多少钱",
    Tick.STAGES: "分几步",
}
WRITTEN = TICKS | {Tick.WHEN: "什么时候办完", Tick.STAGES: "分几步走"}  # as a sentence says them
ONLY_THE_YEAR, NO_DAY = "只说了年内", "没说哪天"


@dataclass(frozen=True)
class Clarity:
    """One tick: whether it was said when it was promised, and whether it is now; `unsaid` is told where it never was."""

    word: str
    was_clear: bool
    is_clear: bool
    unsaid: str = "没说"

    @property
    def text(self) -> str:
        if self.was_clear:
            return "说了"
        return "当初没说，后来补上了" if self.is_clear else self.unsaid


def clarity_of(snapshot: CommitmentSnapshot) -> list[Clarity]:
    first, now = snapshot.promised_clarity, snapshot.clarity
    unsaid = {Tick.WHEN: ONLY_THE_YEAR if says_only_the_year(snapshot) else NO_DAY}
    return [Clarity(word, tick in first, tick in now, unsaid.get(tick, "没说")) for tick, word in TICKS.items()]


def says_only_the_year(snapshot: CommitmentSnapshot) -> bool:
    """Whether the year is all that was said of when, where no day was.

    It wasn't where our reading is another day than the year's last, nor of what an earlier plan had promised already, and of
    which this one has no words: its day may be that of the earlier plan, moved on.
    """
    is_brought_along = not snapshot.row.wording and snapshot.project.row.published_on < snapshot.promised_on
    read = {target.row.due_on for target in snapshot.targets if "due_on" in target.row.inferred}
    return not is_brought_along and read <= {snapshot.ends_on}


def promise_clarity(snapshot: CommitmentSnapshot) -> str:
    """`谁负责：没说 · 做多少：说了 · 什么时候：只说了年内 · …`, of one promise."""
    return " · ".join(f"{tick.word}：{tick.text}" for tick in clarity_of(snapshot))


def clarity_sentence(series: SeriesSnapshot) -> str:
    """`说清楚了吗？公布的时候，10 件里，写明做多少的 5 件，写明花多少钱的 6 件；谁负责、什么时候办完（只说了年内）、分几步走都没有写明。`"""
    total, counter = len(series.commitments), series.row.counter
    counts = {tick: series.clarity[tick] for tick in TICKS}
    clear = [f"写明{WRITTEN[tick]}的 {n} {counter}" for tick, n in counts.items() if n]
    is_the_year = all(map(says_only_the_year, series.commitments))
    unclear = [_unclear_word(tick, is_the_year=is_the_year) for tick, n in counts.items() if not n]
    missing = f"{'、'.join(unclear)}{'都' if len(unclear) > 1 else ''}没有写明" if unclear else ""
    return f"说清楚了吗？公布的时候，{total} {counter}里，{'；'.join(filter(None, ('，'.join(clear), missing)))}。"


def _unclear_word(tick: Tick, *, is_the_year: bool) -> str:
    return f"{WRITTEN[tick]}（{ONLY_THE_YEAR}）" if tick is Tick.WHEN and is_the_year else WRITTEN[tick]


def check_word(state: CheckState) -> str:
    """What was found by whoever looked last, or that it is time to look; empty before."""
    if state.code == CHECK_DUE:
        return CHECK_DUE_WORD
    return next((word for finding, word in RESIDENT_FINDINGS.items() if finding == state.code), "")
