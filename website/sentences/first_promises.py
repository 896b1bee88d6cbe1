"""What was promised at first, in the source's days and quantities, and what became of that."""

from collections.abc import Sequence
from datetime import date

from common.formats import day_text, shared_year
from projects.progress import TargetState
from tasks.models import RESIDENT_GOALS, Goal
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import start_word_of
from website.sentences.clarity import NO_DAY, ONLY_THE_YEAR, says_only_the_year
from website.sentences.milestones import first_part_text, part_names
from website.sentences.parts import verb_of
from website.sentences.promises import moved_clause

MOST_NAMED = 5  # parts; of more their number


def first_promise(snapshot: CommitmentSnapshot, *, year: int | None) -> str:
    """`3 月 5 日公布：经二路、纬一路，12 月 31 日前建成。` What the source left open says so."""
    states = snapshot.progress.targets
    if not states:
        return ""
    days = [snapshot.project.as_of, snapshot.promised_on, *(state.snapshot.promised.due_on for state in states)]
    year = shared_year(days, year)
    return f"{day_text(snapshot.promised_on, year=year)}公布：{_parts_by_day(snapshot, year)}。"


def _parts_by_day(snapshot: CommitmentSnapshot, year: int | None) -> str:
    """What is due by each day, or within the year where no day was named."""
    by_day: dict[tuple[date, bool], list[TargetState]] = {}
    for state in snapshot.progress.targets:
        first, row = state.snapshot.promised.due_on, state.snapshot.row
        is_read = "due_on" in row.inferred and first == row.due_on  # what was filled in counts as first promised
        by_day.setdefault((first, is_read), []).append(state)
    told = [
        _due_text(snapshot, states, due_on, year, is_read)
        for (due_on, is_read), states in sorted(by_day.items(), key=lambda item: item[0])
    ]
    return "；".join(told)


def _named(snapshot: CommitmentSnapshot, states: Sequence[TargetState]) -> str:
    if len(states) > MOST_NAMED:
        return f"{len(states)} {snapshot.project.row.part_counter or '项'}"
    return "、".join(map(first_part_text, states))


def _due_text(
    snapshot: CommitmentSnapshot, states: Sequence[TargetState], due_on: date, year: int | None, is_read: bool
) -> str:
    """`经二路，12 月 31 日前建成`, where no day was named `经二路建成，只说了年内（本站按 12 月 31 日算）`.

    A part whose name says what is done, such as 建成, is not followed by the verb once more.
    """
    goal, named, day = Goal(snapshot.row.goal), _named(snapshot, states), day_text(due_on, year=year)
    verb = {
        Goal.START: start_word_of(snapshot),
        Goal.FINISH: verb_of(snapshot.progress.targets),
        Goal.ADVANCE: "推进，没说做到多少",
    }[goal]
    says_verb = all(verb in state.snapshot.title for state in states) and len(states) <= MOST_NAMED
    if is_read:
        is_the_year = due_on == snapshot.ends_on and says_only_the_year(snapshot)
        said = ONLY_THE_YEAR if is_the_year else NO_DAY
        return f"{named}{'' if says_verb else verb}，{said}（本站按 {day}算）"
    return f"{day}前{named}" if says_verb else f"{named}，{day}前{verb}"


def became_of(snapshot: CommitmentSnapshot, *, year: int | None) -> str:
    """`取消了南环路南延。期限从 12 月 31 日推到 2021 年 6 月 30 日。` Empty where nothing was moved."""
    progress = snapshot.progress
    dropped = [state for state in progress.targets if state.is_dropped]
    if not progress.active:
        return "取消了。" if dropped else ""
    cut = f"取消了{part_names(dropped)}。" if 0 < len(dropped) <= MOST_NAMED else ""
    cut = f"取消了 {len(dropped)} 项。" if len(dropped) > MOST_NAMED else cut
    days = (day for state in progress.active for day in (state.terms.due_on, state.snapshot.promised.due_on))
    moved = moved_clause(progress, year=shared_year([snapshot.project.as_of, *days], year))
    return cut + _goal_clause(snapshot) + moved


def _goal_clause(snapshot: CommitmentSnapshot) -> str:
    first, now = Goal(snapshot.row.goal), Goal(snapshot.goal)
    return "" if first == now else f"从“{RESIDENT_GOALS[first]}”改成“{RESIDENT_GOALS[now]}”。"
