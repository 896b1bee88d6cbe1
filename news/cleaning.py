"""Cleans the HTML of an article's body to a short list of tags and links, without styles and scripts.

A body is cleaned when it is saved, and again whenever it is rendered. It has no <img>: a paragraph `[图1]` is where the
template inserts picture 1.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from common.texts import clean_text

TAGS = {
    "p", "br", "h2", "h3", "strong", "em", "ul", "ol", "li", "blockquote", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
# Block elements, which are separated by blank lines in plain text.
BLOCKS = {"p", "h2", "h3", "li", "blockquote", "tr"}
SEPARATORS = {"br": "\n", "td": " ", "th": " "}
# Elements that are removed with their content.
REMOVED = {"script", "style", "template", "noscript", "iframe", "svg", "math", "title", "textarea", "select", "object"}
# Line breaks within a paragraph: the vertical tab that Word writes, and the separators of Unicode.
SOFT_BREAK = re.compile("[\x0b\u2028\u2029]")
# The tags of other programs and what they are replaced by. The patterns expect cleaned markup, in which tags have one form.
OTHER_LEVELS = {"h1": "h2", **dict.fromkeys(("h4", "h5", "h6"), "h3")}
OTHER_BLOCKS = dict.fromkeys(("div", "section", "article", "center", "address", "pre", "dt", "dd", "figcaption"), "p")
REPLACED_TAGS = OTHER_LEVELS | OTHER_BLOCKS
OTHER_TAG = re.compile(rf"(</?)({'|'.join(REPLACED_TAGS)})>")
BLANK = r"(?:\s|&nbsp;)"  # also the ideographic space, by which Chinese paragraphs are indented
LEADING_BLANKS = re.compile(rf"(<(?:p|li|h2|h3|blockquote|td|th|br)\b[^>]*>)((?:{BLANK}|<(?:strong|em|a)\b[^>]*>)+)")
EMPTY = re.compile(rf"<(p|h2|h3|li|ul|ol|blockquote)>(?:{BLANK}|<br>|</?(?:strong|em)>|<a\b[^>]*></a>)*</\1>")
MAX_NESTING = 50  # levels of empty elements within each other
SCHEMES = {"http", "https", "mailto", "tel"}
# A page of this site, by a path that no browser takes for another host, or an anchor on the same page.
INTERNAL_LINK = re.compile(r"(?:/(?![/\\])|#)[^\s\\\x00-\x1f\x7f]*")
EXTERNAL_LINK = re.compile(
    r"(?:https?://[^\s\\\x00-\x1f\x7f]+|mailto:[^\s\x00-\x1f\x7f]+|tel:[0-9+() -]+)", re.IGNORECASE
)
PICTURE = re.compile(r"\[\s*图\s*([0-9]{1,3})\s*\]")
# As it may be typed: with Chinese brackets, full-width digits or Chinese numerals.
PICTURE_TYPED = re.compile(
    r"[\[［【〔]\s*图\s*([0-9０-９]{1,3}|[一二三四五六七八九]?十?[一二三四五六七八九]?)\s*[\]］】〕]"
)
# A picture with text after it in the same paragraph, which is moved to a paragraph of its own.
PICTURE_BEFORE_TEXT = re.compile(r"<p>\s*(\[图[0-9]+\])(?:\s|<br>)*(?=[^\s<]|<(?!/p>|br>))")
DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", 1)}
PICTURE_ALONE = re.compile(r"<p>\s*\[\s*图\s*([0-9]{1,3})\s*\]\s*(?:<br>\s*)?</p>")


def _allowed_attribute(_tag: str, name: str, value: str) -> str | None:
    """The attribute's value; None where the attribute has to be removed."""
    if name == "rel":  # added by the cleaner itself
        return value
    if name == "href":
        return value if INTERNAL_LINK.fullmatch(value) or EXTERNAL_LINK.fullmatch(value) else None
    return value if value.isascii() and value.isdigit() and int(value) <= 99 else None


