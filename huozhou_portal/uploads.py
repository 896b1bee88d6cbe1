"""The door for uploaded files: what may come in, the clean copy that is stored instead, and how it goes out again."""

import secrets
from io import BytesIO
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import FileResponse
from django.utils import timezone
from PIL import Image, ImageOps

MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 50_000_000
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 2000
TOO_MANY_PIXELS = "图片超过 5000 万像素，请缩小后再传。"


def random_name(suffix: str) -> str:
    return f"{timezone.localdate():%Y/%m}/{secrets.token_hex(16)}{suffix}"


def evidence_path(_instance, filename: str) -> str:
    """A clean upload arrives with its final random name; a loaded fixture names its file itself."""
    return f"evidence/{filename}"


def cover_path(_instance, filename: str) -> str:
    return f"covers/{filename}"


def _refuse_size(upload: IO[bytes]) -> None:
    if upload.size > MAX_BYTES:
        raise ValidationError(f"文件有 {upload.size / 1024 / 1024:.0f} MB，最多 15 MB。请缩小后再传。")


def clean_photo(upload) -> ContentFile:
    """A fresh JPEG of the picture: turned upright, at most 2000 px wide or high, nothing of the original but its pixels.

    Raises ValidationError, in the uploader's words, for anything that isn't one readable JPEG, PNG or WebP frame.
    """
    _refuse_size(upload)
    try:
        upload.seek(0)
        with Image.open(upload, formats=PHOTO_FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValidationError(TOO_MANY_PIXELS)
            if getattr(picture, "n_frames", 1) > 1:
                raise ValidationError("不能上传动图，请换一张静止的照片。")
            picture.load()
            upright = ImageOps.exif_transpose(picture).convert("RGBA")
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise ValidationError(TOO_MANY_PIXELS) from error
    except Exception as error:  # Pillow raises many kinds for files that are damaged or aren't pictures
        raise ValidationError(
            "这不是能读的 JPEG、PNG 或 WebP 图片。iPhone 照片请在“设置 → 相机 → 格式”里选“兼容性最佳”后重拍，或另存为 JPEG。"
        ) from error
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright.getchannel("A"))
    canvas.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    stored = BytesIO()
    canvas.save(stored, "JPEG", quality=85, optimize=True, progressive=True)
    return ContentFile(stored.getvalue(), name=random_name(".jpg"))


def clean_document(upload) -> ContentFile:
    """The PDF under a random name. Raises ValidationError for anything else."""
    _refuse_size(upload)
    upload.seek(0)
    content = upload.read()
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        raise ValidationError("文件只收 PDF。Word 或图片请先另存为 PDF。")
    return ContentFile(content, name=random_name(".pdf"))


def sent_file(stored: IO[bytes]) -> FileResponse:
    """An uploaded file on its way to a browser, which may run nothing in it."""
    return FileResponse(stored, headers={"Content-Security-Policy": "default-src 'none'; sandbox"})
