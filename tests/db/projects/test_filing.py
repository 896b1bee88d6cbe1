"""A month without change in one press, and the sheet that a leader signs."""

import pytest
import time_machine

from desk.filing import SHEET_CHARACTERS, file_unchanged, lines_of, reported_projects, sheet_of
from ledger.chain import PublicationError
from projects.models import Project, Report
from tests.factories import a_correction, a_report, an_adjustment, an_evidence, day, moment, published
from tests.small_city import a_city, a_draft, address, report_data, send, signed_in, told

pytestmark = pytest.mark.both_databases

NOW = "2020-06-20"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(moment(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def city(db):
    return a_city()


def pressed(city, project, person="official"):
    return signed_in(getattr(city, person)).post(f"/admin/projects/report/unchanged/{project}/", follow=True)


def offered(city) -> bool:
    """Whether the choice of projects and the form of this one have the button; they agree."""
    pages = [address(Report, "add"), address(Report, "add", f"?project={city.bridge.pk}")]
    (found,) = {"unchanged/" in signed_in(city.official).get(page).content.decode() for page in pages}
    return found


def values(report: Report) -> dict:
    return {reading.milestone.code: reading.value for reading in report.readings.all()}


def test_one_press_files_last_months_values_for_today(city):
    assert offered(city)
    page = pressed(city, city.bridge.pk)
    report = Report.objects.drafts().get()
    assert told(page) == [
        "已送审：The bridge（2020-06-20），和上次一样。接下来由督查审核员审核，公布以后居民才看得到；"
        '公布以前要改，按“撤回”。<a href="/admin/">回工作台</a>'
    ]
    assert (report.held_on, report.spent, report.drafted_by) == (day(NOW), 9_000_000, city.official)
    assert report.text == "和 2020 年 4 月 30 日相比没有变化。"
    assert values(report) == {"built": 40}
    assert report.submitted_at is not None


def a_draft_in_hand(city):
    a_draft(city.bridge, "2020-05-31", {"built": 50}, by=city.official)


def a_submitted_one(city):
    a_report(city.bridge, "2020-05-31", {"built": 50}, by=city.official)


def data_of_today(city):
    published(a_report(city.bridge, NOW, {"built": 50}), on=NOW, at="11:00")


def a_dropped_project(city):
    published(an_adjustment(city.bridge.commitments.get(), dropped=True), on="2020-06-01")


def a_withdrawn_report(city):
    published(a_correction(city.bridge.reports.get()), on="2020-06-01")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (a_draft_in_hand, "手头已有一份没有公布的报告，请先办完那一份。"),
        (a_submitted_one, "2020-05-31 的数据已经送审（official，2020-06-20 12:00），等审核。要改，请撤回那一份。"),
        (data_of_today, "今天的数据已经公布了。"),
        (a_dropped_project, "已经办完或者取消，不再填报。"),
        (a_withdrawn_report, "还没有公布过数据，第一次要填报。"),
    ],
)
def test_where_there_is_nothing_to_repeat_it_says_why(city, given, text):
    given(city)
    before = Report.objects.count()
    assert told(pressed(city, city.bridge.pk)) == [f"The bridge：{text}"]
    assert Report.objects.count() == before
    assert not offered(city)


@pytest.mark.parametrize("person", ["other_official", "reviewer", "editor", "administrator"])
def test_nobody_else_files_for_the_department(city, person):
    assert pressed(city, city.bridge.pk, person).status_code in {403, 404}
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize("key", ["0", "-1", "x", "9" * 30, "1%00"])
def test_a_forged_key_finds_nothing(city, key):
    assert pressed(city, key).status_code in {400, 404}


