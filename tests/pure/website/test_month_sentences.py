"""What is said of a month, on plain objects. docs/words.md: Other pages."""

from datetime import date
from types import SimpleNamespace

import pytest

from projects.progress import Light
from website.sentences import months
from website.sentences.months import MOST_NAMED, month_sentence, month_texts, named

NOTHING = {
    name: []
    for name in (
        "added", "kept", "unkept", "settled", "fell_behind", "fell_further", "caught_up", "reached", "begun", "cut",
        "moved", "reports", "corrections", "answers", "checks", "votes", "steps", "first_reported",
        "first_behind", "newly_paid",
    )
}  # fmt: skip


def a_difference(**lists) -> SimpleNamespace:
    spent = (SimpleNamespace(amount=0), SimpleNamespace(amount=lists.pop("spent", 0)))
    findings = {step.new_finding: 1 for step in lists.get("steps", [])}
    return SimpleNamespace(is_empty=not lists, spent=spent, findings=findings, **{**NOTHING, **lists})


def a_payment(spent: int) -> SimpleNamespace:
    return SimpleNamespace(spent=(None, spent))


def a_promise(name: str, word: str = "落后", lead: str = "住建局") -> SimpleNamespace:
    project = SimpleNamespace(name=name, title=f"{name}工程", leads=[SimpleNamespace(name=lead)] if lead else [])
    return SimpleNamespace(project=project, word=word, code="")


def a_step(name: str, word: str = "落后") -> SimpleNamespace:
    return SimpleNamespace(after=a_promise(name, word))


def a_part(name: str, title: str) -> SimpleNamespace:
    after = SimpleNamespace(snapshot=SimpleNamespace(title=title))
    return SimpleNamespace(project=SimpleNamespace(name=name, title=f"{name}工程"), after=after)


def a_snapshot(*counters: str, has_series: bool = True) -> SimpleNamespace:
    """Of a plan with a promise for each counter."""
    promises = [
        SimpleNamespace(series=SimpleNamespace(counter=counter), number=n) for n, counter in enumerate(counters, 1)
    ]
    headline = SimpleNamespace(row=SimpleNamespace(short_title="十件实事"), commitments=promises)
    return SimpleNamespace(
        headline=headline, commitments=promises, series=["one"] if has_series else [], as_of=date(2020, 9, 30)
    )


CASES = {
    "nothing": (a_difference(), [], []),
    "kept, under their words": (
        a_difference(kept=[a_step("足球场", "办成"), a_step("医院", "开工了"), a_step("文化馆", "办成")]),
        [],
        ["办成：足球场、文化馆。", "开工了：医院。"],
    ),
    "found out of use": (
        a_difference(steps=[SimpleNamespace(after=a_promise("照料中心", "办成"), new_finding="STOPPED")]),
        [],
        ["办成以后看到停用了：照料中心。"],
    ),
    "no longer kept": (a_difference(unkept=[a_step("足球场")]), [], ["原来算办成，现在不能算：足球场。"]),
    "the year ended": (
        a_difference(settled=[a_step("两所小学", "没办成")]),
        [],
        ["没办成：两所小学。"],
    ),
    "fell behind, further, caught up": (
        a_difference(fell_behind=[a_step("城市路")], fell_further=[a_step("污水")], caught_up=[a_step("农村路")]),
        [],
        ["变得落后：城市路。", "更落后：污水。", "赶上来了：农村路。"],
    ),
    "a part was reached": (
        a_difference(reached=[a_part("城市路", "经二路"), a_part("班车", "班车")]),
        [],
        ["办到了的小项：城市路的经二路、班车。"],
    ),
    "something was added": (a_difference(added=[a_promise("南菜场")]), [], ["追加的承诺：南菜场。"]),
    "moved and dropped": (
        a_difference(moved=["推迟 50 天"], cut=["取消"]),
        [],
        ["改了承诺：某路 · 东段（取消）、某路 · 东段（推迟 50 天）。"],
    ),
    "told of for the first time": (
        a_difference(first_reported=[a_step("照料中心", "按计划"), a_step("城市路")], first_behind=[a_step("城市路")]),
        [],
        ["第一次公布进展：照料中心、城市路。", "第一次公布进展就落后：城市路。"],
    ),
    "silent": (
        a_difference(),
        [a_promise("餐厨厂"), a_promise("冷链", lead=""), a_promise("餐厨厂")],
        ["该报没有报：餐厨厂（住建局）、冷链（谁负责没有公布）。"],
    ),
    "what was published": (
        a_difference(reports=[1, 2], spent=45_700_000),
        [],
        ["这个月公布了 2 份进展，又完成投资 4570 万元。"],
    ),
    "money first published": (
        a_difference(reports=[1], newly_paid=[a_payment(45_000_000), a_payment(700_000)], spent=45_700_000),
        [],
        ["这个月公布了 1 份进展，2 个项目第一次公布完成投资，累计 4570 万元。"],
    ),
    "money first published, and more of other money": (
        a_difference(reports=[1], newly_paid=[a_payment(45_000_000)], spent=45_700_000),
        [],
        ["这个月公布了 1 份进展，又完成投资 70 万元，1 个项目第一次公布完成投资，累计 4500 万元。"],
    ),
}


