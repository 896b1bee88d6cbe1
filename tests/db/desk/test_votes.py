"""What deputies said is typed, or read from a table, by one reviewer and published by another."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditAction, AuditRecord
from desk.admin.versions import DECIDED_ON
from tasks.models import Vote
from tests.factories import a_commitment, a_milestone, a_project, a_vote, an_addition, published
from tests.small_city import LINK, NO_EVIDENCE, address, errors_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HELD_ON = "2020-06-20"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def series(city):
    return city.plan.series.get()


@pytest.fixture
def promises(series):
    return list(series.commitments.order_by("number").select_related("project"))


def together(series) -> str:
    return f"{reverse('admin:tasks_vote_together')}?series={series.pk}"


def sent(promises, *rows, **changed) -> dict:
    head = {"held_on": HELD_ON, "body": "CONGRESS", "meeting": "五届六次会议", "present_at_all": "180"}
    told = {**head, "title": "测评公告（3 号）", "url": ""}
    for promise, row in zip(promises, rows, strict=False):
        names = ("satisfied", "fairly", "dissatisfied", "present")
        told |= {f"{promise.pk}-{name}": value for name, value in zip(names, row, strict=True)}
    return told | changed


def table(*rows) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stored = BytesIO()
    book.save(stored)
    return SimpleUploadedFile("votes.xlsx", stored.getvalue())


def told_by(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


# One by one


def test_a_vote_is_drafted_by_one_and_published_by_another(client, city, promises):
    """docs/rules.md: vote, two-people."""
    typed = {"commitment": promises[0].pk, "held_on": HELD_ON, "body": "CONGRESS", "meeting": "", "source": ""}
    typed |= {"present": "180人", "satisfied": "150", "fairly": "25 票", "dissatisfied": "５", **LINK}
    signed_in(city.reviewer).post(address(Vote, "add"), typed)
    vote = Vote.objects.get()
    assert (vote.satisfied, vote.fairly, vote.dissatisfied, vote.present) == (150, 25, 5, 180)
    assert address(vote) in signed_in(city.second_reviewer).get("/admin/").content.decode()
    signed_in(city.reviewer).post(address(vote, "publish"))
    assert not Vote.objects.published().exists()
    signed_in(city.second_reviewer).post(address(vote, "publish"))
    assert Vote.objects.published().get().entry.kind == "vote"
    assert "满意 150 票" in client.get(f"/projects/{promises[0].project.slug}/").content.decode()


def test_what_is_wrong_is_told_at_the_form(city, promises):
    typed = {"commitment": promises[0].pk, "held_on": HELD_ON, "body": "CONGRESS", "source": "", **NO_EVIDENCE}
    typed |= {"present": "100", "satisfied": "150", "fairly": "25", "dissatisfied": "5"}
    page = signed_in(city.reviewer).post(address(Vote, "add"), typed)
    assert "加起来不能多于到会人数" in str(errors_of(page))
    page = signed_in(city.reviewer).post(address(Vote, "add"), {**typed, "present": "180"}, follow=True)
    assert "还没有写出处" in told_by(page)


def test_a_correction_begins_with_what_it_corrects(city, promises):
    """docs/rules.md: vote, correction."""
    vote = published(a_vote(promises[0], HELD_ON, 150, 25, 4, meeting="五届六次会议"), "2020-06-21")
    page = signed_in(city.reviewer).get(address(Vote, "add", f"?corrects={vote.pk}")).content.decode()
    assert "五届六次会议" in page
    assert 'value="150"' in page


# A meeting at once


def test_the_results_of_a_meeting_are_typed_once_and_wait_for_another_reviewer(city, series, promises):
    """docs/rules.md: vote, two-people."""
    client = signed_in(city.reviewer)
    assert str(series) in client.get(reverse("admin:tasks_vote_together")).content.decode()
    data = sent(promises, ("150", "25", "5", ""), ("100", "3", "1", "104"))
    page = client.post(together(series), {**data, "file": SimpleUploadedFile("p.pdf", PDF)}, follow=True)
    assert "起草了 2 项" in told_by(page)
    votes = list(Vote.objects.order_by("commitment__number"))
    assert [(vote.satisfied, vote.present, vote.meeting) for vote in votes] == [
        (150, 180, "五届六次会议"),
        (100, 104, "五届六次会议"),
    ]
    assert {vote.drafted_by for vote in votes} == {city.reviewer}
    files = [vote.evidence.get().file.name for vote in votes]
    assert len(set(files)) == 2  # each has its own, so that each can be hidden
    assert len({default_storage.open(name).read() for name in files}) == 1


REFUSED = {
    "nothing": ([], {}, "一项也没有填"),
    "one number missing": ([("150", "", "5", "")], {}, "没有写；没有人选的写 0"),
    "nobody present": ([("150", "25", "5", "")], {"present_at_all": ""}, "没有写。"),
    "too many": ([("150", "25", "6", "")], {}, "加起来不能多于到会人数"),
    "a day to come": ([("150", "25", "5", "")], {"held_on": "2099-01-01"}, ""),
    "before the promise": ([("150", "25", "5", "")], {"held_on": "2019-01-01"}, "太早了"),
    "no day": ([("150", "25", "5", "")], {"held_on": ""}, ""),
    "no source": ([("150", "25", "5", "")], {"title": ""}, ""),
    "no number": ([("many", "25", "5", "")], {}, ""),
    "nonsense": ([("9" * 400, "-1", "1e9", "\x00")], {"body": "CROWD"}, ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_with_anything_wrong_nothing_is_written_and_everything_typed_stays(city, series, promises, name):
    rows, changed, text = REFUSED[name]
    good = ("100", "3", "1", "")
    data = sent(promises, *rows, **changed)
    if rows:
        data |= sent(promises[1:], good, **changed)
    page = signed_in(city.reviewer).post(together(series), data)
    assert page.status_code == 200
    assert "没有保存" in page.content.decode()
    assert text in page.content.decode()
    assert not Vote.objects.exists()
    if rows:
        assert 'value="100"' in page.content.decode()


def test_the_same_meeting_sent_twice_is_drafted_once(city, series, promises):
    client = signed_in(city.reviewer)
    data = sent(promises, ("150", "25", "5", ""))
    client.post(together(series), data)
    page = client.post(together(series), data)
    assert "已经有一份草稿了" in page.content.decode()
    assert Vote.objects.count() == 1


def test_a_vote_that_is_public_refuses_another_of_that_day_at_its_own_promise(city, series, promises):
    published(a_vote(promises[1], HELD_ON), "2020-06-21")
    rows = [("150", "25", "5", ""), ("100", "3", "1", "")]
    page = signed_in(city.reviewer).post(together(series), sent(promises, *rows))
    errors = page.context["form"].errors
    assert set(errors) == {f"{promises[1].pk}-satisfied"}
    assert "已有一次人大代表的测评" in str(errors)


def test_a_table_is_read_into_the_boxes_and_nothing_is_stored(city, series, promises):
    rows = [("序号", "项目名称", "满意", "基本满意", "不满意", "到会人数")]
    rows += [(one.number, one.project.title, 150, 25, 5, 180) for one in promises]
    page = signed_in(city.reviewer).post(together(series), {"table": table(*rows)})
    html = page.content.decode()
    assert f"读了 {len(promises)} 项" in html
    assert html.count('value="150"') == len(promises)
    assert not Vote.objects.exists()


def test_a_table_with_a_fault_is_not_read_at_all(city, series, promises):
    rows = [("项目", "满意", "基本满意", "不满意", "到会人数"), (promises[0].project.title, 150, 25, 6, 180)]
    html = signed_in(city.reviewer).post(together(series), {"table": table(*rows)}).content.decode()
    assert "<strong>Sheet!E2</strong>：三项加起来 181，多于到会的 180 人。" in html
    assert 'value="150"' not in html


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", "满意,基本满意\n1,2".encode("gb18030")])
def test_what_is_no_table_of_ballots_is_refused_in_words(city, series, content):
    page = signed_in(city.reviewer).post(together(series), {"table": SimpleUploadedFile("x.csv", content)})
    assert page.status_code == 200
    assert "desk-errors" in page.content.decode() or "errorlist" in page.content.decode()


def test_the_empty_table_comes_back_filled(city, series, promises):
    client = signed_in(city.reviewer)
    answer = client.get(f"{reverse('admin:tasks_vote_table_form')}?series={series.pk}")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    for row in range(3, 3 + len(promises)):
        for column, value in enumerate((150, 25, 5, 180), 3):
            book.active.cell(row, column, value)
    stored = BytesIO()
    book.save(stored)
    page = client.post(together(series), {"table": SimpleUploadedFile("v.xlsx", stored.getvalue())}).content.decode()
    assert f"读了 {len(promises)} 项" in page


@pytest.mark.parametrize("query", ["?series=", "?series=x", "?series=0", "?series=99999999999999999999"])
def test_another_series_is_none(city, query):
    for name in ("admin:tasks_vote_together", "admin:tasks_vote_table_form"):
        assert signed_in(city.reviewer).get(f"{reverse(name)}{query}").status_code == 404


# Publishing what waits


@pytest.fixture
def drafts(city, promises):
    return [a_vote(one, HELD_ON, by=city.reviewer) for one in promises[:2]]


def ticked(client, drafts) -> dict:
    rows = client.get(reverse("admin:tasks_vote_publish_many")).context["rows"]
    return {"of": [one.pk for one in drafts]} | {f"{DECIDED_ON}-{vote.pk}": version for vote, version in rows}


def test_another_reviewer_publishes_what_was_shown_at_once(city, drafts):
    """docs/rules.md: vote, two-people."""
    client = signed_in(city.second_reviewer)
    page = client.post(reverse("admin:tasks_vote_publish_many"), ticked(client, drafts), follow=True)
    assert "已公布 2 项" in told_by(page)
    assert [vote.published_by for vote in Vote.objects.published()] == [city.second_reviewer] * 2
    acts = AuditRecord.objects.filter(kind=AuditAction.PUBLISH, person=city.second_reviewer)
    assert acts.count() == 2


def test_all_that_is_ticked_is_published_or_nothing(city, drafts):
    client = signed_in(city.second_reviewer)
    data = ticked(client, drafts)
    Vote.objects.filter(pk=drafts[1].pk).update(satisfied=149)
    page = client.post(reverse("admin:tasks_vote_publish_many"), data, follow=True)
    assert "您看过以后又有变化" in told_by(page)
    assert not Vote.objects.published().exists()
    drafts[1].evidence.all().delete()
    page = client.post(reverse("admin:tasks_vote_publish_many"), ticked(client, drafts), follow=True)
    assert "要写明出处" in told_by(page)
    assert not Vote.objects.published().exists()


@pytest.mark.parametrize("of", [[], ["x"], ["0"], ["99999999999"]])
def test_nothing_ticked_publishes_nothing(city, drafts, of):
    page = signed_in(city.second_reviewer).post(reverse("admin:tasks_vote_publish_many"), {"of": of}, follow=True)
    assert "没有公布" in told_by(page)
    assert not Vote.objects.published().exists()


def test_nobody_publishes_their_own(city, drafts):
    """docs/rules.md: two-people."""
    client = signed_in(city.reviewer)
    assert client.get(reverse("admin:tasks_vote_publish_many")).context["rows"] == []
    client.post(reverse("admin:tasks_vote_publish_many"), {"of": [drafts[0].pk]})
    assert not Vote.objects.published().exists()


# Queries


def count_of(client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_the_pages_ask_as_much_however_many_there_are(city, series, promises):
    client, pages = signed_in(city.second_reviewer), (together(series), reverse("admin:tasks_vote_publish_many"))
    a_vote(promises[0], HELD_ON, by=city.reviewer)
    before = [count_of(client, page) for page in pages]
    addition = an_addition(city.plan)
    for n in range(3):
        hall = a_project(f"hall-{n}")
        row = a_commitment(city.plan, hall, a_milestone(hall), number=50 + n, addition=addition)
        a_vote(row, HELD_ON, by=city.reviewer)
    published(addition, "2020-06-10")
    assert [count_of(client, page) for page in pages] == before
