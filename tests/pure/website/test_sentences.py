"""The sentences: every light, outcome, goal and unit, what is unknown, one and many, moved, silent, year's end."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from projects.adjustable import ChangeKind
from tasks.measures import MeasureState, MeasureStatus
from tasks.progress import IndicatorState, IndicatorStatus, IndicatorTerms
from tasks.verdicts import verdict_of
from tests.plain_projects import SERIES, day, part, promise, target
from website.sentences.headings import (
    deadline_line,
    is_without_data,
    opening_sentences,
    promises_review,
    promises_sentence,
    series_sentences,
    unknown_sentence,
)
from website.sentences.promised import box_goal, promised_sentence, promised_terms
from website.sentences.promises import (
    commitment_sentence,
    commitments_sentence,
    counted,
    counter_of,
    data_line,
    dated_sentence,
    department_sentence,
    indicators_sentence,
    neediest_of,
    project_description,
    promises_only_sentence,
    task_sentence,
    tasks_sentence,
    verdict_words,
)

SEP = "2020-09-30"
MOVED = [ChangeKind.LOOSENED]


def built(*readings, key=1, title="建成", verb="建成", begun="动工", **terms):
    """A share of one whole thing."""
    return part(target(*readings, **terms), key, title, verb=verb, begun=begun)


def counting(*readings, of, unit, noun="", title="站", key=1, verb="建成", **terms):
    return part(target(*readings, amount=of, **terms), key, title, unit=unit, noun=noun, verb=verb)


def begin(*readings, key=1, title="开工建设", **terms):
    return part(target(*readings, amount=1, pace="STEP", **terms), key, title, unit="次", verb="开工", begun="开工")


def moved(of, *, due_on="", amount=0, dropped=False):
    """The part under other terms; what was first promised stays beside them."""
    now = {"due_on": day(due_on)} if due_on else {}
    now |= {"amount": Decimal(amount)} if amount else {}
    return SimpleNamespace(**vars(of) | {"terms": replace(of.terms, is_dropped=dropped, **now)})


def roads(*values):
    """A road for each value, None where nothing was reported."""
    names = ("经二路", "纬一路（大张段）", "纬五路", "南环路南延", "北环路", "东环路")
    return [
        built(*([(SEP, value)] if value is not None else []), key=key, title=names[key - 1])
        for key, value in enumerate(values, 1)
    ]


STATIONS = (
    counting(("2020-06-30", 3), of=10, unit="座", noun="站"),
    counting(("2020-06-30", 10), of=30, unit="处", noun="小设施", key=2),
)
EAST, WEST = built((SEP, 40), due_on="2020-08-31", title="东"), built((SEP, 90), title="西", key=2)
LATER = moved(built((SEP, 90), due_on="2020-12-31", title="东"), due_on="2021-03-31")
START, ADVANCE = {"goal": "START"}, {"goal": "ADVANCE"}

# fmt: off
CASES = {
    "four roads": (roads(100, 100, 40, None), {"counter": "条"}, "经二路、纬一路建成，纬五路修到 40%，南环路南延没有数据。按日子该到 74%，实际 60%。"),
    "none begun": (roads(0, 0), {"counter": "所"}, "经二路、纬一路还没动工。按日子该到 74%，实际 0%。"),
    "all of them": (roads(100, 100), {"counter": "所"}, "2 所全部建成。"),
    "hardly begun": (roads("0.4", None), {"counter": "所"}, "经二路修到 <1%，纬一路没有数据。按日子该到 74%，实际 <1%。"),
    "almost done": (roads("99.9", 100), {"counter": "所"}, "纬一路建成，经二路修到 99%。按日子该到 74%，实际 99%。"),
    "too many to name": (roads(100, 100, 40, 30, 0, None), {"counter": "条"}, "6 条里 2 条建成，2 条在做，1 条还没动工，1 条没有数据。按日子该到 74%，实际 45%。"),
    "one cut": ([*roads(100, 100, 100), moved(built((SEP, 40), key=4, title="南环路南延"), dropped=True)], {"counter": "条", "kinds": MOVED}, "说好 4 条：建成 3 条，取消 1 条（南环路南延）。"),
    "one cut, the others not done": ([*roads(100, 40), moved(built(key=3, title="南环路南延"), dropped=True)], {"counter": "条", "kinds": MOVED}, "说好 3 条，取消 1 条（南环路南延）；经二路建成，纬一路修到 40%。按日子该到 74%，实际 70%。"),
    "quantities": (STATIONS, ADVANCE, "10 座站建成 3 座，30 处小设施建成 10 处。按日子该到 63%，实际 31%。"),
    "a quantity of which nothing is known": ((STATIONS[0], counting(of=30, unit="处", noun="小设施", key=2)), {}, "10 座站建成 3 座，30 处小设施没有数据。按日子该到 69%，实际 15%。"),
    "a quantity not begun": ([counting((SEP, 0), of=4, unit="块", noun="场地")], {}, "还没动工；12 月 31 日前要建成。按日子该到 74%。"),
    "all of a quantity": ([counting((SEP, 3), of=3, unit="个", noun="中心")], {}, "3 个中心全部建成。"),
    "more than promised": ([counting((SEP, 5), of=4, unit="个", noun="球场")], {}, "说好 4 个球场，建成 5 个，多建 1 个。"),
    "more people than promised": ([counting((SEP, 3300), of=3000, unit="名", noun="工人", verb="培训")], {}, "说好 3000 名工人，培训 3300 名，多培训 300 名。"),
    "what is counted by itself": ([counting((SEP, 85), of=210, unit="户", title="户", verb="改造")], {}, "210 户改造了 85 户。按日子该到 74%，实际 40%。"),
    "carried over": ([counting((SEP, 4), of=10, unit="座", noun="站", from_amount=3)], {}, "10 座站建成 4 座（其中 3 座原来就有）。按日子该到 82%，实际 40%。"),
    "one share": ([built((SEP, 69))], {}, "完成 69%，按日子该到 74%。"),
    "one share not begun": ([built((SEP, 0))], {}, "还没动工；12 月 31 日前要建成。按日子该到 74%。"),
    "one share ahead": ([built((SEP, "88.5"))], {}, "完成 88%，按日子该到 74%。"),
    "done": ([built(("2020-08-20", 100))], {}, "8 月 20 日建成。"),
    "one whole of its own name done": ([built(("2020-08-20", 100), title="纬一路")], {}, "8 月 20 日纬一路建成。"),
    "counted in the thing itself": ([counting((SEP, 6), of=12, unit="个小区", noun="小区", verb="改造")], {}, "12 个小区改造了 6 个。按日子该到 74%，实际 50%。"),
    "done late": ([built(("2021-01-20", 100))], {"as_of": "2021-02-01"}, "2021 年 1 月 20 日建成，比期限晚了 20 天。"),
    "not begun, not yet due": ([begin((SEP, 0))], START, "还没开工；最晚 12 月 31 日开工。"),
    "begun": ([begin(("2020-06-18", 1))], START, "6 月 18 日开工建设。"),
    "begun late": ([begin(("2021-03-01", 1))], START | {"as_of": "2021-03-15"}, "2021 年 3 月 1 日开工建设，比期限晚了 60 天。"),
    "due and not begun": ([begin(("2020-12-21", 0))], START | {"as_of": "2021-01-01"}, "说好 2020 年 12 月 31 日前开工，没有开工（最近一次报：2020 年 12 月 21 日）。"),
    "nobody answers": ([built()], {"lead": None}, "暂无公开数据。"),
    "nobody was asked to report yet": ([built()], {"as_of": "2020-04-15"}, "刚公布。"),
    "never reported": ([built()], {}, "部门没有报过。"),
    "cut": ([moved(built(), dropped=True)], {"kinds": MOVED}, "这一项已经取消。"),
    "past due": ([built((SEP, 69))], {"as_of": "2021-01-02"}, "完成 69%（2020 年 9 月 30 日的数据），该在 2020 年 12 月 31 日办完。"),
    "parts past due": (STATIONS, {"as_of": "2021-01-02"}, "10 座站建成 3 座，30 处小设施建成 10 处。该在 2020 年 12 月 31 日办完，实际 31%（2020 年 6 月 30 日的数据）。"),
    "to be advanced, past due": (STATIONS, ADVANCE | {"as_of": "2021-01-02"}, "10 座站建成 3 座，30 处小设施建成 10 处（2020 年 6 月 30 日的数据，之后没有再报）。市里说的是推进，没说做到多少。"),
    "one of two past due": ([EAST, WEST], {"counter": "条"}, "东修到 40%，西修到 90%。按日子该到 87%，实际 65%。过期没办完：东。"),
    "moved": ([moved(built(("2020-09-01", 50), due_on=SEP), due_on="2020-12-31")], {"as_of": "2020-10-15", "kinds": MOVED}, "完成 50%，按日子该到 67%。期限从 9 月 30 日推到 12 月 31 日。"),
    "moved past the year": ([moved(built(("2020-12-20", 60)), due_on="2021-06-30")], {"as_of": "2020-12-25", "kinds": MOVED}, "完成 60%，按日子该到 64%。期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"),
    "moved forward": ([moved(built((SEP, 80)), due_on="2020-10-31")], {"kinds": [ChangeKind.TIGHTENED]}, "完成 80%，按日子该到 89%。期限从 12 月 31 日提前到 10 月 31 日。"),
    "moved past the year, and past its day": ([moved(built(("2021-06-01", 60)), due_on="2021-06-30")], {"as_of": "2021-07-05", "kinds": MOVED}, "完成 60%（2021 年 6 月 1 日的数据），该在 2021 年 6 月 30 日办完。期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"),
    "done in time, seen in another year": ([built(("2020-08-20", 100))], {"as_of": "2021-02-01"}, "2020 年 8 月 20 日建成。"),
    "one of two done, the other due in another year": ([begin(("2020-06-18", 1)), begin(("2020-06-18", 0), key=2, title="封顶", due_on="2021-06-30")], {}, "2020 年 6 月 18 日开工建设，还没封顶。"),
    "one of two moved": ([LATER, WEST], {"counter": "条", "kinds": MOVED}, "东、西修到 90%。按日子该到 67%，实际 90%。有 1 项改过期限。"),
    "a smaller target": ([moved(counting((SEP, 6), of=10, unit="座"), amount=8)], {"kinds": MOVED}, "8 座站建成 6 座。按日子该到 74%，实际 75%。目标从 10 座改成 8 座。"),
}
# fmt: on


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_of_a_promise(name):
    """docs/words.md: A promise in a sentence."""
    parts, about, told = CASES[name]
    assert commitment_sentence(promise(*parts, **about), year=2020) == told


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2020-10-08", "按 9 月 30 日的数据（10 月 3 日公布）"),
        ("2021-02-01", "按 2020 年 9 月 30 日的数据（2020 年 10 月 3 日公布）"),
    ],
)
def test_the_data_line_names_both_days_and_the_years_where_the_page_is_of_another(as_of, told):
    """docs/words.md: A promise in a sentence."""
    assert data_line(promise(built((SEP, 60)), as_of=as_of).project, year=2020) == told


def test_data_published_in_the_next_year_has_both_years():
    snapshot = promise(built(("2020-12-31", 60)), as_of="2020-12-31")
    assert data_line(snapshot.project, year=2020) == "按 2020 年 12 月 31 日的数据（2021 年 1 月 3 日公布）"


def test_there_is_no_data_line_without_data():
    assert data_line(promise(built()).project, year=2020) == ""


def test_what_is_read_elsewhere_has_every_year():
    snapshot = promise(built(("2020-08-20", 100)))
    told = "按 2020 年 8 月 20 日的数据（2020 年 8 月 23 日公布）：2020 年 8 月 20 日建成。"
    assert dated_sentence(snapshot, year=None) == told
    assert dated_sentence(snapshot, year=2020) == "按 8 月 20 日的数据（8 月 23 日公布）：8 月 20 日建成。"


def test_data_and_a_day_in_another_year_meet_in_one_sentence():
    snapshot = promise(moved(built(("2020-12-20", 60)), due_on="2021-06-30"), as_of="2020-12-25", kinds=MOVED)
    assert dated_sentence(snapshot, year=2020) == (
        "按 2020 年 12 月 20 日的数据（2020 年 12 月 23 日公布）：完成 60%，按日子该到 64%。"
        "期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"
    )


def test_a_sentence_that_names_its_day_has_no_other_before_it():
    snapshot = promise(begin(("2020-12-21", 0)), as_of="2021-01-01", **START)
    assert dated_sentence(snapshot, year=2020).startswith("说好 2020 年 12 月 31 日前开工")


@pytest.mark.parametrize(
    ("as_of", "year", "told"),
    [
        ("2020-09-30", 2020, "最晚 12 月 31 日办完，还有 92 天；现在还不能说没办成。"),
        ("2020-09-30", None, "最晚 2020 年 12 月 31 日办完，还有 92 天；现在还不能说没办成。"),
        ("2019-12-20", 2020, "最晚 2020 年 12 月 31 日办完，还有 377 天；现在还不能说没办成。"),
        ("2020-12-31", 2020, "12 月 31 日是最后一天；现在还不能说没办成。"),
        ("2021-01-01", 2020, "2020 年 12 月 31 日已经到期。"),
    ],
)
def test_when_the_last_promise_falls_due(as_of, year, told):
    """docs/words.md: The first screen."""
    assert deadline_line(a_plan(promise(built((SEP, 60))), as_of=as_of), year=year) == told


def test_nothing_known_yet_is_told_of_the_whole_plan_once():
    """docs/words.md: The first screen."""
    plan = a_plan(promise(built(), as_of="2020-03-20"), as_of="2020-03-20")
    assert is_without_data(plan)
    told = "2020 年 3 月 5 日公布，最晚 12 月 31 日办完；各部门的进展还没有公布过。"
    assert deadline_line(plan, year=2020) == told
    assert not is_without_data(a_plan(promise(built()), as_of=SEP))  # its lead was asked
    assert is_without_data(a_plan(promise(built(), lead=None), as_of=SEP))


def test_a_plan_without_data_is_a_page_of_promises():
    """docs/words.md: The first screen."""
    plan = a_plan(promise(built(), as_of="2020-03-20"), as_of="2020-03-20")
    assert opening_sentences(plan) == ("霍州 2020 年：十件实事", "")
    ended = a_plan(*some("unknown, nobody asked"), as_of=ENDED, others=some("begun", "unknown, nobody asked"))
    published = "2020 年 3 月 5 日公布，说好 12 月 31 日前办完；各部门的进展还没有公布过。"
    assert opening_sentences(ended) == ("十件实事：办没办成，本站没有数据。", published)
    assert promises_review(ended) == (
        "十件实事：办没办成，本站没有数据。十件实事：1 件开工了；其余 1 件的进展还没有公布过。"
    )
    assert unknown_sentence(ended, ended.headline) == "十件实事：办没办成，本站没有数据。"
    assert unknown_sentence(ended, ended.series[1]) == "十件实事：1 件开工了；其余 1 件的进展还没有公布过。"
    assert unknown_sentence(plan, plan.headline) == (
        "十件实事：2020 年 3 月 5 日公布，最晚 2020 年 12 月 31 日办完；各部门的进展还没有公布过。"
    )
    assert promises_sentence(a_series(*some("unknown, nobody asked"))) == "十件实事：1 件，进展还没有公布过。"
    known = a_plan(*some("running, done"), as_of=SEP)
    assert opening_sentences(known) == ("十件实事：1 件办成。", "")


def a_plan(*commitments, as_of, others=()):
    row = SimpleNamespace(year=2020, ends_on=date(2020, 12, 31), published_on=date(2020, 3, 5))
    return SimpleNamespace(
        row=row,
        as_of=day(as_of),
        has_ended=day(as_of) > row.ends_on,
        headline=a_series(*commitments),
        series=[a_series(*commitments), a_series(*others)] if others else [a_series(*commitments)],
        short_title="霍州 2020 年承诺",
        tasks=(),
    )


def a_series(*commitments):
    return SimpleNamespace(row=SERIES, commitments=commitments)


# fmt: off
TWO_KINDS = (counting(of=10, unit="座", noun="站", title="污水处理站"), counting(of=30, unit="座", noun="小设施", title="小型设施", key=2))
TRAINED = counting(of=600, unit="人", noun="人", title="培训的人", verb="培训")
PROMISED = {
    "one whole thing": ([built()], {}, "12 月 31 日前建成。"),
    "one whole of its own name": ([built(title="纬一路")], {}, "12 月 31 日前建成纬一路。"),
    "several by name": (roads(None, None), {"counter": "条"}, "12 月 31 日前建成 2 条：经二路、纬一路（大张段）。"),
    "too many to name": (roads(*[None] * 6), {"counter": "条"}, "12 月 31 日前建成 6 条。"),
    "a quantity": ([counting(of=4, unit="个", noun="球场", title="五人制足球场")], {}, "12 月 31 日前建成 4 个五人制足球场。"),
    "quantities": (TWO_KINDS, {}, "12 月 31 日前建成 10 座污水处理站、30 座小型设施。"),
    "people": ([TRAINED], {}, "12 月 31 日前培训 600 人。"),
    "counted in the thing itself": ([counting(of=8, unit="个小区", noun="小区", title="老旧小区", verb="改造")], {}, "12 月 31 日前改造 8 个小区。"),
    "another year": ([built(due_on="2021-06-30")], {}, "2021 年 6 月 30 日前建成。"),
    "different things": ([begin(title="封顶"), TRAINED], {}, "12 月 31 日前封顶，培训 600 人。"),
    "to be begun": ([begin()], START, "12 月 31 日前开工。"),
    "to be advanced": (TWO_KINDS, ADVANCE, "12 月 31 日前推进 10 座污水处理站、30 座小型设施（市里没说做到多少）。"),
    "to be advanced, uncounted": ([built()], ADVANCE, "12 月 31 日前推进（市里没说做到多少）。"),
    "a share that isn't all": ([part(target(amount=80), title="自来水普及率")], {}, "12 月 31 日前自来水普及率做到 80%。"),
    "in the city's own words": ([built()], {"wording": "年底前通车"}, "年底前通车。"),
    "dropped": ([moved(built(), dropped=True)], {"kinds": MOVED}, "12 月 31 日前建成。"),
}
# fmt: on


@pytest.mark.parametrize("name", PROMISED)
def test_what_was_promised_where_nothing_is_known_yet(name):
    """docs/words.md: The first screen."""
    parts, about, told = PROMISED[name]
    assert promised_sentence(promise(*parts, **about), year=2020) == told


def test_a_mere_promise_says_with_what_money_and_who():
    """docs/words.md: The first screen."""
    known = promise(built())
    assert promised_terms(known, year=2020) == "总投资没有公布；谁负责：住建局。"
    known.project.investment = Decimal(48_000_000)
    assert promised_terms(known, year=2020) == "总投资 4800 万元；谁负责：住建局。"
    worded = promise(built(), wording="年底前通车", lead=None)
    worded.annual_investment = Decimal(20_000_000)
    assert promised_terms(worded, year=2020) == "最晚 12 月 31 日；年度投资 2000 万元；谁负责没有公布。"


ENDED = "2021-03-15"
# fmt: off
KNOWN = {
    "kept": promise(built((SEP, 100)), as_of=ENDED),
    "kept, loosened": promise(built((SEP, 100)), as_of=ENDED, kinds=MOVED),
    "kept late": promise(built(("2021-01-20", 100)), as_of=ENDED),
    "begun": promise(begin((SEP, 1)), as_of=ENDED, **START),
    "missed": promise(built((SEP, 60)), as_of=ENDED),
    "unknown": promise(built(), as_of=ENDED),
    "unknown, nobody asked": promise(built(), as_of=ENDED, lead=None),
    "advanced": promise(built((SEP, 60)), as_of=ENDED, **ADVANCE),
    "dropped": promise(moved(built(), dropped=True), as_of=ENDED, kinds=MOVED),
    "running, on pace": promise(built((SEP, 70))),
    "running, behind": promise(built((SEP, 60))),
    "running, unreported": promise(built(), lead=None),
    "running, done": promise(built((SEP, 100))),
    "running, done, loosened": promise(built((SEP, 100)), kinds=MOVED),
    "running, silent": promise(built()),
    "running, done late": promise(built((SEP, 100), due_on="2020-08-31")),
    "running, ahead": promise(built((SEP, 95))),
    "running, not begun": promise(begin((SEP, 0)), **START),
    "running, far behind": promise(built((SEP, 10))),
    "running, overdue": promise(built((SEP, 60), due_on="2020-08-31")),
    "running, just published": promise(built(), as_of="2020-03-20"),
    "running, dropped": promise(moved(built(), dropped=True), kinds=MOVED),
}
# fmt: on


def some(*names: str) -> list[SimpleNamespace]:
    return [KNOWN[name] for name in names]


def test_a_series_counts_the_words_of_its_verdicts():
    """docs/words.md: The first screen."""
    commitments = some("running, done", "running, on pace", "running, done", "running, unreported")
    told = ("十件实事：2 件办成，1 件按计划，1 件没有数据。", "")
    assert series_sentences(a_series(*commitments)) == told


def test_after_the_year_what_was_kept_and_missed_comes_first():
    """docs/words.md: The first screen."""
    everything = ("kept", "kept, loosened", "kept late", "missed", "unknown", "advanced", "dropped", "begun")
    main, rest = series_sentences(a_series(*some(*everything)))
    assert main == "十件实事：2 件办成（1 件改过），1 件开工了，1 件晚了，1 件没办成。"
    assert rest == "另外 1 件往前推了，1 件已取消，1 件没有数据。"
    assert series_sentences(a_series(*some("advanced"))) == ("十件实事：1 件往前推了。", "")


# fmt: off
HEADINGS = {
    "five words": (["done", "ahead", "on pace", "behind", "unreported"], "", "1 件办成，1 件比计划快，1 件按计划，1 件落后，1 件没有数据", ""),
    "six words": (["done", "on pace", "not begun", "behind", "far behind", "unreported"], "", "1 件办成，1 件按计划，1 件落后，1 件严重落后，1 件没有数据", "1 件还没开工"),
    "eight words": (["done", "done late", "ahead", "on pace", "behind", "far behind", "unreported", "dropped"], "", "1 件办成，1 件晚了才办成，1 件落后，1 件严重落后，1 件没有数据", "1 件比计划快，1 件按计划，1 件已取消"),
    "silent or never asked": (["done", "unreported", "silent"], "", "1 件办成，2 件没有数据", ""),
    "just published": (["just published", "done"], "", "1 件办成，1 件刚公布", ""),
    "changed and kept": (["done", "done, loosened", "on pace"], "", "2 件办成（1 件改过），1 件按计划", ""),
    "five long words": (["done late", "not begun", "ahead", "far behind", "overdue"], "", "1 件晚了才办成，1 件比计划快，1 件严重落后，1 件过期没办完", "1 件还没开工"),
    "a long name": (["done late", "not begun", "ahead", "far behind", "overdue"], "一百五十件为民办的实事", "1 件晚了才办成，1 件严重落后，1 件过期没办完", "1 件比计划快，1 件还没开工"),
}
# fmt: on


@pytest.mark.parametrize("name", HEADINGS)
def test_a_heading_counts_what_three_lines_have_room_for(name):
    """docs/words.md: The first screen."""
    words, title, told, rest = HEADINGS[name]
    row = SimpleNamespace(**vars(SERIES) | {"short_title": title or SERIES.short_title})
    series = SimpleNamespace(row=row, commitments=some(*(f"running, {word}" for word in words)))
    assert series_sentences(series) == (f"{row.short_title}：{told}。", f"另外 {rest}。" if rest else "")


def test_nobody_is_accused_who_was_never_asked():
    """docs/words.md: A promise in a sentence."""
    assert series_sentences(a_series(*some("unknown"))) == ("十件实事：办没办成不知道，部门没报数据。", "")
    told = series_sentences(a_series(*some("unknown, nobody asked", "unknown, nobody asked")))
    assert told == ("十件实事：办没办成，本站没有数据。", "")


def test_verdicts_are_counted_in_the_order_of_their_codes():
    told = counted(some("dropped", "missed", "kept late", "kept"), "件")
    assert told == "1 件办成，1 件晚了才办成，1 件没办成，1 件已取消"


def test_any_choice_of_commitments_is_counted():
    assert commitments_sentence(some("running, behind")) == "1 件承诺，落后。"
    assert commitments_sentence([]) == "没有符合条件的承诺。"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "没有符合条件的承诺。"),
        (["unknown, nobody asked"], "1 件承诺，进展还没有公布过。"),
        (["begun", "unknown, nobody asked"], "2 件承诺：1 件开工了；其余 1 件的进展还没有公布过。"),
        (["begun"], "1 件承诺：1 件开工了。"),
    ],
)
def test_of_a_plan_without_data_a_choice_says_what_little_is_known(names, told):
    assert promises_only_sentence(some(*names)) == told


def test_one_project_says_the_verdict_of_each_promise_with_its_year():
    """docs/words.md: A project's page. docs/rules.md: verdict."""
    one, other = some("missed", "kept")
    assert verdict_words([one]) == "没办成"
    assert verdict_words([one, other]) == "没办成（2020 年十件实事）、办成（2020 年十件实事）"
    assert project_description(one.project, [one]).startswith("城市道路：没办成。按 2020 年 9 月 30 日的数据")
    assert project_description(one.project, []) == "城市道路。"


