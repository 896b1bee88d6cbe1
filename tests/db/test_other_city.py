"""A city that never was: three plans, two of which overlap, and of one year three lists, the last one added in June.

Groups, series, years and who promises are rows, and words belong to them.
"""

import json
import re
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.conf import settings

from projects.models import Department, Project
from tasks.models import Plan, Task
from tests.factories import moment
from tests.loaded_cities import ILLUSTRATIVE_FILE, PLAN_FILE, put
from tests.public_routes import routes
from tests.rooms import ROOMS

pytestmark = pytest.mark.one_database

CITY_FILE = settings.BASE_DIR / "tests" / "fixtures" / "fictional_city.json"
ROUTES = {route.name: route for route in routes()}
# What a route answers that shows no page.
STATUS = {"styleguide": 302, "display": 302, "front-tasks": 302, "front-projects": 302}
# Of a day within a month there is no card: they lead to that of the month before.
CARDS = {"plan-card": 302, "promise-card": 302}
# What knows no day: the code that leads to a project, a month of news.
TIMELESS = {"qr-code", "plan-qr", "voucher-qr", "news:month", "project-feed"}
# The plan of 2017 runs to the end of March 2018; that of 2018 is public from 8 January, its addition from 20 June,
# that of 2019 from 20 February.
DAYS = ["2017-10-15", "2018-02-15", "2018-03-25", "2018-07-15", "2019-01-15", "2019-07-15"]


@pytest.fixture
def city(db):
    put(CITY_FILE)


def text_of(response) -> str:
    """Everything that a person or a program reads, without hashes: those may spell any year."""
    if "spreadsheet" in response["Content-Type"]:
        rows = openpyxl.load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True)
        text = "\n".join(str(cell) for row in rows for cell in row)
    elif response["Content-Type"].startswith("image/"):
        return ""
    else:
        text = response.content.decode("utf-8-sig")
    return re.sub(r"\b[0-9a-f]{12,}\b|<span>[0-9a-f]{8}</span>", "", text)


def headers_of(response) -> str:
    """What they say in words: the length of a page and the hash of a calendar may spell any year."""
    return " ".join(value for name, value in response.headers.items() if name not in {"Content-Length", "ETag"})


def words_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text_of(response)))


def has_promises(address: str, on: str) -> bool:
    """Whether everything that the address names was public by that day: a plan, a project, a department, an added task.

    A month has to have begun.
    """
    month = re.fullmatch(r"/(\d{4})/(\d\d)/", address)
    if month and on < f"{month[1]}-{month[2]}-01":
        return not on
    public = {str(plan.year): plan for plan in Plan.objects.all()}
    public |= {row.slug: row for model in (Project, Department) for row in model.objects.all()}
    public |= {task.identifier: task for task in Task.objects.exclude(addition=None)}
    named = [public[part] for part in address.split("/") if part in public and not address.startswith("/news/")]
    return not on or all(on >= str(row.published_on) for row in named)


def addresses(name: str, year: int, on: str) -> list[str]:
    return [a for a in ROUTES[name].addresses() if f"/{year}" in a and has_promises(a, on)]


OWN_WORDS = [
    ("overview", 2017, ["小事：", "两桩小事", "两点心愿", "读书的地方", "新栽树"]),
    (
        "overview",
        2018,
        ["跑腿", "十二桩跑腿", "十处修补", "四条路子", "一条河", "吃住行游", "南菜场", "先修旧，再添新"],
    ),
    ("overview", 2019, ["青禾 2019：", "5 项任务", "五样差事", "仓里存粮"]),
    ("task-list", 2017, ["两点心愿", "读书的地方", "翻修屋顶"]),
    ("task-list", 2018, ["四条路子", "一条河", "吃住行游", "清河道"]),
    ("task-list", 2019, ["五样差事", "守住粮仓", "请老匠人开课"]),
    ("task", 2017, ["第 1 点心愿", "添置新书"]),
    ("task", 2018, ["青禾 2018"]),
    ("task", 2019, ["样差事"]),
    ("project-table", 2017, ["小事 1", "小事 2"]),
    ("project-table", 2018, ["跑腿 1", "修补 10", "南菜场"]),
    ("project-table-csv", 2017, ["小事 1", "小事 2"]),
    ("project-table-csv", 2018, ["跑腿 1", "修补 10", "南菜场"]),
    ("project-table-xlsx", 2017, ["小事 1", "小事 2"]),
    ("project-table-xlsx", 2018, ["跑腿 1", "修补 10", "南菜场"]),
    ("indicators", 2017, ["新栽树", "不低于 1000 棵"]),
    ("indicators", 2018, ["水质好的日子", "不低于 200 天", "在 1.2 到 1.8 米之间"]),
    ("indicators", 2019, ["仓里存粮", "不低于 5000 石"]),
    ("api:plan", 2017, ["青禾市 2017 年度安排", "small-thing", "wish", "trees"]),
    ("api:plan", 2018, ["青禾市 2018 年度安排", "errand", "repair", "river", "clear-days"]),
    ("api:plan", 2019, ["青禾市 2019 年度安排", "chore", "granary"]),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("name", "year", "words"), OWN_WORDS, ids=[f"{row[0]} of {row[1]}" for row in OWN_WORDS])
