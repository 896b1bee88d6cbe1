"""What the 督查室 asks about on a day: pure rules on loaded rows, no query, no clock. docs/rules.md: supervision."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from common.formats import points
from desk.agenda import (
    FINISHED,
    LATE,
    PENDING,
    Asking,
    Promise,
    PunctualityRecord,
    ReportDue,
    ReportingTask,
    Subject,
    punctuality_record_of,
)
from desk.supervision.kinds import Column, Issue, Stage
from desk.words import OFFICIAL_INDICATORS
from projects.progress import Light, Period
from projects.snapshots import DepartmentSnapshot
from tasks.measures import MeasureStatus
from tasks.progress import IndicatorStatus, Outcome
from tasks.verdicts import LIGHTS, OVERDUE

R = TypeVar("R")
ONE_DAY = timedelta(days=1)
NEVER_ENDING = 10**6  # days; sorts before what has a number of them


# By the official's word where it says it, else by the code: after the year the word also says what was to be begun.
_BY_WORD = {
    OVERDUE: Issue.OVERDUE,
    LIGHTS[Light.FAR_BEHIND][2]: Issue.FAR_BEHIND,
    LIGHTS[Light.BEHIND][2]: Issue.BEHIND,
    OFFICIAL_INDICATORS[IndicatorStatus.NOT_MET].word: Issue.OVERDUE,
}
_BY_CODE = {
    str(Outcome.MISSED): Issue.OVERDUE,
    str(MeasureStatus.STALE): Issue.SILENT,
}


def _issue_of(promise: Promise) -> Issue | None:
    return _BY_WORD.get(promise.word) or _BY_CODE.get(promise.code) or (Issue.SILENT if _is_unknown(promise) else None)


def _is_unknown(promise: Promise) -> bool:
    """Of a commitment. An indicator has a state of the same code, but was reported: only the value of its day is wanting."""
    return promise.progress is not None and promise.code == Outcome.UNKNOWN


def is_finished(subject: Subject, promise: Promise) -> bool:
    return promise.progress.light in FINISHED if promise.progress else subject.is_settled


def issues_of(subject: Subject, promise: Promise, due: ReportDue, delay: str) -> tuple[Issue, ...]:
    """`delay` is the reason of the latest report that counts, "" without one.

    Nobody is called silent where nobody is known to answer for it; but what is past its day without a word stands here,
    whoever answers, and whether or not a report was due by then.
    """
    if is_finished(subject, promise):
        return ()
    issue = _issue_of(promise)
    is_unanswered = _is_unknown(promise) or (promise.past_on is not None and issue in (None, Issue.SILENT))
    is_late = bool(subject.lead_slugs) and (due.status in LATE or issue is Issue.SILENT)
    held = {
        issue: issue is not Issue.SILENT,
        Issue.SILENT: is_unanswered or is_late,
        Issue.HINDERED: bool(delay),
    }
    return tuple(one for one in Issue if held.get(one))


def stage_of(reporting_task: ReportingTask) -> Stage:
    if reporting_task.returned:
        return Stage.RETURNED
    if reporting_task.waiting:
        return Stage.SUBMITTED
    return Stage.DRAFT if reporting_task.drafts else Stage.NONE


@dataclass(frozen=True)
class WatchRow:
    """Something promised that is late, behind, silent or hindered. `report` is the latest that counts, None without one."""

    reporting_task: ReportingTask
    promise: Promise
    departments: tuple[str, ...]
    report: Any
    issues: tuple[Issue, ...]

    @property
    def subject(self) -> Subject:
        return self.reporting_task.subject

    @property
    def stage(self) -> Stage:
        return stage_of(self.reporting_task)

    @property
    def days_overdue(self) -> int | None:
        """Since its last due day; None where it is not overdue or has none."""
        if Issue.OVERDUE not in self.issues or self.promise.due_on is None:
            return None
        return (self.subject.as_of - self.promise.due_on).days

    @property
    def days_silent(self) -> int | None:
        """Since the day on which its report was due; None where none is overdue."""
        due = self.reporting_task.due
        if Issue.SILENT not in self.issues or due.due_on is None or due.due_on >= self.subject.as_of:
            return None
        return (self.subject.as_of - due.due_on).days

    @property
    def days_unanswered(self) -> int | None:
        """Since its own day, of which nothing was ever reported; None where that isn't past or something was."""
        if Issue.SILENT not in self.issues or self.promise.past_on is None:
            return None
        return (self.subject.as_of - self.promise.past_on).days

    @property
    def lag(self) -> int | None:
        """Percentage points below what was planned; None where it isn't behind or isn't counted."""
        lag = points(self.promise.progress.lag) if self.promise.progress else None
        return lag if lag and lag > 0 else None

    @property
    def reason(self) -> str:
        return self.report.get_delay_display() if self.report else ""

    @property
    def problem(self) -> str:
        return self.report.problem if self.report else ""

    @property
    def next_step(self) -> str:
        return self.report.next_step if self.report else ""

    @property
    def rank(self) -> tuple:
        """The sort key: the worst first, of those the longest, then in the plan's order."""
        days = max(self.days_overdue or 0, self.days_silent or 0, self.days_unanswered or 0)
        return [*Issue].index(self.issues[0]), -days, -(self.lag or 0), self.promise.place, self.subject.address


