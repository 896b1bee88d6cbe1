"""A plan from a county's own table: sent, read, answered, written as a draft, published by a second person."""

import io
import re

import openpyxl
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditAction, AuditRecord, SiteSettings
from desk.workbooks import uploads
from desk.workbooks.form_writing import empty_workbook
from ledger.models import Entry
from projects.models import Department, Project
from projects.publishing import publish
from tasks.models import Addition, Commitment, Indicator, Plan, Target, Task
from tests.factories import a_reviewer, an_administrator, an_editor, an_official
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

TABLES = settings.BASE_DIR / "tests/fixtures/tables"
LIVELIHOOD = (TABLES / "county-livelihood.xlsx").read_bytes()
BREAKDOWN = (TABLES / "county-breakdown.xlsx").read_bytes()
UPLOAD = "/admin/tasks/plan/workbook/"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def person(db) -> User:
    return an_administrator()


@pytest.fixture
def administrator(person) -> Client:
    return signed_in(person)


def send(client: Client, content: bytes = LIVELIHOOD, name: str = "民生实事.xlsx", **data):
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content), **data})


def answers(client: Client, address: str, **data) -> dict:
    """What the page sends where nobody changes anything."""
    context = client.get(address).context
    form = context["form"]
    return {"seen": context["run"].seen, **{one.name: one.initial for one in form.doubts}, **data}


def write(client: Client, content: bytes = LIVELIHOOD, **data):
    address = send(client, content).headers["Location"]
    return client.post(address, answers(client, address, **data))


def edited(change) -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(LIVELIHOOD))
    change(workbook.active)
    workbook.save(file := io.BytesIO())
    return file.getvalue()


def test_nothing_is_written_before_the_second_press(administrator):
    response = send(administrator)
    page = administrator.get(response.headers["Location"]).content.decode()
    assert "读到 10 项承诺、14 个目标、1 个指标、15 个新部门。" in page
    assert "新建公厕6座；改造公厕15座" in page
    assert not Plan.objects.exists()
    assert not Department.objects.exists()


def test_the_second_press_makes_the_draft(administrator, person):
    response = write(administrator)
    plan = Plan.objects.get()
    assert response.headers["Location"] == reverse("admin:plan-table", args=[plan.pk])
    assert (plan.is_published, plan.drafted_by) == (False, person)
    assert (Commitment.objects.count(), Target.objects.count(), Department.objects.count()) == (10, 14, 15)
    assert AuditRecord.objects.filter(person=person, kind=AuditAction.ADD).exists()


def test_where_the_title_names_no_place_the_site_does(administrator):
    SiteSettings.objects.create(site_organizer="青禾区人民政府办公室")
    form = administrator.get("/admin/tasks/plan/add/").context["adminform"].form
    assert form["authority"].value() == "区里"
    write(administrator, edited(lambda sheet: sheet.cell(1, 1, "2024 年民生实事")))
    plan = Plan.objects.get()
    assert (plan.title, plan.short_title, plan.authority) == ("2024 年民生实事", "青禾区 2024 年承诺", "区里")


def test_our_own_form_that_leaves_out_who_promises_gets_it_from_its_title(administrator):
    book = openpyxl.load_workbook(io.BytesIO(empty_workbook()))
    told = {
        "年份": 2024,
        "名称": "青岚县 2024 年实事",
        "简称": "实事",
        "开始日期": "2024-01-01",
        "结束日期": "2024-12-31",
    }
    for row in book["计划"].iter_rows(max_col=2):
        row[1].value = told.get(row[0].value)
    book.save(file := io.BytesIO())
    write(administrator, file.getvalue())
    assert Plan.objects.get().authority == "县里"


def test_what_was_written_is_counted_by_kind(administrator):
    address = send(administrator).headers["Location"]
    page = administrator.post(address, answers(administrator, address), follow=True).content.decode()
    assert "写入，新增 10 项承诺、14 个目标、1 个指标、15 个新部门。" in page
    address = send(administrator).headers["Location"]
    page = administrator.post(address, answers(administrator, address), follow=True).content.decode()
    assert "写入，没有新增的承诺、目标和任务。" in page