def _cleaner_of(tags: set[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=REMOVED,
        attributes={"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}},
        attribute_filter=_allowed_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener",
    )


_cleaner, _lenient_cleaner = _cleaner_of(TAGS), _cleaner_of(TAGS | REPLACED_TAGS.keys())


def clean(html: str) -> str:
    """The allowed part of the markup. Idempotent."""
    return clean_text(_cleaner.clean(html)).strip()


def normalize_body(text: str) -> str:
    """The body to store, from markup or from plain text with blank lines between paragraphs. Idempotent.

    Returns "" where there is neither text nor a picture.
    """
    is_markup = clean_text(text).lstrip().startswith("<")
    text = clean_text(SOFT_BREAK.sub("<br>", text) if is_markup else text).strip()
    body = _tidy(text if is_markup else _paragraphs(text))
    if not body.startswith("<"):
        body = _tidy(f"<p>{body}</p>")
    return body if text_of(body) or PICTURE.search(body) else ""


def _paragraphs(text: str) -> str:
    """The markup of a plain text that has blank lines between its paragraphs."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "\n".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in parts)


def _tidy(html: str) -> str:
    """As `clean`, but replaces the tags of other programs, and removes indenting blanks and empty paragraphs."""
    html = clean(OTHER_TAG.sub(lambda tag: f"{tag[1]}{REPLACED_TAGS[tag[2]]}>", _lenient_cleaner.clean(html)))
    html = LEADING_BLANKS.sub(lambda start: start[1] + "".join(re.findall(r"<[^>]*>", start[2])), html)
    for _depth in range(MAX_NESTING):
        shorter = EMPTY.sub("", html)
        if shorter == html:
            break
        html = shorter
    html = PICTURE_TYPED.sub(lambda place: f"[图{_number(place[1])}]" if place[1] else place[0], html)
    return clean(PICTURE_BEFORE_TEXT.sub(r"<p>\1</p><p>", html))


def _number(typed: str) -> int:
    """Of `12`, `１２` or `十二`."""
    if typed.isdecimal():
        return int(typed)
    tens, is_over_ten, ones = typed.rpartition("十")
    return (DIGITS.get(tens, 1) * 10 if is_over_ten else 0) + DIGITS.get(ones, 0)


def count_images(text: str) -> int:
    """The number of <img> in pasted markup. Cleaning removes them, since pictures have to be uploaded."""
    return len(re.findall(r"<img\b", text, re.IGNORECASE)) if text.lstrip().startswith("<") else 0


class _Text(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, _attrs):
        self.parts.append("\n\n" if tag in BLOCKS else SEPARATORS.get(tag, ""))

    def handle_endtag(self, tag):
        self.parts.append("\n\n" if tag in BLOCKS else "")

    def handle_data(self, data):
        self.parts.append(data)


def text_of(html: str) -> str:
    """The plain text, without the marks of pictures, with a blank line between paragraphs."""
    text = PICTURE.sub("", "".join(_Text(html).parts))
    lines = (" ".join(line.split()) for line in re.sub(r"\s*\n\s*\n\s*", "\n\n", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def pictures_in(html: str) -> list[int]:
    """The numbers of the pictures in the text, in their order there."""
    return [int(number) for number in PICTURE.findall(html)]


def _with_scrollable_tables(cleaned: str) -> str:
    """Wrap each table in a box in which a wide one scrolls, also by keyboard, so that the page itself doesn't scroll."""
    box = '<div class="scroll table-box" role="region" aria-label="表格，可以左右移动" tabindex="0"><table>'
    return cleaned.replace("<table>", box).replace("</table>", "</table></div>")


def pieces(html: str) -> Iterator[SafeString | int]:
    """The body, cleaned and split at its pictures: HTML, or the number of a picture."""
    parts = PICTURE_ALONE.split(clean(html))
    for position, part in enumerate(parts):
        if position % 2:
            yield int(part)
        elif part.strip():
            yield mark_safe(_with_scrollable_tables(part))  # noqa: S308  # nosec B308 B703 # cleaned a moment ago
