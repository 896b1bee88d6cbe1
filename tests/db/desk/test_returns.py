"""The month's sheet goes out as a workbook and comes back: looked at, then written as drafts, never over somebody else's work."""

import zipfile
from io import BytesIO
from urllib.parse import quote

import openpyxl
import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditAction, AuditRecord
from desk.admin import returns
from desk.monthly import saving
from desk.returns.columns import HEAD_ROW
from desk.returns.saving import REFUSED
from ledger.chain import PublicationError
from projects.models import DelayReason, Report
from projects.publishing import publish, submit
from tasks.models import Reading, TaskReport
from tests.factories import a_measure, a_plan, a_project, a_reviewer, an_indicator, published
from tests.returned_month import HEADS, changed, column
from tests.small_city import a_draft, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

PAGE, SHEET = "/admin/projects/report/returns/", "/admin/projects/report/returns/sheet/"
DAY = "2020-05-31"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def in_june():
    with time_machine.travel("2020-06-05T04:00:00Z", tick=True):
        yield


def sheet(client: Client, day: str = DAY, **query) -> bytes:
    response = client.get(SHEET, {"day": day, **query})
    assert response.status_code == 200
    return response.content


def send(client: Client, *contents: bytes, day: str = DAY):
    files = [SimpleUploadedFile(f"{name}.xlsx", content) for name, content in zip("abcdefgh", contents, strict=False)]
    response = client.post(PAGE, {"day": day, "sheets": files})
    assert response.status_code == 302, response.context["form"].errors
    return response["Location"]


def look(client: Client, address: str):
    return client.get(address).context["run"]


def write(client: Client, address: str, **answers):
    return client.post(address, {"seen": look(client, address).seen, **answers})


def rows_of(content: bytes) -> dict[str, int]:
    """By the title the number of its first row."""
    page = openpyxl.load_workbook(BytesIO(content)).active
    cells = ((page.cell(number, 3).value, number) for number in range(HEAD_ROW + 1, page.max_row + 1))
    return {title: number for title, number in cells if title}


def fill(content: bytes, title: str, **cells) -> bytes:
    number = rows_of(content)[title]

    def change(page) -> None:
        for head, value in cells.items():
            page.cell(number, column(head)).value = value

    return changed(content, change)


def test_a_sheet_that_comes_back_as_it_went_out_changes_nothing(city):
    for person in (city.official, city.reviewer):
        client = signed_in(person)
        run = look(client, send(client, sheet(client)))
        assert (run.n_taken, run.n_asked, run.is_nothing, run.files[0].n_problems) == (0, 0, True, 0)
        assert run.files[0].rows
    a_draft(city.bridge, DAY, {"built": 45}, by=city.official, text="=Half", spent=12_345_678, delay="LAND")
    run = look(client, send(client, sheet(client)))
    assert (run.n_taken, run.n_asked, run.is_nothing) == (0, 0, True)


def test_a_department_has_its_own_rows_and_the_supervisors_all(city):
    own, whole = sheet(signed_in(city.official)), sheet(signed_in(city.reviewer))
    assert "The pool" not in rows_of(own)
    assert {"The bridge", "The pool"} <= rows_of(whole).keys()
    assert rows_of(sheet(signed_in(city.reviewer), department="parks-office")).keys() == {"The pool"}
    with zipfile.ZipFile(BytesIO(sheet(signed_in(city.reviewer), each="1"))) as archive:
        names = {f"年度承诺公开-{office}-2020年5月填报.xlsx" for office in ("Works-office", "Parks-office")}
        assert names <= set(archive.namelist())


