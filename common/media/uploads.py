"""Uploaded files: checking them, the clean copy that is stored instead, form fields for them, and serving them."""

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.http import content_disposition_header, http_date
from PIL import Image, ImageOps

from common.limiter import slot_released
from common.media.file_kinds import PDF, PDF_HEADER, UNKNOWN_EVIDENCE, UNKNOWN_PDF, UNKNOWN_PHOTO, kind_of
from common.media.picture_work import in_picture_thread
from common.media.renditions import narrowed

MAX_BYTES = 15 * 1024 * 1024
# A JPEG can be decoded at a fraction of its size. Of other formats every pixel is decoded, so that a file of some kilobytes
# could keep a processor busy for long.
MAX_PIXELS, MAX_PIXELS_READ_WHOLE = 50_000_000, 25_000_000
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 2000
# Each scan of a progressive JPEG is a pass over the whole picture, even if it has only a few bytes. Programs write about ten.
MOST_SCANS, SCAN = 100, b"\xff\xda"
TOO_MANY_PIXELS = "图片超过 5000 万像素，请缩小后再传：用看图软件把长边改到 4000 以内。"
TOO_MANY_TO_READ_WHOLE = (
    "图片超过 2500 万像素，PNG 和 WebP 最多这么大。请用看图软件另存为 JPEG，或把长边改到 4000 以内，再传。"
)
TOO_MANY_SCANS = "这张图片的存法很特别，打开要花太久。请用看图软件另存为 JPEG，或截一张图，再传。"
MOVING = "不能上传动图，请换一张静止的照片，或截一张图再传。"
UNREADABLE = "这不是能读的 JPEG、PNG 或 WebP 图片，"
EMPTY = "所提交的是空文件。请先打开它看看还在不在，重新拍、重新存或重新下载，再传。"
CUT = "这份 PDF 不完整，后半截没有了。请重新扫描或重新下载；在微信里的，先点开等它下载完，再选这一份。"
LOCKED = "这份 PDF 加了密码或限制，别人可能打不开。请打开它，选“打印”，存成一份新的 PDF，传那一份。"
AN_END = re.compile(rb"%%EOF(?:\r\n|\r|\n)?")
# Numbers and gaps have a maximum length, so that no file can make the search slow.
AN_OBJECT = re.compile(rb"\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj\b")
A_TABLE = re.compile(rb"\s{0,9}(?:xref\b|\d{1,10}\s{1,9}\d{1,5}\s{1,9}obj\b)")
START_OF_TABLE = re.compile(rb"startxref\s{1,9}(\d{1,10})")
# The keywords that show whether a position is inside a stream, and whether the file is encrypted.
LANDMARKS = re.compile(
    rb"(?P<lock>/Encrypt\s{0,9}(?:\d{1,10}\s{1,9}\d{1,5}\s{1,9}R\b|<<))|(?P<table>\btrailer\b|/XRef\b)"
    rb"|(?P<stream>>>\s{0,9}stream\r?\n)|(?P<end>\bendstream\b)|\b(?:end)?obj\b|\bstartxref\b"
)


class CleanFile(ContentFile):
    """The clean copy of an upload. `sent_as` is the name of the uploaded file."""

    sent_as: str


Cleaner = Callable[[File], CleanFile]
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".png": "image/png",
    ".pdf": "application/pdf",
}
# Short, so that a redacted file is in no cache a minute later.
SECONDS_IN_CACHES = 60


def random_name(suffix: str) -> str:
    return f"{timezone.localdate():%Y/%m}/{secrets.token_hex(16)}{suffix}"


def evidence_path(_instance, filename: str) -> str:
    """A clean upload already has its final random name, and the file of a fixture the name given there."""
    return f"evidence/{filename}"


def cover_path(_instance, filename: str) -> str:
    return f"covers/{filename}"


def attachment_path(_instance, filename: str) -> str:
    return f"attachments/{filename}"


def _check_size(upload: File, advice: str) -> None:
    if upload.size > MAX_BYTES:
        raise ValidationError(f"文件有 {upload.size / 1024 / 1024:.0f} MB，最多 15 MB。请缩小后再传：{advice}。")


