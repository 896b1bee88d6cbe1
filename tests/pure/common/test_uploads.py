"""Uploads: what is stored is a fresh copy of the pixels, what is odd is refused in words."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from PIL import Image

from common.media import uploads
from common.media.uploads import LONGEST_SIDE, clean_document, clean_evidence, clean_photo

GPS, ORIENTATION, QUARTER_TURN = 0x8825, 0x0112, 6
WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)
PAPER = b"%PDF-1.4\nhello\n%%EOF\n"


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", colour="red", **options) -> bytes:
    stored = BytesIO()
    Image.new(mode, size, colour).save(stored, form, **options)
    return stored.getvalue()


def two_coloured(orientation: int) -> bytes:
    """40 by 30 pixels, the left half red and the right one blue, that say how they want to be turned."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    whole, stored = Image.new("RGB", (40, 30), "red"), BytesIO()
    whole.paste("blue", (20, 0, 40, 30))
    whole.save(stored, "JPEG", quality=95, exif=exif)
    return stored.getvalue()


def located() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "A maker"
    exif.get_ifd(GPS).update({1: "N", 2: (36.0, 34.0, 12.5), 3: "E", 4: (111.0, 43.0, 1.5)})
    return picture(exif=exif)


def zip_behind(content: bytes) -> bytes:
    """One file that is a picture to some programs and an archive to others."""
    stored = BytesIO(content)
    with ZipFile(stored, "a") as archive:
        archive.writestr("run.js", "alert(1)")
    return stored.getvalue()


def cleaned(content: bytes, name: str = "a.jpg") -> bytes:
    return clean_photo(ContentFile(content, name)).read()


def seen(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """JPEG doesn't keep a colour to the last bit."""
    return all(abs(one - other) <= 12 for one, other in zip(colour, wanted, strict=True))


@pytest.mark.parametrize(
    "content",
    [
        picture("JPEG"),
        picture("PNG"),
        picture("WEBP", lossless=True),
        picture("JPEG", mode="CMYK", colour=(0, 255, 255, 0)),
        picture("PNG", mode="P"),
        picture("PNG", mode="RGBA", colour="red"),
    ],
    ids=["JPEG", "PNG", "WebP", "JPEG for the press", "PNG with a palette", "PNG with alpha"],
)
def test_what_comes_in_is_stored_as_a_jpeg_of_the_same_colours(content):
    stored = seen(cleaned(content))
    assert (stored.format, stored.mode, stored.size) == ("JPEG", "RGB", (40, 30))
    wanted = seen(content).convert("RGB").getpixel((20, 15))
    assert near(stored.getpixel((20, 15)), wanted)


@pytest.mark.parametrize(
    ("mode", "colour", "grey"),
    [("L", 128, 128), ("1", 1, 255), ("LA", (128, 255), 128), ("I;16", 0, 0), ("I;16", 128 * 256, 128)],
)
def test_a_picture_without_colours_keeps_its_greys(mode, colour, grey):
    stored = seen(cleaned(picture("PNG", mode=mode, colour=colour)))
    assert stored.mode == "RGB"
    assert near(stored.getpixel((20, 15)), (grey, grey, grey))


def test_a_photo_with_a_second_view_behind_it_is_the_photo():
    stored, other = BytesIO(), Image.new("RGB", (40, 30), "blue")
    Image.new("RGB", (40, 30), "red").save(stored, "MPO", save_all=True, append_images=[other])
    assert near(seen(cleaned(stored.getvalue())).getpixel((20, 15)), RED)


def test_a_photo_whose_notes_are_broken_is_a_photo():
    notes = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff\x12\x01\x03\x00"
    assert near(seen(cleaned(picture(exif=notes))).getpixel((20, 15)), RED)


def test_what_is_transparent_becomes_white():
    assert near(seen(cleaned(picture("PNG", mode="RGBA", colour=(0, 0, 0, 0)))).getpixel((5, 5)), WHITE)


@pytest.mark.parametrize(
    ("orientation", "size", "top_left", "bottom_right"),
    [(1, (40, 30), RED, BLUE), (QUARTER_TURN, (30, 40), RED, BLUE), (3, (40, 30), BLUE, RED)],
)
def test_a_picture_is_stored_upright(orientation, size, top_left, bottom_right):
    stored = seen(cleaned(two_coloured(orientation)))
    assert stored.size == size
    assert near(stored.getpixel((3, 3)), top_left)
    assert near(stored.getpixel((size[0] - 4, size[1] - 4)), bottom_right)
    assert ORIENTATION not in stored.getexif()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (located(), b"A maker"),
        (picture(comment=b"taken by Mr Li"), b"taken by Mr Li"),
        (picture(icc_profile=b"a profile with a name"), b"a profile with a name"),
        (picture() + b"<script>alert(1)</script>", b"<script>"),
        (zip_behind(picture()), b"run.js"),
        (zip_behind(picture("PNG")), b"run.js"),
    ],
    ids=["place", "comment", "profile", "script behind it", "zip behind a JPEG", "zip behind a PNG"],
)
def test_nothing_but_the_pixels_is_kept(content, told):
    stored = cleaned(content)
    assert told in content
    assert told not in stored
    assert not dict(seen(stored).getexif())
    assert not {"exif", "comment", "icc_profile"} & seen(stored).info.keys()
    assert b"PK\x03\x04" not in stored


