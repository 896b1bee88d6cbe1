"""What the pages of a plan leave out, and what programs read of them, without a database."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.html import strip_tags

from tasks.measures import MeasureState, MeasureStatus
from tasks.progress import IndicatorState, IndicatorStatus, IndicatorTerms
from website.sentences.indicators import indicators_description, status_text, step_text, target_text
from website.sentences.plans import (
    groups_heading,
    investment_caption,
    listed,
    rest_of_group,
    task_description,
    tasks_description,
    unserved_groups_line,
    unserved_measures_sentence,
    unserved_tasks_sentence,
)
from website.sentences.promises import measures_sentence, partner_names

NO_DATA, OPEN = IndicatorStatus.NO_DATA, IndicatorStatus.OPEN
GROUP = SimpleNamespace(noun="大事", counter="件", plan=SimpleNamespace(authority="市里"))


def titled(*titles: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(title=title) for title in titles]


def an_answer(status: MeasureStatus) -> SimpleNamespace:
    return SimpleNamespace(state=MeasureState(status, None, None, False), latest_report=None)


def a_measure(title: str, status: MeasureStatus = MeasureStatus.NO_DATA) -> SimpleNamespace:
    row = SimpleNamespace(task=SimpleNamespace(group=GROUP))
    return SimpleNamespace(title=title, row=row, answer=an_answer(status))


def a_task(number: int, title: str, *measures: str) -> SimpleNamespace:
    found = [a_measure(one) for one in measures]
    return SimpleNamespace(
        group=GROUP,
        number=number,
        title=title,
        commitments=(),
        measures=found,
        answers=[measure.answer for measure in found],
    )


@pytest.mark.parametrize(("titles", "told"), [([], ""), (["修路"], "修路。"), (["修路", "绿化"], "修路；绿化。")])
def test_titles_in_a_row(titles, told):
    """docs/words.md: Other pages."""
    assert listed(titles) == told


@pytest.mark.parametrize(
    ("n_listed", "told"),
    [
        (25, "只加已经公布的；没有公布的不当作 0"),
        (20, "只加已经公布的；没有公布的不当作 0。合计是全部 25 件的，这里只列出上面 20 件"),
    ],
)
def test_the_sum_says_what_it_covers(n_listed, told):
    """docs/words.md: The first screen."""
    series = SimpleNamespace(row=SimpleNamespace(counter="件"), commitments=range(25))
    assert investment_caption(series, n_listed) == told


def test_what_of_a_group_no_project_serves():
    """docs/words.md: The first screen."""
    html = rest_of_group(SimpleNamespace(served=range(3), unserved=range(2)))
    assert strip_tags(html) == "另有 2 项没有列入项目，写在最后。"
    assert 'href="#unserved"' in html


@pytest.mark.parametrize(
    ("titles", "told"),
    [
        (["工业"], "工业：2 项没有列入项目，写在最后。"),
        (["工业", "民生", "改革开放"], "工业、民生和改革开放：6 项没有列入项目，写在最后。"),
    ],
)
def test_groups_of_which_no_project_serves_anything_are_told_once(titles, told):
    """docs/words.md: Other pages."""
    html = unserved_groups_line([SimpleNamespace(title=title, unserved=range(2)) for title in titles])
    assert strip_tags(html) == told
    assert html.count('href="#unserved"') == 1


# fmt: off
UNSERVED = {
    "one, no news": (1, False, "市里的计划没有写明哪些项目在做这一项，所以没有进度可以算。", "市里没有写明哪些项目在做这一项，所以没有进度可以算。"),
    "several, with news": (3, True, "市里的计划没有写明哪些项目在做这几项，所以没有进度可以算。有消息会写在这里。", "市里没有写明哪些项目在做这几项，所以没有进度可以算；有消息会写在下面的新闻里。"),
    "many": (30, False, "市里的计划没有写明哪些项目在做这 30 项，所以没有进度可以算。", "市里没有写明哪些项目在做这 30 项，所以没有进度可以算。"),
}
# fmt: on


@pytest.mark.parametrize("name", UNSERVED)
def test_why_there_is_nothing_to_reckon_with(name):
    """docs/words.md: Other pages."""
    n, has_news, of_tasks, of_measures = UNSERVED[name]
    tasks, measures = [a_task(1, "城市")] * n, [a_measure("修路")] * n
    told = unserved_tasks_sentence(tasks, has_news), unserved_measures_sentence(measures, has_news)
    assert told == (of_tasks, of_measures)


def test_what_is_said_of_measures_is_counted():
    """docs/words.md: Measures."""
    statuses = (MeasureStatus.SERVED, MeasureStatus.SILENT, MeasureStatus.SERVED, MeasureStatus.UNDER_WAY)
    told = measures_sentence([a_measure("修路", status) for status in statuses])
    assert told == "4 项打算：2 项看它的项目，1 项在做，1 项部门没有说过。"
    assert measures_sentence([]) == "没有写明打算怎么做。"


def test_a_task_for_programs():
    """docs/words.md: Other pages."""
    told = "2 项打算，都暂无公开消息。大事 1：修路；绿化。"
    assert task_description(a_task(1, "城市", "修路", "绿化")) == told


def test_all_tasks_for_programs():
    """docs/words.md: Other pages."""
    tasks = [a_task(1, "城市"), a_task(2, "乡村")]
    groups = [SimpleNamespace(title="三件大事", tasks=tasks), SimpleNamespace(title="八项工作", tasks=[])]
    told = tasks_description(SimpleNamespace(tasks=tasks, groups=groups))
    assert told == "2 项任务，都没有列入项目。三件大事：城市；乡村。八项工作："


def test_the_groups_of_a_plan_in_a_heading():
    """docs/words.md: Other pages."""
    assert strip_tags(groups_heading(titled("三件大事", "八项工作", "追加的工作"))) == "三件大事、八项工作和追加的工作"
    assert groups_heading([]) == ""
    html = groups_heading(titled("三件大事", "<b>八项工作"))
    assert html == '<span class="clause">三件大事和</span><span class="clause">&lt;b&gt;八项工作</span>'


def test_who_helps():
    """docs/words.md: A project's page."""
    partners = [SimpleNamespace(name="住建局"), SimpleNamespace(name="水利局")]
    assert partner_names(SimpleNamespace(partners=partners)) == "住建局、水利局"
    assert partner_names(SimpleNamespace(partners=[])) == ""


