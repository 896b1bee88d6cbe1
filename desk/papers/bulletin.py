"""The bulletin (通报): how a plan stood on a day, for the departments that answer for it and for those above them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from operator import attrgetter

from desk.agenda import LATE as LATE_STATUSES
from desk.agenda import DueStatus, ReportDue, Subject, report_due_of
from desk.papers.departments import (
    BEHIND,
    FAR_BEHIND,
    MISSED,
    OVERDUE,
    column_of,
    department_rows_of,
    departments_table,
    overall_record,
)
from desk.papers.facts import PlanFacts
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, items, texts
from desk.papers.wording import (
    OFFICIAL_FINDINGS,
    change_text,
    dotted,
    item_name,
    lead_names,
    office_day,
    pace_text,
    rate_text,
    slugs_text,
    total_text,
    who_text,
)
from desk.supervision.kinds import Issue
from desk.supervision.rules import issues_of
from desk.words import OFFICIAL_INDICATORS, OFFICIAL_MEASURES
from projects.models import PromiseChange
from projects.progress import Light, Total
from tasks.bulletins import AFTER_BULLETIN, bulletin_missed_by
from tasks.changes import subject_of, subjects_of
from tasks.measures import MeasureStatus
from tasks.models import Check, Finding, PaperKind
from tasks.snapshots import Answer, CommitmentSnapshot, PlanSnapshot, SeriesSnapshot
from tasks.verdicts import Silence, silence_of, verdict_of

MOST_TOLD = 60  # of what is behind, each in a paragraph of its own; the rest by name
MOST_NAMED = 60  # in a sentence
MOST_ROWS = 300  # of a table
SILENT_HEAD = ("序号", "事项", "牵头单位", "最近一次数据", "应填报日期", "情况")
# The order in which a sentence counts official words: what is done, what is under way, what is wanting.
ORDER = (
    "DONE",
    "KEPT",
    "AHEAD",
    "ON_PACE",
    "BEHIND",
    "FAR_BEHIND",
    "MISSED",
    "UNREPORTED",
    "UNKNOWN",
    "ADVANCED",
    "DROPPED",
)
WANTING = (MISSED, OVERDUE, FAR_BEHIND, BEHIND)


def bulletin_of(facts: PlanFacts, issued_on: date) -> Paper:
    snapshot = facts.snapshot
    return Paper(
        kind=PaperKind.BULLETIN,
        title=f"关于{snapshot.short_title.replace(' ', '')}进展情况的通报",
        notice=facts.notice,
        addressee="各牵头单位：" if facts.records or snapshot.commitments else "各有关单位：",
        opening=f"现将截至{office_day(facts.as_of)}的进展情况通报如下。数据以公开台账为准，{office_day(facts.as_of)}以后公布的未计入。",
        sections=(
            Section("总体情况", tuple(_overview(facts))),
            Section("各单位情况", tuple(_departments(facts))),
            Section("滞后事项" if not snapshot.has_ended else "未完成事项", tuple(_behind(facts))),
            Section("未填报事项", tuple(_silent(facts))),
            Section("承诺调整情况", tuple(_moves(facts))),
            Section("任务、举措和指标", tuple(_tasks(facts))),
            Section("回头看情况", tuple(_checks(facts))),
            Section(f"{AFTER_BULLETIN}情况", tuple(_after_bulletin(facts))),
        ),
        closing=(),
        issuer=facts.issuer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=snapshot.entry,
    )


# How it stands


def _overview(facts: PlanFacts) -> Iterator[Block]:
    snapshot = facts.snapshot
    if not snapshot.commitments:
        yield from texts("本年度计划没有列入承诺事项。")
    else:
        yield from texts(_all_text(snapshot), *(series_text(one) for one in snapshot.series if one.commitments))
        yield from texts(_happened_text(facts), _money_text(snapshot.headline))
    on_time, periods = overall_record(facts)
    if periods:
        rate = rate_text(on_time, periods)
        yield from texts(f"填报情况：应填报{periods}期次，按时填报{on_time}期次，按时率{rate}。")


def _all_text(snapshot: PlanSnapshot) -> str:
    told = [one for one in snapshot.series if one.commitments]
    total = f"{snapshot.short_title.replace(' ', '')}共列承诺事项{len(snapshot.commitments)}项"
    if len(told) < 2:
        return f"{total}。"
    return (
        f"{total}，其中{'，'.join(f'{one.row.short_title}{len(one.commitments)}{one.row.counter}' for one in told)}。"
    )


def series_text(series: SeriesSnapshot) -> str:
    """`民生实事：已完成2件，按序时4件，滞后2件。`"""
    return f"{series.row.short_title}：{counted_text(series.commitments, series.row.counter)}。"


def counted_text(commitments: Iterable[CommitmentSnapshot], counter: str) -> str:
    """How many have which official word."""
    verdicts = [verdict_of(one) for one in commitments]
    counts = Counter(one.official for one in verdicts)
    order = {one.official: ORDER.index(one.code) for one in verdicts}
    words = sorted(counts, key=lambda word: (order[word], word))
    mark = "；" if any("，" in word for word in words) else "，"
    return mark.join(f"{word}{counts[word]}{counter}" for word in words)


def _happened_text(facts: PlanFacts) -> str:
    """What changed since the month before; nothing where the plan is no older than that."""
    if not facts.has_before:
        return ""
    difference = facts.difference
    counted = (
        ("新追加", difference.added),
        ("新完成", difference.kept),
        ("到期未完成", difference.settled),
        ("新增滞后", difference.fell_behind),
        ("滞后加重", difference.fell_further),
        ("首次填报即滞后", difference.first_behind),
        ("赶上序时", difference.caught_up),
    )
    told = "，".join(f"{word}{len(found)}项" for word, found in counted if found) or "各项承诺事项的状态没有变化"
    return f"与{office_day(difference.since)}相比：{told}。"


def _money_text(headline: SeriesSnapshot) -> str:
    counter = headline.row.counter
    spent = Total.of([one.project.spent for one in headline.commitments])
    invested = total_text(headline.investment, counter, "已公布")
    return f"{headline.row.short_title}总投资{invested}；累计完成投资{total_text(spent, counter, '已填报')}。"


def _departments(facts: PlanFacts) -> Iterator[Block]:
    rows = department_rows_of(facts)
    if not rows:
        return
    yield Block(BlockKind.TABLE, table=departments_table(facts, rows))
    begun = "" if facts.snapshot.has_ended else "未到开工时限的计入按序时；"
    begun = f"逾期完成、调整后完成的和承诺开工、已经开工的计入已完成；{begun}"
    yield Block(
        BlockKind.NOTE,
        f"注：两个以上单位牵头的，各单位分别计数，合计不重复计；{begun}按时率为宽限期内公布的期次占应填报期次的比例，"
        f"排名按按时率；{_comparison_text(facts)}。",
    )


def _comparison_text(facts: PlanFacts) -> str:
    if not facts.has_before:
        return "计划当天才公布，没有上月可比"
    return f"与上月比为滞后、严重滞后、逾期、未完成、未填报合计与{office_day(facts.before.as_of)}相比的增减"


# What is wanting


def _behind(facts: PlanFacts) -> Iterator[Block]:
    rank = {column: number for number, column in enumerate(WANTING)}
    behind = [one for one in facts.snapshot.commitments if column_of(one) in rank]
    behind.sort(key=lambda one: (rank[column_of(one)], -(one.progress.lag or 0), one.series.number, one.number))
    if not behind:
        if facts.snapshot.commitments:
            yield from texts("没有。")
        return
    yield from items([behind_text(facts, one) for one in behind[:MOST_TOLD]])
    if rest := behind[MOST_TOLD:]:
        yield from texts(f"其余{len(rest)}项：{'、'.join(one.project.name for one in rest)}。")


def behind_text(facts: PlanFacts, snapshot: CommitmentSnapshot) -> str:
    """Who, by how much, since when, why, and what comes next."""
    overdue = max((state.days_overdue for state in snapshot.progress.active), default=0)
    word = verdict_of(snapshot).official
    late = f"{overdue}天" if overdue and word == OVERDUE else f"，逾期{overdue}天" if overdue else ""
    held = f"（数据日期{office_day(snapshot.progress.held_on)}）" if snapshot.progress.held_on else ""
    moved = moved_text(snapshot)
    is_inferred = any({"due_on", "pace"} & one.snapshot.inferred for one in snapshot.progress.active)
    inferred = "（按序时推算）" if is_inferred and not overdue else ""
    head = f"{item_name(snapshot)}（{who_text(snapshot)}）。{word}{inferred}{late}："
    return f"{head}{pace_text(snapshot.progress)}{held}{moved}。{reason_text(facts, snapshot)}"


def moved_text(snapshot: CommitmentSnapshot) -> str:
    """After the plan's end, the day to which a promise was put off beyond it: by that day it may even be ahead."""
    due_on = snapshot.progress.due_on
    is_beyond = snapshot.has_ended and due_on is not None and due_on > snapshot.ends_on
    return f"，完成时限已调整到{office_day(due_on)}" if is_beyond else ""


