"""Papers: who may have which, what they say, and that it is what the API says of the day."""

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from html import unescape
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from docx.oxml.ns import qn
from openpyxl import Workbook, load_workbook

from accounts.models import SiteSettings
from common import lru_cache
from desk.agenda import due_periods
from desk.papers.bulletin import MOST_TOLD
from desk.papers.facts import month_before, plan_facts
from desk.papers.fields import ABOUT_PAPER, ALSO, FIELDS, NUMBER
from desk.papers.filling import SHIPPED, docx_of
from desk.papers.making import file_of, issue, paper_of
from desk.papers.reminder import reminded_departments, reminder_of
from desk.papers.review import review_of
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
    an_indicator_reading,
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


def press_issue(client, **query: object) -> str:
    """What the page answers that follows: the paper is looked at, then issued."""
    seen = client.get(pages("paper", **query)).context["paper"].digest
    return client.post(pages("paper-issue", **query), {"seen": seen}, follow=True).content.decode()


def test_the_page_says_what_is_issued_and_that_it_can_not_be_taken_back(city: City):
    client, asked = signed_in(city.reviewer), {"kind": "bulletin", "plan": 2020, "as_of": DAY}
    told = "".join(client.get(pages("paper", **asked)).content.decode().partition("<form")[2].partition("</form>")[0])
    entry = chain.head_on(day(DAY))
    for piece in ("收不回来", "关于Plan2020进展情况的通报", "2020 年 5 月 31 日", "第 1 份通报", f"第 {entry.seq} 条"):
        assert piece in told, piece
    with time_machine.travel("2020-06-12T09:30+08:00", tick=False):
        press_issue(client, **asked)
    again = client.get(pages("paper", **asked)).content.decode()
    assert "第 2 份通报" in again
    assert f"?issued={IssuedPaper.objects.get().pk}" in again


@pytest.mark.parametrize("seen", [None, "", "0" * 64])
def test_only_what_was_looked_at_is_issued(city: City, seen):
    client = signed_in(city.reviewer)
    address = pages("paper-issue", kind="bulletin", plan=2020, as_of=DAY)
    page = client.post(address, {} if seen is None else {"seen": seen}, follow=True).content.decode()
    assert "看过再印发" in page
    assert not IssuedPaper.objects.exists()


def test_a_paper_that_changed_since_is_looked_at_again(city: City):
    """Here the office that signs it got its name meanwhile."""
    client, asked = signed_in(city.reviewer), {"kind": "bulletin", "plan": 2020, "as_of": DAY}
    seen = client.get(pages("paper", **asked)).context["paper"].digest
    SiteSettings.objects.create(site_organizer="Office of the city")
    page = client.post(pages("paper-issue", **asked), {"seen": seen}, follow=True).content.decode()
    assert "看过再印发" in page
    assert not IssuedPaper.objects.exists()
    press_issue(client, **asked)
    assert IssuedPaper.objects.get().issuer == "Office of the city"


def test_a_paper_is_signed_by_the_site_until_its_organizer_is_known(city: City):
    reviewer, administrator = signed_in(city.reviewer), signed_in(city.administrator)
    asked = {"kind": "bulletin", "plan": 2020, "as_of": DAY}
    page = reviewer.get(pages("paper", **asked))
    assert page.context["paper"].issuer == "年度承诺公开"
    assert "请管理员在“网站信息”里填" in page.content.decode()
    settings_page = reverse("admin:huozhou_portal_sitesettings_changelist")
    assert settings_page in administrator.get(pages("paper", **asked)).content.decode()
    press_issue(reviewer, **asked)
    SiteSettings.objects.create(site_organizer="Office of the city")
    draft, issued = reviewer.get(pages("paper", **asked)), reviewer.get(pages("paper", issued=1))
    assert (draft.context["paper"].issuer, issued.context["paper"].issuer) == ("Office of the city", "年度承诺公开")
    assert "还没有填主办单位" not in draft.content.decode() + issued.content.decode()


def test_one_press_issues_and_the_same_once(city: City):
    client = signed_in(city.reviewer)
    for _press in range(2):
        page = press_issue(client, kind="bulletin", plan=2020, as_of=DAY)
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