@pytest.mark.parametrize(
    ("size", "stored_size"), [((3000, 10), (2000, 7)), ((10, 3000), (7, 2000)), ((2000, 10), (2000, 10))]
)
def test_the_longest_side_has_a_limit(size, stored_size):
    assert max(stored_size) == LONGEST_SIDE
    assert seen(cleaned(picture(size=size))).size == stored_size


@pytest.mark.parametrize(("form", "size"), [("PNG", (5_000, 5_000)), ("JPEG", (8_000, 6_000))])
def test_as_many_pixels_as_are_taken(form, size):
    assert seen(cleaned(picture(form, size=size))).size == (2000, 2000 * size[1] // size[0])


def bomb(side: int) -> bytes:
    """Many megapixels in some kilobytes."""
    return picture("PNG", size=(side, side), mode="1", colour=0)


def moving(form: str) -> bytes:
    frames, stored = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")], BytesIO()
    frames[0].save(stored, form, save_all=True, append_images=frames[1:])
    return stored.getvalue()


TO_READ_WHOLE = "图片超过 2500 万像素，PNG 和 WebP 最多这么大。请用看图软件另存为 JPEG，或把长边改到 4000 以内，再传。"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: bomb(8_000), "图片超过 5000 万像素，请缩小后再传：用看图软件把长边改到 4000 以内。"),
        (lambda: bomb(14_000), "图片超过 5000 万像素，请缩小后再传：用看图软件把长边改到 4000 以内。"),
        (lambda: bomb(5_001), TO_READ_WHOLE),
        (lambda: picture("WEBP", size=(5_001, 5_000)), TO_READ_WHOLE),
        (lambda: moving("WEBP"), "不能上传动图，请换一张静止的照片，或截一张图再传。"),
        (lambda: moving("PNG"), "不能上传动图，请换一张静止的照片，或截一张图再传。"),
        (lambda: picture("GIF"), "是 GIF 图片。请用看图软件打开，另存为 JPEG 再传。"),
        (lambda: picture("TIFF"), "是 TIFF 图片。请用看图软件打开，另存为 JPEG 再传。"),
        (lambda: picture("BMP"), "是 BMP 图片。请用看图软件打开，另存为 JPEG 再传。"),
        (lambda: EPS, "是 EPS 图片。请用看图软件打开，另存为 JPEG 再传。"),
        (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "是网页或矢量图。请截一张图再传。"),
        (lambda: HEIC, "是 iPhone 的 HEIC 照片。请在“设置 → 相机 → 格式”里选“兼容性最佳”后重拍，"),
        (lambda: PAPER, "是 PDF。这里要图片：请把那一页截图再传。"),
        (lambda: zip_behind(b""), "是压缩包。请先解压，把里面的照片或 PDF 传上来。"),
        (lambda: picture(size=(400, 300))[:900], "文件不完整，或者坏了。请重新选这张照片再传；"),
        (lambda: picture("PNG", size=(400, 300))[:-40], "文件不完整，或者坏了。请重新选这张照片再传；"),
        (lambda: picture("WEBP", size=(400, 300))[:60], "文件不完整，或者坏了。请重新选这张照片再传；"),
        (lambda: b"", "看不出是什么。这里要图片：请把那一页截图再传。"),
        (lambda: "会议记录".encode(), "看不出是什么。这里要图片：请把那一页截图再传。"),
        (lambda: zipped(OOXML, "word/document.xml"), "是 Word 文件。这里要图片：请把那一页截图再传。"),
        (lambda: b"\x00\x00\x00\x08wide\x00\x00\x10\x00mdat", "是视频。请从视频里截一张图再传。"),
        (lambda: b"\x00\x00\x10\x00mdat" + b"\x00" * 99, "是视频。请从视频里截一张图再传。"),
        (lambda: b"\x00\x00\x10\x00moov" + b"\x00" * 99, "是视频。请从视频里截一张图再传。"),
    ],
    ids=[
        "bomb", "larger bomb", "large PNG", "large WebP", "moving WebP", "moving PNG", "GIF", "TIFF", "BMP", "EPS", "SVG", "HEIC", "paper",
        "archive", "half a JPEG", "half a PNG", "half a WebP", "nothing",
        "words", "Word", "old film", "film of one part", "film with its table first",
    ],
)  # fmt: skip
def test_odd_pictures_are_refused_with_a_way_out(content, message):
    with pytest.raises(ValidationError) as refusal:
        cleaned(content())
    (told,) = refusal.value.messages
    assert message in told
    assert told.startswith(("图片超过", "不能上传动图", "这不是能读的 JPEG、PNG 或 WebP 图片，"))


