"""What people ask of the portal: answered from the first screen of a phone in three touches, found by names and roles alone.

Where to touch is found as a screen reader finds it, and what is read there is what it would say.
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

MOST_TOUCHES = 3
WIDTH, HEIGHT = 360, 560  # what is left of a small phone inside WeChat
SCHOOL, DURING, AFTER = "新建小学", "2020-10-31", "2021-06-01"


@dataclass(frozen=True)
class Question:
    """The touches, each the role and the name of what is touched, and what has to be read where they lead."""

    touches: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]
    day: str = DURING
    typed: str = ""


QUESTIONS = {
    "when is our road done": Question((("link", "城市道路"),), ("term: 什么时候该办完", "time: 2020 年 12 月 31 日")),
    "who answers for the school, and what is their phone": Question(
        (("link", SCHOOL),), ("教育体育局（示例）", "tel:03570000003")
    ),
    "is it behind, and since when do we know": Question(
        (("link", SCHOOL),), ("listitem: 落后", "按 10 月 22 日的数据（10 月 28 日公布）")
    ),
    "what was moved, by whom, on which document, as a file": Question(
        (("link", "改过的承诺"), ("link", "CSV")),
        ("原来", "现在", "谁定的", "批准文件", "农村公路工期顺延批复（示例）"),
        "2020-12-31",
    ),
    "was it kept last year": Question(
        (("link", "年终对账"),), ('heading "说的办成了没有"', "霍东新区小学、西张小学", "没办成"), AFTER
    ),
    "what is said of tourism": Question(
        (("text", "菜单"), ("searchbox", "")), ("加快 旅游 景区建设", "在做"), typed="旅游"
    ),
    "tell me when this promise changes": Question(
        (("link", SCHOOL), ("text", "有变化时告诉我"), ("link", "订阅")), ("<feed", "霍东新区小学")
    ),
    "this isn't true": Question(
        (("link", SCHOOL), ("link", "情况不符"), ("link", "现场没有动静")), ("霍东新区小学", "12345")
    ),
    "can this figure be checked": Question(
        (("link", SCHOOL), ("last link", "公开记录第")), ("指纹（SHA-256）", "held_on", "上一条的指纹")
    ),
    "can it be read at all": Question(
        (("link", "关怀版"), ("link", "城市道路")), ("term: 现在怎样", "term: 什么时候该办完")
    ),
}


@pytest.fixture
def phone(visit, illustrative_2020) -> Page:
    return visit(viewport={"width": WIDTH, "height": HEIGHT})


def found(phone: Page, role: str, name: str) -> Locator:
    if role == "text":
        return phone.get_by_text(name, exact=True).locator("visible=true").first
    every = phone.get_by_role(role.rpartition(" ")[2], name=name).locator("visible=true")
    return every.last if role.startswith("last") else every.first


@pytest.mark.parametrize("asked", QUESTIONS)
def test_it_is_answered_in_three_touches(phone, asked):
    question = QUESTIONS[asked]
    phone.goto(f"/2020/?as_of={question.day}")
    n_touches = len(question.touches) + bool(question.typed)
    assert n_touches <= MOST_TOUCHES
    first = found(phone, *question.touches[0])
    box = first.bounding_box()
    assert box["y"] >= 0, "the first touch is on the first screen"
    assert box["y"] + box["height"] <= HEIGHT
    told = ""
    for role, name in question.touches:
        touched = found(phone, role, name)
        if leads_to_a_file(touched):
            told = phone.request.get(touched.get_attribute("href")).text()
        else:
            touched.click()
    if question.typed:
        phone.keyboard.type(question.typed)
        phone.keyboard.press("Enter")
        expect(phone).to_have_url(re.compile("q="))
    told = told or phone.locator("main").aria_snapshot()
    for answer in question.answers:
        assert answer in told, f"{asked}: {answer} isn't in {told[:3000]}"


def leads_to_a_file(touched: Locator) -> bool:
    return (touched.get_attribute("href") or "").partition("?")[0].endswith((".csv", ".atom", ".ics"))