def reason_text(facts: PlanFacts, snapshot: CommitmentSnapshot) -> str:
    """What the latest report says of problem, reason of delay and next step."""
    report, is_asked = facts.words.get(snapshot.project.row.pk), column_of(snapshot) in WANTING
    if report is None:
        return "滞后原因：未填报。下一步措施：未填报。" if is_asked else ""
    problem = f"存在问题：{dotted(report.problem)}" if report.problem else ""
    delay = (
        f"滞后原因：{report.get_delay_display() if report.delay else '未填报'}。" if is_asked or report.delay else ""
    )
    next_step = dotted(report.next_step) or ("未填报。" if is_asked else "")
    return f"{problem}{delay}{f'下一步措施：{next_step}' if next_step else ''}"


def _silent(facts: PlanFacts) -> Iterator[Block]:
    """What was never reported, what wasn't for longer than the plan allows, and what is past its day without a word.

    Nobody is late who wasn't asked.
    """
    due = [(subject, report_due_of(subject, subject.last_on)) for subject in facts.subjects]
    late = [(subject, one) for subject, one in due if one.status in LATE_STATUSES]
    never = [(subject, one) for subject, one in late if one.status is DueStatus.NEVER and subject.lead_slugs]
    nobodys = [subject.name for subject, one in late if one.status is DueStatus.NEVER and not subject.lead_slugs]
    stale = [(subject, one) for subject, one in late if one.status is DueStatus.STALE]
    past = [subject for subject, one in due if one.status not in LATE_STATUSES and _is_unanswered(subject, one)]
    nobodys += [subject.name for subject in past if not subject.lead_slugs]
    lines = [_silent_row(facts, subject, "从未填报", one.due_on) for subject, one in never]
    lines += [_silent_row(facts, subject, "逾期未更新", one.due_on) for subject, one in stale]
    lines += [_silent_row(facts, subject, "到期未填报", None) for subject in past if subject.lead_slugs]
    if lines:
        rows = tuple((str(number), *line) for number, line in enumerate(lines, 1))
        yield Block(BlockKind.TABLE, table=Table(SILENT_HEAD, rows[:MOST_ROWS], (8, 41, 31, 29, 29, 18), (1, 2)))
        yield from _rest([row[1] for row in rows[MOST_ROWS:]])
    if nobodys:
        yield from texts(f"牵头单位未公布、没有公开数据的{len(nobodys)}项：{'、'.join(nobodys[:MOST_NAMED])}。")
    if not (late or past) and facts.subjects:
        yield from texts("没有逾期未填报的。")
    named = {subject.row.pk for subject in (*(subject for subject, _one in late), *past) if subject.project}
    just = [one for one in facts.snapshot.commitments if _is_just_published(one) and one.project.row.pk not in named]
    if just:
        yield from texts(f"另有{len(just)}项承诺事项未到首次填报时限。")