def a_task(*commitments, measures=()) -> SimpleNamespace:
    answers = [measure.answer for measure in measures]
    return SimpleNamespace(title="任务", measures=measures, commitments=commitments, answers=answers)


def a_measure(status: MeasureStatus, report=None) -> SimpleNamespace:
    return SimpleNamespace(answer=SimpleNamespace(state=MeasureState(status, None, None, False), latest_report=report))


def test_a_task_says_what_stands_behind_it_and_what_was_said_of_it():
    """docs/words.md: Other pages."""
    said = a_measure(MeasureStatus.UNDER_WAY, report="a report")
    assert task_sentence(a_task(*some("running, done"), measures=[said])) == (
        "为它出力的 1 件承诺，办成。1 项打算，在做。"
    )
    assert task_sentence(a_task(measures=[said])) == "1 项打算，在做。"
    nobodys = a_task(*some("unknown, nobody asked", "running, just published"), measures=[said])
    assert task_sentence(nobodys) == "为它出力的 2 件承诺，进展还没有公布过。1 项打算，在做。"
    tasks = [a_task(), a_task(measures=[said]), a_task(*some("running, done"))]
    told = "3 项任务：1 项有项目在做；1 项没有列入项目，部门说过进展；1 项没有列入项目，还没有消息。"
    assert tasks_sentence(tasks) == told
    assert tasks_sentence([a_task(*some("running, done"))]) == "1 项任务，有项目在做。"
    assert tasks_sentence([]) == "这份计划没有另外列任务。"


