"""The sentences of the desk that are put together from facts. Days are written as everywhere at the desk, with dashes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.roles import OFFICIAL, REVIEWER
from common.formats import day_text, in_unit, number_text, percent_text
from desk.agenda import DueStatus, ReminderItem, ReportingTask
from desk.dashboard import ReminderNews
from desk.editors import Reached
from desk.supervision.kinds import Column, Issue
from desk.supervision.rules import CheckRow, MissingRow, PublishedRow, RankRow, WatchRow
from desk.words import COLUMN_WORDS, ISSUE_WORDS, NO_WORDING, OFFICIAL_DUE_STATUSES
from projects.appointments import Waiting
from projects.models import AbstractReport
from projects.progress import Period
from tasks.models import Pace, Reminder
from tasks.snapshots import IndicatorSnapshot

MOST_GAPS = 3  # kinds of gaps that are named
MOST_NAMES = 5  # people, or departments


def due_sentence(reporting_tasks: Sequence[ReportingTask]) -> SafeString:
    """What there is to file: `1 个逾期未更新，2 个快到期。`"""
    if counts := counted(reporting_tasks):
        return format_html("<strong>{}</strong>。", counts)
    if n_drafts := sum(bool(one.open_draft) for one in reporting_tasks):
        return format_html("没有到期要报的；有 <strong>{} 份草稿</strong>还没有送审。", n_drafts)
    if any(one.has_reported for one in reporting_tasks):
        return SafeString("都报过了，现在没有要填的。")
    first = min((one.due.due_on for one in reporting_tasks if one.due.due_on), default=None)
    return format_html("还没有报过，现在也没有到期的{}。", f"；第一次请在 {first} 前报" if first else "")


def month_lead(n_rows: int, day: date, *, may_tick: bool, is_open: bool, is_own: bool) -> str:
    """Above the month's sheet. `may_tick`: a row has the box 无变化; `is_open`: something can be typed."""
    lead = f"{n_rows} 行，数都是到 {day} 为止的累计数。"
    if not is_own:
        return f"{lead}您只能看；草稿要等部门送审以后才看得到。"
    if not is_open:
        return lead
    tick = "没有变化的勾“无变化”，" if may_tick else ""
    return f"{lead}有新数据的填，{tick}这次不报的留空。可以从表格软件里复制几格，在第一格里粘贴。"


def first_report_text(is_project: bool) -> str:
    """Of a row that has no box 无变化."""
    return "第一次填报，要填累计" if is_project else "第一次填报，要选到哪一步"


def unchanged_scope_text(n_can: int, n_first: int) -> str:
    """Beside the button that says of all rows that nothing changed; empty where it is clear."""
    return f"“都无变化”只管报过的 {n_can} 行；另有 {n_first} 行第一次填报，要填。" if n_first else ""


def month_sent_text(day: date, counts: Sequence[tuple[int, str]], last: str, reviewers: Sequence[str]) -> str:
    """Instead of the buttons, once nothing is left to send. `counts`: how many, and what became of them; `last`: who sent
    last, and when; empty where nothing waits."""
    said = "；".join(f"{n} {word}" for n, word in counts if n)
    sent = f"最近一次送审：{last}。" if last else ""
    names = f"（{_first(reviewers[:MOST_GAPS], len(reviewers))}）" if reviewers else ""
    who = f"由督查审核员{names}审核，公布以后居民才看得到。" if "等审核" in said else ""
    return f"{day} 的都报了：{said}。{sent}{who}"


def long_ago_text(day: date, n_days: int, *, is_after_bulletin: bool) -> str:
    """Once for a whole sheet whose day is long past."""
    if is_after_bulletin:
        return f"{day} 的通报已经印发，这些是通报后补报。"
    return f"这些都是 {day} 的数据，{n_days} 天以前的。请看看日期选对没有。"


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


def returned_text(
    *, is_form: bool, n_rows: int, n_changes: int, n_asked: int, n_left: int, n_refused: int, is_refused: bool
) -> str:
    """What a returned workbook comes to: `本月的表：读了 12 行，要写 3 格，1 处请您定；2 处没有取，为什么都写在下面。`

    `n_rows` were read, `n_refused` others stay out, `n_left` cells or columns aren't taken.
    """
    if is_refused:
        return "这个文件没有读，为什么写在下面。"
    kind = "本月的表" if is_form else "部门自己的表，按名称对上的"
    out = _left_out(n_refused, n_left)
    parts = [f"读了 {n_rows} 行"]
    parts += [f"要写 {n_changes} 格"] if n_changes else []
    parts += [f"{n_asked} 处请您定"] if n_asked else []
    if not (n_changes or n_asked):
        parts += ["没有要写的"] if out else ["和现在存的一样，没有要写的"]
    return f"{kind}：{'，'.join(parts)}{f'；{out}，为什么都写在下面' if out else ''}。"