def _is_unanswered(subject: Subject, due: ReportDue) -> bool:
    """Whether the list of what is followed has it as silent, too."""
    return any(Issue.SILENT in issues_of(subject, promise, due, "") for promise in subject.promises)


def _is_just_published(one: CommitmentSnapshot) -> bool:
    return one.state.light is Light.UNREPORTED and silence_of(one) is Silence.JUST_PUBLISHED


def _rest(names: Sequence[str]) -> list[Block]:
    return texts(f"其余{len(names)}项：{'、'.join(names)}。") if names else []


def _leads_of(facts: PlanFacts, subject: Subject) -> str:
    return f"牵头单位：{slugs_text(subject.lead_slugs, facts.departments)}"


def _silent_row(facts: PlanFacts, subject: Subject, word: str, due_on: date | None) -> tuple[str, ...]:
    last = office_day(subject.last_on) if subject.last_on else "—"
    leads = slugs_text(subject.lead_slugs, facts.departments)
    return subject.title, leads, last, office_day(due_on) if due_on else "—", word


# What was changed, what answers by words, what was looked at


def _moves(facts: PlanFacts) -> Iterator[Block]:
    """Those of the month by which promises were loosened, tightened or dropped."""
    subjects = subjects_of(facts.snapshot)
    moves = [change for change in facts.difference.adjustments if change.is_move or "dropped" in change.changes]
    yield from items([_move_text(facts, change, subject_of(change, subjects).title) for change in moves])