def test_a_sheet_is_called_by_its_department_and_month(city):
    client = signed_in(city.reviewer)
    for query, name in (
        ({}, "年度承诺公开-全部部门-2020年5月填报.xlsx"),
        ({"department": "parks-office"}, "年度承诺公开-Parks-office-2020年5月填报.xlsx"),
        ({"each": "1"}, "年度承诺公开-每个部门一个文件-2020年5月填报.zip"),
    ):
        told = client.get(SHEET, {"day": DAY, **query})["Content-Disposition"]
        assert told.endswith(f"; filename*=UTF-8''{quote(name)}"), told
    own = signed_in(city.official).get(SHEET, {"day": DAY})["Content-Disposition"]
    assert own.endswith(f"; filename*=UTF-8''{quote('年度承诺公开-Works-office-2020年5月填报.xlsx')}"), own


def test_the_second_press_writes_drafts_of_the_uploader(city):
    client = signed_in(city.official)
    content = fill(
        sheet(client), "The bridge", 这一天累计="55%", 完成投资="1200", 进展="The piers stand.", 原因="征地拆迁"
    )
    address = send(client, content)
    assert not Report.objects.drafts().exists()
    response = write(client, address)
    assert response.context["n_written"] == 1
    report = Report.objects.drafts().get()
    assert (report.drafted_by, str(report.held_on), report.submitted_at) == (city.official, DAY, None)
    assert (report.text, report.spent, report.delay) == ("The piers stand.", 12_000_000, DelayReason.LAND)
    assert [(one.milestone, one.value) for one in report.readings.all()] == [(city.built, 55)]
    assert AuditRecord.objects.filter(kind=AuditAction.ADD, subject_key=f"projects.report:{report.pk}").exists()
    # once more is nothing more
    assert look(client, address).is_nothing
    assert write(client, address).context["n_written"] == 0


def test_who_uploaded_may_not_publish_it(city):
    client = signed_in(city.reviewer)
    write(client, send(client, fill(sheet(client), "The bridge", 这一天累计=55, 进展="The piers stand.")))
    report = Report.objects.drafts().get()
    submit(report, by=city.official)
    with pytest.raises(PublicationError, match="起草的人不能自己公布"):
        publish(report, by=city.reviewer)
    assert publish(report, by=a_reviewer("third"))


def test_another_departments_row_is_not_written(city):
    whole = sheet(signed_in(city.reviewer))
    client = signed_in(city.official)
    address = send(client, fill(whole, "The pool", 进展="Ours now"))
    (reading,) = look(client, address).files
    assert any("不是您的部门牵头的" in one.text for one in reading.unknown)
    write(client, address)
    assert not Report.objects.drafts().exists()


def test_a_changed_draft_is_a_conflict_and_stays_unless_somebody_chooses(city):
    client = signed_in(city.official)
    content = fill(sheet(client), "The bridge", 这一天累计=55, 进展="From the file")
    other = signed_in(city.official)
    write(other, send(other, fill(sheet(other), "The bridge", 这一天累计=50, 进展="On the page")))
    address = send(client, content)
    (row,) = look(client, address).files[0].touched
    assert {(one.current, one.typed) for one in row.conflicts} == {("50", "55"), ("On the page", "From the file")}
    assert all(one.by and one.at for one in row.conflicts)
    page = client.get(address).content.decode()
    assert "留着现在的（official、2020-06-05 12:0" in page, "by the clock of the city"
    assert '下载时：<span class="desk-value">（空）</span>' in page
    assert '改成表里的：<span class="desk-value">From the file</span>' in page
    write(client, address)
    assert Report.objects.drafts().get().text == "On the page"
    run = look(client, address)
    by_text = next(run.files[0].input_of(one) for one in row.conflicts if one.typed == "From the file")
    write(client, address, **{by_text: "typed"})
    report = Report.objects.drafts().get()
    assert (report.text, report.readings.get().value) == ("From the file", 50)


def test_what_changed_since_it_was_looked_at_is_shown_again_and_not_written(city):
    client = signed_in(city.official)
    address = send(client, fill(sheet(client), "The bridge", 这一天累计=55, 进展="From the file"))
    seen = look(client, address).seen
    report = a_draft(city.bridge, DAY, {"built": 50}, by=city.official, text="Between")
    response = client.post(address, {"seen": seen})
    assert "请看过，再写进草稿" in response.content.decode()
    report.refresh_from_db()
    assert report.text == "Between"


