"""People who come in by a sheet: sent, looked at, made by a second press, all or none."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO

import openpyxl
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditAction, AuditRecord
from accounts.passwords import is_given
from accounts.roles import EDITOR, OFFICIAL, REVIEWER
from desk.admin import people_sheets
from desk.people import making
from desk.people.making import LONGEST_LOOK
from ledger.models import Entry, EntryKind
from projects.models import Appointment, Department
from tasks.models import Aliases
from tests.factories import a_department, a_reviewer, an_administrator, an_editor, an_official
from tests.small_city import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SHEET = "/admin/auth/user/sheet/"
HEAD = "姓名,账号,角色,部门"


@pytest.fixture
def person(db) -> User:
    return an_administrator()


@pytest.fixture
def administrator(person) -> Client:
    return signed_in(person)


@pytest.fixture
def works(db) -> Department:
    return a_department("works", name="交通运输局")


def send(client: Client, *rows: str, encoding: str = "utf-8-sig"):
    content = "\r\n".join([HEAD, *rows]).encode(encoding)
    return client.post(SHEET, {"file": SimpleUploadedFile("人员.csv", content)})


def problems_of(response) -> list[tuple[str, str]]:
    return [(problem.cell.partition("!")[2], problem.text) for problem in response.context["problems"]]


def press(client: Client, response):
    """The second button of the page."""
    return client.post(SHEET, {"people": response.context["signed"]})


PEOPLE = ("张晓明,,部门填报员,交通运输局", "李燕,liyan,督查审核员,", "王编,,编辑,")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_the_first_press_makes_nothing_and_the_second_makes_all(administrator, works, encoding):
    response = send(administrator, *PEOPLE, encoding=encoding)
    assert problems_of(response) == []
    assert "会建 3 个账号" in response.content.decode()
    assert [person.account for person, _ in response.context["people"]] == ["zhangxiaoming", "liyan", "wangbian"]
    assert User.objects.count() == 1
    made = press(administrator, response)
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    people = {user.username: user for user in User.objects.exclude(username="admin")}
    assert {name: [group.name for group in user.groups.all()] for name, user in people.items()} == {
        "zhangxiaoming": [OFFICIAL], "liyan": [REVIEWER], "wangbian": [EDITOR],
    }  # fmt: skip
    assert people["zhangxiaoming"].get_full_name() == "张晓明"
    assert people["zhangxiaoming"].memberships.get().department == works
    assert not people["liyan"].memberships.exists()
    assert all(user.is_staff and not user.is_superuser for user in people.values())


def test_each_signs_in_with_what_was_printed_and_has_to_change_it(administrator, works):
    page = press(administrator, send(administrator, *PEOPLE)).content.decode()
    passwords = re.findall(r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>", page)
    assert len({*passwords}) == 3
    for name, password in zip(["zhangxiaoming", "liyan", "wangbian"], passwords, strict=True):
        user = authenticate(RequestFactory().post("/admin/login/"), username=name, password=password)
        assert user is not None
        assert is_given(user)
    client = signed_in(User.objects.get(username="zhangxiaoming"))
    assert client.get("/admin/")["Location"] == "/admin/password_change/"
    assert not [p for p in passwords if p in administrator.get("/admin/auth/user/").content.decode()]
    told = repr([*AuditRecord.objects.values()])
    assert not [password for password in passwords if password in told]


def test_it_is_audited_by_person(administrator, person, works):
    press(administrator, send(administrator, *PEOPLE))
    records = AuditRecord.objects.filter(kind=AuditAction.CHANGE) | AuditRecord.objects.filter(kind=AuditAction.ADD)
    assert [record.subject for record in records.order_by("pk")] == [
        "用户：zhangxiaoming",
        "用户：liyan",
        "用户：wangbian",
    ]
    assert {record.person for record in records} == {person}
    first = {label: now for label, _old, now in records.order_by("pk")[0].changes}
    assert (first["姓名"], first["组"]) == ("张晓明", OFFICIAL)


WRONG = {
    "an unknown department": ("李燕,,填报员、编辑,交通局", "D2", "没有“交通局”这个部门。是不是“交通运输局”？"),
    "a department like none": ("李燕,,填报员,Zzz", "D2", "没有“Zzz”这个部门。先在“部门”里新增，或者改成已有的名称。"),
    "an account that is taken": (
        "李燕,ADMIN,编辑,", "B2", "账号“ADMIN”已经有了。是同一个人，就删掉这一行；不是，请换一个。",
    ),
    "somebody who is there": (
        "张三,,编辑,", "A2", "已经有叫“张三”的账号（zs）。是同一个人，就删掉这一行；不是，请写一个账号。",
    ),
    "a name that nobody can spell": ("ﾊﾅｺ,,编辑,", "A2", "从“ﾊﾅｺ”拼不出账号，请在“账号”一列写一个。"),
    "a role that is none": ("李燕,,科长,", "C2", "没有“科长”这个角色。可以写：管理员、部门填报员、督查审核员、编辑。"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "cell", "text"), WRONG.values(), ids=WRONG)
def test_what_contradicts_what_is_there_is_told_at_its_cell(administrator, works, row, cell, text):
    User.objects.create_user("zs", first_name="张三")
    response = send(administrator, row, "陈好,,编辑,")
    assert problems_of(response) == [(cell, text)]
    assert response.context["signed"] == ""
    assert 'name="people"' not in response.content.decode()


def test_everything_wrong_is_told_at_once(administrator):
    response = send(administrator, ",,科长,民政局", "李燕,a b#,,", "李燕,,编辑,")
    assert [cell for cell, _ in problems_of(response)] == ["A2", "C2", "B3", "C3", "A4", "D2"]
    assert problems_of(response)[-1][1].startswith("还没有任何部门。")


@pytest.mark.parametrize("word", ["全部", "全部部门", "所有部门"])
def test_who_files_for_all_departments_is_given_each_of_them(administrator, works, word):
    a_department("parks", name="园林局")
    response = send(administrator, f"张晓明,,部门填报员,{word}", "李燕,liyan,督查审核员,全部")
    assert problems_of(response) == []
    assert "替现在的全部 2 个部门填报" in response.content.decode()
    assert '<td data-label="部门">全部 2 个部门</td>' in response.content.decode()
    press(administrator, response)
    collector, reviewer = (User.objects.get(username=name) for name in ("zhangxiaoming", "liyan"))
    assert {one.department.slug for one in collector.memberships.all()} == {"works", "parks"}
    assert not reviewer.memberships.exists()


def test_all_departments_are_too_many_for_one_account(administrator, works, monkeypatch):
    monkeypatch.setattr(making, "MOST_DEPARTMENTS", 1)
    a_department("parks", name="园林局")
    response = send(administrator, "张晓明,,部门填报员,全部")
    assert problems_of(response) == [("D2", "一个账号最多 1 个部门，这里有 2 个。请分给几个人。")]


def test_all_departments_of_none_are_none(administrator):
    response = send(administrator, "张晓明,,部门填报员,全部")
    assert [text[:9] for _cell, text in problems_of(response)] == ["还没有任何部门。先"]


def test_departments_are_known_by_their_other_names(administrator, works):
    Aliases.objects.create(department=works, words="交通局、修路的")
    response = send(administrator, "李燕,,填报员,交通局、 交通运输局", "王五,,填报员,")
    assert [departments for _, departments in response.context["people"]] == ["交通运输局", ""]
    assert [(note.cell.partition("!")[2], note.text) for note in response.context["notes"]] == [
        ("D3", "“王五”没有写部门，登录后没有可以填报的。")
    ]


@pytest.mark.parametrize("role", ["督查审核员", "编辑", "管理员", "管理员、编辑"])
def test_who_files_for_nobody_may_work_anywhere(administrator, works, role):
    """docs/rules.md: acts. Their department is one of the record."""
    response = send(administrator, f"李燕,,{role},政府督查室、交通运输局", f"张三,,{role},交通局", f"王五,,{role},")
    assert problems_of(response) == []
    assert [(note.cell.partition("!")[2], note.text) for note in response.context["notes"]] == [
        ("D2", "“政府督查室”不是“部门”里的。也可以：印在发密码的那一页上，账号上和公开记录里只写角色。"),
        (
            "D3",
            "“交通局”不是“部门”里的。是不是“交通运输局”？不是，也可以：印在发密码的那一页上，账号上和公开记录里只写角色。",
        ),
    ]
    page = press(administrator, response).content.decode()
    assert ">交通运输局、政府督查室<" in page
    assert User.objects.get(username="liyan").memberships.get().department == works
    assert not User.objects.get(username="zhangsan").memberships.exists()


def test_accounts_made_of_names_are_each_its_own(administrator):
    User.objects.create_user("liyan", first_name="别人")
    response = send(administrator, "李燕,,编辑,", "李艳,,编辑,", "张三,liyan3,编辑,", "Anna Li,,编辑,")
    accounts = [person.account for person, _ in response.context["people"]]
    assert (accounts[:3], accounts[3]) == (["liyan2", "liyan4", "liyan3"], "annali")


def test_what_others_did_in_between_stops_all_of_it(administrator, works):
    response = send(administrator, *PEOPLE)
    User.objects.create_user("liyan", first_name="李燕")
    works.delete()
    again = press(administrator, response)
    assert problems_of(again) == [
        ("B3", "账号“liyan”已经有了（李燕）。是同一个人，就删掉这一行；不是，请换一个。"),
        ("D2", "这个部门刚被删掉了，请再传一次。"),
    ]
    assert User.objects.count() == 2


CODES = r"<code>([a-z2-9]{4}(?:-[a-z2-9]{4}){3})</code>"


def test_pressed_twice_it_answers_the_same_and_makes_nobody_twice(administrator, works):
    response = send(administrator, *PEOPLE)
    first = press(administrator, response).content.decode()
    again = press(administrator, response)
    assert again.status_code == 200
    assert len(re.findall(CODES, first)) == 3
    assert re.findall(CODES, again.content.decode()) == re.findall(CODES, first)
    assert ("没有再建，密码也没有变" in first, "没有再建，密码也没有变" in again.content.decode()) == (False, True)
    assert User.objects.count() == 4


def test_pressed_twice_it_shows_no_password_of_who_has_come_in_or_got_another(administrator, works):
    response = send(administrator, *PEOPLE)
    passwords = re.findall(CODES, press(administrator, response).content.decode())
    signed_in(User.objects.get(username="zhangxiaoming"))
    editor = User.objects.get(username="wangbian")
    editor.set_password("another one")
    editor.save()
    again = press(administrator, response).content.decode()
    assert re.findall(CODES, again) == passwords[1:2]
    assert again.count("登录过，或者换过密码") == 2
    signed_in(User.objects.get(username="liyan"))
    assert len(problems_of(press(administrator, response))) == 3


def test_the_same_sheet_sent_anew_is_another_one(administrator, works):
    first, other = send(administrator, *PEOPLE), send(administrator, *PEOPLE)
    press(administrator, first)
    assert len(problems_of(press(administrator, other))) == 3
    assert User.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_answer_the_same():
    client = signed_in(an_administrator())
    response = send(client, "李燕,,督查审核员,", "王编,,编辑,")

    def pressed() -> str:
        try:
            return press(client, response).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        pages = [one.result() for one in [threads.submit(pressed) for _ in range(2)]]
    assert re.findall(CODES, pages[0]) == re.findall(CODES, pages[1])
    assert len(re.findall(CODES, pages[0])) == 2
    assert sorted("没有再建，密码也没有变" in page for page in pages) == [False, True]
    assert User.objects.count() == 3


def test_only_who_read_the_sheet_makes_its_accounts_and_soon(administrator, later, works):
    response = send(administrator, *PEOPLE)
    other = signed_in(an_administrator("other"))
    forged = response.context["signed"]
    for client, text in ((other, forged), (administrator, forged[:-2]), (administrator, ""), (administrator, "a:b:c")):
        assert people_sheets.GONE in client.post(SHEET, {"people": text}).content.decode()
    with later(LONGEST_LOOK + 1):
        assert people_sheets.GONE in press(administrator, response).content.decode()
    assert User.objects.count() == 2


@pytest.fixture
def later():
    """Later for signatures alone: the session lasts."""

    @contextmanager
    def travel(seconds: float):
        now = signing.time.time()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(signing.time, "time", lambda: now + seconds)
            yield

    return travel


def test_a_reviewer_made_after_the_first_plan_is_on_the_record(city):
    response = send(signed_in(city.administrator), "李燕,,督查审核员,")
    page = press(signed_in(city.administrator), response).content.decode()
    assert "1 位审核员已记进公开记录" in page
    assert Appointment.objects.get(person__username="liyan").entry == Entry.objects.latest("seq")
    assert Entry.objects.latest("seq").kind == EntryKind.APPOINTMENT


def test_what_can_not_be_read_is_told_at_the_field(administrator):
    for content in (b"", b"PK\x03\x04 no workbook", b"\xff\xd8\xff\xe0 a photo"):
        page = administrator.post(SHEET, {"file": SimpleUploadedFile("a.xlsx", content)})
        assert "file" in page.context["form"].errors, content
    assert "请选一个文件" in str(administrator.post(SHEET, {}).context["form"].errors["file"])


def test_the_empty_sheet_is_filled_in_and_sent_back(administrator, works):
    answer = administrator.get(f"{SHEET}form.xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert [cell.value for cell in book["人员"][1]] == HEAD.split(",")
    assert [cell.value for cell in book["可以选的"]["B"] if cell.value] == ["交通运输局"]
    assert "没有找到列名" not in str(problems_of(back(administrator, book)))
    for column, text in enumerate(PEOPLE[0].split(","), 1):
        book["人员"].cell(2, column, text or None)
    response = back(administrator, book)
    assert problems_of(response) == []
    assert [person.name for person, _ in response.context["people"]] == ["张晓明"]


def back(client: Client, book):
    book.save(stored := BytesIO())
    return client.post(SHEET, {"file": SimpleUploadedFile("人员.xlsx", stored.getvalue())})


@pytest.mark.parametrize("make", [a_reviewer, an_editor, lambda: an_official(a_department())])
def test_nobody_else_brings_people_in(make):
    client = signed_in(make())
    assert [client.get(SHEET).status_code, client.post(SHEET, {"people": "x"}).status_code] == [403, 403]
    assert client.get(f"{SHEET}form.xlsx").status_code == 403
    assert Client().get(SHEET).status_code == 302


def test_the_list_of_accounts_leads_there(administrator):
    assert f'href="{SHEET}"' in administrator.get("/admin/auth/user/").content.decode()


def test_a_look_costs_the_same_however_many_people(administrator, works):
    queries_of(administrator, PEOPLE)  # the first look of a session asks more
    few = queries_of(administrator, PEOPLE)
    many = queries_of(administrator, [f"张{n},z{n},部门填报员,交通运输局" for n in range(60)])
    assert many == few


def queries_of(client: Client, rows) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert problems_of(send(client, *rows)) == []
    return len(queries)