@pytest.mark.parametrize("clean", [clean_photo, clean_document])
def test_a_file_at_the_limit_is_looked_at_and_one_beyond_is_not(clean, monkeypatch):
    content = {clean_photo: picture(), clean_document: PAPER}[clean]
    monkeypatch.setattr(uploads, "MAX_BYTES", len(content))
    assert clean(ContentFile(content, "a"))
    with pytest.raises(ValidationError, match="最多 15 MB。请缩小后再传"):
        clean(ContentFile(content + b"\n", "a"))


@pytest.mark.parametrize(
    ("clean", "content", "suffix"),
    [(clean_photo, picture("PNG"), "jpg"), (clean_document, PAPER, "pdf")],
    ids=["photo", "paper"],
)
def test_the_name_tells_nothing_but_the_month_in_shanghai(clean, content, suffix):
    with time_machine.travel("2020-12-31T23:30:00Z", tick=False):
        names = {clean(ContentFile(content, "../张三的照片.html")).name for _ in range(2)}
    assert all(re.fullmatch(rf"2021/01/[0-9a-f]{{32}}\.{suffix}", name) for name in names)
    assert len(names) == 2


# Papers


def a_pdf(counted_from: int = 0) -> bytes:
    """One empty page; its table counts places from so many bytes before the header."""
    parts = [b"%PDF-1.4\n"]
    for text in (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R>>",
    ):
        parts.append(b"%d 0 obj%b endobj\n" % (len(parts), text))
    places = [sum(map(len, parts[:n])) + counted_from for n in range(1, 5)]
    rows = b"".join(b"%010d 00000 n \n" % place for place in places[:3])
    table = b"xref\n0 4\n0000000000 65535 f \n%btrailer<</Size 4/Root 1 0 R>>\n" % rows
    return b"".join(parts) + table + b"startxref\n%d\n%%%%EOF\n" % places[3]


def stored_paper(content: bytes) -> bytes:
    return clean_document(ContentFile(content, "a.pdf")).read()


@pytest.mark.parametrize("content", [PAPER, a_pdf(), PAPER.strip(), PAPER.replace(b"\n", b"\r\n")])
def test_a_paper_is_stored_as_it_is(content):
    assert stored_paper(content) == content


REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n"


@pytest.mark.parametrize(
    "lead",
    [
        b"\n",
        b"\r\n",
        b"\xef\xbb\xbf",
        b"\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n",
        REPLY,
        b"\x00" * 1024,
        b"#!/bin/sh\n",
    ],
    ids=["line", "line of Windows", "mark", "printer", "reply", "as far as readers look", "script"],
)
def test_what_stands_before_the_header_is_not_kept(lead):
    assert stored_paper(lead + a_pdf()) == a_pdf()


