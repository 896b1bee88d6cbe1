"""The reviewers' queue, and what publishing each row of it would change: values old → new, words before → after."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet

from desk.filing import ReportedProject, is_unchanged, is_unchanged_task_report, reported_projects
from desk.oddities import OddityKind
from desk.summaries import ChangeSummary, ReportSummary, summary_of, summary_of_change, summary_of_task_report
from desk.words import OFFICIAL_MEASURES, OfficialWord
from projects.models import (
    AbstractReport,
    Adjustment,
    Department,
    Fact,
    MilestoneReading,
    Project,
    PromiseChange,
    Redaction,
    Report,
    ReviewedFact,
)
from projects.progress import forecast_of
from projects.publishing import all_facts
from projects.snapshots import ProjectSnapshot, with_adjustment, with_report
from tasks.access import leads_now
from tasks.bulletins import bulletin_missed_by
from tasks.models import (
    Addition,
    Check,
    IssuedPaper,
    Measure,
    PaperKind,
    PlanAdjustment,
    Reading,
    Task,
    TaskReport,
    Vote,
)
from tasks.snapshots import Answer, CommitmentSnapshot, load_answers, with_change, with_project, with_task_report
from tasks.verdicts import verdict_of

REPORTS: tuple[type[AbstractReport], ...] = (Report, TaskReport)
TOGETHER: tuple[type[Fact], ...] = (Reading, Check, Vote)  # what one press publishes several of


@dataclass(frozen=True)
class Outlook:
    """The official's word for a promise before a publication and after it."""

    name: str
    before: OfficialWord
    after: OfficialWord

    @property
    def is_change(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class WaitingReport:
    """A submitted report. `looks` say why it should be read by itself and not be published with the others.

    `forecast` is the day on which its project would be done at the pace so far, None where there is none; `missed` the last
    bulletin about its day, for which it comes too late.
    """

    report: AbstractReport
    summary: ReportSummary
    is_unchanged: bool
    outlooks: tuple[Outlook, ...]
    looks: tuple[str, ...]
    forecast: date | None
    missed: IssuedPaper | None

    @property
    def fact(self) -> AbstractReport:
        return self.report

    @property
    def is_clean(self) -> bool:
        return not self.looks

    @property
    def is_ticked(self) -> bool:
        """Whether its box is ticked at first. A reviewer ticks the others after reading them."""
        return self.is_unchanged and self.is_clean


def submitted_reports() -> list[AbstractReport]:
    """Of every kind, with what they are about, the longest waiting first."""
    reports = Report.objects.drafts().select_related("project")
    others = TaskReport.objects.drafts().select_related("task__group__plan", "measure__task__group__plan")
    found = [one for rows in (reports, others) for one in rows.filter(submitted_at__isnull=False)]
    return sorted(found, key=attrgetter("submitted_at", "pk"))


def leads_of(facts: Iterable[Fact]) -> dict[Fact, list[str]]:
    """The slugs of the departments that answer now for what each is about, in a constant number of queries; none for others."""
    leads: dict[type, dict[int, list[str]]] = {
        Project: project_leads(),
        Task: leads_now(Task),
        Measure: leads_now(Measure),
    }
    return {fact: next((leads[kind].get(key, []) for kind, key in _abouts(fact) if key), []) for fact in facts}


def _abouts(fact: Fact) -> Iterable[tuple[type, int | None]]:
    """(kind, primary key) of what it may be about."""
    if isinstance(fact, Report):
        return [(Project, fact.project_id)]
    of_plan = (
        [(Task, fact.task_id), (Measure, fact.measure_id)] if isinstance(fact, TaskReport | PlanAdjustment) else []
    )
    return [(Project, _project_of(fact)), *of_plan] if isinstance(fact, PromiseChange) else of_plan


def project_leads() -> dict[int, list[str]]:
    """As `leads_now` of what plans promise."""
    leads = dict(Project.objects.values_list("pk", "leads"))
    changed = Adjustment.objects.published().filter(project__isnull=False, changes__has_key="leads").order_by("entry")
    return leads | {key: changes["leads"][1] for key, changes in changed.values_list("project", "changes")}


def waiting_facts(user: User) -> list[ReviewedFact]:
    """The queue by name alone, in its order: submitted reports, then submitted changes that are not the person's own."""
    changes = [
        change
        for model in (Adjustment, PlanAdjustment)
        for change in drafts_of(model).filter(submitted_at__isnull=False).exclude(drafted_by=None)
        if change.drafted_by_id != user.pk
    ]
    return [*submitted_reports(), *sorted(changes, key=attrgetter("submitted_at", "pk"))]


def waiting_reports(user: User, as_of: date, chosen: Sequence[AbstractReport] | None = None) -> list[WaitingReport]:
    """The queue, or those `chosen` of it, in a constant number of queries."""
    reports = submitted_reports() if chosen is None else chosen
    keys: dict[type, list[int]] = defaultdict(list)
    for report in reports:
        keys[type(report)].append(report.pk)
    bulletins = list(IssuedPaper.objects.filter(kind=PaperKind.BULLETIN)) if reports else []
    of_projects = _of_projects(keys[Report], user, as_of, bulletins)
    of_tasks = _of_tasks(keys[TaskReport], user, as_of, bulletins)
    found = {one.report: one for one in (*of_projects, *of_tasks)}
    return [found[report] for report in reports if report in found]


def _of_projects(
    keys: Collection[int], user: User, as_of: date, bulletins: Sequence[IssuedPaper]
) -> list[WaitingReport]:
    if not keys:
        return []
    rows = _with_evidence(Report.objects.drafts().filter(pk__in=keys).select_related("project"))
    readings = Prefetch("readings", MilestoneReading.objects.select_related("milestone"))
    reports = list(rows.prefetch_related(readings, "corrects__readings"))
    projects = reported_projects(Project.objects.filter(pk__in={report.project_id for report in reports}), as_of)
    return [
        _waiting(report, projects[report.project_id], user, bulletins)
        for report in reports
        if report.project_id in projects
    ]


def _with_evidence(reports: QuerySet) -> QuerySet:
    reports = reports.select_related("drafted_by", "submitted_by", "corrects")
    return reports.prefetch_related("evidence", "corrects__evidence", "review_notes")


def _waiting(report: Report, project: ReportedProject, user: User, bulletins: Sequence[IssuedPaper]) -> WaitingReport:
    plans = {one.series.plan_id for one in project.commitments}
    after, summary = with_report(project.snapshot, report), summary_of(report, project)
    commitments = [(one, with_project(one, after)) for one in project.commitments]
    return WaitingReport(
        report=report,
        summary=summary,
        is_unchanged=is_unchanged(report, project),
        outlooks=tuple(map(_outlook, commitments)),
        looks=tuple(looks_of(summary, user)),
        forecast=forecast_of([target for _before, one in commitments for target in one.progress.targets]),
        missed=bulletin_missed_by(report, [one for one in bulletins if one.plan_id in plans]),
    )


def _of_tasks(keys: Collection[int], user: User, as_of: date, bulletins: Sequence[IssuedPaper]) -> list[WaitingReport]:
    if not keys:
        return []
    about = "task__group__plan", "measure__task__group__plan"
    reports = list(_with_evidence(TaskReport.objects.drafts().filter(pk__in=keys).select_related(*about)))
    answers = {one.row: one for one in load_answers({report.about for report in reports}, as_of)}
    return [_waiting_task(report, answers[report.about], user, as_of, bulletins) for report in reports]


def _waiting_task(
    report: TaskReport, answer: Answer, user: User, as_of: date, bulletins: Sequence[IssuedPaper]
) -> WaitingReport:
    summary = summary_of_task_report(report, answer, as_of)
    words = [_word_of(one) for one in (answer, with_task_report(answer, report, as_of))]
    return WaitingReport(
        report=report,
        summary=summary,
        is_unchanged=is_unchanged_task_report(report, answer),
        outlooks=(Outlook(answer.title, *words),),
        looks=tuple(looks_of(summary, user)),
        forecast=None,
        missed=bulletin_missed_by(report, [one for one in bulletins if one.plan_id == report.about.plan.pk]),
    )


def _word_of(answer: Answer) -> OfficialWord:
    return OFFICIAL_MEASURES[answer.state.status] if answer.state else OfficialWord("", "")


def _outlook(pair: tuple[CommitmentSnapshot, CommitmentSnapshot]) -> Outlook:
    """Of a promise before and after."""
    one = pair[0]
    words = [OfficialWord(verdict.official, verdict.shape) for verdict in map(verdict_of, pair)]
    return Outlook(f"{one.series.title}第 {one.number} {one.series.counter}", *words)


def looks_of(summary: ReportSummary, user: User) -> list[str]:
    """Short reasons to read the report: who drafted it, whether it was returned or has a note, then its oddities."""
    report = summary.report
    found = {
        "这是您起草的，要请另一位审核员公布": report.drafted_by_id == user.pk,
        "更正已公布的报告": report.corrects_id is not None,
        "曾经退回": bool(report.review_notes.all()),
        "填报人有话说": bool(report.internal_note),
    }
    looks = [words for words, holds in found.items() if holds]
    return [*looks, *odd_looks(summary)]


def odd_looks(summary: ReportSummary | ChangeSummary) -> list[str]:
    """Without the missing reason of a delay: it is asked for, but a report is complete without it."""
    odd = [oddity for oddity in summary.oddities if oddity.kind is not OddityKind.NO_REASON]
    return list(dict.fromkeys(oddity.look for oddity in odd))


# The relations that `str()` of a draft reads.
NAMED_BY: dict[type[Fact], tuple[str, ...]] = {
    Adjustment: ("project", "milestone__project", "department"),
    Redaction: ("target",),
    Reading: ("indicator__plan",),
    Check: ("commitment__series", "commitment__project"),
    Vote: ("commitment__series", "commitment__project"),
    Addition: ("plan",),
    PlanAdjustment: (
        *("plan", "group__plan", "task__group__plan", "measure__task__group__plan", "series__plan", "indicator__plan"),
        *("commitment__series__plan", "commitment__project"),
        *("target__commitment__series__plan", "target__commitment__project", "target__milestone"),
    ),
}


@dataclass(frozen=True)
class Draft:
    """An unpublished fact other than a report, drafted by another person, that the reviewer may publish."""

    fact: Fact
    name: str
    address_name: str
    outlooks: tuple[Outlook, ...]
    summary: ChangeSummary | None

    @property
    def looks(self) -> list[str]:
        return odd_looks(self.summary) if self.summary else []


def as_drafts(facts: Sequence[Fact], as_of: date) -> list[Draft]:
    if not facts:
        return []
    outlooks = _outlooks_of_changes([fact for fact in facts if isinstance(fact, PromiseChange)], as_of)
    names = dict(Department.objects.values_list("slug", "name"))
    return [
        Draft(
            fact,
            str(fact._meta.verbose_name),
            f"admin:{fact._meta.app_label}_{fact._meta.model_name}_change",
            tuple(outlooks.get(fact, [])),
            summary_of_change(fact, as_of, names) if isinstance(fact, PromiseChange) else None,
        )
        for fact in facts
    ]


def drafts_of(model: type[Fact]) -> QuerySet:
    """With their drafters and what `str()` reads."""
    return model.objects.drafts().select_related("drafted_by", *NAMED_BY.get(model, ()))


def _outlooks_of_changes(changes: Iterable[PromiseChange], as_of: date) -> dict[Fact, list[Outlook]]:
    """Of those that touch a commitment: by itself, by one of its targets, or by its project."""
    projects = {change: key for change in changes if (key := _project_of(change))}
    if not projects:
        return {}
    reported = reported_projects(Project.objects.filter(pk__in=set(projects.values())), as_of)
    return {
        change: [
            _outlook((one, _changed(one, change, reported[key].snapshot)))
            for one in reported[key].commitments
            if _touches(change, one)
        ]
        for change, key in projects.items()
        if key in reported
    }


def _project_of(change: PromiseChange) -> int | None:
    """The primary key of the project whose promises it may change."""
    match change:
        case Adjustment(milestone=milestone) if milestone:
            return milestone.project_id
        case Adjustment():
            return change.project_id
        case PlanAdjustment():
            commitment = change.commitment or (change.target.commitment if change.target else None)
            return commitment.project_id if commitment else None
    return None


def _touches(change: PromiseChange, one: CommitmentSnapshot) -> bool:
    """One of a project touches every promise about it."""
    if isinstance(change, PlanAdjustment):
        return one.row.pk in (change.commitment_id, change.target.commitment_id if change.target else None)
    return True


def _changed(one: CommitmentSnapshot, change: PromiseChange, project: ProjectSnapshot) -> CommitmentSnapshot:
    if isinstance(change, PlanAdjustment):
        return with_change(one, change)
    return with_project(one, with_adjustment(project, change))  # type: ignore[arg-type]  # the other kind


def alike_facts(facts: Iterable[Fact]) -> tuple[list[list[Fact]], list[Fact]]:
    """Those of a kind that are published together, where there are several of it; and the rest, in their order."""
    facts = list(facts)
    kinds = [[fact for fact in facts if type(fact) is kind] for kind in TOGETHER]
    alike = [own for own in kinds if len(own) > 1]
    grouped = {id(fact) for own in alike for fact in own}
    return alike, [fact for fact in facts if id(fact) not in grouped]


def other_facts(user: User) -> list[Fact]:
    """What the reviewer may publish besides reports: submitted facts, the longest waiting first, then other drafts."""
    submitted: list[ReviewedFact] = []
    others: list[Fact] = []
    for model in all_facts():
        label, name = model._meta.app_label, model._meta.model_name
        if model in REPORTS or not user.has_perm(f"{label}.publish_{name}"):
            continue
        rows = drafts_of(model).exclude(drafted_by=None).exclude(drafted_by=user).order_by("pk")
        if issubclass(model, ReviewedFact):
            rows = rows.filter(submitted_at__isnull=False).select_related("submitted_by")
            submitted += rows.prefetch_related("review_notes")
        else:
            others += rows
    return [*sorted(submitted, key=attrgetter("submitted_at", "pk")), *others]