def handed_back_text(name: str, misnamed: str, day: date, lines: Sequence[str], n_lines: int) -> str:
    """To copy and send back with a returned file: one line for each of its faults, of which there are `n_lines`; "" of none."""
    if not n_lines:
        return ""
    head = f"“{name}”（数据日期 {day}）{misnamed and f'：{misnamed}'}有 {n_lines} 处要看，改好再传："
    rest = [f"还有 {n_lines - len(lines)} 处没有列出来。"] if n_lines > len(lines) else []
    return "\n".join([head, *(f"{number}. {line}" for number, line in enumerate(lines, start=1)), *rest])


def missing_text(names: Sequence[str], n_due: int, day: date) -> str:
    """Which departments' sheets haven't come; "" for whoever fills in for one department alone."""
    if n_due < 2:
        return ""
    if not names:
        return f"还要报 {day} 的 {n_due} 个部门，表都在这一批里。"
    return f"还要报 {day} 的 {n_due} 个部门，{len(names)} 个的表不在这一批里：{'、'.join(names)}。"


def nothing_text(*, n_refused: int, n_left: int, n_files_refused: int) -> str:
    """Why there is nothing to write: `没有要写的：1 行有错没有读。改好再传。`"""
    files = f"{n_files_refused} 个文件没有读" if n_files_refused else ""
    out = "，".join(filter(None, (files, _left_out(n_refused, n_left))))
    return f"没有要写的：{out}。改好再传。" if out else "没有要写的：表里写的和现在存的一样。"


def written_text(*, n_written: int, n_unwritten: int, n_left: int, is_refused: bool) -> str:
    """What became of a file: `写了 3 行；2 处没有写，1 处没有取，为什么都写在下面。`"""
    if is_refused:
        return "写了 0 行：这个文件没有读，为什么写在下面。"
    parts = [f"{n_unwritten} 处没有写"] if n_unwritten else []
    parts += [f"{n_left} 处没有取"] if n_left else []
    if not parts:
        return f"写了 {n_written} 行。" if n_written else "写了 0 行：表里写的和现在存的一样。"
    return f"写了 {n_written} 行；{'，'.join(parts)}，为什么都写在下面。"


def _left_out(n_refused: int, n_left: int) -> str:
    parts = [f"{n_refused} 行有错没有读"] if n_refused else []
    return "，".join([*parts, *([f"{n_left} 处没有取"] if n_left else [])])


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


# What the 督查室 follows. Lines are read in a group: one for each thing, below the name of its department.

MOST_QUOTED = 60  # characters of a text that a line quotes


def issues_text(row: WatchRow) -> str:
    """Everything that is wrong with it: `逾期 12 天；未报，应报日过了 20 天；受阻：征地拆迁`, `未报，期限过了 5 天`."""
    return "；".join(_issue_text(row, issue) for issue in row.issues)


def _issue_text(row: WatchRow, issue: Issue) -> str:
    word = ISSUE_WORDS[issue]
    match issue:
        case Issue.OVERDUE:
            return f"{word} {row.days_overdue} 天" if row.days_overdue else row.promise.word
        case Issue.FAR_BEHIND | Issue.BEHIND:
            return f"{word}，低于序时 {row.lag} 个百分点" if row.lag else word
        case Issue.SILENT:
            past = f"，期限过了 {row.days_unanswered} 天" if row.days_unanswered else ""
            return f"{word}，应报日过了 {row.days_silent} 天{past}" if row.days_silent else f"{word}{past}"
    return f"{word}：{row.reason}"


def watch_line(row: WatchRow) -> str:
    """`农村路（实事第 1 件）：滞后，低于序时 15 个百分点。下一步：…。数据日期 …。`"""
    parts = [f"{row.subject.name}（{row.promise.name}）：{issues_text(row)}"]
    if row.next_step:
        parts.append(f"下一步：{_quoted(row.next_step)}")
    parts.append(f"数据日期 {row.subject.last_on}" if row.subject.last_on else "还没有报过")
    return f"{'。'.join(parts)}。"


def _quoted(text: str) -> str:
    """The text in one line without its last full stop, cut where it is long."""
    line = " ".join(text.split()).rstrip("。．.;；")
    return line if len(line) <= MOST_QUOTED else f"{line[:MOST_QUOTED]}……"


def rank_line(row: RankRow) -> str:
    """`住建局：按时率 75%（8 次里 6 次），第 2 名。牵头 3 项：按序时 2，滞后 1；进度第 4 名。`"""
    record, counted = row.punctuality, row.counts
    rate = f"{row.department.name}：还没有到期的"
    if row.rate is not None:
        rate = f"{row.department.name}：按时率 {percent_text(row.rate)}（{record.periods} 次里 {record.on_time} 次），第 {row.rate_rank} 名"
    if not row.n_promises:
        return f"{rate}。"
    states = "，".join(f"{COLUMN_WORDS[one]} {counted[one]}" for one in Column if counted[one])
    return f"{rate}。牵头 {row.n_promises} 项：{states}；进度第 {row.verdict_rank} 名。"


