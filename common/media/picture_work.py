"""The one thread of a process that decodes and encodes pictures, after everybody who signs in, reads or saves."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import TypeVar

NICENESS = 10
Made = TypeVar("Made")


def made_of_picture(work: Callable[[], Made]) -> Made:
    """What `work` returns or raises. It must ask no database, nor for more of the same.

    One at a time: several would take the memory of each, and the processor from everybody.
    """
    return _painter(os.getpid()).submit(work).result()


@cache
def _painter(_process: int) -> ThreadPoolExecutor:
    """A thread doesn't survive a fork: each process has its own."""
    return ThreadPoolExecutor(1, "pictures", initializer=_step_back)


def _step_back() -> None:
    """On Linux a thread has a niceness of its own."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
