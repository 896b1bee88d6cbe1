"""The sentences of the desk, without a database."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.utils.html import strip_tags

from accounts.roles import EDITOR, OFFICIAL, REVIEWER
from desk.agenda import DueStatus, ReportDue
from desk.dashboard import ReminderNews
from desk.sentences import (
    alike_text,
    answering_text,
    appointment_sentence,
    awaited_sentence,
    bound_text,
    due_sentence,
    earlier_answer_text,
    earlier_indicator_text,
    earlier_item_text,
    earlier_target_text,
    gaps_sentence,
    lacking_text,
    left_out_text,
    nothing_text,
    open_gaps_text,
    open_readings_text,
    pace_text,
    period_text,
    printed_sentence,
    publication_text,
    reached_text,
    read_in_lead,
    read_in_sent_text,
    read_in_text,
    reminders_sentence,
    returned_text,
    returns_text,
    short_gaps_text,
    unmanned_sentence,
    unplaced_sentence,
    unsent_sentence,
    written_text,
)
from projects.appointments import Waiting
from projects.models import Report
from projects.progress import Period

DAY = date(2020, 9, 5)
NO_RETURN = {
    "is_form": True, "n_rows": 12, "n_changes": 0, "n_asked": 0, "n_left": 0, "n_refused": 0, "is_refused": False,
}  # fmt: skip
NIGHT = datetime(2020, 9, 5, 16, 30, tzinfo=UTC)  # in Shanghai the next day has begun


def a_task(
    status: DueStatus, due_on: date | None = None, has_reported: bool = False, open_draft: object = None
) -> SimpleNamespace:
    return SimpleNamespace(
        due=ReportDue(status, due_on), due_status=status, has_reported=has_reported, open_draft=open_draft
    )


STALE, SOON = a_task(DueStatus.STALE, DAY), a_task(DueStatus.DUE_SOON, DAY)
PERIODS = {
    "a month": (("2020-04-01", "2020-04-30"), "2020 年 4 月"),
    "the first quarter": (("2020-01-01", "2020-03-31"), "2020 年第一季度（1—3 月）"),
    "the second quarter": (("2020-04-01", "2020-06-30"), "2020 年第二季度（4—6 月）"),
    "the third quarter": (("2020-07-01", "2020-09-30"), "2020 年第三季度（7—9 月）"),
    "the last quarter": (("2020-10-01", "2020-12-31"), "2020 年第四季度（10—12 月）"),
    "three months that are no quarter": (("2020-05-01", "2020-07-31"), "2020 年 5—7 月"),
    "three months of two years": (("2020-11-01", "2021-01-31"), "2020 年 11 月—2021 年 1 月"),
    "the first half": (("2020-01-01", "2020-06-30"), "2020 年上半年（1—6 月）"),
    "the second half": (("2020-07-01", "2020-12-31"), "2020 年下半年（7—12 月）"),
    "half a year that is no half": (("2020-03-01", "2020-08-31"), "2020 年 3—8 月"),
    "a year": (("2020-01-01", "2020-12-31"), "2020 年"),
    "a year of two": (("2020-07-01", "2021-06-30"), "2020 年 7 月—2021 年 6 月"),
}


@pytest.mark.parametrize("name", PERIODS)
def test_a_reporting_period_is_called_as_people_call_it(name):
    """docs/rules.md: reporting-period. docs/words.md: The desk."""
    (first, last), told = PERIODS[name]
    assert period_text(Period(date.fromisoformat(first), date.fromisoformat(last))) == told


DUE = {
    "something to file": ([SOON, STALE, SOON], "1 个逾期未更新，2 个快到期。"),
    "all filed": ([a_task(DueStatus.LATER, DAY, has_reported=True)], "都报过了，现在没有要填的。"),
    "a draft is left": (
        [a_task(DueStatus.LATER, DAY, has_reported=True, open_draft="a draft")],
        "没有到期要报的；有 1 份草稿还没有送审。",
    ),
    "nothing due yet": (
        [a_task(DueStatus.LATER, date(2020, 10, 5)), a_task(DueStatus.LATER, DAY)],
        "还没有报过，现在也没有到期的；第一次请在 2020-09-05 前报。",
    ),
    "nothing will be due": ([a_task(DueStatus.SETTLED)], "还没有报过，现在也没有到期的。"),
}
APPOINTMENTS = {
    "waiting": (NIGHT, False, "现在还不能公布。到 2020-09-06 00:30 没有人提出异议，就可以公布"),
    "over": (
        datetime(2020, 9, 1, tzinfo=UTC),
        False,
        "24 小时里没有人提出异议，已经可以公布；不到 30 天又没有人确认的，公布时会注明",
    ),
    "objected": (
        NIGHT,
        True,
        "有人提出异议，不能公布。要恢复，请操作员在服务器上运行 portal confirm_reviewer zhang",
    ),
}
PRINTED = {
    "a draft": (Report(), "草稿"),
    "submitted": (Report(submitted_at=NIGHT), "已送审"),
    "public": (Report(submitted_at=NIGHT, published_at=NIGHT, entry_id=12), "已公布（公开记录第 12 条）"),
}


@pytest.mark.parametrize("name", DUE)
def test_what_there_is_to_file(name):
    """docs/words.md: The desk."""
    reporting_tasks, told = DUE[name]
    assert strip_tags(due_sentence(reporting_tasks)) == told


@pytest.mark.parametrize("name", APPOINTMENTS)
def test_whether_a_new_reviewer_may_publish(name):
    """docs/words.md: The desk. docs/rules.md: reviewers."""
    until, is_objected, told = APPOINTMENTS[name]
    appointment = SimpleNamespace(person=SimpleNamespace(username="zhang"))
    with time_machine.travel(datetime(2020, 9, 5, tzinfo=UTC), tick=False):
        one = Waiting(appointment, SimpleNamespace(until=until, is_objected=is_objected))
        assert appointment_sentence(one) == told


MISSING = {
    "departments": (unmanned_sentence(["住建局", "水利局"], 2), "2 个部门没有填报员：住建局、水利局。"),
    "more departments than are named": (
        unmanned_sentence(["住建局", "水利局"], 7),
        "7 个部门没有填报员：住建局、水利局等。",
    ),
    "a person": (unplaced_sentence(["zhang"], 1), "1 个填报员不在任何部门，没有要填的：zhang。"),
    "gaps of a row": (
        short_gaps_text(["没有写牵头部门", "没有写地点", "没有写明办成要看哪些节点", "没有代号是“x”的部门"]),
        "没有写牵头部门、地点，没有写明办成要看哪些节点，没有代号是“x”的部门",
    ),
    "no gaps of a row": (short_gaps_text([]), ""),
    "gaps of a table": (
        lacking_text(Counter({"没有写地点": 2}), "写在各件里"),
        "有 2 处缺，写在各件里；文件里没有说的可以不写，公开页上写“没有公布”。",
    ),
    "no words of the city's": (
        lacking_text(Counter({"没有写原话": 1}), "写在各件里"),
        "有 1 处缺，写在各件里；文件里没有说的可以不写，公开页上写“没有公布”；没有原话的，用目标的数和日子写成一句。",
    ),
    "gaps of what is to be published": (
        open_gaps_text(Counter({"没有写地点": 1, "没有写牵头部门": 9})),
        "还缺 10 处：没有写牵头部门 9 处，没有写地点 1 处。公开页上写“没有公布”。",
    ),
    "none": (open_gaps_text(Counter()), "没有缺的。"),
    "our readings": (open_readings_text(3), "3 行里有“本站理解”，不是文件里的原话，公开页上会这样写明。"),
    "no reading of ours": (open_readings_text(0), "没有“本站理解”，都是文件里的原话。"),
    "what a plan makes public": (
        publication_text("这份计划", [(10, "件", "承诺"), (0, "项", "指标"), (8, "个", "部门")]),
        "公布以后，谁都看得到这份计划：10 件承诺、8 个部门。",
    ),
    "what an empty one makes public": (publication_text("这份追加", []), "公布以后，谁都看得到这份追加。"),
    "who answers": (answering_text("住建局", "财政局、人社局", "副市长"), "住建局牵头，财政局、人社局配合，副市长负责"),
    "who only helps": (answering_text("", "财政局", ""), "财政局配合"),
    "day by day": (pace_text("LINEAR", has_steps=False), "按日均匀"),
    "at once": (pace_text("STEP", has_steps=False), "到期一次完成"),
    "by steps": (pace_text("STEP", has_steps=True), "分步完成"),
    "one gap": (
        gaps_sentence("县里 2024 年承诺", Counter({"没有写地点": 1})),
        "草稿“县里 2024 年承诺”还有 1 处没有写：没有写地点 1 处。没有公布过的也可以留着不写。",
    ),
    "gaps of more kinds than are named": (
        gaps_sentence(
            "县里 2024 年承诺", Counter({"没有写地点": 1, "没有写牵头部门": 9, "没有写总投资": 5, "别的": 1})
        ),
        "草稿“县里 2024 年承诺”还有 16 处没有写：没有写牵头部门 9 处，没有写总投资 5 处，没有写地点 1 处等。没有公布过的也可以留着不写。",
    ),
    "an official without a plan": (
        awaited_sentence(OFFICIAL, has_draft=False),
        "现在没有要填的。管理员写好年度计划、督查审核员公布以后，您部门牵头的会列在这里。",
    ),
    "a reviewer without a plan": (
        awaited_sentence(REVIEWER, has_draft=False),
        "管理员起草了年度计划，会列在“别的等公布的”里，由您看过再公布。",
    ),
    "a reviewer with a draft": (
        awaited_sentence(REVIEWER, has_draft=True),
        "年度计划的草稿在“别的等公布的”里；管理员写好以后，由您看过再公布。",
    ),
    "an editor without a plan": (
        awaited_sentence(EDITOR, has_draft=False),
        "管理员写好年度计划、督查审核员公布以后，可以写每一件承诺的新闻；别的新闻现在就可以写。",
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_is_missing_and_what_is_awaited(name):
    """docs/words.md: The desk."""
    told, expected = MISSING[name]
    assert told == expected


def test_what_became_of_the_reminders():
    """docs/words.md: The desk."""
    news = ReminderNews(last_on=DAY, by_email=3, on_desk=1, pending=[])
    assert reminders_sentence(news) == "最近一次 2020-09-05。7 天里发出邮件 3 封，只在工作台提醒 1 人次。"


def test_which_mails_did_not_go_out():
    """docs/words.md: The desk."""
    people = [SimpleNamespace(get_full_name=lambda name=name: name, username="zhang") for name in ("李四", "")]
    reminders = [SimpleNamespace(person=person, day=DAY) for person in people]
    assert unsent_sentence(reminders) == "邮件没有发出去，下次再发：李四（2020-09-05）、zhang（2020-09-05）。"


@pytest.mark.parametrize(("is_illustrative", "rest"), [(False, ""), (True, "，示例数据")])
def test_what_was_reached(is_illustrative, rest):
    """docs/words.md: The desk."""
    one = SimpleNamespace(
        project=SimpleNamespace(is_illustrative=is_illustrative),
        target=SimpleNamespace(unit="座"),
        reading=SimpleNamespace(value=Decimal(4), held_on=DAY),
        published_on=date(2020, 9, 8),
    )
    assert reached_text(one) == f"做到 4 座，2020-09-05 的数据，2020-09-08 公布{rest}"


@pytest.mark.parametrize("name", PRINTED)
def test_the_foot_of_a_sheet(name):
    """docs/words.md: The desk."""
    report, status = PRINTED[name]
    told = f"2020 年 9 月 6 日 00:30 打印，{status}。打印以后又改过的，要重新打印。"
    assert printed_sentence(report, NIGHT) == told


BEFORE = {
    "kept": (earlier_item_text("去年", "已完成"), "去年：已完成"),
    "of the year before last": (earlier_item_text("2018 年", "未完成"), "2018 年：未完成"),
    "not promised": (earlier_item_text("去年", None), "去年没有这一件"),
    "a target": (earlier_target_text("去年", Decimal(4), "座", DAY, is_dropped=False), "去年：4 座，2020-09-05 前"),
    "one given up": (earlier_target_text("去年", Decimal(4), "座", DAY, is_dropped=True), "去年：4 座，后来取消了"),
    "a share": (earlier_target_text("去年", Decimal(90), "%", DAY, is_dropped=False), "去年：90%，2020-09-05 前"),
    "a task": (
        earlier_answer_text("去年", "", "已完成", "2019-06-30 前", "住建局牵头"),
        "去年：已完成，2019-06-30 前，住建局牵头",
    ),
    "a task of which nobody was asked": (earlier_answer_text("去年", "", "", "", ""), "去年也有"),
    "a task with another title": (earlier_answer_text("去年", "修路", "", ""), "去年写的是“修路”"),
    "the same, with its verdict": (earlier_answer_text("去年", "修路", "逾期", ""), "去年写的是“修路”：逾期"),
    "an indicator": (
        earlier_indicator_text("去年", bound_text("不低于", Decimal("36.0"), None, "%"), DAY, "达标"),
        "去年：不低于 36%，2020-09-05 前，达标",
    ),
    "an indicator between two values": (
        earlier_indicator_text("去年", bound_text("在两个数之间", Decimal(30), Decimal(36), "户"), None, "无数据"),
        "去年：30 到 36 户，无数据",
    ),
    "tasks left out": (
        left_out_text(2020, [("修路", ""), ("绿化", "已完成")], "任务"),
        "2020 年有、这一次没有的任务：修路、绿化（已完成）",
    ),
    "left out": (
        left_out_text(2020, [("农村路", "未完成"), ("城市路", "已完成")]),
        "2020 年有、这一次没有的：农村路（未完成）、城市路（已完成）",
    ),
}


@pytest.mark.parametrize("name", BEFORE)
def test_what_the_plan_before_said(name):
    """docs/words.md: The desk."""
    text, expected = BEFORE[name]
    assert text == expected


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, "本月的表：读了 12 行，和现在存的一样，没有要写的。"),
        ({"n_changes": 3}, "本月的表：读了 12 行，要写 3 格。"),
        (
            {"is_form": False, "n_changes": 3, "n_asked": 1, "n_refused": 2},
            "部门自己的表，按名称对上的：读了 12 行，要写 3 格，1 处请您定；2 行有错没有读，为什么都写在下面。",
        ),
        (
            {"n_rows": 0, "n_refused": 1},
            "本月的表：读了 0 行，没有要写的；1 行有错没有读，为什么都写在下面。",
        ),
        (
            {"n_left": 2, "n_refused": 1},
            "本月的表：读了 12 行，没有要写的；1 行有错没有读，2 处没有取，为什么都写在下面。",
        ),
        ({"is_refused": True}, "这个文件没有读，为什么写在下面。"),
    ],
)
def test_a_returned_workbook_is_summed_up(counts, text):
    assert returned_text(**NO_RETURN | counts) == text


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((0, 0, 0), "没有要写的：表里写的和现在存的一样。"),
        ((1, 0, 0), "没有要写的：1 行有错没有读。改好再传。"),
        ((1, 2, 3), "没有要写的：3 个文件没有读，1 行有错没有读，2 处没有取。改好再传。"),
    ],
)
def test_it_is_said_why_a_batch_has_nothing_to_write(counts, text):
    n_refused, n_left, n_files_refused = counts
    assert nothing_text(n_refused=n_refused, n_left=n_left, n_files_refused=n_files_refused) == text


@pytest.mark.parametrize(
    ("counts", "is_refused", "text"),
    [
        ((3, 0, 0), False, "写了 3 行。"),
        ((3, 2, 0), False, "写了 3 行；2 处没有写，为什么都写在下面。"),
        ((0, 2, 1), False, "写了 0 行；2 处没有写，1 处没有取，为什么都写在下面。"),
        ((0, 0, 0), False, "写了 0 行：表里写的和现在存的一样。"),
        ((0, 1, 0), True, "写了 0 行：这个文件没有读，为什么写在下面。"),
    ],
)
def test_it_is_said_what_became_of_a_file(counts, is_refused, text):
    n_written, n_unwritten, n_left = counts
    assert written_text(n_written=n_written, n_unwritten=n_unwritten, n_left=n_left, is_refused=is_refused) == text


def test_what_a_reviewer_read_in_and_what_waits_alike():
    """docs/words.md: The desk."""
    day = date(2020, 9, 30)
    assert alike_text(6, "人大测评") == "6 份人大测评，一起看、一起公布"
    assert read_in_text(12, day, "住建局", is_manned=True) == "您读进来的 12 份草稿（2020-09-30 的）等住建局送审"
    assert read_in_text(1, day, "住建局", is_manned=False).endswith("等住建局送审，可是那里没有填报员")
    assert read_in_text(1, day, "", is_manned=False).endswith("没有牵头部门，没有人能送审")
    assert read_in_lead(12, 3, 0) == "您读进来的：12 份草稿等 3 个部门看过、送审"
    assert read_in_lead(1, 0, 0) == "您读进来的：1 份草稿没有牵头部门送审"
    assert read_in_lead(12, 3, 2) == "您读进来的：12 份草稿等 3 个部门看过、送审，2 份等另一位审核员公布"
    assert read_in_sent_text(3) == "您读进来、写下的 3 份等另一位审核员公布"


def test_who_publishes_what_comes_of_returned_sheets():
    """docs/rules.md: two-people."""
    own, others = returns_text(["王五", "赵六"], [])
    assert own == "您读进来的算您起草：牵头部门的填报员看过送审，再由您以外的审核员公布（王五、赵六）。"
    assert others == "填报员在自己的工作台上传回的，算填报员起草，您能公布。"
    assert "现在没有这个人：请管理员再加一位审核员" in returns_text([], [])[0]
    names = [f"第{n}局" for n in range(1, 8)]
    assert returns_text([], names)[2].startswith("第1局、第2局、第3局、第4局、第5局等没有填报员，送审不了")