def test_a_plan_speaks_in_its_own_words_and_no_other(client, name, year, words):
    strangers = [word for its, of, theirs in OWN_WORDS if its == name and of != year for word in theirs]
    for on in DAYS:
        for address in addresses(name, year, on):
            told = words_of(client.get(address, {"as_of": on}))
            assert [word for word in words if word not in told] == [], (address, on)
            assert [word for word in strangers if word in told] == [], (address, on)


# Words of the other city

FOREIGN = {"三件", "八项", "十件", "2020", "霍州"}
# Everyday words that the portal itself speaks with.
EVERYDAY = {"个小项", "工作", "年承诺", "建成", "这一年"}
NAMING = ("title", "short_title", "name", "noun", "publisher", "editor", "place", "guideline", "unit")


def words_of_huozhou() -> set[str]:
    """Every Chinese word, of two characters or more, by which the fixtures of Huozhou name something."""
    rows = [row["fields"] for file in (PLAN_FILE, ILLUSTRATIVE_FILE) for row in json.loads(file.read_text())]
    named = " ".join(str(fields.get(name, "")) for fields in rows for name in NAMING)
    return set(re.findall(r"[\u4e00-\u9fff]{2,}", named)) - EVERYDAY


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize("on", [*DAYS, ""])
def test_every_address_opens_on_every_day_and_tells_nothing_of_huozhou(client, on):
    foreign = FOREIGN | words_of_huozhou()
    assert len(foreign) > 200
    for name, route in ROUTES.items():
        for address in route.addresses():
            response = client.get(address, {"as_of": on})
            status = (STATUS | CARDS if on else STATUS).get(name, 200)
            expected = status if name in TIMELESS or has_promises(address, on) else 400
            assert response.status_code == expected, address
            told = text_of(response) + headers_of(response)
            assert sorted(word for word in foreign if word in told) == [], address


# What in the code may look like Huozhou's, and why.
ALLOWED = {
    ("common/form_fields.py", "2020-03-31 20"): "shows how a step is written",
    ("common/days.py", "EXAMPLE = 2020"): "shows how a day is written",
    ("projects/adjustable.py", "日期的写法是 2020-12-31"): "shows how a day is written",
    ("tasks/migrations/0001_initial.py", "例如“2020 年 6 月追加的老旧小区改造”"): "shows how an addition is named",
    ("tasks/models/plans.py", "例如“2020 年 6 月追加的老旧小区改造”"): "shows how an addition is named",
    ("website/templatetags/promise_tags.py", "` · 2020 年 6 月追加`"): "shows a sentence",
    ("website/sentences/promises.py", "没办成（2020 年）`"): "shows a sentence",
    ("ledger/models.py", "or `plan:2020`"): "shows how a subject is addressed",
    (
        "huozhou_portal/management/commands/prepare.py",
        "照 fixtures/plan_2020.json 的样子",
    ): "the record that comes along",
    ("tasks/loading.py", "照 fixtures/plan_2020.json 的样子"): "the record that comes along",
    ("website/sentences/headings.py", "`十件实事：2 件办成，…。`"): "shows a sentence",
    ("website/pages/about.py", '"day": date(2020, 9, 30)'): "a sample on the style guide, for staff",
    ("huozhou_portal/management/commands/prepare.py", '"fixtures/plan_2020.json"'): "the record that comes along",
    (
        "huozhou_portal/management/commands/prepare.py",
        '"fixtures/illustrative_2020.json"',
    ): "the record that comes along",
    ("huozhou_portal/management/commands/prepare.py", '"2020 年的计划"'): "says which record that is",
    ("huozhou_portal/management/commands/prepare.py", '"2020 年的计划和示例进展"'): "says which record that is",
}
CODE = {".py", ".html", ".txt", ".xml", ".css", ".js", ".svg"}


