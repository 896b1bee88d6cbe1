"""Every page on the fixtures, on six days: it opens, it says what it must, and its past never changes."""

import re
from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledger.models import Entry
from news.models import Article
from projects.models import Department, Project
from tasks.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("illustrative_2020"), pytest.mark.one_database]

DAYS = ["2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31", "2021-01-01", "2021-06-01"]
PLAN_PAGES = [
    *("/", "/2020/", "/2020/tasks/", "/2020/projects/", "/2020/indicators/"),
    *("/2020/changes/", "/2020/compare/", "/2020/review/"),
]


def addresses():
    yield from PLAN_PAGES
    yield from ("/departments/", "/ledger/", "/news/", "/about/")
    for task in Task.objects.select_related("group"):
        yield f"/2020/tasks/{task.group.code}-{task.number}/"
    for project in Project.objects.all():
        yield f"/projects/{project.slug}/"
    for department in Department.objects.all():
        yield f"/departments/{department.slug}/"
    for article in Article.objects.all():
        yield article.get_absolute_url()


def entry_addresses():
    """An entry is one act and knows no day."""
    return [f"/ledger/{entry.seq}/" for entry in Entry.objects.all()]


def main_of(response):
    text = response.content.decode()
    return text[text.index("<main") : text.index("</main>")]


def test_every_address_opens(client):
    for address in (*addresses(), *entry_addresses()):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("day", DAYS)
def test_every_address_opens_on_a_day(client, day):
    later = {f"/projects/{one.slug}/" for one in Project.objects.filter(published_on__gt=day)}
    later |= {f"/departments/{one.slug}/" for one in Department.objects.filter(published_on__gt=day)}
    later |= {
        f"/2020/tasks/{one.identifier}/" for one in Task.objects.filter(published_on__gt=day, group__plan__year=2020)
    }
    for address in addresses():
        response = client.get(address, {"as_of": day})
        if address in later:
            assert response.status_code == 400, (address, day)
            continue
        assert response.status_code == 200, (address, day)
        text = response.content.decode()
        assert "None" not in re.sub(r"<[^>]*>", "", text), address
        assert text.count("<h1") == 1, address


@pytest.mark.parametrize("address", [*PLAN_PAGES, "/projects/city-roads/", "/2020/tasks/major-3/", "/departments/"])
def test_illustrative_pages_say_so(client, address):
    text = client.get(address, {"as_of": "2020-09-30"}).content.decode()
    assert "示例" in text[text.index("<title>") : text.index("</title>")]
    assert '<aside class="banner"' in text
    assert "示例" in main_of(client.get(address, {"as_of": "2020-09-30"}))


