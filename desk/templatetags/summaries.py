"""What publishing a report would change, as shown before 送审, in the reviewers' queue and on the report's own page."""

from collections.abc import Sequence

from django import template
from django.urls import reverse

from common.templatetags.components import component
from desk.naming import inferred_labels
from desk.sentences import pace_text
from desk.summaries import ReportSummary
from projects.models import AbstractEvidence, PromiseChange
from projects.words import document_text
from tasks.models import Commitment, Target

register = template.Library()
register.filter(document_text)


@register.filter
def inferred_words(row: Commitment | Target) -> str:
    """The names of what is the portal's reading in the row."""
    return "、".join(inferred_labels(row))


@register.filter
def pace_words(target: Target) -> str:
    return pace_text(target.pace, has_steps=bool(target.steps))


@register.filter
def evidence_address(evidence: AbstractEvidence) -> str:
    opts = evidence.report._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_evidence", args=[evidence.report.pk, evidence.position])


@register.filter
def document_address(change: PromiseChange) -> str:
    """Of the file of the document by which it was decided."""
    opts = change._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_document", args=[change.pk])


@component(register, "admin/projects/report/summaries.html")
def report_summaries(*, of: Sequence[ReportSummary]) -> dict:
    """Each report with a heading: its changes, its oddities in red, and its evidence."""
    return {"summaries": of}


@component(register, "admin/projects/report/summary.html")
def report_summary(*, of: ReportSummary) -> dict:
    """One report without a heading."""
    return {"summary": of}
