"""The production server, started by `make run` and by systemd: `python -m huozhou_portal.server`.

Exits with a sentence for the operator where the installation isn't fit to start. With `--check` it only checks that.
"""

import ctypes
import errno
import multiprocessing
import os
import signal
import socket
import sys
import time
import warnings
from contextlib import closing, suppress
from pkgutil import resolve_name

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from backups.content import connection_to
from backups.first_form import check_not_first_form
from backups.loss import check_file_not_lost
from common import data_folder
from common.data_folder import Unfit
from huozhou_portal import environment

TARGET = "huozhou_portal.wsgi:application"
HOST = "127.0.0.1"
WORKERS = 2
# For each worker. At most 24 of them render pages or wait (see pagecache.middleware and uploads); the rest serves stored pages,
# which takes microseconds.
THREADS = 25
RESPAWN_DELAY = 0.5  # seconds before a worker that died is replaced
MAX_RESPAWN_DELAY = 8  # seconds, where workers die repeatedly
MIN_UPTIME = 5  # seconds; a worker that dies earlier doubles the delay
POLL_INTERVAL = 0.05  # seconds between checks whether the port is open
SHUTDOWN_TIMEOUT = 8  # seconds for a worker to finish its requests
PR_SET_PDEATHSIG = 1  # of prctl(2)


class Server(Granian):  # type: ignore[misc, valid-type]  # one of two classes, by how Python was built
    """Replaces workers that die, however often. Granian itself would stop when a worker dies twice within seconds."""

    respawn_delay = RESPAWN_DELAY

    def _serve_loop(self, spawn_target, target_loader) -> None:
        has_listened = False
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait(None if has_listened else POLL_INTERVAL)
            self.main_loop_interrupt.clear()
            if not has_listened and is_listening(self.bind_port):
                has_listened = True
                print(f"打开 http://{HOST}:{self.bind_port}/ （按 Ctrl-C 结束）", flush=True)
            if self.interrupt_children and not has_listened:
                return  # the application can't start; the worker has printed the error
            if self.interrupt_children and not self.interrupt_signal:
                self._replace_dead(spawn_target, target_loader)

    def _replace_dead(self, spawn_target, target_loader) -> None:
        now = time.monotonic()
        has_died_early = any(now - self.wrks[index].birth < MIN_UPTIME for index in self.interrupt_children)
        self.respawn_delay = min(self.respawn_delay * 2, MAX_RESPAWN_DELAY) if has_died_early else RESPAWN_DELAY
        self.main_loop_interrupt.wait(self.respawn_delay)
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
        check_installation()
        locks = [data_folder.lock(settings.DATA_DIR, data_folder.SERVING), lock_port(port)]
    except (ImproperlyConfigured, Unfit) as error:
        sys.exit(str(error))
    if "--check" not in sys.argv:
        serve(port, workers, threads)
    del locks


def check_installation() -> None:
    """Raises Unfit, or ImproperlyConfigured from the settings, which are loaded here."""
    if not (settings.ALLOWED_HOSTS or settings.DEBUG):
        raise Unfit("没有写 ALLOWED_HOSTS（网站的域名）：在 .env 里写上，例如 ALLOWED_HOSTS=zdgz.example.gov.cn。")
    if not settings.DATA_DIR.is_dir():
        data_folder.check(settings.DATA_DIR)  # raises with the reason
    data_folder.check_trial(settings.DATA_DIR, is_trial=settings.TRIAL)
    check_file_not_lost()
    # By a connection of its own, as the workers would inherit an open one.
    with closing(connection_to(settings.DATABASES["default"])) as connection, warnings.catch_warnings():
        # Django warns of queries before the applications are loaded, which this process never does, so that it stays small.
        warnings.simplefilter("ignore", RuntimeWarning)
        check_not_first_form(connection)


def lock_port(port: int) -> socket.socket:
    """A socket that reserves the port for this process until it is closed. Raises Unfit where the port is in use.

    Needed because the workers listen with SO_REUSEPORT, with which a second server could listen on the same port unnoticed.
    """
    lock = socket.socket(socket.AF_UNIX)
    try:
        if sys.platform == "linux":  # an abstract socket, which has no file and is released when the process ends
            lock.bind(f"\0huozhou-portal:{port}")
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((HOST, port))
    except OSError as error:
        lock.close()
        if error.errno == errno.EADDRINUSE:
            raise Unfit(
                f"{port} 端口已经有程序在用：先停掉它（看是谁：ss -ltnp 'sport = :{port}'），或者用 PORT 换一个端口，例如 PORT=8123。"
            ) from error
        raise Unfit(f"用不了 {port} 端口（{error.strerror}）：换一个 1024 以上的，例如 PORT=8000。") from error
    return lock


def is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


def load():
    """The application, called in a worker, so that the main process doesn't import it and stays small."""
    die_with_parent()
    return resolve_name(TARGET)


def die_with_parent() -> None:
    """Have the kernel kill this worker when the main process dies, as it would go on serving beside those of the next server."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is None or os.getppid() != parent.pid:
        sys.exit(1)  # the main process died before prctl was called


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
        respawn_interval=RESPAWN_DELAY,
        workers_kill_timeout=SHUTDOWN_TIMEOUT,
        log_level=LogLevels.error,
    )

    @server.on_startup
    def end_with_terminal() -> None:
        """Stop at SIGHUP, at which Granian would reload, unless the process was started to ignore it (nohup)."""
        ignores_hang_up = on_hang_up == signal.SIG_IGN
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignores_hang_up else server.signal_handler_interrupt)

    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main()
