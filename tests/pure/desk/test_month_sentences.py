"""The sentences of the month's sheet, without a database."""

from datetime import date

import pytest

from desk.sentences import (
    first_report_text,
    long_ago_text,
    month_lead,
    month_sent_text,
    unchanged_scope_text,
)

DAY = date(2020, 5, 31)
COUNT = "数都是到 2020-05-31 为止的累计数。"
PASTED = "可以从表格软件里复制几格，在第一格里粘贴。"
OWN = {"may_tick": True, "is_open": True, "is_own": True}
SENT = [(3, "份送审了，等审核"), (0, "份已经公布"), (1, "个指标的数存了，等审核")]


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (
            month_lead(15, DAY, **OWN),
            f"15 行，{COUNT}有新数据的填，没有变化的勾“无变化”，这次不报的留空。{PASTED}",
        ),
        (month_lead(1, DAY, **OWN | {"may_tick": False}), f"1 行，{COUNT}有新数据的填，这次不报的留空。{PASTED}"),
        (month_lead(2, DAY, **OWN | {"is_open": False}), f"2 行，{COUNT}"),
        (month_lead(2, DAY, **OWN | {"is_own": False}), f"2 行，{COUNT}您只能看；草稿要等部门送审以后才看得到。"),
        (first_report_text(True), "第一次填报，要填累计"),
        (first_report_text(False), "第一次填报，要选到哪一步"),
        (unchanged_scope_text(12, 3), "“都无变化”只管报过的 12 行；另有 3 行第一次填报，要填。"),
        (unchanged_scope_text(15, 0), ""),
        (
            month_sent_text(DAY, SENT, "张三，2020-06-05 08:30", ["王五", "赵六"]),
            "2020-05-31 的都报了：3 份送审了，等审核；1 个指标的数存了，等审核。最近一次送审：张三，2020-06-05 08:30。"
            "由督查审核员（王五、赵六）审核，公布以后居民才看得到。",
        ),
        (
            month_sent_text(DAY, [(2, "份已经公布")], "", []),
            "2020-05-31 的都报了：2 份已经公布。",
        ),
        (
            long_ago_text(DAY, 77, is_after_bulletin=False),
            "这些都是 2020-05-31 的数据，77 天以前的。请看看日期选对没有。",
        ),
        (long_ago_text(DAY, 77, is_after_bulletin=True), "2020-05-31 的通报已经印发，这些是通报后补报。"),
    ],
)
def test_the_month_is_told(sentence, text):
    assert sentence == text
