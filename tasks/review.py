"""What became of what was said, once the year is over: each promise with its outcome and what shows it. Pure rules."""

from dataclasses import dataclass
from operator import attrgetter

from projects.models import PromiseChange, Report
from projects.progress import TargetState
from projects.snapshots import ReportFigures
from tasks.snapshots import CommitmentSnapshot, PlanSnapshot


@dataclass(frozen=True)
class Review:
    """A promise and what became of it. `proof` is the report by which the last part was reached."""

    snapshot: CommitmentSnapshot
    proof: Report | ReportFigures | None
    moved: tuple[TargetState, ...]
    changes: tuple[PromiseChange, ...]


def reviews_of(snapshot: PlanSnapshot) -> list[Review]:
    """One for each commitment, in the plan's own order."""
    return [review_of(commitment) for commitment in snapshot.commitments]


def review_of(snapshot: CommitmentSnapshot) -> Review:
    return Review(
        snapshot=snapshot,
        proof=reaching_report_of(snapshot),
        moved=tuple(state for state in snapshot.progress.targets if state.snapshot.is_moved),
        changes=tuple(sorted((c for c in snapshot.promise_changes if c.is_move), key=attrgetter("entry_id"))),
    )


def reaching_report_of(snapshot: CommitmentSnapshot) -> Report | ReportFigures | None:
    """The report of the day on which the promise was kept; None while it isn't."""
    kept_on = snapshot.state.kept_on
    for state in snapshot.progress.active if kept_on else ():
        if state.reached_on == kept_on:
            return next(reading.report for reading in state.snapshot.readings if reading.held_on == kept_on)
    return None
