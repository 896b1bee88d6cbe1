"""What a task or a measure has come to, by what its department says: a dated word, never a percentage."""

from collections.abc import Iterable, Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.formats import UNPUBLISHED
from common.templatetags.components import day
from tasks.measures import MeasureState, MeasureStatus
from tasks.models import TaskReport
from tasks.snapshots import Answer, CommitmentSnapshot, IndicatorSnapshot
from tasks.words import RESIDENT_MEASURES

WITHDRAWN = "撤回"
NOTHING_TO_COUNT = "没有可数的目标"


def department_names(slugs: Iterable[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(slug, slug) for slug in slugs)


def indicator_leads(snapshot: IndicatorSnapshot, names: Mapping[str, str]) -> str:
    """Who answers for the indicator."""
    return department_names(snapshot.lead_slugs, names) or UNPUBLISHED


def is_read_by_us(snapshot: CommitmentSnapshot) -> bool:
    """Whether what was promised, how much of it or by when, is our reading of the city's words."""
    fields = snapshot.inferred.union(*(target.inferred for target in snapshot.targets))
    return not fields.isdisjoint(OUR_READING)


OUR_READING = ("goal", "milestone", "amount", "due_on")


def answer_text(answer: Answer, names: Mapping[str, str]) -> SafeString:
    """`在做（… 说的）`, `部门没有说过（住建局）`: the word with its day, or with who is silent."""
    state = answer.state
    if state is None:
        return SafeString("")
    word = RESIDENT_MEASURES[state.status]
    if state.status is MeasureStatus.SILENT:
        return format_html("{}（{}）", word, department_names(answer.lead_slugs, names))
    if state.held_on is None:
        return SafeString(word)  # nosec B703 # a word of ours
    if state.status is MeasureStatus.SERVED:
        return format_html("{}（最近一次报：{}）", word, day(on=state.held_on))
    return format_html("{}（{}说{}）", word, day(on=state.held_on), _declaration(state))


def answer_line(answer: Answer, names: Mapping[str, str]) -> SafeString:
    """The same with who answers for it, where that is known and isn't said already: `在做（… 说的）；谁负责：住建局`."""
    said_already = answer.state is None or answer.state.status is MeasureStatus.SILENT or not answer.lead_slugs
    word = answer_text(answer, names)
    return word if said_already else format_html("{}；谁负责：{}", word, department_names(answer.lead_slugs, names))


def _declaration(state: MeasureState) -> str:
    """What was declared on that day, where the word of today is another one."""
    said = declared_word(state.declared or "")
    return "的" if said == RESIDENT_MEASURES[state.status] else f"：{said}"


def declared_word(declared: str) -> str:
    return RESIDENT_MEASURES[MeasureStatus(declared)] if declared else WITHDRAWN


def report_word(report: TaskReport) -> str:
    return declared_word(report.declared)


def due_clause(answer: Answer) -> SafeString:
    """By when it is to be done, and first promised for which day."""
    if answer.due_on is None:
        return SafeString("期限没有公布")
    promised = answer.promised["due_on"]
    first = format_html("（原定 {}）", day(on=promised)) if promised and promised != answer.due_on else ""
    past = "，已过期，没有人说过" if answer.state and answer.state.is_due_unreported else ""
    return format_html("期限 {}{}{}", day(on=answer.due_on), first, past)


def leads_text(answer: Answer, names: Mapping[str, str]) -> str:
    """Who answers for it, with the post of whoever leads it."""
    leads = department_names(answer.lead_slugs, names)
    if not leads:
        return UNPUBLISHED
    partners = department_names(answer.partner_slugs, names)
    return leads + (f"（{answer.post}）" if answer.post else "") + (f"；配合：{partners}" if partners else "")
