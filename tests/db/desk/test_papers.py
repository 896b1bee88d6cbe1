"""Papers: who may have which, what they say, and that it is what the API says of the day."""

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import Workbook, load_workbook

from common import lru_cache
from desk.agenda import due_periods
from desk.papers.bulletin import MOST_TOLD
from desk.papers.facts import month_before, plan_facts
from desk.papers.filling import SHIPPED, docx_of
from desk.papers.making import file_of, issue, paper_of
from desk.papers.review import review_of
from desk.papers.upward import upward_xlsx
from desk.papers.wording import money_text
from lab.paper_templates import document_of
from ledger import chain
from projects.models import Department
from projects.publishing import publish
from tasks.models import IssuedPaper, PaperKind, Plan
from tests.factories import (
    a_department,
    a_measure,
    a_plan,
    a_project,
    a_report,
    a_reviewer,
    a_vote,
    an_indicator,
    day,
    published,
)
from tests.small_city import City, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

DAY = "2020-05-31"
CHECK_HERE = "https://example.org/ledger/1/"


def paper_at(plan: Plan, on: str, kind: PaperKind = PaperKind.BULLETIN):
    facts = plan_facts(plan, day(on), timezone.now())
    return paper_of(kind, facts, day(on), None)


def words_of(content: bytes) -> list[str]:
    """Each paragraph of a Word file, then each cell of its tables, row by row."""
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return [*(paragraph.text for paragraph in document.paragraphs), *cells]


def pages(name: str, **query: object) -> str:
    return f"{reverse(f'admin:{name}')}?{'&'.join(f'{key}={value}' for key, value in query.items())}"


# Who may have which


def test_officials_have_the_reminder_to_their_department_and_nothing_else(city: City):
    client = signed_in(city.official)
    mine = client.get(pages("paper", kind="reminder", plan=2020, department="works-office"))
    assert "Works office：" in mine.content.decode()
    refused = [
        pages("paper", kind="reminder", plan=2020, department="parks-office"),
        pages("paper", kind="bulletin", plan=2020),
        pages("paper-file", kind="register", plan=2020),
        pages("papers"),
    ]
    assert [client.get(address).status_code for address in refused] == [403] * 4
    assert client.post(pages("paper-issue", kind="reminder", plan=2020)).status_code == 403


def test_administrators_read_and_do_not_issue(city: City):
    client = signed_in(city.administrator)
    page = client.get(pages("paper", kind="bulletin", plan=2020)).content.decode()
    assert "下载 .docx" in page
    assert "paper/issue" not in page
    assert client.post(pages("paper-issue", kind="bulletin", plan=2020)).status_code == 403


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"kind": "poem"}, 404),
        ({"plan": "1999"}, 404),
        ({"plan": "9" * 30}, 404),
        ({"kind": "reminder", "department": "nobody"}, 404),
        ({"issued": "7"}, 404),
        ({"issued": "x"}, 404),
        ({"as_of": "2019-01-01"}, 400),
        ({"as_of": "2031-01-01"}, 400),
        ({"as_of": "when?"}, 400),
    ],
)
def test_what_is_not_there_is_refused(city: City, query, status):
    client = signed_in(city.reviewer)
    assert [client.get(pages(name, **query)).status_code for name in ("paper", "paper-file")] == [status] * 2
    assert client.post(pages("paper-issue", **query)).status_code == status


def test_without_a_plan_there_is_nothing_to_write():
    page = signed_in(a_reviewer()).get(reverse("admin:papers"))
    assert "还没有公布过年度计划" in page.content.decode()


# Issuing


def test_one_press_issues_and_the_same_once(city: City):
    client = signed_in(city.reviewer)
    for _press in range(2):
        page = client.post(pages("paper-issue", kind="bulletin", plan=2020, as_of=DAY), follow=True).content.decode()
    row = IssuedPaper.objects.get()
    assert (row.kind, row.data_on, row.issued_on, row.issued_by) == (
        "BULLETIN",
        day(DAY),
        timezone.localdate(),
        city.reviewer,
    )
    assert row.head == chain.head_on(day(DAY))
    assert row.head.hash in page.replace("</span><span>", "")
    assert "已经印发过了" in page