def test_a_draft_says_what_was_issued_of_its_day(city: City):
    client, asked = signed_in(city.reviewer), {"kind": "bulletin", "plan": 2020, "as_of": DAY}
    assert "还没有印发，印发日期写的是今天。" in client.get(pages("paper", **asked)).content.decode()
    with time_machine.travel("2020-06-12T09:30+08:00", tick=False):
        press_issue(client, **asked)
        (row,) = IssuedPaper.objects.all()
        same = client.get(pages("paper", **asked)).content.decode()
    assert "这一份 2020-06-12 09:30 由reviewer印发过了。" in same
    assert "还没有印发" not in same
    assert "paper/issue" not in same
    with time_machine.travel("2020-06-13T09:30+08:00", tick=False):
        later = client.get(pages("paper", **asked)).content.decode()
    assert "数据到这一天的，2020-06-12 09:30 由reviewer印发过一份（" in later
    assert f'?issued={row.pk}">看那一份</a>' in later
    assert "下面这一份还没有印发，印发日期写的是今天。" in later
    assert "paper/issue" in later


@pytest.mark.parametrize(
    ("kind", "side"), [(PaperKind.BULLETIN, "CENTER"), (PaperKind.REMINDER, "RIGHT"), (PaperKind.REVIEW, "")]
)
def test_what_is_sent_out_has_a_line_for_its_number(city: City, kind, side):
    """GB/T 9704: above the title in the middle, of a letter at the right edge, the year in hexagonal brackets."""
    facts = plan_facts(city.plan, day(DAY), timezone.now())
    addressed = facts.departments["works-office"] if kind is PaperKind.REMINDER else None
    document = Document(BytesIO(docx_of(paper_of(kind, facts, day(DAY), addressed), CHECK_HERE)))
    first, second = document.paragraphs[:2]
    page = signed_in(city.reviewer).get(pages("paper", kind=kind.lower(), plan=2020, as_of=DAY)).content.decode()
    assert ("〕　　　号</p>" in page) == bool(side)
    if not side:
        assert first.style.name == "PaperTitle"
        return
    assert (first.text, first.style.name, second.style.name) == (
        "　　　　〔2020〕　　　号",
        "PaperNumber",
        "PaperTitle",
    )
    assert (first.style.paragraph_format.alignment.name, first.style.font.size.pt) == (side, 16)


def test_a_day_that_is_not_over_is_read_and_not_issued(city: City):
    """What is published later that day would change what was issued."""
    client, today = signed_in(city.reviewer), timezone.localdate()
    paper = pages("paper", kind="bulletin", plan=2020, as_of=today)
    assert "印发</button>" not in client.get(paper).content.decode()
    page = press_issue(client, kind="bulletin", plan=2020, as_of=today)
    assert "今天还没有过完" in page
    assert not IssuedPaper.objects.exists()


def test_an_issued_paper_says_the_same_ever_after(city: City):
    client = signed_in(city.reviewer)
    press_issue(client, kind="bulletin")
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


def test_what_signs_a_paper_goes_with_the_last_of_its_text(city: City):
    """So that no page holds signature, day and foot alone."""
    for kind in (PaperKind.BULLETIN, PaperKind.REVIEW):
        document = Document(BytesIO(docx_of(paper_at(city.plan, DAY, kind), CHECK_HERE)))
        body = [one for one in document.element.body if one.tag in (qn("w:p"), qn("w:tbl"))]
        signed = next(number for number, one in enumerate(body) if one.tag == qn("w:p") and one.style == "PaperSigned")
        last = [*body[signed - 1].iter(qn("w:p"))][-1]
        assert last.pPr.find(qn("w:keepNext")) is not None, kind
        assert document.styles["PaperSigned"].paragraph_format.keep_with_next
        assert body[-1].tag == qn("w:p"), "a file that ends with a table gets a line from the program that opens it"


def test_the_boxes_of_a_ballot_go_with_the_line_that_they_answer(city: City):
    document = Document(BytesIO(docx_of(paper_at(city.plan, DAY, PaperKind.REVIEW), CHECK_HERE)))
    asked = [before for before, after in pairwise(document.paragraphs) if after.text.startswith("□")]
    assert [one.paragraph_format.keep_with_next for one in asked] == [True, True]