# Indicators


def an_indicator(
    value: str = "",
    comparator: str = "≥",
    unit: str = "%",
    upper: str = "",
    due="2020-12-31",
    status=NO_DATA,
    is_late=False,
) -> SimpleNamespace:
    number, most = Decimal(value) if value else None, Decimal(upper) if upper else None
    terms = IndicatorTerms(comparator, Decimal("36.50"), most, date.fromisoformat(due) if due else None)
    is_within = number is not None and terms.are_met_by(number)
    return SimpleNamespace(
        title="绿化率",
        row=SimpleNamespace(comparator=comparator, unit=unit),
        terms=terms,
        state=IndicatorState(status, number, None, is_within, is_late, None),
    )


@pytest.mark.parametrize(
    ("comparator", "unit", "told"),
    [("≥", "%", "不低于 36.5%"), ("≤", "天", "不超过 36.5 天"), ("=", "次命名", "36.5 次命名")],
)
def test_the_target_of_an_indicator(comparator, unit, told):
    """docs/words.md: Indicators."""
    assert target_text(an_indicator(comparator=comparator, unit=unit)) == told


def test_the_target_of_an_indicator_between_two_values():
    """docs/words.md: Indicators."""
    assert target_text(an_indicator(comparator="BETWEEN", upper="40")) == "在 36.5 到 40%之间"


# fmt: off
STANDINGS = {
    "open, short of it": (an_indicator("35", status=OPEN), "还没到期限（还差 1.5%）"),
    "open, met now": (an_indicator("37", status=OPEN), "还没到期限（现在够了）"),
    "open, above what it may be": (an_indicator("38", "≤", status=OPEN), "还没到期限（现在还差）"),
    "without a day, met now": (an_indicator("37", due="", status=OPEN), "现在够了"),
    "without a day, short of it": (an_indicator("35", due="", status=OPEN), "还差 1.5%"),
    "met": (an_indicator("37", status=IndicatorStatus.MET), "达到"),
    "not met": (an_indicator("35", status=IndicatorStatus.NOT_MET), "没达到"),
    "not met in time": (an_indicator("35", status=IndicatorStatus.NOT_MET, is_late=True), "没达到，后来达到了"),
    "never read": (an_indicator(), "没有数据"),
}
# fmt: on


@pytest.mark.parametrize("name", STANDINGS)
def test_how_an_indicator_stands(name):
    """docs/words.md: Indicators. docs/rules.md: indicator."""
    indicator, told = STANDINGS[name]
    assert status_text(indicator) == told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("", "35", "没有数据 → 35%，目标 不低于 36.5%"),
        ("35", "36.50", "35% → 36.5%，目标 不低于 36.5%"),
        ("35", "", "35% → 没有数据，目标 不低于 36.5%"),
    ],
)
def test_an_indicator_between_two_days(before, after, told):
    """docs/words.md: Other pages."""
    assert step_text(SimpleNamespace(before=an_indicator(before), after=an_indicator(after))) == told


def test_all_indicators_for_programs():
    """docs/words.md: Other pages."""
    told = indicators_description(SimpleNamespace(indicators=[an_indicator(), an_indicator(comparator="≤")]))
    assert told.endswith("绿化率：不低于 36.5%；绿化率：不超过 36.5%。")
