"""What the desk asks of people on a day: pure rules on loaded rows, time as an argument, no query.

`reports` are those of one project that aren't public: drafts, returned and submitted ones, with their review notes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils import timezone

from projects.progress import DueMonth, Light, Progress, Rules, due_months_of, update_due_of
from projects.snapshots import ProjectSnapshot
from tasks.progress import Outcome

SOON_DAYS = 7
REVIEW_DAYS = 3
AGAIN_AFTER_DAYS = (1, 7, 30)


class Need(StrEnum):
    """What a project asks of its department, the most urgent first."""

    STALE = "STALE"
    NEVER = "NEVER"
    DUE = "DUE"
    DUE_SOON = "DUE_SOON"
    LATER = "LATER"
    SETTLED = "SETTLED"


LATE = frozenset({Need.STALE, Need.NEVER})
PENDING = frozenset({Need.DUE, Need.DUE_SOON})


@dataclass(frozen=True)
class Turn:
    """When a project is to be reported next; no day where it is settled."""

    need: Need
    due_on: date | None


def turn_of(last_on: date | None, promised_on: date, as_of: date, rules: Rules) -> Turn:
    """By the last day that anything was said about a project that isn't settled."""
    due = update_due_of(last_on, promised_on, as_of, rules)
    if due.is_stale:
        return Turn(Need.NEVER if last_on is None else Need.STALE, due.due_on)
    if due.is_due:
        return Turn(Need.DUE, due.due_on)
    is_soon = due.due_on - as_of <= timedelta(days=SOON_DAYS)
    return Turn(Need.DUE_SOON if is_soon else Need.LATER, due.due_on)


def is_settled(progress: Progress, outcomes: Sequence[Outcome]) -> bool:
    """Kept or dropped, whatever was promised about it; done or dropped as a whole, where nothing was."""
    if outcomes:
        return all(outcome in (Outcome.KEPT, Outcome.DROPPED) for outcome in outcomes)
    return progress.light in (Light.DONE, Light.DROPPED)


@dataclass(frozen=True)
class Promise:
    """What the plan promised about a project: its place in the plan, and how it stands, with its own light."""

    name: str
    place: tuple[int, ...]
    progress: Progress


@dataclass(frozen=True)
class Errand:
    """A project as its department's business. What waits for its reviewer counts as said: the turn is theirs."""

    project: ProjectSnapshot
    progress: Progress
    turn: Turn
    last_on: date | None
    returned: tuple[Any, ...]
    drafts: tuple[Any, ...]
    waiting: tuple[Any, ...]
    promises: tuple[Promise, ...] = ()

    @property
    def was_heard(self) -> bool:
        """Whether anything was ever said about it."""
        return self.last_on is not None or bool(self.waiting)

    @property
    def need(self) -> Need:
        return self.turn.need

    @property
    def open_draft(self) -> Any | None:
        """What to go on with rather than to begin anew."""
        return next(iter((*self.returned, *self.drafts)), None)


def errand_of(
    project: ProjectSnapshot,
    progress: Progress,
    outcomes: Sequence[Outcome],
    rules: Rules,
    reports: Iterable[Any],
    promises: Iterable[Promise] = (),
) -> Errand:
    reports = list(reports)
    waiting = tuple(report for report in reports if report.submitted_at)
    own = [report for report in reports if not report.submitted_at]
    last_on = project.latest_report.held_on if project.latest_report else None
    said_on = max((day for day in (last_on, *(report.held_on for report in waiting)) if day), default=None)
    turn = Turn(Need.SETTLED, None)
    if not is_settled(progress, outcomes):
        turn = turn_of(said_on, project.row.published_on, project.as_of, rules)
    return Errand(
        project=project,
        progress=progress,
        turn=turn,
        last_on=last_on,
        returned=tuple(report for report in own if report.review_notes.all()),
        drafts=tuple(report for report in own if not report.review_notes.all()),
        waiting=waiting,
        promises=tuple(promises),
    )


