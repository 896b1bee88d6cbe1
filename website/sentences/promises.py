"""What a promise has come to, in one sentence that reads like plain Chinese."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from common.formats import day_text, day_texts, number_text, percent_text, shared_year
from projects.progress import Light, MilestoneState, Progress, Rules, State, update_due_of
from projects.snapshots import MilestoneSnapshot, ProjectSnapshot
from projects.words import OVERDUE_WORD, RESIDENT_LIGHTS, SHAPES
from tasks.models import Goal
from tasks.progress import Outcome
from tasks.snapshots import CommitmentSnapshot, IndicatorSnapshot, PlanSnapshot, SeriesSnapshot, TaskSnapshot
from tasks.words import INDICATOR_STATUSES, KEPT_LATE, RESIDENT_OUTCOMES
from website.sentences.milestones import part_text

WORST_FIRST = {light: rank for rank, light in enumerate(Light)}
PERCENT = "%"


@dataclass(frozen=True)
class Badge:
    """A shape and its word, always together; `text` is the word in full, for a sentence."""

    shape: str
    word: str
    text: str


def _badge(shape: str, word: str, text: str = "") -> Badge:
    return Badge(shape, word, text or word)


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


def badge_of(snapshot: CommitmentSnapshot) -> Badge:
    """By light while the plan runs, by outcome once it has ended."""
    if not snapshot.has_ended:
        return badge_of_progress(snapshot.progress)
    if snapshot.state.outcome is Outcome.KEPT and snapshot.state.is_late:
        return KEPT_LATE_BADGE
    return OUTCOME_BADGES[snapshot.state.outcome]


def badge_of_progress(progress: Progress) -> Badge:
    is_overdue = progress.light is Light.FAR_BEHIND and any(state.is_overdue for state in progress.active)
    return OVERDUE_BADGE if is_overdue else LIGHT_BADGES[progress.light]


def counted(commitments: Iterable[CommitmentSnapshot], counter: str) -> str:
    """How many stand on each badge: `2 件办成，4 件按计划`; set apart by semicolons where one holds a comma itself."""
    counts = Counter(badge_of(commitment) for commitment in commitments)
    parts = [f"{counts[badge]} {counter}{badge.text}" for badge in BADGES if counts[badge]]
    return ("；" if any("，" in part for part in parts) else "，").join(parts)


def series_sentence(series: SeriesSnapshot) -> str:
    """The whole series in one line: `十件实事：2 件办成，…。`"""
    return f"{series.row.short_title}：{counted(series.commitments, series.row.counter)}。"


def commitments_sentence(commitments: Sequence[CommitmentSnapshot]) -> str:
    """Any choice of commitments: `15 件承诺：4 件办成，…。`"""
    return f"{len(commitments)} 件承诺：{counted(commitments, '件')}。" if commitments else "没有符合条件的承诺。"


def task_sentence(task: TaskSnapshot) -> str:
    """What the commitments behind a task have come to, or that there is nothing to reckon with."""
    if not task.commitments:
        return "没有列入项目，所以没有进度可以算。"
    return f"为它出力的 {commitments_sentence(task.commitments)}"


def tasks_sentence(tasks: Sequence[TaskSnapshot]) -> str:
    n_served = sum(bool(task.commitments) for task in tasks)
    rest = f"，{len(tasks) - n_served} 项没有列入项目" if n_served < len(tasks) else ""
    return f"{len(tasks)} 项任务：{n_served} 项有项目在做{rest}。"


def indicators_sentence(indicators: Sequence[IndicatorSnapshot]) -> str:
    counts = Counter(indicator.state.status for indicator in indicators)
    parts = [f"{counts[status]} 项{word}" for status, word in INDICATOR_STATUSES.items() if counts[status]]
    return f"{len(indicators)} 项指标：{'，'.join(parts)}。" if indicators else "没有用数字定下的指标。"


def department_sentence(led: Sequence[CommitmentSnapshot], n_partnered: int) -> str:
    partnered = f"配合 {n_partnered} 件。" if n_partnered else ""
    return f"牵头 {commitments_sentence(led)}{partnered}" if led else f"没有牵头的承诺。{partnered}"


def partner_names(project: ProjectSnapshot) -> str:
    return "、".join(department.name for department in project.partners)


def requirement_text(snapshot: CommitmentSnapshot) -> str:
    """What it takes to keep the promise, those parts dropped left out: `4 条都办到：经二路、…`."""
    parts = [part_text(state) for state in snapshot.progress.active]
    if not parts:
        return "已经取消，不再要求"
    named = "、".join(parts)
    if snapshot.goal == Goal.ADVANCE:
        return f"市里只说推进，没说做到多少。{named}全部做完，算办成；做了一部分，年底算往前推了"
    counter = snapshot.project.row.part_counter or "项"
    return f"{len(parts)} {counter}都办到：{named}" if len(parts) > 1 else named


# Days. `year` is that of the plan, which stands at the head of its pages; None spells out every year, as titles,
# descriptions, feeds and files do: they are read elsewhere.


def deadline_line(snapshot: PlanSnapshot, *, year: int | None) -> str:
    """When the last promise of the plan falls due, and what can't be said before."""
    ends_on, days = snapshot.row.ends_on, (snapshot.row.ends_on - snapshot.as_of).days
    day = day_text(ends_on, year=shared_year([snapshot.as_of], year))
    if days > 0:
        return f"最晚 {day}办完，还有 {days} 天；现在还不能说没办成。"
    if days == 0:
        return f"{day}是最后一天；现在还不能说没办成。"
    return f"{day_text(ends_on)}已经到期，下面是到期之后的结果。"


