"""A thread in each process that asks the database, twice a second, what everything public follows from.

Requests only read what it saw last: none of them waits for the database to learn whether a copy still holds, and each
process sees a publication within a second.
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
from pagecache.query_deadline import within
from pagecache.version import Seen, Stamp

INTERVAL = 0.5  # seconds
LONGEST_LOOK = 2.0
RECENT = 60.0  # seconds for which what was public a moment ago may still be shown while the new is made
NOTED_EVERY = 30.0  # seconds between two notes of the last good look, for a process that starts in an outage

logger = logging.getLogger(__name__)
Read = Callable[[Seen | None], Seen]


class Watch:
    """`seen` is what the database told last, when asked at `seen_at` (seconds since 1970); None before it ever did."""

    def __init__(self, read: Read, note: Path):
        self.read, self.note = read, note
        self.seen: Seen | None = None
        self.seen_at = 0.0
        self._before: deque[tuple[Seen, float]] = deque(maxlen=200)  # with the moment until which it held
        self._has_failed = False
        self._looking_since: float | None = None
        self._noted_at = 0.0
        self._first_look = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    @property
    def is_away(self) -> bool:
        """Whether the database failed, or has kept the thread waiting for too long."""
        since = self._looking_since
        return self._has_failed or (since is not None and time.monotonic() - since > LONGEST_LOOK)

    def was_current(self, stamp: Stamp, day: date | None) -> bool:
        """Whether a page of that day was of that stamp a moment ago."""
        since = time.monotonic() - RECENT
        return any(until >= since and seen.stamp(day) == stamp for seen, until in list(self._before))

    def start(self) -> None:
        """Once in each process, at its first request: a thread doesn't survive a fork."""
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._recall()
                    self._thread = threading.Thread(target=self._run, name="page-cache-watch", daemon=True)
                    self._thread.start()
            self._first_look.wait(LONGEST_LOOK)

    def look(self) -> None:
        """Asks the database now."""
        self._looking_since = time.monotonic()
        asked_at = time.time()
        try:
            seen = self._asked()
        except Exception as error:
            if not self._has_failed:
                logger.error("The database doesn't answer, pages go on from copies: %s", error)
            self._has_failed = True
        else:
            if self._has_failed:
                logger.error("The database answers again.")
            if self.seen is not None and self.seen != seen:
                self._before.append((self.seen, time.monotonic()))
            self.seen, self.seen_at, self._has_failed = seen, asked_at, False
            self._keep_note()
        finally:
            self._looking_since = None
            self._first_look.set()

    def _asked(self) -> Seen:
        try:
            with within(LONGEST_LOOK):
                return self.read(self.seen)
        except Exception:
            connection.close()  # it may be the connection alone that is gone
            with within(LONGEST_LOOK):
                return self.read(self.seen)
        finally:
            connection.close_if_unusable_or_obsolete()

    def _run(self) -> None:
        while True:
            self.look()
            time.sleep(INTERVAL)

    def _keep_note(self) -> None:
        if time.monotonic() - self._noted_at < NOTED_EVERY and self._noted_at:
            return
        self._noted_at = time.monotonic()
        with suppress(OSError):
            write_whole(self.note, json.dumps({"at": self.seen_at, "seen": self.seen.as_json()}).encode())

    def _recall(self) -> None:
        with suppress(OSError, ValueError, KeyError):
            told = json.loads(self.note.read_bytes())
            self.seen, self.seen_at = Seen.from_json(told["seen"]), float(told["at"])
