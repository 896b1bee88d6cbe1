"""The thread of a process that decodes and encodes pictures, with a lower priority than the threads of requests."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar

NICENESS = 10
Result = TypeVar("Result")


def in_picture_thread(work: Callable[[], Result]) -> Result:
    """Run `work` in that thread, and return or raise what it does. It must not use the database or call this function.

    Only one picture is processed at a time, which limits the memory and the processor time that pictures take.
    """
    return _executor(os.getpid()).submit(work).result()


@cache
def _executor(_process: int) -> ThreadPoolExecutor:
    """One for each process, since a thread doesn't survive a fork."""
    return ThreadPoolExecutor(1, "pictures", initializer=_lower_priority)


def _lower_priority() -> None:
    """Raise the niceness of this thread alone: on Linux each has its own."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
