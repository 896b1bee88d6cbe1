"""Limits log lines that any visitor can cause, so that a flood of requests doesn't fill the disk."""

import logging
import threading
import time
from collections import Counter

INTERVAL = 60.0  # seconds


class OnceAMinute(logging.Filter):
    """Lets through one line a minute of each logger in a process, without traceback, with the number of those left out."""

    def __init__(self):
        super().__init__()
        self._logged_at: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        with self._lock:
            if now - self._logged_at.get(record.name, -INTERVAL) < INTERVAL:
                self._left_out[record.name] += 1
                return False
            self._logged_at[record.name] = now
            n = self._left_out.pop(record.name, 0)
        more = f" (and {n} more since the last one)" if n else ""
        record.msg, record.args, record.exc_info = f"{record.getMessage()}{more}", (), None
        return True
