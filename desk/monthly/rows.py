"""What a department reports on a data day, a row for each project, task, measure and indicator that it answers for.

Loaded in a number of queries that doesn't grow with the rows. A row holds what was published by today; the data day says
which draft is typed into, what the figure before it is, and what the plan expects.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from desk.agenda import Subject
from desk.filing import Line, ReportedProject, unchanged_errors
from desk.naming import filing_address_of
from desk.subjects import ProjectStatus, subjects_of_answers, subjects_of_indicators
from ledger.chain import decimal_text
from projects.models import Department, Project, Report
from projects.progress import ONE_DAY, Rules, planned_on
from projects.snapshots import load_snapshots
from tasks.access import Led
from tasks.bulletins import bulletin_missed_by, bulletins_of
from tasks.models import Indicator, IssuedPaper, Measure, Plan, Reading, Task, TaskReport
from tasks.snapshots import Answer, IndicatorSnapshot, commitments_of, load_answers, load_indicators, rules_of

AnyDraft = Report | TaskReport | Reading
About = Project | Task | Measure | Indicator

# By the kind of what it is about, in the order of the sheet.
DRAFTED: dict[type[About], type[AnyDraft]] = {
    Project: Report,
    Task: TaskReport,
    Measure: TaskReport,
    Indicator: Reading,
}
VALUE, DECLARED = "value", "declared"  # the inputs of an indicator, and of a task or a measure
VALUE_OF = "value_"  # before the key of a milestone


class Stage(StrEnum):
    """How far a row is with the data of the day."""

    EMPTY = "EMPTY"
    DRAFT = "DRAFT"
    RETURNED = "RETURNED"
    WAITING = "WAITING"
    PUBLISHED = "PUBLISHED"
    SETTLED = "SETTLED"


OPEN = frozenset({Stage.EMPTY, Stage.DRAFT, Stage.RETURNED})


@dataclass(frozen=True)
class SheetLine:
    """A milestone of a project, or the figure of an indicator. `key` is the name of its input in the form of the row.

    `target` and `planned` (what the plan expects by the data day) are in `unit`, None where nothing is promised. `last` is
    what was published before the data day, `current` what the draft says.
    """

    key: str
    title: str
    unit: str
    target: Decimal | None
    planned: Fraction | None
    last: Decimal | None
    last_on: date | None
    current: Decimal | None
    is_counted: bool = False


@dataclass(frozen=True)
class SheetRow:
    """One subject on the data day. `known` is what is public about it: a ReportedProject, an Answer or an IndicatorSnapshot.

    `draft` is what is typed into, None where it is to be begun; `sent` is the one of that day that waits for its reviewer
    or is public, which closes the row; `others` are the unpublished ones besides, of other days or corrections. `version`
    is that of the draft's contents, the same for any two rows without one. `bulletins` are those issued of its plan.
    """

    key: str
    day: date
    subject: Subject
    known: Any
    plan: Plan | None
    lines: tuple[SheetLine, ...]
    draft: AnyDraft | None = None
    sent: AnyDraft | None = None
    others: tuple[AnyDraft, ...] = ()
    bulletins: tuple[IssuedPaper, ...] = ()

    @property
    def about(self) -> About:
        return self.subject.row

    @property
    def title(self) -> str:
        return self.subject.title

    @property
    def name(self) -> str:
        """Its short title, where it has one."""
        return self.subject.name

    @property
    def kind(self) -> str:
        """`项目`, `任务`, `举措`, `指标`."""
        return self.subject.kind

    @property
    def model(self) -> type[AnyDraft]:
        return model_of(self.about)

    @property
    def n_rows(self) -> int:
        """Of the table."""
        return max(1, len(self.lines))

    @property
    def stage(self) -> Stage:
        if self.sent:
            return Stage.PUBLISHED if self.sent.is_published else Stage.WAITING
        if self.draft:
            is_returned = not isinstance(self.draft, Reading) and bool(self.draft.review_notes.all())
            return Stage.RETURNED if is_returned else Stage.DRAFT
        return Stage.SETTLED if self.subject.is_settled else Stage.EMPTY

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def is_first(self) -> bool:
        """Whether nothing of it was ever reported, so that it has to be typed."""
        never = self.draft is None and self.subject.last_on is None
        return self.is_open and never and not isinstance(self.about, Indicator)

    @property
    def version(self) -> str:
        return version_of(self.draft)

    @property
    def is_after_bulletin(self) -> bool:
        """Whether what is public of the day, or would be published now, came too late for a bulletin about it."""
        filed = self.sent or self.draft or _Filed(self.day)
        return bulletin_missed_by(filed, self.bulletins) is not None

    @property
    def investment(self) -> Decimal | None:
        return self.subject.project.investment if self.subject.project else None

    @property
    def last_spent(self) -> tuple[Decimal, date] | None:
        """What had been spent in yuan, and the day, by the last public report before the data day that says so."""
        reports = self.subject.project.effective_reports if self.subject.project else []
        stating = [one.report for one in reports if one.report.spent is not None and one.report.held_on < self.day]
        return (stating[-1].spent, stating[-1].held_on) if stating else None  # type: ignore[return-value]  # as filtered

    @property
    def last_declared(self) -> TaskReport | None:
        """Of a task or a measure, before the data day."""
        reports = self.known.effective_reports if isinstance(self.known, Answer) else []
        return next((one for one in reversed(reports) if one.held_on < self.day), None)

    @property
    def unchanged_errors(self) -> list[str]:
        """Why 无变化 is refused; of an indicator it always is, whose figure may fall as well as rise."""
        if isinstance(self.about, Indicator):
            return ["指标每次都要填数。"]
        n_in_hand = len(self.others) + sum(one is not None and not one.is_published for one in (self.draft, self.sent))
        return unchanged_errors(self.subject.last_on, self.day, n_in_hand, is_settled=self.subject.is_settled)

    @property
    def can_be_unchanged(self) -> bool:
        return not self.unchanged_errors

    @property
    def filing_address(self) -> str:
        """Of the form for a single report."""
        return filing_address_of(self.about)


@dataclass(frozen=True)
class _Filed:
    """A report that is not begun yet."""

    held_on: date
    entry_id: int | None = None
    corrects_id: int | None = None


@dataclass(frozen=True)
class MonthSheet:
    """`plans` are those that ask for any of the rows, the running ones first; `settled` are the rows with nothing left to report."""

    department: Department
    plans: tuple[Plan, ...]
    data_day: date
    rows: tuple[SheetRow, ...]
    settled: tuple[SheetRow, ...]

    @cached_property
    def by_key(self) -> dict[str, SheetRow]:
        """The open and the closed ones, without the settled."""
        return {row.key: row for row in self.rows}


def model_of(about: About) -> type[AnyDraft]:
    """Of what is drafted about it."""
    return DRAFTED[type(about)]


def row_key(about: About) -> str:
    """`project-12`."""
    return f"{about._meta.model_name}-{about.pk}"


CONTENTS: dict[type[AnyDraft], tuple[str, ...]] = {
    Report: (
        *("text", "problem", "next_step", "delay", "spent"),
        *("is_over_target_confirmed", "over_investment_reason"),
    ),
    TaskReport: ("declared", "text", "problem", "next_step", "delay"),
    Reading: ("value", "note"),
}


def version_of(draft: AnyDraft | None) -> str:
    """32 hex digits, equal for drafts that say the same, and for none at all. Keyed, so that nobody can make one up."""
    contents: dict[str, str] = {}
    if draft is not None:
        contents = {name: _plain(getattr(draft, name)) for name in CONTENTS[type(draft)]}
    if isinstance(draft, Report):
        contents |= {f"{VALUE_OF}{one.milestone_id}": decimal_text(one.value) for one in draft.readings.all()}
    text = json.dumps(contents, ensure_ascii=False, sort_keys=True)
    return salted_hmac("desk.monthly", text, algorithm="sha256").hexdigest()[:32]


def _plain(value: Any) -> str:
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


# Which day


def asked_day(rules: Iterable[Rules], today: date) -> date:
    """The last day of the period that is asked for, none after today: of the one before while its grace lasts.

    Where plans ask at different intervals, the shortest counts; without any, today.
    """
    shortest = min(rules, key=lambda one: one.reporting_months, default=None)
    if shortest is None:
        return today
    before = shortest.period_of(shortest.period_of(today).first - ONE_DAY)
    is_grace = today <= before.last + timedelta(days=shortest.grace_days)
    return before.last if is_grace else today


def default_day(today: date) -> date:
    """That of the plans that ask for something. One query."""
    return asked_day(map(rules_of, asking_plans(today)), today)


def asking_plans(today: date) -> list[Plan]:
    """Those that run, or ended so lately that their last period is still asked for."""
    plans = Plan.objects.published().filter(starts_on__lte=today)
    return [plan for plan in plans if today <= plan.ends_on + timedelta(days=rules_of(plan).interval_days)]


# Loading


def load_month(department: Department, data_day: date, today: date) -> MonthSheet:
    """In the plan's order: projects, then tasks and measures, then indicators."""
    asked = with_bulletins(load_rows(Led.of_department(department), data_day, today))
    plans = dict.fromkeys(row.plan for row in asked if row.plan)
    return MonthSheet(
        department=department,
        plans=tuple(sorted(plans, key=lambda plan: (not plan.starts_on <= today <= plan.ends_on, -plan.year))),
        data_day=data_day,
        rows=tuple(row for row in asked if row.stage is not Stage.SETTLED),
        settled=tuple(row for row in asked if row.stage is Stage.SETTLED),
    )


