"""What a promise has come to, in one sentence that reads like plain Chinese."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from common.formats import UNPUBLISHED, day_text, day_texts, in_unit, percent_text, shared_year
from projects.progress import Light, Progress, State, TargetState, update_due_of
from projects.snapshots import DepartmentSnapshot, ProjectSnapshot
from tasks.measures import MeasureStatus
from tasks.models import Goal
from tasks.progress import IndicatorStatus, Outcome
from tasks.snapshots import (
    CommitmentSnapshot,
    IndicatorSnapshot,
    MeasureSnapshot,
    SeriesSnapshot,
    TaskSnapshot,
)
from tasks.verdicts import FINDINGS_BESIDE, SILENCES, Silence, Verdict, silence_of, start_word_of, verdict_of
from tasks.words import INDICATOR_STATUSES, RESIDENT_MEASURES
from website.sentences.milestones import is_whole, part_names, part_text
from website.sentences.parts import BUILT, PERCENT, parts_text

WORST_FIRST = {light: rank for rank, light in enumerate(Light)}


# The order in which a sentence counts verdicts.
COUNTED = (
    Light.DONE,
    Outcome.KEPT,
    Light.AHEAD,
    Light.ON_PACE,
    Light.BEHIND,
    Light.FAR_BEHIND,
    Outcome.MISSED,
    Light.UNREPORTED,
    Outcome.UNKNOWN,
    Outcome.ADVANCED,
    Light.DROPPED,
)
RANKS = {str(code): rank for rank, code in enumerate(COUNTED)}


def verdict_counts(commitments: Iterable[CommitmentSnapshot]) -> list[tuple[Verdict, int]]:
    """One verdict for each word, with how many commitments have it, in the order in which sentences count them."""
    by_word: dict[str, list[Verdict]] = {}
    for verdict in map(verdict_of, commitments):
        by_word.setdefault(verdict.word, []).append(verdict)
    found = [(verdicts[0], len(verdicts)) for verdicts in by_word.values()]
    return sorted(found, key=lambda one: (RANKS[one[0].code], one[0].word))


def counter_of(commitments: Iterable[CommitmentSnapshot]) -> str:
    """The measure word of their series; 项 where they differ, and of none."""
    counters = {snapshot.series.counter for snapshot in commitments}
    return counters.pop() if len(counters) == 1 else "项"


def counted(commitments: Iterable[CommitmentSnapshot], counter: str) -> str:
    """How many have which verdict: `2 件办成，4 件按计划`."""
    return "，".join(f"{n} {counter}{word}" for n, counter, word in _word_counts(commitments, counter))


def all_counted(total: str, counts: Sequence[tuple[int, str, str]], mark: str = "，") -> str:
    """`15 项承诺：4 项办成，1 项落后`; where all are alike `3 项承诺，都按计划`. `counts` are (n, counter, word)."""
    if len(counts) == 1:
        ((n, _counter, word),) = counts
        if n > 1 and word.endswith("不知道"):  # 办没办成都不知道
            return f"{total}，{word.removesuffix('不知道')}都不知道"
        return f"{total}，{'都' if n > 1 else ''}{word}"
    return f"{total}：{mark.join(f'{n} {counter}{word}' for n, counter, word in counts)}"


def commitments_sentence(commitments: Sequence[CommitmentSnapshot]) -> str:
    """Any choice of commitments: `15 项承诺：4 项办成，…。`"""
    if not commitments:
        return "没有符合条件的承诺。"
    counter = counter_of(commitments)
    return f"{all_counted(f'{len(commitments)} {counter}承诺', _word_counts(commitments, counter))}。"


def _word_counts(commitments: Iterable[CommitmentSnapshot], counter: str) -> list[tuple[int, str, str]]:
    return [(n, counter, verdict.word) for verdict, n in verdict_counts(commitments)]


def promises_only(commitments: Sequence[CommitmentSnapshot], counter: str) -> str:
    """Of a plan without data, what little is known: `5 个，进展还没有公布过`, `1 个开工了；其余 4 个的进展还没有公布过`."""
    reported = [one for one in commitments if one.state.light is not Light.UNREPORTED]
    n_others = len(commitments) - len(reported)
    if not reported:
        return f"{n_others} {counter}，进展还没有公布过"
    rest = f"；其余 {n_others} {counter}的进展还没有公布过" if n_others else ""
    return f"{counted(reported, counter)}{rest}"


def promises_only_sentence(commitments: Sequence[CommitmentSnapshot]) -> str:
    """The same of any choice of commitments: `15 项承诺：1 项开工了；其余 14 项的进展还没有公布过。`"""
    if not commitments:
        return commitments_sentence(commitments)
    counter = counter_of(commitments)
    if not any(one.state.light is not Light.UNREPORTED for one in commitments):
        return f"{len(commitments)} {counter}承诺，进展还没有公布过。"
    return f"{len(commitments)} {counter}承诺：{promises_only(commitments, counter)}。"


def task_sentence(task: TaskSnapshot) -> str:
    """What the commitments behind a task have come to, and what is said of how it is done."""
    n = len(task.commitments)
    if n and all(map(is_nobodys, task.commitments)):
        return (
            f"为它出力的 {n} {counter_of(task.commitments)}承诺，进展还没有公布过。{measures_sentence(task.measures)}"
        )
    told = f"为它出力的 {commitments_sentence(task.commitments)}" if n else ""
    return told + measures_sentence(task.measures)


def is_nobodys(snapshot: CommitmentSnapshot) -> bool:
    """Nothing was reported of it, and nobody who leads it was to report yet."""
    is_unreported = snapshot.state.light is Light.UNREPORTED
    return is_unreported and silence_of(snapshot) is not Silence.NOT_REPORTED


def measures_sentence(measures: Sequence[MeasureSnapshot]) -> str:
    """`6 项打算：1 项看它的项目，2 项在做，3 项暂无公开消息。` What can't be counted has no share."""
    counts = Counter(measure_status(measure) for measure in measures)
    parts = [(counts[status], "项", word) for status, word in RESIDENT_MEASURES.items() if counts[status]]
    return f"{all_counted(f'{len(measures)} 项打算', parts)}。" if parts else "没有写明打算怎么做。"


