"""What became of what was said, once the year is over: each promise with its outcome and what shows it. Pure rules."""

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter

from projects.models import PromiseChange, Report
from projects.progress import MilestoneState
from projects.snapshots import ReportFigures
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot

# The order of a year's sentence; what was kept late is counted by itself.
VERDICTS = (Outcome.KEPT, Outcome.ADVANCED, Outcome.MISSED, Outcome.UNKNOWN, Outcome.DROPPED)


@dataclass(frozen=True)
class Verdict:
    """A promise and what became of it. `proof` is the report by which the last part was reached."""

    snapshot: CommitmentSnapshot
    proof: Report | ReportFigures | None
    moved: tuple[MilestoneState, ...]
    changes: tuple[PromiseChange, ...]


def review_of(snapshot: PlanSnapshot) -> list[Verdict]:
    """One for each commitment, in the plan's own order."""
    return [verdict_of(commitment) for commitment in snapshot.commitments]


def verdict_of(snapshot: CommitmentSnapshot) -> Verdict:
    return Verdict(
        snapshot=snapshot,
        proof=reaching_report_of(snapshot),
        moved=tuple(state for state in snapshot.progress.milestones if state.snapshot.is_moved),
        changes=tuple(sorted((c for c in snapshot.all_adjustments if c.counts_as_changed), key=attrgetter("entry_id"))),
    )


def reaching_report_of(snapshot: CommitmentSnapshot) -> Report | ReportFigures | None:
    """The report of the day on which the promise was kept; None while it isn't."""
    kept_on = snapshot.state.kept_on
    for state in snapshot.progress.active if kept_on else ():
        if state.reached_on == kept_on:
            return next(reading.report for reading in state.snapshot.readings if reading.held_on == kept_on)
    return None


@dataclass(frozen=True)
class Totals:
    """Distinct promises by what became of them; `adjusted` of them had been changed on the way."""

    total: int
    in_time: int
    late: int
    others: Counter[Outcome]
    adjusted: int


def totals_of(snapshot: PlanSnapshot) -> Totals:
    tally = snapshot.tally
    kept = tally.outcomes[Outcome.KEPT]
    others: Counter[Outcome] = Counter(
        {outcome: n for outcome, n in tally.outcomes.items() if outcome is not Outcome.KEPT and n}
    )
    return Totals(tally.total, kept - tally.kept_late, tally.kept_late, others, tally.adjusted)