# Departments


BAD = (Column.BEHIND, Column.FAR_BEHIND, Column.OVERDUE, Column.UNREPORTED)
_BY_ISSUE = {
    Issue.OVERDUE: Column.OVERDUE,
    Issue.FAR_BEHIND: Column.FAR_BEHIND,
    Issue.BEHIND: Column.BEHIND,
}
_PACE = {LIGHTS[Light.AHEAD][2]: Column.AHEAD, LIGHTS[Light.ON_PACE][2]: Column.ON_PACE}


def column_of(promise: Promise) -> Column:
    """Of a commitment: by its word, as everywhere; what isn't to be begun yet is on pace, what is dropped or advanced other."""
    light = promise.progress.light if promise.progress else None
    if light is Light.DONE:
        return Column.DONE
    if light is Light.DROPPED:
        return Column.OTHER
    if light is Light.UNREPORTED or _is_unknown(promise):
        return Column.UNREPORTED
    issue = _issue_of(promise)
    if issue in _BY_ISSUE:
        return _BY_ISSUE[issue]
    return Column.OTHER if promise.code == Outcome.ADVANCED else _PACE.get(promise.word, Column.ON_PACE)


@dataclass(frozen=True)
class RankRow:
    """How a department keeps what it leads. Ranks begin at 1 and are None where there is nothing to rank by."""

    department: DepartmentSnapshot
    counts: Counter[Column]
    punctuality: PunctualityRecord
    rate_rank: int | None = None
    verdict_rank: int | None = None
    is_illustrative: bool = field(default=False)

    @property
    def n_promises(self) -> int:
        return self.counts.total()

    @property
    def rate(self) -> Fraction | None:
        """The share of periods with a report on time."""
        record = self.punctuality
        return Fraction(record.on_time, record.periods) if record.periods else None

    @property
    def bad_share(self) -> Fraction | None:
        """The share of its promises that are late, behind or not reported."""
        return Fraction(sum(self.counts[one] for one in BAD), self.n_promises) if self.n_promises else None

    @property
    def verdict_key(self) -> tuple | None:
        """The fewer of its promises are late, behind or silent, the better; of equals the fewer late, then far behind ones."""
        if self.bad_share is None:
            return None
        late, far = (Fraction(self.counts[one], self.n_promises) for one in (Column.OVERDUE, Column.FAR_BEHIND))
        return self.bad_share, late, far


def ranks(keys: Sequence[Any]) -> list[int | None]:
    """The place of each key, the smallest first: equals share theirs, and the next keeps its own (1, 1, 3)."""
    known = sorted(key for key in keys if key is not None)
    return [None if key is None else known.index(key) + 1 for key in keys]


def rank_rows(led: Iterable[tuple[DepartmentSnapshot, Sequence[Subject]]]) -> list[RankRow]:
    """Of what each department leads, the most punctual first; those without a period in which a report was due come last.

    What several departments lead counts for each of them.
    """
    rows = [
        RankRow(
            department=department,
            counts=Counter(column_of(promise) for one in subjects if one.project for promise in one.promises),
            punctuality=punctuality_record_of(subjects),
            is_illustrative=any(one.is_illustrative for one in subjects),
        )
        for department, subjects in led
    ]
    rates = ranks([None if row.rate is None else -row.rate for row in rows])
    verdicts = ranks([row.verdict_key for row in rows])
    ranked = [
        RankRow(row.department, row.counts, row.punctuality, rate, verdict, row.is_illustrative)
        for row, rate, verdict in zip(rows, rates, verdicts, strict=True)
    ]
    return sorted(ranked, key=_rank_key)