@pytest.fixture
def plain(monkeypatch):
    """Verdicts, subjects and moves as the plain objects have them."""
    monkeypatch.setattr(months, "verdict_of", lambda promise: promise)
    monkeypatch.setattr(months, "subject_of", lambda _change, _subjects: SimpleNamespace(title="某路：东段"))
    monkeypatch.setattr(months, "move_texts", lambda change, _under: [change.adjustment])
    monkeypatch.setattr(months, "is_without_data", lambda _snapshot: False)
    monkeypatch.setattr(months, "series_sentences", lambda _series: ("十件实事：10 件按计划。", ""))


@pytest.mark.parametrize("name", CASES)
def test_what_happened_in_a_month(plain, monkeypatch, name):
    difference, silent, texts = CASES[name]
    monkeypatch.setattr(months, "silent_ones", lambda _snapshot: silent)
    assert month_texts(difference, a_snapshot(), {}) == [*texts, "到 2020 年 9 月 30 日，十件实事：10 件按计划。"]
    assert month_texts(difference, a_snapshot(has_series=False), {}) == texts


def test_a_month_without_a_change_says_so(plain):
    assert month_sentence(a_difference(), a_snapshot("件"), month="2020 年 4 月") == "2020 年 4 月：什么也没有变。"


def a_published_plan(*counters: str) -> SimpleNamespace:
    plan = a_snapshot(*counters, has_series=False)
    plan.as_of = date(2020, 3, 5)
    plan.series = [SimpleNamespace(row=SimpleNamespace(short_title=title)) for title in ("十件实事", "重点项目")]
    return plan


FIRST_MONTHS = {
    "nothing else": (a_difference(), ["件"] * 2, "公布了 2 件承诺"),
    "of two kinds": (a_difference(), ["件", "个"], "公布了 2 项承诺"),
    "tasks alone": (a_difference(), [], "公布了这一年的计划"),
    "first reports, on pace": (
        a_difference(first_reported=[1], reports=[1]),
        ["件"] * 2,
        "公布了 2 件承诺，其中 1 件已经公布进展",
    ),
    "first reports, behind": (
        a_difference(first_reported=[1, 2], first_behind=[1], reports=[1, 2]),
        ["件"] * 2,
        "公布了 2 件承诺，其中 2 件已经公布进展；1 件第一次公布进展就落后",
    ),
    "something was added": (a_difference(added=[1]), ["件"] * 2, "公布了 2 件承诺；追加 1 件承诺"),
    "only a task was told of": (a_difference(answers=[1]), ["件"] * 2, "公布了 2 件承诺"),
}


@pytest.mark.parametrize("name", FIRST_MONTHS)
def test_the_month_in_which_a_plan_was_published_tells_that_first(plain, monkeypatch, name):
    """docs/rules.md: comparison."""
    monkeypatch.setattr(months, "silent_ones", lambda _snapshot: [])
    difference, counters, told = FIRST_MONTHS[name]
    published = a_published_plan(*counters)
    sentence = month_sentence(difference, a_snapshot(*counters), month="2020 年 3 月", published=published)
    assert sentence == f"2020 年 3 月：{told}。"
    texts = month_texts(a_difference(), a_snapshot("件"), {}, published=published)
    assert texts[0] == "2020 年 3 月 5 日公布：十件实事、重点项目。"
    published.series = []
    assert month_texts(a_difference(), a_snapshot("件"), {}, published=published) == texts[1:]


