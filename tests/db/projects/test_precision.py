"""One share in every channel: what isn't finished is nowhere told as finished, what has begun nowhere as not begun."""

import csv
import re
from datetime import date
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from ledger.chain import head_on
from tests.factories import a_commitment, a_milestone, a_plan, a_project, a_report, published

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAY = "2020-06-30"


@pytest.fixture
def city():
    """Of 10 and 4 kilometres 9.9999, 0.0001 and 5 are done."""
    values = {"almost": (10, "9.9999"), "hardly": (10, "0.0001"), "more": (4, "5")}
    projects = [a_project(slug, investment=48_000_000) for slug in values]
    for project in projects:
        a_milestone(project, "built", unit="公里")
    plan = a_plan()
    for project in projects:
        amount = {"built": {"amount": values[project.slug][0]}}
        a_commitment(plan, project, project.milestones.get(), targets=amount)
    published(plan)
    for project in projects:
        report = a_report(
            project, DAY, {"built": values[project.slug][1]}, spent=4799, evidence="照片", is_over_target_confirmed=True
        )
        published(report, "2020-07-02")


def text_of(response) -> str:
    main = re.search(r"<main.*</main>", response.content.decode(), re.S)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&lt;", "<").split())


def page_of(client, slug) -> str:
    return text_of(client.get(f"/projects/{slug}/", {"as_of": "2020-07-02"}))


@pytest.mark.parametrize(
    ("slug", "told", "untold"),
    [
        (
            "almost",
            ["9.9999 ÷ 10（公里） = 99.99%", "0.99 ÷ 1 = 99.99%", "实际 99%"],
            ["100.00%", "= 100%", "实际 100%"],
        ),
        ("hardly", ["0.0001 ÷ 10（公里） = <0.01%", "<0.01 ÷ 1 = <0.01%", "实际 <1%"], ["= 0.00%", "实际 0%"]),
        ("more", ["5 ÷ 4（公里） = 125%，按 100% 计", "1 ÷ 1 = 100.00%"], ["5 ÷ 4（公里） = 100"]),
    ],
)
def test_the_arithmetic_of_a_page(client, city, slug, told, untold):
    """docs/rules.md: arithmetic."""
    page = page_of(client, slug)
    assert [part for part in told if part not in page] == []
    assert [part for part in untold if part in page] == []


def test_spending_that_is_hardly_any(client, city):
    assert "4,799 元 ÷ 48,000,000 元 = <0.01%" in page_of(client, "almost")


def test_the_data_for_programs(client, city):
    """docs/rules.md: api-rounding."""
    commitments = client.get("/api/v1/plans/2020", {"as_of": "2020-07-02"}).json()["commitments"]
    assert [commitment["targets"][0]["actual"] for commitment in commitments] == [0.9999, 0.0001, 1.25]
    assert [commitment["actual"] for commitment in commitments] == [0.9999, 0.0001, 1]


def test_both_files_hold_the_same(client, city):
    """docs/rules.md: arithmetic."""
    page = {"as_of": "2020-07-02"}
    head, *rows = csv.reader(StringIO(client.get("/2020/projects.csv", page).content.decode("utf-8-sig")))
    assert [row[head.index("实际")] for row in rows] == ["0.9999", "0.0001", "1"]
    sheet = load_workbook(BytesIO(client.get("/2020/projects.xlsx", page).content)).active
    note, names, *cells = sheet.iter_rows()
    assert [*(cell.value for cell in names), "凭证"] == head
    assert [[_as_csv(cell.value) for cell in row] for row in cells] == [row[:-1] for row in rows]
    voucher = head_on(date(2020, 7, 2)).voucher
    assert {row[-1] for row in rows} == {voucher}
    assert note[0].value == f"Plan 2020：承诺的项目。数据算到 2020 年 7 月 2 日，凭证 {voucher}。"


def _as_csv(value) -> str:
    return "" if value is None else str(value.date() if isinstance(value, date) else value)


def test_the_cells_of_a_sheet_are_typed(client, city):
    sheet = load_workbook(BytesIO(client.get("/2020/projects.xlsx", {"as_of": "2020-07-02"}).content)).active
    cells = {name.value: cell for name, cell in zip(sheet[2], sheet[3], strict=True)}
    typed = {name: (cell.value, cell.number_format) for name, cell in cells.items()}
    assert typed["实际"] == (0.9999, "0.00%")  # as 0% a spreadsheet would show 100%
    assert typed["按日子该到"] == (0.4972, "0.00%")  # 182 of 366: the rest cut off
    assert typed["总投资（元）"] == (48_000_000, "#,##0")
    assert typed["已完成投资（元）"] == (4799, "#,##0")
    assert (typed["什么时候该办完"][0].date(), typed["什么时候该办完"][1]) == (date(2020, 12, 31), "yyyy-mm-dd")
