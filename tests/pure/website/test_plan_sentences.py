"""What the pages of a plan leave out, and what programs read of them, without a database."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils.html import strip_tags

from website.sentences.indicators import indicators_description, step_text, target_text
from website.sentences.plans import (
    groups_heading,
    investment_caption,
    listed,
    rest_of_group,
    task_description,
    tasks_description,
    unserved_measures_sentence,
    unserved_tasks_sentence,
)
from website.sentences.promises import partner_names


def titled(*titles: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(title=title) for title in titles]


def a_task(number: int, title: str, *measures: str) -> SimpleNamespace:
    group = SimpleNamespace(noun="大事", counter="件")
    return SimpleNamespace(group=group, number=number, title=title, commitments=(), measures=titled(*measures))


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


@pytest.mark.parametrize(
    ("n_served", "told"),
    [(3, "另有 2 项没有列入项目，写在最后。"), (0, "这  2 项没有列入项目，写在最后。")],
)
def test_what_of_a_group_no_project_serves(n_served, told):
    """docs/words.md: The first screen."""
    html = rest_of_group(SimpleNamespace(served=range(n_served), unserved=range(2)))
    assert strip_tags(html) == told
    assert 'href="#unserved"' in html


# fmt: off
UNSERVED = {
    "one, no news": (1, False, "市里的计划没有写明哪些项目在做这一项，所以没有进度可以算。", "市里没有写明哪些项目在做这一项，所以没有进度可以算。"),
    "several, with news": (3, True, "市里的计划没有写明哪些项目在做这几项，所以没有进度可以算。有消息会写在这里。", "市里没有写明哪些项目在做这几项，所以没有进度可以算；有消息会写在下面的新闻里。"),
}
# fmt: on


@pytest.mark.parametrize("name", UNSERVED)
def test_why_there_is_nothing_to_reckon_with(name):
    """docs/words.md: Other pages."""
    n, has_news, of_tasks, of_measures = UNSERVED[name]
    told = unserved_tasks_sentence(range(n), has_news), unserved_measures_sentence(range(n), has_news)
    assert told == (of_tasks, of_measures)


def test_a_task_for_programs():
    """docs/words.md: Other pages."""
    told = "没有列入项目，所以没有进度可以算。大事 1：修路；绿化。"
    assert task_description(a_task(1, "城市", "修路", "绿化")) == told


def test_all_tasks_for_programs():
    """docs/words.md: Other pages."""
    tasks = [a_task(1, "城市"), a_task(2, "乡村")]
    groups = [SimpleNamespace(title="三件大事", tasks=tasks), SimpleNamespace(title="八项工作", tasks=[])]
    told = tasks_description(SimpleNamespace(tasks=tasks, groups=groups))
    assert told == "2 项任务：0 项有项目在做，2 项没有列入项目。三件大事：城市；乡村。八项工作："


def test_the_groups_of_a_plan_in_a_heading():
    """docs/words.md: Other pages."""
    html = groups_heading(titled("三件大事", "<b>八项工作"))
    assert html == '<span class="clause">三件大事和</span><span class="clause">&lt;b&gt;八项工作</span>'


def test_who_helps():
    """docs/words.md: A project's page."""
    partners = [SimpleNamespace(name="住建局"), SimpleNamespace(name="水利局")]
    assert partner_names(SimpleNamespace(partners=partners)) == "住建局、水利局"
    assert partner_names(SimpleNamespace(partners=[])) == ""


# Indicators


def an_indicator(value: str = "", comparator: str = "≥", unit: str = "%") -> SimpleNamespace:
    return SimpleNamespace(
        title="绿化率",
        row=SimpleNamespace(comparator=comparator, unit=unit),
        target=Decimal("36.50"),
        state=SimpleNamespace(value=Decimal(value) if value else None, status=None),
    )


@pytest.mark.parametrize(
    ("comparator", "unit", "told"),
    [("≥", "%", "不低于 36.5%"), ("≤", "天", "不超过 36.5 天"), ("=", "次命名", "36.5 次命名")],
)
def test_the_target_of_an_indicator(comparator, unit, told):
    """docs/words.md: Indicators."""
    assert target_text(an_indicator(comparator=comparator, unit=unit)) == told


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
