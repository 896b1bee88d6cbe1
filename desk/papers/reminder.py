"""The letter of reminder (提醒函) to one department: what is due or late, by when, what is behind, and whom to call."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeAlias

from django.conf import settings

from desk.agenda import DueStatus, Subject, report_due_of
from desk.papers.bulletin import WANTING, behind_text
from desk.papers.departments import BEHIND, FAR_BEHIND, MISSED, OVERDUE, column_of
from desk.papers.facts import PlanFacts
from desk.papers.paper import Block, BlockKind, Paper, Section, Table, items
from desk.papers.wording import office_day
from desk.reminders import desk_address
from projects.snapshots import DepartmentSnapshot
from tasks.models import PaperKind
from tasks.snapshots import CommitmentSnapshot

ASKED = {
    DueStatus.STALE: "逾期未更新",
    DueStatus.NEVER: "从未填报",
    DueStatus.DUE: "已到期，在宽限期内",
    DueStatus.DUE_SOON: "即将到期",
}
# What a department is asked for, the word for it, and the day by which; None where there is none.
Asked: TypeAlias = tuple[Subject, str, date | None]
HEAD = ("序号", "事项", "最近一次数据", "应填报日期", "情况")


def reminder_of(facts: PlanFacts, department: DepartmentSnapshot, issued_on: date) -> Paper:
    asked, behind = list(_asked(facts, department.slug)), _behind(facts, department.slug)
    name = facts.snapshot.short_title.replace(" ", "")
    led = [one for one in facts.subjects if department.slug in one.lead_slugs]
    words = _behind_words(behind)
    return Paper(
        kind=PaperKind.REMINDER,
        title=_title(name, asked, words),
        notice=facts.notice,
        addressee=f"{department.name}：",
        opening=f"截至{office_day(facts.as_of)}，{_opening(name, len(led), asked, behind)}",
        sections=(
            Section("需要填报的事项", tuple(_asked_table(asked))),
            Section(f"{'、'.join(words)}的事项", tuple(_behind_texts(facts, behind))),
        ),
        closing=tuple(_closing(facts, bool(asked), words)),
        issuer=facts.issuer,
        data_on=facts.as_of,
        issued_on=issued_on,
        entry=facts.snapshot.entry,
    )


def _title(name: str, asked: Sequence[Asked], words: Sequence[str]) -> str:
    """By what the department is reminded of: to report, to get on with what is behind, or both."""
    if asked and words:
        return f"关于按时填报进展、加快推进{name}{'、'.join(words)}事项的提醒函"
    if words:
        return f"关于加快推进{name}{'、'.join(words)}事项的提醒函"
    return f"关于按时填报{name}进展的提醒函" if asked else f"关于{name}进展情况的函"


def _behind_words(behind: Sequence[CommitmentSnapshot]) -> list[str]:
    """`滞后`, `逾期`, `未完成`: those that apply, far behind being behind."""
    columns = {column_of(one) for one in behind}
    told = (("滞后", {BEHIND, FAR_BEHIND}), (OVERDUE, {OVERDUE}), (MISSED, {MISSED}))
    return [word for word, any_of in told if columns & any_of]


def _opening(name: str, n_led: int, asked: Sequence[Asked], behind: Sequence[CommitmentSnapshot]) -> str:
    """What is wanting by its own words; nothing is counted of which there is none, nor twice what is all of it."""
    if not n_led:
        return f"{name}没有由贵单位牵头的事项。"
    due, columns = Counter(word.partition("，")[0] for _subject, word, _day in asked), Counter(map(column_of, behind))
    late = "，".join(f"{word}{columns[word]}项" for word in reversed(WANTING) if columns[word])
    if not due:
        told = "均已按时填报" if behind else "均已按时填报，没有滞后的"
    elif n_led in due.values():
        told = f"{'均' if n_led > 1 else ''}{next(iter(due))}"
    else:
        told = f"其中{'，'.join(f'{n}项{word}' for word, n in due.items())}"
    end = f"；承诺事项中{late}" if late else ""
    return f"贵单位牵头{name}的事项{n_led}项，{told}{end}。"


def reminded_departments(facts: PlanFacts) -> list[DepartmentSnapshot]:
    """Those to whom there is something to say, in the order of the site: by their codes, which are pinyin."""
    found = {slug for one in facts.subjects for slug in one.lead_slugs if _is_asked(one)}
    found |= {
        lead.slug for one in facts.snapshot.commitments if column_of(one) in WANTING for lead in one.project.leads
    }
    return [facts.departments[slug] for slug in sorted(found) if slug in facts.departments]


def _is_asked(subject: Subject) -> bool:
    return report_due_of(subject, subject.last_on).status in ASKED


def _asked(facts: PlanFacts, slug: str) -> Iterator[Asked]:
    """What the department leads and is asked for, with the word for it and the day, the most urgent first."""
    rank = {status: number for number, status in enumerate(ASKED)}
    due = [(one, report_due_of(one, one.last_on)) for one in facts.subjects if slug in one.lead_slugs]
    asked = [(subject, one) for subject, one in due if one.status in rank]
    for subject, one in sorted(asked, key=lambda pair: (rank[pair[1].status], pair[1].due_on or date.max)):
        yield subject, ASKED[one.status], one.due_on


def _asked_table(asked: Sequence[Asked]) -> Iterator[Block]:
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


def _behind_texts(facts: PlanFacts, behind: Sequence[CommitmentSnapshot]) -> list[Block]:
    """Each as the bulletin tells it."""
    return items([behind_text(facts, one) for one in behind])


def _closing(facts: PlanFacts, has_asked: bool, words: Sequence[str]) -> Iterator[str]:
    where = f"（{desk_address()}）" if settings.SITE_URL else ""
    if has_asked:
        yield (
            f"请尽快填报：有账号的登录承诺公开后台{where}填报，没有账号的书面报督查室录入；"
            "已经送审、还在审核的，不必重复填报。"
        )
    if words:
        yield f"{'、'.join(words)}的事项，请抓紧推进，并在进展报告中写明滞后原因和下一步措施。"
    if facts.publisher.contact_line:
        yield f"联系方式：{facts.publisher.contact_line}。"
