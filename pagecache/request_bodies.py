"""Receives request bodies in full before a request takes a place of the limiter, so slow clients hold up nobody.

nginx passes on complete requests. Without it the server calls the application at the first byte, and reading a body can't
be interrupted before the connection ends, so only a few bodies are read at once.
"""

from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import Any

from common.limiter import Overloaded

WITHOUT = ("GET", "HEAD", "OPTIONS")
CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024  # bytes; more lies in a file


def has_body(environ: Mapping[str, Any]) -> bool:
    return environ["REQUEST_METHOD"] not in WITHOUT and _length_of(environ) > 0


def received(environ: dict[str, Any]) -> dict[str, Any]:
    """The environ with its whole body read. Raises Overloaded where the client broke off or the disk is full."""
    left, body = _length_of(environ), SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed with the request
    try:
        while left:
            chunk = environ["wsgi.input"].read(min(CHUNK, left))
            if not chunk:
                raise Overloaded
            body.write(chunk)
            left -= len(chunk)
        body.seek(0)
    except OSError as error:
        raise Overloaded from error
    return environ | {"wsgi.input": body}


def _length_of(environ: Mapping[str, Any]) -> int:
    """The length in bytes as Django takes it; 0 where none is named."""
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0
