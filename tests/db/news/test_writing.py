"""What becomes of an article: written, previewed, scheduled, corrected, withdrawn; and what readers see of it meanwhile."""

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

from news.models import Article, ArticleImage, ArticleVersion
from tests.db.website.test_pages import main_of
from tests.factories import an_article_image, an_editor, moment
from tests.public_routes import routes
from tests.small_city import a_city, a_picture, address, article_data, errors_of, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

NOW = {"is_published": "on"}
NOON = moment("2026-05-01")
PAPER = b"%PDF-1.4\nhello\n%%EOF\n"
AT_NOON = {**NOW, "published_at_0": "2026-05-01", "published_at_1": "12:00"}


@pytest.fixture
def editor():
    return signed_in(an_editor())


def saved(editor, **changed) -> Article:
    response = editor.post(address(Article, "add"), article_data(**changed))
    assert response.status_code == 302, errors_of(response)
    return Article.objects.latest("pk")


def picture(tmp_path, number: int = 0, **changed) -> dict:
    """What the browser sends of a new picture."""
    row = {
        "file": a_file(tmp_path),
        "alt": "A pier",
        "caption": "",
        "credit": "The city",
        "is_consented": "on",
        **changed,
    }
    return {"images-TOTAL_FORMS": str(number + 1), **{f"images-{number}-{name}": value for name, value in row.items()}}


def a_file(tmp_path) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", a_picture(tmp_path / "a.png", "PNG").read_bytes())


def several(tmp_path, n: int, **changed) -> dict:
    """What the browser sends of so many pictures of one choice."""
    return picture(tmp_path, **{"file": [a_file(tmp_path) for _ in range(n)], "alt": "", **changed})


def paper(name: str = "关于开放日的通知.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PAPER)


def kept(*images: ArticleImage) -> dict:
    """What the browser sends of pictures that are there already."""
    rows = {"images-TOTAL_FORMS": str(len(images)), "images-INITIAL_FORMS": str(len(images))}
    for n, image in enumerate(images):
        fields = {"id": image.pk, "article": image.article_id, "is_consented": "on"}
        fields |= {name: getattr(image, name) for name in ("alt", "caption", "credit")}
        rows |= {f"images-{n}-{name}": value for name, value in fields.items()}
    return rows


def picture_errors(response) -> list[str]:
    (formset,) = [inline.formset for inline in response.context["inline_admin_formsets"]]
    return [
        *formset.non_form_errors(),
        *(text for errors in formset.errors for texts in errors.values() for text in texts),
    ]


# Written


def test_what_is_written_is_cleaned_in_the_row(editor):
    article = saved(editor, body="<p>经<strong>二</strong>路<script>x</script></p>")
    assert (article.body, article.body_text) == ("<p>经<strong>二</strong>路</p>", "经二路")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<p></p>", "正文还没有写。"),
        ("<script>x</script>", "正文还没有写。"),
        ("<p>" + "x" * 20_001 + "</p>", "正文最多 20000 个字，现在有 20001 个。"),
        ("x" * 100_001, "最多 100000 个字，现在 100001 个。"),
        ("\x00", "请填写。"),
    ],
    ids=["empty", "nothing allowed", "long", "much markup", "nul"],
)
def test_a_body_that_is_none(editor, body, reason):
    response = editor.post(address(Article, "add"), article_data(body=body))
    assert errors_of(response)["body"] == [reason]
    assert not Article.objects.exists()


def test_marks_count_for_nothing_in_the_length(editor):
    saved(editor, body="<p>" + "<strong>x</strong>" * 5_000 + "</p>")


def test_a_word_is_found_across_marks_and_marks_are_not(editor, client):
    saved(editor, body="<p>经<strong>二</strong>路 A&amp;B</p>", **NOW)
    for word, n in {"经二路": 1, "A&B": 1, "strong": 0, "amp": 0}.items():
        assert len(client.get("/search/", {"q": word}).context["page"].object_list) == n, word


