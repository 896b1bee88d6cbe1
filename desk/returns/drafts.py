"""The drafts of a data day as the cells of the month's sheet have them: their texts, their version, who holds them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import AuditRecord
from common.formats import number_text
from desk.returns.keys import digest_of
from desk.returns.shapes import LINE, Field
from desk.returns.values import spent_box
from projects.models import Report
from tasks.access import Led
from tasks.models import Declared, Reading, TaskReport

AnyDraft = Report | TaskReport | Reading
DECLARED = f"{LINE}declared"  # the field of what a task or a measure declares
FIGURE = f"{LINE}value"  # of an indicator
TEXTS = {Field.TEXT: "text", Field.PROBLEM: "problem", Field.NEXT_STEP: "next_step"}


def drafts_on(day: date, led: Led) -> dict[tuple[str, int], AnyDraft]:
    """By kind and key of what it is about: the submitted draft of the day, else the newest one."""
    about = Q(task__in=led.tasks) | Q(measure__in=led.measures)
    rows: tuple[QuerySet[Any], ...] = (
        Report.objects.drafts().filter(project__in=led.projects).prefetch_related("readings"),
        TaskReport.objects.drafts().filter(about),
        Reading.objects.drafts().filter(indicator__in=led.indicators),
    )
    found: dict[tuple[str, int], AnyDraft] = {}
    for kind in rows:
        for draft in kind.filter(held_on=day, corrects=None).select_related("drafted_by").order_by("pk"):
            before = found.get(subject_of(draft))
            if not (before and getattr(before, "submitted_at", None)):
                found[subject_of(draft)] = draft
    return found


def subject_of(draft: AnyDraft) -> tuple[str, int]:
    """The kind and the key of what a draft is about, without a query."""
    match draft:
        case Report():
            return "project", draft.project_id
        case Reading():
            return "indicator", draft.indicator_id
    return ("task", draft.task_id) if draft.task_id else ("measure", draft.measure_id)  # type: ignore[return-value]  # one is there


def texts_of(draft: AnyDraft | None, investment: Decimal | None = None) -> dict[str, str]:
    """By field, as the sheet has them; what is empty is left out."""
    if draft is None:
        return {}
    if isinstance(draft, Reading):
        texts = {FIGURE: number_text(draft.value), Field.TEXT: draft.note}
    else:
        texts = {field: getattr(draft, name) for field, name in TEXTS.items()}
        texts[Field.DELAY] = str(draft.get_delay_display()) if draft.delay else ""
    if isinstance(draft, TaskReport):
        texts[DECLARED] = str(Declared(draft.declared).label) if draft.declared else ""
    if isinstance(draft, Report):
        texts |= {f"{LINE}{one.milestone_id}": number_text(one.value) for one in _readings_of(draft)}
        texts[Field.SPENT] = "" if draft.spent is None else spent_box(draft.spent, investment)
    return {str(field): text.strip() for field, text in texts.items() if text.strip()}


def _readings_of(report: Report) -> Iterable[Any]:
    return report.readings.all() if report.pk else ()


def version_of_draft(draft: AnyDraft | None) -> str:
    """Another as soon as anything of it is another; "" where there is none."""
    if draft is None:
        return ""
    submitted = getattr(draft, "submitted_at", None)
    return digest_of(draft._meta.label, draft.pk, sorted(texts_of(draft).items()), submitted)


@dataclass(frozen=True)
class LastChange:
    """Who changed something last at the desk, and when."""

    by: str
    at: datetime


def last_changes(drafts: Iterable[AnyDraft]) -> dict[str, LastChange]:
    """By `subject_key` of the audit log, in one query."""
    keys = [audit_key(draft) for draft in drafts]
    found: dict[str, LastChange] = {}
    records = (
        AuditRecord.objects.filter(subject_key__in=keys).order_by("at", "pk") if keys else AuditRecord.objects.none()
    )
    for key, by, at in records.values_list("subject_key", "person_name", "at"):
        found[key] = LastChange(by, at)
    return found


def audit_key(draft: AnyDraft) -> str:
    return f"{draft._meta.label_lower}:{draft.pk}"