@pytest.mark.parametrize("lead", [b"\r\n", REPLY], ids=["line", "reply"])
def test_a_table_that_counts_from_before_the_header_still_finds_its_objects(lead):
    stored = stored_paper(lead + a_pdf(counted_from=len(lead)))
    assert stored.startswith(b"%PDF-1.4\n")
    assert b"HTTP" not in stored
    place = int(stored.rpartition(b"startxref\n")[2].split()[0])
    assert stored[place:].startswith(b"xref\n0 4")
    for line in stored[place:].split(b"\n")[3:6]:
        assert re.match(rb"\d 0 obj<<", stored[int(line[:10]) :])


@pytest.mark.parametrize(
    "behind",
    [b"\x00" * 4096, b"\r\n" * 40_000, b"</body></html>" * 400, zip_behind(b"")],
    ids=["zeros of a scanner", "lines", "page", "archive"],
)
def test_what_stands_behind_the_end_is_not_kept(behind):
    assert stored_paper(a_pdf() + behind) == a_pdf()


def test_a_paper_that_was_changed_later_keeps_its_last_end():
    twice = a_pdf() + b"5 0 obj<<>> endobj\nxref\n0 0\ntrailer<</Size 6>>\nstartxref\n300\n%%EOF\n"
    assert stored_paper(twice + b"\x00") == twice


@pytest.mark.parametrize(
    "middle", [b"startxref\n" + b"9" * 6000, b"startxref\n" + b"9" * 9, b"/Encrypt " + b"1" * 6000, b"1" * 100_000]
)
def test_numbers_that_lead_nowhere_keep_nobody_busy(middle):
    paper = b"%PDF-1.4\n" + middle + b"\n%%EOF\n"
    assert stored_paper(b"\n" + paper + b"1" * 100_000) == paper


SPEAKS = (
    b"5 0 obj<</Title(/Encrypt << in a manual)>> endobj\n",
    b"5 0 obj<</Length 40>>stream\ntrailer /Encrypt 9 0 R as it is printed\nendstream endobj\n",
)


@pytest.mark.parametrize("part", SPEAKS)
def test_a_paper_that_only_speaks_of_locks_is_not_locked(part):
    paper = a_pdf().replace(b"xref\n0 4", part + b"xref\n0 4", 1)
    assert stored_paper(paper) == paper


FIRST_PAGE = b"%PDF-1.5\n3 0 obj<</Linearized 1>> endobj\nxref\n0 0\ntrailer<<>>\nstartxref\n0\n%%EOF\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 60


