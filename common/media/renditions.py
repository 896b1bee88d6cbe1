"""The smaller copies of a picture that pages show: three widths, each as WebP and as JPEG, named after the picture.

They are made after the row of the picture is committed (`store.files_removed_on_failure`), one picture at a time in each
process. Until they exist pages show the picture itself. Missing ones are made at publication and every night.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from PIL import Image, ImageOps

from common.media.picture_work import in_picture_thread

WIDTHS = (480, 960, 1600)
FORMATS: dict[str, dict[str, Any]] = {
    ".webp": {"format": "WEBP", "quality": 78, "method": 4},
    ".jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
}
PART = ".part"  # suffix of a file that is being written
RENDITION = re.compile(rf"-(?:{'|'.join(map(str, WIDTHS))})\.(?:webp|jpg)$")


def is_rendition(name: str) -> bool:
    return RENDITION.search(name) is not None


def has_renditions(name: str) -> bool:
    """Whether the name is that of an original picture: uploads are always stored as .jpg."""
    return name.endswith(".jpg") and not is_rendition(name)


def rendition_name(name: str, width: int, suffix: str) -> str:
    return f"{PurePosixPath(name).with_suffix('')}-{width}{suffix}"


def rendition_names(name: str) -> list[str]:
    """The names of all renditions of the picture, existing or not, the widest last; none for other files."""
    if not has_renditions(name):
        return []
    return [rendition_name(name, width, suffix) for width in WIDTHS for suffix in FORMATS]


def picture_name(name: str) -> str:
    """The name of the picture that a rendition was made from; any other name unchanged."""
    return RENDITION.sub(".jpg", name)


class CopiedPicture(ContentFile):
    """A copy of a stored picture under another name, with its renditions, which take a third of a second to make."""

    def __init__(self, storage: Storage, name: str, new_name: str):
        super().__init__(_content_of(storage, name), new_name)
        names = rendition_names(name)
        self.renditions = [_content_of(storage, one) for one in names] if all(map(storage.exists, names)) else []


def _content_of(storage: Storage, name: str) -> bytes:
    with storage.open(name) as stored:
        return stored.read()


def write_renditions(storage: Storage, name: str, drawn: Sequence[bytes] = ()) -> list[str]:
    """Store the missing renditions, from `drawn` (the contents of all, in order) or newly made, and return their names.

    Nothing is stored for a file that is no readable picture. Raises OSError if they can't be written, and
    FileNotFoundError if the picture is gone.
    """
    names = rendition_names(name)
    missing = [one for one in names if not storage.exists(one)]
    if not missing:
        return []
    contents = dict(zip(names, drawn or _drawn_from(storage, name), strict=False))
    written = [one for one in missing if one in contents and _is_stored(storage, one, contents[one])]
    if not storage.exists(name):  # redacted or deleted meanwhile
        storage.delete(name)
        return []
    return written


def _is_stored(storage: Storage, name: str, content: bytes) -> bool:
    """Store the rendition unless another process just did, and return whether it was stored.

    The file gets its name only when it is complete, since a ledger entry contains the digest of what has that name.
    """
    part = storage.save(f"{name}{PART}", ContentFile(content))
    try:
        if is_first := not storage.exists(name):
            os.replace(storage.path(part), storage.path(name))
    finally:
        storage.delete(part)
    return is_first


def _drawn_from(storage: Storage, name: str) -> list[bytes]:
    content = _content_of(storage, name)
    try:
        return in_picture_thread(lambda: list(_drawn(content)))
    except Exception:  # Pillow raises many kinds of errors; an unreadable picture of a fixture is shown as it is
        return []


def _drawn(content: bytes) -> Iterator[bytes]:
    """The content of each rendition, in the order of `rendition_names`. Pictures are never enlarged."""
    with Image.open(BytesIO(content)) as picture:
        whole = ImageOps.exif_transpose(picture).convert("RGB")
    for width in WIDTHS:
        size = min(width, whole.width), max(1, round(whole.height * min(width / whole.width, 1)))
        canvas = Image.new("RGB", size)
        canvas.paste(whole.resize(size, Image.Resampling.LANCZOS))
        for options in FORMATS.values():
            encoded = BytesIO()
            canvas.save(encoded, **options)
            yield encoded.getvalue()


def narrowed(name: str, width: str, storage: Storage) -> str:
    """The name of the JPEG rendition of that width, or of the file itself if there is none."""
    asked = rendition_name(name, int(width), ".jpg") if width in map(str, WIDTHS) else name
    return asked if asked in rendition_names(name) and storage.exists(asked) else name


@dataclass(frozen=True)
class Rendition:
    """The width in pixels, and the names of the two files of that width."""

    width: int
    webp: str
    jpeg: str


@dataclass(frozen=True)
class Renditions:
    """The size of the widest one in pixels, None if unknown; the renditions, the narrowest first, none if they are missing."""

    width: int | None
    height: int | None
    renditions: tuple[Rendition, ...]


def renditions_of(name: str, storage: Storage = default_storage) -> Renditions:
    """The stored renditions of a picture. If any is missing, none, with the size of the picture itself."""
    names = rendition_names(name)
    if not names or not all(map(storage.exists, names)):
        return Renditions(*_size_of(name, storage), ())
    width, height = _size_of(names[-1], storage)
    pairs = zip(WIDTHS, names[::2], names[1::2], strict=True)
    narrowest_first = {min(limit, width or limit): (webp, jpeg) for limit, webp, jpeg in reversed(list(pairs))}
    return Renditions(width, height, tuple(Rendition(one, *narrowest_first[one]) for one in sorted(narrowest_first)))


def _size_of(name: str, storage: Storage) -> tuple[int | None, int | None]:
    """Width and height in pixels, None if the file can't be read."""
    try:
        with storage.open(name) as stored, Image.open(stored) as picture:
            return picture.size
    except Exception:  # the file is gone, or no picture
        return None, None
