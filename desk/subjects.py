"""What departments report on, loaded for the rules of `desk.agenda`: projects, tasks, measures and indicators."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from common.lru_cache import LRUCache
from desk.agenda import FINISHED, Asking, Promise, Subject
from desk.words import OFFICIAL_INDICATORS, OFFICIAL_MEASURES
from ledger.guard import GuardedQuerySet
from projects.models import Project
from projects.progress import Light
from projects.snapshots import ProjectSnapshot, ledger_version_on, load_snapshots, snapshot_versions_on
from tasks.access import Led
from tasks.measures import MeasureStatus
from tasks.models import Answerable, Indicator, Plan
from tasks.progress import IndicatorStatus
from tasks.snapshots import (
    MOST_CACHED,
    Answer,
    CommitmentSnapshot,
    IndicatorSnapshot,
    asked_on_of,
    commitments_of,
    load_answers,
    load_indicators,
    rules_of,
)
from tasks.verdicts import verdict_of


@dataclass(frozen=True)
class ProjectStatus:
    """A public project with the commitments about it, each with its plan, those of running plans first."""

    project: ProjectSnapshot
    commitments: list[tuple[Plan, CommitmentSnapshot]]

    @property
    def is_settled(self) -> bool:
        """Whether everything promised about it is kept or dropped."""
        return bool(self.commitments) and all(one.progress.light in FINISHED for _plan, one in self.commitments)

    def subject(self) -> Subject:
        project, plans = self.project, [plan for plan, _one in self.commitments]
        promises = [(plan, _promise_of(plan, one)) for plan, one in self.commitments]
        latest = project.latest_report
        return Subject(
            row=project.row,
            title=project.title,
            name=project.name,
            as_of=project.as_of,
            lead_slugs=tuple(lead.slug for lead in project.leads),
            reports=tuple(known.report for known in project.reports),
            last_on=latest.held_on if latest else None,
            askings=tuple(self._asking(plan) for plan in dict.fromkeys(plans)),
            is_settled=self.is_settled,
            is_illustrative=project.is_illustrative,
            promises=tuple(promise for plan, promise in promises if plan == plans[0]),
            project=project,
            every_promise=tuple(promise for _plan, promise in promises),
        )

    def _asking(self, plan: Plan) -> Asking:
        own = [one for known, one in self.commitments if known == plan]
        ended = [_ended_on(one) for one in own]
        asked_on = min(one.promised_on for one in own)
        return Asking(
            asked_on=max(asked_on, self.project.lead_known_on) if self.project.leads else asked_on,
            ends_on=plan.ends_on,
            rules=rules_of(plan),
            done_on=None if None in ended else max(day for day in ended if day),
            year=plan.year,
        )


def _ended_on(commitment: CommitmentSnapshot) -> date | None:
    """The day since which a promise is kept, or on which it was dropped, after which no report is due; else None."""
    if commitment.progress.light is not Light.DROPPED:
        return commitment.state.kept_on
    return max(change.published_on for change in commitment.promise_changes if "dropped" in change.changes)


def _promise_of(plan: Plan, one: CommitmentSnapshot) -> Promise:
    verdict, progress = verdict_of(one), one.progress
    past = [state.terms.due_on for state in progress.active if state.is_due_unreported]
    return Promise(
        name=f"{one.series.short_title}第 {one.number} {one.series.counter}",
        place=(one.series.number, one.number),
        due_on=progress.due_on,
        word=verdict.official,
        shape=verdict.shape,
        progress=progress,
        code=verdict.code,
        year=plan.year,
        past_on=min(past, default=None),
    )


class _CachedStatus(NamedTuple):
    """`version` names everything that the status was computed from."""

    version: tuple[str, str, str]
    status: ProjectStatus


# By project, for a day and the versions that concern all projects (shared, hidden).
_statuses: LRUCache[dict[int, _CachedStatus]] = LRUCache(MOST_CACHED, weight=lambda statuses: len(statuses) + 1)


def project_statuses(projects: GuardedQuerySet[Project], as_of: date) -> list[ProjectStatus]:
    """Of the projects public by the day. Cached: after a publication only the projects that it concerns are loaded again."""
    ledger_version = ledger_version_on(as_of)
    versions = snapshot_versions_on(as_of, ledger_version)
    key = as_of, versions.shared, versions.hidden
    before = _statuses.peek(key) or {}
    wanted = {pk: versions.of(slug) for pk, slug in projects.as_of(as_of).values_list("pk", "slug")}
    found = {pk: before[pk] for pk, version in wanted.items() if pk in before and before[pk].version == version}
    if missing := wanted.keys() - found.keys():
        stale = Project.objects.filter(pk__in=missing) if found else projects
        found |= {one.project.row.pk: _CachedStatus(wanted[one.project.row.pk], one) for one in _loaded(stale, as_of)}
        if ledger_version_on(as_of) == ledger_version:
            _statuses.put(key, before | found)
    return [found[pk].status for pk in wanted]


def _loaded(projects: GuardedQuerySet[Project], as_of: date) -> list[ProjectStatus]:
    snapshots = load_snapshots(projects, as_of, with_words=False)
    promised = commitments_of(snapshots.values(), as_of)
    return [ProjectStatus(snapshot, promised[key]) for key, snapshot in snapshots.items()]


def subjects_of(led: Led, as_of: date) -> list[Subject]:
    """Of what is public by the day: every project, and what else somebody answers for."""
    tasks = led.tasks.as_of(as_of).select_related("group__plan")
    measures = led.measures.as_of(as_of).select_related("task__group__plan")
    indicators = led.indicators.as_of(as_of).select_related("plan")
    return [
        *(status.subject() for status in project_statuses(led.projects, as_of)),
        *subjects_of_answers(load_answers([*tasks, *measures], as_of), as_of),
        *subjects_of_indicators(load_indicators(indicators, as_of), as_of),
    ]


def subjects_of_answers(answers: Iterable[Answer], as_of: date) -> Iterator[Subject]:
    for answer in answers:
        row, latest = answer.row, answer.latest_report
        is_done = answer.state is not None and answer.state.status is MeasureStatus.DONE
        word, shape = OFFICIAL_MEASURES[answer.state.status] if answer.state else ("", "")
        code = str(answer.state.status) if answer.state else ""
        past_on = answer.due_on if answer.state and answer.state.is_due_unreported else None
        promise = Promise(_name_of(row), (), answer.due_on, word, shape, code=code, year=row.plan.year, past_on=past_on)
        yield Subject(
            row=row,
            title=answer.title,
            name=answer.title,
            as_of=as_of,
            lead_slugs=answer.lead_slugs,
            reports=answer.reports,  # type: ignore[arg-type]  # public: each has its day
            last_on=latest.held_on if latest else None,
            askings=_askings(answer, latest.held_on if is_done and latest else None),
            is_settled=is_done,
            is_illustrative=answer.is_illustrative,
            promises=(promise,),
            every_promise=(promise,),
        )


def subjects_of_indicators(indicators: Iterable[IndicatorSnapshot], as_of: date) -> Iterator[Subject]:
    for one in indicators:
        row, status = one.row, one.state.status
        is_done = status in (IndicatorStatus.MET, IndicatorStatus.DROPPED)
        word, shape = OFFICIAL_INDICATORS[status]
        due_on = one.terms.due_on
        is_past = status is IndicatorStatus.NO_DATA and due_on is not None and due_on < as_of
        promise = Promise(
            _name_of(row),
            (),
            due_on,
            word,
            shape,
            code=str(status),
            year=row.plan.year,
            past_on=due_on if is_past else None,
        )
        yield Subject(
            row=row,
            title=one.title,
            name=one.title,
            as_of=as_of,
            lead_slugs=one.lead_slugs,
            reports=one.history,  # type: ignore[arg-type]  # public: each has its day
            last_on=one.readings[-1].held_on if one.readings else None,
            askings=_askings(one, one.state.held_on or as_of if is_done else None),
            is_settled=is_done,
            is_illustrative=one.is_illustrative,
            promises=(promise,),
            every_promise=(promise,),
        )


def _askings(one: Answer | IndicatorSnapshot, done_on: date | None) -> tuple[Asking, ...]:
    """None of what nobody answers for."""
    plan, asked_on = one.row.plan, asked_on_of(one.row, one.adjustments, one.lead_slugs)
    return () if asked_on is None else (Asking(asked_on, plan.ends_on, rules_of(plan), done_on, plan.year),)


def _name_of(row: Answerable | Indicator) -> str:
    return f"{row.plan.short_title} · {row._meta.verbose_name}"
