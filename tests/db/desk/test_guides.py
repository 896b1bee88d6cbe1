"""The guides at the desk: the little of Markdown they are written in, who is led to which, and what they say."""

import pytest

from desk import guides
from desk.guides import GUIDES, rendered
from tests.factories import a_department, a_reviewer, an_administrator, an_editor, an_official
from tests.small_city import signed_in

pytestmark = pytest.mark.one_database

PARTS = {
    "a paragraph": ("One line.\nAnother.", "<p>One line. Another.</p>"),
    "two paragraphs": ("One.\n\n\nTwo.", "<p>One.</p><p>Two.</p>"),
    "a small heading": ("### Small\nText.", "<h3>Small</h3><p>Text.</p>"),
    "a list": ("- one\n- two\n  goes on", "<ul><li>one</li><li>two goes on</li></ul>"),
    "a numbered list": ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
    "a paragraph on top of a list": (
        "So:\n- one\n1. first",
        "<p>So:</p><ul><li>one</li></ul><ol><li>first</li></ol>",
    ),
    "no heading": ("#tag", "<p>#tag</p>"),
    "a quotation and a block of code": ("> one\n```\ntwo", "<p>&gt; one ``` two</p>"),
    "a block of markup": ("<div>\n<p>one</p>", "<p>&lt;div&gt; &lt;p&gt;one&lt;/p&gt;</p>"),
    "no list": ("-1 and 2.5", "<p>-1 and 2.5</p>"),
    "nothing": ("", ""),
    "windows": ("One.\r\n\r\nTwo.", "<p>One.</p><p>Two.</p>"),
}
WORDS = {
    "plain": ("a & b", "a &amp; b"),
    "bold": ("press **Send** now", "press <strong>Send</strong> now"),
    "two bold words": ("**a** or **b**", "<strong>a</strong> or <strong>b</strong>"),
    "code": ("`4800 & <b>`", "<code>4800 &amp; &lt;b&gt;</code>"),
    "half bold": ("**a", "**a"),
    "a link": ("[here](https://example.org/?a=1&b=2)", '<a href="https://example.org/?a=1&amp;b=2">here</a>'),
    "a link to a guide": ("[the guide](填报指南.md)", '<a href="/admin/guide/official/">the guide</a>'),
    "a link to a file": ("[the plan](plan.md)", "the plan"),
    "a picture": (
        "![The desk](screenshots/desk-390.png)",
        '<img src="/admin/guide/pictures/desk-390.png" alt="The desk">',
    ),
    "a picture that is not there": ("see ![the desk](screenshots/nothing.png) here", "see the desk here"),
    "a picture of another folder": ("![a key](screenshots/../../secret.png)", "a key"),
    "a picture from elsewhere": ("![a pixel](https://example.org/a.png)", "a pixel"),
    "a script as picture": ("![x](javascript:alert)", "x"),
    "a picture out of its attribute": (
        '![a" onload="b](screenshots/desk-390.png)',
        '<img src="/admin/guide/pictures/desk-390.png" alt="a&quot; onload=&quot;b">',
    ),
    "a script as link": ("[x](javascript:alert)", "x"),
    "a link out of its attribute": ('[x](https://a"onclick=b)', '<a href="https://a&quot;onclick=b">x</a>'),
    "markup": ("<script>x</script> **<i>**", "&lt;script&gt;x&lt;/script&gt; <strong>&lt;i&gt;</strong>"),
    "an entity": ("&lt;", "&amp;lt;"),
    "braces": ("{0} and {x}", "{0} and {x}"),
}  # fmt: skip


def body_of(text: str) -> str:
    """Without the line breaks, which a browser shows as nothing or as a blank."""
    return " ".join(rendered(text).body.split()).replace("> <", "><")


@pytest.mark.parametrize(("text", "body"), PARTS.values(), ids=PARTS)
def test_parts(text, body):
    assert body_of(text) == body


@pytest.mark.parametrize(("text", "html"), WORDS.values(), ids=WORDS)
def test_words(text, html):
    assert body_of(text) == f"<p>{html}</p>"


def test_title_and_sections():
    text = "# The guide\n\nText.\n\n## One\n\n## Two"
    page = rendered(text)
    assert (page.title, [*page.sections]) == ("The guide", [("s1", "One"), ("s2", "Two")])
    assert body_of(text) == '<p>Text.</p><h2 id="s1">One</h2><h2 id="s2">Two</h2>'


def test_every_guide_on_disk_reads_as_it_was_written():
    for guide in GUIDES.values():
        if guide.path.is_file():
            page = rendered(guide.path.read_text(encoding="utf-8"))
            assert page.title == guide.title
            assert page.sections
            assert not [mark for mark in ("**", "##", "`", "](", "<p>- ") if mark in page.body]


@pytest.fixture
def both_guides(tmp_path, monkeypatch):
    monkeypatch.setattr(guides, "FOLDER", tmp_path)
    for guide in GUIDES.values():
        guide.path.write_text(f"# {guide.title}\n\nHow **it** goes.", encoding="utf-8")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "slugs"),
    [
        (lambda: an_official(a_department()), ["official"]),
        (a_reviewer, ["administrator", "official"]),
        (an_editor, ["editor"]),
        (an_administrator, ["administrator", "official", "editor"]),
    ],
    ids=["official", "reviewer", "editor", "administrator"],
)
def test_who_is_led_to_which(both_guides, make, slugs):
    page = signed_in(make()).get("/admin/")
    assert [guide.slug for guide in page.context["guides"]] == slugs
    for slug in slugs:
        assert f'href="/admin/guide/{slug}/"' in page.content.decode()


@pytest.mark.django_db
def test_a_guide_is_a_page_of_the_desk(both_guides, client):
    page = signed_in(an_editor()).get("/admin/guide/editor/").content.decode()
    assert "<h1>编辑指南</h1>" in page
    assert "<p>How <strong>it</strong> goes.</p>" in page
    assert client.get("/admin/guide/editor/").status_code == 302


@pytest.mark.django_db
def test_the_pictures_of_guides_are_for_those_who_signed_in(client):
    answer = signed_in(an_editor()).get("/admin/guide/pictures/desk-390.png")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert signed_in(an_editor("other")).get("/admin/guide/pictures/nothing.png").status_code == 404
    assert client.get("/admin/guide/pictures/desk-390.png").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["other", "official"])
def test_a_guide_that_is_not_there(tmp_path, monkeypatch, slug):
    monkeypatch.setattr(guides, "FOLDER", tmp_path)
    official = signed_in(an_official(a_department()))
    assert official.get(f"/admin/guide/{slug}/").status_code == 404
    assert official.get("/admin/password_change/").context["guides"] == []