def data_line(project: ProjectSnapshot, *, year: int | None) -> str:
    """Which day the data are of, and since when they are public."""
    report = project.latest_report
    if report is None:
        return ""
    held, published = day_texts(report.held_on, report.published_on, year=shared_year([project.as_of], year))  # type: ignore[arg-type]  # public
    return f"按 {held}的数据（{published}公布）"


def commitment_sentence(snapshot: CommitmentSnapshot) -> str:
    """How far it is and how far it should be: `4 条里 2 条建成，1 条修到 40%，1 条没有数据。按日子该到 74%，实际 60%。`"""
    return progress_sentence(snapshot.progress, snapshot.project, snapshot.rules, year=snapshot.ends_on.year)


def progress_sentence(
    progress: Progress, project: ProjectSnapshot, rules: Rules, *, year: int | None, is_dated: bool = False
) -> str:
    """`is_dated` puts the day of the data before it, and makes it mention a silence that followed."""
    if progress.light is Light.DROPPED:
        return "这一项已经取消。"
    if progress.light is Light.UNREPORTED:
        return "部门没报。" if is_report_missing(project, rules) else "暂无公开数据。"
    year = shared_year(_days_of(progress, project), year)
    told = parts_text(progress, project, year=year)
    if is_dated:
        told = _reported_on_text(progress.held_on, year) + told
        told += "，之后没有再报" if is_silent(progress, project, rules) else ""
    return told + comparison(progress, project.as_of, year=year) + moved_clause(progress, year=year)


def dated_sentence(progress: Progress, project: ProjectSnapshot, rules: Rules, *, year: int | None) -> str:
    """The same behind the days of its data."""
    year = shared_year(_days_of(progress, project), year)
    line = data_line(project, year=year)
    return f"{line}{'：' if line else ''}{progress_sentence(progress, project, rules, year=year)}"


def _days_of(progress: Progress, project: ProjectSnapshot) -> Iterator[date | None]:
    """Every day that a sentence may name, and that of the page, from which a day without its year is read."""
    yield from (project.as_of, progress.held_on)
    if report := project.latest_report:
        yield from (report.held_on, report.published_on)
    for state in progress.active:
        yield from (state.terms.due_on, state.snapshot.promised.due_on, state.reached_on)


def comparison(progress: Progress, as_of: date, *, year: int | None) -> str:
    """The end of the sentence: how far it should be, or since when it should be done."""
    if progress.light is Light.DONE:
        return f"，比期限晚了 {days} 天。" if (days := days_late(progress)) else "。"
    is_one_share = len(progress.active) == 1 and progress.active[0].snapshot.row.unit == PERCENT
    if all(state.snapshot.pace == "STEP" for state in progress.active):
        return "。"
    if progress.due_on and as_of > progress.due_on:
        due = f"该在 {day_text(progress.due_on, year=year)}办完"
        return f"，{due}。" if is_one_share else f"。{due}，实际 {percent_text(progress.actual)}。"
    n_overdue = sum(state.is_overdue for state in progress.active)
    overdue = f"有 {n_overdue} 项过期没办完。" if n_overdue else ""
    if is_one_share:
        return f"，按日子该到 {percent_text(progress.planned)}。"
    return f"。按日子该到 {percent_text(progress.planned)}，实际 {percent_text(progress.actual)}。{overdue}"


def days_late(progress: Progress) -> int:
    """Days between the due day and the day that a part was reached, of the part that took longest; 0 when in time."""
    late = [state.reached_on - state.terms.due_on for state in progress.active if state.reached_on and state.is_late]
    return max((delay.days for delay in late), default=0)


