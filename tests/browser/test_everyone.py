"""Every page for everyone: no barrier that axe knows, no sideways scroll, no shift, in every display."""

from collections.abc import Iterator
from math import ceil

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.public_routes import Route, routes

# Not pages: what is sent away, downloaded or read by programs.
NO_PAGES = (
    "display",
    "verification-script",
    "styleguide",
    "healthz",
    "readyz",
    "evidence-file",
    "cover",
    "article-picture",
    "article-attachment",
)
SUFFIXES = (".ico", ".webmanifest", ".csv", ".xlsx", ".atom", ".ics", ".xml", ".txt", ".png", ".py")
DISPLAYS = [("light", ""), ("dark", ""), ("light", "large")]
# Pages of the same template: the first is seen in every display, these many in the first one, and with `--everything`.
MOST, MOST_OF_ALL = 4, 20
SHIFT = """() => new Promise(done => {
    let sum = 0;
    new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) sum += e.value; }))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(sum), 150);
})"""


def pages() -> Iterator[Route]:
    for route in routes():
        is_page = route.name not in NO_PAGES and not route.name.startswith("api:")
        if is_page and not route.template.endswith(SUFFIXES):
            yield route


def spread(addresses: list[str], most: int) -> list[str]:
    """The first and as many others, from all over the list: neighbours are alike."""
    return addresses[:: max(1, ceil(len(addresses) / most))]


@pytest.fixture
def visit(browser, server, transactional_db):
    """Opens an address in a display and returns the page."""
    contexts = []

    def opened(scheme: str, display: str, width: int):
        context = browser.new_context(
            base_url=server,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
        )
        if display:
            context.add_cookies([{"name": "display", "value": display, "url": server}])
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.long
@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(("scheme", "display"), DISPLAYS)
def test_no_page_has_a_barrier(visit, request, scheme, display):
    page, axe = visit(scheme, display, 360), Axe()
    most = MOST_OF_ALL if request.config.option.everything else MOST
    most = most if (scheme, display) == DISPLAYS[0] else 1
    found = {}
    for route in pages():
        for address in spread(route.addresses(), most):
            page.goto(address)
            for violation in axe.run(page).response["violations"]:
                found.setdefault((violation["id"], violation["help"]), []).append(
                    (address, violation["nodes"][0]["html"][:200])
                )
    assert {key: places[:3] for key, places in found.items()} == {}


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("display", ["", "large"])
def test_no_page_scrolls_sideways_or_shifts_on_the_smallest_phone(visit, display):
    page = visit("light", display, 320)
    wide, shifted = [], []
    for route in pages():
        for address in spread(route.addresses(), 3):
            page.goto(address)
            if page.evaluate("document.documentElement.scrollWidth") > 320:
                wide.append(address)
            if page.evaluate(SHIFT) > 0.01:
                shifted.append(address)
    assert (wide, shifted) == ([], [])


# Where everything of the page stands that isn't in the menu.
PLACES = """() => [...document.querySelectorAll("header *, main, main *, footer")]
    .filter(e => !e.closest(".menu") || e.matches("summary"))
    .map(e => { const box = e.getBoundingClientRect(); return [e.tagName, box.x, box.y, box.width, box.height]; })"""


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("display", ["", "large"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_opening_the_menu_moves_nothing(visit, display, width):
    page = visit("light", display, width)
    for address in ("/", "/news/"):
        page.goto(address)
        menu = page.locator(".menu summary")
        if not menu.is_visible():  # where there is room, its links stand in the line itself
            continue
        before = page.evaluate(PLACES)
        menu.click()
        panel = page.locator(".menu-panel")
        assert panel.get_by_role("link", name="任务").is_visible()
        assert panel.get_by_role("searchbox").is_visible()
        assert page.evaluate(PLACES) == before
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("illustrative_2020")
def test_text_at_twice_its_size_stays_within_the_page(visit):
    page = visit("light", "", 640)
    for route in pages():
        page.goto(route.addresses()[0])
        page.evaluate("document.documentElement.style.setProperty('font-size', '212.5%')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, route.template


@pytest.mark.usefixtures("illustrative_2020")
def test_the_keyboard_reaches_the_text_first_and_sees_where_it_is(visit):
    page = visit("light", "", 1280)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize(("display", "least"), [("", 44), ("large", 60)])
def test_what_is_touched_is_large_enough(visit, display, least):
    page = visit("light", display, 360)
    small = {}
    for address in ("/?as_of=2020-09-30", "/projects/city-roads/", "/2020/projects/", "/ledger/", "/news/"):
        page.goto(address)
        # Links within a sentence are as high as its line; everything that stands alone is meant for a thumb.
        found = page.evaluate(
            """least => [...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
                .filter(e => e.checkVisibility() && !e.closest("p, dd, td, figcaption, .card-title, .legend, .skip-link"))
                .filter(e => !e.classList.contains("skip-link") && !e.classList.contains("mark"))
                .map(e => [e.getBoundingClientRect(), e.textContent.trim().slice(0, 20)])
                .filter(([box]) => box.height && box.height < least - 0.5)
                .map(([box, text]) => [text, Math.round(box.height)])""",
            least,
        )
        if found:
            small[address] = found[:5]
    assert small == {}
