"""What knows of tasks and measures that answer without a project."""

from collections.abc import Container, Mapping

from django import template

from common.templatetags.components import component
from projects.snapshots import DepartmentSnapshot
from tasks.measures import MeasureStatus
from tasks.snapshots import Answer
from website.sentences import answers, promises

register = template.Library()
for sentence in (
    answers.answer_line,
    answers.answer_text,
    answers.due_clause,
    answers.leads_text,
    answers.report_word,
    promises.measures_sentence,
):
    register.filter(sentence)

# One that its projects answer for has none.
MEASURE_SHAPES = {
    MeasureStatus.DONE: "check",
    MeasureStatus.OVERDUE: "down",
    MeasureStatus.STALE: "question",
    MeasureStatus.UNDER_WAY: "half",
    MeasureStatus.NOT_STARTED: "circle",
    MeasureStatus.SILENT: "question",
    MeasureStatus.NO_DATA: "question",
}


@register.filter
def is_in(key: int, keys: Container[int]) -> bool:
    return key in keys


def is_answered_by_itself(answer: Answer) -> bool:
    """Whether there is something to say of who answers for it, beside its projects."""
    is_served = answer.state is not None and answer.state.status is MeasureStatus.SERVED
    return not is_served or bool(answer.lead_slugs) or answer.due_on is not None


@component(register, "components/answer.html")
def answer(
    *, of: Answer, departments: Mapping[str, DepartmentSnapshot], evidence: Mapping, redactions: Mapping
) -> dict:
    """The dated word of a task or a measure, who answers for it, and every report. `evidence` is by report."""
    return {
        "answer": of,
        "shape": MEASURE_SHAPES.get(of.state.status, "") if of.state else "",
        "has_terms": is_answered_by_itself(of),
        "nothing_to_count": answers.NOTHING_TO_COUNT,
        "reports": [
            (report, (evidence or {}).get(report.pk, []), (redactions or {}).get(report.entry_id, {}))
            for report in reversed(of.reports)
        ],
        "corrected": {report.corrects_id for report in of.reports if report.corrects_id},
        "departments": departments,
        "names": {slug: department.name for slug, department in (departments or {}).items()},
        "redactions": redactions,
    }
