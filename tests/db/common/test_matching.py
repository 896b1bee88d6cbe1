"""Words in Chinese text: found in either width and case, marked where they stand, nothing of a text let through as markup."""

import pytest
from django.utils.html import strip_tags

from common.matching import LENGTH, excerpt, fold, highlighted, words_of
from news.models import Article
from tests.factories import moment
from website.search import rank_of

pytestmark = pytest.mark.both_databases

ROADS = "“四好农村路”建设"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("道路", ["道路"]),
        ("  道路　小学 ", ["道路", "小学"]),
        ("ＰＰＰ ppp", ["ppp"]),
        ("１·１８", ["1·18"]),
        ("“四好农村路”", ["四好农村路"]),
        ("（一期）", ["(一期)"]),
        ("８㎡", ["8m2"]),
        ("”", []),
        ("", []),
    ],
)
def test_what_is_typed_becomes_folded_words(typed, words):
    assert words_of(typed) == words


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("城市道路建设", "道路", "城市<mark>道路</mark>建设"),
        ("城市道路建设", "路", "城市道<mark>路</mark>建设"),
        ("ＰＰＰ项目", "ppp", "<mark>ＰＰＰ</mark>项目"),
        ("ppp项目", "ＰＰＰ", "<mark>ppp</mark>项目"),
        ("绿地 8 ㎡", "m2", "绿地 8 <mark>㎡</mark>"),
        (ROADS, "四好农村路建设", "“<mark>四好农村路”建设</mark>"),
        ("道路，路灯", "道路 路灯", "<mark>道路</mark>，<mark>路灯</mark>"),
        ("道路灯", "道路 路灯", "<mark>道路灯</mark>"),
        ("<b>道路</b> & <script>", "道路", "&lt;b&gt;<mark>道路</mark>&lt;/b&gt; &amp; &lt;script&gt;"),
        ("甲<b>乙", "<b>", "甲<mark>&lt;b&gt;</mark>乙"),
        ("<script>", "script", "&lt;<mark>script</mark>&gt;"),
        ("cafe\u0301 a.b", "café .", "<mark>café</mark> a<mark>.</mark>b"),
        ("没有", "道路", "没有"),
    ],
)
def test_words_are_marked_where_they_stand_and_the_rest_is_escaped(text, typed, marked):
    assert highlighted(text, words_of(typed)) == marked


def test_an_excerpt_is_one_line_around_the_first_word():
    text = "甲" * 300 + "\n道路\n" + "乙" * 300
    line = excerpt(text, ["道路"])
    assert "道路" in line
    assert "\n" not in line
    assert line.startswith("…甲")
    assert line.endswith("乙…")
    assert len(line) <= LENGTH + 2
    assert excerpt("短的一句", ["道路"]) == "短的一句"


@pytest.mark.parametrize(
    ("typed", "names", "text", "rank"),
    [
        ("城市道路", ["城市道路"], "", 0),
        ("道路", ["城市道路"], "", 1),
        ("道路 城市", ["城市道路"], "", 2),
        ("沥青", ["城市道路"], "铺了沥青", 3),
        ("道路 沥青", ["城市道路"], "铺了沥青", 3),
        ("道路 桥", ["城市道路"], "铺了沥青", None),
        ("四好农村路建设", [ROADS], "", 0),
        ("城市道路", ["城市道路建设工程", "城市道路"], "", 0),
    ],
)
def test_exact_comes_before_partial_and_title_before_text(typed, names, text, rank):
    assert rank_of(words_of(typed), names, text) == rank


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("ＰＰＰ模式", "ppp"),
        ("PPP模式", "ｐｐｐ"),
        ("１２３项", "123"),
        ("第（二）期", "(二)"),
        ("第(二)期", "（二）"),
        ("１０kV线路", "10kv"),
        ("水", "水"),
        ("100%", "100％"),
        ("a_b", "a_b"),
    ],
)
def test_the_database_offers_every_text_that_holds_the_word(client, stored, typed):
    Article.objects.create(slug="one", title="标题", body=stored, is_published=True, published_at=moment("2020-03-05"))
    response = client.get("/search/", {"q": typed})
    assert response.context["n_found"] == 1
    assert fold(typed) in fold(strip_tags(response.context["page"].object_list[0].excerpt))