def test_a_reminder_of_a_department_that_keeps_up_asks_for_nothing(city: City):
    published(a_report(city.bridge, "2020-06-30", {"built": 41}, by=city.official), on="2020-07-01")
    facts = plan_facts(city.plan, day("2020-07-02"), timezone.now())
    text = reminder_of(facts, facts.departments["works-office"], day("2020-07-02")).text
    assert text.startswith("关于Plan2020进展情况的函\n")
    assert "贵单位牵头Plan2020的事项1项，均已按时填报，没有滞后的。" in text


def test_a_reminder_counts_once_what_is_all_of_it():
    leads = [published(a_department(slug, name=name)) for slug, name in (("alpha", "Zeal"), ("beta", "Yard"))]
    projects = [a_project(f"project-{n}", milestones=["built"], lead=leads[n == 0]) for n in range(4)]
    plan = a_plan(*projects)
    published(plan)
    facts = plan_facts(plan, day("2020-04-12"), timezone.now())
    asked = reminded_departments(facts)
    assert [one.name for one in asked] == ["Zeal", "Yard"]
    several, alone = (reminder_of(facts, one, day("2020-04-12")).text for one in asked)
    assert "贵单位牵头Plan2020的事项3项，均从未填报。" in several
    assert "贵单位牵头Plan2020的事项1项，从未填报。" in alone
    assert "没有账号的书面报督查室录入" in alone
    published(a_report(projects[1], "2020-04-11", {"built": 30}), on="2020-04-12")
    mixed = reminder_of(plan_facts(plan, day("2020-04-12"), timezone.now()), asked[0], day("2020-04-12")).text
    assert "贵单位牵头Plan2020的事项3项，其中2项从未填报。" in mixed


def test_a_reminder_says_what_applies(illustrative_2020):
    """Where nothing is unreported it doesn't ask to report, where nothing is behind not to hurry; it counts no zero."""
    heads = set()
    for on in ("2020-06-30", "2020-09-30", "2020-12-31", "2021-01-31"):
        facts = plan_facts(illustrative_2020, day(on), timezone.now())
        for department in reminded_departments(facts):
            head, _, text = reminder_of(facts, department, day(on)).text.partition("\n")
            assert not re.search(r"(?<!\d)0项", text), (on, department.slug)
            asked, behind = "需要填报的事项\n" in text, re.search(r"、((?:滞后|逾期|未完成)\S*)的事项\n", text)
            assert ("按时填报" in head, "请尽快填报" in text) == (asked, asked), (on, head)
            assert ("加快推进" in head, "请抓紧推进" in text) == (bool(behind), bool(behind)), (on, head)
            assert behind is None or f"{behind[1]}事项的提醒函" in head
            heads.add((asked, bool(behind)))
    assert heads == {(True, True), (True, False), (False, True)}


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


def upward_rows(city: City) -> list[tuple]:
    facts = plan_facts(city.plan, day(DAY), timezone.now())
    content, _type = file_of(paper_of(PaperKind.UPWARD, facts, day(DAY), None), facts, CHECK_HERE)
    return list(load_workbook(BytesIO(content)).active.values)


def test_an_upper_level_sheet_is_filled_where_its_heads_name_our_fields(city: City, tmp_path, settings):
    book = Workbook()
    book.active.append(["A form of the province"])
    book.active.append(["事项", "Theirs", "牵头单位", "总投资（万元）"])
    book.save(tmp_path / "upward.xlsx")
    settings.PAPERS_DIR = str(tmp_path)
    assert upward_rows(city)[1:] == [
        ("事项", "Theirs", "牵头单位", "总投资（万元）"),
        ("The bridge", None, "Works office", 4800),
        ("The pool", None, "Parks office", "未公布"),
    ]


def test_the_sheet_for_an_upper_level_that_ships_is_none_of_ours(city: City):
    """Its columns are those of a province, its foot stands below the last promise."""
    rows = upward_rows(city)
    assert rows[0][0] == "Plan2020重点任务督查落实情况表"
    assert rows[1][0].startswith("填报单位：年度承诺公开")
    assert [row[2:3] + row[5:6] for row in rows[4:6]] == [("The bridge", "Works office"), ("The pool", "Parks office")]
    assert [row[0] for row in rows[4:6]] == [1, 2]
    assert rows[7][0].startswith("填表人：")
    assert "{" not in str(rows)
    assert paper_at(city.plan, DAY, PaperKind.UPWARD).text != paper_at(city.plan, DAY, PaperKind.REGISTER).text
    page = signed_in(city.reviewer).get(pages("paper", kind="upward", plan=2020, as_of=DAY)).content.decode()
    assert 'scope="col">进度评价</th>' in page


