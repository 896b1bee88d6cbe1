"""What knows of lights, milestones and reports, as residents see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags.components import badge, component, in_unit, leaf
from projects.adjustable import AdjustableField, Dropped
from projects.models import EvidenceKind, Fact, MilestoneReading, PromiseChange, Redaction, Report, Source
from projects.progress import Light, Progress, Rules, State, TargetState, execution_of
from projects.snapshots import DepartmentSnapshot, ProjectSnapshot, ReadingRow, ReportFigures, ReportSnapshot
from projects.words import RESIDENT_LIGHTS, RESIDENT_STATES, SHAPES, document_text
from tasks.models import Goal
from website.sentences import milestones, record

register = template.Library()
for sentence in (
    milestones.part_names,
    milestones.first_terms,
    milestones.present_terms,
    milestones.reading_sentence,
    milestones.deadline_clause,
    milestones.actual_arithmetic,
    milestones.planned_arithmetic,
    milestones.lag_arithmetic,
    milestones.done_so_far,
    record.acts_text,
    record.entry_word,
    record.first_reviewers_text,
):
    register.filter(sentence)

STATE_SHAPES = {
    State.UNREPORTED: "question",
    State.NOT_STARTED: "circle",
    State.UNDER_WAY: "half",
    State.REACHED: "check",
}


@leaf(register, look=("plain", "tinted"))
def milestone_badge(*, of: TargetState, goal: str = Goal.FINISH, look: str = "tinted") -> SafeString:
    """How one milestone stands: dropped, reached (late or not), past its day, or on its way; of goal START by how it begins."""
    start = _start_word(of, goal)
    if of.is_dropped:
        found = (SHAPES[Light.DROPPED], RESIDENT_LIGHTS[Light.DROPPED])
    elif of.is_reached and of.is_late:
        found = ("check-hollow", f"晚了才{start or RESIDENT_STATES[State.REACHED]}")
    elif of.is_overdue:
        found = (SHAPES[Light.FAR_BEHIND], f"过期没{start or '办完'}")
    elif of.is_reached and start:
        found = (STATE_SHAPES[of.state], f"{start}了")
    else:
        found = (STATE_SHAPES[of.state], RESIDENT_STATES[of.state])
    return badge(shape=found[0], word=found[1], look=look)


def _start_word(state: TargetState, goal: str) -> str:
    """The word of what is reached as soon as it is begun, else nothing."""
    row = state.snapshot.milestone.row
    return row.begun if goal == Goal.START or row.verb == row.begun else ""


@component(register, "components/milestone.html")
def milestone(*, of: TargetState, as_of: date, goal: str = Goal.FINISH) -> dict:
    """One part of a project: how far it is, when it is due, and under a fold how that figure comes about.

    `goal` is that of the promise, of which it may only have to begin.
    """
    return {"state": of, "snapshot": of.snapshot, "as_of": as_of, "goal": goal}


@component(register, "components/arithmetic.html")
def arithmetic(*, of: Progress, rules: Rules, name: str) -> dict:
    """Every step from the readings to `actual`, `planned` and `lag`, for what `name` says adds up."""
    rows = [Summand.of(state) for state in of.active]
    return {
        "progress": of,
        "rows": rows,
        "dropped": [state for state in of.targets if state.is_dropped],
        "weight": sum((row.weight for row in rows), Fraction(0)),
        "counted": sum((row.weight * row.state.counted for row in rows), Fraction(0)),
        "planned": sum((row.weight * row.state.planned for row in rows), Fraction(0)),
        "rules": rules,
        "name": name,
    }


@dataclass(frozen=True)
class Summand:
    """A milestone in the sum, its own two figures spelt out."""

    state: TargetState
    weight: Fraction
    actual: str
    planned: str

    @classmethod
    def of(cls, state: TargetState) -> "Summand":
        return cls(state, state.weight, milestones.actual_steps(state), milestones.planned_steps(state))


@component(register, "components/change.html")
def change(
    *, of: PromiseChange, departments: Mapping[str, DepartmentSnapshot], redactions: Mapping | None = None
) -> dict:
    """A changed promise: what it was, what it is, since when and why. `departments` names the slugs in it."""
    return change_context(of, departments, redactions)


def change_context(change: PromiseChange, departments, redactions, only: Sequence[str] | None = None) -> dict:
    """`only` are the names of the fields to show, by default all."""
    names = {slug: snapshot.name for slug, snapshot in (departments or {}).items()}
    return {
        "change": change,
        "rows": [
            (field.label, old, new)
            for field, old, new in change_rows(change, names)
            if (only is None or field.name in only) and not isinstance(field, Dropped)
        ],
        "is_dropped": "dropped" in change.changes,
        "gaps": (redactions or {}).get(change.entry_id, {}),
    }


def change_rows(change: PromiseChange, names: Mapping[str, str]) -> Iterator[tuple[AdjustableField, str, str]]:
    """(field, old, new) of each field, as residents read them; `names` are those of departments by slug."""
    for field, old, new in change.field_changes():
        texts = [field.resident_text(value, change.promise, names) for value in (old, new)]
        yield field, texts[0], texts[1]


@component(register, "components/unconfirmed.html")
def unconfirmed(*, of: Fact) -> dict:
    """That nobody stands yet behind who published it."""
    return {"holds": any(act.get("unconfirmed", False) for act in of.acts)}


@leaf(register)
def source(*, of: Source | None, label: str = "来源：") -> SafeString:
    """Where something was read: title, publisher, day."""
    return format_html('<span class="source">{}{}</span>', label, record.source_line(of)) if of else SafeString("")


@component(register, "components/report.html")
def report(
    *, of: ReportSnapshot, project: ProjectSnapshot, evidence: Mapping | None, redactions: Mapping | None
) -> dict:
    """One report, its gaps and its correction in sight. `evidence` is by report, `redactions` by entry."""
    return {
        "known": of,
        "report": of.report,
        "lines": reading_lines(of.readings, project),
        "evidence": (evidence or {}).get(of.report.pk, []),
        "gaps": (redactions or {}).get(of.report.entry_id, {}),
        "corrected": _corrected(of.report, project),
    }


def reading_lines(readings: Sequence[MilestoneReading | ReadingRow], project: ProjectSnapshot) -> list[tuple[str, str]]:
    """(title of the milestone, value with its unit), titles as of the project's day."""
    known = {milestone.row.pk: milestone for milestone in project.milestones}
    return [
        (milestone.title, in_unit(reading.value, milestone.row.unit))
        for reading in readings
        if (milestone := known.get(reading.milestone_id))
    ]


