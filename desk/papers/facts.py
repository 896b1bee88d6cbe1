"""Everything that the papers about a plan say, loaded for a day in a number of queries that doesn't grow with the plan."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.conf import settings

from accounts.publisher import Publisher, publisher
from common.as_of import DayError
from common.formats import day_text
from common.marks import TRIAL_WORDS
from desk.agenda import PunctualityRecord, Subject, punctuality_record_of
from desk.subjects import subjects_of
from projects.models import Report, Source, SourceKind
from projects.snapshots import DepartmentSnapshot, load_departments, load_snapshots
from tasks.access import Led
from tasks.bulletins import bulletins_of
from tasks.comparison import Difference, difference_of
from tasks.models import IssuedPaper, Plan
from tasks.snapshots import PlanSnapshot, plan_snapshot_of, projects_of


def month_before(day: date) -> date:
    """The same day of the month before; of the last day of a month the last one, too."""
    last = day.replace(day=1) - timedelta(days=1)
    is_last = day.day == monthrange(day.year, day.month)[1]
    return last if is_last or day.day > last.day else last.replace(day=day.day)


@dataclass(frozen=True)
class PlanFacts:
    """A plan on its data day and a month before. `words` has the latest report that counts of each project, by primary key;
    `subjects` what departments report on for this plan; `bulletins` those about earlier days, issued before this paper.
    """

    snapshot: PlanSnapshot
    before: PlanSnapshot
    words: Mapping[int, Report]
    departments: Mapping[str, DepartmentSnapshot]
    subjects: tuple[Subject, ...]
    bulletins: tuple[IssuedPaper, ...]
    publisher: Publisher
    notice: str

    @property
    def plan(self) -> Plan:
        return self.snapshot.row

    @property
    def issuer(self) -> str:
        """Who signs the paper: never empty, by the site's name until its organizer is known."""
        return self.publisher.author

    @property
    def as_of(self) -> date:
        return self.snapshot.as_of

    @cached_property
    def difference(self) -> Difference:
        return difference_of(self.before, self.snapshot)

    @property
    def has_before(self) -> bool:
        """Whether the plan is old enough for a month before to compare with."""
        return self.before.as_of < self.as_of

    @cached_property
    def names(self) -> dict[str, str]:
        """Of departments, by slug."""
        return {slug: one.name for slug, one in self.departments.items()}

    @cached_property
    def records(self) -> dict[str, PunctualityRecord]:
        """How punctual each department was that answers for anything of the plan, by slug."""
        led: dict[str, list[Subject]] = {}
        for subject in self.subjects:
            for slug in subject.lead_slugs:
                led.setdefault(slug, []).append(subject)
        return {slug: punctuality_record_of(own) for slug, own in led.items() if slug in self.departments}


def plan_facts(plan: Plan, data_on: date, moment: datetime) -> PlanFacts:
    """`moment` is when the paper is issued. Raises DayError where the plan wasn't public by the data day."""
    first: date | None = plan.published_on
    if first is None or data_on < first:
        since = day_text(first) if first else "公布那天"
        raise DayError(f"{plan.year} 年的计划从 {since}起才有数据。")
    snapshot = plan_snapshot_of(plan, data_on)
    before = plan_snapshot_of(plan, max(first, month_before(data_on)))
    known = load_snapshots(projects_of(plan), data_on)
    words = {key: one.latest_report for key, one in known.items() if isinstance(one.latest_report, Report)}
    earlier = [one for one in bulletins_of([plan]) if one.data_on < data_on and one.issued_at < moment]
    return PlanFacts(
        snapshot=snapshot,
        before=before,
        words=words,
        departments=load_departments(data_on),
        subjects=_subjects_of(snapshot),
        bulletins=tuple(earlier),
        publisher=publisher(),
        notice=_notice(snapshot),
    )


def _subjects_of(snapshot: PlanSnapshot) -> tuple[Subject, ...]:
    """Each with what this plan alone asks of it."""
    plan, found = snapshot.row, []
    for subject in subjects_of(Led.by_anybody(), snapshot.as_of):
        about = subject.row.plan == plan if subject.project is None else subject.row.pk in snapshot.projects
        if about:
            asked = tuple(one for one in subject.askings if one.ends_on == plan.ends_on)
            found.append(replace(subject.of_year(plan.year) or subject, askings=asked))
    return tuple(found)


def _notice(snapshot: PlanSnapshot) -> str:
    """That the paper is no real record: of a site for a rehearsal, of illustrative data."""
    source = None
    if snapshot.is_illustrative:
        source = Source.objects.published().filter(kind=SourceKind.ILLUSTRATIVE).first()
    illustrative = (source.title if source else "示例数据，不是真实进展") if snapshot.is_illustrative else ""
    return "；".join(filter(None, (TRIAL_WORDS if settings.TRIAL else "", illustrative)))