def _rank_key(row: RankRow) -> tuple:
    last = NEVER_ENDING
    return row.rate_rank or last, row.verdict_rank or last, row.department.slug


# Who has not reported yet


def missing_period_of(reporting_task: ReportingTask) -> Period | None:
    """The first period for which a report is wanting: none since its first day is public or submitted.

    None where none is asked, or while it comes after the period whose reports come in these days: that of the day, and
    within the grace after one still that one.
    """
    subject = reporting_task.subject
    asking = subject.asking
    if asking is None or subject.is_settled or not subject.lead_slugs:
        return None
    rules, first = asking.rules, asking.asked_on
    for day in (subject.last_on, *(report.held_on for report in reporting_task.waiting)):
        if day:
            first = max(first, rules.period_of(day).last + ONE_DAY)
    period = rules.period_of(first)
    return period if period.first <= min(_latest_period_of(asking, subject.as_of).first, asking.ends_on) else None


def _latest_period_of(asking: Asking, as_of: date) -> Period:
    return asking.rules.period_of(as_of - timedelta(days=asking.rules.grace_days))


@dataclass(frozen=True)
class MissingRow:
    """A subject without a report for the period, the first of those that it lacks."""

    reporting_task: ReportingTask
    period: Period
    departments: tuple[str, ...]

    @property
    def subject(self) -> Subject:
        return self.reporting_task.subject

    @property
    def is_late(self) -> bool:
        return self.reporting_task.due.status in LATE

    @property
    def is_due_later(self) -> bool:
        """Neither late nor due in the next days, of which people are reminded."""
        return self.reporting_task.due.status not in LATE | PENDING

    @property
    def is_repeated(self) -> bool:
        """Whether the period after it is wanting, too, and its grace is over."""
        asking = self.subject.asking
        return asking is not None and self.period.last + ONE_DAY < _latest_period_of(asking, self.subject.as_of).first

    @property
    def rank(self) -> tuple:
        """The sort key: the late, then what is due soon, then the rest; of each by department, then in the plan's order."""
        subject = self.subject
        return not self.is_late, self.is_due_later, subject.lead_slugs, subject.promises[0].place, subject.address

    @property
    def stage(self) -> Stage:
        return stage_of(self.reporting_task)


# What came out, and what to look at again


@dataclass(frozen=True)
class PublishedRow:
    """A fact that became public. `held_on` is the day it held, of an adjustment the day it was decided."""

    fact: Any
    name: str
    kind: str
    departments: tuple[str, ...]
    slugs: tuple[str, ...]
    held_on: date
    text: str

    @property
    def published_on(self) -> date:
        return self.fact.published_on

    @property
    def is_illustrative(self) -> bool:
        return self.fact.is_illustrative


@dataclass(frozen=True)
class CheckRow:
    """A promise that was kept and is to be looked at again since `due_on`. `draft` is an unpublished check of it, if any."""

    commitment: Any
    name: str
    departments: tuple[str, ...]
    slugs: tuple[str, ...]
    kept_on: date
    due_on: date
    last_finding: str
    as_of: date
    is_illustrative: bool
    draft: int | None = None

    @property
    def days(self) -> int:
        """Since it was due."""
        return (self.as_of - self.due_on).days


def week_before(day: date) -> tuple[date, date]:
    """The Monday and the Sunday of the week before that of the day."""
    monday = day - timedelta(days=day.weekday() + 7)
    return monday, monday + timedelta(days=6)


def spans_of(day: date, first: date) -> list[tuple[str, date, date]]:
    """(word, first, last day) of the weeks and the months that are asked for in one press, none before `first`."""
    monday, before = day - timedelta(days=day.weekday()), day.replace(day=1) - timedelta(days=1)
    spans = (
        ("本周", monday, day),
        ("上周", *week_before(day)),
        ("这个月", day.replace(day=1), day),
        ("上个月", before.replace(day=1), before),
    )
    return [(word, max(since, first), until) for word, since, until in spans if until >= first]


def grouped(rows: Iterable[R], key: Callable[[R], Hashable]) -> dict[Any, list[R]]:
    """The rows by key, both in the order in which they come."""
    groups: dict[Any, list[R]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
