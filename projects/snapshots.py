"""What stands on a day: promises with their adjustments, facts with their corrections, loaded once for the rules.

`load_snapshots(projects, as_of)` asks a constant number of queries however many projects there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from common.memo import Memo
from ledger import chain
from ledger.models import HIDING, Entry
from projects.models import (
    Adjustment,
    Department,
    Milestone,
    MilestoneReading,
    Project,
    PromiseChange,
    Redaction,
    Report,
    SourceKind,
)
from projects.progress import Terms, uncorrected

RESETTING = frozenset({"due_on", "target", "dropped", "goal"})


def promised_terms(promise) -> dict[str, Any]:
    """The fields that an adjustment may change, encoded as in the ledger, as first promised."""
    return {name: _promised_term(promise, name) for name in promise.adjustable}


def _promised_term(promise, name: str) -> Any:
    value = getattr(promise, name, False)
    return promise.adjustable[name].encode(value.all() if name == "partners" else value)


def terms_of(promise, adjustments: Iterable[PromiseChange]) -> dict[str, Any]:
    """The encoded fields in force after `adjustments`, given in the order of their entries."""
    terms = promised_terms(promise)
    for adjustment in adjustments:
        terms |= {name: new for name, (_old, new) in adjustment.changes.items()}
    return terms


def current_term(promise, name: str, adjustments: Iterable[PromiseChange]) -> Any:
    """One of the terms in force after `adjustments`, decoded; cheaper than all of them, some of which ask the database."""
    value = _promised_term(promise, name)
    for adjustment in adjustments:
        value = adjustment.changes.get(name, (None, value))[1]
    return promise.adjustable[name].decode(value)


def decoded(promise, terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: promise.adjustable[name].decode(value) for name, value in terms.items()}


def is_reset_by(adjustments: Iterable[PromiseChange]) -> bool:
    """Whether a date, a target, a goal or a part was changed; names, places and departments don't count."""
    return any(RESETTING & adjustment.changes.keys() for adjustment in adjustments)


def by_promise(adjustments: QuerySet, *targets: str) -> dict[tuple[str, int], list]:
    """Adjustments in the order of their entries, by (name of the foreign key, id)."""
    found = defaultdict(list)
    for adjustment in sorted(adjustments.order_by(), key=attrgetter("entry_id")):
        name = next((name for name in targets if getattr(adjustment, f"{name}_id")), None)
        if name:
            found[name, getattr(adjustment, f"{name}_id")].append(adjustment)
    return found


def changes_to(promise, name: str, adjustments: Mapping[tuple[str, int], list]) -> list:
    """The adjustments of `promise`, each given the row that it changes: it is loaded already."""
    own = adjustments.get((name, promise.pk), [])
    for adjustment in own:
        setattr(adjustment, name, promise)
    return own


@dataclass(frozen=True)
class DepartmentSnapshot:
    row: Department
    name: str
    phone: str
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def slug(self) -> str:
        return self.row.slug

    @property
    def is_illustrative(self) -> bool:
        return self.row.is_illustrative or any(a.is_illustrative for a in self.adjustments)


@dataclass(frozen=True, slots=True)
class Figures:
    """A report without its words: what rules, lists and tallies want of it."""

    pk: int
    project_id: int
    entry_id: int
    held_on: date
    published_on: date
    spent: Decimal | None
    corrects_id: int | None
    is_illustrative: bool


class Line(NamedTuple):
    """What a report says of one milestone."""

    milestone_id: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class KnownReading:
    """One line of one report, with what the rules need of it."""

    report: Report | Figures
    value: Decimal

    @property
    def held_on(self) -> date:
        return self.report.held_on


