"""The guides in `docs/` as pages of the desk.

They use a part of Markdown: a title and headings (`#` to `###`), paragraphs, lists (`-` and `1.`),
**bold**, `code`, [links](address) and pictures of the folder `docs/screenshots`: ![what is in it](screenshots/name.png).
"""

import re
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
PICTURE = re.compile(r"screenshots/([a-z0-9-]+)\.png")


@dataclass(frozen=True)
class Guide:
    """Anybody at the desk may read it; people with one of the `permissions` see a link to it.

    `needs` names a setting that must be true for the links.
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
        Guide("administrator", "管理员和督查指南", "管理员指南.md", ("auth.change_user", "projects.publish_report")),
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
    """Those to show a link to, for a person with these permissions."""
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


def picture_path(name: str) -> Path:
    """`name` is without folder and ending."""
    return FOLDER / "screenshots" / f"{name}.png"


class _Guides(MarkdownIt):
    """Only the syntax that the guides use; HTML and everything else is shown as text."""

    def __init__(self) -> None:
        super().__init__("zero")
        self.enable(["heading", "list", "emphasis", "backticks", "link", "image"])

    def normalizeLink(self, url: str) -> str:
        """The address on the desk: external, of another guide or a picture; "" where the file is none of these."""
        if url.startswith(OUTSIDE):
            return url
        picture = PICTURE.fullmatch(url)
        if picture and picture_path(picture[1]).is_file():
            return reverse("admin:guide-picture", args=[picture[1]])
        return next((guide.address for guide in GUIDES.values() if guide.file == url and guide.path.is_file()), "")

    def validateLink(self, url: str) -> bool:
        return True  # one without an address is rendered as its text, not as its Markdown


MARKDOWN = _Guides()


def rendered(text: str) -> Page:
    """The heading `#` at the start becomes the title of the page, each `##` a section with an anchor."""
    title, tokens = "", MARKDOWN.parse(text)
    sections: list[Section] = []
    if tokens and tokens[0].tag == "h1":
        title, tokens = tokens[1].content, tokens[3:]
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            sections.append(Section(f"s{len(sections) + 1}", content.content))
            token.attrSet("id", sections[-1].anchor)
        _hide_empty_links(content.children or ())
        _name_missing_pictures(content.children or ())
    body = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return Page(title, tuple(sections), mark_safe(body))  # noqa: S308  # nosec B308 B703 # html in the text is escaped


def _name_missing_pictures(tokens: Iterable[Token]) -> None:
    """Only our own pictures are displayed, in place of any other what is in it."""
    for token in tokens:
        if token.type == "image" and (not token.attrs["src"] or str(token.attrs["src"]).startswith(OUTSIDE)):
            token.type, token.tag = "text", ""


def _hide_empty_links(tokens: Iterable[Token]) -> None:
    """Render links without an address as their text."""
    is_hidden = False
    for token in tokens:
        if token.type == "link_open":
            is_hidden = not token.attrs["href"]
        if token.type in ("link_open", "link_close"):
            token.hidden = is_hidden