def test_a_department_says_what_it_leads_and_where_it_helps():
    """docs/words.md: Other pages."""
    assert department_sentence(some("running, done", "running, behind"), []) == "牵头 2 件承诺：1 件办成，1 件落后。"
    beside = some("running, done", "running, behind")
    assert department_sentence(some("running, on pace"), beside) == "牵头 1 件承诺，按计划；还配合 2 件。"
    assert department_sentence([], beside) == "没有牵头的承诺；配合 2 件。"
    assert department_sentence([], []) == "没有牵头的承诺。"


LED_BESIDE = {
    "a plan of tasks alone": (0, 0, {"n_tasks": 3, "n_indicators": 2}, "牵头 3 项任务、2 项指标。"),
    "measures": (0, 0, {"n_tasks": 1, "n_measures": 4}, "牵头 1 项任务、4 项打算。"),
    "and it helps": (0, 2, {"n_indicators": 1}, "牵头 1 项指标；还配合 2 件承诺。"),
    "beside promises": (1, 0, {"n_tasks": 3}, "牵头 1 件承诺，按计划；还牵头 3 项任务。"),
    "beside both": (1, 2, {"n_tasks": 3}, "牵头 1 件承诺，按计划；还牵头 3 项任务，配合 2 件承诺。"),
}


