"""What a client sends along, taken in before its request takes a place: however slowly it comes, it is in nobody's way.

nginx hands on what is here in full. Without it the server calls the application at the first byte, and a read that has
begun ends with the connection alone (answered before that, the server stands still): few of them are begun at once.
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
    """The request with its whole body at hand. Raises Overloaded where it broke off, or where there is no room for it."""
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
    """As Django reads it: nothing is read of what names no length."""
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isascii() and length.isdigit() else 0
