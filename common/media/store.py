"""The storages of files: uploads, which only this program can read, and static files, which the web server reads too."""

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

from common.limiter import slot_released
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
    """Replaces the imports in `JOINED_STYLES` by the imported files, so that a page loads one style sheet instead of thirty.

    In development nothing is collected, and the browser follows the imports.
    """

    def post_process(self, paths, *args, **options):
        joined = InMemoryStorage()
        for name in JOINED_STYLES:
            joined.save(name, ContentFile(_with_imports(name, paths)))
        yield from super().post_process(paths | {name: (joined, name) for name in JOINED_STYLES}, *args, **options)


def _with_imports(name: str, paths: Paths) -> bytes:
    """The sheet with its imports replaced. Raises KeyError if an imported file is missing."""
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
            self.delete(name)  # even if only partly written
            raise
        if (names := _stored.get()) is not None:
            names.append(stored)
        return stored

    def delete(self, name: str) -> None:
        drawn = rendition_names(name)
        for one in (name, *drawn, *(f"{rendition}{PART}" for rendition in drawn)):
            super().delete(one)

    def move(self, name: str, target: str) -> None:
        """Rename the file and its renditions; those that don't exist are ignored."""
        os.makedirs(os.path.dirname(self.path(target)), exist_ok=True)
        pairs = zip((name, *rendition_names(name)), (target, *rendition_names(target)), strict=True)
        for source, place in pairs:
            with suppress(FileNotFoundError):
                os.replace(self.path(source), self.path(place))


def move_stored(name: str, target: str) -> None:
    """As `MediaStorage.move`, in the default storage."""
    default_storage.move(name, target)  # type: ignore[attr-defined]  # the settings make it a MediaStorage


@contextmanager
def files_removed_on_failure() -> Iterator[None]:
    """Delete the files stored in the block if it fails. Used around a transaction, since no row refers to them then.

    Renditions are made after the outermost block, so that no transaction is open meanwhile.
    """
    names: list[str] = []
    outer = _stored.get()
    token = _stored.set(names)
    try:
        yield
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise
    finally:
        _stored.reset(token)
    if outer is None:
        _write_renditions_of(names)
    else:
        outer.extend(names)


def _write_renditions_of(names: list[str]) -> None:
    """Make the renditions of these files. Failures are only logged: pages then show the pictures themselves."""
    with slot_released():
        for name in filter(has_renditions, names):
            try:
                write_renditions(default_storage, name)
            except FileNotFoundError:
                continue
            except OSError as error:
                logger.warning("No renditions of %s could be written: %s", name, error)


def is_disk_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
