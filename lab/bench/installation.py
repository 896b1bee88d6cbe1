"""A temporary installation of the portal to measure."""

import gzip
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings

from lab.bench.load import CACHED, UNCACHED, Load, load_of, running, server
from tests.deploy.rendered import HOST, Place, write
from tests.deploy.stack import free_ports, give_to_nginx, make_certificate

GZIP = "Accept-Encoding: gzip"
N_REPORTS = "12"
STATIC = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; default_type "text/html; charset=utf-8"; keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header Content-Encoding gzip; }} }}
"""


def check_programs() -> None:
    """Raises SystemExit with the command to install missing programs."""
    if missing := [name for name in ("wrk", "nginx", "taskset") if not shutil.which(name)]:
        raise SystemExit(f"make bench needs {', '.join(missing)}: sudo apt-get install wrk nginx-light util-linux")


class Installation:
    """All its files are in `folder`. `database` is the DATABASE_URL, "" for SQLite."""

    def __init__(self, folder: Path, database: str):
        self.folder = folder
        self.port, self.static_port, *ports = free_ports(5)
        self.place = Place(folder / "shipped", self.port, *ports)
        self.environment = {
            **os.environ,
            "DEBUG": "off",
            "HTTPS": "off",
            "TRUST_PROXY": "on",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_URL": f"https://{HOST}:{self.place.https}",
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": database,
            "PORT": str(self.port),
            "WORKERS": "1",
        }

    def run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{arguments}: {done.stderr[-2000:]}")
        return done.stdout

    def fill(self, n_projects: int) -> None:
        self.run("-m", "lab.scale", str(n_projects), N_REPORTS)
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")

    def loads(self, seconds: float) -> dict[str, Load]:
        """The measured loads, by their name in the table. As a file nginx sends the same bytes as the cached page."""
        url = f"http://127.0.0.1:{self.port}/"
        here: dict[str, Any] = {"cwd": settings.BASE_DIR, "env": self.environment}
        with running(server(CACHED), url, **here) as pid:
            body = packed(url)
            loads = {"copies, straight from the server": load_of(url, pid, seconds, GZIP)}
            loads |= self.shipped(body, seconds)
        loads = {"nginx, a file of the same bytes": self.file(body, seconds), **loads}
        with running(server(UNCACHED), url, **here) as pid:
            return {**loads, "without copies": load_of(url, pid, seconds * 2)}

    def file(self, body: bytes, seconds: float) -> Load:
        (self.folder / "files").mkdir()
        (self.folder / "files" / "page").write_bytes(body)
        config = self.folder / "static.conf"
        config.write_text(STATIC.format(folder=self.folder, port=self.static_port))
        url = f"http://127.0.0.1:{self.static_port}/page"
        with running(["nginx", "-c", str(config)], url) as pid:
            return load_of(url, pid, seconds, GZIP)

    def shipped(self, body: bytes, seconds: float) -> dict[str, Load]:
        """The loads of nginx as configured in deploy/, over TLS, with the portal's server on the same core."""
        place = self.place
        for folder in (self.folder.parent, self.folder):
            folder.chmod(0o711)  # so that nginx's workers can enter
        write(place)
        make_certificate(place.folder / "tls")
        for name in ("cache", "waiting"):
            give_to_nginx(place.folder / name)
        (place.data / "static" / "page.html").write_bytes(body)
        log, config = str(place.folder / "logs" / "error.log"), str(place.folder / "nginx" / "nginx.conf")
        url = f"https://{HOST}:{place.https}"
        paths = {
            "a file of the same bytes": "/static/page.html",
            "the page, nobody asked before": "/",
            "the page": "/",
        }
        command = ["nginx", "-e", log, "-c", config, "-g", "daemon off;"]
        with running(command, f"http://127.0.0.1:{place.http}/", is_any_answer=True) as pid:
            return {
                f"shipped nginx, TLS, {name}": load_of(f"{url}{path}", pid, seconds, GZIP)
                for name, path in paths.items()
            }


def packed(url: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": "gzip"}), timeout=60) as answer:
        body = answer.read()
    gzip.decompress(body)
    return body
