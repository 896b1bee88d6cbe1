"""How far the parts of a promise are: named where they are few, counted where they are many."""

from collections import Counter
from collections.abc import Iterable, Sequence

from common.formats import day_text, number_text, percent_text
from projects.progress import Progress, State, TargetState
from projects.snapshots import ProjectSnapshot
from tasks.snapshots import TargetSnapshot

MOST_NAMED = 5
PERCENT = "%"
BUILT, NEUTRAL = "建成", "完成"
# How a verb ends that says by itself that something is done: 建成, 开通, 种好, 引进, 配齐. Others want 了 or 完.
DONE_ENDINGS = tuple("成完好通结毕到上进增约齐实净牢平亮会足来")


def parts_text(progress: Progress, project: ProjectSnapshot, *, year: int | None) -> str:
    """What is done of each part; where some were cut, how many were promised comes first."""
    states, counter = progress.active, project.row.part_counter or "项"
    dropped = [state for state in progress.targets if state.is_dropped]
    is_of_wholes = len(progress.targets) > 1 and all(state.snapshot.unit == PERCENT for state in progress.targets)
    told = _wholes(states, counter) if is_of_wholes else _quantities(states, counter, year)
    if not dropped:
        return told
    cut = f"取消 {len(dropped)} {counter}（{names_of(dropped)}）"
    promised = f"说好 {len(progress.targets)} {counter}"
    if is_of_wholes and all(state.is_reached for state in states):
        return f"{promised}：{done_word_of(states)} {len(states)} {counter}，{cut}"
    return f"{promised}，{cut}；{told}"


def names_of(states: Iterable[TargetState]) -> str:
    return "、".join(short_title(state) for state in states)


def short_title(state: TargetState) -> str:
    """Without what stands in brackets behind it."""
    return state.snapshot.title.partition("（")[0]


def verb_of(states: Iterable[TargetState]) -> str:
    """What is done to the parts, in their own word where they share one."""
    return _shared((state.snapshot.milestone.row.verb for state in states), NEUTRAL)


def done_word(verb: str, begun: str = "") -> str:
    """`建成`, `改造完`: that all of it is done; of what is done as soon as it is begun, the word for that."""
    return verb if verb.endswith(DONE_ENDINGS) or (begun and verb.startswith(begun)) else f"{verb}完"


def done_word_of(states: Sequence[TargetState]) -> str:
    return done_word(verb_of(states), begun_of(states))


def so_far_word(verb: str) -> str:
    """`建成`, `培训了`, in front of how many it is by now."""
    return verb if verb.endswith(DONE_ENDINGS) else f"{verb}了"


def begun_of(states: Iterable[TargetState]) -> str:
    return _shared((state.snapshot.milestone.row.begun for state in states), "开始")


def _shared(words: Iterable[str], otherwise: str) -> str:
    found = set(words)
    return found.pop() if len(found) == 1 else otherwise


# Parts that are each a whole thing


def _wholes(states: Sequence[TargetState], counter: str) -> str:
    if len(states) > 1 and all(state.is_reached for state in states):
        return f"{len(states)} {counter}全部{done_word_of(states)}"
    return _named(states) if len(states) <= MOST_NAMED else _counted(states, counter)


def _named(states: Sequence[TargetState]) -> str:
    """`经二路、纬一路建成，纬五路修到 40%`: those of which the same is to be said together."""
    by_text: dict[str, list[TargetState]] = {}
    for state in sorted(states, key=lambda one: ORDER[one.state]):
        by_text.setdefault(_whole_text(state), []).append(state)
    return "，".join(f"{names_of(own)}{text}" for text, own in by_text.items())


ORDER = {
    state: rank for rank, state in enumerate((State.REACHED, State.UNDER_WAY, State.NOT_STARTED, State.UNREPORTED))
}


def _whole_text(state: TargetState) -> str:
    row = state.snapshot.milestone.row
    match state.state:
        case State.REACHED:
            return done_word(row.verb, row.begun)
        case State.UNDER_WAY:
            return f"{'修' if row.verb == BUILT else '做'}到 {percent_text(state.actual)}"
        case State.NOT_STARTED:
            return f"还没{row.begun}"
    return "没有数据"