def test_a_day_that_is_not_over_is_read_and_not_issued(city: City):
    """What is published later that day would change what was issued."""
    client, today = signed_in(city.reviewer), timezone.localdate()
    paper = pages("paper", kind="bulletin", plan=2020, as_of=today)
    assert "印发</button>" not in client.get(paper).content.decode()
    page = client.post(pages("paper-issue", kind="bulletin", plan=2020, as_of=today), follow=True).content.decode()
    assert "今天还没有过完" in page
    assert not IssuedPaper.objects.exists()


def test_an_issued_paper_says_the_same_ever_after(city: City):
    client = signed_in(city.reviewer)
    client.post(pages("paper-issue", kind="bulletin"))
    issued = IssuedPaper.objects.get()
    assert issued.data_on < timezone.localdate(), "the last day that is over"
    address = pages("paper", issued=issued.pk)
    before = client.get(address).context["paper"].text
    late = a_report(city.pool, issued.data_on.isoformat(), {"filled": 90}, by=city.other_official)
    publish(late, by=city.reviewer)
    assert client.get(address).context["paper"].text == before


def test_a_plan_that_was_just_published_is_compared_with_nothing(city: City):
    text = paper_at(city.plan, city.plan.published_on.isoformat()).text
    assert "没有上月可比" in text
    assert "持平" not in text


def test_the_same_day_and_head_give_the_same_paper(city: City):
    """Text for text, however much is published after the data day and whoever issues others."""
    reviewer = city.reviewer  # whose appointment stands in the first entry
    kinds = (PaperKind.BULLETIN, PaperKind.REGISTER, PaperKind.REVIEW)
    before = [paper_at(city.plan, DAY, kind).text for kind in kinds]
    published(a_report(city.pool, "2020-05-30", {"filled": 90}), on="2020-06-02")
    issue(PaperKind.BULLETIN, city.plan, day(DAY), head=chain.head_on(day(DAY)), by=reviewer)
    after = [paper_at(city.plan, DAY, kind).text for kind in kinds]
    assert before == after


def test_what_came_after_a_bulletin_stands_in_the_next(city: City):
    """docs/rules.md: after-bulletin."""
    with time_machine.travel("2020-06-01T12:00+08:00", tick=False):
        issue(PaperKind.BULLETIN, city.plan, day(DAY), head=chain.head_on(day(DAY)), by=city.reviewer)
    published(a_report(city.pool, "2020-05-30", {"filled": 90}), on="2020-06-02")
    published(a_report(city.bridge, "2020-06-20", {"built": 60}), on="2020-06-21")
    text = paper_at(city.plan, "2020-06-30").text
    _, _, told = text.partition("通报后补报情况\n")
    assert "The pool（牵头单位：Parks office）：数据日期2020年5月30日，2020年6月2日公布。" in told
    assert "The bridge" not in told


def test_the_queue_says_what_comes_after_a_bulletin(city: City):
    """docs/rules.md: after-bulletin."""
    client, head = signed_in(city.reviewer), chain.head_on(day(DAY))
    for held_on, project in (("2020-05-31", city.bridge), ("2020-06-20", city.pool)):
        a_report(project, held_on, by=city.official)
    assert "通报后补报" not in client.get("/admin/").content.decode()
    issue(PaperKind.BULLETIN, city.plan, day(DAY), head=head, by=city.reviewer)
    assert client.get("/admin/").content.decode().count("通报后补报（") == 1


# What they say


def test_the_page_the_text_and_the_word_file_say_the_same(city: City):
    paper = paper_at(city.plan, DAY)
    page = signed_in(city.reviewer).get(pages("paper", kind="bulletin", plan=2020, as_of=DAY)).content.decode()
    told = words_of(docx_of(paper, CHECK_HERE))
    for line in paper.text.split("\n"):
        for piece in line.split("\t"):
            assert any(piece in one for one in told), piece
            if "：" not in piece:
                assert piece in page


def test_the_word_file_is_laid_out_as_the_standard_says(city: City):
    """GB/T 9704: A4, its margins, 28 pt lines, the fonts by name."""
    document = Document(BytesIO(docx_of(paper_at(city.plan, DAY), CHECK_HERE)))
    section, styles = document.sections[0], document.styles
    sizes = [section.page_width, section.page_height, section.top_margin, section.bottom_margin]
    assert [round(one.mm) for one in (*sizes, section.left_margin, section.right_margin)] == [210, 297, 37, 35, 28, 26]
    assert (styles["PaperText"].font.name, styles["PaperText"].font.size.pt) == ("仿宋_GB2312", 16)
    assert styles["PaperText"].paragraph_format.line_spacing.pt == 28
    assert (styles["PaperTitle"].font.name, styles["PaperTitle"].font.size.pt) == ("方正小标宋简体", 22)
    assert (styles["PaperHeading"].font.name, styles["PaperSubheading"].font.name) == ("黑体", "楷体_GB2312")


