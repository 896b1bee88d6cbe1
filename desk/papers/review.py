"""The report at the end of the year (年终报告), for the people's congress: each promise, what became of it, and its ballot."""

from collections.abc import Iterator
from datetime import date

from desk.papers.bulletin import counted_text, moved_text, reason_text, series_text
from desk.papers.facts import PlanFacts
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, texts
from desk.papers.wording import (
    OFFICIAL_FINDINGS,
    UNPUBLISHED,
    changes_text,
    dotted,
    item_name,
    lead_names,
    money_text,
    office_day,
    pace_text,
    quantity_text,
    total_text,
    who_text,
)
from projects.progress import Light, Total
from tasks.models import Finding, PaperKind, Vote
from tasks.review import Review, reviews_of
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import verdict_of

BOXES = "□满意　　□基本满意　　□不满意"
BALLOT_HEAD = ("序号", "承诺事项", "牵头单位", "核定结果", "满意", "基本满意", "不满意")


def review_of(facts: PlanFacts, issued_on: date) -> Paper:
    snapshot = facts.snapshot
    name = snapshot.short_title.replace(" ", "")
    period = "" if snapshot.has_ended else f"本年度计划{office_day(snapshot.row.ends_on)}期满，以下为阶段情况。"
    reviews = reviews_of(snapshot)
    return Paper(
        kind=PaperKind.REVIEW,
        title=f"关于{name}办理情况的报告",
        notice=facts.notice,
        addressee="各位代表：",
        opening=f"现将{name}截至{office_day(facts.as_of)}的办理情况报告如下，请予审议。{period}",
        sections=(
            Section("总体情况", tuple(_overview(facts))),
            Section("逐项办理情况", tuple(block for one in reviews for block in _item(facts, one))),
            Section("代表测评表", tuple(_ballot(facts))),
        ),
        closing=(),
        issuer=facts.issuer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=snapshot.entry,
    )


def _overview(facts: PlanFacts) -> Iterator[Block]:
    snapshot = facts.snapshot
    if not snapshot.commitments:
        yield from texts("本年度计划没有列入承诺事项，没有可以逐项核定的。")
        return
    yield from texts(f"承诺事项共{len(snapshot.commitments)}项：{counted_text(snapshot.commitments, '项')}。")
    yield from texts(*(series_text(one) for one in snapshot.series if one.commitments))
    adjusted = snapshot.tally.adjusted
    yield from texts(
        f"其中{adjusted}项在年度中调整过完成时限、目标或内容。" if adjusted else "没有调整过完成时限或目标的。"
    )
    distinct = {one.project.row.pk: one.project for one in snapshot.commitments}
    total = Total.of([one.investment for one in distinct.values()])
    spent = Total.of([one.spent for one in distinct.values()])
    counted = f"总投资{total_text(total, '个项目', '已公布')}；累计完成投资{total_text(spent, '个项目', '已填报')}"
    yield from texts(f"{counted}。")


def _item(facts: PlanFacts, one: Review) -> Iterator[Block]:
    snapshot = one.snapshot
    yield Block(BlockKind.SUB, item_name(snapshot))
    yield from texts(
        f"承诺内容：{dotted(_promised(snapshot))}{who_text(snapshot)}。",
        f"核定结果：{_result(facts, one)}",
        _changes(facts, one),
        _check(snapshot),
        f"投资：总投资{money_text(snapshot.project.investment)}，累计完成投资{_spent(snapshot)}。",
        f"测评结果：{votes_text(snapshot)}",
    )
    if not snapshot.effective_votes:
        yield Block(BlockKind.BOXES, BOXES)


def _promised(snapshot: CommitmentSnapshot) -> str:
    due_on = max((target.promised.due_on for target in snapshot.targets), default=None)
    words = snapshot.wording or "、".join(quantity_text(target, target.promised) for target in snapshot.targets)
    return f"{words.rstrip('。')}；最初承诺的完成时限为{office_day(due_on)}"


def _result(facts: PlanFacts, one: Review) -> str:
    snapshot = one.snapshot
    word = verdict_of(snapshot).official
    if snapshot.state.kept_on:
        return f"{word}，{office_day(snapshot.state.kept_on)}达到目标。"
    if snapshot.state.light in (Light.DROPPED, Light.UNREPORTED):
        return f"{word}。"
    held = f"（数据日期{office_day(snapshot.progress.held_on)}）" if snapshot.progress.held_on else ""
    moved = moved_text(snapshot)
    return f"{word}：{pace_text(snapshot.progress)}{held}{moved}。{reason_text(facts, snapshot)}"


def _changes(facts: PlanFacts, one: Review) -> str:
    told = changes_text(one.snapshot, one.changes, facts.names)
    return f"调整情况：{told}" if told else ""


def _check(snapshot: CommitmentSnapshot) -> str:
    state = snapshot.check
    if state is None or state.held_on is None:
        return ""
    return f"回头看：{office_day(state.held_on)}，{OFFICIAL_FINDINGS[Finding(state.code)]}。"


def _spent(snapshot: CommitmentSnapshot) -> str:
    return "未填报" if snapshot.project.spent is None else money_text(snapshot.project.spent)


def votes_text(snapshot: CommitmentSnapshot) -> str:
    """Of each ballot that counts; `未公布。` where there is none."""
    return "".join(map(_vote_text, snapshot.effective_votes)) or f"{UNPUBLISHED}。"


def _vote_text(vote: Vote) -> str:
    meeting = f"（{vote.meeting}）" if vote.meeting else ""
    counts = f"满意{vote.satisfied}票，基本满意{vote.fairly}票，不满意{vote.dissatisfied}票"
    return f"{office_day(vote.held_on)}，{vote.get_body_display()}测评{meeting}：到会{vote.present}人，{counts}。"


def _ballot(facts: PlanFacts) -> Iterator[Block]:
    """One table to vote on, a box in each cell that is to be ticked; nothing of what was voted on."""
    open_ones = [(number, one) for number, one in enumerate(facts.snapshot.commitments, 1) if not one.effective_votes]
    rows = tuple(
        (str(number), one.project.title, lead_names(one.project.leads), verdict_of(one).official, "□", "□", "□")
        for number, one in open_ones
    )
    if rows:
        yield Block(BlockKind.TABLE, table=Table(BALLOT_HEAD, rows, (8, 54, 34, 20, 12, 14, 14), (1, 2)))
        yield Block(BlockKind.NOTE, "注：每项在选定的方框内打“√”。")