def test_no_change_files_the_last_values(city):
    client = signed_in(city.official)
    write(client, send(client, fill(sheet(client), "The bridge", 无变化="是")))
    report = Report.objects.drafts().get()
    assert (report.readings.get().value, report.spent) == (40, 9_000_000)
    assert "没有变化" in report.text


def test_tasks_and_indicators_come_back_too(city):
    client = signed_in(city.reviewer)
    titles = rows_of(sheet(client))
    published_titles = [title for title in titles if title not in ("The bridge", "The pool")]
    content = sheet(client)
    page = openpyxl.load_workbook(BytesIO(content)).active
    for title in published_titles:
        is_figure = page.cell(titles[title], HEADS["目标"]).value.startswith("指标值")
        content = fill(
            content,
            title,
            **({"这一天累计": 38.5, "进展": "Counted"} if is_figure else {"这一天累计": "推进中", "进展": "Under way"}),
        )
    response = write(client, send(client, content))
    assert [one.failed for one in response.context["results"]] == [[]]
    assert TaskReport.objects.drafts().count() + Reading.objects.drafts().count() == len(published_titles)


def test_what_the_form_refuses_is_said_before_the_press_at_its_cell_and_not_counted(city):
    """Whatever the form says of any row; the others go."""
    client = signed_in(city.reviewer)
    new = a_project("quay", title="The quay", milestones=["built"], lead=city.works)
    published(a_plan(new, year=2022, starts_on="2020-01-01", ends_on="2022-12-31"), on="2020-05-07")
    content = fill(sheet(client), "The bridge", 这一天累计=55)
    content = fill(content, "The quay", 无变化="是")
    content = fill(content, "The pool", 这一天累计=5, 进展="Water comes")
    numbers, address = rows_of(content), send(client, content)
    run = look(client, address)
    assert (run.n_rows, run.n_taken) == (1, 2)
    places = {(one.title, one.cell.rpartition("!")[2]): one.text for one in run.files[0].problem_messages}
    assert places == {
        ("The bridge", f"I{numbers['The bridge']}"): "进展：请填写。",
        ("The quay", f"M{numbers['The quay']}"): "无变化：还没有公布过数据，第一次要填报。",
    }
    response = write(client, address)
    (result,) = response.context["results"]
    assert (result.failed, [one.project for one in result.written]) == ([], [city.pool])
    assert "2 处没有写" in response.content.decode()


def test_what_the_form_refuses_until_something_is_answered_is_not_promised(city):
    client = signed_in(city.official)
    report = a_draft(city.bridge, DAY, {"built": 45}, by=city.official, text="Half")
    address = send(client, fill(sheet(client), "The bridge", 这一天累计=55, 进展="From the file"))
    Report.objects.filter(pk=report.pk).update(text="")
    run = look(client, address)
    (row,) = run.files[0].touched
    assert ([one.word for one in row.conflicts], [one.text for one in row.waits]) == (["进展"], ["进展：请填写。"])
    assert (run.n_rows, run.n_taken, run.is_nothing) == (0, 0, False)
    assert "没定以前写不进的 1 处" in client.get(address).content.decode()
    assert write(client, address, **{run.files[0].input_of(row.conflicts[0]): "typed"}).context["n_written"] == 1


def test_what_was_sent_for_review_or_published_is_closed(city):
    client = signed_in(city.official)
    content = sheet(client)
    report = a_draft(city.bridge, DAY, {"built": 50}, by=city.official)
    submit(report, by=city.official)
    (reading,) = look(client, send(client, fill(content, "The bridge", 进展="Late"))).files
    assert "已经送审" in reading.problem_messages[0].text
    report.refresh_from_db()
    publish(report, by=city.reviewer)
    (reading,) = look(client, send(client, fill(content, "The bridge", 进展="Later"))).files
    assert "已经公布" in reading.problem_messages[0].text


