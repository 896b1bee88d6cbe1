"""A thread in each process that polls the database twice a second for the state that public pages depend on.

Requests read the polled state, so none waits for the database to learn whether a stored page is current, and each process
notices a publication within a second.
"""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

from django.db import connection

from common.files import write_whole
from pagecache.query_deadline import query_deadline
from pagecache.version import PublicState, Version

INTERVAL = 0.5  # seconds
LONGEST_POLL = 2.0
RECENT = 60.0  # seconds for which an outdated page may still be sent while the new one is made
SAVED_EVERY = 30.0  # seconds between two saves of the state, which is read by a process that starts in an outage

logger = logging.getLogger(__name__)
ReadState = Callable[[PublicState | None], PublicState]


class Poller:
    """`state` is what the database had when it was asked last, at `read_at` (seconds since 1970); None before that."""

    def __init__(self, read: ReadState, file: Path):
        self.read, self.file = read, file
        self.state: PublicState | None = None
        self.read_at = 0.0
        self._before: deque[tuple[PublicState, float]] = deque(
            maxlen=200
        )  # each with the monotonic time until which it was current
        self._has_failed = False
        self._polling_since: float | None = None
        self._saved_at = 0.0
        self._first_poll = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def is_away(self) -> bool:
        """Whether the last poll failed, or the running one takes longer than LONGEST_POLL."""
        since = self._polling_since
        return self._has_failed or (since is not None and time.monotonic() - since > LONGEST_POLL)

    def was_current(self, version: Version, day: date | None) -> bool:
        """Whether that was the version for the day at some time in the last RECENT seconds."""
        since = time.monotonic() - RECENT
        return any(until >= since and state.version(day) == version for state, until in list(self._before))

    def start(self) -> None:
        """Starts the thread once in each process. Called by requests, since a thread doesn't survive the fork of a server."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self.recall()
                    self._thread = threading.Thread(target=self._run, name="page-cache-poller", daemon=True)
                    self._thread.start()
            self._first_poll.wait(LONGEST_POLL)

    def poll(self) -> None:
        """Read the state now and save it."""
        self._polling_since = time.monotonic()
        asked_at = time.time()
        try:
            state = self._read()
        except Exception as error:
            if not self._has_failed:
                logger.error("The database doesn't answer, pages go on from copies: %s", error)
            self._has_failed = True
        else:
            if self._has_failed:
                logger.error("The database answers again.")
            if state != self.state:
                if self.state is not None:
                    self._before.append((self.state, time.monotonic()))
                self.state = state
            self.read_at, self._has_failed = asked_at, False
            self._save(state)
        finally:
            self._polling_since = None
            self._first_poll.set()

    def recall(self) -> None:
        """Take over the state that any process saved last."""
        with suppress(OSError, ValueError, KeyError):
            saved = json.loads(self.file.read_bytes())
            self.state, self.read_at = PublicState.from_json(saved["state"]), float(saved["read_at"])

    def _read(self) -> PublicState:
        try:
            with query_deadline(LONGEST_POLL):
                return self.read(self.state)
        except Exception:
            connection.close()  # perhaps only the connection was lost
            with query_deadline(LONGEST_POLL):
                return self.read(self.state)
        finally:
            connection.close_if_unusable_or_obsolete()

    def _run(self) -> None:
        while True:
            self.poll()
            time.sleep(INTERVAL)

    def _save(self, state: PublicState) -> None:
        if time.monotonic() - self._saved_at < SAVED_EVERY and self._saved_at:
            return
        self._saved_at = time.monotonic()
        with suppress(OSError):
            content = json.dumps({"read_at": self.read_at, "state": state.as_json()})
            write_whole(self.file, content.encode())
