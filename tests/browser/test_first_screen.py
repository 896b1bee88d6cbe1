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
        const parts = [...element.querySelectorAll(".box-name, .box-word")].map(part => part.getBoundingClientRect());
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
