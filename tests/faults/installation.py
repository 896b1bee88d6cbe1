"""A portal as it runs in production: a database and a data folder of its own, and the server's processes on them."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from huozhou_portal.settings import env

ROUNDS = int(os.environ.get("ROUNDS") or 0)
PATIENCE = 300  # seconds, on a machine however busy
IS_POSTGRES = connection.vendor == "postgresql"


def rounds(usual: int, most: int = 100) -> int:
    """How often a test does its harm: as few times as will do, or as often as the environment says."""
    return min(ROUNDS or usual, most)


def production_command(port: int) -> tuple[list[str], dict[str, str]]:
    """What starts the server, and what its environment says besides the portal's own settings."""
    return [sys.executable, "-m", "huozhou_portal.server"], {"PORT": str(port)}


class Cluster:
    """A PostgreSQL server that a test may hurt: the one that the tests run on serves others at the same time.

    It doesn't wait for the disk (fsync=off): what a killed process gave to the kernel is written all the same, and a power
    cut is not what is tried here. But it waits for the kernel: with synchronous_commit=off, as where the other tests run,
    acknowledged saves are in the server's memory alone for a while, and go with it.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="portal-faults-", dir="/tmp"))  # a socket's path is short
        if os.getuid() == 0:  # as whom PostgreSQL refuses to run
            shutil.chown(self.folder, "postgres")
        self.run(
            "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        self.start()

    def start(self) -> None:
        quick = "-c fsync=off -c full_page_writes=off"
        options = f"-k {self.folder} -c listen_addresses= {quick}"
        self.run("pg_ctl", "start", "-D", self.data, "-l", self.folder / "log", "-w", "-s", "-o", options)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def pids(self) -> list[int]:
        """Of the server and of all that it started."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def url(self, name: str) -> str:
        return f"postgres://postgres@/{self.folder}/{name}"

    def run(self, name: str, *arguments: object, **variables: str) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
        found = str(programs[-1]) if programs else shutil.which(name)
        asked = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run(  # noqa: S603  PostgreSQL's own programs
            [*asked, found, *map(str, arguments)],
            check=True,
            capture_output=True,
            cwd="/",
            env={**os.environ, **variables},
        )

    def sql(self, statement: str, name: str = "postgres") -> None:
        self.run("psql", "-X", "-q", "-h", self.folder, "-U", "postgres", "-d", name, "-c", statement)

    def backends(self, name: str) -> list[int]:
        """The processes that serve the database of that name, this one's own aside."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [name])
            return [pid for (pid,) in cursor.fetchall()]

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.run("pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-s")
        shutil.rmtree(self.folder, ignore_errors=True)


class Portal:
    """What `make run` would find: DATA_DIR with media and collected static files, DATABASE_URL, and the settings of both."""

    def __init__(self, data: Path, database_url: str, cluster: Cluster | None = None):
        self.data, self.database_url, self.cluster = data, database_url, cluster
        self.database = env.db_url_config(database_url)
        self.data.mkdir(exist_ok=True)
        if not (self.data / "static").exists():
            (self.data / "static").symlink_to(settings.STATIC_ROOT)

    @property
    def variables(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "PYTHONUTF8": "1",
            "SECRET_KEY": "protects nothing but tests",
            "HTTPS": "off",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATA_DIR": str(self.data),
            "DATABASE_URL": self.database_url,
        }

    def manage(self, *arguments: object, stdin=None, **variables: str) -> subprocess.CompletedProcess:
        """`manage.py` in a process of its own, whatever comes of it."""
        return subprocess.run(  # noqa: S603  our own interpreter on our own files
            [sys.executable, "manage.py", *map(str, arguments)],
            env=self.variables | variables,
            cwd=settings.BASE_DIR,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )

    def wipe(self) -> None:
        """Everything is gone, as after a fire; the database is there, and empty."""
        connection.close()
        shutil.rmtree(self.data / "media", ignore_errors=True)
        if self.cluster:
            self.cluster.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public", self.database["NAME"])
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.database['NAME']}{suffix}").unlink(missing_ok=True)

    def copy_from(self, template: str) -> None:
        """Fill the database with that of another installation: a file, or a name in the same cluster."""
        if self.cluster:
            self.cluster.sql(f"CREATE DATABASE {self.database['NAME']} TEMPLATE {template}")
            return
        with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(self.database["NAME"])) as target:
            source.backup(target)

    @contextmanager
    def serving(self, port: int = 0):
        """The production server on that port, or a free one, until the block ends."""
        server = Server(self, port or free_port())
        watch = threading.Thread(target=server.watch_over)
        try:
            server.wait()
            watch.start()
            yield server
        finally:
            server.is_over.set()
            if watch.ident:
                watch.join()
            server.stop()


class Server:
    """The server's processes, started again when they end, as systemd does: two deaths at once are too many for granian."""

    def __init__(self, portal: Portal, port: int):
        self.portal, self.port = portal, port
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = portal.data / "server.log"
        self.is_over = threading.Event()
        self._start()

    def _start(self) -> None:
        command, variables = production_command(self.port)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  the command of this project
                command,
                env=self.portal.variables | variables,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def watch_over(self) -> None:
        """Returns when the server is to end."""
        while not self.is_over.wait(0.2):
            if self.process.poll() is not None:
                self._start()

    def wait(self) -> None:
        """Until it answers."""
        last = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=PATIENCE).close()  # noqa: S310  on this machine
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > last:
                    raise AssertionError(f"the server did not start:\n{self.log.read_text()}") from None
                time.sleep(0.1)

    @property
    def workers(self) -> list[int]:
        """The processes that answer; that which started them comes not among them, nor what counts their semaphores."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        with suppress(OSError):
            children = [pid for task in tasks for pid in task.read_text().split()]
            return sorted(
                int(pid) for pid in children if b"huozhou_portal.server" in Path(f"/proc/{pid}/cmdline").read_bytes()
            )
        return []

    def stop(self) -> None:
        self.is_over.set()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in [*self.workers, self.process.pid]:
                kill(pid)
            self.process.wait()


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def kill(pid: int) -> None:
    """As the kernel does when memory is short: no process is asked."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
