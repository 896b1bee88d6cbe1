"""The names that backups get by default, from which their age is read."""

import re
from datetime import datetime
from pathlib import Path

from django.utils import timezone

DEFAULT_NAME = re.compile(r"huozhou-\d{8}-\d{6}\.tar")


def default_name(moment: datetime) -> str:
    return f"huozhou-{timezone.localtime(moment):%Y%m%d-%H%M%S}.tar"


def named_archives(folder: Path) -> list[Path]:
    """The archives with such a name, the oldest first. Empty where there is no such folder."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in paths if DEFAULT_NAME.fullmatch(path.name))


def _is_past(path: Path) -> bool:
    """False for a name from the future, which was given while the clock was wrong and doesn't tell the age."""
    return path.name <= default_name(timezone.now())


def newest(folder: Path) -> Path | None:
    return max(filter(_is_past, named_archives(folder)), default=None)
