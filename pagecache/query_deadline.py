"""How long a request may wait for the database, whatever the database does.

PostgreSQL's own limits (`statement_timeout`) say nothing while it is frozen or its machine is gone. So the client counts
as well: psycopg2 waits on the socket for as long as the request has time left. What the request itself computes doesn't
count. SQLite works in this process: there is a limit for its locks alone, `timeout` in the settings.
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
    """What the thread asks of the database in the block fails with OperationalError once it waited so long in all."""
    before = getattr(_limit, "left", None)
    _limit.left = seconds
    try:
        yield
    finally:
        _limit.left = before


def enforce() -> None:
    """In this process, from now on. For web processes: a migration may take as long as it needs."""
    extensions.set_wait_callback(_wait)


def _wait(connection) -> None:
    """psycopg2 closes the connection where this raises, so that nobody gets an answer meant for somebody else."""
    while (state := connection.poll()) != extensions.POLL_OK:
        left, began = getattr(_limit, "left", None), time.monotonic()
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        heard = poller.poll(None if left is None else max(left, 0) * 1000)
        if left is not None:
            _limit.left = left - (time.monotonic() - began)
            if not heard:
                raise TookTooLong("数据库没有及时回答。 The database didn't answer in time.")
