"""The lists of the 督查室: who sees which rows, of which day, by which filters, and what they cost."""

from datetime import date
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from desk.admin import supervision
from tests.db.desk.test_desk import row_of, words
from tests.factories import (
    a_check,
    a_commitment,
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_task,
    a_task_report,
    an_adjustment,
    an_administrator,
    an_indicator,
    an_indicator_reading,
    an_issued_paper,
    an_official,
    moment,
    published,
)
from tests.small_city import a_city, a_draft, signed_in

TODAY = "2020-10-08"
LISTS = ("watch", "ranking", "missing", "published", "checks")
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


@pytest.fixture
def clock():
    with time_machine.travel(moment(TODAY), tick=False) as clock:
        yield clock


@pytest.fixture
def city(clock):
    return a_city()


def page_of(person, **query) -> str:
    response = signed_in(person).get(reverse("admin:supervision"), query)
    assert response.status_code == 200, words(response.content.decode())
    return response.content.decode().partition('id="content-main"')[2]


def rows_of(html: str) -> list[str]:
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [words(row).strip() for row in body.split("<tr>")[1:]]


def book_of(person, **query):
    response = signed_in(person).get(reverse("admin:supervision-file"), query)
    assert response.status_code == 200
    return load_workbook(BytesIO(response.content)).active


def silent(city) -> None:
    """The bridge reports late and says why."""
    report = a_report(city.bridge, "2020-08-20", {"built": 42}, delay="LAND", next_step="=Pay the farmers.")
    published(report, on="2020-09-01")


# Who sees what


def test_reviewers_and_administrators_follow_everything(city):
    silent(city)
    for person in (city.reviewer, city.administrator):
        rows = rows_of(page_of(person))
        assert [("The bridge" in row, "The pool" in row) for row in rows] == [(True, False), (False, True)]
        assert "滞后" in rows[0]
        assert "征地拆迁" in rows[0]
        assert "=Pay the farmers." in rows[0]
        assert "2020-08-20" in rows[0]
        assert "未报，应报日过了 181 天" in rows[1]


def test_officials_follow_what_their_departments_lead(city):
    assert "The pool" not in page_of(city.official)
    assert "The bridge" in page_of(city.official)
    assert [row[:12] for row in rows_of(page_of(city.official, list="ranking"))] == ["Works office"]
    assert "Parks office" not in page_of(city.official)


@pytest.mark.parametrize("name", LISTS)
def test_who_sees_no_reports_sees_no_list(city, name):
    for door in ("supervision", "supervision-file"):
        assert signed_in(city.editor).get(reverse(f"admin:{door}"), {"list": name}).status_code == 403


def test_the_desk_leads_there(city):
    assert reverse("admin:supervision") in signed_in(city.official).get("/admin/").content.decode()
    assert reverse("admin:supervision") not in signed_in(city.editor).get("/admin/").content.decode()


# Days


def test_an_earlier_day_is_as_it_was(city):
    then = rows_of(page_of(city.reviewer, day="2020-06-20"))
    silent(city)
    assert rows_of(page_of(city.reviewer, day="2020-06-20")) == then
    assert rows_of(page_of(city.reviewer)) != then


