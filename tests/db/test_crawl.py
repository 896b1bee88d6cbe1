"""Every link from the front page, on some days: none is dead, none leads out of the portal unasked, no text is missing, none
is English.

The portal is walked through below a path, since there a link can go wrong in one way more: three days of it, and with
`--everything` each day that a page leads to.
"""

import re
from collections.abc import Collection
from html.parser import HTMLParser
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
from django.urls import clear_script_prefix, set_script_prefix

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("illustrative_2020"),
    pytest.mark.one_database,
    pytest.mark.long,
]

DAYS = ["2020-06-30", "2020-12-31", "2021-05-01"]
PREFIX = "/zdgz"
# What a Chinese page may spell in Latin letters: names of formats and of what is computed.
LATIN = {
    "API", "CSV", "Excel", "xlsx", "JSON", "PDF", "Word", "Python", "SHA", "UTF", "Atom", "ics", "verify", "py", "A",
    "Ctrl", "P",
}  # fmt: skip
# Where the record itself stands: its codes, digests and the script that checks them.
VERBATIM = {"code", "pre", "samp", "script", "style", "svg"}
VOID = {"meta", "link", "img", "input", "br", "hr", "source", "rect", "path", "line", "circle", "use"}


class Page(HTMLParser):
    """What a page says, what it links to and which parts of it links may name."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.words: list[str] = []
        self.verbatim = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if named.get("id"):
            assert named["id"] not in self.ids, f"the id {named['id']} stands twice"
            self.ids.add(named["id"])
        self.links += [value for name in ("href", "src", "action") if (value := named.get(name)) is not None]
        self.words += [value for name in ("alt", "title", "aria-label", "placeholder") if (value := named.get(name))]
        self.verbatim += tag in VERBATIM or "voucher" in (named.get("class") or "").split()
        self.open = getattr(self, "open", [])
        if tag not in VOID:
            self.open.append((tag, tag in VERBATIM or "voucher" in (named.get("class") or "").split()))
        elif tag in VERBATIM:
            self.verbatim -= 1

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.verbatim -= self.open.pop()[1]

    def handle_data(self, data):
        if not self.verbatim:
            self.words.append(data)


def in_one_order(address: str) -> str:
    """The same for addresses that differ only in the order of their parameters: they ask for one page."""
    path, mark, query = address.partition("?")
    return path + mark + "&".join(sorted(query.split("&"), key=lambda given: given.partition("=")[0]))


def crawl(client, *seeds: str, prefix: str = "", days: Collection[str] = ()) -> dict[str, Page | None]:
    """Every page that can be reached, by address; None for what isn't HTML. Fails at the first dead link.

    Where `days` are given, links to other days are not followed.
    """
    waiting, found, fragments = [(seed, "a seed") for seed in seeds], {}, []
    while waiting:
        address, origin = waiting.pop()
        if address in found:
            continue
        assert address.startswith(f"{prefix}/"), f"{origin} leads out of the portal, to {address}"
        response = client.get(address.removeprefix(prefix))
        assert response.status_code in {200, 302}, f"{address} ({response.status_code}), linked from {origin}"
        if response.status_code == 302:
            waiting.append((response["Location"], address))
        if not response.get("Content-Type", "").startswith("text/html") or response.status_code != 200:
            found[address] = None
            continue
        page = found[address] = Page(response.content.decode())
        for link in page.links:
            target, fragment = urldefrag(urljoin(f"http://testserver{address}", link))
            if not target.startswith("http://testserver/"):
                assert link.startswith(("tel:", "mailto:", "http://", "https://", "data:")), (
                    f"{address} links to {link}"
                )
                continue
            target = in_one_order(target.removeprefix("http://testserver"))
            if target.startswith((f"{prefix}/static/", f"{prefix}/admin/", f"{prefix}/display/")):
                continue
            if re.search(r"\.(csv|xlsx)\?.*sort=", target):  # the same rows in another order
                continue
            if days and not set(parse_qs(urlsplit(target).query).get("as_of", days)) <= set(days):
                continue
            waiting.append((target, address))
            if fragment:
                fragments.append((address, target, fragment))
    for origin, target, fragment in fragments:
        page = found.get(target)
        assert page is None or fragment in page.ids, f"{origin} leads to #{fragment}, which {target} doesn't have"
    return found


@pytest.fixture
def below_a_path(settings):
    """As the portal is mounted inside another: the test client doesn't set the prefix, a server does."""
    settings.FORCE_SCRIPT_NAME, settings.STATIC_URL, settings.MEDIA_URL = (
        PREFIX,
        f"{PREFIX}/static/",
        f"{PREFIX}/media/",
    )
    set_script_prefix(f"{PREFIX}/")
    yield
    clear_script_prefix()


@pytest.mark.usefixtures("below_a_path")
def test_no_link_is_dead_below_a_path_and_nothing_is_left_unsaid(client, request):
    everything = request.config.option.everything
    seeds = [f"{PREFIX}/", *(f"{PREFIX}/?as_of={day}" for day in DAYS)]
    pages = crawl(client, *seeds, prefix=PREFIX, days=() if everything else DAYS)
    assert len(pages) > (1000 if everything else 500)
    for address, page in pages.items():
        if page is None:
            continue
        text = " ".join(page.words)
        assert not re.search(r"\bNone\b|\{\{|\}\}|\{%|%\}|Decimal\(|datetime\.", text), address
        foreign = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://\S+|\d+:[0-9a-f]{64}", "", text))) - LATIN
        assert not foreign, (address, sorted(foreign)[:10])
