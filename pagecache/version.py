"""The state of the database that public pages depend on, and the versions of pages that follow from it."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

PLAIN = (str, int, bool, list, tuple, dict, type(None))
NOT_SERVED = {"lab", "scripts", "tests"}


class Version(NamedTuple):
    """Everything that the content of a page depends on: pages of equal versions are equal.

    A page of another version may still be sent while a new one is made or can't be made, unless `hidden` differs: then it
    may hold what was redacted or withdrawn since.
    """

    program: str
    hidden: str
    texts: str
    day: str
    entry: str


@dataclass(frozen=True)
class PublicState:
    """`days` has each day with entries and the hash of its last one, in order."""

    today: date
    hidden: str
    texts: str
    days: tuple[tuple[date, str], ...]

    @property
    def head(self) -> str:
        return self.days[-1][1] if self.days else ""

    def version(self, day: date | None) -> Version:
        """The version of a page whose content depends on nothing after `day`; None means today."""
        if day is None:
            return self._version_today
        day = min(day, self.today)
        at = bisect_right(self._dates, day)
        entry = self.days[at - 1][1] if at else ""
        return Version(program_version(), self.hidden, self.texts, day.isoformat(), entry)

    @cached_property
    def _version_today(self) -> Version:
        return self.version(self.today)

    @cached_property
    def _dates(self) -> list[date]:
        return [day for day, _hash in self.days]

    def as_json(self) -> dict[str, Any]:
        days = [(day.isoformat(), entry) for day, entry in self.days]
        return asdict(self) | {"today": self.today.isoformat(), "days": days}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "PublicState":
        days = tuple((date.fromisoformat(day), entry) for day, entry in values["days"])
        return cls(date.fromisoformat(values["today"]), values["hidden"], values["texts"], days)


@cache
def program_version() -> str:
    """A digest of code, templates and settings, so that an upgrade makes every page anew."""
    values = ((name, getattr(settings, name)) for name in dir(settings) if name.isupper())
    digest = hashlib.sha256(repr([(name, value) for name, value in values if isinstance(value, PLAIN)]).encode())
    for path in program_files():
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def program_files() -> Iterable[Path]:
    """The files of every package, template, static file and document that pages are made with."""
    packages = [path.parent for path in settings.BASE_DIR.glob("*/__init__.py") if path.parent.name not in NOT_SERVED]
    folders = [*packages, *(settings.BASE_DIR / name for name in ("templates", "static", "docs"))]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
