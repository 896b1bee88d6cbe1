"""A limit of the time that a request waits for the database, enforced by the client.

PostgreSQL's own limits (`statement_timeout`) don't help while the server is frozen or its machine is gone. So psycopg2
waits on the socket only for as long as the request has time left; the time that the request itself computes doesn't count.
SQLite runs in this process, so only its locks are limited, by `timeout` in the settings.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2 import OperationalError, extensions

DB_TIMEOUT = 4.0  # seconds of waiting for the database, in one request

_limit = threading.local()


class TookTooLong(OperationalError):
    """The database didn't answer in time."""


@contextmanager
def query_deadline(seconds: float = DB_TIMEOUT) -> Iterator[None]:
    """Queries of this thread in the block raise TookTooLong once they waited for `seconds` altogether."""
    before = getattr(_limit, "left", None)
    _limit.left = seconds
    try:
        yield
    finally:
        _limit.left = before


def enforce() -> None:
    """Apply the deadlines in this process from now on. Called by web processes only: a migration may take longer."""
    extensions.set_wait_callback(_wait)


def _wait(connection) -> None:
    """psycopg2 closes the connection where this raises, so a late answer can't be read by the next query."""
    while (state := connection.poll()) != extensions.POLL_OK:
        left, began = getattr(_limit, "left", None), time.monotonic()
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        events = poller.poll(None if left is None else max(left, 0) * 1000)
        if left is not None:
            _limit.left = left - (time.monotonic() - began)
            if not events:
                raise TookTooLong("数据库没有及时回答。 The database didn't answer in time.")