@dataclass(frozen=True)
class MilestoneSnapshot:
    """`readings` are the effective ones by held day, `history` every published one in the order of publication."""

    row: Milestone
    project: Project
    title: str
    promised: Terms
    terms: Terms
    readings: tuple[KnownReading, ...]
    history: tuple[KnownReading, ...]
    adjustments: tuple[Adjustment, ...]

    @property
    def identifier(self) -> str:
        return f"{self.project.slug}/{self.row.code}"

    @property
    def starts_on(self) -> date:
        return self.row.starts_on

    @property
    def pace(self) -> str:
        return self.row.pace

    @property
    def weight(self) -> Decimal:
        return self.row.weight

    @property
    def is_moved(self) -> bool:
        return self.promised != self.terms

    def dropped(self) -> "MilestoneSnapshot":
        return replace(self, terms=replace(self.terms, is_dropped=True))


@dataclass(frozen=True, slots=True)
class KnownReport:
    """`replaces_readings`: whether a version before it, along its corrections, spoke of a milestone."""

    report: Report | Figures
    corrected_by: Report | Figures | None
    readings: tuple[MilestoneReading | Line, ...]
    replaces_readings: bool = False

    @property
    def has_spoken(self) -> bool:
        """Whether it or a version before it spoke of a milestone."""
        return self.replaces_readings or bool(self.readings)

    @property
    def is_withdrawal(self) -> bool:
        """A correction takes readings back by repeating none; where there were none it has nothing to take back."""
        return self.replaces_readings and not self.readings


@dataclass(frozen=True)
class ProjectSnapshot:
    """A project on a day: its terms in force and everything published about it until then."""

    row: Project
    as_of: date
    title: str
    short_title: str
    place: str
    investment: Decimal | None
    lead: DepartmentSnapshot | None
    partners: tuple[DepartmentSnapshot, ...]
    is_dropped: bool
    milestones: tuple[MilestoneSnapshot, ...]
    reports: tuple[KnownReport, ...]
    adjustments: tuple[Adjustment, ...]

    @property
    def slug(self) -> str:
        return self.row.slug

    @property
    def name(self) -> str:
        return self.short_title or self.title

    @cached_property
    def effective_reports(self) -> list[KnownReport]:
        """Those not corrected, by held day."""
        return sorted((r for r in self.reports if not r.corrected_by), key=lambda known: known.report.held_on)

    @cached_property
    def spending_report(self) -> Report | Figures | None:
        """The latest uncorrected report that states what was spent."""
        stating = [known.report for known in self.effective_reports if known.report.spent is not None]
        return stating[-1] if stating else None

    @property
    def spent(self) -> Decimal | None:
        return self.spending_report.spent if self.spending_report else None

    @property
    def latest_report(self) -> Report | Figures | None:
        heard = [known.report for known in self.effective_reports if not known.is_withdrawal]
        return heard[-1] if heard else None

    @cached_property
    def is_illustrative(self) -> bool:
        facts = [*(known.report for known in self.reports), *self.adjustments]
        facts += [adjustment for milestone in self.milestones for adjustment in milestone.adjustments]
        departments = [self.lead, *self.partners] if self.lead else self.partners
        return any(fact.is_illustrative for fact in facts) or any(d.is_illustrative for d in departments)


def titles_on(day: date) -> dict[str, str]:
    """Of every project public by the day the title in force, by slug."""
    titles = dict(Project.objects.as_of(day).values_list("slug", "title"))
    changed = Adjustment.objects.as_of(day).filter(project__isnull=False, changes__has_key="title").order_by("entry")
    titles |= {slug: changes["title"][1] for slug, changes in changed.values_list("project__slug", "changes")}
    return dict(sorted(titles.items()))


def load_departments(as_of: date) -> dict[str, DepartmentSnapshot]:
    """Every department public by `as_of`, by slug."""
    changes = Adjustment.objects.as_of(as_of).filter(department__isnull=False)
    adjustments = by_promise(changes.select_related("source"), "department")
    found = {}
    for department in Department.objects.as_of(as_of).select_related("source"):
        own = changes_to(department, "department", adjustments)
        terms = terms_of(department, own)
        found[department.slug] = DepartmentSnapshot(department, terms["name"], terms["phone"], tuple(own))
    return found


