"""Where files lie: uploads for this program alone, each whole or not at all, a picture with its renditions; collected files
for the web server too.
"""

import errno
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from posixpath import dirname, join

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage, default_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from common.limiter import outside
from common.media.renditions import PART, has_renditions, rendition_names, write_renditions

DISK_IS_FULL = (
    "服务器的磁盘满了，文件存不进去，什么都没有改。这一页填的还在：请告诉管理员清出空间，再按一次保存（文件要重新选）。"
)

READABLE_FILE, READABLE_FOLDER = 0o644, 0o755

Paths = dict[str, tuple[Storage, str]]  # where collectstatic found each file

JOINED_STYLES = ("css/site.css", "css/desk.css")
IMPORT = re.compile(rb'^@import url\("(.+)"\);\n', re.MULTILINE)

logger = logging.getLogger(__name__)
_stored: ContextVar[list[str] | None] = ContextVar("stored", default=None)


class JoinedStorage(ManifestStaticFilesStorage):
    """Serves `JOINED_STYLES` with what they import in its place: one request where there would be thirty.

    In development nothing is collected, and the browser follows the imports.
    """

    def post_process(self, paths, *args, **options):
        joined = InMemoryStorage()
        for name in JOINED_STYLES:
            joined.save(name, ContentFile(_with_imports(name, paths)))
        yield from super().post_process(paths | {name: (joined, name) for name in JOINED_STYLES}, *args, **options)


def _with_imports(name: str, paths: Paths) -> bytes:
    """Raises KeyError where a file that the sheet imports is missing."""
    folder = dirname(name)
    return IMPORT.sub(lambda part: _content(join(folder, part[1].decode()), paths), _content(name, paths))


def _content(name: str, paths: Paths) -> bytes:
    storage, path = paths[name]
    with storage.open(path) as file:
        return file.read()


class CollectedStorage(JoinedStorage, CompressedManifestStaticFilesStorage):
    """Readable by the web server, which is another user; everything else in the data folder is not."""

    def __init__(self, *args, **options):
        modes = {"file_permissions_mode": READABLE_FILE, "directory_permissions_mode": READABLE_FOLDER}
        super().__init__(*args, **modes | options)

    def compress_files(self, names):
        # WhiteNoise writes them without the storage, so with the permissions that this program gives its own files.
        for name, compressed_name in super().compress_files(names):
            os.chmod(self.path(compressed_name), READABLE_FILE)
            yield name, compressed_name


class MediaStorage(FileSystemStorage):
    def _save(self, name: str, content) -> str:
        try:
            stored = super()._save(name, content)  # type: ignore[misc]  # not in the stubs
            drawn = getattr(content, "renditions", ())
            if has_renditions(stored) and (drawn or _stored.get() is None):
                write_renditions(self, stored, drawn)
        except BaseException:
            self.delete(name)  # or what there is of it
            raise
        if (names := _stored.get()) is not None:
            names.append(stored)
        return stored

    def delete(self, name: str) -> None:
        drawn = rendition_names(name)
        for one in (name, *drawn, *(f"{rendition}{PART}" for rendition in drawn)):
            super().delete(one)

    def move(self, name: str, target: str) -> None:
        """What isn't there, any more or yet, needs no moving."""
        os.makedirs(os.path.dirname(self.path(target)), exist_ok=True)
        pairs = zip((name, *rendition_names(name)), (target, *rendition_names(target)), strict=True)
        for source, place in pairs:
            with suppress(FileNotFoundError):
                os.replace(self.path(source), self.path(place))


def move_stored(name: str, target: str) -> None:
    """Within the store in use, as `MediaStorage.move`."""
    default_storage.move(name, target)  # type: ignore[attr-defined]  # a MediaStorage, by the settings


@contextmanager
def files_removed_on_failure() -> Iterator[None]:
    """Files that are stored in the block leave again where it fails: around a transaction, as no row names them then.

    Once the outermost block is through, what was stored in it is given its renditions, for which no transaction waits.
    """
    names: list[str] = []
    around = _stored.get()
    token = _stored.set(names)
    try:
        yield
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise
    finally:
        _stored.reset(token)
    if around is None:
        _give_renditions(names)
    else:
        around.extend(names)


def _give_renditions(names: list[str]) -> None:
    """As far as the disk goes: the row is saved, and shows the picture itself meanwhile."""
    with outside():
        for name in filter(has_renditions, names):
            try:
                write_renditions(default_storage, name)
            except FileNotFoundError:
                continue
            except OSError as error:
                logger.warning("No renditions of %s could be written: %s", name, error)


def is_disk_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
