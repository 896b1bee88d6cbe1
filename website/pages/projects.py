"""The page of a project: what was promised about it, its progress, and the evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from common.as_of import asked_day, day_of, day_query
from common.cache_policy import cached_by, valid_day
from common.site_address import whole_address
from ledger import chain
from projects.models import Evidence, Project
from projects.snapshots import ProjectSnapshot, load_departments, load_snapshots, redactions_about
from tasks.changes import Change
from tasks.models import Check, CheckEvidence, Outline, Plan, VoteEvidence
from tasks.snapshots import (
    CommitmentSnapshot,
    commitments_about,
    default_day_of,
    plans_naming,
    ruling_plan,
    wording_of,
)
from website.pages.plans import NEWS_BESIDE, Card, cards_of, evidence_of
from website.sentences.answers import is_read_by_us
from website.sentences.clarity import promise_clarity
from website.sentences.first_promises import became_of, first_promise
from website.sentences.history import HEADINGS, fields_under
from website.sentences.promises import (
    dated_sentence,
    is_nobodys,
    project_description,
    verdict_words,
)


@dataclass(frozen=True)
class Promise:
    """A commitment with its plan, both with their titles on the day."""

    plan: Plan
    plan_name: str
    series_title: str
    card: Card

    @property
    def snapshot(self) -> CommitmentSnapshot:
        return self.card.snapshot

    @property
    def is_promise_only(self) -> bool:
        """Whether nothing is known of it that a picture could show, and nobody was to report."""
        return is_nobodys(self.snapshot)

    @property
    def is_read_by_us(self) -> bool:
        return is_read_by_us(self.snapshot)

    @property
    def clarity(self) -> str:
        """How clearly it says what is to be done."""
        return promise_clarity(self.snapshot)

    @property
    def checks(self) -> list[Check]:
        """Who looked and what they found, the latest first."""
        return sorted(self.snapshot.checks, key=attrgetter("held_on"), reverse=True)

    @property
    def first(self) -> str:
        """What was promised at first."""
        return first_promise(self.snapshot, year=self.plan.year)

    @property
    def became(self) -> str:
        """What became of that, if it was moved."""
        return became_of(self.snapshot, year=self.plan.year)

    @property
    def sentence(self) -> str:
        """What it has come to, with the days of its data."""
        return dated_sentence(self.snapshot, year=self.plan.year)


def requested_project(request: HttpRequest, slug: str) -> tuple[Plan | None, ProjectSnapshot]:
    """The project on the day in the address, by default that of its page, with the plan under which it runs then."""
    row = get_object_or_404(Project.objects.published(), slug=slug)
    plans, today = list(plans_naming(row)), timezone.localdate()
    default = default_day_of(ruling_plan(plans, today), today)
    day = day_of(request, first=row.published_on, default=default)
    return ruling_plan(plans, day), load_snapshots(Project.objects.filter(pk=row.pk), day)[row.pk]


@cached_by(as_of=valid_day)
def project(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(Project.objects.published(), slug=slug)
    plans, today = list(plans_naming(row)), timezone.localdate()
    first = row.published_on
    default = first if asked_day(request) else default_day_of(ruling_plan(plans, today), today)
    day = day_of(request, first=first, default=default)
    plan = ruling_plan(plans, day)
    departments = load_departments(day)
    snapshot = load_snapshots(Project.objects.filter(pk=row.pk), day, departments)[row.pk]
    services = row.contributions.as_of(day).select_related("measure__task__group__plan")
    commitments = commitments_about(snapshot)
    wording = wording_of(
        {service.measure.task.group.plan for service in services} | {plan for plan, _ in commitments}, day
    )
    promises = promises_of(commitments, wording)
    return render(
        request,
        "projects/project.html",
        {
            "project": snapshot,
            "departments": departments,
            "description": project_description(snapshot, [promise.snapshot for promise in promises]),
            "promises": promises,
            "is_promise_only": bool(promises) and all(promise.is_promise_only for promise in promises),
            "verdict_words": verdict_words([promise.snapshot for promise in promises]),
            "changes": changes_of(snapshot, promises),
            "services": services,
            "outlines": outlines_about(snapshot, promises),
            "wording": wording,
            "redactions": redactions_about(facts_of(snapshot, promises)),
            "evidence": evidence_of(Evidence, (one.report.pk for one in snapshot.reports)),
            "check_evidence": evidence_of(
                CheckEvidence, (check.pk for promise in promises for check in promise.checks)
            ),
            "vote_evidence": evidence_of(
                VoteEvidence, (vote.pk for promise in promises for vote in promise.snapshot.votes)
            ),
            "articles": row.articles.published()[:NEWS_BESIDE],
            "plan": plan,
            "as_of": day,
            "entry": chain.head_on(day),
            "is_illustrative": snapshot.is_illustrative,
            "day_query": day_query(request),
            "canonical": whole_address(request, request.path),
        },
    )


def promises_about(project: ProjectSnapshot) -> list[Promise]:
    commitments = commitments_about(project)
    return promises_of(commitments, wording_of({plan for plan, _ in commitments}, project.as_of))


def promises_of(
    commitments: list[tuple[Plan, CommitmentSnapshot]], wording: dict[str, dict[str, str]]
) -> list[Promise]:
    return [
        Promise(
            plan=plan,
            plan_name=wording.get(plan.address, {}).get("short_title", plan.short_title),
            series_title=wording.get(card.snapshot.series.address, {}).get("title", card.snapshot.series.title),
            card=card,
        )
        for (plan, _), card in zip(commitments, cards_of(c for _, c in commitments), strict=True)
    ]


def outlines_about(project: ProjectSnapshot, promises: list[Promise]) -> QuerySet[Outline]:
    """The outlines of the plans about the project, or about a series that it is in."""
    codes = {project.slug, *(promise.snapshot.series.code for promise in promises)}
    return Outline.objects.as_of(project.as_of).filter(code__in=codes, plan__in=[promise.plan for promise in promises])


def changes_of(project: ProjectSnapshot, promises: list[Promise]) -> list[tuple[str, list[Change]]]:
    """Every change of the project, of its parts and of what was promised of it, under what kind of change it is."""
    found = [Change(change, "") for change in project.adjustments]
    found += [Change(change, part.title) for part in project.milestones for change in part.adjustments]
    for promise in promises:
        found += [Change(change, "") for change in promise.snapshot.adjustments]
        found += [Change(c, target.title) for target in promise.snapshot.targets for c in target.adjustments]
    found.sort(key=attrgetter("adjustment.entry_id"))
    groups = ((heading, [one for one in found if fields_under(one.adjustment, heading)]) for heading in HEADINGS)
    return [(heading, own) for heading, own in groups if own]


def facts_of(project: ProjectSnapshot, promises: list[Promise]) -> Iterator[int | None]:
    """The entry numbers of all facts whose free texts the page of the project shows."""
    yield from (one.report.entry_id for one in project.reports)
    yield from (change.entry_id for change in project.all_adjustments)
    for promise in promises:
        snapshot = promise.snapshot
        yield from (fact.entry_id for fact in (*snapshot.promise_changes, *snapshot.checks, *snapshot.votes))