def test_a_second_person_publishes_it(administrator):
    write(administrator)
    entry = publish(Plan.objects.get(), by=a_reviewer())
    assert entry.payload["year"] == 2024
    page = Client().get("/2024/").content.decode()
    assert "青岚县 2024 年承诺" in page
    for project in Project.objects.all():
        assert Client().get(f"/projects/{project.slug}/").status_code == 200


def test_a_breakdown_becomes_promises_indicators_and_tasks(administrator):
    write(administrator, BREAKDOWN)
    assert (Commitment.objects.count(), Indicator.objects.count(), Task.objects.count()) == (18, 12, 30)
    publish(Plan.objects.get(), by=a_reviewer())
    assert Client().get("/2024/").status_code == 200


def test_confirmed_items_are_marked_no_more(administrator):
    write(administrator, confirmed=["0", "1"])
    marked = {one.commitment.number: bool(one.inferred) for one in Target.objects.all()}
    assert [marked[number] for number in (1, 2, 3)] == [False, False, True]


def test_a_doubt_is_answered(administrator):
    write(administrator, **{"doubt-0": "1"})
    target = Target.objects.get(commitment__number=5)
    assert "amount" not in target.inferred


def ticked(response) -> set[str]:
    return response.context["form"].ticked


def test_what_was_read_alike_is_confirmed_at_once_and_each_can_be_left_out(administrator):
    address = send(administrator, BREAKDOWN).headers["Location"]
    response = administrator.get(address)
    alike = [group for group in response.context["groups"] if group.is_alike]
    assert [len(group.items) for group in alike] == [6, 12, 12, 12, 6]
    group = alike[2]
    assert group.label == "没有写明哪一天，按这一年的最后一天算"
    keys = {item.key for item in group.items}
    sent = answers(administrator, address, confirmed=["0"], alike=f"items:{group.key}")
    response = administrator.post(address, sent)
    assert ticked(response) == {"0", *keys}
    assert not Plan.objects.exists(), "the press writes nothing"
    left = sorted(ticked(response) - {min(keys)})
    again = administrator.post(address, sent | {"confirmed": left, "alike": f"none:{group.key}"})
    assert ticked(again) == {"0"}
    administrator.post(address, answers(administrator, address, confirmed=left))
    assert Task.objects.filter(inferred=[], due_on="2024-12-31").count() == 6
    assert Indicator.objects.filter(inferred=[]).count() == 5, "one of six was left out"


def test_what_is_asked_alike_is_answered_at_once_and_each_can_be_changed(administrator):
    address = send(administrator, BREAKDOWN).headers["Location"]
    form = administrator.get(address).context["form"]
    about, beyond = form.doubt_groups
    assert (len(about.fields), len(beyond.fields)) == (6, 6)
    assert beyond.question == "完成时限不在计划的这一年里"
    sent = answers(administrator, address, alike=beyond.presses[1][0])
    answered = administrator.post(address, sent).context["form"]
    names = [field.html_name for field in beyond.fields]
    assert [answered[name].value() for name in names] == ["1"] * 6
    assert [answered[field.html_name].value() for field in about.fields] == ["0"] * 6
    data = answers(administrator, address) | dict.fromkeys(names, "1") | {names[0]: "0"}
    administrator.post(address, data)
    assert Task.objects.filter(due_on="2025-06-30").count() == 1


@pytest.mark.parametrize(
    "pressed", ["", "doubts:9:0", "doubts:0:7", "doubts", "items:x", "none:", "\u0000", "items:99999"]
)
def test_a_press_that_means_nothing_changes_nothing(administrator, pressed):
    address = send(administrator, BREAKDOWN).headers["Location"]
    response = administrator.post(address, answers(administrator, address, alike=pressed))
    assert response.status_code == 200
    assert ticked(response) == set()
    assert not Plan.objects.exists()


