"""Counties' own tables as rows of a plan; the right answers are those of a person who read the tables."""

import io

import openpyxl
import pytest
from django.conf import settings

from common.spelling import spell
from desk.workbooks.codes import Known
from desk.workbooks.county import NoTable, county_reading
from desk.workbooks.opening import opened

TABLES = settings.BASE_DIR / "tests/fixtures/tables"


def reading_of(content: bytes, **options):
    return county_reading(opened(content), **{"year": None, "known": Known(), "spell": spell} | options)


def table(*rows: list, title: str = "青岚县2024年民生实事责任分解表") -> bytes:
    sheet = (workbook := openpyxl.Workbook()).active
    for row in ([title], *rows):
        sheet.append(row)
    workbook.save(file := io.BytesIO())
    return file.getvalue()


@pytest.fixture(scope="module")
def livelihood():
    return reading_of((TABLES / "county-livelihood.xlsx").read_bytes())


@pytest.fixture(scope="module")
def breakdown():
    return reading_of((TABLES / "county-breakdown.xlsx").read_bytes())


def parts_of(reading, number: int) -> list[tuple]:
    """Amount, unit, day and steps of each target of an item."""
    milestones = {(*one.values["project"], one.values["code"]): one.values for one in reading.of("projects.milestone")}
    return [
        (
            row.values["amount"], milestones[tuple(row.values["milestone"])]["unit"], row.values["due_on"],
            [f"{day[5:]} {amount}" for day, amount in row.values["steps"]],
        )
        for row in reading.of("tasks.target")
        if row.values["commitment"][2] == number
    ]  # fmt: skip


END = "2024-12-31"
ITEMS = {
    1: [("6", "座", END, ["06-30 2", "09-30 4"]), ("15", "座", END, ["03-31 5", "06-30 10", "09-30 15"])],
    2: [("87.2", "公里", END, ["03-31 10", "06-30 40", "09-30 70"])],
    3: [("100", "%", END, [])] * 3,
    4: [("3000", "人次", END, ["03-31 500", "06-30 1500", "09-30 2500"])],
    5: [("2600", "名", END, [])],
    6: [("42", "处", END, ["03-31 8", "06-30 20", "09-30 35"])],
    7: [("672", "场", END, ["03-31 100", "06-30 300", "09-30 500"])],
    8: [("100", "%", END, [])],
    9: [("795", "批次", END, [])],
    10: [("2", "条", END, ["06-30 1", "09-30 2"]), ("10", "辆", END, [])],
}


@pytest.mark.parametrize("number", ITEMS)
def test_the_targets_of_ten_items(livelihood, number):
    assert parts_of(livelihood, number) == ITEMS[number]


def test_the_money_of_ten_items(livelihood):
    totals = [row.values["investment"] for row in livelihood.of("projects.project")]
    years = [row.values["annual_investment"] for row in livelihood.of("tasks.commitment")]
    assert totals == ["8600000", "19500000", "3000000", None, None, "4600000", "270000", "180000000", None, "7800000"]
    assert (years[3], years[4], years[7], years[8]) == ("2100000", "5200000", "60000000", "480000")


def test_who_answers_for_ten_items(livelihood):
    names = {row.values["slug"]: row.values["name"] for row in livelihood.of("projects.department")}
    projects = list(livelihood.of("projects.project"))
    assert [[names[slug] for slug in project.values["leads"]] for project in projects][3] == ["人社局", "工信局"]
    assert [names[slug] for slug in projects[0].values["partners"]] == ["城管局", "青溪街道"]
    assert projects[0].values["post"] == "分管城建的副县长"


def test_the_plan_of_the_county(livelihood):
    (plan,) = livelihood.of("tasks.plan")
    assert (plan.values["year"], plan.values["title"]) == (2024, "青岚县 2024 年十件民生实事")
    assert (plan.values["short_title"], plan.values["authority"]) == ("青岚县 2024 年承诺", "县里")
    (indicator,) = livelihood.of("tasks.indicator")
    assert [indicator.values[name] for name in ("title", "comparator", "target")] == ["食品合格率", "≥", "98"]
    assert not livelihood.problems
    assert [doubt.question for doubt in livelihood.doubts] == ["“惠及2600名左右学生”按 2600 名收？"]