def named_files(client: Client, day: str = DAY, **contents: bytes):
    files = [SimpleUploadedFile(f"{name}.xlsx", content) for name, content in contents.items()]
    return client.post(PAGE, {"day": day, "sheets": files}, follow=True)


def test_a_departments_sheet_under_anothers_name_is_said_to_be_its_own_and_taken_once(city):
    client = signed_in(city.reviewer)
    works = fill(sheet(client, department="works-office"), "The bridge", 这一天累计=55, 进展="Works")
    again = changed(works, lambda page: page.cell(1, 30).__setattr__("value", None))
    response = named_files(client, **{"Parks office 5月": works, "Works office": again})
    run, page = response.context["run"], response.content.decode()
    assert "这是Works office的表，文件名是“Parks office 5月.xlsx”。" in page
    assert (run.n_rows, run.twice, [one.misnamed != "" for one in run.files]) == (1, [], [True, False])
    assert "“The bridge”和“Works office.xlsx”写的一样，只写一次。" in page
    assert run.missing == ["Parks office"]
    assert f"还要报 {DAY} 的 2 个部门，1 个的表不在这一批里：Parks office。" in page


def test_another_departments_own_sheet_is_refused_once_by_its_name(city):
    parks = sheet(signed_in(city.reviewer), department="parks-office")
    client = signed_in(city.official)
    response = named_files(client, **{"Works office": fill(parks, "The pool", 进展="Ours now")})
    (reading,) = response.context["run"].files
    assert [one.text for one in reading.problem_messages] == [
        "这是Parks office的表，文件名是“Works office.xlsx”。您不填这个部门的，没有读。"
    ]
    assert "不在这一批里" not in response.content.decode(), "who has one department isn't missing others"


def test_the_day_that_all_own_sheets_carry_is_theirs(city):
    client = signed_in(city.official)
    content = fill(sheet(client), "The bridge", 这一天累计=55, 进展="Works")
    page = named_files(client, day="2020-06-05", a=content)
    assert f"表里的数据日期都是 {DAY}，就按这一天读了，没有按您选的 2020-06-05。" in page.content.decode()
    assert (str(page.context["day"]), page.context["run"].n_rows) == (DAY, 1)
    other = sheet(client, day="2020-04-30")
    page = named_files(client, day="2020-06-05", a=content, b=other)
    assert (str(page.context["day"]), page.context["run"].n_files_refused) == ("2020-06-05", 2)


def test_of_what_is_to_be_looked_at_again_it_is_said_why(city):
    """By what was answered, or by somebody else."""
    client = signed_in(city.official)
    book = openpyxl.Workbook()
    for row in (("项目名称", "进展"), ("A bridge", "The piers stand.")):
        book.active.append(row)
    book.save(stored := BytesIO())
    address = send(client, stored.getvalue())
    page = client.get(address)
    (asked,) = page.context["asked"]
    answers = {asked.name: asked.choices[1].value, "seen": page.context["run"].seen, "settled": ""}
    again = client.post(address, answers)
    assert "照您刚才定的又读了几行" in again.content.decode()
    assert "有人改过" not in again.content.decode()
    a_draft(city.bridge, DAY, {"built": 50}, by=city.official, text="Between")
    answers |= {"seen": again.context["run"].seen, "settled": again.context["named"]}
    last = client.post(address, answers).content.decode()
    assert "有人改过其中的内容" in last
    assert "照您刚才定的" not in last


def test_the_faults_of_a_file_can_be_sent_back(city):
    client = signed_in(city.official)
    address = send(client, fill(sheet(client), "The bridge", 这一天累计="八", 完成投资="约3300万元"))
    for page in (client.get(address), write(client, address)):
        text = page.content.decode()
        assert f"“a.xlsx”（数据日期 {DAY}）有 2 处要看，改好再传：\n1. The bridge {DAY}!G4：" in text
        assert f"\n2. The bridge {DAY}!H4：完成投资（万元）：“约3300万元”" in text
    clean = client.get(send(client, sheet(client))).content.decode()
    assert "发回给填表人的话" not in clean


