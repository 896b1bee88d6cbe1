"""Hostile and odd pictures through the form of the admin: refused with a way out, or stored as nothing but pixels."""

import re
import struct
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image, PngImagePlugin

from common.media.renditions import WIDTHS, rendition_names
from projects.models import Report
from tests.small_city import a_city, address, file_row, report_data, signed_in

pytestmark = pytest.mark.one_database

SIZE = (48, 36)
RUN = 40  # bytes: what is found again in a stored file must be shorter
CANARY = b"<script>alert('canary 7f3a91')</script><?php system($_GET['c']); ?>"
GPS, ORIENTATION, MAKER, THUMBNAIL = 0x8825, 0x0112, 0x010F, 0x0201
PAPER = b"%PDF-1.4\n1 0 obj<</JS(app.alert(1))>>endobj\n%%EOF\n"


# What is sent


def noise(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """Pixels of which no run of bytes comes about by chance; the same ones every time."""
    n = size[0] * size[1]
    grey = Image.frombytes("L", size, bytes((i * i * 7 + i * 13 + (i >> 3) * 31) % 256 for i in range(n)))
    return Image.merge(
        "RGB", (grey, grey.transpose(Image.Transpose.ROTATE_180), grey.point(lambda v: 255 - v))
    ).convert(mode)


def encoded(form: str = "JPEG", picture: Image.Image | None = None, **options) -> bytes:
    stored = BytesIO()
    (picture or noise()).save(stored, form, **options)
    return stored.getvalue()


def located() -> Image.Exif:
    exif = Image.Exif()
    exif[MAKER], exif[0x010E] = "canary maker of phones", CANARY.decode()
    exif.get_ifd(GPS).update({1: "N", 2: (36.0, 34.0, 12.5), 3: "E", 4: (111.0, 43.0, 1.5)})
    return exif


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_with(marker: int, content: bytes) -> bytes:
    """A JPEG with one more segment behind its start."""
    whole = encoded()
    return whole[:2] + segment(marker, content) + whole[2:]


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with(*chunks: bytes) -> bytes:
    """A PNG with more chunks behind its head, which is 33 bytes long."""
    whole = encoded("PNG")
    return whole[:33] + b"".join(chunks) + whole[33:]


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG that says it is of that size, whatever it holds."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that says it is of that size."""
    whole = bytearray(encoded())
    start = whole.index(b"\xff\xc0") + 5
    whole[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def zipped(*names: str) -> bytes:
    stored = BytesIO()
    with ZipFile(stored, "w") as archive:
        for name in names:
            archive.writestr(name, CANARY)
    return stored.getvalue()


def scanned(times: int) -> bytes:
    """A progressive JPEG whose last scan comes so many times more: of a large one each takes 30 ms and 70 bytes."""
    whole = encoded(progressive=True)
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * times + whole[-2:]


def jpeg_with_zip() -> bytes:
    stored = BytesIO(encoded())
    with ZipFile(stored, "a") as archive:
        archive.writestr("run.js", CANARY)
    return stored.getvalue()


def moving(form: str) -> bytes:
    return encoded(form, save_all=True, append_images=[noise().rotate(90)])


def with_thumbnail() -> bytes:
    """A photo that carries a small one of before it was cut, as cameras do."""
    small = encoded(picture=noise((16, 12)))
    tiff = b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 0) + struct.pack("<I", 14)
    directory = struct.pack("<H", 2) + struct.pack("<HHII", THUMBNAIL, 4, 1, 14 + 30)
    directory += struct.pack("<HHII", THUMBNAIL + 1, 4, 1, len(small)) + struct.pack("<I", 0)
    return jpeg_with(0xE1, b"Exif\x00\x00" + tiff + directory + small)


def text_bomb(kind: bytes, n: int = 20_000_000) -> bytes:
    """Kilobytes of notes or a profile that unpack to `n` bytes."""
    packed = zlib.compress(b"\x00" * n, 9)
    heads = {b"iTXt": b"note\x00\x01\x00\x00\x00", b"zTXt": b"note\x00\x00", b"iCCP": b"profile\x00\x00"}
    return png_with(chunk(kind, heads[kind] + packed))


def cut(whole: bytes, share: float) -> bytes:
    return whole[: int(len(whole) * share)]


def broken_check() -> bytes:
    whole = bytearray(encoded("PNG"))
    whole[29] ^= 0xFF  # in the sum of the head
    return bytes(whole)


def palette() -> bytes:
    return encoded("PNG", noise().quantize(16), transparency=3)


def grey16() -> bytes:
    deep = Image.frombytes("I;16", SIZE, bytes(i * 37 % 256 for i in range(SIZE[0] * SIZE[1] * 2)))
    return encoded("PNG", deep)


def progressive() -> bytes:
    return encoded(picture=noise((200, 150)), progressive=True, subsampling=0)


def notes() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", CANARY.decode())
    info.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{CANARY.decode()}</x:xmpmeta>")
    return info


def large() -> bytes:
    return encoded(picture=Image.linear_gradient("L").resize((2400, 1800)))


# Each case: the name it is sent under, and its content.
Sent = tuple[str, Callable[[], bytes]]
CLEAN: dict[str, Sent] = {
    "an ordinary photo": ("IMG_0001.JPG", encoded),
    "larger than what is kept": ("a.jpg", large),
    "JPEG that says it is a PDF": ("a.pdf", encoded),
    "JPEG that says it is a page": ("a.html", encoded),
    "PNG that says it is a JPEG": ("a.jpg", partial(encoded, "PNG")),
    "WebP that says it is a script": ("a.js", partial(encoded, "WEBP")),
    "two endings": ("a.php.jpg", encoded),
    "no ending": ("photo", encoded),
    "settings of a server": (".htaccess", encoded),
    "a way up": ("../../../etc/cron.d/a.jpg", encoded),
    "a way up on Windows": ("..\\\\..\\\\a.jpg", encoded),
    "NUL in the name": ("a.php\x00.jpg", encoded),
    "Chinese name": ("霍州 大张镇（二）.jpg", encoded),
    "right to left": ("gpj.\u202eexe.jpg", encoded),
    "long name": ("长" * 300 + ".jpg", encoded),
    "markup as a name": ("<img src=x onerror=alert(1)>.jpg", encoded),
    "format strings as a name": ("%s%n{0.__class__}.jpg", encoded),
    "place in a JPEG": ("a.jpg", lambda: encoded(exif=located())),
    "place in a PNG": ("a.png", lambda: encoded("PNG", exif=located())),
    "place in a WebP": ("a.webp", lambda: encoded("WEBP", exif=located())),
    "XMP in a JPEG": ("a.jpg", lambda: encoded(xmp=b"<x:xmpmeta>" + CANARY + b"</x:xmpmeta>")),
    "XMP in a WebP": ("a.webp", lambda: encoded("WEBP", xmp=CANARY)),
    "notes in a PNG": ("a.png", lambda: encoded("PNG", pnginfo=notes())),
    "profile in a JPEG": ("a.jpg", lambda: encoded(icc_profile=CANARY * 3)),
    "profile in a PNG": ("a.png", lambda: encoded("PNG", icc_profile=CANARY * 3)),
    "comment in a JPEG": ("a.jpg", lambda: encoded(comment=CANARY)),
    "caption for the press": ("a.jpg", lambda: jpeg_with(0xED, b"Photoshop 3.0\x00" + CANARY)),
    "segment of nobody": ("a.jpg", lambda: jpeg_with(0xEF, CANARY)),
    "chunk of nobody": ("a.png", lambda: png_with(chunk(b"evIl", CANARY))),
    "a thumbnail of before": ("a.jpg", with_thumbnail),
    "script behind a JPEG": ("a.jpg", lambda: encoded() + CANARY),
    "program behind a PNG": ("a.png", lambda: encoded("PNG") + CANARY),
    "page behind a WebP": ("a.webp", lambda: encoded("WEBP") + b"<html>" + CANARY),
    "archive behind a JPEG": ("a.jpg", jpeg_with_zip),
    "another photo behind it": ("a.jpg", lambda: encoded() + encoded(picture=noise((64, 64)))),
    "paper behind a JPEG": ("a.jpg", lambda: encoded() + PAPER),
    "colours of the press": ("a.jpg", lambda: encoded(picture=noise(mode="CMYK"))),
    "grey JPEG": ("a.jpg", lambda: encoded(picture=noise(mode="L"))),
    "sixteen bits": ("a.png", grey16),
    "one bit": ("a.png", lambda: encoded("PNG", noise(mode="1"))),
    "palette one can see through": ("a.png", palette),
    "grey one can see through": ("a.png", lambda: encoded("PNG", noise(mode="LA"))),
    "WebP one can see through": ("a.webp", lambda: encoded("WEBP", noise(mode="RGBA"), lossless=True)),
    "one pixel": ("a.png", lambda: encoded("PNG", noise((1, 1)))),
    "a line": ("a.png", lambda: encoded("PNG", Image.new("L", (60_000, 1), 90))),
    "an upright line": ("a.jpg", lambda: encoded(picture=Image.new("L", (1, 60_000), 90))),
    "progressive": ("a.jpg", progressive),
    "two views of a phone": ("a.jpg", lambda: moving("MPO")),
    "broken notes": ("a.jpg", lambda: jpeg_with(0xE1, b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff\x12\x01")),
    "of more rows than it holds": ("a.jpg", lambda: jpeg_of(480, 360)),
}  # fmt: skip

BROKEN, PIXELS = "文件不完整，或者坏了", "图片超过 5000 万像素，请缩小后再传：用看图软件把长边改到 4000 以内"
MOVING, UNKNOWN = "不能上传动图，请换一张静止的照片，或截一张图再传", "看不出是什么"
GIF, PAGE = "是 GIF 图片", "是网页或矢量图"
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "nothing": ("a.jpg", lambda: b"", "所提交的是空文件"),
    "one byte": ("a.jpg", lambda: b"\xff", UNKNOWN),
    "blanks": ("a.jpg", lambda: b" " * 5000, UNKNOWN),
    "words": ("a.jpg", lambda: "这是一张照片".encode(), UNKNOWN),
    "program": ("a.jpg", lambda: b"\x7fELF\x02\x01\x01" + b"\x00" * 200, UNKNOWN),
    "page": ("a.jpg", lambda: b"<!doctype html>" + CANARY, PAGE),
    "page with a mark before it": ("a.jpg", lambda: b"\xef\xbb\xbf\n <html>" + CANARY, PAGE),
    "PHP": ("a.jpg", lambda: b"<?php system($_GET['c']); ?>", PAGE),
    "SVG": ("a.jpg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', PAGE),
    "EPS": ("a.jpg", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(%pipe%id) (w) file\n", "是 EPS 图片"),
    "EPS by Pillow": ("a.jpg", partial(encoded, "EPS"), "是 EPS 图片"),
    "BMP": ("a.jpg", partial(encoded, "BMP"), "是 BMP 图片"),
    "TIFF": ("a.jpg", partial(encoded, "TIFF"), "是 TIFF 图片"),
    "ICO": ("a.png", partial(encoded, "ICO"), "是图标文件"),
    "GIF": ("a.jpg", partial(encoded, "GIF"), GIF),
    "GIF that is a script": ("a.jpg", lambda: b"GIF89a/*" + CANARY + b"*/=1;alert(1)", GIF),
    "JPEG 2000": ("a.jpg", partial(encoded, "JPEG2000"), UNKNOWN),
    "half a paper": ("a.jpg", lambda: cut(PAPER, 0.5), "这份 PDF 不完整，后半截没有了"),
    "half a paper with a photo in it": ("a.jpg", lambda: cut(encoded("PDF"), 0.5), "这份 PDF 不完整，后半截没有了"),
    "archive": ("a.jpg", partial(zipped, "run.js"), "是压缩包"),
    "Word": ("a.jpg", partial(zipped, "[Content_Types].xml", "word/document.xml"), "是 Word 文件"),
    "HEIC": ("a.heic", lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200, "是 iPhone 的 HEIC 照片"),
    "HEIC that says it is a JPEG": ("a.jpg", lambda: b"\x00\x00\x00\x1cftypmif1" + b"\x00" * 99, "是 iPhone 的 HEIC 照片"),
    "AVIF": ("a.jpg", lambda: b"\x00\x00\x00\x1cftypavif" + b"\x00" * 99, "是 AVIF 图片"),
    "film": ("a.jpg", lambda: b"\x00\x00\x00\x18ftypisom" + b"\x00" * 99, "是视频"),
    "script before a JPEG": ("a.jpg", lambda: b"<script>/*" + encoded(), PAGE),
    "moving GIF": ("a.jpg", partial(moving, "GIF"), GIF),
    "moving WebP": ("a.webp", partial(moving, "WEBP"), MOVING),
    "moving PNG": ("a.png", partial(moving, "PNG"), MOVING),
    "start of a JPEG": ("a.jpg", lambda: b"\xff\xd8\xff\xe0", BROKEN),
    "a tenth of a JPEG": ("a.jpg", lambda: cut(encoded(), 0.1), BROKEN),
    "half a JPEG": ("a.jpg", lambda: cut(encoded(), 0.5), BROKEN),
    "most of a JPEG": ("a.jpg", lambda: cut(encoded(), 0.9), BROKEN),
    "JPEG without its last two bytes": ("a.jpg", lambda: encoded()[:-2], BROKEN),
    "half a progressive JPEG": ("a.jpg", lambda: cut(progressive(), 0.5), BROKEN),
    "most of a progressive JPEG": ("a.jpg", lambda: cut(progressive(), 0.9), BROKEN),
    "head of a PNG": ("a.png", lambda: encoded("PNG")[:33], BROKEN),
    "half a PNG": ("a.png", lambda: cut(encoded("PNG"), 0.5), BROKEN),
    "most of a PNG": ("a.png", lambda: cut(encoded("PNG"), 0.95), BROKEN),
    "half a WebP": ("a.webp", lambda: cut(encoded("WEBP"), 0.5), BROKEN),
    "most of a WebP": ("a.webp", lambda: cut(encoded("WEBP"), 0.95), BROKEN),
    "PNG of a wrong sum": ("a.png", broken_check, BROKEN),
    "PNG without width": ("a.png", lambda: png_of(0, 30), BROKEN),
    "PNG without rows": ("a.png", lambda: png_of(30, 30), BROKEN),
    "JPEG without height": ("a.jpg", lambda: jpeg_of(48, 0), BROKEN),
    "51 megapixels": ("a.png", lambda: encoded("PNG", Image.new("1", (8_500, 6_000))), PIXELS),
    "169 megapixels": ("a.png", lambda: encoded("PNG", Image.new("1", (13_000, 13_000))), PIXELS),
    "4295 megapixels in a JPEG": ("a.jpg", lambda: jpeg_of(65_500, 65_500), PIXELS),
    "a PNG as large as a number": ("a.png", lambda: png_of(2**31 - 1, 2**31 - 1), PIXELS),
    "scans that draw nothing": ("a.jpg", partial(scanned, 200), "这张图片的存法很特别，打开要花太久"),
    "notes that unpack to 20 MB": ("a.png", partial(text_bomb, b"iTXt"), BROKEN),
    "old notes that unpack to 20 MB": ("a.png", partial(text_bomb, b"zTXt"), BROKEN),
}  # fmt: skip


# What becomes of it


@pytest.fixture
def post(db):
    """Sends one photo by the form of a report: its name as bytes, which no client could be made to send otherwise."""
    city = a_city()
    official, page = signed_in(city.official), address(Report, "add", f"?project={city.bridge.pk}")

    def post(name: str, content: bytes):
        data = report_data(city, **file_row(SimpleUploadedFile("placeholder", content)), _save="")
        body = encode_multipart(BOUNDARY, data)
        named = body.replace(b'filename="placeholder"', b'filename="%b"' % name.encode())
        return official.generic("POST", page, named, content_type=MULTIPART_CONTENT)

    return post


def first_sentence(response) -> str:
    (inline,) = response.context["inline_admin_formsets"]
    (errors,) = inline.formset.errors
    (told,) = errors.pop("file")
    assert not errors
    return re.sub("^(这不是能读的.*?图片，|这里收照片.*?PDF，(这一份)?这?)", "", told).partition("。")[0]


def test_at_least_forty_of_each():
    assert min(len(CLEAN), len(REFUSED)) >= 40


def test_what_is_no_photo_is_refused_in_words(post, settings):
    outcomes = {}
    for case, (name, content, _) in REFUSED.items():
        response = post(name, content())
        outcomes[case] = first_sentence(response) if response.status_code == 200 else response.status_code
        assert not settings.MEDIA_ROOT.exists(), case
    assert outcomes == {case: told for case, (_, _, told) in REFUSED.items()}
    assert not Report.objects.drafts().exists()


@pytest.mark.parametrize("content", [lambda: PAPER, partial(encoded, "PDF")], ids=["paper", "with a photo in it"])
def test_a_paper_where_a_photo_may_stand_is_a_document_whatever_its_name_says(post, content):
    assert post("a.jpg", content()).status_code == 302
    evidence = Report.objects.drafts().get().evidence.get()
    assert evidence.kind == "DOCUMENT"
    assert re.fullmatch(r"evidence/\d{4}/\d\d/[0-9a-f]{32}\.pdf", evidence.file.name)


def test_what_is_a_photo_is_stored_as_pixels_with_its_renditions(post, settings):
    troubles = {}
    for case, (name, content) in CLEAN.items():
        sent = content()
        response = post(name, sent)
        stored = {path: path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}
        if found := [*troubles_of(response, stored), *(t for file in stored.values() for t in traces_of(sent, file))]:
            troubles[case] = found
        for path in stored:
            path.unlink()
    assert troubles == {}


def troubles_of(response, stored: dict) -> list[str]:
    """What is wrong with the row that was made and the files that stand for it."""
    if response.status_code != 302:
        return [f"answered {response.status_code}"]
    evidence = Report.objects.drafts().latest("pk").evidence.get()
    names = [evidence.file.name, *rendition_names(evidence.file.name)]
    there = {path.relative_to(evidence.file.storage.location).as_posix(): path for path in stored}
    if not re.fullmatch(r"evidence/\d{4}/\d\d/[0-9a-f]{32}\.jpg", names[0]) or set(names) != there.keys():
        return [f"stored as {sorted(there)}"]
    whole = Image.open(there[names[0]]).width
    limits = [2000, *(width for width in WIDTHS for _ in range(2))]
    return [
        f"{name} is {seen.format} {seen.size}"
        for name, limit in zip(names, limits, strict=True)
        if not is_picture_of(seen := Image.open(there[name]), min(limit, whole), name)
    ]


def is_picture_of(picture: Image.Image, width: int, name: str) -> bool:
    picture.load()
    form = "WEBP" if name.endswith(".webp") else "JPEG"
    return (picture.format, picture.mode, picture.width) == (form, "RGB", width) and picture.height <= 2000


FRAME = encoded()[:50]  # with which every JPEG begins


def runs(content: bytes) -> set[bytes]:
    """Every run of bytes that says something: a row of one colour is of no interest."""
    found = {content[i : i + RUN] for i in range(len(content) - RUN + 1)}
    return {run for run in found if len(set(run)) > 8 and run not in FRAME}


def parts_of(file: bytes) -> set[str]:
    """The kinds of segments of a JPEG before its pixels, or of chunks of a WebP."""
    found, place = set(), 2 if file.startswith(b"\xff\xd8") else 12
    while place < len(file) and file[:2] == b"\xff\xd8" and file[place + 1] != 0xDA:
        found.add(f"{file[place + 1]:X}")
        place += 2 + struct.unpack(">H", file[place + 2 : place + 4])[0]
    while place < len(file) and file[:4] == b"RIFF":
        found.add(file[place : place + 4].decode())
        (length,) = struct.unpack("<I", file[place + 4 : place + 8])
        place += 8 + length + length % 2
    return found


# The frame, the tables and the size; the pixels, and nothing that may hold words.
ALLOWED = {"E0", "DB", "C0", "C2", "C4", "DD", "VP8 ", "VP8L"}


def traces_of(sent: bytes, file: bytes) -> list[str]:
    """What a stored file holds besides pixels, or still holds of what was sent."""
    seen = Image.open(BytesIO(file))
    noted = {"exif", "comment", "icc_profile", "xmp", "photoshop"} & seen.info.keys()
    kept = runs(sent) & runs(file)
    return [
        *(f"has {name}" for name in noted),
        *(f"has a part {part}" for part in parts_of(file) - ALLOWED),
        *(["has EXIF"] if dict(seen.getexif()) else []),
        *(["has a place"] if seen.getexif().get_ifd(GPS) else []),
        *([f"still holds {min(kept)!r}"] if kept else []),
        *(["holds the canary"] if b"canary" in file else []),
    ]


def test_what_was_sent_would_be_noticed():
    for case in (
        "place in a JPEG",
        "XMP in a WebP",
        "script behind a JPEG",
        "comment in a JPEG",
        "a thumbnail of before",
    ):
        assert traces_of(CLEAN[case][1](), CLEAN[case][1]()), case
