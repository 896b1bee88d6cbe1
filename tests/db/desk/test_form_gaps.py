"""What next year's form leaves to be filled in, and what is only last year's day; every change is cited at its cell."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from desk.plan_table import table_of
from desk.workbooks.dry_run import dry_run
from desk.workbooks.form_columns import SHEETS, Kind
from desk.workbooks.form_next_year import rows_of_next_year
from desk.workbooks.form_reading import read_form
from desk.workbooks.form_writing import next_year_workbook, plan_workbook
from desk.workbooks.telling import gaps_text
from tasks.models import Commitment, Plan, Target
from tests.db.desk.test_form_faults import a_small_plan, cell_of
from tests.db.desk.test_form_next_year import AFTER, a_year_that_ended
from tests.factories import an_administrator, day, moment
from tests.loaded_cities import PLAN_FILE, keep, put
from tests.opened_here import opened_here
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

UPLOAD = "/admin/tasks/plan/workbook/"
YELLOW = "00FFE9B8"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def plan(db) -> Plan:
    keep("a year that ended", a_year_that_ended)
    return Plan.objects.get()


def book_of(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def bytes_of(book: openpyxl.Workbook) -> bytes:
    book.save(stored := BytesIO())
    return stored.getvalue()


def sent(client, content: bytes):
    response = client.post(UPLOAD, {"file": SimpleUploadedFile("表.xlsx", content)})
    return client.get(response.headers["Location"])


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["wording"] * 10 + ["annual_investment"] * 2, "12 处要填：原话 10 处，年度投资 2 处"),
        (["source", "guideline", "wording"], "3 处要填：原话 1 处，总体要求 1 处，资料来源 1 处"),
    ],
)
def test_what_is_to_be_filled_in_is_counted(names, text):
    assert gaps_text(names) == text


def test_what_the_new_year_must_say_is_marked_in_the_form(plan):
    with time_machine.travel(moment(AFTER)):
        book = book_of(next_year_workbook(plan, day(AFTER)))
    [row] = [one[0].row for one in book["任务"].iter_rows() if "修旧" in [cell.value for cell in one]]
    wording = cell_of(book, "任务", "原话", row)
    assert (wording.value, wording.fill.fgColor.rgb) == (None, YELLOW)
    assert "照今年的文件填" in wording.comment.text
    guideline = cell_of(book, "计划", "总体要求")
    assert guideline.fill.fgColor.rgb == YELLOW
    due = cell_of(book, "目标", "完成时限")
    assert "去年说的是 2020-12-31" in due.comment.text
    notes = " ".join(str(row[0].value) for row in book["说明"].iter_rows())
    assert "黄色的格去年有、今年还没有" in notes


def test_what_is_marked_is_what_last_year_said(db):
    put(PLAN_FILE)
    plan = Plan.objects.get()
    rows = rows_of_next_year(plan, day(AFTER)).sheets["承诺"]
    marked = {row.values["project.slug"]: row.wanted for row in rows}
    for one in Commitment.objects.select_related("project"):
        expected = {f"commitment.{name}" for name in ("wording", "annual_investment") if getattr(one, name)}
        assert marked[one.project.slug] == expected


def test_the_page_counts_what_is_still_to_be_filled_in(plan):
    client = signed_in(an_administrator())
    with time_machine.travel(moment(AFTER)):
        content = next_year_workbook(plan, day(AFTER))
        page = sent(client, content)
        gaps = page.context["run"].reading.gaps
        assert f"还有 {gaps_text(gap.name for gap in gaps)}" in page.content.decode()
        assert "原话" in gaps_text(gap.name for gap in gaps)
        book = book_of(content)
        cell_of(book, "计划", "总体要求").value = "稳中求进。"
        less = sent(client, bytes_of(book)).context["run"].reading.gaps
        assert [gap for gap in gaps if gap not in less] == [gap for gap in gaps if gap.name == "guideline"]
        back = book_of(client.get(f"{page.request['PATH_INFO']}marked/").content)
    assert gaps[0].cell.partition("!")[0] in back.sheetnames
    sheet, _, place = gaps[0].cell.partition("!")
    assert "要填" in back[sheet][place].comment.text


def test_a_day_moved_on_from_last_year_is_told_as_such(plan):
    """docs/rules.md: inferred, clarity. Last year the city named the day: that this year nobody did is no word of the city."""
    administrator = an_administrator()
    client = signed_in(administrator)
    with time_machine.travel(moment(AFTER)):
        page = sent(client, next_year_workbook(plan, day(AFTER)))
        text = page.content.decode()
        assert "站 10 座（完成），12 月 31 日前（照去年顺延，本站理解）；从 3 座做起。" in text
        assert "没有写明哪一天，按这一年的最后一天算" not in text
        client.post(page.request["PATH_INFO"], {"seen": page.context["run"].seen})
    new = Plan.objects.get(year=2021)
    [sewage] = Target.objects.filter(commitment__series__plan=new, commitment__project__slug="sewage")
    assert "due_on" in sewage.inferred, "it stays our reading"

    def word() -> str:
        items = table_of(new, date(2021, 3, 1)).items
        item = next(one for one in items if getattr(one, "commitment", None) and one.project.record.slug == "sewage")
        return {tick: text for tick, text, _is_clear in item.ticks}["什么时候"]

    assert word() == "照去年顺延（本站理解）"
    Commitment.objects.filter(pk=sewage.commitment_id).update(wording="年内建成。")
    assert word() == "未明确时限", "this year the city said something, and no day"


NEW_VALUES = {
    Kind.TEXT: "改过的",
    Kind.NUMBER: 7,
    Kind.MONEY: 4321,
    Kind.DAY: date(2022, 11, 30),
    Kind.DEPARTMENTS: "水利局",
}
# What tells a row from others, or can't be changed alone.
KEPT = {"标题", "承诺系列", "项目", "节点", "任务", "名称", "权重", "起点值", "上限", "类别", "序号", "去年办成"}
CHANGED = [
    (sheet.name, column.head)
    for sheet in SHEETS
    for column in sheet.columns
    if column.kind in NEW_VALUES
    and column.head not in KEPT
    and not column.keys[0].startswith(("source.", "addition.", "series."))
]


@pytest.mark.parametrize("sheet", dict.fromkeys(sheet for sheet, _head in CHANGED))
def test_every_change_is_cited_at_its_cell(db, sheet):
    content, administrator = plan_workbook(a_small_plan()), an_administrator()
    for head in (head for name, head in CHANGED if name == sheet):
        book = book_of(content)
        row = next(n for n in range(2, 20) if _may_be_filled(book, sheet, head, n))
        cell = cell_of(book, sheet, head, row)
        column = next(one for form in SHEETS if form.name == sheet for one in form.columns if one.head == head)
        cell.value = NEW_VALUES[column.kind]
        run = dry_run(read_form(opened_here(bytes_of(book))), by=administrator)
        cited = {change.cell for change in run.changes} | {problem.cell for problem in run.problems}
        assert cited == {f"{sheet}!{cell.coordinate}"}, (head, run.changes, run.problems)


def _may_be_filled(book: openpyxl.Workbook, sheet: str, head: str, row: int) -> bool:
    """Whether the row is of a kind that has the column."""
    if sheet != "任务":
        return True
    category = cell_of(book, sheet, "类别", row).value
    parts = {"任务组": "group", "任务": "task", "举措": "measure", "要点": "outline", "要点内容": "item"}
    column = next(one for form in SHEETS if form.name == sheet for one in form.columns if one.head == head)
    return bool(column.field_in(parts.get(category, "")))


def test_an_indicator_is_named_by_its_own_cell_and_not_by_its_code(db):
    book = book_of(plan_workbook(a_small_plan()))
    title = cell_of(book, "指标", "名称")
    reading = read_form(opened_here(bytes_of(book)))
    assert f"指标!{title.coordinate}" in {item.cell for item in reading.items}
