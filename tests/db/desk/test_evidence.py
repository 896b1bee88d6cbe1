"""What shows that a report is true, as officials send it: files of one choice, links, titles; and what is said of errors."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from common.media import renditions
from projects.models import Evidence, EvidenceKind, Report
from tests.factories import an_evidence
from tests.small_city import (
    LINK,
    a_draft,
    a_picture,
    address,
    errors_of,
    file_row,
    report_data,
    signed_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]  # addresses have a length there alone

PAPER = b"%PDF-1.4\nhello\n%%EOF\n"
ARTICLE = f"https://mp.weixin.qq.com/s?__biz=MzA5{'x' * 200}&mid=2247483650&sn={'0' * 100}#rd"


@pytest.fixture
def official(city):
    return signed_in(city.official)


@pytest.fixture
def photo(tmp_path):
    content = a_picture(tmp_path / "a.jpg").read_bytes()
    return lambda name="a.jpg": SimpleUploadedFile(name, content)


def paper(name: str = "霍政办〔2020〕12号.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PAPER)


def sent(official, city, **row):
    return official.post(address(Report, "add", f"?project={city.bridge.pk}"), report_data(city, **row, _save=""))


def evidence() -> list[tuple[str, str]]:
    rows = Report.objects.get(held_on=date(2020, 5, 31)).evidence.all()
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    return [(row.kind, row.title) for row in rows]


def errors_in(response) -> list[dict]:
    (inline,) = response.context["inline_admin_formsets"]
    return [{name: list(texts) for name, texts in errors.items()} for errors in inline.formset.errors]


def formset_errors(response) -> list[str]:
    (inline,) = response.context["inline_admin_formsets"]
    return list(inline.formset.non_form_errors())


# Several of one choice


def test_each_photo_of_one_choice_is_a_piece_of_its_own(city, official, photo):
    sent(official, city, **file_row([photo(), photo(), photo()]))
    assert evidence() == [("PHOTO", f"Live pictures（{n}）") for n in (1, 2, 3)]
    assert len({row.file.name for row in Evidence.objects.all()}) == 3
    assert all(row.is_consented for row in Evidence.objects.all())


def test_titles_that_nobody_typed_say_what_is_known(city, official, photo):
    sent(official, city, **file_row([photo(), paper(), photo()]) | {"evidence-0-title": ""})
    assert evidence() == [
        ("PHOTO", "The bridge的照片（1）"),
        ("DOCUMENT", "霍政办〔2020〕12号"),
        ("PHOTO", "The bridge的照片（2）"),
    ]


@pytest.mark.parametrize(
    ("name", "title"), [(".pdf", "The bridge的文件"), (".通知.pdf", "通知"), ("12.5 通知.PDF", "12.5 通知")]
)
def test_the_end_of_a_name_is_no_title(city, official, name, title):
    sent(official, city, **file_row(paper(name)) | {"evidence-0-title": ""})
    assert evidence() == [("DOCUMENT", title)]


def test_a_long_title_still_fits_with_its_number(city, official, photo):
    sent(official, city, **file_row([photo(), photo()]) | {"evidence-0-title": "长" * 200})
    assert all(title.endswith("）") and len(title) <= 200 for _kind, title in evidence())


def test_more_of_one_choice_stand_behind_what_is_there(city, official, photo):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    old = an_evidence(draft, title="Minutes", url="https://example.org/")
    rows = {
        "evidence-TOTAL_FORMS": "2", "evidence-INITIAL_FORMS": "1", "evidence-0-id": old.pk,
        "evidence-0-report": draft.pk, "evidence-0-title": "Minutes of May", "evidence-0-url": old.url,
        "evidence-1-title": "Pier", "evidence-1-file": [photo(), photo()], "evidence-1-is_consented": "on",
    }  # fmt: skip
    assert official.post(address(draft), report_data(city, **rows, _save="")).status_code == 302
    assert evidence() == [("LINK", "Minutes of May"), ("PHOTO", "Pier（1）"), ("PHOTO", "Pier（2）")]


def test_what_is_wrong_with_one_of_several_is_told_with_its_name(city, official, photo, settings):
    bad = SimpleUploadedFile("IMG_2.HEIC", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99)
    nothing = SimpleUploadedFile("IMG_3.jpg", b"")
    response = sent(official, city, **file_row([photo(), bad, nothing]))
    first, second = errors_in(response)[0]["file"]
    assert first.startswith("IMG_2.HEIC：这不是能读的 JPEG、PNG 或 WebP 图片，是 iPhone 的 HEIC 照片。请在“设置")
    assert second.startswith("IMG_3.jpg：所提交的是空文件。请先打开它看看")
    assert not Report.objects.drafts().exists()
    assert not settings.MEDIA_ROOT.exists()


def test_more_than_twenty_are_refused_in_words_and_nothing_is_lost(city, official, photo, settings):
    response = sent(official, city, **file_row([photo(f"{n}.jpg") for n in range(21)]))
    assert errors_in(response) == [{"file": ["一次选了 21 个文件，最多 20 个。请分几次传，先存好这一批再选其余的。"]}]
    assert "The piers stand." in response.content.decode()
    draft = a_draft(city.bridge, "2020-05-30", {"built": 55}, by=city.official)
    for position in range(1, 19):
        an_evidence(draft, position=position, title=f"Minutes {position}")
    data = {"evidence-TOTAL_FORMS": "19", "evidence-INITIAL_FORMS": "18"}
    for n, row in enumerate(draft.evidence.all()):
        data |= {f"evidence-{n}-id": row.pk, f"evidence-{n}-report": draft.pk, f"evidence-{n}-title": row.title}
        data |= {f"evidence-{n}-is_cited": "on"}
    data |= {"evidence-18-is_consented": "on"}
    three = {"evidence-18-file": [photo(), photo(), photo()]}
    told = "最多 20 份佐证材料，连同已有的一共 21 份。请少选 1 份。"
    assert formset_errors(official.post(address(draft), report_data(city, **data, **three, _save=""))) == [told]
    assert draft.evidence.count() == 18
    data |= {"evidence-0-DELETE": "on", "evidence-18-file": [photo(), photo(), photo()]}
    assert official.post(address(draft), report_data(city, **data, _save="")).status_code == 302
    assert draft.evidence.count() == 20


def test_a_request_of_too_many_files_is_told_so(city, official, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    response = sent(official, city, **file_row([paper(), paper(), paper()]))
    assert response.status_code == 400
    assert "一次传的文件太多" in response.content.decode()


def test_a_request_of_too_many_words_is_told_so(city, official, settings, caplog):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    response = sent(official, city, text="长" * 2000)
    assert response.status_code == 400
    assert "内容太大，多半是粘贴时带了图片。" in response.content.decode()
    assert not [record for record in caplog.records if record.exc_info]


def test_a_form_full_of_evidence_can_still_be_sent(settings):
    """A browser sends an empty part for each field for files, and Django counts those as well."""
    assert settings.DATA_UPLOAD_MAX_NUMBER_FILES >= 20 + 20 + 2


# The kind follows from what is there


@pytest.mark.parametrize(
    ("row", "kind", "title"),
    [
        (lambda: file_row(paper(), "DOCUMENT"), EvidenceKind.DOCUMENT, "Live pictures"),
        (lambda: LINK, EvidenceKind.LINK, "Live pictures"),
        (lambda: LINK | {"evidence-0-title": ""}, EvidenceKind.LINK, "网页：example.org"),
        (lambda: LINK | {"evidence-0-url": "example.org/a"}, EvidenceKind.LINK, "Live pictures"),
        (lambda: LINK | {"evidence-0-url": "", "evidence-0-is_cited": "on"}, EvidenceKind.DOCUMENT, "Live pictures"),
    ],
    ids=["paper", "link", "link without title", "address as it is copied", "cited"],
)
def test_nobody_has_to_say_what_it_is(city, official, row, kind, title):
    sent(official, city, **row())
    assert evidence() == [(kind, title)]


@pytest.mark.parametrize(
    ("row", "field", "told"),
    [
        ({"evidence-0-url": ""}, "file", "请选照片或 PDF，或者填网址；"),
        (
            {"evidence-0-url": "", "evidence-0-title": "", "evidence-0-is_cited": "on"},
            "title",
            "请写文件的名称和文号。",
        ),
        ({"evidence-0-file": paper()}, "url", "文件和网址各算一份佐证。请留下一样，另一样再加一行。"),
        (
            {"evidence-0-url": "ftp://example.org/"},
            "url",
            "把网址整行复制过来，例如 https://www.example.com。没有网址的，勾选“没有文件可传，只写",
        ),
    ],
    ids=["a title alone", "cited without title", "both", "no page"],
)
def test_a_row_that_says_too_little_or_too_much(city, official, row, field, told):
    response = sent(official, city, **LINK | row)
    ((name, (text,)),) = errors_in(response)[0].items()
    assert name == field
    assert text.startswith(told)


def test_a_stored_photo_that_is_replaced_by_a_paper_is_a_document(city, official):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    old = an_evidence(draft, kind="PHOTO", file="evidence/a.jpg")
    row = {**file_row(paper()), "evidence-INITIAL_FORMS": "1", "evidence-0-id": old.pk, "evidence-0-report": draft.pk}
    official.post(address(draft), report_data(city, **row, _save=""))
    assert evidence() == [("DOCUMENT", "Live pictures")]


def test_a_title_of_a_row_that_stands_is_changed_alone(city, official):
    draft = a_draft(city.bridge, "2020-05-31", {"built": 55}, by=city.official)
    old = an_evidence(draft, kind="PHOTO", file="evidence/a.jpg", title="Pier（1）")
    row = {
        **LINK, "evidence-0-title": "Northern pier", "evidence-0-url": "", "evidence-INITIAL_FORMS": "1",
        "evidence-0-id": old.pk, "evidence-0-report": draft.pk,
    }  # fmt: skip
    assert official.post(address(draft), report_data(city, **row, _save="")).status_code == 302
    assert evidence() == [("PHOTO", "Northern pier")]


def test_the_address_of_a_shared_article_is_taken(city, official):
    assert len(ARTICLE) > 350
    sent(official, city, **LINK | {"evidence-0-url": ARTICLE})
    assert Evidence.objects.get().url == ARTICLE
    longer = f"https://example.org/{'x' * 2000}"
    assert "url" in errors_in(sent(official, city, **LINK | {"evidence-0-url": longer}))[0]


# Files that were chosen before an error


def test_after_an_error_elsewhere_the_page_says_which_files_to_choose_again(city, official, photo, settings):
    row = file_row([photo("大桥.jpg"), photo("<b>.jpg")])
    response = sent(official, city, **row, text="")
    assert errors_of(response).keys() == {"text"}
    assert errors_in(response) == [{}]
    page = response.content.decode()
    assert "刚才选的 2 个文件没有留下，请再选一次：大桥.jpg、&lt;b&gt;.jpg。" in page
    assert not settings.MEDIA_ROOT.exists()


def test_a_page_that_nothing_was_sent_to_asks_for_nothing_again(city, official):
    page = official.get(address(Report, "add", f"?project={city.bridge.pk}")).content.decode()
    assert "请再选一次" not in page
    assert 'name="evidence-0-file"' in page
    assert " multiple" in page
    assert "请再选一次" not in sent(official, city, text="").content.decode()


def test_photos_are_drawn_before_the_transaction(city, official, photo, monkeypatch):
    """Half a second for each, in which nobody else could save anything."""
    draw, outside, within = renditions._drawn, len(connection.savepoint_ids), []

    def drawn(content):
        within.append(len(connection.savepoint_ids) > outside)
        return draw(content)

    monkeypatch.setattr(renditions, "_drawn", drawn)
    sent(official, city, **file_row([photo(), photo()]))
    assert within == [False, False]
    assert len(evidence()) == 2