@pytest.mark.parametrize("name", LED_BESIDE)
def test_a_departments_tasks_and_indicators_are_counted(name):
    """docs/words.md: Other pages."""
    n_led, n_partnered, beside, told = LED_BESIDE[name]
    led, partnered = (some(*["running, on pace"] * n) for n in (n_led, n_partnered))
    assert department_sentence(led, partnered, **beside) == told


@pytest.mark.parametrize(
    ("as_of", "goal", "word"),
    [
        ("2020-03-06", "FINISH", "办成"), ("2020-12-31", "FINISH", "办成"), ("2021-01-01", "FINISH", "说好办成"),
        ("2020-12-31", "START", "开工"), ("2021-01-01", "START", "说好开工"), ("2021-01-01", "ADVANCE", "说好推进"),
    ],
)  # fmt: skip
def test_the_goal_in_a_box_is_never_read_as_a_verdict(as_of, goal, word):
    """docs/words.md: The first screen."""
    assert box_goal(promise(built(), as_of=as_of, goal=goal)) == word


ITEMS, STAKES = {"counter": "件"}, {"counter": "个"}


def of(counters: list[dict]) -> list:
    """A commitment that is behind, of a series with each of these counters."""
    return [
        SimpleNamespace(**vars(one) | {"series": SimpleNamespace(**vars(SERIES) | words)})
        for words in counters
        for one in some("running, behind")
    ]


