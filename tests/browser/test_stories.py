"""Articles in a browser: the editor as editors use it, and markup that means harm where it could run."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from news.models import Article
from tests.browser.test_jobs import signed_in
from tests.factories import an_article_image, an_editor, moment
from tests.harmful_markup import PAYLOADS
from tests.small_city import a_picture

WIDTHS = (390, 1280)


@pytest.fixture(autouse=True)
def shared(transactional_db):
    """The server's thread sees what the test stores."""


def written(page: Page) -> str:
    return page.evaluate("document.querySelector('textarea[data-rich-text]').value")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_editor_writes_with_marks_and_a_picture(visit, tmp_path, width):
    editing, resident = signed_in(visit(viewport={"width": width, "height": 844}), an_editor()), visit()
    page = editing.page
    page.goto("/admin/news/article/add/")
    editing.fill("标题:", "污水站开门给人看")
    editing.fill("网址代号", "open-day")
    text = page.get_by_role("textbox", name="正文", exact=True)
    text.click()
    page.keyboard.type("村里的污水不再进河")
    editing.press("加粗")
    page.keyboard.type("，真的")
    page.keyboard.press("Enter")
    editing.press("标题")
    page.keyboard.type("怎么建的")
    page.keyboard.press("Enter")
    editing.press("列表")
    page.keyboard.type("先铺管")
    expect(text.locator("li")).to_have_text("先铺管")
    assert written(page) == (
        "<p>村里的污水不再进河<strong>，真的</strong></p><h2>怎么建的</h2><ul><li><p>先铺管</p></li></ul>"
    )
    editing.press("撤销")
    expect(text.locator("li")).not_to_have_text("先铺管")
    editing.press("重做")

    page.locator("#id_images-0-file").set_input_files(a_picture(tmp_path / "pond.jpg"))
    page.locator("#id_images-0-alt").fill("两个水池")
    page.locator("#id_images-0-credit").fill("市融媒体中心")
    page.locator("#id_images-0-is_consented").check()
    editing.press("保存并继续编辑")
    editing.reads("新增了")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text.locator("p").first.click()
    page.keyboard.press("End")
    insert = page.get_by_role("button", name="插入正文")
    insert.focus()
    page.keyboard.press("Enter")
    expect(text).to_contain_text("[图1]")
    editing.press("保存并预览")
    expect(page.locator(".preview")).to_contain_text("读者还看不到这一页")
    expect(page.get_by_role("img", name="两个水池")).to_have_js_property("naturalWidth", 40)
    assert resident.goto("/news/open-day/").status == 404

    editing.press("回去接着改")
    page.get_by_role("checkbox", name="发布").check()
    editing.press("保存")
    editing.reads("修改了")
    reads_the_article(resident)


def reads_the_article(resident):
    resident.goto("/news/open-day/")
    picture = resident.locator("main figure", has_text="图片：市融媒体中心").get_by_role("img", name="两个水池")
    picture.scroll_into_view_if_needed()
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    expect(resident.locator("main li", has_text="先铺管")).to_be_visible()
    expect(resident.locator("main strong")).to_have_text("，真的")


PASTE = """([html, plain]) => {
  const data = new DataTransfer()
  if (html) data.setData("text/html", html)
  data.setData("text/plain", plain)
  const text = document.querySelector(".ProseMirror")
  text.focus()
  text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
}"""
FROM_WORD = """<html><head><style>p { color: red }</style></head><body><h1>一、总体情况</h1>
<p class=MsoNormal style='text-indent:21pt'><span lang=EN-US>　　</span>截至九月，完成三千万元。<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp; </span></span>先铺管</p>
<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp; </span></span>再通水</p>
<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp; </span></span>第一</p>
<p style='mso-list:l2 level1 lfo3'><span style='mso-list:Ignore'>（一）</span>还是文字</p>
<table><tr><td><p class=MsoNormal>单位</p></td><td style='width:9pt'>占比</td></tr></table>
<p><img src="file:///C:/a.png"><img src="https://example.org/b.png"></p><h4>完</h4></body></html>"""


@pytest.mark.parametrize(
    ("html", "plain", "body", "n_pictures"),
    [
        (
            FROM_WORD,
            "",
            "<h2>一、总体情况</h2><p>截至九月，完成三千万元。</p><ul><li><p>先铺管</p></li><li><p>再通水</p></li></ul>"
            '<ol data-type="decimal"><li><p>第一</p></li></ol><p>（一）还是文字</p><table><tbody><tr><td><p>单位</p></td>'
            "<td><p>占比</p></td></tr></tbody></table><h3>完</h3>",
            2,
        ),
        (
            None,
            "　　一、情况。\u2028　　二、问题。\x0b三、下一步。",
            "<p>一、情况。<br>二、问题。<br>三、下一步。</p>",
            0,
        ),
        (None, "　　一、情况。\r\n\r\n　　二、问题 <b>。\r\n", "<p>一、情况。</p><p>二、问题 &lt;b&gt;。</p>", 0),
        (None, "only words", "<p>only words</p>", 0),
    ],
    ids=["from Word", "soft breaks", "lines", "words"],
)
def test_what_is_pasted_keeps_its_shape_and_says_which_pictures_it_lost(visit, html, plain, body, n_pictures):
    editing = signed_in(visit(), an_editor())
    page = editing.page
    page.goto("/admin/news/article/add/")
    expect(page.locator(".prose-menubar")).to_be_visible()
    page.evaluate(PASTE, [html, plain])
    assert written(page) == body
    told = page.locator(".prose-place [role=status]")
    if n_pictures:
        expect(told).to_contain_text(f"有 {n_pictures} 张图片贴不进来。")
    else:
        expect(told).to_be_hidden()


