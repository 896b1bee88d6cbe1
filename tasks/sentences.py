"""What a promise has come to, in one sentence that reads like plain Chinese."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from huozhou_portal.formats import day_text, number_text, percent_text, short_day_text
from projects.progress import Light, MilestoneState, Progress, Rules, State, update_due_of
from projects.standing import MilestoneStanding, ProjectStanding
from projects.words import OVERDUE_WORD, RESIDENT_LIGHTS, SHAPES
from tasks.progress import Outcome
from tasks.standing import CommitmentStanding, PlanStanding, SeriesStanding
from tasks.words import KEPT_LATE, RESIDENT_OUTCOMES

WORST_FIRST = {light: rank for rank, light in enumerate(Light)}
PERCENT = "%"


@dataclass(frozen=True)
class Badge:
    """A shape and its word, always together; `told` is the word in full, for a sentence."""

    shape: str
    word: str
    told: str


def _badge(shape: str, word: str, told: str = "") -> Badge:
    return Badge(shape, word, told or word)


LIGHT_BADGES = {light: _badge(SHAPES[light], RESIDENT_LIGHTS[light]) for light in Light}
OVERDUE_BADGE = _badge(SHAPES[Light.FAR_BEHIND], OVERDUE_WORD)
KEPT_LATE_BADGE = _badge(SHAPES[Light.DONE], KEPT_LATE)
OUTCOME_BADGES = {
    Outcome.KEPT: LIGHT_BADGES[Light.DONE],
    Outcome.MISSED: _badge("down", RESIDENT_OUTCOMES[Outcome.MISSED]),
    Outcome.UNKNOWN: _badge("question", "没报数据", RESIDENT_OUTCOMES[Outcome.UNKNOWN]),
    Outcome.ADVANCED: _badge("down-open", "往前推了", RESIDENT_OUTCOMES[Outcome.ADVANCED]),
    Outcome.DROPPED: LIGHT_BADGES[Light.DROPPED],
}
# The order in which a sentence counts them.
BADGES = (
    LIGHT_BADGES[Light.DONE],
    KEPT_LATE_BADGE,
    LIGHT_BADGES[Light.AHEAD],
    LIGHT_BADGES[Light.ON_PACE],
    LIGHT_BADGES[Light.BEHIND],
    LIGHT_BADGES[Light.FAR_BEHIND],
    OVERDUE_BADGE,
    OUTCOME_BADGES[Outcome.MISSED],
    LIGHT_BADGES[Light.UNREPORTED],
    OUTCOME_BADGES[Outcome.UNKNOWN],
    OUTCOME_BADGES[Outcome.ADVANCED],
    LIGHT_BADGES[Light.DROPPED],
)


def badge_of(standing: CommitmentStanding) -> Badge:
    """By light while the plan runs, by outcome once it has ended."""
    if not standing.has_ended:
        return badge_of_progress(standing.progress)
    if standing.state.outcome is Outcome.KEPT and standing.state.is_late:
        return KEPT_LATE_BADGE
    return OUTCOME_BADGES[standing.state.outcome]


def badge_of_progress(progress: Progress) -> Badge:
    is_overdue = progress.light is Light.FAR_BEHIND and any(state.is_overdue for state in progress.standing)
    return OVERDUE_BADGE if is_overdue else LIGHT_BADGES[progress.light]


def series_sentence(series: SeriesStanding) -> str:
    """The whole series in one line, counting what stands on its badges: `十件实事：2 件办成，…`."""
    counts = Counter(badge_of(commitment) for commitment in series.commitments)
    parts = [f"{counts[badge]} {series.series.counter}{badge.told}" for badge in BADGES if counts[badge]]
    return f"{series.series.short_title}：{'，'.join(parts)}。"


def deadline_line(standing: PlanStanding) -> str:
    """When the last promise of the plan falls due, and what can't be said before."""
    ends_on, days = standing.plan.ends_on, (standing.plan.ends_on - standing.as_of).days
    day = short_day_text(ends_on, year=standing.plan.year)
    if days > 0:
        return f"最晚 {day}办完，还有 {days} 天；现在还不能说没办成。"
    if days == 0:
        return f"{day}是最后一天；现在还不能说没办成。"
    return f"{day_text(ends_on)}已经到期，下面是到期之后的结果。"


def data_line(project: ProjectStanding) -> str:
    """Which day the data are of, and since when they are public."""
    report = project.latest_report
    if report is None:
        return ""
    published = short_day_text(report.published_on, year=report.held_on.year)
    return f"按 {day_text(report.held_on)}的数据（{published}公布）"


def commitment_sentence(standing: CommitmentStanding) -> str:
    """How far it is and how far it should be: `4 条里 2 条建成，1 条修到 40%，1 条没有数据。按日子该到 74%，实际 60%。`"""
    return progress_sentence(standing.progress, standing.project, standing.rules)


