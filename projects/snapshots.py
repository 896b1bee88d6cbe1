"""What is known on a day: promises with their adjustments, facts with their corrections, loaded once for the rules.

`load_snapshots(projects, as_of)` asks a constant number of queries however many projects there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain as chained
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from common.lru_cache import LRUCache
from ledger import chain
from ledger.guard import GuardedQuerySet
from ledger.models import HIDING, Entry
from projects.adjustable import ChangeKind
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
from projects.progress import uncorrected


def promised_terms(promise) -> dict[str, Any]:
    """The fields that an adjustment may change, encoded as in the ledger, as first promised."""
    return {name: field.promised(promise) for name, field in promise.adjustable.items()}


def terms_of(promise, adjustments: Iterable[PromiseChange]) -> dict[str, Any]:
    """The encoded fields in force after `adjustments`, given in the order of their entries."""
    terms = promised_terms(promise)
    for adjustment in adjustments:
        terms |= {name: new for name, (_old, new) in adjustment.changes.items()}
    return terms


def filled_terms_of(promise, adjustments: Iterable[PromiseChange]) -> dict[str, Any]:
    """The encoded fields that count as first promised: what was filled in later is among them."""
    terms = promised_terms(promise)
    for adjustment in adjustments:
        changes, kinds = adjustment.changes, adjustment.field_kinds
        terms |= {name: new for name, (_old, new) in changes.items() if kinds[name] is ChangeKind.FILLED_IN}
    return terms


def inferred_of(promise, adjustments: Iterable[PromiseChange]) -> frozenset[str]:
    """The names of the fields whose value in force is the portal's reading and not the city's word."""
    return frozenset(promise.inferred).difference(*(adjustment.changes for adjustment in adjustments))


def current_term(promise, name: str, adjustments: Iterable[PromiseChange]) -> Any:
    """One of the terms in force after `adjustments`, decoded; cheaper than all of them, some of which ask the database."""
    value = promise.adjustable[name].promised(promise)
    for adjustment in adjustments:
        value = adjustment.changes.get(name, (None, value))[1]
    return promise.adjustable[name].decode(value)


def decoded(promise, terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: promise.adjustable[name].decode(value) for name, value in terms.items()}


class Adjustments:
    """Adjustments by the promise that they change, each list in the order of entries, drafts last."""

    def __init__(self, rows: Iterable[PromiseChange]):
        self._by_promise: dict[tuple[type | None, int], list] = defaultdict(list)
        for row in sorted(rows, key=lambda row: (row.entry_id is None, row.entry_id)):
            model = row._meta.get_field(row.promise_field).related_model
            self._by_promise[model, getattr(row, f"{row.promise_field}_id")].append(row)

    @classmethod
    def load(cls, rows: QuerySet) -> "Adjustments":
        return cls(rows.select_related("source").order_by())

    def __iter__(self) -> Iterator:
        return chained.from_iterable(self._by_promise.values())

    def of(self, promise) -> list:
        """The adjustments of the promise. It is set on each of them, with the kinds of its changes, so that neither asks."""
        own = self._by_promise.get((type(promise), promise.pk), [])
        changed: set[str] = set()
        for row in own:
            setattr(row, row.promise_field, promise)
            row.field_kinds = row.kinds_after(changed)
            changed |= row.changes.keys()
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
class ReportFigures:
    """A report without its texts: the columns that rules, lists and tallies read."""

    pk: int
    project_id: int
    entry_id: int
    held_on: date
    published_on: date
    spent: Decimal | None
    corrects_id: int | None
    is_illustrative: bool


class ReadingRow(NamedTuple):
    """The value that a report gives for one milestone."""

    milestone_id: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class ReadingSnapshot:
    """The value of one milestone in one report."""

    report: Report | ReportFigures
    value: Decimal

    @property
    def held_on(self) -> date:
        return self.report.held_on


@dataclass(frozen=True)
class MilestoneSnapshot:
    """`readings` are the uncorrected ones by held day, `history` every published one in the order of publication."""

    row: Milestone
    project: Project
    title: str
    noun: str
    readings: tuple[ReadingSnapshot, ...]
    history: tuple[ReadingSnapshot, ...]
    adjustments: tuple[Adjustment, ...]

    @property
    def identifier(self) -> str:
        return f"{self.project.slug}/{self.row.code}"


def adjustments_with_parts(promise, milestones: Iterable[MilestoneSnapshot]) -> list:
    """The adjustments of a promise and of these parts of it."""
    return [*promise.adjustments, *(adjustment for one in milestones for adjustment in one.adjustments)]


@dataclass(frozen=True, slots=True)
class ReportSnapshot:
    """`replaces_readings`: whether any of the versions that it corrects, directly or not, has a reading."""

    report: Report | ReportFigures
    corrected_by: Report | ReportFigures | None
    readings: tuple[MilestoneReading | ReadingRow, ...]
    replaces_readings: bool = False

    @property
    def has_readings(self) -> bool:
        """Whether it or any version that it corrects has a reading."""
        return self.replaces_readings or bool(self.readings)

    @property
    def is_withdrawal(self) -> bool:
        """A correction without readings withdraws those of the versions before it, if they had any."""
        return self.replaces_readings and not self.readings


@dataclass(frozen=True)
class ProjectSnapshot:
    """A project on the day `as_of`: its terms in force and everything published about it by then."""

    row: Project
    as_of: date
    title: str
    short_title: str
    box_name: str
    place: str
    post: str
    funding: str
    investment: Decimal | None
    leads: tuple[DepartmentSnapshot, ...]
    partners: tuple[DepartmentSnapshot, ...]
    milestones: tuple[MilestoneSnapshot, ...]
    reports: tuple[ReportSnapshot, ...]
    adjustments: tuple[Adjustment, ...]

    @property
    def slug(self) -> str:
        return self.row.slug

    @property
    def name(self) -> str:
        return self.short_title or self.title

    @cached_property
    def lead_known_on(self) -> date:
        """The day since which somebody leads it. Raises ValueError where nobody does."""
        if self.row.leads:
            return self.row.published_on
        return min(change.published_on for change in self.adjustments if "leads" in change.changes)

    @property
    def lead(self) -> DepartmentSnapshot | None:
        """The first of the leads."""
        return self.leads[0] if self.leads else None

    @cached_property
    def effective_reports(self) -> list[ReportSnapshot]:
        """Those not corrected, by held day."""
        return sorted((r for r in self.reports if not r.corrected_by), key=lambda known: known.report.held_on)

    @cached_property
    def spending_report(self) -> Report | ReportFigures | None:
        """The latest uncorrected report that states what was spent."""
        stating = [known.report for known in self.effective_reports if known.report.spent is not None]
        return stating[-1] if stating else None

    @property
    def spent(self) -> Decimal | None:
        return self.spending_report.spent if self.spending_report else None

    @property
    def latest_report(self) -> Report | ReportFigures | None:
        reports = [known.report for known in self.effective_reports if not known.is_withdrawal]
        return reports[-1] if reports else None

    @property
    def all_adjustments(self) -> list[Adjustment]:
        """Its own and those of its milestones."""
        return adjustments_with_parts(self, self.milestones)

    @cached_property
    def is_illustrative(self) -> bool:
        facts = [*(known.report for known in self.reports), *self.all_adjustments]
        departments = (*self.leads, *self.partners)
        return any(fact.is_illustrative for fact in facts) or any(d.is_illustrative for d in departments)


def titles_on(day: date) -> dict[str, str]:
    """The title in force of every project public by the day, by slug."""
    titles = dict(Project.objects.as_of(day).values_list("slug", "title"))
    changed = Adjustment.objects.as_of(day).filter(project__isnull=False, changes__has_key="title").order_by("entry")
    titles |= {slug: changes["title"][1] for slug, changes in changed.values_list("project__slug", "changes")}
    return dict(sorted(titles.items()))


def load_departments(as_of: date) -> dict[str, DepartmentSnapshot]:
    """Every department public by `as_of`, by slug."""
    adjustments = Adjustments.load(Adjustment.objects.as_of(as_of).filter(department__isnull=False))
    found = {}
    for department in Department.objects.as_of(as_of).select_related("source"):
        own = adjustments.of(department)
        terms = terms_of(department, own)
        found[department.slug] = DepartmentSnapshot(department, terms["name"], terms["phone"], tuple(own))
    return found


@dataclass(frozen=True)
class SnapshotVersions:
    """The last entries that the snapshots of projects on a day depend on, as hashes; "" where there is none.

    `own` has the last entry about each project or its milestones, by slug; `shared` is the last one about anything else
    that snapshots show (plans bring milestones, departments have names); `hidden` the last redaction or its decision.
    A cached snapshot is current while these are the same.
    """

    own: Mapping[str, str]
    shared: str
    hidden: str

    def of(self, slug: str) -> tuple[str, str, str]:
        return self.own.get(slug, ""), self.shared, self.hidden


_versions: LRUCache[SnapshotVersions] = LRUCache(20)


def snapshot_versions_on(day: date, ledger_version: tuple[str, str]) -> SnapshotVersions:
    """Cached by `ledger_version`, which is what `ledger_version_on(day)` returns."""
    return _versions.get(ledger_version, lambda: _read_snapshot_versions(day, ledger_version[1]))


def ledger_version_on(day: date) -> tuple[str, str]:
    """The hashes of the last entry by the end of the day, and of the last one ever that hid or restored something."""
    entry = chain.head_on(day)
    return entry.hash if entry else "", chain.last_hash(HIDING)


def _read_snapshot_versions(day: date, hidden: str) -> SnapshotVersions:
    lasts = Entry.objects.as_of(day).order_by().values("subject").annotate(last=Max("seq")).values("last")
    own, shared = {}, ""
    for subject, hash_ in Entry.objects.filter(seq__in=lasts).order_by("seq").values_list("subject", "hash"):
        kind, _, address = subject.partition(":")
        if kind in ("project", "milestone"):
            own[address.partition("/")[0]] = hash_
        elif kind not in ("indicator", "task", "measure"):
            shared = hash_
    return SnapshotVersions(own, shared, hidden)


def load_snapshots(
    projects: GuardedQuerySet[Project],
    as_of: date,
    departments: Mapping[str, DepartmentSnapshot] | None = None,
    *,
    with_words: bool = True,
) -> dict[int, ProjectSnapshot]:
    """The snapshots of `projects` on `as_of`, by primary key, in a constant number of queries.

    Without `with_words` reports are `ReportFigures`. `departments` are those of that day, if they are loaded already.
    """
    rows = list(projects.as_of(as_of))
    keys = [project.pk for project in rows]
    departments = departments or load_departments(as_of)
    concerned = Q(project__in=keys) | Q(milestone__project__in=keys)
    adjustments = Adjustments.load(Adjustment.objects.as_of(as_of).filter(concerned))
    reports = _reports(keys, as_of) if with_words else _figures(projects, as_of)
    milestones = _milestones(rows, as_of)
    return {
        row.pk: _ProjectFacts(
            row, as_of, departments, adjustments, milestones[row.pk], tuple(reports.get(row.pk, ()))
        ).snapshot()
        for row in rows
    }


def _milestones(projects: Sequence[Project], as_of: date) -> dict[int, list[Milestone]]:
    """Milestones by project, in its order."""
    found: dict[int, list[Milestone]] = {project.pk: [] for project in projects}
    by_key = {project.pk: project for project in projects}
    for milestone in Milestone.objects.as_of(as_of).filter(project__in=list(found)).order_by("number", "pk"):
        milestone.project = by_key[milestone.project_id]  # loaded already, for whoever asks an adjustment of it
        found[milestone.project_id].append(milestone)
    return found


def _reports(projects: Sequence[int], as_of: date) -> dict[int, list[ReportSnapshot]]:
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


def _figures(projects: QuerySet[Project], as_of: date) -> dict[int, list[ReportSnapshot]]:
    """As `_reports`, but plain values instead of rows: a whole plan has thousands of reports."""
    names = ("pk", "project_id", "entry_id", "held_on", "published_on", "spent", "corrects_id", "source__kind")
    rows = Report.objects.as_of(as_of).filter(project__in=projects.values("pk")).order_by("entry").values_list(*names)
    reports = [ReportFigures(*values, kind == SourceKind.ILLUSTRATIVE) for *values, kind in rows]  # type: ignore[call-arg]  # all `names`
    lines = MilestoneReading.objects.as_of(as_of).filter(report__project__in=projects.values("pk"))
    readings = defaultdict(list)
    for report, milestone, value in lines.values_list("report_id", "milestone_id", "value"):
        readings[report].append(ReadingRow(milestone, value))
    return _by_project(reports, readings)


def _by_project(
    reports: Collection[Report | ReportFigures], readings: Mapping[int, Sequence]
) -> dict[int, list[ReportSnapshot]]:
    """`reports` are in the order of their entries, drafts last; `readings` by primary key of the report."""
    corrected_by = {report.corrects_id: report for report in reports if report.corrects_id}
    known: dict[int | None, ReportSnapshot] = {}
    found = defaultdict(list)
    for report in reports:
        before = known.get(report.corrects_id)
        lines, replaces = tuple(readings.get(report.pk, ())), before is not None and before.has_readings
        known[report.pk] = ReportSnapshot(report, corrected_by.get(report.pk), lines, replaces)
        found[report.project_id].append(known[report.pk])
    return found


@dataclass(frozen=True)
class _ProjectFacts:
    """The rows that a project's snapshot is computed from. `adjustments` and `departments` may hold those of others too."""

    row: Project
    as_of: date
    departments: Mapping[str, DepartmentSnapshot]
    adjustments: Adjustments
    milestones: Sequence[Milestone]
    reports: tuple[ReportSnapshot, ...]

    @classmethod
    def of(cls, snapshot: ProjectSnapshot) -> "_ProjectFacts":
        departments = {one.slug: one for one in (*snapshot.leads, *snapshot.partners)}
        adjustments = Adjustments(snapshot.all_adjustments)
        milestones = [one.row for one in snapshot.milestones]
        return cls(snapshot.row, snapshot.as_of, departments, adjustments, milestones, snapshot.reports)

    def snapshot(self) -> ProjectSnapshot:
        own = self.adjustments.of(self.row)
        terms = decoded(self.row, terms_of(self.row, own))
        return ProjectSnapshot(
            row=self.row,
            as_of=self.as_of,
            title=terms["title"],
            short_title=terms["short_title"],
            box_name=terms["box_name"],
            place=terms["place"],
            post=terms["post"],
            funding=terms["funding"],
            investment=terms["investment"],
            leads=self._departments(terms["leads"]),
            partners=self._departments(terms["partners"]),
            milestones=tuple(self._milestone_snapshots()),
            reports=self.reports,
            adjustments=tuple(own),
        )

    def _departments(self, slugs: Iterable[str]) -> tuple[DepartmentSnapshot, ...]:
        return tuple(self.departments[slug] for slug in slugs if slug in self.departments)

    def _milestone_snapshots(self) -> Iterator[MilestoneSnapshot]:
        effective = {report.pk for report in uncorrected([known.report for known in self.reports])}
        history = defaultdict(list)
        for known in self.reports:
            for reading in known.readings:
                history[reading.milestone_id].append(ReadingSnapshot(known.report, reading.value))
        for row in self.milestones:
            own, readings = self.adjustments.of(row), history[row.pk]
            now = terms_of(row, own)
            yield MilestoneSnapshot(
                row=row,
                project=self.row,
                title=now["title"],
                noun=now["noun"],
                readings=tuple(sorted((r for r in readings if r.report.pk in effective), key=attrgetter("held_on"))),
                history=tuple(readings),
                adjustments=tuple(own),
            )