def cleaned_once(clean: Cleaner) -> Cleaner:
    """Decorator that stores the result, or the ValidationError, on the upload, so that each upload is cleaned only once."""

    @wraps(clean)
    def cleaned(upload: File) -> CleanFile:
        outcomes = vars(upload).setdefault("outcomes", {})
        if clean.__name__ not in outcomes:
            outcomes[clean.__name__] = _outcome(clean, upload)
        if isinstance(outcomes[clean.__name__], ValidationError):
            raise outcomes[clean.__name__]
        return outcomes[clean.__name__]

    return cleaned


def _outcome(clean: Cleaner, upload: File) -> CleanFile | ValidationError:
    try:
        return clean(upload)
    except ValidationError as error:
        return error


@cleaned_once
def clean_photo(upload) -> CleanFile:
    """A new JPEG of the picture, upright, at most 2000 px wide and high, without the metadata of the original.

    Raises ValidationError for anything but a readable JPEG, PNG or WebP with a single frame.
    """
    _check_size(upload, "用微信发给自己（不勾“原图”），存下来就小了")
    try:
        upload.seek(0)
        with Image.open(upload, formats=PHOTO_FORMATS) as picture:
            _check_picture(picture)
            _check_scans(picture, upload)
            content = in_picture_thread(lambda: _encoded(picture))
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise ValidationError(TOO_MANY_PIXELS) from error
    except Exception as error:  # Pillow raises many kinds of errors for files that are damaged or aren't pictures
        raise ValidationError(UNREADABLE + _advice_for(upload)) from error
    return CleanFile(content, random_name(".jpg"))


def _encoded(picture: Image.Image) -> bytes:
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes a large JPEG at a smaller size
    picture.load()
    stored = BytesIO()
    _plain(_upright(picture)).save(stored, "JPEG", quality=85, optimize=True, progressive=True)
    return stored.getvalue()


def _check_picture(picture: Image.Image) -> None:
    n_pixels = picture.width * picture.height
    if n_pixels > MAX_PIXELS:
        raise ValidationError(TOO_MANY_PIXELS)
    if n_pixels > MAX_PIXELS_READ_WHOLE and picture.format not in ("JPEG", "MPO"):
        raise ValidationError(TOO_MANY_TO_READ_WHOLE)
    # An MPO file, from a phone, is a photo with further views of it. It isn't animated, and its first frame is the photo.
    if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
        raise ValidationError(MOVING)


def _check_scans(picture: Image.Image, upload: File) -> None:
    if picture.format not in ("JPEG", "MPO"):
        return
    upload.seek(0)
    if upload.read().count(SCAN) > MOST_SCANS:
        raise ValidationError(TOO_MANY_SCANS)


