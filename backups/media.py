"""Bringing the files of an archive back: beside those in use first, in their place at the end, and back again if need be."""

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage

from backups.archive import MEDIA, Archive

STAGED = ".restoring"  # no row can name it: such names are never stored or archived


def media_folder() -> Path:
    return Path(default_storage.path(""))


@contextmanager
def stage(archive: Archive) -> Iterator[Path]:
    """The archived files in a folder on the same disk as those in use."""
    folder = media_folder() / STAGED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for name in archive.media:
            archive.extract(MEDIA + name, folder / name)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Placing:
    """Moves files, and can move them back. What it takes away lies in the folder `replaced`."""

    def __init__(self, stamp: str):
        self.replaced = media_folder() / f".before-{stamp}"
        self.moved: list[tuple[Path, Path]] = []

    def promote(self, folder: Path) -> None:
        """Put each staged file where it belongs; one that is there with the same bytes stays, with others it goes aside."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            place = media_folder() / file.relative_to(folder)
            if place.is_file() and filecmp.cmp(file, place, shallow=False):
                continue
            if place.exists():
                self._move(place, self.replaced / file.relative_to(folder))
            self._move(file, place)

    def clear(self, wanted: set[str]) -> None:
        """Put aside what the archive doesn't hold. Only for when the database that named it is no longer in use."""
        for file in _files():
            name = file.relative_to(media_folder())
            if name.as_posix() not in wanted:
                self._move(file, self.replaced / name)

    def undo(self) -> None:
        for source, target in reversed(self.moved):
            source.parent.mkdir(parents=True, exist_ok=True)
            os.replace(target, source)
        shutil.rmtree(self.replaced, ignore_errors=True)

    def _move(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, target)
        self.moved.append((source, target))


def _files() -> list[Path]:
    """Those in use, which are all that lie in folders without a dot before their name."""
    found = [path for path in media_folder().rglob("*") if path.is_file()]
    return [path for path in found if not path.relative_to(media_folder()).parts[0].startswith(".")]


def has_files() -> bool:
    return media_folder().is_dir() and bool(_files())
