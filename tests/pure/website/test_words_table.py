"""The table of docs/words.md, "As it should read": each row a case by its name, and every sentence of it is in the table."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.utils.html import strip_tags

from projects.progress import target_state_of
from tasks.progress import IndicatorState, IndicatorStatus, IndicatorTerms
from tests.plain_projects import RULES, SERIES, day, part, promise, target
from tests.pure.website.test_kinds_of_promises import changed, start, things, whole
from website.pictures.projects import money_picture
from website.sentences.headings import series_sentences
from website.sentences.history import acts_sentence, comparison_sentence
from website.sentences.milestones import reading_sentence
from website.sentences.promises import commitment_sentence, department_sentence, indicators_sentence, moved_clause

DOCS = (settings.BASE_DIR / "docs" / "words.md").read_text(encoding="utf-8")
ON = "2020-09-24"
ROADS = ("经二路", "纬一路", "纬五路", "南环路南延")


def told_of(*parts, **about) -> str:
    return commitment_sentence(promise(*parts, **about), year=2020)


def roads(*values):
    return [
        whole(*([(ON, value)] if value is not None else []), key=key, title=ROADS[key - 1])
        for key, value in enumerate(values, 1)
    ]


def several_roads():
    return told_of(*roads(100, 100, 40, None), counter="条")


def one_cut():
    parts = roads(100, 100, 100, 40)
    return told_of(*parts[:3], changed(parts[3], dropped=True), counter="条")


def moved():
    return moved_clause(promise(changed(whole((ON, 60)), due_on="2021-06-30")).progress, year=None)


def more_than_promised():
    return told_of(things((ON, 5), of=4, unit="个", noun="个", verb="建成"))


def not_started():
    return told_of(start(("2020-12-21", 0)), goal="START", as_of="2021-01-01")


def advanced():
    held, due = "2020-06-30", "2020-08-31"
    stations = things((held, 3), of=10, unit="座", noun="站", verb="建成", due_on=due)
    small = things((held, 10), of=30, unit="座", noun="小设施", verb="建成", due_on=due, key=2)
    return told_of(stations, small, goal="ADVANCE")


def nobody_asked():
    unknown = promise(whole(), lead=None, as_of="2021-03-15")
    return series_sentences(SimpleNamespace(row=SERIES, commitments=[unknown]))[0]


def indicators():
    terms = IndicatorTerms("≥", 36, due_on=day("2023-12-31"))
    statuses = [IndicatorStatus.OPEN] * 2 + [IndicatorStatus.NO_DATA] * 4
    states = (IndicatorState(status, None, None, False, False, None) for status in statuses)
    return indicators_sentence([SimpleNamespace(terms=terms, state=state) for state in states])


def a_difference(**about) -> SimpleNamespace:
    names = "added kept unkept settled fell_behind fell_further caught_up reached begun cut moved reports corrections answers checks votes first_reported first_behind newly_paid"
    return SimpleNamespace(**dict.fromkeys(names.split(), ()) | {"is_empty": False, "findings": {}} | about)


def fallen_behind():
    difference = a_difference(
        since=day("2020-08-31"), until=day("2020-09-30"), fell_behind=range(5), fell_further=range(3)
    )
    return comparison_sentence(difference, "件", year=2020).removesuffix("。").partition("：")[2]


def a_whole_done():
    state = target_state_of(part(target(("2020-08-24", 100))), day("2020-09-30"), RULES)
    return strip_tags(reading_sentence(state)).removeprefix("2020 年 ")


def money():
    spent = [SimpleNamespace(amount=Decimal(amount)) for amount in (0, 76_500_000)]
    share = money_picture(Decimal(98), Decimal(100)).title
    return f"{share} · {acts_sentence(a_difference(spent=spent)).removesuffix('。')}"


def a_department():
    one = promise(whole((ON, 72)))
    return department_sentence([one], [one, one])


ROWS = {
    "several parts by name": (several_roads, "经二路、纬一路建成，纬五路修到 40%，南环路南延没有数据。按日子该到 73%，实际 60%。"),
    "one part cut": (one_cut, "说好 4 条：建成 3 条，取消 1 条（南环路南延）。"),
    "moved": (moved, "期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"),
    "more than promised": (more_than_promised, "说好 4 个，建成 5 个，多建 1 个。"),
    "not started by its day": (not_started, "说好 2020 年 12 月 31 日前开工，没有开工（最近一次报：2020 年 12 月 21 日）。"),
    "to be advanced": (advanced, "10 座站建成 3 座，30 座小设施建成 10 座（6 月 30 日的数据，之后没有再报）。市里说的是推进，没说做到多少。"),
    "nobody was asked": (nobody_asked, "十件实事：办没办成，本站没有数据。"),
    "indicators before their day": (indicators, "6 项指标：2 项还没到期限、离目标还差一些；4 项没有数据。"),
    "behind and further behind": (fallen_behind, "5 件变得落后，3 件更落后"),
    "a whole thing done": (a_whole_done, "8 月 24 日建成。"),
    "money": (money, "完成了总投资的 98% · 又完成投资 7650 万元"),
    "a department": (a_department, "牵头 1 件承诺，按计划；还配合 2 件。"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_row_reads_as_it_should(name):
    """docs/words.md: A promise in a sentence."""
    sentence, told = ROWS[name]
    assert sentence() == told


def test_every_row_of_the_table_is_a_case():
    """docs/words.md: A promise in a sentence."""
    table = DOCS.partition("| not | but |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    assert len(table) == len(ROWS)
    for row, (_sentence, told) in zip(table, ROWS.values(), strict=True):
        assert told in row.split(" | ")[1]