def test_the_code_knows_no_city_and_no_year():
    rest = {}
    for path in (
        path
        for room in (*ROOMS, "templates", "static")
        for path in (settings.BASE_DIR / room).rglob("*")
        if path.suffix in CODE
    ):
        name, text = path.relative_to(settings.BASE_DIR).as_posix(), path.read_text()
        for file, words in ALLOWED:
            if file == name:
                assert words in text, f"{file} says {words} no more"
                text = text.replace(words, "")
        rest |= {(name, line): line for line in text.splitlines() if re.search("三件|八项|十件|霍州|2020", line)}
    assert list(rest) == []


# Days, thresholds and states of two plans

FRONT = [
    ("2017-03-28", 2017),  # public, not begun: the last one
    ("2017-12-31", 2017),
    ("2018-01-07", 2017),  # that of 2018 runs, but isn't public
    ("2018-01-08", 2018),  # both run: the one that began last
    ("2018-03-31", 2018),
    ("2018-12-31", 2018),
    ("2019-02-19", 2018),  # none is public that runs: the last one
    ("2019-02-20", 2019),
    ("2020-06-01", 2019),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("on", "year"), FRONT)
def test_the_front_page_shows_the_plan_of_the_day(client, on, year):
    asked = words_of(client.get("/", {"as_of": on}))
    with time_machine.travel(moment(on), tick=False):
        today = words_of(client.get("/"))
    for told in (asked, today):
        assert re.search(r"青禾 \d{4}", told)[0] == f"青禾 {year}"
    assert f"青禾 {year}" in words_of(client.get("/departments/", {"as_of": on}))


def test_there_is_no_front_page_of_a_day_before_the_first_plan(city, client):
    assert client.get("/", {"as_of": "2017-03-27"}).status_code == 400


# Each state would be another one under the thresholds of the other plan: 10, 30 points and 41 days; 5, 20 and 103.
LIGHTS = [
    (2017, "library", "2018-03-19", "ON_PACE", 0.0548),
    (2018, "market", "2018-07-15", "BEHIND", 0.0759),
    (2018, "market", "2018-12-15", "FAR_BEHIND", 0.2540),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("year", "project", "on", "light", "lag"), LIGHTS)
def test_each_plan_judges_by_its_own_thresholds(client, year, project, on, light, lag):
    """docs/rules.md: project-rules, light."""
    found = commitment_of(client, year, project, on)
    assert (found["light"], found["lag"]) == (light, lag)


@pytest.mark.usefixtures("city")
def test_the_arithmetic_of_each_promise_names_the_thresholds_of_its_plan(client):
    told = words_of(client.get("/projects/library/", {"as_of": "2018-05-10"}))
    heads_and_thresholds = r"青禾 (\d+) · 第 \d+|差到 (\d+)% 算落后，超过 (\d+)%"
    year, found = "", []
    for head, warning, alarm in re.findall(heads_and_thresholds, told):
        year = head or year
        found += [(year, warning, alarm)] if warning else []
    assert found == [("2018", "5", "20"), ("2018", "5", "20"), ("2017", "10", "30")]


STATES = [
    # on, then light, outcome and lateness of the library in the plan of 2017, and in that of 2018
    ("2018-02-15", ("ON_PACE", "OPEN", False), ("UNREPORTED", "OPEN", False)),
    ("2018-04-15", ("FAR_BEHIND", "MISSED", False), ("UNREPORTED", "OPEN", False)),
    ("2018-05-10", ("DONE", "KEPT", True), ("AHEAD", "OPEN", False)),
    ("2018-12-31", ("DONE", "KEPT", True), ("FAR_BEHIND", "OPEN", False)),
    ("2019-01-15", ("DONE", "KEPT", True), ("FAR_BEHIND", "MISSED", False)),
]


@pytest.mark.usefixtures("city")
@pytest.mark.parametrize(("on", "first", "second"), STATES)
def test_a_project_keeps_or_breaks_each_year_s_promise_by_itself(client, on, first, second):
    """docs/rules.md: outcome."""
    for year, expected in ((2017, first), (2018, second)):
        found = commitment_of(client, year, "library", on)
        assert (found["light"], found["outcome"], found["is_late"]) == expected, year
    told = words_of(client.get("/projects/library/", {"as_of": on}))
    for promise in ("青禾 2018 · 第 2 桩跑腿", "青禾 2018 · 第 1 处修补", "青禾 2017 · 第 1 桩小事"):
        assert promise in told


def commitment_of(client, year: int, project: str, on: str) -> dict:
    plan = client.get(f"/api/v1/plans/{year}", {"as_of": on}).json()
    return next(commitment for commitment in plan["commitments"] if commitment["project"] == project)
