"""The first screen of the overview: its order, its marks, and the page of promises that it is while nothing is known."""

import re

import pytest
from django.utils.html import strip_tags

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def main_of(response):
    text = response.content.decode()
    return text[text.index("<main") : text.index("</main>")]


def words_of(response) -> str:
    """What people read, without spaces and without the citation, which repeats the title."""
    return re.sub(r"\s+", "", strip_tags(main_of(response))).partition("引用这一页")[0]


def sections_of(page: str) -> list[str]:
    return re.findall(r"<section.*?</section>", page, re.DOTALL)


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("day", ["2020-09-30", "2021-06-01"])
def test_cards_stand_in_the_order_of_boxes_and_a_section_is_marked_once(client, day):
    """docs/words.md: The first screen."""
    page = main_of(client.get("/2020/", {"as_of": day}))
    boxes = re.findall(r'<a class="box [^"]*" href="/projects/([a-z0-9-]+)/', page)
    first = next(one for one in sections_of(page) if 'class="first-section"' in one)
    assert re.findall(r'<a href="/projects/([a-z0-9-]+)/', first) == boxes
    assert len(boxes) == 10
    pictures = ("plan-picture", "picture")
    for section in sections_of(page):
        if not any(f'aria-labelledby="{name}"' in section for name in pictures):
            assert section.count("mark-illustrative") <= 1, section[:200]


@pytest.mark.usefixtures("illustrative_2020")
def test_once_the_year_is_over_the_first_screen_leads_to_its_account(client):
    """docs/words.md: The first screen."""
    link = '<p class="deadline"><a class="line-link" href="/2020/review/?as_of={}">年终对账：说的办成了没有</a></p>'
    assert link.format("2021-01-01") in main_of(client.get("/2020/", {"as_of": "2021-01-01"}))
    before = client.get("/2020/", {"as_of": "2020-12-31"}).content.decode()
    assert "现在还不能说没办成" in strip_tags(before)
    assert 'href="/2020/review/?as_of=2020-12-31">年终对账</a>' in before  # in the menu, always


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("day", ["2020-03-06", "2020-04-20", "2020-09-30", "2020-12-31", "2021-01-01", ""])
def test_a_plan_without_data_accuses_nobody(client, day):
    """docs/words.md: The first screen."""
    params = {"as_of": day} if day else {}
    page = words_of(client.get("/2020/", params))
    has_ended = not day or day > "2020-12-31"
    assert page.count("办没办成，本站没有数据") == has_ended
    assert ("霍州2020年：十件实事" in page) != has_ended
    assert "各部门的进展还没有公布过" in page
    assert (
        "12月31日前建成4条：经二路、纬一路（大张段）、纬五路（经二路至经三路）、南环路南延。总投资没有公布；谁负责没有公布。"
        in page
    )
    assert "市里点名的是这4条，原文后面还有“等”字" in page
    assert ("说好办成" in page) == has_ended
    assert "12月31日前推进10座污水处理站、30座小型污水处理设施（市里没说做到多少）。总投资8800万元" in page
    for word in ("没报", "没有报", "不知道", "落后", "过期", "没办成。", "暂无公开数据"):
        assert word not in page.replace("还不知道办没办成", ""), word


@pytest.mark.usefixtures("plan_2020")
def test_the_other_pages_of_a_plan_without_data_accuse_nobody_either(client):
    """docs/words.md: The first screen."""
    review = words_of(client.get("/2020/review/"))
    assert review.count("办没办成，本站没有数据") == 1
    assert "不知道" not in review
    assert "2020年12月31日前建成4个五人制足球场。" in review
    compared = main_of(client.get("/2020/compare/", {"from": "2020-12-01", "to": "2021-01-01"}))
    assert "到期没有办成" not in compared
    assert "14 项到期了，还不知道办没办成。" in re.sub(r"<[^>]*>", "", compared)
    assert "badge" not in compared
    task = words_of(client.get("/2020/tasks/area-7/"))
    assert "为它出力的5件承诺，进展还没有公布过。" in task
    assert "不知道" not in task
    assert "还没有公布谁负责" in main_of(client.get("/departments/"))


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("day", ["2020-03-06", "2020-09-30", "2021-06-01"])
def test_the_table_of_a_plan_without_data_says_what_was_promised(client, day):
    """docs/words.md: The first screen."""
    answer = client.get("/2020/projects/", {"as_of": day})
    assert "15项承诺：1项开工了；其余14项的进展还没有公布过。" in words_of(answer)
    table = main_of(answer).partition("<table")[2]
    assert "31 日前建成 4 个五人制足球场。" in table
    assert "没有数据" not in table
    assert "该到" not in table
    assert main_of(answer).count('class="badge') == 1  # what was begun
    rows = client.get("/2020/projects.csv", {"as_of": day}).content.decode()
    assert "按日子该到" in rows  # files keep their columns


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("day", ["2020-03-06", "2020-09-30", "2021-06-01"])
def test_a_project_without_data_says_what_was_promised_and_draws_nothing(client, day):
    """docs/words.md: A project's page."""
    answer = client.get("/projects/city-roads/", {"as_of": day})
    page = words_of(answer)
    assert "说好做哪些" in page
    assert "建成经二路，2020年12月31日前本站理解" in page
    for word in ("没有报", "过期", "按日子该到", "100%"):
        assert word not in page, word
    assert 'class="chart"' not in main_of(answer)
    assert main_of(answer).count('class="badge') == 1  # its one word