def test_a_sheet_of_the_operator_mixes_says_once_and_reckons(city: City, tmp_path, settings):
    """Full-width braces and half-width brackets are taken, formulas and what stands below go down with the rows."""
    book = Workbook()
    sheet = book.active
    for line in (
        ["{计划}（{填报单位}）"],
        ["No", "What", "Who", "Money", "Half"],
        ["{序号}", "｛事项｝：{状态}", "{牵头单位}", "{总投资(万元)}", "=D3/2"],
        ["signed"],
    ):
        sheet.append(line)
    sheet.merge_cells("A4:C4")
    book.save(tmp_path / "upward.xlsx")
    settings.PAPERS_DIR = str(tmp_path)
    rows = upward_rows(city)
    assert rows[0][0] == "Plan2020（年度承诺公开）"
    assert rows[2:] == [
        (1, "The bridge：按序时", "Works office", 4800, "=D3/2"),
        (2, "The pool：未填报", "Parks office", "未公布", "=D4/2"),
        ("signed", None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"B2": "{总投資}", "C2": "{事项}"}, "B2 写着“{总投資}”，没有这个栏目"),
        ({"B2": "{事项}", "C2": "{}"}, "C2 写着“{}”，没有这个栏目"),
        (
            {"B2": "{事项}", "C9": "{牵头单位}"},
            "C9 写着逐项的栏目“{牵头单位}”，逐项的只能写在同一行（工作表“Sheet”第 2 行）",
        ),
        ({"A1": "{计划}"}, "没有哪一行写着栏目的名称"),
        ({"B2:B3": "{事项}"}, "B2:B3 合并了几行"),
    ],
)
def test_what_is_wrong_in_a_sheet_of_the_operator_is_said_at_its_cell(city: City, tmp_path, settings, cells, told):
    book = Workbook()
    for place, text in cells.items():
        book.active[place.partition(":")[0]] = text
        if ":" in place:
            book.active.merge_cells(place)
    book.save(tmp_path / "upward.xlsx")
    settings.PAPERS_DIR = str(tmp_path)
    client, asked = signed_in(city.reviewer), {"kind": "upward", "plan": 2020, "as_of": DAY}
    for name in ("paper", "paper-file"):
        page = client.get(pages(name, **asked), follow=True)
        assert told in unescape(page.content.decode())
    page = client.post(pages("paper-issue", **asked), {"seen": "x"}, follow=True)
    assert told in unescape(page.content.decode())


def test_the_manual_lists_every_field():
    manual = (django_settings.BASE_DIR / "docs" / "运维手册.md").read_text(encoding="utf-8")
    assert [name for name in (NUMBER, *FIELDS, *ALSO, *ABOUT_PAPER) if f"`{{{name}}}`" not in manual] == []
    listed = set(re.findall(r"`\{([^}`]+)\}`", manual))
    assert listed == {NUMBER, *FIELDS, *ALSO, *ABOUT_PAPER}


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


def test_every_rate_is_that_of_its_departments_periods(said: Said, illustrative_2020):
    """docs/rules.md: punctuality, paper-figures."""
    facts = plan_facts(illustrative_2020, day(ON), timezone.now())
    for row in said.rows:
        slugs = {slug for slug, name in facts.names.items() if row["牵头单位"] in (name, "合计")}
        due = [due for one in facts.subjects if slugs & set(one.lead_slugs) for due in due_periods(one)]
        share = 1000 * sum(one.is_on_time for one in due) // len(due) if due else None
        assert row["按时率"] == ("—" if share is None else f"{share / 10:g}%")


def test_the_series_are_counted_as_the_api_counts_them(said: Said):
    for series in said.plan["series"]:
        (line,) = re.findall(rf"^{SHORT[series['code']]}：(.+)。$", said.text, re.MULTILINE)[:1]
        own = [one for one in said.plan["commitments"] if one["series"] == series["code"]]
        words = Counter(OFFICIAL[one["verdict"]["word"]] for one in own)
        assert dict(re.findall(r"(\D+?)(\d+)[件个]，?", line)) == {word: str(n) for word, n in words.items()}