def _counted(states: Sequence[TargetState], counter: str) -> str:
    n = Counter(state.state for state in states)
    counted = (
        (n[State.REACHED], done_word_of(states)),
        (n[State.UNDER_WAY], "在做"),
        (n[State.NOT_STARTED], f"还没{begun_of(states)}"),
        (n[State.UNREPORTED], "没有数据"),
    )
    if len(n) == 1:
        return f"{len(states)} {counter}都{next(word for number, word in counted if number)}"
    return f"{len(states)} {counter}里 {'，'.join(f'{number} {counter}{word}' for number, word in counted if number)}"


# Quantities, and the one share or step of a promise


def _quantities(states: Sequence[TargetState], counter: str, year: int | None) -> str:
    if len(states) > MOST_NAMED:
        return _counted(states, counter)
    return "，".join(_part_text(state, year, is_alone=len(states) == 1) for state in states)


def _part_text(state: TargetState, year: int | None, *, is_alone: bool) -> str:
    if state.snapshot.unit == PERCENT and not is_alone:
        return f"{short_title(state)}{_whole_text(state)}"
    if state.snapshot.unit == PERCENT:
        return _percent_text(state, year)
    if state.terms.pace == "STEP" and not state.snapshot.milestone.row.is_counted:
        return _step_text(state, year)
    return _quantity_text(state)


def _quantity_text(state: TargetState) -> str:
    snapshot: TargetSnapshot = state.snapshot
    unit, row = snapshot.unit, snapshot.milestone.row
    things = f"{number_text(state.terms.amount)} {unit}{thing_of(snapshot)}"
    if not state.is_reported:
        return f"{things}没有数据"
    if not state.value:
        return f"{things}还没{row.begun}"
    if state.value == state.terms.amount:
        return f"{things}{'' if state.value == 1 else '全部'}{done_word(row.verb, row.begun)}"
    counter = unit.removesuffix(snapshot.milestone.noun) or unit if snapshot.milestone.noun else unit
    if state.is_exceeded:
        more = row.verb if row.verb == NEUTRAL else row.verb.removeprefix("新").removesuffix("成")
        done = f"{row.verb} {number_text(state.value)} {counter}"
        return f"说好 {things}，{done}，多{more} {number_text(state.value - state.terms.amount)} {counter}"
    if state.value == snapshot.from_amount:
        return f"{things}原有 {number_text(state.value)} {counter}，还没增加"
    among = "里" if row.verb == NEUTRAL else ""
    return f"{things}{among}{so_far_word(row.verb)} {number_text(state.value)} {counter}{_start_text(snapshot)}"


def thing_of(target: TargetSnapshot) -> str:
    """What is counted, where that isn't what it is counted in."""
    thing = target.milestone.noun or target.title
    return "" if target.unit.endswith(thing) or thing == target.milestone.row.verb else thing


def _start_text(target: TargetSnapshot) -> str:
    """How many there were when it was promised."""
    return f"（其中 {number_text(target.from_amount)} {target.unit}原来就有）" if target.from_amount else ""


def reached_text(state: TargetState) -> str:
    """`经二路建成`, `供水管网改造完`, without saying the verb twice."""
    title, row = state.snapshot.title, state.snapshot.milestone.row
    return title if row.verb in title else f"{title}{done_word(row.verb, row.begun)}"


def unreached_text(title: str, begun: str) -> str:
    """`还没封顶`; of what only has to begin, whose title says so, `二期还没开工`."""
    before = title.removesuffix(begun)
    return f"{before}还没{begun}" if before and before != title else f"还没{title}"


def _step_text(state: TargetState, year: int | None) -> str:
    title = state.snapshot.title
    if state.is_reached:
        is_deed = state.snapshot.milestone.row.verb == NEUTRAL  # the title of a step says what is done
        return f"{day_text(state.reached_on, year=year)}{title if is_deed else reached_text(state)}"
    return unreached_text(title, state.snapshot.milestone.row.begun) if state.is_reported else f"{title}：没有数据"


def _percent_text(state: TargetState, year: int | None) -> str:
    if state.is_reached:
        return f"{day_text(state.reached_on, year=year)}{reached_text(state)}"
    if not state.is_reported:
        return f"{state.snapshot.title}：没有数据"
    return f"完成 {percent_text(state.actual)}" if state.value else f"还没{state.snapshot.milestone.row.begun}"