def progress_sentence(progress: Progress, project: ProjectStanding, rules: Rules, *, told_on: str = "") -> str:
    """`told_on` puts the day of the data before it, and makes it mention a silence that followed."""
    if progress.light is Light.DROPPED:
        return "这一项已经取消。"
    if progress.light is Light.UNREPORTED:
        return "部门没报。" if is_report_missing(project, rules) else "暂无公开数据。"
    told = told_on + parts_told(progress, project)
    if told_on and is_silent(progress, project, rules):
        told += "，之后没有再报"
    if progress.light is Light.DONE or all(state.milestone.pace == "STEP" for state in progress.standing):
        return f"{told}。"
    if len(progress.standing) == 1 and progress.standing[0].milestone.milestone.unit == PERCENT:
        return f"{told}，按日子该到 {percent_text(progress.planned)}。"
    return f"{told}。按日子该到 {percent_text(progress.planned)}，实际 {percent_text(progress.actual)}。"


def is_report_missing(project: ProjectStanding, rules: Rules) -> bool:
    """Somebody answers for the project, and the term for a first report is over."""
    due = update_due_of(None, project.project.published_on, project.as_of, rules)
    return project.lead is not None and due.is_due


def is_silent(progress: Progress, project: ProjectStanding, rules: Rules) -> bool:
    """An update has been due since the last data."""
    held_on = progress.held_on
    return held_on is not None and update_due_of(held_on, held_on, project.as_of, rules).is_due


def parts_told(progress: Progress, project: ProjectStanding) -> str:
    """Parts that are each a whole thing are counted together, quantities told one by one, dropped parts named last."""
    states, counter = progress.standing, project.project.part_counter
    n_dropped = len(progress.milestones) - len(states)
    if counter and len(progress.milestones) > 1:
        told, dropped = _counted(states, counter), f"，另有 {n_dropped} {counter}取消"
    else:
        told, dropped = "，".join(_told(state) for state in states), f"，另有 {n_dropped} 项取消"
    return told + (dropped if n_dropped else "")


def _counted(states: Sequence[MilestoneState], counter: str) -> str:
    by_state = Counter(state.state for state in states)
    reached, idle, unknown = by_state[State.REACHED], by_state[State.NOT_STARTED], by_state[State.UNREPORTED]
    if reached == len(states):
        return f"{reached} {counter}全部建成"
    parts = [f"{reached} {counter}建成"] if reached else []
    parts += [f"1 {counter}修到 {percent_text(state.actual)}" for state in states if state.state is State.UNDER_WAY]
    parts += [f"{idle} {counter}还没动工"] if idle else []
    parts += [f"{unknown} {counter}没有数据"] if unknown else []
    return f"{len(states)} {counter}里 {'，'.join(parts)}"


def _told(state: MilestoneState) -> str:
    if state.milestone.pace == "STEP":
        return _step_told(state)
    if state.milestone.milestone.unit == PERCENT:
        return _percent_told(state)
    return _quantity_told(state)


def _quantity_told(state: MilestoneState) -> str:
    standing: MilestoneStanding = state.milestone
    unit = standing.milestone.unit
    things = f"{number_text(state.terms.target)} {unit}{standing.milestone.noun or standing.title}"
    if not state.is_reported:
        return f"{things}没有数据"
    if not state.value:
        return f"{things}还没动工"
    if state.value == state.terms.target:
        return f"{things}全部建成"
    return f"{things}建成 {number_text(state.value)} {unit}{'，超额' if state.is_exceeded else ''}"


def _step_told(state: MilestoneState) -> str:
    title = state.milestone.title
    if state.is_reached:
        return f"{day_text(state.reached_on)}{title}"
    if not state.is_reported:
        return f"{title}：没有数据"
    if state.is_overdue:
        return f"该在 {day_text(state.terms.due_on)}前{title}，过期没办完"
    return f"还没到期限（尚未{title}）"


def _percent_told(state: MilestoneState) -> str:
    if state.is_reached:
        return f"{day_text(state.reached_on)}{state.milestone.title}"
    if not state.is_reported:
        return f"{state.milestone.title}：没有数据"
    return f"完成 {percent_text(state.actual)}" if state.value else "还没动工"


@dataclass(frozen=True)
class Neediest:
    """What most needs a look, and why in one sentence."""

    commitment: CommitmentStanding
    sentence: str


def neediest_of(series: SeriesStanding) -> Neediest | None:
    """The commitment of the series that is behind most; None while none is."""
    late = [c for c in series.commitments if c.state.light in {Light.FAR_BEHIND, Light.BEHIND}]
    if not late:
        return None
    worst = min(late, key=lambda c: (WORST_FIRST[c.state.light], -(c.progress.lag or 0), c.number))
    told_on = _told_on(worst.progress.held_on, worst.project.as_of.year)
    told = progress_sentence(worst.progress, worst.project, worst.rules, told_on=told_on)
    return Neediest(worst, f"{worst.project.name}：{told}")


def _told_on(held_on: date | None, year: int) -> str:
    """`6 月底报，`, or the day."""
    if held_on is None:
        return ""
    day = short_day_text(held_on, year=year)
    is_month_end = (held_on + timedelta(days=1)).day == 1
    return f"{day.rsplit(' 月', 1)[0]} 月底报，" if is_month_end else f"{day}报，"