def test_the_feed_tells_the_text(editor, client):
    saved(editor, body="<p>经<strong>二</strong>路</p>", **NOW)
    assert "&lt;p&gt;经二路&lt;/p&gt;" in client.get("/feeds/news.atom").content.decode()


# Pictures


def test_a_picture_stands_where_the_text_names_it_and_else_below(editor, client, tmp_path):
    data = picture(tmp_path) | picture(tmp_path, 1, alt="A crane", caption="At dawn")
    article = saved(editor, body="<p>one</p><p>[图 2]</p><p>two</p>", **data, **NOW)
    main = main_of(client.get(article.get_absolute_url()))
    places = [main.index(text) for text in ("one", 'alt="A crane"', "At dawn（图片：The city）", "two", 'alt="A pier"')]
    assert places == sorted(places)
    for image in article.images.all():
        assert client.get(f"/media/{image.file.name}").status_code == 200


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"alt": ""}, "发布以前，每张图都要写图里有什么。"),
        ({"credit": ""}, "请填写。"),
        ({"is_consented": ""}, "照片要公开，请勾选"),
        ({"file": SimpleUploadedFile("a.gif", b"GIF89a")}, "这不是能读的"),
    ],
    ids=["no words", "no credit", "no consent", "no picture"],
)
def test_a_picture_that_lacks_something(editor, tmp_path, changed, reason):
    response = editor.post(address(Article, "add"), article_data(**picture(tmp_path, **changed), **NOW))
    assert any(text.startswith(reason) for text in picture_errors(response))
    assert not Article.objects.exists()


def test_many_pictures_of_one_choice_are_usable_in_the_text_at_once(editor, client, tmp_path):
    data = several(tmp_path, 5, caption="Open day")
    article = saved(editor, body="<p>one</p><p>[图5]</p><p>[图2]</p>", **data)
    images = list(article.images.all())
    assert [(image.number, image.alt, image.caption, image.credit) for image in images] == [
        (n, "", "Open day", "The city") for n in range(1, 6)
    ]
    assert len({image.file.name for image in images}) == 5
    page = editor.get(address(article)).content.decode()
    assert page.count("insert-picture") == 5
    assert main_of(editor.get(address(article, "preview"))).count("<figure") == 5


def test_each_picture_is_told_of_before_it_is_published(editor, tmp_path):
    article = saved(editor, **several(tmp_path, 2))
    images = list(article.images.all())
    response = editor.post(address(article), article_data(**kept(*images), **NOW))
    assert picture_errors(response) == ["发布以前，每张图都要写图里有什么。"] * 2
    later = {**NOW, "published_at_0": "2090-01-01", "published_at_1": "08:00"}
    assert picture_errors(editor.post(address(article), article_data(**kept(*images), **later)))
    told = {"images-0-alt": "A pier", "images-1-alt": "A crane"}
    assert editor.post(address(article), article_data(**kept(*images) | told, **NOW)).status_code == 302
    more = article_data(**several(tmp_path, 2), **NOW, correction="More.", slug="other")
    assert picture_errors(editor.post(address(Article, "add"), more))[0].startswith(
        "发布以前，每张图都要写图里有什么。请先不勾“发布”"
    )


def test_what_is_in_one_picture_is_said_of_that_one_alone(editor, tmp_path):
    article = saved(editor, **several(tmp_path, 2, alt="A pier"))
    assert [image.alt for image in article.images.all()] == ["A pier", ""]


def test_no_more_than_twenty_pictures(editor, tmp_path):
    article = saved(editor, **several(tmp_path, 2))
    images = list(article.images.all())
    rows = kept(*images) | {
        "images-TOTAL_FORMS": "3", "images-2-file": [a_file(tmp_path) for _ in range(19)], "images-2-credit": "x",
        "images-2-is_consented": "on",
    }  # fmt: skip
    told = ["最多 20 张图片，连同已有的一共 21 张。请少选 1 张。"]
    assert picture_errors(editor.post(address(article), article_data(**rows))) == told


