"""A draft as the cells of the month's sheet have it, and who changed it last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import AuditRecord
from common.formats import number_text
from desk.monthly.rows import DECLARED, VALUE, VALUE_OF, AnyDraft
from desk.returns.shapes import LINE, Field
from desk.returns.values import spent_box
from projects.models import Report
from tasks.models import Declared, Reading, TaskReport

TEXTS = {Field.TEXT: "text", Field.PROBLEM: "problem", Field.NEXT_STEP: "next_step"}


def texts_of(draft: AnyDraft | None, investment: Decimal | None = None) -> dict[str, str]:
    """By field, as the sheet has them; what is empty is left out."""
    if draft is None:
        return {}
    if isinstance(draft, Reading):
        texts = {f"{LINE}{VALUE}": number_text(draft.value), Field.TEXT: draft.note}
    else:
        texts = {field: getattr(draft, name) for field, name in TEXTS.items()}
        texts[Field.DELAY] = str(draft.get_delay_display()) if draft.delay else ""
    if isinstance(draft, TaskReport):
        texts[f"{LINE}{DECLARED}"] = str(Declared(draft.declared).label) if draft.declared else ""
    if isinstance(draft, Report):
        texts |= {f"{LINE}{VALUE_OF}{one.milestone_id}": number_text(one.value) for one in draft.readings.all()}
        texts[Field.SPENT] = "" if draft.spent is None else spent_box(draft.spent, investment)
    return {str(field): text.strip() for field, text in texts.items() if text.strip()}


@dataclass(frozen=True)
class LastChange:
    """Who changed something last at the desk, and when."""

    by: str
    at: datetime


def last_changes(drafts: Iterable[AnyDraft]) -> dict[str, LastChange]:
    """By `audit_key`, in one query."""
    keys = [audit_key(draft) for draft in drafts]
    if not keys:
        return {}
    records = AuditRecord.objects.filter(subject_key__in=keys).order_by("at", "pk")
    return {key: LastChange(by, at) for key, by, at in records.values_list("subject_key", "person_name", "at")}


def audit_key(draft: AnyDraft) -> str:
    return f"{draft._meta.label_lower}:{draft.pk}"