def _move_text(facts: PlanFacts, change: PromiseChange, title: str) -> str:
    return f"{title}：{change_text(change, facts.names)}"


def _tasks(facts: PlanFacts) -> Iterator[Block]:
    """Counts of those that answer, then which of them are past their day; what wasn't reported stands elsewhere."""
    answers = [one for task in facts.snapshot.tasks for one in task.answers if one.state]
    counts = Counter(OFFICIAL_MEASURES[one.state.status].word for one in answers if one.state)
    if answers:
        words = [word for word in dict.fromkeys(one.word for one in OFFICIAL_MEASURES.values()) if counts[word]]
        yield from texts(
            f"任务、举措{len(answers)}项：{'，'.join(f'{_task_word(word)}{counts[word]}项' for word in words)}。"
        )
    late = [one for one in answers if one.state and one.state.status is MeasureStatus.OVERDUE]
    yield from items([_answer_text(facts, one) for one in late[:MOST_TOLD]])
    yield from _rest([one.title for one in late[MOST_TOLD:]])
    if facts.snapshot.indicators:
        marks = Counter(OFFICIAL_INDICATORS[one.state.status].word for one in facts.snapshot.indicators)
        told = "，".join(f"{word}{n}项" for word, n in sorted(marks.items()))
        yield from texts(f"指标{len(facts.snapshot.indicators)}项：{told}。")


def _task_word(word: str) -> str:
    return "由项目体现" if word == OFFICIAL_MEASURES[MeasureStatus.SERVED].word else word


def _answer_text(facts: PlanFacts, answer: Answer) -> str:
    word = OFFICIAL_MEASURES[answer.state.status].word if answer.state else ""
    latest = answer.latest_report
    told = [word]
    if answer.due_on:
        told.append(f"完成时限{office_day(answer.due_on)}")
    told.append(f"最近一次数据日期{office_day(latest.held_on)}" if latest else "未填报过")
    why = f"滞后原因：{latest.get_delay_display()}。" if latest and latest.delay else ""
    next_step = f"下一步措施：{dotted(latest.next_step)}" if latest and latest.next_step else ""
    leads = slugs_text(answer.lead_slugs, facts.departments)
    return f"{answer.title}（牵头单位：{leads}）：{'，'.join(dict.fromkeys(told))}。{why}{next_step}"


def _checks(facts: PlanFacts) -> Iterator[Block]:
    """Those of the month, then of which it is time to look."""
    by_key = {one.row.pk: one for one in facts.snapshot.commitments}
    checks = sorted(facts.difference.checks, key=attrgetter("held_on"))
    yield from items([_check_text(by_key[one.commitment_id], one) for one in checks])
    due = [one.project.name for one in facts.snapshot.commitments if one.check and one.check.code == "DUE"]
    if due:
        yield from texts(f"待回访{len(due)}项：{'、'.join(due[:MOST_NAMED])}{'等' if len(due) > MOST_NAMED else ''}。")


def _check_text(snapshot: CommitmentSnapshot, check: Check) -> str:
    found = (
        f"{office_day(check.held_on)}，{check.get_observer_display()}查看：{OFFICIAL_FINDINGS[Finding(check.finding)]}"
    )
    return f"{snapshot.project.title}（牵头单位：{lead_names(snapshot.project.leads)}）：{found}。{dotted(check.text)}"


def _after_bulletin(facts: PlanFacts) -> Iterator[Block]:
    """What came too late for the last bulletin, and since it."""
    if not facts.bulletins:
        return
    last = max(facts.bulletins, key=lambda one: (one.data_on, one.last_entry_id))
    lines = []
    for subject in facts.subjects:
        for report in sorted(subject.reports, key=attrgetter("held_on")):
            if bulletin_missed_by(report, facts.bulletins) == last:  # type: ignore[arg-type]  # each has an entry
                held, public = office_day(report.held_on), office_day(report.published_on)
                leads = _leads_of(facts, subject)
                lines.append(f"{subject.title}（{leads}）：数据日期{held}，{public}公布。")
    if lines:
        issued = f"数据截至{office_day(last.data_on)}的通报于{office_day(last.issued_on)}印发，以下{len(lines)}份在其后公布："
        yield from texts(issued)
        yield from items(lines[:MOST_TOLD])
