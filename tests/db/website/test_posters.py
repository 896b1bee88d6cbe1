"""The site-board poster and its code, read back by a program that had no part in making it."""

import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from projects.models import Project
from tests.db.website.test_cards import ACCUSING
from tests.db.website.test_pages import main_of
from tests.factories import a_department, a_plan, a_project, an_adjustment, published

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def said(response) -> str:
    return " ".join(main_of(response).split())


@pytest.mark.usefixtures("illustrative_2020")
def test_every_code_leads_to_its_project(client):
    for project in Project.objects.all():
        response = client.get(f"/projects/{project.slug}/qr.png")
        assert response["Content-Type"] == "image/png"
        picture = Image.open(BytesIO(response.content))
        assert picture.width >= 300
        codes = zxingcpp.read_barcodes(picture.convert("L"))
        assert [code.text for code in codes] == [f"http://testserver/projects/{project.slug}/"]
        assert client.get(f"/projects/{project.slug}/").status_code == 200


@pytest.mark.usefixtures("plan_2020")
def test_a_code_on_paper_leads_to_the_portal_s_own_address(client, settings):
    settings.SITE_URL = "https://promises.example"
    picture = Image.open(BytesIO(client.get("/projects/city-roads/qr.png").content))
    assert zxingcpp.read_barcodes(picture.convert("L"))[0].text == "https://promises.example/projects/city-roads/"
    assert "https://promises.example/projects/city-roads/" in said(client.get("/projects/city-roads/poster/"))


@pytest.mark.usefixtures("illustrative_2020")
def test_every_poster_says_what_a_passer_by_wants_to_know(client):
    for project in Project.objects.all():
        response = client.get(f"/projects/{project.slug}/poster/", {"as_of": "2020-09-30"})
        text = said(response)
        for part in (
            project.title.partition("（")[0],
            "市里承诺：2020 年要",
            "怎样算办成",
            "期限",
            "谁负责",
            "电话",
            "谁承诺的",
            "临汾新闻网",
            f'src="/projects/{project.slug}/qr.png"',
            f'alt="二维码：{project.title}的页面"'.replace("“", "“"),
            f"http://testserver/projects/{project.slug}/",
            "数据算到 <time",
            "凭证 ",
        ):
            assert part in text.replace('<span class="clause">', "").replace("</span>", ""), (project.slug, part)


@pytest.mark.usefixtures("illustrative_2020")
def test_an_illustrative_poster_says_so(client):
    response = client.get("/projects/city-roads/poster/")
    text = response.content.decode()
    assert "<title>【示例】" in text
    assert "示例数据，不是霍州的真实进展" in main_of(response)


@pytest.mark.usefixtures("plan_2020")
def test_what_is_unknown_is_said_to_be(client):
    response = client.get("/projects/city-roads/poster/")
    assert "示例" not in response.content.decode()
    assert said(response).count("没有公布") == 2  # who answers, and their phone


@pytest.fixture
def road():
    department = published(a_department(name="建设局", phone="0357-1234567"), "2020-03-01")
    project = a_project("road", title="滨河大道", lead=department, milestones=["paved"])
    published(a_plan(project, goal="START"))
    return project


def test_a_moved_day_shows_both(client, road):
    published(an_adjustment(road.milestones.get().targets.get(), due_on="2021-06-30"), "2020-07-02")
    text = said(client.get("/projects/road/poster/"))
    assert '原来 <del><time datetime="2020-12-31">2020 年 12 月 31 日</time></del> → 现在' in text
    assert "2021 年 6 月 30 日" in text
    before = said(client.get("/projects/road/poster/", {"as_of": "2020-07-01"}))
    assert "原来" not in before


def test_a_dropped_promise_says_so(client, road):
    published(an_adjustment(road.commitments.get(), dropped=True), "2020-07-02")
    assert "已取消" in said(client.get("/projects/road/poster/"))


def test_a_cut_promise_names_what_was_cut(client):
    """docs/rules.md: is-cut."""
    road = a_project("road", title="滨河大道", milestones=["paved", "lit"])
    road.milestones.filter(code="lit").update(title="路灯")
    published(a_plan(road))
    published(an_adjustment(road.milestones.get(code="lit").targets.get(), dropped=True), "2020-07-02")
    assert "取消了：路灯" in said(client.get("/projects/road/poster/"))
    assert "取消了" not in said(client.get("/projects/road/poster/", {"as_of": "2020-07-01"}))


def test_who_answers_can_be_called(client, road):
    text = said(client.get("/projects/road/poster/"))
    assert "市里承诺：2020 年要开工" in text
    assert "建设局" in text
    assert 'href="tel:03571234567"' in text
    assert "请打上面的电话。" in text


def test_where_no_department_can_be_called_the_line_for_complaints_is(client, settings):
    published(a_plan(a_project("road", milestones=["paved"])))
    for line, told in (("", "请打政务服务便民热线 12345。"), ("督查室 0357-0", "请打监督投诉电话：督查室 0357-0。")):
        settings.COMPLAINT_LINE = line
        text = said(client.get("/projects/road/poster/"))
        assert told in text
        assert "上面的电话" not in text


@pytest.mark.parametrize("address", ["/projects/{}/poster/", "/projects/{}/qr.png"])
def test_what_is_not_public_has_none(client, road, address):
    a_project("draft")
    assert client.get(address.format("road")).status_code == 200
    assert client.get(address.format("draft")).status_code == 404
    assert client.get(address.format("nowhere")).status_code == 404


def test_a_day_before_the_promise_is_refused(client, road):
    assert client.get("/projects/road/poster/", {"as_of": "2019-12-31"}).status_code == 400


def test_the_project_leads_to_its_poster(client, road):
    assert 'href="/projects/road/poster/"' in client.get("/projects/road/").content.decode()


@pytest.mark.usefixtures("illustrative_2020")
@pytest.mark.parametrize("on", ["2020-03-05", "2020-09-30", "2021-05-31"])
def test_a_year_s_sheet_has_the_words_of_its_overview(client, on):
    sheet, overview = (said(client.get(address, {"as_of": on})) for address in ("/2020/poster/", "/2020/"))
    rows = sheet.partition('class="poster-rows"')[2].partition("</ul>")[0]
    assert rows.count("<li>") == 10
    assert sheet.partition("<h1>")[2].partition("</h1>")[0] in overview
    assert "数据算到" in sheet


@pytest.mark.usefixtures("plan_2020")
@pytest.mark.parametrize("on", ["2020-03-05", "2020-09-30", "2021-05-31"])
def test_a_year_s_sheet_of_a_plan_without_data_has_its_promises(client, on):
    """docs/words.md: The first screen."""
    sheet = said(client.get("/2020/poster/", {"as_of": on})).partition("<main")[2]
    assert "各部门的进展还没有公布过" in sheet
    rows = sheet.partition('class="poster-rows"')[2].partition("</ul>")[0]
    assert rows.count("谁负责没有公布。") == 10
    told = re.sub(r"<[^>]*>", "", sheet).replace("办没办成，本站没有数据", "")
    assert [word for word in ACCUSING if word in told] == []


@pytest.mark.usefixtures("illustrative_2020")
def test_the_code_of_a_year_leads_to_its_overview(client):
    picture = Image.open(BytesIO(client.get("/2020/qr.png").content))
    assert zxingcpp.read_barcodes(picture.convert("L"))[0].text == "http://testserver/2020/"
    assert client.get("/2019/qr.png").status_code == client.get("/2019/poster/").status_code == 404
