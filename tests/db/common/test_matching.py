"""Words in Chinese text: found in either width and case, marked where they stand, nothing of a text let through as markup."""

import pytest
from django.utils.html import strip_tags

from common.matching import LENGTH, excerpt, fold, highlighted, holds, words_of
from news.models import Article
from tests.factories import moment
from website.search.results import rank_of

pytestmark = pytest.mark.both_databases

ROADS = "“四好农村路”建设"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("道路", ["道路"]),
        ("  道路　小学 ", ["道路", "小学"]),
        ("ＰＰＰ ppp", ["ppp"]),
        ("１·１８", ["1", "18"]),
        ("“四好农村路”", ["4好农村路"]),
        ("（一期）", ["1期"]),
        ("《污水》", ["污水"]),
        ("污水。", ["污水"]),
        ("霍东新区小学,西张小学", ["霍东新区小学", "西张小学"]),
        ("霍東新區小學", ["霍东新区小学"]),
        ("８㎡", ["8m2"]),
        ("第五件", ["第5件"]),
        ("第十五件", ["第15件"]),
        ("二十三", ["23"]),
        ("两千零五", ["2005"]),
        ("三百六十天", ["360天"]),
        ("二〇二〇年", ["2020年"]),
        ("1.85亿", ["185000000"]),
        ("1.85 億元", ["185000000元"]),
        ("18,500万", ["185000000"]),
        ("185,000,000", ["185000000"]),
        ("3.3千万", ["33000000"]),
        ("五百万", ["5000000"]),
        ("千家万户", ["千家万户"]),
        ("3,5", ["3", "5"]),
        ("1.5", ["1.5"]),
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
        ("cafe\u0301 a.b", "café .", "<mark>café</mark> a.b"),
        ("没有", "道路", "没有"),
        ("汙水處理站", "污水", "<mark>汙水</mark>處理站"),
        ("投资约 1.85 亿元（第 5 件）", "1.85亿 第五件", "投资约 <mark>1.85 亿</mark>元（<mark>第 5 件</mark>）"),
        ("第 15 件，5 件", "5件", "第 15 件，<mark>5 件</mark>"),
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
        ("5件", ["第15件"], "", None),
        ("185", ["路"], "185000000元", None),
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
        ("第五件", "第5件"),
        ("第 12 件", "第十二件"),
        ("投资 1.85 亿元", "185000000"),
        ("投资 18500万元", "1.85亿"),
        ("投资 185,000,000 元", "1.85亿"),
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
    folded = fold(strip_tags(response.context["page"].object_list[0].head.excerpt))
    assert all(holds(folded, word) for word in words_of(typed))
