"""How many promises stand on each badge, indicators against their target: as drawn and in words."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest

from common.charts import Segment
from projects.progress import Light
from tasks.models import Indicator
from tasks.progress import IndicatorTerms, indicator_state_of
from tasks.snapshots import IndicatorSnapshot
from tests.plain_projects import RULES, day, part, target
from tests.plain_projects import promise as a_promise
from website.pictures.plans import bullet_picture, tally_picture


def promise(*targets, as_of="2020-12-31", counter="件", **about):
    parts = [part(of, key) for key, of in enumerate(targets, 1)]
    return a_promise(*parts, as_of=as_of, lead=None, series=SimpleNamespace(counter=counter), **about)


DONE = target(("2020-08-31", 100))


# Tally


def test_a_bar_of_badges_in_the_order_of_the_sentences():
    picture = tally_picture([promise(target()), promise(DONE), promise(target()), promise(DONE), promise(DONE)])
    assert [(share.verdict.word, share.count) for share in picture.shares] == [("办成", 3), ("暂无公开数据", 2)]
    assert [share.segment for share in picture.shares] == [
        Segment(Fraction(0), Fraction(60)),
        Segment(Fraction(60), Fraction(40)),
    ]
    assert picture.description == "5 件承诺：3 件办成，2 件暂无公开数据"


def test_a_shape_is_drawn_where_it_has_room():
    picture = tally_picture([promise(target()), *[promise(DONE)] * 16])
    assert [share.has_room for share in picture.shares] == [True, False]
    assert picture.shares[1].verdict.word == "暂无公开数据"


def test_nothing_promised_is_no_bar():
    assert tally_picture([]) is None
    assert promise(target()).state.light is Light.UNREPORTED


# Indicators


def indicator(value=None, *, comparator="≥", amount=300, promised=None, baseline=None, upper=None, is_dropped=False):
    readings = [SimpleNamespace(held_on=day("2020-12-31"), value=Decimal(value))] if value is not None else []
    baseline = None if baseline is None else Decimal(baseline)
    most = None if upper is None else Decimal(upper)
    terms = IndicatorTerms(comparator, Decimal(amount), most, None, is_dropped=is_dropped)
    return IndicatorSnapshot(
        row=Indicator(comparator=comparator, unit="天", baseline=baseline),
        title="好天气",
        promised=replace(terms, target=Decimal(promised)) if promised else terms,
        terms=terms,
        inferred=frozenset(),
        lead_slugs=(),
        readings=tuple(readings),
        history=tuple(readings),
        adjustments=(),
        state=indicator_state_of(readings, terms, day("2020-12-31"), RULES, baseline=baseline),
    )


@pytest.mark.parametrize(
    ("snapshot", "value", "target", "meets"),
    [
        pytest.param(indicator(), None, 75, Segment(Fraction(75), Fraction(25)), id="no data: the target alone"),
        pytest.param(indicator(291), Fraction(291, 4), 75, Segment(Fraction(75), Fraction(25)), id="at least"),
        pytest.param(indicator(291, comparator="≤"), Fraction(291, 4), 75, Segment(Fraction(0), Fraction(75)), id="at most"),
        pytest.param(indicator(1, comparator="=", amount=1), Fraction(200, 3), Fraction(200, 3), None, id="exactly"),
        pytest.param(indicator(291, comparator="BETWEEN", upper=350), Fraction(291, 4), 75, Segment(Fraction(75), Fraction(25, 2)), id="between two values"),
        pytest.param(indicator(450), 90, 60, Segment(Fraction(60), Fraction(40)), id="more than wanted"),
        pytest.param(indicator(0), 0, 75, Segment(Fraction(75), Fraction(25)), id="zero is a value"),
        pytest.param(indicator(0, amount=0, comparator="≤"), 0, 0, Segment(Fraction(0), Fraction(0)), id="a target of zero"),
    ],
)  # fmt: skip
def test_a_value_against_its_target(snapshot, value, target, meets):
    picture = bullet_picture(snapshot)
    assert (picture.value, picture.target.at, picture.meets) == (value, target, meets)
    assert (picture.value_label is None) == (value is None)
    assert picture.target.text == "目标"  # how much it is stands in the facts below


def test_where_an_indicator_began_and_what_was_first_promised():
    picture = bullet_picture(indicator(291, baseline=240, promised=320))
    assert (picture.baseline.at, picture.promised) == (60, 80)
    assert picture.baseline.text == "起点 240 天"
    assert bullet_picture(indicator(291)).baseline is bullet_picture(indicator(291)).promised is None


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [
        (indicator(), "好天气：目标不低于 300 天，暂无公开数据"),
        (indicator(291), "好天气：2020 年 12 月 31 日的数据是 291 天，目标不低于 300 天"),
        (indicator(0, comparator="≤"), "好天气：2020 年 12 月 31 日的数据是 0 天，目标不超过 300 天"),
        (indicator(1, comparator="=", amount=1), "好天气：2020 年 12 月 31 日的数据是 1 天，目标 1 天"),
        (indicator(291, comparator="BETWEEN", upper=350), "好天气：2020 年 12 月 31 日的数据是 291 天，目标在 300 到 350 天之间"),
        (indicator(291, promised=320, baseline=240), "好天气：2020 年 12 月 31 日的数据是 291 天，目标不低于 300 天（原来 320 天），起点 240 天"),
        (indicator(291, is_dropped=True), "好天气：目标不低于 300 天，已取消"),
    ],
)  # fmt: skip
def test_an_indicator_in_words(snapshot, said):
    assert bullet_picture(snapshot).description == said
