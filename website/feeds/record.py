"""The feed of the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.publisher import publisher
from common.cache_policy import cached_by
from common.feeds import MOST, Item, feed_response
from common.formats import day_text
from common.templatetags.components import in_unit
from ledger.models import Entry, EntryKind
from projects.adjustable import ChangeKind, Dropped
from projects.models import (
    Adjustment,
    Appointment,
    Department,
    Fact,
    Project,
    PromiseChange,
    Redaction,
    RedactionDecision,
    Report,
)
from projects.redactions import DAYS_TO_CONFIRM
from projects.snapshots import (
    DepartmentSnapshot,
    ProjectSnapshot,
    load_departments,
    load_snapshots,
    snapshot_at_day,
    terms_of,
)
from projects.words import appointment_text, document_text
from tasks.models import (
    Addition,
    Answerable,
    Check,
    Finding,
    Indicator,
    Plan,
    PlanAdjustment,
    Reading,
    TaskReport,
    Vote,
)
from tasks.snapshots import CommitmentSnapshot, commitment_at_day, commitments_of, running_first
from tasks.words import RESIDENT_FINDINGS
from website.sentences.answers import report_word
from website.sentences.history import MOVED, decider_text, heading_of, named_part
from website.sentences.promises import project_description
from website.sentences.votes import ballots_text, vote_heading
from website.templatetags.project_tags import SUBJECTS, change_rows

FACTS = {
    Plan: ("source",),
    Department: ("source",),
    Addition: ("source", "plan"),
    Report: ("source", "project", "corrects"),
    TaskReport: ("source", "task__group__plan", "measure__task__group__plan"),
    Reading: ("source", "indicator__plan"),
    Check: ("source", "commitment__project", "commitment__series__plan"),
    Vote: ("source", "commitment__project", "commitment__series__plan"),
    Adjustment: ("source", "project", "milestone__project", "department"),
    PlanAdjustment: (
        "source",
        "plan",
        "group__plan",
        "task__group__plan",
        "measure__task__group__plan",
        "series__plan",
        "commitment__series__plan",
        "commitment__project",
        "target__commitment__series__plan",
        "target__commitment__project",
        "target__milestone",
        "indicator__plan",
    ),
    Redaction: ("source", "target"),
    RedactionDecision: ("redaction",),
    Appointment: ("about",),
}


@dataclass(frozen=True)
class EntryText:
    """The title and summary of a feed item, as plain text."""

    title: str
    summary: str
    shows_illustrative: bool = False


@cached_by()
def record_feed(request: HttpRequest) -> HttpResponse:
    entries = list(Entry.objects.order_by("-seq")[:MOST])
    return feed_response(
        request,
        site=publisher().site_name,
        author=publisher().author,
        title="公开记录",
        subtitle="公布了什么、更正了什么、调整了什么，一条接一条，新的在前。",
        alternate=reverse("ledger"),
        items=items_of(entries),
    )


def items_of(entries: Sequence[Entry]) -> list[Item]:
    """The feed items of the entries, in a constant number of queries."""
    facts = facts_of(entries)
    context = EntryContext.of(facts.values())
    hidden = _hidden_at(entries)
    return [_item(entry, facts[entry.seq], context, hidden) for entry in entries if entry.seq in facts]


def _hidden_at(entries: Sequence[Entry]) -> dict[int, datetime]:
    """When content of an entry was last hidden or restored, by its number."""
    redactions = Redaction.objects.published().filter(target__in=entries)
    hidden = redactions.order_by("entry").values_list("target", "published_at")
    decided = RedactionDecision.objects.published().filter(redaction__in=redactions, is_confirmed=False)
    return dict(hidden) | dict(decided.order_by("entry").values_list("redaction__target", "published_at"))


def _item(entry: Entry, fact: Fact, context: "EntryContext", hidden: Mapping) -> Item:
    text = entry_text_of(fact, context)
    return Item(
        title=text.title,
        address=reverse("entry", args=[entry.seq]),
        summary=f"{text.summary}\n凭证 {entry.voucher}".strip(),
        published_at=entry.at,
        updated_at=max(entry.at, hidden.get(entry.seq, entry.at)),
        is_illustrative=fact.is_illustrative or text.shows_illustrative,
        category=EntryKind(entry.kind).label,
    )


def facts_of(entries: Sequence[Entry]) -> dict[int, Fact]:
    """The fact of each entry, by its number."""
    facts: dict[int, Fact] = {}
    for model, related in FACTS.items():
        rows = model.objects.published().filter(entry__in=entries).select_related(*related)
        facts |= {fact.entry_id: fact for fact in rows}  # type: ignore[misc]  # public
    for entry in entries:
        fact = facts.get(entry.seq)
        if isinstance(fact, PromiseChange):  # its entry has the kinds: whoever asks the row asks the database
            fact.field_kinds = {name: ChangeKind(kind) for name, kind in entry.payload["kinds"].items()}
    return facts


@dataclass(frozen=True)
class EntryContext:
    """The data needed to describe facts as of the day of their publication.

    `snapshots` and `promises` are by primary key of the project, `departments` by slug; `wording` has the adjustments of
    indicators, tasks and measures, by address.
    """

    snapshots: dict[int, ProjectSnapshot]
    promises: dict[int, list[tuple[Plan, CommitmentSnapshot]]]
    departments: dict[str, DepartmentSnapshot]
    wording: dict[str, list[PlanAdjustment]]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "EntryContext":
        facts = list(facts)
        last = max((fact.published_on for fact in facts), default=date.min)
        keys = {project.pk for fact in facts if (project := _project_of(fact))}
        departments = load_departments(last)
        snapshots = load_snapshots(Project.objects.filter(pk__in=keys), last, departments)
        wording: dict[str, list[PlanAdjustment]] = defaultdict(list)
        subjects = {fact.subject for fact in facts if isinstance(fact, (Reading, TaskReport))}
        changes = PlanAdjustment.objects.published().filter(entry__subject__in=subjects).select_related("entry")
        for change in changes.order_by("entry"):
            wording[change.entry.subject].append(change)  # type: ignore[union-attr]  # public
        return cls(snapshots, commitments_of(snapshots.values(), last), departments, wording)

    @cached_property
    def names(self) -> dict[str, str]:
        return {slug: department.name for slug, department in self.departments.items()}

    def snapshot(self, project: Project, day: date) -> ProjectSnapshot:
        return snapshot_at_day(self.snapshots[project.pk], day, self.departments)

    def commitments(self, project: ProjectSnapshot) -> list[CommitmentSnapshot]:
        """What was promised about the project, as of its day; running plans first."""
        known = [(plan, one) for plan, one in self.promises[project.row.pk] if one.promised_on <= project.as_of]
        return [commitment_at_day(one, project) for _plan, one in running_first(known, project.as_of)]

    def title(self, fact: Reading | TaskReport, promise: Indicator | Answerable) -> str:
        """The title of what the fact is about, on the day on which it was published."""
        changes = [one for one in self.wording[fact.subject] if one.published_on <= fact.published_on]
        return terms_of(promise, changes)["title"]


def _project_of(fact: Fact) -> Project | None:
    match fact:
        case Report():
            return fact.project
        case Adjustment():
            return fact.milestone.project if fact.milestone else fact.project
        case PlanAdjustment():
            if fact.target:
                return fact.target.commitment.project
            return fact.commitment.project if fact.commitment else None
        case Check() | Vote():
            return fact.commitment.project
    return None


def entry_text_of(fact: Fact, context: EntryContext) -> EntryText:
    """The text about a fact, as of the day of its publication. Raises TypeError for an unknown kind of fact."""
    match fact:
        case Plan():
            return EntryText(f"公布承诺：{fact.title}", "年度承诺从这一天起公开，以后改一个字都要另记一条。")
        case Addition():
            return EntryText(f"追加承诺：{fact.title}", f"为什么追加：{fact.reason or '依法隐去'}")
        case TaskReport():
            return _task_report_text(fact, context)
        case Check():
            return _check_text(fact, context)
        case Vote():
            return _vote_text(fact, context)
        case Department():
            return EntryText(f"公布部门：{fact.name}", f"公开电话：{fact.phone or '没有公布'}")
        case Report():
            return _report_text(fact, context)
        case Reading():
            return _reading_text(fact, context)
        case PromiseChange():
            return _change_text(fact, context)
        case Redaction():
            return EntryText(f"依法隐去：公开记录第 {fact.target_id} 条里的一处", f"依据和原因：{fact.reason}")
        case RedactionDecision():
            return _decision_text(fact)
        case Appointment():
            return EntryText(*appointment_text(fact))
    raise TypeError(f"no words for {type(fact)}")


def _decision_text(decision: RedactionDecision) -> EntryText:
    target = f"公开记录第 {decision.redaction.target_id} 条里隐去的一处"
    if decision.is_confirmed:
        return EntryText(f"确认隐去：{target}", "另一位审核员确认了，隐去的内容已经销毁。")
    return EntryText(f"恢复公开：{target}", f"{DAYS_TO_CONFIRM} 天里没有第二位审核员确认，内容恢复公开。")


def _report_text(report: Report, context: EntryContext) -> EntryText:
    snapshot = context.snapshot(report.project, report.published_on)
    act = "更正 · " if report.corrects_id else ""
    described = project_description(snapshot, context.commitments(snapshot))
    return EntryText(f"{act}{described}", report.text, snapshot.is_illustrative)


def _task_report_text(report: TaskReport, context: EntryContext) -> EntryText:
    act = "更正 · " if report.corrects_id else ""
    title = f"{act}{context.title(report, report.about)}：{report_word(report)}"
    return EntryText(title, f"{day_text(report.held_on)}的消息。{report.text}")


def _check_text(check: Check, context: EntryContext) -> EntryText:
    """What somebody found who looked, and what the promise has come to with it."""
    snapshot = context.snapshot(check.commitment.project, check.published_on)
    act = "更正回头看" if check.corrects_id else "回头看"
    title = f"{act} · {snapshot.name}：{RESIDENT_FINDINGS[Finding(check.finding)]}"
    seen = f"{day_text(check.held_on)}，{check.get_observer_display()}去看。{check.text}"
    return EntryText(title, seen, snapshot.is_illustrative)


def _vote_text(vote: Vote, context: EntryContext) -> EntryText:
    snapshot = context.snapshot(vote.commitment.project, vote.published_on)
    act = "更正人大测评" if vote.corrects_id else "人大测评"
    return EntryText(f"{act} · {snapshot.name}：{ballots_text(vote)}", f"{vote_heading(vote)}。{vote.meeting}")


def _reading_text(reading: Reading, context: EntryContext) -> EntryText:
    indicator: Indicator = reading.indicator
    title = context.title(reading, indicator)
    act = "更正 · " if reading.corrects_id else ""
    value = in_unit(reading.value, indicator.unit)
    return EntryText(f"{act}{title}：{value}", f"{day_text(reading.held_on)}的数据。{reading.note}")


def _change_text(change: PromiseChange, context: EntryContext) -> EntryText:
    rows = [
        f"{old} → {new}" if isinstance(field, Dropped) else f"{field.label} {old} → {new}"
        for field, old, new in change_rows(change, context.names)
    ]
    act = ACTS.get(heading_of(change), heading_of(change))
    title = f"{act} · {_name_of(change, context)}：{'；'.join(rows)}"
    reason = change.reason or "依法隐去"
    decided = f"{day_text(change.decided_on)}{decider_text(change)}"
    return EntryText(title, f"为什么：{reason}\n依据：{document_text(change) or '依法隐去'}，{decided}")


ACTS = {MOVED: "改了承诺"}  # what isn't a move is called as on the pages


def _name_of(change: PromiseChange, context: EntryContext) -> str:
    """The name of what was changed; that of a milestone follows the name of its project."""
    project = _project_of(change)
    if project is None:
        return f"{SUBJECTS[change.promise_field]} {_old_title(change)}".strip()
    snapshot = context.snapshot(project, change.published_on)
    milestone = {"milestone": change.promise, "target": getattr(change.promise, "milestone", None)}.get(
        change.promise_field
    )
    titles = {one.row.pk: one.title for one in snapshot.milestones}
    return named_part(snapshot, titles[milestone.pk], " · ") if milestone else snapshot.name


def _old_title(change: PromiseChange) -> str:
    field = "name" if change.promise_field == "department" else "title"
    return change.changes.get(field, [getattr(change.promise, field)])[0]