HOSTILE = [
    "{{ 7 * 7 }} {% for x in y %} {_{ no }_} {_% no %_}",
    "<w:p>&amp;</w:p> ]]> \"'",
    "\x07\x0b bell and feed",
    "长" * 1999 + "。",
]


@pytest.mark.parametrize("text", HOSTILE, ids=["marks", "xml", "control", "long"])
def test_texts_of_the_record_come_out_as_they_are(city: City, text):
    """Of a row that was written past every form, as an import of old might have been."""
    report = published(a_report(city.bridge, "2020-05-20", {"built": 41}, problem="P"), on="2020-05-21")
    facts = plan_facts(city.plan, day(DAY), timezone.now())
    report.problem, report.delay = text, "LAND"
    facts = replace(facts, words={city.bridge.pk: report})
    told = "\n".join(words_of(docx_of(review_of(facts, day(DAY)), CHECK_HERE)))
    shown = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", text)
    assert shown.strip() in told


REACHING = ["sections.__class__.__mro__", "qr.tpl.save('/tmp/x')", "qr._image.tpl", "1 / 0", "range(10 ** 9) | list"]


@pytest.mark.parametrize("asked", REACHING)
def test_a_template_reaches_nothing_but_the_paper(city: City, tmp_path, settings, asked):
    """The sandbox of jinja2: a template that looks for Python finds none, and what fails in it is told."""
    document = Document(SHIPPED / "bulletin.docx")
    document.add_paragraph(f"{{{{ {asked} }}}}")
    document.save(tmp_path / "bulletin.docx")
    settings.PAPERS_DIR = str(tmp_path)
    client = signed_in(city.reviewer)
    page = client.get(pages("paper-file", kind="bulletin", plan=2020, as_of=DAY), follow=True)
    assert "bulletin.docx 用不了" in page.content.decode()


@pytest.mark.parametrize("content", [b"", b"PK no archive", b"{{ no }}"])
@pytest.mark.parametrize(("name", "kind"), [("bulletin.docx", "bulletin"), ("upward.xlsx", "upward")])
def test_a_broken_template_gets_a_sentence(city: City, tmp_path, settings, content, name, kind):
    (tmp_path / name).write_bytes(content)
    settings.PAPERS_DIR = str(tmp_path)
    page = signed_in(city.reviewer).get(pages("paper-file", kind=kind, plan=2020, as_of=DAY), follow=True)
    assert f"模板 {name}" in page.content.decode()


def test_a_template_of_the_operator_is_taken(city: City, tmp_path, settings):
    document = Document()
    document.add_paragraph("Own: {{ title }}")
    document.save(tmp_path / "bulletin.docx")
    settings.PAPERS_DIR = str(tmp_path)
    answer = signed_in(city.reviewer).get(pages("paper-file", kind="bulletin", plan=2020, as_of=DAY))
    assert "Own: 关于Plan2020进展情况的通报" in words_of(answer.content)


def test_an_upper_level_sheet_is_filled_where_its_heads_name_our_fields(city: City, tmp_path, settings):
    book = Workbook()
    book.active.append(["A form of the province"])
    book.active.append(["事项", "Theirs", "牵头单位", "总投资（万元）"])
    book.save(tmp_path / "upward.xlsx")
    settings.PAPERS_DIR = str(tmp_path)
    answer = signed_in(city.reviewer).get(pages("paper-file", kind="upward", plan=2020, as_of=DAY))
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[1:] == [
        ("事项", "Theirs", "牵头单位", "总投资（万元）"),
        ("The bridge", None, "Works office", 4800),
        ("The pool", None, "Parks office", "未公布"),
    ]


