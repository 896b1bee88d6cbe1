"""The guides in `docs/`, one text for whoever reads the files and for whoever works at the desk.

They are written in the little of Markdown that `rendered` knows: a title and headings (`#` to `###`), paragraphs,
lists (`-` and `1.`), **bold**, `code` and [links](address). Everything else stays the text that it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

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


HEADING = re.compile(r"(#{1,3}) +(.+)")
ITEM = re.compile(r"(?:-|(\d+)\.) +(.+)")
INLINE = re.compile(r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`|\[(?P<text>[^\]]+)\]\((?P<address>[^)\s]+)\)")
OUTSIDE = ("https://", "http://")


def rendered(text: str) -> Page:
    """The first `#` is the title of the page, each `##` a section that can be linked to."""
    title, sections, parts = "", [], []
    for block in _blocks(text):
        heading = HEADING.fullmatch(block[0]) if len(block) == 1 else None
        if heading and heading[1] == "#":
            title = heading[2]
        elif heading and heading[1] == "##":
            sections.append(Section(f"s{len(sections) + 1}", heading[2]))
            parts.append(format_html('<h2 id="{}">{}</h2>', sections[-1].anchor, inline(heading[2])))
        elif heading:
            parts.append(format_html("<h3>{}</h3>", inline(heading[2])))
        else:
            parts += _paragraphs_and_lists(block)
    return Page(title, tuple(sections), _joined("\n", parts))


def _blocks(text: str) -> Iterator[list[str]]:
    """The lines between blank ones; a heading is a block of its own, and an indented line goes on with the one above."""
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        is_heading = HEADING.fullmatch(line.strip())
        if block and (is_heading or not line.strip()):
            yield block
            block = []
        if is_heading:
            yield [line.strip()]
        elif line.startswith(" ") and block:
            block[-1] += f" {line.strip()}"
        elif line.strip():
            block.append(line.strip())


def _paragraphs_and_lists(block: list[str]) -> Iterator[SafeString]:
    for kind, lines in groupby(block, key=_kind):
        if kind == "p":
            yield format_html("<p>{}</p>", inline(" ".join(lines)))
        else:
            items = ((inline(ITEM.fullmatch(line)[2]),) for line in lines)
            tag = mark_safe(kind)  # noqa: S308  # nosec B308 B703 # one of our own two
            yield format_html("<{0}>{1}</{0}>", tag, format_html_join("", "<li>{}</li>", items))


def _kind(line: str) -> str:
    item = ITEM.fullmatch(line)
    if item is None:
        return "p"
    return "ol" if item[1] else "ul"


def inline(text: str) -> SafeString:
    """The text escaped, with bold, code and links in it."""
    parts, end = [], 0
    for found in INLINE.finditer(text):
        parts += [escape(text[end : found.start()]), _marked(found)]
        end = found.end()
    return _joined("", [*parts, escape(text[end:])])


def _marked(found: re.Match) -> SafeString:
    if found["bold"]:
        return format_html("<strong>{}</strong>", found["bold"])
    if found["code"]:
        return format_html("<code>{}</code>", found["code"])
    address = _address(found["address"])
    return format_html('<a href="{}">{}</a>', address, found["text"]) if address else escape(found["text"])


def _address(written: str) -> str:
    """Where a link leads on the desk: outside, or to another guide; nowhere from a file that isn't served."""
    if written.startswith(OUTSIDE):
        return written
    return next((guide.address for guide in GUIDES.values() if guide.file == written and guide.path.is_file()), "")


def _joined(between: str, parts: list[SafeString]) -> SafeString:
    return format_html_join(between, "{}", ((part,) for part in parts))