@pytest.mark.parametrize(
    ("counters", "counter"),
    [([], "项"), ([ITEMS], "件"), ([STAKES, STAKES], "个"), ([ITEMS, STAKES], "项"), ([ITEMS, ITEMS, STAKES], "项")],
    ids=["none", "one", "one counter", "different counters", "mostly one counter"],
)
def test_a_count_of_different_counters_has_one_of_its_own(counters, counter):
    """docs/words.md: Names of things."""
    commitments, n = of(counters), len(counters)
    assert counter_of(commitments) == counter
    alike = "都" if n > 1 else ""
    if commitments:
        assert commitments_sentence(commitments) == f"{n} {counter}承诺，{alike}落后。"
        assert department_sentence(commitments, []) == f"牵头 {n} {counter}承诺，{alike}落后。"


def test_what_a_department_leads_and_where_it_helps_are_counted_apart():
    """docs/words.md: Names of things."""
    told = department_sentence(of([ITEMS]), of([ITEMS, STAKES]))
    assert told == "牵头 1 件承诺，落后；还配合 2 项。"
    assert department_sentence([], of([STAKES])) == "没有牵头的承诺；配合 1 个。"


def an_indicator(status: IndicatorStatus, *, is_within=False, due="2020-12-31") -> SimpleNamespace:
    terms = IndicatorTerms("≥", 36, due_on=day(due) if due else None)
    return SimpleNamespace(terms=terms, state=IndicatorState(status, None, None, is_within, False, None))