@dataclass(frozen=True)
class Stamps:
    """What the snapshots of projects follow from on a day, each told by the hash of an entry, "" for none.

    `own` is the last entry about a project or one of its milestones, by slug; `shared` the last about anything else that
    projects show (plans bring milestones, departments have names); `hidden` the last that hid or restored something.
    """

    own: Mapping[str, str]
    shared: str
    hidden: str

    def of(self, slug: str) -> tuple[str, str, str]:
        return self.own.get(slug, ""), self.shared, self.hidden


_stamps: Memo[Stamps] = Memo(20)


def stamps_on(day: date, record: tuple[str, str]) -> Stamps:
    """`record` is what `record_on` says of the day."""
    return _stamps.get(record, lambda: _stamps_on(day, record[1]))


def record_on(day: date) -> tuple[str, str]:
    """All that is known on the day, and what of it was hidden or restored since: the hashes of the last entries."""
    entry = chain.head_on(day)
    return entry.hash if entry else "", chain.last_hash(HIDING)


def _stamps_on(day: date, hidden: str) -> Stamps:
    lasts = Entry.objects.as_of(day).order_by().values("subject").annotate(last=Max("seq")).values("last")
    own, shared = {}, ""
    for subject, hash_ in Entry.objects.filter(seq__in=lasts).order_by("seq").values_list("subject", "hash"):
        kind, _, address = subject.partition(":")
        if kind in ("project", "milestone"):
            own[address.partition("/")[0]] = hash_
        elif kind != "indicator":
            shared = hash_
    return Stamps(own, shared, hidden)


def load_snapshots(
    projects: QuerySet[Project],
    as_of: date,
    departments: Mapping[str, DepartmentSnapshot] | None = None,
    *,
    with_words: bool = True,
) -> dict[int, ProjectSnapshot]:
    """What stands about `projects` on `as_of`, by primary key; without words, reports are `Figures`.

    `departments` are those of that day, where they are loaded already.
    """
    rows = list(projects.as_of(as_of).select_related("lead").prefetch_related("partners"))
    keys = [project.pk for project in rows]
    departments = departments or load_departments(as_of)
    adjustments = _adjustments(keys, as_of)
    reports = _reports(keys, as_of) if with_words else _figures(projects, as_of)
    milestones = defaultdict(list)
    for milestone in Milestone.objects.as_of(as_of).filter(project__in=keys).order_by("number", "pk"):
        milestones[milestone.project_id].append(milestone)
    for project in rows:
        for milestone in milestones[project.pk]:
            milestone.project = project  # loaded already, for whoever asks an adjustment whose milestone it moves
    return {
        project.pk: _project_snapshot(
            project, as_of, milestones[project.pk], reports.get(project.pk, ()), adjustments, departments
        )
        for project in rows
    }


def _adjustments(projects: Sequence[int], as_of: date) -> dict[tuple[str, int], list[Adjustment]]:
    rows = Adjustment.objects.as_of(as_of).select_related("source")
    concerned = rows.filter(Q(project__in=projects) | Q(milestone__project__in=projects))
    return by_promise(concerned, "project", "milestone")


def _reports(projects: Sequence[int], as_of: date) -> dict[int, list[KnownReport]]:
    """Reports by project, in the order of publication."""
    asked = Report.objects.as_of(as_of).filter(project__in=projects).select_related("source").order_by()
    rows = {report.pk: report for report in sorted(asked, key=attrgetter("entry_id"))}
    for report in rows.values():
        if report.corrects_id:
            report.corrects = rows[report.corrects_id]
    readings = defaultdict(list)
    for reading in MilestoneReading.objects.as_of(as_of).filter(report__project__in=projects):
        readings[reading.report_id].append(reading)
    return _by_project(rows.values(), readings)


