"""Markup that means harm, in every text of an article, sent through the editor's own form: none of it becomes part of a page."""

import json
import re
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from news.cleaning import clean, normalize_body, text_of
from news.models import Article
from tests.db.test_markup import refuse_markup
from tests.harmful_markup import PAYLOADS
from tests.small_city import a_city, a_picture, address, article_data, signed_in

pytestmark = pytest.mark.one_database

# Where an address stands, and how our own begin.
ADDRESSES = {"href", "src", "srcset", "action", "formaction", "data", "ping", "poster", "background", "xlink:href"}
OURS = re.compile(r"(?:https?://(?:testserver|www\.w3\.org)/|/(?![/\\])|#|\?|mailto:|tel:|$)")
NEVER = {"iframe", "object", "embed", "base", "style", "template", "frame", "marquee", "video", "audio", "math"}


class Harm(HTMLParser):
    """What of a page runs, loads or leads elsewhere, but for our own."""

    ours = OURS

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.data: list[str] = []
        self.is_data = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.is_data = tag == "script" and told.get("type") == "application/ld+json"
        if tag in NEVER or (tag == "script" and not self._is_ours(told)) or "http-equiv" in told:
            self.found.append(tag)
        never = {"style", "srcdoc", "shadowrootmode"} | ({"autofocus"} if told.get("class") != "desk-errors" else set())
        self.found += [name for name in told if name.startswith("on") or name in never]
        self.found += [
            f"{name}={told[name]}" for name in ADDRESSES & told.keys() if not self.ours.match(told[name] or "")
        ]

    def _is_ours(self, told: dict) -> bool:
        return (
            self.is_data
            or bool(told.get("nonce"))
            or (told.get("src") or "").startswith(("/static/", "/admin/jsi18n/"))
        )

    def handle_data(self, data):
        if self.is_data:
            self.data.append(data)
        self.is_data = False


def refuse_harm(response, name: str) -> str:
    page = response.content.decode()
    found = Harm(page)
    assert not found.found, (name, found.found)
    for data in found.data:
        assert "<" not in data
        json.loads(data)
    return page


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_body_keeps_none_of_it(name):
    for body in (PAYLOADS[name], f"<p>a</p>{PAYLOADS[name]}<p>b</p>", f"<p>{PAYLOADS[name]}</p>"):
        kept = normalize_body(body)
        assert not Harm(kept).found
        assert clean(kept) == kept == normalize_body(kept)
        assert not re.search("<(?!/?(?:p|a|br|table|tbody|tr|td)\\b)", kept)
        assert not [
            tag for tag in re.findall("<a [^>]*>", kept) if not re.fullmatch('<a (?:href="/x" )?rel="noopener">', tag)
        ]


def texts(payload: str, tmp_path) -> dict:
    """The payload in every field of the form that takes a text, with pictures so that theirs are shown."""
    photo = a_picture(tmp_path / "photo.jpg").read_bytes()
    return {
        "title": payload[:120],
        "summary": payload,
        "body": f"<p>hit</p><p>[图1]</p><p>{payload}</p>{payload}",
        "cover": SimpleUploadedFile("a.jpg", photo),
        "cover_alt": payload,
        "cover_credit": payload[:100],
        "is_cover_consented": "on",
        "images-TOTAL_FORMS": "1",
        "images-0-file": SimpleUploadedFile("b.jpg", photo),
        "images-0-alt": payload,
        "images-0-caption": payload,
        "images-0-credit": payload[:100],
        "images-0-is_consented": "on",
    }


def stored(article: Article) -> dict:
    image = article.images.get()
    return {
        "images-TOTAL_FORMS": "1",
        "images-INITIAL_FORMS": "1",
        "images-0-id": image.pk,
        "images-0-article": article.pk,
        "images-0-alt": image.alt,
        "images-0-caption": image.caption,
        "images-0-credit": image.credit,
        "images-0-is_consented": "on",
    }


@pytest.mark.long
@pytest.mark.django_db
def test_no_page_of_an_article_holds_it(client, tmp_path):
    editor = signed_in(a_city().editor)
    for number, (name, payload) in enumerate(PAYLOADS.items()):
        sent = article_data(slug=f"a-{number}", is_published="on", **texts(payload, tmp_path))
        response = editor.post(address(Article, "add"), sent)
        assert response.status_code == 302, (name, re.findall("errorlist.*", response.content.decode()))
        article = Article.objects.get(slug=f"a-{number}")
        page = refuse_harm(client.get(article.get_absolute_url()), name)
        assert page.count("<img ") == 2, name
        for view in ("change", "preview"):
            refuse_harm(editor.get(address(article, view)), name)
        if number % 10 == 0:
            again = {**sent, **stored(article), "cover": "", "images-0-file": ""}
            changed = {**again, "body": f"<p>more</p>{sent['body']}", "correction": payload}
            assert editor.post(address(article), changed).status_code == 302, name
            assert "<p>more</p>" in refuse_harm(client.get(article.get_absolute_url()), name)
            for view in ("versions", "history"):
                refuse_harm(editor.get(address(article, view)), name)
            reason = {"reason": payload}
            assert editor.post(address(article, "withdraw"), reason).status_code == 302, name
            refuse_harm(client.get(article.get_absolute_url()), name)
            refuse_harm(editor.get(address(article)), name)
    shared = ["/news/", "/news/?page=2", "/news/?page=4", "/search/?q=hit&kind=article", "/", "/map/"]
    for asked in shared:
        refuse_harm(client.get(asked), asked)
    for asked in (address(Article, "changelist"), address(Article, "changelist", "?p=2"), reverse("admin:index")):
        refuse_harm(editor.get(asked), asked)
    refuse_markup(client.get("/feeds/news.atom"), "feed")