def test_after_an_error_the_page_says_which_files_to_choose_again(editor, tmp_path):
    data = several(tmp_path, 2) | {"attachment": paper(), "cover": a_file(tmp_path), "is_cover_consented": "on"}
    page = editor.post(address(Article, "add"), article_data(title="", **data)).content.decode()
    for names in (
        "2 个文件没有留下，请再选一次：a.png、a.png。",
        "1 个文件没有留下，请再选一次：关于开放日的通知.pdf。",
    ):
        assert names in page
    assert page.count("没有留下") == 3


def test_the_text_names_no_picture_that_is_not_there(editor, tmp_path):
    data = article_data(body="<p>[图3]</p>", **picture(tmp_path))
    assert picture_errors(editor.post(address(Article, "add"), data)) == ["正文里写了 [图3]，可是没有这张图片。"]


def test_a_picture_goes_with_its_file(editor, tmp_path, django_capture_on_commit_callbacks):
    article = saved(editor, **picture(tmp_path))
    image = article.images.get()
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(address(article), article_data(**kept(image), **{"images-0-DELETE": "on"}))
    assert not article.images.exists()
    assert not image.file.storage.exists(image.file.name)


def test_a_draft_goes_with_its_pictures(editor, tmp_path, django_capture_on_commit_callbacks):
    article = saved(editor, **picture(tmp_path))
    image = article.images.get()
    with django_capture_on_commit_callbacks(execute=True):
        assert editor.post(address(article, "delete"), {"post": "yes"}).status_code == 302
    assert not Article.objects.exists()
    assert not image.file.storage.exists(image.file.name)


def test_pictures_of_another_article_are_out_of_reach(editor, tmp_path):
    other = an_article_image(saved(editor, slug="other"), "other.jpg")
    article = saved(editor, slug="own")
    editor.post(address(article), article_data(slug="own", **kept(other), **{"images-0-DELETE": "on"}))
    assert ArticleImage.objects.get() == other


# A paper below the text


def test_a_paper_stands_below_the_text_with_its_size_and_goes_with_the_article(editor, client):
    article = saved(editor, attachment=paper(), **NOW)
    assert article.attachment_title == "关于开放日的通知"
    stored = f"/media/{article.attachment.name}"
    main = main_of(client.get(article.get_absolute_url()))
    assert f'<a href="{stored}" download>关于开放日的通知</a>（PDF，21\xa0字节）' in main
    response = client.get(stored)
    assert (response["Content-Type"], b"".join(response)) == ("application/pdf", PAPER)
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('关于开放日的通知.pdf')}"
    editor.post(address(article, "withdraw"), {"reason": "It was another day."})
    assert client.get(stored).status_code == 404
    assert "通知" not in client.get(article.get_absolute_url()).content.decode()


def test_a_draft_s_paper_is_seen_by_editors_alone(editor, client):
    city = a_city()
    article = saved(editor, attachment=paper(), attachment_title="The notice")
    assert client.get(f"/media/{article.attachment.name}").status_code == 404
    own = address(article, "attachment")
    assert own in main_of(editor.get(address(article, "preview")))
    assert editor.get(own)["Content-Type"] == "application/pdf"
    assert client.get(own).status_code == 302
    assert signed_in(city.official).get(own).status_code == 404
    assert editor.get(address(saved(editor, slug="bare"), "attachment")).status_code == 404


