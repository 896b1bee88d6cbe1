"""What screen readers and programs are told of every public page: its headings, its pictures, its description, where it stands."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import NamedTuple

import pytest

from tests.public_routes import routes
from website.templatetags.sharing import whole_sentences

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DAYS = ("", "2020-09-30")
MOST_ALIKE = 3  # pages of one template
LONGEST_LABEL = 100
LONGEST_DESCRIPTION = 140
HEADING = re.compile(r"h[1-6]")
NO_HEADING_WITHIN = {"summary", "legend", "button", "label", "a", "p", "dt", "dd", "caption", "th", "td"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LABELS = ("alt", "aria-label", "title")


class Outline(HTMLParser):
    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.levels: list[int] = []
        self.misplaced: list[str] = []
        self.labels: list[str] = []
        self.metas: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.labels += [given[name] for name in LABELS if given.get(name)]
        if tag == "meta":
            self.metas[given.get("name") or given.get("property") or ""] = given.get("content") or ""
        if HEADING.fullmatch(tag):
            self.levels.append(int(tag[1]))
            within = [name for name in self.open if name in NO_HEADING_WITHIN or HEADING.fullmatch(name)]
            self.misplaced += [f"{tag} in {name}" for name in within]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass


def pages(client) -> Iterator[tuple[str, str]]:
    """The public pages by address, on two days."""
    for route in routes():
        for address in route.addresses()[:MOST_ALIKE]:
            for day in DAYS:
                response = client.get(address, {"as_of": day} if day else {})
                if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                    yield f"{address}?as_of={day}", response.content.decode()


def faults_of_headings(outline: Outline) -> Iterator[str]:
    """They stand alone and skip no level; the first is the only one of the first level."""
    yield from outline.misplaced
    yield from (f"h{one} to h{two}" for one, two in pairwise(outline.levels) if two > one + 1)
    if outline.levels.count(1) != 1 or outline.levels[0] != 1:
        yield f"levels {outline.levels[:3]}"


def faults_of_labels(outline: Outline) -> Iterator[str]:
    """What is said of a picture is a sentence and not its table."""
    yield from (label for label in outline.labels if len(label) > LONGEST_LABEL)


def faults_of_description(outline: Outline) -> Iterator[str]:
    """It is made of whole sentences and as long as is read."""
    text = outline.metas["description"]
    if (
        not re.search(r"[。！？][”）]?$", text)
        or re.search(r"[；，、：]。|。。", text)
        or len(text) > LONGEST_DESCRIPTION
    ):
        yield text
    if outline.metas.get("og:description", text) != text:
        yield outline.metas["og:description"]


def faults_of_trail(address: str, page: str) -> Iterator[str]:
    """It leads from the front page to the page, which is no link and the only step that says it is here."""
    trail = trail_of(page)
    if address.startswith(("/?", "/2020/?")):
        yield from (f"{trail} on an overview" for _ in trail)
        return
    is_right = len(trail) > 1 and all(bool(step.link) != step.is_here for step in trail)
    if not is_right or [step.is_here for step in trail].index(True) != len(trail) - 1:
        yield f"trail {trail}"
    if any("as_of" in step.link for step in trail) and "as_of=2020" not in address:
        yield f"a day that was not asked for: {trail}"
    blocks = [json.loads(block) for block in re.findall(r'ld\+json">(.*?)</script>', page)]
    for block in blocks:
        if block["@type"] == "BreadcrumbList":
            names = [step["name"].removeprefix("【示例】") for step in block["itemListElement"]]
            yield from () if names[1:] == [step.words for step in trail][1:] else [f"programs hear {names}"]


@pytest.mark.usefixtures("illustrative_2020")
def test_every_page_is_well_built(client):
    found, n = {}, 0
    for address, page in pages(client):
        outline, n = Outline(page), n + 1
        faults = [*faults_of_headings(outline), *faults_of_labels(outline), *faults_of_description(outline)]
        if faults := [*faults, *faults_of_trail(address, page)]:
            found[address] = faults
    assert found == {}
    assert n > 40


@pytest.mark.parametrize(
    ("text", "most", "told"),
    [
        ("甲；乙；丙；", 20, "甲；乙；丙。"),
        ("做完了。", 20, "做完了。"),
        ("一句话", 20, "一句话。"),
        ("第一句。第二句很长很长。", 8, "第一句。"),
        ("第一句很长，说了很多，还没说完", 12, "第一句很长，说了很多。"),
        ("没有停顿的一句很长的话", 6, "没有停顿的…"),
        ("他说“好。”然后走了很远。", 8, "他说“好。”"),
        ("（示例）做完了（第一次）", 20, "（示例）做完了（第一次）。"),
        (" 两行 \n 之间 ", 20, "两行 之间。"),
        ("第 1.5 条，约 3.3 亿元。", 20, "第 1.5 条，约 3.3 亿元。"),
        ("", 20, ""),
    ],
)
def test_a_text_is_cut_where_a_reader_would_pause(text, most, told):
    assert whole_sentences(text, most) == told


# Where a page stands


class Step(NamedTuple):
    words: str
    link: str  # "" for nowhere
    is_here: bool


def trail_of(page: str) -> list[Step]:
    nav = re.search(r'<nav class="breadcrumbs" aria-label="当前位置">(.*?)</nav>', page, re.S)
    return [
        Step(
            words=re.sub(r"<[^>]+>", "", inner).strip(),
            link="".join(re.findall(r'href="([^"]*)"', inner)),
            is_here="aria-current" in given,
        )
        for given, inner in re.findall(r"<li([^>]*)>(.*?)</li>", nav[1] if nav else "", re.S)
    ]


TRAILS = [
    ("/2020/tasks/", ["首页", "霍州 2020 年承诺", "任务"]),
    ("/2020/tasks/major-2/", ["首页", "霍州 2020 年承诺", "任务", "以汾河生态治理为重点守护绿水青山"]),
    ("/2020/review/", ["首页", "霍州 2020 年承诺", "年终对账"]),
    ("/2020/compare/", ["首页", "霍州 2020 年承诺", "两天之间"]),
    ("/projects/city-roads/", ["首页", "霍州 2020 年承诺", "项目", "城市道路建设工程"]),
    ("/projects/city-roads/poster/", ["首页", "霍州 2020 年承诺", "项目", "城市道路建设工程", "公示牌"]),
    ("/departments/health-bureau/", ["首页", "霍州 2020 年承诺", "部门", "卫生健康局（示例）"]),
    ("/ledger/3/", ["首页", "公开记录", "第 3 条"]),
    ("/news/2020/02/", ["首页", "新闻", "2020 年 2 月"]),
    ("/news/open-call-2020-02-24/", ["首页", "新闻", "2020 年 2 月"]),
    ("/about/", ["首页", "进度怎么算，凭证怎么查"]),
]


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(("address", "words"), TRAILS, ids=[address for address, _words in TRAILS])
def test_a_page_says_where_it_stands(client, address, words):
    trail = trail_of(client.get(address).content.decode())
    assert [step.words for step in trail][: len(words)] == words


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("address", ["/nowhere/", "/2020/?as_of=x"])
def test_an_error_stands_nowhere(client, address):
    assert trail_of(client.get(address).content.decode()) == []
