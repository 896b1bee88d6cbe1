"""What a search says of itself, without a database."""

from datetime import date

import pytest

from website.sentences.search import (
    about_sentence,
    cut_sentence,
    more_sentence,
    near_sentence,
    nothing_sentence,
    results_sentence,
    search_description,
    search_title,
)

OCTOBER = date(2020, 10, 1)
TITLES = {
    "found": (3, 0, True, "“道路”：找到 3 项"),
    "found, and others near": (3, 2, True, "“道路”：找到 3 项"),
    "only near": (0, 2, True, "“道路”：没有完全一样的，2 项接近"),
    "nothing": (0, 0, True, "“道路”：没有找到"),
    "nothing asked": (0, 0, False, "搜索"),
}
FOUND = {
    "as many as places": (3, 3, None, "和“道路”有关的有 3 项。"),
    "several in one place": (23, 3, None, "和“道路”有关的有 3 处，一共 23 项。"),
    "by a day": (23, 3, OCTOBER, "到 2020 年 10 月 1 日公布的，和“道路”有关的有 3 处，一共 23 项。"),
}


@pytest.mark.parametrize("name", TITLES)
def test_a_search_says_what_was_asked(name):
    """docs/words.md: The search."""
    n_found, n_near, is_asked, told = TITLES[name]
    assert search_title("道路", n_found, n_near, is_asked=is_asked) == told


@pytest.mark.parametrize("name", FOUND)
def test_it_says_how_much_was_found(name):
    """docs/words.md: The search."""
    n_found, n_groups, on, told = FOUND[name]
    assert results_sentence("道路", n_found, n_groups, on) == told


def test_it_says_what_is_missing_and_what_is_near():
    """docs/words.md: The search."""
    assert nothing_sentence(None) == "没有公布的事，这里找不到。"
    assert nothing_sentence(OCTOBER) == "到 2020 年 10 月 1 日还没有公布的事，这里找不到。"
    assert near_sentence("霍东小学") == "没有和“霍东小学”完全一样的，这些接近："
    assert more_sentence(15) == "还有 15 条"
    assert about_sentence("城市道路", "沥青", 18) == "“城市道路”里和“沥青”有关的，一共 18 条，新的在前。"


@pytest.mark.parametrize(
    ("has_news", "description", "cut"),
    [
        (True, "和新闻里找。", "对得上的很多，进展、改动和新闻只看了最近的。多写一个词，会找得更准。"),
        (False, "公开记录里找。", "对得上的很多，进展、改动只看了最近的。多写一个词，会找得更准。"),
    ],
)
def test_a_search_names_what_it_looks_through(has_news, description, cut):
    """docs/words.md: The search."""
    assert search_description(has_news).endswith(description)
    assert cut_sentence(has_news) == cut
