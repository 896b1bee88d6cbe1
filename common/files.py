"""Writing files atomically."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, *parts: bytes, mode: int | None = None) -> None:
    """Write a temporary file beside it and rename it, so that nobody sees an incomplete file. Raises OSError.

    `mode` are the permissions; by default those that the umask leaves.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("wb") as file:
            file.writelines(parts)
        if mode is not None:
            unfinished.chmod(mode)
        os.replace(unfinished, path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