def measure_status(measure: MeasureSnapshot) -> MeasureStatus:
    return measure.answer.state.status  # type: ignore[union-attr]  # a measure always has one


def tasks_sentence(tasks: Sequence[TaskSnapshot]) -> str:
    """How many have projects behind them, of how many others somebody said something: `3 项任务：2 项有项目在做；…。`"""
    if not tasks:
        return "这份计划没有另外列任务。"
    served = [task for task in tasks if task.commitments]
    answered = [task for task in tasks if not task.commitments and has_answer(task)]
    silent = "没有列入项目，还没有消息" if answered else "没有列入项目"
    counts = (
        (len(served), "有项目在做"),
        (len(answered), "没有列入项目，部门说过进展"),
        (len(tasks) - len(served) - len(answered), silent),
    )
    return f"{all_counted(f'{len(tasks)} 项任务', [(n, '项', word) for n, word in counts if n], '；')}。"


def has_answer(task: TaskSnapshot) -> bool:
    """Whether its department said something of it or of how it is done."""
    return any(answer.latest_report for answer in task.answers)


def indicators_sentence(indicators: Sequence[IndicatorSnapshot]) -> str:
    counts = Counter(_indicator_word(indicator) for indicator in indicators)
    parts = [(n, "项", word) for word, n in sorted(counts.items(), key=lambda one: INDICATOR_ORDER[one[0]])]
    mark = "；" if any("、" in word for _, _, word in parts) else "，"
    total = f"{len(indicators)} 项指标"
    return f"{all_counted(total, parts, mark)}。" if indicators else "没有用数字定下的指标。"


OPEN_WORDS = {
    (True, True): "还没到期限、现在够了",
    (True, False): "还没到期限、离目标还差一些",
    (False, True): "现在够了",
    (False, False): "现在还差",
}
INDICATOR_ORDER = {word: rank for rank, word in enumerate((*OPEN_WORDS.values(), *INDICATOR_STATUSES.values()))}


def _indicator_word(indicator: IndicatorSnapshot) -> str:
    if indicator.state.status is not IndicatorStatus.OPEN:
        return INDICATOR_STATUSES[indicator.state.status]
    return OPEN_WORDS[indicator.terms.due_on is not None, indicator.state.is_within]