def test_first_figures_are_told_where_no_result_changed(plain):
    difference = a_difference(first_reported=[1, 2], reports=[1, 2])
    told = month_sentence(difference, a_snapshot("件", "件"), month="2020 年 4 月")
    assert told == "2020 年 4 月：2 件第一次公布进展。"


@pytest.mark.parametrize(("counters", "counter"), [(["件"], "件"), (["件", "个"], "项")])
def test_the_first_sentence_counts(plain, counters, counter):
    difference = a_difference(fell_behind=[1, 2], reached=[1])
    told = month_sentence(difference, a_snapshot(*counters), month="2020 年 9 月")
    assert told == f"2020 年 9 月：2 {counter}变得落后，1 个小项办到了。"


def test_a_month_of_a_plan_without_data_tells_what_was_promised(plain, monkeypatch):
    """docs/words.md: The first screen."""
    monkeypatch.setattr(months, "is_without_data", lambda _snapshot: True)
    monkeypatch.setattr(months, "published_line", lambda _snapshot, *, year: "3 月 5 日公布。")
    monkeypatch.setattr(months, "promised_sentence", lambda one, *, year: f"12 月 31 日前建成 {one.number} 座。")
    snapshot = a_snapshot("件", "件")
    for promise in snapshot.commitments:
        promise.project, promise.state, promise.has_ended = (
            SimpleNamespace(name="桥"),
            SimpleNamespace(light=Light.UNREPORTED),
            False,
        )
    assert month_sentence(a_difference(), snapshot, month="2020 年 4 月") == "2020 年 4 月：十件实事。"
    published = a_published_plan("件", "件")
    assert month_texts(a_difference(), snapshot, {}, published=published)[0] == "3 月 5 日公布。"
    assert month_texts(a_difference(), snapshot, {}) == [
        "3 月 5 日公布。",
        "1 桥：12 月 31 日前建成 1 座。",
        "2 桥：12 月 31 日前建成 2 座。",
    ]
    snapshot.commitments[1].state.light = Light.ON_PACE
    monkeypatch.setattr(months, "promises_sentence", lambda _series: "十件实事：进展还没有公布过。")
    assert month_texts(a_difference(), snapshot, {})[0] == "十件实事：进展还没有公布过。"
    assert month_texts(a_difference(), snapshot, {}, published=published)[:2] == [
        "2020 年 3 月 5 日公布：十件实事、重点项目。",
        "十件实事：进展还没有公布过。",
    ]


def test_of_many_only_some_are_named():
    assert named([str(n) for n in range(MOST_NAMED)], "件").endswith("、11")
    assert named([str(n) for n in range(40)], "件").endswith("、11等 40 件")


def a_state(light: Light, *, has_ended: bool = False, is_due: bool = False, is_reported: bool = True):
    return SimpleNamespace(
        state=SimpleNamespace(light=light), has_ended=has_ended, is_due=is_due, is_reported=is_reported
    )


@pytest.mark.parametrize(
    ("promise", "is_named"),
    [
        (a_state(Light.BEHIND, is_due=True), True),
        (a_state(Light.BEHIND), False),
        (a_state(Light.DONE, is_due=True), False),
        (a_state(Light.DROPPED, is_due=True), False),
        (a_state(Light.UNREPORTED, is_reported=False), True),
        (a_state(Light.UNREPORTED), False),
        (a_state(Light.BEHIND, is_due=True, has_ended=True), False),
    ],
)
def test_nobody_is_called_silent_who_was_not_asked(monkeypatch, promise, is_named):
    """docs/rules.md: silence."""
    monkeypatch.setattr(months, "is_silent", lambda one: one.is_due)
    monkeypatch.setattr(months, "is_without_data", lambda _snapshot: False)
    silences = {True: months.Silence.NO_DATA, False: months.Silence.NOT_REPORTED}
    monkeypatch.setattr(months, "silence_of", lambda one: silences[one.is_reported])
    assert (months.silent_ones(SimpleNamespace(commitments=[promise])) == [promise]) is is_named
    monkeypatch.setattr(months, "is_without_data", lambda _snapshot: True)
    assert months.silent_ones(SimpleNamespace(commitments=[promise])) == []