def _upright(picture: Image.Image) -> Image.Image:
    with suppress(Exception):  # a photo with broken EXIF data is accepted as it is
        return ImageOps.exif_transpose(picture)
    return picture


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in 8-bit RGB on a white background, at most LONGEST_SIDE px wide and high."""
    if picture.mode.startswith("I"):  # Pillow would clip 16-bit values at 255
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    seen = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    seen.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    canvas = Image.new("RGB", seen.size, "white")
    canvas.paste(seen, mask=seen.getchannel("A") if seen.mode == "RGBA" else None)
    return canvas


def _advice_for(upload: IO[bytes]) -> str:
    kind = kind_of(upload)
    return kind.for_photo if kind else UNKNOWN_PHOTO


@cleaned_once
def clean_document(upload) -> CleanFile:
    """The PDF under a random name, without bytes before its header or after its end.

    Raises ValidationError for a file that is no PDF, is truncated, or is encrypted.
    """
    _check_size(upload, "扫描时选低一点的清晰度，或分成几份")
    kind = kind_of(upload)
    if kind is not PDF:
        raise ValidationError(kind.for_pdf if kind else UNKNOWN_PDF)
    upload.seek(0)
    return CleanFile(_whole_pdf(upload.read()), name=random_name(".pdf"))


def _whole_pdf(content: bytes) -> bytes:
    ends = [match.end() for match in AN_END.finditer(content)]
    if not ends or _is_cut(content, ends[-1]):
        raise ValidationError(CUT)
    if _is_locked(content):
        raise ValidationError(LOCKED)
    return _from_header(content[: ends[-1]])


def _is_cut(content: bytes, end: int) -> bool:
    """Whether objects follow the last %%EOF, at `end`, or only the first page of a linearized file is there.

    A linearized file has two %%EOF, and each later change adds one. Scanners may add zeros after the last.
    """
    tables = START_OF_TABLE.findall(content, 0, end)
    is_first_page = b"/Linearized" in content and tables and int(tables[-1]) == 0
    return bool(is_first_page or AN_OBJECT.search(content, end))


def _is_locked(content: bytes) -> bool:
    """Whether the trailer or cross-reference stream has /Encrypt. Inside other streams the same bytes may be text."""
    found, in_stream = set(), False
    for landmark in LANDMARKS.finditer(content):
        name = landmark.lastgroup
        if in_stream:
            in_stream = name != "end"
        elif name in ("lock", "table"):
            found.add(name)
            if len(found) == 2:
                return True
        else:
            found, in_stream = set(), name == "stream"
    return False


def _from_header(content: bytes) -> bytes:
    """The content without what precedes the header, so that no browser takes it for another type.

    Offsets in a PDF count from its header. Some programs count from the start of the file: then the removed bytes are
    replaced by as many line breaks after the header, so that the offsets stay right.
    """
    lead = next(PDF_HEADER.finditer(content)).start()
    tables = START_OF_TABLE.findall(content)
    place = int(tables[-1]) if tables else 0
    if lead and A_TABLE.match(content, place) and not A_TABLE.match(content, lead + place):
        header = content[lead : lead + len(b"%PDF-1.4")]
        return header + b"\n" * lead + content[lead + len(header) :]
    return content[lead:]


def clean_evidence(upload) -> CleanFile:
    """The clean copy of a photo or a PDF, chosen by its content. The suffix of its name shows which it is.

    Raises ValidationError as `clean_photo` and `clean_document` do.
    """
    kind = kind_of(upload)
    if kind is PDF:
        return clean_document(upload)
    if kind is None or not kind.is_picture:
        raise ValidationError(kind.for_evidence if kind else UNKNOWN_EVIDENCE)
    return clean_photo(upload)


# Of each process: requests that handle files at the same time, requests that wait for that, and the seconds they wait.
MOST_AT_FILES, MOST_WAITING, LONGEST_WAIT = 3, 3, 5.0
_at_files, _waiting = threading.BoundedSemaphore(MOST_AT_FILES), threading.BoundedSemaphore(MOST_WAITING)


class Busy(Exception):
    """Too many requests with files are being handled, or waiting."""


@contextmanager
def cleaned_uploads(files: MultiValueDict) -> Iterator[None]:
    """Clean the files of a request before the block, and limit how many requests do so at once. Raises Busy."""
    if not files:
        yield
        return
    if not _at_files.acquire(blocking=False):
        _wait_for_turn()
    try:
        _clean_ahead(files)
        yield
    finally:
        _at_files.release()


def _wait_for_turn() -> None:
    """Wait without occupying a slot of the limiter, which others need to sign in or save. Raises Busy."""
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        with slot_released():
            if not _at_files.acquire(timeout=LONGEST_WAIT):
                raise Busy
    finally:
        _waiting.release()


def _clean_ahead(files: MultiValueDict) -> None:
    """Clean before the transaction begins, since an open one would make all other writers wait.

    Errors are raised again when the form cleans the same upload.
    """
    with slot_released():
        for upload in (one for _name, uploads in files.lists() for one in uploads):
            with suppress(ValidationError):
                clean_evidence(upload)


class ConsentField(forms.BooleanField):
    """The checkbox beside every upload of a photo. A form with a photo requires it, with the message `missing`."""

    missing = "照片要公开，请勾选“照片里没有能认出的人，或者本人已经同意公开”；做不到就换一张，或打上马赛克再传。"

    def __init__(self, **options):
        defaults = {"label": "照片里没有能认出的人，或者本人已经同意公开", "required": False}
        super().__init__(**{**defaults, "error_messages": {"required": self.missing}, **options})


class CleanFileField(forms.FileField):
    """One uploaded file. Its cleaned value is the copy that `cleaner` makes of it."""

    widget = forms.FileInput
    default_error_messages: ClassVar = {"empty": EMPTY}

    def __init__(self, *, cleaner: Cleaner, accept: str, **options):
        super().__init__(**options)
        self.cleaner = cleaner
        self.widget.attrs["accept"] = accept

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        return self._cleaned(file) if isinstance(file, UploadedFile) else file

    def _cleaned(self, upload: UploadedFile) -> CleanFile:
        cleaned = self.cleaner(upload)
        cleaned.sent_as = str(upload.name)
        return cleaned


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class CleanFilesField(CleanFileField):
    """Up to `most` files, chosen at once. Its cleaned value is a list, empty if nothing was chosen."""

    widget = FilesInput

    def __init__(self, *, most: int, **options):
        super().__init__(**options)
        self.most = most

    def has_changed(self, initial, data) -> bool:
        return bool(data)

    def clean(self, data, initial=None) -> list[CleanFile]:
        data = data or []
        if self.required and not data:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(data) > self.most:
            raise ValidationError(
                f"一次选了 {len(data)} 个文件，最多 {self.most} 个。请分几次传，先存好这一批再选其余的。"
            )
        files, errors = [], []
        for upload in data:
            try:
                files.append(self._cleaned(forms.FileField.clean(self, upload)))
            except ValidationError as error:
                errors += [f"{upload.name}：{text}" if len(data) > 1 else text for text in error.messages]
        if errors:
            raise ValidationError(errors)
        return files


MOST_NAMED = 5


def ask_to_choose_again(form: forms.BaseForm) -> None:
    """Add a notice to the help text of each file field that was filled in.

    Every form with a file field calls it when it is shown again after an error, since no page can put a file back into
    its field.
    """
    for name, field in form.fields.items():
        sent = form.files.getlist(form.add_prefix(name)) if isinstance(field, forms.FileField) and form.files else []
        if sent:
            names = "、".join(str(upload.name) for upload in sent[:MOST_NAMED]) + "等" * (len(sent) > MOST_NAMED)
            again = format_html(
                '<strong class="choose-again">刚才选的 {} 个文件没有留下，请再选一次：{}。</strong> ', len(sent), names
            )
            field.help_text = format_html("{}{}", again, field.help_text)


def title_of(name: str) -> str:
    """The name of a file without its suffix, at most 200 characters; "" for a name such as `.pdf`."""
    return PurePosixPath(f"_{name}").stem[1:].strip(". ")[:200]


def sent_file(stored: IO[bytes]) -> FileResponse:
    """A response with a stored file, of the type of its suffix. Browsers may run no script in it, and download other types."""
    content_type = CONTENT_TYPES.get(PurePosixPath(stored.name).suffix)
    return FileResponse(
        stored,
        as_attachment=content_type is None,
        content_type=content_type or "application/octet-stream",
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )


def as_download(response: HttpResponseBase, title: str) -> HttpResponseBase:
    """The response as a download of a PDF named after the title."""
    response["Content-Disposition"] = content_disposition_header(True, f"{title}.pdf")
    return response


def sent_picture(request: HttpRequest, stored: FieldFile) -> FileResponse:
    """The file of a draft, for someone with the permission to see it; `?width=` selects the rendition of a picture.

    Raises Http404 if the file is gone.
    """
    name = narrowed(str(stored), request.GET.get("width", ""), stored.storage)
    try:
        return sent_file(stored.storage.open(name))
    except FileNotFoundError as error:
        raise Http404 from error


def public_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A public stored file, which caches may keep, or 304. Raises Http404 if it is gone."""
    try:
        modified = int(default_storage.get_modified_time(name).timestamp())
        not_modified = get_conditional_response(request, last_modified=modified)
        response = not_modified or sent_file(default_storage.open(name))
    except FileNotFoundError as error:
        raise Http404 from error
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = f"public, max-age={SECONDS_IN_CACHES}"
    return response