def test_the_first_screen_says_what_words_md_says(client):
    main = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main_of(client.get("/", {"as_of": "2020-09-30"}))))
    for part in (
        "十件实事：2 件办成，3 件按计划，2 件落后，1 件严重落后，1 件没有数据。",
        "另外 1 件还没开工。",
        "最晚 12 月 31 日办完，还有 92 天；现在还不能说没办成。",
        "农村生活污水处理：到 6 月底，10 座站建成 3 座",
        "之后没有再报",
        "总投资 10.83 亿元（10 件中 6 件已公布）",
        "数据算到 2020 年 9 月 30 日",
        "经二路、纬一路建成，纬五路修到 40%，南环路南延没有数据",
    ):
        assert re.sub(r"\s+", "", part) in re.sub(r"\s+", "", main), part


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("major-1", "<p>总投资 没有公布。</p>"),
        ("major-3", "<p>总投资 8100 万元（3 个项目中 2 个项目已公布）。</p>"),
    ],
    ids=["nothing known", "a part known"],
)
def test_a_task_tells_the_investment_of_its_projects(client, task, sentence):
    assert sentence in re.sub(r"<(?!/?p>)[^>]*>", "", main_of(client.get(f"/2020/tasks/{task}/")))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/?as_of=2020-03-04", "可以看"),
        ("/?as_of=2999-01-01", "可以看"),
        ("/?as_of=2020-02-30", "没有"),
        ("/?as_of=30.9.2020", "请写一天"),
        ("/?as_of=%00", "请写一天"),
        ("/projects/city-roads/?as_of=0000-00-00", "没有"),
        ("/2020/projects/?light=RED", "筛选"),
        ("/2020/projects/?q=%00", "筛选"),
        ("/2020/projects/?page=-1", "筛选"),
        ("/2020/projects/?sort=password", "筛选"),
        ("/ledger/?project=%00", "筛选"),
        ("/ledger/?page=99999999999999999999999", "筛选"),
        ("/news/?page=x", "没有这一页"),
    ],
)
def test_bad_addresses_are_answered_in_words(client, address, message):
    response = client.get(address)
    assert response.status_code == 400
    assert message in response.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/1999/",
        "/2020/tasks/major-99/",
        "/projects/x/",
        "/ledger/999999/",
        "/ledger/0/",
        "/news/x/",
        "/x",
        "/2020/projects/?page=2",
        "/ledger/?page=99999",
        "/news/?page=99",
    ],
)
def test_what_is_not_there_is_not_found(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "首页" in response.content.decode()


def test_an_empty_day_means_the_default(client):
    assert main_of(client.get("/", {"as_of": ""})) == main_of(client.get("/"))


def test_links_carry_the_day(client):
    main = main_of(client.get("/", {"as_of": "2020-09-30"}))
    links = re.findall(r'href="(/(?:2020|projects|departments)[^"]*)"', main)
    assert links
    assert all("as_of=2020-09-30" in link for link in links)


def test_the_table_filters_sorts_and_totals(client):
    def rows(**params):
        return re.findall(r'href="/projects/([a-z0-9-]+)/', main_of(client.get("/2020/projects/", params)))

    day = "2020-09-30"
    assert len(set(rows(as_of=day, series="livelihood"))) == 10
    assert set(rows(as_of=day, series="livelihood", light="DONE")) == {"five-a-side-pitches", "day-care-centres"}
    assert set(rows(as_of=day, q="污水")) == {"rural-sewage"}
    by_money = list(dict.fromkeys(rows(as_of=day, series="livelihood", sort="-investment")))
    assert by_money[0] == "new-hospital"
    assert next(iter(dict.fromkeys(rows(as_of=day, series="livelihood", sort="investment")))) == "kitchen-waste-plant"


@pytest.mark.parametrize(
    ("day", "asked", "names"),
    [
        ("2020-09-30", {}, {"light"}),
        ("2021-06-01", {}, {"outcome"}),
        ("2021-06-01", {"light": "DONE"}, {"light", "outcome"}),
    ],
)
def test_the_filter_asks_by_the_words_that_its_rows_say(client, day, asked, names):
    """docs/rules.md: verdict. An address that asks by the others is still understood."""
    main = main_of(client.get("/2020/projects/", {"as_of": day, **asked}))
    assert set(re.findall(r'<select name="(light|outcome)"', main)) == names


def test_the_exports_hold_what_is_shown(client):
    page = {"as_of": "2020-09-30", "series": "livelihood", "light": "DONE"}
    csv = client.get("/2020/projects.csv", page)
    text = csv.content.decode("utf-8-sig")
    assert csv["Content-Disposition"].startswith("attachment")
    assert "illustrative" in csv["Content-Disposition"]
    assert len(text.strip().splitlines()) == 3
    assert text.count("【示例】") == 2
    assert client.get("/2020/projects.xlsx", page).content.startswith(b"PK")


def test_the_styleguide_is_for_staff(client):
    assert client.get("/styleguide/").status_code == 302
    staff = get_user_model().objects.create_user("someone", password="long enough", is_staff=True)
    client.force_login(staff)
    assert client.get("/styleguide/").status_code == 200


def test_nothing_is_written_by_reading(client):

    with CaptureQueriesContext(connection) as queries:
        client.get("/", {"as_of": "2020-09-30"})
    assert not [q["sql"] for q in queries if not q["sql"].lstrip().upper().startswith(("SELECT", "--"))]


def test_departments_appear_in_the_navigation_once_there_are_some(client):
    assert reverse("department-list") in client.get("/").content.decode()


def test_the_vouchers_name_the_last_entry_of_the_day(client):
    last = Entry.objects.as_of(date(2020, 9, 30)).order_by("-seq").first()
    assert last.voucher in main_of(client.get("/", {"as_of": "2020-09-30"}))


@pytest.mark.parametrize("name", ["projects", "tasks"])
def test_an_address_without_a_year_leads_to_the_plan_of_its_day(client, name):
    for query in ("", "?as_of=2020-09-30"):
        response = client.get(f"/{name}/{query}")
        assert (response.status_code, response["Location"]) == (302, f"/2020/{name}/{query}")
        assert response["Cache-Control"] == "no-cache"  # the next plan is led to as soon as it is public
        assert client.get(response["Location"]).status_code == 200
    for refused in ("2020-03-01", "2999-01-01", "2020-02-30", "x"):
        assert client.get(f"/{name}/", {"as_of": refused}).status_code == 400
