"""The first screen of the overview on a phone: how many lines its heading takes, and whether its boxes hold their words."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from ledger.models import Entry
from tasks.models import Plan
from tests.loaded_cities import ILLUSTRATIVE_FILE, NEXT_YEAR_FILE, PLAN_FILE, put

MOST_LINES = 3
SEEN = """() => {
    const heading = document.querySelector("h1"), style = getComputedStyle(heading);
    const within = (part, box) => part.left >= box.left && part.right <= box.right && part.bottom <= box.bottom;
    const boxes = [...document.querySelectorAll(".box")].map(element => {
        const box = element.getBoundingClientRect();
        const parts = [...element.querySelectorAll(".box-name, .box-full, .box-word")]
            .map(part => part.getBoundingClientRect()).filter(part => part.width > 1);
        return {width: box.width, height: box.height, whole: parts.every(part => within(part, box))};
    });
    return {
        text: heading.innerText,
        lines: Math.round(heading.getBoundingClientRect().height / parseFloat(style.lineHeight)),
        cramped: boxes.filter(box => box.width < 60 || box.height < 48 || !box.whole),
    };
}"""


@pytest.fixture
def phone(visit):
    return visit(viewport={"width": 360, "height": 640})


def days_of_change(plan: Plan) -> Iterator[date]:
    """The days on which something of the plan was published, after a due day, and when nobody can be new any more."""
    published = set(Entry.objects.values_list("published_on", flat=True))
    turning = {plan.ends_on, plan.ends_on + timedelta(days=1), plan.published_on + timedelta(days=60)}
    yield from sorted(day for day in published | turning if day >= plan.published_on)


@pytest.mark.parametrize(
    ("files", "year"),
    [
        pytest.param((PLAN_FILE, ILLUSTRATIVE_FILE, NEXT_YEAR_FILE), 2020, id="2020 with its reports"),
        pytest.param((PLAN_FILE, ILLUSTRATIVE_FILE, NEXT_YEAR_FILE), 2021, id="2021"),
        pytest.param((PLAN_FILE,), 2020, id="2020 without data"),
    ],
)
def test_the_heading_has_three_lines_at_most_and_the_boxes_hold_their_words(phone, files, year):
    """docs/words.md: The first screen."""
    put(*files)
    wrong = {}
    days = list(days_of_change(Plan.objects.get(year=year)))
    for day in days:
        phone.goto(f"/{year}/?as_of={day}")
        seen = phone.evaluate(SEEN)
        if seen["lines"] > MOST_LINES or seen["cramped"]:
            wrong[str(day)] = seen
    assert days
    assert wrong == {}


# The widest empty stretch, in rem, between a name and its state in one line of a list or of a heading.
WIDEST = """() => {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    let widest = 0;
    for (const line of document.querySelectorAll(".rows > li, .card-head, .pairs > li")) {
        const texts = [], walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        for (let node; node = walker.nextNode();) {
            const range = document.createRange();
            range.selectNodeContents(node);
            if (node.textContent.trim()) texts.push(...range.getClientRects());
        }
        for (const left of texts) {
            const beside = texts.filter(right => right.left >= left.right && right.top < left.bottom && right.bottom > left.top);
            if (beside.length) widest = Math.max(widest, Math.min(...beside.map(right => right.left - left.right)) / rem);
        }
    }
    return widest;
}"""


@pytest.mark.usefixtures("illustrative_years")
def test_no_line_is_emptier_than_an_eye_bridges(visit):
    """docs/words.md: The first screen."""
    page = visit(viewport={"width": 1280, "height": 900})
    widest = {}
    for address in ("/2020/", "/2020/review/", "/2020/compare/", "/2020/changes/", "/2020/tasks/", "/departments/"):
        page.goto(address)
        widest[address] = page.evaluate(WIDEST)
    assert max(widest.values()) > 0
    assert {address: gap for address, gap in widest.items() if gap > 48} == {}


@pytest.mark.usefixtures("illustrative_years")
def test_the_larger_display_has_two_columns_with_whole_names(visit, server):
    """docs/words.md: The first screen."""
    page = visit(viewport={"width": 360, "height": 640})
    page.context.add_cookies([{"name": "display", "value": "large", "url": server}])
    page.goto("/2020/?as_of=2020-09-30")
    lefts = page.evaluate(
        "[...new Set([...document.querySelectorAll('.box')].map(box => box.getBoundingClientRect().left))]"
    )
    assert len(lefts) == 2
    assert page.locator(".box-full").first.bounding_box()["width"] > 60
    assert not page.locator(".box-name").first.is_visible()
    assert page.evaluate(SEEN)["cramped"] == []
