"""Loads what the 督查室 follows, in a number of queries that doesn't grow with the plan."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from desk.agenda import ReportingTask, Subject, reporting_task_of
from desk.dashboard import (
    about_key_of,
    key_of,
    unpublished_readings,
    unpublished_reports,
    unpublished_task_reports,
)
from desk.naming import named
from desk.queue import NAMED_BY
from desk.subjects import project_statuses, subjects_of
from desk.supervision.rules import (
    CheckRow,
    MissingRow,
    PublishedRow,
    RankRow,
    WatchRow,
    issues_of,
    missing_period_of,
    rank_rows,
)
from projects.access import is_overseer, visible_reports
from projects.models import AbstractReport, Adjustment, Department, Fact, Report
from projects.progress import uncorrected
from projects.snapshots import DepartmentSnapshot, load_departments
from tasks.access import Led, visible_task_reports
from tasks.bulletins import AFTER_BULLETIN, bulletin_missed_by, bulletins_of
from tasks.models import Check, Finding, IssuedPaper, Plan, PlanAdjustment, Reading, TaskReport

PUBLISHED_KINDS: tuple[type[Fact], ...] = (Report, TaskReport, Reading, Check, Adjustment, PlanAdjustment)
# The relations that tell what a fact is about and what it is called.
NAMES: dict[type[Fact], tuple[str, ...]] = {
    Report: ("project",),
    TaskReport: ("task__group__plan", "measure__task__group__plan"),
    **{model: NAMED_BY[model] for model in (Reading, Adjustment, PlanAdjustment)},
    Check: (*NAMED_BY[Check], "commitment__series__plan"),
}


def public_plans() -> list[Plan]:
    """Every plan that is public, the newest year first."""
    return list(Plan.objects.published().select_related("source").order_by("-year"))


@dataclass(frozen=True)
class Supervision:
    """What a person may follow on a day: reviewers and administrators everything, officials what their departments lead.

    Without a user everything that is public. What is in hand is known of today alone; of it everybody sees what they see
    elsewhere. With a `year` only what the plan of that year promises; of what no plan promises what came out, too.
    """

    user: User | None
    as_of: date
    year: int | None = None

    @cached_property
    def is_overseer(self) -> bool:
        return self.user is None or is_overseer(self.user)

    @cached_property
    def led(self) -> Led:
        return Led.by_anybody() if self.user is None or self.is_overseer else Led.by(self.user)

    @cached_property
    def departments(self) -> dict[str, DepartmentSnapshot]:
        return load_departments(self.as_of)

    @cached_property
    def all_subjects(self) -> list[Subject]:
        """Of every year."""
        return subjects_of(self.led, self.as_of)

    @cached_property
    def subjects(self) -> list[Subject]:
        return self._of_the_year(self.all_subjects)

    def _of_the_year(self, subjects: Iterable[Subject]) -> list[Subject]:
        if self.year is None:
            return list(subjects)
        return [own for one in subjects if (own := one.of_year(self.year))]

    @cached_property
    def own_slugs(self) -> set[str]:
        """The departments whose rows the person may see."""
        if self.is_overseer:
            return set(self.departments)
        return set(Department.objects.filter(memberships__user=self.user).values_list("slug", flat=True))

    @cached_property
    def leading(self) -> dict[str, str]:
        """The name of each department that leads something and whose rows the person may see, by slug."""
        slugs = {slug for one in self.subjects for slug in one.lead_slugs} & self.own_slugs
        names = {slug: self.departments[slug].name for slug in slugs if slug in self.departments}
        return dict(sorted(names.items()))

    @cached_property
    def reporting_tasks(self) -> list[ReportingTask]:
        in_hand = self._in_hand
        return [reporting_task_of(one, in_hand[key_of(one.row)]) for one in self.subjects]

    @property
    def _in_hand(self) -> Mapping[tuple, list]:
        found: Mapping[tuple, list] = defaultdict(list)
        if self.user is None or self.as_of != timezone.localdate():
            return found
        reports = unpublished_reports(self.led.projects).filter(pk__in=visible_reports(self.user).values("pk"))
        visible = visible_task_reports(self.user).values("pk")
        others = unpublished_task_reports(self.led).filter(pk__in=visible)
        for report in (*reports, *others, *unpublished_readings(self.led)):
            found[about_key_of(report)].append(report)  # type: ignore[arg-type]  # of these three kinds
        return found

    def names_of(self, slugs: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.departments[slug].name for slug in slugs if slug in self.departments)

    # The lists

    @cached_property
    def watch(self) -> list[WatchRow]:
        """The worst first."""
        latest = _latest_reports(self.subjects)
        rows = []
        for one in self.reporting_tasks:
            subject, report = one.subject, latest.get(key_of(one.subject.row))
            for promise in subject.promises:
                issues = issues_of(subject, promise, one.due, report.delay if report else "")
                if issues:
                    rows.append(WatchRow(one, promise, self.names_of(subject.lead_slugs), report, issues))
        return sorted(rows, key=attrgetter("rank"))

    @cached_property
    def ranking(self) -> list[RankRow]:
        """Ranks are among all departments, whoever asks."""
        subjects = self.subjects if self.is_overseer else self._of_the_year(subjects_of(Led.by_anybody(), self.as_of))
        led = defaultdict(list)
        for subject in subjects:
            for slug in subject.lead_slugs:
                led[slug].append(subject)
        rows = rank_rows((self.departments[slug], own) for slug, own in led.items() if slug in self.departments)
        return [row for row in rows if row.department.slug in self.own_slugs]

    @cached_property
    def missing(self) -> list[MissingRow]:
        """The late first, by department."""
        rows = [
            MissingRow(one, period, self.names_of(one.subject.lead_slugs))
            for one in self.reporting_tasks
            if (period := missing_period_of(one))
        ]
        return sorted(rows, key=attrgetter("rank"))

    def published(self, since: date, until: date) -> list[PublishedRow]:
        """What became public in these days, the latest first."""
        return self._published(published_on__gte=since, published_on__lte=until)

    def published_after(self, entry: int) -> list[PublishedRow]:
        """What became public after this entry of the ledger, the latest first."""
        return self._published(entry__gt=entry)

    def _published(self, **conditions) -> list[PublishedRow]:
        slugs = {key_of(one.row): one.lead_slugs for one in self.all_subjects}
        others = {key_of(one.row) for one in self.all_subjects if one.every_promise} - {
            key_of(one.row) for one in self.subjects
        }
        facts = [fact for model in PUBLISHED_KINDS for fact in self._facts(model, conditions)]
        rows = []
        for fact in sorted(facts, key=attrgetter("published_at"), reverse=True):
            about = _about(fact)
            year = _year_of(fact)
            is_other = year != self.year if year else key_of(about) in others
            if self.year and is_other:
                continue
            if self.is_overseer or key_of(about) in slugs:
                own = (about.slug,) if isinstance(about, Department) else slugs.get(key_of(about), ())
                rows.append(_published_row(fact, own, self.names_of(own), note=self._note_of(fact, key_of(about))))
        return rows

    def _note_of(self, fact: Fact, key: tuple) -> str:
        """Of a report that it corrects another, or that it came after the bulletin about its day."""
        if getattr(fact, "corrects_id", None):
            return "（更正）"
        if not isinstance(fact, Report | TaskReport | Reading):
            return ""
        bulletins = [one for one in self._bulletins if one.plan.year in self._years.get(key, ())]
        return f"（{AFTER_BULLETIN}）" if bulletin_missed_by(fact, bulletins) else ""

    @cached_property
    def _bulletins(self) -> list[IssuedPaper]:
        """Each with its plan."""
        plans = {plan.pk: plan for plan in public_plans()}
        found = bulletins_of(plans.values())
        for one in found:
            one.plan = plans[one.plan_id]
        return found

    @cached_property
    def _years(self) -> dict[tuple, set[int]]:
        """Of the plans that promise something about a subject, by its key."""
        return {key_of(one.row): {promise.year for promise in one.every_promise} for one in self.all_subjects}

    def _facts(self, model: type[Fact], conditions: Mapping[str, Any]) -> QuerySet:
        rows = model.objects.as_of(self.as_of).filter(**conditions)
        return rows.select_related("source", *NAMES[model])

    @cached_property
    def checks(self) -> list[CheckRow]:
        """What is to be looked at again, the longest due first."""
        drafts = dict(Check.objects.drafts().values_list("commitment_id", "pk")) if self.is_overseer else {}
        rows = list(self._checks(drafts))
        return sorted(rows, key=lambda row: (row.due_on, row.name))

    def _checks(self, drafts: Mapping[int, int]) -> Iterator[CheckRow]:
        for status in project_statuses(self.led.projects, self.as_of):
            for plan, one in status.commitments:
                state, kept_on = one.check, one.state.kept_on
                if self.year not in (None, plan.year):
                    continue
                if state is None or kept_on is None or state.due_on is None or state.due_on > self.as_of:
                    continue
                slugs = tuple(lead.slug for lead in one.project.leads)
                yield CheckRow(
                    commitment=one.row,
                    name=f"{one.project.name}（{plan.year} 年{one.series.short_title}第 {one.number} {one.series.counter}）",
                    departments=self.names_of(slugs),
                    slugs=slugs,
                    kept_on=kept_on,
                    due_on=state.due_on,
                    last_finding=Finding(state.code).label if state.held_on else "",
                    as_of=self.as_of,
                    is_illustrative=one.is_illustrative,
                    draft=drafts.get(one.row.pk),
                )


def _latest_reports(subjects: Sequence[Subject]) -> dict[tuple, AbstractReport]:
    """The latest report that counts of each subject, with its words, in one query. Readings have no words."""
    wanted = {}
    for one in subjects:
        if one.project and one.project.latest_report:
            wanted[one.project.latest_report.pk] = key_of(one.row)
    found: dict[tuple, AbstractReport] = {wanted[pk]: one for pk, one in Report.objects.in_bulk([*wanted]).items()}
    for one in subjects:
        for report in uncorrected(one.reports):  # type: ignore[type-var]  # facts of the three kinds
            if isinstance(report, TaskReport) and report.held_on == one.last_on:
                found[key_of(one.row)] = report
    return found


def _about(fact: Fact) -> Any:
    """The project, task, measure or indicator that the fact concerns; else the promise that it changes."""
    match fact:
        case Report(project=project):
            return project
        case TaskReport():
            return fact.about
        case Reading(indicator=indicator):
            return indicator
        case Check(commitment=commitment):
            return commitment.project
        case Adjustment():
            return fact.milestone.project if fact.milestone else fact.promise
        case PlanAdjustment(target=target) if target:
            return target.commitment.project
        case PlanAdjustment(commitment=commitment) if commitment:
            return commitment.project
    return fact.promise  # type: ignore[attr-defined]  # a change of anything else


def _year_of(fact: Fact) -> int | None:
    """That of the plan that the fact is about; None of what may be several plans', or none's."""
    match fact:
        case Check(commitment=commitment):
            return commitment.plan.year
        case PlanAdjustment():
            promise = fact.promise
            return promise.year if isinstance(promise, Plan) else promise.plan.year
    return None


def _published_row(fact: Any, slugs: tuple[str, ...], names: tuple[str, ...], *, note: str) -> PublishedRow:
    is_change = isinstance(fact, Adjustment | PlanAdjustment)
    if is_change:
        name, text = named(fact.promise), f"{fact.labels}；{fact.reason}"
    elif isinstance(fact, Check):
        name, text = str(fact.commitment), f"{fact.get_finding_display()}；{fact.text}"
    elif isinstance(fact, Reading):
        name, text = str(fact.indicator), fact.note
    else:
        name, text = str(_about(fact)), fact.text
    return PublishedRow(
        fact=fact,
        name=name,
        kind=f"{fact._meta.verbose_name}{note}",
        departments=names,
        slugs=slugs,
        held_on=fact.decided_on if is_change else fact.held_on,
        text=text,
    )
