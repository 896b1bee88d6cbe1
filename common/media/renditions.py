"""The smaller copies of a picture that pages show: three widths, each as WebP and as JPEG, named after the picture.

They are made once the picture is stored and its row is committed (`storage.files_removed_on_failure`), one picture at a time in a
process. Where that was broken off a page shows the picture itself; they are made when it is published, or at night.
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

from common.media.picture_work import made_of_picture

WIDTHS = (480, 960, 1600)
FORMATS: dict[str, dict[str, Any]] = {
    ".webp": {"format": "WEBP", "quality": 78, "method": 4},
    ".jpg": {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True},
}
PART = ".part"  # how a file ends that is being written
RENDITION = re.compile(rf"-(?:{'|'.join(map(str, WIDTHS))})\.(?:webp|jpg)$")


def is_rendition(name: str) -> bool:
    return RENDITION.search(name) is not None


def has_renditions(name: str) -> bool:
    """Whether a stored file of that name is a picture of its own: the door makes every one of them a .jpg."""
    return name.endswith(".jpg") and not is_rendition(name)


def rendition_name(name: str, width: int, suffix: str) -> str:
    return f"{PurePosixPath(name).with_suffix('')}-{width}{suffix}"


def rendition_names(name: str) -> list[str]:
    """What the renditions of the picture are called, whether they are there or not; the widest last."""
    if not has_renditions(name):
        return []
    return [rendition_name(name, width, suffix) for width in WIDTHS for suffix in FORMATS]


def picture_name(name: str) -> str:
    """Of the picture that a rendition was made from; of anything else the name itself."""
    return RENDITION.sub(".jpg", name)


class CopiedPicture(ContentFile):
    """A stored picture once more, under another name, with the renditions it has: to draw them takes a third of a second."""

    def __init__(self, storage: Storage, name: str, new_name: str):
        super().__init__(_content_of(storage, name), new_name)
        names = rendition_names(name)
        self.renditions = [_content_of(storage, one) for one in names] if all(map(storage.exists, names)) else []


def _content_of(storage: Storage, name: str) -> bytes:
    with storage.open(name) as stored:
        return stored.read()


def write_renditions(storage: Storage, name: str, drawn: Sequence[bytes] = ()) -> list[str]:
    """Store the renditions that are missing, those `drawn` already or new ones.

    Returns their names: none for what is no picture or can't be read. Raises OSError where the store can't hold them, and
    FileNotFoundError where the picture is gone.
    """
    names = rendition_names(name)
    missing = [one for one in names if not storage.exists(one)]
    if not missing:
        return []
    contents = dict(zip(names, drawn or _drawn_from(storage, name), strict=False))
    written = [one for one in missing if one in contents and _is_stored(storage, one, contents[one])]
    if not storage.exists(name):  # hidden or deleted meanwhile
        storage.delete(name)
        return []
    return written


def _is_stored(storage: Storage, name: str, content: bytes) -> bool:
    """Not where another was quicker. Under its name it is whole: an entry digests what is there, and nobody looks again."""
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
        return made_of_picture(lambda: list(_drawn(content)))
    except Exception:  # Pillow raises many kinds; a fixture's picture may be anything, and still shows as it is
        return []


def _drawn(content: bytes) -> Iterator[bytes]:
    """Each rendition, in the order of `rendition_names`; a picture narrower than a width keeps its own."""
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
    """The name of the JPEG rendition of that width; of the file itself where there is none."""
    asked = rendition_name(name, int(width), ".jpg") if width in map(str, WIDTHS) else name
    return asked if asked in rendition_names(name) and storage.exists(asked) else name


@dataclass(frozen=True)
class Rendition:
    """One width in pixels, and the names of its two files."""

    width: int
    webp: str
    jpeg: str


@dataclass(frozen=True)
class Renditions:
    """The size of the widest one, and each width once, the narrowest first; nothing where they are missing."""

    width: int | None
    height: int | None
    renditions: tuple[Rendition, ...]


def renditions_of(name: str, storage: Storage = default_storage) -> Renditions:
    """What there is of a picture to show; without renditions the size of the file itself, where that can be read."""
    names = rendition_names(name)
    if not names or not all(map(storage.exists, names)):
        return Renditions(*_size_of(name, storage), ())
    width, height = _size_of(names[-1], storage)
    pairs = zip(WIDTHS, names[::2], names[1::2], strict=True)
    narrowest_first = {min(limit, width or limit): (webp, jpeg) for limit, webp, jpeg in reversed(list(pairs))}
    return Renditions(width, height, tuple(Rendition(one, *narrowest_first[one]) for one in sorted(narrowest_first)))


def _size_of(name: str, storage: Storage) -> tuple[int | None, int | None]:
    """Width and height in pixels, from the head of the file."""
    try:
        with storage.open(name) as stored, Image.open(stored) as picture:
            return picture.size
    except Exception:  # gone, or no picture
        return None, None