def missing_period_text(row: MissingRow) -> str:
    """`… 年 9 月`; `… 年 9 月起` where later ones are wanting, too."""
    return f"{period_text(row.period)}{'起' if row.is_repeated else ''}"


def missing_line(row: MissingRow) -> str:
    """`农村路，… 年 9 月的：逾期未更新，应在 … 前报。`"""
    due = row.reporting_task.due
    until = f"，应在 {due.due_on} 前报" if due.due_on else ""
    return f"{row.subject.name}，{missing_period_text(row)}的：{OFFICIAL_DUE_STATUSES[due.status]}{until}。"


def published_line(row: PublishedRow) -> str:
    """`… 公布：农村路，进展报告，… 的。`"""
    return f"{row.published_on} 公布：{row.name}，{row.kind}，{row.held_on} 的。"


def check_line(row: CheckRow) -> str:
    """`农村路（实事第 1 件）：… 办成，… 起该回头看，过了 30 天；上次看到在用。`"""
    since = f"过了 {row.days} 天" if row.days else "就是今天"
    before = f"；上次看到{row.last_finding}" if row.last_finding else ""
    return f"{row.name}：{row.kept_on} 办成，{row.due_on} 起该回头看，{since}{before}。"


def list_text(title: str, groups: Mapping[str, Sequence[str]], n_left_out: int, counter: str = "项") -> str:
    """A list to paste into a group: its title with the number of lines, then each department with its lines.

    Lines of the group "" stand without a head.
    """
    n = sum(map(len, groups.values())) + n_left_out
    if not n:
        return f"{title}：没有。"
    lines = [f"{title}：{n} {counter}。"]
    for name, own in groups.items():
        head = ["", f"{name}："] if name else []
        lines += [*head, *(f"{number}. {line}" for number, line in enumerate(own, start=1))]
    if n_left_out:
        lines += ["", f"还有 {n_left_out} {counter}没有列出来，都在后台“督查”里。"]
    return "\n".join(lines)


def group_item_line(item: ReminderItem, today: date) -> str:
    """`农村路：上次数据 …，应在 … 前报，过了 10 天。`"""
    task = item.reporting_task
    name = task.subject.name if task else str(item.report.about)
    last = f"上次数据 {task.last_on}" if task and task.last_on else "还没有报过"
    days = (today - item.since).days
    return f"{name}：{last}，应在 {item.since} 前报{f'，过了 {days} 天' if days > 0 else ''}。"


def group_text(text: str, address: str) -> str:
    """The text with where to go, if that is known."""
    return f"{text}\n\n都在这里：{address}" if address else text


def earlier_answer_text(word: str, title: str, *details: str) -> str:
    """Of the same task or measure in the plan before: `去年：已完成，2018-12-31 前`. `title` only where it was another; what is
    empty in `details` is left out."""
    told = "，".join(filter(None, details))
    if title:
        return f"{word}写的是“{title}”{f'：{told}' if told else ''}"
    return f"{word}：{told}" if told else f"{word}也有"


def earlier_indicator_text(word: str, bound: str, due_on: date | None, verdict: str) -> str:
    """`去年：不低于 36%，2018-12-31 前，达标`. `bound`: as `bound_text`."""
    return f"{word}：{'，'.join(filter(None, [bound, f'{due_on} 前' if due_on else '', verdict]))}"


def bound_text(comparator: str, target: Decimal, upper: Decimal | None, unit: str) -> str:
    """`不低于 36%`, `30 到 36%`. `comparator`: its word."""
    return (
        f"{comparator} {in_unit(target, unit)}" if upper is None else f"{number_text(target)} 到 {in_unit(upper, unit)}"
    )


def alike_text(n: int, kind: str) -> str:
    """Drafts of one kind that wait for a reviewer: `6 份人大测评，一起看、一起公布`."""
    return f"{n} 份{kind}，一起看、一起公布"


def read_in_text(n: int, held_on: date, department: str, *, is_manned: bool) -> str:
    """What a reviewer read in from sheets: `您读进来的 12 份草稿（2024-09-30 的）等住建局送审`."""
    drafts = f"您读进来的 {n} 份草稿（{held_on} 的）"
    if not department:
        return f"{drafts}没有牵头部门，没有人能送审"
    return f"{drafts}等{department}送审{'' if is_manned else '，可是那里没有填报员'}"


def read_in_sent_text(n: int) -> str:
    """What a department sent of it, and readings of indicators, which nobody sends."""
    return f"您读进来、写下的 {n} 份等另一位审核员公布"


