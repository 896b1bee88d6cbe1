"""The door for uploaded files: what may come in, the clean copy that is stored instead, and how it goes out again."""

import secrets
from contextlib import suppress
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from PIL import Image, ImageOps

from huozhou_portal.renditions import narrowed

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 2000
TOO_MANY_PIXELS = "图片超过 5000 万像素，请缩小后再传：用看图软件把长边改到 4000 以内。"
MOVING = "不能上传动图，请换一张静止的照片，或截一张图再传。"
UNREADABLE = "这不是能读的 JPEG、PNG 或 WebP 图片，"
IPHONE = "是 iPhone 的 HEIC 照片。请在“设置 → 相机 → 格式”里选“兼容性最佳”后重拍，或用微信发给自己（不勾“原图”），存下来再传。"
AS_JPEG = "请用看图软件打开，另存为 JPEG 再传。"
BROKEN = "文件不完整，或者坏了。请重新选这张照片再传；还不行，就重拍，或截一张图再传。"
# How files begin that people take for photos, and what to do with them.
TAKEN_FOR_PHOTOS = (
    (b"\xff\xd8\xff", BROKEN),
    (b"\x89PNG\r\n", BROKEN),
    (b"GIF8", f"是 GIF 图片。{AS_JPEG}"),
    (b"BM", f"是 BMP 图片。{AS_JPEG}"),
    (b"II*\x00", f"是 TIFF 图片。{AS_JPEG}"),
    (b"MM\x00*", f"是 TIFF 图片。{AS_JPEG}"),
    (b"\x00\x00\x01\x00", f"是图标文件。{AS_JPEG}"),
    (b"%!PS", f"是 EPS 图片。{AS_JPEG}"),
    (b"%PDF-", "是 PDF。佐证要传 PDF，种类请选“文件”；要传照片，请把那一页截图。"),
    (b"PK\x03\x04", "是压缩包或 Office 文件。请把里面的照片取出来，一张一张传。"),
    (b"<", "是网页或矢量图。请截一张图再传。"),
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".png": "image/png",
    ".pdf": "application/pdf",
}
# What a redaction takes away is in nobody's cache an hour later.
SECONDS_IN_CACHES = 3600


def random_name(suffix: str) -> str:
    return f"{timezone.localdate():%Y/%m}/{secrets.token_hex(16)}{suffix}"


def evidence_path(_instance, filename: str) -> str:
    """A clean upload arrives with its final random name; a loaded fixture names its file itself."""
    return f"evidence/{filename}"


def cover_path(_instance, filename: str) -> str:
    return f"covers/{filename}"


def _refuse_size(upload: IO[bytes], way_out: str) -> None:
    if upload.size > MAX_BYTES:
        raise ValidationError(f"文件有 {upload.size / 1024 / 1024:.0f} MB，最多 15 MB。请缩小后再传：{way_out}。")


def clean_photo(upload) -> ContentFile:
    """A fresh JPEG of the picture: turned upright, at most 2000 px wide or high, nothing of the original but its pixels.

    Raises ValidationError, in the uploader's words, for anything that isn't one readable JPEG, PNG or WebP frame.
    """
    _refuse_size(upload, "用微信发给自己（不勾“原图”），存下来就小了")
    try:
        upload.seek(0)
        with Image.open(upload, formats=PHOTO_FORMATS) as picture:
            _refuse_odd(picture)
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is read in a fraction of the memory
            picture.load()
            canvas = _plain(_upright(picture))
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise ValidationError(TOO_MANY_PIXELS) from error
    except Exception as error:  # Pillow raises many kinds for files that are damaged or aren't pictures
        raise ValidationError(UNREADABLE + _what_it_is(upload)) from error
    stored = BytesIO()
    canvas.save(stored, "JPEG", quality=85, optimize=True, progressive=True)
    return ContentFile(stored.getvalue(), name=random_name(".jpg"))


def _refuse_odd(picture: Image.Image) -> None:
    if picture.width * picture.height > MAX_PIXELS:
        raise ValidationError(TOO_MANY_PIXELS)
    # Phones put a second view behind the photo, which is no movement: the first is the photo.
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise ValidationError(MOVING)


def _upright(picture: Image.Image) -> Image.Image:
    with suppress(Exception):  # a photo whose notes are broken is a photo
        return ImageOps.exif_transpose(picture)
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    """The pixels alone, in eight bits a colour, on white where one could see through, at most LONGEST_SIDE long."""
    if picture.mode.startswith("I"):  # Pillow would cut off what is brighter than 255 of 65535
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    seen = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    seen.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    canvas = Image.new("RGB", seen.size, "white")
    canvas.paste(seen, mask=seen.getchannel("A") if seen.mode == "RGBA" else None)
    return canvas


def _what_it_is(upload: IO[bytes]) -> str:
    upload.seek(0)
    start = upload.read(16).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS:
        return IPHONE
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return BROKEN
    known = (advice for beginning, advice in TAKEN_FOR_PHOTOS if start.startswith(beginning))
    return next(known, f"看不出是什么。{AS_JPEG}")


def clean_document(upload) -> ContentFile:
    """The PDF under a random name. Raises ValidationError for anything else."""
    _refuse_size(upload, "扫描时选低一点的清晰度，或分成几份")
    upload.seek(0)
    content = upload.read()
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        raise ValidationError("文件只收 PDF。Word 或图片请先另存为 PDF。")
    return ContentFile(content, name=random_name(".pdf"))


class ConsentField(forms.BooleanField):
    """The box beside every photo to upload. A form asks for it with `missing` where it has such a photo."""

    missing = "照片要公开，请勾选“照片里没有能认出的人，或者本人已经同意公开”；做不到就换一张，或打上马赛克再传。"

    def __init__(self, **options):
        told = {"label": "照片里没有能认出的人，或者本人已经同意公开", "required": False}
        super().__init__(**{**told, "error_messages": {"required": self.missing}, **options})


def sent_file(stored: IO[bytes]) -> FileResponse:
    """An uploaded file on its way to a browser, which may run nothing in it, and takes it for what we made of it."""
    content_type = CONTENT_TYPES.get(PurePosixPath(stored.name).suffix)
    return FileResponse(
        stored,
        as_attachment=content_type is None,
        content_type=content_type or "application/octet-stream",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )


def sent_picture(request: HttpRequest, stored: FieldFile) -> FileResponse:
    """The file of a draft for somebody who may see it; `?width=` of a picture asks for the rendition of that width."""
    name = narrowed(stored.name, request.GET.get("width", ""), stored.storage)
    try:
        return sent_file(stored.storage.open(name))
    except FileNotFoundError as error:
        raise Http404 from error


def public_file(request: HttpRequest, name: str) -> HttpResponse:
    """A stored file that everybody may see, for caches too. Raises Http404 where it is gone."""
    try:
        modified = int(default_storage.get_modified_time(name).timestamp())
        response = get_conditional_response(request, last_modified=modified)
        response = response or sent_file(default_storage.open(name))
    except FileNotFoundError as error:
        raise Http404 from error
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = f"public, max-age={SECONDS_IN_CACHES}"
    return response