def test_a_table_with_errors_asks_for_nothing_that_is_lost(administrator):
    def wrong(sheet):
        sheet["H7"] = "=1+1"

    page = administrator.get(send(administrator, edited(wrong)).headers["Location"]).content.decode()
    assert "还有 1 处不明白，再传的时候会请您定" in page
    assert 'type="checkbox"' not in page.partition('id="content-main"')[2]


def test_what_the_table_does_not_say_is_decided_once(administrator):
    unsaid = edited(lambda sheet: sheet.__setitem__("A17", "注：数据由各单位提供。"))
    write(administrator, unsaid, due_on="2024-11-30", pace="STEP")
    targets = Target.objects.exclude(commitment__number=5)  # whose goal names its own day
    assert {str(one.due_on) for one in targets} == {"2024-11-30"}
    assert {one.pace for one in targets} == {"STEP"}
    assert all("due_on" in one.inferred for one in targets), "it stays our reading until it is confirmed"


def test_a_second_table_changes_the_draft_and_deletes_nothing(administrator):
    write(administrator)

    def fewer(sheet):
        sheet["C5"] = "新建公厕8座"
        sheet["G5"] = "8座"

    address = send(administrator, edited(fewer)).headers["Location"]
    page = administrator.get(address).content.decode()
    assert "会改 2 处" in page, "the goal's words and the amount"
    administrator.post(address, answers(administrator, address))
    assert Target.objects.get(commitment__number=1, milestone__number=1).amount == 8
    assert Commitment.objects.count() == 10


def test_a_reading_of_ours_that_comes_back_is_told_in_the_words_of_the_form(administrator):
    write(administrator)
    Target.objects.update(inferred=[])
    page = administrator.get(send(administrator, edited(lambda sheet: None)).headers["Location"]).content.decode()
    assert "要看这个节点、" in page
    assert not re.search(
        r"\b(milestone|pace|starts_on|weight)\b", page.partition('id="changes"')[2].partition("</table>")[0]
    )


def test_what_somebody_else_changed_meanwhile_is_looked_at_again(administrator):
    write(administrator)
    address = send(administrator, edited(lambda sheet: sheet.__setitem__("K5", "城南"))).headers["Location"]
    data = answers(administrator, address)
    Project.objects.filter(place="城区").update(place="城北")
    page = administrator.post(address, data).content.decode()
    assert "草稿被别人改过" in page
    assert not Project.objects.filter(place="城南").exists()


def test_a_published_plan_takes_no_table(administrator):
    """It is said so, with what can be done, and nothing is asked that leads nowhere."""
    write(administrator)
    plan = Plan.objects.get()
    publish(plan, by=a_reviewer())
    n_entries = Entry.objects.count()
    address = send(administrator).headers["Location"]
    page = administrator.get(address).content.decode()
    assert "2024 年的计划（青岚县 2024 年承诺）已经公开了" in page
    assert f"{reverse('admin:tasks_addition_add')}?plan={plan.pk}" in page
    assert f"{reverse('admin:tasks_planadjustment_together')}?plan={plan.pk}" in page
    assert 'type="checkbox"' not in page.partition('id="content-main"')[2]
    assert 'type="radio"' not in page.partition('id="content-main"')[2]
    for data in ({}, {"confirmed": ["0"], "seen": "x"}, {"reason": ""}):
        assert administrator.post(address, data).status_code == 200
    assert Entry.objects.count() == n_entries


def test_with_a_reason_a_table_for_a_public_plan_is_read_as_an_addition(administrator):
    write(administrator)
    publish(Plan.objects.get(), by=a_reviewer())

    def other(sheet):
        sheet["A1"] = "青岚县2024年新增民生实事责任分解表"
        sheet["B5"] = "乡镇公厕提升"
        sheet.delete_rows(7, 11)

    first = send(administrator, edited(other)).headers["Location"]
    address = administrator.post(first, {"reason": "年中又定了一件。"}).headers["Location"]
    assert "读到 1 项承诺" in administrator.get(address).content.decode()
    assert administrator.get(first).status_code == 404, "one upload, not two"
    administrator.post(address, answers(administrator, address))
    assert Addition.objects.get().reason == "年中又定了一件。"