def test_indicators_are_counted_by_what_became_of_them():
    """docs/words.md: Other pages."""
    states = [IndicatorStatus.NO_DATA, IndicatorStatus.MET, IndicatorStatus.NO_DATA, IndicatorStatus.NOT_MET]
    assert indicators_sentence([an_indicator(s) for s in states]) == "4 项指标：1 项达到，1 项没达到，2 项没有数据。"
    assert indicators_sentence([]) == "没有用数字定下的指标。"


def test_before_its_day_an_indicator_is_not_missed():
    """docs/words.md: A promise in a sentence. docs/rules.md: indicator."""
    opened = an_indicator(IndicatorStatus.OPEN), an_indicator(IndicatorStatus.OPEN, is_within=True)
    assert indicators_sentence([*opened, opened[0], an_indicator(IndicatorStatus.NO_DATA)]) == (
        "4 项指标：1 项还没到期限、现在够了；2 项还没到期限、离目标还差一些；1 项没有数据。"
    )
    assert indicators_sentence([an_indicator(IndicatorStatus.OPEN, due="")]) == "1 项指标，现在还差。"


def test_the_neediest_is_the_one_furthest_behind_and_tells_of_the_silence():
    """docs/words.md: The first screen."""
    city, sewage = promise(*roads(100, 100, 40, None)), promise(*STATIONS, number=5, title="污水处理", **ADVANCE)
    told = neediest_of(a_series(city, sewage), year=2020)
    assert told.commitment is sewage
    assert told.sentence == (
        "污水处理：到 6 月底，10 座站建成 3 座，30 处小设施建成 10 处，之后没有再报。按日子该到 63%，实际 31%。"
    )
    assert neediest_of(a_series(city, sewage), year=None).sentence.startswith("污水处理：到 2020 年 6 月底，")


def test_nobody_is_neediest_while_nothing_is_behind():
    assert neediest_of(a_series(*some("running, on pace", "running, done")), year=2020) is None


def test_the_words_of_the_examples_are_those_of_verdicts():
    """docs/rules.md: verdict."""
    assert verdict_of(KNOWN["unknown"]).beside == ("部门没报数据",)
    assert verdict_of(KNOWN["unknown, nobody asked"]).beside == ("本站没有数据",)