def test_the_words_of_the_quarters_stay(livelihood):
    third = list(livelihood.of("tasks.commitment"))[2]
    assert third.values["wording"].endswith("（一季度完成设计，二季度开工，四季度完工）")


def test_a_breakdown_of_sixty(breakdown):
    kinds = [sum(1 for _ in breakdown.of(f"tasks.{kind}")) for kind in ("commitment", "indicator", "task")]
    assert kinds == [18, 12, 30]
    days = [row.values["due_on"] for row in breakdown.of("tasks.task")][:5]
    assert days == [None, "2024-09-30", None, "2024-12-31", "2025-06-30"]
    beyond = [doubt for doubt in breakdown.doubts if "不在 2024 年里" in doubt.question]
    assert len(beyond) == 6, "each is asked for"
    assert len({row.values["title"] for row in breakdown.of("tasks.indicator")}) == 12
    assert "亩" in breakdown.rows[[row.model for row in breakdown.rows].index("projects.milestone")].values["unit"]


def test_a_confirmed_item_is_marked_no_more(livelihood):
    number = [item.title for item in livelihood.items].index("困难家庭学生资助")
    positions = livelihood.items[number].positions
    for answer, marked in (
        (0, {"amount"}),
        (1, set()),
    ):  # of 2600名左右 the one who answers may say that it is a reading
        rows = livelihood.answered([answer], [number])
        assert set().union(*(rows[position].values["inferred"] for position in positions)) == marked
    assert livelihood.rows[livelihood.items[number].positions[1]].values["inferred"], "the reading itself stays"


def milestones_of(reading) -> list[tuple[str, str, str]]:
    rows = reading.of("projects.milestone")
    return [(row.values["title"], row.values["unit"], row.values["verb"]) for row in rows]