def zipped(*names: str) -> bytes:
    stored = BytesIO()
    with ZipFile(stored, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return stored.getvalue()


OOXML = "[Content_Types].xml"
WHOLE = a_pdf()
NO_PAPERS = {
    "nothing": (b"", "看不出是什么"),
    "words": ("这是一份文件".encode(), "看不出是什么。请打开它，选“打印”，存成 PDF 再传。"),
    "header too far": (b"\x00" * 1025 + WHOLE, "看不出是什么"),
    "broken off": (b"%PDF-1.4\nbroken off", "这份 PDF 不完整，后半截没有了。请重新扫描或重新下载；"),
    "half": (WHOLE[: len(WHOLE) // 2], "这份 PDF 不完整"),
    "most": (WHOLE[:-8], "这份 PDF 不完整"),
    "a later change broken off": (WHOLE + b"5 0 obj<</Length 900>>stream\nxx", "这份 PDF 不完整"),
    "the first page alone": (FIRST_PAGE, "这份 PDF 不完整"),
    "the first page and some": (FIRST_PAGE + b"4 0 obj<</Length 9", "这份 PDF 不完整"),
    "locked": (WHOLE.replace(b"/Root", b"/Encrypt 9 0 R/Root"), "这份 PDF 加了密码或限制，别人可能打不开。请打开它，选“打印”，"),
    "locked by a stream": (
        a_pdf().replace(b"xref\n0 4", b"7 0 obj<</Encrypt 9 0 R/Type/XRef>>stream\nx\nendstream endobj\nxref\n0 4", 1),
        "这份 PDF 加了密码或限制",
    ),
    "locked on the spot": (WHOLE.replace(b"/Root", b"/Encrypt<</Filter/Standard>>/Root"), "这份 PDF 加了密码或限制"),
    "Word": (zipped(OOXML, "word/document.xml"), "这是 Word 文件。请在 Word 或 WPS 里打开，选“文件 → 另存为”"),
    "old Word": (OLE + "WordDocument".encode("utf-16-le"), "这是 Word 文件。请在 Word 或 WPS 里打开"),
    "rich text": (b"{\\rtf1\\ansi", "这是 Word 文件。"),
    "Excel": (zipped(OOXML, "xl/workbook.xml"), "这是 Excel 表格。请在 Excel 或 WPS 里打开"),
    "old Excel": (OLE + "Workbook".encode("utf-16-le"), "这是 Excel 表格。"),
    "slides": (zipped(OOXML, "ppt/slides/slide1.xml"), "这是演示文稿。请在 PowerPoint 或 WPS 里打开"),
    "OFD": (zipped("OFD.xml", "Doc_0/Document.xml"), "这是 OFD 文件。请在阅读器里打开"),
    "locked Word": (OLE + "EncryptedPackage".encode("utf-16-le"), "这是加了密码的 Office 文件。请先去掉密码，另存为 PDF"),
    "an older container": (OLE, "这是 Office 文件。"),
    "zip": (zipped("photos/1.jpg"), "这是压缩包。请先解压，把里面的照片或 PDF 传上来。"),
    "zip with a folder of that name": (zipped("word/1.jpg"), "这是压缩包。"),
    "rar": (b"Rar!\x1a\x07\x00", "这是压缩包。"),
    "archive before": (b"PK\x03\x04" + PAPER, "这是压缩包。"),
    "page before": (b"<html><script>x</script>" + PAPER, "这是网页或矢量图。"),
    "photo": (picture(), "这是照片。照片请放到选图片的地方；要当文件传，请先存成 PDF。"),
    "GIF": (picture("GIF"), "这是 GIF 图片。照片请放到选图片的地方"),
    "film": (b"\x00\x00\x00\x18ftypisom" + b"\x00" * 99, "这是视频。请从视频里截一张图再传。"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), NO_PAPERS.values(), ids=NO_PAPERS)
def test_what_is_no_paper_is_refused_with_a_way_out(content, message):
    with pytest.raises(ValidationError) as refusal:
        stored_paper(content)
    (told,) = refusal.value.messages
    assert message in told
    assert told.startswith(("文件只收 PDF，", "这份 PDF "))


@pytest.mark.parametrize(
    ("content", "suffix"), [(picture(), ".jpg"), (picture("PNG") + PAPER, ".jpg"), (b"\n" + a_pdf(), ".pdf")]
)
def test_evidence_is_what_its_content_is(content, suffix):
    assert clean_evidence(ContentFile(content, "a.html")).name.endswith(suffix)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"%PDF-1.4\nbroken off", "这份 PDF 不完整"),
        (
            zipped(OOXML, "word/document.xml"),
            "是 Word 文件。请在 Word 或 WPS 里打开，选“文件 → 另存为”或“输出为 PDF”，",
        ),
        (zipped(OOXML, "xl/workbook.xml"), "这里收照片（JPEG、PNG、WebP）和 PDF，这是 Excel 表格。.*再传那份 PDF。"),
        (HEIC, "是 iPhone 的 HEIC 照片。请在“设置"),
        (b"", "看不出是什么"),
        ("会议记录".encode(), "这里收照片（JPEG、PNG、WebP）和 PDF，这一份看不出是什么。.*打印成 PDF 再传。"),
        (b"ID3\x03\x00" + b"\x00" * 99, "这里收照片（JPEG、PNG、WebP）和 PDF，这一份看不出是什么。"),
        (b"AC1027\x00\x00", "这里收照片（JPEG、PNG、WebP）和 PDF，这一份看不出是什么。"),
    ],
)
def test_evidence_that_is_neither_is_told_its_own_way_out(content, advice):
    with pytest.raises(ValidationError, match=advice):
        clean_evidence(ContentFile(content, "a.pdf"))