def test_the_example_of_an_upper_level_sheet_is_filled_below_its_own_heads(city: City):
    """Some of its heads are called as our fields are: what stands in braces goes before them."""
    rows = list(load_workbook(BytesIO(upward_xlsx(plan_facts(city.plan, day(DAY), timezone.now())))).active.values)
    assert rows[0][:4] == ("序号", "项目名称", "主要建设内容及年度目标", "责任单位")
    assert [row[1:2] + row[3:4] for row in rows[1:]] == [("The bridge", "Works office"), ("The pool", "Parks office")]
    assert "{" not in str(rows)


# The illustrative year: every figure is the API's


ON, MONTH_BEFORE = "2020-09-30", "2020-08-31"
# The words of the one audience for those of the other. docs/words.md: Verdicts.
OFFICIAL = {
    "办成": "已完成",
    "开工了": "已开工",
    "比计划快": "超序时",
    "按计划": "按序时",
    "落后": "滞后",
    "严重落后": "严重滞后",
    "还没开工": "未开工",
    "部门没有报过": "未填报",
    "暂无公开数据": "未填报",
}
COLUMN = {"已开工": "已完成", "未开工": "按序时"}
COLUMNS = ("已完成", "超序时", "按序时", "滞后", "严重滞后", "逾期", "未填报", "已取消")


def api_of(client, address: str) -> dict:
    return json.loads(client.get(f"/api/v1/{address}").content)


@dataclass(frozen=True)
class Said:
    """The bulletin as a Word file, and what the API says of the same day."""

    text: str
    rows: list[dict[str, str]]
    plan: dict
    projects: dict[str, dict]

    def leads_of(self, one: dict) -> list[str]:
        slugs = self.projects[one["project"]]["leads"]
        return list(Department.objects.filter(slug__in=slugs).values_list("name", flat=True)) or ["未公布"]


@pytest.fixture
def said(client, illustrative_2020) -> Said:
    content = docx_of(paper_at(illustrative_2020, ON), CHECK_HERE)
    head, *rows = [[cell.text for cell in row.cells] for row in Document(BytesIO(content)).tables[0].rows]
    plan = api_of(client, f"plans/2020?as_of={ON}")
    slugs = {one["project"] for one in plan["commitments"]}
    projects = {slug: api_of(client, f"projects/{slug}?as_of={ON}") for slug in slugs}
    return Said("\n".join(words_of(content)), [dict(zip(head, row, strict=True)) for row in rows], plan, projects)


def column_of(one: dict) -> str:
    word = OFFICIAL[one["verdict"]["word"]]
    return COLUMN.get(word, word)


def test_each_department_has_the_apis_counts(said: Said):
    """docs/rules.md: tally, verdict."""
    for row in said.rows[:-1]:
        own = [one for one in said.plan["commitments"] if row["牵头单位"] in said.leads_of(one)]
        expected = {"件数": len(own)} | {column: sum(column_of(one) == column for one in own) for column in COLUMNS}
        assert {column: int(row[column]) for column in expected} == expected, row["牵头单位"]
        early = sum(one["light"] == "DONE" and one["kept_on"] < last_due_day(one) for one in own)
        assert int(row["其中提前"]) == early
    every = said.plan["commitments"]
    assert int(said.rows[-1]["件数"]) == len(every)
    assert [int(said.rows[-1][column]) for column in COLUMNS] == [
        sum(column_of(one) == column for one in every) for column in COLUMNS
    ]


def last_due_day(one: dict) -> str:
    return max(target["due_on"] for target in one["targets"] if not target["dropped"])


def test_each_department_has_the_change_since_the_apis_month_before(said: Said, client):
    before = api_of(client, f"plans/2020?as_of={MONTH_BEFORE}")["commitments"]
    wanting = {"滞后", "严重滞后", "逾期", "未填报"}
    n_before, n_now = (sum(column_of(one) in wanting for one in found) for found in (before, said.plan["commitments"]))
    assert said.rows[-1]["与上月比"] == f"增{n_now - n_before}"


def test_the_series_are_counted_as_the_api_counts_them(said: Said):
    for series in said.plan["series"]:
        (line,) = re.findall(rf"^{SHORT[series['code']]}：(.+)。$", said.text, re.MULTILINE)[:1]
        own = [one for one in said.plan["commitments"] if one["series"] == series["code"]]
        words = Counter(OFFICIAL[one["verdict"]["word"]] for one in own)
        assert dict(re.findall(r"(\D+?)(\d+)[件个]，?", line)) == {word: str(n) for word, n in words.items()}


SHORT = {"livelihood": "十件实事", "zone": "开发区重点项目", "added": "追加实事"}


