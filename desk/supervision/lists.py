"""The lists of the 督查室: of each its columns on the page and in the file, and its text for a group."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.exports import DAY, SHARE, TEXT, Sheet, xlsx_of
from common.formats import cut_share, percent_text
from common.json_answers import number
from common.marks import mark_of
from common.templatetags.components import badge
from desk.agenda import Subject
from desk.sentences import (
    check_line,
    issues_text,
    list_text,
    missing_line,
    missing_period_text,
    published_line,
    rank_line,
    watch_line,
)
from desk.supervision.kinds import Column as State
from desk.supervision.kinds import Stage
from desk.supervision.rules import CheckRow, MissingRow, PublishedRow, RankRow, WatchRow, grouped
from desk.words import COLUMN_WORDS, OFFICIAL_DUE_STATUSES, STAGE_WORDS

NOBODY = "没有牵头部门"
MOST_IN_TEXT = 100  # lines of a text for a group
MOST_IN_CELL = 120  # characters of a text on the page


class ListName(StrEnum):
    """The lists, in the order of the menu, as the address names them."""

    WATCH = "watch"
    RANKING = "ranking"
    MISSING = "missing"
    PUBLISHED = "published"
    CHECKS = "checks"


LIST_WORDS = {
    ListName.WATCH: "督办清单",
    ListName.RANKING: "部门排名",
    ListName.MISSING: "本月没报的",
    ListName.PUBLISHED: "上周公布的",
    ListName.CHECKS: "该回头看的",
}


@dataclass(frozen=True)
class Column:
    """`value` is exact, for the file, None where it isn't in the file; `cell` is for the page, likewise."""

    name: str
    value: Callable[[Any], object] | None = None
    cell: Callable[[Any], str | SafeString] | None = None
    file_format: str = TEXT
    look: str = ""


@dataclass(frozen=True)
class Listing:
    """How a list looks. `group_of` is what stands above a row's line in the text, `counter` what its rows are counted in."""

    name: ListName
    columns: tuple[Column, ...]
    line: Callable[[Any], str]
    group_of: Callable[[Any], str]
    counter: str = "项"

    @property
    def title(self) -> str:
        return LIST_WORDS[self.name]

    @property
    def on_page(self) -> list[Column]:
        return [column for column in self.columns if column.cell]

    def cells(self, row: Any) -> list[tuple[Column, str | SafeString]]:
        """An empty one is "", so that a phone can leave it out."""
        return [(column, column.cell(row)) for column in self.columns if column.cell]

    def text(self, rows: Sequence[Any], title: str) -> str:
        """At most MOST_IN_TEXT lines."""
        groups = grouped(rows[:MOST_IN_TEXT], self.group_of)
        lines = {name: [self.line(row) for row in own] for name, own in groups.items()}
        return list_text(title, lines, max(0, len(rows) - MOST_IN_TEXT), self.counter)

    def workbook(self, rows: Sequence[Any], title: str) -> bytes:
        columns = [column for column in self.columns if column.value]
        return xlsx_of(
            Sheet(
                head=[column.name for column in columns],
                formats=[column.file_format for column in columns],
                rows=[[column.value(row) for column in columns if column.value] for row in rows],
            ),
            note=title,
        )


def title_of(title: str, rows: Sequence[Any], days: str, year: int | None) -> str:
    """`督办清单（2024 年计划，2024-09-30）`, with what stands in front of what is no real record: `【示例】…`.

    Without a year the plans of all are listed.
    """
    mark = mark_of(is_illustrative=any(is_illustrative(row) for row in rows))
    return f"{mark}{title}（{f'{year} 年计划' if year else '全部年度'}，{days}）"


def is_illustrative(row: Any) -> bool:
    return bool(row.subject.is_illustrative if isinstance(row, WatchRow | MissingRow) else row.is_illustrative)


# Cells


def _joined(names: Sequence[str]) -> str:
    return "、".join(names) or NOBODY


def _departments(row: Any) -> str:
    return _joined(row.departments)


def _named(title: str, small: str, address: str = "") -> SafeString:
    name = format_html('<a href="{}">{}</a>', address, title) if address else title
    return format_html("{}<small>{}</small>", name, small) if small else format_html("{}", name)


def _subject(row: WatchRow | MissingRow, small: str) -> SafeString:
    project = row.subject.project
    address = reverse("admin:projects_project_change", args=[project.row.pk]) if project else ""
    return _named(row.subject.title, small, address)


def _last_on(row: WatchRow | MissingRow) -> str:
    return str(row.subject.last_on or "还没有")


def _linked_day(row: WatchRow) -> str | SafeString:
    report = row.report
    if report is None:
        return _last_on(row)
    address = reverse(f"admin:{report._meta.app_label}_{report._meta.model_name}_change", args=[report.pk])
    return format_html('<a href="{}">{}</a>', address, row.subject.last_on)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_IN_CELL else f"{line[:MOST_IN_CELL]}……"


def _state(row: WatchRow) -> SafeString:
    word = badge(shape=row.promise.shape, word=row.promise.word, look="tinted") if row.promise.word else ""
    return format_html("{}<small>{}</small>", word, issues_text(row))


def _stage(row: WatchRow | MissingRow) -> str:
    return STAGE_WORDS[row.stage] if row.stage is not Stage.NONE else ""


def _due(row: MissingRow) -> str:
    due = row.reporting_task.due
    return f"{OFFICIAL_DUE_STATUSES[due.status]}{f'，应报 {due.due_on}' if due.due_on else ''}"


def _rate(row: RankRow) -> str | SafeString:
    if row.rate is None:
        return "还没有到期的"
    record = row.punctuality
    return format_html(
        "<strong>{}</strong><small>{} 次里 {} 次</small>", percent_text(row.rate), record.periods, record.on_time
    )