def test_what_was_dropped_is_not_repeated_and_what_is_over_stays_confirmed(city):
    over = a_report(
        city.bridge, "2020-05-31", {"built": 110, "opened": 0}, evidence="Deed", is_over_target_confirmed=True
    )
    over.spent, over.over_investment_reason = 50_000_000, "Steel."
    over.save()
    published(over, on="2020-06-01")
    published(an_adjustment(city.to_open, dropped=True), on="2020-06-02")
    report = file_unchanged(city.bridge, by=city.official)
    assert values(report) == {"built": 110}
    assert (report.is_over_target_confirmed, report.over_investment_reason) == (True, "Steel.")


def test_two_presses_file_once(city):
    file_unchanged(city.bridge, by=city.official)
    with pytest.raises(PublicationError):
        file_unchanged(city.bridge, by=city.official)
    assert Report.objects.drafts().count() == 1


# The sheet


def sheet(report: Report):
    projects = reported_projects(Project.objects.filter(pk=report.project_id), day(NOW))
    return sheet_of(report, lines_of(report, projects[report.project_id]))


@pytest.mark.parametrize(
    ("length", "size", "is_cut"),
    [(300, "large", False), (900, "medium", False), (1500, "small", False), (6000, "small", True)],
)
def test_the_letters_get_smaller_and_what_does_not_fit_is_counted(city, length, size, is_cut):
    third = length // 3
    draft = a_draft(
        city.bridge, "2020-05-31", by=city.official, text="进" * third, problem="难" * third, next_step="下" * third
    )
    made = sheet(draft)
    shown = sum(len(text.removesuffix("……")) for _label, text in made.texts)
    assert (made.size, made.n_characters_left_out > 0) == (size, is_cut)
    assert shown + made.n_characters_left_out == 3 * third
    assert shown <= SHEET_CHARACTERS["small"]


def test_the_sheet_says_what_the_report_says_and_nothing_internal(city):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official, internal_note="Between us.")
    for _ in range(8):
        an_evidence(draft, title="Deed")
    page = signed_in(city.official).get(address(draft, "sheet")).content.decode()
    for words in ("The bridge", "Works office", "40%", "<strong>55%</strong>", "分管领导（签字）", "另有 2 件", "草稿"):
        assert words in page
    assert "Between us." not in page
    assert signed_in(city.other_official).get(address(draft, "sheet")).status_code == 404
    assert signed_in(city.reviewer).get(address(draft, "sheet")).status_code == 404


# What the official tells the reviewer


def test_what_is_told_the_reviewer_stays_at_the_desk(city):
    official, page = signed_in(city.official), address(Report, "add", f"?project={city.bridge.pk}")
    send(official, official.post(page, report_data(city, internal_note="The owner asked us to wait.", _submit="")))
    report = Report.objects.drafts().get()
    page = signed_in(city.reviewer).get(address(report)).content.decode()
    assert "The owner asked us to wait." in page
    published(report, on=NOW)
    assert "wait" not in str(report.entry.payload)
    for public in ("/projects/bridge/", f"/ledger/{report.entry_id}/", "/api/v1/projects/bridge", "/feeds/record.atom"):
        assert "The owner asked" not in signed_in(city.reviewer).get(public).content.decode()


def test_each_field_says_who_will_read_it(city):
    page = signed_in(city.official).get(address(Report, "add", f"?project={city.bridge.pk}"))
    form = page.context["adminform"].form
    said = {name: getattr(field, "publicity", "") for name, field in form.fields.items()}
    assert {name for name, word in said.items() if word != "公开"} == {"internal_note", "is_evidence_kept"}
    assert said["internal_note"] == "仅内部"
    assert page.content.decode().count(">仅内部<") == 1


def test_forms_that_change_the_record_say_so_too(city):
    pages = [
        signed_in(city.official).get(f"/admin/projects/adjustment/add/?promise=milestone:{city.built.pk}"),
        signed_in(city.reviewer).get("/admin/tasks/reading/add/"),
    ]
    for page in pages:
        fields = page.context["adminform"].form.fields.values()
        assert {getattr(field, "publicity", "") for field in fields} == {"公开"}