def moved_clause(progress: Progress, *, year: int | None) -> str:
    """That a due day or a target isn't the one first promised; both days where all parts moved alike."""
    moved = [state for state in progress.active if state.snapshot.promised.due_on != state.terms.due_on]
    n_resized = sum(state.snapshot.promised.target != state.terms.target for state in progress.active)
    told = ""
    pairs = {(state.snapshot.promised.due_on, state.terms.due_on) for state in moved}
    if len(pairs) == 1 and len(moved) == len(progress.active):
        first, now = pairs.pop()
        old, new = day_texts(first, now, year=year)
        told = f"期限从 {old}{'推' if now > first else '提前'}到 {new}。"
    elif moved:
        told = f"有 {len(moved)} 项改过期限。"
    return told + (f"有 {n_resized} 项改过目标。" if n_resized else "")


def is_report_missing(project: ProjectSnapshot, rules: Rules) -> bool:
    """Somebody answers for the project, and the term for a first report is over."""
    due = update_due_of(None, project.row.published_on, project.as_of, rules)  # type: ignore[arg-type]  # public
    return project.lead is not None and due.is_due


def is_silent(progress: Progress, project: ProjectSnapshot, rules: Rules) -> bool:
    """An update has been due since the last data."""
    held_on = progress.held_on
    return held_on is not None and update_due_of(held_on, held_on, project.as_of, rules).is_due


def parts_text(progress: Progress, project: ProjectSnapshot, *, year: int | None) -> str:
    """Parts that are each a whole thing are counted together, quantities told one by one, dropped parts named last."""
    states, counter = progress.active, project.row.part_counter
    n_dropped = len(progress.milestones) - len(states)
    if counter and len(progress.milestones) > 1:
        told, dropped = _counted(states, counter), f"，另有 {n_dropped} {counter}取消"
    else:
        told, dropped = "，".join(_state_text(state, year) for state in states), f"，另有 {n_dropped} 项取消"
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


def _state_text(state: MilestoneState, year: int | None) -> str:
    if state.snapshot.pace == "STEP":
        return _step_text(state, year)
    if state.snapshot.row.unit == PERCENT:
        return _percent_text(state, year)
    return _quantity_text(state)


def _quantity_text(state: MilestoneState) -> str:
    snapshot: MilestoneSnapshot = state.snapshot
    unit = snapshot.row.unit
    things = f"{number_text(state.terms.target)} {unit}{snapshot.row.noun or snapshot.title}"
    if not state.is_reported:
        return f"{things}没有数据"
    if not state.value:
        return f"{things}还没动工"
    if state.value == state.terms.target:
        return f"{things}全部建成"
    return f"{things}建成 {number_text(state.value)} {unit}{'，超额' if state.is_exceeded else ''}"


def _step_text(state: MilestoneState, year: int | None) -> str:
    title = state.snapshot.title
    if state.is_reached:
        return f"{day_text(state.reached_on, year=year)}{title}"
    if not state.is_reported:
        return f"{title}：没有数据"
    if state.is_overdue:
        return f"该在 {day_text(state.terms.due_on, year=year)}前{title}，过期没办完"
    return f"还没到期限（尚未{title}）"


def _percent_text(state: MilestoneState, year: int | None) -> str:
    if state.is_reached:
        return f"{day_text(state.reached_on, year=year)}{state.snapshot.title}"
    if not state.is_reported:
        return f"{state.snapshot.title}：没有数据"
    return f"完成 {percent_text(state.actual)}" if state.value else "还没动工"


@dataclass(frozen=True)
class Neediest:
    """What most needs a look, and why in one sentence."""

    commitment: CommitmentSnapshot
    sentence: str


def urgency_of(snapshot: CommitmentSnapshot) -> tuple:
    """What most needs a look comes first."""
    return WORST_FIRST[snapshot.state.light], -(snapshot.progress.lag or 0), snapshot.number


def neediest_of(series: SeriesSnapshot, *, year: int | None) -> Neediest | None:
    """The commitment of the series that is behind most; None while none is."""
    late = [c for c in series.commitments if c.state.light in {Light.FAR_BEHIND, Light.BEHIND}]
    if not late:
        return None
    worst = min(late, key=urgency_of)
    told = progress_sentence(worst.progress, worst.project, worst.rules, year=year, is_dated=True)
    return Neediest(worst, f"{worst.project.name}：{told}")


def _reported_on_text(held_on: date | None, year: int | None) -> str:
    """`6 月底报，`, or the day."""
    if held_on is None:
        return ""
    day = day_text(held_on, year=year)
    is_month_end = (held_on + timedelta(days=1)).day == 1
    return f"{day.rsplit(' 月', 1)[0]} 月底报，" if is_month_end else f"{day}报，"