def answering_slugs(projects: QuerySet[Project]) -> dict[str, set[str]]:
    """By slug of the project the departments that ever answered for it: first promised, or named by an adjustment."""
    found: dict[str, set[str]] = defaultdict(set)
    for slug, leads, partners in projects.values_list("slug", "leads", "partners"):
        found[slug] |= {*leads, *partners}
    changed = Adjustment.objects.published().filter(project__in=projects).values_list("project__slug", "changes")
    for slug, changes in changed:
        for name, (_old, new) in changes.items():
            found[slug].update(Project.adjustable[name].department_slugs(new))
    return found


def snapshot_at_entry(snapshot: ProjectSnapshot, *, through: int) -> ProjectSnapshot:
    """The project right after the entry `through` was published, computed from `snapshot` without a query."""
    reports = tuple(known for known in snapshot.reports if known.report.entry_id <= through)  # type: ignore[operator]  # public
    adjustments = Adjustments(one for one in snapshot.all_adjustments if one.entry_id <= through)  # type: ignore[operator]  # public
    return replace(_ProjectFacts.of(snapshot), reports=reports, adjustments=adjustments).snapshot()


def snapshot_at_day(
    snapshot: ProjectSnapshot, day: date, departments: Mapping[str, DepartmentSnapshot]
) -> ProjectSnapshot:
    """As `load_snapshots` on an earlier day, computed from `snapshot` without a query; `departments` are those of that day."""

    def by_then(facts):
        return [fact for fact in facts if fact.published_on <= day]

    reports = tuple(
        replace(known, corrected_by=next(iter(by_then([known.corrected_by] if known.corrected_by else [])), None))
        for known in snapshot.reports
        if known.report.published_on <= day  # type: ignore[operator]  # public
    )
    adjustments = Adjustments(by_then(snapshot.all_adjustments))
    milestones = by_then(one.row for one in snapshot.milestones)
    return _ProjectFacts(snapshot.row, day, departments, adjustments, milestones, reports).snapshot()