def department_sentence(
    led: Sequence[CommitmentSnapshot],
    partnered: Sequence[CommitmentSnapshot],
    *,
    n_tasks: int = 0,
    n_measures: int = 0,
    n_indicators: int = 0,
) -> str:
    """`牵头 1 件承诺，按计划；还配合 2 件。` The numbers are of what it leads besides: `牵头 3 项任务、2 项指标。`"""
    counts = {"项任务": n_tasks, "项打算": n_measures, "项指标": n_indicators}
    others = "、".join(f"{n} {what}" for what, n in counts.items() if n)
    beside = f"配合 {len(partnered)} {counter_of(partnered)}" if partnered else ""
    if beside and others:
        beside += "承诺"
    if led:
        counter = counter_of(led)
        told = all_counted(f"牵头 {len(led)} {counter}承诺", _word_counts(led, counter))
        rest = "，".join(filter(None, (f"牵头 {others}" if others else "", beside)))
        return f"{told}{f'；还{rest}' if rest else ''}。"
    if others:
        return f"牵头 {others}{f'；还{beside}' if beside else ''}。"
    return f"没有牵头的承诺；{beside}。" if beside else "没有牵头的承诺。"


def partner_names(project: ProjectSnapshot) -> str:
    return _names(project.partners)


def lead_names(project: ProjectSnapshot) -> str:
    return _names(project.leads) or UNPUBLISHED


def _names(departments: Iterable[DepartmentSnapshot]) -> str:
    return "、".join(department.name for department in departments)


def authority_of(snapshot: CommitmentSnapshot) -> str:
    """How residents call whoever promised it."""
    return snapshot.series.plan.authority


# Days. `year` is that of the plan, which stands at the head of its pages; None spells out every year, as titles,
# descriptions, feeds and files do: they are read elsewhere.


def data_line(project: ProjectSnapshot, *, year: int | None) -> str:
    """Which day the data are of, and since when they are public."""
    report = project.latest_report
    if report is None:
        return ""
    held, published = day_texts(report.held_on, report.published_on, year=shared_year([project.as_of], year))  # type: ignore[arg-type]  # public
    return f"按 {held}的数据（{published}公布）"


def commitment_sentence(snapshot: CommitmentSnapshot, *, year: int | None, is_dated: bool = False) -> str:
    """How far it is and how far it should be: `经二路建成，纬五路修到 40%。按日子该到 74%，实际 60%。`

    `is_dated` puts the day of the data before it, and makes it mention a silence that followed.
    """
    progress, project = snapshot.progress, snapshot.project
    if progress.light is Light.DROPPED:
        return "这一项已经取消。"
    if text := silence_text(snapshot):
        return text
    year = shared_year(_days_of(progress, project), year)
    if says_its_day(snapshot):
        return _overdue_text(snapshot, year) + moved_clause(progress, year=year)
    if text := _unbegun_text(snapshot, year) or _begun_text(snapshot, year):
        return text + moved_clause(progress, year=year)
    told = parts_text(progress, project, year=year)
    if is_dated:
        told = _until_text(progress.held_on, year) + told
        told += "，之后没有再报" if is_silent(snapshot) else ""
    return told + comparison(snapshot, year=year, names_day=not is_dated) + moved_clause(progress, year=year)


def silence_text(snapshot: CommitmentSnapshot) -> str:
    """Why there is nothing to say of it; empty where something was reported."""
    return f"{SILENCES[silence_of(snapshot)][0]}。" if snapshot.progress.light is Light.UNREPORTED else ""


def says_its_day(snapshot: CommitmentSnapshot) -> bool:
    """Past its day, what was to be started or advanced says of which day the data are within the sentence."""
    progress = snapshot.progress
    is_past_due = progress.due_on is not None and snapshot.project.as_of > progress.due_on
    is_open = is_past_due and progress.light is not Light.DONE
    return is_open and (
        snapshot.goal == Goal.ADVANCE or (snapshot.goal == Goal.START and not _some(progress, State.REACHED))
    )


def _some(progress: Progress, state: State) -> bool:
    return any(one.state is state for one in progress.active)


def _overdue_text(snapshot: CommitmentSnapshot, year: int | None) -> str:
    progress, project = snapshot.progress, snapshot.project
    held = day_text(progress.held_on, year=year)
    if snapshot.goal == Goal.START:
        due, begun = day_text(progress.due_on, year=year), start_word_of(snapshot)
        return f"说好 {due}前{begun}，没有{begun}（最近一次报：{held}）。"
    silent = "，之后没有再报" if is_silent(snapshot) else ""
    told = f"{parts_text(progress, project, year=year)}（{held}的数据{silent}）。"
    return f"{told}{authority_of(snapshot)}说的是推进，没说做到多少。"


