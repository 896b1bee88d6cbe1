"""Reports as they would become public: the page before 送审, the reviewers' queue and a report's own page show the same."""

from collections.abc import Sequence

from django import template

from common.templatetags.components import component
from desk.summaries import ReportSummary

register = template.Library()


@component(register, "admin/projects/report/summaries.html")
def report_summaries(*, of: Sequence[ReportSummary]) -> dict:
    """Any number of reports: what each would change, what is odd about it in red, and its evidence."""
    return {"summaries": of}


@component(register, "admin/projects/report/summary.html")
def report_summary(*, of: ReportSummary) -> dict:
    """One of them without its heading, for a place that has one."""
    return {"summary": of}