def _figures(projects: QuerySet[Project], as_of: date) -> dict[int, list[KnownReport]]:
    """As `_reports`, plain values in place of rows: of a whole plan there are thousands."""
    names = ("pk", "project_id", "entry_id", "held_on", "published_on", "spent", "corrects_id", "source__kind")
    rows = Report.objects.as_of(as_of).filter(project__in=projects.values("pk")).order_by("entry").values_list(*names)
    reports = [Figures(*values, kind == SourceKind.ILLUSTRATIVE) for *values, kind in rows]
    lines = MilestoneReading.objects.as_of(as_of).filter(report__project__in=projects.values("pk"))
    readings = defaultdict(list)
    for report, milestone, value in lines.values_list("report_id", "milestone_id", "value"):
        readings[report].append(Line(milestone, value))
    return _by_project(reports, readings)


def _by_project(
    reports: Collection[Report | Figures], readings: Mapping[int, Sequence]
) -> dict[int, list[KnownReport]]:
    """`reports` in the order of their entries, a draft behind them; `readings` by report."""
    corrected_by = {report.corrects_id: report for report in reports if report.corrects_id}
    known: dict[int, KnownReport] = {}
    found = defaultdict(list)
    for report in reports:
        before = known.get(report.corrects_id)
        lines, replaces = tuple(readings.get(report.pk, ())), before is not None and before.has_spoken
        known[report.pk] = KnownReport(report, corrected_by.get(report.pk), lines, replaces)
        found[report.project_id].append(known[report.pk])
    return found


def _project_snapshot(project, as_of, milestones, reports, adjustments, departments) -> ProjectSnapshot:
    own = changes_to(project, "project", adjustments)
    terms = decoded(project, terms_of(project, own))
    return ProjectSnapshot(
        row=project,
        as_of=as_of,
        title=terms["title"],
        short_title=terms["short_title"],
        place=terms["place"],
        investment=terms["investment"],
        lead=departments.get(terms["lead"]),
        partners=tuple(departments[slug] for slug in terms["partners"] if slug in departments),
        is_dropped=terms["dropped"],
        milestones=tuple(
            _milestone_snapshot(
                milestone,
                project,
                reports,
                changes_to(milestone, "milestone", adjustments),
                is_project_dropped=terms["dropped"],
            )
            for milestone in milestones
        ),
        reports=tuple(reports),
        adjustments=tuple(own),
    )


def _milestone_snapshot(milestone, project, reports, adjustments, *, is_project_dropped) -> MilestoneSnapshot:
    first, now = promised_terms(milestone), terms_of(milestone, adjustments)
    history = [
        KnownReading(known.report, reading.value)
        for known in reports
        for reading in known.readings
        if reading.milestone_id == milestone.pk
    ]
    effective = uncorrected([known.report for known in reports])
    keys = {report.pk for report in effective}
    return MilestoneSnapshot(
        row=milestone,
        project=project,
        title=now["title"],
        promised=_terms(milestone, first),
        terms=_terms(milestone, now | {"dropped": now["dropped"] or is_project_dropped}),
        readings=tuple(sorted((r for r in history if r.report.pk in keys), key=lambda reading: reading.held_on)),
        history=tuple(history),
        adjustments=tuple(adjustments),
    )


def _terms(milestone: Milestone, encoded: Mapping[str, Any]) -> Terms:
    terms = decoded(milestone, encoded)
    return Terms(due_on=terms["due_on"], target=terms["target"], is_dropped=terms["dropped"])


def answering_slugs(projects: QuerySet[Project]) -> dict[str, set[str]]:
    """By project the departments that ever answered for it: by the promise, or by an adjustment of it."""
    found = defaultdict(set)
    for slug, *departments in projects.values_list("slug", "lead__slug", "partners__slug"):
        found[slug] |= set(departments) - {None}
    changed = Adjustment.objects.published().filter(project__in=projects).values_list("project__slug", "changes")
    for slug, changes in changed:
        found[slug] |= {changes.get("lead", [None, None])[1], *changes.get("partners", [[], []])[1]} - {None}
    return found


