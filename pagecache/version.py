"""What every public page follows from, at one moment."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

SOURCES = (
    *("common", "accounts", "pagecache", "backups", "ledger", "projects", "tasks", "news", "website", "desk"),
    *("huozhou_portal", "templates", "static", "docs"),
)
PLAIN = (str, int, bool, list, tuple, dict, type(None))


class Stamp(NamedTuple):
    """Two equal ones make the same page. Of unequal ones the copy may still be shown while a new one is made, or can't
    be made, unless `hidden` differs: then it may hold what was redacted or withdrawn since."""

    program: str
    hidden: str
    texts: str
    day: str
    entry: str


@dataclass(frozen=True)
class Seen:
    """The public state as the database told it. `days` has, in order, each day with entries and the hash of its last."""

    today: date
    hidden: str
    texts: str
    days: tuple[tuple[date, str], ...]

    @property
    def head(self) -> str:
        return self.days[-1][1] if self.days else ""

    def stamp(self, day: date | None) -> Stamp:
        """Of a page that tells nothing later than `day`; None and today are the same."""
        day = min(day or self.today, self.today)
        at = bisect_right(self.days, day, key=lambda pair: pair[0])
        return Stamp(program_stamp(), self.hidden, self.texts, day.isoformat(), self.days[at - 1][1] if at else "")

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "today": self.today.isoformat(),
            "days": [(day.isoformat(), entry) for day, entry in self.days],
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Seen":
        days = tuple((date.fromisoformat(day), entry) for day, entry in told["days"])
        return cls(date.fromisoformat(told["today"]), told["hidden"], told["texts"], days)


@cache
def program_stamp() -> str:
    """Of the code, the templates and the settings that pages show: an upgrade makes every page anew."""
    values = ((name, getattr(settings, name)) for name in dir(settings) if name.isupper())
    digest = hashlib.sha256(repr([(name, value) for name, value in values if isinstance(value, PLAIN)]).encode())
    for path in _sources():
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterable[Path]:
    folders = (settings.BASE_DIR / name for name in SOURCES)
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