def test_another_paper_is_a_correction_and_lets_the_old_one_go(editor, django_capture_on_commit_callbacks):
    article = saved(editor, attachment=paper(), **NOW)
    old = article.attachment
    assert "correction" in errors_of(editor.post(address(article), article_data(attachment=paper("b.pdf"))))
    with django_capture_on_commit_callbacks(execute=True):
        sent = article_data(attachment=paper("b.pdf"), correction="It is the newer one.")
        assert editor.post(address(article), sent).status_code == 302
    article.refresh_from_db()
    assert article.attachment_title == "b"
    assert not old.storage.exists(old.name)
    assert ArticleVersion.objects.get().pictures == "附件：关于开放日的通知"
    with django_capture_on_commit_callbacks(execute=True):
        sent = article_data(attachment_title="b", is_attachment_removed="on", correction="It is gone.")
        assert editor.post(address(article), sent).status_code == 302
    article.refresh_from_db()
    assert (article.attachment.name, article.attachment_title) == ("", "")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.4\nhalf"])
def test_only_a_whole_pdf_is_attached(editor, content):
    response = editor.post(address(Article, "add"), article_data(attachment=SimpleUploadedFile("a.pdf", content)))
    assert errors_of(response).keys() == {"attachment"}


def test_a_draft_goes_with_its_paper(editor, django_capture_on_commit_callbacks):
    article = saved(editor, attachment=paper())
    with django_capture_on_commit_callbacks(execute=True):
        editor.post(address(article, "delete"), {"post": "yes"})
    assert not article.attachment.storage.exists(article.attachment.name)


# Pasted


def test_pictures_that_come_with_markup_are_told_of(editor):
    body = '<p>one</p><img src="https://example.org/a.png"><p><IMG src="data:image/png;base64,xx">two</p>'
    response = editor.post(address(Article, "add"), article_data(body=body), follow=True)
    warning = "正文里带来的 2 张图片没有收下：请在“正文里的图片”里上传，再放进正文。"
    assert warning in told(response)
    assert Article.objects.get().body == "<p>one</p><p>two</p>"
    assert warning in told(editor.post(address(Article, "add"), article_data(body=body, title="", slug="b")))


def test_a_wide_table_moves_in_a_box_of_its_own(editor, client):
    saved(editor, body="<table><tr><th>a</th></tr><tr><td>b</td></tr></table><p>c</p>", **NOW)
    main = main_of(client.get("/news/bridge-stands/"))
    assert '<div class="scroll table-box" role="region" aria-label="表格，可以左右移动" tabindex="0"><table>' in main
    assert main.count("</table></div>") == 1


# Seen


def test_a_preview_is_the_page_that_readers_will_see(editor, client, tmp_path):
    article = saved(editor, **picture(tmp_path), _preview="")
    response = editor.get(address(article, "preview"))
    assert "no-store" in response["Cache-Control"]
    seen = main_of(response)
    assert "预览" in seen
    assert 'name="robots" content="noindex"' in response.content.decode()
    assert "application/ld+json" not in response.content.decode()
    editor.post(address(article), article_data(**kept(article.images.get()), **NOW))
    assert [line for line in lines_of(seen) if line not in lines_of(main_of(client.get("/news/bridge-stands/")))] == [
        "<b>预览</b> 读者还看不到这一页。"
    ]
    assert editor.get(address(article, "preview")).status_code == 302


def lines_of(main: str) -> list[str]:
    """What is said, without the days of publication and the addresses of pictures, which are an editor's own."""
    parts = [
        part.strip() for part in main.replace("<p", "\n<p").replace("<a", "\n<a").replace("<fig", "\n<fig").split("\n")
    ]
    said = [part for part in parts if part and not part.startswith(("<a", "<img", "<picture", '<p class="legend"'))]
    return [part.removeprefix('<p class="notice preview">') for part in said]


@pytest.mark.parametrize("view", ["preview", "cover", "attachment", "versions", "withdraw"])
def test_only_editors_open_the_pages_of_an_article(editor, client, view):
    city = a_city()
    article = saved(editor)
    for person in (city.official, city.reviewer, city.administrator):
        assert signed_in(person).get(address(article, view)).status_code == 404
    assert client.get(address(article, view)).status_code == 302


