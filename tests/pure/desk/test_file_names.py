"""What the files of the desk are called: the site, what they are, of which days, with the marks of what is no real record."""

from datetime import date

import pytest

from accounts import publisher as names
from desk.file_names import file_name, month_text


@pytest.fixture
def site(monkeypatch, settings):
    def call(organizer: str, *, is_trial: bool = False) -> None:
        settings.TRIAL = is_trial
        said = names.Publisher("承诺", organizer, *[""] * 8)
        monkeypatch.setattr("desk.file_names.publisher", lambda: said)

    return call


@pytest.mark.parametrize(
    ("organizer", "parts", "name"),
    [
        ("青禾市", ("住建局", "2020年9月填报"), "青禾市-住建局-2020年9月填报.xlsx"),
        ("", ("通报", "2020-09-30"), "承诺-通报-2020-09-30.xlsx"),
        ("青禾市", ("", "年度计划空表"), "青禾市-年度计划空表.xlsx"),
        ("a/b\\c", ('“部”: "门"?', "x\ny"), "a-b-c-“部”-门-x-y.xlsx"),
    ],
)
def test_a_file_is_called_by_its_site_and_what_it_is(site, organizer, parts, name):
    site(organizer)
    assert file_name(*parts, ending="xlsx") == name


def test_what_is_no_real_record_is_marked_in_front(site):
    site("青禾市", is_trial=True)
    assert file_name("通报", ending="docx", is_illustrative=True) == "【演练】【示例】青禾市-通报.docx"
    assert file_name("通报", ending="") == "【演练】青禾市-通报"


def test_a_name_is_no_longer_than_file_systems_keep(site):
    site("长" * 90, is_trial=True)
    assert len(file_name("部" * 90, ending="xlsx").encode()) <= 255


@pytest.mark.parametrize(
    ("day", "text"), [((2020, 9, 30), "2020年9月"), ((2020, 2, 29), "2020年2月"), ((2020, 9, 25), "2020年9月25日")]
)
def test_a_month_is_named_by_its_last_day(day, text):
    assert month_text(date(*day)) == text