def _place(rank: int | None) -> str:
    return f"第 {rank} 名" if rank else ""


def _counted(state: State) -> Column:
    return Column(COLUMN_WORDS[state], lambda row: row.counts[state], lambda row: str(row.counts[state] or ""))


def _published_name(row: PublishedRow) -> SafeString:
    return _named(row.name, row.kind, reverse("entry", args=[row.fact.entry_id]))


def _check(row: CheckRow) -> SafeString:
    """The form of a new check, or its draft."""
    if row.draft:
        return format_html('<a href="{}">看草稿</a>', reverse("admin:tasks_check_change", args=[row.draft]))
    address = f"{reverse('admin:tasks_check_add')}?commitment={row.commitment.pk}"
    return format_html(
        '<a class="button" href="{}">写回头看<span class="visually-hidden">：{}</span></a>', address, row.name
    )


def _kind(subject: Subject) -> str:
    return subject.kind


DEPARTMENTS = Column("部门", _departments, _departments, look="head")
STAGE = Column("在办", lambda row: STAGE_WORDS[row.stage], _stage, look="short")
WATCH = Listing(
    ListName.WATCH,
    (
        DEPARTMENTS,
        Column("种类", lambda row: _kind(row.subject)),
        Column("事项", lambda row: row.subject.title, lambda row: _subject(row, row.promise.name), look="name"),
        Column("承诺", lambda row: row.promise.name),
        Column("情况", issues_text, _state),
        Column("期限", lambda row: row.promise.due_on, file_format=DAY),
        Column("逾期天数", lambda row: row.days_overdue),
        Column("没报天数", lambda row: row.days_silent),
        Column("到期没有数据的天数", lambda row: row.days_unanswered),
        Column("低于序时（百分点）", lambda row: row.lag),
        Column("为什么慢了", lambda row: row.reason, lambda row: row.reason, look="short"),
        Column("存在问题", lambda row: row.problem),
        Column("下一步", lambda row: row.next_step, lambda row: _cut(row.next_step), look="text"),
        Column("数据日期", lambda row: row.subject.last_on, _linked_day, file_format=DAY, look="day"),
        STAGE,
    ),
    watch_line,
    _departments,
)
RANKING = Listing(
    ListName.RANKING,
    (
        Column("部门", lambda row: row.department.name, lambda row: row.department.name, look="head"),
        Column("按时率名次", lambda row: row.rate_rank, lambda row: _place(row.rate_rank), look="short"),
        Column(
            "按时率",
            lambda row: None if row.rate is None else number(cut_share(row.rate)),
            _rate,
            file_format=SHARE,
            look="short",
        ),
        Column("该报几次", lambda row: row.punctuality.periods),
        Column("按时几次", lambda row: row.punctuality.on_time),
        Column("进度名次", lambda row: row.verdict_rank, lambda row: _place(row.verdict_rank), look="short"),
        Column("牵头几项", lambda row: row.n_promises, lambda row: str(row.n_promises)),
        *map(_counted, State),
    ),
    rank_line,
    lambda row: "",
    "个部门",
)
MISSING = Listing(
    ListName.MISSING,
    (
        DEPARTMENTS,
        Column("种类", lambda row: _kind(row.subject)),
        Column(
            "事项",
            lambda row: row.subject.title,
            lambda row: _subject(row, "、".join(one.name for one in row.subject.promises)),
            look="name",
        ),
        Column("哪一期", missing_period_text, missing_period_text),
        Column("情况", lambda row: OFFICIAL_DUE_STATUSES[row.reporting_task.due.status], _due),
        Column("应报", lambda row: row.reporting_task.due.due_on, file_format=DAY),
        Column("上次数据", lambda row: row.subject.last_on, _last_on, file_format=DAY, look="day"),
        STAGE,
    ),
    missing_line,
    _departments,
)
PUBLISHED = Listing(
    ListName.PUBLISHED,
    (
        Column(
            "公布日期", lambda row: row.published_on, lambda row: str(row.published_on), file_format=DAY, look="day"
        ),
        Column("部门", lambda row: "、".join(row.departments), lambda row: "、".join(row.departments)),
        Column("种类", lambda row: row.kind),
        Column("事项", lambda row: row.name, _published_name, look="name"),
        Column("数据日期", lambda row: row.held_on, lambda row: str(row.held_on), file_format=DAY, look="day"),
        Column("说了什么", lambda row: row.text, lambda row: _cut(row.text), look="text"),
        Column("公开记录", lambda row: row.fact.entry_id, lambda row: f"第 {row.fact.entry_id} 条"),
    ),
    published_line,
    lambda row: "、".join(row.departments) or "不归哪个部门的",
)
CHECKS = Listing(
    ListName.CHECKS,
    (
        DEPARTMENTS,
        Column("事项", lambda row: row.name, lambda row: row.name, look="name"),
        Column("办成", lambda row: row.kept_on, lambda row: str(row.kept_on), file_format=DAY, look="day"),
        Column("该看的日子", lambda row: row.due_on, lambda row: str(row.due_on), file_format=DAY, look="day"),
        Column("过了几天", lambda row: row.days, lambda row: f"{row.days} 天", look="short"),
        Column("上次看到", lambda row: row.last_finding, lambda row: row.last_finding, look="short"),
    ),
    check_line,
    _departments,
)
CHECK_FORM = Column("去看", cell=_check)  # for whoever drafts checks
LISTINGS: Mapping[ListName, Listing] = {one.name: one for one in (WATCH, RANKING, MISSING, PUBLISHED, CHECKS)}


def days_text(since: date, until: date) -> str:
    return str(until) if since == until else f"{since} 到 {until}"