def _unbegun_text(snapshot: CommitmentSnapshot, year: int | None) -> str:
    """By when it is to be begun or finished, where all of it is one thing that nobody has begun; else nothing."""
    progress = snapshot.progress
    (state, *others) = progress.active
    if others or state.state is not State.NOT_STARTED or state.is_overdue:
        return ""
    due = day_text(state.terms.due_on, year=year)
    if snapshot.goal == Goal.START:
        begun = start_word_of(snapshot)
        return f"还没{begun}；最晚 {due}{begun}。"
    row = state.snapshot.milestone.row
    pace = "" if state.terms.pace == "STEP" else f"按日子该到 {percent_text(state.planned)}。"
    return f"还没{row.begun}；{due}前要{_deed(state)}。{pace}"


def _begun_text(snapshot: CommitmentSnapshot, year: int | None) -> str:
    """`9 月 30 日化铜。` of what only had to begin and has, whose parts say how all of it is done; else nothing."""
    progress, begun = snapshot.progress, start_word_of(snapshot)
    if snapshot.goal != Goal.START or progress.light is not Light.DONE:
        return ""
    if any(begun in state.snapshot.title for state in progress.active):
        return ""  # 开工建设, which `parts_text` says
    n, counter = len(progress.active), snapshot.project.row.part_counter or "项"
    told = day_text(progress.done_on, year=year) + begun if n == 1 else f"{n} {counter}都{begun}了"
    return told + _late_clause(snapshot)


def _deed(state: TargetState) -> str:
    """`建成`; where the verb alone doesn't say it, of what and how many: `培训 3000 名工人`, `进入全省前 10 名`."""
    verb, title = state.snapshot.milestone.row.verb, state.snapshot.title
    if verb == BUILT:
        return verb
    if not is_whole(state):
        return f"{verb} {part_text(state)}"
    return title if verb in title or state.terms.pace == "STEP" else f"{verb}{title}"


def project_description(project: ProjectSnapshot, commitments: Sequence[CommitmentSnapshot]) -> str:
    """What titles, feeds and cards say of a project: each promise about it with its verdict and its sentence."""
    if not commitments:
        return f"{project.name}。"
    words = _verdict_words(commitments)
    told = [(f"{word}。", dated_sentence(one, year=None)) for word, one in zip(words, commitments, strict=True)]
    parts = [sentence if word == sentence else word + sentence for word, sentence in told]
    return f"{project.name}：{' '.join(parts)}"


def verdict_words(commitments: Sequence[CommitmentSnapshot]) -> str:
    """`办成`; of several promises each with the year of its plan: `比计划快（2021 年）、没办成（2020 年）`.

    Of two promises of one plan each has the name of its list beside the year. What was found later stands with it.
    """
    return "、".join(_verdict_words(commitments))


def _verdict_words(commitments: Sequence[CommitmentSnapshot]) -> list[str]:
    n_of_year = Counter(one.series.plan.year for one in commitments)
    found = []
    for one in commitments:
        year, verdict = one.series.plan.year, verdict_of(one)
        named = f"{year} 年" + (one.series.short_title if n_of_year[year] > 1 else "")
        word = "，".join((verdict.word, *(beside for beside in verdict.beside if beside in FINDINGS)))
        found.append(f"{word}（{named}）" if len(commitments) > 1 else word)
    return found


FINDINGS = frozenset(FINDINGS_BESIDE.values())


def dated_sentence(snapshot: CommitmentSnapshot, *, year: int | None) -> str:
    """The same behind the days of its data, where it says anything that was read from them."""
    year = shared_year(_days_of(snapshot.progress, snapshot.project), year)
    is_from_data = snapshot.progress.light not in {Light.DROPPED, Light.UNREPORTED} and not says_its_day(snapshot)
    line = data_line(snapshot.project, year=year) if is_from_data else ""
    return f"{line}{'：' if line else ''}{commitment_sentence(snapshot, year=year)}"


def _days_of(progress: Progress, project: ProjectSnapshot) -> Iterator[date | None]:
    """Every day that a sentence may name, and that of the page, from which a day without its year is read."""
    yield from (project.as_of, progress.held_on)
    if report := project.latest_report:
        yield from (report.held_on, report.published_on)
    for state in progress.active:
        yield from (state.terms.due_on, state.snapshot.promised.due_on, state.reached_on)


