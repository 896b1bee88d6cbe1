"""Our own form of a plan: what is written is read back, field for field, and next year's begins with what is left."""

import json
from io import BytesIO

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from desk.workbooks.dry_run import dry_run
from desk.workbooks.form_columns import SHEETS
from desk.workbooks.form_reading import is_form, read_form
from desk.workbooks.form_writing import empty_workbook, plan_workbook
from desk.workbooks.opening import opened
from desk.workbooks.readings import WorkbookReading
from projects.models import Project
from tasks.drafting import draft_rows
from tasks.models import Addition, Plan, Series, Target
from tests.db.test_other_city import CITY_FILE
from tests.factories import (
    a_plan,
    a_project,
    an_administrator,
    day,
    published,
)
from tests.loaded_cities import ILLUSTRATIVE_FILE, NEXT_YEAR_FILE, PLAN_FILE, empty, put
from tests.opened_here import opened_here

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

# What is of the publication, or of what was public before it.
OF_THE_ENTRY = ("reviewers", "acts")
NAMED_FIRST = ("projects", "milestones", "departments")


def read_clean(content: bytes, open_it=opened_here) -> WorkbookReading:
    read = read_form(open_it(content))
    assert (read.problems, read.doubts) == ([], [])
    return read


def drafted(read: WorkbookReading, by: User | None = None) -> list:
    rows = [{"model": row.model, "fields": row.values} for row in read.rows]
    return draft_rows(rows, by=by or User.objects.create_user("drafter"))


def sorted_rows(payload: dict) -> dict:
    """The payload without what its entry adds; lists of rows, whose order in a file is by chance, in one of their own."""
    kept = {name: value for name, value in payload.items() if name not in OF_THE_ENTRY}
    return {name: sorted(value, key=json.dumps) if isinstance(value, list) else value for name, value in kept.items()}


def without_named(payload: dict) -> dict:
    return {name: value for name, value in payload.items() if name not in (*NAMED_FIRST, "source", "texts")}


def test_2020_comes_back_as_it_was(db):
    """Through the process that opens files, into an empty database: the payload of the fixture, its source too."""
    put(PLAN_FILE)
    plan = Plan.objects.get()
    before, content = plan.payload(), plan_workbook(plan)
    empty()
    read = read_clean(content, opened)
    assert [len(item.positions) for item in read.items][:2] == [2, 5], "a promise with its targets"
    drafted(read)
    assert sorted_rows(Plan.objects.get().payload()) == sorted_rows(before)


@pytest.mark.parametrize(
    ("files", "year"),
    [((ILLUSTRATIVE_FILE, NEXT_YEAR_FILE), 2021), *(((CITY_FILE,), year) for year in (2017, 2018, 2019))],
)
def test_other_plans_come_back_as_they_were(db, files, year):
    """Their projects may have been public before: each of them says the same as it did then."""
    put(*((PLAN_FILE,) if year == 2021 else ()), *files)
    plan = Plan.objects.get(year=year)
    before, content = plan.payload(), plan_workbook(plan)
    projects = {one.slug: one.payload() for one in Project.objects.all()}
    empty()
    drafted(read_clean(content))
    after = Plan.objects.get().payload()
    assert sorted_rows(without_named(after)) == sorted_rows(without_named(before))
    for one in after["projects"]:
        assert one == projects[one["slug"]]
    for name in NAMED_FIRST:
        assert {json.dumps(one) for one in before[name]} <= {json.dumps(one) for one in after[name]}, name


def test_an_addition_comes_back_as_it_was(db):
    """To the plan as it was, published in this database already."""
    put(CITY_FILE)
    addition = Addition.objects.select_related("plan", "source").get()
    before, content = addition.payload(), plan_workbook(addition.plan, addition)
    own = plan_workbook(addition.plan)
    empty()
    by = an_administrator()
    drafted(read_clean(own), by)
    published(Plan.objects.get(), on="2018-01-08")
    drafted(read_clean(content), by)
    after = Addition.objects.get().payload()
    assert sorted_rows(without_named(after)) == sorted_rows(without_named(before))
    assert sorted_rows({"departments": after["departments"]}) == {
        "departments": [{"name": "抢险办", "phone": "000-1009", "slug": "rescue-office"}]
    }


def test_the_same_form_again_changes_nothing(db):
    put(PLAN_FILE)
    content = plan_workbook(Plan.objects.get())
    empty()
    by = an_administrator()
    drafted(read_clean(content), by)
    assert not any(one.is_new or one.changes for one in drafted(read_clean(content), by))