def test_files_of_several_departments_go_at_once(city):
    client = signed_in(city.reviewer)
    one = fill(sheet(client, department="works-office"), "The bridge", 这一天累计=55, 进展="Works")
    other = fill(sheet(client, department="parks-office"), "The pool", 这一天累计=5, 进展="Parks")
    response = write(client, send(client, one, b"%PDF-1", other))
    assert [len(result.written) for result in response.context["results"]] == [1, 0, 1]
    assert response.context["n_written"] == 2
    assert "写了 0 行：这个文件没有读，为什么写在下面。" in response.content.decode()


@pytest.mark.parametrize("ending", ["xls", "et"])
def test_a_departments_table_of_an_old_program_is_taken_by_the_page(city, ending):
    client = signed_in(city.official)
    table = (settings.BASE_DIR / "tests/fixtures/tables/merged-cells.xls").read_bytes()
    response = client.post(PAGE, {"day": DAY, "sheets": [SimpleUploadedFile(f"9月.{ending}", table)]})
    page = client.get(response["Location"]).content.decode()
    assert "标题写的是“截至9月底”，这次收的是 2020-05-31" in page


def test_before_and_after_the_press_it_is_said_what_is_not_written_and_where(city):
    client = signed_in(city.official)
    content = fill(
        sheet(client), "The bridge", 这一天累计="八", 完成投资="约3300万元", 目标="80%", 进展="The piers stand."
    )
    address = send(client, content)
    pages = [client.get(address).content.decode(), write(client, address).content.decode()]
    for page in pages:
        assert f"<strong>The bridge {DAY}!G4</strong>：Built这一天累计“八”：用阿拉伯数字写" in page
        assert "没有取的 2 处" in page
        assert f"<strong>The bridge {DAY}!H4</strong>：完成投资（万元）：“约3300万元”不是确切的数，没有取。" in page
        assert "改成了“80%”：目标不在这里改" in page
    assert "没有要写的：1 行有错没有读，2 处没有取。改好再传。" in pages[0]
    assert "写了 0 行；1 处没有写，2 处没有取，为什么都写在下面。" in pages[1]
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize("day", ["2030-01-01", "x", "", "1800-01-01"])
def test_a_day_that_cannot_be_is_said_at_its_box(city, day):
    client = signed_in(city.official)
    response = client.post(PAGE, {"day": day, "sheets": [SimpleUploadedFile("a.xlsx", sheet(client))]})
    assert "day" in response.context["form"].errors
    assert client.get(SHEET, {"day": day}).status_code == (302 if day else 200)


def test_a_batch_of_another_person_is_none(city):
    client = signed_in(city.official)
    address = send(client, sheet(client))
    assert signed_in(city.other_official).get(address)["Location"] == PAGE
    assert client.get(f"{PAGE}{'0' * 32}/")["Location"] == PAGE


@pytest.mark.parametrize("files", [[], [("a.xlsx", b"")]])
def test_nothing_is_no_file(city, files):
    client = signed_in(city.official)
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    response = client.post(PAGE, {"day": DAY, "sheets": sent})
    assert response.context["form"].errors["sheets"]


def test_no_more_files_than_a_person_looks_through(city):
    client = signed_in(city.reviewer)
    sent = [SimpleUploadedFile(f"{n}.csv", b"x") for n in range(41)]
    response = client.post(PAGE, {"day": DAY, "sheets": sent})
    assert "一次最多传 40 个文件" in response.context["form"].errors["sheets"][0]


N_LOOKED_AT, N_DOWNLOADED = 42, 43  # queries of a page about what was returned, and of the sheet