def test_what_is_behind_is_behind_by_the_apis_figures(said: Said):
    """docs/rules.md: percent, lag."""
    titles = {one["title"]: slug for slug, one in said.projects.items()}
    pattern = r"第(\d+)[件个]：(.+?)（牵头单位.+?序时进度(\d+)%，当前进度(\d+)%，滞后(\d+)个百分点"
    found = re.findall(pattern, said.text)
    assert len(found) == sum(column_of(one) in ("滞后", "严重滞后", "逾期") for one in said.plan["commitments"]) > 0
    for number, title, *figures in found:
        (one,) = [one for one in said.plan["commitments"] if one["project"] == titles[title]]
        shares = [int(Decimal(str(one[name])) * 100) for name in ("planned", "actual", "lag")]
        assert (int(number), [int(figure) for figure in figures]) == (one["number"], shares)


def test_the_money_is_the_apis(said: Said):
    """docs/rules.md: money."""
    own = [said.projects[one["project"]] for one in said.plan["commitments"] if one["series"] == "livelihood"]
    invested, spent = said.plan["investment"], [one["spent"] for one in own if one["spent"] is not None]
    assert (
        f"总投资{money_text(Decimal(invested['amount']))}（{len(own)}件中{invested['known']}件已公布）；"
        f"累计完成投资{money_text(Decimal(sum(spent)))}（{len(own)}件中{len(spent)}件已填报）。"
    ) in said.text


def test_no_number_is_anywhere_that_the_api_does_not_know(said: Said, illustrative_2020):
    """Days, shares and amounts; whole numbers below a hundred are counts, which have tests of their own."""
    known = json.dumps([said.plan, said.projects], ensure_ascii=False)
    days = {part.lstrip("0") for found in re.findall(r"(\d{4})-(\d\d)-(\d\d)", known) for part in found}
    facts = plan_facts(illustrative_2020, day(ON), timezone.now())
    due = [one for subject in facts.subjects if subject.lead_slugs for one in due_periods(subject)]
    counted = {"100", str(len(due)), str(sum(one.is_on_time for one in due))}  # 100: a rate
    amounts = set(re.findall(r"\d+(?:\.\d+)?(?=亿元|万元)", said.text))  # which have a test of their own
    told = set(re.findall(r"\d+(?:\.\d+)?", said.text.replace(facts.snapshot.entry.voucher, "")))
    assert {number for number in told - days - counted - amounts if "." in number or len(number) > 2} == set()


HEAD = """
序号 事项 年度目标 牵头领导（职务） 牵头单位 配合单位 完成时限 当前进度 序时 总投资（万元） 完成投资（万元） 投资完成率 存在问题 下一步措施
"""


def test_the_register_has_the_apis_figures(said: Said, client, illustrative_2020):
    """docs/rules.md: api-rounding, arithmetic."""
    facts = plan_facts(illustrative_2020, day(ON), timezone.now())
    content, _type = file_of(paper_of(PaperKind.REGISTER, facts, day(ON), None), facts, CHECK_HERE)
    sheet = load_workbook(BytesIO(content)).active
    head, *rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert list(head) == HEAD.split()
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    for number, (row, one) in enumerate(zip(rows, said.plan["commitments"], strict=False), 1):
        cells, project = dict(zip(head, row, strict=True)), said.projects[one["project"]]
        assert (cells["序号"], cells["事项"]) == (number, project["title"])
        for name, share in (
            ("当前进度", one["actual"]),
            ("序时", one["planned"]),
            ("投资完成率", project["execution"]),
        ):
            shown = cells[name] if isinstance(cells[name], int | float) else None
            assert shown == (None if share is None else pytest.approx(share, abs=0.00011)), (number, name)
        for name, amount in (("总投资（万元）", project["investment"]), ("完成投资（万元）", project["spent"])):
            assert (cells[name] == amount / 10_000) if amount is not None else isinstance(cells[name], str)


def test_votes_of_deputies_stand_in_the_report_of_the_year(city: City):
    """Whatever was voted on has its votes in place of the boxes; of the rest nothing is published."""
    commitment = city.bridge.commitments.get()
    published(a_vote(commitment, "2020-05-10", satisfied=30, fairly=5, dissatisfied=1, present=40), on="2020-05-11")
    text = paper_at(city.plan, DAY, PaperKind.REVIEW).text
    assert "2020年5月10日，人大代表测评：到会40人，满意30票，基本满意5票，不满意1票。" in text
    assert text.count("测评结果：未公布。\n□满意　　□基本满意　　□不满意") == 1
    assert text.count("\t□\t□\t□") == 1