def test_codes_and_numbers_are_made_once(db):
    """Of what has none; uploaded again the rows get the same ones, and nothing is made twice."""
    book = openpyxl.load_workbook(BytesIO(empty_workbook()))
    fill(
        book, "计划", {"年份": 2022, "名称": "安排", "简称": "安排", "开始日期": "2022-01-01", "结束日期": "2022-12-31"}
    )
    fill(book, "部门", {"名称": "住建局"}, {"名称": "住建 局 二科"})
    fill(book, "任务", {"类别": "任务组", "名称": "大事", "单项的叫法": "大事"}, {"类别": "任务", "名称": "修路"})
    series = {"承诺系列": "实事", "系列简称": "实事", "单项的叫法": "实事"}
    fill(
        book, "承诺",
        {**series, "序号": 1, "项目": "农村路", "目标": "办成", "牵头部门": "住建局"},
        {"承诺系列": "实事", "序号": 2, "项目": "农村路（二期）", "目标": "开工"},
    )  # fmt: skip
    fill(book, "目标", {"承诺系列": "实事", "承诺序号": 1, "节点": "路", "目标值": 3, "单位": "公里"})
    stored = BytesIO()
    book.save(stored)
    by = an_administrator()
    read = read_clean(stored.getvalue())
    drafted(read, by)
    assert sorted(Project.objects.values_list("slug", flat=True)) == ["nong-cun-lu", "nong-cun-lu-er-qi"]
    assert Project.objects.get(slug="nong-cun-lu").leads == ["zhu-jian-ju"]
    assert Series.objects.get().code == "shi-shi"
    target = Target.objects.get()
    assert (target.due_on, sorted(target.inferred)) == (day("2022-12-31"), ["due_on", "pace", "starts_on", "weight"])
    assert any("完成时限" in note.text for note in read.notes), "what was filled in is told"
    assert not any(one.is_new or one.changes for one in drafted(read_clean(stored.getvalue()), by))


def fill(book, name: str, *rows: dict) -> None:
    sheet, form = book[name], next(form for form in SHEETS if form.name == name)
    for number, row in enumerate(rows, start=sheet.max_row + 1 if not form.is_upright else 2):
        for place, column in enumerate(form.columns, start=1):
            if column.head in row:
                cell = sheet.cell(place, 2) if form.is_upright else sheet.cell(number, place)
                cell.value = row[column.head]


def test_an_empty_form_is_ours_and_says_what_is_missing(db):
    workbook = opened_here(empty_workbook())
    assert is_form(workbook)
    assert {problem.cell for problem in read_form(workbook).problems} == {f"计划!B{row}" for row in (1, 2, 3, 6, 7)}


def test_a_pace_is_read_as_forms_called_it_before_and_told_in_words(db):
    plan = a_plan(a_project("bridge", milestones=["built"]), drafted_by=an_administrator())
    book = openpyxl.load_workbook(BytesIO(plan_workbook(plan)))
    heads = {cell.value: cell.column for cell in book["目标"][1]}
    assert book["目标"].cell(2, heads["计划进度"]).value == "按日均匀"
    book["目标"].cell(2, heads["计划进度"]).value = "到期一次完成"
    stored = BytesIO()
    book.save(stored)
    changes = dry_run(read_clean(stored.getvalue()), by=plan.drafted_by).changes
    assert [(one.name, one.old, one.new) for one in changes] == [("计划进度", "按日均匀", "分步或到期完成")]


def test_text_that_begins_like_a_formula_stays_text(db):
    plan = a_plan(a_project("bridge", title="=HYPERLINK(1)"), title="@霍州", short_title="+1", guideline="-1\n#N/A")
    content = plan_workbook(plan)
    sheet = openpyxl.load_workbook(BytesIO(content))["承诺"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=HYPERLINK(1)"]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True)]
    assert not any(one.changes for one in drafted(read_clean(content), plan.drafted_by or an_administrator()))


def test_reading_asks_the_database_no_more_for_more_rows(db):
    """400 rows as often as 40."""
    counts = []
    for n in (4, 130):
        book = openpyxl.load_workbook(BytesIO(empty_workbook()))
        days = {"开始日期": "2022-01-01", "结束日期": "2022-12-31"}
        fill(book, "计划", {"年份": 2022, "名称": "安排", "简称": "安排", **days})
        numbers = range(1, n + 1)
        head = {"承诺系列": "实事", "系列简称": "实事", "单项的叫法": "实事"}
        fill(
            book,
            "承诺",
            *({**head, "序号": i, "项目": f"第{i}条路", "目标": "办成", "项目代号": f"p{i}"} for i in numbers),
        )
        aim = {"承诺系列": "实事", "节点": "路", "目标值": 100, "单位": "%", "节点代号": "road"}
        fill(book, "目标", *({**aim, "承诺序号": i} for i in numbers))
        fill(
            book,
            "指标",
            *({"名称": f"数{i}", "比较": "不低于", "目标值": i, "单位": "个", "代号": f"i{i}"} for i in numbers),
        )
        stored = BytesIO()
        book.save(stored)
        workbook = opened_here(stored.getvalue())
        with CaptureQueriesContext(connection) as asked:
            assert len(read_form(workbook).rows) == 2 + 5 * n
        counts.append(len(asked))
    assert counts[0] == counts[1]