def read_in_lead(n_unsent: int, n_departments: int, n_sent: int) -> str:
    """Above these lines; something is not 0. `n_sent` wait for another reviewer."""
    waiting = f"等 {n_departments} 个部门看过、送审" if n_departments else "没有牵头部门送审"
    unsent = f"{n_unsent} 份草稿{waiting}" if n_unsent else ""
    sent = f"{n_sent} 份等另一位审核员公布" if n_sent else ""
    return f"您读进来的：{'，'.join(filter(None, (unsent, sent)))}"


def returns_text(others: Sequence[str], unmanned: Sequence[str]) -> list[str]:
    """Before sheets are read in by a reviewer: who will publish what comes of them, and for whom nobody can send."""
    if others:
        names = _first(others[:MOST_NAMES], len(others))
        told = [f"您读进来的算您起草：牵头部门的填报员看过送审，再由您以外的审核员公布（{names}）。"]
    else:
        told = ["您读进来的算您起草，要由您以外的审核员公布，现在没有这个人：请管理员再加一位审核员。"]
    told.append("填报员在自己的工作台上传回的，算填报员起草，您能公布。")
    if unmanned:
        names = _first(unmanned[:MOST_NAMES], len(unmanned))
        told.append(f"{names}没有填报员，送审不了：请管理员加一个，一个填报员可以管几个部门。")
    return told


def left_out_text(year: int, names: Sequence[tuple[str, str]], kind: str = "") -> str:
    """What only the plan before promised, each with its verdict, if there is one: `2018 年有、这一次没有的：…（未完成）`.

    `kind`: 任务 or 指标; empty for commitments.
    """
    told = "、".join(f"{name}（{verdict}）" if verdict else name for name, verdict in names)
    return f"{year} 年有、这一次没有的{kind}：{told}"


def pace_text(pace: str, *, has_steps: bool) -> str:
    """How the amount is to grow: 到期一次完成 only where no step comes before."""
    if pace == Pace.STEP:
        return "分步完成" if has_steps else "到期一次完成"
    return str(Pace(pace).label)


def answering_text(leads: str, partners: str, post: str) -> str:
    """Who answers for a task: `住建局牵头，财政局配合，副市长负责`."""
    said = ((leads, "牵头"), (partners, "配合"), (post, "负责"))
    return "，".join(f"{who}{deed}" for who, deed in said if who)


def publication_text(word: str, counts: Sequence[tuple[int, str, str]]) -> str:
    """What the publication of a plan or an addition makes public: `(10, "件", "承诺")` is said as 10 件承诺."""
    told = "、".join(f"{n} {counter}{what}" for n, counter, what in counts if n)
    return f"公布以后，谁都看得到{word}：{told}。" if told else f"公布以后，谁都看得到{word}。"


def authority_text(authority: str) -> str:
    """How residents will call who promises, which nothing changes once the plan is public."""
    return f"居民看到的称呼：{authority}。公布以后改不了。"


def short_gaps_text(gaps: Sequence[str]) -> str:
    """Clauses in a line: `没有写牵头部门、地点，没有代号是“x”的部门`."""
    empty = [gap.removeprefix("没有写") for gap in gaps if gap.startswith("没有写") and not gap.startswith("没有写明")]
    others = [gap for gap in gaps if not gap.startswith("没有写") or gap.startswith("没有写明")]
    return "，".join([*([f"没有写{'、'.join(empty)}"] if empty else []), *others])


def lacking_text(gaps: Counter[str], where: str) -> str:
    """How much is empty and `where` that is said, and what residents read of it."""
    return f"有 {gaps.total()} 处缺，{where}；文件里没有说的可以不写，{_published_empty(gaps)}。"


def open_gaps_text(gaps: Counter[str]) -> str:
    """What is published although it says nothing of it."""
    if not gaps:
        return "没有缺的。"
    told = "，".join(f"{gap} {n} 处" for gap, n in gaps.most_common())
    return f"还缺 {gaps.total()} 处：{told}。{_published_empty(gaps)}。"


def _published_empty(gaps: Counter[str]) -> str:
    own = "；没有原话的，用目标的数和日子写成一句" if NO_WORDING in gaps else ""
    return f"公开页上写“没有公布”{own}"


def open_readings_text(n: int) -> str:
    return (
        f"{n} 行里有“本站理解”，不是文件里的原话，公开页上会这样写明。" if n else "没有“本站理解”，都是文件里的原话。"
    )


def indicator_target_text(indicator: IndicatorSnapshot) -> str:
    """`不低于 36%`, `95 到 97%`, `等于 3 天`."""
    terms = indicator.terms
    word = indicator.row.get_comparator_display()
    return bound_text(word, terms.target, terms.upper, indicator.row.unit)