def test_five_pictures_of_one_choice_go_into_the_text_before_they_are_saved(visit, tmp_path):
    editing = signed_in(visit(viewport={"width": 390, "height": 844}), an_editor())
    page = editing.page
    page.goto("/admin/news/article/add/")
    editing.fill("标题:", "污水站开门给人看")
    editing.fill("网址代号", "open-day")
    text = page.get_by_role("textbox", name="正文", exact=True)
    text.click()
    page.keyboard.type("头一段")
    page.locator("#id_images-0-file").set_input_files([a_picture(tmp_path / f"{n}.jpg") for n in range(5)])
    page.locator("#id_images-0-credit").fill("市融媒体中心")
    page.locator("#id_images-0-is_consented").check()
    for n in (1, 2, 5):
        editing.press(f"放入图 {n}")
    assert written(page) == "<p>头一段</p><p>[图1]</p><p>[图2]</p><p>[图5]</p>"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    editing.press("保存并继续编辑")
    editing.reads("新增了")
    expect(page.get_by_role("button", name="放入图")).to_have_count(5)
    editing.press("保存并预览")
    expect(page.locator("main figure")).to_have_count(5)
    assert Article.objects.get().images.count() == 5


def test_the_article_form_names_its_fields(visit):
    editing = signed_in(visit(bypass_csp=True), an_editor())  # which styles its findings
    editing.page.goto("/admin/news/article/add/")
    expect(editing.page.locator(".select2-search__field").first).to_have_attribute("aria-label", "找相关任务")
    violations = [one for one in Axe().run(editing.page).response["violations"] if one["id"] == "label"]
    assert violations == []


def test_an_editor_without_javascript_writes_plain_text(visit):
    editing = signed_in(visit(java_script_enabled=False), an_editor())
    editing.page.goto("/admin/news/article/add/")
    editing.fill("标题:", "通车了")
    editing.fill("网址代号", "open")
    editing.fill("正文:", "头一段。\n\n第二段 <b>。")
    editing.press("保存")
    editing.reads("新增了")
    assert Article.objects.get().body == "<p>头一段。</p>\n<p>第二段 &lt;b&gt;。</p>"


def harmful(number: int, payload: str) -> Article:
    article = Article.objects.create(
        slug=f"a-{number}",
        title=payload[:120],
        summary=payload,
        body=f"<p>{payload}</p>{payload}",
        correction_note=payload,
        is_published=True,
        published_at=moment("2026-01-01"),
    )
    an_article_image(article, f"{number}.jpg", alt=payload, caption=payload, credit=payload[:100])
    return article


def test_no_markup_runs_in_a_browser(visit):
    """The policy's complaints fail the test as well: `visit` listens for them."""
    articles = [harmful(number, payload) for number, payload in enumerate(PAYLOADS.values())]
    raw = harmful(999, "".join(f"<p>{payload}</p>" for payload in PAYLOADS.values())[:200])
    Article.objects.filter(pk=raw.pk).update(body="\n".join(f"<p>x</p>{payload}" for payload in PAYLOADS.values()))
    resident, editing = visit(), signed_in(visit(), an_editor())
    dialogs = []
    for page in (resident, editing.page):
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    edited = [*articles[:: len(articles) // 8], raw]
    pages = [
        *((resident, article.get_absolute_url()) for article in (*articles, raw)),
        *((resident, address) for address in ("/news/", "/news/?page=2", "/news/?page=3", "/news/?page=4")),
        *((resident, f"/search/?q={word}&kind=article") for word in ("hit", "script", "x")),
        *((editing.page, address) for address in ("/admin/news/article/", "/admin/news/article/?p=2", "/admin/")),
    ]

    def open_unharmed(page: Page, address: str) -> None:
        response = page.goto(address, wait_until="load")
        assert response.ok, address
        assert page.evaluate("window.hit") is None, address
        assert page.url.endswith(address), address

    for page, address in pages:
        open_unharmed(page, address)
    for article in edited:
        open_unharmed(editing.page, f"/admin/news/article/{article.pk}/change/")
        expect(editing.page.locator(".prose-menubar")).to_be_visible()
        editing.page.locator(".ProseMirror").click()
        assert editing.page.evaluate("window.hit") is None
    assert not dialogs
