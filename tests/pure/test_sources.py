"""The sheet of published facts (docs/sources.md) and the fixture of the plan say the same, in both directions."""

import copy
import re
from html import unescape

import pytest

from tests.facts_sheet import (
    facts_of_fixture,
    facts_of_sheet,
    names_in_news,
    numbers_in,
    rows_of_fixture,
    text_of_sheet,
)

# What of each row is held against the sheet, and what is the portal's own: addresses, short names, its own words.
COMPARED = {
    "projects.source": {"title", "publisher", "editor", "issued_on"},
    "tasks.plan": {"year", "title", "starts_on", "ends_on", "adopted_on", "release_at"},
    "tasks.taskgroup": {"title"},
    "tasks.task": {"group", "number", "title"},
    "tasks.measure": {"task", "number", "title"},
    "tasks.outline": set(),
    "tasks.outlineitem": {"outline", "number", "title"},
    "projects.project": {"title", "investment"},
    "projects.milestone": {"project", "code", "title", "unit", "is_counted"},
    "tasks.contribution": {"measure", "project", "is_inferred"},
    "tasks.series": {"title"},
    "tasks.commitment": {"series", "number", "project", "goal", "annual_investment", "inferred"},
    "tasks.target": {"commitment", "milestone", "amount", "starts_on", "due_on", "weight", "pace", "inferred"},
    "tasks.indicator": {"title", "comparator", "target", "unit", "due_on", "task", "note", "inferred"},
    "projects.report": {"project", "held_on"},
    "projects.milestonereading": {"report", "milestone", "value"},
    "projects.evidence": set(),
    "news.article": {"happened_on", "tasks"},
}  # fmt: skip
OWN = {
    "projects.source": {"key", "kind"},
    "tasks.plan": {
        "source", "short_title", "authority", "guideline", "lag_warning", "lag_alarm", "reporting_months", "grace_days",
    },
    "tasks.taskgroup": {"plan", "code", "number", "noun", "counter"},
    "tasks.outline": {"plan", "code", "number", "title", "text", "task"},
    "projects.project": {"slug", "short_title", "box_name", "part_counter", "place"},
    "projects.milestone": {"number", "noun", "verb", "begun", "is_lasting"},
    "tasks.series": {"plan", "code", "number", "short_title", "noun", "counter"},
    "tasks.indicator": {"plan", "code", "number", "kind"},
    "projects.report": {"code", "source", "release_at", "text"},
    "projects.evidence": {"report", "position", "kind", "title"},
    "news.article": {
        "slug", "title", "summary", "body", "source", "projects", "is_published", "published_at", "updated_at",
    },
}  # fmt: skip
TEXTS = (
    "guideline",
    "text",
    "note",
    "summary",
    "body",
    "title",
    "short_title",
    "box_name",
    "place",
    "noun",
    "counter",
    "verb",
    "begun",
)
NOT_CLOSED = re.compile(r"the page says (市里[^)]+)\)")


@pytest.fixture(scope="module")
def sheet():
    return text_of_sheet()


@pytest.fixture
def rows():
    return rows_of_fixture()


def articles_by_day(rows):
    """What each article says, without its markup, by day; two of one day stand in one text."""
    told = {}
    for row in rows:
        if row["model"] == "news.article":
            fields = row["fields"]
            text = re.sub("<[^>]+>", "", unescape(fields["title"] + fields["summary"] + fields["body"]))
            told[fields["happened_on"]] = told.get(fields["happened_on"], "") + text
    return told


@pytest.mark.parametrize("subject", facts_of_sheet(text_of_sheet()))
def test_the_fixture_says_what_the_sheet_says(sheet, rows, subject):
    assert facts_of_fixture(rows)[subject] == facts_of_sheet(sheet)[subject]


def test_every_field_of_the_fixture_is_compared_or_ours(rows):
    found = {}
    for row in rows:
        found.setdefault(row["model"], set()).update(row["fields"])
    assert found == {model: fields | OWN.get(model, set()) for model, fields in COMPARED.items()}


def test_the_sheet_counts_itself_rightly(sheet):
    groups = facts_of_sheet(sheet)["groups"]
    told = re.search(r"In all (\d+) measures under the three major tasks and (\d+) under the eight areas", sheet)
    assert [sum(len(task[2]) for task in tasks) for tasks in groups.values()] == [int(n) for n in told.groups()]


def test_nothing_unpublished_has_a_value(rows):
    assert {r["fields"]["annual_investment"] for r in rows if r["model"] == "tasks.commitment"} == {None}
    unpublished = {
        "leads",
        "partners",
        "post",
        "funding",
        "wording",
        "problem",
        "next_step",
        "spent",
        "baseline",
        "steps",
    }
    assert not unpublished & {name for row in rows for name, value in row["fields"].items() if value}


def test_our_own_words_hold_no_number_that_the_sheet_does_not(sheet, rows):
    known = numbers_in(sheet)
    told = [row["fields"][name] for row in rows for name in TEXTS if row["fields"].get(name)]
    assert {text: numbers_in(text) - known for text in told if numbers_in(text) - known} == {}


def test_articles_name_whom_and_what_the_sheet_names(sheet, rows):
    told = articles_by_day(rows)
    missing = {(day, name) for day, names in names_in_news(sheet) for name in names if name not in told[day]}
    assert not missing


def test_the_article_about_the_campaign_tells_every_target(sheet, rows):
    told = articles_by_day(rows)["2020-02-27"]
    for indicator in facts_of_sheet(sheet)["indicators"]:
        if indicator["unit"] != "次命名":
            assert indicator["target"] in told, indicator
    assert "力争" in told


