"""The production server, for `make run` and behind a web server alike: `python -m huozhou_portal.server`.

It refuses in one sentence what it can't work with; with `--check` that is all it does.
"""

import ctypes
import errno
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from backups.loss import check_file_not_lost
from common import data_folder
from common.data_folder import Unfit
from huozhou_portal import environment

TARGET = "huozhou_portal.wsgi:application"
HOST = "127.0.0.1"
WORKERS = 2
# Of these at most 24 make pages or wait for something (pagecache.middleware, uploads); the others are for copies, which take
# microseconds.
THREADS = 25
REST = 0.5  # seconds before a worker that died is replaced
LONGEST_REST = 8  # where it dies again and again
YOUNG = 5  # seconds of a life that was too short
TICK = 0.05  # seconds between two looks whether it listens
LAST_WORDS = 8  # seconds in which a worker may finish what it is at
PR_SET_PDEATHSIG = 1  # of prctl(2)


class Server(Granian):  # type: ignore[misc, valid-type]  # one of two classes, by how Python was built
    """Granian's, except that a site ends when it is told to, and not because a worker died twice within seconds."""

    rest = REST

    def _serve_loop(self, spawn_target, target_loader) -> None:
        has_listened = False
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait(None if has_listened else TICK)
            self.main_loop_interrupt.clear()
            if not has_listened and is_listening(self.bind_port):
                has_listened = True
                print(f"打开 http://{HOST}:{self.bind_port}/ （按 Ctrl-C 结束）", flush=True)
            if self.interrupt_children and not has_listened:
                return  # it can't start at all, and has said why
            if self.interrupt_children and not self.interrupt_signal:
                self._replace_dead(spawn_target, target_loader)

    def _replace_dead(self, spawn_target, target_loader) -> None:
        now = time.monotonic()
        is_young = any(now - self.wrks[index].birth < YOUNG for index in self.interrupt_children)
        self.rest = min(self.rest * 2, LONGEST_REST) if is_young else REST
        self.main_loop_interrupt.wait(self.rest)
        if self.interrupt_signal:
            return
        self.main_loop_interrupt.clear()
        dead = list(dict.fromkeys(self.interrupt_children))
        del self.interrupt_children[: len(dead)]
        self._respawn_workers(dead, spawn_target, target_loader)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huozhou_portal.settings")
    try:
        port = environment.number("PORT", 8000, 1, 65535)
        workers, threads = environment.number("WORKERS", WORKERS, 1, 64), environment.number("THREADS", THREADS, 1, 256)
        refuse_unfit()
        held = [data_folder.lock(settings.DATA_DIR, data_folder.SERVING), claim(port)]
    except (ImproperlyConfigured, Unfit) as error:
        sys.exit(str(error))
    if "--check" not in sys.argv:
        serve(port, workers, threads)
    del held


def refuse_unfit() -> None:
    """Raises Unfit, and ImproperlyConfigured for a slip in the settings, which are read here."""
    if not (settings.ALLOWED_HOSTS or settings.DEBUG):
        raise Unfit("没有写 ALLOWED_HOSTS（网站的域名）：在 .env 里写上，例如 ALLOWED_HOSTS=zdgz.example.gov.cn。")
    if not settings.DATA_DIR.is_dir():
        data_folder.check(settings.DATA_DIR)  # which says so
    check_file_not_lost()


def claim(port: int) -> socket.socket:
    """What keeps the port for this site until it ends. Raises Unfit.

    The workers listen with SO_REUSEPORT, by which the kernel would let a second site share the port in silence.
    """
    mark = socket.socket(socket.AF_UNIX)
    try:
        if sys.platform == "linux":  # a name without a file, which goes with the process
            mark.bind(f"\0huozhou-portal:{port}")
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((HOST, port))
    except OSError as error:
        mark.close()
        if error.errno == errno.EADDRINUSE:
            raise Unfit(
                f"{port} 端口已经有程序在用：先停掉它（看是谁：ss -ltnp 'sport = :{port}'），或者用 PORT 换一个端口，例如 PORT=8123。"
            ) from error
        raise Unfit(f"用不了 {port} 端口（{error.strerror}）：换一个 1024 以上的，例如 PORT=8000。") from error
    return mark


def is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


def load():
    """The application, in a worker; the first process stays small."""
    die_with_parent()
    return import_string(TARGET.replace(":", "."))


def die_with_parent() -> None:
    """A worker whose first process was killed would go on answering, with nobody to end it, beside those that come next."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is None or os.getppid() != parent.pid:
        sys.exit(1)  # it was killed before that was said


def serve(port: int, workers: int, threads: int) -> None:
    on_hang_up = signal.getsignal(signal.SIGHUP)
    server = Server(
        TARGET,
        address=HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        respawn_failed_workers=True,
        respawn_interval=REST,
        workers_kill_timeout=LAST_WORDS,
        log_level=LogLevels.error,
    )

    @server.on_startup
    def end_with_terminal() -> None:
        """Unless it was started to outlive it (nohup). Granian would load everything anew."""
        is_to_stay = on_hang_up == signal.SIG_IGN
        signal.signal(signal.SIGHUP, signal.SIG_IGN if is_to_stay else server.signal_handler_interrupt)

    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main()
