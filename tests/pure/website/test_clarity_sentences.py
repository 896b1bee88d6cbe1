"""How clearly a promise says what is to be done, in words; and who answers for a measure. docs/words.md: Clarity."""

from types import SimpleNamespace

import pytest

from tasks.clarity import Tick
from tasks.measures import MeasureState, MeasureStatus
from tests.plain_projects import day, part, promise, target
from website.sentences.answers import answer_line
from website.sentences.clarity import clarity_sentence, promise_clarity

NAMES = {"works": "住建局"}


@pytest.mark.parametrize(
    ("first", "now", "text"),
    [
        ((), (), "谁负责：没说 · 做多少：没说 · 什么时候：只说了年内 · 花多少钱：没说 · 分几步：没说"),
        ((), Tick, " · ".join(f"{word}：当初没说，后来补上了" for word in ("谁负责", "做多少", "什么时候", "花多少钱", "分几步"))),
        ((Tick.WHEN, Tick.MONEY), (Tick.WHEN, Tick.MONEY), "谁负责：没说 · 做多少：没说 · 什么时候：说了 · 花多少钱：说了 · 分几步：没说"),
    ],
)  # fmt: skip
def test_how_clear_a_promise_is(first, now, text):
    told = promise()
    told.promised_clarity, told.clarity = frozenset(first), frozenset(now)
    assert promise_clarity(told) == text


YEAR, HALF = part(target(), inferred=["due_on"]), part(target(due_on="2020-06-30"), inferred=["due_on"])


@pytest.mark.parametrize(
    ("parts", "about", "word"),
    [
        pytest.param([YEAR], {}, "只说了年内", id="the year"),
        pytest.param([HALF], {}, "没说哪天", id="half a year, as we read it"),
        pytest.param([YEAR, HALF], {}, "没说哪天", id="both"),
        pytest.param([YEAR], {"project_on": "2019-03-01"}, "没说哪天", id="brought along from an earlier plan"),
        pytest.param(
            [YEAR], {"project_on": "2019-03-01", "wording": "年内建成。"}, "只说了年内", id="in words of this year"
        ),
    ],
)
def test_of_a_day_only_what_is_true_is_told(parts, about, word):
    """docs/rules.md: clarity."""
    told = promise(*parts, **about)
    told.promised_clarity = told.clarity = frozenset()
    assert f"什么时候：{word}" in promise_clarity(told)
    series = SimpleNamespace(commitments=(told,), row=SimpleNamespace(counter="件"), clarity=dict.fromkeys(Tick, 0))
    assert ("（只说了年内）" in clarity_sentence(series)) is (word == "只说了年内")


def test_how_clear_a_series_is():
    series = SimpleNamespace(
        commitments=(promise(), promise()),
        row=SimpleNamespace(counter="件"),
        clarity=dict.fromkeys(Tick, 0) | {Tick.MONEY: 2},
    )
    assert clarity_sentence(series) == (
        "说清楚了吗？公布的时候，2 件里，写明花多少钱的 2 件；谁负责、做多少、什么时候办完（只说了年内）、分几步走都没有写明。"
    )


@pytest.mark.parametrize(
    ("status", "leads", "text"),
    [
        (MeasureStatus.DONE, ("works",), "说已完成；谁负责：住建局"),
        (MeasureStatus.DONE, (), "说已完成"),
        (MeasureStatus.NO_DATA, ("works",), "暂无公开消息；谁负责：住建局"),
        (MeasureStatus.SILENT, ("works",), "部门没有说过（住建局）"),
    ],
)
def test_a_measure_names_who_answers_for_it_once(status, leads, text):
    state = MeasureState(status, None, None, is_due_unreported=False)
    assert answer_line(SimpleNamespace(state=state, lead_slugs=leads), NAMES) == text


def test_a_word_has_its_day():
    state = MeasureState(MeasureStatus.UNDER_WAY, "UNDER_WAY", day("2020-06-20"), is_due_unreported=False)
    assert "2020 年 6 月 20 日" in answer_line(SimpleNamespace(state=state, lead_slugs=("works",)), NAMES)