def test_a_list_that_is_not_closed_says_so(sheet, rows):
    """Of the roads in the sheet's own words; of the zone's projects that the city's list ended in the same word."""
    texts = {row["fields"]["code"]: row["fields"].get("text", "") for row in rows if row["model"] == "tasks.outline"}
    assert NOT_CLOSED.search(sheet)[1] in texts["city-roads"]
    assert "“等”" in texts["zone"]
    assert "本站理解" in texts["zone"]
    assert "“等”" in articles_by_day(rows)["2020-02-24"]


def test_the_city_never_said_small_leading_group(rows):
    assert "领导小组" not in repr(rows)


# Each kind of difference is found.
def changed(rows, model, found, **fields):
    """The rows with fields of the first of the model that has what is asked for set otherwise."""
    rows = copy.deepcopy(rows)
    row = next(r for r in rows if r["model"] == model and found.items() <= r["fields"].items())
    row["fields"] |= fields
    return rows


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("责任编辑 吉政", "责任编辑 某人"),
        ("09:07:37", "09:07:38"),
        ("meeting of 2020-02-28", "meeting of 2020-02-29"),
        ("突出招商引资（解决落地落实）", "突出招商引资"),
        ("建设美丽乡村 · 创新农村治理", "建设美丽乡村"),
        ("| 4 | 餐厨垃圾处理厂 | 启动", "| 4 | 餐厨垃圾处理厂 | 完成"),
        ("48,000,000", "49,000,000"),
        ("1,083,000,000", "1,084,000,000"),
        ("30 座小型污水处理设施 |", "30 处小型污水处理设施 |"),
        (" | 4 个 |", " | 5 个 |"),
        (" | 3 所 |", " | 3 个 |"),
        (" · 南环路南延 |", " |"),
        ("民生优先 · 提升社会保障水平", "民生优先 · 提升创业就业水平"),
        ("keep no. 5 (推进)", "keep no. 7 (推进)"),
        ("| 危废处理项目 |", "| 危险废物项目 |"),
        ("2020-02-24 construction started", "2020-02-25 construction started"),
        ("≥ 8.5 (力争)", "≥ 8.5"),
        ("≥ 300", "≥ 301"),
        ("not dated (null)", "2023"),
        ("same, *inferred*", "same"),
        ("(≥ *inferred*)", "(≥)"),
        ("the series itself is our grouping", "the series is the city's"),
        ("| 2020-02-27 |", "| 2020-02-26 |"),
        ("三教乡 (南车腰村) | 乡村振兴", "三教乡 (南车腰村) | 三件大事 2"),
        ("攻坚汾河治理，实现生态新改善 · ", ""),
        ("停车进位 · ", ""),
        ("装备制造、节能环保", "装备制造"),
    ],
)
def test_a_change_of_the_sheet_is_found(sheet, rows, old, new):
    assert sheet.count(old) >= 1
    differing = facts_of_sheet(sheet.replace(old, new))
    assert differing != facts_of_fixture(rows)


@pytest.mark.parametrize(
    ("model", "found", "fields"),
    [
        ("projects.source", {}, {"publisher": "别的报"}),
        ("tasks.plan", {}, {"ends_on": "2021-12-31"}),
        ("tasks.task", {"number": 2}, {"title": "别的"}),
        ("tasks.measure", {"number": 3}, {"title": "别的"}),
        ("tasks.outlineitem", {"number": 2}, {"title": "别的"}),
        ("projects.project", {"slug": "city-roads"}, {"investment": "1"}),
        ("projects.milestone", {"unit": "座"}, {"unit": "处"}),
        ("projects.milestone", {"unit": "座"}, {"is_counted": False}),
        ("tasks.target", {"pace": "STEP"}, {"due_on": "2020-06-30"}),
        ("tasks.target", {"pace": "STEP"}, {"inferred": ["starts_on", "due_on", "weight", "pace"]}),
        ("tasks.target", {"amount": "10"}, {"amount": "11"}),
        ("tasks.contribution", {}, {"is_inferred": False}),
        ("tasks.contribution", {}, {"measure": [2020, "area", 3, 2]}),
        ("tasks.commitment", {"number": 4}, {"goal": "FINISH"}),
        ("tasks.commitment", {"series": [2020, "zone"]}, {"inferred": ["goal"]}),
        ("tasks.target", {}, {"milestone": ["city-roads", "jing-2-road"]}),
        ("tasks.indicator", {}, {"note": ""}),
        ("tasks.indicator", {}, {"inferred": []}),
        ("tasks.indicator", {}, {"due_on": None}),
        ("projects.report", {}, {"held_on": "2020-03-01"}),
        ("news.article", {}, {"happened_on": "2020-02-22"}),
    ],
)
def test_a_change_of_the_fixture_is_found(sheet, rows, model, found, fields):
    assert facts_of_fixture(changed(rows, model, found, **fields)) != facts_of_sheet(sheet)


@pytest.mark.parametrize(
    "model", ["tasks.measure", "tasks.contribution", "tasks.target", "tasks.indicator", "news.article"]
)
def test_a_row_too_many_or_too_few_is_found(sheet, rows, model):
    row = next(row for row in rows if row["model"] == model)
    without = [one for one in rows if one is not row]
    assert facts_of_fixture(without) != facts_of_sheet(sheet)
    more = copy.deepcopy(row)
    more["fields"]["title"] = "没有人说过的"
    if model in {"tasks.contribution", "tasks.target"}:
        more["fields"] |= (
            {"measure": [2020, "area", 8, 1]} if "measure" in more["fields"] else {"commitment": [2020, "zone", 1]}
        )
    assert facts_of_fixture([*rows, more]) != facts_of_sheet(sheet)