def in_plan_order(errands: Iterable[Errand]) -> list[Errand]:
    """As the plan counts its promises; projects about which it promised nothing come last."""
    return sorted(
        errands, key=lambda errand: (not errand.promises, [p.place for p in errand.promises], errand.project.slug)
    )


def most_urgent_first(errands: Iterable[Errand]) -> list[Errand]:
    rank = {need: number for number, need in enumerate(Need)}

    def urgency(errand: Errand) -> tuple:
        # Of those that are late, never and no longer heard of alike, who has been silent longest.
        return (
            rank[Need.STALE if errand.need in LATE else errand.need],
            errand.turn.due_on or date.max,
            errand.project.slug,
        )

    return sorted(errands, key=urgency)


# Reminders


class MatterKind(StrEnum):
    """Why a person is reminded, the most urgent first."""

    RETURNED = "RETURNED"
    STALE = "STALE"
    DUE = "DUE"
    WAITING = "WAITING"


@dataclass(frozen=True)
class Matter:
    """One thing to remind of: `address` says of what, `since` tells this time from the next."""

    kind: MatterKind
    address: str
    since: date
    errand: Errand | None = None
    report: Any = None

    @property
    def key(self) -> str:
        return f"{self.kind} {self.address} {self.since}"


def matters_of(errand: Errand) -> list[Matter]:
    """What the people of the department are reminded of."""
    matters = [
        Matter(MatterKind.RETURNED, f"report:{report.code}", returned_on(report), errand, report)
        for report in errand.returned
    ]
    kind = MatterKind.STALE if errand.need in LATE else MatterKind.DUE if errand.need in PENDING else None
    if kind and errand.turn.due_on:
        matters.append(Matter(kind, errand.project.row.address, errand.turn.due_on, errand))
    return matters


def returned_on(report: Any) -> date:
    """The Shanghai day on which it came back for the last time."""
    return timezone.localdate(max(note.at for note in report.review_notes.all()))


def review_matters_of(reports: Iterable[Any], now: datetime) -> list[Matter]:
    """What reviewers are reminded of: submitted reports that have waited for more than three days."""
    return [
        Matter(MatterKind.WAITING, f"report:{report.code}", timezone.localdate(report.submitted_at), report=report)
        for report in sorted(reports, key=lambda report: report.submitted_at)
        if now - report.submitted_at > timedelta(days=REVIEW_DAYS)
    ]


def is_to_be_told(told_on: Iterable[date], today: date) -> bool:
    """At first sight, then again 1, 7 and 30 days after the first time; a day that was missed is made good once."""
    days = sorted(told_on)
    if not days:
        return True
    again = (days[0] + timedelta(days=after) for after in AGAIN_AFTER_DAYS)
    return any(days[-1] < day <= today for day in again)


# Departments


class Record(NamedTuple):
    """How punctual a department is: the months of its projects in which a report was due."""

    on_time: int
    months: int
    missing: dict[date, list[ProjectSnapshot]]

    @property
    def last_missing(self) -> tuple[date, list[ProjectSnapshot]] | None:
        return max(self.missing.items(), default=None, key=lambda pair: pair[0])


def record_of(projects: Iterable[tuple[ProjectSnapshot, Progress, Rules]]) -> Record:
    """Of the projects that one department leads; `missing` names those without a report on time, by month."""
    on_time, months, missing = 0, 0, {}
    for project, progress, rules in projects:
        for month in due_months(project, progress, rules):
            months += 1
            on_time += month.is_on_time
            if not month.is_on_time:
                missing.setdefault(month.first, []).append(project)
    return Record(on_time, months, missing)


def due_months(project: ProjectSnapshot, progress: Progress, rules: Rules) -> list[DueMonth]:
    reports = [known.report for known in project.reports]
    ended_on = progress.done_on or dropped_on(project, progress)
    return due_months_of(reports, project.row.published_on, ended_on, project.as_of, rules)


def dropped_on(project: ProjectSnapshot, progress: Progress) -> date | None:
    """The day since which nothing is to be reported of a project that was given up."""
    if progress.light is not Light.DROPPED:
        return None
    return max((change.published_on for change in project.all_adjustments if "dropped" in change.changes), default=None)
