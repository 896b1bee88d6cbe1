"""nginx, the server and PostgreSQL, started from the files of `deploy/`, and what a visitor asks of them."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from tests.deploy.rendered import HOST, UNITS, Place, Unit, write

PATIENCE = 130  # seconds, on a machine however busy: longer than nginx waits itself
UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname, UNVERIFIED.verify_mode = False, ssl.CERT_NONE  # the certificate was made a moment ago


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Stack:
    place: Place
    environment: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)  # that people chose in the place of those they were given

    # Asking

    def ask(
        self,
        path: str,
        method: str = "GET",
        *,
        source: str = "127.0.0.1",
        is_secure: bool = True,
        port: int = 0,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """What a visitor from that loopback address is told. An underscore in a header's name stands for a hyphen."""
        port = port or (self.place.https if is_secure else self.place.http)
        options = {"timeout": PATIENCE, "source_address": (source, 0)}
        connection = (
            http.client.HTTPSConnection(HOST, port, context=UNVERIFIED, **options)
            if is_secure
            else http.client.HTTPConnection(HOST, port, **options)
        )
        told = {"Host": f"{HOST}:{port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        start = time.monotonic()
        try:
            connection.request(method, path, body, told)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return Answer(response.status, response.headers, content, time.monotonic() - start)

    def open(self, source: str = "127.0.0.1", *, name: str = HOST) -> ssl.SSLSocket:
        """A connection on which nothing was said yet, to a server of that name."""
        raw = socket.create_connection(("127.0.0.1", self.place.https), PATIENCE, (source, 0))
        return UNVERIFIED.wrap_socket(raw, server_hostname=name)

    # Starting and ending

    def manage(self, *arguments: str) -> str:
        python = settings.BASE_DIR / ".venv" / "bin" / "python"
        return run([python, "manage.py", *arguments], cwd=settings.BASE_DIR, env=self.unit("web").environment)

    def unit(self, name: str) -> Unit:
        return Unit(UNITS / f"huozhou-portal-{name}.service", self.place)

    def start_application(self) -> None:
        unit = self.unit("web")
        with (self.place.folder / "logs" / "web.log").open("ab") as log:
            self.running["web"] = subprocess.Popen(
                unit.commands[0], cwd=unit.folder, env=unit.environment, stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: self.is_open(self.place.application))

    def start_nginx(self) -> None:
        command = [
            "nginx",
            "-e",
            self.place.folder / "logs" / "error.log",
            "-c",
            self.place.folder / "nginx" / "nginx.conf",
        ]
        run([*command, "-t"])
        self.running["nginx"] = subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        until(lambda: self.is_open(self.place.https))

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        process.wait(PATIENCE)

    def workers(self) -> list[int]:
        """The processes of the server that answer requests."""
        main = self.running["web"].pid
        return [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]

    def n_listening(self) -> int:
        """How many workers take requests: each listens for itself, once it has loaded the portal."""
        sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        place, listening = f":{self.place.application:04X}", "0A"
        return sum(1 for fields in sockets if fields[1].endswith(place) and fields[3] == listening)

    def is_open(self, port: int) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False


def run(command: list, **options) -> str:
    """What it says. Raises AssertionError, with all that it said, where it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def until(is_so: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """The seconds that passed until it was so."""
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() - start < seconds, "waited in vain"
        time.sleep(0.05)
    return time.monotonic() - start


@contextmanager
def a_stack(database: str, *, prefix: str = "") -> Iterator[Stack]:
    """The portal with the illustrative year in that database, running; ended and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portal-deploy-"))
    folder.chmod(0o711)  # nginx's workers pass through
    place = Place(folder, *free_ports(4))
    stack = Stack(place)
    try:
        write(place)
        append_settings(place, database, prefix)
        make_certificate(folder / "tls")
        stack.manage("prepare", "--data", "illustrative")
        for name in ("cache", "waiting"):
            give_to_nginx(folder / name)
        stack.start_application()
        if prefix:
            (folder / "nginx" / "sites-enabled" / "city").write_text(city_site(place))
        stack.start_nginx()
        yield stack
    finally:
        for name in list(stack.running):
            stack.stop(name)
        shutil.rmtree(folder, ignore_errors=True)


def append_settings(place: Place, database: str, prefix: str) -> None:
    address = f"https://{HOST}:{place.city if prefix else place.https}"
    with place.env.open("a") as env:
        env.write(f"DATABASE_URL={database}\nSITE_URL={address}\nPATH_PREFIX={prefix}\n")
    (place.data / "secret_key").write_text("protects nothing but tests, and is long enough for that purpose")


def city_site(place: Place) -> str:
    """The site of the city, as somebody else wrote it, with the one line that mounts the portal."""
    return f"""
        server {{
            listen 127.0.0.1:{place.city} ssl;
            server_name {HOST};
            ssl_certificate {place.folder}/tls/certificate.pem;
            ssl_certificate_key {place.folder}/tls/key.pem;
            location / {{ return 200 "the city's own page"; }}
            include {place.folder}/nginx/snippets/huozhou-portal/under-path.conf;
        }}
    """


def make_certificate(folder: Path) -> None:
    files = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={HOST}", *files])


def give_to_nginx(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "www-data")


def free_ports(n: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def a_postgres() -> Iterator[str]:
    """The address of a database in a server of its own, which listens on a socket in its folder alone."""
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder = Path(run([*as_postgres, "mktemp", "-d", "/tmp/portal-postgres-XXXXXX"], cwd="/").strip())
    control = [*as_postgres, postgres_bin() / "pg_ctl", "-D", folder / "data", "-w", "-s"]
    initdb = [postgres_bin() / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    try:
        run([*as_postgres, *initdb, "--locale=C.UTF-8"], cwd="/")
        run([*control, "start", "-l", folder / "log", "-o", f"-k {folder} -c listen_addresses="], cwd="/")
        run([*as_postgres, postgres_bin() / "createdb", "-h", folder, "-U", "postgres", "portal"], cwd="/")
        yield f"postgres://postgres@/{folder}/portal"
    finally:
        subprocess.run([*control, "stop", "-m", "immediate"], cwd="/", capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def postgres_bin() -> Path:
    """Debian keeps the programs of the server off the path."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
