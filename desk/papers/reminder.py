"""The letter of reminder (提醒函) to one department: what is due or late, by when, what is behind, and whom to call."""

from collections.abc import Iterator
from datetime import date

from django.conf import settings

from desk.agenda import DueStatus, Subject, report_due_of
from desk.papers.bulletin import WANTING
from desk.papers.departments import column_of
from desk.papers.facts import PlanFacts
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, items
from desk.papers.wording import item_name, office_day, pace_text
from desk.reminders import desk_address
from projects.snapshots import DepartmentSnapshot
from tasks.models import PaperKind
from tasks.snapshots import CommitmentSnapshot
from tasks.verdicts import verdict_of

ASKED = {
    DueStatus.STALE: "逾期未更新",
    DueStatus.NEVER: "从未填报",
    DueStatus.DUE: "已到期，在宽限期内",
    DueStatus.DUE_SOON: "即将到期",
}
HEAD = ("序号", "事项", "最近一次数据", "应填报日期", "情况")


def reminder_of(facts: PlanFacts, department: DepartmentSnapshot, issued_on: date) -> Paper:
    asked, behind = list(_asked(facts, department.slug)), _behind(facts, department.slug)
    name = facts.snapshot.short_title.replace(" ", "")
    led = [one for one in facts.subjects if department.slug in one.lead_slugs]
    told = (
        f"，其中{len(asked)}项需要填报，{len(behind)}项滞后或逾期" if asked or behind else "，均已按时填报，没有滞后的"
    )
    return Paper(
        kind=PaperKind.REMINDER,
        title=f"关于按时填报{name}进展的提醒函",
        notice=facts.notice,
        addressee=f"{department.name}：",
        opening=f"截至{office_day(facts.as_of)}，贵单位牵头{name}事项{len(led)}项{told}。",
        sections=(
            Section("需要填报的", tuple(_asked_table(asked))),
            Section("滞后的", tuple(_behind_texts(behind))),
        ),
        closing=tuple(_closing(facts, bool(asked), bool(behind))),
        issuer=facts.publisher.site_organizer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=facts.snapshot.entry,
    )


def reminded_departments(facts: PlanFacts) -> list[DepartmentSnapshot]:
    """Those to whom there is something to say, in the order of their names."""
    found = {slug for one in facts.subjects for slug in one.lead_slugs if _is_asked(one)}
    found |= {
        lead.slug for one in facts.snapshot.commitments if column_of(one) in WANTING for lead in one.project.leads
    }
    return sorted((facts.departments[slug] for slug in found if slug in facts.departments), key=lambda one: one.name)


def _is_asked(subject: Subject) -> bool:
    return report_due_of(subject, subject.last_on).status in ASKED


def _asked(facts: PlanFacts, slug: str) -> Iterator[tuple[Subject, str, date | None]]:
    """What the department leads and is asked for, with the word for it and the day, the most urgent first."""
    rank = {status: number for number, status in enumerate(ASKED)}
    due = [(one, report_due_of(one, one.last_on)) for one in facts.subjects if slug in one.lead_slugs]
    asked = [(subject, one) for subject, one in due if one.status in rank]
    for subject, one in sorted(asked, key=lambda pair: (rank[pair[1].status], pair[1].due_on or date.max)):
        yield subject, ASKED[one.status], one.due_on


def _asked_table(asked: list[tuple[Subject, str, date | None]]) -> Iterator[Block]:
    rows = tuple(
        (
            str(number),
            subject.title,
            office_day(subject.last_on) if subject.last_on else "—",
            office_day(due_on) if due_on else "—",
            word,
        )
        for number, (subject, word, due_on) in enumerate(asked, 1)
    )
    if rows:
        yield Block(BlockKind.TABLE, table=Table(HEAD, rows, (8, 62, 30, 30, 26), (1,)))


def _behind(facts: PlanFacts, slug: str) -> list[CommitmentSnapshot]:
    led = [one for one in facts.snapshot.commitments if slug in {lead.slug for lead in one.project.leads}]
    return [one for one in led if column_of(one) in WANTING]


def _behind_texts(behind: list[CommitmentSnapshot]) -> list[Block]:
    return items([f"{item_name(one)}：{verdict_of(one).official}，{pace_text(one.progress)}。" for one in behind])


def _closing(facts: PlanFacts, has_asked: bool, has_behind: bool) -> Iterator[str]:
    where = f"（{desk_address()}）" if settings.SITE_URL else ""
    if has_asked:
        yield f"请尽快登录承诺公开后台{where}填报；已经送审、还在审核的，不必重复填报。"
    if has_behind:
        yield "滞后的事项，请在进展报告中写明滞后原因和下一步措施。"
    if facts.publisher.contact_line:
        yield f"联系方式：{facts.publisher.contact_line}。"
