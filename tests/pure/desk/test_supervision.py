"""What the 督查室 follows: the rules on plain objects, and the lines for a group."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest

from desk.agenda import (
    Asking,
    DueStatus,
    Promise,
    PunctualityRecord,
    ReminderItem,
    ReminderKind,
    ReportDue,
    ReportingTask,
    Subject,
)
from desk.robots import parts_of
from desk.sentences import (
    check_line,
    group_item_line,
    group_text,
    issues_text,
    list_text,
    missing_line,
    published_line,
    rank_line,
    watch_line,
)
from desk.supervision.kinds import Column, Issue, Stage
from desk.supervision.rules import (
    CheckRow,
    MissingRow,
    PublishedRow,
    RankRow,
    WatchRow,
    column_of,
    issues_of,
    missing_period_of,
    rank_rows,
    ranks,
    spans_of,
    stage_of,
    week_before,
)
from projects.progress import Light, Period, Rules

DAY = date(2020, 9, 30)
RULES = Rules(starts_on=date(2020, 1, 1))
ASKING = Asking(date(2020, 3, 5), date(2020, 12, 31), RULES)


def a_progress(light: Light, lag: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(light=light, lag=None if lag is None else Fraction(lag))


def a_promise(word: str, light: Light | None = None, code: str = "", lag: str | None = None, **fields) -> Promise:
    progress = a_progress(light, lag) if light else None
    defaults = {"name": "实事第 1 件", "place": (1, 1), "due_on": date(2020, 9, 18), "shape": "down", **fields}
    return Promise(word=word, progress=progress, code=code, **defaults)


def a_subject(*promises: Promise, as_of: date = DAY, last_on: date | None = None, **fields) -> Subject:
    defaults = {
        "row": SimpleNamespace(address="project:roads"),
        "title": "农村公路",
        "name": "农村路",
        "lead_slugs": ("roads-office",),
        "reports": (),
        "askings": (ASKING,),
        "is_settled": False,
        "is_illustrative": False,
        **fields,
    }
    return Subject(as_of=as_of, last_on=last_on, promises=promises, **defaults)


def a_task(
    subject: Subject, status: DueStatus = DueStatus.LATER, due_on: date | None = None, **in_hand
) -> ReportingTask:
    lists = {"returned": (), "drafts": (), "waiting": (), **in_hand}
    return ReportingTask(subject, ReportDue(status, due_on), **lists)


LATER = ReportDue(DueStatus.LATER, date(2020, 10, 30))
STALE = ReportDue(DueStatus.STALE, date(2020, 9, 10))
ISSUES = {
    "on pace": (a_promise("按序时", Light.ON_PACE), LATER, "", ()),
    "behind": (a_promise("滞后", Light.BEHIND), LATER, "", (Issue.BEHIND,)),
    "far behind and silent": (a_promise("严重滞后", Light.FAR_BEHIND), STALE, "", (Issue.FAR_BEHIND, Issue.SILENT)),
    "past its day": (a_promise("逾期", Light.FAR_BEHIND), LATER, "LAND", (Issue.OVERDUE, Issue.HINDERED)),
    "hindered alone": (a_promise("按序时", Light.ON_PACE), LATER, "FUNDS", (Issue.HINDERED,)),
    "not to be begun yet, though its light is behind": (a_promise("未开工", Light.BEHIND), LATER, "", ()),
    "not begun, and the year is over": (a_promise("未开工", Light.FAR_BEHIND, "MISSED"), LATER, "", (Issue.OVERDUE,)),
    "nobody knows what became of it": (a_promise("未填报，无法核定", Light.UNREPORTED, "UNKNOWN"), LATER, "", (Issue.SILENT,)),
    "done, with a reason of before": (a_promise("逾期完成", Light.DONE), STALE, "LAND", ()),
    "dropped": (a_promise("已取消", Light.DROPPED), STALE, "", ()),
    "a measure past its day": (a_promise("逾期", code="OVERDUE"), LATER, "", (Issue.OVERDUE,)),
    "a measure of which nothing new came": (a_promise("未更新", code="STALE"), LATER, "", (Issue.SILENT,)),
    "past its day, before a report was due": (a_promise("未填报", Light.UNREPORTED, past_on=date(2020, 9, 18)), LATER, "", (Issue.SILENT,)),
    "past its day in one of its targets": (a_promise("按序时", Light.ON_PACE, past_on=date(2020, 9, 18)), LATER, "", (Issue.SILENT,)),
    "behind, and past its day in one": (a_promise("滞后", Light.BEHIND, past_on=date(2020, 9, 18)), LATER, "", (Issue.BEHIND,)),
    "a measure past its day that its projects serve": (a_promise("看它的项目", code="SERVED", past_on=date(2020, 9, 18)), LATER, "", (Issue.SILENT,)),
    "dropped past its day": (a_promise("已取消", Light.DROPPED, past_on=date(2020, 9, 18)), LATER, "", ()),
    "an indicator that was not reached": (a_promise("未达标", code="NOT_MET"), LATER, "", (Issue.OVERDUE,)),
    "an indicator of which only the value of its day is unknown": (a_promise("无数据", code="UNKNOWN"), LATER, "", ()),
    "the same, and nothing new came": (a_promise("无数据", code="UNKNOWN"), STALE, "", (Issue.SILENT,)),
}  # fmt: skip


@pytest.mark.parametrize("name", ISSUES)
def test_why_something_is_followed(name):
    """docs/rules.md: supervision."""
    promise, due, delay, issues = ISSUES[name]
    assert issues_of(a_subject(promise), promise, due, delay) == issues


def test_nobody_is_silent_who_was_never_asked():
    """docs/rules.md: supervision."""
    promise = a_promise("未填报", Light.UNREPORTED)
    assert issues_of(a_subject(promise, lead_slugs=()), promise, STALE, "") == ()
    assert issues_of(a_subject(promise), promise, STALE, "") == (Issue.SILENT,)
    past = a_promise("未填报", Light.UNREPORTED, past_on=date(2020, 9, 18))
    assert issues_of(a_subject(past, lead_slugs=()), past, LATER, "") == (Issue.SILENT,)


COLUMNS = {
    "逾期完成": (Light.DONE, "DONE", Column.DONE),
    "超序时": (Light.AHEAD, "AHEAD", Column.AHEAD),
    "按序时": (Light.ON_PACE, "ON_PACE", Column.ON_PACE),
    "滞后": (Light.BEHIND, "BEHIND", Column.BEHIND),
    "严重滞后": (Light.FAR_BEHIND, "FAR_BEHIND", Column.FAR_BEHIND),
    "逾期": (Light.FAR_BEHIND, "FAR_BEHIND", Column.OVERDUE),
    "未完成": (Light.FAR_BEHIND, "MISSED", Column.OVERDUE),
    "未填报": (Light.UNREPORTED, "UNREPORTED", Column.UNREPORTED),
    "未开工": (Light.BEHIND, "BEHIND", Column.ON_PACE),
    "未填报，无法核定": (Light.FAR_BEHIND, "UNKNOWN", Column.UNREPORTED),
    "有推进": (Light.BEHIND, "ADVANCED", Column.OTHER),
    "已取消": (Light.DROPPED, "DROPPED", Column.OTHER),
}


@pytest.mark.parametrize("word", COLUMNS)
def test_each_promise_is_counted_once_by_its_word(word):
    """docs/rules.md: supervision."""
    light, code, column = COLUMNS[word]
    assert column_of(a_promise(word, light, code)) is column


def test_equals_share_their_place_and_the_unknown_have_none():
    """docs/rules.md: supervision."""
    assert ranks([2, None, 1, 2, 5]) == [2, None, 1, 2, 4]
    assert ranks([]) == []


def test_departments_are_ranked_by_what_they_keep():
    """docs/rules.md: supervision."""
    words = {"a": ["按序时", "滞后"], "b": ["按序时"], "c": ["逾期", "按序时"], "d": []}
    lights = {"按序时": Light.ON_PACE, "滞后": Light.BEHIND, "逾期": Light.FAR_BEHIND}
    led = [
        (
            SimpleNamespace(slug=slug, name=slug),
            [a_subject(a_promise(word, lights[word]), project=SimpleNamespace(), askings=()) for word in own],
        )
        for slug, own in words.items()
    ]
    rows = {row.department.slug: row for row in rank_rows(led)}
    assert {slug: row.verdict_rank for slug, row in rows.items()} == {"b": 1, "a": 2, "c": 3, "d": None}
    assert [*rows] == ["b", "a", "c", "d"]
    assert {row.rate_rank for row in rows.values()} == {None}


MARCH, NOVEMBER, DECEMBER = (Rules(date(2020, 1, 1)).period_of(date(2020, month, 5)) for month in (3, 11, 12))
SEPTEMBER, OCTOBER = Period(date(2020, 9, 1), DAY), Period(date(2020, 10, 1), date(2020, 10, 31))
MISSING = {
    "nothing this month": (DAY, date(2020, 8, 31), {}, SEPTEMBER),
    "something this month": (DAY, date(2020, 9, 1), {}, None),
    "within the grace it is still the month before": (date(2020, 10, 10), date(2020, 8, 31), {}, SEPTEMBER),
    "after the grace it is the new one": (date(2020, 10, 11), date(2020, 9, 20), {}, OCTOBER),
    "what was reported for a later day counts": (date(2020, 10, 5), date(2020, 10, 2), {}, None),
    "never reported, since the first period": (DAY, None, {}, MARCH),
    "overdue, the period that it lacks": (date(2020, 12, 12), date(2020, 10, 31), {}, NOVEMBER),
    "overdue after the plan's end, its last period": (date(2021, 1, 20), date(2020, 11, 20), {}, DECEMBER),
    "of before it was asked for": (DAY, date(2020, 1, 31), {}, MARCH),
    "settled": (DAY, None, {"is_settled": True}, None),
    "nobody answers for it": (DAY, None, {"lead_slugs": ()}, None),
    "the plan is over": (date(2021, 1, 20), date(2020, 12, 5), {}, None),
    "promised since": (DAY, None, {"askings": (Asking(date(2020, 10, 1), date(2020, 12, 31), RULES),)}, None),
}


@pytest.mark.parametrize("name", MISSING)
def test_who_has_not_reported_for_the_month(name):
    """docs/rules.md: supervision."""
    as_of, last_on, fields, period = MISSING[name]
    assert missing_period_of(a_task(a_subject(a_promise("按序时"), as_of=as_of, last_on=last_on, **fields))) == period


def test_what_was_submitted_is_not_missing():
    """docs/rules.md: supervision."""
    subject = a_subject(a_promise("按序时"), last_on=date(2020, 8, 31))
    assert missing_period_of(a_task(subject, waiting=(SimpleNamespace(held_on=DAY),))) is None


def test_how_far_the_next_report_is():
    subject, one = a_subject(), (SimpleNamespace(held_on=DAY),)
    assert stage_of(a_task(subject)) is Stage.NONE
    assert stage_of(a_task(subject, drafts=one)) is Stage.DRAFT
    assert stage_of(a_task(subject, drafts=one, waiting=one)) is Stage.SUBMITTED
    assert stage_of(a_task(subject, returned=one, waiting=one)) is Stage.RETURNED


@pytest.mark.parametrize("day", [date(2020, 9, 28), DAY, date(2020, 10, 4)])
def test_the_week_before(day):
    assert week_before(day) == (date(2020, 9, 21), date(2020, 9, 27))


def test_the_weeks_and_months_to_choose_from():
    days = {word: (str(since), str(until)) for word, since, until in spans_of(DAY, date(2020, 8, 20))}
    assert days == {
        "本周": ("2020-09-28", "2020-09-30"),
        "上周": ("2020-09-21", "2020-09-27"),
        "这个月": ("2020-09-01", "2020-09-30"),
        "上个月": ("2020-08-20", "2020-08-31"),
    }
    assert [word for word, *_ in spans_of(DAY, date(2020, 9, 29))] == ["本周", "这个月"]


OF_BOTH = (a_promise("未完成", Light.FAR_BEHIND, year=2020), a_promise("按序时", Light.ON_PACE, year=2021))


def test_of_a_year_a_subject_has_what_its_plan_promises_and_asks():
    """docs/rules.md: supervision."""
    later = replace(ASKING, asked_on=date(2021, 1, 5), ends_on=date(2021, 12, 31), year=2021)
    whole = a_subject(*OF_BOTH[1:], every_promise=OF_BOTH, askings=(later, replace(ASKING, year=2020)))
    of = {year: whole.of_year(year) for year in (2020, 2021, 2022)}
    assert of[2022] is None
    assert {year: [one.word for one in of[year].promises] for year in (2020, 2021)} == {
        2020: ["未完成"],
        2021: ["按序时"],
    }
    assert {year: [one.year for one in of[year].askings] for year in (2020, 2021)} == {2020: [2020], 2021: [2021]}
    kept = a_subject(every_promise=(a_promise("已完成", Light.DONE, year=2020), OF_BOTH[1]))
    assert [kept.of_year(year).is_settled for year in (2020, 2021)] == [True, False]


# The lines


def a_row(promise: Promise, due: ReportDue = LATER, last_on: date | None = None, **report) -> WatchRow:
    subject = a_subject(promise, last_on=last_on)
    label, latest = report.get("delay", ""), None
    if report:
        words = {"problem": "", "next_step": "", **report}
        latest = SimpleNamespace(get_delay_display=lambda: label, **words)
    issues = issues_of(subject, promise, due, label)
    return WatchRow(ReportingTask(subject, due, (), (), ()), promise, ("交通局",), latest, issues)


WATCHED = {
    "behind, with a next step": (
        a_row(a_promise("滞后", Light.BEHIND, lag="0.156"), last_on=date(2020, 9, 20), next_step="修完\n最后两条。"),
        "农村路（实事第 1 件）：滞后，低于序时 15 个百分点。下一步：修完 最后两条。数据日期 2020-09-20。",
    ),
    "late, hindered and silent": (
        a_row(a_promise("逾期", Light.FAR_BEHIND), STALE, date(2020, 7, 31), delay="征地拆迁"),
        "农村路（实事第 1 件）：逾期 12 天；未报，应报日过了 20 天；受阻：征地拆迁。数据日期 2020-07-31。",
    ),
    "never reported": (
        a_row(a_promise("未填报", Light.UNREPORTED), ReportDue(DueStatus.NEVER, date(2020, 4, 10))),
        "农村路（实事第 1 件）：未报，应报日过了 173 天。还没有报过。",
    ),
    "past its day, before a report was due": (
        a_row(a_promise("未填报", Light.UNREPORTED, past_on=date(2020, 9, 18)), LATER),
        "农村路（实事第 1 件）：未报，期限过了 12 天。还没有报过。",
    ),
    "past its day and its report's": (
        a_row(
            a_promise("未填报", Light.UNREPORTED, past_on=date(2020, 9, 18)),
            ReportDue(DueStatus.NEVER, date(2020, 4, 10)),
        ),
        "农村路（实事第 1 件）：未报，应报日过了 173 天，期限过了 12 天。还没有报过。",
    ),
    "a long next step": (
        a_row(a_promise("严重滞后", Light.FAR_BEHIND), last_on=DAY, next_step="修" * 80),
        f"农村路（实事第 1 件）：严重滞后。下一步：{'修' * 60}……。数据日期 2020-09-30。",
    ),
}


@pytest.mark.parametrize("name", WATCHED)
def test_a_line_of_what_is_followed(name):
    """docs/words.md: The desk."""
    row, line = WATCHED[name]
    assert watch_line(row) == line


def test_an_indicator_without_a_day_is_said_by_its_word():
    """docs/words.md: The desk."""
    assert issues_text(a_row(a_promise("未达标", code="NOT_MET", due_on=None))) == "未达标"


def test_a_line_of_the_ranking():
    """docs/words.md: The desk."""
    counts = Counter({Column.ON_PACE: 2, Column.BEHIND: 1})
    row = RankRow(SimpleNamespace(slug="a", name="住建局"), counts, PunctualityRecord(6, 8, {}), 2, 4)
    assert rank_line(row) == "住建局：按时率 75%（8 次里 6 次），第 2 名。牵头 3 项：按序时 2，滞后 1；进度第 4 名。"
    nothing = RankRow(row.department, Counter(), PunctualityRecord(0, 0, {}))
    assert rank_line(nothing) == "住建局：还没有到期的。"


def test_a_line_of_what_is_missing():
    """docs/words.md: The desk."""
    task = a_task(a_subject(a_promise("按序时")), DueStatus.DUE, date(2020, 10, 10))
    assert missing_line(MissingRow(task, SEPTEMBER, ())) == "农村路，2020 年 9 月的：该更新了，应在 2020-10-10 前报。"
    never = a_task(a_subject(a_promise("未填报")), DueStatus.NEVER, date(2020, 4, 10))
    assert missing_line(MissingRow(never, MARCH, ())) == "农村路，2020 年 3 月起的：从未填报，应在 2020-04-10 前报。"


def test_the_late_come_first_and_what_is_not_due_last():
    """docs/rules.md: supervision."""
    statuses = (DueStatus.LATER, DueStatus.DUE_SOON, DueStatus.STALE, DueStatus.DUE, DueStatus.NEVER)
    subjects = {lead: a_subject(a_promise("按序时"), lead_slugs=(lead,)) for lead in ("b", "a")}
    rows = [MissingRow(a_task(one, status), SEPTEMBER, ()) for one in subjects.values() for status in statuses]
    ranked = [
        (row.subject.lead_slugs[0], row.is_late, row.is_due_later) for row in sorted(rows, key=lambda row: row.rank)
    ]
    assert ranked == [
        *[("a", True, False)] * 2,
        *[("b", True, False)] * 2,
        *[("a", False, False)] * 2,
        *[("b", False, False)] * 2,
        ("a", False, True),
        ("b", False, True),
    ]


def test_a_line_of_what_came_out():
    """docs/words.md: The desk."""
    fact = SimpleNamespace(published_on=DAY)
    row = PublishedRow(fact, "农村公路", "进展报告（更正）", (), (), date(2020, 9, 20), "")
    assert published_line(row) == "2020-09-30 公布：农村公路，进展报告（更正），2020-09-20 的。"


@pytest.mark.parametrize(
    ("finding", "after", "line"),
    [
        ("", 30, "农村路（实事第 1 件）：2020-03-01 办成，2020-08-28 起该回头看，过了 30 天。"),
        ("在用", 0, "农村路（实事第 1 件）：2020-03-01 办成，2020-08-28 起该回头看，就是今天；上次看到在用。"),
    ],
)
def test_a_line_of_what_to_look_at_again(finding, after, line):
    """docs/words.md: The desk."""
    due_on = date(2020, 8, 28)
    about = {"commitment": None, "departments": (), "slugs": (), "kept_on": date(2020, 3, 1), "is_illustrative": False}
    as_of = due_on + timedelta(days=after)
    row = CheckRow(name="农村路（实事第 1 件）", due_on=due_on, last_finding=finding, as_of=as_of, **about)
    assert check_line(row) == line


def test_a_list_to_paste_into_a_group():
    """docs/words.md: The desk."""
    assert list_text("督办清单（2020-09-30）", {}, 0) == "督办清单（2020-09-30）：没有。"
    assert list_text("部门排名（2020-09-30）", {"": ["住建局。"]}, 0) == "部门排名（2020-09-30）：1 项。\n1. 住建局。"
    assert list_text("部门排名", {"": ["住建局。"]}, 0, "个部门") == "部门排名：1 个部门。\n1. 住建局。"
    assert list_text("督办清单（2020-09-30）", {"住建局": ["一。", "二。"], "水利局": ["三。"]}, 4) == (
        "督办清单（2020-09-30）：7 项。\n\n住建局：\n1. 一。\n2. 二。\n\n水利局：\n1. 三。\n\n"
        "还有 4 项没有列出来，都在后台“督查”里。"
    )


def test_a_line_of_what_is_due_for_a_group():
    """docs/words.md: The desk."""
    item = ReminderItem(
        ReminderKind.STALE, "project:roads", date(2020, 9, 20), a_task(a_subject(last_on=date(2020, 8, 20)))
    )
    assert group_item_line(item, DAY) == "农村路：上次数据 2020-08-20，应在 2020-09-20 前报，过了 10 天。"
    new = ReminderItem(ReminderKind.DUE, "project:roads", DAY, a_task(a_subject()))
    assert group_item_line(new, DAY) == "农村路：还没有报过，应在 2020-09-30 前报。"
    assert group_text("文字。", "") == "文字。"
    assert group_text("文字。", "https://city.example/") == "文字。\n\n都在这里：https://city.example/"


def test_a_long_text_is_several_messages_by_department():
    """docs/words.md: The desk."""
    lines = {"住建局": ["一" * 40, "二" * 40], "水利局": ["三" * 40], "交通局": [f"{n}" * 60 for n in range(9)]}
    text = group_text(list_text("督办清单", lines, 0), "https://city.example/")
    assert parts_of(text, 4096) == [text]
    parts = parts_of(text, 400)
    assert len(parts) > 2
    assert all(len(part.encode()) <= 400 for part in parts)
    assert [part.split("\n", 1)[0] for part in parts] == [
        f"督办清单：12 项。（{n}/{len(parts)}）" for n in range(1, len(parts) + 1)
    ]
    assert all("局：" in part for part in parts[:-1])
    told = [line for part in parts for line in part.split("\n")]
    assert [line for line in text.split("\n") if line and line not in told and line != "督办清单：12 项。"] == []
    assert sum(line.startswith(("1. ", "2. ")) for line in told) == 5
