"""Three widths of every picture: made as it is stored, shown where it is shown, as public as it, and gone with it."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.template import Context, Template
from django.utils import timezone
from PIL import Image

from common.media import renditions
from common.media.renditions import (
    is_rendition,
    picture_name,
    rendition_names,
    renditions_of,
    write_renditions,
)
from common.templatetags.components import picture_html
from desk.forms.evidence import copy_of
from ledger.chain import PublicationError
from news.models import Article
from projects.models import Evidence
from tasks.loading import load_files
from tests.factories import a_redaction, a_report, an_evidence, moment, published
from tests.small_city import address, signed_in

pytestmark = pytest.mark.one_database

NAME = "evidence/2020/06/ab.jpg"
NAMES = [f"evidence/2020/06/ab-{width}{suffix}" for width in (480, 960, 1600) for suffix in (".webp", ".jpg")]


def jpeg(width: int = 40, height: int = 30, **options) -> ContentFile:
    stored = BytesIO()
    Image.new("RGB", (width, height), "teal").save(stored, "JPEG", **options)
    return ContentFile(stored.getvalue())


def stored(settings) -> set[str]:
    root = settings.MEDIA_ROOT
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


# Names


@pytest.mark.parametrize(
    ("name", "names"),
    [
        (NAME, NAMES),
        ("covers/a.b.jpg", [name.replace("evidence/2020/06/ab", "covers/a.b") for name in NAMES]),
        ("evidence/a.pdf", []),
        ("evidence/a.png", []),
        ("evidence/ab-480.jpg", []),
        ("", []),
    ],
)
def test_names_follow_from_the_name(name, names):
    assert rendition_names(name) == names


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        *((name, NAME) for name in NAMES),
        (NAME, NAME),
        ("evidence/a-480.png", "evidence/a-480.png"),
        ("evidence/a-4800.jpg", "evidence/a-4800.jpg"),
        ("evidence/a-480.jpg.pdf", "evidence/a-480.jpg.pdf"),
    ],
)
def test_a_rendition_names_its_picture(name, picture):
    assert picture_name(name) == picture
    assert is_rendition(name) is (name != picture)


# Made with the picture


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((2000, 1000), [(480, 240), (960, 480), (1600, 800)]),
        ((1000, 500), [(480, 240), (960, 480), (1000, 500)]),
        ((40, 30), [(40, 30)] * 3),
        ((2000, 1), [(480, 1), (960, 1), (1600, 1)]),
        ((1, 2000), [(1, 2000)] * 3),
    ],
    ids=["wide", "between", "small", "a line", "upright line"],
)
def test_each_is_of_its_width_and_none_is_enlarged(size, sizes, settings):
    default_storage.save(NAME, jpeg(*size))
    assert stored(settings) == {NAME, *NAMES}
    seen = [Image.open(settings.MEDIA_ROOT / name) for name in NAMES]
    assert [picture.format for picture in seen] == ["WEBP", "JPEG"] * 3
    assert [picture.size for picture in seen] == [size for size in sizes for _ in range(2)]


def test_a_loaded_picture_that_lies_on_its_side_has_upright_renditions_without_notes():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A maker"
    default_storage.save(NAME, jpeg(40, 30, exif=exif))
    for name in NAMES:
        with default_storage.open(name) as file, Image.open(file) as picture:
            assert picture.size == (30, 40)
            assert not dict(picture.getexif())


@pytest.mark.parametrize("name", ["evidence/a.pdf", "evidence/a.png", "evidence/broken.jpg"])
def test_what_is_no_picture_is_stored_alone(name, settings):
    default_storage.save(name, ContentFile(b"%PDF-1"))
    assert stored(settings) == {name}
    assert write_renditions(default_storage, name) == []


def test_only_what_is_missing_is_made_again(settings):
    default_storage.save(NAME, jpeg())
    kept = (settings.MEDIA_ROOT / NAMES[1]).stat().st_mtime_ns
    default_storage.delete(NAMES[0])
    assert write_renditions(default_storage, NAME) == [NAMES[0]]
    assert write_renditions(default_storage, NAME) == []
    assert (settings.MEDIA_ROOT / NAMES[1]).stat().st_mtime_ns == kept


def test_under_its_name_a_rendition_is_whole(monkeypatch, settings):
    """Of one that a crash cut off, or that is still being written, no entry has the digest."""
    name = default_storage.save("a.jpg", jpeg())
    target = rendition_names(name)[0]
    default_storage.delete(target)

    class CutOff(ContentFile):
        def chunks(self, *args, **options):
            yield self.read(9)
            assert not default_storage.exists(target)
            raise KeyboardInterrupt

    monkeypatch.setattr(renditions, "ContentFile", CutOff)
    with pytest.raises(KeyboardInterrupt):
        write_renditions(default_storage, name)
    monkeypatch.undo()
    assert write_renditions(default_storage, name) == [target]
    assert stored(settings) == {name, *rendition_names(name)}


def test_they_go_with_their_picture_and_with_no_other(settings):
    default_storage.save(NAME, jpeg())
    default_storage.save("evidence/2020/06/abc.jpg", jpeg())
    default_storage.delete(NAME)
    assert stored(settings) == {"evidence/2020/06/abc.jpg", *rendition_names("evidence/2020/06/abc.jpg")}


def test_a_copy_for_a_correction_has_its_own(settings):
    original = Evidence(kind="PHOTO", title="x", is_consented=True)
    original.file.save("a.jpg", jpeg(), save=False)
    fields = copy_of(original)
    copy = Evidence(**fields)
    copy.file.save(fields["file"].name, fields["file"], save=False)
    assert copy.is_consented
    assert set(rendition_names(copy.file.name)) < stored(settings)
    default_storage.delete(original.file.name)
    assert stored(settings) == {copy.file.name, *rendition_names(copy.file.name)}


# Shown


@pytest.mark.parametrize(
    ("size", "widths"),
    [((2000, 1000), [480, 960, 1600]), ((1000, 500), [480, 960, 1000]), ((700, 500), [480, 700]), ((40, 30), [40])],
)
def test_a_page_offers_each_width_once(size, widths):
    default_storage.save(NAME, jpeg(*size))
    found = renditions_of(NAME)
    assert [one.width for one in found.renditions] == widths
    assert found.width == widths[-1]
    for one in found.renditions:
        for name in (one.webp, one.jpeg):
            with default_storage.open(name) as file, Image.open(file) as picture:
                assert picture.width == one.width


def drawn(tag: str, name: str = NAME) -> str:
    return Template(tag).render(Context({"file": Evidence(file=name).file, "alt": 'A "bridge"'}))


def test_a_picture_says_its_size_its_widths_and_what_is_in_it():
    default_storage.save(NAME, jpeg(1000, 500))
    html = drawn('{% picture file=file alt=alt sizes="20rem" %}')
    whole = "/media/evidence/2020/06/ab"
    assert html == (
        f'<picture><source type="image/webp" srcset="{whole}-480.webp 480w, {whole}-960.webp 960w, '
        f'{whole}-1600.webp 1000w" sizes="20rem"><img src="{whole}-960.jpg" alt="A &quot;bridge&quot;" '
        f'srcset="{whole}-480.jpg 480w, {whole}-960.jpg 960w, {whole}-1600.jpg 1000w" sizes="20rem" '
        'width="1000" height="500" loading="lazy" decoding="async"></picture>'
    )
    assert picture_html(file=Evidence(file=NAME).file, alt='A "bridge"', sizes="20rem").strip() == html
    assert "lazy" not in drawn('{% picture file=file alt=alt loading="eager" %}')


def test_a_picture_without_renditions_is_shown_itself():
    default_storage.save(NAME, jpeg(40, 30))
    default_storage.delete(NAMES[3])
    html = drawn("{% picture file=file alt=alt %}")
    assert html == (
        '<img src="/media/evidence/2020/06/ab.jpg" alt="A &quot;bridge&quot;" width="40" height="30" '
        'loading="lazy" decoding="async">'
    )
    assert '<img src="/media/evidence/none.jpg" alt=' in drawn("{% picture file=file alt=alt %}", "evidence/none.jpg")


# Public as long as the picture


def a_photo(report) -> Evidence:
    photo = an_evidence(report, title="The bridge", kind="PHOTO", is_consented=True)
    photo.file.save("ab.jpg", jpeg())
    return photo


def answers(client, name: str) -> set[int]:
    return {client.get(f"/media/{one}").status_code for one in (name, *rendition_names(name))}


def test_photos_of_drafts_are_nowhere_and_of_reports_everywhere(client, city):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    photo = a_photo(report)
    assert answers(client, photo.file.name) == {404}
    published(report, on="2020-06-05")
    assert answers(client, photo.file.name) == {200}
    page = client.get("/projects/bridge/").content.decode()
    assert all(name in page for name in rendition_names(photo.file.name)[:2])


def test_a_redacted_photo_is_gone_in_every_width(client, city, settings, django_capture_on_commit_callbacks):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    name = a_photo(report).file.name
    published(report, on="2020-06-05")
    published(a_redaction(report, "evidence/1"), on="2020-06-06")
    assert answers(client, name) == {404}  # before the files go
    assert set(rendition_names(name)) < stored(settings)
    with django_capture_on_commit_callbacks(execute=True):
        published(a_redaction(a_published_photo(city), "evidence/1"), on="2020-08-06")
    assert stored(settings) == {name, *rendition_names(name)}


def a_published_photo(city):
    report = a_report(city.bridge, "2020-07-31", {"built": 60})
    a_photo(report)
    return published(report, on="2020-08-05")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"is_published": True, "published_at": moment("2020-06-01")}, 200),
        ({}, 404),
        (
            {
                "is_published": True,
                "published_at": moment("2020-06-01"),
                "withdrawn_at": moment("2020-06-02"),
                "withdrawal_reason": "x",
            },
            404,
        ),
        ({"is_published": True, "published_at": timezone.now() + timedelta(days=1)}, 404),
    ],
    ids=["published", "draft", "withdrawn", "scheduled"],
)
@pytest.mark.django_db
def test_a_cover_is_as_public_as_its_article_in_every_width(client, fields, status):
    article = Article.objects.create(slug="open-day", title="x", body="x", cover_alt="x", cover_credit="x", **fields)
    article.cover.save("ab.jpg", jpeg())
    assert answers(client, article.cover.name) == {status}


ODD_NAMES = (
    "ab-640.webp", "ab-480.png", "ab-480.webp.html", "ab-480.jpg/", "ab", "ab-480", "-480.webp", "../ab.jpg",
    "../../portal.sqlite3", "./ab.jpg", "x/../ab.jpg", "//ab.jpg", "ab.jpg%00", "ab-480.webp%00.jpg", "ab.JPG",
    "a" * 5000 + "-480.webp", "%E7%85%A7.jpg", "-480.jpg-480.jpg", "..%2fab.jpg", "ab-480-480.webp",
)  # fmt: skip


def test_a_name_that_is_no_file_of_ours_is_not_there(client, city):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    a_photo(report)
    published(report, on="2020-06-05")
    for folder in ("evidence", "covers"):
        for name in ODD_NAMES:
            assert client.get(f"/media/{folder}/{name}").status_code in {400, 404}, name


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("ab.jpg", "image/jpeg"), ("ab-480.webp", "image/webp"), ("ab-1600.jpg", "image/jpeg")],
)
def test_what_goes_out_is_taken_for_what_it_is_and_kept_for_an_hour(client, city, name, content_type):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    a_photo(report)
    published(report, on="2020-06-05")
    response = client.get(f"/media/evidence/{name}", headers={"range": "bytes=2-4"})
    assert response.status_code == 200
    assert len(response.getvalue()) == default_storage.size(f"evidence/{name}")
    assert response["Content-Type"] == content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "public, max-age=60"
    again = client.get(f"/media/evidence/{name}", headers={"if-modified-since": response["Last-Modified"]})
    assert (again.status_code, again["Cache-Control"]) == (304, "public, max-age=60")


def test_a_file_that_is_gone_from_the_store_is_not_there(client, city):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    name = a_photo(report).file.name
    published(report, on="2020-06-05")
    default_storage.delete(name)
    assert answers(client, name) == {404}
    assert client.get("/projects/bridge/").status_code == 200
    report_page = address(report).replace("change/", "evidence/1/")
    assert signed_in(city.official).get(report_page).status_code == 404


@pytest.mark.parametrize(
    ("asked", "width"),
    [("", 1000), ("?width=480", 480), ("?width=1600", 1000), ("?width=481", 1000), ("?width=-1", 1000)]
    + [(f"?width={odd}", 1000) for odd in ("9" * 5000, "%25", "../", "４８０")],
)
def test_the_desk_shows_drafts_small(city, asked, width):
    report = a_report(city.bridge, "2020-05-31", {"built": 50}, by=city.official)
    photo = an_evidence(report, kind="PHOTO")
    photo.file.save("ab.jpg", jpeg(1000, 30))
    response = signed_in(city.official).get(address(report).replace("change/", "evidence/1/") + asked)
    assert response["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(response.getvalue())).width == width


# Installations that are there already


def test_missing_renditions_are_made_by_a_command_once(city, settings, capsys):
    report = a_report(city.bridge, "2020-05-31", {"built": 50})
    name = a_photo(report).file.name
    an_evidence(report, content=b"%PDF-1")
    article = Article.objects.create(slug="open-day", title="x", body="x", cover_alt="x", cover_credit="x")
    article.cover.save("broken.jpg", ContentFile(b"no picture"))
    whole = stored(settings)
    for one in rendition_names(name):
        default_storage.delete(one)
    call_command("make_renditions")
    assert stored(settings) == whole
    told = capsys.readouterr()
    assert "补了 6 个缩小的图片。" in told.out
    assert told.err == "读不出图片：covers/broken.jpg\n"
    default_storage.delete(article.cover.name)
    call_command("make_renditions")
    told = capsys.readouterr()
    assert "补了 0 个缩小的图片。" in told.out
    assert told.err == "读不出图片：covers/broken.jpg\n"


def test_loaded_photos_have_theirs(illustrative_2020):
    photos = Evidence.objects.filter(kind="PHOTO")
    assert photos
    assert all(len(renditions_of(photo.file.name).renditions) == 3 for photo in photos)


@pytest.mark.django_db
def test_no_fixture_takes_the_name_of_a_rendition(tmp_path, settings):
    fixture = (settings.BASE_DIR / "fixtures" / "illustrative_2020.json").read_text()
    changed = tmp_path / "year.json"
    changed.write_text(fixture.replace("illustrative/rural-road.jpg", "illustrative/rural-road-480.jpg"))
    with pytest.raises(PublicationError, match=r"rural-road-480\.jpg 换个名字"):
        load_files([settings.BASE_DIR / "fixtures" / "plan_2020.json", changed])
    assert not stored(settings)