def with_report(snapshot: ProjectSnapshot, report: Report) -> ProjectSnapshot:
    """As `load_snapshots` if the draft were public, without a query where `report.readings` is prefetched."""
    reports = [*(known.report for known in snapshot.reports), report]
    readings = {known.report.pk: known.readings for known in snapshot.reports} | {
        report.pk: tuple(report.readings.all())
    }
    known_reports = tuple(_by_project(reports, readings)[report.project_id])
    return replace(_ProjectFacts.of(snapshot), reports=known_reports).snapshot()


def with_adjustment(snapshot: ProjectSnapshot, change: Adjustment) -> ProjectSnapshot:
    """As `with_report`, for the draft of an adjustment of the project or one of its milestones.

    Only departments of the snapshot are known: a new lead or partner is left out.
    """
    adjustments = Adjustments([*snapshot.all_adjustments, change])
    return replace(_ProjectFacts.of(snapshot), adjustments=adjustments).snapshot()


def led_slugs(department: Department, *, at: datetime | None = None) -> set[str]:
    """Slugs of the projects, public or draft, that the department leads: first promised, or by the last adjustment."""
    as_of = timezone.localdate(at)
    leads = dict(Project.objects.values_list("slug", "leads"))
    changed = Adjustment.objects.as_of(as_of).filter(project__isnull=False, changes__has_key="leads").order_by("entry")
    leads |= {slug: changes["leads"][1] for slug, changes in changed.values_list("project__slug", "changes")}
    return {slug for slug, own in leads.items() if department.slug in own}


def redactions_about(entries: Iterable[int | None]) -> dict[int, dict[str, Redaction]]:
    """The redactions in force of the facts of these entries, by entry number and field; they hold for every day."""
    found: dict[int, dict[str, Redaction]] = {}
    for redaction in Redaction.objects.published().filter(target__in=list(entries), is_standing=True):
        found.setdefault(redaction.target_id, {})[redaction.field] = redaction
    return found
