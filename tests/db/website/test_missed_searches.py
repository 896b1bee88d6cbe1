"""What is kept of a search that found nothing: words for editors, nothing about people, and never much."""

import pytest
from django.db import DatabaseError

from tasks.models import MissedSearch
from tests.factories import a_plan, a_project, published
from website.search import missed
from website.search.missed import MOST_WORDS, countable
from website.search.results import Query

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

KEPT = {
    "a word": ("游乐场", ["游乐场"]),
    "several": ("缆车 索道", ["缆车", "索道"]),
    "a surname that begins a word of every day": ("高铁", ["高铁"]),
    "a surname within such a word": ("修马路", ["修马路"]),
    "Latin letters": ("wifi", ["wifi"]),
    "with a sign": ("缆车？", ["缆车"]),
}
FORGOTTEN = {
    "a phone": "13800000000",
    "a word beside a number": "缆车 13800000000",
    "digits in full width": "缆车１３８００００００００",
    "an identity card": "身份证 14272519800101001X",
    "a house and a door": "3号楼2单元",
    "a name": "王小明",
    "a short name": "李雷",
    "a rare surname": "司马光",
    "a name and an office": "张局长",
    "a name within a sentence": "帮我找李小红",
    "a name before a word": "刘建国低保",
    "a person": "小区那位先生",
    "a name in pinyin": "wangxm",
    "a mail address": "a@b",
    "a long sentence": "我想知道缆车什么时候能建起来",
    "a long word in letters": "abcdefgh",
    "one character": "缆",
    "an address": "http://x",
}


@pytest.mark.parametrize("name", KEPT)
def test_a_word_is_kept(name):
    typed, words = KEPT[name]
    assert countable(Query.of(typed), set()) == words


@pytest.mark.parametrize("name", FORGOTTEN)
def test_what_can_be_personal_is_forgotten(name):
    assert countable(Query.of(FORGOTTEN[name]), set()) == []


def test_what_begins_like_a_name_is_kept_where_the_record_says_it_anyway():
    assert countable(Query.of("石桥河"), set()) == ["石桥河"]
    assert countable(Query.of("万达路"), set()) == []
    assert countable(Query.of("万达路"), {"万达"}) == ["万达路"]


@pytest.fixture
def city(monkeypatch):
    monkeypatch.setattr(missed, "SECONDS_BETWEEN", 0)
    return published(a_plan(a_project("road", title="滨河大道", milestones=["paved"])))


def kept():
    return list(MissedSearch.objects.values_list("word", "n_times"))


def test_only_searches_without_result_are_counted(client, city):
    for typed in ("缆车", "缆车", "滨河", "滨河缆车", "王小明", ""):
        client.get("/search/", {"q": typed})
    assert kept() == [("缆车", 2), ("滨河缆车", 1)]


def test_who_looks_into_the_past_is_not_counted(client, city):
    client.get("/search/", {"q": "缆车", "as_of": "2020-06-01"})
    assert kept() == []


def test_no_more_than_so_many_words_are_kept(client, city, monkeypatch):
    monkeypatch.setattr(missed, "MOST_WORDS", 2)
    for typed in ("缆车", "缆车", "索道", "滑梯"):
        client.get("/search/", {"q": typed})
    assert kept() == [("缆车", 2), ("滑梯", 1)]
    assert MOST_WORDS == 300


def test_a_process_writes_once_in_a_while(client, city, monkeypatch):
    monkeypatch.setattr(missed, "SECONDS_BETWEEN", 3600)
    monkeypatch.setattr(missed, "_last_written", [-3600.0])
    for typed in ("缆车", "索道"):
        client.get("/search/", {"q": typed})
    assert kept() == [("缆车", 1)]


def test_where_nothing_can_be_written_a_search_answers_as_well(client, city, monkeypatch):
    def full(_word):
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(missed, "_count", full)
    assert "没有公布的事" in client.get("/search/", {"q": "缆车"}).content.decode()
    assert kept() == []