BAD = {
    "a day before the record": ({"day": "2019-01-01"}, "看哪一天：可以看 2020-03-05 到 2020-10-08 之间的任何一天。"),
    "a day to come": ({"day": "2020-10-09"}, "可以看 2020-03-05 到 2020-10-08"),
    "no day": ({"day": "x"}, "请写一天"),
    "a list that isn't there": ({"list": "x"}, "地址：没有“x”这个选项"),
    "a department that isn't there": ({"department": "x"}, "部门：没有“x”这个选项"),
    "an issue that isn't there": ({"issue": "x"}, "情况：没有“x”这个选项"),
    "a stage of a day gone by": ({"stage": "DRAFT", "day": "2020-06-20"}, "草稿和送审只知道今天的"),
    "a page in letters": ({"page": "x"}, "地址："),
    "no page": ({"page": "-1"}, "地址："),
    "days the wrong way round": ({"list": "published", "since": "2020-05-02", "until": "2020-05-01"}, "要在 2020-05-02 以后"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_can_not_be_read_is_said(city, name):
    query, reason = BAD[name]
    response = signed_in(city.reviewer).get(reverse("admin:supervision"), query)
    assert response.status_code == 400
    assert reason in words(response.content.decode())
    assert "<tbody>" not in response.content.decode()
    assert signed_in(city.reviewer).get(reverse("admin:supervision-file"), query).status_code == 400


def test_a_page_beyond_the_last_is_none(city):
    assert signed_in(city.reviewer).get(reverse("admin:supervision"), {"page": "9"}).status_code == 404


def test_before_any_plan_there_is_nothing(clock):
    for name in LISTS:
        assert "没有" in page_of(a_reviewer(f"reviewer-{name}"), list=name)


# Filters


def test_rows_are_chosen_by_department_and_issue(city):
    silent(city)
    assert [("pool" in row) for row in rows_of(page_of(city.reviewer, department="parks-office"))] == [True]
    assert [("bridge" in row) for row in rows_of(page_of(city.reviewer, issue="HINDERED"))] == [True]
    assert rows_of(page_of(city.reviewer, issue="OVERDUE")) == []


def test_drafts_belong_to_their_department_and_what_is_submitted_counts_as_reported(city):
    a_draft(city.bridge, "2020-09-30", {"built": 55}, by=city.official)
    (bridge,) = rows_of(page_of(city.official, list="missing"))
    assert bridge.endswith("有草稿")
    assert rows_of(page_of(city.official, list="missing", stage="DRAFT")) == [bridge]
    seen = rows_of(page_of(city.reviewer, list="missing"))
    assert [row.endswith("—") for row in seen] == [True, True]
    a_report(city.pool, "2020-09-30", {"filled": 5}, by=city.other_official)
    assert [("The bridge" in row) for row in rows_of(page_of(city.reviewer, list="missing"))] == [True]
    assert ["未报" in row for row in rows_of(page_of(city.other_official))] == []


# The other lists


def test_what_is_not_due_yet_stands_apart(city, clock):
    """docs/rules.md: supervision."""
    published(a_report(city.bridge, "2020-09-30", {"built": 60}), on="2020-10-05")
    clock.move_to(moment("2020-10-12"))
    html = page_of(city.reviewer, list="missing")
    (late,) = rows_of(html)
    assert "The pool" in late
    assert "2020 年 3 月起 从未填报，应报 2020-04-10" in late
    assert '<a href="?list=missing&amp;due=later">还没到期的另有 1 项</a>' in html
    assert "The bridge" not in html
    apart = page_of(city.reviewer, list="missing", due="later")
    (later,) = rows_of(apart)
    assert "The bridge" in later
    assert "2020 年 10 月 未到期" in later
    assert "本月没报的，还没到期的（2020 年计划，2020-10-12）：1 项" in words(apart)
    assert '<a href="?list=missing">到期的、快到期的另有 1 项</a>' in apart
    assert "<textarea" not in apart
    clock.move_to(moment("2020-10-25"))
    assert ["The pool" in row for row in rows_of(page_of(city.reviewer, list="missing"))] == [True, False]


def test_the_reviewers_desk_counts_the_departments_that_are_late(city, clock):
    line = "{} 个部门有逾期没报的 ，共 {} 项。"
    assert line.format(2, 2) in words(signed_in(city.reviewer).get("/admin/").content.decode())
    published(a_report(city.bridge, "2020-09-30", {"built": 60}), on="2020-10-05")
    assert line.format(1, 1) in words(signed_in(city.reviewer).get("/admin/").content.decode())
    assert "个部门有逾期没报的" not in signed_in(city.official).get("/admin/").content.decode()


def test_what_came_after_a_bulletin_says_so(city):
    """docs/rules.md: after-bulletin."""
    an_issued_paper(city.plan, "2020-08-31", "2020-09-12", by=city.reviewer)
    published(a_report(city.pool, "2020-08-30", {"filled": 40}), on="2020-09-29")
    published(a_report(city.bridge, "2020-09-20", {"built": 60}), on="2020-09-29")
    rows = rows_of(page_of(city.reviewer, list="published"))
    assert {("The pool" in row, "通报后补报" in row) for row in rows} == {(True, True), (False, False)}


def test_what_came_out_in_the_week_before_and_on_other_days(city):
    published(a_report(city.bridge, "2020-09-20", {"built": 50}), on="2020-09-29")
    published(an_adjustment(city.to_fill, amount="120"), on="2020-10-04")
    published(a_report(city.pool, "2020-10-01", {"filled": 5}), on="2020-10-05")
    rows = rows_of(page_of(city.reviewer, list="published"))
    assert [row[:10] for row in rows] == ["2020-10-04", "2020-09-29"]
    assert rows_of(page_of(city.official, list="published")) == rows[1:]
    on = rows_of(page_of(city.reviewer, list="published", until="2020-10-05"))
    assert [row[:10] for row in on] == ["2020-10-05"]
    assert len(rows_of(page_of(city.reviewer, list="published", since="2020-09-01"))) == 3


def test_what_to_look_at_again_leads_to_the_form_of_a_check(city, clock):
    published(a_report(city.pool, "2020-03-20", {"filled": 100}, evidence="Record"), on="2020-05-07")
    kept = city.pool.commitments.get()
    html = page_of(city.reviewer, list="checks")
    assert [row.startswith("Parks office") for row in rows_of(html)] == [True]
    address = f"{reverse('admin:tasks_check_add')}?commitment={kept.pk}"
    assert f'href="{address}"' in html
    form = signed_in(city.reviewer).get(address).content.decode()
    assert f'<option value="{kept.pk}" selected>' in form
    assert "写回头看" not in page_of(city.other_official, list="checks")
    assert rows_of(page_of(city.official, list="checks")) == []
    draft = a_check(kept, "2020-10-01", by=city.reviewer)
    assert reverse("admin:tasks_check_change", args=[draft.pk]) in page_of(city.second_reviewer, list="checks")
    assert rows_of(page_of(city.reviewer, list="checks", day="2020-09-15")) == []


def test_departments_are_ranked_among_all(city):
    published(a_report(city.bridge, "2020-05-20", {"built": 50}), on="2020-06-01")
    html = page_of(city.reviewer, list="ranking")
    assert row_of(html, "Works office").startswith("Works office 第 1 名 33% 6 次里 2 次 第 1 名")
    assert row_of(html, "Parks office").startswith("Parks office 第 2 名 0% 6 次里 0 次")
    assert row_of(page_of(city.other_official, list="ranking"), "Parks office").startswith("Parks office 第 2 名")


# Past its day, and nothing was ever asked


def test_what_is_past_its_day_is_named_before_a_report_is_due(city):
    late = a_project("gate", milestones=["hung"], title="The gate", lead=city.works)
    soon = a_project("well", milestones=["dug"], title="The well")
    until = {"due_on": date(2020, 10, 3)}
    plan = a_plan(late, soon, year=2021, starts_on="2020-09-20", targets={"hung": until, "dug": until})
    published(plan, on="2020-09-25")
    rows = rows_of(page_of(city.reviewer, year="2021"))
    assert [(name, next(row for row in rows if name in row).split(name)[0]) for name in ("The gate", "The well")] == [
        ("The gate", "Works office "),
        ("The well", "没有牵头部门 "),
    ]
    assert all("未报，期限过了 5 天" in row for row in rows)


# More than one plan


@pytest.fixture
def two_years(city):
    """The pool goes on into a second plan, which the mast alone joins; the bridge stays with the first."""
    mast = a_project("mast", milestones=["raised"], title="The mast", lead=city.works)
    plan = a_plan(mast, year=2021)
    a_commitment(plan, city.pool, city.filled, number=2)
    published(plan, on="2020-10-01")
    return city


def test_each_list_is_of_one_plan_and_says_which(two_years):
    with time_machine.travel(moment("2021-03-05"), tick=False):
        for year, names in {"2020": {"bridge", "pool"}, "2021": {"mast", "pool"}}.items():
            html = page_of(two_years.reviewer, list="watch", year=year)
            assert {name for name in ("bridge", "pool", "mast") if f"The {name}" in html} == names
            for name in ("watch", "ranking", "missing", "published"):
                html = page_of(two_years.reviewer, list=name, year=year)
                assert f"（{year} 年计划，2021-03-05）" in html or name == "published", name
                assert html.count(f"（{year} 年计划，") == 2, name  # the heading and the text
                book = book_of(two_years.reviewer, list=name, year=year)
                assert f"（{year} 年计划，" in book["A1"].value
        assert "（2021 年计划，2021-03-05）" in page_of(two_years.reviewer)
        assert "（2020 年计划，2020-11-01）" in page_of(two_years.reviewer, day="2020-11-01")
        assert "（全部年度，2021-03-05）" in page_of(two_years.reviewer, list="checks")
        assert "?year=2020" in page_of(two_years.reviewer)


def test_a_report_of_a_project_of_both_plans_came_out_in_both(two_years):
    published(a_report(two_years.pool, "2020-10-01", {"filled": 5}), on="2020-10-05")
    published(a_report(two_years.bridge, "2020-10-01", {"built": 45}), on="2020-10-06")
    asked = {"list": "published", "since": "2020-10-05"}
    found = {year: rows_of(page_of(two_years.reviewer, year=year, **asked)) for year in ("2020", "2021", "all")}
    assert {year: [row[:10] for row in rows] for year, rows in found.items()} == {
        "2020": ["2020-10-06", "2020-10-05"],
        "2021": ["2020-10-05"],
        "all": ["2020-10-06", "2020-10-05"],
    }
    assert (
        "year=all"
        not in page_of(two_years.reviewer, year="all", **asked).partition("督查的各张表")[2].partition("</nav>")[0]
    )


def test_a_year_that_is_not_there_is_refused(two_years):
    assert "2021 年的计划 2020-10-01 才公布" in words(
        signed_in(two_years.reviewer).get("/admin/supervision/?year=2021&day=2020-09-01").content.decode()
    )
    for year in ("2019", "x", "\x00", "all"):
        assert signed_in(two_years.reviewer).get("/admin/supervision/", {"year": year}).status_code == 400


# Weeks and months


def test_this_week_and_the_others_are_one_press(city):
    published(a_report(city.bridge, "2020-09-20", {"built": 50}), on="2020-10-06")
    html = page_of(city.reviewer, list="published")
    links = html.partition("哪几天公布的")[2].partition("</nav>")[0]
    assert [words(one).strip() for one in links.split("</a>")[:-1]][1:] == [
        "上周 2020-09-28 到 2020-10-04",
        "这个月 2020-10-01 到 2020-10-08",
        "上个月 2020-09-01 到 2020-09-30",
    ]
    assert "since=2020-10-05&amp;until=2020-10-08" in links
    week = page_of(city.reviewer, list="published", since="2020-10-05", until="2020-10-08")
    assert "本周公布的（2020 年计划，2020-10-05 到 2020-10-08）" in week
    assert len(rows_of(week)) == 1


# The file, the text, the print


def test_the_file_has_days_as_days_numbers_as_numbers_and_no_formula(city):
    silent(city)
    page = book_of(city.reviewer)
    head = {cell.value: cell.column - 1 for cell in page[2]}
    row = [cell.value for cell in page[3]]
    assert page["A1"].value == "督办清单（2020 年计划，2020-10-08）"
    assert row[head["低于序时（百分点）"]] == 11
    assert row[head["数据日期"]].date() == date(2020, 8, 20)
    assert row[head["下一步"]] == "'=Pay the farmers."
    assert page.page_setup.orientation == "landscape"
    rank = book_of(city.reviewer, list="ranking")
    assert isinstance(rank["C3"].value, float)
    assert rank["C3"].number_format == "0.00%"


def test_a_text_too_long_for_a_message_is_several(city, monkeypatch):
    silent(city)
    assert page_of(city.reviewer).count("<textarea") == 1
    monkeypatch.setattr(supervision, "LIMITS", {"narrow": 260})
    html = page_of(city.reviewer)
    assert html.count("<textarea") == 2
    assert "一条消息放不下，分成 2 条，一条一条复制。" in html
    assert "督办清单（2020 年计划，2020-10-08）：2 项。（2/2）" in html


def test_departments_are_counted_as_departments(city):
    html = page_of(city.reviewer, list="ranking")
    assert "部门排名（2020 年计划，2020-10-08）：2 个部门</h2>" in html
    assert "部门排名（2020 年计划，2020-10-08）：2 个部门。" in html


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_a_text_and_a_file(city, name):
    silent(city)
    html = page_of(city.reviewer, list=name, **({"since": "2020-03-05"} if name == "published" else {}))
    assert '<textarea class="desk-copied"' in html
    assert "2020-10-08" in html.partition("<textarea")[2]
    assert book_of(city.reviewer, list=name)["A1"].value


def test_a_long_list_has_pages_and_one_to_print(city, monkeypatch):
    monkeypatch.setattr(supervision, "ROWS_PER_PAGE", 1)
    html = page_of(city.reviewer, department="", issue="SILENT")
    assert len(rows_of(html)) == 1
    assert '"?issue=SILENT&amp;page=2"' in html
    assert '"?page=2"' in page_of(city.reviewer)
    assert len(rows_of(page_of(city.reviewer, page="2"))) == 1
    assert len(rows_of(page_of(city.reviewer, whole="1"))) == 2
    assert "The bridge" in html.partition("<textarea")[2]
    assert "The pool" in html.partition("<textarea")[2]


# What it costs

QUERIES = {
    "official watch": 42,
    "official ranking": 43,
    "official missing": 41,
    "official published": 36,
    "official checks": 31,
    "reviewer watch": 30,
    "reviewer ranking": 23,
    "reviewer missing": 29,
    "reviewer published": 31,
    "reviewer checks": 27,
    "administrator watch": 31,
    "administrator ranking": 24,
    "administrator missing": 30,
    "administrator published": 32,
    "administrator checks": 28,
}


def fill(n: int) -> dict:
    """`n` of everything, half of it in hand."""
    office = published(a_department("office-0"), on="2020-03-01")
    official = an_official(office)
    projects = [a_project(f"project-{i}", milestones=["built"], lead=office) for i in range(n)]
    kept = [a_project(f"kept-{i}", milestones=["built"], lead=office) for i in range(n)]
    plan = a_plan(*projects, *kept)
    measures = [a_measure(a_task(plan, number=i + 2), leads=["office-0"]) for i in range(n)]
    indicators = [an_indicator(plan, f"share-{i}", number=i + 1, leads=["office-0"]) for i in range(n)]
    published(plan, on="2020-03-05")
    for project, done, measure, indicator in zip(projects, kept, measures, indicators, strict=True):
        published(a_report(project, "2020-04-30", {"built": 5}, delay="LAND"), on="2020-10-01")
        published(a_report(done, "2020-03-20", {"built": 100}, evidence="Record"), on="2020-10-01")
        published(a_task_report(measure, "2020-04-30"), on="2020-10-01")
        published(an_indicator_reading(indicator, "2020-04-30", 5), on="2020-10-01")
        published(an_adjustment(project, place="North"), on="2020-10-01")
        goal = an_adjustment(project.commitments.get(), goal="START")
        published(goal, on="2020-10-01")
        published(a_check(done.commitments.get(), "2020-03-25"), on="2020-10-01")
        a_draft(project, "2020-09-30", by=official)
        a_check(done.commitments.get(), "2020-10-02", by=None)
    return {"official": official, "reviewer": a_reviewer(), "administrator": an_administrator("keeper")}


@pytest.mark.parametrize("n", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(clock, n):
    asked = {}
    for name, person in fill(n).items():
        client = signed_in(person)
        client.get("/admin/supervision/")
        for one in LISTS:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(reverse("admin:supervision"), {"list": one, "day": TODAY}).status_code == 200
            asked[f"{name} {one}"] = len(queries)
    assert asked == QUERIES