TEXTS = {
    "plain text": ("It does.\n\nSo <b>it</b>\nsays & more.", "<p>It does.</p>\n<p>So &lt;b&gt;it&lt;/b&gt;<br>says &amp; more.</p>"),
    "windows": ("One.\r\n\r\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
    "allowed markup": ("<h2>A</h2><p>b <strong>c</strong></p>", "<h2>A</h2><p>b <strong>c</strong></p>"),
    "levels that are ours": ("<h1>A</h1><h2>B</h2><h4>C</h4>", "<h2>A</h2><h2>B</h2><h3>C</h3>"),
    "blocks of pages": ("<div>a<p>b</p></div><section>c</section>", "<p>a</p><p>b</p><p>c</p>"),
    "empty paragraphs": ("<p>a</p><p>&nbsp;</p><p><br></p><p><strong> </strong></p><p>　</p><p>b</p>", "<p>a</p><p>b</p>"),
    "empty within empty": ("<blockquote><ul><li><p></p></li></ul></blockquote><p>a</p>", "<p>a</p>"),
    "indented by blanks": ("<p>　　a　b</p><p><strong>　　c</strong></p><p>&nbsp; d</p>", "<p>a　b</p><p><strong>c</strong></p><p>d</p>"),
    "indented behind a break": ("<p>a<br>　　b</p>", "<p>a<br>b</p>"),
    "plain and indented": ("　　a\n　　b\n\n　　c", "<p>a<br>b</p>\n<p>c</p>"),
    "soft breaks": ("　　a\u2028　　b\x0bc", "<p>a<br>b<br>c</p>"),
    "soft breaks in markup": ("<p>a\u2028b\x0bc</p>", "<p>a<br>b<br>c</p>"),
    "a list": ("<ul><li><p>　a</p></li><li></li></ul><ol><li>b</li></ol>", "<ul><li><p>a</p></li></ul><ol><li>b</li></ol>"),
    "cells that are empty": (
        "<table><tr><th>　a</th><th></th></tr></table>", "<table><tbody><tr><th>a</th><th></th></tr></tbody></table>"
    ),
    "unseen by reference": ("<p>a&#x202e;b&#8203;</p><p>&#8203;</p>", "<p>ab</p>"),
    "as Word has it": (
        "<p class=MsoNormal style='text-indent:21pt'><span lang=EN-US>　</span>a<o:p></o:p></p>"
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p><h1>b</h1><table class=MsoTable border=1><tr><td width=9>"
        "<p>c</p></td></tr></table>",
        "<p>a</p><h2>b</h2><table><tbody><tr><td><p>c</p></td></tr></tbody></table>",
    ),
    "bare text behind markup": ("<b>x</b> y", "<p>x y</p>"),
    "nothing": (" \n ", ""),
    "nothing said": ("<p></p><p><br></p>", ""),
    "a picture alone": ("<p>[图1]</p>", "<p>[图1]</p>"),
    "pictures as a Chinese keyboard writes them": (
        "<p>【图1】</p><p>［图 ２］</p><p>[图三]</p><p>〔图十二〕</p><p>[图0１]</p><p>[图]</p>",
        "<p>[图1]</p><p>[图2]</p><p>[图3]</p><p>[图12]</p><p>[图1]</p><p>[图]</p>",
    ),
    "text behind a picture": ("<p>[图1]a</p><p>[图2]<br><strong>b</strong></p><p>[图3][图4]</p><p>c[图5]</p>", "<p>[图1]</p><p>a</p><p>[图2]</p><p><strong>b</strong></p><p>[图3]</p><p>[图4]</p><p>c[图5]</p>"),
    "our own page": ("<p><a href='/projects/x/?a=1#b'>x</a></p>", '<p><a href="/projects/x/?a=1#b" rel="noopener">x</a></p>'),
    "elsewhere": ("<p><a href='https://e.org/a b'>x</a></p>", '<p><a rel="noopener">x</a></p>'),
    "a phone": ("<p><a href='tel:0357-1234'>x</a></p>", '<p><a href="tel:0357-1234" rel="noopener">x</a></p>'),
    "a letter": ("<p><a href='mailto:a@b.cn'>x</a></p>", '<p><a href="mailto:a@b.cn" rel="noopener">x</a></p>'),
    "cells": (
        "<table><tr><td colspan='2' width='9'>a</td><td colspan='9999'>b</td></tr></table>",
        '<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "body"), TEXTS.values(), ids=TEXTS)
def test_what_is_kept(text, body):
    assert normalize_body(text) == body
    assert clean(body) == body == normalize_body(body)


SAID = {
    "paragraphs": ("<p>a</p><p>b<br>c</p>", "a\n\nb\nc"),
    "a word in two marks": ("<p>经<strong>二</strong>路</p>", "经二路"),
    "a list": ("<ul><li><p>a</p></li><li>b</li></ul>", "a\n\nb"),
    "a table": ("<table><tbody><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></tbody></table>", "a b\n\nc"),
    "characters": ("<p>&lt;b&gt; &amp;amp;</p>", "<b> &amp;"),
    "the place of a picture": ("<p>a</p><p>[图 1]</p><p>b</p>", "a\n\nb"),
}


@pytest.mark.parametrize(("body", "text"), SAID.values(), ids=SAID)
def test_what_is_said(body, text):
    assert text_of(body) == text