def counts_of(client: Client) -> tuple[int, int, int]:
    """The queries of the two pages, and the rows that were compared."""
    with CaptureQueriesContext(connection) as downloading:
        content = sheet(client)
    n_downloaded = len(downloading)  # the next request begins to count anew
    address = send(client, content)
    with CaptureQueriesContext(connection) as looking:
        page = client.get(address)
    return len(looking), n_downloaded, len(page.context["run"].files[0].rows)


def test_three_rows_of_each_kind_are_compared_in_as_many_queries_as_one(city):
    client = signed_in(city.official)
    first = a_plan(year=2021, starts_on="2020-01-01", ends_on="2021-12-31")
    a_measure(first.groups.get().tasks.get(), number=2, leads=["works-office"])
    an_indicator(first, "days", leads=["works-office"])
    published(first, on="2020-05-07")
    a_draft(city.bridge, DAY, {"built": 55}, by=city.official)
    counts_of(client)
    *few, n_few = counts_of(client)
    more = [a_project(slug, milestones=["built"], lead=city.works) for slug in ("quay", "weir")]
    plan = a_plan(*more, year=2022, starts_on="2020-01-01", ends_on="2022-12-31")
    for number in (2, 3):
        a_measure(plan.groups.get().tasks.get(), number=number, leads=["works-office"])
        an_indicator(plan, f"days-{number}", leads=["works-office"])
    published(plan, on="2020-05-07")
    for project in more:
        a_draft(project, DAY, {"built": 5}, by=city.official)
    counts_of(client)
    *many, n_many = counts_of(client)
    assert (few, many) == ([N_LOOKED_AT, N_DOWNLOADED], [N_LOOKED_AT, N_DOWNLOADED])
    assert (n_few, n_many) == (3, 9)


def test_a_departments_draft_is_not_shown_to_the_supervisors_nor_written_over(city):
    a_draft(city.bridge, DAY, {"built": 45}, by=city.official, text="Between us")
    client = signed_in(city.reviewer)
    content = sheet(client)
    assert b"Between us" not in b"".join(
        zipfile.ZipFile(BytesIO(content)).read(n) for n in zipfile.ZipFile(BytesIO(content)).namelist()
    )
    address = send(client, fill(content, "The bridge", 进展="From above"))
    page = client.get(address)
    assert "部门已经起草了这一天的数据" in page.content.decode()
    assert "Between us" not in page.content.decode()
    write(client, address)
    assert Report.objects.drafts().get().text == "Between us"


def test_a_draft_that_was_deleted_meanwhile_is_made_again_only_by_who_sees_that(city):
    client = signed_in(city.official)
    report = a_draft(city.bridge, DAY, {"built": 45}, by=city.official, text="Half")
    address = send(client, fill(sheet(client), "The bridge", 进展="More"))
    seen = look(client, address).seen
    report.readings.all().delete()
    report.delete()
    response = client.post(address, {"seen": seen})
    assert "请看过，再写进草稿" in response.content.decode()
    assert not Report.objects.drafts().exists()


def test_what_a_request_has_no_time_for_is_written_by_the_next(city, monkeypatch):
    client = signed_in(city.official)
    address = send(client, fill(sheet(client), "The bridge", 进展="More"))
    with monkeypatch.context() as patch:
        patch.setattr(returns, "LONGEST_WRITE", -1.0)
        assert (write(client, address).context["n_written"], Report.objects.drafts().count()) == (0, 0)
    assert (write(client, address).context["n_written"], Report.objects.drafts().count()) == (1, 1)


# How much work a row is


