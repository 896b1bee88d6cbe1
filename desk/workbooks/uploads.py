"""Uploaded tables between the two presses: kept as files for a day, so that nothing is written to the database before."""

import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User

from common.files import write_whole

KEPT = 24 * 60 * 60  # seconds
MOST = 20 * 1024 * 1024  # bytes of one person
PRIVATE = 0o600


@dataclass(frozen=True)
class Upload:
    """A table that somebody sent, with what they said of it. `token` finds it again."""

    token: str
    name: str
    content: bytes
    year: int | None
    reason: str = ""  # why this is added to a plan that is public


def folder() -> Path:
    return settings.DATA_DIR / "tables"


def keep(content: bytes, name: str, year: int | None, *, by: User, reason: str = "") -> str:
    """Returns the token. Raises OSError."""
    _forget_old(by)
    token = secrets.token_hex(16)
    head = json.dumps({"name": name, "year": year, "reason": reason}).encode()
    write_whole(_path(token, by), head, b"\n", content, mode=PRIVATE)
    return token


def kept(token: str, *, by: User) -> Upload | None:
    """What the person sent; None where it is older than a day, or another's."""
    try:
        head, _, content = _path(token, by).read_bytes().partition(b"\n")
    except (OSError, ValueError):
        return None
    return Upload(token=token, content=content, **json.loads(head))


def forget(token: str, *, by: User) -> None:
    with suppress(OSError):
        _path(token, by).unlink()


def _path(token: str, by: User) -> Path:
    if not token.isalnum():
        raise ValueError(token)
    return folder() / f"{by.pk}-{token}"


def _forget_old(by: User) -> None:
    """What is older than a day of anybody, and the oldest of this person beyond MOST bytes."""
    own = 0
    for path in sorted(folder().glob("*-*"), key=_age):
        is_own = path.name.startswith(f"{by.pk}-")
        own += path.stat().st_size if is_own else 0
        if _age(path) > KEPT or (is_own and own > MOST):
            path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # somebody else has just forgotten it
        return 0