def comparison(snapshot: CommitmentSnapshot, *, year: int | None, names_day: bool = True) -> str:
    """The end of the sentence: how far it should be, or since when it should be done.

    Past its day it says of which day the data are, unless the sentence has said so: they may be older than that day.
    """
    progress, as_of = snapshot.progress, snapshot.project.as_of
    if progress.light is Light.DONE:
        return _late_clause(snapshot)
    is_all_steps = all(state.terms.pace == "STEP" and not state.terms.steps for state in progress.active)
    is_one_share = len(progress.active) == 1 and progress.active[0].snapshot.unit == PERCENT
    is_past_due = progress.due_on and as_of > progress.due_on
    if is_all_steps and not is_past_due:
        return "。"
    if is_past_due:
        done = start_word_of(snapshot) if snapshot.goal == Goal.START else "办完"
        due = f"该在 {day_text(progress.due_on, year=year)}{done}"
        held = f"（{day_text(progress.held_on, year=year)}的数据）" if names_day and progress.held_on else ""
        if is_one_share or is_all_steps:
            return f"{held}，{due}。"
        return f"。{due}，实际 {percent_text(progress.actual)}{held}。"
    overdue = [state for state in progress.active if state.is_overdue]
    names = f"过期没办完：{part_names(overdue)}。" if overdue else ""
    if is_one_share:
        return f"，按日子该到 {percent_text(progress.planned)}。"
    return f"。按日子该到 {percent_text(progress.planned)}，实际 {percent_text(progress.actual)}。{names}"


def _late_clause(snapshot: CommitmentSnapshot) -> str:
    """`，比期限晚了 60 天。`; of several parts that the last one was, of a moved day that the first promised one was missed."""
    active = snapshot.progress.active
    late = [state for state in active if state.is_late]
    if late:
        last = f"最后一{snapshot.project.row.part_counter or '项'}" if len(late) < len(active) else ""
        return f"，{last}比期限晚了 {days_late(snapshot.progress)} 天。"
    if snapshot.state.is_late:
        first = max(state.snapshot.promised.due_on for state in active)
        return f"，比最初说的晚了 {(snapshot.progress.done_on - first).days} 天。"
    return "。"


def days_late(progress: Progress) -> int:
    """Days between the due day and the day that a part was reached, of the part that took longest; 0 when in time."""
    late = [state.reached_on - state.terms.due_on for state in progress.active if state.reached_on and state.is_late]
    return max((delay.days for delay in late), default=0)


def moved_clause(progress: Progress, *, year: int | None) -> str:
    """That a due day or an amount isn't the one first promised; both days where all parts moved alike."""
    moved = [state for state in progress.active if state.snapshot.promised.due_on != state.terms.due_on]
    told = ""
    pairs = {(state.snapshot.promised.due_on, state.terms.due_on) for state in moved}
    if len(pairs) == 1 and len(moved) == len(progress.active):
        first, now = pairs.pop()
        old, new = day_texts(first, now, year=year)
        told = f"期限从 {old}{'推' if now > first else '提前'}到 {new}。"
    elif moved:
        told = f"有 {len(moved)} 项改过期限。"
    return told + _resized_clause([s for s in progress.active if s.snapshot.promised.amount != s.terms.amount])


def _resized_clause(resized: Sequence[TargetState]) -> str:
    if len(resized) > 1:
        return f"有 {len(resized)} 项改过目标。"
    return "".join(
        f"目标从 {in_unit(state.snapshot.promised.amount, state.snapshot.unit)}"
        f"改成 {in_unit(state.terms.amount, state.snapshot.unit)}。"
        for state in resized
    )


def is_silent(snapshot: CommitmentSnapshot) -> bool:
    """An update has been due since the last data."""
    held_on = snapshot.progress.held_on
    return held_on is not None and update_due_of(held_on, held_on, snapshot.project.as_of, snapshot.rules).is_due


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
    told = commitment_sentence(worst, year=year, is_dated=True)
    return Neediest(worst, f"{worst.project.name}：{told}")


def _until_text(held_on: date | None, year: int | None) -> str:
    """`到 6 月底，`, or the day."""
    if held_on is None:
        return ""
    day = day_text(held_on, year=year)
    is_month_end = (held_on + timedelta(days=1)).day == 1
    return f"到 {day.rsplit(' 月', 1)[0]} 月底，" if is_month_end else f"到 {day}，"
