"""Restoring the media: extracted beside the files in use, then swapped with them, which can be undone."""

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage

from backups.archive import MEDIA, Archive

STAGED = ".restoring"  # never the name of a stored file, which can't begin with a dot


def media_folder() -> Path:
    return Path(default_storage.path(""))


@contextmanager
def stage(archive: Archive) -> Iterator[Path]:
    """The archived files, in a temporary folder on the same file system as those in use."""
    folder = media_folder() / STAGED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for name in archive.media:
            archive.extract(MEDIA + name, folder / name)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class FileSwap:
    """Moves files and can undo that. The files that were in use before go to the folder `replaced`."""

    def __init__(self, stamp: str):
        self.replaced = media_folder() / f".before-{stamp}"
        self.moved: list[tuple[Path, Path]] = []

    def promote(self, folder: Path) -> None:
        """Move each staged file to its place. A file with other content there is set aside, one with the same is left."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            place = media_folder() / file.relative_to(folder)
            if place.is_file() and filecmp.cmp(file, place, shallow=False):
                continue
            if place.exists():
                self._move(place, self.replaced / file.relative_to(folder))
            self._move(file, place)

    def set_aside_others(self, names: set[str]) -> None:
        """Set aside every file that isn't among the names. Only after the database that refers to them was replaced."""
        for file in _files_in_use():
            name = file.relative_to(media_folder())
            if name.as_posix() not in names:
                self._move(file, self.replaced / name)

    def undo(self) -> None:
        """Move every file back to where it was."""
        for source, target in reversed(self.moved):
            source.parent.mkdir(parents=True, exist_ok=True)
            os.replace(target, source)
        shutil.rmtree(self.replaced, ignore_errors=True)

    def _move(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)
        self.moved.append((source, target))


def _files_in_use() -> list[Path]:
    """All but those in folders whose name begins with a dot."""
    files = [path for path in media_folder().rglob("*") if path.is_file()]
    return [path for path in files if not path.relative_to(media_folder()).parts[0].startswith(".")]


def has_files() -> bool:
    return media_folder().is_dir() and bool(_files_in_use())