def _corrected(report: Report | ReportFigures, project: ProjectSnapshot) -> Report | ReportFigures | None:
    """The report that this one replaces."""
    return next((known.report for known in project.reports if known.report.pk == report.corrects_id), None)


@component(register, "components/evidence.html")
def evidence(*, items: Sequence, gaps: Mapping[str, Redaction], word: str = "佐证材料") -> dict:
    """Photos, documents and links that show a report is true; `gaps` are its redactions by field, `word` is said before them."""
    return {
        "word": word,
        "hidden": [gap for item in items if (gap := gaps.get(f"evidence/{item.position}"))],
        "photos": [item for item in items if item.kind == EvidenceKind.PHOTO and item.file],
        "papers": [item for item in items if item.title and not (item.kind == EvidenceKind.PHOTO and item.file)],
    }


@component(register, "components/lead_photos.html")
def lead_photos(*, of: ProjectSnapshot, evidence: Mapping) -> dict:
    """The first photo of a project beside the latest; the only one alone. `evidence` is by report."""
    reports = (known.report for known in of.effective_reports)
    photos = [
        (report, item)
        for report in reports
        for item in evidence.get(report.pk, [])
        if item.kind == EvidenceKind.PHOTO and item.file
    ]
    words = ("最早", "最近") if len(photos) > 1 else ("",)
    chosen = (photos[0], photos[-1]) if len(photos) > 1 else tuple(photos)
    return {"photos": list(zip(words, chosen, strict=False)), "is_illustrative": of.is_illustrative}


@leaf(register)
def free_text(*, text: str, gap: Redaction | None, is_struck: bool = False) -> SafeString:
    """A report's own words, or the place where the law took them out; `gap` is the redaction."""
    if gap:
        return format_html('<span class="gap">此处已依法隐去：{}</span>', gap.reason)
    return format_html("<del>{}</del>" if is_struck else "{}", linebreaksbr(text.strip()))


@leaf(register)
def document(*, of: PromiseChange, gap: Redaction | None) -> SafeString:
    """By which document it was decided, linked where it can be read; or the place where the law took it out."""
    if gap:
        return free_text(text="", gap=gap)
    if of.document_url:
        return format_html('<a href="{}" rel="nofollow noopener">{}</a>', of.document_url, document_text(of))
    if of.document_file:
        return format_html('<a href="{}">{}</a>', of.document_file.url, document_text(of))
    return format_html("{}", document_text(of))


@component(register, "components/money.html")
def money(*, of: ProjectSnapshot) -> dict:
    """Investment, what is spent of it and since when that is known."""
    return {
        "investment": of.investment,
        "spent": of.spent,
        "report": of.spending_report,
        "execution": execution_of(of.spent, of.investment),
    }


@register.filter
def is_inferred(progress: Progress) -> bool:
    """Whether a date or a weight in it is our own reading."""
    return any(state.snapshot.inferred for state in progress.active)


@register.filter
def is_due_inferred(progress: Progress) -> bool:
    """Whether a due day in it is our own reading."""
    return any("due_on" in state.snapshot.inferred for state in progress.active)


@register.filter
def is_moved(progress: Progress) -> bool:
    """Whether a due date in it isn't the one first promised."""
    return any(state.snapshot.promised.due_on != state.terms.due_on for state in progress.active)


# The record

SUBJECTS = {
    "plan": "年度计划",
    "group": "任务组",
    "task": "任务",
    "measure": "打算怎么做",
    "series": "承诺系列",
    "commitment": "承诺",
    "target": "说好的",
    "addition": "追加的承诺",
    "indicator": "指标",
    "project": "项目",
    "milestone": "小项",
    "department": "部门",
    "reviewers": "一位审核员",
}


@register.filter
def subject_words(entry, names: Mapping[str, str]) -> str:
    """What a ledger entry is about: its title where `names` or the payload knows it, else its address."""
    kind, _, address = entry.subject.partition(":")
    title = (names or {}).get(entry.subject) or entry.payload.get("title") or entry.payload.get("name")
    return f"{SUBJECTS.get(kind, '')} {address}".strip() if title is None else title