def test_a_published_plan_takes_a_table_as_an_addition(administrator):
    write(administrator)
    publish(Plan.objects.get(), by=(reviewer := a_reviewer()))

    def other(sheet):
        sheet["A1"] = "青岚县2024年新增民生实事责任分解表"
        sheet["B5"] = "乡镇公厕提升"
        sheet.delete_rows(7, 11)

    address = send(administrator, edited(other), reason="年中又定了一件。").headers["Location"]
    page = administrator.get(address).content.decode()
    assert "读到 1 项承诺" in page
    response = administrator.post(address, answers(administrator, address))
    addition = Addition.objects.get()
    assert response.headers["Location"] == reverse("admin:addition-table", args=[addition.pk])
    assert not addition.is_published
    publish(addition, by=reviewer)
    assert "乡镇公厕提升" in Client().get("/2024/").content.decode()


def test_errors_are_told_at_their_cells(administrator):
    def long(sheet):
        sheet["B5"] = "公厕" * 150
        sheet["H7"] = "=1+1"

    address = send(administrator, edited(long)).headers["Location"]
    page = administrator.get(address).content.decode()
    assert "民生实事!H7" in page
    assert "是公式" in page
    assert "写进草稿</button>" not in page
    administrator.post(address, answers(administrator, address))
    assert not Plan.objects.exists()


def test_of_an_old_file_it_is_said_what_cannot_be_seen(administrator):
    old = (TABLES / "old-format.xls").read_bytes()
    page = administrator.get(send(administrator, old, "民生实事.xls").headers["Location"]).content.decode()
    whole = page.partition('class="desk-whole"')[2].partition("</ul>")[0]
    assert "看不出哪些行、列是隐藏的，也看不出哪些格是公式" in whole
    assert "工作表“草稿”是隐藏的，没有读" in whole


def test_the_table_comes_back_with_its_marks(administrator):
    address = send(administrator).headers["Location"]
    back = openpyxl.load_workbook(io.BytesIO(administrator.get(f"{address}marked/").content))
    sheet = back["民生实事"]
    assert "按 2600 名收？" in sheet["C10"].comment.text
    assert sheet["C5"].value == "新建公厕6座"


def test_a_year_is_given_where_the_title_has_none(administrator):
    nameless = edited(lambda sheet: sheet.__setitem__("A1", "民生实事责任分解表"))
    page = administrator.get(send(administrator, nameless).headers["Location"]).content.decode()
    assert "没有看到是哪一年的计划" in page
    page = administrator.get(send(administrator, nameless, year="2024").headers["Location"]).content.decode()
    assert "读到 10 项承诺" in page


REFUSED = {
    "no table": (b"a,b\nc,d\n", "没有找到表头"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "这不是表格"),
    "nothing": (b"", "空的"),
    "half a file": (LIVELIHOOD[:3000], "打不开"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_table_is_refused(administrator, kind):
    content, told = REFUSED[kind]
    response = send(administrator, content)
    assert response.status_code == 200
    assert told in response.content.decode()
    assert not list(uploads.folder().glob("*"))


@pytest.mark.parametrize("make", [an_official, a_reviewer, an_editor])
def test_only_who_may_enter_a_plan_sends_one(db, make):
    client = signed_in(make())
    assert client.get(UPLOAD).status_code == 403
    assert send(client).status_code == 403


def test_a_table_is_its_senders_alone(administrator):
    address = send(administrator).headers["Location"]
    assert signed_in(an_administrator("another")).get(address).status_code == 404
    assert administrator.get(f"{UPLOAD}{'0' * 32}/").status_code == 404
