"""The feed of the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from common.cache_policy import cached_by
from common.feeds import MOST, Item, feed_response
from common.formats import day_text
from common.templatetags.components import in_unit
from ledger.models import Entry, EntryKind
from projects.adjustable import Dropped
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
from projects.snapshots import ProjectSnapshot, load_departments, load_snapshots, snapshot_at_day, terms_of
from projects.words import appointment_text
from tasks.models import Commitment, Indicator, Plan, PlanAdjustment, Reading
from tasks.snapshots import project_progress_of, rules_of
from website.sentences.promises import dated_sentence, progress_sentence
from website.templatetags.project_tags import SUBJECTS, change_rows

FACTS = {
    Plan: ("source",),
    Department: ("source",),
    Report: ("source", "project", "corrects"),
    Reading: ("source", "indicator__plan"),
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
    return facts


@dataclass(frozen=True)
class EntryContext:
    """The data needed to describe facts as of the day of their publication.

    `snapshots`, `plans` and `wording` are by primary key of the project, project and indicator; `names` are the names of
    departments by slug.
    """

    snapshots: dict[int, ProjectSnapshot]
    plans: dict[int, Plan]
    names: dict[str, str]
    wording: dict[int, list[PlanAdjustment]]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "EntryContext":
        facts = list(facts)
        last = max((fact.published_on for fact in facts), default=date.min)
        keys = {project.pk for fact in facts if (project := _project_of(fact))}
        commitments = Commitment.objects.published().filter(project__in=keys).select_related("series__plan")
        wording: dict[int, list[PlanAdjustment]] = defaultdict(list)
        indicators = Reading.objects.filter(entry__in=[fact.entry_id for fact in facts]).values("indicator")
        for change in PlanAdjustment.objects.published().filter(indicator__in=indicators).order_by("entry"):
            wording[change.indicator_id].append(change)  # type: ignore[index]  # by the filter
        return cls(
            snapshots=load_snapshots(Project.objects.filter(pk__in=keys), last),
            plans={one.project_id: one.series.plan for one in commitments.order_by("series__plan__year")},
            names={slug: department.name for slug, department in load_departments(last).items()},
            wording=wording,
        )

    def snapshot(self, project: Project, day: date) -> ProjectSnapshot:
        return snapshot_at_day(self.snapshots[project.pk], day, {})


def _project_of(fact: Fact) -> Project | None:
    match fact:
        case Report():
            return fact.project
        case Adjustment():
            return fact.milestone.project if fact.milestone else fact.project
        case PlanAdjustment():
            return fact.commitment.project if fact.commitment else None
    return None


def entry_text_of(fact: Fact, context: EntryContext) -> EntryText:
    """The text about a fact, as of the day of its publication. Raises TypeError for an unknown kind of fact."""
    match fact:
        case Plan():
            return EntryText(f"公布承诺：{fact.title}", "年度承诺从这一天起公开，以后改一个字都要另记一条。")
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
    plan = context.plans.get(report.project_id)
    rules = rules_of(plan or Plan())
    progress = project_progress_of(snapshot, rules)
    sentence = progress_sentence(progress, snapshot, rules, year=None)
    act = "更正 · " if report.corrects_id else ""
    summary = f"{dated_sentence(progress, snapshot, rules, year=None)}\n{report.text}"
    return EntryText(f"{act}{snapshot.name}：{sentence}", summary, snapshot.is_illustrative)


def _reading_text(reading: Reading, context: EntryContext) -> EntryText:
    indicator: Indicator = reading.indicator
    changes = [c for c in context.wording[indicator.pk] if c.published_on <= reading.published_on]
    title = terms_of(indicator, changes)["title"]
    act = "更正 · " if reading.corrects_id else ""
    value = in_unit(reading.value, indicator.unit)
    return EntryText(f"{act}{title}：{value}", f"{day_text(reading.held_on)}的数据。{reading.note}")


def _change_text(change: PromiseChange, context: EntryContext) -> EntryText:
    rows = [
        f"{old} → {new}" if isinstance(field, Dropped) else f"{field.label} {old} → {new}"
        for field, old, new in change_rows(change, context.names)
    ]
    act = "改了承诺" if _is_promise(change) else "改了说法"
    title = f"{act} · {_name_of(change, context)}：{'；'.join(rows)}"
    reason = change.reason or "依法隐去"
    return EntryText(
        title, f"为什么：{reason}\n依据：{change.document or '依法隐去'}，{day_text(change.decided_on)}决定"
    )


def _is_promise(change: PromiseChange) -> bool:
    return change.target in {"project", "milestone", "commitment", "indicator"}


def _name_of(change: PromiseChange, context: EntryContext) -> str:
    """The name of what was changed; that of a milestone follows the name of its project."""
    project = _project_of(change)
    if project is None:
        return f"{SUBJECTS[change.target]} {_old_title(change)}".strip()
    snapshot = context.snapshot(project, change.published_on)
    if change.target != "milestone":
        return snapshot.name
    titles = {one.row.pk: one.title for one in snapshot.milestones}
    return f"{snapshot.name} · {titles[change.promise.pk]}"


def _old_title(change: PromiseChange) -> str:
    field = "name" if change.target == "department" else "title"
    return change.changes.get(field, [getattr(change.promise, field)])[0]