HEAD = ["序号", "项目名称", "建设内容", "总投资（万元）", "责任单位", "完成时限"]
ODD = {
    "sections and sums": (
        [["一、城乡建设（2件）"], [1, "公厕", "新建公厕6座", 860, "住建局", "10月底"], ["小计", None, None, 860]],
        lambda one: len(one.items) == 1,
    ),
    "a bare number of yuan": (
        [[1, "公厕", "新建公厕6座", 8600000, "住建局", "10月底"]],
        lambda one: "单位是万元吗" in one.doubts[0].question,
    ),
    "no exact amount": (
        [[1, "公厕", "新建公厕6座", "约860万", "住建局", "10月底"]],
        lambda one: "约860万" in one.notes[0].text and next(one.of("projects.project")).values["investment"] is None,
    ),
    "a person among the offices": (
        [[1, "公厕", "新建公厕6座", 860, "住建局\n张某某", "10月底"]],
        lambda one: "张某某" in one.notes[0].text and len(list(one.of("projects.department"))) == 1,
    ),
    "the responsible lead where nobody else does": (
        [[1, "公厕", "新建公厕6座", 860, "住建局", "10月底"]],
        lambda one: len(next(one.of("projects.project")).values["leads"]) == 1,
    ),
    "a formula without a value": (
        [[1, "公厕", "新建公厕6座", "=100+760", "住建局", "10月底"]],
        lambda one: "公式" in one.problems[0].text and one.problems[0].cell == "Sheet!D3",
    ),
    "a start": (
        [[1, "养老中心", "年内开工建设", 860, "民政局", ""]],
        lambda one: next(one.of("tasks.commitment")).values["goal"] == "START",
    ),
    "how long something takes": (
        [[1, "不动产登记", "不动产登记压缩到3个工作日以内", 860, "自然资源局", ""]],
        lambda one: milestones_of(one) == [("不动产登记压缩到3个工作日以内", "%", "完成")],
    ),
    "no verb of its own": (
        [[1, "农村人居环境", "实现180个村全覆盖，新建公厕6座", 860, "农业农村局", ""]],
        lambda one: milestones_of(one) == [("农村人居环境", "个村", "完成"), ("公厕", "座", "建成")],
    ),
    "people of whom nothing is said": (
        [[1, "妇女关爱", "完成1.5万名", 860, "妇联", ""]],
        lambda one: milestones_of(one) == [("妇女关爱", "万名", "完成")],
    ),
    "a day within the year": (
        [[1, "公厕", "新建公厕6座", 860, "住建局", "10月底"]],
        lambda one: next(one.of("tasks.target")).values["due_on"] == "2024-10-31",
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_tables_of_other_shapes(kind):
    rows, holds = ODD[kind]
    assert holds(reading_of(table(HEAD, *rows)))


def test_a_table_of_works_that_last_for_years():
    head = [
        "序号",
        "项目名称",
        "建设性质",
        "建设内容及规模",
        "建设起止年限",
        "总投资（亿元）",
        "2025年度计划投资",
        "年度主要建设内容",
        "责任单位",
    ]
    reading = reading_of(
        table(
            head,
            ["合计（2个）", None, None, None, None, 9.1, 32000],
            ["一、产业项目"],
            [
                1,
                "新材料",
                "新建",
                "占地120亩，建设厂房3万平方米",
                "2024-2026",
                8.5,
                20000,
                "完成主体工程",
                "经开区管委会",
            ],
            [
                2,
                "物流园",
                "续建",
                "建设冷库2座、配送中心1座",
                "2025.3-2025.11",
                0.6,
                "12000",
                "冷库2座建成投用",
                "商务局\n城投集团",
            ],
            title="临川市2025年市级重点工程计划表",
        )
    )
    targets = [
        (row.values["amount"], row.values["starts_on"], row.values["due_on"]) for row in reading.of("tasks.target")
    ]
    assert targets == [("100", "2025-01-01", "2025-12-31"), ("2", "2025-03-01", "2025-11-30")]
    assert [row.values["investment"] for row in reading.of("projects.project")] == ["850000000", "60000000"]
    assert [row.values["annual_investment"] for row in reading.of("tasks.commitment")] == ["200000000", "120000000"]
    assert any("整个项目的工期" in note.text for note in reading.notes)


def test_a_list_of_work_for_departments():
    reading = reading_of(
        table(
            ["序号", "重点任务", "目标要求", "完成时限", "牵头县领导", "责任单位"],
            [
                1,
                "壮大企业",
                "新增规上工业企业12家，高新技术企业5家以上",
                "12月底前",
                "常务副县长 周某",
                "工信局、科技局",
            ],
            [2, "营商环境", "推进“一件事一次办”改革落地见效", "持续推进", "副县长", "行政审批局"],
            title="清河县2025年政府重点工作任务清单",
        )
    )
    assert [sum(1 for _ in reading.of(f"tasks.{kind}")) for kind in ("commitment", "target", "task")] == [1, 2, 1]
    assert next(reading.of("projects.project")).values["post"] == "常务副县长", "without the name of a person"
    assert [item.title for item in reading.items] == ["壮大企业", "营商环境"]


def test_quarters_of_several_counts_belong_to_the_one_they_end_at():
    head = ["序号", "实事项目", "主要内容", "实施主体", "第一季度", "第二季度", "第三季度", "第四季度"]
    row = [1, "惠民演出", "送戏下乡120场，放映公益电影1200场次", "区文旅局", "30", "60", "90", "120"]
    first, second = reading_of(table(head, row)).of("tasks.target")
    assert [len(one.values["steps"]) for one in (first, second)] == [3, 0]


def test_a_year_is_asked_for_where_no_title_names_one():
    nameless = table(HEAD, [1, "公厕", "新建公厕6座", 860, "住建局", "10月底"], title="民生实事表")
    assert "哪一年" in reading_of(nameless).problems[0].text
    assert next(reading_of(nameless, year=2024).of("tasks.plan")).values["year"] == 2024


def test_departments_that_are_known_keep_their_address():
    known = Known(codes={("department", "住建局"): "housing"})
    reading = reading_of(table(HEAD, [1, "公厕", "新建公厕6座", 860, "住建局", "10月底"]), known=known)
    assert next(reading.of("projects.project")).values["leads"] == ["housing"]
    assert not list(reading.of("projects.department"))


def test_what_is_no_table_is_said():
    with pytest.raises(NoTable, match="没有找到表头"):
        reading_of(table(["随便", "写写"]))
