"""What backups are called by themselves, and which of them may be believed."""

import re
from datetime import datetime
from pathlib import Path

from django.utils import timezone

OWN_NAME = re.compile(r"huozhou-\d{8}-\d{6}\.tar")


def own_name(moment: datetime) -> str:
    return f"huozhou-{timezone.localtime(moment):%Y%m%d-%H%M%S}.tar"


def own_archives(folder: Path) -> list[Path]:
    """The oldest first, by their names. A name from the future comes last: the clock was wrong when it was given."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if OWN_NAME.fullmatch(path.name))


def is_believable(path: Path) -> bool:
    """Whether its name is of the past; else it says nothing about how new it is."""
    return path.name <= own_name(timezone.now())


def newest(folder: Path) -> Path | None:
    return max(filter(is_believable, own_archives(folder)), default=None)