PACE = r"序时进度([\d.]+)%，当前进度([\d.]+)%(?:，(滞后|超前)([\d.]+)个百分点)?"
SHORT = {"livelihood": "十件实事", "zone": "开发区重点项目", "added": "追加实事"}


def test_what_is_behind_is_behind_by_the_apis_figures(said: Said):
    """docs/rules.md: percent, lag."""
    titles = {one["title"]: slug for slug, one in said.projects.items()}
    found = re.findall(rf"第(\d+)[件个]：(.+?)（牵头单位.+?{PACE}", said.text)
    assert len(found) == sum(column_of(one) in ("滞后", "严重滞后", "逾期") for one in said.plan["commitments"]) > 0
    for number, title, *figures in found:
        (one,) = [one for one in said.plan["commitments"] if one["project"] == titles[title]]
        assert int(number) == one["number"]
        assert_of_the_api(one, *figures)


def assert_of_the_api(one: dict, planned: str, actual: str, word: str = "", lag: str = "0") -> None:
    """docs/rules.md: paper-figures. Cut off at one decimal; the difference is that of the two as they are printed."""
    for printed, name in ((planned, "planned"), (actual, "actual")):
        shown = Decimal(str(one[name]))  # rounded to 4 decimals, so exactly less than half of the last below it
        assert Decimal(printed) in {tenths(shown), tenths(shown - Decimal("0.00005"))}, one
    signed = Decimal(lag or 0) * (-1 if word == "超前" else 1)
    assert Decimal(planned) - Decimal(actual) == signed, one
    assert abs(signed - Decimal(str(one["lag"])) * 100) < Decimal("0.11"), one  # 0.01 is the API's own rounding


def tenths(share: Decimal) -> Decimal:
    return (share * 100).quantize(Decimal("0.1"), ROUND_FLOOR)


@pytest.mark.parametrize("on", ["2020-06-30", "2020-10-31", "2020-12-31", "2021-01-31"])
def test_every_pace_that_papers_print_subtracts_and_is_the_apis(client, illustrative_2020, on):
    """In the bulletin and in the report of the year, each promise with its own figures."""
    every = api_of(client, f"plans/2020?as_of={on}")["commitments"]
    numbers = {(SHORT[one["series"]], one["number"]): one for one in every}
    n_found = 0
    for kind in (PaperKind.BULLETIN, PaperKind.REVIEW):
        text = paper_at(illustrative_2020, on, kind).text
        names = "|".join(SHORT.values())
        # What a promise is told with, up to the name of the next one.
        for series, number, told in re.findall(rf"(?s)({names})第(\d+)[件个]：(.*?)(?=(?:{names})第|\Z)", text):
            if found := re.search(PACE, told):
                assert_of_the_api(numbers[series, int(number)], *(part or "" for part in found.groups()))
                n_found += 1
    assert n_found > 5


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
    paces = {figure for found in re.finditer(PACE, said.text) for figure in found.groups()}  # tested on their own
    days = {part.lstrip("0") for found in re.findall(r"(\d{4})-(\d\d)-(\d\d)", known) for part in found}
    facts = plan_facts(illustrative_2020, day(ON), timezone.now())
    due = [one for subject in facts.subjects if subject.lead_slugs for one in due_periods(subject)]
    counted = {"100", str(len(due)), str(sum(one.is_on_time for one in due))}  # 100: a rate
    amounts = set(re.findall(r"\d+(?:\.\d+)?(?=亿元|万元)", said.text))  # which have a test of their own
    told = set(re.findall(r"\d+(?:\.\d+)?", said.text.replace(facts.snapshot.entry.voucher, "")))
    counted |= {rate for row in said.rows if (rate := row["按时率"].removesuffix("%")) != "—"}  # test_every_rate…
    told -= paces
    assert {number for number in told - days - counted - amounts if "." in number or len(number) > 2} == set()


HEAD = """
序号 事项 年度目标 牵头领导（职务） 牵头单位 配合单位 完成时限 序时进度 累计完成 完成率 总投资（万元） 年度投资（万元） 完成投资（万元）
总投资完成率 年度投资完成率 进展情况 存在问题 下一步措施 状态
"""