def work_of(client: Client, projects) -> int:
    """The queries of the press that writes a file about these."""
    content = sheet(client)
    numbers = rows_of(content)

    def change(page) -> None:
        for project in projects:
            page.cell(numbers[project.title], column("这一天累计")).value = len(projects)
            page.cell(numbers[project.title], column("进展")).value = f"One of {len(projects)}"

    address = send(client, changed(content, change))
    seen = look(client, address).seen
    with CaptureQueriesContext(connection) as writing:
        response = client.post(address, {"seen": seen})
    assert response.context["n_written"] == len(projects)
    return len(writing)


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "changed"])
def test_a_row_more_costs_less_than_a_query(city, is_new):
    """Rows are written together: thirty files of 130 rows go within one request."""
    projects = [a_project(f"quay-{n}", title=f"Quay {n}", milestones=["built"], lead=city.works) for n in range(30)]
    published(a_plan(*projects, year=2022, starts_on="2020-01-01", ends_on="2022-12-31"), on="2020-05-07")
    if not is_new:
        for project in projects:
            a_draft(project, DAY, {"built": 4}, by=city.official, text="Before")
    client = signed_in(city.official)
    few = work_of(client, projects[:10])
    many = work_of(client, projects if not is_new else projects[10:])
    assert (many - few) / (20 if not is_new else 10) < 0.5


def told_of(draft) -> list[dict]:
    """What the two logs say of it, but for moments and keys."""
    records = AuditRecord.objects.filter(subject_key__endswith=f":{draft.pk}").order_by("pk")
    entries = LogEntry.objects.filter(object_id=str(draft.pk)).order_by("pk")
    return [
        *records.values("kind", "person", "person_name", "address", "agent", "subject", "subject_key", "changes", "note"),
        *entries.values("user", "content_type", "object_repr", "action_flag", "change_message"),
    ]  # fmt: skip


def a_request(city):
    request = RequestFactory().post(PAGE, HTTP_USER_AGENT="A browser")
    request.user = city.official
    return request


def a_reading(city) -> Reading:
    return Reading.objects.create(indicator=city.indicator, held_on=DAY, value=38, drafted_by=city.official)


DRAFTS = {
    "report": lambda city: a_draft(city.bridge, DAY, {"built": 45}, by=city.official, text="Half", spent=12_000_000),
    "reading": a_reading,
}


@pytest.mark.parametrize("kind", DRAFTS)
def test_many_rows_are_logged_as_each_by_itself(city, kind):
    draft = DRAFTS[kind](city)
    page = admin.site.get_model_admin(type(draft))

    def change() -> None:
        if kind == "report":
            type(draft).objects.filter(pk=draft.pk).update(text="More", delay="LAND", spent=None)
            draft.readings.update(value=50)
        else:
            type(draft).objects.filter(pk=draft.pk).update(value=39)

    with transaction.atomic():
        request = a_request(city)
        page.log_addition(request, draft, "from a file")
        change()
        page.log_change(request, draft, "from a file")
        alone = told_of(draft)
        transaction.set_rollback(True)
    request = a_request(city)
    page.log_saved(request, [(draft, True)], "from a file")
    change()
    page.log_saved(request, [(draft, False)], "from a file")
    assert len(alone) == 4
    assert told_of(draft) == alone


def test_a_row_that_the_database_refuses_stays_out_alone(city, monkeypatch):
    client = signed_in(city.reviewer)
    content = fill(sheet(client), "The bridge", 这一天累计=55, 进展="Works")
    address = send(client, fill(content, "The pool", 这一天累计=5, 进展="Parks"))
    write_all = saving._write

    def refuse(checked) -> None:
        if any(getattr(one.draft, "project", None) == city.bridge for one in checked):
            raise IntegrityError
        write_all(checked)

    monkeypatch.setattr(saving, "_write", refuse)
    (result,) = write(client, address).context["results"]
    assert [(change.row.title, text) for change, text in result.failed] == [("The bridge", REFUSED)]
    assert [one.project for one in result.written] == [city.pool]
    assert AuditRecord.objects.filter(subject_key__startswith="projects.report:", kind=AuditAction.ADD).count() == 1
    assert LogEntry.objects.filter(change_message="从表格“a.xlsx”传回").count() == 1
