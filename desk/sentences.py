"""The sentences of the desk that are put together from facts. Days are written as everywhere at the desk, with dashes."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.roles import OFFICIAL, REVIEWER
from common.formats import day_text, in_unit
from desk.agenda import DueStatus, ReportingTask
from desk.dashboard import ReminderNews
from desk.editors import Reached
from desk.words import OFFICIAL_DUE_STATUSES
from projects.appointments import Waiting
from projects.models import AbstractReport
from projects.progress import Period
from tasks.models import Reminder

MOST_GAPS = 3  # kinds of gaps that are named


def due_sentence(reporting_tasks: Sequence[ReportingTask]) -> SafeString:
    """What there is to file: `1 个逾期未更新，2 个快到期。`"""
    if counts := counted(reporting_tasks):
        return format_html("<strong>{}</strong>。", counts)
    if any(one.has_reported for one in reporting_tasks):
        return SafeString("都报过了，现在没有要填的。")
    first = min((one.due.due_on for one in reporting_tasks if one.due.due_on), default=None)
    return format_html("还没有报过，现在也没有到期的{}。", f"；第一次请在 {first} 前报" if first else "")


def counted(reporting_tasks: Sequence[ReportingTask]) -> str:
    """`1 个逾期未更新，2 个快到期`; empty where nothing is to be done."""
    counts = Counter(one.due_status for one in reporting_tasks)
    urgent = [status for status in DueStatus if status not in (DueStatus.LATER, DueStatus.SETTLED)]
    return "，".join(f"{counts[status]} 个{OFFICIAL_DUE_STATUSES[status]}" for status in urgent if counts[status])


def period_text(period: Period) -> str:
    """A reporting period, as people call it: the year with its month or quarter (`第二季度（4—6 月）`), or the year alone."""
    (first, last), year = period, f"{period.first.year} 年"
    n_months = (last.year - first.year) * 12 + last.month - first.month + 1
    if n_months == 1:
        return f"{year} {first.month} 月"
    if first.year != last.year:
        return f"{year} {first.month} 月—{last.year} 年 {last.month} 月"
    names = {3: f"第{'一二三四'[first.month // 3]}季度", 6: "上半年" if first.month == 1 else "下半年", 12: ""}
    months = f"{first.month}—{last.month} 月"
    if n_months not in names or (first.month - 1) % n_months:
        return f"{year} {months}"
    return year if n_months == 12 else f"{year}{names[n_months]}（{months}）"


def appointment_sentence(one: Waiting) -> str:
    """Whether a new reviewer may publish, and from when."""
    if one.authority.is_objected:
        command = f"portal confirm_reviewer {one.appointment.person.username}"
        return f"有人提出异议，不能公布。要恢复，请操作员在服务器上运行 {command}"
    if one.is_over or one.until is None:
        return "24 小时里没有人提出异议，已经可以公布；不到 30 天又没有人确认的，公布时会注明"
    return f"现在还不能公布。到 {timezone.localtime(one.until):%Y-%m-%d %H:%M} 没有人提出异议，就可以公布"


def awaited_sentence(role: str, *, has_draft: bool) -> str:
    """What somebody waits for while no plan is public, and from whom."""
    if role == OFFICIAL:
        return "现在没有要填的。管理员写好年度计划、督查审核员公布以后，您部门牵头的会列在这里。"
    if role == REVIEWER:
        if has_draft:
            return "年度计划的草稿在“别的等公布的”里；管理员写好以后，由您看过再公布。"
        return "管理员起草了年度计划，会列在“别的等公布的”里，由您看过再公布。"
    return "管理员写好年度计划、督查审核员公布以后，可以写每一件承诺的新闻；别的新闻现在就可以写。"


def unplanned_sentence(year: int) -> str:
    return f"{year} 年还没有年度计划。"


def unmanned_sentence(names: Sequence[str], n: int) -> str:
    """`n` departments without anybody who files, the first of them by name."""
    return f"{n} 个部门没有填报员：{_first(names, n)}。"


def unplaced_sentence(names: Sequence[str], n: int) -> str:
    return f"{n} 个填报员不在任何部门，没有要填的：{_first(names, n)}。"


def _first(names: Sequence[str], n: int) -> str:
    return "、".join(names) + ("等" if n > len(names) else "")


def gaps_sentence(plan: str, gaps: Counter[str]) -> str:
    """How many places of a draft are empty, and what of most of them."""
    told = "，".join(f"{gap} {n} 处" for gap, n in gaps.most_common(MOST_GAPS))
    rest = "等" if len(gaps) > MOST_GAPS else ""
    return f"草稿“{plan}”还有 {gaps.total()} 处没有写：{told}{rest}。没有公布过的也可以留着不写。"


def reminders_sentence(news: ReminderNews) -> str:
    """`最近一次 …。7 天里发出邮件 3 封，只在工作台提醒 1 人次。`"""
    return f"最近一次 {news.last_on}。7 天里发出邮件 {news.by_email} 封，只在工作台提醒 {news.on_desk} 人次。"


def unsent_sentence(reminders: Sequence[Reminder]) -> str:
    told = "、".join(f"{one.person.get_full_name() or one.person.username}（{one.day}）" for one in reminders)
    return f"邮件没有发出去，下次再发：{told}。"


def reached_text(one: Reached) -> str:
    """`做到 4 座，… 的数据，… 公布`, and whether that is made up."""
    value = in_unit(one.reading.value, one.target.unit)
    illustrative = "，示例数据" if one.project.is_illustrative else ""
    return f"做到 {value}，{one.reading.held_on} 的数据，{one.published_on} 公布{illustrative}"


def printed_sentence(report: AbstractReport, at: datetime) -> str:
    """At the foot of a sheet: when it was printed, and how the report stood."""
    status = "已送审" if report.submitted_at else "草稿"
    if report.is_published:
        status = f"已公布（公开记录第 {report.entry_id} 条）"
    local = timezone.localtime(at)
    return f"{day_text(local.date())} {local:%H:%M} 打印，{status}。打印以后又改过的，要重新打印。"


def earlier_item_text(word: str, verdict: str | None) -> str:
    """What became of the same item in the plan before, or that it had none. `word`: 去年, or the year."""
    return f"{word}没有这一件" if verdict is None else f"{word}：{verdict}"


def earlier_target_text(word: str, amount: Decimal, unit: str, due_on: date, *, is_dropped: bool) -> str:
    """`去年：4 座，2018-12-31 前`; or that it was given up."""
    return f"{word}：{in_unit(amount, unit)}，{'后来取消了' if is_dropped else f'{due_on} 前'}"


def left_out_text(year: int, names: Sequence[tuple[str, str]]) -> str:
    """What only the plan before promised, each with its verdict: `2018 年有、这一次没有的：…（未完成）`."""
    return f"{year} 年有、这一次没有的：{'、'.join(f'{name}（{verdict}）' for name, verdict in names)}"
