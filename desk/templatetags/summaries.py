"""What publishing a report would change, as shown before 送审, in the reviewers' queue and on the report's own page."""

from collections.abc import Sequence

from django import template

from common.templatetags.components import component
from desk.summaries import ReportSummary

register = template.Library()


@component(register, "admin/projects/report/summaries.html")
def report_summaries(*, of: Sequence[ReportSummary]) -> dict:
    """Each report with a heading: its changes, its oddities in red, and its evidence."""
    return {"summaries": of}


@component(register, "admin/projects/report/summary.html")
def report_summary(*, of: ReportSummary) -> dict:
    """One report without a heading."""
    return {"summary": of}