def test_a_scheduled_article_appears_at_its_moment_everywhere(editor, client):
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        article = saved(editor, **AT_NOON)
    pages = [
        "/news/",
        "/news/2026/05/",
        article.get_absolute_url(),
        "/feeds/news.atom",
        "/sitemap.xml",
        "/search/?q=stands",
    ]

    def shown() -> list[bool]:
        return [b"bridge-stands" in (r := client.get(page)).content and r.status_code == 200 for page in pages]

    with time_machine.travel(NOON - timedelta(seconds=1), tick=False):
        before = client.get("/feeds/news.atom")
        assert shown() == [False] * len(pages)
    with time_machine.travel(NOON, tick=False):
        assert shown() == [True] * len(pages)
        headers = {"if-modified-since": before["Last-Modified"]}
        assert client.get("/feeds/news.atom", headers=headers).status_code == 200


# Corrected


def test_a_correction_needs_a_note_and_keeps_what_stood(editor, client):
    article = saved(editor, summary="So.", body="<p>3 km</p>", happened_on="2026-04-30", **NOW)
    data = article_data(summary="So.", body="<p>3.5 km</p>", happened_on="2026-04-30")
    assert errors_of(editor.post(address(article), data)) == {
        "correction": ["读者已经看到这篇新闻了：写明改了哪里、为什么。"]
    }
    assert main_of(client.get("/news/bridge-stands/")).count("3 km") == 1
    editor.post(address(article), {**data, "correction": "3 km should be 3.5 km"})
    main = main_of(client.get("/news/bridge-stands/"))
    assert main.index("更正于") < main.index("3 km should be 3.5 km") < main.index("<p>3.5 km</p>")
    version = ArticleVersion.objects.get()
    assert (version.body, version.note, version.by.username) == ("<p>3 km</p>", "3 km should be 3.5 km", "editor")
    assert "<p>3 km</p>" in editor.get(address(article, "versions")).content.decode()


def test_every_correction_stays_in_sight(editor, client):
    article = saved(editor, **NOW)
    for n in (1, 2):
        editor.post(address(article), article_data(title=f"Title {n}", correction=f"Note {n}"))
    main = main_of(client.get("/news/bridge-stands/"))
    assert main.index("Note 2") < main.index("Note 1")
    assert [version.title for version in article.versions.all()] == ["Title 1", "The bridge stands"]
    feed = client.get("/feeds/news.atom").content.decode()
    assert "更正：Note 2" in feed


UNTOLD = {"links": {"tasks": []}, "the same text": {}, "the same text from windows": {"body": "<p>a</p>\r\n<p>b</p>"}}


@pytest.mark.parametrize("changed", UNTOLD.values(), ids=UNTOLD)
def test_what_readers_cannot_tell_apart_is_no_correction(editor, changed):
    article = saved(editor, body="<p>a</p>\n<p>b</p>", **NOW)
    response = editor.post(address(article), article_data(**{"body": article.body, **changed}))
    assert response.status_code == 302
    assert not ArticleVersion.objects.exists()


def test_another_picture_is_a_correction_too(editor, tmp_path):
    article = saved(editor, **picture(tmp_path), **NOW)
    image = article.images.get()
    changed = article_data(**{**kept(image), "images-0-alt": "Another"})
    assert picture_errors(editor.post(address(article), changed))[0].startswith("换了图片也是更正。")
    assert editor.post(address(article), {**changed, "correction": "It is another."}).status_code == 302
    assert ArticleVersion.objects.get().pictures == "图 1：A pier（The city）"


def test_a_draft_is_changed_without_a_note(editor):
    article = saved(editor)
    assert editor.post(address(article), article_data(body="Other.", **NOW)).status_code == 302
    assert not ArticleVersion.objects.exists()


