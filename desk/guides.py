"""The guides in `docs/`, one text for whoever reads the files and for whoever works at the desk.

They are written in a little of Markdown: a title and headings (`#` to `###`), paragraphs, lists (`-` and `1.`),
**bold**, `code` and [links](address).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs"


@dataclass(frozen=True)
class Guide:
    """`permissions`: whoever has one of them is led to it. Anybody at the desk may read it.

    `needs` names the setting without which there is nothing to guide to.
    """

    slug: str
    title: str
    file: str
    permissions: tuple[str, ...]
    needs: str = ""

    @property
    def path(self) -> Path:
        return FOLDER / self.file

    @property
    def address(self) -> str:
        return reverse("admin:guide", args=[self.slug])

    @property
    def is_of_use(self) -> bool:
        return self.path.is_file() and (not self.needs or getattr(settings, self.needs))


GUIDES = {
    guide.slug: guide
    for guide in (
        Guide(
            "official",
            "填报指南",
            "填报指南.md",
            ("projects.add_report", "projects.publish_report", "auth.change_user"),
        ),
        Guide("editor", "编辑指南", "编辑指南.md", ("news.change_article", "auth.change_user"), needs="SITE_NEWS"),
    )
}


def guides_for(has_perm: Callable[[str], bool]) -> list[Guide]:
    """Those that a person is led to, who has the permissions that `has_perm` says."""
    return [guide for guide in GUIDES.values() if guide.is_of_use and any(map(has_perm, guide.permissions))]


class Section(NamedTuple):
    anchor: str
    title: str


@dataclass(frozen=True)
class Page:
    title: str
    sections: tuple[Section, ...]
    body: SafeString


OUTSIDE = ("https://", "http://")


class _Guides(MarkdownIt):
    """Only what the guides use: markup and everything else stays the text that it is."""

    def __init__(self) -> None:
        super().__init__("zero")
        self.enable(["heading", "list", "emphasis", "backticks", "link"])

    def normalizeLink(self, url: str) -> str:
        """Where a link leads on the desk: outside, or to another guide; nowhere ("") from a file that isn't served."""
        if url.startswith(OUTSIDE):
            return url
        return next((guide.address for guide in GUIDES.values() if guide.file == url and guide.path.is_file()), "")

    def validateLink(self, url: str) -> bool:
        return True  # one that leads nowhere becomes its text, not its source


MARKDOWN = _Guides()


def rendered(text: str) -> Page:
    """The `#` that it begins with is the title of the page, each `##` a section that can be linked to."""
    title, sections, tokens = "", [], MARKDOWN.parse(text)
    if tokens and tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            sections.append(Section(f"s{len(sections) + 1}", content.content))
            token.attrSet("id", sections[-1].anchor)
        _hide_ways_to_nowhere(content.children or ())
    body = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return Page(title, tuple(sections), mark_safe(body))  # noqa: S308  # nosec B308 B703 # html in the text is escaped


def _hide_ways_to_nowhere(tokens: Iterable[Token]) -> None:
    is_hidden = False
    for token in tokens:
        if token.type == "link_open":
            is_hidden = not token.attrs["href"]
        if token.type in ("link_open", "link_close"):
            token.hidden = is_hidden