def load_rows(led: Led, data_day: date, today: date) -> list[SheetRow]:
    """What is asked for of what `led` names, the settled ones among them, in the plan's order."""
    bare = [*_project_rows(led, data_day, today), *_answer_rows(led, data_day, today)]
    bare += _indicator_rows(led, data_day, today)
    in_hand = drafts_in_hand(row.about for row in bare)
    rows = [_placed(row, in_hand[row.key]) for row in bare]
    return sorted((row for row in rows if _is_asked(row, today)), key=_place)


def with_bulletins(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """One query."""
    issued = bulletins_of(dict.fromkeys(row.plan for row in rows if row.plan))
    return [replace(row, bulletins=_issued_of(row.plan, issued)) for row in rows]


def _issued_of(plan: Plan | None, issued: Iterable[IssuedPaper]) -> tuple[IssuedPaper, ...]:
    return tuple(one for one in issued if plan and one.plan_id == plan.pk)


def _project_rows(led: Led, day: date, today: date) -> list[SheetRow]:
    snapshots = load_snapshots(led.projects, today)
    promised = commitments_of(snapshots.values(), today)
    rows = []
    for key, snapshot in snapshots.items():
        known = ReportedProject(snapshot, tuple(one for _plan, one in promised[key]))
        subject = ProjectStatus(snapshot, promised[key]).subject()
        plan = promised[key][0][0] if promised[key] else None
        lines = tuple(_line_of(line, day) for line in known.lines if not line.is_dropped)
        rows.append(SheetRow(row_key(snapshot.row), day, subject, known, plan, lines))
    return rows


def _line_of(line: Line, day: date) -> SheetLine:
    milestone, target = line.milestone, line.target
    earlier = [one for one in milestone.readings if one.held_on < day]
    share = planned_on(target.terms, target.from_amount, day) if target else None
    return SheetLine(
        key=f"{VALUE_OF}{milestone.row.pk}",
        title=milestone.title,
        unit=milestone.row.unit,
        target=target.terms.amount if target else None,
        planned=share * Fraction(target.terms.amount) if target and share is not None else None,
        last=earlier[-1].value if earlier else None,
        last_on=earlier[-1].held_on if earlier else None,
        current=_value_on(milestone.readings, day),
        is_counted=milestone.row.is_counted,
    )


def _answer_rows(led: Led, day: date, today: date) -> list[SheetRow]:
    tasks = led.tasks.as_of(today).select_related("group__plan")
    measures = led.measures.as_of(today).select_related("task__group__plan")
    answers = load_answers([*tasks, *measures], today)
    subjects = subjects_of_answers(answers, today)
    return [
        SheetRow(row_key(one.row), day, subject, one, one.row.plan, ())
        for one, subject in zip(answers, subjects, strict=True)
    ]


def _indicator_rows(led: Led, day: date, today: date) -> list[SheetRow]:
    found = load_indicators(led.indicators.as_of(today).select_related("plan"), today)
    subjects = subjects_of_indicators(found, today)
    return [
        SheetRow(row_key(one.row), day, subject, one, one.row.plan, (_figure_of(one, day),))
        for one, subject in zip(found, subjects, strict=True)
    ]


def _figure_of(one: IndicatorSnapshot, day: date) -> SheetLine:
    earlier = [reading for reading in one.readings if reading.held_on < day]
    return SheetLine(
        key=VALUE,
        title=one.title,
        unit=one.row.unit,
        target=one.terms.target,
        planned=None,
        last=earlier[-1].value if earlier else None,
        last_on=earlier[-1].held_on if earlier else None,
        current=_value_on(one.readings, day),
    )


def _value_on(readings: Iterable[Any], day: date) -> Decimal | None:
    """The public one."""
    return next((one.value for one in readings if one.held_on == day), None)


def _is_asked(row: SheetRow, today: date) -> bool:
    """Whether a plan asks for it, or asked until it was done, or somebody began a report for the day all the same."""
    askings = row.subject.askings
    is_running = any(today <= one.ends_on + timedelta(days=one.rules.interval_days) for one in askings)
    return row.draft is not None or (is_running and (row.subject.asking is not None or row.subject.is_settled))


def _place(row: SheetRow) -> tuple:
    """The sort key. A measure stands below its task."""
    about, year = row.about, -row.plan.year if row.plan else 0
    match about:
        case Project():
            places: Sequence = [promise.place for promise in row.subject.promises]
            return (0, year, not places, places, about.slug)
        case Task():
            return (1, year, about.group.number, about.number, 0, about.pk)
        case Measure():
            return (1, year, about.task.group.number, about.task.number, about.number, about.pk)
    return (2, year, about.number, about.pk)


# Drafts


def drafts_in_hand(abouts: Iterable[About]) -> Mapping[str, list[AnyDraft]]:
    """The unpublished ones about these, by `row_key`, the newest data first; with all that a row and its form read of them."""
    keys: dict[type, list[int]] = defaultdict(list)
    for about in abouts:
        keys[type(about)].append(about.pk)
    found: dict[str, list[AnyDraft]] = defaultdict(list)
    reports = Report.objects.drafts().filter(project__in=keys[Project]).prefetch_related("readings")
    answers = TaskReport.objects.drafts().filter(Q(task__in=keys[Task]) | Q(measure__in=keys[Measure]))
    readings = Reading.objects.drafts().filter(indicator__in=keys[Indicator]).select_related("drafted_by")
    for rows in (_with_people(reports), _with_people(answers), readings):
        for one in rows.order_by("-held_on", "-pk"):
            found[_key_of(one)].append(one)
    return found


def _with_people(reports: QuerySet) -> QuerySet:
    return reports.select_related("drafted_by", "submitted_by").prefetch_related("evidence", "review_notes__by")


def _key_of(draft: AnyDraft) -> str:
    """`row_key` of what it is about, without a query."""
    if isinstance(draft, Report):
        return f"project-{draft.project_id}"
    if isinstance(draft, Reading):
        return f"indicator-{draft.indicator_id}"
    return f"task-{draft.task_id}" if draft.task_id else f"measure-{draft.measure_id}"


def _placed(row: SheetRow, in_hand: Sequence[AnyDraft]) -> SheetRow:
    """The row with what is in hand about it: of several drafts of the day the one begun last is typed into."""
    for one in in_hand:
        _attach(one, row.about)
    own = [one for one in in_hand if one.held_on == row.day and one.corrects_id is None]
    waiting = next((one for one in own if not isinstance(one, Reading) and one.submitted_at), None)
    public = _public_of(row)
    draft = None if waiting or public else next(iter(own), None)
    sent = public or waiting
    return replace(
        row,
        draft=draft,
        sent=sent,
        others=tuple(one for one in in_hand if one is not draft and one is not sent),
        lines=row.lines if public else tuple(_with_current(line, draft or waiting) for line in row.lines),
    )


def _attach(draft: AnyDraft, about: About) -> None:
    """What it is about is loaded already."""
    setattr(draft, str(about._meta.model_name), about)


def _public_of(row: SheetRow) -> Any:
    """What counts of that day, None where nothing is public."""
    match row.known:
        case ReportedProject():
            reports: Iterable[Any] = (
                one.report for one in row.known.snapshot.effective_reports if not one.is_withdrawal
            )
        case Answer():
            reports = row.known.effective_reports
        case _:
            reports = row.known.readings
    return next((one for one in reports if one.held_on == row.day), None)


def _with_current(line: SheetLine, draft: AnyDraft | None) -> SheetLine:
    if isinstance(draft, Reading):
        return replace(line, current=draft.value)
    if not isinstance(draft, Report):
        return line
    values = {f"{VALUE_OF}{one.milestone_id}": one.value for one in draft.readings.all()}
    return replace(line, current=values.get(line.key))


def without_drafts(sheet: MonthSheet) -> MonthSheet:
    """As those see it who look at every department: a draft is its department's alone until it is handed in."""
    return replace(sheet, rows=tuple(map(_handed_in, sheet.rows)))


def _handed_in(row: SheetRow) -> SheetRow:
    others = tuple(one for one in row.others if getattr(one, "submitted_at", None))
    lines = row.lines if row.draft is None else tuple(replace(line, current=None) for line in row.lines)
    return replace(row, draft=None, others=others, lines=lines)


def reloaded(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """The rows with the drafts that are stored now, in as many queries for many rows as for one. What was published
    meanwhile is found, too: call it with the rows locked."""
    public, in_hand = _published_now(rows), drafts_in_hand(row.about for row in rows)
    found = [_placed(row, in_hand[row.key]) for row in rows]
    return [replace(row, draft=None, sent=public[row.key]) if row.key in public else row for row in found]


def _published_now(rows: Iterable[SheetRow]) -> dict[str, AnyDraft]:
    """The uncorrected one of the day of each row that has one, by the key of the row."""
    asked: dict[type[AnyDraft], dict[str, list[SheetRow]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        asked[row.model][str(row.about._meta.model_name)].append(row)
    found: dict[str, AnyDraft] = {}
    for model, by_subject in asked.items():
        of_these = Q()
        for subject, own in by_subject.items():
            of_these |= Q(**{f"{subject}__in": [row.about.pk for row in own], "held_on__in": {row.day for row in own}})
        days = {row.key: row.day for own in by_subject.values() for row in own}
        public: Any = model.objects.published()  # type: ignore[attr-defined]  # guarded
        corrected = public.filter(corrects__isnull=False).values("corrects")
        for one in public.filter(of_these).exclude(pk__in=corrected).order_by("pk"):
            if days.get(_key_of(one)) == one.held_on:
                found[_key_of(one)] = one
    return found