def test_what_was_published_keeps_its_address_and_its_moment(editor):
    article = saved(editor, **AT_NOON)
    with time_machine.travel(NOON + timedelta(hours=1)):
        editor.post(address(article), article_data(slug="other", published_at_0="2030-01-01", published_at_1="08:00"))
    article.refresh_from_db()
    assert (article.slug, article.is_published, article.published_at) == ("bridge-stands", True, NOON)


def test_a_form_with_mistakes_is_shown_as_the_row_is(editor):
    """What was sent is in the row of the form by then: published, and without a moment."""
    article = saved(editor)
    response = editor.post(address(article), article_data(title="", **NOW, published_at_0="x", published_at_1="x"))
    assert {"title", "published_at"} <= errors_of(response).keys()
    assert 'name="slug"' in response.content.decode()


# Withdrawn


@pytest.fixture
def published(editor, tmp_path) -> Article:
    words = {"cover_alt": "A crane", "cover_credit": "The city", "is_cover_consented": "on"}
    cover = SimpleUploadedFile("c.jpg", a_picture(tmp_path / "c.jpg").read_bytes())
    with time_machine.travel(NOON, tick=False):
        writer = signed_in(User.objects.get(username="editor"))  # whose session is over by now
        return saved(writer, body="<p>hush</p>", cover=cover, **words, **picture(tmp_path), **NOW)


def test_a_withdrawn_article_leaves_its_reason(editor, client, published):
    shown = [f"/media/{published.cover.name}", f"/media/{published.images.get().file.name}"]
    before = client.get("/feeds/news.atom")
    assert [client.get(page).status_code for page in shown] == [200, 200]
    assert editor.post(address(published, "withdraw"), {"reason": "It was another day."}).status_code == 302
    response = client.get("/news/bridge-stands/")
    assert response.status_code == 410
    main = main_of(response)
    assert "这篇新闻已撤回" in main
    assert "It was another day." in main
    assert "2026 年 5 月 1 日" in main
    for text in ("The bridge stands", "hush", "A crane", "A pier"):
        assert text not in response.content.decode()
    assert [client.get(page).status_code for page in shown] == [404, 404]
    for route in routes():
        for page in route.addresses() if route.parts != ("name",) else ():
            said = client.get(page)
            assert b"bridge-stands" not in (b"" if said.streaming else said.content), page
    assert client.get("/feeds/news.atom", headers={"if-modified-since": before["Last-Modified"]}).status_code == 200
    assert LogEntry.objects.filter(change_message="撤回：It was another day.").exists()


def test_a_withdrawal_is_for_good(editor, published):
    editor.post(address(published, "withdraw"), {"reason": "No."})
    assert editor.get(address(published, "withdraw")).status_code == 403
    assert editor.post(address(published, "withdraw"), {"reason": "Still no."}).status_code == 403
    assert editor.post(address(published), article_data(title="Again", **NOW)).status_code == 403
    assert editor.post(address(published, "delete"), {"post": "yes"}).status_code == 403
    published.refresh_from_db()
    assert (published.title, published.withdrawal_reason) == ("The bridge stands", "No.")


def test_a_withdrawal_needs_its_reason(editor, client, published):
    response = editor.post(address(published, "withdraw"), {"reason": " "})
    assert "撤回要写明原因。" in response.content.decode()
    assert client.get("/news/bridge-stands/").status_code == 200


def test_only_what_readers_saw_is_withdrawn(editor, client):
    for slug, state in {
        "draft": {},
        "later": {**NOW, "published_at_0": "2090-01-01", "published_at_1": "08:00"},
    }.items():
        article = saved(editor, slug=slug, **state)
        response = editor.post(address(article, "withdraw"), {"reason": "No."}, follow=True)
        assert told(response)[-1:] == ["没有撤回：只有已经发布的新闻才能撤回。"]
        assert client.get(f"/news/{slug}/").status_code == 404


def test_what_was_published_is_not_deleted(editor, published):
    assert editor.post(address(published, "delete"), {"post": "yes"}).status_code == 403
    assert Article.objects.exists()