# Plans of every kind


def test_a_plan_without_data_accuses_nobody(city: City):
    text = paper_at(city.plan, "2020-03-06").text
    assert "另有2项承诺事项未到首次填报时限。" in text
    assert "从未填报" not in text


def test_what_is_past_its_day_is_named_though_no_report_was_due(city: City):
    """docs/rules.md: supervision."""
    gate = a_project("gate", milestones=["hung"], title="The gate", lead=city.works)
    well = a_project("well", milestones=["dug"], title="The well", short_title="Well")
    until = {"due_on": day("2020-05-20")}
    plan = a_plan(gate, well, year=2021, starts_on="2020-05-01", targets={"hung": until, "dug": until})
    published(plan, on="2020-05-08")
    assert "另有2项承诺事项未到首次填报时限。" in paper_at(plan, "2020-05-20").text
    text = paper_at(plan, "2020-05-21").text
    assert "1\tThe gate\tWorks office\t—\t—\t到期未填报" in text
    assert "牵头单位未公布、没有公开数据的1项：Well。" in text
    assert "未到首次填报时限" not in text
    assert "没有逾期未填报的" not in text


def test_an_empty_plan_and_one_of_tasks_alone_have_papers():
    plan = a_plan()
    published(plan)
    every = [paper_at(plan, DAY, kind) for kind in (PaperKind.BULLETIN, PaperKind.REGISTER, PaperKind.REVIEW)]
    assert all("没有列入承诺事项" in paper.text for paper in every)
    assert "任务、举措1项：未填报1项。" in every[0].text
    assert docx_of(every[0], CHECK_HERE)
    assert upward_xlsx(plan_facts(plan, day(DAY), timezone.now()))


def test_a_hundred_and_thirty_promises_are_told_within_bounds():
    works = published(a_department())
    projects = [a_project(f"project-{n}", milestones=["built"], lead=works) for n in range(130)]
    plan = a_plan(*projects)
    published(plan)
    paper = paper_at(plan, "2021-01-31")
    blocks = [block for section in paper.sections for block in section.blocks]
    assert sum(block.kind == "item" for block in blocks) <= 3 * MOST_TOLD
    assert max(len(block.table.rows) for block in blocks if block.table) <= 300
    assert docx_of(paper, CHECK_HERE)


# Of the page of a bulletin, of its file, and of the page of all papers, each asked for the first time.
QUERIES = (110, 107, 109)


@pytest.mark.parametrize("n", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(n):
    works = published(a_department())
    rows = [a_project(f"project-{k}", milestones=["built"], lead=works) for k in range(n)]
    plan = a_plan(*rows)
    for k in range(n):
        a_measure(plan.groups.get().tasks.get(), number=k + 2, leads=["works-office"])
        an_indicator(plan, f"indicator-{k}", leads=["works-office"])
    published(plan)
    for row in rows:
        published(a_report(row, "2020-03-31", {"built": 5}), on="2020-04-05")
    client, asked = signed_in(a_reviewer()), {"plan": 2020, "as_of": DAY}
    found = []
    for address in (pages("paper", **asked), pages("paper-file", **asked), pages("papers", **asked)):
        lru_cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        found.append(len(queries))
    assert tuple(found) == QUERIES


@pytest.mark.parametrize(
    ("on", "before"),
    [
        ("2020-09-30", "2020-08-31"),
        ("2020-10-10", "2020-09-10"),
        ("2020-03-30", "2020-02-29"),
        ("2021-01-31", "2020-12-31"),
    ],
)
def test_a_month_before(on, before):
    assert month_before(day(on)) == day(before)


def test_the_templates_that_ship_are_what_their_layout_makes():
    for name in ("bulletin", "review", "reminder"):
        stored = BytesIO()
        document_of(name).save(stored)
        made, shipped = ZipFile(stored), ZipFile(SHIPPED / f"{name}.docx")
        for part in ("word/document.xml", "word/styles.xml", "word/fontTable.xml", "word/footer1.xml"):
            assert made.read(part) == shipped.read(part), (name, part)