def snapshot_at_entry(milestone: MilestoneSnapshot, project: ProjectSnapshot, *, through: int) -> MilestoneSnapshot:
    """The milestone as it stood once entry `through` was published, from what is loaded already."""
    known_reports = [known.report for known in project.reports if known.report.entry_id <= through]
    effective = {report.pk for report in uncorrected(known_reports)}
    terms = terms_of(milestone.row, (a for a in milestone.adjustments if a.entry_id <= through))
    of_project = terms_of(project.row, (a for a in project.adjustments if a.entry_id <= through))
    readings = (reading for reading in milestone.history if reading.report.pk in effective)
    return replace(
        milestone,
        terms=_terms(milestone.row, terms | {"dropped": terms["dropped"] or of_project["dropped"]}),
        readings=tuple(sorted(readings, key=lambda reading: reading.held_on)),
    )


def snapshot_at_day(
    snapshot: ProjectSnapshot, day: date, departments: Mapping[str, DepartmentSnapshot]
) -> ProjectSnapshot:
    """What `load_snapshots` would have said on an earlier day, from what is loaded already; `departments` are those of then."""

    def by_then(facts):
        return [fact for fact in facts if fact.published_on <= day]

    reports = [
        replace(heard, corrected_by=next(iter(by_then([heard.corrected_by] if heard.corrected_by else [])), None))
        for heard in snapshot.reports
        if heard.report.published_on <= day
    ]
    adjustments = {("project", snapshot.row.pk): by_then(snapshot.adjustments)}
    adjustments |= {("milestone", one.row.pk): by_then(one.adjustments) for one in snapshot.milestones}
    milestones = by_then(one.row for one in snapshot.milestones)
    return _project_snapshot(snapshot.row, day, milestones, reports, adjustments, departments)


def _drafted(snapshot: ProjectSnapshot, reports: Sequence[KnownReport], change: Adjustment | None) -> ProjectSnapshot:
    """The snapshot with other reports, and with one more adjustment on top of those in force."""
    departments = {department.slug: department for department in (snapshot.lead, *snapshot.partners) if department}
    adjustments = {("project", snapshot.row.pk): list(snapshot.adjustments)}
    adjustments |= {("milestone", one.row.pk): list(one.adjustments) for one in snapshot.milestones}
    if change:
        adjustments[change.target, change.promise.pk].append(change)
    milestones = [one.row for one in snapshot.milestones]
    return _project_snapshot(snapshot.row, snapshot.as_of, milestones, reports, adjustments, departments)


def with_report(snapshot: ProjectSnapshot, report: Report) -> ProjectSnapshot:
    """What `load_snapshots` would say were the draft public too, from what is loaded already; `report.readings` is prefetched."""
    reports = [*(heard.report for heard in snapshot.reports), report]
    readings = {heard.report.pk: heard.readings for heard in snapshot.reports} | {report.pk: report.readings.all()}
    return _drafted(snapshot, _by_project(reports, readings)[report.project_id], None)


def with_adjustment(snapshot: ProjectSnapshot, change: Adjustment) -> ProjectSnapshot:
    """As `with_report`, for the draft of an adjustment of the project or one of its milestones.

    Of departments it knows those that answer now: a new lead or partner is left out.
    """
    return _drafted(snapshot, snapshot.reports, change)


def led_slugs(department: Department, *, at: datetime | None = None) -> set[str]:
    """Projects, public or draft, that the department leads now: by the promise, or by the last adjustment of it."""
    as_of = timezone.localdate(at)
    leads = dict(Project.objects.values_list("slug", "lead__slug"))
    changed = Adjustment.objects.as_of(as_of).filter(project__isnull=False, changes__has_key="lead").order_by("entry")
    leads |= {slug: changes["lead"][1] for slug, changes in changed.values_list("project__slug", "changes")}
    return {slug for slug, lead in leads.items() if lead == department.slug}


def redactions_about(entries: Iterable[int]) -> dict[int, dict[str, Redaction]]:
    """What was hidden of the facts of these entries, by entry and then by field. A gap shows on every day."""
    found: dict[int, dict[str, Redaction]] = {}
    for redaction in Redaction.objects.published().filter(target__in=list(entries), is_standing=True):
        found.setdefault(redaction.target_id, {})[redaction.field] = redaction
    return found
