"""What an article's text may be made of: a short list of tags and links, and nothing that looks, moves or runs.

Bodies are cleaned when they are written and again whenever they are shown. Pictures are no part of them: a paragraph
`[图1]` stands for one, and the template of the picture puts it there.
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
# Each begins a line of its own where the markup is taken away.
BLOCKS = {"p", "h2", "h3", "li", "blockquote", "tr"}
BETWEEN = {"br": "\n", "td": " ", "th": " "}
# Nothing of what stands in them was meant to be read.
DROPPED = {"script", "style", "template", "noscript", "iframe", "svg", "math", "title", "textarea", "select", "object"}
# Word's break of a line within a paragraph, as a character and as Unicode has it.
SOFT_BREAK = re.compile("[\x0b\u2028\u2029]")
# In markup that was cleaned, where every tag and blank is written in one way.
OTHER_LEVELS = {"h1": "h2", **dict.fromkeys(("h4", "h5", "h6"), "h3")}
OTHER_BLOCKS = dict.fromkeys(("div", "section", "article", "center", "address", "pre", "dt", "dd", "figcaption"), "p")
OTHERS = OTHER_LEVELS | OTHER_BLOCKS
OTHER_TAG = re.compile(rf"(</?)({'|'.join(OTHERS)})>")
BLANK = r"(?:\s|&nbsp;)"  # 　 among them, with which Chinese paragraphs are indented
LEADING_BLANKS = re.compile(rf"(<(?:p|li|h2|h3|blockquote|td|th|br)\b[^>]*>)((?:{BLANK}|<(?:strong|em|a)\b[^>]*>)+)")
EMPTY = re.compile(rf"<(p|h2|h3|li|ul|ol|blockquote)>(?:{BLANK}|<br>|</?(?:strong|em)>|<a\b[^>]*></a>)*</\1>")
DEEPEST = 50  # levels of what is empty within what is empty
SCHEMES = {"http", "https", "mailto", "tel"}
# Our own pages, by a path that no browser takes for another host, or a place on this page.
OWN = re.compile(r"(?:/(?![/\\])|#)[^\s\\\x00-\x1f\x7f]*")
OUTSIDE = re.compile(r"(?:https?://[^\s\\\x00-\x1f\x7f]+|mailto:[^\s\x00-\x1f\x7f]+|tel:[0-9+() -]+)", re.IGNORECASE)
PICTURE = re.compile(r"\[\s*图\s*([0-9]{1,3})\s*\]")
# As Chinese keyboards write it; text behind it in the same paragraph begins another one.
PICTURE_TYPED = re.compile(
    r"[\[［【〔]\s*图\s*([0-9０-９]{1,3}|[一二三四五六七八九]?十?[一二三四五六七八九]?)\s*[\]］】〕]"
)
PICTURE_BEFORE_TEXT = re.compile(r"<p>\s*(\[图[0-9]+\])(?:\s|<br>)*(?=[^\s<]|<(?!/p>|br>))")
DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九", 1)}
PICTURE_ALONE = re.compile(r"<p>\s*\[\s*图\s*([0-9]{1,3})\s*\]\s*(?:<br>\s*)?</p>")


def _allowed_attribute(_tag: str, name: str, value: str) -> str | None:
    """The attribute's value, None where it has to go."""
    if name == "rel":  # which the cleaner itself wrote
        return value
    if name == "href":
        return value if OWN.fullmatch(value) or OUTSIDE.fullmatch(value) else None
    return value if value.isascii() and value.isdigit() and int(value) <= 99 else None


def _cleaner_of(tags: set[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=DROPPED,
        attributes={"a": {"href"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}},
        attribute_filter=_allowed_attribute,
        url_schemes=SCHEMES,
        link_rel="noopener",
    )


_cleaner, _reader = _cleaner_of(TAGS), _cleaner_of(TAGS | OTHERS.keys())


def clean(html: str) -> str:
    """What of the markup is allowed; cleaning that again changes nothing."""
    return clean_text(_cleaner.clean(html)).strip()


def written(text: str) -> str:
    """The body that somebody wrote: markup, or plain text with a blank line between paragraphs. Nothing said is "".

    Everything that comes into the row of an article, typed or pasted, goes through here.
    """
    is_markup = clean_text(text).lstrip().startswith("<")
    text = clean_text(SOFT_BREAK.sub("<br>", text) if is_markup else text).strip()
    body = tidied(text if is_markup else from_text(text))
    if not body.startswith("<"):
        body = tidied(f"<p>{body}</p>")
    return body if text_of(body) or PICTURE.search(body) else ""


def from_text(text: str) -> str:
    """Paragraphs of a plain text that has a blank line between them."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return "\n".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in parts)


def tidied(html: str) -> str:
    """As `clean`, with the headings and blocks of other programs as ours, and without what stood for the look alone:
    blanks before a line, empty paragraphs."""
    html = clean(OTHER_TAG.sub(lambda tag: f"{tag[1]}{OTHERS[tag[2]]}>", _reader.clean(html)))
    html = LEADING_BLANKS.sub(lambda start: start[1] + "".join(re.findall(r"<[^>]*>", start[2])), html)
    for _depth in range(DEEPEST):
        shorter = EMPTY.sub("", html)
        if shorter == html:
            break
        html = shorter
    html = PICTURE_TYPED.sub(lambda place: f"[图{_number(place[1])}]" if place[1] else place[0], html)
    return clean(PICTURE_BEFORE_TEXT.sub(r"<p>\1</p><p>", html))


def _number(typed: str) -> int:
    """`12`, `１２` or `十二`."""
    if typed.isdecimal():
        return int(typed)
    tens, is_over_ten, ones = typed.rpartition("十")
    return (DIGITS.get(tens, 1) * 10 if is_over_ten else 0) + DIGITS.get(ones, 0)


def foreign_pictures(text: str) -> int:
    """How many pictures come with the markup, none of which is kept: pictures are uploaded."""
    return len(re.findall(r"<img\b", text, re.IGNORECASE)) if text.lstrip().startswith("<") else 0


class _Text(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, _attrs):
        self.parts.append("\n\n" if tag in BLOCKS else BETWEEN.get(tag, ""))

    def handle_endtag(self, tag):
        self.parts.append("\n\n" if tag in BLOCKS else "")

    def handle_data(self, data):
        self.parts.append(data)


def text_of(html: str) -> str:
    """What is said, without markup and places of pictures; a blank line between paragraphs."""
    text = PICTURE.sub("", "".join(_Text(html).parts))
    lines = (" ".join(line.split()) for line in re.sub(r"\s*\n\s*\n\s*", "\n\n", text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def pictures_in(html: str) -> list[int]:
    """The numbers of the pictures that the text names, in its order."""
    return [int(number) for number in PICTURE.findall(html)]


def _with_boxes(cleaned: str) -> str:
    """Each table in a box of its own, which is wider than a phone instead of the page; keys can move it as well."""
    box = '<div class="scroll table-box" role="region" aria-label="表格，可以左右移动" tabindex="0"><table>'
    return cleaned.replace("<table>", box).replace("</table>", "</table></div>")


def pieces(html: str) -> Iterator[SafeString | int]:
    """The cleaned text in turns with the numbers of the pictures that stand between its paragraphs."""
    parts = PICTURE_ALONE.split(clean(html))
    for position, part in enumerate(parts):
        if position % 2:
            yield int(part)
        elif part.strip():
            yield mark_safe(_with_boxes(part))  # noqa: S308  # nosec B308 B703 # cleaned a moment ago