def test_the_register_has_the_apis_figures(said: Said, client, illustrative_2020):
    """docs/rules.md: api-rounding, arithmetic, money."""
    facts = plan_facts(illustrative_2020, day(ON), timezone.now())
    content, _type = file_of(paper_of(PaperKind.REGISTER, facts, day(ON), None), facts, CHECK_HERE)
    sheet = load_workbook(BytesIO(content)).active
    head, *rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert list(head) == HEAD.split()
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.page_setup.fitToHeight) == ("C4", "$3:$3", 0)
    n_annual = 0
    for number, (row, one) in enumerate(zip(rows, said.plan["commitments"], strict=False), 1):
        cells, project = dict(zip(head, row, strict=True)), said.projects[one["project"]]
        assert (cells["序号"], cells["事项"]) == (number, project["title"])
        assert cells["完成时限"].date().isoformat() == last_due_day(one)
        assert cells["状态"] == OFFICIAL[one["verdict"]["word"]]
        for name, share in (
            ("完成率", one["actual"]),
            ("序时进度", one["planned"]),
            ("总投资完成率", project["execution"]),
            ("年度投资完成率", one["annual_execution"]),
        ):
            shown = cells[name] if isinstance(cells[name], int | float) else None
            assert shown == (None if share is None else pytest.approx(share, abs=0.00011)), (number, name)
            assert shown is not None or cells[name] in ("未公布", "未填报"), (number, name)
        for name, amount in (
            ("总投资（万元）", project["investment"]),
            ("年度投资（万元）", one["annual_investment"]),
            ("完成投资（万元）", project["spent"]),
        ):
            assert (cells[name] == amount / 10_000) if amount is not None else isinstance(cells[name], str)
        n_annual += one["annual_execution"] is not None
        for target in one["targets"]:
            shown = f"{target['value']:g}" if target["value"] not in (None, 0, 1) else ""
            assert shown in cells["累计完成"], (number, target)
    assert n_annual > 0


def test_the_report_of_the_year_names_what_was_dropped_of_several(illustrative_2020):
    """Of a promise of four roads, one of which was dropped, nobody may read that it was dropped itself."""
    text = paper_at(illustrative_2020, "2021-01-31", PaperKind.REVIEW).text
    assert "调整情况：南环路南延：取消（放宽）。" in text
    assert "调整情况：取消（放宽）。" in text, "of a promise with one target nothing needs a name"


def test_a_promise_put_off_beyond_the_year_says_until_when(illustrative_2020):
    """By its new day it may be ahead, which reads wrongly beside 未完成."""
    for kind in (PaperKind.BULLETIN, PaperKind.REVIEW):
        text = paper_at(illustrative_2020, "2021-01-31", kind).text
        assert re.search(r"未完成\S*：序时进度\S+超前\S+个百分点（\S+?），完成时限已调整到2021年6月30日。", text), kind


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


def test_what_the_list_names_is_not_counted_as_not_due_yet(city: City):
    """docs/rules.md: update-due. The first period's grace was over before as many days as a report may take."""
    text = paper_at(city.plan, "2020-04-12").text
    assert text.count("\t从未填报\n") == 2
    assert "未到首次填报时限" not in text


def test_an_indicator_that_was_reported_for_another_day_is_not_called_unreported():
    """docs/rules.md: supervision."""
    published(a_department())
    plan = a_plan()
    share = an_indicator(plan, title="Green share", due_on=day("2020-06-30"), leads=["works-office"])
    published(plan)
    assert "Green share\tworks-office\t—\t2020年4月10日\t从未填报" in paper_at(plan, "2020-11-30").text
    published(an_indicator_reading(share, "2020-11-30", 35), on="2020-11-30")
    text = paper_at(plan, "2020-12-01").text
    assert "Green share\t" not in text
    assert "指标1项：无数据1项。" in text


def test_the_table_says_what_it_counts_as_done(city: City):
    """The words of the first section are finer than the columns."""
    assert "逾期完成、调整后完成的和承诺开工、已经开工的计入已完成" in paper_at(city.plan, DAY).text


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
    facts = plan_facts(plan, day(DAY), timezone.now())
    assert file_of(paper_of(PaperKind.UPWARD, facts, day(DAY), None), facts, CHECK_HERE)


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
QUERIES = (111, 107, 109)


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
