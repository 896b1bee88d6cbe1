"""How long a request may wait for the database, whatever the database does.

Its own limits (`statement_timeout`) say nothing while it is frozen or its machine is gone. So the client counts as well:
psycopg2 waits on the socket with a deadline, SQLite is interrupted past it.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.signals import connection_created
from psycopg2 import OperationalError, extensions

SECONDS = 5.0  # from the beginning of a request
NO_LIMIT = 24 * 60 * 60.0
INSTRUCTIONS = 20_000  # of SQLite between two looks at the clock

_limit = threading.local()


class TookTooLong(OperationalError):
    """The database didn't answer in time."""


@contextmanager
def within(seconds: float = SECONDS) -> Iterator[None]:
    """What the thread asks of the database in the block fails with OperationalError once so many seconds are over."""
    before = getattr(_limit, "deadline", None)
    _limit.deadline = time.monotonic() + seconds
    try:
        yield
    finally:
        _limit.deadline = before


def left(default: float) -> float:
    """Seconds until the limit of the thread, below zero past it; `default` where it has none."""
    deadline = getattr(_limit, "deadline", None)
    return default if deadline is None else deadline - time.monotonic()


def enforce() -> None:
    """In this process, from now on. For web processes: a migration may take as long as it needs."""
    extensions.set_wait_callback(_wait)
    connection_created.connect(_watch_sqlite, dispatch_uid="patience")


def _wait(connection) -> None:
    """psycopg2 closes the connection where this raises, so that nobody gets an answer meant for somebody else."""
    while (state := connection.poll()) != extensions.POLL_OK:
        seconds = left(NO_LIMIT)
        if seconds <= 0:
            raise TookTooLong("数据库没有及时回答。 The database didn't answer in time.")
        poller = select.poll()
        poller.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        poller.poll(seconds * 1000)


def _watch_sqlite(connection, **_kwargs) -> None:
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(_is_over, INSTRUCTIONS)


def _is_over() -> bool:
    return left(NO_LIMIT) <= 0
