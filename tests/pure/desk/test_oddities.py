"""What is asked about before a report is sent: a table of slips, and of what looks like one and is none."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from desk.filing import Line
from desk.oddities import LOOKS, Oddity, OddityKind, change_oddities, oddities_of, reading_oddities
from projects.models import Adjustment, Milestone, Project, PromiseChange
from projects.progress import Terms
from tasks.models import Commitment, Indicator, Plan, PlanAdjustment, Reading, Series, Target
from tests.plain_projects import day

TODAY = "2020-09-30"
STATIONS, ROADS, OPENED, ROOF = 1, 2, 3, 4


def a_line(key: int, title: str, target: str | int, unit: str, readings, pace: str = "LINEAR") -> Line:
    words = {"is_counted": unit != "%", "verb": "建成", "begun": "动工"}
    milestone = SimpleNamespace(
        row=SimpleNamespace(pk=key, unit=unit, address=f"milestone:sewage/{key}", **words),
        title=title,
        readings=[SimpleNamespace(report=report, value=Decimal(value)) for report, value in readings],
    )
    terms = Terms(day("2020-01-01"), day("2020-12-31"), Decimal(target), pace)
    return Line(milestone, (SimpleNamespace(terms=terms),), is_dropped=False)


def a_past(pk: int, held_on: str, spent: int | None = None) -> SimpleNamespace:
    return SimpleNamespace(pk=pk, held_on=day(held_on), spent=None if spent is None else Decimal(spent))


def snapshot(*told, investment: int | None = 33_000_000, promised_on: str = "2020-03-05") -> SimpleNamespace:
    """A project whose earlier reports are (held day, values by milestone, spent), numbered from 1."""
    reports = [(a_past(n, held_on, spent), values) for n, (held_on, values, spent) in enumerate(told, start=1)]

    def heard(key: int):
        return [(report, values[key]) for report, values in reports if key in values]

    known = [
        SimpleNamespace(
            report=report,
            has_readings=True,
            readings=[SimpleNamespace(milestone_id=key, value=Decimal(value)) for key, value in values.items()],
        )
        for report, values in reports
    ]
    project = SimpleNamespace(
        row=SimpleNamespace(published_on=day(promised_on)),
        investment=None if investment is None else Decimal(investment),
        reports=known,
        effective_reports=known,
    )
    return SimpleNamespace(
        snapshot=project,
        lines=[
            a_line(STATIONS, "污水处理站", 10, "座", heard(STATIONS)),
            a_line(ROADS, "经二路", 100, "%", heard(ROADS)),
            a_line(OPENED, "开工建设", 1, "项", heard(OPENED), pace="STEP"),
            a_line(ROOF, "主体封顶", 100, "%", heard(ROOF), pace="STEP"),
        ],
    )


def found(past, values, *, held_on: str = "2020-09-25", spent=None, corrects: int | None = None, on: str = TODAY):
    report = SimpleNamespace(
        pk=None, held_on=day(held_on), spent=None if spent is None else Decimal(spent), corrects_id=corrects
    )
    return oddities_of(report, {key: Decimal(value) for key, value in values.items()}, past, date.fromisoformat(on))


NOTHING_YET = snapshot()
LAST_MONTH = snapshot(("2020-08-31", {STATIONS: 3, ROADS: 40, OPENED: 0}, 9_000_000))
TWO_MONTHS = snapshot(
    ("2020-07-31", {STATIONS: "0.5", ROADS: 2}, 400_000), ("2020-08-31", {STATIONS: 3, ROADS: 40}, 9_000_000)
)
BEGUN = snapshot(("2020-08-31", {STATIONS: 1, ROADS: 2}, 400_000))
NO_TOTAL = snapshot(("2020-08-31", {ROADS: 40}, 400_000), investment=None)

SLIPS = {
    "the first spending in the wrong unit": (
        NOTHING_YET, {ROADS: 5}, {"spent": 1500}, OddityKind.TINY_SPENDING,
        "第一次报累计完成投资 1,500 元，只有总投资的 0.00%。",
    ),
    "the first spending just under 1 %": (NOTHING_YET, {ROADS: 5}, {"spent": 329_999}, OddityKind.TINY_SPENDING, "0.99%"),
    "beyond the total": (
        NOTHING_YET, {ROADS: 5}, {"spent": 33_000_001}, OddityKind.OVER_INVESTMENT,
        "累计完成投资 33,000,001 元，超过总投资 3300 万元。",
    ),
    "spending with a digit too many": (
        BEGUN, {ROADS: 5}, {"spent": 4_000_000}, OddityKind.SPENDING_TENFOLD,
        "累计完成投资 400 万元，上次是 40 万元，涨到十倍以上。",
    ),
    "spending with a digit too many, no total": (NO_TOTAL, {ROADS: 41}, {"spent": 4_000_000}, OddityKind.SPENDING_TENFOLD, "十倍"),
    "half of the total at once": (LAST_MONTH, {ROADS: 50}, {"spent": 25_500_001}, OddityKind.SPENDING_JUMP, "一半以上"),
    "above the target": (LAST_MONTH, {STATIONS: 12}, {}, OddityKind.OVER_TARGET, "污水处理站：12 座，超过目标 10 座。"),
    "the first value above the target": (NOTHING_YET, {STATIONS: 12}, {}, OddityKind.OVER_TARGET, "12 座"),
    "a digit too many": (BEGUN, {ROADS: 20}, {}, OddityKind.TENFOLD, "经二路：上次 2%，这次 20%，涨到十倍以上。"),
    "more than half at once": (LAST_MONTH, {ROADS: "90.1"}, {}, OddityKind.JUMP, "经二路：上次 40%，这次 90.1%，一次多了目标的一半以上。"),
    "half of a count at once": (LAST_MONTH, {STATIONS: 9}, {}, OddityKind.JUMP, "上次 3 座，这次 9 座"),
    "a share for percents": (NOTHING_YET, {ROADS: "0.85"}, {}, OddityKind.UNDER_ONE_PERCENT, "经二路：0.85%，还不到 1%。"),
    "a piece that is half built": (
        NOTHING_YET, {STATIONS: 0}, {"spent": 9_000_000}, OddityKind.NOTHING_BEGUN,
        "污水处理站：填了 0 座，居民看到的是“还没动工”；可是累计完成投资 900 万元。",
    ),
    "a beginning that was paid for": (NOTHING_YET, {OPENED: 0}, {"spent": 9_000_000}, OddityKind.NOTHING_BEGUN, "还没动工"),
    "no share of what was paid for": (NOTHING_YET, {ROADS: 0}, {"spent": 9_000_000}, OddityKind.NOTHING_BEGUN, "填了 0%"),
    "another year": (
        NOTHING_YET, {ROADS: 5}, {"held_on": "2020-03-04"}, OddityKind.BEFORE_PROMISE,
        "数据日期 2020 年 3 月 4 日，早于承诺公布的日子（2020 年 3 月 5 日）。",
    ),
    "63 days ago": (NOTHING_YET, {ROADS: 5}, {"held_on": "2020-07-29"}, OddityKind.LONG_AGO, "是 63 天以前"),
    "no value at all": (LAST_MONTH, {}, {}, OddityKind.NO_VALUES, "一个节点的数也没有填。"),
    "a correction on another day": (
        LAST_MONTH, {STATIONS: 3, ROADS: 40, OPENED: 0}, {"corrects": 1, "held_on": "2020-03-01", "spent": 9_000_000},
        OddityKind.BEFORE_PROMISE, "早于承诺公布",
    ),
    "a correction that forgets a value": (
        LAST_MONTH, {ROADS: 41, OPENED: 0}, {"corrects": 1, "held_on": "2020-08-31", "spent": 9_000_000},
        OddityKind.NOT_REPEATED, "污水处理站：更正里没有填，原来报的 3 座就不再算数。",
    ),
    "a correction that forgets the money": (
        LAST_MONTH, {STATIONS: 3, ROADS: 41, OPENED: 0}, {"corrects": 1, "held_on": "2020-08-31"},
        OddityKind.NOT_REPEATED, "累计完成投资：更正里没有填，原来报的 900 万元就不再算数。",
    ),
    "a correction of a correction's own jump": (
        TWO_MONTHS, {STATIONS: 3, ROADS: 40}, {"corrects": 2, "held_on": "2020-08-31", "spent": 9_000_000},
        OddityKind.TENFOLD, "经二路：上次 2%，这次 40%，涨到十倍以上。",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_asked_about(name):
    """docs/rules.md: oddities."""
    past, values, fields, kind, text = SLIPS[name]
    (oddity, *others) = [one for one in found(past, values, **fields) if one.kind is kind]
    assert not others
    assert text in oddity.text
    assert oddity.advice.endswith("。")


NONE = {
    "no piece yet of one of several": (NOTHING_YET, {STATIONS: 0, ROADS: 5}, {"spent": 9_000_000}),
    "no piece and no money": (NOTHING_YET, {STATIONS: 0, ROADS: 0}, {"spent": 0}),
    "the next month": (LAST_MONTH, {STATIONS: 4, ROADS: 55, OPENED: 0}, {"spent": 12_000_000}),
    "nothing spent yet": (NOTHING_YET, {ROADS: 5}, {"spent": 0}),
    "the first spending of 1 %": (NOTHING_YET, {ROADS: 5}, {"spent": 330_000}),
    "the first spending where no total is known": (snapshot(investment=None), {ROADS: 5}, {"spent": 1500}),
    "all of the total": (NOTHING_YET, {ROADS: 5}, {"spent": 33_000_000}),
    "half of the total": (LAST_MONTH, {ROADS: 50}, {"spent": 25_500_000}),
    "a first report late in the year": (NOTHING_YET, {STATIONS: 9, ROADS: 95}, {}),
    "exactly half": (LAST_MONTH, {STATIONS: 8, ROADS: 90}, {}),
    "ten times very little": (snapshot(("2020-08-31", {ROADS: 1}, None)), {ROADS: "10.9"}, {}),
    "opened, all at once as planned": (LAST_MONTH, {OPENED: 1}, {}),
    "a roof, all at once as planned": (snapshot(("2020-08-31", {ROOF: 20}, None)), {ROOF: 100}, {}),
    "the only step there is": (snapshot(("2020-08-31", {STATIONS: 0}, None)), {STATIONS: 1}, {}),
    "a correction to a later day, with nothing before it": (
        snapshot(("2020-08-31", {ROADS: 4}, 400_000)), {ROADS: 40}, {"corrects": 1, "spent": 4_000_000},
    ),
    "one percent": (NOTHING_YET, {ROADS: 1}, {}),
    "62 days ago": (NOTHING_YET, {ROADS: 5}, {"held_on": "2020-07-30"}),
    "the day of the promise": (snapshot(promised_on="2020-09-25"), {ROADS: 5}, {}),
    "a correction of what is long ago": (
        LAST_MONTH, {STATIONS: 4, ROADS: 41, OPENED: 0},
        {"corrects": 1, "held_on": "2020-08-31", "spent": 9_100_000, "on": "2021-08-31"},
    ),
    "a correction upwards is measured by the month before": (
        snapshot(("2020-08-31", {ROADS: 4}, None)), {ROADS: 40}, {"corrects": 1, "held_on": "2020-08-31"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NONE)
def test_what_only_looks_like_one_is_not(name):
    """docs/rules.md: oddities."""
    past, values, fields = NONE[name]
    assert found(past, values, **fields) == ()


def test_one_field_is_asked_about_once():
    oddities = found(BEGUN, {ROADS: 200}, spent=330_000_000, held_on="2019-01-01")
    assert [one.about for one in oddities] == ["held_on", "milestone:sewage/2", "spent"]


def test_a_correction_without_values_withdraws_and_says_so_once():
    oddities = found(LAST_MONTH, {}, corrects=1, held_on="2020-08-31", spent=9_000_000)
    assert [one.text for one in oddities] == ["更正里一个节点的数也没有填，等于撤销原来那一份的数。"]


def test_reviewers_have_words_for_each():
    assert set(LOOKS) == set(OddityKind)
    assert len(set(LOOKS.values())) == len(LOOKS)


# Adjustments

PROMISED = {"published_on": day("2020-03-05")}
BRIDGE = Project(pk=1, slug="bridge", title="Bridge", investment=Decimal(33_000_000), **PROMISED)
PLAN = Plan(pk=1, year=2020, starts_on=day("2020-01-01"), ends_on=day("2020-12-31"), **PROMISED)
GREENERY = Indicator(
    pk=1, plan=PLAN, title="绿化覆盖率", unit="%", target=Decimal(36), baseline=Decimal(34), **PROMISED
)
AIR = Indicator(pk=2, plan=PLAN, title="优良天数", unit="天", target=Decimal(300), **PROMISED)
GROWTH = Indicator(pk=3, plan=PLAN, title="增长", unit="%", target=Decimal("6.5"), baseline=Decimal("-2.1"), **PROMISED)
SERIES = Series(pk=1, plan=PLAN, title="Series")
PROMISE = Commitment(
    pk=1, series=SERIES, project=BRIDGE, number=1, goal="FINISH", annual_investment=Decimal(5_000_000), **PROMISED
)
SPAN = Milestone(pk=1, project=BRIDGE, title="桥跨", unit="跨", **PROMISED)
SPANS = Target(pk=1, commitment=PROMISE, milestone=SPAN, amount=Decimal(10), due_on=day("2020-12-31"), **PROMISED)


def asked_of(change: PromiseChange, **changes) -> tuple[Oddity, ...]:
    change.changes, change.decided_on = changes, change.decided_on or day("2020-09-01")
    return change_oddities(change, day(TODAY))


def of_spans(decided_on: str = "2020-09-01", **changes) -> tuple[Oddity, ...]:
    return asked_of(PlanAdjustment(target=SPANS, decided_on=day(decided_on)), **changes)


def of_indicator(indicator: Indicator, **changes) -> tuple[Oddity, ...]:
    return asked_of(PlanAdjustment(indicator=indicator), **changes)


SLIPS_OF_CHANGES = {
    "decided in another year": (
        lambda: of_spans("2019-09-01", amount=["10", "8"]), OddityKind.DECIDED_EARLY, "decided_on",
        "决定日期 2019 年 9 月 1 日，早于承诺公布的日子（2020 年 3 月 5 日）。",
    ),
    "due in the past": (
        lambda: of_spans(due_on=["2020-12-31", "2020-06-30"]), OddityKind.DUE_PASSED, "due_on",
        "完成时限改到 2020 年 6 月 30 日，这一天已经过去了。",
    ),
    "an indicator's day long before its plan": (
        lambda: of_indicator(AIR, due_on=[None, "2002-12-31"]), OddityKind.DUE_PASSED, "due_on", "期限改到 2002 年",
    ),
    "another decade": (
        lambda: of_spans(due_on=["2020-12-31", "2030-12-31"]), OddityKind.DUE_FAR, "due_on",
        "完成时限改到 2030 年 12 月 31 日，比原来的 2020 年 12 月 31 日推后了一年多。",
    ),
    "a digit too many": (
        lambda: of_spans(amount=["10", "100"]), OddityKind.OTHER_SIZE, "amount",
        "目标值：原来 10 跨，现在 100 跨，涨到十倍以上。",
    ),
    "a share for percents": (
        lambda: of_indicator(GREENERY, target=["36", "0.38"]), OddityKind.OTHER_SIZE, "target",
        "目标值：原来 36%，现在 0.38%，不到十分之一。",
    ),
    "a target of nothing": (
        lambda: of_indicator(AIR, target=["300", "0"]), OddityKind.OTHER_SIZE, "target", "现在 0 天，成了 0。",
    ),
    "a sign": (
        lambda: of_indicator(GROWTH, target=["6.5", "-6"]), OddityKind.OTHER_SIZE, "target", "现在 -6%，成了负数。",
    ),
    "yuan for ten thousands": (
        lambda: asked_of(Adjustment(project=BRIDGE), investment=[33_000_000, 3300]), OddityKind.OTHER_SIZE, "investment",
        "总投资：原来 3300 万元，现在 3,300 元，不到十分之一。",
    ),
    "the year's money with a digit too many": (
        lambda: asked_of(PlanAdjustment(commitment=PROMISE), annual_investment=[5_000_000, 50_000_000]),
        OddityKind.OTHER_SIZE, "annual_investment", "年度投资：原来 500 万元，现在 5000 万元，涨到十倍以上。",
    ),
    "dropped and changed": (
        lambda: of_spans(dropped=[False, True], amount=["10", "8"]), OddityKind.DROPPED_AND_CHANGED, "dropped",
        "取消了这一项，又改了它的目标值。",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS_OF_CHANGES)
def test_a_slip_in_an_adjustment_is_asked_about(name):
    """docs/rules.md: oddities."""
    asked, kind, about, text = SLIPS_OF_CHANGES[name]
    (oddity,) = asked()
    assert (oddity.kind, oddity.about) == (kind, about)
    assert text in oddity.text
    assert oddity.advice.endswith("。")


PLAIN_CHANGES = {
    "a quarter later": lambda: of_spans(due_on=["2020-12-31", "2021-03-31"]),
    "a year later": lambda: of_spans(due_on=["2020-12-31", "2021-12-31"]),
    "due today": lambda: of_spans(due_on=["2020-12-31", TODAY]),
    "decided on the day of the promise": lambda: of_spans("2020-03-05", amount=["10", "8"]),
    "nine times as much": lambda: of_spans(amount=["10", "99"]),
    "half": lambda: of_spans(amount=["10", "5"]),
    "dropped": lambda: of_spans(dropped=[False, True]),
    "a first total": lambda: asked_of(Adjustment(project=BRIDGE), investment=[None, 3300]),
    "a total that isn't known any more": lambda: asked_of(Adjustment(project=BRIDGE), investment=[33_000_000, None]),
    "another name": lambda: asked_of(Adjustment(milestone=SPAN), title=["桥跨", "桥孔"]),
    "a day taken away": lambda: of_indicator(AIR, due_on=["2020-12-31", None]),
    "a weaker goal": lambda: asked_of(PlanAdjustment(commitment=PROMISE), goal=["FINISH", "START"]),
}


@pytest.mark.parametrize("name", PLAIN_CHANGES)
def test_a_plain_adjustment_is_not(name):
    assert PLAIN_CHANGES[name]() == ()


# Readings


def of_reading(indicator: Indicator, value, *before, held_on: str = "2020-08-31", corrects: int | None = None):
    told = [Reading(pk=n, held_on=day(on), value=Decimal(one)) for n, (on, one) in enumerate(before, start=1)]
    reading = Reading(indicator=indicator, held_on=day(held_on), value=Decimal(value), corrects_id=corrects)
    return reading_oddities(reading, indicator.target, told, day(TODAY))


SLIPS_OF_READINGS = {
    "a share for percents": (GREENERY, "0.345", (), "绿化覆盖率：0.345%，还不到 1%（目标 36%）。"),
    "a share after percents": (
        GREENERY, "0.35", [("2020-06-30", "34.5")], "绿化覆盖率：原来 34.5%，现在 0.35%，不到十分之一。",
    ),
    "a sign": (AIR, -141, (), "优良天数：-141 天，是负数（目标 300 天）。"),
    "a sign, later": (AIR, -180, [("2020-06-30", 141)], "现在 -180 天，成了负数。"),
    "a digit too many": (AIR, 3001, (), "是目标的十倍以上"),
    "a digit too many, later": (AIR, 1800, [("2020-06-30", 141)], "涨到十倍以上。"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS_OF_READINGS)
def test_a_slip_in_a_reading_is_asked_about(name):
    """docs/rules.md: oddities."""
    indicator, value, before, text = SLIPS_OF_READINGS[name]
    (oddity,) = of_reading(indicator, value, *before)
    assert text in oddity.text


@pytest.mark.parametrize(
    ("held_on", "kind"), [("2020-03-04", OddityKind.BEFORE_PROMISE), ("2020-07-29", OddityKind.LONG_AGO)]
)
def test_a_readings_day_is_asked_about_as_a_reports(held_on, kind):
    assert [one.kind for one in of_reading(AIR, 141, held_on=held_on)] == [kind]


PLAIN_READINGS = {
    "a few of many": lambda: of_reading(AIR, 20),
    "more": lambda: of_reading(AIR, 180, ("2020-06-30", 141)),
    "negative, where it began so": lambda: of_reading(GROWTH, "-1.5"),
    "small, where little is wanted": lambda: of_reading(
        Indicator(plan=PLAN, title="率", unit="%", target=Decimal("0.8"), **PROMISED), "0.5"
    ),
    "a correction is measured by what stood before": lambda: of_reading(
        AIR, 141, ("2020-06-30", 120), ("2020-08-31", 1410), corrects=2
    ),
}


@pytest.mark.parametrize("name", PLAIN_READINGS)
def test_a_plain_reading_is_not(name):
    assert PLAIN_READINGS[name]() == ()
